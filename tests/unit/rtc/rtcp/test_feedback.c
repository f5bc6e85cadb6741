/* Feedback packets: read from bytes of the RFCs' layouts, and what is written reads back. */
#include "support/test.h"

#include "rtc/rtcp/feedback.h"

#include <string.h>

static struct zv_rtcp_packet only_packet(const uint8_t *bytes, size_t len)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(bytes, len);
    struct zv_rtcp_packet packet = {0};
    assert_int_equal(zv_rtcp_check(bytes, len), ZV_RTP_PASS);
    assert_true(zv_rtcp_next(&cursor, &packet) && !cursor.left);
    return packet;
}

static const uint8_t pli[] = {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};
static const uint8_t nack[] = {0x81, 205, 0, 4,    0,    0,    0,    1,    0,    0,
                               0,    2,   0, 0x10, 0x80, 0x01, 0x01, 0x00, 0xff, 0xff};
static const uint8_t firs[] = {0x84, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
                               0,    2,   9, 0, 0, 0, 0, 0, 0, 3, 8, 0, 0, 0};
/* 2.5 Mbit/s are 78125 << 5; overhead 40 */
static const uint8_t tmmbr[] = {0x83, 205, 0, 4, 0, 0, 0,    1,    0,    0,
                                0,    0,   0, 0, 0, 2, 0x16, 0x62, 0x5a, 0x28};
static const uint8_t tmmbn_of_none[] = {0x84, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0};
/* 0x3ffff << 2 */
static const uint8_t remb[] = {0x8f, 206, 0, 6,    0,    0,    0, 1, 0, 0, 0, 0, 'R', 'E',
                               'M',  'B', 2, 0x0b, 0xff, 0xff, 0, 0, 0, 2, 0, 0, 0,   3};

static void requests_for_key_frames_are_read(void **state)
{
    (void)state;
    struct zv_rtcp_fir fir;
    struct zv_rtcp_packet packet = only_packet(pli, sizeof(pli));
    assert_true(zv_rtcp_is_pli(&packet, 2));
    assert_false(zv_rtcp_is_pli(&packet, 3));
    assert_false(zv_rtcp_parse_fir(&packet, 0, &fir));
    packet = only_packet(firs, sizeof(firs));
    assert_false(zv_rtcp_is_pli(&packet, 0));
    assert_true(zv_rtcp_parse_fir(&packet, 0, &fir) && fir.ssrc == 2 && fir.seq == 9);
    assert_true(zv_rtcp_parse_fir(&packet, 1, &fir) && fir.ssrc == 3 && fir.seq == 8);
    assert_false(zv_rtcp_parse_fir(&packet, 2, &fir));
}

static void nacks_are_read(void **state)
{
    (void)state;
    struct zv_rtcp_packet packet = only_packet(nack, sizeof(nack));
    struct zv_rtcp_nack got;
    uint32_t ssrc;
    assert_true(zv_rtcp_media_ssrc(&packet, &ssrc) && ssrc == 2);
    assert_true(zv_rtcp_parse_nack(&packet, 0, &got) && got.seq == 0x10 && got.mask == 0x8001);
    assert_true(zv_rtcp_parse_nack(&packet, 1, &got) && got.seq == 0x100 && got.mask == 0xffff);
    assert_false(zv_rtcp_parse_nack(&packet, 2, &got));
    packet = only_packet(pli, sizeof(pli));
    assert_false(zv_rtcp_parse_nack(&packet, 0, &got));
}

static void limits_are_read(void **state)
{
    (void)state;
    struct zv_rtcp_tmmb entry;
    uint64_t rate;
    struct zv_rtcp_packet packet = only_packet(tmmbr, sizeof(tmmbr));
    assert_true(zv_rtcp_parse_tmmbr(&packet, 0, &entry));
    assert_int_equal(entry.ssrc, 2);
    assert_int_equal(entry.bits_per_s, 2500000);
    assert_int_equal(entry.overhead_bytes, 40);
    assert_false(zv_rtcp_parse_tmmbr(&packet, 1, &entry) || zv_rtcp_is_tmmbn(&packet));
    packet = only_packet(tmmbn_of_none, sizeof(tmmbn_of_none));
    assert_true(zv_rtcp_is_tmmbn(&packet));
    assert_false(zv_rtcp_parse_tmmbn(&packet, 0, &entry));
    packet = only_packet(remb, sizeof(remb));
    assert_true(zv_rtcp_parse_remb(&packet, &rate) && rate == (uint64_t)0x3ffff << 2);
    assert_true(zv_rtcp_remb_has(&packet, 2) && zv_rtcp_remb_has(&packet, 3));
    assert_false(zv_rtcp_remb_has(&packet, 1));
}

