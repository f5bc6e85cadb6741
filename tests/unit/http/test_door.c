/*
 * The door on real sockets: server and client in one thread, on free ports of the loopback.
 */
#define _GNU_SOURCE

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

static void pump(void *arg, int fd, short events, int wait_ms)
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

static zv_session_id session_of(const struct door *door, zv_conn_id conn)
{
    return (zv_session_id){door->session ? door->session : conn.v + 1000};
}

static void answer_connection(struct door *door, zv_conn_id conn)
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

static void keep(char *dst, size_t cap, struct zv_str text)
{
    assert_int_equal(zv_str_copy(text, dst, cap), 0);
}

static void on_input(void *arg, const struct zv_call_in *in)
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
    mine->peer = in->u.connect.peer;
    mine->local = in->u.connect.ws_local;
    keep(mine->login, sizeof mine->login, in->u.connect.sip_login);
    if (door->is_sudden)
        zv_http_close(door->http);
    else if (!door->is_mute)
        answer_connection(door, mine->conn);
}

/* What an operator may ask for here: a long answer, one that is too long, one with a status. */
static void on_admin(void *arg, struct zv_str path, struct zv_buf *body,
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

static void open_door(struct door *door, const struct zv_http_limits *limits)
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

static void close_door(struct door *door)
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

static struct zv_http_counts counts_of(const struct door *door)
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

static void dial(struct door *door, struct zv_ws_client *client)
{
    zv_ws_connect(client, "127.0.0.1", door->port, pump, door);
}

/* An open WebSocket. */
static void join(struct door *door, struct zv_ws_client *client)
{
    dial(door, client);
    assert_int_equal(zv_ws_upgrade(client, "/", ""), 101);
}

/* An open WebSocket with a session; returns the id that the switchboard was given. */
static zv_conn_id log_in(struct door *door, struct zv_ws_client *client)
{
    join(door, client);
    zv_ws_send_text(client, CONNECTION);
    free(zv_ws_read_text(client));
    return door->inputs[door->input_count - 1].conn;
}

static void expect_text(struct zv_ws_client *client, const char *part)
{
    char *text = zv_ws_read_text(client);
    if (!strstr(text, part))
        fail_msg("%s is not in %s", part, text);
    free(text);
}

static size_t count_inputs(const struct door *door, enum zv_call_in_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < door->input_count; i++)
        count += door->inputs[i].kind == kind;
    return count;
}

/* Pumps the server until `kind` was given `count` times. */
static void wait_inputs(struct door *door, enum zv_call_in_kind kind, size_t count)
{
    for (int turns = 0; count_inputs(door, kind) < count; turns++) {
        assert_true(turns < 1000);
        pump(door, -1, 0, 20000);
    }
}

static void wait_sockets(struct door *door, uint32_t count)
{
    for (int turns = 0; counts_of(door).sockets != count; turns++) {
        assert_true(turns < 1000);
        pump(door, -1, 0, 20000);
    }
}

/* ------------------------------------------------------------------ messages */

static void a_connection_reaches_the_switchboard_and_is_answered(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    zv_conn_id conn = log_in(&door, &client);
    assert_int_equal(door.input_count, 1);
    assert_int_equal(door.inputs[0].kind, ZV_CALL_IN_CLIENT_CONNECT);
    assert_string_equal(door.inputs[0].login, "1000");
    assert_true(conn.v != 0);
    zv_ws_send_text(&client, HANGUP);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_HANGUP, 1);
    assert_int_equal(door.inputs[1].conn.v, conn.v);
    assert_string_equal(door.inputs[1].call_id, "c-1");
    zv_ws_close(&client);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    assert_int_equal(door.inputs[2].conn.v, conn.v);
    close_door(&door);
    assert_int_equal(count_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED), 1);
}

