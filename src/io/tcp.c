#define _GNU_SOURCE
#include "io/tcp.h"

#include "base/err.h"
#include "io/sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Connections that the kernel has accepted and we have not. */
#define BACKLOG 128

/* ---- Listeners ---- */

static int set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) ? ZV_E_IO : 0;
}

static int read_name(int fd, int (*name_fn)(int, struct sockaddr *, socklen_t *),
                     struct zv_addr *ret_addr)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);
    struct zv_addr addr;
    if (name_fn(fd, (struct sockaddr *)&name, &len))
        return ZV_E_IO;
    int err = zv_sockaddr_read((struct sockaddr *)&name, &addr);
    if (err)
        return err;
    addr.transport = ZV_ADDR_TCP;
    *ret_addr = addr;
    return 0;
}

static int bind_listener(int fd, int family, const struct zv_addr *addr)
{
    struct sockaddr_storage name;
    socklen_t len = zv_sockaddr_write(addr, family, &name);
    /* Connections of a process before this one may still be in TIME_WAIT. */
    if (set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
        (family == AF_INET6 && set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)))
        return ZV_E_IO;
    if (bind(fd, (struct sockaddr *)&name, len) || listen(fd, BACKLOG))
        return errno == EADDRINUSE ? ZV_E_INUSE : ZV_E_IO;
    return 0;
}

static int bind_caller(int fd, int family, const struct zv_addr *addr)
{
    struct sockaddr_storage name;
    socklen_t len = zv_sockaddr_write(addr, family, &name);
    if (bind(fd, (struct sockaddr *)&name, len))
        return errno == EADDRINUSE ? ZV_E_INUSE : ZV_E_IO;
    return set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int open_bound(struct zv_tcp_socket *ret_socket, const struct zv_addr *addr,
                      int (*bind_fn)(int fd, int family, const struct zv_addr *addr))
{
    int family = zv_sockaddr_family(addr);
    struct zv_tcp_socket opened = {.fd = -1};
    if (family == AF_UNSPEC)
        return ZV_E_INVAL;
    opened.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened.fd < 0)
        return errno == EMFILE || errno == ENFILE ? ZV_E_LIMIT : ZV_E_IO;
    int err = bind_fn(opened.fd, family, addr);
    if (!err)
        err = read_name(opened.fd, getsockname, &opened.local);
    if (err) {
        zv_tcp_close(&opened);
        return err;
    }
    *ret_socket = opened;
    return 0;
}

int zv_tcp_listen(struct zv_tcp_socket *ret_listener, const struct zv_addr *bind_addr)
{
    return open_bound(ret_listener, bind_addr, bind_listener);
}

/* ---- Connections ---- */

