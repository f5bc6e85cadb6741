/*
 * DNS on the signalling loop, by c-ares: questions with a bound on each and on the whole look-up,
 * never blocking. Names are complete: search domains of the system do not apply.
 */
#ifndef ZV_SIPNET_DNS_H
#define ZV_SIPNET_DNS_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;

#define ZV_DNS_MAX_ADDRESSES 8
#define ZV_DNS_MAX_SRV       8

struct zv_dns;

struct zv_dns_cfg {
    uv_loop_t *loop;
    char *const *servers; /* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53"; none: the system's */
    size_t server_count;
    int64_t timeout_us; /* one try */
    int tries;          /* per server */
};

struct zv_dns_srv {
    char target[256]; /* "." when the service is decidedly not available */
    uint16_t port, priority, weight;
};

/* ZV_E_NOMEM, ZV_E_INVAL (a server), ZV_E_IO. */
int zv_dns_new(struct zv_dns **ret_dns, const struct zv_dns_cfg *cfg) ZV_MUST_CHECK;
/* Pending questions are answered with ZV_E_GONE first. Its handles close on the loop's next turns.
 */
struct zv_dns *zv_dns_free(struct zv_dns *dns);

/* err: 0, ZV_E_NOTFOUND (no such name or no such record), ZV_E_TIMEOUT, ZV_E_GONE, ZV_E_IO. */
typedef void zv_dns_addresses_fn(void *arg, int err, const struct zv_addr *addrs, size_t count);
typedef void zv_dns_srv_fn(void *arg, int err, const struct zv_dns_srv *records, size_t count);

/* A or AAAA records, /etc/hosts first. The callback may run before this returns. `family`:
 * ZV_ADDR_IPV4 or _IPV6. */
void zv_dns_addresses(struct zv_dns *dns, const char *name, int family, zv_dns_addresses_fn *done,
                      void *arg);
/* SRV records, in no order. The callback may run before this returns. */
void zv_dns_srv(struct zv_dns *dns, const char *name, zv_dns_srv_fn *done, void *arg);

#endif
