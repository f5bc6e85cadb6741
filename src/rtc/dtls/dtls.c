/*
 * One DTLS-SRTP connection: which input may do what in which state, and what comes out.
 *
 * OpenSSL gets one record at a time and only those that passed record.c. After the handshake it
 * gets encrypted alerts alone; everything else is answered from stored bytes or ignored, and no
 * forged datagram can reach it.
 */
#include "rtc/dtls/dtls.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <assert.h>
#include <openssl/err.h>
#include <string.h>

const char *zv_dtls_state_name(enum zv_dtls_state state)
{
    static const char *const names[] = {
        [ZV_DTLS_NEW] = "new",
        [ZV_DTLS_HANDSHAKING] = "handshaking",
        [ZV_DTLS_UNVERIFIED] = "unverified",
        [ZV_DTLS_CONNECTED] = "connected",
        [ZV_DTLS_CLOSED] = "closed",
        [ZV_DTLS_FAILED] = "failed",
    };
    return (unsigned)state < ZV_ARRAY_LEN(names) ? names[state] : "unknown";
}

const char *zv_dtls_failure_name(enum zv_dtls_failure failure)
{
    static const char *const names[] = {
        [ZV_DTLS_FAIL_NONE] = "none",
        [ZV_DTLS_FAIL_TIMEOUT] = "timeout",
        [ZV_DTLS_FAIL_ALERT] = "alert",
        [ZV_DTLS_FAIL_REFUSED] = "refused",
        [ZV_DTLS_FAIL_FINGERPRINT_MISMATCH] = "fingerprint_mismatch",
        [ZV_DTLS_FAIL_FINGERPRINT_MISSING] = "fingerprint_missing",
        [ZV_DTLS_FAIL_NO_SRTP_PROFILE] = "no_srtp_profile",
        [ZV_DTLS_FAIL_INTERNAL] = "internal",
    };
    return (unsigned)failure < ZV_ARRAY_LEN(names) ? names[failure] : "unknown";
}

int zv_dtls_new(struct zv_dtls **ret_dtls, const struct zv_dtls_cfg *cfg)
{
    struct zv_dtls *dtls = zv_zalloc(sizeof(*dtls));
    if (!dtls)
        return ZV_E_NOMEM;
    dtls->ctx = zv_dtls_ctx_ref(cfg->ctx);
    dtls->handshake_limit_us =
        cfg->handshake_limit_us ? cfg->handshake_limit_us : ZV_DTLS_HANDSHAKE_LIMIT_US;
    dtls->limit_at_us = dtls->retransmit_at_us = dtls->restart_at_us = ZV_TIME_NEVER;
    dtls->sink = &dtls->flight;
    dtls->is_drained = true;
    *ret_dtls = dtls;
    return 0;
}

struct zv_dtls *zv_dtls_free(struct zv_dtls *dtls)
{
    if (!dtls)
        return NULL;
    SSL_free(dtls->ssl);
    zv_dtls_flight_fini(&dtls->early);
    zv_dtls_flight_fini(&dtls->flight);
    zv_dtls_flight_fini(&dtls->farewell);
    zv_dtls_ctx_unref(dtls->ctx);
    return zv_free_secret(dtls, sizeof(*dtls));
}

/* Every input begins here: what OpenSSL writes from now on is a new flight. */
static void begin_input(struct zv_dtls *dtls, int64_t now_us)
{
    assert(dtls->is_drained);
    dtls->is_drained = false;
    dtls->now_us = now_us;
    dtls->is_flight_old = true;
}

/* ---- Datagrams ---- */

static bool is_handshake_over(const struct zv_dtls *dtls)
{
    return dtls->state == ZV_DTLS_UNVERIFIED || dtls->state == ZV_DTLS_CONNECTED;
}

/* Records for keys that do not exist yet cost OpenSSL much memory: a few are enough. */
static bool has_room_for(struct zv_dtls *dtls, const struct zv_dtls_record *record)
{
    OSSL_HANDSHAKE_STATE state = SSL_get_state(dtls->ssl);
    if (!record->epoch || state == TLS_ST_SR_CHANGE || state == TLS_ST_CR_CHANGE)
        return true;
    return dtls->early_records++ < ZV_DTLS_MAX_EARLY_RECORDS;
}

static void on_handshake_record(struct zv_dtls *dtls, const struct zv_dtls_record *record)
{
    if (zv_dtls_is_plain_alert(record)) {
        dtls->alert = record->body[1];
        dtls->stats.alerts_ignored++;
        return;
    }
    if (!dtls->ssl || !has_room_for(dtls, record))
        return;
    dtls->in = record->data;
    dtls->in_len = record->len;
    zv_dtls_handshake_step(dtls);
    dtls->in_len = 0;
}

static void on_encrypted_alert(struct zv_dtls *dtls, const struct zv_dtls_record *record)
{
    char nothing;
    if (!dtls->ssl)
        return;
    dtls->in = record->data;
    dtls->in_len = record->len;
    ERR_clear_error();
    (void)SSL_read(dtls->ssl, &nothing, sizeof(nothing));
    ERR_clear_error();
    dtls->in_len = 0;
    if (!(SSL_get_shutdown(dtls->ssl) & SSL_RECEIVED_SHUTDOWN))
        return;
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
    dtls->state = ZV_DTLS_CLOSED;
    dtls->event = ZV_DTLS_OUT_CLOSED;
    dtls->limit_at_us = ZV_TIME_NEVER;
}

