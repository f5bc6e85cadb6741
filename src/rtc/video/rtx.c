#include "rtc/video/rtx.h"

#include "base/buf.h"

#include <string.h>

/* Of the fixed header (RFC 3550 section 5.1). */
#define AT_TYPE       1
#define AT_SEQ        2
#define AT_SSRC       8
#define FLAG_PADDING  0x20
#define MARKER        0x80
#define FIRST_SEQ_MAX 0x7fff

void zv_video_rtx_init(struct zv_video_rtx *rtx, const struct zv_rand *rand)
{
    rtx->ssrc = zv_rand_u32(rand);
    rtx->seq = (uint16_t)(zv_rand_u32(rand) & FIRST_SEQ_MAX);
}

static void set_header(uint8_t *packet, uint8_t payload_type, uint16_t seq, uint32_t ssrc)
{
    packet[AT_TYPE] = (uint8_t)((packet[AT_TYPE] & MARKER) | payload_type);
    zv_set_u16(packet + AT_SEQ, seq);
    zv_set_u32(packet + AT_SSRC, ssrc);
}

bool zv_video_rtx_wrap(struct zv_video_rtx *rtx, const uint8_t *packet, size_t len,
                       uint8_t payload_type, uint8_t *dst, size_t cap, size_t *ret_len)
{
    struct zv_rtp_header header;
    if (zv_rtp_parse(packet, len, &header) != ZV_RTP_PASS || !header.payload_len)
        return false;
    size_t osn_at = header.payload_at, payload_at = osn_at + ZV_VIDEO_RTX_OSN_BYTES;
    if (payload_at + header.payload_len > cap)
        return false;
    memcpy(dst, packet, osn_at);
    zv_set_u16(dst + osn_at, header.seq);
    memcpy(dst + payload_at, packet + header.payload_at, header.payload_len);
    dst[0] &= (uint8_t)~FLAG_PADDING;
    set_header(dst, payload_type, rtx->seq++, rtx->ssrc);
    *ret_len = payload_at + header.payload_len;
    return true;
}

enum zv_video_rtx_verdict zv_video_rtx_unwrap(uint8_t **data, size_t *len,
                                              struct zv_rtp_header *header, uint32_t media_ssrc,
                                              uint8_t media_pt)
{
    if (header->payload_len <= ZV_VIDEO_RTX_OSN_BYTES)
        return ZV_VIDEO_RTX_PROBE;
    uint8_t *original = *data + ZV_VIDEO_RTX_OSN_BYTES;
    uint16_t seq = zv_get_u16(*data + header->payload_at);
    memmove(original, *data, header->payload_at);
    set_header(original, media_pt, seq, media_ssrc);
    header->seq = seq;
    header->ssrc = media_ssrc;
    header->pt = media_pt;
    header->payload_len -= ZV_VIDEO_RTX_OSN_BYTES;
    *data = original;
    *len -= ZV_VIDEO_RTX_OSN_BYTES;
    return ZV_VIDEO_RTX_PASS;
}
