/*
 * The table of connections: messages in bytes, keepalives, lives, limits.
 */
#define _GNU_SOURCE
#include "streams_world.h"
#include "support/flow.h"

/* ---- messages ---- */

static void a_message_that_comes_byte_by_byte_is_one(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    for (size_t i = 0; i < sizeof(options) - 1; i++) {
        say(fd, options + i, 1);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    WAIT_UNTIL(&world, world.messages == 1);
    assert_string_equal(world.texts[0], options);
    assert_int_equal(world.flow.transport, ZV_SIP_TCP);
    assert_int_equal(world.flow.local.port, zv_streams_port(world.streams, ZV_SIP_TCP));
    close(fd);
    close_world(&world);
}

/* Its head is parsed once: what becomes of the kept bytes after that is nobody's matter. */
static void a_body_that_comes_byte_by_byte_costs_no_parsing(void **state)
{
    struct world world;
    const size_t head_len = sizeof(options) - 1 - 4;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    say(fd, options, head_len);
    WAIT_UNTIL(&world, world.streams->by_id.count == 1);
    struct zv_stream *stream = only_stream(&world);
    WAIT_UNTIL(&world, stream->in.len == head_len);
    memset(stream->in.data, 'x', head_len);
    for (size_t i = head_len; i < sizeof(options) - 1; i++) {
        say(fd, options + i, 1);
        WAIT_UNTIL(&world, stream->in.len == (i + 1) % (sizeof(options) - 1));
    }
    WAIT_UNTIL(&world, world.messages == 1);
    assert_int_equal(strlen(world.texts[0]), sizeof(options) - 1);
    say(fd, options, sizeof(options) - 1); /* and the next is a message of its own */
    WAIT_UNTIL(&world, world.messages == 2);
    assert_string_equal(world.texts[1], options);
    close(fd);
    close_world(&world);
}

static void messages_in_one_piece_come_one_by_one_whatever_the_cut(void **state)
{
    char text[4 * sizeof(options)];
    (void)state;
    int len = snprintf(text, sizeof(text), "%s\r\n\r\n%s%s", options, options, options);
    for (size_t cut = 1; cut < (size_t)len; cut += 7) {
        struct world world;
        open_world(&world, (struct zv_streams_cfg){0});
        int fd = dial(&world);
        say(fd, text, cut);
        WAIT_UNTIL(&world, counts_of(&world).open == 1);
        uv_run(&world.loop, UV_RUN_NOWAIT);
        say(fd, text + cut, (size_t)len - cut);
        WAIT_UNTIL(&world, world.messages == 3);
        for (int i = 0; i < 3; i++)
            assert_string_equal(world.texts[i], options);
        close(fd);
        close_world(&world);
    }
}

static void bytes_that_are_no_message_end_the_connection(void **state)
{
    static const char *const texts[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                        "OPTIONS sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
                                        "X\r\nContent-Length: -1\r\n\r\n"};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        struct world world;
        open_world(&world, (struct zv_streams_cfg){0});
        int fd = dial(&world);
        say(fd, texts[i], strlen(texts[i]));
        wait_closed(&world, fd);
        assert_int_equal(counts_of(&world).malformed, 1);
        assert_int_equal(counts_of(&world).streams, 0);
        assert_int_equal(world.messages, 0);
        close(fd);
        close_world(&world);
    }
}

