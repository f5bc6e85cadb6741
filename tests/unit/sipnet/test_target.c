/*
 * From a name to the addresses that are tried, against a DNS server in the same thread.
 */
#define _GNU_SOURCE
#include "target_world.h"

/* ---- Addresses ---- */

static void a_name_with_a_port_is_asked_for_its_addresses_alone(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"sip.test", DNS_A, "192.0.2.1"},
        {"sip.test", DNS_A, "192.0.2.2"},
        {"_sip._udp.sip.test", DNS_SRV, "other.test", 1, 1, 9},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 15060);
    ASSERT_ADDRS(&result, "192.0.2.1:15060", "192.0.2.2:15060");
    assert_int_equal(world.server.asked_count, 1);
    assert_true(dns_was_asked(&world.server, "1 sip.test"));
    close_world(&world);
}

static void a_name_without_srv_records_is_asked_for_its_addresses_at_5060(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"sip.test", DNS_A, "192.0.2.1"}};
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5060");
    assert_true(dns_was_asked(&world.server, "33 _sip._udp.sip.test"));
    close_world(&world);
}

static void a_service_name_that_exists_without_srv_records_is_none(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"sip.test", DNS_A, "192.0.2.1"},
                                                {"_sip._udp.sip.test", DNS_A, "192.0.2.9"}};
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5060");
    close_world(&world);
}

static void addresses_of_the_sockets_family_are_asked_for(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"sip.test", DNS_A, "192.0.2.1"},
                                                {"sip.test", DNS_AAAA, "2001:db8::1"}};
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .family = ZV_ADDR_IPV6});
    struct result result = find(&world, "sip.test", 5060);
    ASSERT_ADDRS(&result, "[2001:db8::1]:5060");
    close_world(&world);
}

static void a_socket_of_both_families_asks_for_both_and_takes_ipv4_first(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"six.test", DNS_AAAA, "2001:db8::6"},
        {"four.test", DNS_A, "192.0.2.4"},
        {"two.test", DNS_AAAA, "2001:db8::2"},
        {"two.test", DNS_A, "192.0.2.2"},
        {"half.test", DNS_A, "192.0.2.3"},
        {"half.test", DNS_AAAA, .rcode = DNS_SERVFAIL},
        {"fails.test", DNS_A, .rcode = DNS_SERVFAIL},
        {"_sip._udp.srv.test", DNS_SRV, "two.test", 1, 0, 5061},
        {"_sip._udp.srv.test", DNS_SRV, "six.test", 2, 0, 5062},
    };
    struct world world;
    open_world(&world, &(struct options){
                           .records = records, .count = ZV_ARRAY_LEN(records), .family = BOTH});
    struct result result = find(&world, "six.test", 5060);
    ASSERT_ADDRS(&result, "[2001:db8::6]:5060");
    result = find(&world, "four.test", 5060);
    ASSERT_ADDRS(&result, "192.0.2.4:5060");
    result = find(&world, "two.test", 5060);
    ASSERT_ADDRS(&result, "192.0.2.2:5060", "[2001:db8::2]:5060");
    result = find(&world, "half.test", 5060);
    ASSERT_ADDRS(&result, "192.0.2.3:5060");
    result = find(&world, "srv.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.2:5061", "[2001:db8::2]:5061", "[2001:db8::6]:5062");
    result = find(&world, "192.0.2.9", 5060);
    ASSERT_ADDRS(&result, "192.0.2.9:5060");
    result = find(&world, "2001:db8::9", 5060);
    ASSERT_ADDRS(&result, "[2001:db8::9]:5060");
    result = find(&world, "nowhere.test", 5060);
    assert_err(&result, ZV_E_NOTFOUND);
    result = find(&world, "fails.test", 5060);
    assert_err(&result, ZV_E_IO);
    close_world(&world);
}

