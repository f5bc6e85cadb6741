/* The loop's turn: an input, the switchboard's commands, what the edges make of them. */
#define _GNU_SOURCE
#include "gateway/gateway.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway_int.h"
#include "gateway/report.h"
#include "http/certificate.h"
#include "http/pages.h"
#include "io/clock.h"
#include "io/random.h"
#include "sip/sip.h"
#include "wire/wire.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

/* SIP's answers to BYE and REGISTER are waited for this long when stopping. */
#define ENDING_US ZV_SECONDS(4)
/* What the SIP stack adds to call control's limits of ringing, so that those are met first. */
#define RINGING_SLACK_US ZV_SECONDS(60)
/* How often the loop's lag is looked at. */
#define PULSE_US ZV_MS(100)

/* ---- the turn ---- */

static void execute(struct zv_gateway *gateway, const struct zv_call_cmd *cmd)
{
    switch (cmd->kind) {
    case ZV_CALL_CMD_CLIENT_EVENT:
    case ZV_CALL_CMD_CLIENT_CLOSE:
    case ZV_CALL_CMD_CLIENT_FORGET:
        zv_http_execute(gateway->http, cmd);
        break;
    case ZV_CALL_CMD_MEDIA_CREATE:
    case ZV_CALL_CMD_MEDIA_WEB_RESTART:
    case ZV_CALL_CMD_MEDIA_WEB_RENEW:
    case ZV_CALL_CMD_MEDIA_OPEN_VIDEO:
    case ZV_CALL_CMD_MEDIA_WEB_REMOTE:
    case ZV_CALL_CMD_MEDIA_SIP_REMOTE:
    case ZV_CALL_CMD_MEDIA_CODECS:
    case ZV_CALL_CMD_MEDIA_FLOW:
    case ZV_CALL_CMD_MEDIA_SEND_DIGITS:
    case ZV_CALL_CMD_MEDIA_ASK_PATH:
    case ZV_CALL_CMD_MEDIA_ASK_KEYFRAME:
    case ZV_CALL_CMD_MEDIA_CLOSE:
        zv_gateway_execute_media(gateway, cmd);
        break;
    case ZV_CALL_CMD_SESSION_LOG:
    case ZV_CALL_CMD_CALL_LOG:
        zv_gateway_log(cmd, NULL);
        zv_metrics_note_command(&gateway->metrics, cmd);
        break;
    case ZV_CALL_CMD_CALL_ENDED:
        zv_capture_on_ended(gateway->captures, cmd->u.ended.call);
        zv_truth_forget(gateway, cmd->u.ended.call);
        zv_gateway_log(cmd, gateway->recorder ? zv_recorder_ended(gateway->recorder) : NULL);
        zv_metrics_note_command(&gateway->metrics, cmd);
        zv_gateway_report(gateway, &cmd->u.ended);
        break;
    default:
        zv_sipnet_execute(gateway->sipnet, cmd);
        break;
    }
}

static void finish_if_idle(struct zv_gateway *gateway);

static void drain(struct zv_gateway *gateway)
{
    struct zv_call_cmd cmd;
    while (zv_switch_poll(gateway->sw, &cmd) != ZV_CALL_CMD_NONE) {
        zv_gateway_record_command(gateway, &cmd);
        execute(gateway, &cmd);
    }
    zv_gateway_deliver_refusals(gateway);
    zv_sipnet_flush(gateway->sipnet);
    zv_loop_timer_arm(gateway->timer, zv_switch_deadline_us(gateway->sw));
}

void zv_gateway_input(struct zv_gateway *gateway, const struct zv_call_in *in)
{
    if (gateway->phase == ZV_GATEWAY_STOPPED)
        return;
    int err = zv_switch_input(gateway->sw, in, zv_clock_now_us());
    if (err)
        zv_log(ZV_LOG_CALL, ZV_LOG_ERROR, NULL, "input %s was dropped: %s",
               zv_call_in_name(in->kind), zv_err_text(err));
    zv_gateway_record_input(gateway, in);
    drain(gateway);
}

