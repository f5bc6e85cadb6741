#include "rtc/video/frames.h"

#include "base/attr.h"
#include "base/time.h"

/* Intervals that a mean must have before a freeze is told from it. */
#define MIN_INTERVALS 4
/* W3C webrtc-stats, freezeCount. */
#define FREEZE_TIMES    3
#define FREEZE_EXTRA_US ZV_MS(150)
#define RATE_US         ZV_SECONDS(2)
/* A frame with a timestamp further back is none that was overtaken: the sender began anew. */
#define TS_RESTART INT32_C(900000) /* 10 s at 90 kHz */
/* A loss is remembered as "behind" a key frame within so many packets: numbers wrap. */
#define MAX_BEHIND 1000

void zv_video_frames_init(struct zv_video_frames *frames)
{
    *frames = (struct zv_video_frames){.keyframe_us = ZV_TIME_NEVER, .needed_us = ZV_TIME_NEVER};
}

static void need_keyframe(struct zv_video_frames *frames, int64_t now_us)
{
    if (frames->needs_keyframe)
        return;
    frames->needs_keyframe = true;
    frames->needed_us = now_us;
}

/* Another source: nothing of the one before is a reference of its frames. */
static void begin(struct zv_video_frames *frames, const struct zv_rtp_header *header,
                  int64_t now_us)
{
    frames->has_source = true;
    frames->ssrc = header->ssrc;
    frames->has_frame = frames->has_keyframe = frames->has_lost = false;
    frames->arrival_count = 0;
    need_keyframe(frames, now_us);
}

static int64_t arrival_us(const struct zv_video_frames *frames, uint32_t back)
{
    uint32_t at = frames->arrival_at + ZV_VIDEO_FRAMES_KEPT - 1 - back;
    return frames->arrivals_us[at % ZV_VIDEO_FRAMES_KEPT];
}

static void count_freeze(struct zv_video_frames *frames, int64_t now_us)
{
    if (frames->arrival_count <= MIN_INTERVALS)
        return;
    uint32_t intervals = frames->arrival_count - 1;
    int64_t newest_us = arrival_us(frames, 0), interval_us = now_us - newest_us;
    int64_t mean_us = (newest_us - arrival_us(frames, intervals)) / intervals;
    if (interval_us < ZV_MAX(FREEZE_TIMES * mean_us, mean_us + FREEZE_EXTRA_US))
        return;
    frames->freezes++;
    frames->frozen_us += interval_us;
}

static void note_frame(struct zv_video_frames *frames, uint32_t ts, int64_t now_us)
{
    int32_t step = (int32_t)(ts - frames->ts);
    if (frames->has_frame && step <= 0 && step > -TS_RESTART)
        return;
    count_freeze(frames, now_us);
    frames->has_frame = true;
    frames->ts = ts;
    frames->frames++;
    frames->arrivals_us[frames->arrival_at] = now_us;
    frames->arrival_at = (frames->arrival_at + 1) % ZV_VIDEO_FRAMES_KEPT;
    frames->arrival_count = ZV_MIN(frames->arrival_count + 1, (uint32_t)ZV_VIDEO_FRAMES_KEPT);
}

/* Something sent behind this packet is lost already: the frame that it begins does not mend it. */
static bool is_lost_behind(const struct zv_video_frames *frames, uint16_t seq)
{
    int step = (int16_t)(uint16_t)(frames->lost_seq - seq);
    return frames->has_lost && step > 0 && step < MAX_BEHIND;
}

/* Its first packet, or one of several that look like it (parameter sets, then the picture). */
static bool note_keyframe(struct zv_video_frames *frames, const struct zv_rtp_header *header,
                          int64_t now_us)
{
    bool is_known = frames->has_keyframe && frames->keyframe_ts == header->ts;
    if (is_known)
        return false;
    frames->has_keyframe = true;
    frames->keyframe_ts = header->ts;
    frames->keyframe_seq = header->seq;
    frames->keyframe_us = now_us;
    frames->keyframes++;
    if (is_lost_behind(frames, header->seq))
        return true;
    frames->needs_keyframe = frames->has_lost = false;
    frames->needed_us = ZV_TIME_NEVER;
    return true;
}

static void note_format(struct zv_video_frames *frames, const struct zv_video_payload *payload)
{
    if (payload->width) {
        frames->width = payload->width;
        frames->height = payload->height;
    }
    if (payload->profile_level_id)
        frames->profile_level_id = payload->profile_level_id;
}

static void count_octets(struct zv_video_frames *frames, size_t octets, int64_t now_us)
{
    int64_t since_us = now_us - frames->second_us;
    if (since_us >= ZV_SECONDS(1)) {
        frames->octets_per_s = frames->octets * ZV_US_PER_S / (uint64_t)since_us;
        frames->second_us = now_us;
        frames->octets = 0;
    }
    frames->octets += octets;
}

bool zv_video_frames_on_packet(struct zv_video_frames *frames, const struct zv_rtp_header *header,
                               const struct zv_video_payload *payload, int64_t now_us)
{
    if (!frames->has_source || header->ssrc != frames->ssrc)
        begin(frames, header, now_us);
    count_octets(frames, header->payload_len, now_us);
    if (!payload) {
        frames->malformed++;
        return false;
    }
    note_frame(frames, header->ts, now_us);
    note_format(frames, payload);
    return payload->is_keyframe_start && note_keyframe(frames, header, now_us);
}

void zv_video_frames_on_lost(struct zv_video_frames *frames, uint16_t seq, int64_t now_us)
{
    int step = (int16_t)(uint16_t)(seq - frames->keyframe_seq);
    bool is_before_keyframe = frames->has_keyframe && step < 0 && step > -MAX_BEHIND;
    if (!frames->has_source || is_before_keyframe)
        return;
    frames->has_lost = true;
    frames->lost_seq = seq;
    frames->reference_losses += !frames->needs_keyframe;
    frames->needs_keyframe = true;
    frames->needed_us = now_us; /* each loss is a reason of its own to ask */
}

void zv_video_frames_pause(struct zv_video_frames *frames)
{
    frames->arrival_count = 0;
}

uint32_t zv_video_frames_fps_x10(const struct zv_video_frames *frames, int64_t now_us)
{
    uint32_t intervals = 0;
    if (!frames->arrival_count || now_us - arrival_us(frames, 0) > RATE_US)
        return 0;
    while (intervals + 1 < frames->arrival_count &&
           now_us - arrival_us(frames, intervals + 1) <= RATE_US)
        intervals++;
    int64_t span_us = arrival_us(frames, 0) - arrival_us(frames, intervals);
    return span_us > 0 ? (uint32_t)(intervals * 10 * ZV_US_PER_S / span_us) : 0;
}

uint32_t zv_video_frames_kbps(const struct zv_video_frames *frames, int64_t now_us)
{
    if (now_us - frames->second_us >= RATE_US)
        return 0;
    return (uint32_t)ZV_MIN(frames->octets_per_s * 8 / 1000, (uint64_t)UINT32_MAX);
}
