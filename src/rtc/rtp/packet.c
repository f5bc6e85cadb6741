/*
 * RTP packets: which protocol a datagram is, reading a header, rewriting it in place.
 */
#include "base/buf.h"
#include "rtc/rtp/rtp.h"

#include <string.h>

#define VERSION_BITS 0x80 /* version 2, RFC 3550 §5.1 */
#define PADDING_BIT  0x20
#define EXT_BIT      0x10
#define CSRC_MASK    0x0f
#define MARKER_BIT   0x80
#define CSRC_BYTES   4
#define EXT_HEADER   4
#define EXT_ONE_LEN  8 /* header and one element of one byte, padded */

static const char *const verdict_names[] = {
    [ZV_RTP_PASS] = "pass",
    [ZV_RTP_DROP_SHORT] = "short",
    [ZV_RTP_DROP_VERSION] = "version",
    [ZV_RTP_DROP_PADDING] = "padding",
    [ZV_RTP_DROP_EXTENSION] = "extension",
    [ZV_RTP_DROP_TYPE] = "type",
    [ZV_RTP_DROP_DUPLICATE] = "duplicate",
    [ZV_RTP_DROP_OLD] = "old",
    [ZV_RTP_DROP_JUMP] = "jump",
};
_Static_assert(ZV_ARRAY_LEN(verdict_names) == ZV_RTP_VERDICT_COUNT, "a name for each verdict");

static const char *const kind_names[] = {
    [ZV_RTP_KIND_UNKNOWN] = "unknown", [ZV_RTP_KIND_STUN] = "stun", [ZV_RTP_KIND_DTLS] = "dtls",
    [ZV_RTP_KIND_RTP] = "rtp",         [ZV_RTP_KIND_RTCP] = "rtcp",
};
_Static_assert(ZV_ARRAY_LEN(kind_names) == ZV_RTP_KIND_COUNT, "a name for each kind");

const char *zv_rtp_verdict_name(enum zv_rtp_verdict verdict)
{
    return (size_t)verdict < ZV_ARRAY_LEN(verdict_names) ? verdict_names[verdict] : "unknown";
}

const char *zv_rtp_kind_name(enum zv_rtp_kind kind)
{
    return (size_t)kind < ZV_ARRAY_LEN(kind_names) ? kind_names[kind] : "unknown";
}

bool zv_rtp_is_rtcp(const uint8_t *data, size_t len)
{
    return len >= 2 && data[1] >= 192 && data[1] <= 223;
}

enum zv_rtp_kind zv_rtp_demux(const uint8_t *data, size_t len)
{
    if (len < 2)
        return ZV_RTP_KIND_UNKNOWN;
    if (data[0] <= 3)
        return ZV_RTP_KIND_STUN;
    if (data[0] >= 20 && data[0] <= 63)
        return ZV_RTP_KIND_DTLS;
    if (data[0] < 128 || data[0] > 191)
        return ZV_RTP_KIND_UNKNOWN;
    return zv_rtp_is_rtcp(data, len) ? ZV_RTP_KIND_RTCP : ZV_RTP_KIND_RTP;
}

/* Reads CSRC list and extension; sets payload_at. */
static enum zv_rtp_verdict parse_lists(const uint8_t *data, size_t len,
                                       struct zv_rtp_header *header)
{
    size_t at = ZV_RTP_HEADER_BYTES + CSRC_BYTES * (size_t)header->csrc_count;
    if (at > len)
        return ZV_RTP_DROP_SHORT;
    if (header->has_ext) {
        if (len - at < EXT_HEADER)
            return ZV_RTP_DROP_EXTENSION;
        header->ext_profile = zv_get_u16(data + at);
        header->ext_len = 4 * (size_t)zv_get_u16(data + at + 2);
        header->ext_at = at + EXT_HEADER;
        if (header->ext_len > len - header->ext_at)
            return ZV_RTP_DROP_EXTENSION;
        at = header->ext_at + header->ext_len;
    }
    header->payload_at = at;
    return ZV_RTP_PASS;
}

enum zv_rtp_verdict zv_rtp_parse(const uint8_t *data, size_t len, struct zv_rtp_header *ret_header)
{
    if (len < ZV_RTP_HEADER_BYTES)
        return ZV_RTP_DROP_SHORT;
    if ((data[0] & 0xc0) != VERSION_BITS)
        return ZV_RTP_DROP_VERSION;
    if (zv_rtp_is_rtcp(data, len))
        return ZV_RTP_DROP_TYPE;
    struct zv_rtp_header header = {
        .marker = data[1] & MARKER_BIT,
        .pt = data[1] & ZV_RTP_MAX_PT,
        .seq = zv_get_u16(data + 2),
        .ts = zv_get_u32(data + 4),
        .ssrc = zv_get_u32(data + 8),
        .csrc_count = data[0] & CSRC_MASK,
        .has_ext = data[0] & EXT_BIT,
    };
    enum zv_rtp_verdict verdict = parse_lists(data, len, &header);
    if (verdict != ZV_RTP_PASS)
        return verdict;
    header.payload_len = len - header.payload_at;
    if (data[0] & PADDING_BIT) {
        header.padding_len = data[len - 1];
        if (header.padding_len == 0 || header.padding_len > header.payload_len)
            return ZV_RTP_DROP_PADDING;
        header.payload_len -= header.padding_len;
    }
    *ret_header = header;
    return ZV_RTP_PASS;
}

