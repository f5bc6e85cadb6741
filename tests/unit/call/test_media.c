/*
 * What becomes of a running call's media: later offers of the SIP side, hold, silence, verdicts,
 * and what fails in the worker. Each test is a table of what is said to client, SIP and media, in
 * order.
 */
#include "desk.h"

static struct desk desk;

static void a_reinvite_without_a_change_gets_the_current_description(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nMEDIA_CODECS\n");
    assert_int_equal(desk.sip_remote.version, 1);
    char first[ZV_MAX_SDP_BYTES];
    desk_keep(zv_str(desk.sip_sdp), first, sizeof(first));
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_PCMA)});
    assert_string_equal(first, desk.sip_sdp); /* not even the version differs */
    desk_forget(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){0}); /* without an offer */
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n");
    assert_string_equal(first, desk.sip_sdp);
    desk_end_all(&desk);
}

static void a_reinvite_that_moves_the_media_is_followed(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER,
             (struct zv_in_sip){.sdp = zv_str("v=0\r\nc=IN IP4 192.0.2.99\r\n"
                                              "m=audio 7000 RTP/AVP 0 8\r\n")});
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    assert_int_equal(desk.sip_remote.rtp.ip[3], 99);
    assert_int_equal(desk.sip_remote.rtp.port, 7000);
    assert_int_equal(desk.sip_remote.rtcp.port, 7001);
    assert_int_equal(desk.sip_remote.version, 2);
    assert_int_equal(zv_media_plan_committed(&desk.plan)->kind, ZV_CODEC_PCMA);
    desk_end_all(&desk);
}

static void an_answer_in_the_ack_of_a_reinvite_without_offer_is_followed(void **state)
{
    (void)state;
    static const char moved[] = "v=0\r\nc=IN IP4 192.0.2.99\r\nm=audio 7000 RTP/AVP 8\r\n";
    desk_open(&desk);
    desk_active(&desk);
    /* Nothing was offered by us: what an ACK brings along is no answer. */
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){.sdp = zv_str(moved)});
    EXPECT(&desk, "");
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){0});
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){.sdp = zv_str(moved)});
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    assert_int_equal(desk.sip_remote.rtp.ip[3], 99);
    assert_int_equal(desk.sip_remote.rtp.port, 7000);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){0});
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_G729)});
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nSIP_HANGUP\n> finish FAILED 200 no_common_codec\n"
                  "MEDIA_CLOSE\n");
    desk_end_all(&desk);
}

/* Their offer, and what they and we may send from then on. */
static void offer_again(const char *sdp, const char *expected)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(sdp)});
    EXPECT(&desk, expected);
}

#define OTHER_HEAD(version)                                                                        \
    "v=0\r\no=- 1 " version " IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"

#define HELD "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 0 1\nMEDIA_CODECS\n"

static void a_reinvite_holds_the_media_and_takes_it_back(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    offer_again(DESK_SIP_PCMA "a=inactive\r\n", HELD "> hold HOLD\n");
    assert_non_null(strstr(desk.sip_sdp, "a=inactive\r\n"));
    offer_again(OTHER_HEAD("2") "m=audio 20010 RTP/AVP 8\r\na=sendonly\r\n", HELD);
    assert_non_null(strstr(desk.sip_sdp, "a=recvonly\r\n"));
    offer_again("v=0\r\no=- 1 3 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
                "m=audio 20010 RTP/AVP 8\r\n",
                HELD);
    assert_int_equal(desk.sip_remote.rtp.family, ZV_ADDR_NONE);
    offer_again(OTHER_HEAD("4") "m=audio 20010 RTP/AVP 8\r\n",
                "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"
                "> talk ESTABLISHED 200\n");
    assert_non_null(strstr(desk.sip_sdp, "a=sendrecv\r\n"));
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void silence_on_hold_ends_no_call_and_counts_from_its_end(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    static const char *const holds[] = {
        DESK_SIP_PCMA "a=inactive\r\n",
        OTHER_HEAD("2") "m=audio 20010 RTP/AVP 8\r\na=sendonly\r\n",
        "v=0\r\no=- 1 3 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
        "m=audio 20010 RTP/AVP 8\r\n",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(holds); i++) {
        offer_again(holds[i], i ? HELD : HELD "> hold HOLD\n"); /* one event: it is held already */
        if (i == 0)
            desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk.now_us);
        desk_wait(&desk, ZV_SECONDS(1800));
        EXPECT(&desk, "");
    }
    offer_again(OTHER_HEAD("4") "m=audio 20010 RTP/AVP 8\r\n",
                "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n"
                "> talk ESTABLISHED 200\n");
    desk_wait(&desk, ZV_SECONDS(29));
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(2));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_end_all(&desk);
}

