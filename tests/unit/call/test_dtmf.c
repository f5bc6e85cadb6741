/* Digits of the client and of the SIP side: which way they go, and who is told. */
#include "unit/call/desk.h"

static struct desk desk;

#define EVENTS "a=rtpmap:101 telephone-event/8000\r\n"
#define WITH   DESK_SIP_HEAD "m=audio 20010 RTP/AVP 8 101\r\n" EVENTS
#define HEAD2  "v=0\r\no=- 1 2 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"

/* A call whose SIP side takes telephone-events, or does not. */
static void begin(const char *sdp)
{
    desk_open(&desk);
    desk.wants_digits = true;
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED, (struct zv_in_sip){.status = 200, .sdp = zv_str(sdp)});
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_forget(&desk);
}

static void dial(const char *digits, enum zv_dtmf_mode mode)
{
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_CLIENT_DTMF,
                                           .u.client = {.conn = {desk.conn},
                                                        .call_id = zv_str(desk.call_id),
                                                        .text = zv_str(digits),
                                                        .dtmf = mode}});
}

static void press(enum zv_call_in_kind kind, const char *digit, uint32_t duration_ms)
{
    const struct zv_in_press told = {.digit = zv_str(digit), .duration_ms = duration_ms};
    if (kind == ZV_CALL_IN_SIP_DIGIT)
        desk_sip(&desk, kind, (struct zv_in_sip){.press = told});
    else
        desk_input(&desk,
                   &(struct zv_call_in){
                       .kind = kind,
                       .u.media = {.call = desk.call, .leg = ZV_CALL_LEG_SIP, .press = told}});
}

/* ---- the client's ---- */

static void digits_go_as_events_where_the_sip_side_takes_them(void **state)
{
    (void)state;
    begin(WITH);
    dial("12#", ZV_DTMF_AUTO);
    EXPECT(&desk, "MEDIA_SEND_DIGITS 12#\n");
    dial("3", ZV_DTMF_INFO);
    EXPECT(&desk, "SIP_SEND_DIGITS 1 3\n"); /* who insists gets it */
    dial("4", ZV_DTMF_INFO_RELAY);
    EXPECT(&desk, "SIP_SEND_DIGITS 2 4\n");
    desk_end_all(&desk);
}

static void digits_go_by_info_where_it_does_not(void **state)
{
    (void)state;
    begin(DESK_SIP_PCMA);
    dial("12#", ZV_DTMF_AUTO);
    EXPECT(&desk, "SIP_SEND_DIGITS 0 12#\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_DIGITS_REFUSED, (struct zv_in_sip){.status = 415});
    EXPECT(&desk, "> fail ErrorStatusEvent dtmf_refused\n");
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void a_later_description_may_change_the_way(void **state)
{
    (void)state;
    begin(WITH);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER,
             (struct zv_in_sip){.sdp = zv_str(HEAD2 "m=audio 20010 RTP/AVP 8\r\n")});
    desk_forget(&desk);
    dial("1", ZV_DTMF_AUTO);
    EXPECT(&desk, "SIP_SEND_DIGITS 0 1\n");
    desk_end_all(&desk);
}

static void whoever_holds_us_is_told_by_info_and_whom_we_hold_by_events(void **state)
{
    (void)state;
    begin(WITH);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER,
             (struct zv_in_sip){
                 .sdp = zv_str(HEAD2 "m=audio 20010 RTP/AVP 8 101\r\n" EVENTS "a=sendonly\r\n")});
    desk_forget(&desk);
    dial("1", ZV_DTMF_AUTO); /* it does not listen */
    EXPECT(&desk, "SIP_SEND_DIGITS 0 1\n");
    desk_end_all(&desk);

    begin(WITH);
    desk_client(&desk, ZV_CALL_IN_CLIENT_HOLD, "c1", NULL);
    desk_sip(&desk, ZV_CALL_IN_SIP_REOFFER_DONE,
             (struct zv_in_sip){
                 .status = 200,
                 .sdp = zv_str(HEAD2 "m=audio 20010 RTP/AVP 8 101\r\n" EVENTS "a=recvonly\r\n")});
    desk_forget(&desk);
    dial("1", ZV_DTMF_AUTO);
    EXPECT(&desk, "MEDIA_SEND_DIGITS 1\n");
    desk_end_all(&desk);
}

static void an_announcement_before_the_answer_gets_its_digits(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_out(&desk);
    dial("1", ZV_DTMF_AUTO);
    EXPECT(&desk, "> fail ErrorStatusEvent bad_request\n");
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(WITH)});
    desk_forget(&desk);
    dial("1", ZV_DTMF_AUTO);
    EXPECT(&desk, "MEDIA_SEND_DIGITS 1\n");
    dial("1", ZV_DTMF_INFO); /* there is no dialog for it yet */
    EXPECT(&desk, "> fail ErrorStatusEvent bad_request\n");
    desk_end_all(&desk);
}

