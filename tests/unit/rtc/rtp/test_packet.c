/* RTP packets: what is one, where its payload is, and how it leaves. */
#include "support/test.h"

#include "rtc/rtp/rtp.h"

#include <string.h>

/* V=2 P X CC=2, M PT=111, seq 0x1234; two CSRCs, a one-byte extension of two words, 3 bytes of
 * payload, 5 bytes of padding. */
static const uint8_t sample[] = {
    0xb2, 0xef, 0x12, 0x34, 0x00, 0x00, 0x03, 0xe8, 0xde, 0xad, 0xbe, 0xef, /* header */
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02,                         /* CSRC */
    0xbe, 0xde, 0x00, 0x02, 0x10, 0xaa, 0x00, 0x31, 0xbb, 0xcc, 0x00, 0x00, /* extension */
    'a',  'b',  'c',  0x00, 0x00, 0x00, 0x00, 0x05,
};

static struct zv_rtp_header parse(const uint8_t *data, size_t len)
{
    struct zv_rtp_header header;
    assert_int_equal(zv_rtp_parse(data, len, &header), ZV_RTP_PASS);
    return header;
}

static void a_datagram_is_known_by_its_first_bytes(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[2];
        enum zv_rtp_kind kind;
    } rows[] = {
        {{0, 1}, ZV_RTP_KIND_STUN},      {{3, 0}, ZV_RTP_KIND_STUN},
        {{4, 0}, ZV_RTP_KIND_UNKNOWN},   {{16, 0}, ZV_RTP_KIND_UNKNOWN},
        {{19, 0}, ZV_RTP_KIND_UNKNOWN},  {{20, 254}, ZV_RTP_KIND_DTLS},
        {{63, 0}, ZV_RTP_KIND_DTLS},     {{64, 0}, ZV_RTP_KIND_UNKNOWN},
        {{127, 0}, ZV_RTP_KIND_UNKNOWN}, {{128, 0}, ZV_RTP_KIND_RTP},
        {{191, 111}, ZV_RTP_KIND_RTP},   {{128, 191}, ZV_RTP_KIND_RTP},
        {{128, 192}, ZV_RTP_KIND_RTCP},  {{129, 200}, ZV_RTP_KIND_RTCP},
        {{128, 223}, ZV_RTP_KIND_RTCP},  {{128, 224}, ZV_RTP_KIND_RTP},
        {{192, 0}, ZV_RTP_KIND_UNKNOWN},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++)
        assert_int_equal(zv_rtp_demux(rows[i].bytes, 2), rows[i].kind);
    assert_int_equal(zv_rtp_demux(rows[0].bytes, 1), ZV_RTP_KIND_UNKNOWN);
    assert_int_equal(zv_rtp_demux(NULL, 0), ZV_RTP_KIND_UNKNOWN);
}

static void the_header_is_read_with_its_lists(void **state)
{
    (void)state;
    struct zv_rtp_header header = parse(sample, sizeof(sample));
    assert_true(header.marker && header.has_ext);
    assert_int_equal(header.pt, 111);
    assert_int_equal(header.seq, 0x1234);
    assert_int_equal(header.ts, 1000);
    assert_int_equal(header.ssrc, 0xdeadbeef);
    assert_int_equal(header.csrc_count, 2);
    assert_int_equal(header.payload_len, 3);
    assert_memory_equal(sample + header.payload_at, "abc", 3);
}

static void every_shortened_packet_is_refused(void **state)
{
    (void)state;
    struct zv_rtp_header header;
    for (size_t len = 0; len < 32; len++) /* up to the end of the extension */
        assert_int_not_equal(zv_rtp_parse(sample, len, &header), ZV_RTP_PASS);
    uint8_t bytes[sizeof(sample)];
    memcpy(bytes, sample, sizeof(sample));
    bytes[sizeof(sample) - 1] = 0;
    assert_int_equal(zv_rtp_parse(bytes, sizeof(bytes), &header), ZV_RTP_DROP_PADDING);
    bytes[sizeof(sample) - 1] = 9;
    assert_int_equal(zv_rtp_parse(bytes, sizeof(bytes), &header), ZV_RTP_DROP_PADDING);
    bytes[sizeof(sample) - 1] = 8; /* padding only: an empty payload is legal */
    assert_int_equal(zv_rtp_parse(bytes, sizeof(bytes), &header), ZV_RTP_PASS);
    assert_int_equal(header.payload_len, 0);
    bytes[0] = 0x40;
    assert_int_equal(zv_rtp_parse(bytes, sizeof(bytes), &header), ZV_RTP_DROP_VERSION);
    bytes[0] = 0x80;
    bytes[1] = 200;
    assert_int_equal(zv_rtp_parse(bytes, sizeof(bytes), &header), ZV_RTP_DROP_TYPE);
}

