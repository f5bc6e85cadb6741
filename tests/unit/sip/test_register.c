/* Registration against a scripted registrar: digest, intervals, refreshes, failures, leaving. */
#include "rig.h"

static void start(struct rig *rig)
{
    rig_add_account(rig);
    assert_int_equal(zv_sip_register(rig->sip, RIG_ACCOUNT, rig->now_us), 0);
    rig_drain(rig);
}

static void registers_with_digest_and_a_random_contact(void **state)
{
    char first[256], second[256];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    assert_string_equal(rig.resolve_host, "proxy.zvonok.test");
    assert_int_equal(rig.resolve.purpose, ZV_SIP_FOR_ACCOUNT);
    assert_int_equal(rig.resolve.account, RIG_ACCOUNT);
    const struct rig_sent *plain = rig_next_sent(&rig, "REGISTER sip:zvonok.test SIP/2.0\r\n");
    assert_true(rig_has(plain, "From: \"Anna\" <sip:1001@zvonok.test>;tag="));
    assert_true(rig_has(plain, "To: \"Anna\" <sip:1001@zvonok.test>\r\n"));
    assert_true(rig_has(plain, "CSeq: 1 REGISTER"));
    assert_true(rig_has(plain, "Expires: 300"));
    assert_true(rig_has(plain, ";rport"));
    assert_true(rig_has(plain, "User-Agent: zvonok/test"));
    assert_false(rig_has(plain, "uthorization:"));
    assert_false(rig_has(plain, "Route:"));
    rig_header(plain, ZV_SIP_HEADER_CONTACT, first, sizeof(first));
    assert_non_null(strstr(first, "@192.0.2.1:5060>"));
    assert_null(strstr(first, "1001"));
    rig_answer(
        &rig, plain,
        &(struct rig_reply){.status = 401,
                            .tag = "r",
                            .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n1", "")});
    const struct rig_sent *again = rig_next_sent(&rig, "REGISTER sip:zvonok.test SIP/2.0\r\n");
    assert_true(rig_has(again, "Authorization: Digest username=\"1001\""));
    assert_true(rig_has(again, "uri=\"sip:zvonok.test\""));
    assert_true(rig_has(again, "CSeq: 2 REGISTER"));
    assert_false(rig_has(again, "secret1001"));
    rig_header(again, ZV_SIP_HEADER_CONTACT, second, sizeof(second));
    assert_string_equal(first, second);
    char extra[512];
    snprintf(extra, sizeof(extra),
             "Contact: <sip:other@192.0.2.7>;expires=7\r\nContact: %.*s;expires=120\r\n",
             (int)strcspn(first, ";"), first);
    rig_answer(&rig, again, &(struct rig_reply){.status = 200, .tag = "r", .extra = extra});
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    assert_int_equal(out->expires_s, 120);
    assert_int_equal(out->account, RIG_ACCOUNT);
    assert_false(out->is_behind_nat);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void wrong_password_ends_at_once(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    struct rig_reply challenge = {.status = 401,
                                  .tag = "r",
                                  .extra =
                                      RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n1", "")};
    rig_answer(&rig, rig_next_sent(&rig, "REGISTER "), &challenge);
    rig_answer(&rig, rig_next_sent(&rig, "REGISTER "), &challenge);
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED);
    assert_int_equal(out->cause, ZV_SIP_CAUSE_AUTH);
    assert_int_equal(out->status, 401);
    assert_true(zv_str_is(out->reason, "Unauthorized"));
    assert_false(out->retrying);
    rig_advance(&rig, ZV_SECONDS(600));
    rig_no_more_sent(&rig);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_fini(&rig);
}

static void endless_challenges_end_after_two_rounds(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    for (int i = 0; i < 3; i++) {
        char extra[256];
        snprintf(extra, sizeof(extra),
                 RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n%d", ", stale=true"), i);
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){.status = 401, .tag = "r", .extra = extra});
    }
    rig_no_more_sent(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_AUTH);
    rig_fini(&rig);
}

static void stale_nonce_is_replaced(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_advance_until_sent(&rig);
    const struct rig_sent *refresh = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(refresh, "nonce=\"n1\""));
    assert_true(rig_has(refresh, "nc=00000002"));
    rig_answer(&rig, refresh,
               &(struct rig_reply){.status = 401,
                                   .tag = "r",
                                   .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n2",
                                                          ", stale=true")});
    const struct rig_sent *again = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(again, "nonce=\"n2\""));
    assert_true(rig_has(again, "nc=00000001"));
    rig_answer(&rig, again, &(struct rig_reply){.status = 200, .tag = "r"});
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void refused_403_after_digest_is_a_matter_of_credentials(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    rig_answer(
        &rig, rig_next_sent(&rig, "REGISTER "),
        &(struct rig_reply){.status = 407,
                            .tag = "r",
                            .extra = RIG_CHALLENGE("Proxy-Authenticate", "zvonok.test", "n1", "")});
    const struct rig_sent *again = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(again, "Proxy-Authorization: Digest "));
    rig_answer_status(&rig, again, 403, "r");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_AUTH);
    rig_fini(&rig);
}

