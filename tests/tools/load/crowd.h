/*
 * Many clients of the gateway in one process, each in a call of its own: set up one after another,
 * then all talking for a while, then hung up. Of the gateway's process it tells what it spent in
 * that while.
 */
#ifndef ZV_TESTS_LOAD_CROWD_H
#define ZV_TESTS_LOAD_CROWD_H

#include "tools/load/loop.h"
#include "tools/load/voice.h"
#include "tools/webclient/client.h"

#include <sys/types.h>

struct zv_load_crowd;

struct zv_load_crowd_cfg {
    struct zv_load_loop *loop;      /* borrowed */
    struct zv_wc_client_cfg client; /* of each; login, password, voice and reports are set here */
    unsigned calls;
    unsigned first_login;        /* user name of the first client; the next has the next number */
    const char *password_prefix; /* a client's password is that and its user name; NULL: none */
    double rate;                 /* clients that begin, a second */
    int64_t warm_up_us;          /* talking, before the window */
    int64_t window_us;
    int64_t patience_us; /* for the set-up of all, and for the end of all */
    enum zv_load_mode mode;
    enum zv_g711_law law;
    bool has_video;
    pid_t gateway; /* 0: nothing is told of it */
};

/* Begins at once. ZV_E_NOMEM; ZV_E_GONE: no such gateway. */
int zv_load_crowd_new(struct zv_load_crowd **ret_crowd, const struct zv_load_crowd_cfg *cfg,
                      int64_t now_us) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_load_crowd *zv_load_crowd_free(struct zv_load_crowd *crowd);
/* Prints the result, once the loop has stopped. True: every call was, and what was heard was right.
 */
bool zv_load_crowd_report(struct zv_load_crowd *crowd);

#endif