static void endless_headers_end_the_connection(void **state)
{
    struct world world;
    char line[1024];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    memset(line, 'a', sizeof(line));
    for (int i = 0; i < 65 && !counts_of(&world).malformed; i++) {
        if (send(fd, line, sizeof(line), MSG_NOSIGNAL) < 0)
            break;
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    wait_closed(&world, fd);
    assert_int_equal(counts_of(&world).malformed, 1);
    close(fd);
    close_world(&world);
}

/* Beside others' messages, on a connection that they share. */
static void a_message_too_large_is_read_past_and_the_next_one_comes(void **state)
{
    enum { TOO_LARGE = 300000 };
    struct world world;
    static char text[TOO_LARGE];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    memset(text, 'x', sizeof(text));
    int head_len =
        snprintf(text, sizeof(text), "OPTIONS sip:large SIP/2.0\r\nl: %d\r\n\r\n", TOO_LARGE - 40);
    assert_int_equal(head_len, 40);
    text[head_len] = 'x';
    for (size_t sent = 0; sent < TOO_LARGE; sent += 1000) {
        say(fd, text + sent, 1000);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    WAIT_UNTIL(&world, world.messages == 1);
    say(fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 2);
    assert_true(zv_str_has_prefix(zv_str(world.texts[0]), "OPTIONS sip:large "));
    assert_string_equal(world.texts[1], options);
    assert_int_equal(world.streams->half_bytes, 0);
    assert_int_equal(counts_of(&world).malformed, 0);
    close(fd);
    close_world(&world);
}

static void the_rest_of_a_message_too_large_is_not_waited_for_without_end(void **state)
{
    struct world world;
    static char text[100000];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.half_message_us = ZV_MS(200)});
    int fd = dial(&world);
    memset(text, 'x', sizeof(text));
    int head_len = snprintf(text, sizeof(text), "OPTIONS sip:large SIP/2.0\r\nl: 999999\r\n\r\n");
    text[head_len] = 'x';
    say(fd, text, sizeof(text));
    wait_closed(&world, fd);
    assert_int_equal(world.messages, 1);
    assert_int_equal(counts_of(&world).late, 1);
    close(fd);
    close_world(&world);
}

static void half_a_message_is_not_waited_for_without_end(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.half_message_us = ZV_MS(50)});
    int fd = dial(&world);
    say(fd, options, 30);
    wait_closed(&world, fd);
    assert_int_equal(counts_of(&world).late, 1);
    assert_int_equal(world.failures, 1);
    close(fd);
    close_world(&world);
}

static void an_answer_that_cannot_leave_ends_the_connection_that_brought_the_request(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    world.closes_back = true;
    int fd = dial(&world);
    char text[2 * sizeof(options)];
    int len = snprintf(text, sizeof(text), "%s%s", options, options);
    say(fd, text, 30); /* so that the message lies in memory of the stream */
    WAIT_UNTIL(&world, counts_of(&world).open == 1 && only_stream(&world)->in.len == 30);
    say(fd, text + 30, (size_t)len - 30);
    wait_closed(&world, fd);
    assert_int_equal(world.messages, 1); /* what stood behind it is gone with it */
    assert_int_equal(counts_of(&world).streams, 0);
    close(fd);
    close_world(&world);
}

/* ---- keepalives ---- */

static void a_ping_is_answered_however_it_is_cut(void **state)
{
    struct world world;
    char text[8];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    say(fd, "\r\n\r\n", 4);
    hear(&world, fd, text, 2);
    assert_string_equal(text, "\r\n");
    for (int i = 0; i < 4; i++) {
        say(fd, "\r\n" + i % 2, 1);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    hear(&world, fd, text, 2);
    assert_string_equal(text, "\r\n");
    assert_int_equal(world.messages, 0);
    close(fd);
    close_world(&world);
}

static void pings_that_come_together_have_one_answer(void **state)
{
    enum { PINGS = 1000 };
    struct world world;
    char text[8], pings[4 * PINGS + sizeof(options)];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    for (size_t i = 0; i < PINGS; i++)
        memcpy(pings + 4 * i, "\r\n\r\n", 4);
    memcpy(pings + 4 * PINGS, options, sizeof(options));
    say(fd, pings, 4 * PINGS + sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 2);
    assert_memory_equal(text, "\r\n", 2);
    close(fd);
    close_world(&world);
}

static void a_stream_of_a_registration_pings_and_a_lost_pong_ends_it(void **state)
{
    struct world world;
    char text[512];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.idle_us = ZV_MS(20), .pong_us = ZV_MS(20)});
    world.use = ZV_SIP_FLOW_OF_REGISTRATION;
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    assert_int_equal(send_text(&world, &flow, options), 0);
    struct zv_tcp_socket peer = accept_one(&world);
    hear(&world, peer.fd, text, strlen(options));
    hear(&world, peer.fd, text, 4);
    assert_string_equal(text, "\r\n\r\n");
    say(peer.fd, "\r\n", 2); /* from now on it is known to answer */
    assert_int_equal(send_text(&world, &flow, options), 0);
    hear(&world, peer.fd, text, strlen(options));
    hear(&world, peer.fd, text, 4);
    WAIT_UNTIL(&world, world.failures == 1);
    assert_int_equal(world.failed.conn, flow.conn);
    zv_tcp_close(&peer);
    close_world(&world);
}

