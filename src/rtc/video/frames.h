/*
 * The frames of one inbound stream of video: how many came, how many of them key frames, how fast,
 * how large, where the picture froze, and whether the decoder behind us waits for a key frame.
 *
 * Frames are told apart by their timestamp, which each has of its own (RFC 6184 section 5.1, RFC
 * 7741 section 4.1). A freeze is counted as W3C webrtc-stats (freezeCount) does it, by the arrival
 * of frames instead of their showing: the interval between two of them is at least three times the
 * mean of the last 30, or 150 ms more than it.
 *
 * A key frame is needed while none came since the stream began, and once something is lost for good
 * (missing.h gives up) that was sent behind the last one.
 *
 * Open struct, to be embedded; written by the functions here only.
 */
#ifndef ZV_RTC_VIDEO_FRAMES_H
#define ZV_RTC_VIDEO_FRAMES_H

#include "rtc/rtp/rtp.h"
#include "rtc/video/payload.h"

#include <stdbool.h>
#include <stdint.h>

#define ZV_VIDEO_FRAMES_KEPT 30 /* arrivals, of which the mean interval is taken */

struct zv_video_frames {
    bool has_source;
    uint32_t ssrc;
    bool has_frame;
    uint32_t ts;           /* of the newest frame */
    uint16_t keyframe_seq; /* of the first packet of the last key frame */
    uint32_t keyframe_ts;
    bool has_keyframe; /* since the source began */
    bool needs_keyframe;
    bool has_lost;
    uint16_t lost_seq;   /* the last packet that was lost for good behind a key frame */
    int64_t keyframe_us; /* when the last one began to come; ZV_TIME_NEVER: never */
    int64_t needed_us;   /* the last reason to need one; ZV_TIME_NEVER: none since the last */
    uint16_t width;      /* pixels, of the last key frame; 0: not known */
    uint16_t height;
    uint32_t profile_level_id; /* H.264: of the last SPS; 0: not known */
    /* Totals of all sources. */
    uint64_t frames;
    uint64_t keyframes;
    uint64_t freezes;
    int64_t frozen_us;         /* sum of the intervals that were freezes */
    uint64_t malformed;        /* payloads that were none */
    uint64_t reference_losses; /* times that the decoder lost its reference */
    /* Arrivals of the newest frames: a ring. */
    int64_t arrivals_us[ZV_VIDEO_FRAMES_KEPT];
    uint32_t arrival_count; /* of this source, saturating at ZV_VIDEO_FRAMES_KEPT */
    uint32_t arrival_at;    /* where the next one goes */
    /* Bytes of payload by the second. */
    int64_t second_us;     /* when the current one began */
    uint64_t octets;       /* in it */
    uint64_t octets_per_s; /* of the last whole one */
};

void zv_video_frames_init(struct zv_video_frames *frames);
/*
 * A packet that the inbound stream accepted (retransmitted ones too). `payload`: what
 * zv_video_inspect said of it; NULL: malformed. True: a key frame began with it.
 */
bool zv_video_frames_on_packet(struct zv_video_frames *frames, const struct zv_rtp_header *header,
                               const struct zv_video_payload *payload, int64_t now_us);
/* A packet is lost for good. Nothing new when a key frame came behind it. */
void zv_video_frames_on_lost(struct zv_video_frames *frames, uint16_t seq, int64_t now_us);
/* The stream was not wanted for a while (hold): the pause is no freeze. */
void zv_video_frames_pause(struct zv_video_frames *frames);

/* Frames in a second, in tenths, of the last 30 frames or two seconds, the shorter; 0: none came.
 */
uint32_t zv_video_frames_fps_x10(const struct zv_video_frames *frames, int64_t now_us);
/* Payload, of the last whole second; 0 once nothing comes. */
uint32_t zv_video_frames_kbps(const struct zv_video_frames *frames, int64_t now_us);

#endif
