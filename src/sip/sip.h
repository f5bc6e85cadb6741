/*
 * The SIP user agent of the signalling thread: accounts that register, legs (one side of a call
 * each), and the transactions and dialogs under them. Sans-IO: messages, resolved addresses,
 * commands and time go in; messages for a flow, names to resolve, events and a deadline come out.
 *
 * In parts: sip/info.h (INFO), sip/dtmf.h (digits by INFO), sip/dialog.h (a dialog as a value),
 * sip/flow.h (flows and their loss), sip/counts.h.
 *
 * The drain rule: after every call that may change something, zv_sip_poll until ZV_SIP_OUT_NONE.
 * What a struct zv_sip_out points to lives until the next call of any function with the same stack.
 *
 * Legs. An outgoing leg's id is the caller's choice (top bit clear); an incoming leg's id is ours
 * (top bit set). Every leg that was created, which is when zv_sip_invite returned 0 or
 * ZV_SIP_OUT_INCOMING came out, ends with exactly one ZV_SIP_OUT_ENDED and is not heard of again;
 * its id then is ZV_E_GONE. A command that fails changes nothing and brings no event.
 *
 * Targets. The stack asks for addresses (ZV_SIP_OUT_RESOLVE) and is told flows; names, RFC 3263 and
 * the policy of who may be sent to are the edge's. Of several targets the next is tried on silence,
 * on a transport failure and on 503; each gets an equal share of the time that is left, so that a
 * dead first server of two costs 16 s of the 32 s and never all of it. What did not answer is tried
 * last for a while (sip/outage.h), so that the next request does not wait for it.
 *
 * Credentials answer only a challenge of the account's own realm: the one it was configured with,
 * or else the first that its registrar or proxy named; at most two rounds per request.
 *
 * Not here, on purpose: REFER, SUBSCRIBE (such a request is refused with 405 or 501); INVITEs of
 * ours without an offer, offers and answers in PRACK, offers of ours by UPDATE; S/MIME; tel: URIs
 * in the request line (416).
 */
#ifndef ZV_SIP_SIP_H
#define ZV_SIP_SIP_H

#include "base/attr.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/time.h"
#include "sip/counts.h"
#include "sip/dtmf.h"
#include "sip/ending.h"
#include "sip/flow.h"
#include "sip/info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_sip;

/* Targets of one request, first choice first. */
#define ZV_SIP_MAX_TARGETS 4
/* Dialogs that one INVITE of ours may have at once; a further fork takes the place of an early one,
 * or is ignored. */
#define ZV_SIP_MAX_FORKS 8
/* Headers that the caller adds to an INVITE. */
#define ZV_SIP_MAX_EXTRA_HEADERS 16
/* Ids of incoming legs have this bit. */
#define ZV_SIP_LEG_INCOMING (UINT64_C(1) << 63)

/* Fields that are 0 take the default in parentheses. */
struct zv_sip_cfg {
    struct zv_rand rand;         /* tags, branches, Call-IDs, contact users, cnonces */
    struct zv_str user_agent;    /* User-Agent and Server; empty: none; copied */
    int64_t t1_us;               /* RFC 3261 §17.1.1.1 (500 ms) */
    int64_t t2_us;               /* (4 s) */
    int64_t t4_us;               /* (5 s) */
    int64_t register_timeout_us; /* one registration in all, resolution included (32 s) */
    int64_t max_ringing_us;     /* INVITE after a provisional; call control's are shorter (240 s) */
    uint32_t default_expires_s; /* registration (300 s) */
    /* Asked for, and given to callers that know it (RFC 4028); 0: none, but what the far end asks
     * for is kept. At least 90. */
    uint32_t session_expires_s;
    uint8_t max_redirects;        /* of one INVITE by 300, 301, 302 (0: not followed) */
    size_t udp_max_request_bytes; /* a larger one goes by TCP (RFC 3261 §18.1.1); 0: none does */
    size_t max_transactions;      /* of each side, client and server (20000) */
    size_t max_legs;              /* (5000) */
    size_t max_accounts;          /* (20000) */
};

/* ZV_E_NOMEM, ZV_E_INVAL. */
int zv_sip_new(struct zv_sip **ret_sip, const struct zv_sip_cfg *cfg) ZV_MUST_CHECK;
/* Drops everything without a word to anyone. NULL is allowed; returns NULL. */
struct zv_sip *zv_sip_free(struct zv_sip *sip);

/* ---- input ---- */

