/*
 * A whole relay, client - web leg - bridge - SIP leg - phone, watched where its packets leave: each
 * leg's SSRC stays, no sequence number leaves twice, timestamps fit to sequence numbers or, after a
 * hold, to the time that passed. Under loss, reordering, doubling and black-outs, while the wall
 * clock steps, after a stop of the whole process, and through holds in which the sequence wraps.
 */
#include "peer_net.h"

#include "support/fake_gettimeofday.h"

#define GATEWAY_WEB "203.0.113.1:9000"
#define GATEWAY_SIP "203.0.113.1:20000"
#define CLIENT      "198.51.100.7:50000"
#define PHONE       "192.0.2.20:4000"

#define GAP_MAX 200  /* after a hold: whatever the wrapped sequence seems to have lost */
#define RECENT  1024 /* sequence numbers back in which a second use is noticed */
#define WALL_US INT64_C(1795406706000000)

static const struct zv_netem_link good = {.delay_us = ZV_MS(10), .jitter_us = ZV_MS(2)};
static const struct zv_netem_link bad = {
    .delay_us = ZV_MS(40),
    .jitter_us = ZV_MS(15),
    .loss_ppm = 100000,
    .duplicate_ppm = 20000,
    .reorder_ppm = 50000,
    .reorder_us = ZV_MS(70),
};
static const struct zv_netem_link black = {.loss_ppm = ZV_NETEM_ALWAYS};

enum { WEB, SIP, CLI, TEL };

/* What has left on one leg. */
struct outlet {
    bool has_any;
    uint32_t ssrc;
    int64_t highest; /* sequence number without its wraps */
    int64_t recent[RECENT];
    int64_t base; /* of `base_ts`: timestamps go on from there by one frame a number */
    uint32_t base_ts;
    int64_t highest_us;
    uint64_t packets;
    bool was_held; /* the next packet may begin anew, where the time has got to */
};

struct relay {
    struct net net; /* first: the hook finds its relay */
    struct outlet outlets[2];
};

static void anchor(struct outlet *outlet, int64_t number, uint32_t ts)
{
    outlet->base = number;
    outlet->base_ts = ts;
    outlet->was_held = false;
}

static void expect_to_go_on(struct outlet *outlet, int64_t number, uint32_t ts, int64_t now_us)
{
    int64_t last_ts = outlet->base_ts + (outlet->highest - outlet->base) * NET_FRAME_TS;
    int64_t elapsed_ts = (now_us - outlet->highest_us) * 8 / 1000;
    assert_in_range(number - outlet->highest, 1, GAP_MAX);
    int32_t off = (int32_t)(ts - (uint32_t)(last_ts + elapsed_ts));
    if (off < -NET_FRAME_TS * 2 || off > NET_FRAME_TS * 2)
        fail_msg("after the hold the timestamp is %d off the time", off);
    anchor(outlet, number, ts);
}

static void watch(struct net *net, const struct net_node *to, const struct zv_dgram *out)
{
    struct relay *relay = (struct relay *)net;
    struct outlet *outlet = &relay->outlets[to - net->nodes];
    struct zv_rtp_header header;
    assert_int_equal(zv_rtp_parse(out->data, out->len, &header), ZV_RTP_PASS);
    if (!outlet->has_any) {
        *outlet = (struct outlet){.has_any = true, .ssrc = header.ssrc, .highest = header.seq - 1};
        outlet->highest += RECENT; /* so that an empty place is none of its numbers */
        anchor(outlet, outlet->highest + 1, header.ts);
    }
    assert_int_equal(header.ssrc, outlet->ssrc);
    int64_t number = outlet->highest + (int16_t)(header.seq - (uint16_t)(outlet->highest - RECENT));
    assert_true(number > outlet->highest - RECENT);
    int64_t *place = &outlet->recent[number % RECENT];
    if (*place == number)
        fail_msg("sequence number %u left twice", header.seq);
    *place = number;
    if (outlet->was_held)
        expect_to_go_on(outlet, number, header.ts, net->now_us);
    assert_int_equal(header.ts,
                     (uint32_t)(outlet->base_ts + (number - outlet->base) * NET_FRAME_TS));
    if (number > outlet->highest) {
        outlet->highest = number;
        outlet->highest_us = net->now_us;
    }
    outlet->packets++;
}

