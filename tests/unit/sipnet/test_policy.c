/*
 * Where SIP may be sent, as a table: each spelling of an address under each list.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "sipnet/policy.h"

#include <stdio.h>
#include <string.h>

static void open_policy(struct zv_policy *policy, const char *const *entries, size_t count)
{
    char *list[ZV_POLICY_MAX_ENTRIES] = {NULL};
    for (size_t i = 0; i < count; i++)
        list[i] = (char *)(uintptr_t)entries[i];
    assert_int_equal(zv_policy_init(policy, list, count), 0);
}

static struct zv_addr address(const char *text)
{
    struct zv_addr addr;
    if (zv_addr_parse_ip(zv_str(text), &addr))
        fail_msg("%s is no address", text);
    return addr;
}

/* What a list says about an address, named by `host`, which no list of domains has. */
static bool allows(const struct zv_policy *policy, const char *text)
{
    struct zv_addr addr = address(text);
    return zv_policy_allows_client(policy, zv_str(text), &addr);
}

/* ---- Addresses ---- */

#define PUBLIC 1 /* `public` lets it through */
#define LISTED 2 /* 10.1.0.0/16, 127.0.0.0/8, 2001:db8:1::/48 and fd00:1::/32 have it */
#define DIALOG 4 /* a far end may name it, with an empty list */

static const struct {
    const char *text;
    int allowed;
} addresses[] = {
    /* of the Internet */
    {"1.1.1.1", PUBLIC | DIALOG},
    {"8.8.8.8", PUBLIC | DIALOG},
    {"9.255.255.255", PUBLIC | DIALOG},
    {"11.0.0.0", PUBLIC | DIALOG},
    {"100.63.255.255", PUBLIC | DIALOG},
    {"100.128.0.0", PUBLIC | DIALOG},
    {"126.255.255.255", PUBLIC | DIALOG},
    {"128.0.0.0", PUBLIC | DIALOG},
    {"169.253.255.255", PUBLIC | DIALOG},
    {"169.255.0.0", PUBLIC | DIALOG},
    {"172.15.255.255", PUBLIC | DIALOG},
    {"172.32.0.0", PUBLIC | DIALOG},
    {"192.167.255.255", PUBLIC | DIALOG},
    {"192.169.0.0", PUBLIC | DIALOG},
    {"223.255.255.255", PUBLIC | DIALOG},
    {"2606:4700::1111", PUBLIC | DIALOG},
    {"2A00:1450:4001:0812:0000:0000:0000:200E", PUBLIC | DIALOG},
    {"2001:4860:4860::8888", PUBLIC | DIALOG},
    /* private */
    {"10.0.0.0", DIALOG},
    {"10.0.255.255", DIALOG},
    {"10.1.0.0", LISTED | DIALOG},
    {"10.1.255.255", LISTED | DIALOG},
    {"10.2.0.0", DIALOG},
    {"10.255.255.255", DIALOG},
    {"172.16.0.1", DIALOG},
    {"172.31.255.255", DIALOG},
    {"192.168.0.1", DIALOG},
    {"192.168.255.255", DIALOG},
    {"100.64.0.0", DIALOG},
    {"100.127.255.255", DIALOG},
    {"fc00::1", DIALOG},
    {"fd00:1::1", LISTED | DIALOG},
    {"FD00:0001:0:0::1", LISTED | DIALOG},
    {"fd00:2::1", DIALOG},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", DIALOG},
    /* this host */
    {"127.0.0.1", LISTED},
    {"127.0.0.0", LISTED},
    {"127.255.255.255", LISTED},
    {"127.1.2.3", LISTED},
    {"::1", 0},
    {"0:0:0:0:0:0:0:1", 0},
    {"0000:0000:0000:0000:0000:0000:0000:0001", 0},
    {"0.0.0.0", 0},
    {"0.0.0.1", 0},
    {"0.255.255.255", 0},
    {"::", 0},
    /* the link, and nobody in particular */
    {"169.254.0.1", 0},
    {"169.254.169.254", 0},
    {"fe80::1", 0},
    {"febf::1", 0},
    {"224.0.0.1", 0},
    {"239.255.255.255", 0},
    {"240.0.0.1", 0},
    {"255.255.255.255", 0},
    {"ff02::1", 0},
    {"ff0e::1", 0},
    {"192.0.0.1", 0},
    {"198.18.0.1", 0},
    {"198.19.255.255", 0},
    {"100::1", 0},
    {"fec0::1", 0},
    /* IPv4 within IPv6: mapped (RFC 4291), compatible, NAT64 (RFC 6052, RFC 8215), 6to4, Teredo */
    {"::ffff:127.0.0.1", LISTED},
    {"::ffff:7f00:1", LISTED},
    {"::FFFF:7F00:0001", LISTED},
    {"0:0:0:0:0:ffff:127.0.0.1", LISTED},
    {"::ffff:10.1.2.3", LISTED | DIALOG},
    {"::ffff:10.2.2.3", DIALOG},
    {"::ffff:8.8.8.8", 0}, /* no socket sends to this form: addresses are unmapped before */
    {"::ffff:169.254.169.254", 0},
    {"::ffff:0.0.0.0", 0},
    {"::ffff:255.255.255.255", 0},
    {"::127.0.0.1", 0},
    {"::7f00:1", 0},
    {"::10.1.0.1", 0},
    {"64:ff9b::127.0.0.1", 0},
    {"64:ff9b::7f00:1", 0},
    {"64:ff9b::10.1.0.1", 0},
    {"64:ff9b::a9fe:a9fe", 0},
    {"64:ff9b:1::7f00:1", 0},
    {"64:ff9b:1:ffff::10.1.0.1", 0},
    {"2002:7f00:1::", 0},
    {"2002:a01:1::1", 0},
    {"2002:a9fe:a9fe::1", 0},
    {"2001:0:7f00:1::", 0},
    /* documentation: an address like others, but for the list */
    {"2001:db8:1::1", LISTED | PUBLIC | DIALOG},
    {"2001:db8:1:ffff:ffff:ffff:ffff:ffff", LISTED | PUBLIC | DIALOG},
    {"2001:db8:2::1", PUBLIC | DIALOG},
};

