/*
 * The clocks of one far end: which moment of ours a timestamp of its audio or video belongs to, by
 * its sender reports (RFC 3550 section 6.4.1). The other leg's reports are made from that, so that
 * the far end of that leg plays sound and picture at the distance at which they were taken (lip
 * sync), whatever the two packets that came last were delayed by.
 *
 * Both streams of a far end share one offset between its wall clock and our time: only their
 * difference matters, and that is kept exactly. The offset follows the reports, a millisecond each
 * at most, so that it follows a drift and no delay. A far end whose clock steps is believed with
 * the second report that says so; streams with clocks of their own (two machines behind one call)
 * have an offset each.
 *
 * Open struct, to be embedded by whoever owns both streams; written by the functions here only.
 */
#ifndef ZV_RTC_RTCP_CLOCK_H
#define ZV_RTC_RTCP_CLOCK_H

#include "rtc/rtcp/rtcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTCP_CLOCK_STREAMS  2                 /* audio, video */
#define ZV_RTCP_CLOCK_STEP_US  INT64_C(250000)   /* a larger difference is a step, not a delay */
#define ZV_RTCP_CLOCK_AGREE_US INT64_C(100000)   /* so closely the second report confirms it */
#define ZV_RTCP_CLOCK_SLEW_US  INT64_C(1000)     /* of the offset, with a report */
#define ZV_RTCP_CLOCK_KEPT_US  INT64_C(60000000) /* a report is good for that long */

struct zv_rtcp_clock_stream {
    bool is_known;
    bool has_step; /* the last report did not fit */
    uint32_t ssrc;
    uint32_t clock_hz;
    uint32_t ts;       /* of the last report that was believed */
    int64_t far_us;    /* its wall clock, microseconds since 1900 */
    int64_t heard_us;  /* when it came */
    int64_t offset_us; /* ours minus its; the shared one, unless the clocks are two */
    int64_t step_us;   /* the offset that did not fit */
};

struct zv_rtcp_clock {
    bool has_offset;
    int64_t offset_us; /* our time minus the far end's wall clock, a usual delay included */
    struct zv_rtcp_clock_stream streams[ZV_RTCP_CLOCK_STREAMS];
    uint64_t steps;
};

void zv_rtcp_clock_init(struct zv_rtcp_clock *clock);
/* A sender report of stream `stream` came. An NTP time of 0 says that it has no clock. */
void zv_rtcp_clock_on_sender(struct zv_rtcp_clock *clock, size_t stream,
                             const struct zv_rtcp_sender *sender, uint32_t clock_hz,
                             int64_t now_us);
/* The timestamp that the source `ssrc` has at this moment; false: not known. */
bool zv_rtcp_clock_ts_at(const struct zv_rtcp_clock *clock, size_t stream, uint32_t ssrc,
                         int64_t now_us, uint32_t *ret_ts);

#endif
