/*
 * The two streams of a leg: zv_rtp_in keeps the statistics of what comes (RFC 3550 A.1, A.3, A.8),
 * zv_rtp_out gives what goes an SSRC, sequence numbers and timestamps of our own.
 *
 * Outbound: for as long as the leg's keys last, SSRC, sequence and timestamp are continuous,
 * whatever the sources do (hold, transfer, another codec, a new far end). Gaps in the source's
 * sequence stay gaps, so the far end sees the loss; reordered packets keep their order numbers;
 * no sequence number ever leaves twice, for under SRTP a second payload with the same number would
 * reveal both. Open structs: plain values, to be embedded; written by the functions here only.
 */
#ifndef ZV_RTC_RTP_STREAM_H
#define ZV_RTC_RTP_STREAM_H

#include "base/rand.h"
#include "rtc/rtp/rtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTP_MAX_DROPOUT 3000 /* RFC 3550 A.1: a larger step forward is a jump */
#define ZV_RTP_WINDOW      128  /* packets back in which late ones pass and duplicates are known */

/* The last ZV_RTP_WINDOW sequence numbers: bit 0 is the highest. */
struct zv_rtp_window {
    uint64_t bits[2];
};

/* Outbound. */

struct zv_rtp_out {
    uint32_t ssrc;     /* ours */
    uint32_t clock_hz; /* of ts */
    bool has_source;   /* a packet was mapped */
    bool has_ts;       /* one has left, of whomever: `ts` was at `ts_us` */
    bool has_previous;
    uint32_t source_ssrc;
    uint32_t previous_ssrc; /* the source before, its stragglers are dropped for a moment */
    int64_t switched_us;    /* when the source changed */
    uint16_t source_seq;    /* highest of the source */
    uint16_t jump_seq;      /* expected after a jump */
    bool has_jump;
    uint16_t seq;        /* highest sent (before the first: one less than that will be) */
    uint32_t since_base; /* steps of seq since the source began, saturating */
    uint32_t ts_offset;  /* out minus source */
    uint32_t ts;         /* highest of the packets in sequence */
    int64_t ts_us;       /* when that one was mapped, or inserted */
    int64_t seq_us;      /* when the packet with the highest seq was mapped */
    bool has_new_clock;  /* the timestamp is re-based with the next packet */
    bool has_held;
    uint32_t held_ts; /* of the source: that of the last packet behind another one's timestamp */
    struct zv_rtp_window window;
    uint64_t packets; /* mapped or inserted, that is, sent */
    uint64_t octets;  /* of payload */
    uint64_t rebases; /* source changes and jumps */
};

/* A packet of the source. */
struct zv_rtp_source {
    uint32_t ssrc;
    uint16_t seq;
    uint32_t ts;
    bool marker;
    size_t payload_len; /* bytes */
};

/* SSRC, first sequence number (< 32768, RFC 3711 §3.3.1) and first timestamp are random. */
void zv_rtp_out_init(struct zv_rtp_out *out, uint32_t clock_hz, const struct zv_rand *rand);
/* Another codec: the clock from the next packet on; the timestamp stays continuous. */
void zv_rtp_out_set_clock(struct zv_rtp_out *out, uint32_t clock_hz);
/*
 * Gives the packet the marker, seq, ts and ssrc to leave with (ret_rewrite's other fields are not
 * touched). PASS, or DROP_DUPLICATE, DROP_OLD, DROP_JUMP.
 */
enum zv_rtp_verdict zv_rtp_out_map(struct zv_rtp_out *out, const struct zv_rtp_source *source,
                                   int64_t now_us,
                                   struct zv_rtp_rewrite *ret_rewrite) ZV_MUST_CHECK;
/*
 * A packet of our own goes between those of the source: the next sequence number, and the timestamp
 * of this moment where something `begins`, else that of the one before. What the source sent before
 * and comes later has no place any more.
 */
void zv_rtp_out_insert(struct zv_rtp_out *out, bool begins, size_t payload_len, int64_t now_us,
                       struct zv_rtp_rewrite *ret_rewrite);
/* A packet of the source does not leave, and leaves no gap. */
void zv_rtp_out_skip(struct zv_rtp_out *out, const struct zv_rtp_source *source, int64_t now_us);
/* The timestamp of this moment, extrapolated from the last packet (for an SR). */
uint32_t zv_rtp_out_ts_at(const struct zv_rtp_out *out, int64_t now_us);

/* Inbound. */

struct zv_rtp_in {
    uint32_t clock_hz;
    bool has_source;
    uint32_t ssrc;
    uint16_t base_seq;
    uint16_t max_seq;
    uint32_t cycles; /* wraps of max_seq, times 65536 */
    uint16_t jump_seq;
    bool has_jump;
    uint32_t received;       /* of this source, late and duplicate ones too (RFC 3550 A.3) */
    uint32_t received_twice; /* of those, duplicates */
    uint32_t expected_prior; /* at the last report */
    uint32_t received_prior;
    bool has_transit;
    uint32_t transit_ts;
    uint32_t sampled_ts; /* timestamp of the packet that transit_ts is of */
    uint32_t jitter_q4;  /* sixteenths of an RTP clock tick */
    int64_t heard_us;    /* arrival of the last packet that counted */
    struct zv_rtp_window window;
    /* Totals of all sources. */
    uint64_t packets;
    uint64_t octets; /* of payload */
    uint64_t duplicates;
    uint64_t reordered;
    uint64_t jumps;       /* sequence restarts accepted */
    uint64_t sources;     /* SSRCs seen one after the other */
    uint64_t lost_before; /* lost of earlier sources and before jumps */
};

/* The loss figures of a report block (RFC 3550 §6.4.1). */
struct zv_rtp_in_report {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256, since the last report */
    int32_t lost;          /* of this source; may be negative; fits in 24 bits */
    uint32_t highest_seq;  /* extended */
    uint32_t jitter_ts;    /* RTP clock */
};

void zv_rtp_in_init(struct zv_rtp_in *in, uint32_t clock_hz);
/* Another codec: the jitter starts anew with this clock. */
void zv_rtp_in_set_clock(struct zv_rtp_in *in, uint32_t clock_hz);
/* Without probation: the first packet counts. PASS, or DROP_DUPLICATE, DROP_OLD, DROP_JUMP. */
enum zv_rtp_verdict zv_rtp_in_update(struct zv_rtp_in *in, const struct zv_rtp_header *header,
                                     int64_t now_us) ZV_MUST_CHECK;
/* False: nothing was received yet. Starts the next interval of fraction_lost. */
bool zv_rtp_in_report(struct zv_rtp_in *in, struct zv_rtp_in_report *ret_report);
/* Packets missing in all, as far as known now; never negative. */
uint64_t zv_rtp_in_lost(const struct zv_rtp_in *in);

#endif
