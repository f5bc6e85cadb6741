/*
 * Video on legs: two streams over one transport, repairs, key frames, limits, and what may not go
 * where. The gateway's legs are looked at through the very datagrams that they get and give.
 */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "rtc/dtls/dtls.h"
#include "rtc/peer/peer_int.h"
#include "sdp/codec.h"

#include <string.h>

#define PCMU  0
#define H264  96
#define RTX   97
#define OTHER 112 /* H.264 on the SIP leg */
#define CAP   1600

static struct zv_rand_seeded seeded = {.state = 1};
static struct zv_rand rand_source;

/* The SIP side's video leg: plain RTP, so that all can be read. */
struct leg {
    struct zv_peer *peer;
    struct zv_addr far;
    int64_t now_us;
    uint16_t seq; /* of the far end */
    uint32_t ts;
    struct zv_peer_packet packet; /* the last that passed */
    uint8_t bytes[CAP];
    int nacks, plis, firs, tmmbrs, repairs, wanted; /* what it sent and told */
    uint64_t bits_per_s;
    struct zv_rtcp_nack nack;
    uint8_t repair[CAP];
    size_t repair_len;
};

static struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static struct zv_peer_video_cfg h264(uint8_t mode, uint8_t feedback)
{
    return (struct zv_peer_video_cfg){.codec = ZV_VIDEO_H264,
                                      .packetization_mode = mode,
                                      .feedback = feedback,
                                      .tx_pt = OTHER,
                                      .rx_pt = H264,
                                      .rtx_pt = ZV_PT_NONE};
}

static struct leg open_leg(const struct zv_peer_video_cfg *video)
{
    struct leg leg = {.far = addr("192.0.2.2:5000"), .now_us = ZV_SECONDS(1), .seq = 65530};
    const struct zv_peer_cfg cfg = {.kind = ZV_PEER_RTP,
                                    .medium = ZV_PEER_VIDEO,
                                    .rand = &rand_source,
                                    .local_rtp = addr("192.0.2.1:4000"),
                                    .local_rtcp = addr("192.0.2.1:4001")};
    const struct zv_peer_rtp_remote remote = {.rtp = leg.far, .version = 1};
    assert_int_equal(zv_peer_new(&leg.peer, &cfg, leg.now_us), 0);
    assert_int_equal(zv_peer_set_rtp_remote(leg.peer, &remote, leg.now_us), 0);
    assert_int_equal(zv_peer_set_video(leg.peer, video, leg.now_us), 0);
    return leg;
}

static void note_rtcp(struct leg *leg, const struct zv_dgram *out)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(out->data, out->len);
    struct zv_rtcp_packet packet;
    struct zv_rtcp_fir fir;
    struct zv_rtcp_tmmb tmmb;
    assert_int_equal(zv_rtcp_check(out->data, out->len), ZV_RTP_PASS);
    while (zv_rtcp_next(&cursor, &packet)) {
        leg->plis += zv_rtcp_is_pli(&packet, leg->peer->streams[ZV_PEER_VIDEO].in.ssrc);
        leg->firs += zv_rtcp_parse_fir(&packet, 0, &fir);
        leg->nacks += zv_rtcp_parse_nack(&packet, 0, &leg->nack);
        if (!zv_rtcp_parse_tmmbr(&packet, 0, &tmmb))
            continue;
        leg->tmmbrs++;
        leg->bits_per_s = tmmb.bits_per_s;
    }
}

static void drain(struct leg *leg)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    while (zv_peer_poll_dgram(leg->peer, &out)) {
        if (zv_rtp_is_rtcp(out.data, out.len)) {
            note_rtcp(leg, &out);
            continue;
        }
        leg->repairs++;
        leg->repair_len = out.len;
        memcpy(leg->repair, out.data, out.len);
    }
    while (zv_peer_poll_event(leg->peer, &event))
        leg->wanted += event.kind == ZV_PEER_EVENT_KEYFRAME_WANTED;
}

