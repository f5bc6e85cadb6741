/*
 * Short-lived credentials for a TURN server that shares a secret with us (draft-uberti-behave-
 * turn-rest; coturn's use-auth-secret): the user name is the Unix time at which it expires, a colon
 * and the session's name; the password is the HMAC-SHA1 of that by the secret, in base64. The
 * server needs no account of ours, and what a client was given is void by itself. Pure.
 */
#ifndef ZV_HTTP_TURN_H
#define ZV_HTTP_TURN_H

#include "base/base64.h"
#include "base/hash.h"
#include "base/id.h"
#include "wire/event.h"

#include <stddef.h>
#include <stdint.h>

/* Digits of a time, the colon, the name and a NUL. */
#define ZV_TURN_USERNAME_CAP (20 + 1 + ZV_ID_TEXT_CAP)

struct zv_turn_cfg {
    const char *const *urls; /* borrowed; "turn:turn.example.org:3478?transport=udp" */
    size_t url_count;        /* at most ZV_WIRE_MAX_LINES; 0: no TURN server */
    struct zv_str secret;    /* borrowed */
    int64_t ttl_us;
};

/* `wire` points into the struct itself: it is not to be copied. */
struct zv_turn_login {
    char username[ZV_TURN_USERNAME_CAP];
    char credential[ZV_BASE64_CHARS(ZV_SHA1_BYTES) + 1]; /* a secret */
    struct zv_wire_ice_server wire;
};

/* `name` below ZV_ID_TEXT_CAP. */
void zv_turn_make_login(const struct zv_turn_cfg *cfg, struct zv_str name, int64_t wall_us,
                        struct zv_turn_login *ret_login);

#endif
