/*
 * Legs: their sockets, peers and timers. A leg that was begun can always be closed, so that failure
 * halfway needs no path of its own.
 */
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
    bool is_web = leg->index == ZV_WORKER_LEG_WEB;
    const struct zv_peer_cfg peer_cfg = {
        .kind = cfg->kind == ZV_LEG_KIND_WEB ? ZV_PEER_WEB : ZV_PEER_RTP,
        .rand = zv_rand_os(),
        .local_rtp = leg->rtp.udp.local,
        .local_rtcp = leg->rtcp.udp.local,
        .silence_us = cfg->silence_us,
        .wall_offset_us = zv_clock_wall_offset_us(),
        .heard = &leg->call->clocks[is_web],
        .source = &leg->call->clocks[!is_web],
        .dtls_ctx = worker->cfg.dtls_ctx,
        .strict = cfg->strict,
        .medium = leg->index == ZV_WORKER_LEG_VIDEO ? ZV_PEER_VIDEO : ZV_PEER_AUDIO,
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

int zv_worker_open_leg(struct zv_worker *worker, struct zv_worker_leg *leg,
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

/* The client's clocks are other ones, too. The new peer is known before the old one goes, so that
 * nothing is lost when that fails. */
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
    zv_rtcp_clock_init(&leg->call->clocks[leg->index == ZV_WORKER_LEG_WEB]);
    zv_worker_forget_tuples(worker, leg);
    zv_list_remove(&leg->noisy);
    zv_worker_keep_figures(leg, old, worker->now_us);
    zv_peer_free(old);
    return 0;
}

void zv_worker_close_leg(struct zv_worker *worker, struct zv_worker_leg *leg)
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
