/*
 * Bytes to and from a server: TCP, or TLS without a check of who it is (tests talk to certificates
 * that they made themselves). Never blocks: poll for zv_wc_stream_events, then call again.
 */
#ifndef ZV_TESTS_WEBCLIENT_STREAM_H
#define ZV_TESTS_WEBCLIENT_STREAM_H

#include "base/addr.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes waiting to be sent; more is ZV_E_LIMIT. */
#define ZV_WC_STREAM_MAX_OUT 1048576

enum zv_wc_stream_state {
    ZV_WC_STREAM_CONNECTING,
    ZV_WC_STREAM_HANDSHAKING, /* TLS */
    ZV_WC_STREAM_OPEN,
};

struct zv_wc_stream {
    int fd; /* owned; -1: closed */
    enum zv_wc_stream_state state;
    struct ssl_st *ssl; /* owned; NULL: plain */
    bool wants_out;     /* TLS: go on when it can be written */
    uint8_t *out;       /* owned; not sent yet */
    size_t out_len;
    size_t out_cap;
};

/* Begins to connect. ZV_E_IO, ZV_E_CRYPTO. */
int zv_wc_stream_connect(struct zv_wc_stream *stream, const struct zv_addr *server,
                         bool is_tls) ZV_MUST_CHECK;
/* Takes a connected socket, which becomes the stream's. */
void zv_wc_stream_adopt(struct zv_wc_stream *stream, int fd);
void zv_wc_stream_close(struct zv_wc_stream *stream);

/* What to poll for (poll.h). */
short zv_wc_stream_events(const struct zv_wc_stream *stream);
/* Goes on connecting and sending. ZV_E_IO: it is over. */
int zv_wc_stream_turn(struct zv_wc_stream *stream) ZV_MUST_CHECK;
/* Sends now or later. ZV_E_LIMIT, ZV_E_NOMEM, ZV_E_IO. */
int zv_wc_stream_write(struct zv_wc_stream *stream, const void *data, size_t len) ZV_MUST_CHECK;
/* Reads what there is. ZV_E_AGAIN: nothing; ZV_E_GONE: the server closed; ZV_E_IO. */
int zv_wc_stream_read(struct zv_wc_stream *stream, void *dst, size_t cap,
                      size_t *ret_len) ZV_MUST_CHECK;

#endif
