/*
 * VP8: the payload descriptor (RFC 7741 section 4.2) is stepped over; behind the one that begins a
 * frame lies the frame tag, and in a key frame the size (RFC 6386 section 9.1).
 */
#include "rtc/video/payload_int.h"

#define DESCRIPTOR_EXTENDED 0x80 /* X */
#define DESCRIPTOR_START    0x10 /* S: a partition begins */
#define DESCRIPTOR_PID      0x0f /* its number; RFC 7741 has three bits, the fourth is reserved 0 */
#define HAS_PICTURE_ID      0x80 /* I */
#define HAS_TL0PICIDX       0x40 /* L */
#define HAS_TID_OR_KEYIDX   0x30 /* T, K */
#define PICTURE_ID_LONG     0x80 /* M: 15 bits instead of 7 */
#define TAG_INTERFRAME      0x01 /* P */
#define TAG_BYTES           3
#define KEYFRAME_BYTES      10     /* tag, start code, two sides */
#define SIDE_MASK           0x3fff /* above: how to scale it when it is shown */

/* Bytes of the descriptor; 0: there are not so many. */
static size_t descriptor_len(const uint8_t *data, size_t len)
{
    size_t at = 1;
    if (!(data[0] & DESCRIPTOR_EXTENDED))
        return at;
    if (len < 2)
        return 0;
    uint8_t has = data[at++];
    if (has & HAS_PICTURE_ID) {
        if (at >= len)
            return 0;
        at += data[at] & PICTURE_ID_LONG ? 2 : 1;
    }
    at += has & HAS_TL0PICIDX ? 1 : 0;
    at += has & HAS_TID_OR_KEYIDX ? 1 : 0;
    return at <= len ? at : 0;
}

static bool read_keyframe(const uint8_t *frame, size_t len, struct zv_video_payload *payload)
{
    payload->is_keyframe_start = true;
    if (len < KEYFRAME_BYTES)
        return true; /* cut small: it does not tell */
    if (frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a)
        return false;
    payload->width = (uint16_t)((frame[6] | frame[7] << 8) & SIDE_MASK);
    payload->height = (uint16_t)((frame[8] | frame[9] << 8) & SIDE_MASK);
    return true;
}

bool zv_video_inspect_vp8(const uint8_t *data, size_t len, struct zv_video_payload *payload)
{
    size_t at = len ? descriptor_len(data, len) : 0;
    if (!at || at == len)
        return false;
    if (!(data[0] & DESCRIPTOR_START) || data[0] & DESCRIPTOR_PID)
        return true;
    payload->is_frame_start = true;
    if (len - at < TAG_BYTES)
        return false;
    return data[at] & TAG_INTERFRAME || read_keyframe(data + at, len - at, payload);
}
