/*
 * BYE, both ways (RFC 3261 §15), and hanging up, which is a different request in every state.
 */
#include "base/err.h"
#include "sip/leg.h"

static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    struct zv_sip_leg *leg = dialog->leg;
    struct zv_str target = zv_str(dialog->value.remote_target);
    zv_sip_request_head(req, b, target);
    zv_sip_dialog_build(&dialog->value, b, ZV_SIP_METHOD_BYE,
                        zv_sip_request_next_cseq(req, &dialog->value.local_cseq));
    if (leg->account)
        zv_sip_account_write_auth(leg->account, &leg->auths, req, b, target);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
    *ret_body = (struct zv_str){0};
}

/* The BYE is through, one way or another. */
static void bye_over(struct zv_sip_leg_dialog *dialog, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    dialog->bye = zv_sip_request_drop(dialog->bye);
    zv_sip_leg_dialog_over(dialog);
    if (leg->dialog == dialog && leg->state == ZV_SIP_LEG_LEAVING)
        zv_sip_leg_end(leg, leg->end_cause, NULL, now_us);
    else
        zv_sip_leg_settle(leg);
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    struct zv_sip_leg *leg = dialog->leg;
    if (msg->status < 200)
        return;
    if ((msg->status == 401 || msg->status == 407) &&
        !zv_sip_account_take_challenge(leg->account, &leg->auths, req, msg, true))
        zv_sip_request_again(req, now_us);
    else
        bye_over(dialog, now_us);
}

/* Who hung up waits for one silence, not for two. */
static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    struct zv_sip_leg *leg = dialog->leg;
    if (!zv_sip_leg_dialog_go_elsewhere(dialog, req, cause, now_us))
        bye_over(dialog, now_us);
    else if (cause == ZV_SIP_CAUSE_TIMEOUT && leg->dialog == dialog &&
             leg->state == ZV_SIP_LEG_LEAVING)
        zv_sip_leg_end(leg, leg->end_cause, NULL, now_us);
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
};

void zv_sip_leg_dialog_bye(struct zv_sip_leg_dialog *dialog, int64_t now_us)
{
    if (dialog->bye)
        return;
    if (dialog->is_over) {
        bye_over(dialog, now_us);
        return;
    }
    struct zv_sip_request *req =
        zv_sip_request_new(dialog->leg->sip, &ops, dialog, ZV_SIP_METHOD_BYE);
    dialog->bye = req;
    if (!req || zv_sip_leg_dialog_start(dialog, req, now_us))
        bye_over(dialog, now_us);
}

void zv_sip_leg_bye(struct zv_sip_leg *leg, int64_t now_us)
{
    leg->state = ZV_SIP_LEG_LEAVING;
    zv_sip_leg_stop_reoffer(leg, now_us);
    zv_sip_leg_stop_info(leg);
    zv_sip_leg_drop_digits(leg);
    zv_sip_leg_stop_session(leg);
    zv_sip_timer_stop(leg->sip, &leg->guard);
    zv_sip_leg_dialog_bye(leg->dialog, now_us);
}

void zv_sip_leg_dialog_lost(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    zv_sip_leg_dialog_bye(leg->dialog, now_us);
    zv_sip_leg_end(leg, ZV_SIP_CAUSE_DIALOG_GONE, msg, now_us);
}

void zv_sip_on_bye(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                   const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    enum zv_sip_cause cause = ZV_SIP_CAUSE_REMOTE_BYE;
    zv_sip_reply_final(leg->sip, server, 200, leg->local_tag, now_us);
    dialog->bye = zv_sip_request_drop(dialog->bye);
    zv_sip_leg_dialog_over(dialog);
    if (leg->state == ZV_SIP_LEG_RINGING)
        cause = ZV_SIP_CAUSE_REMOTE_CANCEL;
    if (leg->end_cause != ZV_SIP_CAUSE_NONE)
        cause = leg->end_cause;
    if (leg->dialog == dialog && leg->state != ZV_SIP_LEG_ENDED)
        zv_sip_leg_end(leg, cause, msg, now_us);
    else
        zv_sip_leg_settle(leg);
}

static void hang_up(struct zv_sip_leg *leg, int64_t now_us)
{
    if (leg->end_cause != ZV_SIP_CAUSE_NONE)
        return;
    leg->end_cause = ZV_SIP_CAUSE_LOCAL;
    switch (leg->state) {
    case ZV_SIP_LEG_CALLING: /* CANCEL waits for a provisional, which Timer B bounds (§9.1) */
        leg->invite->no_failover = true;
        if (!leg->invite->client)
            zv_sip_leg_end(leg, ZV_SIP_CAUSE_LOCAL, NULL, now_us);
        break;
    case ZV_SIP_LEG_PROCEEDING:
        zv_sip_leg_cancel(leg, now_us);
        break;
    case ZV_SIP_LEG_RINGING:
        zv_sip_leg_reject(leg, 480, now_us);
        break;
    case ZV_SIP_LEG_CONFIRMED:
        zv_sip_leg_bye(leg, now_us);
        break;
    case ZV_SIP_LEG_ACCEPTED: /* BYE waits for the ACK or its time-out (§15) */
    case ZV_SIP_LEG_LEAVING:
    case ZV_SIP_LEG_ENDED:
        break;
    }
}

int zv_sip_hangup(struct zv_sip *sip, uint64_t id, int64_t now_us)
{
    struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    hang_up(leg, now_us);
    zv_sip_sweep(sip);
    return 0;
}
