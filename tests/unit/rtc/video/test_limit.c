/* The least limit is told, at once when it changes, and again now and then. */
#include "support/test.h"

#include "base/time.h"
#include "rtc/video/limit.h"

#define NOW ZV_SECONDS(50)

static uint64_t poll(struct zv_video_limit *limit, int64_t now_us)
{
    uint64_t bits_per_s = 0;
    return zv_video_limit_poll(limit, now_us, &bits_per_s) ? bits_per_s : 0;
}

static void the_least_of_both_is_told(void **state)
{
    (void)state;
    struct zv_video_limit limit;
    zv_video_limit_init(&limit);
    assert_true(zv_video_limit_deadline_us(&limit) == ZV_TIME_NEVER);
    zv_video_limit_on_asked(&limit, 900000, NOW);
    assert_int_equal(poll(&limit, NOW), 900000);
    zv_video_limit_set_own(&limit, 500000, NOW);
    assert_int_equal(poll(&limit, NOW + ZV_VIDEO_LIMIT_MIN_US), 500000);
    zv_video_limit_on_asked(&limit, 400000, NOW + ZV_SECONDS(1));
    assert_int_equal(poll(&limit, NOW + ZV_SECONDS(1)), 400000);
    zv_video_limit_on_asked(&limit, 1, NOW + ZV_SECONDS(2)); /* nobody stops a picture */
    assert_int_equal(poll(&limit, NOW + ZV_SECONDS(2)), ZV_VIDEO_LIMIT_FLOOR);
    zv_video_limit_set_own(&limit, 20000, NOW + ZV_SECONDS(3)); /* but we ourselves */
    assert_int_equal(poll(&limit, NOW + ZV_SECONDS(3)), 20000);
    zv_video_limit_on_asked(&limit, 0, NOW + ZV_SECONDS(4));
    zv_video_limit_set_own(&limit, 0, NOW + ZV_SECONDS(4));
    assert_true(zv_video_limit_deadline_us(&limit) == ZV_TIME_NEVER);
}

static void it_is_told_again_and_not_too_often(void **state)
{
    (void)state;
    struct zv_video_limit limit;
    unsigned told = 0;
    zv_video_limit_init(&limit);
    zv_video_limit_set_own(&limit, 500000, NOW);
    assert_int_equal(poll(&limit, NOW), 500000);
    assert_int_equal(poll(&limit, NOW + ZV_VIDEO_LIMIT_REPEAT_US - 1), 0);
    assert_int_equal(poll(&limit, NOW + ZV_VIDEO_LIMIT_REPEAT_US), 500000);
    zv_video_limit_init(&limit);
    for (int i = 0; i < 10000; i++) {
        zv_video_limit_on_asked(&limit, 100000 + (uint64_t)i, NOW + ZV_MS(i));
        told += poll(&limit, NOW + ZV_MS(i)) != 0;
    }
    assert_int_equal(told, ZV_SECONDS(10) / ZV_VIDEO_LIMIT_MIN_US);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_least_of_both_is_told),
    cmocka_unit_test(it_is_told_again_and_not_too_often),
};
ZV_TEST_MAIN(tests)
