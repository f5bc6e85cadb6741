#define _GNU_SOURCE
#include "gateway/lifeline.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 1000
/* sd_notify(3): while the manager waits for its end, each look asks for this much more time. */
#define PATIENCE_US ZV_SECONDS(10)
#define STATUS_CAP  128
/* In the time of the watchdog: one that is lost does not count as hung. */
#define SIGNS_OF_LIFE 4

struct zv_lifeline {
    uv_timer_t look; /* data: this struct */
    uv_timer_t watchdog;
    int open_handles;
    const struct zv_service *service;
    struct zv_gateway *gateway;
    bool owes_ready; /* what a manager that did not read was not told */
    bool has_told_stopping;
    bool is_deaf;                   /* the manager could not be told; logged once */
    uint64_t turns[ZV_MAX_WORKERS]; /* that each worker had made by the last look */
    char status[STATUS_CAP];        /* that was told */
};

static bool tell(struct zv_lifeline *lifeline, bool is_told)
{
    if (!is_told && !lifeline->is_deaf)
        zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
               "the service manager at $NOTIFY_SOCKET cannot be told how zvonokd is; it may count "
               "as hung");
    lifeline->is_deaf = !is_told;
    return is_told;
}

/* ---- how it is ---- */

static const char *ending_of(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* "3 calls, 12 clients", "draining, 3 calls, 24 s left", "stopping" */
static void write_status(const struct zv_gateway *gateway, char dst[STATUS_CAP])
{
    uint32_t calls = zv_switch_call_count(gateway->sw);
    uint32_t clients = zv_switch_session_count(gateway->sw);
    int64_t left_us = zv_gateway_drain_left_us(gateway);
    if (gateway->phase == ZV_GATEWAY_RUNNING)
        snprintf(dst, STATUS_CAP, "%u call%s, %u client%s", calls, ending_of(calls), clients,
                 ending_of(clients));
    else if (gateway->phase == ZV_GATEWAY_DRAINING)
        snprintf(dst, STATUS_CAP, "draining, %u call%s, %lld s left", calls, ending_of(calls),
                 (long long)((left_us + ZV_US_PER_S - 1) / ZV_US_PER_S));
    else
        snprintf(dst, STATUS_CAP, "stopping");
}

static void tell_status(struct zv_lifeline *lifeline)
{
    char status[STATUS_CAP];
    write_status(lifeline->gateway, status);
    if (strcmp(status, lifeline->status) == 0)
        return;
    if (tell(lifeline, zv_service_tell(lifeline->service, "STATUS=%s", status)))
        memcpy(lifeline->status, status, sizeof(status));
}

static void tell_ready(struct zv_lifeline *lifeline)
{
    lifeline->owes_ready = !tell(lifeline, zv_service_tell(lifeline->service, "READY=1"));
}

/*
 * STOPPING=1 only when calls are being ended: a drain may be cancelled. Time is asked for from
 * SIGTERM on: before it systemd would add that to the watchdog's, and not see one that hangs.
 */
static void tell_phase(struct zv_lifeline *lifeline)
{
    enum zv_gateway_phase phase = lifeline->gateway->phase;
    if (phase >= ZV_GATEWAY_ENDING && !lifeline->has_told_stopping)
        lifeline->has_told_stopping =
            tell(lifeline, zv_service_tell(lifeline->service, "STOPPING=1"));
    if (phase >= ZV_GATEWAY_ENDING || lifeline->gateway->has_to_stop)
        tell(lifeline, zv_service_tell(lifeline->service, "EXTEND_TIMEOUT_USEC=%lld",
                                       (long long)PATIENCE_US));
}

void zv_lifeline_look(struct zv_lifeline *lifeline)
{
    if (!lifeline)
        return;
    if (lifeline->owes_ready)
        tell_ready(lifeline);
    tell_phase(lifeline);
    tell_status(lifeline);
}

static void on_look(uv_timer_t *timer)
{
    zv_lifeline_look(timer->data);
}

/* ---- the watchdog ---- */

/* Wakes each of them, so that one that has nothing to do moves until the next look. */
static bool have_workers_moved(struct zv_lifeline *lifeline, uint32_t *ret_hung)
{
    const struct zv_gateway *gateway = lifeline->gateway;
    bool have_moved = true;
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        if (!gateway->workers[i] || zv_worker_has_moved(gateway->workers[i], &lifeline->turns[i]))
            continue;
        have_moved = false;
        *ret_hung = i;
    }
    return have_moved;
}

