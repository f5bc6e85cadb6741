/*
 * From values to text, straight into the caller's buffer: nothing is allocated and nothing can
 * fail but for lack of room.
 *
 * The JSON library is not used here: it refuses text that is no UTF-8, and a SIP side may well send
 * a display name in Latin-1, which must not cost the client its ring.
 */
#include "wire/event.h"

/* U+FFFD REPLACEMENT CHARACTER */
#define REPLACEMENT "\xef\xbf\xbd"

static void put_escaped(struct zv_buf *out, char c)
{
    switch (c) {
    case '"':
        zv_buf_put_text(out, "\\\"");
        break;
    case '\\':
        zv_buf_put_text(out, "\\\\");
        break;
    case '\n':
        zv_buf_put_text(out, "\\n");
        break;
    case '\r':
        zv_buf_put_text(out, "\\r");
        break;
    case '\t':
        zv_buf_put_text(out, "\\t");
        break;
    default:
        if ((unsigned char)c < 0x20)
            zv_buf_printf(out, "\\u%04x", (unsigned)c);
        else
            zv_buf_put_char(out, c);
    }
}

/* Bytes of the character that starts with `lead` (RFC 3629); 1 for anything that cannot start one.
 */
static size_t utf8_size(unsigned char lead)
{
    return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

static void put_string(struct zv_buf *out, struct zv_str text)
{
    zv_buf_put_char(out, '"');
    while (text.len) {
        size_t size = utf8_size((unsigned char)text.p[0]);
        struct zv_str one = zv_str_head(text, size);
        if (size == 1 && (unsigned char)text.p[0] < 0x80) {
            put_escaped(out, text.p[0]);
        } else if (one.len == size && zv_str_is_utf8(one)) {
            zv_buf_put_str(out, one);
        } else {
            zv_buf_put_text(out, REPLACEMENT);
            size = 1;
        }
        text = zv_str_tail(text, size);
    }
    zv_buf_put_char(out, '"');
}

/* Names are ours and need no escape. A comma goes before all but the first of an object or list. */
static void put_separator(struct zv_buf *out)
{
    if (out->len && out->p[out->len - 1] != '{' && out->p[out->len - 1] != '[')
        zv_buf_put_char(out, ',');
}

static void put_name(struct zv_buf *out, const char *name)
{
    put_separator(out);
    zv_buf_printf(out, "\"%s\":", name);
}

static void put_text(struct zv_buf *out, const char *name, struct zv_str text)
{
    if (!text.p)
        return;
    put_name(out, name);
    put_string(out, text);
}

static void put_bool(struct zv_buf *out, const char *name, bool value)
{
    put_name(out, name);
    zv_buf_put_text(out, value ? "true" : "false");
}

static void put_flag(struct zv_buf *out, const char *name, enum zv_wire_flag flag)
{
    if (flag != ZV_WIRE_ABSENT)
        put_bool(out, name, flag == ZV_WIRE_TRUE);
}

static void put_int(struct zv_buf *out, const char *name, int value)
{
    put_name(out, name);
    zv_buf_printf(out, "%d", value);
}

static void put_lines(struct zv_buf *out, const char *name, const struct zv_wire_lines *lines)
{
    put_name(out, name);
    zv_buf_put_char(out, '[');
    for (size_t i = 0; i < lines->count; i++) {
        put_separator(out);
        put_string(out, lines->line[i]);
    }
    zv_buf_put_char(out, ']');
}

static void open_message(struct zv_buf *out, const char *name)
{
    zv_buf_printf(out, "{\"message\":\"%s\",\"data\":[", name);
}

static int close_message(struct zv_buf *out)
{
    zv_buf_put_text(out, "]}");
    return out->overflow ? ZV_E_TRUNCATED : 0;
}

static void open_object(struct zv_buf *out, const char *message)
{
    open_message(out, message);
    zv_buf_put_char(out, '{');
}

static int close_object(struct zv_buf *out)
{
    zv_buf_put_char(out, '}');
    return close_message(out);
}

static void put_features(struct zv_buf *out, unsigned features)
{
    static const char *const names[] = {"resume",  "reoffer",    "verdict", "dtmf",
                                        "quality", "iceServers", "report"};
    struct zv_wire_lines lines = {0};
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++)
        if (features & (1u << i))
            lines.line[lines.count++] = zv_str(names[i]);
    put_lines(out, "features", &lines);
}

static void put_reason(struct zv_buf *out, const struct zv_wire_reason *reason)
{
    put_text(out, "cause", reason->cause);
    put_text(out, "text", reason->text);
    put_text(out, "remedy", reason->remedy);
    put_text(out, "hop", reason->hop);
}

static void put_session(struct zv_buf *out, const struct zv_wire_session *session)
{
    put_text(out, "appKey", session->app_key);
    put_text(out, "sessionId", session->session_id);
    put_text(out, "status", session->status);
    put_text(out, "sipLogin", session->sip_login);
    put_text(out, "sipAuthenticationName", session->sip_authentication_name);
    put_text(out, "sipDomain", session->sip_domain);
    put_text(out, "sipOutboundProxy", session->sip_outbound_proxy);
    put_text(out, "sipVisibleName", session->sip_visible_name);
    if (session->sip_port >= 0)
        put_int(out, "sipPort", session->sip_port);
    put_flag(out, "sipRegisterRequired", session->sip_register_required);
    put_flag(out, "keepAlive", session->keep_alive);
    if (session->media_providers.count)
        put_lines(out, "mediaProviders", &session->media_providers);
}

