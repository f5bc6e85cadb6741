/*
 * Sessions: a client and its SIP account, from `connection` to a good-bye, or to the end of the
 * time in which a client that was lost may return (away.c, returning.c).
 */
#include "base/alloc.h"
#include "base/err.h"
#include "call/away.h"
#include "call/notify.h"

struct zv_session *zv_session_by_conn(const struct zv_switch *sw, zv_conn_id conn)
{
    struct zv_map_node *node = zv_map_find(&sw->conns, ZV_MAP_KEY_OF(conn.v));
    return node ? ZV_CONTAINER_OF(node, struct zv_session, by_conn) : NULL;
}

struct zv_session *zv_session_by_id(const struct zv_switch *sw, zv_session_id id)
{
    return zv_slots_find(&sw->session_slots, (uint32_t)(id.v >> 32), (uint32_t)id.v);
}

struct zv_cmd_session_log *zv_session_log(struct zv_switch *sw, const struct zv_session *session,
                                          zv_conn_id conn, const char *what, enum zv_cause cause)
{
    struct zv_cmd_session_log *log = &zv_switch_push(sw, ZV_CALL_CMD_SESSION_LOG)->u.session_log;
    log->session = session->id;
    log->conn = conn;
    log->sip_login = zv_str(session->account.login);
    log->sip_domain = zv_str(session->account.domain);
    log->what = zv_str(what);
    log->cause = cause;
    log->is_last = session->is_ending;
    return log;
}

static struct zv_cmd_session_log *log_session(struct zv_switch *sw,
                                              const struct zv_session *session, const char *what,
                                              enum zv_cause cause)
{
    return zv_session_log(sw, session, session->conn, what, cause);
}

static void push_account(struct zv_switch *sw, enum zv_call_cmd_kind kind,
                         const struct zv_session *session)
{
    zv_switch_push(sw, kind)->u.sip.session = session->id;
}

/* ---- timers ---- */

void zv_session_arm(struct zv_switch *sw, struct zv_session *session, enum zv_session_timer timer,
                    int64_t at_us)
{
    int64_t next_us = ZV_TIME_NEVER;
    session->deadlines[timer] = at_us;
    for (int i = 0; i < ZV_SESSION_TIMER_COUNT; i++)
        next_us = zv_time_min(next_us, session->deadlines[i]);
    zv_timer_arm(&sw->session_timers, &session->timer, next_us);
}

/* ---- connecting ---- */

void zv_session_refuse(struct zv_switch *sw, const struct zv_in_connect *in,
                       const struct zv_fail *fail)
{
    struct zv_cmd_session_log *log;
    sw->stats.sessions_refused++;
    zv_notify_fail(sw, in->conn, fail);
    zv_notify_close(sw, in->conn, 1000, zv_cause_name(fail->cause));
    log = &zv_switch_push(sw, ZV_CALL_CMD_SESSION_LOG)->u.session_log;
    log->conn = in->conn;
    log->what = zv_str("refused");
    log->is_last = true;
    log->cause = fail->cause;
    log->detail = fail->text;
}

static void refuse_cause(struct zv_switch *sw, const struct zv_in_connect *in, enum zv_cause cause)
{
    zv_session_refuse(sw, in,
                      &(struct zv_fail){.api_method = "ConnectionStatusEvent", .cause = cause});
}

/* What is wrong with `connection` before its account is looked at; NONE: nothing. */
static enum zv_cause judge(struct zv_switch *sw)
{
    if (sw->is_shutting_down)
        return ZV_CAUSE_SHUTDOWN;
    if (sw->is_draining)
        return ZV_CAUSE_DRAINING;
    if (sw->session_slots.used >= sw->cfg.max_clients && !zv_session_make_room(sw))
        return ZV_CAUSE_LIMIT_CLIENTS;
    return ZV_CAUSE_NONE;
}

