/*
 * Legs, a bridge and talkers on an emulated network under a fake clock, for the simulations of
 * rtc/peer. The clock jumps from one deadline to the next.
 */
#ifndef ZV_TESTS_SIM_PEER_NET_H
#define ZV_TESTS_SIM_PEER_NET_H

#include "support/test.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/time.h"
#include "rtc/bridge/bridge.h"
#include "rtc/dtls/dtls.h"
#include "rtc/peer/peer.h"
#include "support/netem.h"

#include <string.h>

#define NET_MAX_NODES   4
#define NET_FRAME_US    ZV_MS(20)
#define NET_FRAME_TS    160 /* of PCMU */
#define NET_BYTES       1600
#define NET_START_US    ZV_SECONDS(1000)
#define NET_PT_PCMU     0
#define NET_PT_DTMF     101
#define NET_PT_DTMF_WEB 126

/* One leg at one address. */
struct net_node {
    struct zv_peer *peer;
    struct zv_addr addr;      /* RTP; WEB: the only one */
    struct zv_addr rtcp_addr; /* RTP legs */
    struct net_node *other;   /* the leg that received packets go out by; NULL: they end here */
    unsigned side;            /* of the bridge */
    int seen[ZV_PEER_EVENT_COUNT];
    struct zv_peer_event last[ZV_PEER_EVENT_COUNT];
    bool is_talking;
    uint16_t seq; /* of what it says */
    uint32_t ts;
    uint64_t spoken;
    uint64_t heard;
    int64_t heard_us;   /* the last packet */
    int64_t longest_us; /* longest time between two */
    bool has_base;
    uint16_t base_seq;
    uint32_t base_ts;
    uint32_t ssrc;
    uint64_t
        breaks; /* packets whose timestamp does not fit to their sequence number, or new SSRC */
    uint64_t spoiled; /* payload is not what was sent */
    uint8_t last_pt;
};

struct net {
    struct zv_netem *em;
    struct zv_rand_seeded seeded;
    struct zv_rand rand;
    struct zv_dtls_ctx *ctx;
    struct zv_bridge bridge;
    struct zv_bridge video_bridge;
    struct net_node nodes[NET_MAX_NODES];
    size_t count;
    int64_t now_us;
    int64_t frame_us; /* next tick of the talkers */
    /* A packet of video that a node received, and what its far end wishes; NULL: nobody looks. */
    void (*on_picture_fn)(struct net *net, struct net_node *node,
                          const struct zv_peer_packet *packet);
    void (*on_wish_fn)(struct net *net, struct net_node *node, const struct zv_peer_wish *wish);
    /* What the bridge sends on, as it leaves; NULL: nobody looks. */
    void (*on_relayed_fn)(struct net *net, const struct net_node *to, const struct zv_dgram *out);
};

static inline struct zv_addr net_addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static inline void net_open(struct net *net, uint64_t seed, const struct zv_netem_link *link)
{
    const struct zv_dtls_ctx_cfg cfg = {.now_unix_s = 1795406706};
    *net = (struct net){.seeded = {.state = seed}, .now_us = NET_START_US};
    net->rand = zv_rand_seeded_source(&net->seeded);
    net->frame_us = net->now_us;
    net->em = zv_netem_new(seed, link);
    zv_bridge_init(&net->bridge);
    zv_bridge_init(&net->video_bridge);
    assert_int_equal(zv_dtls_ctx_new(&net->ctx, &cfg), 0);
}

static inline void net_close(struct net *net)
{
    for (size_t i = 0; i < net->count; i++)
        zv_peer_free(net->nodes[i].peer);
    zv_dtls_ctx_unref(net->ctx);
    zv_netem_free(net->em);
}

static inline struct net_node *net_add(struct net *net, const struct zv_peer_cfg *cfg,
                                       const char *addr)
{
    struct net_node *node = &net->nodes[net->count++];
    struct zv_peer_cfg full = *cfg;
    const struct zv_peer_codec codecs[] = {
        {NET_PT_PCMU, 8000},
        {cfg->kind == ZV_PEER_WEB ? NET_PT_DTMF_WEB : NET_PT_DTMF, 8000},
    };
    *node = (struct net_node){.addr = net_addr(addr), .seq = 65500};
    node->rtcp_addr = node->addr;
    node->rtcp_addr.port++;
    full.rand = &net->rand;
    full.dtls_ctx = net->ctx;
    full.local_rtp = node->addr;
    full.local_rtcp = node->rtcp_addr;
    assert_int_equal(zv_peer_new(&node->peer, &full, net->now_us), 0);
    if (cfg->medium == ZV_PEER_AUDIO)
        assert_int_equal(zv_peer_set_codecs(node->peer, codecs, ZV_ARRAY_LEN(codecs)), 0);
    return node;
}

