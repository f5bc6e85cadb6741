/*
 * Reading RTCP: the walk over a compound, the check of a whole datagram, and accessors. Each
 * accessor trusts only packet->len, so it may be called on any packet that the walk returned.
 */
#include "rtc/rtcp/rtcp.h"

#define HEADER_BYTES   4  /* RFC 3550 §6.4.1 */
#define SENDER_BYTES   24 /* SSRC and sender information */
#define BLOCK_BYTES    24
#define FEEDBACK_BYTES 8 /* RFC 4585 §6.1: two SSRCs */
#define SDES_CNAME     1
#define SDES_END       0

/* One packet at the cursor. Padding is allowed when nothing follows (RFC 3550 §6.4.1). */
static enum zv_rtp_verdict take(struct zv_rtcp_cursor *cursor, struct zv_rtcp_packet *ret_packet)
{
    const uint8_t *p = cursor->p;
    if (cursor->left < HEADER_BYTES)
        return ZV_RTP_DROP_SHORT;
    if ((p[0] & 0xc0) != 0x80)
        return ZV_RTP_DROP_VERSION;
    if (!zv_rtp_is_rtcp(p, cursor->left))
        return ZV_RTP_DROP_TYPE;
    size_t len = 4 * ((size_t)zv_get_u16(p + 2) + 1);
    if (len > cursor->left)
        return ZV_RTP_DROP_SHORT;
    size_t padding = p[0] & 0x20 ? p[len - 1] : 0;
    bool is_last = len == cursor->left;
    if (p[0] & 0x20 && (!is_last || !padding || padding % 4 || padding > len - HEADER_BYTES))
        return ZV_RTP_DROP_PADDING;
    *ret_packet = (struct zv_rtcp_packet){
        .type = p[1],
        .count = p[0] & 0x1f,
        .body = p + HEADER_BYTES,
        .len = len - HEADER_BYTES - padding,
    };
    cursor->p += len;
    cursor->left -= len;
    return ZV_RTP_PASS;
}

bool zv_rtcp_next(struct zv_rtcp_cursor *cursor, struct zv_rtcp_packet *ret_packet)
{
    return take(cursor, ret_packet) == ZV_RTP_PASS;
}

/* The bytes that the count field promises. */
static size_t promised(const struct zv_rtcp_packet *packet)
{
    switch (packet->type) {
    case ZV_RTCP_SR:
        return SENDER_BYTES + BLOCK_BYTES * (size_t)packet->count;
    case ZV_RTCP_RR:
        return 4 + BLOCK_BYTES * (size_t)packet->count;
    case ZV_RTCP_SDES: /* a chunk: SSRC and at least an end, padded */
        return 8 * (size_t)packet->count;
    case ZV_RTCP_BYE:
        return 4 * (size_t)packet->count;
    case ZV_RTCP_RTPFB:
    case ZV_RTCP_PSFB:
        return FEEDBACK_BYTES;
    case ZV_RTCP_APP:
        return 8;
    case ZV_RTCP_XR:
        return 4;
    default:
        return 0;
    }
}

enum zv_rtp_verdict zv_rtcp_check(const uint8_t *data, size_t len)
{
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(data, len);
    struct zv_rtcp_packet packet;
    size_t count = 0;
    do {
        enum zv_rtp_verdict verdict = take(&cursor, &packet);
        if (verdict != ZV_RTP_PASS)
            return verdict;
        if (packet.len < promised(&packet) || ++count > ZV_RTCP_MAX_PACKETS)
            return ZV_RTP_DROP_SHORT;
    } while (cursor.left);
    return ZV_RTP_PASS;
}

bool zv_rtcp_is_compound(const uint8_t *data, size_t len)
{
    return len >= HEADER_BYTES && (data[1] == ZV_RTCP_SR || data[1] == ZV_RTCP_RR);
}

