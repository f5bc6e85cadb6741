/*
 * Reports, and clients that return: what is kept for them, and what they are told.
 */
#define _GNU_SOURCE

#include "door.h"

/* ------------------------------------------------------------------ reports */

/* An open WebSocket with a session that takes reports. */
static zv_conn_id log_in_asking(struct door *door, struct zv_ws_client *client)
{
    join(door, client);
    zv_ws_send_text(client, ASKING);
    expect_text(client, "\"features\":[\"report\"]");
    return door->inputs[door->input_count - 1].conn;
}

static struct zv_wire_report report_of(const char *call_id, struct zv_str ladder)
{
    return (struct zv_wire_report){
        .call_id = zv_str(call_id),
        .reason = {.cause = ZV_STR_LIT("busy"), .text = ZV_STR_LIT("the far end is busy")},
        .ladder = ladder,
    };
}

static void reports_go_to_those_who_asked(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client asking, silent;
    open_door(&door, &defaults);
    zv_conn_id reader = log_in_asking(&door, &asking);
    zv_conn_id other = log_in(&door, &silent);
    zv_ws_send_text(&silent, ASKING); /* too late: the first `connection` counts */
    expect_text(&silent, "getUserData");
    unsigned feature = ZV_WIRE_FEATURE_REPORT;
    assert_true(zv_http_has_feature(door.http, session_of(&door, reader), feature));
    assert_false(zv_http_has_feature(door.http, session_of(&door, other), feature));
    assert_false(zv_http_has_feature(door.http, (zv_session_id){12345}, feature));
    struct zv_wire_report report = report_of("c-1", ZV_STR_LIT("client -> gateway\n"));
    zv_http_send_report(door.http, session_of(&door, reader), &report);
    zv_http_send_report(door.http, session_of(&door, other), &report);
    zv_http_send_report(door.http, (zv_session_id){12345}, &report);
    expect_text(&asking, "{\"message\":\"zvReport\",\"data\":[{\"callId\":\"c-1\",\"cause\":"
                         "\"busy\",\"text\":\"the far end is busy\","
                         "\"ladder\":\"client -> gateway\\n\"}]}");
    zv_ws_send_text(&silent, PING);
    expect_text(&silent, "pong"); /* and nothing before it */
    zv_ws_close(&asking);
    zv_ws_close(&silent);
    close_door(&door);
}

static void a_report_costs_nobody_the_connection(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &(struct zv_http_limits){.queue_bytes = 4096});
    zv_conn_id conn = log_in_asking(&door, &client);
    char text[ZV_MAX_LADDER_BYTES];
    memset(text, '-', sizeof text);
    struct zv_wire_report huge = report_of("huge", zv_str_n(text, 3000));
    struct zv_wire_report small = report_of("small", zv_str_n(text, 1000));
    zv_http_send_report(door.http, session_of(&door, conn), &huge);
    for (int i = 0; i < 100; i++) /* nothing is read meanwhile */
        zv_http_send_report(door.http, session_of(&door, conn), &small);
    assert_true(counts_of(&door).reports_dropped > 90);
    assert_int_equal(counts_of(&door).closed_slow, 0);
    expect_text(&client, "\"callId\":\"small\"");
    zv_ws_close(&client);
    close_door(&door);
}

static void the_largest_ladder_fits(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    zv_conn_id conn = log_in_asking(&door, &client);
    char text[ZV_MAX_LADDER_BYTES];
    memset(text, '"', sizeof text); /* each becomes two bytes */
    struct zv_wire_report report = report_of("c-1", zv_str_n(text, sizeof text));
    zv_http_send_report(door.http, session_of(&door, conn), &report);
    assert_int_equal(counts_of(&door).reports_dropped, 0);
    expect_text(&client, "\"ladder\":\"\\\"");
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ clients that return */

#define RESUMING                                                                                   \
    "{\"message\":\"connection\",\"data\":[{\"features\":[\"resume\",\"report\"],\"lastSeq\":%d}]" \
    "}"
#define RELOADED "{\"message\":\"connection\",\"data\":[{\"features\":[\"resume\",\"report\"]}]}"

/* A socket of session 7 whose client can resume. */
static zv_conn_id log_in_resuming(struct door *door, struct zv_ws_client *client,
                                  const char *connection)
{
    door->session = 7;
    join(door, client);
    zv_ws_send_text(client, connection);
    expect_text(client, "getUserData");
    return door->inputs[door->input_count - 1].conn;
}

static void say(struct door *door, zv_conn_id conn, enum zv_client_message message,
                const char *call_id)
{
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn,
                     .session = {7},
                     .message = message,
                     .call_id = zv_str(call_id),
                     .status = ZV_STR_LIT("RING")},
    };
    zv_http_execute(door->http, &cmd);
}

