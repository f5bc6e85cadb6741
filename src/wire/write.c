/*
 * From values to text, straight into the caller's buffer: nothing is allocated and nothing can
 * fail but for lack of room. jansson, which reads what comes, does not write: it refuses text that
 * is no UTF-8, and a SIP side may well send a display name in Latin-1, which must not cost the
 * client its ring.
 */
#include "wire/event.h"

#include "base/json.h"

static struct zv_json open_message(struct zv_buf *out, const char *name)
{
    struct zv_json json = zv_json(out);
    zv_json_open_object(&json, NULL);
    zv_json_text(&json, "message", name);
    zv_json_open_list(&json, "data");
    return json;
}

static int close_message(struct zv_json *json)
{
    zv_json_close_list(json);
    zv_json_close_object(json);
    return json->out->overflow ? ZV_E_TRUNCATED : 0;
}

static struct zv_json open_object(struct zv_buf *out, const char *message)
{
    struct zv_json json = open_message(out, message);
    zv_json_open_object(&json, NULL);
    return json;
}

static int close_object(struct zv_json *json)
{
    zv_json_close_object(json);
    return close_message(json);
}

/* What is not known is left out. */
static void put_text(struct zv_json *json, const char *key, struct zv_str text)
{
    if (text.p)
        zv_json_str(json, key, text);
}

static void put_flag(struct zv_json *json, const char *key, enum zv_wire_flag flag)
{
    if (flag != ZV_WIRE_ABSENT)
        zv_json_bool(json, key, flag == ZV_WIRE_TRUE);
}

static void put_lines(struct zv_json *json, const char *key, const struct zv_wire_lines *lines)
{
    zv_json_open_list(json, key);
    for (size_t i = 0; i < lines->count; i++)
        zv_json_str(json, NULL, lines->line[i]);
    zv_json_close_list(json);
}

static void put_features(struct zv_json *json, unsigned features)
{
    static const char *const names[] = {"resume",  "reoffer",    "verdict", "dtmf",
                                        "quality", "iceServers", "report",  "drain"};
    struct zv_wire_lines lines = {0};
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++)
        if (features & (1u << i))
            lines.line[lines.count++] = zv_str(names[i]);
    put_lines(json, "features", &lines);
}

static void put_reason(struct zv_json *json, const struct zv_wire_reason *reason)
{
    put_text(json, "cause", reason->cause);
    put_text(json, "text", reason->text);
    put_text(json, "remedy", reason->remedy);
    put_text(json, "hop", reason->hop);
}

static void put_session(struct zv_json *json, const struct zv_wire_session *session)
{
    put_text(json, "appKey", session->app_key);
    put_text(json, "sessionId", session->session_id);
    put_text(json, "status", session->status);
    put_text(json, "sipLogin", session->sip_login);
    put_text(json, "sipAuthenticationName", session->sip_authentication_name);
    put_text(json, "sipDomain", session->sip_domain);
    put_text(json, "sipOutboundProxy", session->sip_outbound_proxy);
    put_text(json, "sipVisibleName", session->sip_visible_name);
    if (session->sip_port >= 0)
        zv_json_int(json, "sipPort", session->sip_port);
    put_flag(json, "sipRegisterRequired", session->sip_register_required);
    put_flag(json, "keepAlive", session->keep_alive);
    if (session->media_providers.count)
        put_lines(json, "mediaProviders", &session->media_providers);
}

static void put_ice_server(struct zv_json *json, const struct zv_wire_ice_server *server)
{
    zv_json_open_list(json, "iceServers");
    zv_json_open_object(json, NULL);
    put_lines(json, "urls", &server->urls);
    put_text(json, "username", server->username);
    put_text(json, "credential", server->credential);
    zv_json_close_object(json);
    zv_json_close_list(json);
}

int zv_wire_write_get_user_data(struct zv_buf *out, const struct zv_wire_session *session)
{
    struct zv_json json = open_object(out, "getUserData");
    put_text(&json, "authToken", session->auth_token);
    put_session(&json, session);
    if (session->has_features)
        put_features(&json, session->features);
    if (session->ice_server)
        put_ice_server(&json, session->ice_server);
    return close_object(&json);
}

int zv_wire_write_registered(struct zv_buf *out, const struct zv_wire_session *session)
{
    struct zv_json json = open_object(out, "registered");
    put_session(&json, session);
    return close_object(&json);
}

int zv_wire_write_ping(struct zv_buf *out)
{
    struct zv_json json = open_message(out, "ping");
    return close_message(&json);
}

