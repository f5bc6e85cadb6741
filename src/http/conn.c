#include "http/conn.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

void zv_conn_init(struct zv_conn *conn, const struct zv_conn_cfg *cfg, int64_t now_us)
{
    *conn = (struct zv_conn){
        .cfg = cfg,
        .tokens_us = 2 * ZV_US_PER_S,
        .tokens_at_us = now_us,
        .ready_by_us = now_us + cfg->first_message_us,
        .ping_at_us = now_us + cfg->ping_interval_us,
    };
    zv_list_init(&conn->queue);
}

static void drop_queue(struct zv_conn *conn)
{
    struct zv_list_node *node;
    while ((node = zv_list_pop(&conn->queue)))
        (void)zv_free(ZV_CONTAINER_OF(node, struct zv_conn_out, node));
    conn->queued_bytes = 0;
}

void zv_conn_fini(struct zv_conn *conn)
{
    zv_conn_message_done(conn);
    drop_queue(conn);
}

static void end(struct zv_conn *conn, enum zv_conn_end why, uint16_t code, struct zv_str reason)
{
    if (conn->end != ZV_CONN_OPEN)
        return;
    conn->end = why;
    conn->close_code = code;
    /* A close reason is UTF-8 (RFC 6455 §5.5.1): what is cut is cut between characters. */
    size_t len = ZV_MIN(reason.len, (size_t)ZV_CLOSE_REASON_BYTES);
    while (len && !zv_str_is_utf8(zv_str_head(reason, len)))
        len--;
    if (len)
        memcpy(conn->close_reason, reason.p, len);
    conn->close_reason[len] = '\0';
    zv_conn_message_done(conn);
}

void zv_conn_close(struct zv_conn *conn, uint16_t code, struct zv_str reason)
{
    end(conn, ZV_CONN_END_ASKED, code, reason);
}

/* Takes the price of one message out of the bucket; false: the client is too fast. */
static bool pay(struct zv_conn *conn, int64_t now_us)
{
    int64_t most_us = 2 * ZV_US_PER_S;
    conn->tokens_us = zv_time_min(most_us, conn->tokens_us + (now_us - conn->tokens_at_us));
    conn->tokens_at_us = now_us;
    int64_t price_us = ZV_US_PER_S / conn->cfg->messages_per_s;
    if (conn->tokens_us < price_us)
        return false;
    conn->tokens_us -= price_us;
    return true;
}

/* 0, or ZV_E_NOMEM; the size was checked. Doubles, so that a message is copied at most twice. */
static int append(struct zv_conn *conn, const void *data, size_t len)
{
    size_t needed = conn->message_len + len;
    if (needed > conn->message_cap) {
        size_t cap = ZV_MIN(ZV_MAX(needed, 2 * conn->message_cap), conn->cfg->message_bytes);
        char *grown = zv_zalloc(cap ? cap : 1);
        if (!grown)
            return ZV_E_NOMEM;
        if (conn->message_len)
            memcpy(grown, conn->message, conn->message_len);
        (void)zv_free_secret(conn->message, conn->message_len);
        conn->message = grown;
        conn->message_cap = cap;
    }
    if (len)
        memcpy(conn->message + conn->message_len, data, len);
    conn->message_len = needed;
    return 0;
}

bool zv_conn_on_fragment(struct zv_conn *conn, const struct zv_conn_fragment *fragment,
                         int64_t now_us, struct zv_str *ret_message)
{
    if (zv_conn_is_closing(conn))
        return false;
    if (fragment->is_binary) {
        end(conn, ZV_CONN_END_BINARY, ZV_CLOSE_UNSUPPORTED,
            ZV_STR_LIT("only text frames are understood"));
        return false;
    }
    conn->frames += fragment->ends_frame;
    if (fragment->len > conn->cfg->message_bytes - conn->message_len) {
        end(conn, ZV_CONN_END_OVERSIZE, ZV_CLOSE_TOO_BIG,
            ZV_STR_LIT("the message is too large: http.max_message_bytes sets the limit"));
        return false;
    }
    if (conn->frames > ZV_CONN_MAX_FRAMES) {
        end(conn, ZV_CONN_END_OVERSIZE, ZV_CLOSE_TOO_BIG,
            ZV_STR_LIT("the message came in more than 1024 frames"));
        return false;
    }
    if (append(conn, fragment->data, fragment->len) != 0) {
        zv_conn_close(conn, ZV_CLOSE_TRY_LATER, ZV_STR_LIT("the gateway is out of memory"));
        return false;
    }
    if (!fragment->ends_message)
        return false;
    if (!pay(conn, now_us)) {
        end(conn, ZV_CONN_END_RATE, ZV_CLOSE_POLICY,
            ZV_STR_LIT("too many messages: http.max_messages_per_second sets the limit"));
        return false;
    }
    *ret_message = zv_str_n(conn->message, conn->message_len);
    return true;
}

