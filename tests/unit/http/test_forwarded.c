/*
 * Whose request it is that a proxy passes on.
 */
#include "support/test.h"

#include "base/attr.h"
#include "base/err.h"
#include "http/forwarded.h"

static struct zv_cidr networks[3];

static const struct zv_proxies *proxies(void)
{
    static const char *const texts[] = {"10.0.0.5", "10.1.0.0/16", "2001:db8:1::/48"};
    static const struct zv_proxies trusted = {networks, ZV_ARRAY_LEN(networks)};
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++)
        assert_int_equal(zv_cidr_parse(zv_str(texts[i]), &networks[i]), 0);
    return &trusted;
}

/* The client that the header names, as text; "" where it names none. */
static const char *client_of(const char *header)
{
    static char text[ZV_ADDR_TEXT_CAP];
    struct zv_addr client = {0};
    if (!zv_forwarded_client(proxies(), zv_str(header), &client)) {
        assert_int_equal(client.family, ZV_ADDR_NONE);
        return "";
    }
    assert_int_equal(client.port, 0);
    return zv_addr_write_ip(&client, text);
}

static void only_listed_addresses_are_proxies(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        bool is_proxy;
    } cases[] = {
        {"10.0.0.5", true},   {"10.0.0.6", false},     {"10.1.255.9", true},
        {"192.0.2.1", false}, {"2001:db8:1::9", true}, {"2001:db8:2::9", false},
    };
    const struct zv_proxies none = {0};
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_addr addr;
        assert_int_equal(zv_addr_parse_ip(zv_str(cases[i].addr), &addr), 0);
        assert_int_equal(zv_proxies_has(proxies(), &addr), cases[i].is_proxy);
        assert_false(zv_proxies_has(&none, &addr));
    }
}

static void the_last_address_that_is_no_proxy_counts(void **state)
{
    (void)state;
    static const struct {
        const char *header, *client;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {" 192.0.2.1\t", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        /* what the client wrote itself stands before what our proxy saw */
        {"203.0.113.9, 192.0.2.1", "192.0.2.1"},
        {"10.0.0.5,192.0.2.1", "192.0.2.1"},
        {"nonsense, 192.0.2.1", "192.0.2.1"},
        /* through several of ours */
        {"203.0.113.9, 192.0.2.1, 10.1.0.7", "192.0.2.1"},
        {"192.0.2.1, 2001:db8:1::2, 10.0.0.5", "192.0.2.1"},
        /* the client is a proxy itself: a health check, say */
        {"10.0.0.5", "10.0.0.5"},
        {"10.1.0.7, 10.0.0.5", "10.1.0.7"},
        /* other writings */
        {"192.0.2.1:4711", "192.0.2.1"},
        {"[2001:db8::1]:4711", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"192.0.2.1, ::ffff:10.0.0.5", "192.0.2.1"},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++)
        assert_string_equal(client_of(cases[i].header), cases[i].client);
}

static void what_cannot_be_read_ends_the_search(void **state)
{
    (void)state;
    static const char *const empty[] = {NULL,      "",           " ",
                                        "unknown", "192.0.2.1,", "192.0.2.1, _hidden"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(empty); i++)
        assert_string_equal(client_of(empty[i]), "");
    assert_string_equal(client_of("192.0.2.1, unknown, 10.1.0.7"), "10.1.0.7");
    assert_string_equal(client_of(",10.1.0.7"), "10.1.0.7");
    assert_string_equal(client_of("192.0.2.1 10.1.0.7"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_listed_addresses_are_proxies),
        cmocka_unit_test(the_last_address_that_is_no_proxy_counts),
        cmocka_unit_test(what_cannot_be_read_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
