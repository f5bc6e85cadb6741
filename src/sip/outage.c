/* The memory of targets that did not answer: see outage.h. */
#include "sip/outage.h"

#include "base/attr.h"
#include "base/time.h"

/* After the first failure, the second … A server that restarts is back by then; one that is gone
 * costs a call its share of time once in five minutes. */
static const uint32_t hold_times_s[] = {30, 60, 120, 240, 300};
#define MAX_S 300u
/* So long after its time a failure is forgotten, and the next one is a first one. */
#define FORGET_US ZV_SECONDS(MAX_S)

/* Its place; ZV_SIP_MAX_OUTAGES: there is none. */
static size_t find(const struct zv_sip_outages *outages, const struct zv_sip_flow *flow)
{
    for (size_t i = 0; outages->count && i < ZV_SIP_MAX_OUTAGES; i++) {
        const struct zv_sip_outage *outage = &outages->of[i];
        if (outage->transport != ZV_SIP_ANY && outage->transport == flow->transport &&
            zv_addr_eq(&outage->remote, &flow->remote))
            return i;
    }
    return ZV_SIP_MAX_OUTAGES;
}

/* A free place, or that of the outage that ends first. */
static struct zv_sip_outage *find_place(struct zv_sip_outages *outages)
{
    struct zv_sip_outage *first = &outages->of[0];
    for (size_t i = 0; i < ZV_SIP_MAX_OUTAGES; i++) {
        struct zv_sip_outage *outage = &outages->of[i];
        if (outage->transport == ZV_SIP_ANY)
            return outage;
        if (outage->until_us < first->until_us)
            first = outage;
    }
    return first;
}

uint32_t zv_sip_outage_note(struct zv_sip_outages *outages, const struct zv_sip_flow *flow,
                            uint32_t hold_s, int64_t now_us)
{
    size_t at = find(outages, flow);
    struct zv_sip_outage *outage = at < ZV_SIP_MAX_OUTAGES ? &outages->of[at] : find_place(outages);
    if (at == ZV_SIP_MAX_OUTAGES) {
        outages->count += outage->transport == ZV_SIP_ANY;
        *outage = (struct zv_sip_outage){.transport = flow->transport, .remote = flow->remote};
    } else if (outage->until_us + FORGET_US < now_us) {
        outage->failures = 0;
    }
    uint32_t own_s = hold_times_s[outage->failures];
    uint32_t for_s = hold_s ? ZV_MIN(hold_s, MAX_S) : own_s;
    if (outage->failures + 1u < ZV_ARRAY_LEN(hold_times_s))
        outage->failures++;
    outage->until_us = now_us + ZV_SECONDS(for_s);
    return for_s;
}

void zv_sip_outage_clear(struct zv_sip_outages *outages, const struct zv_sip_flow *flow)
{
    size_t at = find(outages, flow);
    if (at == ZV_SIP_MAX_OUTAGES)
        return;
    outages->of[at] = (struct zv_sip_outage){0};
    outages->count--;
}

bool zv_sip_outage_has(const struct zv_sip_outages *outages, const struct zv_sip_flow *flow,
                       int64_t now_us)
{
    size_t at = find(outages, flow);
    return at < ZV_SIP_MAX_OUTAGES && outages->of[at].until_us > now_us;
}

void zv_sip_outage_order(const struct zv_sip_outages *outages, struct zv_sip_flow *flows,
                         size_t count, int64_t now_us)
{
    size_t alive = 0;
    for (size_t i = 0; i < count; i++) {
        struct zv_sip_flow flow = flows[i];
        if (zv_sip_outage_has(outages, &flow, now_us))
            continue;
        for (size_t k = i; k > alive; k--)
            flows[k] = flows[k - 1];
        flows[alive++] = flow;
    }
}
