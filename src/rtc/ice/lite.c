/*
 * The lite agent: pairs learned from the far end's checks, the nomination it makes, and consent,
 * which its checks give (RFC 8445 §2.5, RFC 7675 §5.1).
 *
 * Replay: MESSAGE-INTEGRITY does not cover addresses, so a recorded request sent from elsewhere
 * would validate and even nominate that place. The transaction ids of the last ZV_ICE_SEEN checks
 * (some forty minutes of a browser's, which come every 2.5 s) are therefore good for one 5-tuple,
 * once; a retransmission over the same one is answered and changes nothing. The price: a
 * retransmission that a NAT sends out through a new mapping is dropped, and so is one check in four
 * million that looks like an earlier one; the next check is taken.
 */
#include "rtc/ice/ice_int.h"

static uint32_t seen_key(const uint8_t *tx_id)
{
    return zv_get_u32(tx_id);
}

bool zv_ice_lite_is_seen(const struct zv_ice_lite *lite, const uint8_t *tx_id)
{
    size_t count = ZV_MIN(lite->seen_count, (size_t)ZV_ICE_SEEN);
    for (size_t i = 0; i < count; i++) {
        if (lite->seen[i] == seen_key(tx_id))
            return true;
    }
    return false;
}

const struct zv_ice_valid *zv_ice_lite_find(const struct zv_ice_lite *lite,
                                            const struct zv_ice_pair *pair)
{
    for (size_t i = 0; i < lite->valid_count; i++) {
        if (zv_ice_pair_eq(&lite->valid[i].pair, pair))
            return &lite->valid[i];
    }
    return NULL;
}

static bool is_selected(const struct zv_ice *ice, const struct zv_ice_valid *valid)
{
    return ice->has_selected && zv_ice_pair_eq(&ice->selected, &valid->pair);
}

static void forget(struct zv_ice *ice, size_t index)
{
    struct zv_ice_lite *lite = &ice->lite;
    zv_ice_push(ice, ZV_ICE_OUT_INVALIDATED, &lite->valid[index].pair);
    lite->valid[index] = lite->valid[--lite->valid_count];
}

/* The pair not checked for longest goes; the selected one stays. */
static void evict(struct zv_ice *ice)
{
    struct zv_ice_lite *lite = &ice->lite;
    size_t oldest = is_selected(ice, &lite->valid[0]) ? 1 : 0;
    for (size_t i = oldest + 1; i < lite->valid_count; i++) {
        if (!is_selected(ice, &lite->valid[i]) &&
            lite->valid[i].checked_us < lite->valid[oldest].checked_us)
            oldest = i;
    }
    ice->counters.evicted++;
    forget(ice, oldest);
}

/* The entry of `pair`, made if it is new. */
static struct zv_ice_valid *validate(struct zv_ice *ice, const struct zv_ice_pair *pair)
{
    struct zv_ice_lite *lite = &ice->lite;
    for (size_t i = 0; i < lite->valid_count; i++) {
        if (zv_ice_pair_eq(&lite->valid[i].pair, pair))
            return &lite->valid[i];
    }
    if (lite->valid_count == ZV_ICE_MAX_VALIDATED)
        evict(ice);
    struct zv_ice_valid *valid = &lite->valid[lite->valid_count++];
    *valid = (struct zv_ice_valid){.pair = *pair};
    if (!ice->has_selected) {
        ice->selected = *pair;
        ice->has_selected = true;
    }
    zv_ice_push(ice, ZV_ICE_OUT_VALIDATED, pair);
    return valid;
}

/*
 * The nominated pair is not checked any more, but another one under `generation`: media follows.
 * After a restart that takes less, for then the client has most likely left the old path.
 */
static bool is_selected_silent(const struct zv_ice *ice, uint32_t generation)
{
    const struct zv_ice_valid *selected = zv_ice_lite_find(&ice->lite, &ice->selected);
    if (!ice->is_nominated || !selected)
        return false;
    int64_t patience_us = selected->generation < generation ? ZV_ICE_LEFT_US : ZV_ICE_SILENT_US;
    return ice->now_us - selected->checked_us > patience_us;
}

void zv_ice_lite_on_check(struct zv_ice *ice, const struct zv_ice_pair *pair,
                          const struct zv_stun_msg *msg, uint32_t generation)
{
    struct zv_ice_lite *lite = &ice->lite;
    lite->seen[lite->seen_count++ % ZV_ICE_SEEN] = seen_key(msg->tx_id);
    struct zv_ice_valid *valid = validate(ice, pair);
    valid->checked_us = ice->now_us;
    valid->generation = ZV_MAX(valid->generation, generation);
    zv_ice_hear(ice);
    if (msg->use_candidate || is_selected_silent(ice, generation))
        zv_ice_nominate(ice, pair, generation == ice->current.generation);
}

void zv_ice_lite_retire(struct zv_ice *ice)
{
    for (size_t i = ice->lite.valid_count; i-- > 0;) {
        const struct zv_ice_valid *valid = &ice->lite.valid[i];
        if (valid->generation < ice->current.generation && !is_selected(ice, valid))
            forget(ice, i);
    }
}
