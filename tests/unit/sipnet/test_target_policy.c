/*
 * Which of the addresses that a name leads to may be sent to, by whoever named it.
 */
#define _GNU_SOURCE
#include "target_world.h"

static void a_name_that_cannot_be_allowed_is_denied_without_a_question(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"evil.test", DNS_A, "192.0.2.1"}};
    struct world world;
    open_world(&world, &(struct options){
                           .records = records, .count = 1, .allow = {"sip.test", "other.test"}});
    struct result result = find(&world, "evil.test", 0);
    assert_err(&result, ZV_E_DENIED);
    result = find(&world, "evil.test", 5060);
    assert_err(&result, ZV_E_DENIED);
    result = find(&world, "192.0.2.1", 5060);
    assert_err(&result, ZV_E_DENIED);
    assert_int_equal(world.server.asked_count, 0);
    close_world(&world);
}

static void a_listed_domain_vouches_for_its_addresses_and_its_srv_targets(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "edge.hosting.test", 1, 0, 5061},
        {"edge.hosting.test", DNS_A, "10.9.8.7"},
        {"sip.test", DNS_A, "127.0.0.1"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .allow = {"sip.test"}});
    struct result result = find(&world, "SIP.test", 0);
    ASSERT_ADDRS(&result, "10.9.8.7:5061");
    result = find(&world, "sip.test.", 5060);
    ASSERT_ADDRS(&result, "127.0.0.1:5060");
    result = find(&world, "edge.hosting.test", 5061);
    assert_err(&result, ZV_E_DENIED);
    close_world(&world);
}

static void addresses_outside_the_list_are_left_out_of_an_answer(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"mixed.test", DNS_A, "127.0.0.1"},         {"mixed.test", DNS_A, "192.0.2.1"},
        {"mixed.test", DNS_A, "10.0.0.1"},          {"rebound.test", DNS_A, "127.0.0.1"},
        {"rebound.test", DNS_A, "169.254.169.254"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .allow = {"192.0.2.0/24"}});
    struct result result = find(&world, "mixed.test", 5060);
    ASSERT_ADDRS(&result, "192.0.2.1:5060");
    result = find(&world, "rebound.test", 5060);
    assert_err(&result, ZV_E_DENIED);
    result = find(&world, "nowhere.test", 5060);
    assert_err(&result, ZV_E_NOTFOUND);
    close_world(&world);
}

static void a_srv_target_outside_the_list_does_not_hide_the_others(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "loop.test", 1, 0, 5061},
        {"_sip._udp.sip.test", DNS_SRV, "good.test", 2, 0, 5062},
        {"loop.test", DNS_A, "127.0.0.1"},
        {"good.test", DNS_A, "192.0.2.1"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .allow = {"192.0.2.0/24"}});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5062");
    close_world(&world);
}

static void what_a_far_end_names_follows_the_rule_for_far_ends(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"pbx.test", DNS_A, "10.0.0.1"},
                                                {"loop.test", DNS_A, "127.0.0.1"}};
    struct world world;
    struct result result;
    struct zv_target_query query = {
        .host = zv_str("pbx.test"), .port = 5060, .purpose = ZV_SIP_FOR_DIALOG};
    open_world(&world,
               &(struct options){.records = records, .count = 2, .allow = {"sip.example.org"}});
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    ASSERT_ADDRS(&result, "10.0.0.1:5060");
    query.host = zv_str("loop.test");
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    assert_err(&result, ZV_E_DENIED);
    close_world(&world);
}

static void odd_spellings_of_addresses_lead_nowhere_forbidden(void **state)
{
    (void)state;
    static const char *const names[] = {
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.1:5060",
        "[::1]",
        "::1%lo",
        "[127.0.0.1]",
        " 127.0.0.1",
        "127.0.0.1 ",
        "127.0.0.1/32",
        "::ffff:127.0.0.1",
        "0:0:0:0:0:ffff:7f00:1",
        "1.0.0.127.in-addr.arpa",
        "localhost.",
        "a.localhost",
        "ip6-localhost",
        "0",
        "0.0.0.0",
        "::",
        "64:ff9b::7f00:1",
    };
    static const int families[] = {ZV_ADDR_IPV4, ZV_ADDR_IPV6, BOTH};
    for (size_t f = 0; f < ZV_ARRAY_LEN(families); f++) {
        struct world world;
        open_world(&world, &(struct options){.family = families[f], .allow = {"public"}});
        for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
            struct result result = find(&world, names[i], 5060);
            for (size_t k = 0; k < result.count; k++) { /* whatever it was taken for */
                if (!zv_addr_is_public(&result.addrs[k]))
                    fail_msg("\"%s\" leads to an address that is not public", names[i]);
            }
            if (result.err && result.err != ZV_E_NOTFOUND && result.err != ZV_E_DENIED &&
                result.err != ZV_E_NOROUTE) /* of the other family */
                fail_msg("\"%s\": %s", names[i], zv_err_name(result.err));
        }
        close_world(&world);
    }
}

static void the_loopback_of_localhost_needs_its_network_listed(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){.allow = {"192.0.2.0/24"}});
    struct result result = find(&world, "localhost", 5060);
    assert_err(&result, ZV_E_DENIED);
    close_world(&world);
    open_world(&world, &(struct options){.allow = {"127.0.0.0/8"}});
    result = find(&world, "localhost", 5060);
    ASSERT_ADDRS(&result, "127.0.0.1:5060");
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_name_that_cannot_be_allowed_is_denied_without_a_question),
    cmocka_unit_test(a_listed_domain_vouches_for_its_addresses_and_its_srv_targets),
    cmocka_unit_test(addresses_outside_the_list_are_left_out_of_an_answer),
    cmocka_unit_test(a_srv_target_outside_the_list_does_not_hide_the_others),
    cmocka_unit_test(what_a_far_end_names_follows_the_rule_for_far_ends),
    cmocka_unit_test(odd_spellings_of_addresses_lead_nowhere_forbidden),
    cmocka_unit_test(the_loopback_of_localhost_needs_its_network_listed),
};

ZV_TEST_MAIN(tests)
