/* The OPTIONS probe against a server that answers, one that is silent, one that is not there. */
#define _GNU_SOURCE
#include "dns_server.h"
#include "sip_server.h"

#include "base/err.h"
#include "base/rand.h"
#include "sip/msg.h"
#include "sip/sip.h"
#include "sipnet/probe.h"
#include "sipnet/sipnet.h"

#define GUARD_MS 20000
#define DOMAIN   "sip.example.test"

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct zv_rand_seeded seeded;
    struct dns_server dns;
    struct sip_server server;
    struct zv_sipnet *net;
    struct zv_probe_result results[ZV_PROBE_MAX];
    uint64_t ids[ZV_PROBE_MAX];
    size_t count;
};

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static void on_input(void *arg, const struct zv_call_in *in)
{
    (void)arg;
    fail_msg("call control was told %s", zv_call_in_name(in->kind));
}

static void on_address(void *arg, zv_session_id session)
{
    (void)arg;
    (void)session;
}

static void on_result(void *arg, uint64_t id, const struct zv_probe_result *result)
{
    struct world *world = arg;
    assert_true(world->count < ZV_PROBE_MAX);
    world->ids[world->count] = id;
    world->results[world->count++] = *result;
}

static void open_world(struct world *world, sip_handler_fn *handler_fn,
                       const struct dns_record *records, size_t record_count)
{
    char *allow[] = {(char *)(uintptr_t) "127.0.0.0/8", (char *)(uintptr_t)DOMAIN};
    memset(world, 0, sizeof(*world));
    world->seeded.state = 1;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    dns_server_open(&world->dns, &world->loop, records, record_count);
    sip_server_open(&world->server, &world->loop, handler_fn);
    world->server.arg = world;
    char *servers[] = {world->dns.text};
    struct zv_sipnet_cfg cfg = {
        .loop = &world->loop,
        .rand = zv_rand_seeded_source(&world->seeded),
        .user_agent = "test",
        .register_expires_us = ZV_SECONDS(300),
        .register_timeout_us = ZV_SECONDS(32),
        .max_sessions = 16,
        .max_calls = 4,
        .allow = allow,
        .allow_count = 2,
        .dns_servers = servers,
        .dns_server_count = 1,
        .dns_timeout_us = ZV_SECONDS(10),
        .dns_tries = 1,
        .dns_total_us = ZV_SECONDS(15),
        .on_input_fn = on_input,
        .on_address_fn = on_address,
        .arg = world,
    };
    assert_int_equal(zv_addr_parse(zv_str("127.0.0.1:0"), &cfg.listen), 0);
    assert_int_equal(zv_sipnet_new(&world->net, &cfg), 0);
}

static void close_world(struct world *world)
{
    world->net = zv_sipnet_free(world->net);
    dns_server_close(&world->dns);
    sip_server_close(&world->server);
    uv_close((uv_handle_t *)&world->guard, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static int start(struct world *world, uint64_t id, const char *host, uint16_t port)
{
    return zv_probe_start(
        world->net,
        &(struct zv_probe_query){
            .id = id, .host = zv_str(host), .port = port, .done_fn = on_result, .arg = world});
}

static void run_until(struct world *world, size_t count)
{
    while (world->count < count)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void answer_404(struct sip_server *server, const struct sip_request *request)
{
    sip_reply(server, request, "404 Not Found", NULL, NULL);
}

static void any_answer_counts_and_the_request_is_well_formed(void **state)
{
    struct world world;
    struct zv_sip_msg msg;
    (void)state;
    open_world(&world, answer_404, NULL, 0);
    assert_int_equal(start(&world, 7, "127.0.0.1", world.server.socket.local.port), 0);
    run_until(&world, 1);
    assert_int_equal(world.ids[0], 7);
    assert_int_equal(world.results[0].resolve_err, 0);
    assert_int_equal(world.results[0].err, 0);
    assert_int_equal(world.results[0].status, 404);
    assert_true(world.results[0].rtt_us >= 0);
    assert_true(zv_addr_eq(&world.results[0].addr, &world.server.socket.local));
    assert_int_equal(zv_sip_msg_parse(world.server.last, strlen(world.server.last), &msg), 0);
    assert_true(msg.is_request && msg.method == ZV_SIP_METHOD_OPTIONS);
    assert_true(zv_str_has_prefix(msg.call_id, "zvonok-probe-"));
    assert_int_equal(msg.uri.user.len, 0); /* to the server itself, to nobody's phone */
    close_world(&world);
}

static void the_answer_does_not_reach_the_stack(void **state)
{
    struct world world;
    struct zv_sip_counts counts;
    size_t lookups;
    (void)state;
    open_world(&world, answer_404, NULL, 0);
    assert_int_equal(start(&world, 1, "127.0.0.1", world.server.socket.local.port), 0);
    run_until(&world, 1);
    zv_sipnet_counts(world.net, &counts, &lookups);
    assert_int_equal(counts.received, 0);
    assert_int_equal(counts.unmatched, 0);
    close_world(&world);
}

static void answer_the_second(struct sip_server *server, const struct sip_request *request)
{
    if (server->requests == 2)
        sip_reply(server, request, "200 OK", NULL, NULL);
}

static void a_lost_request_is_sent_once_more(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, answer_the_second, NULL, 0);
    assert_int_equal(start(&world, 1, "127.0.0.1", world.server.socket.local.port), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].status, 200);
    assert_int_equal(world.server.requests, 2);
    close_world(&world);
}

static void silence_is_a_timeout_after_two_requests(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, NULL, 0);
    assert_int_equal(start(&world, 1, "127.0.0.1", world.server.socket.local.port), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].err, ZV_E_TIMEOUT);
    assert_int_equal(world.results[0].status, 0);
    assert_int_equal(world.server.requests, 2);
    close_world(&world);
}

