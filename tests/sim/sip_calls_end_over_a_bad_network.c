/*
 * A hundred thousand calls between two user agents over networks that lose, double, delay and
 * reorder: none is stuck, none ends twice, and when the last timer has run, nothing is left (RFC
 * 5407's races come up by themselves). They are made in worlds of 2,000 calls, each of its own
 * seed, so that a failure can be had again soon: it names the seed, ZV_SIM_SEED is it, and one
 * world is enough (ZV_SIM_CALLS=2000).
 *
 * Sanitizers see a fifth of them; ./do test --full (ZV_TEST_FULL) ten times as many of either.
 */
#include "sip_world.h"

#define WORLD_CALLS 2000
#ifdef __SANITIZE_ADDRESS__
#define CALLS 20000
#else
#define CALLS 100000
#endif

static uint64_t env_number(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    uint64_t value;
    return text && !zv_str_to_u64(zv_str(text), &value) ? value : fallback;
}

/* Of all worlds of a test. */
struct sum {
    size_t calls, legs, answered, timed_out, infos_sent, infos_heard;
};

static void add_up(struct sum *sum, const struct world *w, unsigned least_answered_percent)
{
    size_t answered = 0, causes[32] = {0};
    for (size_t i = 0; i < w->leg_count; i++) {
        answered += w->legs[i].is_answered;
        causes[w->legs[i].cause]++;
    }
    assert_int_equal(causes[ZV_SIP_CAUSE_INTERNAL], 0);
    assert_int_equal(causes[ZV_SIP_CAUSE_PROTOCOL], 0);
    assert_int_equal(causes[ZV_SIP_CAUSE_NONE], 0);
    if (answered * 100 < w->leg_count * least_answered_percent)
        fail_msg("only %zu of %zu legs were answered", answered, w->leg_count);
    if (w->infos_heard > w->infos_sent)
        fail_msg("%zu INFOs came of %zu", w->infos_heard, w->infos_sent);
    assert_true(w->infos_heard > 0 || least_answered_percent == 0);
    sum->calls += w->calls_made;
    sum->legs += w->leg_count;
    sum->answered += answered;
    sum->timed_out += causes[ZV_SIP_CAUSE_TIMEOUT];
    sum->infos_sent += w->infos_sent;
    sum->infos_heard += w->infos_heard;
}

static void tell(const struct sum *sum)
{
    print_message("%zu calls, %zu legs, %zu answered, %zu timed out, %zu of %zu INFOs came\n",
                  sum->calls, sum->legs, sum->answered, sum->timed_out, sum->infos_heard,
                  sum->infos_sent);
}

static void run_calls(struct sum *sum, uint64_t seed, size_t calls,
                      const struct zv_netem_link *link, unsigned least_answered_percent)
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
    assert_int_equal(w.calls_made, calls);
    add_up(sum, &w, least_answered_percent);
    world_fini(&w);
}

/* A fifth lost; a round trip beyond T1, so that everything is sent twice; one as it should be, on
 * which the last packet overtakes all others now and then. */
static const struct zv_netem_link bad[] = {
    {.delay_us = ZV_MS(30),
     .jitter_us = ZV_MS(20),
     .loss_ppm = 200000,
     .duplicate_ppm = 50000,
     .reorder_ppm = 100000,
     .reorder_us = ZV_MS(400)},
    {.delay_us = ZV_MS(400),
     .jitter_us = ZV_MS(300),
     .loss_ppm = 50000,
     .duplicate_ppm = 100000,
     .reorder_ppm = 50000,
     .reorder_us = ZV_SECONDS(3)},
    {.delay_us = ZV_MS(5), .loss_ppm = 10000, .reorder_ppm = 50000, .reorder_us = ZV_SECONDS(1)},
};

static uint64_t sim_seed; /* of the world under way; 0: all went well */

static int name_seed(void **state)
{
    (void)state;
    if (sim_seed)
        print_error("again by ZV_SIM_SEED=%llu ZV_SIM_CALLS=%d\n", (unsigned long long)sim_seed,
                    WORLD_CALLS);
    return 0;
}

static void a_hundred_thousand_calls_survive_bad_networks(void **state)
{
    struct sum sum = {0};
    uint64_t seed = env_number("ZV_SIM_SEED", 1000);
    uint64_t calls = env_number("ZV_SIM_CALLS", getenv("ZV_TEST_FULL") ? 10 * CALLS : CALLS);
    (void)state;
    for (uint64_t i = 0; i < calls / WORLD_CALLS; i++) {
        sim_seed = seed + i;
        run_calls(&sum, seed + i, WORLD_CALLS, &bad[(seed + i) % ZV_ARRAY_LEN(bad)], 40);
    }
    sim_seed = 0;
    tell(&sum);
}

static void calls_survive_a_good_network(void **state)
{
    static const struct zv_netem_link good = {.delay_us = ZV_MS(20), .jitter_us = ZV_MS(5)};
    struct sum sum = {0};
    (void)state;
    run_calls(&sum, 2, 200, &good, 50);
    tell(&sum);
}

static void calls_end_though_almost_nothing_arrives(void **state)
{
    static const struct zv_netem_link awful = {
        .delay_us = ZV_MS(100), .loss_ppm = 600000, .duplicate_ppm = 200000};
    struct sum sum = {0};
    (void)state;
    run_calls(&sum, 3, 100, &awful, 0);
    tell(&sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_survive_a_good_network),
        cmocka_unit_test_teardown(a_hundred_thousand_calls_survive_bad_networks, name_seed),
        cmocka_unit_test(calls_end_though_almost_nothing_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
