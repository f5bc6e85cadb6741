/* What is said of the picture: what provokes it, and what must not. */
#include "story.h"

/* Both legs are to send video from the answer on. */
static struct story begin_video(void)
{
    struct story story = begin();
    for (int i = 0; i < ZV_VERDICT_LEGS; i++)
        story.facts.legs[i].video_due_us = ANSWERED;
    return story;
}

static struct zv_video_figures *video(struct story *story, int leg)
{
    return &figures(story, leg)->video;
}

/* Packets of video come in the time up to the next look; `keyframes` of their frames are whole. */
static void see(struct story *story, int leg, unsigned keyframes)
{
    struct zv_video_figures *now = video(story, leg);
    int64_t at_us = story->facts.now_us + ZV_VERDICT_LOOK_US - ZV_MS(10);
    now->packets += 200;
    now->frames += 37;
    now->keyframes += keyframes;
    now->last_rtp_us = at_us;
    if (keyframes)
        now->keyframe_us = at_us;
}

/* Both are heard; those of `seen` (bits) are seen. */
static void show(struct story *story, unsigned seen, unsigned keyframes, int looks)
{
    for (int i = 0; i < looks; i++) {
        for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++) {
            hear(story, leg, PER_LOOK);
            if (seen & (1U << leg))
                see(story, leg, keyframes);
        }
        look(story);
    }
}

#define BOTH   3U
#define CLIENT (1U << ZV_VERDICT_CLIENT)
#define SIP    (1U << ZV_VERDICT_SIP)

static void a_good_picture_has_no_verdict(void **state)
{
    (void)state;
    struct story story = begin_video();
    show(&story, BOTH, 1, 1);
    show(&story, BOTH, 0, 50); /* no key frame, and nobody asks for one */
    assert_int_equal(story.changes, 0);
}

static void video_that_is_not_due_is_not_missed(void **state)
{
    (void)state;
    struct story story = begin();
    show(&story, 0, 0, 20);
    assert_int_equal(story.changes, 0);
}

static void a_side_that_agreed_to_video_and_sends_none_is_named(void **state)
{
    (void)state;
    struct story story = begin_video();
    show(&story, CLIENT, 1, 2);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK); /* its camera may still be opening */
    show(&story, CLIENT, 1, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, VIDEO_NOT_SENT);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
    assert_string_equal(text_of(&story, ZV_VERDICT_SIP),
                        "no video from the SIP side: it agreed to send some, and no packet of it "
                        "has come for 6 s");
    show(&story, BOTH, 1, ZV_VERDICT_CALM_LOOKS);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
}

static void a_client_whose_camera_gives_nothing_is_named(void **state)
{
    (void)state;
    struct story story = begin_video();
    show(&story, SIP, 1, 3);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, VIDEO_NOT_SENT);
    assert_non_null(strstr(remedy_of(&story, ZV_VERDICT_CLIENT), "camera"));
}

static void reports_by_the_port_of_video_say_that_the_camera_is_off(void **state)
{
    (void)state;
    struct story story = begin_video();
    video(&story, ZV_VERDICT_SIP)->rtcp = 1;
    show(&story, CLIENT, 1, 3);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, VIDEO_PAUSED);
    assert_int_equal(zv_verdict_severity(ZV_VERDICT_VIDEO_PAUSED), ZV_VERDICT_INFO);
}

static void a_camera_that_is_switched_off_is_no_fault(void **state)
{
    (void)state;
    struct story story = begin_video();
    show(&story, BOTH, 1, 4);
    show(&story, SIP, 1, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
    show(&story, SIP, 1, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, VIDEO_PAUSED);
    assert_non_null(strstr(text_of(&story, ZV_VERDICT_CLIENT), "the client sends no video"));
    show(&story, BOTH, 1, ZV_VERDICT_CALM_LOOKS);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
}

static void hold_and_its_end_give_video_its_time_anew(void **state)
{
    (void)state;
    struct story story = begin_video();
    show(&story, BOTH, 1, 4);
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++)
        story.facts.legs[leg].due_us = story.facts.legs[leg].video_due_us = 0;
    for (int i = 0; i < 10; i++)
        look(&story);
    assert_int_equal(story.changes, 0);
    for (int leg = 0; leg < ZV_VERDICT_LEGS; leg++)
        story.facts.legs[leg].due_us = story.facts.legs[leg].video_due_us = story.facts.now_us;
    show(&story, 0, 0, 1);
    assert_int_equal(story.changes, 0);
    show(&story, BOTH, 1, 5);
    assert_int_equal(story.changes, 0);
}

