/*
 * OpenSSL's connection: its life, its timer, and what follows from the handshake's end: the
 * fingerprint compared and the keys exported (RFC 5764 section 4.2).
 */
#include "base/alloc.h"
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <openssl/err.h>
#include <string.h>

#define EXPORT_LABEL "EXTRACTOR-dtls_srtp"

static const struct {
    uint16_t profile;
    uint8_t key_len;
    uint8_t salt_len;
} profiles[] = {
    {SRTP_AEAD_AES_128_GCM, 16, 12},
    {SRTP_AEAD_AES_256_GCM, 32, 12},
    {SRTP_AES128_CM_SHA1_80, 16, 14},
};

/* Begins with ours and doubles, as RFC 6347 section 4.2.4.1 asks, but sooner than its one second:
 * the path was just measured by ICE. */
static unsigned next_timeout(SSL *ssl, unsigned last_us)
{
    struct zv_dtls *dtls = SSL_get_app_data(ssl);
    dtls->rto_us = last_us ? ZV_MIN((int64_t)last_us * 2, ZV_DTLS_LAST_RETRANSMIT_US)
                           : ZV_DTLS_FIRST_RETRANSMIT_US;
    return (unsigned)dtls->rto_us;
}

int zv_dtls_handshake_open(struct zv_dtls *dtls)
{
    SSL *ssl = SSL_new(dtls->ctx->ssl);
    BIO *bio = ssl ? zv_dtls_bio_new(dtls) : NULL;
    if (!bio || SSL_set_app_data(ssl, dtls) != 1) {
        BIO_free(bio);
        SSL_free(ssl);
        ERR_clear_error();
        return ZV_E_NOMEM;
    }
    SSL_set_bio(ssl, bio, bio);
    DTLS_set_link_mtu(ssl, ZV_DTLS_MTU_BYTES);
    DTLS_set_timer_cb(ssl, next_timeout);
    if (dtls->role == ZV_DTLS_ROLE_CLIENT)
        SSL_set_connect_state(ssl);
    else
        SSL_set_accept_state(ssl);
    dtls->ssl = ssl;
    dtls->early_records = 0;
    dtls->restart_at_us = dtls->retransmit_at_us = ZV_TIME_NEVER;
    return 0;
}

static void drop_connection(struct zv_dtls *dtls)
{
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
    dtls->retransmit_at_us = ZV_TIME_NEVER;
}

void zv_dtls_fail(struct zv_dtls *dtls, enum zv_dtls_failure failure)
{
    if (dtls->state == ZV_DTLS_UNVERIFIED) {
        zv_dtls_handshake_close(dtls);
        dtls->is_farewell_due = true;
    }
    drop_connection(dtls);
    dtls->state = ZV_DTLS_FAILED;
    dtls->failure = failure;
    dtls->event = ZV_DTLS_OUT_FAILED;
    dtls->limit_at_us = dtls->restart_at_us = ZV_TIME_NEVER;
}

/* OpenSSL gave up, over a message that anybody may have sent. */
static void restart(struct zv_dtls *dtls)
{
    unsigned long code = ERR_peek_error();
    dtls->has_refused = true;
    dtls->detail = code ? ERR_reason_error_string(code) : NULL;
    dtls->stats.restarts++;
    drop_connection(dtls);
    dtls->restart_at_us =
        dtls->now_us + (dtls->role == ZV_DTLS_ROLE_CLIENT ? ZV_DTLS_FIRST_RETRANSMIT_US
                                                          : ZV_DTLS_RESTART_INTERVAL_US);
}

static int export_keys(const struct zv_dtls *dtls, size_t i, struct zv_dtls_keys *ret_keys)
{
    const size_t key = profiles[i].key_len, salt = profiles[i].salt_len;
    uint8_t material[2 * (ZV_DTLS_MAX_KEY_BYTES + ZV_DTLS_MAX_SALT_BYTES)];
    bool is_client = dtls->role == ZV_DTLS_ROLE_CLIENT;
    struct zv_dtls_key *client = is_client ? &ret_keys->local : &ret_keys->remote;
    struct zv_dtls_key *server = is_client ? &ret_keys->remote : &ret_keys->local;
    if (SSL_export_keying_material(dtls->ssl, material, 2 * (key + salt), EXPORT_LABEL,
                                   sizeof(EXPORT_LABEL) - 1, NULL, 0, 0) != 1)
        return ZV_E_CRYPTO;
    ret_keys->profile = profiles[i].profile;
    ret_keys->key_len = profiles[i].key_len;
    ret_keys->salt_len = profiles[i].salt_len;
    memcpy(client->key, material, key);
    memcpy(server->key, material + key, key);
    memcpy(client->salt, material + 2 * key, salt);
    memcpy(server->salt, material + 2 * key + salt, salt);
    zv_wipe(material, sizeof(material));
    return 0;
}

