#include "support/test.h"

#include "support/tone.h"
#include "tools/webclient/ear.h"

static void play(struct zv_wc_ear *ear, double hz, double amplitude, size_t packets)
{
    struct zv_tone tone = {.hz = hz, .rate_hz = ZV_WC_EAR_RATE_HZ, .amplitude = amplitude};
    for (size_t i = 0; i < packets; i++) {
        int16_t samples[160];
        for (size_t k = 0; k < 160; k++)
            samples[k] = zv_tone_next(&tone);
        zv_wc_ear_take(ear, samples, 160);
    }
}

static void a_tone_that_is_looked_for_is_found_with_its_duration(void **state)
{
    (void)state;
    struct zv_wc_ear ear;
    zv_wc_ear_init(&ear, 650);
    play(&ear, 650, 12000, 50 * 2);
    assert_true(ear.heard.purity > 0.99);
    assert_true(ear.heard.hz > 649 && ear.heard.hz < 651);
    assert_true(ear.heard.seconds == 2);
}

static void a_far_end_with_a_clock_of_its_own_is_still_heard(void **state)
{
    (void)state;
    struct zv_wc_ear ear;
    zv_wc_ear_init(&ear, 650);
    play(&ear, 653.3, 12000, 50);
    assert_true(ear.heard.purity > 0.9);
}

static void another_tone_is_not_taken_for_it(void **state)
{
    (void)state;
    struct zv_wc_ear ear;
    zv_wc_ear_init(&ear, 650);
    play(&ear, 700, 12000, 100);
    assert_true(ear.heard.purity < 0.1);
    assert_true(ear.heard.seconds == 0);
}

static void without_a_wish_any_tone_is_named(void **state)
{
    (void)state;
    for (double hz = 203; hz < 3500; hz += 411) {
        struct zv_wc_ear ear;
        zv_wc_ear_init(&ear, 0);
        play(&ear, hz, 12000, 50);
        assert_true(ear.heard.purity > 0.99);
        assert_true(ear.heard.hz > hz - 1 && ear.heard.hz < hz + 1);
    }
}

static void silence_and_its_rounding_noise_are_no_tone(void **state)
{
    (void)state;
    struct zv_wc_ear ear;
    zv_wc_ear_init(&ear, 650);
    play(&ear, 650, 3, 100);
    assert_true(ear.heard.purity == 0);
}

static void the_latest_window_is_told_alone(void **state)
{
    (void)state;
    struct zv_wc_ear ear;
    zv_wc_ear_init(&ear, 650);
    play(&ear, 650, 12000, 25);
    assert_true(ear.windows == 1 && ear.latest.purity > 0.99);
    play(&ear, 1000, 12000, 25);
    assert_true(ear.windows == 2 && ear.latest.purity < 0.1 && ear.latest_power > 1e7);
    play(&ear, 650, 0, 25);
    assert_true(ear.windows == 3 && ear.latest.purity == 0 && ear.latest_power == 0);
    assert_true(ear.heard.purity > 0.99 && ear.heard.seconds == 0.5);
}

static void half_a_second_is_needed(void **state)
{
    (void)state;
    struct zv_wc_ear ear;
    zv_wc_ear_init(&ear, 650);
    play(&ear, 650, 12000, 24);
    assert_true(ear.heard.purity == 0);
    play(&ear, 650, 12000, 26);
    assert_true(ear.heard.purity > 0.4);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_tone_that_is_looked_for_is_found_with_its_duration),
    cmocka_unit_test(a_far_end_with_a_clock_of_its_own_is_still_heard),
    cmocka_unit_test(another_tone_is_not_taken_for_it),
    cmocka_unit_test(without_a_wish_any_tone_is_named),
    cmocka_unit_test(silence_and_its_rounding_noise_are_no_tone),
    cmocka_unit_test(the_latest_window_is_told_alone),
    cmocka_unit_test(half_a_second_is_needed),
};

ZV_TEST_MAIN(tests)