/* Two CRLFs together are its ping, even while we wait for a pong. */
static void a_server_that_answers_no_ping_has_its_own_answered(void **state)
{
    struct world world;
    char text[8];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    WAIT_UNTIL(&world, counts_of(&world).open == 1);
    struct zv_stream *stream = only_stream(&world);
    zv_stream_ping(stream, zv_clock_now_us());
    hear(&world, fd, text, 4);
    say(fd, "\r\n\r\n", 4);
    hear(&world, fd, text, 2);
    assert_string_equal(text, "\r\n");
    assert_true(stream->awaits_pong);
    assert_false(stream->has_ponged);
    say(fd, "\r\n\r\n\r\n", 6); /* a pong and a ping */
    hear(&world, fd, text, 2);
    assert_false(stream->awaits_pong);
    assert_true(stream->has_ponged);
    assert_false(stream->has_half_ping);
    close(fd);
    close_world(&world);
}

/* Whichever of them it is: the connection ends once, and is told once. */
static void a_keepalive_that_cannot_be_sent_ends_the_stream_and_is_told(void **state)
{
    (void)state;
    for (int is_ours = 0; is_ours < 2; is_ours++) {
        struct world world;
        open_world(&world, (struct zv_streams_cfg){0});
        world.use = ZV_SIP_FLOW_OF_REGISTRATION;
        int fd = dial(&world);
        WAIT_UNTIL(&world, counts_of(&world).open == 1);
        struct zv_stream *stream = only_stream(&world);
        break_writes(&world);
        if (is_ours) {
            stream->check_us = zv_clock_now_us();
            zv_stream_on_due(stream, stream->check_us);
        } else {
            say(fd, "\r\n\r\n", 4);
        }
        WAIT_UNTIL(&world, counts_of(&world).streams == 0);
        assert_int_equal(world.failures, 1);
        close(fd);
        close_world(&world);
    }
}

/* ---- lives ---- */

static void what_nobody_uses_goes_and_what_a_call_uses_stays(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.idle_us = ZV_MS(20)});
    int unused = dial(&world);
    wait_closed(&world, unused);
    assert_int_equal(counts_of(&world).streams, 0);
    assert_int_equal(world.failures, 0);
    world.use = ZV_SIP_FLOW_OF_LEG;
    int used = dial(&world);
    say(used, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    struct zv_stream *stream = only_stream(&world);
    int64_t first_us = stream->check_us;
    WAIT_UNTIL(&world, stream->check_us > first_us);
    assert_int_equal(counts_of(&world).open, 1);
    close(unused);
    close(used);
    close_world(&world);
}