static void run(struct leg *leg, int64_t for_us)
{
    int64_t until_us = leg->now_us + for_us, at_us;
    while ((at_us = zv_peer_deadline_us(leg->peer)) <= until_us) {
        leg->now_us = ZV_MAX(leg->now_us + 1, at_us);
        zv_peer_on_timeout(leg->peer, leg->now_us);
        drain(leg);
    }
    leg->now_us = until_us;
}

static enum zv_peer_verdict get(struct leg *leg, const uint8_t *data, size_t len, uint16_t port)
{
    struct zv_dgram in = {.data = leg->bytes, .len = len, .remote = leg->far};
    in.remote.port = port;
    memcpy(leg->bytes, data, len);
    enum zv_peer_verdict verdict =
        zv_peer_receive(leg->peer, &in, sizeof(leg->bytes), leg->now_us, &leg->packet);
    if (verdict == ZV_PEER_CONSUMED)
        drain(leg);
    return verdict;
}

/* The far end sends a packet with this payload; it is a frame of its own. */
static enum zv_peer_verdict get_payload(struct leg *leg, const uint8_t *payload, size_t len)
{
    uint8_t bytes[200];
    const struct zv_rtp_rewrite fields = {
        .marker = true, .pt = H264, .seq = leg->seq++, .ts = leg->ts, .ssrc = 9};
    leg->ts += 3000;
    zv_rtp_write_header(bytes, &fields);
    memcpy(bytes + ZV_RTP_HEADER_BYTES, payload, len);
    return get(leg, bytes, ZV_RTP_HEADER_BYTES + len, leg->far.port);
}

static const uint8_t idr[] = {0x65, 0x88, 1, 2}, slice[] = {0x41, 0x9a, 1, 2},
                     fu_a[] = {0x7c, 0x85, 1, 2}, stap_a[] = {0x78, 0, 1, 0x41};

static enum zv_peer_verdict send_payload(struct leg *leg, struct zv_peer_packet *packet,
                                         struct zv_dgram *ret_out)
{
    return zv_peer_send_rtp(leg->peer, packet, OTHER, leg->now_us, ret_out);
}

/* A packet of another leg, as zv_peer_receive hands it out. */
static struct zv_peer_packet foreign(uint8_t *bytes, uint16_t seq, const uint8_t *payload,
                                     size_t len)
{
    const struct zv_rtp_rewrite fields = {.pt = H264, .seq = seq, .ts = seq * 3000U, .ssrc = 4};
    struct zv_peer_packet packet = {
        .data = bytes, .len = ZV_RTP_HEADER_BYTES + len, .cap = CAP, .medium = ZV_PEER_VIDEO};
    zv_rtp_write_header(bytes, &fields);
    memcpy(bytes + ZV_RTP_HEADER_BYTES, payload, len);
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    (void)zv_video_inspect(ZV_VIDEO_H264, payload, len, &packet.picture);
    return packet;
}

static void close_leg(struct leg *leg)
{
    leg->peer = zv_peer_free(leg->peer);
}

/* ---- Tests ---- */

static void mode_0_gets_neither_fragments_nor_aggregates(void **state)
{
    (void)state;
    static const struct {
        const uint8_t *payload;
        bool passes;
    } cases[] = {{idr, true}, {fu_a, false}, {stap_a, false}, {slice, true}};
    for (uint8_t mode = 0; mode < 2; mode++) {
        const struct zv_peer_video_cfg video = h264(mode, 0);
        struct leg leg = open_leg(&video);
        struct zv_peer_counters counters;
        struct zv_dgram out;
        uint8_t bytes[CAP];
        for (uint16_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
            struct zv_peer_packet packet = foreign(bytes, i, cases[i].payload, 4);
            bool passes = send_payload(&leg, &packet, &out) == ZV_PEER_PACKET;
            assert_int_equal(passes, mode || cases[i].passes);
        }
        zv_peer_counters(leg.peer, &counters);
        assert_int_equal(counters.drops[ZV_PEER_DROP_PACKETIZATION], mode ? 0 : 2);
        close_leg(&leg);
    }
    assert_string_equal(zv_peer_drop_name(ZV_PEER_DROP_PACKETIZATION), "packetization_mode");
}

