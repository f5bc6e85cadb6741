/*
 * Hold (RFC 3264 §8.4): the client's, by a re-INVITE of ours, and what it is told of either side's.
 * Its own description never changes for that: packets stop here. Who holds the call is not heard;
 * what the other side sends, as music, still comes through.
 *
 * One re-INVITE is out at a time. What the client wants meanwhile, or while an offer of the SIP
 * side has no answer yet, waits for that; only its last word counts. When ours met theirs (491) the
 * stack waits and sends it again, and where theirs was answered in the pause, ours is written anew,
 * since it must follow what was agreed on. A refusal leaves all as it was.
 *
 * Our offers say what our client wants, sendrecv or sendonly, and do not mirror the other side's
 * hold, from which it could not come back otherwise (RFC 6337 §5.3); where both hold, inactive.
 */
#include "base/buf.h"
#include "base/err.h"
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

#include <string.h>

/* ---- what the client is told ---- */

static void tell(struct zv_switch *sw, struct zv_call *call)
{
    if (call->hold.is_ours || call->hold.is_theirs)
        zv_notify_call(sw, call, ZV_MSG_HOLD, "HOLD", 0);
    else
        zv_notify_call(sw, call, ZV_MSG_TALK, "ESTABLISHED", 200);
}

void zv_hold_tell_change(struct zv_switch *sw, struct zv_call *call)
{
    bool is_held = call->hold.is_ours || call->hold.is_theirs;
    if (call->state == ZV_CALL_ACTIVE && is_held != (strcmp(call->status, "HOLD") == 0))
        tell(sw, call);
}

static void fail(struct zv_switch *sw, const struct zv_call *call, const struct zv_fail *why)
{
    struct zv_fail told = *why;
    told.api_method = "ErrorStatusEvent"; /* "CallStatusEvent" would end the call of old clients */
    told.id = zv_str(call->name);
    zv_notify_session_fail(sw, call->session, &told);
}

/* ---- what the SIP side says ---- */

static bool is_held_by(const struct zv_plan_sip_remote_media *audio)
{
    return !(audio->direction & ZV_SDP_RECVONLY) || !audio->rtp.family; /* c=0.0.0.0: RFC 2543 */
}

void zv_hold_note_offer(struct zv_call *call)
{
    call->hold.is_theirs = is_held_by(&call->sip_remote.audio);
}

/* `inactive` has no other answer than `inactive`: it tells nothing. */
void zv_hold_note_answer(struct zv_call *call)
{
    if (call->sip.withheld != ZV_SDP_SENDRECV)
        call->hold.is_theirs = is_held_by(&call->sip_remote.audio);
}

uint8_t zv_hold_withheld(const struct zv_call *call)
{
    return call->hold.is_ours ? ZV_SDP_RECVONLY : 0;
}

/* ---- our offers ---- */

static int write_offer(struct zv_switch *sw, struct zv_call *call, uint8_t withheld,
                       struct zv_text **text)
{
    struct zv_sdp before;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    if (zv_sdp_parse(zv_text_str(call->sip_local), &before))
        return ZV_E_INTERNAL;
    call->sip.version++;
    call->sip.withheld = withheld;
    if (zv_plan_committed_offer(&call->plan, &before, &call->sip, &body) != ZV_PLAN_OK)
        return ZV_E_INTERNAL;
    return zv_switch_set_text(sw, text, zv_buf_str(&body));
}

void zv_hold_renew_local(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_sdp before;
    uint8_t withheld = zv_hold_withheld(call);
    call->sip.withheld = withheld;
    if (zv_sdp_parse(zv_text_str(call->sip_local), &before) || !zv_sdp_audio(&before) ||
        zv_sdp_audio(&before)->direction == (ZV_SDP_SENDRECV & ~withheld))
        return;
    int err = write_offer(sw, call, withheld, &call->sip_local);
    (void)err; /* what was said before is true still */
}

