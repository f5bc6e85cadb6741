/* Feedback of a session of video: what it sends without waiting, and what it is asked for. */
#include "support/test.h"

#include "base/err.h"
#include "rtc/rtcp/session.h"

#include <string.h>

#define NOW ZV_SECONDS(500)
#define FAR 0x0a0b0c0d

static struct zv_rand_seeded seeded = {77};

struct end {
    struct zv_rtp_out out;
    struct zv_rtp_in in;
    struct zv_rtcp_session *session;
    /* What the last drain gave. */
    uint8_t sent[ZV_RTCP_FEEDBACK_BYTES + 256];
    size_t sent_len;
    size_t counts[ZV_RTCP_OUT_COUNT];
    bool is_fir;
    uint64_t bits_per_s;
    struct zv_rtcp_nack nacks[ZV_RTCP_MAX_NACKS];
    size_t nack_count;
};

static void open_end(struct end *end, bool is_video)
{
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    *end = (struct end){0};
    zv_rtp_out_init(&end->out, 90000, &rand);
    zv_rtp_in_init(&end->in, 90000);
    const struct zv_rtcp_session_cfg cfg = {.out = &end->out,
                                            .in = &end->in,
                                            .cname = ZV_STR_LIT("me"),
                                            .rand = rand,
                                            .now_us = NOW,
                                            .interval_us = ZV_SECONDS(60),
                                            .is_video = is_video};
    assert_int_equal(zv_rtcp_session_new(&end->session, &cfg), 0);
}

static void close_end(struct end *end)
{
    assert_null(zv_rtcp_session_free(end->session));
}

static void note(struct end *end, const struct zv_rtcp_out *out)
{
    end->counts[out->kind]++;
    if (out->kind == ZV_RTCP_OUT_SEND) {
        memcpy(end->sent, out->data, out->len);
        end->sent_len = out->len;
        assert_int_equal(zv_rtcp_check(out->data, out->len), ZV_RTP_PASS);
    }
    end->is_fir = out->is_fir;
    end->bits_per_s = out->bits_per_s ? out->bits_per_s : end->bits_per_s;
    if (out->nack_count) {
        memcpy(end->nacks, out->nacks, out->nack_count * sizeof(out->nacks[0]));
        end->nack_count = out->nack_count;
    }
}

static void drain(struct end *end)
{
    struct zv_rtcp_out out;
    memset(end->counts, 0, sizeof(end->counts));
    end->sent_len = 0;
    while (zv_rtcp_session_poll(end->session, &out) != ZV_RTCP_OUT_NONE)
        note(end, &out);
}

static int add_pli(struct end *end, int64_t now_us)
{
    uint8_t bytes[12];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_pli(&buf, end->out.ssrc, FAR);
    return zv_rtcp_session_add(end->session, bytes, buf.len, now_us);
}

/* What was sent: an empty report, the name, and `plis` requests. */
static void assert_early(const struct end *end, size_t plis)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(end->sent, end->sent_len);
    struct zv_rtcp_packet packet;
    struct zv_str cname;
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_int_equal(packet.type, ZV_RTCP_RR);
    assert_int_equal(packet.count, 0);
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_true(zv_rtcp_find_cname(&packet, end->out.ssrc, &cname) && zv_str_is(cname, "me"));
    for (size_t i = 0; i < plis; i++)
        assert_true(zv_rtcp_next(&cursor, &packet) && zv_rtcp_is_pli(&packet, FAR));
    assert_false(zv_rtcp_next(&cursor, &packet));
}

/* ---- sending ---- */

static void feedback_leaves_at_once_in_a_compound(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, true);
    assert_int_equal(add_pli(&end, NOW + ZV_MS(3)), 0);
    assert_int_equal(add_pli(&end, NOW + ZV_MS(3)), 0); /* both in one */
    drain(&end);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 1);
    assert_early(&end, 2);
    drain(&end);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 0);
    close_end(&end);
}

static void more_of_it_waits_a_moment(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, true);
    int64_t regular_us = zv_rtcp_session_deadline_us(end.session);
    assert_int_equal(add_pli(&end, NOW), 0);
    drain(&end);
    assert_int_equal(add_pli(&end, NOW + ZV_MS(1)), 0);
    drain(&end);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 0);
    assert_true(zv_rtcp_session_deadline_us(end.session) == NOW + ZV_RTCP_EARLY_US);
    zv_rtcp_session_on_timeout(end.session, NOW + ZV_RTCP_EARLY_US);
    drain(&end);
    assert_early(&end, 1);
    assert_true(zv_rtcp_session_deadline_us(end.session) == regular_us);
    close_end(&end);
}

