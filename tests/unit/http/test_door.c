/*
 * The door: messages, frames, who may come in, what is waited for, commands, memory.
 */
#define _GNU_SOURCE

#include "door.h"

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
    cmocka_unit_test(a_port_in_use_is_a_sentence_and_no_crash),
    cmocka_unit_test(a_door_without_a_listener_closes),
    cmocka_unit_test(closing_with_sockets_in_every_state_leaks_nothing),
    cmocka_unit_test(the_door_may_be_closed_from_within_an_input),
    cmocka_unit_test(a_door_that_cannot_be_made_leaves_nothing),
    cmocka_unit_test(every_failed_allocation_costs_one_client_at_most),
};

ZV_TEST_MAIN(tests)
