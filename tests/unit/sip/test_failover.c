/*
 * Several targets of one domain, some of them dead: who is tried first, how long a dead one is
 * remembered, and that it is never left out (RFC 3263 §4.3).
 */
#include "rig.h"

#include "sip/outage.h"

/* ---- the memory itself ---- */

static void a_failure_holds_longer_each_time_and_is_forgotten(void **state)
{
    (void)state;
    struct zv_sip_outages outages = {0};
    struct zv_sip_flow flow = rig_flow("192.0.2.9:5060");
    static const uint32_t expected_s[] = {30, 60, 120, 240, 300, 300, 300};
    int64_t now_us = ZV_SECONDS(1);
    for (size_t i = 0; i < ZV_ARRAY_LEN(expected_s); i++) {
        assert_int_equal(zv_sip_outage_note(&outages, &flow, 0, now_us), expected_s[i]);
        now_us += ZV_SECONDS(expected_s[i]);
        assert_true(zv_sip_outage_has(&outages, &flow, now_us - 1));
        assert_false(zv_sip_outage_has(&outages, &flow, now_us));
    }
    now_us += ZV_SECONDS(300) + 1; /* long enough ago to be a first one again */
    assert_int_equal(zv_sip_outage_note(&outages, &flow, 0, now_us), 30);
    zv_sip_outage_clear(&outages, &flow);
    assert_false(zv_sip_outage_has(&outages, &flow, now_us));
    assert_int_equal(zv_sip_outage_note(&outages, &flow, 7, now_us), 7);
    assert_int_equal(zv_sip_outage_note(&outages, &flow, 4000000000u, now_us), 300);
}

static void a_transport_is_a_target_of_its_own(void **state)
{
    (void)state;
    struct zv_sip_outages outages = {0};
    struct zv_sip_flow udp = rig_flow("192.0.2.9:5060"), tcp = udp, port = rig_flow("192.0.2.9:1");
    tcp.transport = ZV_SIP_TCP;
    zv_sip_outage_note(&outages, &udp, 0, 0);
    assert_true(zv_sip_outage_has(&outages, &udp, 1));
    assert_false(zv_sip_outage_has(&outages, &tcp, 1));
    assert_false(zv_sip_outage_has(&outages, &port, 1));
}

static void a_full_memory_forgets_what_ends_first(void **state)
{
    (void)state;
    struct zv_sip_outages outages = {0};
    struct zv_sip_flow flow = rig_flow("192.0.2.9:1");
    for (uint16_t i = 1; i <= 200; i++) {
        flow.remote.port = i;
        zv_sip_outage_note(&outages, &flow, i == 3 ? 300 : 0, ZV_MS(i));
    }
    assert_int_equal(outages.count, ZV_SIP_MAX_OUTAGES);
    assert_true(zv_sip_outage_has(&outages, &flow, ZV_SECONDS(1)));
    flow.remote.port = 3;
    assert_true(zv_sip_outage_has(&outages, &flow, ZV_SECONDS(1)));
    flow.remote.port = 4;
    assert_false(zv_sip_outage_has(&outages, &flow, ZV_SECONDS(1)));
}

static void the_living_come_first_and_nobody_is_left_out(void **state)
{
    (void)state;
    struct zv_sip_outages outages = {0};
    struct zv_sip_flow flows[] = {rig_flow("192.0.2.1:1"), rig_flow("192.0.2.2:1"),
                                  rig_flow("192.0.2.3:1"), rig_flow("192.0.2.4:1")};
    static const uint8_t expected[] = {2, 4, 1, 3};
    zv_sip_outage_note(&outages, &flows[0], 0, 0);
    zv_sip_outage_note(&outages, &flows[2], 0, 0);
    zv_sip_outage_order(&outages, flows, ZV_ARRAY_LEN(flows), 1);
    for (size_t i = 0; i < ZV_ARRAY_LEN(flows); i++)
        assert_int_equal(flows[i].remote.ip[3], expected[i]);
}

/* ---- calls and registrations over several targets ---- */

static void open_rig(struct rig *rig, size_t target_count)
{
    static const char *const targets[] = {"192.0.2.9:5060", "192.0.2.10:5060", "192.0.2.11:5060",
                                          "192.0.2.12:5060"};
    rig_init(rig);
    rig_add_account(rig);
    rig->target_count = target_count;
    for (size_t i = 0; i < target_count; i++)
        rig->targets[i] = rig_flow(targets[i]);
}