static void orientation_leaves_under_this_legs_id_and_nothing_else_does(void **state)
{
    (void)state;
    struct zv_peer_video_cfg video = h264(1, 0);
    video.orientation_id = 5;
    struct leg leg = open_leg(&video);
    /* id 5, one byte, and id 2, two bytes */
    uint8_t bytes[CAP] = {0x90, H264, 0,      1,    0,    0, 0, 1, 0, 0, 0,    9,    0xbe, 0xde,
                          0,    2,    5 << 4, 0x02, 0x21, 7, 7, 0, 0, 0, 0x41, 0x9a, 1,    2};
    assert_int_equal(get(&leg, bytes, 28, leg.far.port), ZV_PEER_PACKET);
    assert_true(leg.packet.has_orientation);
    assert_int_equal(leg.packet.orientation, 2);
    struct zv_dgram out;
    const uint8_t *value;
    size_t len;
    struct zv_rtp_header header;
    assert_int_equal(send_payload(&leg, &leg.packet, &out), ZV_PEER_PACKET);
    assert_int_equal(zv_rtp_parse(out.data, out.len, &header), ZV_RTP_PASS);
    assert_true(zv_rtp_find_ext(out.data, &header, 5, &value, &len));
    assert_true(len == 1 && *value == 2);
    assert_false(zv_rtp_find_ext(out.data, &header, 2, &value, &len));
    assert_memory_equal(out.data + header.payload_at, slice, 4);
    video.orientation_id = 0;
    assert_int_equal(zv_peer_set_video(leg.peer, &video, leg.now_us), 0);
    bytes[3] = 2;
    assert_int_equal(get(&leg, bytes, 28, leg.far.port), ZV_PEER_PACKET);
    assert_false(leg.packet.has_orientation);
    assert_int_equal(send_payload(&leg, &leg.packet, &out), ZV_PEER_PACKET);
    assert_int_equal(out.len, ZV_RTP_HEADER_BYTES + 4);
    close_leg(&leg);
}

static void the_end_of_a_frame_is_marked_where_the_source_did(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, 0);
    struct leg leg = open_leg(&video);
    uint8_t bytes[CAP];
    struct zv_dgram out;
    struct zv_peer_packet packet = foreign(bytes, 1, fu_a, 4);
    assert_int_equal(send_payload(&leg, &packet, &out), ZV_PEER_PACKET);
    packet = foreign(bytes, 20000, fu_a, 4); /* another source: numbers begin anew */
    packet.header.ssrc = 5;
    assert_int_equal(send_payload(&leg, &packet, &out), ZV_PEER_PACKET);
    assert_false(out.data[1] & 0x80);
    close_leg(&leg);
}

static void gaps_are_asked_for_and_what_comes_late_passes_in_its_place(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_NACK);
    struct leg leg = open_leg(&video);
    struct zv_peer_video_counters counters;
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    uint16_t missing = leg.seq++;
    assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET);
    run(&leg, ZV_MS(50));
    assert_true(leg.nacks >= 1);
    assert_int_equal(leg.nack.seq, missing);
    uint16_t next = leg.seq;
    leg.seq = missing;
    assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET);
    leg.seq = next;
    int asked = leg.nacks;
    run(&leg, ZV_SECONDS(1));
    assert_int_equal(leg.nacks, asked);
    zv_peer_video_counters(leg.peer, leg.now_us, &counters);
    assert_int_equal(counters.recovered, 1);
    assert_int_equal(counters.lost, 0);
    close_leg(&leg);
}

