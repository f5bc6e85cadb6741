/*
 * A thread with a name and with all signals blocked: signals belong to the main thread.
 */
#ifndef ZV_IO_THREAD_H
#define ZV_IO_THREAD_H

#include "base/attr.h"

#include <stdbool.h>

struct zv_thread;

/* `name`: at most 15 characters are shown by the system. ZV_E_NOMEM, ZV_E_IO. */
int zv_thread_start(struct zv_thread **ret_thread, const char *name, void (*run_fn)(void *arg),
                    void *arg) ZV_MUST_CHECK;
/* Waits for its end and frees it. NULL is allowed; returns NULL. */
struct zv_thread *zv_thread_join(struct zv_thread *thread);

#endif
