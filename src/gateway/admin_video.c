/* What `call ID` says of a call's video: what was agreed on, and what each leg counts of it. */
#include "gateway/admin_video.h"

#include "sdp/sdp.h"

/* As it stands in descriptions: "42e01f" (RFC 6184 section 8.1). */
static void write_profile(struct zv_json *json, uint32_t profile_level_id)
{
    char text[8];
    struct zv_buf out = zv_buf(text, sizeof(text));
    if (!profile_level_id)
        return;
    zv_buf_printf(&out, "%06x", (unsigned)(profile_level_id & 0xffffff));
    zv_json_str(json, "profile", zv_buf_str(&out));
}

static void write_pt(struct zv_json *json, const char *key, int pt)
{
    if (pt != ZV_PT_NONE)
        zv_json_int(json, key, pt);
}

static void write_pair(struct zv_json *json, const struct zv_video_pair *pair)
{
    zv_json_text(json, "codec", zv_codec_name((enum zv_codec_kind)pair->kind));
    if (pair->kind == ZV_CODEC_H264) {
        write_profile(json, pair->profile_level_id);
        zv_json_uint(json, "packetizationMode", pair->packetization_mode);
    }
    write_pt(json, "clientPt", pair->web_pt);
    write_pt(json, "clientRtxPt", pair->web_rtx_pt);
    write_pt(json, "sipTxPt", pair->sip_tx_pt);
    write_pt(json, "sipRxPt", pair->sip_rx_pt);
}

void zv_admin_write_video(struct zv_json *json, const struct zv_video_plan *video)
{
    bool is_agreed = zv_video_plan_is_agreed(video);
    if (!is_agreed && video->reason == ZV_VIDEO_REASON_NONE)
        return;
    zv_json_open_object(json, "video");
    zv_json_bool(json, "agreed", is_agreed);
    if (is_agreed) {
        write_pair(json, zv_video_plan_committed(video));
        zv_json_text(json, "direction",
                     zv_sdp_direction_name((enum zv_sdp_direction)video->direction));
    } else {
        zv_json_text(json, "reason", zv_video_reason_name((enum zv_video_reason)video->reason));
    }
    zv_json_close_object(json);
}

static const char *codec_name(uint8_t codec)
{
    switch (codec) {
    case ZV_VIDEO_VP8:
        return zv_codec_name(ZV_CODEC_VP8);
    case ZV_VIDEO_H264:
        return zv_codec_name(ZV_CODEC_H264);
    default:
        return NULL;
    }
}

static void write_picture(struct zv_json *json, const struct zv_peer_video_counters *counters)
{
    const char *codec = codec_name(counters->codec);
    if (codec)
        zv_json_text(json, "codec", codec);
    write_profile(json, counters->profile_level_id);
    if (counters->width) {
        zv_json_uint(json, "width", counters->width);
        zv_json_uint(json, "height", counters->height);
    }
    zv_json_number(json, "fps", counters->fps_x10 / 10.0, 1);
    zv_json_uint(json, "kbps", counters->kbps);
    zv_json_uint(json, "frames", counters->frames);
    zv_json_uint(json, "keyFrames", counters->keyframes);
    zv_json_uint(json, "freezes", counters->freezes);
    zv_json_number(json, "frozenMs", (double)counters->frozen_us / 1000, 0);
}

static void write_packets(struct zv_json *json, const struct zv_peer_video_counters *counters)
{
    zv_json_uint(json, "rxPackets", counters->rx_packets);
    zv_json_uint(json, "rxBytes", counters->rx_bytes);
    zv_json_uint(json, "rxLost", counters->lost);
    zv_json_uint(json, "txPackets", counters->tx_packets);
    zv_json_uint(json, "txBytes", counters->tx_bytes);
    zv_json_uint(json, "remoteLost", counters->remote_lost);
    zv_json_uint(json, "malformed", counters->malformed);
}

static void write_repairs(struct zv_json *json, const struct zv_peer_video_counters *counters)
{
    zv_json_uint(json, "nacksIn", counters->nacks_in);
    zv_json_uint(json, "nacksOut", counters->nacks_out);
    zv_json_uint(json, "retransmitted", counters->retransmitted);
    zv_json_uint(json, "recovered", counters->recovered);
    zv_json_uint(json, "givenUp", counters->given_up);
    zv_json_uint(json, "keyFrameRequestsIn", counters->keyframe_requests_in);
    zv_json_uint(json, "keyFrameRequestsOut", counters->keyframe_requests_out);
    if (counters->told_kbps)
        zv_json_uint(json, "toldKbps", counters->told_kbps);
}

void zv_admin_write_leg_video(struct zv_json *json, const struct zv_peer_video_counters *counters)
{
    if (counters->codec == ZV_VIDEO_NONE && !counters->rx_packets && !counters->tx_packets)
        return;
    zv_json_open_object(json, "video");
    write_picture(json, counters);
    write_packets(json, counters);
    write_repairs(json, counters);
    zv_json_close_object(json);
}