static void too_brief_an_interval_is_raised_once_named(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
               &(struct rig_reply){.status = 423, .tag = "r", .extra = "Min-Expires: 1800\r\n"});
    const struct rig_sent *again = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(again, "Expires: 1800"));
    rig_answer(&rig, again, &(struct rig_reply){.status = 200, .tag = "r"});
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTERED)->expires_s, 1800);
    rig_fini(&rig);
}

static void intervals_that_only_grow_are_refused(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    for (int i = 0; i < 3; i++) {
        char extra[64];
        snprintf(extra, sizeof(extra), "Min-Expires: %d\r\n", 1000 * (i + 1));
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){.status = 423, .tag = "r", .extra = extra});
    }
    rig_no_more_sent(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->status, 423);
    rig_fini(&rig);
}

/* Refreshed between 80 and 90 % of the granted time, where that is not below the floor of 10 s. */
static void refreshes_in_time(void **state)
{
    static const unsigned granted[] = {13, 20, 60, 300, 3600};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(granted); i++) {
        char extra[64];
        struct rig rig;
        rig_init(&rig);
        start(&rig);
        snprintf(extra, sizeof(extra), "Expires: %u\r\n", granted[i]);
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){.status = 200, .tag = "r", .extra = extra});
        int64_t start_us = rig.now_us, whole_us = ZV_SECONDS((int64_t)granted[i]);
        rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
        rig_advance(&rig, whole_us * 8 / 10 - 1);
        rig_no_more_sent(&rig);
        rig_advance_until_sent(&rig);
        const struct rig_sent *refresh = rig_next_sent(&rig, "REGISTER ");
        assert_true(refresh->at_us >= start_us + whole_us * 8 / 10);
        assert_true(refresh->at_us <= start_us + whole_us * 9 / 10);
        rig_fini(&rig);
    }
}

static void assert_not_kept(struct rig *rig, bool retrying)
{
    const struct zv_sip_out *out = rig_next_event(rig, ZV_SIP_OUT_REGISTER_FAILED);
    assert_int_equal(out->cause, ZV_SIP_CAUSE_REJECTED);
    assert_int_equal(out->status, 200);
    assert_true(zv_str_is(out->reason, "The registrar keeps no registration"));
    assert_int_equal(out->retrying, retrying);
}

/* Our Contact as it was sent, with that expires, between others'. */
static const char *contact_list(const struct rig_sent *request, const char *expires, char *dst,
                                size_t cap)
{
    char contact[256];
    rig_header(request, ZV_SIP_HEADER_CONTACT, contact, sizeof(contact));
    snprintf(dst, cap, "Contact: <sip:x@192.0.2.7>;expires=90\r\nContact: %.*s%s\r\n",
             (int)strcspn(contact, ";"), contact, expires);
    return dst;
}

