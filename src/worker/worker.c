#include "worker/worker.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "io/clock.h"
#include "io/random.h"
#include "worker/worker_int.h"

/* ---- The thread ---- */

static void run_timers(struct zv_worker *worker)
{
    struct zv_timer *timer;
    while ((timer = zv_timers_pop_due(&worker->timers, worker->now_us))) {
        struct zv_worker_leg *leg = ZV_CONTAINER_OF(timer, struct zv_worker_leg, timer);
        zv_peer_on_timeout(leg->peer, worker->now_us);
        zv_worker_drain_leg(worker, leg);
    }
}

static int64_t wait_until_us(struct zv_worker *worker)
{
    int64_t at_us =
        zv_time_min(zv_timers_next_us(&worker->timers), zv_worker_streams_deadline_us(worker));
    bool is_held_up = !zv_list_is_empty(&worker->noisy) || zv_queue_count(worker->commands) > 0;
    return is_held_up ? zv_time_min(at_us, worker->now_us + ZV_WORKER_RETRY_US) : at_us;
}

static void turn(struct zv_worker *worker)
{
    uint64_t tags[ZV_POLLER_BATCH];
    int64_t waits_from_us = zv_clock_now_us();
    zv_worker_note_turn(worker, waits_from_us - worker->now_us); /* the one before */
    if (!worker->is_behind)
        zv_clock_sleep_until(zv_pace_rest_until_us(&worker->pace, worker->now_us));
    size_t count = zv_poller_wait(worker->poller, zv_clock_now_us(), wait_until_us(worker), tags);
    worker->now_us = zv_clock_now_us();
    worker->turn_datagrams = 0;
    worker->is_behind = count == ZV_POLLER_BATCH;
    ZV_WORKER_COUNT(worker, loop_turns, 1);
    for (size_t i = 0; i < count; i++)
        zv_worker_read(worker, tags[i]);
    zv_pace_note(&worker->pace, worker->turn_datagrams, worker->now_us);
    run_timers(worker);
    zv_worker_flush(worker);
    zv_worker_run_stream_timers(worker);
    zv_worker_run_commands(worker);
    zv_worker_flush(worker);
    zv_worker_collect_events(worker);
}

static void run(void *arg)
{
    struct zv_worker *worker = arg;
    worker->now_us = zv_clock_now_us();
    while (!atomic_load_explicit(&worker->is_stopping, memory_order_acquire))
        turn(worker);
    zv_worker_close_all(worker);
    zv_worker_close_streams(worker);
    zv_worker_emit(worker, &(struct zv_worker_event){.kind = ZV_WORKER_STOPPED});
}

/* ---- Lifecycle ---- */

static bool is_valid(const struct zv_worker_cfg *cfg)
{
    return cfg->ports && cfg->dtls_ctx && cfg->max_calls && cfg->max_calls <= 0xffffff &&
           cfg->index < ZV_MAX_WORKERS && cfg->web_bind_count &&
           cfg->web_bind_count <= ZV_WORKER_MAX_BINDS;
}

static int open_queues(struct zv_worker *worker)
{
    const struct zv_queue_cfg commands = {
        .item_bytes = sizeof(struct zv_worker_cmd),
        .cap = (size_t)worker->cfg.max_calls + ZV_WORKER_MAX_COMMANDS,
        .wake_fn = zv_poller_ring,
        .wake_arg = worker->poller,
        .is_secret = true, /* keys of SIP legs */
    };
    const struct zv_queue_cfg events = {
        .item_bytes = sizeof(struct zv_worker_event),
        .cap = (size_t)worker->cfg.max_calls + ZV_WORKER_MAX_EVENTS,
        .wake_fn = worker->cfg.wake_fn,
        .wake_arg = worker->cfg.wake_arg,
    };
    const struct zv_queue_cfg tap = {
        .item_bytes = sizeof(struct zv_worker_tapped),
        .cap = ZV_WORKER_MAX_TAPPED,
    };
    int err = zv_queue_new(&worker->commands, &commands);
    if (!err)
        err = zv_queue_new(&worker->events, &events);
    return err ? err : zv_queue_new(&worker->tap, &tap);
}

