/* The admin socket's place in the gateway: opening, the table of verbs, closing. */
#define _GNU_SOURCE
#include "gateway/admin.h"

#include "base/err.h"
#include "base/log.h"
#include "gateway/gateway_int.h"

#include <string.h>
#include <unistd.h>

static zv_admin_verb_fn *const verbs[ZV_ADMIN_VERB_COUNT] = {
    [ZV_ADMIN_STATUS] = zv_admin_status,     [ZV_ADMIN_CALLS] = zv_admin_calls,
    [ZV_ADMIN_CALL] = zv_admin_call,         [ZV_ADMIN_SESSIONS] = zv_admin_sessions,
    [ZV_ADMIN_TRACE] = zv_admin_trace,       [ZV_ADMIN_HANGUP] = zv_admin_hangup,
    [ZV_ADMIN_LOGLEVEL] = zv_admin_loglevel, [ZV_ADMIN_DOCTOR] = zv_admin_doctor,
    [ZV_ADMIN_RELOAD] = zv_admin_reload,     [ZV_ADMIN_PCAP] = zv_admin_pcap,
    [ZV_ADMIN_DRAIN] = zv_admin_drain,
};

static void on_query(void *arg, const struct zv_admin_query *query)
{
    /* Only pcap knows what to do with a file. */
    struct zv_admin_query without_fd = *query;
    if (query->request->verb != ZV_ADMIN_PCAP && query->fd >= 0) {
        close(query->fd);
        without_fd.fd = -1;
    }
    verbs[query->request->verb](arg, &without_fd);
}

static void on_gone(void *arg, zv_admin_id id)
{
    zv_admin_forget_wait(arg, id);
    zv_admin_forget_visit(arg, id);
    zv_admin_forget_watch(arg, id);
}

/* The place that nobody chose is not there, or is taken. A group was chosen, and has to work. */
static bool is_forgiven(const char *path, int err)
{
    return strcmp(path, ZV_ADMIN_DEFAULT_SOCKET) == 0 &&
           (err == ZV_E_IO || err == ZV_E_EXISTS || err == ZV_E_INUSE);
}

void zv_gateway_init_admin(struct zv_gateway *gateway)
{
    zv_list_init(&gateway->admin.waits);
    zv_list_init(&gateway->admin.visits);
    zv_list_init(&gateway->admin.watches);
}

int zv_gateway_open_admin(struct zv_gateway *gateway, char ret_error[ZV_GATEWAY_ERROR_CAP])
{
    const struct zv_config *config = gateway->config;
    struct zv_admin_cfg cfg = {
        .loop = gateway->loop,
        .path = config->admin_socket,
        .group = config->admin_group,
        .on_query_fn = on_query,
        .on_gone_fn = on_gone,
        .arg = gateway,
    };
    if (!config->admin_socket[0])
        return 0;
    int err = zv_admin_new(&gateway->admin.server, &cfg, ret_error, ZV_GATEWAY_ERROR_CAP);
    if (is_forgiven(config->admin_socket, err)) {
        zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "zvonokctl cannot be used: %s", ret_error);
        return 0;
    }
    if (!err)
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "listening: admin.socket %s", config->admin_socket);
    return err;
}

void zv_gateway_close_admin(struct zv_gateway *gateway)
{
    zv_admin_close(gateway->admin.server);
    zv_admin_close_waits(gateway);
    zv_admin_close_visits(gateway);
}
