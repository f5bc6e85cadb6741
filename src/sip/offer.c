/*
 * Their offers within the dialog: re-INVITE (RFC 3261 §14.2) and UPDATE (RFC 3311). One at a time,
 * handed up for its answer; whatever comes meanwhile is told to come again.
 *
 * An early dialog takes an UPDATE once a reliable 18x has answered our offer (RFC 3311 §5.1), and
 * only of the fork that is heard; theirs, which the 2xx answers, is not settled before that.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

/* How long our caller may take for an answer. The far end's patience is Timer B, 32 s. */
#define OFFER_TIMEOUT_US ZV_SECONDS(20)
/* Pause before a re-offer of ours goes on that their offer had interrupted. */
#define RESUME_US ZV_SECONDS(1)

/* The status that refuses an offer because of what goes on already, or 0. */
static uint16_t check_state(const struct zv_sip_leg *leg)
{
    if (leg->state == ZV_SIP_LEG_LEAVING || leg->state == ZV_SIP_LEG_ENDED)
        return 481;
    if (leg->state == ZV_SIP_LEG_RINGING || leg->offer == ZV_SIP_OFFER_REMOTE)
        return 500;
    if (leg->state != ZV_SIP_LEG_CONFIRMED || leg->accepted || leg->offer == ZV_SIP_OFFER_LOCAL)
        return 491;
    return 0;
}

static uint16_t check_early(const struct zv_sip_leg *leg, const struct zv_sip_leg_dialog *dialog,
                            enum zv_sip_method method)
{
    bool is_settled = leg->state == ZV_SIP_LEG_PROCEEDING && dialog->is_early &&
                      dialog->has_answer && !dialog->prack && leg->heard == dialog;
    if (method != ZV_SIP_METHOD_UPDATE || !is_settled || leg->end_cause != ZV_SIP_CAUSE_NONE)
        return 491;
    return leg->offer == ZV_SIP_OFFER_REMOTE ? 500 : 0;
}

static uint16_t check_body(const struct zv_sip_msg *msg, struct zv_str *ret_sdp)
{
    switch (zv_sip_msg_sdp(msg, ret_sdp)) {
    case 0:
        return 0;
    case ZV_E_UNSUPPORTED:
        return 415;
    case ZV_E_LIMIT:
        return 413;
    default:
        return 400;
    }
}

static void refuse(struct zv_sip_leg *leg, struct zv_sip_server *server, uint16_t status,
                   int64_t now_us)
{
    struct zv_sip_reply reply = {.status = status};
    if (status == 500) /* §14.2: 0-10 s */
        reply.retry_after_s = 1 + zv_rand_u32(&leg->sip->cfg.rand) % 10;
    leg->sip->counts.refused++;
    if (zv_sip_reply_send(leg->sip, server, &reply, now_us, NULL))
        zv_sip_server_kill(leg->sip, server);
}

/* The session stays, the target moves. */
static void refresh_only(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                         const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    struct zv_sip_reply reply = {.status = 200, .contact_user = zv_str(dialog->value.contact_user)};
    bool is_timed = leg->dialog == dialog && leg->state == ZV_SIP_LEG_CONFIRMED;
    zv_sip_leg_dialog_refresh(dialog, msg);
    if (is_timed)
        zv_sip_session_answer(leg->sip, &dialog->value, msg, &reply);
    if (zv_sip_reply_send(leg->sip, server, &reply, now_us, NULL))
        zv_sip_server_kill(leg->sip, server);
    else if (is_timed)
        zv_sip_leg_set_session(leg, &reply, now_us);
}

static void hand_up(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, struct zv_str sdp,
                    int64_t now_us)
{
    struct zv_sip_reply trying = {.status = 100};
    leg->offer = ZV_SIP_OFFER_REMOTE;
    zv_sip_timer_arm(leg->sip, &leg->offer_timer, now_us + OFFER_TIMEOUT_US);
    if (msg->method == ZV_SIP_METHOD_INVITE &&
        zv_sip_reply_send(leg->sip, leg->server, &trying, now_us, NULL))
        leg->sip->counts.no_memory++;
    struct zv_sip_out_node *node = zv_sip_leg_event(leg, ZV_SIP_OUT_OFFER, sdp, now_us);
    if (!node)
        return;
    node->out.by_update = msg->method == ZV_SIP_METHOD_UPDATE;
    zv_sip_out_push(leg->sip, node);
}

void zv_sip_on_offer(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                     const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    struct zv_str sdp = {0};
    uint16_t status =
        leg->dialog == dialog ? check_state(leg) : check_early(leg, dialog, msg->method);
    if (status != 481 && zv_sip_session_is_too_short(msg)) {
        refuse(leg, server, 422, now_us);
        return;
    }
    if (status != 481 && msg->method == ZV_SIP_METHOD_UPDATE && !msg->body.len) {
        refresh_only(dialog, server, msg, now_us);
        return;
    }
    if (!status)
        status = check_body(msg, &sdp);
    if (status) {
        refuse(leg, server, status, now_us);
        return;
    }
    leg->offerer = dialog;
    leg->server = server;
    leg->server_cseq = msg->cseq;
    server->user = leg;
    hand_up(leg, msg, sdp, now_us);
}

