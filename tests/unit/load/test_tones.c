/* An ear that is to find crosstalk must find a single packet of it, and must not find what is none.
 */
#include "support/test.h"

#include "tools/load/tones.h"

#include <string.h>

#define PACKET  160
#define SECOND  50 /* packets */
#define SECONDS 3

struct pair {
    struct zv_load_tone tone;
    struct zv_load_ear ear;
};

static void init_pair(struct pair *pair, unsigned call)
{
    double hz = zv_load_tone_hz(call, ZV_LOAD_CLIENT);
    zv_load_tone_init(&pair->tone, ZV_G711_ULAW, hz);
    zv_load_ear_init(&pair->ear, ZV_G711_ULAW, hz);
}

/* `packets` of the pair's tone, but for the one at `odd`, which is `instead`; NULL: lost. */
static void talk(struct pair *pair, int packets, int odd, struct zv_load_tone *instead)
{
    uint8_t payload[PACKET];
    for (int i = 0; i < packets; i++) {
        zv_load_tone_speak(&pair->tone, payload, sizeof(payload));
        if (i == odd && !instead)
            continue;
        if (i == odd)
            zv_load_tone_speak(instead, payload, sizeof(payload));
        zv_load_ear_hear(&pair->ear, payload, sizeof(payload));
    }
}

static void every_tone_alone_is_right(void **state)
{
    (void)state;
    for (unsigned call = 0; call < ZV_LOAD_TONE_CALLS; call++) {
        static struct pair pair;
        init_pair(&pair, call);
        talk(&pair, (1 + SECONDS) * SECOND, -1, NULL);
        assert_int_equal(pair.ear.right, 2 * SECONDS);
        assert_int_equal(pair.ear.wrong, 0);
        assert_true(pair.ear.worst_purity > 0.999);
    }
}

static void no_two_ends_sound_alike(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * ZV_LOAD_TONE_CALLS; i++) {
        for (unsigned k = 0; k < i; k++)
            assert_true(zv_load_tone_hz(i / 2, (enum zv_load_end)(i % 2)) !=
                        zv_load_tone_hz(k / 2, (enum zv_load_end)(k % 2)));
    }
}

static void one_packet_of_another_call_is_found(void **state)
{
    static struct pair pair;
    static struct zv_load_tone other;
    (void)state;
    init_pair(&pair, 3);
    zv_load_tone_init(&other, ZV_G711_ULAW, zv_load_tone_hz(4, ZV_LOAD_CLIENT));
    talk(&pair, (1 + SECONDS) * SECOND, SECOND + 30, &other);
    assert_int_equal(pair.ear.wrong, 1);
    assert_int_equal(pair.ear.right, 2 * SECONDS - 1);
}

static void a_lost_packet_is_not_taken_for_crosstalk(void **state)
{
    static struct pair pair;
    (void)state;
    init_pair(&pair, 7);
    talk(&pair, (1 + SECONDS) * SECOND + 1, SECOND + 30, NULL);
    assert_int_equal(pair.ear.wrong, 0);
    assert_int_equal(pair.ear.right, 2 * SECONDS);
}

/* Mixed in below the own tone, 20 dB down: a bridge that leaks. */
static void a_faint_voice_of_another_call_is_found(void **state)
{
    static struct pair pair;
    struct zv_tone own = {.rate_hz = 8000, .amplitude = 10000}, other = {.rate_hz = 8000};
    uint8_t payload[PACKET];
    (void)state;
    init_pair(&pair, 0);
    own.hz = zv_load_tone_hz(0, ZV_LOAD_CLIENT);
    other.hz = zv_load_tone_hz(9, ZV_LOAD_FAR_END);
    other.amplitude = 1000;
    for (int i = 0; i < 2 * SECOND; i++) {
        for (size_t k = 0; k < sizeof(payload); k++)
            payload[k] =
                zv_g711_encode(ZV_G711_ULAW, (int16_t)(zv_tone_next(&own) + zv_tone_next(&other)));
        zv_load_ear_hear(&pair.ear, payload, sizeof(payload));
    }
    assert_int_equal(pair.ear.right, 0);
    assert_int_equal(pair.ear.wrong, 2);
    assert_true(pair.ear.worst_foreign > 0.005);
}

static void silence_is_wrong(void **state)
{
    static struct pair pair;
    uint8_t silence[PACKET];
    (void)state;
    init_pair(&pair, 1);
    memset(silence, 0xff, sizeof(silence));
    for (int i = 0; i < 2 * SECOND; i++)
        zv_load_ear_hear(&pair.ear, silence, sizeof(silence));
    assert_int_equal(pair.ear.right, 0);
    assert_int_equal(pair.ear.wrong, 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_tone_alone_is_right),
    cmocka_unit_test(no_two_ends_sound_alike),
    cmocka_unit_test(one_packet_of_another_call_is_found),
    cmocka_unit_test(a_lost_packet_is_not_taken_for_crosstalk),
    cmocka_unit_test(a_faint_voice_of_another_call_is_found),
    cmocka_unit_test(silence_is_wrong),
};

ZV_TEST_MAIN(tests)
