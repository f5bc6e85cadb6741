/*
 * A client's messages as inputs of the switchboard, its commands as text.
 */
#include "support/test.h"

#include "base/err.h"
#include "http/client.h"

#include <stdio.h>
#include <string.h>

static struct zv_client_origin origin = {.conn = {7}, .is_connected = true};
static struct zv_client_input input;
static struct zv_wire_msg *msg;
static char reply_memory[8192];
static struct zv_buf reply;

static const struct zv_client_features no_features;

static enum zv_client_verdict take(const char *text)
{
    struct zv_wire_error error;
    zv_wire_msg_free(msg);
    msg = NULL;
    memset(reply_memory, 0, sizeof reply_memory);
    reply = zv_buf(reply_memory, sizeof reply_memory);
    memset(&input, 0, sizeof input);
    if (zv_wire_parse(text, strlen(text), &msg, &error) != 0)
        return zv_client_refuse(&origin, &error, &reply, &input);
    return zv_client_take(&origin, msg, &reply, &input);
}

static int teardown(void **state)
{
    (void)state;
    msg = zv_wire_msg_free(msg);
    origin.is_connected = true;
    return 0;
}

#define MESSAGE(name, fields) "{\"message\":\"" name "\",\"data\":[{" fields "}]}"

static void a_connection_becomes_an_input(void **state)
{
    (void)state;
    origin.is_connected = false;
    origin.is_proxied = true;
    origin.peer.port = 1;
    origin.local.port = 2;
    assert_int_equal(
        take(MESSAGE("connection",
                     "\"appKey\":\"a\",\"authToken\":\"t\",\"clientVersion\":\"2.0\","
                     "\"keepAlive\":true,\"sipLogin\":\"1000\",\"sipAuthenticationName\":\"n\","
                     "\"sipPassword\":\"p\",\"sipVisibleName\":\"v\",\"sipDomain\":\"d\","
                     "\"sipOutboundProxy\":\"o\",\"sipProxy\":\"x\",\"sipPort\":5060")),
        ZV_CLIENT_FORWARD);
    assert_int_equal(input.in.kind, ZV_CALL_IN_CLIENT_CONNECT);
    const struct zv_in_connect *c = &input.in.u.connect;
    assert_int_equal(c->conn.v, 7);
    assert_int_equal(c->peer.port, 1);
    assert_int_equal(c->ws_local.port, 2);
    assert_true(c->is_proxied);
    assert_true(c->keep_alive);
    assert_true(c->sip_register_required); /* absent */
    assert_true(zv_str_is(c->app_key, "a"));
    assert_true(zv_str_is(c->auth_token, "t"));
    assert_true(zv_str_is(c->client_version, "2.0"));
    assert_true(zv_str_is(c->sip_login, "1000"));
    assert_true(zv_str_is(c->sip_auth_name, "n"));
    assert_true(zv_str_is(c->sip_password, "p"));
    assert_true(zv_str_is(c->sip_visible_name, "v"));
    assert_true(zv_str_is(c->sip_domain, "d"));
    assert_true(zv_str_is(c->sip_outbound_proxy, "o"));
    assert_true(zv_str_is(c->sip_proxy, "x"));
    assert_true(zv_str_is(c->sip_port, "5060"));
    take(MESSAGE("connection", "\"sipRegisterRequired\":false"));
    assert_false(input.in.u.connect.sip_register_required);
    assert_null(input.in.u.connect.sip_login.p);
}

static void a_call_becomes_an_input_with_its_headers(void **state)
{
    (void)state;
    assert_int_equal(take(MESSAGE("call", "\"callId\":\"c\",\"callee\":\"2000\",\"sdp\":\"v=0\","
                                          "\"visibleName\":\"me\",\"hasVideo\":true,"
                                          "\"sipSDP\":[\"b=AS:500\",\"a=evil\"],"
                                          "\"inviteParameters\":{\"X-A\":\"1\"},"
                                          "\"sipHeaders\":[\"X-B:  2 \",\"nonsense\",\":3\"]")),
                     ZV_CLIENT_FORWARD);
    const struct zv_in_call *c = &input.in.u.call;
    assert_int_equal(input.in.kind, ZV_CALL_IN_CLIENT_CALL);
    assert_int_equal(c->conn.v, 7);
    assert_true(zv_str_is(c->call_id, "c"));
    assert_true(zv_str_is(c->callee, "2000"));
    assert_true(zv_str_is(c->sdp, "v=0"));
    assert_true(zv_str_is(c->visible_name, "me"));
    assert_true(c->has_video);
    assert_int_equal(c->bandwidth.as_kbps, 500);
    assert_int_equal(c->bandwidth.dropped, 1);
    assert_int_equal(c->header_count, 2);
    assert_true(zv_str_is(c->headers[0].name, "X-A"));
    assert_true(zv_str_is(c->headers[0].value, "1"));
    assert_true(zv_str_is(c->headers[1].name, "X-B"));
    assert_true(zv_str_is(c->headers[1].value, "2"));
}

