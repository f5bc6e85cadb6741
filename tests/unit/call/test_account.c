/* Fields of an account: each refusal with its field, its place and what to type instead. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "call/account.h"

#include <stdio.h>
#include <string.h>

static struct zv_account account;
static struct zv_account_fault fault;

static struct zv_in_connect good(void)
{
    return (struct zv_in_connect){.sip_login = zv_str("1001"),
                                  .sip_password = zv_str("secret"),
                                  .sip_domain = zv_str("sip.example"),
                                  .sip_port = zv_str("5060")};
}

static bool read(const struct zv_in_connect *in)
{
    return zv_account_read(in, false, &account, &fault);
}

static char long_text[10001];

static void contact_parameters_are_parameters_and_nothing_else(void **state)
{
    static const struct {
        const char *given, *taken;
    } good_params[] = {
        {"", ""},
        {"null", ""},
        {"pn-provider=fcm;pn-prid=a:b", NULL},
        {";pn-provider=fcm;pn-prid=a.b_c", "pn-provider=fcm;pn-prid=a.b_c"},
        {"+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\";q=0.5;ob",
         "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\";q=0.5;ob"},
        {"a=\"x;y=z\";y", "a=\"x;y=z\";y"},
    };
    static const char *const bad_params[] = {
        "a=b;",
        ";;a",
        "a=",
        "=b",
        "a b",
        "a=b c",
        "a=b>",
        "a=b,<sip:evil@x>",
        "a=\"b",
        "a=\"b\"c",
        "a=\"\\\"\"",
        "a\r\nVia: x",
        "a=\"\r\n\"",
        "a=\"\x7f\"",
        "a;A=1",
        "a=1;b;a",
        "expires=0",
        "expires",
        "expires=x",
        "a;Expires=86401",
        "expires=-1",
        "expires=1;a;expires=2",
        "tag=x",
        "\xd0\xaf",
        "a=\"\xd0\xaf\"",
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(good_params); i++) {
        struct zv_in_connect in = good();
        in.sip_contact_params = zv_str(good_params[i].given);
        bool is_taken = read(&in);
        if (is_taken != (good_params[i].taken != NULL))
            fail_msg("%s: %s", good_params[i].given, is_taken ? "taken" : fault.text);
        if (is_taken)
            assert_string_equal(account.contact_params, good_params[i].taken);
    }
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad_params); i++) {
        struct zv_in_connect in = good();
        in.sip_contact_params = zv_str(bad_params[i]);
        if (read(&in))
            fail_msg("taken: %s", bad_params[i]);
        assert_string_equal(fault.field, "sipContactParams");
    }
    struct zv_in_connect in = good();
    in.sip_contact_params = zv_str("a=b;Expires=60;c"); /* which is the registration's time */
    assert_true(read(&in));
    assert_string_equal(account.contact_params, "a=b;c");
    assert_int_equal(account.expires_s, 60);
    in.sip_contact_params = zv_str(";expires=60");
    assert_true(read(&in));
    assert_string_equal(account.contact_params, "");
    in.sip_contact_params = zv_str("a=b;c=d e;f");
    assert_false(read(&in));
    assert_string_equal(fault.text, "sipContactParams: what begins at position 5 is no parameter");
    memset(long_text, 'a', sizeof(long_text) - 1);
    in.sip_contact_params = zv_str(long_text);
    assert_false(read(&in));
}

