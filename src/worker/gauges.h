/*
 * What a worker counts beside its calls: readable from any thread at any time.
 */
#ifndef ZV_WORKER_GAUGES_H
#define ZV_WORKER_GAUGES_H

#include "base/histogram.h"
#include "rtc/peer/counters.h"

#include <stddef.h>
#include <stdint.h>

struct zv_worker;

/* Traffic is counted by it. */
enum zv_worker_leg_kind {
    ZV_LEG_KIND_NONE,
    ZV_LEG_KIND_WEB, /* ICE-lite, DTLS-SRTP, on the worker's one port, UDP and TCP */
    ZV_LEG_KIND_RTP, /* RTP and RTCP on a port pair of its own */
    ZV_LEG_KIND_COUNT,
};

#define ZV_WORKER_GAUGE_LIST(X)                                                                    \
    X(calls)        /* open now */                                                                 \
    X(sockets)      /* of SIP legs, open now */                                                    \
    X(tuples)       /* validated 5-tuples known now */                                             \
    X(streams)      /* TCP connections of clients, open now */                                     \
    X(rx_datagrams) /* all sockets and TCP frames, since start, as all below */                    \
    X(tx_datagrams)                                                                                \
    X(tx_failures)     /* the kernel refused */                                                    \
    X(forwarded)       /* RTP packets from leg to leg */                                           \
    X(dropped_unknown) /* web socket: neither a known 5-tuple nor a known ufrag */                 \
    X(dropped_size)    /* larger than ZV_MAX_MEDIA_DGRAM_BYTES, or empty */                        \
    X(dropped_by_legs) /* sum of the legs' drops when receiving */                                 \
    X(dropped_held)    /* RTP of a direction that does not flow now */                             \
    X(dropped_format)  /* RTP of a payload type that the other leg has no equal of */              \
    X(commands_gone)   /* commands for calls that were gone */                                     \
    X(streams_refused) /* TCP connections closed because there were too many */                    \
    X(streams_expired) /* closed for want of a check, of a frame's end, or of a reader */          \
    X(streams_paused)  /* times that no descriptor was left to accept one */                       \
    X(stream_drops)    /* packets for a TCP connection that has gone or takes too little */        \
    X(tap_lost)        /* packets for captures that found the queue full */                        \
    X(loop_turns)      /* epoll_wait returns */

struct zv_worker_gauges {
#define X(name) uint64_t name;
    ZV_WORKER_GAUGE_LIST(X)
#undef X
};
void zv_worker_gauges(const struct zv_worker *worker, struct zv_worker_gauges *ret_gauges);

/* What passed the legs of one kind since the start, those of calls that are over too. */
struct zv_worker_traffic {
    uint64_t rx_packets; /* RTP accepted */
    uint64_t rx_bytes;   /* of those, as they came */
    uint64_t tx_packets; /* RTP sent */
    uint64_t tx_bytes;
    uint64_t rx_drops[ZV_PEER_DROP_COUNT];
    uint64_t tx_drops[ZV_PEER_DROP_COUNT];
};
void zv_worker_traffic(const struct zv_worker *worker, enum zv_worker_leg_kind kind,
                       struct zv_worker_traffic *ret_traffic);

/* How long the turns of the loop took, waiting not counted, in microseconds: what a packet may have
 * to wait for, and in sum how busy the thread was. */
void zv_worker_turns(const struct zv_worker *worker, struct zv_histogram *ret_turns);

struct zv_worker_queues {
    size_t commands; /* posted, not yet taken by the worker */
    size_t events;   /* emitted, not yet drained */
};
void zv_worker_queues(const struct zv_worker *worker, struct zv_worker_queues *ret_queues);

#endif
