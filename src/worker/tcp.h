/*
 * What a worker allows clients' TCP connections (worker/streams.h): how many, and for how long.
 */
#ifndef ZV_WORKER_TCP_H
#define ZV_WORKER_TCP_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define ZV_WORKER_MAX_STREAMS            1024
#define ZV_WORKER_MAX_STREAMS_PER_SOURCE 32
#define ZV_WORKER_FIRST_CHECK_US         ZV_SECONDS(5)  /* for an authenticated ICE check */
#define ZV_WORKER_STREAM_STALL_US        ZV_SECONDS(10) /* for a frame's end; for output to leave */
/* For the next check. Browsers look after the pairs that they do not use every 25 s. */
#define ZV_WORKER_STREAM_IDLE_US ZV_SECONDS(60)

/* 0: the defaults above. */
struct zv_worker_tcp_cfg {
    bool is_enabled;         /* a TCP listener beside each web socket, on the same port number */
    uint32_t max_streams;    /* connections at once */
    uint32_t max_per_source; /* of those from one IPv4 address, or one IPv6 /64 */
    int64_t first_check_us;
    int64_t stall_us;
    int64_t idle_us;
};

#endif
