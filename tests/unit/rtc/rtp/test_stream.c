/* The streams of a leg: continuity of what goes out, statistics of what comes in. */
#include "support/test.h"

#include "base/time.h"
#include "rtc/rtp/stream.h"

#include <string.h>

#define NOW ZV_SECONDS(1000)

static struct zv_rtp_out make_out(uint64_t seed)
{
    struct zv_rand_seeded seeded = {seed};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    struct zv_rtp_out out;
    zv_rtp_out_init(&out, 8000, &rand);
    return out;
}

/* A packet of 20 ms, number `n` of source `ssrc`, at its time. */
static enum zv_rtp_verdict map(struct zv_rtp_out *out, uint32_t ssrc, uint16_t seq, int n,
                               struct zv_rtp_rewrite *ret)
{
    struct zv_rtp_source source = {
        .ssrc = ssrc, .seq = seq, .ts = ssrc * 1000 + (uint32_t)n * 160, .payload_len = 160};
    *ret = (struct zv_rtp_rewrite){.pt = 99};
    return zv_rtp_out_map(out, &source, NOW + n * ZV_MS(20), ret);
}

static struct zv_rtp_rewrite map_ok(struct zv_rtp_out *out, uint32_t ssrc, uint16_t seq, int n)
{
    struct zv_rtp_rewrite rewrite;
    assert_int_equal(map(out, ssrc, seq, n, &rewrite), ZV_RTP_PASS);
    return rewrite;
}

static void the_first_sequence_number_is_in_the_lower_half(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct zv_rtp_out out = make_out(seed);
        struct zv_rtp_rewrite first = map_ok(&out, 1, 65000, 0);
        assert_true(first.seq < 32768);
        assert_int_equal(first.ssrc, out.ssrc);
        assert_int_equal(first.pt, 99); /* not ours to set */
    }
}

static struct zv_rtp_rewrite insert(struct zv_rtp_out *out, bool begins, int64_t now_us)
{
    struct zv_rtp_rewrite rewrite = {.pt = 99};
    zv_rtp_out_insert(out, begins, 4, now_us, &rewrite);
    return rewrite;
}

static void pass_over(struct zv_rtp_out *out, uint16_t seq, int n)
{
    const struct zv_rtp_source source = {
        .ssrc = 1, .seq = seq, .ts = 1000 + (uint32_t)n * 160, .payload_len = 160};
    zv_rtp_out_skip(out, &source, NOW + n * ZV_MS(20));
}

static void what_is_inserted_takes_the_place_of_what_is_skipped(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(1);
    struct zv_rtp_rewrite before = map_ok(&out, 1, 100, 0);
    struct zv_rtp_rewrite first = insert(&out, true, NOW + ZV_MS(20));
    assert_true(first.marker);
    assert_int_equal(first.seq, before.seq + 1);
    assert_int_equal(first.ts - before.ts, 160);
    assert_int_equal(first.ssrc, before.ssrc);
    for (int n = 1; n <= 6; n++) {
        pass_over(&out, (uint16_t)(100 + n), n);
        struct zv_rtp_rewrite next = insert(&out, false, NOW + n * ZV_MS(20) + ZV_MS(20));
        assert_false(next.marker);
        assert_int_equal(next.ts, first.ts);
        assert_int_equal(next.seq, first.seq + n);
    }
    struct zv_rtp_rewrite after = map_ok(&out, 1, 107, 7); /* no gap, and the time that passed */
    assert_int_equal(after.seq, first.seq + 7);
    assert_int_equal(after.ts - before.ts, 7 * 160);
    struct zv_rtp_rewrite late;
    assert_int_equal(map(&out, 1, 105, 5, &late), ZV_RTP_DROP_OLD); /* its number is taken */
    assert_int_equal(out.packets, 9);
    assert_int_equal(out.rebases, 0);
}

static void what_is_inserted_may_be_the_first_of_a_stream(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(1);
    struct zv_rtp_rewrite first = insert(&out, true, NOW - ZV_SECONDS(1));
    assert_true(first.seq < 32768);
    struct zv_rtp_rewrite again = insert(&out, true, NOW - ZV_MS(500));
    assert_int_equal(again.ts - first.ts, 4000);
    struct zv_rtp_rewrite audio = map_ok(&out, 1, 7, 0); /* goes on from there */
    assert_int_equal(audio.seq, again.seq + 1);
    assert_int_equal(audio.ts - again.ts, 4000);
}

