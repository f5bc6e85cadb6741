/* The messages that clients get (wcs-protocol §3), composed in one place. */
#include "call/notify.h"

#include "call/away.h"
#include "call/phases.h"

static struct zv_cmd_client *push(struct zv_switch *sw, zv_conn_id conn,
                                  enum zv_client_message message)
{
    const struct zv_session *session = zv_session_by_conn(sw, conn);
    struct zv_cmd_client *client = &zv_switch_push(sw, ZV_CALL_CMD_CLIENT_EVENT)->u.client;
    client->conn = conn;
    client->message = message;
    if (session)
        client->session = session->id;
    return client;
}

static struct zv_cmd_client *push_to(struct zv_switch *sw, const struct zv_session *session,
                                     enum zv_client_message message)
{
    struct zv_cmd_client *client = &zv_switch_push(sw, ZV_CALL_CMD_CLIENT_EVENT)->u.client;
    client->conn = session->conn;
    client->session = session->id;
    client->message = message;
    return client;
}

static struct zv_str or_absent(const char *text)
{
    return text && *text ? zv_str(text) : (struct zv_str){0};
}

static struct zv_str first_of(struct zv_str text, const char *otherwise)
{
    return text.len ? text : or_absent(otherwise);
}

static void fill_fail(struct zv_cmd_client *client, const struct zv_fail *fail)
{
    const struct zv_cause_info *cause = zv_cause_info(fail->cause);
    client->status = zv_str("FAILED");
    client->api_method = zv_str(fail->api_method);
    client->id = fail->id;
    client->cause = zv_str(cause->name);
    client->text = first_of(fail->text, cause->text);
    client->info = client->text;
    client->remedy = first_of(fail->remedy, cause->remedy);
    client->hop = or_absent(zv_cause_hop_name(cause->hop));
    client->field = fail->field;
    client->sip_status = fail->sip_status;
}

void zv_notify_fail(struct zv_switch *sw, zv_conn_id conn, const struct zv_fail *fail)
{
    fill_fail(push(sw, conn, ZV_MSG_FAIL), fail);
}

void zv_notify_session_fail(struct zv_switch *sw, const struct zv_session *session,
                            const struct zv_fail *fail)
{
    if (zv_session_has_listener(session))
        fill_fail(push_to(sw, session, ZV_MSG_FAIL), fail);
}

void zv_notify_close(struct zv_switch *sw, zv_conn_id conn, uint16_t code, const char *reason)
{
    struct zv_cmd_close *close = &zv_switch_push(sw, ZV_CALL_CMD_CLIENT_CLOSE)->u.close;
    close->conn = conn;
    close->code = code;
    close->reason = zv_str(reason);
}

static void fill_session(struct zv_cmd_client *client, const struct zv_session *session)
{
    client->session_id = zv_str(session->name);
    client->app_key = or_absent(session->app_key);
    client->sip_register_required = session->register_required;
    if (!session->has_account)
        return;
    client->sip_login = zv_str(session->account.login);
    client->sip_auth_name = zv_str(session->account.auth_name);
    client->sip_domain = zv_str(session->account.domain);
    client->sip_outbound_proxy = zv_str(session->account.proxy_host);
    client->sip_visible_name = or_absent(session->account.display);
    client->sip_port = session->account.proxy_port;
}

void zv_notify_user_data(struct zv_switch *sw, const struct zv_session *session)
{
    struct zv_cmd_client *client = push_to(sw, session, ZV_MSG_GET_USER_DATA);
    client->status = zv_str("ESTABLISHED");
    client->auth_token = zv_str(session->tokens[session->token_now].text);
    fill_session(client, session);
}

void zv_notify_registered(struct zv_switch *sw, const struct zv_session *session, bool is_again)
{
    if (!zv_session_has_listener(session))
        return;
    struct zv_cmd_client *client = push_to(sw, session, ZV_MSG_REGISTERED);
    client->status = zv_str("REGISTERED");
    client->is_again = is_again;
    fill_session(client, session);
}

/* ---- calls ---- */

static struct zv_str visible_name(const struct zv_call *call)
{
    return zv_str(call->display[0] ? call->display : call->caller);
}

