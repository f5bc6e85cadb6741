/*
 * What the files of the connection table share: streams.c (the table), stream.c (one connection's
 * life), stream_frame.c (messages and keepalives in its bytes), stream_accept.c (listeners),
 * stream_peers.c (how many peers may come).
 */
#ifndef ZV_SIPNET_STREAMS_INT_H
#define ZV_SIPNET_STREAMS_INT_H

#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/timers.h"
#include "io/loop.h"
#include "io/tcp.h"
#include "sip/msg.h"
#include "sipnet/streams.h"
#include "sipnet/tls.h"

#include <uv.h>

/* Bytes that wait for one peer: some hundred messages; and for a server, with whom all of its users
 * may speak at once. What does not fit is lost, until the peer reads or stuck_us is over. */
#define ZV_STREAM_MAX_PEER_QUEUE_BYTES   (512u * 1024)
#define ZV_STREAM_MAX_SERVER_QUEUE_BYTES (4096u * 1024)
/* Room for "TLS [2001:db8::1]:5061 sip.example.org #2". */
#define ZV_STREAM_KEY_CAP (ZV_ADDR_TEXT_CAP + ZV_MAX_SIP_HOST_BYTES + 32)
/* One read; what comes beyond waits for the next turn. */
#define ZV_STREAM_READ_BYTES 16384

enum zv_stream_state {
    ZV_STREAM_CLOSED,     /* no connection; of ours: kept for its id and its back-off */
    ZV_STREAM_CONNECTING, /* its end: connect_us */
    ZV_STREAM_HANDSHAKE,  /* TLS; its end: handshake_us */
    ZV_STREAM_OPEN,
};

/* Bytes that grow on demand; a consumed front is taken off. Zeroed it is empty. */
struct zv_stream_bytes {
    uint8_t *data; /* owned; NULL: no memory is held */
    size_t len, cap;
};

struct zv_stream {
    struct zv_map_node by_id;
    struct zv_map_node by_key; /* ours only */
    struct zv_list_node dead;  /* in zv_streams.dead: freed when the loop's turn is over */
    struct zv_streams *owner;
    uint64_t id;
    bool is_dropped; /* out of the table */
    bool is_accepted;
    bool is_peers;        /* a peer made us have it: accepted, or the way back of a response */
    bool is_hasty;        /* nobody chose this transport: it must connect quickly or not at all */
    char *key;            /* owned; "" of accepted ones */
    char *server_name;    /* owned; TLS, ours: whose certificate it must be */
    struct zv_str ca;     /* borrowed; TLS, ours: the trunk's; empty: none of its own */
    SSL *ssl;             /* owned; NULL: no TLS, or not yet */
    bool tls_wants_write; /* HANDSHAKE */
    bool is_untrusted;    /* why it failed last … */
    char *trouble;        /* owned; in words; NULL: none */
    struct zv_sip_flow flow; /* as handed to the stack */
    enum zv_stream_state state;
    struct zv_tcp_socket socket; /* fd -1: none */
    uv_poll_t *poll;           /* own allocation: it outlives a connection by its close callback */
    uint32_t turn;             /* counts connections, so that a change in a callback shows */
    struct zv_stream_bytes in; /* the beginning of a message */
    struct zv_sip_framing framing;
    struct zv_stream_bytes out; /* what waits to leave */
    bool has_half_ping;         /* one CRLF of a ping came */
    bool awaits_pong;
    bool has_ponged; /* it answers pings, so that silence means something */
    uint8_t failures;
    int64_t retry_us; /* CLOSED: not before this */
    int64_t connect_by_us;
    int64_t half_by_us; /* ZV_TIME_NEVER: no message is half there … */
    int64_t stuck_by_us;
    int64_t pong_by_us;
    int64_t check_us; /* when to ask whether somebody still needs it */
    struct zv_timer timer;
};

struct zv_stream_listener {
    struct zv_tcp_socket socket;
    uv_poll_t *poll;
    struct zv_streams *owner;
    enum zv_sip_transport transport;
    int64_t resume_us; /* it takes nobody before this; ZV_TIME_NEVER: it listens */
};

/* Both families of one transport. */
#define ZV_STREAM_MAX_LISTENERS 4

struct zv_streams {
    struct zv_streams_cfg cfg;
    struct zv_map by_id, by_key;
    struct zv_list dead;
    struct zv_timers timers;
    struct zv_loop_timer *timer;
    struct zv_stream_listener listeners[ZV_STREAM_MAX_LISTENERS];
    size_t listener_count;
    uint64_t last_id;
    size_t half_bytes;               /* memory of every stream's `in` */
    struct zv_streams_counts counts; /* those since the start */
    uint8_t rx[ZV_STREAM_READ_BYTES];
};

