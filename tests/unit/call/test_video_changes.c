/* Video in a running call: held, moved, dropped, added by the SIP side, and what may come between.
 */
#include "unit/call/video.h"

static struct desk desk;

#define AUDIO_REMOTE "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"
/* Their video is gone, and its address with it. */
#define VIDEO_GONE "MEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"

/* Their re-INVITE, and what comes of it. */
static void reinvite(const char *sdp, const char *expected)
{
    video_reinvite(&desk, sdp);
    EXPECT(&desk, expected);
}

static bool says(const char *sdp, const char *line)
{
    return strstr(sdp, line) != NULL;
}

/* The client's word on our offer; NULL: a rollback. */
static void client_answers(const char *sdp)
{
    desk_client(&desk, ZV_CALL_IN_CLIENT_UPDATE_ANSWER, "c1", sdp ? sdp : "");
}

static uint64_t stale_inputs(void)
{
    struct zv_switch_stats stats;
    zv_switch_stats(desk.sw, &stats);
    return stats.stale_inputs;
}

/* ---- hold, other places ---- */

static void hold_stops_both_media_and_its_end_asks_for_key_frames(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    reinvite(VIDEO_SIP_HELD("2"), "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\n"
                                  "MEDIA_FLOW 0 1\nMEDIA_CODECS\n> hold HOLD video\n");
    assert_false(says(desk.sip_sdp, "m=video 0 "));
    reinvite(VIDEO_SIP("3", "20020"),
             "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS "> talk ESTABLISHED 200 video\n");
    desk_end_all(&desk);
}

static void one_way_of_video_may_stop_alone(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    reinvite(VIDEO_SIP_HEAD("2") VIDEO_SIP_AUDIO VIDEO_SIP_PICTURE("20020") "a=sendonly\r\n",
             "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\n"
             "MEDIA_FLOW 1 1 video 0 1\nMEDIA_CODECS\n");
    assert_true(says(desk.sip_sdp, "a=recvonly\r\n"));
    desk_end_all(&desk);
}

static void video_that_moves_is_followed_and_begins_with_a_key_frame(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    uint32_t version = desk.video_remote.version;
    reinvite(VIDEO_SIP("1", "30030"),
             "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES "MEDIA_ASK_KEYFRAME client\n");
    assert_int_equal(desk.video_remote.rtp.port, 30030);
    assert_int_equal(desk.video_remote.version, version + 1);
    assert_int_equal(desk.sip_remote.version, 1); /* the sound stayed where it was */
    desk_end_all(&desk);
}

static void a_refresh_changes_nothing(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    reinvite(VIDEO_SIP("1", "20020"), "SIP_REPLY_OFFER 200\nMEDIA_CODECS\n");
    desk_end_all(&desk);
}

static void a_reinvite_without_offer_gets_both_media(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    reinvite(VIDEO_SIP("2", "20020"),
             "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES "MEDIA_ASK_KEYFRAME client\n");
    video_reinvite(&desk, "");
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n");
    assert_true(says(desk.sip_sdp, "m=video 12002 RTP/AVP "));
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED,
             (struct zv_in_sip){.sdp = zv_str(VIDEO_SIP_REFUSED("3"))});
    EXPECT(&desk, VIDEO_GONE "> zvUpdate offer\n");
    desk_end_all(&desk);
}

/* ---- dropped ---- */

static void dropped_video_stops_and_a_client_that_can_follow_is_told(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    reinvite(VIDEO_SIP_REFUSED("2"), "SIP_REPLY_OFFER 200\n" VIDEO_GONE "> zvUpdate offer\n");
    assert_true(says(desk.sip_sdp, "m=video 0 "));
    assert_true(says(desk.web_sdp, "m=video 0 "));
    assert_int_equal(desk.video_remote.rtp.family, ZV_ADDR_NONE); /* not even RTCP goes there */
    client_answers(VIDEO_WEB_REFUSES);
    EXPECT(&desk, "MEDIA_CODECS\n");
    assert_int_equal(desk.plan.video.pair_count, 0);
    client_answers(VIDEO_WEB_REFUSES); /* nobody asked */
    EXPECT(&desk, "");
    assert_int_equal(stale_inputs(), 1);
    desk_end_all(&desk);
}

static void dropped_video_of_another_client_comes_back_without_a_word(void **state)
{
    (void)state;
    video_open(&desk);
    desk.can_reoffer = false;
    video_active(&desk);
    reinvite(VIDEO_SIP_REFUSED("2"), "SIP_REPLY_OFFER 200\n" VIDEO_GONE);
    reinvite(VIDEO_SIP("3", "20020"), "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS);
    desk_end_all(&desk);
}

static void a_client_that_does_not_let_video_go_is_asked_once(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    reinvite(VIDEO_SIP_REFUSED("2"), "SIP_REPLY_OFFER 200\n" VIDEO_GONE "> zvUpdate offer\n");
    client_answers(NULL);
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(20));
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

/* ---- added ---- */

/* An audio call of a client that can follow, to which they add video: our offer is out. */
static void add_video(void)
{
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP("2", "20020"), "MEDIA_OPEN_VIDEO\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate offer\n");
    assert_true(says(desk.web_sdp, "m=video "));
    assert_false(says(desk.web_sdp, "m=video 0 "));
    assert_true(says(desk.web_sdp, "a=setup:actpass\r\n"));
}

/* They got port 0, the sound is as they said. */
#define REFUSED "SIP_REPLY_OFFER 200\n" AUDIO_REMOTE

static void expect_refused_with(const char *note)
{
    assert_true(says(desk.sip_sdp, "m=video 0 "));
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_non_null(desk.ended.no_video);
    if (!says(desk.ended.no_video, note))
        fail_msg("%s", desk.ended.no_video);
    desk_end_all(&desk);
}

static void added_video_waits_for_the_client(void **state)
{
    (void)state;
    add_video();
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS);
    assert_true(says(desk.sip_sdp, "m=video 12002 RTP/AVP 99\r\n"));
    assert_int_equal(zv_video_plan_committed(&desk.plan.video)->kind, ZV_CODEC_H264);
    /* Gone and added again: the port is there. */
    reinvite(VIDEO_SIP_REFUSED("3"), "SIP_REPLY_OFFER 200\n" VIDEO_GONE "> zvUpdate offer\n");
    client_answers(VIDEO_WEB_REFUSES);
    EXPECT(&desk, "MEDIA_CODECS\n");
    reinvite(VIDEO_SIP("4", "20020"), "> zvUpdate offer\n");
    client_answers(VIDEO_WEB_WATCHES);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\n"
                  "MEDIA_FLOW 1 1 video 0 1\nMEDIA_CODECS\nMEDIA_ASK_KEYFRAME sip\n");
    desk_end_all(&desk);
}

