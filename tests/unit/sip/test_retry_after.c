/* A far end that is busy and says until when (RFC 3261 §20.33): registrations wait for it, calls
 * end and say it. */
#include "rig.h"

static const struct rig_sent *begin(struct rig *rig)
{
    rig_init(rig);
    rig_add_account(rig);
    assert_int_equal(zv_sip_register(rig->sip, RIG_ACCOUNT, rig->now_us), 0);
    rig_drain(rig);
    return rig_next_sent(rig, "REGISTER ");
}

static void answer_busy(struct rig *rig, const struct rig_sent *request, uint16_t status,
                        const char *retry_after)
{
    char extra[100];
    snprintf(extra, sizeof(extra), "Retry-After: %s\r\n", retry_after);
    rig_answer(rig, request, &(struct rig_reply){.status = status, .tag = "r", .extra = extra});
}

static void a_first_registration_waits_for_a_busy_registrar(void **state)
{
    static const uint16_t statuses[] = {429, 480, 500, 503, 600};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        answer_busy(&rig, begin(&rig), statuses[i], "10 (in maintenance);duration=60");
        rig_no_more_events(&rig);
        int64_t busy_us = rig.now_us;
        rig_advance_until_sent(&rig);
        int64_t waited_us = rig.now_us - busy_us;
        assert_in_range(waited_us, ZV_SECONDS(10),
                        ZV_SECONDS(12)); /* never before it is asked to */
        rig_answer_status(&rig, rig_next_sent(&rig, "REGISTER "), 200, "r");
        rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
        rig_no_more_events(&rig);
        rig_fini(&rig);
    }
}

static void a_first_registration_that_cannot_wait_says_until_when(void **state)
{
    struct rig rig;
    (void)state;
    answer_busy(&rig, begin(&rig), 503, "120");
    const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED);
    assert_int_equal(out->cause, ZV_SIP_CAUSE_REJECTED);
    assert_int_equal(out->status, 503);
    assert_int_equal(out->retry_after_s, 120);
    assert_false(out->retrying);
    rig_advance(&rig, ZV_SECONDS(600));
    rig_no_more_sent(&rig);
    rig_fini(&rig);
}

static void a_registrar_that_stays_busy_ends_the_attempt_in_time(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *request = begin(&rig);
    int64_t begun_us = rig.now_us;
    int asked = 1;
    for (; rig.event_seen == rig.event_count; asked++) {
        answer_busy(&rig, request, 503, "1");
        if (rig.event_seen < rig.event_count)
            break;
        rig_advance_until_sent(&rig);
        request = rig_next_sent(&rig, "REGISTER ");
    }
    assert_int_equal(asked, 4);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->status, 503);
    assert_true(rig.now_us - begun_us < ZV_SECONDS(32));
    rig_fini(&rig);
}

static void an_attempt_that_waits_keeps_its_end(void **state)
{
    struct rig rig;
    (void)state;
    const struct rig_sent *request = begin(&rig);
    int64_t begun_us = rig.now_us;
    answer_busy(&rig, request, 503, "20");
    rig_advance(&rig, ZV_SECONDS(60)); /* asked again, and silent */
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause, ZV_SIP_CAUSE_TIMEOUT);
    assert_true(rig.events[rig.event_seen - 1].at_us - begun_us <= ZV_SECONDS(32));
    rig_fini(&rig);
}

