/* The RTCP machine of a leg: when it reports, what it says, what it learns. Two of them talk. */
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "rtc/rtcp/session.h"

#include <string.h>

#define NOW    ZV_SECONDS(500)
#define UNIX_S INT64_C(1700000000)

/* One end: its streams and its session. */
struct end {
    struct zv_rtp_out out;
    struct zv_rtp_in in;
    struct zv_rtcp_session *session;
    uint16_t seq;
};

static struct zv_rand_seeded seeded = {77};

static void open_end(struct end *end, const char *cname)
{
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    *end = (struct end){0};
    zv_rtp_out_init(&end->out, 8000, &rand);
    zv_rtp_in_init(&end->in, 8000);
    struct zv_rtcp_session_cfg cfg = {
        .out = &end->out,
        .in = &end->in,
        .cname = zv_str(cname),
        .rand = rand,
        .now_us = NOW,
        .wall_offset_us = UNIX_S * ZV_US_PER_S - NOW,
    };
    assert_int_equal(zv_rtcp_session_new(&end->session, &cfg), 0);
}

/* One packet of 20 ms from `from` to `to`; lost if `to` is NULL. */
static void send_media(struct end *from, struct end *to, int64_t now_us)
{
    struct zv_rtp_source source = {
        .ssrc = 1, .seq = from->seq, .ts = from->seq * 160U, .payload_len = 160};
    struct zv_rtp_rewrite rewrite;
    from->seq++;
    assert_int_equal(zv_rtp_out_map(&from->out, &source, now_us, &rewrite), ZV_RTP_PASS);
    struct zv_rtp_header header = {
        .ssrc = rewrite.ssrc, .seq = rewrite.seq, .ts = rewrite.ts, .payload_len = 160};
    if (to)
        assert_int_equal(zv_rtp_in_update(&to->in, &header, now_us), ZV_RTP_PASS);
}

struct report {
    uint8_t bytes[256];
    size_t len;
    size_t events[ZV_RTCP_OUT_COUNT];
};

static void drain(struct end *end, struct report *report)
{
    struct zv_rtcp_out out;
    while (zv_rtcp_session_poll(end->session, &out) != ZV_RTCP_OUT_NONE) {
        report->events[out.kind]++;
        if (out.kind != ZV_RTCP_OUT_SEND)
            continue;
        memcpy(report->bytes, out.data, out.len);
        report->len = out.len;
    }
}

static int64_t next_report(struct end *end, struct report *report)
{
    int64_t at_us = zv_rtcp_session_deadline_us(end->session);
    *report = (struct report){0};
    zv_rtcp_session_on_timeout(end->session, at_us);
    drain(end, report);
    assert_int_equal(zv_rtcp_check(report->bytes, report->len), ZV_RTP_PASS);
    return at_us;
}

static struct report deliver(struct end *to, const struct report *report, int64_t now_us)
{
    struct report caused = {0};
    assert_int_equal(zv_rtcp_session_on_datagram(to->session, report->bytes, report->len, now_us),
                     ZV_RTP_PASS);
    drain(to, &caused);
    return caused;
}

static struct zv_rtcp_packet first_packet(const struct report *report)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(report->bytes, report->len);
    struct zv_rtcp_packet packet = {0};
    assert_true(zv_rtcp_next(&cursor, &packet));
    return packet;
}

static void close_end(struct end *end)
{
    assert_null(zv_rtcp_session_free(end->session));
}

static void reports_come_at_spread_intervals(void **state)
{
    (void)state;
    struct end end;
    struct report report;
    open_end(&end, "me");
    int64_t last_us = next_report(&end, &report);
    assert_in_range(last_us - NOW, ZV_SECONDS(5) / 4, ZV_SECONDS(5) * 3 / 4);
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 300; i++) {
        int64_t at_us = next_report(&end, &report);
        least = at_us - last_us < least ? at_us - last_us : least;
        most = at_us - last_us > most ? at_us - last_us : most;
        last_us = at_us;
    }
    assert_in_range(least, ZV_MS(2500), ZV_MS(2700));
    assert_in_range(most, ZV_MS(7300), ZV_MS(7500));
    zv_rtcp_session_on_timeout(end.session, last_us); /* too early: nothing */
    report = (struct report){0};
    drain(&end, &report);
    assert_int_equal(report.len, 0);
    close_end(&end);
}

