/*
 * RTCP of a leg: each of its streams has a session, all of them share the way.
 */
#include "rtc/peer/peer_int.h"

#include <string.h>

/* ---- In ---- */

/* The SSRCs in it say what is for whom, so each session gets it. */
bool zv_peer_take_rtcp(struct zv_peer *peer, const uint8_t *data, size_t len, int64_t now_us)
{
    bool is_taken = false;
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++) {
        struct zv_rtcp_session *rtcp = peer->streams[i].rtcp;
        if (rtcp && zv_rtcp_session_on_datagram(rtcp, data, len, now_us) == ZV_RTP_PASS)
            is_taken = true;
    }
    return is_taken;
}

/* ---- Out ---- */

static bool find_rtcp_way(const struct zv_peer *peer, struct zv_dgram *out)
{
    if (peer->kind == ZV_PEER_WEB) {
        out->local = peer->web.current_pair.local;
        out->remote = peer->web.current_pair.remote;
        return peer->srtp_out && zv_ice_has_consent(peer->web.ice);
    }
    const struct zv_latch *latch = &peer->rtp.latch;
    bool is_muxed = peer->rtp.remote.rtcp_mux;
    out->local = is_muxed ? peer->local_rtp : peer->local_rtcp;
    out->remote = is_muxed ? *zv_latch_rtp_target(latch) : *zv_latch_rtcp_target(latch);
    return peer->rtp.wants_media;
}

static bool take_report(struct zv_peer *peer, const struct zv_rtcp_out *report,
                        struct zv_dgram *ret_out)
{
    struct zv_dgram out = {.data = peer->scratch, .len = report->len};
    if (report->len > sizeof(peer->scratch) || !find_rtcp_way(peer, &out))
        return false;
    memcpy(peer->scratch, report->data, report->len);
    if (peer->srtp_out) {
        enum zv_srtp_verdict verdict = zv_srtp_protect_rtcp(peer->srtp_out, out.data, out.len,
                                                            sizeof(peer->scratch), &out.len);
        if (verdict != ZV_SRTP_PASS) {
            zv_peer_count_drop(peer, zv_peer_drop_of_srtp(verdict));
            return false;
        }
    }
    peer->counters.tx_rtcp++;
    *ret_out = out;
    return true;
}

/* Of a video stream: what the far end wants of us, and of whoever sends what it gets. */
static void take_feedback(struct zv_peer *peer, const struct zv_rtcp_out *out)
{
    switch (out->kind) {
    case ZV_RTCP_OUT_NACK:
        zv_peer_answer_nacks(peer, out->nacks, out->nack_count);
        break;
    case ZV_RTCP_OUT_KEYFRAME:
        zv_peer_wish_keyframe(peer);
        break;
    case ZV_RTCP_OUT_TMMBR:
    case ZV_RTCP_OUT_REMB:
        zv_peer_wish_limit(peer, out->bits_per_s);
        break;
    default:
        break;
    }
}

static bool poll_stream(struct zv_peer *peer, struct zv_peer_stream *stream,
                        struct zv_dgram *ret_out)
{
    bool is_video = stream == &peer->streams[ZV_PEER_VIDEO];
    struct zv_rtcp_out out;
    for (;;) {
        switch (zv_rtcp_session_poll(stream->rtcp, &out)) {
        case ZV_RTCP_OUT_NONE:
            if (is_video && zv_peer_add_feedback(peer, peer->input_us))
                break;
            return false;
        case ZV_RTCP_OUT_SEND:
            if (take_report(peer, &out, ret_out))
                return true;
            break;
        case ZV_RTCP_OUT_BYE:
            zv_peer_emit(peer, ZV_PEER_EVENT_RTCP_BYE);
            break;
        default:
            if (zv_peer_has_video(peer))
                take_feedback(peer, &out);
            break;
        }
    }
}

bool zv_peer_can_report(const struct zv_peer *peer)
{
    struct zv_dgram out;
    return !peer->is_closed && find_rtcp_way(peer, &out);
}

bool zv_peer_poll_report(struct zv_peer *peer, struct zv_dgram *ret_out)
{
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++) {
        if (peer->streams[i].rtcp && poll_stream(peer, &peer->streams[i], ret_out))
            return true;
    }
    return false;
}

/* ---- Time ---- */

void zv_peer_run_reports(struct zv_peer *peer, int64_t now_us)
{
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++) {
        struct zv_rtcp_session *rtcp = peer->streams[i].rtcp;
        if (rtcp && zv_rtcp_session_deadline_us(rtcp) <= now_us)
            zv_rtcp_session_on_timeout(rtcp, now_us);
    }
}

void zv_peer_close_reports(struct zv_peer *peer, int64_t now_us)
{
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++) {
        if (peer->streams[i].rtcp)
            zv_rtcp_session_close(peer->streams[i].rtcp, now_us);
    }
}

int64_t zv_peer_reports_deadline_us(const struct zv_peer *peer)
{
    int64_t at_us = ZV_TIME_NEVER;
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++) {
        if (peer->streams[i].rtcp)
            at_us = zv_time_min(at_us, zv_rtcp_session_deadline_us(peer->streams[i].rtcp));
    }
    return zv_time_min(at_us, zv_peer_feedback_deadline_us(peer));
}
