/*
 * Deadlines of a call: each state has one, and so have ICE and the silence of either side. One heap
 * entry per call, armed for the earliest.
 */
#include "call/phases.h"
#include "call/switch_int.h"
#include "call/unheard.h"
#include "call/unreached.h"

void zv_call_arm(struct zv_switch *sw, struct zv_call *call, enum zv_call_timer timer,
                 int64_t at_us)
{
    int64_t next_us = ZV_TIME_NEVER;
    call->deadlines[timer] = at_us;
    for (int i = 0; i < ZV_CALL_TIMER_COUNT; i++)
        next_us = zv_time_min(next_us, call->deadlines[i]);
    zv_timer_arm(&sw->call_timers, &call->timer, next_us);
}

int64_t zv_call_state_deadline(const struct zv_switch *sw, const struct zv_call *call,
                               enum zv_call_state state)
{
    const struct zv_call_timers *timers = &sw->cfg.timers;
    switch (state) {
    case ZV_CALL_OUT_SETUP:
    case ZV_CALL_OUT_TRYING:
        return call->created_us + timers->trying_us;
    case ZV_CALL_OUT_RINGING:
        return sw->now_us + timers->ringing_out_us;
    case ZV_CALL_IN_SETUP:
        return call->created_us + timers->answering_us;
    case ZV_CALL_IN_RINGING:
        return sw->now_us + timers->ringing_in_us;
    case ZV_CALL_IN_ANSWERING:
        return call->client_answered_us + timers->dtls_wait_us;
    case ZV_CALL_IN_CONFIRMING:
        return call->client_answered_us + ZV_MAX(timers->answering_us, timers->dtls_wait_us);
    case ZV_CALL_REOFFERING:
        return sw->now_us + timers->answering_us;
    case ZV_CALL_ACTIVE:
        return call->answered_us + timers->max_duration_us;
    case ZV_CALL_CLOSING:
    case ZV_CALL_STATE_COUNT:
        break;
    }
    return sw->now_us + timers->media_setup_us;
}

/* The state's time is over: each way leads to another state or to the end. */
static void on_state_timer(struct zv_switch *sw, struct zv_call *call)
{
    static const enum zv_cause causes[ZV_CALL_STATE_COUNT] = {
        [ZV_CALL_OUT_SETUP] = ZV_CAUSE_MEDIA_SETUP,
        [ZV_CALL_OUT_TRYING] = ZV_CAUSE_SIP_TIMEOUT,
        [ZV_CALL_OUT_RINGING] = ZV_CAUSE_RING_TIMEOUT,
        [ZV_CALL_IN_SETUP] = ZV_CAUSE_MEDIA_SETUP,
        [ZV_CALL_IN_RINGING] = ZV_CAUSE_NO_ANSWER,
        [ZV_CALL_IN_CONFIRMING] = ZV_CAUSE_NO_ACK,
        [ZV_CALL_REOFFERING] = ZV_CAUSE_NO_COMMON_CODEC,
        [ZV_CALL_ACTIVE] = ZV_CAUSE_MAX_DURATION,
    };
    if (call->state == ZV_CALL_IN_ANSWERING)
        zv_incoming_accept(sw, call);
    else if (call->state == ZV_CALL_CLOSING)
        zv_call_give_up_media(sw, call);
    else
        zv_call_end(sw, call, causes[call->state]);
}

void zv_call_on_timer(struct zv_switch *sw, struct zv_call *call)
{
    int64_t now_us = sw->now_us;
    if (call->deadlines[ZV_CALL_TIMER_STATE] <= now_us)
        on_state_timer(sw, call);
    else if (call->deadlines[ZV_CALL_TIMER_ICE] <= now_us)
        zv_call_on_ice_timer(sw, call);
    else if (call->deadlines[ZV_CALL_TIMER_VIDEO] <= now_us)
        zv_video_on_timer(sw, call);
    else if (call->deadlines[ZV_CALL_TIMER_WEB_MEDIA] <= now_us)
        zv_call_end_unheard(sw, call, ZV_CALL_LEG_WEB);
    else
        zv_call_end_unheard(sw, call, ZV_CALL_LEG_SIP);
}

/* ---- what waits for the client's media ---- */

