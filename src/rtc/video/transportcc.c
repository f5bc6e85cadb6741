/*
 * Feedback packets of transport-wide-cc: the window of numbers seen, and how a stretch of it is
 * written. Layout and symbols: draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1.
 *
 * A packet that comes after its number was reported missing makes the next report begin there
 * again, as libwebrtc's receiver does it, so that the sender takes it for late, not for lost.
 */
#include "rtc/video/transportcc.h"

#include "base/attr.h"
#include "base/time.h"
#include "rtc/rtcp/feedback.h"

#include <string.h>

#define REFERENCE_US ZV_MS(64)
#define TICK_US      250
#define SMALL_MAX    255 /* ticks: one byte */
#define HEAD_BYTES   20  /* RTCP header, two SSRCs, base, count, reference time, feedback count */
/* Deltas of one packet; its chunks (2 bytes per 7 numbers at worst) fit beside them. */
#define DELTA_CAP 400
#define CHUNK_CAP (2 * (ZV_VIDEO_CC_WINDOW / 7 + 1))

_Static_assert(HEAD_BYTES + DELTA_CAP + CHUNK_CAP + 3 <= ZV_VIDEO_CC_MAX_BYTES, "it always fits");
_Static_assert((ZV_VIDEO_CC_WINDOW & (ZV_VIDEO_CC_WINDOW - 1)) == 0, "a power of two");

enum {
    SYMBOL_MISSING,
    SYMBOL_SMALL, /* received, delta of one byte */
    SYMBOL_LARGE, /* received, delta of two bytes, signed */
};

void zv_video_cc_init(struct zv_video_cc *cc)
{
    *cc = (struct zv_video_cc){.report_us = ZV_TIME_NEVER};
}

static size_t place_of(uint16_t number)
{
    return number % ZV_VIDEO_CC_WINDOW;
}

static void mark(struct zv_video_cc *cc, uint16_t number, int64_t now_us)
{
    cc->seen[place_of(number)] = true;
    cc->arrival_us[place_of(number)] = now_us;
}

static void begin(struct zv_video_cc *cc, uint16_t number)
{
    memset(cc->seen, 0, sizeof(cc->seen));
    cc->has_base = true;
    cc->next = cc->highest = number;
}

static void advance(struct zv_video_cc *cc, uint16_t number)
{
    while (cc->highest != number)
        cc->seen[place_of(++cc->highest)] = false;
    if ((uint16_t)(number - cc->next) >= ZV_VIDEO_CC_WINDOW)
        cc->next = (uint16_t)(number - ZV_VIDEO_CC_WINDOW + 1);
}

/* False: a duplicate. */
static bool place(struct zv_video_cc *cc, uint16_t number)
{
    int step = (int16_t)(uint16_t)(number - cc->highest);
    if (!cc->has_base) {
        begin(cc, number);
    } else if (step >= ZV_VIDEO_CC_WINDOW || step <= -ZV_VIDEO_CC_WINDOW) {
        cc->jumps++;
        begin(cc, number);
    } else if (step > 0) {
        advance(cc, number);
    } else if (cc->seen[place_of(number)]) {
        return false;
    } else if ((int16_t)(uint16_t)(number - cc->next) < 0) {
        cc->next = number;
    }
    return true;
}

void zv_video_cc_on_packet(struct zv_video_cc *cc, uint16_t number, int64_t now_us)
{
    cc->packets++;
    if (!place(cc, number))
        return;
    mark(cc, number, now_us);
    cc->unreported++;
    if (cc->unreported >= ZV_VIDEO_CC_MANY)
        cc->report_us = zv_time_min(cc->report_us, now_us);
    else if (cc->report_us == ZV_TIME_NEVER)
        cc->report_us = now_us + ZV_VIDEO_CC_INTERVAL_US;
}

int64_t zv_video_cc_deadline_us(const struct zv_video_cc *cc)
{
    return cc->report_us;
}

/* One feedback packet in the making. */
struct feedback {
    int64_t reference; /* in REFERENCE_US */
    int64_t last_us;   /* the arrival before, as the deltas tell it */
    size_t count;      /* of symbols, one a number */
    uint8_t symbols[ZV_VIDEO_CC_WINDOW];
    size_t delta_len;
    uint8_t deltas[DELTA_CAP];
};

/* False: it does not fit into this packet; the next one begins with it. */
static bool add_arrival(struct feedback *feedback, int64_t arrival_us)
{
    int64_t step_us = arrival_us - feedback->last_us;
    int64_t ticks = (step_us + (step_us < 0 ? -TICK_US / 2 : TICK_US / 2)) / TICK_US;
    if (ticks < INT16_MIN || ticks > INT16_MAX || feedback->delta_len + 2 > DELTA_CAP)
        return false;
    bool is_small = ticks >= 0 && ticks <= SMALL_MAX;
    feedback->symbols[feedback->count++] = is_small ? SYMBOL_SMALL : SYMBOL_LARGE;
    if (!is_small)
        feedback->deltas[feedback->delta_len++] = (uint8_t)((uint16_t)ticks >> 8);
    feedback->deltas[feedback->delta_len++] = (uint8_t)ticks;
    feedback->last_us += ticks * TICK_US;
    return true;
}