static void a_rate_beyond_all_numbers_is_no_limit(void **state)
{
    (void)state;
    struct zv_rtcp_tmmb entry;
    uint64_t rate;
    uint8_t bytes[sizeof(remb)];
    memcpy(bytes, tmmbr, sizeof(tmmbr));
    bytes[16] |= 0xfc;
    struct zv_rtcp_packet packet = only_packet(bytes, sizeof(tmmbr));
    assert_true(zv_rtcp_parse_tmmbr(&packet, 0, &entry) && entry.bits_per_s == UINT64_MAX);
    memcpy(bytes, remb, sizeof(remb));
    bytes[17] |= 0xfc;
    packet = only_packet(bytes, sizeof(remb));
    assert_true(zv_rtcp_parse_remb(&packet, &rate) && rate == UINT64_MAX);
}

static void a_remb_that_names_more_than_it_has_is_bounded(void **state)
{
    (void)state;
    uint64_t rate;
    uint8_t bytes[sizeof(remb)];
    memcpy(bytes, remb, sizeof(remb));
    bytes[16] = 255;
    struct zv_rtcp_packet packet = only_packet(bytes, sizeof(remb));
    assert_true(zv_rtcp_remb_has(&packet, 3));
    assert_false(zv_rtcp_remb_has(&packet, 4));
    bytes[15] = 'X';
    packet = only_packet(bytes, sizeof(remb));
    assert_false(zv_rtcp_parse_remb(&packet, &rate) || zv_rtcp_remb_has(&packet, 3));
}

static void what_is_written_is_what_the_rfcs_lay_out(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_pli(&buf, 1, 2);
    assert_int_equal(buf.len, sizeof(pli));
    assert_memory_equal(bytes, pli, sizeof(pli));

    const struct zv_rtcp_nack items[] = {{0x10, 0x8001}, {0x100, 0xffff}};
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_nack(&buf, 1, 2, items, 2);
    assert_int_equal(buf.len, sizeof(nack));
    assert_memory_equal(bytes, nack, sizeof(nack));

    const struct zv_rtcp_fir fir = {.ssrc = 2, .seq = 9};
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_fir(&buf, 1, &fir);
    assert_int_equal(buf.len, 20);
    assert_int_equal(bytes[3], 4);
    assert_memory_equal(bytes + 4, firs + 4, 16);

    const struct zv_rtcp_tmmb entry = {.ssrc = 2, .bits_per_s = 2500000, .overhead_bytes = 40};
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_tmmbr(&buf, 1, &entry);
    assert_int_equal(buf.len, sizeof(tmmbr));
    /* The RFC leaves the exponent to the writer: the least that holds it. */
    assert_memory_equal(bytes, tmmbr, sizeof(tmmbr));
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_tmmbn(&buf, 1, NULL);
    assert_int_equal(buf.len, sizeof(tmmbn_of_none));
    assert_memory_equal(bytes, tmmbn_of_none, sizeof(tmmbn_of_none));

    const uint32_t ssrcs[] = {2, 3};
    buf = zv_buf(bytes, sizeof(bytes));
    zv_rtcp_write_remb(&buf, 1, (uint64_t)0x3ffff << 2, ssrcs, 2);
    assert_int_equal(buf.len, sizeof(remb));
    assert_memory_equal(bytes, remb, sizeof(remb));
}

static void rates_of_each_size_are_rounded_down(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t rate = (UINT64_MAX >> (63 - bits)) - (UINT64_C(1) << bits) / 3, got = 0;
        struct zv_rtcp_tmmb entry = {.ssrc = 2, .bits_per_s = rate};
        uint8_t bytes[64];
        struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
        zv_rtcp_write_tmmbn(&buf, 1, &entry);
        struct zv_rtcp_packet packet = only_packet(bytes, buf.len);
        assert_true(zv_rtcp_parse_tmmbn(&packet, 0, &entry));
        assert_true(entry.bits_per_s <= rate && rate - entry.bits_per_s <= rate >> 16);
        buf = zv_buf(bytes, sizeof(bytes));
        zv_rtcp_write_remb(&buf, 1, rate, NULL, 0);
        packet = only_packet(bytes, buf.len);
        assert_true(zv_rtcp_parse_remb(&packet, &got));
        assert_true(got <= rate && rate - got <= rate >> 17);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(requests_for_key_frames_are_read),
    cmocka_unit_test(nacks_are_read),
    cmocka_unit_test(limits_are_read),
    cmocka_unit_test(a_rate_beyond_all_numbers_is_no_limit),
    cmocka_unit_test(a_remb_that_names_more_than_it_has_is_bounded),
    cmocka_unit_test(what_is_written_is_what_the_rfcs_lay_out),
    cmocka_unit_test(rates_of_each_size_are_rounded_down),
};
ZV_TEST_MAIN(tests)