static bool read_account(struct zv_switch *sw, const struct zv_in_connect *in,
                         struct zv_session *session)
{
    struct zv_account_fault fault;
    if (zv_account_is_absent(in))
        return true;
    if (zv_account_read(in, sw->cfg.allow_space_in_auth_name, &session->account, &fault)) {
        session->has_account = true;
        return true;
    }
    zv_session_refuse(sw, in,
                      &(struct zv_fail){
                          .api_method = "ConnectionStatusEvent",
                          .cause = fault.cause,
                          .field = zv_str(fault.field),
                          .text = zv_switch_print(sw, "%s", fault.text),
                          .remedy = zv_switch_print(sw, "%s", fault.remedy),
                      });
    return false;
}

static int enter_tables(struct zv_switch *sw, struct zv_session *session)
{
    uint32_t generation;
    int err = zv_timers_reserve(&sw->session_timers, (size_t)sw->session_slots.used + 1);
    if (err)
        return err;
    err = zv_slots_take(&sw->session_slots, session, &session->slot, &generation);
    if (err)
        return err;
    session->id.v = (uint64_t)session->slot << 32 | generation;
    err = zv_token_issue(sw, session);
    if (!err)
        err = zv_map_insert(&sw->conns, ZV_MAP_KEY_OF(session->conn.v), &session->by_conn);
    if (err) {
        zv_token_drop_all(sw, session);
        zv_slots_release(&sw->session_slots, session->slot);
        return err;
    }
    zv_list_append(&sw->sessions, &session->node);
    sw->stats.sessions_created++;
    return 0;
}

static void fill(struct zv_switch *sw, const struct zv_in_connect *in, struct zv_session *session)
{
    session->register_required = session->has_account && in->sip_register_required;
    session->ws_local = in->ws_local;
    session->is_proxied = in->is_proxied;
    session->wants_verdicts = in->wants_verdicts;
    session->wants_digits = in->wants_digits;
    session->wants_drain = in->wants_drain;
    session->keep_alive = in->keep_alive;
    session->can_resume = in->can_resume;
    session->can_reoffer = in->can_reoffer;
    session->created_us = session->attached_us = sw->now_us;
    zv_account_clean_name(in->app_key, session->app_key, sizeof(session->app_key));
    zv_session_id_write(session->id, session->name);
    for (int i = 0; i < ZV_SESSION_TIMER_COUNT; i++)
        session->deadlines[i] = ZV_TIME_NEVER;
}

static void add_account(struct zv_switch *sw, const struct zv_session *session)
{
    const struct zv_account *account = &session->account;
    struct zv_cmd_account *cmd = &zv_switch_push(sw, ZV_CALL_CMD_SIP_ACCOUNT_ADD)->u.account;
    cmd->session = session->id;
    cmd->user = zv_str(account->user);
    cmd->auth_name = zv_str(account->auth_name);
    cmd->password = zv_str(account->password);
    cmd->display = zv_str(account->display);
    cmd->contact_params = zv_str(account->contact_params);
    cmd->expires_s = account->expires_s;
    cmd->domain = zv_str(account->domain);
    cmd->proxy_host = zv_str(account->proxy_host);
    cmd->proxy_port = account->proxy_port;
    cmd->ws_local = session->ws_local;
}

static void start(struct zv_switch *sw, struct zv_session *session)
{
    zv_notify_user_data(sw, session);
    log_session(sw, session, "established", ZV_CAUSE_NONE);
    if (!session->has_account)
        return;
    add_account(sw, session);
    if (!session->register_required)
        return;
    push_account(sw, ZV_CALL_CMD_SIP_REGISTER, session);
    session->is_register_sent = true;
    zv_session_arm(sw, session, ZV_SESSION_TIMER_REGISTER, sw->now_us + sw->cfg.timers.register_us);
}

