/* Calls that are sent elsewhere by 3xx: by the operator's leave, within bounds, never in circles.
 */
#include "rig.h"

static void open_rig(struct rig *rig, uint8_t max_redirects)
{
    rig_init_cfg(rig, (struct zv_sip_cfg){.max_redirects = max_redirects});
    rig_register(rig);
    rig->sent_seen = rig->sent_count;
}

static void answer(struct rig *rig, const struct rig_sent *invite, uint16_t status,
                   const char *contacts)
{
    char extra[2048] = "";
    if (contacts)
        snprintf(extra, sizeof(extra), "Contact: %s\r\n", contacts);
    rig_answer(rig, invite, &(struct rig_reply){.status = status, .tag = "b", .extra = extra});
    rig_next_sent(rig, "ACK ");
}

static void a_redirect_ends_the_call_unless_the_operator_wants_it_followed(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 0);
    answer(&rig, rig_invite(&rig), 302, "<sip:1003@zvonok.test>");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 302);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_redirect_within_the_domain_goes_the_usual_way(void **state)
{
    (void)state;
    static const uint16_t statuses[] = {300, 301, 302};
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        char first[128], second[128];
        open_rig(&rig, 3);
        const struct rig_sent *invite = rig_invite(&rig);
        answer(&rig, invite, statuses[i], "\"Bob\" <sip:1003@ZVONOK.test;user=phone>;q=0.5");
        const struct rig_sent *again =
            rig_next_sent(&rig, "INVITE sip:1003@ZVONOK.test;user=phone SIP/2.0");
        assert_string_equal(rig.resolve_host, "proxy.zvonok.test");
        assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_ACCOUNT);
        assert_true(rig_has(again, "To: <sip:1002@zvonok.test>\r\n")); /* the call's, §8.1.3.4 */
        assert_true(rig_has(again, "CSeq: 2 INVITE"));
        assert_string_equal(rig_header(invite, ZV_SIP_HEADER_CALL_ID, first, sizeof(first)),
                            rig_header(again, ZV_SIP_HEADER_CALL_ID, second, sizeof(second)));
        rig_header(invite, ZV_SIP_HEADER_VIA, first, sizeof(first));
        rig_header(again, ZV_SIP_HEADER_VIA, second, sizeof(second));
        assert_string_not_equal(first, second);
        assert_true(rig_has(again, "\r\n\r\n" SDP_A));
        rig_answer(
            &rig, again,
            &(struct rig_reply){.status = 200, .tag = "c", .extra = RIG_CONTACT, .sdp = SDP_B});
        rig_next_sent(&rig, "ACK ");
        rig_next_event(&rig, ZV_SIP_OUT_ANSWERED);
        assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
        rig_drain(&rig);
        rig_answer_status(&rig, rig_next_sent(&rig, "BYE "), 200, "c");
        rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static void a_redirect_to_a_stranger_is_judged_by_the_edge(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    rig.holds_resolve = true;
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .callee = ZV_STR_LIT("1002"), .sdp = ZV_STR_LIT(SDP_A)};
    assert_int_equal(zv_sip_invite(rig.sip, RIG_CALL, &cfg, rig.now_us), 0);
    rig_drain(&rig);
    rig_resolve(&rig, 0);
    answer(&rig, rig_next_sent(&rig, "INVITE "), 302, "<sip:bob@other.test:5070;transport=tcp>");
    assert_string_equal(rig.resolve_host, "other.test");
    assert_int_equal(rig.resolve.port, 5070);
    assert_int_equal(rig.resolve.transport, ZV_SIP_TCP);
    assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_REDIRECT);
    rig_resolve(&rig, ZV_E_DENIED);
    const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_DENIED);
    assert_true(zv_str_is(out->host, "other.test")); /* which the operator may add */
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void where_the_operator_wants_tls_no_redirect_leads_around_it(void **state)
{
    static const char *const contacts[] = {"<sip:bob@other.test>",
                                           "<sip:bob@other.test;transport=udp>"};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(contacts); i++) {
        struct rig rig;
        struct zv_sip_account_cfg account = {.user = ZV_STR_LIT("1001"),
                                             .domain = ZV_STR_LIT("zvonok.test"),
                                             .transport = ZV_SIP_TLS};
        rig_init_cfg(&rig, (struct zv_sip_cfg){.max_redirects = 3});
        assert_int_equal(zv_sip_account_add(rig.sip, RIG_ACCOUNT, &account), 0);
        answer(&rig, rig_invite(&rig), 302, contacts[i]);
        assert_string_equal(rig.resolve_host, "other.test");
        assert_int_equal(rig.resolve.transport, ZV_SIP_TLS);
        rig_fini(&rig);
    }
}