static void added_video_that_the_client_refuses_leaves_the_call(void **state)
{
    (void)state;
    add_video();
    client_answers(VIDEO_WEB_REFUSES);
    EXPECT(&desk, REFUSED);
    expect_refused_with("refused");
}

static void added_video_that_the_client_cannot_take_leaves_the_call(void **state)
{
    (void)state;
    add_video();
    client_answers(NULL);
    EXPECT(&desk, REFUSED);
    expect_refused_with("could not take");
}

static void an_answer_that_makes_no_sense_is_refused_and_leaves_the_call(void **state)
{
    (void)state;
    add_video();
    client_answers("v=0\r\nm=nonsense\r\n");
    EXPECT(&desk, "> fail ErrorStatusEvent bad_client_sdp\n" REFUSED);
    expect_refused_with("could not take");
}

static void added_video_waits_for_a_bounded_time(void **state)
{
    (void)state;
    add_video();
    desk_wait(&desk, ZV_SECONDS(4));
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(2));
    EXPECT(&desk, REFUSED);
    /* Who never answers is asked nothing more, and nobody waits for it. */
    reinvite(VIDEO_SIP("3", "20020"), REFUSED);
    expect_refused_with("in time");
}

static void an_answer_that_comes_too_late_is_taken_back(void **state)
{
    (void)state;
    add_video();
    desk_wait(&desk, ZV_SECONDS(6));
    EXPECT(&desk, REFUSED);
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "MEDIA_CODECS\n> zvUpdate offer\n");
    assert_true(says(desk.web_sdp, "m=video 0 "));
    client_answers(VIDEO_WEB_REFUSES);
    EXPECT(&desk, "MEDIA_CODECS\n");
    /* And all is ready for another try. */
    reinvite(VIDEO_SIP("3", "20020"), "> zvUpdate offer\n");
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS);
    desk_end_all(&desk);
}