static void a_sender_sends_sr_and_later_rr(void **state)
{
    (void)state;
    struct end end;
    struct report report;
    open_end(&end, "me");
    next_report(&end, &report);
    assert_int_equal(first_packet(&report).type, ZV_RTCP_RR);
    send_media(&end, NULL, zv_rtcp_session_deadline_us(end.session));
    const uint8_t types[] = {ZV_RTCP_SR, ZV_RTCP_SR, ZV_RTCP_RR};
    for (size_t i = 0; i < sizeof(types); i++) {
        next_report(&end, &report);
        assert_int_equal(first_packet(&report).type, types[i]);
    }
    close_end(&end);
}

static void the_sr_tells_wall_clock_and_media_clock_of_one_moment(void **state)
{
    (void)state;
    struct end end;
    struct report report;
    struct zv_rtcp_sender sender;
    open_end(&end, "me");
    int64_t at_us = zv_rtcp_session_deadline_us(end.session);
    send_media(&end, NULL, at_us - ZV_SECONDS(1));
    next_report(&end, &report);
    struct zv_rtcp_packet packet = first_packet(&report);
    assert_true(zv_rtcp_parse_sender(&packet, &sender));
    assert_int_equal(sender.ssrc, end.out.ssrc);
    assert_int_equal(sender.packets, 1);
    assert_int_equal(sender.octets, 160);
    assert_int_equal(sender.ts - end.out.ts, 8000);
    int64_t unix_us = UNIX_S * ZV_US_PER_S + at_us - NOW;
    assert_true((int64_t)(sender.ntp >> 32) - INT64_C(2208988800) == unix_us / ZV_US_PER_S);
    uint64_t fraction_us = ((sender.ntp & UINT32_MAX) * ZV_US_PER_S) >> 32;
    assert_in_range(fraction_us + 1, unix_us % ZV_US_PER_S, unix_us % ZV_US_PER_S + 1);
    close_end(&end);
}

static void both_ends_learn_loss_and_round_trip(void **state)
{
    (void)state;
    struct end a, b;
    struct report report;
    open_end(&a, "a");
    open_end(&b, "b");
    int64_t at_us = zv_rtcp_session_deadline_us(a.session);
    while (zv_rtcp_session_deadline_us(b.session) < at_us + ZV_MS(30))
        next_report(&b, &report);
    for (int i = 0; i < 100; i++)
        send_media(&a, i % 10 == 5 ? NULL : &b, NOW);
    next_report(&a, &report);
    assert_int_equal(zv_rtcp_session_far(a.session)->rtt_us, -1);
    deliver(&b, &report, at_us + ZV_MS(30));
    assert_int_equal(zv_rtcp_session_far(b.session)->sender_packets, 100);
    int64_t back_us = next_report(&b, &report);
    deliver(&a, &report, back_us + ZV_MS(50));
    const struct zv_rtcp_far *far = zv_rtcp_session_far(a.session);
    assert_in_range(far->rtt_us, ZV_MS(80) - 50, ZV_MS(80) + 50);
    assert_true(far->heard_us == back_us + ZV_MS(50));
    assert_true(far->report_us == far->heard_us);
    assert_int_equal(far->lost, 10);
    assert_int_equal(far->fraction_lost, 10 * 256 / 100);
    close_end(&a);
    close_end(&b);
}

static void an_invented_stamp_gives_no_round_trip(void **state)
{
    (void)state;
    struct end end;
    struct report forged = {0};
    open_end(&end, "me");
    send_media(&end, NULL, NOW);
    next_report(&end, &forged);
    struct zv_buf buf = zv_buf(forged.bytes, sizeof(forged.bytes));
    struct zv_rtcp_block block = {.ssrc = end.out.ssrc, .last_sr = 0x12345678, .lost = 3};
    zv_rtcp_write_rr(&buf, 5, &block, 1);
    forged.len = buf.len;
    deliver(&end, &forged, NOW + ZV_SECONDS(10));
    assert_int_equal(zv_rtcp_session_far(end.session)->rtt_us, -1);
    assert_int_equal(zv_rtcp_session_far(end.session)->lost, 3);
    close_end(&end);
}

