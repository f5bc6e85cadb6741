/*
 * Which Origin headers are let in.
 */
#include "support/test.h"

#include "base/attr.h"
#include "http/origin.h"

static const char *const listed[] = {"https://phone.example", "http://lab.example:8080"};

static bool is_allowed(const char *origin, const char *host)
{
    return zv_origin_is_allowed(zv_str(origin), zv_str(host), listed, ZV_ARRAY_LEN(listed));
}

static void an_absent_origin_is_let_in(void **state)
{
    (void)state;
    assert_true(is_allowed(NULL, "gw.example"));
    assert_true(is_allowed(NULL, NULL));
    assert_true(zv_origin_is_allowed(zv_str(NULL), zv_str("gw.example"), NULL, 0));
}

static void the_own_host_is_let_in_on_any_port(void **state)
{
    (void)state;
    static const struct {
        const char *origin, *host;
    } cases[] = {
        {"https://gw.example", "gw.example"},
        {"https://gw.example", "gw.example:8443"},
        {"https://gw.example:8444", "gw.example:8443"},
        {"http://GW.example:3000", "gw.Example"},
        {"HTTPS://gw.example", "gw.example"},
        {"https://192.0.2.1:8444", "192.0.2.1:8443"},
        {"https://[2001:db8::1]:8444", "[2001:db8::1]:8443"},
        {"https://[::1]", "[::1]:8443"},
        {"http://localhost", "localhost:8080"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++)
        if (!is_allowed(cases[i].origin, cases[i].host))
            fail_msg("%s at %s", cases[i].origin, cases[i].host);
}

static void listed_origins_are_let_in_as_they_are(void **state)
{
    (void)state;
    assert_true(is_allowed("https://phone.example", "gw.example"));
    assert_true(is_allowed("http://lab.example:8080", "gw.example"));
    assert_false(is_allowed("https://phone.example:444", "gw.example"));
    assert_false(is_allowed("http://phone.example", "gw.example"));
    assert_false(is_allowed("http://lab.example", "gw.example"));
}

static void every_other_origin_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *origin, *host;
    } cases[] = {
        {"", "gw.example"},
        {"null", "null"},
        {"null", "gw.example"},
        {"https://evil.example", "gw.example"},
        {"https://gw.example.evil.example", "gw.example"},
        {"https://evilgw.example", "gw.example"},
        {"https://example", "gw.example"},
        {"https://gw.example@evil.example", "gw.example"},
        {"https://gw.example:8443@evil.example", "gw.example"},
        {"https://evil.example/gw.example", "gw.example"},
        {"https://gw.example/", "gw.example"},
        {"https://gw.example:", "gw.example"},
        {"https://gw.example:99999", "gw.example"},
        {"https://gw.example:8443x", "gw.example"},
        {"https://gw.example evil", "gw.example"},
        {"https://[2001:db8::1", "[2001:db8::1]"},
        {"https://[2001:db8::1]x", "[2001:db8::1]"},
        {"https://2001:db8::1", "2001:db8::1"},
        {"file://", "gw.example"},
        {"file://gw.example", "gw.example"},
        {"chrome-extension://gw.example", "gw.example"},
        {"gw.example", "gw.example"},
        {"//gw.example", "gw.example"},
        {"https://", ""},
        {"https://", "gw.example"},
        {"https://gw.example", ""},
        {"https://gw.example", NULL},
        {"https://gw.example, https://evil.example", "gw.example"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++)
        if (is_allowed(cases[i].origin, cases[i].host))
            fail_msg("%s at %s", cases[i].origin, cases[i].host);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_absent_origin_is_let_in),
    cmocka_unit_test(the_own_host_is_let_in_on_any_port),
    cmocka_unit_test(listed_origins_are_let_in_as_they_are),
    cmocka_unit_test(every_other_origin_is_refused),
};
ZV_TEST_MAIN(tests)