static void a_request_meanwhile_is_told_to_come_again(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP("2", "20020"), "MEDIA_OPEN_VIDEO\n");
    reinvite(DESK_SIP_PCMA "a=inactive\r\n", "SIP_REPLY_OFFER 491\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate offer\n");
    reinvite("", "SIP_REPLY_OFFER 491\n");
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS);
    desk_end_all(&desk);
}

static void without_a_port_added_video_is_refused(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP("2", "20020"), "MEDIA_OPEN_VIDEO\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_UPDATE_FAILED);
    EXPECT(&desk, REFUSED);
    expect_refused_with("port");
}

static void who_cannot_follow_is_not_asked(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        desk_open_with(&desk, (struct zv_switch_cfg){.has_video = i != 0});
        desk.can_reoffer = i != 1;
        desk.can_resume = true;
        video_active_audio(&desk);
        if (i == 2)
            desk_lost(&desk);
        desk_forget(&desk);
        reinvite(VIDEO_SIP("2", "20020"), REFUSED);
        assert_true(says(desk.sip_sdp, "m=video 0 "));
        desk_end_all(&desk);
        desk.can_resume = false;
    }
}

/* A session timer's refresh names the refused video again, under the same o=. */
static void video_that_was_refused_is_not_offered_at_each_refresh(void **state)
{
    (void)state;
    add_video();
    client_answers(VIDEO_WEB_REFUSES);
    EXPECT(&desk, REFUSED);
    reinvite(VIDEO_SIP("2", "20020"), "SIP_REPLY_OFFER 200\nMEDIA_CODECS\n");
    reinvite(VIDEO_SIP("2", "20020") "a=x\r\n", REFUSED);
    reinvite(VIDEO_SIP("3", "20020"), "> zvUpdate offer\n");
    desk_end_all(&desk);
}

static void added_video_that_we_cannot_relay_is_refused_at_once(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP_HEAD("2") VIDEO_SIP_AUDIO "m=video 20020 RTP/AVP 34\r\n"
                                                 "a=rtpmap:34 H263/90000\r\n",
             REFUSED);
    desk_end_all(&desk);
}

static void an_offer_with_wrong_sound_asks_nobody_for_video(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP_HEAD("2") "m=audio 20010 RTP/AVP 18\r\n" VIDEO_SIP_PICTURE("20020"),
             "SIP_REPLY_OFFER 488\n");
    desk_end_all(&desk);
}

static void an_offer_that_is_taken_back_gets_no_answer(void **state)
{
    (void)state;
    add_video();
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER_WITHDRAWN, (struct zv_in_sip){0});
    EXPECT(&desk, "");
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "MEDIA_CODECS\n> zvUpdate offer\n");
    assert_true(says(desk.web_sdp, "m=video 0 "));
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER_WITHDRAWN, (struct zv_in_sip){0});
    EXPECT(&desk, "");
    desk_end_all(&desk);
    /* And while its port is being opened. */
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP("2", "20020"), "MEDIA_OPEN_VIDEO\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER_WITHDRAWN, (struct zv_in_sip){0});
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "");
    reinvite(VIDEO_SIP("3", "20020"), "> zvUpdate offer\n");
    desk_end_all(&desk);
}