static void literal_addresses_need_no_dns(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){0});
    struct result result = find(&world, "192.0.2.7", 0);
    ASSERT_ADDRS(&result, "192.0.2.7:5060");
    result = find(&world, "192.0.2.7", 9);
    ASSERT_ADDRS(&result, "192.0.2.7:9");
    assert_int_equal(world.server.asked_count, 0);
    close_world(&world);
    open_world(&world, &(struct options){.family = ZV_ADDR_IPV6});
    result = find(&world, "2001:DB8:0::7", 0);
    ASSERT_ADDRS(&result, "[2001:db8::7]:5060");
    assert_int_equal(world.server.asked_count, 0);
    close_world(&world);
}

static void an_address_of_the_other_family_is_unreachable(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){0});
    struct result result = find(&world, "2001:db8::7", 5060);
    assert_err(&result, ZV_E_NOROUTE); /* it exists, but there is no way to it */
    close_world(&world);
}

/* A far end may name phones with private addresses, not this host. */
static void a_far_end_may_not_name_an_address_of_this_host(void **state)
{
    (void)state;
    struct world world;
    struct result result;
    struct zv_target_query query = {
        .host = zv_str("127.0.0.1"), .port = 5060, .purpose = ZV_SIP_FOR_DIALOG};
    open_world(&world, &(struct options){.allow = {"sip.test"}});
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    assert_err(&result, ZV_E_DENIED);
    query.host = zv_str("10.77.0.9");
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    assert_err(&result, 0);
    close_world(&world);
    open_world(&world, &(struct options){.allow = {"127.0.0.0/8"}});
    query.host = zv_str("127.0.0.1");
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    assert_err(&result, 0);
    close_world(&world);
}

static void a_trailing_dot_changes_nothing(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 1, 1, 5070},
        {"a.test", DNS_A, "192.0.2.1"},
        {"sip.test", DNS_A, "192.0.2.2"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test.", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5070");
    result = find(&world, "SIP.test.", 5060);
    ASSERT_ADDRS(&result, "192.0.2.2:5060");
    close_world(&world);
}

static void names_are_never_completed_by_the_systems_search_domains(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"nowhere.test.search.test", DNS_A, "192.0.2.66"},
        {"pbx.search.test", DNS_A, "192.0.2.66"},
    };
    struct world world;
    setenv("LOCALDOMAIN", "search.test", 1);
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    unsetenv("LOCALDOMAIN");
    struct result result = find(&world, "nowhere.test", 5060);
    assert_err(&result, ZV_E_NOTFOUND);
    result = find(&world, "pbx", 5060);
    assert_err(&result, ZV_E_NOTFOUND);
    for (size_t i = 0; i < world.server.asked_count; i++)
        assert_null(strstr(world.server.asked[i], "search"));
    close_world(&world);
}

/* ---- SRV ---- */

static void srv_targets_come_by_priority_each_with_its_port(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "c.test", 30, 0, 5063},
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 10, 0, 5061},
        {"_sip._udp.sip.test", DNS_SRV, "b.test", 20, 99, 5062},
        {"a.test", DNS_A, "192.0.2.1"},
        {"b.test", DNS_A, "192.0.2.2"},
        {"c.test", DNS_A, "192.0.2.3"},
        {"sip.test", DNS_A, "192.0.2.99"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5061", "192.0.2.2:5062", "192.0.2.3:5063");
    assert_false(dns_was_asked(&world.server, "1 sip.test"));
    close_world(&world);
}

static void within_a_priority_the_weights_decide(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "light.test", 1, 10, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "heavy.test", 1, 90, 5060},
        {"light.test", DNS_A, "192.0.2.1"},
        {"heavy.test", DNS_A, "192.0.2.9"},
    };
    struct world world;
    int heavy = 0;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    for (int i = 0; i < 200; i++) {
        world.server.asked_count = 0;
        struct result result = find(&world, "sip.test", 0);
        assert_int_equal(result.count, 2);
        assert_false(zv_addr_ip_eq(&result.addrs[0], &result.addrs[1]));
        heavy += result.addrs[0].ip[3] == 9;
    }
    assert_in_range(heavy, 160, 196); /* 178 of 200 on average, 4.4 the deviation */
    close_world(&world);
}

