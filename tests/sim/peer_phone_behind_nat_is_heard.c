/*
 * A whole relay: client - web leg - bridge - SIP leg - phone, the phone behind a NAT with a private
 * address in its description; strangers on the way, hold, telephone-events, a re-INVITE.
 */
#include "peer_net.h"

#define GATEWAY_WEB "203.0.113.1:9000"
#define GATEWAY_SIP "203.0.113.1:20000"
#define CLIENT      "198.51.100.7:50000"
#define PHONE       "192.168.1.20:4000"
#define PHONE_RTCP  "192.168.1.20:4001"
#define STRANGER    "192.0.2.66:6666"

static const struct zv_netem_link good = {.delay_us = ZV_MS(10), .jitter_us = ZV_MS(2)};
static const struct zv_netem_link black = {.loss_ppm = ZV_NETEM_ALWAYS};

enum { WEB, SIP, CLI, TEL };

static void open_relay(struct net *net, bool strict)
{
    const struct zv_peer_cfg lite = {.kind = ZV_PEER_WEB, .silence_us = ZV_SECONDS(5)};
    const struct zv_peer_cfg rtp = {
        .kind = ZV_PEER_RTP, .strict = strict, .silence_us = ZV_SECONDS(5)};
    const struct zv_peer_cfg controlling = {.kind = ZV_PEER_WEB, .ice_controlling = true};
    const struct zv_peer_cfg phone = {.kind = ZV_PEER_RTP, .strict = true};
    static const struct zv_bridge_pair pairs[] = {
        {.pt = {NET_PT_PCMU, NET_PT_PCMU}, .clock_hz = 8000},
        {.pt = {NET_PT_DTMF_WEB, NET_PT_DTMF}, .kind = ZV_BRIDGE_TELEPHONE_EVENT, .clock_hz = 8000},
    };
    net_open(net, 9, &good);
    net_add(net, &lite, GATEWAY_WEB);
    net_add(net, &rtp, GATEWAY_SIP);
    net_add(net, &controlling, CLIENT);
    net_add(net, &phone, PHONE);
    net->nodes[WEB].other = &net->nodes[SIP];
    net->nodes[SIP].other = &net->nodes[WEB];
    net->nodes[SIP].side = 1;
    assert_int_equal(zv_bridge_set_pairs(&net->bridge, pairs, ZV_ARRAY_LEN(pairs)), 0);
    net_call(net, &net->nodes[CLI], &net->nodes[WEB]);
    net_run(net, ZV_SECONDS(2));
    net_join_rtp(net, &net->nodes[TEL], &net->nodes[SIP].addr, 1);
}

static void add_nat(struct net *net, const char *outside_rtp, const char *outside_rtcp)
{
    struct zv_addr phone = net_addr(PHONE), rtcp = net_addr(PHONE_RTCP);
    struct zv_addr outside = net_addr(outside_rtp), outside_2 = net_addr(outside_rtcp);
    zv_netem_set_nat(net->em, &phone, &outside);
    zv_netem_set_nat(net->em, &rtcp, &outside_2);
}

/* What is sent to the private address itself arrives nowhere. */
static void cut_private(struct net *net)
{
    struct zv_addr gateway = net_addr(GATEWAY_SIP), phone = net_addr(PHONE);
    zv_netem_set_link(net->em, &gateway, &phone, &black);
}

static void talk(struct net *net, bool is_talking)
{
    net->nodes[CLI].is_talking = net->nodes[TEL].is_talking = is_talking;
}

static void stranger_speaks(struct net *net, uint16_t seq)
{
    uint8_t bytes[ZV_RTP_HEADER_BYTES + NET_FRAME_TS] = {0};
    const struct zv_rtp_rewrite fields = {.pt = NET_PT_PCMU, .seq = seq, .ssrc = 666};
    zv_rtp_write_header(bytes, &fields);
    const struct zv_dgram out = {.data = bytes,
                                 .len = sizeof(bytes),
                                 .local = net_addr(STRANGER),
                                 .remote = net_addr(GATEWAY_SIP)};
    zv_netem_send(net->em, &out, net->now_us);
}

