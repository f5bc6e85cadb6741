/*
 * Two legs wired to each other, with packets of a third party going through them. Each test program
 * has its own.
 */
#ifndef ZV_TEST_PEER_PAIR_H
#define ZV_TEST_PEER_PAIR_H

#include "support/test.h"

#include "support/netem.h"

#include "base/time.h"
#include "rtc/peer/peer.h"

#include <string.h>

#define PCMU     0
#define OPUS     111
#define EVENTS   101
#define EVENTS48 102
#define PAYLOAD  160

static struct zv_rand_seeded seeded = {.state = 1};
static struct zv_rand rand_source;

static inline void open_rand(void)
{
    rand_source = zv_rand_seeded_source(&seeded);
}

/* ---- One end ---- */

struct end {
    struct zv_peer *peer;
    struct zv_addr addr;
    int seen[ZV_PEER_EVENT_COUNT]; /* how often each event came */
    struct zv_peer_event last[ZV_PEER_EVENT_COUNT];
    int packets; /* plain RTP handed out */
    struct zv_peer_packet packet;
    uint8_t bytes[1600];
    /* a source of RTP */
    uint16_t seq;
    uint32_t ts;
};

struct pair {
    struct end ends[2];
    struct zv_netem *net; /* without delay or loss: a queue */
    int64_t now_us;
    bool is_cut[2]; /* what end i sends gets lost */
    int control[2]; /* datagrams that end i sent by itself */
};

static inline struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static inline void collect_events(struct end *end)
{
    struct zv_peer_event event;
    while (zv_peer_poll_event(end->peer, &event)) {
        end->seen[event.kind]++;
        end->last[event.kind] = event;
    }
}

/* `out` as the other end gets it. */
static inline enum zv_peer_verdict deliver(struct pair *pair, int to, const struct zv_dgram *out)
{
    struct end *end = &pair->ends[to];
    struct zv_dgram in = {
        .data = end->bytes, .len = out->len, .local = out->remote, .remote = out->local};
    memcpy(end->bytes, out->data, out->len);
    enum zv_peer_verdict verdict =
        zv_peer_receive(end->peer, &in, sizeof(end->bytes), pair->now_us, &end->packet);
    end->packets += verdict == ZV_PEER_PACKET;
    collect_events(end);
    return verdict;
}

/* What end `i` has to say goes on its way. */
static inline void drain(struct pair *pair, int i)
{
    struct zv_dgram out;
    while (zv_peer_poll_dgram(pair->ends[i].peer, &out)) {
        pair->control[i]++;
        if (!pair->is_cut[i])
            zv_netem_send(pair->net, &out, pair->now_us);
    }
    collect_events(&pair->ends[i]);
}

/* Until neither has anything more to say at this moment. */
static inline void settle(struct pair *pair)
{
    struct zv_dgram arrived;
    int turns = 0;
    drain(pair, 0);
    drain(pair, 1);
    while (zv_netem_poll(pair->net, pair->now_us, &arrived)) {
        int to = zv_addr_ip_eq(&arrived.local, &pair->ends[1].addr);
        const struct zv_dgram out = {.data = arrived.data,
                                     .len = arrived.len,
                                     .local = arrived.remote,
                                     .remote = arrived.local};
        deliver(pair, to, &out);
        drain(pair, to);
        assert_true(++turns < 1000);
    }
}

static inline void run_until(struct pair *pair, int64_t until_us)
{
    settle(pair);
    for (;;) {
        int64_t at_us = zv_time_min(zv_peer_deadline_us(pair->ends[0].peer),
                                    zv_peer_deadline_us(pair->ends[1].peer));
        if (at_us > until_us)
            break;
        pair->now_us = ZV_MAX(pair->now_us, at_us);
        for (int i = 0; i < 2; i++) {
            if (zv_peer_deadline_us(pair->ends[i].peer) <= pair->now_us)
                zv_peer_on_timeout(pair->ends[i].peer, pair->now_us);
        }
        settle(pair);
    }
    pair->now_us = until_us;
}

