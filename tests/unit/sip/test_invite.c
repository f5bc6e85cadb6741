/* Calls that we make, against a scripted far end: answers, refusals, digest, cancelling, forks, the
 * end by either side. */
#include "rig.h"

static void outgoing_call_is_answered_and_hung_up(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_true(rig_has(invite, "From: \"Anna\" <sip:1001@zvonok.test>;tag="));
    assert_true(rig_has(invite, "To: <sip:1002@zvonok.test>\r\n"));
    assert_true(rig_has(invite, "@192.0.2.1:5060>\r\n"));
    assert_true(rig_has(invite, "Content-Type: application/sdp\r\n"));
    assert_true(rig_has(invite, "\r\n\r\n" SDP_A));
    assert_int_equal(rig.resolve.leg, RIG_CALL);
    rig_answer_status(&rig, invite, 100, NULL);
    rig_no_more_events(&rig);
    rig_answer_status(&rig, invite, 180, "b");
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    assert_int_equal(out->status, 180);
    assert_int_equal(out->leg, RIG_CALL);
    assert_int_equal(out->sdp.len, 0);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 183, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_PROGRESS)->sdp, SDP_B));
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(SDP_A), rig.now_us), ZV_E_STATE);
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    const struct rig_sent *ack = rig_next_sent(&rig, "ACK sip:1002@192.0.2.9:5060 SIP/2.0");
    assert_true(rig_has(ack, "To: <sip:1002@zvonok.test>;tag=b\r\n"));
    assert_true(rig_has(ack, "CSeq: 1 ACK"));
    out = rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(out->status, 200);
    assert_true(zv_str_is(out->sdp, SDP_B));
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE sip:1002@192.0.2.9:5060 SIP/2.0");
    assert_true(rig_has(bye, "CSeq: 2 BYE"));
    rig_no_more_events(&rig);
    rig_answer_status(&rig, bye, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), ZV_E_GONE);
    assert_int_equal(rig_counts(&rig).legs, 0);
    assert_int_equal(rig_counts(&rig).dialogs, 0);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void far_end_hangs_up_with_a_reason(void **state)
{
    struct rig rig;
    char call_id[64], from[128];
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_talk(&rig);
    rig_header(invite, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
    rig_header(invite, ZV_SIP_HEADER_FROM, from, sizeof(from));
    struct rig_request bye = {
        .method = "BYE",
        .uri = "sip:x@192.0.2.1",
        .branch = "bye",
        .from_tag = "b",
        .to_tag = strstr(from, "tag=") + 4,
        .call_id = call_id,
        .cseq = 1,
        .extra = "Reason: SIP;cause=200, Q.850;cause=16;text=\"Normal call clearing\"\r\n"};
    rig_request(&rig, &bye);
    rig_next_sent(&rig, "SIP/2.0 200 OK");
    const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_BYE);
    assert_int_equal(out->q850_cause, 16);
    assert_int_equal(out->status, 0);
    assert_true(zv_str_has_prefix(out->reason_header, "SIP;cause=200, Q.850"));
    rig_request(&rig, &bye); /* its 200 was lost */
    rig_next_sent(&rig, "SIP/2.0 200 OK");
    bye.branch = "bye2";
    bye.cseq = 2;
    rig_request(&rig, &bye);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    rig_no_more_events(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void refusals_end_with_their_status(void **state)
{
    static const uint16_t statuses[] = {301, 302, 400, 403, 404, 408, 415, 480, 484,
                                        486, 487, 488, 491, 500, 503, 600, 603, 699};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        rig_answer(&rig, rig_invite(&rig),
                   &(struct rig_reply){.status = statuses[i],
                                       .tag = "b",
                                       .reason = "Because",
                                       .extra = "Contact: <sip:elsewhere@192.0.2.66>\r\n"
                                                "Reason: Q.850;cause=17\r\n"});
        rig_next_sent(&rig, "ACK ");
        const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
        assert_int_equal(out->status, statuses[i]);
        assert_true(zv_str_is(out->reason, "Because"));
        assert_int_equal(out->q850_cause, 17);
        rig_no_more_sent(&rig);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static void challenge_is_answered_with_a_new_branch_and_cseq(void **state)
{
    struct rig rig;
    char first[256], second[256];
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_false(rig_has(invite, "uthorization:"));
    rig_answer(
        &rig, invite,
        &(struct rig_reply){.status = 407,
                            .tag = "p",
                            .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n9", "")});
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *again = rig_next_sent(&rig, "INVITE ");
    assert_true(rig_has(again, "Proxy-Authorization: Digest "));
    assert_true(rig_has(again, "CSeq: 2 INVITE"));
    assert_true(rig_has(again, "\r\n\r\n" SDP_A));
    rig_header(invite, ZV_SIP_HEADER_VIA, first, sizeof(first));
    rig_header(again, ZV_SIP_HEADER_VIA, second, sizeof(second));
    assert_string_not_equal(first, second);
    rig_header(invite, ZV_SIP_HEADER_FROM, first, sizeof(first));
    rig_header(again, ZV_SIP_HEADER_FROM, second, sizeof(second));
    assert_string_equal(first, second);
    rig_answer(&rig, again,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    const struct rig_sent *ack = rig_next_sent(&rig, "ACK ");
    assert_true(rig_has(ack, "CSeq: 2 ACK"));
    assert_false(rig_has(ack, "uthorization:"));
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_fini(&rig);
}

static void foreign_realm_gets_no_digest(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer(
        &rig, invite,
        &(struct rig_reply){.status = 401,
                            .tag = "p",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "evil.test", "n9", "")});
    rig_next_sent(&rig, "ACK ");
    rig_no_more_sent(&rig);
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 401);
    assert_int_equal(rig_counts(&rig).foreign_realm, 1);
    rig_fini(&rig);
}

/* CVE-2021-41158: the far end of a call challenges what we send to it, in the name of our realm. */
static void far_end_gets_no_digest_for_a_bye(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig.targets[0] = rig_flow("192.0.2.66:5060");
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = "Contact: <sip:evil@192.0.2.66:5060>\r\n",
                                   .sdp = SDP_B});
    assert_string_equal(rig.resolve_host, "192.0.2.66");
    assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_DIALOG);
    assert_int_equal(rig_next_sent(&rig, "ACK ")->flow.remote.ip[3], 66);
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE sip:evil@192.0.2.66:5060 ");
    assert_int_equal(bye->flow.remote.ip[3], 66);
    rig_answer(
        &rig, bye,
        &(struct rig_reply){.status = 401,
                            .tag = "b",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n9", "")});
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_no_more_sent(&rig);
    assert_int_equal(rig_counts(&rig).foreign_realm, 1);
    rig_fini(&rig);
}

static void bye_is_authenticated_at_our_own_proxy(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_talk(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer(
        &rig, rig_next_sent(&rig, "BYE "),
        &(struct rig_reply){.status = 407,
                            .tag = "b",
                            .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n9", "")});
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    assert_true(rig_has(bye, "Proxy-Authorization:"));
    assert_true(rig_has(bye, "CSeq: 3 BYE"));
    rig_answer_status(&rig, bye, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_fini(&rig);
}

static void cancel_waits_for_a_provisional(void **state)
{
    char via[256], cancel_via[256];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    rig_answer_status(&rig, invite, 100, NULL);
    const struct rig_sent *cancel = rig_next_sent(&rig, "CANCEL sip:1002@zvonok.test SIP/2.0");
    rig_header(invite, ZV_SIP_HEADER_VIA, via, sizeof(via));
    assert_string_equal(rig_header(cancel, ZV_SIP_HEADER_VIA, cancel_via, sizeof(cancel_via)), via);
    assert_true(rig_has(cancel, "CSeq: 1 CANCEL"));
    rig_answer_status(&rig, invite, 180, "b");
    rig_answer_status(&rig, cancel, 200, "b");
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_answer_status(&rig, invite, 487, "b");
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_LOCAL)->status, 487);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void cancel_that_nobody_answers_ends_after_32_s(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 180, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    int64_t start_us = rig.now_us;
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(40));
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    assert_int_equal(rig.events[rig.event_count - 1].at_us - start_us, ZV_SECONDS(32));
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void answer_that_crosses_cancel_is_acked_and_ended(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 180, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *cancel = rig_next_sent(&rig, "CANCEL ");
    rig_answer(&rig, invite,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    rig_answer_status(&rig, cancel, 481, "b");
    rig_no_more_events(&rig);
    rig_answer_status(&rig, bye, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void hangup_while_resolving_ends_at_once(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig.holds_resolve = true;
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = ZV_STR_LIT("1002")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
    rig_drain(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_resolve(&rig, 0);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void hangup_before_any_response_ends_with_timer_b(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig.targets[1] = rig_flow("192.0.2.10:5060");
    rig.target_count = 2;
    rig_invite(&rig);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(16)); /* this target's share; the next is not tried */
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    for (size_t i = 0; i < rig.sent_count; i++)
        assert_int_equal(rig.sent[i].flow.remote.ip[3], 9);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void endless_ringing_is_cancelled(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 180, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_advance(&rig, ZV_SECONDS(239));
    rig_no_more_sent(&rig);
    rig_advance(&rig, ZV_SECONDS(1));
    rig_next_sent(&rig, "CANCEL ");
    rig_answer_status(&rig, invite, 487, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void repeated_2xx_is_acked_again(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_talk(&rig);
    struct rig_reply ok = {.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B};
    size_t ack = rig.sent_count - 1;
    rig_answer(&rig, invite, &ok);
    assert_string_equal(rig_next_sent(&rig, "ACK ")->text, rig.sent[ack].text);
    rig_advance(&rig, ZV_SECONDS(40)); /* the transaction is over, the dialog is not */
    assert_int_equal(rig_counts(&rig).client_transactions, 0);
    rig_answer(&rig, invite, &ok);
    assert_string_equal(rig_next_sent(&rig, "ACK ")->text, rig.sent[ack].text);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void first_fork_wins_and_the_others_are_ended(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    for (int i = 0; i < 12; i++) {
        char tag[8];
        snprintf(tag, sizeof(tag), "e%d", i);
        rig_answer_status(&rig, invite, 180, tag);
        rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    }
    assert_int_equal(rig_counts(&rig).dialogs, ZV_SIP_MAX_FORKS);
    struct rig_reply ok = {.status = 200, .tag = "e11", .extra = RIG_CONTACT, .sdp = SDP_B};
    rig_answer(&rig, invite, &ok);
    rig_next_sent(&rig, "ACK ");
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    ok.tag = "e3";
    rig_answer(&rig, invite, &ok);
    assert_true(rig_has(rig_next_sent(&rig, "ACK "), ";tag=e3"));
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    assert_true(rig_has(bye, ";tag=e3"));
    rig_answer(&rig, invite, &ok);
    rig_next_sent(&rig, "ACK ");
    rig_no_more_sent(&rig);
    rig_answer_status(&rig, bye, 200, "e3");
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    bye = rig_next_sent(&rig, "BYE ");
    assert_true(rig_has(bye, ";tag=e11"));
    rig_answer_status(&rig, bye, 200, "e11");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    ok.tag = "late";
    rig_answer(&rig, invite, &ok); /* after the end, still within Timer M */
    rig_next_sent(&rig, "ACK ");
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "late");
    rig_no_more_events(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void fork_storm_stays_within_bounds(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    for (int i = 0; i < 40; i++) {
        char tag[8];
        snprintf(tag, sizeof(tag), "f%d", i);
        rig_answer(
            &rig, invite,
            &(struct rig_reply){.status = 200, .tag = tag, .extra = RIG_CONTACT, .sdp = SDP_B});
    }
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).dialogs, ZV_SIP_MAX_FORKS);
    assert_int_equal(rig_counts(&rig).unmatched, 40 - ZV_SIP_MAX_FORKS);
    rig_advance(&rig, ZV_SECONDS(40));
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    rig_fini(&rig);
}

static void dialog_follows_record_route_and_contact(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_answer(&rig, rig_invite(&rig),
               &(struct rig_reply){
                   .status = 200,
                   .tag = "b",
                   .extra = "Record-Route: <sip:p2.test;lr>, <sip:p1.test:5090;lr;x=y>\r\n"
                            "Contact: \"x\" <sip:1002@198.51.100.7:7777;ob?Subject=hi>;q=1\r\n",
                   .sdp = SDP_B});
    assert_string_equal(rig.resolve_host, "p1.test");
    assert_int_equal(rig.resolve.port, 5090);
    const struct rig_sent *ack =
        rig_next_sent(&rig, "ACK sip:1002@198.51.100.7:7777;ob SIP/2.0\r\n");
    assert_non_null(
        strstr(ack->text, "Route: <sip:p1.test:5090;lr;x=y>\r\nRoute: <sip:p2.test;lr>\r\n"));
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    size_t asked = rig.resolve_count;
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    assert_int_equal(rig.resolve_count, asked); /* the hop is known */
    rig_next_sent(&rig, "BYE sip:1002@198.51.100.7:7777;ob SIP/2.0\r\n");
    rig_fini(&rig);
}

static void unresolvable_next_hop_falls_back_to_the_flow(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    rig.resolve_err = ZV_E_DENIED;
    rig_answer(
        &rig, invite,
        &(struct rig_reply){
            .status = 200, .tag = "b", .extra = "Contact: <sip:1002@10.0.0.7>\r\n", .sdp = SDP_B});
    const struct rig_sent *ack = rig_next_sent(&rig, "ACK sip:1002@10.0.0.7 ");
    assert_int_equal(ack->flow.remote.ip[3], 9);
    rig_fini(&rig);
}

#define FAR_CONTACT "Contact: <sip:1002@far.test>\r\n"

static void ack_that_cannot_be_sent_ends_the_call_once(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    const struct rig_reply answer = {.status = 200, .tag = "b", .extra = FAR_CONTACT, .sdp = SDP_B};
    rig.holds_resolve = true;
    rig_answer(&rig, invite, &answer);
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    rig_advance(&rig, ZV_SECONDS(32) - 1);
    rig_no_more_events(&rig);
    rig_advance(&rig, 1);
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), ZV_E_GONE);
    size_t asked = rig.resolve_count;
    rig_answer(&rig, invite, &answer);
    assert_int_equal(rig.resolve_count, asked);
    rig_resolve(&rig, 0);
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* Whatever allocation fails on the way of a 2xx: either the call is answered, and the ACK goes at
 * the latest with the next 2xx, or it ends, once, and nothing is told after that. */
static void ack_that_cannot_be_made_ends_the_call_once(void **state)
{
    static const struct rig_reply answer = {
        .status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B};
    size_t ended = 0;
    (void)state;
    for (int64_t after = 0; after < 16; after++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        const struct rig_sent *invite = rig_invite(&rig);
        zv_alloc_fail_after(after);
        rig_answer(&rig, invite, &answer);
        zv_alloc_fail_after(-1);
        if (rig.events[0].out.kind == ZV_SIP_OUT_ANSWERED) {
            rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
            if (rig.sent_seen == rig.sent_count)
                rig_answer(&rig, invite, &answer);
            rig_next_sent(&rig, "ACK ");
            rig_no_more_events(&rig);
        } else {
            ended++;
            assert_int_not_equal(rig_next_event(&rig, ZV_SIP_OUT_ENDED)->cause, ZV_SIP_CAUSE_NONE);
            rig_answer(&rig, invite, &answer);
            rig_no_more_events(&rig);
            if (rig.sent_seen < rig.sent_count) { /* an ACK without a BYE would revive it there */
                rig_next_sent(&rig, "ACK ");
                rig_next_sent(&rig, "BYE ");
            }
            rig_assert_empty(&rig);
        }
        rig_fini(&rig);
    }
    assert_in_range(ended, 2, 15);
}

static void hangup_that_meets_an_ack_not_sent_ends_the_call_once(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig.holds_resolve = true;
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = ZV_STR_LIT("1002")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
    rig_drain(&rig);
    rig_resolve(&rig, 0);
    rig_answer(&rig, rig_next_sent(&rig, "INVITE "),
               &(struct rig_reply){.status = 200, .tag = "b", .extra = FAR_CONTACT, .sdp = SDP_B});
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(40));
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void name_that_fails_is_asked_once(void **state)
{
    static const int errs[] = {ZV_E_TIMEOUT, ZV_E_NOTFOUND};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(errs); i++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        rig.holds_resolve = true;
        struct zv_sip_invite_cfg cfg = {
            .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = ZV_STR_LIT("1002")};
        assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
        rig_drain(&rig);
        rig_advance(&rig, ZV_SECONDS(5));
        rig_resolve(&rig, errs[i]);
        rig_ended(&rig, ZV_SIP_CAUSE_RESOLVE_FAILED);
        rig_assert_empty(&rig);
        assert_int_equal(rig.resolve_count, 1);
        rig_no_more_sent(&rig);
        rig_fini(&rig);
    }
}

static void known_registrar_stands_in_for_a_name_that_fails(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    size_t asked = rig.resolve_count;
    rig.resolve_err = ZV_E_TIMEOUT;
    assert_int_equal(rig_invite(&rig)->flow.remote.ip[3], 9);
    assert_int_equal(rig.resolve_count, asked + 1);
    rig_fini(&rig);
}

static void silent_far_end_ends_a_bye_after_32_s(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_talk(&rig);
    int64_t start_us = rig.now_us;
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(40));
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    assert_int_equal(rig.events[rig.event_count - 1].at_us - start_us, ZV_SECONDS(32));
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void byes_that_cross_end_the_leg_once(void **state)
{
    struct rig rig;
    char call_id[64], from[128];
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    const struct rig_sent *invite = rig_talk(&rig);
    rig_header(invite, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
    rig_header(invite, ZV_SIP_HEADER_FROM, from, sizeof(from));
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *ours = rig_next_sent(&rig, "BYE ");
    struct rig_request theirs = {.method = "BYE",
                                 .uri = "sip:x@192.0.2.1",
                                 .branch = "bye",
                                 .from_tag = "b",
                                 .to_tag = strstr(from, "tag=") + 4,
                                 .call_id = call_id,
                                 .cseq = 1};
    rig_request(&rig, &theirs);
    rig_next_sent(&rig, "SIP/2.0 200 OK");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_answer_status(&rig, ours, 481, "b");
    rig_no_more_events(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void callee_and_headers_are_checked_at_once(void **state)
{
    static const char *const bad[] = {"", "a\r\nX: y", "a\x01"};
    static const char *const bad_uris[] = {"1002",
                                           "tel:1002",
                                           "sip:a@b?Route=x",
                                           "sip:a@b\r\nX: y",
                                           "sip:a@b;maddr=10.0.0.1",
                                           "sip:a@b;transport=tcp",
                                           "sip:a@b;lr",
                                           "sip:a:pw@b",
                                           "sip:a b@c",
                                           "sip:"};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        struct zv_sip_invite_cfg cfg = {
            .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = zv_str(bad[i])};
        assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), ZV_E_INVAL);
    }
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad_uris); i++) {
        struct zv_sip_invite_cfg cfg = {
            .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee_uri = zv_str(bad_uris[i])};
        assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), ZV_E_INVAL);
    }
    struct zv_sip_invite_cfg both = {.account = RIG_ACCOUNT,
                                     .sdp = ZV_STR_LIT(SDP_A),
                                     .callee = ZV_STR_LIT("1002"),
                                     .callee_uri = ZV_STR_LIT("sip:1002@zvonok.test")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &both, rig.now_us), ZV_E_INVAL);
    static const struct zv_sip_extra_header headers[] = {
        {{"Route", 5}, {"<sip:x>", 7}}, {{"X-A", 3}, {"a\r\nb", 4}}, {{"X A", 3}, {"b", 1}},
        {{"f", 1}, {"b", 1}},           {{"Via:", 4}, {"b", 1}},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(headers); i++) {
        struct zv_sip_invite_cfg cfg = {.account = RIG_ACCOUNT,
                                        .sdp = ZV_STR_LIT(SDP_A),
                                        .callee = ZV_STR_LIT("1002"),
                                        .extra = &headers[i],
                                        .extra_count = 1};
        assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), ZV_E_INVAL);
    }
    struct zv_sip_invite_cfg offerless = {.account = RIG_ACCOUNT, .callee = ZV_STR_LIT("1002")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &offerless, rig.now_us), ZV_E_INVAL);
    struct zv_sip_invite_cfg gone = {.account = 99, .callee = ZV_STR_LIT("1002")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &gone, rig.now_us), ZV_E_GONE);
    gone.account = RIG_ACCOUNT;
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL | ZV_SIP_LEG_INCOMING, &gone, rig.now_us),
                     ZV_E_INVAL);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).legs, 0);
    rig_fini(&rig);
}

