/*
 * The codecs behind zv_video_inspect, for the files of this folder: each fills *payload, which is
 * zero before, and says false to what is malformed.
 *   vp8.c   payload descriptor and frame header
 *   h264.c  how NAL units lie in packets, and what kind each is
 *   sps.c   profile and size in a sequence parameter set
 */
#ifndef ZV_RTC_VIDEO_PAYLOAD_INT_H
#define ZV_RTC_VIDEO_PAYLOAD_INT_H

#include "rtc/video/payload.h"

bool zv_video_inspect_vp8(const uint8_t *data, size_t len, struct zv_video_payload *payload);
bool zv_video_inspect_h264(const uint8_t *data, size_t len, struct zv_video_payload *payload);
/* `nal` begins with its header byte. What it does not tell stays as it is. */
void zv_video_read_sps(const uint8_t *nal, size_t len, struct zv_video_payload *payload);

#endif
