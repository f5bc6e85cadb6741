#include "support/test.h"

#include "base/err.h"
#include "base/time.h"
#include "worker/ports.h"

#include <stdbool.h>

static struct zv_ports *make_ports(uint16_t first, uint16_t last, uint64_t seed)
{
    struct zv_rand_seeded seeded = {.state = seed};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    const struct zv_ports_cfg cfg = {.first = first, .last = last, .rest_us = -1, .rand = &rand};
    struct zv_ports *ports;
    assert_int_equal(zv_ports_new(&ports, &cfg), 0);
    return ports;
}

static void every_even_port_with_an_odd_successor_is_given_once(void **state)
{
    (void)state;
    struct zv_ports *ports = make_ports(10001, 10101, 1);
    bool seen[200] = {false};
    uint16_t port;
    struct zv_ports_gauges gauges;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(zv_ports_take(ports, 0, &port), 0);
        assert_in_range(port, 10002, 10100);
        assert_int_equal(port % 2, 0);
        assert_false(seen[port - 10000]);
        seen[port - 10000] = true;
    }
    assert_int_equal(zv_ports_take(ports, 0, &port), ZV_E_LIMIT);
    zv_ports_gauges(ports, 0, &gauges);
    assert_int_equal(gauges.pairs, 50);
    assert_int_equal(gauges.used, 50);
    assert_int_equal(gauges.resting, 0);
    zv_ports_free(ports);
}

static void the_order_is_shuffled(void **state)
{
    (void)state;
    struct zv_ports *a = make_ports(20000, 20999, 1), *b = make_ports(20000, 20999, 2);
    int ascending = 0, same = 0;
    uint16_t last = 0, port_a, port_b;
    for (int i = 0; i < 500; i++) {
        assert_int_equal(zv_ports_take(a, 0, &port_a), 0);
        assert_int_equal(zv_ports_take(b, 0, &port_b), 0);
        ascending += port_a == last + 2;
        same += port_a == port_b;
        last = port_a;
    }
    assert_true(ascending < 50);
    assert_true(same < 50);
    zv_ports_free(a);
    zv_ports_free(b);
}

static void a_freed_port_rests_and_comes_back_last(void **state)
{
    (void)state;
    struct zv_ports *ports = make_ports(30000, 30003, 1);
    uint16_t first, second, again;
    struct zv_ports_gauges gauges;
    assert_int_equal(zv_ports_take(ports, 0, &first), 0);
    zv_ports_give(ports, first, ZV_SECONDS(1));
    zv_ports_gauges(ports, ZV_SECONDS(1), &gauges);
    assert_int_equal(gauges.used, 0);
    assert_int_equal(gauges.resting, 1);
    assert_int_equal(zv_ports_take(ports, ZV_SECONDS(1), &second), 0);
    assert_int_not_equal(first, second);
    assert_int_equal(zv_ports_take(ports, ZV_SECONDS(31) - 1, &again), ZV_E_LIMIT);
    assert_int_equal(zv_ports_take(ports, ZV_SECONDS(31), &again), 0);
    assert_int_equal(again, first);
    zv_ports_free(ports);
}

static void a_range_without_a_pair_is_refused(void **state)
{
    (void)state;
    struct zv_rand_seeded seeded = {.state = 1};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    static const uint16_t ranges[][2] = {{10001, 10002}, {10000, 10000}, {10010, 10000},
                                         {0, 100},       {65535, 65535}, {65534, 65534}};
    struct zv_ports *ports = NULL;
    for (size_t i = 0; i < ZV_ARRAY_LEN(ranges); i++) {
        const struct zv_ports_cfg cfg = {
            .first = ranges[i][0], .last = ranges[i][1], .rand = &rand};
        assert_int_equal(zv_ports_new(&ports, &cfg), ZV_E_INVAL);
    }
    assert_null(ports);
}

static void the_last_pair_of_all_may_be_used(void **state)
{
    (void)state;
    struct zv_ports *ports = make_ports(65534, 65535, 1);
    uint16_t port;
    assert_int_equal(zv_ports_take(ports, 0, &port), 0);
    assert_int_equal(port, 65534);
    zv_ports_free(ports);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_even_port_with_an_odd_successor_is_given_once),
    cmocka_unit_test(the_order_is_shuffled),
    cmocka_unit_test(a_freed_port_rests_and_comes_back_last),
    cmocka_unit_test(a_range_without_a_pair_is_refused),
    cmocka_unit_test(the_last_pair_of_all_may_be_used),
};

ZV_TEST_MAIN(tests)