/* The other leg's datagrams leave with the next step. */
static inline void net_pass_wishes(struct net *net, struct net_node *node)
{
    struct zv_peer_wish wish;
    while (zv_peer_poll_wish(node->peer, &wish)) {
        if (node->other)
            zv_peer_take_wish(node->other->peer, &wish, net->now_us);
        else if (net->on_wish_fn)
            net->on_wish_fn(net, node, &wish);
    }
}

static inline void net_drain(struct net *net, struct net_node *node)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    while (zv_peer_poll_dgram(node->peer, &out))
        zv_netem_send(net->em, &out, net->now_us);
    while (zv_peer_poll_event(node->peer, &event)) {
        node->seen[event.kind]++;
        node->last[event.kind] = event;
    }
    net_pass_wishes(net, node);
}

/* ---- Media ---- */

static inline void net_hear(struct net *net, struct net_node *node,
                            const struct zv_peer_packet *packet)
{
    const struct zv_rtp_header *header = &packet->header;
    if (!node->has_base) {
        node->has_base = true;
        node->base_seq = header->seq;
        node->base_ts = header->ts;
        node->ssrc = header->ssrc;
    } else {
        node->longest_us = ZV_MAX(node->longest_us, net->now_us - node->heard_us);
    }
    int16_t steps = (int16_t)(header->seq - node->base_seq);
    bool fits = header->ts - node->base_ts == (uint32_t)(steps * NET_FRAME_TS);
    node->breaks += !fits || header->ssrc != node->ssrc;
    if (steps > 1000) { /* keeps the difference within 16 bits */
        node->base_seq = header->seq;
        node->base_ts = header->ts;
    }
    node->heard++;
    node->heard_us = net->now_us;
    node->last_pt = header->pt;
    for (size_t i = 0; i < header->payload_len; i++) {
        if (packet->data[header->payload_at + i] != 0x5a) {
            node->spoiled++;
            return;
        }
    }
    node->spoiled += header->payload_len != NET_FRAME_TS;
}

static inline void net_bridge(struct net *net, struct net_node *node,
                              const struct zv_peer_packet *packet)
{
    const struct zv_bridge_pair *pair;
    struct zv_dgram out;
    struct net_node *to = node->other;
    struct zv_bridge *bridge = packet->medium == ZV_PEER_VIDEO ? &net->video_bridge : &net->bridge;
    if (zv_bridge_route(bridge, node->side, packet->header.pt, &pair) != ZV_BRIDGE_FORWARD)
        return;
    if (zv_peer_send_rtp(to->peer, packet, pair->pt[to->side], net->now_us, &out) != ZV_PEER_PACKET)
        return;
    if (net->on_relayed_fn)
        net->on_relayed_fn(net, to, &out);
    zv_netem_send(net->em, &out, net->now_us);
    net_pass_wishes(net, to);
}

static inline void net_speak(struct net *net, struct net_node *node, uint8_t pt)
{
    uint8_t bytes[NET_BYTES];
    const struct zv_rtp_rewrite fields = {.pt = pt, .seq = node->seq, .ts = node->ts, .ssrc = 42};
    struct zv_peer_packet packet = {
        .data = bytes, .len = ZV_RTP_HEADER_BYTES + NET_FRAME_TS, .cap = sizeof(bytes)};
    struct zv_dgram out;
    zv_rtp_write_header(bytes, &fields);
    memset(bytes + ZV_RTP_HEADER_BYTES, 0x5a, NET_FRAME_TS);
    node->seq++;
    node->ts += NET_FRAME_TS;
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    if (zv_peer_send_rtp(node->peer, &packet, pt, net->now_us, &out) != ZV_PEER_PACKET)
        return;
    node->spoken++;
    zv_netem_send(net->em, &out, net->now_us);
}

/* ---- Time ---- */

