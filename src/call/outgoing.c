/*
 * Outgoing calls: from the client's `call` to the 2xx. The client gets TRYING at once, since until
 * then it cannot cancel; it gets exactly one description, with the first SDP of the SIP side.
 */
#include "base/err.h"
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

/* ---- refusing ---- */

static struct zv_str printed(struct zv_switch *sw, struct zv_str text)
{
    return zv_switch_print(sw, "%.*s", ZV_STR_ARG(zv_str_head(text, ZV_MAX_CALLEE_BYTES)));
}

/* 1-64 printable ASCII characters, so that it can stand in logs and headers as it is. */
static bool is_call_id(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~')
            return false;
    }
    return text.len >= 1 && text.len <= ZV_MAX_CALL_ID_BYTES;
}

/* Tells the client, and records the call that never came to be. */
static void end_refused(struct zv_switch *sw, zv_conn_id conn, struct zv_str callee,
                        const struct zv_fail *fail)
{
    const struct zv_session *session = zv_session_by_conn(sw, conn);
    if (callee.p)
        callee = printed(sw, callee);
    zv_notify_refused(sw, conn, callee, fail);
    zv_call_log_refused(sw, &(struct zv_call_refusal){
                                .session = session,
                                .call_id = fail->id,
                                .caller = zv_str(session ? session->account.login : ""),
                                .callee = callee,
                                .cause = fail->cause,
                                .text = fail->text,
                                .remedy = fail->remedy,
                            });
}

static void refuse(struct zv_switch *sw, const struct zv_in_call *in,
                   const struct zv_account_fault *fault)
{
    struct zv_fail fail = {
        .api_method = "CallStatusEvent",
        .cause = fault->cause,
        .field = zv_str(fault->field),
        .text = zv_switch_print(sw, "%s", fault->text),
        .remedy = zv_switch_print(sw, "%s", fault->remedy),
    };
    if (is_call_id(in->call_id))
        fail.id = printed(sw, in->call_id);
    end_refused(sw, in->conn, in->callee, &fail);
}

/* Its callId is taken as it is: the door has judged it, and the client waits for its end. */
void zv_call_on_client_refused(struct zv_switch *sw, const struct zv_in_refused *in)
{
    struct zv_fail fail = {
        .api_method = "CallStatusEvent",
        .cause = in->cause,
        .text = zv_switch_print(sw, "%.*s", ZV_STR_ARG(in->text)),
    };
    if (in->call_id.len)
        fail.id = printed(sw, in->call_id);
    if (in->field.len)
        fail.field = printed(sw, in->field);
    end_refused(sw, in->conn, in->callee, &fail);
}

static bool set_cause(struct zv_account_fault *fault, enum zv_cause cause, const char *field)
{
    *fault = (struct zv_account_fault){.cause = cause, .field = field};
    return false;
}

static bool has_room(const struct zv_switch *sw, const struct zv_session *session,
                     struct zv_account_fault *fault)
{
    if (sw->call_count >= sw->cfg.max_calls)
        return set_cause(fault, ZV_CAUSE_LIMIT_CALLS, NULL);
    if (session->call_count >= sw->cfg.max_calls_per_client)
        return set_cause(fault, ZV_CAUSE_LIMIT_CLIENT_CALLS, NULL);
    return true;
}

static bool is_usable_offer(struct zv_str text, struct zv_account_fault *fault, bool *ret_has_video)
{
    struct zv_sdp sdp;
    struct zv_plan_web_remote remote;
    if (zv_sdp_parse(text, &sdp) || zv_plan_read_web(&sdp, &remote))
        return set_cause(fault, ZV_CAUSE_BAD_CLIENT_SDP, "sdp");
    *ret_has_video = zv_sdp_video(&sdp) != NULL;
    return true;
}

static bool may_call(const struct zv_switch *sw, const struct zv_session *session,
                     const struct zv_in_call *in, struct zv_account_fault *fault)
{
    if (sw->is_shutting_down)
        return set_cause(fault, ZV_CAUSE_SHUTDOWN, NULL);
    if (sw->is_draining)
        return set_cause(fault, ZV_CAUSE_DRAINING, NULL);
    if (!session)
        return set_cause(fault, ZV_CAUSE_NOT_CONNECTED, NULL);
    if (session->is_failed)
        return set_cause(fault, session->end_cause, NULL);
    if (!session->has_account)
        return set_cause(fault, ZV_CAUSE_NO_ACCOUNT, NULL);
    if (!is_call_id(in->call_id))
        return set_cause(fault, ZV_CAUSE_BAD_REQUEST, "callId");
    return true;
}

/* ---- starting ---- */