void zv_conn_message_done(struct zv_conn *conn)
{
    (void)zv_free_secret(conn->message, conn->message_len);
    conn->message = NULL;
    conn->message_len = conn->message_cap = 0;
    conn->frames = 0;
}

void zv_conn_judge(struct zv_conn *conn, bool is_good)
{
    if (is_good) {
        conn->bad_in_a_row = 0;
        return;
    }
    if (++conn->bad_in_a_row >= conn->cfg->bad_messages)
        end(conn, ZV_CONN_END_BAD, ZV_CLOSE_POLICY, ZV_STR_LIT("too many malformed messages"));
}

void zv_conn_on_pong(struct zv_conn *conn)
{
    conn->pings_unanswered = 0;
}

void zv_conn_set_ready(struct zv_conn *conn)
{
    conn->is_ready = true;
    conn->ready_by_us = ZV_TIME_NEVER;
}

bool zv_conn_on_timeout(struct zv_conn *conn, int64_t now_us)
{
    if (zv_conn_is_closing(conn))
        return false;
    if (now_us >= conn->ready_by_us) {
        end(conn, ZV_CONN_END_SILENT, ZV_CLOSE_POLICY,
            ZV_STR_LIT("no valid `connection` message arrived in time"));
        return false;
    }
    if (now_us < conn->ping_at_us)
        return false;
    conn->ping_at_us = now_us + conn->cfg->ping_interval_us;
    if (conn->pings_unanswered >= conn->cfg->ping_misses) {
        end(conn, ZV_CONN_END_UNANSWERED, ZV_CLOSE_GOING_AWAY,
            ZV_STR_LIT("the client answers no pings"));
        return false;
    }
    conn->pings_unanswered++;
    return true;
}

int64_t zv_conn_deadline_us(const struct zv_conn *conn)
{
    if (zv_conn_is_closing(conn))
        return ZV_TIME_NEVER;
    return zv_time_min(conn->ready_by_us, conn->ping_at_us);
}

int zv_conn_send(struct zv_conn *conn, struct zv_str text, size_t headroom)
{
    if (zv_conn_is_closing(conn))
        return ZV_E_STATE;
    if (text.len > conn->cfg->queue_bytes - conn->queued_bytes) {
        end(conn, ZV_CONN_END_SLOW, ZV_CLOSE_TRY_LATER, ZV_STR_LIT("the client reads too slowly"));
        drop_queue(conn);
        return ZV_E_LIMIT;
    }
    struct zv_conn_out *out = zv_zalloc(sizeof *out + headroom + text.len);
    if (!out) {
        zv_conn_close(conn, ZV_CLOSE_TRY_LATER, ZV_STR_LIT("the gateway is out of memory"));
        return ZV_E_NOMEM;
    }
    out->len = text.len;
    memcpy(out->text + headroom, text.p, text.len);
    zv_list_append(&conn->queue, &out->node);
    conn->queued_bytes += text.len;
    return 0;
}

struct zv_conn_out *zv_conn_next_out(struct zv_conn *conn)
{
    struct zv_list_node *node = zv_list_pop(&conn->queue);
    if (!node)
        return NULL;
    struct zv_conn_out *out = ZV_CONTAINER_OF(node, struct zv_conn_out, node);
    conn->queued_bytes -= out->len;
    return out;
}