static void gaps_stay_gaps_and_order_numbers_stay(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(1);
    struct zv_rtp_rewrite first = map_ok(&out, 1, 65534, 0);
    struct zv_rtp_rewrite third = map_ok(&out, 1, 0, 2); /* 65535 is missing */
    assert_int_equal((uint16_t)(third.seq - first.seq), 2);
    assert_int_equal(third.ts - first.ts, 320);
    struct zv_rtp_rewrite second = map_ok(&out, 1, 65535, 1); /* late */
    assert_int_equal((uint16_t)(second.seq - first.seq), 1);
    assert_int_equal(second.ts - first.ts, 160);
    struct zv_rtp_rewrite fourth = map_ok(&out, 1, 1, 3);
    assert_int_equal((uint16_t)(fourth.seq - first.seq), 3);
    assert_int_equal(out.packets, 4);
    assert_int_equal(out.octets, 640);
}

static void no_number_leaves_twice(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(2);
    struct zv_rtp_rewrite rewrite;
    map_ok(&out, 1, 100, 0);
    map_ok(&out, 1, 102, 2);
    assert_int_equal(map(&out, 1, 102, 2, &rewrite), ZV_RTP_DROP_DUPLICATE);
    assert_int_equal(map(&out, 1, 100, 0, &rewrite), ZV_RTP_DROP_DUPLICATE);
    map_ok(&out, 1, 101, 1);
    assert_int_equal(map(&out, 1, 101, 1, &rewrite), ZV_RTP_DROP_DUPLICATE);
    /* Before the source began lie the numbers of the one before. */
    assert_int_equal(map(&out, 1, 99, 0, &rewrite), ZV_RTP_DROP_OLD);
}

static void another_source_continues_the_numbers(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(3);
    struct zv_rtp_rewrite last = {0}, rewrite;
    for (int n = 0; n < 10; n++)
        last = map_ok(&out, 1, (uint16_t)(500 + n), n);
    rewrite = map_ok(&out, 77, 9000, 12); /* 60 ms after the last one */
    assert_int_equal((uint16_t)(rewrite.seq - last.seq), 1);
    assert_int_equal(rewrite.ts - last.ts, 480);
    assert_true(rewrite.marker);
    assert_int_equal(rewrite.ssrc, out.ssrc);
    struct zv_rtp_rewrite straggler;
    assert_int_equal(map(&out, 1, 510, 13, &straggler), ZV_RTP_DROP_OLD);
    assert_int_equal(map(&out, 77, 8999, 13, &straggler), ZV_RTP_DROP_OLD);
    rewrite = map_ok(&out, 77, 9001, 13);
    assert_int_equal((uint16_t)(rewrite.seq - last.seq), 2);
    assert_false(rewrite.marker);
    rewrite = map_ok(&out, 1, 600, 200); /* the first one again, much later */
    assert_int_equal((uint16_t)(rewrite.seq - last.seq), 3);
    assert_int_equal(out.rebases, 2);
}

static void a_switch_within_one_packet_time_moves_the_timestamp_on(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(4);
    struct zv_rtp_rewrite a = map_ok(&out, 1, 1, 0), b = map_ok(&out, 2, 1, 0);
    assert_int_equal(b.ts - a.ts, 160);
}

static void a_jump_needs_a_second_packet(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(5);
    struct zv_rtp_rewrite first = map_ok(&out, 1, 100, 0), rewrite;
    assert_int_equal(map(&out, 1, 30000, 1, &rewrite), ZV_RTP_DROP_JUMP);
    rewrite = map_ok(&out, 1, 101, 1); /* it was a stray one */
    assert_int_equal((uint16_t)(rewrite.seq - first.seq), 1);
    assert_int_equal(map(&out, 1, 30000, 2, &rewrite), ZV_RTP_DROP_JUMP);
    rewrite = map_ok(&out, 1, 30001, 3);
    assert_int_equal((uint16_t)(rewrite.seq - first.seq), 2);
    assert_true(rewrite.marker);
    assert_int_equal(rewrite.ts - first.ts, 480);
}

