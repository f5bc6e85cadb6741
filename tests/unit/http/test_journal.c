/* The door's log lines: whose they are, and which call they are about; never what was said. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/log.h"
#include "http/journal.h"

#include <stdio.h>
#include <string.h>

static char last[2048];
static bool last_may_repeat;

static void keep(const struct zv_log_line *line)
{
    snprintf(last, sizeof(last), "%s %s: %s", zv_log_level_name(line->level),
             line->correlation ? line->correlation : "-", line->text);
    last_may_repeat = line->may_repeat;
}

static int set_up(void **state)
{
    (void)state;
    zv_log_set_sink(keep);
    return zv_log_set_levels(ZV_STR_LIT("http=debug"));
}

static int tear_down(void **state)
{
    (void)state;
    zv_log_set_sink(NULL);
    zv_log_show(true, true);
    return 0;
}

static void log_message(const char *text)
{
    struct zv_wire_msg *msg;
    struct zv_wire_error error;
    int err = zv_wire_parse(text, strlen(text), &msg, &error);
    if (err) {
        zv_journal_message_refused("w-17", &error);
        return;
    }
    zv_journal_message("w-17", msg);
    zv_wire_msg_free(msg);
}

static void a_message_about_a_call_names_it(void **state)
{
    (void)state;
    log_message("{\"message\":\"hangup\",\"data\":[{\"callId\":\"8dcb\"}]}");
    assert_string_equal(last, "debug w-17: message HANGUP, callId 8dcb");
    log_message("{\"message\":\"pong\",\"data\":[null]}");
    assert_string_equal(last, "debug w-17: message PONG");
}

static void a_refused_message_names_its_call_too(void **state)
{
    (void)state;
    log_message("{\"message\":\"call\",\"data\":[{\"callId\":\"8dcb\",\"callee\":7}]}");
    assert_non_null(strstr(last, "info w-17: refused, callId 8dcb: The field "));
    assert_true(last_may_repeat);
}

static void an_address_is_masked_by_option(void **state)
{
    (void)state;
    struct zv_addr peer;
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.7:4000"), &peer), 0);
    zv_journal_open("w-17", &peer);
    assert_string_equal(last, "info w-17: WebSocket open from 192.0.2.7:4000");
    zv_log_show(true, false);
    zv_journal_upgrade_refused(&peer, 403, "Not from here.\n");
    assert_string_equal(last, "info -: WebSocket from 192.0.x.x:4000 refused, 403: Not from here.");
    assert_true(last_may_repeat);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    TEST(a_message_about_a_call_names_it),
    TEST(a_refused_message_names_its_call_too),
    TEST(an_address_is_masked_by_option),
};
ZV_TEST_MAIN(tests)
