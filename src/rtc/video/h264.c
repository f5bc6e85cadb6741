/*
 * H.264 in RTP (RFC 6184): single NAL units, STAP-A and FU-A are looked into; STAP-B, MTAP and FU-B
 * belong to the interleaved mode, which is never agreed on, and are only named for what they are.
 */
#include "base/buf.h"
#include "rtc/video/payload_int.h"

#define NAL_FORBIDDEN 0x80
#define NAL_TYPE      0x1f

/* ITU-T H.264 table 7-1, RFC 6184 table 1. */
enum {
    NAL_SLICE = 1,
    NAL_PARTITION_A = 2,
    NAL_IDR = 5,
    NAL_SEI = 6,
    NAL_SPS = 7,
    NAL_PPS = 8,
    NAL_DELIMITER = 9,
    NAL_LAST_SINGLE = 23,
    NAL_STAP_A = 24,
    NAL_STAP_B = 25,
    NAL_MTAP24 = 27,
    NAL_FU_A = 28,
    NAL_FU_B = 29,
};
#define FU_START 0x80
#define FU_END   0x40

/* first_mb_in_slice is 0: as an Exp-Golomb code, one bit that is set (H.264 section 7.3.3). */
static bool is_first_slice(const uint8_t *slice, size_t len)
{
    return len && slice[0] & 0x80;
}

/* A NAL unit of this type begins here; `body` is what follows its header byte. */
static void note_nal(unsigned type, const uint8_t *body, size_t len,
                     struct zv_video_payload *payload)
{
    switch (type) {
    case NAL_IDR:
        if (is_first_slice(body, len))
            payload->is_frame_start = payload->is_keyframe_start = true;
        break;
    case NAL_SLICE:
    case NAL_PARTITION_A:
        if (is_first_slice(body, len))
            payload->is_frame_start = true;
        break;
    case NAL_SPS:
        payload->is_frame_start = payload->is_keyframe_start = true;
        break;
    case NAL_SEI:
    case NAL_PPS:
    case NAL_DELIMITER:
        payload->is_frame_start = true;
        break;
    default:
        break;
    }
}

/* A whole NAL unit, header byte first. */
static bool read_nal(const uint8_t *nal, size_t len, struct zv_video_payload *payload)
{
    unsigned type = nal[0] & NAL_TYPE;
    if (nal[0] & NAL_FORBIDDEN || !type || type > NAL_LAST_SINGLE)
        return false;
    note_nal(type, nal + 1, len - 1, payload);
    if (type == NAL_SPS)
        zv_video_read_sps(nal, len, payload);
    return true;
}

/* RFC 6184 section 5.7.1: size and NAL unit, one behind the other. */
static bool read_stap_a(const uint8_t *data, size_t len, struct zv_video_payload *payload)
{
    size_t at = 1;
    payload->is_aggregate = true;
    do {
        if (len - at < 3)
            return false;
        size_t size = zv_get_u16(data + at);
        at += 2;
        if (!size || size > len - at || !read_nal(data + at, size, payload))
            return false;
        at += size;
    } while (at < len);
    return true;
}

/* RFC 6184 section 5.8: the type is in the second byte; only the first part has what follows it. */
static bool read_fu_a(const uint8_t *data, size_t len, struct zv_video_payload *payload)
{
    payload->is_fragment = true;
    if (len < 2 || (data[1] & FU_START && data[1] & FU_END))
        return false;
    if (data[1] & FU_START)
        note_nal(data[1] & NAL_TYPE, data + 2, len - 2, payload);
    return true;
}

bool zv_video_inspect_h264(const uint8_t *data, size_t len, struct zv_video_payload *payload)
{
    if (!len || data[0] & NAL_FORBIDDEN)
        return false;
    unsigned type = data[0] & NAL_TYPE;
    if (type == NAL_STAP_A)
        return read_stap_a(data, len, payload);
    if (type == NAL_FU_A)
        return read_fu_a(data, len, payload);
    payload->is_aggregate = type >= NAL_STAP_B && type <= NAL_MTAP24;
    payload->is_fragment = type == NAL_FU_B;
    return payload->is_aggregate || payload->is_fragment || read_nal(data, len, payload);
}