static void a_key_frame_that_was_asked_for_and_does_not_come_is_missed(void **state)
{
    (void)state;
    struct story story = begin_video();
    show(&story, BOTH, 1, 2);
    for (int i = 0; i < 3; i++) {
        video(&story, ZV_VERDICT_SIP)->requests += 4;
        see(&story, ZV_VERDICT_CLIENT, 1);
        see(&story, ZV_VERDICT_SIP, 0);
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        hear(&story, ZV_VERDICT_SIP, PER_LOOK);
        look(&story);
        if (i == 0)
            ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, NO_KEY_FRAME);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
    assert_string_equal(text_of(&story, ZV_VERDICT_SIP),
                        "video from the SIP side comes but cannot be shown: no key frame for 7 s, "
                        "8 times asked for in the last 5 s");
    show(&story, BOTH, 1, ZV_VERDICT_CALM_LOOKS);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, OK);
}

/* Each is followed by its key frame, some looks only after the next one was asked for. */
static void requests_that_are_answered_are_no_verdict(void **state)
{
    (void)state;
    struct story story = begin_video();
    for (int i = 0; i < 20; i++) {
        video(&story, ZV_VERDICT_SIP)->requests += 2;
        show(&story, BOTH, i & 1, 1);
    }
    assert_int_equal(story.changes, 0);
}

static void profiles_that_do_not_meet_are_told_of_the_sip_leg(void **state)
{
    (void)state;
    struct story story = begin();
    story.facts.no_video = ZV_VIDEO_REASON_PROFILE_MISMATCH;
    show(&story, 0, 0, 1);
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, VIDEO_PROFILE_MISMATCH);
    ASSERT_SAYS(&story, ZV_VERDICT_CLIENT, OK);
}

static void why_there_is_no_video_is_told(void **state)
{
    (void)state;
    for (int why = ZV_VIDEO_REASON_OFF; why <= ZV_VIDEO_REASON_INACTIVE; why++) {
        struct story story = begin();
        if (why == ZV_VIDEO_REASON_PROFILE_MISMATCH)
            continue;
        story.facts.no_video = (enum zv_video_reason)why;
        show(&story, 0, 0, 1);
        ASSERT_SAYS(&story, ZV_VERDICT_SIP, NO_VIDEO);
        assert_true(strlen(text_of(&story, ZV_VERDICT_SIP)) > strlen("the call has no video: "));
        assert_null(strstr(text_of(&story, ZV_VERDICT_SIP), "nobody wants it"));
    }
}

/* One who is not heard has a worse trouble than one who is not seen. */
static void sound_goes_before_the_picture(void **state)
{
    (void)state;
    struct story story = begin_video();
    for (int i = 0; i < 4; i++) {
        hear(&story, ZV_VERDICT_CLIENT, PER_LOOK);
        see(&story, ZV_VERDICT_CLIENT, 1);
        look(&story);
    }
    ASSERT_SAYS(&story, ZV_VERDICT_SIP, NOTHING_CAME);
    assert_false(zv_verdict_is_of_video(ZV_VERDICT_NOTHING_CAME));
    assert_true(zv_verdict_is_of_video(ZV_VERDICT_VIDEO_NOT_SENT));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_picture_has_no_verdict),
    cmocka_unit_test(video_that_is_not_due_is_not_missed),
    cmocka_unit_test(a_side_that_agreed_to_video_and_sends_none_is_named),
    cmocka_unit_test(a_client_whose_camera_gives_nothing_is_named),
    cmocka_unit_test(reports_by_the_port_of_video_say_that_the_camera_is_off),
    cmocka_unit_test(a_camera_that_is_switched_off_is_no_fault),
    cmocka_unit_test(hold_and_its_end_give_video_its_time_anew),
    cmocka_unit_test(a_key_frame_that_was_asked_for_and_does_not_come_is_missed),
    cmocka_unit_test(requests_that_are_answered_are_no_verdict),
    cmocka_unit_test(profiles_that_do_not_meet_are_told_of_the_sip_leg),
    cmocka_unit_test(why_there_is_no_video_is_told),
    cmocka_unit_test(sound_goes_before_the_picture),
};
ZV_TEST_MAIN(tests)