static void extra_headers_and_odd_callees_are_carried(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    struct zv_sip_extra_header extra = {ZV_STR_LIT("X-Order"), ZV_STR_LIT("4711")};
    struct zv_sip_invite_cfg cfg = {.account = RIG_ACCOUNT,
                                    .sdp = ZV_STR_LIT(SDP_A),
                                    .callee = ZV_STR_LIT("#31#;x"),
                                    .display = ZV_STR_LIT("Зво\"нок"),
                                    .extra = &extra,
                                    .extra_count = 1};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), ZV_E_EXISTS);
    rig_drain(&rig);
    const struct rig_sent *invite = rig_next_sent(&rig, "INVITE sip:%2331%23%3Bx@zvonok.test ");
    assert_true(rig_has(invite, "\r\nX-Order: 4711\r\n"));
    assert_true(rig_has(invite, "From: \"Зво\\\"нок\" <sip:1001@"));
    assert_true(rig_has(invite, "Content-Type: application/sdp\r\n"));
    rig_fini(&rig);
}

static void callee_is_never_taken_for_a_uri(void **state)
{
    static const struct {
        const char *callee, *line;
    } cases[] = {
        {"sip:x@evil.test", "INVITE sip:sip%3Ax%40evil.test@zvonok.test SIP/2.0\r\n"},
        {"SIPS:x@evil.test;lr", "INVITE sip:SIPS%3Ax%40evil.test%3Blr@zvonok.test SIP/2.0\r\n"},
        {"100%", "INVITE sip:100%25@zvonok.test SIP/2.0\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        struct zv_sip_invite_cfg cfg = {
            .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = zv_str(cases[i].callee)};
        assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
        rig_drain(&rig);
        rig_next_sent(&rig, cases[i].line);
        rig_fini(&rig);
    }
}

