/*
 * State of the ICE machine, for the files of this folder only.
 *
 *   ice.c     lifecycle, credentials, output, queries
 *   answer.c  Binding requests: authentication, replies (both roles)
 *   lite.c    LITE: validated pairs, nomination by the far end, consent by its checks
 *   checks.c  CONTROLLING: pairs, pacing, retransmission, responses, nomination
 *   consent.c CONTROLLING: consent refresh (RFC 7675)
 */
#ifndef ZV_RTC_ICE_ICE_INT_H
#define ZV_RTC_ICE_ICE_INT_H

#include "base/buf.h"
#include "rtc/ice/ice.h"
#include "rtc/stun/stun.h"

#define ZV_ICE_MAX_EVENTS    16   /* most that one input causes, see zv_ice_push */
#define ZV_ICE_REPLY_CAP     128  /* the largest reply, a 420 with all unknown attributes: 104 */
#define ZV_ICE_REQUEST_CAP   640  /* the largest request: USERNAME 513, the rest 84 */
#define ZV_ICE_SEEN          1024 /* transaction ids remembered against replay */
#define ZV_ICE_MAX_CHECKS    (ZV_ICE_MAX_LOCALS * ZV_ICE_MAX_REMOTES + 1)
#define ZV_ICE_PACE_US       ZV_MS(50)     /* Ta, RFC 8445 §14.2 */
#define ZV_ICE_MIN_RTO_US    ZV_MS(500)    /* RFC 8445 §14.3 */
#define ZV_ICE_MAX_SENDS     7             /* Rc, RFC 8489 §6.2.1 */
#define ZV_ICE_LAST_WAIT     16            /* Rm, RFC 8489 §6.2.1 */
#define ZV_ICE_REFRESH_US    ZV_SECONDS(5) /* RFC 7675 §5.1; each is 0.8 to 1.2 times that */
#define ZV_ICE_CONSENT_SLOTS 8             /* consent checks in flight: 30 s at 4 s each */

/* Our credentials of one generation. The generation counts ICE restarts. */
struct zv_ice_cred {
    uint32_t generation;
    char ufrag[ZV_ICE_UFRAG_CHARS + 1];
    char pwd[ZV_ICE_PWD_CHARS + 1];
};

struct zv_ice_event {
    enum zv_ice_out_kind kind;
    struct zv_ice_pair pair;
};

/* LITE: a pair that an authenticated request came over. */
struct zv_ice_valid {
    struct zv_ice_pair pair;
    int64_t checked_us;  /* last fresh request */
    uint32_t generation; /* latest credentials used over it */
};

struct zv_ice_lite {
    struct zv_ice_valid valid[ZV_ICE_MAX_VALIDATED];
    size_t valid_count;
    uint32_t seen[ZV_ICE_SEEN]; /* first 32 bits of each transaction id, which is random */
    size_t seen_count;          /* all; the ring index is the remainder */
};

enum zv_ice_check_state {
    ZV_ICE_CHECK_WAITING,
    ZV_ICE_CHECK_IN_PROGRESS,
    ZV_ICE_CHECK_SUCCEEDED,
    ZV_ICE_CHECK_FAILED,
};

/* CONTROLLING: a pair and its one transaction. */
struct zv_ice_check {
    struct zv_ice_pair pair;
    uint64_t priority; /* RFC 8445 §6.1.2.3 */
    uint32_t generation;
    enum zv_ice_check_state state;
    bool is_valid;   /* a response came once */
    bool nominates;  /* the request carries USE-CANDIDATE */
    bool is_due;     /* the next poll sends it */
    unsigned sends;  /* of this transaction */
    int64_t rto_us;  /* RFC 8445 §14.3 */
    int64_t next_us; /* IN_PROGRESS: retransmission or failure */
    uint8_t tx_id[ZV_STUN_TX_ID_BYTES];
};

/* The far end's credentials of one generation. */
struct zv_ice_remote_cred {
    char ufrag[ZV_ICE_MAX_CRED + 1]; /* empty: not known yet */
    char pwd[ZV_ICE_MAX_CRED + 1];
};

struct zv_ice_remote_cand {
    struct zv_addr addr;
    uint32_t priority;
};

struct zv_ice_consent {
    int64_t next_us; /* next refresh; ZV_TIME_NEVER */
    bool is_due;     /* the next poll sends one */
    size_t sent;     /* all; the ring index of the next is the remainder */
    uint8_t tx_ids[ZV_ICE_CONSENT_SLOTS][ZV_STUN_TX_ID_BYTES];
};

struct zv_ice_agent {
    struct zv_ice_remote_cred remote;
    struct zv_ice_remote_cred previous_remote;
    struct zv_addr locals[ZV_ICE_MAX_LOCALS];
    size_t local_count;
    struct zv_ice_remote_cand remotes[ZV_ICE_MAX_REMOTES];
    size_t remote_count;
    struct zv_ice_check checks[ZV_ICE_MAX_CHECKS];
    size_t check_count;
    int64_t pace_us;              /* no new check before */
    bool has_failed;              /* FAILED was given */
    uint32_t selected_generation; /* of the selected pair */
    struct zv_ice_consent consent;
    uint8_t request[ZV_ICE_REQUEST_CAP];
};

