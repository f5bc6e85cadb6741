/*
 * How the SIP side ends what we asked it for.
 */
#ifndef ZV_CALL_SIP_END_H
#define ZV_CALL_SIP_END_H

#include "base/str.h"

#include <stdbool.h>

/* How a SIP registration or leg ended. Traces that were kept have the numbers: new ones come last.
 */
enum zv_sip_end {
    ZV_SIP_END_REJECTED,       /* final response `status` 3xx-6xx that is none of the below */
    ZV_SIP_END_AUTH,           /* credentials refused: 401, 403, 407 after they were sent */
    ZV_SIP_END_TIMEOUT,        /* no answer: Timer B or F */
    ZV_SIP_END_UNREACHABLE,    /* transport error, no route, ICMP */
    ZV_SIP_END_UNKNOWN_DOMAIN, /* resolution failed */
    ZV_SIP_END_DENIED,         /* target outside sip.allow; `remedy` names the line to add */
    ZV_SIP_END_BYE,            /* the far end hung up */
    ZV_SIP_END_CANCEL,         /* the caller gave up before our final answer */
    ZV_SIP_END_NO_ACK,         /* our 2xx was never confirmed: Timer H */
    ZV_SIP_END_LOST,           /* in dialog: 481, 408, silence, session timer */
    ZV_SIP_END_PROTOCOL, /* an answer that cannot be used: its body, a challenge of no known kind */
    ZV_SIP_END_INTERNAL, /* no memory, a limit */
    ZV_SIP_END_UNTRUSTED, /* TLS: the server's certificate; `remedy` says why and what to do */
    ZV_SIP_END_COUNT,
};

/* Why a far end refuses our offer, as far as it says; what it would take instead is the input's
 * `sdp`, or absent. */
struct zv_in_refusal {
    int warning;         /* its warn-code (RFC 3261 §20.43); 0: none */
    bool refuses_sdp;    /* it takes no session description at all */
    struct zv_str again; /* for an INVITE with another offer; opaque, or absent */
};

#endif
