/*
 * Calls that last longer than their session timer, begun by provisionals that must not be lost,
 * over a network that loses, doubles and reorders: they are refreshed in time, by UPDATE or by
 * re-INVITE, end when somebody hangs up, and leave nothing.
 */
#include "sip_world.h"

#define CALLS 300

static const struct zv_netem_link bad = {
    .delay_us = ZV_MS(30),
    .jitter_us = ZV_MS(20),
    .loss_ppm = 100000,
    .duplicate_ppm = 50000,
    .reorder_ppm = 100000,
    .reorder_us = ZV_MS(400),
};

static void run_calls(uint64_t seed, const struct world_ways *ways)
{
    struct world w;
    assert_int_equal(world_init_ways(&w, seed, &bad, ways), 0);
    w.does_hesitate = true;
    for (size_t i = 0; i < WORLD_AGENTS; i++)
        assert_int_equal(world_add_accounts(&w, i), 0);
    while (!w.contacts[0][0] || !w.contacts[1][0])
        world_run(&w, w.now_us + ZV_SECONDS(1));
    for (size_t i = 0; i < CALLS; i++) {
        world_plan(&w, ZV_MS(world_lot(&w, 100)), WORLD_CALL, world_lot(&w, 2), 1 + i);
        world_run(&w, w.now_us + ZV_MS(250));
    }
    world_run(&w, w.now_us + ways->talk_us + ZV_SECONDS(240 + 4 * 32));
    world_assert_quiet(&w);
    size_t answered = 0, lasted = 0, causes[32] = {0};
    for (size_t i = 0; i < w.leg_count; i++) {
        enum zv_sip_cause cause = w.legs[i].cause;
        causes[cause]++;
        answered += w.legs[i].is_answered;
        lasted += w.legs[i].is_answered &&
                  (cause == ZV_SIP_CAUSE_LOCAL || cause == ZV_SIP_CAUSE_REMOTE_BYE);
    }
    assert_int_equal(causes[ZV_SIP_CAUSE_INTERNAL], 0);
    assert_int_equal(causes[ZV_SIP_CAUSE_PROTOCOL], 0);
    print_message("%zu calls, %zu legs answered, %zu lasted, %zu PRACKs, %zu UPDATEs\n",
                  w.calls_made, answered, lasted, w.pracks, w.updates);
    assert_true(answered > CALLS / 2);
    if (lasted * 100 <
        answered * 95) /* a tenth lost: a transaction of 11 tries hardly ever fails */
        fail_msg("only %zu of %zu calls lasted", lasted, answered);
    assert_true(ways->requires_reliable == (w.pracks > 0));
    assert_true(ways->hides_update == (w.updates == 0));
    world_fini(&w);
}

static void reliably_rung_calls_are_refreshed_by_update(void **state)
{
    static const struct world_ways ways = {
        .requires_reliable = true, .session_expires_s = 90, .talk_us = ZV_SECONDS(300)};
    (void)state;
    run_calls(11, &ways);
}

static void calls_are_refreshed_by_reinvite(void **state)
{
    static const struct world_ways ways = {
        .hides_update = true, .session_expires_s = 90, .talk_us = ZV_SECONDS(300)};
    (void)state;
    run_calls(12, &ways);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reliably_rung_calls_are_refreshed_by_update),
        cmocka_unit_test(calls_are_refreshed_by_reinvite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
