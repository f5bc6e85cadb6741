/*
 * SIP over streams: the table of connections (RFC 3261 §18,
 * docs/decisions/014-sip-over-streams.md).
 *
 * A stream is the way to one server, or from one peer, and has an id that flows carry as `conn`.
 * One that we open outlives its connection: it connects when something is to be sent, again after
 * it was closed, and not before its back-off when it was refused. One that we accepted ends with
 * its connection. Streams to the same server are one: same address, transport, and for TLS the same
 * name and the same trusted CAs, so that nobody sends over what was verified for somebody else.
 *
 * Every state ends: connecting, half a message and a peer that takes nothing by their times, an
 * open stream by silence unless the stack still uses it. Silence is that of messages that were
 * taken: what means nothing keeps nothing open.
 *
 * A quarter of the table and of the memory for half messages is never a peer's, so that no crowd of
 * them can keep us from our servers. Peers beyond the rest take the place of who has been silent
 * for longest and is not used.
 */
#ifndef ZV_SIPNET_STREAMS_H
#define ZV_SIPNET_STREAMS_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/rand.h"
#include "base/str.h"
#include "sip/sip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;

struct zv_streams;
struct zv_tls;

/* What is 0 and has a default in parentheses takes that. */
struct zv_streams_cfg {
    uv_loop_t *loop;
    struct zv_rand rand;
    struct zv_addr tcp_listen; /* family NONE: none; port 0: a free one */
    struct zv_addr tls_listen; /* likewise */
    const struct zv_tls *tls;  /* borrowed; NULL: TLS cannot be had */
    size_t max_streams;        /* in all; three quarters of it, and one at least, for peers */
    size_t max_per_address;    /* of one peer: an IPv4 address or an IPv6 /64 */
    size_t max_half_bytes;     /* of all half messages, about; likewise divided (0: 64 MiB) */
    int64_t connect_us;        /* TCP's handshake (4 s) */
    int64_t handshake_us;      /* TLS's (5 s) */
    int64_t half_message_us;   /* from its first byte to its last (10 s) */
    int64_t idle_us;           /* without a message, unless it is used (60 s) */
    int64_t stuck_us;          /* the peer takes nothing of what waits (20 s) */
    int64_t pong_us;           /* RFC 5626 §4.4.1 (10 s) */
    /* A whole message. Tells whether it was taken: then the stream is not silent. */
    bool (*on_message_fn)(void *arg, const struct zv_sip_flow *flow, struct zv_str data);
    /* The stream's connection is gone, or could not be made. Not from within zv_streams_send. */
    void (*on_failed_fn)(void *arg, const struct zv_sip_flow *flow, int err);
    enum zv_sip_flow_use (*use_fn)(void *arg, const struct zv_sip_flow *flow);
    /* Who connects for TLS may have its handshake, which costs us more than anything else that he
     * could send; NULL: everybody may. */
    bool (*may_shake_hands_fn)(void *arg, const struct zv_addr *remote);
    /* A keepalive that came by the stream may be answered; NULL: each may. */
    bool (*may_ping_fn)(void *arg, const struct zv_sip_flow *flow);
    void *arg;
};

/* ZV_E_NOMEM; ZV_E_INUSE, ZV_E_IO, ZV_E_INVAL: the listener. */
int zv_streams_new(struct zv_streams **ret_streams, const struct zv_streams_cfg *cfg) ZV_MUST_CHECK;
/* Closes everything without a word to its owner; handles close on the loop's next turns. */
struct zv_streams *zv_streams_free(struct zv_streams *streams);

/* Where a stream is to lead. */
struct zv_stream_target {
    enum zv_sip_transport transport;
    struct zv_addr local; /* the address to call from; its port is not used */
    struct zv_addr remote;
    struct zv_str server_name; /* TLS: whose certificate it must be; empty: the address's */
    struct zv_str ca;          /* TLS: a trunk's file, which outlives us; empty: none */
};
/* The flow to a server by the stream that leads there, or by a new one; nothing is connected yet.
 * It stands for idle_us at least, so that a second choice is there when the first one fails.
 * ZV_E_LIMIT, ZV_E_NOMEM; ZV_E_UNSUPPORTED: not a stream's transport. */
int zv_streams_find_flow(struct zv_streams *streams, const struct zv_stream_target *target,
                         struct zv_sip_flow *ret_flow) ZV_MUST_CHECK;
/*
 * Sends, or queues while it connects. A response whose connection is gone goes by a new one to the
 * port that its Via names (RFC 3261 §18.2.2). Nothing was sent, and on_failed_fn does not tell:
 * ZV_E_GONE: that connection is gone; ZV_E_IO: refused, or within the back-off; ZV_E_DENIED:
 * likewise, since its certificate was not trusted; ZV_E_LIMIT, ZV_E_NOMEM; ZV_E_AGAIN: there is no
 * room for this message now, which says nothing of the stream.
 */
int zv_streams_send(struct zv_streams *streams, const struct zv_sip_flow *flow,
                    struct zv_str message) ZV_MUST_CHECK;

/* What TLS found wrong with the server of that name last, and the remedy; NULL: nothing. */
const char *zv_streams_trouble(const struct zv_streams *streams, struct zv_str server_name);
/* Whom TLS refused may be tried again at once: certificates were read anew. */
void zv_streams_forgive(struct zv_streams *streams);

struct zv_streams_counts {
    size_t streams;  /* all there are */
    size_t open;     /* of them connected */
    size_t accepted; /* those that peers made, connected or not yet */
    size_t accepted_open;
    uint64_t refused;   /* peers beyond a limit, and half messages; since the start … */
    uint64_t failed;    /* attempts of ours */
    uint64_t malformed; /* closed since no message could be made out */
    uint64_t late;      /* closed for half a message, or since the peer took nothing */
    uint64_t crowded;   /* messages that found no room in a queue */
};
void zv_streams_counts(const struct zv_streams *streams, struct zv_streams_counts *ret_counts);
/* The port that we listen at, for both families the same; 0: we do not. */
uint16_t zv_streams_port(const struct zv_streams *streams, enum zv_sip_transport transport);

#endif
