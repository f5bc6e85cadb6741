/*
 * Far ends and proxies that answer to harm: challenges without end or in another's name,
 * redirections in circles, forks by the thousand, answers that nobody asked for. Each ends within a
 * bound, is counted, gets no credentials, and leaves another call as it was.
 */
#include "victim.h"

/* ---- challenges ---- */

static void challenge(struct rig *rig, const struct rig_sent *request, uint16_t status,
                      const char *realm, int round)
{
    char header[256];
    snprintf(header, sizeof(header), "%s: Digest realm=\"%s\", nonce=\"n%d\", qop=\"auth\"%s\r\n",
             status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate", realm, round,
             round % 2 ? ", stale=true" : "");
    rig_answer(rig, request, &(struct rig_reply){.status = status, .tag = "b", .extra = header});
}

/* Challenges each request of that method, with a new nonce, for as long as it comes again. */
static int challenge_without_end(struct rig *rig, const char *method, uint16_t status,
                                 const char *realm)
{
    int rounds = 0;
    while (rig->sent_seen < rig->sent_count) {
        struct rig_sent sent = rig->sent[rig->sent_seen++];
        if (strncmp(sent.text, method, strlen(method)))
            continue; /* ACK */
        assert_true(++rounds < 100);
        challenge(rig, &sent, status == 0 ? (rounds % 2 ? 401 : 407) : status, realm, rounds);
    }
    return rounds;
}

static void start_request(struct victim *v, const char *method)
{
    struct rig *rig = &v->rig;
    int err = 0;
    if (!strcmp(method, "INVITE "))
        err = zv_sip_reoffer(rig->sip, RIG_CALL, ZV_STR_LIT(SDP_A), rig->now_us);
    else if (!strcmp(method, "INFO "))
        err = zv_sip_info(rig->sip, RIG_CALL, ZV_SIP_INFO_DTMF_RELAY, ZV_STR_LIT("Signal=1\r\n"),
                          rig->now_us);
    else
        err = zv_sip_hangup(rig->sip, RIG_CALL, rig->now_us);
    assert_int_equal(err, 0);
    rig_drain(rig);
}

static const char *const within[] = {"INVITE ", "INFO ", "BYE "};

static void endless_challenges_within_a_call_end_after_two_rounds(void **state)
{
    static const uint16_t statuses[] = {401, 407, 0};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(within) * ZV_ARRAY_LEN(statuses); i++) {
        const char *method = within[i / ZV_ARRAY_LEN(statuses)];
        struct victim v;
        victim_init(&v);
        start_request(&v, method);
        int rounds = challenge_without_end(&v.rig, method, statuses[i % ZV_ARRAY_LEN(statuses)],
                                           "zvonok.test");
        assert_int_equal(rounds, 3); /* two answers of ours */
        rig_advance(&v.rig, ZV_SECONDS(64));
        assert_int_equal(rig_counts(&v.rig).client_transactions, 0);
        rig_fini(&v.rig);
    }
}

static void endless_challenges_of_a_new_call_end_after_two_rounds(void **state)
{
    struct victim v;
    (void)state;
    victim_init(&v);
    second_invite(&v.rig, 12);
    v.rig.sent_seen--;
    assert_int_equal(challenge_without_end(&v.rig, "INVITE ", 0, "zvonok.test"), 3);
    rig_ended(&v.rig, ZV_SIP_CAUSE_AUTH);
    v.rig.sent_count = v.rig.sent_seen = 0; /* credentials were due there */
    victim_fini(&v);
}

static void credentials_refused_at_a_refresh_are_not_tried_again(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_advance_until_sent(&rig);
    assert_in_range(challenge_without_end(&rig, "REGISTER ", 401, "zvonok.test"), 1, 3);
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED);
    assert_int_equal(out->cause, ZV_SIP_CAUSE_AUTH);
    assert_false(out->retrying);
    size_t sent = rig.sent_count;
    rig_advance(&rig, ZV_SECONDS(24 * 3600));
    assert_int_equal(rig.sent_count, sent);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

