/*
 * From a name to the targets that a request goes to: RFC 3263 as sip/locate.h has it, with the
 * resolver's answers and under the policy. Every look-up has a total bound and ends with exactly
 * one callback.
 */
#ifndef ZV_SIPNET_TARGET_H
#define ZV_SIPNET_TARGET_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/rand.h"
#include "base/str.h"
#include "sip/locate.h"
#include "sip/sip.h"
#include "sipnet/dns.h"
#include "sipnet/policy.h"

struct zv_targets;

struct zv_targets_cfg {
    uv_loop_t *loop;
    struct zv_dns *dns;             /* borrowed */
    const struct zv_policy *policy; /* borrowed */
    struct zv_rand rand;
    /* What the SIP socket can send to: ZV_ADDR_IPV4, ZV_ADDR_IPV6, ZV_ADDR_NONE for both, of which
     * IPv4 addresses are tried first. Others are left out. */
    int family;
    unsigned transports; /* that we have: ZV_SIP_TRANSPORT_BIT of each; 0: UDP */
    int64_t total_us;    /* bound on one look-up */
    size_t max_lookups;
};

struct zv_target {
    struct zv_addr addr; /* that the policy allowed, to be used as it is */
    enum zv_sip_transport transport;
    /* TLS: the domain that the certificate must name, which is the one that was asked for and not
     * where SRV led (RFC 5922 §4). Empty otherwise. Good during the callback. */
    struct zv_str verify_name;
};

/* `targets` in the order to try, at most ZV_SIP_MAX_TARGETS. err: 0, ZV_E_NOTFOUND, ZV_E_DENIED,
 * ZV_E_TIMEOUT, ZV_E_LIMIT, ZV_E_UNSUPPORTED (a transport that is not built in), ZV_E_IO (DNS
 * failed), ZV_E_NOROUTE (only addresses that the SIP socket cannot send to), ZV_E_NOMEM. */
typedef void zv_target_fn(void *arg, uint64_t id, int err, const struct zv_target *targets,
                          size_t count);

/* ZV_E_NOMEM. */
int zv_targets_new(struct zv_targets **ret_targets, const struct zv_targets_cfg *cfg) ZV_MUST_CHECK;
/* Drops what is under way without a callback. Free it before the resolver. */
struct zv_targets *zv_targets_free(struct zv_targets *targets);

struct zv_target_query {
    uint64_t id;                     /* handed to the callback */
    struct zv_str host;              /* a name, or an address without brackets */
    uint16_t port;                   /* 0: none */
    enum zv_sip_transport transport; /* ZV_SIP_ANY: by RFC 3263 §4.1 */
    enum zv_sip_purpose purpose;
    zv_target_fn *done;
    void *arg;
};

/* The callback may run before this returns. */
void zv_targets_find(struct zv_targets *targets, const struct zv_target_query *query);
size_t zv_targets_pending(const struct zv_targets *targets);

#endif
