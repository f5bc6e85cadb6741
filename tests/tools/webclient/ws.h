/*
 * A WebSocket client (RFC 6455) for text messages, over a stream that never blocks. Pings are
 * answered here; fragments are put together; whatever the server does against the RFC closes.
 */
#ifndef ZV_TESTS_WEBCLIENT_WS_H
#define ZV_TESTS_WEBCLIENT_WS_H

#include "base/attr.h"
#include "base/rand.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The longest message taken, and the longest answer to the upgrade request. */
#define ZV_WC_WS_MAX_MESSAGE 262144
#define ZV_WC_WS_MAX_HEAD    8192

struct zv_wc_ws;

struct zv_wc_ws_cfg {
    const char *url;            /* "ws://127.0.0.1:8080/", "wss://[::1]:8443" */
    const struct zv_rand *rand; /* borrowed; the nonce and the masks */
};

/* Begins to connect. ZV_E_PARSE (url), ZV_E_NOTFOUND (its host), ZV_E_NOMEM, ZV_E_IO, ZV_E_CRYPTO.
 */
int zv_wc_ws_new(struct zv_wc_ws **ret_ws, const struct zv_wc_ws_cfg *cfg) ZV_MUST_CHECK;
/* The same over a connected socket, which becomes its own. */
int zv_wc_ws_new_on(struct zv_wc_ws **ret_ws, int fd, const struct zv_wc_ws_cfg *cfg) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_wc_ws *zv_wc_ws_free(struct zv_wc_ws *ws);

/* To poll; -1: closed. */
int zv_wc_ws_fd(const struct zv_wc_ws *ws);
short zv_wc_ws_events(const struct zv_wc_ws *ws);

enum zv_wc_ws_out {
    ZV_WC_WS_NONE,
    ZV_WC_WS_OPENED, /* once */
    ZV_WC_WS_TEXT,   /* a message */
    ZV_WC_WS_CLOSED, /* once, the last: see zv_wc_ws_close_code */
};
/* Goes on; call it until NONE when the socket is ready. `ret_text` lives until the next call. */
enum zv_wc_ws_out zv_wc_ws_poll(struct zv_wc_ws *ws, struct zv_str *ret_text);
/* ZV_E_STATE: not open; ZV_E_LIMIT, ZV_E_NOMEM, ZV_E_IO. */
int zv_wc_ws_send(struct zv_wc_ws *ws, struct zv_str text) ZV_MUST_CHECK;
/* Says good-bye, without waiting for the other side's. */
void zv_wc_ws_close(struct zv_wc_ws *ws);

/* The same with another code. */
void zv_wc_ws_leave(struct zv_wc_ws *ws, uint16_t code);

/* After CLOSED: the server's code, 1005 without one, 1006 without a close frame; and in words. */
uint16_t zv_wc_ws_close_code(const struct zv_wc_ws *ws);
const char *zv_wc_ws_close_reason(const struct zv_wc_ws *ws);

#endif
