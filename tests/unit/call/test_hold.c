/* Hold by the client, by the SIP side, by both, and what may come between. */
#include "unit/call/video.h"

static struct desk desk;

#define SIP(version, direction)                                                                    \
    "v=0\r\no=- 1 " version " IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"        \
    "m=audio 20010 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=" direction "\r\n"
#define MEDIA(flow) "MEDIA_SIP_REMOTE\nMEDIA_FLOW " flow "\nMEDIA_CODECS\n"
#define HELD        "> hold HOLD\n"
#define TALKS       "> talk ESTABLISHED 200\n"
#define REFUSED     "> fail ErrorStatusEvent hold_refused\n"

static bool says(const char *line)
{
    return strstr(desk.sip_sdp, line) != NULL;
}

static void client_wants(bool is_hold)
{
    desk_client(&desk, is_hold ? ZV_CALL_IN_CLIENT_HOLD : ZV_CALL_IN_CLIENT_UNHOLD, desk.call_id,
                NULL);
}

/* The end of our re-INVITE. */
static void answer(int status, const char *sdp)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_REOFFER_DONE,
             (struct zv_in_sip){.status = status, .sdp = zv_str(sdp)});
}

static void reinvite(const char *sdp)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(sdp)});
}

static void hold_it(void)
{
    client_wants(true);
    answer(200, SIP("2", "recvonly"));
    desk_forget(&desk);
}

static unsigned version_of(const char *sdp)
{
    unsigned version = 0;
    const char *origin = strstr(sdp, "o=- ");
    assert_non_null(origin);
    assert_int_equal(sscanf(origin, "o=- %*u %u", &version), 1);
    return version;
}

static void begin(void)
{
    desk_open(&desk);
    desk_active(&desk);
}

/* ---- one side ---- */

static void the_client_holds_the_call_and_takes_it_back(void **state)
{
    (void)state;
    begin();
    unsigned before = version_of(desk.sip_sdp);
    client_wants(true);
    EXPECT(&desk, "SIP_REOFFER\n");
    assert_true(says("a=sendonly\r\n") && says("m=audio 12000 RTP/AVP 8"));
    assert_int_equal(version_of(desk.sip_sdp), before + 1);
    answer(200, SIP("2", "recvonly"));
    EXPECT(&desk, MEDIA("0 1") HELD);
    client_wants(false);
    EXPECT(&desk, "SIP_REOFFER\n");
    assert_true(says("a=sendrecv\r\n"));
    assert_int_equal(version_of(desk.sip_sdp), before + 2);
    answer(200, SIP("3", "sendrecv"));
    EXPECT(&desk, MEDIA("1 1") TALKS);
    desk_end_all(&desk);
}

static void an_incoming_call_is_held_alike(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_confirming(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    EXPECT(&desk, TALKS);
    client_wants(true);
    EXPECT(&desk, "SIP_REOFFER\n");
    assert_true(says("a=sendonly\r\n") && says("RTP/AVP 0"));
    answer(200, DESK_SIP_PCMU "a=recvonly\r\n");
    EXPECT(&desk, MEDIA("0 1") HELD);
    desk_end_all(&desk);
}

static void a_hold_again_is_answered_without_a_reinvite(void **state)
{
    (void)state;
    begin();
    client_wants(false);
    EXPECT(&desk, TALKS);
    hold_it();
    client_wants(true);
    EXPECT(&desk, HELD);
    desk_end_all(&desk);
}

static void only_the_last_word_of_the_client_counts(void **state)
{
    (void)state;
    begin();
    client_wants(true);
    client_wants(false);
    client_wants(true);
    client_wants(false);
    EXPECT(&desk, "SIP_REOFFER\n");
    answer(200, SIP("2", "recvonly"));
    EXPECT(&desk, MEDIA("0 1") "SIP_REOFFER\n");
    assert_true(says("a=sendrecv\r\n"));
    answer(200, SIP("3", "sendrecv"));
    EXPECT(&desk, MEDIA("1 1") TALKS);
    desk_end_all(&desk);
}

static void an_answer_of_old_words_or_none_is_a_consent(void **state)
{
    (void)state;
    begin();
    client_wants(true);
    answer(200, DESK_SIP_PCMA); /* as it was: sendrecv, o= and all */
    EXPECT(&desk, "SIP_REOFFER\n" MEDIA("0 1") HELD);
    client_wants(false);
    answer(200, NULL);
    EXPECT(&desk, "SIP_REOFFER\n" MEDIA("1 1") TALKS);
    desk_end_all(&desk);
}

static void a_refused_hold_leaves_the_call_as_it_was(void **state)
{
    (void)state;
    begin();
    client_wants(true);
    unsigned refused = version_of(desk.sip_sdp);
    answer(488, NULL);
    EXPECT(&desk, "SIP_REOFFER\n" TALKS REFUSED);
    client_wants(true); /* it may be tried again, under a number that was not used yet */
    assert_int_equal(version_of(desk.sip_sdp), refused + 1);
    answer(200, SIP("2", "recvonly"));
    EXPECT(&desk, "SIP_REOFFER\n" MEDIA("0 1") HELD);
    client_wants(false);
    answer(491, NULL); /* the stack's rounds are over */
    EXPECT(&desk, "SIP_REOFFER\n" HELD REFUSED);
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void after_a_refused_hold_the_sip_side_comes_back_without_an_offer(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(SIP("1", "sendonly"))});
    client_wants(true); /* both would: inactive */
    answer(488, NULL);
    reinvite(NULL); /* what we said at first stands: sendrecv */
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED,
             (struct zv_in_sip){.sdp = zv_str(SIP("2", "sendrecv"))});
    EXPECT(&desk, MEDIA("1 1") TALKS);
    desk_end_all(&desk);
}