static void resume(struct door *door, zv_conn_id conn, int64_t last_seq)
{
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.conn = conn, .session = {7}, .message = ZV_MSG_RESUMED, .last_seq = last_seq},
    };
    zv_http_execute(door->http, &cmd);
}

static void lose(struct door *door, struct zv_ws_client *client, size_t count)
{
    zv_ws_close(client);
    wait_inputs(door, ZV_CALL_IN_CLIENT_CLOSED, count);
}

static void a_client_that_returns_gets_what_it_missed(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    char text[256];
    open_door(&door, &defaults);
    zv_conn_id conn = log_in_resuming(&door, &client, RELOADED);
    assert_true(door.inputs[0].can_resume);
    assert_true(door.inputs[0].last_seq == -1);
    say(&door, conn, ZV_MSG_TRYING, "c-1");
    expect_text(&client, "}],\"seq\":1}");
    lose(&door, &client, 1);
    say(&door, (zv_conn_id){0}, ZV_MSG_RING, "c-1");
    struct zv_wire_report report = {.call_id = ZV_STR_LIT("c-0")};
    zv_http_send_report(door.http, (zv_session_id){7}, &report);
    (void)snprintf(text, sizeof text, RESUMING, 1);
    conn = log_in_resuming(&door, &client, text);
    assert_int_equal(door.inputs[door.input_count - 1].last_seq, 1);
    resume(&door, conn, 1);
    expect_text(&client, "\"calls\":[],\"replayed\":2,\"complete\":true}]}");
    expect_text(&client, "{\"message\":\"ring\"");
    expect_text(&client, "{\"message\":\"zvReport\",\"data\":[{\"callId\":\"c-0\"}],\"seq\":3}");
    say(&door, conn, ZV_MSG_TALK, "c-1");
    expect_text(&client, "}],\"seq\":4}");
    lose(&door, &client, 2);
    conn = log_in_resuming(&door, &client, RELOADED);
    resume(&door, conn, -1);
    expect_text(&client, "\"replayed\":0,\"complete\":true}]}");
    say(&door, conn, ZV_MSG_TALK, "c-1");
    expect_text(&client, "}],\"seq\":5}");
    lose(&door, &client, 3);
    close_door(&door);
}

static void what_rings_is_told_again_to_those_who_do_not_know_it(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    char text[256];
    open_door(&door, &defaults);
    struct zv_call_cmd again = {
        .kind = ZV_CALL_CMD_CLIENT_EVENT,
        .u.client = {.session = {7},
                     .message = ZV_MSG_RING,
                     .is_again = true,
                     .call_id = ZV_STR_LIT("c-1"),
                     .status = ZV_STR_LIT("RING")},
    };
    zv_conn_id conn = log_in_resuming(&door, &client, RELOADED);
    say(&door, conn, ZV_MSG_RING, "c-1");
    expect_text(&client, "\"seq\":1}");
    lose(&door, &client, 1);
    (void)snprintf(text, sizeof text, RESUMING, 1);
    again.u.client.conn = conn = log_in_resuming(&door, &client, text);
    resume(&door, conn, 1);
    expect_text(&client, "\"complete\":true");
    zv_http_execute(door.http, &again); /* it knows */
    say(&door, conn, ZV_MSG_TALK, "c-1");
    expect_text(&client, "\"talk\"");
    lose(&door, &client, 2);
    (void)snprintf(text, sizeof text, RESUMING, 99);
    again.u.client.conn = conn = log_in_resuming(&door, &client, text);
    resume(&door, conn, 99); /* as of another session: it cannot be trusted to know anything */
    expect_text(&client, "\"replayed\":0,\"complete\":false}]}");
    zv_http_execute(door.http, &again);
    expect_text(&client, "{\"message\":\"ring\"");
    lose(&door, &client, 3);
    close_door(&door);
}