/* Header names and values in one text, since `header` needs memory that lives with the call. */
static int keep_headers(struct zv_switch *sw, struct zv_call *call, const struct zv_in_call *in)
{
    char memory[ZV_MAX_CALL_HEADERS * (64 + 256)];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    size_t at = 0;
    for (uint8_t i = 0; i < in->header_count; i++) {
        if (call->header_count == ZV_MAX_CALL_HEADERS ||
            !zv_account_is_header_allowed(&in->headers[i])) {
            sw->stats.headers_dropped++;
            continue;
        }
        zv_buf_put_str(&buf, in->headers[i].name);
        zv_buf_put_str(&buf, in->headers[i].value);
        call->header[call->header_count++] = in->headers[i];
    }
    call->headers = zv_text_new(zv_buf_str(&buf));
    if (!call->headers)
        return ZV_E_NOMEM;
    for (uint8_t i = 0; i < call->header_count; i++) {
        call->header[i].name.p = call->headers->p + at;
        at += call->header[i].name.len;
        call->header[i].value.p = call->headers->p + at;
        at += call->header[i].value.len;
    }
    return 0;
}

static int fill(struct zv_switch *sw, struct zv_call *call, const struct zv_in_call *in,
                const char *user)
{
    const struct zv_account *account = &call->session->account;
    zv_account_clean_name(zv_str(account->login), call->caller, sizeof(call->caller));
    zv_account_clean_name(in->callee, call->callee, sizeof(call->callee));
    zv_account_clean_name(in->visible_name, call->display, sizeof(call->display));
    if (!call->display[0])
        zv_account_clean_name(zv_str(account->display), call->display, sizeof(call->display));
    call->callee_user = zv_text_new(zv_str(user));
    call->web_sdp = zv_text_new(in->sdp);
    if (!call->callee_user || !call->web_sdp)
        return ZV_E_NOMEM;
    call->bandwidth = in->bandwidth;
    sw->stats.sdp_lines_dropped += in->bandwidth.dropped;
    return keep_headers(sw, call, in);
}

static void start(struct zv_switch *sw, struct zv_call *call)
{
    call->is_announced = true;
    zv_notify_call(sw, call, ZV_MSG_TRYING, "TRYING", 0);
    zv_call_set_state(sw, call, ZV_CALL_OUT_SETUP);
    zv_call_open_media(sw, call);
}

