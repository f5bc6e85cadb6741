/*
 * The table that embed-pages made of the folder tests/unit/http/pages (plus a large file).
 */
#include "support/test.h"

#include "base/str.h"
#include "http/pages.h"

static const struct zv_page *page(const char *path)
{
    for (size_t i = 0; i < zv_page_count; i++)
        if (zv_str_is(zv_str(zv_pages[i].path), path))
            return &zv_pages[i];
    fail_msg("no page %s", path);
    return NULL;
}

static void every_file_is_in_the_table_once(void **state)
{
    (void)state;
    assert_int_equal(zv_page_count, 6);
    page("/index.html");
    page("/empty.txt");
    page("/all-bytes.bin");
    page("/manifest.webmanifest");
    page("/assets/app-1234abcd.js");
    page("/assets/large-1b2c3d4e.js");
}

static void every_byte_value_survives(void **state)
{
    (void)state;
    const struct zv_page *all = page("/all-bytes.bin");
    assert_int_equal(all->len, 256);
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(all->bytes[i], i);
    assert_int_equal(page("/empty.txt")->len, 0);
}

static void a_large_file_is_whole(void **state)
{
    (void)state;
    static const char line[] = "// one line of a large file, of which there are ten thousand\n";
    const struct zv_page *large = page("/assets/large-1b2c3d4e.js");
    assert_int_equal(large->len, 10000 * (sizeof line - 1));
    for (size_t at = 0; at < large->len; at += sizeof line - 1)
        assert_memory_equal(large->bytes + at, line, sizeof line - 1);
}

static void types_follow_the_file_names(void **state)
{
    (void)state;
    assert_string_equal(page("/index.html")->content_type, "text/html; charset=utf-8");
    assert_string_equal(page("/assets/app-1234abcd.js")->content_type,
                        "text/javascript; charset=utf-8");
    assert_string_equal(page("/manifest.webmanifest")->content_type, "application/manifest+json");
    assert_string_equal(page("/all-bytes.bin")->content_type, "application/octet-stream");
}

static void etags_are_quoted_and_differ(void **state)
{
    (void)state;
    for (size_t i = 0; i < zv_page_count; i++) {
        struct zv_str etag = zv_str(zv_pages[i].etag);
        assert_int_equal(etag.len, 18);
        assert_int_equal(etag.p[0], '"');
        assert_int_equal(etag.p[17], '"');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(zv_pages[i].etag, zv_pages[k].etag);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_file_is_in_the_table_once),
    cmocka_unit_test(every_byte_value_survives),
    cmocka_unit_test(a_large_file_is_whole),
    cmocka_unit_test(types_follow_the_file_names),
    cmocka_unit_test(etags_are_quoted_and_differ),
};
ZV_TEST_MAIN(tests)
