/* The edge as a whole over TCP and TLS: registrations, calls from the server, large requests. */
#include "world.h"

#include "tls_peer.h"

#include "io/tcp.h"
#include "sipnet/probe.h"
#include "sipnet/sipnet_int.h"
#include "sipnet/streams_int.h"

#include <signal.h>
#include <sys/socket.h>

#define NAME "sip.test"

/* ---- a server on a stream, byte by byte in the test's hands ---- */

struct line {
    struct zv_tcp_socket listener, socket;
    char text[8192]; /* the message that came last */
};

static void open_line(struct line *line)
{
    struct zv_addr bind;
    *line = (struct line){.socket.fd = -1};
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &bind), 0);
    assert_int_equal(zv_tcp_listen(&line->listener, &bind), 0);
}

static void close_line(struct line *line)
{
    zv_tcp_close(&line->socket);
    zv_tcp_close(&line->listener);
}

static void accept_line(struct world *world, struct line *line)
{
    int err;
    while ((err = zv_tcp_accept(&line->listener, &line->socket)) == ZV_E_AGAIN)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(err, 0);
}

/* The next message without a body. */
static void hear(struct world *world, struct line *line)
{
    size_t len = 0;
    while (len < 4 || memcmp(line->text + len - 4, "\r\n\r\n", 4) != 0) {
        size_t got = 0;
        int err = zv_tcp_read(&line->socket, (uint8_t *)line->text + len, 1, &got);
        assert_true(!err || err == ZV_E_AGAIN);
        len += got;
        if (err)
            uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    line->text[len] = '\0';
}

static void say(const struct line *line, const char *text)
{
    assert_int_equal(send(line->socket.fd, text, strlen(text), MSG_NOSIGNAL),
                     (ssize_t)strlen(text));
}

static void answer(const struct line *line, const char *more)
{
    static const char *const copied[] = {"Via", "From", "To", "Call-ID", "CSeq"};
    char memory[4096], value[1024];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    zv_buf_put_text(&out, "SIP/2.0 200 OK\r\n");
    for (size_t i = 0; i < ZV_ARRAY_LEN(copied); i++) {
        assert_true(sip_field(line->text, copied[i], value, sizeof(value)));
        zv_buf_printf(&out, "%s: %s%s\r\n", copied[i], value, i == 2 ? ";tag=there" : "");
    }
    zv_buf_printf(&out, "%sContent-Length: 0\r\n\r\n", more);
    say(line, zv_buf_cstr(&out));
}

static void begin_by(struct world *world, enum zv_trunk_transport transport, const char *host,
                     uint16_t port, struct zv_trunks *trunks, const struct options *options)
{
    struct options all = *options;
    *trunks = (struct zv_trunks){.defaults = {.transport = transport}};
    all.trunks = trunks;
    open_world(world, &all);
    begin_at(world, host, port);
}

/* ---- tests ---- */

/* More than the kernel takes at once. */
static void say_much(struct world *world, const struct line *line, char byte, size_t count)
{
    char bytes[4096];
    memset(bytes, byte, sizeof(bytes));
    while (count) {
        ssize_t sent = send(line->socket.fd, bytes, ZV_MIN(count, sizeof(bytes)), MSG_NOSIGNAL);
        assert_true(sent > 0 || errno == EAGAIN);
        count -= sent > 0 ? (size_t)sent : 0;
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
}

/* An INVITE with so many bytes in a header that nobody knows, and so many in the body. */
static void say_invite(struct world *world, const struct line *line, const char *contact,
                       const char *call_id, size_t head_bytes, size_t body_bytes)
{
    char text[1024];
    uint16_t port = line->listener.local.port;
    snprintf(text, sizeof(text),
             "INVITE %.*s SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:%u;branch=z9hG4bK%s\r\n"
             "From: <sip:1002@b>;tag=1\r\nTo: <sip:1001@b>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\n"
             "Contact: <sip:1002@127.0.0.1:%u;transport=tcp>\r\nX-Large: ",
             (int)strcspn(contact + 1, ">"), contact + 1, port, call_id, call_id, port);
    say(line, text);
    say_much(world, line, 'a', head_bytes);
    snprintf(text, sizeof(text), "\r\nContent-Length: %zu\r\n\r\n", body_bytes);
    say(line, text);
    say_much(world, line, 'b', body_bytes);
}

/* The call that came by that line; both its answers go there. */
static void reject_incoming(struct world *world, struct line *line)
{
    const struct news *incoming = wait_news(world, ZV_CALL_IN_SIP_INCOMING, 1);
    hear(world, line);
    assert_int_equal(strncmp(line->text, "SIP/2.0 100 ", 12), 0);
    on_leg(world, ZV_CALL_CMD_SIP_REJECT, incoming->leg, 486, "");
    hear(world, line);
    assert_int_equal(strncmp(line->text, "SIP/2.0 486 ", 12), 0);
}

static void a_registration_by_tcp_stands_on_one_connection_both_ways(void **state)
{
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    char contact[256];
    (void)state;
    open_line(&line);
    begin_by(&world, ZV_TRUNK_TCP, "127.0.0.1", line.listener.local.port, &trunks,
             &(struct options){0});
    accept_line(&world, &line);
    hear(&world, &line);
    assert_non_null(strstr(line.text, "Via: SIP/2.0/TCP 127.0.0.1:"));
    assert_true(sip_field(line.text, "Contact", contact, sizeof(contact)));
    assert_non_null(strstr(contact, ";transport=tcp>"));
    answer(&line, "Expires: 300\r\n");
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    say_invite(&world, &line, contact, "in", 1, 0);
    reject_incoming(&world, &line);
    close_line(&line);
    close_world(&world);
}

/* Which its registrar passed on: the connection is all accounts', and has no part in it. */
static void what_a_caller_makes_too_large_ends_no_connection(void **state)
{
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    char contact[256];
    (void)state;
    open_line(&line);
    begin_by(&world, ZV_TRUNK_TCP, "127.0.0.1", line.listener.local.port, &trunks,
             &(struct options){0});
    accept_line(&world, &line);
    hear(&world, &line);
    assert_true(sip_field(line.text, "Contact", contact, sizeof(contact)));
    answer(&line, "Expires: 300\r\n");
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    say_invite(&world, &line, contact, "toolarge", 17000, 70000);
    hear(&world, &line);
    assert_int_equal(strncmp(line.text, "SIP/2.0 513 ", 12), 0);
    assert_int_equal(world.count, 1);
    say_invite(&world, &line, contact, "large", 17000, 0); /* as a datagram may be */
    reject_incoming(&world, &line);
    close_line(&line);
    close_world(&world);
}

static void a_lost_connection_brings_a_new_registration(void **state)
{
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    (void)state;
    open_line(&line);
    begin_by(&world, ZV_TRUNK_TCP, "127.0.0.1", line.listener.local.port, &trunks,
             &(struct options){0});
    accept_line(&world, &line);
    hear(&world, &line);
    answer(&line, "Expires: 300\r\n");
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    zv_tcp_close(&line.socket);
    accept_line(&world, &line);
    hear(&world, &line);
    assert_int_equal(strncmp(line.text, "REGISTER ", 9), 0);
    close_line(&line);
    close_world(&world);
}

/* One message for which there is no room is no reason to leave the connection. */
static void a_full_queue_brings_no_new_registration(void **state)
{
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    (void)state;
    open_line(&line);
    begin_by(&world, ZV_TRUNK_TCP, "127.0.0.1", line.listener.local.port, &trunks,
             &(struct options){0});
    accept_line(&world, &line);
    hear(&world, &line);
    answer(&line, "Expires: 300\r\n");
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    struct zv_sip_flow flow = {.transport = ZV_SIP_TCP, .remote = line.listener.local};
    flow.remote.transport = ZV_ADDR_UDP; /* addresses in flows are of no protocol */
    assert_int_equal(zv_sip_flow_use(world.net->sip, &flow), ZV_SIP_FLOW_OF_REGISTRATION);
    int64_t refresh_us = zv_sip_deadline_us(world.net->sip);
    zv_sipnet_on_flow_failed(world.net, &flow, ZV_E_AGAIN);
    assert_true(zv_sip_deadline_us(world.net->sip) == refresh_us);
    zv_sipnet_on_flow_failed(world.net, &flow, ZV_E_GONE);
    assert_true(zv_sip_deadline_us(world.net->sip) < refresh_us);
    close_line(&line);
    close_world(&world);
}

static void on_probed(void *arg, uint64_t id, const struct zv_probe_result *result)
{
    (void)id;
    *(int *)arg = result->err;
}

/* The stack has not sent anything, but what it is registered over is gone. */
static void a_probe_that_cannot_be_sent_tells_of_the_connection_that_it_shares(void **state)
{
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    int err = 0;
    (void)state;
    open_line(&line);
    begin_by(&world, ZV_TRUNK_TCP, "127.0.0.1", line.listener.local.port, &trunks,
             &(struct options){0});
    accept_line(&world, &line);
    hear(&world, &line);
    answer(&line, "Expires: 300\r\n");
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    const struct zv_stream *stream =
        ZV_CONTAINER_OF(zv_map_next(&world.net->streams->by_id, NULL), struct zv_stream, by_id);
    assert_int_equal(shutdown(stream->socket.fd, SHUT_WR), 0);
    assert_int_equal(
        zv_probe_start(world.net, &(struct zv_probe_query){.host = zv_str("127.0.0.1"),
                                                           .port = line.listener.local.port,
                                                           .transport = ZV_SIP_TCP,
                                                           .done_fn = on_probed,
                                                           .arg = &err}),
        0);
    while (!err)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(err, ZV_E_NOROUTE);
    zv_tcp_close(&line.socket);
    accept_line(&world, &line);
    hear(&world, &line);
    assert_int_equal(strncmp(line.text, "REGISTER ", 9), 0);
    close_line(&line);
    close_world(&world);
}

static void nobody_listens_is_told_at_once(void **state)
{
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    (void)state;
    open_line(&line);
    uint16_t port = line.listener.local.port;
    close_line(&line);
    begin_by(&world, ZV_TRUNK_TCP, "127.0.0.1", port, &trunks, &(struct options){0});
    assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1)->end,
                     ZV_SIP_END_UNREACHABLE);
    close_world(&world);
}

