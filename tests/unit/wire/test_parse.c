/*
 * What the parser refuses, what it lets pass, and what it says.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(const char *text, struct zv_wire_msg **ret_msg, struct zv_wire_error *error)
{
    return zv_wire_parse(text, strlen(text), ret_msg, error);
}

static struct zv_wire_msg *accept(const char *text)
{
    struct zv_wire_msg *msg = NULL;
    struct zv_wire_error error;
    if (parse(text, &msg, &error) != 0)
        fail_msg("%s: %s", text, error.sentence);
    return msg;
}

static struct zv_wire_error refuse(const char *text)
{
    struct zv_wire_msg *msg = NULL;
    struct zv_wire_error error;
    memset(&error, 0x55, sizeof error);
    int err = parse(text, &msg, &error);
    if (!err)
        fail_msg("accepted: %s", text);
    assert_int_equal(err, error.err);
    assert_null(msg);
    assert_true(error.sentence[0] != '\0');
    return error;
}

/* ------------------------------------------------------------------ JSON itself */

/* Values that must be accepted wherever a value may stand. */
static const char *const good_values[] = {
    "0",
    "-0",
    "123",
    "-1",
    "1.5",
    "1e5",
    "1E+2",
    "1e-2",
    "20e1",
    "9223372036854775807",
    "-9223372036854775808",
    "0.1e-300",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"",
    "\"\\u00e9\\u20ac\"",
    "\"\\ud83d\\ude00\"",
    "\"\xf0\x9f\x98\x80 \xd0\x96\"",
    "\"\\u0001\\u001f\"",
    "\"\x7f\"",
    "\"\xe2\x80\xa8\"",
    "[]",
    "{}",
    "[ ]",
    "[1, \"a\",\n\ttrue ]",
    "{\"\":0}",
    "{\"a\":{\"b\":[null]}}",
    "\"\xef\xbf\xbf\"",
};

/* And what must be refused there. */
static const char *const bad_values[] = {
    "",
    "+1",
    "01",
    "-01",
    "1.",
    ".5",
    "-",
    "-.1",
    "1e",
    "1e+",
    "0x10",
    "1_000",
    "Infinity",
    "-Infinity",
    "NaN",
    "nan",
    "1e400",
    "99999999999999999999",
    "-99999999999999999999",
    "tru",
    "True",
    "nul",
    "undefined",
    "'a'",
    "a",
    "\"",
    "\"a",
    "\"\\x41\"",
    "\"\\a\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\U0041\"",
    "\"\\ud800\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\\ude00\\ud83d\"",
    "\"\\u0000\"",
    "\"a\\u0000b\"",
    "\"\x01\"",
    "\"\n\"",
    "\"\t\"",
    "\"\xff\"",
    "\"\xc0\xaf\"",
    "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xe2\x82\"",
    "\"\x80\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,,2]",
    "[1:2]",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "{\"a\\u0000\":1}",
    "/* */ 1",
    "1 // x",
    "# x\n1",
    "\xef\xbb\xbf 1",
    "\xa0",
    "\x0c",
};

static void correct_json_is_accepted_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(good_values); i++) {
        char text[256];
        snprintf(text, sizeof text, " {\"more\": %s , \"message\":\"pong\",\"data\":[%s]}\r\n",
                 good_values[i], good_values[i]);
        zv_wire_msg_free(accept(text));
    }
}

static void incorrect_json_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad_values); i++) {
        char text[256];
        /* An empty list is correct, an empty value is not. */
        if (bad_values[i][0]) {
            snprintf(text, sizeof text, "{\"message\":\"pong\",\"data\":[%s]}", bad_values[i]);
            assert_int_equal(refuse(text).kind, ZV_WIRE_UNKNOWN);
        }
        snprintf(text, sizeof text, "{\"message\":\"pong\",\"x\":%s}", bad_values[i]);
        assert_int_equal(refuse(text).err, ZV_E_PARSE);
    }
}

