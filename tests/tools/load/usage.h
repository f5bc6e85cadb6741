/*
 * What another process of this machine has used so far.
 */
#ifndef ZV_TESTS_LOAD_USAGE_H
#define ZV_TESTS_LOAD_USAGE_H

#include "base/attr.h"

#include <stdint.h>
#include <sys/types.h>

struct zv_load_usage {
    int64_t cpu_us; /* user and system, of all its threads, to the microsecond */
    int64_t rss_kb; /* resident memory */
};

/* ZV_E_GONE: there is no such process, or it may not be looked at. */
int zv_load_usage_read(pid_t pid, struct zv_load_usage *ret_usage) ZV_MUST_CHECK;

#endif