static void both_ends_of_the_socket_are_known_and_never_v4_mapped(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    struct zv_http_listener everywhere = {.address = NULL};
    assert_int_equal(zv_http_listen(door.http, &everywhere, &door.port), 0);
    log_in(&door, &client);
    const struct input *in = &door.inputs[0];
    assert_int_equal(in->local.family, ZV_ADDR_IPV4);
    assert_int_equal(in->local.port, door.port);
    assert_int_equal(in->peer.family, ZV_ADDR_IPV4);
    assert_int_equal(in->peer.ip[0], 127);
    assert_true(in->peer.port != 0);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_listener_may_be_ipv6_only(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    struct zv_http_listener six = {.address = "::1"};
    int err = zv_http_listen(door.http, &six, &door.port);
    if (err) {
        close_door(&door);
        print_message("no ::1 on this host: %s\n", zv_err_text(err));
        skip();
    }
    zv_ws_connect(&client, "::1", door.port, pump, &door);
    assert_int_equal(zv_ws_upgrade(&client, "/", ""), 101);
    zv_ws_send_text(&client, CONNECTION);
    free(zv_ws_read_text(&client));
    assert_int_equal(door.inputs[0].local.family, ZV_ADDR_IPV6);
    assert_true(zv_addr_is_loopback(&door.inputs[0].local));
    zv_ws_close(&client);
    close_door(&door);
}

static void nothing_passes_before_a_connection(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    join(&door, &client);
    zv_ws_send_text(&client, HANGUP);
    expect_text(&client, "not_connected");
    zv_ws_send_text(&client, PING);
    expect_text(&client, "{\"message\":\"pong\",\"data\":[]}");
    zv_ws_send_text(&client, CONNECTION);
    expect_text(&client, "getUserData");
    assert_int_equal(door.input_count, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_malformed_message_is_answered_and_the_socket_stays(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    log_in(&door, &client);
    zv_ws_send_text(&client, "{");
    expect_text(&client, "\"apiMethod\":\"ErrorStatusEvent\"");
    zv_ws_send_text(&client, "{\"message\":\"hangup\",\"data\":[{}]}");
    expect_text(&client, "\"field\":\"callId\"");
    zv_ws_send_text(&client, "{\"message\":\"neverHeardOf\",\"data\":[{}]}");
    zv_ws_send_text(&client, HANGUP);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_HANGUP, 1);
    assert_int_equal(counts_of(&door).bad_messages, 2);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_malformed_call_is_handed_on_to_be_ended(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    log_in(&door, &client);
    zv_ws_send_text(&client, "{\"message\":\"call\",\"data\":[{\"callId\":\"c-9\"}]}");
    wait_inputs(&door, ZV_CALL_IN_CLIENT_REFUSED, 1);
    assert_string_equal(door.inputs[door.input_count - 1].call_id, "c-9");
    assert_int_equal(counts_of(&door).bad_messages, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_malformed_connection_is_refused_and_closed(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    join(&door, &client);
    zv_ws_send_text(
        &client, "{\"message\":\"connection\",\"data\":[{\"sipLogin\":5,\"sipPassword\":\"x\"}]}");
    expect_text(&client, "\"apiMethod\":\"ConnectionStatusEvent\"");
    assert_int_equal(zv_ws_read_close(&client), 1000);
    assert_int_equal(door.input_count, 0);
    zv_ws_close(&client);
    close_door(&door);
    assert_int_equal(door.input_count, 0);
}

static void too_many_malformed_messages_end_the_connection(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.bad_messages = 3});
    log_in(&door, &client);
    zv_ws_send_text(&client, "[]");
    zv_ws_send_text(&client, "[]");
    zv_ws_send_text(&client, PING); /* a good one: counted anew */
    for (int i = 0; i < 3; i++)
        zv_ws_send_text(&client, "[]");
    assert_int_equal(zv_ws_read_close(&client), 1008);
    assert_int_equal(counts_of(&door).bad_messages, 5);
    assert_int_equal(counts_of(&door).closed_bad, 1);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ frames */

static void fragments_are_put_together_around_control_frames(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    join(&door, &client);
    static const char text[] = CONNECTION;
    for (size_t at = 0; at < sizeof text - 1; at++) {
        zv_ws_send_frame(&client, at == sizeof text - 2, at ? 0 : ZV_WS_TEXT, text + at, 1);
        if (at == 20)
            zv_ws_send_frame(&client, true, ZV_WS_PING, "hello", 5);
    }
    char *payload;
    size_t len;
    assert_int_equal(zv_ws_read_frame(&client, &payload, &len), ZV_WS_PONG);
    assert_string_equal(payload, "hello");
    free(payload);
    expect_text(&client, "getUserData");
    assert_string_equal(door.inputs[0].login, "1000");
    zv_ws_close(&client);
    close_door(&door);
}

/* A message of exactly `len` bytes that is ignored by name. */
static char *message_of(size_t len)
{
    static const char head[] = "{\"message\":\"x\",\"data\":[\"", tail[] = "\"]}";
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + len - (sizeof tail - 1), tail, sizeof tail);
    return text;
}

static void the_largest_message_passes_and_one_byte_more_does_not(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    log_in(&door, &client);
    char *text = message_of(262144);
    zv_ws_send_text(&client, text);
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    free(text);
    text = message_of(262145);
    zv_ws_send_text(&client, text);
    assert_int_equal(zv_ws_read_close(&client), 1009);
    free(text);
    zv_ws_close(&client);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    assert_int_equal(counts_of(&door).closed_oversize, 1);
    close_door(&door);
}

static void the_cap_holds_across_fragments(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.message_bytes = 1000});
    join(&door, &client);
    char part[300];
    memset(part, ' ', sizeof part);
    for (int i = 0; i < 4; i++)
        zv_ws_send_frame(&client, false, i ? 0 : ZV_WS_TEXT, part, sizeof part);
    assert_int_equal(zv_ws_read_close(&client), 1009);
    zv_ws_close(&client);
    close_door(&door);
}

static void binary_frames_are_refused(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    join(&door, &client);
    zv_ws_send_frame(&client, true, ZV_WS_BINARY, "\x01\x02", 2);
    assert_int_equal(zv_ws_read_close(&client), 1003);
    assert_int_equal(counts_of(&door).closed_binary, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_flood_of_messages_is_stopped(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.messages_per_s = 5});
    log_in(&door, &client);
    for (int i = 0; i < 200; i++)
        zv_ws_send_text(&client, PONG);
    assert_int_equal(zv_ws_read_close(&client), 1008);
    assert_int_equal(counts_of(&door).closed_rate, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void no_extension_and_no_subprotocol_is_agreed(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response response;
    open_door(&door, &defaults);
    dial(&door, &client);
    zv_ws_upgrade_full(&client, "/any/path?x=1",
                       "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
                       &response);
    assert_int_equal(response.status, 101);
    assert_null(strcasestr(response.head, "Sec-WebSocket-Extensions"));
    assert_null(strcasestr(response.head, "Sec-WebSocket-Protocol"));
    zv_ws_response_fini(&response);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ who may come in */

static void a_wrong_origin_gets_403_and_ours_gets_in(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"", 101},
        {"Origin: https://localhost\r\n", 101},
        {"Origin: https://localhost:8444\r\n", 101},
        {"Origin: https://LOCALHOST:3000\r\n", 101},
        {"Origin: https://phone.example\r\n", 101},
        {"Origin: https://evil.example\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Origin: https://localhost.evil.example\r\n", 403},
        {"Origin: https://evil.example/localhost\r\n", 403},
        {"Origin: https://phone.example.evil.example\r\n", 403},
    };
    struct door door;
    open_door(&door, &defaults);
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_ws_client client;
        dial(&door, &client);
        int status = zv_ws_upgrade(&client, "/", cases[i].headers);
        if (status != cases[i].status)
            fail_msg("%s got %d", cases[i].headers, status);
        zv_ws_close(&client);
    }
    assert_int_equal(counts_of(&door).refused_origin, 5);
    close_door(&door);
}

static void the_cap_per_address_is_named_and_freed_again(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[3];
    struct zv_ws_response response;
    open_door(&door, &(struct zv_http_limits){.connections_per_address = 2});
    join(&door, &clients[0]);
    join(&door, &clients[1]);
    dial(&door, &clients[2]);
    zv_ws_upgrade_full(&clients[2], "/", "", &response);
    assert_int_equal(response.status, 429);
    assert_non_null(strstr(response.body, "http.max_connections_per_address"));
    zv_ws_response_fini(&response);
    zv_ws_wait_closed(&clients[2]);
    zv_ws_close(&clients[2]);
    zv_ws_close(&clients[0]);
    wait_sockets(&door, 1);
    join(&door, &clients[0]);
    assert_int_equal(counts_of(&door).refused_address, 1);
    zv_ws_close(&clients[0]);
    zv_ws_close(&clients[1]);
    close_door(&door);
}

static void the_cap_of_clients_is_named(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[2];
    struct zv_ws_response response;
    open_door(&door, &(struct zv_http_limits){.connections = 1});
    join(&door, &clients[0]);
    dial(&door, &clients[1]);
    zv_ws_upgrade_full(&clients[1], "/", "", &response);
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.body, "http.max_connections"));
    zv_ws_response_fini(&response);
    zv_ws_close(&clients[0]);
    zv_ws_close(&clients[1]);
    close_door(&door);
}

