/* What was sent is found again, for as long as there is room, and not for a flood. */
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "rtc/video/history.h"

#include <string.h>

#define NOW    ZV_SECONDS(50)
#define RTT    ZV_MS(80)
#define NO_RTT (-1)

static struct zv_video_history *make_history(size_t packets, size_t bytes)
{
    struct zv_video_history *history = NULL;
    const struct zv_video_history_cfg cfg = {.packets = packets, .bytes = bytes};
    assert_int_equal(zv_video_history_new(&history, &cfg), 0);
    return history;
}

/* Packets whose bytes tell their number. */
static void put(struct zv_video_history *history, uint16_t seq, size_t len)
{
    uint8_t packet[ZV_MAX_MEDIA_DGRAM_BYTES + 1];
    memset(packet, seq & 0xff, sizeof(packet));
    zv_video_history_put(history, seq, packet, len);
}

static enum zv_video_repair get(struct zv_video_history *history, uint16_t seq, int64_t rtt_us,
                                int64_t now_us, size_t want_len)
{
    const uint8_t *packet = NULL;
    size_t len = 0;
    enum zv_video_repair repair = zv_video_history_get(history, seq, rtt_us, now_us, &packet, &len);
    if (repair != ZV_VIDEO_REPAIR_FOUND) {
        assert_null(packet);
        return repair;
    }
    assert_int_equal(len, want_len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(packet[i], seq & 0xff);
    return repair;
}

static void what_was_sent_is_found(void **state)
{
    (void)state;
    struct zv_video_history *history = make_history(0, 0);
    for (unsigned i = 0; i < 100; i++)
        put(history, (uint16_t)(65500 + i), 100 + i);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(get(history, (uint16_t)(65500 + i), RTT, NOW, 100 + i),
                         ZV_VIDEO_REPAIR_FOUND);
    assert_int_equal(get(history, 65499, RTT, NOW, 0), ZV_VIDEO_REPAIR_GONE);
    assert_int_equal(get(history, 64, RTT, NOW, 0), ZV_VIDEO_REPAIR_GONE);
    assert_int_equal(zv_video_history_count(history, ZV_VIDEO_REPAIR_FOUND), 100);
    assert_int_equal(zv_video_history_count(history, ZV_VIDEO_REPAIR_GONE), 2);
    assert_null(zv_video_history_free(history));
}

static void the_oldest_go_first(void **state)
{
    (void)state;
    /* By number: eight slots. By bytes: 1500 hold four of 350. */
    struct zv_video_history *few = make_history(8, 0), *small = make_history(0, 1500);
    for (uint16_t seq = 0; seq < 20; seq++) {
        put(few, seq, 50);
        put(small, seq, 350);
    }
    for (uint16_t seq = 0; seq < 20; seq++) {
        assert_int_equal(get(few, seq, RTT, NOW, 50),
                         seq < 12 ? ZV_VIDEO_REPAIR_GONE : ZV_VIDEO_REPAIR_FOUND);
        assert_int_equal(get(small, seq, RTT, NOW, 350),
                         seq < 16 ? ZV_VIDEO_REPAIR_GONE : ZV_VIDEO_REPAIR_FOUND);
    }
    zv_video_history_free(few);
    zv_video_history_free(small);
}

/* Whatever the sizes: what is found is what was put, to the last byte. */
static void no_packet_is_found_half_overwritten(void **state)
{
    (void)state;
    struct zv_video_history *history = make_history(64, 5000);
    size_t lens[1000], found = 0;
    uint32_t random = 1;
    for (uint16_t seq = 0; seq < 1000; seq++) {
        random = random * 1664525 + 1013904223;
        lens[seq] = 1 + (random >> 8) % ZV_MAX_MEDIA_DGRAM_BYTES;
        put(history, seq, lens[seq]);
        for (unsigned back = 0; back < 8 && back <= seq; back++)
            found += get(history, (uint16_t)(seq - back), 0, NOW + seq * ZV_MS(30),
                         lens[seq - back]) == ZV_VIDEO_REPAIR_FOUND;
    }
    assert_true(found > 500);
    zv_video_history_free(history);
}

static void a_packet_is_repeated_once_in_a_round_trip(void **state)
{
    (void)state;
    static const struct {
        int64_t rtt_us, apart_us;
    } rows[] = {
        {RTT, RTT},
        {0, ZV_VIDEO_REPAIR_MIN_US},
        {NO_RTT, ZV_VIDEO_REPAIR_MIN_US},
        {ZV_SECONDS(9), ZV_VIDEO_REPAIR_MAX_US},
    };
    struct zv_video_history *history = make_history(0, 0);
    int64_t now_us = NOW;
    put(history, 5, 1000);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t rtt_us = rows[i].rtt_us, apart_us = rows[i].apart_us;
        now_us += ZV_SECONDS(1);
        assert_int_equal(get(history, 5, rtt_us, now_us, 1000), ZV_VIDEO_REPAIR_FOUND);
        assert_int_equal(get(history, 5, rtt_us, now_us + apart_us - 1, 0), ZV_VIDEO_REPAIR_SOON);
        assert_int_equal(get(history, 5, rtt_us, now_us + apart_us, 1000), ZV_VIDEO_REPAIR_FOUND);
    }
    zv_video_history_free(history);
}