void zv_session_on_connect(struct zv_switch *sw, const struct zv_in_connect *in)
{
    if (zv_session_by_conn(sw, in->conn)) {
        zv_notify_fail(sw, in->conn,
                       &(struct zv_fail){.api_method = "ConnectionStatusEvent",
                                         .cause = ZV_CAUSE_ALREADY_CONNECTED});
        return;
    }
    if (in->auth_token.len && !sw->is_shutting_down) {
        zv_session_on_return(sw, in);
        return;
    }
    enum zv_cause cause = judge(sw);
    if (cause) {
        refuse_cause(sw, in, cause);
        return;
    }
    struct zv_session *session = zv_zalloc(sizeof(*session));
    if (!session)
        goto no_memory;
    zv_list_init(&session->calls);
    session->conn = in->conn;
    if (!read_account(sw, in, session)) {
        zv_session_destroy(session);
        return;
    }
    if (enter_tables(sw, session))
        goto no_memory;
    fill(sw, in, session);
    start(sw, session);
    return;
no_memory:
    zv_session_destroy(session);
    sw->input_err = ZV_E_NOMEM;
    refuse_cause(sw, in, ZV_CAUSE_INTERNAL_ERROR);
}

/* ---- registration ---- */

void zv_session_on_registered(struct zv_switch *sw, zv_session_id id)
{
    struct zv_session *session = zv_session_by_id(sw, id);
    if (!session || session->is_ending || session->is_failed || !session->is_register_sent) {
        sw->stats.stale_inputs++;
        return;
    }
    zv_session_arm(sw, session, ZV_SESSION_TIMER_REGISTER, ZV_TIME_NEVER);
    if (session->is_registered) /* a refresh: the client is told once */
        return;
    session->is_registered = true;
    session->registered_us = sw->now_us;
    zv_notify_registered(sw, session, false);
    log_session(sw, session, "registered", ZV_CAUSE_NONE);
}

static enum zv_cause cause_of_register(const struct zv_in_sip *in)
{
    switch (in->end) {
    case ZV_SIP_END_REJECTED:
        return zv_cause_of_sip_status(in->status);
    case ZV_SIP_END_AUTH:
        return ZV_CAUSE_SIP_AUTH_FAILED;
    case ZV_SIP_END_UNREACHABLE:
        return ZV_CAUSE_SIP_UNREACHABLE;
    case ZV_SIP_END_UNTRUSTED:
        return ZV_CAUSE_SIP_UNTRUSTED;
    case ZV_SIP_END_UNKNOWN_DOMAIN:
        return ZV_CAUSE_SIP_UNKNOWN_DOMAIN;
    case ZV_SIP_END_DENIED:
        return ZV_CAUSE_SIP_TARGET_DENIED;
    case ZV_SIP_END_PROTOCOL:
        return ZV_CAUSE_SIP_SERVER_ERROR;
    case ZV_SIP_END_INTERNAL:
        return ZV_CAUSE_INTERNAL_ERROR;
    default:
        return ZV_CAUSE_SIP_TIMEOUT;
    }
}

/* Calls that live go on, and with the last of them the session ends. */
static void fail_registration(struct zv_switch *sw, struct zv_session *session, enum zv_cause cause,
                              int status, struct zv_str remedy)
{
    log_session(sw, session, "not registered", cause)->sip_status = status;
    session->is_failed = true;
    session->is_registered = false;
    session->end_cause = cause;
    zv_session_arm(sw, session, ZV_SESSION_TIMER_REGISTER, ZV_TIME_NEVER);
    zv_notify_session_fail(sw, session,
                           &(struct zv_fail){.api_method = "RegistrationStatusEvent",
                                             .cause = cause,
                                             .remedy = remedy,
                                             .sip_status = status});
    if (!session->call_count)
        zv_session_end(sw, session, cause);
}

void zv_session_on_register_failed(struct zv_switch *sw, const struct zv_in_sip *in)
{
    struct zv_session *session = zv_session_by_id(sw, in->session);
    if (!session || session->is_ending || session->is_failed) {
        sw->stats.stale_inputs++;
        return;
    }
    char remedy[ZV_MAX_REASON * 3 + 1];
    zv_account_clean_name(in->remedy, remedy, sizeof(remedy));
    session->is_register_sent = false; /* nothing to take back */
    fail_registration(sw, session, cause_of_register(in), in->status,
                      zv_switch_print(sw, "%s", remedy));
}