static void a_block_is_sent_only_about_what_came(void **state)
{
    (void)state;
    struct end a, b;
    struct report report;
    open_end(&a, "a");
    open_end(&b, "b");
    next_report(&b, &report);
    assert_int_equal(first_packet(&report).count, 0);
    send_media(&a, &b, NOW);
    next_report(&b, &report);
    assert_int_equal(first_packet(&report).count, 1);
    next_report(&b, &report);
    assert_int_equal(first_packet(&report).count, 0);
    close_end(&a);
    close_end(&b);
}

static void closing_says_bye_once_and_stops(void **state)
{
    (void)state;
    struct end a, b;
    struct report report = {0};
    open_end(&a, "a");
    open_end(&b, "b");
    send_media(&a, &b, NOW);
    zv_rtcp_session_close(a.session, NOW);
    drain(&a, &report);
    assert_int_equal(report.events[ZV_RTCP_OUT_SEND], 1);
    assert_true(zv_rtcp_session_deadline_us(a.session) == ZV_TIME_NEVER);
    struct report caused = deliver(&b, &report, NOW);
    assert_int_equal(caused.events[ZV_RTCP_OUT_BYE], 1);
    assert_true(zv_rtcp_session_far(b.session)->has_left);
    caused = deliver(&b, &report, NOW);
    assert_int_equal(caused.events[ZV_RTCP_OUT_BYE], 0);
    zv_rtcp_session_close(a.session, NOW);
    report = (struct report){0};
    drain(&a, &report);
    assert_int_equal(report.len, 0);
    close_end(&a);
    close_end(&b);
}

static void a_bye_of_somebody_else_is_no_bye(void **state)
{
    (void)state;
    struct end a, b;
    struct report report = {0};
    open_end(&a, "a");
    open_end(&b, "b");
    send_media(&a, &b, NOW);
    struct zv_buf buf = zv_buf(report.bytes, sizeof(report.bytes));
    zv_rtcp_write_rr(&buf, a.out.ssrc + 1, NULL, 0);
    zv_rtcp_write_bye(&buf, a.out.ssrc + 1);
    report.len = buf.len;
    struct report caused = deliver(&b, &report, NOW);
    assert_int_equal(caused.events[ZV_RTCP_OUT_BYE], 0);
    close_end(&a);
    close_end(&b);
}

static void malformed_reports_are_counted_and_change_nothing(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, "me");
    static const uint8_t bytes[] = {0x81, 201, 0, 1, 0, 0, 0, 1};
    assert_int_equal(zv_rtcp_session_on_datagram(end.session, bytes, sizeof(bytes), NOW),
                     ZV_RTP_DROP_SHORT);
    assert_int_equal(zv_rtcp_session_counters(end.session)->dropped, 1);
    assert_true(zv_rtcp_session_far(end.session)->heard_us == ZV_TIME_NEVER);
    close_end(&end);
}

/* ---- what an SR relates to each other ---- */

/* The next report of `end` as an SR, and when it was sent. */
static struct zv_rtcp_sender next_sr(struct end *end, int64_t *ret_at_us)
{
    struct report report;
    struct zv_rtcp_sender sender;
    *ret_at_us = next_report(end, &report);
    struct zv_rtcp_packet packet = first_packet(&report);
    assert_true(zv_rtcp_parse_sender(&packet, &sender));
    return sender;
}

/* A packet of `source`, whose own clock says `source_ts` now: the timestamp that it leaves with. */
static uint32_t leave_with(struct end *end, uint32_t source_ssrc, uint16_t seq, uint32_t source_ts,
                           int64_t now_us)
{
    struct zv_rtp_source source = {
        .ssrc = source_ssrc, .seq = seq, .ts = source_ts, .payload_len = 160};
    struct zv_rtp_rewrite rewrite;
    assert_int_equal(zv_rtp_out_map(&end->out, &source, now_us, &rewrite), ZV_RTP_PASS);
    return rewrite.ts;
}