static void a_message_is_exactly_one_object(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "1",
        "null",
        "\"message\"",
        "[]",
        "[{\"message\":\"pong\"}]",
        "{\"message\":\"pong\"} {}",
        "{\"message\":\"pong\"}x",
        "{\"message\":\"pong\"}}",
        "{}",
        "{\"message\":null}",
        "{\"message\":1}",
        "{\"message\":\"\"}",
        "{\"data\":[]}",
        "{\"message\":\"pong\",\"message\":\"ping\"}",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++)
        assert_int_equal(refuse(texts[i]).err, ZV_E_PARSE);
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"message\":\"po\0ng\"}";
    static const char after[] = "{\"message\":\"pong\"}\0";
    struct zv_wire_msg *msg = NULL;
    struct zv_wire_error error;
    assert_int_equal(zv_wire_parse(text, sizeof text - 1, &msg, &error), ZV_E_PARSE);
    assert_int_equal(zv_wire_parse(after, sizeof after - 1, &msg, &error), ZV_E_PARSE);
}

static void errors_tell_what_and_where_but_quote_nothing(void **state)
{
    (void)state;
    struct zv_wire_error error =
        refuse("{\"message\":\"connection\",\"data\":[{\"sipPassword\":\"hunter2\"x}]}");
    assert_non_null(strstr(error.sentence, "at byte"));
    assert_null(strstr(error.sentence, "hunter2"));
    error = refuse("{\"sipPassword\":\"hunter2\",\"sipPassword\":\"hunter2\"}");
    assert_non_null(strstr(error.sentence, "twice"));
    assert_null(strstr(error.sentence, "hunter2"));
    error = refuse("{\"message\":\"connection\",\"data\":[{\"sipPassword\":[\"hunter2\"]}]}");
    assert_string_equal(error.field, "sipPassword");
    assert_null(strstr(error.sentence, "hunter2"));
}

/* ------------------------------------------------------------------ bounds */

static char *nested(unsigned depth, char open, char close)
{
    static const char head[] = "{\"message\":\"pong\",\"x\":";
    char *text = malloc(sizeof head + 2 * (size_t)depth + 2);
    char *p = text + sprintf(text, "%s", head);
    memset(p, open, depth);
    p += depth;
    memset(p, close, depth);
    p += depth;
    memcpy(p, "}", 2);
    return text;
}

static void depth_is_bounded_before_the_library_sees_it(void **state)
{
    (void)state;
    char *text = nested(ZV_MAX_JSON_DEPTH - 1, '[', ']');
    zv_wire_msg_free(accept(text));
    free(text);
    text = nested(ZV_MAX_JSON_DEPTH, '[', ']');
    assert_int_equal(refuse(text).err, ZV_E_LIMIT);
    free(text);
    text = nested(100000, '[', ']');
    assert_int_equal(refuse(text).err, ZV_E_LIMIT);
    free(text);
    text = nested(100000, '{', '}');
    assert_int_equal(refuse(text).err, ZV_E_LIMIT);
    free(text);
}

static void brackets_in_text_are_no_depth(void **state)
{
    (void)state;
    zv_wire_msg_free(accept("{\"message\":\"pong\",\"x\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[{{{\"}"));
}

static void the_number_of_values_is_bounded(void **state)
{
    (void)state;
    size_t cap = 64 + 3 * (size_t)ZV_MAX_JSON_VALUES;
    char *text = malloc(cap);
    char *p = text + sprintf(text, "{\"message\":\"pong\",\"x\":[[]");
    for (int i = 0; i < ZV_MAX_JSON_VALUES; i++)
        p += sprintf(p, ",[]");
    sprintf(p, "]}");
    assert_int_equal(refuse(text).err, ZV_E_LIMIT);
    free(text);
}

static char *call_with_sdp(size_t sdp_len, size_t padding)
{
    char *text = malloc(256 + sdp_len + padding);
    char *p = text + sprintf(text, "{\"message\":\"call\",\"data\":[{\"callId\":\"c\",\"sdp\":\"");
    memset(p, 'v', sdp_len);
    p += sdp_len;
    p += sprintf(p, "\",\"x\":\"");
    memset(p, 'x', padding);
    p += padding;
    memcpy(p, "\"}]}", 5);
    return text;
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    char *text = call_with_sdp(ZV_MAX_SDP_BYTES, 100000);
    zv_wire_msg_free(accept(text));
    free(text);
    text = call_with_sdp(ZV_MAX_SDP_BYTES + 1, 0);
    struct zv_wire_error error = refuse(text);
    assert_int_equal(error.err, ZV_E_LIMIT);
    assert_string_equal(error.field, "sdp");
    assert_string_equal(error.call_id, "c");
    free(text);
    text = call_with_sdp(1, ZV_MAX_CLIENT_MESSAGE_BYTES);
    assert_int_equal(refuse(text).err, ZV_E_LIMIT);
    free(text);
}

