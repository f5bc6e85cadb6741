#include "http/client.h"

#include "base/err.h"
#include "base/time.h"
#include "wire/event.h"

/* ------------------------------------------------------------------ client -> switchboard */

static bool flag_of(enum zv_wire_flag flag, bool fallback)
{
    return zv_wire_flag_or(flag, fallback);
}

static void take_connection(const struct zv_client_origin *origin, const struct zv_wire_msg *msg,
                            struct zv_client_input *input)
{
    const struct zv_wire_connection *c = &msg->connection;
    struct zv_call_in *in = &input->in;
    input->features = (struct zv_client_features){
        .is_asked = c->has_features,
        .granted = c->features & origin->offered,
    };
    in->kind = ZV_CALL_IN_CLIENT_CONNECT;
    in->u.connect = (struct zv_in_connect){
        .conn = origin->conn,
        .peer = origin->peer,
        .ws_local = origin->local,
        .is_proxied = origin->is_proxied,
        .keep_alive = flag_of(c->keep_alive, false),
        .can_resume = input->features.granted & ZV_WIRE_FEATURE_RESUME,
        .last_seq = c->last_seq,
        .sip_register_required = flag_of(c->sip_register_required, true),
        .app_key = c->app_key,
        .auth_token = c->auth_token,
        .client_version = c->client_version,
        .sip_login = c->sip_login,
        .sip_auth_name = c->sip_authentication_name,
        .sip_password = c->sip_password,
        .sip_visible_name = c->sip_visible_name,
        .sip_domain = c->sip_domain,
        .sip_outbound_proxy = c->sip_outbound_proxy,
        .sip_proxy = c->sip_proxy,
        .sip_contact_params = c->sip_contact_params,
        .sip_port = c->sip_port,
        .can_reoffer = input->features.granted & ZV_WIRE_FEATURE_REOFFER,
        .wants_verdicts = input->features.granted & ZV_WIRE_FEATURE_VERDICT,
        .wants_digits = input->features.granted & ZV_WIRE_FEATURE_DTMF,
        .wants_drain = input->features.granted & ZV_WIRE_FEATURE_DRAIN,
    };
}

static void add_header(struct zv_client_input *input, struct zv_str name, struct zv_str value)
{
    struct zv_in_call *call = &input->in.u.call;
    if (call->header_count == ZV_MAX_CALL_HEADERS)
        return;
    input->headers[call->header_count++] = (struct zv_call_header){.name = name, .value = value};
}

/* "Name: value"; a line without a colon names no header and is left out. */
static void add_header_line(struct zv_client_input *input, struct zv_str line)
{
    ptrdiff_t colon = zv_str_find(line, ':');
    if (colon > 0)
        add_header(input, zv_str_trim(zv_str_head(line, (size_t)colon)),
                   zv_str_trim(zv_str_tail(line, (size_t)colon + 1)));
}

static struct zv_call_bandwidth bandwidth_of(const struct zv_wire_lines *lines)
{
    struct zv_wire_bandwidth bandwidth = zv_wire_read_bandwidth(lines);
    return (struct zv_call_bandwidth){
        .as_kbps = bandwidth.as_kbps,
        .tias_bps = bandwidth.tias_bps,
        .dropped = bandwidth.dropped,
    };
}

static void take_call(const struct zv_client_origin *origin, const struct zv_wire_msg *msg,
                      struct zv_client_input *input)
{
    const struct zv_wire_call *c = &msg->call;
    input->in.kind = ZV_CALL_IN_CLIENT_CALL;
    input->in.u.call = (struct zv_in_call){
        .conn = origin->conn,
        .call_id = c->call_id,
        .callee = c->callee,
        .visible_name = c->visible_name,
        .sdp = c->sdp,
        .has_video = flag_of(c->has_video, false),
        .bandwidth = bandwidth_of(&c->sip_sdp),
        .headers = input->headers,
    };
    for (size_t i = 0; i < c->invite_parameters.count; i++)
        add_header(input, c->invite_parameters.param[i].name, c->invite_parameters.param[i].value);
    for (size_t i = 0; i < c->sip_headers.count; i++)
        add_header_line(input, c->sip_headers.line[i]);
}