static void sockets_of_one_address_are_bounded_before_they_speak(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[40];
    open_door(&door, &(struct zv_http_limits){.connections_per_address = 1});
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        dial(&door, &clients[i]);
    zv_ws_wait_closed(&clients[39]);
    assert_int_equal(counts_of(&door).sockets, 33);
    assert_true(counts_of(&door).refused_address > 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        zv_ws_close(&clients[i]);
    close_door(&door);
}

/* ------------------------------------------------------------------ time */

static void a_client_that_says_nothing_is_closed(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.first_message_us = ZV_MS(50)});
    join(&door, &client);
    assert_int_equal(zv_ws_read_close(&client), 1008);
    assert_int_equal(counts_of(&door).closed_silent, 1);
    assert_int_equal(door.input_count, 0);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_connection_that_is_not_answered_counts_as_silence(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.first_message_us = ZV_MS(50)});
    door.is_mute = true;
    join(&door, &client);
    zv_ws_send_text(&client, CONNECTION);
    assert_int_equal(zv_ws_read_close(&client), 1008);
    zv_ws_close(&client);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    close_door(&door);
}

static void pings_without_an_answer_end_the_connection(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.ping_interval_us = ZV_MS(20), .ping_misses = 3});
    log_in(&door, &client);
    for (int i = 0; i < 3; i++)
        expect_text(&client, "{\"message\":\"ping\",\"data\":[]}");
    assert_int_equal(zv_ws_read_close(&client), 1001);
    assert_int_equal(counts_of(&door).closed_unanswered, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void answered_pings_keep_the_connection(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.ping_interval_us = ZV_MS(50), .ping_misses = 2});
    log_in(&door, &client);
    for (int i = 0; i < 8; i++) {
        expect_text(&client, "\"ping\"");
        zv_ws_send_text(&client, PONG);
    }
    assert_int_equal(counts_of(&door).closed_unanswered, 0);
    assert_int_equal(counts_of(&door).connections, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_client_that_does_not_read_is_closed_within_bounds(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.close_grace_us = ZV_MS(50)});
    zv_conn_id conn = log_in(&door, &client);
    char sdp[8192];
    memset(sdp, 's', sizeof sdp);
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn,
                     .message = ZV_MSG_SET_REMOTE_SDP,
                     .call_id = ZV_STR_LIT("c"),
                     .sdp = {sdp, sizeof sdp}},
    };
    /* The kernel's buffers of the loopback take some megabytes before the queue grows. */
    for (int i = 0; i < 100000 && !counts_of(&door).closed_slow; i++) {
        zv_http_execute(door.http, &cmd);
        pump(&door, -1, 0, 0);
    }
    assert_int_equal(counts_of(&door).closed_slow, 1);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    zv_http_execute(door.http, &cmd); /* for a connection that is gone: nothing */
    zv_ws_close(&client);
    close_door(&door);
}

static void half_a_request_is_not_waited_for(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.idle_s = 1});
    dial(&door, &client);
    zv_ws_write(&client, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", 33);
    zv_ws_wait_closed(&client);
    zv_ws_close(&client);
    wait_sockets(&door, 0);
    close_door(&door);
}

static void a_page_reader_that_stands_still_is_dropped(void **state)
{
    (void)state;
    static const char request[] = "GET /assets/app-1a2b.js HTTP/1.1\r\nHost: x\r\n\r\n";
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.idle_s = 1});
    dial(&door, &client);
    /* More answers than the kernel's buffers hold, none of them read. */
    for (int i = 0; i < 60; i++)
        zv_ws_write(&client, request, sizeof request - 1);
    int turns = 0;
    while (counts_of(&door).requests < 2 || counts_of(&door).sockets) {
        pump(&door, -1, 0, 20000);
        turns++;
    }
    assert_true(turns < 10000); /* a loop that spins takes hundreds of thousands of turns */
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ commands */

static void what_was_sent_before_a_close_arrives(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    zv_conn_id conn = log_in(&door, &client);
    struct zv_call_cmd event = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn,
                     .message = ZV_MSG_FAIL,
                     .api_method = ZV_STR_LIT("RegistrationStatusEvent"),
                     .info = ZV_STR_LIT("wrong password")},
    };
    struct zv_call_cmd close = {
        .kind = ZV_CALL_CMD_CLIENT_CLOSE,
        .u.close = {.conn = conn, .code = 1000, .reason = ZV_STR_LIT("refused")},
    };
    zv_http_execute(door.http, &event);
    zv_http_execute(door.http, &event);
    zv_http_execute(door.http, &close);
    zv_http_execute(door.http, &event); /* too late */
    expect_text(&client, "wrong password");
    expect_text(&client, "wrong password");
    char *payload;
    size_t len;
    assert_int_equal(zv_ws_read_frame(&client, &payload, &len), ZV_WS_CLOSE);
    assert_memory_equal(payload, "\x03\xe8refused", 9);
    free(payload);
    assert_int_equal(count_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED), 0);
    zv_ws_send_frame(&client, true, ZV_WS_CLOSE, "\x03\xe8", 2);
    zv_ws_wait_closed(&client);
    assert_int_equal(client.in_len, 0); /* no second close frame */
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_close_of_the_client_is_answered(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    log_in(&door, &client);
    zv_ws_send_frame(&client, true, ZV_WS_CLOSE, "\x03\xe8", 2);
    assert_int_equal(zv_ws_read_close(&client), 1000);
    zv_ws_wait_closed(&client);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_client_that_never_acknowledges_a_close_is_cut_off(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.close_grace_us = ZV_MS(50)});
    zv_conn_id conn = log_in(&door, &client);
    struct zv_call_cmd close = {
        .kind = ZV_CALL_CMD_CLIENT_CLOSE,
        .u.close = {.conn = conn, .code = 1000, .reason = ZV_STR_LIT("bye")},
    };
    zv_http_execute(door.http, &close);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    wait_sockets(&door, 0);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ reports */