static void nobody_is_waited_for_while_the_sip_side_wants_nothing(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    offer_again(DESK_SIP_PCMA "a=sendonly\r\n", HELD "> hold HOLD\n");
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_WEB, desk.now_us);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk.now_us);
    desk_wait(&desk, ZV_SECONDS(3600));
    EXPECT(&desk, "");
    desk_end_all(&desk);
}

static void sound_of_a_client_without_dtls_is_left_to_the_timer_of_ice(void **state)
{
    (void)state;
    desk_open_with(&desk, (struct zv_switch_cfg){.timers.ice_us = ZV_SECONDS(100)});
    desk_active_without_media(&desk);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_SIP, 0);
    desk_forget(&desk);
    desk_wait(&desk, ZV_SECONDS(90));
    EXPECT(&desk, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    desk_wait(&desk, ZV_SECONDS(29));
    EXPECT(&desk, "");
    desk_wait(&desk, ZV_SECONDS(2));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_int_equal(desk.ended.hop, ZV_HOP_CLIENT);
    desk_end_all(&desk);
}

/* ---- verdicts ---- */

static void a_verdict_reaches_the_client_that_asked(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        desk_open(&desk);
        desk.wants_verdicts = asked;
        desk_active(&desk);
        desk_verdict(&desk, ZV_CALL_LEG_SIP, "wrong_source", "error", "packets from elsewhere");
        EXPECT(&desk, asked ? "> zvVerdict sip error wrong_source\n" : "");
        if (asked)
            assert_string_equal(desk.text, "packets from elsewhere");
        desk_verdict(&desk, ZV_CALL_LEG_SIP, "ok", "info", "nothing is wrong");
        EXPECT(&desk, asked ? "> zvVerdict sip info ok\n" : "");
        desk_end_all(&desk);
        desk.wants_verdicts = false;
    }
}

/* Nothing comes from `leg` until the call ends. */
static void end_unheard(enum zv_call_leg leg)
{
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, leg, desk.now_us);
    desk_wait(&desk, ZV_SECONDS(31));
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 no_media\nMEDIA_CLOSE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
}

static void a_call_that_nobody_hears_ends_with_its_verdict_and_the_hop(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_verdict(&desk, ZV_CALL_LEG_WEB, "loss", "warning", "a tenth is lost");
    desk_verdict(&desk, ZV_CALL_LEG_SIP, "wrong_source", "error", "packets from elsewhere");
    end_unheard(ZV_CALL_LEG_SIP);
    assert_string_equal(desk.text, "packets from elsewhere");
    assert_string_equal(desk.remedy, "mend it");
    assert_int_equal(desk.ended.hop, ZV_HOP_FAR_END);
    desk_end_all(&desk);
}

static void without_a_verdict_the_end_names_the_side_alone(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_verdict(&desk, ZV_CALL_LEG_WEB, "stopped", "warning", "nothing more came");
    desk_verdict(&desk, ZV_CALL_LEG_WEB, "ok", "info", "nothing is wrong"); /* taken back */
    end_unheard(ZV_CALL_LEG_WEB);
    assert_string_equal(desk.text, "no sound arrived from the client for too long");
    assert_string_equal(desk.remedy, zv_cause_info(ZV_CAUSE_NO_MEDIA)->remedy);
    assert_int_equal(desk.ended.hop, ZV_HOP_CLIENT);
    desk_end_all(&desk);
}

