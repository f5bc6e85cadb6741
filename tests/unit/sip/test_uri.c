/* URIs and name-addrs: what the grammar allows, what it does not, equality, escaping. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "sip/uri.h"

#include <string.h>

static struct zv_sip_uri parsed(const char *text)
{
    struct zv_sip_uri uri;
    memset(&uri, 0, sizeof(uri));
    if (zv_sip_uri_parse(zv_str(text), &uri))
        fail_msg("refused: %s", text);
    return uri;
}

static void a_uri_is_taken_apart(void **state)
{
    (void)state;
    struct zv_sip_uri uri =
        parsed("sips:al%20ice:pa$s@[2001:db8::9]:5071;transport=tcp;LR?Subject=a&x=");
    struct zv_str value;
    assert_int_equal(uri.scheme, ZV_SIP_SCHEME_SIPS);
    assert_true(zv_str_is(uri.user, "al%20ice"));
    assert_true(zv_str_is(uri.password, "pa$s"));
    assert_true(zv_str_is(uri.host, "2001:db8::9") && uri.host_is_ipv6);
    assert_int_equal(uri.port, 5071);
    assert_true(zv_sip_uri_param(&uri, "Transport", &value) && zv_str_is(value, "tcp"));
    assert_true(zv_sip_uri_param(&uri, "lr", &value) && value.len == 0);
    assert_false(zv_sip_uri_param(&uri, "maddr", &value));
    assert_true(zv_str_is(uri.headers, "Subject=a&x="));
}

static void a_short_uri_has_the_default_port_of_its_scheme(void **state)
{
    (void)state;
    struct zv_sip_uri uri = parsed("SIP:example.com");
    assert_int_equal(uri.port, 0);
    assert_int_equal(uri.user.len, 0);
    assert_int_equal(zv_sip_uri_port(&uri), 5060);
    uri = parsed("sips:example.com");
    assert_int_equal(zv_sip_uri_port(&uri), 5061);
    uri = parsed("sip:example.com:6000");
    assert_int_equal(zv_sip_uri_port(&uri), 6000);
}

static void other_schemes_stay_opaque(void **state)
{
    (void)state;
    struct zv_sip_uri uri = parsed("tel:+1-201-555-0123;phone-context=example.com");
    assert_int_equal(uri.scheme, ZV_SIP_SCHEME_TEL);
    assert_true(zv_str_is(uri.user, "+1-201-555-0123"));
    assert_true(zv_str_is(uri.params, "phone-context=example.com"));
    uri = parsed("soap.beep://192.0.2.103:3002");
    assert_int_equal(uri.scheme, ZV_SIP_SCHEME_OTHER);
    assert_true(zv_str_is(uri.text, "soap.beep://192.0.2.103:3002"));
}

static void what_the_grammar_does_not_allow_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "sip",
        "sip:",
        "sip:@example.com",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@example.com",
        "sip:a@example.com ",
        " sip:a@example.com",
        "sip:a@ example.com",
        "sip:a\"b@example.com",
        "sip:a<b@example.com",
        "sip:a%4@example.com",
        "sip:a%zz@example.com",
        "sip:a@-example.com",
        "sip:a@exa_mple.com",
        "sip:a@example..com",
        "sip:a@256.1.1.1",
        "sip:a@1.2.3",
        "sip:a@[1.2.3.4]",
        "sip:a@[::1",
        "sip:a@::1",
        "sip:a@[fe80::1%25eth0]",
        "sip:a@example.com:",
        "sip:a@example.com:0",
        "sip:a@example.com:65536",
        "sip:a@example.com:50 60",
        "sip:a@example.com;",
        "sip:a@example.com;;lr",
        "sip:a@example.com;lr=",
        "sip:a@example.com;=x",
        "sip:a@example.com;lr;lr",
        "sip:a@example.com;x=a@b",
        "sip:a@example.com;x=\"a\"",
        "sip:a@example.com?",
        "sip:a@example.com?x",
        "sip:a@example.com?x=y&",
        "sip:a@example.com\r\n",
        "sip:\xc3\xa4@example.com",
        "tel:",
        "tel:+1 2",
        "1sip:a@b",
        "http:",
        "isbn:a b",
    };
    struct zv_sip_uri uri = {.port = 77};
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        if (zv_sip_uri_parse(zv_str(bad[i]), &uri) != ZV_E_PARSE)
            fail_msg("taken: %s", bad[i]);
    }
    assert_int_equal(uri.port, 77);
    assert_int_equal(zv_sip_uri_parse(zv_str_n("sip:a\0b@example.com", 19), &uri), ZV_E_PARSE);
}

static void more_parameters_than_any_uri_needs_are_refused(void **state)
{
    (void)state;
    char text[1024];
    struct zv_buf buf = zv_buf(text, sizeof(text));
    struct zv_sip_uri uri;
    zv_buf_put_text(&buf, "sip:h");
    for (int i = 0; i < 80; i++)
        zv_buf_printf(&buf, ";p%d", i);
    assert_int_equal(zv_sip_uri_parse(zv_buf_str(&buf), &uri), ZV_E_PARSE);
}

/* RFC 3261 §19.1.4, its own examples and the rules that they leave out. */
static void equality_follows_the_rfc(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } pairs[] = {
        {"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true},
        {"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
        {"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true},
        {"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
         "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true},
        {"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
         "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true},
        {"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false},
        {"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
        {"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
        {"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false},
        {"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false},
        {"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
        {"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false},
        {"sip:a@h;maddr=1.2.3.4", "sip:a@h", false},
        {"sip:a@h", "sips:a@h", false},
        {"sip:a%3bb@h", "sip:a;b@h", false},
        {"sip:a%3Bb@h", "sip:a%3bb@h", true},
        {"sip:a@h", "sip:h", false},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(pairs); i++) {
        struct zv_sip_uri a = parsed(pairs[i].a), b = parsed(pairs[i].b);
        if (zv_sip_uri_eq(&a, &b) != pairs[i].equal || zv_sip_uri_eq(&b, &a) != pairs[i].equal)
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
    }
}

static void user_parts_are_escaped_and_back(void **state)
{
    (void)state;
    char memory[64], back[64];
    static const char raw[] = "a;b?c/d e@\xc3\xa4:%\"<";
    struct zv_buf buf = zv_buf(memory, sizeof(memory)), plain = zv_buf(back, sizeof(back));
    assert_int_equal(zv_sip_user_escape(zv_str(raw), &buf), 0);
    assert_string_equal(zv_buf_cstr(&buf), "a%3Bb%3Fc%2Fd%20e%40%C3%A4%3A%25%22%3C");
    assert_true(zv_sip_is_user(zv_buf_str(&buf)));
    assert_int_equal(zv_sip_user_unescape(zv_buf_str(&buf), &plain), 0);
    assert_true(zv_str_is(zv_buf_str(&plain), raw));
    assert_int_equal(zv_sip_user_escape(zv_str("+1(2)-3*#"), &plain), 0);
}

static void no_control_character_passes_the_escaping(void **state)
{
    (void)state;
    char memory[64];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    assert_int_equal(zv_sip_user_escape(zv_str(""), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_escape(zv_str("a\r\nb"), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_escape(zv_str("a\x7f"), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_escape(zv_str("\xff"), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_unescape(zv_str("a%00b"), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_unescape(zv_str("a%0d%0a"), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_unescape(zv_str("%ff"), &buf), ZV_E_INVAL);
    assert_int_equal(zv_sip_user_unescape(zv_str("a%4"), &buf), ZV_E_PARSE);
    assert_int_equal(buf.len, 0);
    buf.cap = 4;
    assert_int_equal(zv_sip_user_unescape(zv_str("abcdef"), &buf), 0);
    assert_true(buf.overflow);
}

static struct zv_sip_name_addr addr_of(const char *text)
{
    struct zv_sip_name_addr addr;
    memset(&addr, 0, sizeof(addr));
    if (zv_sip_name_addr_parse(zv_str(text), &addr))
        fail_msg("refused: %s", text);
    return addr;
}

static void a_name_addr_is_taken_apart(void **state)
{
    (void)state;
    struct zv_str value;
    char memory[64];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_name_addr addr =
        addr_of(" \"Bob \\\"the <b>\\\\ \r\n one\" \r\n <sip:bob@h;x=1> ; tag = 7 ;q=\"a;b\"");
    assert_true(zv_str_is(addr.uri.text, "sip:bob@h;x=1"));
    assert_true(zv_sip_name_addr_param(&addr, "TAG", &value) && zv_str_is(value, "7"));
    assert_true(zv_sip_name_addr_param(&addr, "q", &value) && zv_str_is(value, "a;b"));
    assert_false(zv_sip_name_addr_param(&addr, "x", &value));
    assert_int_equal(zv_sip_name_addr_display(&addr, &buf), 0);
    assert_string_equal(zv_buf_cstr(&buf), "Bob \"the <b>\\ one");
    addr = addr_of("Anna M\xc3\xbcller <sip:anna@h>");
    assert_true(zv_str_is(addr.display, "Anna M\xc3\xbcller"));
}

static void without_brackets_parameters_belong_to_the_header(void **state)
{
    (void)state;
    struct zv_str value;
    struct zv_sip_name_addr addr = addr_of("sip:bob@h;tag=7");
    assert_true(zv_str_is(addr.uri.text, "sip:bob@h"));
    assert_int_equal(addr.uri.params.len, 0);
    assert_true(zv_sip_name_addr_param(&addr, "tag", &value) && zv_str_is(value, "7"));
    assert_true(addr_of("*").is_star);
}

static void malformed_name_addrs_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\"",
        "<sip:a@h",
        "sip:a@h>",
        "\"Bob <sip:a@h>",
        "\"Bob\" x <sip:a@h>",
        "Bell, Alexander <sip:a@h>",
        "<<sip:a@h>>",
        "< sip:a@h >",
        "<sip:a@h> x",
        "<sip:a@h>;",
        "<sip:a@h>;;tag=1",
        "<sip:a@h>;tag=1;Tag=2",
        "<sip:a@h>;tag=a b",
        "<sip:a@h>;tag=\"x",
        "sip:a@h?x=y",
        "sip:a,b@h",
        "<>",
        "\"*\"",
    };
    struct zv_sip_name_addr addr;
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        if (zv_sip_name_addr_parse(zv_str(bad[i]), &addr) != ZV_E_PARSE)
            fail_msg("taken: %s", bad[i]);
    }
}

static void a_display_name_with_a_control_is_not_shown(void **state)
{
    (void)state;
    char memory[64];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_sip_name_addr addr = addr_of("\"a\\\x01\" <sip:a@h>");
    assert_int_equal(zv_sip_name_addr_display(&addr, &buf), ZV_E_INVAL);
    addr = addr_of("\"M\xfcller\" <sip:a@h>");
    assert_int_equal(zv_sip_name_addr_display(&addr, &buf), ZV_E_INVAL);
    assert_int_equal(buf.len, 0);
}

static void lists_are_walked_past_commas_in_quotes_and_brackets(void **state)
{
    (void)state;
    struct zv_str rest = zv_str("\"a, b\" <sip:a,x@h>, <bad, sip:b@h;p=\"1,2\" ,<sip:c@h>");
    struct zv_sip_name_addr addr;
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), 0);
    assert_true(zv_str_is(addr.uri.text, "sip:a,x@h"));
    /* A bracket that never closes swallows what follows up to one that does. */
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), ZV_E_PARSE);
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), ZV_E_NOTFOUND);
    rest = zv_str("sip:a@h, nonsense, <sip:c@h>");
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), 0);
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), ZV_E_PARSE);
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), 0);
    assert_true(zv_str_is(addr.uri.text, "sip:c@h"));
    assert_int_equal(zv_sip_name_addr_next(&rest, &addr), ZV_E_NOTFOUND);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_uri_is_taken_apart),
    cmocka_unit_test(a_short_uri_has_the_default_port_of_its_scheme),
    cmocka_unit_test(other_schemes_stay_opaque),
    cmocka_unit_test(what_the_grammar_does_not_allow_is_refused),
    cmocka_unit_test(more_parameters_than_any_uri_needs_are_refused),
    cmocka_unit_test(equality_follows_the_rfc),
    cmocka_unit_test(user_parts_are_escaped_and_back),
    cmocka_unit_test(no_control_character_passes_the_escaping),
    cmocka_unit_test(a_name_addr_is_taken_apart),
    cmocka_unit_test(without_brackets_parameters_belong_to_the_header),
    cmocka_unit_test(malformed_name_addrs_are_refused),
    cmocka_unit_test(a_display_name_with_a_control_is_not_shown),
    cmocka_unit_test(lists_are_walked_past_commas_in_quotes_and_brackets),
};
ZV_TEST_MAIN(tests)
