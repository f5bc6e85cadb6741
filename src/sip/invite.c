/*
 * The INVITE that we send (RFC 3261 §13.2): early dialogs from its provisionals, the call from its
 * first 2xx, and an ACK and a BYE for every 2xx of another fork.
 *
 * Each fork may describe a session of its own. The newest is handed up: of forks that are tried one
 * after the other it is the one that still lives, and of those that ring together one is as good as
 * another. What the fork that answers had said stands in for a 2xx that says nothing, so that media
 * go to whoever answered; where it had said nothing and another one had, there is no call to be
 * had of it, least of all with another's media. A description that a fork only repeats is not
 * handed up again, or two forks that repeat their 183 would take the media from each other.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

#include <string.h>

/* Provisionals that are told of one INVITE. A proxy repeats one each minute (§13.3.1.1), forks
 * bring some each; more are a far end that means no good, and change nothing any more. */
#define MAX_PROGRESS 64

/* The Contact of a call is not that of the registration: who was called once, or called us, must
 * not learn the address by which the account is reached. The leg's tag is as random. */
static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_leg *leg = req->owner;
    const struct zv_sip_account *account = leg->account;
    const struct zv_sip_invitation *plan = leg->invitation;
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf uri = zv_buf(memory, sizeof(memory));
    struct zv_sip_build_addr from = {
        .display = plan->display, .uri = account->aor, .tag = leg->local_tag};
    struct zv_sip_build_addr to = {.uri = plan->uri};
    zv_sip_write_contact(&uri, leg->local_tag, &req->flow, false);
    struct zv_sip_build_addr contact = {.uri = zv_buf_str(&uri)};
    struct zv_str target = zv_sip_leg_request_uri(leg);
    zv_sip_request_head(req, b, target);
    if (!zv_sip_leg_is_elsewhere(leg))
        zv_sip_account_build_routes(account, b);
    zv_sip_build_addr(b, ZV_SIP_HEADER_FROM, &from);
    zv_sip_build_addr(b, ZV_SIP_HEADER_TO, &to);
    zv_sip_build_call_id(b, leg->call_id);
    zv_sip_build_cseq(b, zv_sip_request_next_cseq(req, &leg->cseq), ZV_STR_LIT("INVITE"));
    zv_sip_build_addr(b, ZV_SIP_HEADER_CONTACT, &contact);
    zv_sip_build_text(b, ZV_SIP_HEADER_ALLOW, ZV_STR_LIT(ZV_SIP_ALLOW));
    zv_sip_leg_write_session(leg, b);
    for (size_t i = 0; i < plan->extra_count; i++)
        zv_sip_build_extension(b, plan->extra[i].name, plan->extra[i].value);
    zv_sip_account_write_auth(account, &leg->auths, req, b, target);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
    *ret_body = plan->sdp;
}

static void final_came(struct zv_sip_leg *leg)
{
    zv_sip_timer_stop(leg->sip, &leg->guard);
    leg->invitation = zv_free(leg->invitation);
}

/* A PRACK went out within it, or a request came in; or only its 18x had Allow. */
static void keep_learnt(struct zv_sip_dialog *value, const struct zv_sip_dialog *before)
{
    value->local_cseq = ZV_MAX(value->local_cseq, before->local_cseq);
    value->remote_cseq = before->remote_cseq;
    value->has_remote_cseq = before->has_remote_cseq;
    value->allows_update |= before->allows_update;
}

/* The dialog of a response, made where there is none yet; of a reliable provisional also where that
 * costs the oldest early one its place: without its PRACK a fork gives up (RFC 3262 §3). NULL: it
 * cannot be kept. */
static struct zv_sip_leg_dialog *dialog_of(struct zv_sip_leg *leg, const struct zv_sip_msg *msg)
{
    struct zv_sip_leg_dialog *dialog = zv_sip_leg_dialog_find(leg, msg->to_tag);
    struct zv_sip_dialog value;
    struct zv_sip_dialog_start start = {
        .contact_user = leg->local_tag,
        .flow = &leg->invite->flow,
    };
    if (dialog && !dialog->is_early)
        return dialog;
    if (zv_sip_dialog_from_response(msg, &start, &value))
        return NULL;
    if (!dialog && zv_sip_is_reliable(msg) && leg->dialog_count >= ZV_SIP_MAX_FORKS)
        zv_sip_leg_drop_oldest(leg);
    if (dialog) {
        keep_learnt(&value, &dialog->value);
        dialog->value = value;
    } else if (leg->dialog_count < ZV_SIP_MAX_FORKS) {
        /* It may be one that was dropped when another fork answered, and had a PRACK. */
        value.local_cseq = ZV_MAX(value.local_cseq, leg->dropped_cseq);
        dialog = zv_sip_leg_dialog_new(leg, &value);
    }
    if (dialog)
        dialog->is_early = msg->status < 200;
    return dialog;
}

