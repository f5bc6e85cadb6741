#define _GNU_SOURCE
#include "tools/webclient/stream.h"

#include "base/alloc.h"
#include "base/err.h"
#include "io/sockaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int start_tls(struct zv_wc_stream *stream)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx)
        return ZV_E_CRYPTO;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    stream->ssl = SSL_new(ctx);
    SSL_CTX_free(ctx); /* the connection holds it */
    if (!stream->ssl || SSL_set_fd(stream->ssl, stream->fd) != 1)
        return ZV_E_CRYPTO;
    SSL_set_connect_state(stream->ssl);
    return 0;
}

static int begin(struct zv_wc_stream *stream, const struct zv_addr *server, bool is_tls)
{
    struct sockaddr_storage to;
    int one = 1, family = zv_sockaddr_family(server);
    socklen_t len = zv_sockaddr_write(server, family, &to);
    stream->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!len || stream->fd < 0)
        return ZV_E_IO;
    (void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* only speed */
    if (connect(stream->fd, (struct sockaddr *)&to, len) && errno != EINPROGRESS)
        return ZV_E_IO;
    return is_tls ? start_tls(stream) : 0;
}

int zv_wc_stream_connect(struct zv_wc_stream *stream, const struct zv_addr *server, bool is_tls)
{
    *stream = (struct zv_wc_stream){.fd = -1, .state = ZV_WC_STREAM_CONNECTING};
    int err = begin(stream, server, is_tls);
    if (err)
        zv_wc_stream_close(stream);
    return err;
}

void zv_wc_stream_adopt(struct zv_wc_stream *stream, int fd)
{
    *stream = (struct zv_wc_stream){.fd = fd, .state = ZV_WC_STREAM_OPEN};
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void zv_wc_stream_close(struct zv_wc_stream *stream)
{
    SSL_free(stream->ssl);
    if (stream->fd >= 0)
        close(stream->fd);
    zv_free(stream->out);
    *stream = (struct zv_wc_stream){.fd = -1};
}

short zv_wc_stream_events(const struct zv_wc_stream *stream)
{
    bool wants_out =
        stream->state == ZV_WC_STREAM_CONNECTING || stream->out_len > 0 || stream->wants_out;
    return (short)(POLLIN | (wants_out ? POLLOUT : 0));
}

/* A result of OpenSSL as one of ours. */
static int judge_tls(struct zv_wc_stream *stream, int result)
{
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        stream->wants_out = false;
        return ZV_E_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        stream->wants_out = true;
        return ZV_E_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return ZV_E_GONE;
    default:
        return ZV_E_IO;
    }
}

static int finish_connect(struct zv_wc_stream *stream)
{
    struct pollfd fd = {.fd = stream->fd, .events = POLLOUT};
    int failure = 0;
    socklen_t len = sizeof(failure);
    if (poll(&fd, 1, 0) <= 0)
        return ZV_E_AGAIN;
    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &failure, &len) || failure)
        return ZV_E_IO;
    stream->state = stream->ssl ? ZV_WC_STREAM_HANDSHAKING : ZV_WC_STREAM_OPEN;
    return 0;
}

static int shake_hands(struct zv_wc_stream *stream)
{
    int result = SSL_do_handshake(stream->ssl);
    if (result != 1)
        return judge_tls(stream, result);
    stream->wants_out = false;
    stream->state = ZV_WC_STREAM_OPEN;
    return 0;
}

/* Bytes sent, or a negative error. */
static int send_some(struct zv_wc_stream *stream)
{
    if (stream->ssl) {
        int sent = SSL_write(stream->ssl, stream->out, (int)stream->out_len);
        return sent > 0 ? sent : judge_tls(stream, sent);
    }
    ssize_t sent = send(stream->fd, stream->out, stream->out_len, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? ZV_E_AGAIN : ZV_E_IO;
    return (int)sent;
}

static int flush(struct zv_wc_stream *stream)
{
    while (stream->out_len) {
        int sent = send_some(stream);
        if (sent < 0)
            return sent;
        stream->out_len -= (size_t)sent;
        memmove(stream->out, stream->out + sent, stream->out_len);
    }
    return 0;
}

int zv_wc_stream_turn(struct zv_wc_stream *stream)
{
    int err = stream->fd < 0 ? ZV_E_IO : 0;
    if (!err && stream->state == ZV_WC_STREAM_CONNECTING)
        err = finish_connect(stream);
    if (!err && stream->state == ZV_WC_STREAM_HANDSHAKING)
        err = shake_hands(stream);
    if (!err)
        err = flush(stream);
    return err == ZV_E_AGAIN ? 0 : err;
}

int zv_wc_stream_write(struct zv_wc_stream *stream, const void *data, size_t len)
{
    size_t wanted = stream->out_len + len;
    if (wanted > ZV_WC_STREAM_MAX_OUT)
        return ZV_E_LIMIT;
    if (wanted > stream->out_cap) {
        uint8_t *grown = zv_realloc(stream->out, wanted);
        if (!grown)
            return ZV_E_NOMEM;
        stream->out = grown;
        stream->out_cap = wanted;
    }
    memcpy(stream->out + stream->out_len, data, len);
    stream->out_len = wanted;
    return zv_wc_stream_turn(stream);
}

int zv_wc_stream_read(struct zv_wc_stream *stream, void *dst, size_t cap, size_t *ret_len)
{
    if (stream->fd < 0)
        return ZV_E_IO;
    if (stream->state != ZV_WC_STREAM_OPEN)
        return ZV_E_AGAIN;
    if (stream->ssl) {
        int got = SSL_read(stream->ssl, dst, (int)ZV_MIN(cap, (size_t)65536));
        if (got <= 0)
            return judge_tls(stream, got);
        *ret_len = (size_t)got;
        return 0;
    }
    ssize_t got = recv(stream->fd, dst, cap, 0);
    if (got == 0)
        return ZV_E_GONE;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? ZV_E_AGAIN : ZV_E_IO;
    *ret_len = (size_t)got;
    return 0;
}
