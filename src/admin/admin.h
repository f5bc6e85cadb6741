/*
 * The admin socket's server: takes requests (admin/protocol.h) off connections, hands each to its
 * owner, and sends the one answer that the owner gives, at once or later. It knows what a request
 * looks like, not what it means.
 *
 * Bounds: connections at once (further ones wait to be accepted), bytes of a request, a time from
 * connecting to the request's end and one for taking the answer, bytes of an answer. A client that
 * does not keep to them is dropped.
 */
#ifndef ZV_ADMIN_ADMIN_H
#define ZV_ADMIN_ADMIN_H

#include "admin/request.h"
#include "base/attr.h"
#include "base/json.h"

#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct zv_admin;

#define ZV_ADMIN_MAX_CONNECTIONS 80
/* Requests that may be held at once (zv_admin_hold), every capture that capture.max allows among
 * them: the rest stays free for the others. */
#define ZV_ADMIN_MAX_HELD 72

/* Names a request until it is answered; stale ones name nobody. 0: none. */
typedef struct {
    uint64_t v;
} zv_admin_id;

struct zv_admin_query {
    zv_admin_id id;
    const struct zv_admin_request *request; /* for the time of the call */
    int fd;       /* that came with it, now the owner's to close; -1: none */
    uint32_t uid; /* of who asks */
};

struct zv_admin_cfg {
    struct uv_loop_s *loop; /* borrowed */
    const char *path;       /* borrowed for the call, as `group` */
    const char *group;      /* "": the owner alone */
    int64_t patience_us;    /* 0: 5 s; for each of: the request, the answer, taking it */
    void (*on_query_fn)(void *arg, const struct zv_admin_query *query);
    /* Who asked went away, or ran out of patience, before the answer. */
    void (*on_gone_fn)(void *arg, zv_admin_id id);
    void *arg; /* borrowed */
};

/* ret_error: a sentence with its remedy. As zv_admin_socket_open, and ZV_E_NOMEM. */
int zv_admin_new(struct zv_admin **ret_admin, const struct zv_admin_cfg *cfg, char *ret_error,
                 size_t cap) ZV_MUST_CHECK;
/* Removes the socket, drops who is connected; on_gone_fn is not called any more. NULL allowed. */
void zv_admin_close(struct zv_admin *admin);
/* After the loop has run out of our handles. NULL allowed; returns NULL. */
struct zv_admin *zv_admin_free(struct zv_admin *admin);

/*
 * Answers {"ok":true,…}: `write_fn` writes what belongs between, and may be called again with more
 * room. Over ZV_ADMIN_MAX_ANSWER_BYTES an error is answered instead.
 */
void zv_admin_answer(struct zv_admin *admin, zv_admin_id id,
                     void (*write_fn)(const void *arg, struct zv_json *json), const void *arg);

struct zv_admin_refusal {
    const char *error;  /* "unknown_call" */
    const char *text;   /* a sentence without capital and full stop */
    const char *remedy; /* likewise; NULL: none */
};
void zv_admin_refuse(struct zv_admin *admin, zv_admin_id id,
                     const struct zv_admin_refusal *refusal);

/* The answer may take as long as it likes. ZV_E_GONE; ZV_E_LIMIT: enough are held. */
int zv_admin_hold(struct zv_admin *admin, zv_admin_id id) ZV_MUST_CHECK;

#endif
