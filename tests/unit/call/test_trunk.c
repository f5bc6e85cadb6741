/* Trunks: how entries are named, and which of them counts for an account. */
#include "unit/call/desk.h"

#include "base/err.h"
#include "call/trunk.h"

static struct zv_trunk entry(const char *name, bool strict)
{
    struct zv_trunk trunk = {.has_strict = true, .strict = strict};
    assert_int_equal(zv_trunk_parse_name(zv_str(name), &trunk.user, &trunk.host), 0);
    return trunk;
}

static void names_are_domains_or_accounts(void **state)
{
    (void)state;
    static const char *const good[] = {"sip.example",        "192.0.2.1",           "[2001:db8::1]",
                                       "1001@sip.example",   "me@home@a.org",       "a b@a.org",
                                       "1001@[2001:db8::1]", "x_y.example",         "sip-1.example",
                                       "localhost",          "\xd1\x8f@sip.example"};
    static const char *const bad[] = {"",           "@sip.example",    "1001@",
                                      "a b",        ".example",        "-a.example",
                                      "a.org:5060", "2001:db8::1",     "[192.0.2.1]",
                                      "sip:a.org",  "a\n@sip.example", "1001@a.org;x"};
    struct zv_str user, host;
    for (size_t i = 0; i < ZV_ARRAY_LEN(good); i++)
        assert_int_equal(zv_trunk_parse_name(zv_str(good[i]), &user, &host), 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++)
        assert_int_equal(zv_trunk_parse_name(zv_str(bad[i]), &user, &host), ZV_E_PARSE);
}

/* The entries are taken away one by one, the one that counts first; each says the opposite of the
 * next. */
static void the_most_special_entry_counts(void **state)
{
    (void)state;
    struct zv_trunk entries[] = {
        entry("proxy.example", false),
        entry("1001@proxy.example", false),
        entry("1001@Sip.example", true),
        entry("sip.example", true),
    };
    static const size_t order[] = {2, 1, 3, 0};
    struct zv_trunks trunks = {.entries = entries, .count = ZV_ARRAY_LEN(entries)};
    const struct zv_trunk_account account = {
        .user = zv_str("1001"), .domain = zv_str("SIP.example"), .proxy = zv_str("proxy.example")};
    trunks.defaults.strict = true;
    for (size_t i = 0; i < ZV_ARRAY_LEN(order); i++) {
        assert_int_equal(zv_trunk_settings_of(&trunks, &account).strict, i % 2 == 0);
        entries[order[i]].has_strict = false;
    }
    assert_true(zv_trunk_settings_of(&trunks, &account).strict);
}

static void entries_of_others_do_not_count(void **state)
{
    (void)state;
    static const char *const others[] = {"1002@sip.example", "b.example", "sip.example.org",
                                         "1001@b.example", "example"};
    const struct zv_trunk_account account = {
        .user = zv_str("1001"), .domain = zv_str("sip.example"), .proxy = zv_str("sip.example")};
    for (size_t i = 0; i < ZV_ARRAY_LEN(others); i++) {
        struct zv_trunk trunk = entry(others[i], true);
        struct zv_trunks trunks = {.entries = &trunk, .count = 1};
        assert_false(zv_trunk_settings_of(&trunks, &account).strict);
    }
}

static void a_call_gets_the_settings_of_its_account(void **state)
{
    (void)state;
    struct zv_trunk trunk = entry("1001@sip.example", true);
    struct desk desk;
    desk_open_with(&desk, (struct zv_switch_cfg){.trunks = {.entries = &trunk, .count = 1}});
    desk_trying(&desk);
    assert_true(desk.create.strict);
    desk_end_all(&desk);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_are_domains_or_accounts),
    cmocka_unit_test(the_most_special_entry_counts),
    cmocka_unit_test(entries_of_others_do_not_count),
    cmocka_unit_test(a_call_gets_the_settings_of_its_account),
};
ZV_TEST_MAIN(tests)