static void a_far_end_without_nack_is_asked_for_a_key_frame_instead(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_PLI);
    struct leg leg = open_leg(&video);
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    leg.seq++;
    assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET);
    run(&leg, ZV_MS(400));
    assert_int_equal(leg.nacks, 0);
    assert_int_equal(leg.plis, 1);
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    run(&leg, ZV_SECONDS(3));
    assert_int_equal(leg.plis, 1);
    close_leg(&leg);
}

static void requests_pass_the_limiter_in_the_way_that_was_announced(void **state)
{
    (void)state;
    static const struct {
        uint8_t feedback;
        int plis, firs, wanted;
    } cases[] = {{ZV_VIDEO_PLI | ZV_VIDEO_FIR, 1, 0, 0}, {ZV_VIDEO_FIR, 0, 1, 0}, {0, 0, 0, 1}};
    const struct zv_peer_wish wish = {.keyframe = true};
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        const struct zv_peer_video_cfg video = h264(1, cases[i].feedback);
        struct leg leg = open_leg(&video);
        assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
        run(&leg, ZV_MS(1)); /* nothing is missing yet */
        for (int asked = 0; asked < 20; asked++) {
            zv_peer_take_wish(leg.peer, &wish, leg.now_us);
            drain(&leg);
            run(&leg, ZV_MS(10));
        }
        assert_int_equal(leg.plis, cases[i].plis);
        assert_int_equal(leg.firs, cases[i].firs);
        assert_int_equal(leg.wanted, cases[i].wanted);
        zv_peer_want_video(leg.peer, false, leg.now_us); /* held: nobody is asked */
        run(&leg, ZV_SECONDS(2));
        assert_int_equal(leg.plis + leg.firs + leg.wanted, 1);
        close_leg(&leg);
    }
}

/* What refers to pictures that went by on hold shows nothing; a far end that has no key frame to
 * give is seen after a while all the same. */
static void what_is_wanted_again_begins_with_a_key_frame(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_PLI);
    struct leg leg = open_leg(&video);
    assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET); /* not at first */
    for (int round = 0; round < 2; round++) {
        zv_peer_want_video(leg.peer, false, leg.now_us);
        run(&leg, ZV_SECONDS(2));
        zv_peer_want_video(leg.peer, true, leg.now_us);
        assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_CONSUMED);
        if (round == 0) {
            assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
        } else {
            run(&leg, ZV_PEER_RESUME_US - 1);
            assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_CONSUMED);
            run(&leg, 1);
        }
        assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET);
    }
    close_leg(&leg);
}

static size_t write_feedback(struct leg *leg, uint8_t *dst, const struct zv_rtcp_nack *nack)
{
    struct zv_buf buf = zv_buf(dst, CAP);
    uint32_t ssrc = leg->peer->streams[ZV_PEER_VIDEO].out.ssrc;
    zv_rtcp_write_rr(&buf, 9, NULL, 0);
    if (nack)
        zv_rtcp_write_nack(&buf, 9, ssrc, nack, 1);
    else
        zv_rtcp_write_pli(&buf, 9, ssrc);
    return buf.len;
}

static void a_request_of_the_far_end_is_a_wish_and_so_is_a_stream_that_begins_amid(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_PLI);
    struct leg leg = open_leg(&video);
    struct zv_peer_wish wish;
    struct zv_dgram out;
    uint8_t bytes[CAP];
    assert_false(zv_peer_poll_wish(leg.peer, &wish));
    struct zv_peer_packet packet = foreign(bytes, 1, slice, 4);
    assert_int_equal(send_payload(&leg, &packet, &out), ZV_PEER_PACKET);
    assert_true(zv_peer_poll_wish(leg.peer, &wish) && wish.keyframe);
    packet = foreign(bytes, 2, slice, 4);
    assert_int_equal(send_payload(&leg, &packet, &out), ZV_PEER_PACKET);
    assert_false(zv_peer_poll_wish(leg.peer, &wish));
    size_t len = write_feedback(&leg, bytes, NULL);
    assert_int_equal(get(&leg, bytes, len, 5001), ZV_PEER_CONSUMED);
    assert_true(zv_peer_poll_wish(leg.peer, &wish) && wish.keyframe);
    close_leg(&leg);
}