/* What a login must not be. 10 kB and the like come below. */
static const struct {
    const char *login, *text, *remedy;
} bad_logins[] = {
    {"Ralf C12441@host.com", "sipLogin: a blank at position 5 is not allowed",
     "try Ralf_C12441; \"@host.com\" belongs to sipDomain"},
    {"1001@sip.example", "sipLogin: the character \"@\" at position 5 is not allowed",
     "try 1001; \"@sip.example\" belongs to sipDomain"},
    {" 1001", "sipLogin: a blank at position 1 is not allowed", "try 1001"},
    {"1001 ", "sipLogin: a blank at position 5 is not allowed", "try 1001"},
    {"<1001>", "sipLogin: the character \"<\" at position 1 is not allowed", "try 1001"},
    {"\"Bob\"", "sipLogin: the character \"\"\" at position 1 is not allowed", "try Bob"},
    {"sip:1001@sip.example", "sipLogin: the character \":\" at position 4 is not allowed",
     "try 1001; \"@sip.example\" belongs to sipDomain"},
    {"10\r\nVia: evil", "sipLogin: a control character (0x0d) at position 3 is not allowed",
     "try 10_Via_evil"},
    {"10\n01", "sipLogin: a control character (0x0a) at position 3 is not allowed", "try 10_01"},
    {"10\t01", "sipLogin: a control character (0x09) at position 3 is not allowed", "try 10_01"},
    {"10%0001", "sipLogin: a \"%\" that begins no valid escape at position 3 is not allowed",
     "try 10_0001"},
    {"10%0d%0aVia", "sipLogin: a \"%\" that begins no valid escape at position 3 is not allowed",
     "try 10_0d_0aVia"},
    {"10%ff", "sipLogin: a \"%\" that begins no valid escape at position 3 is not allowed",
     "try 10_ff"},
    {"10%D0%41", "sipLogin: a \"%\" that begins no valid escape at position 3 is not allowed",
     "try 10_D0_41"},
    {"100%", "sipLogin: the character \"%\" at position 4 is not allowed", "try 100"},
    {"10%zz1", "sipLogin: a \"%\" that begins no valid escape at position 3 is not allowed",
     "try 10_zz1"},
    {"a\\b", "sipLogin: the character \"\\\" at position 2 is not allowed", "try a_b"},
    {"Ян", "sipLogin: the character \"Я\" at position 1 is not allowed",
     "use letters, digits and -_.!~*'()&=+$,"},
    {"ivan☎7", "sipLogin: the character \"☎\" at position 5 is not allowed", "try ivan_7"},
    {"я\x01z", "sipLogin: the character \"я\" at position 1 is not allowed", "try z"},
    {"a\xff", "sipLogin: the byte 0xff at position 2 is not allowed", "try a"},
    {"a#b", "sipLogin: the character \"#\" at position 2 is not allowed", "try a_b"},
    {"[a]", "sipLogin: the character \"[\" at position 1 is not allowed", "try a"},
    {"a@b@c", "sipLogin: the character \"@\" at position 2 is not allowed", "try a"},
    {"", "sipLogin is missing", "fill in sipLogin"},
};

static void bad_logins_are_refused_with_place_and_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad_logins); i++) {
        struct zv_in_connect in = good();
        in.sip_login = zv_str(bad_logins[i].login);
        assert_false(read(&in));
        assert_int_equal(fault.cause, ZV_CAUSE_BAD_ACCOUNT);
        assert_string_equal(fault.field, "sipLogin");
        assert_string_equal(fault.text, bad_logins[i].text);
        assert_string_equal(fault.remedy, bad_logins[i].remedy);
    }
}

static const struct {
    const char *login, *user;
} good_logins[] = {
    {"1001", "1001"},   {"Ralf_C12441", "Ralf_C12441"}, {"a-b.c!d~e*f'g(h)", "a-b.c!d~e*f'g(h)"},
    {"&=+$,", "&=+$,"}, {"a;b?c/d", "a%3Bb%3Fc%2Fd"},   {"a;maddr=10.0.0.1", "a%3Bmaddr=10.0.0.1"},
    {"a%20b", "a%20b"}, {"%D0%AF", "%D0%AF"},
};

