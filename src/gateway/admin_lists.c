/* calls and sessions: one line each. */
#define _GNU_SOURCE
#include "gateway/admin.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"

void zv_admin_write_ms(struct zv_json *json, const char *key, int64_t from_us, int64_t to_us)
{
    zv_json_int(json, key, to_us > from_us ? (to_us - from_us) / ZV_US_PER_MS : 0);
}

static void write_ms_since(struct zv_json *json, const char *key, int64_t from_us, int64_t now_us)
{
    if (from_us)
        zv_admin_write_ms(json, key, from_us, now_us);
    else
        zv_json_null(json, key);
}

/* ---- calls ---- */

static void write_legs(struct zv_json *json, const char *key, const bool legs[2])
{
    zv_json_open_object(json, key);
    zv_json_bool(json, "client", legs[ZV_CALL_LEG_WEB]);
    zv_json_bool(json, "sip", legs[ZV_CALL_LEG_SIP]);
    zv_json_close_object(json);
}

void zv_admin_write_call(struct zv_json *json, const struct zv_call_view *view, int64_t now_us)
{
    char name[ZV_ID_TEXT_CAP], session[ZV_ID_TEXT_CAP];
    const struct zv_codec_pair *codec = zv_media_plan_committed(view->plan);
    zv_json_text(json, "name", zv_call_id_write(view->id, name));
    zv_json_text(json, "session", zv_session_id_write(view->session, session));
    zv_json_text(json, "callId", view->call_id);
    zv_json_text(json, "direction", view->is_incoming ? "incoming" : "outgoing");
    zv_json_bool(json, "live", !view->is_over);
    zv_json_text(json, "state", view->state);
    zv_json_text(json, "caller", view->caller);
    zv_json_text(json, "callee", view->callee);
    zv_json_text(json, "codec", codec ? zv_codec_name((enum zv_codec_kind)codec->kind) : "");
    zv_json_int(json, "createdWallUs", view->created_us + zv_clock_wall_offset_us());
    write_ms_since(json, "ageMs", view->created_us, now_us);
    write_ms_since(json, "talkMs", view->answered_us, view->ended_us ? view->ended_us : now_us);
    zv_json_bool(json, "ice", view->is_ice_up);
    zv_json_bool(json, "dtls", view->is_dtls_up);
    write_ms_since(json, "clientAwayMs", view->client_away_us, now_us);
    write_legs(json, "heard", view->is_heard);
    write_legs(json, "silent", view->is_silent);
    if (view->cause != ZV_CAUSE_NONE)
        zv_json_text(json, "cause", zv_cause_name(view->cause));
}

static void write_calls(const void *arg, struct zv_json *json)
{
    const struct zv_gateway *gateway = arg;
    int64_t now_us = zv_clock_now_us();
    struct zv_call_view view;
    const void *at = NULL;
    zv_json_open_list(json, "calls");
    while (zv_switch_next_call(gateway->sw, &at, &view)) {
        zv_json_open_object(json, NULL);
        zv_admin_write_call(json, &view, now_us);
        zv_json_close_object(json);
    }
    zv_json_close_list(json);
}

/* The heads of the traces that are kept, the youngest first. */
static void write_ended(const void *arg, struct zv_json *json)
{
    const struct zv_gateway *gateway = arg;
    int64_t now_us = zv_clock_now_us();
    const struct zv_trace *trace = NULL;
    zv_json_open_list(json, "calls");
    while ((trace = zv_recorder_next(gateway->recorder, trace))) {
        if (trace->is_live)
            continue;
        zv_json_open_object(json, NULL);
        zv_trace_write_head(trace, json);
        write_ms_since(json, "endedAgoMs", trace->ended_us, now_us);
        write_ms_since(json, "talkMs", trace->answered_us, trace->ended_us);
        zv_json_close_object(json);
    }
    zv_json_close_list(json);
}

void zv_admin_calls(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    if (!query->request->ended)
        zv_admin_answer(gateway->admin.server, query->id, write_calls, gateway);
    else if (gateway->recorder)
        zv_admin_answer(gateway->admin.server, query->id, write_ended, gateway);
    else
        zv_admin_refuse_unrecorded(gateway, query);
}

/* ---- sessions ---- */

static void write_session(struct zv_json *json, const struct zv_session_view *view, int64_t now_us)
{
    char name[ZV_ID_TEXT_CAP];
    zv_json_text(json, "name", zv_session_id_write(view->id, name));
    zv_json_text(json, "login", view->login);
    zv_json_text(json, "domain", view->domain);
    zv_json_text(json, "server", view->proxy);
    if (view->proxy_port)
        zv_json_uint(json, "serverPort", view->proxy_port);
    zv_json_text(json, "registration", zv_session_standing_name(view->standing));
    if (view->cause != ZV_CAUSE_NONE)
        zv_json_text(json, "cause", zv_cause_name(view->cause));
    zv_json_bool(json, "clientConnected", view->conn.v != 0);
    write_ms_since(json, "clientAwayMs", view->away_us, now_us);
    zv_json_uint(json, "calls", view->calls);
    write_ms_since(json, "ageMs", view->created_us, now_us);
    write_ms_since(json, "registeredMs", view->registered_us, now_us);
}

static void write_sessions(const void *arg, struct zv_json *json)
{
    const struct zv_gateway *gateway = arg;
    int64_t now_us = zv_clock_now_us();
    struct zv_session_view view;
    const void *at = NULL;
    zv_json_open_list(json, "sessions");
    while (zv_switch_next_session(gateway->sw, &at, &view)) {
        zv_json_open_object(json, NULL);
        write_session(json, &view, now_us);
        zv_json_close_object(json);
    }
    zv_json_close_list(json);
}

void zv_admin_sessions(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    zv_admin_answer(gateway->admin.server, query->id, write_sessions, gateway);
}
