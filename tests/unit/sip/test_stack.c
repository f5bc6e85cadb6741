/* The stack as a whole: memory that fails at every single step of a call, what an account costs,
 * hostile messages, limits, the dump. */
#include "rig.h"
#include "sim/sip_world.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#define CAN_MEASURE 1
#endif

/* Registration, a call, a new offer within it, its end, and all timers after that. */
static void run_scenario(struct world *w)
{
    for (size_t i = 0; i < WORLD_AGENTS; i++) {
        if (world_add_accounts(w, i))
            return;
    }
    world_run(w, w->now_us + ZV_SECONDS(5));
    world_plan(w, 0, WORLD_CALL, 0, 1);
    world_run(w, w->now_us + w->ways.talk_us + ZV_SECONDS(240 + 4 * 32));
    world_assert_quiet(w);
}

static bool run_with_failure(const struct world_ways *ways, int64_t after)
{
    static const struct zv_netem_link link = {.delay_us = ZV_MS(5)};
    struct world w;
    int64_t live = zv_alloc_live();
    zv_alloc_fail_after(after);
    if (!world_init_ways(&w, 7, &link, ways))
        run_scenario(&w);
    /* Is the failure still to come? Then the scenario went through without it. */
    bool was_hit = true;
    for (int i = 0; after >= 0 && i < 3; i++) {
        void *probe = zv_zalloc(1);
        was_hit &= probe != NULL;
        zv_free(probe);
    }
    zv_alloc_fail_after(-1);
    size_t answered = 0;
    for (size_t i = 0; i < w.leg_count; i++)
        answered += w.legs[i].is_answered;
    bool is_whole = answered == 2;
    world_fini(&w);
    assert_int_equal(zv_alloc_live(), live);
    return is_whole && !was_hit;
}

static void call_survives_or_ends_whichever_allocation_fails(void **state)
{
    static const struct world_ways ways[] = {
        {.requires_reliable = false},
        {.requires_reliable = true, .session_expires_s = 90, .talk_us = ZV_SECONDS(100)},
        {.hides_update = true, .session_expires_s = 90, .talk_us = ZV_SECONDS(100)},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(ways); i++) {
        int64_t steps = 0;
        while (!run_with_failure(&ways[i], steps)) {
            steps++;
            assert_true(steps < 5000);
        }
        assert_true(steps > 60);
        print_message("%d allocations failed, one at a time\n", (int)steps);
    }
}

/* design: at most 4 kB for an account that is registered. */
static void registered_account_is_small(void **state)
{
    (void)state;
#ifdef CAN_MEASURE
    enum { COUNT = 1000 };
    struct rig rig;
    rig_init(&rig);
    size_t before = mallinfo2().uordblks;
    for (uint64_t id = 1; id <= COUNT; id++) {
        char user[32];
        snprintf(user, sizeof(user), "user%u", (unsigned)id);
        struct zv_sip_account_cfg cfg = {.user = zv_str(user),
                                         .password = ZV_STR_LIT("secret1001"),
                                         .domain = ZV_STR_LIT("zvonok.test"),
                                         .display = ZV_STR_LIT("Somebody")};
        assert_int_equal(zv_sip_account_add(rig.sip, id, &cfg), 0);
        assert_int_equal(zv_sip_register(rig.sip, id, rig.now_us), 0);
        rig_drain(&rig);
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){
                       .status = 401,
                       .tag = "r",
                       .extra = RIG_CHALLENGE("WWW-Authenticate", "zvonok.test", "n1", "")});
        rig_answer(&rig, rig_next_sent(&rig, "REGISTER "),
                   &(struct rig_reply){.status = 200, .tag = "r", .extra = "Expires: 3600\r\n"});
        rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
        rig.sent_count = rig.sent_seen = rig.event_count = rig.event_seen = 0;
    }
    rig_advance(&rig, ZV_SECONDS(64));
    size_t each = (mallinfo2().uordblks - before) / COUNT;
    print_message("%zu bytes for an account\n", each);
    assert_true(each <= 4096);
    rig_fini(&rig);
#endif
}

static void ids_are_unique_and_their_ends_final(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_add_account(&rig);
    for (int i = 0; i < 50; i++) {
        const struct rig_sent *invite = rig_invite(&rig); /* the same id once more */
        rig_answer_status(&rig, invite, 486, "b");
        rig_next_sent(&rig, "ACK ");
        rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
        assert_int_equal(zv_sip_hangup(rig.sip, RIG_CALL, rig.now_us), ZV_E_GONE);
    }
    assert_int_equal(rig_counts(&rig).client_transactions, 50); /* Timer D */
    rig_assert_empty(&rig);
    rig_fini(&rig);
}

