/*
 * A session is refreshed (RFC 4028 §7.4, §10): by UPDATE where the far end takes it, since that
 * touches no media; else by a re-INVITE that says again what is agreed on, under the same o=
 * (RFC 3264 §8). Any other re-INVITE that succeeds refreshes as well.
 *
 * A refresh that fails without the dialog being gone, be it for one ICMP error, is tried again in
 * half of the time that is left, and when none is left the call ends, as it does when the far end
 * does not refresh. A far end that refuses UPDATE again may yet take a re-INVITE. Silence means
 * that the dialog is gone (RFC 3261 §12.2.1.2).
 */
#include "base/err.h"
#include "sip/leg.h"

/* UPDATEs refused in a row, whatever for, until a re-INVITE is tried in their place. */
#define MAX_REFUSALS 2
/* Until the next try at least: above the pause of RFC 3261 §14.1 after a 491. */
#define MIN_PAUSE_US ZV_SECONDS(4)

static void build(struct zv_sip_request *req, struct zv_sip_builder *b, struct zv_str *ret_body)
{
    struct zv_sip_leg *leg = req->owner;
    zv_sip_leg_build_update(leg, req, &leg->session.auths, b);
    *ret_body = (struct zv_str){0};
}

/* There is no UPDATE there, whatever its Allow said. */
static bool is_unknown_method(uint16_t status)
{
    return status == 405 || status == 501;
}

/* An overload and a meeting of requests pass. */
static bool is_passing(uint16_t status)
{
    return status == 491 || status == 503;
}

static void refused(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg_session *session = &leg->session;
    session->update = zv_sip_request_drop(session->update);
    if (session->refusals < MAX_REFUSALS && !is_passing(msg->status))
        session->refusals++;
    bool is_refused_again = session->refusals == MAX_REFUSALS && session->sdp;
    if (!is_unknown_method(msg->status) && !is_refused_again)
        return; /* the timer is armed for the next try */
    leg->dialog->value.allows_update = false;
    zv_sip_timer_arm(leg->sip, &session->timer, now_us);
}

static void on_response(struct zv_sip_request *req, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (msg->status < 200)
        return;
    if (msg->status < 300) {
        leg->session.update = zv_sip_request_drop(req);
        leg->session.refusals = 0;
        zv_sip_leg_dialog_refresh(leg->dialog, msg);
        zv_sip_leg_take_session(leg, msg, now_us);
    } else if (((msg->status == 401 || msg->status == 407) &&
                !zv_sip_account_take_challenge(leg->account, &leg->session.auths, req, msg,
                                               true)) ||
               (msg->status == 422 && zv_sip_leg_raise_session(leg, msg))) {
        zv_sip_request_again(req, now_us);
    } else if (msg->status == 481 || msg->status == 408) {
        zv_sip_leg_dialog_lost(leg, msg, now_us);
    } else {
        refused(leg, msg, now_us);
    }
}

static void on_failed(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_leg *leg = req->owner;
    if (zv_sip_leg_dialog_go_elsewhere(leg->dialog, req, cause, now_us))
        return;
    if (cause == ZV_SIP_CAUSE_TIMEOUT)
        zv_sip_leg_dialog_lost(leg, NULL, now_us);
    else
        leg->session.update = zv_sip_request_drop(req); /* the timer is armed for the next try */
}

static const struct zv_sip_request_ops ops = {
    .build = build,
    .on_response = on_response,
    .on_failed = on_failed,
};

static void update(struct zv_sip_leg *leg, int64_t now_us)
{
    struct zv_sip_request *req = zv_sip_request_new(leg->sip, &ops, leg, ZV_SIP_METHOD_UPDATE);
    leg->session.update = req;
    leg->session.rounds = 0;
    if (!req || zv_sip_leg_dialog_start(leg->dialog, req, now_us))
        leg->session.update = zv_sip_request_drop(req);
}

/* An offer under way, theirs or ours, refreshes by itself when it succeeds. */
static void refresh(struct zv_sip_leg *leg, int64_t now_us)
{
    const struct zv_sip_leg_session *session = &leg->session;
    if (leg->state != ZV_SIP_LEG_CONFIRMED || leg->offer != ZV_SIP_OFFER_NONE || leg->accepted ||
        session->update)
        return;
    if (leg->dialog->value.allows_update)
        update(leg, now_us);
    else if (session->sdp)
        zv_sip_leg_refresh_by_invite(leg, now_us);
}

void zv_sip_leg_on_session_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(timer, struct zv_sip_leg, session.timer);
    int64_t left_us = leg->session.bye_us - now_us;
    if (left_us <= 0) {
        zv_sip_leg_dialog_lost(leg, NULL, now_us);
        return;
    }
    zv_sip_timer_arm(sip, timer,
                     zv_time_min(now_us + ZV_MAX(left_us / 2, MIN_PAUSE_US), leg->session.bye_us));
    refresh(leg, now_us);
}
