/*
 * A client that returns with its token: its session gets the new socket, the old one is closed, and
 * the client is told how things stand. What it missed is kept beside its socket (http/); what rings
 * is told again to a client that remembers nothing, one call a step.
 */
#include "base/err.h"
#include "call/away.h"
#include "call/notify.h"

/* Whoever had no call when the drain began has no session any more, but is to try again. */
static void refuse_token(struct zv_switch *sw, const struct zv_in_connect *in)
{
    sw->stats.tokens_refused++;
    zv_session_refuse(sw, in,
                      &(struct zv_fail){.api_method = "ConnectionStatusEvent",
                                        .cause = sw->is_draining ? ZV_CAUSE_DRAINING
                                                                 : ZV_CAUSE_RESUME_UNKNOWN_TOKEN});
}

/* RFC 6455 §7.4.1: 1000, so that what still listens there does not come back and forth. */
static void close_old_socket(struct zv_switch *sw, struct zv_session *session)
{
    if (!session->conn.v)
        return;
    zv_notify_close(sw, session->conn, 1000, "the session goes on in another connection");
    zv_map_remove(&sw->conns, &session->by_conn);
    session->conn = (zv_conn_id){0};
}

/* ZV_E_NOMEM: the session is as it was, but that it has no socket now. */
static int attach(struct zv_switch *sw, struct zv_session *session, const struct zv_in_connect *in)
{
    close_old_socket(sw, session);
    session->conn = in->conn;
    int err = zv_map_insert(&sw->conns, ZV_MAP_KEY_OF(session->conn.v), &session->by_conn);
    if (err) {
        session->conn = (zv_conn_id){0};
        if (!session->away_us)
            zv_session_lose_client(sw, session, session->conn);
        return err;
    }
    session->ws_local = in->ws_local;
    session->is_proxied = in->is_proxied;
    session->keep_alive = in->keep_alive;
    session->can_resume = in->can_resume;
    session->can_reoffer = in->can_reoffer;
    session->wants_verdicts = in->wants_verdicts;
    session->wants_digits = in->wants_digits;
    session->wants_drain = in->wants_drain;
    session->attached_us = sw->now_us;
    session->away_us = 0;
    zv_session_arm(sw, session, ZV_SESSION_TIMER_CALLS, ZV_TIME_NEVER);
    zv_session_arm(sw, session, ZV_SESSION_TIMER_GONE, ZV_TIME_NEVER);
    return 0;
}

static void take_up_calls(struct zv_switch *sw, struct zv_session *session)
{
    ZV_LIST_EACH (node, &session->calls) {
        struct zv_call *call = ZV_CONTAINER_OF(node, struct zv_call, session_node);
        call->video.voided = 0; /* what was to come by the old socket does not */
        call->is_offer_again_due = call->state == ZV_CALL_IN_RINGING;
        zv_call_watch_client(sw, call);
    }
    if (!zv_list_has(&session->returning_node))
        zv_list_append(&sw->returning, &session->returning_node);
}

void zv_session_on_return(struct zv_switch *sw, const struct zv_in_connect *in)
{
    struct zv_session_token *token = zv_token_find(sw, in->auth_token);
    if (!token) {
        refuse_token(sw, in);
        return;
    }
    struct zv_session *session = token->session;
    if (zv_token_rotate(sw, token) || attach(sw, session, in)) {
        sw->input_err = ZV_E_NOMEM;
        zv_session_refuse(sw, in,
                          &(struct zv_fail){.api_method = "ConnectionStatusEvent",
                                            .cause = ZV_CAUSE_INTERNAL_ERROR});
        return;
    }
    sw->stats.sessions_returned++;
    zv_notify_user_data(sw, session);
    if (session->is_registered)
        zv_notify_registered(sw, session, true);
    if (session->can_resume)
        zv_notify_resumed(sw, session, in->last_seq);
    if (sw->is_draining)
        zv_notify_drain(sw, session, true);
    zv_session_log(sw, session, session->conn, "returned", ZV_CAUSE_NONE);
    take_up_calls(sw, session);
}

bool zv_session_returning_step(struct zv_switch *sw)
{
    struct zv_list_node *first = zv_list_first(&sw->returning);
    if (!first)
        return false;
    struct zv_session *session = ZV_CONTAINER_OF(first, struct zv_session, returning_node);
    ZV_LIST_EACH (node, &session->calls) {
        struct zv_call *call = ZV_CONTAINER_OF(node, struct zv_call, session_node);
        if (!call->is_offer_again_due)
            continue;
        call->is_offer_again_due = false;
        sw->subject = call->id;
        zv_notify_incoming(sw, call, true);
        return true;
    }
    zv_list_remove(first);
    return true;
}