static void latching_starts_anew_with_the_version_of_their_description(void **state)
{
    (void)state;
    static const char told[] =
        "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n";
    desk_open(&desk);
    desk_active(&desk);
    uint32_t version = desk.sip_remote.version;
    /* Other words under the same o=: a refresh by a device that orders its lines anew. */
    offer_again(DESK_SIP_PCMA "a=ptime:20\r\n", told);
    assert_int_equal(desk.sip_remote.version, version);
    offer_again(OTHER_HEAD("2") "m=audio 20010 RTP/AVP 8\r\n", told);
    assert_int_equal(desk.sip_remote.version, version + 1);
    /* It moves, and forgets to say so in o=. */
    offer_again(OTHER_HEAD("2") "m=audio 20020 RTP/AVP 8\r\n", told);
    assert_int_equal(desk.sip_remote.version, version + 2);
    assert_int_equal(desk.sip_remote.rtp.port, 20020);
    desk_end_all(&desk);
}

static void any_other_reinvite_gets_488_and_the_call_stays(void **state)
{
    (void)state;
    static const char *const offers[] = {
        DESK_SIP_PCMU,
        DESK_SIP_G729,
        DESK_SIP_HEAD "m=audio 0 RTP/AVP 8\r\n",
        DESK_SIP_HEAD "m=audio 20010 RTP/SAVP 8\r\n",
        "nonsense",
    };
    desk_open(&desk);
    desk_active(&desk);
    for (size_t i = 0; i < ZV_ARRAY_LEN(offers); i++) {
        desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(offers[i])});
        EXPECT(&desk, "SIP_REPLY_OFFER 488\n");
    }
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
    desk_open(&desk);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "SIP_REPLY_OFFER 491\n");
    desk_end_all(&desk);
}

static void media_faults_end_the_call_with_their_cause(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active_without_media(&desk);
    desk_input(&desk, &(struct zv_call_in){
                          .kind = ZV_CALL_IN_MEDIA_DTLS_FAILED,
                          .u.media = {.call = desk.call, .failure = ZV_MEDIA_FAILURE_FINGERPRINT}});
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 dtls_fingerprint\nMEDIA_CLOSE\n");
    assert_string_equal(desk.info, "Failed by DTLS fingerprint error");
    desk_end_all(&desk);

    static const struct {
        enum zv_media_failure failure;
        const char *lines;
    } rows[] = {
        {ZV_MEDIA_FAILURE_NO_PORTS, "> finish FAILED no_ports\nCALL_ENDED no_ports\n"},
        {ZV_MEDIA_FAILURE_LIMIT, "> finish FAILED limit_calls\nCALL_ENDED limit_calls\n"},
        {ZV_MEDIA_FAILURE_INTERNAL, "> finish FAILED media_setup\nCALL_ENDED media_setup\n"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        desk_open(&desk);
        desk_connect(&desk);
        desk_call(&desk, "c1", "1002");
        desk_forget(&desk);
        desk_input(&desk, &(struct zv_call_in){
                              .kind = ZV_CALL_IN_MEDIA_FAILED,
                              .u.media = {.call = desk.call, .failure = rows[i].failure}});
        EXPECT(&desk, rows[i].lines);
        desk_end_all(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reinvite_without_a_change_gets_the_current_description),
        cmocka_unit_test(a_reinvite_that_moves_the_media_is_followed),
        cmocka_unit_test(an_answer_in_the_ack_of_a_reinvite_without_offer_is_followed),
        cmocka_unit_test(a_reinvite_holds_the_media_and_takes_it_back),
        cmocka_unit_test(silence_on_hold_ends_no_call_and_counts_from_its_end),
        cmocka_unit_test(nobody_is_waited_for_while_the_sip_side_wants_nothing),
        cmocka_unit_test(sound_of_a_client_without_dtls_is_left_to_the_timer_of_ice),
        cmocka_unit_test(a_verdict_reaches_the_client_that_asked),
        cmocka_unit_test(a_call_that_nobody_hears_ends_with_its_verdict_and_the_hop),
        cmocka_unit_test(without_a_verdict_the_end_names_the_side_alone),
        cmocka_unit_test(latching_starts_anew_with_the_version_of_their_description),
        cmocka_unit_test(any_other_reinvite_gets_488_and_the_call_stays),
        cmocka_unit_test(media_faults_end_the_call_with_their_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
