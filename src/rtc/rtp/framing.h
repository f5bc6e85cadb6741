/*
 * Packets in a byte stream, each behind its length in two bytes (RFC 4571): what RTP, STUN and DTLS
 * become on TCP (RFC 6544 section 3).
 *
 * A framer takes a stream apart, however its bytes were cut on the way. It never refuses a stream:
 * an empty frame is passed over (RFC 4571 section 2 allows it), one that is longer than a media
 * datagram may be is told and skipped, as such a datagram is dropped.
 */
#ifndef ZV_RTC_RTP_FRAMING_H
#define ZV_RTC_RTP_FRAMING_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length in front of a frame. */
#define ZV_RTP_FRAME_HEAD_BYTES 2

enum zv_rtp_framing {
    ZV_RTP_FRAMING_MORE,     /* all bytes were used, no frame is whole yet */
    ZV_RTP_FRAMING_FRAME,    /* `bytes` has a frame of `len` bytes until the next call */
    ZV_RTP_FRAMING_TOO_LONG, /* a frame began that will be skipped */
};

/* One direction of one stream; zeroed it is ready. */
struct zv_rtp_framer {
    uint8_t bytes[ZV_MAX_MEDIA_DGRAM_BYTES];
    size_t len;                            /* of the frame, as its head says */
    size_t have;                           /* bytes of it that came */
    uint8_t head[ZV_RTP_FRAME_HEAD_BYTES]; /* of the next frame */
    size_t head_have;
};

/* Takes bytes up to the end of a frame, at most; *ret_used of `len`. Call again with the rest. */
enum zv_rtp_framing zv_rtp_framer_take(struct zv_rtp_framer *framer, const uint8_t *data,
                                       size_t len, size_t *ret_used);
/* A frame or its head has begun and is not whole. */
bool zv_rtp_framer_is_amid(const struct zv_rtp_framer *framer);
/* `len` below 65536. */
void zv_rtp_write_frame_head(uint8_t ret_head[ZV_RTP_FRAME_HEAD_BYTES], size_t len);

#endif