int zv_wire_write_get_user_data(struct zv_buf *out, const struct zv_wire_session *session)
{
    open_object(out, "getUserData");
    put_text(out, "authToken", session->auth_token);
    put_session(out, session);
    if (session->has_features)
        put_features(out, session->features);
    return close_object(out);
}

int zv_wire_write_registered(struct zv_buf *out, const struct zv_wire_session *session)
{
    open_object(out, "registered");
    put_session(out, session);
    return close_object(out);
}

int zv_wire_write_ping(struct zv_buf *out)
{
    open_message(out, "ping");
    return close_message(out);
}

int zv_wire_write_pong(struct zv_buf *out)
{
    open_message(out, "pong");
    return close_message(out);
}

const char *zv_wire_call_event_name(enum zv_wire_call_event_kind kind)
{
    static const char *const names[ZV_WIRE_CALL_EVENT_COUNT] = {
        [ZV_WIRE_TRYING] = "notifyTryingResponse",
        [ZV_WIRE_RING] = "ring",
        [ZV_WIRE_TALK] = "talk",
        [ZV_WIRE_HELD] = "hold",
        [ZV_WIRE_BUSY] = "busy",
        [ZV_WIRE_FINISH] = "finish",
        [ZV_WIRE_INCOMING] = "notifyIncomingCall",
    };
    return kind < ZV_WIRE_CALL_EVENT_COUNT ? names[kind] : "unknown";
}

/*
 * A client without visibleName shows its own login instead, and older clients find their media
 * provider by its name in every event: both are always written.
 */
int zv_wire_write_call_event(struct zv_buf *out, const struct zv_wire_call_event *event)
{
    open_object(out, zv_wire_call_event_name(event->kind));
    put_text(out, "callId", event->call_id);
    put_text(out, "parentCallId", event->parent_call_id);
    put_text(out, "status", event->status);
    put_bool(out, "incoming", event->incoming);
    put_text(out, "caller", event->caller);
    put_text(out, "callee", event->callee);
    put_text(out, "visibleName", event->visible_name.len ? event->visible_name : event->caller);
    put_bool(out, "hasAudio", event->has_audio);
    put_bool(out, "hasVideo", event->has_video);
    put_text(out, "mediaProvider", ZV_STR_LIT("WebRTC"));
    if (event->sip_status)
        put_int(out, "sipStatus", event->sip_status);
    put_text(out, "info", event->info);
    put_reason(out, &event->reason);
    return close_object(out);
}

int zv_wire_write_remote_sdp(struct zv_buf *out, struct zv_str call_id, struct zv_str sdp,
                             bool is_initiator)
{
    open_message(out, "setRemoteSDP");
    put_string(out, call_id);
    zv_buf_put_char(out, ',');
    put_string(out, sdp);
    zv_buf_put_text(out, is_initiator ? ",true" : ",false");
    return close_message(out);
}

int zv_wire_write_fail(struct zv_buf *out, const struct zv_wire_fail *fail)
{
    open_object(out, "fail");
    put_text(out, "apiMethod", fail->api_method);
    put_text(out, "id", fail->id);
    put_text(out, "status", ZV_STR_LIT("FAILED"));
    put_text(out, "info", fail->info);
    if (fail->sip_status)
        put_int(out, "sipStatus", fail->sip_status);
    put_text(out, "field", fail->field);
    put_reason(out, &fail->reason);
    return close_object(out);
}

int zv_wire_write_report(struct zv_buf *out, const struct zv_wire_report *report)
{
    open_object(out, "zvReport");
    put_text(out, "callId", report->call_id);
    put_text(out, "traceId", report->trace_id);
    put_reason(out, &report->reason);
    if (report->sip_status)
        put_int(out, "sipStatus", report->sip_status);
    put_text(out, "ladder", report->ladder);
    return close_object(out);
}

int zv_wire_write_transfer_event(struct zv_buf *out, const struct zv_wire_transfer_event *event)
{
    open_object(out, "notifyTransferEvent");
    put_text(out, "callId", event->call_id);
    put_text(out, "status", event->status);
    put_bool(out, "incoming", event->incoming);
    put_text(out, "target", event->target);
    return close_object(out);
}

int zv_wire_write_data_status(struct zv_buf *out, struct zv_str operation_id, bool accepted,
                              struct zv_str info)
{
    open_object(out, "DataStatusEvent");
    put_text(out, "operationId", operation_id);
    put_text(out, "status", accepted ? ZV_STR_LIT("ACCEPTED") : ZV_STR_LIT("FAILED"));
    put_text(out, "info", info);
    return close_object(out);
}

int zv_wire_write_stream_refusal(struct zv_buf *out, struct zv_str media_session_id,
                                 struct zv_str info)
{
    open_object(out, "notifyStreamStatusEvent");
    put_text(out, "mediaSessionId", media_session_id);
    put_text(out, "status", ZV_STR_LIT("FAILED"));
    put_text(out, "info", info);
    return close_object(out);
}