static void too_many_at_a_time_are_a_failure_that_is_told(void **state)
{
    (void)state;
    begin(WITH);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DIGITS_REFUSED);
    EXPECT(&desk, "> fail ErrorStatusEvent dtmf_refused\n");
    desk_end_all(&desk);
}

/* ---- the SIP side's ---- */

static void a_press_reaches_the_client_that_asked(void **state)
{
    (void)state;
    begin(WITH);
    press(ZV_CALL_IN_MEDIA_DIGIT, "5", 120);
    EXPECT(&desk, "> zvDtmf 5 120 rfc4733\n");
    press(ZV_CALL_IN_MEDIA_DIGIT, "5", 80);
    EXPECT(&desk, "> zvDtmf 5 80 rfc4733\n");
    press(ZV_CALL_IN_SIP_DIGIT, "#", 0);
    EXPECT(&desk, "> zvDtmf # 0 info\n");
    desk_end_all(&desk);

    desk_open(&desk);
    desk.wants_digits = false;
    desk_active(&desk);
    press(ZV_CALL_IN_MEDIA_DIGIT, "5", 120);
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void a_press_that_is_told_both_ways_is_one(void **state)
{
    (void)state;
    begin(WITH);
    press(ZV_CALL_IN_MEDIA_DIGIT, "7", 120);
    press(ZV_CALL_IN_SIP_DIGIT, "7", 250);
    EXPECT(&desk, "> zvDtmf 7 120 rfc4733\n");
    desk_wait(&desk, ZV_SECONDS(2));
    press(ZV_CALL_IN_SIP_DIGIT, "7", 250); /* another one */
    press(ZV_CALL_IN_MEDIA_DIGIT, "8", 120);
    EXPECT(&desk, "> zvDtmf 7 250 info\n> zvDtmf 8 120 rfc4733\n");
    desk_end_all(&desk);
}

static void a_long_press_that_is_told_both_ways_is_one(void **state)
{
    (void)state;
    begin(WITH);
    press(ZV_CALL_IN_SIP_DIGIT, "7", 0); /* as the key goes down */
    desk_wait(&desk, ZV_SECONDS(3));
    press(ZV_CALL_IN_MEDIA_DIGIT, "7", 3000);
    EXPECT(&desk, "> zvDtmf 7 0 info\n");
    desk_end_all(&desk);
}

static void a_flood_of_presses_does_not_reach_the_client(void **state)
{
    (void)state;
    struct zv_switch_stats stats;
    begin(WITH);
    for (int i = 0; i < 500; i++)
        press(ZV_CALL_IN_MEDIA_DIGIT, i % 2 ? "1" : "2", 20);
    unsigned told = 0;
    for (const char *at = zv_buf_cstr(&desk.log); (at = strstr(at, "zvDtmf")); at++)
        told++;
    assert_int_equal(told, 20);
    zv_switch_stats(desk.sw, &stats);
    assert_int_equal(stats.stale_inputs, 480);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(1));
    press(ZV_CALL_IN_MEDIA_DIGIT, "3", 120);
    EXPECT(&desk, "> zvDtmf 3 120 rfc4733\n");
    desk_end_all(&desk);
}

static void a_press_is_kept_for_a_client_that_returns(void **state)
{
    (void)state;
    desk_open(&desk);
    desk.wants_digits = desk.can_resume = true;
    desk_active(&desk);
    desk_lost(&desk);
    desk_forget(&desk);
    press(ZV_CALL_IN_MEDIA_DIGIT, "5", 120);
    EXPECT(&desk, ">> zvDtmf 5 120 rfc4733\n");
    desk.can_resume = false;
    desk_wait(&desk, ZV_SECONDS(3600));
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    desk_forget(&desk);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_go_as_events_where_the_sip_side_takes_them),
        cmocka_unit_test(digits_go_by_info_where_it_does_not),
        cmocka_unit_test(a_later_description_may_change_the_way),
        cmocka_unit_test(whoever_holds_us_is_told_by_info_and_whom_we_hold_by_events),
        cmocka_unit_test(an_announcement_before_the_answer_gets_its_digits),
        cmocka_unit_test(too_many_at_a_time_are_a_failure_that_is_told),
        cmocka_unit_test(a_press_reaches_the_client_that_asked),
        cmocka_unit_test(a_press_that_is_told_both_ways_is_one),
        cmocka_unit_test(a_long_press_that_is_told_both_ways_is_one),
        cmocka_unit_test(a_flood_of_presses_does_not_reach_the_client),
        cmocka_unit_test(a_press_is_kept_for_a_client_that_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