/* An open WebSocket with a session that takes reports. */
static zv_conn_id log_in_asking(struct door *door, struct zv_ws_client *client)
{
    join(door, client);
    zv_ws_send_text(client, ASKING);
    expect_text(client, "\"features\":[\"report\"]");
    return door->inputs[door->input_count - 1].conn;
}

static struct zv_wire_report report_of(const char *call_id, struct zv_str ladder)
{
    return (struct zv_wire_report){
        .call_id = zv_str(call_id),
        .reason = {.cause = ZV_STR_LIT("busy"), .text = ZV_STR_LIT("the far end is busy")},
        .ladder = ladder,
    };
}

static void reports_go_to_those_who_asked(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client asking, silent;
    open_door(&door, &defaults);
    zv_conn_id reader = log_in_asking(&door, &asking);
    zv_conn_id other = log_in(&door, &silent);
    zv_ws_send_text(&silent, ASKING); /* too late: the first `connection` counts */
    expect_text(&silent, "getUserData");
    unsigned feature = ZV_WIRE_FEATURE_REPORT;
    assert_true(zv_http_has_feature(door.http, session_of(&door, reader), feature));
    assert_false(zv_http_has_feature(door.http, session_of(&door, other), feature));
    assert_false(zv_http_has_feature(door.http, (zv_session_id){12345}, feature));
    struct zv_wire_report report = report_of("c-1", ZV_STR_LIT("client -> gateway\n"));
    zv_http_send_report(door.http, session_of(&door, reader), &report);
    zv_http_send_report(door.http, session_of(&door, other), &report);
    zv_http_send_report(door.http, (zv_session_id){12345}, &report);
    expect_text(&asking, "{\"message\":\"zvReport\",\"data\":[{\"callId\":\"c-1\",\"cause\":"
                         "\"busy\",\"text\":\"the far end is busy\","
                         "\"ladder\":\"client -> gateway\\n\"}]}");
    zv_ws_send_text(&silent, PING);
    expect_text(&silent, "pong"); /* and nothing before it */
    zv_ws_close(&asking);
    zv_ws_close(&silent);
    close_door(&door);
}

static void a_report_costs_nobody_the_connection(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.queue_bytes = 4096});
    zv_conn_id conn = log_in_asking(&door, &client);
    char text[ZV_MAX_LADDER_BYTES];
    memset(text, '-', sizeof text);
    struct zv_wire_report huge = report_of("huge", zv_str_n(text, 3000));
    struct zv_wire_report small = report_of("small", zv_str_n(text, 1000));
    zv_http_send_report(door.http, session_of(&door, conn), &huge);
    for (int i = 0; i < 100; i++) /* nothing is read meanwhile */
        zv_http_send_report(door.http, session_of(&door, conn), &small);
    assert_true(counts_of(&door).reports_dropped > 90);
    assert_int_equal(counts_of(&door).closed_slow, 0);
    expect_text(&client, "\"callId\":\"small\"");
    zv_ws_close(&client);
    close_door(&door);
}

static void the_largest_ladder_fits(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    zv_conn_id conn = log_in_asking(&door, &client);
    char text[ZV_MAX_LADDER_BYTES];
    memset(text, '"', sizeof text); /* each becomes two bytes */
    struct zv_wire_report report = report_of("c-1", zv_str_n(text, sizeof text));
    zv_http_send_report(door.http, session_of(&door, conn), &report);
    assert_int_equal(counts_of(&door).reports_dropped, 0);
    expect_text(&client, "\"ladder\":\"\\\"");
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ clients that return */

#define RESUMING                                                                                   \
    "{\"message\":\"connection\",\"data\":[{\"features\":[\"resume\",\"report\"],\"lastSeq\":%d}]" \
    "}"
#define RELOADED "{\"message\":\"connection\",\"data\":[{\"features\":[\"resume\",\"report\"]}]}"

/* A socket of session 7 whose client can resume. */
static zv_conn_id log_in_resuming(struct door *door, struct zv_ws_client *client,
                                  const char *connection)
{
    door->session = 7;
    join(door, client);
    zv_ws_send_text(client, connection);
    expect_text(client, "getUserData");
    return door->inputs[door->input_count - 1].conn;
}

static void say(struct door *door, zv_conn_id conn, enum zv_client_message message,
                const char *call_id)
{
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn,
                     .session = {7},
                     .message = message,
                     .call_id = zv_str(call_id),
                     .status = ZV_STR_LIT("RING")},
    };
    zv_http_execute(door->http, &cmd);
}

static void resume(struct door *door, zv_conn_id conn, int64_t last_seq)
{
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn, .session = {7}, .message = ZV_MSG_RESUMED, .last_seq = last_seq},
    };
    zv_http_execute(door->http, &cmd);
}

static void lose(struct door *door, struct zv_ws_client *client, size_t count)
{
    zv_ws_close(client);
    wait_inputs(door, ZV_CALL_IN_CLIENT_CLOSED, count);
}