static void the_phones_first_packets_open_the_way_to_it(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE), outside = net_addr("192.0.2.1:31000");
    open_relay(&net, false);
    add_nat(&net, "192.0.2.1:31000", "192.0.2.1:31001");
    cut_private(&net);
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(30));
    const struct net_node *sip = &net.nodes[SIP];
    assert_int_equal(sip->seen[ZV_PEER_EVENT_LATCHED], 1);
    assert_true(zv_addr_eq(&sip->last[ZV_PEER_EVENT_LATCHED].remote, &outside));
    assert_true(net.nodes[TEL].heard > 1400);
    assert_true(net.nodes[CLI].heard > 1400);
    for (size_t i = 0; i < net.count; i++) {
        assert_int_equal(net.nodes[i].breaks, 0);
        assert_int_equal(net.nodes[i].spoiled, 0);
    }
    struct zv_peer_counters phone = net_counters(&net.nodes[TEL]);
    assert_true(phone.rx_rtcp >= 2); /* reports pass the NAT too */
    assert_true(net_counters(sip).rx_rtcp >= 2);
    net_close(&net);
}

static void a_stranger_is_not_heard_and_hears_nothing_once_the_phone_is_locked(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE), stranger = net_addr(STRANGER);
    open_relay(&net, false);
    add_nat(&net, "192.0.2.1:31000", "192.0.2.1:31001");
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(1));
    uint64_t heard = net.nodes[SIP].heard;
    for (uint16_t i = 0; i < 2000; i++) {
        stranger_speaks(&net, i);
        net_run(&net, ZV_MS(10));
    }
    struct zv_peer_counters sip = net_counters(&net.nodes[SIP]);
    assert_int_equal(sip.drops[ZV_PEER_DROP_SOURCE], 2000 - 1); /* one is under way */
    assert_true(zv_addr_eq(&sip.last_rejected, &stranger));
    assert_in_range(net.nodes[SIP].heard - heard, 995, 1005);
    assert_int_equal(net.nodes[CLI].breaks + net.nodes[CLI].spoiled, 0);
    net_close(&net);
}

static void strict_takes_the_announced_source_alone_from_the_first_packet_on(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE);
    open_relay(&net, true);
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    for (uint16_t i = 0; i < 100; i++) {
        stranger_speaks(&net, i);
        net_run(&net, ZV_MS(10));
    }
    assert_int_equal(net.nodes[SIP].heard, 0);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(5));
    assert_true(net.nodes[SIP].heard > 240);
    assert_true(net.nodes[TEL].heard > 240);
    net_close(&net);
}

static void a_nat_that_rebinds_in_a_pause_is_followed(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE), after = net_addr("192.0.2.1:32000");
    open_relay(&net, false);
    add_nat(&net, "192.0.2.1:31000", "192.0.2.1:31001");
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(3));
    net.nodes[TEL].is_talking = false;
    net_run(&net, ZV_SECONDS(3));
    add_nat(&net, "192.0.2.1:32000", "192.0.2.1:32001");
    net.nodes[TEL].is_talking = true;
    net_run(&net, ZV_SECONDS(3));
    assert_int_equal(net.nodes[SIP].seen[ZV_PEER_EVENT_LATCHED], 2);
    assert_true(zv_addr_eq(&net.nodes[SIP].last[ZV_PEER_EVENT_LATCHED].remote, &after));
    assert_true(net.now_us - net.nodes[TEL].heard_us < ZV_MS(50));
    net_close(&net);
}

static void hold_stops_the_audio_and_afterwards_it_goes_on_in_the_same_stream(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE);
    open_relay(&net, false);
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(3));
    uint32_t ssrc = net.nodes[CLI].ssrc;
    zv_bridge_set_flow(&net.bridge, 1, false);
    net_run(&net, ZV_MS(50));
    uint64_t heard = net.nodes[CLI].heard;
    net_run(&net, ZV_SECONDS(20));
    assert_int_equal(net.nodes[CLI].heard, heard);
    assert_true(net.now_us - net.nodes[TEL].heard_us < ZV_MS(50)); /* the other way flows */
    zv_bridge_set_flow(&net.bridge, 1, true);
    net_run(&net, ZV_SECONDS(3));
    assert_in_range(net.nodes[CLI].heard - heard, 145, 151);
    assert_int_equal(net.nodes[CLI].ssrc, ssrc);
    assert_int_equal(net.nodes[CLI].breaks, 0);
    net_close(&net);
}

