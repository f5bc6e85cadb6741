/*
 * The clocks: the only place that reads them. A loop samples the clock once a turn and hands now_us
 * down.
 */
#ifndef ZV_IO_CLOCK_H
#define ZV_IO_CLOCK_H

#include <stdint.h>

/* Monotonic, microseconds; not related to the wall clock, never goes back. */
int64_t zv_clock_now_us(void);
/* Wall clock, microseconds since 1970-01-01T00:00:00Z; may step. */
int64_t zv_clock_wall_us(void);
/* What to add to zv_clock_now_us for wall time, as of now. */
int64_t zv_clock_wall_offset_us(void);
/* Lets the thread sleep until zv_clock_now_us has that value; a time that is gone: does nothing.
 */
void zv_clock_sleep_until(int64_t at_us);
/* CPU time of the calling thread, nanoseconds: what a piece of work costs, not how long it was
 * kept waiting. A system call. */
int64_t zv_clock_thread_cpu_ns(void);

#endif
