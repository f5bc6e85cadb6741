/* SDES on the SIP leg, as call control has it: whose keys the worker is told, and when a call that
 * does not comply ends. */
#include "desk.h"

#include "base/alloc.h"

static struct desk desk;

#define KEY30(letter)     "inline:" letter "S1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
#define LINE(tag, letter) "a=crypto:" tag " AES_CM_128_HMAC_SHA1_80 " KEY30(letter) "\r\n"
#define SAVP(version)                                                                              \
    "v=0\r\no=- 1 " version " IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"        \
    "m=audio 20010 RTP/SAVP 8\r\n"

static void open_with_policy(enum zv_srtp_policy policy)
{
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks.defaults.srtp = policy});
}

static void expect_told(void)
{
    EXPECT(&desk, "SIP_REPLY_OFFER 200\nMEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
}

static void offer(const char *sdp)
{
    desk_sip(&desk, ZV_CALL_IN_SIP_OFFER, (struct zv_in_sip){.sdp = zv_str(sdp)});
}

/* The call's policy is its trunk's. */
static void the_offer_is_that_of_the_trunk(void **state)
{
    (void)state;
    struct zv_trunk trunk = {
        .host = zv_str("sip.example"), .has_srtp = true, .srtp = ZV_SRTP_POLICY_REQUIRED};
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks = {.entries = &trunk, .count = 1}});
    desk_trying(&desk);
    assert_non_null(strstr(desk.sip_sdp, " RTP/SAVP "));
    assert_non_null(strstr(desk.sip_sdp, "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:"));
    desk_end_all(&desk);
}

/* 180 without a description, keys with the 200; then a fork's. */
static void each_answer_brings_its_keys(void **state)
{
    (void)state;
    open_with_policy(ZV_SRTP_POLICY_REQUIRED);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(SAVP("1") LINE("3", "A"))});
    struct zv_plan_srtp first = desk.srtp;
    assert_int_equal(first.rx.bytes[0] >> 2, 0);
    uint32_t version = desk.sip_remote.version;
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(SAVP("9") LINE("3", "B"))});
    assert_int_equal(desk.srtp.rx.bytes[0] >> 2, 1);
    assert_true(zv_crypto_is_same_key(&desk.srtp.tx, &first.tx)); /* of the same line of ours */
    assert_int_equal(desk.sip_remote.version, version + 1);
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void a_plain_answer_ends_a_call_that_must_be_encrypted(void **state)
{
    (void)state;
    open_with_policy(ZV_SRTP_POLICY_REQUIRED);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(DESK_SIP_PCMA)});
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED srtp_required\nMEDIA_CLOSE\n");
    assert_non_null(strstr(desk.remedy, "trunks: {DOMAIN: {srtp: optional}}"));
    desk_end_all(&desk);
}

static void a_refused_offer_of_srtp_alone_says_what_it_may_be(void **state)
{
    (void)state;
    open_with_policy(ZV_SRTP_POLICY_REQUIRED);
    desk_ringing_out(&desk);
    for (int i = 0; i < 2; i++) /* the second is a repaired offer, encrypted as well */
        desk_sip(&desk, ZV_CALL_IN_SIP_ENDED,
                 (struct zv_in_sip){.end = ZV_SIP_END_REJECTED, .status = 488});
    EXPECT(&desk, "SIP_INVITE 1002\n> finish FAILED 488 no_common_codec\nMEDIA_CLOSE\n");
    assert_non_null(strstr(desk.remedy, "trunks: {DOMAIN: {srtp: optional}}"));
    desk_end_all(&desk);
}

static void a_plain_answer_to_an_optional_offer_is_plain(void **state)
{
    (void)state;
    open_with_policy(ZV_SRTP_POLICY_OPTIONAL);
    desk_active(&desk);
    assert_null(desk.sip_remote.srtp);
    assert_string_equal(desk.state, "ACTIVE");
    desk_end_all(&desk);
}

