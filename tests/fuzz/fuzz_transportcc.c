/*
 * Transport-wide feedback of whatever numbers come whenever: packets are well-formed and bounded,
 * and every number that came since the last jump is reported, with its time, by a decoder that
 * reads chunks and deltas on its own.
 */
#include "base/buf.h"
#include "base/time.h"
#include "rtc/rtcp/feedback.h"
#include "rtc/video/transportcc.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static int64_t truth_us[65536]; /* when the number came first; 0: it did not */

/* One status, as section 3.1 of the draft has them: the chunk and how many it gave already. */
struct chunks {
    const uint8_t *p;
    unsigned chunk;
    unsigned left;
};

static unsigned next_symbol(struct chunks *chunks)
{
    if (!chunks->left) {
        chunks->chunk = zv_get_u16(chunks->p);
        chunks->p += 2;
        bool is_run = !(chunks->chunk & 0x8000);
        chunks->left = is_run ? chunks->chunk & 0x1fff : chunks->chunk & 0x4000 ? 7 : 14;
        require(chunks->left > 0);
    }
    chunks->left--;
    if (!(chunks->chunk & 0x8000))
        return chunks->chunk >> 13 & 3;
    return chunks->chunk & 0x4000 ? chunks->chunk >> (2 * chunks->left) & 3
                                  : chunks->chunk >> chunks->left & 1;
}

static void decode(const uint8_t *packet, size_t len)
{
    size_t count = zv_get_u16(packet + 14);
    static uint8_t symbols[65536];
    struct chunks chunks = {.p = packet + 20};
    require(zv_rtcp_check(packet, len) == ZV_RTP_PASS && len >= 24);
    require(count > 0 && count <= ZV_VIDEO_CC_WINDOW);
    for (size_t i = 0; i < count; i++)
        symbols[i] = (uint8_t)next_symbol(&chunks);
    const uint8_t *delta = chunks.p;
    int64_t time_us = (int64_t)zv_get_u24(packet + 16) * 64000;
    for (size_t i = 0; i < count; i++) {
        uint16_t number = (uint16_t)(zv_get_u16(packet + 12) + i);
        require(symbols[i] <= 2);
        if (!symbols[i]) {
            require(!truth_us[number]);
            continue;
        }
        time_us += 250 * (symbols[i] == 1 ? *delta : (int16_t)zv_get_u16(delta));
        delta += symbols[i];
        require(llabs(time_us - truth_us[number]) <= 125);
    }
    require(delta <= packet + len && packet + len - delta < 4);
}

static void report(struct zv_video_cc *cc, int64_t now_us)
{
    uint8_t bytes[ZV_VIDEO_CC_MAX_BYTES];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    for (size_t packets = 0; zv_video_cc_write(cc, 1, 2, now_us, &buf); packets++) {
        require(!buf.overflow && packets <= ZV_VIDEO_CC_WINDOW);
        decode(bytes, buf.len);
        buf = zv_buf(bytes, sizeof(bytes));
    }
    require(zv_video_cc_deadline_us(cc) > now_us);
}

/* What the window does with a number, in fewer words. */
static void note_truth(uint16_t number, uint16_t *highest, bool *has_any, int64_t now_us)
{
    int step = (int16_t)(uint16_t)(number - *highest);
    if (!*has_any || step >= ZV_VIDEO_CC_WINDOW || step <= -ZV_VIDEO_CC_WINDOW) {
        memset(truth_us, 0, sizeof(truth_us));
        *highest = number;
    }
    *has_any = true;
    for (; step > 0 && *highest != number;)
        truth_us[++*highest] = 0;
    if (!truth_us[number])
        truth_us[number] = now_us;
}

/* Three bytes a packet: time, and a number near the last or anywhere. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zv_video_cc cc;
    uint16_t number = 65000, highest = 0;
    bool has_any = false;
    int64_t now_us = ZV_SECONDS(1);
    zv_video_cc_init(&cc);
    for (; size >= 3; data += 3, size -= 3) {
        now_us += data[0] < 200 ? data[0] * 125 : (data[0] - 199) * ZV_MS(160);
        if (data[1] == 255)
            number = (uint16_t)(number + data[2] * 257);
        else
            number = (uint16_t)(number + (int8_t)data[1] / 16 + 1);
        note_truth(number, &highest, &has_any, now_us);
        zv_video_cc_on_packet(&cc, number, now_us);
        if (zv_video_cc_deadline_us(&cc) <= now_us)
            report(&cc, now_us);
    }
    report(&cc, now_us + ZV_SECONDS(1));
    return 0;
}
