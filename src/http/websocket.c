/*
 * A WebSocket of a client: its deadlines, and the way of its messages to call control.
 */
#include "base/alloc.h"
#include "base/log.h"
#include "http/http_int.h"
#include "http/journal.h"
#include "io/clock.h"
#include "wire/event.h"

/* The largest answer of our own: two refusals that quote a sentence. */
#define REPLY_CAP 8192

struct zv_websocket *zv_websocket_find(const struct zv_http *http, zv_conn_id id)
{
    struct zv_map_node *node = zv_map_find(&http->conns, ZV_MAP_KEY_OF(id.v));
    return node ? ZV_CONTAINER_OF(node, struct zv_websocket, node) : NULL;
}

/* ------------------------------------------------------------------ timers */

static void arm(struct zv_http *http)
{
    if (!http->is_closing)
        zv_loop_timer_arm(http->timer, zv_timers_next_us(&http->timers));
}

static void count_end(struct zv_http_counts *counts, enum zv_conn_end end)
{
    uint64_t *const counters[ZV_CONN_END_COUNT] = {
        [ZV_CONN_END_OVERSIZE] = &counts->closed_oversize,
        [ZV_CONN_END_BINARY] = &counts->closed_binary,
        [ZV_CONN_END_RATE] = &counts->closed_rate,
        [ZV_CONN_END_BAD] = &counts->closed_bad,
        [ZV_CONN_END_SILENT] = &counts->closed_silent,
        [ZV_CONN_END_SLOW] = &counts->closed_slow,
        [ZV_CONN_END_UNANSWERED] = &counts->closed_unanswered,
    };
    if (counters[end])
        ++*counters[end];
}

void zv_websocket_settle(struct zv_websocket *ws, int64_t now_us)
{
    struct zv_http *http = ws->link->http;
    struct zv_conn *conn = &ws->conn;
    int64_t at_us = zv_conn_deadline_us(conn);
    if (zv_conn_is_closing(conn)) {
        if (!ws->kill_at_us) {
            ws->kill_at_us = now_us + http->cfg.limits.close_grace_us;
            count_end(&http->counts, conn->end);
            zv_journal_closing(ws->name, conn->close_code, conn->close_reason);
        }
        at_us = ws->kill_at_us;
    }
    zv_timer_arm(&http->timers, &ws->timer, at_us);
    if (!zv_list_is_empty(&conn->queue) || zv_conn_is_closing(conn))
        zv_edge_want_write(ws->link->socket);
    arm(http);
}

void zv_websocket_send(struct zv_websocket *ws, struct zv_str text)
{
    if (zv_conn_send(&ws->conn, text, zv_edge_headroom) != 0)
        zv_log(ZV_LOG_HTTP, ZV_LOG_DEBUG, ws->name, "a message was not queued");
}

static void send_ping(struct zv_websocket *ws)
{
    char text[64];
    struct zv_buf out = zv_buf(text, sizeof text);
    if (zv_wire_write_ping(&out) == 0)
        zv_websocket_send(ws, zv_buf_str(&out));
}

void zv_websockets_on_due(void *arg, int64_t now_us)
{
    struct zv_http *http = arg;
    struct zv_timer *due;
    while ((due = zv_timers_pop_due(&http->timers, now_us))) {
        struct zv_websocket *ws = ZV_CONTAINER_OF(due, struct zv_websocket, timer);
        if (zv_conn_is_closing(&ws->conn)) {
            zv_edge_kill(ws->link->socket);
            ws->kill_at_us = now_us + http->cfg.limits.close_grace_us;
        } else if (zv_conn_on_timeout(&ws->conn, now_us)) {
            send_ping(ws);
        }
        zv_websocket_settle(ws, now_us);
    }
    arm(http);
}

/* ------------------------------------------------------------------ life */

int zv_http_on_open(struct zv_link *link)
{
    struct zv_http *http = link->http;
    int err = zv_timers_reserve(&http->timers, http->conns.count + 1);
    if (err)
        return err;
    struct zv_websocket *ws = zv_zalloc(sizeof *ws);
    if (!ws)
        return ZV_E_NOMEM;
    ws->link = link;
    ws->id.v = ++http->last_id;
    err = zv_map_insert(&http->conns, ZV_MAP_KEY_OF(ws->id.v), &ws->node);
    if (err) {
        (void)zv_free(ws);
        return err;
    }
    int64_t now_us = zv_clock_now_us();
    zv_conn_init(&ws->conn, &http->conn_cfg, now_us);
    struct zv_buf name = zv_buf(ws->name, sizeof ws->name);
    zv_buf_printf(&name, "w-%llu", (unsigned long long)ws->id.v);
    (void)zv_buf_cstr(&name);
    link->ws = ws;
    http->counts.opened++;
    zv_journal_open(ws->name, &link->peer);
    zv_websocket_settle(ws, now_us);
    return 0;
}

void zv_websocket_on_gone(struct zv_websocket *ws)
{
    struct zv_http *http = ws->link->http;
    bool is_announced = ws->is_announced;
    struct zv_in_client about = {.conn = ws->id, .close_code = ws->peer_code};
    zv_journal_closed(ws->name);
    zv_readers_detach(&http->readers, ws->reader, ws->id);
    zv_timer_disarm(&http->timers, &ws->timer);
    zv_map_remove(&http->conns, &ws->node);
    zv_conn_fini(&ws->conn);
    (void)zv_free(ws);
    http->counts.closed++;
    if (is_announced && !http->is_closing) {
        struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_CLOSED, .u.client = about};
        http->cfg.on_input_fn(http->cfg.arg, &in);
    }
}

