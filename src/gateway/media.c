/* Call control's media commands to workers, workers' events to call control. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway_int.h"
#include "gateway/media_plan.h"
#include "gateway/process.h"
#include "io/clock.h"
#include "io/random.h"
#include "io/sockaddr.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A leg counts as silent after this; call control decides what follows. */
#define SILENCE_US ZV_SECONDS(5)
/* Addresses offered to clients when media.addresses names none. */
#define MAX_FOUND_ADDRESSES 4

/* ---- opening ---- */

static void add_address(struct zv_switch_cfg *sw_cfg, const struct zv_addr *addr)
{
    if (sw_cfg->media_address_count < ZV_MAX_MEDIA_ADDRESSES)
        sw_cfg->media_addresses[sw_cfg->media_address_count++] = *addr;
}

/* The kernel's first ones; the last place is for IPv6, which is listed behind IPv4, if there is
 * any: a machine with many IPv4 addresses is still reached from IPv6-only networks. */
static void find_addresses(struct zv_switch_cfg *sw_cfg)
{
    struct zv_local_addr found[ZV_LOCAL_ADDRS_MAX];
    int count = zv_local_addrs(found, ZV_LOCAL_ADDRS_MAX, false), chosen = 0;
    for (int i = 0; i < count && chosen < MAX_FOUND_ADDRESSES; i++) {
        bool is_last_place = chosen == MAX_FOUND_ADDRESSES - 1;
        bool has_ipv6 = found[count - 1].addr.family == ZV_ADDR_IPV6;
        if (is_last_place && has_ipv6 && found[i].addr.family != ZV_ADDR_IPV6)
            continue;
        add_address(sw_cfg, &found[i].addr);
        chosen++;
    }
}

void zv_gateway_choose_addresses(const struct zv_config *config, struct zv_switch_cfg *sw_cfg)
{
    struct zv_addr addr;
    for (size_t i = 0; i < config->media_addresses.count; i++) {
        if (zv_addr_parse_ip(zv_str(config->media_addresses.items[i]), &addr) == 0)
            add_address(sw_cfg, &addr);
    }
    if (config->media_addresses.count == 0)
        find_addresses(sw_cfg);
    int err = zv_config_read_public(config, sw_cfg->public_addresses);
    (void)err; /* zv_config_check has seen it: an unreadable one leaves none */
}

uint32_t zv_gateway_worker_count(const struct zv_config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = config->media_workers ? config->media_workers : (cores > 0 ? cores : 1);
    return (uint32_t)ZV_MIN(wanted, (int64_t)ZV_MAX_WORKERS - 1);
}

/* TCP connections of one worker: all of them leave descriptors for calls and clients, which a flood
 * of connections must not take. 0: the worker's own limit does. */
static uint32_t max_streams(const struct zv_gateway *gateway)
{
    struct zv_process_usage usage;
    zv_process_usage(&usage);
    uint64_t share = usage.max_fds / 4 / gateway->worker_count;
    if (!usage.max_fds || share >= ZV_WORKER_MAX_STREAMS)
        return 0;
    return ZV_MAX((uint32_t)share, 1);
}

/* One wildcard socket for each family; a machine without IPv6 has the first alone. */
static int open_worker(struct zv_gateway *gateway, uint32_t index)
{
    const struct zv_config *config = gateway->config;
    uint16_t port = config->media_web_port ? (uint16_t)(config->media_web_port + index) : 0;
    struct zv_worker_cfg cfg = {
        .index = index,
        .web_binds = {{.family = ZV_ADDR_IPV4, .port = port},
                      {.family = ZV_ADDR_IPV6, .port = port}},
        .web_bind_count = 2,
        .ports = gateway->ports,
        .dtls_ctx = gateway->dtls,
        .max_calls = (uint32_t)config->limits_calls,
        .tcp = {.is_enabled = config->media_tcp, .max_streams = max_streams(gateway)},
        .wake_fn = zv_loop_bell_ring,
        .wake_arg = gateway->bell,
    };
    int err = zv_worker_new(&gateway->workers[index], &cfg);
    if (err == ZV_E_IO) {
        cfg.web_bind_count = 1;
        err = zv_worker_new(&gateway->workers[index], &cfg);
    }
    return err;
}

static int open_shared(struct zv_gateway *gateway)
{
    const struct zv_config *config = gateway->config;
    struct zv_ports_cfg ports = {.first = (uint16_t)config->media_port_from,
                                 .last = (uint16_t)config->media_port_to,
                                 .rest_us = config->media_port_rest,
                                 .rand = zv_rand_os()};
    struct zv_dtls_ctx_cfg dtls = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    int err = zv_ports_new(&gateway->ports, &ports);
    return err ? err : zv_dtls_ctx_new(&gateway->dtls, &dtls);
}