static void messages_to_one_server_share_a_connection_and_wait_for_it(void **state)
{
    struct world world;
    char text[4 * sizeof(options)];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    struct zv_sip_flow again = flow_to(&world, world.listener.local.port);
    struct zv_sip_flow bare = flow; /* as the stack makes one by itself */
    bare.conn = 0;
    assert_true(flow_eq(&flow, &again));
    assert_int_equal(flow.local.port, zv_streams_port(world.streams, ZV_SIP_TCP));
    assert_int_equal(send_text(&world, &flow, options), 0);
    assert_int_equal(send_text(&world, &again, options), 0);
    assert_int_equal(send_text(&world, &bare, options), 0);
    struct zv_tcp_socket peer = accept_one(&world);
    hear(&world, peer.fd, text, 3 * strlen(options));
    assert_int_equal(counts_of(&world).streams, 1);
    say(peer.fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    assert_true(flow_eq(&world.flow, &flow));
    zv_tcp_close(&peer);
    WAIT_UNTIL(&world, world.failures == 1);
    assert_int_equal(send_text(&world, &flow, options), 0); /* and it connects anew */
    peer = accept_one(&world);
    hear(&world, peer.fd, text, strlen(options));
    zv_tcp_close(&peer);
    close_world(&world);
}

static void a_way_that_was_asked_for_stands_as_long_as_a_new_one(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    struct zv_stream *stream = only_stream(&world);
    int64_t now_us = zv_clock_now_us();
    stream->check_us = now_us; /* its time is over */
    zv_stream_rearm(stream);
    struct zv_sip_flow again = flow_to(&world, world.listener.local.port);
    assert_true(flow_eq(&flow, &again));
    assert_true(stream->check_us >= now_us + world.streams->cfg.idle_us);
    assert_true(stream->timer.at_us == stream->check_us);
    close_world(&world);
}

static void a_refused_connection_is_left_alone_for_a_while(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    struct zv_tcp_socket closed;
    const struct zv_addr any_port = loopback(0);
    assert_int_equal(zv_tcp_listen(&closed, &any_port), 0);
    struct zv_sip_flow flow = flow_to(&world, closed.local.port);
    zv_tcp_close(&closed);
    int err = send_text(&world, &flow, options);
    if (!err) {
        WAIT_UNTIL(&world, world.failures == 1);
        assert_int_equal(world.failed.conn, flow.conn);
    }
    assert_int_equal(send_text(&world, &flow, options), ZV_E_IO); /* at once, without a try */
    assert_int_equal(counts_of(&world).failed, 1);
    struct zv_stream *stream = only_stream(&world);
    int64_t pauses_s[8];
    for (int i = 0; i < 8; i++) { /* on from the first: 2, 4 … 60, 60 */
        zv_stream_refused(stream, 0);
        pauses_s[i] = stream->retry_us / ZV_US_PER_S;
    }
    static const int64_t expected_s[] = {2, 4, 8, 16, 32, 60, 60, 60};
    assert_memory_equal(pauses_s, expected_s, sizeof(expected_s));
    close_world(&world);
}

/* What was wrong with a certificate is not what a later refusal says. */
static void a_new_attempt_forgets_why_the_last_one_failed(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    struct zv_sip_flow flow = flow_to(&world, 1);
    struct zv_stream *stream = only_stream(&world);
    stream->is_untrusted = true;
    stream->retry_us = INT64_MAX;
    assert_int_equal(send_text(&world, &flow, options), ZV_E_DENIED);
    stream->retry_us = 0;
    if (!send_text(&world, &flow, options))
        WAIT_UNTIL(&world, world.failures == 1);
    assert_int_equal(send_text(&world, &flow, options), ZV_E_IO);
    close_world(&world);
}

static void who_answers_no_call_for_a_connection_is_given_up(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.connect_us = ZV_MS(50)});
    /* A listener whose backlog is full answers no SYN. */
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int fds[8], listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(fds); i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fds[i], (struct sockaddr *)&name, len);
    }
    struct zv_sip_flow flow = flow_to(&world, ntohs(name.sin_port));
    assert_int_equal(send_text(&world, &flow, options), 0);
    WAIT_UNTIL(&world, world.failures == 1);
    assert_int_equal(counts_of(&world).failed, 1);
    for (size_t i = 0; i < ZV_ARRAY_LEN(fds); i++)
        close(fds[i]);
    close(listener);
    close_world(&world);
}