static void drop_early(struct zv_sip_leg *leg, int64_t now_us)
{
    if (leg->offer == ZV_SIP_OFFER_REMOTE && leg->offerer->is_early)
        zv_sip_leg_lose_offer(leg, 481, now_us);
    ZV_LIST_EACH (node, &leg->dialogs) {
        struct zv_sip_leg_dialog *dialog = ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node);
        if (dialog->is_early)
            zv_sip_leg_dialog_drop(dialog);
    }
}

/* What is new in a provisional's description. A body that cannot be used spoils no provisional: it
 * may have come by mistake. */
static struct zv_str early_sdp(struct zv_sip_leg *leg, struct zv_sip_leg_dialog *dialog,
                               const struct zv_sip_msg *msg)
{
    struct zv_str sdp;
    if (zv_sip_msg_sdp(msg, &sdp) || !sdp.len)
        return (struct zv_str){0};
    if (!dialog) /* of an RFC 2543 peer, or without a Contact */
        return sdp;
    dialog->has_answer |= zv_sip_is_reliable(msg);
    if (!zv_sip_leg_dialog_keep_sdp(dialog, sdp))
        return (struct zv_str){0};
    leg->heard = dialog;
    return sdp;
}

static void on_provisional(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    struct zv_sip_leg_dialog *dialog = NULL;
    struct zv_str sdp;
    if (leg->state == ZV_SIP_LEG_CALLING) {
        leg->state = ZV_SIP_LEG_PROCEEDING;
        zv_sip_timer_arm(sip, &leg->guard, now_us + sip->cfg.max_ringing_us);
    }
    if (leg->end_cause != ZV_SIP_CAUSE_NONE) {
        zv_sip_leg_cancel(leg, now_us);
        return;
    }
    if (msg->status == 100)
        return;
    if (leg->progress_count >= MAX_PROGRESS) {
        sip->counts.unmatched++;
        return;
    }
    leg->progress_count++;
    if (msg->to_tag.len)
        dialog = dialog_of(leg, msg);
    if (zv_sip_is_reliable(msg) && !(dialog && zv_sip_leg_dialog_prack(dialog, msg, now_us)))
        return;
    sdp = early_sdp(leg, dialog, msg);
    struct zv_sip_out_node *node = zv_sip_leg_event(leg, ZV_SIP_OUT_PROGRESS, sdp, now_us);
    if (!node)
        return;
    zv_sip_out_set_status(node, msg);
    zv_sip_out_push(sip, node);
}

/* What the fork that answers says. Where a reliable provisional had answered our offer, that and
 * later UPDATEs count, and the 2xx at most repeats it (§13.2.1, RFC 6337 §3.1.1). ZV_E_NOTFOUND: it
 * never said anything; ZV_E_PARSE. */
static int answer_of(const struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg,
                     struct zv_str *ret_sdp)
{
    struct zv_str said = zv_str_n(dialog->sdp, dialog->sdp_len);
    int err = 0;
    *ret_sdp = (struct zv_str){0};
    if (!dialog->has_answer || !said.len)
        err = zv_sip_msg_sdp(msg, ret_sdp);
    if (!err && !ret_sdp->len)
        *ret_sdp = said;
    return err || ret_sdp->len ? err : ZV_E_NOTFOUND;
}