static void a_closed_port_is_told_by_icmp(void **state)
{
    struct world world;
    struct zv_udp_socket closed;
    struct zv_udp_cfg cfg = {0};
    (void)state;
    open_world(&world, NULL, NULL, 0);
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &cfg.bind), 0);
    assert_int_equal(zv_udp_open(&closed, &cfg), 0);
    uint16_t port = closed.local.port;
    zv_udp_close(&closed);
    assert_int_equal(start(&world, 1, "127.0.0.1", port), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].err, ZV_E_NOROUTE);
    close_world(&world);
}

static void a_name_is_resolved_by_srv(void **state)
{
    struct world world;
    struct dns_record records[] = {
        {.name = "_sip._udp." DOMAIN, .type = DNS_SRV, .value = "one." DOMAIN},
        {.name = "one." DOMAIN, .type = DNS_A, .value = "127.0.0.1"},
    };
    (void)state;
    open_world(&world, answer_404, records, ZV_ARRAY_LEN(records));
    records[0].port = world.server.socket.local.port;
    assert_int_equal(start(&world, 1, DOMAIN, 0), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].err, 0);
    assert_int_equal(world.results[0].addr_count, 1);
    assert_true(zv_addr_eq(&world.results[0].addr, &world.server.socket.local));
    close_world(&world);
}

static void a_name_that_is_not_there_is_not_asked(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, answer_404, NULL, 0);
    assert_int_equal(start(&world, 1, DOMAIN, 0), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].resolve_err, ZV_E_NOTFOUND);
    assert_int_equal(world.server.requests, 0);
    close_world(&world);
}

static void a_silent_resolver_ends_the_probe_and_later_frees_it(void **state)
{
    static const struct dns_record silent[] = {
        {.name = "_sip._udp." DOMAIN, .type = DNS_SRV, .is_silent = true}};
    struct world world;
    (void)state;
    open_world(&world, NULL, silent, ZV_ARRAY_LEN(silent));
    assert_int_equal(start(&world, 1, DOMAIN, 0), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].resolve_err, ZV_E_TIMEOUT);
    close_world(&world);
}

static void the_policy_holds_for_probes(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, NULL, 0);
    assert_int_equal(start(&world, 1, "192.0.2.1", 5060), 0);
    run_until(&world, 1);
    assert_int_equal(world.results[0].resolve_err, ZV_E_DENIED);
    close_world(&world);
}

static void sixteen_at_once_and_a_cancelled_one_is_not_heard_of_again(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, NULL, NULL, 0);
    uint16_t port = world.server.socket.local.port;
    for (uint64_t i = 0; i < ZV_PROBE_MAX; i++)
        assert_int_equal(start(&world, i, "127.0.0.1", port), 0);
    assert_int_equal(start(&world, 99, "127.0.0.1", port), ZV_E_LIMIT);
    zv_probe_cancel(world.net, &world);
    assert_int_equal(start(&world, 99, "127.0.0.1", port), 0);
    run_until(&world, 1);
    assert_int_equal(world.ids[0], 99);
    assert_int_equal(world.count, 1);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_answer_counts_and_the_request_is_well_formed),
    cmocka_unit_test(the_answer_does_not_reach_the_stack),
    cmocka_unit_test(a_lost_request_is_sent_once_more),
    cmocka_unit_test(silence_is_a_timeout_after_two_requests),
    cmocka_unit_test(a_closed_port_is_told_by_icmp),
    cmocka_unit_test(a_name_is_resolved_by_srv),
    cmocka_unit_test(a_name_that_is_not_there_is_not_asked),
    cmocka_unit_test(a_silent_resolver_ends_the_probe_and_later_frees_it),
    cmocka_unit_test(the_policy_holds_for_probes),
    cmocka_unit_test(sixteen_at_once_and_a_cancelled_one_is_not_heard_of_again),
};
ZV_TEST_MAIN(tests)
