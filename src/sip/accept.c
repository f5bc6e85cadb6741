/*
 * Our answers to an INVITE: 18x, 2xx repeated until its ACK (RFC 3261 §13.3.1.4), refusals.
 */
#include "base/err.h"
#include "sip/leg.h"

static int find_ringing(const struct zv_sip *sip, uint64_t id, struct zv_sip_leg **ret_leg)
{
    struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    if (leg->state != ZV_SIP_LEG_RINGING || !leg->server || leg->reliable.accept)
        return ZV_E_STATE;
    *ret_leg = leg;
    return 0;
}

int zv_sip_ring(struct zv_sip *sip, uint64_t id, uint16_t status, struct zv_str sdp, int64_t now_us)
{
    struct zv_sip_leg *leg;
    int err = find_ringing(sip, id, &leg);
    if (err)
        return err;
    if (status < 180 || status > 183 || sdp.len > ZV_MAX_SDP_BYTES ||
        (sdp.len && leg->is_offerless))
        return ZV_E_INVAL;
    /* The first message that cannot be lost has to make our offer (RFC 3261 §13.2.1): the 200. */
    if (leg->is_offerless && leg->reliable.is_required)
        return 0;
    struct zv_sip_reply reply = {
        .status = status,
        .to_tag = leg->local_tag,
        .contact_user = zv_str(leg->dialog->value.contact_user),
        .sdp = sdp,
    };
    err = leg->reliable.is_required ? zv_sip_leg_ring_reliably(leg, &reply, now_us)
                                    : zv_sip_reply_send(sip, leg->server, &reply, now_us, NULL);
    zv_sip_sweep(sip);
    return err;
}

void zv_sip_leg_forget_accepted(struct zv_sip_leg *leg)
{
    leg->accepted = zv_sip_packet_unref(leg->accepted);
    zv_sip_timer_stop(leg->sip, &leg->repeat);
}

int zv_sip_leg_accept(struct zv_sip_leg *leg, struct zv_str sdp, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    struct zv_sip_server *server = leg->server;
    struct zv_sip_packet *packet;
    struct zv_sip_reply reply = {
        .status = 200,
        .to_tag = leg->local_tag,
        .contact_user = zv_str(leg->dialog->value.contact_user),
        .sdp = sdp,
    };
    struct zv_sip_msg request;
    if (zv_sip_msg_parse(server->request->bytes, server->request->len, &request))
        return ZV_E_INTERNAL;
    zv_sip_session_answer(sip, &leg->dialog->value, &request, &reply);
    int err = zv_sip_reply_send(sip, server, &reply, now_us, &packet);
    if (err)
        return err;
    zv_sip_leg_keep_session(leg, sdp);
    zv_sip_leg_set_session(leg, &reply, now_us);
    leg->server = NULL;
    leg->accepted = zv_sip_packet_ref(packet);
    leg->accepted_flow = server->tx.flow;
    leg->accepted_cseq = leg->server_cseq;
    leg->accepted_interval_us = sip->cfg.t1_us;
    leg->accepted_give_up_us = now_us + 64 * sip->cfg.t1_us;
    zv_sip_timer_arm(sip, &leg->repeat, now_us + leg->accepted_interval_us);
    return 0;
}

int zv_sip_leg_answer(struct zv_sip_leg *leg, struct zv_str sdp, int64_t now_us)
{
    int err = zv_sip_leg_accept(leg, sdp, now_us);
    if (err)
        return err;
    leg->state = ZV_SIP_LEG_ACCEPTED;
    leg->dialog->is_early = false;
    zv_sip_leg_stop_reliable(leg);
    zv_sip_timer_stop(leg->sip, &leg->guard);
    return 0;
}

int zv_sip_accept(struct zv_sip *sip, uint64_t id, struct zv_str sdp, int64_t now_us)
{
    struct zv_sip_leg *leg;
    int err = find_ringing(sip, id, &leg);
    if (err)
        return err;
    if (sdp.len > ZV_MAX_SDP_BYTES)
        return ZV_E_INVAL;
    err = zv_sip_leg_must_hold_accept(leg) ? zv_sip_leg_hold_accept(leg, sdp)
                                           : zv_sip_leg_answer(leg, sdp, now_us);
    zv_sip_sweep(sip);
    return err;
}

/* No ACK within 64*T1: the far end is told by BYE, and nobody waits for that. */
static void not_acknowledged(struct zv_sip_leg *leg, int64_t now_us)
{
    bool was_confirmed = leg->state != ZV_SIP_LEG_ACCEPTED; /* it was the 2xx to a re-INVITE */
    enum zv_sip_cause cause = was_confirmed ? ZV_SIP_CAUSE_DIALOG_GONE : ZV_SIP_CAUSE_TIMEOUT;
    if (leg->end_cause != ZV_SIP_CAUSE_NONE)
        cause = leg->end_cause;
    zv_sip_leg_dialog_bye(leg->dialog, now_us);
    zv_sip_leg_end(leg, cause, NULL, now_us);
}

void zv_sip_leg_on_repeat(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(timer, struct zv_sip_leg, repeat);
    if (now_us >= leg->accepted_give_up_us) {
        not_acknowledged(leg, now_us);
        return;
    }
    sip->counts.retransmissions++;
    zv_sip_send(sip, &leg->accepted_flow, leg->accepted);
    leg->accepted_interval_us = ZV_MIN(2 * leg->accepted_interval_us, sip->cfg.t2_us);
    zv_sip_timer_arm(sip, &leg->repeat,
                     zv_time_min(now_us + leg->accepted_interval_us, leg->accepted_give_up_us));
}

void zv_sip_on_ack(struct zv_sip *sip, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_str sdp;
    struct zv_sip_leg *leg = zv_sip_leg_find_dialog(sip, msg);
    if (!leg || !leg->accepted || leg->accepted_cseq != msg->cseq ||
        !zv_str_is(msg->from_tag, leg->dialog->value.remote_tag)) {
        sip->counts.unmatched++;
        return;
    }
    zv_sip_leg_forget_accepted(leg);
    if (leg->state == ZV_SIP_LEG_LEAVING)
        return;
    leg->state = ZV_SIP_LEG_CONFIRMED;
    if (leg->end_cause != ZV_SIP_CAUSE_NONE) {
        zv_sip_leg_bye(leg, now_us);
        return;
    }
    if (zv_sip_msg_sdp(msg, &sdp))
        sdp = (struct zv_str){0};
    struct zv_sip_out_node *node = zv_sip_leg_event(leg, ZV_SIP_OUT_CONFIRMED, sdp, now_us);
    if (node)
        zv_sip_out_push(sip, node);
}

void zv_sip_leg_reject(struct zv_sip_leg *leg, uint16_t status, int64_t now_us)
{
    enum zv_sip_cause cause =
        leg->end_cause != ZV_SIP_CAUSE_NONE ? leg->end_cause : ZV_SIP_CAUSE_LOCAL;
    struct zv_sip_server *server = leg->server;
    leg->server = NULL;
    if (server)
        zv_sip_reply_final(leg->sip, server, status, leg->local_tag, now_us);
    zv_sip_leg_end(leg, cause, NULL, now_us);
}

int zv_sip_reject(struct zv_sip *sip, uint64_t id, uint16_t status, int64_t now_us)
{
    struct zv_sip_leg *leg;
    int err = find_ringing(sip, id, &leg);
    if (err)
        return err;
    if (status < 300 || status > 699)
        return ZV_E_INVAL;
    zv_sip_leg_reject(leg, status, now_us);
    zv_sip_sweep(sip);
    return 0;
}
