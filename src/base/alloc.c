#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local int64_t alloc_countdown = -1;
static _Thread_local int64_t alloc_live;

static int should_fail(void)
{
    if (alloc_countdown < 0)
        return 0;
    return alloc_countdown-- == 0;
}

static void *counted(void *ptr)
{
    if (ptr)
        alloc_live++;
    return ptr;
}

void *zv_zalloc(size_t size)
{
    return zv_calloc(1, size);
}

void *zv_calloc(size_t count, size_t size)
{
    if (should_fail())
        return NULL;
    return counted(calloc(count, size ? size : 1));
}

void *zv_realloc(void *ptr, size_t size)
{
    if (should_fail())
        return NULL;
    void *grown = realloc(ptr, size ? size : 1);
    if (!ptr)
        counted(grown);
    return grown;
}

char *zv_strndup(const char *text, size_t len)
{
    char *copy = zv_calloc(1, len + 1);
    if (copy && len)
        memcpy(copy, text, len);
    return copy;
}

void *zv_free(void *ptr)
{
    if (ptr)
        alloc_live--;
    free(ptr);
    return NULL;
}

void zv_wipe(void *ptr, size_t size)
{
    volatile unsigned char *p = ptr;
    while (size--)
        *p++ = 0;
}

void *zv_free_secret(void *ptr, size_t size)
{
    if (ptr)
        zv_wipe(ptr, size);
    return zv_free(ptr);
}

void zv_alloc_fail_after(int64_t count)
{
    alloc_countdown = count;
}

int64_t zv_alloc_live(void)
{
    return alloc_live;
}
