#include "rtc/video/payload_int.h"

bool zv_video_inspect(enum zv_video_codec codec, const uint8_t *payload, size_t len,
                      struct zv_video_payload *ret_payload)
{
    struct zv_video_payload found = {0};
    bool is_good = false;
    if (codec == ZV_VIDEO_VP8)
        is_good = zv_video_inspect_vp8(payload, len, &found);
    else if (codec == ZV_VIDEO_H264)
        is_good = zv_video_inspect_h264(payload, len, &found);
    *ret_payload = is_good ? found : (struct zv_video_payload){0};
    return is_good;
}