static void a_flood_of_nacks_gets_a_quarter_of_what_is_sent(void **state)
{
    (void)state;
    struct zv_video_history *history = make_history(0, 0);
    size_t sent = 0, repaired = 0;
    for (unsigned n = 0; n < 4000; n++) {
        int64_t now_us = NOW + n * ZV_MS(5);
        put(history, (uint16_t)n, 1000);
        sent += 1000;
        for (unsigned back = 0; back < 100 && back <= n; back++) /* all, all the time */
            repaired +=
                get(history, (uint16_t)(n - back), NO_RTT, now_us, 1000) == ZV_VIDEO_REPAIR_FOUND
                    ? 1000
                    : 0;
    }
    assert_in_range(repaired, sent / ZV_VIDEO_REPAIR_SHARE,
                    sent / ZV_VIDEO_REPAIR_SHARE + ZV_VIDEO_REPAIR_BURST_BYTES);
    assert_true(zv_video_history_count(history, ZV_VIDEO_REPAIR_LIMITED) > 1000);
    zv_video_history_free(history);
}

static void what_is_cleared_is_gone(void **state)
{
    (void)state;
    struct zv_video_history *history = make_history(0, 0);
    put(history, 5, 1000);
    zv_video_history_clear(history);
    assert_int_equal(get(history, 5, RTT, NOW, 0), ZV_VIDEO_REPAIR_GONE);
    put(history, 6, 1000);
    assert_int_equal(get(history, 6, RTT, NOW, 1000), ZV_VIDEO_REPAIR_FOUND);
    put(history, 7, ZV_MAX_MEDIA_DGRAM_BYTES + 1);
    put(history, 8, 0);
    assert_int_equal(get(history, 7, RTT, NOW, 0), ZV_VIDEO_REPAIR_GONE);
    assert_int_equal(get(history, 8, RTT, NOW, 0), ZV_VIDEO_REPAIR_GONE);
    zv_video_history_free(history);
}

static void wrong_sizes_and_no_memory_are_refused(void **state)
{
    (void)state;
    static const struct zv_video_history_cfg wrong[] = {
        {.packets = 500},
        {.packets = 2 * ZV_VIDEO_HISTORY_MAX_PACKETS},
        {.bytes = ZV_MAX_MEDIA_DGRAM_BYTES - 1},
        {.bytes = ZV_VIDEO_HISTORY_MAX_BYTES + 1},
    };
    static const struct zv_video_history_cfg usual = {0};
    struct zv_video_history *history = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(zv_video_history_new(&history, &wrong[i]), ZV_E_INVAL);
    zv_alloc_fail_after(0);
    assert_int_equal(zv_video_history_new(&history, &usual), ZV_E_NOMEM);
    zv_alloc_fail_after(-1);
    assert_null(history);
    assert_null(zv_video_history_free(NULL));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_sent_is_found),
    cmocka_unit_test(the_oldest_go_first),
    cmocka_unit_test(no_packet_is_found_half_overwritten),
    cmocka_unit_test(a_packet_is_repeated_once_in_a_round_trip),
    cmocka_unit_test(a_flood_of_nacks_gets_a_quarter_of_what_is_sent),
    cmocka_unit_test(what_is_cleared_is_gone),
    cmocka_unit_test(wrong_sizes_and_no_memory_are_refused),
};
ZV_TEST_MAIN(tests)