static void a_timestamp_that_begins_anew_is_continued(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(6);
    struct zv_rtp_rewrite last = map_ok(&out, 1, 100, 0), rewrite = {0};
    static const uint32_t strange[] = {0x40000000, 0xc0000000, 16};
    for (size_t i = 0; i < ZV_ARRAY_LEN(strange); i++) {
        struct zv_rtp_source source = {
            .ssrc = 1, .seq = (uint16_t)(101 + i), .ts = strange[i], .payload_len = 160};
        int64_t now_us = NOW + (int64_t)(i + 1) * ZV_MS(20);
        assert_int_equal(zv_rtp_out_map(&out, &source, now_us, &rewrite), ZV_RTP_PASS);
        assert_int_equal(rewrite.ts - last.ts, 160);
        assert_int_equal((uint16_t)(rewrite.seq - last.seq), 1);
        last = rewrite;
    }
}

static struct zv_rtp_rewrite map_at(struct zv_rtp_out *out, uint16_t seq, uint32_t ts, int n)
{
    struct zv_rtp_source source = {.ssrc = 1, .seq = seq, .ts = ts, .payload_len = 4};
    struct zv_rtp_rewrite rewrite;
    assert_int_equal(zv_rtp_out_map(out, &source, NOW + n * ZV_MS(20), &rewrite), ZV_RTP_PASS);
    return rewrite;
}

static void a_long_event_among_audio_keeps_its_timestamp_and_moves_nothing(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(9);
    struct zv_rtp_rewrite first = map_at(&out, 100, 5000, 0);
    uint16_t seq = 101;
    for (int n = 1; n <= 400; n++) { /* a key held for eight seconds (RFC 4733 section 2.5.1.3) */
        struct zv_rtp_rewrite event = map_at(&out, seq++, 5160, n);
        struct zv_rtp_rewrite audio = map_at(&out, seq++, 5000 + (uint32_t)n * 160, n);
        assert_int_equal(event.ts - first.ts, 160);
        assert_int_equal(audio.ts - first.ts, n * 160);
    }
    assert_int_equal(zv_rtp_out_ts_at(&out, NOW + 400 * ZV_MS(20)) - first.ts, 400 * 160);
}

static void after_a_hold_as_long_as_the_sequence_nothing_more_than_a_jump_is_lost(void **state)
{
    (void)state;
    for (int back = -140; back <= 10; back++) { /* where the source is when packets flow again */
        struct zv_rtp_out out = make_out(10);
        struct zv_rtp_rewrite last = {0}, rewrite;
        for (int n = 0; n < 200; n++)
            last = map_ok(&out, 1, (uint16_t)n, n);
        int n = 199 + 65536 + back, dropped = 0;
        while (map(&out, 1, (uint16_t)n, n, &rewrite) != ZV_RTP_PASS) {
            n++;
            dropped++;
        }
        assert_in_range(dropped, 0, 1);
        assert_in_range((uint16_t)(rewrite.seq - last.seq), 1, 10);
        assert_int_equal(rewrite.ts - last.ts, (uint32_t)(n - 199) * 160);
    }
}

static void a_pause_of_the_source_is_kept(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(7);
    struct zv_rtp_rewrite first = map_ok(&out, 1, 100, 0);
    struct zv_rtp_rewrite later = map_ok(&out, 1, 101, 3000); /* a minute of silence */
    assert_int_equal(later.ts - first.ts, 3000 * 160);
    assert_int_equal(out.rebases, 0);
}

static void another_clock_continues_the_timestamp(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(8);
    struct zv_rtp_rewrite first = map_ok(&out, 1, 100, 0), rewrite;
    zv_rtp_out_set_clock(&out, 48000);
    struct zv_rtp_source source = {.ssrc = 1, .seq = 101, .ts = 5};
    assert_int_equal(zv_rtp_out_map(&out, &source, NOW + ZV_MS(20), &rewrite), ZV_RTP_PASS);
    assert_int_equal(rewrite.ts - first.ts, 960);
    assert_int_equal(zv_rtp_out_ts_at(&out, NOW + ZV_MS(120)) - rewrite.ts, 4800);
}

