/* RFC 4588: a packet becomes a repair and comes out of it again. */
#include "support/test.h"

#include "base/buf.h"
#include "rtc/video/rtx.h"

#include <string.h>

#define MEDIA_SSRC 0x11223344
#define MEDIA_PT   96
#define RTX_PT     97

/* Marker, number 0xabcd, an extension of one word, a payload of 5 bytes. */
static const uint8_t plain[] = {0x90, 0x80 | MEDIA_PT,
                                0xab, 0xcd,
                                0,    0,
                                0,    9,
                                0x11, 0x22,
                                0x33, 0x44, /* header */
                                0xbe, 0xde,
                                0,    1,
                                0x10, 7,
                                0,    0, /* extension */
                                'h',  'e',
                                'l',  'l',
                                'o'};

static struct zv_video_rtx make_rtx(void)
{
    struct zv_rand_seeded seeded = {3};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    struct zv_video_rtx rtx;
    zv_video_rtx_init(&rtx, &rand);
    assert_true(rtx.seq < 32768 && rtx.ssrc != 0);
    return rtx;
}

static struct zv_rtp_header parse(const uint8_t *data, size_t len)
{
    struct zv_rtp_header header;
    assert_int_equal(zv_rtp_parse(data, len, &header), ZV_RTP_PASS);
    return header;
}

static void a_repair_carries_the_original_number(void **state)
{
    (void)state;
    struct zv_video_rtx rtx = make_rtx();
    uint16_t seq = rtx.seq;
    uint8_t repair[64];
    size_t len = 0;
    assert_true(zv_video_rtx_wrap(&rtx, plain, sizeof(plain), RTX_PT, repair, 64, &len));
    assert_int_equal(len, sizeof(plain) + 2);
    struct zv_rtp_header header = parse(repair, len);
    assert_int_equal(header.ssrc, rtx.ssrc);
    assert_int_equal(header.seq, seq);
    assert_int_equal(rtx.seq, (uint16_t)(seq + 1));
    assert_int_equal(header.pt, RTX_PT);
    assert_int_equal(header.ts, 9);
    assert_true(header.marker && header.has_ext && !header.padding_len);
    assert_memory_equal(repair + header.payload_at, "\xab\xcdhello", 7);
}

static void a_repair_becomes_the_packet_again(void **state)
{
    (void)state;
    struct zv_video_rtx rtx = make_rtx();
    uint8_t repair[64], *data = repair;
    size_t len = 0;
    assert_true(zv_video_rtx_wrap(&rtx, plain, sizeof(plain), RTX_PT, repair, 64, &len));
    struct zv_rtp_header header = parse(repair, len), want = parse(plain, sizeof(plain));
    assert_int_equal(zv_video_rtx_unwrap(&data, &len, &header, MEDIA_SSRC, MEDIA_PT),
                     ZV_VIDEO_RTX_PASS);
    assert_int_equal(len, sizeof(plain));
    assert_memory_equal(data, plain, sizeof(plain));
    struct zv_rtp_header again = parse(data, len);
    assert_memory_equal(&header, &again, sizeof(header));
    assert_memory_equal(&again, &want, sizeof(want));
}

static void padding_of_the_original_is_left_out(void **state)
{
    (void)state;
    struct zv_video_rtx rtx = make_rtx();
    uint8_t packet[sizeof(plain) + 4], repair[64];
    size_t len = 0;
    memcpy(packet, plain, sizeof(plain));
    memcpy(packet + sizeof(plain), "\0\0\0\4", 4);
    packet[0] |= 0x20;
    assert_true(zv_video_rtx_wrap(&rtx, packet, sizeof(packet), RTX_PT, repair, 64, &len));
    assert_int_equal(len, sizeof(plain) + 2);
    assert_int_equal(parse(repair, len).payload_len, 7);
}

static void padding_of_a_repair_stays(void **state)
{
    (void)state;
    uint8_t repair[] = {0xa0, RTX_PT, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 0xab, 0xcd, 'x', 0, 0, 3};
    uint8_t *data = repair;
    size_t len = sizeof(repair);
    struct zv_rtp_header header = parse(data, len);
    assert_int_equal(zv_video_rtx_unwrap(&data, &len, &header, MEDIA_SSRC, MEDIA_PT),
                     ZV_VIDEO_RTX_PASS);
    struct zv_rtp_header again = parse(data, len);
    assert_memory_equal(&header, &again, sizeof(header));
    assert_int_equal(again.seq, 0xabcd);
    assert_int_equal(again.padding_len, 3);
    assert_memory_equal(data + again.payload_at, "x", 1);
}

static void probes_of_the_path_are_no_repairs(void **state)
{
    (void)state;
    /* Padding alone; an original number and nothing else. */
    uint8_t probes[][18] = {
        {0xa0, RTX_PT, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 0, 0, 0, 0, 0, 6},
        {0xa0, RTX_PT, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 0xab, 0xcd, 0, 0, 0, 4},
        {0xa0, RTX_PT, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 0xab, 0, 0, 0, 0, 5},
    };
    for (size_t i = 0; i < 3; i++) {
        uint8_t *data = probes[i];
        size_t len = sizeof(probes[i]);
        struct zv_rtp_header header = parse(data, len);
        assert_int_equal(zv_video_rtx_unwrap(&data, &len, &header, MEDIA_SSRC, MEDIA_PT),
                         ZV_VIDEO_RTX_PROBE);
        assert_ptr_equal(data, probes[i]);
    }
}

static void what_does_not_fit_uses_nothing_up(void **state)
{
    (void)state;
    struct zv_video_rtx rtx = make_rtx();
    uint16_t seq = rtx.seq;
    uint8_t repair[64] = {0};
    size_t len = 77;
    assert_false(zv_video_rtx_wrap(&rtx, plain, sizeof(plain), RTX_PT, repair, 26, &len));
    assert_false(zv_video_rtx_wrap(&rtx, plain, 11, RTX_PT, repair, 64, &len));
    assert_false(zv_video_rtx_wrap(&rtx, plain, 20, RTX_PT, repair, 64, &len)); /* no payload */
    assert_int_equal(len, 77);
    assert_int_equal(rtx.seq, seq);
    assert_true(zv_video_rtx_wrap(&rtx, plain, sizeof(plain), RTX_PT, repair, 27, &len));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_repair_carries_the_original_number),
    cmocka_unit_test(a_repair_becomes_the_packet_again),
    cmocka_unit_test(padding_of_the_original_is_left_out),
    cmocka_unit_test(padding_of_a_repair_stays),
    cmocka_unit_test(probes_of_the_path_are_no_repairs),
    cmocka_unit_test(what_does_not_fit_uses_nothing_up),
};
ZV_TEST_MAIN(tests)