static void take_msrp_call(const struct zv_client_origin *origin, const struct zv_wire_msg *msg,
                           struct zv_call_in *in)
{
    in->kind = ZV_CALL_IN_CLIENT_REFUSED;
    in->u.refused = (struct zv_in_refused){
        .conn = origin->conn,
        .call_id = msg->call.call_id,
        .callee = msg->call.callee,
        .cause = ZV_CAUSE_NOT_SUPPORTED,
        .field = ZV_STR_LIT("isMsrp"),
        .text = ZV_STR_LIT("MSRP chats are not offered by this gateway."),
    };
}

/* RFC2833 is what clients say who do not care. */
static enum zv_dtmf_mode dtmf_mode_of(enum zv_wire_dtmf_type type)
{
    if (type == ZV_WIRE_DTMF_INFO)
        return ZV_DTMF_INFO;
    return type == ZV_WIRE_DTMF_INFO_RELAY ? ZV_DTMF_INFO_RELAY : ZV_DTMF_AUTO;
}

static enum zv_client_verdict forward(const struct zv_client_origin *origin,
                                      const struct zv_wire_msg *msg, struct zv_client_input *input)
{
    struct zv_call_in *in = &input->in;
    struct zv_in_client about = {.conn = origin->conn};
    switch (msg->kind) {
    case ZV_WIRE_CONNECTION:
        take_connection(origin, msg, input);
        return ZV_CLIENT_FORWARD;
    case ZV_WIRE_CALL:
        if (msg->call.is_msrp == ZV_WIRE_TRUE)
            take_msrp_call(origin, msg, in);
        else
            take_call(origin, msg, input);
        return ZV_CLIENT_FORWARD;
    case ZV_WIRE_ANSWER:
        in->kind = ZV_CALL_IN_CLIENT_ANSWER;
        about.call_id = msg->answer.call_id;
        about.sdp = msg->answer.sdp;
        about.bandwidth = bandwidth_of(&msg->answer.sip_sdp);
        break;
    case ZV_WIRE_HANGUP:
    case ZV_WIRE_HOLD:
    case ZV_WIRE_UNHOLD:
        in->kind = msg->kind == ZV_WIRE_HANGUP ? ZV_CALL_IN_CLIENT_HANGUP
                   : msg->kind == ZV_WIRE_HOLD ? ZV_CALL_IN_CLIENT_HOLD
                                               : ZV_CALL_IN_CLIENT_UNHOLD;
        about.call_id = msg->call_ref.call_id;
        break;
    case ZV_WIRE_SEND_DTMF:
        in->kind = ZV_CALL_IN_CLIENT_DTMF;
        about.call_id = msg->dtmf.call_id;
        about.text = msg->dtmf.digits;
        about.dtmf = dtmf_mode_of(msg->dtmf.type);
        break;
    case ZV_WIRE_TRANSFER:
        in->kind = ZV_CALL_IN_CLIENT_TRANSFER;
        about.call_id = msg->transfer.call_id;
        about.text = msg->transfer.target;
        break;
    case ZV_WIRE_UPDATE:
        in->kind = msg->update.type == ZV_WIRE_UPDATE_OFFER ? ZV_CALL_IN_CLIENT_UPDATE
                                                            : ZV_CALL_IN_CLIENT_UPDATE_ANSWER;
        about.call_id = msg->update.call_id;
        about.sdp = msg->update.sdp;
        about.is_reload = msg->update.is_reload;
        break;
    default:
        return ZV_CLIENT_IGNORE;
    }
    in->u.client = about;
    return ZV_CLIENT_FORWARD;
}

/* ------------------------------------------------------------------ answers of our own */

static struct zv_wire_reason reason_of(enum zv_cause cause)
{
    const struct zv_cause_info *info = zv_cause_info(cause);
    return (struct zv_wire_reason){
        .cause = zv_str(info->name),
        .text = zv_str(info->text),
        .remedy = info->remedy[0] ? zv_str(info->remedy) : (struct zv_str){0},
        .hop = zv_str(zv_cause_hop_name(info->hop)),
    };
}

/* Ends a message of `reply`; a reply that does not fit is dropped as a whole by the caller. */
static void end_reply(struct zv_buf *reply, int written)
{
    if (!written)
        zv_buf_put_char(reply, '\0');
}

