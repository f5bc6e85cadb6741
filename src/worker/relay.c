/*
 * The packet path. A datagram is read into a packet of the pool, judged and decrypted there by its
 * leg, re-headed and encrypted there by the other leg, and leaves from there at the end of the
 * turn, with all others of the same socket in one system call.
 */
#include "base/limits.h"
#include "rtc/dtmf/digit.h"
#include "worker/worker_int.h"

#include <string.h>

/* ---- Out ---- */

static void enqueue(struct zv_worker *worker, struct zv_worker_socket *socket,
                    struct zv_udp_packet *packet)
{
    packet->next = NULL;
    if (socket->first)
        socket->last->next = packet;
    else
        zv_list_append(&worker->dirty, &socket->dirty);
    if (!socket->first)
        socket->first = packet;
    socket->last = packet;
}

static void flush_socket(struct zv_worker *worker, struct zv_worker_socket *socket)
{
    struct zv_udp_packet *batch[ZV_UDP_BATCH];
    while (socket->first) {
        size_t count = 0;
        while (socket->first && count < ZV_ARRAY_LEN(batch)) {
            batch[count++] = socket->first;
            socket->first = socket->first->next;
        }
        size_t sent = zv_udp_send(worker->pool, &socket->udp, batch, count);
        ZV_WORKER_COUNT(worker, tx_datagrams, sent);
        ZV_WORKER_COUNT(worker, tx_failures, count - sent);
    }
    socket->last = NULL;
}

void zv_worker_flush(struct zv_worker *worker)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&worker->dirty)))
        flush_socket(worker, ZV_CONTAINER_OF(node, struct zv_worker_socket, dirty));
    zv_worker_flush_streams(worker);
}

static struct zv_worker_socket *web_socket_of(struct zv_worker *worker, const struct zv_addr *local)
{
    for (size_t i = 0; i < worker->web_count; i++) {
        const struct zv_udp_socket *udp = &worker->web[i].udp;
        if (udp->any ? udp->local.family == local->family : zv_addr_ip_eq(&udp->local, local))
            return &worker->web[i];
    }
    return NULL;
}

static struct zv_worker_socket *socket_of(struct zv_worker *worker, struct zv_worker_leg *leg,
                                          const struct zv_addr *local)
{
    if (leg->kind == ZV_LEG_KIND_WEB)
        return web_socket_of(worker, local);
    return local->port == leg->rtcp.udp.local.port ? &leg->rtcp : &leg->rtp;
}

/* Packets that go somewhere leave; the others return to the pool. */
static void send_packet(struct zv_worker *worker, struct zv_worker_leg *leg,
                        struct zv_udp_packet *packet)
{
    if (packet->dgram.remote.transport == ZV_ADDR_TCP) {
        zv_worker_send_framed(worker, &packet->dgram);
        zv_udp_pool_give(worker->pool, packet);
        return;
    }
    struct zv_worker_socket *socket = socket_of(worker, leg, &packet->dgram.local);
    if (socket)
        enqueue(worker, socket, packet);
    else
        zv_udp_pool_give(worker->pool, packet);
}

struct zv_udp_packet *zv_worker_take_packet(struct zv_worker *worker)
{
    struct zv_udp_packet *packet = zv_udp_pool_take(worker->pool);
    if (packet)
        return packet;
    zv_worker_flush(worker);
    return zv_udp_pool_take(worker->pool);
}

void zv_worker_drain_leg(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    struct zv_dgram out;
    while (zv_peer_poll_dgram(leg->peer, &out)) {
        struct zv_udp_packet *packet =
            out.len <= ZV_UDP_PACKET_BYTES ? zv_worker_take_packet(worker) : NULL;
        if (!packet)
            continue; /* lost, as on any network */
        memcpy(packet->bytes, out.data, out.len);
        packet->dgram = out;
        packet->dgram.data = packet->bytes;
        send_packet(worker, leg, packet);
    }
    zv_worker_note_tx_drop(worker, leg);
    zv_worker_arm_leg(worker, leg);
    zv_worker_note_events(worker, leg);
    zv_worker_pass_wishes(worker, leg);
}

/* ---- In ---- */

/* Of a bridge: the SIP side's two legs stand on one side of it. */
static unsigned side_of(const struct zv_worker_leg *leg)
{
    return leg->index == ZV_WORKER_LEG_WEB ? 0 : 1;
}

/* A key is as long in one leg's clock as in the other's. */
static void convert_event(const struct zv_worker_leg *from, const struct zv_bridge_pair *pair,
                          const struct zv_peer_packet *rtp)
{
    bool is_from_far = side_of(from) != 0;
    if (pair->kind == ZV_BRIDGE_TELEPHONE_EVENT && pair->far_hz)
        zv_dtmf_convert(rtp->data + rtp->header.payload_at, rtp->header.payload_len,
                        is_from_far ? pair->far_hz : pair->clock_hz,
                        is_from_far ? pair->clock_hz : pair->far_hz);
}

