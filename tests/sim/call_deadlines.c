/*
 * The real deadlines of sessions and calls under a fake clock: not a microsecond early, not one
 * late, and which of them hold only while the client's socket is up. Those of the states alone are
 * walked in tests/unit/call/test_states.c.
 */
#include "unit/call/desk.h"

static struct desk desk;

static void a_registration_has_32_seconds(void **state)
{
    (void)state;
    desk_open(&desk);
    struct zv_call_in in = desk_connect_input();
    desk_input(&desk, &in);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(32) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "> fail RegistrationStatusEvent sip_timeout\nSIP_UNREGISTER\n"
                  "SIP_ACCOUNT_REMOVE\n> close 1000\n");
    desk_close(&desk);
}

static void an_unanswered_invite_has_32_seconds_from_the_call(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    desk_call(&desk, "c1", "1002");
    desk_wait(&desk, ZV_SECONDS(4));
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY); /* a slow worker does not prolong it */
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 100});
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(28) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED sip_timeout\nMEDIA_CLOSE\n");
    assert_string_equal(desk.info, "Failed by request timeout");
    desk_wait(&desk, ZV_SECONDS(5)); /* the worker died too */
    EXPECT(&desk, "CALL_ENDED sip_timeout\n");
    desk_end_all(&desk);
}

static void ringing_has_180_seconds_out_and_60_in(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_out(&desk);
    desk_wait(&desk, ZV_SECONDS(100));
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    desk_wait(&desk, ZV_SECONDS(80) - 1); /* a repeated 180 prolongs nothing */
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED ring_timeout\nMEDIA_CLOSE\n");
    desk_end_all(&desk);

    desk_open(&desk);
    desk_ringing_in(&desk);
    desk_wait(&desk, ZV_SECONDS(60) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_REJECT 480\n> finish FINISH 480 no_answer\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void the_200_waits_for_dtls_at_most_one_and_a_half_seconds(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_answering(&desk);
    desk_wait(&desk, ZV_MS(1500) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_ACCEPT\n");
    desk_wait(&desk, ZV_MS(8500) - 1); /* 10 s from the client's answer to the ACK */
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED no_ack\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void ice_has_15_seconds_from_the_exchange(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active_without_media(&desk);
    desk_wait(&desk, ZV_SECONDS(15) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_PATH);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 ice_failed\nMEDIA_CLOSE\n");
    assert_string_equal(desk.info, "Failed by ICE error");
    desk_end_all(&desk);

    desk_open(&desk);
    desk_active_without_media(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_ICE_CONNECTED);
    desk_wait(&desk, ZV_SECONDS(15));
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_wait(&desk, ZV_MS(500) - 1); /* a worker that does not answer is not waited for */
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 dtls_failed\nMEDIA_CLOSE\n");
    assert_string_equal(desk.info, "Failed by DTLS error");
    desk_end_all(&desk);

    desk_open(&desk); /* what comes up while the worker is asked is in time */
    desk_active_without_media(&desk);
    desk_wait(&desk, ZV_SECONDS(15));
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_media(&desk, ZV_CALL_IN_MEDIA_PATH);
    desk_wait(&desk, ZV_SECONDS(10));
    EXPECT(&desk, "");
    desk_end_all(&desk);

    desk_open(&desk); /* early media: from the description that went out, while it still rings */
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(15) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_PATH);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED ice_failed\nMEDIA_CLOSE\n");
    desk_end_all(&desk);

    desk_open(&desk); /* incoming: from the client's answer */
    desk_answering(&desk);
    desk_wait(&desk, ZV_MS(1500));
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){0});
    desk_forget(&desk);
    desk_wait(&desk, ZV_MS(13500) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "MEDIA_ASK_PATH\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_PATH);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 ice_failed\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void silence_of_either_side_ends_a_call_after_30_seconds(void **state)
{
    (void)state;
    for (int leg = ZV_CALL_LEG_WEB; leg <= ZV_CALL_LEG_SIP; leg++) {
        desk_open(&desk);
        desk_active(&desk);
        desk_wait(&desk, ZV_SECONDS(100));
        desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, (enum zv_call_leg)leg,
                       desk.now_us - ZV_SECONDS(5));
        desk_wait(&desk, ZV_SECONDS(25) - 1);
        EXPECT(&desk, "");
        desk_wait(&desk, 1);
        EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
        assert_string_equal(desk.info, "Failed by RTP activity");
        desk_end_all(&desk);
    }
}

static void media_that_never_began_counts_from_the_answer(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active_without_media(&desk);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_WEB, 0);
    desk_wait(&desk, ZV_SECONDS(30) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void media_that_comes_back_lets_the_call_live(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk.now_us);
    desk_media(&desk, ZV_CALL_IN_MEDIA_CONSENT_LOST);
    desk_wait(&desk, ZV_SECONDS(29));
    desk_media(&desk, ZV_CALL_IN_MEDIA_CONSENT_BACK);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_RESUMED, ZV_CALL_LEG_SIP, 0);
    desk_wait(&desk, ZV_SECONDS(3600));
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void a_side_on_hold_may_be_silent(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA "a=recvonly\r\n")});
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_WEB, 0);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk.now_us);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(3600));
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void a_lost_client_keeps_its_call_for_15_seconds_whatever_the_media_do(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_WEB, desk.now_us - ZV_SECONDS(20));
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(15) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\nMEDIA_CLOSE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED client_gone\n");
    desk_wait(&desk, ZV_SECONDS(45) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n");
    desk_close(&desk);
}

static void a_client_that_can_resume_keeps_its_call_for_60_seconds(void **state)
{
    (void)state;
    desk_open(&desk);
    desk.can_resume = true;
    desk_active(&desk);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_WEB, desk.now_us - ZV_SECONDS(20));
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(60) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n>> finish FAILED 200 client_gone\nMEDIA_CLOSE\n"
                  "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED client_gone\n");
    desk_close(&desk);
}

static void keep_alive_keeps_the_registration_for_an_hour(void **state)
{
    struct zv_call_in in = desk_connect_input();
    (void)state;
    desk_open(&desk);
    in.u.connect.keep_alive = true;
    desk_input(&desk, &in);
    desk_close_frame(&desk, DESK_CONN, 1000);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(31));
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.status = 200});
    desk_wait(&desk, ZV_SECONDS(3600 - 31) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n");
    desk_close(&desk);
}

static void the_longest_call_lasts_four_hours(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_wait(&desk, ZV_SECONDS(4 * 3600) - 1);
    EXPECT(&desk, "");
    desk_wait(&desk, 1);
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 max_duration\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registration_has_32_seconds),
        cmocka_unit_test(an_unanswered_invite_has_32_seconds_from_the_call),
        cmocka_unit_test(ringing_has_180_seconds_out_and_60_in),
        cmocka_unit_test(the_200_waits_for_dtls_at_most_one_and_a_half_seconds),
        cmocka_unit_test(ice_has_15_seconds_from_the_exchange),
        cmocka_unit_test(silence_of_either_side_ends_a_call_after_30_seconds),
        cmocka_unit_test(media_that_never_began_counts_from_the_answer),
        cmocka_unit_test(media_that_comes_back_lets_the_call_live),
        cmocka_unit_test(a_side_on_hold_may_be_silent),
        cmocka_unit_test(a_lost_client_keeps_its_call_for_15_seconds_whatever_the_media_do),
        cmocka_unit_test(a_client_that_can_resume_keeps_its_call_for_60_seconds),
        cmocka_unit_test(keep_alive_keeps_the_registration_for_an_hour),
        cmocka_unit_test(the_longest_call_lasts_four_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