static void what_the_far_end_misses_is_sent_again_as_it_was_and_no_flood_of_it(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_NACK);
    struct leg leg = open_leg(&video);
    uint8_t bytes[CAP], first[CAP];
    struct zv_dgram out;
    size_t first_len = 0;
    uint16_t seq = 0;
    for (uint16_t i = 0; i < 10; i++) {
        struct zv_peer_packet packet = foreign(bytes, i, i ? slice : idr, 4);
        assert_int_equal(send_payload(&leg, &packet, &out), ZV_PEER_PACKET);
        if (i == 0) {
            seq = zv_get_u16(out.data + 2);
            first_len = out.len;
            memcpy(first, out.data, out.len);
        }
    }
    const struct zv_rtcp_nack nack = {.seq = seq, .mask = 0x8001}; /* and the next; 16: never */
    for (int i = 0; i < 3; i++) {
        size_t len = write_feedback(&leg, bytes, &nack);
        assert_int_equal(get(&leg, bytes, len, 5001), ZV_PEER_CONSUMED);
        if (i == 0)
            assert_int_equal(leg.repairs, 2);
    }
    assert_int_equal(leg.repairs, 2);
    const struct zv_rtcp_nack one = {.seq = seq};
    leg.now_us += ZV_SECONDS(1);
    size_t len = write_feedback(&leg, bytes, &one);
    assert_int_equal(get(&leg, bytes, len, 5001), ZV_PEER_CONSUMED);
    assert_int_equal(leg.repairs, 3);
    assert_int_equal(leg.repair_len, first_len);
    assert_memory_equal(leg.repair, first, first_len);
    close_leg(&leg);
}

static void a_limit_is_told_by_tmmbr_and_the_lesser_one_counts(void **state)
{
    (void)state;
    struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_TMMBR);
    video.max_kbps = 1000;
    struct leg leg = open_leg(&video);
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    run(&leg, ZV_MS(300));
    assert_int_equal(leg.tmmbrs, 1);
    assert_in_range(leg.bits_per_s, 990000, 1000000);
    const struct zv_peer_wish wish = {.bits_per_s = 300000};
    zv_peer_take_wish(leg.peer, &wish, leg.now_us);
    drain(&leg);
    run(&leg, ZV_MS(300));
    assert_in_range(leg.bits_per_s, 297000, 300000);
    close_leg(&leg);
}

static uint32_t told_kbps(const struct leg *leg)
{
    struct zv_peer_video_counters counters;
    zv_peer_video_counters(leg->peer, leg->now_us, &counters);
    return counters.told_kbps;
}

/* What was asked for was about a stream that has ended. */
static void a_limit_that_was_asked_for_ends_with_its_stream(void **state)
{
    (void)state;
    struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_TMMBR);
    video.max_kbps = 1000;
    struct leg leg = open_leg(&video);
    const struct zv_peer_wish wish = {.bits_per_s = 300000};
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    zv_peer_take_wish(leg.peer, &wish, leg.now_us);
    drain(&leg);
    run(&leg, ZV_MS(300));
    assert_in_range(leg.bits_per_s, 297000, 300000);
    const struct zv_peer_video_cfg none = {0};
    assert_int_equal(zv_peer_set_video(leg.peer, &none, leg.now_us), 0);
    assert_int_equal(zv_peer_set_video(leg.peer, &video, leg.now_us), 0);
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    run(&leg, ZV_MS(1500));
    assert_in_range(leg.bits_per_s, 990000, 1000000);
    close_leg(&leg);
}

