/* Frames, freezes and the need of a key frame, told from packets. */
#include "support/test.h"

#include "base/time.h"
#include "rtc/video/frames.h"

#define FRAME_TS 3000 /* 30 frames a second at 90 kHz */
#define FRAME_US INT64_C(33333)

/* A sender of frames of `packets` packets each. */
struct sender {
    struct zv_video_frames frames;
    uint32_t ssrc;
    uint32_t ts;
    uint16_t seq;
    int64_t now_us;
};

static struct sender make_sender(void)
{
    struct sender sender = {.ssrc = 7, .ts = 0xfffff000, .seq = 65530, .now_us = ZV_SECONDS(100)};
    zv_video_frames_init(&sender.frames);
    return sender;
}

static bool put(struct sender *sender, const struct zv_video_payload *payload)
{
    struct zv_rtp_header header = {
        .ssrc = sender->ssrc, .seq = sender->seq++, .ts = sender->ts, .payload_len = 1000};
    return zv_video_frames_on_packet(&sender->frames, &header, payload, sender->now_us);
}

/* One frame of two packets, and the time until the next. True: a key frame began. */
static bool put_frame(struct sender *sender, bool is_key, int64_t pause_us)
{
    struct zv_video_payload first = {.is_frame_start = true, .is_keyframe_start = is_key},
                            rest = {0};
    if (is_key) {
        first.width = 640;
        first.height = 480;
    }
    bool is_keyframe = put(sender, &first);
    assert_false(put(sender, &rest));
    sender->ts += FRAME_TS;
    sender->now_us += pause_us;
    return is_keyframe;
}

static void frames_are_counted_by_their_timestamps(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    assert_true(put_frame(&sender, true, FRAME_US));
    for (int i = 0; i < 59; i++)
        assert_false(put_frame(&sender, false, FRAME_US));
    const struct zv_video_frames *frames = &sender.frames;
    assert_int_equal(frames->frames, 60);
    assert_int_equal(frames->keyframes, 1);
    assert_int_equal(frames->width, 640);
    assert_int_equal(frames->height, 480);
    assert_true(frames->keyframe_us == ZV_SECONDS(100));
    assert_in_range(zv_video_frames_fps_x10(frames, sender.now_us), 299, 301);
    assert_in_range(zv_video_frames_kbps(frames, sender.now_us), 450, 510); /* 60 kB/s */
    assert_int_equal(frames->freezes, 0);
    assert_int_equal(zv_video_frames_fps_x10(frames, sender.now_us + ZV_SECONDS(3)), 0);
    assert_int_equal(zv_video_frames_kbps(frames, sender.now_us + ZV_SECONDS(3)), 0);
}

static void several_packets_that_look_like_a_key_frame_are_one(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    const struct zv_video_payload sps = {
        .is_frame_start = true, .is_keyframe_start = true, .profile_level_id = 0x42e01f};
    const struct zv_video_payload pps = {.is_frame_start = true};
    const struct zv_video_payload idr = {.is_frame_start = true, .is_keyframe_start = true};
    assert_true(put(&sender, &sps));
    assert_false(put(&sender, &pps));
    assert_false(put(&sender, &idr));
    assert_int_equal(sender.frames.frames, 1);
    assert_int_equal(sender.frames.keyframes, 1);
    assert_int_equal(sender.frames.profile_level_id, 0x42e01f);
    sender.ts += FRAME_TS;
    assert_true(put(&sender, &idr));
    assert_int_equal(sender.frames.keyframes, 2);
}

static void late_packets_are_no_new_frames(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    put_frame(&sender, true, FRAME_US);
    put_frame(&sender, false, FRAME_US);
    sender.ts -= 2 * FRAME_TS;
    put_frame(&sender, false, 0);
    assert_int_equal(sender.frames.frames, 2);
    sender.ts -= 100 * 90000; /* a sender that began anew */
    put_frame(&sender, false, 0);
    assert_int_equal(sender.frames.frames, 3);
}

