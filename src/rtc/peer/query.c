/* What the owner of a leg may ask. */
#include "rtc/peer/peer_int.h"

static uint32_t ts_to_us(uint64_t ts, uint32_t clock_hz)
{
    return clock_hz ? (uint32_t)ZV_MIN(ts * 1000000 / clock_hz, (uint64_t)UINT32_MAX) : 0;
}

static void copy_far(const struct zv_peer_stream *stream, struct zv_peer_counters *counters)
{
    const struct zv_rtcp_far *far = zv_rtcp_session_far(stream->rtcp);
    counters->remote_jitter_us = ts_to_us(far->jitter_ts, stream->out.clock_hz);
    counters->remote_lost = far->lost > 0 ? (uint32_t)far->lost : 0;
    counters->remote_fraction = far->fraction_lost;
    counters->remote_report_us = far->report_us == ZV_TIME_NEVER ? 0 : far->report_us;
    counters->rtt_us = far->rtt_us > 0 ? (uint32_t)ZV_MIN(far->rtt_us, (int64_t)UINT32_MAX) : 0;
}

void zv_peer_counters(const struct zv_peer *peer, struct zv_peer_counters *ret_counters)
{
    const struct zv_peer_stream *stream = &peer->streams[peer->medium];
    struct zv_peer_counters counters = peer->counters;
    counters.rx_packets = stream->rx_packets;
    counters.rx_bytes = stream->rx_bytes;
    counters.tx_packets = stream->tx_packets;
    counters.tx_bytes = stream->tx_bytes;
    counters.lost = zv_rtp_in_lost(&stream->in);
    counters.reordered = stream->in.reordered;
    counters.jitter_us = ts_to_us(stream->in.jitter_q4 / 16, stream->in.clock_hz);
    counters.rx_ssrc = stream->in.ssrc;
    counters.tx_ssrc = stream->out.ssrc;
    counters.srtp = peer->srtp_out ? (uint16_t)zv_srtp_profile(peer->srtp_out) : 0;
    counters.last_rtp_us = stream->in.heard_us;
    counters.is_strict = peer->strict;
    copy_far(stream, &counters);
    if (peer->kind == ZV_PEER_WEB) {
        counters.checks = (uint32_t)zv_ice_counters(peer->web.ice)->requests;
        counters.remote = peer->web.current_pair.remote;
    } else if (peer->rtp.wants_media) {
        counters.remote = *zv_latch_rtp_target(&peer->rtp.latch);
    }
    *ret_counters = counters;
}

/* What there is of every stream. */
static void copy_stream(const struct zv_peer_stream *stream, struct zv_peer_video_counters *to)
{
    struct zv_peer_counters far = {0};
    to->rx_packets = stream->rx_packets;
    to->rx_bytes = stream->rx_bytes;
    to->tx_packets = stream->tx_packets;
    to->tx_bytes = stream->tx_bytes;
    to->lost = zv_rtp_in_lost(&stream->in);
    to->reordered = stream->in.reordered;
    to->jitter_us = ts_to_us(stream->in.jitter_q4 / 16, stream->in.clock_hz);
    to->rx_ssrc = stream->in.ssrc;
    to->tx_ssrc = stream->out.ssrc;
    to->last_rtp_us = stream->in.heard_us;
    if (!stream->rtcp)
        return;
    copy_far(stream, &far);
    to->remote_jitter_us = far.remote_jitter_us;
    to->remote_lost = far.remote_lost;
    to->remote_fraction = far.remote_fraction;
    to->remote_report_us = far.remote_report_us;
    to->rtt_us = far.rtt_us;
    const struct zv_rtcp_session_counters *rtcp = zv_rtcp_session_counters(stream->rtcp);
    to->nacks_in = rtcp->nacks_in;
    to->keyframe_requests_in = rtcp->plis_in + rtcp->firs_in;
}

