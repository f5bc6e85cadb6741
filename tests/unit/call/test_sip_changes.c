/* What the SIP side changes by other means than a re-INVITE: an UPDATE before the call is answered,
 * and the answer to a refresh of the session. */
#include "unit/call/desk.h"

static struct desk desk;

#define MOVED                                                                                      \
    "v=0\r\no=- 1 2 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.99\r\nt=0 0\r\n"                  \
    "m=audio 7000 RTP/AVP 8\r\n"

static void an_update_moves_early_media(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_trying(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(DESK_SIP_PCMA)});
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(MOVED)});
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    assert_int_equal(desk.sip_remote.rtp.ip[3], 99);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_G729)});
    EXPECT(&desk, "SIP_REPLY_OFFER 488\n"); /* and all is as it was */
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(MOVED)});
    EXPECT(&desk, "> talk ESTABLISHED 200\n");
    desk_end_all(&desk);
}

static void an_offer_before_there_is_media_is_to_come_again(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(MOVED)});
    EXPECT(&desk, "SIP_REPLY_OFFER 491\n");
    desk_end_all(&desk);
}

static void the_answer_to_a_refresh_is_followed(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_REFRESHED, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, ""); /* as ever */
    desk_sip(&desk, ZV_CALL_IN_SIP_REFRESHED, (struct zv_in_sip){.sdp = zv_str(MOVED)});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    assert_int_equal(desk.sip_remote.rtp.ip[3], 99);
    desk_sip(&desk, ZV_CALL_IN_SIP_REFRESHED, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_G729)});
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_common_codec\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_moves_early_media),
        cmocka_unit_test(an_offer_before_there_is_media_is_to_come_again),
        cmocka_unit_test(the_answer_to_a_refresh_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
