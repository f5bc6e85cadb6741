/*
 * A leg towards SIP whose far end, and whoever knows its ports, send whatever the input wants: RTP
 * of any numbers, repairs and bursts, RTCP that is true or not, plain bytes, from four sources to
 * both sockets; with other descriptions, codecs and keys in between. What passes goes out by a
 * second leg, which talks back, as in a call. What must hold:
 *
 * - what the second leg sends is RTP of one stream at a time, no sequence number of it twice, to
 * the place that its description names;
 * - the first leg sends RTP and well-formed RTCP alone; when it is strict, to nowhere but the place
 *   that its description names, and it takes nothing from elsewhere;
 * - with keys that nobody has nothing passes; each datagram that was not taken is counted once,
 * under one reason; deadlines lie ahead; nothing is left in the end.
 */
#include "fuzz_input.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/time.h"
#include "rtc/bridge/bridge.h"
#include "rtc/dtmf/listener.h"
#include "rtc/peer/peer.h"
#include "rtc/rtcp/rtcp.h"
#include "sdp/codec.h"

#include <string.h>

#define CAP       1600
#define MAX_STEPS 200
#define SOURCES   4
#define AUDIO_PT  0
#define EVENT_PT  101
#define VIDEO_PT  96
#define RTX_PT    97

struct fuzz {
    struct zv_rand_seeded seed;
    struct zv_rand rand;
    struct zv_peer *attacked;
    struct zv_peer *other;
    struct zv_bridge bridge;
    int64_t now_us;
    enum zv_peer_medium medium;
    bool is_strict;
    bool has_keys;
    struct zv_addr local_rtp, local_rtcp, sources[SOURCES], other_far;
    struct zv_peer_rtp_remote remote; /* of the attacked leg */
    uint16_t seq[SOURCES];            /* what each source sends next */
    uint32_t ts[SOURCES];
    uint16_t talk_seq;
    uint32_t sent_ssrc; /* by the other leg */
    uint64_t sent[1024];
    uint16_t highest;
    bool has_sent;
};

static struct fuzz f;

static struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    CHECK(!zv_addr_parse(zv_str(text), &parsed));
    return parsed;
}

/* ---- what leaves ---- */

static bool is_remote(const struct zv_addr *to)
{
    struct zv_addr rtcp = f.remote.rtcp;
    if (f.remote.rtcp_mux || rtcp.family == ZV_ADDR_NONE) {
        rtcp = f.remote.rtp;
        rtcp.port += !f.remote.rtcp_mux;
    }
    return zv_addr_eq(to, &f.remote.rtp) || zv_addr_eq(to, &rtcp);
}

/* A number that was sent comes again only when the stream went once round. */
static void check_fresh(uint32_t ssrc, uint16_t seq)
{
    if (!f.has_sent || ssrc != f.sent_ssrc) {
        memset(f.sent, 0, sizeof(f.sent));
        f.highest = seq;
    }
    for (uint16_t passed = f.highest; passed != seq && (int16_t)(uint16_t)(seq - passed) > 0;) {
        passed++;
        f.sent[passed / 64] &= ~(UINT64_C(1) << (passed % 64));
        f.highest = passed;
    }
    CHECK(!(f.sent[seq / 64] & UINT64_C(1) << (seq % 64)));
    f.sent[seq / 64] |= UINT64_C(1) << (seq % 64);
    f.sent_ssrc = ssrc;
    f.has_sent = true;
}

static void check_relayed(const struct zv_dgram *out)
{
    struct zv_rtp_header header;
    CHECK(out->len <= CAP && zv_rtp_parse(out->data, out->len, &header) == ZV_RTP_PASS);
    CHECK(zv_addr_eq(&out->remote, &f.other_far));
    check_fresh(header.ssrc, header.seq);
}

static void check_said(const struct zv_dgram *out)
{
    enum zv_rtp_kind kind = zv_rtp_demux(out->data, out->len);
    CHECK(kind == ZV_RTP_KIND_RTCP || kind == ZV_RTP_KIND_RTP);
    CHECK(f.has_keys || kind == ZV_RTP_KIND_RTP ||
          zv_rtcp_check(out->data, out->len) == ZV_RTP_PASS);
    CHECK(!f.is_strict || is_remote(&out->remote));
}

static void drain_leg(struct zv_peer *from, struct zv_peer *to)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    struct zv_peer_wish wish;
    struct zv_dtmf_press press;
    while (zv_peer_poll_dgram(from, &out)) {
        if (from == f.attacked)
            check_said(&out);
        else
            CHECK(out.len <= CAP);
    }
    while (zv_peer_poll_event(from, &event))
        CHECK(event.kind != ZV_PEER_EVENT_RESUMED || event.since_us <= f.now_us);
    while (zv_peer_poll_press(from, &press))
        ;
    while (zv_peer_poll_wish(from, &wish))
        zv_peer_take_wish(to, &wish, f.now_us);
}