static void a_weight_of_zero_still_gets_its_turn(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 1, 0, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "b.test", 1, 0, 5060},
        {"a.test", DNS_A, "192.0.2.1"},
        {"b.test", DNS_A, "192.0.2.2"},
    };
    struct world world;
    int first = 0;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    for (int i = 0; i < 60; i++) {
        world.server.asked_count = 0;
        first += find(&world, "sip.test", 0).addrs[0].ip[3] == 1;
    }
    assert_in_range(first, 10, 50);
    close_world(&world);
}

static void the_greatest_weights_do_not_overflow(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 65535, 65535, 65535},
        {"_sip._udp.sip.test", DNS_SRV, "b.test", 65535, 65535, 65535},
        {"a.test", DNS_A, "192.0.2.1"},
        {"b.test", DNS_A, "192.0.2.2"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.addrs[0].port, 65535);
    close_world(&world);
}

static void a_service_that_is_decidedly_not_available_is_not_looked_for_further(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, ".", 0, 0, 0},
        {"sip.test", DNS_A, "192.0.2.1"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    assert_err(&result, ZV_E_NOTFOUND);
    assert_int_equal(world.server.asked_count, 1);
    close_world(&world);
}

static void a_srv_target_without_address_does_not_spoil_the_others(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "gone.test", 1, 0, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "broken.test", 2, 0, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "b.test", 3, 0, 5062},
        {"broken.test", DNS_A, .rcode = DNS_SERVFAIL},
        {"b.test", DNS_A, "192.0.2.2"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.2:5062");
    close_world(&world);
}

static void no_more_targets_than_can_be_tried_and_none_twice(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 1, 0, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 2, 0, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "b.test", 3, 0, 5060},
        {"_sip._udp.sip.test", DNS_SRV, "c.test", 4, 0, 5060},
        {"a.test", DNS_A, "192.0.2.1"},
        {"a.test", DNS_A, "192.0.2.2"},
        {"b.test", DNS_A, "192.0.2.2"},
        {"b.test", DNS_A, "192.0.2.3"},
        {"b.test", DNS_A, "192.0.2.4"},
        {"b.test", DNS_A, "192.0.2.5"},
        {"c.test", DNS_A, "192.0.2.6"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060", "192.0.2.4:5060");
    assert_false(dns_was_asked(&world.server, "1 c.test"));
    close_world(&world);
}

static void a_srv_target_that_is_an_address_is_an_address(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "192.0.2.8", 1, 0, 5061},
        {"_sip._udp.sip.test", DNS_SRV, "b.test", 2, 0, 5062},
        {"b.test", DNS_A, "192.0.2.2"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.8:5061", "192.0.2.2:5062");
    close_world(&world);
}

/* ---- Transports ---- */

static void a_domains_naptr_names_transports_and_their_order(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"sip.test", DNS_NAPTR, "_sips._tcp.sip.test", 10, 50, .service = "SIPS+D2T"},
        {"sip.test", DNS_NAPTR, "_sip._tcp.sip.test", 20, 50, .service = "SIP+D2T"},
        {"sip.test", DNS_NAPTR, "_sip._udp.carrier.test", 20, 60, .service = "SIP+D2U"},
        {"_sips._tcp.sip.test", DNS_SRV, "a.carrier.test", 1, 0, 5061},
        {"_sip._tcp.sip.test", DNS_SRV, "a.carrier.test", 1, 0, 5060},
        {"_sip._udp.carrier.test", DNS_SRV, "b.carrier.test", 1, 0, 5060},
        {"a.carrier.test", DNS_A, "192.0.2.1"},
        {"b.carrier.test", DNS_A, "192.0.2.2"},
    };
    static const enum zv_sip_transport expected[] = {ZV_SIP_TLS, ZV_SIP_TCP, ZV_SIP_UDP};
    struct world world;
    struct result result;
    struct zv_target_query query = {.host = zv_str("sip.test"), .purpose = ZV_SIP_FOR_ACCOUNT};
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .transports = ZV_SIP_TRANSPORT_BIT(ZV_SIP_UDP) |
                                                       ZV_SIP_TRANSPORT_BIT(ZV_SIP_TCP) |
                                                       ZV_SIP_TRANSPORT_BIT(ZV_SIP_TLS)});
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    ASSERT_ADDRS(&result, "192.0.2.1:5061", "192.0.2.1:5060", "192.0.2.2:5060");
    for (size_t i = 0; i < ZV_ARRAY_LEN(expected); i++)
        assert_int_equal(result.transports[i], expected[i]);
    assert_string_equal(result.verify_names[0], "sip.test"); /* not where SRV led */
    assert_string_equal(result.verify_names[1], "");
    close_world(&world);
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    begin_query(&world, query, &result);
    wait_for(&world, &result);
    ASSERT_ADDRS(&result, "192.0.2.2:5060"); /* with UDP alone */
    close_world(&world);
}

