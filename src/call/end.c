/*
 * How a call ends: whoever ends it and in whatever state, it passes through zv_call_end once, which
 * tells each side that does not know yet, exactly once.
 */
#include "call/away.h"
#include "call/drain.h"
#include "call/notify.h"
#include "call/phases.h"

enum zv_cause zv_cause_of_plan(enum zv_plan_verdict verdict, bool is_client)
{
    switch (verdict) {
    case ZV_PLAN_NO_COMMON_CODEC:
    case ZV_PLAN_OTHER_CODEC:
        return ZV_CAUSE_NO_COMMON_CODEC;
    case ZV_PLAN_TOO_LARGE:
        return ZV_CAUSE_INTERNAL_ERROR;
    case ZV_PLAN_SRTP_REQUIRED:
        return ZV_CAUSE_SRTP_REQUIRED;
    case ZV_PLAN_SRTP_OFF:
        return ZV_CAUSE_SRTP_OFF;
    case ZV_PLAN_SRTP_UNUSABLE:
        return ZV_CAUSE_SRTP_UNUSABLE;
    default:
        return is_client ? ZV_CAUSE_BAD_CLIENT_SDP : ZV_CAUSE_BAD_SIP_SDP;
    }
}

void zv_call_set_reason(struct zv_call *call, struct zv_str reason)
{
    zv_account_clean_name(reason, call->reason, sizeof(call->reason));
}

/* ---- the record ---- */

/* By its id: a call that ends has left its session, and the session may have ended meanwhile. */
static bool is_told(const struct zv_switch *sw, const struct zv_call *call)
{
    const struct zv_session *session = zv_session_by_id(sw, call->session_id);
    return call->is_announced && session && zv_session_has_listener(session);
}

static struct zv_cmd_call_ended *log_ended(struct zv_switch *sw, const struct zv_call *call)
{
    const struct zv_codec_pair *codec = zv_media_plan_committed(&call->plan);
    const struct zv_video_pair *video = zv_video_plan_committed(&call->plan.video);
    struct zv_cmd_call_ended *ended = &zv_switch_push(sw, ZV_CALL_CMD_CALL_ENDED)->u.ended;
    ended->call = call->id;
    ended->session = call->session_id;
    ended->is_told = is_told(sw, call);
    ended->call_id = zv_str(call->name);
    ended->sip_call_id = zv_str(call->sip_call_id);
    ended->caller = zv_str(call->caller);
    ended->callee = zv_str(call->callee);
    ended->incoming = call->incoming;
    ended->cause = call->cause;
    ended->hop = call->hop;
    ended->text = zv_text_str(call->text);
    ended->remedy = zv_text_str(call->remedy);
    ended->sip_status = call->sip_status;
    ended->codec = codec ? (enum zv_codec_kind)codec->kind : ZV_CODEC_NONE;
    if (video && zv_video_plan_is_agreed(&call->plan.video))
        ended->video = (enum zv_codec_kind)video->kind;
    ended->no_video = zv_call_no_video(call);
    ended->created_us = call->created_us;
    ended->answered_us = call->answered_us;
    ended->ended_us = call->ended_us;
    return ended;
}

void zv_call_log_refused(struct zv_switch *sw, const struct zv_call_refusal *refusal)
{
    struct zv_cmd_call_ended *ended = &zv_switch_push(sw, ZV_CALL_CMD_CALL_ENDED)->u.ended;
    sw->stats.calls_refused++;
    sw->stats.ended_by[refusal->cause]++;
    if (refusal->session)
        ended->session = refusal->session->id;
    ended->is_told =
        refusal->session && refusal->call_id.len && zv_session_has_listener(refusal->session);
    ended->call_id = refusal->call_id;
    ended->sip_call_id = refusal->sip_call_id;
    ended->caller = refusal->caller;
    ended->callee = refusal->callee;
    ended->incoming = refusal->incoming;
    ended->cause = refusal->cause;
    ended->text = refusal->text;
    ended->remedy = refusal->remedy;
    if (refusal->incoming) /* what the caller was answered */
        ended->sip_status = zv_cause_info(refusal->cause)->sip_status;
    ended->created_us = ended->ended_us = sw->now_us;
}

