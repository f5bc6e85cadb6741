#include "call/view.h"

#include "call/switch_int.h"

/* ---- calls ---- */

static int64_t ice_wanted_us(const struct zv_switch *sw, const struct zv_call *call)
{
    int64_t deadline_us = call->deadlines[ZV_CALL_TIMER_ICE];
    return deadline_us == ZV_TIME_NEVER ? 0 : deadline_us - sw->cfg.timers.ice_us;
}

static void view_call(const struct zv_switch *sw, const struct zv_call *call,
                      struct zv_call_view *view)
{
    *view = (struct zv_call_view){
        .id = call->id,
        .session = call->session_id,
        .conn = call->session ? call->session->conn : (zv_conn_id){0},
        .state = zv_call_state_name(call->state),
        .login = call->session ? call->session->account.login : "",
        .call_id = call->name,
        .caller = call->caller,
        .callee = call->callee,
        .cause = call->cause,
        .client_away_us = call->session ? call->session->away_us : 0,
        .is_incoming = call->incoming,
        .is_over = call->state == ZV_CALL_CLOSING,
        .is_ice_up = call->is_ice_up,
        .is_dtls_up = call->is_dtls_up,
        .ice_wanted_us = ice_wanted_us(sw, call),
        .sip_status = call->sip_status,
        .created_us = call->created_us,
        .answered_us = call->answered_us,
        .ended_us = call->ended_us,
        .sip_local = call->sip.audio.rtp,
        .sip_remote = call->sip_remote.audio.rtp,
        .plan = &call->plan,
    };
    for (int leg = ZV_CALL_LEG_WEB; leg <= ZV_CALL_LEG_SIP; leg++) {
        view->due_us[leg] = call->due_us[leg];
        view->is_heard[leg] = call->is_leg_heard[leg];
        view->is_silent[leg] = call->is_leg_silent[leg];
        view->silent_since_us[leg] = call->is_leg_silent[leg] ? call->silent_since_us[leg] : 0;
    }
}

/* The node after the one where the walk is; NULL: the end. */
static const struct zv_list_node *step(const struct zv_list *list, const void **at)
{
    const struct zv_list_node *node = *at ? *at : &list->head;
    *at = node->next;
    return node->next == &list->head ? NULL : node->next;
}

bool zv_switch_next_call(const struct zv_switch *sw, const void **at, struct zv_call_view *ret_view)
{
    const struct zv_list_node *node = step(&sw->calls, at);
    if (!node)
        return false;
    view_call(sw, ZV_CONTAINER_OF(node, struct zv_call, node), ret_view);
    return true;
}

bool zv_switch_view_call(const struct zv_switch *sw, zv_call_id id, struct zv_call_view *ret_view)
{
    const struct zv_call *call = zv_call_by_id(sw, id);
    if (!call)
        return false;
    view_call(sw, call, ret_view);
    return true;
}

/* ---- sessions ---- */

const char *zv_session_standing_name(enum zv_session_standing standing)
{
    static const char *const names[] = {
#define X(id, name) name,
        ZV_SESSION_STANDING_LIST(X)
#undef X
    };
    return (unsigned)standing < ZV_SESSION_STANDING_COUNT ? names[standing] : "unknown";
}

static enum zv_session_standing standing_of(const struct zv_session *session)
{
    if (session->is_ending)
        return ZV_SESSION_ENDING;
    if (session->is_failed)
        return ZV_SESSION_FAILED;
    if (session->is_registered)
        return ZV_SESSION_REGISTERED;
    if (!session->has_account)
        return ZV_SESSION_NO_ACCOUNT;
    return session->register_required ? ZV_SESSION_REGISTERING : ZV_SESSION_NOT_REQUIRED;
}

bool zv_switch_next_session(const struct zv_switch *sw, const void **at,
                            struct zv_session_view *ret_view)
{
    const struct zv_list_node *node = step(&sw->sessions, at);
    if (!node)
        return false;
    const struct zv_session *session = ZV_CONTAINER_OF(node, struct zv_session, node);
    *ret_view = (struct zv_session_view){
        .id = session->id,
        .conn = session->conn,
        .away_us = session->away_us,
        .login = session->account.login,
        .domain = session->account.domain,
        .proxy = session->account.proxy_host,
        .proxy_port = session->account.proxy_port,
        .standing = standing_of(session),
        .cause = session->end_cause,
        .calls = session->call_count,
        .created_us = session->created_us,
        .registered_us = session->is_registered ? session->registered_us : 0,
    };
    return true;
}
