#define _GNU_SOURCE
#include "ctl/link.h"

#include "admin/protocol.h"
#include "base/alloc.h"
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_BYTES 65536

/* ---- connecting ---- */

static int explain(const char *path, int number, char *ret_error)
{
    const char *why = strerror(number), *remedy = "see whether zvonokd runs";
    if (number == ENOENT)
        remedy = "is zvonokd running, and does its admin.socket name this path? --socket PATH "
                 "names another";
    else if (number == ECONNREFUSED)
        remedy = "zvonokd does not run any more: its log says why";
    else if (number == EAGAIN)
        remedy = "it has its hands full with other requests: try again";
    else if (number == EACCES || number == EPERM)
        remedy = "use the user that zvonokd runs as, or join the group that admin.group names";
    snprintf(ret_error, ZV_CTL_ERROR_CAP, "no gateway answers at %s (%s): %s", path, why, remedy);
    return number == ENOENT || number == ECONNREFUSED ? ZV_E_GONE : ZV_E_IO;
}

/* A full backlog makes connect wait, as the answer is waited for. */
static int connect_to(const struct zv_ctl_request *request, int *ret_fd, char *ret_error)
{
    const char *path = request->socket_path;
    struct timeval patience = {.tv_sec = (time_t)request->patience_s};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (zv_str_copy(zv_str(path), name.sun_path, sizeof(name.sun_path)))
        return explain(path, ENAMETOOLONG, ret_error);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return explain(path, errno, ret_error);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&name, sizeof(name))) {
        int err = explain(path, errno, ret_error);
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

/* ---- asking ---- */

/* A request fits the socket's buffer: one call sends it whole. */
static int send_request(int fd, const struct zv_ctl_request *request, char *ret_error)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)request->line.p,
                         .iov_len = request->line.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (request->fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &request->fd, sizeof(int));
    }
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent == (ssize_t)request->line.len)
        return 0;
    snprintf(ret_error, ZV_CTL_ERROR_CAP, "the request could not be sent: %s", strerror(errno));
    return ZV_E_IO;
}

/* ---- the answer ---- */

struct inbox {
    char *text; /* owned */
    size_t len;
    size_t cap; /* one byte is kept for the NUL */
};

static int grow(struct inbox *inbox, char *ret_error)
{
    size_t cap = inbox->cap ? inbox->cap * 2 : FIRST_BYTES;
    if (inbox->len + 1 < inbox->cap)
        return 0;
    /* Twice what is allowed: a power of two above it. */
    if (cap > 2 * (size_t)ZV_ADMIN_MAX_ANSWER_BYTES) {
        snprintf(ret_error, ZV_CTL_ERROR_CAP, "the gateway's answer is larger than 16 MiB");
        return ZV_E_LIMIT;
    }
    char *text = zv_realloc(inbox->text, cap);
    if (!text) {
        snprintf(ret_error, ZV_CTL_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
        return ZV_E_NOMEM;
    }
    inbox->text = text;
    inbox->cap = cap;
    return 0;
}

static int read_failed(int number, char *ret_error)
{
    if (number == EAGAIN || number == EWOULDBLOCK) {
        snprintf(
            ret_error, ZV_CTL_ERROR_CAP,
            "the gateway did not answer in time: it is overloaded or stuck; its log says more");
        return ZV_E_TIMEOUT;
    }
    snprintf(ret_error, ZV_CTL_ERROR_CAP, "the answer could not be read: %s", strerror(number));
    return ZV_E_IO;
}

static int read_answer(int fd, const struct zv_ctl_request *request, struct inbox *inbox,
                       char *ret_error)
{
    for (;;) {
        int err = grow(inbox, ret_error);
        if (err)
            return err;
        ssize_t count = read(fd, inbox->text + inbox->len, inbox->cap - inbox->len - 1);
        if (count < 0 && errno == EINTR) {
            if (request->interrupted_fn)
                request->interrupted_fn(request->arg);
            continue;
        }
        if (count < 0 && !inbox->len)
            return read_failed(errno, ret_error);
        if (count <= 0)
            break;
        inbox->len += (size_t)count;
    }
    inbox->text[inbox->len] = 0;
    if (inbox->len)
        return 0;
    snprintf(ret_error, ZV_CTL_ERROR_CAP,
             "the gateway closed the connection without an answer: it is stopping, or out of "
             "memory; its log says more");
    return ZV_E_IO;
}

int zv_ctl_ask(const struct zv_ctl_request *request, char **ret_answer, size_t *ret_len,
               char ret_error[ZV_CTL_ERROR_CAP])
{
    struct inbox inbox = {0};
    int fd = -1;
    int err = connect_to(request, &fd, ret_error);
    if (err)
        return err;
    err = send_request(fd, request, ret_error);
    if (!err)
        err = read_answer(fd, request, &inbox, ret_error);
    close(fd);
    if (err) {
        zv_free(inbox.text);
        return err;
    }
    *ret_answer = inbox.text;
    *ret_len = inbox.len;
    return 0;
}