static void headers_beyond_the_limit_are_left_out(void **state)
{
    (void)state;
    take(MESSAGE("call",
                 "\"callId\":\"c\",\"sdp\":\"v=0\",\"sipHeaders\":[\"a:1\",\"b:1\",\"c:1\",\"d:1\","
                 "\"e:1\",\"f:1\",\"g:1\",\"h:1\",\"i:1\",\"j:1\"]"));
    assert_int_equal(input.in.u.call.header_count, ZV_MAX_CALL_HEADERS);
    assert_true(zv_str_is(input.in.u.call.headers[ZV_MAX_CALL_HEADERS - 1].name, "h"));
}

static void the_messages_about_a_call_become_inputs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum zv_call_in_kind kind;
        const char *sdp, *argument;
    } cases[] = {
        {MESSAGE("answer", "\"callId\":\"c\",\"sdp\":\"v=0\""), ZV_CALL_IN_CLIENT_ANSWER, "v=0",
         NULL},
        {MESSAGE("zvUpdate",
                 "\"callId\":\"c\",\"type\":\"offer\",\"reason\":\"restart\",\"sdp\":\"v=1\""),
         ZV_CALL_IN_CLIENT_UPDATE, "v=1", NULL},
        {MESSAGE("zvUpdate",
                 "\"callId\":\"c\",\"type\":\"answer\",\"reason\":\"video\",\"sdp\":\"v=2\""),
         ZV_CALL_IN_CLIENT_UPDATE_ANSWER, "v=2", NULL},
        {MESSAGE("zvUpdate", "\"callId\":\"c\",\"type\":\"rollback\",\"reason\":\"video\""),
         ZV_CALL_IN_CLIENT_UPDATE_ANSWER, NULL, NULL},
        {MESSAGE("hangup", "\"callId\":\"c\""), ZV_CALL_IN_CLIENT_HANGUP, NULL, NULL},
        {MESSAGE("hold", "\"callId\":\"c\""), ZV_CALL_IN_CLIENT_HOLD, NULL, NULL},
        {MESSAGE("unhold", "\"callId\":\"c\""), ZV_CALL_IN_CLIENT_UNHOLD, NULL, NULL},
        {MESSAGE("sendDtmf", "\"callId\":\"c\",\"dtmf\":\"5\""), ZV_CALL_IN_CLIENT_DTMF, NULL, "5"},
        {MESSAGE("transfer", "\"callId\":\"c\",\"target\":\"3\""), ZV_CALL_IN_CLIENT_TRANSFER, NULL,
         "3"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        assert_int_equal(take(cases[i].text), ZV_CLIENT_FORWARD);
        assert_int_equal(input.in.kind, cases[i].kind);
        assert_int_equal(input.in.u.client.conn.v, 7);
        assert_true(zv_str_is(input.in.u.client.call_id, "c"));
        assert_true(zv_str_eq(input.in.u.client.sdp, zv_str(cases[i].sdp)));
        assert_true(zv_str_eq(input.in.u.client.text, zv_str(cases[i].argument)));
    }
}

static void expect_reply(const char *text, const char *part)
{
    assert_int_equal(take(text), ZV_CLIENT_REPLY);
    assert_false(reply.overflow);
    if (!strstr(reply_memory, part))
        fail_msg("%s was answered by %s", text, reply_memory);
    assert_int_equal(reply_memory[reply.len - 1], '\0');
}

