#include "rtc/rtcp/feedback.h"

#define HEAD_BYTES 8 /* RFC 4585 §6.1: two SSRCs, behind the header */
#define NACK_BYTES 4
#define FIR_BYTES  8
#define TMMB_BYTES 8
#define REMB_NAME  UINT32_C(0x52454d42) /* "REMB" */
#define REMB_BYTES 8                    /* name, count of sources, exponent, mantissa */
/* Bits of the mantissas, behind an exponent of six. */
#define REMB_BITS 18
#define TMMB_BITS 17
#define MAX_WORDS UINT16_MAX

static bool is_feedback(const struct zv_rtcp_packet *packet, uint8_t type, uint8_t format)
{
    return packet->type == type && packet->count == format && packet->len >= HEAD_BYTES;
}

/* Entry `index` of `bytes` each behind the head; NULL: there are not so many. */
static const uint8_t *find_entry(const struct zv_rtcp_packet *packet, size_t bytes, size_t index)
{
    if (index >= (packet->len - HEAD_BYTES) / bytes)
        return NULL;
    return packet->body + HEAD_BYTES + bytes * index;
}

/* A rate larger than 64 bits is no limit at all. */
static uint64_t rate_of(uint64_t mantissa, unsigned exponent, unsigned mantissa_bits)
{
    return exponent > 64 - mantissa_bits ? UINT64_MAX : mantissa << exponent;
}

static unsigned exponent_of(uint64_t bits_per_s, unsigned mantissa_bits)
{
    unsigned exponent = 0;
    while (bits_per_s >> exponent >= UINT64_C(1) << mantissa_bits)
        exponent++;
    return exponent;
}

/* ---- Readers ---- */

bool zv_rtcp_media_ssrc(const struct zv_rtcp_packet *packet, uint32_t *ret_ssrc)
{
    bool is_any = packet->type == ZV_RTCP_RTPFB || packet->type == ZV_RTCP_PSFB;
    if (!is_any || packet->len < HEAD_BYTES)
        return false;
    *ret_ssrc = zv_get_u32(packet->body + 4);
    return true;
}

bool zv_rtcp_is_pli(const struct zv_rtcp_packet *packet, uint32_t media_ssrc)
{
    return is_feedback(packet, ZV_RTCP_PSFB, ZV_RTCP_PSFB_PLI) &&
           zv_get_u32(packet->body + 4) == media_ssrc;
}

bool zv_rtcp_parse_fir(const struct zv_rtcp_packet *packet, size_t index,
                       struct zv_rtcp_fir *ret_fir)
{
    if (!is_feedback(packet, ZV_RTCP_PSFB, ZV_RTCP_PSFB_FIR))
        return false;
    const uint8_t *p = find_entry(packet, FIR_BYTES, index);
    if (!p)
        return false;
    *ret_fir = (struct zv_rtcp_fir){.ssrc = zv_get_u32(p), .seq = p[4]};
    return true;
}

bool zv_rtcp_parse_nack(const struct zv_rtcp_packet *packet, size_t index,
                        struct zv_rtcp_nack *ret_nack)
{
    if (!is_feedback(packet, ZV_RTCP_RTPFB, ZV_RTCP_RTPFB_NACK))
        return false;
    const uint8_t *p = find_entry(packet, NACK_BYTES, index);
    if (!p)
        return false;
    *ret_nack = (struct zv_rtcp_nack){zv_get_u16(p), zv_get_u16(p + 2)};
    return true;
}

static bool parse_tmmb(const struct zv_rtcp_packet *packet, size_t index,
                       struct zv_rtcp_tmmb *ret_entry)
{
    const uint8_t *p = find_entry(packet, TMMB_BYTES, index);
    if (!p)
        return false;
    uint32_t word = zv_get_u32(p + 4);
    *ret_entry = (struct zv_rtcp_tmmb){
        .ssrc = zv_get_u32(p),
        .bits_per_s = rate_of((word >> 9) & 0x1ffff, word >> 26, TMMB_BITS),
        .overhead_bytes = word & 0x1ff,
    };
    return true;
}

bool zv_rtcp_parse_tmmbr(const struct zv_rtcp_packet *packet, size_t index,
                         struct zv_rtcp_tmmb *ret_entry)
{
    return is_feedback(packet, ZV_RTCP_RTPFB, ZV_RTCP_RTPFB_TMMBR) &&
           parse_tmmb(packet, index, ret_entry);
}

bool zv_rtcp_is_tmmbn(const struct zv_rtcp_packet *packet)
{
    return is_feedback(packet, ZV_RTCP_RTPFB, ZV_RTCP_RTPFB_TMMBN);
}

bool zv_rtcp_parse_tmmbn(const struct zv_rtcp_packet *packet, size_t index,
                         struct zv_rtcp_tmmb *ret_entry)
{
    return zv_rtcp_is_tmmbn(packet) && parse_tmmb(packet, index, ret_entry);
}

