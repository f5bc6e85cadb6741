/*
 * Transport-wide feedback, read back by a decoder that was written from the draft alone
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1) and shares nothing with the
 * writer.
 */
#include "support/test.h"

#include "base/time.h"
#include "rtc/rtcp/feedback.h"
#include "rtc/video/transportcc.h"

#include <string.h>

#define NOW    ZV_SECONDS(700)
#define SENDER 0x01020304
#define MEDIA  0x05060708
#define NEVER  INT64_MIN

/* ---- The decoder ---- */

struct decoded {
    uint16_t base;
    uint16_t count;
    uint8_t feedback_count;
    int64_t arrival_us[65536]; /* by number; NEVER: reported as not received */
    bool is_told[65536];
};

static uint8_t symbol_of(const uint8_t *chunks, size_t *at, uint16_t *chunk, unsigned *used)
{
    unsigned width = !(*chunk & 0x8000) ? *chunk & 0x1fff : *chunk & 0x4000 ? 7 : 14;
    if (*used == width) {
        *chunk = zv_get_u16(chunks + *at);
        *at += 2;
        *used = 0;
    }
    unsigned i = (*used)++;
    if (!(*chunk & 0x8000))
        return (*chunk >> 13) & 3;
    return *chunk & 0x4000 ? (*chunk >> (2 * (6 - i))) & 3 : (*chunk >> (13 - i)) & 1;
}

static void decode(const uint8_t *packet, size_t len, struct decoded *decoded)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(packet, len);
    struct zv_rtcp_packet walked;
    assert_int_equal(zv_rtcp_check(packet, len), ZV_RTP_PASS);
    assert_true(zv_rtcp_next(&cursor, &walked) && !cursor.left);
    assert_int_equal(walked.type, 205);
    assert_int_equal(walked.count, 15);
    assert_int_equal(zv_get_u32(packet + 4), SENDER);
    assert_int_equal(zv_get_u32(packet + 8), MEDIA);
    decoded->base = zv_get_u16(packet + 12);
    decoded->count = zv_get_u16(packet + 14);
    decoded->feedback_count = packet[19];
    /* Chunks first, since the deltas lie behind all of them. */
    static uint8_t symbols[65536];
    size_t at = 20;
    uint16_t chunk = 0;
    unsigned used = 0;
    for (size_t i = 0; i < decoded->count; i++)
        symbols[i] = symbol_of(packet, &at, &chunk, &used);
    int64_t time_us = (int64_t)zv_get_u24(packet + 16) * 64000;
    for (size_t i = 0; i < decoded->count; i++) {
        uint16_t number = (uint16_t)(decoded->base + i);
        assert_in_range(symbols[i], 0, 2);
        decoded->is_told[number] = true;
        decoded->arrival_us[number] = NEVER;
        if (!symbols[i])
            continue;
        time_us += 250 * (symbols[i] == 1 ? packet[at] : (int16_t)zv_get_u16(packet + at));
        at += symbols[i];
        decoded->arrival_us[number] = time_us;
    }
    assert_in_range(at, len - 3, len); /* what is left fills the word */
}

/* ---- */

static struct decoded decoded; /* large */

/* All packets that are due, decoded; how many they were. */
static size_t report(struct zv_video_cc *cc, int64_t now_us)
{
    size_t count = 0;
    uint8_t bytes[ZV_VIDEO_CC_MAX_BYTES];
    for (;;) {
        struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
        if (!zv_video_cc_write(cc, SENDER, MEDIA, now_us, &buf))
            return count;
        assert_false(buf.overflow);
        decode(bytes, buf.len, &decoded);
        count++;
        assert_true(count < 100);
    }
}

static void forget(void)
{
    memset(&decoded, 0, sizeof(decoded));
}

static void assert_arrival(uint16_t number, int64_t want_us)
{
    assert_true(decoded.is_told[number]);
    if (want_us == NEVER) {
        assert_true(decoded.arrival_us[number] == NEVER);
        return;
    }
    int64_t error_us = decoded.arrival_us[number] - want_us;
    assert_true(error_us >= -125 && error_us <= 125);
}

