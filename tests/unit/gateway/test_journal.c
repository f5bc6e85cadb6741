/* Log lines of call control: each names its client, session or call, which leads to the others. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/buf.h"
#include "base/log.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static char last[2048];
static char last_fields[2048];
static bool last_may_repeat;

/* "call=c-1.4.2 sipStatus=486 talkSeconds=1.500" */
static void keep_fields(const struct zv_log_line *line)
{
    struct zv_buf out = zv_buf(last_fields, sizeof(last_fields));
    for (size_t i = 0; i < line->field_count; i++) {
        const struct zv_log_field *field = &line->fields[i];
        if (field->kind == ZV_LOG_FIELD_TEXT)
            zv_buf_printf(&out, "%s=%.*s ", field->name, ZV_STR_ARG(field->text));
        else if (field->kind == ZV_LOG_FIELD_INT)
            zv_buf_printf(&out, "%s=%lld ", field->name, (long long)field->number);
        else if (field->kind == ZV_LOG_FIELD_SECONDS)
            zv_buf_printf(&out, "%s=%.3f ", field->name, (double)field->us / ZV_US_PER_S);
    }
    assert_non_null(zv_buf_cstr(&out));
}

static void keep_line(const struct zv_log_line *line)
{
    snprintf(last, sizeof(last), "%s %s %s: %s", zv_log_level_name(line->level),
             zv_log_module_name(line->module), line->correlation ? line->correlation : "-",
             line->text);
    last_may_repeat = line->may_repeat;
    keep_fields(line);
}

static const char *line_with(const struct zv_call_cmd *cmd, const struct zv_trace *trace)
{
    zv_log_set_sink(keep_line);
    zv_gateway_log(cmd, trace);
    zv_log_set_sink(NULL);
    return last;
}

static const char *line_of(const struct zv_call_cmd *cmd)
{
    return line_with(cmd, NULL);
}

static void a_session_names_its_client_and_account(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_SESSION_LOG,
        .u.session_log = {.session = {(uint64_t)2 << 32 | 7},
                          .conn = {17},
                          .sip_login = zv_str("1001"),
                          .sip_domain = zv_str("sip.example"),
                          .what = zv_str("established")},
    };
    assert_string_equal(line_of(&cmd),
                        "info call s-2.7: session established: 1001@sip.example, client w-17");
    cmd.u.session_log.what = zv_str("ended");
    cmd.u.session_log.conn.v = 0; /* its socket is long gone */
    cmd.u.session_log.cause = ZV_CAUSE_CLIENT_GONE;
    assert_string_equal(line_of(&cmd),
                        "warn call s-2.7: session ended: 1001@sip.example, cause client_gone");
}

static void a_refused_client_is_named_though_it_has_no_session(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_SESSION_LOG,
        .u.session_log = {.conn = {17},
                          .what = zv_str("refused"),
                          .cause = ZV_CAUSE_BAD_ACCOUNT,
                          .detail = zv_str("sipLogin is missing")},
    };
    assert_string_equal(line_of(&cmd), "warn call w-17: session refused, client w-17, cause "
                                       "bad_account: sipLogin is missing");
}

static void a_call_names_its_session_and_the_clients_id(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CALL_LOG,
        .u.call_log = {.call = zv_call_id_make(1, 4, 2),
                       .session = {(uint64_t)2 << 32 | 7},
                       .call_id = zv_str("8dcb"),
                       .old_state = zv_str("ACTIVE"),
                       .new_state = zv_str("CLOSING"),
                       .cause = ZV_CAUSE_NORMAL},
    };
    assert_string_equal(line_of(&cmd),
                        "info call c-1.4.2: s-2.7 8dcb: ACTIVE -> CLOSING, cause normal");
    assert_string_equal(last_fields, "call=c-1.4.2 session=s-2.7 callId=8dcb oldState=ACTIVE "
                                     "state=CLOSING cause=normal ");
    assert_false(last_may_repeat);
}

static struct zv_call_cmd begin_command(void)
{
    return (struct zv_call_cmd){
        .kind = ZV_CALL_CMD_CALL_LOG,
        .u.call_log = {.call = zv_call_id_make(1, 4, 2),
                       .session = {(uint64_t)2 << 32 | 7},
                       .conn = {17},
                       .call_id = zv_str("8dcb"),
                       .sip_call_id = zv_str("f00@192.0.2.20"),
                       .incoming = true,
                       .caller = zv_str("+74951234567"),
                       .callee = zv_str("1001"),
                       .old_state = zv_str("IN_SETUP"),
                       .new_state = zv_str("IN_SETUP")},
    };
}