static void take_calls(struct sip_server *server, const struct sip_request *request)
{
    if (strcmp(request->method, "INVITE") == 0)
        sip_reply(server, request, "486 Busy Here", NULL, NULL);
    else
        accept_all(server, request);
}

static void a_large_invite_reaches_a_server_that_takes_no_tcp(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, &(struct options){.handler_fn = take_calls, .udp_max_request_bytes = 100});
    begin(&world, 1);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    call(&world, 7, "1002");
    zv_sipnet_flush(world.net);
    const struct news *ended;
    while (!(ended = find_news(&world, ZV_CALL_IN_SIP_ENDED, 1)))
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(ended->status, 486);
    assert_non_null(strstr(world.server.last, "Via: SIP/2.0/UDP "));
    struct zv_streams_counts counts;
    zv_sipnet_stream_counts(world.net, &counts);
    assert_int_equal(counts.failed, 1); /* asked once, and not again for the call */
    close_world(&world);
}

static void both_families_are_listened_for_on_one_port(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    struct world world;
    struct zv_streams_counts counts;
    struct zv_tcp_socket sockets[2];
    (void)state;
    open_world(&world, &(struct options){.listen = "[::]:0"});
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++) {
        struct zv_addr from, to;
        assert_int_equal(zv_addr_parse_ip(zv_str(addresses[i]), &from), 0);
        to = from;
        to.port = zv_sipnet_local(world.net).port;
        assert_int_equal(zv_tcp_open(&sockets[i], &from), 0);
        assert_int_equal(zv_tcp_connect(&sockets[i], &to), 0);
    }
    do {
        uv_run(&world.loop, UV_RUN_ONCE);
        zv_sipnet_stream_counts(world.net, &counts);
    } while (counts.accepted < 2);
    for (size_t i = 0; i < ZV_ARRAY_LEN(sockets); i++)
        zv_tcp_close(&sockets[i]);
    close_world(&world);
}

