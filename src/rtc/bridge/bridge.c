#include "rtc/bridge/bridge.h"

#include "base/err.h"

#include <string.h>

void zv_bridge_init(struct zv_bridge *bridge)
{
    *bridge = (struct zv_bridge){.flows = {true, true}};
}

static bool is_valid(const struct zv_bridge_pair *pair)
{
    return pair->pt[0] < 128 && pair->pt[1] < 128 && pair->clock_hz;
}

int zv_bridge_set_pairs(struct zv_bridge *bridge, const struct zv_bridge_pair *pairs, size_t count)
{
    if (count > ZV_BRIDGE_MAX_PAIRS)
        return ZV_E_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (!is_valid(&pairs[i]))
            return ZV_E_INVAL;
    }
    memset(bridge->index, 0, sizeof(bridge->index));
    for (size_t i = 0; i < count; i++) {
        bridge->pairs[i] = pairs[i];
        for (unsigned leg = 0; leg < 2; leg++) {
            uint8_t *slot = &bridge->index[leg][pairs[i].pt[leg]];
            if (!*slot)
                *slot = (uint8_t)(i + 1);
        }
    }
    bridge->pair_count = count;
    return 0;
}

void zv_bridge_set_flow(struct zv_bridge *bridge, unsigned from, bool flows)
{
    bridge->flows[from & 1] = flows;
}

enum zv_bridge_verdict zv_bridge_route(struct zv_bridge *bridge, unsigned from, uint8_t pt,
                                       const struct zv_bridge_pair **ret_pair)
{
    struct zv_bridge_counters *counters = &bridge->counters[from & 1];
    uint8_t slot = bridge->index[from & 1][pt & 127];
    if (!slot) {
        counters->unknown_pt++;
        return ZV_BRIDGE_UNKNOWN_PT;
    }
    if (!bridge->flows[from & 1]) {
        counters->held++;
        return ZV_BRIDGE_HELD;
    }
    counters->forwarded++;
    counters->telephone_events += bridge->pairs[slot - 1].kind == ZV_BRIDGE_TELEPHONE_EVENT;
    counters->comfort_noise += bridge->pairs[slot - 1].kind == ZV_BRIDGE_COMFORT_NOISE;
    if (bridge->pairs[slot - 1].kind == ZV_BRIDGE_AUDIO)
        counters->audio_pt = pt;
    *ret_pair = &bridge->pairs[slot - 1];
    return ZV_BRIDGE_FORWARD;
}
