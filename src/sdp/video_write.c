/* What our descriptions say of video. */
#include "base/attr.h"
#include "sdp/fmtp.h"
#include "sdp/h264.h"
#include "sdp/video.h"

#define VIDEO_CLOCK_HZ 90000

/* The most that bits per second in 32 of them, and so b=TIAS, have room for. */
#define MAX_KBPS (UINT32_MAX / 1000)

/*
 * The level is what the far end of the other leg can receive. An answer may say it as it is where
 * the offer allows both ways to differ; else it holds for both, and is the lower one (RFC 6184
 * §8.2.2).
 */
static void write_h264(const struct zv_video_pair *pair, const struct zv_sdp_codec *other,
                       const struct zv_sdp_codec *theirs, struct zv_sdp_out_codec *codec)
{
    uint32_t profile = other ? other->profile_level_id : pair->profile_level_id;
    uint8_t level = zv_h264_level(profile);
    codec->packetization_mode = pair->packetization_mode;
    codec->profile_level_id = profile;
    codec->level_asymmetry = true;
    if (theirs) {
        codec->level_asymmetry = theirs->level_asymmetry;
        if (!theirs->level_asymmetry)
            level = ZV_MIN(level, zv_h264_level(theirs->profile_level_id));
        codec->profile_level_id = zv_h264_at_level(theirs->profile_level_id, level);
    }
    struct zv_str sprop = other ? zv_fmtp_find(other->fmtp, "sprop-parameter-sets") : zv_str("");
    if (zv_fmtp_is_safe(sprop))
        codec->sprop = sprop;
}

static void write_rtx(const struct zv_video_pair *pair, struct zv_sdp_out_media *media)
{
    if (pair->web_rtx_pt == ZV_PT_NONE || media->codec_count == ZV_MAX_OUT_CODECS)
        return;
    media->codecs[media->codec_count++] = (struct zv_sdp_out_codec){
        .kind = ZV_CODEC_RTX,
        .pt = (uint8_t)pair->web_rtx_pt,
        .clock_hz = VIDEO_CLOCK_HZ,
        .apt = pair->web_pt,
    };
}

static void write_pair(const struct zv_video_pair *pair, enum zv_plan_side side,
                       const struct zv_sdp_codec *other, const struct zv_sdp_codec *theirs,
                       struct zv_sdp_out_media *media)
{
    int16_t pt = side == ZV_SIDE_WEB ? pair->web_pt : pair->sip_rx_pt;
    if (pt == ZV_PT_NONE || media->codec_count == ZV_MAX_OUT_CODECS)
        return;
    struct zv_sdp_out_codec *codec = &media->codecs[media->codec_count++];
    *codec = (struct zv_sdp_out_codec){
        .kind = pair->kind, .pt = (uint8_t)pt, .clock_hz = VIDEO_CLOCK_HZ};
    if (pair->kind == ZV_CODEC_H264)
        write_h264(pair, other, theirs, codec);
    else if (other && zv_fmtp_is_safe(other->fmtp))
        codec->fmtp = other->fmtp; /* VP8: what it can receive (RFC 7741 §6.1) */
    if (side == ZV_SIDE_WEB)
        write_rtx(pair, media);
}

static void describe_web(const struct zv_video_plan *video, struct zv_sdp_out_media *media)
{
    media->direction = zv_plan_reverse((enum zv_sdp_direction)video->web_direction);
    media->feedback = video->web_feedback;
    media->cc_id = video->web_cc_id;
    media->orientation_id = video->web_orientation_id;
    media->kbps = ZV_MIN(video->web_kbps, MAX_KBPS);
}

static void describe_sip(const struct zv_video_plan *video, bool is_answer,
                         struct zv_sdp_out_media *media)
{
    media->direction = (enum zv_sdp_direction)(is_answer ? video->direction : video->web_direction);
    media->feedback = is_answer ? video->sip_feedback : ZV_VIDEO_SIP_FEEDBACK;
    media->orientation_id = video->sip_orientation_id;
    media->kbps = ZV_MIN(video->sip_kbps, MAX_KBPS);
}

void zv_video_describe(const struct zv_video_plan *video, enum zv_plan_side side,
                       const struct zv_sdp *other, const struct zv_sdp *theirs,
                       struct zv_sdp_out_media *media)
{
    for (int i = 0; i < video->pair_count; i++) {
        const struct zv_video_pair *pair = &video->pairs[i];
        write_pair(pair, side, zv_video_find_codec(other, pair), zv_video_find_codec(theirs, pair),
                   media);
    }
    if (side == ZV_SIDE_WEB)
        describe_web(video, media);
    else
        describe_sip(video, theirs != NULL, media);
}
