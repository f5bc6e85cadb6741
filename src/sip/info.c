/*
 * INFO within a dialog, both ways (RFC 6086 §4.2): no offer, no state of the session, so none of
 * it can change the call but a 481, which says that there is no call any more (RFC 5057 §5.1).
 * Silence is not taken for one, as RFC 3261 §12.2.1.2 would have it for other requests: phones that
 * drop an INFO that they do not know go on talking.
 */
#include "sip/info.h"

#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

#include <assert.h>

const char *zv_sip_info_media_type(enum zv_sip_info_type type)
{
    static const char *const names[] = {
#define X(id, media_type) media_type,
        ZV_SIP_INFO_LIST(X)
#undef X
    };
    return names[type];
}

/* ---- ours ---- */

static uint8_t bit_of(enum zv_sip_info_type type)
{
    return (uint8_t)(1u << type);
}
static_assert(ZV_SIP_INFO_COUNT <= 8, "a bit per type in zv_sip_leg_info.refused");

void zv_sip_leg_stop_info(struct zv_sip_leg *leg)
{
    leg->info.req = zv_sip_request_drop(leg->info.req);
    leg->info.body = zv_free_secret(leg->info.body, leg->info.body_len); /* it may hold a digit */
    leg->info.body_len = 0;
}

static void over(struct zv_sip_leg *leg, enum zv_sip_info_fate fate, uint16_t status,
                 int64_t now_us)
{
    zv_sip_leg_stop_info(leg);
    zv_sip_leg_on_info_over(leg, leg->info.type, fate, status, now_us);
}

static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_leg *leg = req->owner;
    struct zv_sip_dialog *dialog = &leg->dialog->value;
    struct zv_str target = zv_str(dialog->remote_target);
    zv_sip_request_head(req, b, target);
    zv_sip_dialog_build(dialog, b, ZV_SIP_METHOD_INFO,
                        zv_sip_request_next_cseq(req, &dialog->local_cseq));
    if (leg->account)
        zv_sip_account_write_auth(leg->account, &leg->info.auths, req, b, target);
    zv_sip_build_user_agent(req->sip, b, ZV_SIP_HEADER_USER_AGENT);
    *ret_body = zv_str_n(leg->info.body, leg->info.body_len);
}

/* `msg`: the refusal; NULL: there was no answer, for that cause. */
static void tell_refusal(struct zv_sip_leg *leg, enum zv_sip_cause cause,
                         const struct zv_sip_msg *msg)
{
    struct zv_sip_out_node *node =
        zv_sip_out_node_new(ZV_SIP_OUT_INFO_REFUSED, ZV_SIP_MAX_REASON_BYTES);
    if (!node) {
        leg->sip->counts.no_memory++; /* the call does not hang on this */
        return;
    }
    node->out.leg = leg->id;
    node->out.account = leg->account ? leg->account->id : 0;
    node->out.info = leg->info.type;
    node->out.cause = cause;
    if (msg)
        zv_sip_out_set_status(node, msg);
    zv_sip_out_push(leg->sip, node);
}

static void refused(struct zv_sip_leg *leg, enum zv_sip_cause cause, const struct zv_sip_msg *msg,
                    int64_t now_us)
{
    leg->info.refused |= bit_of(leg->info.type);
    tell_refusal(leg, cause, msg);
    over(leg, ZV_SIP_INFO_NEVER, msg ? msg->status : 0, now_us);
}

/* Glare, a number that was overtaken (RFC 3261 §12.2.2), a server that has no time: the next INFO
 * may be taken. */
static bool is_of_the_moment(uint16_t status)
{
    return status == 491 || status == 500 || status == 503;
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (msg->status < 200)
        return;
    if (msg->status < 300)
        over(leg, ZV_SIP_INFO_TAKEN, msg->status, now_us);
    else if ((msg->status == 401 || msg->status == 407) &&
             !zv_sip_account_take_challenge(leg->account, &leg->info.auths, req, msg, true))
        zv_sip_request_again(req, now_us);
    else if (msg->status == 481)
        zv_sip_leg_dialog_lost(leg, msg, now_us);
    else if (is_of_the_moment(msg->status))
        over(leg, ZV_SIP_INFO_NOT_NOW, msg->status, now_us);
    else
        refused(leg, ZV_SIP_CAUSE_REJECTED, msg, now_us);
}

