#include "support/test.h"

#include "support/tone.h"
#include "tools/webclient/ear.h"
#include "tools/webclient/presence.h"

#define PACKET_US ZV_MS(20)

static bool play(struct zv_wc_presence *presence, double hz, int64_t now_us)
{
    int16_t samples[160];
    struct zv_tone tone = {.hz = hz, .rate_hz = ZV_WC_EAR_RATE_HZ, .amplitude = 12000};
    for (size_t i = 0; i < 160; i++)
        samples[i] = zv_tone_next(&tone);
    return zv_wc_presence_take(presence, samples, 160, now_us);
}

static void a_tone_comes_once_and_stays_while_its_packets_come(void **state)
{
    (void)state;
    struct zv_wc_presence presence = {.hz = 1000};
    int64_t now_us = ZV_SECONDS(5);
    assert_false(zv_wc_presence_is_lost(&presence, now_us));
    assert_true(play(&presence, 1000, now_us));
    for (int i = 0; i < 100; i++) {
        now_us += PACKET_US;
        assert_false(play(&presence, 1000, now_us));
        assert_false(zv_wc_presence_is_lost(&presence, now_us));
    }
    assert_true(presence.is_there && presence.at_us == now_us);
}

static void it_is_lost_once_since_its_last_packet_and_comes_again(void **state)
{
    (void)state;
    struct zv_wc_presence presence = {.hz = 1000};
    assert_true(play(&presence, 1000, ZV_SECONDS(1)));
    assert_false(zv_wc_presence_is_lost(&presence, ZV_SECONDS(1) + ZV_WC_PRESENCE_US - 1));
    assert_true(zv_wc_presence_is_lost(&presence, ZV_SECONDS(1) + ZV_WC_PRESENCE_US));
    assert_true(presence.at_us == ZV_SECONDS(1));
    assert_false(zv_wc_presence_is_lost(&presence, ZV_SECONDS(3)));
    assert_true(play(&presence, 1000, ZV_SECONDS(3)));
    assert_true(presence.at_us == ZV_SECONDS(3));
}

static void another_tone_and_silence_are_an_absence(void **state)
{
    (void)state;
    struct zv_wc_presence presence = {.hz = 1000};
    const int16_t silence[160] = {0};
    assert_true(play(&presence, 1000, ZV_SECONDS(1)));
    assert_false(play(&presence, 700, ZV_SECONDS(1) + ZV_WC_PRESENCE_US));
    assert_false(zv_wc_presence_take(&presence, silence, 160, ZV_SECONDS(1) + ZV_WC_PRESENCE_US));
    assert_true(zv_wc_presence_is_lost(&presence, ZV_SECONDS(1) + ZV_WC_PRESENCE_US));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_tone_comes_once_and_stays_while_its_packets_come),
    cmocka_unit_test(it_is_lost_once_since_its_last_packet_and_comes_again),
    cmocka_unit_test(another_tone_and_silence_are_an_absence),
};

ZV_TEST_MAIN(tests)
