/*
 * Datagrams kept as bytes, in one growing piece of memory: a flight on its way out, which may have
 * to go out again, and datagrams that came too early.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <string.h>

#define GROWTH_BYTES 1024

void zv_dtls_flight_fini(struct zv_dtls_flight *flight)
{
    zv_free(flight->bytes);
    memset(flight, 0, sizeof(*flight));
}

void zv_dtls_flight_clear(struct zv_dtls_flight *flight)
{
    flight->used = flight->count = flight->next = 0;
}

static size_t start_of(const struct zv_dtls_flight *flight, size_t i)
{
    return i ? flight->ends[i - 1] : 0;
}

int zv_dtls_flight_put(struct zv_dtls_flight *flight, const uint8_t *data, size_t len)
{
    if (flight->count == ZV_DTLS_MAX_FLIGHT_DATAGRAMS)
        return 0;
    if (len > flight->cap - flight->used) {
        size_t cap = flight->used + len + GROWTH_BYTES;
        uint8_t *bytes = zv_realloc(flight->bytes, cap);
        if (!bytes)
            return ZV_E_NOMEM;
        flight->bytes = bytes;
        flight->cap = cap;
    }
    if (len)
        memcpy(flight->bytes + flight->used, data, len);
    flight->used += len;
    return 0;
}

void zv_dtls_flight_end(struct zv_dtls_flight *flight)
{
    if (flight->count < ZV_DTLS_MAX_FLIGHT_DATAGRAMS &&
        flight->used > start_of(flight, flight->count))
        flight->ends[flight->count++] = flight->used;
}

void zv_dtls_flight_renumber(struct zv_dtls_flight *flight, size_t from, uint64_t *sequence)
{
    struct zv_dtls_record record;
    size_t left = flight->used - from;
    const uint8_t *p = left ? flight->bytes + from : NULL;
    while (left && zv_dtls_next_record(&p, &left, &record)) {
        if (!record.epoch)
            zv_dtls_set_sequence(flight->bytes + (record.data - flight->bytes), (*sequence)++);
    }
}

bool zv_dtls_flight_next(struct zv_dtls_flight *flight, const uint8_t **ret_data, size_t *ret_len)
{
    if (flight->next >= flight->count)
        return false;
    size_t start = start_of(flight, flight->next);
    *ret_data = flight->bytes + start;
    *ret_len = flight->ends[flight->next++] - start;
    return true;
}
