/* What the workers tell of a call, and later offers of the SIP side, which only move media. */
#include "base/alloc.h"
#include "base/err.h"
#include "call/phases.h"
#include "call/switch_int.h"
#include "call/unheard.h"
#include "call/unreached.h"

static void on_ready(struct zv_switch *sw, struct zv_call *call, const struct zv_in_media *in)
{
    if (call->updates_due && call->state != ZV_CALL_CLOSING) {
        zv_update_on_ready(sw, call, &in->ready);
        return;
    }
    if (call->is_media_ready || !call->is_media_open) {
        sw->stats.stale_inputs++;
        return;
    }
    call->is_media_ready = true;
    if (call->state == ZV_CALL_CLOSING)
        return;
    if (zv_call_take_ready(sw, call, &in->ready)) {
        sw->input_err = ZV_E_NOMEM;
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
    } else if (call->incoming) {
        zv_incoming_on_ready(sw, call);
    } else {
        zv_outgoing_on_ready(sw, call);
    }
}

static void on_dtls_up(struct zv_switch *sw, struct zv_call *call)
{
    call->is_ice_up = call->is_dtls_up = true;
    call->is_path_asked = call->is_ice_due = false;
    zv_call_arm(sw, call, ZV_CALL_TIMER_ICE, ZV_TIME_NEVER);
    zv_call_watch_media(sw, call);
    if (call->state == ZV_CALL_IN_ANSWERING)
        zv_incoming_accept(sw, call);
}

/* Without its client no handshake succeeds, and with it a new one may. */
static void on_dtls_failed(struct zv_switch *sw, struct zv_call *call,
                           enum zv_media_failure failure)
{
    if (failure == ZV_MEDIA_FAILURE_FINGERPRINT)
        zv_call_end(sw, call, ZV_CAUSE_DTLS_FINGERPRINT);
    else if (!call->session->conn.v && call->session->can_resume)
        call->is_web_dead = true;
    else
        zv_call_on_dtls_failed(sw, call);
}

static void on_leg_media(struct zv_switch *sw, struct zv_call *call, enum zv_call_in_kind kind,
                         const struct zv_in_media *in)
{
    unsigned leg = (unsigned)in->leg;
    if (leg > ZV_CALL_LEG_SIP) {
        sw->stats.stale_inputs++;
        return;
    }
    call->is_leg_silent[leg] = kind == ZV_CALL_IN_MEDIA_SILENT;
    if (kind == ZV_CALL_IN_MEDIA_SILENT)
        call->silent_since_us[leg] = ZV_MIN(in->since_us, sw->now_us);
    else
        call->is_leg_heard[leg] = true;
    zv_call_watch_media(sw, call);
}

/* Of the web leg that another one is about to replace. */
static bool is_outdated(const struct zv_call *call, const struct zv_call_in *in)
{
    bool is_about_media =
        (in->kind >= ZV_CALL_IN_MEDIA_ICE_CONNECTED && in->kind <= ZV_CALL_IN_MEDIA_RESUMED) ||
        in->kind == ZV_CALL_IN_MEDIA_PATH;
    return call->renewals_due && is_about_media && in->u.media.leg == ZV_CALL_LEG_WEB;
}

static void on_live(struct zv_switch *sw, struct zv_call *call, const struct zv_call_in *in)
{
    const struct zv_in_media *media = &in->u.media;
    if (is_outdated(call, in))
        return;
    switch (in->kind) {
    case ZV_CALL_IN_MEDIA_ICE_CONNECTED:
        call->is_ice_up = true;
        break;
    case ZV_CALL_IN_MEDIA_DTLS_CONNECTED:
        on_dtls_up(sw, call);
        break;
    case ZV_CALL_IN_MEDIA_DTLS_FAILED:
        on_dtls_failed(sw, call, media->failure);
        break;
    case ZV_CALL_IN_MEDIA_PATH:
        zv_call_on_media_path(sw, call, &media->path);
        break;
    case ZV_CALL_IN_MEDIA_FIRST:
    case ZV_CALL_IN_MEDIA_SILENT:
    case ZV_CALL_IN_MEDIA_RESUMED:
        on_leg_media(sw, call, in->kind, media);
        break;
    case ZV_CALL_IN_MEDIA_VERDICT:
        zv_call_on_verdict(sw, call, media->leg, &media->verdict);
        break;
    case ZV_CALL_IN_ADMIN_HANGUP:
        zv_call_end(sw, call, ZV_CAUSE_ADMIN_HANGUP);
        break;
    case ZV_CALL_IN_MEDIA_UPDATE_FAILED:
        if (call->updates_due)
            zv_update_on_failed(sw, call);
        break;
    default: /* consent: the worker stops and resumes by itself, silence is what ends a call */
        break;
    }
}

