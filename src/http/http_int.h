/*
 * What the files share that keep the state of the door: the door itself (http.c), its sockets and
 * what they ask for (link.c), its WebSockets (websocket.c), and the messages that go out by them
 * (messages.c).
 */
#ifndef ZV_HTTP_HTTP_INT_H
#define ZV_HTTP_HTTP_INT_H

#include "base/limits.h"
#include "base/map.h"
#include "base/timers.h"
#include "http/admit.h"
#include "http/client.h"
#include "http/conn.h"
#include "http/edge.h"
#include "http/http.h"
#include "http/readers.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest event: a session description, of which each byte may need an escape. */
#define ZV_HTTP_EVENT_CAP ((size_t)6 * ZV_MAX_SDP_BYTES + 8192)

struct zv_http {
    struct zv_http_cfg cfg;
    struct zv_conn_cfg conn_cfg;
    struct zv_edge *edge; /* owned */
    struct zv_admit admit;
    struct zv_map conns; /* by id */
    struct zv_readers readers;
    struct zv_timers timers;
    struct zv_loop_timer *timer; /* owned; follows `timers` */
    bool is_closing;
    uint64_t last_id;
    uint32_t admin_sockets;
    struct zv_http_counts counts;
    char error[256];
    char event[ZV_HTTP_EVENT_CAP];
};

/* A WebSocket. */
struct zv_websocket {
    struct zv_conn conn;
    zv_conn_id id;
    struct zv_map_node node;
    struct zv_timer timer;
    struct zv_link *link; /* borrowed: owns us */
    bool is_close_sent;
    bool is_announced; /* CLIENT_CONNECT was given, so CLIENT_CLOSED will be */
    bool has_spoken;   /* and something after it */
    struct zv_client_features features;
    zv_session_id reader; /* whose messages go here; 0: nobody's yet */
    uint16_t peer_code;   /* of the client's close frame; 0: none came before ours */
    int64_t kill_at_us;   /* when closing */
    char name[24];        /* "w-17", for the log */
};

struct zv_link {
    struct zv_http *http; /* borrowed */
    void *socket;         /* borrowed: the edge's */
    enum zv_http_service service;
    struct zv_addr local;
    struct zv_addr peer;           /* the client's; while that is not known, the proxy's */
    struct zv_admit_entry *entry;  /* borrowed; NULL: ADMIN, or a proxy's unknown client */
    struct zv_page_answer *answer; /* owned; while one is being sent */
    char *admin_body;              /* owned; ADMIN: the body of `answer` */
    size_t body_sent;
    bool is_proxied;         /* `local` says nothing about the client's way */
    bool is_admitted;        /* counts as a WebSocket */
    struct zv_websocket *ws; /* owned; once it is one */
};

/* NULL: it is gone. */
struct zv_websocket *zv_websocket_find(const struct zv_http *http, zv_conn_id id);
/* To be called after anything that happened to it: arms its deadline, and sees to it that bytes or
 * a close are carried out. */
void zv_websocket_settle(struct zv_websocket *ws, int64_t now_us);
/* Queues a text; one that has no place is dropped, and the queue's limit closes the WebSocket. */
void zv_websocket_send(struct zv_websocket *ws, struct zv_str text);
/* Its socket is gone: call control hears of it. */
void zv_websocket_on_gone(struct zv_websocket *ws);
/* `arg` is the struct zv_http. */
void zv_websockets_on_due(void *arg, int64_t now_us);

#endif