int zv_gateway_open_media(struct zv_gateway *gateway, struct zv_switch_cfg *sw_cfg,
                          char ret_error[ZV_GATEWAY_ERROR_CAP])
{
    const struct zv_config *config = gateway->config;
    gateway->media_silence_us = zv_time_min(SILENCE_US, config->timers_no_media);
    zv_gateway_choose_addresses(config, sw_cfg);
    memcpy(gateway->media_addresses, sw_cfg->media_addresses, sizeof(gateway->media_addresses));
    gateway->media_address_count = sw_cfg->media_address_count;
    memcpy(gateway->public_addresses, sw_cfg->public_addresses, sizeof(gateway->public_addresses));
    int err = open_shared(gateway);
    if (err) {
        snprintf(ret_error, ZV_GATEWAY_ERROR_CAP, "media cannot start: %s", zv_err_text(err));
        return err;
    }
    gateway->worker_count = zv_gateway_worker_count(config);
    sw_cfg->worker_count = gateway->worker_count;
    if (config->media_web_port) {
        sw_cfg->web_port_first = (uint16_t)config->media_web_port;
        sw_cfg->web_port_last = (uint16_t)(config->media_web_port + gateway->worker_count - 1);
    }
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        err = open_worker(gateway, i);
        if (err) {
            snprintf(
                ret_error, ZV_GATEWAY_ERROR_CAP,
                "media.web_port: %sport %lld cannot be used (%s); choose another, or 0 for any",
                config->media_tcp ? "UDP or TCP " : "UDP ",
                (long long)(config->media_web_port ? config->media_web_port + i : 0),
                zv_err_text(err));
            return err;
        }
    }
    return 0;
}

int zv_gateway_start_media(struct zv_gateway *gateway)
{
    int err = 0;
    for (uint32_t i = 0; i < gateway->worker_count && !err; i++)
        err = zv_worker_start(gateway->workers[i]);
    return err;
}

void zv_gateway_close_media(struct zv_gateway *gateway)
{
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        if (!gateway->workers[i])
            continue;
        zv_worker_stop(gateway->workers[i]);
        gateway->workers[i] = zv_worker_free(gateway->workers[i]);
    }
    gateway->ports = zv_ports_free(gateway->ports);
    gateway->dtls = zv_dtls_ctx_unref(gateway->dtls);
    struct zv_list_node *node;
    while ((node = zv_list_pop(&gateway->parked)))
        zv_free(ZV_CONTAINER_OF(node, struct zv_parked_create, node));
    while ((node = zv_list_pop(&gateway->refusals)))
        zv_free(ZV_CONTAINER_OF(node, struct zv_media_refusal, node));
}

/* ---- commands ---- */

static void post(struct zv_gateway *gateway, const struct zv_worker_cmd *cmd)
{
    uint32_t index = zv_call_id_worker(cmd->call);
    int err =
        index < gateway->worker_count ? zv_worker_post(gateway->workers[index], cmd) : ZV_E_GONE;
    if (!err)
        return;
    zv_log(ZV_LOG_MEDIA, ZV_LOG_ERROR, NULL, "worker %u takes no command: %s", index,
           zv_err_text(err));
    struct zv_media_refusal *refusal = zv_zalloc(sizeof(*refusal));
    if (!refusal)
        return; /* call control's deadline ends the call */
    refusal->call = cmd->call;
    zv_list_append(&gateway->refusals, &refusal->node);
}

void zv_gateway_deliver_refusals(struct zv_gateway *gateway)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&gateway->refusals))) {
        struct zv_media_refusal *refusal = ZV_CONTAINER_OF(node, struct zv_media_refusal, node);
        struct zv_call_in in = {
            .kind = ZV_CALL_IN_MEDIA_FAILED,
            .u.media = {.call = refusal->call, .failure = ZV_MEDIA_FAILURE_INTERNAL}};
        zv_free(refusal);
        zv_gateway_input(gateway, &in);
    }
}

/* Its silence ends no call; but a picture that comes keeps one alive, so its end is to be known. */
static struct zv_worker_leg_cfg video_leg(const struct zv_gateway *gateway, bool strict,
                                          const struct zv_addr *local)
{
    return (struct zv_worker_leg_cfg){
        .kind = ZV_LEG_KIND_RTP,
        .strict = strict,
        .local = *local,
        .silence_us = gateway->media_silence_us,
    };
}