static void on_edge_input(void *arg, const struct zv_call_in *in)
{
    zv_gateway_input(arg, in);
}

static void on_due(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    zv_switch_on_timeout(gateway->sw, now_us);
    zv_gateway_record_timeout(gateway);
    drain(gateway);
    finish_if_idle(gateway);
}

static void on_workers(void *arg)
{
    struct zv_gateway *gateway = arg;
    struct zv_worker_event event;
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        while (gateway->workers[i] && zv_worker_drain(gateway->workers[i], &event))
            zv_gateway_deliver_event(gateway, &event);
    }
    zv_captures_drain(gateway->captures);
    finish_if_idle(gateway);
}

static void on_address(void *arg, zv_session_id session)
{
    zv_gateway_unpark(arg, session);
}

/* ---- opening ---- */

static int open_switch(struct zv_gateway *gateway, struct zv_switch_cfg *cfg)
{
    const struct zv_config *config = gateway->config;
    cfg->rand = *zv_rand_os();
    cfg->max_clients = (uint32_t)config->limits_clients;
    cfg->max_calls = (uint32_t)config->limits_calls;
    cfg->max_calls_per_client = (uint32_t)config->limits_calls_per_client;
    cfg->send_busy_when_on_call = config->calls_send_busy_when_on_call;
    cfg->allow_space_in_auth_name = config->accounts_allow_space_in_auth_name;
    cfg->has_video = config->video_enabled;
    cfg->video_kbps = (uint32_t)config->video_max_kbps;
    cfg->timers = (struct zv_call_timers){
        .register_us = config->timers_register,
        .trying_us = config->timers_trying,
        .ringing_out_us = config->timers_ringing_out,
        .ringing_in_us = config->timers_ringing_in,
        .answering_us = config->timers_answering,
        .ice_us = config->timers_ice,
        .dtls_wait_us = config->timers_dtls_wait,
        .no_media_us = config->timers_no_media,
        .video_answer_us = config->timers_video_answer,
        .max_duration_us = config->timers_max_duration,
        .client_gone_us = config->timers_client_gone,
        .resume_window_us = config->session_resume_window,
        .keep_alive_window_us = config->session_keep_alive_window,
    };
    int err = zv_config_list_trunks(config, &gateway->trunks, &cfg->trunks);
    if (!err)
        err = zv_gateway_keep_ca_names(gateway, gateway->trunks, cfg->trunks.count);
    return err ? err : zv_switch_new(cfg, &gateway->sw);
}

/* Of reading what a key names: whatever is wrong with it, the next start would find it so. */
static int blame_config(int err)
{
    return err && err != ZV_E_NOMEM ? ZV_E_INVAL : err;
}

static const char *sip_remedy(int err)
{
    if (err == ZV_E_INUSE)
        return "; `ss -lnptu` says which program has it: stop that, or choose another port";
    if (err == ZV_E_IO)
        return "; either this machine has no such address, or the port is below 1024 and zvonokd "
               "may not use it";
    return "";
}

static void tell_sip_error(const struct zv_config *config, int err, const char *tls_error,
                           char *ret_error)
{
    if (tls_error[0])
        snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "%s", tls_error);
    else
        snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "sip.listen: %s%s%s%s cannot be used: %s%s",
                 config->sip_listen,
                 config->sip_tcp ? " (UDP, and TCP unless sip.tcp is false)" : "",
                 config->sip_tls_listen[0] ? ", sip.tls_listen: " : "", config->sip_tls_listen,
                 zv_err_text(err), sip_remedy(err));
}

