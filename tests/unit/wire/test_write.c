/*
 * What the writers do with text that is not nice, and with too little room.
 */
#include "support/test.h"

#include "wire/event.h"

#include <string.h>

static char memory[4096];

static const char *ring_with_name(struct zv_str name)
{
    struct zv_buf out = zv_buf(memory, sizeof memory);
    struct zv_wire_call_event event = {
        .kind = ZV_WIRE_RING,
        .call_id = ZV_STR_LIT("c"),
        .status = ZV_STR_LIT("RING"),
        .caller = ZV_STR_LIT("2000"),
        .visible_name = name,
    };
    assert_int_equal(zv_wire_write_call_event(&out, &event), 0);
    assert_non_null(zv_buf_cstr(&out));
    return memory;
}

static void controls_quotes_and_backslashes_are_escaped(void **state)
{
    (void)state;
    assert_non_null(strstr(ring_with_name(ZV_STR_LIT("a\"b\\c\r\n\t\x01\x1f\x7f")),
                           "\"visibleName\":\"a\\\"b\\\\c\\r\\n\\t\\u0001\\u001f\\u007f\""));
}

static void a_nul_in_the_text_is_escaped(void **state)
{
    (void)state;
    assert_non_null(strstr(ring_with_name(ZV_STR_LIT("a\0b")), "\"visibleName\":\"a\\u0000b\""));
}

static void utf8_passes_and_other_bytes_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"Жук \xf0\x9f\x98\x80", "\"Жук \xf0\x9f\x98\x80\""},
        {"M\xfcller", "\"M\xef\xbf\xbdller\""},                       /* Latin-1 */
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* overlong */
        {"a\xe2\x82", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},               /* cut */
        {"\xe2\x82(", "\"\xef\xbf\xbd\xef\xbf\xbd(\""},               /* cut by another */
        {"\xff\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* never */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* surrogate */
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++)
        assert_non_null(strstr(ring_with_name(zv_str(cases[i].in)), cases[i].out));
}

static void a_missing_name_is_replaced_by_the_number(void **state)
{
    (void)state;
    assert_non_null(strstr(ring_with_name((struct zv_str){0}), "\"visibleName\":\"2000\""));
    assert_non_null(strstr(ring_with_name(ZV_STR_LIT("")), "\"visibleName\":\"2000\""));
}

static void absent_fields_are_left_out(void **state)
{
    (void)state;
    const char *text = ring_with_name((struct zv_str){0});
    static const char *const absent[] = {"sipStatus", "info",         "cause",  "remedy", "hop",
                                         "null",      "parentCallId", "callee", "text"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(absent); i++)
        assert_null(strstr(text, absent[i]));
}

static void too_little_room_is_an_error_at_every_size(void **state)
{
    (void)state;
    struct zv_buf whole = zv_buf(memory, sizeof memory);
    assert_int_equal(zv_wire_write_remote_sdp(&whole, ZV_STR_LIT("c"), ZV_STR_LIT("v=0\r\n"), true),
                     0);
    for (size_t cap = 0; cap < whole.len; cap++) {
        struct zv_buf out = zv_buf(memory, cap);
        assert_int_equal(
            zv_wire_write_remote_sdp(&out, ZV_STR_LIT("c"), ZV_STR_LIT("v=0\r\n"), true),
            ZV_E_TRUNCATED);
    }
}

static void messages_can_follow_each_other_in_one_buffer(void **state)
{
    (void)state;
    struct zv_buf out = zv_buf(memory, sizeof memory);
    assert_int_equal(zv_wire_write_ping(&out), 0);
    assert_int_equal(zv_wire_write_pong(&out), 0);
    assert_true(zv_str_is(zv_buf_str(&out),
                          "{\"message\":\"ping\",\"data\":[]}{\"message\":\"pong\",\"data\":[]}"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(controls_quotes_and_backslashes_are_escaped),
    cmocka_unit_test(a_nul_in_the_text_is_escaped),
    cmocka_unit_test(utf8_passes_and_other_bytes_are_replaced),
    cmocka_unit_test(a_missing_name_is_replaced_by_the_number),
    cmocka_unit_test(absent_fields_are_left_out),
    cmocka_unit_test(too_little_room_is_an_error_at_every_size),
    cmocka_unit_test(messages_can_follow_each_other_in_one_buffer),
};
ZV_TEST_MAIN(tests)