static void what_does_not_concern_a_call_is_answered_here(void **state)
{
    (void)state;
    expect_reply("{\"message\":\"ping\"}", "{\"message\":\"pong\",\"data\":[]}");
    expect_reply(MESSAGE("sendData", "\"operationId\":\"o\""),
                 "{\"message\":\"DataStatusEvent\",\"data\":[{\"operationId\":\"o\",\"status\":"
                 "\"FAILED\"");
    expect_reply(MESSAGE("sessionDebug", "\"command\":\"start\""), "\"SessionDebugStatusEvent\"");
    expect_reply(MESSAGE("submitBugReport", "\"text\":\"x\""), "\"BugReportStatusEvent\"");
    expect_reply(MESSAGE("publishStream", "\"mediaSessionId\":\"m\""),
                 "{\"message\":\"notifyStreamStatusEvent\",\"data\":[{\"mediaSessionId\":\"m\","
                 "\"status\":\"FAILED\"");
    assert_int_equal(take("{\"message\":\"pong\",\"data\":[null]}"), ZV_CLIENT_PONG);
    assert_int_equal(take(MESSAGE("pushLogs", "\"logs\":\"x\"")), ZV_CLIENT_IGNORE);
    assert_int_equal(take(MESSAGE("subscribe", "")), ZV_CLIENT_IGNORE);
}

static void before_a_connection_only_pings_pass(void **state)
{
    (void)state;
    origin.is_connected = false;
    expect_reply(MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v=0\""), "not_connected");
    expect_reply(MESSAGE("sendData", "\"operationId\":\"o\""), "not_connected");
    expect_reply(MESSAGE("publishStream", ""), "not_connected");
    expect_reply("{\"message\":\"ping\"}", "pong");
    assert_int_equal(take("{\"message\":\"pong\"}"), ZV_CLIENT_PONG);
    assert_int_equal(take(MESSAGE("connection", "")), ZV_CLIENT_FORWARD);
}

/* The switchboard answers it: nothing is written here. */
static void expect_refused_call(const char *text, const char *call_id, const char *field)
{
    assert_int_equal(take(text), ZV_CLIENT_FORWARD);
    assert_int_equal(reply.len, 0);
    assert_int_equal(input.in.kind, ZV_CALL_IN_CLIENT_REFUSED);
    const struct zv_in_refused *refused = &input.in.u.refused;
    assert_int_equal(refused->conn.v, 7);
    assert_true(zv_str_eq(refused->call_id, zv_str(call_id)));
    assert_true(zv_str_is(refused->field, field));
    assert_true(refused->text.len > 10);
}

static void an_msrp_call_is_refused_by_the_switchboard(void **state)
{
    (void)state;
    expect_refused_call(MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v=0\",\"callee\":\"2000\","
                                        "\"isMsrp\":true"),
                        "c", "isMsrp");
    assert_int_equal(input.in.u.refused.cause, ZV_CAUSE_NOT_SUPPORTED);
    assert_true(zv_str_is(input.in.u.refused.callee, "2000"));
}

static void refusals_raise_the_event_of_their_kind(void **state)
{
    (void)state;
    expect_reply(MESSAGE("connection", "\"sipLogin\":1"), "\"ConnectionStatusEvent\"");
    assert_non_null(strstr(reply_memory, "\"field\":\"sipLogin\",\"cause\":\"bad_request\""));
    assert_non_null(strstr(reply_memory, "\"text\":\"The field \\\"sipLogin\\\" of the message"));
    expect_reply(MESSAGE("transfer", "\"callId\":\"c\""), "\"TransferStatusEvent\",\"id\":\"c\"");
    expect_reply(MESSAGE("sendData", ""), "\"DataStatusEvent\"");
    expect_reply("{", "\"ErrorStatusEvent\"");
    expect_reply(MESSAGE("hangup", ""), "\"CallStatusEvent\"");
    assert_int_equal(strlen(reply_memory) + 1, reply.len); /* and nothing else */
}

static void a_malformed_call_ends_through_the_switchboard(void **state)
{
    (void)state;
    expect_refused_call(MESSAGE("call", "\"callId\":\"c\""), "c", "sdp");
    assert_int_equal(input.in.u.refused.cause, ZV_CAUSE_BAD_REQUEST);
    assert_null(input.in.u.refused.callee.p);
    expect_refused_call(MESSAGE("call", "\"callId\":1"), NULL, "callId");
    assert_null(input.in.u.refused.call_id.p);
    origin.is_connected = false;
    expect_reply(MESSAGE("call", "\"callId\":\"c\""), "\"CallStatusEvent\"");
    assert_int_equal(strlen(reply_memory) + 1, reply.len); /* and nothing else */
}

