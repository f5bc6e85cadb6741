/*
 * Between wire/ and call/: a client's message as an input of the switchboard, a command of the
 * switchboard as text, and the answers to messages that do not concern the switchboard. Pure.
 */
#ifndef ZV_HTTP_CLIENT_H
#define ZV_HTTP_CLIENT_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/id.h"
#include "call/command.h"
#include "call/input.h"
#include "http/outbox.h"
#include "wire/event.h"
#include "wire/wire.h"

#include <stdbool.h>

/* Whose message it is. */
struct zv_client_origin {
    zv_conn_id conn;
    struct zv_addr peer;
    struct zv_addr local;
    bool is_proxied;
    bool is_connected; /* a `connection` was handed to the switchboard */
    unsigned offered;  /* enum zv_wire_feature: what this gateway grants to those who ask */
};

/* The extensions of a connection: both are empty for a client of Web Call Server. */
struct zv_client_features {
    bool is_asked;                               /* it sent `features`, so it is told what it got */
    unsigned granted;                            /* enum zv_wire_feature */
    const struct zv_wire_ice_server *ice_server; /* for getUserData, if any */
};

enum zv_client_verdict {
    ZV_CLIENT_FORWARD, /* hand `in` to the switchboard */
    ZV_CLIENT_REPLY,   /* send the text that was written */
    ZV_CLIENT_PONG,    /* our ping was answered */
    ZV_CLIENT_IGNORE,
};

struct zv_client_input {
    struct zv_call_in in; /* borrows the message's text */
    struct zv_call_header headers[ZV_MAX_CALL_HEADERS];
    struct zv_client_features features; /* of CLIENT_CONNECT */
};

/*
 * What to do with a message. `reply` gets one or several messages, each ended by a NUL byte, when
 * the verdict is REPLY. `*ret_input` is written when it is FORWARD.
 */
enum zv_client_verdict zv_client_take(const struct zv_client_origin *origin,
                                      const struct zv_wire_msg *msg, struct zv_buf *reply,
                                      struct zv_client_input *ret_input);
/*
 * What to answer to a message that wire/ refused: likewise, REPLY, or FORWARD where it concerns a
 * call, of which the switchboard tells the end. `reply` may have a message in either case.
 */
enum zv_client_verdict zv_client_refuse(const struct zv_client_origin *origin,
                                        const struct zv_wire_error *error, struct zv_buf *reply,
                                        struct zv_client_input *ret_input);
/* Whether the message is news, which a client that can resume gets with a number. */
bool zv_client_is_numbered(const struct zv_cmd_client *event);
/* The message of ZV_MSG_RESUMED; `missed` follows it. Likewise. */
int zv_client_write_resumed(const struct zv_cmd_client *event,
                            const struct zv_outbox_missed *missed,
                            struct zv_buf *out) ZV_MUST_CHECK;
/* Any other message for CLIENT_EVENT, without a NUL. ZV_E_TRUNCATED, ZV_E_INVAL. */
int zv_client_write_event(const struct zv_cmd_client *event,
                          const struct zv_client_features *features,
                          struct zv_buf *out) ZV_MUST_CHECK;

#endif
