/*
 * One connection's life: connecting, reading, writing, its times, its end. What stands in its bytes
 * is stream_frame.c's matter.
 *
 * A connection may end in the middle of a message that it brought (the answer found no room, say).
 * So ending one frees nothing: it leaves the loop and the table, and `turn` tells who was called
 * that it is not the same any more.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "io/clock.h"
#include "sipnet/streams_int.h"

#include <string.h>

/* Who was not asked for gets less time: the first SYN and one more. */
#define HASTY_CONNECT_US ZV_MS(1500)
/* And is left alone for long: what wanted to go there goes by UDP meanwhile. */
#define HASTY_RETRY_S 600
/* Pauses after refusals: 1, 2, 4 … 60 s. */
#define MAX_RETRY_S 60
/* RFC 5626 §4.4.1: a ping each 95-120 s of silence. */
#define PING_LEAST_S 95
#define PING_SPAN_S  26
/* Reads of one connection in a turn. */
#define READS_PER_TURN 4

/* ---- the end ---- */

static void on_poll_closed(uv_handle_t *handle)
{
    zv_free(handle);
}

static void unwatch(struct zv_stream *stream)
{
    if (!stream->poll)
        return;
    stream->poll->data = NULL;
    uv_poll_stop(stream->poll);
    uv_close((uv_handle_t *)stream->poll, on_poll_closed);
    stream->poll = NULL;
}

void zv_stream_close(struct zv_stream *stream)
{
    unwatch(stream);
    stream->ssl = zv_tls_close(stream->ssl);
    zv_tcp_close(&stream->socket);
    stream->turn++;
    stream->state = ZV_STREAM_CLOSED;
    zv_stream_forget_half(stream);
    zv_stream_bytes_fini(&stream->out);
    stream->has_half_ping = stream->awaits_pong = stream->has_ponged = false;
    stream->half_by_us = stream->stuck_by_us = stream->pong_by_us = ZV_TIME_NEVER;
    if (stream->is_accepted)
        zv_stream_drop(stream);
    else
        zv_stream_rearm(stream);
}

void zv_stream_refused(struct zv_stream *stream, int64_t now_us)
{
    int64_t pause_s = stream->failures < 6 ? INT64_C(1) << stream->failures : MAX_RETRY_S;
    stream->failures += stream->failures < 6;
    if (stream->is_hasty)
        pause_s = HASTY_RETRY_S;
    stream->retry_us = now_us + ZV_SECONDS(pause_s);
    /* The pause is remembered for as long again, so that the next one grows. */
    stream->check_us =
        ZV_MAX(now_us + stream->owner->cfg.idle_us, stream->retry_us + ZV_SECONDS(pause_s));
    stream->owner->counts.failed++;
}

static void log_end(const struct zv_stream *stream, const char *why)
{
    char remote[ZV_ADDR_TEXT_CAP];
    const struct zv_log_field fields[] = {
        zv_log_text("transport", zv_sip_transport_name(stream->flow.transport)),
        zv_log_text("address", zv_log_addr(&stream->flow.remote, remote)),
        zv_log_text("reason", why),
    };
    enum zv_log_level level = stream->state == ZV_STREAM_OPEN ? ZV_LOG_INFO : ZV_LOG_WARN;
    zv_log_line(
        ZV_LOG_STRANGER(ZV_LOG_SIP, stream->is_accepted ? ZV_LOG_DEBUG : level, NULL, fields),
        "SIP over %s with %s: %s", zv_sip_transport_name(stream->flow.transport), remote, why);
}

void zv_stream_fail(struct zv_stream *stream, int err, const char *why, int64_t now_us)
{
    struct zv_streams *streams = stream->owner;
    struct zv_sip_flow flow = stream->flow;
    log_end(stream, why);
    if (stream->state != ZV_STREAM_OPEN && !stream->is_accepted)
        zv_stream_refused(stream, now_us);
    zv_stream_close(stream);
    streams->cfg.on_failed_fn(streams->cfg.arg, &flow, err);
}

/* ---- writing ---- */

static void watch(struct zv_stream *stream);

/* Writes what the kernel takes. */
static int flush(struct zv_stream *stream, int64_t now_us)
{
    size_t sent = 0, len = 0;
    int err = 0;
    while (sent < stream->out.len && !err) {
        err = zv_stream_put(stream, stream->out.data + sent, stream->out.len - sent, &len);
        sent += err ? 0 : len;
    }
    if (sent)
        stream->stuck_by_us = now_us + stream->owner->cfg.stuck_us;
    zv_stream_bytes_drop_front(&stream->out, sent);
    if (!stream->out.len)
        stream->stuck_by_us = ZV_TIME_NEVER;
    return err == ZV_E_AGAIN ? 0 : err;
}

