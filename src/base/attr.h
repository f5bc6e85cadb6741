/*
 * Compiler attributes and small macros used everywhere.
 */
#ifndef ZV_BASE_ATTR_H
#define ZV_BASE_ATTR_H

#include <stddef.h>

/* The result says whether the call worked: ignoring it is a bug. */
#define ZV_MUST_CHECK                 __attribute__((warn_unused_result))
#define ZV_PRINTF(fmt_arg, first_arg) __attribute__((format(printf, fmt_arg, first_arg)))
#define ZV_UNUSED                     __attribute__((unused))

#define ZV_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ZV_MIN(a, b)    ((a) < (b) ? (a) : (b))
#define ZV_MAX(a, b)    ((a) > (b) ? (a) : (b))

/* The struct that holds `member`, from a pointer to the member. */
#define ZV_CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
