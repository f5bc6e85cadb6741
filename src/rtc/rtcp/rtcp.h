/*
 * RTCP packets (RFC 3550 §6): bytes <-> structs. Parsing is a walk over the packets of one
 * datagram; each is a view with accessors by index, every one of them bounded by the packet's own
 * length. Feedback is in feedback.h.
 *
 * Types that are not known (XR, APP) are walked over. Whether a datagram may be of reduced size
 * (RFC 5506) is for its owner to know: zv_rtcp_is_compound says whether it is whole.
 */
#ifndef ZV_RTC_RTCP_RTCP_H
#define ZV_RTC_RTCP_RTCP_H

#include "base/buf.h"
#include "base/str.h"
#include "rtc/rtp/rtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTCP_MAX_PACKETS 32 /* in one datagram */
#define ZV_RTCP_MAX_BLOCKS  31 /* report blocks in one SR or RR: five bits */

enum zv_rtcp_type {
    ZV_RTCP_SR = 200,
    ZV_RTCP_RR = 201,
    ZV_RTCP_SDES = 202,
    ZV_RTCP_BYE = 203,
    ZV_RTCP_APP = 204,
    ZV_RTCP_RTPFB = 205, /* RFC 4585 §6.2 */
    ZV_RTCP_PSFB = 206,  /* RFC 4585 §6.3 */
    ZV_RTCP_XR = 207,    /* RFC 3611 */
};

/* One packet of a compound. */
struct zv_rtcp_packet {
    uint8_t type;        /* enum zv_rtcp_type, or another */
    uint8_t count;       /* blocks, chunks, sources, or format; 0..31 */
    const uint8_t *body; /* behind the four header bytes */
    size_t len;          /* bytes of it, without padding */
};

struct zv_rtcp_cursor {
    const uint8_t *p;
    size_t left;
};

/*
 * Checks a whole datagram: versions, lengths, counts against lengths, padding in the last packet
 * only. After PASS the walk below sees every packet.
 */
enum zv_rtp_verdict zv_rtcp_check(const uint8_t *data, size_t len) ZV_MUST_CHECK;
/* A checked datagram begins with a report, as every compound must (RFC 3550 section 6.1). */
bool zv_rtcp_is_compound(const uint8_t *data, size_t len);
static inline struct zv_rtcp_cursor zv_rtcp_cursor(const uint8_t *data, size_t len)
{
    return (struct zv_rtcp_cursor){data, len};
}
/* The next packet; false at the end or at something malformed. */
bool zv_rtcp_next(struct zv_rtcp_cursor *cursor, struct zv_rtcp_packet *ret_packet);

/* RFC 3550 §6.4.1. */
struct zv_rtcp_sender {
    uint32_t ssrc;
    uint64_t ntp;     /* seconds since 1900, 32.32 */
    uint32_t ts;      /* RTP clock */
    uint32_t packets; /* sent */
    uint32_t octets;  /* of payload, sent */
};
struct zv_rtcp_block {
    uint32_t ssrc;         /* the source reported on */
    uint8_t fraction_lost; /* of 256 */
    int32_t lost;          /* 24 bits, signed */
    uint32_t highest_seq;  /* extended */
    uint32_t jitter_ts;    /* RTP clock */
    uint32_t last_sr;      /* middle 32 bits of the SR's NTP time; 0: none */
    uint32_t delay_q16;    /* since that SR, 1/65536 s */
};

/* The packet's first SSRC: the sender's (of SDES and BYE: the first named). False: there is none.
 */
bool zv_rtcp_ssrc(const struct zv_rtcp_packet *packet, uint32_t *ret_ssrc);
bool zv_rtcp_parse_sender(const struct zv_rtcp_packet *packet, struct zv_rtcp_sender *ret_sender);
/* Report block `index` of an SR or RR; false: there are not so many. */
bool zv_rtcp_parse_block(const struct zv_rtcp_packet *packet, size_t index,
                         struct zv_rtcp_block *ret_block);
/* The CNAME of a source in an SDES; false: none. */
bool zv_rtcp_find_cname(const struct zv_rtcp_packet *packet, uint32_t ssrc,
                        struct zv_str *ret_cname);
/* A BYE names this source. */
bool zv_rtcp_bye_has(const struct zv_rtcp_packet *packet, uint32_t ssrc);

/* Writers: one packet each, appended; what does not fit sets buf->overflow. */
void zv_rtcp_write_sr(struct zv_buf *buf, const struct zv_rtcp_sender *sender,
                      const struct zv_rtcp_block *blocks, size_t count);
void zv_rtcp_write_rr(struct zv_buf *buf, uint32_t ssrc, const struct zv_rtcp_block *blocks,
                      size_t count);
/* `cname` is cut at 255 bytes. */
void zv_rtcp_write_cname(struct zv_buf *buf, uint32_t ssrc, struct zv_str cname);
void zv_rtcp_write_bye(struct zv_buf *buf, uint32_t ssrc);

#endif