int zv_stream_write(struct zv_stream *stream, struct zv_str bytes, int64_t now_us)
{
    size_t max =
        stream->is_peers ? ZV_STREAM_MAX_PEER_QUEUE_BYTES : ZV_STREAM_MAX_SERVER_QUEUE_BYTES;
    if (stream->out.len + bytes.len > max) {
        stream->owner->counts.crowded++;
        return ZV_E_AGAIN;
    }
    if (!stream->out.len)
        stream->stuck_by_us = now_us + stream->owner->cfg.stuck_us;
    int err = zv_stream_bytes_append(&stream->out, bytes.p, bytes.len);
    if (!err && stream->state == ZV_STREAM_OPEN)
        err = flush(stream, now_us);
    if (err)
        return err;
    watch(stream);
    zv_stream_rearm(stream);
    return 0;
}

/* ---- reading ---- */

static void read_some(struct zv_stream *stream, int64_t now_us)
{
    struct zv_streams *streams = stream->owner;
    uint32_t turn = stream->turn;
    for (int i = 0; i < READS_PER_TURN && stream->turn == turn; i++) {
        size_t len = 0;
        int err = zv_stream_get(stream, streams->rx, sizeof(streams->rx), &len);
        if (err == ZV_E_AGAIN)
            return;
        if (err)
            zv_stream_fail(stream, ZV_E_GONE, "the connection was closed", now_us);
        else
            zv_stream_take(stream, zv_str_n((const char *)streams->rx, len), now_us);
    }
}

/* ---- what the loop tells ---- */

static void on_connected(struct zv_stream *stream, int64_t now_us)
{
    int err = zv_tcp_finish_connect(&stream->socket);
    if (err) {
        zv_stream_fail(stream, ZV_E_IO,
                       err == ZV_E_NOROUTE ? "there is no way to that address"
                                           : "the connection was refused",
                       now_us);
        return;
    }
    zv_tcp_set_patience(&stream->socket, stream->owner->cfg.stuck_us);
    if (stream->flow.transport == ZV_SIP_TLS)
        zv_stream_begin_tls(stream, now_us);
    else
        zv_stream_is_open(stream);
}

void zv_stream_is_open(struct zv_stream *stream)
{
    stream->state = ZV_STREAM_OPEN;
    stream->failures = 0;
    stream->is_untrusted = false;
    zv_stream_rearm(stream);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct zv_stream *stream = poll->data;
    int64_t now_us = zv_clock_now_us();
    if (!stream)
        return;
    struct zv_streams *streams = stream->owner;
    uint32_t turn = stream->turn;
    if (stream->state == ZV_STREAM_CONNECTING)
        on_connected(stream, now_us);
    else if (stream->state == ZV_STREAM_HANDSHAKE)
        zv_stream_go_on_tls(stream, now_us);
    else if (events & UV_READABLE || status < 0)
        read_some(stream, now_us);
    if (stream->turn == turn && stream->state == ZV_STREAM_OPEN) {
        if (flush(stream, now_us))
            zv_stream_fail(stream, ZV_E_GONE, "the connection was closed", now_us);
        else
            watch(stream);
    } else if (stream->turn == turn) {
        watch(stream);
    }
    if (stream->turn == turn)
        zv_stream_rearm(stream);
    zv_streams_settle(streams);
}

static void watch(struct zv_stream *stream)
{
    bool wants_write = stream->state == ZV_STREAM_OPEN
                           ? stream->out.len != 0
                           : stream->state == ZV_STREAM_CONNECTING || stream->tls_wants_write;
    (void)uv_poll_start(stream->poll, UV_READABLE | (wants_write ? UV_WRITABLE : 0), on_ready);
}

static int start_watching(struct zv_stream *stream)
{
    stream->poll = zv_zalloc(sizeof(*stream->poll));
    if (!stream->poll)
        return ZV_E_NOMEM;
    if (uv_poll_init(stream->owner->cfg.loop, stream->poll, stream->socket.fd) < 0) {
        stream->poll = zv_free(stream->poll);
        return ZV_E_IO;
    }
    stream->poll->data = stream;
    watch(stream);
    return 0;
}

