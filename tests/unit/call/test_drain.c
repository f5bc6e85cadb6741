/* Before the gateway stops: who is sent away, who stays, who is told. */
#include "unit/call/desk.h"

static struct desk desk;

static void drain(void)
{
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_DRAIN,
                                           .u.drain = {.left_us = ZV_SECONDS(30)}});
}

static void cancel(void)
{
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_DRAIN_CANCELLED});
}

/* With one call that both sides are in. */
static void open_in_call(void)
{
    desk_open(&desk);
    desk.wants_drain = true;
    desk.can_resume = true;
    desk_active(&desk);
    desk_forget(&desk);
}

static void hang_up(void)
{
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
}

static void a_client_without_a_call_is_sent_away(void **state)
{
    (void)state;
    desk_open(&desk);
    desk.wants_drain = true;
    desk_connect(&desk);
    drain();
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n> zvDrain 0 draining\n> close 1001\n");
    assert_int_equal(zv_switch_session_count(desk.sw), 0);
    desk_close(&desk);
}

static void a_client_that_knows_no_drain_is_closed_without_a_word(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_connect(&desk);
    drain();
    EXPECT(&desk, "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n> close 1001\n");
    desk_close(&desk);
}

static void a_call_goes_on_and_its_client_leaves_with_it(void **state)
{
    (void)state;
    open_in_call();
    drain();
    EXPECT(&desk, "> zvDrain 30000 draining\n");
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", "");
    EXPECT(&desk, "SIP_HANGUP\n> finish FINISH 200 normal\nMEDIA_CLOSE\n");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED normal\nSIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n"
                  "> zvDrain 0 draining\n> close 1001\n");
    assert_int_equal(zv_switch_session_count(desk.sw), 0);
    assert_int_equal(zv_switch_call_count(desk.sw), 0);
    desk_close(&desk);
}

static void new_calls_and_clients_are_refused(void **state)
{
    (void)state;
    struct zv_switch_stats stats;
    open_in_call();
    drain();
    desk_forget(&desk);
    desk_call(&desk, "c2", "1003");
    EXPECT(&desk,
           "> fail CallStatusEvent draining\n> finish FAILED draining\nCALL_ENDED draining\n");
    desk_input(&desk,
               &(struct zv_call_in){.kind = ZV_CALL_IN_SIP_INCOMING,
                                    .u.sip = {.session = desk.session, .leg = 1ull << 63 | 77}});
    EXPECT(&desk, "SIP_REJECT 503\nCALL_ENDED draining\n");
    struct zv_call_in in = desk_connect_input();
    in.u.connect.conn.v = 77;
    desk_input(&desk, &in);
    EXPECT(&desk, "> fail ConnectionStatusEvent draining\n> close 1000\n");
    zv_switch_stats(desk.sw, &stats);
    assert_int_equal(stats.calls_refused, 2);
    assert_int_equal(zv_switch_call_count(desk.sw), 1);
    hang_up();
    desk_close(&desk);
}

/* Who comes by itself after the restart must not read that its token is void for ever. */
static void a_token_of_nobody_is_refused_for_the_drain(void **state)
{
    (void)state;
    open_in_call();
    drain();
    desk_forget(&desk);
    desk_return_with(&desk, "abcdefghijklmnopqrstuv", -1);
    EXPECT(&desk, "> fail ConnectionStatusEvent draining\n> close 1000\n");
    hang_up();
    desk_close(&desk);
}

static void a_client_returns_to_its_call(void **state)
{
    (void)state;
    open_in_call();
    drain();
    desk_lost(&desk);
    desk_wait(&desk, ZV_SECONDS(10));
    desk_forget(&desk);
    desk_return(&desk, -1);
    EXPECT(&desk, "> getUserData ESTABLISHED\n> registered REGISTERED (again)\n"
                  "> zvResumed -1: c1 ESTABLISHED\n> zvDrain 20000 draining (again)\n");
    assert_int_equal(zv_switch_call_count(desk.sw), 1);
    hang_up();
    assert_int_equal(zv_switch_session_count(desk.sw), 0);
    desk_close(&desk);
}

static void a_ringing_call_may_be_answered(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_ringing_in(&desk);
    drain();
    desk_client(&desk, ZV_CALL_IN_CLIENT_ANSWER, desk.call_id, DESK_WEB_ANSWER);
    assert_int_equal(zv_switch_call_count(desk.sw), 1);
    assert_string_equal(desk.state, "IN_ANSWERING");
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_SHUTDOWN});
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_int_equal(zv_switch_session_count(desk.sw), 0);
    desk_close(&desk);
}

static void a_cancelled_drain_takes_calls_again(void **state)
{
    (void)state;
    open_in_call();
    drain();
    desk_forget(&desk);
    cancel();
    EXPECT(&desk, "> zvDrain over\n");
    cancel();
    EXPECT(&desk, "");
    desk_call(&desk, "c2", "1003");
    EXPECT(&desk, "> notifyTryingResponse TRYING\nMEDIA_CREATE\n");
    hang_up();
    desk_end_all(&desk);
}

static void the_end_of_the_drain_ends_the_calls(void **state)
{
    (void)state;
    open_in_call();
    drain();
    desk_forget(&desk);
    desk_input(&desk, &(struct zv_call_in){.kind = ZV_CALL_IN_SHUTDOWN});
    EXPECT(&desk, "SIP_HANGUP\n> finish FAILED 200 shutdown\nMEDIA_CLOSE\n"
                  "SIP_UNREGISTER\nSIP_ACCOUNT_REMOVE\n> close 1001\n");
    drain(); /* too late */
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    EXPECT(&desk, "CALL_ENDED shutdown\n");
    desk_close(&desk);
}

/* More of them than commands fit the queue. */
static void many_clients_are_told_one_by_one(void **state)
{
    (void)state;
    enum { CLIENTS = 100 };
    desk_open(&desk);
    for (uint64_t i = 0; i < CLIENTS; i++) {
        struct zv_call_in in = desk_connect_input();
        in.u.connect.conn.v = 100 + i;
        in.u.connect.wants_drain = true;
        desk_input(&desk, &in);
        desk_forget(&desk);
    }
    assert_int_equal(zv_switch_session_count(desk.sw), CLIENTS);
    drain();
    assert_int_equal(zv_switch_session_count(desk.sw), 0);
    desk_forget(&desk);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_without_a_call_is_sent_away),
        cmocka_unit_test(a_client_that_knows_no_drain_is_closed_without_a_word),
        cmocka_unit_test(a_call_goes_on_and_its_client_leaves_with_it),
        cmocka_unit_test(new_calls_and_clients_are_refused),
        cmocka_unit_test(a_token_of_nobody_is_refused_for_the_drain),
        cmocka_unit_test(a_client_returns_to_its_call),
        cmocka_unit_test(a_ringing_call_may_be_answered),
        cmocka_unit_test(a_cancelled_drain_takes_calls_again),
        cmocka_unit_test(the_end_of_the_drain_ends_the_calls),
        cmocka_unit_test(many_clients_are_told_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