static void an_untrusted_certificate_is_told_with_its_reason(void **state)
{
    static const struct dns_record records[] = {{NAME, DNS_A, "127.0.0.1"}};
    char dir[] = "/tmp/zvonok-tls-XXXXXX";
    struct world world;
    struct line line;
    struct zv_trunks trunks;
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_non_null(mkdtemp(dir));
    struct tls_identity ca = tls_make(dir, (struct tls_wish){"ca", NULL, NULL, -60, 3600});
    struct tls_identity other =
        tls_make(dir, (struct tls_wish){"other", "DNS:other.test", &ca, -60, 3600});
    SSL_CTX *server = tls_server(&other, 0);
    open_line(&line);
    begin_by(&world, ZV_TRUNK_TLS, NAME, line.listener.local.port, &trunks,
             &(struct options){.records = records, .record_count = 1, .tls_ca = ca.cert_path});
    accept_line(&world, &line);
    SSL *ssl = SSL_new(server);
    SSL_set_fd(ssl, line.socket.fd);
    const struct news *failed;
    while (!(failed = find_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1))) {
        (void)SSL_accept(ssl);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(failed->end, ZV_SIP_END_UNTRUSTED);
    assert_non_null(strstr(failed->remedy, "the certificate of " NAME " is not trusted"));
    assert_non_null(strstr(failed->remedy, "name the server as its certificate does"));
    SSL_free(ssl);
    SSL_CTX_free(server);
    close_line(&line);
    close_world(&world);
    tls_discard(&ca);
    tls_discard(&other);
    assert_int_equal(rmdir(dir), 0);
}