static void a_flood_of_it_is_limited(void **state)
{
    (void)state;
    struct end end;
    size_t sent = 0, refused = 0;
    open_end(&end, true);
    for (int i = 0; i < 1000; i++) { /* one second, two a millisecond */
        for (int n = 0; n < 2; n++)
            refused += add_pli(&end, NOW + ZV_MS(i)) == ZV_E_LIMIT;
        if (zv_rtcp_session_deadline_us(end.session) <= NOW + ZV_MS(i))
            zv_rtcp_session_on_timeout(end.session, NOW + ZV_MS(i));
        drain(&end);
        sent += end.counts[ZV_RTCP_OUT_SEND];
    }
    assert_int_equal(sent, ZV_SECONDS(1) / ZV_RTCP_EARLY_US);
    assert_int_equal(refused, 0);
    assert_int_equal(zv_rtcp_session_room(end.session), ZV_RTCP_FEEDBACK_BYTES - 9 * 2 * 12);
    assert_int_equal(zv_rtcp_session_counters(end.session)->packets_out, sent);
    close_end(&end);
}

static void what_has_no_room_is_refused(void **state)
{
    (void)state;
    static const uint8_t large[ZV_RTCP_FEEDBACK_BYTES + 4] = {0x81, 206, 0, 2};
    struct end end;
    open_end(&end, true);
    assert_int_equal(zv_rtcp_session_add(end.session, large, sizeof(large), NOW), ZV_E_LIMIT);
    assert_int_equal(zv_rtcp_session_counters(end.session)->refused, 1);
    drain(&end);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 0);
    close_end(&end);
}

static void nothing_to_say_sends_nothing(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, true);
    assert_int_equal(zv_rtcp_session_add(end.session, NULL, 0, NOW), 0);
    drain(&end);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 0);
    close_end(&end);
}

static void a_report_takes_it_along(void **state)
{
    (void)state;
    struct end end;
    struct zv_rtcp_packet packet;
    size_t plis = 0;
    open_end(&end, true);
    int64_t regular_us = zv_rtcp_session_deadline_us(end.session);
    assert_int_equal(add_pli(&end, regular_us - ZV_MS(1)), 0);
    drain(&end);
    assert_int_equal(add_pli(&end, regular_us), 0);
    zv_rtcp_session_on_timeout(end.session, regular_us);
    drain(&end);
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(end.sent, end.sent_len);
    while (zv_rtcp_next(&cursor, &packet))
        plis += zv_rtcp_is_pli(&packet, FAR);
    assert_int_equal(plis, 1);
    assert_int_equal(zv_rtcp_session_room(end.session), ZV_RTCP_FEEDBACK_BYTES);
    close_end(&end);
}

static void the_last_words_take_it_along(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, true);
    assert_int_equal(add_pli(&end, NOW), 0);
    zv_rtcp_session_close(end.session, NOW);
    drain(&end);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 1);
    assert_int_equal(add_pli(&end, NOW), ZV_E_STATE);
    assert_int_equal(zv_rtcp_session_room(end.session), 0);
    close_end(&end);
}

/* ---- hearing ---- */

static void hear(struct end *end, const struct zv_buf *buf, int64_t now_us)
{
    assert_int_equal(
        zv_rtcp_session_on_datagram(end->session, (const uint8_t *)buf->p, buf->len, now_us),
        ZV_RTP_PASS);
    drain(end);
}

static void a_pli_alone_is_heard_by_a_stream_of_video(void **state)
{
    (void)state;
    struct end video, audio;
    uint8_t bytes[12];
    open_end(&video, true);
    open_end(&audio, false);
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_pli(&buf, FAR, video.out.ssrc);
    hear(&video, &buf, NOW);
    assert_int_equal(video.counts[ZV_RTCP_OUT_KEYFRAME], 1);
    assert_false(video.is_fir);
    assert_int_equal(zv_rtcp_session_counters(video.session)->plis_in, 1);
    assert_int_equal(zv_rtcp_session_on_datagram(audio.session, bytes, buf.len, NOW),
                     ZV_RTP_DROP_TYPE);
    zv_set_u32(bytes + 8, video.out.ssrc + 1); /* of somebody else */
    hear(&video, &buf, NOW);
    assert_int_equal(video.counts[ZV_RTCP_OUT_KEYFRAME], 0);
    close_end(&video);
    close_end(&audio);
}

