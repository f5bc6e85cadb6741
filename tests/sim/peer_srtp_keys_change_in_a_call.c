/*
 * A relay to a phone that speaks SRTP by SDES, over a network that loses, delays and reorders: the
 * sequence wraps, keys are repeated and changed while both talk, the phone moves, strangers and
 * replays come between.
 */
#include "peer_net.h"

#define GATEWAY "203.0.113.1:20000"
#define PHONE   "192.168.1.20:4000"
#define OUTSIDE "192.0.2.1:31000"
#define CORNER  "198.51.100.77:9000"

static const struct zv_netem_link good = {.delay_us = ZV_MS(40), .jitter_us = ZV_MS(2)};
static const struct zv_netem_link bad = {
    .delay_us = ZV_MS(40), .jitter_us = ZV_MS(30), .loss_ppm = 100000, .duplicate_ppm = 20000};
static const struct zv_netem_link black = {.loss_ppm = ZV_NETEM_ALWAYS};

enum { SIP, TEL };

static struct zv_crypto_key key_of(enum zv_crypto_suite suite, uint64_t number)
{
    struct zv_rand_seeded seed = {.state = number};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_crypto_key key;
    zv_crypto_make_key(suite, &rand, &key);
    return key;
}

/* What `node` is told of the other end: where it is, and the numbers of both keys. */
static void join(struct net *net, struct net_node *node, const char *other, uint32_t version,
                 uint64_t tx, uint64_t rx)
{
    const struct zv_peer_rtp_remote remote = {
        .rtp = net_addr(other),
        .version = version,
        .tx_key = key_of(ZV_CRYPTO_AEAD_AES_128_GCM, tx),
        .rx_key = key_of(ZV_CRYPTO_AEAD_AES_128_GCM, rx),
    };
    assert_int_equal(zv_peer_set_rtp_remote(node->peer, &remote, net->now_us), 0);
    net_drain(net, node);
}

static void open_call(struct net *net, const struct zv_netem_link *link)
{
    const struct zv_peer_cfg gateway = {.kind = ZV_PEER_RTP, .silence_us = ZV_SECONDS(5)};
    const struct zv_peer_cfg phone = {.kind = ZV_PEER_RTP, .strict = true};
    net_open(net, 21, link);
    net_add(net, &gateway, GATEWAY);
    net_add(net, &phone, PHONE);
    join(net, &net->nodes[SIP], PHONE, 1, 1, 2);
    join(net, &net->nodes[TEL], GATEWAY, 1, 2, 1);
    net->nodes[SIP].is_talking = net->nodes[TEL].is_talking = true;
}

static uint64_t failures(const struct net_node *node)
{
    return net_counters(node).drops[ZV_PEER_DROP_AUTH];
}

static void the_sequence_wraps_on_a_bad_network(void **state)
{
    (void)state;
    struct net net;
    open_call(&net, &bad);
    for (int minute = 0; minute < 50; minute++) { /* 150000 packets: at least two wraps */
        net_run(&net, ZV_SECONDS(60));
        if (minute % 7 == 3) { /* a refresh that repeats the keys */
            join(&net, &net.nodes[SIP], PHONE, 1, 1, 2);
            join(&net, &net.nodes[TEL], GATEWAY, 1, 2, 1);
        }
    }
    for (int i = 0; i < 2; i++) {
        const struct net_node *node = &net.nodes[i];
        assert_int_equal(failures(node), 0);
        assert_true(node->heard > 150000 * 88 / 100);
        assert_true(node->longest_us < ZV_MS(400));
        assert_int_equal(node->spoiled + node->breaks, 0);
    }
    net_close(&net);
}

/* The phone offers a new key; our answer, with a new one of ours, takes its time to it. */
static void new_keys_take_over_without_a_gap(void **state)
{
    (void)state;
    struct net net;
    open_call(&net, &good);
    net_run(&net, ZV_SECONDS(5));
    struct net_node *sip = &net.nodes[SIP], *phone = &net.nodes[TEL];
    uint32_t ssrc = phone->ssrc;
    sip->longest_us = phone->longest_us = 0;
    join(&net, sip, PHONE, 2, 3, 4);
    net_run(&net, ZV_MS(40));
    join(&net, phone, GATEWAY, 2, 4, 3);
    net_run(&net, ZV_MS(200));
    phone->has_base = sip->has_base = false; /* the streams are new ones by now */
    net_run(&net, ZV_SECONDS(5));
    assert_true(sip->longest_us < ZV_MS(60));
    assert_true(phone->longest_us < ZV_MS(60));
    assert_int_equal(failures(sip) + failures(phone), 0);
    assert_int_not_equal(phone->ssrc, ssrc);
    assert_int_equal(sip->spoiled + phone->spoiled, 0);
    net_close(&net);
}

/* Its NAT gives it another address in the middle of a sentence: no silence has to come first. */
static void a_phone_that_moves_is_followed_at_once(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr private_addr = net_addr(PHONE), outside = net_addr(OUTSIDE),
                   corner = net_addr(CORNER), gateway = net_addr(GATEWAY);
    open_call(&net, &good);
    zv_netem_set_nat(net.em, &private_addr, &outside);
    zv_netem_set_link(net.em, &gateway, &private_addr, &black);
    net_run(&net, ZV_SECONDS(3));
    struct net_node *phone = &net.nodes[TEL];
    phone->longest_us = 0;
    zv_netem_set_nat(net.em, &private_addr, &corner);
    zv_netem_set_link(net.em, &gateway, &outside, &black);
    net_run(&net, ZV_SECONDS(3));
    assert_true(zv_addr_eq(&net.nodes[SIP].last[ZV_PEER_EVENT_LATCHED].remote, &corner));
    assert_true(phone->longest_us < ZV_MS(200)); /* one way there, one way back */
    assert_true(net.now_us - phone->heard_us < ZV_MS(50));
    net_close(&net);
}

static void plain_packets_and_strangers_change_nothing(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr phone = net_addr(PHONE);
    open_call(&net, &good);
    net_run(&net, ZV_SECONDS(1));
    struct net_node *sip = &net.nodes[SIP];
    for (uint16_t i = 0; i < 5000; i++) {
        uint8_t bytes[ZV_RTP_HEADER_BYTES + NET_FRAME_TS] = {0};
        const struct zv_rtp_rewrite fields = {.pt = NET_PT_PCMU, .seq = i, .ssrc = 666};
        zv_rtp_write_header(bytes, &fields);
        const struct zv_dgram out = {.data = bytes,
                                     .len = sizeof(bytes),
                                     .local = i % 2 ? phone : net_addr(CORNER),
                                     .remote = net_addr(GATEWAY)};
        zv_netem_send(net.em, &out, net.now_us);
        net_run(&net, ZV_MS(2));
    }
    net_run(&net, ZV_SECONDS(1));
    assert_int_equal(failures(sip), 5000);
    struct zv_peer_counters counters = net_counters(sip);
    assert_true(zv_addr_eq(&counters.remote, &phone));
    assert_int_equal(counters.moves, 0);
    assert_int_equal(sip->spoiled + sip->breaks, 0);
    assert_true(sip->longest_us < ZV_MS(60));
    net_close(&net);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_sequence_wraps_on_a_bad_network),
    cmocka_unit_test(new_keys_take_over_without_a_gap),
    cmocka_unit_test(a_phone_that_moves_is_followed_at_once),
    cmocka_unit_test(plain_packets_and_strangers_change_nothing),
};

ZV_TEST_MAIN(tests)
