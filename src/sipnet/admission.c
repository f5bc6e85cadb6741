/*
 * Whose messages reach the stack, and how many of them: see sources.h for how many, and
 * docs/decisions/016-sip-from-strangers.md for whose.
 */
#define _GNU_SOURCE
#include "io/clock.h"
#include "sip/stranger.h"
#include "sipnet/sipnet_int.h"

static enum zv_source_kind kind_of(const struct zv_sipnet *net, const struct zv_addr *addr,
                                   int64_t now_us)
{
    return zv_policy_has_network(&net->policy, addr) ? ZV_SOURCE_TRUSTED
                                                     : zv_sources_kind(net->sources, addr, now_us);
}

bool zv_sipnet_admit(struct zv_sipnet *net, const struct zv_addr *remote, struct zv_str bytes,
                     enum zv_source_kind *ret_kind)
{
    int64_t now_us = zv_clock_now_us();
    *ret_kind = kind_of(net, remote, now_us);
    return zv_sources_admit(net->sources, remote, *ret_kind, zv_str_has_prefix(bytes, "INVITE "),
                            now_us) == ZV_SOURCE_TAKE;
}

bool zv_sipnet_take_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                            struct zv_str bytes, enum zv_source_kind kind)
{
    int64_t now_us = zv_clock_now_us();
    if (kind == ZV_SOURCE_STRANGER)
        return zv_sip_on_stranger(net->sip, flow, bytes, net->cfg.drops_strangers, now_us);
    return zv_sip_on_message(net->sip, flow, bytes.p, bytes.len, now_us);
}

void zv_sipnet_learn_servers(struct zv_sipnet *net, const struct zv_target *targets, size_t count,
                             bool is_trusted)
{
    for (size_t i = 0; i < count; i++)
        zv_sources_learn(net->sources, &targets[i].addr, is_trusted, zv_clock_now_us());
}
