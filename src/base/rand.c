#include "base/rand.h"

#include <string.h>

uint32_t zv_rand_u32(const struct zv_rand *rand)
{
    uint32_t value;
    zv_rand_fill(rand, &value, sizeof(value));
    return value;
}

uint64_t zv_rand_u64(const struct zv_rand *rand)
{
    uint64_t value;
    zv_rand_fill(rand, &value, sizeof(value));
    return value;
}

void zv_rand_token(const struct zv_rand *rand, char *dst, size_t len)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t done = 0;
    while (done < len) {
        uint8_t raw[32];
        zv_rand_fill(rand, raw, sizeof(raw));
        for (size_t i = 0; i < sizeof(raw) && done < len; i++) {
            if (raw[i] < 4 * 62) /* a larger byte would favour the first letters */
                dst[done++] = alphabet[raw[i] % 62];
        }
    }
    dst[len] = 0;
}

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void seeded_fill(void *arg, void *dst, size_t len)
{
    struct zv_rand_seeded *seeded = arg;
    uint8_t *out = dst;
    while (len) {
        uint64_t word = splitmix64(&seeded->state);
        size_t step = len < sizeof(word) ? len : sizeof(word);
        memcpy(out, &word, step);
        out += step;
        len -= step;
    }
}

struct zv_rand zv_rand_seeded_source(struct zv_rand_seeded *seeded)
{
    return (struct zv_rand){.fill_fn = seeded_fill, .arg = seeded};
}
