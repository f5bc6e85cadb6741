/*
 * The inside of the admin socket's server. Only for the files of admin/.
 */
#ifndef ZV_ADMIN_ADMIN_INT_H
#define ZV_ADMIN_ADMIN_INT_H

#include "admin/admin.h"
#include "admin/socket.h"
#include "base/list.h"
#include "io/loop.h"

#include <stdbool.h>
#include <uv.h>

enum zv_admin_phase {
    ZV_ADMIN_READING,
    ZV_ADMIN_ASKED, /* the owner works on the answer */
    ZV_ADMIN_WRITING,
    ZV_ADMIN_CLOSED, /* the handle is closing */
};

struct zv_admin_conn {
    struct zv_list_node node; /* in zv_admin.conns */
    struct zv_admin *admin;   /* borrowed */
    zv_admin_id id;
    enum zv_admin_phase phase;
    bool is_held;
    int fd;        /* owned */
    int passed_fd; /* owned; -1: none came */
    bool has_more_fds;
    uv_poll_t poll;              /* data: this struct */
    struct zv_loop_timer *timer; /* owned */
    char line[ZV_ADMIN_MAX_REQUEST_BYTES];
    size_t line_len;
    char *answer; /* owned */
    size_t answer_len;
    size_t sent;
};

struct zv_admin {
    struct zv_admin_cfg cfg;
    struct zv_admin_socket socket;
    uv_poll_t listener;          /* data: this struct */
    struct zv_loop_timer *pause; /* owned; while no descriptor is free */
    bool is_closed;
    struct zv_list conns;
    uint32_t conn_count; /* whose handles are open */
    uint32_t held_count;
    uint64_t last_id;
};

/* server.c: accepts again where the table was full. */
void zv_admin_accept_again(struct zv_admin *admin);

/* conn.c */
/* Takes over `fd` in any case; where there is no memory the connection is dropped. */
void zv_admin_conn_open(struct zv_admin *admin, int fd);
/* The owner is told when it still worked on the answer. */
void zv_admin_conn_close(struct zv_admin_conn *conn);
/* Sends `answer`, which is taken over. */
void zv_admin_conn_send(struct zv_admin_conn *conn, char *answer, size_t len);

/* answer.c: the text of an answer on the heap, with its line end; NULL: no memory. */
char *zv_admin_write_answer(void (*write_fn)(const void *arg, struct zv_json *json),
                            const void *arg, size_t *ret_len);
char *zv_admin_write_refusal(const struct zv_admin_refusal *refusal, size_t *ret_len);

#endif
