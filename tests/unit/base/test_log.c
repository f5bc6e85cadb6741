/* Log lines as base/ makes them: levels by module, fields, what is masked, what cannot be forged.
 */
#include "support/test.h"

#include "base/err.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

static char text[2048];
static char place[64];
static struct zv_log_line last;

static void keep(const struct zv_log_line *line)
{
    last = *line;
    snprintf(text, sizeof(text), "%s", line->text);
    snprintf(place, sizeof(place), "%s", line->place);
}

static int set_up(void **state)
{
    (void)state;
    last = (struct zv_log_line){0};
    text[0] = 0;
    zv_log_set_sink(keep);
    zv_log_show(true, true);
    return zv_log_set_levels(ZV_STR_LIT("all=info"));
}

static int tear_down(void **state)
{
    (void)state;
    zv_log_set_sink(NULL);
    zv_log_show(true, true);
    return 0;
}

static void levels_are_set_by_module_or_for_all(void **state)
{
    (void)state;
    assert_int_equal(zv_log_set_levels(zv_str("sip=debug")), 0);
    assert_int_equal(zv_log_level(ZV_LOG_SIP), ZV_LOG_DEBUG);
    assert_int_equal(zv_log_level(ZV_LOG_HTTP), ZV_LOG_INFO);
    assert_int_equal(zv_log_set_levels(zv_str("all=error")), 0);
    for (int module = 0; module < ZV_LOG_MODULE_COUNT; module++)
        assert_int_equal(zv_log_level((enum zv_log_module)module), ZV_LOG_ERROR);
    zv_log(ZV_LOG_SIP, ZV_LOG_WARN, NULL, "not heard");
    assert_string_equal(text, "");
    zv_log(ZV_LOG_SIP, ZV_LOG_ERROR, NULL, "heard");
    assert_string_equal(text, "heard");
}

static void a_level_that_cannot_be_set_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
    } wrong[] = {
        {"sip", ZV_E_PARSE},
        {"sip=", ZV_E_PARSE},
        {"sip=loud", ZV_E_PARSE},
        {"sip=DEBUG", ZV_E_PARSE},
        {"", ZV_E_PARSE},
        {"=debug", ZV_E_NOTFOUND},
        {"rtp=debug", ZV_E_NOTFOUND},
        {" sip=debug", ZV_E_NOTFOUND},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++)
        assert_int_equal(zv_log_set_levels(zv_str(wrong[i].text)), wrong[i].err);
    for (int module = 0; module < ZV_LOG_MODULE_COUNT; module++)
        assert_int_equal(zv_log_level((enum zv_log_module)module), ZV_LOG_INFO);
}

static void a_line_carries_its_fields_and_its_place(void **state)
{
    (void)state;
    const struct zv_log_field fields[] = {zv_log_text("call", "c-0.1.1"), zv_log_int("status", 486),
                                          zv_log_text("codec", "")};
    zv_log_line(ZV_LOG_STRANGER(ZV_LOG_SIP, ZV_LOG_WARN, "c-0.1.1", fields), "ended with %d", 486);
    assert_string_equal(text, "ended with 486");
    assert_string_equal(place, "ended with %d");
    assert_string_equal(last.correlation, "c-0.1.1");
    assert_true(last.may_repeat);
    assert_int_equal(last.field_count, 3);
    assert_int_equal(last.fields[1].kind, ZV_LOG_FIELD_INT);
    assert_int_equal(last.fields[2].kind, ZV_LOG_FIELD_ABSENT);
}

static void nothing_in_a_text_can_begin_a_line(void **state)
{
    (void)state;
    zv_log(ZV_LOG_SIP, ZV_LOG_INFO, NULL, "%s", "a\r\nb\x1b[2J");
    assert_string_equal(text, "a\\x0d\\x0ab\\x1b[2J");
}

static void check_number(const char *number, const char *masked)
{
    char memory[ZV_LOG_MASK_CAP];
    struct zv_str shown = zv_log_number(zv_str(number), memory);
    if (!zv_str_is(shown, masked))
        fail_msg("%s became %.*s, not %s", number, ZV_STR_ARG(shown), masked);
}

static void numbers_and_names_are_masked_by_option(void **state)
{
    (void)state;
    check_number("1001", "1001");
    zv_log_show(false, true);
    check_number("+74951234567", "***67");
    check_number("1234567", "***67");
    check_number("1001", "***");
    check_number("Alice Smith", "***");
    check_number("room-of-alice1", "***");
    check_number("", "");
    assert_int_equal(zv_log_foreign(zv_str("1001 is forbidden")).len, 0);
    zv_log_show(true, false);
    assert_true(zv_str_is(zv_log_foreign(zv_str("Forbidden")), "Forbidden"));
    check_number("1001", "1001");
}

static void check_address(const char *address, const char *masked)
{
    struct zv_addr addr;
    char dst[ZV_ADDR_TEXT_CAP];
    assert_int_equal(zv_addr_parse(zv_str(address), &addr), 0);
    assert_string_equal(zv_log_addr(&addr, dst), masked);
}

static void addresses_are_masked_by_option(void **state)
{
    (void)state;
    char memory[ZV_ADDR_TEXT_CAP];
    check_address("192.0.2.7:5060", "192.0.2.7:5060");
    check_address("[2001:db8:1:2::7]:0", "2001:db8:1:2::7");
    assert_true(zv_str_is(zv_log_sip_call_id(zv_str("ab1@192.0.2.7")), "ab1@192.0.2.7"));
    zv_log_show(true, false);
    assert_false(zv_log_shows_addresses());
    check_address("192.0.2.7:5060", "192.0.x.x:5060");
    check_address("192.0.2.7:0", "192.0.x.x");
    check_address("[2001:db8:1:2::7]:0", "2001:db8::x");
    check_address("[2001:db8:1:2::7]:5060", "[2001:db8::x]:5060");
    assert_true(zv_str_is(zv_log_host(zv_str("192.0.2.7"), memory), "192.0.x.x"));
    assert_true(zv_str_is(zv_log_host(zv_str("[2001:db8::7]"), memory), "2001:db8::x"));
    assert_true(zv_str_is(zv_log_host(zv_str("sip.example"), memory), "sip.example"));
    assert_true(zv_str_is(zv_log_sip_call_id(zv_str("ab1@192.0.2.7")), "ab1"));
    assert_true(zv_str_is(zv_log_sip_call_id(zv_str("ab1")), "ab1"));
    zv_log_show(false, true);
    check_address("192.0.2.7:5060", "192.0.2.7:5060");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    TEST(levels_are_set_by_module_or_for_all),     TEST(a_level_that_cannot_be_set_changes_nothing),
    TEST(a_line_carries_its_fields_and_its_place), TEST(nothing_in_a_text_can_begin_a_line),
    TEST(numbers_and_names_are_masked_by_option),  TEST(addresses_are_masked_by_option),
};
ZV_TEST_MAIN(tests)