static void a_pause_is_a_freeze_as_w3c_counts_it(void **state)
{
    (void)state;
    static const struct {
        int64_t usual_us, pause_us;
        unsigned freezes;
    } rows[] = {
        {ZV_MS(33), ZV_MS(33 + 149), 0}, /* less than 150 ms more */
        {ZV_MS(33), ZV_MS(33 + 150), 1},
        {ZV_MS(100), ZV_MS(299), 0}, /* less than three times */
        {ZV_MS(100), ZV_MS(300), 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sender sender = make_sender();
        for (int n = 0; n < 40; n++)
            put_frame(&sender, n == 0, n == 39 ? rows[i].pause_us : rows[i].usual_us);
        put_frame(&sender, false, 0);
        assert_int_equal(sender.frames.freezes, rows[i].freezes);
        assert_true(sender.frames.frozen_us == (rows[i].freezes ? rows[i].pause_us : 0));
    }
}

static void neither_a_hold_nor_the_beginning_is_a_freeze(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    put_frame(&sender, true, ZV_MS(20));
    put_frame(&sender, false, ZV_MS(20));
    put_frame(&sender, false, ZV_SECONDS(1)); /* no mean can be told from so few */
    put_frame(&sender, false, FRAME_US);
    for (int i = 0; i < 40; i++)
        put_frame(&sender, false, i == 39 ? ZV_SECONDS(60) : FRAME_US);
    zv_video_frames_pause(&sender.frames);
    put_frame(&sender, false, FRAME_US);
    assert_int_equal(sender.frames.freezes, 0);
}

static void a_key_frame_is_needed_until_one_comes(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    assert_false(sender.frames.needs_keyframe); /* of nothing */
    put_frame(&sender, false, FRAME_US);
    assert_true(sender.frames.needs_keyframe);
    assert_true(sender.frames.needed_us == ZV_SECONDS(100));
    put_frame(&sender, true, FRAME_US);
    assert_false(sender.frames.needs_keyframe);
    assert_true(sender.frames.needed_us == ZV_TIME_NEVER);
    sender.ssrc = 8; /* another source: its frames build on their own */
    put_frame(&sender, false, FRAME_US);
    assert_true(sender.frames.needs_keyframe);
    put_frame(&sender, true, FRAME_US);
    assert_false(sender.frames.needs_keyframe);
    assert_int_equal(sender.frames.reference_losses, 0);
}

/* Half a round of numbers behind the key frame a loss is still one. */
static void a_loss_long_after_the_key_frame_counts(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    put_frame(&sender, true, FRAME_US);
    zv_video_frames_on_lost(&sender.frames, (uint16_t)(sender.seq + 40000), sender.now_us);
    assert_true(sender.frames.needs_keyframe);
}

static void a_loss_needs_a_key_frame_sent_behind_it(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    put_frame(&sender, true, FRAME_US);
    uint16_t lost = sender.seq++;
    put_frame(&sender, false, FRAME_US);
    zv_video_frames_on_lost(&sender.frames, lost, sender.now_us);
    assert_true(sender.frames.needs_keyframe);
    put_frame(&sender, false, FRAME_US);
    zv_video_frames_on_lost(&sender.frames, (uint16_t)(lost + 2), sender.now_us);
    assert_true(sender.frames.needed_us == sender.now_us);
    assert_int_equal(sender.frames.reference_losses, 1);
    put_frame(&sender, true, FRAME_US);
    assert_false(sender.frames.needs_keyframe);
    zv_video_frames_on_lost(&sender.frames, lost, sender.now_us); /* known too late to matter */
    assert_false(sender.frames.needs_keyframe);
}

static void a_key_frame_with_a_hole_is_none(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    put_frame(&sender, true, FRAME_US);
    uint16_t hole = (uint16_t)(sender.seq + 1);
    put_frame(&sender, true, FRAME_US);
    zv_video_frames_on_lost(&sender.frames, hole, sender.now_us);
    assert_true(sender.frames.needs_keyframe);
    /* Its first packet was overtaken by what tells of the hole. */
    struct sender late = make_sender();
    put_frame(&late, true, FRAME_US);
    zv_video_frames_on_lost(&late.frames, (uint16_t)(late.seq + 1), late.now_us);
    put_frame(&late, true, FRAME_US);
    assert_true(late.frames.needs_keyframe);
    put_frame(&late, true, FRAME_US);
    assert_false(late.frames.needs_keyframe);
}

static void what_is_malformed_is_counted_alone(void **state)
{
    (void)state;
    struct sender sender = make_sender();
    assert_false(put(&sender, NULL));
    assert_int_equal(sender.frames.malformed, 1);
    assert_int_equal(sender.frames.frames, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(frames_are_counted_by_their_timestamps),
    cmocka_unit_test(several_packets_that_look_like_a_key_frame_are_one),
    cmocka_unit_test(late_packets_are_no_new_frames),
    cmocka_unit_test(a_pause_is_a_freeze_as_w3c_counts_it),
    cmocka_unit_test(neither_a_hold_nor_the_beginning_is_a_freeze),
    cmocka_unit_test(a_key_frame_is_needed_until_one_comes),
    cmocka_unit_test(a_loss_long_after_the_key_frame_counts),
    cmocka_unit_test(a_loss_needs_a_key_frame_sent_behind_it),
    cmocka_unit_test(a_key_frame_with_a_hole_is_none),
    cmocka_unit_test(what_is_malformed_is_counted_alone),
};
ZV_TEST_MAIN(tests)