static void ring_in(const char *sdp)
{
    desk_connect(&desk);
    desk_incoming(&desk, sdp);
    desk_media(&desk, ZV_CALL_IN_MEDIA_READY);
}

static void an_incoming_offer_is_answered_by_a_key_of_ours(void **state)
{
    (void)state;
    open_with_policy(ZV_SRTP_POLICY_OPTIONAL);
    ring_in(SAVP("1") LINE("12", "A"));
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, DESK_WEB_ANSWER);
    assert_non_null(desk.sip_remote.srtp);
    desk_media(&desk, ZV_CALL_IN_MEDIA_DTLS_CONNECTED);
    assert_non_null(strstr(desk.sip_sdp, " RTP/SAVP "));
    const char *line = strstr(desk.sip_sdp, "a=crypto:12 AES_CM_128_HMAC_SHA1_80 inline:");
    struct zv_crypto ours;
    assert_non_null(line);
    line += strlen("a=crypto:");
    assert_int_equal(zv_crypto_parse(zv_str_n(line, strcspn(line, "\r")), &ours), 0);
    assert_true(zv_crypto_is_same_key(&ours.key, &desk.srtp.tx));
    desk_end_all(&desk);
}

static void an_incoming_offer_that_does_not_fit_the_policy_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum zv_srtp_policy policy;
        const char *sdp;
        enum zv_cause cause;
    } offers[] = {
        {ZV_SRTP_POLICY_OFF, SAVP("1") LINE("1", "A"), ZV_CAUSE_SRTP_OFF},
        {ZV_SRTP_POLICY_REQUIRED, DESK_SIP_PCMA, ZV_CAUSE_SRTP_REQUIRED},
        {ZV_SRTP_POLICY_OPTIONAL, SAVP("1"), ZV_CAUSE_SRTP_UNUSABLE},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(offers); i++) {
        open_with_policy(offers[i].policy);
        ring_in(offers[i].sdp);
        EXPECT(&desk, "MEDIA_CREATE\nSIP_REJECT 488\nMEDIA_CLOSE\n");
        desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
        assert_int_equal(desk.ended.cause, offers[i].cause);
        desk_end_all(&desk);
    }
}

static void go_active(enum zv_srtp_policy policy)
{
    open_with_policy(policy);
    desk_ringing_out(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(SAVP("1") LINE("3", "A"))});
    desk_forget(&desk);
}