/* All is as it was: the client hears that, and why, unless it wants nothing else any more. */
static void give_up(struct zv_switch *sw, struct zv_call *call, const struct zv_fail *why)
{
    struct zv_call_hold *hold = &call->hold;
    bool is_missed = hold->is_wanted != hold->is_ours;
    zv_switch_drop_text(sw, &hold->offer);
    call->sip.withheld = zv_hold_withheld(call); /* what was refused is not what they answer to */
    hold->is_wanted = hold->is_ours;
    tell(sw, call);
    if (is_missed)
        fail(sw, call, why);
}

static void ask(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_call_hold *hold = &call->hold;
    uint8_t withheld = !hold->is_wanted ? 0 : hold->is_theirs ? ZV_SDP_SENDRECV : ZV_SDP_RECVONLY;
    if (write_offer(sw, call, withheld, &hold->offer)) {
        give_up(sw, call, &(struct zv_fail){.cause = ZV_CAUSE_INTERNAL_ERROR});
        return;
    }
    hold->is_asked = hold->is_wanted;
    zv_call_push_sip(sw, ZV_CALL_CMD_SIP_REOFFER, call)->sdp = zv_text_str(hold->offer);
}

static bool may_ask(const struct zv_call *call)
{
    return call->state == ZV_CALL_ACTIVE && !call->video.is_sip_waiting && !call->is_ack_answer_due;
}

void zv_hold_settle(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_call_hold *hold = &call->hold;
    if (may_ask(call) && !hold->offer && hold->is_wanted != hold->is_ours)
        ask(sw, call);
}

void zv_hold_go_on(struct zv_switch *sw, struct zv_call *call)
{
    if (may_ask(call) && call->hold.offer)
        ask(sw, call);
    else
        zv_hold_settle(sw, call);
}

/* ---- inputs ---- */

/* It has answered, or was answered. */
static bool is_up(const struct zv_call *call)
{
    return call->state == ZV_CALL_IN_ANSWERING || call->state == ZV_CALL_IN_CONFIRMING ||
           call->state == ZV_CALL_ACTIVE;
}

void zv_hold_on_client(struct zv_switch *sw, struct zv_call *call, bool is_hold)
{
    struct zv_call_hold *hold = &call->hold;
    if (!is_up(call)) {
        fail(sw, call,
             &(struct zv_fail){.cause = ZV_CAUSE_BAD_REQUEST,
                               .text = zv_str("the call is not up yet: hold it once it is")});
        return;
    }
    hold->is_wanted = is_hold;
    if (call->state == ZV_CALL_ACTIVE && !hold->offer && hold->is_wanted == hold->is_ours)
        tell(sw, call); /* clients wait for an event before their button works again */
    else
        zv_hold_settle(sw, call);
}

static void take_consent(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp)
{
    struct zv_call_hold *hold = &call->hold;
    bool is_new = sdp.len && !zv_str_eq(sdp, zv_text_str(call->sip_sdp));
    zv_switch_drop_text(sw, &call->sip_local);
    call->sip_local = hold->offer;
    hold->offer = NULL;
    hold->is_ours = hold->is_asked;
    enum zv_plan_verdict verdict = is_new ? zv_call_follow_answer(sw, call, sdp) : ZV_PLAN_OK;
    if (verdict != ZV_PLAN_OK) { /* an answer cannot be refused, only the call (RFC 3261 §14.1) */
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
        return;
    }
    if (!is_new) { /* the description that they had, or none: it holds as it is */
        zv_call_send_sip_remote(sw, call);
        zv_call_watch_media(sw, call);
    }
    if (hold->is_wanted == hold->is_ours)
        tell(sw, call);
    zv_hold_settle(sw, call);
    zv_video_settle(sw, call);
}

void zv_hold_on_reoffer_done(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in)
{
    if (!call->hold.offer || call->state != ZV_CALL_ACTIVE) {
        sw->stats.stale_inputs++;
        return;
    }
    if (in->status >= 200 && in->status < 300)
        take_consent(sw, call, in->sdp);
    else
        give_up(sw, call,
                &(struct zv_fail){.cause = ZV_CAUSE_HOLD_REFUSED, .sip_status = in->status});
}