static void drain(void)
{
    drain_leg(f.attacked, f.other);
    drain_leg(f.other, f.attacked);
    drain_leg(f.attacked, f.other);
}

static void relay(unsigned from, struct zv_peer *to, const struct zv_peer_packet *packet)
{
    const struct zv_bridge_pair *pair;
    struct zv_dgram out;
    if (zv_bridge_route(&f.bridge, from, packet->header.pt, &pair) != ZV_BRIDGE_FORWARD)
        return;
    if (zv_peer_send_rtp(to, packet, pair->pt[!from], f.now_us, &out) != ZV_PEER_PACKET)
        return;
    if (to == f.other)
        check_relayed(&out);
    else
        CHECK(!f.is_strict || is_remote(&out.remote));
}

/* ---- what arrives ---- */

static uint64_t sum_of_drops(const struct zv_peer_counters *counters)
{
    uint64_t sum = 0;
    for (int i = 0; i < ZV_PEER_DROP_COUNT; i++)
        sum += counters->drops[i];
    return sum;
}

static void arrive(uint8_t *data, size_t len, unsigned source, bool to_rtcp)
{
    struct zv_dgram in = {data, len, to_rtcp ? f.local_rtcp : f.local_rtp, f.sources[source]};
    struct zv_peer_packet packet;
    struct zv_peer_counters before, after;
    zv_peer_counters(f.attacked, &before);
    enum zv_peer_verdict verdict = zv_peer_receive(f.attacked, &in, CAP, f.now_us, &packet);
    zv_peer_counters(f.attacked, &after);
    CHECK(sum_of_drops(&after) - sum_of_drops(&before) == (verdict == ZV_PEER_DROP));
    CHECK(after.rx_dropped - before.rx_dropped == (verdict == ZV_PEER_DROP));
    if (verdict != ZV_PEER_DROP)
        CHECK(!f.is_strict || is_remote(&in.remote));
    if (verdict == ZV_PEER_PACKET) {
        CHECK(!f.has_keys && packet.medium == f.medium);
        CHECK(packet.data >= data && packet.data + packet.len <= data + len);
        relay(0, f.other, &packet);
    }
    drain();
}

static void send_rtp(struct input *in)
{
    static const uint8_t types[] = {AUDIO_PT, VIDEO_PT, EVENT_PT, RTX_PT,
                                    AUDIO_PT, VIDEO_PT, 13,       77};
    uint8_t data[CAP], how = take_u8(in), count = take_u8(in), step = take_u8(in);
    unsigned source = how % SOURCES;
    size_t len = ZV_RTP_HEADER_BYTES;
    if (step & 0x80) /* a jump, or back */
        f.seq[source] = (uint16_t)(f.seq[source] + (int8_t)(step << 1) * (how & 0x40 ? 200 : 1));
    const struct zv_rtp_rewrite fields = {.pt = types[(how >> 2) % ZV_ARRAY_LEN(types)],
                                          .seq = f.seq[source],
                                          .ts = f.ts[source],
                                          .ssrc = how & 0x20 ? take_u8(in) % 4 : source + 10};
    zv_rtp_write_header(data, &fields);
    data[1] |= count & 0x80;
    for (count &= 0x3f; count && in->left; count--)
        data[len++] = take_u8(in);
    f.seq[source]++;
    f.ts[source] += (step & 0x7f) * 40u;
    arrive(data, len, source, false);
}

/* Enough in sequence that it is a stream, and a latch is locked. */
static void send_burst(struct input *in)
{
    uint8_t data[CAP], how = take_u8(in);
    unsigned source = how % SOURCES;
    for (int i = how >> 2 & 31; i >= 0; i--) {
        const struct zv_rtp_rewrite fields = {.pt = f.medium == ZV_PEER_VIDEO ? VIDEO_PT : AUDIO_PT,
                                              .seq = f.seq[source]++,
                                              .ts = f.ts[source] += 160,
                                              .ssrc = source + 10};
        zv_rtp_write_header(data, &fields);
        memset(data + ZV_RTP_HEADER_BYTES, how & 0x80 ? 0x65 : 0x10, 60);
        arrive(data, ZV_RTP_HEADER_BYTES + 60, source, false);
        f.now_us += ZV_MS(5);
    }
}