static void init_maps(struct zv_worker *worker)
{
    uint64_t seed[2] = {zv_rand_u64(zv_rand_os()), zv_rand_u64(zv_rand_os())};
    size_t legs = (size_t)worker->cfg.max_calls * 2;
    zv_map_init(&worker->ufrags, legs * 2, seed);
    zv_map_init(&worker->tuples, legs * ZV_ICE_MAX_VALIDATED, seed);
    zv_timers_init(&worker->timers);
    zv_list_init(&worker->dirty);
    zv_list_init(&worker->noisy);
}

int zv_worker_new(struct zv_worker **ret_worker, const struct zv_worker_cfg *cfg)
{
    if (!is_valid(cfg))
        return ZV_E_INVAL;
    struct zv_worker *worker = zv_zalloc(sizeof(*worker));
    if (!worker)
        return ZV_E_NOMEM;
    worker->cfg = *cfg;
    init_maps(worker);
    int err = zv_poller_new(&worker->poller);
    if (!err)
        err = open_queues(worker);
    if (!err)
        err = zv_udp_pool_new(&worker->pool, ZV_WORKER_PACKETS);
    if (!err)
        err = zv_worker_init_streams(worker);
    if (!err) {
        worker->calls = zv_calloc(cfg->max_calls, sizeof(struct zv_worker_call *));
        err = worker->calls ? zv_worker_open_web_sockets(worker) : ZV_E_NOMEM;
    }
    if (err) {
        zv_worker_free(worker);
        return err;
    }
    *ret_worker = worker;
    return 0;
}

int zv_worker_start(struct zv_worker *worker)
{
    char name[16];
    struct zv_buf text = zv_buf(name, sizeof(name));
    zv_buf_printf(&text, "media-%u", worker->cfg.index);
    if (worker->thread || atomic_load(&worker->is_stopping))
        return ZV_E_STATE;
    return zv_thread_start(&worker->thread, zv_buf_cstr(&text), run, worker);
}

void zv_worker_stop(struct zv_worker *worker)
{
    if (!worker->thread)
        return;
    atomic_store_explicit(&worker->is_stopping, true, memory_order_release);
    zv_poller_ring(worker->poller);
    worker->thread = zv_thread_join(worker->thread);
}

bool zv_worker_has_moved(struct zv_worker *worker, uint64_t *turns)
{
    uint64_t now = atomic_load_explicit(&worker->gauges.loop_turns, memory_order_relaxed);
    bool has_moved = now != *turns;
    *turns = now;
    zv_poller_ring(worker->poller);
    return has_moved;
}

struct zv_worker *zv_worker_free(struct zv_worker *worker)
{
    if (!worker)
        return NULL;
    zv_worker_close_streams(worker); /* those of a worker that never ran */
    for (size_t i = 0; i < worker->web_count; i++)
        zv_udp_close(&worker->web[i].udp);
    zv_worker_fini_streams(worker);
    zv_free(worker->calls);
    zv_udp_pool_free(worker->pool);
    zv_queue_free(worker->tap);
    zv_queue_free(worker->events);
    zv_queue_free(worker->commands);
    zv_poller_free(worker->poller);
    zv_timers_fini(&worker->timers);
    zv_map_fini(&worker->tuples);
    zv_map_fini(&worker->ufrags);
    return zv_free(worker);
}

uint16_t zv_worker_web_port(const struct zv_worker *worker)
{
    return worker->web_port;
}

bool zv_worker_has_tcp(const struct zv_worker *worker)
{
    return worker->cfg.tcp.is_enabled;
}

bool zv_worker_serves(const struct zv_worker *worker, const struct zv_addr *ip)
{
    for (size_t i = 0; i < worker->web_count; i++) {
        const struct zv_udp_socket *udp = &worker->web[i].udp;
        if (udp->any ? udp->local.family == ip->family : zv_addr_ip_eq(&udp->local, ip))
            return true;
    }
    return false;
}

/* ---- Queues ---- */

/* A CLOSE that was refused would leave a call, its ports and its slot behind for good. */
int zv_worker_post(struct zv_worker *worker, const struct zv_worker_cmd *cmd)
{
    if (!worker->thread)
        return ZV_E_STATE;
    if (cmd->kind != ZV_WORKER_CLOSE && zv_queue_room(worker->commands) <= worker->cfg.max_calls)
        return ZV_E_LIMIT;
    return zv_queue_push(worker->commands, cmd);
}

bool zv_worker_drain(struct zv_worker *worker, struct zv_worker_event *ret_event)
{
    return zv_queue_pop(worker->events, ret_event);
}