/* That this runs shows that the signalling loop moves. */
static void on_watchdog(uv_timer_t *timer)
{
    struct zv_lifeline *lifeline = timer->data;
    uint32_t hung = 0;
    if (have_workers_moved(lifeline, &hung))
        tell(lifeline, zv_service_tell(lifeline->service, "WATCHDOG=1"));
    else
        zv_log(ZV_LOG_MAIN, ZV_LOG_ERROR, NULL,
               "media worker %u does not move: the watchdog is not held back", hung);
}

/* ---- lifecycle ---- */

void zv_lifeline_open_service(struct zv_service *ret_service)
{
    const struct zv_service_cfg cfg = {.socket = getenv("NOTIFY_SOCKET"),
                                       .watchdog_usec = getenv("WATCHDOG_USEC"),
                                       .watchdog_pid = getenv("WATCHDOG_PID")};
    if (zv_service_open(ret_service, &cfg))
        fprintf(stderr, "zvonokd: $NOTIFY_SOCKET names no Unix socket; the service manager is not "
                        "told how zvonokd is\n");
}

static void start(struct zv_lifeline *lifeline, uv_loop_t *loop, uv_timer_t *timer,
                  uv_timer_cb due_fn, uint64_t ms)
{
    uv_timer_init(loop, timer);
    timer->data = lifeline;
    lifeline->open_handles++;
    uv_timer_start(timer, due_fn, ms, ms);
    uv_unref((uv_handle_t *)timer); /* the gateway decides when the loop ends */
}

int zv_lifeline_new(struct zv_lifeline **ret_lifeline, const struct zv_service *service,
                    struct zv_gateway *gateway, uv_loop_t *loop)
{
    struct zv_lifeline *lifeline = zv_zalloc(sizeof(*lifeline));
    if (!lifeline)
        return ZV_E_NOMEM;
    lifeline->service = service;
    lifeline->gateway = gateway;
    start(lifeline, loop, &lifeline->look, on_look, LOOK_MS);
    start(lifeline, loop, &lifeline->watchdog, on_watchdog,
          ZV_MAX((uint64_t)(service->watchdog_us / SIGNS_OF_LIFE / ZV_US_PER_MS), 1));
    if (service->watchdog_us) /* the first wakes the workers */
        (void)have_workers_moved(lifeline, &(uint32_t){0});
    else
        uv_timer_stop(&lifeline->watchdog);
    tell_ready(lifeline);
    tell_status(lifeline);
    *ret_lifeline = lifeline;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct zv_lifeline *lifeline = handle->data;
    if (--lifeline->open_handles == 0)
        zv_free(lifeline);
}

struct zv_lifeline *zv_lifeline_close(struct zv_lifeline *lifeline)
{
    if (!lifeline)
        return NULL;
    zv_lifeline_look(lifeline); /* the end may have come between two looks */
    uv_close((uv_handle_t *)&lifeline->look, on_closed);
    uv_close((uv_handle_t *)&lifeline->watchdog, on_closed);
    return NULL;
}

void zv_lifeline_begin_reload(struct zv_lifeline *lifeline)
{
    if (lifeline)
        tell(lifeline, zv_service_tell(lifeline->service, "RELOADING=1\nMONOTONIC_USEC=%lld",
                                       (long long)zv_clock_now_us()));
}

void zv_lifeline_end_reload(struct zv_lifeline *lifeline)
{
    if (lifeline)
        tell_ready(lifeline);
}

static bool tell_sentence(const struct zv_service *service, const char *before,
                          const char *sentence)
{
    char line[512];
    snprintf(line, sizeof(line), "%s", sentence);
    for (char *at = line; (at = strchr(at, '\n'));)
        *at = ' ';
    return zv_service_tell(service, "%s%s", before, line);
}

void zv_lifeline_refuse(const struct zv_service *service, const char *sentence)
{
    (void)tell_sentence(service, "STATUS=not started: ", sentence);
}

bool zv_lifeline_stay_stopped(const struct zv_service *service, const char *sentence)
{
    return service->fd >= 0 && tell_sentence(service, "READY=1\nSTATUS=", sentence);
}