/* True: it was due, and is no longer armed. */
static bool take_due(struct zv_switch *sw, struct zv_session *session, enum zv_session_timer timer)
{
    if (session->deadlines[timer] > sw->now_us)
        return false;
    zv_session_arm(sw, session, timer, ZV_TIME_NEVER);
    return true;
}

void zv_session_on_timer(struct zv_switch *sw, struct zv_session *session)
{
    if (take_due(sw, session, ZV_SESSION_TIMER_GONE))
        zv_session_end(sw, session, ZV_CAUSE_CLIENT_GONE);
    else if (take_due(sw, session, ZV_SESSION_TIMER_CALLS))
        zv_session_end_calls(sw, session);
    else if (take_due(sw, session, ZV_SESSION_TIMER_REGISTER))
        fail_registration(sw, session, ZV_CAUSE_SIP_TIMEOUT, 0, (struct zv_str){0});
}

/* ---- the end ---- */

/* A close frame without a code, or with the code of a work that is done (RFC 6455 §7.4.1): what a
 * page sends that disconnects, as opposed to one that is reloaded (1001) or lost. */
static bool is_goodbye(const struct zv_session *session, uint16_t close_code)
{
    return !session->keep_alive && (close_code == 1000 || close_code == 1005);
}

void zv_session_on_closed(struct zv_switch *sw, const struct zv_in_client *in)
{
    struct zv_session *session = zv_session_by_conn(sw, in->conn);
    if (!session)
        return;
    zv_map_remove(&sw->conns, &session->by_conn);
    session->conn = (zv_conn_id){0};
    if (session->is_ending)
        return;
    session->is_goodbye = is_goodbye(session, in->close_code);
    if (session->is_goodbye || !session->has_account)
        zv_session_end(sw, session, ZV_CAUSE_NORMAL);
    else
        zv_session_lose_client(sw, session, in->conn);
}

void zv_session_end(struct zv_switch *sw, struct zv_session *session, enum zv_cause cause)
{
    if (session->is_ending)
        return;
    session->is_ending = true;
    session->end_cause = cause;
    zv_timer_disarm(&sw->session_timers, &session->timer);
    if (!zv_list_has(&session->ending_node))
        zv_list_append(&sw->ending, &session->ending_node);
}

void zv_session_end_calls(struct zv_switch *sw, struct zv_session *session)
{
    if (session->call_count && !zv_list_has(&session->ending_node))
        zv_list_append(&sw->ending, &session->ending_node);
}

void zv_session_call_gone(struct zv_switch *sw, struct zv_session *session)
{
    if (!session->call_count && session->is_failed)
        zv_session_end(sw, session, session->end_cause);
}

void zv_session_finish(struct zv_switch *sw, struct zv_session *session)
{
    if (session->is_register_sent)
        push_account(sw, ZV_CALL_CMD_SIP_UNREGISTER, session);
    if (session->has_account)
        push_account(sw, ZV_CALL_CMD_SIP_ACCOUNT_REMOVE, session);
    if (session->conn.v) {
        bool goes_away =
            session->end_cause == ZV_CAUSE_SHUTDOWN || session->end_cause == ZV_CAUSE_DRAINING;
        if (session->end_cause == ZV_CAUSE_DRAINING)
            zv_notify_drain(sw, session, false);
        /* RFC 6455 §7.4.1: 1001 going away; all else is told by messages. */
        zv_notify_close(sw, session->conn, goes_away ? 1001 : 1000,
                        zv_cause_name(session->end_cause));
        zv_map_remove(&sw->conns, &session->by_conn);
    }
    zv_switch_push(sw, ZV_CALL_CMD_CLIENT_FORGET)->u.forget.session = session->id;
    log_session(sw, session, "ended", session->end_cause);
    zv_token_drop_all(sw, session);
    zv_list_remove(&session->ending_node);
    zv_list_remove(&session->returning_node);
    zv_list_remove(&session->telling_node);
    zv_list_remove(&session->node);
    zv_slots_release(&sw->session_slots, session->slot);
    zv_list_append(&sw->dead_sessions, &session->node);
    sw->stats.sessions_destroyed++;
}

