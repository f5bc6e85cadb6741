/*
 * Later offers of the SIP side, by re-INVITE and UPDATE: they move media, hold it and take it back,
 * drop video. Video that is new to the client waits for its answer
 * (video.c). All of an offer is followed or nothing.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "call/phases.h"
#include "call/switch_int.h"

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
    change->local.withheld = zv_hold_withheld(call);
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
    zv_hold_note_offer(call);
    reply(sw, call, 200);
    if (is_same) /* a refresh */
        zv_call_send_codecs(sw, call);
    else
        zv_call_send_sip_remote(sw, call);
    zv_call_watch_media(sw, call); /* hold, or its end */
    zv_hold_tell_change(sw, call);
    return 0;
}

void zv_call_follow_sip_offer(struct zv_switch *sw, struct zv_call *call, struct zv_str text)
{
    struct change change;
    int refusal = try_change(sw, call, text, &change);
    zv_wipe(&change, sizeof(change)); /* with keys */
    if (refusal)
        reply(sw, call, refusal);
    zv_hold_go_on(sw, call);
}

/* ---- video that is new to the client ---- */

/* Under the same o= a description says again what was refused: a refresh. */
static bool is_again(const struct zv_call *call, const struct change *change)
{
    return call->sip_remote.has_video && zv_str_eq(change->offer.origin, call->sip_origin);
}

static bool adds_video(struct zv_switch *sw, const struct zv_call *call, struct zv_str text)
{
    struct change change;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    bool adds =
        !read_offer(sw, call, text, &change) && !is_again(call, &change) &&
        zv_plan_video_change(&change.offer, &change.remote, &change.plan) == ZV_VIDEO_CHANGE_ADD &&
        !zv_plan_answer_again(&change.offer, &change.remote, &change.local, &change.plan,
                              &body); /* all else of it could be followed */
    zv_wipe(&change, sizeof(change)); /* with keys */
    return adds;
}

/* True: it has its answer, or will. */
static bool ask_client(struct zv_switch *sw, struct zv_call *call, struct zv_str text)
{
    enum zv_video_addition addition = zv_video_add(sw, call, text);
    if (addition == ZV_VIDEO_BUSY)
        reply(sw, call, 491);
    return addition != ZV_VIDEO_REFUSED;
}

/* ---- inputs ---- */

/* It is not answered yet, and has media. */
static bool is_early(const struct zv_call *call)
{
    return call->state == ZV_CALL_OUT_RINGING && call->is_sdp_sent;
}

void zv_call_on_sip_offer(struct zv_switch *sw, struct zv_call *call, struct zv_str text)
{
    if (is_early(call) && text.len) { /* of early media; video waits for the answer */
        zv_call_follow_sip_offer(sw, call, text);
        return;
    }
    /* RFC 3261 §14.2: another offer is not settled yet. */
    if (call->state != ZV_CALL_ACTIVE || call->video.is_sip_waiting) {
        reply(sw, call, 491);
        return;
    }
    call->is_ack_answer_due = !text.len;
    if (!text.len) { /* asks what we would offer: what is agreed on */
        zv_hold_renew_local(sw, call);
        reply(sw, call, 200);
        return;
    }
    if (adds_video(sw, call, text) && ask_client(sw, call, text))
        return;
    zv_call_follow_sip_offer(sw, call, text);
    zv_video_settle(sw, call);
}