static int prepare(struct zv_tcp_socket *opened)
{
    int err = set_int(opened->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (!err)
        err = set_int(opened->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, ZV_TCP_UNSENT_BYTES);
    if (!err)
        err = read_name(opened->fd, getsockname, &opened->local);
    if (!err)
        err = read_name(opened->fd, getpeername, &opened->remote);
    return err;
}

static int accept_err(int number)
{
    switch (number) {
    case EAGAIN:
        return ZV_E_AGAIN;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return ZV_E_LIMIT;
    default:
        return ZV_E_IO;
    }
}

int zv_tcp_accept(const struct zv_tcp_socket *listener, struct zv_tcp_socket *ret_socket)
{
    struct zv_tcp_socket opened = {
        .fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (opened.fd < 0)
        return accept_err(errno);
    int err = prepare(&opened);
    if (err) {
        zv_tcp_close(&opened);
        return ZV_E_IO;
    }
    *ret_socket = opened;
    return 0;
}

/* ---- Calling ---- */

int zv_tcp_open(struct zv_tcp_socket *ret_socket, const struct zv_addr *local)
{
    return open_bound(ret_socket, local, bind_caller);
}

static int connect_err(int number)
{
    switch (number) {
    case 0:
    case EINPROGRESS:
        return 0;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
        return ZV_E_NOROUTE;
    case ETIMEDOUT:
        return ZV_E_TIMEOUT;
    default:
        return ZV_E_IO;
    }
}

int zv_tcp_connect(struct zv_tcp_socket *socket_, const struct zv_addr *remote)
{
    struct sockaddr_storage name;
    socklen_t len = zv_sockaddr_write(remote, zv_sockaddr_family(remote), &name);
    socket_->remote = *remote;
    return connect(socket_->fd, (struct sockaddr *)&name, len) ? connect_err(errno) : 0;
}

int zv_tcp_finish_connect(const struct zv_tcp_socket *socket_)
{
    int number = 0;
    socklen_t len = sizeof(number);
    if (getsockopt(socket_->fd, SOL_SOCKET, SO_ERROR, &number, &len))
        return ZV_E_IO;
    return connect_err(number);
}

void zv_tcp_set_patience(const struct zv_tcp_socket *socket_, int64_t patience_us)
{
    (void)set_int(socket_->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)(patience_us / 1000));
}

void zv_tcp_close(struct zv_tcp_socket *socket_)
{
    if (socket_->fd >= 0)
        close(socket_->fd);
    socket_->fd = -1;
}

int zv_tcp_read(const struct zv_tcp_socket *socket_, uint8_t *data, size_t cap, size_t *ret_len)
{
    ssize_t got;
    do {
        got = recv(socket_->fd, data, cap, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? ZV_E_AGAIN : ZV_E_IO;
    if (got == 0)
        return ZV_E_GONE;
    *ret_len = (size_t)got;
    return 0;
}

int zv_tcp_write(const struct zv_tcp_socket *socket_, const uint8_t *data, size_t len,
                 size_t *ret_len)
{
    ssize_t sent;
    do {
        sent = send(socket_->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN ? ZV_E_AGAIN : ZV_E_IO;
    *ret_len = (size_t)sent;
    return 0;
}

/* ---- The queue ---- */

/* A ring of bytes is one stretch or two. */
static size_t stretches(struct zv_tcp_queue *queue, size_t from, size_t len, struct iovec iov[2])
{
    size_t at = from % sizeof(queue->bytes);
    size_t first = ZV_MIN(len, sizeof(queue->bytes) - at);
    iov[0] = (struct iovec){.iov_base = queue->bytes + at, .iov_len = first};
    iov[1] = (struct iovec){.iov_base = queue->bytes, .iov_len = len - first};
    return len > first ? 2 : 1;
}

static void append(struct zv_tcp_queue *queue, const uint8_t *data, size_t len)
{
    struct iovec iov[2];
    if (!len)
        return;
    (void)stretches(queue, queue->first + queue->count, len, iov);
    memcpy(iov[0].iov_base, data, iov[0].iov_len);
    memcpy(iov[1].iov_base, data + iov[0].iov_len, iov[1].iov_len);
    queue->count += len;
}

int zv_tcp_queue_put(struct zv_tcp_queue *queue, const void *head, size_t head_len,
                     const void *data, size_t len)
{
    if (head_len + len > sizeof(queue->bytes) - queue->count)
        return ZV_E_LIMIT;
    append(queue, head, head_len);
    append(queue, data, len);
    return 0;
}

int zv_tcp_queue_flush(struct zv_tcp_queue *queue, const struct zv_tcp_socket *socket_)
{
    while (queue->count) {
        struct iovec iov[2];
        struct msghdr message = {.msg_iov = iov};
        message.msg_iovlen = stretches(queue, queue->first, queue->count, iov);
        ssize_t sent = sendmsg(socket_->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? ZV_E_AGAIN : ZV_E_IO;
        queue->first = (queue->first + (size_t)sent) % sizeof(queue->bytes);
        queue->count -= (size_t)sent;
    }
    return 0;
}
