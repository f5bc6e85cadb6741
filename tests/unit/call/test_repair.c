/* An offer that the SIP side refuses is repaired and tried once more; who is refused again is told
 * which part it was. */
#include "video.h"

#include "base/alloc.h"

static struct desk desk;

static void refuse(int status, int warning, const char *sdp)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_ENDED,
             (struct zv_in_sip){.end = ZV_SIP_END_REJECTED,
                                .status = status,
                                .refusal.warning = warning,
                                .sdp = zv_str(sdp),
                                .refusal.again = zv_str("id tag 1")});
}

static void call_with_video(void)
{
    video_open(&desk);
    desk_connect(&desk);
    desk_call_with(&desk, "c1", "1002", VIDEO_WEB_OFFER);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    assert_non_null(strstr(desk.sip_sdp, "m=video"));
    desk_forget(&desk);
}

static void video_that_is_refused_is_left_out_and_the_call_goes_on(void **state)
{
    (void)state;
    call_with_video();
    refuse(488, 304, NULL);
    EXPECT(&desk, "SIP_INVITE 1002\n");
    assert_string_equal(desk.again, "id tag 1");
    assert_string_equal(desk.state, "OUT_TRYING");
    assert_null(strstr(desk.sip_sdp, "m=video"));
    assert_non_null(strstr(desk.sip_sdp, "opus/48000/2"));
    assert_non_null(strstr(desk.sip_sdp, " 2 IN IP4 ")); /* another version in o= */
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> setRemoteSDP answer\n"
                  "> talk ESTABLISHED 200\n");
    assert_non_null(strstr(desk.web_sdp, "m=video 0 "));
    desk_end_all(&desk);
}

static void who_rings_and_then_refuses_is_called_again(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_out(&desk);
    refuse(606, 305, NULL);
    EXPECT(&desk, "SIP_INVITE 1002\n");
    assert_null(strstr(desk.sip_sdp, "opus"));
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    EXPECT(&desk, ""); /* the client has heard that it rings */
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void a_second_refusal_is_the_last_word_and_names_the_part(void **state)
{
    (void)state;
    call_with_video();
    refuse(488, 304, NULL);
    desk_forget(&desk);
    refuse(488, 307, NULL);
    EXPECT(&desk, "> finish FAILED 488 offer_refused\nMEDIA_CLOSE\n");
    assert_string_equal(desk.text, "the far end refused a part of what was offered: an attribute "
                                   "(SIP Warning 307)");
    desk_end_all(&desk);
}

static void where_nothing_is_known_the_plainest_offer_is_tried(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    assert_non_null(strstr(desk.sip_sdp, "opus"));
    refuse(488, 0, NULL);
    EXPECT(&desk, "SIP_INVITE 1002\n");
    assert_non_null(strstr(desk.sip_sdp, " RTP/AVP 0 8 101\r\n"));
    refuse(488, 0, NULL);
    EXPECT(&desk, "> finish FAILED 488 no_common_codec\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void required_srtp_is_never_repaired_into_plain_rtp(void **state)
{
    static const int warnings[] = {0, 302, 306, 305, 304, 307, 399};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(warnings); i++) {
        desk_open_with(&desk,
                       (struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_REQUIRED});
        desk_trying(&desk);
        refuse(488, warnings[i], NULL);
        assert_non_null(strstr(desk.sip_sdp, " RTP/SAVP "));
        assert_non_null(strstr(desk.sip_sdp, "a=crypto:"));
        desk_end_all(&desk);
    }
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_REQUIRED});
    desk_trying(&desk);
    refuse(488, 0, DESK_SIP_PCMA);
    EXPECT(&desk, "> finish FAILED 488 srtp_required\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_far_end_that_encrypts_is_offered_that_where_it_may_be(void **state)
{
#define SECURE DESK_SIP_HEAD "m=audio 9 RTP/SAVP 0 8 111\r\na=rtpmap:111 opus/48000/2\r\n"
    (void)state;
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_OPTIONAL});
    desk_trying(&desk);
    refuse(488, 0, SECURE);
    EXPECT(&desk, "SIP_INVITE 1002\n");
    assert_non_null(strstr(desk.sip_sdp, " RTP/SAVP "));
    desk_end_all(&desk);
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks.defaults.srtp = ZV_SRTP_POLICY_OPTIONAL});
    desk_trying(&desk);
    refuse(488, 0, NULL); /* keys beside RTP/AVP were not enough for it */
    EXPECT(&desk, "SIP_INVITE 1002\n");
    assert_non_null(strstr(desk.sip_sdp, " RTP/SAVP "));
    assert_non_null(strstr(desk.sip_sdp, "a=crypto:"));
    desk_end_all(&desk);
    desk_open(&desk);
    desk_trying(&desk);
    refuse(488, 0, SECURE);
    EXPECT(&desk, "> finish FAILED 488 srtp_off\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_far_end_that_reads_no_description_is_told_so(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(
        &desk, ZV_CALL_IN_SIP_ENDED,
        (struct zv_in_sip){.end = ZV_SIP_END_REJECTED, .status = 415, .refusal.refuses_sdp = true});
    EXPECT(&desk, "> finish FAILED 415 offer_refused\nMEDIA_CLOSE\n");
    assert_string_equal(desk.text, "the far end takes no session description of any kind");
    desk_end_all(&desk);
}

/* Its one description was made for the first offer. */
static void a_client_that_has_its_answer_is_not_called_for_again(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_forget(&desk);
    refuse(488, 0, NULL);
    EXPECT(&desk, "> finish FAILED 488 no_common_codec\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_repaired_call_can_be_cancelled_and_times_out_like_any(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    refuse(488, 0, NULL);
    desk_forget(&desk);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH cancelled\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
    desk_open(&desk);
    desk_trying(&desk);
    desk_wait(&desk, ZV_SECONDS(30));
    refuse(488, 0, NULL);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(1));
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(1));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED sip_timeout\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(video_that_is_refused_is_left_out_and_the_call_goes_on),
    cmocka_unit_test(who_rings_and_then_refuses_is_called_again),
    cmocka_unit_test(a_second_refusal_is_the_last_word_and_names_the_part),
    cmocka_unit_test(where_nothing_is_known_the_plainest_offer_is_tried),
    cmocka_unit_test(required_srtp_is_never_repaired_into_plain_rtp),
    cmocka_unit_test(a_far_end_that_encrypts_is_offered_that_where_it_may_be),
    cmocka_unit_test(a_far_end_that_reads_no_description_is_told_so),
    cmocka_unit_test(a_client_that_has_its_answer_is_not_called_for_again),
    cmocka_unit_test(a_repaired_call_can_be_cancelled_and_times_out_like_any),
};
ZV_TEST_MAIN(tests)
