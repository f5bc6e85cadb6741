/*
 * Settings of the SIP side that depend on where an account calls: by its domain, its outbound proxy
 * or its own name. Each setting is taken from the most special entry that has it:
 *
 *     user@domain, user@proxy, domain, proxy, then what holds for all
 */
#ifndef ZV_CALL_TRUNK_H
#define ZV_CALL_TRUNK_H

#include "base/attr.h"
#include "base/str.h"
#include "sdp/plan.h"

#include <stdbool.h>
#include <stddef.h>

enum zv_trunk_transport {
    ZV_TRUNK_ANY, /* what DNS says (RFC 3263) */
    ZV_TRUNK_UDP,
    ZV_TRUNK_TCP,
    ZV_TRUNK_TLS,
};
/* "any", "udp", "tcp", "tls". Static storage. */
const char *zv_trunk_transport_name(enum zv_trunk_transport transport);

/* One entry of the configuration's `trunks`. */
struct zv_trunk {
    struct zv_str user; /* empty: every account */
    struct zv_str host; /* a domain, or an address as the client writes it (IPv6 in brackets) */
    bool has_strict;
    bool strict;
    bool has_srtp;
    enum zv_srtp_policy srtp;
    bool has_transport;
    enum zv_trunk_transport transport;
    struct zv_str ca; /* empty: not set */
};

struct zv_trunk_settings {
    bool strict; /* media only from the address and port of the session description */
    enum zv_srtp_policy srtp;
    enum zv_trunk_transport transport; /* of SIP */
    struct zv_str ca;                  /* file with the CAs that TLS trusts; empty: the system's */
};

struct zv_trunks {
    const struct zv_trunk *entries; /* borrowed; in any order */
    size_t count;
    struct zv_trunk_settings defaults;
};

/* Whose settings are asked for. Hosts are compared without case, the user as it is. */
struct zv_trunk_account {
    struct zv_str user;
    struct zv_str domain;
    struct zv_str proxy;
};

/* "domain" or "user@domain": views into `name`. ZV_E_PARSE. */
int zv_trunk_parse_name(struct zv_str name, struct zv_str *ret_user,
                        struct zv_str *ret_host) ZV_MUST_CHECK;
struct zv_trunk_settings zv_trunk_settings_of(const struct zv_trunks *trunks,
                                              const struct zv_trunk_account *account);

#endif