/* The example of the draft's layout, byte by byte: 3 came, 2 are missing, 1 came late. */
static void a_packet_is_laid_out_as_the_draft_says(void **state)
{
    (void)state;
    struct zv_video_cc cc;
    uint8_t bytes[ZV_VIDEO_CC_MAX_BYTES];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_video_cc_init(&cc);
    int64_t base_us = INT64_C(64000) * 0x010203;
    zv_video_cc_on_packet(&cc, 0xfffe, base_us + 1000);
    zv_video_cc_on_packet(&cc, 0xffff, base_us + 2000);
    zv_video_cc_on_packet(&cc, 0x0000, base_us + 2000);
    zv_video_cc_on_packet(&cc, 0x0003, base_us + 82000);
    assert_true(zv_video_cc_write(&cc, SENDER, MEDIA, base_us + 101000, &buf));
    static const uint8_t want[] = {
        0x8f, 205,  0, 6,                   /* seven words */
        1,    2,    3, 4,    5,    6, 7, 8, /* both SSRCs */
        0xff, 0xfe, 0, 6,                   /* base, count */
        1,    2,    3, 0,                   /* reference time, feedback count */
        0xd5, 0x08, /* a vector: 11, 01 01 01 00 00 10, and one symbol that is not there */
        4,    4,    0, 0x01, 0x40, 0, /* deltas, a zero to fill the word */
    };
    assert_int_equal(buf.len, sizeof(want));
    assert_memory_equal(bytes, want, sizeof(want));
}

static void reports_come_while_packets_come(void **state)
{
    (void)state;
    struct zv_video_cc cc;
    zv_video_cc_init(&cc);
    forget();
    assert_true(zv_video_cc_deadline_us(&cc) == ZV_TIME_NEVER);
    zv_video_cc_on_packet(&cc, 5, NOW);
    assert_true(zv_video_cc_deadline_us(&cc) == NOW + ZV_VIDEO_CC_INTERVAL_US);
    zv_video_cc_on_packet(&cc, 6, NOW + ZV_MS(50));
    assert_int_equal(report(&cc, NOW + ZV_VIDEO_CC_INTERVAL_US - 1), 0);
    assert_int_equal(report(&cc, NOW + ZV_VIDEO_CC_INTERVAL_US), 1);
    assert_arrival(5, NOW);
    assert_arrival(6, NOW + ZV_MS(50));
    assert_int_equal(decoded.count, 2);
    assert_true(zv_video_cc_deadline_us(&cc) == ZV_TIME_NEVER);
    zv_video_cc_on_packet(&cc, 6, NOW + ZV_SECONDS(1)); /* twice: nothing new */
    assert_true(zv_video_cc_deadline_us(&cc) == ZV_TIME_NEVER);
    for (uint16_t i = 0; i < ZV_VIDEO_CC_MANY; i++)
        zv_video_cc_on_packet(&cc, (uint16_t)(8 + i), NOW + ZV_SECONDS(1));
    assert_int_equal(report(&cc, NOW + ZV_SECONDS(1)), 1); /* many: sooner */
    assert_int_equal(decoded.base, 7);                     /* the missing one is told */
    assert_arrival(7, NEVER);
    assert_int_equal(decoded.feedback_count, 1);
}

static void a_late_packet_takes_back_its_loss(void **state)
{
    (void)state;
    struct zv_video_cc cc;
    zv_video_cc_init(&cc);
    forget();
    zv_video_cc_on_packet(&cc, 65534, NOW);
    zv_video_cc_on_packet(&cc, 1, NOW + ZV_MS(3));
    report(&cc, NOW + ZV_MS(100));
    assert_arrival(65535, NEVER);
    assert_arrival(0, NEVER);
    forget();
    zv_video_cc_on_packet(&cc, 2, NOW + ZV_MS(110));
    zv_video_cc_on_packet(&cc, 65535, NOW + ZV_MS(120));
    report(&cc, NOW + ZV_SECONDS(1));
    assert_int_equal(decoded.base, 65535);
    assert_arrival(65535, NOW + ZV_MS(120));
    assert_arrival(0, NEVER);
    assert_arrival(1, NOW + ZV_MS(3)); /* told again, the same */
    assert_arrival(2, NOW + ZV_MS(110));
}

