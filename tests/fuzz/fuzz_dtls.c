/*
 * A DTLS server and a DTLS client between which the input sits: it delivers, drops, changes and
 * invents datagrams, lets time pass, sets fingerprints, releases and closes. Nothing may crash;
 * keys may come out only of the right pair of ends, and then both have the same.
 */
#include "base/time.h"
#include "rtc/dtls/dtls.h"
#include "support/fake_gettimeofday.h"

#include <stdlib.h>
#include <string.h>

#define NET_CAP 16
#define WALL_US INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct dgram {
    size_t len;
    uint8_t data[ZV_DTLS_MTU_BYTES];
};

struct end {
    struct zv_dtls *dtls;
    struct dgram out[NET_CAP];
    size_t out_count;
    struct zv_dtls_keys keys;
    int connected, failed, closed;
};

struct world {
    struct end ends[2]; /* server, client */
    int64_t now_us;
};

static struct zv_dtls_ctx *context_of(int i)
{
    static struct zv_dtls_ctx *contexts[2]; /* kept for the life of the process */
    const struct zv_dtls_ctx_cfg cfg = {.now_unix_s = WALL_US / 1000000};
    if (!contexts[i] && zv_dtls_ctx_new(&contexts[i], &cfg) != 0)
        abort();
    return contexts[i];
}

static void drain(struct world *world, int i)
{
    struct end *end = &world->ends[i];
    struct zv_dtls_out out;
    enum zv_dtls_out_kind kind;
    while ((kind = zv_dtls_poll(end->dtls, &out)) != ZV_DTLS_OUT_NONE) {
        if (kind == ZV_DTLS_OUT_SEND && (!out.len || out.len > ZV_DTLS_MTU_BYTES))
            abort();
        if (kind == ZV_DTLS_OUT_SEND && end->out_count < NET_CAP) {
            memcpy(end->out[end->out_count].data, out.data, out.len);
            end->out[end->out_count++].len = out.len;
        }
        if (kind == ZV_DTLS_OUT_CONNECTED)
            end->keys = out.keys;
        end->connected += kind == ZV_DTLS_OUT_CONNECTED;
        end->failed += kind == ZV_DTLS_OUT_FAILED;
        end->closed += kind == ZV_DTLS_OUT_CLOSED;
    }
    if (end->connected > 1 || end->failed > 1 || end->closed > 1 || (end->failed && end->connected))
        abort();
}

static void give(struct world *world, int i, const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        return;
    if (len)
        memcpy(copy, data, len);
    (void)zv_dtls_on_datagram(world->ends[i].dtls, copy, len, world->now_us);
    drain(world, i);
    free(copy);
}

/* The oldest datagram of the end, with `change` XORed into the byte at `at`; 0 leaves it as it is.
 */
static void deliver(struct world *world, int from, size_t at, uint8_t change)
{
    struct end *end = &world->ends[from];
    if (!end->out_count)
        return;
    struct dgram dgram = end->out[0];
    memmove(end->out, end->out + 1, --end->out_count * sizeof(end->out[0]));
    dgram.data[at % dgram.len] ^= change;
    give(world, 1 - from, dgram.data, dgram.len);
}

static void pass_time(struct world *world, int i)
{
    int64_t at_us = zv_dtls_deadline_us(world->ends[i].dtls);
    if (at_us == ZV_TIME_NEVER)
        return;
    world->now_us = at_us > world->now_us ? at_us : world->now_us;
    zv_fake_wall_clock_set(WALL_US + world->now_us);
    zv_dtls_on_timeout(world->ends[i].dtls, world->now_us);
    drain(world, i);
}

static void set_fingerprint(struct world *world, int i, struct zv_str text)
{
    struct zv_str value = text.len ? text : zv_str(zv_dtls_ctx_fingerprint(context_of(1 - i)));
    if (zv_dtls_set_remote_fingerprint(world->ends[i].dtls, value, world->now_us) == 0)
        drain(world, i);
}

static void begin(struct world *world, int i)
{
    enum zv_dtls_role role = i ? ZV_DTLS_ROLE_CLIENT : ZV_DTLS_ROLE_SERVER;
    if (zv_dtls_start(world->ends[i].dtls, role, world->now_us) == 0)
        drain(world, i);
}

/* One step: an order, a number, and for some orders bytes that follow. Returns the bytes used. */
static size_t step(struct world *world, const uint8_t *data, size_t size)
{
    int i = data[0] & 1;
    size_t len = data[1] < size - 2 ? data[1] : size - 2;
    const uint8_t *bytes = data + 2;
    switch (data[0] >> 1 & 7) {
    case 0:
        deliver(world, i, 0, 0);
        return 2;
    case 1:
        deliver(world, i, (size_t)data[1] * 5, (uint8_t)(1 << (data[0] >> 5)));
        return 2;
    case 2:
        give(world, i, bytes, len);
        return 2 + len;
    case 3:
        pass_time(world, i);
        return 2;
    case 4:
        set_fingerprint(world, i, zv_str_n((const char *)bytes, len));
        return 2 + len;
    case 5:
        zv_dtls_release(world->ends[i].dtls);
        return 2;
    case 6:
        begin(world, i);
        return 2;
    default:
        if (data[1] == 0xff) {
            zv_dtls_close(world->ends[i].dtls);
            drain(world, i);
        }
        return 2;
    }
}

static void check_keys(const struct world *world)
{
    const struct end *a = &world->ends[0], *b = &world->ends[1];
    if (a->connected && b->connected &&
        (memcmp(&a->keys.local, &b->keys.remote, sizeof(a->keys.local)) != 0 ||
         memcmp(&a->keys.remote, &b->keys.local, sizeof(a->keys.local)) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    memset(&world, 0, sizeof(world));
    world.now_us = ZV_SECONDS(1);
    zv_fake_wall_clock_set(WALL_US + world.now_us);
    for (int i = 0; i < 2; i++) {
        if (zv_dtls_new(&world.ends[i].dtls, &(struct zv_dtls_cfg){.ctx = context_of(i)}) != 0)
            abort();
    }
    if (size && data[0] & 0x80) { /* as a call begins, so that the fuzzer gets past it soon */
        for (int i = 0; i < 2; i++) {
            set_fingerprint(&world, i, zv_str_n("", 0));
            begin(&world, i);
        }
    }
    while (size >= 2) {
        size_t used = step(&world, data, size);
        data += used;
        size -= used;
    }
    check_keys(&world);
    for (int i = 0; i < 2; i++)
        zv_dtls_free(world.ends[i].dtls);
    return 0;
}
