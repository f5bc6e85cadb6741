#define _GNU_SOURCE
#include "io/queue.h"

#include "base/alloc.h"
#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

struct zv_queue {
    struct zv_queue_cfg cfg;
    pthread_mutex_t lock;
    _Atomic size_t count; /* written under lock */
    size_t first;         /* under lock, as all below */
    uint8_t *items;       /* ring of cfg.cap */
};

int zv_queue_new(struct zv_queue **ret_queue, const struct zv_queue_cfg *cfg)
{
    struct zv_queue *queue = zv_zalloc(sizeof(*queue));
    if (!queue)
        return ZV_E_NOMEM;
    queue->cfg = *cfg;
    queue->items = zv_calloc(cfg->cap, cfg->item_bytes);
    if (!queue->items) {
        zv_free(queue);
        return ZV_E_NOMEM;
    }
    pthread_mutex_init(&queue->lock, NULL);
    *ret_queue = queue;
    return 0;
}

struct zv_queue *zv_queue_free(struct zv_queue *queue)
{
    if (!queue)
        return NULL;
    pthread_mutex_destroy(&queue->lock);
    zv_free(queue->items);
    return zv_free(queue);
}

static uint8_t *item_at(const struct zv_queue *queue, size_t offset)
{
    return queue->items + (queue->first + offset) % queue->cfg.cap * queue->cfg.item_bytes;
}

int zv_queue_push(struct zv_queue *queue, const void *item)
{
    int err = ZV_E_LIMIT;
    bool was_empty = false;
    pthread_mutex_lock(&queue->lock);
    if (queue->count < queue->cfg.cap) {
        memcpy(item_at(queue, queue->count), item, queue->cfg.item_bytes);
        was_empty = queue->count++ == 0;
        err = 0;
    }
    pthread_mutex_unlock(&queue->lock);
    if (was_empty && queue->cfg.wake_fn)
        queue->cfg.wake_fn(queue->cfg.wake_arg);
    return err;
}

static bool any_item(const void *item, void *arg)
{
    (void)item;
    (void)arg;
    return true;
}

bool zv_queue_pop(struct zv_queue *queue, void *ret_item)
{
    return zv_queue_pop_if(queue, any_item, NULL, ret_item);
}

bool zv_queue_pop_if(struct zv_queue *queue, bool (*is_due_fn)(const void *item, void *arg),
                     void *arg, void *ret_item)
{
    /* Who sees an old 0 here is woken after it: the bell rings when the push is done. */
    if (!zv_queue_count(queue))
        return false;
    pthread_mutex_lock(&queue->lock);
    bool found = queue->count && is_due_fn(item_at(queue, 0), arg);
    if (found) {
        memcpy(ret_item, item_at(queue, 0), queue->cfg.item_bytes);
        if (queue->cfg.is_secret)
            zv_wipe(item_at(queue, 0), queue->cfg.item_bytes);
        queue->first = (queue->first + 1) % queue->cfg.cap;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return found;
}

size_t zv_queue_count_while(struct zv_queue *queue, bool (*is_fn)(const void *item, void *arg),
                            void *arg)
{
    size_t n = 0;
    pthread_mutex_lock(&queue->lock);
    while (n < queue->count && is_fn(item_at(queue, n), arg))
        n++;
    pthread_mutex_unlock(&queue->lock);
    return n;
}

size_t zv_queue_count(struct zv_queue *queue)
{
    return atomic_load_explicit(&queue->count, memory_order_acquire);
}

size_t zv_queue_room(struct zv_queue *queue)
{
    return queue->cfg.cap - zv_queue_count(queue);
}
