/* Provisionals that must not be lost (RFC 3262), theirs to a call of ours and ours to a caller that
 * requires it. */
#include "called.h"

#define RELIABLE(rseq) RIG_CONTACT "Require: 100rel\r\nRSeq: " rseq "\r\n"

/* ---- theirs ---- */

static void open_call(struct rig *rig)
{
    rig_init(rig);
    rig_add_account(rig);
}

static struct rig_reply reliable(uint16_t status, const char *extra)
{
    return (struct rig_reply){.status = status, .tag = "b", .extra = extra};
}

static void each_is_acknowledged_once_and_in_order(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_true(rig_has(invite, "Supported: 100rel"));
    struct rig_reply first = reliable(180, RELIABLE("41")), second = reliable(183, RELIABLE("42")),
                     ahead = reliable(183, RELIABLE("44"));
    second.sdp = SDP_B;
    rig_answer(&rig, invite, &first);
    const struct rig_sent *prack = rig_next_sent(&rig, "PRACK sip:1002@192.0.2.9:5060 SIP/2.0");
    assert_true(rig_has(prack, "RAck: 41 1 INVITE\r\n"));
    assert_true(rig_has(prack, "CSeq: 2 PRACK\r\n"));
    assert_true(rig_has(prack, ";tag=b\r\n"));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_PROGRESS)->status, 180);
    rig_answer(&rig, invite, &second); /* the one before is not acknowledged yet */
    rig_answer(&rig, invite, &first);
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_answer_status(&rig, prack, 200, "b");
    rig_answer(&rig, invite, &first); /* repeated: its PRACK crossed it */
    rig_answer(&rig, invite, &ahead);
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_answer(&rig, invite, &second);
    prack = rig_next_sent(&rig, "PRACK ");
    assert_true(rig_has(prack, "RAck: 42 1 INVITE\r\n"));
    assert_true(rig_has(prack, "CSeq: 3 PRACK\r\n"));
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_PROGRESS)->sdp, SDP_B));
    rig_answer_status(&rig, prack, 200, "b");
    struct rig_reply ok = reliable(200, RIG_CONTACT);
    rig_answer(&rig, invite, &ok);
    assert_true(rig_has(rig_next_sent(&rig, "ACK "), "CSeq: 1 ACK\r\n"));
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
    assert_true(rig_has(bye, "CSeq: 4 BYE\r\n")); /* above those of the PRACKs */
    rig_answer_status(&rig, bye, 200, "b");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void forks_count_for_themselves(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct rig_reply one = reliable(180, RELIABLE("1")), other = reliable(180, RELIABLE("700"));
    other.tag = "c";
    rig_answer(&rig, invite, &one);
    assert_true(rig_has(rig_next_sent(&rig, "PRACK "), "RAck: 1 1 INVITE\r\n"));
    rig_answer(&rig, invite, &other);
    const struct rig_sent *prack = rig_next_sent(&rig, "PRACK ");
    assert_true(rig_has(prack, "RAck: 700 1 INVITE\r\n"));
    assert_true(rig_has(prack, ";tag=c\r\n"));
    rig_fini(&rig);
}

/* A hunt group that tries one after the other: without its PRACK a fork would give up. */
static void every_fork_of_a_large_group_gets_its_prack(void **state)
{
    struct rig rig;
    char tag[8];
    (void)state;
    open_call(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct rig_reply heard = {.status = 183, .tag = "h", .extra = RIG_CONTACT, .sdp = SDP_B};
    rig_answer(&rig, invite, &heard);
    struct rig_reply ringing = reliable(180, RELIABLE("1"));
    ringing.tag = tag;
    ringing.sdp = NULL;
    for (int i = 0; i < 3 * ZV_SIP_MAX_FORKS; i++) {
        snprintf(tag, sizeof(tag), "f%d", i);
        rig_answer(&rig, invite, &ringing);
        const struct rig_sent *prack = rig_next_sent(&rig, "PRACK ");
        assert_true(rig_has(prack, "RAck: 1 1 INVITE\r\n"));
        rig_answer_status(&rig, prack, 200, tag);
        assert_in_range(rig_counts(&rig).dialogs, 1, ZV_SIP_MAX_FORKS);
    }
    snprintf(tag, sizeof(tag), "f0"); /* which had to go, and was not over */
    ringing.extra = RELIABLE("2");
    rig_answer(&rig, invite, &ringing);
    rig_answer_status(&rig, rig_next_sent(&rig, "PRACK "), 200, tag);
    rig.event_seen = rig.event_count;
    heard.status = 200;
    heard.sdp = NULL; /* what it had said was kept */
    rig_answer(&rig, invite, &heard);
    rig_next_sent(&rig, "ACK ");
    assert_true(zv_str_is(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp, SDP_B));
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    rig_fini(&rig);
}

static void what_cannot_be_acknowledged_is_not_heard(void **state)
{
    static const char *const extras[] = {RIG_CONTACT "Require: 100rel\r\n", RELIABLE("0"),
                                         RELIABLE("x")};
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(extras); i++) {
        open_call(&rig);
        const struct rig_sent *invite = rig_invite(&rig);
        struct rig_reply reply = reliable(183, extras[i]);
        rig_answer(&rig, invite, &reply);
        rig_no_more_sent(&rig);
        rig_no_more_events(&rig);
        assert_int_equal(rig_counts(&rig).malformed, 1);
        reply.tag = NULL; /* of no dialog */
        reply.extra = RELIABLE("1");
        rig_answer(&rig, invite, &reply);
        rig_no_more_sent(&rig);
        rig_no_more_events(&rig);
        rig_fini(&rig);
    }
}