/* Where it never got there, the next one may. */
static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (cause == ZV_SIP_CAUSE_TIMEOUT)
        refused(leg, cause, NULL, now_us);
    else if (!zv_sip_leg_dialog_go_elsewhere(leg->dialog, req, cause, now_us))
        over(leg, ZV_SIP_INFO_NOT_NOW, 0, now_us);
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
};

int zv_sip_leg_send_info(struct zv_sip_leg *leg, enum zv_sip_info_type type, struct zv_str body,
                         int64_t now_us)
{
    struct zv_sip_request *req = zv_sip_request_new(leg->sip, &ops, leg, ZV_SIP_METHOD_INFO);
    leg->info.req = req;
    leg->info.type = type;
    leg->info.body = zv_strndup(body.p, body.len);
    leg->info.body_len = body.len;
    int err = ZV_E_NOMEM;
    if (req && leg->info.body) {
        req->body_type = zv_sip_info_media_type(type);
        err = zv_sip_leg_dialog_start(leg->dialog, req, now_us);
    }
    if (err)
        zv_sip_leg_stop_info(leg);
    return err;
}

int zv_sip_info(struct zv_sip *sip, uint64_t id, enum zv_sip_info_type type, struct zv_str body,
                int64_t now_us)
{
    struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    if (leg->state != ZV_SIP_LEG_CONFIRMED)
        return ZV_E_STATE;
    if (leg->info.refused & bit_of(type))
        return ZV_E_UNSUPPORTED;
    if (leg->info.req)
        return ZV_E_AGAIN;
    if (!body.len || body.len > ZV_SIP_MAX_INFO_BYTES)
        return ZV_E_INVAL;
    int err = zv_sip_leg_send_info(leg, type, body, now_us);
    zv_sip_sweep(sip);
    return err;
}

/* ---- theirs ---- */

/* A body of a type that is taken: 0, or the status that refuses it. */
static uint16_t read_body(const struct zv_sip_msg *msg, enum zv_sip_info_type *ret_type,
                          struct zv_str *ret_body)
{
    for (int type = 0; type < ZV_SIP_INFO_COUNT; type++) {
        int err = zv_sip_msg_body(msg, zv_sip_info_media_type(type), ret_body);
        if (err == ZV_E_NOTFOUND)
            continue;
        *ret_type = type;
        if (err)
            return 400;
        return ret_body->len > ZV_SIP_MAX_INFO_BYTES ? 413 : 0;
    }
    return 415;
}

/* Before there is a session nobody could do what an INFO asks for; it is taken, as the first
 * picture will be a whole one anyhow. */
static bool has_session(const struct zv_sip_leg_dialog *dialog)
{
    const struct zv_sip_leg *leg = dialog->leg;
    return leg->dialog == dialog &&
           (leg->state == ZV_SIP_LEG_CONFIRMED || leg->state == ZV_SIP_LEG_ACCEPTED);
}

static struct zv_sip_out_node *make_event(const struct zv_sip_leg *leg, enum zv_sip_info_type type,
                                          struct zv_str body)
{
    struct zv_sip_out_node *node = zv_sip_out_node_new(ZV_SIP_OUT_INFO, body.len);
    if (!node)
        return NULL;
    node->out.leg = leg->id;
    node->out.account = leg->account ? leg->account->id : 0;
    node->out.info = type;
    node->out.body = zv_sip_out_node_text(node, body);
    return node;
}

static uint16_t check(const struct zv_sip_leg *leg, const struct zv_sip_msg *msg,
                      enum zv_sip_info_type *ret_type, struct zv_str *ret_body)
{
    if (leg->state == ZV_SIP_LEG_LEAVING || leg->state == ZV_SIP_LEG_ENDED)
        return 481;
    if (zv_sip_msg_find(msg, ZV_SIP_HEADER_INFO_PACKAGE))
        return 469;
    return msg->body.len ? read_body(msg, ret_type, ret_body) : 0; /* empty: are we alive? */
}

void zv_sip_on_info(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                    const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = dialog->leg;
    struct zv_sip_out_node *node = NULL;
    enum zv_sip_info_type type = 0;
    struct zv_str body = {0};
    uint16_t status = check(leg, msg, &type, &body);
    if (!status && body.len && has_session(dialog)) {
        node = make_event(leg, type, body);
        status = node ? 200 : 500;
    }
    leg->sip->counts.refused += status >= 300;
    zv_sip_reply_final(leg->sip, server, status ? status : 200, leg->local_tag, now_us);
    if (node)
        zv_sip_out_push(leg->sip, node);
}