static void reply_fail(struct zv_buf *reply, const struct zv_wire_fail *fail)
{
    end_reply(reply, zv_wire_write_fail(reply, fail));
}

static void reply_unsupported(struct zv_buf *reply, const char *api_method, const char *sentence)
{
    struct zv_wire_fail fail = {
        .api_method = zv_str(api_method),
        .info = zv_str(sentence),
        .reason = reason_of(ZV_CAUSE_NOT_SUPPORTED),
    };
    reply_fail(reply, &fail);
}

static void reply_not_connected(struct zv_buf *reply)
{
    struct zv_wire_fail fail = {
        .api_method = ZV_STR_LIT("ErrorStatusEvent"),
        .info = ZV_STR_LIT("The first message must be `connection`."),
        .reason = reason_of(ZV_CAUSE_NOT_CONNECTED),
    };
    reply_fail(reply, &fail);
}

/* Messages that never reach the switchboard; false: this is none of them. */
static bool answer_here(const struct zv_wire_msg *msg, struct zv_buf *reply)
{
    switch (msg->kind) {
    case ZV_WIRE_PING:
        end_reply(reply, zv_wire_write_pong(reply));
        return true;
    case ZV_WIRE_SEND_DATA:
        end_reply(reply,
                  zv_wire_write_data_status(reply, msg->send_data.operation_id, false,
                                            ZV_STR_LIT("No backend takes data on this gateway.")));
        return true;
    case ZV_WIRE_SESSION_DEBUG:
        reply_unsupported(reply, "SessionDebugStatusEvent",
                          "Session debugging by a client is not offered by this gateway.");
        return true;
    case ZV_WIRE_BUG_REPORT:
        reply_unsupported(reply, "BugReportStatusEvent",
                          "Bug reports are not taken by this gateway.");
        return true;
    case ZV_WIRE_STREAM:
        end_reply(reply, zv_wire_write_stream_refusal(
                             reply, msg->stream.media_session_id,
                             ZV_STR_LIT("This gateway carries calls, no streams.")));
        return true;
    default:
        return false;
    }
}

enum zv_client_verdict zv_client_take(const struct zv_client_origin *origin,
                                      const struct zv_wire_msg *msg, struct zv_buf *reply,
                                      struct zv_client_input *ret_input)
{
    if (msg->kind == ZV_WIRE_PONG)
        return ZV_CLIENT_PONG;
    if (msg->kind == ZV_WIRE_UNKNOWN || msg->kind == ZV_WIRE_PUSH_LOGS)
        return ZV_CLIENT_IGNORE;
    if (!origin->is_connected && msg->kind != ZV_WIRE_CONNECTION && msg->kind != ZV_WIRE_PING) {
        reply_not_connected(reply);
        return ZV_CLIENT_REPLY;
    }
    if (answer_here(msg, reply))
        return ZV_CLIENT_REPLY;
    return forward(origin, msg, ret_input);
}

/* The event that a client of the older generation raises for a refused message. */
static struct zv_str api_method_of(enum zv_wire_kind kind)
{
    switch (kind) {
    case ZV_WIRE_CONNECTION:
        return ZV_STR_LIT("ConnectionStatusEvent");
    case ZV_WIRE_CALL:
    case ZV_WIRE_ANSWER:
    case ZV_WIRE_HANGUP:
    case ZV_WIRE_HOLD:
    case ZV_WIRE_UNHOLD:
    case ZV_WIRE_SEND_DTMF:
        return ZV_STR_LIT("CallStatusEvent");
    case ZV_WIRE_TRANSFER:
        return ZV_STR_LIT("TransferStatusEvent");
    case ZV_WIRE_SEND_DATA:
        return ZV_STR_LIT("DataStatusEvent");
    default:
        return ZV_STR_LIT("ErrorStatusEvent");
    }
}

static struct zv_str or_absent(const char *text)
{
    return text[0] ? zv_str(text) : (struct zv_str){0};
}