static void without_an_answer_to_naptr_srv_is_asked(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"sip.test", DNS_NAPTR, .rcode = DNS_SERVFAIL},
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 1, 0, 5061},
        {"a.test", DNS_A, "192.0.2.1"},
    };
    struct world world;
    struct result result;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    begin_query(&world, (struct zv_target_query){.host = zv_str("sip.test")}, &result);
    wait_for(&world, &result);
    ASSERT_ADDRS(&result, "192.0.2.1:5061");
    close_world(&world);
}

/* ---- What does not work ---- */

static void a_name_that_does_not_exist_is_not_found(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, &(struct options){0});
    struct result result = find(&world, "nowhere.test", 0);
    assert_err(&result, ZV_E_NOTFOUND);
    assert_int_equal(world.server.asked_count, 2);
    result = find(&world, "nowhere.test", 5060);
    assert_err(&result, ZV_E_NOTFOUND);
    close_world(&world);
}

static void a_server_that_refuses_or_fails_is_told_as_such(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"fails.test", DNS_A, .rcode = DNS_SERVFAIL},
        {"refuses.test", DNS_A, .rcode = DNS_REFUSED},
        {"_sip._udp.fails.test", DNS_SRV, .rcode = DNS_SERVFAIL},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    struct result result = find(&world, "fails.test", 5060);
    assert_err(&result, ZV_E_IO);
    result = find(&world, "refuses.test", 5060);
    assert_err(&result, ZV_E_IO);
    result = find(&world, "fails.test", 0);
    assert_err(&result, ZV_E_IO);
    close_world(&world);
}

static void silence_ends_in_a_time_out_of_its_tries(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"mute.test", DNS_A, .is_silent = true},
        {"_sip._udp.mute.test", DNS_SRV, .is_silent = true}};
    struct world world;
    open_world(
        &world,
        &(struct options){.records = records, .count = ZV_ARRAY_LEN(records), .try_us = ZV_MS(20)});
    struct result result = find(&world, "mute.test", 5060);
    assert_err(&result, ZV_E_TIMEOUT);
    assert_int_equal(world.server.asked_count, 2);
    result = find(&world, "mute.test", 0);
    assert_err(&result, ZV_E_TIMEOUT);
    close_world(&world);
}

static void silence_ends_in_the_bound_of_the_whole_look_up(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"mute.test", DNS_A, .is_silent = true}};
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .total_us = ZV_MS(30)});
    struct result result = find(&world, "mute.test", 5060);
    assert_err(&result, ZV_E_TIMEOUT);
    close_world(&world);
}

static void the_bound_keeps_what_was_found_before_it(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 1, 0, 5061},
        {"_sip._udp.sip.test", DNS_SRV, "mute.test", 2, 0, 5062},
        {"a.test", DNS_A, "192.0.2.1"},
        {"mute.test", DNS_A, .is_silent = true},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .total_us = ZV_MS(300)});
    struct result result = find(&world, "sip.test", 0);
    ASSERT_ADDRS(&result, "192.0.2.1:5061");
    close_world(&world);
}

static void an_answer_that_is_none_ends_the_look_up_all_the_same(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"odd.test", DNS_A, .is_garbage = true},
        {"_sip._udp.odd.test", DNS_SRV, .is_garbage = true}};
    struct world world;
    open_world(
        &world,
        &(struct options){.records = records, .count = ZV_ARRAY_LEN(records), .try_us = ZV_MS(20)});
    struct result result = find(&world, "odd.test", 5060);
    assert_true(result.err < 0);
    result = find(&world, "odd.test", 0);
    assert_true(result.err < 0);
    close_world(&world);
}