static int open_sip(struct zv_gateway *gateway, const struct zv_trunks *trunks, char *ret_error)
{
    const struct zv_config *config = gateway->config;
    char tls_error[ZV_TLS_ERROR_CAP] = "";
    struct zv_sipnet_cfg cfg = {
        .loop = gateway->loop,
        .rand = *zv_rand_os(),
        .listens_tcp = config->sip_tcp,
        .tls = {.ca = config->sip_tls_ca,
                .certificate = config->sip_tls_certificate,
                .private_key = config->sip_tls_private_key},
        .tls_error = tls_error,
        .trunks = trunks,
        .max_streams = (size_t)config->sip_max_connections,
        .max_streams_per_address = (size_t)config->sip_max_connections_per_address,
        .user_agent = config->sip_user_agent,
        .udp_max_request_bytes = (size_t)config->sip_udp_max_request,
        .register_expires_us = config->sip_register_expires,
        .follows_redirects = config->sip_follow_redirects,
        .session_expires_us = config->sip_session_expires,
        .t1_us = config->sip_t1,
        .register_timeout_us = config->timers_register,
        .max_ringing_us =
            ZV_MAX(config->timers_ringing_out, config->timers_ringing_in) + RINGING_SLACK_US,
        .max_sessions = (size_t)config->limits_clients,
        .max_calls = (size_t)config->limits_calls,
        .allow = config->sip_allow.items,
        .allow_count = config->sip_allow.count,
        .messages_per_s = (uint32_t)config->sip_rate_per_source,
        .invites_per_s = (uint32_t)config->sip_invites_per_source,
        .drops_strangers = strcmp(config->sip_unknown_sources, "drop") == 0,
        .dns_servers = config->dns_servers.items,
        .dns_server_count = config->dns_servers.count,
        .dns_timeout_us = config->dns_timeout,
        .dns_tries = (int)config->dns_tries,
        .dns_total_us = config->dns_total,
        .on_input_fn = on_edge_input,
        .on_address_fn = on_address,
        .on_message_fn = zv_gateway_on_sip_message,
        .on_leg_fn = zv_gateway_on_sip_leg,
        .arg = gateway,
    };
    int err = zv_addr_parse(zv_str(config->sip_listen), &cfg.listen);
    if (!err && config->sip_tls_listen[0])
        err = zv_addr_parse(zv_str(config->sip_tls_listen), &cfg.tls_listen);
    if (!err)
        err = zv_sipnet_new(&gateway->sipnet, &cfg);
    if (err)
        tell_sip_error(config, err, tls_error, ret_error);
    return tls_error[0] ? blame_config(err) : err;
}

static int listen_on(struct zv_gateway *gateway, const char *key, const struct zv_config_list *list,
                     enum zv_http_service service, bool has_tls, char *ret_error)
{
    const struct zv_config *config = gateway->config;
    for (size_t i = 0; i < list->count; i++) {
        struct zv_addr addr;
        char ip[ZV_ADDR_TEXT_CAP];
        uint16_t port = 0;
        int err = zv_addr_parse(zv_str(list->items[i]), &addr);
        struct zv_http_listener listener = {
            .address = err || (addr.family == ZV_ADDR_IPV6 && zv_addr_is_unspecified(&addr))
                           ? NULL
                           : zv_addr_write_ip(&addr, ip),
            .port = err ? 0 : addr.port,
            .cert_path = has_tls ? config->http_certificate : NULL,
            .key_path = has_tls ? config->http_private_key : NULL,
            .service = service,
        };
        if (!err)
            err = zv_http_listen(gateway->http, &listener, &port);
        if (err) {
            snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "%s: %s: %s", key, list->items[i],
                     zv_http_error(gateway->http));
            return err;
        }
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "listening: %s %s (port %u)", key, list->items[i],
               port);
    }
    return 0;
}

/* Of a list that was checked. */
static struct zv_proxies read_proxies(struct zv_gateway *gateway)
{
    const struct zv_config_list *list = &gateway->config->http_trusted_proxies;
    struct zv_proxies proxies = {.networks = gateway->proxies};
    for (size_t i = 0; i < list->count; i++)
        if (zv_cidr_parse(zv_str(list->items[i]), &gateway->proxies[proxies.count]) == 0)
            proxies.count++;
    return proxies;
}

