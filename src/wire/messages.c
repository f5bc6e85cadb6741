/*
 * The messages of the client, one parser each, and the table that names them.
 */
#include "wire/wire_int.h"

static unsigned feature_bit(struct zv_str name)
{
    static const struct {
        const char *name;
        unsigned bit;
    } features[] = {
        {"resume", ZV_WIRE_FEATURE_RESUME},   {"reoffer", ZV_WIRE_FEATURE_REOFFER},
        {"verdict", ZV_WIRE_FEATURE_VERDICT}, {"dtmf", ZV_WIRE_FEATURE_DTMF},
        {"quality", ZV_WIRE_FEATURE_QUALITY}, {"iceServers", ZV_WIRE_FEATURE_ICE_SERVERS},
        {"report", ZV_WIRE_FEATURE_REPORT},   {"drain", ZV_WIRE_FEATURE_DRAIN},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(features); i++)
        if (zv_str_is(name, features[i].name))
            return features[i].bit;
    return 0;
}

static void parse_features(struct zv_wire_fields *f, struct zv_wire_connection *connection)
{
    struct zv_wire_lines names;
    zv_wire_get_lines(f, "features", &names);
    connection->has_features = json_is_array(json_object_get(f->object, "features"));
    for (size_t i = 0; i < names.count; i++)
        connection->features |= feature_bit(names.line[i]);
}

static void parse_connection(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    struct zv_wire_connection *c = &msg->connection;
    c->app_key = zv_wire_get_text(f, "appKey");
    c->auth_token = zv_wire_get_text(f, "authToken");
    c->client_version = zv_wire_get_text(f, "clientVersion");
    c->client_os_version = zv_wire_get_text(f, "clientOSVersion");
    c->client_browser_version = zv_wire_get_text(f, "clientBrowserVersion");
    zv_wire_get_lines(f, "mediaProviders", &c->media_providers);
    c->keep_alive = zv_wire_get_flag(f, "keepAlive");
    parse_features(f, c);
    c->last_seq = zv_wire_get_number(f, "lastSeq", INT64_MAX);
    c->sip_login = zv_wire_get_text(f, "sipLogin");
    c->sip_authentication_name = zv_wire_get_text(f, "sipAuthenticationName");
    c->sip_password = zv_wire_get_text(f, "sipPassword");
    c->sip_domain = zv_wire_get_text(f, "sipDomain");
    c->sip_outbound_proxy = zv_wire_get_text(f, "sipOutboundProxy");
    c->sip_proxy = zv_wire_get_text(f, "sipProxy");
    c->sip_visible_name = zv_wire_get_text(f, "sipVisibleName");
    c->sip_contact_params = zv_wire_get_text(f, "sipContactParams");
    c->sip_port = zv_wire_get_digits(f, "sipPort", c->port_scratch);
    c->sip_register_required = zv_wire_get_flag(f, "sipRegisterRequired");
}

static void parse_call(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    struct zv_wire_call *c = &msg->call;
    c->call_id = zv_wire_get_call_id(f);
    c->callee = zv_wire_get_text(f, "callee");
    c->caller = zv_wire_get_text(f, "caller");
    c->visible_name = zv_wire_get_text(f, "visibleName");
    c->sdp = zv_wire_get_required(f, "sdp", ZV_MAX_SDP_BYTES);
    c->media_provider = zv_wire_get_text(f, "mediaProvider");
    c->has_audio = zv_wire_get_flag(f, "hasAudio");
    c->has_video = zv_wire_get_flag(f, "hasVideo");
    c->is_msrp = zv_wire_get_flag(f, "isMsrp");
    zv_wire_get_lines(f, "sipSDP", &c->sip_sdp);
    zv_wire_get_lines(f, "sipHeaders", &c->sip_headers);
    zv_wire_get_params(f, "inviteParameters", &c->invite_parameters);
}

static void parse_answer(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    struct zv_wire_answer *a = &msg->answer;
    a->call_id = zv_wire_get_call_id(f);
    a->sdp = zv_wire_get_required(f, "sdp", ZV_MAX_SDP_BYTES);
    a->has_audio = zv_wire_get_flag(f, "hasAudio");
    a->has_video = zv_wire_get_flag(f, "hasVideo");
    zv_wire_get_lines(f, "sipSDP", &a->sip_sdp);
}

static void parse_call_ref(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->call_ref.call_id = zv_wire_get_call_id(f);
    msg->call_ref.hold_for_transfer = zv_wire_get_flag(f, "holdForTransfer");
}

static enum zv_wire_dtmf_type dtmf_type(struct zv_wire_fields *f)
{
    struct zv_str type = zv_wire_get_text(f, "type");
    if (!type.len || zv_str_is(type, "RFC2833"))
        return ZV_WIRE_DTMF_RFC2833;
    if (zv_str_is(type, "INFO"))
        return ZV_WIRE_DTMF_INFO;
    if (!zv_str_is(type, "INFO_RELAY"))
        zv_wire_fields_refuse(f, ZV_E_PARSE, "type", "must be RFC2833, INFO or INFO_RELAY");
    return ZV_WIRE_DTMF_INFO_RELAY;
}

static bool is_dtmf(struct zv_str digits)
{
    if (!digits.len || digits.len > ZV_WIRE_MAX_DIGITS)
        return false;
    for (size_t i = 0; i < digits.len; i++)
        if (!memchr("0123456789*#ABCDabcd", digits.p[i], 20))
            return false;
    return true;
}