static void names_that_no_dns_can_have_are_not_found(void **state)
{
    (void)state;
    char label[80], long_name[600];
    memset(label, 'a', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    memset(long_name, 'a', sizeof(long_name) - 1);
    for (size_t i = 50; i < sizeof(long_name); i += 50)
        long_name[i] = '.';
    long_name[sizeof(long_name) - 1] = '\0';
    const char *const names[] = {"", ".", "..", "a..b", label, long_name};
    struct world world;
    open_world(&world, &(struct options){0});
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        struct result result = find(&world, names[i], 5060);
        assert_err(&result, ZV_E_NOTFOUND);
        result = find(&world, names[i], 0);
        assert_err(&result, ZV_E_NOTFOUND);
    }
    close_world(&world);
}

static void each_transport_has_its_own_records_and_port(void **state)
{
    (void)state;
    static const struct {
        enum zv_sip_transport transport;
        const char *host, *expected;
    } cases[] = {
        {ZV_SIP_UDP, "a.test", "192.0.2.1:6001"},    {ZV_SIP_TCP, "a.test", "192.0.2.1:6002"},
        {ZV_SIP_TLS, "a.test", "192.0.2.1:6003"},    {ZV_SIP_TCP, "192.0.2.1", "192.0.2.1:5060"},
        {ZV_SIP_TLS, "192.0.2.1", "192.0.2.1:5061"}, {ZV_SIP_TLS, "b.test", "192.0.2.1:5061"},
    };
    static const struct dns_record records[] = {
        {"_sip._udp.a.test", DNS_SRV, "b.test", 1, 1, 6001},
        {"_sip._tcp.a.test", DNS_SRV, "b.test", 1, 1, 6002},
        {"_sips._tcp.a.test", DNS_SRV, "b.test", 1, 1, 6003},
        {"b.test", DNS_A, "192.0.2.1"},
    };
    struct world world;
    open_world(&world, &(struct options){.records = records,
                                         .count = ZV_ARRAY_LEN(records),
                                         .transports = ZV_SIP_TRANSPORT_BIT(ZV_SIP_UDP) |
                                                       ZV_SIP_TRANSPORT_BIT(ZV_SIP_TCP) |
                                                       ZV_SIP_TRANSPORT_BIT(ZV_SIP_TLS)});
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct result result;
        char text[ZV_ADDR_TEXT_CAP];
        begin_query(&world,
                    (struct zv_target_query){.host = zv_str(cases[i].host),
                                             .transport = cases[i].transport},
                    &result);
        wait_for(&world, &result);
        assert_err(&result, 0);
        assert_string_equal(zv_addr_write(&result.addrs[0], text), cases[i].expected);
        assert_int_equal(result.transports[0], cases[i].transport);
    }
    close_world(&world);
}

static void a_transport_that_we_lack_is_told_to_be_missing(void **state)
{
    (void)state;
    struct world world;
    struct result result;
    open_world(&world, &(struct options){0}); /* UDP alone */
    for (int transport = ZV_SIP_TCP; transport <= ZV_SIP_TLS; transport++) {
        begin_query(&world,
                    (struct zv_target_query){.host = zv_str("192.0.2.1"),
                                             .transport = (enum zv_sip_transport)transport},
                    &result);
        assert_int_equal(result.calls, 1);
        assert_err(&result, ZV_E_UNSUPPORTED);
    }
    close_world(&world);
}

static void more_look_ups_than_the_limit_are_refused_and_places_come_back(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"a.test", DNS_A, "192.0.2.1"}};
    struct world world;
    struct result results[3];
    open_world(&world, &(struct options){.records = records, .count = 1, .max_lookups = 2});
    for (int i = 0; i < 3; i++)
        begin(&world, "a.test", 5060, &results[i]);
    assert_int_equal(results[2].calls, 1);
    assert_err(&results[2], ZV_E_LIMIT);
    assert_int_equal(zv_targets_pending(world.targets), 2);
    wait_for(&world, &results[0]);
    wait_for(&world, &results[1]);
    assert_int_equal(zv_targets_pending(world.targets), 0);
    struct result result = find(&world, "a.test", 5060);
    assert_err(&result, 0);
    close_world(&world);
}

