/*
 * A client's new offer for a call that it has (zvUpdate): after another network an ICE restart, of
 * the same DTLS association; after a reload a new peer connection, which gets a web leg of its own
 * from the worker. The SIP side notices neither: its stream goes on.
 *
 * As long as the client's first offer has no answer the new one takes its place. Later the worker
 * is asked for new credentials, and its MEDIA_READY makes the answer: what it told before that is
 * of the leg as it was. Where the offer cannot be taken the call stays as it is. An offer of ours
 * that is out meanwhile (video.c) is void with the answer.
 */
#include "base/err.h"
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

static void refuse(struct zv_switch *sw, const struct zv_call *call, enum zv_cause cause,
                   const char *text)
{
    zv_notify_session_fail(sw, call->session,
                           &(struct zv_fail){.api_method = "ErrorStatusEvent",
                                             .id = zv_str(call->name),
                                             .cause = cause,
                                             .text = text ? zv_str(text) : (struct zv_str){0}});
}

/* A copy of an offer, and what it says. */
struct offer {
    struct zv_text *text; /* owned until the call takes it */
    struct zv_sdp sdp;
    struct zv_plan_web_remote remote;
};

static enum zv_cause read_offer(struct zv_str text, struct offer *ret_offer)
{
    ret_offer->text = zv_text_new(text);
    if (!ret_offer->text)
        return ZV_CAUSE_INTERNAL_ERROR;
    if (zv_sdp_parse(zv_text_str(ret_offer->text), &ret_offer->sdp) ||
        zv_plan_read_web(&ret_offer->sdp, &ret_offer->remote) != ZV_PLAN_OK)
        return ZV_CAUSE_BAD_CLIENT_SDP;
    return ZV_CAUSE_NONE;
}

static void keep_offer(struct zv_switch *sw, struct zv_call *call, struct offer *offer)
{
    zv_switch_drop_text(sw, &call->web_sdp);
    call->web_sdp = offer->text;
    offer->text = NULL;
}

/* ---- before the client had its answer ---- */

/* The INVITE is out, or will be. The worker takes the new transport, as long as no handshake was
 * begun with the old one; nobody knew where to. */
static enum zv_cause replace_offer(struct zv_switch *sw, struct zv_call *call, struct offer *offer)
{
    struct zv_media_plan plan = call->plan;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    bool is_planned = call->state != ZV_CALL_OUT_SETUP;
    enum zv_plan_verdict verdict = is_planned
                                       ? zv_plan_rejoin(&offer->sdp, &plan)
                                       : zv_plan_sip_offer(&offer->sdp, &call->sip, &plan, &body);
    if (verdict != ZV_PLAN_OK)
        return zv_cause_of_plan(verdict, true);
    if (is_planned && zv_call_send_web_remote(sw, call, &offer->remote))
        return ZV_CAUSE_INTERNAL_ERROR;
    if (is_planned)
        call->plan = plan;
    keep_offer(sw, call, offer);
    return ZV_CAUSE_NONE;
}

/* ---- afterwards ---- */

/* RFC 8842 §5.5: other keys or another role are another association, and what the client says to
 * have begun anew or what failed needs one too. */
static bool is_renewal(const struct zv_call *call, const struct offer *offer, bool is_reload)
{
    enum zv_sdp_setup setup = zv_sdp_audio(&offer->sdp)->setup;
    enum zv_sdp_setup impossible =
        call->is_dtls_client ? ZV_SDP_SETUP_ACTIVE : ZV_SDP_SETUP_PASSIVE;
    return is_reload || call->renewals_due || call->is_web_dead || setup == impossible ||
           !zv_str_eqi(offer->remote.fingerprint, zv_text_str(call->web_remote_fingerprint));
}

static enum zv_cause begin(struct zv_switch *sw, struct zv_call *call, struct offer *offer,
                           bool is_reload)
{
    struct zv_media_plan plan = call->plan;
    bool renews = is_renewal(call, offer, is_reload);
    enum zv_plan_verdict verdict = zv_plan_rejoin(&offer->sdp, &plan);
    if (verdict != ZV_PLAN_OK)
        return zv_cause_of_plan(verdict, true);
    if (!renews)
        offer->remote.is_dtls_client = call->is_dtls_client;
    call->updates_due++;
    call->renewals_due += renews;
    call->plan = plan;
    if (!call->is_dtls_up)
        zv_call_expect_ice(sw, call);
    zv_switch_push(sw, renews ? ZV_CALL_CMD_MEDIA_WEB_RENEW : ZV_CALL_CMD_MEDIA_WEB_RESTART)
        ->u.web_again.call = call->id;
    int err = zv_call_send_web_remote(sw, call, &offer->remote);
    zv_call_mend_flow(sw, call);
    zv_call_send_codecs(sw, call);
    keep_offer(sw, call, offer);
    if (err) /* between two transports it cannot stay */
        zv_call_end(sw, call, ZV_CAUSE_INTERNAL_ERROR);
    return ZV_CAUSE_NONE;
}

