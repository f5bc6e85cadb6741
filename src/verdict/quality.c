#include "verdict/quality.h"

#include "base/time.h"
#include "verdict/mos.h"

double zv_quality_loss(const struct zv_leg_figures *before, const struct zv_leg_figures *now)
{
    if (now->lost <= before->lost) /* what was lost may have come late */
        return 0;
    uint64_t lost = now->lost - before->lost, came = now->packets - before->packets;
    return 100.0 * (double)lost / (double)(lost + came);
}

bool zv_quality_has_report(const struct zv_leg_figures *now)
{
    return now->report_us && now->at_us - now->report_us <= ZV_QUALITY_REPORT_US;
}

double zv_quality_reported_loss(const struct zv_leg_figures *now)
{
    return 100.0 * now->report_fraction / 256;
}

static struct zv_quality_way rate(enum zv_codec_kind codec, double loss_percent, uint32_t jitter_us,
                                  double rtt_ms)
{
    const struct zv_mos_in in = {.codec = codec,
                                 .loss_percent = loss_percent,
                                 .jitter_ms = jitter_us / 1000.0,
                                 .rtt_ms = rtt_ms};
    return (struct zv_quality_way){
        .is_known = true,
        .loss_percent = loss_percent,
        .jitter_ms = in.jitter_ms,
        .mos = zv_mos_of_rating(zv_mos_rate(&in)),
    };
}

static struct zv_video_quality video_of(const struct zv_video_figures *before,
                                        const struct zv_video_figures *now, int64_t span_us)
{
    static const struct zv_video_figures none;
    if (now->packets < before->packets)
        before = &none;
    if (now->packets == before->packets || span_us <= 0)
        return (struct zv_video_quality){0};
    return (struct zv_video_quality){
        .is_known = true,
        .width = now->width,
        .height = now->height,
        .fps = (double)(now->frames - before->frames) * ZV_US_PER_S / (double)span_us,
        .kbps = (double)(now->bytes - before->bytes) * 8000 / (double)span_us,
        .freezes = (uint32_t)(now->freezes - before->freezes),
    };
}

void zv_quality_of(const struct zv_leg_figures *before, const struct zv_leg_figures *now,
                   enum zv_codec_kind codec, struct zv_leg_quality *ret_quality)
{
    static const struct zv_leg_figures none;
    if (now->packets < before->packets) /* the leg was made anew */
        before = &none;
    int64_t span_us = before->at_us ? now->at_us - before->at_us : 0;
    struct zv_leg_quality quality = {.rtt_ms = now->rtt_us / 1000.0,
                                     .video = video_of(&before->video, &now->video, span_us)};
    if (span_us > 0)
        quality.kbps = (double)(now->bytes - before->bytes) * 8000 / (double)span_us;
    if (now->packets > before->packets)
        quality.heard = rate(codec, zv_quality_loss(before, now), now->jitter_us, quality.rtt_ms);
    if (zv_quality_has_report(now))
        quality.reported =
            rate(codec, zv_quality_reported_loss(now), now->report_jitter_us, quality.rtt_ms);
    *ret_quality = quality;
}
