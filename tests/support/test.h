/*
 * The includes that cmocka wants before its own header, in one place.
 */
#ifndef ZV_TESTS_SUPPORT_TEST_H
#define ZV_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka_run_group_tests over a table named `tests`. */
#define ZV_TEST_MAIN(tests)                                                                        \
    int main(void)                                                                                 \
    {                                                                                              \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
