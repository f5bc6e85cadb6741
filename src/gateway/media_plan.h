/*
 * What call control planned for both legs, as the worker takes it.
 */
#ifndef ZV_GATEWAY_MEDIA_PLAN_H
#define ZV_GATEWAY_MEDIA_PLAN_H

#include "sdp/codec.h"
#include "worker/worker.h"

/* SET_CODECS: payload types of audio. */
void zv_media_join_codecs(const struct zv_media_plan *plan, struct zv_worker_cmd *cmd);
/* SET_VIDEO: the committed codec towards either side; without one there is no video. */
void zv_media_join_video(const struct zv_video_plan *plan, struct zv_worker_cmd *cmd);

#endif