static void the_numbers_stay_continuous_over_wraps_and_switches(void **state)
{
    (void)state;
    struct zv_rtp_out out = make_out(9);
    uint16_t source_seq = 0;
    struct zv_rtp_rewrite last = map_ok(&out, 1, source_seq, 0);
    for (int n = 1; n < 200000; n++) {
        uint32_t ssrc = 1 + (uint32_t)(n / 50000);
        source_seq = n % 50000 ? (uint16_t)(source_seq + 1) : (uint16_t)(n * 7);
        struct zv_rtp_rewrite rewrite = map_ok(&out, ssrc, source_seq, n);
        assert_int_equal((uint16_t)(rewrite.seq - last.seq), 1);
        assert_int_equal(rewrite.ts - last.ts, 160);
        last = rewrite;
    }
}

/* Inbound. */

static enum zv_rtp_verdict receive(struct zv_rtp_in *in, uint32_t ssrc, uint16_t seq, uint32_t ts,
                                   int64_t now_us)
{
    struct zv_rtp_header header = {.ssrc = ssrc, .seq = seq, .ts = ts, .payload_len = 10};
    return zv_rtp_in_update(in, &header, now_us);
}

static void loss_is_counted_per_interval_and_in_all(void **state)
{
    (void)state;
    struct zv_rtp_in in;
    struct zv_rtp_in_report report;
    zv_rtp_in_init(&in, 8000);
    assert_false(zv_rtp_in_report(&in, &report));
    for (uint16_t seq = 0; seq < 100; seq++) {
        if (seq % 4 != 3)
            assert_int_equal(receive(&in, 5, seq, 0, NOW), ZV_RTP_PASS);
    }
    assert_int_equal(receive(&in, 5, 100, 0, NOW), ZV_RTP_PASS);
    assert_true(zv_rtp_in_report(&in, &report));
    assert_int_equal(report.ssrc, 5);
    assert_int_equal(report.highest_seq, 100);
    assert_int_equal(report.lost, 25);
    assert_int_equal(report.fraction_lost, 25 * 256 / 101);
    assert_int_equal(receive(&in, 5, 101, 0, NOW), ZV_RTP_PASS);
    assert_true(zv_rtp_in_report(&in, &report));
    assert_int_equal(report.fraction_lost, 0);
    assert_int_equal(report.lost, 25);
    assert_int_equal(zv_rtp_in_lost(&in), 25);
}

static void late_packets_are_not_lost_and_duplicates_hide_nothing(void **state)
{
    (void)state;
    struct zv_rtp_in in;
    zv_rtp_in_init(&in, 8000);
    receive(&in, 5, 10, 0, NOW);
    receive(&in, 5, 13, 0, NOW);
    assert_int_equal(zv_rtp_in_lost(&in), 2);
    assert_int_equal(receive(&in, 5, 12, 0, NOW), ZV_RTP_PASS);
    assert_int_equal(receive(&in, 5, 12, 0, NOW), ZV_RTP_DROP_DUPLICATE);
    assert_int_equal(receive(&in, 5, 13, 0, NOW), ZV_RTP_DROP_DUPLICATE);
    assert_int_equal(zv_rtp_in_lost(&in), 1);
    assert_int_equal(in.reordered, 1);
    assert_int_equal(in.duplicates, 2);
    assert_int_equal(in.packets, 3);
}

static void the_sequence_wraps_into_cycles(void **state)
{
    (void)state;
    struct zv_rtp_in in;
    struct zv_rtp_in_report report;
    zv_rtp_in_init(&in, 8000);
    uint16_t seq = 65530;
    for (int i = 0; i < 70000; i++)
        assert_int_equal(receive(&in, 5, seq++, 0, NOW), ZV_RTP_PASS);
    assert_true(zv_rtp_in_report(&in, &report));
    assert_int_equal(report.highest_seq, 65530 + 69999);
    assert_int_equal(report.lost, 0);
}