void zv_call_expect_ice(struct zv_switch *sw, struct zv_call *call)
{
    bool is_there = call->session && call->session->conn.v;
    call->is_ice_due = true;
    call->is_path_asked = false;
    zv_call_arm(sw, call, ZV_CALL_TIMER_ICE,
                is_there ? sw->now_us + sw->cfg.timers.ice_us : ZV_TIME_NEVER);
}

void zv_call_watch_client(struct zv_switch *sw, struct zv_call *call)
{
    if (call->state == ZV_CALL_CLOSING)
        return;
    zv_call_watch_media(sw, call);
    if (call->is_ice_due)
        zv_call_expect_ice(sw, call);
}

/*
 * A side that says that it sends nothing is not waited for, and nobody is while either side holds
 * the call. Until DTLS is up the client's sound cannot come: ICE's timer waits.
 */
static bool is_due(const struct zv_call *call, enum zv_call_leg leg)
{
    const struct zv_plan_sip_remote_media *sip = &call->sip_remote.audio;
    if (call->state != ZV_CALL_ACTIVE || call->hold.is_ours)
        return false;
    if (leg == ZV_CALL_LEG_SIP)
        return sip->direction == ZV_SDP_SENDRECV && sip->rtp.family;
    return call->is_dtls_up && (sip->direction & ZV_SDP_RECVONLY) && sip->rtp.family;
}

static void note_due(const struct zv_switch *sw, struct zv_call *call, enum zv_call_leg leg)
{
    if (!is_due(call, leg))
        call->due_us[leg] = 0;
    else if (!call->due_us[leg])
        call->due_us[leg] = sw->now_us;
}

/* Before this it was not due, or nobody could send: the client was away, its leg was being renewed.
 */
static int64_t expected_from(const struct zv_call *call, enum zv_call_leg leg)
{
    int64_t from_us = ZV_MAX(call->due_us[leg], call->session->attached_us);
    return leg == ZV_CALL_LEG_WEB ? ZV_MAX(from_us, call->renewed_us) : from_us;
}

/* A picture is a sign of life of the SIP side as well as sound; that there is none is not one of
 * its death. Of the client both come by one way. */
static bool is_seen(const struct zv_call *call, enum zv_call_leg leg)
{
    return leg == ZV_CALL_LEG_SIP && zv_call_video_flows(call, ZV_CALL_LEG_VIDEO) &&
           call->is_leg_heard[ZV_CALL_LEG_VIDEO] && !call->is_leg_silent[ZV_CALL_LEG_VIDEO];
}

static int64_t last_seen_us(const struct zv_call *call, enum zv_call_leg leg)
{
    bool was_seen = leg == ZV_CALL_LEG_SIP && call->is_leg_silent[ZV_CALL_LEG_VIDEO];
    return was_seen ? call->silent_since_us[ZV_CALL_LEG_VIDEO] : 0;
}

/* What was silent before it was due (again) has the whole time from then on. */
static int64_t media_deadline(const struct zv_switch *sw, const struct zv_call *call,
                              enum zv_call_leg leg)
{
    if (!call->due_us[leg] || !call->session || !call->session->conn.v || is_seen(call, leg))
        return ZV_TIME_NEVER;
    int64_t from_us = ZV_MAX(expected_from(call, leg), last_seen_us(call, leg));
    if (call->is_leg_silent[leg])
        return ZV_MAX(call->silent_since_us[leg], from_us) + sw->cfg.timers.no_media_us;
    return call->is_leg_heard[leg] ? ZV_TIME_NEVER : from_us + sw->cfg.timers.no_media_us;
}

void zv_call_watch_media(struct zv_switch *sw, struct zv_call *call)
{
    if (call->state == ZV_CALL_CLOSING)
        return;
    note_due(sw, call, ZV_CALL_LEG_WEB);
    note_due(sw, call, ZV_CALL_LEG_SIP);
    zv_call_arm(sw, call, ZV_CALL_TIMER_WEB_MEDIA, media_deadline(sw, call, ZV_CALL_LEG_WEB));
    zv_call_arm(sw, call, ZV_CALL_TIMER_SIP_MEDIA, media_deadline(sw, call, ZV_CALL_LEG_SIP));
}
