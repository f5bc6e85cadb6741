/*
 * One datagram on its way in or out: the bytes and the two ends.
 */
#ifndef ZV_BASE_DGRAM_H
#define ZV_BASE_DGRAM_H

#include "base/addr.h"

#include <stddef.h>
#include <stdint.h>

struct zv_dgram {
    uint8_t *data;         /* borrowed for the time of the call; transforms work in place */
    size_t len;            /* bytes */
    struct zv_addr local;  /* the address it came to, or leaves from */
    struct zv_addr remote; /* the other end */
};

#endif
