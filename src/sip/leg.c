/*
 * Birth and death of a leg. ENDED is allocated with the leg, so that it can always be told; told
 * once, the leg's id is gone, and what remains only repeats ACKs to late 2xx and finishes BYEs
 * until its INVITE transaction is over (Timer M, 32 s).
 */
#include "sip/leg.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

const char *zv_sip_leg_state_name(enum zv_sip_leg_state state)
{
    static const char *const names[] = {"calling",   "proceeding", "ringing", "accepted",
                                        "confirmed", "leaving",    "ended"};
    return names[state];
}

/* The guard: what leads out of a state that waits for the far end or for our caller. */
static void on_guard(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(timer, struct zv_sip_leg, guard);
    (void)sip;
    if (leg->end_cause != ZV_SIP_CAUSE_NONE) {
        zv_sip_leg_end(leg, leg->end_cause, NULL, now_us);
    } else if (leg->state == ZV_SIP_LEG_RINGING) {
        leg->end_cause = ZV_SIP_CAUSE_TIMEOUT;
        zv_sip_leg_reject(leg, 480, now_us);
    } else {
        leg->end_cause = ZV_SIP_CAUSE_TIMEOUT;
        zv_sip_leg_cancel(leg, now_us);
    }
}

static void on_offer_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(timer, struct zv_sip_leg, offer_timer);
    (void)sip;
    if (leg->offer == ZV_SIP_OFFER_REMOTE)
        zv_sip_leg_on_offer_timer(leg, now_us);
    else
        zv_sip_leg_on_reoffer_timer(leg, now_us);
}

static void leg_free(struct zv_sip *sip, struct zv_sip_grave *grave)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(grave, struct zv_sip_leg, grave);
    zv_sip_timer_close(sip, &leg->guard);
    zv_sip_timer_close(sip, &leg->repeat);
    zv_sip_timer_close(sip, &leg->offer_timer);
    zv_sip_timer_close(sip, &leg->digits.timer);
    zv_sip_timer_close(sip, &leg->reliable.timer);
    zv_sip_timer_close(sip, &leg->session.timer);
    zv_sip_out_node_free(leg->ended);
    zv_sip_packet_unref(leg->accepted);
    zv_sip_packet_unref(leg->reliable.packet);
    zv_free(leg->reliable.accept);
    zv_sip_auths_fini(&leg->auths);
    zv_sip_auths_fini(&leg->info.auths);
    zv_sip_auths_fini(&leg->session.auths);
    zv_free(leg->session.sdp);
    zv_free(leg->next_reoffer);
    zv_free(leg->invitation);
    zv_free(leg->redirects);
    zv_free(leg->reoffer);
    zv_free(leg->key);
    zv_free(leg);
}

static int set_key(struct zv_sip_leg *leg, const struct zv_sip_leg_cfg *cfg)
{
    size_t len = cfg->call_id.len + 1 + cfg->local_tag.len;
    leg->key = zv_zalloc(len + 1);
    if (!leg->key)
        return ZV_E_NOMEM;
    struct zv_buf buf = zv_buf(leg->key, len);
    zv_buf_printf(&buf, "%.*s", ZV_STR_ARG(cfg->call_id));
    zv_buf_put_char(&buf, ' ');
    zv_buf_put_str(&buf, cfg->local_tag);
    leg->call_id = zv_str_n(leg->key, cfg->call_id.len);
    leg->local_tag = zv_str_n(leg->key + cfg->call_id.len + 1, cfg->local_tag.len);
    return 0;
}

static int leg_open(struct zv_sip *sip, struct zv_sip_leg *leg, const struct zv_sip_leg_cfg *cfg)
{
    int err = set_key(leg, cfg);
    if (!err)
        err = zv_sip_timer_open(sip, &leg->guard, on_guard);
    if (!err)
        err = zv_sip_timer_open(sip, &leg->repeat, zv_sip_leg_on_repeat);
    if (!err)
        err = zv_sip_timer_open(sip, &leg->offer_timer, on_offer_timer);
    if (!err)
        err = zv_sip_timer_open(sip, &leg->digits.timer, zv_sip_leg_on_digits_timer);
    if (!err)
        err = zv_sip_timer_open(sip, &leg->reliable.timer, zv_sip_leg_on_reliable_timer);
    if (!err)
        err = zv_sip_timer_open(sip, &leg->session.timer, zv_sip_leg_on_session_timer);
    if (!err)
        err = zv_map_insert(&sip->legs, ZV_MAP_KEY_OF(leg->id), &leg->by_id);
    if (err)
        return err;
    err = zv_map_insert(&sip->leg_keys, zv_str(leg->key), &leg->by_key);
    if (err)
        zv_map_remove(&sip->legs, &leg->by_id);
    return err;
}

