/*
 * A client and a video phone see each other through the gateway's two legs, over networks that lose
 * packets and let them overtake each other. Repairs are each leg's own: what the gateway missed it
 * gets again before it is missed further on.
 */
#include "sim/peer_net.h"

#include "sdp/codec.h"

#define FRAME_US     ZV_MS(33)
#define FRAME_TS     3000
#define PARTS        4 /* packets of a frame */
#define PICTURE      300
#define VP8_WEB      96
#define RTX_WEB      97
#define VP8_SIP      98
#define SEEN_PACKETS 65536

enum { CLI, WEB, SIP, TEL };

/* What an end sends and gets. */
struct screen {
    uint16_t seq;
    uint32_t ts;
    bool wants_key; /* the far end asked */
    uint64_t asked;
    bool has_base;
    uint16_t base_seq;
    uint32_t base_ts, ssrc;
    uint64_t got, twice, breaks, spoiled, beyond;
    uint8_t is_seen[SEEN_PACKETS]; /* by number from the base */
};

struct show {
    struct net net;
    struct screen screens[2]; /* of the client, of the phone */
};

static struct show show; /* large */

static struct screen *screen_of(const struct net_node *node)
{
    return node == &show.net.nodes[CLI]   ? &show.screens[0]
           : node == &show.net.nodes[TEL] ? &show.screens[1]
                                          : NULL;
}

/* The timestamp is that of the frame which the number belongs to, whenever it comes. */
static void look(struct screen *screen, const struct zv_peer_packet *packet)
{
    const struct zv_rtp_header *header = &packet->header;
    if (!screen->has_base) {
        screen->has_base = true;
        screen->base_seq = header->seq;
        screen->base_ts = header->ts;
        screen->ssrc = header->ssrc;
    }
    uint16_t steps = (uint16_t)(header->seq - screen->base_seq);
    const uint8_t *payload = packet->data + header->payload_at;
    screen->got++;
    screen->twice += screen->is_seen[steps];
    screen->is_seen[steps] = true;
    screen->beyond = ZV_MAX(screen->beyond, (uint64_t)steps + 1);
    screen->breaks += header->ssrc != screen->ssrc ||
                      header->ts - screen->base_ts != steps / PARTS * (uint32_t)FRAME_TS ||
                      header->marker != (steps % PARTS == PARTS - 1);
    for (size_t i = 20; i < header->payload_len; i++)
        screen->spoiled += payload[i] != 0x5a;
    screen->spoiled += header->payload_len != PICTURE;
}

static void on_picture(struct net *net, struct net_node *node, const struct zv_peer_packet *packet)
{
    (void)net;
    struct screen *screen = screen_of(node);
    if (screen)
        look(screen, packet);
}

static void on_wish(struct net *net, struct net_node *node, const struct zv_peer_wish *wish)
{
    (void)net;
    struct screen *screen = screen_of(node);
    screen->wants_key |= wish->keyframe;
    screen->asked += wish->keyframe;
}

static void send_part(struct net_node *node, struct screen *screen, uint8_t pt, int part,
                      bool is_key)
{
    static const uint8_t head[] = {0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0};
    uint8_t bytes[NET_BYTES];
    const struct zv_rtp_rewrite fields = {
        .marker = part == PARTS - 1, .pt = pt, .seq = screen->seq++, .ts = screen->ts, .ssrc = 7};
    struct zv_peer_packet packet = {.data = bytes,
                                    .len = ZV_RTP_HEADER_BYTES + PICTURE,
                                    .cap = sizeof(bytes),
                                    .medium = ZV_PEER_VIDEO};
    struct zv_dgram out;
    memset(bytes, 0x5a, packet.len);
    zv_rtp_write_header(bytes, &fields);
    memcpy(bytes + ZV_RTP_HEADER_BYTES, head, sizeof(head));
    bytes[ZV_RTP_HEADER_BYTES] = part ? 0 : 0x10;
    bytes[ZV_RTP_HEADER_BYTES + 1] = is_key ? 0x10 : 0x11;
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    packet.picture.is_keyframe_start = is_key && !part;
    if (zv_peer_send_rtp(node->peer, &packet, pt, show.net.now_us, &out) == ZV_PEER_PACKET)
        zv_netem_send(show.net.em, &out, show.net.now_us);
}

static void send_frame(struct net_node *node, uint8_t pt)
{
    struct screen *screen = screen_of(node);
    bool is_key = screen->wants_key;
    screen->wants_key = false;
    for (int part = 0; part < PARTS; part++)
        send_part(node, screen, pt, part, is_key);
    screen->ts += FRAME_TS;
    net_drain(&show.net, node);
}

static void run(int64_t for_us)
{
    for (int64_t done_us = 0; done_us < for_us; done_us += FRAME_US) {
        send_frame(&show.net.nodes[CLI], VP8_WEB);
        send_frame(&show.net.nodes[TEL], VP8_SIP);
        net_run(&show.net, FRAME_US);
    }
}

static void set_video(const struct net_node *node, uint8_t pt, int16_t rtx_pt)
{
    const struct zv_peer_video_cfg cfg = {.codec = ZV_VIDEO_VP8,
                                          .feedback = ZV_VIDEO_NACK | ZV_VIDEO_PLI,
                                          .tx_pt = pt,
                                          .rx_pt = pt,
                                          .rtx_pt = rtx_pt};
    assert_int_equal(zv_peer_set_video(node->peer, &cfg, show.net.now_us), 0);
}

