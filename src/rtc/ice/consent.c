/*
 * Consent refresh of the controlling agent (RFC 7675 §5.1): a Binding request over the selected
 * pair every five seconds, spread, each a transaction of its own and never retransmitted. All
 * requests of the last thirty seconds may still be answered.
 *
 * They carry USE-CANDIDATE, as Chromium's do opposite a lite agent: when a NAT on the way gave us a
 * new mapping, that moves the lite agent's media there. After a loss they go on, so that a path
 * that comes back is found; media is the owner's to stop.
 */
#include "rtc/ice/ice_int.h"

#include <string.h>

static int64_t interval_us(const struct zv_ice *ice)
{
    uint32_t spread = (uint32_t)(ZV_ICE_REFRESH_US * 4 / 10);
    return ZV_ICE_REFRESH_US * 8 / 10 + (int64_t)(zv_rand_u32(&ice->rand) % spread);
}

void zv_ice_consent_start(struct zv_ice *ice)
{
    struct zv_ice_consent *consent = &ice->agent->consent;
    *consent = (struct zv_ice_consent){.next_us = ice->now_us + interval_us(ice)};
}

void zv_ice_consent_stop(struct zv_ice *ice)
{
    ice->agent->consent = (struct zv_ice_consent){.next_us = ZV_TIME_NEVER};
}

void zv_ice_consent_on_timeout(struct zv_ice *ice)
{
    struct zv_ice_consent *consent = &ice->agent->consent;
    if (consent->next_us > ice->now_us)
        return;
    consent->is_due = true;
    consent->next_us = ice->now_us + interval_us(ice);
}

bool zv_ice_consent_poll(struct zv_ice *ice, struct zv_dgram *ret_dgram)
{
    struct zv_ice_agent *agent = ice->agent;
    struct zv_ice_consent *consent = &agent->consent;
    if (!consent->is_due)
        return false;
    consent->is_due = false;
    uint8_t *tx_id = consent->tx_ids[consent->sent++ % ZV_ICE_CONSENT_SLOTS];
    zv_ice_fill_tx_id(ice, tx_id);
    size_t len = zv_ice_write_request(ice, tx_id, agent->selected_generation, true);
    *ret_dgram = (struct zv_dgram){agent->request, len, ice->selected.local, ice->selected.remote};
    return true;
}

bool zv_ice_consent_is_ours(const struct zv_ice *ice, const uint8_t *tx_id)
{
    const struct zv_ice_consent *consent = &ice->agent->consent;
    size_t count = ZV_MIN(consent->sent, (size_t)ZV_ICE_CONSENT_SLOTS);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(consent->tx_ids[i], tx_id, ZV_STUN_TX_ID_BYTES) == 0)
            return true;
    }
    return false;
}
