/*
 * What the far end of a video stream is asked for and told: packets that are missing, key frames,
 * a limit, and what came when (transport-cc). All of it leaves by the RTCP session of the stream.
 */
#include "rtc/peer/peer_int.h"

#include "base/err.h"
#include "sdp/codec.h"

/* Room for one of each; with less the session sends what it has first. */
#define MIN_ROOM (ZV_VIDEO_CC_MAX_BYTES + 120)

void zv_peer_ask_where_needed(struct zv_peer *peer, int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    const struct zv_video_frames *frames = &video->frames;
    if (!frames->needs_keyframe || !video->is_wanted || frames->needed_us == video->needed_us)
        return;
    video->needed_us = frames->needed_us;
    zv_video_keyframe_ask(&video->keyframe, now_us);
}

static void add_nacks(struct zv_peer *peer, struct zv_buf *buf, int64_t now_us)
{
    struct zv_peer_video *video = peer->video;
    struct zv_peer_stream *stream = &peer->streams[ZV_PEER_VIDEO];
    struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
    int64_t rtt_us = zv_rtcp_session_far(stream->rtcp)->rtt_us;
    if (rtt_us < 0 && peer->streams[ZV_PEER_AUDIO].rtcp) /* a client that sends only */
        rtt_us = zv_rtcp_session_far(peer->streams[ZV_PEER_AUDIO].rtcp)->rtt_us;
    zv_video_missing_set_rtt(&video->missing, rtt_us);
    size_t count = zv_video_missing_poll(&video->missing, now_us, items);
    if (count)
        zv_rtcp_write_nack(buf, stream->out.ssrc, video->missing.ssrc, items, count);
    uint16_t lost_seq;
    if (!zv_video_missing_take_lost(&video->missing, &lost_seq))
        return;
    zv_video_frames_on_lost(&video->frames, lost_seq, now_us);
    zv_peer_ask_where_needed(peer, now_us);
}

static bool can_ask_keyframe(const struct zv_peer *peer)
{
    return peer->video->keyframe.kind == ZV_VIDEO_ASK_INFO ||
           peer->streams[ZV_PEER_VIDEO].in.has_source;
}

static void add_keyframe(struct zv_peer *peer, struct zv_buf *buf, int64_t now_us)
{
    const struct zv_peer_stream *stream = &peer->streams[ZV_PEER_VIDEO];
    struct zv_video_keyframe_request request;
    if (!can_ask_keyframe(peer) ||
        !zv_video_keyframe_poll(&peer->video->keyframe, now_us, &request))
        return;
    const struct zv_rtcp_fir fir = {.ssrc = stream->in.ssrc, .seq = request.fir_seq};
    if (request.kind == ZV_VIDEO_ASK_INFO)
        zv_peer_emit(peer, ZV_PEER_EVENT_KEYFRAME_WANTED);
    else if (request.kind == ZV_VIDEO_ASK_FIR)
        zv_rtcp_write_fir(buf, stream->out.ssrc, &fir);
    else
        zv_rtcp_write_pli(buf, stream->out.ssrc, stream->in.ssrc);
}

static bool can_tell_limit(const struct zv_peer *peer)
{
    return peer->streams[ZV_PEER_VIDEO].in.has_source &&
           peer->video->cfg.feedback & (ZV_VIDEO_TMMBR | ZV_VIDEO_REMB);
}

static void add_limit(struct zv_peer *peer, struct zv_buf *buf, int64_t now_us)
{
    const struct zv_peer_stream *stream = &peer->streams[ZV_PEER_VIDEO];
    uint64_t bits_per_s;
    if (!can_tell_limit(peer) || !zv_video_limit_poll(&peer->video->limit, now_us, &bits_per_s))
        return;
    const struct zv_rtcp_tmmb entry = {.ssrc = stream->in.ssrc,
                                       .bits_per_s = bits_per_s,
                                       .overhead_bytes = ZV_PEER_OVERHEAD_BYTES};
    if (peer->video->cfg.feedback & ZV_VIDEO_TMMBR)
        zv_rtcp_write_tmmbr(buf, stream->out.ssrc, &entry);
    else if (peer->video->cfg.feedback & ZV_VIDEO_REMB)
        zv_rtcp_write_remb(buf, stream->out.ssrc, bits_per_s, &stream->in.ssrc, 1);
}

static bool can_add(const struct zv_peer *peer)
{
    return zv_peer_has_video(peer) && zv_peer_can_report(peer) &&
           zv_rtcp_session_room(peer->streams[ZV_PEER_VIDEO].rtcp) >= MIN_ROOM;
}

bool zv_peer_add_feedback(struct zv_peer *peer, int64_t now_us)
{
    uint8_t bytes[MIN_ROOM];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    const struct zv_peer_stream *stream = &peer->streams[ZV_PEER_VIDEO];
    if (!can_add(peer))
        return false;
    add_nacks(peer, &buf, now_us);
    add_keyframe(peer, &buf, now_us);
    add_limit(peer, &buf, now_us);
    if (peer->video->cfg.feedback & ZV_VIDEO_TRANSPORT_CC)
        zv_video_cc_write(&peer->video->cc, stream->out.ssrc, stream->in.ssrc, now_us, &buf);
    return buf.len && !zv_rtcp_session_add(stream->rtcp, bytes, buf.len, now_us);
}

int64_t zv_peer_feedback_deadline_us(const struct zv_peer *peer)
{
    const struct zv_peer_video *video = peer->video;
    if (!can_add(peer))
        return ZV_TIME_NEVER;
    int64_t at_us = zv_video_missing_deadline_us(&video->missing);
    if (can_ask_keyframe(peer))
        at_us = zv_time_min(at_us, zv_video_keyframe_deadline_us(&video->keyframe));
    if (can_tell_limit(peer))
        at_us = zv_time_min(at_us, zv_video_limit_deadline_us(&video->limit));
    if (video->cfg.feedback & ZV_VIDEO_TRANSPORT_CC)
        at_us = zv_time_min(at_us, zv_video_cc_deadline_us(&video->cc));
    return at_us;
}