static void reply_refused(const struct zv_wire_error *error, struct zv_buf *reply)
{
    struct zv_wire_fail fail = {
        .api_method = api_method_of(error->kind),
        .id = or_absent(error->call_id),
        .info = zv_str(error->sentence),
        .field = or_absent(error->field),
        .reason = reason_of(ZV_CAUSE_BAD_REQUEST),
    };
    fail.reason.text = fail.info;
    reply_fail(reply, &fail);
}

/*
 * Nobody may be left waiting for ever, and a call ends by its switchboard: a refused `call` goes on
 * as what it is; a refused `answer` is answered here and goes on as one without a description, so
 * that the call ends on both sides with the right cause.
 */
enum zv_client_verdict zv_client_refuse(const struct zv_client_origin *origin,
                                        const struct zv_wire_error *error, struct zv_buf *reply,
                                        struct zv_client_input *ret_input)
{
    struct zv_call_in *in = &ret_input->in;
    struct zv_str call_id = or_absent(error->call_id);
    if (error->kind == ZV_WIRE_CALL && origin->is_connected) {
        in->kind = ZV_CALL_IN_CLIENT_REFUSED;
        in->u.refused = (struct zv_in_refused){
            .conn = origin->conn,
            .call_id = call_id,
            .cause = ZV_CAUSE_BAD_REQUEST,
            .field = or_absent(error->field),
            .text = zv_str(error->sentence),
        };
        return ZV_CLIENT_FORWARD;
    }
    reply_refused(error, reply);
    if (error->kind != ZV_WIRE_ANSWER || !call_id.p || !origin->is_connected)
        return ZV_CLIENT_REPLY;
    in->kind = ZV_CALL_IN_CLIENT_ANSWER;
    in->u.client = (struct zv_in_client){
        .conn = origin->conn,
        .call_id = call_id,
        .sdp = ZV_STR_LIT(""),
    };
    return ZV_CLIENT_FORWARD;
}

/* ------------------------------------------------------------------ switchboard -> client */

static struct zv_wire_session session_of(const struct zv_cmd_client *e,
                                         const struct zv_client_features *features)
{
    return (struct zv_wire_session){
        .app_key = e->app_key,
        .session_id = e->session_id,
        .auth_token = e->auth_token,
        .status = e->status,
        .sip_login = e->sip_login,
        .sip_authentication_name = e->sip_auth_name,
        .sip_domain = e->sip_domain,
        .sip_outbound_proxy = e->sip_outbound_proxy,
        .sip_visible_name = e->sip_visible_name,
        .sip_port = e->sip_login.p ? e->sip_port : -1,
        .sip_register_required = e->sip_register_required ? ZV_WIRE_TRUE : ZV_WIRE_FALSE,
        .keep_alive = ZV_WIRE_ABSENT,
        .media_providers = {.line = {ZV_STR_LIT("WebRTC")}, .count = 1},
        .features = features->granted,
        .has_features = features->is_asked,
        .ice_server = features->ice_server,
    };
}

static struct zv_wire_reason reason_in(const struct zv_cmd_client *e)
{
    return (struct zv_wire_reason){
        .cause = e->cause,
        .text = e->text,
        .remedy = e->remedy,
        .hop = e->hop,
    };
}

static int write_call_event(enum zv_wire_call_event_kind kind, const struct zv_cmd_client *e,
                            struct zv_buf *out)
{
    struct zv_wire_call_event event = {
        .kind = kind,
        .call_id = e->call_id,
        .status = e->status,
        .incoming = e->incoming,
        .caller = e->caller,
        .callee = e->callee,
        .visible_name = e->visible_name,
        .has_audio = e->has_audio,
        .has_video = e->has_video,
        .sip_status = e->sip_status,
        .info = e->info,
        .reason = reason_in(e),
    };
    return zv_wire_write_call_event(out, &event);
}

static int write_fail(const struct zv_cmd_client *e, struct zv_buf *out)
{
    struct zv_wire_fail fail = {
        .api_method = e->api_method,
        .id = e->id,
        .info = e->info,
        .sip_status = e->sip_status,
        .field = e->field,
        .reason = reason_in(e),
    };
    return zv_wire_write_fail(out, &fail);
}

static int write_update(const struct zv_cmd_client *e, struct zv_buf *out)
{
    struct zv_wire_update_event update = {
        .call_id = e->call_id,
        .sdp = e->sdp,
        .is_offer = e->is_offer,
        .is_reload = e->is_reload,
    };
    return zv_wire_write_update(out, &update);
}

