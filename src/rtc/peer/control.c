/*
 * The machines within: their timers, their datagrams, and what their outputs mean for the leg.
 */
#include "rtc/peer/peer_int.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

/* ---- Silence ---- */

static int64_t silence_since_us(const struct zv_peer *peer)
{
    return ZV_MAX(peer->expected_us, peer->counters.last_rx_us);
}

static int64_t silence_deadline_us(const struct zv_peer *peer)
{
    if (!peer->silence_us || peer->is_silent || peer->is_closed ||
        peer->expected_us == ZV_TIME_NEVER)
        return ZV_TIME_NEVER;
    return silence_since_us(peer) + peer->silence_us;
}

void zv_peer_note_life(struct zv_peer *peer, int64_t now_us)
{
    if (peer->is_silent) {
        struct zv_peer_event *event = zv_peer_emit(peer, ZV_PEER_EVENT_RESUMED);
        event->since_us = silence_since_us(peer);
        peer->is_silent = false;
    }
    peer->counters.last_rx_us = now_us;
}

void zv_peer_note_report(struct zv_peer *peer, int64_t now_us)
{
    if (!peer->counters.last_rx_us && !peer->is_silent)
        zv_peer_emit(peer, ZV_PEER_EVENT_RESUMED)->since_us = silence_since_us(peer);
    zv_peer_note_life(peer, now_us);
}

static void check_silence(struct zv_peer *peer, int64_t now_us)
{
    if (now_us < silence_deadline_us(peer))
        return;
    peer->is_silent = true;
    zv_peer_emit(peer, ZV_PEER_EVENT_SILENT)->since_us = silence_since_us(peer);
}

/* ---- ICE ---- */

static void take_pair(struct zv_peer *peer, const struct zv_ice_pair *pair)
{
    peer->counters.moves += peer->web.is_nominated;
    peer->web.is_nominated = true;
    peer->web.current_pair = *pair;
    zv_peer_emit_pair(peer, ZV_PEER_EVENT_ICE_NOMINATED, &pair->local, &pair->remote);
}

static void take_validated(struct zv_peer *peer, const struct zv_ice_pair *pair)
{
    if (peer->web.is_validated)
        return;
    peer->web.is_validated = true;
    zv_peer_emit_pair(peer, ZV_PEER_EVENT_ICE_VALIDATED, &pair->local, &pair->remote);
}

static void take_ice_event(struct zv_peer *peer, enum zv_ice_out_kind kind,
                           const struct zv_ice_out *out)
{
    switch (kind) {
    case ZV_ICE_OUT_VALIDATED:
        take_validated(peer, &out->pair);
        break;
    case ZV_ICE_OUT_NOMINATED:
        take_pair(peer, &out->pair);
        break;
    case ZV_ICE_OUT_CONSENT_LOST:
        zv_peer_emit(peer, ZV_PEER_EVENT_CONSENT_LOST);
        break;
    case ZV_ICE_OUT_CONSENT_BACK:
        zv_peer_emit(peer, ZV_PEER_EVENT_CONSENT_BACK);
        break;
    case ZV_ICE_OUT_RESTARTED:
        zv_peer_emit(peer, ZV_PEER_EVENT_ICE_RESTARTED);
        break;
    default:
        break; /* INVALIDATED: asked for per packet; FAILED: the owner has the deadline */
    }
}

static bool poll_ice(struct zv_peer *peer, struct zv_dgram *ret_out)
{
    struct zv_ice_out out;
    for (;;) {
        enum zv_ice_out_kind kind = zv_ice_poll(peer->web.ice, &out);
        if (kind == ZV_ICE_OUT_NONE)
            break;
        if (kind == ZV_ICE_OUT_SEND) {
            *ret_out = out.dgram;
            return true;
        }
        take_ice_event(peer, kind, &out);
    }
    struct zv_ice_pair selected;
    if (zv_ice_selected(peer->web.ice, &selected))
        peer->web.current_pair = selected;
    return false;
}

/* ---- DTLS ---- */

static int make_srtp(struct zv_srtp **ret_srtp, const struct zv_dtls_keys *keys,
                     const struct zv_dtls_key *key)
{
    const struct zv_srtp_cfg cfg = {
        .profile = (enum zv_srtp_profile)keys->profile,
        .key = key->key,
        .key_len = keys->key_len,
        .salt = key->salt,
        .salt_len = keys->salt_len,
    };
    return zv_srtp_new(ret_srtp, &cfg);
}

static void emit_dtls_failed(struct zv_peer *peer, const char *reason, uint8_t alert)
{
    struct zv_peer_event *event = zv_peer_emit(peer, ZV_PEER_EVENT_DTLS_FAILED);
    peer->web.path.dtls_failure = reason;
    event->reason = reason;
    event->alert = alert;
}

