/*
 * How far the way to a client has come: what tells ICE checks that never arrived from answers that
 * got lost, and both from a DTLS handshake that hangs. For the sentence about a call whose media
 * never came up.
 */
#ifndef ZV_RTC_PEER_PATH_H
#define ZV_RTC_PEER_PATH_H

#include "base/addr.h"

#include <stdint.h>

struct zv_peer;

/* All since zv_peer_new. Plain value, copied across threads. */
struct zv_peer_path {
    uint32_t checks;           /* authenticated ICE checks */
    uint32_t refused;          /* checks for this leg that were not authentic, or malformed */
    struct zv_addr checked_by; /* source of the last authentic one; family NONE: none came */
    struct zv_addr refused_by; /* of the last refused one; likewise */
    int64_t checked_us;        /* when that came; 0: never */
    int64_t refused_us;
    struct zv_addr
        nominated;     /* the other end of the pair in use; family NONE: none was nominated */
    uint32_t dtls_in;  /* datagrams of DTLS that came over a checked pair */
    uint32_t dtls_out; /* those sent */
    const char *dtls_failure; /* why the handshake failed: static; NULL: it did not */
};

/* WEB; of another kind all is 0. */
void zv_peer_path(const struct zv_peer *peer, struct zv_peer_path *ret_path);

#endif