/* One datagram or framed message, whatever it holds: it is answered or dropped, and counted. Tells
 * whether it was a request that could be read, or a response to one of ours. */
bool zv_sip_on_message(struct zv_sip *sip, const struct zv_sip_flow *flow, const void *data,
                       size_t len, int64_t now_us);
/*
 * The answer to a ZV_SIP_OUT_RESOLVE: err 0 and 1 … targets (those beyond ZV_SIP_MAX_TARGETS are
 * not used), or ZV_E_NOTFOUND (no such name), ZV_E_DENIED (policy), ZV_E_TIMEOUT, ZV_E_NOROUTE …
 * with count 0. An unknown or stale id is ignored.
 */
void zv_sip_on_resolved(struct zv_sip *sip, uint64_t resolve_id, int err,
                        const struct zv_sip_flow *targets, size_t count, int64_t now_us);
/* A flow that does not work: see sip/flow.h. */
void zv_sip_on_timeout(struct zv_sip *sip, int64_t now_us);
/* ZV_TIME_NEVER: none. */
int64_t zv_sip_deadline_us(const struct zv_sip *sip);

/* ---- accounts ---- */

struct zv_sip_account_cfg {
    struct zv_str user;      /* raw text; escaped here */
    struct zv_str auth_name; /* empty: user */
    struct zv_str password;  /* copied, wiped with the account */
    struct zv_str realm;     /* empty: learnt from the first challenge */
    struct zv_str domain;    /* host of the address-of-record */
    uint16_t port;           /* of the domain, for resolution; 0: by RFC 3263 */
    struct zv_str proxy;     /* host that requests are sent to; empty: the domain */
    uint16_t proxy_port;     /* 0: by RFC 3263 */
    /*
     * false: the proxy is merely where requests are sent, what PBXs and session border controllers
     * expect. true: it is also named in a Route header (RFC 3261 §8.1.2), which it must take off.
     */
    bool proxy_route;
    enum zv_sip_transport transport; /* ZV_SIP_ANY: the edge chooses */
    struct zv_str display;           /* visible name; may be empty */
    uint32_t expires_s;              /* 0: the stack's default */
    struct zv_str contact_params;    /* "+sip.ice;q=0.5"; may be empty */
};

/*
 * Makes an account known under an id of the caller's choice, not 0. Nothing is sent: a call without
 * registration needs no more than this. ZV_E_INVAL: a field that cannot stand in SIP; ZV_E_EXISTS,
 * ZV_E_LIMIT, ZV_E_NOMEM.
 */
int zv_sip_account_add(struct zv_sip *sip, uint64_t account,
                       const struct zv_sip_account_cfg *cfg) ZV_MUST_CHECK;
/*
 * Forgets the account: no event of it comes any more, an attempt under way is given up without a
 * word, a registration is left to expire (zv_sip_unregister first, and wait for its event). Its
 * legs live on to their own ends. ZV_E_GONE.
 */
int zv_sip_account_remove(struct zv_sip *sip, uint64_t account) ZV_MUST_CHECK;
/*
 * Registers, and keeps registered by refreshing at 80-90 % of the granted time, not before 10 s.
 * The end of this attempt is one ZV_SIP_OUT_REGISTERED or ZV_SIP_OUT_REGISTER_FAILED within
 * register_timeout_us; a 2xx that grants no time is a failure (REJECTED, status 200). A registrar
 * that answers with Retry-After is asked again after it, where that is soon enough.
 * After the first success a refresh that fails yields REGISTER_FAILED with `retrying` and is tried
 * again after 1, 2, 4 … 60 s (±30 %); success is told by REGISTERED again. Refused credentials are
 * not tried again. ZV_E_GONE; ZV_E_STATE: under way or registered; ZV_E_LIMIT, ZV_E_NOMEM.
 */
int zv_sip_register(struct zv_sip *sip, uint64_t account, int64_t now_us) ZV_MUST_CHECK;
/* Gives up an attempt under way and takes the binding off the registrar. Always ends in
 * ZV_SIP_OUT_UNREGISTERED, within register_timeout_us whatever the registrar does. ZV_E_GONE. */
int zv_sip_unregister(struct zv_sip *sip, uint64_t account, int64_t now_us) ZV_MUST_CHECK;

/* ---- legs ---- */

struct zv_sip_extra_header {
    struct zv_str name; /* a token, not one that steers a call (see sip/build.h) */
    struct zv_str value;
};

