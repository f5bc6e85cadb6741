/* What reaches a terminal: harmless texts, times as people write them, tables that fit. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/alloc.h"
#include "ctl/screen.h"

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect_clean(const char *text, size_t columns, const char *expected)
{
    char *clean = zv_ctl_clean(zv_str(text), columns);
    assert_non_null(clean);
    assert_string_equal(clean, expected);
    zv_free(clean);
}

static void what_a_terminal_obeys_is_taken_out(void **state)
{
    (void)state;
    expect_clean("plain", SIZE_MAX, "plain");
    expect_clean("\033[31mred\033[0m", SIZE_MAX, "?[31mred?[0m");
    expect_clean("a\nb\tc\x7f", SIZE_MAX, "a?b?c?");
    expect_clean("\xc2\x9b"
                 "31m",
                 SIZE_MAX, "?31m"); /* CSI as one C1 character */
    expect_clean("\xe2\x80\xae"
                 "evil",
                 SIZE_MAX, "?evil"); /* right-to-left override */
    expect_clean("\xe2\x81\xa6"
                 "evil",
                 SIZE_MAX, "?evil"); /* isolate */
    expect_clean("\xe2\x80\xa8"
                 "line",
                 SIZE_MAX, "?line");          /* line separator */
    expect_clean("\xff\xfe", SIZE_MAX, "??"); /* no UTF-8 */
    expect_clean("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", SIZE_MAX, "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd");
}

static size_t columns_of_terminal(unsigned short columns)
{
    int ours = -1, its = -1;
    assert_int_equal(openpty(&ours, &its, NULL, NULL, &(struct winsize){.ws_col = columns}), 0);
    FILE *file = fdopen(its, "w");
    assert_non_null(file);
    size_t found = zv_ctl_columns(file);
    fclose(file);
    close(ours);
    return found;
}

static void what_is_printed_fits_the_terminal(void **state)
{
    (void)state;
    assert_int_equal(columns_of_terminal(90), 90);
    assert_int_equal(columns_of_terminal(40), 80);
    assert_int_equal(columns_of_terminal(250), 100);
    assert_int_equal(columns_of_terminal(0), 100); /* it does not know */
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(zv_ctl_columns(file), 100);
    fclose(file);
}

static void long_texts_are_cut_at_a_character(void **state)
{
    (void)state;
    expect_clean("12345", 5, "12345");
    expect_clean("123456", 5, "1234\xe2\x80\xa6");
    expect_clean("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", 3, "\xd0\x98\xd0\xb2\xe2\x80\xa6");
    expect_clean("ab", 1, "\xe2\x80\xa6");
    expect_clean("ab", 0, "");
    expect_clean("", 5, "");
}

static void times_and_sizes_are_written_as_people_do(void **state)
{
    (void)state;
    char text[ZV_CTL_TEXT_CAP];
    assert_string_equal(zv_ctl_write_duration(-3, text), "0 ms");
    assert_string_equal(zv_ctl_write_duration(0.0052, text), "5 ms");
    assert_string_equal(zv_ctl_write_duration(4.21, text), "4.2 s");
    assert_string_equal(zv_ctl_write_duration(187, text), "3:07");
    assert_string_equal(zv_ctl_write_duration(3723, text), "1:02:03");
    assert_string_equal(zv_ctl_write_duration(2 * 86400 + 3723, text), "2 d 1:02:03");
    assert_string_equal(zv_ctl_write_bytes(0, text), "0 B");
    assert_string_equal(zv_ctl_write_bytes(999, text), "999 B");
    assert_string_equal(zv_ctl_write_bytes(86000, text), "86.0 kB");
    assert_string_equal(zv_ctl_write_bytes(UINT64_C(5000000000000000), text), "5000.0 TB");
    setenv("TZ", "UTC", 1);
    assert_string_equal(zv_ctl_write_time(86400, text), "1970-01-02 00:00:00");
}

/* ---- tables ---- */

static const struct zv_ctl_column columns[] = {
    {.title = "NAME", .is_flexible = true},
    {.title = "N", .is_right = true},
    {.title = "NOTE"},
};

static void print(struct zv_ctl_table *table, size_t indent, char *dst, size_t cap)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(zv_ctl_table_print(table, file, indent, true));
    rewind(file);
    size_t len = fread(dst, 1, cap - 1, file);
    dst[len] = 0;
    fclose(file);
}

static void columns_are_as_wide_as_what_is_in_them(void **state)
{
    (void)state;
    char text[512];
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    zv_ctl_table_add(table, "a");
    zv_ctl_table_printf(table, "%d", 1);
    zv_ctl_table_add(table, "");
    zv_ctl_table_add(table, "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\x1b");
    zv_ctl_table_printf(table, "%d", 100);
    zv_ctl_table_add(table, "yes");
    print(table, 2, text, sizeof(text));
    assert_string_equal(text, "  NAME     N  NOTE\n"
                              "  a        1\n"
                              "  \xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd?  100  yes\n");
}

static void a_table_that_is_too_wide_is_cut_where_it_may_be(void **state)
{
    (void)state;
    char text[1024], name[201];
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = 0;
    zv_ctl_table_add(table, name);
    zv_ctl_table_add(table, "1");
    zv_ctl_table_add(table, "the whole note stays");
    print(table, 0, text, sizeof(text));
    const char *line = strchr(text, '\n') + 1;
    *strchr(line, '\n') = 0;
    assert_int_equal(zv_ctl_width(line), ZV_CTL_COLUMNS);
    assert_non_null(strstr(line, "\xe2\x80\xa6  1  the whole note stays"));
}

static void without_memory_nothing_breaks(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_false(zv_ctl_table_print(NULL, file, 0, true));
    int64_t live = zv_alloc_live();
    bool is_whole = false;
    for (int64_t fail = 0; !is_whole && fail < 100; fail++) {
        zv_alloc_fail_after(fail);
        struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
        for (int i = 0; i < 6; i++)
            zv_ctl_table_add(table, "cell");
        bool has_printed = zv_ctl_table_print(table, file, 0, false);
        zv_alloc_fail_after(-1);
        assert_int_equal(zv_alloc_live(), live);
        is_whole = has_printed && fail > 12;
    }
    assert_true(is_whole);
    fclose(file);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_a_terminal_obeys_is_taken_out),
    cmocka_unit_test(what_is_printed_fits_the_terminal),
    cmocka_unit_test(long_texts_are_cut_at_a_character),
    cmocka_unit_test(times_and_sizes_are_written_as_people_do),
    cmocka_unit_test(columns_are_as_wide_as_what_is_in_them),
    cmocka_unit_test(a_table_that_is_too_wide_is_cut_where_it_may_be),
    cmocka_unit_test(without_memory_nothing_breaks),
};

ZV_TEST_MAIN(tests)
