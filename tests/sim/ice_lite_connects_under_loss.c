/*
 * A client and the lite agent connect over a bad network, whatever the seed: one packet in five is
 * lost each way, some come twice, some late, and one of the gateway's candidates leads nowhere.
 */
#include "ice_world.h"

#include <stdlib.h>

#define SEEDS 300

static const struct zv_netem_link bad_link = {
    .delay_us = ZV_MS(40),
    .jitter_us = ZV_MS(30),
    .loss_ppm = 200000,
    .duplicate_ppm = 50000,
    .reorder_ppm = 100000,
    .reorder_us = ZV_MS(60),
};
static const struct zv_netem_link good_link = {.delay_us = ZV_MS(20)};
static const struct zv_netem_link black_hole = {.loss_ppm = ZV_NETEM_ALWAYS};

static const char *const locals[] = {"10.0.0.2:5000", "[fd00::2]:5000"};
static const char *const candidates[] = {"192.0.2.9:4000", "192.0.2.1:4000", "[2001:db8::1]:4000"};

static void assert_connected(const struct ice_world *world)
{
    struct zv_ice_pair ours, theirs;
    assert_true(zv_ice_is_nominated(world->gateway.ice));
    assert_true(zv_ice_is_nominated(world->client.ice));
    assert_true(zv_ice_selected(world->gateway.ice, &ours));
    assert_true(zv_ice_selected(world->client.ice, &theirs));
    assert_true(zv_addr_eq(&ours.local, &theirs.remote));
    assert_true(zv_addr_eq(&ours.remote, &theirs.local));
    assert_true(zv_ice_is_validated(world->gateway.ice, &ours.local, &ours.remote));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void every_seed_connects_and_half_of_them_within_a_second(void **state)
{
    (void)state;
    int64_t took_us[SEEDS];
    struct zv_addr dead = ice_addr(candidates[0]);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct ice_world world;
        ice_open(&world, seed, &bad_link, locals, 2);
        zv_netem_set_link(world.net, NULL, &dead, &black_hole);
        ice_signal(&world, candidates, 3);
        ice_run(&world, ZV_SECONDS(15)); /* timers.ice: how long a call waits for it */
        assert_connected(&world);
        took_us[seed] = world.client.nominated_us - ICE_WORLD_START_US;
        ice_close(&world);
    }
    qsort(took_us, SEEDS, sizeof(took_us[0]), compare);
    assert_in_range(took_us[SEEDS / 2], ZV_MS(160), ZV_SECONDS(1));
}

static void a_clean_network_takes_two_round_trips(void **state)
{
    (void)state;
    struct ice_world world;
    ice_open(&world, 1, &good_link, locals, 1);
    ice_signal(&world, &candidates[1], 1);
    ice_run(&world, ZV_MS(40));
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_VALIDATED], 1);
    assert_true(zv_ice_has_consent(world.gateway.ice)); /* a DTLS reply may leave already */
    ice_run(&world, ZV_MS(40));
    assert_connected(&world);
    assert_int_equal(world.client.events[ZV_ICE_OUT_SEND], 2);
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_SEND], 2);
    ice_close(&world);
}

static void the_lite_agent_keeps_consent_for_ten_minutes_of_loss(void **state)
{
    (void)state;
    struct ice_world world;
    ice_open(&world, 7, &bad_link, locals, 1);
    ice_signal(&world, &candidates[1], 1);
    ice_run(&world, ZV_SECONDS(600));
    assert_connected(&world);
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_LOST], 0);
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_NOMINATED], 1);
    /* A refresh every 5 s, spread by a fifth. */
    assert_in_range(zv_ice_counters(world.client.ice)->checks_sent, 100, 150);
    ice_close(&world);
}

static void nobody_there_is_a_failure_after_the_last_retransmission(void **state)
{
    (void)state;
    struct ice_world world;
    ice_open(&world, 3, &black_hole, locals, 2);
    ice_signal(&world, candidates, 3);
    ice_run(&world, ZV_SECONDS(39));
    assert_int_equal(world.client.events[ZV_ICE_OUT_FAILED], 0);
    ice_run(&world, ZV_SECONDS(2)); /* 79 times the RTO of 500 ms (RFC 8489 §6.2.1) */
    assert_int_equal(world.client.events[ZV_ICE_OUT_FAILED], 1);
    assert_int_equal(world.client.events[ZV_ICE_OUT_SEND], 3 * 7);
    ice_run(&world, ZV_SECONDS(60));
    assert_int_equal(world.client.events[ZV_ICE_OUT_FAILED], 1);
    ice_close(&world);
}

static void a_wrong_password_never_connects_and_is_never_answered(void **state)
{
    (void)state;
    struct ice_world world;
    ice_open(&world, 4, &good_link, locals, 1);
    ice_signal(&world, &candidates[1], 1);
    assert_int_equal(zv_ice_set_remote(world.client.ice, zv_ice_local_ufrag(world.gateway.ice),
                                       zv_str("not the password of this agent"), world.now_us),
                     0);
    ice_run(&world, ZV_SECONDS(60));
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_SEND], 0);
    assert_int_equal(world.client.events[ZV_ICE_OUT_FAILED], 1);
    assert_int_equal(zv_ice_counters(world.gateway.ice)->verdicts[ZV_ICE_DROP_INTEGRITY], 7);
    ice_close(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_seed_connects_and_half_of_them_within_a_second),
    cmocka_unit_test(a_clean_network_takes_two_round_trips),
    cmocka_unit_test(the_lite_agent_keeps_consent_for_ten_minutes_of_loss),
    cmocka_unit_test(nobody_there_is_a_failure_after_the_last_retransmission),
    cmocka_unit_test(a_wrong_password_never_connects_and_is_never_answered),
};
ZV_TEST_MAIN(tests)