static void create(struct zv_gateway *gateway, const struct zv_cmd_media_create *from,
                   const struct zv_addr *sip_local)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_CREATE, .call = from->call};
    cmd.create.legs[ZV_WORKER_LEG_WEB] = (struct zv_worker_leg_cfg){
        .kind = ZV_LEG_KIND_WEB,
        .silence_us = gateway->media_silence_us,
    };
    cmd.create.legs[ZV_WORKER_LEG_SIP] = (struct zv_worker_leg_cfg){
        .kind = ZV_LEG_KIND_RTP,
        .strict = from->strict,
        .local = *sip_local,
        .silence_us = gateway->media_silence_us,
    };
    if (from->has_video)
        cmd.create.legs[ZV_WORKER_LEG_VIDEO] = video_leg(gateway, from->strict, sip_local);
    post(gateway, &cmd);
}

/* Where no way to the SIP server is known the INVITE will say why; until then any address does. */
static struct zv_addr any_local_address(void)
{
    struct zv_local_addr found;
    struct zv_addr loopback = {.family = ZV_ADDR_IPV4, .ip = {127, 0, 0, 1}};
    return zv_local_addrs(&found, 1, false) == 1 ? found.addr : loopback;
}

static bool try_create(struct zv_gateway *gateway, const struct zv_cmd_media_create *cmd)
{
    struct zv_addr local;
    int err = zv_sipnet_media_address(gateway->sipnet, cmd->session, &local);
    if (err == ZV_E_AGAIN)
        return false;
    if (err)
        local = any_local_address();
    create(gateway, cmd, &local);
    return true;
}

static void create_or_park(struct zv_gateway *gateway, const struct zv_cmd_media_create *cmd)
{
    if (try_create(gateway, cmd))
        return;
    struct zv_parked_create *parked = zv_zalloc(sizeof(*parked));
    if (!parked)
        return; /* call control's deadline ends the call */
    parked->cmd = *cmd;
    zv_list_append(&gateway->parked, &parked->node);
    zv_sipnet_find_way(gateway->sipnet, cmd->session);
}

/* The way to the SIP server was known when the call began. */
static void open_video(struct zv_gateway *gateway, const struct zv_cmd_media_open_video *from)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_OPEN_VIDEO, .call = from->call};
    struct zv_addr local;
    cmd.leg = ZV_WORKER_LEG_VIDEO;
    if (zv_sipnet_media_address(gateway->sipnet, from->session, &local))
        local = any_local_address();
    cmd.open_video = video_leg(gateway, from->strict, &local);
    post(gateway, &cmd);
}

void zv_gateway_unpark(struct zv_gateway *gateway, zv_session_id session)
{
    ZV_LIST_EACH (node, &gateway->parked) {
        struct zv_parked_create *parked = ZV_CONTAINER_OF(node, struct zv_parked_create, node);
        if (parked->cmd.session.v != session.v || !try_create(gateway, &parked->cmd))
            continue;
        zv_list_remove(node);
        zv_free(parked);
    }
}

/* A call that ended while it was parked: the worker never knew it. */
static bool drop_parked(struct zv_gateway *gateway, zv_call_id call)
{
    ZV_LIST_EACH (node, &gateway->parked) {
        struct zv_parked_create *parked = ZV_CONTAINER_OF(node, struct zv_parked_create, node);
        if (!zv_call_id_eq(parked->cmd.call, call))
            continue;
        zv_list_remove(node);
        zv_free(parked);
        return true;
    }
    return false;
}

static void close_call(struct zv_gateway *gateway, zv_call_id call)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_CLOSE, .call = call};
    if (drop_parked(gateway, call)) {
        struct zv_media_refusal *refusal = zv_zalloc(sizeof(*refusal));
        if (refusal) {
            refusal->call = call;
            zv_list_append(&gateway->refusals, &refusal->node);
        }
        return;
    }
    post(gateway, &cmd);
}

static void update_web(struct zv_gateway *gateway, zv_call_id call, enum zv_worker_cmd_kind kind)
{
    struct zv_worker_cmd cmd = {.kind = (uint8_t)kind, .leg = ZV_WORKER_LEG_WEB, .call = call};
    post(gateway, &cmd);
}

static void set_web_remote(struct zv_gateway *gateway, const struct zv_cmd_media_web *web)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_WEB_REMOTE, .call = web->call};
    cmd.leg = ZV_WORKER_LEG_WEB;
    if (zv_str_copy(web->ufrag, cmd.web_remote.ufrag, sizeof(cmd.web_remote.ufrag)) ||
        zv_str_copy(web->pwd, cmd.web_remote.pwd, sizeof(cmd.web_remote.pwd)) ||
        zv_str_copy(web->fingerprint, cmd.web_remote.fingerprint,
                    sizeof(cmd.web_remote.fingerprint)))
        return; /* call control checked the lengths: without a remote the ICE deadline ends the call
                 */
    cmd.web_remote.dtls_client = web->is_dtls_client;
    post(gateway, &cmd);
}

