/*
 * Answers to requests for pages, without a socket.
 */
#include "support/test.h"

#include "base/attr.h"
#include "http/pages.h"

#include <string.h>

static const struct zv_page table[] = {
    {"/index.html", "text/html; charset=utf-8", "\"a\"", (const uint8_t *)"hello", 5},
    {"/help/index.html", "text/html; charset=utf-8", "\"b\"", (const uint8_t *)"help", 4},
    {"/assets/app-1.js", "text/javascript; charset=utf-8", "\"c\"", (const uint8_t *)"js", 2},
    {"/sw.js", "text/javascript; charset=utf-8", "\"d\"", (const uint8_t *)"sw", 2},
};

static struct zv_page_answer answer;

static void ask(const char *method, const char *path, const char *if_none_match)
{
    struct zv_page_request request = {
        .method = zv_str(method),
        .path = zv_str(path),
        .if_none_match = zv_str(if_none_match),
    };
    memset(&answer, 0x55, sizeof answer);
    zv_page_answer(table, ZV_ARRAY_LEN(table), &request, &answer);
    assert_true(answer.head_len < sizeof answer.head);
    answer.head[answer.head_len] = '\0';
    assert_int_equal(strncmp(answer.head, "HTTP/1.1 ", 9), 0);
    assert_string_equal(answer.head + answer.head_len - 4, "\r\n\r\n");
}

static bool has(const char *part)
{
    return strstr(answer.head, part) != NULL;
}

static void a_page_is_found_by_its_path(void **state)
{
    (void)state;
    ask("GET", "/", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_len, 5);
    assert_memory_equal(answer.body, "hello", 5);
    assert_true(has("\r\nContent-Length: 5\r\n"));
    assert_true(has("\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_true(has("\r\nETag: \"a\"\r\n"));
    ask("GET", "/help/", NULL);
    assert_memory_equal(answer.body, "help", 4);
    ask("GET", "/index.html", NULL);
    assert_memory_equal(answer.body, "hello", 5);
    assert_false(answer.must_close);
}

static void what_is_not_in_the_table_is_404(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/nothing",
        "/help",
        "/index.htm",
        "/assets/",
        "index.html",
        "",
        "//",
        "/..",
        "/../index.html",
        "/assets/../index.html",
        "/INDEX.html",
        "/index.html/",
        "/help/index.html/..",
        "/.",
        "/assets/app-1.js.map",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(paths); i++) {
        ask("GET", paths[i], NULL);
        if (answer.status != 404)
            fail_msg("%s: %d", paths[i], answer.status);
        assert_true(has("text/plain"));
        assert_true(answer.body_len > 0);
    }
}

static void hashed_files_are_kept_and_others_asked_again(void **state)
{
    (void)state;
    ask("GET", "/assets/app-1.js", NULL);
    assert_true(has("\r\nCache-Control: public, max-age=31536000, immutable\r\n"));
    ask("GET", "/sw.js", NULL);
    assert_true(has("\r\nCache-Control: no-cache\r\n"));
    ask("GET", "/", NULL);
    assert_true(has("\r\nCache-Control: no-cache\r\n"));
    ask("GET", "/nothing", NULL);
    assert_true(has("\r\nCache-Control: no-store\r\n"));
}

static void a_known_version_is_304_without_a_body(void **state)
{
    (void)state;
    static const char *const known[] = {"\"a\"", "\"x\", \"a\"",       "W/\"a\"", " \"a\" ",
                                        "*",     "\"x\",W/\"a\",\"y\""};
    for (size_t i = 0; i < ZV_ARRAY_LEN(known); i++) {
        ask("GET", "/", known[i]);
        if (answer.status != 304)
            fail_msg("%s: %d", known[i], answer.status);
        assert_int_equal(answer.body_len, 0);
        assert_true(has("\r\nETag: \"a\"\r\n"));
        assert_true(has("\r\nCache-Control: no-cache\r\n"));
    }
    static const char *const others[] = {"\"b\"", "a",      "\"a", "",
                                         ",",     "\"ab\"", "W/",  "\"b\",\"c\""};
    for (size_t i = 0; i < ZV_ARRAY_LEN(others); i++) {
        ask("GET", "/", others[i]);
        assert_int_equal(answer.status, 200);
    }
}

static void head_has_the_length_and_no_body(void **state)
{
    (void)state;
    ask("HEAD", "/", NULL);
    assert_int_equal(answer.status, 200);
    assert_true(has("\r\nContent-Length: 5\r\n"));
    assert_int_equal(answer.body_len, 0);
    ask("HEAD", "/nothing", NULL);
    assert_int_equal(answer.status, 404);
    assert_int_equal(answer.body_len, 0);
}

static void other_methods_are_405_and_close(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "other", "", "get", "GETX"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(methods); i++) {
        ask(methods[i], "/", NULL);
        assert_int_equal(answer.status, 405);
        assert_true(has("\r\nAllow: GET, HEAD\r\n"));
        assert_true(has("\r\nConnection: close\r\n"));
        assert_true(answer.must_close);
    }
}

static void every_answer_carries_the_policy(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nPermissions-Policy: microphone=(self), camera=(self)\r\n",
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self' wss:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "worker-src 'self'",
        "manifest-src 'self'",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(headers); i++) {
        ask("GET", "/", NULL);
        assert_true(has(headers[i]));
        ask("GET", "/nothing", NULL);
        assert_true(has(headers[i]));
        ask("GET", "/", "\"a\"");
        assert_true(has(headers[i]));
    }
    assert_false(has("unsafe"));
}

static void a_refusal_is_a_sentence_and_closes(void **state)
{
    (void)state;
    zv_page_refuse(503, "Full.\n", &answer);
    answer.head[answer.head_len] = '\0';
    assert_true(has("HTTP/1.1 503 Service Unavailable\r\n"));
    assert_true(has("\r\nConnection: close\r\n"));
    assert_memory_equal(answer.body, "Full.\n", 6);
    assert_true(answer.must_close);
}

static void a_door_without_pages_answers_404(void **state)
{
    (void)state;
    struct zv_page_request request = {.method = ZV_STR_LIT("GET"), .path = ZV_STR_LIT("/")};
    zv_page_answer(NULL, 0, &request, &answer);
    assert_int_equal(answer.status, 404);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_page_is_found_by_its_path),
    cmocka_unit_test(what_is_not_in_the_table_is_404),
    cmocka_unit_test(hashed_files_are_kept_and_others_asked_again),
    cmocka_unit_test(a_known_version_is_304_without_a_body),
    cmocka_unit_test(head_has_the_length_and_no_body),
    cmocka_unit_test(other_methods_are_405_and_close),
    cmocka_unit_test(every_answer_carries_the_policy),
    cmocka_unit_test(a_refusal_is_a_sentence_and_closes),
    cmocka_unit_test(a_door_without_pages_answers_404),
};
ZV_TEST_MAIN(tests)