static void a_login_is_the_user_of_rfc_3261(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(good_logins); i++) {
        struct zv_in_connect in = good();
        in.sip_login = zv_str(good_logins[i].login);
        assert_true(read(&in));
        assert_string_equal(account.login, good_logins[i].login);
        assert_string_equal(account.user, good_logins[i].user);
        assert_string_equal(account.auth_name, good_logins[i].login);
    }
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    struct zv_in_connect in = good();
    in.sip_port = (struct zv_str){0};
    in.sip_domain = zv_str("SIP.Example.ORG");
    in.sip_visible_name = zv_str("null");
    assert_true(read(&in));
    assert_string_equal(account.domain, "sip.example.org");
    assert_string_equal(account.proxy_host, "sip.example.org");
    assert_int_equal(account.proxy_port, 0);
    assert_string_equal(account.display, "");
    in.sip_proxy = zv_str("fallback.example");
    assert_true(read(&in));
    assert_string_equal(account.proxy_host, "fallback.example");
    in.sip_outbound_proxy = zv_str("192.0.2.7:5070;transport=UDP");
    assert_true(read(&in));
    assert_string_equal(account.proxy_host, "192.0.2.7");
    assert_int_equal(account.proxy_port, 5070);
    in.sip_outbound_proxy = zv_str("[2001:DB8::7]:5071");
    assert_true(read(&in));
    assert_string_equal(account.proxy_host, "[2001:db8::7]");
    assert_int_equal(account.proxy_port, 5071);
    in.sip_outbound_proxy = zv_str("2001:db8::7");
    assert_true(read(&in));
    assert_string_equal(account.proxy_host, "[2001:db8::7]");
}

static void the_authentication_name_has_its_own_rules(void **state)
{
    (void)state;
    struct zv_in_connect in = good();
    in.sip_auth_name = zv_str("Ralf C");
    assert_false(read(&in));
    assert_string_equal(fault.field, "sipAuthenticationName");
    assert_string_equal(fault.text, "sipAuthenticationName: a blank at position 5 is not allowed");
    assert_string_equal(fault.remedy, "try Ralf_C");
    assert_true(zv_account_read(&in, true, &account, &fault));
    assert_string_equal(account.auth_name, "Ralf C");
    in.sip_auth_name = zv_str("ralf@host.com");
    assert_true(read(&in));
    in.sip_auth_name = zv_str("ральф");
    assert_true(read(&in));
    static const char *const bad[] = {"a<b", "a>b", "a\"b", "a\\b", "a\nb", "a\x7f", "\xc3("};
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        in.sip_auth_name = zv_str(bad[i]);
        assert_false(zv_account_read(&in, true, &account, &fault));
        assert_string_equal(fault.field, "sipAuthenticationName");
    }
    in.sip_auth_name = zv_str_n("a\0b", 3);
    assert_false(read(&in));
}

static const struct {
    const char *domain, *remedy;
} bad_domains[] = {
    {"", "fill in sipDomain"},
    {"sip.example:5060", "try sip.example; the port 5060 belongs to sipPort"},
    {"sip:sip.example", "try sip.example"},
    {"sip.example;transport=tcp", "write it like sip.example.org or 192.0.2.1"},
    {"sip.example;maddr=127.0.0.1", "write it like sip.example.org or 192.0.2.1"},
    {"sip.example?Route=x", "write it like sip.example.org or 192.0.2.1"},
    {"sip.example\r\nRoute: x", "write it like sip.example.org or 192.0.2.1"},
    {"sip example", "write it like sip.example.org or 192.0.2.1"},
    {"-sip.example", "write it like sip.example.org or 192.0.2.1"},
    {"sip..example", "write it like sip.example.org or 192.0.2.1"},
    {"sip.example.", "write it like sip.example.org or 192.0.2.1"},
    {"127.1", "write it like sip.example.org or 192.0.2.1"},
    {"2130706433", "write it like sip.example.org or 192.0.2.1"},
    {"0x7f000001", "write it like sip.example.org or 192.0.2.1"},
    {"0177.0.0.1", "write it like sip.example.org or 192.0.2.1"},
    {"127.0.0.0x1", "write it like sip.example.org or 192.0.2.1"},
    {"1.2.3.4.5", "write it like sip.example.org or 192.0.2.1"},
    {"[::1", "write it like sip.example.org or 192.0.2.1"},
    {"user@sip.example", "write it like sip.example.org or 192.0.2.1"},
    {"пример.рф", "write it like sip.example.org or 192.0.2.1"},
};

