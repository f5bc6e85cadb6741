/* Log lines of call control: each names its client, session or call, which leads to the others. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/log.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static char last[2048];

static void keep_line(const struct zv_log_line *line)
{
    snprintf(last, sizeof(last), "%s %s %s: %s", zv_log_level_name(line->level),
             zv_log_module_name(line->module), line->correlation ? line->correlation : "-",
             line->text);
}

static const char *line_of(const struct zv_call_cmd *cmd)
{
    zv_log_set_sink(keep_line);
    zv_gateway_log(cmd);
    zv_log_set_sink(NULL);
    return last;
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
}

static void a_call_that_was_refused_has_no_number(void **state)
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_names_its_client_and_account),
        cmocka_unit_test(a_refused_client_is_named_though_it_has_no_session),
        cmocka_unit_test(a_call_names_its_session_and_the_clients_id),
        cmocka_unit_test(a_call_that_was_refused_has_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
