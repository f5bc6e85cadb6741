/* The part of `call ID` that is about video. */
#ifndef ZV_GATEWAY_ADMIN_VIDEO_H
#define ZV_GATEWAY_ADMIN_VIDEO_H

#include "base/json.h"
#include "rtc/peer/video.h"
#include "sdp/codec.h"

/* The member `video` of a call: what was agreed on, or why there is none. Nothing is written where
 * nobody wanted video. */
void zv_admin_write_video(struct zv_json *json, const struct zv_video_plan *video);
/* The member `video` of a leg; nothing where there never was any. */
void zv_admin_write_leg_video(struct zv_json *json, const struct zv_peer_video_counters *counters);

#endif
