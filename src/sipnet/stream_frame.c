/*
 * Messages and keepalives in a connection's bytes (RFC 3261 §18.3, RFC 5626 §4.4.1), however they
 * were cut: two CRLFs are a ping and get one back, one is a pong.
 *
 * Of a message that is too large the beginning is handed on, so that it is answered, and the rest
 * is read past.
 *
 * A message that came in one piece is handed on where it lies. Of one that came in pieces the
 * beginning is kept, and with it how far it was understood: no piece is looked at twice, since who
 * sends byte by byte may mean it.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "sip/msg.h"
#include "sipnet/streams_int.h"

/* Whether it is on its way. One that finds no room is not missed: the peer does not read. */
static bool send_keepalive(struct zv_stream *stream, struct zv_str text, int64_t now_us)
{
    int err = zv_stream_write(stream, text, now_us);
    if (err && err != ZV_E_AGAIN)
        zv_stream_fail(stream, ZV_E_GONE, "a keepalive could not be sent", now_us);
    return !err;
}

static bool may_pong(const struct zv_stream *stream)
{
    const struct zv_streams_cfg *cfg = &stream->owner->cfg;
    return !cfg->may_ping_fn || cfg->may_ping_fn(cfg->arg, &stream->flow);
}

/* CRLFs that came together. Of an odd number, with a half ping before them, one is the pong that we
 * wait for; an even one is the far end's pings only, as from who answers none. Pings that came
 * together have one answer: who means them waits for it before the next, and each would cost us a
 * system call, but its sender four bytes. */
static void on_crlfs(struct zv_stream *stream, size_t count, int64_t now_us)
{
    count += stream->has_half_ping;
    if (count % 2 && stream->awaits_pong) {
        stream->awaits_pong = false;
        stream->has_ponged = true;
        stream->pong_by_us = ZV_TIME_NEVER;
        count--;
    }
    stream->has_half_ping = count % 2;
    if (count / 2 && may_pong(stream))
        (void)send_keepalive(stream, ZV_STR_LIT("\r\n"), now_us);
}

void zv_stream_ping(struct zv_stream *stream, int64_t now_us)
{
    if (!send_keepalive(stream, ZV_STR_LIT("\r\n\r\n"), now_us))
        return;
    stream->awaits_pong = true;
    if (stream->has_ponged)
        stream->pong_by_us = now_us + stream->owner->cfg.pong_us;
}

/* Takes what nobody wants off the front, which is an element of its own. As take_one. */
static int pass_surplus(struct zv_stream *stream, struct zv_str *bytes)
{
    *bytes = zv_str_tail(*bytes, zv_sip_frame_pass(&stream->framing, bytes->len));
    return stream->framing.surplus ? ZV_E_AGAIN : 0;
}

/* Takes CRLFs and one message off the front. 0: there was one; ZV_E_AGAIN: more must come. */
static int take_one(struct zv_stream *stream, struct zv_str *bytes, int64_t now_us)
{
    struct zv_streams *streams = stream->owner;
    uint32_t turn = stream->turn;
    size_t skip, len = 0;
    if (stream->framing.surplus)
        return pass_surplus(stream, bytes);
    int err = zv_sip_frame(&stream->framing, *bytes, &skip, &len);
    if (skip)
        on_crlfs(stream, skip / 2, now_us);
    *bytes = zv_str_tail(*bytes, skip);
    if (err || stream->turn != turn)
        return err ? err : ZV_E_GONE;
    struct zv_str message = zv_str_head(*bytes, len);
    *bytes = zv_str_tail(*bytes, len);
    stream->has_half_ping = false;
    if (streams->cfg.on_message_fn(streams->cfg.arg, &stream->flow, message) &&
        stream->turn == turn)
        stream->check_us = now_us + streams->cfg.idle_us;
    return stream->turn == turn ? 0 : ZV_E_GONE;
}

/* ---- the beginning of a message ---- */

/* A quarter of the memory is for what servers send. */
static size_t max_half_bytes(const struct zv_stream *stream)
{
    size_t max = stream->owner->cfg.max_half_bytes;
    return stream->is_peers ? max - max / 4 : max;
}

static int hold(struct zv_stream *stream, struct zv_stream_bytes *in, struct zv_str bytes)
{
    size_t cap = in->cap;
    if (stream->owner->half_bytes + bytes.len > max_half_bytes(stream)) {
        stream->owner->counts.refused++;
        return ZV_E_NOMEM;
    }
    int err = zv_stream_bytes_append(in, bytes.p, bytes.len);
    stream->owner->half_bytes += in->cap - cap;
    return err;
}

static void let_go(struct zv_stream *stream, struct zv_stream_bytes *in, size_t len)
{
    size_t cap = in->cap;
    zv_stream_bytes_drop_front(in, len);
    stream->owner->half_bytes -= cap - in->cap;
}

void zv_stream_forget_half(struct zv_stream *stream)
{
    let_go(stream, &stream->in, stream->in.len);
    stream->framing = (struct zv_sip_framing){0};
}

static void fail(struct zv_stream *stream, int err, int64_t now_us)
{
    if (err == ZV_E_NOMEM) {
        zv_stream_fail(stream, err, "no memory for a message", now_us);
        return;
    }
    stream->owner->counts.malformed++;
    zv_stream_fail(stream, ZV_E_PARSE,
                   err == ZV_E_LIMIT
                       ? "a message is larger than 1048576 bytes, or its head than 65535"
                       : "its bytes are no SIP message with a Content-Length",
                   now_us);
}

/* What is left is the beginning of a message. */
static int keep(struct zv_stream *stream, struct zv_stream_bytes *in, struct zv_str rest,
                bool is_new, int64_t now_us)
{
    int err = 0;
    if (in->len)
        let_go(stream, in, in->len - rest.len);
    else
        err = hold(stream, in, rest);
    if (!rest.len && !stream->framing.surplus)
        stream->half_by_us = ZV_TIME_NEVER;
    else if (is_new || stream->half_by_us == ZV_TIME_NEVER)
        stream->half_by_us = now_us + stream->owner->cfg.half_message_us;
    return err;
}

/* What was kept is ours while messages in it are handed on: one may end the connection. */
void zv_stream_take(struct zv_stream *stream, struct zv_str bytes, int64_t now_us)
{
    struct zv_stream_bytes in = stream->in;
    uint32_t turn = stream->turn;
    bool had_some = false;
    int err = in.len ? hold(stream, &in, bytes) : 0;
    struct zv_str rest = in.len ? zv_str_n((const char *)in.data, in.len) : bytes;
    stream->in = (struct zv_stream_bytes){0};
    while (!err && !(err = take_one(stream, &rest, now_us)))
        had_some = true;
    if (err == ZV_E_AGAIN && stream->turn == turn)
        err = keep(stream, &in, rest, had_some, now_us);
    if (stream->turn != turn || err) {
        let_go(stream, &in, in.len);
    } else {
        stream->in = in;
    }
    if (stream->turn == turn && err)
        fail(stream, err, now_us);
}