/* Everybody's messages to a server share its connection: one that finds no room ends nobody's. */
static void a_full_queue_costs_a_message_and_silence_behind_it_the_connection(void **state)
{
    static char much[65536];
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    assert_int_equal(send_text(&world, &flow, options), 0);
    struct zv_tcp_socket peer = accept_one(&world);
    int err = 0;
    for (int i = 0; i < 1000 && !err; i++) {
        err = zv_streams_send(world.streams, &flow, zv_str_n(much, sizeof(much)));
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(err, ZV_E_AGAIN);
    assert_int_equal(counts_of(&world).crowded, 1);
    assert_int_equal(counts_of(&world).open, 1);
    assert_int_equal(world.failures, 0);
    struct zv_stream *stream = only_stream(&world);
    assert_true(stream->out.len > ZV_STREAM_MAX_PEER_QUEUE_BYTES);
    assert_true(stream->stuck_by_us != ZV_TIME_NEVER);
    zv_stream_on_due(stream, stream->stuck_by_us);
    assert_int_equal(world.failures, 1);
    assert_int_equal(counts_of(&world).late, 1);
    assert_int_equal(counts_of(&world).open, 0);
    zv_tcp_close(&peer);
    close_world(&world);
}

static void a_peer_has_a_smaller_queue_than_a_server(void **state)
{
    static char much[ZV_STREAM_MAX_PEER_QUEUE_BYTES + 1];
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    say(fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    assert_int_equal(zv_streams_send(world.streams, &world.flow, zv_str_n(much, sizeof(much))),
                     ZV_E_AGAIN);
    assert_int_equal(zv_streams_send(world.streams, &flow, zv_str_n(much, sizeof(much))), 0);
    close(fd);
    close_world(&world);
}

static void a_response_whose_connection_is_gone_goes_to_where_its_sender_listens(void **state)
{
    struct world world;
    char text[512], response[256];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    say(fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    struct zv_sip_flow flow = world.flow;
    close(fd);
    WAIT_UNTIL(&world, world.failures == 1);
    assert_int_equal(send_text(&world, &flow, options), ZV_E_GONE); /* a request has no such way */
    snprintf(response, sizeof(response),
             "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1:%u;branch=z9hG4bK1\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
             "Content-Length: 0\r\n\r\n",
             world.listener.local.port);
    assert_int_equal(send_text(&world, &flow, response), 0);
    struct zv_tcp_socket peer = accept_one(&world);
    hear(&world, peer.fd, text, strlen(response));
    assert_string_equal(text, response);
    zv_tcp_close(&peer);
    close_world(&world);
}

/* ---- limits ---- */

static void peers_beyond_a_limit_are_refused_and_places_come_back(void **state)
{
    static const struct zv_streams_cfg limits[] = {{.max_streams = 3}, {.max_per_address = 2}};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(limits); i++) {
        struct world world;
        open_world(&world, limits[i]);
        world.use = ZV_SIP_FLOW_OF_LEG;
        int first = dial(&world), second = dial(&world);
        WAIT_UNTIL(&world, counts_of(&world).open == 2);
        int third = dial(&world);
        wait_closed(&world, third);
        assert_int_equal(counts_of(&world).refused, 1);
        close(first);
        WAIT_UNTIL(&world, counts_of(&world).open == 1);
        int fourth = dial(&world);
        WAIT_UNTIL(&world, counts_of(&world).open == 2);
        close(second);
        close(third);
        close(fourth);
        close_world(&world);
    }
}

static void ways_out_are_bounded_too(void **state)
{
    struct world world;
    struct zv_sip_flow flow;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.max_streams = 2});
    flow_to(&world, 1);
    flow_to(&world, 2);
    const struct zv_stream_target third = {
        .transport = ZV_SIP_TCP, .local = loopback(0), .remote = loopback(3)};
    assert_int_equal(zv_streams_find_flow(world.streams, &third, &flow), ZV_E_LIMIT);
    close_world(&world);
}

static void a_memory_of_refusals_makes_room(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.max_streams = 2});
    for (uint16_t port = 1; port <= 2; port++) {
        /* As the stack names it when a request is too large for UDP. */
        struct zv_sip_flow moved = {
            .transport = ZV_SIP_TCP, .local = loopback(0), .remote = loopback(port)};
        size_t failures = world.failures;
        if (!send_text(&world, &moved, options))
            WAIT_UNTIL(&world, world.failures > failures);
        assert_int_equal(send_text(&world, &moved, options), ZV_E_IO);
    }
    assert_int_equal(counts_of(&world).streams, 2);
    flow_to(&world, 3);
    flow_to(&world, 4);
    assert_int_equal(counts_of(&world).streams, 2);
    close_world(&world);
}

