/* Clients by TCP: a call like any other, and connections that nobody keeps open by saying nothing.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "unit/worker/world.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#define SHORT_US ZV_MS(50)

static const struct zv_worker_tcp_cfg with_tcp = {.is_enabled = true};

/* Runs until a gauge has reached `wanted`. */
#define WAIT_FOR_GAUGE(world, name, wanted)                                                        \
    do {                                                                                           \
        struct zv_worker_gauges gauges_;                                                           \
        int64_t give_up_us_ = zv_clock_now_us() + PATIENCE_US;                                     \
        do {                                                                                       \
            zv_worker_gauges((world)->worker, &gauges_);                                           \
            assert_true(zv_clock_now_us() < give_up_us_);                                          \
            turn(world, zv_clock_now_us() + ZV_MS(1));                                             \
        } while (gauges_.name < (wanted));                                                         \
    } while (0)

/* The worker closed it: its end can be read. */
static void expect_closed(const struct zv_tcp_socket *tcp)
{
    uint8_t byte;
    struct pollfd poll_fd = {.fd = tcp->fd, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, (int)(PATIENCE_US / ZV_US_PER_MS)), 1);
    assert_true(recv(tcp->fd, &byte, 1, 0) <= 0);
}

static void expect_open(const struct zv_tcp_socket *tcp)
{
    struct pollfd poll_fd = {.fd = tcp->fd, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
}

/* ---- Calls ---- */

static void a_client_by_tcp_and_a_phone_talk(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    open_world_with_tcp(&world, "0.0.0.0", make_ports(20, 0), &with_tcp);
    assert_true(zv_worker_has_tcp(world.worker));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 200);
    const struct zv_addr *remote = &world.last[ZV_WORKER_ICE_CONNECTED].pair.remote;
    assert_int_equal(remote->transport, ZV_ADDR_TCP);
    assert_true(zv_addr_eq(remote, &client.tcp.local));
    close_call(&world, call_1);
    wait_for(&world, &client.seen[ZV_PEER_EVENT_RTCP_BYE], 1); /* the last words still left */
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    while (client.tcp.fd >= 0) { /* and then the connection was closed with its call */
        assert_true(zv_clock_now_us() < give_up_us);
        turn(&world, give_up_us);
    }
    close_world(&world);
}

/* A wildcard socket and a wildcard listener: what leaves has the address that was asked. */
static void a_client_of_ipv6_talks_by_either_transport(void **state)
{
    (void)state;
    struct world world;
    struct zv_udp_socket probe;
    struct zv_addr v6 = ip("::1");
    if (zv_udp_open(&probe, &(struct zv_udp_cfg){.bind = v6}))
        skip(); /* a machine without IPv6 */
    zv_udp_close(&probe);
    for (int round = 0; round < 2; round++) {
        struct end client, far;
        open_world_with_tcp(&world, "::", make_ports(20, 0), &with_tcp);
        world.is_tcp = round == 1;
        world.home = "::1";
        assert_true(zv_worker_serves(world.worker, &v6));
        connect_call(&world, call_1, &client, &far, "::1");
        converse(&world, &client, &far, 10);
        assert_true(zv_addr_ip_eq(&world.last[ZV_WORKER_ICE_CONNECTED].pair.local, &v6));
        assert_true(zv_addr_ip_eq(&world.last[ZV_WORKER_ICE_CONNECTED].pair.remote, &v6));
        close_world(&world);
    }
}

static void udp_and_tcp_have_one_port_number(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &with_tcp);
    world.is_tcp = false; /* this client comes by UDP */
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    struct zv_tcp_socket tcp = dial(&world, "127.0.0.1");
    WAIT_FOR_GAUGE(&world, streams, 1);
    zv_tcp_close(&tcp);
    close_world(&world);
}

/* The client's way changes from UDP to TCP by an ICE restart; keys and streams stay. */
static void a_call_moves_from_udp_to_tcp(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    const struct zv_worker_cmd restart = {.kind = ZV_WORKER_RESTART_ICE, .call = call_1};
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &with_tcp);
    world.is_tcp = false;
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    client.tcp = dial(&world, "127.0.0.1");
    assert_int_equal(zv_poller_add(world.poller, client.tcp.fd, 1), 0);
    assert_int_equal(zv_peer_add_local(client.peer, &client.tcp.local, zv_clock_now_us()), 0);
    drain_end(&world, &client);
    int ready = world.seen[ZV_WORKER_READY];
    post(&world, &restart);
    wait_for(&world, &world.seen[ZV_WORKER_READY], ready + 1);
    assert_int_equal(zv_peer_restart_ice(client.peer, zv_clock_now_us()), 0);
    drain_end(&world, &client);
    join_web(&world, call_1, ZV_WORKER_LEG_WEB, &client, "127.0.0.1");
    wait_for(&world, &world.seen[ZV_WORKER_ICE_CONNECTED], 2);
    assert_int_equal(world.last[ZV_WORKER_ICE_CONNECTED].pair.remote.transport, ZV_ADDR_TCP);
    wait_for(&world, &client.seen[ZV_PEER_EVENT_ICE_RESTARTED], 1);
    converse(&world, &client, &far, 10);
    assert_int_equal(world.seen[ZV_WORKER_DTLS_CONNECTED], 1);
    close_world(&world);
}