int zv_wire_write_pong(struct zv_buf *out)
{
    struct zv_json json = open_message(out, "pong");
    return close_message(&json);
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
    struct zv_json json = open_object(out, zv_wire_call_event_name(event->kind));
    put_text(&json, "callId", event->call_id);
    put_text(&json, "parentCallId", event->parent_call_id);
    put_text(&json, "status", event->status);
    zv_json_bool(&json, "incoming", event->incoming);
    put_text(&json, "caller", event->caller);
    put_text(&json, "callee", event->callee);
    put_text(&json, "visibleName", event->visible_name.len ? event->visible_name : event->caller);
    zv_json_bool(&json, "hasAudio", event->has_audio);
    zv_json_bool(&json, "hasVideo", event->has_video);
    put_text(&json, "mediaProvider", ZV_STR_LIT("WebRTC"));
    if (event->sip_status)
        zv_json_int(&json, "sipStatus", event->sip_status);
    put_text(&json, "info", event->info);
    put_reason(&json, &event->reason);
    return close_object(&json);
}

int zv_wire_write_remote_sdp(struct zv_buf *out, struct zv_str call_id, struct zv_str sdp,
                             bool is_initiator)
{
    struct zv_json json = open_message(out, "setRemoteSDP");
    zv_json_str(&json, NULL, call_id);
    zv_json_str(&json, NULL, sdp);
    zv_json_bool(&json, NULL, is_initiator);
    return close_message(&json);
}

int zv_wire_write_fail(struct zv_buf *out, const struct zv_wire_fail *fail)
{
    struct zv_json json = open_object(out, "fail");
    put_text(&json, "apiMethod", fail->api_method);
    put_text(&json, "id", fail->id);
    put_text(&json, "status", ZV_STR_LIT("FAILED"));
    put_text(&json, "info", fail->info);
    if (fail->sip_status)
        zv_json_int(&json, "sipStatus", fail->sip_status);
    put_text(&json, "field", fail->field);
    put_reason(&json, &fail->reason);
    return close_object(&json);
}

int zv_wire_write_report(struct zv_buf *out, const struct zv_wire_report *report)
{
    struct zv_json json = open_object(out, "zvReport");
    put_text(&json, "callId", report->call_id);
    put_text(&json, "traceId", report->trace_id);
    put_reason(&json, &report->reason);
    if (report->sip_status)
        zv_json_int(&json, "sipStatus", report->sip_status);
    put_text(&json, "ladder", report->ladder);
    return close_object(&json);
}

int zv_wire_write_update(struct zv_buf *out, const struct zv_wire_update_event *event)
{
    struct zv_json json = open_object(out, "zvUpdate");
    put_text(&json, "callId", event->call_id);
    zv_json_text(&json, "type", event->is_offer ? "offer" : "answer");
    put_text(&json, "sdp", event->sdp);
    zv_json_text(&json, "reason",
                 event->is_offer    ? "video"
                 : event->is_reload ? "reload"
                                    : "restart");
    return close_object(&json);
}

static void put_resumed_call(struct zv_json *json, const struct zv_wire_resumed_call *call)
{
    zv_json_open_object(json, NULL);
    put_text(json, "callId", call->call_id);
    put_text(json, "status", call->status);
    zv_json_bool(json, "incoming", call->incoming);
    put_text(json, "caller", call->caller);
    put_text(json, "callee", call->callee);
    put_text(json, "visibleName", call->visible_name);
    zv_json_bool(json, "held", call->held);
    zv_json_bool(json, "hasAudio", call->has_audio);
    zv_json_bool(json, "hasVideo", call->has_video);
    zv_json_int(json, "since", call->since_ms);
    zv_json_close_object(json);
}

int zv_wire_write_resumed(struct zv_buf *out, const struct zv_wire_resumed *resumed)
{
    struct zv_json json = open_object(out, "zvResumed");
    zv_json_open_list(&json, "calls");
    for (size_t i = 0; i < resumed->call_count; i++)
        put_resumed_call(&json, &resumed->calls[i]);
    zv_json_close_list(&json);
    zv_json_uint(&json, "replayed", resumed->replayed);
    zv_json_bool(&json, "complete", resumed->is_complete);
    return close_object(&json);
}

/* The closing brace of the message makes way for one more key. */
int zv_wire_write_seq(struct zv_buf *out, uint64_t seq)
{
    if (!out->overflow && out->len)
        out->len--;
    zv_buf_printf(out, ",\"seq\":%llu}", (unsigned long long)seq);
    return out->overflow ? ZV_E_TRUNCATED : 0;
}

