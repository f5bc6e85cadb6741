/* What zvonokctl says that it has done, from the gateway's JSON. */
#define _GNU_SOURCE
#include "support/test.h"

#include "ctl/verbs.h"

#include <jansson.h>
#include <stdio.h>

static void expect_drain(const char *json, const char *expected)
{
    char text[128];
    json_t *tree = json_loads(json, 0, NULL);
    FILE *file = tmpfile();
    assert_non_null(tree);
    assert_non_null(file);
    zv_ctl_show_drain(tree, file);
    rewind(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    assert_string_equal(text, expected);
    fclose(file);
    json_decref(tree);
}

static void a_drain_says_how_far_the_gateway_is(void **state)
{
    (void)state;
    expect_drain("{\"phase\":\"draining\",\"draining\":true,\"calls\":1,\"leftMs\":30000}",
                 "Draining: 1 call, 30.0 s left.\n");
    expect_drain("{\"phase\":\"running\",\"draining\":false,\"calls\":2,\"leftMs\":0}",
                 "Not draining.\n");
    expect_drain("{\"phase\":\"stopping\",\"draining\":false,\"calls\":2,\"leftMs\":0}",
                 "Stopping.\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_drain_says_how_far_the_gateway_is),
};

ZV_TEST_MAIN(tests)
