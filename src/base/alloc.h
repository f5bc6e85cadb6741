/*
 * The allocator of everything that is not on the packet path: session and process memory.
 *
 * Tests make the n-th allocation fail (the OOM ladder): zv_alloc_fail_after. The hook costs one
 * branch and one counter per thread; sizes are never trusted from the network without a cap named
 * in base/limits.h.
 */
#ifndef ZV_BASE_ALLOC_H
#define ZV_BASE_ALLOC_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory or NULL. Free with zv_free. */
void *zv_zalloc(size_t size) ZV_MUST_CHECK;
void *zv_calloc(size_t count, size_t size) ZV_MUST_CHECK;
/* As realloc; the grown part is not zeroed. */
void *zv_realloc(void *ptr, size_t size) ZV_MUST_CHECK;
/* A NUL-terminated copy of `len` bytes, or NULL. */
char *zv_strndup(const char *text, size_t len) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL so that `p = zv_free(p)` leaves no dangling pointer. */
void *zv_free(void *ptr);
/* Overwrites, then frees: for keys and passwords. */
void *zv_free_secret(void *ptr, size_t size);
/* Overwrites memory in a way that the compiler does not remove. */
void zv_wipe(void *ptr, size_t size);

/* Tests only: the allocation after `count` more of this thread fails, once; negative: never. */
void zv_alloc_fail_after(int64_t count);
/* Allocations not yet freed, of this thread's view (allocated minus freed). */
int64_t zv_alloc_live(void);

#endif
