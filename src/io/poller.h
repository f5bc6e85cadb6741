/*
 * A worker's wait: epoll over sockets that are read, some written too, and a doorbell that other
 * threads ring.
 */
#ifndef ZV_IO_POLLER_H
#define ZV_IO_POLLER_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sockets reported by one zv_poller_wait. */
#define ZV_POLLER_BATCH 64

struct zv_poller;

/* ZV_E_NOMEM, ZV_E_IO. */
int zv_poller_new(struct zv_poller **ret_poller) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_poller *zv_poller_free(struct zv_poller *poller);
/* Level-triggered; `tag` comes back from wait. ZV_E_IO. */
int zv_poller_add(struct zv_poller *poller, int fd, uint64_t tag) ZV_MUST_CHECK;
/* Whether `tag` comes back as well when a descriptor that was added can be written to. ZV_E_IO. */
int zv_poller_want_write(struct zv_poller *poller, int fd, uint64_t tag,
                         bool is_wanted) ZV_MUST_CHECK;
/* Before the descriptor is closed. */
void zv_poller_remove(struct zv_poller *poller, int fd);
/*
 * Waits until a socket is ready, the doorbell rang or `deadline_us` passed (ZV_TIME_NEVER: no
 * end; rounded up to a millisecond). Writes the tags of ready sockets; returns how many.
 */
size_t zv_poller_wait(struct zv_poller *poller, int64_t now_us, int64_t deadline_us,
                      uint64_t ret_tags[ZV_POLLER_BATCH]);
/* Ends a wait, now or the next. From any thread; `poller` as void * to fit wake callbacks. */
void zv_poller_ring(void *poller);

#endif