static void a_refused_hold_that_nobody_wants_any_more_is_no_failure(void **state)
{
    (void)state;
    begin();
    client_wants(true);
    client_wants(false);
    answer(500, NULL);
    EXPECT(&desk, "SIP_REOFFER\n" TALKS);
    desk_end_all(&desk);
}

static void an_answer_that_cannot_be_used_ends_the_call(void **state)
{
    (void)state;
    begin();
    client_wants(true);
    answer(200, DESK_SIP_G729);
    EXPECT(&desk, "SIP_REOFFER\nSIP_HANGUP\n> finish FAILED 200 no_common_codec\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

/* ---- both sides ---- */

static void both_hold_and_the_client_comes_back_first(void **state)
{
    (void)state;
    begin();
    reinvite(SIP("2", "sendonly"));
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" MEDIA("0 1") HELD);
    client_wants(true);
    EXPECT(&desk, "SIP_REOFFER\n");
    assert_true(says("a=inactive\r\n"));
    answer(200, SIP("3", "inactive"));
    EXPECT(&desk, MEDIA("0 1") HELD);
    client_wants(false);
    EXPECT(&desk, "SIP_REOFFER\n");
    assert_true(says("a=sendrecv\r\n")); /* what we want, not what they let us */
    answer(200, SIP("4", "sendonly"));
    EXPECT(&desk, MEDIA("0 1") HELD); /* by them */
    reinvite(SIP("5", "sendrecv"));
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" MEDIA("1 1") TALKS);
    desk_end_all(&desk);
}

static void both_hold_and_the_sip_side_comes_back_first(void **state)
{
    (void)state;
    begin();
    hold_it();
    reinvite(SIP("3", "sendonly"));
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" MEDIA("0 1")); /* held as before: no event */
    assert_true(says("a=inactive\r\n"));
    reinvite(SIP("4", "sendrecv"));
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" MEDIA("0 1"));
    assert_true(says("a=sendonly\r\n"));
    client_wants(false);
    answer(200, SIP("5", "sendrecv"));
    EXPECT(&desk, "SIP_REOFFER\n" MEDIA("1 1") TALKS);
    desk_end_all(&desk);
}

static void hold_of_old_and_a_first_answer_on_hold_are_told(void **state)
{
    (void)state;
    begin();
    reinvite("v=0\r\no=- 1 2 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
             "m=audio 20010 RTP/AVP 8\r\n");
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" MEDIA("0 1") HELD);
    desk_end_all(&desk);

    desk_open(&desk);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(SIP("1", "sendonly"))});
    EXPECT(&desk, MEDIA("0 1") "> setRemoteSDP answer\n" TALKS HELD);
    desk_end_all(&desk);
}

static void a_reinvite_without_offer_is_told_what_we_want(void **state)
{
    (void)state;
    begin();
    reinvite(SIP("2", "sendonly"));
    assert_true(says("a=recvonly\r\n"));
    reinvite(NULL); /* how some come back from hold */
    assert_true(says("a=sendrecv\r\n"));
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED,
             (struct zv_in_sip){.sdp = zv_str(SIP("3", "sendrecv"))});
    EXPECT(&desk, MEDIA("1 1") TALKS);
    hold_it();
    reinvite(NULL);
    assert_true(says("a=sendonly\r\n"));
    client_wants(false); /* waits for the answer in their ACK */
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED,
             (struct zv_in_sip){.sdp = zv_str(SIP("5", "recvonly"))});
    EXPECT(&desk, MEDIA("0 1") "SIP_REOFFER\n");
    assert_true(says("a=sendrecv\r\n"));
    desk_end_all(&desk);
}

/* ---- what may come between ---- */

static void an_offer_of_theirs_in_a_pause_of_ours_makes_ours_anew(void **state)
{
    (void)state;
    begin();
    client_wants(true);
    unsigned first = version_of(desk.sip_sdp);
    EXPECT(&desk, "SIP_REOFFER\n");
    reinvite(SIP("2", "sendonly")); /* 491 for both, and they were quicker */
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" MEDIA("0 1") HELD "SIP_REOFFER\n");
    assert_true(says("a=inactive\r\n"));
    assert_int_equal(version_of(desk.sip_sdp), first + 2);
    answer(200, SIP("3", "inactive"));
    EXPECT(&desk, MEDIA("0 1") HELD);
    desk_end_all(&desk);
}

