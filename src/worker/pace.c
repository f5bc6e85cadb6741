#include "worker/pace.h"

void zv_pace_note(struct zv_pace *pace, size_t datagrams, int64_t now_us)
{
    int64_t gone_us = now_us - pace->since_us;
    if (gone_us >= ZV_PACE_WINDOW_US) {
        /* A window that lasted longer, since nothing came, says less than it counted. */
        pace->before = pace->count * (uint64_t)ZV_PACE_WINDOW_US / (uint64_t)gone_us;
        pace->count = 0;
        pace->since_us = now_us;
    }
    pace->count += datagrams;
}

int64_t zv_pace_rest_until_us(const struct zv_pace *pace, int64_t now_us)
{
    static const uint64_t enough =
        ZV_PACE_LEAST_DATAGRAMS * (uint64_t)ZV_PACE_WINDOW_US / (uint64_t)ZV_PACE_REST_US;
    return pace->before >= enough ? now_us + ZV_PACE_REST_US : now_us;
}
