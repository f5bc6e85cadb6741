/*
 * What is sent again, and what comes again. A client that agreed on RTX (RFC 4588) gets repairs as
 * a stream of their own, made from the plain packet; another far end gets the very bytes that left,
 * since SRTP never protects one number twice.
 */
#include "rtc/peer/peer_int.h"

#include "base/buf.h"
#include "sdp/codec.h"

#include <string.h>

/* Packets back that are late; further away a sequence begins anew (RFC 3550 A.1). */
#define MAX_LATE 1024

/* ---- Out ---- */

static bool uses_rtx(const struct zv_peer_video *video)
{
    return video->cfg.rtx_pt != ZV_PT_NONE;
}

void zv_peer_note_plain(struct zv_peer *peer, uint16_t seq, const struct zv_dgram *plain)
{
    struct zv_peer_video *video = peer->video;
    if (video->history && uses_rtx(video))
        zv_video_history_put(video->history, seq, plain->data, plain->len);
}

void zv_peer_note_sent(struct zv_peer *peer, uint16_t seq, const struct zv_peer_packet *packet,
                       const struct zv_dgram *sent)
{
    struct zv_peer_video *video = peer->video;
    if (video->history && !uses_rtx(video))
        zv_video_history_put(video->history, seq, sent->data, sent->len);
    if (!video->has_sent && !packet->picture.is_keyframe_start)
        zv_peer_wish_keyframe(peer);
    video->has_sent = true;
}

void zv_peer_answer_nacks(struct zv_peer *peer, const struct zv_rtcp_nack *nacks, size_t count)
{
    struct zv_peer_answers *answers = &peer->video->answers;
    *answers = (struct zv_peer_answers){.count = ZV_MIN(count, ZV_ARRAY_LEN(answers->nacks))};
    memcpy(answers->nacks, nacks, answers->count * sizeof(*nacks));
}

/* The next number that is missed; false: all were answered. */
static bool next_number(struct zv_peer_answers *answers, uint16_t *ret_seq)
{
    while (answers->at < answers->count) {
        const struct zv_rtcp_nack *nack = &answers->nacks[answers->at];
        unsigned bit = answers->bit++;
        if (bit > 16) {
            answers->at++;
            answers->bit = 0;
            continue;
        }
        if (bit && !(nack->mask >> (bit - 1) & 1))
            continue;
        *ret_seq = (uint16_t)(nack->seq + bit);
        return true;
    }
    return false;
}

static bool write_repair(struct zv_peer *peer, const uint8_t *packet, size_t len,
                         struct zv_dgram *out)
{
    const struct zv_peer_video *video = peer->video;
    out->data = peer->scratch;
    if (!uses_rtx(video)) {
        memcpy(peer->scratch, packet, len);
        out->len = len;
        return true;
    }
    if (!zv_video_rtx_wrap(&peer->rtx, packet, len, (uint8_t)video->cfg.rtx_pt, peer->scratch,
                           sizeof(peer->scratch), &out->len))
        return false;
    enum zv_srtp_verdict verdict = peer->srtp_out
                                       ? zv_srtp_protect_rtp(peer->srtp_out, out->data, out->len,
                                                             sizeof(peer->scratch), &out->len)
                                       : ZV_SRTP_PASS;
    if (verdict != ZV_SRTP_PASS)
        zv_peer_count_drop(peer, zv_peer_drop_of_srtp(verdict));
    return verdict == ZV_SRTP_PASS;
}

bool zv_peer_poll_repair(struct zv_peer *peer, struct zv_dgram *ret_out)
{
    struct zv_peer_video *video = peer->video;
    struct zv_dgram out = {0};
    const uint8_t *packet;
    size_t len;
    uint16_t seq;
    if (!video || !video->history || !video->answers.count || zv_peer_find_way(peer, &out))
        return false;
    int64_t rtt_us = zv_rtcp_session_far(peer->streams[ZV_PEER_VIDEO].rtcp)->rtt_us;
    while (next_number(&video->answers, &seq)) {
        if (zv_video_history_get(video->history, seq, rtt_us, peer->input_us, &packet, &len) !=
                ZV_VIDEO_REPAIR_FOUND ||
            !write_repair(peer, packet, len, &out))
            continue;
        video->retransmitted++;
        *ret_out = out;
        return true;
    }
    video->answers.count = 0;
    return false;
}

/* ---- In ---- */

static void note_number(struct zv_peer_video *video, const struct zv_peer_packet *packet,
                        int64_t now_us)
{
    const uint8_t *value;
    size_t len;
    if (video->cfg.cc_id &&
        zv_rtp_find_ext(packet->data, &packet->header, video->cfg.cc_id, &value, &len) && len == 2)
        zv_video_cc_on_packet(&video->cc, zv_get_u16(value), now_us);
}

bool zv_peer_unwrap(struct zv_peer *peer, struct zv_peer_packet *packet, int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    const struct zv_rtp_in *in = &peer->streams[ZV_PEER_VIDEO].in;
    if (!zv_peer_has_video(peer))
        return true;
    note_number(video, packet, now_us);
    if (packet->header.pt != video->cfg.rtx_pt)
        return true;
    uint8_t *before = packet->data;
    if (!in->has_source || video->cfg.rx_pt == ZV_PT_NONE ||
        zv_video_rtx_unwrap(&packet->data, &packet->len, &packet->header, in->ssrc,
                            (uint8_t)video->cfg.rx_pt) != ZV_VIDEO_RTX_PASS)
        return false;
    packet->cap -= (size_t)(packet->data - before);
    video->rtx_in++;
    return true;
}

bool zv_peer_is_too_late(const struct zv_rtp_in *in, const struct zv_rtp_header *header)
{
    int step = (int16_t)(uint16_t)(header->seq - in->max_seq);
    return in->has_source && in->ssrc == header->ssrc && step <= -ZV_RTP_WINDOW && step > -MAX_LATE;
}