static void a_call_that_ends_meanwhile_leaves_nothing(void **state)
{
    (void)state;
    add_video();
    desk_sip(&desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_BYE});
    EXPECT(&desk, "> finish FINISH 200 normal\nMEDIA_CLOSE\n");
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "> fail ErrorStatusEvent no_such_call\n");
    desk_end_all(&desk);
}

/* ---- offers that cross ---- */

#define RESTARTED_OFFER                                                                            \
    "v=0\r\no=- 1 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"                      \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126\r\n" DESK_WEB_TAIL                                    \
    "a=setup:actpass\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\n"

#define RESTART "MEDIA_WEB_RESTART\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n"

/* Which is made again, while the SIP side waits as long as it would have. */
static void the_answer_to_the_clients_offer_makes_ours_void(void **state)
{
    (void)state;
    add_video();
    desk_update(&desk, "c1", RESTARTED_OFFER, false);
    EXPECT(&desk, RESTART);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate restart\n> zvUpdate offer\n");
    client_answers(NULL); /* of the void one */
    EXPECT(&desk, "");
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS);
    assert_int_equal(stale_inputs(), 0);
    desk_end_all(&desk);
}

static void the_wait_is_bounded_whatever_crosses(void **state)
{
    (void)state;
    add_video();
    for (int i = 0; i < 3; i++) {
        desk_wait(&desk, ZV_SECONDS(1));
        desk_update(&desk, "c1", RESTARTED_OFFER, false);
        desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
        client_answers(NULL);
        EXPECT(&desk, RESTART "> zvUpdate restart\n> zvUpdate offer\n");
    }
    desk_wait(&desk, ZV_SECONDS(3));
    EXPECT(&desk, REFUSED);
    expect_refused_with("in time");
}

static void ours_stays_where_the_clients_offer_is_refused(void **state)
{
    (void)state;
    add_video();
    desk_update(&desk, "c1", RESTARTED_OFFER, false);
    desk_media(&desk, ZV_CALL_IN_MEDIA_UPDATE_FAILED);
    EXPECT(&desk, RESTART "> fail ErrorStatusEvent media_setup\n");
    client_answers(VIDEO_WEB_ANSWER);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS);
    desk_end_all(&desk);
}

static void ours_is_made_after_the_clients_that_came_while_the_port_was_opened(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    reinvite(VIDEO_SIP("2", "20020"), "MEDIA_OPEN_VIDEO\n");
    desk_update(&desk, "c1", RESTARTED_OFFER, false);
    EXPECT(&desk, RESTART);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY); /* of the port */
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate restart\n> zvUpdate offer\n");
    desk_end_all(&desk);
}

/* Who was away has no rollbacks of before to send. */
static void a_client_that_returns_owes_no_rollback(void **state)
{
    (void)state;
    video_open(&desk);
    desk.can_resume = true;
    video_active(&desk);
    reinvite(VIDEO_SIP_REFUSED("2"), "SIP_REPLY_OFFER 200\n" VIDEO_GONE "> zvUpdate offer\n");
    desk_update(&desk, "c1", VIDEO_WEB_OFFER, false);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, RESTART "> zvUpdate restart\n> zvUpdate offer\n");
    desk_lost(&desk);
    desk_return(&desk, 7);
    desk_forget(&desk);
    client_answers(NULL);
    EXPECT(&desk, "");
    client_answers(VIDEO_WEB_REFUSES);
    assert_int_equal(stale_inputs(), 1); /* the rollback was of the last one */
    desk_end_all(&desk);
}