static void a_refused_answer_ends_the_call_through_the_switchboard(void **state)
{
    (void)state;
    assert_int_equal(take(MESSAGE("answer", "\"callId\":\"c\"")), ZV_CLIENT_FORWARD);
    assert_non_null(strstr(reply_memory, "\"CallStatusEvent\",\"id\":\"c\""));
    assert_int_equal(input.in.kind, ZV_CALL_IN_CLIENT_ANSWER);
    assert_true(zv_str_is(input.in.u.client.call_id, "c"));
    assert_int_equal(input.in.u.client.sdp.len, 0);
    origin.is_connected = false;
    assert_int_equal(take(MESSAGE("answer", "\"callId\":\"c\"")), ZV_CLIENT_REPLY);
}

static void the_largest_refusal_fits(void **state)
{
    (void)state;
    char id[ZV_MAX_CALL_ID_BYTES + 1], text[512];
    memset(id, '"', sizeof id);
    id[ZV_MAX_CALL_ID_BYTES] = '\0';
    char escaped[2 * ZV_MAX_CALL_ID_BYTES + 1];
    for (size_t i = 0; i < ZV_MAX_CALL_ID_BYTES; i++)
        memcpy(escaped + 2 * i, "\\\"", 3);
    snprintf(text, sizeof text, MESSAGE("answer", "\"callId\":\"%s\",\"sdp\":5"), escaped);
    assert_int_equal(take(text), ZV_CLIENT_FORWARD);
    assert_true(reply.len > sizeof escaped);
    assert_false(reply.overflow);
}

static void every_command_has_its_message(void **state)
{
    (void)state;
    for (int message = 0; message < ZV_MSG_COUNT; message++) {
        struct zv_cmd_client event = {
            .conn = {7},
            .message = (enum zv_client_message)message,
            .call_id = ZV_STR_LIT("c"),
            .status = ZV_STR_LIT("S"),
            .sdp = ZV_STR_LIT("v=0"),
            .auth_token = ZV_STR_LIT("token"),
        };
        struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
        struct zv_outbox_missed missed = {0};
        int err = message == ZV_MSG_RESUMED ? zv_client_write_resumed(&event, &missed, &out)
                                            : zv_client_write_event(&event, &no_features, &out);
        assert_int_equal(err, 0);
        assert_non_null(zv_buf_cstr(&out));
        char start[64];
        snprintf(start, sizeof start, "{\"message\":\"%s\",\"data\":[",
                 zv_client_message_name(event.message));
        assert_int_equal(strncmp(reply_memory, start, strlen(start)), 0);
        bool has_token = strstr(reply_memory, "token") != NULL;
        assert_int_equal(has_token, message == ZV_MSG_GET_USER_DATA);
    }
    struct zv_cmd_client unknown = {.message = ZV_MSG_COUNT};
    struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
    assert_int_equal(zv_client_write_event(&unknown, &no_features, &out), ZV_E_INVAL);
}

static void a_verdict_is_written_whole(void **state)
{
    (void)state;
    const struct zv_cmd_client event = {.message = ZV_MSG_VERDICT,
                                        .call_id = ZV_STR_LIT("c"),
                                        .leg = ZV_STR_LIT("sip"),
                                        .code = ZV_STR_LIT("stopped"),
                                        .severity = ZV_STR_LIT("warning"),
                                        .text = ZV_STR_LIT("no more"),
                                        .remedy = ZV_STR_LIT("look there"),
                                        .since_us = 2499999};
    struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
    assert_int_equal(zv_client_write_event(&event, &no_features, &out), 0);
    assert_string_equal(zv_buf_cstr(&out),
                        "{\"message\":\"zvVerdict\",\"data\":[{\"callId\":\"c\",\"leg\":\"sip\","
                        "\"code\":\"stopped\",\"severity\":\"warning\",\"text\":\"no more\","
                        "\"remedy\":\"look there\",\"since\":2499}]}");
}

