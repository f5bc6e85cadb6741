/*
 * RTP packets (RFC 3550 §5): which protocol a datagram is, the header as a view, header extensions
 * (RFC 8285), the rewrite of a packet on its way to another leg, telephone-events (RFC 4733).
 *
 * Everything here is a transform: in place, without memory of its own, with a verdict. Encrypted
 * (SRTP) packets are demultiplexed only; parse after decryption, since padding is encrypted.
 */
#ifndef ZV_RTC_RTP_RTP_H
#define ZV_RTC_RTP_RTP_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTP_HEADER_BYTES  12 /* RFC 3550 §5.1, without CSRC and extension */
#define ZV_RTP_EVENT_BYTES   4  /* RFC 4733 §2.3 */
#define ZV_RTP_MAX_PT        127
#define ZV_RTP_EXT_ONE_BYTE  0xbede /* RFC 8285 §4.2 */
#define ZV_RTP_EXT_TWO_BYTES 0x1000 /* RFC 8285 §4.3; the low four bits are free */

/* What became of an RTP or RTCP packet. 0 passes; each other value is a counter. */
enum zv_rtp_verdict {
    ZV_RTP_PASS = 0,
    ZV_RTP_DROP_SHORT,     /* shorter than its header or than its lengths say */
    ZV_RTP_DROP_VERSION,   /* not version 2 */
    ZV_RTP_DROP_PADDING,   /* padding of 0 or more than there is */
    ZV_RTP_DROP_EXTENSION, /* an extension longer than the packet */
    ZV_RTP_DROP_TYPE,      /* RTCP where RTP belongs, or the other way round */
    ZV_RTP_DROP_DUPLICATE, /* this sequence number was seen */
    ZV_RTP_DROP_OLD,       /* older than the window, or of a source that was left */
    ZV_RTP_DROP_JUMP,      /* the first packet far away; the next in sequence will pass */
    ZV_RTP_VERDICT_COUNT,
};
const char *zv_rtp_verdict_name(enum zv_rtp_verdict verdict);

/* RFC 7983 §7 for DTLS-SRTP with rtcp-mux (RFC 5761 §4). */
enum zv_rtp_kind {
    ZV_RTP_KIND_UNKNOWN, /* ZRTP, TURN channel data, anything else: dropped and counted */
    ZV_RTP_KIND_STUN,
    ZV_RTP_KIND_DTLS,
    ZV_RTP_KIND_RTP,
    ZV_RTP_KIND_RTCP,
    ZV_RTP_KIND_COUNT,
};
/* By the first two bytes alone. */
enum zv_rtp_kind zv_rtp_demux(const uint8_t *data, size_t len);
const char *zv_rtp_kind_name(enum zv_rtp_kind kind);
/* Of an RTP or RTCP packet: it is RTCP (packet type 192..223, RFC 5761 §4). */
bool zv_rtp_is_rtcp(const uint8_t *data, size_t len);

struct zv_rtp_header {
    bool marker;
    uint8_t pt; /* 0..127 */
    uint16_t seq;
    uint32_t ts; /* RTP clock */
    uint32_t ssrc;
    uint8_t csrc_count;  /* 0..15 */
    uint8_t padding_len; /* bytes, with the count byte; 0: none */
    bool has_ext;
    uint16_t ext_profile; /* ZV_RTP_EXT_ONE_BYTE, … */
    size_t ext_at;        /* offset of the extension's elements */
    size_t ext_len;       /* bytes of them */
    size_t payload_at;    /* offset */
    size_t payload_len;   /* bytes, without padding; may be 0 */
};

enum zv_rtp_verdict zv_rtp_parse(const uint8_t *data, size_t len,
                                 struct zv_rtp_header *ret_header) ZV_MUST_CHECK;
/*
 * The element with this id (1..14 in one-byte form, 1..255 in two-byte form; RFC 8285) of a packet
 * parsed into `header`. False: absent or malformed.
 */
bool zv_rtp_find_ext(const uint8_t *data, const struct zv_rtp_header *header, uint8_t id,
                     const uint8_t **ret_value, size_t *ret_len);

/* The header that a packet leaves with. */
struct zv_rtp_rewrite {
    bool marker;
    uint8_t pt;
    uint16_t seq;
    uint32_t ts;
    uint32_t ssrc;
    bool keep_ext;     /* else the header extension is removed */
    bool keep_csrc;    /* else the CSRC list is removed */
    bool keep_padding; /* else the padding is removed */
    /* One element of one byte instead of the extension that the packet has; 0: none. */
    uint8_t ext_id; /* 1..14 */
    uint8_t ext_value;
};
/*
 * Rewrites the packet `*data`, `*len`, parsed into `header`. The payload stays in its place: where
 * something is removed, the header moves towards it and *data points behind its old start.
 */
void zv_rtp_rewrite_header(const struct zv_rtp_header *header, const struct zv_rtp_rewrite *rewrite,
                           uint8_t **data, size_t *len);
/* A bare 12-byte header in front of a payload of our own. */
void zv_rtp_write_header(uint8_t dst[ZV_RTP_HEADER_BYTES], const struct zv_rtp_rewrite *rewrite);

/* A telephone-event (RFC 4733 §2.3): the first of the payload. */
struct zv_rtp_event {
    uint8_t code; /* 0..9, 10 *, 11 #, 12..15 A..D, 16 flash */
    bool is_end;
    uint8_t volume;       /* -dBm0, 0..63 */
    uint16_t duration_ts; /* RTP clock */
};
enum zv_rtp_verdict zv_rtp_parse_event(const uint8_t *payload, size_t len,
                                       struct zv_rtp_event *ret_event) ZV_MUST_CHECK;
void zv_rtp_write_event(uint8_t dst[ZV_RTP_EVENT_BYTES], const struct zv_rtp_event *event);

#endif