int zv_wire_write_press(struct zv_buf *out, const struct zv_wire_press *press)
{
    struct zv_json json = open_object(out, "zvDtmf");
    put_text(&json, "callId", press->call_id);
    put_text(&json, "digit", press->digit);
    zv_json_uint(&json, "durationMs", press->duration_ms);
    put_text(&json, "via", press->via);
    return close_object(&json);
}

int zv_wire_write_drain(struct zv_buf *out, const struct zv_wire_drain *drain)
{
    struct zv_json json = open_object(out, "zvDrain");
    zv_json_text(&json, "status", drain->is_over ? "CANCELLED" : "DRAINING");
    if (!drain->is_over)
        zv_json_int(&json, "leftMs", drain->left_ms);
    put_reason(&json, &drain->reason);
    return close_object(&json);
}

int zv_wire_write_verdict(struct zv_buf *out, const struct zv_wire_verdict *verdict)
{
    struct zv_json json = open_object(out, "zvVerdict");
    put_text(&json, "callId", verdict->call_id);
    put_text(&json, "leg", verdict->leg);
    put_text(&json, "code", verdict->code);
    put_text(&json, "severity", verdict->severity);
    put_text(&json, "text", verdict->text);
    put_text(&json, "remedy", verdict->remedy);
    zv_json_int(&json, "since", verdict->since_ms);
    return close_object(&json);
}

static void put_way(struct zv_json *json, const struct zv_wire_quality_way *way)
{
    if (!way->is_known)
        return;
    zv_json_number(json, "mos", way->mos, 2);
    zv_json_number(json, "loss", way->loss_percent, 2);
    zv_json_number(json, "jitterMs", way->jitter_ms, 1);
}

static void put_video(struct zv_json *json, const struct zv_wire_quality_video *video)
{
    if (!video->is_known)
        return;
    zv_json_open_object(json, "video");
    if (video->width) {
        zv_json_uint(json, "width", video->width);
        zv_json_uint(json, "height", video->height);
    }
    zv_json_number(json, "fps", video->fps, 1);
    zv_json_number(json, "kbps", video->kbps, 1);
    zv_json_uint(json, "freezes", video->freezes);
    zv_json_close_object(json);
}

static void put_leg(struct zv_json *json, const char *name, const struct zv_wire_leg_quality *leg)
{
    zv_json_open_object(json, NULL);
    zv_json_text(json, "leg", name);
    put_way(json, &leg->heard);
    if (leg->rtt_ms > 0)
        zv_json_number(json, "rttMs", leg->rtt_ms, 1);
    zv_json_number(json, "kbps", leg->kbps, 1);
    put_video(json, &leg->video);
    if (leg->reported.is_known) {
        zv_json_open_object(json, "reported");
        put_way(json, &leg->reported);
        zv_json_close_object(json);
    }
    zv_json_close_object(json);
}

int zv_wire_write_quality(struct zv_buf *out, const struct zv_wire_quality *quality)
{
    struct zv_json json = open_object(out, "zvQuality");
    put_text(&json, "callId", quality->call_id);
    zv_json_open_list(&json, "legs");
    put_leg(&json, "web", &quality->legs[0]);
    put_leg(&json, "sip", &quality->legs[1]);
    zv_json_close_list(&json);
    return close_object(&json);
}

int zv_wire_write_transfer_event(struct zv_buf *out, const struct zv_wire_transfer_event *event)
{
    struct zv_json json = open_object(out, "notifyTransferEvent");
    put_text(&json, "callId", event->call_id);
    put_text(&json, "status", event->status);
    zv_json_bool(&json, "incoming", event->incoming);
    put_text(&json, "target", event->target);
    return close_object(&json);
}

int zv_wire_write_data_status(struct zv_buf *out, struct zv_str operation_id, bool accepted,
                              struct zv_str info)
{
    struct zv_json json = open_object(out, "DataStatusEvent");
    put_text(&json, "operationId", operation_id);
    put_text(&json, "status", accepted ? ZV_STR_LIT("ACCEPTED") : ZV_STR_LIT("FAILED"));
    put_text(&json, "info", info);
    return close_object(&json);
}

int zv_wire_write_stream_refusal(struct zv_buf *out, struct zv_str media_session_id,
                                 struct zv_str info)
{
    struct zv_json json = open_object(out, "notifyStreamStatusEvent");
    put_text(&json, "mediaSessionId", media_session_id);
    put_text(&json, "status", ZV_STR_LIT("FAILED"));
    put_text(&json, "info", info);
    return close_object(&json);
}