/* True: the record belongs to the peer's last flight, which therefore misses ours. */
static bool is_late_record(struct zv_dtls *dtls, const struct zv_dtls_record *record)
{
    if (zv_dtls_is_client_hello(record)) {
        dtls->stats.hellos_ignored++;
        return false;
    }
    if (zv_dtls_is_plain_alert(record)) {
        dtls->stats.alerts_ignored++;
        return false;
    }
    return record->content != ZV_DTLS_CONTENT_ALERT;
}

/* Only the server speaks last (RFC 6347 section 4.2.4), so only it can be asked for its last words
 * again. */
static void answer(struct zv_dtls *dtls)
{
    if (dtls->role != ZV_DTLS_ROLE_SERVER || dtls->now_us < dtls->answer_at_us ||
        dtls->stats.answers >= ZV_DTLS_MAX_ANSWERS)
        return;
    zv_dtls_repeat_flight(dtls);
    dtls->answer_at_us = dtls->now_us + ZV_DTLS_ANSWER_INTERVAL_US;
    dtls->stats.answers++;
}

/* Without a connection of OpenSSL nothing is going to decrypt the record. */
static bool is_undersized(const struct zv_dtls *dtls, const struct zv_dtls_record *record)
{
    return dtls->ssl && zv_dtls_is_undersized(record, SSL_get_pending_cipher(dtls->ssl));
}

static void on_records(struct zv_dtls *dtls, const uint8_t *data, size_t len)
{
    struct zv_dtls_record record;
    bool is_late = false;
    while (zv_dtls_next_record(&data, &len, &record)) {
        if (!zv_dtls_is_plausible(&record, dtls->role) || is_undersized(dtls, &record)) {
            dtls->stats.malformed++;
            return;
        }
        if (dtls->state == ZV_DTLS_HANDSHAKING)
            on_handshake_record(dtls, &record);
        else if (is_handshake_over(dtls) && record.epoch && record.content == ZV_DTLS_CONTENT_ALERT)
            on_encrypted_alert(dtls, &record);
        else if (is_handshake_over(dtls) && is_late_record(dtls, &record))
            is_late = true;
    }
    if (len)
        dtls->stats.malformed++;
    if (is_late && is_handshake_over(dtls))
        answer(dtls);
}

static int keep_early(struct zv_dtls *dtls, const uint8_t *data, size_t len)
{
    if (dtls->early.count == ZV_DTLS_MAX_EARLY_DATAGRAMS || len > ZV_MAX_MEDIA_DGRAM_BYTES)
        return 0;
    int err = zv_dtls_flight_put(&dtls->early, data, len);
    if (!err)
        zv_dtls_flight_end(&dtls->early);
    return err;
}

int zv_dtls_on_datagram(struct zv_dtls *dtls, const uint8_t *data, size_t len, int64_t now_us)
{
    begin_input(dtls, now_us);
    dtls->stats.datagrams_in++;
    if (dtls->state == ZV_DTLS_NEW)
        return keep_early(dtls, data, len);
    if (dtls->state != ZV_DTLS_FAILED && dtls->state != ZV_DTLS_CLOSED)
        on_records(dtls, data, len);
    return 0;
}

int zv_dtls_start(struct zv_dtls *dtls, enum zv_dtls_role role, int64_t now_us)
{
    if (role != ZV_DTLS_ROLE_SERVER && role != ZV_DTLS_ROLE_CLIENT)
        return ZV_E_INVAL;
    if (dtls->state != ZV_DTLS_NEW)
        return ZV_E_STATE;
    dtls->role = role;
    int err = zv_dtls_handshake_open(dtls);
    if (err) {
        dtls->role = ZV_DTLS_ROLE_NONE;
        return err;
    }
    begin_input(dtls, now_us);
    dtls->state = ZV_DTLS_HANDSHAKING;
    dtls->limit_at_us = now_us + dtls->handshake_limit_us;
    if (role == ZV_DTLS_ROLE_CLIENT)
        zv_dtls_handshake_step(dtls);
    const uint8_t *data;
    size_t len;
    while (zv_dtls_flight_next(&dtls->early, &data, &len))
        on_records(dtls, data, len);
    zv_dtls_flight_fini(&dtls->early);
    return 0;
}

int zv_dtls_set_remote_fingerprint(struct zv_dtls *dtls, struct zv_str value, int64_t now_us)
{
    struct zv_dtls_fingerprint parsed;
    int err = zv_dtls_fingerprint_parse(value, &parsed);
    if (err)
        return err;
    if (dtls->remote.md && zv_dtls_fingerprint_eq(&dtls->remote, &parsed))
        return 0;
    if (dtls->state > ZV_DTLS_UNVERIFIED)
        return ZV_E_STATE;
    begin_input(dtls, now_us);
    dtls->remote = parsed;
    zv_dtls_handshake_verify(dtls);
    return 0;
}