static void open_relay(struct relay *relay, uint64_t seed)
{
    const struct zv_peer_cfg lite = {.kind = ZV_PEER_WEB, .silence_us = ZV_SECONDS(5)};
    const struct zv_peer_cfg rtp = {.kind = ZV_PEER_RTP, .silence_us = ZV_SECONDS(5)};
    const struct zv_peer_cfg controlling = {.kind = ZV_PEER_WEB, .ice_controlling = true};
    const struct zv_peer_cfg phone = {.kind = ZV_PEER_RTP, .strict = true};
    static const struct zv_bridge_pair pair = {.pt = {NET_PT_PCMU, NET_PT_PCMU}, .clock_hz = 8000};
    struct net *net = &relay->net;
    *relay = (struct relay){0};
    net_open(net, seed, &good);
    net_add(net, &lite, GATEWAY_WEB);
    net_add(net, &rtp, GATEWAY_SIP);
    net_add(net, &controlling, CLIENT);
    net_add(net, &phone, PHONE);
    net->nodes[WEB].other = &net->nodes[SIP];
    net->nodes[SIP].other = &net->nodes[WEB];
    net->nodes[SIP].side = 1;
    net->on_relayed_fn = watch;
    assert_int_equal(zv_bridge_set_pairs(&net->bridge, &pair, 1), 0);
    net_call(net, &net->nodes[CLI], &net->nodes[WEB]);
    net_join_rtp(net, &net->nodes[TEL], &net->nodes[SIP].addr, 1);
    net_join_rtp(net, &net->nodes[SIP], &net->nodes[TEL].addr, 1);
}

static void start_talking(struct relay *relay)
{
    struct net *net = &relay->net;
    net_run(net, ZV_SECONDS(2));
    assert_int_equal(net->nodes[WEB].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    net->nodes[CLI].is_talking = net->nodes[TEL].is_talking = true;
    net_run(net, ZV_SECONDS(1));
}

static void set_link(struct relay *relay, const struct zv_netem_link *link)
{
    zv_netem_set_link(relay->net.em, NULL, NULL, link);
}

static void expect_both_are_heard_now(const struct relay *relay)
{
    const struct net *net = &relay->net;
    for (size_t i = 0; i < net->count; i++) {
        if (net->now_us - net->nodes[i].heard_us > ZV_MS(200))
            fail_msg("leg %zu heard nothing for %lld ms", i,
                     (long long)((net->now_us - net->nodes[i].heard_us) / 1000));
        assert_int_equal(net->nodes[i].spoiled, 0);
        assert_int_equal(net_counters(&net->nodes[i]).drops[ZV_PEER_DROP_AUTH], 0);
    }
}

static void a_bad_network_and_black_outs_break_no_stream(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct relay relay;
        open_relay(&relay, seed);
        start_talking(&relay);
        for (int i = 0; i < 4; i++) {
            set_link(&relay, &bad);
            net_run(&relay.net, ZV_SECONDS(10));
            set_link(&relay, &black);
            net_run(&relay.net, ZV_SECONDS(2));
        }
        set_link(&relay, &good);
        net_run(&relay.net, ZV_SECONDS(2));
        expect_both_are_heard_now(&relay);
        /* of 2,150 frames four in 42 s of black-out, a tenth of the rest */
        for (size_t i = 0; i < 2; i++)
            assert_in_range(relay.outlets[i].packets, 1900, 2150);
        net_close(&relay.net);
    }
}