static const struct rig_sent *call(struct rig *rig, uint64_t leg)
{
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .callee = ZV_STR_LIT("1002"), .sdp = ZV_STR_LIT(SDP_A)};
    rig->sent_seen = rig->sent_count;
    assert_int_equal(zv_sip_invite(rig->sip, leg, &cfg, rig->now_us), 0);
    rig_drain(rig);
    return rig_next_sent(rig, "INVITE ");
}

static void refuse(struct rig *rig, const struct rig_sent *invite)
{
    rig_answer_status(rig, invite, 486, "b");
    assert_int_equal(rig_next_event(rig, ZV_SIP_OUT_ENDED)->status, 486);
}

/* Whom the next call asks first; it is refused there. */
static int first_asked(struct rig *rig, uint64_t leg)
{
    const struct rig_sent *invite = call(rig, leg);
    int last = invite->flow.remote.ip[3];
    refuse(rig, invite);
    return last;
}

static void only_the_first_call_waits_for_a_silent_server(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 2);
    const struct rig_sent *silent = call(&rig, 1);
    assert_int_equal(silent->flow.remote.ip[3], 9);
    rig_advance(&rig, ZV_SECONDS(16)); /* its half of 32 s */
    const struct rig_sent *second = &rig.sent[rig.sent_count - 1];
    assert_int_equal(second->flow.remote.ip[3], 10);
    assert_int_equal(rig.down_count, 1);
    assert_int_equal(rig.down.cause, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(rig.down.flow.remote.ip[3], 9);
    assert_int_equal(rig.down.expires_s, 30);
    struct zv_sip_counts counts;
    zv_sip_counts(rig.sip, &counts);
    assert_int_equal(counts.failovers, 1);
    refuse(&rig, second);
    assert_int_equal(first_asked(&rig, 2), 10);
    rig_advance(&rig, ZV_SECONDS(29));
    assert_int_equal(first_asked(&rig, 3), 10);
    rig_advance(&rig, ZV_SECONDS(1)); /* its time is over, and it has come back */
    assert_int_equal(first_asked(&rig, 4), 9);
    assert_int_equal(first_asked(&rig, 5), 9);
    assert_int_equal(rig.down_count, 1);
    rig_fini(&rig);
}

static void a_server_with_no_other_beside_it_is_asked_each_time(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 1);
    call(&rig, 1);
    rig_advance(&rig, ZV_SECONDS(32));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_ENDED)->cause, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(rig.down_count, 0);
    assert_int_equal(first_asked(&rig, 2), 9);
    rig_fini(&rig);
}

static void servers_that_are_all_down_are_asked_all_the_same(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 4);
    call(&rig, 1);
    rig_advance(&rig, ZV_SECONDS(32));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_ENDED)->cause, ZV_SIP_CAUSE_TIMEOUT);
    assert_int_equal(rig.down_count, 4);
    assert_int_equal(first_asked(&rig, 2), 9); /* in their own order, and this one answers */
    assert_int_equal(first_asked(&rig, 3), 9);
    rig_fini(&rig);
}

static void a_503_says_how_long_it_is_not_to_be_asked_first(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 2);
    rig_answer(
        &rig, call(&rig, 1),
        &(struct rig_reply){.status = 503, .tag = "b", .extra = "Retry-After: 90 (busy)\r\n"});
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *second = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(second->flow.remote.ip[3], 10);
    assert_int_equal(rig.down.cause, ZV_SIP_CAUSE_REJECTED);
    assert_int_equal(rig.down.status, 503);
    assert_int_equal(rig.down.expires_s, 90);
    refuse(&rig, second);
    rig_advance(&rig, ZV_SECONDS(89));
    assert_int_equal(first_asked(&rig, 2), 10);
    rig_advance(&rig, ZV_SECONDS(1));
    assert_int_equal(first_asked(&rig, 3), 9);
    rig_fini(&rig);
}

/* What the first had said is nothing to the second: its early dialog is gone, and a CANCEL waits
 * for the second's own provisional (RFC 3261 §9.1). */
