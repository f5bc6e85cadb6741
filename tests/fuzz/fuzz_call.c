/*
 * The call machine's event sequence: the bytes decide what happens in the world of
 * tests/unit/call/walk.h, whose book-keeper aborts when a promise is broken.
 */
#include "unit/call/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *data;
    size_t size;
    size_t at;
};

static uint32_t by_bytes(void *arg, uint32_t limit)
{
    struct bytes *bytes = arg;
    return bytes->at < bytes->size ? bytes->data[bytes->at++] % limit : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct walk walk;
    struct bytes bytes = {.data = data, .size = size};
    walk_open(&walk, by_bytes, &bytes);
    while (bytes.at < bytes.size)
        walk_step(&walk);
    walk_abandon(&walk);
    walk_shut_down(&walk);
    walk_close_all(&walk);
    return 0;
}
