/*
 * A client (ICE controlling) and the gateway's web leg (ICE-lite) over networks that lose, delay,
 * double, reorder and go black: keys are agreed on, media flows, and what is heard is what was
 * said, in one continuous stream.
 */
#include "peer_net.h"

#define GATEWAY "203.0.113.1:9000"
#define CLIENT  "198.51.100.7:50000"

static const struct zv_netem_link good = {.delay_us = ZV_MS(20)};
static const struct zv_netem_link bad = {
    .delay_us = ZV_MS(40),
    .jitter_us = ZV_MS(15),
    .loss_ppm = 100000,
    .duplicate_ppm = 10000,
    .reorder_ppm = 20000,
    .reorder_us = ZV_MS(45),
};
static const struct zv_netem_link black = {.loss_ppm = ZV_NETEM_ALWAYS};

static const struct zv_peer_cfg lite = {.kind = ZV_PEER_WEB, .silence_us = ZV_SECONDS(5)};
static const struct zv_peer_cfg controlling = {.kind = ZV_PEER_WEB, .ice_controlling = true};

static void open_call(struct net *net, uint64_t seed, const struct zv_netem_link *link)
{
    net_open(net, seed, link);
    struct net_node *gateway = net_add(net, &lite, GATEWAY);
    struct net_node *client = net_add(net, &controlling, CLIENT);
    net_call(net, client, gateway);
}

static void connect(struct net *net, uint64_t seed, const struct zv_netem_link *link)
{
    open_call(net, seed, link);
    net_run(net, ZV_SECONDS(2));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(net->nodes[i].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
        net->nodes[i].is_talking = true;
    }
}

static void expect_one_whole_stream(const struct net_node *node)
{
    assert_int_equal(node->breaks, 0);
    assert_int_equal(node->spoiled, 0);
    assert_int_equal(net_counters(node).drops[ZV_PEER_DROP_AUTH], 0);
}

static void on_a_good_network_keys_are_agreed_on_within_four_round_trips_and_100_ms(void **state)
{
    (void)state;
    struct net net;
    open_call(&net, 1, &good);
    net_run(&net, 4 * 2 * ZV_MS(20) + ZV_MS(100));
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(net.nodes[i].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    net_close(&net);
}

static void with_ten_percent_loss_calls_connect_and_are_heard(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct net net;
        open_call(&net, seed, &bad);
        net_run(&net, ZV_SECONDS(14));
        for (size_t i = 0; i < 2; i++) {
            if (net.nodes[i].seen[ZV_PEER_EVENT_DTLS_CONNECTED] != 1)
                fail_msg("seed %llu: end %zu is not connected", (unsigned long long)seed, i);
            net.nodes[i].is_talking = true;
        }
        net_run(&net, ZV_SECONDS(60));
        for (size_t i = 0; i < 2; i++) {
            const struct net_node *node = &net.nodes[i];
            struct zv_peer_counters counters = net_counters(node);
            uint64_t spoken = net.nodes[!i].spoken;
            expect_one_whole_stream(node);
            assert_in_range(spoken, 2999, 3001);
            assert_in_range(node->heard, spoken * 85 / 100, spoken * 95 / 100);
            assert_in_range(counters.lost, spoken * 5 / 100, spoken * 15 / 100);
            /* a doubled packet is a replay to SRTP */
            assert_in_range(counters.drops[ZV_PEER_DROP_REPLAY], 5, 70);
            assert_true(counters.reordered > 10);
            assert_in_range(counters.rtt_us, ZV_MS(80), ZV_MS(160));
            assert_in_range(counters.remote_lost, 1, spoken * 15 / 100);
            assert_in_range(counters.jitter_us, 1000, 30000);
        }
        net_close(&net);
    }
}

static void two_seconds_of_blackness_cost_two_seconds_of_audio_and_nothing_else(void **state)
{
    (void)state;
    struct net net;
    connect(&net, 7, &good);
    net_run(&net, ZV_SECONDS(5));
    zv_netem_set_link(net.em, NULL, NULL, &black);
    net_run(&net, ZV_SECONDS(2));
    zv_netem_set_link(net.em, NULL, NULL, &good);
    net_run(&net, ZV_SECONDS(5));
    for (size_t i = 0; i < 2; i++) {
        const struct net_node *node = &net.nodes[i];
        expect_one_whole_stream(node);
        assert_in_range(node->longest_us, ZV_SECONDS(2), ZV_SECONDS(2) + ZV_MS(40));
        assert_int_equal(node->seen[ZV_PEER_EVENT_CONSENT_LOST], 0);
        assert_in_range(net.nodes[!i].spoken - node->heard, 99, 103);
    }
    net_close(&net);
}

