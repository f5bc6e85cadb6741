/* What is kept for a client that may return. */
#include "support/test.h"

#include "base/alloc.h"
#include "http/outbox.h"

#include <stdio.h>
#include <string.h>

static struct zv_outbox outbox;

static int open_outbox(void **state)
{
    (void)state;
    memset(&outbox, 0, sizeof(outbox));
    return 0;
}

static int close_outbox(void **state)
{
    (void)state;
    zv_outbox_fini(&outbox);
    return 0;
}

/* Messages whose texts are their numbers. */
static void keep_up_to(uint64_t seq)
{
    char text[24];
    while (outbox.last_seq < seq) {
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)zv_outbox_next_seq(&outbox));
        zv_outbox_keep(&outbox, zv_str(text));
    }
}

static void expect_missed(uint64_t last_seq, uint64_t first, size_t count, bool is_complete)
{
    struct zv_outbox_missed missed;
    char text[24];
    zv_outbox_missed(&outbox, last_seq, &missed);
    assert_int_equal(missed.count, count);
    assert_int_equal(missed.is_complete, is_complete);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)(first + i));
        assert_true(zv_str_is(zv_outbox_at(&outbox, missed.from + i), text));
    }
}

static void what_was_missed_comes_in_order(void **state)
{
    (void)state;
    expect_missed(0, 0, 0, true);
    keep_up_to(5);
    expect_missed(0, 1, 5, true);
    expect_missed(3, 4, 2, true);
    expect_missed(5, 0, 0, true);
}

static void a_number_that_was_never_given_is_no_memory(void **state)
{
    (void)state;
    keep_up_to(5);
    expect_missed(6, 0, 0, false);
    expect_missed(UINT64_MAX, 0, 0, false);
}

static void the_oldest_of_many_are_lost(void **state)
{
    (void)state;
    keep_up_to(ZV_OUTBOX_MESSAGES + 10);
    expect_missed(9, 11, ZV_OUTBOX_MESSAGES, false);
    expect_missed(10, 11, ZV_OUTBOX_MESSAGES, true);
    expect_missed(ZV_OUTBOX_MESSAGES + 8, ZV_OUTBOX_MESSAGES + 9, 2, true);
}

static void large_ones_take_the_room_of_many(void **state)
{
    static char large[ZV_OUTBOX_BYTES + 1];
    struct zv_outbox_missed missed;
    (void)state;
    memset(large, 'x', sizeof(large));
    keep_up_to(5);
    zv_outbox_keep(&outbox, zv_str_n(large, ZV_OUTBOX_BYTES - 1));
    assert_int_equal(outbox.count, 2);
    assert_int_equal(outbox.bytes, ZV_OUTBOX_BYTES);
    keep_up_to(7);
    zv_outbox_missed(&outbox, 5, &missed);
    assert_true(missed.is_complete);
    assert_int_equal(missed.count, 2);
    zv_outbox_keep(&outbox, zv_str_n(large, sizeof(large))); /* too large: there is a gap */
    assert_int_equal(outbox.count, 0);
    expect_missed(7, 0, 0, false);
    expect_missed(8, 0, 0, true);
    keep_up_to(9);
    expect_missed(8, 9, 1, true);
    expect_missed(7, 9, 1, false);
}

static void without_memory_there_is_a_gap_and_no_more(void **state)
{
    int64_t before = zv_alloc_live();
    (void)state;
    keep_up_to(3);
    zv_alloc_fail_after(0);
    zv_outbox_keep(&outbox, zv_str("4"));
    zv_alloc_fail_after(-1);
    assert_int_equal(zv_alloc_live(), before);
    keep_up_to(5);
    expect_missed(4, 5, 1, true);
    expect_missed(3, 5, 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_missed_comes_in_order, open_outbox, close_outbox),
        cmocka_unit_test_setup_teardown(a_number_that_was_never_given_is_no_memory, open_outbox,
                                        close_outbox),
        cmocka_unit_test_setup_teardown(the_oldest_of_many_are_lost, open_outbox, close_outbox),
        cmocka_unit_test_setup_teardown(large_ones_take_the_room_of_many, open_outbox,
                                        close_outbox),
        cmocka_unit_test_setup_teardown(without_memory_there_is_a_gap_and_no_more, open_outbox,
                                        close_outbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
