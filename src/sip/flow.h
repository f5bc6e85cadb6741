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
    uint64_t conn;         /* TCP, TLS: the edge's name of the connection; 0: none yet */
};
bool zv_sip_flow_eq(const struct zv_sip_flow *a, const struct zv_sip_flow *b);
/* "UDP", "TCP", "TLS", "" for ANY. Static storage. */
const char *zv_sip_transport_name(enum zv_sip_transport transport);

#endif