/* Why a call of this session ends with it, or with its client's time. */
static enum zv_cause cause_for(const struct zv_session *session, const struct zv_call *call)
{
    if (!session->is_ending)
        return ZV_CAUSE_CLIENT_GONE;
    return session->is_goodbye ? zv_call_goodbye_cause(call) : session->end_cause;
}

bool zv_session_step(struct zv_switch *sw)
{
    struct zv_list_node *node = zv_list_first(&sw->ending);
    if (!node)
        return false;
    struct zv_session *session = ZV_CONTAINER_OF(node, struct zv_session, ending_node);
    struct zv_list_node *first = zv_list_first(&session->calls);
    if (first) {
        struct zv_call *call = ZV_CONTAINER_OF(first, struct zv_call, session_node);
        sw->subject = call->id;
        zv_call_end(sw, call, cause_for(session, call));
    } else if (session->is_ending) {
        zv_session_finish(sw, session);
    } else {
        zv_list_remove(node);
    }
    return true;
}

bool zv_switch_connect_of(const struct zv_switch *sw, const struct zv_call_in *in,
                          struct zv_switch_connect *ret_connect)
{
    const struct zv_session *session = NULL;
    if (in->kind == ZV_CALL_IN_CLIENT_CONNECT)
        session = in->u.connect.auth_token.len ? zv_session_by_conn(sw, in->u.connect.conn) : NULL;
    else if (in->kind == ZV_CALL_IN_CLIENT_CALL)
        session = zv_session_by_conn(sw, in->u.call.conn);
    else if (in->kind == ZV_CALL_IN_CLIENT_REFUSED)
        session = zv_session_by_conn(sw, in->u.refused.conn);
    else if (in->kind == ZV_CALL_IN_SIP_INCOMING)
        session = zv_session_by_id(sw, in->u.sip.session);
    if (!session)
        return false;
    const struct zv_account *account = &session->account;
    struct zv_buf port = zv_buf(ret_connect->port, sizeof(ret_connect->port));
    zv_buf_printf(&port, "%u", account->proxy_port);
    ret_connect->session = session->id;
    ret_connect->is_registered = session->is_registered;
    ret_connect->is_draining = sw->is_draining && in->kind != ZV_CALL_IN_CLIENT_CONNECT;
    ret_connect->in = (struct zv_in_connect){
        .conn = session->conn,
        .ws_local = session->ws_local,
        .is_proxied = session->is_proxied,
        .keep_alive = session->keep_alive,
        .can_resume = session->can_resume,
        .can_reoffer = session->can_reoffer,
        .wants_verdicts = session->wants_verdicts,
        .wants_digits = session->wants_digits,
        .wants_drain = session->wants_drain,
        .last_seq = in->kind == ZV_CALL_IN_CLIENT_CONNECT ? in->u.connect.last_seq : -1,
        .sip_register_required = session->register_required,
        .app_key = zv_str(session->app_key),
        .sip_login = zv_str(account->login),
        .sip_auth_name = zv_str(account->auth_name),
        .sip_visible_name = zv_str(account->display),
        .sip_contact_params = zv_str(account->contact_params),
        .sip_domain = zv_str(account->domain),
        .sip_outbound_proxy = zv_str(account->proxy_host),
        .sip_port = account->proxy_port ? zv_buf_str(&port) : (struct zv_str){0},
    };
    return true;
}

void zv_session_destroy(struct zv_session *session)
{
    zv_free_secret(session, sizeof(*session));
}
