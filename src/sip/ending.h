/*
 * How a registration or a leg ends, and what a far end says that refuses an offer of ours.
 */
#ifndef ZV_SIP_ENDING_H
#define ZV_SIP_ENDING_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Why a registration failed or a leg ended. */
#define ZV_SIP_CAUSE_LIST(X)                                                                       \
    X(NONE)                                                                                        \
    X(LOCAL)          /* zv_sip_hangup, zv_sip_reject */                                           \
    X(REMOTE_BYE)     /* the far end hung up */                                                    \
    X(REMOTE_CANCEL)  /* the caller gave up before we answered */                                  \
    X(REJECTED)       /* `status` 300-699 by the far end */                                        \
    X(AUTH)           /* the credentials were refused: `status` 401, 407; 403 after a challenge */ \
    X(TIMEOUT)        /* nobody answered: Timer B or F, the first ACK, max_ringing_us */           \
    X(RESOLVE_FAILED) /* no such name, or no answer from DNS */                                    \
    X(DENIED)         /* the edge's policy forbids the target */                                   \
    X(TRANSPORT)      /* every target's flow failed */                                             \
    X(UNTRUSTED)      /* the last target's certificate is not trusted */                           \
    X(DIALOG_GONE)    /* 481, 408 or silence in the dialog (RFC 5057); not refreshed (RFC 4028) */ \
    X(PROTOCOL)       /* the far end's message cannot be used */                                   \
    X(INTERNAL)       /* no memory, or a limit of ours */

enum zv_sip_cause {
#define X(name) ZV_SIP_CAUSE_##name,
    ZV_SIP_CAUSE_LIST(X)
#undef X
};
/* "REMOTE_BYE". Static storage. */
const char *zv_sip_cause_name(enum zv_sip_cause cause);

/* What a 415, 488 or 606 says; the description of what it would take, if any, is the event's
 * `sdp`. */
struct zv_sip_refusal {
    uint16_t warning;    /* its first warn-code of 3xx (RFC 3261 §20.43); 0: none */
    bool refuses_sdp;    /* it takes no session description at all, by its Accept */
    struct zv_str again; /* for an INVITE with another offer, which is the same call (§8.1.3.5):
                            zv_sip_invite_cfg; opaque */
};

#endif
