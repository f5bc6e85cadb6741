/*
 * What the door serves beside WebSocket: pages, also over TLS, and answers to operators.
 */
#define _GNU_SOURCE

#include "door.h"

/* ------------------------------------------------------------------ pages */

static void get(struct zv_ws_client *client, const char *method, const char *path,
                const char *headers, struct zv_ws_response *ret_response)
{
    char request[1024];
    int len = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                       method, path, headers);
    zv_ws_write(client, request, (size_t)len);
    zv_ws_read_response(client, !strcmp(method, "HEAD"), ret_response);
}

static void pages_are_served_on_one_socket_one_after_the_other(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    dial(&door, &client);
    get(&client, "GET", "/", "", &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "<h1>hi</h1>");
    assert_non_null(strstr(r.head, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_non_null(strstr(r.head, "\r\nContent-Security-Policy: default-src 'none';"));
    zv_ws_response_fini(&r);
    get(&client, "GET", "/index.html?v=2", "If-None-Match: \"e1\"\r\n", &r);
    assert_int_equal(r.status, 304);
    zv_ws_response_fini(&r);
    get(&client, "HEAD", "/assets/app-1a2b.js", "", &r);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.head, "Content-Length: 600001\r\n"));
    zv_ws_response_fini(&r);
    get(&client, "GET", "/empty.txt", "", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, 0);
    zv_ws_response_fini(&r);
    get(&client, "GET", "/../etc/passwd", "", &r);
    assert_int_equal(r.status, 404);
    zv_ws_response_fini(&r);
    get(&client, "GET", "/%2e%2e/etc/passwd", "", &r);
    assert_int_equal(r.status, 404);
    zv_ws_response_fini(&r);
    get(&client, "GET", "/", "", &r);
    assert_int_equal(r.status, 200);
    zv_ws_response_fini(&r);
    assert_int_equal(counts_of(&door).requests, 7);
    assert_int_equal(counts_of(&door).sockets, 1);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_large_page_is_whole(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    dial(&door, &client);
    for (int i = 0; i < 3; i++) {
        get(&client, "GET", "/assets/app-1a2b.js", "", &r);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body_len, LARGE_BYTES);
        assert_memory_equal(r.body, large, LARGE_BYTES);
        zv_ws_response_fini(&r);
    }
    zv_ws_close(&client);
    close_door(&door);
}

static void other_methods_are_refused(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    struct door door;
    open_door(&door, &defaults);
    for (size_t i = 0; i < ZV_ARRAY_LEN(methods); i++) {
        struct zv_ws_client client;
        struct zv_ws_response r;
        dial(&door, &client);
        get(&client, methods[i], "/", "Content-Length: 0\r\n", &r);
        assert_int_equal(r.status, 405);
        assert_non_null(strstr(r.head, "Allow: GET, HEAD\r\n"));
        zv_ws_response_fini(&r);
        zv_ws_wait_closed(&client);
        zv_ws_close(&client);
    }
    close_door(&door);
}

static void what_is_no_request_for_a_page_is_dropped(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET nothing HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    struct door door;
    open_door(&door, &(struct zv_http_limits){.idle_s = 1});
    for (size_t i = 0; i < ZV_ARRAY_LEN(requests); i++) {
        struct zv_ws_client client;
        dial(&door, &client);
        zv_ws_write(&client, requests[i], strlen(requests[i]));
        zv_ws_wait_closed(&client);
        zv_ws_close(&client);
    }
    wait_sockets(&door, 0);
    close_door(&door);
}

static void http2_is_not_spoken_by_upgrade_either(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    dial(&door, &client);
    get(&client, "GET", "/",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", &r);
    assert_int_equal(r.status, 426);
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    close_door(&door);
}

static void a_port_without_pages_says_so(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_door(&door, &defaults);
    struct zv_http_listener plain = {.address = "127.0.0.1"};
    assert_int_equal(zv_http_listen(door.http, &plain, &door.port), 0);
    dial(&door, &client);
    get(&client, "GET", "/", "", &r);
    assert_int_equal(r.status, 426);
    assert_non_null(strstr(r.body, "WebSocket"));
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    close_door(&door);
}

/* ------------------------------------------------------------------ operators */

static void open_admin_door(struct door *door)
{
    struct zv_http_listener admin = {.address = "127.0.0.1", .service = ZV_HTTP_ADMIN};
    open_door(door, &(struct zv_http_limits){.connections_per_address = 1});
    assert_int_equal(zv_http_listen(door->http, &admin, &door->port), 0);
}

static void an_operator_is_answered_and_may_ask_again(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_admin_door(&door);
    dial(&door, &client);
    get(&client, "GET", "/ill", "", &r);
    assert_int_equal(r.status, 503);
    assert_string_equal(r.body, "/ill");
    zv_ws_response_fini(&r);
    get(&client, "GET", "/long", "", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, ZV_HTTP_ADMIN_BYTES);
    assert_memory_equal(r.body, large, ZV_HTTP_ADMIN_BYTES);
    zv_ws_response_fini(&r);
    get(&client, "HEAD", "/long", "", &r);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.head, "Content-Length: 262144"));
    zv_ws_response_fini(&r);
    assert_int_equal(counts_of(&door).admin_requests, 3);
    assert_int_equal(counts_of(&door).requests, 0);
    zv_ws_close(&client);
    close_door(&door);
}

static void an_answer_to_an_operator_that_is_too_long_is_none(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_admin_door(&door);
    dial(&door, &client);
    get(&client, "GET", "/endless", "", &r);
    assert_int_equal(r.status, 500);
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    close_door(&door);
}

