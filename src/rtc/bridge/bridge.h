/*
 * Joins the two sides of a call, for one medium: which payload type of one leg is which of the
 * other, and which direction may flow (hold). Pure table work; the packets themselves never come
 * here, so that transcoding and tone injection can be put between the two look-ups later.
 */
#ifndef ZV_RTC_BRIDGE_BRIDGE_H
#define ZV_RTC_BRIDGE_BRIDGE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Payload types joined in one call. */
#define ZV_BRIDGE_MAX_PAIRS 16

enum zv_bridge_kind {
    ZV_BRIDGE_AUDIO,
    ZV_BRIDGE_TELEPHONE_EVENT, /* RFC 4733 */
    ZV_BRIDGE_COMFORT_NOISE,   /* RFC 3389 */
    ZV_BRIDGE_VIDEO,
};

/* One payload format that both legs speak. */
struct zv_bridge_pair {
    uint8_t pt[2];     /* on leg 0, on leg 1; 0..127 */
    uint8_t kind;      /* enum zv_bridge_kind */
    uint32_t clock_hz; /* the same on both, but for what the next says */
    uint32_t far_hz;   /* of a telephone-event on leg 1, where it is another one; 0: the same */
};

enum zv_bridge_verdict {
    ZV_BRIDGE_FORWARD,
    ZV_BRIDGE_HELD,       /* this direction does not flow now */
    ZV_BRIDGE_UNKNOWN_PT, /* the other leg has no such format */
};

/* Counts of one direction, named by the leg that the packets come from. */
struct zv_bridge_counters {
    uint64_t forwarded;
    uint64_t held;
    uint64_t unknown_pt;
    uint64_t telephone_events; /* part of forwarded */
    uint64_t comfort_noise;    /* likewise */
    uint8_t audio_pt;          /* of the last forwarded packet of audio, as it came */
};

/* Open, since the owner embeds it; set through the functions only. */
struct zv_bridge {
    struct zv_bridge_pair pairs[ZV_BRIDGE_MAX_PAIRS];
    size_t pair_count;
    uint8_t index[2][128]; /* payload type of a leg -> pair + 1; 0: none */
    bool flows[2];         /* from leg 0 to 1, from leg 1 to 0 */
    struct zv_bridge_counters counters[2];
};

/* No pairs, both directions flow. */
void zv_bridge_init(struct zv_bridge *bridge);
/*
 * Replaces the table. Where a payload type of a leg occurs in several pairs, the first one counts
 * for packets from that leg. ZV_E_LIMIT, ZV_E_INVAL (payload type over 127, clock rate 0); the
 * table stays as it was then.
 */
int zv_bridge_set_pairs(struct zv_bridge *bridge, const struct zv_bridge_pair *pairs,
                        size_t count) ZV_MUST_CHECK;
/* `from` is the leg (0 or 1) that the packets come from. */
void zv_bridge_set_flow(struct zv_bridge *bridge, unsigned from, bool flows);
/* Judges and counts one packet; sets *ret_pair (borrowed) with FORWARD only. */
enum zv_bridge_verdict zv_bridge_route(struct zv_bridge *bridge, unsigned from, uint8_t pt,
                                       const struct zv_bridge_pair **ret_pair);

#endif
