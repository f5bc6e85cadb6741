/*
 * Messages and keepalives in a connection's bytes (RFC 3261 §18.3, RFC 5626 §4.4.1), however they
 * were cut: two CRLFs are a ping and get one back, one is a pong.
 *
 * A message that came in one piece is handed on where it lies. Of one that came in pieces the
 * beginning is kept, and with it how far it was understood: no piece is looked at twice, since who
 * sends byte by byte may mean it.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "sip/msg.h"
#include "sipnet/streams_int.h"

static void on_crlf(struct zv_stream *stream, int64_t now_us)
{
    if (stream->awaits_pong) {
        stream->awaits_pong = false;
        stream->has_ponged = true;
        stream->pong_by_us = ZV_TIME_NEVER;
        return;
    }
    if (!stream->has_half_ping) {
        stream->has_half_ping = true;
        return;
    }
    stream->has_half_ping = false;
    if (zv_stream_write(stream, ZV_STR_LIT("\r\n"), now_us))
        stream->owner->counts.late++;
}

void zv_stream_ping(struct zv_stream *stream, int64_t now_us)
{
    if (zv_stream_write(stream, ZV_STR_LIT("\r\n\r\n"), now_us)) {
        zv_stream_fail(stream, ZV_E_GONE, "a ping could not be sent", now_us);
        return;
    }
    stream->awaits_pong = true;
    if (stream->has_ponged)
        stream->pong_by_us = now_us + stream->owner->cfg.pong_us;
}

/* Takes CRLFs and one message off the front. 0: there was one; ZV_E_AGAIN: more must come. */
static int take_one(struct zv_stream *stream, struct zv_str *bytes, int64_t now_us)
{
    struct zv_streams *streams = stream->owner;
    uint32_t turn = stream->turn;
    size_t skip, len = 0;
    int err = zv_sip_frame_next(&stream->framing, *bytes, &skip, &len);
    for (size_t i = 0; i < skip && stream->turn == turn; i += 2)
        on_crlf(stream, now_us);
    *bytes = zv_str_tail(*bytes, skip);
    if (err || stream->turn != turn)
        return err ? err : ZV_E_GONE;
    struct zv_str message = zv_str_head(*bytes, len);
    *bytes = zv_str_tail(*bytes, len);
    stream->has_half_ping = false;
    stream->check_us = now_us + streams->cfg.idle_us;
    streams->cfg.on_message_fn(streams->cfg.arg, &stream->flow, message);
    return stream->turn == turn ? 0 : ZV_E_GONE;
}

/* What is left is the beginning of a message. */
static int keep(struct zv_stream *stream, struct zv_str rest, bool is_kept, bool is_new,
                int64_t now_us)
{
    int err = 0;
    if (is_kept)
        zv_stream_bytes_drop_front(&stream->in, stream->in.len - rest.len);
    else
        err = zv_stream_bytes_append(&stream->in, rest.p, rest.len);
    if (!rest.len)
        stream->half_by_us = ZV_TIME_NEVER;
    else if (is_new || stream->half_by_us == ZV_TIME_NEVER)
        stream->half_by_us = now_us + stream->owner->cfg.half_message_us;
    return err;
}

void zv_stream_take(struct zv_stream *stream, struct zv_str bytes, int64_t now_us)
{
    bool is_kept = stream->in.len != 0;
    bool had_some = false;
    int err = is_kept ? zv_stream_bytes_append(&stream->in, bytes.p, bytes.len) : 0;
    if (err) {
        zv_stream_fail(stream, ZV_E_NOMEM, "no memory for a message", now_us);
        return;
    }
    uint32_t turn = stream->turn;
    struct zv_str rest = is_kept ? zv_str_n((const char *)stream->in.data, stream->in.len) : bytes;
    while (!(err = take_one(stream, &rest, now_us)))
        had_some = true;
    if (stream->turn != turn)
        return;
    if (err == ZV_E_AGAIN)
        err = keep(stream, rest, is_kept, had_some, now_us);
    if (!err)
        return;
    stream->owner->counts.malformed++;
    zv_stream_fail(stream, ZV_E_PARSE,
                   err == ZV_E_LIMIT
                       ? "a message is larger than 65535 bytes, or its head than 16384"
                       : "its bytes are no SIP message with a Content-Length",
                   now_us);
}
