/*
 * A video stream to measure with, as a camera's: 1 Mbit/s of VP8, 30 frames a second, each of them
 * in four packets, key frames first and when one is asked for. Descriptor and header of a frame are
 * true, what they would describe is the owner's: what nobody decodes need not be a picture.
 */
#ifndef ZV_TESTS_WEBCLIENT_PICTURE_H
#define ZV_TESTS_WEBCLIENT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_WC_PICTURE_US       INT64_C(33333) /* between two frames */
#define ZV_WC_PICTURE_PARTS    4              /* packets of a frame */
#define ZV_WC_PICTURE_BYTES    1042           /* of payload in each: 1.0003 Mbit/s */
#define ZV_WC_PICTURE_CLOCK_HZ 90000
/* Of each payload, for VP8: RFC 7741 sections 4.2 and 4.3. The rest is the owner's. */
#define ZV_WC_PICTURE_HEAD 11

/* What is put into packets, and taken from them. */
struct zv_wc_picture {
    void (*show_fn)(void *arg, uint8_t *rest, size_t len);
    void (*see_fn)(void *arg, const uint8_t *rest, size_t len);
    void *arg;
};

struct zv_wc_camera {
    const struct zv_wc_picture *picture; /* borrowed */
    uint8_t pt;
    bool wants_keyframe;
    bool is_keyframe; /* the frame at hand */
    uint8_t part;     /* of it, comes next */
    uint16_t seq;
    uint32_t ts;
};

/* The first frame is a key frame. */
void zv_wc_camera_init(struct zv_wc_camera *camera, const struct zv_wc_picture *picture,
                       uint8_t pt);
/* The next packet, RTP header included; `bytes` has room for it. Returns its length. */
size_t zv_wc_camera_shoot(struct zv_wc_camera *camera, uint8_t *bytes);
/* A payload that came. */
void zv_wc_picture_see(const struct zv_wc_picture *picture, const uint8_t *payload, size_t len);

#endif
