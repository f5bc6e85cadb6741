/*
 * Requests too large for a datagram (RFC 3261 §18.1.1): by TCP where the target takes it, by UDP
 * where it does not, and never two of them.
 */
#include "rig.h"

#define LIMIT 1300

static char sdp[2000];

static void open_rig(struct rig *rig, size_t limit)
{
    rig_init_cfg(rig, (struct zv_sip_cfg){.udp_max_request_bytes = limit});
    rig_register(rig);
    size_t len = strlen(SDP_A);
    memcpy(sdp, SDP_A, len);
    while (len < LIMIT)
        len += (size_t)sprintf(sdp + len, "a=candidate:%zu\r\n", len);
}

static const struct rig_sent *invite(struct rig *rig, const char *offer)
{
    const struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .callee = zv_str("1002"), .sdp = zv_str(offer)};
    assert_int_equal(zv_sip_invite(rig->sip, RIG_CALL, &cfg, rig->now_us), 0);
    rig_drain(rig);
    return rig_next_sent(rig, "INVITE ");
}

static void fail_flow(struct rig *rig, const struct rig_sent *sent)
{
    struct zv_sip_flow flow = sent->flow;
    flow.conn = 9; /* the edge's name of what it tried */
    zv_sip_on_flow_failed(rig->sip, &flow, rig->now_us);
    rig_drain(rig);
}

static void a_large_request_goes_by_tcp_and_says_so(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, LIMIT);
    const struct rig_sent *sent = invite(&rig, sdp);
    assert_int_equal(sent->flow.transport, ZV_SIP_TCP);
    assert_int_equal(sent->flow.conn, 0);
    assert_true(rig_has(sent, "Via: SIP/2.0/TCP 192.0.2.1:5060;"));
    assert_true(rig_has(sent, "@192.0.2.1:5060;transport=tcp>"));
    assert_true(rig_has(sent, "CSeq: 1 INVITE"));
    rig_no_more_sent(&rig);
    rig_advance(&rig, ZV_SECONDS(2)); /* nor is it repeated */
    rig_no_more_sent(&rig);
    rig_answer(&rig, sent,
               &(struct rig_reply){.status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_sent(&rig, "ACK ");
    rig_fini(&rig);
}

static void who_refuses_tcp_gets_it_by_udp_with_the_same_cseq(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, LIMIT);
    fail_flow(&rig, invite(&rig, sdp));
    const struct rig_sent *sent = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(sent->flow.transport, ZV_SIP_UDP);
    assert_true(rig_has(sent, "Via: SIP/2.0/UDP 192.0.2.1:5060;"));
    assert_true(rig_has(sent, "@192.0.2.1:5060>"));
    assert_true(rig_has(sent, "CSeq: 1 INVITE"));
    rig_advance(&rig, ZV_MS(500)); /* by UDP it is repeated */
    rig_next_sent(&rig, "INVITE ");
    rig_answer_status(&rig, sent, 407, "b"); /* without a challenge: refused */
    rig_next_sent(&rig, "ACK ");
    rig_fini(&rig);
}

static void a_challenge_is_answered_by_the_way_that_worked(void **state)
{
    static const bool takes_tcp[] = {true, false};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(takes_tcp); i++) {
        struct rig rig;
        open_rig(&rig, LIMIT);
        const struct rig_sent *sent = invite(&rig, sdp);
        if (!takes_tcp[i]) {
            fail_flow(&rig, sent);
            sent = rig_next_sent(&rig, "INVITE ");
        }
        rig_answer(&rig, sent,
                   &(struct rig_reply){
                       .status = 407,
                       .tag = "b",
                       .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n2", "")});
        rig_next_sent(&rig, "ACK ");
        sent = rig_next_sent(&rig, "INVITE ");
        assert_true(rig_has(sent, "CSeq: 2 INVITE"));
        assert_int_equal(sent->flow.transport, takes_tcp[i] ? ZV_SIP_TCP : ZV_SIP_UDP);
        rig_no_more_sent(&rig);
        rig_fini(&rig);
    }
}

static void who_hung_up_meanwhile_sends_nothing_more(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, LIMIT);
    const struct rig_sent *sent = invite(&rig, sdp);
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    fail_flow(&rig, sent);
    rig_no_more_sent(&rig);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_fini(&rig);
}

/* Otherwise the far end refuses it: it has seen the number (§12.2.2). */
static void no_number_is_used_twice_in_a_dialog(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, LIMIT);
    rig_talk(&rig);
    assert_int_equal(zv_sip_reoffer(rig.sip, RIG_CALL, zv_str(sdp), rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *sent = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(sent->flow.transport, ZV_SIP_TCP);
    assert_true(rig_has(sent, "CSeq: 2 INVITE"));
    assert_int_equal(
        zv_sip_send_digits(rig.sip, RIG_CALL, ZV_SIP_DIGIT_RELAY, zv_str("5"), rig.now_us), 0);
    rig_drain(&rig);
    assert_true(rig_has(rig_next_sent(&rig, "INFO "), "CSeq: 3 INFO"));
    fail_flow(&rig, sent);
    sent = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(sent->flow.transport, ZV_SIP_UDP);
    assert_true(rig_has(sent, "CSeq: 4 INVITE"));
    rig_fini(&rig);
}

static void the_next_target_is_asked_for_tcp_too(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, LIMIT);
    rig.targets[1] = rig_flow("192.0.2.10:5060");
    rig.target_count = 2;
    fail_flow(&rig, invite(&rig, sdp));
    const struct rig_sent *sent = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(sent->flow.transport, ZV_SIP_UDP);
    fail_flow(&rig, sent);
    sent = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(sent->flow.transport, ZV_SIP_TCP);
    assert_int_equal(sent->flow.remote.ip[3], 10);
    rig_fini(&rig);
}

static void what_fits_and_what_was_switched_off_stays_with_udp(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, LIMIT);
    assert_int_equal(invite(&rig, SDP_A)->flow.transport, ZV_SIP_UDP);
    rig_fini(&rig);
    open_rig(&rig, 0);
    assert_int_equal(invite(&rig, sdp)->flow.transport, ZV_SIP_UDP);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_request_goes_by_tcp_and_says_so),
        cmocka_unit_test(who_refuses_tcp_gets_it_by_udp_with_the_same_cseq),
        cmocka_unit_test(a_challenge_is_answered_by_the_way_that_worked),
        cmocka_unit_test(who_hung_up_meanwhile_sends_nothing_more),
        cmocka_unit_test(no_number_is_used_twice_in_a_dialog),
        cmocka_unit_test(the_next_target_is_asked_for_tcp_too),
        cmocka_unit_test(what_fits_and_what_was_switched_off_stays_with_udp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