/* libwebsockets says of a file that is wrong no more than that it is. */
static int check_certificate(const struct zv_config *config, char *ret_error)
{
    char why[ZV_HTTP_CERTIFICATE_ERROR_CAP];
    struct zv_http_certificate *certificate = NULL;
    if (!config->http_wss_listen.count && !config->http_https_listen.count)
        return 0;
    int err = zv_http_certificate_read(&certificate, config->http_certificate,
                                       config->http_private_key, why);
    if (err)
        snprintf(ret_error, ZV_GATEWAY_ERROR_CAP,
                 "http.certificate: %s; `zvonokd --make-cert DIR` makes one, with its key", why);
    zv_http_certificate_free(certificate);
    return blame_config(err);
}

static int open_http(struct zv_gateway *gateway, char *ret_error)
{
    const struct zv_config *config = gateway->config;
    struct zv_http_cfg cfg = {
        .loop = gateway->loop,
        .seed = {zv_rand_u64(zv_rand_os()), zv_rand_u64(zv_rand_os())},
        .limits =
            {
                .connections = (uint32_t)config->http_max_connections,
                .sessions = (uint32_t)config->limits_clients,
                .connections_per_address = (uint32_t)config->http_max_connections_per_address,
                .messages_per_s = (uint32_t)config->http_max_messages_per_second,
                .message_bytes = (uint32_t)config->http_max_message_bytes,
                .first_message_us = config->http_first_message_timeout,
                .ping_interval_us = config->keep_alive_server_interval,
                .ping_misses = (uint32_t)config->keep_alive_probes,
            },
        .pages = zv_pages,
        .page_count = zv_page_count,
        .allowed_origins = (const char *const *)config->http_allowed_origins.items,
        .allowed_origin_count = config->http_allowed_origins.count,
        .proxies = read_proxies(gateway),
        .features = ZV_WIRE_FEATURE_RESUME | ZV_WIRE_FEATURE_VERDICT | ZV_WIRE_FEATURE_QUALITY |
                    ZV_WIRE_FEATURE_DTMF | ZV_WIRE_FEATURE_DRAIN |
                    (config->video_enabled ? ZV_WIRE_FEATURE_REOFFER : 0) |
                    (config->trace_reports ? ZV_WIRE_FEATURE_REPORT : 0) |
                    (gateway->turn_secret[0] ? ZV_WIRE_FEATURE_ICE_SERVERS : 0),
        .turn = zv_gateway_turn_cfg(gateway),
        .on_input_fn = on_edge_input,
        .on_admin_fn = zv_gateway_answer_operator,
        .arg = gateway,
    };
    int err = check_certificate(config, ret_error);
    if (err)
        return err;
    err = zv_http_new(&gateway->http, &cfg);
    if (err) {
        snprintf(ret_error, ZV_GATEWAY_ERROR_CAP,
                 "the web server cannot start: %s; libwebsockets wants its part for libuv (Debian: "
                 "libwebsockets-evlib-uv)",
                 zv_err_text(err));
        return err;
    }
    err = listen_on(gateway, "http.wss_listen", &config->http_wss_listen, ZV_HTTP_WEBSOCKET, true,
                    ret_error);
    if (!err)
        err = listen_on(gateway, "http.https_listen", &config->http_https_listen, ZV_HTTP_PAGES,
                        true, ret_error);
    if (!err)
        err = listen_on(gateway, "http.ws_listen", &config->http_ws_listen, ZV_HTTP_WEBSOCKET,
                        false, ret_error);
    if (!err)
        err = listen_on(gateway, "http.admin_listen", &config->http_admin_listen, ZV_HTTP_ADMIN,
                        false, ret_error);
    return err;
}

static void on_ending_due(void *arg, int64_t now_us);

/* A loop that is on time comes round when this is due. */
static void arm_pulse(struct zv_gateway *gateway, int64_t now_us)
{
    gateway->pulse_us = now_us + PULSE_US;
    zv_loop_timer_arm(gateway->pulse, gateway->pulse_us);
}