struct zv_ice {
    enum zv_ice_role role;
    struct zv_rand rand;
    int64_t now_us; /* of the latest input */
    uint64_t tie_breaker;
    struct zv_ice_cred current;
    struct zv_ice_cred previous;
    bool has_previous;
    struct zv_ice_pair selected;
    bool has_selected;
    bool is_nominated;
    bool has_consent;
    int64_t heard_us; /* ZV_TIME_NEVER: not yet */
    struct zv_ice_event events[ZV_ICE_MAX_EVENTS];
    size_t event_first;
    size_t event_count;
    uint8_t reply[ZV_ICE_REPLY_CAP];
    size_t reply_len; /* 0: none is to be sent */
    struct zv_ice_pair reply_pair;
    struct zv_ice_counters counters;
    struct zv_ice_lite lite;
    struct zv_ice_agent *agent; /* owned; CONTROLLING only */
};

/* ice.c */
bool zv_ice_pair_eq(const struct zv_ice_pair *a, const struct zv_ice_pair *b);
/*
 * Queues an event. One input causes at most CONSENT_BACK, VALIDATED, NOMINATED and, for each other
 * pair, INVALIDATED: fewer than ZV_ICE_MAX_EVENTS when the owner keeps the drain rule.
 */
void zv_ice_push(struct zv_ice *ice, enum zv_ice_out_kind kind, const struct zv_ice_pair *pair);
/* The far end is alive: consent is fresh from now on. */
void zv_ice_hear(struct zv_ice *ice);
/* Consent is over when nothing was heard for ZV_ICE_CONSENT_US. */
void zv_ice_check_consent(struct zv_ice *ice);
/* Media goes to `pair` from now on, by nomination; ends an ICE restart when `is_current`. */
void zv_ice_nominate(struct zv_ice *ice, const struct zv_ice_pair *pair, bool is_current);

/* answer.c */
enum zv_ice_verdict zv_ice_answer(struct zv_ice *ice, const struct zv_dgram *in,
                                  const struct zv_stun_msg *msg);

/* lite.c */
bool zv_ice_lite_is_seen(const struct zv_ice_lite *lite, const uint8_t *tx_id);
const struct zv_ice_valid *zv_ice_lite_find(const struct zv_ice_lite *lite,
                                            const struct zv_ice_pair *pair);
/* A fresh, authenticated request came over `pair` under the credentials `generation`. */
void zv_ice_lite_on_check(struct zv_ice *ice, const struct zv_ice_pair *pair,
                          const struct zv_stun_msg *msg, uint32_t generation);
/* Pairs last used under older credentials are forgotten. */
void zv_ice_lite_retire(struct zv_ice *ice);

/* checks.c */
enum zv_ice_verdict zv_ice_checks_on_response(struct zv_ice *ice, const struct zv_ice_pair *pair,
                                              const struct zv_stun_msg *msg);
void zv_ice_checks_on_timeout(struct zv_ice *ice);
int64_t zv_ice_checks_deadline_us(const struct zv_ice_agent *agent);
/* Builds the next request that is due; false: none. */
bool zv_ice_checks_poll(struct zv_ice *ice, struct zv_dgram *ret_dgram);
/* Pairs `local` with every remote candidate, and so on, whatever is not paired yet. */
void zv_ice_checks_form_pairs(struct zv_ice *ice);
/* Forgets the pairs that are not the selected one and are of older credentials. */
void zv_ice_checks_retire(struct zv_ice *ice);
/* Forgets the pairs of a local address that is gone. */
void zv_ice_checks_remove_local(struct zv_ice *ice, const struct zv_addr *local);
bool zv_ice_checks_is_validated(const struct zv_ice_agent *agent, const struct zv_ice_pair *pair);
/* Fresh transaction id. */
void zv_ice_fill_tx_id(struct zv_ice *ice, uint8_t tx_id[ZV_STUN_TX_ID_BYTES]);
/* A Binding request of ours, into the agent's buffer. */
size_t zv_ice_write_request(struct zv_ice *ice, const uint8_t *tx_id, uint32_t generation,
                            bool use_candidate);
/* The password that the far end signs its responses with. */
struct zv_str zv_ice_remote_pwd(const struct zv_ice *ice, uint32_t generation);

/* consent.c */
void zv_ice_consent_start(struct zv_ice *ice);
void zv_ice_consent_stop(struct zv_ice *ice);
void zv_ice_consent_on_timeout(struct zv_ice *ice);
bool zv_ice_consent_poll(struct zv_ice *ice, struct zv_dgram *ret_dgram);
/* The response belongs to a consent check that is under way, over the selected pair. */
bool zv_ice_consent_is_ours(const struct zv_ice *ice, const uint8_t *tx_id);

#endif
