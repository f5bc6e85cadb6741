/*
 * What a leg counts: packets and reports of both directions, and why packets were dropped.
 */
#ifndef ZV_RTC_PEER_COUNTERS_H
#define ZV_RTC_PEER_COUNTERS_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdint.h>

#define ZV_PEER_DROP_LIST(X)                                                                       \
    X(MALFORMED, "malformed")              /* none of STUN, DTLS, RTP, RTCP, or a broken header */ \
    X(STUN, "stun_refused")                /* wrong integrity, unknown user, not for us */         \
    X(UNVALIDATED, "unvalidated_source")   /* WEB: no authenticated check came from there */       \
    X(NO_KEYS, "no_keys")                  /* SRTP before the end of DTLS */                       \
    X(AUTH, "authentication")              /* SRTP tag */                                          \
    X(REPLAY, "replay")                    /* SRTP index seen before, or too old */                \
    X(STREAMS, "too_many_streams")         /* SRTP SSRC table full */                              \
    X(SOURCE, "rejected_source")           /* RTP: latching or strict says no */                   \
    X(UNKNOWN_PT, "unknown_payload_type")  /* not in the codec list */                             \
    X(SEQUENCE, "bad_sequence")            /* RTP: jump or on probation (RFC 3550 A.1) */          \
    X(DUPLICATE, "duplicate")              /* RTP: sequence number seen before */                  \
    X(NOT_WANTED, "not_wanted")            /* no remote yet, no flow, or closed */                 \
    X(NO_CONSENT, "no_consent")            /* sending: not nominated, or consent lost */           \
    X(NO_ROOM, "no_room")                  /* sending: packet does not fit */                      \
    X(PACKETIZATION, "packetization_mode") /* sending: H.264 fragment or aggregate, mode 0 */      \
    X(KEY, "dtmf_key")                     /* sending: audio while a key of ours sounds */         \
    X(INTERNAL, "internal")                /* the cryptographic library refused */

enum zv_peer_drop {
#define X(name, text) ZV_PEER_DROP_##name,
    ZV_PEER_DROP_LIST(X)
#undef X
        ZV_PEER_DROP_COUNT,
};
const char *zv_peer_drop_name(enum zv_peer_drop drop);

/* All since zv_peer_new. Plain value, copied across threads. Of a WEB leg: what is of RTP is of its
 * audio (zv_peer_video_counters has the other), drops and RTCP are of its transport. */
struct zv_peer_counters {
    uint64_t rx_packets; /* RTP accepted */
    uint64_t rx_bytes;   /* of those, header included, before decryption */
    uint64_t tx_packets; /* RTP sent */
    uint64_t tx_bytes;   /* after encryption */
    uint64_t rx_rtcp;    /* RTCP datagrams accepted */
    uint64_t tx_rtcp;
    uint64_t rx_dropped; /* sum of `drops` that happened when receiving */
    uint64_t drops[ZV_PEER_DROP_COUNT];
    uint64_t lost;             /* RTP expected and never accepted (RFC 3550 A.3); 0 when negative */
    uint64_t reordered;        /* RTP accepted behind a later one */
    uint32_t jitter_us;        /* interarrival jitter of what we receive (RFC 3550 A.8) */
    uint32_t remote_jitter_us; /* as the other end reports it */
    uint32_t remote_lost;      /* cumulative, as the other end reports it */
    uint8_t remote_fraction;   /* lost, of 256, of its last interval */
    int64_t remote_report_us;  /* when it last reported on what we send; 0: never */
    uint32_t rtt_us;           /* from the other end's reports; 0: not known */
    uint32_t checks;           /* authenticated ICE checks */
    uint32_t moves;            /* nominated pair or latched source changed after the first */
    uint32_t rx_ssrc;          /* of the last accepted RTP packet */
    uint32_t tx_ssrc;
    uint16_t srtp;                /* protection profile; 0: plain RTP, or no keys yet */
    int64_t last_rx_us;           /* RTP or RTCP accepted; 0: never */
    int64_t last_rtp_us;          /* RTP accepted; 0: never */
    uint8_t unknown_pt;           /* of the last packet with DROP_UNKNOWN_PT that came */
    bool is_strict;               /* RTP: no source but the announced one is taken */
    struct zv_addr remote;        /* where RTP goes; family NONE: nowhere yet */
    struct zv_addr last_rejected; /* source of the last packet with DROP_SOURCE */
};

#endif
