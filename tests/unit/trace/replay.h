/*
 * Plays a recorded trace (JSON of zv_trace_write_json) to a new switchboard, with a recorder beside
 * it, at the times at which things happened. What call control says must be what it said then: the
 * events of the kinds client (from the gateway), state, end and command, in the same order.
 *
 * What a trace leaves out for secrecy (the password, our ICE password) is made up; a client's ICE
 * password and SRTP keys are what they were blanked to. A trace with dropped events cannot be
 * played.
 */
#ifndef ZV_TESTS_UNIT_TRACE_REPLAY_H
#define ZV_TESTS_UNIT_TRACE_REPLAY_H

#include "unit/trace/recorded.h"

#include "trace/input.h"

#include <jansson.h>

struct replay {
    struct recorded recorded;
    json_t *root; /* owned */
    int64_t begun_us;
    uint64_t conn; /* of the client now */
    struct zv_call_header headers[ZV_MAX_CALL_HEADERS];
};

static inline struct zv_str replay_text(const json_t *value)
{
    return json_is_string(value) ? zv_str_n(json_string_value(value), json_string_length(value))
                                 : (struct zv_str){0};
}

static inline uint8_t replay_headers(struct replay *replay, json_t *object)
{
    const char *name;
    json_t *value;
    uint8_t count = 0;
    json_object_foreach(object, name, value)
    {
        assert_true(count < ZV_MAX_CALL_HEADERS);
        replay->headers[count++] = (struct zv_call_header){zv_str(name), replay_text(value)};
    }
    return count;
}

static inline void replay_field(struct replay *replay, const struct zv_trace_field *field,
                                json_t *value, struct zv_call_in *in)
{
    void *target = (char *)in + field->offset;
    switch (field->type) {
    case ZV_TRACE_STR:
    case ZV_TRACE_SDP:
    case ZV_TRACE_DIGITS:
        *(struct zv_str *)target = replay_text(value);
        break;
    case ZV_TRACE_BOOL:
        *(bool *)target = json_is_true(value);
        break;
    case ZV_TRACE_INT:
        *(int *)target = (int)json_integer_value(value);
        break;
    case ZV_TRACE_U16:
        *(uint16_t *)target = (uint16_t)json_integer_value(value);
        break;
    case ZV_TRACE_U32:
        *(uint32_t *)target = (uint32_t)json_integer_value(value);
        break;
    case ZV_TRACE_I64:
        *(int64_t *)target = json_integer_value(value);
        break;
    case ZV_TRACE_ADDR: {
        struct zv_str text = replay_text(value);
        bool is_tcp = text.len > 4 && zv_str_is(zv_str_tail(text, text.len - 4), "/tcp");
        if (is_tcp)
            text.len -= 4;
        if (text.len && zv_addr_parse(text, target))
            assert_int_equal(zv_addr_parse_ip(text, target), 0);
        ((struct zv_addr *)target)->transport = is_tcp ? ZV_ADDR_TCP : ZV_ADDR_UDP;
        break;
    }
    case ZV_TRACE_HEADERS:
        in->u.call.headers = replay->headers;
        in->u.call.header_count = replay_headers(replay, value);
        break;
    }
}

static inline enum zv_call_in_kind replay_kind(const char *name)
{
    for (int kind = 0; kind < ZV_CALL_IN_COUNT; kind++) {
        if (strcmp(zv_call_in_name((enum zv_call_in_kind)kind), name) == 0)
            return (enum zv_call_in_kind)kind;
    }
    fail_msg("there is no input %s", name);
    return ZV_CALL_IN_NONE;
}

/* Ids are those of this run, whatever they were. */
static inline void replay_name(struct replay *replay, struct zv_call_in *in)
{
    struct desk *desk = &replay->recorded.desk;
    bool is_incoming =
        zv_str_is(replay_text(json_object_get(json_object_get(replay->root, "call"), "direction")),
                  "incoming");
    if (in->kind == ZV_CALL_IN_CLIENT_CONNECT && desk->token[0]) { /* a return */
        in->u.connect.conn = (zv_conn_id){++replay->conn};
        in->u.connect.auth_token = zv_str(desk->token);
    } else if (in->kind == ZV_CALL_IN_CLIENT_CONNECT) {
        in->u.connect.conn = (zv_conn_id){replay->conn};
        in->u.connect.sip_password = zv_str("made up");
    } else if (in->kind == ZV_CALL_IN_CLIENT_CALL) {
        in->u.call.conn = (zv_conn_id){replay->conn};
    } else if (in->kind <= ZV_CALL_IN_CLIENT_CLOSED) {
        in->u.client.conn = (zv_conn_id){replay->conn};
        if (is_incoming)
            in->u.client.call_id = zv_str(desk->call_id);
    } else if (in->kind <= ZV_CALL_IN_SIP_ENDED) {
        in->u.sip.session = desk->session;
        in->u.sip.leg = is_incoming ? DESK_LEG : desk->call.v;
    } else if (in->kind <= ZV_CALL_IN_ADMIN_HANGUP) {
        in->u.media.call = desk->call;
        in->u.media.ready.web_pwd = zv_str("gatewaypasswordgateway12");
    }
}

