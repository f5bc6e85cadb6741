/*
 * The client's door: WebSocket sessions and the built pages, on the signalling thread's libuv loop;
 * beside it a small one for operators.
 *
 * Text of a client becomes struct zv_call_in (through wire/), client commands of the switchboard
 * become text. What does not concern a call is settled here: origins, caps, rates, pings, slow
 * readers, malformed messages. HTTP/1.1 only, no compression, no cookies.
 *
 * Use, on the thread of the loop only:
 *
 *     zv_http_new(&http, &cfg);
 *     zv_http_listen(http, &(struct zv_http_listener){.port = 8443, .cert_path = …}, &port);
 *     uv_run(loop, …);                 on_input_fn is called with each input for the switchboard
 *     zv_http_execute(http, &cmd);     for each command that the switchboard yields
 *     zv_http_close(http);             no callback comes after this
 *     uv_run(loop, UV_RUN_DEFAULT);    until nothing of this door is left on the loop
 *     zv_http_free(http);
 *
 * zv_http_execute never calls on_input_fn: a socket that has to be closed is reported by a
 * ZV_CALL_IN_CLIENT_CLOSED of a later turn. Between CLIENT_CONNECT and CLIENT_CLOSED of a
 * connection there is always exactly one of each.
 *
 * Limits: struct zv_http_limits; base/limits.h for the size of a message and of a client's queue;
 * http/outbox.h for what is kept for a client that is away.
 */
#ifndef ZV_HTTP_HTTP_H
#define ZV_HTTP_HTTP_H

#include "base/addr.h"
#include "base/attr.h"
#include "call/command.h"
#include "call/input.h"
#include "http/forwarded.h"
#include "http/turn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct zv_buf;
struct zv_http_certificate;
struct zv_page;
struct zv_wire_quality;
struct zv_wire_report;

/* 0 takes the default. */
struct zv_http_limits {
    uint32_t connections;             /* 10000: WebSockets */
    uint32_t sessions;                /* 10000: with a client that is there or away */
    uint32_t connections_per_address; /* 100: of one IPv4 address or IPv6 /64 */
    uint32_t messages_per_s;          /* 50: a client's rate; twice as many in a burst */
    uint32_t message_bytes;           /* 262144, which is also the most: of one message */
    uint32_t queue_bytes;             /* 262144, which is also the most: towards one client */
    uint32_t bad_messages;            /* 10: refused in a row, then the socket is closed */
    int64_t first_message_us;         /* 10 s: to the first valid `connection` */
    int64_t ping_interval_us;         /* 5 s */
    uint32_t ping_misses;             /* 10: unanswered, then the socket is closed */
    int64_t close_grace_us;           /* 5 s: from our close to the end of the socket */
    uint32_t idle_s; /* 10 s: for a request's head, and for each step of an answer */
};

/* What a proxy of ours may ask on the listeners for clients, as operators do: it sends none to a
 * gateway that is full or about to stop. */
#define ZV_HTTP_READY_PATH "/readyz"

/* Of all services together. */
#define ZV_HTTP_MAX_LISTENERS 8

/* The most that an answer to an operator may hold, and how many of them connect at once. */
#define ZV_HTTP_ADMIN_BYTES   262144
#define ZV_HTTP_ADMIN_SOCKETS 16

struct zv_http_admin_answer {
    int status;
    const char *content_type; /* static */
};

struct zv_http_cfg {
    struct uv_loop_s *loop; /* borrowed */
    uint64_t seed[2];       /* random: hashing of addresses and JSON keys */
    struct zv_http_limits limits;
    const struct zv_page *pages; /* borrowed; http/pages.h */
    size_t page_count;
    const char *const *allowed_origins; /* borrowed; "https://phone.example" */
    size_t allowed_origin_count;
    struct zv_proxies proxies; /* in front of us: they say whose a request is */
    unsigned features;         /* enum zv_wire_feature: granted to clients that ask for them */
    struct zv_turn_cfg turn;   /* with ICE_SERVERS among the features */
    void (*on_input_fn)(void *arg, const struct zv_call_in *in);
    /* GET or HEAD of `path` on an ADMIN listener: fills `body`, of ZV_HTTP_ADMIN_BYTES. */
    void (*on_admin_fn)(void *arg, struct zv_str path, struct zv_buf *body,
                        struct zv_http_admin_answer *ret_answer);
    void *arg; /* borrowed */
};

enum zv_http_service {
    ZV_HTTP_WEBSOCKET, /* for clients; no pages */
    ZV_HTTP_PAGES,     /* the pages beside the WebSocket */
    ZV_HTTP_ADMIN,     /* on_admin_fn, for operators: no WebSocket, and nobody is asked for a
                          password, so the owner listens on loopback only */
};