static void a_reinvite_that_repeats_the_key_keeps_ours_and_a_new_one_does_not(void **state)
{
    (void)state;
    go_active(ZV_SRTP_POLICY_REQUIRED);
    struct zv_plan_srtp before = desk.srtp;
    offer(SAVP("2") LINE("1", "A")); /* under another number */
    expect_told();
    assert_true(zv_crypto_is_same_key(&desk.srtp.tx, &before.tx));
    assert_true(zv_crypto_is_same_key(&desk.srtp.rx, &before.rx));
    assert_non_null(strstr(desk.sip_sdp, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
    offer(SAVP("3") LINE("1", "B"));
    expect_told();
    assert_false(zv_crypto_is_same_key(&desk.srtp.tx, &before.tx));
    assert_false(zv_crypto_is_same_key(&desk.srtp.rx, &before.rx));
    desk_end_all(&desk);
}

static void a_reinvite_cannot_take_the_encryption_away_where_it_is_required(void **state)
{
    (void)state;
    static const char plain[] = "v=0\r\no=- 1 2 IN IP4 192.0.2.20\r\ns=-\r\n"
                                "c=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 20010 RTP/AVP 8\r\n";
    go_active(ZV_SRTP_POLICY_REQUIRED);
    struct zv_plan_srtp before = desk.srtp;
    offer(plain);
    EXPECT(&desk, "SIP_REPLY_OFFER 488\n");
    assert_string_equal(desk.state, "ACTIVE");
    offer(SAVP("3") LINE("1", "A")); /* and nothing of it was kept */
    expect_told();
    assert_true(zv_crypto_is_same_key(&desk.srtp.tx, &before.tx));
    desk_end_all(&desk);
    go_active(ZV_SRTP_POLICY_OPTIONAL);
    offer(plain);
    expect_told();
    assert_null(desk.sip_remote.srtp);
    assert_null(strstr(desk.sip_sdp, "a=crypto"));
    desk_end_all(&desk);
}

/* The callee took another codec than the ring: we ask for the first again, under the same keys. */
static void an_offer_of_ours_in_the_call_repeats_its_keys(void **state)
{
    (void)state;
    char keys[ZV_MAX_SDP_BYTES + 1];
    open_with_policy(ZV_SRTP_POLICY_REQUIRED);
    desk_ringing_out(&desk);
    strcpy(keys, strstr(desk.sip_sdp, "a=crypto:1 "));
    *strstr(keys, "a=rtcp:") = 0;
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS,
             (struct zv_in_sip){.status = 183, .sdp = zv_str(SAVP("1") LINE("3", "A"))});
    desk_sip(&desk, ZV_CALL_IN_SIP_ANSWERED,
             (struct zv_in_sip){
                 .status = 200,
                 .sdp = zv_str(DESK_SIP_HEAD "m=audio 20014 RTP/SAVP 0\r\n" LINE("3", "B"))});
    assert_string_equal(desk.state, "REOFFERING");
    assert_non_null(strstr(desk.sip_sdp, " RTP/SAVP 8 "));
    assert_non_null(strstr(desk.sip_sdp, keys));
    desk_sip(&desk, ZV_CALL_IN_SIP_REOFFER_DONE,
             (struct zv_in_sip){.status = 200, .sdp = zv_str(SAVP("9") LINE("3", "B"))});
    assert_string_equal(desk.state, "ACTIVE");
    assert_int_equal(desk.srtp.rx.bytes[0] >> 2, 1);
    desk_end_all(&desk);
}

/* A re-INVITE without an offer: what we said last is the offer, the ACK answers it. */
static void an_answer_in_the_ack_is_read_with_the_keys_that_were_offered(void **state)
{
    (void)state;
    go_active(ZV_SRTP_POLICY_REQUIRED);
    offer(SAVP("2") LINE("7", "A"));
    expect_told();
    struct zv_plan_srtp before = desk.srtp;
    offer("");
    EXPECT(&desk, "SIP_REPLY_OFFER 200\n");
    assert_non_null(strstr(desk.sip_sdp, "a=crypto:7 "));
    desk_sip(&desk, ZV_CALL_IN_SIP_CONFIRMED,
             (struct zv_in_sip){.sdp = zv_str(SAVP("3") LINE("7", "C"))});
    EXPECT(&desk, "MEDIA_SIP_REMOTE\nMEDIA_FLOW 1 1\nMEDIA_CODECS\n");
    assert_true(zv_crypto_is_same_key(&desk.srtp.tx, &before.tx));
    assert_int_equal(desk.srtp.rx.bytes[0] >> 2, 2);
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_offer_is_that_of_the_trunk),
    cmocka_unit_test(each_answer_brings_its_keys),
    cmocka_unit_test(a_plain_answer_ends_a_call_that_must_be_encrypted),
    cmocka_unit_test(a_refused_offer_of_srtp_alone_says_what_it_may_be),
    cmocka_unit_test(a_plain_answer_to_an_optional_offer_is_plain),
    cmocka_unit_test(an_incoming_offer_is_answered_by_a_key_of_ours),
    cmocka_unit_test(an_incoming_offer_that_does_not_fit_the_policy_is_refused),
    cmocka_unit_test(a_reinvite_that_repeats_the_key_keeps_ours_and_a_new_one_does_not),
    cmocka_unit_test(a_reinvite_cannot_take_the_encryption_away_where_it_is_required),
    cmocka_unit_test(an_offer_of_ours_in_the_call_repeats_its_keys),
    cmocka_unit_test(an_answer_in_the_ack_is_read_with_the_keys_that_were_offered),
};
ZV_TEST_MAIN(tests)
