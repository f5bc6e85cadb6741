/* What an administrator sees of sessions and calls. */
#include "desk.h"

#include "call/view.h"

static struct desk desk;

static struct zv_call_view only_call(void)
{
    struct zv_call_view view, none;
    const void *at = NULL;
    assert_true(zv_switch_next_call(desk.sw, &at, &view));
    assert_false(zv_switch_next_call(desk.sw, &at, &none));
    return view;
}

static struct zv_session_view only_session(void)
{
    struct zv_session_view view, none;
    const void *at = NULL;
    assert_true(zv_switch_next_session(desk.sw, &at, &view));
    assert_false(zv_switch_next_session(desk.sw, &at, &none));
    return view;
}

static void an_empty_switchboard_has_nothing_to_see(void **state)
{
    (void)state;
    struct zv_call_view call;
    struct zv_session_view session;
    const void *at = NULL;
    desk_open(&desk);
    assert_false(zv_switch_next_call(desk.sw, &at, &call));
    at = NULL;
    assert_false(zv_switch_next_session(desk.sw, &at, &session));
    assert_false(zv_switch_view_call(desk.sw, zv_call_id_make(0, 0, 1), &call));
    desk_close(&desk);
}

static void an_active_call_shows_its_ends_codec_and_times(void **state)
{
    (void)state;
    struct zv_call_view view, same;
    desk_open(&desk);
    desk_active(&desk);
    view = only_call();
    assert_string_equal(view.state, "ACTIVE");
    assert_string_equal(view.call_id, "c1");
    assert_string_equal(view.callee, "1002");
    assert_string_equal(view.caller, view.login);
    assert_false(view.is_incoming);
    assert_false(view.is_over);
    assert_int_equal(view.cause, ZV_CAUSE_NONE);
    assert_int_equal(view.id.v, desk.call.v);
    assert_int_equal(view.session.v, desk.session.v);
    assert_true(view.created_us > 0 && view.answered_us >= view.created_us);
    assert_true(view.ended_us == 0);
    assert_non_null(zv_media_plan_committed(view.plan));
    assert_int_equal(view.sip_remote.family, ZV_ADDR_IPV4);
    assert_true(zv_switch_view_call(desk.sw, view.id, &same));
    assert_string_equal(same.call_id, "c1");
    desk_end_all(&desk);
}

static void a_leg_is_heard_and_falls_silent(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_FIRST, ZV_CALL_LEG_SIP, 0);
    assert_true(only_call().is_heard[ZV_CALL_LEG_SIP]);
    assert_false(only_call().is_silent[ZV_CALL_LEG_SIP]);
    desk_media_leg(&desk, ZV_CALL_IN_MEDIA_SILENT, ZV_CALL_LEG_SIP, desk.now_us - ZV_SECONDS(5));
    assert_true(only_call().is_silent[ZV_CALL_LEG_SIP]);
    assert_true(only_call().silent_since_us[ZV_CALL_LEG_SIP] == desk.now_us - ZV_SECONDS(5));
    desk_end_all(&desk);
}

static void a_call_that_is_over_shows_its_cause_until_its_worker_closed_it(void **state)
{
    (void)state;
    struct zv_call_view view;
    const void *at = NULL;
    desk_open(&desk);
    desk_active(&desk);
    zv_call_id id = desk.call;
    desk_client(&desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    view = only_call();
    assert_true(view.is_over);
    assert_int_equal(view.cause, ZV_CAUSE_NORMAL);
    assert_true(view.ended_us > 0);
    assert_string_equal(view.login, "");
    desk_media(&desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_false(zv_switch_next_call(desk.sw, &at, &view));
    assert_false(zv_switch_view_call(desk.sw, id, &view));
    desk_end_all(&desk);
}

static void calls_come_from_the_oldest_to_the_youngest(void **state)
{
    (void)state;
    struct zv_call_view view;
    const void *at = NULL;
    desk_open(&desk);
    desk_connect(&desk);
    desk_call(&desk, "first", "1002");
    desk_call(&desk, "second", "1003");
    assert_true(zv_switch_next_call(desk.sw, &at, &view));
    assert_string_equal(view.call_id, "first");
    assert_true(zv_switch_next_call(desk.sw, &at, &view));
    assert_string_equal(view.call_id, "second");
    assert_int_equal(only_session().calls, 2);
    desk_end_all(&desk);
}

static void a_session_shows_how_its_registration_stands(void **state)
{
    (void)state;
    struct zv_call_in in = desk_connect_input();
    desk_open(&desk);
    desk_input(&desk, &in);
    struct zv_session_view view = only_session();
    assert_int_equal(view.id.v, desk.session.v);
    assert_true(view.conn.v != 0);
    assert_true(view.created_us == desk.now_us);
    assert_int_equal(view.standing, ZV_SESSION_REGISTERING);
    assert_true(view.registered_us == 0);
    desk_wait(&desk, ZV_SECONDS(1));
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTERED, (struct zv_in_sip){.session = desk.session});
    view = only_session();
    assert_int_equal(view.standing, ZV_SESSION_REGISTERED);
    assert_true(view.registered_us == desk.now_us);
    desk_end_all(&desk);
}

static void a_registration_that_failed_is_seen_while_a_call_goes_on(void **state)
{
    (void)state;
    desk_open(&desk);
    desk_active(&desk);
    desk_sip(&desk, ZV_CALL_IN_SIP_REGISTER_FAILED,
             (struct zv_in_sip){.session = desk.session, .end = ZV_SIP_END_AUTH, .status = 403});
    struct zv_session_view view = only_session();
    assert_int_equal(view.standing, ZV_SESSION_FAILED);
    assert_int_equal(view.cause, ZV_CAUSE_SIP_AUTH_FAILED);
    assert_true(view.registered_us == 0);
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_empty_switchboard_has_nothing_to_see),
    cmocka_unit_test(an_active_call_shows_its_ends_codec_and_times),
    cmocka_unit_test(a_leg_is_heard_and_falls_silent),
    cmocka_unit_test(a_call_that_is_over_shows_its_cause_until_its_worker_closed_it),
    cmocka_unit_test(calls_come_from_the_oldest_to_the_youngest),
    cmocka_unit_test(a_session_shows_how_its_registration_stands),
    cmocka_unit_test(a_registration_that_failed_is_seen_while_a_call_goes_on),
};

ZV_TEST_MAIN(tests)