/* Whoever waits for a PRACK gives up by itself; nothing of ours may hang on it. */
static void prack_without_an_answer_ends_nothing(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct rig_reply first = reliable(180, RELIABLE("1"));
    rig_answer(&rig, invite, &first);
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_advance(&rig, ZV_SECONDS(33));
    rig_no_more_events(&rig);
    rig.sent_seen = rig.sent_count;
    rig_answer_status(&rig, invite, 504, "b");
    rig_next_sent(&rig, "ACK ");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 504);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void prack_that_does_not_get_there_is_sent_when_the_provisional_comes_again(void **state)
{
    struct rig rig;
    (void)state;
    open_call(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct rig_reply first = reliable(183, RELIABLE("41")), second = reliable(180, RELIABLE("42"));
    first.sdp = SDP_B;
    rig_answer(&rig, invite, &first);
    zv_sip_on_flow_failed(rig.sip, &rig_next_sent(&rig, "PRACK ")->flow, rig.now_us);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    rig_answer(&rig, invite, &second); /* not its turn */
    rig_no_more_sent(&rig);
    rig_answer(&rig, invite, &first);
    const struct rig_sent *prack = rig_next_sent(&rig, "PRACK ");
    assert_true(rig_has(prack, "RAck: 41 1 INVITE\r\n"));
    rig_answer_status(&rig, prack, 200, "b");
    rig_answer(&rig, invite, &second);
    assert_true(rig_has(rig_next_sent(&rig, "PRACK "), "RAck: 42 1 INVITE\r\n"));
    rig_fini(&rig);
}

static void prack_is_authenticated_at_our_own_proxy(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct rig_reply ringing = reliable(180, "Record-Route: <sip:192.0.2.9;lr>\r\n" RELIABLE("9"));
    rig_answer(&rig, invite, &ringing);
    rig_answer(
        &rig, rig_next_sent(&rig, "PRACK "),
        &(struct rig_reply){.status = 407,
                            .tag = "b",
                            .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n9", "")});
    const struct rig_sent *prack = rig_next_sent(&rig, "PRACK ");
    assert_true(rig_has(prack, "Proxy-Authorization: Digest "));
    assert_true(rig_has(prack, "RAck: 9 1 INVITE\r\n"));
    assert_true(rig_has(prack, "CSeq: 3 PRACK\r\n"));
    rig_answer_status(&rig, prack, 200, "b");
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "CANCEL ");
    rig_answer_status(&rig, invite, 487, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* ---- ours ---- */

static uint64_t ring_in_requiring(struct rig *rig)
{
    struct rig_request invite = an_invite();
    invite.extra = RIG_CONTACT "Require: 100rel\r\n";
    rig_request(rig, &invite);
    assert_false(rig_has(rig_next_sent(rig, "SIP/2.0 100 Trying"), "RSeq")); /* never a 100 */
    return rig_next_event(rig, ZV_SIP_OUT_INCOMING)->leg;
}

static const struct rig_sent *ring(struct rig *rig, uint64_t leg, const char *sdp)
{
    assert_int_equal(zv_sip_ring(rig->sip, leg, sdp ? 183 : 180, zv_str(sdp), rig->now_us), 0);
    rig_drain(rig);
    const struct rig_sent *sent = rig_next_sent(rig, "SIP/2.0 18");
    assert_true(rig_has(sent, "Require: 100rel\r\n"));
    return sent;
}

static unsigned rseq_of(const struct rig_sent *sent)
{
    char text[16];
    return (unsigned)strtoul(rig_header(sent, ZV_SIP_HEADER_RSEQ, text, sizeof(text)), NULL, 10);
}

static void acknowledge(struct rig *rig, const char *branch, unsigned rseq, unsigned cseq,
                        const char *tag)
{
    char rack[64];
    struct rig_request prack = within("PRACK", branch, cseq, tag);
    snprintf(rack, sizeof(rack), "RAck: %u 10 INVITE\r\n", rseq);
    prack.extra = rack;
    rig_request(rig, &prack);
}

static void it_is_repeated_until_its_prack(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in_requiring(&rig);
    int64_t start_us = rig.now_us;
    const struct rig_sent *ringing = ring(&rig, leg, NULL);
    unsigned rseq = rseq_of(ringing);
    assert_true(rseq > 0);
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, (struct zv_str){0}, rig.now_us), ZV_E_AGAIN);
    rig_advance(&rig, ZV_MS(3500));
    for (int at_ms = 500, next_ms = 1000; at_ms <= 3500; at_ms += next_ms, next_ms *= 2) {
        const struct rig_sent *again = rig_next_sent(&rig, "SIP/2.0 180 ");
        assert_string_equal(again->text, ringing->text);
        assert_int_equal(again->at_us - start_us, ZV_MS(at_ms));
    }
    acknowledge(&rig, "p0", rseq + 1, 11, tag);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    acknowledge(&rig, "p1", rseq, 12, tag);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    acknowledge(&rig, "p2", rseq, 13, tag); /* a new request for what is acknowledged */
    rig_next_sent(&rig, "SIP/2.0 481 ");
    rig_advance(&rig, ZV_SECONDS(40));
    rig_no_more_sent(&rig);
    assert_int_equal(rseq_of(ring(&rig, leg, NULL)), rseq + 1);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void nobody_acknowledges_it(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in_requiring(&rig);
    ring(&rig, leg, NULL);
    rig_advance(&rig, ZV_SECONDS(32) - 1);
    for (int i = 0; i < 6; i++) /* 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s: not capped by T2 */
        rig_next_sent(&rig, "SIP/2.0 180 ");
    rig_no_more_sent(&rig);
    rig_advance(&rig, 1);
    rig_next_sent(&rig, "SIP/2.0 504 ");
    rig_ended(&rig, ZV_SIP_CAUSE_TIMEOUT);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void answer_waits_for_the_prack_of_a_session(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in_requiring(&rig);
    unsigned rseq = rseq_of(ring(&rig, leg, SDP_A));
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), ZV_E_STATE);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    acknowledge(&rig, "p1", rseq, 11, tag);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "CSeq: 11 PRACK"));
    const struct rig_sent *ok = rig_next_sent(&rig, "SIP/2.0 200 ");
    assert_true(rig_has(ok, "CSeq: 10 INVITE"));
    assert_true(rig_has(ok, "\r\n\r\n" SDP_A));
    struct rig_request ack = within("ACK", "ack1", 10, tag);
    rig_request(&rig, &ack);
    rig_next_event(&rig, ZV_SIP_OUT_CONFIRMED);
    rig_fini(&rig);
}