static void the_old_fir_is_heard(void **state)
{
    (void)state;
    struct end end;
    uint8_t bytes[] = {0x80, 192, 0, 1, 0, 0, 0, 9};
    open_end(&end, true);
    struct zv_buf buf = {.p = (char *)bytes, .len = sizeof(bytes)};
    hear(&end, &buf, NOW);
    assert_int_equal(end.counts[ZV_RTCP_OUT_KEYFRAME], 1);
    close_end(&end);
}

static size_t hear_fir(struct end *end, uint32_t sender_ssrc, uint8_t seq, int64_t now_us)
{
    uint8_t bytes[32];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    const struct zv_rtcp_fir fir = {.ssrc = end->out.ssrc, .seq = seq};
    zv_rtcp_write_fir(&buf, sender_ssrc, &fir);
    hear(end, &buf, now_us);
    return end->counts[ZV_RTCP_OUT_KEYFRAME];
}

static void a_repeated_fir_is_one_command(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, true);
    assert_int_equal(hear_fir(&end, FAR, 0, NOW), 1);
    assert_true(end.is_fir);
    assert_int_equal(hear_fir(&end, FAR, 0, NOW + ZV_MS(100)), 0);
    assert_int_equal(hear_fir(&end, FAR, 0, NOW + ZV_MS(200)), 0);
    assert_int_equal(hear_fir(&end, FAR, 1, NOW + ZV_MS(300)), 1);
    assert_int_equal(hear_fir(&end, FAR + 1, 1, NOW + ZV_MS(400)), 1);
    assert_int_equal(zv_rtcp_session_counters(end.session)->firs_in, 3);
    /* One that never counts is heard again after a while. */
    assert_int_equal(hear_fir(&end, FAR + 1, 1, NOW + ZV_SECONDS(3)), 1);
    close_end(&end);
}

static void nacks_are_told_up_to_a_bound(void **state)
{
    (void)state;
    struct end end;
    struct zv_rtcp_nack items[ZV_RTCP_MAX_NACKS];
    uint8_t bytes[1024];
    open_end(&end, true);
    for (uint16_t i = 0; i < ZV_RTCP_MAX_NACKS; i++)
        items[i] = (struct zv_rtcp_nack){(uint16_t)(100 * i), i};
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_rr(&buf, FAR, NULL, 0);
    zv_rtcp_write_nack(&buf, FAR, end.out.ssrc, items, 3);
    zv_rtcp_write_nack(&buf, FAR, end.out.ssrc + 1, items, 3);
    hear(&end, &buf, NOW);
    assert_int_equal(end.counts[ZV_RTCP_OUT_NACK], 1);
    assert_int_equal(end.nack_count, 3);
    assert_memory_equal(end.nacks, items, 3 * sizeof(items[0]));
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_nack(&buf, FAR, end.out.ssrc, items, ZV_RTCP_MAX_NACKS);
    zv_rtcp_write_nack(&buf, FAR, end.out.ssrc, items, ZV_RTCP_MAX_NACKS);
    hear(&end, &buf, NOW);
    assert_int_equal(end.nack_count, ZV_RTCP_MAX_NACKS);
    close_end(&end);
}

static void a_limit_is_told_and_answered(void **state)
{
    (void)state;
    struct end end;
    uint8_t bytes[64];
    struct zv_rtcp_tmmb entry = {.bits_per_s = 300000, .overhead_bytes = 40};
    struct zv_rtcp_packet packet;
    open_end(&end, true);
    entry.ssrc = end.out.ssrc;
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_tmmbr(&buf, FAR, &entry);
    hear(&end, &buf, NOW);
    assert_int_equal(end.counts[ZV_RTCP_OUT_TMMBR], 1);
    assert_true(end.bits_per_s > 299000 && end.bits_per_s <= 300000);
    assert_int_equal(end.counts[ZV_RTCP_OUT_SEND], 1);
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(end.sent, end.sent_len);
    while (zv_rtcp_next(&cursor, &packet) && !zv_rtcp_is_tmmbn(&packet))
        ;
    assert_true(zv_rtcp_parse_tmmbn(&packet, 0, &entry));
    assert_int_equal(entry.ssrc, FAR); /* whose limit it is */
    assert_true(entry.bits_per_s == end.bits_per_s && entry.overhead_bytes == 40);
    close_end(&end);
}

