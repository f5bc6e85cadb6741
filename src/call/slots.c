#include "call/slots.h"

#include "base/alloc.h"
#include "base/err.h"

#define FIRST_CAP 16

void zv_slots_init(struct zv_slots *slots, uint32_t max)
{
    *slots = (struct zv_slots){.max = max};
}

void zv_slots_fini(struct zv_slots *slots)
{
    slots->slots = zv_free(slots->slots);
    slots->cap = slots->used = slots->first_free = 0;
}

static int grow(struct zv_slots *slots)
{
    uint32_t cap = slots->cap ? slots->cap : FIRST_CAP / 2;
    if (slots->cap >= slots->max)
        return ZV_E_LIMIT;
    cap = cap > slots->max / 2 ? slots->max : cap * 2;
    struct zv_slot *grown = zv_realloc(slots->slots, cap * sizeof(*grown));
    if (!grown)
        return ZV_E_NOMEM;
    for (uint32_t i = slots->cap; i < cap; i++)
        grown[i] = (struct zv_slot){.generation = 1, .next_free = i + 1 < cap ? i + 2 : 0};
    slots->first_free = slots->cap + 1;
    slots->slots = grown;
    slots->cap = cap;
    return 0;
}

int zv_slots_take(struct zv_slots *slots, void *item, uint32_t *ret_slot, uint32_t *ret_generation)
{
    if (!slots->first_free) {
        int err = grow(slots);
        if (err)
            return err;
    }
    uint32_t index = slots->first_free - 1;
    struct zv_slot *slot = &slots->slots[index];
    slots->first_free = slot->next_free;
    slot->item = item;
    slots->used++;
    *ret_slot = index;
    *ret_generation = slot->generation;
    return 0;
}

void zv_slots_release(struct zv_slots *slots, uint32_t index)
{
    struct zv_slot *slot = &slots->slots[index];
    slot->item = NULL;
    slot->generation = slot->generation == UINT32_MAX ? 1 : slot->generation + 1;
    slot->next_free = slots->first_free;
    slots->first_free = index + 1;
    slots->used--;
}

void *zv_slots_find(const struct zv_slots *slots, uint32_t index, uint32_t generation)
{
    if (index >= slots->cap || slots->slots[index].generation != generation)
        return NULL;
    return slots->slots[index].item;
}
