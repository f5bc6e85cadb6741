/*
 * The UDP ports of the SIP legs: even port for RTP, the next one for RTCP (RFC 3550 section 11),
 * one pool for all workers.
 *
 * Shuffled at the start, so that a port cannot be guessed, then first in, first out; a freed port
 * rests, so that late packets of a call do not reach the next one. Every function may be called
 * from any thread.
 */
#ifndef ZV_WORKER_PORTS_H
#define ZV_WORKER_PORTS_H

#include "base/attr.h"
#include "base/rand.h"

#include <stddef.h>
#include <stdint.h>

#define ZV_PORTS_REST_US INT64_C(30000000)

struct zv_ports;

struct zv_ports_cfg {
    uint16_t first;             /* inclusive; an odd first port is not used */
    uint16_t last;              /* inclusive */
    int64_t rest_us;            /* after zv_ports_give; negative: ZV_PORTS_REST_US */
    const struct zv_rand *rand; /* borrowed for the call */
};

/* ZV_E_INVAL: no pair in the range. ZV_E_NOMEM. */
int zv_ports_new(struct zv_ports **ret_ports, const struct zv_ports_cfg *cfg) ZV_MUST_CHECK;
/* After the last user. NULL is allowed; returns NULL. */
struct zv_ports *zv_ports_free(struct zv_ports *ports);
/* An even port whose odd successor is free too. ZV_E_LIMIT: none free and rested. */
int zv_ports_take(struct zv_ports *ports, int64_t now_us, uint16_t *ret_port) ZV_MUST_CHECK;
/* Back to the pool's end, to rest. */
void zv_ports_give(struct zv_ports *ports, uint16_t port, int64_t now_us);

struct zv_ports_gauges {
    size_t pairs;   /* in the range */
    size_t used;    /* taken now */
    size_t resting; /* given back less than rest_us ago */
};
void zv_ports_gauges(struct zv_ports *ports, int64_t now_us, struct zv_ports_gauges *ret_gauges);

#endif