/* The first 2xx. */
static void answered(struct zv_sip_leg *leg, struct zv_sip_leg_dialog *dialog,
                     const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_str sdp;
    int err = answer_of(dialog, msg, &sdp);
    if (err == ZV_E_NOTFOUND && (!leg->heard || leg->heard == dialog))
        err = 0; /* nobody has said anything: our caller judges that */
    leg->dialog = dialog;
    drop_early(leg, now_us);
    if (leg->state == ZV_SIP_LEG_ENDED)
        return;
    zv_sip_leg_keep_session(leg, dialog->said ? zv_str_n(dialog->said, dialog->said_len)
                                              : leg->invitation->sdp);
    zv_sip_leg_take_session(leg, msg, now_us);
    final_came(leg);
    leg->state = ZV_SIP_LEG_CONFIRMED;
    zv_sip_leg_dialog_ack(dialog, msg->cseq, now_us);
    if (leg->state == ZV_SIP_LEG_ENDED)
        return;
    if (err && leg->end_cause == ZV_SIP_CAUSE_NONE)
        leg->end_cause = ZV_SIP_CAUSE_PROTOCOL;
    if (leg->end_cause != ZV_SIP_CAUSE_NONE) {
        zv_sip_leg_bye(leg, now_us);
        return;
    }
    struct zv_sip_out_node *node = zv_sip_leg_event(leg, ZV_SIP_OUT_ANSWERED, sdp, now_us);
    if (!node)
        return;
    zv_sip_out_set_status(node, msg);
    zv_sip_out_push(leg->sip, node);
}

static void on_success(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    if (!leg->dialog && leg->dialog_count >= ZV_SIP_MAX_FORKS &&
        !zv_sip_leg_dialog_find(leg, msg->to_tag))
        drop_early(leg, now_us);
    struct zv_sip_leg_dialog *dialog = dialog_of(leg, msg);
    if (dialog && dialog->ack_cseq) {
        /* Repeated. After a re-INVITE the first ACK is not kept any more, nor needed: they went on.
         */
        if (dialog->ack_cseq == msg->cseq)
            zv_sip_leg_dialog_ack(dialog, msg->cseq, now_us);
    } else if (dialog && !leg->dialog && leg->state != ZV_SIP_LEG_ENDED) {
        answered(leg, dialog, msg, now_us);
    } else if (dialog) {
        zv_sip_leg_dialog_ack(dialog, msg->cseq, now_us);
        zv_sip_leg_dialog_bye(dialog, now_us);
    } else if (!leg->dialog) {
        /* It answers and cannot be told to stop: its own timer for the ACK ends it. */
        zv_sip_leg_end(leg, ZV_SIP_CAUSE_PROTOCOL, msg, now_us);
    } else {
        leg->sip->counts.unmatched++;
    }
}

/* The next response is that of a new attempt: CANCEL waits for its first provisional. */
static void begin_again(struct zv_sip_leg *leg, int64_t now_us)
{
    drop_early(leg, now_us);
    if (leg->state == ZV_SIP_LEG_ENDED)
        return;
    leg->state = ZV_SIP_LEG_CALLING;
    zv_sip_timer_stop(leg->sip, &leg->guard);
}

static void refused(struct zv_sip_leg *leg, enum zv_sip_cause cause, const struct zv_sip_msg *msg,
                    int64_t now_us)
{
    bool may_go_on = cause != ZV_SIP_CAUSE_AUTH && cause != ZV_SIP_CAUSE_INTERNAL;
    if (may_go_on && zv_sip_leg_redirect(leg, msg, now_us)) {
        begin_again(leg, now_us);
        return;
    }
    final_came(leg);
    drop_early(leg, now_us);
    if (leg->end_cause != ZV_SIP_CAUSE_NONE)
        cause = leg->end_cause;
    zv_sip_leg_end(leg, cause, msg, now_us);
}

static void invite_again(struct zv_sip_leg *leg, int64_t now_us)
{
    begin_again(leg, now_us);
    if (leg->state != ZV_SIP_LEG_ENDED)
        zv_sip_request_again(leg->invite, now_us);
}

static void challenged(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    int err = ZV_E_STATE;
    if (leg->end_cause == ZV_SIP_CAUSE_NONE)
        err = zv_sip_account_take_challenge(leg->account, &leg->auths, leg->invite, msg,
                                            zv_sip_leg_is_elsewhere(leg));
    if (err) {
        refused(leg, zv_sip_account_auth_cause(err), msg, now_us);
        return;
    }
    invite_again(leg, now_us);
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (msg->status < 200)
        on_provisional(leg, msg, now_us);
    else if (msg->status < 300)
        on_success(leg, msg, now_us);
    else if (msg->status == 401 || msg->status == 407)
        challenged(leg, msg, now_us);
    else if (msg->status == 422 && leg->end_cause == ZV_SIP_CAUSE_NONE &&
             zv_sip_leg_raise_session(leg, msg))
        invite_again(leg, now_us);
    else if (msg->status == 403 && req->auth_rounds > 0)
        refused(leg, ZV_SIP_CAUSE_AUTH, msg, now_us);
    else
        refused(leg, ZV_SIP_CAUSE_REJECTED, msg, now_us);
}