static void a_client_that_returns_gets_what_it_missed(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    char text[256];
    open_door(&door, &defaults);
    zv_conn_id conn = log_in_resuming(&door, &client, RELOADED);
    assert_true(door.inputs[0].can_resume);
    assert_true(door.inputs[0].last_seq == -1);
    say(&door, conn, ZV_MSG_TRYING, "c-1");
    expect_text(&client, "}],\"seq\":1}");
    lose(&door, &client, 1);
    say(&door, (zv_conn_id){0}, ZV_MSG_RING, "c-1");
    struct zv_wire_report report = {.call_id = ZV_STR_LIT("c-0")};
    zv_http_send_report(door.http, (zv_session_id){7}, &report);
    (void)snprintf(text, sizeof text, RESUMING, 1);
    conn = log_in_resuming(&door, &client, text);
    assert_int_equal(door.inputs[door.input_count - 1].last_seq, 1);
    resume(&door, conn, 1);
    expect_text(&client, "\"calls\":[],\"replayed\":2,\"complete\":true}]}");
    expect_text(&client, "{\"message\":\"ring\"");
    expect_text(&client, "{\"message\":\"zvReport\",\"data\":[{\"callId\":\"c-0\"}],\"seq\":3}");
    say(&door, conn, ZV_MSG_TALK, "c-1");
    expect_text(&client, "}],\"seq\":4}");
    lose(&door, &client, 2);
    conn = log_in_resuming(&door, &client, RELOADED);
    resume(&door, conn, -1);
    expect_text(&client, "\"replayed\":0,\"complete\":true}]}");
    say(&door, conn, ZV_MSG_TALK, "c-1");
    expect_text(&client, "}],\"seq\":5}");
    lose(&door, &client, 3);
    close_door(&door);
}

static void what_rings_is_told_again_to_those_who_do_not_know_it(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    char text[256];
    open_door(&door, &defaults);
    struct zv_call_cmd again = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.session = {7},
                     .message = ZV_MSG_RING,
                     .is_again = true,
                     .call_id = ZV_STR_LIT("c-1"),
                     .status = ZV_STR_LIT("RING")},
    };
    zv_conn_id conn = log_in_resuming(&door, &client, RELOADED);
    say(&door, conn, ZV_MSG_RING, "c-1");
    expect_text(&client, "\"seq\":1}");
    lose(&door, &client, 1);
    (void)snprintf(text, sizeof text, RESUMING, 1);
    again.u.client.conn = conn = log_in_resuming(&door, &client, text);
    resume(&door, conn, 1);
    expect_text(&client, "\"complete\":true");
    zv_http_execute(door.http, &again); /* it knows */
    say(&door, conn, ZV_MSG_TALK, "c-1");
    expect_text(&client, "\"talk\"");
    lose(&door, &client, 2);
    (void)snprintf(text, sizeof text, RESUMING, 99);
    again.u.client.conn = conn = log_in_resuming(&door, &client, text);
    resume(&door, conn, 99); /* as of another session: it cannot be trusted to know anything */
    expect_text(&client, "\"replayed\":0,\"complete\":false}]}");
    zv_http_execute(door.http, &again);
    expect_text(&client, "{\"message\":\"ring\"");
    lose(&door, &client, 3);
    close_door(&door);
}

static void nothing_is_kept_of_a_session_that_is_over(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    int64_t before = zv_alloc_live();
    open_door(&door, &defaults);
    zv_conn_id conn = log_in_resuming(&door, &client, RELOADED);
    say(&door, conn, ZV_MSG_RING, "c-1");
    lose(&door, &client, 1);
    struct zv_call_cmd forget = {.kind = ZV_CALL_CMD_CLIENT_FORGET, .u.forget.session = {7}};
    assert_true(zv_http_has_feature(door.http, (zv_session_id){7}, ZV_WIRE_FEATURE_RESUME));
    zv_http_execute(door.http, &forget);
    assert_false(zv_http_has_feature(door.http, (zv_session_id){7}, ZV_WIRE_FEATURE_RESUME));
    conn = log_in_resuming(&door, &client, RELOADED);
    resume(&door, conn, 0);
    expect_text(&client, "\"replayed\":0,\"complete\":true}]}");
    lose(&door, &client, 2);
    close_door(&door); /* with the second one still there */
    assert_int_equal(zv_alloc_live(), before);
}

static void a_good_bye_is_told_from_a_loss(void **state)
{
    static const struct {
        const char *payload;
        size_t len;
        uint16_t code;
    } closes[] = {
        {"", 0, 1005},
        {"\x03\xe8"
         "bye",
         5, 1000},
        {"\x03\xe9", 2, 1001},
        {NULL, 0, 0},
    };
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    for (size_t i = 0; i < ZV_ARRAY_LEN(closes); i++) {
        log_in(&door, &client);
        if (closes[i].payload)
            zv_ws_send_frame(&client, true, ZV_WS_CLOSE, closes[i].payload, closes[i].len);
        if (closes[i].payload)
            zv_ws_wait_closed(&client);
        zv_ws_close(&client);
        wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, i + 1);
        assert_int_equal(door.inputs[door.input_count - 1].close_code, closes[i].code);
    }
    close_door(&door);
}

static void a_close_that_only_answers_ours_is_no_good_bye(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    zv_conn_id conn = log_in(&door, &client);
    struct zv_call_cmd close = {
        .kind = ZV_CALL_CMD_CLIENT_CLOSE,
        .u.close = {.conn = conn, .code = 1000, .reason = ZV_STR_LIT("elsewhere")},
    };
    zv_http_execute(door.http, &close);
    assert_int_equal(zv_ws_read_close(&client), 1000);
    zv_ws_send_frame(&client, true, ZV_WS_CLOSE, "\x03\xe8", 2);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    assert_int_equal(door.inputs[door.input_count - 1].close_code, 0);
    zv_ws_close(&client);
    close_door(&door);
}

static void the_first_sign_of_life_is_told_once(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    log_in(&door, &client);
    zv_ws_send_text(&client, PONG);
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    assert_int_equal(count_inputs(&door, ZV_CALL_IN_CLIENT_ALIVE), 1);
    zv_ws_close(&client);
    log_in(&door, &client);
    zv_ws_send_text(&client, HANGUP); /* says as much */
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    assert_int_equal(count_inputs(&door, ZV_CALL_IN_CLIENT_ALIVE), 1);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ pages */

static void get(struct zv_ws_client *client, const char *method, const char *path,
                const char *headers, struct zv_ws_response *ret_response)
{
    char request[1024];
    int len = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                       method, path, headers);
    zv_ws_write(client, request, (size_t)len);
    zv_ws_read_response(client, !strcmp(method, "HEAD"), ret_response);
}

