/*
 * What clients are told: the events of call control, and reports and figures of others, each to
 * where its client is now, or kept for when it returns.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "http/http_int.h"
#include "http/turn.h"
#include "io/clock.h"
#include "wire/event.h"

/* ------------------------------------------------------------------ events of call control */

/* The session's client is at this socket now; NULL: no memory for what it may miss. */
static struct zv_reader *attach(struct zv_http *http, const struct zv_cmd_client *event,
                                struct zv_websocket *ws)
{
    struct zv_reader *reader =
        zv_readers_attach(&http->readers, event->session, event->conn, ws->features.granted);
    ws->reader = event->session;
    zv_conn_set_ready(&ws->conn);
    if (!reader)
        zv_conn_close(&ws->conn, ZV_CLOSE_TRY_LATER, ZV_STR_LIT("the gateway is out of memory"));
    return reader;
}

/* A message that is news gets its number and is kept; then it goes to where the client is. */
static int pass_on(struct zv_reader *reader, struct zv_websocket *ws, struct zv_buf *message,
                   bool is_news)
{
    if (reader && reader->outbox && is_news) {
        int err = zv_wire_write_seq(message, zv_outbox_next_seq(reader->outbox));
        if (err)
            return err;
        zv_outbox_keep(reader->outbox, zv_buf_str(message));
    }
    if (ws)
        zv_websocket_send(ws, zv_buf_str(message));
    return 0;
}

/* zvResumed, and what the client missed, as it was. */
static int send_missed(struct zv_reader *reader, struct zv_websocket *ws,
                       const struct zv_cmd_client *event, struct zv_buf *out)
{
    struct zv_outbox_missed missed = {.is_complete = true};
    if (event->last_seq >= 0)
        zv_outbox_missed(reader->outbox, (uint64_t)event->last_seq, &missed);
    reader->knows_all = event->last_seq >= 0 && missed.is_complete;
    int err = zv_client_write_resumed(event, &missed, out);
    if (err)
        return err;
    zv_websocket_send(ws, zv_buf_str(out));
    for (size_t i = 0; i < missed.count; i++)
        zv_websocket_send(ws, zv_outbox_at(reader->outbox, missed.from + i));
    return 0;
}

/* Any other message. */
static int write_and_pass(struct zv_http *http, struct zv_reader *reader, struct zv_websocket *ws,
                          const struct zv_cmd_client *event, struct zv_buf *out)
{
    struct zv_turn_login turn = {0};
    struct zv_client_features features = {0};
    if (ws)
        features = ws->features;
    if (event->message == ZV_MSG_GET_USER_DATA && http->cfg.turn.url_count &&
        features.granted & ZV_WIRE_FEATURE_ICE_SERVERS) {
        zv_turn_make_login(&http->cfg.turn, event->session_id, zv_clock_wall_us(), &turn);
        features.ice_server = &turn.wire;
    }
    int err = zv_client_write_event(event, &features, out);
    zv_wipe(&turn, sizeof turn);
    return err ? err : pass_on(reader, ws, out, zv_client_is_numbered(event));
}

/* A client that is away, and one that was told before, are told only what they may need. */
static bool is_wanted(const struct zv_reader *reader, const struct zv_websocket *ws,
                      const struct zv_cmd_client *event)
{
    bool is_known = reader && reader->knows_all && event->message != ZV_MSG_REGISTERED;
    if (event->is_again && is_known)
        return false;
    if (event->message == ZV_MSG_RESUMED)
        return ws && reader && reader->outbox;
    return ws || (reader && reader->outbox);
}

static void execute_event(struct zv_http *http, const struct zv_cmd_client *event)
{
    struct zv_websocket *ws = zv_websocket_find(http, event->conn);
    struct zv_reader *reader = zv_readers_find(&http->readers, event->session);
    if (event->message == ZV_MSG_GET_USER_DATA && ws)
        reader = attach(http, event, ws);
    if (!is_wanted(reader, ws, event))
        return;
    struct zv_buf out = zv_buf(http->event, sizeof http->event);
    int err = event->message == ZV_MSG_RESUMED ? send_missed(reader, ws, event, &out)
                                               : write_and_pass(http, reader, ws, event, &out);
    if (err && ws)
        zv_conn_close(&ws->conn, ZV_CLOSE_INTERNAL, ZV_STR_LIT("a message could not be written"));
    zv_wipe(http->event, out.len);
    if (ws)
        zv_websocket_settle(ws, zv_clock_now_us());
}