static void set_sip_remote(struct zv_gateway *gateway, const struct zv_cmd_media_sip *sip)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_SIP_REMOTE, .call = sip->call};
    cmd.leg = sip->is_video ? ZV_WORKER_LEG_VIDEO : ZV_WORKER_LEG_SIP;
    cmd.sip_remote = (struct zv_peer_rtp_remote){
        .rtp = sip->rtp, .rtcp = sip->rtcp, .rtcp_mux = sip->rtcp_mux, .version = sip->version};
    if (sip->srtp) {
        cmd.sip_remote.tx_key = sip->srtp->tx;
        cmd.sip_remote.rx_key = sip->srtp->rx;
    }
    post(gateway, &cmd);
    zv_wipe(&cmd, sizeof(cmd));
}

/* Audio and video are two commands: each fails by itself, and a call without video is told so. */
static void set_codecs(struct zv_gateway *gateway, const struct zv_cmd_media_codecs *codecs)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_CODECS, .call = codecs->call};
    zv_media_join_codecs(&codecs->plan, &cmd);
    post(gateway, &cmd);
    cmd = (struct zv_worker_cmd){.kind = ZV_WORKER_SET_VIDEO, .call = codecs->call};
    zv_media_join_video(&codecs->plan.video, &cmd);
    post(gateway, &cmd);
}

static void set_flow(struct zv_gateway *gateway, const struct zv_cmd_media_flow *flow)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_FLOW, .call = flow->call};
    cmd.flow.from[ZV_WORKER_LEG_WEB] = flow->web_to_sip;
    cmd.flow.from[ZV_WORKER_LEG_SIP] = flow->sip_to_web;
    cmd.flow.video_from[0] = flow->video_web_to_sip;
    cmd.flow.video_from[1] = flow->video_sip_to_web;
    post(gateway, &cmd);
}

static void ask_keyframe(struct zv_gateway *gateway, const struct zv_cmd_media_keyframe *ask)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_ASK_KEYFRAME, .call = ask->call};
    cmd.leg = ask->leg == ZV_CALL_LEG_WEB ? ZV_WORKER_LEG_WEB : ZV_WORKER_LEG_VIDEO;
    post(gateway, &cmd);
}

static void send_digits(struct zv_gateway *gateway, const struct zv_cmd_digits *digits)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SEND_DIGITS, .call = digits->call};
    cmd.leg = ZV_WORKER_LEG_SIP;
    if (zv_str_copy(digits->digits, cmd.digits, sizeof(cmd.digits)) ==
        0) /* the door counted them */
        post(gateway, &cmd);
    zv_wipe(&cmd, sizeof(cmd));
}

static void ask_path(struct zv_gateway *gateway, zv_call_id call)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_PATH, .leg = ZV_WORKER_LEG_WEB, .call = call};
    post(gateway, &cmd);
}

void zv_gateway_execute_media(struct zv_gateway *gateway, const struct zv_call_cmd *cmd)
{
    switch (cmd->kind) {
    case ZV_CALL_CMD_MEDIA_CREATE:
        create_or_park(gateway, &cmd->u.create);
        break;
    case ZV_CALL_CMD_MEDIA_OPEN_VIDEO:
        open_video(gateway, &cmd->u.open_video);
        break;
    case ZV_CALL_CMD_MEDIA_ASK_KEYFRAME:
        ask_keyframe(gateway, &cmd->u.keyframe);
        break;
    case ZV_CALL_CMD_MEDIA_WEB_RESTART:
        update_web(gateway, cmd->u.web_again.call, ZV_WORKER_RESTART_ICE);
        break;
    case ZV_CALL_CMD_MEDIA_WEB_RENEW:
        update_web(gateway, cmd->u.web_again.call, ZV_WORKER_RENEW_WEB);
        break;
    case ZV_CALL_CMD_MEDIA_WEB_REMOTE:
        set_web_remote(gateway, &cmd->u.web);
        break;
    case ZV_CALL_CMD_MEDIA_SIP_REMOTE:
        set_sip_remote(gateway, &cmd->u.sip_remote);
        break;
    case ZV_CALL_CMD_MEDIA_CODECS:
        set_codecs(gateway, &cmd->u.codecs);
        break;
    case ZV_CALL_CMD_MEDIA_FLOW:
        set_flow(gateway, &cmd->u.flow);
        break;
    case ZV_CALL_CMD_MEDIA_SEND_DIGITS:
        send_digits(gateway, &cmd->u.digits);
        break;
    case ZV_CALL_CMD_MEDIA_ASK_PATH:
        ask_path(gateway, cmd->u.media_ask.call);
        break;
    default:
        close_call(gateway, cmd->u.media_close.call);
        break;
    }
}