static inline size_t write_rtp(struct end *end, uint8_t *dst, uint8_t pt, size_t payload_len)
{
    const struct zv_rtp_rewrite header = {.pt = pt, .seq = end->seq++, .ts = end->ts, .ssrc = 77};
    zv_rtp_write_header(dst, &header);
    memset(dst + ZV_RTP_HEADER_BYTES, 0x55, payload_len);
    end->ts += (uint32_t)payload_len;
    return ZV_RTP_HEADER_BYTES + payload_len;
}

/* A packet of a third party, sent through end `from`. */
static inline enum zv_peer_verdict send_rtp(struct pair *pair, int from, uint8_t pt,
                                            struct zv_dgram *ret_out)
{
    static uint8_t bytes[1600];
    struct zv_peer_packet packet = {.data = bytes, .cap = sizeof(bytes)};
    packet.len = write_rtp(&pair->ends[from], bytes, pt, PAYLOAD);
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    return zv_peer_send_rtp(pair->ends[from].peer, &packet, pt, pair->now_us, ret_out);
}

/* Sends and delivers; what became of it at the other end. */
static inline enum zv_peer_verdict relay(struct pair *pair, int from, uint8_t pt)
{
    struct zv_dgram out;
    assert_int_equal(send_rtp(pair, from, pt, &out), ZV_PEER_PACKET);
    enum zv_peer_verdict verdict = deliver(pair, !from, &out);
    pair->now_us += ZV_MS(20);
    return verdict;
}

static inline uint64_t dropped(const struct end *end, enum zv_peer_drop drop)
{
    struct zv_peer_counters counters;
    zv_peer_counters(end->peer, &counters);
    return counters.drops[drop];
}

static inline void set_codecs(struct end *end)
{
    static const struct zv_peer_codec codecs[] = {
        {PCMU, 8000}, {OPUS, 48000}, {EVENTS, 8000, .is_event = true}, {EVENTS48, 48000, true}};
    assert_int_equal(zv_peer_set_codecs(end->peer, codecs, ZV_ARRAY_LEN(codecs)), 0);
}

static inline void close_pair(struct pair *pair)
{
    for (int i = 0; i < 2; i++)
        pair->ends[i].peer = zv_peer_free(pair->ends[i].peer);
    pair->net = zv_netem_free(pair->net);
}

static inline struct pair new_pair(void)
{
    const struct zv_netem_link perfect = {0};
    return (struct pair){.now_us = ZV_SECONDS(1), .net = zv_netem_new(1, &perfect)};
}

/* ---- RTP legs ---- */

static inline void open_rtp_end(struct end *end, const char *rtp, const char *rtcp,
                                const struct zv_peer_cfg *extra)
{
    struct zv_peer_cfg cfg = extra ? *extra : (struct zv_peer_cfg){0};
    cfg.kind = ZV_PEER_RTP;
    cfg.rand = &rand_source;
    cfg.local_rtp = end->addr = addr(rtp);
    cfg.local_rtcp = addr(rtcp);
    assert_int_equal(zv_peer_new(&end->peer, &cfg, 0), 0);
    set_codecs(end);
}

static inline void set_rtp_remote(struct pair *pair, int i, const struct zv_addr *rtp, bool mux,
                                  uint32_t version)
{
    const struct zv_peer_rtp_remote remote = {.rtp = *rtp, .rtcp_mux = mux, .version = version};
    assert_int_equal(zv_peer_set_rtp_remote(pair->ends[i].peer, &remote, pair->now_us), 0);
}

static inline struct pair open_rtp_pair(const struct zv_peer_cfg *extra, bool mux)
{
    struct pair pair = new_pair();
    open_rtp_end(&pair.ends[0], "192.168.0.1:4000", "192.168.0.1:4001", extra);
    open_rtp_end(&pair.ends[1], "192.168.0.2:5000", "192.168.0.2:5001", extra);
    set_rtp_remote(&pair, 0, &pair.ends[1].addr, mux, 1);
    set_rtp_remote(&pair, 1, &pair.ends[0].addr, mux, 1);
    return pair;
}

#endif
