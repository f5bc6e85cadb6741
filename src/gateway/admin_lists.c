/* calls and sessions: one line each. */
#define _GNU_SOURCE
#include "gateway/admin.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"

static double seconds_between(int64_t from_us, int64_t to_us)
{
    return to_us > from_us ? (double)(to_us - from_us) / (double)ZV_US_PER_S : 0;
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
    int64_t wall_offset_us = zv_clock_wall_offset_us();
    zv_json_text(json, "id", zv_call_id_write(view->id, name));
    zv_json_text(json, "session", zv_session_id_write(view->session, session));
    zv_json_text(json, "call_id", view->call_id);
    zv_json_text(json, "direction", view->is_incoming ? "incoming" : "outgoing");
    zv_json_bool(json, "is_live", !view->is_over);
    zv_json_text(json, "state", view->state);
    zv_json_text(json, "caller", view->caller);
    zv_json_text(json, "callee", view->callee);
    zv_json_text(json, "codec", codec ? zv_codec_name((enum zv_codec_kind)codec->kind) : "");
    zv_json_number(json, "created_s",
                   (double)(view->created_us + wall_offset_us) / (double)ZV_US_PER_S, 3);
    zv_json_number(json, "age_s", seconds_between(view->created_us, now_us), 3);
    if (view->answered_us)
        zv_json_number(json, "talk_s",
                       seconds_between(view->answered_us, view->ended_us ? view->ended_us : now_us),
                       3);
    else
        zv_json_null(json, "talk_s");
    zv_json_bool(json, "ice", view->is_ice_up);
    zv_json_bool(json, "dtls", view->is_dtls_up);
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

void zv_admin_calls(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    zv_admin_answer(gateway->admin.server, query->id, write_calls, gateway);
}

/* ---- sessions ---- */

static void write_session(struct zv_json *json, const struct zv_session_view *view, int64_t now_us)
{
    char name[ZV_ID_TEXT_CAP];
    zv_json_text(json, "id", zv_session_id_write(view->id, name));
    zv_json_text(json, "login", view->login);
    zv_json_text(json, "domain", view->domain);
    zv_json_text(json, "server", view->proxy);
    if (view->proxy_port)
        zv_json_uint(json, "server_port", view->proxy_port);
    zv_json_text(json, "registration", zv_session_standing_name(view->standing));
    if (view->cause != ZV_CAUSE_NONE)
        zv_json_text(json, "cause", zv_cause_name(view->cause));
    zv_json_bool(json, "client_connected", view->conn.v != 0);
    zv_json_uint(json, "calls", view->calls);
    zv_json_number(json, "age_s", seconds_between(view->created_us, now_us), 3);
    if (view->registered_us)
        zv_json_number(json, "registered_s", seconds_between(view->registered_us, now_us), 3);
    else
        zv_json_null(json, "registered_s");
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
