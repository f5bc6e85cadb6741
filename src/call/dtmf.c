/*
 * Digits. The client's go to the SIP side as telephone-events (RFC 4733) where it takes them, which
 * its description says, else by INFO; those of the SIP side reach a client that asked for them,
 * once a press, by whichever way they came. They may be a PIN: nothing here or behind may show them
 * but to those two.
 */
#include "call/notify.h"
#include "call/phases.h"
#include "call/switch_int.h"

/* Who tells of a press both ways does so at about the same time: as it begins, or as it ends. */
#define TWICE_US ZV_SECONDS(1)
/* Nobody presses faster; more is a flood, which would fill the client's queue and the trace. */
#define MAX_PRESSES_PER_S 20

/* ---- the client's ---- */

static bool is_media_set(const struct zv_call *call)
{
    return call->incoming ? call->state == ZV_CALL_IN_CONFIRMING || call->state == ZV_CALL_ACTIVE
                          : call->is_sdp_sent;
}

/* Before the answer, too: many an announcement asks for a number. */
static bool takes_events(const struct zv_call *call)
{
    const struct zv_codec_pair *event = zv_media_plan_event(&call->plan);
    const struct zv_plan_sip_remote_media *audio = &call->sip_remote.audio;
    return is_media_set(call) && event && event->sip_tx_pt != ZV_PT_NONE &&
           event->web_pt != ZV_PT_NONE && (audio->direction & ZV_SDP_RECVONLY) && audio->rtp.family;
}

static void push(struct zv_switch *sw, const struct zv_call *call, enum zv_call_cmd_kind kind,
                 const struct zv_in_client *in)
{
    struct zv_cmd_digits *digits = &zv_switch_push(sw, kind)->u.digits;
    digits->call = call->id;
    digits->leg = call->leg;
    digits->session = call->session_id;
    digits->mode = in->dtmf;
    digits->digits = zv_switch_print(sw, "%.*s", ZV_STR_ARG(in->text));
}

/* Not "CallStatusEvent": old clients end a call whose id stands in one. */
static void fail(struct zv_switch *sw, const struct zv_call *call, const struct zv_fail *why)
{
    struct zv_fail told = *why;
    told.api_method = "ErrorStatusEvent";
    told.id = zv_str(call->name);
    zv_notify_session_fail(sw, call->session, &told);
}

void zv_dtmf_on_client(struct zv_switch *sw, struct zv_call *call, const struct zv_in_client *in)
{
    if (in->dtmf == ZV_DTMF_AUTO && takes_events(call))
        push(sw, call, ZV_CALL_CMD_MEDIA_SEND_DIGITS, in);
    else if (call->state == ZV_CALL_ACTIVE)
        push(sw, call, ZV_CALL_CMD_SIP_SEND_DIGITS, in);
    else
        fail(sw, call,
             &(struct zv_fail){.cause = ZV_CAUSE_BAD_REQUEST,
                               .text = zv_str("the call is not up yet: nobody takes digits")});
}

void zv_dtmf_on_refused(struct zv_switch *sw, struct zv_call *call, int sip_status)
{
    fail(sw, call, &(struct zv_fail){.cause = ZV_CAUSE_DTMF_REFUSED, .sip_status = sip_status});
}

/* ---- the SIP side's ---- */

static bool is_flood(struct zv_call_dtmf *dtmf, int64_t now_us)
{
    if (now_us - dtmf->second_us >= ZV_SECONDS(1)) {
        dtmf->second_us = now_us;
        dtmf->in_second = 0;
    }
    if (dtmf->in_second == MAX_PRESSES_PER_S)
        return true;
    dtmf->in_second++;
    return false;
}

void zv_dtmf_on_press(struct zv_switch *sw, struct zv_call *call, const struct zv_in_press *press,
                      enum zv_dtmf_way way)
{
    struct zv_call_dtmf *last = &call->dtmf;
    char digit = press->digit.len ? press->digit.p[0] : '\0';
    int64_t within_us = TWICE_US + ZV_MS((int64_t)press->duration_ms);
    bool is_same =
        last->digit == digit && last->way != way && sw->now_us - last->pressed_us < within_us;
    if (!digit || is_same)
        return;
    if (is_flood(last, sw->now_us)) {
        sw->stats.stale_inputs++;
        return;
    }
    last->digit = digit;
    last->way = way;
    last->pressed_us = sw->now_us;
    zv_notify_digit(sw, call, press, way == ZV_DTMF_BY_EVENT ? "rfc4733" : "info");
}
