/* Challenges as they come in calls: stale, repeated without end, within the dialog, by a server of
 * a farm that is not the one that we registered at. */
#include "rig.h"

static void challenge(struct rig *rig, const struct rig_sent *request, const char *nonce,
                      const char *more)
{
    char extra[512];
    snprintf(extra, sizeof(extra),
             "Proxy-Authenticate: Digest realm=\"zvonok.test\", nonce=\"%s\", qop=\"auth\"%s\r\n",
             nonce, more);
    rig_answer(rig, request, &(struct rig_reply){.status = 407, .tag = "b", .extra = extra});
}

static void a_stale_nonce_of_a_call_is_replaced(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    challenge(&rig, rig_invite(&rig), "n1", "");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *second = rig_next_sent(&rig, "INVITE ");
    assert_true(rig_has(second, "nonce=\"n1\""));
    challenge(&rig, second, "n2", ", stale=TRUE");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *third = rig_next_sent(&rig, "INVITE ");
    assert_true(rig_has(third, "nonce=\"n2\""));
    assert_true(rig_has(third, "CSeq: 3 INVITE"));
    rig_answer_status(&rig, third, 486, "b");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 486);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* A proxy tries one after the other: the first rang for 40 s, the second wants credentials. */
static void a_call_that_is_challenged_after_long_ringing_goes_on(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 180, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_advance(&rig, ZV_SECONDS(40));
    challenge(&rig, invite, "n1", "");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *proved = rig_next_sent(&rig, "INVITE ");
    rig_advance(&rig, ZV_SECONDS(31));
    rig_no_more_events(&rig);
    rig.sent_seen = rig.sent_count; /* repetitions */
    rig_answer(&rig, proved,
               &(struct rig_reply){.status = 200, .tag = "c", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_fini(&rig);
}

/* Nor does it wait for longer than any other. */
static void a_call_that_is_challenged_and_never_answered_ends_by_timer_b(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_advance(&rig, ZV_MS(400));
    challenge(&rig, invite, "n1", "");
    rig_advance(&rig, ZV_SECONDS(32) - 1);
    rig_no_more_events(&rig);
    rig_advance(&rig, 1);
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void the_same_nonce_again_means_a_wrong_password(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    challenge(&rig, rig_invite(&rig), "n1", "");
    rig_next_sent(&rig, "ACK ");
    challenge(&rig, rig_next_sent(&rig, "INVITE "), "n1", "");
    rig_next_sent(&rig, "ACK ");
    rig_no_more_sent(&rig);
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_AUTH)->status, 407);
    rig_fini(&rig);
}

static void a_call_that_is_challenged_without_end_ends_after_two_rounds(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    for (int round = 0; round < 3; round++) {
        char nonce[8];
        snprintf(nonce, sizeof(nonce), "n%d", round);
        challenge(&rig, invite, nonce, ", stale=true");
        rig_next_sent(&rig, "ACK ");
        if (round < 2)
            invite = rig_next_sent(&rig, "INVITE ");
    }
    rig_no_more_sent(&rig);
    rig_ended(&rig, ZV_SIP_CAUSE_AUTH);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_re_invite_is_proved_and_its_stale_nonce_replaced(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_talk(&rig);
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(SDP_B), rig.now_us), 0);
    rig_drain(&rig);
    challenge(&rig, rig_next_sent(&rig, "INVITE "), "n1", "");
    rig_next_sent(&rig, "ACK ");
    challenge(&rig, rig_next_sent(&rig, "INVITE "), "n2", ", stale=true");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *proved = rig_next_sent(&rig, "INVITE ");
    assert_true(rig_has(proved, "nonce=\"n2\""));
    rig_answer(&rig, proved,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 200);
    rig_fini(&rig);
}

/* Registered at one server, called through another, since the first is down. */
static void a_bye_is_proved_to_the_server_that_the_call_was_proved_to(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig.targets[0] = rig_flow("192.0.2.10:5060");
    challenge(&rig, rig_invite(&rig), "n1", "");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *invite = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(invite->flow.remote.ip[3], 10);
    rig_answer(
        &rig, invite,
        &(struct rig_reply){.status = 200,
                            .tag = "b",
                            .extra = "Record-Route: <sip:192.0.2.10:5060;lr>\r\n" RIG_CONTACT,
                            .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    assert_int_equal(bye->flow.remote.ip[3], 10);
    challenge(&rig, bye, "n2", "");
    const struct rig_sent *proved = rig_next_sent(&rig, "BYE ");
    assert_true(rig_has(proved, "Proxy-Authorization: Digest"));
    rig_answer_status(&rig, proved, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    assert_int_equal(rig_counts(&rig).foreign_realm, 0);
    rig_fini(&rig);
}

/* Where the far end leads the dialog elsewhere nothing is proved, whatever was before. */
static void a_far_end_that_leads_the_dialog_astray_gets_no_digest(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    challenge(&rig, rig_invite(&rig), "n1", "");
    rig_next_sent(&rig, "ACK ");
    rig.targets[0] = rig_flow("192.0.2.66:5060");
    rig_answer(&rig, rig_next_sent(&rig, "INVITE "),
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = "Contact: <sip:1002@192.0.2.66:5060>\r\n",
                                   .sdp = SDP_B});
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig.sent_seen = rig.sent_count;
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE sip:1002@192.0.2.66:5060 ");
    assert_int_equal(bye->flow.remote.ip[3], 66);
    challenge(&rig, bye, "n2", "");
    rig_no_more_sent(&rig);
    assert_int_equal(rig_counts(&rig).foreign_realm, 1);
    rig_fini(&rig);
}

/* RFC 3261 §9.1. */
static void a_challenged_offer_that_meets_silence_is_not_cancelled(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_talk(&rig);
    rig.sent_seen = rig.sent_count;
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(SDP_B), rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *offer = rig_next_sent(&rig, "INVITE ");
    rig_advance(&rig, ZV_SECONDS(20));
    rig.sent_seen = rig.sent_count;
    challenge(&rig, offer, "n1", "");
    rig_next_sent(&rig, "ACK ");
    rig_next_sent(&rig, "INVITE ");
    rig_advance(&rig, ZV_SECONDS(40));
    for (size_t i = rig.sent_seen; i < rig.sent_count; i++)
        assert_int_not_equal(strncmp(rig.sent[i].text, "CANCEL ", 7), 0);
    rig_next_event(&rig, ZV_SIP_OUT_ENDED);
    rig_fini(&rig);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stale_nonce_of_a_call_is_replaced),
    cmocka_unit_test(a_call_that_is_challenged_after_long_ringing_goes_on),
    cmocka_unit_test(a_challenged_offer_that_meets_silence_is_not_cancelled),
    cmocka_unit_test(a_call_that_is_challenged_and_never_answered_ends_by_timer_b),
    cmocka_unit_test(the_same_nonce_again_means_a_wrong_password),
    cmocka_unit_test(a_call_that_is_challenged_without_end_ends_after_two_rounds),
    cmocka_unit_test(a_re_invite_is_proved_and_its_stale_nonce_replaced),
    cmocka_unit_test(a_bye_is_proved_to_the_server_that_the_call_was_proved_to),
    cmocka_unit_test(a_far_end_that_leads_the_dialog_astray_gets_no_digest),
};

ZV_TEST_MAIN(tests)
