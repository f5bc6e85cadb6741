/*
 * Video as it comes: the payload of each codec on the whole input; then packets cut from the input
 * through frames, what is missing of them, the history of what was sent, and RTX there and back.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "base/time.h"
#include "rtc/video/frames.h"
#include "rtc/video/history.h"
#include "rtc/video/keyframe.h"
#include "rtc/video/missing.h"
#include "rtc/video/rtx.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void run_payload(enum zv_video_codec codec, const uint8_t *data, size_t size)
{
    struct zv_video_payload payload;
    bool is_good = zv_video_inspect(codec, data, size, &payload);
    require(is_good || (!payload.is_keyframe_start && !payload.width));
    require(!payload.width == !payload.height || codec == ZV_VIDEO_VP8);
    require(payload.width <= ZV_VIDEO_MAX_SIDE && payload.height <= ZV_VIDEO_MAX_SIDE);
    require(!payload.is_keyframe_start || payload.is_frame_start);
    require(!(payload.is_aggregate && payload.is_fragment));
}

/* All the parts of one stream. */
struct parts {
    struct zv_video_frames frames;
    struct zv_video_missing missing;
    struct zv_video_keyframe keyframe;
    struct zv_video_history *history;
    struct zv_video_rtx rtx;
    int64_t now_us;
    int64_t asked_us; /* the last request for a key frame; ZV_TIME_NEVER: none */
};

/* A repair comes out as what went in. */
static void run_repair(struct parts *parts, const uint8_t *packet, size_t len)
{
    uint8_t repair[ZV_MAX_MEDIA_DGRAM_BYTES], *data = repair;
    struct zv_rtp_header before, header;
    size_t repair_len;
    if (!zv_video_rtx_wrap(&parts->rtx, packet, len, 97, repair, sizeof(repair), &repair_len))
        return;
    require(zv_rtp_parse(packet, len, &before) == ZV_RTP_PASS);
    require(zv_rtp_parse(repair, repair_len, &header) == ZV_RTP_PASS);
    require(zv_video_rtx_unwrap(&data, &repair_len, &header, before.ssrc, before.pt) ==
            ZV_VIDEO_RTX_PASS);
    require(repair_len == len - before.padding_len);
    require(!memcmp(data + 1, packet + 1, repair_len - 1)); /* but for the bit of the padding */
}

static void run_history(struct parts *parts, const uint8_t *packet, size_t len, uint16_t wanted)
{
    const uint8_t *found;
    size_t found_len;
    if (len >= ZV_RTP_HEADER_BYTES)
        zv_video_history_put(parts->history, zv_get_u16(packet + 2), packet, len);
    if (zv_video_history_get(parts->history, wanted, ZV_MS(30), parts->now_us, &found,
                             &found_len) != ZV_VIDEO_REPAIR_FOUND)
        return;
    require(zv_get_u16(found + 2) == wanted);
    run_repair(parts, found, found_len);
}

static void run_missing(struct parts *parts)
{
    struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS];
    uint16_t lost;
    size_t polls = 0;
    while (zv_video_missing_poll(&parts->missing, parts->now_us, items))
        require(++polls <= ZV_VIDEO_MISSING_MAX);
    require(parts->missing.count <= ZV_VIDEO_MISSING_MAX);
    require(zv_video_missing_deadline_us(&parts->missing) > parts->now_us);
    require(parts->missing.recovered + parts->missing.given_up <= parts->missing.seen);
    if (zv_video_missing_take_lost(&parts->missing, &lost))
        zv_video_frames_on_lost(&parts->frames, lost, parts->now_us);
}

static void run_keyframe(struct parts *parts)
{
    struct zv_video_keyframe_request request;
    if (parts->frames.needs_keyframe)
        zv_video_keyframe_ask(&parts->keyframe, parts->now_us);
    if (!zv_video_keyframe_poll(&parts->keyframe, parts->now_us, &request))
        return;
    require(parts->asked_us == ZV_TIME_NEVER ||
            parts->now_us - parts->asked_us >= ZV_VIDEO_KEYFRAME_MIN_US);
    parts->asked_us = parts->now_us;
}

static void run_packet(struct parts *parts, const uint8_t *packet, size_t len)
{
    struct zv_rtp_header header;
    struct zv_video_payload payload;
    if (zv_rtp_parse(packet, len, &header) != ZV_RTP_PASS)
        return;
    enum zv_video_codec codec = header.pt & 1 ? ZV_VIDEO_VP8 : ZV_VIDEO_H264;
    bool is_good =
        zv_video_inspect(codec, packet + header.payload_at, header.payload_len, &payload);
    zv_video_missing_on_packet(&parts->missing, header.ssrc, header.seq, parts->now_us);
    if (zv_video_frames_on_packet(&parts->frames, &header, is_good ? &payload : NULL,
                                  parts->now_us)) {
        zv_video_missing_forget_before(&parts->missing, header.seq);
        zv_video_keyframe_on_keyframe(&parts->keyframe);
    }
    require(parts->frames.needs_keyframe == (parts->frames.needed_us != ZV_TIME_NEVER));
}

/* Four bytes before each packet: time, length, and a number that is asked for. */
static void run_stream(const uint8_t *data, size_t size)
{
    struct zv_rand_seeded seeded = {5};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    struct parts parts = {.now_us = ZV_SECONDS(1), .asked_us = ZV_TIME_NEVER};
    const struct zv_video_history_cfg cfg = {.packets = 16, .bytes = ZV_MAX_MEDIA_DGRAM_BYTES};
    zv_video_frames_init(&parts.frames);
    zv_video_missing_init(&parts.missing, size % 2);
    zv_video_keyframe_init(&parts.keyframe, ZV_VIDEO_ASK_FIR);
    zv_video_rtx_init(&parts.rtx, &rand);
    if (zv_video_history_new(&parts.history, &cfg))
        return;
    while (size >= 4) {
        size_t len = ZV_MIN((size_t)data[1], size - 4);
        parts.now_us += data[0] * ZV_MS(2);
        run_packet(&parts, data + 4, len);
        run_missing(&parts);
        run_keyframe(&parts);
        run_history(&parts, data + 4, len, zv_get_u16(data + 2));
        require(zv_video_frames_fps_x10(&parts.frames, parts.now_us) < UINT32_MAX);
        zv_video_frames_kbps(&parts.frames, parts.now_us);
        data += 4 + len;
        size -= 4 + len;
    }
    zv_video_history_free(parts.history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_payload(ZV_VIDEO_VP8, data, size);
    run_payload(ZV_VIDEO_H264, data, size);
    run_stream(data, size);
    return 0;
}
