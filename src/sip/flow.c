/*
 * Flows as a whole: which lead the same way, what lives over one, and what happens when one is
 * lost. A server that ends a stream has lost the way to us too, so that an account registered over
 * it must register again at once and not at its next refresh (RFC 5626 §4.2, §4.4).
 */
#include "sip/leg.h"

bool zv_sip_flow_is_same_way(const struct zv_sip_flow *a, const struct zv_sip_flow *b)
{
    return a->transport == b->transport && zv_addr_eq(&a->remote, &b->remote) &&
           (a->conn == b->conn || !a->conn || !b->conn);
}

/* ---- what lives over it ---- */

static bool is_registered_over(const struct zv_sip_account *account, const struct zv_sip_flow *flow)
{
    return account->was_registered && account->has_flow &&
           zv_sip_flow_is_same_way(&account->flow, flow);
}

static bool is_leg_over(const struct zv_sip_leg *leg, const struct zv_sip_flow *flow)
{
    if (leg->invite && zv_sip_flow_is_same_way(&leg->invite->flow, flow))
        return true;
    if (leg->server && zv_sip_flow_is_same_way(&leg->server->source, flow))
        return true;
    ZV_LIST_EACH (node, &leg->dialogs) {
        const struct zv_sip_leg_dialog *dialog =
            ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node);
        if (dialog->is_over)
            continue;
        if (zv_sip_flow_is_same_way(&dialog->value.flow, flow) ||
            (dialog->has_hop && zv_sip_flow_is_same_way(&dialog->hop, flow)))
            return true;
    }
    return false;
}

enum zv_sip_flow_use zv_sip_flow_use(const struct zv_sip *sip, const struct zv_sip_flow *flow)
{
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->accounts, node));) {
        if (is_registered_over(ZV_CONTAINER_OF(node, struct zv_sip_account, by_id), flow))
            return ZV_SIP_FLOW_OF_REGISTRATION;
    }
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->leg_keys, node));) {
        if (is_leg_over(ZV_CONTAINER_OF(node, struct zv_sip_leg, by_key), flow))
            return ZV_SIP_FLOW_OF_LEG;
    }
    return ZV_SIP_FLOW_UNUSED;
}

/* ---- it is lost ---- */

static void lose_registrations(struct zv_sip *sip, const struct zv_sip_flow *flow, int64_t now_us)
{
    size_t sharing = 0;
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->accounts, node));)
        sharing += is_registered_over(ZV_CONTAINER_OF(node, struct zv_sip_account, by_id), flow);
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->accounts, node));) {
        struct zv_sip_account *account = ZV_CONTAINER_OF(node, struct zv_sip_account, by_id);
        if (is_registered_over(account, flow))
            zv_sip_register_flow_lost(account, sharing, now_us);
    }
}

static void lose_acks(struct zv_sip *sip, const struct zv_sip_flow *flow)
{
    for (struct zv_map_node *at = NULL; (at = zv_map_next(&sip->leg_keys, at));) {
        const struct zv_sip_leg *leg = ZV_CONTAINER_OF(at, struct zv_sip_leg, by_key);
        ZV_LIST_EACH (node, &leg->dialogs) {
            struct zv_sip_leg_dialog *dialog =
                ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node);
            if (dialog->ack && zv_sip_flow_is_same_way(&dialog->ack_flow, flow))
                dialog->has_ack_flow_failed = true;
        }
    }
}

static void lose(struct zv_sip *sip, const struct zv_sip_flow *flow, enum zv_sip_cause cause,
                 int64_t now_us)
{
    zv_sip_clients_fail(sip, flow, cause, now_us);
    lose_acks(sip, flow);
    if (zv_sip_flow_is_reliable(flow))
        lose_registrations(sip, flow, now_us);
    zv_sip_sweep(sip);
}

void zv_sip_note_outage(struct zv_sip *sip, const struct zv_sip_flow *flow, enum zv_sip_cause cause,
                        const struct zv_sip_msg *msg, int64_t now_us)
{
    uint32_t for_s = zv_sip_outage_note(&sip->outages, flow, zv_sip_msg_retry_after_s(msg), now_us);
    struct zv_sip_out_node *node =
        zv_sip_out_node_new(ZV_SIP_OUT_TARGET_DOWN, ZV_SIP_MAX_REASON_BYTES);
    if (!node)
        return;
    node->out.flow = *flow;
    node->out.cause = cause;
    node->out.expires_s = for_s;
    if (msg)
        zv_sip_out_set_status(node, msg);
    zv_sip_out_push(sip, node);
}

void zv_sip_on_flow_failed(struct zv_sip *sip, const struct zv_sip_flow *flow, int64_t now_us)
{
    lose(sip, flow, ZV_SIP_CAUSE_TRANSPORT, now_us);
}

void zv_sip_on_flow_untrusted(struct zv_sip *sip, const struct zv_sip_flow *flow, int64_t now_us)
{
    lose(sip, flow, ZV_SIP_CAUSE_UNTRUSTED, now_us);
}