/* The new leg has told nothing yet. */
static void forget_old_leg(struct zv_switch *sw, struct zv_call *call)
{
    call->is_web_dead = false;
    call->is_ice_up = call->is_dtls_up = false;
    call->is_leg_heard[ZV_CALL_LEG_WEB] = call->is_leg_silent[ZV_CALL_LEG_WEB] = false;
    call->renewed_us = sw->now_us;
    zv_call_watch_media(sw, call);
}

static enum zv_cause answer(struct zv_switch *sw, struct zv_call *call,
                            const struct zv_in_media_ready *ready)
{
    struct zv_sdp offer, sip;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    bool has_sip = call->sip_sdp && !zv_sdp_parse(zv_text_str(call->sip_sdp), &sip);
    if (zv_call_take_web_again(sw, call, ready))
        return ZV_CAUSE_INTERNAL_ERROR;
    if (zv_sdp_parse(zv_text_str(call->web_sdp), &offer))
        return ZV_CAUSE_BAD_CLIENT_SDP;
    const struct zv_plan_web_update update = {
        .web_offer = &offer,
        .sip = has_sip ? &sip : NULL,
        .local = &call->web,
        .is_dtls_client = call->is_dtls_client,
    };
    enum zv_plan_verdict verdict = zv_plan_web_update(&update, &call->plan, &body);
    if (verdict != ZV_PLAN_OK)
        return zv_cause_of_plan(verdict, true);
    return zv_switch_set_text(sw, &call->web_local, zv_buf_str(&body)) ? ZV_CAUSE_INTERNAL_ERROR
                                                                       : ZV_CAUSE_NONE;
}

/* The worker answers in order, and what follows a renewal is one too. True: this was one. */
static bool take_due(struct zv_call *call)
{
    bool is_renewal = call->renewals_due == call->updates_due;
    call->updates_due--;
    call->renewals_due -= is_renewal;
    return is_renewal;
}

void zv_update_on_ready(struct zv_switch *sw, struct zv_call *call,
                        const struct zv_in_media_ready *ready)
{
    bool renewed = take_due(call);
    if (renewed) /* also where a later offer fails: the old leg is gone */
        forget_old_leg(sw, call);
    if (!call->is_dtls_up)
        zv_call_expect_ice(sw, call);
    if (call->updates_due) /* a later offer takes this one's place */
        return;
    enum zv_cause cause = answer(sw, call, ready);
    if (cause)
        refuse(sw, call, cause, NULL);
    else
        zv_notify_update(sw, call, renewed);
    zv_switch_drop_text(sw, &call->web_sdp);
    zv_video_on_updated(sw, call, !cause);
}

void zv_update_on_failed(struct zv_switch *sw, struct zv_call *call)
{
    (void)take_due(call);
    if (call->updates_due)
        return;
    zv_switch_drop_text(sw, &call->web_sdp);
    refuse(sw, call, ZV_CAUSE_MEDIA_SETUP, NULL);
    zv_video_on_updated(sw, call, false);
}

/* ---- the offer ---- */

static bool is_unanswered(const struct zv_call *call)
{
    return call->state == ZV_CALL_IN_SETUP || call->state == ZV_CALL_IN_RINGING;
}

void zv_call_on_client_update(struct zv_switch *sw, struct zv_call *call,
                              const struct zv_in_client *in)
{
    if (is_unanswered(call)) {
        refuse(sw, call, ZV_CAUSE_BAD_REQUEST,
               "The call rings and was not answered yet: send `answer`.");
        return;
    }
    if (call->updates_due == UINT8_MAX) {
        refuse(sw, call, ZV_CAUSE_INTERNAL_ERROR, NULL);
        return;
    }
    struct offer offer;
    enum zv_cause cause = read_offer(in->sdp, &offer);
    if (!cause)
        cause = call->is_sdp_sent ? begin(sw, call, &offer, in->is_reload)
                                  : replace_offer(sw, call, &offer);
    zv_text_free(offer.text);
    if (cause)
        refuse(sw, call, cause, NULL);
}
