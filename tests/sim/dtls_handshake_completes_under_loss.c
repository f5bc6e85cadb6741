/*
 * A browser's end and ours over a bad network: a fifth of all datagrams lost, others delayed out of
 * order or doubled, while the wall clock steps. Every handshake completes within its time limit,
 * and both ends hold the same keys. Server or client, and the fingerprint early or late, in turn.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "base/rand.h"
#include "base/time.h"
#include "rtc/dtls/dtls.h"
#include "support/fake_gettimeofday.h"

#include <stdlib.h>
#include <string.h>

#define RUNS             300
#define LOSS_PERCENT     20
#define DOUBLE_PERCENT   5
#define MIN_DELAY_US     ZV_MS(5)
#define DELAY_SPREAD_US  ZV_MS(80)
#define STEP_PERCENT     2 /* of datagrams during which the wall clock steps */
#define NET_CAP          256
#define FINGERPRINT_AT   ZV_MS(900)
#define WALL_US          INT64_C(1700000000000000)
#define RELEASE_AFTER_US ZV_MS(300)

struct flying {
    int64_t at_us; /* arrival */
    int to;        /* which end */
    size_t len;
    uint8_t data[ZV_DTLS_MTU_BYTES];
};

struct end {
    struct zv_dtls *dtls;
    int connected, failed;
    int64_t release_at_us;
    struct zv_dtls_keys keys;
};

struct sim {
    struct zv_rand_seeded seeded;
    struct zv_rand rand;
    int64_t now_us;
    int64_t wall_offset_us;
    struct zv_dtls_ctx *ctx[2];
    struct end ends[2];
    struct flying net[NET_CAP];
    size_t net_count;
};

static uint32_t roll(struct sim *sim, uint32_t sides)
{
    return zv_rand_u32(&sim->rand) % sides;
}

static void set_clock(struct sim *sim, int64_t now_us)
{
    sim->now_us = now_us;
    zv_fake_wall_clock_set(WALL_US + now_us + sim->wall_offset_us);
}

static void fly(struct sim *sim, int to, const struct zv_dtls_out *out)
{
    assert_true(sim->net_count < NET_CAP);
    struct flying *flying = &sim->net[sim->net_count++];
    flying->at_us = sim->now_us + MIN_DELAY_US + roll(sim, (uint32_t)DELAY_SPREAD_US);
    flying->to = to;
    flying->len = out->len;
    memcpy(flying->data, out->data, out->len);
}

static void on_send(struct sim *sim, int to, const struct zv_dtls_out *out)
{
    if (roll(sim, 100) < STEP_PERCENT) {
        sim->wall_offset_us += ((int64_t)roll(sim, 20) - 10) * ZV_SECONDS(1);
        set_clock(sim, sim->now_us);
    }
    if (roll(sim, 100) >= LOSS_PERCENT)
        fly(sim, to, out);
    if (roll(sim, 100) < DOUBLE_PERCENT)
        fly(sim, to, out);
}

static void drain(struct sim *sim, int i)
{
    struct end *end = &sim->ends[i];
    struct zv_dtls_out out;
    enum zv_dtls_out_kind kind;
    while ((kind = zv_dtls_poll(end->dtls, &out)) != ZV_DTLS_OUT_NONE) {
        if (kind == ZV_DTLS_OUT_SEND)
            on_send(sim, 1 - i, &out);
        end->failed += kind == ZV_DTLS_OUT_FAILED;
        if (kind != ZV_DTLS_OUT_CONNECTED)
            continue;
        end->connected++;
        end->keys = out.keys;
        end->release_at_us = sim->now_us + RELEASE_AFTER_US;
    }
}

static int64_t next_us(const struct sim *sim)
{
    int64_t at_us = ZV_TIME_NEVER;
    for (size_t i = 0; i < sim->net_count; i++)
        at_us = zv_time_min(at_us, sim->net[i].at_us);
    for (int i = 0; i < 2; i++) {
        at_us = zv_time_min(at_us, zv_dtls_deadline_us(sim->ends[i].dtls));
        at_us = zv_time_min(at_us, sim->ends[i].release_at_us);
    }
    return at_us;
}

