/* RTCP packets: what is written reads back, what is malformed is refused. */
#include "support/test.h"

#include "rtc/rtcp/rtcp.h"

#include <string.h>

static const struct zv_rtcp_block block = {
    .ssrc = 0x11223344,
    .fraction_lost = 64,
    .lost = -5,
    .highest_seq = 0x00020001,
    .jitter_ts = 33,
    .last_sr = 0xaabbccdd,
    .delay_q16 = 65536,
};
static const struct zv_rtcp_sender sender = {
    .ssrc = 0x99887766,
    .ntp = UINT64_C(0x0123456789abcdef),
    .ts = 4711,
    .packets = 100,
    .octets = 16000,
};

static void assert_block(const struct zv_rtcp_packet *packet, size_t index)
{
    struct zv_rtcp_block got = {0};
    assert_true(zv_rtcp_parse_block(packet, index, &got));
    assert_int_equal(got.ssrc, block.ssrc);
    assert_int_equal(got.fraction_lost, block.fraction_lost);
    assert_int_equal(got.lost, block.lost);
    assert_int_equal(got.highest_seq, block.highest_seq);
    assert_int_equal(got.jitter_ts, block.jitter_ts);
    assert_int_equal(got.last_sr, block.last_sr);
    assert_int_equal(got.delay_q16, block.delay_q16);
}

static void a_compound_reads_back(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    const struct zv_rtcp_block blocks[] = {block, block};
    zv_rtcp_write_sr(&buf, &sender, blocks, 2);
    zv_rtcp_write_cname(&buf, sender.ssrc, zv_str("someone"));
    zv_rtcp_write_bye(&buf, sender.ssrc);
    assert_int_equal(zv_rtcp_check(bytes, buf.len), ZV_RTP_PASS);

    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(bytes, buf.len);
    struct zv_rtcp_packet packet;
    struct zv_rtcp_sender got;
    struct zv_rtcp_block extra;
    struct zv_str cname;
    uint32_t ssrc;
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_true(zv_rtcp_parse_sender(&packet, &got));
    assert_true(got.ntp == sender.ntp && got.ts == 4711 && got.packets == 100);
    assert_int_equal(got.octets, 16000);
    assert_block(&packet, 0);
    assert_block(&packet, 1);
    assert_false(zv_rtcp_parse_block(&packet, 2, &extra));
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_true(zv_rtcp_find_cname(&packet, sender.ssrc, &cname) && zv_str_is(cname, "someone"));
    assert_false(zv_rtcp_find_cname(&packet, 1, &cname));
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_true(zv_rtcp_bye_has(&packet, sender.ssrc));
    assert_false(zv_rtcp_bye_has(&packet, 1));
    assert_true(zv_rtcp_ssrc(&packet, &ssrc) && ssrc == sender.ssrc);
    assert_false(zv_rtcp_next(&cursor, &packet));
}

static void a_receiver_report_reads_back(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_rr(&buf, 7, &block, 1);
    assert_int_equal(zv_rtcp_check(bytes, buf.len), ZV_RTP_PASS);
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(bytes, buf.len);
    struct zv_rtcp_packet packet;
    struct zv_rtcp_sender got;
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_false(zv_rtcp_parse_sender(&packet, &got));
    assert_block(&packet, 0);
}

static void cnames_of_each_length_end_on_a_word(void **state)
{
    (void)state;
    static const char name[] = "abcdefghijklmnop";
    for (size_t len = 0; len < sizeof(name); len++) {
        uint8_t bytes[64];
        struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
        struct zv_str cname;
        zv_rtcp_write_cname(&buf, 7, zv_str_n(name, len));
        assert_int_equal(buf.len % 4, 0);
        assert_int_equal(zv_rtcp_check(bytes, buf.len), ZV_RTP_PASS);
        struct zv_rtcp_cursor cursor = zv_rtcp_cursor(bytes, buf.len);
        struct zv_rtcp_packet packet;
        assert_true(zv_rtcp_next(&cursor, &packet));
        assert_true(zv_rtcp_find_cname(&packet, 7, &cname));
        assert_true(zv_str_eq(cname, zv_str_n(name, len)));
    }
}

