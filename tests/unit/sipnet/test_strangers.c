/* The edge with sources that nobody listed: rates, the policy, and an account's server among them.
 */
#include "world.h"

#include "base/log.h"
#include "io/tcp.h"
#include "io/udp.h"

/* A stranger's socket; all of 127.0.0.0/8 is this host. */
struct stranger {
    struct zv_udp_socket socket;
    unsigned sent;
};

static void stranger_open(struct stranger *s, const char *address)
{
    struct zv_udp_cfg cfg = {.buffer_bytes = 1 << 20};
    memset(s, 0, sizeof(*s));
    assert_int_equal(zv_addr_parse(zv_str(address), &cfg.bind), 0);
    assert_int_equal(zv_udp_open(&s->socket, &cfg), 0);
}

static void stranger_ask(struct world *world, struct stranger *s, const char *method)
{
    char text[1024], from[ZV_ADDR_TEXT_CAP];
    zv_addr_write(&s->socket.local, from);
    s->sent++;
    snprintf(text, sizeof(text),
             "%s sip:nobody@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%u;rport\r\n"
             "From: <sip:x@y>;tag=f\r\nTo: <sip:z@y>\r\nCall-ID: c%u\r\nCSeq: 1 %s\r\n"
             "Contact: <sip:x@%s>\r\nContent-Length: 0\r\n\r\n",
             method, from, s->sent, s->sent, method, from);
    struct zv_dgram dgram = {.data = (uint8_t *)text,
                             .len = strlen(text),
                             .local = s->socket.local,
                             .remote = zv_sipnet_local(world->net)};
    assert_int_equal(zv_udp_send_large(&s->socket, &dgram), 0);
}

static size_t stranger_answers(struct stranger *s)
{
    static uint8_t bytes[ZV_MAX_SIP_MESSAGE_BYTES + 1];
    size_t count = 0;
    struct zv_dgram dgram = {.data = bytes};
    while (zv_udp_receive_large(&s->socket, &dgram, sizeof(bytes)) == 0)
        count++;
    return count;
}

static uint64_t handled(const struct world *world)
{
    struct zv_sipnet_dropped dropped;
    zv_sipnet_dropped(world->net, &dropped);
    return counts_of(world).received + dropped.over_rate + dropped.over_invites + dropped.over_all;
}

