/* Requests for key frames: at most one in 500 ms, repeated, and given up. */
#include "support/test.h"

#include "base/time.h"
#include "rtc/video/keyframe.h"

#define NOW ZV_SECONDS(50)

static struct zv_video_keyframe make(enum zv_video_keyframe_kind kind)
{
    struct zv_video_keyframe keyframe;
    zv_video_keyframe_init(&keyframe, kind);
    return keyframe;
}

static bool poll(struct zv_video_keyframe *keyframe, int64_t now_us)
{
    struct zv_video_keyframe_request request = {0};
    bool is_due = zv_video_keyframe_poll(keyframe, now_us, &request);
    assert_int_equal(request.kind, is_due ? keyframe->kind : ZV_VIDEO_ASK_NONE);
    return is_due;
}

static void the_first_wish_is_sent_at_once(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_PLI);
    assert_false(poll(&keyframe, NOW));
    zv_video_keyframe_ask(&keyframe, NOW);
    assert_true(zv_video_keyframe_deadline_us(&keyframe) == NOW);
    assert_true(poll(&keyframe, NOW));
    assert_false(poll(&keyframe, NOW));
    zv_video_keyframe_on_keyframe(&keyframe);
    assert_true(zv_video_keyframe_deadline_us(&keyframe) == ZV_TIME_NEVER);
    assert_int_equal(keyframe.answered, 1);
}

static void a_storm_becomes_one_in_500_ms(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_PLI);
    unsigned sent = 0;
    for (int i = 0; i < 10000; i++) { /* ten seconds, one a millisecond */
        zv_video_keyframe_ask(&keyframe, NOW + ZV_MS(i));
        sent += poll(&keyframe, NOW + ZV_MS(i));
    }
    assert_int_equal(sent, 20);
    assert_int_equal(keyframe.wishes, 10000);
    assert_int_equal(keyframe.sent, 20);
}

static void a_wish_meanwhile_waits_unless_a_key_frame_comes(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_INFO);
    zv_video_keyframe_ask(&keyframe, NOW);
    assert_true(poll(&keyframe, NOW));
    zv_video_keyframe_ask(&keyframe, NOW + ZV_MS(100));
    assert_false(poll(&keyframe, NOW + ZV_MS(499)));
    assert_true(zv_video_keyframe_deadline_us(&keyframe) == NOW + ZV_MS(500));
    assert_true(poll(&keyframe, NOW + ZV_MS(500)));
    zv_video_keyframe_ask(&keyframe, NOW + ZV_MS(600));
    zv_video_keyframe_on_keyframe(&keyframe);
    assert_false(poll(&keyframe, NOW + ZV_SECONDS(5)));
    zv_video_keyframe_ask(&keyframe, NOW + ZV_SECONDS(9));
    assert_true(zv_video_keyframe_deadline_us(&keyframe) == NOW + ZV_SECONDS(9));
    assert_true(poll(&keyframe, NOW + ZV_SECONDS(9)));
}

static void what_nobody_answers_is_repeated_and_given_up(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_PLI);
    int64_t at_us;
    unsigned sent = 0;
    zv_video_keyframe_ask(&keyframe, NOW);
    while ((at_us = zv_video_keyframe_deadline_us(&keyframe)) != ZV_TIME_NEVER) {
        assert_true(at_us == NOW + sent * ZV_VIDEO_KEYFRAME_REPEAT_US);
        if (poll(&keyframe, at_us))
            sent++;
        assert_true(sent < 100);
    }
    assert_int_equal(sent, 1 + ZV_VIDEO_KEYFRAME_REPEATS);
    assert_int_equal(keyframe.unanswered, 1);
    zv_video_keyframe_ask(&keyframe, NOW + ZV_SECONDS(60)); /* hope again */
    assert_true(poll(&keyframe, NOW + ZV_SECONDS(60)));
    assert_true(poll(&keyframe, NOW + ZV_SECONDS(61)));
}

static void each_fir_is_a_command_of_its_own(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_FIR);
    struct zv_video_keyframe_request request;
    for (unsigned i = 0; i < 300; i++) {
        zv_video_keyframe_ask(&keyframe, NOW + ZV_SECONDS(i));
        assert_true(zv_video_keyframe_poll(&keyframe, NOW + ZV_SECONDS(i), &request));
        assert_int_equal(request.kind, ZV_VIDEO_ASK_FIR);
        assert_int_equal(request.fir_seq, i & 0xff);
    }
}

static void a_side_that_cannot_be_asked_is_not(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_NONE);
    zv_video_keyframe_ask(&keyframe, NOW);
    assert_true(zv_video_keyframe_deadline_us(&keyframe) == ZV_TIME_NEVER);
    assert_int_equal(keyframe.wishes, 1);
    zv_video_keyframe_set_kind(&keyframe, ZV_VIDEO_ASK_PLI);
    zv_video_keyframe_ask(&keyframe, NOW);
    zv_video_keyframe_set_kind(&keyframe, ZV_VIDEO_ASK_NONE);
    assert_false(poll(&keyframe, NOW));
}

static void a_hold_cancels(void **state)
{
    (void)state;
    struct zv_video_keyframe keyframe = make(ZV_VIDEO_ASK_PLI);
    zv_video_keyframe_ask(&keyframe, NOW);
    assert_true(poll(&keyframe, NOW));
    zv_video_keyframe_cancel(&keyframe);
    assert_false(poll(&keyframe, NOW + ZV_SECONDS(9)));
    assert_int_equal(keyframe.answered, 0);
    zv_video_keyframe_ask(&keyframe, NOW + ZV_MS(1)); /* and the rate stays what it is */
    assert_false(poll(&keyframe, NOW + ZV_MS(499)));
    assert_true(poll(&keyframe, NOW + ZV_MS(500)));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_wish_is_sent_at_once),
    cmocka_unit_test(a_storm_becomes_one_in_500_ms),
    cmocka_unit_test(a_wish_meanwhile_waits_unless_a_key_frame_comes),
    cmocka_unit_test(what_nobody_answers_is_repeated_and_given_up),
    cmocka_unit_test(each_fir_is_a_command_of_its_own),
    cmocka_unit_test(a_side_that_cannot_be_asked_is_not),
    cmocka_unit_test(a_hold_cancels),
};
ZV_TEST_MAIN(tests)