static void an_operator_who_leaves_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    open_admin_door(&door);
    dial(&door, &client);
    static const char request[] = "GET /long HTTP/1.1\r\nHost: x\r\n\r\n";
    zv_ws_write(&client, request, sizeof request - 1);
    while (!counts_of(&door).admin_requests)
        pump(&door, -1, 0, 1000);
    zv_ws_close(&client);
    wait_sockets(&door, 0);
    close_door(&door);
}

static void operators_can_only_read_and_have_no_websocket(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    open_admin_door(&door);
    dial(&door, &client);
    get(&client, "POST", "/ill", "Content-Length: 0\r\n", &r);
    assert_int_equal(r.status, 405);
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    dial(&door, &client);
    assert_int_equal(zv_ws_upgrade(&client, "/", ""), 404);
    zv_ws_close(&client);
    assert_int_equal(counts_of(&door).opened, 0);
    close_door(&door);
}

/* Clients' caps are not theirs: who has taken all that he may cannot blind the operator. */
static void operators_have_sockets_of_their_own(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[33], operators[ZV_HTTP_ADMIN_SOCKETS + 1];
    struct zv_ws_response r;
    open_admin_door(&door);
    uint16_t admin_port = door.port;
    struct zv_http_listener plain = {.address = "127.0.0.1"};
    assert_int_equal(zv_http_listen(door.http, &plain, &door.port), 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        dial(&door, &clients[i]);
    wait_sockets(&door, ZV_ARRAY_LEN(clients));
    door.port = admin_port;
    for (size_t i = 0; i < ZV_ARRAY_LEN(operators); i++)
        dial(&door, &operators[i]);
    zv_ws_wait_closed(&operators[ZV_HTTP_ADMIN_SOCKETS]);
    get(&operators[0], "GET", "/x", "", &r);
    assert_int_equal(r.status, 200);
    zv_ws_response_fini(&r);
    for (size_t i = 0; i < ZV_ARRAY_LEN(operators); i++)
        zv_ws_close(&operators[i]);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        zv_ws_close(&clients[i]);
    close_door(&door);
}

/* ------------------------------------------------------------------ TLS */

static char tls_dir[] = "/tmp/zv-test-door-XXXXXX";
static char cert_path[64], key_path[64];

/* False: no openssl program. */
static bool make_cert(void)
{
    strcpy(tls_dir, "/tmp/zv-test-door-XXXXXX");
    assert_non_null(mkdtemp(tls_dir));
    snprintf(cert_path, sizeof cert_path, "%s/crt.pem", tls_dir);
    snprintf(key_path, sizeof key_path, "%s/key.pem", tls_dir);
    char command[512];
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
             "-subj /CN=localhost -out %s -keyout %s 2>/dev/null",
             cert_path, key_path);
    return system(command) == 0;
}

static void remove_cert(void)
{
    (void)unlink(cert_path);
    (void)unlink(key_path);
    (void)rmdir(tls_dir);
}

static void open_tls_door(struct door *door)
{
    open_door(door, &defaults);
    struct zv_http_listener listener = {.address = "127.0.0.1",
                                        .cert_path = cert_path,
                                        .key_path = key_path,
                                        .service = ZV_HTTP_PAGES};
    assert_int_equal(zv_http_listen(door->http, &listener, &door->port), 0);
}

static void a_large_page_is_whole_over_https(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    struct zv_ws_response r;
    if (!make_cert()) {
        remove_cert();
        print_message("the openssl program is not installed\n");
        skip();
    }
    open_tls_door(&door);
    assert_true(zv_ws_connect_tls(&client, door.port, pump, &door));
    for (int i = 0; i < 3; i++) {
        /* The client offers h2 as well: an answer in HTTP/1.1 says that it was not taken. */
        get(&client, "GET", "/assets/app-1a2b.js", "", &r);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body_len, LARGE_BYTES);
        assert_memory_equal(r.body, large, LARGE_BYTES);
        zv_ws_response_fini(&r);
    }
    zv_ws_close(&client);
    close_door(&door);
    remove_cert();
}

static void pages_and_websocket_share_the_https_port(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    if (!make_cert()) {
        remove_cert();
        print_message("the openssl program is not installed\n");
        skip();
    }
    open_tls_door(&door);
    assert_true(zv_ws_connect_tls(&client, door.port, pump, &door));
    assert_int_equal(zv_ws_upgrade(&client, "/", "Origin: https://localhost:8444\r\n"), 101);
    zv_ws_send_text(&client, CONNECTION);
    expect_text(&client, "getUserData");
    char *text = message_of(200000);
    zv_ws_send_text(&client, text);
    free(text);
    zv_ws_send_text(&client, PING);
    expect_text(&client, "pong");
    zv_ws_close(&client);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CLOSED, 1);
    close_door(&door);
    remove_cert();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pages_are_served_on_one_socket_one_after_the_other),
    cmocka_unit_test(a_large_page_is_whole),
    cmocka_unit_test(other_methods_are_refused),
    cmocka_unit_test(what_is_no_request_for_a_page_is_dropped),
    cmocka_unit_test(http2_is_not_spoken_by_upgrade_either),
    cmocka_unit_test(a_port_without_pages_says_so),
    cmocka_unit_test(an_operator_is_answered_and_may_ask_again),
    cmocka_unit_test(an_answer_to_an_operator_that_is_too_long_is_none),
    cmocka_unit_test(an_operator_who_leaves_in_the_middle_leaves_nothing),
    cmocka_unit_test(operators_can_only_read_and_have_no_websocket),
    cmocka_unit_test(operators_have_sockets_of_their_own),
    cmocka_unit_test(a_large_page_is_whole_over_https),
    cmocka_unit_test(pages_and_websocket_share_the_https_port),
};

ZV_TEST_MAIN(tests)