/* From cc->next on, as much as one packet takes. The highest number is always one that came. */
static void gather(const struct zv_video_cc *cc, struct feedback *feedback)
{
    size_t span = (size_t)(uint16_t)(cc->highest - cc->next) + 1, first = 0;
    while (!cc->seen[place_of((uint16_t)(cc->next + first))])
        first++;
    feedback->reference = cc->arrival_us[place_of((uint16_t)(cc->next + first))] / REFERENCE_US;
    feedback->last_us = feedback->reference * REFERENCE_US;
    for (size_t i = 0; i < span; i++) {
        size_t at = place_of((uint16_t)(cc->next + i));
        if (!cc->seen[at])
            feedback->symbols[feedback->count++] = SYMBOL_MISSING;
        else if (!add_arrival(feedback, cc->arrival_us[at]))
            break;
    }
}

/* How many symbols from `at` on are the same. */
static size_t run_at(const struct feedback *feedback, size_t at)
{
    size_t run = 1;
    while (at + run < feedback->count && feedback->symbols[at + run] == feedback->symbols[at])
        run++;
    return run;
}

/* The next `width` symbols need no more than one bit each. */
static bool fits_one_bit(const struct feedback *feedback, size_t at, size_t width)
{
    for (size_t i = at; i < feedback->count && i < at + width; i++) {
        if (feedback->symbols[i] == SYMBOL_LARGE)
            return false;
    }
    return true;
}

/* A status vector chunk (section 3.1.4): 14 symbols of one bit, or 7 of two. */
static uint16_t vector_at(const struct feedback *feedback, size_t at, size_t width)
{
    unsigned bits = 14 / (unsigned)width, chunk = width == 14 ? 2 : 3;
    for (size_t i = 0; i < width; i++) {
        unsigned symbol = at + i < feedback->count ? feedback->symbols[at + i] : SYMBOL_MISSING;
        chunk = chunk << bits | symbol;
    }
    return (uint16_t)chunk;
}

static void write_chunks(const struct feedback *feedback, struct zv_buf *buf)
{
    for (size_t at = 0; at < feedback->count;) {
        size_t width = fits_one_bit(feedback, at, 14) ? 14 : 7, run = run_at(feedback, at);
        if (run >= width || at + run == feedback->count) { /* run length: 0, symbol, 13 bits */
            zv_buf_put_u16(buf, (uint16_t)(feedback->symbols[at] << 13 | run));
            at += run;
        } else {
            zv_buf_put_u16(buf, vector_at(feedback, at, width));
            at += width;
        }
    }
}

static void write_packet(struct zv_video_cc *cc, const struct feedback *feedback,
                         uint32_t sender_ssrc, uint32_t media_ssrc, struct zv_buf *buf)
{
    size_t start = buf->len;
    zv_buf_put_u8(buf, 0x80 | ZV_RTCP_RTPFB_TRANSPORT_CC);
    zv_buf_put_u8(buf, ZV_RTCP_RTPFB);
    zv_buf_put_u16(buf, 0); /* words, once it is known */
    zv_buf_put_u32(buf, sender_ssrc);
    zv_buf_put_u32(buf, media_ssrc);
    zv_buf_put_u16(buf, cc->next);
    zv_buf_put_u16(buf, (uint16_t)feedback->count);
    zv_buf_put_u32(buf, (uint32_t)feedback->reference << 8 | cc->feedback_count++);
    write_chunks(feedback, buf);
    zv_buf_put(buf, feedback->deltas, feedback->delta_len);
    while ((buf->len - start) % 4)
        zv_buf_put_u8(buf, 0);
    zv_set_u16((uint8_t *)buf->p + start + 2, (uint16_t)((buf->len - start) / 4 - 1));
}

bool zv_video_cc_write(struct zv_video_cc *cc, uint32_t sender_ssrc, uint32_t media_ssrc,
                       int64_t now_us, struct zv_buf *buf)
{
    if (now_us < cc->report_us || buf->cap - buf->len < ZV_VIDEO_CC_MAX_BYTES)
        return false;
    struct feedback feedback;
    feedback.count = feedback.delta_len = 0;
    gather(cc, &feedback);
    write_packet(cc, &feedback, sender_ssrc, media_ssrc, buf);
    cc->reports++;
    cc->next = (uint16_t)(cc->next + feedback.count);
    if ((int16_t)(uint16_t)(cc->highest - cc->next) < 0) {
        cc->unreported = 0;
        cc->report_us = ZV_TIME_NEVER;
    }
    return true;
}
