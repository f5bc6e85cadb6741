/*
 * What the payload of one RTP packet of video is: the start of a frame, of a key frame, its size
 * where it tells, and how H.264 was cut into packets. VP8: RFC 7741 section 4 and RFC 6386 section
 * 9.1; H.264: RFC 6184 section 5 and the sequence parameter set of ITU-T H.264 section 7.3.2.1.1.
 *
 * A transform: it looks, keeps nothing, and trusts nothing. Every read is bounded by the payload,
 * every Exp-Golomb code by 32 bits, every loop of the parameter set by the standard's own limits.
 */
#ifndef ZV_RTC_VIDEO_PAYLOAD_H
#define ZV_RTC_VIDEO_PAYLOAD_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A side longer than this is no picture of a call. */
#define ZV_VIDEO_MAX_SIDE 16384

enum zv_video_codec {
    ZV_VIDEO_NONE,
    ZV_VIDEO_VP8,
    ZV_VIDEO_H264,
};

struct zv_video_payload {
    /* A frame may begin here. VP8: it does. H.264: it does, unless the packet before it, of the
     * same timestamp, was such a one too (parameter sets, then the picture). */
    bool is_frame_start;
    bool is_keyframe_start; /* of a frame that needs no other: VP8 P = 0; H.264 IDR or SPS */
    bool is_aggregate;      /* H.264: several NAL units in one packet (STAP, MTAP) */
    bool is_fragment;       /* H.264: a part of a NAL unit (FU-A, FU-B) */
    uint16_t width;         /* pixels, cropped as shown; 0: this packet does not tell */
    uint16_t height;
    uint32_t profile_level_id; /* H.264, of the SPS, as in SDP (RFC 6184 section 8.1); 0: none */
};

/* False: malformed, or a codec of which nothing is known; *ret_payload is all zero then. */
bool zv_video_inspect(enum zv_video_codec codec, const uint8_t *payload, size_t len,
                      struct zv_video_payload *ret_payload);

/*
 * A peer with packetization-mode 0 (RFC 6184 section 6.2) takes single NAL units alone: what is
 * neither aggregate nor fragment.
 */
static inline bool zv_video_fits_mode_0(const struct zv_video_payload *payload)
{
    return !payload->is_aggregate && !payload->is_fragment;
}

#endif
