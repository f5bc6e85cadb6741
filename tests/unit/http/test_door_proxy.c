/*
 * Clients that come through a reverse proxy: each counts by its own address, and the proxy may ask
 * whether this gateway takes clients.
 */
#define _GNU_SOURCE

#include "door.h"

static const struct zv_cidr loopback = {{.family = ZV_ADDR_IPV4, .ip = {127, 0, 0, 1}}, 32};
static const struct zv_proxies proxies = {&loopback, 1};

#define FROM(addresses) "X-Forwarded-For: " addresses "\r\n"

static int upgrade(struct door *door, struct zv_ws_client *client, const char *headers)
{
    dial(door, client);
    return zv_ws_upgrade(client, "/", headers);
}

static int status_of(struct door *door, const char *path, const char *headers)
{
    struct zv_ws_client client;
    struct zv_ws_response r;
    char request[128];
    dial(door, &client);
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                       path, headers);
    zv_ws_write(&client, request, (size_t)len);
    zv_ws_read_response(&client, false, &r);
    int status = r.status;
    zv_ws_response_fini(&r);
    zv_ws_close(&client);
    return status;
}

static void clients_of_a_proxy_are_capped_each_by_its_own_address(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[4];
    open_door_behind(&door, &(struct zv_http_limits){.connections_per_address = 1}, &proxies);
    assert_int_equal(upgrade(&door, &clients[0], FROM("192.0.2.1")), 101);
    assert_int_equal(upgrade(&door, &clients[1], FROM("203.0.113.9, 192.0.2.1")), 429);
    zv_ws_wait_closed(&clients[1]);
    assert_int_equal(counts_of(&door).refused_address, 1);
    assert_int_equal(upgrade(&door, &clients[2], FROM("203.0.113.9") FROM("192.0.2.2")), 101);
    zv_ws_close(&clients[0]);
    wait_sockets(&door, 1);
    assert_int_equal(upgrade(&door, &clients[3], FROM("192.0.2.1")), 101);
    for (size_t i = 1; i < ZV_ARRAY_LEN(clients); i++)
        zv_ws_close(&clients[i]);
    close_door(&door);
}

static void sockets_of_a_proxy_are_bounded_in_all_alone(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[40];
    open_door_behind(&door, &(struct zv_http_limits){.connections_per_address = 1}, &proxies);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        dial(&door, &clients[i]);
    wait_sockets(&door, ZV_ARRAY_LEN(clients));
    assert_int_equal(counts_of(&door).refused_address, 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(clients); i++)
        zv_ws_close(&clients[i]);
    close_door(&door);
}

static void the_switchboard_gets_the_clients_address(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client client;
    char text[ZV_ADDR_TEXT_CAP];
    open_door_behind(&door, &defaults, &proxies);
    assert_int_equal(upgrade(&door, &client, FROM("2001:db8::7")), 101);
    zv_ws_send_text(&client, CONNECTION);
    wait_inputs(&door, ZV_CALL_IN_CLIENT_CONNECT, 1);
    assert_string_equal(zv_addr_write_ip(&door.inputs[0].peer, text), "2001:db8::7");
    assert_true(door.inputs[0].is_proxied);
    zv_ws_close(&client);
    close_door(&door);
}

static void who_names_nobody_counts_as_one(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[2];
    open_door_behind(&door, &(struct zv_http_limits){.connections_per_address = 1}, &proxies);
    assert_int_equal(upgrade(&door, &clients[0], ""), 101);
    assert_int_equal(upgrade(&door, &clients[1], FROM("unknown")), 429);
    zv_ws_close(&clients[0]);
    zv_ws_close(&clients[1]);
    close_door(&door);
}

static void who_is_no_proxy_is_not_believed(void **state)
{
    (void)state;
    struct door door;
    struct zv_ws_client clients[2];
    open_door(&door, &(struct zv_http_limits){.connections_per_address = 1});
    assert_int_equal(upgrade(&door, &clients[0], FROM("192.0.2.1")), 101);
    assert_int_equal(upgrade(&door, &clients[1], FROM("192.0.2.2")), 429);
    zv_ws_close(&clients[0]);
    zv_ws_close(&clients[1]);
    close_door(&door);
}

static void a_proxy_may_ask_whether_clients_are_taken_and_nothing_else(void **state)
{
    (void)state;
    struct door door;
    open_door_behind(&door, &defaults, &proxies);
    assert_int_equal(status_of(&door, "/readyz", ""), 200);
    assert_int_equal(counts_of(&door).admin_requests, 1);
    assert_int_equal(status_of(&door, "/readyz", FROM("192.0.2.1")), 404);
    assert_int_equal(status_of(&door, "/metrics", ""), 404);
    assert_int_equal(status_of(&door, "/livez", ""), 404);
    assert_int_equal(counts_of(&door).admin_requests, 1);
    close_door(&door);
    open_door(&door, &defaults);
    assert_int_equal(status_of(&door, "/readyz", ""), 404);
    assert_int_equal(counts_of(&door).admin_requests, 0);
    close_door(&door);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_of_a_proxy_are_capped_each_by_its_own_address),
        cmocka_unit_test(sockets_of_a_proxy_are_bounded_in_all_alone),
        cmocka_unit_test(the_switchboard_gets_the_clients_address),
        cmocka_unit_test(who_names_nobody_counts_as_one),
        cmocka_unit_test(who_is_no_proxy_is_not_believed),
        cmocka_unit_test(a_proxy_may_ask_whether_clients_are_taken_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