/* ---- Ends ---- */

static void freeing_drops_what_is_under_way_without_a_word(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"mute.test", DNS_A, .is_silent = true},
        {"_sip._udp.mute.test", DNS_SRV, .is_silent = true},
        {"_sip._udp.half.test", DNS_SRV, "mute.test", 1, 0, 5060},
    };
    struct world world;
    struct result results[4];
    int64_t live = zv_alloc_live();
    open_world(&world, &(struct options){.records = records, .count = ZV_ARRAY_LEN(records)});
    begin(&world, "mute.test", 5060, &results[0]);
    begin(&world, "mute.test", 0, &results[1]);
    begin(&world, "half.test", 0, &results[2]);
    while (!dns_was_asked(&world.server, "33 _sip._udp.half.test"))
        uv_run(&world.loop, UV_RUN_ONCE);
    begin(&world, "mute.test", 5061, &results[3]);
    assert_int_equal(zv_targets_pending(world.targets), 4);
    close_world(&world);
    for (size_t i = 0; i < ZV_ARRAY_LEN(results); i++)
        assert_int_equal(results[i].calls, 0);
    assert_int_equal(zv_alloc_live(), live);
}

static void an_answer_after_the_bound_is_ignored(void **state)
{
    (void)state;
    static const struct dns_record mute[] = {{"late.test", DNS_A, .is_silent = true}};
    static const struct dns_record late[] = {{"late.test", DNS_A, "192.0.2.1"}};
    struct world world;
    struct result result;
    open_world(&world,
               &(struct options){
                   .records = mute, .count = 1, .try_us = ZV_MS(150), .total_us = ZV_MS(20)});
    begin(&world, "late.test", 5060, &result);
    wait_for(&world, &result);
    assert_err(&result, ZV_E_TIMEOUT);
    world.server.records = late; /* the second try is answered */
    while (world.server.asked_count < 2)
        uv_run(&world.loop, UV_RUN_ONCE);
    struct result again = find(&world, "late.test", 5060);
    ASSERT_ADDRS(&again, "192.0.2.1:5060");
    assert_int_equal(result.calls, 1);
    close_world(&world);
}

static void a_dns_server_that_is_not_there_is_told_and_found_again(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"a.test", DNS_A, "192.0.2.1"}};
    struct world world;
    struct zv_udp_cfg udp = {0};
    open_world(&world, &(struct options){.records = records, .count = 1});
    udp.bind = world.server.socket.local;
    uv_poll_stop(&world.server.poll);
    zv_udp_close(&world.server.socket);
    struct result result = find(&world, "a.test", 5060);
    assert_err(&result, ZV_E_IO);
    uv_poll_t again; /* the handle of a closed socket cannot watch another one */
    assert_int_equal(zv_udp_open(&world.server.socket, &udp), 0);
    assert_int_equal(uv_poll_init(&world.loop, &again, world.server.socket.fd), 0);
    again.data = &world.server;
    assert_int_equal(uv_poll_start(&again, UV_READABLE, dns_on_readable), 0);
    result = find(&world, "a.test", 5060);
    ASSERT_ADDRS(&result, "192.0.2.1:5060");
    uv_close((uv_handle_t *)&again, NULL);
    close_world(&world);
}

static void a_wrong_server_address_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "nonsense", "192.0.2.1:port", "192.0.2.1:53:53"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++) {
        uv_loop_t loop;
        struct zv_dns *dns;
        char *servers[] = {(char *)(uintptr_t)wrong[i]};
        const struct zv_dns_cfg cfg = {
            .loop = &loop, .servers = servers, .server_count = 1, .tries = 1};
        assert_int_equal(uv_loop_init(&loop), 0);
        if (zv_dns_new(&dns, &cfg) != ZV_E_INVAL)
            fail_msg("\"%s\" was taken as a DNS server", wrong[i]);
        assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
        assert_int_equal(uv_loop_close(&loop), 0);
    }
}

