/*
 * What other threads may read of a worker at any time. The worker's thread alone writes, so each
 * count is a load, a sum and a store without a lock; a reader sees whole values, though not all of
 * one moment.
 */
#include "worker/worker_int.h"

/* Microseconds. A packet every 20 ms: a turn beyond that is heard. */
static const struct zv_histogram_scale turn_scale = {
    .decimals = 6,
    .count = 12,
    .bounds = {100, 250, 500, 1000, 2500, 5000, 10000, 20000, 50000, 100000, 250000, 1000000},
};

/* ---- The worker's thread ---- */

void zv_worker_note_turn(struct zv_worker *worker, int64_t busy_us)
{
    ZV_WORKER_COUNT(worker, turns[zv_histogram_place(&turn_scale, busy_us)], 1);
    ZV_WORKER_COUNT(worker, turns_us, busy_us);
}

void zv_worker_note_received(struct zv_worker *worker, const struct zv_worker_leg *leg,
                             size_t bytes)
{
    ZV_WORKER_COUNT(worker, traffic[leg->kind].rx_packets, 1);
    ZV_WORKER_COUNT(worker, traffic[leg->kind].rx_bytes, bytes);
}

void zv_worker_note_sent(struct zv_worker *worker, const struct zv_worker_leg *leg, size_t bytes)
{
    ZV_WORKER_COUNT(worker, traffic[leg->kind].tx_packets, 1);
    ZV_WORKER_COUNT(worker, traffic[leg->kind].tx_bytes, bytes);
}

void zv_worker_note_rx_drop(struct zv_worker *worker, const struct zv_worker_leg *leg)
{
    enum zv_peer_drop drop;
    if (zv_peer_take_drop(leg->peer, &drop))
        ZV_WORKER_COUNT(worker, traffic[leg->kind].rx_drops[drop], 1);
}

void zv_worker_note_tx_drop(struct zv_worker *worker, const struct zv_worker_leg *leg)
{
    enum zv_peer_drop drop;
    if (zv_peer_take_drop(leg->peer, &drop))
        ZV_WORKER_COUNT(worker, traffic[leg->kind].tx_drops[drop], 1);
}

/* ---- Any thread ---- */

static uint64_t read_gauge(const _Atomic uint64_t *gauge)
{
    return atomic_load_explicit(gauge, memory_order_relaxed);
}

void zv_worker_gauges(const struct zv_worker *worker, struct zv_worker_gauges *ret_gauges)
{
#define X(name) ret_gauges->name = read_gauge(&worker->gauges.name);
    ZV_WORKER_GAUGE_LIST(X)
#undef X
}

void zv_worker_traffic(const struct zv_worker *worker, enum zv_worker_leg_kind kind,
                       struct zv_worker_traffic *ret_traffic)
{
    const struct zv_worker_atomic_traffic *from = &worker->gauges.traffic[kind];
    *ret_traffic = (struct zv_worker_traffic){
        .rx_packets = read_gauge(&from->rx_packets),
        .rx_bytes = read_gauge(&from->rx_bytes),
        .tx_packets = read_gauge(&from->tx_packets),
        .tx_bytes = read_gauge(&from->tx_bytes),
    };
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++) {
        ret_traffic->rx_drops[i] = read_gauge(&from->rx_drops[i]);
        ret_traffic->tx_drops[i] = read_gauge(&from->tx_drops[i]);
    }
}

void zv_worker_turns(const struct zv_worker *worker, struct zv_histogram *ret_turns)
{
    *ret_turns = zv_histogram(&turn_scale);
    for (size_t i = 0; i <= turn_scale.count; i++)
        ret_turns->counts[i] = read_gauge(&worker->gauges.turns[i]);
    ret_turns->sum = read_gauge(&worker->gauges.turns_us);
}

void zv_worker_queues(const struct zv_worker *worker, struct zv_worker_queues *ret_queues)
{
    *ret_queues = (struct zv_worker_queues){
        .commands = zv_queue_count(worker->commands),
        .events = zv_queue_count(worker->events),
    };
}