struct zv_sip_invite_cfg {
    uint64_t account;
    struct zv_str callee; /* raw user part at the account's domain: always escaped, never a URI */
    struct zv_str callee_uri; /* instead of it: a sip: URI, never from a client; empty: none */
    struct zv_str display;    /* our visible name; empty: the account's */
    struct zv_str sdp;        /* the offer */
    struct zv_str again;      /* of struct zv_sip_refusal; empty: a new call */
    const struct zv_sip_extra_header *extra; /* allow-listed by the caller */
    size_t extra_count;
};

/* ZV_E_GONE: no such account; ZV_E_EXISTS; ZV_E_INVAL: both callees or none, a callee or header
 * that cannot stand in SIP, no offer, `again` not as it was told, or an id with the top bit;
 * ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_sip_invite(struct zv_sip *sip, uint64_t leg, const struct zv_sip_invite_cfg *cfg,
                  int64_t now_us) ZV_MUST_CHECK;
/*
 * 180-183 to an incoming leg; `sdp` may be empty, and is where the caller has made no offer: ours
 * goes with the 200. To a caller that requires 100rel it is repeated until it is acknowledged, or
 * until 64*T1 later the call is refused with 504, ENDED (TIMEOUT), and meanwhile another one is
 * ZV_E_AGAIN; without an offer of his it is not sent at all. ZV_E_GONE, ZV_E_STATE, ZV_E_INVAL,
 * ZV_E_NOMEM.
 */
int zv_sip_ring(struct zv_sip *sip, uint64_t leg, uint16_t status, struct zv_str sdp,
                int64_t now_us) ZV_MUST_CHECK;
/* 200 to an incoming leg, as soon as an 18x with a session that must be acknowledged is (RFC 3262
 * §3); ZV_SIP_OUT_CONFIRMED follows on its ACK. Errors as zv_sip_ring. */
int zv_sip_accept(struct zv_sip *sip, uint64_t leg, struct zv_str sdp,
                  int64_t now_us) ZV_MUST_CHECK;
/* 300-699 to an incoming leg that is not accepted yet; ENDED (LOCAL) follows. Errors as
 * zv_sip_ring. */
int zv_sip_reject(struct zv_sip *sip, uint64_t leg, uint16_t status, int64_t now_us) ZV_MUST_CHECK;
/*
 * Ends a leg in whatever state: CANCEL (as soon as a provisional allows it) and, where the 200
 * crosses it, ACK and BYE; 480 to an incoming leg not yet accepted; else BYE. ENDED (LOCAL) follows
 * when the far end has confirmed, or 32 s later. A second hangup does nothing. ZV_E_GONE.
 */
int zv_sip_hangup(struct zv_sip *sip, uint64_t leg, int64_t now_us) ZV_MUST_CHECK;
/*
 * Re-INVITE with a new offer; ZV_SIP_OUT_OFFER_RESULT tells the end, by 503 also of one that could
 * not be sent. After a 491 it waits for the RFC's random time (§14.1), and as long as an offer of
 * theirs is not settled; meanwhile another one takes its place. ZV_E_STATE: the leg is not
 * confirmed, or ours is on its way; ZV_E_GONE, ….
 */
int zv_sip_reoffer(struct zv_sip *sip, uint64_t leg, struct zv_str sdp,
                   int64_t now_us) ZV_MUST_CHECK;
/* The answer to ZV_SIP_OUT_OFFER within 20 s: 200 with the answer (with our offer, if theirs was
 * empty), or 300-699, which leaves the call as it was. ZV_E_STATE: no offer is pending, or not any
 * more (CANCEL, BYE); else as zv_sip_ring. */
int zv_sip_reply_offer(struct zv_sip *sip, uint64_t leg, uint16_t status, struct zv_str sdp,
                       int64_t now_us) ZV_MUST_CHECK;

/* ---- output ---- */