bool zv_rtcp_ssrc(const struct zv_rtcp_packet *packet, uint32_t *ret_ssrc)
{
    bool counts_sources = packet->type == ZV_RTCP_SDES || packet->type == ZV_RTCP_BYE;
    if (packet->len < 4 || (counts_sources && !packet->count))
        return false;
    *ret_ssrc = zv_get_u32(packet->body);
    return true;
}

bool zv_rtcp_parse_sender(const struct zv_rtcp_packet *packet, struct zv_rtcp_sender *ret_sender)
{
    const uint8_t *p = packet->body;
    if (packet->type != ZV_RTCP_SR || packet->len < SENDER_BYTES)
        return false;
    *ret_sender = (struct zv_rtcp_sender){
        .ssrc = zv_get_u32(p),
        .ntp = zv_get_u64(p + 4),
        .ts = zv_get_u32(p + 12),
        .packets = zv_get_u32(p + 16),
        .octets = zv_get_u32(p + 20),
    };
    return true;
}

bool zv_rtcp_parse_block(const struct zv_rtcp_packet *packet, size_t index,
                         struct zv_rtcp_block *ret_block)
{
    if (packet->type != ZV_RTCP_SR && packet->type != ZV_RTCP_RR)
        return false;
    size_t at = (packet->type == ZV_RTCP_SR ? SENDER_BYTES : 4) + BLOCK_BYTES * index;
    if (index >= packet->count || at + BLOCK_BYTES > packet->len)
        return false;
    const uint8_t *p = packet->body + at;
    uint32_t lost = zv_get_u24(p + 5);
    *ret_block = (struct zv_rtcp_block){
        .ssrc = zv_get_u32(p),
        .fraction_lost = p[4],
        .lost = lost & 0x800000 ? (int32_t)lost - 0x1000000 : (int32_t)lost,
        .highest_seq = zv_get_u32(p + 8),
        .jitter_ts = zv_get_u32(p + 12),
        .last_sr = zv_get_u32(p + 16),
        .delay_q16 = zv_get_u32(p + 20),
    };
    return true;
}

/* One SDES chunk (RFC 3550 §6.5) at `*at`: its CNAME, and `*at` behind it. False: malformed. */
static bool take_chunk(const struct zv_rtcp_packet *packet, size_t *at, uint32_t *ret_ssrc,
                       struct zv_str *ret_cname)
{
    const uint8_t *body = packet->body;
    if (packet->len - *at < 4)
        return false;
    *ret_ssrc = zv_get_u32(body + *at);
    *ret_cname = (struct zv_str){0};
    size_t i = *at + 4;
    while (i < packet->len && body[i] != SDES_END) {
        if (packet->len - i < 2 || packet->len - i - 2 < body[i + 1])
            return false;
        if (body[i] == SDES_CNAME)
            *ret_cname = zv_str_n((const char *)body + i + 2, body[i + 1]);
        i += 2 + (size_t)body[i + 1];
    }
    *at = (i / 4 + 1) * 4; /* at least one zero, then up to the next word */
    return *at <= packet->len;
}

bool zv_rtcp_find_cname(const struct zv_rtcp_packet *packet, uint32_t ssrc,
                        struct zv_str *ret_cname)
{
    struct zv_str cname;
    uint32_t found;
    size_t at = 0;
    if (packet->type != ZV_RTCP_SDES)
        return false;
    for (size_t i = 0; i < packet->count; i++) {
        if (!take_chunk(packet, &at, &found, &cname))
            return false;
        if (found == ssrc && cname.p) {
            *ret_cname = cname;
            return true;
        }
    }
    return false;
}

bool zv_rtcp_bye_has(const struct zv_rtcp_packet *packet, uint32_t ssrc)
{
    if (packet->type != ZV_RTCP_BYE)
        return false;
    for (size_t i = 0; i < packet->count && 4 * (i + 1) <= packet->len; i++) {
        if (zv_get_u32(packet->body + 4 * i) == ssrc)
            return true;
    }
    return false;
}
