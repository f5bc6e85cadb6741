/*
 * Incoming calls: from the INVITE to the ACK. The client gets the description before it hears of
 * the call, and the ring last: in another order it could neither answer nor decline.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "call/away.h"
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

#define NAME_RANDOM 20 /* characters of a callId of ours: 119 bits */

static void reject(struct zv_switch *sw, const struct zv_in_sip *in,
                   const struct zv_session *session, enum zv_cause cause)
{
    char caller[ZV_MAX_CALLEE_BYTES + 1], call_id[ZV_MAX_SIP_CALL_ID + 1];
    struct zv_cmd_sip *sip = &zv_switch_push(sw, ZV_CALL_CMD_SIP_REJECT)->u.sip;
    sip->leg = in->leg;
    sip->session = in->session;
    sip->status = zv_cause_info(cause)->sip_status;
    sip->reason = zv_str(zv_cause_name(cause));
    zv_account_clean_name(in->caller, caller, sizeof(caller));
    zv_account_clean_name(in->sip_call_id, call_id, sizeof(call_id));
    zv_call_log_refused(sw, &(struct zv_call_refusal){
                                .session = session,
                                .incoming = true,
                                .sip_call_id = zv_switch_print(sw, "%s", call_id),
                                .caller = zv_switch_print(sw, "%s", caller),
                                .callee = zv_str(session ? session->account.login : ""),
                                .cause = cause,
                            });
}

static enum zv_cause judge(const struct zv_switch *sw, const struct zv_session *session)
{
    if (sw->is_shutting_down)
        return ZV_CAUSE_SHUTDOWN;
    if (sw->is_draining)
        return ZV_CAUSE_DRAINING;
    if (!session || session->is_ending || session->is_failed || !zv_session_takes_calls(session))
        return ZV_CAUSE_CLIENT_OFFLINE;
    if (sw->cfg.send_busy_when_on_call && session->call_count)
        return ZV_CAUSE_BUSY;
    if (session->call_count >= sw->cfg.max_calls_per_client)
        return ZV_CAUSE_LIMIT_CLIENT_CALLS;
    if (sw->call_count >= sw->cfg.max_calls)
        return ZV_CAUSE_LIMIT_CALLS;
    return ZV_CAUSE_NONE;
}

static bool offers_video(struct zv_str text)
{
    struct zv_sdp sdp;
    return !zv_sdp_parse(text, &sdp) && zv_sdp_video(&sdp);
}

static void fill(struct zv_call *call, const struct zv_in_sip *in)
{
    zv_account_clean_name(in->caller, call->caller, sizeof(call->caller));
    if (!call->caller[0])
        zv_account_clean_name(zv_str("anonymous"), call->caller, sizeof(call->caller));
    zv_account_clean_name(in->display, call->display, sizeof(call->display));
    zv_account_clean_name(in->sip_call_id, call->sip_call_id, sizeof(call->sip_call_id));
    zv_account_clean_name(zv_str(call->session->account.login), call->callee, sizeof(call->callee));
    call->is_ack_answer_due = !in->sdp.len;
    call->sip_sdp = zv_text_new(in->sdp);
}

