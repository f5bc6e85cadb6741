/* Every state of a call and of a session has a timer that leads out; nothing breaks without memory.
 */
#include "desk.h"

#include "base/alloc.h"
#include "call/switch_int.h"

static struct desk desk;

static void to_closing(struct desk *d)
{
    desk_active(d);
    desk_client(d, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
}

/* The real deadlines; what the timer leads to, and the cause where that is the end. */
static const struct {
    enum zv_call_state state;
    enum zv_call_phase phase; /* as counted for the operator */
    bool incoming;
    void (*reach)(struct desk *desk);
    int64_t after_us; /* from the reaching of the state, which takes no time here */
    const char *next; /* state, or NULL: the call is gone */
    enum zv_cause cause;
} ways_out[] = {
    {ZV_CALL_OUT_SETUP, ZV_PHASE_SETUP, false, desk_out_setup, ZV_SECONDS(32), "CLOSING",
     ZV_CAUSE_MEDIA_SETUP},
    {ZV_CALL_OUT_TRYING, ZV_PHASE_TRYING, false, desk_trying, ZV_SECONDS(32), "CLOSING",
     ZV_CAUSE_SIP_TIMEOUT},
    {ZV_CALL_OUT_RINGING, ZV_PHASE_RINGING, false, desk_ringing_out, ZV_SECONDS(180), "CLOSING",
     ZV_CAUSE_RING_TIMEOUT},
    {ZV_CALL_IN_SETUP, ZV_PHASE_SETUP, true, desk_in_setup, ZV_SECONDS(10), "CLOSING",
     ZV_CAUSE_MEDIA_SETUP},
    {ZV_CALL_IN_RINGING, ZV_PHASE_RINGING, true, desk_ringing_in, ZV_SECONDS(60), "CLOSING",
     ZV_CAUSE_NO_ANSWER},
    {ZV_CALL_IN_ANSWERING, ZV_PHASE_ANSWERING, true, desk_answering, ZV_MS(1500), "IN_CONFIRMING",
     ZV_CAUSE_NONE},
    {ZV_CALL_IN_CONFIRMING, ZV_PHASE_ANSWERING, true, desk_confirming, ZV_SECONDS(10), "CLOSING",
     ZV_CAUSE_NO_ACK},
    {ZV_CALL_REOFFERING, ZV_PHASE_ANSWERING, false, desk_reoffering, ZV_SECONDS(10), "CLOSING",
     ZV_CAUSE_NO_COMMON_CODEC},
    {ZV_CALL_ACTIVE, ZV_PHASE_ACTIVE, false, desk_active, ZV_SECONDS(4 * 3600), "CLOSING",
     ZV_CAUSE_MAX_DURATION},
    {ZV_CALL_CLOSING, ZV_PHASE_CLOSING, false, to_closing, ZV_SECONDS(5), NULL, ZV_CAUSE_NORMAL},
};
_Static_assert(ZV_ARRAY_LEN(ways_out) == ZV_CALL_STATE_COUNT, "a row for each state");

static void every_state_has_a_timer_that_leads_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(ways_out); i++) {
        struct zv_switch_stats stats;
        struct zv_switch_gauges gauges;
        assert_int_equal(ways_out[i].state, i);
        desk_open(&desk);
        ways_out[i].reach(&desk);
        assert_string_equal(desk.state, zv_call_state_name(ways_out[i].state));
        zv_switch_gauges(desk.sw, &gauges);
        assert_int_equal(gauges.calls[ways_out[i].incoming][ways_out[i].phase], 1);
        desk_wait(&desk, ways_out[i].after_us - 1);
        assert_string_equal(desk.state, zv_call_state_name(ways_out[i].state));
        assert_int_equal(zv_switch_call_count(desk.sw), 1);
        desk_wait(&desk, 1);
        zv_switch_stats(desk.sw, &stats);
        if (ways_out[i].next)
            assert_string_equal(desk.state, ways_out[i].next);
        else
            assert_int_equal(zv_switch_call_count(desk.sw), 0);
        if (ways_out[i].cause)
            assert_int_equal(stats.ended_by[ways_out[i].cause], 1);
        desk_forget(&desk);
        desk_end_all(&desk);
    }
}

