/*
 * Clients' TCP connections to one worker (RFC 6544, passive candidates), on the port number of its
 * UDP sockets: each carries the datagrams of one 5-tuple in frames of RFC 4571 and is otherwise a
 * path like any.
 *
 * Who connects has shown nothing yet. A connection stays only once an authenticated ICE check came
 * over it, soon, and then for as long as checks go on coming; half a frame, or output that the
 * other end does not take, does not keep it either. The table is bounded, and so are those from
 * one source, which are refused beyond it. Half of the table at most is for connections without a
 * check: beyond that the oldest of them makes room, so that in a flood from everywhere a client has
 * at least the time until as many others have come, and its check needs one round trip.
 */
#ifndef ZV_WORKER_STREAMS_H
#define ZV_WORKER_STREAMS_H

#include "base/list.h"
#include "base/map.h"
#include "base/timers.h"
#include "io/tcp.h"
#include "rtc/rtp/framing.h"
#include "worker/worker.h"

/* Connections taken from one listener in one turn, so that a flood cannot starve calls. */
#define ZV_WORKER_MAX_ACCEPTS 16
/* Bytes read from one connection in one turn. */
#define ZV_WORKER_STREAM_READ_BYTES 16384
/* Without descriptors a listener is left alone for the first, then twice as long up to the last. */
#define ZV_WORKER_MIN_PAUSE_US ZV_MS(100)
#define ZV_WORKER_MAX_PAUSE_US ZV_MS(1600)

/* Where a packet came from and goes to, without padding: what a known path is found by. */
struct zv_worker_tuple_key {
    uint8_t local_ip[16];
    uint8_t remote_ip[16];
    uint16_t local_port;
    uint16_t remote_port;
    uint8_t local_family;
    uint8_t remote_family;
    uint8_t transport;
    uint8_t zero;
};

struct zv_worker_stream {
    struct zv_map_node node; /* in streams.by_tuple */
    struct zv_worker_tuple_key key;
    struct zv_tcp_socket tcp;
    uint32_t place;
    struct zv_timer timer;
    struct zv_list_node unchecked; /* in streams.unchecked before the first check */
    struct zv_list_node dirty; /* in streams.dirty while something waits that was not tried yet */
    bool is_checked;           /* an authenticated check came */
    bool is_condemned;         /* closes before the turn ends */
    bool wants_write;          /* the poller tells when output is taken again */
    int64_t alive_us;          /* accepted, or the last authenticated check */
    int64_t amid_us;           /* the frame that is not whole began; ZV_TIME_NEVER: none */
    int64_t stuck_us;          /* the other end takes nothing since; ZV_TIME_NEVER: it does */
    struct zv_rtp_framer in;
    struct zv_tcp_queue out;
};

struct zv_worker_listener {
    struct zv_tcp_socket tcp;
    int64_t resume_us; /* ZV_TIME_NEVER: not paused */
    int64_t pause_us;  /* the last pause; 0: none since somebody was accepted */
};

struct zv_worker_streams {
    struct zv_worker_tcp_cfg cfg; /* defaults filled in */
    struct zv_worker_listener listeners[ZV_WORKER_MAX_BINDS];
    size_t listener_count;
    struct zv_worker_stream **places; /* owned, as what they point to; cfg.max_streams */
    uint64_t *sources;                /* owned; by place: a keyed hash of the remote network */
    uint64_t source_seed[2];
    uint32_t count;
    uint32_t unchecked_count;
    struct zv_list unchecked; /* the oldest first */
    struct zv_map by_tuple;
    struct zv_timers timers;
    struct zv_list dirty;
    uint8_t *scratch; /* owned; ZV_WORKER_STREAM_READ_BYTES */
};

/* ZV_E_NOMEM. With cfg.is_enabled false nothing is ever accepted. */
int zv_worker_init_streams(struct zv_worker *worker) ZV_MUST_CHECK;
/* A listener beside a web socket, at its address. ZV_E_INUSE, ZV_E_IO. */
int zv_worker_listen(struct zv_worker *worker, const struct zv_addr *bind) ZV_MUST_CHECK;
void zv_worker_close_listeners(struct zv_worker *worker);
/* Every connection and listener. */
void zv_worker_close_streams(struct zv_worker *worker);
void zv_worker_fini_streams(struct zv_worker *worker);

/* The tag is a listener's or a connection's: true, and what waits there was taken. */
bool zv_worker_read_tcp(struct zv_worker *worker, uint64_t tag);
/* Queues a datagram of a leg; without a connection, or room, it is dropped and counted. */
void zv_worker_send_framed(struct zv_worker *worker, const struct zv_dgram *dgram);
void zv_worker_flush_streams(struct zv_worker *worker);
/* An authenticated check came over this path. */
void zv_worker_note_stream_check(struct zv_worker *worker, const struct zv_dgram *in);
/* The path is nobody's any more: its connection, if it is one, closes. */
void zv_worker_condemn_path(struct zv_worker *worker, const struct zv_worker_tuple_key *key);
/* What is due: connections that close, listeners that go on. */
void zv_worker_run_stream_timers(struct zv_worker *worker);
int64_t zv_worker_streams_deadline_us(const struct zv_worker *worker);

#endif