static void leaving_while_it_waits_asks_no_more(void **state)
{
    struct rig rig;
    (void)state;
    answer_busy(&rig, begin(&rig), 503, "10");
    assert_int_equal(zv_sip_register(rig.sip, RIG_ACCOUNT, rig.now_us), ZV_E_STATE);
    assert_int_equal(zv_sip_unregister(rig.sip, RIG_ACCOUNT, rig.now_us), 0);
    rig_drain(&rig);
    const struct rig_sent *last = rig_next_sent(&rig, "REGISTER ");
    assert_true(rig_has(last, "Expires: 0"));
    rig_answer_status(&rig, last, 200, "r");
    rig_next_event(&rig, ZV_SIP_OUT_UNREGISTERED);
    rig_advance(&rig, ZV_SECONDS(60));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void removing_the_account_while_it_waits_is_the_end(void **state)
{
    struct rig rig;
    (void)state;
    answer_busy(&rig, begin(&rig), 503, "10");
    assert_int_equal(zv_sip_account_remove(rig.sip, RIG_ACCOUNT), 0);
    rig_advance(&rig, ZV_SECONDS(60));
    rig_no_more_sent(&rig);
    rig_no_more_events(&rig);
    rig_fini(&rig);
}

static void a_refresh_comes_no_sooner_than_asked_and_not_all_at_once(void **state)
{
    int64_t first_us = 0;
    bool differs = false;
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rig rig;
        const struct rig_sent *request = begin(&rig);
        rig.seed.state = seed;
        rig_answer_status(&rig, request, 200, "r");
        rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
        rig_advance_until_sent(&rig);
        answer_busy(&rig, rig_next_sent(&rig, "REGISTER "), 503, "100");
        const struct zv_sip_out *out = rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED);
        assert_true(out->retrying);
        assert_int_equal(out->retry_after_s, 100);
        int64_t busy_us = rig.now_us;
        rig_advance_until_sent(&rig);
        int64_t waited_us = rig.now_us - busy_us;
        assert_in_range(waited_us, ZV_SECONDS(100), ZV_SECONDS(120));
        differs |= first_us && waited_us != first_us;
        first_us = waited_us;
        rig_fini(&rig);
    }
    assert_true(differs);
}

static void no_registrar_may_ask_for_more_than_ten_minutes(void **state)
{
    struct rig rig;
    (void)state;
    rig_answer_status(&rig, begin(&rig), 200, "r");
    rig_next_event(&rig, ZV_SIP_OUT_REGISTERED);
    rig_advance_until_sent(&rig);
    answer_busy(&rig, rig_next_sent(&rig, "REGISTER "), 503, "4294967295");
    int64_t busy_us = rig.now_us;
    rig_advance_until_sent(&rig);
    assert_in_range(rig.now_us - busy_us, ZV_SECONDS(600), ZV_SECONDS(720));
    rig_fini(&rig);
}

static void without_memory_a_waiting_attempt_is_told_to_have_failed(void **state)
{
    struct rig rig;
    (void)state;
    answer_busy(&rig, begin(&rig), 503, "10");
    zv_alloc_fail_after(0);
    rig_advance(&rig, ZV_SECONDS(12));
    zv_alloc_fail_after(-1);
    assert_int_equal(rig_next_event(&rig, ZV_SIP_OUT_REGISTER_FAILED)->cause,
                     ZV_SIP_CAUSE_INTERNAL);
    rig_fini(&rig);
}

static void a_call_ends_and_says_when_it_may_be_tried_again(void **state)
{
    static const uint16_t statuses[] = {404, 413, 429, 480, 486, 500, 503, 600, 603};
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(statuses); i++) {
        struct rig rig;
        rig_init(&rig);
        rig_add_account(&rig);
        answer_busy(&rig, rig_invite(&rig), statuses[i], "18000;duration=3600");
        const struct zv_sip_out *out = rig_ended(&rig, ZV_SIP_CAUSE_REJECTED);
        assert_int_equal(out->status, statuses[i]);
        assert_int_equal(out->retry_after_s, 18000);
        rig_assert_empty(&rig);
        rig_fini(&rig);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_first_registration_waits_for_a_busy_registrar),
    cmocka_unit_test(a_first_registration_that_cannot_wait_says_until_when),
    cmocka_unit_test(a_registrar_that_stays_busy_ends_the_attempt_in_time),
    cmocka_unit_test(an_attempt_that_waits_keeps_its_end),
    cmocka_unit_test(leaving_while_it_waits_asks_no_more),
    cmocka_unit_test(removing_the_account_while_it_waits_is_the_end),
    cmocka_unit_test(a_refresh_comes_no_sooner_than_asked_and_not_all_at_once),
    cmocka_unit_test(no_registrar_may_ask_for_more_than_ten_minutes),
    cmocka_unit_test(without_memory_a_waiting_attempt_is_told_to_have_failed),
    cmocka_unit_test(a_call_ends_and_says_when_it_may_be_tried_again),
};

ZV_TEST_MAIN(tests)