/* Each message arrives, or its end is told, once. */
static void without_memory_nothing_hangs_and_nothing_is_lost_track_of(void **state)
{
    int64_t live = zv_alloc_live();
    int failed = 0;
    bool has_arrived = false;
    (void)state;
    for (int rung = 0; rung < 24; rung++) {
        struct world world;
        struct zv_sip_flow flow;
        char byte;
        open_world(&world, (struct zv_streams_cfg){0});
        const struct zv_stream_target target = {.transport = ZV_SIP_TCP,
                                                .local = loopback(0),
                                                .remote = loopback(world.listener.local.port)};
        int fd = dial(&world);
        say(fd, options, sizeof(options) - 1);
        zv_alloc_fail_after(rung);
        int err = zv_streams_find_flow(world.streams, &target, &flow);
        if (!err)
            err = send_text(&world, &flow, options);
        while (!world.messages && !world.failures &&
               recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
            uv_run(&world.loop, UV_RUN_NOWAIT);
        zv_alloc_fail_after(-1);
        has_arrived = !err && world.messages == 1;
        failed += !has_arrived;
        close(fd);
        close_world(&world);
        assert_int_equal(zv_alloc_live(), live);
    }
    assert_true(failed > 3);
    assert_true(has_arrived); /* the ladder was long enough */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_comes_byte_by_byte_is_one),
        cmocka_unit_test(a_body_that_comes_byte_by_byte_costs_no_parsing),
        cmocka_unit_test(messages_in_one_piece_come_one_by_one_whatever_the_cut),
        cmocka_unit_test(bytes_that_are_no_message_end_the_connection),
        cmocka_unit_test(endless_headers_end_the_connection),
        cmocka_unit_test(a_message_too_large_is_read_past_and_the_next_one_comes),
        cmocka_unit_test(the_rest_of_a_message_too_large_is_not_waited_for_without_end),
        cmocka_unit_test(half_a_message_is_not_waited_for_without_end),
        cmocka_unit_test(an_answer_that_cannot_leave_ends_the_connection_that_brought_the_request),
        cmocka_unit_test(a_ping_is_answered_however_it_is_cut),
        cmocka_unit_test(pings_that_come_together_have_one_answer),
        cmocka_unit_test(a_stream_of_a_registration_pings_and_a_lost_pong_ends_it),
        cmocka_unit_test(a_server_that_answers_no_ping_has_its_own_answered),
        cmocka_unit_test(a_keepalive_that_cannot_be_sent_ends_the_stream_and_is_told),
        cmocka_unit_test(what_nobody_uses_goes_and_what_a_call_uses_stays),
        cmocka_unit_test(messages_to_one_server_share_a_connection_and_wait_for_it),
        cmocka_unit_test(a_way_that_was_asked_for_stands_as_long_as_a_new_one),
        cmocka_unit_test(a_refused_connection_is_left_alone_for_a_while),
        cmocka_unit_test(a_new_attempt_forgets_why_the_last_one_failed),
        cmocka_unit_test(who_answers_no_call_for_a_connection_is_given_up),
        cmocka_unit_test(a_full_queue_costs_a_message_and_silence_behind_it_the_connection),
        cmocka_unit_test(a_peer_has_a_smaller_queue_than_a_server),
        cmocka_unit_test(a_response_whose_connection_is_gone_goes_to_where_its_sender_listens),
        cmocka_unit_test(peers_beyond_a_limit_are_refused_and_places_come_back),
        cmocka_unit_test(ways_out_are_bounded_too),
        cmocka_unit_test(a_memory_of_refusals_makes_room),
        cmocka_unit_test(without_memory_nothing_hangs_and_nothing_is_lost_track_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