static void a_press_is_written_whole(void **state)
{
    (void)state;
    const struct zv_cmd_client event = {.message = ZV_MSG_DIGIT,
                                        .call_id = ZV_STR_LIT("c"),
                                        .digit = ZV_STR_LIT("5"),
                                        .via = ZV_STR_LIT("info"),
                                        .duration_ms = 250};
    struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
    assert_int_equal(zv_client_write_event(&event, &no_features, &out), 0);
    assert_string_equal(zv_buf_cstr(&out),
                        "{\"message\":\"zvDtmf\",\"data\":[{\"callId\":\"c\",\"digit\":\"5\","
                        "\"durationMs\":250,\"via\":\"info\"}]}");
}

static void a_drain_is_written_whole_and_its_end(void **state)
{
    (void)state;
    struct zv_cmd_client event = {.message = ZV_MSG_DRAIN,
                                  .left_us = 1999999,
                                  .cause = ZV_STR_LIT("draining"),
                                  .text = ZV_STR_LIT("it restarts"),
                                  .remedy = ZV_STR_LIT("try later")};
    struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
    assert_int_equal(zv_client_write_event(&event, &no_features, &out), 0);
    assert_string_equal(zv_buf_cstr(&out),
                        "{\"message\":\"zvDrain\",\"data\":[{\"status\":\"DRAINING\","
                        "\"leftMs\":1999,\"cause\":\"draining\",\"text\":\"it restarts\","
                        "\"remedy\":\"try later\"}]}");
    event = (struct zv_cmd_client){.message = ZV_MSG_DRAIN, .is_drain_over = true};
    out = zv_buf(reply_memory, sizeof reply_memory);
    assert_int_equal(zv_client_write_event(&event, &no_features, &out), 0);
    assert_string_equal(zv_buf_cstr(&out),
                        "{\"message\":\"zvDrain\",\"data\":[{\"status\":\"CANCELLED\"}]}");
}

static void digits_go_on_with_the_way_that_the_client_wants(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        enum zv_dtmf_mode mode;
    } rows[] = {
        {"\"callId\":\"c\",\"dtmf\":\"1#\"", ZV_DTMF_AUTO},
        {"\"callId\":\"c\",\"dtmf\":\"1#\",\"type\":\"RFC2833\"", ZV_DTMF_AUTO},
        {"\"callId\":\"c\",\"dtmf\":\"1#\",\"type\":\"INFO\"", ZV_DTMF_INFO},
        {"\"callId\":\"c\",\"dtmf\":\"1#\",\"type\":\"INFO_RELAY\"", ZV_DTMF_INFO_RELAY},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        char text[256];
        snprintf(text, sizeof(text), "{\"message\":\"sendDtmf\",\"data\":[{%s}]}", rows[i].fields);
        take(text);
        assert_int_equal(input.in.kind, ZV_CALL_IN_CLIENT_DTMF);
        assert_true(zv_str_is(input.in.u.client.text, "1#"));
        assert_int_equal(input.in.u.client.dtmf, rows[i].mode);
    }
}

static void known_features_are_granted_as_far_as_they_are_offered(void **state)
{
    (void)state;
    origin.offered = ZV_WIRE_FEATURE_REPORT;
    take(MESSAGE("connection", "\"features\":[\"resume\",\"report\",\"teleport\"]"));
    assert_true(input.features.is_asked);
    assert_int_equal(input.features.granted, ZV_WIRE_FEATURE_REPORT);
    take(MESSAGE("connection", "\"features\":[\"resume\"]"));
    assert_true(input.features.is_asked);
    assert_int_equal(input.features.granted, 0);
    take(MESSAGE("connection", "\"sipLogin\":\"1000\""));
    assert_false(input.features.is_asked);
    assert_int_equal(input.features.granted, 0);
    origin.offered = ZV_WIRE_FEATURE_VERDICT;
    take(MESSAGE("connection", "\"features\":[\"verdict\"]"));
    assert_true(input.in.u.connect.wants_verdicts);
    take(MESSAGE("connection", "\"features\":[\"quality\"]"));
    assert_false(input.in.u.connect.wants_verdicts);
    origin.offered = 0;
    take(MESSAGE("connection", "\"features\":[\"verdict\"]"));
    assert_false(input.in.u.connect.wants_verdicts);
    origin.offered = ZV_WIRE_FEATURE_DTMF;
    take(MESSAGE("connection", "\"features\":[\"dtmf\"]"));
    assert_true(input.in.u.connect.wants_digits);
    origin.offered = ZV_WIRE_FEATURE_DRAIN;
    take(MESSAGE("connection", "\"features\":[\"drain\"]"));
    assert_true(input.in.u.connect.wants_drain);
    origin.offered = 0;
    take(MESSAGE("connection", "\"features\":[\"report\"]"));
    assert_true(input.features.is_asked);
    assert_int_equal(input.features.granted, 0);
}