/* ---- Time ---- */

static enum zv_dtls_failure reason_at_limit(const struct zv_dtls *dtls)
{
    if (dtls->state == ZV_DTLS_UNVERIFIED)
        return ZV_DTLS_FAIL_FINGERPRINT_MISSING;
    if (dtls->has_refused)
        return ZV_DTLS_FAIL_REFUSED;
    return dtls->alert ? ZV_DTLS_FAIL_ALERT : ZV_DTLS_FAIL_TIMEOUT;
}

static void begin_anew(struct zv_dtls *dtls)
{
    dtls->restart_at_us = dtls->now_us + ZV_DTLS_FIRST_RETRANSMIT_US; /* when memory is short */
    if (zv_dtls_handshake_open(dtls) == 0 && dtls->role == ZV_DTLS_ROLE_CLIENT)
        zv_dtls_handshake_step(dtls);
}

void zv_dtls_on_timeout(struct zv_dtls *dtls, int64_t now_us)
{
    begin_input(dtls, now_us);
    if (now_us >= dtls->limit_at_us)
        zv_dtls_fail(dtls, reason_at_limit(dtls));
    else if (now_us >= dtls->restart_at_us)
        begin_anew(dtls);
    else if (now_us >= dtls->retransmit_at_us)
        zv_dtls_handshake_repeat(dtls);
}

int64_t zv_dtls_deadline_us(const struct zv_dtls *dtls)
{
    return zv_time_min(dtls->limit_at_us, zv_time_min(dtls->restart_at_us, dtls->retransmit_at_us));
}

/* ---- The end ---- */

void zv_dtls_release(struct zv_dtls *dtls)
{
    if (dtls->state == ZV_DTLS_CONNECTED && dtls->ssl)
        zv_dtls_handshake_close(dtls);
}

void zv_dtls_close(struct zv_dtls *dtls)
{
    if (dtls->state == ZV_DTLS_FAILED || dtls->state == ZV_DTLS_CLOSED)
        return;
    zv_dtls_handshake_close(dtls);
    dtls->is_drained = false;
    dtls->is_farewell_due = true;
    dtls->state = ZV_DTLS_CLOSED;
    dtls->event = ZV_DTLS_OUT_NONE;
    dtls->limit_at_us = dtls->restart_at_us = ZV_TIME_NEVER;
    zv_wipe(&dtls->keys, sizeof(dtls->keys));
}

/* ---- Output ---- */

static bool next_datagram(struct zv_dtls *dtls, struct zv_dtls_out *ret_out)
{
    return zv_dtls_flight_next(&dtls->flight, &ret_out->data, &ret_out->len) ||
           (dtls->is_farewell_due &&
            zv_dtls_flight_next(&dtls->farewell, &ret_out->data, &ret_out->len));
}

enum zv_dtls_out_kind zv_dtls_poll(struct zv_dtls *dtls, struct zv_dtls_out *ret_out)
{
    memset(ret_out, 0, sizeof(*ret_out));
    if (next_datagram(dtls, ret_out)) {
        dtls->stats.datagrams_out++;
        return ZV_DTLS_OUT_SEND;
    }
    enum zv_dtls_out_kind event = dtls->event;
    dtls->event = ZV_DTLS_OUT_NONE;
    dtls->is_drained = event == ZV_DTLS_OUT_NONE;
    if (event == ZV_DTLS_OUT_CONNECTED) {
        ret_out->keys = dtls->keys;
        zv_wipe(&dtls->keys, sizeof(dtls->keys));
    } else if (event == ZV_DTLS_OUT_FAILED) {
        ret_out->failure = dtls->failure;
        ret_out->alert = dtls->alert;
        ret_out->detail = dtls->detail;
    }
    return event;
}

/* ---- Queries ---- */

enum zv_dtls_state zv_dtls_state(const struct zv_dtls *dtls)
{
    return dtls->state;
}

enum zv_dtls_role zv_dtls_role(const struct zv_dtls *dtls)
{
    return dtls->role;
}

const struct zv_dtls_stats *zv_dtls_stats(const struct zv_dtls *dtls)
{
    return &dtls->stats;
}

size_t zv_dtls_dump(const struct zv_dtls *dtls, char *buf, size_t cap)
{
    static const char *const roles[] = {"none", "server", "client"};
    const struct zv_dtls_stats *stats = &dtls->stats;
    struct zv_buf out = zv_buf(buf, cap ? cap - 1 : 0);
    zv_buf_printf(&out,
                  "dtls %s role=%s failure=%s alert=%u in=%u out=%u malformed=%u restarts=%u "
                  "retransmits=%u answers=%u released=%d\n",
                  zv_dtls_state_name(dtls->state), roles[dtls->role],
                  zv_dtls_failure_name(dtls->failure), dtls->alert, stats->datagrams_in,
                  stats->datagrams_out, stats->malformed, stats->restarts, stats->retransmits,
                  stats->answers, dtls->state == ZV_DTLS_CONNECTED && !dtls->ssl);
    if (cap)
        buf[out.len] = '\0';
    return out.len;
}