int zv_client_write_resumed(const struct zv_cmd_client *event,
                            const struct zv_outbox_missed *missed, struct zv_buf *out)
{
    struct zv_wire_resumed_call calls[ZV_MAX_RESUMED_CALLS];
    struct zv_wire_resumed resumed = {
        .calls = calls,
        .call_count = event->call_count,
        .replayed = missed->count,
        .is_complete = missed->is_complete,
    };
    for (size_t i = 0; i < event->call_count; i++) {
        const struct zv_cmd_resumed_call *call = &event->calls[i];
        calls[i] = (struct zv_wire_resumed_call){
            .call_id = call->call_id,
            .status = call->status,
            .incoming = call->incoming,
            .caller = call->caller,
            .callee = call->callee,
            .visible_name = call->visible_name,
            .held = call->held,
            .has_audio = call->has_audio,
            .has_video = call->has_video,
            .since_ms = call->since_us / ZV_US_PER_MS,
        };
    }
    return zv_wire_write_resumed(out, &resumed);
}

bool zv_client_is_numbered(const struct zv_cmd_client *event)
{
    return event->message != ZV_MSG_GET_USER_DATA && event->message != ZV_MSG_RESUMED &&
           !(event->message == ZV_MSG_REGISTERED && event->is_again);
}

static int write_verdict(const struct zv_cmd_client *e, struct zv_buf *out)
{
    const struct zv_wire_verdict verdict = {
        .call_id = e->call_id,
        .leg = e->leg,
        .code = e->code,
        .severity = e->severity,
        .text = e->text,
        .remedy = e->remedy,
        .since_ms = e->since_us / 1000,
    };
    return zv_wire_write_verdict(out, &verdict);
}

static int write_press(const struct zv_cmd_client *e, struct zv_buf *out)
{
    const struct zv_wire_press press = {
        .call_id = e->call_id,
        .digit = e->digit,
        .via = e->via,
        .duration_ms = e->duration_ms,
    };
    return zv_wire_write_press(out, &press);
}

static int write_drain(const struct zv_cmd_client *e, struct zv_buf *out)
{
    const struct zv_wire_drain drain = {
        .is_over = e->is_drain_over,
        .left_ms = e->left_us / ZV_US_PER_MS,
        .reason = reason_in(e),
    };
    return zv_wire_write_drain(out, &drain);
}

int zv_client_write_event(const struct zv_cmd_client *event,
                          const struct zv_client_features *features, struct zv_buf *out)
{
    struct zv_wire_session session = session_of(event, features);
    switch (event->message) {
    case ZV_MSG_GET_USER_DATA:
        return zv_wire_write_get_user_data(out, &session);
    case ZV_MSG_REGISTERED:
        return zv_wire_write_registered(out, &session);
    case ZV_MSG_TRYING:
        return write_call_event(ZV_WIRE_TRYING, event, out);
    case ZV_MSG_RING:
        return write_call_event(ZV_WIRE_RING, event, out);
    case ZV_MSG_TALK:
        return write_call_event(ZV_WIRE_TALK, event, out);
    case ZV_MSG_HOLD:
        return write_call_event(ZV_WIRE_HELD, event, out);
    case ZV_MSG_BUSY:
        return write_call_event(ZV_WIRE_BUSY, event, out);
    case ZV_MSG_FINISH:
        return write_call_event(ZV_WIRE_FINISH, event, out);
    case ZV_MSG_INCOMING_CALL:
        return write_call_event(ZV_WIRE_INCOMING, event, out);
    case ZV_MSG_SET_REMOTE_SDP:
        return zv_wire_write_remote_sdp(out, event->call_id, event->sdp, event->is_initiator);
    case ZV_MSG_FAIL:
        return write_fail(event, out);
    case ZV_MSG_UPDATE:
        return write_update(event, out);
    case ZV_MSG_VERDICT:
        return write_verdict(event, out);
    case ZV_MSG_DIGIT:
        return write_press(event, out);
    case ZV_MSG_DRAIN:
        return write_drain(event, out);
    default:
        return ZV_E_INVAL;
    }
}
