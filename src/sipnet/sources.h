/*
 * How much SIP one source may send. A source is an IPv4 address or an IPv6 /64, which is what one
 * subscriber has; of a server it is the address alone. Ports do not tell sources apart. Each has
 * two budgets, for all messages and for INVITEs, of which two seconds' worth may be used at once.
 * Strangers have one more budget all together, since an address in a datagram may be anyone's
 * invention.
 *
 * For the same reason what comes over connections has budgets of its own, each source's and the
 * strangers': who invents addresses in datagrams takes nothing from who has proved his by TCP's
 * handshake. TLS's handshake costs more than any message and has one more, of as many as INVITEs.
 *
 * Servers, which are the addresses that names of accounts resolved to, have 20 times the budget and
 * a table of their own, so that no crowd of strangers pushes them out. A trusted source has no
 * budget: who it is is the caller's matter (docs/decisions/016-sip-from-strangers.md).
 *
 * Memory is bounded and allocated once. Where a table is full, the source that has been quiet for
 * longest is forgotten, which gives it a full budget again. No clock, no socket.
 */
#ifndef ZV_SIPNET_SOURCES_H
#define ZV_SIPNET_SOURCES_H

#include "base/addr.h"
#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a server may send, in times of what a stranger may; all strangers together as much. */
#define ZV_SOURCES_SERVER_FACTOR 20

struct zv_sources;

struct zv_sources_cfg {
    uint32_t messages_per_s; /* of one stranger; at least 1 */
    uint32_t invites_per_s;  /* at least 1 */
    uint64_t seed[2];        /* secret, so that nobody chooses whose place he takes */
};

enum zv_source_kind {
    ZV_SOURCE_STRANGER,
    ZV_SOURCE_SERVER,  /* an account's */
    ZV_SOURCE_TRUSTED, /* listed by the operator */
};

enum zv_source_what {
    ZV_SOURCE_MESSAGE,
    ZV_SOURCE_INVITE,
    ZV_SOURCE_HANDSHAKE, /* TLS */
};

/* What came from where. */
struct zv_source_event {
    struct zv_addr addr;
    enum zv_source_kind kind;
    bool is_stream; /* over a connection */
    enum zv_source_what what;
};

enum zv_source_verdict {
    ZV_SOURCE_TAKE,
    ZV_SOURCE_OVER_RATE,
    ZV_SOURCE_OVER_INVITES,
    ZV_SOURCE_OVER_HANDSHAKES,
    ZV_SOURCE_OVER_ALL, /* strangers together */
};

struct zv_sources_counts {
    uint64_t over_rate;
    uint64_t over_invites;
    uint64_t over_all;
};

/* ZV_E_INVAL, ZV_E_NOMEM. */
int zv_sources_new(struct zv_sources **ret_sources, const struct zv_sources_cfg *cfg) ZV_MUST_CHECK;
/* Whether both are one source, as strangers. */
bool zv_sources_is_same(const struct zv_addr *a, const struct zv_addr *b);
/* NULL is allowed; returns NULL. */
struct zv_sources *zv_sources_free(struct zv_sources *sources);

/* The address is that of an account's server, as DNS says now; it counts as one for a day. Once
 * trusted, it is so until it is learnt anew after that. */
void zv_sources_learn(struct zv_sources *sources, const struct zv_addr *addr, bool is_trusted,
                      int64_t now_us);
/* What may be trusted has changed: those that were are servers like others until they are learnt
 * anew. */
void zv_sources_forget_trust(struct zv_sources *sources);
/* What was learnt of the address. */
enum zv_source_kind zv_sources_kind(const struct zv_sources *sources, const struct zv_addr *addr,
                                    int64_t now_us);
/* Whether to take it. What is not taken is counted, handshakes by whom they are refused, and costs
 * the source nothing more. */
enum zv_source_verdict zv_sources_admit(struct zv_sources *sources,
                                        const struct zv_source_event *event, int64_t now_us);
void zv_sources_counts(const struct zv_sources *sources, struct zv_sources_counts *ret_counts);

#endif