static struct zv_str get_dtmf(struct zv_wire_fields *f, char scratch[ZV_WIRE_SCRATCH])
{
    struct zv_str digits = zv_wire_get_digits(f, "dtmf", scratch);
    if (!is_dtmf(digits))
        zv_wire_fields_refuse(f, ZV_E_PARSE, "dtmf",
                              "must be 1 to 64 of the digits 0-9, A-D, * and #");
    return digits;
}

static void parse_dtmf(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->dtmf.call_id = zv_wire_get_call_id(f);
    msg->dtmf.type = dtmf_type(f);
    msg->dtmf.digits = get_dtmf(f, msg->dtmf.scratch);
}

static void parse_transfer(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->transfer.call_id = zv_wire_get_call_id(f);
    msg->transfer.target = zv_wire_get_required(f, "target", ZV_MAX_CALLEE_BYTES);
}

/* The gateway's offers add or drop video; those of a client begin its transport anew. */
static void parse_reason(struct zv_wire_fields *f, struct zv_wire_update *update)
{
    struct zv_str reason = zv_wire_get_text(f, "reason");
    if (update->type != ZV_WIRE_UPDATE_OFFER) {
        if (!zv_str_is(reason, "video"))
            zv_wire_fields_refuse(f, ZV_E_PARSE, "reason", "must be video, as in the offer");
        return;
    }
    update->is_reload = zv_str_is(reason, "reload");
    if (!update->is_reload && !zv_str_is(reason, "restart"))
        zv_wire_fields_refuse(f, ZV_E_PARSE, "reason", "must be restart or reload");
}

static enum zv_wire_update_type update_type(struct zv_wire_fields *f)
{
    struct zv_str type = zv_wire_get_text(f, "type");
    if (zv_str_is(type, "answer"))
        return ZV_WIRE_UPDATE_ANSWER;
    if (zv_str_is(type, "rollback"))
        return ZV_WIRE_UPDATE_ROLLBACK;
    if (!zv_str_is(type, "offer"))
        zv_wire_fields_refuse(f, ZV_E_PARSE, "type", "must be offer, answer or rollback");
    return ZV_WIRE_UPDATE_OFFER;
}

static void parse_update(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    struct zv_wire_update *update = &msg->update;
    update->call_id = zv_wire_get_call_id(f);
    update->type = update_type(f);
    if (update->type != ZV_WIRE_UPDATE_ROLLBACK)
        update->sdp = zv_wire_get_required(f, "sdp", ZV_MAX_SDP_BYTES);
    parse_reason(f, update);
}

static void parse_send_data(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->send_data.operation_id = zv_wire_get_required(f, "operationId", ZV_WIRE_MAX_OPERATION);
}

static void parse_debug(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->debug.command = zv_wire_get_required(f, "command", ZV_WIRE_MAX_NAME);
}

static void parse_bug_report(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->bug_report.text = zv_wire_get_text(f, "text");
    msg->bug_report.type = zv_wire_get_text(f, "type");
}

static void parse_logs(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    msg->logs.logs = zv_wire_get_text(f, "logs");
}

/* A stream is refused whatever it says: only its id matters, for the answer. */
static void parse_stream(struct zv_wire_fields *f, struct zv_wire_msg *msg)
{
    json_t *id = json_object_get(f->object, "mediaSessionId");
    if (json_is_string(id))
        msg->stream.media_session_id =
            (struct zv_str){json_string_value(id), json_string_length(id)};
}

static const struct zv_wire_entry table[] = {
    {"connection", ZV_WIRE_CONNECTION, parse_connection},
    {"call", ZV_WIRE_CALL, parse_call},
    {"answer", ZV_WIRE_ANSWER, parse_answer},
    {"hangup", ZV_WIRE_HANGUP, parse_call_ref},
    {"hold", ZV_WIRE_HOLD, parse_call_ref},
    {"unhold", ZV_WIRE_UNHOLD, parse_call_ref},
    {"sendDtmf", ZV_WIRE_SEND_DTMF, parse_dtmf},
    {"transfer", ZV_WIRE_TRANSFER, parse_transfer},
    {"zvUpdate", ZV_WIRE_UPDATE, parse_update},
    {"ping", ZV_WIRE_PING, NULL},
    {"pong", ZV_WIRE_PONG, NULL},
    {"sendData", ZV_WIRE_SEND_DATA, parse_send_data},
    {"sessionDebug", ZV_WIRE_SESSION_DEBUG, parse_debug},
    {"submitBugReport", ZV_WIRE_BUG_REPORT, parse_bug_report},
    {"pushLogs", ZV_WIRE_PUSH_LOGS, parse_logs},
    {"publishStream", ZV_WIRE_STREAM, parse_stream},
    {"unPublishStream", ZV_WIRE_STREAM, parse_stream},
    {"playStream", ZV_WIRE_STREAM, parse_stream},
    {"stopStream", ZV_WIRE_STREAM, parse_stream},
    {"snapshot", ZV_WIRE_STREAM, parse_stream},
    {"sendStreamEvent", ZV_WIRE_STREAM, parse_stream},
    {"availableStream", ZV_WIRE_STREAM, parse_stream},
};

const struct zv_wire_entry *zv_wire_find_entry(struct zv_str name)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(table); i++)
        if (zv_str_is(name, table[i].name))
            return &table[i];
    return NULL;
}
