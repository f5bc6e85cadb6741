/*
 * The messages of tests/vectors/sip/torture.
 */
#ifndef ZV_TESTS_UNIT_SIP_TORTURE_H
#define ZV_TESTS_UNIT_SIP_TORTURE_H

#include "support/test.h"

#include <stdio.h>

/* Its length; `name` without ".sip". */
static inline size_t torture_load(const char *name, char *ret_text, size_t cap)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/vectors/sip/torture/%s.sip", ZV_TEST_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    size_t len = fread(ret_text, 1, cap, file);
    fclose(file);
    return len;
}

#endif
