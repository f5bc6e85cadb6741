/*
 * What the stack's objects stand on: packets shared between a transaction and the output queue,
 * timers with their room in the heap, the queue itself, and deferred death.
 *
 * A message that cannot be queued for want of memory counts as lost in the network: SIP repeats it.
 * Events cannot be repeated, so the ones that must come are allocated together with the object that
 * they are about (zv_sip_out_node_new when a leg or an attempt begins).
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/sip_int.h"

#include <string.h>

void zv_sip_bury(struct zv_sip *sip, struct zv_sip_grave *grave,
                 void (*free_fn)(struct zv_sip *, struct zv_sip_grave *))
{
    if (zv_sip_is_buried(grave))
        return;
    grave->free_fn = free_fn;
    zv_list_append(&sip->graves, &grave->node);
}

void zv_sip_sweep(struct zv_sip *sip)
{
    for (struct zv_list_node *node; (node = zv_list_pop(&sip->graves));) {
        struct zv_sip_grave *grave = ZV_CONTAINER_OF(node, struct zv_sip_grave, node);
        grave->free_fn(sip, grave);
    }
}

struct zv_sip_packet *zv_sip_packet_new(struct zv_str bytes)
{
    struct zv_sip_packet *packet = zv_zalloc(sizeof(*packet) + bytes.len);
    if (!packet)
        return NULL;
    packet->refs = 1;
    packet->len = bytes.len;
    if (bytes.len)
        memcpy(packet->bytes, bytes.p, bytes.len);
    return packet;
}

struct zv_sip_packet *zv_sip_packet_ref(struct zv_sip_packet *packet)
{
    packet->refs++;
    return packet;
}

struct zv_sip_packet *zv_sip_packet_unref(struct zv_sip_packet *packet)
{
    if (packet && --packet->refs == 0)
        zv_free(packet);
    return NULL;
}

int zv_sip_timer_open(struct zv_sip *sip, struct zv_sip_timer *timer, zv_sip_timer_fn *fn)
{
    int err = zv_timers_reserve(&sip->timers, sip->timer_room + 1);
    if (err)
        return err;
    sip->timer_room++;
    timer->fn = fn;
    return 0;
}

void zv_sip_timer_close(struct zv_sip *sip, struct zv_sip_timer *timer)
{
    if (!timer->fn)
        return;
    zv_timer_disarm(&sip->timers, &timer->timer);
    timer->fn = NULL;
    sip->timer_room--;
}

void zv_sip_timer_arm(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t at_us)
{
    zv_timer_arm(&sip->timers, &timer->timer, at_us);
}

void zv_sip_timer_stop(struct zv_sip *sip, struct zv_sip_timer *timer)
{
    zv_timer_disarm(&sip->timers, &timer->timer);
}

struct zv_sip_out_node *zv_sip_out_node_new(enum zv_sip_out_kind kind, size_t text_cap)
{
    struct zv_sip_out_node *node = zv_zalloc(sizeof(*node) + text_cap);
    if (!node)
        return NULL;
    node->out.kind = kind;
    node->text = zv_buf(node->memory, text_cap);
    return node;
}

struct zv_sip_out_node *zv_sip_out_node_free(struct zv_sip_out_node *node)
{
    if (node)
        zv_sip_packet_unref(node->packet);
    return zv_free(node);
}

struct zv_str zv_sip_out_node_text(struct zv_sip_out_node *node, struct zv_str text)
{
    size_t at = node->text.len;
    if (!text.len || text.len > node->text.cap - at)
        return (struct zv_str){0};
    zv_buf_put_str(&node->text, text);
    return zv_str_n(node->memory + at, text.len);
}

void zv_sip_out_push(struct zv_sip *sip, struct zv_sip_out_node *node)
{
    zv_list_append(&sip->out, &node->node);
}

void zv_sip_send(struct zv_sip *sip, const struct zv_sip_flow *flow, struct zv_sip_packet *packet)
{
    struct zv_sip_out_node *node = zv_sip_out_node_new(ZV_SIP_OUT_SEND, 0);
    if (!node) {
        sip->counts.no_memory++;
        return;
    }
    node->packet = zv_sip_packet_ref(packet);
    node->out.flow = *flow;
    node->out.data = zv_str_n(packet->bytes, packet->len);
    sip->counts.sent++;
    zv_sip_out_push(sip, node);
}

void zv_sip_out_set_status(struct zv_sip_out_node *node, const struct zv_sip_msg *msg)
{
    struct zv_str reason = msg->reason;
    if (reason.len > ZV_SIP_MAX_REASON_BYTES || !zv_sip_is_text(reason))
        reason = zv_str(zv_sip_reason(msg->status));
    node->out.status = msg->status;
    node->out.reason = zv_sip_out_node_text(node, reason);
}

enum zv_sip_out_kind zv_sip_poll(struct zv_sip *sip, struct zv_sip_out *ret_out)
{
    sip->polled = zv_sip_out_node_free(sip->polled);
    struct zv_list_node *node = zv_list_pop(&sip->out);
    if (!node) {
        *ret_out = (struct zv_sip_out){.kind = ZV_SIP_OUT_NONE};
        return ZV_SIP_OUT_NONE;
    }
    sip->polled = ZV_CONTAINER_OF(node, struct zv_sip_out_node, node);
    *ret_out = sip->polled->out;
    return ret_out->kind;
}
