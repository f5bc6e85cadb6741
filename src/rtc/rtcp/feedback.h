/*
 * Feedback packets of RTCP (RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb-03): readers of what
 * rtcp.h walks over, and writers. Each is one packet, without the report that a compound begins
 * with: the session puts that before it. What transport-wide-cc writes is in rtc/video.
 */
#ifndef ZV_RTC_RTCP_FEEDBACK_H
#define ZV_RTC_RTCP_FEEDBACK_H

#include "rtc/rtcp/rtcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The `count` field of RTPFB and PSFB is the format. */
#define ZV_RTCP_RTPFB_NACK         1  /* RFC 4585 §6.2.1 */
#define ZV_RTCP_RTPFB_TMMBR        3  /* RFC 5104 §4.2.1 */
#define ZV_RTCP_RTPFB_TMMBN        4  /* RFC 5104 §4.2.2 */
#define ZV_RTCP_RTPFB_TRANSPORT_CC 15 /* draft-holmer-rmcat-transport-wide-cc-extensions-01 */
#define ZV_RTCP_PSFB_PLI           1  /* RFC 4585 §6.3.1 */
#define ZV_RTCP_PSFB_FIR           4  /* RFC 5104 §4.3.1 */
#define ZV_RTCP_PSFB_AFB           15 /* REMB: draft-alvestrand-rmcat-remb-03 */
/* RFC 2032 §5.2.1: a type of its own, by which phones without RFC 5104 ask for a key frame. */
#define ZV_RTCP_FIR_OLD 192

#define ZV_RTCP_MAX_REMB_SSRCS 8 /* written */

/* RFC 4585 §6.2.1: `seq` is lost, and seq + 1 + i for each bit i of `mask`. */
struct zv_rtcp_nack {
    uint16_t seq;
    uint16_t mask;
};
/* An entry of FIR (RFC 5104 §4.3.1.1). */
struct zv_rtcp_fir {
    uint32_t ssrc; /* whose key frame is wanted */
    uint8_t seq;   /* command sequence: the same number is the same command, sent again */
};
/* An entry of TMMBR and TMMBN (RFC 5104 §4.2.1.1). */
struct zv_rtcp_tmmb {
    uint32_t ssrc;           /* TMMBR: who is to send no more than that; TMMBN: who set the limit */
    uint64_t bits_per_s;     /* with headers; rounded down to 17 bits when written */
    uint16_t overhead_bytes; /* headers of one packet; 9 bits */
};

/* Readers. Each says false to a packet of another kind, too. */

/* Of RTPFB and PSFB: the source that it is about (FIR, TMMBR and REMB name theirs in entries). */
bool zv_rtcp_media_ssrc(const struct zv_rtcp_packet *packet, uint32_t *ret_ssrc);
bool zv_rtcp_is_pli(const struct zv_rtcp_packet *packet, uint32_t media_ssrc);
bool zv_rtcp_parse_fir(const struct zv_rtcp_packet *packet, size_t index,
                       struct zv_rtcp_fir *ret_fir);
bool zv_rtcp_parse_nack(const struct zv_rtcp_packet *packet, size_t index,
                        struct zv_rtcp_nack *ret_nack);
bool zv_rtcp_parse_tmmbr(const struct zv_rtcp_packet *packet, size_t index,
                         struct zv_rtcp_tmmb *ret_entry);
/* A TMMBN without entries says that there is no limit: zv_rtcp_is_tmmbn, and no entry 0. */
bool zv_rtcp_is_tmmbn(const struct zv_rtcp_packet *packet);
bool zv_rtcp_parse_tmmbn(const struct zv_rtcp_packet *packet, size_t index,
                         struct zv_rtcp_tmmb *ret_entry);
/* The bit rate that the far end can take. */
bool zv_rtcp_parse_remb(const struct zv_rtcp_packet *packet, uint64_t *ret_bits_per_s);
/* A REMB counts this stream in. */
bool zv_rtcp_remb_has(const struct zv_rtcp_packet *packet, uint32_t ssrc);

/* Writers: one packet each, appended; what does not fit sets buf->overflow. */

void zv_rtcp_write_pli(struct zv_buf *buf, uint32_t sender_ssrc, uint32_t media_ssrc);
void zv_rtcp_write_fir(struct zv_buf *buf, uint32_t sender_ssrc, const struct zv_rtcp_fir *fir);
void zv_rtcp_write_nack(struct zv_buf *buf, uint32_t sender_ssrc, uint32_t media_ssrc,
                        const struct zv_rtcp_nack *items, size_t count);
void zv_rtcp_write_tmmbr(struct zv_buf *buf, uint32_t sender_ssrc,
                         const struct zv_rtcp_tmmb *entry);
/* NULL: no limit is in force. */
void zv_rtcp_write_tmmbn(struct zv_buf *buf, uint32_t sender_ssrc,
                         const struct zv_rtcp_tmmb *entry);
/* The rate is rounded down to 18 bits; `count`: the first ZV_RTCP_MAX_REMB_SSRCS. */
void zv_rtcp_write_remb(struct zv_buf *buf, uint32_t sender_ssrc, uint64_t bits_per_s,
                        const uint32_t *ssrcs, size_t count);

#endif