static void copy_frames(const struct zv_video_frames *frames, int64_t now_us,
                        struct zv_peer_video_counters *to)
{
    to->frames = frames->frames;
    to->keyframes = frames->keyframes;
    to->freezes = frames->freezes;
    to->frozen_us = frames->frozen_us;
    to->malformed = frames->malformed;
    to->reference_losses = frames->reference_losses;
    to->fps_x10 = zv_video_frames_fps_x10(frames, now_us);
    to->kbps = zv_video_frames_kbps(frames, now_us);
    to->width = frames->width;
    to->height = frames->height;
    to->profile_level_id = frames->profile_level_id;
    to->keyframe_us = frames->keyframe_us == ZV_TIME_NEVER ? 0 : frames->keyframe_us;
}

void zv_peer_video_counters(const struct zv_peer *peer, int64_t now_us,
                            struct zv_peer_video_counters *ret_counters)
{
    const struct zv_peer_video *video = peer->video;
    struct zv_peer_video_counters counters = {0};
    if (video) {
        copy_stream(&peer->streams[ZV_PEER_VIDEO], &counters);
        copy_frames(&video->frames, now_us, &counters);
        counters.codec = video->cfg.codec;
        counters.retransmitted = video->retransmitted;
        counters.rtx_in = video->rtx_in;
        counters.nacks_out = video->missing.asked;
        counters.recovered = video->missing.recovered;
        counters.given_up = video->missing.given_up;
        counters.keyframe_requests_out = video->keyframe.sent;
        counters.keyframe_unanswered = video->keyframe.unanswered;
        counters.cc_reports = video->cc.reports;
        counters.told_kbps = (uint32_t)(video->limit.told_bits_per_s / 1000);
    }
    *ret_counters = counters;
}

void zv_peer_path(const struct zv_peer *peer, struct zv_peer_path *ret_path)
{
    struct zv_peer_path path = peer->web.path;
    if (peer->kind == ZV_PEER_WEB) {
        path.checks = (uint32_t)zv_ice_counters(peer->web.ice)->requests;
        if (zv_ice_is_nominated(peer->web.ice))
            path.nominated = peer->web.current_pair.remote;
    }
    *ret_path = path;
}

bool zv_peer_has_pair(const struct zv_peer *peer, const struct zv_addr *local,
                      const struct zv_addr *remote)
{
    return peer->kind == ZV_PEER_WEB && zv_ice_is_validated(peer->web.ice, local, remote);
}

bool zv_peer_uses_pair(const struct zv_peer *peer, const struct zv_addr *local,
                       const struct zv_addr *remote, int64_t now_us)
{
    return peer->kind == ZV_PEER_WEB && zv_ice_is_in_use(peer->web.ice, local, remote, now_us);
}

size_t zv_peer_dump(const struct zv_peer *peer, char *buf, size_t cap)
{
    struct zv_peer_counters c;
    char remote[ZV_ADDR_TEXT_CAP];
    if (!cap)
        return 0;
    zv_peer_counters(peer, &c);
    struct zv_buf out = zv_buf(buf, cap - 1);
    zv_buf_printf(&out, "%s remote=%s rx=%llu tx=%llu lost=%llu jitter_us=%u rtt_us=%u",
                  peer->kind == ZV_PEER_WEB ? "web" : "rtp",
                  c.remote.family ? zv_addr_write(&c.remote, remote) : "none",
                  (unsigned long long)c.rx_packets, (unsigned long long)c.tx_packets,
                  (unsigned long long)c.lost, c.jitter_us, c.rtt_us);
    if (peer->kind == ZV_PEER_WEB)
        zv_buf_printf(&out, " dtls=%s", zv_dtls_state_name(zv_dtls_state(peer->web.dtls)));
    else if (c.srtp)
        zv_buf_printf(&out, " srtp=%s", zv_srtp_profile_name((enum zv_srtp_profile)c.srtp));
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++) {
        if (c.drops[i])
            zv_buf_printf(&out, " drop_%s=%llu", zv_peer_drop_name((enum zv_peer_drop)i),
                          (unsigned long long)c.drops[i]);
    }
    buf[out.len] = 0;
    return out.len;
}
