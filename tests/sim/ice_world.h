/*
 * A lite agent with its addresses and a controlling one, with a network between them: what the ICE
 * simulations share. Time jumps from deadline to deadline.
 */
#ifndef ZV_TESTS_SIM_ICE_WORLD_H
#define ZV_TESTS_SIM_ICE_WORLD_H

#include "support/test.h"

#include "base/rand.h"
#include "rtc/ice/ice.h"
#include "support/netem.h"

#include <string.h>

#define ICE_WORLD_START_US ZV_SECONDS(1000)

struct ice_side {
    struct zv_ice *ice;
    size_t events[ZV_ICE_OUT_FAILED + 1];
    int64_t nominated_us;    /* the latest */
    int64_t consent_lost_us; /* the latest */
    int64_t consent_back_us;
};

struct ice_world {
    struct zv_netem *net;
    struct zv_rand_seeded seeded;
    struct ice_side gateway; /* lite */
    struct ice_side client;  /* controlling */
    int64_t now_us;
    struct zv_addr tapped; /* requests to this address are recorded; family NONE: none */
    uint8_t record[1500];  /* the latest */
    size_t record_len;
};

static inline struct zv_addr ice_addr(const char *text)
{
    struct zv_addr addr = {0};
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static inline void ice_drain(struct ice_world *world, struct ice_side *side)
{
    struct zv_ice_out out;
    while (zv_ice_poll(side->ice, &out) != ZV_ICE_OUT_NONE) {
        side->events[out.kind]++;
        if (out.kind == ZV_ICE_OUT_NOMINATED)
            side->nominated_us = world->now_us;
        if (out.kind == ZV_ICE_OUT_CONSENT_LOST)
            side->consent_lost_us = world->now_us;
        if (out.kind == ZV_ICE_OUT_CONSENT_BACK)
            side->consent_back_us = world->now_us;
        if (out.kind != ZV_ICE_OUT_SEND)
            continue;
        zv_netem_send(world->net, &out.dgram, world->now_us);
        if (side == &world->client && zv_addr_ip_eq(&out.dgram.remote, &world->tapped)) {
            memcpy(world->record, out.dgram.data, out.dgram.len);
            world->record_len = out.dgram.len;
        }
    }
}

/* Gateways live in 192.0.2.0/24 and 2001:db8::/32; everything else is the client. */
static inline bool ice_is_gateway(const struct zv_addr *addr)
{
    return addr->family == ZV_ADDR_IPV4 ? addr->ip[0] == 192 : addr->ip[0] == 0x20;
}

static inline void ice_deliver(struct ice_world *world)
{
    struct zv_dgram in;
    while (zv_netem_poll(world->net, world->now_us, &in)) {
        struct ice_side *side = ice_is_gateway(&in.local) ? &world->gateway : &world->client;
        zv_ice_on_datagram(side->ice, &in, world->now_us);
        ice_drain(world, side);
    }
}

static inline void ice_tick(struct ice_world *world, struct ice_side *side)
{
    if (zv_ice_deadline_us(side->ice) > world->now_us)
        return;
    zv_ice_on_timeout(side->ice, world->now_us);
    ice_drain(world, side);
}

static inline void ice_run_until(struct ice_world *world, int64_t until_us)
{
    for (;;) {
        int64_t next_us = zv_netem_deadline_us(world->net);
        next_us = zv_time_min(next_us, zv_ice_deadline_us(world->gateway.ice));
        next_us = zv_time_min(next_us, zv_ice_deadline_us(world->client.ice));
        if (next_us > until_us)
            break;
        if (next_us > world->now_us)
            world->now_us = next_us;
        ice_deliver(world);
        ice_tick(world, &world->gateway);
        ice_tick(world, &world->client);
    }
    world->now_us = until_us;
}

static inline void ice_run(struct ice_world *world, int64_t span_us)
{
    ice_run_until(world, world->now_us + span_us);
}

/* The SDP exchange: the client learns the gateway's credentials and candidates. */
static inline void ice_signal(struct ice_world *world, const char *const *candidates, size_t count)
{
    struct zv_ice *client = world->client.ice;
    assert_int_equal(zv_ice_set_remote(client, zv_ice_local_ufrag(world->gateway.ice),
                                       zv_ice_local_pwd(world->gateway.ice), world->now_us),
                     0);
    for (size_t i = 0; i < count; i++) {
        struct zv_addr addr = ice_addr(candidates[i]);
        uint32_t priority = (126U << 24) | ((65535U - (uint32_t)i) << 8) | 255;
        assert_int_equal(zv_ice_add_candidate(client, &addr, priority, world->now_us), 0);
    }
}

static inline void ice_open(struct ice_world *world, uint64_t seed,
                            const struct zv_netem_link *link, const char *const *locals,
                            size_t local_count)
{
    struct zv_addr addrs[ZV_ICE_MAX_LOCALS];
    memset(world, 0, sizeof(*world));
    world->now_us = ICE_WORLD_START_US;
    world->net = zv_netem_new(seed, link);
    world->seeded.state = seed ^ UINT64_C(0x5eed);
    for (size_t i = 0; i < local_count; i++)
        addrs[i] = ice_addr(locals[i]);
    struct zv_ice_cfg cfg = {.role = ZV_ICE_LITE, .rand = zv_rand_seeded_source(&world->seeded)};
    assert_int_equal(zv_ice_new(&world->gateway.ice, &cfg), 0);
    cfg.role = ZV_ICE_CONTROLLING;
    cfg.locals = addrs;
    cfg.local_count = local_count;
    assert_int_equal(zv_ice_new(&world->client.ice, &cfg), 0);
}

static inline void ice_close(struct ice_world *world)
{
    world->gateway.ice = zv_ice_free(world->gateway.ice);
    world->client.ice = zv_ice_free(world->client.ice);
    world->net = zv_netem_free(world->net);
}

/* Where the gateway sends media. */
static inline struct zv_addr ice_media_target(const struct ice_world *world)
{
    struct zv_ice_pair pair = {0};
    assert_true(zv_ice_selected(world->gateway.ice, &pair));
    return pair.remote;
}

#endif
