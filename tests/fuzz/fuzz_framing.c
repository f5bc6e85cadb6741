/*
 * RFC 4571 framing: the first byte says how the rest is cut into chunks. Whatever the cut, the same
 * frames come out as when the stream is read in one piece, and they are those that a plain walk
 * over the bytes finds.
 */
#include "base/buf.h"
#include "rtc/rtp/framing.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The next frame by a plain walk: its length at *at, which moves behind it; false: none is whole.
 * One too long counts as soon as its head is there. */
static bool walk(const uint8_t *data, size_t size, size_t *at, size_t *ret_len)
{
    while (size >= *at + ZV_RTP_FRAME_HEAD_BYTES) {
        size_t len = zv_get_u16(data + *at), left = size - *at - ZV_RTP_FRAME_HEAD_BYTES;
        bool is_long = len > ZV_MAX_MEDIA_DGRAM_BYTES;
        if (left < len && !is_long)
            return false;
        *at += ZV_RTP_FRAME_HEAD_BYTES + (left < len ? left : len);
        *ret_len = len;
        if (len)
            return true;
    }
    return false;
}

static void run(const uint8_t *data, size_t size, size_t chunk)
{
    static struct zv_rtp_framer framer;
    size_t walked = 0, len = 0;
    memset(&framer, 0, sizeof(framer));
    for (size_t from = 0; from < size; from += chunk) {
        size_t left = size - from < chunk ? size - from : chunk, at = from;
        while (left) {
            size_t used = 0;
            enum zv_rtp_framing framing = zv_rtp_framer_take(&framer, data + at, left, &used);
            require(used > 0 && used <= left);
            at += used;
            left -= used;
            if (framing == ZV_RTP_FRAMING_MORE) {
                require(left == 0);
                continue;
            }
            require(walk(data, size, &walked, &len) && len == framer.len);
            require((framing == ZV_RTP_FRAMING_TOO_LONG) == (len > ZV_MAX_MEDIA_DGRAM_BYTES));
            if (framing == ZV_RTP_FRAMING_FRAME)
                require(walked == at && !memcmp(framer.bytes, data + at - len, len));
        }
    }
    require(!walk(data, size, &walked, &len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    run(data + 1, size - 1, (size_t)data[0] + 1);
    run(data + 1, size - 1, size);
    return 0;
}