enum zv_sip_out_kind {
    ZV_SIP_OUT_NONE,
    ZV_SIP_OUT_SEND,            /* flow, data */
    ZV_SIP_OUT_RESOLVE,         /* resolve_id, account, leg, host, port, transport, purpose */
    ZV_SIP_OUT_TARGET_DOWN,     /* flow, cause, status, reason: for a log; tried last expires_s */
    ZV_SIP_OUT_REGISTERED,      /* account, status, expires_s, is_behind_nat */
    ZV_SIP_OUT_REGISTER_FAILED, /* account, cause, status, reason, retrying */
    ZV_SIP_OUT_UNREGISTERED,    /* account, status (0: nobody answered) */
    ZV_SIP_OUT_INCOMING,     /* leg, account, caller, caller_display, callee, sdp, flow, call_id */
    ZV_SIP_OUT_PROGRESS,     /* leg, status 101-199, reason, sdp or empty */
    ZV_SIP_OUT_ANSWERED,     /* leg, status 2xx, reason, sdp or empty; the ACK is on its way */
    ZV_SIP_OUT_CONFIRMED,    /* leg, sdp or empty: the ACK to a 2xx of ours (re-INVITE too) */
    ZV_SIP_OUT_OFFER,        /* leg, sdp or empty, by_update: answer by zv_sip_reply_offer */
    ZV_SIP_OUT_OFFER_GONE,   /* leg: it was taken back (CANCEL), or waited for too long */
    ZV_SIP_OUT_OFFER_RESULT, /* leg, status, reason, sdp: of zv_sip_reoffer */
    ZV_SIP_OUT_REFRESHED,    /* leg, sdp: their answer to what our last offer or answer said */
    ZV_SIP_OUT_INFO,         /* leg, info, body: their INFO, answered 200 already */
    ZV_SIP_OUT_INFO_REFUSED, /* leg, info, status and reason or, without an answer, cause */
    ZV_SIP_OUT_DIGITS_REFUSED, /* leg, status or 0: of zv_sip_send_digits */
    ZV_SIP_OUT_ENDED,          /* leg, account, cause, status, reason, q850_cause, reason_header */
};
/* "send", "ended" … Static storage. */
const char *zv_sip_out_kind_name(enum zv_sip_out_kind kind);

/* What a name is resolved for, so that the edge knows which policy to ask. */
enum zv_sip_purpose {
    ZV_SIP_FOR_ACCOUNT,  /* domain or proxy of an account: a client may have named it */
    ZV_SIP_FOR_DIALOG,   /* Contact or Record-Route: the far end named it */
    ZV_SIP_FOR_REDIRECT, /* Contact of a 3xx: anybody may have named it */
};

struct zv_sip_out {
    enum zv_sip_out_kind kind;
    uint64_t account;        /* 0: none */
    uint64_t leg;            /* 0: none */
    struct zv_sip_flow flow; /* SEND: to send on; INCOMING: it came from */
    struct zv_str data;      /* SEND */
    uint64_t resolve_id;     /* RESOLVE … */
    struct zv_str host;      /* a name, or an address without brackets */
    uint16_t port;           /* 0: by RFC 3263 */
    enum zv_sip_transport transport;
    enum zv_sip_purpose purpose;
    uint16_t status;             /* SIP status; 0: none */
    struct zv_str reason;        /* reason phrase, UTF-8 without controls, at most 128 bytes */
    struct zv_str reason_header; /* ENDED: the Reason header as it stood (RFC 3326); may be empty */
    uint16_t q850_cause;         /* ENDED: from that header; 0: none */
    struct zv_str sdp;           /* opaque text; empty: none; ENDED: what they would take */
    struct zv_sip_refusal refusal; /* ENDED by 415, 488 or 606 */
    enum zv_sip_info_type info;
    struct zv_str body;   /* INFO: of at most ZV_SIP_MAX_INFO_BYTES */
    struct zv_str caller; /* INCOMING: user of From, unescaped; may be empty ("anonymous") */
    struct zv_str caller_display;
    struct zv_str callee;  /* INCOMING: user of To, unescaped */
    struct zv_str call_id; /* INCOMING: Call-ID, for logs */
    uint32_t expires_s;
    uint32_t retry_after_s; /* REGISTER_FAILED, ENDED: what the far end asks for; 0: nothing */
    enum zv_sip_cause cause;
    bool retrying;
    bool by_update;
    bool is_behind_nat; /* the registrar saw another address than flow.local (received, rport) */
};

/* Takes the next output. */
enum zv_sip_out_kind zv_sip_poll(struct zv_sip *sip, struct zv_sip_out *ret_out);

/* ---- queries ---- */

/* Call-ID of a leg, for logs; empty when it is gone. */
struct zv_str zv_sip_leg_call_id(const struct zv_sip *sip, uint64_t leg);
/* Accounts and legs as text, no secrets; returns the bytes written without the NUL. */
size_t zv_sip_dump(const struct zv_sip *sip, char *buf, size_t cap);

#endif
