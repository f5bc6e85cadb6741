/*
 * Copies for captures. A packet that goes on to the other leg is encrypted in place, so its plain
 * payload is taken from the copy that was made when it came, and its header from what leaves: SRTP
 * does not encrypt that (RFC 3711 section 3.1).
 */
#include "worker/tap.h"

#include "base/buf.h"
#include "worker/worker_int.h"

#include <string.h>

#define EXT_BIT 0x10 /* RFC 3550 section 5.1 */

/* The fixed header and the CSRCs. */
static size_t header_bytes(uint8_t csrc_count)
{
    return ZV_RTP_HEADER_BYTES + 4 * (size_t)csrc_count;
}

static void push(struct zv_worker *worker, struct zv_worker_leg *leg, const struct zv_dgram *dgram,
                 bool is_outbound)
{
    struct zv_worker_tapped *item = &worker->tapped;
    item->call = leg->call->id;
    item->at_us = worker->now_us;
    item->leg = leg->index;
    item->is_outbound = is_outbound;
    item->local = dgram->local;
    item->remote = dgram->remote;
    item->lost = leg->tap_lost;
    if (zv_queue_push(worker->tap, item) == 0)
        return;
    leg->tap_lost++;
    ZV_WORKER_COUNT(worker, tap_lost, 1);
}

void zv_worker_tap_received(struct zv_worker *worker, struct zv_worker_leg *leg,
                            const struct zv_dgram *dgram, const struct zv_peer_packet *rtp)
{
    struct zv_worker_tapped *item = &worker->tapped;
    size_t wanted =
        leg->call->tap == ZV_WORKER_TAP_WHOLE ? rtp->len : header_bytes(rtp->header.csrc_count);
    item->original_len = (uint16_t)rtp->len;
    item->captured_len = (uint16_t)ZV_MIN(wanted, sizeof(item->rtp));
    memcpy(item->rtp, rtp->data, item->captured_len);
    push(worker, leg, dgram, false);
}

/* `rtp` is the packet as it came: its copy is still in worker->tapped. It leaves without CSRCs and
 * padding (zv_peer_send_rtp); an extension that it leaves with is left out. */
void zv_worker_tap_sent(struct zv_worker *worker, struct zv_worker_leg *leg,
                        const struct zv_dgram *dgram, const struct zv_peer_packet *rtp)
{
    struct zv_worker_tapped *item = &worker->tapped;
    const struct zv_rtp_header *came = &rtp->header;
    item->original_len = (uint16_t)(ZV_RTP_HEADER_BYTES + came->payload_len);
    item->captured_len = ZV_RTP_HEADER_BYTES;
    if (leg->call->tap == ZV_WORKER_TAP_WHOLE) {
        memmove(item->rtp + ZV_RTP_HEADER_BYTES, item->rtp + came->payload_at, came->payload_len);
        item->captured_len = item->original_len;
    }
    memcpy(item->rtp, dgram->data, ZV_RTP_HEADER_BYTES);
    item->rtp[0] &= (uint8_t)~EXT_BIT;
    push(worker, leg, dgram, true);
}

bool zv_worker_drain_tap(struct zv_worker *worker, struct zv_worker_tapped *ret_packet)
{
    return zv_queue_pop(worker->tap, ret_packet);
}
