/* What is missing: asked for after a moment, again after a round trip, given up in the end. */
#include "support/test.h"

#include "base/time.h"
#include "rtc/video/missing.h"

#define NOW ZV_SECONDS(50)

static void come(struct zv_video_missing *missing, uint16_t seq, int64_t now_us)
{
    zv_video_missing_on_packet(missing, 1, seq, now_us);
}

/* The numbers up to `before` came, and `behind`. */
static struct zv_video_missing with_gap(bool can_nack, uint16_t before, uint16_t behind)
{
    struct zv_video_missing missing;
    zv_video_missing_init(&missing, can_nack);
    come(&missing, (uint16_t)(before - 1), NOW);
    come(&missing, before, NOW);
    come(&missing, behind, NOW);
    return missing;
}

static size_t poll(struct zv_video_missing *missing, int64_t now_us,
                   struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS])
{
    return zv_video_missing_poll(missing, now_us, items);
}

static void a_gap_is_asked_for_once_it_is_no_reordering(void **state)
{
    (void)state;
    struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
    struct zv_video_missing missing = with_gap(true, 65534, 3); /* 65535, 0, 1, 2 */
    assert_true(zv_video_missing_deadline_us(&missing) == NOW + ZV_VIDEO_NACK_WAIT_US);
    assert_int_equal(poll(&missing, NOW + ZV_VIDEO_NACK_WAIT_US - 1, items), 0);
    come(&missing, 1, NOW + ZV_MS(1)); /* overtaken */
    assert_int_equal(poll(&missing, NOW + ZV_VIDEO_NACK_WAIT_US, items), 1);
    assert_int_equal(items[0].seq, 65535);
    assert_int_equal(items[0].mask, 1U << 0 | 1U << 2);
    assert_int_equal(poll(&missing, NOW + ZV_VIDEO_NACK_WAIT_US, items), 0);
    assert_int_equal(missing.seen, 4);
    assert_int_equal(missing.recovered, 1);
    assert_int_equal(missing.asked, 3);
}

static void seventeen_numbers_are_one_item(void **state)
{
    (void)state;
    struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
    struct zv_video_missing missing = with_gap(true, 65529, 12); /* 65530 to 11: 18 */
    assert_int_equal(poll(&missing, NOW + ZV_VIDEO_NACK_WAIT_US, items), 2);
    assert_int_equal(items[0].seq, 65530);
    assert_int_equal(items[0].mask, 0xffff);
    assert_int_equal(items[1].seq, 11);
    assert_int_equal(items[1].mask, 0);
}

static void it_is_asked_for_again_every_round_trip(void **state)
{
    (void)state;
    static const struct {
        int64_t rtt_us, apart_us;
    } rows[] = {{ZV_MS(70), ZV_MS(70)}, {ZV_MS(3), ZV_MS(20)}, {-1, ZV_MS(100)}};
    for (size_t i = 0; i < 3; i++) {
        struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
        struct zv_video_missing missing = with_gap(true, 9, 11);
        int64_t at_us = NOW + ZV_VIDEO_NACK_WAIT_US;
        zv_video_missing_set_rtt(&missing, rows[i].rtt_us);
        assert_int_equal(poll(&missing, at_us, items), 1);
        assert_true(zv_video_missing_deadline_us(&missing) == at_us + rows[i].apart_us);
        assert_int_equal(poll(&missing, at_us + rows[i].apart_us - 1, items), 0);
        assert_int_equal(poll(&missing, at_us + rows[i].apart_us, items), 1);
        assert_int_equal(items[0].seq, 10);
        come(&missing, 10, at_us + rows[i].apart_us + 1);
        assert_true(zv_video_missing_deadline_us(&missing) == ZV_TIME_NEVER);
        assert_int_equal(missing.recovered, 1);
    }
}

/* Polls at every deadline until nothing is left; how often it was asked for. */
static unsigned ask_until_given_up(struct zv_video_missing *missing, int64_t *ret_last_us)
{
    unsigned asked = 0;
    int64_t at_us;
    while ((at_us = zv_video_missing_deadline_us(missing)) != ZV_TIME_NEVER) {
        struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
        asked += zv_video_missing_poll(missing, at_us, items) > 0;
        *ret_last_us = at_us;
        assert_true(asked < 100);
    }
    return asked;
}

