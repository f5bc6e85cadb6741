/*
 * Thousands of calls between two user agents over a network that loses, doubles and reorders: none
 * is stuck, none ends twice, and when the last timer has run, nothing is left (RFC 5407's races
 * come up by themselves). ZV_TEST_CALLS and ZV_TEST_SEED make it longer or another.
 */
#include "sip_world.h"

static uint64_t env_number(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    uint64_t value;
    return text && !zv_str_to_u64(zv_str(text), &value) ? value : fallback;
}

static void run_calls(uint64_t seed, size_t calls, const struct zv_netem_link *link,
                      unsigned least_answered_percent)
{
    struct world w;
    assert_int_equal(world_init(&w, seed, link), 0);
    w.does_hesitate = true;
    for (size_t i = 0; i < WORLD_AGENTS; i++)
        assert_int_equal(world_add_accounts(&w, i), 0);
    while (!w.contacts[0][0] || !w.contacts[1][0])
        world_run(&w, w.now_us + ZV_SECONDS(1));
    int64_t start_us = w.now_us;
    for (size_t i = 0; i < calls; i++) {
        world_plan(&w, ZV_MS(world_lot(&w, 100)), WORLD_CALL, world_lot(&w, 2), 1 + i);
        world_run(&w, start_us + ZV_MS(250) * (int64_t)(i + 1));
    }
    /* The longest way: ringing until its bound, CANCEL, BYE, and the transactions after them. */
    world_run(&w, w.now_us + ZV_SECONDS(240 + 4 * 32));
    world_assert_quiet(&w);
    size_t answered = 0, causes[32] = {0};
    for (size_t i = 0; i < w.leg_count; i++) {
        answered += w.legs[i].is_answered;
        causes[w.legs[i].cause]++;
    }
    assert_int_equal(w.calls_made, calls);
    assert_int_equal(causes[ZV_SIP_CAUSE_INTERNAL], 0);
    assert_int_equal(causes[ZV_SIP_CAUSE_PROTOCOL], 0);
    assert_int_equal(causes[ZV_SIP_CAUSE_NONE], 0);
    if (answered * 100 < w.leg_count * least_answered_percent)
        fail_msg("only %zu of %zu legs were answered", answered, w.leg_count);
    if (w.infos_heard > w.infos_sent)
        fail_msg("%zu INFOs came of %zu", w.infos_heard, w.infos_sent);
    assert_true(w.infos_heard > 0 || least_answered_percent == 0);
    print_message("%zu calls, %zu legs, %zu answered, %zu timed out, %zu of %zu INFOs came\n",
                  calls, w.leg_count, answered, causes[ZV_SIP_CAUSE_TIMEOUT], w.infos_heard,
                  w.infos_sent);
    world_fini(&w);
}

static void calls_survive_a_fifth_lost(void **state)
{
    static const struct zv_netem_link bad = {
        .delay_us = ZV_MS(30),
        .jitter_us = ZV_MS(20),
        .loss_ppm = 200000,
        .duplicate_ppm = 50000,
        .reorder_ppm = 100000,
        .reorder_us = ZV_MS(400),
    };
    (void)state;
    run_calls(env_number("ZV_TEST_SEED", 1), (size_t)env_number("ZV_TEST_CALLS", 5000), &bad, 40);
}

static void calls_survive_a_good_network(void **state)
{
    static const struct zv_netem_link good = {.delay_us = ZV_MS(20), .jitter_us = ZV_MS(5)};
    (void)state;
    run_calls(env_number("ZV_TEST_SEED", 2), 200, &good, 50);
}

static void calls_end_though_almost_nothing_arrives(void **state)
{
    static const struct zv_netem_link awful = {
        .delay_us = ZV_MS(100), .loss_ppm = 600000, .duplicate_ppm = 200000};
    (void)state;
    run_calls(env_number("ZV_TEST_SEED", 3), 100, &awful, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_survive_a_good_network),
        cmocka_unit_test(calls_survive_a_fifth_lost),
        cmocka_unit_test(calls_end_though_almost_nothing_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