static void on_pulse(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    zv_metrics_note_lag(&gateway->metrics, now_us - gateway->pulse_us);
    arm_pulse(gateway, now_us);
    zv_gateway_watch_drain(gateway);
}

static int open_loop(struct zv_gateway *gateway)
{
    int err = zv_loop_bell_open(&gateway->bell, gateway->loop, on_workers, gateway);
    if (!err)
        err = zv_loop_timer_open(&gateway->timer, gateway->loop, on_due, gateway);
    if (!err)
        err = zv_loop_timer_open(&gateway->ending, gateway->loop, on_ending_due, gateway);
    if (!err)
        err = zv_loop_timer_open(&gateway->pulse, gateway->loop, on_pulse, gateway);
    if (!err)
        err = zv_gateway_open_drain(gateway);
    return err;
}

int zv_gateway_new(struct zv_gateway **ret_gateway, uv_loop_t *loop, const struct zv_config *config,
                   char ret_error[ZV_GATEWAY_ERROR_CAP])
{
    struct zv_switch_cfg sw_cfg = {0};
    struct zv_gateway *gateway = zv_zalloc(sizeof(*gateway));
    snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
    if (!gateway)
        return ZV_E_NOMEM;
    gateway->config = config;
    gateway->loop = loop;
    gateway->started_us = zv_clock_now_us();
    zv_gateway_init_admin(gateway);
    zv_metrics_init(&gateway->metrics, zv_clock_wall_us());
    zv_list_init(&gateway->parked);
    zv_list_init(&gateway->refusals);
    zv_list_init(&gateway->doctor_runs);
    int err = open_loop(gateway);
    if (!err)
        err = zv_truth_open(gateway);
    if (!err)
        err = zv_gateway_open_recorder(gateway);
    if (!err)
        err = zv_gateway_open_media(gateway, &sw_cfg, ret_error);
    if (!err)
        err = open_switch(gateway, &sw_cfg);
    if (!err)
        err = open_sip(gateway, &sw_cfg.trunks, ret_error);
    if (!err)
        err = zv_gateway_open_captures(gateway);
    if (!err)
        err = zv_turn_read_secret(config, gateway->turn_secret, ret_error);
    if (!err)
        err = open_http(gateway, ret_error);
    if (!err)
        err = zv_gateway_start_media(gateway);
    if (!err)
        err = zv_gateway_open_admin(gateway, ret_error);
    *ret_gateway = gateway;
    if (err) {
        zv_gateway_stop(gateway);
        return err;
    }
    zv_gateway_warn_of_machine(gateway);
    arm_pulse(gateway, zv_clock_now_us());
    return 0;
}

/* ---- stopping ---- */

static void close_all(struct zv_gateway *gateway)
{
    gateway->phase = ZV_GATEWAY_STOPPED;
    zv_gateway_cancel_doctor(gateway);
    zv_gateway_close_admin(gateway);
    if (gateway->http)
        zv_http_close(gateway->http);
    gateway->captures = zv_captures_close(gateway->captures);
    zv_gateway_close_media(gateway);
    zv_truth_stop(gateway);
    gateway->sipnet = zv_sipnet_free(gateway->sipnet);
    gateway->timer = zv_loop_timer_close(gateway->timer);
    gateway->ending = zv_loop_timer_close(gateway->ending);
    gateway->expiry = zv_loop_timer_close(gateway->expiry);
    gateway->pulse = zv_loop_timer_close(gateway->pulse);
    zv_gateway_close_drain(gateway);
    gateway->bell = zv_loop_bell_close(gateway->bell);
}

static void on_ending_due(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    (void)now_us;
    zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "stopping without the SIP side's last answers");
    close_all(gateway);
}

