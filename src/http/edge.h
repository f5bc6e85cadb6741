/*
 * The seam between what this folder decides (link.c, websocket.c and the pure files) and the server
 * library that carries it out (lws.c): another library can take its place behind these functions.
 *
 * A link is one accepted socket. It is made by zv_http_on_accept and freed by zv_http_on_gone; in
 * between it first asks for pages, and may become a WebSocket once.
 */
#ifndef ZV_HTTP_EDGE_H
#define ZV_HTTP_EDGE_H

#include "base/buf.h"
#include "http/conn.h"
#include "http/http.h"
#include "http/pages.h"

struct zv_edge;
struct zv_http_certificate;
struct zv_link;

/* ------------------------------------------------------------------ carried out by lws.c */

struct zv_edge_cfg {
    struct zv_http *http;   /* borrowed */
    struct uv_loop_s *loop; /* borrowed */
    uint32_t idle_s;
};

/* Bytes that must be free before each text to send. */
extern const size_t zv_edge_headroom;

/* ZV_E_NOMEM, ZV_E_IO. */
int zv_edge_new(struct zv_edge **ret_edge, const struct zv_edge_cfg *cfg) ZV_MUST_CHECK;
/* Errors of zv_http_listen; `why` gets the sentence. */
int zv_edge_listen(struct zv_edge *edge, const struct zv_http_listener *listener,
                   struct zv_buf *why, uint16_t *ret_port) ZV_MUST_CHECK;
/* Which is the edge's from now on. */
void zv_edge_use_certificate(struct zv_edge *edge, struct zv_http_certificate *certificate);
void zv_edge_close(struct zv_edge *edge);
struct zv_edge *zv_edge_free(struct zv_edge *edge);
/* zv_http_next_out and zv_http_take_close are asked as soon as the socket takes bytes. */
void zv_edge_want_write(void *socket);
/* The socket is closed in a later turn, whatever state it is in. */
void zv_edge_kill(void *socket);

/* ------------------------------------------------------------------ decided by the folder */

/* An accepted socket; `service` of its listener. */
struct zv_edge_socket {
    void *socket; /* the edge's */
    enum zv_http_service service;
    struct zv_addr local;
    struct zv_addr peer;
};
/* ZV_E_LIMIT, ZV_E_NOMEM: drop the socket without a word. */
int zv_http_on_accept(struct zv_http *http, const struct zv_edge_socket *accepted,
                      struct zv_link **ret_link) ZV_MUST_CHECK;
/* The socket is no more: frees the link. */
void zv_http_on_gone(struct zv_link *link);

/* The answer to a request, valid until zv_http_on_answered; NULL: no memory, close. */
const struct zv_page_answer *zv_http_on_request(struct zv_link *link,
                                                const struct zv_page_request *request);
/* Headers of a request for a WebSocket; p == NULL: absent. */
struct zv_edge_upgrade {
    struct zv_str origin;
    struct zv_str host;
    struct zv_str forwarded; /* X-Forwarded-For: all lines of it, a comma between */
};
/* NULL: let the WebSocket in; else the refusal to send before closing. */
const struct zv_page_answer *zv_http_on_upgrade(struct zv_link *link,
                                                const struct zv_edge_upgrade *upgrade);
/* The part of the answer's body that comes next, at most `max` bytes; false: all was given. */
bool zv_http_next_part(struct zv_link *link, size_t max, const uint8_t **ret_part, size_t *ret_len);
/* An answer is on its way and all of it was given; whether the socket is to be closed then. */
bool zv_http_is_answered(const struct zv_link *link, bool *ret_must_close);
void zv_http_on_answered(struct zv_link *link);

/* The WebSocket stands. ZV_E_NOMEM, ZV_E_LIMIT: close it. */
int zv_http_on_open(struct zv_link *link) ZV_MUST_CHECK;
void zv_http_on_fragment(struct zv_link *link, const struct zv_conn_fragment *fragment);
/* The client's close frame; 1005: without a code. */
void zv_http_on_peer_close(struct zv_link *link, uint16_t code);
/* The next text (to be freed with zv_free); NULL: none. */
struct zv_conn_out *zv_http_next_out(struct zv_link *link);
/* True, once: nothing is left to send and the WebSocket is to be closed with this code. */
bool zv_http_take_close(struct zv_link *link, uint16_t *ret_code, const char **ret_reason);
/* zv_http_take_close has been true. */
bool zv_http_is_closed(const struct zv_link *link);

#endif
