/* What a load is measured with must look like video to those who relay it. */
#include "support/test.h"

#include "rtc/rtp/rtp.h"
#include "rtc/video/payload.h"
#include "tools/webclient/picture.h"

#include <string.h>

struct world {
    struct zv_wc_picture picture;
    struct zv_wc_camera camera;
    uint8_t shown; /* next mark */
    uint8_t seen;  /* last mark */
    uint8_t bytes[ZV_RTP_HEADER_BYTES + ZV_WC_PICTURE_BYTES];
    struct zv_rtp_header header;
    struct zv_video_payload payload;
};

static void show(void *arg, uint8_t *rest, size_t len)
{
    struct world *world = arg;
    memset(rest, ++world->shown, len);
}

static void see(void *arg, const uint8_t *rest, size_t len)
{
    struct world *world = arg;
    assert_int_equal(len, ZV_WC_PICTURE_BYTES - ZV_WC_PICTURE_HEAD);
    world->seen = rest[0];
    assert_int_equal(rest[len - 1], rest[0]);
}

static void shoot(struct world *world)
{
    size_t len = zv_wc_camera_shoot(&world->camera, world->bytes);
    assert_int_equal(len, sizeof(world->bytes));
    assert_int_equal(zv_rtp_parse(world->bytes, len, &world->header), ZV_RTP_PASS);
    assert_true(zv_video_inspect(ZV_VIDEO_VP8, world->bytes + world->header.payload_at,
                                 world->header.payload_len, &world->payload));
    zv_wc_picture_see(&world->picture, world->bytes + world->header.payload_at,
                      world->header.payload_len);
    assert_int_equal(world->seen, world->shown);
}

/* True: it was a key frame. */
static bool shoot_frame(struct world *world)
{
    bool is_keyframe = false;
    for (int i = 0; i < ZV_WC_PICTURE_PARTS; i++) {
        shoot(world);
        uint32_t ts = world->header.ts;
        assert_int_equal(world->payload.is_frame_start, i == 0);
        assert_int_equal(world->header.marker, i == ZV_WC_PICTURE_PARTS - 1);
        assert_int_equal(ts % (ZV_WC_PICTURE_CLOCK_HZ / 30), 0);
        if (i == 0)
            is_keyframe = world->payload.is_keyframe_start;
    }
    return is_keyframe;
}

static void key_frames_come_first_and_when_they_are_wanted(void **state)
{
    struct world world = {0};
    (void)state;
    world.picture = (struct zv_wc_picture){show, see, &world};
    zv_wc_camera_init(&world.camera, &world.picture, 96);
    assert_true(shoot_frame(&world));
    assert_false(shoot_frame(&world));
    assert_false(shoot_frame(&world));
    world.camera.wants_keyframe = true;
    assert_true(shoot_frame(&world));
    assert_false(shoot_frame(&world));
    assert_int_equal(world.header.seq, 5 * ZV_WC_PICTURE_PARTS - 1);
    assert_int_equal(world.header.ts, 4 * (ZV_WC_PICTURE_CLOCK_HZ / 30));
    assert_int_equal(world.header.pt, 96);
}

static void a_key_frame_that_is_wanted_within_a_frame_waits_for_the_next(void **state)
{
    struct world world = {0};
    (void)state;
    world.picture = (struct zv_wc_picture){show, see, &world};
    zv_wc_camera_init(&world.camera, &world.picture, 96);
    shoot_frame(&world);
    shoot(&world);
    world.camera.wants_keyframe = true;
    for (int i = 1; i < ZV_WC_PICTURE_PARTS; i++)
        shoot(&world);
    assert_true(shoot_frame(&world));
}

static void it_is_a_megabit_a_second(void **state)
{
    (void)state;
    double bits = 8.0 * ZV_WC_PICTURE_BYTES * ZV_WC_PICTURE_PARTS * 1e6 / (double)ZV_WC_PICTURE_US;
    assert_true(bits > 0.999e6 && bits < 1.001e6);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(key_frames_come_first_and_when_they_are_wanted),
    cmocka_unit_test(a_key_frame_that_is_wanted_within_a_frame_waits_for_the_next),
    cmocka_unit_test(it_is_a_megabit_a_second),
};

ZV_TEST_MAIN(tests)
