/*
 * The tap of a worker: copies of the RTP packets of calls that are being captured, plain, on their
 * way to the signalling thread.
 *
 * It is off for every call until ZV_WORKER_SET_TAP says otherwise, and costs the packet path one
 * branch for each packet in and one for each out. What is on goes into one bounded queue of the
 * worker, which takes a lock for the time of a copy; when nobody drains it packets are lost and
 * counted, the call is never held up.
 *
 * Packets are copied as the two ends see them but for encryption: what comes in after decryption,
 * what goes out before it, with the payload type, SSRC, sequence number and timestamp of that leg.
 * ZV_WORKER_TAP_HEADERS cuts a packet behind its CSRCs here, so that what is said (and dialled)
 * stays in the worker; header extensions go with the payload, since they may tell loudness
 * (RFC 6464).
 */
#ifndef ZV_WORKER_TAP_H
#define ZV_WORKER_TAP_H

#include "base/addr.h"
#include "base/id.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct zv_worker;

/*
 * Packets waiting: of four calls with 10 ms frames, both legs both ways, a third of a second. The
 * queue has 0.8 MiB for each worker, which the system does not lend before a tap is on.
 */
#define ZV_WORKER_MAX_TAPPED 512

enum zv_worker_tap {
    ZV_WORKER_TAP_OFF,
    ZV_WORKER_TAP_HEADERS, /* RTP header and CSRCs, nothing behind */
    ZV_WORKER_TAP_WHOLE,
};

struct zv_worker_tapped {
    zv_call_id call;
    int64_t at_us;         /* as zv_clock_now_us */
    struct zv_addr local;  /* ours */
    struct zv_addr remote; /* the far end's */
    uint32_t lost;         /* packets of this leg that found the queue full since the tap is on */
    uint16_t captured_len; /* bytes in `rtp` */
    uint16_t original_len; /* of the plain RTP packet */
    uint8_t leg;           /* ZV_WORKER_LEG_* */
    bool is_outbound;      /* sent; else accepted */
    uint8_t rtp[ZV_MAX_MEDIA_DGRAM_BYTES];
};

/* Takes the oldest: true, or false when none waits. One thread only, which need not be woken. */
bool zv_worker_drain_tap(struct zv_worker *worker, struct zv_worker_tapped *ret_packet);

#endif