static void only_a_client_that_asked_is_told_what_it_got(void **state)
{
    (void)state;
    struct zv_cmd_client event = {.message = ZV_MSG_GET_USER_DATA};
    static const struct {
        struct zv_client_features features;
        const char *text; /* NULL: no field */
    } cases[] = {
        {{.is_asked = true, .granted = ZV_WIRE_FEATURE_REPORT}, "\"features\":[\"report\"]"},
        {{.is_asked = true}, "\"features\":[]"},
        {{0}, NULL},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
        assert_int_equal(zv_client_write_event(&event, &cases[i].features, &out), 0);
        assert_non_null(zv_buf_cstr(&out));
        const char *found = strstr(reply_memory, cases[i].text ? cases[i].text : "features");
        assert_int_equal(found != NULL, cases[i].text != NULL);
    }
}

static void the_fields_of_a_command_reach_the_client(void **state)
{
    (void)state;
    struct zv_cmd_client event = {
        .message = ZV_MSG_FINISH,
        .call_id = ZV_STR_LIT("c"),
        .status = ZV_STR_LIT("FAILED"),
        .caller = ZV_STR_LIT("1000"),
        .callee = ZV_STR_LIT("2000"),
        .visible_name = ZV_STR_LIT("Bob"),
        .incoming = true,
        .has_audio = true,
        .sip_status = 488,
        .info = ZV_STR_LIT("No common codecs"),
        .cause = ZV_STR_LIT("no_common_codec"),
        .text = ZV_STR_LIT("none"),
        .remedy = ZV_STR_LIT("some"),
        .hop = ZV_STR_LIT("gateway"),
    };
    struct zv_buf out = zv_buf(reply_memory, sizeof reply_memory);
    assert_int_equal(zv_client_write_event(&event, &no_features, &out), 0);
    assert_true(zv_str_is(
        zv_buf_str(&out),
        "{\"message\":\"finish\",\"data\":[{\"callId\":\"c\",\"status\":\"FAILED\",\"incoming\":"
        "true,\"caller\":\"1000\",\"callee\":\"2000\",\"visibleName\":\"Bob\",\"hasAudio\":true,"
        "\"hasVideo\":false,\"mediaProvider\":\"WebRTC\",\"sipStatus\":488,\"info\":\"No common "
        "codecs\",\"cause\":\"no_common_codec\",\"text\":\"none\",\"remedy\":\"some\",\"hop\":"
        "\"gateway\"}]}"));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

static const struct CMUnitTest tests[] = {
    TEST(a_connection_becomes_an_input),
    TEST(a_call_becomes_an_input_with_its_headers),
    TEST(headers_beyond_the_limit_are_left_out),
    TEST(the_messages_about_a_call_become_inputs),
    TEST(what_does_not_concern_a_call_is_answered_here),
    TEST(before_a_connection_only_pings_pass),
    TEST(an_msrp_call_is_refused_by_the_switchboard),
    TEST(refusals_raise_the_event_of_their_kind),
    TEST(a_malformed_call_ends_through_the_switchboard),
    TEST(a_refused_answer_ends_the_call_through_the_switchboard),
    TEST(the_largest_refusal_fits),
    TEST(every_command_has_its_message),
    TEST(a_verdict_is_written_whole),
    TEST(a_press_is_written_whole),
    TEST(a_drain_is_written_whole_and_its_end),
    TEST(digits_go_on_with_the_way_that_the_client_wants),
    cmocka_unit_test(known_features_are_granted_as_far_as_they_are_offered),
    TEST(only_a_client_that_asked_is_told_what_it_got),
    TEST(the_fields_of_a_command_reach_the_client),
};
ZV_TEST_MAIN(tests)
