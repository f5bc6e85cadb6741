/*
 * Whose messages reach the stack, and how many of them: see sources.h for how many, and
 * docs/decisions/016-sip-from-strangers.md for whose.
 */
#define _GNU_SOURCE
#include "base/log.h"
#include "io/clock.h"
#include "sip/stranger.h"
#include "sipnet/sipnet_int.h"

/* Between two lines about messages that were dropped. */
#define DROP_LOG_PAUSE_US ZV_SECONDS(1)

static enum zv_source_kind kind_of(const struct zv_sipnet *net, const struct zv_addr *addr,
                                   int64_t now_us)
{
    return zv_policy_has_network(&net->policy, addr) ? ZV_SOURCE_TRUSTED
                                                     : zv_sources_kind(net->sources, addr, now_us);
}

/* Whose calls fail by it must be able to find out; but nobody fills the log with it. */
static void log_dropped(struct zv_sipnet *net, const struct zv_sip_flow *flow, const char *bound,
                        int64_t now_us)
{
    char remote[ZV_ADDR_TEXT_CAP];
    if (now_us < net->next_drop_log_us)
        return;
    net->next_drop_log_us = now_us + DROP_LOG_PAUSE_US;
    const struct zv_log_field fields[] = {
        zv_log_text("address", zv_log_addr(&flow->remote, remote)),
        zv_log_text("transport", zv_sip_transport_name(flow->transport)),
        zv_log_text("bound", bound),
    };
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_SIP, ZV_LOG_WARN, NULL, fields),
                "SIP over %s from %s is dropped, as it comes faster than %s allows; where that is "
                "a server of yours list its network in sip.allow",
                zv_sip_transport_name(flow->transport), remote, bound);
}

bool zv_sipnet_admit(struct zv_sipnet *net, const struct zv_sip_flow *flow, struct zv_str bytes,
                     enum zv_source_kind *ret_kind)
{
    static const char *const bounds[] = {
        [ZV_SOURCE_OVER_RATE] = "sip.rate_per_source",
        [ZV_SOURCE_OVER_INVITES] = "sip.invites_per_source",
        [ZV_SOURCE_OVER_ALL] = "the bound of all strangers",
    };
    int64_t now_us = zv_clock_now_us();
    bool is_invite = zv_str_has_prefix(bytes, "INVITE ");
    struct zv_source_event event = {.addr = flow->remote,
                                    .kind = kind_of(net, &flow->remote, now_us),
                                    .is_stream = flow->transport != ZV_SIP_UDP,
                                    .what = is_invite ? ZV_SOURCE_INVITE : ZV_SOURCE_MESSAGE};
    *ret_kind = event.kind;
    enum zv_source_verdict verdict = zv_sources_admit(net->sources, &event, now_us);
    if (verdict != ZV_SOURCE_TAKE)
        log_dropped(net, flow, bounds[verdict], now_us);
    return verdict == ZV_SOURCE_TAKE;
}

bool zv_sipnet_admit_handshake(struct zv_sipnet *net, const struct zv_addr *remote)
{
    int64_t now_us = zv_clock_now_us();
    struct zv_source_event event = {.addr = *remote,
                                    .kind = kind_of(net, remote, now_us),
                                    .is_stream = true,
                                    .what = ZV_SOURCE_HANDSHAKE};
    return zv_sources_admit(net->sources, &event, now_us) == ZV_SOURCE_TAKE;
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
