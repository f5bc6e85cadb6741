/*
 * Calls and their legs: created, found and freed. A leg that was begun can always be closed, so
 * that failure halfway needs no path of its own.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "io/clock.h"
#include "io/random.h"
#include "worker/ports.h"
#include "worker/worker_int.h"

/* ---- Web sockets ---- */

/* Times a system-chosen port is given up because another address, or TCP, has it taken. */
#define PORT_TRIES 16

static void close_web_sockets(struct zv_worker *worker)
{
    zv_worker_close_listeners(worker);
    while (worker->web_count) {
        struct zv_worker_socket *socket = &worker->web[--worker->web_count];
        zv_poller_remove(worker->poller, socket->udp.fd);
        zv_udp_close(&socket->udp);
    }
}

static int open_web_socket(struct zv_worker *worker, const struct zv_addr *bind)
{
    struct zv_worker_socket *socket = &worker->web[worker->web_count];
    int wanted = worker->cfg.socket_buffer_bytes;
    const struct zv_udp_cfg cfg = {.bind = *bind,
                                   .buffer_bytes = wanted ? wanted : ZV_WORKER_WEB_BUFFER_BYTES};
    int err = zv_udp_open(&socket->udp, &cfg);
    if (err)
        return err;
    err = zv_poller_add(worker->poller, socket->udp.fd, worker->web_count);
    if (err) {
        zv_udp_close(&socket->udp);
        return err;
    }
    worker->web_count++;
    return 0;
}

static int try_web_sockets(struct zv_worker *worker)
{
    int err = 0;
    uint16_t port = worker->cfg.web_binds[0].port;
    for (size_t i = 0; i < worker->cfg.web_bind_count && !err; i++) {
        struct zv_addr bind = worker->cfg.web_binds[i];
        bind.port = port;
        err = open_web_socket(worker, &bind);
        if (!err)
            port = bind.port = worker->web[i].udp.local.port;
        if (!err && worker->cfg.tcp.is_enabled)
            err = zv_worker_listen(worker, &bind);
    }
    if (err)
        close_web_sockets(worker);
    worker->web_port = port;
    return err;
}

int zv_worker_open_web_sockets(struct zv_worker *worker)
{
    int err = 0;
    for (int i = 0; i < PORT_TRIES; i++) {
        err = try_web_sockets(worker);
        if (err != ZV_E_INUSE || worker->cfg.web_binds[0].port)
            break;
    }
    return err;
}

/* ---- Legs ---- */

uint64_t zv_worker_tag_of(const struct zv_worker_leg *leg, bool is_rtcp)
{
    uint64_t slot = zv_call_id_slot(leg->call->id);
    return ZV_WORKER_MAX_BINDS + (slot << 3 | (uint64_t)leg->index << 1 | is_rtcp);
}

static int open_socket(struct zv_worker *worker, struct zv_worker_leg *leg, struct zv_addr bind,
                       bool is_rtcp)
{
    struct zv_worker_socket *socket = is_rtcp ? &leg->rtcp : &leg->rtp;
    const struct zv_udp_cfg cfg = {.bind = bind, .buffer_bytes = ZV_WORKER_SIP_BUFFER_BYTES};
    int err = zv_udp_open(&socket->udp, &cfg);
    if (err)
        return err;
    ZV_WORKER_COUNT(worker, sockets, 1);
    return zv_poller_add(worker->poller, socket->udp.fd, zv_worker_tag_of(leg, is_rtcp));
}

static void close_socket(struct zv_worker *worker, struct zv_worker_socket *socket)
{
    if (socket->udp.fd < 0)
        return;
    zv_poller_remove(worker->poller, socket->udp.fd);
    zv_udp_close(&socket->udp);
    ZV_WORKER_COUNT(worker, sockets, -1);
}

static void close_pair(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    close_socket(worker, &leg->rtp);
    close_socket(worker, &leg->rtcp);
    if (leg->port)
        zv_ports_give(worker->cfg.ports, leg->port, worker->now_us);
    leg->port = 0;
}

static int open_pair(struct zv_worker *worker, struct zv_worker_leg *leg, struct zv_addr bind)
{
    int err = zv_ports_take(worker->cfg.ports, worker->now_us, &leg->port);
    if (err)
        return err;
    bind.port = leg->port;
    err = open_socket(worker, leg, bind, false);
    bind.port = (uint16_t)(leg->port + 1);
    if (!err)
        err = open_socket(worker, leg, bind, true);
    if (err)
        close_pair(worker, leg);
    return err;
}

static int open_sockets(struct zv_worker *worker, struct zv_worker_leg *leg,
                        const struct zv_addr *local, enum zv_worker_what *ret_what)
{
    int err = ZV_E_INUSE;
    if (!local->family || zv_addr_is_unspecified(local)) {
        *ret_what = ZV_WORKER_WHAT_SOCKET;
        return ZV_E_INVAL;
    }
    for (int i = 0; i < ZV_WORKER_MAX_PORT_TRIES && err == ZV_E_INUSE; i++)
        err = open_pair(worker, leg, *local);
    if (err)
        *ret_what =
            err == ZV_E_LIMIT || err == ZV_E_INUSE ? ZV_WORKER_WHAT_PORTS : ZV_WORKER_WHAT_SOCKET;
    return err;
}

