/*
 * For tests of the way from a name to the addresses that are tried: the search over a DNS server in
 * the same thread, under a policy. Include it behind _GNU_SOURCE.
 */
#ifndef ZV_TESTS_UNIT_SIPNET_TARGET_WORLD_H
#define ZV_TESTS_UNIT_SIPNET_TARGET_WORLD_H

#include "dns_server.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/rand.h"
#include "base/time.h"
#include "sipnet/target.h"

#include <stdlib.h>

/* A test that waits longer has failed. */
#define GUARD_MS 20000

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct dns_server server;
    struct zv_policy policy;
    struct zv_rand_seeded seeded;
    struct zv_dns *dns;
    struct zv_targets *targets;
};

#define BOTH 99

struct options {
    const struct dns_record *records;
    size_t count;
    const char *allow[4]; /* NULL: 127.0.0.0/8, 192.0.2.0/24 and 2001:db8::/32 */
    int family;           /* 0: IPv4; BOTH */
    unsigned transports;  /* 0: UDP */
    size_t max_lookups;   /* 0: 8 */
    int64_t try_us;       /* 0: so long that a lost answer would be noticed */
    int64_t total_us;
};

/* What the callback was told. */
struct result {
    int calls;
    uint64_t id;
    int err;
    struct zv_addr addrs[ZV_SIP_MAX_TARGETS];
    enum zv_sip_transport transports[ZV_SIP_MAX_TARGETS];
    char verify_names[ZV_SIP_MAX_TARGETS][64];
    size_t count;
};

static inline void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static inline void open_policy(struct world *world, const struct options *options)
{
    char *allow[4] = {(char *)(uintptr_t) "127.0.0.0/8", (char *)(uintptr_t) "192.0.2.0/24",
                      (char *)(uintptr_t) "2001:db8::/32"};
    size_t count = 3;
    if (options->allow[0]) {
        for (count = 0; count < 4 && options->allow[count]; count++)
            allow[count] = (char *)(uintptr_t)options->allow[count];
    }
    assert_int_equal(zv_policy_init(&world->policy, allow, count), 0);
}

static inline void open_world(struct world *world, const struct options *options)
{
    char *servers[] = {world->server.text};
    world->seeded = (struct zv_rand_seeded){.state = 1};
    int family = options->family ? options->family : ZV_ADDR_IPV4;
    if (family == BOTH)
        family = ZV_ADDR_NONE;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    dns_server_open(&world->server, &world->loop, options->records, options->count);
    open_policy(world, options);
    const struct zv_dns_cfg dns = {.loop = &world->loop,
                                   .servers = servers,
                                   .server_count = 1,
                                   .timeout_us = options->try_us ? options->try_us : ZV_SECONDS(10),
                                   .tries = 2,
                                   .rand = zv_rand_seeded_source(&world->seeded)};
    assert_int_equal(zv_dns_new(&world->dns, &dns), 0);
    const struct zv_targets_cfg cfg = {
        .loop = &world->loop,
        .dns = world->dns,
        .policy = &world->policy,
        .rand = zv_rand_seeded_source(&world->seeded),
        .family = family,
        .transports = options->transports,
        .total_us = options->total_us ? options->total_us : ZV_SECONDS(15),
        .max_lookups = options->max_lookups ? options->max_lookups : 8};
    assert_int_equal(zv_targets_new(&world->targets, &cfg), 0);
}

/* Everything goes, whatever is under way; the loop holds nothing afterwards. */
static inline void close_world(struct world *world)
{
    world->targets = zv_targets_free(world->targets);
    world->dns = zv_dns_free(world->dns);
    dns_server_close(&world->server);
    uv_close((uv_handle_t *)&world->guard, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    zv_policy_fini(&world->policy);
}

static inline void on_found(void *arg, uint64_t id, int err, const struct zv_target *targets,
                            size_t count)
{
    struct result *result = arg;
    result->calls++;
    result->id = id;
    result->err = err;
    result->count = count;
    assert_true(count <= ZV_SIP_MAX_TARGETS);
    assert_int_equal(err == 0, count > 0);
    for (size_t i = 0; i < count; i++)
        result->addrs[i] = targets[i].addr;
    for (size_t i = 0; i < count; i++) {
        result->transports[i] = targets[i].transport;
        assert_int_equal(zv_str_copy(targets[i].verify_name, result->verify_names[i],
                                     sizeof(result->verify_names[i])),
                         0);
    }
}

static inline void begin_query(struct world *world, struct zv_target_query query,
                               struct result *result)
{
    *result = (struct result){0};
    query.id = 77;
    query.done = on_found;
    query.arg = result;
    zv_targets_find(world->targets, &query);
}

static inline void begin(struct world *world, const char *host, uint16_t port,
                         struct result *result)
{
    begin_query(world,
                (struct zv_target_query){.host = zv_str(host),
                                         .port = port,
                                         .transport = ZV_SIP_UDP,
                                         .purpose = ZV_SIP_FOR_ACCOUNT},
                result);
}

static inline void wait_for(struct world *world, const struct result *result)
{
    while (!result->calls)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(result->calls, 1);
    assert_int_equal(result->id, 77);
}

static inline struct result find(struct world *world, const char *host, uint16_t port)
{
    struct result result;
    begin(world, host, port, &result);
    wait_for(world, &result);
    assert_int_equal(zv_targets_pending(world->targets), 0);
    return result;
}

static inline void assert_addrs(const struct result *result, const char *const *texts, size_t count)
{
    char text[ZV_ADDR_TEXT_CAP];
    assert_int_equal(result->err, 0);
    for (size_t i = 0; i < count && i < result->count; i++)
        assert_string_equal(zv_addr_write(&result->addrs[i], text), texts[i]);
    assert_int_equal(result->count, count);
}
#define ASSERT_ADDRS(result, ...)                                                                  \
    assert_addrs((result), (const char *const[]){__VA_ARGS__},                                     \
                 ZV_ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static inline void assert_err(const struct result *result, int err)
{
    assert_string_equal(zv_err_name(result->err), zv_err_name(err));
}

#endif
