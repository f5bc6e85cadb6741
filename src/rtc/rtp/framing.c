#include "rtc/rtp/framing.h"

#include "base/attr.h"
#include "base/buf.h"

#include <string.h>

/* True: the head is whole, `len` is known. */
static bool take_head(struct zv_rtp_framer *framer, const uint8_t *data, size_t len, size_t *at)
{
    while (framer->head_have < sizeof(framer->head) && *at < len)
        framer->head[framer->head_have++] = data[(*at)++];
    if (framer->head_have < sizeof(framer->head))
        return false;
    framer->len = zv_get_u16(framer->head);
    framer->have = 0;
    return true;
}

static bool is_too_long(const struct zv_rtp_framer *framer)
{
    return framer->len > sizeof(framer->bytes);
}

/* Up to the end of the frame; those of one too long are not kept. */
static void take_body(struct zv_rtp_framer *framer, const uint8_t *data, size_t len, size_t *at)
{
    size_t count = ZV_MIN(framer->len - framer->have, len - *at);
    if (count && !is_too_long(framer))
        memcpy(framer->bytes + framer->have, data + *at, count);
    framer->have += count;
    *at += count;
}

enum zv_rtp_framing zv_rtp_framer_take(struct zv_rtp_framer *framer, const uint8_t *data,
                                       size_t len, size_t *ret_used)
{
    size_t at = 0;
    enum zv_rtp_framing result = ZV_RTP_FRAMING_MORE;
    while (at < len && result == ZV_RTP_FRAMING_MORE) {
        bool is_new = framer->head_have < sizeof(framer->head);
        if (is_new && !take_head(framer, data, len, &at))
            break;
        if (is_new && is_too_long(framer))
            result = ZV_RTP_FRAMING_TOO_LONG;
        take_body(framer, data, len, &at);
        if (framer->have < framer->len)
            continue;
        framer->head_have = 0;
        if (framer->len && !is_too_long(framer))
            result = ZV_RTP_FRAMING_FRAME;
    }
    *ret_used = at;
    return result;
}

bool zv_rtp_framer_is_amid(const struct zv_rtp_framer *framer)
{
    return framer->head_have > 0;
}

void zv_rtp_write_frame_head(uint8_t ret_head[ZV_RTP_FRAME_HEAD_BYTES], size_t len)
{
    zv_set_u16(ret_head, (uint16_t)len);
}