/* ------------------------------------------------------------------ fields */

#define MESSAGE(name, fields) "{\"message\":\"" name "\",\"data\":[{" fields "}]}"

static void wrong_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field, *says;
    } cases[] = {
        {MESSAGE("connection", "\"sipLogin\":1000"), "sipLogin", "text"},
        {MESSAGE("connection", "\"sipLogin\":{}"), "sipLogin", "text"},
        {MESSAGE("connection", "\"sipPort\":1.5"), "sipPort", "text"},
        {MESSAGE("connection", "\"sipPort\":true"), "sipPort", "text"},
        {MESSAGE("connection", "\"keepAlive\":\"yes\""), "keepAlive", "true or false"},
        {MESSAGE("connection", "\"keepAlive\":1"), "keepAlive", "true or false"},
        {MESSAGE("connection", "\"sipRegisterRequired\":\"\""), "sipRegisterRequired", "true"},
        {MESSAGE("connection", "\"mediaProviders\":\"WebRTC\""), "mediaProviders", "list"},
        {MESSAGE("connection", "\"mediaProviders\":[1]"), "mediaProviders", "list"},
        {MESSAGE("connection", "\"features\":[[]]"), "features", "list"},
        {MESSAGE("connection", "\"lastSeq\":-1"), "lastSeq", "whole number"},
        {MESSAGE("connection", "\"lastSeq\":\"x\""), "lastSeq", "whole number"},
        {MESSAGE("connection", "\"features\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
                               "\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]"),
         "features", "16"},
        {"{\"message\":\"connection\"}", "data", "list with one object"},
        {"{\"message\":\"connection\",\"data\":null}", "data", "list with one object"},
        {"{\"message\":\"connection\",\"data\":[]}", "data", "list with one object"},
        {"{\"message\":\"connection\",\"data\":[null]}", "data", "list with one object"},
        {"{\"message\":\"connection\",\"data\":{}}", "data", "list with one object"},
        {MESSAGE("call", "\"sdp\":\"v=0\""), "callId", "missing"},
        {MESSAGE("call", "\"callId\":null,\"sdp\":\"v=0\""), "callId", "missing"},
        {MESSAGE("call", "\"callId\":\"\",\"sdp\":\"v=0\""), "callId", "empty"},
        {MESSAGE("call", "\"callId\":\"a\\nb\",\"sdp\":\"v=0\""), "callId", "control"},
        {MESSAGE("call", "\"callId\":\"c\""), "sdp", "missing"},
        {MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"\""), "sdp", "empty"},
        {MESSAGE("call", "\"callId\":\"c\",\"sdp\":[]"), "sdp", "text"},
        {MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v\",\"hasVideo\":\"maybe\""), "hasVideo",
         "true or false"},
        {MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v\",\"inviteParameters\":[]"),
         "inviteParameters", "object"},
        {MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v\",\"inviteParameters\":{\"X-A\":1}"),
         "inviteParameters", "object"},
        {MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v\",\"sipSDP\":{}"), "sipSDP", "list"},
        {MESSAGE("zvUpdate",
                 "\"callId\":\"c\",\"type\":\"offer\",\"sdp\":\"v\",\"reason\":\"video\""),
         "reason", "restart or reload"},
        {MESSAGE("zvUpdate",
                 "\"callId\":\"c\",\"type\":\"answer\",\"sdp\":\"v\",\"reason\":\"reload\""),
         "reason", "video"},
        {MESSAGE("zvUpdate", "\"callId\":\"c\",\"type\":\"answer\",\"reason\":\"video\""), "sdp",
         "missing"},
        {MESSAGE("zvUpdate", "\"callId\":\"c\",\"type\":\"pranswer\",\"sdp\":\"v\""), "type",
         "rollback"},
        {MESSAGE("hangup", ""), "callId", "missing"},
        {MESSAGE("hangup", "\"callId\":7"), "callId", "text"},
        {MESSAGE("sendDtmf", "\"callId\":\"c\""), "dtmf", "digits"},
        {MESSAGE("sendDtmf", "\"callId\":\"c\",\"dtmf\":\"\""), "dtmf", "digits"},
        {MESSAGE("sendDtmf", "\"callId\":\"c\",\"dtmf\":\"5x\""), "dtmf", "digits"},
        {MESSAGE("sendDtmf", "\"callId\":\"c\",\"dtmf\":-5"), "dtmf", "digits"},
        {MESSAGE("sendDtmf", "\"callId\":\"c\",\"dtmf\":[]"), "dtmf", "text"},
        {MESSAGE("sendDtmf", "\"callId\":\"c\",\"dtmf\":\"5\",\"type\":\"x\""), "type", "INFO"},
        {MESSAGE("transfer", "\"callId\":\"c\""), "target", "missing"},
        {MESSAGE("sendData", ""), "operationId", "missing"},
        {MESSAGE("sessionDebug", "\"command\":1"), "command", "text"},
        {MESSAGE("pushLogs", "\"logs\":1"), "logs", "text"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_wire_error error = refuse(cases[i].text);
        assert_string_equal(error.field, cases[i].field);
        if (!strstr(error.sentence, cases[i].says) || !strstr(error.sentence, error.message))
            fail_msg("%s: %s", cases[i].text, error.sentence);
    }
}