/* ---- the beginning ---- */

/* Where nobody listens for this transport, the far end finds us by the port of the connection that
 * it has: so that one must be known before anything is written. */
int zv_stream_open_socket(struct zv_stream *stream)
{
    uint16_t port = zv_streams_port(stream->owner, stream->flow.transport);
    struct zv_addr from = stream->flow.local;
    from.port = 0;
    if (stream->socket.fd >= 0)
        return 0;
    int err = zv_tcp_open(&stream->socket, &from);
    if (!err)
        stream->flow.local.port = port ? port : stream->socket.local.port;
    return err;
}

static int begin(struct zv_stream *stream)
{
    int err = zv_stream_open_socket(stream);
    if (!err)
        err = zv_tcp_connect(&stream->socket, &stream->flow.remote);
    if (err)
        return err;
    stream->state = ZV_STREAM_CONNECTING;
    return start_watching(stream);
}

int zv_stream_connect(struct zv_stream *stream, int64_t now_us)
{
    if (now_us < stream->retry_us)
        return stream->is_untrusted ? ZV_E_DENIED : ZV_E_IO;
    stream->is_untrusted = false; /* until this attempt says so */
    int err = begin(stream);
    if (err) {
        zv_stream_refused(stream, now_us);
        zv_stream_close(stream);
        return err == ZV_E_NOMEM || err == ZV_E_LIMIT ? err : ZV_E_IO;
    }
    stream->connect_by_us =
        now_us + (stream->is_hasty ? HASTY_CONNECT_US : stream->owner->cfg.connect_us);
    return 0;
}

int zv_stream_adopt(struct zv_stream *stream, const struct zv_tcp_socket *socket, int64_t now_us)
{
    int err = 0;
    stream->is_accepted = stream->is_peers = true;
    stream->socket = *socket;
    zv_tcp_set_patience(&stream->socket, stream->owner->cfg.stuck_us);
    stream->state = ZV_STREAM_OPEN;
    if (stream->flow.transport == ZV_SIP_TLS)
        err = zv_stream_expect_tls(stream, now_us);
    if (!err)
        err = start_watching(stream);
    zv_stream_rearm(stream);
    return err;
}

/* ---- its times ---- */

void zv_stream_check(struct zv_stream *stream, int64_t now_us)
{
    struct zv_streams *streams = stream->owner;
    enum zv_sip_flow_use use = streams->cfg.use_fn(streams->cfg.arg, &stream->flow);
    int64_t pause_s = PING_LEAST_S + zv_rand_u32(&streams->cfg.rand) % PING_SPAN_S;
    if (use == ZV_SIP_FLOW_UNUSED) {
        bool leaves_by_itself = stream->is_accepted;
        zv_stream_close(stream);
        if (!leaves_by_itself)
            zv_stream_drop(stream);
        return;
    }
    stream->check_us = now_us + ZV_SECONDS(pause_s);
    zv_stream_rearm(stream);
    if (use == ZV_SIP_FLOW_OF_REGISTRATION && stream->state == ZV_STREAM_OPEN)
        zv_stream_ping(stream, now_us);
}

static void late(struct zv_stream *stream, int err, const char *why, int64_t now_us)
{
    stream->owner->counts.late++;
    zv_stream_fail(stream, err, why, now_us);
}

void zv_stream_on_due(struct zv_stream *stream, int64_t now_us)
{
    uint32_t turn = stream->turn;
    if (stream->state == ZV_STREAM_CONNECTING && now_us >= stream->connect_by_us)
        zv_stream_fail(stream, ZV_E_IO, "nobody answered the call for a connection", now_us);
    else if (stream->state == ZV_STREAM_HANDSHAKE && now_us >= stream->connect_by_us)
        late(stream, ZV_E_TIMEOUT, "the TLS handshake was not finished in time", now_us);
    else if (now_us >= stream->half_by_us)
        late(stream, ZV_E_TIMEOUT, "half a message came, and not the rest", now_us);
    else if (now_us >= stream->stuck_by_us)
        late(stream, ZV_E_TIMEOUT, "the peer takes nothing of what is sent to it", now_us);
    else if (now_us >= stream->pong_by_us)
        zv_stream_fail(stream, ZV_E_TIMEOUT, "a ping was not answered", now_us);
    else if (now_us >= stream->check_us)
        zv_stream_check(stream, now_us);
    if (stream->turn == turn)
        zv_stream_rearm(stream);
}