static void full_transaction_table_ends_what_it_cannot_carry(void **state)
{
    struct rig rig;
    (void)state;
    rig_init_cfg(&rig, (struct zv_sip_cfg){.max_transactions = 1});
    rig_add_account(&rig);
    rig_invite(&rig);
    struct zv_sip_invite_cfg cfg = {
        .account = RIG_ACCOUNT, .sdp = ZV_STR_LIT(SDP_A), .callee = ZV_STR_LIT("1003")};
    assert_int_equal(zv_sip_invite(rig.sip, 12, &cfg, rig.now_us), 0);
    rig_drain(&rig);
    const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_INTERNAL);
    assert_int_equal(out->leg, 12);
    rig_no_more_sent(&rig);
    rig_fini(&rig);
}

static void dump_names_accounts_and_legs_but_no_secret(void **state)
{
    char text[2048];
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    rig_talk(&rig);
    size_t len = zv_sip_dump(rig.sip, text, sizeof(text));
    assert_int_equal(strlen(text), len);
    assert_non_null(strstr(text, "sip:1001@zvonok.test registered legs 1 at 192.0.2.9:5060"));
    assert_non_null(strstr(text, "leg b confirmed dialogs 1"));
    assert_null(strstr(text, "secret"));
    assert_int_equal(zv_sip_dump(rig.sip, text, 10) < 10, 1);
    struct zv_str call_id = zv_sip_leg_call_id(rig.sip, RIG_CALL);
    assert_int_equal(call_id.len, 24);
    assert_int_equal(zv_sip_leg_call_id(rig.sip, 999).len, 0);
    rig_fini(&rig);
}

/* 2xx, provisionals and requests that belong to nobody, from a stranger who knows the format. */
static void unsolicited_messages_leave_no_trace(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig);
    rig_register(&rig);
    struct zv_sip_counts before = rig_counts(&rig);
    for (int i = 0; i < 60; i++) {
        char text[1024];
        static const char *const starts[] = {"200 OK", "183 Session Progress", "401 Unauthorized"};
        snprintf(
            text, sizeof(text),
            "SIP/2.0 %s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=1\r\n"
            "To: <sip:c@d>;tag=2\r\nCall-ID: q%d\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
            starts[i % 3], i, i);
        rig_feed_from(&rig, "203.0.113.9:5060", text);
        struct rig_request ack = {.method = "ACK",
                                  .uri = "sip:x@192.0.2.1",
                                  .branch = "a",
                                  .from_tag = "f",
                                  .to_tag = "t",
                                  .call_id = "c",
                                  .cseq = 1};
        rig_request(&rig, &ack);
    }
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    struct zv_sip_counts after = rig_counts(&rig);
    assert_int_equal(after.unmatched - before.unmatched, 120);
    assert_int_equal(after.server_transactions, before.server_transactions);
    assert_int_equal(after.dialogs, 0);
    rig_fini(&rig);
}

static void causes_and_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(zv_sip_cause_name(ZV_SIP_CAUSE_NONE), "NONE");
    assert_string_equal(zv_sip_cause_name(ZV_SIP_CAUSE_INTERNAL), "INTERNAL");
    assert_string_equal(zv_sip_out_kind_name(ZV_SIP_OUT_NONE), "none");
    assert_string_equal(zv_sip_out_kind_name(ZV_SIP_OUT_ENDED), "ended");
    assert_string_equal(zv_sip_transport_name(ZV_SIP_TLS), "TLS");
}

static void configuration_is_checked(void **state)
{
    struct zv_sip *sip;
    struct zv_rand_seeded seed = {1};
    (void)state;
    assert_int_equal(zv_sip_new(&sip, &(struct zv_sip_cfg){0}), ZV_E_INVAL);
    struct zv_sip_cfg cfg = {.rand = zv_rand_seeded_source(&seed),
                             .user_agent = ZV_STR_LIT("a\r\nb")};
    assert_int_equal(zv_sip_new(&sip, &cfg), ZV_E_INVAL);
    assert_null(zv_sip_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(call_survives_or_ends_whichever_allocation_fails),
        cmocka_unit_test(registered_account_is_small),
        cmocka_unit_test(ids_are_unique_and_their_ends_final),
        cmocka_unit_test(full_transaction_table_ends_what_it_cannot_carry),
        cmocka_unit_test(dump_names_accounts_and_legs_but_no_secret),
        cmocka_unit_test(unsolicited_messages_leave_no_trace),
        cmocka_unit_test(causes_and_kinds_have_names),
        cmocka_unit_test(configuration_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