/* Another realm at our own proxy; our realm at somebody else's address, which the far end named. */
static void no_credentials_leave_for_a_stranger(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ZV_ARRAY_LEN(within); i++) {
        const char *method = within[i / 2];
        bool is_elsewhere = i % 2;
        struct victim v;
        victim_init(&v);
        if (is_elsewhere) {
            struct rig_request update = within_call(&v, "UPDATE", 5);
            update.branch = "moved";
            update.extra = "Contact: <sip:evil@192.0.2.66:5060>\r\n";
            rig_request(&v.rig, &update);
            v.rig.targets[0] = rig_flow("192.0.2.66:5060");
        }
        forget(&v.rig);
        uint64_t before = rig_counts(&v.rig).foreign_realm;
        start_request(&v, method);
        assert_int_equal(v.rig.sent[0].flow.remote.ip[3], is_elsewhere ? 66 : 9);
        assert_int_equal(
            challenge_without_end(&v.rig, method, 401, is_elsewhere ? "zvonok.test" : "evil.test"),
            1);
        assert_int_equal(rig_counts(&v.rig).foreign_realm, before + 1);
        rig_advance(&v.rig, ZV_SECONDS(64));
        forget(&v.rig);
        rig_fini(&v.rig);
    }
}

/* ---- answers ---- */

static void redirections_lead_nowhere(void **state)
{
    static const uint16_t statuses[] = {300, 301, 302, 305, 380};
    struct victim v;
    (void)state;
    victim_init(&v);
    for (uint64_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig_sent invite = *second_invite(&v.rig, 20 + i);
        for (int round = 0; round < 100; round++) {
            rig_answer(&v.rig, &invite,
                       &(struct rig_reply){.status = statuses[i],
                                           .tag = "x",
                                           .extra = "Contact: <sip:1003@zvonok.test>, "
                                                    "<sip:1003@192.0.2.66>;q=0.5\r\n"});
            rig_next_sent(&v.rig, "ACK ");
            rig_no_more_sent(&v.rig);
        }
        assert_int_equal(rig_ended(&v.rig, ZV_SIP_CAUSE_REJECTED)->status, statuses[i]);
        forget(&v.rig);
    }
    victim_fini(&v);
}