static void callee_uri_is_carried_as_it_is(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    struct zv_sip_invite_cfg cfg = {.account = RIG_ACCOUNT,
                                    .sdp = ZV_STR_LIT(SDP_A),
                                    .callee_uri = ZV_STR_LIT("sip:x%3B@192.0.2.77:5070;ob")};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *invite =
        rig_next_sent(&rig, "INVITE sip:x%3B@192.0.2.77:5070;ob SIP/2.0\r\n");
    assert_string_equal(rig.resolve_host,
                        "proxy.zvonok.test"); /* by the account's way all the same */
    assert_int_equal(invite->flow.remote.ip[3], 9);
    rig_fini(&rig);
}

static void removed_account_leaves_its_legs_alive(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_int_equal(zv_sip_account_remove(rig.sip, RIG_ACCOUNT), 0);
    rig_answer(
        &rig, invite,
        &(struct rig_reply){.status = 407,
                            .tag = "p",
                            .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n9", "")});
    rig_next_sent(&rig, "ACK ");
    rig_answer_status(&rig, rig_next_sent(&rig, "INVITE "), 486, "b");
    rig_next_sent(&rig, "ACK ");
    rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void next_target_of_a_call_is_tried(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig.targets[1] = rig_flow("192.0.2.10:5060");
    rig.target_count = 2;
    const struct rig_sent *first = rig_invite(&rig);
    rig_answer_status(&rig, first, 503, "b");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *second = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(second->flow.remote.ip[3], 10);
    rig_answer_status(&rig, second, 503, "b");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 503);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void unusable_body_of_an_answer_ends_the_call(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    rig_answer(&rig, rig_invite(&rig),
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT "Content-Encoding: gzip\r\n",
                                   .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_PROTOCOL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outgoing_call_is_answered_and_hung_up),
        cmocka_unit_test(far_end_hangs_up_with_a_reason),
        cmocka_unit_test(refusals_end_with_their_status),
        cmocka_unit_test(challenge_is_answered_with_a_new_branch_and_cseq),
        cmocka_unit_test(foreign_realm_gets_no_digest),
        cmocka_unit_test(far_end_gets_no_digest_for_a_bye),
        cmocka_unit_test(bye_is_authenticated_at_our_own_proxy),
        cmocka_unit_test(cancel_waits_for_a_provisional),
        cmocka_unit_test(cancel_that_nobody_answers_ends_after_32_s),
        cmocka_unit_test(answer_that_crosses_cancel_is_acked_and_ended),
        cmocka_unit_test(hangup_while_resolving_ends_at_once),
        cmocka_unit_test(hangup_before_any_response_ends_with_timer_b),
        cmocka_unit_test(endless_ringing_is_cancelled),
        cmocka_unit_test(repeated_2xx_is_acked_again),
        cmocka_unit_test(first_fork_wins_and_the_others_are_ended),
        cmocka_unit_test(fork_storm_stays_within_bounds),
        cmocka_unit_test(dialog_follows_record_route_and_contact),
        cmocka_unit_test(unresolvable_next_hop_falls_back_to_the_flow),
        cmocka_unit_test(ack_that_cannot_be_sent_ends_the_call_once),
        cmocka_unit_test(ack_that_cannot_be_made_ends_the_call_once),
        cmocka_unit_test(hangup_that_meets_an_ack_not_sent_ends_the_call_once),
        cmocka_unit_test(name_that_fails_is_asked_once),
        cmocka_unit_test(known_registrar_stands_in_for_a_name_that_fails),
        cmocka_unit_test(silent_far_end_ends_a_bye_after_32_s),
        cmocka_unit_test(byes_that_cross_end_the_leg_once),
        cmocka_unit_test(callee_and_headers_are_checked_at_once),
        cmocka_unit_test(extra_headers_and_odd_callees_are_carried),
        cmocka_unit_test(callee_is_never_taken_for_a_uri),
        cmocka_unit_test(callee_uri_is_carried_as_it_is),
        cmocka_unit_test(removed_account_leaves_its_legs_alive),
        cmocka_unit_test(next_target_of_a_call_is_tried),
        cmocka_unit_test(unusable_body_of_an_answer_ends_the_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