/* Out of the tables; the memory stays until the commands were taken. */
static struct zv_cmd_call_ended *remove_call(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_cmd_call_ended *ended = log_ended(sw, call);
    zv_timer_disarm(&sw->call_timers, &call->timer);
    zv_slots_release(&sw->call_slots[zv_call_id_worker(call->id)], zv_call_id_slot(call->id));
    zv_list_remove(&call->node);
    zv_list_append(&sw->dead_calls, &call->node);
    sw->call_count--;
    sw->stats.calls_destroyed++;
    zv_drain_call_gone(sw, call->session_id);
    return ended;
}

/* ---- ending ---- */

static void end_leg(struct zv_switch *sw, struct zv_call *call)
{
    if (!call->is_leg_open)
        return;
    if (call->incoming && !call->is_accepted) {
        struct zv_cmd_sip *sip = zv_call_push_sip(sw, ZV_CALL_CMD_SIP_REJECT, call);
        sip->status = zv_cause_info(call->cause)->sip_status;
        sip->reason = zv_str(zv_cause_name(call->cause));
        call->sip_status = sip->status;
    } else {
        zv_call_push_sip(sw, ZV_CALL_CMD_SIP_HANGUP, call);
    }
    zv_call_close_leg(sw, call);
}

static void detach(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_session *session = call->session;
    zv_list_remove(&call->session_node);
    session->call_count--;
    call->session = NULL;
    zv_session_call_gone(sw, session);
}

static void close_media(struct zv_switch *sw, struct zv_call *call)
{
    for (int i = 0; i < ZV_CALL_TIMER_COUNT; i++)
        call->deadlines[i] = ZV_TIME_NEVER;
    if (call->is_media_open)
        zv_switch_push(sw, ZV_CALL_CMD_MEDIA_CLOSE)->u.media_close.call = call->id;
    zv_call_set_state(sw, call, ZV_CALL_CLOSING);
    if (!call->is_media_open)
        remove_call(sw, call);
}

void zv_call_end(struct zv_switch *sw, struct zv_call *call, enum zv_cause cause)
{
    if (call->state == ZV_CALL_CLOSING)
        return;
    call->cause = cause;
    call->ended_us = sw->now_us;
    sw->stats.ended_by[cause]++;
    end_leg(sw, call);
    if (call->is_announced)
        zv_notify_end(sw, call);
    detach(sw, call);
    close_media(sw, call);
}

/* Who calls has cancelled, who is called is not there any more. */
enum zv_cause zv_call_goodbye_cause(const struct zv_call *call)
{
    if (call->is_accepted || call->answered_us || call->client_answered_us)
        return ZV_CAUSE_NORMAL;
    return call->incoming ? ZV_CAUSE_CLIENT_OFFLINE : ZV_CAUSE_CANCELLED;
}

/* ---- the SIP side ended it ---- */

static enum zv_cause cause_before_answer(const struct zv_call *call, const struct zv_in_sip *in)
{
    switch (in->end) {
    case ZV_SIP_END_REJECTED:
        return zv_cause_of_sip_status(in->status);
    case ZV_SIP_END_AUTH:
        return ZV_CAUSE_SIP_AUTH_FAILED;
    case ZV_SIP_END_UNREACHABLE:
        return ZV_CAUSE_SIP_UNREACHABLE;
    case ZV_SIP_END_UNTRUSTED:
        return ZV_CAUSE_SIP_UNTRUSTED;
    case ZV_SIP_END_UNKNOWN_DOMAIN:
        return ZV_CAUSE_SIP_UNKNOWN_DOMAIN;
    case ZV_SIP_END_DENIED:
        return ZV_CAUSE_SIP_TARGET_DENIED;
    case ZV_SIP_END_BYE:
        return ZV_CAUSE_NORMAL;
    case ZV_SIP_END_CANCEL:
        return ZV_CAUSE_CANCELLED;
    case ZV_SIP_END_NO_ACK:
        return ZV_CAUSE_NO_ACK;
    case ZV_SIP_END_LOST:
        return ZV_CAUSE_SIP_LOST;
    case ZV_SIP_END_PROTOCOL:
        return ZV_CAUSE_SIP_SERVER_ERROR;
    case ZV_SIP_END_TIMEOUT:
        return call->state == ZV_CALL_OUT_RINGING ? ZV_CAUSE_RING_TIMEOUT : ZV_CAUSE_SIP_TIMEOUT;
    default:
        return ZV_CAUSE_INTERNAL_ERROR;
    }
}

