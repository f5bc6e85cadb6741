/*
 * getrandom(2), 256 bytes at a time (the size that one call never cuts short), handed out in pieces
 * and wiped as it goes. A process that forks and goes on in both halves would hand out the same
 * bytes twice; this one forks nothing.
 */
#define _GNU_SOURCE
#include "io/random.h"

#include "base/alloc.h"
#include "base/attr.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define POOL_BYTES 256

static _Thread_local uint8_t pool[POOL_BYTES];
static _Thread_local size_t pool_left;

static void refill(void)
{
    size_t done = 0;
    int failures = 0;
    while (done < sizeof(pool)) {
        ssize_t got = getrandom(pool + done, sizeof(pool) - done, 0);
        if (got > 0)
            done += (size_t)got;
        else if (++failures > 1000) /* EINTR can repeat, ENOSYS stays */
            abort();
    }
    pool_left = sizeof(pool);
}

static void fill(void *arg, void *dst, size_t len)
{
    uint8_t *out = dst;
    (void)arg;
    while (len) {
        if (!pool_left)
            refill();
        size_t step = ZV_MIN(len, pool_left);
        uint8_t *src = pool + sizeof(pool) - pool_left;
        memcpy(out, src, step);
        zv_wipe(src, step);
        pool_left -= step;
        out += step;
        len -= step;
    }
}

const struct zv_rand *zv_rand_os(void)
{
    static const struct zv_rand source = {.fill_fn = fill};
    return &source;
}
