/*
 * The loop of a program that plays many ends of calls at once: sockets and deadlines, by the
 * microsecond, so that each call keeps its own time between two packets.
 */
#ifndef ZV_TESTS_LOAD_LOOP_H
#define ZV_TESTS_LOAD_LOOP_H

#include "base/attr.h"
#include "base/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_load_watch {
    void (*fn)(void *arg, int64_t now_us); /* the socket is ready */
    void *arg;                             /* borrowed */
};

struct zv_load_timer {
    struct zv_timer timer;
    void (*fn)(void *arg, int64_t now_us);
    void *arg; /* borrowed */
};

struct zv_load_loop {
    int epoll_fd;
    struct zv_timers timers;
    bool is_stopped; /* set by whoever wants zv_load_loop_run to return */
    /* Called once a turn, after everything; NULL: nothing. */
    void (*after_turn_fn)(void *arg);
    void *arg; /* borrowed */
};

/* Room for `timers` timers. SIGTERM and SIGINT are taken from now on: see zv_load_loop_run.
 * ZV_E_NOMEM, ZV_E_IO. */
int zv_load_loop_init(struct zv_load_loop *loop, size_t timers) ZV_MUST_CHECK;
void zv_load_loop_fini(struct zv_load_loop *loop);

/* `events` as of epoll(7); again for the same descriptor: changes them. ZV_E_IO. */
int zv_load_loop_watch(struct zv_load_loop *loop, int fd, uint32_t events,
                       struct zv_load_watch *watch) ZV_MUST_CHECK;
/* A descriptor that was closed is not watched any more: nothing happens. */
void zv_load_loop_unwatch(struct zv_load_loop *loop, int fd);
void zv_load_loop_arm(struct zv_load_loop *loop, struct zv_load_timer *timer, int64_t at_us);

/* Until is_stopped, SIGTERM or SIGINT. ZV_E_IO. */
int zv_load_loop_run(struct zv_load_loop *loop) ZV_MUST_CHECK;

#endif