static void pages_are_served_on_one_socket_one_after_the_other(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    dial(&door, &client);
    get(&client, "GET", "/", "", &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "<h1>hi</h1>");
    assert_non_null(strstr(r.head, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_non_null(strstr(r.head, "\r\nContent-Security-Policy: default-src 'none';"));
    zv_ws_response_fini(&r);
    get(&client, "GET", "/index.html?v=2", "If-None-Match: \"e1\"\r\n", &r);
    assert_int_equal(r.status, 304);
    zv_ws_response_fini(&r);
    get(&client, "HEAD", "/assets/app-1a2b.js", "", &r);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.head, "Content-Length: 600001\r\n"));
    zv_ws_response_fini(&r);
    get(&client, "GET", "/empty.txt", "", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, 0);
    zv_ws_response_fini(&r);
    get(&client, "GET", "/../etc/passwd", "", &r);
    assert_int_equal(r.status, 404);
    zv_ws_response_fini(&r);
    get(&client, "GET", "/%2e%2e/etc/passwd", "", &r);
    assert_int_equal(r.status, 404);
    zv_ws_response_fini(&r);
    get(&client, "GET", "/", "", &r);
    assert_int_equal(r.status, 200);
    zv_ws_response_fini(&r);
    assert_int_equal(counts_of(&door).requests, 7);
    assert_int_equal(counts_of(&door).sockets, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_large_page_is_whole(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    dial(&door, &client);
    for (int i = 0; i < 3; i++) {
        get(&client, "GET", "/assets/app-1a2b.js", "", &r);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body_len, LARGE_BYTES);
        assert_memory_equal(r.body, large, LARGE_BYTES);
        zv_ws_response_fini(&r);
    }
    zv_ws_close(&client);
    close_door(&door);
}

static void other_methods_are_refused(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    struct door door;
    open_door(&door, &defaults);
    for (size_t i = 0; i < ZV_ARRAY_LEN(methods); i++) {
        struct zv_ws_client client;
        struct zv_ws_response r;
        dial(&door, &client);
        get(&client, methods[i], "/", "Content-Length: 0\r\n", &r);
        assert_int_equal(r.status, 405);
        assert_non_null(strstr(r.head, "Allow: GET, HEAD\r\n"));
        zv_ws_response_fini(&r);
        zv_ws_wait_closed(&client);
        zv_ws_close(&client);
    }
    close_door(&door);
}

static void what_is_no_request_for_a_page_is_dropped(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    struct door door;
    open_door(&door, &(struct zv_http_limits){.idle_s = 1});
    for (size_t i = 0; i < ZV_ARRAY_LEN(requests); i++) {
        struct zv_ws_client client;
        dial(&door, &client);
        zv_ws_write(&client, requests[i], strlen(requests[i]));
        zv_ws_wait_closed(&client);
        zv_ws_close(&client);
    }
    wait_sockets(&door, 0);
    close_door(&door);
}

static void http2_is_not_spoken_by_upgrade_either(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    dial(&door, &client);
    get(&client, "GET", "/",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", &r);
    assert_int_equal(r.status, 426);
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_port_without_pages_says_so(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    struct zv_http_listener plain = {.address = "127.0.0.1"};
    assert_int_equal(zv_http_listen(door.http, &plain, &door.port), 0);
    dial(&door, &client);
    get(&client, "GET", "/", "", &r);
    assert_int_equal(r.status, 426);
    assert_non_null(strstr(r.body, "WebSocket"));
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ operators */

static void open_admin_door(struct door *door)
{
    struct zv_http_listener admin = {.address = "127.0.0.1", .service = ZV_HTTP_ADMIN};
    open_door(door, &(struct zv_http_limits){.connections_per_address = 1});
    assert_int_equal(zv_http_listen(door->http, &admin, &door->port), 0);
}

static void an_operator_is_answered_and_may_ask_again(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_admin_door(&door);
    dial(&door, &client);
    get(&client, "GET", "/ill", "", &r);
    assert_int_equal(r.status, 503);
    assert_string_equal(r.body, "/ill");
    zv_ws_response_fini(&r);
    get(&client, "GET", "/long", "", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, ZV_HTTP_ADMIN_BYTES);
    assert_memory_equal(r.body, large, ZV_HTTP_ADMIN_BYTES);
    zv_ws_response_fini(&r);
    get(&client, "HEAD", "/long", "", &r);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.head, "Content-Length: 262144"));
    zv_ws_response_fini(&r);
    assert_int_equal(counts_of(&door).admin_requests, 3);
    assert_int_equal(counts_of(&door).requests, 0);
    zv_ws_close(&client);
    close_door(&door);
}

static void an_answer_to_an_operator_that_is_too_long_is_none(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_admin_door(&door);
    dial(&door, &client);
    get(&client, "GET", "/endless", "", &r);
    assert_int_equal(r.status, 500);
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    close_door(&door);
}

static void an_operator_who_leaves_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_admin_door(&door);
    dial(&door, &client);
    static const char request[] = "GET /long HTTP/1.1\r\nHost: x\r\n\r\n";
    zv_ws_write(&client, request, sizeof request - 1);
    while (!counts_of(&door).admin_requests)
        pump(&door, -1, 0, 1000);
    zv_ws_close(&client);
    wait_sockets(&door, 0);
    close_door(&door);
}

static void operators_can_only_read_and_have_no_websocket(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_admin_door(&door);
    dial(&door, &client);
    get(&client, "POST", "/ill", "Content-Length: 0\r\n", &r);
    assert_int_equal(r.status, 405);
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    dial(&door, &client);
    assert_int_equal(zv_ws_upgrade(&client, "/", ""), 404);
    zv_ws_close(&client);
    assert_int_equal(counts_of(&door).opened, 0);
    close_door(&door);
}

/* Clients' caps are not theirs: who has taken all that he may cannot blind the operator. */
static void operators_have_sockets_of_their_own(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[33], operators[ZV_HTTP_ADMIN_SOCKETS + 1];
    struct zv_ws_response r;
    open_admin_door(&door);
    uint16_t admin_port = door.port;
    struct zv_http_listener plain = {.address = "127.0.0.1"};
    assert_int_equal(zv_http_listen(door.http, &plain, &door.port), 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        dial(&door, &clients[i]);
    wait_sockets(&door, ZV_ARRAY_LEN(clients));
    door.port = admin_port;
    for (size_t i = 0; i < ZV_ARRAY_LEN(operators); i++)
        dial(&door, &operators[i]);
    zv_ws_wait_closed(&operators[ZV_HTTP_ADMIN_SOCKETS]);
    get(&operators[0], "GET", "/x", "", &r);
    assert_int_equal(r.status, 200);
    zv_ws_response_fini(&r);
    for (size_t i = 0; i < ZV_ARRAY_LEN(operators); i++)
        zv_ws_close(&operators[i]);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        zv_ws_close(&clients[i]);
    close_door(&door);
}

/* ------------------------------------------------------------------ listening */

static void a_port_in_use_is_a_sentence_and_no_crash(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    uint16_t port = 0;
    open_door(&door, &defaults);
    struct zv_http_listener again = {.address = "127.0.0.1", .port = door.port};
    assert_int_equal(zv_http_listen(door.http, &again, &port), ZV_E_INUSE);
    assert_non_null(strstr(zv_http_error(door.http), "another program uses it"));
    struct zv_http_listener nowhere = {.address = "192.0.2.1"};
    assert_int_equal(zv_http_listen(door.http, &nowhere, &port), ZV_E_NOTFOUND);
    struct zv_http_listener nonsense = {.address = "localhost"};
    assert_int_equal(zv_http_listen(door.http, &nonsense, &port), ZV_E_INVAL);
    struct zv_http_listener no_cert = {
        .address = "127.0.0.1", .cert_path = "/nonexistent/crt", .key_path = "/nonexistent/key"};
    assert_int_equal(zv_http_listen(door.http, &no_cert, &port), ZV_E_CRYPTO);
    assert_non_null(strstr(zv_http_error(door.http), "/nonexistent/crt"));
    assert_int_equal(port, 0);
    log_in(&door, &client); /* the first listener still works */
    zv_ws_close(&client);
    close_door(&door);
}

static void a_door_without_a_listener_closes(void **state)
{
    (void)state;
    struct door door;
    open_door(&door, &defaults);
    close_door(&door);
    assert_null(zv_http_free(NULL));
    struct zv_http *http;
    assert_int_equal(zv_http_new(&http, &(struct zv_http_cfg){0}), ZV_E_INVAL);
}

static void closing_with_sockets_in_every_state_leaks_nothing(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[6];
    open_door(&door, &defaults);
    for (size_t i = 0; i < 6; i++)
        dial(&door, &clients[i]);
    zv_ws_write(&clients[1], "GET / HT", 8);
    zv_ws_write(&clients[2], "GET /assets/app-1a2b.js HTTP/1.1\r\nHost: x\r\n\r\n", 46);
    for (size_t i = 3; i < 6; i++)
        assert_int_equal(zv_ws_upgrade(&clients[i], "/", ""), 101);
    zv_ws_send_frame(&clients[4], false, ZV_WS_TEXT, "{\"mess", 6);
    zv_ws_send_text(&clients[5], CONNECTION);
    free(zv_ws_read_text(&clients[5]));
    close_door(&door);
    assert_int_equal(door.input_count, 1); /* and no input after zv_http_close */
    for (size_t i = 0; i < 6; i++)
        zv_ws_close(&clients[i]);
}

static void the_door_may_be_closed_from_within_an_input(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    door.is_sudden = true;
    join(&door, &client);
    zv_ws_send_text(&client, CONNECTION);
    zv_ws_wait_closed(&client);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ memory */

static void a_door_that_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct door door = {0};
    struct zv_http_cfg cfg = {.loop = &loop, .on_input_fn = on_input, .arg = &door};
    int rungs = 0, err;
    do {
        zv_alloc_fail_after(rungs++);
        err = zv_http_new(&door.http, &cfg);
        zv_alloc_fail_after(-1);
        assert_true(err == 0 || err == ZV_E_NOMEM);
    } while (err);
    assert_true(rungs > 2);
    zv_http_close(door.http);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    zv_http_free(door.http);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(zv_alloc_live(), live);
}

/* Whether a whole session came about; if not, the socket was closed or a refusal was sent. */
static bool try_session(struct door *door)
{
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    struct zv_ws_client client;
    size_t before = door->input_count;
    dial(door, &client);
    zv_ws_write(&client, request, sizeof request - 1);
    char got[4096];
    bool is_over = false;
    for (int turns = 0; !is_over && door->input_count == before; turns++) {
        assert_true(turns < 1000);
        pump(door, client.fd, POLLIN, 20000);
        ssize_t len = recv(client.fd, got, sizeof got, MSG_DONTWAIT);
        is_over =
            len > 0 ? memmem(got, (size_t)len, "\"fail\"", 6) != NULL : len == 0 || errno != EAGAIN;
        if (len > 0 && memmem(got, (size_t)len, "HTTP/1.1 101", 12))
            zv_ws_send_text(&client, CONNECTION);
    }
    zv_ws_close(&client);
    wait_sockets(door, 0);
    return door->input_count > before;
}

static void every_failed_allocation_costs_one_client_at_most(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    struct door door;
    open_door(&door, &(struct zv_http_limits){.close_grace_us = ZV_MS(5)});
    door.is_mute = true;
    bool is_whole = false;
    int rungs = 0;
    for (; !is_whole; rungs++) {
        zv_alloc_fail_after(rungs);
        is_whole = try_session(&door);
        zv_alloc_fail_after(-1);
        door.input_count = 0;
        assert_true(rungs < 200);
    }
    assert_true(rungs > 10);
    close_door(&door);
    assert_int_equal(zv_alloc_live(), live);
}

/* ------------------------------------------------------------------ TLS */

static char tls_dir[] = "/tmp/zv-test-door-XXXXXX";
static char cert_path[64], key_path[64];

/* False: no openssl program. */
static bool make_cert(void)
{
    strcpy(tls_dir, "/tmp/zv-test-door-XXXXXX");
    assert_non_null(mkdtemp(tls_dir));
    snprintf(cert_path, sizeof cert_path, "%s/crt.pem", tls_dir);
    snprintf(key_path, sizeof key_path, "%s/key.pem", tls_dir);
    char command[512];
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
             "-subj /CN=localhost -out %s -keyout %s 2>/dev/null",
             cert_path, key_path);
    return system(command) == 0;
}

static void remove_cert(void)
{
    (void)unlink(cert_path);
    (void)unlink(key_path);
    (void)rmdir(tls_dir);
}

static void open_tls_door(struct door *door)
{
    open_door(door, &defaults);
    struct zv_http_listener listener = {.address = "127.0.0.1",
                                        .cert_path = cert_path,
                                        .key_path = key_path,
                                        .service = ZV_HTTP_PAGES};
    assert_int_equal(zv_http_listen(door->http, &listener, &door->port), 0);
}

static void a_large_page_is_whole_over_https(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    if (!make_cert()) {
        remove_cert();
        print_message("the openssl program is not installed\n");
        skip();
    }
    open_tls_door(&door);
    assert_true(zv_ws_connect_tls(&client, door.port, pump, &door));
    for (int i = 0; i < 3; i++) {
        /* The client offers h2 as well: an answer in HTTP/1.1 says that it was not taken. */
        get(&client, "GET", "/assets/app-1a2b.js", "", &r);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body_len, LARGE_BYTES);
        assert_memory_equal(r.body, large, LARGE_BYTES);
        zv_ws_response_fini(&r);
    }
    zv_ws_close(&client);
    close_door(&door);
    remove_cert();
}

