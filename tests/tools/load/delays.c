#include "tools/load/delays.h"

#include "base/attr.h"

#include <math.h>

void zv_load_delays_note(struct zv_load_delays *delays, int64_t delay_us)
{
    int64_t step = ZV_MAX(delay_us, INT64_C(0)) / ZV_LOAD_DELAY_STEP_US;
    delays->steps[ZV_MIN(step, (int64_t)ZV_LOAD_DELAY_STEPS - 1)]++;
    delays->max_us = ZV_MAX(delays->max_us, delay_us);
    delays->count++;
}

int64_t zv_load_delays_percentile(const struct zv_load_delays *delays, double share)
{
    uint64_t wanted = (uint64_t)ceil((double)delays->count * share), seen = 0;
    if (!delays->count)
        return 0;
    for (int64_t i = 0; i < ZV_LOAD_DELAY_STEPS; i++) {
        seen += delays->steps[i];
        if (seen >= wanted)
            return ZV_MIN((i + 1) * ZV_LOAD_DELAY_STEP_US, delays->max_us);
    }
    return delays->max_us;
}
