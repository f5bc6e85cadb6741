#define _POSIX_C_SOURCE 200809L
#include "support/fake_gettimeofday.h"

#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

static bool is_faked;
static int64_t fake_us;
static uint64_t reads;

void zv_fake_wall_clock_set(int64_t unix_us)
{
    is_faked = true;
    fake_us = unix_us;
}

void zv_fake_wall_clock_off(void)
{
    is_faked = false;
}

uint64_t zv_fake_wall_clock_reads(void)
{
    return reads;
}

/* Visible, so that the dynamic linker prefers it for shared libraries too. */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict now,
                                                        void *restrict zone)
{
    struct timespec real;
    (void)zone;
    if (is_faked) {
        reads++;
        now->tv_sec = (time_t)(fake_us / 1000000);
        now->tv_usec = (suseconds_t)(fake_us % 1000000);
        return 0;
    }
    clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = (suseconds_t)(real.tv_nsec / 1000);
    return 0;
}