/* When stopping: nothing is left that an answer could still come for. */
static void finish_if_idle(struct zv_gateway *gateway)
{
    struct zv_sip_counts sip;
    size_t lookups;
    if (gateway->phase != ZV_GATEWAY_ENDING)
        return;
    zv_sipnet_counts(gateway->sipnet, &sip, &lookups);
    if (zv_switch_call_count(gateway->sw) == 0 && sip.legs == 0 && sip.accounts == 0)
        close_all(gateway);
}

static void on_idle_check(uv_timer_t *timer)
{
    struct zv_gateway *gateway = timer->data;
    finish_if_idle(gateway);
    if (gateway->phase == ZV_GATEWAY_STOPPED) {
        uv_timer_stop(timer);
        uv_close((uv_handle_t *)timer, NULL);
    }
}

void zv_gateway_stop(struct zv_gateway *gateway)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_SHUTDOWN};
    bool is_whole = gateway->sw && gateway->sipnet && gateway->http;
    if (gateway->phase == ZV_GATEWAY_STOPPED)
        return;
    if (gateway->phase == ZV_GATEWAY_ENDING || !is_whole) {
        close_all(gateway);
        return;
    }
    gateway->phase = ZV_GATEWAY_ENDING;
    zv_gateway_input(gateway, &in);
    zv_loop_timer_arm(gateway->ending, zv_clock_now_us() + ENDING_US);
    /* Answers of the SIP side pass below call control: look a few times a second. */
    uv_timer_init(gateway->loop, &gateway->idle_check);
    gateway->idle_check.data = gateway;
    uv_timer_start(&gateway->idle_check, on_idle_check, 0, 50);
}

struct zv_gateway *zv_gateway_free(struct zv_gateway *gateway)
{
    if (!gateway)
        return NULL;
    zv_admin_free(gateway->admin.server);
    zv_http_free(gateway->http);
    zv_switch_free(gateway->sw);
    zv_free(gateway->trunks);
    zv_gateway_free_ca_names(gateway);
    zv_recorder_free(gateway->recorder);
    zv_truth_close(gateway);
    return zv_free_secret(gateway, sizeof(*gateway));
}

/* ---- counts ---- */

size_t zv_gateway_write_counts(const struct zv_gateway *gateway, char *buf, size_t cap)
{
    struct zv_buf out = zv_buf(buf, cap);
    struct zv_sip_counts sip;
    struct zv_ports_gauges ports;
    struct zv_http_counts http;
    struct zv_switch_stats calls;
    size_t lookups;
    uint64_t media_calls = 0, sockets = 0;
    if (gateway->phase == ZV_GATEWAY_STOPPED) /* what would be counted is closed */
        return 0;
    zv_sipnet_counts(gateway->sipnet, &sip, &lookups);
    zv_ports_gauges(gateway->ports, zv_clock_now_us(), &ports);
    zv_http_counts(gateway->http, &http);
    zv_switch_stats(gateway->sw, &calls);
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        struct zv_worker_gauges gauges;
        zv_worker_gauges(gateway->workers[i], &gauges);
        media_calls += gauges.calls;
        sockets += gauges.sockets;
    }
    zv_buf_printf(
        &out,
        "connections=%u sessions=%u calls=%u media_calls=%llu media_sockets=%llu ports_used=%zu "
        "ports_resting=%zu sip_accounts=%zu sip_legs=%zu sip_dialogs=%zu "
        "sip_client_transactions=%zu "
        "sip_server_transactions=%zu lookups=%zu calls_created=%llu calls_destroyed=%llu "
        "sessions_created=%llu sessions_destroyed=%llu",
        http.connections, zv_switch_session_count(gateway->sw), zv_switch_call_count(gateway->sw),
        (unsigned long long)media_calls, (unsigned long long)sockets, ports.used, ports.resting,
        sip.accounts, sip.legs, sip.dialogs, sip.client_transactions, sip.server_transactions,
        lookups, (unsigned long long)calls.calls_created, (unsigned long long)calls.calls_destroyed,
        (unsigned long long)calls.sessions_created, (unsigned long long)calls.sessions_destroyed);
    return zv_buf_cstr(&out) ? out.len : 0;
}
