/*
 * Is a SIP server there? One OPTIONS to the first address of a name (RFC 3261 §11), through the
 * same resolver, policy and socket as a call: whatever answers, with whatever status, is reachable.
 *
 * Beside the stack, on purpose: a probe needs no account, tries no second target and repeats once,
 * so that its answer comes within ZV_PROBE_RESOLVE_US + ZV_PROBE_ANSWER_US. Its Call-ID starts with
 * "zvonok-probe-", which tells the server's log, and us, what it is.
 */
#ifndef ZV_SIPNET_PROBE_H
#define ZV_SIPNET_PROBE_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/str.h"
#include "base/time.h"
#include "sip/flow.h"

#include <stddef.h>
#include <stdint.h>

/* Probes at once, those whose name is still being resolved included. */
#define ZV_PROBE_MAX 16
/* Bounds on its two steps. */
#define ZV_PROBE_RESOLVE_US ZV_MS(3500)
#define ZV_PROBE_ANSWER_US  ZV_SECONDS(2)
/* The request is sent once more when nothing came by then: a datagram may be lost. */
#define ZV_PROBE_REPEAT_US ZV_MS(500)

struct zv_sipnet;

struct zv_probe_result {
    int resolve_err; /* 0, or as zv_target_fn says: then nothing was sent */
    int64_t resolve_us;
    size_t addr_count;   /* that the name resolved to, at most ZV_SIP_MAX_TARGETS */
    struct zv_addr addr; /* the first of them, which was asked */
    int err; /* 0; ZV_E_TIMEOUT: silence; ZV_E_NOROUTE: no way, or ICMP says so; ZV_E_NOMEM … */
    uint16_t status; /* SIP status of the answer */
    int64_t rtt_us;  /* from the first request sent */
};
typedef void zv_probe_fn(void *arg, uint64_t id, const struct zv_probe_result *result);

struct zv_probe_query {
    uint64_t id;                     /* handed to the callback */
    struct zv_str host;              /* a name, or an address without brackets; copied */
    uint16_t port;                   /* 0: by RFC 3263 */
    enum zv_sip_transport transport; /* ANY: UDP */
    zv_probe_fn *done_fn;
    void *arg;
};

/*
 * Begins one. On 0 exactly one callback comes, maybe before this returns, unless it is cancelled.
 * ZV_E_LIMIT: ZV_PROBE_MAX are under way; ZV_E_TRUNCATED: the host is longer than a name can be;
 * ZV_E_NOMEM.
 */
int zv_probe_start(struct zv_sipnet *net, const struct zv_probe_query *query) ZV_MUST_CHECK;
/* Forgets every probe whose callback has this argument. */
void zv_probe_cancel(struct zv_sipnet *net, const void *arg);

#endif
