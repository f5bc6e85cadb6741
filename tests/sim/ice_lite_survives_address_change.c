/*
 * The client's address changes under the lite agent: a NAT that forgets, another network, an ICE
 * restart, a black-out. Media follows the client, and only the client.
 */
#include "ice_world.h"

#define SEEDS 100

static const struct zv_netem_link bad_link = {
    .delay_us = ZV_MS(40), .jitter_us = ZV_MS(20), .loss_ppm = 200000};
/* Five refreshes in a row, which cost the client its consent, are never all lost here. */
static const struct zv_netem_link poor_link = {
    .delay_us = ZV_MS(40), .jitter_us = ZV_MS(20), .loss_ppm = 100000};
static const struct zv_netem_link good_link = {.delay_us = ZV_MS(20)};
static const struct zv_netem_link black_hole = {.loss_ppm = ZV_NETEM_ALWAYS};

static const char *const inside[] = {"10.0.0.2:5000"};
static const char *const outside = "203.0.113.5:40000";
static const char *const outside_later = "203.0.113.5:41234";
static const char *const candidate[] = {"192.0.2.1:4000"};

static void set_nat(struct ice_world *world, const char *to)
{
    struct zv_addr in = ice_addr(inside[0]), out = ice_addr(to);
    zv_netem_set_nat(world->net, &in, &out);
}

static void connect_through_nat(struct ice_world *world, uint64_t seed,
                                const struct zv_netem_link *link)
{
    ice_open(world, seed, link, inside, 1);
    set_nat(world, outside);
    ice_signal(world, candidate, 1);
    ice_run(world, ZV_SECONDS(30));
    assert_true(zv_ice_is_nominated(world->gateway.ice));
    assert_true(zv_ice_is_nominated(world->client.ice));
}

static void assert_media_to(const struct ice_world *world, const char *text)
{
    struct zv_addr target = ice_media_target(world), expected = ice_addr(text);
    assert_true(zv_addr_eq(&target, &expected));
}

static void a_rebinding_moves_media_with_the_first_check_that_comes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct ice_world world;
        connect_through_nat(&world, seed, &bad_link);
        assert_media_to(&world, outside);
        uint64_t requests = zv_ice_counters(world.gateway.ice)->requests;
        set_nat(&world, outside_later);
        ice_run(&world, ZV_MS(100)); /* what was under way */
        uint64_t under_way = zv_ice_counters(world.gateway.ice)->requests - requests;
        while (zv_ice_counters(world.gateway.ice)->requests == requests + under_way)
            ice_run(&world, ZV_MS(10));
        assert_media_to(&world, outside_later);
        assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_LOST], 0);
        ice_close(&world);
    }
}

static void the_client_hears_again_after_a_rebinding(void **state)
{
    (void)state;
    struct ice_world world;
    connect_through_nat(&world, 1, &good_link);
    set_nat(&world, outside_later);
    int64_t changed_us = world.now_us;
    ice_run(&world, ZV_SECONDS(7)); /* a refresh comes 6 s later at most */
    assert_media_to(&world, outside_later);
    assert_true(zv_ice_last_heard_us(world.client.ice) > changed_us);
    assert_int_equal(world.client.events[ZV_ICE_OUT_CONSENT_LOST], 0);
    ice_close(&world);
}

static void a_black_out_of_two_seconds_loses_nothing(void **state)
{
    (void)state;
    struct ice_world world;
    connect_through_nat(&world, 2, &good_link);
    for (int i = 0; i < 20; i++) {
        zv_netem_set_link(world.net, NULL, NULL, &black_hole);
        ice_run(&world, ZV_SECONDS(2));
        zv_netem_set_link(world.net, NULL, NULL, &good_link);
        ice_run(&world, ZV_SECONDS(11));
    }
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_LOST], 0);
    assert_int_equal(world.client.events[ZV_ICE_OUT_CONSENT_LOST], 0);
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_NOMINATED], 1);
    ice_close(&world);
}

static void a_long_black_out_loses_consent_and_the_path_brings_it_back(void **state)
{
    (void)state;
    struct ice_world world;
    connect_through_nat(&world, 3, &good_link);
    zv_netem_set_link(world.net, NULL, NULL, &black_hole);
    ice_run(&world, ZV_SECONDS(60));
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_LOST], 1);
    assert_int_equal(world.client.events[ZV_ICE_OUT_CONSENT_LOST], 1);
    assert_true(world.gateway.consent_lost_us ==
                zv_ice_last_heard_us(world.gateway.ice) + ZV_SECONDS(30));
    assert_false(zv_ice_has_consent(world.gateway.ice));
    set_nat(&world, outside_later); /* and the NAT forgot meanwhile */
    zv_netem_set_link(world.net, NULL, NULL, &good_link);
    ice_run(&world, ZV_SECONDS(7));
    assert_true(zv_ice_has_consent(world.gateway.ice));
    assert_true(zv_ice_has_consent(world.client.ice));
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_BACK], 1);
    assert_media_to(&world, outside_later);
    ice_close(&world);
}

