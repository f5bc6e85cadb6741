/*
 * One ICE component of one peer (RFC 8445), in one of two roles.
 *
 * LITE is the gateway: it answers authenticated Binding requests and sends none. It learns the
 * peer's addresses from the requests alone (candidates in SDP are not needed), so it can never be
 * made to probe a third party. One authenticated request *validates* a pair, that is, a 5-tuple
 * (local, remote); media goes to the pair of the latest USE-CANDIDATE, before the first one to the
 * pair validated first. A nominated pair without a check for ZV_ICE_SILENT_US yields to another
 * pair that is checked, since consent checks need not carry USE-CANDIDATE (RFC 7675 §5.1). One from
 * before an ICE restart yields after ZV_ICE_LEFT_US to a pair that is checked under the new
 * credentials: a browser whose network changed takes seconds to nominate what it already uses.
 *
 * CONTROLLING is the test client and the load generator, opposite a lite agent: it checks pairs of
 * its local addresses and the remote candidates, nominates, and refreshes consent (RFC 7675).
 *
 * What has no right MESSAGE-INTEGRITY and USERNAME gets no reply and changes nothing but a counter.
 * A request that was seen before (same transaction id) refreshes nothing; from another 5-tuple it
 * is a replay and gets no reply.
 *
 * Not supported, on purpose: role switch (a conflict is answered 487), triggered checks and
 * peer-reflexive remote candidates in role CONTROLLING (its far end is lite and sends no checks),
 * more than one component (rtcp-mux is required).
 *
 * Drain rule: one input (on_datagram, on_timeout, set_remote, …), then poll until ZV_ICE_OUT_NONE.
 */
#ifndef ZV_RTC_ICE_ICE_H
#define ZV_RTC_ICE_ICE_H

#include "base/attr.h"
#include "base/dgram.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_ICE_UFRAG_CHARS   16  /* ours; RFC 8445 §5.3 asks for 4 or more */
#define ZV_ICE_PWD_CHARS     32  /* ours; RFC 8445 §5.3 asks for 22 or more */
#define ZV_ICE_MAX_CRED      256 /* theirs; RFC 8839 §5.4 */
#define ZV_ICE_MAX_VALIDATED 8   /* LITE: validated pairs, the least recently checked one goes */
#define ZV_ICE_MAX_LOCALS    4   /* CONTROLLING: own addresses */
#define ZV_ICE_MAX_REMOTES   8   /* CONTROLLING: remote candidates */
#define ZV_ICE_CONSENT_US    ZV_SECONDS(30) /* RFC 7675 §5.1: consent expires */
#define ZV_ICE_SILENT_US     ZV_SECONDS(8)  /* LITE: longer than a consent interval (6 s at most) */
#define ZV_ICE_LEFT_US       ZV_SECONDS(1)  /* LITE: the same for a pair from before a restart */

enum zv_ice_role {
    ZV_ICE_LITE,
    ZV_ICE_CONTROLLING,
};

struct zv_ice_cfg {
    enum zv_ice_role role;
    struct zv_rand rand;          /* credentials, tie-breaker, transaction ids */
    const struct zv_addr *locals; /* CONTROLLING: addresses to check from; copied */
    size_t local_count;           /* at most ZV_ICE_MAX_LOCALS */
};

struct zv_ice_pair {
    struct zv_addr local;
    struct zv_addr remote;
};

enum zv_ice_out_kind {
    ZV_ICE_OUT_NONE,
    ZV_ICE_OUT_SEND,        /* `dgram` is to be sent; its bytes live until the next call */
    ZV_ICE_OUT_VALIDATED,   /* `pair` is new and authenticated: packets from there are the peer's */
    ZV_ICE_OUT_INVALIDATED, /* LITE: `pair` is forgotten (too many, or from before a restart) */
    ZV_ICE_OUT_NOMINATED,   /* media now goes to `pair` (given again only when the pair changes) */
    ZV_ICE_OUT_CONSENT_LOST, /* nothing authenticated for ZV_ICE_CONSENT_US: stop sending */
    ZV_ICE_OUT_CONSENT_BACK, /* go on sending */
    ZV_ICE_OUT_RESTARTED,    /* the ICE restart took effect: the previous ufrag is void */
    ZV_ICE_OUT_FAILED,       /* CONTROLLING: every check failed. LITE never fails: its owner has
                                the deadline */
};

struct zv_ice_out {
    enum zv_ice_out_kind kind;
    struct zv_dgram dgram;   /* of SEND */
    struct zv_ice_pair pair; /* of VALIDATED, INVALIDATED, NOMINATED */
};

/* What became of a datagram. */
enum zv_ice_verdict {
    ZV_ICE_PASS,           /* an authenticated message, taken */
    ZV_ICE_DROP_MALFORMED, /* not STUN, not Binding, no FINGERPRINT where needed, or too long */
    ZV_ICE_DROP_USERNAME,  /* the USERNAME is not ours */
    ZV_ICE_DROP_INTEGRITY, /* MESSAGE-INTEGRITY is missing or wrong */
    ZV_ICE_DROP_REPLAY,    /* a known transaction id from another 5-tuple */
    ZV_ICE_DROP_STRAY,     /* a response to nothing that we asked, or from elsewhere */
    ZV_ICE_REFUSED,        /* authenticated, answered with an error (420, 487) */
    ZV_ICE_VERDICT_COUNT,
};

