/*
 * Whom the messages of a session go to: the WebSocket that its client has now, if any, the
 * extensions that it was granted, and what it may have missed. A session has one reader from its
 * getUserData to its end, whatever sockets come and go. Pure.
 */
#ifndef ZV_HTTP_READERS_H
#define ZV_HTTP_READERS_H

#include "base/attr.h"
#include "base/id.h"
#include "base/map.h"
#include "http/outbox.h"

#include <stdbool.h>

struct zv_reader {
    struct zv_map_node node;
    zv_session_id session;
    zv_conn_id conn;          /* 0: away */
    unsigned features;        /* enum zv_wire_feature: granted */
    bool knows_all;           /* of what was said before its last return */
    struct zv_outbox *outbox; /* owned; NULL: it cannot resume, nothing is numbered or kept */
};

struct zv_readers {
    struct zv_map map;
};

void zv_readers_init(struct zv_readers *readers, size_t max_count, const uint64_t seed[2]);
void zv_readers_fini(struct zv_readers *readers);
/* NULL: none. */
struct zv_reader *zv_readers_find(const struct zv_readers *readers, zv_session_id session);
/* The session's client has this WebSocket now; its reader, made where there is none. NULL: no
 * memory, or there are too many. */
struct zv_reader *zv_readers_attach(struct zv_readers *readers, zv_session_id session,
                                    zv_conn_id conn, unsigned features) ZV_MUST_CHECK;
/* The WebSocket is gone: nothing, unless it is the session's present one. */
void zv_readers_detach(struct zv_readers *readers, zv_session_id session, zv_conn_id conn);
void zv_readers_forget(struct zv_readers *readers, zv_session_id session);

#endif