static void a_broken_connection_ends_no_call(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &with_tcp);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    zv_poller_remove(world.poller, client.tcp.fd);
    zv_tcp_close(&client.tcp);
    for (int i = 0; i < 20; i++)
        speak(&world, &far);
    WAIT_FOR_GAUGE(&world, stream_drops, 1);
    assert_int_equal(world.seen[ZV_WORKER_CLOSED], 0);
    close_call(&world, call_1);
    close_world(&world);
}

/* ---- Strangers ---- */

static void who_shows_no_check_is_closed_soon(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_gauges gauges;
    const struct zv_worker_tcp_cfg cfg = {.is_enabled = true, .first_check_us = SHORT_US};
    uint8_t noise[600];
    memset(noise, 0x55, sizeof(noise));
    open_world_with_tcp(&world, "127.0.0.1", make_ports(1, 0), &cfg);
    struct zv_tcp_socket silent = dial(&world, "127.0.0.1");
    struct zv_tcp_socket noisy = dial(&world, "127.0.0.1");
    assert_int_equal(send(noisy.fd, noise, sizeof(noise), MSG_NOSIGNAL), sizeof(noise));
    expect_closed(&silent);
    expect_closed(&noisy);
    zv_tcp_close(&silent);
    zv_tcp_close(&noisy);
    WAIT_FOR_GAUGE(&world, streams_expired, 2);
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.tx_datagrams, 0); /* nobody got a word */
    close_world(&world);
}

static void half_a_frame_and_idleness_do_not_keep_a_checked_connection(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_tcp_cfg cfg = {.is_enabled = true, .stall_us = SHORT_US};
    static const uint8_t half[] = {0, 100, 0x80};
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &cfg);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    assert_int_equal(send(client.tcp.fd, half, sizeof(half), MSG_NOSIGNAL), sizeof(half));
    WAIT_FOR_GAUGE(&world, streams_expired, 1);
    close_world(&world);

    cfg = (struct zv_worker_tcp_cfg){.is_enabled = true, .idle_us = SHORT_US};
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &cfg);
    connect_call(&world, call_1, &client, &far, "127.0.0.1"); /* checks come every 5 s only */
    WAIT_FOR_GAUGE(&world, streams_expired, 1);
    close_world(&world);
}

static void a_reader_that_takes_nothing_loses_packets_and_then_its_connection(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_gauges gauges;
    const struct zv_worker_tcp_cfg cfg = {.is_enabled = true, .stall_us = ZV_MS(300)};
    uint8_t payload[900] = {0};
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &cfg);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    zv_poller_remove(world.poller, client.tcp.fd); /* reads no more */
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    do {
        assert_true(zv_clock_now_us() < give_up_us);
        say(&world, &far, payload, sizeof(payload), 960);
        turn(&world, zv_clock_now_us());
        zv_worker_gauges(world.worker, &gauges);
    } while (!gauges.streams_expired);
    assert_true(gauges.stream_drops > 0);
    assert_int_equal(world.seen[ZV_WORKER_CLOSED], 0);
    zv_tcp_close(&client.tcp);
    close_world(&world);
}

static void a_source_with_many_connections_gets_no_more(void **state)
{
    (void)state;
    struct world world;
    struct zv_tcp_socket tcp[4];
    const struct zv_worker_tcp_cfg cfg = {.is_enabled = true, .max_per_source = 3};
    open_world_with_tcp(&world, "127.0.0.1", make_ports(1, 0), &cfg);
    for (size_t i = 0; i < 3; i++) {
        tcp[i] = dial(&world, "127.0.0.1");
        WAIT_FOR_GAUGE(&world, streams, i + 1);
    }
    tcp[3] = dial(&world, "127.0.0.1");
    expect_closed(&tcp[3]);
    WAIT_FOR_GAUGE(&world, streams_refused, 1);
    for (size_t i = 0; i < 3; i++)
        expect_open(&tcp[i]);
    for (size_t i = 0; i < 4; i++)
        zv_tcp_close(&tcp[i]);
    close_world(&world);
}

