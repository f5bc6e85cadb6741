/*
 * CANCEL, both ways (RFC 3261 §9). Ours goes out only after a provisional: before it the far end
 * may not know the INVITE yet. Whatever it answers does not matter; the INVITE's own final response
 * does, and 64*T1 after the CANCEL nobody waits for that any more (§9.1).
 */
#include "base/err.h"
#include "sip/leg.h"

static int build(struct zv_sip *sip, const struct zv_sip_msg *invite,
                 struct zv_sip_packet **ret_packet)
{
    struct zv_sip_builder b;
    zv_sip_scratch(sip, &b);
    zv_sip_build_request(&b, ZV_STR_LIT("CANCEL"), invite->uri.text);
    zv_sip_build_copy(&b, invite, ZV_SIP_HEADER_VIA);
    zv_sip_build_u32(&b, ZV_SIP_HEADER_MAX_FORWARDS, ZV_SIP_MAX_FORWARDS);
    zv_sip_build_copy(&b, invite, ZV_SIP_HEADER_ROUTE);
    zv_sip_build_copy(&b, invite, ZV_SIP_HEADER_FROM);
    zv_sip_build_copy(&b, invite, ZV_SIP_HEADER_TO);
    zv_sip_build_call_id(&b, invite->call_id);
    zv_sip_build_cseq(&b, invite->cseq, ZV_STR_LIT("CANCEL"));
    zv_sip_build_user_agent(sip, &b, ZV_SIP_HEADER_USER_AGENT);
    return zv_sip_scratch_packet(sip, &b, (struct zv_str){0}, (struct zv_str){0}, ret_packet);
}

int zv_sip_cancel_send(struct zv_sip *sip, const struct zv_sip_client *invite, int64_t now_us)
{
    struct zv_sip_msg msg;
    struct zv_sip_packet *packet;
    struct zv_sip_client *client;
    int err = zv_sip_msg_parse(invite->tx.packet->bytes, invite->tx.packet->len, &msg);
    if (!err)
        err = build(sip, &msg, &packet);
    if (err)
        return err;
    struct zv_sip_client_cfg cfg = {
        .method = ZV_SIP_METHOD_CANCEL,
        .branch = msg.via.branch,
        .flow = invite->tx.flow,
        .packet = packet,
        .timeout_us = 64 * sip->cfg.t1_us,
    };
    err = zv_sip_client_new(sip, &cfg, now_us, &client);
    zv_sip_packet_unref(packet);
    return err;
}

void zv_sip_leg_cancel(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    if (leg->is_cancelled)
        return;
    if (!leg->invite->client) {
        zv_sip_leg_end(leg, leg->end_cause, NULL, now_us);
        return;
    }
    leg->invite->no_failover = true;
    leg->is_cancelled = zv_sip_cancel_send(sip, leg->invite->client, now_us) == 0;
    zv_sip_timer_arm(sip, &leg->guard, now_us + 64 * sip->cfg.t1_us);
}

void zv_sip_on_cancel(struct zv_sip *sip, const struct zv_sip_msg *msg,
                      const struct zv_sip_flow *flow, int64_t now_us)
{
    struct zv_sip_server *server = zv_sip_server_find(sip, msg);
    if (!server || server->tx.kind != ZV_SIP_TX_INVITE_SERVER) {
        zv_sip_refuse(sip, msg, flow, 481);
        return;
    }
    struct zv_sip_leg *leg = server->user;
    struct zv_sip_reply ok = {.status = 200};
    if (leg)
        ok.to_tag = leg->local_tag;
    zv_sip_reply_stateless(sip, msg, flow, &ok);
    if (!leg)
        return; /* answered already: the CANCEL has no effect (§9.2) */
    if (leg->state == ZV_SIP_LEG_RINGING)
        zv_sip_leg_end(leg, ZV_SIP_CAUSE_REMOTE_CANCEL, msg, now_us);
    else
        zv_sip_leg_lose_offer(leg, 487, now_us);
}