static const char *const nets[] = {"10.1.0.0/16", "127.0.0.0/8", "2001:db8:1::/48", "fd00:1::/32"};

static void check(const char *text, const char *list, bool is_allowed, bool should_be)
{
    if (is_allowed != should_be)
        fail_msg("%s under %s: %s", text, list, is_allowed ? "allowed" : "denied");
}

static void the_table_has_enough_spellings(void **state)
{
    (void)state;
    assert_true(ZV_ARRAY_LEN(addresses) >= 60);
}

static void listed_networks_have_their_addresses_in_every_spelling(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, nets, ZV_ARRAY_LEN(nets));
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++)
        check(addresses[i].text, "networks", allows(&policy, addresses[i].text),
              addresses[i].allowed & LISTED);
    zv_policy_fini(&policy);
}

static void public_has_the_internet_and_nothing_that_hides_another_address(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, (const char *const[]){"public"}, 1);
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++)
        check(addresses[i].text, "public", allows(&policy, addresses[i].text),
              addresses[i].allowed & PUBLIC);
    zv_policy_fini(&policy);
}

static void an_empty_list_has_nothing(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, NULL, 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++)
        check(addresses[i].text, "nothing", allows(&policy, addresses[i].text), false);
    assert_false(zv_policy_can_allow_addresses(&policy));
    zv_policy_fini(&policy);
}

static void a_listed_domain_vouches_for_any_address_and_no_other_name_does(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, (const char *const[]){"sip.example.org"}, 1);
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++) {
        struct zv_addr addr = address(addresses[i].text);
        check(addresses[i].text, "its domain",
              zv_policy_allows_client(&policy, zv_str("sip.example.org"), &addr), true);
        check(addresses[i].text, "another domain",
              zv_policy_allows_client(&policy, zv_str("sip.example.net"), &addr), false);
        check(addresses[i].text, "its own name", allows(&policy, addresses[i].text), false);
    }
    assert_false(zv_policy_can_allow_addresses(&policy));
    zv_policy_fini(&policy);
}

