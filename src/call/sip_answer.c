/*
 * What the SIP side answers to an offer of ours: its first answer makes the client's one, later
 * ones (of a fork, of the 2xx after early media, of an ACK) are followed as far as the codecs stay.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "call/notify.h"
#include "call/phases.h"

static enum zv_plan_verdict try_first(struct zv_switch *sw, struct zv_call *call,
                                      struct zv_str text, struct zv_plan_sip_remote *remote)
{
    struct zv_sdp offer, answer;
    struct zv_media_plan plan = call->plan;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    if (zv_sdp_parse(zv_text_str(call->web_sdp), &offer) || zv_sdp_parse(text, &answer))
        return ZV_PLAN_UNUSABLE;
    enum zv_plan_verdict verdict = zv_plan_read_sip(&answer, true, &call->sip, remote);
    const struct zv_plan_web_answer in = {
        .web_offer = &offer, .sip_answer = &answer, .remote = remote, .local = &call->web};
    if (verdict == ZV_PLAN_OK)
        verdict = zv_plan_web_answer(&in, &plan, &body);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    if (zv_switch_set_text(sw, &call->web_local, zv_buf_str(&body)) ||
        zv_call_take_sip_remote(sw, call, text, &answer, remote))
        return ZV_PLAN_TOO_LARGE; /* no memory: an internal error as well */
    call->plan = plan;
    zv_hold_note_answer(call);
    call->is_sdp_sent = true;
    zv_call_send_sip_remote(sw, call);
    zv_notify_sdp(sw, call, true);
    zv_switch_drop_text(sw, &call->web_sdp);
    if (!call->is_dtls_up)
        zv_call_expect_ice(sw, call);
    return ZV_PLAN_OK;
}

enum zv_plan_verdict zv_call_take_first_answer(struct zv_switch *sw, struct zv_call *call,
                                               struct zv_str text)
{
    struct zv_plan_sip_remote remote;
    enum zv_plan_verdict verdict = try_first(sw, call, text, &remote);
    zv_wipe(&remote, sizeof(remote)); /* with keys */
    return verdict;
}

static enum zv_plan_verdict try_answer(struct zv_switch *sw, struct zv_call *call,
                                       struct zv_str text, struct zv_plan_sip_remote *remote)
{
    struct zv_sdp answer;
    struct zv_media_plan plan = call->plan;
    if (zv_str_eq(text, zv_text_str(call->sip_sdp)))
        return ZV_PLAN_OK;
    if (zv_sdp_parse(text, &answer))
        return ZV_PLAN_UNUSABLE;
    enum zv_plan_verdict verdict = zv_plan_read_sip(&answer, true, &call->sip, remote);
    if (verdict == ZV_PLAN_OK)
        verdict = zv_plan_follow_answer(&answer, remote, &plan);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    if (zv_call_take_sip_remote(sw, call, text, &answer, remote))
        return ZV_PLAN_TOO_LARGE;
    call->plan = plan;
    zv_hold_note_answer(call);
    zv_call_send_sip_remote(sw, call);
    zv_call_watch_media(sw, call);
    return ZV_PLAN_OK;
}

enum zv_plan_verdict zv_call_follow_answer(struct zv_switch *sw, struct zv_call *call,
                                           struct zv_str text)
{
    struct zv_plan_sip_remote remote;
    enum zv_plan_verdict verdict = try_answer(sw, call, text, &remote);
    zv_wipe(&remote, sizeof(remote)); /* with keys */
    return verdict;
}

void zv_call_on_sip_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp)
{
    enum zv_plan_verdict verdict = ZV_PLAN_OK;
    if (call->is_ack_answer_due && sdp.len)
        verdict = zv_call_follow_answer(sw, call, sdp);
    call->is_ack_answer_due = false;
    if (verdict != ZV_PLAN_OK) { /* an answer cannot be refused, only the call (RFC 3261 §14.2) */
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
        return;
    }
    zv_hold_tell_change(sw, call);
    zv_video_settle(sw, call);
    zv_hold_go_on(sw, call);
}

void zv_call_on_sip_refreshed(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp)
{
    if (call->state != ZV_CALL_ACTIVE) {
        sw->stats.stale_inputs++;
        return;
    }
    enum zv_plan_verdict verdict = zv_call_follow_answer(sw, call, sdp);
    if (verdict != ZV_PLAN_OK)
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
    else
        zv_hold_tell_change(sw, call);
}
