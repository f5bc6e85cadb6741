/* status: what there is of everything, and how near its limits. */
#define _GNU_SOURCE
#include "gateway/admin.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"
#include "io/logsink.h"
#include "sip/sip.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A limit is worth a warning from this share on. */
#define NEARLY_FULL_PERCENT 90

static void write_sessions(struct zv_json *json, const struct zv_gateway *gateway)
{
    uint32_t standings[ZV_SESSION_STANDING_COUNT] = {0};
    struct zv_session_view view;
    const void *at = NULL;
    while (zv_switch_next_session(gateway->sw, &at, &view))
        standings[view.standing]++;
    zv_json_open_object(json, "sessions");
    zv_json_uint(json, "now", zv_switch_session_count(gateway->sw));
    zv_json_int(json, "limit", gateway->config->limits_clients);
    zv_json_open_object(json, "registrations");
    for (int standing = 0; standing < ZV_SESSION_STANDING_COUNT; standing++) {
        if (standings[standing])
            zv_json_uint(json, zv_session_standing_name((enum zv_session_standing)standing),
                         standings[standing]);
    }
    zv_json_close_object(json);
    zv_json_close_object(json);
}

struct state_count {
    const char *state; /* static, so that pointers compare */
    uint32_t count;
};

static void count_state(struct state_count *counts, size_t cap, const char *state)
{
    size_t i = 0;
    while (i < cap && counts[i].state && counts[i].state != state)
        i++;
    if (i == cap)
        return;
    counts[i].state = state;
    counts[i].count++;
}

static void write_calls(struct zv_json *json, const struct zv_gateway *gateway)
{
    enum { STATES = 16 };
    struct state_count counts[STATES] = {0};
    struct zv_switch_stats stats;
    struct zv_call_view view;
    const void *at = NULL;
    while (zv_switch_next_call(gateway->sw, &at, &view))
        count_state(counts, STATES, view.state);
    zv_switch_stats(gateway->sw, &stats);
    zv_json_open_object(json, "calls");
    zv_json_uint(json, "now", zv_switch_call_count(gateway->sw));
    zv_json_int(json, "limit", gateway->config->limits_calls);
    zv_json_open_object(json, "states");
    for (size_t i = 0; i < STATES && counts[i].state; i++)
        zv_json_uint(json, counts[i].state, counts[i].count);
    zv_json_close_object(json);
    zv_json_uint(json, "sinceStart", stats.calls_created);
    zv_json_uint(json, "refused", stats.calls_refused);
    zv_json_close_object(json);
}

static void write_clients(struct zv_json *json, const struct zv_gateway *gateway)
{
    struct zv_http_counts counts;
    zv_http_counts(gateway->http, &counts);
    zv_json_open_object(json, "connections");
    zv_json_uint(json, "now", counts.connections);
    zv_json_int(json, "limit", gateway->config->http_max_connections);
    zv_json_close_object(json);
}

static void write_sip(struct zv_json *json, const struct zv_gateway *gateway)
{
    struct zv_addr local = zv_sipnet_local(gateway->sipnet);
    struct zv_sip_counts counts;
    char text[ZV_ADDR_TEXT_CAP];
    size_t lookups;
    zv_sipnet_counts(gateway->sipnet, &counts, &lookups);
    zv_json_open_object(json, "sip");
    zv_json_text(json, "listen", zv_addr_write(&local, text));
    zv_json_uint(json, "accounts", counts.accounts);
    zv_json_uint(json, "legs", counts.legs);
    zv_json_uint(json, "dialogs", counts.dialogs);
    zv_json_uint(json, "lookups", lookups);
    zv_json_close_object(json);
}

static void write_ports(struct zv_json *json, const struct zv_gateway *gateway)
{
    struct zv_ports_gauges ports;
    zv_ports_gauges(gateway->ports, zv_clock_now_us(), &ports);
    zv_json_open_object(json, "ports");
    zv_json_int(json, "from", gateway->config->media_port_from);
    zv_json_int(json, "to", gateway->config->media_port_to);
    zv_json_uint(json, "pairs", ports.pairs);
    zv_json_uint(json, "used", ports.used);
    zv_json_uint(json, "resting", ports.resting);
    zv_json_uint(json, "free", ports.pairs - ports.used - ports.resting);
    zv_json_close_object(json);
}