static struct zv_cmd_client *push_call(struct zv_switch *sw, const struct zv_call *call,
                                       enum zv_client_message message, const char *status)
{
    struct zv_cmd_client *client = push_to(sw, call->session, message);
    client->call_id = zv_str(call->name);
    client->status = zv_str(status);
    client->incoming = call->incoming;
    client->caller = zv_str(call->caller);
    client->callee = zv_str(call->callee);
    client->visible_name = visible_name(call);
    client->has_audio = true;
    client->has_video = zv_call_has_video(call);
    return client;
}

static bool has_listener(const struct zv_call *call)
{
    return call->session && zv_session_has_listener(call->session);
}

void zv_notify_call(struct zv_switch *sw, struct zv_call *call, enum zv_client_message message,
                    const char *status, int sip_status)
{
    call->status = status;
    if (has_listener(call))
        push_call(sw, call, message, status)->sip_status = sip_status;
}

static struct zv_cmd_client *push_sdp(struct zv_switch *sw, const struct zv_call *call,
                                      enum zv_client_message message)
{
    struct zv_cmd_client *client = push_to(sw, call->session, message);
    client->call_id = zv_str(call->name);
    client->sdp = zv_text_str(call->web_local);
    return client;
}

void zv_notify_sdp(struct zv_switch *sw, const struct zv_call *call, bool is_initiator)
{
    if (has_listener(call))
        push_sdp(sw, call, ZV_MSG_SET_REMOTE_SDP)->is_initiator = is_initiator;
}

void zv_notify_incoming(struct zv_switch *sw, struct zv_call *call, bool is_again)
{
    call->status = "RING";
    if (!has_listener(call))
        return;
    push_sdp(sw, call, ZV_MSG_SET_REMOTE_SDP)->is_again = is_again;
    push_call(sw, call, ZV_MSG_INCOMING_CALL, "RING")->is_again = is_again;
    push_call(sw, call, ZV_MSG_RING, "RING")->is_again = is_again;
}

void zv_notify_update(struct zv_switch *sw, const struct zv_call *call, bool is_reload)
{
    if (has_listener(call))
        push_sdp(sw, call, ZV_MSG_UPDATE)->is_reload = is_reload;
}

void zv_notify_offer(struct zv_switch *sw, const struct zv_call *call)
{
    if (!has_listener(call))
        return;
    struct zv_cmd_client *client = push_sdp(sw, call, ZV_MSG_UPDATE);
    client->sdp = zv_text_str(call->video.offer);
    client->is_offer = true;
}

/* ---- verdicts ---- */

/* Texts of an input live while it is taken only. */
static struct zv_str copy(struct zv_switch *sw, struct zv_str text)
{
    return text.len ? zv_switch_print(sw, "%.*s", ZV_STR_ARG(text)) : (struct zv_str){0};
}

void zv_notify_verdict(struct zv_switch *sw, const struct zv_call *call, enum zv_call_leg leg,
                       const struct zv_in_verdict *verdict)
{
    bool is_known = call->is_announced && has_listener(call);
    if (!is_known || !call->session->wants_verdicts || !verdict->is_for_client)
        return;
    struct zv_cmd_client *client = push_to(sw, call->session, ZV_MSG_VERDICT);
    client->call_id = zv_str(call->name);
    client->leg = zv_str(leg == ZV_CALL_LEG_WEB ? "web" : "sip");
    client->code = copy(sw, verdict->code);
    client->severity = copy(sw, verdict->severity);
    client->text = copy(sw, verdict->text);
    client->remedy = copy(sw, verdict->remedy);
    client->since_us = verdict->since_us;
}

/* ---- digits ---- */

void zv_notify_digit(struct zv_switch *sw, const struct zv_call *call,
                     const struct zv_in_press *press, const char *via)
{
    if (!call->is_announced || !has_listener(call) || !call->session->wants_digits)
        return;
    struct zv_cmd_client *client = push_to(sw, call->session, ZV_MSG_DIGIT);
    client->call_id = zv_str(call->name);
    client->digit = copy(sw, press->digit);
    client->duration_ms = press->duration_ms;
    client->via = zv_str(via);
}

/* ---- drains ---- */

void zv_notify_drain(struct zv_switch *sw, const struct zv_session *session, bool is_again)
{
    const struct zv_cause_info *cause = zv_cause_info(ZV_CAUSE_DRAINING);
    if (!session->wants_drain || !zv_session_has_listener(session))
        return;
    struct zv_cmd_client *client = push_to(sw, session, ZV_MSG_DRAIN);
    client->is_again = is_again;
    client->is_drain_over = !sw->is_draining;
    if (client->is_drain_over)
        return;
    if (session->call_count)
        client->left_us = ZV_MAX(sw->drained_us - sw->now_us, 0);
    client->cause = zv_str(cause->name);
    client->text = zv_str(cause->text);
    client->remedy = zv_str(cause->remedy);
    client->hop = or_absent(zv_cause_hop_name(cause->hop));
}

