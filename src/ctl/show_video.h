/* What there is to say of a call's video; each appends nothing where there is none. */
#ifndef ZV_CTL_SHOW_VIDEO_H
#define ZV_CTL_SHOW_VIDEO_H

#include "base/buf.h"

#include <jansson.h>

/* The member `video` of a call. */
void zv_ctl_write_video(const json_t *video, struct zv_buf *out);
/* Of a leg. */
void zv_ctl_write_picture(const json_t *leg, struct zv_buf *out);
void zv_ctl_write_frames(const json_t *leg, struct zv_buf *out);
void zv_ctl_write_video_packets(const json_t *leg, struct zv_buf *out);
void zv_ctl_write_repairs(const json_t *leg, struct zv_buf *out);
void zv_ctl_write_requests(const json_t *leg, struct zv_buf *out);

#endif