static void the_call_of_a_refused_message_is_known(void **state)
{
    (void)state;
    struct zv_wire_error error = refuse(MESSAGE("call", "\"callId\":\"c-1\",\"sdp\":5"));
    assert_int_equal(error.kind, ZV_WIRE_CALL);
    assert_string_equal(error.message, "call");
    assert_string_equal(error.call_id, "c-1");
    error = refuse(MESSAGE("call", "\"callId\":\"\\u0007\",\"sdp\":5"));
    assert_string_equal(error.call_id, "");
}

static void a_call_id_has_64_bytes_at_most(void **state)
{
    (void)state;
    char id[ZV_MAX_CALL_ID_BYTES + 2], text[256];
    memset(id, 'i', sizeof id);
    id[ZV_MAX_CALL_ID_BYTES + 1] = '\0';
    snprintf(text, sizeof text, MESSAGE("hangup", "\"callId\":\"%s\""), id);
    assert_int_equal(refuse(text).err, ZV_E_LIMIT);
    id[ZV_MAX_CALL_ID_BYTES] = '\0';
    snprintf(text, sizeof text, MESSAGE("hangup", "\"callId\":\"%s\""), id);
    zv_wire_msg_free(accept(text));
}

static void absent_and_null_are_the_same(void **state)
{
    (void)state;
    struct zv_wire_msg *msg =
        accept(MESSAGE("connection", "\"sipLogin\":null,\"keepAlive\":null,\"sipPort\":null,"
                                     "\"features\":null,\"lastSeq\":null,\"sipVisibleName\":\"\""));
    assert_null(msg->connection.sip_login.p);
    assert_null(msg->connection.sip_port.p);
    assert_int_equal(msg->connection.keep_alive, ZV_WIRE_ABSENT);
    assert_false(msg->connection.has_features);
    assert_int_equal(msg->connection.last_seq, -1);
    assert_non_null(msg->connection.sip_visible_name.p);
    assert_int_equal(msg->connection.sip_visible_name.len, 0);
    zv_wire_msg_free(msg);
}

static void ports_pass_as_they_are_for_call_to_judge(void **state)
{
    (void)state;
    static const struct {
        const char *text, *port;
    } cases[] = {
        {MESSAGE("connection", "\"sipPort\":0"), "0"},
        {MESSAGE("connection", "\"sipPort\":-5"), "-5"},
        {MESSAGE("connection", "\"sipPort\":70000"), "70000"},
        {MESSAGE("connection", "\"sipPort\":-9223372036854775808"), "-9223372036854775808"},
        {MESSAGE("connection", "\"sipPort\":\"sip\""), "sip"},
        {MESSAGE("connection", "\"sipPort\":\"\""), ""},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_wire_msg *msg = accept(cases[i].text);
        assert_true(zv_str_is(msg->connection.sip_port, cases[i].port));
        zv_wire_msg_free(msg);
    }
}