static void it_is_given_up_after_so_many_times_or_so_long(void **state)
{
    (void)state;
    uint16_t lost = 0;
    int64_t last_us = 0;
    struct zv_video_missing missing = with_gap(true, 9, 11);
    zv_video_missing_set_rtt(&missing, ZV_MS(5));
    assert_int_equal(ask_until_given_up(&missing, &last_us), ZV_VIDEO_NACK_TRIES);
    assert_true(last_us ==
                NOW + ZV_VIDEO_NACK_WAIT_US + ZV_VIDEO_NACK_TRIES * ZV_VIDEO_NACK_MIN_US);
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 10);
    assert_false(zv_video_missing_take_lost(&missing, &lost));
    assert_int_equal(missing.given_up, 1);

    missing = with_gap(true, 9, 11);
    zv_video_missing_set_rtt(&missing, ZV_MS(150));
    assert_int_equal(ask_until_given_up(&missing, &last_us), 4); /* at 10, 160, 310, 460 ms */
    assert_true(last_us == NOW + ZV_VIDEO_NACK_PATIENCE_US);
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 10);
}

static void without_nack_it_is_only_waited_for(void **state)
{
    (void)state;
    uint16_t lost = 0;
    int64_t last_us = 0;
    struct zv_video_missing missing = with_gap(false, 9, 13);
    come(&missing, 12, NOW + ZV_MS(50));
    assert_int_equal(ask_until_given_up(&missing, &last_us), 0);
    assert_true(last_us == NOW + ZV_VIDEO_LOST_PATIENCE_US);
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 11);
    assert_int_equal(missing.asked, 0);
}

static void what_a_key_frame_makes_needless_is_forgotten(void **state)
{
    (void)state;
    uint16_t lost;
    struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
    struct zv_video_missing missing = with_gap(true, 65533, 65535); /* 65534 */
    come(&missing, 4, NOW);                                         /* 0 to 3 */
    zv_video_missing_forget_before(&missing, 2);
    assert_int_equal(poll(&missing, NOW + ZV_SECONDS(9), items), 0); /* 2 and 3: given up */
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 3);
    assert_int_equal(missing.given_up, 2);
}

static void more_numbers_than_a_packet_holds_take_several(void **state)
{
    (void)state;
    struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
    struct zv_video_missing missing;
    bool asked[2000] = {false};
    zv_video_missing_init(&missing, true);
    for (uint16_t n = 0; n < 40; n++) {
        for (uint16_t seq = 0; seq < 19; seq++)
            come(&missing, (uint16_t)(n * 20 + seq), NOW);
    }
    size_t count, polls = 0;
    while ((count = poll(&missing, NOW + ZV_VIDEO_NACK_WAIT_US, items)) > 0) {
        for (size_t i = 0; i < count; i++) {
            assert_false(asked[items[i].seq]);
            asked[items[i].seq] = true;
            assert_int_equal(items[i].mask, 0);
        }
        polls++;
    }
    assert_int_equal(polls, 3);
    for (uint16_t n = 0; n < 39; n++)
        assert_true(asked[n * 20 + 19]);
}

static void too_much_at_once_is_lost(void **state)
{
    (void)state;
    uint16_t lost;
    struct zv_video_missing missing = with_gap(true, 9, 11);
    come(&missing, 12 + ZV_VIDEO_MISSING_MAX, NOW); /* one number too many, with the 10 */
    assert_int_equal(missing.count, ZV_VIDEO_MISSING_MAX);
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 10);
    come(&missing, 2000, NOW); /* more than the list */
    assert_int_equal(missing.count, 0);
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 1999);
    assert_int_equal(missing.seen, missing.given_up);
}

static void a_jump_or_another_source_begins_anew(void **state)
{
    (void)state;
    uint16_t lost;
    struct zv_video_missing missing = with_gap(true, 9, 11);
    zv_video_missing_on_packet(&missing, 2, 40000, NOW);
    assert_int_equal(missing.count, 0);
    assert_false(zv_video_missing_take_lost(&missing, &lost));
    zv_video_missing_on_packet(&missing, 2, 20000, NOW); /* the same one */
    assert_int_equal(missing.count, 0);
    assert_true(zv_video_missing_take_lost(&missing, &lost) && lost == 19999);
    zv_video_missing_on_packet(&missing, 2, 20001, NOW);
    zv_video_missing_on_packet(&missing, 2, 20001, NOW); /* twice */
    assert_int_equal(missing.count, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_gap_is_asked_for_once_it_is_no_reordering),
    cmocka_unit_test(seventeen_numbers_are_one_item),
    cmocka_unit_test(it_is_asked_for_again_every_round_trip),
    cmocka_unit_test(it_is_given_up_after_so_many_times_or_so_long),
    cmocka_unit_test(without_nack_it_is_only_waited_for),
    cmocka_unit_test(what_a_key_frame_makes_needless_is_forgotten),
    cmocka_unit_test(more_numbers_than_a_packet_holds_take_several),
    cmocka_unit_test(too_much_at_once_is_lost),
    cmocka_unit_test(a_jump_or_another_source_begins_anew),
};
ZV_TEST_MAIN(tests)
