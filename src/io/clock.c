#define _GNU_SOURCE
#include "io/clock.h"

#include "base/time.h"

#include <errno.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * ZV_US_PER_S * 1000 + ts.tv_nsec;
}

static int64_t read_us(clockid_t id)
{
    return read_ns(id) / 1000;
}

int64_t zv_clock_now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t zv_clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t zv_clock_wall_offset_us(void)
{
    return zv_clock_wall_us() - zv_clock_now_us();
}

void zv_clock_sleep_until(int64_t at_us)
{
    const struct timespec at = {.tv_sec = at_us / ZV_US_PER_S,
                                .tv_nsec = at_us % ZV_US_PER_S * 1000};
    int err;
    if (at_us <= zv_clock_now_us())
        return;
    do {
        err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
    } while (err == EINTR);
}

int64_t zv_clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}