static void a_hold_waits_while_the_client_is_asked_for_video(void **state)
{
    (void)state;
    video_open(&desk);
    video_active_audio(&desk);
    video_reinvite(&desk, VIDEO_SIP("2", "20020"));
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    desk_forget(&desk);
    client_wants(true);
    EXPECT(&desk, "");
    desk_client(&desk, ZV_CALL_IN_CLIENT_UPDATE_ANSWER, "c1", VIDEO_WEB_ANSWER);
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n" VIDEO_REMOTES VIDEO_ASKS "SIP_REOFFER\n");
    assert_true(says("a=sendonly\r\n"));
    desk_end_all(&desk);
}

static void a_hold_before_the_call_is_up_waits_or_is_refused(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_out(&desk);
    client_wants(true);
    EXPECT(&desk, "> fail ErrorStatusEvent bad_request\n");
    desk_end_all(&desk);

    desk_open(&desk);
    desk_confirming(&desk); /* for the client it is up */
    client_wants(true);
    EXPECT(&desk, "");
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    EXPECT(&desk, TALKS "SIP_REOFFER\n");
    desk_end_all(&desk);
}

static void silence_of_anybody_ends_no_held_call(void **state)
{
    (void)state;
    begin();
    hold_it();
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_WEB, desk.now_us);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk.now_us);
    desk_wait(&desk, ZV_SECONDS(3600));
    EXPECT(&desk, "");
    client_wants(false);
    answer(200, SIP("3", "sendrecv"));
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(29));
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(2));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void a_client_that_returns_finds_its_call_held(void **state)
{
    (void)state;
    desk_open(&desk);
    desk.can_resume = true;
    desk_active(&desk);
    client_wants(true);
    desk_lost(&desk);
    desk_forget(&desk);
    answer(200, SIP("2", "recvonly"));
    EXPECT(&desk, MEDIA("0 1") ">> hold HOLD\n");
    desk_return(&desk, 3);
    EXPECT(&desk, "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n"
                  "> zvResumed 3: c1 HOLD\n");
    desk.can_resume = false;
    desk_end_all(&desk);
}

static void video_is_held_with_the_sound_and_begins_with_key_frames(void **state)
{
    (void)state;
    video_open(&desk);
    video_active(&desk);
    client_wants(true);
    EXPECT(&desk, "SIP_REOFFER\n");
    const char *first = strstr(desk.sip_sdp, "a=sendonly\r\n");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "a=sendonly\r\n")); /* of both media */
    answer(200, VIDEO_SIP_HEAD("2") VIDEO_SIP_AUDIO
           "a=recvonly\r\n" VIDEO_SIP_PICTURE("20020") "a=recvonly\r\n");
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_SIP_REMOTE video\nMEDIA_FLOW 0 1\nMEDIA_CODECS\n"
                  "> hold HOLD video\n");
    client_wants(false);
    answer(200, VIDEO_SIP("3", "20020"));
    EXPECT(&desk, "SIP_REOFFER\n" VIDEO_REMOTES VIDEO_ASKS "> talk ESTABLISHED 200 video\n");
    desk_end_all(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_holds_the_call_and_takes_it_back),
        cmocka_unit_test(an_incoming_call_is_held_alike),
        cmocka_unit_test(a_hold_again_is_answered_without_a_reinvite),
        cmocka_unit_test(only_the_last_word_of_the_client_counts),
        cmocka_unit_test(an_answer_of_old_words_or_none_is_a_consent),
        cmocka_unit_test(a_refused_hold_leaves_the_call_as_it_was),
        cmocka_unit_test(after_a_refused_hold_the_sip_side_comes_back_without_an_offer),
        cmocka_unit_test(a_refused_hold_that_nobody_wants_any_more_is_no_failure),
        cmocka_unit_test(an_answer_that_cannot_be_used_ends_the_call),
        cmocka_unit_test(both_hold_and_the_client_comes_back_first),
        cmocka_unit_test(both_hold_and_the_sip_side_comes_back_first),
        cmocka_unit_test(hold_of_old_and_a_first_answer_on_hold_are_told),
        cmocka_unit_test(a_reinvite_without_offer_is_told_what_we_want),
        cmocka_unit_test(an_offer_of_theirs_in_a_pause_of_ours_makes_ours_anew),
        cmocka_unit_test(a_hold_waits_while_the_client_is_asked_for_video),
        cmocka_unit_test(a_hold_before_the_call_is_up_waits_or_is_refused),
        cmocka_unit_test(silence_of_anybody_ends_no_held_call),
        cmocka_unit_test(a_client_that_returns_finds_its_call_held),
        cmocka_unit_test(video_is_held_with_the_sound_and_begins_with_key_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
