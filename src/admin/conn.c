/*
 * One connection: a line in, an answer out. The socket is read with recvmsg, which libuv's streams
 * do not offer for file descriptors on their own.
 */
#define _GNU_SOURCE
#include "admin/admin_int.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Descriptors that one message may bring before the kernel leaves some out. */
#define MAX_FDS 4
/* How often a client that only listens any more is looked for, while its request is held. */
#define LOOK_US ZV_SECONDS(1)

static void on_event(uv_poll_t *handle, int status, int events);

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct zv_admin_conn *conn = handle->data;
    struct zv_admin *admin = conn->admin;
    admin->conn_count--;
    zv_free(conn);
    zv_admin_accept_again(admin);
}

void zv_admin_conn_close(struct zv_admin_conn *conn)
{
    struct zv_admin *admin = conn->admin;
    bool is_owner_waiting = conn->phase == ZV_ADMIN_ASKED && !admin->is_closed;
    if (conn->phase == ZV_ADMIN_CLOSED)
        return;
    conn->phase = ZV_ADMIN_CLOSED;
    zv_list_remove(&conn->node);
    conn->timer = zv_loop_timer_close(conn->timer);
    uv_close((uv_handle_t *)&conn->poll, on_closed);
    close(conn->fd);
    if (conn->passed_fd >= 0)
        close(conn->passed_fd);
    conn->answer = zv_free(conn->answer);
    if (conn->is_held)
        admin->held_count--;
    if (is_owner_waiting)
        admin->cfg.on_gone_fn(admin->cfg.arg, conn->id);
}

/* Closed both ways, not its writing side alone. */
static bool has_left(const struct zv_admin_conn *conn)
{
    struct pollfd look = {.fd = conn->fd};
    return poll(&look, 1, 0) == 1 && (look.revents & (POLLHUP | POLLERR));
}

static void on_due(void *arg, int64_t now_us)
{
    struct zv_admin_conn *conn = arg;
    if (conn->is_held && conn->phase == ZV_ADMIN_ASKED && !has_left(conn))
        zv_loop_timer_arm(conn->timer, now_us + LOOK_US);
    else
        zv_admin_conn_close(conn);
}

static void be_patient(struct zv_admin_conn *conn)
{
    zv_loop_timer_arm(conn->timer, zv_clock_now_us() + conn->admin->cfg.patience_us);
}

/* ---- writing ---- */

static void write_more(struct zv_admin_conn *conn)
{
    while (conn->sent < conn->answer_len) {
        ssize_t count = send(conn->fd, conn->answer + conn->sent, conn->answer_len - conn->sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            (void)uv_poll_start(&conn->poll, UV_WRITABLE, on_event);
            return;
        }
        if (count < 0)
            break;
        conn->sent += (size_t)count;
    }
    zv_admin_conn_close(conn);
}

void zv_admin_conn_send(struct zv_admin_conn *conn, char *answer, size_t len)
{
    conn->phase = ZV_ADMIN_WRITING;
    conn->answer = answer;
    conn->answer_len = answer ? len : 0; /* no memory: closed without an answer */
    be_patient(conn);
    write_more(conn);
}

static void refuse(struct zv_admin_conn *conn, const char *error, const char *text)
{
    struct zv_admin_refusal refusal = {.error = error, .text = text};
    size_t len = 0;
    char *answer = zv_admin_write_refusal(&refusal, &len);
    zv_admin_conn_send(conn, answer, len);
}

/* ---- reading ---- */

static void keep_fds(struct zv_admin_conn *conn, const struct cmsghdr *control)
{
    int fds[MAX_FDS];
    size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(control), ZV_MIN(count, MAX_FDS) * sizeof(int));
    for (size_t i = 0; i < count && i < MAX_FDS; i++) {
        if (conn->passed_fd < 0) {
            conn->passed_fd = fds[i];
        } else {
            conn->has_more_fds = true;
            close(fds[i]);
        }
    }
}

