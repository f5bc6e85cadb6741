/*
 * The table that embed-pages makes of a folder that does not exist.
 */
#include "support/test.h"

#include "http/pages.h"

#include <string.h>

static void one_page_says_how_to_build_them(void **state)
{
    (void)state;
    assert_int_equal(zv_page_count, 1);
    assert_string_equal(zv_pages[0].path, "/index.html");
    assert_non_null(strstr((const char *)zv_pages[0].bytes, "npm run build"));
    assert_int_equal(zv_pages[0].len, strlen((const char *)zv_pages[0].bytes));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_page_says_how_to_build_them),
};
ZV_TEST_MAIN(tests)