static void answer_does_not_wait_behind_a_bare_180(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in_requiring(&rig);
    unsigned rseq = rseq_of(ring(&rig, leg, NULL));
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    acknowledge(&rig, "p1", rseq, 11, tag); /* late, and still taken (§3) */
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "CSeq: 11 PRACK"));
    rig_advance(&rig, ZV_MS(500));
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "CSeq: 10 INVITE"));
    rig_no_more_sent(&rig); /* the 180 is not repeated any more */
    rig_fini(&rig);
}

static void held_answer_ends_with_the_call(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in_requiring(&rig);
    ring(&rig, leg, SDP_A);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    assert_int_equal(zv_sip_hangup(rig.sip, leg, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "SIP/2.0 480 ");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);

    open_rig(&rig);
    leg = ring_in_requiring(&rig);
    ring(&rig, leg, SDP_A);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    struct rig_request cancel = an_invite();
    cancel.method = "CANCEL";
    cancel.sdp = NULL;
    rig_request(&rig, &cancel);
    rig_next_sent(&rig, "SIP/2.0 200 ");
    rig_next_sent(&rig, "SIP/2.0 487 ");
    rig_ended(&rig, ZV_SIP_CAUSE_REMOTE_CANCEL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void pracks_that_fit_nothing_are_refused(void **state)
{
    struct rig rig;
    char tag[64];
    (void)state;
    open_rig(&rig);
    uint64_t leg = ring_in_requiring(&rig);
    unsigned rseq = rseq_of(ring(&rig, leg, NULL));
    snprintf(tag, sizeof(tag), "%s", our_tag(&rig));
    struct rig_request prack = within("PRACK", "p1", 11, tag);
    rig_request(&rig, &prack); /* without RAck */
    rig_next_sent(&rig, "SIP/2.0 400 ");
    prack = within("PRACK", "p2", 12, NULL); /* of no dialog */
    rig_request(&rig, &prack);
    rig_next_sent(&rig, "SIP/2.0 481 ");
    char rack[64];
    snprintf(rack, sizeof(rack), "RAck: %u 10 INVITE\r\n", rseq);
    prack = within("PRACK", "p3", 13, tag);
    prack.extra = rack;
    prack.sdp = SDP_B; /* a second offer: refused, but the 180 came */
    rig_request(&rig, &prack);
    rig_next_sent(&rig, "SIP/2.0 488 ");
    rig_advance(&rig, ZV_SECONDS(40));
    rig_no_more_sent(&rig);
    rig_fini(&rig);
}

static void an_offer_of_ours_is_not_made_by_18x(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig);
    struct rig_request invite = an_invite();
    invite.sdp = NULL;
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    uint64_t leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_ring(rig.sip, leg, 183, zv_str(SDP_A), rig.now_us), ZV_E_INVAL);
    rig_fini(&rig);
    open_rig(&rig); /* and a reliable one would have to make it */
    invite.extra = RIG_CONTACT "Require: 100rel\r\n";
    rig_request(&rig, &invite);
    rig_next_sent(&rig, "SIP/2.0 100 ");
    leg = rig_next_event(&rig, ZV_SIP_OUT_INCOMING)->leg;
    assert_int_equal(zv_sip_ring(rig.sip, leg, 180, (struct zv_str){0}, rig.now_us), 0);
    assert_int_equal(zv_sip_accept(rig.sip, leg, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    assert_true(rig_has(rig_next_sent(&rig, "SIP/2.0 200 "), "\r\n\r\n" SDP_A));
    rig_fini(&rig);
}

/* §13.2.1: it need not say it again in its 200. */
static void a_fork_that_has_said_its_answer_is_kept(void **state)
{
    struct rig rig;
    char tag[8];
    (void)state;
    open_call(&rig);
    const struct rig_sent *invite = rig_invite(&rig);
    struct rig_reply early = reliable(183, RELIABLE("1"));
    early.tag = tag;
    for (int i = 0; i < 9; i++) {
        snprintf(tag, sizeof(tag), "f%d", i);
        early.sdp = i < 2 ? SDP_B : NULL;
        early.status = i < 2 ? 183 : 180;
        rig_answer(&rig, invite, &early);
        rig_answer_status(&rig, rig_next_sent(&rig, "PRACK "), 200, tag);
    }
    rig.event_seen = rig.event_count;
    rig_answer(&rig, invite, &(struct rig_reply){.status = 200, .tag = "f0", .extra = RIG_CONTACT});
    assert_true(rig_next_event(&rig, ZV_SIP_OUT_ANSWERED)->sdp.len > 0);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_acknowledged_once_and_in_order),
        cmocka_unit_test(forks_count_for_themselves),
        cmocka_unit_test(every_fork_of_a_large_group_gets_its_prack),
        cmocka_unit_test(a_fork_that_has_said_its_answer_is_kept),
        cmocka_unit_test(what_cannot_be_acknowledged_is_not_heard),
        cmocka_unit_test(prack_without_an_answer_ends_nothing),
        cmocka_unit_test(prack_that_does_not_get_there_is_sent_when_the_provisional_comes_again),
        cmocka_unit_test(prack_is_authenticated_at_our_own_proxy),
        cmocka_unit_test(it_is_repeated_until_its_prack),
        cmocka_unit_test(nobody_acknowledges_it),
        cmocka_unit_test(answer_waits_for_the_prack_of_a_session),
        cmocka_unit_test(answer_does_not_wait_behind_a_bare_180),
        cmocka_unit_test(held_answer_ends_with_the_call),
        cmocka_unit_test(pracks_that_fit_nothing_are_refused),
        cmocka_unit_test(an_offer_of_ours_is_not_made_by_18x),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
