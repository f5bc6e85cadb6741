/*
 * Bounded queue of plain structs between threads: any number of writers and readers. The only mutex
 * of the program lives here; of packets only those of a call that is being captured come this way,
 * and to see that a queue is empty, as a worker does in each turn, takes no lock.
 */
#ifndef ZV_IO_QUEUE_H
#define ZV_IO_QUEUE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct zv_queue;

struct zv_queue_cfg {
    size_t item_bytes;
    size_t cap; /* items */
    /* Called without the lock, by the writer, when the queue was empty before: wakes the reader,
     * who must then take all there is. May be NULL. */
    void (*wake_fn)(void *arg);
    void *wake_arg; /* borrowed */
    bool is_secret; /* items hold keys: their places are wiped once they were taken */
};

/* ZV_E_NOMEM. */
int zv_queue_new(struct zv_queue **ret_queue, const struct zv_queue_cfg *cfg) ZV_MUST_CHECK;
/* When no thread uses it any more. NULL is allowed; returns NULL. */
struct zv_queue *zv_queue_free(struct zv_queue *queue);
/* Copies `item`. ZV_E_LIMIT: full. */
int zv_queue_push(struct zv_queue *queue, const void *item) ZV_MUST_CHECK;
/* Takes the oldest; false: empty. */
bool zv_queue_pop(struct zv_queue *queue, void *ret_item);
/* Takes the oldest if `is_due_fn` says so (called under the lock: short, no queue calls). */
bool zv_queue_pop_if(struct zv_queue *queue, bool (*is_due_fn)(const void *item, void *arg),
                     void *arg, void *ret_item);
/* How many from the front on satisfy the predicate, up to the first that does not. */
size_t zv_queue_count_while(struct zv_queue *queue, bool (*is_fn)(const void *item, void *arg),
                            void *arg);
size_t zv_queue_count(struct zv_queue *queue);
/* Room for that many more pushes, as of now. */
size_t zv_queue_room(struct zv_queue *queue);

#endif
