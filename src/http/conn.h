/*
 * One WebSocket connection, without the WebSocket: messages put together from fragments under a
 * cap, the client's rate, pings and their answers, the queue towards the client, and when to close.
 * Pure; the owner hands in fragments and the time and carries text and the close code out.
 *
 * Closing is a state: zv_conn_close sets the code, what was queued before is still sent (unless the
 * client is too slow), nothing is taken in any more. The first reason counts.
 */
#ifndef ZV_HTTP_CONN_H
#define ZV_HTTP_CONN_H

#include "base/attr.h"
#include "base/list.h"
#include "base/str.h"
#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Close codes (RFC 6455 §7.4.1; 1013: IANA registry). */
#define ZV_CLOSE_NORMAL      1000
#define ZV_CLOSE_GOING_AWAY  1001
#define ZV_CLOSE_UNSUPPORTED 1003
#define ZV_CLOSE_NO_STATUS   1005 /* never on the wire: a close frame without a code */
#define ZV_CLOSE_POLICY      1008
#define ZV_CLOSE_TOO_BIG     1009
#define ZV_CLOSE_INTERNAL    1011
#define ZV_CLOSE_TRY_LATER   1013
/* RFC 6455 §5.5: a control frame has 125 bytes, two of them the code. */
#define ZV_CLOSE_REASON_BYTES 123

/* Frames of one message: keeps a client from sending a message byte by byte. */
#define ZV_CONN_MAX_FRAMES 1024

struct zv_conn_cfg {
    size_t message_bytes;
    size_t queue_bytes;
    uint32_t messages_per_s;
    uint32_t bad_messages;
    uint32_t ping_misses;
    int64_t first_message_us;
    int64_t ping_interval_us;
};

/* Why the connection was closed by us; for counters. */
enum zv_conn_end {
    ZV_CONN_OPEN,
    ZV_CONN_END_ASKED, /* zv_conn_close by the owner */
    ZV_CONN_END_OVERSIZE,
    ZV_CONN_END_BINARY,
    ZV_CONN_END_RATE,
    ZV_CONN_END_BAD,
    ZV_CONN_END_SILENT,
    ZV_CONN_END_SLOW,
    ZV_CONN_END_UNANSWERED,
    ZV_CONN_END_COUNT,
};

/* A text frame on its way out. */
struct zv_conn_out {
    struct zv_list_node node;
    size_t len;
    char text[]; /* len bytes behind the room that the socket layer asked for */
};

struct zv_conn {
    const struct zv_conn_cfg *cfg; /* borrowed */
    enum zv_conn_end end;
    uint16_t close_code; /* when `end` is not OPEN */
    char close_reason[ZV_CLOSE_REASON_BYTES + 1];
    bool is_ready; /* the first valid `connection` was accepted */
    /* incoming */
    char *message; /* owned; the message being put together */
    size_t message_len;
    size_t message_cap;
    uint32_t frames;
    int64_t tokens_us; /* token bucket, in time: one message costs 1 s / rate */
    int64_t tokens_at_us;
    uint32_t bad_in_a_row;
    /* outgoing */
    struct zv_list queue; /* struct zv_conn_out */
    size_t queued_bytes;
    /* time */
    int64_t ready_by_us;
    int64_t ping_at_us;
    uint32_t pings_unanswered;
};

void zv_conn_init(struct zv_conn *conn, const struct zv_conn_cfg *cfg, int64_t now_us);
void zv_conn_fini(struct zv_conn *conn);

struct zv_conn_fragment {
    const void *data;
    size_t len;
    bool is_binary;
    bool ends_frame;
    bool ends_message; /* the last of the last frame */
};

/*
 * Takes a fragment. True: a whole message is there, *ret_message, valid until zv_conn_message_done.
 * False: more is needed, or the connection is closing.
 */
bool zv_conn_on_fragment(struct zv_conn *conn, const struct zv_conn_fragment *fragment,
                         int64_t now_us, struct zv_str *ret_message);
/* Wipes and frees the message. */
void zv_conn_message_done(struct zv_conn *conn);
/* Whether wire/ accepted it; too many that it did not in a row close the connection. */
void zv_conn_judge(struct zv_conn *conn, bool is_good);
void zv_conn_on_pong(struct zv_conn *conn);
/* The account was accepted: no deadline for the first message any more. */
void zv_conn_set_ready(struct zv_conn *conn);

/* True: a ping is to be sent now. */
bool zv_conn_on_timeout(struct zv_conn *conn, int64_t now_us);
int64_t zv_conn_deadline_us(const struct zv_conn *conn);

/*
 * Queues a text; `headroom` bytes are kept free before it. ZV_E_STATE when closing. ZV_E_NOMEM and
 * ZV_E_LIMIT: the connection is closing now, since a client that misses a message is lost anyway;
 * LIMIT means that it reads too slowly, and drops what was queued.
 */
int zv_conn_send(struct zv_conn *conn, struct zv_str text, size_t headroom) ZV_MUST_CHECK;
/* The next text to write, removed from the queue; the caller frees it (zv_free). NULL: none. */
struct zv_conn_out *zv_conn_next_out(struct zv_conn *conn);

/* What zv_conn_send still takes before the client counts as too slow. */
static inline size_t zv_conn_room(const struct zv_conn *conn)
{
    return conn->cfg->queue_bytes - conn->queued_bytes;
}

void zv_conn_close(struct zv_conn *conn, uint16_t code, struct zv_str reason);
static inline bool zv_conn_is_closing(const struct zv_conn *conn)
{
    return conn->end != ZV_CONN_OPEN;
}

#endif
