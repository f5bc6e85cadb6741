/* Figures are only as good as what is counted. */
#include "support/test.h"

#include "base/alloc.h"
#include "base/time.h"
#include "tools/load/probe.h"

#define PAYLOAD 160

struct world {
    struct zv_load_delays *delays;
    struct zv_load_probe here;
    struct zv_load_probe there;
};

static int open_world(void **state)
{
    static struct world world;
    world = (struct world){.delays = zv_zalloc(sizeof(*world.delays))};
    world.here = (struct zv_load_probe){.call = 5, .delays = world.delays};
    world.there = (struct zv_load_probe){.call = 5, .follows = true, .delays = world.delays};
    *state = &world;
    return world.delays ? 0 : -1;
}

static int close_world(void **state)
{
    struct world *world = *state;
    zv_free(world->delays);
    return 0;
}

static void send(struct zv_load_probe *from, struct zv_load_probe *to)
{
    uint8_t payload[PAYLOAD];
    zv_load_probe_write(from, payload, sizeof(payload));
    if (to)
        zv_load_probe_read(to, payload, sizeof(payload));
}

static void what_is_not_measured_is_not_counted(void **state)
{
    struct world *world = *state;
    send(&world->here, &world->there);
    assert_int_equal(world->here.tx, 0);
    assert_int_equal(world->there.rx, 0);
    assert_int_equal(world->delays->count, 0);
    assert_false(world->there.is_measured);
}

static void the_other_end_measures_the_same_time(void **state)
{
    struct world *world = *state;
    world->here.is_measured = true;
    send(&world->here, &world->there);
    assert_true(world->there.is_measured);
    send(&world->there, &world->here);
    world->here.is_measured = false;
    send(&world->here, &world->there);
    assert_false(world->there.is_measured);
    assert_int_equal(world->here.tx, 1);
    assert_int_equal(world->there.rx, 1);
    assert_int_equal(world->here.rx, 1);
    assert_int_equal(world->delays->count, 2);
}

static void what_does_not_come_is_lost(void **state)
{
    struct world *world = *state;
    world->here.is_measured = true;
    for (int i = 0; i < 10; i++)
        send(&world->here, i % 5 == 2 ? NULL : &world->there);
    assert_int_equal(world->there.rx, 8);
    assert_int_equal(zv_load_probe_lost(&world->there), 2);
}

static void a_packet_of_another_call_is_foreign(void **state)
{
    struct world *world = *state;
    const uint8_t noise[PAYLOAD] = {0};
    world->here.call = 6;
    world->here.is_measured = true;
    send(&world->here, &world->there);
    zv_load_probe_read(&world->there, noise, sizeof(noise));
    zv_load_probe_read(&world->there, noise, 4);
    assert_int_equal(world->there.foreign, 3);
    assert_int_equal(world->there.rx, 0);
}

static void percentiles_are_exact_to_a_step(void **state)
{
    struct world *world = *state;
    for (int i = 1; i <= 1000; i++)
        zv_load_delays_note(world->delays, i * 100);
    assert_int_equal(zv_load_delays_percentile(world->delays, 0.5), 50010);
    assert_int_equal(zv_load_delays_percentile(world->delays, 0.99), 99010);
    assert_int_equal(zv_load_delays_percentile(world->delays, 1), 100000);
    zv_load_delays_note(world->delays, ZV_SECONDS(3));
    assert_int_equal(world->delays->max_us, ZV_SECONDS(3));
    assert_int_equal(zv_load_delays_percentile(world->delays, 0.5), 50110);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_not_measured_is_not_counted, open_world, close_world),
    cmocka_unit_test_setup_teardown(the_other_end_measures_the_same_time, open_world, close_world),
    cmocka_unit_test_setup_teardown(what_does_not_come_is_lost, open_world, close_world),
    cmocka_unit_test_setup_teardown(a_packet_of_another_call_is_foreign, open_world, close_world),
    cmocka_unit_test_setup_teardown(percentiles_are_exact_to_a_step, open_world, close_world),
};

ZV_TEST_MAIN(tests)