static void open_show(uint64_t seed)
{
    const struct zv_netem_link link = {.delay_us = ZV_MS(15), .jitter_us = ZV_MS(3)};
    const struct zv_bridge_pair pair = {
        .pt = {VP8_WEB, VP8_SIP}, .kind = ZV_BRIDGE_VIDEO, .clock_hz = 90000};
    struct net *net = &show.net;
    memset(&show, 0, sizeof(show));
    net_open(net, seed, &link);
    net->on_picture_fn = on_picture;
    net->on_wish_fn = on_wish;
    struct zv_peer_cfg web = {.kind = ZV_PEER_WEB, .ice_controlling = true};
    const struct zv_peer_cfg rtp = {.kind = ZV_PEER_RTP, .medium = ZV_PEER_VIDEO};
    net_add(net, &web, "10.0.0.1:1000");
    web.ice_controlling = false;
    net_add(net, &web, "10.0.0.2:2000");
    net_add(net, &rtp, "10.0.0.3:3000");
    net_add(net, &rtp, "10.0.0.4:4000");
    net->nodes[WEB].other = &net->nodes[SIP];
    net->nodes[SIP].other = &net->nodes[WEB];
    net->nodes[SIP].side = 1;
    assert_int_equal(zv_bridge_set_pairs(&net->video_bridge, &pair, 1), 0);
    set_video(&net->nodes[CLI], VP8_WEB, RTX_WEB);
    set_video(&net->nodes[WEB], VP8_WEB, RTX_WEB);
    set_video(&net->nodes[SIP], VP8_SIP, ZV_PT_NONE);
    set_video(&net->nodes[TEL], VP8_SIP, ZV_PT_NONE);
    net_join_rtp(net, &net->nodes[SIP], &net->nodes[TEL].addr, 1);
    net_join_rtp(net, &net->nodes[TEL], &net->nodes[SIP].addr, 1);
    net_call(net, &net->nodes[CLI], &net->nodes[WEB]);
    net_run(net, ZV_SECONDS(2));
    for (int i = 0; i < 2; i++)
        show.screens[i].wants_key = true;
}

static uint64_t missing(const struct screen *screen)
{
    return screen->beyond - (screen->got - screen->twice);
}

static void expect_whole(uint64_t packets, uint64_t most_missing)
{
    for (int i = 0; i < 2; i++) {
        const struct screen *screen = &show.screens[i];
        assert_in_range(screen->beyond, packets - packets / 100 - 2 * PARTS, packets);
        assert_int_equal(screen->twice, 0);
        assert_int_equal(screen->breaks, 0);
        assert_int_equal(screen->spoiled, 0);
        assert_in_range(missing(screen), 0, most_missing);
    }
}

static struct zv_peer_video_counters counters_of(int node)
{
    struct zv_peer_video_counters counters;
    zv_peer_video_counters(show.net.nodes[node].peer, show.net.now_us, &counters);
    return counters;
}

static void nothing_is_missing_where_nothing_is_lost(void **state)
{
    (void)state;
    open_show(1);
    run(ZV_SECONDS(10));
    net_run(&show.net, ZV_SECONDS(1));
    expect_whole(ZV_SECONDS(10) / FRAME_US * PARTS + PARTS, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(counters_of(i).nacks_out, 0);
        assert_int_equal(counters_of(i).given_up, 0);
    }
    net_close(&show.net);
}

/* Of twenty packets one gets lost on each of two ways, and one is overtaken by others. */
static void repairs_bring_what_was_lost_in_its_place(void **state)
{
    (void)state;
    const struct zv_netem_link good = {.delay_us = ZV_MS(15), .jitter_us = ZV_MS(3)};
    struct zv_netem_link bad = good;
    bad.loss_ppm = bad.reorder_ppm = 50000;
    bad.reorder_us = ZV_MS(8);
    for (uint64_t seed = 10; seed < 14; seed++) {
        open_show(seed);
        zv_netem_set_link(show.net.em, NULL, NULL, &bad);
        run(ZV_SECONDS(20));
        zv_netem_set_link(show.net.em, NULL, NULL, &good);
        run(ZV_SECONDS(2));
        net_run(&show.net, ZV_SECONDS(1));
        uint64_t packets = (ZV_SECONDS(20) / FRAME_US + ZV_SECONDS(2) / FRAME_US + 2) * PARTS;
        expect_whole(packets, packets / 200);
        assert_true(counters_of(WEB).rtx_in > 0 && counters_of(WEB).retransmitted > 0);
        assert_true(counters_of(SIP).recovered > 0 && counters_of(SIP).retransmitted > 0);
        net_close(&show.net);
    }
}

/* A black-out longer than any repair: the picture begins anew with a key frame, asked for at most
 * twice a second. */
static void a_black_out_ends_with_a_key_frame(void **state)
{
    (void)state;
    const struct zv_netem_link good = {.delay_us = ZV_MS(15)};
    struct zv_netem_link dead = good;
    dead.loss_ppm = ZV_NETEM_ALWAYS;
    open_show(20);
    run(ZV_SECONDS(2));
    uint64_t asked = show.screens[0].asked, keyframes = counters_of(TEL).keyframes;
    zv_netem_set_link(show.net.em, NULL, NULL, &dead);
    run(ZV_SECONDS(3));
    zv_netem_set_link(show.net.em, NULL, NULL, &good);
    run(ZV_SECONDS(3));
    assert_true(counters_of(TEL).keyframes > keyframes);
    assert_in_range(show.screens[0].asked - asked, 1, 7);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(show.screens[i].twice, 0);
        assert_int_equal(show.screens[i].breaks, 0);
    }
    assert_int_equal(show.net.nodes[CLI].seen[ZV_PEER_EVENT_CONSENT_LOST], 0);
    net_close(&show.net);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_missing_where_nothing_is_lost),
    cmocka_unit_test(repairs_bring_what_was_lost_in_its_place),
    cmocka_unit_test(a_black_out_ends_with_a_key_frame),
};

ZV_TEST_MAIN(tests)
