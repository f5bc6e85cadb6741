/*
 * Where an INVITE of ours is sent on to by 3xx (RFC 3261 §8.1.3.4).
 */
#ifndef ZV_SIP_REDIRECT_H
#define ZV_SIP_REDIRECT_H

#include "sip/dialog.h"

struct zv_sip_leg;

/* Where the INVITE was sent on to (3xx). */
#define ZV_SIP_MAX_REDIRECT_TARGETS 8
struct zv_sip_redirect {
    char uri[ZV_SIP_MAX_DIALOG_URI_BYTES + 1];
    uint32_t q; /* 0-1000 */
};
struct zv_sip_redirects {
    struct zv_sip_redirect of[ZV_SIP_MAX_REDIRECT_TARGETS]; /* the callee, then in order of trial */
    uint8_t count;
    uint8_t next;   /* those before it were tried */
    bool is_direct; /* the present one is not reached by the account's own server */
};

/* An INVITE of ours was refused (`msg` NULL: by silence). True: it goes elsewhere. */
bool zv_sip_leg_redirect(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us);
/* Of the INVITE as it is sent now. */
struct zv_str zv_sip_leg_request_uri(const struct zv_sip_leg *leg);
/* To somebody who is not reached by the account's own server; his host, empty when it is not so. */
bool zv_sip_leg_is_elsewhere(const struct zv_sip_leg *leg);
struct zv_str zv_sip_leg_elsewhere(const struct zv_sip_leg *leg);

#endif
