#include "sdp/codec.h"

#include "base/attr.h"

static const struct {
    const char *name;
    uint32_t clock_hz; /* 0: any */
    bool is_voice;
    bool is_video;
} codecs[] = {
    [ZV_CODEC_NONE] = {"none", 0, false, false},
    [ZV_CODEC_OPUS] = {"opus", 48000, true, false},
    [ZV_CODEC_PCMU] = {"PCMU", 8000, true, false},
    [ZV_CODEC_PCMA] = {"PCMA", 8000, true, false},
    [ZV_CODEC_G722] = {"G722", 8000, true,
                       false}, /* RFC 3551 §4.5.2: 8000, though it samples at 16000 */
    [ZV_CODEC_TELEPHONE_EVENT] = {"telephone-event", 0, false, false},
    [ZV_CODEC_CN] = {"CN", 8000, false, false},
    [ZV_CODEC_H264] = {"H264", 90000, false, true},
    [ZV_CODEC_VP8] = {"VP8", 90000, false, true},
    [ZV_CODEC_RTX] = {"rtx", 90000, false, false},
};
_Static_assert(ZV_ARRAY_LEN(codecs) == ZV_CODEC_KIND_COUNT, "a row for each codec");

const char *zv_codec_name(enum zv_codec_kind kind)
{
    return (unsigned)kind < ZV_CODEC_KIND_COUNT ? codecs[kind].name : codecs[ZV_CODEC_NONE].name;
}

enum zv_codec_kind zv_codec_find(struct zv_str name, uint32_t clock_hz)
{
    for (unsigned kind = ZV_CODEC_NONE + 1; kind < ZV_CODEC_KIND_COUNT; kind++) {
        if (!zv_str_is_i(name, codecs[kind].name))
            continue;
        if (kind == ZV_CODEC_TELEPHONE_EVENT && clock_hz != 8000 && clock_hz != 48000)
            return ZV_CODEC_NONE;
        if (codecs[kind].clock_hz && codecs[kind].clock_hz != clock_hz)
            return ZV_CODEC_NONE;
        return (enum zv_codec_kind)kind;
    }
    return ZV_CODEC_NONE;
}

bool zv_codec_is_voice(enum zv_codec_kind kind)
{
    return (unsigned)kind < ZV_CODEC_KIND_COUNT && codecs[kind].is_voice;
}

bool zv_codec_is_video(enum zv_codec_kind kind)
{
    return (unsigned)kind < ZV_CODEC_KIND_COUNT && codecs[kind].is_video;
}

const char *zv_video_reason_name(enum zv_video_reason reason)
{
    static const char *const names[] = {
        [ZV_VIDEO_REASON_NONE] = "none",
        [ZV_VIDEO_REASON_OFF] = "off",
        [ZV_VIDEO_REASON_REFUSED] = "refused",
        [ZV_VIDEO_REASON_NO_COMMON_CODEC] = "no_common_codec",
        [ZV_VIDEO_REASON_PROFILE_MISMATCH] = "profile_mismatch",
        [ZV_VIDEO_REASON_UNUSABLE] = "unusable",
        [ZV_VIDEO_REASON_SRTP] = "srtp",
        [ZV_VIDEO_REASON_INACTIVE] = "inactive",
    };
    return (unsigned)reason < ZV_ARRAY_LEN(names) ? names[reason] : "unknown";
}

const struct zv_video_pair *zv_video_plan_committed(const struct zv_video_plan *video)
{
    if (video->committed < 0 || video->committed >= video->pair_count)
        return NULL;
    return &video->pairs[video->committed];
}

bool zv_video_plan_is_agreed(const struct zv_video_plan *video)
{
    const struct zv_video_pair *pair = zv_video_plan_committed(video);
    return pair && pair->sip_tx_pt != ZV_PT_NONE;
}

const struct zv_codec_pair *zv_media_plan_committed(const struct zv_media_plan *plan)
{
    if (plan->committed < 0 || plan->committed >= plan->pair_count)
        return NULL;
    return &plan->pairs[plan->committed];
}

const struct zv_codec_pair *zv_media_plan_event(const struct zv_media_plan *plan)
{
    const struct zv_codec_pair *committed = zv_media_plan_committed(plan), *other = NULL;
    for (int i = 0; committed && i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        if (pair->kind != ZV_CODEC_TELEPHONE_EVENT || pair->sip_tx_pt == ZV_PT_NONE)
            continue;
        if (pair->clock_hz == committed->clock_hz)
            return pair;
        if (!other)
            other = pair;
    }
    return other;
}