static void nothing_is_kept_of_a_session_that_is_over(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    int64_t before = zv_alloc_live();
    open_door(&door, &defaults);
    zv_conn_id conn = log_in_resuming(&door, &client, RELOADED);
    say(&door, conn, ZV_MSG_RING, "c-1");
    lose(&door, &client, 1);
    struct zv_call_cmd forget = {.kind = ZV_CALL_CMD_CLIENT_FORGET, .u.forget.session = {7}};
    assert_true(zv_http_has_feature(door.http, (zv_session_id){7}, ZV_WIRE_FEATURE_RESUME));
    zv_http_execute(door.http, &forget);
    assert_false(zv_http_has_feature(door.http, (zv_session_id){7}, ZV_WIRE_FEATURE_RESUME));
    conn = log_in_resuming(&door, &client, RELOADED);
    resume(&door, conn, 0);
    expect_text(&client, "\"replayed\":0,\"complete\":true}]}");
    lose(&door, &client, 2);
    close_door(&door); /* with the second one still there */
    assert_int_equal(zv_alloc_live(), before);
}

static void a_good_bye_is_told_from_a_loss(void **state)
{
    static const struct {
        const char *payload;
        size_t len;
        uint16_t code;
    } closes[] = {
        {"", 0, 1005},
        {"\x03\xe8"
         "bye",
         5, 1000},
        {"\x03\xe9", 2, 1001},
        {NULL, 0, 0},
    };
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    for (size_t i = 0; i < ZV_ARRAY_LEN(closes); i++) {
        log_in(&door, &client);
        if (closes[i].payload)
            zv_ws_send_frame(&client, true, ZV_WS_CLOSE, closes[i].payload, closes[i].len);
        if (closes[i].payload)
            zv_ws_wait_closed(&client);
        zv_ws_close(&client);
        wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, i + 1);
        assert_int_equal(door.inputs[door.input_count - 1].close_code, closes[i].code);
    }
    close_door(&door);
}

static void a_close_that_only_answers_ours_is_no_good_bye(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    zv_conn_id conn = log_in(&door, &client);
    struct zv_call_cmd close = {
        .kind = ZV_CALL_CMD_CLIENT_CLOSE,
        .u.close = {.conn = conn, .code = 1000, .reason = ZV_STR_LIT("elsewhere")},
    };
    zv_http_execute(door.http, &close);
    assert_int_equal(zv_ws_read_close(&client), 1000);
    zv_ws_send_frame(&client, true, ZV_WS_CLOSE, "\x03\xe8", 2);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    assert_int_equal(door.inputs[door.input_count - 1].close_code, 0);
    zv_ws_close(&client);
    close_door(&door);
}

static void the_first_sign_of_life_is_told_once(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_door(&door, &defaults);
    log_in(&door, &client);
    zv_ws_send_text(&client, PONG);
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    assert_int_equal(count_inputs(&door, ZV_CALL_IN_CLIENT_ALIVE), 1);
    zv_ws_close(&client);
    log_in(&door, &client);
    zv_ws_send_text(&client, HANGUP); /* says as much */
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    assert_int_equal(count_inputs(&door, ZV_CALL_IN_CLIENT_ALIVE), 1);
    zv_ws_close(&client);
    close_door(&door);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reports_go_to_those_who_asked),
    cmocka_unit_test(a_report_costs_nobody_the_connection),
    cmocka_unit_test(the_largest_ladder_fits),
    cmocka_unit_test(a_client_that_returns_gets_what_it_missed),
    cmocka_unit_test(what_rings_is_told_again_to_those_who_do_not_know_it),
    cmocka_unit_test(nothing_is_kept_of_a_session_that_is_over),
    cmocka_unit_test(a_good_bye_is_told_from_a_loss),
    cmocka_unit_test(a_close_that_only_answers_ours_is_no_good_bye),
    cmocka_unit_test(the_first_sign_of_life_is_told_once),
};

ZV_TEST_MAIN(tests)
