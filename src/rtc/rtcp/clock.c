#include "rtc/rtcp/clock.h"

#include "base/attr.h"
#include "base/time.h"

void zv_rtcp_clock_init(struct zv_rtcp_clock *clock)
{
    *clock = (struct zv_rtcp_clock){0};
}

static int64_t wall_us(uint64_t ntp)
{
    return (int64_t)((ntp >> 32) * ZV_US_PER_S + (((ntp & UINT32_MAX) * ZV_US_PER_S) >> 32));
}

static bool is_near(int64_t a_us, int64_t b_us, int64_t most_us)
{
    return a_us - b_us <= most_us && b_us - a_us <= most_us;
}

static void slew(int64_t *offset_us, int64_t seen_us)
{
    int64_t step_us = seen_us - *offset_us;
    *offset_us += ZV_MAX(ZV_MIN(step_us, ZV_RTCP_CLOCK_SLEW_US), -ZV_RTCP_CLOCK_SLEW_US);
}

/* Both streams by one clock, as is usual. */
static bool is_shared(const struct zv_rtcp_clock *clock, const struct zv_rtcp_clock_stream *stream)
{
    return is_near(clock->offset_us, stream->offset_us, ZV_RTCP_CLOCK_STEP_US);
}

/* A second report says the same: the clock stepped, or is another than that of the other stream. */
static void take_step(struct zv_rtcp_clock *clock, struct zv_rtcp_clock_stream *stream,
                      int64_t seen_us)
{
    clock->steps += stream->is_known;
    if (!is_near(clock->offset_us, seen_us, ZV_RTCP_CLOCK_STEP_US))
        clock->offset_us = seen_us;
    stream->offset_us = clock->offset_us;
}

/* False: the report is not to be believed yet. */
static bool take_offset(struct zv_rtcp_clock *clock, struct zv_rtcp_clock_stream *stream,
                        int64_t seen_us)
{
    if (!clock->has_offset) {
        clock->has_offset = true;
        clock->offset_us = seen_us;
    }
    if (!stream->is_known)
        stream->offset_us = clock->offset_us;
    int64_t *offset_us = is_shared(clock, stream) ? &clock->offset_us : &stream->offset_us;
    if (is_near(*offset_us, seen_us, ZV_RTCP_CLOCK_STEP_US)) {
        slew(offset_us, seen_us);
        stream->offset_us = *offset_us;
    } else if (stream->has_step && is_near(stream->step_us, seen_us, ZV_RTCP_CLOCK_AGREE_US)) {
        take_step(clock, stream, seen_us);
    } else {
        stream->has_step = true;
        stream->step_us = seen_us;
        return false;
    }
    stream->has_step = false;
    return true;
}

void zv_rtcp_clock_on_sender(struct zv_rtcp_clock *clock, size_t stream,
                             const struct zv_rtcp_sender *sender, uint32_t clock_hz, int64_t now_us)
{
    struct zv_rtcp_clock_stream *at = &clock->streams[stream];
    if (!sender->ntp)
        return;
    if (at->ssrc != sender->ssrc || at->clock_hz != clock_hz)
        *at = (struct zv_rtcp_clock_stream){.ssrc = sender->ssrc, .clock_hz = clock_hz};
    int64_t far_us = wall_us(sender->ntp);
    if (!take_offset(clock, at, now_us - far_us))
        return;
    at->is_known = true;
    at->ts = sender->ts;
    at->far_us = far_us;
    at->heard_us = now_us;
}

bool zv_rtcp_clock_ts_at(const struct zv_rtcp_clock *clock, size_t stream, uint32_t ssrc,
                         int64_t now_us, uint32_t *ret_ts)
{
    const struct zv_rtcp_clock_stream *at = &clock->streams[stream];
    if (!at->is_known || at->ssrc != ssrc || now_us - at->heard_us > ZV_RTCP_CLOCK_KEPT_US)
        return false;
    int64_t offset_us = is_shared(clock, at) ? clock->offset_us : at->offset_us;
    int64_t since_us = now_us - offset_us - at->far_us;
    *ret_ts = at->ts + (uint32_t)(since_us * at->clock_hz / ZV_US_PER_S);
    return true;
}