static void a_stranger_gets_neither_our_routes_nor_our_digest(void **state)
{
    struct rig rig;
    (void)state;
    rig_init_cfg(&rig, (struct zv_sip_cfg){.max_redirects = 3});
    rig_add_account(&rig);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    rig_answer(
        &rig, rig_next_sent(&rig, "REGISTER "),
        &(struct rig_reply){.status = 401,
                            .tag = "r",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n1", "")});
    rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
               &(struct rig_reply){.status = 200,
                                   .tag = "r",
                                   .extra = "Service-Route: <sip:p.zvonok.test;lr>\r\n"});
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    const struct rig_sent *invite = rig_invite(&rig);
    assert_true(rig_has(invite, "Route:"));
    rig.targets[0] = rig_flow("192.0.2.77:5060");
    answer(&rig, invite, 302, "<sip:bob@other.test>");
    const struct rig_sent *again = rig_next_sent(&rig, "INVITE sip:bob@other.test ");
    assert_int_equal(again->flow.remote.ip[3], 77);
    assert_false(rig_has(again, "Route:"));
    rig_answer(
        &rig, again,
        &(struct rig_reply){.status = 401,
                            .tag = "x",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n2", "")});
    rig_next_sent(&rig, "ACK ");
    rig_no_more_sent(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_ENDED)->status, 401);
    assert_int_equal(rig_counts(&rig).foreign_realm, 1);
    rig_fini(&rig);
}

static void contacts_are_tried_by_their_q_each_once(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    answer(&rig, rig_invite(&rig), 300,
           "<sip:low@zvonok.test>;q=0.2, <sip:first@zvonok.test>;q=0.75, <sip:top@zvonok.test>, "
           "<sip:first@zvonok.test>;q=0.1, <sip:1002@zvonok.test>;q=0.99");
    answer(&rig, rig_next_sent(&rig, "INVITE sip:top@zvonok.test "), 480, NULL);
    answer(&rig, rig_next_sent(&rig, "INVITE sip:first@zvonok.test "), 503, NULL);
    const struct rig_sent *last = rig_next_sent(&rig, "INVITE sip:low@zvonok.test ");
    answer(&rig, last, 486, NULL);
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 486);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_global_refusal_ends_the_search(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    answer(&rig, rig_invite(&rig), 302, "<sip:a@zvonok.test>, <sip:b@zvonok.test>;q=0.5");
    answer(&rig, rig_next_sent(&rig, "INVITE sip:a@zvonok.test "), 603, NULL);
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 603);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_silent_target_leaves_the_next(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    answer(&rig, rig_invite(&rig), 302, "<sip:a@zvonok.test>, <sip:b@zvonok.test>;q=0.5");
    rig_next_sent(&rig, "INVITE sip:a@zvonok.test ");
    rig_advance(&rig, ZV_SECONDS(32));
    const struct rig_sent *last = &rig.sent[rig.sent_count - 1];
    assert_non_null(strstr(last->text, "INVITE sip:b@zvonok.test "));
    rig.sent_seen = rig.sent_count;
    answer(&rig, last, 486, NULL);
    rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void loops_of_redirects_end(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    answer(&rig, rig_invite(&rig), 302, "<sip:a@zvonok.test>");
    answer(&rig, rig_next_sent(&rig, "INVITE sip:a@zvonok.test "), 302, "<sip:1002@zvonok.test>");
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 302);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
    open_rig(&rig, 3);
    const struct rig_sent *invite = rig_invite(&rig);
    for (int hop = 1;; hop++) { /* each names another one */
        char contact[64], start[64];
        snprintf(contact, sizeof(contact), "<sip:hop%d@zvonok.test>", hop);
        snprintf(start, sizeof(start), "INVITE sip:hop%d@zvonok.test ", hop);
        answer(&rig, invite, 302, contact);
        if (hop > 3)
            break;
        invite = rig_next_sent(&rig, start);
    }
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 302);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void what_is_no_sip_uri_of_a_callee_is_not_followed(void **state)
{
    (void)state;
    static const char *const contacts[] = {
        "<tel:+123>",
        "<mailto:a@b.test>",
        "*",
        "<sip:a@zvonok.test?Replaces=x>",
        "<sip:a@zvonok.test;maddr=192.0.2.66>",
        "<sip:a@zvonok.test;method=BYE>",
        "<sip:a:secret@zvonok.test>",
        "<sip:1002@zvonok.test>",
        "nonsense",
        NULL,
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(contacts); i++) {
        struct rig rig;
        open_rig(&rig, 3);
        answer(&rig, rig_invite(&rig), 302, contacts[i]);
        assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 302);
        rig_no_more_sent(&rig);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
    static const uint16_t others[] = {305, 380};
    for (size_t i = 0; i < ZV_ARRAY_LEN(others); i++) {
        struct rig rig;
        open_rig(&rig, 3);
        answer(&rig, rig_invite(&rig), others[i], "<sip:a@zvonok.test>");
        assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, others[i]);
        rig_fini(&rig);
    }
}

static void a_flood_of_contacts_stays_within_bounds(void **state)
{
    struct rig rig;
    char contacts[2000] = "";
    (void)state;
    open_rig(&rig, 255);
    for (int i = 0; i < 40; i++) {
        char one[64];
        snprintf(one, sizeof(one), "%s<sip:c%d@zvonok.test>", i ? ", " : "", i);
        strcat(contacts, one);
    }
    answer(&rig, rig_invite(&rig), 300, contacts);
    int tried = 0;
    while (rig.event_seen == rig.event_count) {
        answer(&rig, rig_next_sent(&rig, "INVITE "), 302, contacts);
        tried++;
    }
    assert_int_equal(tried, 7); /* with the callee himself as many as are kept */
    rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void the_servers_own_address_is_no_stranger(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    answer(&rig, rig_invite(&rig), 302, "<sip:1003@192.0.2.9:5060>");
    const struct rig_sent *again = rig_next_sent(&rig, "INVITE sip:1003@192.0.2.9:5060 ");
    assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_ACCOUNT);
    rig_answer(
        &rig, again,
        &(struct rig_reply){.status = 407,
                            .tag = "x",
                            .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n2", "")});
    rig_next_sent(&rig, "ACK ");
    const struct rig_sent *proven = rig_next_sent(&rig, "INVITE sip:1003@192.0.2.9:5060 ");
    assert_true(rig_has(proven, "uri=\"sip:1003@192.0.2.9:5060\""));
    answer(&rig, proven, 486, NULL);
    rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
    rig_fini(&rig);
}

static void hanging_up_while_it_is_sent_on_ends_it(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    const struct rig_sent *invite = rig_invite(&rig);
    rig.holds_resolve = true;
    answer(&rig, invite, 302, "<sip:bob@other.test>");
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_resolve(&rig, 0); /* too late */
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
    open_rig(&rig, 3); /* and a call that was hung up is not sent on */
    invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 180, "b");
    assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), 0);
    rig_drain(&rig);
    rig_next_sent(&rig, "CANCEL ");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    answer(&rig, invite, 302, "<sip:1003@zvonok.test>");
    rig_ended(&rig, ZV_SIP_CAUSE_LOCAL);
    rig_no_more_sent(&rig);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void a_late_answer_of_the_first_callee_does_no_harm(void **state)
{
    struct rig rig;
    (void)state;
    open_rig(&rig, 3);
    const struct rig_sent *invite = rig_invite(&rig);
    rig_answer_status(&rig, invite, 183, "early");
    rig_next_event(&rig, ZV_SIP_OUT_PROGRESS);
    answer(&rig, invite, 302, "<sip:1003@zvonok.test>");
    const struct rig_sent *again = rig_next_sent(&rig, "INVITE sip:1003@zvonok.test ");
    assert_int_equal(rig_counts(&rig).dialogs, 0);
    rig_answer(&rig, invite, &(struct rig_reply){.status = 302, .tag = "b"}); /* repeated */
    rig_next_sent(&rig, "ACK ");
    rig_no_more_events(&rig);
    rig_advance(&rig, ZV_SECONDS(31)); /* the first transaction goes, the second stays */
    rig.sent_seen = rig.sent_count;
    answer(&rig, again, 486, NULL);
    assert_int_equal(rig_ended(&rig, ZV_SIP_CAUSE_REJECTED)->status, 486);
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void without_memory_the_call_ends_once(void **state)
{
    (void)state;
    for (int rung = 0; rung < 12; rung++) {
        struct rig rig;
        open_rig(&rig, 3);
        const struct rig_sent *invite = rig_invite(&rig);
        zv_alloc_fail_after(rung);
        rig_answer(&rig, invite,
                   &(struct rig_reply){
                       .status = 302, .tag = "b", .extra = "Contact: <sip:1003@zvonok.test>\r\n"});
        zv_alloc_fail_after(-1);
        rig_advance(&rig, ZV_SECONDS(100));
        rig_next_event(&rig, ZV_SIP_OUT_ENDED);
        rig_no_more_events(&rig);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_redirect_ends_the_call_unless_the_operator_wants_it_followed),
    cmocka_unit_test(a_redirect_within_the_domain_goes_the_usual_way),
    cmocka_unit_test(a_redirect_to_a_stranger_is_judged_by_the_edge),
    cmocka_unit_test(where_the_operator_wants_tls_no_redirect_leads_around_it),
    cmocka_unit_test(a_stranger_gets_neither_our_routes_nor_our_digest),
    cmocka_unit_test(contacts_are_tried_by_their_q_each_once),
    cmocka_unit_test(a_global_refusal_ends_the_search),
    cmocka_unit_test(a_silent_target_leaves_the_next),
    cmocka_unit_test(loops_of_redirects_end),
    cmocka_unit_test(what_is_no_sip_uri_of_a_callee_is_not_followed),
    cmocka_unit_test(a_flood_of_contacts_stays_within_bounds),
    cmocka_unit_test(the_servers_own_address_is_no_stranger),
    cmocka_unit_test(hanging_up_while_it_is_sent_on_ends_it),
    cmocka_unit_test(a_late_answer_of_the_first_callee_does_no_harm),
    cmocka_unit_test(without_memory_the_call_ends_once),
};

ZV_TEST_MAIN(tests)
