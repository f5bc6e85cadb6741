/*
 * Two connections that talk to each other over a network of two queues, under one clock. Between
 * the machines a test may drop, keep, repeat and invent datagrams.
 */
#ifndef ZV_TESTS_UNIT_RTC_DTLS_PAIR_H
#define ZV_TESTS_UNIT_RTC_DTLS_PAIR_H

#include "support/test.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"
#include "support/fake_gettimeofday.h"

#include <string.h>

#define WALL_US     INT64_C(1700000000000000)
#define NET_CAP     64
#define DGRAM_BYTES 1500

struct dgram {
    size_t len;
    uint8_t data[DGRAM_BYTES];
};

struct end {
    struct zv_dtls_ctx *ctx;
    struct zv_dtls *dtls;
    struct dgram out[NET_CAP]; /* on the way to the other end */
    size_t out_count;
    size_t sent; /* datagrams in all */
    size_t connected, failed, closed;
    struct zv_dtls_keys keys;
    struct zv_dtls_out failure;
};

struct pair {
    struct end client;
    struct end server;
    int64_t now_us;
    int64_t wall_offset_us; /* a stepped wall clock */
};

static inline void set_clock(struct pair *pair, int64_t now_us)
{
    pair->now_us = now_us;
    zv_fake_wall_clock_set(WALL_US + now_us + pair->wall_offset_us);
}

static inline struct zv_dtls_ctx *new_ctx(void)
{
    struct zv_dtls_ctx *ctx = NULL;
    assert_int_equal(zv_dtls_ctx_new(&ctx, &(struct zv_dtls_ctx_cfg){.now_unix_s = 1700000000}), 0);
    return ctx;
}

static inline void drain(struct end *end)
{
    struct zv_dtls_out out;
    enum zv_dtls_out_kind kind;
    while ((kind = zv_dtls_poll(end->dtls, &out)) != ZV_DTLS_OUT_NONE) {
        switch (kind) {
        case ZV_DTLS_OUT_SEND:
            assert_true(out.len > 0 && out.len <= ZV_DTLS_MTU_BYTES);
            assert_true(end->out_count < NET_CAP);
            memcpy(end->out[end->out_count].data, out.data, out.len);
            end->out[end->out_count++].len = out.len;
            end->sent++;
            break;
        case ZV_DTLS_OUT_CONNECTED:
            end->connected++;
            end->keys = out.keys;
            break;
        case ZV_DTLS_OUT_FAILED:
            end->failed++;
            end->failure = out;
            break;
        case ZV_DTLS_OUT_CLOSED:
            end->closed++;
            break;
        case ZV_DTLS_OUT_NONE:
            break;
        }
    }
}

static inline void give(struct pair *pair, struct end *to, const uint8_t *data, size_t len)
{
    (void)zv_dtls_on_datagram(to->dtls, data, len, pair->now_us);
    drain(to);
}

static inline void lose(struct end *from)
{
    from->out_count = 0;
}

/* Hands over what is on the way from one end. */
static inline void deliver(struct pair *pair, struct end *from, struct end *to)
{
    struct dgram dgrams[NET_CAP];
    size_t count = from->out_count;
    memcpy(dgrams, from->out, count * sizeof(dgrams[0]));
    from->out_count = 0;
    for (size_t i = 0; i < count; i++)
        give(pair, to, dgrams[i].data, dgrams[i].len);
}

static inline void settle(struct pair *pair)
{
    while (pair->client.out_count || pair->server.out_count) {
        deliver(pair, &pair->client, &pair->server);
        deliver(pair, &pair->server, &pair->client);
    }
}

/* Goes to the next deadline of either and fires it. False: neither has one. */
static inline bool advance_to_deadline(struct pair *pair)
{
    int64_t at_us =
        zv_time_min(zv_dtls_deadline_us(pair->client.dtls), zv_dtls_deadline_us(pair->server.dtls));
    if (at_us == ZV_TIME_NEVER)
        return false;
    set_clock(pair, at_us > pair->now_us ? at_us : pair->now_us);
    struct end *ends[] = {&pair->client, &pair->server};
    for (size_t i = 0; i < 2; i++) {
        if (zv_dtls_deadline_us(ends[i]->dtls) <= pair->now_us) {
            zv_dtls_on_timeout(ends[i]->dtls, pair->now_us);
            drain(ends[i]);
        }
    }
    return true;
}

/* Over a network that loses nothing, until nothing is to be done. */
static inline void run(struct pair *pair)
{
    do
        settle(pair);
    while (advance_to_deadline(pair));
}

static inline void expect_fingerprint(struct pair *pair, struct end *end, const char *value)
{
    assert_int_equal(zv_dtls_set_remote_fingerprint(end->dtls, zv_str(value), pair->now_us), 0);
    drain(end);
}

static inline void start(struct pair *pair, struct end *end, enum zv_dtls_role role)
{
    assert_int_equal(zv_dtls_start(end->dtls, role, pair->now_us), 0);
    drain(end);
}

/* Two ends, not started, that know nothing of each other. */
static inline void pair_init(struct pair *pair)
{
    memset(pair, 0, sizeof(*pair));
    set_clock(pair, ZV_SECONDS(1000));
    struct end *ends[] = {&pair->client, &pair->server};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->ctx = new_ctx();
        assert_int_equal(zv_dtls_new(&ends[i]->dtls, &(struct zv_dtls_cfg){.ctx = ends[i]->ctx}),
                         0);
    }
}

static inline void pair_start(struct pair *pair)
{
    expect_fingerprint(pair, &pair->client, zv_dtls_ctx_fingerprint(pair->server.ctx));
    expect_fingerprint(pair, &pair->server, zv_dtls_ctx_fingerprint(pair->client.ctx));
    start(pair, &pair->server, ZV_DTLS_ROLE_SERVER);
    start(pair, &pair->client, ZV_DTLS_ROLE_CLIENT);
}

static inline void pair_fini(struct pair *pair)
{
    struct end *ends[] = {&pair->client, &pair->server};
    for (size_t i = 0; i < 2; i++) {
        zv_dtls_free(ends[i]->dtls);
        zv_dtls_ctx_unref(ends[i]->ctx);
    }
    zv_fake_wall_clock_off();
}

static inline void assert_connected(const struct pair *pair)
{
    const struct zv_dtls_keys *a = &pair->client.keys, *b = &pair->server.keys;
    assert_int_equal(pair->client.connected, 1);
    assert_int_equal(pair->server.connected, 1);
    assert_int_equal(pair->client.failed + pair->server.failed, 0);
    assert_int_equal(a->profile, b->profile);
    assert_int_equal(a->key_len, b->key_len);
    assert_int_equal(a->salt_len, b->salt_len);
    assert_memory_equal(&a->local, &b->remote, sizeof(a->local));
    assert_memory_equal(&a->remote, &b->local, sizeof(a->local));
    assert_memory_not_equal(&a->local, &a->remote, sizeof(a->local));
}

#endif
