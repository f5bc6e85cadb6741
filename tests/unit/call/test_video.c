/* Video as a call begins: offered, taken, refused, on both sides. */
#include "unit/call/video.h"

static struct desk desk;

static void answer(const char *sdp)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED, (struct zv_in_sip){.status = 200, .sdp = zv_str(sdp)});
}

static bool offers(const char *sdp, const char *line)
{
    return strstr(sdp, line) != NULL;
}

/* ---- outgoing ---- */

static void outgoing_video_is_offered_and_agreed_on(void **state)
{
    (void)state;
    video_open(&desk);
    desk_connect(&desk);
    desk_call_with(&desk, "c1", "1002", VIDEO_WEB_OFFER);
    EXPECT(&desk, "> notifyTryingResponse TRYING video\nMEDIA_CREATE video\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nSIP_INVITE 1002\n");
    assert_true(offers(desk.sip_sdp, "m=video 12002 RTP/AVP "));
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    EXPECT(&desk, "> ring RING 180 video\n");
    answer(VIDEO_SIP("1", "20020"));
    EXPECT(&desk, VIDEO_REMOTES "> setRemoteSDP answer\n> talk ESTABLISHED 200 video\n" VIDEO_ASKS);
    assert_int_equal(desk.video_remote.rtp.port, 20020);
    assert_int_equal(desk.video_remote.rtcp.port, 20021);
    assert_int_equal(desk.sip_remote.rtp.port, 20010);
    assert_int_equal(zv_video_plan_committed(&desk.plan.video)->kind, ZV_CODEC_H264);
    assert_true(offers(desk.web_sdp, "m=video "));
    assert_false(offers(desk.web_sdp, "m=video 0 "));
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 normal video\nMEDIA_CLOSE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_int_equal(desk.ended.video, ZV_CODEC_H264);
    assert_null(desk.ended.no_video);
    desk_end_all(&desk);
}

static void video_that_the_sip_side_refuses_leaves_an_audio_call(void **state)
{
    (void)state;
    static const char *const answers[] = {
        VIDEO_SIP_REFUSED("1"),
        VIDEO_SIP_HEAD("1") VIDEO_SIP_AUDIO, /* against RFC 3264 §6, and seen */
        VIDEO_SIP_HEAD("1") VIDEO_SIP_AUDIO
        "m=video 20020 RTP/AVP 34\r\na=rtpmap:34 H263/90000\r\n",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(answers); i++) {
        video_open(&desk);
        video_trying(&desk);
        answer(answers[i]);
        EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"
                      "> setRemoteSDP answer\n> talk ESTABLISHED 200\n");
        assert_true(offers(desk.web_sdp, "m=video 0 "));
        desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
        desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
        assert_int_equal(desk.ended.video, ZV_CODEC_NONE);
        assert_non_null(desk.ended.no_video);
        desk_end_all(&desk);
    }
}

static void without_a_port_or_with_video_off_the_call_is_one_of_audio(void **state)
{
    (void)state;
    for (int is_off = 0; is_off < 2; is_off++) {
        desk_open_with(&desk, (struct zv_switch_cfg){.has_video = !is_off});
        desk_connect(&desk);
        desk_call_with(&desk, "c1", "1002", VIDEO_WEB_OFFER);
        EXPECT(&desk, is_off ? "> notifyTryingResponse TRYING\nMEDIA_CREATE\n"
                             : "> notifyTryingResponse TRYING video\nMEDIA_CREATE video\n");
        desk.has_video_port = false;
        desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
        assert_false(offers(desk.sip_sdp, "m=video"));
        desk_forget(&desk);
        answer(DESK_SIP_PCMA);
        EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"
                      "> setRemoteSDP answer\n> talk ESTABLISHED 200\n");
        assert_true(offers(desk.web_sdp, "m=video 0 "));
        desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
        desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
        assert_non_null(strstr(desk.ended.no_video, is_off ? "video.enabled" : "port"));
        desk_end_all(&desk);
    }
}

static void a_later_answer_without_video_stops_it_and_sound_goes_on(void **state)
{
    (void)state;
    video_open(&desk);
    video_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(VIDEO_SIP("1", "20020"))});
    EXPECT(&desk, VIDEO_REMOTES "> setRemoteSDP answer\n> ring SESSION_PROGRESS 183 video\n");
    answer("v=0\r\no=- 9 1 IN IP4 192.0.2.30\r\nc=IN IP4 192.0.2.30\r\n" VIDEO_SIP_AUDIO
           "m=video 0 RTP/AVP 99\r\n");
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"
                  "> talk ESTABLISHED 200\n> zvUpdate offer\n");
    assert_int_equal(desk.sip_remote.rtp.ip[3], 30);
    assert_true(offers(desk.web_sdp, "m=video 0 "));
    desk_end_all(&desk);
}

