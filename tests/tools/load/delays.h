/*
 * How long packets took: counts by 10 us, so that noting one is an addition and a percentile is
 * exact to that.
 */
#ifndef ZV_TESTS_LOAD_DELAYS_H
#define ZV_TESTS_LOAD_DELAYS_H

#include <stdint.h>

#define ZV_LOAD_DELAY_STEP_US 10
#define ZV_LOAD_DELAY_STEPS   50000 /* half a second; what took longer counts in the last one */

struct zv_load_delays {
    uint64_t count;
    int64_t max_us;
    uint32_t steps[ZV_LOAD_DELAY_STEPS];
};

void zv_load_delays_note(struct zv_load_delays *delays, int64_t delay_us);
/* The delay that `share` (0 … 1) of all do not exceed; 0: none was noted. */
int64_t zv_load_delays_percentile(const struct zv_load_delays *delays, double share);

#endif