static void what_one_packet_cannot_say_takes_another(void **state)
{
    (void)state;
    struct zv_video_cc cc;
    zv_video_cc_init(&cc);
    forget();
    zv_video_cc_on_packet(&cc, 1, NOW);
    zv_video_cc_on_packet(&cc, 2, NOW + ZV_SECONDS(9)); /* more than a delta of 16 bits */
    zv_video_cc_on_packet(&cc, 3, NOW + ZV_SECONDS(9));
    assert_int_equal(report(&cc, NOW + ZV_SECONDS(9)), 2);
    assert_arrival(1, NOW);
    assert_arrival(2, NOW + ZV_SECONDS(9));
    assert_arrival(3, NOW + ZV_SECONDS(9));
    forget();
    for (uint16_t i = 0; i < ZV_VIDEO_CC_WINDOW - 4; i++)
        zv_video_cc_on_packet(&cc, (uint16_t)(4 + i), NOW + ZV_SECONDS(10) + i * ZV_MS(100));
    assert_in_range(report(&cc, NOW + ZV_SECONDS(90)), 2, 5); /* large deltas, all of them */
    for (uint16_t i = 0; i < ZV_VIDEO_CC_WINDOW - 4; i++)
        assert_arrival((uint16_t)(4 + i), NOW + ZV_SECONDS(10) + i * ZV_MS(100));
}

static void a_jump_begins_anew(void **state)
{
    (void)state;
    struct zv_video_cc cc;
    zv_video_cc_init(&cc);
    forget();
    zv_video_cc_on_packet(&cc, 1, NOW);
    zv_video_cc_on_packet(&cc, 30000, NOW);
    zv_video_cc_on_packet(&cc, 30002, NOW);
    zv_video_cc_on_packet(&cc, 100, NOW + ZV_MS(2));
    assert_int_equal(cc.jumps, 2);
    assert_int_equal(report(&cc, NOW + ZV_MS(100)), 1);
    assert_int_equal(decoded.base, 100);
    assert_int_equal(decoded.count, 1);
}

static void without_room_nothing_is_used_up(void **state)
{
    (void)state;
    struct zv_video_cc cc;
    uint8_t bytes[ZV_VIDEO_CC_MAX_BYTES - 1];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_video_cc_init(&cc);
    zv_video_cc_on_packet(&cc, 1, NOW);
    assert_false(zv_video_cc_write(&cc, SENDER, MEDIA, NOW + ZV_MS(100), &buf));
    assert_int_equal(buf.len, 0);
    assert_int_equal(report(&cc, NOW + ZV_MS(100)), 1);
}

/* A path that loses, delays and repeats, for long enough that the numbers wrap. */
static void whatever_comes_is_what_is_told(void **state)
{
    (void)state;
    static int64_t truth_us[65536];
    struct zv_video_cc cc;
    uint32_t random = 12345;
    uint16_t number = 60000, told_to = number;
    int64_t now_us = NOW;
    uint64_t checked = 0;
    zv_video_cc_init(&cc);
    forget();
    for (size_t i = 0; i < 65536; i++)
        truth_us[i] = NEVER;
    for (unsigned n = 0; n < 20000; n++) {
        random = random * 1664525 + 1013904223;
        unsigned luck = random >> 24, burst = n / 500 % 4;
        now_us += burst == 3 ? ZV_MS(luck) : (luck & 7) * 300;
        truth_us[number] = NEVER;
        if (n && luck % 16 < burst * 3) {
            number++; /* lost */
            continue;
        }
        truth_us[number] = now_us;
        zv_video_cc_on_packet(&cc, number, now_us);
        if (luck == 7)
            zv_video_cc_on_packet(&cc, number, now_us + 500); /* twice */
        number++;
        if (zv_video_cc_deadline_us(&cc) > now_us)
            continue;
        report(&cc, now_us);
        for (; told_to != number; told_to++, checked++)
            assert_arrival(told_to, truth_us[told_to]);
    }
    assert_true(checked > 19000 && cc.jumps == 0 && cc.reports > 100);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_packet_is_laid_out_as_the_draft_says),
    cmocka_unit_test(reports_come_while_packets_come),
    cmocka_unit_test(a_late_packet_takes_back_its_loss),
    cmocka_unit_test(what_one_packet_cannot_say_takes_another),
    cmocka_unit_test(a_jump_begins_anew),
    cmocka_unit_test(without_room_nothing_is_used_up),
    cmocka_unit_test(whatever_comes_is_what_is_told),
};
ZV_TEST_MAIN(tests)
