/*
 * Random bytes come through the config of each machine: the operating system's in production
 * (io/random.h), a seeded sequence in tests, so that every run can be repeated.
 */
#ifndef ZV_BASE_RAND_H
#define ZV_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

struct zv_rand {
    void (*fill_fn)(void *arg, void *dst, size_t len); /* never fails */
    void *arg;                                         /* borrowed */
};

static inline void zv_rand_fill(const struct zv_rand *rand, void *dst, size_t len)
{
    rand->fill_fn(rand->arg, dst, len);
}
uint32_t zv_rand_u32(const struct zv_rand *rand);
uint64_t zv_rand_u64(const struct zv_rand *rand);
/* `len` characters of [0-9A-Za-z] plus a NUL: 5.95 bits each, no modulo bias. dst has len + 1
 * bytes. */
void zv_rand_token(const struct zv_rand *rand, char *dst, size_t len);

/* A repeatable sequence (splitmix64) for simulations. Not for secrets. */
struct zv_rand_seeded {
    uint64_t state;
};
struct zv_rand zv_rand_seeded_source(struct zv_rand_seeded *seeded);

#endif
