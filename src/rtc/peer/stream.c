/*
 * The streams of a leg: numbers and statistics, RTCP, and which payload type belongs to which.
 */
#include "rtc/peer/peer_int.h"

#include "base/err.h"

#include <string.h>

void zv_peer_init_stream(struct zv_peer *peer, enum zv_peer_medium medium)
{
    struct zv_peer_stream *stream = &peer->streams[medium];
    uint32_t clock_hz = medium == ZV_PEER_VIDEO ? ZV_PEER_VIDEO_CLOCK_HZ : ZV_PEER_DEFAULT_CLOCK_HZ;
    zv_rtp_in_init(&stream->in, clock_hz);
    zv_rtp_out_init(&stream->out, clock_hz, &peer->rand);
}

int zv_peer_open_reports(struct zv_peer *peer, enum zv_peer_medium medium, int64_t now_us)
{
    struct zv_peer_stream *stream = &peer->streams[medium];
    const struct zv_rtcp_session_cfg cfg = {
        .out = &stream->out,
        .in = &stream->in,
        .cname = zv_str(peer->cname),
        .rand = peer->rand,
        .now_us = now_us,
        .wall_offset_us = peer->wall_offset_us,
        .interval_us = peer->rtcp_interval_us,
        .is_video = medium == ZV_PEER_VIDEO,
        .stream = (uint8_t)medium,
        .heard = peer->heard,
        .source = peer->source,
    };
    return zv_rtcp_session_new(&stream->rtcp, &cfg);
}

static bool is_valid_codec(const struct zv_peer_codec *codec)
{
    return codec->pt <= ZV_RTP_MAX_PT && codec->clock_hz;
}

/* Two streams of one transport are told apart by payload type (RFC 8843 section 9.2). */
static bool is_others(const struct zv_peer *peer, enum zv_peer_medium medium, uint8_t pt)
{
    const struct zv_peer_video *video = peer->video;
    if (medium == ZV_PEER_AUDIO && video && video->cfg.codec != ZV_VIDEO_NONE &&
        video->cfg.rtx_pt == pt)
        return true;
    return peer->streams[!medium].codec_index[pt];
}

int zv_peer_list_codecs(struct zv_peer *peer, enum zv_peer_medium medium,
                        const struct zv_peer_codec *codecs, size_t count)
{
    struct zv_peer_stream *stream = &peer->streams[medium];
    uint8_t index[ZV_RTP_MAX_PT + 1] = {0};
    if (count > ZV_PEER_MAX_CODECS)
        return ZV_E_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (!is_valid_codec(&codecs[i]) || index[codecs[i].pt] ||
            is_others(peer, medium, codecs[i].pt))
            return ZV_E_INVAL;
        index[codecs[i].pt] = (uint8_t)(i + 1);
    }
    if (count)
        memcpy(stream->codecs, codecs, count * sizeof(*codecs));
    memcpy(stream->codec_index, index, sizeof(index));
    return 0;
}

int zv_peer_set_codecs(struct zv_peer *peer, const struct zv_peer_codec *codecs, size_t count)
{
    return zv_peer_list_codecs(peer, ZV_PEER_AUDIO, codecs, count);
}

const struct zv_peer_codec *zv_peer_find_codec(const struct zv_peer_stream *stream, uint8_t pt)
{
    uint8_t index = stream->codec_index[pt & ZV_RTP_MAX_PT];
    return index ? &stream->codecs[index - 1] : NULL;
}

struct zv_peer_stream *zv_peer_find_stream(struct zv_peer *peer, uint8_t pt)
{
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++) {
        if (peer->streams[i].codec_index[pt & ZV_RTP_MAX_PT])
            return &peer->streams[i];
    }
    return NULL;
}