static void grant_of_no_time_is_a_failure_and_asks_no_more(void **state)
{
    static const struct {
        const char *ours; /* NULL: our Contact is not in the list */
        const char *more;
    } cases[] = {
        {";expires=0", "Expires: 300\r\n"}, /* ours counts, not the header */
        {"", "Expires: 0\r\n"},
        {NULL, "Expires: 0\r\n"},
        {NULL, "Contact: <sip:other@192.0.2.7>;expires=300\r\nExpires: 300\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        char list[512] = "", extra[1024];
        struct rig rig;
        rig_init(&rig);
        start(&rig);
        const struct rig_sent *request = rig_next_sent(&rig, "REGISTER ");
        if (cases[i].ours)
            contact_list(request, cases[i].ours, list, sizeof(list));
        snprintf(extra, sizeof(extra), "%s%s", list, cases[i].more);
        rig_answer(&rig, request, &(struct rig_reply){.status = 200, .tag = "r", .extra = extra});
        assert_not_kept(&rig, false);
        rig_advance(&rig, ZV_SECONDS(600));
        rig_no_more_sent(&rig);
        rig_no_more_events(&rig);
        assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
        rig_fini(&rig);
    }
}

static void refresh_that_grants_no_time_is_retried_with_growing_pauses(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    for (int i = 0; i < 8; i++) {
        rig_advance_until_sent(&rig);
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 0\r\n"});
        assert_not_kept(&rig, true);
    }
    rig_advance(&rig, ZV_SECONDS(42) - 1); /* 60 s, -30 % */
    rig_no_more_sent(&rig);
    rig_advance_until_sent(&rig);
    rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
               &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 300\r\n"});
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    rig_fini(&rig);
}

static void tiny_grant_is_refreshed_after_ten_seconds(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    for (int i = 0; i < 5; i++) {
        rig_advance_until_sent(&rig);
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 1\r\n"});
        assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTERED)->expires_s, 1);
        rig_advance(&rig, ZV_SECONDS(10) - 1);
        rig_no_more_sent(&rig);
    }
    rig_advance(&rig, 1);
    rig_next_sent(&rig, "REGISTER ");
    rig_fini(&rig);
}

static void longest_of_our_bindings_counts(void **state)
{
    char list[512], extra[1024];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    const struct rig_sent *request = rig_next_sent(&rig, "REGISTER ");
    contact_list(request, ";expires=3", list, sizeof(list));
    size_t len = (size_t)snprintf(extra, sizeof(extra), "%s", list);
    contact_list(request, ";expires=200", list, sizeof(list));
    snprintf(extra + len, sizeof(extra) - len, "%s", list);
    rig_answer(&rig, request, &(struct rig_reply){.status = 200, .tag = "r", .extra = extra});
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTERED)->expires_s, 200);
    rig_fini(&rig);
}

static void failed_refresh_is_told_and_tried_again(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig.resolve_err = ZV_E_NOTFOUND; /* the known address stands in */
    rig_advance_until_sent(&rig);
    rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 500, "r");
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED);
    assert_true(out->retrying);
    assert_int_equal(out->cause, ZV_SIP_CAUSE_REJECTED);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), ZV_E_STATE);
    rig_advance(&rig, ZV_MS(699)); /* 1 s, ±30 % */
    rig_no_more_sent(&rig);
    rig_advance(&rig, ZV_MS(602));
    rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 500, "r");
    assert_true(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->retrying);
    rig_advance(&rig, ZV_MS(1399)); /* 2 s, ±30 % */
    rig_no_more_sent(&rig);
    rig_advance_until_sent(&rig);
    rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
               &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 300\r\n"});
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void retries_grow_to_a_minute_and_no_more(void **state)
{
    struct rig rig;
    int64_t last_us = 0, longest_us = 0;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig.target_count = 1;
    for (int i = 0; i < 12; i++) {
        rig_advance_until_sent(&rig);
        const struct rig_sent *refresh = rig_next_sent(&rig, "REGISTER ");
        rig_answer_status(&rig, refresh, 500, "r");
        if (i > 0)
            longest_us = ZV_MAX(longest_us, refresh->at_us - last_us);
        last_us = refresh->at_us;
        rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED);
    }
    assert_in_range(longest_us, ZV_SECONDS(42), ZV_SECONDS(79));
    rig_fini(&rig);
}