/* True: the packet is on its way out. */
static bool forward(struct zv_worker *worker, struct zv_worker_leg *from,
                    struct zv_udp_packet *packet, const struct zv_peer_packet *rtp)
{
    struct zv_worker_call *call = from->call;
    struct zv_worker_leg *to = zv_worker_far_leg(from, rtp->medium);
    const struct zv_bridge_pair *pair;
    enum zv_bridge_verdict verdict =
        zv_bridge_route(&call->bridges[rtp->medium], side_of(from), rtp->header.pt, &pair);
    if (verdict == ZV_BRIDGE_HELD && to->peer)
        zv_peer_skip_rtp(to->peer, rtp, worker->now_us);
    if (verdict != ZV_BRIDGE_FORWARD || !to->peer) {
        ZV_WORKER_COUNT(worker, dropped_held, verdict == ZV_BRIDGE_HELD);
        ZV_WORKER_COUNT(worker, dropped_format, verdict == ZV_BRIDGE_UNKNOWN_PT);
        return false;
    }
    convert_event(from, pair, rtp);
    if (zv_peer_send_rtp(to->peer, rtp, pair->pt[side_of(to)], worker->now_us, &packet->dgram) !=
        ZV_PEER_PACKET) {
        zv_worker_note_tx_drop(worker, to);
        return false;
    }
    zv_worker_note_sent(worker, to, packet->dgram.len);
    ZV_WORKER_COUNT(worker, forwarded, 1);
    if (call->tap)
        zv_worker_tap_sent(worker, to, &packet->dgram, rtp);
    send_packet(worker, to, packet);
    if (rtp->medium == ZV_PEER_VIDEO)
        zv_worker_pass_wishes(worker, to);
    return true;
}

/*
 * What a media packet may bring beside itself. The deadline of a leg without video only moves away,
 * and the timer notices that when it fires; only the end of a silence, an event, and a key that
 * goes down bring a nearer one. With video a packet may be the first behind a gap, or one of many
 * to report on.
 */
static void follow_up(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    zv_worker_note_events(worker, leg);
    bool may_be_nearer = zv_peer_has_video(leg->peer) || zv_peer_hears_key(leg->peer);
    if (zv_list_has(&leg->noisy) ||
        (may_be_nearer && zv_peer_deadline_us(leg->peer) < leg->timer.at_us))
        zv_worker_arm_leg(worker, leg);
}

static void receive(struct zv_worker *worker, struct zv_worker_leg *leg,
                    struct zv_udp_packet *packet, bool is_check)
{
    struct zv_peer_packet rtp;
    bool is_kept = false;
    switch (zv_peer_receive(leg->peer, &packet->dgram, ZV_UDP_PACKET_BYTES, worker->now_us, &rtp)) {
    case ZV_PEER_PACKET:
        if (leg->call->tap)
            zv_worker_tap_received(worker, leg, &packet->dgram, &rtp);
        zv_worker_note_received(worker, leg, packet->dgram.len);
        is_kept = forward(worker, leg, packet, &rtp);
        follow_up(worker, leg);
        break;
    case ZV_PEER_CONSUMED:
        if (is_check)
            zv_worker_note_tuple(worker, leg, &packet->dgram);
        if (is_check && packet->dgram.remote.transport == ZV_ADDR_TCP)
            zv_worker_note_stream_check(worker, &packet->dgram);
        zv_worker_note_rx_drop(worker, leg); /* DTLS that the library refused is counted too */
        zv_worker_drain_leg(worker, leg);
        break;
    case ZV_PEER_DROP:
        ZV_WORKER_COUNT(worker, dropped_by_legs, 1);
        zv_worker_note_rx_drop(worker, leg);
        follow_up(worker, leg); /* a packet of an unknown payload type ends a silence too */
        break;
    }
    if (!is_kept)
        zv_udp_pool_give(worker->pool, packet);
}

void zv_worker_receive_web(struct zv_worker *worker, struct zv_udp_packet *packet)
{
    bool is_check;
    struct zv_worker_leg *leg = zv_worker_find_leg(worker, &packet->dgram, &is_check);
    if (leg) {
        receive(worker, leg, packet, is_check);
        return;
    }
    ZV_WORKER_COUNT(worker, dropped_unknown, 1);
    zv_udp_pool_give(worker->pool, packet);
}

/* `leg` NULL: a web socket. */
static void read_socket(struct zv_worker *worker, struct zv_worker_socket *socket,
                        struct zv_worker_leg *leg)
{
    struct zv_udp_packet *batch[ZV_UDP_BATCH];
    size_t max = leg ? ZV_WORKER_LEG_BATCH : ZV_ARRAY_LEN(batch);
    for (int reads = 0; reads < ZV_WORKER_MAX_READS; reads++) {
        uint64_t dropped = 0;
        if (zv_udp_pool_available(worker->pool) < ZV_UDP_BATCH)
            zv_worker_flush(worker);
        size_t count = zv_udp_receive(worker->pool, &socket->udp, batch, max, &dropped);
        for (size_t i = 0; i < count; i++) {
            if (leg)
                receive(worker, leg, batch[i], false);
            else
                zv_worker_receive_web(worker, batch[i]);
        }
        worker->turn_datagrams += count + dropped;
        ZV_WORKER_COUNT(worker, rx_datagrams, count + dropped);
        ZV_WORKER_COUNT(worker, dropped_size, dropped);
        if (count + dropped < max)
            return;
        max = ZV_ARRAY_LEN(batch);
    }
    worker->is_behind = true;
}

void zv_worker_read(struct zv_worker *worker, uint64_t tag)
{
    if (tag < worker->web_count) {
        read_socket(worker, &worker->web[tag], NULL);
        return;
    }
    if (zv_worker_read_tcp(worker, tag))
        return;
    uint64_t number = tag - ZV_WORKER_MAX_BINDS;
    struct zv_worker_call *call = worker->calls[number >> 3];
    if (!call)
        return;
    struct zv_worker_leg *leg = &call->legs[(number >> 1) & 3];
    read_socket(worker, number & 1 ? &leg->rtcp : &leg->rtp, leg);
}