static void a_remb_is_told_if_it_counts_our_stream_in(void **state)
{
    (void)state;
    struct end end;
    uint8_t bytes[64];
    open_end(&end, true);
    for (uint32_t off = 0; off < 2; off++) {
        const uint32_t ssrcs[] = {9, end.out.ssrc + off};
        struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
        zv_rtcp_write_remb(&buf, FAR, 640000, ssrcs, 2);
        hear(&end, &buf, NOW);
        assert_int_equal(end.counts[ZV_RTCP_OUT_REMB], !off);
        assert_int_equal(end.bits_per_s, 640000);
    }
    close_end(&end);
}

static void an_answered_limit_of_ours_is_known(void **state)
{
    (void)state;
    struct end end;
    uint8_t bytes[64];
    const struct zv_rtcp_tmmb entry = {.ssrc = 1, .bits_per_s = 512000};
    const struct zv_rtp_header header = {.ssrc = FAR};
    open_end(&end, true);
    assert_int_equal(zv_rtp_in_update(&end.in, &header, NOW), ZV_RTP_PASS);
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_tmmbn(&buf, FAR, &entry);
    hear(&end, &buf, NOW);
    assert_int_equal(zv_rtcp_session_far(end.session)->limit_bits_per_s, 512000);
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_tmmbn(&buf, FAR, NULL);
    hear(&end, &buf, NOW);
    assert_int_equal(zv_rtcp_session_far(end.session)->limit_bits_per_s, 0);
    close_end(&end);
}

/* One datagram for both sessions of a leg: each takes what is its own. */
static void ssrcs_decide_whose_report_it_is(void **state)
{
    (void)state;
    struct end audio, video;
    uint8_t bytes[256];
    open_end(&audio, false);
    open_end(&video, true);
    const struct zv_rtp_header first = {.ssrc = 1}, second = {.ssrc = 2};
    assert_int_equal(zv_rtp_in_update(&audio.in, &first, NOW), ZV_RTP_PASS);
    assert_int_equal(zv_rtp_in_update(&video.in, &second, NOW), ZV_RTP_PASS);
    const struct zv_rtcp_sender senders[] = {{.ssrc = 1, .ntp = 1, .packets = 11},
                                             {.ssrc = 2, .ntp = 1, .packets = 22}};
    const struct zv_rtcp_block block = {.ssrc = video.out.ssrc, .lost = 5};
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_sr(&buf, &senders[0], &block, 1);
    zv_rtcp_write_sr(&buf, &senders[1], NULL, 0);
    zv_rtcp_write_bye(&buf, 2);
    hear(&audio, &buf, NOW);
    hear(&video, &buf, NOW);
    assert_int_equal(zv_rtcp_session_far(audio.session)->sender_packets, 11);
    assert_int_equal(zv_rtcp_session_far(video.session)->sender_packets, 22);
    assert_int_equal(zv_rtcp_session_far(audio.session)->lost, 0);
    assert_int_equal(zv_rtcp_session_far(video.session)->lost, 5);
    assert_int_equal(audio.counts[ZV_RTCP_OUT_BYE], 0);
    assert_int_equal(video.counts[ZV_RTCP_OUT_BYE], 1);
    close_end(&audio);
    close_end(&video);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(feedback_leaves_at_once_in_a_compound),
    cmocka_unit_test(more_of_it_waits_a_moment),
    cmocka_unit_test(a_flood_of_it_is_limited),
    cmocka_unit_test(what_has_no_room_is_refused),
    cmocka_unit_test(nothing_to_say_sends_nothing),
    cmocka_unit_test(a_report_takes_it_along),
    cmocka_unit_test(the_last_words_take_it_along),
    cmocka_unit_test(a_pli_alone_is_heard_by_a_stream_of_video),
    cmocka_unit_test(the_old_fir_is_heard),
    cmocka_unit_test(a_repeated_fir_is_one_command),
    cmocka_unit_test(nacks_are_told_up_to_a_bound),
    cmocka_unit_test(a_limit_is_told_and_answered),
    cmocka_unit_test(a_remb_is_told_if_it_counts_our_stream_in),
    cmocka_unit_test(an_answered_limit_of_ours_is_known),
    cmocka_unit_test(ssrcs_decide_whose_report_it_is),
};
ZV_TEST_MAIN(tests)