static void a_jump_inbound_needs_a_second_packet_too(void **state)
{
    (void)state;
    struct zv_rtp_in in;
    zv_rtp_in_init(&in, 8000);
    receive(&in, 5, 10, 0, NOW);
    receive(&in, 5, 12, 0, NOW);
    assert_int_equal(receive(&in, 5, 40000, 0, NOW), ZV_RTP_DROP_JUMP);
    assert_int_equal(receive(&in, 5, 40002, 0, NOW), ZV_RTP_DROP_JUMP);
    assert_int_equal(receive(&in, 5, 40003, 0, NOW), ZV_RTP_PASS);
    assert_int_equal(in.jumps, 1);
    assert_int_equal(zv_rtp_in_lost(&in), 1); /* of before */
    assert_int_equal(receive(&in, 6, 1, 0, NOW), ZV_RTP_PASS);
    assert_int_equal(in.sources, 2);
    assert_int_equal(zv_rtp_in_lost(&in), 1);
}

static void jitter_follows_the_formula_of_the_rfc(void **state)
{
    (void)state;
    struct zv_rtp_in in;
    struct zv_rtp_in_report report;
    zv_rtp_in_init(&in, 8000);
    /* Packets of 20 ms that come by turns 10 ms late: |D| is 80 ticks each time. */
    double expected = 0;
    for (int n = 0; n < 500; n++) {
        int64_t late_us = n % 2 ? ZV_MS(10) : 0;
        receive(&in, 5, (uint16_t)n, (uint32_t)n * 160, NOW + n * ZV_MS(20) + late_us);
        expected += n ? (80 - expected) / 16 : 0;
    }
    assert_true(zv_rtp_in_report(&in, &report));
    assert_in_range(report.jitter_ts, (unsigned)expected - 1, (unsigned)expected + 1);
    /* A timestamp that begins anew is no jitter. */
    receive(&in, 5, 500, 3000000000U, NOW + ZV_SECONDS(10));
    struct zv_rtp_in_report after;
    assert_true(zv_rtp_in_report(&in, &after));
    assert_int_equal(after.jitter_ts, report.jitter_ts);
}

static void packets_of_one_timestamp_add_no_jitter(void **state)
{
    (void)state;
    struct zv_rtp_in in;
    zv_rtp_in_init(&in, 8000);
    for (int n = 0; n < 40; n++) {
        bool is_event =
            n >= 10 && n < 30; /* RFC 4733: each update has the event's first timestamp */
        receive(&in, 5, (uint16_t)n, (uint32_t)(is_event ? 10 : n) * 160, NOW + n * ZV_MS(20));
    }
    assert_int_equal(in.jitter_q4, 0);
    assert_int_equal(in.packets, 40);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_sequence_number_is_in_the_lower_half),
    cmocka_unit_test(gaps_stay_gaps_and_order_numbers_stay),
    cmocka_unit_test(what_is_inserted_takes_the_place_of_what_is_skipped),
    cmocka_unit_test(what_is_inserted_may_be_the_first_of_a_stream),
    cmocka_unit_test(no_number_leaves_twice),
    cmocka_unit_test(another_source_continues_the_numbers),
    cmocka_unit_test(a_switch_within_one_packet_time_moves_the_timestamp_on),
    cmocka_unit_test(a_jump_needs_a_second_packet),
    cmocka_unit_test(a_timestamp_that_begins_anew_is_continued),
    cmocka_unit_test(a_long_event_among_audio_keeps_its_timestamp_and_moves_nothing),
    cmocka_unit_test(after_a_hold_as_long_as_the_sequence_nothing_more_than_a_jump_is_lost),
    cmocka_unit_test(a_pause_of_the_source_is_kept),
    cmocka_unit_test(another_clock_continues_the_timestamp),
    cmocka_unit_test(the_numbers_stay_continuous_over_wraps_and_switches),
    cmocka_unit_test(loss_is_counted_per_interval_and_in_all),
    cmocka_unit_test(late_packets_are_not_lost_and_duplicates_hide_nothing),
    cmocka_unit_test(the_sequence_wraps_into_cycles),
    cmocka_unit_test(a_jump_inbound_needs_a_second_packet_too),
    cmocka_unit_test(jitter_follows_the_formula_of_the_rfc),
    cmocka_unit_test(packets_of_one_timestamp_add_no_jitter),
};
ZV_TEST_MAIN(tests)
