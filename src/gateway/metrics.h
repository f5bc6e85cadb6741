/*
 * What is remembered for the metrics, beside what the parts of the gateway count themselves: calls
 * that ended, how good their media was, and how late the signalling thread's loop is.
 *
 * Signalling thread only. Every series is there from the start, and none is named by a user, a call
 * or an address: a scrape after a million calls has as many lines as the first one.
 */
#ifndef ZV_GATEWAY_METRICS_H
#define ZV_GATEWAY_METRICS_H

#include "base/histogram.h"
#include "call/cause.h"
#include "call/command.h"
#include "verdict/quality.h"
#include "verdict/verdict.h"
#include "worker/worker.h"

#include <stdint.h>

/* Totals of video, by leg; by their names in zv_peer_video_counters. */
#define ZV_VIDEO_TALLY_LIST(X)                                                                     \
    X(frames)                                                                                      \
    X(keyframes)                                                                                   \
    X(freezes)                                                                                     \
    X(nacks_in)                                                                                    \
    X(nacks_out)                                                                                   \
    X(retransmitted)                                                                               \
    X(keyframe_requests_in)                                                                        \
    X(keyframe_requests_out)

struct zv_video_tally {
#define X(name) uint64_t name;
    ZV_VIDEO_TALLY_LIST(X)
#undef X
};

struct zv_metrics {
    int64_t started_wall_us;
    uint64_t calls_ended[2][ZV_CAUSE_COUNT]; /* outgoing, incoming; refused ones too */
    uint64_t sessions_ended[ZV_CAUSE_COUNT]; /* likewise */
    struct zv_histogram call_setup[2];       /* outgoing, incoming */
    struct zv_histogram call_duration;
    /* By leg: ZV_WORKER_LEG_WEB, ZV_WORKER_LEG_SIP. */
    uint64_t lost[2];
    struct zv_histogram loss[2];
    struct zv_histogram jitter[2];
    struct zv_histogram round_trip[2];
    uint64_t verdicts[2][ZV_VERDICT_COUNT];
    struct zv_histogram mos[2];
    struct zv_video_tally video[2]; /* of calls that go on, too */
    struct zv_histogram loop_lag;
};

void zv_metrics_init(struct zv_metrics *metrics, int64_t wall_us);
/* SESSION_LOG and CALL_ENDED; every other command: nothing. */
void zv_metrics_note_command(struct zv_metrics *metrics, const struct zv_call_cmd *cmd);
/* A call's last figures. */
void zv_metrics_note_media(struct zv_metrics *metrics, const struct zv_worker_stats *stats);
void zv_metrics_note_verdict(struct zv_metrics *metrics, const struct zv_verdict *verdict);
/* Of one leg in the last 5 s. */
void zv_metrics_note_quality(struct zv_metrics *metrics, int leg,
                             const struct zv_leg_quality *quality);
/* What one leg of a call has counted since the last time, which `counted` remembers (zeros at
 * first). A leg that was made anew begins at 0 again. */
void zv_metrics_note_video(struct zv_metrics *metrics, int leg,
                           const struct zv_peer_video_counters *now,
                           struct zv_video_tally *counted);
/* The loop should have come round `lag_us` ago. */
void zv_metrics_note_lag(struct zv_metrics *metrics, int64_t lag_us);

#endif