static void telephone_events_cross_with_the_other_legs_payload_type(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE);
    open_relay(&net, false);
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(1));
    talk(&net, false);
    net_run(&net, ZV_MS(100));
    net_speak(&net, &net.nodes[CLI], NET_PT_DTMF_WEB);
    net_speak(&net, &net.nodes[TEL], NET_PT_DTMF);
    net_run(&net, ZV_MS(100));
    assert_int_equal(net.nodes[TEL].last_pt, NET_PT_DTMF);
    assert_int_equal(net.nodes[CLI].last_pt, NET_PT_DTMF_WEB);
    assert_int_equal(net.bridge.counters[0].telephone_events, 1);
    assert_int_equal(net.bridge.counters[1].telephone_events, 1);
    net_close(&net);
}

static void a_new_description_moves_the_media_and_keeps_our_stream(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE);
    open_relay(&net, false);
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(3));
    struct net_node *phone = &net.nodes[TEL];
    struct zv_addr moved = net_addr("192.168.1.30:7000");
    const struct zv_peer_cfg cfg = {
        .kind = ZV_PEER_RTP, .strict = true, .local_rtp = moved, .rand = &net.rand};
    const struct zv_peer_codec codec = {NET_PT_PCMU, 8000};
    zv_peer_free(phone->peer); /* another device took the call over */
    assert_int_equal(zv_peer_new(&phone->peer, &cfg, net.now_us), 0);
    assert_int_equal(zv_peer_set_codecs(phone->peer, &codec, 1), 0);
    phone->addr = moved;
    net_join_rtp(&net, phone, &net.nodes[SIP].addr, 1);
    net_join_rtp(&net, &net.nodes[SIP], &moved, 2);
    net_run(&net, ZV_SECONDS(3));
    assert_int_equal(net.nodes[SIP].seen[ZV_PEER_EVENT_LATCHED], 2);
    assert_true(net.now_us - phone->heard_us < ZV_MS(50));
    assert_int_equal(phone->breaks, 0); /* same SSRC, same sequence */
    assert_int_equal(net.nodes[CLI].ssrc != 0, true);
    assert_true(net.now_us - net.nodes[CLI].heard_us < ZV_MS(50));
    net_close(&net);
}

static void a_phone_that_falls_silent_is_noticed_and_its_return_too(void **state)
{
    (void)state;
    struct net net;
    struct zv_addr announced = net_addr(PHONE);
    open_relay(&net, false);
    net_join_rtp(&net, &net.nodes[SIP], &announced, 1);
    talk(&net, true);
    net_run(&net, ZV_SECONDS(3));
    struct zv_addr phone = net_addr(PHONE);
    zv_netem_set_link(net.em, &phone, NULL, &black);
    net_run(&net, ZV_SECONDS(6));
    assert_int_equal(net.nodes[SIP].seen[ZV_PEER_EVENT_SILENT], 1);
    assert_int_equal(net.nodes[WEB].seen[ZV_PEER_EVENT_SILENT], 0);
    zv_netem_set_link(net.em, &phone, NULL, &good);
    net_run(&net, ZV_SECONDS(1));
    assert_int_equal(net.nodes[SIP].seen[ZV_PEER_EVENT_RESUMED], 1);
    net_close(&net);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_phones_first_packets_open_the_way_to_it),
    cmocka_unit_test(a_stranger_is_not_heard_and_hears_nothing_once_the_phone_is_locked),
    cmocka_unit_test(strict_takes_the_announced_source_alone_from_the_first_packet_on),
    cmocka_unit_test(a_nat_that_rebinds_in_a_pause_is_followed),
    cmocka_unit_test(hold_stops_the_audio_and_afterwards_it_goes_on_in_the_same_stream),
    cmocka_unit_test(telephone_events_cross_with_the_other_legs_payload_type),
    cmocka_unit_test(a_new_description_moves_the_media_and_keeps_our_stream),
    cmocka_unit_test(a_phone_that_falls_silent_is_noticed_and_its_return_too),
};

ZV_TEST_MAIN(tests)