static void bandwidth_that_the_client_names_is_told_to_the_sip_side(void **state)
{
    (void)state;
    struct zv_switch_stats stats;
    video_open(&desk);
    desk_connect(&desk);
    desk_input(&desk,
               &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_CALL,
                                    .u.call = {.conn = {desk.conn},
                                               .call_id = zv_str("c1"),
                                               .callee = zv_str("1002"),
                                               .sdp = zv_str(VIDEO_WEB_OFFER),
                                               .bandwidth = {.as_kbps = 700, .dropped = 2}}});
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    assert_true(offers(desk.sip_sdp, "b=AS:700\r\n"));
    zv_switch_stats(desk.sw, &stats);
    assert_int_equal(stats.sdp_lines_dropped, 2);
    desk_end_all(&desk);
}

/* ---- incoming ---- */

static void ring_with_video(void)
{
    video_open(&desk);
    desk_connect(&desk);
    desk_incoming(&desk, VIDEO_SIP("1", "20020"));
    EXPECT(&desk, "MEDIA_CREATE video\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> setRemoteSDP offer\n> notifyIncomingCall RING video\n> ring RING video\n"
                  "SIP_RING\n");
    assert_true(offers(desk.web_sdp, "m=video "));
}

static void incoming_video_is_answered_with_video(void **state)
{
    (void)state;
    ring_with_video();
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, VIDEO_WEB_ANSWER);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\n" VIDEO_REMOTES);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    EXPECT(&desk, "SIP_ACCEPT\n");
    assert_true(offers(desk.sip_sdp, "m=video 12002 RTP/AVP 99\r\n"));
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    EXPECT(&desk, "> talk ESTABLISHED 200 video\n" VIDEO_ASKS);
    desk_end_all(&desk);
}

static void incoming_video_may_be_watched_only(void **state)
{
    (void)state;
    ring_with_video();
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, VIDEO_WEB_WATCHES);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nMEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\n"
                  "MEDIA_FLOW 1 1 video 0 1\nMEDIA_CODECS\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    assert_true(offers(desk.sip_sdp, "a=recvonly\r\n"));
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    EXPECT(&desk, "> talk ESTABLISHED 200 video\nMEDIA_ASK_KEYFRAME sip\n");
    desk_end_all(&desk);
}

static void incoming_video_is_answered_without(void **state)
{
    (void)state;
    ring_with_video();
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, VIDEO_WEB_REFUSES);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    assert_true(offers(desk.sip_sdp, "m=video 0 RTP/AVP"));
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    EXPECT(&desk, "> talk ESTABLISHED 200\n");
    desk_end_all(&desk);
}

static void incoming_video_where_it_is_off_is_refused_and_the_call_rings(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    desk_incoming(&desk, VIDEO_SIP("1", "20020"));
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "MEDIA_CREATE\n> setRemoteSDP offer\n> notifyIncomingCall RING\n> ring RING\n"
                  "SIP_RING\n");
    assert_false(offers(desk.web_sdp, "m=video"));
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, DESK_WEB_ANSWER);
    assert_string_equal(desk.state, "IN_ANSWERING");
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    assert_true(offers(desk.sip_sdp, "m=video 0 RTP/AVP"));
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(outgoing_video_is_offered_and_agreed_on),
    cmocka_unit_test(video_that_the_sip_side_refuses_leaves_an_audio_call),
    cmocka_unit_test(without_a_port_or_with_video_off_the_call_is_one_of_audio),
    cmocka_unit_test(a_later_answer_without_video_stops_it_and_sound_goes_on),
    cmocka_unit_test(bandwidth_that_the_client_names_is_told_to_the_sip_side),
    cmocka_unit_test(incoming_video_is_answered_with_video),
    cmocka_unit_test(incoming_video_may_be_watched_only),
    cmocka_unit_test(incoming_video_is_answered_without),
    cmocka_unit_test(incoming_video_where_it_is_off_is_refused_and_the_call_rings),
};
ZV_TEST_MAIN(tests)
