/*
 * Retransmission as a stream of its own (RFC 4588, SSRC-multiplexed): the payload of a repeated
 * packet with its original sequence number (OSN) before it, under another SSRC and payload type.
 * Transforms: no memory but the numbers of what we send.
 */
#ifndef ZV_RTC_VIDEO_RTX_H
#define ZV_RTC_VIDEO_RTX_H

#include "base/attr.h"
#include "base/rand.h"
#include "rtc/rtp/rtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_VIDEO_RTX_OSN_BYTES 2

/* Our stream of repairs. Open, to be embedded. */
struct zv_video_rtx {
    uint32_t ssrc; /* ours, not that of the media */
    uint16_t seq;  /* of the next packet */
};

/* SSRC and first sequence number (< 32768, RFC 3711 section 3.3.1) are random. */
void zv_video_rtx_init(struct zv_video_rtx *rtx, const struct zv_rand *rand);

/*
 * Writes `packet` (plain, as it left) as a repair of type `payload_type` into `dst`: OSN, our SSRC
 * and next number; marker, timestamp, extension and CSRC as they were, padding removed. False:
 * malformed, or more than `cap`; nothing is used up then.
 */
bool zv_video_rtx_wrap(struct zv_video_rtx *rtx, const uint8_t *packet, size_t len,
                       uint8_t payload_type, uint8_t *dst, size_t cap,
                       size_t *ret_len) ZV_MUST_CHECK;

enum zv_video_rtx_verdict {
    ZV_VIDEO_RTX_PASS,
    ZV_VIDEO_RTX_PROBE, /* nothing but padding, as Chromium measures the path with: drop, no loss */
};
/*
 * Makes the repair at `*data`, `*len` (plain, parsed into *header) the original packet, in place:
 * *data moves by the two bytes of the OSN; *header is that of the original then. Not for packets
 * that passed zv_rtp_in_update already: that is for the original number, which tells duplicates.
 */
enum zv_video_rtx_verdict zv_video_rtx_unwrap(uint8_t **data, size_t *len,
                                              struct zv_rtp_header *header, uint32_t media_ssrc,
                                              uint8_t media_pt) ZV_MUST_CHECK;

#endif