static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    refused(req->owner, cause, NULL, now_us);
}

static void on_next_target(struct zv_sip_request *req, int64_t now_us)
{
    begin_again(req->owner, now_us);
}

static void on_over(struct zv_sip_request *req, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    (void)now_us;
    leg->invite = zv_sip_request_drop(req);
    zv_sip_leg_settle(leg);
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
    .on_next_target = on_next_target,
    .on_over = on_over,
};

/* Writes it once to nowhere: what cannot stand in SIP is refused now, not when the name is
 * resolved. */
static int rehearse(struct zv_sip_leg *leg)
{
    struct zv_sip_builder b;
    struct zv_str body, message;
    struct zv_sip_request *req = leg->invite;
    uint32_t cseq = leg->cseq;
    req->flow = (struct zv_sip_flow){.transport = ZV_SIP_UDP};
    req->flow.local = (struct zv_addr){.family = ZV_ADDR_IPV4, .port = 5060};
    req->flow.remote = req->flow.local;
    memcpy(req->branch, ZV_SIP_BRANCH_COOKIE "x", sizeof(ZV_SIP_BRANCH_COOKIE "x"));
    zv_sip_scratch(leg->sip, &b);
    build(req, &b, &body);
    leg->cseq = cseq;
    int err = zv_sip_build_finish(&b, zv_sip_sdp_type(body), body, &message);
    return err ? ZV_E_INVAL : 0;
}

static int start(struct zv_sip_leg *leg, const struct zv_sip_invite_cfg *cfg, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    struct zv_sip_hop hop = zv_sip_account_call_hop(leg->account);
    int err = zv_sip_leg_plan_invitation(leg, cfg);
    if (err)
        return err;
    leg->invite = zv_sip_request_new(sip, &ops, leg, ZV_SIP_METHOD_INVITE);
    if (!leg->invite)
        return ZV_E_NOMEM;
    leg->invite->leg = leg->id;
    leg->invite->account = leg->account->id;
    err = rehearse(leg);
    if (err)
        return err;
    return zv_sip_request_start(leg->invite, &hop, now_us + 64 * sip->cfg.t1_us, now_us);
}

int zv_sip_invite(struct zv_sip *sip, uint64_t id, const struct zv_sip_invite_cfg *cfg,
                  int64_t now_us)
{
    char call_id[ZV_SIP_CALL_ID_BYTES + 1], tag[ZV_SIP_TAG_BYTES + 1];
    struct zv_sip_account *account = zv_sip_account_find(sip, cfg->account);
    struct zv_sip_again again = {0};
    struct zv_sip_leg *leg;
    if (!account)
        return ZV_E_GONE;
    if (cfg->again.len && zv_sip_again_parse(cfg->again, &again))
        return ZV_E_INVAL;
    if (!id || (id & ZV_SIP_LEG_INCOMING) || cfg->extra_count > ZV_SIP_MAX_EXTRA_HEADERS ||
        !cfg->sdp.len || cfg->sdp.len > ZV_MAX_SDP_BYTES)
        return ZV_E_INVAL;
    zv_rand_token(&sip->cfg.rand, call_id, ZV_SIP_CALL_ID_BYTES);
    zv_rand_token(&sip->cfg.rand, tag, ZV_SIP_TAG_BYTES);
    struct zv_sip_leg_cfg leg_cfg = {
        .id = id,
        .account = account,
        .call_id = again.call_id.len ? again.call_id : zv_str(call_id),
        .local_tag = again.tag.len ? again.tag : zv_str(tag),
        .state = ZV_SIP_LEG_CALLING,
    };
    int err = zv_sip_leg_new(sip, &leg_cfg, &leg);
    if (err)
        return err;
    leg->cseq = again.cseq;
    err = start(leg, cfg, now_us);
    if (err)
        zv_sip_leg_drop(leg);
    zv_sip_sweep(sip);
    return err;
}
