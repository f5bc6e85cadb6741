/*
 * When a worker looks at its sockets again. To be woken costs far more than a packet does, so under
 * load it lets packets gather for a moment and takes them together: fewer wake-ups here, and fewer
 * at those who get what it then sends in one go. With few packets it is woken by each, since
 * resting would only delay them.
 *
 * Measured (docs/performance.md): with 50 calls a third of the CPU time, for 1 ms more of delay on
 * the average. Pure: the worker tells what came and asks how long to rest.
 */
#ifndef ZV_WORKER_PACE_H
#define ZV_WORKER_PACE_H

#include <stddef.h>
#include <stdint.h>

/* The longest that a packet waits for others: a tenth of the time between two packets of a call. */
#define ZV_PACE_REST_US INT64_C(2000)
/* Rests when at least so many are to be expected meanwhile. */
#define ZV_PACE_LEAST_DATAGRAMS 2
/* The time over which they are counted: that of five packets of a call. */
#define ZV_PACE_WINDOW_US INT64_C(100000)

struct zv_pace {
    int64_t since_us; /* the window's beginning */
    uint64_t count;   /* datagrams in it so far */
    uint64_t before;  /* in the one before */
};

/* A turn that began at `now_us` read so many datagrams. */
void zv_pace_note(struct zv_pace *pace, size_t datagrams, int64_t now_us);
/* Until when to rest after a turn that began at `now_us`; not later: do not. */
int64_t zv_pace_rest_until_us(const struct zv_pace *pace, int64_t now_us);

#endif