static void arrive(struct sim *sim)
{
    for (size_t i = 0; i < sim->net_count;) {
        struct flying flying = sim->net[i];
        if (flying.at_us > sim->now_us) {
            i++;
            continue;
        }
        sim->net[i] = sim->net[--sim->net_count];
        assert_int_equal(
            zv_dtls_on_datagram(sim->ends[flying.to].dtls, flying.data, flying.len, sim->now_us),
            0);
        drain(sim, flying.to);
    }
}

static void run_until(struct sim *sim, int64_t end_us)
{
    for (int64_t at_us; (at_us = next_us(sim)) <= end_us;) {
        set_clock(sim, at_us > sim->now_us ? at_us : sim->now_us);
        arrive(sim);
        for (int i = 0; i < 2; i++) {
            struct end *end = &sim->ends[i];
            if (zv_dtls_deadline_us(end->dtls) <= sim->now_us) {
                zv_dtls_on_timeout(end->dtls, sim->now_us);
                drain(sim, i);
            }
            if (end->release_at_us <= sim->now_us) {
                end->release_at_us = ZV_TIME_NEVER;
                zv_dtls_release(end->dtls);
            }
        }
    }
    set_clock(sim, end_us);
}

static void learn_fingerprints(struct sim *sim)
{
    for (int i = 0; i < 2; i++) {
        const char *value = zv_dtls_ctx_fingerprint(sim->ctx[1 - i]);
        assert_int_equal(
            zv_dtls_set_remote_fingerprint(sim->ends[i].dtls, zv_str(value), sim->now_us), 0);
        drain(sim, i);
    }
}

static void check_keys(const struct sim *sim)
{
    const struct zv_dtls_keys *a = &sim->ends[0].keys, *b = &sim->ends[1].keys;
    assert_int_equal(sim->ends[0].connected, 1);
    assert_int_equal(sim->ends[1].connected, 1);
    assert_int_equal(sim->ends[0].failed + sim->ends[1].failed, 0);
    assert_int_equal(a->profile, b->profile);
    assert_memory_equal(&a->local, &b->remote, sizeof(a->local));
    assert_memory_equal(&a->remote, &b->local, sizeof(a->local));
}

static void handshake(struct zv_dtls_ctx *const ctx[2], uint64_t seed)
{
    static struct sim sim;
    memset(&sim, 0, sizeof(sim));
    sim.seeded.state = seed;
    sim.rand = zv_rand_seeded_source(&sim.seeded);
    set_clock(&sim, ZV_SECONDS(100));
    int64_t begin_us = sim.now_us;
    for (int i = 0; i < 2; i++) {
        sim.ctx[i] = ctx[i];
        sim.ends[i].release_at_us = ZV_TIME_NEVER;
        assert_int_equal(zv_dtls_new(&sim.ends[i].dtls, &(struct zv_dtls_cfg){.ctx = ctx[i]}), 0);
    }
    bool is_late = seed % 2, is_first_server = seed % 4 < 2;
    if (!is_late)
        learn_fingerprints(&sim);
    for (int i = 0; i < 2; i++) {
        bool is_server = (i == 0) == is_first_server;
        assert_int_equal(zv_dtls_start(sim.ends[i].dtls,
                                       is_server ? ZV_DTLS_ROLE_SERVER : ZV_DTLS_ROLE_CLIENT,
                                       sim.now_us),
                         0);
        drain(&sim, i);
    }
    if (is_late) {
        run_until(&sim, begin_us + FINGERPRINT_AT);
        learn_fingerprints(&sim);
    }
    run_until(&sim, begin_us + 2 * ZV_DTLS_HANDSHAKE_LIMIT_US);
    check_keys(&sim);
    for (int i = 0; i < 2; i++)
        zv_dtls_free(sim.ends[i].dtls);
}

static void every_handshake_completes(void **state)
{
    (void)state;
    struct zv_dtls_ctx *ctx[2];
    int64_t live = zv_alloc_live();
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            zv_dtls_ctx_new(&ctx[i], &(struct zv_dtls_ctx_cfg){.now_unix_s = WALL_US / 1000000}),
            0);
    const char *only = getenv("ZV_TEST_SEED");
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        handshake(ctx, only ? strtoull(only, NULL, 10) : seed);
    for (int i = 0; i < 2; i++)
        zv_dtls_ctx_unref(ctx[i]);
    zv_fake_wall_clock_off();
    assert_int_equal(zv_alloc_live(), live);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_handshake_completes),
};

ZV_TEST_MAIN(tests)