/* Half of six places is for those without a check; the client's own has one and is not touched. */
static void the_oldest_connection_without_a_check_makes_room(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_tcp_socket tcp[4];
    struct zv_worker_gauges gauges;
    const struct zv_worker_tcp_cfg cfg = {.is_enabled = true, .max_streams = 6};
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &cfg);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    for (size_t i = 0; i < 3; i++) {
        tcp[i] = dial(&world, "127.0.0.1");
        WAIT_FOR_GAUGE(&world, streams, i + 2);
    }
    tcp[3] = dial(&world, "127.0.0.1");
    expect_closed(&tcp[0]);
    for (size_t i = 1; i < 4; i++)
        expect_open(&tcp[i]);
    WAIT_FOR_GAUGE(&world, streams_refused, 1);
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.streams, 4);
    converse(&world, &client, &far, 5);
    for (size_t i = 0; i < 4; i++)
        zv_tcp_close(&tcp[i]);
    close_world(&world);
}

static void without_descriptors_accepting_pauses_and_goes_on(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_gauges before, after;
    struct rlimit limit, low;
    open_world_with_tcp(&world, "127.0.0.1", make_ports(1, 0), &with_tcp);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct zv_tcp_socket tcp = {.remote = ip("127.0.0.1"),
                                .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_storage name;
    tcp.remote.port = zv_worker_web_port(world.worker);
    socklen_t len = zv_sockaddr_write(&tcp.remote, AF_INET, &name);
    low = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_int_equal(connect(tcp.fd, (struct sockaddr *)&name, len), 0);
    zv_worker_gauges(world.worker, &before);
    WAIT_FOR_GAUGE(&world, streams_paused, 2);
    zv_worker_gauges(world.worker, &after);
    assert_int_equal(after.streams, 0);
    assert_true(after.loop_turns - before.loop_turns < 50); /* no spin */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    WAIT_FOR_GAUGE(&world, streams, 1);
    zv_tcp_close(&tcp);
    close_world(&world);
}

/* Connections that come, say something wrong and go, as fast as one thread opens them. */
static void a_flood_of_connections_costs_a_call_no_packet(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_gauges gauges;
    uint8_t noise[64];
    memset(noise, 0xff, sizeof(noise));
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &with_tcp);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    for (int round = 0; round < 50; round++) {
        struct zv_tcp_socket tcp[8];
        for (size_t i = 0; i < ZV_ARRAY_LEN(tcp); i++) {
            tcp[i] = dial(&world, "127.0.0.1");
            (void)!send(tcp[i].fd, noise, sizeof(noise), MSG_NOSIGNAL);
        }
        converse(&world, &client, &far, 8);
        for (size_t i = 0; i < ZV_ARRAY_LEN(tcp); i++)
            zv_tcp_close(&tcp[i]);
    }
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.stream_drops, 0);
    close_world(&world);
}

static void a_frame_too_long_is_dropped_and_the_call_goes_on(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    static uint8_t bytes[2 + 5000];
    open_world_with_tcp(&world, "127.0.0.1", make_ports(20, 0), &with_tcp);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 5);
    zv_rtp_write_frame_head(bytes, sizeof(bytes) - 2);
    assert_int_equal(send(client.tcp.fd, bytes, sizeof(bytes), MSG_NOSIGNAL), sizeof(bytes));
    static const uint8_t empty[] = {0, 0, 0, 0};
    assert_int_equal(send(client.tcp.fd, empty, sizeof(empty), MSG_NOSIGNAL), sizeof(empty));
    converse(&world, &client, &far, 5);
    WAIT_FOR_GAUGE(&world, dropped_size, 1);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_client_by_tcp_and_a_phone_talk),
    cmocka_unit_test(a_client_of_ipv6_talks_by_either_transport),
    cmocka_unit_test(udp_and_tcp_have_one_port_number),
    cmocka_unit_test(a_call_moves_from_udp_to_tcp),
    cmocka_unit_test(a_broken_connection_ends_no_call),
    cmocka_unit_test(who_shows_no_check_is_closed_soon),
    cmocka_unit_test(half_a_frame_and_idleness_do_not_keep_a_checked_connection),
    cmocka_unit_test(a_reader_that_takes_nothing_loses_packets_and_then_its_connection),
    cmocka_unit_test(a_source_with_many_connections_gets_no_more),
    cmocka_unit_test(the_oldest_connection_without_a_check_makes_room),
    cmocka_unit_test(without_descriptors_accepting_pauses_and_goes_on),
    cmocka_unit_test(a_flood_of_connections_costs_a_call_no_packet),
    cmocka_unit_test(a_frame_too_long_is_dropped_and_the_call_goes_on),
};

ZV_TEST_MAIN(tests)
