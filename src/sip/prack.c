/*
 * Reliable provisionals of the far end (RFC 3262 §4): each is acknowledged by a PRACK, in the order
 * of their numbers, within the early dialog that it belongs to. What comes again, or before its
 * turn, or while the PRACK of the one before is on its way, is not looked at: the far end repeats
 * it until it is acknowledged.
 *
 * A PRACK that is refused or not answered ends nothing: whoever waits for it refuses the INVITE
 * (§3), and that ends the call. One that did not get there is sent anew when its provisional is.
 */
#include "base/err.h"
#include "sip/leg.h"

static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    struct zv_sip_leg *leg = dialog->leg;
    struct zv_str target = zv_str(dialog->value.remote_target);
    char memory[40];
    struct zv_buf rack = zv_buf(memory, sizeof(memory));
    zv_buf_printf(&rack, "%u %u INVITE", (unsigned)dialog->rseq, (unsigned)dialog->rseq_cseq);
    zv_sip_request_head(req, b, target);
    zv_sip_dialog_build(&dialog->value, b, ZV_SIP_METHOD_PRACK,
                        zv_sip_request_next_cseq(req, &dialog->value.local_cseq));
    zv_sip_build_text(b, ZV_SIP_HEADER_RACK, zv_buf_str(&rack));
    if (leg->account)
        zv_sip_account_write_auth(leg->account, &leg->auths, req, b, target);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
    *ret_body = (struct zv_str){0};
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    struct zv_sip_leg *leg = dialog->leg;
    if (msg->status < 200)
        return;
    if ((msg->status == 401 || msg->status == 407) && !dialog->bye &&
        !zv_sip_account_take_challenge(leg->account, &leg->auths, req, msg, true))
        zv_sip_request_again(req, now_us);
    else
        dialog->prack = zv_sip_request_drop(req);
}

static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_leg_dialog *dialog = req->owner;
    (void)cause;
    (void)now_us;
    dialog->prack = zv_sip_request_drop(req);
    dialog->rseq--; /* the provisional comes again, and is the next one again */
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
};

bool zv_sip_is_reliable(const struct zv_sip_msg *msg)
{
    return zv_sip_msg_has_token(msg, ZV_SIP_HEADER_REQUIRE, "100rel");
}

bool zv_sip_leg_dialog_prack(struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg,
                             int64_t now_us)
{
    struct zv_sip_request *req;
    uint32_t before = dialog->rseq, rseq;
    if (zv_sip_msg_u32(msg, ZV_SIP_HEADER_RSEQ, &rseq) || rseq == 0) {
        dialog->leg->sip->counts.malformed++;
        return false;
    }
    if (dialog->prack || (before && rseq != before + 1))
        return false;
    req = zv_sip_request_new(dialog->leg->sip, &ops, dialog, ZV_SIP_METHOD_PRACK);
    dialog->prack = req;
    dialog->rseq = rseq;
    dialog->rseq_cseq = msg->cseq;
    if (req && !zv_sip_leg_dialog_start(dialog, req, now_us))
        return true;
    dialog->prack = zv_sip_request_drop(req);
    dialog->rseq = before;
    return false;
}