static void what_cannot_be_resolved_fails_with_its_cause(void **state)
{
    static const struct {
        int err;
        enum zv_sip_cause cause;
    } cases[] = {{ZV_E_NOTFOUND, ZV_SIP_CAUSE_RESOLVE_FAILED},
                 {ZV_E_TIMEOUT, ZV_SIP_CAUSE_RESOLVE_FAILED},
                 {ZV_E_DENIED, ZV_SIP_CAUSE_DENIED}};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        rig_init(&rig);
        rig.resolve_err = cases[i].err;
        start(&rig);
        assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, cases[i].cause);
        rig_no_more_sent(&rig);
        rig_fini(&rig);
    }
}

static void silent_resolver_is_bounded(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig.holds_resolve = true;
    start(&rig);
    rig_advance(&rig, ZV_SECONDS(31));
    rig_no_more_events(&rig);
    rig_advance(&rig, ZV_SECONDS(1));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_TIMEOUT);
    rig_resolve(&rig, 0); /* too late */
    rig_no_more_sent(&rig);
    assert_int_equal(rig_counts(&rig).resolutions, 0);
    rig_fini(&rig);
}

static void next_target_is_tried_on_silence_icmp_and_503(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig.targets[1] = rig_flow("192.0.2.10:5060");
    rig.targets[2] = rig_flow("192.0.2.11:5060");
    rig.targets[3] = rig_flow("192.0.2.12:5060");
    rig.target_count = 4;
    start(&rig);
    const struct rig_sent *first = rig_next_sent(&rig, "REGISTER ");
    zv_sip_on_flow_failed(rig.sip, &first->flow, rig.now_us);
    rig_drain(&rig);
    const struct rig_sent *second = rig_next_sent(&rig, "REGISTER ");
    assert_int_equal(second->flow.remote.ip[3], 10);
    rig_answer_status(&rig, second, 503, "r");
    const struct rig_sent *third = rig_next_sent(&rig, "REGISTER ");
    assert_int_equal(third->flow.remote.ip[3], 11);
    rig_advance(&rig, ZV_SECONDS(16)); /* half of what is left */
    const struct rig_sent *fourth = &rig.sent[rig.sent_count - 1];
    assert_int_equal(fourth->flow.remote.ip[3], 12);
    rig_answer_status(&rig, fourth, 200, "r");
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    rig_fini(&rig);
}

static void whole_attempt_ends_within_32_s_whatever_the_targets(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig.targets[1] = rig_flow("192.0.2.10:5060");
    rig.target_count = 2;
    start(&rig);
    rig_advance(&rig, ZV_SECONDS(32));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_TIMEOUT);
    rig_fini(&rig);
}

static void transport_failure_of_the_only_target_is_told(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    zv_sip_on_flow_failed(rig.sip, &rig.targets[0], rig.now_us);
    rig_drain(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause,
                     ZV_SIP_CAUSE_TRANSPORT);
    rig_fini(&rig);
}

static void a_registration_whose_stream_is_lost_is_made_again_at_once(void **state)
{
    static const struct {
        uint64_t conn;
        bool is_lost;
    } cases[] = {{7, true}, {8, false}};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct rig rig;
        rig_init(&rig);
        rig.targets[0].transport = ZV_SIP_TCP;
        rig.targets[0].conn = 7;
        start(&rig);
        rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 200, "r");
        assert_false(rig_next_event(&rig, ZV_SIP_OUT_REGISTERED)->is_behind_nat);
        struct zv_sip_flow flow = rig.targets[0];
        assert_int_equal(zv_sip_flow_use(rig.sip, &flow), ZV_SIP_FLOW_OF_REGISTRATION);
        flow.conn = cases[i].conn; /* another stream to that address is no loss */
        zv_sip_on_flow_failed(rig.sip, &flow, rig.now_us);
        rig_advance(&rig, ZV_MS(1501));
        if (cases[i].is_lost)
            rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 200, "r");
        rig_no_more_sent(&rig);
        rig_fini(&rig);
    }
}

static void an_untrusted_server_is_told_apart_from_an_unreachable_one(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    zv_sip_on_flow_untrusted(rig.sip, &rig.targets[0], rig.now_us);
    rig_drain(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause,
                     ZV_SIP_CAUSE_UNTRUSTED);
    rig_fini(&rig);
}