static bool is_remb(const struct zv_rtcp_packet *packet)
{
    return is_feedback(packet, ZV_RTCP_PSFB, ZV_RTCP_PSFB_AFB) &&
           packet->len >= HEAD_BYTES + REMB_BYTES &&
           zv_get_u32(packet->body + HEAD_BYTES) == REMB_NAME;
}

bool zv_rtcp_parse_remb(const struct zv_rtcp_packet *packet, uint64_t *ret_bits_per_s)
{
    if (!is_remb(packet))
        return false;
    const uint8_t *p = packet->body + HEAD_BYTES;
    *ret_bits_per_s = rate_of(zv_get_u24(p + 5) & 0x3ffff, p[5] >> 2, REMB_BITS);
    return true;
}

bool zv_rtcp_remb_has(const struct zv_rtcp_packet *packet, uint32_t ssrc)
{
    if (!is_remb(packet))
        return false;
    size_t count = packet->body[HEAD_BYTES + 4], at = HEAD_BYTES + REMB_BYTES;
    for (size_t i = 0; i < count && at + 4 <= packet->len; i++, at += 4) {
        if (zv_get_u32(packet->body + at) == ssrc)
            return true;
    }
    return false;
}

/* ---- Writers ---- */

static void write_head(struct zv_buf *buf, enum zv_rtcp_type type, unsigned format,
                       uint32_t sender_ssrc, uint32_t media_ssrc, size_t entry_bytes)
{
    zv_buf_put_u8(buf, (uint8_t)(0x80 | format));
    zv_buf_put_u8(buf, (uint8_t)type);
    zv_buf_put_u16(buf, (uint16_t)((HEAD_BYTES + entry_bytes) / 4));
    zv_buf_put_u32(buf, sender_ssrc);
    zv_buf_put_u32(buf, media_ssrc);
}

void zv_rtcp_write_pli(struct zv_buf *buf, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    write_head(buf, ZV_RTCP_PSFB, ZV_RTCP_PSFB_PLI, sender_ssrc, media_ssrc, 0);
}

void zv_rtcp_write_fir(struct zv_buf *buf, uint32_t sender_ssrc, const struct zv_rtcp_fir *fir)
{
    write_head(buf, ZV_RTCP_PSFB, ZV_RTCP_PSFB_FIR, sender_ssrc, 0, FIR_BYTES);
    zv_buf_put_u32(buf, fir->ssrc);
    zv_buf_put_u32(buf, (uint32_t)fir->seq << 24);
}

void zv_rtcp_write_nack(struct zv_buf *buf, uint32_t sender_ssrc, uint32_t media_ssrc,
                        const struct zv_rtcp_nack *items, size_t count)
{
    count = ZV_MIN(count, (size_t)(MAX_WORDS - HEAD_BYTES / 4));
    write_head(buf, ZV_RTCP_RTPFB, ZV_RTCP_RTPFB_NACK, sender_ssrc, media_ssrc, NACK_BYTES * count);
    for (size_t i = 0; i < count; i++) {
        zv_buf_put_u16(buf, items[i].seq);
        zv_buf_put_u16(buf, items[i].mask);
    }
}

static void write_tmmb(struct zv_buf *buf, unsigned format, uint32_t sender_ssrc,
                       const struct zv_rtcp_tmmb *entry)
{
    write_head(buf, ZV_RTCP_RTPFB, format, sender_ssrc, 0, entry ? TMMB_BYTES : 0);
    if (!entry)
        return;
    unsigned exponent = exponent_of(entry->bits_per_s, TMMB_BITS);
    zv_buf_put_u32(buf, entry->ssrc);
    zv_buf_put_u32(buf, exponent << 26 | (uint32_t)(entry->bits_per_s >> exponent) << 9 |
                            (entry->overhead_bytes & 0x1ff));
}

void zv_rtcp_write_tmmbr(struct zv_buf *buf, uint32_t sender_ssrc, const struct zv_rtcp_tmmb *entry)
{
    write_tmmb(buf, ZV_RTCP_RTPFB_TMMBR, sender_ssrc, entry);
}

void zv_rtcp_write_tmmbn(struct zv_buf *buf, uint32_t sender_ssrc, const struct zv_rtcp_tmmb *entry)
{
    write_tmmb(buf, ZV_RTCP_RTPFB_TMMBN, sender_ssrc, entry);
}

void zv_rtcp_write_remb(struct zv_buf *buf, uint32_t sender_ssrc, uint64_t bits_per_s,
                        const uint32_t *ssrcs, size_t count)
{
    count = ZV_MIN(count, (size_t)ZV_RTCP_MAX_REMB_SSRCS);
    unsigned exponent = exponent_of(bits_per_s, REMB_BITS);
    write_head(buf, ZV_RTCP_PSFB, ZV_RTCP_PSFB_AFB, sender_ssrc, 0, REMB_BYTES + 4 * count);
    zv_buf_put_u32(buf, REMB_NAME);
    zv_buf_put_u32(buf,
                   (uint32_t)count << 24 | exponent << 18 | (uint32_t)(bits_per_s >> exponent));
    for (size_t i = 0; i < count; i++)
        zv_buf_put_u32(buf, ssrcs[i]);
}