int zv_sip_leg_new(struct zv_sip *sip, const struct zv_sip_leg_cfg *cfg,
                   struct zv_sip_leg **ret_leg)
{
    struct zv_sip_leg *leg = zv_zalloc(sizeof(*leg));
    if (!leg)
        return ZV_E_NOMEM;
    leg->sip = sip;
    leg->id = cfg->id;
    leg->state = cfg->state;
    zv_list_init(&leg->dialogs);
    leg->ended = zv_sip_out_node_new(ZV_SIP_OUT_ENDED, ZV_SIP_MAX_REASON_BYTES +
                                                           ZV_SIP_MAX_REASON_HEADER_BYTES +
                                                           ZV_MAX_SIP_HOST_BYTES);
    int err = leg->ended ? leg_open(sip, leg, cfg) : ZV_E_NOMEM;
    if (err) {
        leg_free(sip, &leg->grave);
        return err;
    }
    leg->account = cfg->account;
    if (leg->account)
        zv_sip_account_ref(leg->account);
    *ret_leg = leg;
    return 0;
}

struct zv_sip_leg *zv_sip_leg_find(const struct zv_sip *sip, uint64_t id)
{
    struct zv_map_node *node = zv_map_find(&sip->legs, ZV_MAP_KEY_OF(id));
    return node ? ZV_CONTAINER_OF(node, struct zv_sip_leg, by_id) : NULL;
}

struct zv_sip_leg *zv_sip_leg_find_dialog(const struct zv_sip *sip, const struct zv_sip_msg *msg)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf key = zv_buf(memory, sizeof(memory));
    zv_buf_put_str(&key, msg->call_id);
    zv_buf_put_char(&key, ' ');
    zv_buf_put_str(&key, msg->to_tag);
    struct zv_map_node *node = key.overflow ? NULL : zv_map_find(&sip->leg_keys, zv_buf_str(&key));
    return node ? ZV_CONTAINER_OF(node, struct zv_sip_leg, by_key) : NULL;
}

void zv_sip_leg_drop(struct zv_sip_leg *leg)
{
    struct zv_sip *sip = leg->sip;
    if (zv_sip_is_buried(&leg->grave))
        return;
    if (leg->state != ZV_SIP_LEG_ENDED)
        zv_map_remove(&sip->legs, &leg->by_id);
    leg->state = ZV_SIP_LEG_ENDED;
    zv_map_remove(&sip->leg_keys, &leg->by_key);
    ZV_LIST_EACH (node, &leg->dialogs)
        zv_sip_leg_dialog_drop(ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node));
    leg->dialog = NULL;
    leg->invite = zv_sip_request_drop(leg->invite);
    leg->reinvite = zv_sip_request_drop(leg->reinvite);
    zv_sip_leg_stop_info(leg);
    zv_sip_leg_drop_digits(leg);
    if (leg->server)
        zv_sip_server_kill(sip, leg->server);
    leg->server = NULL;
    zv_sip_timer_close(sip, &leg->guard);
    zv_sip_timer_close(sip, &leg->repeat);
    zv_sip_timer_close(sip, &leg->offer_timer);
    zv_sip_timer_close(sip, &leg->digits.timer);
    zv_sip_timer_close(sip, &leg->reliable.timer);
    zv_sip_leg_stop_session(leg);
    zv_sip_timer_close(sip, &leg->session.timer);
    zv_sip_account_unref(leg->account);
    leg->account = NULL;
    zv_sip_bury(sip, &leg->grave, leg_free);
}

/* "Q.850;cause=16;text=\"…\"" (RFC 3326), one of several elements. */
static uint16_t q850_cause(struct zv_str header)
{
    struct zv_str element, protocol, params, value;
    uint32_t cause;
    while (zv_sip_split(&header, ',', &element)) {
        params = element;
        if (zv_sip_split(&params, ';', &protocol) && zv_str_is_i(protocol, "Q.850") &&
            zv_sip_param_find(params, "cause", &value) && !zv_str_to_u32(value, &cause) &&
            cause <= 127)
            return (uint16_t)cause;
    }
    return 0;
}