static void an_sr_and_the_packets_around_it_tell_one_clock(void **state)
{
    (void)state;
    struct end end;
    int64_t at_us;
    open_end(&end, "me");
    leave_with(&end, 1, 100, 16000, zv_rtcp_session_deadline_us(end.session) - ZV_MS(20));
    struct zv_rtcp_sender sender = next_sr(&end, &at_us);
    /* On hold for 40 s; the source's own clock went on meanwhile. */
    int64_t back_us = at_us + ZV_SECONDS(40);
    uint32_t ts = leave_with(&end, 1, 2101, 16160 + 40 * 8000, back_us);
    assert_int_equal(ts - sender.ts, 40 * 8000);
    while (zv_rtcp_session_deadline_us(end.session) < back_us) {
        struct report skipped;
        next_report(&end, &skipped);
    }
    leave_with(&end, 1, 2102, 16320 + 40 * 8000, zv_rtcp_session_deadline_us(end.session));
    /* Another source takes over with numbers of its own: a transfer. */
    sender = next_sr(&end, &at_us);
    ts = leave_with(&end, 7, 9, 4000000000U, at_us + ZV_MS(500));
    assert_int_equal(ts - sender.ts, 4000);
    /* Another codec, with another clock. */
    sender = next_sr(&end, &at_us);
    zv_rtp_out_set_clock(&end.out, 48000);
    ts = leave_with(&end, 7, 10, 12345, at_us + ZV_MS(20));
    struct zv_rtcp_sender faster = next_sr(&end, &at_us);
    int64_t since_us = at_us - end.out.ts_us;
    assert_int_equal(faster.ts - ts, since_us * 48000 / ZV_US_PER_S);
    close_end(&end);
}

static void every_compound_names_its_source(void **state)
{
    (void)state;
    struct end end;
    struct report report;
    open_end(&end, "Q2h0RmVuYmFj");
    for (int i = 0; i < 4; i++) {
        struct zv_rtcp_packet packet;
        struct zv_str cname = {0};
        if (i == 2)
            send_media(&end, NULL, zv_rtcp_session_deadline_us(end.session));
        next_report(&end, &report);
        assert_true(zv_rtcp_is_compound(report.bytes, report.len));
        struct zv_rtcp_cursor cursor = zv_rtcp_cursor(report.bytes, report.len);
        while (zv_rtcp_next(&cursor, &packet) && packet.type != ZV_RTCP_SDES)
            ;
        assert_true(zv_rtcp_find_cname(&packet, end.out.ssrc, &cname));
        assert_true(zv_str_is(cname, "Q2h0RmVuYmFj"));
    }
    close_end(&end);
}

static void a_block_has_loss_jitter_and_both_halves_of_the_round_trip(void **state)
{
    (void)state;
    struct end a, b;
    struct report report;
    struct zv_rtcp_block block;
    open_end(&a, "a");
    open_end(&b, "b");
    int64_t sent_us = zv_rtcp_session_deadline_us(a.session);
    while (zv_rtcp_session_deadline_us(b.session) < sent_us + ZV_MS(7))
        next_report(&b, &report);
    /* 20 packets, every second 10 ms late, the tenth lost: |D| is 80 ticks but for the lost one. */
    double jitter = 0;
    for (int n = 0; n < 20; n++) {
        send_media(&a, n == 10 ? NULL : &b, NOW + n * ZV_MS(20) + (n % 2 ? ZV_MS(10) : 0));
        double step = n == 11 ? 0 : 80; /* 9 and 11 are late both */
        jitter += n && n != 10 ? (step - jitter) / 16 : 0;
    }
    struct zv_rtcp_sender sender;
    assert_true(next_report(&a, &report) == sent_us);
    struct zv_rtcp_packet packet = first_packet(&report);
    assert_true(zv_rtcp_parse_sender(&packet, &sender));
    deliver(&b, &report, sent_us + ZV_MS(7));
    int64_t at_us = next_report(&b, &report);
    packet = first_packet(&report);
    assert_true(zv_rtcp_parse_block(&packet, 0, &block));
    assert_int_equal(block.ssrc, a.out.ssrc);
    assert_int_equal(block.lost, 1);
    assert_int_equal(block.fraction_lost, 256 / 20);
    assert_int_equal(block.highest_seq, a.out.seq);
    assert_in_range(block.jitter_ts, (unsigned)jitter - 1, (unsigned)jitter + 1);
    assert_int_equal(block.last_sr, (uint32_t)(sender.ntp >> 16));
    assert_int_equal(block.delay_q16, ((uint64_t)(at_us - sent_us - ZV_MS(7)) << 16) / ZV_US_PER_S);
    close_end(&a);
    close_end(&b);
}

