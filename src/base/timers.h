/*
 * Deadlines of many objects in one place: an intrusive binary min-heap. Pure: it holds times, it
 * reads no clock.
 *
 * A machine with many objects (SIP transactions, calls) keeps one zv_timers, tells its owner
 * zv_timers_next_us as its deadline, and on time-out pops what is due.
 */
#ifndef ZV_BASE_TIMERS_H
#define ZV_BASE_TIMERS_H

#include "base/attr.h"
#include "base/time.h"

#include <stddef.h>

struct zv_timer {
    int64_t at_us; /* when armed */
    size_t index;  /* 1-based place in the heap; 0: not armed */
};

struct zv_timers {
    struct zv_timer **heap; /* owned; elements borrowed */
    size_t count;
    size_t cap;
};

void zv_timers_init(struct zv_timers *timers);
void zv_timers_fini(struct zv_timers *timers);
/*
 * Makes room for `count` timers in all, so that zv_timer_arm cannot fail below it. Owners call it
 * when they create an object with timers. ZV_E_NOMEM.
 */
int zv_timers_reserve(struct zv_timers *timers, size_t count) ZV_MUST_CHECK;
/* Arms or moves; ZV_TIME_NEVER disarms. The room must have been reserved (asserted in debug
 * builds). */
void zv_timer_arm(struct zv_timers *timers, struct zv_timer *timer, int64_t at_us);
void zv_timer_disarm(struct zv_timers *timers, struct zv_timer *timer);
/* The earliest deadline, or ZV_TIME_NEVER. */
int64_t zv_timers_next_us(const struct zv_timers *timers);
/* Disarms and returns a timer that is due at `now_us`, or NULL. */
struct zv_timer *zv_timers_pop_due(struct zv_timers *timers, int64_t now_us);

#endif