static void bad_domains_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad_domains); i++) {
        struct zv_in_connect in = good();
        in.sip_domain = zv_str(bad_domains[i].domain);
        assert_false(read(&in));
        assert_string_equal(fault.field, "sipDomain");
        assert_string_equal(fault.remedy, bad_domains[i].remedy);
        in = good();
        in.sip_outbound_proxy = zv_str(bad_domains[i].domain);
        if (in.sip_outbound_proxy.len && !strchr(bad_domains[i].domain, ':')) {
            assert_false(read(&in));
            assert_string_equal(fault.field, "sipOutboundProxy");
        }
    }
}

static void bad_ports_and_proxies_are_refused(void **state)
{
    (void)state;
    static const char *const ports[] = {
        "65536", "-1", "5060x", " 5060", "0x13c4", "99999999999", "5060;transport=tcp", "1e3"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(ports); i++) {
        struct zv_in_connect in = good();
        in.sip_port = zv_str(ports[i]);
        assert_false(read(&in));
        assert_string_equal(fault.field, "sipPort");
    }
    static const char *const proxies[] = {"p.example:70000", "p.example;transport=tcp",
                                          "p.example;lr",    "p.example:5060;maddr=1.2.3.4",
                                          "sip:p.example",   ":5060"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(proxies); i++) {
        struct zv_in_connect in = good();
        in.sip_outbound_proxy = zv_str(proxies[i]);
        assert_false(read(&in));
        assert_string_equal(fault.field, "sipOutboundProxy");
    }
}

static void long_fields_are_refused_and_the_password_is_never_quoted(void **state)
{
    (void)state;
    memset(long_text, 'a', sizeof(long_text) - 1);
    struct zv_in_connect in = good();
    in.sip_login = zv_str(long_text);
    assert_false(read(&in));
    assert_string_equal(fault.text, "sipLogin is 10000 bytes long, at most 128 are allowed");
    in = good();
    in.sip_auth_name = zv_str(long_text);
    assert_false(read(&in));
    in = good();
    in.sip_domain = zv_str(long_text);
    assert_false(read(&in));
    in = good();
    memset(long_text, 'p', sizeof(long_text) - 1);
    in.sip_password = zv_str(long_text);
    assert_false(read(&in));
    assert_string_equal(fault.field, "sipPassword");
    assert_null(strstr(fault.text, "ppp"));
    assert_null(strstr(fault.remedy, "ppp"));
}

static void names_to_show_take_any_text(void **state)
{
    (void)state;
    char name[16];
    zv_account_clean_name(zv_str("Ральф C"), name, sizeof(name));
    assert_string_equal(name, "Ральф C");
    zv_account_clean_name(zv_str("a\r\nb\x7f"), name, sizeof(name));
    assert_string_equal(name, "a  b ");
    zv_account_clean_name(zv_str("ЖЖЖЖЖЖЖЖЖЖ"), name, sizeof(name));
    assert_string_equal(name, "ЖЖЖЖЖЖЖ"); /* 14 bytes: cut at a character */
    zv_account_clean_name(zv_str("null"), name, sizeof(name));
    assert_string_equal(name, "");
    zv_account_clean_name(zv_str("a\xff"), name, sizeof(name));
    assert_string_equal(name, "");
    zv_account_clean_name((struct zv_str){0}, name, sizeof(name));
    assert_string_equal(name, "");
}

