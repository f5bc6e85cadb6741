/*
 * Ids cross threads, timers and JSON; pointers do not. A call's id names its worker, its slot there
 * and the generation of the slot, so that a late message for a finished call finds nobody
 * (ZV_E_GONE) instead of its successor.
 */
#ifndef ZV_BASE_ID_H
#define ZV_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

/* worker (8 bits) | slot (24 bits) | generation (32 bits, never 0). The value 0 is no call. */
typedef struct {
    uint64_t v;
} zv_call_id;

/* A client's session: slot (32 bits) | generation (32 bits, never 0). 0: none. */
typedef struct {
    uint64_t v;
} zv_session_id;

/* A WebSocket connection. 0: none. */
typedef struct {
    uint64_t v;
} zv_conn_id;

static inline zv_call_id zv_call_id_make(uint32_t worker, uint32_t slot, uint32_t generation)
{
    return (zv_call_id){((uint64_t)(worker & 0xff) << 56) | ((uint64_t)(slot & 0xffffff) << 32) |
                        generation};
}
static inline uint32_t zv_call_id_worker(zv_call_id id)
{
    return (uint32_t)(id.v >> 56);
}
static inline uint32_t zv_call_id_slot(zv_call_id id)
{
    return (uint32_t)(id.v >> 32) & 0xffffff;
}
static inline uint32_t zv_call_id_generation(zv_call_id id)
{
    return (uint32_t)id.v;
}
/* Room for the text of an id and its NUL. */
#define ZV_ID_TEXT_CAP 40
/* "c-0.12.3" (worker, slot, generation) and "s-5.1": the names of calls and sessions in logs,
 * messages and reports. The call id 0 is "c-none". Return `dst`. */
const char *zv_call_id_write(zv_call_id id, char dst[ZV_ID_TEXT_CAP]);
const char *zv_session_id_write(zv_session_id id, char dst[ZV_ID_TEXT_CAP]);

static inline bool zv_call_id_eq(zv_call_id a, zv_call_id b)
{
    return a.v == b.v;
}

#endif