static void provisionals_of_a_thousand_forks_stay_within_bounds(void **state)
{
    struct victim v;
    char tag[32];
    size_t told = 0;
    (void)state;
    victim_init(&v);
    struct rig_sent invite = *second_invite(&v.rig, 12);
    struct rig_reply ringing = {.status = 183, .tag = tag, .extra = RIG_CONTACT, .sdp = SDP_B};
    for (int i = 0; i < 1000; i++) {
        numbered(tag, "f", i);
        ringing.status = (uint16_t)(180 + i % 4);
        rig_answer(&v.rig, &invite, &ringing);
        told += v.rig.event_count;
        forget(&v.rig);
        assert_in_range(rig_counts(&v.rig).dialogs, 1, 1 + ZV_SIP_MAX_FORKS);
    }
    assert_in_range(told, 1, 100);
    rig_answer(
        &v.rig, &invite,
        &(struct rig_reply){.status = 200, .tag = "last", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(&v.rig, "ACK ");
    rig_next_event(&v.rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(rig_counts(&v.rig).dialogs, 2);
    assert_int_equal(zv_sip_hangup(v.rig.sip, 12, v.rig.now_us), 0);
    rig_drain(&v.rig);
    rig_answer_status(&v.rig, rig_next_sent(&v.rig, "BYE "), 200, "last");
    rig_ended(&v.rig, ZV_SIP_CAUSE_LOCAL);
    victim_fini(&v);
}

static void answers_of_a_thousand_forks_stay_within_bounds(void **state)
{
    struct victim v;
    char tag[32];
    size_t acks = 0, byes = 0;
    (void)state;
    victim_init(&v);
    uint64_t unmatched = rig_counts(&v.rig).unmatched;
    struct rig_sent invite = *second_invite(&v.rig, 12);
    for (int i = 0; i < 1000; i++) {
        rig_answer(
            &v.rig, &invite,
            &(struct rig_reply){
                .status = 200, .tag = numbered(tag, "f", i), .extra = RIG_CONTACT, .sdp = SDP_B});
        for (size_t s = v.rig.sent_seen; s < v.rig.sent_count; s++) {
            acks += !strncmp(v.rig.sent[s].text, "ACK ", 4);
            byes += !strncmp(v.rig.sent[s].text, "BYE ", 4);
        }
        if (i == 0)
            rig_next_event(&v.rig, ZV_SIP_OUT_ANSWERED);
        rig_no_more_events(&v.rig);
        forget(&v.rig);
    }
    assert_int_equal(acks, ZV_SIP_MAX_FORKS);
    assert_int_equal(byes, ZV_SIP_MAX_FORKS - 1);
    assert_int_equal(rig_counts(&v.rig).unmatched - unmatched, 1000 - ZV_SIP_MAX_FORKS);
    rig_advance(&v.rig, ZV_SECONDS(40));
    assert_int_equal(rig_counts(&v.rig).dialogs, 2);
    forget(&v.rig);
    struct rig_request bye = within_call(&v, "BYE", 7);
    struct zv_sip_msg msg;
    char call_id[64], our_tag[64];
    assert_int_equal(zv_sip_msg_parse(invite.text, invite.len, &msg), 0);
    snprintf(call_id, sizeof(call_id), "%.*s", ZV_STR_ARG(msg.call_id));
    snprintf(our_tag, sizeof(our_tag), "%.*s", ZV_STR_ARG(msg.from_tag));
    bye.branch = "second";
    bye.from_tag = "f0";
    bye.to_tag = our_tag;
    bye.call_id = call_id;
    rig_request(&v.rig, &bye);
    rig_ended(&v.rig, ZV_SIP_CAUSE_REMOTE_BYE);
    victim_fini(&v);
}

/* Whoever guesses a Call-ID, but not the branch that goes with it. */
static void unsolicited_answers_change_nothing(void **state)
{
    static const char *const starts[] = {"200 OK", "183 Session Progress", "486 Busy Here",
                                         "401 Unauthorized"};
    static const char *const methods[] = {"INVITE", "BYE", "REGISTER", "OPTIONS"};
    struct victim v;
    (void)state;
    victim_init(&v);
    struct zv_sip_counts before = rig_counts(&v.rig);
    for (int i = 0; i < FLOOD; i++) {
        char text[1024];
        snprintf(text, sizeof(text),
                 "SIP/2.0 %s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\n"
                 "From: <sip:a@b>;tag=%s\r\nTo: <sip:c@d>;tag=%s\r\nCall-ID: %s\r\n"
                 "CSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
                 starts[i % 4], i, v.our_tag, i % 3 ? "stranger" : "b", v.call_id, 5 + i % 50,
                 methods[i / 4 % 4]);
        rig_feed_from(&v.rig, "203.0.113.9:5060", text);
    }
    rig_no_more_sent(&v.rig);
    rig_no_more_events(&v.rig);
    struct zv_sip_counts after = rig_counts(&v.rig);
    assert_int_equal(after.unmatched - before.unmatched, FLOOD);
    assert_int_equal(after.dialogs, before.dialogs);
    victim_fini(&v);
}

static void repeated_answers_are_acknowledged_one_by_one(void **state)
{
    struct victim v;
    (void)state;
    victim_init(&v);
    struct rig_sent invite = *second_invite(&v.rig, 12);
    for (int i = 0; i < FLOOD; i++) {
        rig_answer(
            &v.rig, &invite,
            &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
        rig_next_sent(&v.rig, "ACK ");
        rig_no_more_sent(&v.rig);
        forget(&v.rig);
        v.rig.now_us += ZV_MS(1);
    }
    assert_int_equal(rig_counts(&v.rig).dialogs, 2);
    assert_int_equal(zv_sip_hangup(v.rig.sip, 12, v.rig.now_us), 0);
    rig_drain(&v.rig);
    rig_answer_status(&v.rig, rig_next_sent(&v.rig, "BYE "), 200, "b");
    rig_ended(&v.rig, ZV_SIP_CAUSE_LOCAL);
    victim_fini(&v);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(endless_challenges_within_a_call_end_after_two_rounds),
    cmocka_unit_test(endless_challenges_of_a_new_call_end_after_two_rounds),
    cmocka_unit_test(credentials_refused_at_a_refresh_are_not_tried_again),
    cmocka_unit_test(no_credentials_leave_for_a_stranger),
    cmocka_unit_test(redirections_lead_nowhere),
    cmocka_unit_test(provisionals_of_a_thousand_forks_stay_within_bounds),
    cmocka_unit_test(answers_of_a_thousand_forks_stay_within_bounds),
    cmocka_unit_test(unsolicited_answers_change_nothing),
    cmocka_unit_test(repeated_answers_are_acknowledged_one_by_one),
};
ZV_TEST_MAIN(tests)