static void a_far_end_may_name_what_is_not_this_host_or_nobody(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, (const char *const[]){"sip.example.org"}, 1);
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++) {
        struct zv_addr addr = address(addresses[i].text);
        check(addresses[i].text, "a far end", zv_policy_allows_dialog(&policy, &addr),
              addresses[i].allowed & DIALOG);
    }
    zv_policy_fini(&policy);
}

static void a_far_end_may_name_this_host_where_its_network_is_listed(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, nets, ZV_ARRAY_LEN(nets));
    for (size_t i = 0; i < ZV_ARRAY_LEN(addresses); i++) {
        struct zv_addr addr = address(addresses[i].text);
        check(addresses[i].text, "a far end, with networks",
              zv_policy_allows_dialog(&policy, &addr), addresses[i].allowed & (DIALOG | LISTED));
    }
    zv_policy_fini(&policy);
}

static void the_port_does_not_matter(void **state)
{
    (void)state;
    struct zv_policy policy;
    struct zv_addr addr = address("10.1.0.1");
    open_policy(&policy, nets, ZV_ARRAY_LEN(nets));
    addr.port = 22;
    assert_true(zv_policy_allows_client(&policy, zv_str("10.1.0.1"), &addr));
    zv_policy_fini(&policy);
}

static void a_host_alone_is_a_network_of_one(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, (const char *const[]){"192.0.2.7", "2001:db8::7"}, 2);
    assert_true(allows(&policy, "192.0.2.7"));
    assert_true(allows(&policy, "::ffff:192.0.2.7"));
    assert_true(allows(&policy, "2001:db8:0::7"));
    assert_false(allows(&policy, "192.0.2.6"));
    assert_false(allows(&policy, "192.0.2.8"));
    assert_false(allows(&policy, "2001:db8::8"));
    zv_policy_fini(&policy);
}

/* ---- Names ---- */

static void a_domain_is_listed_whatever_its_case_and_trailing_dot(void **state)
{
    (void)state;
    static const char *const same[] = {"sip.example.org", "SIP.EXAMPLE.ORG", "Sip.Example.Org.",
                                       "sip.example.org."};
    static const char *const others[] = {
        "",
        ".",
        "example.org",
        "sip.example.or",
        "sip.example.orgg",
        "xsip.example.org",
        "a.sip.example.org",
        "sip.example.org..",
        ".sip.example.org",
        "sip-example.org",
        "sip.example.org.evil.net",
        "sip.example.org ",
        " sip.example.org",
        "sip.example.org\t",
        "s\xc4\xb1p.example.org", /* a dotless i is no i */
        "*",
        "sip.example.org:5060",
    };
    for (size_t listed = 0; listed < ZV_ARRAY_LEN(same); listed++) {
        struct zv_policy policy;
        open_policy(&policy, &same[listed], 1);
        for (size_t i = 0; i < ZV_ARRAY_LEN(same); i++)
            check(same[i], same[listed], zv_policy_has_domain(&policy, zv_str(same[i])), true);
        for (size_t i = 0; i < ZV_ARRAY_LEN(others); i++)
            check(others[i], same[listed], zv_policy_has_domain(&policy, zv_str(others[i])), false);
        zv_policy_fini(&policy);
    }
}

static void a_name_with_a_nul_in_it_is_not_the_name_before_it(void **state)
{
    (void)state;
    struct zv_policy policy;
    static const char name[] = "sip.example.org\0.evil.net";
    open_policy(&policy, (const char *const[]){"sip.example.org"}, 1);
    assert_false(zv_policy_has_domain(&policy, zv_str_n(name, sizeof(name) - 1)));
    zv_policy_fini(&policy);
}

static void a_listed_network_is_no_domain(void **state)
{
    (void)state;
    struct zv_policy policy;
    open_policy(&policy, (const char *const[]){"10.1.0.0/16", "10.1.2.3", "public"}, 3);
    assert_false(zv_policy_has_domain(&policy, zv_str("10.1.0.0/16")));
    assert_false(zv_policy_has_domain(&policy, zv_str("10.1.2.3")));
    assert_false(zv_policy_has_domain(&policy, zv_str("public")));
    assert_true(zv_policy_can_allow_addresses(&policy));
    zv_policy_fini(&policy);
}

