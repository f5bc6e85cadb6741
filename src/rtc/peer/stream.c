/*
 * The streams of a leg: numbers and statistics, RTCP, and which payload type belongs to which.
 */
#include "rtc/peer/peer_int.h"

#include "base/err.h"

#include <string.h>

int zv_peer_open_stream(struct zv_peer *peer, enum zv_peer_medium medium, int64_t now_us)
{
    struct zv_peer_stream *stream = &peer->streams[medium];
    zv_rtp_in_init(&stream->in, ZV_PEER_DEFAULT_CLOCK_HZ);
    zv_rtp_out_init(&stream->out, ZV_PEER_DEFAULT_CLOCK_HZ, &peer->rand);
    const struct zv_rtcp_session_cfg cfg = {
        .out = &stream->out,
        .in = &stream->in,
        .cname = zv_str(peer->cname),
        .rand = peer->rand,
        .now_us = now_us,
        .wall_offset_us = peer->wall_offset_us,
        .interval_us = peer->rtcp_interval_us,
    };
    return zv_rtcp_session_new(&stream->rtcp, &cfg);
}

static bool is_valid_codec(const struct zv_peer_codec *codec)
{
    return codec->pt <= ZV_RTP_MAX_PT && codec->clock_hz;
}

int zv_peer_set_codecs(struct zv_peer *peer, const struct zv_peer_codec *codecs, size_t count)
{
    struct zv_peer_stream *stream = &peer->streams[ZV_PEER_AUDIO];
    uint8_t index[ZV_RTP_MAX_PT + 1] = {0};
    if (count > ZV_PEER_MAX_CODECS)
        return ZV_E_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (!is_valid_codec(&codecs[i]) || index[codecs[i].pt])
            return ZV_E_INVAL;
        index[codecs[i].pt] = (uint8_t)(i + 1);
    }
    if (count)
        memcpy(stream->codecs, codecs, count * sizeof(*codecs));
    memcpy(stream->codec_index, index, sizeof(index));
    return 0;
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
