/*
 * Requests within a dialog (RFC 3261 §12.2.2): found by Call-ID and both tags, in the order of
 * their CSeq, and each absorbed by a transaction, since a repetition would look like one out of
 * order.
 */
#include "base/err.h"
#include "sip/leg.h"

/*
 * Requests of theirs within one call in 64*T1, which is how long the transaction of each is kept
 * (Timer J, Timer H): a far end that asks without end would fill the table that all calls share.
 * Ten in a second are more than digits and wishes for key frames by INFO come to. The BYE still
 * gets through, some times: it may be for a dialog that has no session yet, and is refused then.
 */
#define MAX_REQUESTS 320
#define MORE_BYES    16

static void reply(struct zv_sip_leg *leg, struct zv_sip_server *server, uint16_t status,
                  int64_t now_us)
{
    leg->sip->counts.refused += status >= 300;
    zv_sip_reply_final(leg->sip, server, status, leg->local_tag, now_us);
}

static void dispatch(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                     const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    /* An early dialog of ours has no session yet that they could change or end (§15). */
    bool is_too_early = leg->dialog != dialog && dialog->is_early;
    switch (msg->method) {
    case ZV_SIP_METHOD_BYE:
        if (is_too_early)
            reply(leg, server, 481, now_us);
        else
            zv_sip_on_bye(dialog, server, msg, now_us);
        break;
    case ZV_SIP_METHOD_INVITE:
    case ZV_SIP_METHOD_UPDATE:
        zv_sip_on_offer(dialog, server, msg, now_us);
        break;
    case ZV_SIP_METHOD_OPTIONS:
        reply(leg, server, 200, now_us);
        break;
    case ZV_SIP_METHOD_PRACK:
        zv_sip_on_prack(dialog, server, msg, now_us);
        break;
    case ZV_SIP_METHOD_INFO:
        zv_sip_on_info(dialog, server, msg, now_us);
        break;
    case ZV_SIP_METHOD_OTHER:
        reply(leg, server, 501, now_us);
        break;
    default:
        reply(leg, server, 405, now_us);
        break;
    }
}

/* Whoever has answered may change the session at once, and that may come before the answer; on a
 * 481 it would hang up (RFC 5407 §3.1). */
static bool overtakes_answer(const struct zv_sip_leg *leg, const struct zv_sip_msg *msg)
{
    bool is_offer = msg->method == ZV_SIP_METHOD_INVITE || msg->method == ZV_SIP_METHOD_UPDATE;
    return is_offer && (leg->state == ZV_SIP_LEG_CALLING || leg->state == ZV_SIP_LEG_PROCEEDING);
}

static bool has_room(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    uint32_t room = MAX_REQUESTS + (msg->method == ZV_SIP_METHOD_BYE ? MORE_BYES : 0);
    if (now_us - leg->asked_since_us >= 64 * leg->sip->cfg.t1_us) {
        leg->asked_since_us = now_us;
        leg->asked = 0;
    }
    if (leg->asked >= room)
        return false;
    leg->asked++;
    return true;
}

void zv_sip_on_dialog_request(struct zv_sip *sip, const struct zv_sip_msg *msg,
                              const struct zv_sip_flow *flow, int64_t now_us)
{
    struct zv_sip_server *server;
    struct zv_sip_leg *leg = zv_sip_leg_find_dialog(sip, msg);
    struct zv_sip_leg_dialog *dialog = leg ? zv_sip_leg_dialog_find(leg, msg->from_tag) : NULL;
    if (!dialog || dialog->is_over) {
        zv_sip_refuse(sip, msg, flow, leg && overtakes_answer(leg, msg) ? 491 : 481);
        return;
    }
    if (dialog->value.has_remote_cseq && msg->cseq <= dialog->value.remote_cseq) {
        zv_sip_refuse(sip, msg, flow, 500);
        return;
    }
    int err = ZV_E_LIMIT;
    if (has_room(leg, msg, now_us))
        err = zv_sip_server_new(sip, msg, flow, 0, &server);
    if (err) {
        struct zv_sip_reply busy = {.status = 503, .retry_after_s = ZV_SIP_RETRY_AFTER_S};
        zv_sip_reply_stateless(sip, msg, flow, &busy);
        return;
    }
    dialog->value.remote_cseq = msg->cseq;
    dialog->value.has_remote_cseq = true;
    dispatch(dialog, server, msg, now_us);
}