static void video_added_while_the_clients_offer_is_open_comes_again(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    desk_update(&desk, "c1", RESTARTED_OFFER, false);
    EXPECT(&desk, "MEDIA_WEB_RESTART\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
    reinvite(VIDEO_SIP("2", "20020"), "SIP_REPLY_OFFER 491\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate restart\n");
    reinvite(VIDEO_SIP("2", "20020"), "MEDIA_OPEN_VIDEO\n");
    desk_end_all(&desk);
}

static void what_was_dropped_while_the_clients_offer_is_open_is_told_after_it(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    desk_update(&desk, "c1", VIDEO_WEB_OFFER, false);
    EXPECT(&desk, "MEDIA_WEB_RESTART\nMEDIA_WEB_REMOTE\nMEDIA_CODECS\n");
    reinvite(VIDEO_SIP_REFUSED("2"), "SIP_REPLY_OFFER 200\n" VIDEO_GONE);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate restart\n> zvUpdate offer\n");
    desk_end_all(&desk);
}

/* ---- the client's own offers ---- */

static void a_restart_and_a_reload_carry_both_media(void **state)
{
    (void)state;
    for (int is_reload = 0; is_reload < 2; is_reload++) {
        video_open(&desk);
        video_active(&desk);
        desk_update(&desk, "c1", VIDEO_WEB_OFFER, is_reload);
        desk_forget(&desk);
        desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
        EXPECT(&desk, is_reload ? "> zvUpdate reload\n" : "> zvUpdate restart\n");
        assert_true(says(desk.web_sdp, "m=video "));
        assert_false(says(desk.web_sdp, "m=video 0 "));
        desk_media(&desk, ZV_CALL_IN_MEDIA_ICE_CONNECTED);
        if (is_reload)
            desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
        EXPECT(&desk, VIDEO_ASKS);
        desk_end_all(&desk);
    }
}

static void a_client_that_returns_without_its_camera_has_an_audio_call(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    desk_update(&desk, "c1", DESK_WEB_OFFER, true);
    EXPECT(&desk, "MEDIA_WEB_RENEW\nMEDIA_WEB_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> zvUpdate reload\n");
    assert_false(says(desk.web_sdp, "m=video"));
    desk_end_all(&desk);
}

/* ---- key frames ---- */

static void key_frames_are_asked_for_by_info(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_KEYFRAME, (struct zv_in_sip){0});
    EXPECT(&desk, "MEDIA_ASK_KEYFRAME client\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_KEYFRAME_WANTED);
    EXPECT(&desk, "SIP_ASK_KEYFRAME\n");
    reinvite(VIDEO_SIP_HELD("2"), "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\n"
                                  "MEDIA_FLOW 0 1\nMEDIA_CODECS\n> hold HOLD video\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_KEYFRAME, (struct zv_in_sip){0});
    desk_media(&desk, ZV_CALL_IN_MEDIA_KEYFRAME_WANTED);
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void without_video_nobody_asks_for_key_frames(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_KEYFRAME, (struct zv_in_sip){0});
    desk_media(&desk, ZV_CALL_IN_MEDIA_KEYFRAME_WANTED);
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

/* ---- silence ---- */

static void silent(enum zv_call_leg leg)
{
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, leg, desk.now_us);
}

static void a_picture_keeps_a_call_alive(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    silent(ZV_CALL_LEG_SIP);
    desk_wait(&desk, ZV_SECONDS(600));
    EXPECT(&desk, "");
    silent(ZV_CALL_LEG_VIDEO); /* now nothing comes */
    desk_wait(&desk, ZV_SECONDS(29));
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(2));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media video\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_picture_that_does_not_come_ends_no_call(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    silent(ZV_CALL_LEG_VIDEO);
    desk_wait(&desk, ZV_SECONDS(3600));
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

/* ---- returns ---- */

static void a_client_that_returns_is_told_of_the_video(void **state)
{
    (void)state;
    video_open(&desk);
    desk.can_resume = true;
    video_active(&desk);
    struct zv_call_in in = desk_connect_input();
    desk_lost(&desk);
    char token[sizeof(desk.token)];
    memcpy(token, desk.token, sizeof(token));
    in.u.connect.conn.v = desk.conn + 1;
    in.u.connect.auth_token = zv_str(token);
    in.u.connect.can_resume = true;
    assert_int_equal(zv_switch_input(desk.sw, &in, desk.now_us), 0);
    struct zv_call_cmd cmd;
    bool was_told = false;
    while (zv_switch_poll(desk.sw, &cmd) != ZV_CALL_CMD_NONE) {
        if (cmd.kind == ZV_CALL_CMD_CLIENT_EVENT && cmd.u.client.message == ZV_MSG_RESUMED) {
            assert_int_equal(cmd.u.client.call_count, 1);
            was_told = cmd.u.client.calls[0].has_video && cmd.u.client.calls[0].has_audio;
        }
    }
    assert_true(was_told);
    desk.conn++;
    desk.can_resume = false;
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(hold_stops_both_media_and_its_end_asks_for_key_frames),
    cmocka_unit_test(one_way_of_video_may_stop_alone),
    cmocka_unit_test(video_that_moves_is_followed_and_begins_with_a_key_frame),
    cmocka_unit_test(a_refresh_changes_nothing),
    cmocka_unit_test(a_reinvite_without_offer_gets_both_media),
    cmocka_unit_test(dropped_video_stops_and_a_client_that_can_follow_is_told),
    cmocka_unit_test(dropped_video_of_another_client_comes_back_without_a_word),
    cmocka_unit_test(a_client_that_does_not_let_video_go_is_asked_once),
    cmocka_unit_test(added_video_waits_for_the_client),
    cmocka_unit_test(added_video_that_the_client_refuses_leaves_the_call),
    cmocka_unit_test(added_video_that_the_client_cannot_take_leaves_the_call),
    cmocka_unit_test(an_answer_that_makes_no_sense_is_refused_and_leaves_the_call),
    cmocka_unit_test(added_video_waits_for_a_bounded_time),
    cmocka_unit_test(an_answer_that_comes_too_late_is_taken_back),
    cmocka_unit_test(a_request_meanwhile_is_told_to_come_again),
    cmocka_unit_test(without_a_port_added_video_is_refused),
    cmocka_unit_test(who_cannot_follow_is_not_asked),
    cmocka_unit_test(video_that_was_refused_is_not_offered_at_each_refresh),
    cmocka_unit_test(added_video_that_we_cannot_relay_is_refused_at_once),
    cmocka_unit_test(an_offer_with_wrong_sound_asks_nobody_for_video),
    cmocka_unit_test(an_offer_that_is_taken_back_gets_no_answer),
    cmocka_unit_test(a_call_that_ends_meanwhile_leaves_nothing),
    cmocka_unit_test(the_answer_to_the_clients_offer_makes_ours_void),
    cmocka_unit_test(the_wait_is_bounded_whatever_crosses),
    cmocka_unit_test(ours_stays_where_the_clients_offer_is_refused),
    cmocka_unit_test(ours_is_made_after_the_clients_that_came_while_the_port_was_opened),
    cmocka_unit_test(a_client_that_returns_owes_no_rollback),
    cmocka_unit_test(video_added_while_the_clients_offer_is_open_comes_again),
    cmocka_unit_test(what_was_dropped_while_the_clients_offer_is_open_is_told_after_it),
    cmocka_unit_test(a_restart_and_a_reload_carry_both_media),
    cmocka_unit_test(a_client_that_returns_without_its_camera_has_an_audio_call),
    cmocka_unit_test(key_frames_are_asked_for_by_info),
    cmocka_unit_test(without_video_nobody_asks_for_key_frames),
    cmocka_unit_test(a_picture_keeps_a_call_alive),
    cmocka_unit_test(a_picture_that_does_not_come_ends_no_call),
    cmocka_unit_test(a_client_that_returns_is_told_of_the_video),
};
ZV_TEST_MAIN(tests)