/* ---- streams.c ---- */

/* Enters a stream into the table. NULL: a limit, or no memory. */
struct zv_stream *zv_stream_new(struct zv_streams *streams, const struct zv_sip_flow *flow,
                                const char *key);
/* Takes it out; its memory goes when the turn is over. A second time does nothing. */
void zv_stream_drop(struct zv_stream *stream);
/* Arms the stream's timer for the first of its times. */
void zv_stream_rearm(struct zv_stream *stream);
/* After everything that the loop called: frees what died meanwhile, and sets the one timer. */
void zv_streams_settle(struct zv_streams *streams);

/* ---- stream.c ---- */

/* Begins to connect. Errors of zv_streams_send. */
int zv_stream_connect(struct zv_stream *stream, int64_t now_us) ZV_MUST_CHECK;
/* Watches a connection that stands. */
int zv_stream_adopt(struct zv_stream *stream, const struct zv_tcp_socket *socket,
                    int64_t now_us) ZV_MUST_CHECK;
/* Queues and writes what the kernel takes. ZV_E_AGAIN: there is no room, and nothing has changed.
 * ZV_E_GONE, ZV_E_IO, ZV_E_NOMEM: the caller ends the connection, and sees to it that the owner
 * knows. */
int zv_stream_write(struct zv_stream *stream, struct zv_str bytes, int64_t now_us) ZV_MUST_CHECK;
/* Opens the socket of one of ours, which gives it its port. Errors of zv_tcp_open. */
int zv_stream_open_socket(struct zv_stream *stream) ZV_MUST_CHECK;
/* It may send and be read. */
void zv_stream_is_open(struct zv_stream *stream);
/* The connection goes without a word; one that was accepted leaves the table. */
void zv_stream_close(struct zv_stream *stream);
/* The same, and the owner is told. */
void zv_stream_fail(struct zv_stream *stream, int err, const char *why, int64_t now_us);
/* Counts a failed attempt and sets the back-off. */
void zv_stream_refused(struct zv_stream *stream, int64_t now_us);
/* Nobody has said anything for long: it goes, unless somebody still needs it. */
void zv_stream_check(struct zv_stream *stream, int64_t now_us);
void zv_stream_on_due(struct zv_stream *stream, int64_t now_us);

/* ---- stream_bytes.c ---- */

void zv_stream_bytes_fini(struct zv_stream_bytes *bytes);
int zv_stream_bytes_append(struct zv_stream_bytes *bytes, const void *data,
                           size_t len) ZV_MUST_CHECK;
void zv_stream_bytes_drop_front(struct zv_stream_bytes *bytes, size_t len);

/* ---- stream_peers.c ---- */

/* Why one more of that peer's finds no place; NULL: it does. */
const char *zv_streams_refuse_peer(const struct zv_streams *streams, const struct zv_addr *remote);
/* For one more of that peer's, who may have it: where all places are taken, those leave that were
 * silent for longest and are not used. */
void zv_streams_make_room(struct zv_streams *streams, const struct zv_addr *remote, int64_t now_us);

/* ---- stream_frame.c ---- */

/* Takes what came; may end the connection. */
void zv_stream_take(struct zv_stream *stream, struct zv_str bytes, int64_t now_us);
/* Lets go of the beginning of a message. */
void zv_stream_forget_half(struct zv_stream *stream);
/* RFC 5626 §4.4.1. */
void zv_stream_ping(struct zv_stream *stream, int64_t now_us);

/* ---- stream_tls.c ---- */

/* The connection stands: our side begins the handshake, or theirs does. */
void zv_stream_begin_tls(struct zv_stream *stream, int64_t now_us);
int zv_stream_expect_tls(struct zv_stream *stream, int64_t now_us) ZV_MUST_CHECK;
void zv_stream_go_on_tls(struct zv_stream *stream, int64_t now_us);
/* As zv_tcp_read and zv_tcp_write, through TLS where there is one. */
int zv_stream_get(struct zv_stream *stream, void *data, size_t cap, size_t *ret_len) ZV_MUST_CHECK;
int zv_stream_put(struct zv_stream *stream, const void *data, size_t len,
                  size_t *ret_len) ZV_MUST_CHECK;

/* ---- stream_accept.c ---- */

int zv_streams_listen(struct zv_streams *streams, enum zv_sip_transport transport,
                      const struct zv_addr *addr) ZV_MUST_CHECK;
void zv_streams_stop_listening(struct zv_streams *streams);
/* Looks again at listeners that had to pause. */
void zv_streams_resume_listening(struct zv_streams *streams, int64_t now_us);
/* When the next one is to be looked at, or ZV_TIME_NEVER. */
int64_t zv_streams_resume_us(const struct zv_streams *streams);

#endif
