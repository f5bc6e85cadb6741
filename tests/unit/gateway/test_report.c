/* What a client is told of its ended call, and what it is not. */
#include "unit/trace/recorded.h"

#include "gateway/report.h"

struct told {
    struct recorded recorded;
    struct zv_report report;
    int reports;
    char message[6 * ZV_MAX_LADDER_BYTES]; /* the last report as it goes out */
};

static struct told told;

/* As the gateway does it: the recorder first. */
static void on_command(void *arg, const struct zv_call_cmd *cmd)
{
    struct zv_buf out = zv_buf(told.message, sizeof(told.message));
    recorded_on_command(arg, cmd);
    if (cmd->kind != ZV_CALL_CMD_CALL_ENDED)
        return;
    zv_report_compose(&cmd->u.ended, zv_recorder_ended(told.recorded.recorder), &told.report);
    assert_int_equal(zv_wire_write_report(&out, &told.report.wire), 0);
    assert_non_null(zv_buf_cstr(&out));
    told.reports++;
}

static struct desk *open_with(uint32_t bytes_per_call, uint32_t max_finished)
{
    told.reports = 0;
    recorded_open_with(&told.recorded, (struct zv_recorder_cfg){.seed = {1, 2},
                                                                .bytes_per_call = bytes_per_call,
                                                                .max_live = 10,
                                                                .max_finished = max_finished,
                                                                .keep_us = ZV_SECONDS(60)});
    told.recorded.desk.watch.command_fn = on_command;
    return &told.recorded.desk;
}

static void give_sip(bool is_sent, const char *text)
{
    struct zv_recorder_sip message = {
        .is_sent = is_sent,
        .local = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}, .port = 5070},
        .remote = {.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 9}, .port = 5060},
        .bytes = zv_str(text),
    };
    zv_call_id call;
    (void)zv_recorder_sip(told.recorded.recorder, &message, recorded_now(&told.recorded), &call);
}

static void call_a_number_that_nobody_has(struct desk *desk)
{
    desk_trying(desk);
    zv_recorder_bind(told.recorded.recorder, desk->call, zv_str("cid@192.0.2.1"));
    give_sip(true, "INVITE sip:1002@192.0.2.9 SIP/2.0\r\nCall-ID: cid@192.0.2.1\r\n"
                   "CSeq: 1 INVITE\r\n\r\n");
    give_sip(false, "SIP/2.0 404 Not Found\r\nCall-ID: cid@192.0.2.1\r\nCSeq: 1 INVITE\r\n\r\n");
    desk_sip(desk, ZV_CALL_IN_SIP_ENDED,
             (struct zv_in_sip){.end = ZV_SIP_END_REJECTED, .status = 404});
    desk_media(desk, ZV_CALL_IN_MEDIA_CLOSED);
}

static void a_number_that_nobody_has_is_explained_step_by_step(void **state)
{
    (void)state;
    struct desk *desk = open_with(65536, 10);
    call_a_number_that_nobody_has(desk);
    assert_int_equal(told.reports, 1);
    const char head[] =
        "{\"message\":\"zvReport\",\"data\":[{\"callId\":\"c1\",\"traceId\":\"c-0.0.1\","
        "\"cause\":\"sip_not_found\",\"text\":\"the SIP server knows no such number "
        "or account\",\"remedy\":\"check the number and sipLogin\",\"hop\":"
        "\"sip_server\",\"sipStatus\":404,\"ladder\":\"";
    assert_int_equal(strncmp(told.message, head, sizeof(head) - 1), 0);
    assert_non_null(strstr(told.message, "404 Not Found"));
    assert_null(strstr(told.message, "192.0.2."));
    assert_null(strstr(told.message, "5060"));
    recorded_close(&told.recorded);
}

static void a_refused_call_has_its_own_sentence_and_number(void **state)
{
    (void)state;
    struct desk *desk = open_with(65536, 10);
    desk_connect(desk);
    desk_call(desk, "c1", "sip:1002@elsewhere.example");
    assert_int_equal(told.reports, 1);
    assert_non_null(strstr(told.message, "\"traceId\":\"r-1\",\"cause\":\"bad_callee\""));
    assert_non_null(strstr(told.message, desk->text)); /* as in `finish` */
    assert_non_null(strstr(told.message, desk->remedy));
    recorded_close(&told.recorded);
}

static void where_nothing_failed_there_is_no_remedy_and_no_hop(void **state)
{
    (void)state;
    struct desk *desk = open_with(65536, 10);
    desk_active(desk);
    desk_client(desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    desk_media(desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_non_null(strstr(told.message, "\"cause\":\"normal\""));
    assert_null(strstr(told.message, "remedy"));
    assert_null(strstr(told.message, "hop\""));
    recorded_close(&told.recorded);
}

static void without_a_trace_there_is_no_ladder(void **state)
{
    (void)state;
    struct desk *desk = open_with(65536, 0);
    call_a_number_that_nobody_has(desk);
    assert_non_null(strstr(told.message, "\"traceId\":\"c-0.0.1\"")); /* in the log */
    assert_non_null(strstr(told.message, "check the number"));
    assert_null(strstr(told.message, "ladder"));
    desk_call(desk, "c2", "sip:1002@elsewhere.example");
    assert_null(strstr(told.message, "traceId"));
    recorded_close(&told.recorded);
}

static void a_ladder_that_is_too_long_is_replaced_by_where_to_find_it(void **state)
{
    (void)state;
    struct desk *desk = open_with(1048576, 10);
    desk_active(desk);
    for (int i = 0; i < 2000; i++) {
        char label[32];
        snprintf(label, sizeof(label), "milestone %d", i);
        zv_recorder_media(told.recorded.recorder, desk->call, ZV_CALL_LEG_SIP, label,
                          (struct zv_str){0}, recorded_now(&told.recorded));
    }
    desk_client(desk, ZV_CALL_IN_CLIENT_HANGUP, "c1", NULL);
    desk_media(desk, ZV_CALL_IN_MEDIA_CLOSED);
    assert_null(strstr(told.message, "milestone"));
    assert_non_null(strstr(told.message, "too long for a message"));
    assert_non_null(strstr(told.message, "zvonokctl trace c-0.0.1\\n\"}]}"));
    recorded_close(&told.recorded);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_number_that_nobody_has_is_explained_step_by_step),
    cmocka_unit_test(a_refused_call_has_its_own_sentence_and_number),
    cmocka_unit_test(where_nothing_failed_there_is_no_remedy_and_no_hop),
    cmocka_unit_test(without_a_trace_there_is_no_ladder),
    cmocka_unit_test(a_ladder_that_is_too_long_is_replaced_by_where_to_find_it),
};
ZV_TEST_MAIN(tests)
