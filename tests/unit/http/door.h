/*
 * A door on real sockets for the tests beside it: server and client in one thread, on free ports of
 * the loopback; what the switchboard would be told is kept.
 */
#ifndef ZV_TESTS_UNIT_HTTP_DOOR_H
#define ZV_TESTS_UNIT_HTTP_DOOR_H

#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "http/http.h"
#include "http/pages.h"
#include "support/wsclient.h"
#include "wire/event.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define LARGE_BYTES 600001
#define MAX_INPUTS  256

/* ------------------------------------------------------------------ the server under test */

struct input {
    enum zv_call_in_kind kind;
    zv_conn_id conn;
    struct zv_addr peer;
    struct zv_addr local;
    char login[64];
    char call_id[64];
    uint16_t close_code;
    int64_t last_seq;
    bool can_resume;
    bool is_proxied;
};

struct door {
    uv_loop_t loop;
    struct zv_http *http;
    uint16_t port;
    struct input inputs[MAX_INPUTS];
    size_t input_count;
    uint64_t session; /* of whom `connection` is answered; 0: one for each socket */
    bool is_mute;     /* does not answer `connection` */
    bool is_sudden;   /* closes everything on the first input */
};

static uint8_t large[LARGE_BYTES];
static const struct zv_page pages[] = {
    {"/index.html", "text/html; charset=utf-8", "\"e1\"", (const uint8_t *)"<h1>hi</h1>", 11},
    {"/assets/app-1a2b.js", "text/javascript; charset=utf-8", "\"e2\"", large, LARGE_BYTES},
    {"/empty.txt", "text/plain; charset=utf-8", "\"e3\"", (const uint8_t *)"", 0},
};

static inline void pump(void *arg, int fd, short events, int wait_ms)
{
    struct door *door = arg;
    (void)uv_run(&door->loop, UV_RUN_NOWAIT);
    struct pollfd fds[2] = {
        {.fd = uv_backend_fd(&door->loop), .events = POLLIN},
        {.fd = fd, .events = events},
    };
    if (fd >= 0 && poll(fds + 1, 1, 0) > 0)
        return;
    int due_ms = uv_backend_timeout(&door->loop);
    if (due_ms >= 0 && due_ms < wait_ms)
        wait_ms = due_ms;
    (void)poll(fds, fd >= 0 ? 2 : 1, wait_ms);
    (void)uv_run(&door->loop, UV_RUN_NOWAIT);
}

static inline zv_session_id session_of(const struct door *door, zv_conn_id conn)
{
    return (zv_session_id){door->session ? door->session : conn.v + 1000};
}

static inline void answer_connection(struct door *door, zv_conn_id conn)
{
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn,
                     .session = session_of(door, conn),
                     .message = ZV_MSG_GET_USER_DATA,
                     .status = ZV_STR_LIT("ESTABLISHED"),
                     .auth_token = ZV_STR_LIT("token"),
                     .sip_login = ZV_STR_LIT("1000"),
                     .sip_port = 5060},
    };
    zv_http_execute(door->http, &cmd);
}

static inline void keep(char *dst, size_t cap, struct zv_str text)
{
    assert_int_equal(zv_str_copy(text, dst, cap), 0);
}

static inline void on_input(void *arg, const struct zv_call_in *in)
{
    struct door *door = arg;
    assert_true(door->input_count < MAX_INPUTS);
    struct input *mine = &door->inputs[door->input_count++];
    mine->kind = in->kind;
    if (in->kind != ZV_CALL_IN_CLIENT_CONNECT) {
        mine->conn = in->u.client.conn;
        if (in->kind == ZV_CALL_IN_CLIENT_CLOSED)
            mine->close_code = in->u.client.close_code;
        if (in->kind == ZV_CALL_IN_CLIENT_REFUSED)
            keep(mine->call_id, sizeof mine->call_id, in->u.refused.call_id);
        else if (in->kind != ZV_CALL_IN_CLIENT_CALL)
            keep(mine->call_id, sizeof mine->call_id, in->u.client.call_id);
        return;
    }
    mine->conn = in->u.connect.conn;
    mine->last_seq = in->u.connect.last_seq;
    mine->can_resume = in->u.connect.can_resume;
    mine->is_proxied = in->u.connect.is_proxied;
    mine->peer = in->u.connect.peer;
    mine->local = in->u.connect.ws_local;
    keep(mine->login, sizeof mine->login, in->u.connect.sip_login);
    if (door->is_sudden)
        zv_http_close(door->http);
    else if (!door->is_mute)
        answer_connection(door, mine->conn);
}

/* What an operator may ask for here: a long answer, one that is too long, one with a status. */
static inline void on_admin(void *arg, struct zv_str path, struct zv_buf *body,
                            struct zv_http_admin_answer *ret_answer)
{
    (void)arg;
    ret_answer->status = zv_str_is(path, "/ill") ? 503 : 200;
    if (zv_str_is(path, "/long"))
        zv_buf_put(body, large, ZV_HTTP_ADMIN_BYTES);
    else if (zv_str_is(path, "/endless"))
        zv_buf_put(body, large, ZV_HTTP_ADMIN_BYTES + 1);
    else
        zv_buf_put_str(body, path);
}