static void offer_over(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    leg->server = NULL;
    leg->offer = leg->reoffer ? ZV_SIP_OFFER_PAUSED : ZV_SIP_OFFER_NONE;
    if (leg->reoffer)
        zv_sip_timer_arm(sip, &leg->offer_timer, now_us + RESUME_US);
    else
        zv_sip_timer_stop(sip, &leg->offer_timer);
}

void zv_sip_leg_refuse_offer(struct zv_sip_leg *leg, uint16_t status, int64_t now_us)
{
    struct zv_sip_server *server = leg->server;
    offer_over(leg, now_us);
    refuse(leg, server, status, now_us);
}

/* What a refresh by re-INVITE says again, should this fork answer. Without memory that is our
 * offer, as it was before. */
static void keep_said(struct zv_sip_leg_dialog *dialog, struct zv_str sdp)
{
    char *copy = zv_strndup(sdp.p, sdp.len);
    if (!copy)
        return;
    zv_free(dialog->said);
    dialog->said = copy;
    dialog->said_len = sdp.len;
}

static int accept_update(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, struct zv_str sdp,
                         int64_t now_us)
{
    struct zv_sip_reply reply = {
        .status = 200,
        .contact_user = zv_str(leg->offerer->value.contact_user),
        .sdp = sdp,
    };
    bool is_timed = leg->dialog == leg->offerer;
    if (is_timed)
        zv_sip_session_answer(leg->sip, &leg->dialog->value, msg, &reply);
    int err = zv_sip_reply_send(leg->sip, leg->server, &reply, now_us, NULL);
    if (!err && is_timed) {
        zv_sip_leg_keep_session(leg, sdp);
        zv_sip_leg_set_session(leg, &reply, now_us);
    } else if (!err) {
        keep_said(leg->offerer, sdp);
    }
    return err;
}

/* A 2xx to the INVITE that says nothing means this one now. Without memory it means what was said
 * before, and the far end will say so again. */
static void offer_taken(struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg)
{
    struct zv_str sdp;
    zv_sip_leg_dialog_refresh(dialog, msg);
    if (dialog->is_early && !zv_sip_msg_sdp(msg, &sdp) && sdp.len)
        zv_sip_leg_dialog_keep_sdp(dialog, sdp);
}

/* Their Contact counts from our 2xx on (§12.2.2); it lies in the request that is kept till then. */
static int accept_offer(struct zv_sip_leg *leg, struct zv_str sdp, int64_t now_us)
{
    struct zv_sip_msg msg;
    struct zv_sip_packet *request = leg->server->request;
    if (zv_sip_msg_parse(request->bytes, request->len, &msg))
        return ZV_E_INTERNAL;
    zv_sip_packet_ref(request);
    int err = msg.method == ZV_SIP_METHOD_INVITE ? zv_sip_leg_accept(leg, sdp, now_us)
                                                 : accept_update(leg, &msg, sdp, now_us);
    if (!err)
        offer_taken(leg->offerer, &msg);
    zv_sip_packet_unref(request);
    return err;
}

void zv_sip_leg_lose_offer(struct zv_sip_leg *leg, uint16_t status, int64_t now_us)
{
    zv_sip_leg_refuse_offer(leg, status, now_us);
    struct zv_sip_out_node *node =
        zv_sip_leg_event(leg, ZV_SIP_OUT_OFFER_GONE, (struct zv_str){0}, now_us);
    if (node)
        zv_sip_out_push(leg->sip, node);
}

/* Who waits for a person may say so to an UPDATE (RFC 3311 §5.2). */
void zv_sip_leg_on_offer_timer(struct zv_sip_leg *leg, int64_t now_us)
{
    bool is_invite = leg->server->tx.kind == ZV_SIP_TX_INVITE_SERVER;
    zv_sip_leg_lose_offer(leg, is_invite ? 500 : 504, now_us);
}

int zv_sip_reply_offer(struct zv_sip *sip, uint64_t id, uint16_t status, struct zv_str sdp,
                       int64_t now_us)
{
    struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    if (leg->offer != ZV_SIP_OFFER_REMOTE)
        return ZV_E_STATE;
    if (status < 200 || status > 699 || sdp.len > ZV_MAX_SDP_BYTES)
        return ZV_E_INVAL;
    int err = 0;
    if (status >= 300)
        zv_sip_leg_refuse_offer(leg, status, now_us);
    else if (!(err = accept_offer(leg, sdp, now_us)))
        offer_over(leg, now_us);
    zv_sip_sweep(sip);
    return err;
}
