/*
 * Which addresses a client is told. Peers are learned from their checks, so a wrong address costs
 * the client some checks and a missing one the call: several are named, in the order of what is
 * likely to work from where its WebSocket came from.
 */
#include "base/attr.h"
#include "sdp/plan.h"

struct list {
    struct zv_addr *addrs;
    uint8_t count;
};

/* fe80::1 means nothing without the name of the client's own interface. */
static bool needs_zone(const struct zv_addr *addr)
{
    return addr->family == ZV_ADDR_IPV6 && zv_addr_is_link_local(addr);
}

static void add(const struct zv_plan_addresses *in, const struct zv_addr *addr, struct list *list)
{
    struct zv_addr candidate = *addr;
    zv_addr_unmap(&candidate);
    if (candidate.family == ZV_ADDR_NONE || zv_addr_is_unspecified(&candidate) ||
        needs_zone(&candidate))
        return;
    candidate.port = candidate.family == ZV_ADDR_IPV6 ? in->port_ipv6 : in->port_ipv4;
    if (!candidate.port || list->count == ZV_MAX_CANDIDATES)
        return;
    for (uint8_t i = 0; i < list->count; i++) {
        if (zv_addr_eq(&list->addrs[i], &candidate))
            return;
    }
    list->addrs[list->count++] = candidate;
}

static void add_all(const struct zv_plan_addresses *in, uint8_t room_for_more, struct list *list)
{
    for (uint8_t i = 0; i < in->address_count && list->count + room_for_more < ZV_MAX_CANDIDATES;
         i++)
        add(in, &in->addresses[i], list);
}

uint8_t zv_plan_candidates(const struct zv_plan_addresses *in,
                           struct zv_addr ret_candidates[ZV_MAX_CANDIDATES])
{
    static const struct zv_addr loopback4 = {.family = ZV_ADDR_IPV4, .ip = {127, 0, 0, 1}};
    static const struct zv_addr loopback6 = {.family = ZV_ADDR_IPV6, .ip = {[15] = 1}};
    struct list list = {.addrs = ret_candidates};
    struct zv_addr ws_local = in->ws_local;
    zv_addr_unmap(&ws_local);
    if (!in->is_proxied && ws_local.family && zv_addr_is_loopback(&ws_local)) {
        add(in, &loopback4, &list);
        add_all(in, 1, &list);
        add(in, &loopback6, &list);
        return list.count;
    }
    for (size_t i = 0; i < ZV_MAX_PUBLIC_ADDRESSES; i++)
        add(in, &in->public_addresses[i], &list);
    if (!in->is_proxied)
        add(in, &ws_local, &list);
    add_all(in, 0, &list);
    return list.count;
}