static inline void open_door_behind(struct door *door, const struct zv_http_limits *limits,
                                    const struct zv_proxies *proxies)
{
    static const char *const allowed[] = {"https://phone.example"};
    memset(door, 0, sizeof *door);
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (uint8_t)(i * 7 + i / 251);
    assert_int_equal(uv_loop_init(&door->loop), 0);
    struct zv_http_cfg cfg = {
        .loop = &door->loop,
        .seed = {1, 2},
        .limits = *limits,
        .pages = pages,
        .page_count = ZV_ARRAY_LEN(pages),
        .allowed_origins = allowed,
        .allowed_origin_count = ZV_ARRAY_LEN(allowed),
        .proxies = *proxies,
        .features = ZV_WIRE_FEATURE_REPORT | ZV_WIRE_FEATURE_RESUME,
        .on_input_fn = on_input,
        .on_admin_fn = on_admin,
        .arg = door,
    };
    assert_int_equal(zv_http_new(&door->http, &cfg), 0);
    struct zv_http_listener listener = {.address = "127.0.0.1", .service = ZV_HTTP_PAGES};
    assert_int_equal(zv_http_listen(door->http, &listener, &door->port), 0);
    assert_true(door->port != 0);
}

static inline void open_door(struct door *door, const struct zv_http_limits *limits)
{
    open_door_behind(door, limits, &(struct zv_proxies){0});
}

static inline void close_door(struct door *door)
{
    zv_http_close(door->http);
    assert_int_equal(uv_run(&door->loop, UV_RUN_DEFAULT), 0);
    struct zv_http_counts counts;
    zv_http_counts(door->http, &counts);
    assert_int_equal(counts.sockets, 0);
    assert_int_equal(counts.connections, 0);
    assert_int_equal(counts.opened, counts.closed);
    door->http = zv_http_free(door->http);
    assert_int_equal(uv_loop_close(&door->loop), 0);
}

static const struct zv_http_limits defaults;

static inline struct zv_http_counts counts_of(const struct door *door)
{
    struct zv_http_counts counts;
    zv_http_counts(door->http, &counts);
    return counts;
}

/* ------------------------------------------------------------------ helpers of the clients */

#define CONNECTION                                                                                 \
    "{\"message\":\"connection\",\"data\":[{\"appKey\":\"defaultApp\",\"sipLogin\":\"1000\","      \
    "\"sipPassword\":\"secret\",\"sipDomain\":\"sip.example\",\"sipPort\":\"5060\"}]}"
#define ASKING "{\"message\":\"connection\",\"data\":[{\"features\":[\"report\",\"dtmf\"]}]}"
#define PING   "{\"message\":\"ping\",\"data\":[null]}"
#define PONG   "{\"message\":\"pong\",\"data\":[]}"
#define HANGUP "{\"message\":\"hangup\",\"data\":[{\"callId\":\"c-1\"}]}"

static inline void dial(struct door *door, struct zv_ws_client *client)
{
    zv_ws_connect(client, "127.0.0.1", door->port, pump, door);
}

/* An open WebSocket. */
static inline void join(struct door *door, struct zv_ws_client *client)
{
    dial(door, client);
    assert_int_equal(zv_ws_upgrade(client, "/", ""), 101);
}

/* An open WebSocket with a session; returns the id that the switchboard was given. */
static inline zv_conn_id log_in(struct door *door, struct zv_ws_client *client)
{
    join(door, client);
    zv_ws_send_text(client, CONNECTION);
    free(zv_ws_read_text(client));
    return door->inputs[door->input_count - 1].conn;
}

static inline void expect_text(struct zv_ws_client *client, const char *part)
{
    char *text = zv_ws_read_text(client);
    if (!strstr(text, part))
        fail_msg("%s is not in %s", part, text);
    free(text);
}

static inline size_t count_inputs(const struct door *door, enum zv_call_in_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < door->input_count; i++)
        count += door->inputs[i].kind == kind;
    return count;
}

/* Pumps the server until `kind` was given `count` times. */
static inline void wait_inputs(struct door *door, enum zv_call_in_kind kind, size_t count)
{
    for (int turns = 0; count_inputs(door, kind) < count; turns++) {
        assert_true(turns < 1000);
        pump(door, -1, 0, 20000);
    }
}

static inline void wait_sockets(struct door *door, uint32_t count)
{
    for (int turns = 0; counts_of(door).sockets != count; turns++) {
        assert_true(turns < 1000);
        pump(door, -1, 0, 20000);
    }
}

/* A message of exactly `len` bytes that is ignored by name. */
static inline char *message_of(size_t len)
{
    static const char head[] = "{\"message\":\"x\",\"data\":[\"", tail[] = "\"]}";
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + len - (sizeof tail - 1), tail, sizeof tail);
    return text;
}

#endif
