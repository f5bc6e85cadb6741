/* The listener, and the owner's side: answers by id. */
#define _GNU_SOURCE
#include "admin/admin_int.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#define DEFAULT_PATIENCE_US ZV_SECONDS(5)
/* Before accepting is tried again when no descriptor was free. */
#define PAUSE_US ZV_MS(100)

/* ---- accepting ---- */

static void on_connection(uv_poll_t *handle, int status, int events)
{
    struct zv_admin *admin = handle->data;
    (void)events;
    if (status < 0)
        return;
    int fd = accept4(admin->socket.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        /* It would be told of again at once, and the loop would spin until there is room. */
        uv_poll_stop(&admin->listener);
        zv_loop_timer_arm(admin->pause, zv_clock_now_us() + PAUSE_US);
    }
    if (fd < 0)
        return;
    zv_admin_conn_open(admin, fd);
    if (admin->conn_count >= ZV_ADMIN_MAX_CONNECTIONS)
        uv_poll_stop(&admin->listener);
}

static void on_pause_over(void *arg, int64_t now_us)
{
    (void)now_us;
    zv_admin_accept_again(arg);
}

void zv_admin_accept_again(struct zv_admin *admin)
{
    if (!admin->is_closed && admin->conn_count < ZV_ADMIN_MAX_CONNECTIONS)
        (void)uv_poll_start(&admin->listener, UV_READABLE, on_connection);
}

/* ---- lifecycle ---- */

int zv_admin_new(struct zv_admin **ret_admin, const struct zv_admin_cfg *cfg, char *ret_error,
                 size_t cap)
{
    struct zv_admin *admin = zv_zalloc(sizeof(*admin));
    if (!admin) {
        snprintf(ret_error, cap, "admin.socket: %s", zv_err_text(ZV_E_NOMEM));
        return ZV_E_NOMEM;
    }
    admin->cfg = *cfg;
    admin->cfg.path = admin->cfg.group = NULL;
    if (!admin->cfg.patience_us)
        admin->cfg.patience_us = DEFAULT_PATIENCE_US;
    zv_list_init(&admin->conns);
    int err = zv_admin_socket_open(&admin->socket, cfg->path, cfg->group, ret_error, cap);
    if (err) {
        zv_free(admin);
        return err;
    }
    err = zv_loop_timer_open(&admin->pause, cfg->loop, on_pause_over, admin);
    if (err) {
        snprintf(ret_error, cap, "admin.socket: %s", zv_err_text(err));
        zv_admin_socket_close(&admin->socket);
        zv_free(admin);
        return err;
    }
    if (uv_poll_init(cfg->loop, &admin->listener, admin->socket.fd)) {
        snprintf(ret_error, cap, "admin.socket: the event loop cannot watch %s", cfg->path);
        zv_admin_socket_close(&admin->socket);
        zv_loop_timer_close(admin->pause);
        zv_free(admin);
        return ZV_E_IO;
    }
    admin->listener.data = admin;
    zv_admin_accept_again(admin);
    *ret_admin = admin;
    return 0;
}

void zv_admin_close(struct zv_admin *admin)
{
    if (!admin || admin->is_closed)
        return;
    admin->is_closed = true;
    uv_close((uv_handle_t *)&admin->listener, NULL);
    admin->pause = zv_loop_timer_close(admin->pause);
    zv_admin_socket_close(&admin->socket);
    ZV_LIST_EACH (node, &admin->conns) {
        zv_admin_conn_close(ZV_CONTAINER_OF(node, struct zv_admin_conn, node));
    }
}

struct zv_admin *zv_admin_free(struct zv_admin *admin)
{
    return zv_free(admin);
}

/* ---- answers ---- */

static struct zv_admin_conn *find(const struct zv_admin *admin, zv_admin_id id)
{
    ZV_LIST_EACH (node, &admin->conns) {
        struct zv_admin_conn *conn = ZV_CONTAINER_OF(node, struct zv_admin_conn, node);
        if (conn->id.v == id.v && conn->phase == ZV_ADMIN_ASKED)
            return conn;
    }
    return NULL;
}

void zv_admin_answer(struct zv_admin *admin, zv_admin_id id,
                     void (*write_fn)(const void *arg, struct zv_json *json), const void *arg)
{
    struct zv_admin_conn *conn = find(admin, id);
    size_t len = 0;
    if (!conn)
        return;
    char *answer = zv_admin_write_answer(write_fn, arg, &len);
    zv_admin_conn_send(conn, answer, len);
}

void zv_admin_refuse(struct zv_admin *admin, zv_admin_id id, const struct zv_admin_refusal *refusal)
{
    struct zv_admin_conn *conn = find(admin, id);
    size_t len = 0;
    if (!conn)
        return;
    char *answer = zv_admin_write_refusal(refusal, &len);
    zv_admin_conn_send(conn, answer, len);
}

int zv_admin_hold(struct zv_admin *admin, zv_admin_id id)
{
    struct zv_admin_conn *conn = find(admin, id);
    if (!conn)
        return ZV_E_GONE;
    if (conn->is_held)
        return 0;
    if (admin->held_count >= ZV_ADMIN_MAX_HELD)
        return ZV_E_LIMIT;
    conn->is_held = true;
    admin->held_count++;
    zv_loop_timer_arm(conn->timer, ZV_TIME_NEVER);
    return 0;
}