/* The index in `profiles` of what was negotiated, or -1. */
static int find_profile(const struct zv_dtls *dtls)
{
    const SRTP_PROTECTION_PROFILE *selected = SSL_get_selected_srtp_profile(dtls->ssl);
    for (size_t i = 0; selected && i < ZV_ARRAY_LEN(profiles); i++) {
        if (profiles[i].profile == selected->id)
            return (int)i;
    }
    return -1;
}

static void connect(struct zv_dtls *dtls)
{
    int profile = find_profile(dtls);
    if (profile < 0) {
        zv_dtls_fail(dtls, ZV_DTLS_FAIL_NO_SRTP_PROFILE);
        return;
    }
    if (export_keys(dtls, (size_t)profile, &dtls->keys) != 0) {
        zv_dtls_fail(dtls, ZV_DTLS_FAIL_INTERNAL);
        return;
    }
    dtls->state = ZV_DTLS_CONNECTED;
    dtls->event = ZV_DTLS_OUT_CONNECTED;
    dtls->limit_at_us = ZV_TIME_NEVER;
}

void zv_dtls_handshake_verify(struct zv_dtls *dtls)
{
    if (dtls->state != ZV_DTLS_UNVERIFIED || !dtls->remote.md)
        return;
    X509 *cert = SSL_get1_peer_certificate(dtls->ssl);
    bool is_peer = cert && zv_dtls_fingerprint_is_of(&dtls->remote, cert);
    X509_free(cert);
    if (is_peer)
        connect(dtls);
    else
        zv_dtls_fail(dtls, ZV_DTLS_FAIL_FINGERPRINT_MISMATCH);
}

static void finish(struct zv_dtls *dtls)
{
    dtls->state = ZV_DTLS_UNVERIFIED;
    dtls->retransmit_at_us = ZV_TIME_NEVER;
    dtls->answer_at_us = dtls->now_us + ZV_DTLS_ANSWER_INTERVAL_US;
    if (find_profile(dtls) < 0)
        zv_dtls_fail(dtls, ZV_DTLS_FAIL_NO_SRTP_PROFILE);
    else
        zv_dtls_handshake_verify(dtls);
}

void zv_dtls_handshake_step(struct zv_dtls *dtls)
{
    ERR_clear_error();
    int result = SSL_do_handshake(dtls->ssl);
    if (result == 1)
        finish(dtls);
    else if (SSL_get_error(dtls->ssl, result) != SSL_ERROR_WANT_READ)
        restart(dtls);
    ERR_clear_error();
}

void zv_dtls_repeat_flight(struct zv_dtls *dtls)
{
    zv_dtls_flight_renumber(&dtls->flight, 0, &dtls->plain_sequence);
    dtls->flight.next = 0;
}

/*
 * The wall clock was set back, and OpenSSL would wait until it has caught up. The stored flight
 * serves nearly as well: it completes the peer's view whatever of it was lost. Only a Finished that
 * did arrive counts as a replay, so a server whose answer to it was lost is not reminded.
 */
static void repeat_without_library(struct zv_dtls *dtls)
{
    zv_dtls_repeat_flight(dtls);
    dtls->stats.clock_fallbacks++;
    dtls->rto_us = ZV_MIN(dtls->rto_us * 2, ZV_DTLS_LAST_RETRANSMIT_US);
    dtls->retransmit_at_us = dtls->now_us + dtls->rto_us;
}

void zv_dtls_handshake_repeat(struct zv_dtls *dtls)
{
    ERR_clear_error();
    int result = DTLSv1_handle_timeout(dtls->ssl);
    if (result > 0)
        dtls->stats.retransmits++;
    else if (result < 0)
        restart(dtls);
    else if (dtls->clock_retries++ < ZV_DTLS_MAX_CLOCK_RETRIES)
        dtls->retransmit_at_us = dtls->now_us + ZV_DTLS_CLOCK_RETRY_US;
    else
        repeat_without_library(dtls);
    ERR_clear_error();
}

void zv_dtls_handshake_close(struct zv_dtls *dtls)
{
    dtls->sink = &dtls->farewell;
    ERR_clear_error();
    if (dtls->ssl && SSL_is_init_finished(dtls->ssl))
        (void)SSL_shutdown(dtls->ssl); /* 0: the peer's is not awaited */
    ERR_clear_error();
    drop_connection(dtls);
}