/* Steps of up to an hour, each 100 ms, from the first check on. */
static void a_wall_clock_that_steps_is_noticed_by_nobody(void **state)
{
    (void)state;
    struct relay relay;
    open_relay(&relay, 21);
    struct net *net = &relay.net;
    for (int i = 0; i < 200; i++) {
        int64_t step_us = ZV_SECONDS((int64_t)(zv_rand_u32(&net->rand) % 7200) - 3600);
        zv_fake_wall_clock_set(WALL_US + net->now_us + step_us);
        if (i == 20) { /* keys are there as fast as ever */
            assert_int_equal(net->nodes[WEB].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
            net->nodes[CLI].is_talking = net->nodes[TEL].is_talking = true;
        }
        net_run(net, ZV_MS(100));
    }
    assert_true(zv_fake_wall_clock_reads() > 0);
    zv_fake_wall_clock_off();
    expect_both_are_heard_now(&relay);
    for (size_t i = 0; i < 2; i++)
        assert_in_range(relay.outlets[i].packets, 895, 901);
    for (size_t i = 0; i < net->count; i++)
        assert_true(net->nodes[i].longest_us <= ZV_MS(40));
    net_close(net);
}

/* As when a virtual machine is stopped and goes on: every deadline is late, packets come at once.
 */
static void a_stop_of_everything_is_survived(void **state)
{
    (void)state;
    for (int64_t stop_s = 1; stop_s <= 64; stop_s *= 2) {
        struct relay relay;
        open_relay(&relay, (uint64_t)stop_s);
        start_talking(&relay);
        relay.net.now_us += ZV_SECONDS(stop_s);
        relay.net.frame_us = relay.net.now_us; /* those who talk were stopped as well */
        net_run(&relay.net, ZV_SECONDS(10));
        expect_both_are_heard_now(&relay);
        assert_int_equal(relay.net.nodes[WEB].seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
        net_close(&relay.net);
    }
}

/* 23 minutes of talk: each sequence begins within the first half and wraps, SRTP's roll-over too.
 */
static void the_sequence_wraps_in_a_long_call(void **state)
{
    (void)state;
    struct relay relay;
    open_relay(&relay, 3);
    start_talking(&relay);
    net_run(&relay.net, 66000 * NET_FRAME_US);
    expect_both_are_heard_now(&relay);
    for (size_t i = 0; i < relay.net.count; i++)
        assert_int_equal(relay.net.nodes[i].breaks, 0);
    for (size_t i = 0; i < 2; i++)
        assert_in_range(relay.outlets[i].packets, 66000, 66100);
    net_close(&relay.net);
}

/* `side` of the bridge is held for so many frames, in which its source goes on and wraps. */
static void hold(uint64_t seed, unsigned side, int64_t frames)
{
    struct relay relay;
    open_relay(&relay, seed);
    start_talking(&relay);
    struct net *net = &relay.net;
    struct net_node *held = &net->nodes[side == 1 ? CLI : TEL];
    held->is_talking = false; /* the other way does not matter here */
    zv_bridge_set_flow(&net->bridge, side, false);
    net_run(net, ZV_MS(100));
    uint64_t heard = held->heard;
    net_run(net, frames * NET_FRAME_US);
    assert_int_equal(held->heard, heard);
    zv_bridge_set_flow(&net->bridge, side, true);
    relay.outlets[side == 1 ? WEB : SIP].was_held = true;
    held->is_talking = true;
    net_run(net, ZV_SECONDS(3));
    expect_both_are_heard_now(&relay);
    assert_in_range(held->heard - heard, 145, 151);
    net_close(net);
}

static void a_hold_longer_than_the_phones_sequence_lasts(void **state)
{
    (void)state;
    static const int64_t around[] = {-100, -1, 0, 100};
    for (size_t i = 0; i < ZV_ARRAY_LEN(around); i++)
        hold(30 + i, 1, 65536 - 5 + around[i]); /* 5 frames pass around it */
}

static void a_hold_longer_than_the_clients_sequence_lasts(void **state)
{
    (void)state;
    hold(40, 0, 65536 - 5);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_bad_network_and_black_outs_break_no_stream),
    cmocka_unit_test(a_wall_clock_that_steps_is_noticed_by_nobody),
    cmocka_unit_test(a_stop_of_everything_is_survived),
    cmocka_unit_test(the_sequence_wraps_in_a_long_call),
    cmocka_unit_test(a_hold_longer_than_the_phones_sequence_lasts),
    cmocka_unit_test(a_hold_longer_than_the_clients_sequence_lasts),
};

ZV_TEST_MAIN(tests)