static void a_call_that_went_on_to_another_server_is_cancelled_there(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 2);
    const struct rig_sent *first = call(&rig, 1);
    rig_answer(&rig, first,
               &(struct rig_reply){.status = 183, .tag = "a", .extra = RIG_CONTACT, .sdp = SDP_B});
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    assert_int_equal(rig_counts(&rig).dialogs, 1);
    rig_answer_status(&rig, first, 503, "a");
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *second = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(second->flow.remote.ip[3], 10);
    assert_int_equal(rig_counts(&rig).dialogs, 0);
    assert_int_equal(zv_sip_hangup(rig.sip, 1, rig.now_us), 0);
    rig_drain(&rig);
    rig_no_more_sent(&rig);
    rig_answer_status(&rig, second, 180, "c");
    const struct rig_sent *cancel = rig_next_sent(&rig, "CANCEL ");
    assert_int_equal(cancel->flow.remote.ip[3], 10);
    rig_answer_status(&rig, cancel, 200, "c");
    rig_answer_status(&rig, second, 487, "c");
    rig_next_sent(&rig, "ACK ");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

/* A call through a farm of two, whose ACK went to the first. */
static void talk_by_a_farm(struct rig *rig)
{
    open_rig(rig, 1);
    const struct rig_sent *invite = call(rig, 1);
    rig->target_count = 2;
    rig->targets[0] = rig_flow("192.0.2.21:5060");
    rig->targets[1] = rig_flow("192.0.2.22:5060");
    rig_answer(rig, invite,
               &(struct rig_reply){.status = 200,
                                   .tag = "b",
                                   .extra = RIG_CONTACT "Allow: UPDATE\r\n"
                                                        "Record-Route: <sip:farm.test;lr>\r\n"
                                                        "Session-Expires: 600;refresher=uac\r\n",
                                   .sdp = SDP_B});
    assert_int_equal(rig_next_sent(rig, "ACK ")->flow.remote.ip[3], 21);
    rig_next_event(rig, ZV_SIP_OUT_ANSWERED);
}

/* It went to the first, which failed as `is_silent` says; returns what the second is sent. */
static const struct rig_sent *goes_on(struct rig *rig, const char *start, bool is_silent)
{
    const struct rig_sent *sent = rig_next_sent(rig, start);
    assert_int_equal(sent->flow.remote.ip[3], 21);
    if (is_silent)
        rig_advance(rig, ZV_SECONDS(32));
    else
        zv_sip_on_flow_failed(rig->sip, &sent->flow, rig->now_us);
    rig_drain(rig);
    sent = &rig->sent[rig->sent_count - 1];
    rig->sent_seen = rig->sent_count;
    assert_int_equal(strncmp(sent->text, start, strlen(start)), 0);
    assert_int_equal(sent->flow.remote.ip[3], 22);
    return sent;
}

