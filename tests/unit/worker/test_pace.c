/* When a worker lets packets gather: under load, and only then. */
#include "support/test.h"

#include "base/time.h"
#include "worker/pace.h"

#include <stdbool.h>

/* A datagram every `step_us` for `how_long_us`; the time at the end. */
static int64_t let_come(struct zv_pace *pace, int64_t from_us, int64_t how_long_us, int64_t step_us)
{
    int64_t now_us = from_us;
    for (; now_us < from_us + how_long_us; now_us += step_us)
        zv_pace_note(pace, 1, now_us);
    return now_us;
}

static bool rests(const struct zv_pace *pace, int64_t now_us)
{
    return zv_pace_rest_until_us(pace, now_us) > now_us;
}

static void one_call_is_not_held_up(void **state)
{
    struct zv_pace pace = {0};
    (void)state;
    int64_t now_us = let_come(&pace, ZV_SECONDS(1), ZV_SECONDS(2), ZV_MS(10));
    assert_false(rests(&pace, now_us));
}

static void many_calls_are_taken_together(void **state)
{
    struct zv_pace pace = {0};
    (void)state;
    int64_t now_us = let_come(&pace, ZV_SECONDS(1), ZV_SECONDS(1), 200); /* 50 calls */
    assert_int_equal(zv_pace_rest_until_us(&pace, now_us), now_us + ZV_PACE_REST_US);
}

/* A handshake brings some datagrams at once, and they are answered at once. */
static void a_burst_is_no_load(void **state)
{
    struct zv_pace pace = {0};
    (void)state;
    int64_t now_us = let_come(&pace, ZV_SECONDS(1), ZV_SECONDS(1), ZV_MS(10));
    for (int i = 0; i < 20; i++)
        zv_pace_note(&pace, 1, now_us);
    assert_false(rests(&pace, now_us));
    now_us = let_come(&pace, now_us, ZV_SECONDS(1), ZV_MS(10));
    assert_false(rests(&pace, now_us));
}

static void after_the_load_the_first_packets_wait_no_more(void **state)
{
    struct zv_pace pace = {0};
    (void)state;
    int64_t now_us = let_come(&pace, ZV_SECONDS(1), ZV_SECONDS(1), 200);
    assert_true(rests(&pace, now_us));
    now_us = let_come(&pace, now_us, 2 * ZV_PACE_WINDOW_US, ZV_MS(10));
    assert_false(rests(&pace, now_us));
}

static void a_long_silence_says_that_the_load_is_over(void **state)
{
    struct zv_pace pace = {0};
    (void)state;
    int64_t now_us = let_come(&pace, ZV_SECONDS(1), ZV_SECONDS(1), 200);
    now_us += ZV_SECONDS(30);
    zv_pace_note(&pace, 1, now_us);
    assert_false(rests(&pace, now_us));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_call_is_not_held_up),
    cmocka_unit_test(many_calls_are_taken_together),
    cmocka_unit_test(a_burst_is_no_load),
    cmocka_unit_test(after_the_load_the_first_packets_wait_no_more),
    cmocka_unit_test(a_long_silence_says_that_the_load_is_over),
};

ZV_TEST_MAIN(tests)
