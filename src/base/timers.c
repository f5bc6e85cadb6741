#include "base/timers.h"

#include "base/alloc.h"
#include "base/err.h"

#include <assert.h>

void zv_timers_init(struct zv_timers *timers)
{
    *timers = (struct zv_timers){0};
}

void zv_timers_fini(struct zv_timers *timers)
{
    timers->heap = zv_free(timers->heap);
    timers->count = timers->cap = 0;
}

int zv_timers_reserve(struct zv_timers *timers, size_t count)
{
    if (count <= timers->cap)
        return 0;
    size_t cap = timers->cap ? timers->cap : 16;
    while (cap < count)
        cap *= 2;
    struct zv_timer **heap = zv_realloc(timers->heap, cap * sizeof(struct zv_timer *));
    if (!heap)
        return ZV_E_NOMEM;
    timers->heap = heap;
    timers->cap = cap;
    return 0;
}

static void place(struct zv_timers *timers, size_t index, struct zv_timer *timer)
{
    timers->heap[index - 1] = timer;
    timer->index = index;
}

static void sift_up(struct zv_timers *timers, size_t index)
{
    struct zv_timer *timer = timers->heap[index - 1];
    while (index > 1 && timers->heap[index / 2 - 1]->at_us > timer->at_us) {
        place(timers, index, timers->heap[index / 2 - 1]);
        index /= 2;
    }
    place(timers, index, timer);
}

static void sift_down(struct zv_timers *timers, size_t index)
{
    struct zv_timer *timer = timers->heap[index - 1];
    for (;;) {
        size_t child = index * 2;
        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child]->at_us < timers->heap[child - 1]->at_us)
            child++;
        if (timers->heap[child - 1]->at_us >= timer->at_us)
            break;
        place(timers, index, timers->heap[child - 1]);
        index = child;
    }
    place(timers, index, timer);
}

void zv_timer_disarm(struct zv_timers *timers, struct zv_timer *timer)
{
    size_t index = timer->index;
    if (!index)
        return;
    struct zv_timer *last = timers->heap[timers->count - 1];
    timers->count--;
    timer->index = 0;
    if (last == timer)
        return;
    place(timers, index, last);
    sift_up(timers, index);
    sift_down(timers, last->index);
}

void zv_timer_arm(struct zv_timers *timers, struct zv_timer *timer, int64_t at_us)
{
    zv_timer_disarm(timers, timer);
    if (at_us == ZV_TIME_NEVER)
        return;
    assert(timers->count < timers->cap);
    timer->at_us = at_us;
    timers->count++;
    place(timers, timers->count, timer);
    sift_up(timers, timers->count);
}

int64_t zv_timers_next_us(const struct zv_timers *timers)
{
    return timers->count ? timers->heap[0]->at_us : ZV_TIME_NEVER;
}

struct zv_timer *zv_timers_pop_due(struct zv_timers *timers, int64_t now_us)
{
    if (!timers->count || timers->heap[0]->at_us > now_us)
        return NULL;
    struct zv_timer *timer = timers->heap[0];
    zv_timer_disarm(timers, timer);
    return timer;
}