static void domains_networks_and_public_may_stand_together(void **state)
{
    (void)state;
    struct zv_policy policy;
    struct zv_addr loopback = address("127.0.0.1");
    open_policy(&policy, (const char *const[]){"a.example", "10.1.0.0/16", "public", "b.example"},
                4);
    assert_true(zv_policy_allows_client(&policy, zv_str("b.example"), &loopback));
    assert_false(zv_policy_allows_client(&policy, zv_str("c.example"), &loopback));
    assert_true(allows(&policy, "10.1.0.1"));
    assert_true(allows(&policy, "1.1.1.1"));
    assert_false(allows(&policy, "10.2.0.1"));
    zv_policy_fini(&policy);
}

/* ---- The list itself ---- */

static void entries_that_are_neither_name_nor_network_are_refused(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    const char *const wrong[] = {"",       "10.0.0.0/33",    "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8",
                                 "::/129", "sip.example/24", "/8",        "10.0.0.0/8x", name};
    for (size_t i = 0; i < ZV_ARRAY_LEN(wrong); i++) {
        struct zv_policy policy;
        char *entries[] = {(char *)(uintptr_t) "good.example", (char *)(uintptr_t)wrong[i]};
        int64_t live = zv_alloc_live();
        if (zv_policy_init(&policy, entries, 2) != ZV_E_PARSE)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_int_equal(zv_alloc_live(), live);
    }
}

static void a_full_list_is_told_as_such(void **state)
{
    (void)state;
    struct zv_policy policy;
    char names[ZV_POLICY_MAX_ENTRIES + 1][16], *entries[ZV_POLICY_MAX_ENTRIES + 1];
    for (size_t i = 0; i <= ZV_POLICY_MAX_ENTRIES; i++) {
        snprintf(names[i], sizeof(names[i]), "d%zu.example", i);
        entries[i] = names[i];
    }
    assert_int_equal(zv_policy_init(&policy, entries, ZV_POLICY_MAX_ENTRIES), 0);
    assert_true(zv_policy_has_domain(&policy, zv_str("d63.example")));
    zv_policy_fini(&policy);
    int64_t live = zv_alloc_live();
    assert_int_equal(zv_policy_init(&policy, entries, ZV_POLICY_MAX_ENTRIES + 1), ZV_E_LIMIT);
    assert_int_equal(zv_alloc_live(), live);
}

static void without_memory_there_is_no_half_made_list(void **state)
{
    (void)state;
    struct zv_policy policy;
    char *entries[] = {(char *)(uintptr_t) "a.example", (char *)(uintptr_t) "b.example"};
    int64_t live = zv_alloc_live();
    for (int64_t at = 0; at < 2; at++) {
        zv_alloc_fail_after(at);
        assert_int_equal(zv_policy_init(&policy, entries, 2), ZV_E_NOMEM);
        zv_alloc_fail_after(-1);
        assert_int_equal(zv_alloc_live(), live);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_table_has_enough_spellings),
    cmocka_unit_test(listed_networks_have_their_addresses_in_every_spelling),
    cmocka_unit_test(public_has_the_internet_and_nothing_that_hides_another_address),
    cmocka_unit_test(an_empty_list_has_nothing),
    cmocka_unit_test(a_listed_domain_vouches_for_any_address_and_no_other_name_does),
    cmocka_unit_test(a_far_end_may_name_what_is_not_this_host_or_nobody),
    cmocka_unit_test(a_far_end_may_name_this_host_where_its_network_is_listed),
    cmocka_unit_test(the_port_does_not_matter),
    cmocka_unit_test(a_host_alone_is_a_network_of_one),
    cmocka_unit_test(a_domain_is_listed_whatever_its_case_and_trailing_dot),
    cmocka_unit_test(a_name_with_a_nul_in_it_is_not_the_name_before_it),
    cmocka_unit_test(a_listed_network_is_no_domain),
    cmocka_unit_test(domains_networks_and_public_may_stand_together),
    cmocka_unit_test(entries_that_are_neither_name_nor_network_are_refused),
    cmocka_unit_test(a_full_list_is_told_as_such),
    cmocka_unit_test(without_memory_there_is_no_half_made_list),
};

ZV_TEST_MAIN(tests)