static void an_sdes_with_a_wrong_length_has_no_cname(void **state)
{
    (void)state;
    uint8_t bytes[] = {0x81, 202, 0, 2, 0, 0, 0, 7, 1, 200, 'a', 0};
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(bytes, sizeof(bytes));
    struct zv_rtcp_packet packet;
    struct zv_str cname;
    assert_int_equal(zv_rtcp_check(bytes, sizeof(bytes)), ZV_RTP_PASS);
    assert_true(zv_rtcp_next(&cursor, &packet));
    assert_false(zv_rtcp_find_cname(&packet, 7, &cname));
    bytes[9] = 2; /* no room for the end */
    assert_false(zv_rtcp_find_cname(&packet, 7, &cname));
    bytes[9] = 1;
    assert_true(zv_rtcp_find_cname(&packet, 7, &cname));
}

static void malformed_datagrams_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[12];
        size_t len;
        enum zv_rtp_verdict verdict;
    } rows[] = {
        {{0}, 0, ZV_RTP_DROP_SHORT},
        {{0x80, 201, 0}, 3, ZV_RTP_DROP_SHORT},
        {{0x80, 201, 0, 1}, 4, ZV_RTP_DROP_SHORT},
        {{0x80, 201, 0, 0}, 4, ZV_RTP_DROP_SHORT}, /* an RR has an SSRC */
        {{0x81, 201, 0, 1}, 8, ZV_RTP_DROP_SHORT}, /* and the block it promises */
        {{0x40, 201, 0, 1}, 8, ZV_RTP_DROP_VERSION},
        {{0x80, 100, 0, 1}, 8, ZV_RTP_DROP_TYPE},
        {{0xa0, 201, 0, 1, 0, 0, 0, 0}, 8, ZV_RTP_DROP_PADDING},
        {{0xa0, 201, 0, 1, 0, 0, 0, 8}, 8, ZV_RTP_DROP_PADDING},
        {{0xa0, 201, 0, 1, 0, 0, 0, 3}, 8, ZV_RTP_DROP_PADDING},
        {{0xa0, 201, 0, 1, 0, 0, 0, 4, 0x80, 203, 0, 0}, 12, ZV_RTP_DROP_PADDING},
        {{0x80, 201, 0, 1, 0, 0, 0, 1, 0x80}, 9, ZV_RTP_DROP_SHORT},
        {{0x80, 203, 0, 0}, 4, ZV_RTP_PASS},  /* a BYE of nobody */
        {{0x81, 206, 0, 2}, 12, ZV_RTP_PASS}, /* a PLI alone (RFC 5506) */
        {{0x80, 207, 0, 1}, 8, ZV_RTP_PASS},  /* an XR */
        {{0x80, 192, 0, 0}, 4, ZV_RTP_PASS},  /* something old */
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++)
        assert_int_equal(zv_rtcp_check(rows[i].bytes, rows[i].len), rows[i].verdict);
}

static void too_many_packets_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[4 * (ZV_RTCP_MAX_PACKETS + 1)];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    for (size_t i = 0; i <= ZV_RTCP_MAX_PACKETS; i++)
        zv_buf_put(&buf, "\x80\xcb\0\0", 4);
    assert_int_equal(zv_rtcp_check(bytes, buf.len - 4), ZV_RTP_PASS);
    assert_int_equal(zv_rtcp_check(bytes, buf.len), ZV_RTP_DROP_SHORT);
}

static void a_full_buffer_overflows(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 92; cap += 4) {
        uint8_t bytes[128];
        memset(bytes, 0xee, sizeof(bytes));
        struct zv_buf buf = zv_buf(bytes, cap);
        zv_rtcp_write_sr(&buf, &sender, &block, 1);
        zv_rtcp_write_cname(&buf, 1, zv_str("0123456789"));
        zv_rtcp_write_bye(&buf, 1);
        assert_int_equal(buf.overflow, cap < 84);
        assert_int_equal(bytes[cap], 0xee);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_compound_reads_back),
    cmocka_unit_test(a_receiver_report_reads_back),
    cmocka_unit_test(cnames_of_each_length_end_on_a_word),
    cmocka_unit_test(an_sdes_with_a_wrong_length_has_no_cname),
    cmocka_unit_test(malformed_datagrams_are_refused),
    cmocka_unit_test(too_many_packets_are_refused),
    cmocka_unit_test(a_full_buffer_overflows),
};
ZV_TEST_MAIN(tests)