static void the_first_line_of_a_call_has_all_its_names(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = begin_command();
    assert_string_equal(line_of(&cmd),
                        "info call c-1.4.2: s-2.7 8dcb: incoming call +74951234567 -> 1001, client "
                        "w-17, Call-ID f00@192.0.2.20: IN_SETUP");
    assert_string_equal(last_fields,
                        "call=c-1.4.2 session=s-2.7 client=w-17 callId=8dcb "
                        "sipCallId=f00@192.0.2.20 direction=incoming caller=+74951234567 "
                        "callee=1001 state=IN_SETUP ");
}

static void numbers_and_addresses_are_masked_by_option(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = begin_command();
    zv_log_show(false, false);
    const char *line = line_of(&cmd);
    zv_log_show(true, true);
    assert_string_equal(line, "info call c-1.4.2: s-2.7 8dcb: incoming call ***67 -> ***, client "
                              "w-17, Call-ID f00: IN_SETUP");
    assert_string_equal(last_fields, "call=c-1.4.2 session=s-2.7 client=w-17 callId=8dcb "
                                     "sipCallId=f00 direction=incoming caller=***67 callee=*** "
                                     "state=IN_SETUP ");
}

static void the_last_line_of_a_call_is_its_record(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CALL_ENDED,
        .u.ended = {.call = zv_call_id_make(1, 4, 2),
                    .session = {(uint64_t)2 << 32 | 7},
                    .call_id = zv_str("8dcb"),
                    .sip_call_id = zv_str("f00"),
                    .caller = zv_str("1001"),
                    .callee = zv_str("1002"),
                    .cause = ZV_CAUSE_BUSY,
                    .sip_status = 486,
                    .codec = ZV_CODEC_PCMU,
                    .created_us = ZV_SECONDS(10),
                    .answered_us = ZV_MS(10250),
                    .ended_us = ZV_MS(11750),
                    .counters = {{.rx_packets = 5, .rx_lost = 1}, {.rx_packets = 7}}},
    };
    assert_string_equal(line_of(&cmd),
                        "info call c-1.4.2: ended: outgoing call 1001 -> 1002, cause busy "
                        "(far_end), SIP status 486, codec PCMU, set up in 0.250 s, lasted 1.5 s, "
                        "packets from client 5 (lost 1), from SIP 7 (lost 0), s-2.7 8dcb, Call-ID "
                        "f00");
    assert_string_equal(last_fields,
                        "call=c-1.4.2 session=s-2.7 callId=8dcb sipCallId=f00 direction=outgoing "
                        "caller=1001 callee=1002 cause=busy hop=far_end sipStatus=486 codec=PCMU "
                        "setUpSeconds=0.250 talkSeconds=1.500 clientPackets=5 clientLost=1 "
                        "sipPackets=7 sipLost=0 ");
    assert_false(last_may_repeat);
}

static void a_registration_that_failed_says_with_which_status(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_SESSION_LOG,
        .u.session_log = {.session = {(uint64_t)2 << 32 | 7},
                          .conn = {17},
                          .sip_login = zv_str("1001"),
                          .sip_domain = zv_str("sip.example"),
                          .what = zv_str("not registered"),
                          .cause = ZV_CAUSE_SIP_AUTH_FAILED,
                          .sip_status = 403},
    };
    assert_string_equal(line_of(&cmd),
                        "warn call s-2.7: session not registered: 1001@sip.example, client w-17, "
                        "cause sip_auth_failed, SIP status 403");
    assert_string_equal(last_fields, "session=s-2.7 client=w-17 event=not registered login=1001 "
                                     "domain=sip.example cause=sip_auth_failed hop=sip_server "
                                     "sipStatus=403 ");
}

static void a_call_that_was_refused_has_the_name_of_its_trace(void **state)
{
    (void)state;
    struct zv_call_cmd cmd = {
        .kind = ZV_CALL_CMD_CALL_ENDED,
        .u.ended = {.caller = zv_str("1001"),
                    .callee = zv_str("1002"),
                    .cause = ZV_CAUSE_LIMIT_CALLS},
    };
    assert_non_null(strstr(line_of(&cmd), "info call c-none: ended: outgoing call 1001 -> 1002, "
                                          "cause limit_calls"));
    assert_true(last_may_repeat);
    assert_non_null(
        strstr(line_with(&cmd, &(struct zv_trace){.name = "r-7"}), "call r-7: ended: "));
    assert_true(last_may_repeat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_names_its_client_and_account),
        cmocka_unit_test(a_refused_client_is_named_though_it_has_no_session),
        cmocka_unit_test(a_call_names_its_session_and_the_clients_id),
        cmocka_unit_test(the_first_line_of_a_call_has_all_its_names),
        cmocka_unit_test(numbers_and_addresses_are_masked_by_option),
        cmocka_unit_test(the_last_line_of_a_call_is_its_record),
        cmocka_unit_test(a_registration_that_failed_says_with_which_status),
        cmocka_unit_test(a_call_that_was_refused_has_the_name_of_its_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
