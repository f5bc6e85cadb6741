/*
 * A table of objects named by slot and generation: an id that outlives its object finds nobody.
 */
#ifndef ZV_CALL_SLOTS_H
#define ZV_CALL_SLOTS_H

#include "base/attr.h"

#include <stdint.h>

struct zv_slot {
    void *item;          /* borrowed; NULL: free */
    uint32_t generation; /* of the current or the next occupant, never 0 */
    uint32_t next_free;  /* slot + 1; 0: end */
};

struct zv_slots {
    struct zv_slot *slots; /* owned */
    uint32_t cap;
    uint32_t max;
    uint32_t used;
    uint32_t first_free; /* slot + 1; 0: none below cap */
};

void zv_slots_init(struct zv_slots *slots, uint32_t max);
void zv_slots_fini(struct zv_slots *slots);
/* The lowest numbers are used first while the table grows. ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_slots_take(struct zv_slots *slots, void *item, uint32_t *ret_slot,
                  uint32_t *ret_generation) ZV_MUST_CHECK;
void zv_slots_release(struct zv_slots *slots, uint32_t slot);
/* NULL: nobody, or somebody else by now. */
void *zv_slots_find(const struct zv_slots *slots, uint32_t slot, uint32_t generation);

#endif
