/* Calls that come without an offer: what the client is offered, what our 200 offers, and the answer
 * that the ACK brings. */
#include "unit/call/desk.h"

static struct desk desk;

#define WEB_ANSWER(types)                                                                          \
    DESK_WEB_HEAD "m=audio 9 UDP/TLS/RTP/SAVPF " types "\r\n" DESK_WEB_TAIL "a=setup:active\r\n"   \
                  "a=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"

static bool says(const char *line)
{
    return strstr(desk.sip_sdp, line) != NULL;
}

static void ring_in(const struct zv_switch_cfg *cfg)
{
    if (cfg)
        desk_open_with(&desk, *cfg);
    else
        desk_open(&desk);
    desk_connect(&desk);
    desk_incoming(&desk, NULL);
    EXPECT(&desk, "MEDIA_CREATE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
    EXPECT(&desk, "> setRemoteSDP offer\n> notifyIncomingCall RING\n> ring RING\nSIP_RING\n");
}

static void answer_in(const char *sdp)
{
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, sdp);
    EXPECT(&desk, "MEDIA_WEB_REMOTE\n"); /* where to send is not known yet */
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    EXPECT(&desk, "SIP_ACCEPT\n");
}

static void confirm(const char *sdp)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){.sdp = zv_str(sdp)});
}

static void our_200_offers_what_the_client_will_send(void **state)
{
    (void)state;
    ring_in(NULL);
    assert_non_null(strstr(desk.web_sdp, "UDP/TLS/RTP/SAVPF 8 0 9 111 101\r\n"));
    answer_in(WEB_ANSWER("8 0 111 101"));
    assert_true(says("m=audio 12000 RTP/AVP 8 101\r\n"));
    assert_true(says("a=sendrecv\r\n"));
    assert_true(says("c=IN IP4 192.0.2.1\r\n"));
    confirm(DESK_SIP_HEAD "m=audio 20010 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n");
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> talk ESTABLISHED 200\n");
    assert_int_equal(desk.sip_remote.rtp.port, 20010);
    assert_int_equal(zv_media_plan_committed(&desk.plan)->kind, ZV_CODEC_PCMA);
    assert_int_equal(zv_media_plan_event(&desk.plan)->sip_tx_pt, 96);
    /* What comes later is as in any other call. */
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){0});
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n");
    assert_true(says("m=audio 12000 RTP/AVP 8 101\r\n"));
    desk_end_all(&desk);
}

static void a_client_without_g711_decides(void **state)
{
    (void)state;
    ring_in(NULL);
    answer_in(WEB_ANSWER("111"));
    assert_true(says("m=audio 12000 RTP/AVP 111\r\n"));
    assert_true(says("a=rtpmap:111 opus/48000/2\r\n"));
    confirm(DESK_SIP_HEAD "m=audio 20010 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n");
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n> talk ESTABLISHED 200\n");
    desk_end_all(&desk);
}

static void an_answer_that_cannot_be_used_ends_the_call(void **state)
{
    static const struct {
        const char *sdp, *lines;
    } rows[] = {
        {NULL, "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
        {"nonsense", "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
        {DESK_SIP_HEAD "m=audio 0 RTP/AVP 8\r\n",
         "SIP_HANGUP\n> finish FAILED bad_sip_sdp\nMEDIA_CLOSE\n"},
        {DESK_SIP_PCMU, "SIP_HANGUP\n> finish FAILED no_common_codec\nMEDIA_CLOSE\n"},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        ring_in(NULL);
        answer_in(WEB_ANSWER("8 101"));
        confirm(rows[i].sdp);
        EXPECT(&desk, rows[i].lines);
        desk_end_all(&desk);
    }
}

static void where_srtp_is_required_our_200_offers_it(void **state)
{
    const struct zv_switch_cfg cfg = {.trunks.defaults.srtp = ZV_SRTP_POLICY_REQUIRED};
    (void)state;
    ring_in(&cfg);
    answer_in(WEB_ANSWER("8 101"));
    assert_true(says("m=audio 12000 RTP/SAVP 8 101\r\n"));
    assert_true(says("a=crypto:1 "));
    confirm(DESK_SIP_PCMA);
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED srtp_required\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void the_caller_may_give_up(void **state)
{
    (void)state;
    ring_in(NULL);
    desk_sip(&desk, ZV_CALL_IN_SIP_ENDED, (struct zv_in_sip){.end = ZV_SIP_END_CANCEL});
    EXPECT(&desk, "> finish FINISH 487 cancelled\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_200_offers_what_the_client_will_send),
        cmocka_unit_test(a_client_without_g711_decides),
        cmocka_unit_test(an_answer_that_cannot_be_used_ends_the_call),
        cmocka_unit_test(where_srtp_is_required_our_200_offers_it),
        cmocka_unit_test(the_caller_may_give_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
