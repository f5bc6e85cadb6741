#define _GNU_SOURCE
#include "gateway/daemon.h"

#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway.h"
#include "gateway/lifeline.h"
#include "gateway/logging.h"
#include "gateway/reload.h"
#include "io/clock.h"
#include "io/logsink.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

struct daemon {
    struct zv_gateway *gateway;
    struct zv_lifeline *lifeline;
    uv_signal_t signals[4];
    uv_timer_t log_timer;
};

static void reload(struct daemon *daemon)
{
    struct zv_reload done;
    zv_lifeline_begin_reload(daemon->lifeline);
    int err = zv_gateway_reload(daemon->gateway, &done);
    (void)err; /* it has logged what came of it */
    zv_lifeline_end_reload(daemon->lifeline);
    zv_reload_fini(&done);
}

/* SIGINT is for who sits before it. */
static void on_stop_signal(struct daemon *daemon, int number)
{
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "signal %d: stopping", number);
    if (number == SIGTERM)
        zv_gateway_take_sigterm(daemon->gateway);
    else
        zv_gateway_stop(daemon->gateway);
    zv_lifeline_look(daemon->lifeline);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct daemon *daemon = signal->data;
    char counts[1024];
    if (number == SIGUSR1) {
        if (zv_gateway_write_counts(daemon->gateway, counts, sizeof(counts)))
            zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "counts: %s", counts);
        return;
    }
    if (number == SIGHUP) {
        reload(daemon);
        return;
    }
    on_stop_signal(daemon, number);
}

/* SIGHUP and SIGUSR1: one that comes too early is kept by the kernel. */
static void mask_requests(int how)
{
    sigset_t requests;
    sigemptyset(&requests);
    sigaddset(&requests, SIGHUP);
    sigaddset(&requests, SIGUSR1);
    pthread_sigmask(how, &requests, NULL);
}

static void end_at_once(int number)
{
    (void)number;
    _exit(EXIT_SUCCESS);
}

/* The first process of a container gets a SIGTERM only where it has a handler. */
void zv_daemon_hold_signals(void)
{
    mask_requests(SIG_BLOCK);
    signal(SIGTERM, end_at_once);
    signal(SIGINT, end_at_once);
    signal(SIGPIPE, SIG_IGN);
}

static void watch_signals(struct daemon *daemon, uv_loop_t *loop)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    for (size_t i = 0; i < ZV_ARRAY_LEN(numbers); i++) {
        uv_signal_init(loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&daemon->signals[i]); /* the gateway decides when the loop ends */
    }
    mask_requests(SIG_UNBLOCK);
}

/* libuv sets each back to its default, which is the end, with another exit status. */
static void close_signals(struct daemon *daemon)
{
    mask_requests(SIG_BLOCK);
    for (size_t i = 0; i < ZV_ARRAY_LEN(daemon->signals); i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    signal(SIGHUP, SIG_IGN); /* threads of libuv, which write captures, block nothing */
    signal(SIGUSR1, SIG_IGN);
    zv_daemon_hold_signals();
}

static void close_handles(struct daemon *daemon)
{
    close_signals(daemon);
    uv_close((uv_handle_t *)&daemon->log_timer, NULL);
}

/* ---- the log ---- */

/* A flood that ended in silence is reported no later than this after its window. */
#define LOG_TURN_MS 1000

static void on_log_turn(uv_timer_t *timer)
{
    (void)timer;
    zv_logsink_on_timeout(zv_clock_now_us());
}

static void start_log_timer(struct daemon *daemon, uv_loop_t *loop)
{
    uv_timer_init(loop, &daemon->log_timer);
    uv_timer_start(&daemon->log_timer, on_log_turn, LOG_TURN_MS, LOG_TURN_MS);
    uv_unref((uv_handle_t *)&daemon->log_timer);
}

/*
 * As many descriptors as the configuration can use, if this user may have them; what is still too
 * few the doctor tells. Not more: libwebsockets sets memory aside for each that there may be, and
 * where there may be more than ten million, as in many containers, it makes do with 2560.
 */
#define LEAST_DESCRIPTORS 65536
#define MOST_DESCRIPTORS  (1 << 23)

static void set_descriptors(const struct zv_config *config)
{
    struct rlimit limit;
    rlim_t used = (rlim_t)(config->http_max_connections + config->sip_max_connections +
                           4 * config->limits_calls);
    rlim_t wanted = ZV_MAX((rlim_t)LEAST_DESCRIPTORS, 2 * used); /* TLS to be set up, DNS, files */
    if (getrlimit(RLIMIT_NOFILE, &limit) ||
        (limit.rlim_cur >= wanted && limit.rlim_cur <= MOST_DESCRIPTORS))
        return;
    limit.rlim_cur = ZV_MIN(ZV_MIN(wanted, (rlim_t)MOST_DESCRIPTORS), limit.rlim_max);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The user is for the unit to choose (deploy/systemd); by hand it is easily root. */
static void warn_of_root(void)
{
    if (geteuid() == 0)
        zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL,
               "zvonokd runs as root, which it has no need of: run it as a user of its own, as "
               "deploy/systemd/zvonokd.service does");
}

int zv_daemon_run(const struct zv_config_source *source, const struct zv_service *service,
                  struct zv_config *config)
{
    struct daemon daemon = {0};
    uv_loop_t loop;
    char error[ZV_GATEWAY_ERROR_CAP];
    zv_gateway_open_log(config);
    set_descriptors(config);
    warn_of_root();
    if (uv_loop_init(&loop) < 0) {
        fprintf(stderr, "zvonokd: the event loop cannot start\n");
        return ZV_E_NOMEM;
    }
    int err = zv_gateway_new(&daemon.gateway, &loop, config, error);
    if (err) {
        zv_log(ZV_LOG_MAIN, ZV_LOG_ERROR, NULL, "%s", error);
        zv_lifeline_refuse(service, error);
    } else {
        zv_gateway_allow_reload(daemon.gateway, source, config);
        watch_signals(&daemon, &loop);
        start_log_timer(&daemon, &loop);
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "zvonokd " ZV_VERSION " is ready");
        if (zv_lifeline_new(&daemon.lifeline, service, daemon.gateway, &loop))
            zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "the service manager is told nothing: %s",
                   zv_err_text(ZV_E_NOMEM));
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    daemon.lifeline = zv_lifeline_close(daemon.lifeline);
    zv_gateway_free(daemon.gateway);
    if (!err)
        close_handles(&daemon);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop) < 0)
        zv_log(ZV_LOG_MAIN, ZV_LOG_ERROR, NULL, "the event loop still held something at the end");
    if (!err)
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "stopped");
    zv_logsink_close();
    return err;
}