static void unknown_messages_are_no_errors(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"message\":\"subscribe\",\"data\":[{}]}",
        "{\"message\":\"Call\"}",
        "{\"message\":\"connection \",\"data\":7}",
        "{\"message\":\"zvupdate\",\"data\":[{\"callId\":\"c\"}]}",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        struct zv_wire_msg *msg = accept(texts[i]);
        assert_int_equal(msg->kind, ZV_WIRE_UNKNOWN);
        zv_wire_msg_free(msg);
    }
}

static void pings_need_no_data(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"message\":\"pong\"}",
        "{\"message\":\"pong\",\"data\":null}",
        "{\"message\":\"pong\",\"data\":[]}",
        "{\"message\":\"pong\",\"data\":[null]}",
        "{\"message\":\"pong\",\"data\":[null],\"extra\":{\"x\":1}}",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        struct zv_wire_msg *msg = accept(texts[i]);
        assert_int_equal(msg->kind, ZV_WIRE_PONG);
        zv_wire_msg_free(msg);
    }
}

static void every_stream_message_is_known_as_such(void **state)
{
    (void)state;
    static const char *const names[] = {"publishStream",  "unPublishStream", "playStream",
                                        "stopStream",     "snapshot",        "sendStreamEvent",
                                        "availableStream"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"message\":\"%s\",\"data\":[{\"mediaSessionId\":5}]}",
                 names[i]);
        struct zv_wire_msg *msg = accept(text);
        assert_int_equal(msg->kind, ZV_WIRE_STREAM);
        assert_null(msg->stream.media_session_id.p);
        zv_wire_msg_free(msg);
    }
}

/* ------------------------------------------------------------------ memory */

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    static const char text[] =
        MESSAGE("call", "\"callId\":\"c\",\"sdp\":\"v=0\\r\\n\",\"inviteParameters\":"
                        "{\"X-A\":\"1\",\"X-B\":\"2\"},\"sipSDP\":[\"b=AS:500\"],\"a\":1.5");
    int64_t live = zv_alloc_live();
    int rungs = 0;
    for (;; rungs++) {
        struct zv_wire_msg *msg = NULL;
        struct zv_wire_error error;
        zv_alloc_fail_after(rungs);
        int err = parse(text, &msg, &error);
        zv_alloc_fail_after(-1);
        if (!err) {
            zv_wire_msg_free(msg);
            break;
        }
        assert_int_equal(err, ZV_E_NOMEM);
        assert_int_equal(zv_alloc_live(), live);
    }
    assert_true(rungs > 20);
    assert_int_equal(zv_alloc_live(), live);
}

static void refusals_leave_no_memory(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    refuse(MESSAGE("call", "\"callId\":\"c\""));
    refuse("{\"message\":1}");
    refuse("[1,2,{\"a\":[]}]");
    assert_int_equal(zv_alloc_live(), live);
    assert_null(zv_wire_msg_free(NULL));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(correct_json_is_accepted_anywhere),
    cmocka_unit_test(incorrect_json_is_refused),
    cmocka_unit_test(a_message_is_exactly_one_object),
    cmocka_unit_test(a_nul_byte_is_refused),
    cmocka_unit_test(errors_tell_what_and_where_but_quote_nothing),
    cmocka_unit_test(depth_is_bounded_before_the_library_sees_it),
    cmocka_unit_test(brackets_in_text_are_no_depth),
    cmocka_unit_test(the_number_of_values_is_bounded),
    cmocka_unit_test(sizes_are_bounded),
    cmocka_unit_test(wrong_fields_are_named),
    cmocka_unit_test(the_call_of_a_refused_message_is_known),
    cmocka_unit_test(a_call_id_has_64_bytes_at_most),
    cmocka_unit_test(absent_and_null_are_the_same),
    cmocka_unit_test(ports_pass_as_they_are_for_call_to_judge),
    cmocka_unit_test(unknown_messages_are_no_errors),
    cmocka_unit_test(pings_need_no_data),
    cmocka_unit_test(every_stream_message_is_known_as_such),
    cmocka_unit_test(every_failed_allocation_is_survived),
    cmocka_unit_test(refusals_leave_no_memory),
};

int main(void)
{
    zv_wire_init(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