void zv_call_on_media(struct zv_switch *sw, const struct zv_call_in *in)
{
    const struct zv_in_media *media = &in->u.media;
    struct zv_call *call = zv_call_by_id(sw, media->call);
    if (!call) {
        sw->stats.stale_inputs++;
        return;
    }
    sw->subject = call->id;
    if (in->kind == ZV_CALL_IN_MEDIA_READY)
        on_ready(sw, call, media);
    else if (in->kind == ZV_CALL_IN_MEDIA_FAILED)
        zv_call_on_media_failed(sw, call, media);
    else if (in->kind == ZV_CALL_IN_MEDIA_CLOSED)
        zv_call_on_media_closed(sw, call, media);
    else if (call->state != ZV_CALL_CLOSING)
        on_live(sw, call, in);
    else
        sw->stats.stale_inputs++;
}

/* ---- re-INVITE and UPDATE ---- */

static void reply(struct zv_switch *sw, const struct zv_call *call, int status)
{
    struct zv_cmd_sip *sip = zv_call_push_sip(sw, ZV_CALL_CMD_SIP_REPLY_OFFER, call);
    sip->status = status;
    if (status == 200)
        sip->sdp = zv_text_str(call->sip_local);
}

/* What an offer of theirs would change; all of it or nothing. */
struct change {
    struct zv_sdp offer;
    struct zv_plan_sip_remote remote;
    struct zv_plan_sip local;
    struct zv_media_plan plan;
};

static enum zv_plan_verdict read_offer(const struct zv_switch *sw, const struct zv_call *call,
                                       struct zv_str text, struct change *change)
{
    change->local = call->sip;
    change->plan = call->plan;
    if (zv_sdp_parse(text, &change->offer))
        return ZV_PLAN_UNUSABLE;
    enum zv_plan_verdict verdict =
        zv_plan_read_sip(&change->offer, false, &change->local, &change->remote);
    if (verdict == ZV_PLAN_OK)
        zv_plan_answer_srtp(&call->sip_remote, &sw->cfg.rand, &change->local, &change->remote);
    return verdict;
}

/* The same description again keeps its version number, a changed one has the next (RFC 3264 §8). */
static enum zv_plan_verdict write_reply(struct zv_switch *sw, struct zv_call *call,
                                        struct change *change)
{
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    struct zv_media_plan planned = change->plan;
    enum zv_plan_verdict verdict =
        zv_plan_answer_again(&change->offer, &change->remote, &change->local, &planned, &body);
    if (verdict == ZV_PLAN_OK && !zv_str_eq(zv_buf_str(&body), zv_text_str(call->sip_local))) {
        body = zv_buf(sw->body, sizeof(sw->body));
        planned = change->plan;
        change->local.version++;
        verdict =
            zv_plan_answer_again(&change->offer, &change->remote, &change->local, &planned, &body);
    }
    if (verdict != ZV_PLAN_OK)
        return verdict;
    if (zv_switch_set_text(sw, &call->sip_local, zv_buf_str(&body)))
        return ZV_PLAN_TOO_LARGE;
    change->plan = planned;
    return ZV_PLAN_OK;
}

/* 0, or the status that refuses the offer. */
static int try_change(struct zv_switch *sw, struct zv_call *call, struct zv_str text,
                      struct change *change)
{
    bool is_same = zv_str_eq(text, zv_text_str(call->sip_sdp));
    if (read_offer(sw, call, text, change) || write_reply(sw, call, change))
        return 488;
    if (!is_same && zv_call_take_sip_remote(sw, call, text, &change->offer, &change->remote))
        return 500;
    call->plan = change->plan; /* their numbers for payload types hold both ways from now on */
    call->sip = change->local;
    reply(sw, call, 200);
    if (is_same) /* a refresh */
        zv_call_send_codecs(sw, call);
    else
        zv_call_send_sip_remote(sw, call);
    zv_call_watch_media(sw, call); /* hold, or its end */
    return 0;
}

static int change_media(struct zv_switch *sw, struct zv_call *call, struct zv_str text)
{
    struct change change;
    int refusal = try_change(sw, call, text, &change);
    zv_wipe(&change, sizeof(change)); /* with keys */
    return refusal;
}

void zv_call_on_sip_offer(struct zv_switch *sw, struct zv_call *call, struct zv_str text)
{
    if (call->state != ZV_CALL_ACTIVE) { /* RFC 3261 §14.2: another offer is not settled yet */
        reply(sw, call, 491);
        return;
    }
    call->is_ack_answer_due = !text.len;
    if (!text.len) { /* asks what we would offer: what is agreed on */
        reply(sw, call, 200);
        return;
    }
    int refusal = change_media(sw, call, text);
    if (refusal)
        reply(sw, call, refusal);
}

void zv_call_on_sip_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp)
{
    enum zv_plan_verdict verdict = ZV_PLAN_OK;
    if (call->is_ack_answer_due && sdp.len)
        verdict = zv_call_follow_answer(sw, call, sdp);
    call->is_ack_answer_due = false;
    if (verdict != ZV_PLAN_OK) /* an answer cannot be refused, only the call (RFC 3261 §14.2) */
        zv_call_end(sw, call, zv_cause_of_plan(verdict, false));
}
