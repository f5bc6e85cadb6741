#include "tools/webclient/presence.h"

#include "support/tone.h"
#include "tools/webclient/ear.h"

bool zv_wc_presence_take(struct zv_wc_presence *presence, const int16_t *samples, size_t count,
                         int64_t now_us)
{
    bool was_there = presence->is_there;
    if (zv_goertzel(samples, count, presence->hz, ZV_WC_EAR_RATE_HZ) < ZV_WC_EAR_PURITY)
        return false;
    presence->is_there = true;
    presence->at_us = now_us;
    return !was_there;
}

bool zv_wc_presence_is_lost(struct zv_wc_presence *presence, int64_t now_us)
{
    if (!presence->is_there || now_us - presence->at_us < ZV_WC_PRESENCE_US)
        return false;
    presence->is_there = false;
    return true;
}
