/* Requests of the admin socket as text: what is taken, and what each refusal says. */
#include "support/test.h"

#include "admin/request.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static char error[ZV_ADMIN_ERROR_CAP];

static int parse(const char *text, struct zv_admin_request *ret_request)
{
    error[0] = 0;
    return zv_admin_parse_request(zv_str(text), ret_request, error);
}

static void a_request_yields_its_fields(void **state)
{
    (void)state;
    struct zv_admin_request request;
    assert_int_equal(
        parse("{\"version\":1,\"verb\":\"pcap\",\"id\":\"c-0.1.2\",\"on\":true}", &request), 0);
    assert_int_equal(request.verb, ZV_ADMIN_PCAP);
    assert_string_equal(request.id, "c-0.1.2");
    assert_string_equal(request.levels, "");
    assert_true(request.on);
}

static void every_verb_is_known_by_its_name(void **state)
{
    (void)state;
    for (int verb = 0; verb < ZV_ADMIN_VERB_COUNT; verb++) {
        struct zv_admin_request request;
        char text[80];
        snprintf(text, sizeof(text), "{\"version\":1,\"verb\":\"%s\"}",
                 zv_admin_verb_name((enum zv_admin_verb)verb));
        assert_int_equal(parse(text, &request), 0);
        assert_int_equal(request.verb, verb);
    }
}

static void fields_of_a_newer_zvonokctl_are_passed_over(void **state)
{
    (void)state;
    struct zv_admin_request request;
    assert_int_equal(parse("{\"version\":1,\"verb\":\"calls\",\"since\":4,\"why\":null}", &request),
                     0);
    assert_int_equal(request.verb, ZV_ADMIN_CALLS);
}

static void brackets_inside_texts_are_text(void **state)
{
    (void)state;
    struct zv_admin_request request;
    assert_int_equal(parse("{\"version\":1,\"verb\":\"call\",\"id\":\"[{\\\"[{\\\\\"}", &request),
                     0);
    assert_string_equal(request.id, "[{\"[{\\");
}

static void what_is_no_request_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
        const char *says;
    } rows[] = {
        {"", ZV_E_PARSE, "one JSON object"},
        {"status", ZV_E_PARSE, "one JSON object"},
        {"[1]", ZV_E_PARSE, "one JSON object"},
        {"\"a\"", ZV_E_PARSE, "one JSON object"},
        {"{\"version\":1,\"verb\":\"status\"} {}", ZV_E_PARSE, "no objects or lists"},
        {"{\"version\":1,\"verb\":\"status\"} x", ZV_E_PARSE, "one JSON object"},
        {"{\"version\":1,\"version\":1,\"verb\":\"status\"}", ZV_E_PARSE, "one JSON object"},
        {"{\"version\":1,\"verb\":{}}", ZV_E_PARSE, "no objects or lists"},
        {"{\"verb\":\"status\"}", ZV_E_UNSUPPORTED, "version 1"},
        {"{\"version\":2,\"verb\":\"status\"}", ZV_E_UNSUPPORTED, "version 1"},
        {"{\"version\":\"1\",\"verb\":\"status\"}", ZV_E_UNSUPPORTED, "version 1"},
        {"{\"version\":1}", ZV_E_PARSE, "\"verb\""},
        {"{\"version\":1,\"verb\":7}", ZV_E_PARSE, "\"verb\""},
        {"{\"version\":1,\"verb\":\"reboot\"}", ZV_E_UNSUPPORTED, "no such verb"},
        {"{\"version\":1,\"verb\":\"call\",\"id\":7}", ZV_E_PARSE, "\"id\""},
        {"{\"version\":1,\"verb\":\"call\",\"id\":\"a\\nb\"}", ZV_E_PARSE, "\"id\""},
        {"{\"version\":1,\"verb\":\"call\",\"id\":\"a\\u0000b\"}", ZV_E_PARSE, "one JSON object"},
        {"{\"version\":1,\"verb\":\"call\",\"id\":\"\xff\"}", ZV_E_PARSE, "one JSON object"},
        {"{\"version\":1,\"verb\":\"pcap\",\"on\":1}", ZV_E_PARSE, "\"on\""},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        struct zv_admin_request request = {.verb = ZV_ADMIN_DOCTOR};
        assert_int_equal(parse(rows[i].text, &request), rows[i].err);
        if (!strstr(error, rows[i].says))
            fail_msg("%s: \"%s\" does not say %s", rows[i].text, error, rows[i].says);
        assert_int_equal(request.verb, ZV_ADMIN_DOCTOR);
    }
}

static void texts_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct zv_admin_request request;
    char text[1024], id[ZV_ADMIN_ID_CAP + 1];
    memset(id, 'x', sizeof(id));
    id[ZV_ADMIN_ID_CAP - 1] = 0;
    snprintf(text, sizeof(text), "{\"version\":1,\"verb\":\"call\",\"id\":\"%s\"}", id);
    assert_int_equal(parse(text, &request), 0);
    snprintf(text, sizeof(text), "{\"version\":1,\"verb\":\"call\",\"id\":\"%sx\"}", id);
    assert_int_equal(parse(text, &request), ZV_E_PARSE);
}

static void deep_nesting_is_refused_before_it_is_parsed(void **state)
{
    (void)state;
    struct zv_admin_request request;
    char text[ZV_ADMIN_MAX_REQUEST_BYTES];
    memset(text, '[', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    assert_int_equal(parse(text, &request), ZV_E_PARSE);
    assert_non_null(strstr(error, "no objects or lists"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_request_yields_its_fields),
    cmocka_unit_test(every_verb_is_known_by_its_name),
    cmocka_unit_test(fields_of_a_newer_zvonokctl_are_passed_over),
    cmocka_unit_test(brackets_inside_texts_are_text),
    cmocka_unit_test(what_is_no_request_is_refused_with_a_sentence),
    cmocka_unit_test(texts_that_do_not_fit_are_refused),
    cmocka_unit_test(deep_nesting_is_refused_before_it_is_parsed),
};

ZV_TEST_MAIN(tests)
