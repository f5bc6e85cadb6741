/*
 * Feedback packets of RTCP (RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb-03): writers, and
 * readers of those with entries; rtcp.h has the walk and the rest. Each is one packet, without the
 * report that a compound begins with: the session puts that before it.
 */
#ifndef ZV_RTC_RTCP_FEEDBACK_H
#define ZV_RTC_RTCP_FEEDBACK_H

#include "rtc/rtcp/rtcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTCP_RTPFB_TMMBR 3 /* RFC 5104 section 4.2.1 */
#define ZV_RTCP_RTPFB_TMMBN 4
/* RFC 2032 section 5.2.1: a type of its own, the way phones without RFC 5104 ask. */
#define ZV_RTCP_FIR_OLD 192

/* An entry of FIR (RFC 5104 section 4.3.1.1). */
struct zv_rtcp_fir {
    uint32_t ssrc; /* whose key frame is wanted */
    uint8_t seq;   /* command sequence: the same number is the same command, sent again */
};
/* An entry of TMMBR and TMMBN (section 4.2.1.1). */
struct zv_rtcp_tmmb {
    uint32_t ssrc;           /* TMMBR: who is to send no more than that; TMMBN: who set the limit */
    uint64_t bits_per_s;     /* with headers; rounded down to 17 bits when written */
    uint16_t overhead_bytes; /* a packet's headers, 9 bits */
};

void zv_rtcp_write_pli(struct zv_buf *buf, uint32_t sender_ssrc, uint32_t media_ssrc);
void zv_rtcp_write_fir(struct zv_buf *buf, uint32_t sender_ssrc, const struct zv_rtcp_fir *fir);
void zv_rtcp_write_nack(struct zv_buf *buf, uint32_t sender_ssrc, uint32_t media_ssrc,
                        const struct zv_rtcp_nack *items, size_t count);
/* At most ZV_RTCP_MAX_REMB_SSRCS; the rate is rounded down to 18 bits. */
#define ZV_RTCP_MAX_REMB_SSRCS 8
void zv_rtcp_write_remb(struct zv_buf *buf, uint32_t sender_ssrc, uint64_t bits_per_s,
                        const uint32_t *ssrcs, size_t count);
void zv_rtcp_write_tmmbr(struct zv_buf *buf, uint32_t sender_ssrc,
                         const struct zv_rtcp_tmmb *entry);
/* NULL: no limit is in force. */
void zv_rtcp_write_tmmbn(struct zv_buf *buf, uint32_t sender_ssrc,
                         const struct zv_rtcp_tmmb *entry);

bool zv_rtcp_parse_fir(const struct zv_rtcp_packet *packet, size_t index,
                       struct zv_rtcp_fir *ret_fir);
bool zv_rtcp_is_tmmbr(const struct zv_rtcp_packet *packet);
bool zv_rtcp_is_tmmbn(const struct zv_rtcp_packet *packet);
/* Entry `index` of a TMMBR or TMMBN; false: there are not so many. */
bool zv_rtcp_parse_tmmb(const struct zv_rtcp_packet *packet, size_t index,
                        struct zv_rtcp_tmmb *ret_entry);
/* A REMB is about this stream, too. */
bool zv_rtcp_remb_has(const struct zv_rtcp_packet *packet, uint32_t ssrc);

#endif
