/*
 * What is true of the media of calls that go on: each call is looked at every ZV_VERDICT_LOOK_US,
 * by figures that its worker is asked for. What follows (verdict/) goes to the log, the trace, the
 * metrics, call control (which tells the client, and words the end of a call that nobody hears) and
 * to operators; every second look yields the quality of both legs.
 *
 * The looks are spread over time by a wheel of ZV_TRUTH_SPOKES: a call's place on it is where its
 * look comes round, so that a thousand calls are forty looks every 100 ms. Without calls no timer
 * runs. Signalling thread only.
 */
#ifndef ZV_GATEWAY_TRUTH_H
#define ZV_GATEWAY_TRUTH_H

#include "base/attr.h"
#include "base/id.h"
#include "base/list.h"
#include "base/map.h"
#include "call/view.h"
#include "verdict/quality.h"
#include "verdict/verdict.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stdint.h>

struct zv_gateway;

#define ZV_TRUTH_SPOKES 25

struct zv_truth {
    struct zv_map calls; /* by id */
    struct zv_list spokes[ZV_TRUTH_SPOKES];
    uint32_t now_at; /* the spoke that comes round next */
    uint32_t next;   /* where the next call gets its place */
    struct zv_loop_timer *timer;
    int64_t due_us;
};

/* Of a call, for whoever asks. */
struct zv_truth_view {
    const struct zv_verdict *verdicts[2]; /* by enum zv_call_leg */
    bool has_quality;
    struct zv_leg_quality quality[2];
};

int zv_truth_open(struct zv_gateway *gateway) ZV_MUST_CHECK;
/* The timer; before the loop's end. */
void zv_truth_stop(struct zv_gateway *gateway);
void zv_truth_close(struct zv_gateway *gateway);

/* An event of a worker: READY begins, CLOSED and a FAILED setup end, STATS is a look. */
void zv_truth_on_event(struct zv_gateway *gateway, const struct zv_worker_event *event);
/* The call is over, whatever its worker says. */
void zv_truth_forget(struct zv_gateway *gateway, zv_call_id call);
/* False: the call is not looked at. Valid until the next event. */
bool zv_truth_view(const struct zv_gateway *gateway, zv_call_id call,
                   struct zv_truth_view *ret_view);

/* ---- truth_facts.c: what call control and the worker know, as facts for a verdict; pure ---- */

struct zv_truth_sources {
    const struct zv_call_view *view;
    const struct zv_worker_stats *stats;
    int64_t ice_up_us;       /* 0: ICE is not up */
    int64_t video_due_us[2]; /* since when zv_truth_wants_video has been true; 0: it is not */
    uint16_t web_port;
};
/* That side is to send video now: agreed on, not on hold, and its description says so. */
bool zv_truth_wants_video(const struct zv_call_view *view, int leg);
void zv_truth_facts(const struct zv_truth_sources *sources, struct zv_verdict_facts *ret_facts);

#endif
