/* What the process uses, as it says itself. */
#define _GNU_SOURCE
#include "support/test.h"

#include "gateway/process.h"

#include <unistd.h>

static void open_descriptors_are_counted(void **state)
{
    struct zv_process_usage before, after;
    (void)state;
    zv_process_usage(&before);
    int fd = dup(STDERR_FILENO);
    assert_true(fd >= 0);
    zv_process_usage(&after);
    close(fd);
    assert_true(before.open_fds >= 3);
    assert_int_equal(after.open_fds, before.open_fds + 1);
    assert_true(after.max_fds == 0 || after.open_fds <= after.max_fds);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(open_descriptors_are_counted),
};
ZV_TEST_MAIN(tests)