/* One element of an extension in either form (RFC 8285 §4.2, §4.3); false: the end. */
static bool next_ext(const uint8_t **p, const uint8_t *end, bool is_one_byte, uint8_t *ret_id,
                     size_t *ret_len)
{
    while (*p < end && **p == 0) /* padding */
        (*p)++;
    size_t head = is_one_byte ? 1 : 2;
    if ((size_t)(end - *p) < head)
        return false;
    *ret_id = is_one_byte ? (*p)[0] >> 4 : (*p)[0];
    *ret_len = is_one_byte ? ((*p)[0] & 15U) + 1U : (*p)[1];
    *p += head;
    return *ret_len <= (size_t)(end - *p) && !(is_one_byte && *ret_id == 15);
}

bool zv_rtp_find_ext(const uint8_t *data, const struct zv_rtp_header *header, uint8_t id,
                     const uint8_t **ret_value, size_t *ret_len)
{
    bool is_one_byte = header->ext_profile == ZV_RTP_EXT_ONE_BYTE;
    bool is_two_byte = (header->ext_profile & 0xfff0) == ZV_RTP_EXT_TWO_BYTES;
    if (!header->has_ext || !id || (!is_one_byte && !is_two_byte))
        return false;
    const uint8_t *p = data + header->ext_at, *end = p + header->ext_len;
    uint8_t found;
    for (size_t len; next_ext(&p, end, is_one_byte, &found, &len); p += len) {
        if (found != id)
            continue;
        *ret_value = p;
        *ret_len = len;
        return true;
    }
    return false;
}

void zv_rtp_write_header(uint8_t dst[ZV_RTP_HEADER_BYTES], const struct zv_rtp_rewrite *rewrite)
{
    dst[0] = VERSION_BITS;
    dst[1] = (uint8_t)((rewrite->marker ? MARKER_BIT : 0) | (rewrite->pt & ZV_RTP_MAX_PT));
    zv_set_u16(dst + 2, rewrite->seq);
    zv_set_u32(dst + 4, rewrite->ts);
    zv_set_u32(dst + 8, rewrite->ssrc);
}

/* Smaller than any extension that can be replaced: it has an element, too. */
static void write_ext(uint8_t *dst, uint8_t id, uint8_t value)
{
    zv_set_u16(dst, ZV_RTP_EXT_ONE_BYTE);
    zv_set_u16(dst + 2, 1);
    dst[4] = (uint8_t)(id << 4);
    dst[5] = value;
    dst[6] = dst[7] = 0;
}

void zv_rtp_rewrite_header(const struct zv_rtp_header *header, const struct zv_rtp_rewrite *rewrite,
                           uint8_t **data, size_t *len)
{
    bool keeps_ext = rewrite->keep_ext && header->has_ext;
    bool has_own_ext = !keeps_ext && rewrite->ext_id && header->has_ext && header->ext_len;
    bool keeps_padding = rewrite->keep_padding && header->padding_len;
    size_t csrc_len = rewrite->keep_csrc ? CSRC_BYTES * (size_t)header->csrc_count : 0;
    size_t ext_len = keeps_ext ? EXT_HEADER + header->ext_len : has_own_ext ? EXT_ONE_LEN : 0;
    size_t start = header->payload_at - ext_len - csrc_len - ZV_RTP_HEADER_BYTES;
    uint8_t *dst = *data + start;
    if (csrc_len) /* an extension that stays is in its place already, in front of the payload */
        memmove(dst + ZV_RTP_HEADER_BYTES, *data + ZV_RTP_HEADER_BYTES, csrc_len);
    if (has_own_ext)
        write_ext(*data + header->payload_at - EXT_ONE_LEN, rewrite->ext_id, rewrite->ext_value);
    zv_rtp_write_header(dst, rewrite);
    dst[0] |= (uint8_t)((keeps_padding ? PADDING_BIT : 0) | (ext_len ? EXT_BIT : 0) |
                        (csrc_len / CSRC_BYTES));
    *len -= start + (keeps_padding ? 0 : header->padding_len);
    *data = dst;
}

enum zv_rtp_verdict zv_rtp_parse_event(const uint8_t *payload, size_t len,
                                       struct zv_rtp_event *ret_event)
{
    if (len < ZV_RTP_EVENT_BYTES)
        return ZV_RTP_DROP_SHORT;
    *ret_event = (struct zv_rtp_event){
        .code = payload[0],
        .is_end = payload[1] & 0x80,
        .volume = payload[1] & 0x3f,
        .duration_ts = zv_get_u16(payload + 2),
    };
    return ZV_RTP_PASS;
}

void zv_rtp_write_event(uint8_t dst[ZV_RTP_EVENT_BYTES], const struct zv_rtp_event *event)
{
    dst[0] = event->code;
    dst[1] = (uint8_t)((event->is_end ? 0x80 : 0) | (event->volume & 0x3f));
    zv_set_u16(dst + 2, event->duration_ts);
}