static void another_network_without_a_restart_is_nominated(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct ice_world world;
        connect_through_nat(&world, seed, &bad_link);
        struct zv_addr wifi = ice_addr(inside[0]), mobile = ice_addr("10.9.9.9:7000");
        zv_ice_remove_local(world.client.ice, &wifi, world.now_us);
        ice_drain(&world, &world.client);
        assert_int_equal(zv_ice_add_local(world.client.ice, &mobile, world.now_us), 0);
        ice_drain(&world, &world.client);
        assert_media_to(&world, outside); /* nothing moves before a check */
        ice_run(&world, ZV_SECONDS(15));
        assert_media_to(&world, "10.9.9.9:7000");
        assert_true(zv_ice_is_nominated(world.client.ice));
        assert_int_equal(world.client.events[ZV_ICE_OUT_FAILED], 0);
        ice_close(&world);
    }
}

static void restart(struct ice_world *world)
{
    zv_ice_restart(world->gateway.ice, world->now_us);
    ice_drain(world, &world->gateway);
    zv_ice_restart(world->client.ice, world->now_us);
    ice_drain(world, &world->client);
}

static void an_ice_restart_keeps_media_going_until_the_new_pair(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct ice_world world;
        connect_through_nat(&world, seed, &poor_link);
        restart(&world);
        set_nat(&world, outside_later);
        ice_run(&world, ZV_SECONDS(4)); /* the answer takes its time */
        assert_true(zv_ice_has_consent(world.gateway.ice));
        assert_true(zv_ice_has_consent(world.client.ice));
        assert_int_equal(world.gateway.events[ZV_ICE_OUT_RESTARTED], 0);
        ice_signal(&world, candidate, 1);
        ice_run(&world, ZV_SECONDS(20));
        assert_int_equal(world.gateway.events[ZV_ICE_OUT_RESTARTED], 1);
        assert_int_equal(world.client.events[ZV_ICE_OUT_RESTARTED], 1);
        assert_media_to(&world, outside_later);
        assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_LOST], 0);
        assert_int_equal(zv_ice_previous_ufrag(world.gateway.ice).len, 0);
        /* Consent goes on under the new credentials. */
        int64_t now_us = world.now_us;
        ice_run(&world, ZV_SECONDS(40));
        assert_true(zv_ice_last_heard_us(world.gateway.ice) > now_us);
        assert_true(zv_ice_last_heard_us(world.client.ice) > now_us);
        ice_close(&world);
    }
}

static void a_restart_that_is_never_answered_changes_nothing(void **state)
{
    (void)state;
    struct ice_world world;
    connect_through_nat(&world, 5, &good_link);
    zv_ice_restart(world.gateway.ice, world.now_us);
    ice_drain(&world, &world.gateway);
    ice_run(&world, ZV_SECONDS(300));
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_CONSENT_LOST], 0);
    assert_int_equal(world.client.events[ZV_ICE_OUT_CONSENT_LOST], 0);
    assert_media_to(&world, outside);
    ice_close(&world);
}

/* Everything that the client sends is recorded and comes again from elsewhere, at once and later.
 */
static void recorded_checks_from_elsewhere_move_nothing(void **state)
{
    (void)state;
    struct ice_world world;
    ice_open(&world, 6, &good_link, inside, 1);
    set_nat(&world, outside);
    world.tapped = ice_addr(candidate[0]);
    ice_signal(&world, candidate, 1);
    struct zv_dgram replay = {.data = world.record,
                              .local = ice_addr("198.51.100.66:666"),
                              .remote = ice_addr(candidate[0])};
    for (int i = 0; i < 1200; i++) {
        ice_run(&world, ZV_MS(100));
        replay.len = world.record_len;
        zv_netem_send(world.net, &replay, world.now_us);
        if (zv_ice_is_nominated(world.gateway.ice))
            assert_media_to(&world, outside);
    }
    const struct zv_ice_counters *counters = zv_ice_counters(world.gateway.ice);
    assert_int_equal(counters->verdicts[ZV_ICE_DROP_REPLAY], 1199); /* the last is under way */
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_VALIDATED], 1);
    assert_int_equal(world.gateway.events[ZV_ICE_OUT_NOMINATED], 1);
    ice_close(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_rebinding_moves_media_with_the_first_check_that_comes),
    cmocka_unit_test(the_client_hears_again_after_a_rebinding),
    cmocka_unit_test(a_black_out_of_two_seconds_loses_nothing),
    cmocka_unit_test(a_long_black_out_loses_consent_and_the_path_brings_it_back),
    cmocka_unit_test(another_network_without_a_restart_is_nominated),
    cmocka_unit_test(an_ice_restart_keeps_media_going_until_the_new_pair),
    cmocka_unit_test(a_restart_that_is_never_answered_changes_nothing),
    cmocka_unit_test(recorded_checks_from_elsewhere_move_nothing),
};
ZV_TEST_MAIN(tests)
