/*
 * Calls: created, found and freed, with their legs (legs.c).
 */
#include "base/alloc.h"
#include "base/err.h"
#include "worker/worker_int.h"

static struct zv_worker_call **slot_of(struct zv_worker *worker, zv_call_id id)
{
    uint32_t slot = zv_call_id_slot(id);
    if (zv_call_id_worker(id) != worker->cfg.index || slot >= worker->cfg.max_calls ||
        !zv_call_id_generation(id))
        return NULL;
    return &worker->calls[slot];
}

struct zv_worker_call *zv_worker_find_call(struct zv_worker *worker, zv_call_id id)
{
    struct zv_worker_call **slot = slot_of(worker, id);
    return slot && *slot && zv_call_id_eq((*slot)->id, id) ? *slot : NULL;
}

static struct zv_worker_call *make_call(struct zv_worker *worker, zv_call_id id)
{
    if (zv_timers_reserve(&worker->timers, ZV_WORKER_LEGS * (worker->call_count + 1)))
        return NULL;
    struct zv_worker_call *call = zv_zalloc(sizeof(*call));
    if (!call)
        return NULL;
    call->id = id;
    for (size_t i = 0; i < ZV_PEER_MEDIA; i++)
        zv_bridge_init(&call->bridges[i]);
    for (size_t i = 0; i < ZV_ARRAY_LEN(call->clocks); i++)
        zv_rtcp_clock_init(&call->clocks[i]);
    for (uint8_t i = 0; i < ZV_WORKER_LEGS; i++) {
        call->legs[i].call = call;
        call->legs[i].index = i;
        call->legs[i].rtp.udp.fd = call->legs[i].rtcp.udp.fd = -1;
    }
    worker->call_count++;
    ZV_WORKER_COUNT(worker, calls, 1);
    return call;
}

static void free_call(struct zv_worker *worker, struct zv_worker_call *call)
{
    for (size_t i = 0; i < ZV_WORKER_LEGS; i++)
        zv_worker_close_leg(worker, &call->legs[i]);
    worker->call_count--;
    ZV_WORKER_COUNT(worker, calls, -1);
    zv_free(call);
}

struct zv_worker_leg *zv_worker_far_leg(struct zv_worker_leg *leg, enum zv_peer_medium medium)
{
    struct zv_worker_leg *legs = leg->call->legs;
    if (leg->index != ZV_WORKER_LEG_WEB)
        return &legs[ZV_WORKER_LEG_WEB];
    bool is_apart = medium == ZV_PEER_VIDEO && legs[ZV_WORKER_LEG_VIDEO].peer;
    return &legs[is_apart ? ZV_WORKER_LEG_VIDEO : ZV_WORKER_LEG_SIP];
}

int zv_worker_open_call(struct zv_worker *worker, const struct zv_worker_cmd *cmd,
                        enum zv_worker_what *ret_what)
{
    struct zv_worker_call **slot = slot_of(worker, cmd->call);
    int err = 0;
    *ret_what = ZV_WORKER_WHAT_SLOT;
    if (!slot || *slot)
        return slot ? ZV_E_EXISTS : ZV_E_INVAL;
    struct zv_worker_call *call = make_call(worker, cmd->call);
    *ret_what = ZV_WORKER_WHAT_MEMORY;
    if (!call)
        return ZV_E_NOMEM;
    for (size_t i = 0; i < ZV_WORKER_LEGS && !err; i++)
        err = zv_worker_open_leg(worker, &call->legs[i], &cmd->create.legs[i], ret_what);
    if (err) {
        free_call(worker, call);
        return err;
    }
    *slot = call;
    return 0;
}

void zv_worker_close_call(struct zv_worker *worker, struct zv_worker_call *call)
{
    struct zv_worker_event event = {.kind = ZV_WORKER_CLOSED, .call = call->id};
    for (size_t i = 0; i < ZV_WORKER_LEGS; i++) {
        if (!call->legs[i].peer)
            continue;
        zv_peer_close(call->legs[i].peer, worker->now_us);
        zv_worker_drain_leg(worker, &call->legs[i]);
    }
    zv_worker_flush(worker); /* before the sockets go */
    zv_worker_fill_stats(worker, call, &event.stats);
    worker->calls[zv_call_id_slot(call->id)] = NULL;
    free_call(worker, call);
    zv_worker_emit(worker, &event);
}

void zv_worker_close_all(struct zv_worker *worker)
{
    for (uint32_t i = 0; i < worker->cfg.max_calls; i++) {
        if (worker->calls[i])
            zv_worker_close_call(worker, worker->calls[i]);
    }
}