static void a_limit_is_not_said_to_be_told_where_nothing_tells_it(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, 0);
    struct leg leg = open_leg(&video);
    const struct zv_peer_wish wish = {.bits_per_s = 300000};
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    zv_peer_take_wish(leg.peer, &wish, leg.now_us);
    drain(&leg);
    run(&leg, ZV_SECONDS(2));
    assert_int_equal(leg.tmmbrs, 0);
    assert_int_equal(told_kbps(&leg), 0);
    close_leg(&leg);
}

/* The requests for a first loss may all have been lost with the way back. */
static void a_loss_after_requests_that_were_in_vain_asks_again(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_PLI);
    struct leg leg = open_leg(&video);
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    leg.seq++;
    assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET);
    run(&leg, ZV_SECONDS(20));
    int given_up_after = leg.plis;
    assert_true(given_up_after > 1);
    run(&leg, ZV_SECONDS(20));
    assert_int_equal(leg.plis, given_up_after);
    leg.seq++;
    assert_int_equal(get_payload(&leg, slice, 4), ZV_PEER_PACKET);
    run(&leg, ZV_MS(400));
    assert_int_equal(leg.plis, given_up_after + 1);
    close_leg(&leg);
}

static void numbers_that_do_not_fit_are_refused_and_all_stays(void **state)
{
    (void)state;
    const struct zv_peer_video_cfg good = h264(1, 0);
    struct leg leg = open_leg(&good);
    struct zv_peer_video_cfg bad = good;
    bad.rtx_pt = H264;
    assert_int_equal(zv_peer_set_video(leg.peer, &bad, leg.now_us), ZV_E_INVAL);
    bad = good;
    bad.orientation_id = 15;
    assert_int_equal(zv_peer_set_video(leg.peer, &bad, leg.now_us), ZV_E_INVAL);
    bad = good;
    bad.tx_pt = 128;
    assert_int_equal(zv_peer_set_video(leg.peer, &bad, leg.now_us), ZV_E_INVAL);
    assert_int_equal(get_payload(&leg, idr, 4), ZV_PEER_PACKET);
    close_leg(&leg);
}

/* ---- A web leg, without its transport ---- */

static struct zv_peer *open_web(struct zv_dtls_ctx **ret_ctx)
{
    const struct zv_dtls_ctx_cfg ctx = {.now_unix_s = 1795406706};
    struct zv_peer *peer;
    assert_int_equal(zv_dtls_ctx_new(ret_ctx, &ctx), 0);
    const struct zv_peer_cfg cfg = {
        .kind = ZV_PEER_WEB, .rand = &rand_source, .dtls_ctx = *ret_ctx};
    assert_int_equal(zv_peer_new(&peer, &cfg, ZV_SECONDS(1)), 0);
    return peer;
}

