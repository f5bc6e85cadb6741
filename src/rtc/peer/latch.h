/*
 * Where a SIP leg's media comes from, when its session description may not know (NAT): symmetric
 * RTP (RFC 4961) with the least possible trust.
 *
 * - Announced address private: the first source with ZV_LATCH_CONSISTENT consistent packets is
 *   locked. Public: the same, but only that IP counts (a NAT rewrites ports).
 * - Consistent: one address, one SSRC, sequence numbers that go on.
 * - Locked is locked for the life of the remote description's version. Only after
 *   ZV_LATCH_SILENCE_US without a packet the same SSRC, in sequence, may come from another port of
 *   the same IP: a NAT binding that was renewed.
 * - Strict: the announced address and port, nothing else ever.
 * - Packets that SRTP has proved to be genuine need none of this: the newest of them shows where
 *   their sender is now. One that comes late over the old way moves nothing back.
 *
 * Another version of the description starts anew. Where it names another address than the one
 * before the far end moves: what still comes from the source of before passes, but is locked again
 * only once ZV_LATCH_SILENCE_US have gone by, for a few stragglers would send our packets to where
 * nobody is any more.
 *
 * Before the lock the packets of the first source in line pass, so that no word is cut; what we
 * send goes to the announced address until then. A flood from strangers cannot keep a source from
 * being locked: each source in line has a place of its own, and the newest ones find none.
 *
 * RTCP has no sequence to check: it is taken from the IP that RTP is locked to, before that from
 * the announced one (private: from any), and moves nothing but its own return address.
 */
#ifndef ZV_RTC_PEER_LATCH_H
#define ZV_RTC_PEER_LATCH_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_LATCH_CONSISTENT 3
#define ZV_LATCH_SILENCE_US INT64_C(2000000)
/* Sources in line before the lock; one that stopped for ZV_LATCH_SILENCE_US gives its place up. */
#define ZV_LATCH_MAX_SOURCES 4
/* Largest step forward that counts as in sequence: RFC 3550 A.1 MAX_DROPOUT. */
#define ZV_LATCH_MAX_STEP 3000

struct zv_latch_source {
    struct zv_addr addr;
    uint32_t ssrc;
    uint16_t seq;     /* of the last packet */
    uint8_t count;    /* consistent packets so far; 0: the place is free */
    int64_t heard_us; /* last packet */
};

/* Open, since the owner embeds it; set through the functions only. */
struct zv_latch {
    struct zv_addr announced;      /* of RTP */
    struct zv_addr announced_rtcp; /* with rtcp-mux: the same */
    bool strict;
    bool is_private; /* announced address */
    bool locked;
    struct zv_latch_source source; /* when locked */
    struct zv_latch_source line[ZV_LATCH_MAX_SOURCES];
    struct zv_latch_source left; /* the source of before a move; count 0: there was none */
    struct zv_addr rtcp_source;  /* of the last RTCP taken; family NONE: none yet */
    bool is_rtcp_authentic;      /* it was proved to be genuine */
};

struct zv_latch_packet {
    struct zv_addr source;
    uint32_t ssrc;
    uint16_t seq;
};

enum zv_latch_verdict {
    ZV_LATCH_PASS,
    ZV_LATCH_LOCKED, /* passes too, and the source was locked or moved with this packet */
    ZV_LATCH_REJECT,
};

/* Forgets all; `rtcp` as announced, or where RTCP is expected otherwise. */
void zv_latch_start(struct zv_latch *latch, const struct zv_addr *rtp, const struct zv_addr *rtcp,
                    bool strict);
/* Another version of the description: the same, but for the source that it may have left. */
void zv_latch_restart(struct zv_latch *latch, const struct zv_addr *rtp,
                      const struct zv_addr *rtcp);
enum zv_latch_verdict zv_latch_on_rtp(struct zv_latch *latch, const struct zv_latch_packet *packet,
                                      int64_t now_us);
/* PASS or REJECT. */
enum zv_latch_verdict zv_latch_on_rtcp(struct zv_latch *latch, const struct zv_addr *source);
/* SRTP: may a packet from there be looked at, before it was proved? False on strict legs alone. */
bool zv_latch_may_come(const struct zv_latch *latch, const struct zv_addr *source, bool is_rtcp);
/* After that, and proved to be genuine and no replay. PASS or LOCKED. */
enum zv_latch_verdict zv_latch_on_authentic_rtp(struct zv_latch *latch,
                                                const struct zv_latch_packet *packet,
                                                int64_t now_us);
void zv_latch_on_authentic_rtcp(struct zv_latch *latch, const struct zv_addr *source);
/* Where to send. */
const struct zv_addr *zv_latch_rtp_target(const struct zv_latch *latch);
const struct zv_addr *zv_latch_rtcp_target(const struct zv_latch *latch);

#endif
