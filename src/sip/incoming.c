/*
 * An INVITE from outside any dialog (RFC 3261 §8.2, §13.3). Nothing is kept of one that is for
 * nobody here, or that cannot be understood: those are answered without state.
 */
#include "base/err.h"
#include "sip/leg.h"

/* User part as text: unescaped, or as it stands where that would not be fit to be shown. */
static struct zv_str user_text(struct zv_sip_out_node *node, const struct zv_sip_uri *uri)
{
    char memory[ZV_SIP_MAX_DIALOG_URI_BYTES];
    struct zv_buf user = zv_buf(memory, sizeof(memory));
    if (zv_sip_user_unescape(uri->user, &user))
        return zv_sip_out_node_text(node, uri->user);
    return zv_sip_out_node_text(node, zv_buf_str(&user));
}

static struct zv_str display_text(struct zv_sip_out_node *node, const struct zv_sip_name_addr *addr)
{
    char memory[ZV_MAX_VISIBLE_NAME_BYTES];
    struct zv_buf display = zv_buf(memory, sizeof(memory));
    if (zv_sip_name_addr_display(addr, &display) || display.overflow)
        return (struct zv_str){0};
    return zv_sip_out_node_text(node, zv_buf_str(&display));
}

static int tell(struct zv_sip_leg *leg, const struct zv_sip_msg *msg,
                const struct zv_sip_flow *flow, struct zv_str sdp)
{
    size_t cap = sdp.len + msg->from.uri.user.len + msg->to.uri.user.len + msg->call_id.len +
                 ZV_MAX_VISIBLE_NAME_BYTES;
    struct zv_sip_out_node *node = zv_sip_out_node_new(ZV_SIP_OUT_INCOMING, cap);
    if (!node)
        return ZV_E_NOMEM;
    node->out.leg = leg->id;
    node->out.account = leg->account->id;
    node->out.flow = *flow;
    node->out.sdp = zv_sip_out_node_text(node, sdp);
    node->out.caller = user_text(node, &msg->from.uri);
    node->out.callee = user_text(node, &msg->to.uri);
    node->out.call_id = zv_sip_out_node_text(node, msg->call_id);
    node->out.caller_display = display_text(node, &msg->from);
    zv_sip_out_push(leg->sip, node);
    return 0;
}

struct incoming {
    const struct zv_sip_msg *msg;
    const struct zv_sip_flow *flow;
    struct zv_sip_account *account;
    struct zv_str sdp;
    struct zv_sip_dialog dialog;
};

static int new_leg(struct zv_sip *sip, const struct incoming *in, struct zv_sip_leg **ret_leg)
{
    struct zv_sip_leg_cfg cfg = {
        .id = (sip->last_incoming + 1) | ZV_SIP_LEG_INCOMING,
        .account = in->account,
        .call_id = in->msg->call_id,
        .local_tag = zv_str(in->dialog.local_tag),
        .state = ZV_SIP_LEG_RINGING,
    };
    int err = zv_sip_leg_new(sip, &cfg, ret_leg);
    if (!err)
        sip->last_incoming++;
    return err;
}

/* Leg, transaction, dialog, the 100, the event; or nothing at all. */
static int take(struct zv_sip *sip, const struct incoming *in, int64_t now_us)
{
    struct zv_sip_reply trying = {.status = 100};
    struct zv_sip_leg *leg;
    int err = new_leg(sip, in, &leg);
    if (err)
        return err;
    leg->dialog = zv_sip_leg_dialog_new(leg, &in->dialog);
    err = leg->dialog ? zv_sip_server_new(sip, in->msg, in->flow, in->account->id, &leg->server)
                      : ZV_E_NOMEM;
    if (err)
        goto fail;
    leg->dialog->is_early = true;
    leg->server->user = leg;
    leg->server_cseq = in->msg->cseq;
    leg->is_offerless = !in->sdp.len;
    leg->reliable.is_required = zv_sip_is_reliable(in->msg);
    err = tell(leg, in->msg, in->flow, in->sdp);
    if (err)
        goto fail;
    zv_sip_timer_arm(sip, &leg->guard, now_us + sip->cfg.max_ringing_us);
    /* Unsent, it is only repeated INVITEs that it would have saved. */
    if (zv_sip_reply_send(sip, leg->server, &trying, now_us, NULL))
        sip->counts.no_memory++;
    return 0;
fail:
    zv_sip_leg_drop(leg);
    return err;
}

/* A media-range of Accept that has application/sdp in it (§20.1); a q of 0 is not looked for. */
static bool has_sdp(struct zv_str range)
{
    struct zv_str type;
    return zv_sip_split(&range, ';', &type) &&
           (zv_str_is_i(type, "application/sdp") || zv_str_is_i(type, "application/*") ||
            zv_str_is_i(type, "*/*"));
}

/* Our answer would be a session description. Without the header it may be; with an empty one, not.
 */
static bool accepts_sdp(const struct zv_sip_msg *msg)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_ACCEPT);
    struct zv_str range;
    if (!iter.field)
        return true;
    while (zv_sip_iter_text(&iter, &range)) {
        if (has_sdp(range))
            return true;
    }
    return false;
}

/* The status that refuses it, or 0. */
static uint16_t check(struct zv_sip *sip, struct incoming *in)
{
    char tag[ZV_SIP_TAG_BYTES + 1];
    struct zv_sip_dialog_start start = {.flow = in->flow};
    if (zv_sip_session_is_too_short(in->msg))
        return 422;
    /* RFC 5630 §5.3: what was to come in secret did not, so it is not taken as if it had. */
    if (in->msg->uri.scheme == ZV_SIP_SCHEME_SIPS && in->flow->transport != ZV_SIP_TLS)
        return 480;
    in->account = zv_sip_account_match(sip, in->msg, in->flow);
    if (!in->account)
        return 404;
    if (zv_sip_server_is_merged(sip, in->msg, in->account->id))
        return 482;
    if (!accepts_sdp(in->msg))
        return 406;
    switch (zv_sip_msg_sdp(in->msg, &in->sdp)) {
    case 0:
        break;
    case ZV_E_UNSUPPORTED:
        return 415;
    case ZV_E_LIMIT:
        return 413;
    default:
        return 400;
    }
    zv_rand_token(&sip->cfg.rand, tag, ZV_SIP_TAG_BYTES);
    start.local_tag = zv_str(tag);
    start.contact_user = start.local_tag; /* see invite.c */
    return zv_sip_dialog_from_request(in->msg, &start, &in->dialog) ? 400 : 0;
}

void zv_sip_on_invite(struct zv_sip *sip, const struct zv_sip_msg *msg,
                      const struct zv_sip_flow *flow, int64_t now_us)
{
    struct incoming in = {.msg = msg, .flow = flow};
    uint16_t status = check(sip, &in);
    if (status) {
        zv_sip_refuse(sip, msg, flow, status);
        return;
    }
    int err = take(sip, &in, now_us);
    if (err == ZV_E_PARSE) {
        zv_sip_refuse(sip, msg, flow, 400);
    } else if (err) {
        struct zv_sip_reply busy = {.status = 503, .retry_after_s = ZV_SIP_RETRY_AFTER_S};
        zv_sip_reply_stateless(sip, msg, flow, &busy);
    }
}
