/*
 * The instrument by which other tests prove sound: it finds a tone, and only the one that is there.
 */
#include "support/test.h"

#include "support/tone.h"

#include <stdlib.h>
#include <string.h>

#define RATE_HZ 8000.0
#define COUNT   4000

static void fill(int16_t *samples, double hz, double amplitude)
{
    struct zv_tone tone = {.hz = hz, .rate_hz = RATE_HZ, .amplitude = amplitude};
    for (size_t i = 0; i < COUNT; i++)
        samples[i] = zv_tone_next(&tone);
}

static void a_pure_tone_is_all_of_the_energy(void **state)
{
    (void)state;
    int16_t samples[COUNT];
    for (double hz = 200; hz < 3600; hz += 370) {
        fill(samples, hz, 12000);
        assert_true(zv_goertzel(samples, COUNT, hz, RATE_HZ) > 0.999);
    }
}

static void a_tone_is_not_found_elsewhere(void **state)
{
    (void)state;
    int16_t samples[COUNT];
    fill(samples, 440, 12000);
    for (double hz = 200; hz < 3600; hz += 50) {
        if (hz < 430 || hz > 450)
            assert_true(zv_goertzel(samples, COUNT, hz, RATE_HZ) < 0.01);
    }
}

static void silence_has_no_tone(void **state)
{
    (void)state;
    int16_t samples[COUNT] = {0};
    assert_true(zv_goertzel(samples, COUNT, 440, RATE_HZ) == 0);
    assert_true(zv_goertzel(samples, 0, 440, RATE_HZ) == 0);
}

static void the_loudness_does_not_matter(void **state)
{
    (void)state;
    int16_t samples[COUNT];
    fill(samples, 1000, 300);
    assert_true(zv_goertzel(samples, COUNT, 1000, RATE_HZ) > 0.99);
}

static void of_two_tones_each_has_its_share(void **state)
{
    (void)state;
    int16_t one[COUNT], two[COUNT];
    fill(one, 440, 8000);
    fill(two, 1000, 8000);
    for (size_t i = 0; i < COUNT; i++)
        one[i] = (int16_t)(one[i] + two[i]);
    double low = zv_goertzel(one, COUNT, 440, RATE_HZ);
    double high = zv_goertzel(one, COUNT, 1000, RATE_HZ);
    assert_true(low > 0.49 && low < 0.51);
    assert_true(high > 0.49 && high < 0.51);
}

static void noise_is_no_tone(void **state)
{
    (void)state;
    int16_t samples[COUNT];
    uint32_t x = 1;
    for (size_t i = 0; i < COUNT; i++) {
        x = x * 1664525u +
            1013904223u; /* Numerical Recipes' generator: the same on every machine */
        samples[i] = (int16_t)(x >> 17);
    }
    for (double hz = 100; hz < 3900; hz += 10)
        assert_true(zv_goertzel(samples, COUNT, hz, RATE_HZ) < 0.05);
}

/* ITU-T G.711, tables 1a and 2a: the ends and the middle, as 16-bit samples. */
static void g711_has_the_values_of_its_tables(void **state)
{
    (void)state;
    assert_int_equal(zv_g711_decode(ZV_G711_ULAW, 0xff), 0);
    assert_int_equal(zv_g711_decode(ZV_G711_ULAW, 0x7f), 0);
    assert_int_equal(zv_g711_decode(ZV_G711_ULAW, 0x80), 32124);
    assert_int_equal(zv_g711_decode(ZV_G711_ULAW, 0x00), -32124);
    assert_int_equal(zv_g711_decode(ZV_G711_ALAW, 0xd5), 8);
    assert_int_equal(zv_g711_decode(ZV_G711_ALAW, 0x55), -8);
    assert_int_equal(zv_g711_decode(ZV_G711_ALAW, 0xaa), 32256);
    assert_int_equal(zv_g711_decode(ZV_G711_ALAW, 0x2a), -32256);
}

static void every_g711_value_survives_a_round_trip(void **state)
{
    (void)state;
    for (int law = ZV_G711_ULAW; law <= ZV_G711_ALAW; law++) {
        for (int byte = 0; byte < 256; byte++) {
            int16_t sample = zv_g711_decode((enum zv_g711_law)law, (uint8_t)byte);
            uint8_t again = zv_g711_encode((enum zv_g711_law)law, sample);
            assert_int_equal(zv_g711_decode((enum zv_g711_law)law, again), sample);
        }
    }
}

static void g711_keeps_every_sample_within_its_step(void **state)
{
    (void)state;
    for (int law = ZV_G711_ULAW; law <= ZV_G711_ALAW; law++) {
        for (int sample = -32768; sample < 32768; sample += 7) {
            uint8_t byte = zv_g711_encode((enum zv_g711_law)law, (int16_t)sample);
            int back = zv_g711_decode((enum zv_g711_law)law, byte);
            int allowed = abs(sample) / 16 + 16; /* 16 steps per segment; the top is clipped */
            assert_true(abs(back - sample) <= allowed);
        }
    }
}

static void a_tone_survives_g711(void **state)
{
    (void)state;
    int16_t samples[COUNT];
    for (int law = ZV_G711_ULAW; law <= ZV_G711_ALAW; law++) {
        fill(samples, 650, 12000);
        for (size_t i = 0; i < COUNT; i++)
            samples[i] = zv_g711_decode((enum zv_g711_law)law,
                                        zv_g711_encode((enum zv_g711_law)law, samples[i]));
        assert_true(zv_goertzel(samples, COUNT, 650, RATE_HZ) > 0.99);
    }
}

static void the_wrong_law_is_noticed(void **state)
{
    (void)state;
    int16_t samples[COUNT];
    fill(samples, 650, 12000);
    for (size_t i = 0; i < COUNT; i++)
        samples[i] = zv_g711_decode(ZV_G711_ALAW, zv_g711_encode(ZV_G711_ULAW, samples[i]));
    assert_true(zv_goertzel(samples, COUNT, 650, RATE_HZ) < 0.8);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_pure_tone_is_all_of_the_energy),
    cmocka_unit_test(a_tone_is_not_found_elsewhere),
    cmocka_unit_test(silence_has_no_tone),
    cmocka_unit_test(the_loudness_does_not_matter),
    cmocka_unit_test(of_two_tones_each_has_its_share),
    cmocka_unit_test(noise_is_no_tone),
    cmocka_unit_test(g711_has_the_values_of_its_tables),
    cmocka_unit_test(every_g711_value_survives_a_round_trip),
    cmocka_unit_test(g711_keeps_every_sample_within_its_step),
    cmocka_unit_test(a_tone_survives_g711),
    cmocka_unit_test(the_wrong_law_is_noticed),
};

ZV_TEST_MAIN(tests)