static void a_bye_finds_the_server_that_is_left(void **state)
{
    (void)state;
    for (int is_silent = 0; is_silent < 2; is_silent++) {
        struct rig rig;
        talk_by_a_farm(&rig);
        assert_int_equal(zv_sip_hangup(rig.sip, 1, rig.now_us), 0);
        rig_drain(&rig);
        const struct rig_sent *bye = goes_on(&rig, "BYE ", is_silent);
        if (is_silent) /* but nobody waits any longer */
            rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
        rig_answer_status(&rig, bye, 200, "b");
        if (!is_silent)
            rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
        rig_no_more_events(&rig);
        assert_int_equal(rig_counts(&rig).legs, 0);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static void what_else_a_call_sends_finds_it_too(void **state)
{
    (void)state;
    for (int is_silent = 0; is_silent < 2; is_silent++) {
        struct rig rig;
        talk_by_a_farm(&rig);
        rig_advance(&rig, ZV_SECONDS(300));
        rig_answer_status(&rig, goes_on(&rig, "UPDATE ", is_silent), 200, "b");
        rig_no_more_events(&rig);
        rig_fini(&rig);
    }
    struct rig rig;
    talk_by_a_farm(&rig);
    assert_int_equal(zv_sip_reoffer(rig.sip, 1, zv_str(SDP_A), rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, goes_on(&rig, "INVITE ", false), 488, "b");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_OFFER_RESULT)->status, 488);
    rig_fini(&rig);
}

/* Of a far end behind a farm of servers. */
static const struct rig_reply by_farm = {.status = 200,
                                         .tag = "b",
                                         .extra = RIG_CONTACT
                                         "Record-Route: <sip:farm.zvonok.test;lr>\r\n",
                                         .sdp = SDP_B};

/* The ACK has no answer: that its 2xx comes again says that it did not get there. */
static void an_ack_whose_way_has_failed_goes_another(void **state)
{
    (void)state;
    for (int transport = ZV_SIP_UDP; transport <= ZV_SIP_TCP; transport++) {
        struct rig rig;
        open_rig(&rig, 2);
        rig.targets[0].transport = rig.targets[1].transport = (enum zv_sip_transport)transport;
        rig.target_count = 1;
        const struct rig_sent *invite = call(&rig, 1);
        rig.targets[0] = rig.targets[1];
        rig.targets[1].remote = rig_addr("192.0.2.11:5060");
        rig.target_count = 2;
        rig_answer(&rig, invite, &by_farm);
        rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
        const struct rig_sent *ack = rig_next_sent(&rig, "ACK ");
        assert_int_equal(ack->flow.remote.ip[3], 10);
        zv_sip_on_flow_failed(rig.sip, &invite->flow, rig.now_us); /* which is another one */
        rig_answer(&rig, invite, &by_farm);
        assert_string_equal(rig_next_sent(&rig, "ACK ")->text, ack->text);
        zv_sip_on_flow_failed(rig.sip, &ack->flow, rig.now_us);
        rig_drain(&rig);
        rig_no_more_sent(&rig); /* it may have got there */
        rig_answer(&rig, invite, &by_farm);
        ack = rig_next_sent(&rig, "ACK ");
        assert_int_equal(ack->flow.remote.ip[3], 11);
        assert_int_equal(rig.down_count, 1);
        rig_answer(&rig, invite, &by_farm);
        assert_string_equal(rig_next_sent(&rig, "ACK ")->text, ack->text);
        assert_int_equal(zv_sip_hangup(rig.sip, 1, rig.now_us), 0);
        rig_drain(&rig);
        const struct rig_sent *bye = rig_next_sent(&rig, "BYE ");
        assert_int_equal(bye->flow.remote.ip[3], 11);
        rig_answer_status(&rig, bye, 200, "b");
        rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

/* A connection that was closed can be made again: the only server there is gets it once more. */
static void an_ack_with_nowhere_else_to_go_is_sent_there_again(void **state)
{
    static const struct rig_reply ok = {
        .status = 200, .tag = "b", .extra = RIG_CONTACT, .sdp = SDP_B};
    struct rig rig;
    (void)state;
    open_rig(&rig, 1);
    const struct rig_sent *invite = call(&rig, 1);
    rig_answer(&rig, invite, &ok);
    rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
    for (int i = 0; i < 5; i++) {
        zv_sip_on_flow_failed(rig.sip, &rig_next_sent(&rig, "ACK ")->flow, rig.now_us);
        rig_answer(&rig, invite, &ok);
    }
    rig_next_sent(&rig, "ACK ");
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

/* Whom a look-up names once more is not asked once more: he has just been silent. */
static void a_server_that_is_alone_is_not_asked_again(void **state)
{
    struct rig rig;
    (void)state;
    talk_by_a_farm(&rig);
    rig.target_count = 1;
    assert_int_equal(zv_sip_hangup(rig.sip, 1, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(32));
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    assert_int_equal(rig_counts(&rig).client_transactions, 0);
    assert_int_equal(rig_counts(&rig).dialogs, 0);
    rig_fini(&rig);

    talk_by_a_farm(&rig);
    rig.target_count = 1;
    rig_advance(&rig, ZV_SECONDS(300 + 32));
    rig_ended(&rig, ZV_SIP_CAUSE_DIALOG_GONE);
    rig_fini(&rig);
}

static void a_target_whose_port_is_closed_is_left_at_once_and_remembered(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 3);
    const struct rig_sent *closed = call(&rig, 1);
    zv_sip_on_flow_failed(rig.sip, &closed->flow, rig.now_us);
    rig_drain(&rig);
    const struct rig_sent *second = rig_next_sent(&rig, "INVITE ");
    zv_sip_on_flow_failed(rig.sip, &second->flow, rig.now_us);
    rig_drain(&rig);
    const struct rig_sent *third = rig_next_sent(&rig, "INVITE ");
    assert_int_equal(third->flow.remote.ip[3], 11);
    assert_int_equal(rig.down.cause, ZV_SIP_CAUSE_TRANSPORT);
    assert_int_equal(rig.down_count, 2);
    refuse(&rig, third);
    assert_int_equal(first_asked(&rig, 2), 11);
    rig_fini(&rig);
}

/* Sixteen seconds of ringing are no silence. */
static void a_server_that_answers_slowly_is_not_down(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 2);
    const struct rig_sent *invite = call(&rig, 1);
    rig_answer_status(&rig, invite, 180, "b");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    rig_advance(&rig, ZV_SECONDS(60));
    refuse(&rig, invite);
    assert_int_equal(rig.down_count, 0);
    assert_int_equal(first_asked(&rig, 2), 9);
    rig_fini(&rig);
}

/* The binding is kept by whoever answered, but not by one that has died since. */
static void a_refresh_leaves_a_registrar_that_died(void **state)
{
    (void)state;
    struct rig rig;
    open_rig(&rig, 2);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 200, "r");
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    rig_advance(&rig, ZV_SECONDS(235)); /* of 300; a refresh is due after 240 to 270 */
    const struct rig_sent *closed = call(&rig, 1);
    assert_int_equal(closed->flow.remote.ip[3], 9);
    rig_answer(&rig, closed,
               &(struct rig_reply){.status = 503, .tag = "b", .extra = "Retry-After: 60\r\n"});
    rig_next_sent(&rig, "ACK ");
    refuse(&rig, rig_next_sent(&rig, "INVITE "));
    rig.sent_seen = rig.sent_count;
    rig_advance_until_sent(&rig);
    const struct rig_sent *refresh = rig_next_sent(&rig, "REGISTER ");
    assert_int_equal(refresh->flow.remote.ip[3], 10);
    rig_fini(&rig);
}

/* A proxy that was started again, or an idle connection that was closed, says nothing of who
 * answers now. */
static void an_old_loss_says_nothing_of_the_next_ack(void **state)
{
    (void)state;
    for (int transport = ZV_SIP_UDP; transport <= ZV_SIP_TCP; transport++) {
        struct rig rig;
        open_rig(&rig, 2);
        rig.targets[0].transport = rig.targets[1].transport = (enum zv_sip_transport)transport;
        const struct rig_sent *invite = call(&rig, 1);
        rig_answer(&rig, invite, &by_farm);
        rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
        struct zv_sip_flow flow = rig_next_sent(&rig, "ACK ")->flow;
        zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
        rig_drain(&rig);
        assert_int_equal(zv_sip_reoffer(rig.sip, 1, ZV_STR_LIT(SDP_A), rig.now_us), 0);
        rig_drain(&rig);
        rig_answer(&rig, rig_next_sent(&rig, "INVITE "), &by_farm);
        assert_true(zv_sip_flow_is_same_way(&rig_next_sent(&rig, "ACK ")->flow, &flow));
        assert_int_equal(rig.down_count, 0);
        rig_fini(&rig);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_old_loss_says_nothing_of_the_next_ack),
    cmocka_unit_test(a_failure_holds_longer_each_time_and_is_forgotten),
    cmocka_unit_test(a_transport_is_a_target_of_its_own),
    cmocka_unit_test(a_full_memory_forgets_what_ends_first),
    cmocka_unit_test(the_living_come_first_and_nobody_is_left_out),
    cmocka_unit_test(only_the_first_call_waits_for_a_silent_server),
    cmocka_unit_test(a_server_with_no_other_beside_it_is_asked_each_time),
    cmocka_unit_test(servers_that_are_all_down_are_asked_all_the_same),
    cmocka_unit_test(a_503_says_how_long_it_is_not_to_be_asked_first),
    cmocka_unit_test(a_call_that_went_on_to_another_server_is_cancelled_there),
    cmocka_unit_test(a_bye_finds_the_server_that_is_left),
    cmocka_unit_test(what_else_a_call_sends_finds_it_too),
    cmocka_unit_test(an_ack_whose_way_has_failed_goes_another),
    cmocka_unit_test(an_ack_with_nowhere_else_to_go_is_sent_there_again),
    cmocka_unit_test(a_server_that_is_alone_is_not_asked_again),
    cmocka_unit_test(a_target_whose_port_is_closed_is_left_at_once_and_remembered),
    cmocka_unit_test(a_server_that_answers_slowly_is_not_down),
    cmocka_unit_test(a_refresh_leaves_a_registrar_that_died),
};

ZV_TEST_MAIN(tests)