/* As recv: bytes, 0 at the end, -1 with errno. */
static ssize_t receive(struct zv_admin_conn *conn)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = conn->line + conn->line_len,
                         .iov_len = sizeof(conn->line) - conn->line_len};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t count = recvmsg(conn->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0)
        return count;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) {
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_RIGHTS)
            keep_fds(conn, at);
    }
    conn->has_more_fds |= (message.msg_flags & MSG_CTRUNC) != 0;
    return count;
}

static uint32_t uid_of(const struct zv_admin_conn *conn)
{
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t len = sizeof(who);
    (void)getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &who, &len);
    return who.uid;
}

static void ask(struct zv_admin_conn *conn, size_t len)
{
    struct zv_admin *admin = conn->admin;
    struct zv_admin_request request;
    char error[ZV_ADMIN_ERROR_CAP];
    int err = zv_admin_parse_request(zv_str_n(conn->line, len), &request, error);
    if (err) {
        refuse(conn, err == ZV_E_UNSUPPORTED ? "unsupported" : "bad_request", error);
        return;
    }
    struct zv_admin_query query = {
        .id = conn->id, .request = &request, .fd = conn->passed_fd, .uid = uid_of(conn)};
    conn->passed_fd = -1;
    conn->phase = ZV_ADMIN_ASKED;
    be_patient(conn);
    (void)uv_poll_start(&conn->poll, UV_DISCONNECT, on_event);
    admin->cfg.on_query_fn(admin->cfg.arg, &query);
}

static void read_more(struct zv_admin_conn *conn)
{
    ssize_t count = receive(conn);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (count <= 0) {
        zv_admin_conn_close(conn);
        return;
    }
    const char *end = memchr(conn->line + conn->line_len, '\n', (size_t)count);
    conn->line_len += (size_t)count;
    if (conn->has_more_fds)
        refuse(conn, "bad_request", "a request brings at most one file descriptor");
    else if (end)
        ask(conn, (size_t)(end - conn->line));
    else if (conn->line_len == sizeof(conn->line))
        refuse(conn, "bad_request", "a request is one line of at most 4096 bytes");
}

/* ---- events ---- */

/*
 * Who asks may have closed its writing side only ("echo … | nc -U"): then it still wants the
 * answer, and what would be told again and again is not watched for any more.
 */
static void on_disconnect(struct zv_admin_conn *conn)
{
    if (has_left(conn)) {
        zv_admin_conn_close(conn);
        return;
    }
    uv_poll_stop(&conn->poll);
    if (conn->is_held)
        zv_loop_timer_arm(conn->timer, zv_clock_now_us() + LOOK_US);
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    struct zv_admin_conn *conn = handle->data;
    (void)events;
    if (status < 0)
        zv_admin_conn_close(conn);
    else if (conn->phase == ZV_ADMIN_READING)
        read_more(conn);
    else if (conn->phase == ZV_ADMIN_WRITING)
        write_more(conn);
    else if (conn->phase == ZV_ADMIN_ASKED)
        on_disconnect(conn);
}

void zv_admin_conn_open(struct zv_admin *admin, int fd)
{
    struct zv_admin_conn *conn = zv_zalloc(sizeof(*conn));
    if (!conn || zv_loop_timer_open(&conn->timer, admin->cfg.loop, on_due, conn))
        goto fail;
    if (uv_poll_init(admin->cfg.loop, &conn->poll, fd)) {
        zv_loop_timer_close(conn->timer);
        goto fail;
    }
    conn->poll.data = conn;
    conn->admin = admin;
    conn->id.v = ++admin->last_id;
    conn->fd = fd;
    conn->passed_fd = -1;
    zv_list_append(&admin->conns, &conn->node);
    admin->conn_count++;
    be_patient(conn);
    (void)uv_poll_start(&conn->poll, UV_READABLE, on_event);
    return;
fail:
    close(fd);
    zv_free(conn);
}