static void the_streams_of_a_web_leg_are_told_apart_by_payload_type(void **state)
{
    (void)state;
    struct zv_dtls_ctx *ctx;
    struct zv_peer *peer = open_web(&ctx);
    struct zv_peer_local local;
    const struct zv_peer_codec audio[] = {{PCMU, 8000}}, taken[] = {{H264, 8000}},
                               taken_rtx[] = {{RTX, 8000}};
    struct zv_peer_video_cfg video = h264(1, ZV_VIDEO_NACK);
    video.tx_pt = video.rx_pt = H264;
    video.rtx_pt = RTX;
    zv_peer_local(peer, &local);
    assert_true(local.ssrc != local.video_ssrc && local.video_ssrc != local.video_rtx_ssrc);
    assert_int_equal(zv_peer_set_codecs(peer, audio, 1), 0);
    assert_int_equal(zv_peer_set_video(peer, &video, ZV_SECONDS(1)), 0);
    assert_ptr_equal(zv_peer_find_stream(peer, PCMU), &peer->streams[ZV_PEER_AUDIO]);
    assert_ptr_equal(zv_peer_find_stream(peer, H264), &peer->streams[ZV_PEER_VIDEO]);
    assert_null(zv_peer_find_stream(peer, RTX));
    assert_int_equal(zv_peer_set_codecs(peer, taken, 1), ZV_E_INVAL);
    assert_int_equal(zv_peer_set_codecs(peer, taken_rtx, 1), ZV_E_INVAL);
    video.tx_pt = video.rx_pt = PCMU;
    assert_int_equal(zv_peer_set_video(peer, &video, ZV_SECONDS(1)), ZV_E_INVAL);
    assert_ptr_equal(zv_peer_find_stream(peer, H264), &peer->streams[ZV_PEER_VIDEO]);
    video.codec = ZV_VIDEO_NONE;
    assert_int_equal(zv_peer_set_video(peer, &video, ZV_SECONDS(1)), 0);
    assert_null(zv_peer_find_stream(peer, H264));
    assert_int_equal(zv_peer_set_codecs(peer, taken, 1), 0);
    zv_peer_free(peer);
    zv_dtls_ctx_unref(ctx);
}

/* What a call without video must not pay for. */
static void an_audio_leg_has_no_memory_for_video(void **state)
{
    (void)state;
    struct zv_dtls_ctx *ctx;
    struct zv_peer *peer = open_web(&ctx);
    assert_null(peer->video);
    assert_null(peer->streams[ZV_PEER_VIDEO].rtcp);
    print_message("video within every leg: %zu bytes; with video: %zu and %d of history\n",
                  sizeof(struct zv_peer_stream) + sizeof(struct zv_video_rtx),
                  sizeof(struct zv_peer_video), ZV_VIDEO_HISTORY_BYTES);
    zv_peer_free(peer);
    zv_dtls_ctx_unref(ctx);
}

static int make_rand(void **state)
{
    (void)state;
    rand_source = zv_rand_seeded_source(&seeded);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(mode_0_gets_neither_fragments_nor_aggregates, make_rand),
    cmocka_unit_test_setup(orientation_leaves_under_this_legs_id_and_nothing_else_does, make_rand),
    cmocka_unit_test_setup(the_end_of_a_frame_is_marked_where_the_source_did, make_rand),
    cmocka_unit_test_setup(gaps_are_asked_for_and_what_comes_late_passes_in_its_place, make_rand),
    cmocka_unit_test_setup(a_far_end_without_nack_is_asked_for_a_key_frame_instead, make_rand),
    cmocka_unit_test_setup(requests_pass_the_limiter_in_the_way_that_was_announced, make_rand),
    cmocka_unit_test_setup(what_is_wanted_again_begins_with_a_key_frame, make_rand),
    cmocka_unit_test_setup(a_request_of_the_far_end_is_a_wish_and_so_is_a_stream_that_begins_amid,
                           make_rand),
    cmocka_unit_test_setup(what_the_far_end_misses_is_sent_again_as_it_was_and_no_flood_of_it,
                           make_rand),
    cmocka_unit_test_setup(a_limit_is_told_by_tmmbr_and_the_lesser_one_counts, make_rand),
    cmocka_unit_test_setup(a_limit_that_was_asked_for_ends_with_its_stream, make_rand),
    cmocka_unit_test_setup(a_limit_is_not_said_to_be_told_where_nothing_tells_it, make_rand),
    cmocka_unit_test_setup(a_loss_after_requests_that_were_in_vain_asks_again, make_rand),
    cmocka_unit_test_setup(numbers_that_do_not_fit_are_refused_and_all_stays, make_rand),
    cmocka_unit_test_setup(the_streams_of_a_web_leg_are_told_apart_by_payload_type, make_rand),
    cmocka_unit_test_setup(an_audio_leg_has_no_memory_for_video, make_rand),
};

ZV_TEST_MAIN(tests)