void zv_call_on_client_call(struct zv_switch *sw, const struct zv_in_call *in)
{
    struct zv_session *session = zv_session_by_conn(sw, in->conn);
    struct zv_account_fault fault;
    struct zv_call *call = NULL;
    char user[ZV_ACCOUNT_CALLEE_CAP];
    bool has_video = false;
    bool may = may_call(sw, session, in, &fault);
    if (may && zv_call_by_name(session, in->call_id))
        may = set_cause(&fault, ZV_CAUSE_DUPLICATE_CALL_ID, "callId");
    may = may && has_room(sw, session, &fault) &&
          zv_account_read_callee(in->callee, zv_str(session->account.domain), user, &fault) &&
          is_usable_offer(in->sdp, &fault, &has_video);
    if (may && zv_call_new(sw, &(struct zv_call_new_cfg){.session = session, .name = in->call_id},
                           &call)) {
        sw->input_err = ZV_E_NOMEM;
        may = set_cause(&fault, ZV_CAUSE_INTERNAL_ERROR, NULL);
    }
    if (!may) {
        refuse(sw, in, &fault);
        return;
    }
    call->is_announced = true;
    zv_video_want(sw, call, has_video);
    if (fill(sw, call, in, user)) {
        sw->input_err = ZV_E_NOMEM;
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    start(sw, call);
}

static void push_invite(struct zv_switch *sw, struct zv_call *call, struct zv_str again)
{
    const struct zv_account *account = &call->session->account;
    struct zv_cmd_invite *invite = &zv_switch_push(sw, ZV_CALL_CMD_SIP_INVITE)->u.invite;
    invite->leg = call->leg;
    invite->session = call->session_id;
    invite->callee_user = zv_text_str(call->callee_user);
    invite->callee_host = zv_str(account->domain);
    invite->display = zv_str(call->display);
    invite->sdp = zv_text_str(call->sip_local);
    invite->again = again;
    invite->headers = call->header;
    invite->header_count = call->header_count;
    call->is_leg_open = true;
}

/* call->sip_local, from the client's offer. NONE: it is there. */
static enum zv_cause make_offer(struct zv_switch *sw, struct zv_call *call,
                                const struct zv_sdp *web_offer)
{
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    zv_plan_offer_srtp(&sw->cfg.rand, &call->sip);
    enum zv_plan_verdict verdict = zv_plan_sip_offer(web_offer, &call->sip, &call->plan, &body);
    if (verdict != ZV_PLAN_OK)
        return zv_cause_of_plan(verdict, true);
    return zv_switch_set_text(sw, &call->sip_local, zv_buf_str(&body)) ? ZV_CAUSE_INTERNAL_ERROR
                                                                       : ZV_CAUSE_NONE;
}

void zv_outgoing_on_ready(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_sdp offer;
    struct zv_plan_web_remote remote;
    enum zv_cause cause = ZV_CAUSE_BAD_CLIENT_SDP;
    if (zv_sdp_parse(zv_text_str(call->web_sdp), &offer) == 0 &&
        zv_plan_read_web(&offer, &remote) == ZV_PLAN_OK)
        cause = make_offer(sw, call, &offer);
    if (cause == ZV_CAUSE_NONE && zv_call_send_web_remote(sw, call, &remote))
        cause = ZV_CAUSE_INTERNAL_ERROR;
    if (cause != ZV_CAUSE_NONE) {
        zv_call_end(sw, call, cause);
        return;
    }
    push_invite(sw, call, (struct zv_str){0});
    zv_call_set_state(sw, call, ZV_CALL_OUT_TRYING);
}

bool zv_outgoing_is_waiting(const struct zv_call *call)
{
    return call->state == ZV_CALL_OUT_TRYING || call->state == ZV_CALL_OUT_RINGING;
}

void zv_outgoing_invite_again(struct zv_switch *sw, struct zv_call *call, struct zv_str again)
{
    struct zv_sdp offer;
    enum zv_cause cause = ZV_CAUSE_BAD_CLIENT_SDP;
    if (zv_sdp_parse(zv_text_str(call->web_sdp), &offer) == 0)
        cause = make_offer(sw, call, &offer);
    if (cause != ZV_CAUSE_NONE) {
        zv_call_end(sw, call, cause);
        return;
    }
    push_invite(sw, call, again.len ? zv_switch_print(sw, "%.*s", ZV_STR_ARG(again)) : again);
}

/* ---- responses ---- */

static void show_progress(struct zv_switch *sw, struct zv_call *call, int status)
{
    if (call->is_sdp_sent) {
        if (!call->is_progress_sent)
            zv_notify_call(sw, call, ZV_MSG_RING, "SESSION_PROGRESS", status);
        call->is_progress_sent = true;
    } else if (status == 180 && !call->is_ring_sent) {
        zv_notify_call(sw, call, ZV_MSG_RING, "RING", status);
        call->is_ring_sent = true;
    }
}

void zv_outgoing_on_progress(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in)
{
    if (!zv_outgoing_is_waiting(call)) {
        sw->stats.stale_inputs++;
        return;
    }
    if (in->status <= 100 || in->status > 199)
        return;
    if (call->state == ZV_CALL_OUT_TRYING)
        zv_call_set_state(sw, call, ZV_CALL_OUT_RINGING);
    /* A provisional description that cannot be used is not the last word: the 2xx is. */
    if (in->sdp.len && call->is_sdp_sent)
        (void)zv_call_follow_answer(sw, call, in->sdp);
    else if (in->sdp.len)
        (void)zv_call_take_first_answer(sw, call, in->sdp);
    show_progress(sw, call, in->status);
}

static void reoffer(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_sdp before;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    call->sip.version++;
    if (zv_sdp_parse(zv_text_str(call->sip_local), &before) ||
        zv_plan_committed_offer(&call->plan, &before, &call->sip, &body) != ZV_PLAN_OK ||
        zv_switch_set_text(sw, &call->sip_local, zv_buf_str(&body))) {
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    zv_call_push_sip(sw, ZV_CALL_CMD_SIP_REOFFER, call)->sdp = zv_text_str(call->sip_local);
    zv_call_set_state(sw, call, ZV_CALL_REOFFERING);
}

void zv_outgoing_on_answered(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in)
{
    enum zv_plan_verdict verdict = ZV_PLAN_OK;
    if (!zv_outgoing_is_waiting(call)) {
        sw->stats.stale_inputs++;
        return;
    }
    call->answered_us = sw->now_us;
    if (!call->is_sdp_sent)
        verdict = in->sdp.len ? zv_call_take_first_answer(sw, call, in->sdp) : ZV_PLAN_NO_AUDIO;
    else if (in->sdp.len)
        verdict = zv_call_follow_answer(sw, call, in->sdp);
    if (verdict == ZV_PLAN_OK)
        zv_call_establish(sw, call);
    else if (call->is_sdp_sent && zv_cause_of_plan(verdict, false) == ZV_CAUSE_NO_COMMON_CODEC)
        reoffer(sw, call);
    else
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
}

void zv_outgoing_on_reoffer_done(struct zv_switch *sw, struct zv_call *call,
                                 const struct zv_in_sip *in)
{
    if (in->status >= 200 && in->status < 300 && in->sdp.len &&
        zv_call_follow_answer(sw, call, in->sdp) == ZV_PLAN_OK)
        zv_call_establish(sw, call);
    else
        zv_call_end(sw, call, ZV_CAUSE_NO_COMMON_CODEC);
}
