/*
 * Our provisionals to a caller that requires them to be reliable (RFC 3262 §3): one at a time, each
 * repeated until its PRACK. Who merely supports it gets them as ever, since a 180 says nothing that
 * the 200 would not say again.
 *
 * A 200 waits for the PRACK of an 18x with a session, or the two could meet in the wrong order; a
 * refusal never waits, nor does a 200 behind a bare 180, whose late PRACK is still taken.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

#define MAX_RSEQ 0x7fffffffu /* of the first; each after it is one more (§7.1: below 2^32) */

void zv_sip_leg_stop_reliable(struct zv_sip_leg *leg)
{
    struct zv_sip_leg_reliable *reliable = &leg->reliable;
    reliable->packet = zv_sip_packet_unref(reliable->packet);
    reliable->accept = zv_free(reliable->accept);
    zv_sip_timer_stop(leg->sip, &reliable->timer);
}

int zv_sip_leg_ring_reliably(struct zv_sip_leg *leg, struct zv_sip_reply *reply, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    struct zv_sip_leg_reliable *reliable = &leg->reliable;
    struct zv_sip_server *server = leg->server;
    struct zv_sip_packet *packet;
    if (reliable->is_due)
        return ZV_E_AGAIN;
    reply->rseq = reliable->rseq ? reliable->rseq + 1 : 1 + zv_rand_u32(&sip->cfg.rand) % MAX_RSEQ;
    int err = zv_sip_reply_send(sip, server, reply, now_us, &packet);
    if (err)
        return err;
    reliable->packet = zv_sip_packet_ref(packet);
    reliable->flow = server->tx.flow;
    reliable->rseq = reply->rseq;
    reliable->cseq = leg->server_cseq;
    reliable->is_due = true;
    reliable->has_session = reply->sdp.len != 0;
    reliable->interval_us = sip->cfg.t1_us;
    reliable->give_up_us = now_us + 64 * sip->cfg.t1_us;
    zv_sip_timer_arm(sip, &reliable->timer, now_us + reliable->interval_us);
    return 0;
}

void zv_sip_leg_on_reliable_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(timer, struct zv_sip_leg, reliable.timer);
    struct zv_sip_leg_reliable *reliable = &leg->reliable;
    if (now_us >= reliable->give_up_us) {
        leg->end_cause = ZV_SIP_CAUSE_TIMEOUT;
        zv_sip_leg_reject(leg, 504, now_us);
        return;
    }
    sip->counts.retransmissions++;
    zv_sip_send(sip, &reliable->flow, reliable->packet);
    reliable->interval_us *= 2;
    zv_sip_timer_arm(sip, timer, zv_time_min(now_us + reliable->interval_us, reliable->give_up_us));
}

bool zv_sip_leg_must_hold_accept(const struct zv_sip_leg *leg)
{
    return leg->reliable.is_due && leg->reliable.has_session;
}

int zv_sip_leg_hold_accept(struct zv_sip_leg *leg, struct zv_str sdp)
{
    leg->reliable.accept = zv_strndup(sdp.len ? sdp.p : "", sdp.len);
    leg->reliable.accept_len = sdp.len;
    return leg->reliable.accept ? 0 : ZV_E_NOMEM;
}

/* ---- their PRACK ---- */

static bool is_for(const struct zv_sip_leg *leg, const struct zv_sip_rack *rack)
{
    const struct zv_sip_leg_reliable *reliable = &leg->reliable;
    return reliable->is_due && rack->rseq == reliable->rseq && rack->cseq == reliable->cseq &&
           zv_str_is(rack->method_name, "INVITE");
}

/* An offer in it could only be a second one (§5): our 18x is acknowledged, the offer refused. */
static uint16_t check(const struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg,
                      bool *ret_is_ours)
{
    struct zv_sip_rack rack;
    if (zv_sip_msg_rack(msg, &rack))
        return 400;
    *ret_is_ours = dialog->leg->dialog == dialog && is_for(dialog->leg, &rack);
    if (!*ret_is_ours)
        return 481;
    return msg->body.len ? 488 : 200;
}

void zv_sip_on_prack(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                     const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    struct zv_sip_leg_reliable *reliable = &leg->reliable;
    bool is_ours = false;
    uint16_t status = check(dialog, msg, &is_ours);
    leg->sip->counts.refused += status >= 300;
    zv_sip_reply_final(leg->sip, server, status, leg->local_tag, now_us);
    if (!is_ours)
        return;
    char *held = reliable->accept;
    reliable->is_due = false;
    reliable->accept = NULL;
    zv_sip_leg_stop_reliable(leg);
    if (held && leg->state == ZV_SIP_LEG_RINGING &&
        zv_sip_leg_answer(leg, zv_str_n(held, reliable->accept_len), now_us))
        zv_sip_leg_fail(leg, now_us);
    zv_free(held);
}