static void without_memory_each_look_up_still_ends_once(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"_sip._udp.sip.test", DNS_SRV, "a.test", 1, 0, 5061},
        {"a.test", DNS_A, "192.0.2.1"},
    };
    int64_t live = zv_alloc_live();
    int failed = 0, err = ZV_E_NOMEM;
    for (int rung = 0; rung < 24; rung++) { /* not each of them is needed for an answer */
        struct world world;
        struct result result;
        open_world(&world, &(struct options){.records = records,
                                             .count = ZV_ARRAY_LEN(records),
                                             .try_us = ZV_MS(20),
                                             .total_us = ZV_MS(200)});
        zv_alloc_fail_after(rung);
        begin(&world, "sip.test", 0, &result);
        wait_for(&world, &result);
        zv_alloc_fail_after(-1);
        err = result.err;
        failed += err != 0;
        close_world(&world);
        assert_int_equal(zv_alloc_live(), live);
    }
    assert_true(failed > 3);
    assert_int_equal(err, 0); /* the ladder was long enough */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_name_with_a_port_is_asked_for_its_addresses_alone),
    cmocka_unit_test(a_name_without_srv_records_is_asked_for_its_addresses_at_5060),
    cmocka_unit_test(a_service_name_that_exists_without_srv_records_is_none),
    cmocka_unit_test(addresses_of_the_sockets_family_are_asked_for),
    cmocka_unit_test(a_socket_of_both_families_asks_for_both_and_takes_ipv4_first),
    cmocka_unit_test(literal_addresses_need_no_dns),
    cmocka_unit_test(an_address_of_the_other_family_is_unreachable),
    cmocka_unit_test(a_far_end_may_not_name_an_address_of_this_host),
    cmocka_unit_test(a_trailing_dot_changes_nothing),
    cmocka_unit_test(names_are_never_completed_by_the_systems_search_domains),
    cmocka_unit_test(srv_targets_come_by_priority_each_with_its_port),
    cmocka_unit_test(within_a_priority_the_weights_decide),
    cmocka_unit_test(a_weight_of_zero_still_gets_its_turn),
    cmocka_unit_test(the_greatest_weights_do_not_overflow),
    cmocka_unit_test(a_service_that_is_decidedly_not_available_is_not_looked_for_further),
    cmocka_unit_test(a_srv_target_without_address_does_not_spoil_the_others),
    cmocka_unit_test(no_more_targets_than_can_be_tried_and_none_twice),
    cmocka_unit_test(a_srv_target_that_is_an_address_is_an_address),
    cmocka_unit_test(a_domains_naptr_names_transports_and_their_order),
    cmocka_unit_test(without_an_answer_to_naptr_srv_is_asked),
    cmocka_unit_test(a_name_that_does_not_exist_is_not_found),
    cmocka_unit_test(a_server_that_refuses_or_fails_is_told_as_such),
    cmocka_unit_test(silence_ends_in_a_time_out_of_its_tries),
    cmocka_unit_test(silence_ends_in_the_bound_of_the_whole_look_up),
    cmocka_unit_test(the_bound_keeps_what_was_found_before_it),
    cmocka_unit_test(an_answer_that_is_none_ends_the_look_up_all_the_same),
    cmocka_unit_test(names_that_no_dns_can_have_are_not_found),
    cmocka_unit_test(each_transport_has_its_own_records_and_port),
    cmocka_unit_test(a_transport_that_we_lack_is_told_to_be_missing),
    cmocka_unit_test(more_look_ups_than_the_limit_are_refused_and_places_come_back),
    cmocka_unit_test(freeing_drops_what_is_under_way_without_a_word),
    cmocka_unit_test(an_answer_after_the_bound_is_ignored),
    cmocka_unit_test(a_dns_server_that_is_not_there_is_told_and_found_again),
    cmocka_unit_test(a_wrong_server_address_is_refused),
    cmocka_unit_test(without_memory_each_look_up_still_ends_once),
};

ZV_TEST_MAIN(tests)