static void blackness_during_the_handshake_only_delays_it(void **state)
{
    (void)state;
    for (int at_ms = 0; at_ms <= 200; at_ms += 20) {
        struct net net;
        open_call(&net, 11 + (uint64_t)at_ms, &good);
        net_run(&net, ZV_MS(at_ms));
        zv_netem_set_link(net.em, NULL, NULL, &black);
        net_run(&net, ZV_SECONDS(2));
        zv_netem_set_link(net.em, NULL, NULL, &good);
        net_run(&net, ZV_SECONDS(5));
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(net.nodes[i].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
        net_close(&net);
    }
}

static void a_client_that_vanishes_is_not_sent_to_and_is_heard_when_it_returns(void **state)
{
    (void)state;
    struct net net;
    connect(&net, 5, &good);
    struct net_node *gateway = &net.nodes[0];
    net_run(&net, ZV_SECONDS(5));
    zv_netem_set_link(net.em, NULL, NULL, &black);
    net_run(&net, ZV_SECONDS(36)); /* a check at most 6 s before, then 30 s */
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_SILENT], 1);
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_CONSENT_LOST], 1);
    uint64_t spoken = gateway->spoken, sent = zv_netem_counters(net.em)->sent;
    net.nodes[1].is_talking = false;
    net_run(&net, ZV_SECONDS(30));
    assert_int_equal(gateway->spoken, spoken);
    assert_true(zv_netem_counters(net.em)->sent - sent < 50); /* the client's checks, no media */
    net.nodes[1].is_talking = true;
    zv_netem_set_link(net.em, NULL, NULL, &good);
    net_run(&net, ZV_SECONDS(15));
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_CONSENT_BACK], 1);
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_RESUMED], 1);
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    assert_true(net.now_us - gateway->heard_us < ZV_MS(50));
    assert_true(net.now_us - net.nodes[1].heard_us < ZV_MS(50));
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(net.nodes[i].spoiled, 0);
    net_close(&net);
}

static void a_nat_that_rebinds_moves_the_media_with_the_next_check(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr inside = net_addr(CLIENT), before = net_addr("192.0.2.9:1111");
    struct zv_addr after = net_addr("192.0.2.9:2222");
    net_open(&net, 3, &good);
    zv_netem_set_nat(net.em, &inside, &before);
    struct net_node *gateway = net_add(&net, &lite, GATEWAY);
    struct net_node *client = net_add(&net, &controlling, CLIENT);
    net_call(&net, client, gateway);
    net_run(&net, ZV_SECONDS(2));
    gateway->is_talking = client->is_talking = true;
    net_run(&net, ZV_SECONDS(5));
    assert_true(zv_addr_eq(&gateway->last[ZV_PEER_EVENT_ICE_NOMINATED].remote, &before));
    zv_netem_set_nat(net.em, &inside, &after);
    net_run(&net, ZV_SECONDS(8)); /* a check at least every 6 s */
    assert_true(zv_addr_eq(&gateway->last[ZV_PEER_EVENT_ICE_NOMINATED].remote, &after));
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    assert_int_equal(net_counters(gateway).moves, 1);
    assert_true(net_counters(gateway).drops[ZV_PEER_DROP_UNVALIDATED] > 0);
    net_run(&net, ZV_SECONDS(1));
    assert_true(net.now_us - gateway->heard_us < ZV_MS(50));
    assert_true(net.now_us - client->heard_us < ZV_MS(50));
    expect_one_whole_stream(client);
    net_close(&net);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(on_a_good_network_keys_are_agreed_on_within_four_round_trips_and_100_ms),
    cmocka_unit_test(with_ten_percent_loss_calls_connect_and_are_heard),
    cmocka_unit_test(two_seconds_of_blackness_cost_two_seconds_of_audio_and_nothing_else),
    cmocka_unit_test(blackness_during_the_handshake_only_delays_it),
    cmocka_unit_test(a_client_that_vanishes_is_not_sent_to_and_is_heard_when_it_returns),
    cmocka_unit_test(a_nat_that_rebinds_moves_the_media_with_the_next_check),
};

ZV_TEST_MAIN(tests)