struct zv_ice_counters {
    uint64_t verdicts[ZV_ICE_VERDICT_COUNT];
    uint64_t requests;    /* authenticated Binding requests in */
    uint64_t checks_sent; /* CONTROLLING: requests out, retransmissions included */
    uint64_t nominations; /* times that the selected pair changed */
    uint64_t evicted;     /* LITE: pairs forgotten because there were too many */
    uint64_t consent_losses;
};

struct zv_ice;

/* ZV_E_NOMEM; ZV_E_INVAL: too many locals. Makes the credentials. */
int zv_ice_new(struct zv_ice **ret_ice, const struct zv_ice_cfg *cfg) ZV_MUST_CHECK;
struct zv_ice *zv_ice_free(struct zv_ice *ice);

/* Input. */

/* A STUN datagram (zv_stun_is_message). The bytes are read, not changed. */
enum zv_ice_verdict zv_ice_on_datagram(struct zv_ice *ice, const struct zv_dgram *in,
                                       int64_t now_us);
void zv_ice_on_timeout(struct zv_ice *ice, int64_t now_us);
/*
 * The far end's credentials. LITE: not needed, ignored. CONTROLLING:
 * checks start once there is a candidate too; again after zv_ice_restart. ZV_E_INVAL: empty or
 * longer than ZV_ICE_MAX_CRED.
 */
int zv_ice_set_remote(struct zv_ice *ice, struct zv_str ufrag, struct zv_str pwd,
                      int64_t now_us) ZV_MUST_CHECK;
/*
 * CONTROLLING: a remote host candidate of component 1. One that is known is not added twice. LITE:
 * ignored, returns 0. ZV_E_LIMIT: ZV_ICE_MAX_REMOTES.
 */
int zv_ice_add_candidate(struct zv_ice *ice, const struct zv_addr *remote, uint32_t priority,
                         int64_t now_us) ZV_MUST_CHECK;
/*
 * CONTROLLING: the host got or lost an address. Pairs with a new one are checked; with the loss of
 * the selected pair the next one that works is nominated. ZV_E_LIMIT: ZV_ICE_MAX_LOCALS.
 */
int zv_ice_add_local(struct zv_ice *ice, const struct zv_addr *local, int64_t now_us) ZV_MUST_CHECK;
void zv_ice_remove_local(struct zv_ice *ice, const struct zv_addr *local, int64_t now_us);
/*
 * ICE restart (RFC 8445 §9): new local credentials. Until a pair is nominated under them, the old
 * ones are valid too, the selected pair stays, and media goes on. CONTROLLING: the remote
 * credentials and candidates have to be given anew. A second restart before the first took effect
 * replaces only the newer ones. RESTARTED tells when the old ones are void.
 */
void zv_ice_restart(struct zv_ice *ice, int64_t now_us);

/* Output. */

/* When zv_ice_on_timeout wants to be called; ZV_TIME_NEVER. */
int64_t zv_ice_deadline_us(const struct zv_ice *ice);
enum zv_ice_out_kind zv_ice_poll(struct zv_ice *ice, struct zv_ice_out *ret_out);

/* Queries. */

struct zv_str zv_ice_local_ufrag(const struct zv_ice *ice);
struct zv_str zv_ice_local_pwd(const struct zv_ice *ice);
/* The ufrag of before a restart while it is still accepted; len 0: none. */
struct zv_str zv_ice_previous_ufrag(const struct zv_ice *ice);
/* The 5-tuple is validated: DTLS, RTP and RTCP from there may be looked at. */
bool zv_ice_is_validated(const struct zv_ice *ice, const struct zv_addr *local,
                         const struct zv_addr *remote);
/* LITE: validated, and a check came over it within ZV_ICE_SILENT_US: its owner uses it. */
bool zv_ice_is_in_use(const struct zv_ice *ice, const struct zv_addr *local,
                      const struct zv_addr *remote, int64_t now_us);
/* Where to send; false: no pair is validated yet. */
bool zv_ice_selected(const struct zv_ice *ice, struct zv_ice_pair *ret_pair);
/* The selected pair was nominated (not only validated first). */
bool zv_ice_is_nominated(const struct zv_ice *ice);
/* Media may be sent: a pair is selected, and consent is fresh. */
bool zv_ice_has_consent(const struct zv_ice *ice);
/* When the last authenticated check (LITE) or response (CONTROLLING) came; ZV_TIME_NEVER: none. */
int64_t zv_ice_last_heard_us(const struct zv_ice *ice);
const struct zv_ice_counters *zv_ice_counters(const struct zv_ice *ice);

/*
 * The ufrag of ours that a Binding request names (USERNAME up to the colon), a view into the bytes,
 * so that a socket shared by many peers can find the one. Nothing is authenticated by that.
 * ZV_E_PARSE: no such request.
 */
int zv_ice_ufrag_of(const uint8_t *data, size_t len, struct zv_str *ret_ufrag) ZV_MUST_CHECK;

/* Debug. Text, NUL-terminated, cut to `cap`; returns its length. No password in it. */
size_t zv_ice_dump(const struct zv_ice *ice, char *buf, size_t cap);
const char *zv_ice_out_name(enum zv_ice_out_kind kind);
const char *zv_ice_verdict_name(enum zv_ice_verdict verdict);

#endif
