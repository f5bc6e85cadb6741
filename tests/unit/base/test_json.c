/* JSON as it is written: escapes, nesting, bytes that are no UTF-8, a buffer that is too small. */
#include "support/test.h"

#include "base/json.h"

#include <math.h>

static void objects_and_lists_nest(void **state)
{
    char memory[256];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    struct zv_json json = zv_json(&out);
    (void)state;
    zv_json_open_object(&json, NULL);
    zv_json_text(&json, "name", "ring");
    zv_json_open_list(&json, "legs");
    zv_json_int(&json, NULL, -1);
    zv_json_open_object(&json, NULL);
    zv_json_close_object(&json);
    zv_json_uint(&json, NULL, UINT64_MAX);
    zv_json_close_list(&json);
    zv_json_bool(&json, "up", true);
    zv_json_null(&json, "gone");
    zv_json_number(&json, "mos", 4.126, 2);
    zv_json_number(&json, "nan", (double)NAN, 2);
    zv_json_raw(&json, "raw", zv_str("[1]"));
    zv_json_close_object(&json);
    assert_string_equal(zv_buf_cstr(&out),
                        "{\"name\":\"ring\",\"legs\":[-1,{},18446744073709551615],\"up\":true,"
                        "\"gone\":null,\"mos\":4.13,\"nan\":null,\"raw\":[1]}");
}

static void whatever_a_text_holds_the_result_is_json(void **state)
{
    static const char text[] = "a\"\\\n\r\t\x01\x7f"
                               "\xd0\xb7"
                               "\xff"
                               "\xed\xa0\x80"
                               "z";
    char memory[128];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    struct zv_json json = zv_json(&out);
    (void)state;
    zv_json_str(&json, NULL, zv_str_n(text, sizeof(text) - 1));
    assert_string_equal(zv_buf_cstr(&out), "\"a\\\"\\\\\\n\\r\\t\\u0001\\u007f\xd0\xb7"
                                           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void what_does_not_fit_is_noticed(void **state)
{
    char memory[8];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    struct zv_json json = zv_json(&out);
    (void)state;
    zv_json_text(&json, NULL, "longer than the memory");
    assert_true(out.overflow);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(objects_and_lists_nest),
    cmocka_unit_test(whatever_a_text_holds_the_result_is_json),
    cmocka_unit_test(what_does_not_fit_is_noticed),
};
ZV_TEST_MAIN(tests)