static void another_ssrc_says_goodbye_for_the_one_before(void **state)
{
    (void)state;
    struct end a, b;
    struct report report;
    struct zv_rtcp_packet packet;
    open_end(&a, "a");
    open_end(&b, "b");
    send_media(&a, &b, zv_rtcp_session_deadline_us(a.session));
    next_report(&a, &report);
    deliver(&b, &report, NOW);
    uint32_t old_ssrc = a.out.ssrc;
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    zv_rtp_out_init(&a.out, 8000, &rand); /* as with new keys */
    next_report(&a, &report);
    packet = first_packet(&report);
    assert_int_equal(packet.type, ZV_RTCP_RR); /* nothing was sent with it yet */
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(report.bytes, report.len);
    bool is_said = false;
    while (zv_rtcp_next(&cursor, &packet))
        is_said = is_said || zv_rtcp_bye_has(&packet, old_ssrc);
    assert_true(is_said);
    struct report caused = deliver(&b, &report, NOW);
    assert_int_equal(caused.events[ZV_RTCP_OUT_BYE], 1);
    next_report(&a, &report); /* once */
    cursor = zv_rtcp_cursor(report.bytes, report.len);
    while (zv_rtcp_next(&cursor, &packet))
        assert_int_not_equal(packet.type, ZV_RTCP_BYE);
    close_end(&a);
    close_end(&b);
}

static void what_is_not_whole_is_refused(void **state)
{
    (void)state;
    struct end end;
    uint8_t bytes[16];
    struct zv_buf bye = zv_buf(bytes, sizeof(bytes));
    open_end(&end, "me");
    zv_rtcp_write_bye(&bye, 5);
    assert_int_equal(zv_rtcp_session_on_datagram(end.session, bytes, bye.len, NOW),
                     ZV_RTP_DROP_TYPE);
    assert_int_equal(zv_rtcp_session_counters(end.session)->dropped, 1);
    assert_true(zv_rtcp_session_far(end.session)->heard_us == ZV_TIME_NEVER);
    close_end(&end);
}

static void without_memory_or_with_a_long_cname_nothing_is_made(void **state)
{
    (void)state;
    struct end end;
    open_end(&end, "me");
    char cname[ZV_RTCP_MAX_CNAME + 1];
    memset(cname, 'c', sizeof(cname));
    struct zv_rtcp_session *session = NULL;
    struct zv_rtcp_session_cfg cfg = {.out = &end.out,
                                      .in = &end.in,
                                      .rand = zv_rand_seeded_source(&seeded),
                                      .cname = zv_str_n(cname, sizeof(cname))};
    assert_int_equal(zv_rtcp_session_new(&session, &cfg), ZV_E_INVAL);
    cfg.cname.len--;
    zv_alloc_fail_after(0);
    assert_int_equal(zv_rtcp_session_new(&session, &cfg), ZV_E_NOMEM);
    zv_alloc_fail_after(-1);
    assert_null(session);
    assert_int_equal(zv_rtcp_session_new(&session, &cfg), 0);
    zv_rtcp_session_free(session);
    close_end(&end);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reports_come_at_spread_intervals),
    cmocka_unit_test(a_sender_sends_sr_and_later_rr),
    cmocka_unit_test(the_sr_tells_wall_clock_and_media_clock_of_one_moment),
    cmocka_unit_test(both_ends_learn_loss_and_round_trip),
    cmocka_unit_test(an_invented_stamp_gives_no_round_trip),
    cmocka_unit_test(a_block_is_sent_only_about_what_came),
    cmocka_unit_test(closing_says_bye_once_and_stops),
    cmocka_unit_test(a_bye_of_somebody_else_is_no_bye),
    cmocka_unit_test(malformed_reports_are_counted_and_change_nothing),
    cmocka_unit_test(an_sr_and_the_packets_around_it_tell_one_clock),
    cmocka_unit_test(every_compound_names_its_source),
    cmocka_unit_test(a_block_has_loss_jitter_and_both_halves_of_the_round_trip),
    cmocka_unit_test(another_ssrc_says_goodbye_for_the_one_before),
    cmocka_unit_test(what_is_not_whole_is_refused),
    cmocka_unit_test(without_memory_or_with_a_long_cname_nothing_is_made),
};
ZV_TEST_MAIN(tests)