/* ---- returns ---- */

/* For the client a call that it has answered is up, while its answer is on its way. */
static int64_t up_since_us(const struct zv_call *call)
{
    bool is_answering = call->state == ZV_CALL_IN_ANSWERING || call->state == ZV_CALL_IN_CONFIRMING;
    if (is_answering)
        return call->client_answered_us;
    return call->state == ZV_CALL_ACTIVE ? call->answered_us : 0;
}

static void list_call(const struct zv_switch *sw, const struct zv_call *call,
                      struct zv_cmd_resumed_call *listed)
{
    int64_t up_us = up_since_us(call);
    bool is_held = strcmp(call->status, "HOLD") == 0;
    *listed = (struct zv_cmd_resumed_call){
        .call_id = zv_str(call->name),
        .status = zv_str(up_us && !is_held ? "ESTABLISHED" : call->status),
        .caller = zv_str(call->caller),
        .callee = zv_str(call->callee),
        .visible_name = visible_name(call),
        .incoming = call->incoming,
        .held = is_held,
        .has_audio = true,
        .has_video = zv_call_has_video(call),
        .since_us = sw->now_us - (up_us ? up_us : call->created_us),
    };
}

void zv_notify_resumed(struct zv_switch *sw, const struct zv_session *session, int64_t last_seq)
{
    struct zv_cmd_client *client = push_to(sw, session, ZV_MSG_RESUMED);
    client->last_seq = last_seq;
    client->calls = sw->resumed;
    ZV_LIST_EACH (node, &session->calls) {
        const struct zv_call *call = ZV_CONTAINER_OF(node, struct zv_call, session_node);
        if (call->is_announced && call->status && client->call_count < ZV_MAX_RESUMED_CALLS)
            list_call(sw, call, &sw->resumed[client->call_count++]);
    }
}

/* ---- the end of a call ---- */

static void set_cause(struct zv_cmd_client *client, const struct zv_call *call)
{
    const struct zv_cause_info *cause = zv_cause_info(call->cause);
    struct zv_str remedy = zv_text_str(call->remedy);
    client->sip_status = call->sip_status;
    client->cause = zv_str(cause->name);
    client->text = first_of(zv_text_str(call->text), cause->text);
    client->remedy = first_of(remedy, cause->remedy);
    client->hop = or_absent(zv_cause_hop_name_of(call->cause, call->hop));
    client->info = or_absent(cause->info);
    if (!client->info.p)
        client->info = call->reason[0] ? zv_str(call->reason) : client->text;
}

void zv_notify_end(struct zv_switch *sw, const struct zv_call *call)
{
    enum zv_cause_outcome outcome = zv_cause_info(call->cause)->outcome;
    const char *status = outcome == ZV_OUTCOME_FAILED ? "FAILED" : "FINISH";
    if (!has_listener(call))
        return;
    /* Pages that know no BUSY need a FINISH to recover; those that know it see both. */
    if (outcome == ZV_OUTCOME_BUSY)
        set_cause(push_call(sw, call, ZV_MSG_BUSY, "BUSY"), call);
    set_cause(push_call(sw, call, ZV_MSG_FINISH, status), call);
}

void zv_notify_refused(struct zv_switch *sw, zv_conn_id conn, struct zv_str callee,
                       const struct zv_fail *fail)
{
    const struct zv_cause_info *cause = zv_cause_info(fail->cause);
    zv_notify_fail(sw, conn, fail);
    if (!fail->id.p)
        return;
    struct zv_cmd_client *client = push(sw, conn, ZV_MSG_FINISH);
    client->call_id = fail->id;
    client->status = zv_str("FAILED");
    client->callee = callee;
    client->has_audio = true;
    client->cause = zv_str(cause->name);
    client->text = first_of(fail->text, cause->text);
    client->remedy = first_of(fail->remedy, cause->remedy);
    client->hop = or_absent(zv_cause_hop_name(cause->hop));
    client->info = cause->info[0] ? zv_str(cause->info) : client->text;
    client->field = fail->field;
}