struct zv_http_listener {
    const char *address;   /* "127.0.0.1", "::1"; "" or NULL: all, both families; "0.0.0.0" */
    uint16_t port;         /* 0: any free one */
    const char *cert_path; /* PEM, leaf first; NULL: no TLS */
    const char *key_path;
    enum zv_http_service service;
};

struct zv_http;

/* Also calls zv_wire_init. ZV_E_NOMEM, ZV_E_INVAL, ZV_E_IO (the event library's plugin is not
 * installed). */
int zv_http_new(struct zv_http **ret_http, const struct zv_http_cfg *cfg) ZV_MUST_CHECK;
/*
 * ZV_E_INUSE, ZV_E_DENIED (a port that needs a privilege), ZV_E_NOTFOUND (no such local address),
 * ZV_E_CRYPTO (certificate or key), ZV_E_IO, ZV_E_INVAL, ZV_E_LIMIT (there are already
 * ZV_HTTP_MAX_LISTENERS). On failure zv_http_error has the sentence; the other listeners stay.
 */
int zv_http_listen(struct zv_http *http, const struct zv_http_listener *listener,
                   uint16_t *ret_port) ZV_MUST_CHECK;
/* Why the last zv_http_listen failed: one sentence. Valid until the next call. */
const char *zv_http_error(const struct zv_http *http);
/* From the next handshake on, at every listener with TLS; `certificate` (http/certificate.h) is the
 * door's from now on. */
void zv_http_use_certificate(struct zv_http *http, struct zv_http_certificate *certificate);
/* What may change while clients are connected, as in zv_http_cfg. It holds for connections, pages
 * and passwords from now on. */
struct zv_http_settings {
    const char *const *allowed_origins;
    size_t allowed_origin_count;
    bool has_turn; /* else no client gets ICE_SERVERS */
    struct zv_turn_cfg turn;
};
void zv_http_set(struct zv_http *http, const struct zv_http_settings *settings);
/* Stops listening and drops every socket; run the loop afterwards. */
void zv_http_close(struct zv_http *http);
/* After zv_http_close and once the loop has nothing of ours left. NULL allowed, returns NULL. */
struct zv_http *zv_http_free(struct zv_http *http);

/* CLIENT_EVENT, CLIENT_CLOSE, CLIENT_FORGET; every other command: nothing. What is for a client
 * that is away waits for its return, if it can resume. */
void zv_http_execute(struct zv_http *http, const struct zv_call_cmd *cmd);

/* Whether the session's client asked for this extension (enum zv_wire_feature) and was granted it;
 * a client that is away, but can resume, counts as well. */
bool zv_http_has_feature(const struct zv_http *http, zv_session_id session, unsigned feature);
/*
 * Sends a message that wire/event.h wrote into `message` to the session's client. `is_kept`: it is
 * news, which a client that can resume gets with a number, and at its return when it is away.
 * `message` needs 32 bytes of room more.
 */
void zv_http_tell(struct zv_http *http, zv_session_id session, struct zv_buf *message,
                  bool is_kept);
/*
 * Sends the report of a call that has ended to a client that takes them. It is a comfort: where it
 * would fill the better part of what the client's queue has left, it is left out and counted.
 */
void zv_http_send_report(struct zv_http *http, zv_session_id session,
                         const struct zv_wire_report *report);

/* The quality of a call, to a client that was granted `quality`; likewise left out, the next one
 * follows. */
void zv_http_send_quality(struct zv_http *http, zv_conn_id conn,
                          const struct zv_wire_quality *quality);

struct zv_http_counts {
    uint32_t sockets;           /* open now, whatever they do */
    uint32_t connections;       /* open now: WebSockets */
    uint64_t opened;            /* WebSockets ever */
    uint64_t closed;            /* WebSockets ever */
    uint64_t messages_in;       /* whole messages */
    uint64_t messages_out;      /* handed to the socket */
    uint64_t reports_dropped;   /* left out: too large for the client's queue */
    uint64_t requests;          /* HTTP requests of clients answered, other than upgrades */
    uint64_t admin_requests;    /* of operators */
    uint64_t refused_origin;    /* 403 */
    uint64_t refused_total;     /* 503: connections */
    uint64_t refused_address;   /* 429, or dropped at accept: connections_per_address */
    uint64_t bad_messages;      /* refused by wire/ */
    uint64_t closed_oversize;   /* 1009 */
    uint64_t closed_binary;     /* 1003 */
    uint64_t closed_rate;       /* 1008: messages_per_s */
    uint64_t closed_bad;        /* 1008: bad_messages */
    uint64_t closed_silent;     /* 1008: no `connection` in time */
    uint64_t closed_slow;       /* 1013: queue_bytes */
    uint64_t closed_unanswered; /* 1001: pings */
};

void zv_http_counts(const struct zv_http *http, struct zv_http_counts *ret_counts);

#endif