static void deadlines_are_configurable_and_never_below_a_second(void **state)
{
    (void)state;
    desk_open_with(
        &desk, (struct zv_switch_cfg){.timers = {.ringing_out_us = 1, .trying_us = ZV_SECONDS(2)}});
    desk_trying(&desk);
    desk_wait(&desk, ZV_SECONDS(2) - 1);
    assert_string_equal(desk.state, "OUT_TRYING");
    desk_sip(&desk, ZV_CALL_IN_SIP_PROGRESS, (struct zv_in_sip){.status = 180});
    desk_wait(&desk, ZV_SECONDS(1) - 1);
    assert_string_equal(desk.state, "OUT_RINGING");
    desk_wait(&desk, 1);
    assert_string_equal(desk.state, "CLOSING");
    desk_forget(&desk);
    desk_end_all(&desk);
}

/* A call of each direction from connect to end; inputs may be dropped for want of memory. */
static void walk_through(struct desk *d)
{
    struct zv_call_in connect = desk_connect_input();
    struct zv_call_in call = {.kind = ZV_CALL_IN_CLIENT_CALL,
                              .u.call = {.conn = {DESK_CONN},
                                         .call_id = zv_str("c1"),
                                         .callee = zv_str("1002"),
                                         .sdp = zv_str(DESK_WEB_OFFER)}};
    struct zv_call_in ready = {.kind = ZV_CALL_IN_MEDIA_READY,
                               .u.media.ready = {.web_ufrag = zv_str("gwUF"), .web_port_ipv4 = 1}};
    struct zv_call_in answered = {.kind = ZV_CALL_IN_SIP_ANSWERED,
                                  .u.sip = {.status = 200, .sdp = zv_str(DESK_SIP_PCMA)}};
    struct zv_call_in offer = {.kind = ZV_CALL_IN_SIP_OFFER, .u.sip.sdp = zv_str(DESK_SIP_BOTH)};
    struct zv_call_in incoming = {.kind = ZV_CALL_IN_SIP_INCOMING,
                                  .u.sip = {.leg = DESK_LEG, .sdp = zv_str(DESK_SIP_BOTH)}};
    struct zv_call_in answer = {.kind = ZV_CALL_IN_CLIENT_ANSWER,
                                .u.client = {.conn = {DESK_CONN}, .sdp = zv_str(DESK_WEB_ANSWER)}};
    struct zv_call_in *const steps[] = {&connect, &call,     &ready, &answered,
                                        &offer,   &incoming, &ready, &answer};
    for (size_t i = 0; i < ZV_ARRAY_LEN(steps); i++) {
        ready.u.media.call = d->call;
        answered.u.sip.leg = offer.u.sip.leg = d->leg;
        incoming.u.sip.session = d->session;
        answer.u.client.call_id = zv_str(d->call_id);
        (void)!zv_switch_input(d->sw, steps[i], d->now_us);
        desk_drain(d);
    }
}

static void nothing_breaks_or_leaks_when_any_allocation_fails(void **state)
{
    (void)state;
    int64_t before = zv_alloc_live();
    for (int n = 0; n < 60; n++) {
        desk_open(&desk);
        zv_alloc_fail_after(n);
        walk_through(&desk);
        zv_alloc_fail_after(-1);
        desk_forget(&desk);
        desk_end_all(&desk);
        assert_int_equal(zv_alloc_live(), before);
    }
}

static void freeing_a_switchboard_with_calls_frees_all(void **state)
{
    (void)state;
    int64_t before = zv_alloc_live();
    desk_open(&desk);
    desk_active(&desk);
    desk_incoming(&desk, DESK_SIP_BOTH);
    assert_null(zv_switch_free(desk.sw));
    assert_int_equal(zv_alloc_live(), before);
    assert_null(zv_switch_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_a_timer_that_leads_out),
        cmocka_unit_test(deadlines_are_configurable_and_never_below_a_second),
        cmocka_unit_test(nothing_breaks_or_leaks_when_any_allocation_fails),
        cmocka_unit_test(freeing_a_switchboard_with_calls_frees_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