static void no_answer_is_looked_for(void *arg, uint64_t id, const struct zv_probe_result *result)
{
    (void)arg;
    (void)id;
    (void)result;
}

/* The operator asks whether a server is there: its certificate is judged as a call's would be. */
static void a_probe_trusts_what_the_trunk_trusts(void **state)
{
    static const struct dns_record records[] = {{NAME, DNS_A, "127.0.0.1"}};
    char dir[] = "/tmp/zvonok-tls-XXXXXX", heard[16] = "";
    struct world world;
    struct line line;
    int result;
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_non_null(mkdtemp(dir));
    struct tls_identity ca = tls_make(dir, (struct tls_wish){"ca", NULL, NULL, -60, 3600});
    struct tls_identity good =
        tls_make(dir, (struct tls_wish){"good", "DNS:" NAME, &ca, -60, 3600});
    SSL_CTX *server = tls_server(&good, 0);
    struct zv_trunk trunk = {.host = zv_str(NAME), .ca = zv_str(ca.cert_path)};
    struct zv_trunks trunks = {.entries = &trunk, .count = 1};
    open_line(&line);
    open_world(&world, &(struct options){.records = records, .record_count = 1, .trunks = &trunks});
    assert_int_equal(zv_probe_start(world.net,
                                    &(struct zv_probe_query){
                                        .host = zv_str(NAME),
                                        .port = line.listener.local.port,
                                        .transport = ZV_SIP_TLS,
                                        .done_fn = no_answer_is_looked_for,
                                    }),
                     0);
    accept_line(&world, &line);
    SSL *ssl = SSL_new(server);
    SSL_set_fd(ssl, line.socket.fd);
    while ((result = SSL_accept(ssl)) != 1) {
        assert_int_equal(SSL_get_error(ssl, result), SSL_ERROR_WANT_READ);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    while ((result = SSL_read(ssl, heard, 8)) <= 0) {
        assert_int_equal(SSL_get_error(ssl, result), SSL_ERROR_WANT_READ);
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    assert_string_equal(heard, "OPTIONS ");
    SSL_free(ssl);
    SSL_CTX_free(server);
    close_line(&line);
    close_world(&world);
    tls_discard(&ca);
    tls_discard(&good);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_trusts_what_the_trunk_trusts),
        cmocka_unit_test(a_registration_by_tcp_stands_on_one_connection_both_ways),
        cmocka_unit_test(what_a_caller_makes_too_large_ends_no_connection),
        cmocka_unit_test(a_lost_connection_brings_a_new_registration),
        cmocka_unit_test(a_full_queue_brings_no_new_registration),
        cmocka_unit_test(a_probe_that_cannot_be_sent_tells_of_the_connection_that_it_shares),
        cmocka_unit_test(nobody_listens_is_told_at_once),
        cmocka_unit_test(a_large_invite_reaches_a_server_that_takes_no_tcp),
        cmocka_unit_test(both_families_are_listened_for_on_one_port),
        cmocka_unit_test(an_untrusted_certificate_is_told_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