void zv_call_on_sip_incoming(struct zv_switch *sw, const struct zv_in_sip *in)
{
    struct zv_session *session = zv_session_by_id(sw, in->session);
    char name[sizeof("in-") + NAME_RANDOM] = "in-";
    struct zv_call *call;
    if (!(in->leg >> 63) || zv_call_by_leg(sw, in->leg)) { /* the edge's mistake */
        sw->stats.stale_inputs++;
        return;
    }
    enum zv_cause cause = judge(sw, session);
    if (cause) {
        reject(sw, in, session, cause);
        return;
    }
    zv_rand_token(&sw->cfg.rand, name + strlen(name), NAME_RANDOM);
    if (zv_call_new(sw,
                    &(struct zv_call_new_cfg){
                        .session = session,
                        .incoming = true,
                        .name = zv_str(name),
                        .leg = in->leg,
                    },
                    &call)) {
        sw->input_err = ZV_E_NOMEM;
        reject(sw, in, session, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    fill(call, in);
    if (!call->sip_sdp) {
        sw->input_err = ZV_E_NOMEM;
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    zv_video_want(sw, call, offers_video(in->sdp));
    zv_call_set_state(sw, call, ZV_CALL_IN_SETUP);
    zv_call_open_media(sw, call);
}

static enum zv_plan_verdict try_offer(struct zv_switch *sw, struct zv_call *call,
                                      struct zv_plan_sip_remote *remote, struct zv_buf *body)
{
    struct zv_sdp offer;
    struct zv_str text = zv_text_str(call->sip_sdp);
    if (zv_sdp_parse(text, &offer))
        return ZV_PLAN_UNUSABLE;
    enum zv_plan_verdict verdict = zv_plan_read_sip(&offer, false, &call->sip, remote);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    zv_plan_answer_srtp(&call->sip_remote, &sw->cfg.rand, &call->sip, remote);
    if (zv_call_take_sip_remote(sw, call, text, &offer, remote))
        return ZV_PLAN_TOO_LARGE; /* no memory: an internal error as well */
    *body = zv_buf(sw->body, sizeof(sw->body));
    return zv_plan_web_offer(&offer, remote, &call->web, &call->plan, body);
}

static enum zv_plan_verdict make_offer(struct zv_switch *sw, struct zv_call *call,
                                       struct zv_buf *body)
{
    struct zv_plan_sip_remote remote;
    if (call->is_ack_answer_due)
        return zv_offerless_plan(sw, call, body);
    enum zv_plan_verdict verdict = try_offer(sw, call, &remote, body);
    zv_wipe(&remote, sizeof(remote)); /* with keys */
    return verdict;
}

void zv_incoming_on_ready(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_buf body;
    enum zv_plan_verdict verdict = make_offer(sw, call, &body);
    if (verdict != ZV_PLAN_OK) {
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
        return;
    }
    if (zv_switch_set_text(sw, &call->web_local, zv_buf_str(&body))) {
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    call->is_announced = true;
    call->is_sdp_sent = true;
    zv_notify_incoming(sw, call, false);
    zv_call_push_sip(sw, ZV_CALL_CMD_SIP_RING, call);
    zv_call_set_state(sw, call, ZV_CALL_IN_RINGING);
}

/* ---- the client's answer ---- */

/* On OK *ret_remote views call->web_sdp. */
static enum zv_cause make_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str text,
                                 struct zv_plan_web_remote *ret_remote)
{
    struct zv_sdp offer, answer;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    if (zv_switch_set_text(sw, &call->web_sdp, text))
        return ZV_CAUSE_INTERNAL_ERROR;
    if (zv_sdp_parse(zv_text_str(call->web_sdp), &answer))
        return ZV_CAUSE_BAD_CLIENT_SDP;
    enum zv_plan_verdict verdict = zv_plan_read_web(&answer, ret_remote);
    if (verdict == ZV_PLAN_OK && zv_sdp_parse(zv_text_str(call->sip_sdp), &offer))
        verdict = ZV_PLAN_UNUSABLE;
    if (verdict == ZV_PLAN_OK)
        verdict = zv_plan_sip_answer(&offer, &answer, &call->sip, &call->plan, &body);
    if (verdict != ZV_PLAN_OK)
        return zv_cause_of_plan(verdict, true);
    return zv_switch_set_text(sw, &call->sip_local, zv_buf_str(&body)) ? ZV_CAUSE_INTERNAL_ERROR
                                                                       : ZV_CAUSE_NONE;
}

static void take_bandwidth(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_call_bandwidth *bandwidth)
{
    call->sip.session_kbps = bandwidth->as_kbps;
    call->sip.session_bps = bandwidth->tias_bps;
    sw->stats.sdp_lines_dropped += bandwidth->dropped;
}

void zv_incoming_on_answer(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_in_client *in)
{
    struct zv_plan_web_remote remote;
    if (call->state != ZV_CALL_IN_RINGING) {
        sw->stats.stale_inputs++;
        return;
    }
    call->client_answered_us = sw->now_us;
    take_bandwidth(sw, call, &in->bandwidth);
    enum zv_cause cause = make_answer(sw, call, in->sdp, &remote);
    if (cause) {
        zv_call_end(sw, call, cause);
        return;
    }
    if (zv_call_send_web_remote(sw, call, &remote)) {
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    if (!call->is_ack_answer_due)
        zv_call_send_sip_remote(sw, call);
    zv_call_set_state(sw, call, ZV_CALL_IN_ANSWERING);
    zv_call_expect_ice(sw, call);
}

void zv_incoming_accept(struct zv_switch *sw, struct zv_call *call)
{
    call->is_accepted = true;
    zv_call_push_sip(sw, ZV_CALL_CMD_SIP_ACCEPT, call)->sdp = zv_text_str(call->sip_local);
    zv_call_set_state(sw, call, ZV_CALL_IN_CONFIRMING);
}

void zv_incoming_on_confirmed(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp)
{
    enum zv_plan_verdict verdict = ZV_PLAN_OK;
    if (call->state != ZV_CALL_IN_CONFIRMING)
        return;
    if (call->is_ack_answer_due)
        verdict = zv_offerless_take_answer(sw, call, sdp);
    if (verdict == ZV_PLAN_OK)
        zv_call_establish(sw, call);
    else
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
}