static void send_rtcp(struct input *in)
{
    struct zv_peer_counters counters;
    uint8_t data[CAP], how = take_u8(in), format = take_u8(in), words = take_u8(in) % 16;
    struct zv_buf buf = zv_buf((char *)data, sizeof(data));
    zv_peer_counters(f.attacked, &counters);
    zv_buf_put_u8(&buf, 0x80 | (format & 31));
    zv_buf_put_u8(&buf, (uint8_t)(200 + how / 4 % 8));
    zv_buf_put_u16(&buf, words);
    if (words)
        zv_buf_put_u32(&buf, how & 0x20 ? counters.rx_ssrc : 10u + how % SOURCES);
    if (words > 1)
        zv_buf_put_u32(&buf, how & 0x40 ? counters.tx_ssrc : take_u8(in));
    while (buf.len < 4 + words * 4u)
        zv_buf_put_u8(&buf, take_u8(in));
    arrive(data, buf.len, how % SOURCES, !(how & 0x80));
}

static void send_bytes(struct input *in)
{
    uint8_t data[CAP], how = take_u8(in);
    size_t len = 0;
    for (size_t count = take_u8(in); count && in->left; count--)
        data[len++] = take_u8(in);
    arrive(data, len, how % SOURCES, how & 0x80);
}

/* The other side says something, so that there is what can be asked for again. */
static void talk(void)
{
    uint8_t data[CAP];
    const struct zv_rtp_rewrite fields = {.pt = f.medium == ZV_PEER_VIDEO ? VIDEO_PT : AUDIO_PT,
                                          .seq = f.talk_seq,
                                          .ts = f.talk_seq * 160u,
                                          .ssrc = 7};
    struct zv_dgram in = {data, ZV_RTP_HEADER_BYTES + 80, addr("192.0.2.1:6000"), f.other_far};
    struct zv_peer_packet packet;
    f.talk_seq++;
    zv_rtp_write_header(data, &fields);
    memset(data + ZV_RTP_HEADER_BYTES, 0x65, 80);
    if (zv_peer_receive(f.other, &in, CAP, f.now_us, &packet) == ZV_PEER_PACKET)
        relay(1, f.attacked, &packet);
    drain();
}

/* ---- signalling ---- */

static void describe(uint8_t how)
{
    struct zv_peer_rtp_remote remote = f.remote;
    remote.rtp = how & 2 ? f.sources[how >> 2 & 3] : f.remote.rtp;
    remote.rtcp = how & 16 ? f.sources[how >> 2 & 3] : (struct zv_addr){0};
    remote.rtcp_mux = how & 32;
    bool is_elsewhere = !zv_addr_eq(&remote.rtp, &f.remote.rtp) ||
                        !zv_addr_eq(&remote.rtcp, &f.remote.rtcp) ||
                        remote.rtcp_mux != f.remote.rtcp_mux;
    remote.version += is_elsewhere || (how & 1); /* another place is another description */
    f.has_keys = (how & 0xc0) == 0xc0;
    memset(&remote.tx_key, 0, sizeof(remote.tx_key));
    memset(&remote.rx_key, 0, sizeof(remote.rx_key));
    if (f.has_keys) {
        remote.tx_key.suite = remote.rx_key.suite = ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80;
        remote.rx_key.bytes[0] = how & 4;
    }
    CHECK(!zv_peer_set_rtp_remote(f.attacked, &remote, f.now_us));
    f.remote = remote;
    drain();
}

static void set_media(struct zv_peer *peer, uint8_t how)
{
    const struct zv_peer_codec codecs[] = {{AUDIO_PT, 8000}, {EVENT_PT, 8000, true}};
    const struct zv_peer_video_cfg video = {
        .codec = how & 1 ? ZV_VIDEO_VP8 : ZV_VIDEO_H264,
        .packetization_mode = how >> 1 & 1,
        .feedback = ZV_VIDEO_NACK | ZV_VIDEO_PLI | (how & 4 ? ZV_VIDEO_FIR | ZV_VIDEO_TMMBR : 0),
        .tx_pt = VIDEO_PT,
        .rx_pt = VIDEO_PT,
        .rtx_pt = how & 8 ? RTX_PT : ZV_PT_NONE,
        .max_kbps = how & 16 ? 500 : 0};
    if (f.medium == ZV_PEER_VIDEO)
        CHECK(!zv_peer_set_video(peer, &video, f.now_us));
    else
        CHECK(!zv_peer_set_codecs(peer, codecs, 2 - (how & 1)));
    drain();
}