static inline void replay_input(struct replay *replay, json_t *data)
{
    size_t count;
    struct zv_call_in in = {.kind = replay_kind(json_string_value(json_object_get(data, "input")))};
    const struct zv_trace_field *fields = zv_trace_fields_of(in.kind, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(data, fields[i].name);
        if (value)
            replay_field(replay, &fields[i], value, &in);
    }
    replay_name(replay, &in);
    desk_input(&replay->recorded.desk, &in);
}

static inline void replay_event(struct replay *replay, json_t *event)
{
    struct desk *desk = &replay->recorded.desk;
    json_t *data = json_object_get(event, "data");
    double at_ms = json_number_value(json_object_get(event, "atMs"));
    desk->now_us = replay->begun_us + (int64_t)(at_ms * 1000 + 0.5);
    desk_forget(desk);
    if (zv_str_is(replay_text(json_object_get(event, "kind")), "timer")) {
        zv_switch_on_timeout(desk->sw, desk->now_us);
        recorded_on_timeout(&replay->recorded);
        desk_drain(desk);
    } else if (json_object_get(data, "input")) {
        replay_input(replay, data);
    }
}

/* What call control said. */
static inline void replay_put_said(struct zv_buf *out, struct zv_str kind, struct zv_str from,
                                   struct zv_str label, struct zv_str detail)
{
    bool is_said = zv_str_is(kind, "state") || zv_str_is(kind, "end") ||
                   zv_str_is(kind, "command") ||
                   (zv_str_is(kind, "client") && zv_str_is(from, "gateway"));
    if (is_said)
        zv_buf_printf(out, "%.*s %.*s, %.*s\n", ZV_STR_ARG(kind), ZV_STR_ARG(label),
                      ZV_STR_ARG(detail));
}

static inline void replay_said_then(const struct replay *replay, struct zv_buf *out)
{
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(replay->root, "events"), i, event) replay_put_said(
        out, replay_text(json_object_get(event, "kind")),
        replay_text(json_object_get(event, "from")), replay_text(json_object_get(event, "label")),
        replay_text(json_object_get(event, "detail")));
    assert_non_null(zv_buf_cstr(out));
}

static inline void replay_said_now(const struct replay *replay, struct zv_buf *out)
{
    const struct zv_trace *trace = zv_recorder_next(replay->recorded.recorder, NULL);
    assert_non_null(trace);
    ZV_LIST_EACH (node, &trace->events) {
        const struct zv_trace_event *event = ZV_CONTAINER_OF(node, struct zv_trace_event, node);
        replay_put_said(out, zv_str(zv_trace_kind_name((enum zv_trace_kind)event->kind)),
                        zv_str(zv_trace_lane_name((enum zv_trace_lane)event->from)), event->label,
                        event->detail);
    }
    assert_non_null(zv_buf_cstr(out));
}

/* The configuration is in no trace: the policy is one under which the SIP side's keys were used. */
static inline enum zv_srtp_policy replay_srtp(const json_t *root)
{
    const char *cause = json_string_value(json_object_get(json_object_get(root, "call"), "cause"));
    char *text = json_dumps(root, 0);
    enum zv_srtp_policy policy =
        strstr(text, "a=crypto:") ? ZV_SRTP_POLICY_OPTIONAL : ZV_SRTP_POLICY_OFF;
    free(text);
    if (cause && strcmp(cause, "srtp_required") == 0)
        return ZV_SRTP_POLICY_REQUIRED;
    return cause && strcmp(cause, "srtp_off") == 0 ? ZV_SRTP_POLICY_OFF : policy;
}

/* Likewise: video was allowed where a port for it was set up. */
static inline struct zv_switch_cfg replay_cfg(const json_t *root)
{
    char *text = json_dumps(root, 0);
    struct zv_switch_cfg cfg = {
        .has_video = strstr(text, "sip_video") != NULL,
        .trunks.defaults.srtp = replay_srtp(root),
    };
    free(text);
    return cfg;
}

/* Plays the trace and compares. Takes over `root`. */
static inline void replay_run(json_t *root)
{
    static char then_memory[65536], now_memory[65536];
    struct zv_buf then = zv_buf(then_memory, sizeof(then_memory));
    struct zv_buf now = zv_buf(now_memory, sizeof(now_memory));
    struct replay replay = {.root = root, .conn = DESK_CONN};
    size_t i;
    json_t *event;
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(root, "call"), "eventsDropped")), 0);
    recorded_open(&replay.recorded);
    recorded_set(&replay.recorded, replay_cfg(root));
    replay.begun_us = replay.recorded.desk.now_us;
    json_array_foreach(json_object_get(root, "events"), i, event) replay_event(&replay, event);
    replay_said_then(&replay, &then);
    replay_said_now(&replay, &now);
    assert_true(then.len > 0);
    assert_string_equal(now.p, then.p);
    recorded_close(&replay.recorded);
    json_decref(root);
}

static inline void replay_file(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    replay_run(root);
}

#endif