static void wait_handled(struct world *world, uint64_t count)
{
    while (handled(world) < count)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void open_at(struct world *world, const char *allow, bool drops)
{
    struct options options = {.handler_fn = accept_all, .allow = allow};
    char *servers[] = {NULL};
    char *list[] = {(char *)(uintptr_t)allow};
    open_stage(world, &options);
    servers[0] = world->dns.text;
    struct zv_sipnet_cfg cfg = make_cfg(world, &options, servers, list);
    cfg.messages_per_s = 50;
    cfg.invites_per_s = 5;
    cfg.drops_strangers = drops;
    assert_int_equal(zv_sipnet_new(&world->net, &cfg), 0);
}

static void strangers_are_answered_or_dropped_by_policy(void **state)
{
    (void)state;
    for (int drops = 0; drops < 2; drops++) {
        struct world world;
        struct stranger stranger;
        open_at(&world, "192.0.2.0/24", drops);
        stranger_open(&stranger, "127.0.0.2:0");
        for (uint64_t i = 1; i <= 3; i++) {
            stranger_ask(&world, &stranger, "OPTIONS");
            wait_handled(&world, i);
        }
        assert_int_equal(stranger_answers(&stranger), drops ? 0 : 3);
        assert_int_equal(counts_of(&world).strangers, 3);
        zv_udp_close(&stranger.socket);
        close_world(&world);
    }
}

static size_t told;

static void count_told(const struct zv_log_line *line)
{
    told += strstr(line->text, "faster than sip.rate_per_source allows") ||
            strstr(line->text, "faster than sip.invites_per_source allows");
}

/* The clock goes on meanwhile, so more than a burst may pass; but not all. The log has a line of it
 * and not one of each. */
static void a_flood_of_one_source_is_cut_and_another_is_served(void **state)
{
    enum { FLOOD = 2000 };
    struct world world;
    struct stranger flooder, other;
    struct zv_sipnet_dropped dropped;
    (void)state;
    told = 0;
    zv_log_set_sink(count_told);
    open_at(&world, "192.0.2.0/24", false);
    stranger_open(&flooder, "127.0.0.2:0");
    stranger_open(&other, "127.0.0.3:0");
    for (uint64_t i = 1; i <= FLOOD; i++) {
        stranger_ask(&world, &flooder, i % 2 ? "OPTIONS" : "INVITE");
        wait_handled(&world, i);
    }
    zv_sipnet_dropped(world.net, &dropped);
    assert_true(dropped.over_rate > 0);
    assert_true(dropped.over_invites > 0);
    assert_int_equal(dropped.over_all, 0);
    zv_log_set_sink(NULL);
    assert_true(told > 0);
    assert_true(told < (dropped.over_rate + dropped.over_invites) / 2);
    stranger_ask(&world, &other, "OPTIONS");
    wait_handled(&world, FLOOD + 1);
    assert_int_equal(stranger_answers(&other), 1);
    zv_udp_close(&flooder.socket);
    zv_udp_close(&other.socket);
    close_world(&world);
}

static struct zv_tcp_socket connect_to(struct world *world)
{
    struct zv_tcp_socket socket;
    const struct zv_addr to = zv_sipnet_local(world->net);
    struct zv_addr from = to;
    int err;
    from.port = 0;
    assert_int_equal(zv_tcp_open(&socket, &from), 0);
    assert_int_equal(zv_tcp_connect(&socket, &to), 0);
    while ((err = zv_tcp_finish_connect(&socket)) == ZV_E_AGAIN)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(err, 0);
    return socket;
}

/* Each is as good as a message, and costs us a system call. */
static void keepalives_of_one_source_are_cut_as_its_messages_are(void **state)
{
    struct world world;
    struct zv_sipnet_dropped dropped = {0};
    (void)state;
    open_at(&world, "192.0.2.0/24", false);
    struct zv_tcp_socket socket = connect_to(&world);
    while (!dropped.over_rate) {
        size_t sent;
        assert_int_equal(zv_tcp_write(&socket, (const uint8_t *)"\r\n\r\n", 4, &sent), 0);
        uv_run(&world.loop, UV_RUN_NOWAIT);
        zv_sipnet_dropped(world.net, &dropped);
    }
    zv_tcp_close(&socket);
    close_world(&world);
}

/* Everybody's calls come from one address there. */
static void what_is_listed_has_no_bound(void **state)
{
    enum { FLOOD = 2000 };
    struct world world;
    struct stranger proxy;
    (void)state;
    open_at(&world, "127.0.0.0/8", true);
    stranger_open(&proxy, "127.0.0.2:0");
    for (uint64_t i = 1; i <= FLOOD; i++) {
        stranger_ask(&world, &proxy, "INVITE");
        wait_handled(&world, i);
        assert_int_equal(stranger_answers(&proxy), 1);
    }
    assert_int_equal(counts_of(&world).strangers, 0);
    zv_udp_close(&proxy.socket);
    close_world(&world);
}

/* The name is listed; its address, which no network has, is learnt when an account resolves it. */
static void the_server_of_a_listed_name_is_no_stranger(void **state)
{
    static const struct dns_record records[] = {{"pbx.test", DNS_A, "127.0.0.1"}};
    struct options options = {.handler_fn = accept_all,
                              .records = records,
                              .record_count = ZV_ARRAY_LEN(records),
                              .allow = "pbx.test"};
    struct world world;
    enum zv_source_kind kind;
    (void)state;
    open_world(&world, &options);
    struct zv_sip_flow server = {.transport = ZV_SIP_UDP, .remote = world.server.socket.local};
    assert_true(zv_sipnet_admit(world.net, &server, zv_str("OPTIONS "), &kind));
    assert_int_equal(kind, ZV_SOURCE_STRANGER);
    begin_at(&world, "pbx.test", server.remote.port);
    wait_news(&world, ZV_CALL_IN_SIP_REGISTERED, 1);
    assert_true(zv_sipnet_admit(world.net, &server, zv_str("OPTIONS "), &kind));
    assert_int_equal(kind, ZV_SOURCE_TRUSTED);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(strangers_are_answered_or_dropped_by_policy),
    cmocka_unit_test(a_flood_of_one_source_is_cut_and_another_is_served),
    cmocka_unit_test(keepalives_of_one_source_are_cut_as_its_messages_are),
    cmocka_unit_test(what_is_listed_has_no_bound),
    cmocka_unit_test(the_server_of_a_listed_name_is_no_stranger),
};
ZV_TEST_MAIN(tests)