static void advance(int64_t by_us)
{
    int64_t until_us = f.now_us + by_us;
    struct zv_peer *legs[] = {f.attacked, f.other};
    for (int turns = 0;; turns++) {
        int64_t at_us = zv_time_min(zv_peer_deadline_us(f.attacked), zv_peer_deadline_us(f.other));
        CHECK(turns < 100000);
        if (at_us > until_us)
            break;
        f.now_us = ZV_MAX(f.now_us, at_us);
        for (size_t i = 0; i < ZV_ARRAY_LEN(legs); i++) {
            if (zv_peer_deadline_us(legs[i]) > f.now_us)
                continue;
            zv_peer_on_timeout(legs[i], f.now_us);
            drain();
            CHECK(zv_peer_deadline_us(legs[i]) > f.now_us);
        }
    }
    f.now_us = until_us;
}

static void step(struct input *in)
{
    char dump[2048];
    switch (take_u8(in) % 12) {
    case 0:
    case 1:
    case 2:
        send_rtp(in);
        break;
    case 3:
        send_burst(in);
        break;
    case 4:
    case 5:
        send_rtcp(in);
        break;
    case 6:
        send_bytes(in);
        break;
    case 7:
        for (int i = take_u8(in) % 16; i >= 0; i--)
            talk();
        break;
    case 8:
        describe(take_u8(in));
        break;
    case 9:
        if (zv_peer_send_digits(f.attacked, ZV_STR_LIT("5#"), f.now_us))
            zv_peer_want_video(f.attacked, take_u8(in) & 1, f.now_us);
        drain();
        break;
    case 10:
        set_media(f.attacked, take_u8(in));
        CHECK(zv_peer_dump(f.attacked, dump, sizeof(dump)) < sizeof(dump));
        break;
    default:
        advance(ZV_MS(1) << (take_u8(in) % 15));
        break;
    }
}

/* ---- the call ---- */

static void open_legs(struct input *in)
{
    static const char *const sources[SOURCES] = {"192.0.2.9:5000", "192.0.2.9:5001",
                                                 "192.0.2.9:7000", "198.51.100.7:5000"};
    uint8_t how = take_u8(in);
    memset(&f, 0, sizeof(f));
    f.seed.state = 1;
    f.rand = zv_rand_seeded_source(&f.seed);
    f.now_us = ZV_SECONDS(1);
    f.medium = how & 1 ? ZV_PEER_VIDEO : ZV_PEER_AUDIO;
    f.is_strict = how & 2;
    f.local_rtp = addr("192.0.2.1:4000");
    f.local_rtcp = addr("192.0.2.1:4001");
    f.other_far = addr("203.0.113.3:9000");
    for (size_t i = 0; i < SOURCES; i++)
        f.sources[i] = addr(sources[i]);
    struct zv_peer_cfg cfg = {.kind = ZV_PEER_RTP,
                              .rand = &f.rand,
                              .local_rtp = f.local_rtp,
                              .local_rtcp = f.local_rtcp,
                              .silence_us = ZV_SECONDS(2),
                              .strict = f.is_strict,
                              .medium = f.medium};
    CHECK(!zv_peer_new(&f.attacked, &cfg, f.now_us));
    cfg.local_rtp = addr("192.0.2.1:6000");
    cfg.local_rtcp = addr("192.0.2.1:6001");
    cfg.strict = true;
    CHECK(!zv_peer_new(&f.other, &cfg, f.now_us));
}

static void begin_call(struct input *in)
{
    const struct zv_bridge_pair pairs[] = {
        {{AUDIO_PT, AUDIO_PT}, ZV_BRIDGE_AUDIO, 8000, 0},
        {{EVENT_PT, EVENT_PT}, ZV_BRIDGE_TELEPHONE_EVENT, 8000, 0},
        {{VIDEO_PT, VIDEO_PT}, ZV_BRIDGE_VIDEO, 90000, 0},
    };
    const struct zv_peer_rtp_remote other = {.rtp = f.other_far, .version = 1};
    zv_bridge_init(&f.bridge);
    CHECK(!zv_bridge_set_pairs(&f.bridge, pairs, ZV_ARRAY_LEN(pairs)));
    CHECK(!zv_peer_set_rtp_remote(f.other, &other, f.now_us));
    f.remote.rtp = f.sources[0];
    uint8_t how = take_u8(in);
    set_media(f.attacked, how);
    set_media(f.other, how);
    describe(1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    int64_t live = zv_alloc_live();
    open_legs(&in);
    begin_call(&in);
    for (int i = 0; in.left && i < MAX_STEPS; i++)
        step(&in);
    zv_peer_close(f.attacked, f.now_us);
    zv_peer_close(f.other, f.now_us);
    drain();
    zv_peer_free(f.attacked);
    zv_peer_free(f.other);
    CHECK(zv_alloc_live() == live);
    return 0;
}