/* ------------------------------------------------------------------ what comes in */

/* Sends what zv_client_take and _refuse wrote: messages that each end with a NUL. */
static void send_replies(struct zv_websocket *ws, const struct zv_buf *reply)
{
    if (reply->overflow) {
        zv_log(ZV_LOG_HTTP, ZV_LOG_WARN, ws->name, "a reply did not fit");
        return;
    }
    struct zv_str rest = zv_buf_str(reply), one;
    while (rest.len && zv_str_split(&rest, '\0', &one))
        if (one.len)
            zv_websocket_send(ws, one);
}

static void give_input(struct zv_websocket *ws, const struct zv_client_input *input)
{
    struct zv_http *http = ws->link->http;
    if (input->in.kind == ZV_CALL_IN_CLIENT_CONNECT && !ws->is_announced) {
        ws->is_announced = true;
        ws->features = input->features; /* the first counts: a second is refused */
    }
    if (!http->is_closing)
        http->cfg.on_input_fn(http->cfg.arg, &input->in);
}

/* Whatever a client says shows that it got what it was told: call control hears of it once. */
static void note_voice(struct zv_websocket *ws, bool is_input)
{
    struct zv_http *http = ws->link->http;
    if (!ws->is_announced || ws->has_spoken)
        return;
    ws->has_spoken = true;
    if (!is_input && !http->is_closing) {
        struct zv_call_in in = {.kind = ZV_CALL_IN_CLIENT_ALIVE, .u.client.conn = ws->id};
        http->cfg.on_input_fn(http->cfg.arg, &in);
    }
}

static struct zv_client_origin origin_of(const struct zv_websocket *ws)
{
    const struct zv_link *link = ws->link;
    return (struct zv_client_origin){
        .conn = ws->id,
        .peer = link->peer,
        .local = link->local,
        .is_proxied = link->is_proxied,
        .is_connected = ws->is_announced,
        .offered = link->http->cfg.features,
    };
}

static void refuse_message(struct zv_websocket *ws, const struct zv_wire_error *error)
{
    zv_journal_message_refused(ws->name, error);
    ws->link->http->counts.bad_messages++;
    struct zv_client_origin origin = origin_of(ws);
    struct zv_client_input input = {0};
    char text[REPLY_CAP];
    struct zv_buf reply = zv_buf(text, sizeof text);
    enum zv_client_verdict verdict = zv_client_refuse(&origin, error, &reply, &input);
    send_replies(ws, &reply);
    zv_conn_judge(&ws->conn, false);
    if (verdict == ZV_CLIENT_FORWARD)
        give_input(ws, &input);
    if (error->kind == ZV_WIRE_CONNECTION && !ws->is_announced)
        zv_conn_close(&ws->conn, ZV_CLOSE_NORMAL, ZV_STR_LIT("the connection was refused"));
}

static void take_message(struct zv_websocket *ws, const struct zv_wire_msg *msg)
{
    zv_journal_message(ws->name, msg);
    struct zv_client_origin origin = origin_of(ws);
    struct zv_client_input input = {0};
    char text[REPLY_CAP];
    struct zv_buf reply = zv_buf(text, sizeof text);
    enum zv_client_verdict verdict = zv_client_take(&origin, msg, &reply, &input);
    zv_conn_judge(&ws->conn, true);
    note_voice(ws, verdict == ZV_CLIENT_FORWARD);
    if (verdict == ZV_CLIENT_REPLY)
        send_replies(ws, &reply);
    else if (verdict == ZV_CLIENT_PONG)
        zv_conn_on_pong(&ws->conn);
    else if (verdict == ZV_CLIENT_FORWARD)
        give_input(ws, &input);
}

void zv_http_on_fragment(struct zv_link *link, const struct zv_conn_fragment *fragment)
{
    struct zv_websocket *ws = link->ws;
    int64_t now_us = zv_clock_now_us();
    struct zv_str text;
    if (zv_conn_on_fragment(&ws->conn, fragment, now_us, &text)) {
        struct zv_wire_msg *msg = NULL;
        struct zv_wire_error error;
        int err = zv_wire_parse(text.p, text.len, &msg, &error);
        zv_conn_message_done(&ws->conn);
        link->http->counts.messages_in++;
        if (err)
            refuse_message(ws, &error);
        else
            take_message(ws, msg);
        (void)zv_wire_msg_free(msg);
    }
    zv_websocket_settle(ws, now_us);
}

void zv_http_on_peer_close(struct zv_link *link, uint16_t code)
{
    struct zv_websocket *ws = link->ws;
    if (ws && !ws->is_close_sent)
        ws->peer_code = code;
}

struct zv_conn_out *zv_http_next_out(struct zv_link *link)
{
    struct zv_conn_out *out = link->ws ? zv_conn_next_out(&link->ws->conn) : NULL;
    link->http->counts.messages_out += out != NULL;
    return out;
}

bool zv_http_take_close(struct zv_link *link, uint16_t *ret_code, const char **ret_reason)
{
    struct zv_websocket *ws = link->ws;
    if (!ws || ws->is_close_sent || !zv_conn_is_closing(&ws->conn))
        return false;
    ws->is_close_sent = true;
    *ret_code = ws->conn.close_code;
    *ret_reason = ws->conn.close_reason;
    return true;
}

bool zv_http_is_closed(const struct zv_link *link)
{
    return link->ws && link->ws->is_close_sent;
}