static void execute_close(struct zv_http *http, const struct zv_cmd_close *close)
{
    struct zv_websocket *ws = zv_websocket_find(http, close->conn);
    if (!ws)
        return;
    zv_conn_close(&ws->conn, close->code, close->reason);
    zv_websocket_settle(ws, zv_clock_now_us());
}

void zv_http_execute(struct zv_http *http, const struct zv_call_cmd *cmd)
{
    if (cmd->kind == ZV_CALL_CMD_CLIENT_EVENT)
        execute_event(http, &cmd->u.client);
    else if (cmd->kind == ZV_CALL_CMD_CLIENT_CLOSE)
        execute_close(http, &cmd->u.close);
    else if (cmd->kind == ZV_CALL_CMD_CLIENT_FORGET)
        zv_readers_forget(&http->readers, cmd->u.forget.session);
}

/* ------------------------------------------------------------------ messages of others */

static bool is_reachable(const struct zv_reader *reader)
{
    return reader && (reader->conn.v || reader->outbox);
}

bool zv_http_has_feature(const struct zv_http *http, zv_session_id session, unsigned feature)
{
    const struct zv_reader *reader = zv_readers_find(&http->readers, session);
    return is_reachable(reader) && reader->features & feature;
}

void zv_http_tell(struct zv_http *http, zv_session_id session_id, struct zv_buf *message,
                  bool is_kept)
{
    struct zv_reader *reader = zv_readers_find(&http->readers, session_id);
    if (!is_reachable(reader) || message->overflow)
        return;
    struct zv_websocket *ws = zv_websocket_find(http, reader->conn);
    if (pass_on(reader, ws, message, is_kept) != 0)
        zv_log(ZV_LOG_HTTP, ZV_LOG_WARN, ws ? ws->name : NULL, "a message did not fit");
    if (ws)
        zv_websocket_settle(ws, zv_clock_now_us());
}

/* What the client's queue, or what is kept for it, may hold of one report. */
static size_t room_for_report(const struct zv_http *http, const struct zv_reader *reader)
{
    const struct zv_websocket *ws = zv_websocket_find(http, reader->conn);
    return ws ? zv_conn_room(&ws->conn) / 2 : ZV_OUTBOX_BYTES / 2;
}

void zv_http_send_report(struct zv_http *http, zv_session_id session,
                         const struct zv_wire_report *report)
{
    if (!zv_http_has_feature(http, session, ZV_WIRE_FEATURE_REPORT))
        return;
    struct zv_buf out = zv_buf(http->event, sizeof http->event);
    if (zv_wire_write_report(&out, report) != 0 ||
        out.len > room_for_report(http, zv_readers_find(&http->readers, session))) {
        http->counts.reports_dropped++;
        zv_log(ZV_LOG_HTTP, ZV_LOG_DEBUG, NULL, "the report of a call was left out");
        return;
    }
    zv_http_tell(http, session, &out, true);
}

void zv_http_send_quality(struct zv_http *http, zv_conn_id conn,
                          const struct zv_wire_quality *quality)
{
    struct zv_websocket *ws = zv_websocket_find(http, conn);
    if (!ws || !(ws->features.granted & ZV_WIRE_FEATURE_QUALITY))
        return;
    struct zv_buf out = zv_buf(http->event, sizeof http->event);
    if (zv_wire_write_quality(&out, quality) != 0 || out.len > zv_conn_room(&ws->conn) / 2)
        return;
    zv_websocket_send(ws, zv_buf_str(&out));
    zv_websocket_settle(ws, zv_clock_now_us());
}
