/*
 * Our re-INVITE (RFC 3261 §14.1). When it meets theirs, both are refused with 491 and ours waits
 * the time that the RFC draws by lot before it goes again. It also waits while an offer of theirs
 * has no answer, or our 2xx to one no ACK; 481, 408 and silence mean that the dialog is gone at the
 * far end, so the call ends here too. One that never got there, for an ICMP error or a name that
 * did not resolve, says nothing of the sort: it is told as a 503, and the call goes on as it was.
 *
 * A refresh of the session (refresh.c) is one whose result nobody waits for: one that is meant
 * takes its place, or follows it.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

#include <string.h>

/* Times that a 491 is followed before it is handed up. */
#define MAX_GLARE_ROUNDS 4
/* Pause before the next look whether the ACK to our 2xx has come; it has its own end. */
#define ACK_WAIT_US ZV_MS(200)

void zv_sip_leg_stop_reoffer(struct zv_sip_leg *leg, int64_t now_us)
{
    leg->reinvite = zv_sip_request_leave(leg->reinvite, now_us);
    leg->reoffer = zv_free(leg->reoffer);
    leg->reoffer_len = 0;
    leg->next_reoffer = zv_free(leg->next_reoffer);
    leg->is_refresh = false;
    leg->offer = ZV_SIP_OFFER_NONE;
    zv_sip_timer_stop(leg->sip, &leg->offer_timer);
}

static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_leg *leg = req->owner;
    zv_sip_leg_build_update(leg, req, &leg->auths, b);
    *ret_body = zv_str_n(leg->reoffer, leg->reoffer_len);
}

static int send_or_wait(struct zv_sip_leg *leg, int64_t now_us);

/* The result, unless it is that of a refresh that changed nothing. `msg` NULL: it could not be
 * sent, which is a 503 (RFC 3261 §8.1.3.1). */
static void tell_result(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, bool is_refresh,
                        int64_t now_us)
{
    struct zv_str sdp = {0};
    if (msg && msg->status < 300 && zv_sip_msg_sdp(msg, &sdp))
        sdp = (struct zv_str){0};
    if (is_refresh && !sdp.len)
        return;
    struct zv_sip_out_node *node = zv_sip_leg_event(
        leg, is_refresh ? ZV_SIP_OUT_REFRESHED : ZV_SIP_OUT_OFFER_RESULT, sdp, now_us);
    if (!node)
        return;
    if (msg)
        zv_sip_out_set_status(node, msg);
    else
        node->out.status = 503;
    zv_sip_out_push(leg->sip, node);
}

static void over(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    bool is_refresh = leg->is_refresh;
    char *next = leg->next_reoffer;
    leg->next_reoffer = NULL;
    zv_sip_leg_stop_reoffer(leg, now_us);
    leg->reoffer = next; /* what waited for a refresh */
    leg->reoffer_len = next ? leg->next_reoffer_len : 0;
    leg->glare_rounds = 0;
    tell_result(leg, msg, is_refresh, now_us);
    if (next && leg->state == ZV_SIP_LEG_CONFIRMED && send_or_wait(leg, now_us))
        zv_sip_leg_fail(leg, now_us);
}

/* 2.1-4 s for the side that made the Call-ID, 0-2 s for the other, in steps of 10 ms. */
static int64_t glare_pause_us(const struct zv_sip_leg *leg)
{
    uint32_t lot = zv_rand_u32(&leg->sip->cfg.rand);
    if (leg->dialog->value.is_outgoing)
        return ZV_MS(2100 + 10 * (int64_t)(lot % 191));
    return ZV_MS(10 * (int64_t)(lot % 201));
}

static void pause_reoffer(struct zv_sip_leg *leg, int64_t now_us)
{
    leg->glare_rounds++;
    leg->reinvite = zv_sip_request_drop(leg->reinvite);
    leg->offer = ZV_SIP_OFFER_PAUSED;
    zv_sip_timer_arm(leg->sip, &leg->offer_timer, now_us + glare_pause_us(leg));
}

static void succeeded(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    zv_sip_leg_dialog_refresh(leg->dialog, msg);
    zv_sip_leg_keep_session(leg, zv_str_n(leg->reoffer, leg->reoffer_len));
    zv_sip_leg_take_session(leg, msg, now_us);
    zv_sip_leg_dialog_ack(leg->dialog, msg->cseq, now_us);
    if (leg->state != ZV_SIP_LEG_ENDED)
        over(leg, msg, now_us);
}

