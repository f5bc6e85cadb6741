/*
 * A flow: the way that a message came in by or goes out by (RFC 5626 §2): transport, both
 * addresses, and for streams the connection.
 */
#ifndef ZV_SIP_FLOW_H
#define ZV_SIP_FLOW_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdint.h>

enum zv_sip_transport {
    ZV_SIP_ANY, /* in a ZV_SIP_OUT_RESOLVE only: the edge chooses (RFC 3263 §4.1) */
    ZV_SIP_UDP,
    ZV_SIP_TCP,
    ZV_SIP_TLS,
};

/* A plain value. */
struct zv_sip_flow {
    enum zv_sip_transport transport;
    struct zv_addr local;  /* goes into Via and Contact, so never the unspecified address */
    struct zv_addr remote; /* the address that was checked, to be used as it is */
    uint64_t conn;         /* TCP, TLS: the edge's name of the stream; 0: none yet */
};
/* Both lead to the same place: transport, remote end, and the stream where both name one. */
bool zv_sip_flow_is_same_way(const struct zv_sip_flow *a, const struct zv_sip_flow *b);
/* "UDP", "TCP", "TLS", "" for ANY. Static storage. */
const char *zv_sip_transport_name(enum zv_sip_transport transport);

struct zv_sip;

/* The flow does not work: ICMP unreachable, connection refused or closed. Requests waiting there go
 * on to their next target. Accounts that were registered over a stream register anew (RFC 5626
 * §4.2), since nobody can call them any more. */
void zv_sip_on_flow_failed(struct zv_sip *sip, const struct zv_sip_flow *flow, int64_t now_us);
/* The same, since the far end's certificate is not to be trusted: what fails has
 * the cause UNTRUSTED. */
void zv_sip_on_flow_untrusted(struct zv_sip *sip, const struct zv_sip_flow *flow, int64_t now_us);

/* What of the stack lives over a stream, so that the edge knows how long to keep it. */
enum zv_sip_flow_use {
    ZV_SIP_FLOW_UNUSED,
    ZV_SIP_FLOW_OF_LEG,          /* a call may send over it, or wait for requests by it */
    ZV_SIP_FLOW_OF_REGISTRATION, /* a registrar sends calls to us by it */
};
/* Looks at every account and leg. */
enum zv_sip_flow_use zv_sip_flow_use(const struct zv_sip *sip, const struct zv_sip_flow *flow);

#endif
