/*
 * Time: int64_t microseconds of a monotonic clock, everywhere. Types and constants only; the clock
 * is in io/.
 *
 * The loop samples the clock once a turn and hands `now_us` down; nothing below io/ reads a clock.
 */
#ifndef ZV_BASE_TIME_H
#define ZV_BASE_TIME_H

#include <stdint.h>

#define ZV_US_PER_MS  INT64_C(1000)
#define ZV_US_PER_S   INT64_C(1000000)
#define ZV_MS(n)      ((int64_t)(n)*ZV_US_PER_MS)
#define ZV_SECONDS(n) ((int64_t)(n)*ZV_US_PER_S)

/* A deadline that never comes. */
#define ZV_TIME_NEVER INT64_MAX

static inline int64_t zv_time_min(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

#endif
