/*
 * A client that loses its connection once, at a chosen point, and returns: its socket is reset,
 * goes silent, or all of it is reloaded as a page is.
 */
#ifndef ZV_TESTS_WEBCLIENT_RETURNING_H
#define ZV_TESTS_WEBCLIENT_RETURNING_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which a call comes by them. */
#define ZV_WC_POINT_LIST(X)                                                                        \
    X(NEVER, "never")                                                                              \
    X(REGISTERED, "registered") /* no call yet; it is made, or waited for, after the return */     \
    X(CALLED, "called")         /* `call` was sent */                                              \
    X(TRYING, "trying")                                                                            \
    X(RINGING, "ringing")     /* also of a call that comes */                                      \
    X(ACCEPTED, "accepted")   /* `answer` was sent */                                              \
    X(DESCRIBED, "described") /* setRemoteSDP came, with or without early media */                 \
    X(ANSWERED, "answered")   /* `talk` came */                                                    \
    X(ICE, "ice")             /* a pair was nominated */                                           \
    X(DTLS, "dtls")                                                                                \
    X(HEARD, "heard")     /* the first packet came */                                              \
    X(TALKING, "talking") /* a second later */

enum zv_wc_point {
#define X(id, name) ZV_WC_POINT_##id,
    ZV_WC_POINT_LIST(X)
#undef X
        ZV_WC_POINT_COUNT,
};

enum zv_wc_loss {
    ZV_WC_LOSS_RESET,   /* RST */
    ZV_WC_LOSS_SILENCE, /* the socket stays open, and nothing is read or written any more */
    ZV_WC_LOSS_RELOAD,  /* 1001; media, certificate and memory are gone too, but for the token */
};

struct zv_wc_cut {
    enum zv_wc_point point;
    enum zv_wc_loss loss;
    int64_t away_us;
};

/* ZV_E_NOTFOUND: there is none of that name. */
int zv_wc_point_of(const char *name, enum zv_wc_point *ret_point) ZV_MUST_CHECK;
int zv_wc_loss_of(const char *name, enum zv_wc_loss *ret_loss) ZV_MUST_CHECK;

#endif
