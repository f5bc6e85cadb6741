/*
 * Which targets did not answer, so that the next request need not find out again (RFC 3263 §4.3,
 * RFC 3261 §21.5.4; docs/decisions/015-dns-cache.md). Such a target is tried last, never left out.
 * Bounded: a full table forgets the one whose time ends first.
 */
#ifndef ZV_SIP_OUTAGE_H
#define ZV_SIP_OUTAGE_H

#include "sip/flow.h"

#include <stddef.h>
#include <stdint.h>

#define ZV_SIP_MAX_OUTAGES 64

struct zv_sip_outage {
    enum zv_sip_transport transport; /* ANY: a free place */
    uint8_t failures;                /* one after the other, so far as they count */
    struct zv_addr remote;
    int64_t until_us;
};

struct zv_sip_outages {
    struct zv_sip_outage of[ZV_SIP_MAX_OUTAGES];
    size_t count;
};

/* One more failure of the flow's far end. `hold_s`: what it asks for itself (Retry-After), 0:
 * nothing. Returns for how many seconds it is tried last now. */
uint32_t zv_sip_outage_note(struct zv_sip_outages *outages, const struct zv_sip_flow *flow,
                            uint32_t hold_s, int64_t now_us);
/* It answered. */
void zv_sip_outage_clear(struct zv_sip_outages *outages, const struct zv_sip_flow *flow);
/* It is to be tried last. */
bool zv_sip_outage_has(const struct zv_sip_outages *outages, const struct zv_sip_flow *flow,
                       int64_t now_us);
/* Puts those with an outage behind the others; among each other they stay as they are. */
void zv_sip_outage_order(const struct zv_sip_outages *outages, struct zv_sip_flow *flows,
                         size_t count, int64_t now_us);

#endif