static int make_peer(struct zv_worker *worker, const struct zv_worker_leg *leg,
                     const struct zv_worker_leg_cfg *cfg, struct zv_peer **ret_peer)
{
    const struct zv_peer_cfg peer_cfg = {
        .kind = cfg->kind == ZV_LEG_KIND_WEB ? ZV_PEER_WEB : ZV_PEER_RTP,
        .rand = zv_rand_os(),
        .local_rtp = leg->rtp.udp.local,
        .local_rtcp = leg->rtcp.udp.local,
        .silence_us = cfg->silence_us,
        .wall_offset_us = zv_clock_wall_offset_us(),
        .dtls_ctx = worker->cfg.dtls_ctx,
        .strict = cfg->strict,
    };
    return zv_peer_new(ret_peer, &peer_cfg, worker->now_us);
}

static int open_peer(struct zv_worker *worker, struct zv_worker_leg *leg,
                     const struct zv_worker_leg_cfg *cfg)
{
    int err = make_peer(worker, leg, cfg, &leg->peer);
    if (!err && cfg->kind == ZV_LEG_KIND_WEB)
        err = zv_worker_note_ufrags(worker, leg);
    return err;
}

static int open_leg(struct zv_worker *worker, struct zv_worker_leg *leg,
                    const struct zv_worker_leg_cfg *cfg, enum zv_worker_what *ret_what)
{
    leg->kind = cfg->kind;
    leg->silence_us = cfg->silence_us;
    if (cfg->kind == ZV_LEG_KIND_NONE)
        return 0;
    if (cfg->kind == ZV_LEG_KIND_RTP) {
        int err = open_sockets(worker, leg, &cfg->local, ret_what);
        if (err)
            return err;
    }
    int err = open_peer(worker, leg, cfg);
    if (err)
        *ret_what = ZV_WORKER_WHAT_MEMORY;
    else
        zv_worker_arm_leg(worker, leg);
    return err;
}

/* Figures of both: a leg's are those of the call, however many peers it had. */
static void add_counters(const struct zv_peer_counters *from, struct zv_peer_counters *to)
{
    to->rx_packets += from->rx_packets;
    to->rx_bytes += from->rx_bytes;
    to->tx_packets += from->tx_packets;
    to->tx_bytes += from->tx_bytes;
    to->rx_rtcp += from->rx_rtcp;
    to->tx_rtcp += from->tx_rtcp;
    to->rx_dropped += from->rx_dropped;
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++)
        to->drops[i] += from->drops[i];
    to->lost += from->lost;
    to->reordered += from->reordered;
    to->remote_lost += from->remote_lost;
    to->checks += from->checks;
    to->moves += from->moves;
}

static void retire_peer(struct zv_worker_leg *leg, struct zv_peer *peer)
{
    struct zv_peer_counters counters;
    zv_peer_counters(peer, &counters);
    add_counters(&counters, &leg->past);
    zv_peer_free(peer);
}

/* The new one is known before the old one goes, so that nothing is lost when that fails. */
int zv_worker_renew_leg(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    const struct zv_worker_leg_cfg cfg = {.kind = leg->kind, .silence_us = leg->silence_us};
    struct zv_peer *old = leg->peer;
    if (leg->kind != ZV_LEG_KIND_WEB)
        return ZV_E_INVAL;
    int err = make_peer(worker, leg, &cfg, &leg->peer);
    if (!err)
        err = zv_worker_note_ufrags(worker, leg);
    if (err) {
        if (leg->peer != old)
            zv_peer_free(leg->peer);
        leg->peer = old;
        int again = zv_worker_note_ufrags(worker, leg); /* as before */
        (void)again;
        return err;
    }
    zv_worker_forget_tuples(worker, leg);
    zv_list_remove(&leg->noisy);
    retire_peer(leg, old);
    return 0;
}

static void close_leg(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    zv_worker_forget_leg(worker, leg);
    zv_list_remove(&leg->noisy);
    zv_timer_disarm(&worker->timers, &leg->timer);
    leg->peer = zv_peer_free(leg->peer);
    close_pair(worker, leg);
}

/* Never for this turn again, so that no machine can keep the worker in its timers. */
void zv_worker_arm_leg(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    int64_t at_us = zv_peer_deadline_us(leg->peer);
    zv_timer_arm(&worker->timers, &leg->timer, ZV_MAX(at_us, worker->now_us + 1));
}

/* ---- Calls ---- */

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
        close_leg(worker, &call->legs[i]);
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
        err = open_leg(worker, &call->legs[i], &cmd->create.legs[i], ret_what);
    if (err) {
        free_call(worker, call);
        return err;
    }
    *slot = call;
    return 0;
}

void zv_worker_fill_stats(const struct zv_worker *worker, const struct zv_worker_call *call,
                          struct zv_worker_stats *ret_stats)
{
    *ret_stats = (struct zv_worker_stats){.at_us = worker->now_us};
    for (size_t i = 0; i < ZV_WORKER_LEGS; i++) {
        if (call->legs[i].peer)
            zv_peer_counters(call->legs[i].peer, &ret_stats->legs[i]);
        add_counters(&call->legs[i].past, &ret_stats->legs[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        ret_stats->bridge[i] = call->bridges[ZV_PEER_AUDIO].counters[i];
        ret_stats->video_bridge[i] = call->bridges[ZV_PEER_VIDEO].counters[i];
    }
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