/* In a dialog nothing is rejected any more: the far end hangs up or is lost. */
static enum zv_cause cause_in_dialog(const struct zv_in_sip *in)
{
    switch (in->end) {
    case ZV_SIP_END_BYE:
        return ZV_CAUSE_NORMAL;
    case ZV_SIP_END_NO_ACK:
        return ZV_CAUSE_NO_ACK;
    case ZV_SIP_END_PROTOCOL:
        return ZV_CAUSE_SIP_SERVER_ERROR;
    case ZV_SIP_END_INTERNAL:
        return ZV_CAUSE_INTERNAL_ERROR;
    default:
        return ZV_CAUSE_SIP_LOST;
    }
}

/*
 * Why an offer was refused its status does not say: where it was RTP/SAVP alone, that is likelier
 * than the codecs.
 */
static struct zv_str remedy_of(const struct zv_call *call, enum zv_cause cause,
                               const struct zv_in_sip *in)
{
    if (in->remedy.len || cause != ZV_CAUSE_NO_COMMON_CODEC || call->incoming ||
        call->trunk.srtp != ZV_SRTP_POLICY_REQUIRED)
        return in->remedy;
    return zv_str(
        "this trunk requires SRTP: enable it (SDES) on the far end, or allow plain RTP in "
        "zvonok.yaml: trunks: {DOMAIN: {srtp: optional}}; if the far end has SRTP, enable "
        "opus, G.722, PCMU or PCMA there");
}

void zv_call_on_sip_ended(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in)
{
    bool is_answered = call->is_accepted || call->answered_us;
    enum zv_cause cause = is_answered ? cause_in_dialog(in) : cause_before_answer(call, in);
    zv_call_close_leg(sw, call);
    if (cause == ZV_CAUSE_NO_COMMON_CODEC && !call->incoming) { /* 415, 488, 606 */
        if (zv_call_repair_offer(sw, call, in))
            return;
        cause = zv_call_refusal_cause(sw, call, in);
    }
    zv_call_set_reason(call, in->reason);
    if (in->status >= 100 && in->status < 700)
        call->sip_status = in->status;
    else if (cause == ZV_CAUSE_CANCELLED)
        call->sip_status = 487; /* what the stack answered */
    struct zv_str remedy = remedy_of(call, cause, in);
    if (remedy.len && !call->remedy)
        call->remedy = zv_text_new(remedy); /* NULL: the cause's own remedy does */
    zv_call_end(sw, call, cause);
}

/* ---- the worker's last words ---- */

void zv_call_on_media_closed(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_media *in)
{
    bool is_expected = call->state == ZV_CALL_CLOSING;
    call->is_media_open = false;
    if (!is_expected) { /* the worker stopped under the call */
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
        return;
    }
    struct zv_cmd_call_ended *ended = remove_call(sw, call);
    ended->has_counters = true;
    memcpy(ended->counters, in->counters, sizeof(ended->counters));
}

void zv_call_on_media_failed(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_media *in)
{
    bool exists = call->is_media_ready;
    if (!exists)
        call->is_media_open = false;
    if (call->state == ZV_CALL_CLOSING) {
        if (!exists)
            remove_call(sw, call);
        return;
    }
    zv_call_end(sw, call,
                in->failure == ZV_MEDIA_FAILURE_NO_PORTS ? ZV_CAUSE_NO_PORTS
                : in->failure == ZV_MEDIA_FAILURE_LIMIT  ? ZV_CAUSE_LIMIT_CALLS
                                                         : ZV_CAUSE_MEDIA_SETUP);
}

void zv_call_give_up_media(struct zv_switch *sw, struct zv_call *call)
{
    sw->stats.media_lost++;
    remove_call(sw, call);
}
