/*
 * A client vanishes for longer than consent lasts, and returns from another address by an ICE
 * restart, as zvUpdate asks for: media goes on at once, under the same keys, in the same streams.
 */
#include "peer_net.h"

#define GATEWAY "203.0.113.1:9000"
#define BEFORE  "198.51.100.7:50000"
#define AFTER   "192.0.2.9:40000"

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

static void talk_then_vanish(struct net *net, uint64_t seed)
{
    net_open(net, seed, &good);
    struct net_node *gateway = net_add(net, &lite, GATEWAY);
    struct net_node *client = net_add(net, &controlling, BEFORE);
    net_call(net, client, gateway);
    net_run(net, ZV_SECONDS(2));
    gateway->is_talking = client->is_talking = true;
    net_run(net, ZV_SECONDS(5));
    zv_netem_set_link(net->em, NULL, NULL, &black);
    net_run(net, ZV_SECONDS(40));
    assert_int_equal(gateway->seen[ZV_PEER_EVENT_CONSENT_LOST], 1);
}

/* What the worker and a client do for zvUpdate with the reason `restart`. */
static void restart(struct net *net, const struct zv_netem_link *link)
{
    struct net_node *gateway = &net->nodes[0], *client = &net->nodes[1];
    zv_netem_set_link(net->em, NULL, NULL, link);
    client->addr = net_addr(AFTER);
    client->rtcp_addr = client->addr;
    client->rtcp_addr.port++;
    assert_int_equal(zv_peer_restart_ice(gateway->peer, net->now_us), 0);
    net_drain(net, gateway);
    assert_int_equal(zv_peer_restart_ice(client->peer, net->now_us), 0);
    net_drain(net, client);
    net_call(net, client, gateway);
}

static void expect_the_same_streams(const struct net *net)
{
    for (size_t i = 0; i < 2; i++) {
        const struct net_node *node = &net->nodes[i];
        assert_int_equal(node->seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
        assert_int_equal(node->spoiled, 0);
        assert_int_equal(net_counters(node).drops[ZV_PEER_DROP_AUTH], 0);
    }
}

static void on_a_good_network_sound_is_back_within_a_second(void **state)
{
    (void)state;
    struct net net;
    talk_then_vanish(&net, 1);
    int64_t returned_us = net.now_us;
    uint32_t ssrc = net.nodes[1].ssrc;
    restart(&net, &good);
    net_run(&net, ZV_SECONDS(1));
    for (size_t i = 0; i < 2; i++) {
        assert_true(net.nodes[i].heard_us > returned_us);
        assert_true(net.now_us - net.nodes[i].heard_us < ZV_MS(50));
    }
    assert_int_equal(net.nodes[1].ssrc, ssrc);
    assert_int_equal(net.nodes[0].seen[ZV_PEER_EVENT_CONSENT_BACK], 1);
    assert_true(
        zv_addr_eq(&net.nodes[0].last[ZV_PEER_EVENT_ICE_NOMINATED].remote, &net.nodes[1].addr));
    expect_the_same_streams(&net);
    net_close(&net);
}

static void with_ten_percent_loss_it_is_back_as_well(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct net net;
        talk_then_vanish(&net, seed);
        int64_t returned_us = net.now_us;
        restart(&net, &bad);
        net_run(&net, ZV_SECONDS(10)); /* checks are lost too, each repeated after twice the time */
        for (size_t i = 0; i < 2; i++) {
            if (net.nodes[i].heard_us <= returned_us)
                fail_msg("seed %llu: end %zu hears nothing", (unsigned long long)seed, i);
        }
        expect_the_same_streams(&net);
        net_close(&net);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(on_a_good_network_sound_is_back_within_a_second),
    cmocka_unit_test(with_ten_percent_loss_it_is_back_as_well),
};

ZV_TEST_MAIN(tests)