static void unregister_takes_the_binding_off(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    assert_int_equal(zv_sip_unregister(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *leave = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(leave, "Expires: 0\r\n"));
    rig_answer_status(&rig, leave, 200, "r");
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_UNREGISTERED)->status, 200);
    rig_advance(&rig, ZV_SECONDS(600));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void unregister_ends_though_nobody_answers(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    assert_int_equal(zv_sip_unregister(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    rig_advance(&rig, ZV_SECONDS(32));
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_UNREGISTERED)->status, 0);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void unregister_replaces_an_attempt_under_way(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    const struct rig_sent *attempt = rig_next_sent(&rig, "REGISTER ");
    assert_int_equal(zv_sip_unregister(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *leave = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(leave, "CSeq: 2 REGISTER"));
    rig_answer_status(&rig, attempt, 200, "r");
    rig_no_more_events(&rig);
    rig_answer_status(&rig, leave, 200, "r");
    rig_next_event(&rig, ZV_SIP_OUT_UNREGISTERED);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void unregister_before_anything_was_sent_asks_for_no_name(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig.holds_resolve = true;
    start(&rig);
    assert_int_equal(zv_sip_unregister(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_UNREGISTERED)->status, 0);
    assert_int_equal(rig.resolve_count, 1);
    assert_int_equal(rig_counts(&rig).resolutions, 0);
    rig_resolve(&rig, 0);
    rig_advance(&rig, ZV_SECONDS(600));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_fini(&rig);
}

static void removed_account_is_heard_of_no_more(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    start(&rig);
    const struct rig_sent *attempt = rig_next_sent(&rig, "REGISTER ");
    assert_int_equal(zv_sip_account_remove(rig.sip, RIG_ACCOUNT), 0);
    assert_int_equal(zv_sip_account_remove(rig.sip, RIG_ACCOUNT), ZV_E_GONE);
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), ZV_E_GONE);
    rig_answer_status(&rig, attempt, 200, "r");
    rig_advance(&rig, ZV_SECONDS(600));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    assert_int_equal(rig_counts(&rig).accounts, 0);
    assert_int_equal(rig_counts(&rig).client_transactions, 0);
    rig_fini(&rig);
}

static void network_address_translation_is_noted(void **state)
{
    struct rig rig;
    char text[2048], via[256];
    (void)state;
    rig_init(&rig);
    start(&rig);
    const struct rig_sent *attempt = rig_next_sent(&rig, "REGISTER ");
    rig_header(attempt, ZV_SIP_HEADER_VIA, via, sizeof(via));
    char *rport = strstr(via, ";rport");
    assert_non_null(rport);
    *rport = '\0';
    char call_id[64];
    rig_header(attempt, ZV_SIP_HEADER_CALL_ID, call_id, sizeof(call_id));
    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\nVia: %s;rport=61000;received=203.0.113.5\r\nFrom: "
             "<sip:1001@zvonok.test>;tag=a\r\n"
             "To: <sip:1001@zvonok.test>;tag=b\r\nCall-ID: %s\r\nCSeq: 1 "
             "REGISTER\r\nContent-Length: 0\r\n\r\n",
             via, call_id);
    rig_feed(&rig, text);
    assert_true(rig_next_event(&rig, ZV_SIP_OUT_REGISTERED)->is_behind_nat);
    rig_fini(&rig);
}

static void preferred_server_stays_the_first_target(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig.targets[1] = rig.targets[0];
    rig.targets[0] = rig_flow("192.0.2.77:5060");
    rig.target_count = 2;
    rig_advance_until_sent(&rig);
    assert_int_equal(rig_next_sent(&rig, "REGISTER ")->flow.remote.ip[3], 9);
    rig_fini(&rig);
}

