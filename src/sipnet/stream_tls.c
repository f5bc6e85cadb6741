/* TLS of one connection: its handshake, and bytes through it. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "sipnet/streams_int.h"

#include <string.h>

static struct zv_str name_of(const struct zv_stream *stream)
{
    return zv_str(stream->server_name ? stream->server_name : "");
}

static void refuse(struct zv_stream *stream, int err, int64_t now_us)
{
    char reason[ZV_TLS_REASON_CAP];
    zv_tls_reason(stream->ssl, err, name_of(stream), reason);
    stream->is_untrusted = err == ZV_E_DENIED;
    zv_free(stream->trouble);
    stream->trouble = zv_strndup(reason, strlen(reason));
    zv_stream_fail(stream, err == ZV_E_DENIED ? err : ZV_E_IO, reason, now_us);
}

static void set_handshake(struct zv_stream *stream, int64_t now_us)
{
    stream->state = ZV_STREAM_HANDSHAKE;
    stream->tls_wants_write = false;
    stream->connect_by_us = now_us + stream->owner->cfg.handshake_us;
}

void zv_stream_begin_tls(struct zv_stream *stream, int64_t now_us)
{
    int err = zv_tls_call(stream->owner->cfg.tls, name_of(stream), stream->ca, stream->socket.fd,
                          &stream->ssl);
    if (err) {
        zv_stream_fail(stream, ZV_E_IO, "TLS could not begin", now_us);
        return;
    }
    set_handshake(stream, now_us);
    zv_stream_go_on_tls(stream, now_us);
}

int zv_stream_expect_tls(struct zv_stream *stream, int64_t now_us)
{
    int err = zv_tls_answer(stream->owner->cfg.tls, stream->socket.fd, &stream->ssl);
    if (!err)
        set_handshake(stream, now_us);
    return err;
}

void zv_stream_go_on_tls(struct zv_stream *stream, int64_t now_us)
{
    int err = zv_tls_shake_hands(stream->ssl, &stream->tls_wants_write);
    if (!err)
        zv_stream_is_open(stream);
    else if (err != ZV_E_AGAIN)
        refuse(stream, err, now_us);
}

int zv_stream_get(struct zv_stream *stream, void *data, size_t cap, size_t *ret_len)
{
    return stream->ssl ? zv_tls_read(stream->ssl, data, cap, ret_len)
                       : zv_tcp_read(&stream->socket, data, cap, ret_len);
}

int zv_stream_put(struct zv_stream *stream, const void *data, size_t len, size_t *ret_len)
{
    return stream->ssl ? zv_tls_write(stream->ssl, data, len, ret_len)
                       : zv_tcp_write(&stream->socket, data, len, ret_len);
}