static void extensions_are_found_in_both_forms(void **state)
{
    (void)state;
    struct zv_rtp_header header = parse(sample, sizeof(sample));
    const uint8_t *value;
    size_t len;
    assert_true(zv_rtp_find_ext(sample, &header, 1, &value, &len));
    assert_int_equal(len, 1);
    assert_int_equal(value[0], 0xaa);
    assert_true(zv_rtp_find_ext(sample, &header, 3, &value, &len));
    assert_int_equal(len, 2);
    assert_memory_equal(value, "\xbb\xcc", 2);
    assert_false(zv_rtp_find_ext(sample, &header, 2, &value, &len));
    assert_false(zv_rtp_find_ext(sample, &header, 0, &value, &len));
    static const uint8_t two_bytes[] = {
        0x90, 0x00, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1,
        0x10, 0x05, 0, 2, 0, 1, 0, 7, 2, 9, 9, 0, /* id 1 empty, id 7 two bytes */
    };
    header = parse(two_bytes, sizeof(two_bytes));
    assert_true(zv_rtp_find_ext(two_bytes, &header, 1, &value, &len) && len == 0);
    assert_true(zv_rtp_find_ext(two_bytes, &header, 7, &value, &len) && len == 2);
}

static void malformed_extensions_end_the_search(void **state)
{
    (void)state;
    const uint8_t *value;
    size_t len;
    uint8_t bytes[] = {0x90, 0, 0,    1,    0,    0,    0,    1,    0,    0,
                       0,    1, 0xbe, 0xde, 0x00, 0x01, 0x2f, 0x10, 0xff, 0x00};
    struct zv_rtp_header header = parse(bytes, sizeof(bytes));
    assert_false(zv_rtp_find_ext(bytes, &header, 2, &value, &len)); /* 16 bytes of 3 */
    bytes[16] = 0xf0;                                               /* id 15 stops (RFC 8285) */
    assert_false(zv_rtp_find_ext(bytes, &header, 15, &value, &len));
    assert_false(zv_rtp_find_ext(bytes, &header, 1, &value, &len));
}

static void a_rewritten_packet_loses_what_the_other_leg_did_not_negotiate(void **state)
{
    (void)state;
    for (unsigned keep = 0; keep < 8; keep++) {
        uint8_t bytes[sizeof(sample)], *data = bytes;
        size_t len = sizeof(sample);
        memcpy(bytes, sample, len);
        struct zv_rtp_header before = parse(bytes, len);
        struct zv_rtp_rewrite rewrite = {
            .pt = 8,
            .seq = 7,
            .ts = 77,
            .ssrc = 777,
            .keep_ext = keep & 1,
            .keep_csrc = keep & 2,
            .keep_padding = keep & 4,
        };
        zv_rtp_rewrite_header(&before, &rewrite, &data, &len);
        struct zv_rtp_header after = parse(data, len);
        assert_int_equal(len,
                         12 + (keep & 1 ? 12 : 0) + (keep & 2 ? 8 : 0) + 3 + (keep & 4 ? 5 : 0));
        assert_true(data >= bytes && data + len <= bytes + sizeof(bytes));
        assert_int_equal(after.pt, 8);
        assert_int_equal(after.seq, 7);
        assert_int_equal(after.ts, 77);
        assert_int_equal(after.ssrc, 777);
        assert_false(after.marker);
        assert_int_equal(after.has_ext, keep & 1);
        assert_int_equal(after.csrc_count, keep & 2 ? 2 : 0);
        assert_int_equal(after.payload_len, 3);
        assert_memory_equal(data + after.payload_at, "abc", 3);
        if (keep & 1)
            assert_memory_equal(data + after.ext_at - 4, sample + 20, 12);
        if (keep & 2)
            assert_memory_equal(data + 12, sample + 12, 8);
    }
}

static void telephone_events_read_back(void **state)
{
    (void)state;
    struct zv_rtp_event event = {.code = 11, .is_end = true, .volume = 10, .duration_ts = 1280};
    struct zv_rtp_event got;
    uint8_t bytes[ZV_RTP_EVENT_BYTES];
    zv_rtp_write_event(bytes, &event);
    assert_memory_equal(bytes, "\x0b\x8a\x05\x00", 4);
    assert_int_equal(zv_rtp_parse_event(bytes, 4, &got), ZV_RTP_PASS);
    assert_int_equal(got.code, 11);
    assert_true(got.is_end);
    assert_int_equal(got.volume, 10);
    assert_int_equal(got.duration_ts, 1280);
    assert_int_equal(zv_rtp_parse_event(bytes, 3, &got), ZV_RTP_DROP_SHORT);
}

static void every_verdict_and_kind_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < ZV_RTP_VERDICT_COUNT; i++)
        assert_string_not_equal(zv_rtp_verdict_name((enum zv_rtp_verdict)i), "unknown");
    assert_string_equal(zv_rtp_verdict_name(ZV_RTP_VERDICT_COUNT), "unknown");
    assert_string_equal(zv_rtp_kind_name(ZV_RTP_KIND_DTLS), "dtls");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_datagram_is_known_by_its_first_bytes),
    cmocka_unit_test(the_header_is_read_with_its_lists),
    cmocka_unit_test(every_shortened_packet_is_refused),
    cmocka_unit_test(extensions_are_found_in_both_forms),
    cmocka_unit_test(malformed_extensions_end_the_search),
    cmocka_unit_test(a_rewritten_packet_loses_what_the_other_leg_did_not_negotiate),
    cmocka_unit_test(telephone_events_read_back),
    cmocka_unit_test(every_verdict_and_kind_has_a_name),
};
ZV_TEST_MAIN(tests)