static void proxy_is_named_in_route_where_wanted(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    struct zv_sip_account_cfg cfg = {.user = ZV_STR_LIT("a b;c"),
                                     .domain = ZV_STR_LIT("zvonok.test"),
                                     .port = 5070,
                                     .proxy = ZV_STR_LIT("[2001:db8::5]"),
                                     .proxy_route = true,
                                     .contact_params = ZV_STR_LIT("+sip.ice;q=0.5")};
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), 0);
    assert_int_equal(zv_sip_register(rig.sip, 1, rig.now_us), 0);
    rig_drain(&rig);
    assert_string_equal(rig.resolve_host, "2001:db8::5");
    const struct rig_sent *sent = rig_next_sent(&rig, "REGISTER sip:zvonok.test:5070 SIP/2.0");
    assert_true(rig_has(sent, "Route: <sip:[2001:db8::5];lr>\r\n"));
    assert_true(rig_has(sent, "<sip:a%20b%3Bc@zvonok.test>"));
    assert_true(rig_has(sent, ">;+sip.ice;q=0.5\r\n"));
    rig_fini(&rig);
}

static void unsound_accounts_are_refused(void **state)
{
    static const struct zv_sip_account_cfg good = {.user = {"u", 1}, .domain = {"d.test", 6}};
    struct rig rig;
    (void)state;
    rig_init(&rig);
    struct zv_sip_account_cfg cfg = good;
    cfg.user = ZV_STR_LIT("a\r\nX: y");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    cfg.user = ZV_STR_LIT("");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    cfg = good;
    cfg.domain = ZV_STR_LIT("d.test>;x");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    cfg = good;
    cfg.proxy = ZV_STR_LIT("a b");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    cfg = good;
    cfg.auth_name = ZV_STR_LIT("a\"b");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    cfg = good;
    cfg.display = ZV_STR_LIT("a\nb");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    cfg = good;
    cfg.contact_params = ZV_STR_LIT("x>\r\n");
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &cfg), ZV_E_INVAL);
    assert_int_equal(zv_sip_account_add(rig.sip, 0, &good), ZV_E_INVAL);
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &good), 0);
    assert_int_equal(zv_sip_account_add(rig.sip, 1, &good), ZV_E_EXISTS);
    rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_with_digest_and_a_random_contact),
        cmocka_unit_test(wrong_password_ends_at_once),
        cmocka_unit_test(endless_challenges_end_after_two_rounds),
        cmocka_unit_test(stale_nonce_is_replaced),
        cmocka_unit_test(refused_403_after_digest_is_a_matter_of_credentials),
        cmocka_unit_test(too_brief_an_interval_is_raised_once_named),
        cmocka_unit_test(intervals_that_only_grow_are_refused),
        cmocka_unit_test(refreshes_in_time),
        cmocka_unit_test(grant_of_no_time_is_a_failure_and_asks_no_more),
        cmocka_unit_test(refresh_that_grants_no_time_is_retried_with_growing_pauses),
        cmocka_unit_test(tiny_grant_is_refreshed_after_ten_seconds),
        cmocka_unit_test(longest_of_our_bindings_counts),
        cmocka_unit_test(failed_refresh_is_told_and_tried_again),
        cmocka_unit_test(retries_grow_to_a_minute_and_no_more),
        cmocka_unit_test(what_cannot_be_resolved_fails_with_its_cause),
        cmocka_unit_test(silent_resolver_is_bounded),
        cmocka_unit_test(next_target_is_tried_on_silence_icmp_and_503),
        cmocka_unit_test(whole_attempt_ends_within_32_s_whatever_the_targets),
        cmocka_unit_test(transport_failure_of_the_only_target_is_told),
        cmocka_unit_test(a_registration_whose_stream_is_lost_is_made_again_at_once),
        cmocka_unit_test(an_untrusted_server_is_told_apart_from_an_unreachable_one),
        cmocka_unit_test(unregister_takes_the_binding_off),
        cmocka_unit_test(unregister_ends_though_nobody_answers),
        cmocka_unit_test(unregister_replaces_an_attempt_under_way),
        cmocka_unit_test(unregister_before_anything_was_sent_asks_for_no_name),
        cmocka_unit_test(removed_account_is_heard_of_no_more),
        cmocka_unit_test(network_address_translation_is_noted),
        cmocka_unit_test(preferred_server_stays_the_first_target),
        cmocka_unit_test(proxy_is_named_in_route_where_wanted),
        cmocka_unit_test(unsound_accounts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
