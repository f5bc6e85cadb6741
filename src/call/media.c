/* What the workers tell of a call. */
#include "base/err.h"
#include "call/phases.h"
#include "call/switch_int.h"
#include "call/unheard.h"
#include "call/unreached.h"

static void on_ready(struct zv_switch *sw, struct zv_call *call, const struct zv_in_media *in)
{
    if (call->video.is_opening && call->state != ZV_CALL_CLOSING) { /* asked for before the next */
        zv_video_on_opened(sw, call, &in->ready);
        return;
    }
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

/* After a restart too, of which DTLS tells nothing. */
static void on_ice_up(struct zv_switch *sw, struct zv_call *call)
{
    call->is_ice_up = true;
    if (call->is_dtls_up)
        zv_call_ask_keyframes(sw, call, true, true);
}

static void on_dtls_up(struct zv_switch *sw, struct zv_call *call)
{
    call->is_ice_up = call->is_dtls_up = true;
    call->is_path_asked = call->is_ice_due = false;
    zv_call_arm(sw, call, ZV_CALL_TIMER_ICE, ZV_TIME_NEVER);
    zv_call_watch_media(sw, call);
    zv_call_ask_keyframes(sw, call, true, true);
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
    if (leg >= ZV_CALL_LEG_COUNT) {
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

static void on_update_failed(struct zv_switch *sw, struct zv_call *call)
{
    if (call->video.is_opening)
        zv_video_on_opened(sw, call, NULL);
    else if (call->updates_due)
        zv_update_on_failed(sw, call);
    else
        sw->stats.stale_inputs++;
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
        on_ice_up(sw, call);
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
        on_update_failed(sw, call);
        break;
    case ZV_CALL_IN_MEDIA_DIGIT:
        zv_dtmf_on_press(sw, call, &media->press, ZV_DTMF_BY_EVENT);
        break;
    case ZV_CALL_IN_MEDIA_DIGITS_REFUSED:
        zv_dtmf_on_refused(sw, call, 0);
        break;
    case ZV_CALL_IN_MEDIA_KEYFRAME_WANTED:
        zv_call_on_keyframe_wanted(sw, call);
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
