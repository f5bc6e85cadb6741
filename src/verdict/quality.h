/*
 * How a leg was between two looks: what is heard of it, and what its end says that it hears.
 */
#ifndef ZV_VERDICT_QUALITY_H
#define ZV_VERDICT_QUALITY_H

#include "sdp/codec.h"
#include "verdict/figures.h"

#include <stdbool.h>

/* One direction. */
struct zv_quality_way {
    bool is_known; /* false: nothing came, or nothing was reported */
    double loss_percent;
    double jitter_ms;
    double mos;
};

/* The picture that came from a leg. */
struct zv_video_quality {
    bool is_known;  /* false: none came */
    uint16_t width; /* 0: not known */
    uint16_t height;
    double fps;
    double kbps;
    uint32_t freezes;
};

struct zv_leg_quality {
    struct zv_quality_way heard;    /* what came from that leg */
    struct zv_quality_way reported; /* what its end says that it gets */
    double rtt_ms;                  /* 0: not known */
    double kbps;                    /* of audio came, headers included */
    struct zv_video_quality video;
};

/* A report is good for so long: two of the longest intervals of RFC 3550. */
#define ZV_QUALITY_REPORT_US INT64_C(15000000)

/* Of 100 packets due between the looks so many were lost; 0 when none was due. */
double zv_quality_loss(const struct zv_leg_figures *before, const struct zv_leg_figures *now);
/* That end's last report says so, and it is not older than ZV_QUALITY_REPORT_US. */
bool zv_quality_has_report(const struct zv_leg_figures *now);
double zv_quality_reported_loss(const struct zv_leg_figures *now);
/* `before`: an earlier look at the same leg. `codec`: of both directions; NONE: not known. */
void zv_quality_of(const struct zv_leg_figures *before, const struct zv_leg_figures *now,
                   enum zv_codec_kind codec, struct zv_leg_quality *ret_quality);

#endif