static void write_workers(struct zv_json *json, const struct zv_gateway *gateway)
{
    zv_json_open_list(json, "workers");
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        struct zv_worker_gauges gauges;
        zv_worker_gauges(gateway->workers[i], &gauges);
        zv_json_open_object(json, NULL);
        zv_json_uint(json, "index", i);
        zv_json_uint(json, "webPort", zv_worker_web_port(gateway->workers[i]));
        zv_json_open_object(json, "gauges");
#define X(name) zv_json_uint(json, #name, gauges.name);
        ZV_WORKER_GAUGE_LIST(X)
#undef X
        zv_json_close_object(json);
        zv_json_close_object(json);
    }
    zv_json_close_list(json);
}

static void warn_if_full(struct zv_json *json, const char *what, uint64_t used, uint64_t limit,
                         const char *key)
{
    char text[200];
    if (used * 100 < limit * NEARLY_FULL_PERCENT)
        return;
    snprintf(text, sizeof(text), "%llu of %llu %s are used: %s sets the limit",
             (unsigned long long)used, (unsigned long long)limit, what, key);
    zv_json_text(json, NULL, text);
}

/* The log cannot tell this while it lasts. */
static void warn_of_lost_lines(struct zv_json *json)
{
    char text[200];
    struct zv_logsink_loss loss;
    zv_logsink_loss(&loss);
    if (!loss.goes_on)
        return;
    snprintf(text, sizeof(text),
             "the log cannot be written (%s): %llu lines are lost since the start; calls go on",
             strerror(loss.error), (unsigned long long)loss.lines);
    zv_json_text(json, NULL, text);
}

static void write_warnings(struct zv_json *json, const struct zv_gateway *gateway)
{
    struct zv_ports_gauges ports;
    struct zv_http_counts http;
    zv_ports_gauges(gateway->ports, zv_clock_now_us(), &ports);
    zv_http_counts(gateway->http, &http);
    zv_json_open_list(json, "warnings");
    if (gateway->phase != ZV_GATEWAY_RUNNING)
        zv_json_text(json, NULL,
                     "the gateway is about to stop: it takes no new sessions and calls");
    warn_if_full(json, "sessions", zv_switch_session_count(gateway->sw),
                 (uint64_t)gateway->config->limits_clients, "limits.clients");
    warn_if_full(json, "calls", zv_switch_call_count(gateway->sw),
                 (uint64_t)gateway->config->limits_calls, "limits.calls");
    warn_if_full(json, "connections", http.connections,
                 (uint64_t)gateway->config->http_max_connections, "http.max_connections");
    warn_if_full(json, "port pairs", ports.used + ports.resting, ports.pairs,
                 "media.port_from and media.port_to");
    warn_of_lost_lines(json);
    zv_json_close_list(json);
}

const char *zv_admin_phase_name(const struct zv_gateway *gateway)
{
    if (gateway->phase == ZV_GATEWAY_RUNNING)
        return "running";
    return gateway->phase == ZV_GATEWAY_DRAINING ? "draining" : "stopping";
}

static void write_status(const void *arg, struct zv_json *json)
{
    const struct zv_gateway *gateway = arg;
    int64_t now_us = zv_clock_now_us();
    zv_json_text(json, "version", ZV_VERSION);
    zv_json_int(json, "pid", getpid());
    zv_json_text(json, "phase", zv_admin_phase_name(gateway));
    if (gateway->phase == ZV_GATEWAY_DRAINING)
        zv_json_int(json, "drainLeftMs", zv_gateway_drain_left_us(gateway) / ZV_US_PER_MS);
    zv_json_int(json, "startedWallUs", gateway->started_us + zv_clock_wall_offset_us());
    zv_admin_write_ms(json, "uptimeMs", gateway->started_us, now_us);
    write_sip(json, gateway);
    write_clients(json, gateway);
    write_sessions(json, gateway);
    write_calls(json, gateway);
    write_ports(json, gateway);
    write_workers(json, gateway);
    write_warnings(json, gateway);
}

void zv_admin_status(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    zv_admin_answer(gateway->admin.server, query->id, write_status, gateway);
}
