#include "support/test.h"

#include "base/err.h"
#include "rtc/bridge/bridge.h"

static const struct zv_bridge_pair call_pairs[] = {
    {.pt = {111, 96}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 48000},
    {.pt = {0, 0}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 8000},
    {.pt = {110, 101}, .kind = ZV_BRIDGE_TELEPHONE_EVENT, .clock_hz = 48000},
    {.pt = {126, 101}, .kind = ZV_BRIDGE_TELEPHONE_EVENT, .clock_hz = 8000},
};

static struct zv_bridge make_bridge(void)
{
    struct zv_bridge bridge;
    zv_bridge_init(&bridge);
    assert_int_equal(zv_bridge_set_pairs(&bridge, call_pairs, ZV_ARRAY_LEN(call_pairs)), 0);
    return bridge;
}

static void payload_types_are_mapped_each_way(void **state)
{
    (void)state;
    struct zv_bridge bridge = make_bridge();
    const struct zv_bridge_pair *pair;
    assert_int_equal(zv_bridge_route(&bridge, 0, 111, &pair), ZV_BRIDGE_FORWARD);
    assert_int_equal(pair->pt[1], 96);
    assert_int_equal(pair->clock_hz, 48000);
    assert_int_equal(zv_bridge_route(&bridge, 1, 96, &pair), ZV_BRIDGE_FORWARD);
    assert_int_equal(pair->pt[0], 111);
    assert_int_equal(bridge.counters[0].forwarded, 1);
    assert_int_equal(bridge.counters[1].forwarded, 1);
}

static void the_first_pair_of_a_payload_type_counts(void **state)
{
    (void)state;
    struct zv_bridge bridge = make_bridge();
    const struct zv_bridge_pair *pair;
    assert_int_equal(zv_bridge_route(&bridge, 1, 101, &pair), ZV_BRIDGE_FORWARD);
    assert_int_equal(pair->pt[0], 110);
    assert_int_equal(zv_bridge_route(&bridge, 0, 126, &pair), ZV_BRIDGE_FORWARD);
    assert_int_equal(pair->pt[1], 101);
    assert_int_equal(bridge.counters[1].telephone_events, 1);
}

static void an_unknown_payload_type_is_counted_and_goes_nowhere(void **state)
{
    (void)state;
    struct zv_bridge bridge = make_bridge();
    const struct zv_bridge_pair *pair = NULL;
    assert_int_equal(zv_bridge_route(&bridge, 0, 96, &pair), ZV_BRIDGE_UNKNOWN_PT);
    assert_int_equal(zv_bridge_route(&bridge, 1, 111, &pair), ZV_BRIDGE_UNKNOWN_PT);
    assert_null(pair);
    assert_int_equal(bridge.counters[0].unknown_pt, 1);
    assert_int_equal(bridge.counters[1].unknown_pt, 1);
    assert_int_equal(bridge.counters[0].forwarded, 0);
}

static void a_held_direction_drops_and_the_other_flows(void **state)
{
    (void)state;
    struct zv_bridge bridge = make_bridge();
    const struct zv_bridge_pair *pair;
    zv_bridge_set_flow(&bridge, 0, false);
    assert_int_equal(zv_bridge_route(&bridge, 0, 0, &pair), ZV_BRIDGE_HELD);
    assert_int_equal(zv_bridge_route(&bridge, 1, 0, &pair), ZV_BRIDGE_FORWARD);
    zv_bridge_set_flow(&bridge, 0, true);
    assert_int_equal(zv_bridge_route(&bridge, 0, 0, &pair), ZV_BRIDGE_FORWARD);
    assert_int_equal(bridge.counters[0].held, 1);
}

static void events_and_comfort_noise_are_counted_apart_from_audio(void **state)
{
    (void)state;
    static const struct zv_bridge_pair pairs[] = {
        {.pt = {8, 8}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 8000},
        {.pt = {13, 13}, .kind = ZV_BRIDGE_COMFORT_NOISE, .clock_hz = 8000},
        {.pt = {126, 101}, .kind = ZV_BRIDGE_TELEPHONE_EVENT, .clock_hz = 8000},
    };
    static const uint8_t sent[] = {8, 13, 13, 101};
    struct zv_bridge bridge;
    const struct zv_bridge_pair *pair;
    zv_bridge_init(&bridge);
    assert_int_equal(zv_bridge_set_pairs(&bridge, pairs, ZV_ARRAY_LEN(pairs)), 0);
    for (size_t i = 0; i < sizeof(sent); i++)
        assert_int_equal(zv_bridge_route(&bridge, 1, sent[i], &pair), ZV_BRIDGE_FORWARD);
    assert_int_equal(bridge.counters[1].forwarded, 4);
    assert_int_equal(bridge.counters[1].comfort_noise, 2);
    assert_int_equal(bridge.counters[1].telephone_events, 1);
    assert_int_equal(bridge.counters[1].audio_pt, 8);
    assert_int_equal(bridge.counters[0].comfort_noise, 0);
}

static void a_bad_table_leaves_the_old_one(void **state)
{
    (void)state;
    struct zv_bridge bridge = make_bridge();
    struct zv_bridge_pair many[ZV_BRIDGE_MAX_PAIRS + 1] = {0};
    const struct zv_bridge_pair bad_pt = {.pt = {128, 0}, .clock_hz = 8000};
    const struct zv_bridge_pair bad_clock = {.pt = {8, 8}};
    const struct zv_bridge_pair *pair;
    assert_int_equal(zv_bridge_set_pairs(&bridge, many, ZV_ARRAY_LEN(many)), ZV_E_LIMIT);
    assert_int_equal(zv_bridge_set_pairs(&bridge, &bad_pt, 1), ZV_E_INVAL);
    assert_int_equal(zv_bridge_set_pairs(&bridge, &bad_clock, 1), ZV_E_INVAL);
    assert_int_equal(zv_bridge_route(&bridge, 0, 111, &pair), ZV_BRIDGE_FORWARD);
}

static void a_new_table_forgets_the_old_one(void **state)
{
    (void)state;
    struct zv_bridge bridge = make_bridge();
    const struct zv_bridge_pair pcma = {.pt = {8, 8}, .clock_hz = 8000};
    const struct zv_bridge_pair *pair;
    assert_int_equal(zv_bridge_set_pairs(&bridge, &pcma, 1), 0);
    assert_int_equal(zv_bridge_route(&bridge, 0, 111, &pair), ZV_BRIDGE_UNKNOWN_PT);
    assert_int_equal(zv_bridge_route(&bridge, 0, 8, &pair), ZV_BRIDGE_FORWARD);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(payload_types_are_mapped_each_way),
    cmocka_unit_test(the_first_pair_of_a_payload_type_counts),
    cmocka_unit_test(an_unknown_payload_type_is_counted_and_goes_nowhere),
    cmocka_unit_test(a_held_direction_drops_and_the_other_flows),
    cmocka_unit_test(events_and_comfort_noise_are_counted_apart_from_audio),
    cmocka_unit_test(a_bad_table_leaves_the_old_one),
    cmocka_unit_test(a_new_table_forgets_the_old_one),
};

ZV_TEST_MAIN(tests)
