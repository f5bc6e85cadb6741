/*
 * The door as a whole: its limits, its listeners, its life. The server library is behind edge.h.
 */
#include "http/http.h"

#include "base/alloc.h"
#include "base/err.h"
#include "http/http_int.h"

#include <assert.h>

static uint32_t limit_or(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static void set_limits(struct zv_http *http)
{
    struct zv_http_limits *limits = &http->cfg.limits;
    limits->connections = limit_or(limits->connections, 10000);
    limits->sessions = limit_or(limits->sessions, 10000);
    limits->connections_per_address = limit_or(limits->connections_per_address, 100);
    limits->idle_s = limit_or(limits->idle_s, 10);
    if (!limits->close_grace_us)
        limits->close_grace_us = ZV_SECONDS(5);
    uint32_t message_bytes = limit_or(limits->message_bytes, ZV_MAX_CLIENT_MESSAGE_BYTES);
    uint32_t queue_bytes = limit_or(limits->queue_bytes, ZV_MAX_CLIENT_QUEUE_BYTES);
    http->conn_cfg = (struct zv_conn_cfg){
        .message_bytes = ZV_MIN(message_bytes, (uint32_t)ZV_MAX_CLIENT_MESSAGE_BYTES),
        .queue_bytes = ZV_MIN(queue_bytes, (uint32_t)ZV_MAX_CLIENT_QUEUE_BYTES),
        .messages_per_s = limit_or(limits->messages_per_s, 50),
        .bad_messages = limit_or(limits->bad_messages, 10),
        .ping_misses = limit_or(limits->ping_misses, 10),
        .first_message_us = limits->first_message_us ? limits->first_message_us : ZV_SECONDS(10),
        .ping_interval_us = limits->ping_interval_us ? limits->ping_interval_us : ZV_SECONDS(5),
    };
}

int zv_http_new(struct zv_http **ret_http, const struct zv_http_cfg *cfg)
{
    if (!cfg->loop || !cfg->on_input_fn)
        return ZV_E_INVAL;
    struct zv_http *http = zv_zalloc(sizeof *http);
    if (!http)
        return ZV_E_NOMEM;
    http->cfg = *cfg;
    set_limits(http);
    zv_wire_init((uint32_t)cfg->seed[0]);
    const struct zv_http_limits *limits = &http->cfg.limits;
    zv_admit_init(&http->admit, limits->connections, limits->connections_per_address, cfg->seed);
    zv_map_init(&http->conns, limits->connections, cfg->seed);
    zv_readers_init(&http->readers, limits->sessions, cfg->seed);
    zv_timers_init(&http->timers);
    int err = zv_loop_timer_open(&http->timer, cfg->loop, zv_websockets_on_due, http);
    if (err)
        goto fail;
    struct zv_edge_cfg edge_cfg = {.http = http, .loop = cfg->loop, .idle_s = limits->idle_s};
    err = zv_edge_new(&http->edge, &edge_cfg);
    if (err)
        goto fail;
    *ret_http = http;
    return 0;

fail:
    http->timer = zv_loop_timer_close(http->timer);
    (void)zv_free(http);
    return err;
}

int zv_http_listen(struct zv_http *http, const struct zv_http_listener *listener,
                   uint16_t *ret_port)
{
    assert(listener->service != ZV_HTTP_ADMIN || http->cfg.on_admin_fn);
    struct zv_buf why = zv_buf(http->error, sizeof http->error);
    http->error[0] = '\0';
    int err = zv_edge_listen(http->edge, listener, &why, ret_port);
    (void)zv_buf_cstr(&why);
    return err;
}

void zv_http_use_certificate(struct zv_http *http, struct zv_http_certificate *certificate)
{
    zv_edge_use_certificate(http->edge, certificate);
}

void zv_http_set(struct zv_http *http, const struct zv_http_settings *settings)
{
    const unsigned ice_servers = ZV_WIRE_FEATURE_ICE_SERVERS;
    http->cfg.allowed_origins = settings->allowed_origins;
    http->cfg.allowed_origin_count = settings->allowed_origin_count;
    http->cfg.turn = settings->turn;
    http->cfg.features =
        settings->has_turn ? http->cfg.features | ice_servers : http->cfg.features & ~ice_servers;
}

const char *zv_http_error(const struct zv_http *http)
{
    return http->error;
}

void zv_http_close(struct zv_http *http)
{
    if (http->is_closing)
        return;
    http->is_closing = true;
    http->timer = zv_loop_timer_close(http->timer);
    zv_edge_close(http->edge);
}

struct zv_http *zv_http_free(struct zv_http *http)
{
    if (!http)
        return NULL;
    http->edge = zv_edge_free(http->edge);
    zv_timers_fini(&http->timers);
    zv_readers_fini(&http->readers);
    zv_map_fini(&http->conns);
    zv_admit_fini(&http->admit);
    return zv_free(http);
}

void zv_http_counts(const struct zv_http *http, struct zv_http_counts *ret_counts)
{
    *ret_counts = http->counts;
    ret_counts->sockets = http->admit.sockets + http->admin_sockets;
    ret_counts->connections = (uint32_t)http->conns.count;
}
