/*
 * What this process uses of the machine: memory, processor time, file descriptors. Read from the
 * kernel and the allocator when asked; what cannot be read is 0.
 */
#ifndef ZV_GATEWAY_PROCESS_H
#define ZV_GATEWAY_PROCESS_H

#include <stdint.h>

struct zv_process_usage {
    uint64_t cpu_us; /* user and system */
    uint64_t resident_bytes;
    uint64_t open_fds;
    uint64_t max_fds; /* 0: no limit */
};
void zv_process_usage(struct zv_process_usage *ret_usage);

struct zv_allocator_usage {
    uint64_t allocated_bytes; /* that the program asked for and has not given back */
    uint64_t resident_bytes;  /* in memory for that; 0: this allocator does not say */
    uint64_t mapped_bytes;    /* address space taken for that */
};
void zv_allocator_usage(struct zv_allocator_usage *ret_usage);
/* "jemalloc" or "glibc". */
const char *zv_allocator_name(void);

#endif