static const struct {
    const char *callee, *user; /* NULL: refused */
} callees[] = {
    {"1002", "1002"},
    {"+7 (495) 123-45-67", "+74951234567"},
    {"8.800.555-35-35", "88005553535"},
    {"*72#", "*72%23"},
    {"bob", "bob"},
    {"a-b.c", "a-b.c"},
    {"sip:1002@sip.example", "1002"},
    {"SIP:1002@SIP.EXAMPLE", "1002"},
    {"1002@sip.example", "1002"},
    {"sip:1002", "1002"},
    {"a;b", "a%3Bb"},
    {"1002@other.example", NULL},
    {"sip:1002@sip.example;maddr=127.0.0.1", NULL},
    {"sip:1002@sip.example?Route=%3Csip:evil%3E", NULL},
    {"sip:1002@sip.example:5061", NULL},
    {"sip:1002:pw@sip.example", NULL},
    {"sip:1002@evil@sip.example", NULL},
    {"sips:1002@sip.example", NULL},
    {"tel:+7495", NULL},
    {"<sip:1002@sip.example>", NULL},
    {"@sip.example", NULL},
    {"sip:", NULL},
    {"bob smith", NULL},
    {"10\r\nRoute: x", NULL},
    {"боб", NULL},
    {"%00", NULL},
    {"", NULL},
    {"%D0%AF", "%D0%AF"},
    {"10%ff", NULL},
    {"10%D0", NULL},
    {"sip%3A1002%40other.example", NULL},
    {"%73ips%3a1002%40other.example", NULL},
    {"1002%3A5060", NULL},
};

static void callees_are_numbers_or_addresses_of_the_own_domain(void **state)
{
    (void)state;
    char user[ZV_ACCOUNT_CALLEE_CAP];
    for (size_t i = 0; i < ZV_ARRAY_LEN(callees); i++) {
        bool is_good =
            zv_account_read_callee(zv_str(callees[i].callee), zv_str("sip.example"), user, &fault);
        assert_int_equal(is_good, callees[i].user != NULL);
        if (is_good) {
            assert_string_equal(user, callees[i].user);
            continue;
        }
        assert_int_equal(fault.cause, ZV_CAUSE_BAD_CALLEE);
        assert_string_equal(fault.field, "callee");
        assert_true(fault.text[0] && fault.remedy[0]);
    }
    memset(long_text, '1', sizeof(long_text) - 1);
    assert_false(zv_account_read_callee(zv_str(long_text), zv_str("sip.example"), user, &fault));
    assert_false(zv_account_read_callee(zv_str_n("1\0"
                                                 "23",
                                                 4),
                                        zv_str("sip.example"), user, &fault));
}

static void each_cause_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < ZV_CAUSE_COUNT; i++) {
        const struct zv_cause_info *cause = zv_cause_info((enum zv_cause)i);
        assert_true(cause->name[0]);
        assert_true(cause->text[0]);
        assert_true(cause->text[strlen(cause->text) - 1] != '.');
        assert_true(i == ZV_CAUSE_NONE || (cause->sip_status >= 400 && cause->sip_status < 700));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(cause->name, zv_cause_name((enum zv_cause)j));
        /* A fault tells who is asked to mend it. */
        assert_true(cause->outcome != ZV_OUTCOME_FAILED || cause->hop != ZV_HOP_NONE ||
                    i == ZV_CAUSE_NO_MEDIA);
    }
    assert_string_equal(zv_cause_name((enum zv_cause)9999), "internal_error");
    for (int status = 300; status < 700; status++)
        assert_true(zv_cause_of_sip_status(status) != ZV_CAUSE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_logins_are_refused_with_place_and_remedy),
        cmocka_unit_test(a_login_is_the_user_of_rfc_3261),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(the_authentication_name_has_its_own_rules),
        cmocka_unit_test(bad_domains_are_refused),
        cmocka_unit_test(bad_ports_and_proxies_are_refused),
        cmocka_unit_test(long_fields_are_refused_and_the_password_is_never_quoted),
        cmocka_unit_test(names_to_show_take_any_text),
        cmocka_unit_test(callees_are_numbers_or_addresses_of_the_own_domain),
        cmocka_unit_test(contact_parameters_are_parameters_and_nothing_else),
        cmocka_unit_test(each_cause_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