static void pages_and_websocket_share_the_https_port(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    if (!make_cert()) {
        remove_cert();
        print_message("the openssl program is not installed\n");
        skip();
    }
    open_tls_door(&door);
    assert_true(zv_ws_connect_tls(&client, door.port, pump, &door));
    assert_int_equal(zv_ws_upgrade(&client, "/", "Origin: https://localhost:8444\r\n"), 101);
    zv_ws_send_text(&client, CONNECTION);
    expect_text(&client, "getUserData");
    char *text = message_of(200000);
    zv_ws_send_text(&client, text);
    free(text);
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    zv_ws_close(&client);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    close_door(&door);
    remove_cert();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_connection_reaches_the_switchboard_and_is_answered),
    cmocka_unit_test(both_ends_of_the_socket_are_known_and_never_v4_mapped),
    cmocka_unit_test(a_listener_may_be_ipv6_only),
    cmocka_unit_test(nothing_passes_before_a_connection),
    cmocka_unit_test(a_malformed_message_is_answered_and_the_socket_stays),
    cmocka_unit_test(a_malformed_call_is_handed_on_to_be_ended),
    cmocka_unit_test(a_malformed_connection_is_refused_and_closed),
    cmocka_unit_test(too_many_malformed_messages_end_the_connection),
    cmocka_unit_test(fragments_are_put_together_around_control_frames),
    cmocka_unit_test(the_largest_message_passes_and_one_byte_more_does_not),
    cmocka_unit_test(the_cap_holds_across_fragments),
    cmocka_unit_test(binary_frames_are_refused),
    cmocka_unit_test(a_flood_of_messages_is_stopped),
    cmocka_unit_test(no_extension_and_no_subprotocol_is_agreed),
    cmocka_unit_test(a_wrong_origin_gets_403_and_ours_gets_in),
    cmocka_unit_test(the_cap_per_address_is_named_and_freed_again),
    cmocka_unit_test(the_cap_of_clients_is_named),
    cmocka_unit_test(sockets_of_one_address_are_bounded_before_they_speak),
    cmocka_unit_test(a_client_that_says_nothing_is_closed),
    cmocka_unit_test(a_connection_that_is_not_answered_counts_as_silence),
    cmocka_unit_test(pings_without_an_answer_end_the_connection),
    cmocka_unit_test(answered_pings_keep_the_connection),
    cmocka_unit_test(a_client_that_does_not_read_is_closed_within_bounds),
    cmocka_unit_test(half_a_request_is_not_waited_for),
    cmocka_unit_test(a_page_reader_that_stands_still_is_dropped),
    cmocka_unit_test(what_was_sent_before_a_close_arrives),
    cmocka_unit_test(a_close_of_the_client_is_answered),
    cmocka_unit_test(a_client_that_never_acknowledges_a_close_is_cut_off),
    cmocka_unit_test(reports_go_to_those_who_asked),
    cmocka_unit_test(a_report_costs_nobody_the_connection),
    cmocka_unit_test(the_largest_ladder_fits),
    cmocka_unit_test(a_client_that_returns_gets_what_it_missed),
    cmocka_unit_test(what_rings_is_told_again_to_those_who_do_not_know_it),
    cmocka_unit_test(nothing_is_kept_of_a_session_that_is_over),
    cmocka_unit_test(a_good_bye_is_told_from_a_loss),
    cmocka_unit_test(a_close_that_only_answers_ours_is_no_good_bye),
    cmocka_unit_test(the_first_sign_of_life_is_told_once),
    cmocka_unit_test(pages_are_served_on_one_socket_one_after_the_other),
    cmocka_unit_test(a_large_page_is_whole),
    cmocka_unit_test(other_methods_are_refused),
    cmocka_unit_test(what_is_no_request_for_a_page_is_dropped),
    cmocka_unit_test(http2_is_not_spoken_by_upgrade_either),
    cmocka_unit_test(a_port_without_pages_says_so),
    cmocka_unit_test(an_operator_is_answered_and_may_ask_again),
    cmocka_unit_test(an_answer_to_an_operator_that_is_too_long_is_none),
    cmocka_unit_test(an_operator_who_leaves_in_the_middle_leaves_nothing),
    cmocka_unit_test(operators_can_only_read_and_have_no_websocket),
    cmocka_unit_test(operators_have_sockets_of_their_own),
    cmocka_unit_test(a_port_in_use_is_a_sentence_and_no_crash),
    cmocka_unit_test(a_door_without_a_listener_closes),
    cmocka_unit_test(closing_with_sockets_in_every_state_leaks_nothing),
    cmocka_unit_test(the_door_may_be_closed_from_within_an_input),
    cmocka_unit_test(a_door_that_cannot_be_made_leaves_nothing),
    cmocka_unit_test(every_failed_allocation_costs_one_client_at_most),
    cmocka_unit_test(a_large_page_is_whole_over_https),
    cmocka_unit_test(pages_and_websocket_share_the_https_port),
};

ZV_TEST_MAIN(tests)
