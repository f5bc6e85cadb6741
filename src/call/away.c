/*
 * What becomes of a session without its client. The SIP side notices nothing: the registration is
 * refreshed and calls go on, in whatever state they are, until the client's time is over. Deadlines
 * that are about the client's own media wait for it (timers.c).
 */
#include "call/away.h"
#include "call/notify.h"

static int64_t calls_window(const struct zv_switch *sw, const struct zv_session *session)
{
    const struct zv_call_timers *timers = &sw->cfg.timers;
    return session->can_resume ? timers->resume_window_us : timers->client_gone_us;
}

static int64_t session_window(const struct zv_switch *sw, const struct zv_session *session)
{
    const struct zv_call_timers *timers = &sw->cfg.timers;
    int64_t window_us = timers->resume_window_us;
    if (session->call_count) /* it lasts as long as they may */
        window_us = ZV_MAX(window_us, calls_window(sw, session));
    return session->keep_alive ? ZV_MAX(window_us, timers->keep_alive_window_us) : window_us;
}

void zv_session_lose_client(struct zv_switch *sw, struct zv_session *session, zv_conn_id conn)
{
    session->away_us = sw->now_us;
    zv_session_log(sw, session, conn, "client lost", ZV_CAUSE_NONE);
    ZV_LIST_EACH (node, &session->calls) {
        zv_call_watch_client(sw, ZV_CONTAINER_OF(node, struct zv_call, session_node));
    }
    zv_session_arm(sw, session, ZV_SESSION_TIMER_CALLS, sw->now_us + calls_window(sw, session));
    zv_session_arm(sw, session, ZV_SESSION_TIMER_GONE, sw->now_us + session_window(sw, session));
}

bool zv_session_takes_calls(const struct zv_session *session)
{
    return session->conn.v || session->can_resume || session->keep_alive;
}

bool zv_session_has_listener(const struct zv_session *session)
{
    return session->conn.v || session->can_resume;
}

/* A registered account is missed more than one that never was, and the longer away the less. */
static bool is_missed_less(const struct zv_session *a, const struct zv_session *b)
{
    if (a->is_registered != b->is_registered)
        return !a->is_registered;
    return a->away_us < b->away_us;
}

/* Looks at all of them, which only happens when the table is full. */
bool zv_session_make_room(struct zv_switch *sw)
{
    struct zv_session *least = NULL;
    ZV_LIST_EACH (node, &sw->sessions) {
        struct zv_session *session = ZV_CONTAINER_OF(node, struct zv_session, node);
        bool is_free = !session->conn.v && !session->call_count && !session->is_ending;
        if (is_free && (!least || is_missed_less(session, least)))
            least = session;
    }
    if (!least)
        return false;
    zv_session_end(sw, least, ZV_CAUSE_LIMIT_CLIENTS);
    zv_session_finish(sw, least);
    return true;
}
