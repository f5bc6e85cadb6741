/*
 * DNS records that lead to a SIP server (RFC 3263), as plain values: what the resolver of the edge
 * hands over, and what sip/locate.h decides upon.
 */
#ifndef ZV_SIP_DNS_RECORD_H
#define ZV_SIP_DNS_RECORD_H

#include "base/addr.h"

#include <stddef.h>
#include <stdint.h>

/* RFC 1035 §2.3.4: 253 characters and a NUL, and then some. */
#define ZV_DNS_NAME_CAP 256
/* Of one answer; those behind are not used. */
#define ZV_DNS_MAX_RECORDS 16

/* RFC 1035 §3.2.2, RFC 3596 §2.1, RFC 2782, RFC 3403 §4. */
enum zv_dns_type {
    ZV_DNS_A = 1,
    ZV_DNS_AAAA = 28,
    ZV_DNS_SRV = 33,
    ZV_DNS_NAPTR = 35,
};

struct zv_dns_srv {
    char target[ZV_DNS_NAME_CAP]; /* "." when the service is decidedly not available */
    uint16_t port, priority, weight;
};

/* One that ends in a name: a record with a regular expression is not for SIP (RFC 3263 §4.1). */
struct zv_dns_naptr {
    char replacement[ZV_DNS_NAME_CAP];
    char service[16]; /* "SIP+D2U" */
    char flags[8];    /* "s" */
    uint16_t order, preference;
};

struct zv_dns_answer {
    enum zv_dns_type type;
    /* 0: `count` is at least 1. ZV_E_NOTFOUND: no such name, or no such record of it; ZV_E_TIMEOUT;
     * ZV_E_GONE: the resolver is being freed; ZV_E_IO: no server, or it failed; ZV_E_NOMEM. */
    int err;
    uint32_t ttl_s; /* how long this may be believed; 0: it may not be kept */
    size_t count;
    union {
        struct zv_addr addrs[ZV_DNS_MAX_RECORDS]; /* A, AAAA; port 0 */
        struct zv_dns_srv srv[ZV_DNS_MAX_RECORDS];
        struct zv_dns_naptr naptr[ZV_DNS_MAX_RECORDS];
    } of;
};

#endif