static void set_ended(struct zv_sip_leg *leg, enum zv_sip_cause cause, const struct zv_sip_msg *msg)
{
    if (msg)
        zv_sip_leg_note_refusal(leg, msg);
    struct zv_sip_out *out = &leg->ended->out;
    out->leg = leg->id;
    out->account = leg->account ? leg->account->id : 0;
    out->cause = cause;
    if (cause == ZV_SIP_CAUSE_DENIED)
        out->host = zv_sip_out_node_text(leg->ended, zv_sip_leg_elsewhere(leg));
    if (!msg)
        return;
    if (!msg->is_request) {
        zv_sip_out_set_status(leg->ended, msg);
        out->retry_after_s = zv_sip_msg_retry_after_s(msg);
    }
    struct zv_str reason = zv_sip_msg_value(msg, ZV_SIP_HEADER_REASON);
    if (!reason.len || reason.len > ZV_SIP_MAX_REASON_HEADER_BYTES || !zv_sip_is_text(reason))
        return;
    out->q850_cause = q850_cause(reason);
    out->reason_header = zv_sip_out_node_text(leg->ended, reason);
}

/* A transaction of theirs that waits for us still gets its answer (§15.1.2). */
static void answer_pending(struct zv_sip_leg *leg, int64_t now_us)
{
    if (leg->server)
        zv_sip_reply_final(leg->sip, leg->server, 487, leg->local_tag, now_us);
    leg->server = NULL;
}

void zv_sip_leg_end(struct zv_sip_leg *leg, enum zv_sip_cause cause, const struct zv_sip_msg *msg,
                    int64_t now_us)
{
    struct zv_sip *sip = leg->sip;
    if (leg->state == ZV_SIP_LEG_ENDED)
        return;
    answer_pending(leg, now_us);
    zv_sip_leg_stop_reoffer(leg, now_us);
    zv_sip_leg_stop_info(leg);
    zv_sip_leg_drop_digits(leg);
    zv_sip_leg_forget_accepted(leg);
    zv_sip_leg_stop_reliable(leg);
    zv_sip_leg_stop_session(leg);
    zv_sip_timer_stop(sip, &leg->guard);
    zv_map_remove(&sip->legs, &leg->by_id);
    leg->state = ZV_SIP_LEG_ENDED;
    set_ended(leg, cause, msg);
    zv_sip_out_push(sip, leg->ended);
    leg->ended = NULL;
    if (leg->dialog && !leg->dialog->bye)
        zv_sip_leg_dialog_over(leg->dialog);
    zv_sip_leg_settle(leg);
}

void zv_sip_leg_settle(struct zv_sip_leg *leg)
{
    if (leg->state != ZV_SIP_LEG_ENDED)
        return;
    if (leg->invite && zv_sip_request_is_accepted(leg->invite))
        return;
    ZV_LIST_EACH (node, &leg->dialogs) {
        const struct zv_sip_leg_dialog *dialog =
            ZV_CONTAINER_OF(node, struct zv_sip_leg_dialog, node);
        if (dialog->bye || dialog->ack_req)
            return;
    }
    zv_sip_leg_drop(leg);
}

void zv_sip_leg_fail(struct zv_sip_leg *leg, int64_t now_us)
{
    if (leg->state == ZV_SIP_LEG_ENDED)
        return;
    leg->end_cause = ZV_SIP_CAUSE_INTERNAL;
    if (leg->state == ZV_SIP_LEG_RINGING)
        zv_sip_leg_reject(leg, 500, now_us);
    else if (leg->state == ZV_SIP_LEG_PROCEEDING)
        zv_sip_leg_cancel(leg, now_us);
    else if (leg->state == ZV_SIP_LEG_ACCEPTED || leg->state == ZV_SIP_LEG_CONFIRMED)
        zv_sip_leg_dialog_bye(leg->dialog, now_us);
    zv_sip_leg_end(leg, ZV_SIP_CAUSE_INTERNAL, NULL, now_us);
}

struct zv_sip_out_node *zv_sip_leg_event(struct zv_sip_leg *leg, enum zv_sip_out_kind kind,
                                         struct zv_str sdp, int64_t now_us)
{
    struct zv_sip_out_node *node = zv_sip_out_node_new(kind, sdp.len + ZV_SIP_MAX_REASON_BYTES);
    if (!node) {
        zv_sip_leg_fail(leg, now_us);
        return NULL;
    }
    node->out.leg = leg->id;
    node->out.account = leg->account ? leg->account->id : 0;
    node->out.sdp = zv_sip_out_node_text(node, sdp);
    return node;
}

struct zv_str zv_sip_leg_call_id(const struct zv_sip *sip, uint64_t id)
{
    const struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    return leg ? leg->call_id : (struct zv_str){0};
}