static inline struct net_node *net_find(struct net *net, const struct zv_addr *addr)
{
    for (size_t i = 0; i < net->count; i++) {
        if (zv_addr_eq(&net->nodes[i].addr, addr) || zv_addr_eq(&net->nodes[i].rtcp_addr, addr))
            return &net->nodes[i];
    }
    return NULL;
}

static inline void net_deliver(struct net *net, const struct zv_dgram *arrived)
{
    uint8_t bytes[NET_BYTES];
    struct zv_peer_packet packet;
    struct net_node *node = net_find(net, &arrived->local);
    if (!node) /* a stranger's address */
        return;
    struct zv_dgram in = *arrived;
    in.data = bytes;
    memcpy(bytes, arrived->data, arrived->len);
    if (zv_peer_receive(node->peer, &in, sizeof(bytes), net->now_us, &packet) == ZV_PEER_PACKET) {
        if (packet.medium == ZV_PEER_AUDIO)
            net_hear(net, node, &packet);
        else if (net->on_picture_fn)
            net->on_picture_fn(net, node, &packet);
        if (node->other)
            net_bridge(net, node, &packet);
    }
    net_drain(net, node);
}

static inline int64_t net_deadline_us(const struct net *net)
{
    int64_t at_us = zv_time_min(zv_netem_deadline_us(net->em), net->frame_us);
    for (size_t i = 0; i < net->count; i++)
        at_us = zv_time_min(at_us, zv_peer_deadline_us(net->nodes[i].peer));
    return at_us;
}

static inline void net_step(struct net *net)
{
    struct zv_dgram arrived;
    for (size_t i = 0; i < net->count; i++) {
        struct net_node *node = &net->nodes[i];
        if (zv_peer_deadline_us(node->peer) <= net->now_us)
            zv_peer_on_timeout(node->peer, net->now_us);
        net_drain(net, node);
    }
    while (zv_netem_poll(net->em, net->now_us, &arrived))
        net_deliver(net, &arrived);
    if (net->now_us < net->frame_us)
        return;
    net->frame_us += NET_FRAME_US;
    for (size_t i = 0; i < net->count; i++) {
        if (net->nodes[i].is_talking)
            net_speak(net, &net->nodes[i], NET_PT_PCMU);
    }
}

static inline void net_run(struct net *net, int64_t for_us)
{
    int64_t until_us = net->now_us + for_us;
    for (size_t i = 0; i < net->count; i++)
        net_drain(net, &net->nodes[i]);
    for (;;) {
        int64_t at_us = net_deadline_us(net);
        if (at_us > until_us)
            break;
        net->now_us = ZV_MAX(net->now_us, at_us);
        net_step(net);
    }
    net->now_us = until_us;
}

/* ---- Usual casts ---- */

static inline void net_join_web(struct net *net, struct net_node *to, const struct net_node *from,
                                bool dtls_client)
{
    struct zv_peer_local local;
    zv_peer_local(from->peer, &local);
    const struct zv_peer_web_remote remote = {
        .ufrag = local.ufrag,
        .pwd = local.pwd,
        .fingerprint = local.fingerprint,
        .dtls_client = dtls_client,
    };
    assert_int_equal(zv_peer_set_web_remote(to->peer, &remote, net->now_us), 0);
    net_drain(net, to);
}

/* A client that checks the gateway's address. */
static inline void net_call(struct net *net, struct net_node *client, struct net_node *gateway)
{
    assert_int_equal(zv_peer_add_local(client->peer, &client->addr, net->now_us), 0);
    net_drain(net, client);
    assert_int_equal(zv_peer_add_candidate(client->peer, &gateway->addr, 1, net->now_us), 0);
    net_drain(net, client);
    net_join_web(net, gateway, client, false);
    net_join_web(net, client, gateway, true);
}

static inline void net_join_rtp(struct net *net, struct net_node *to, const struct zv_addr *rtp,
                                uint32_t version)
{
    const struct zv_peer_rtp_remote remote = {.rtp = *rtp, .version = version};
    assert_int_equal(zv_peer_set_rtp_remote(to->peer, &remote, net->now_us), 0);
    net_drain(net, to);
}

static inline struct zv_peer_counters net_counters(const struct net_node *node)
{
    struct zv_peer_counters counters;
    zv_peer_counters(node->peer, &counters);
    return counters;
}

#endif