static void take_keys(struct zv_peer *peer, const struct zv_dtls_keys *keys)
{
    if (make_srtp(&peer->srtp_in, keys, &keys->remote) ||
        make_srtp(&peer->srtp_out, keys, &keys->local)) {
        peer->srtp_in = zv_srtp_free(peer->srtp_in);
        emit_dtls_failed(peer, zv_dtls_failure_name(ZV_DTLS_FAIL_INTERNAL), 0);
        return;
    }
    peer->expected_us = peer->input_us;
    zv_peer_emit(peer, ZV_PEER_EVENT_DTLS_CONNECTED)->profile = keys->profile;
}

/* Where handshake messages go: before the nomination the way that the last one came. */
static bool find_dtls_way(const struct zv_peer *peer, struct zv_dgram *out)
{
    const struct zv_ice_pair *pair = &peer->web.current_pair;
    if (!zv_ice_is_nominated(peer->web.ice) && peer->web.dtls_pair.remote.family)
        pair = &peer->web.dtls_pair;
    out->local = pair->local;
    out->remote = pair->remote;
    return pair->remote.family && zv_ice_has_consent(peer->web.ice);
}

/* A flight for which there is no way yet is dropped: its timer repeats it. */
static bool take_flight(struct zv_peer *peer, const struct zv_dtls_out *flight,
                        struct zv_dgram *ret_out)
{
    struct zv_dgram out = {.data = peer->scratch, .len = flight->len};
    if (flight->len > sizeof(peer->scratch) || !find_dtls_way(peer, &out))
        return false;
    memcpy(peer->scratch, flight->data, flight->len);
    peer->web.path.dtls_out++;
    *ret_out = out;
    return true;
}

static bool poll_dtls(struct zv_peer *peer, struct zv_dgram *ret_out)
{
    struct zv_dtls_out out;
    for (;;) {
        switch (zv_dtls_poll(peer->web.dtls, &out)) {
        case ZV_DTLS_OUT_NONE:
            return false;
        case ZV_DTLS_OUT_SEND:
            if (take_flight(peer, &out, ret_out))
                return true;
            break;
        case ZV_DTLS_OUT_CONNECTED:
            take_keys(peer, &out.keys);
            zv_wipe(&out.keys, sizeof(out.keys));
            break;
        case ZV_DTLS_OUT_FAILED:
            emit_dtls_failed(peer, zv_dtls_failure_name(out.failure), out.alert);
            break;
        case ZV_DTLS_OUT_CLOSED:
            zv_peer_emit(peer, ZV_PEER_EVENT_DTLS_CLOSED);
            break;
        }
    }
}

/* The time limit of the handshake begins with the first pair, not before. True: it began now. */
static bool try_dtls(struct zv_peer *peer)
{
    struct zv_ice_pair pair;
    if (!peer->web.has_remote || zv_dtls_role(peer->web.dtls) != ZV_DTLS_ROLE_NONE ||
        peer->is_closed || !zv_ice_selected(peer->web.ice, &pair))
        return false;
    enum zv_dtls_role role = peer->web.dtls_client ? ZV_DTLS_ROLE_CLIENT : ZV_DTLS_ROLE_SERVER;
    if (!zv_dtls_start(peer->web.dtls, role, peer->input_us))
        return true;
    emit_dtls_failed(peer, zv_dtls_failure_name(ZV_DTLS_FAIL_INTERNAL), 0);
    return false;
}

/* ---- The machine ---- */

void zv_peer_on_timeout(struct zv_peer *peer, int64_t now_us)
{
    peer->input_us = now_us;
    if (peer->web.ice && zv_ice_deadline_us(peer->web.ice) <= now_us)
        zv_ice_on_timeout(peer->web.ice, now_us);
    if (peer->web.dtls && zv_dtls_deadline_us(peer->web.dtls) <= now_us)
        zv_dtls_on_timeout(peer->web.dtls, now_us);
    zv_peer_run_reports(peer, now_us);
    zv_dtmf_listener_on_timeout(&peer->listener, now_us);
    check_silence(peer, now_us);
}

int64_t zv_peer_deadline_us(const struct zv_peer *peer)
{
    int64_t at_us = zv_time_min(zv_peer_reports_deadline_us(peer), silence_deadline_us(peer));
    at_us = zv_time_min(at_us, zv_peer_keys_deadline_us(peer));
    if (peer->kind == ZV_PEER_WEB) {
        at_us = zv_time_min(at_us, zv_ice_deadline_us(peer->web.ice));
        at_us = zv_time_min(at_us, zv_dtls_deadline_us(peer->web.dtls));
    }
    return at_us;
}

bool zv_peer_poll_dgram(struct zv_peer *peer, struct zv_dgram *ret_out)
{
    if (peer->kind == ZV_PEER_WEB) {
        if (poll_ice(peer, ret_out) || poll_dtls(peer, ret_out))
            return true;
        if (try_dtls(peer) && poll_dtls(peer, ret_out))
            return true;
    }
    return zv_peer_poll_key(peer, ret_out) || zv_peer_poll_report(peer, ret_out) ||
           zv_peer_poll_repair(peer, ret_out);
}
