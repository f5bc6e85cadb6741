#include "tools/webclient/picture.h"

#include "rtc/rtp/rtp.h"

#include <string.h>

#define FRAME_TS (ZV_WC_PICTURE_CLOCK_HZ / 30)
/* RFC 7741 section 4.2: S, start of a partition. */
#define BEGINS 0x10
/* RFC 6386 section 9.1: of a key frame bit 0 is 0; shown; the start code; width and height. */
#define KEY_FRAME   0x10
#define OTHER_FRAME 0x11
static const uint8_t key_head[] = {0x9d, 0x01, 0x2a, 640 & 0xff, 640 >> 8, 480 & 0xff, 480 >> 8};

void zv_wc_camera_init(struct zv_wc_camera *camera, const struct zv_wc_picture *picture, uint8_t pt)
{
    *camera = (struct zv_wc_camera){.picture = picture, .pt = pt, .wants_keyframe = true};
}

static void write_head(const struct zv_wc_camera *camera, uint8_t *payload)
{
    memset(payload, 0, ZV_WC_PICTURE_HEAD);
    if (camera->part > 0)
        return;
    payload[0] = BEGINS;
    payload[1] = camera->is_keyframe ? KEY_FRAME : OTHER_FRAME;
    if (camera->is_keyframe)
        memcpy(payload + 4, key_head, sizeof(key_head));
}

size_t zv_wc_camera_shoot(struct zv_wc_camera *camera, uint8_t *bytes)
{
    uint8_t *payload = bytes + ZV_RTP_HEADER_BYTES;
    if (camera->part == 0) {
        camera->is_keyframe = camera->wants_keyframe;
        camera->wants_keyframe = false;
    }
    const struct zv_rtp_rewrite header = {.pt = camera->pt,
                                          .seq = camera->seq++,
                                          .ts = camera->ts,
                                          .ssrc = 2,
                                          .marker = camera->part == ZV_WC_PICTURE_PARTS - 1};
    zv_rtp_write_header(bytes, &header);
    write_head(camera, payload);
    camera->picture->show_fn(camera->picture->arg, payload + ZV_WC_PICTURE_HEAD,
                             ZV_WC_PICTURE_BYTES - ZV_WC_PICTURE_HEAD);
    if (++camera->part == ZV_WC_PICTURE_PARTS) {
        camera->part = 0;
        camera->ts += FRAME_TS;
    }
    return ZV_RTP_HEADER_BYTES + ZV_WC_PICTURE_BYTES;
}

void zv_wc_picture_see(const struct zv_wc_picture *picture, const uint8_t *payload, size_t len)
{
    size_t head = len < ZV_WC_PICTURE_HEAD ? len : ZV_WC_PICTURE_HEAD;
    picture->see_fn(picture->arg, payload + head, len - head);
}