static void ask_again(struct zv_sip_leg *leg, int64_t now_us)
{
    zv_sip_timer_arm(leg->sip, &leg->offer_timer, now_us + 64 * leg->sip->cfg.t1_us);
    zv_sip_request_again(leg->reinvite, now_us);
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (msg->status < 200)
        return;
    if (msg->status < 300)
        succeeded(leg, msg, now_us);
    else if (((msg->status == 401 || msg->status == 407) &&
              !zv_sip_account_take_challenge(leg->account, &leg->auths, req, msg, true)) ||
             (msg->status == 422 && zv_sip_leg_raise_session(leg, msg)))
        ask_again(leg, now_us);
    else if (msg->status == 491 && !leg->is_refresh && leg->glare_rounds < MAX_GLARE_ROUNDS)
        pause_reoffer(leg, now_us);
    else if (msg->status == 481 || msg->status == 408)
        zv_sip_leg_dialog_lost(leg, msg, now_us);
    else
        over(leg, msg, now_us);
}

static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (cause == ZV_SIP_CAUSE_TIMEOUT)
        zv_sip_leg_dialog_lost(leg, NULL, now_us);
    else if (!zv_sip_leg_dialog_go_elsewhere(leg->dialog, req, cause, now_us))
        over(leg, NULL, now_us);
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
};

static int send(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip_request *req = zv_sip_request_new(leg->sip, &ops, leg, ZV_SIP_METHOD_INVITE);
    if (!req)
        return ZV_E_NOMEM;
    leg->reinvite = req;
    leg->offer = ZV_SIP_OFFER_LOCAL;
    leg->is_reoffer_cancelled = false;
    leg->session.rounds = 0;
    zv_sip_timer_arm(leg->sip, &leg->offer_timer, now_us + 64 * leg->sip->cfg.t1_us);
    int err = zv_sip_leg_dialog_start(leg->dialog, req, now_us);
    if (err)
        zv_sip_leg_stop_reoffer(leg, now_us);
    return err;
}

void zv_sip_leg_on_reoffer_timer(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    if (leg->offer == ZV_SIP_OFFER_PAUSED && leg->accepted) {
        zv_sip_timer_arm(sip, &leg->offer_timer, now_us + ACK_WAIT_US);
        return;
    }
    if (leg->offer == ZV_SIP_OFFER_PAUSED) {
        if (send(leg, now_us))
            zv_sip_leg_fail(leg, now_us);
        return;
    }
    /* A provisional came and nothing since: give it up, and the dialog if even that is not
     * answered. Before a provisional nothing may be cancelled (§9.1). */
    struct zv_sip_client *client = leg->reinvite->client;
    if (leg->is_reoffer_cancelled || !client || client->tx.state == ZV_SIP_TX_TRYING ||
        zv_sip_cancel_send(sip, client, now_us)) {
        zv_sip_leg_dialog_lost(leg, NULL, now_us);
        return;
    }
    leg->is_reoffer_cancelled = true;
    zv_sip_timer_arm(sip, &leg->offer_timer, now_us + 64 * sip->cfg.t1_us);
}

/* What stands against it now has an end: theirs gets its answer (offer.c), ours its ACK. */
static int send_or_wait(struct zv_sip_leg *leg, int64_t now_us)
{
    if (leg->offer != ZV_SIP_OFFER_NONE)
        return 0;
    if (leg->accepted) {
        leg->offer = ZV_SIP_OFFER_PAUSED;
        zv_sip_timer_arm(leg->sip, &leg->offer_timer, now_us + ACK_WAIT_US);
        return 0;
    }
    int err = send(leg, now_us);
    if (err)
        zv_sip_leg_stop_reoffer(leg, now_us);
    return err;
}

int zv_sip_reoffer(struct zv_sip *sip, uint64_t id, struct zv_str sdp, int64_t now_us)
{
    struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    bool is_next = leg->is_refresh && leg->offer == ZV_SIP_OFFER_LOCAL && !leg->next_reoffer;
    if (leg->state != ZV_SIP_LEG_CONFIRMED || (leg->offer == ZV_SIP_OFFER_LOCAL && !is_next))
        return ZV_E_STATE;
    if (!sdp.len || sdp.len > ZV_MAX_SDP_BYTES)
        return ZV_E_INVAL;
    char *copy = zv_strndup(sdp.p, sdp.len);
    if (!copy)
        return ZV_E_NOMEM;
    if (is_next) {
        leg->next_reoffer = copy;
        leg->next_reoffer_len = sdp.len;
        return 0;
    }
    zv_free(leg->reoffer);
    leg->reoffer = copy;
    leg->reoffer_len = sdp.len;
    leg->glare_rounds = 0;
    int err = send_or_wait(leg, now_us);
    zv_sip_sweep(sip);
    return err;
}

/* Without memory the timer tries again. */
void zv_sip_leg_refresh_by_invite(struct zv_sip_leg *leg, int64_t now_us)
{
    leg->reoffer = zv_strndup(leg->session.sdp, leg->session.sdp_len);
    if (!leg->reoffer)
        return;
    leg->reoffer_len = leg->session.sdp_len;
    leg->is_refresh = true;
    if (send(leg, now_us))
        zv_sip_leg_stop_reoffer(leg, now_us);
}
