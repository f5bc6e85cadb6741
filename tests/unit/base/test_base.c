/* Strings, buffers, addresses, tables and timers: what every other folder stands on. */
#include "support/test.h"

#include "base/addr.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/timers.h"

#include <stdio.h>
#include <string.h>

static void errors_have_names_and_sentences(void **state)
{
    (void)state;
    assert_string_equal(zv_err_name(ZV_E_LIMIT), "ZV_E_LIMIT");
    assert_string_equal(zv_err_text(ZV_E_GONE), "the object no longer exists");
    assert_string_equal(zv_err_name(-999), "ZV_E_UNKNOWN");
}

static void strings_split_and_compare(void **state)
{
    (void)state;
    struct zv_str rest = zv_str("a,,b"), token;
    assert_true(zv_str_split(&rest, ',', &token) && zv_str_is(token, "a"));
    assert_true(zv_str_split(&rest, ',', &token) && token.len == 0);
    assert_true(zv_str_split(&rest, ',', &token) && zv_str_is(token, "b"));
    assert_false(zv_str_split(&rest, ',', &token));
    assert_true(zv_str_eqi(zv_str("CSeq"), zv_str("cseq")));
    assert_true(zv_str_is(zv_str_trim(zv_str(" \tx ")), "x"));
    rest = zv_str("one\r\ntwo\nthree");
    assert_true(zv_str_line(&rest, &token) && zv_str_is(token, "one"));
    assert_true(zv_str_line(&rest, &token) && zv_str_is(token, "two"));
    assert_true(zv_str_line(&rest, &token) && zv_str_is(token, "three"));
    assert_false(zv_str_line(&rest, &token));
}

static void numbers_do_not_wrap(void **state)
{
    (void)state;
    uint32_t value = 7;
    assert_int_equal(zv_str_to_u32(zv_str("4294967295"), &value), 0);
    assert_int_equal(value, UINT32_MAX);
    assert_int_equal(zv_str_to_u32(zv_str("4294967296"), &value), ZV_E_PARSE);
    assert_int_equal(zv_str_to_u32(zv_str(""), &value), ZV_E_PARSE);
    assert_int_equal(zv_str_to_u32(zv_str("-1"), &value), ZV_E_PARSE);
    uint64_t big;
    assert_int_equal(zv_str_to_u64(zv_str("18446744073709551616"), &big), ZV_E_PARSE);
}

static void utf8_is_checked(void **state)
{
    (void)state;
    assert_true(zv_str_is_utf8(zv_str("звонок ☎ 𝄞")));
    assert_false(zv_str_is_utf8(zv_str("\xc0\xaf")));
    assert_false(zv_str_is_utf8(zv_str("\xed\xa0\x80")));
    assert_false(zv_str_is_utf8(zv_str("\xf5\x80\x80\x80")));
    assert_false(zv_str_is_utf8(zv_str("\xe2\x82")));
}

static void buffer_overflow_is_remembered(void **state)
{
    (void)state;
    char memory[8];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    zv_buf_put_text(&buf, "12345");
    zv_buf_printf(&buf, "%d", 6789);
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 5);
    zv_buf_put_char(&buf, 'x');
    assert_int_equal(buf.len, 5);
    assert_null(zv_buf_cstr(&buf));
}

static void numbers_are_written_in_decimal(void **state)
{
    (void)state;
    char memory[128];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    zv_buf_put_uint(&out, 0);
    zv_buf_put_text(&out, " ");
    zv_buf_put_uint(&out, UINT64_MAX);
    zv_buf_put_text(&out, " ");
    zv_buf_put_int(&out, -10);
    zv_buf_put_text(&out, " ");
    zv_buf_put_int(&out, INT64_MAX);
    zv_buf_put_text(&out, " ");
    zv_buf_put_int(&out, INT64_MIN);
    assert_string_equal(zv_buf_cstr(&out), "0 18446744073709551615 -10 9223372036854775807 "
                                           "-9223372036854775808");
    struct zv_buf small = zv_buf(memory, 2);
    zv_buf_put_int(&small, -10); /* whole or not at all */
    assert_true(small.overflow);
    assert_int_equal(small.len, 0);
}

static void check_address(const char *text, const char *expected)
{
    struct zv_addr addr;
    char out[ZV_ADDR_TEXT_CAP];
    if (!expected) {
        assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), ZV_E_PARSE);
        return;
    }
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    assert_string_equal(zv_addr_write_ip(&addr, out), expected);
}

static void addresses_are_parsed_strictly(void **state)
{
    (void)state;
    check_address("192.0.2.1", "192.0.2.1");
    check_address("192.0.2.01", NULL);
    check_address("192.0.2", NULL);
    check_address("192.0.2.1.", NULL);
    check_address("256.0.0.1", NULL);
    check_address("0x7f.1", NULL);
    check_address("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
    check_address("2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1");
    check_address("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    check_address("::", "::");
    check_address("1::", "1::");
    check_address("::ffff:192.0.2.1", "::ffff:c000:201");
    check_address("1:2:3:4:5:6:7", NULL);
    check_address("1::2::3", NULL);
    check_address("fe80::1%eth0", NULL);
    check_address("", NULL);
}

static void check_base64(const char *text, const char *expected)
{
    char memory[64];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    zv_base64_write(&out, text, strlen(text));
    assert_int_equal(out.len, ZV_BASE64_CHARS(strlen(text)));
    assert_string_equal(zv_buf_cstr(&out), expected);
}

/* RFC 4648 section 10. */
static void base64_of_the_rfc(void **state)
{
    (void)state;
    check_base64("", "");
    check_base64("f", "Zg==");
    check_base64("fo", "Zm8=");
    check_base64("foo", "Zm9v");
    check_base64("foob", "Zm9vYg==");
    check_base64("fooba", "Zm9vYmE=");
    check_base64("foobar", "Zm9vYmFy");
    check_base64("\xff\xfe\xfb", "//77");
}

static void address_with_port(void **state)
{
    (void)state;
    struct zv_addr addr;
    char out[ZV_ADDR_TEXT_CAP];
    assert_int_equal(zv_addr_parse(zv_str("[2001:db8::1]:5060"), &addr), 0);
    assert_string_equal(zv_addr_write(&addr, out), "[2001:db8::1]:5060");
    struct zv_addr tcp = addr;
    tcp.transport = ZV_ADDR_TCP;
    assert_string_equal(zv_addr_write(&tcp, out), "[2001:db8::1]:5060/tcp");
    assert_false(zv_addr_eq(&addr, &tcp));
    assert_true(zv_addr_ip_eq(&addr, &tcp));
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.1:65536"), &addr), ZV_E_PARSE);
    assert_int_equal(zv_addr_parse(zv_str("[192.0.2.1]:1"), &addr), ZV_E_PARSE);
}

static void check_class(const char *text, bool is_private, bool is_public)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    if (zv_addr_is_private(&addr) != is_private || zv_addr_is_public(&addr) != is_public)
        fail_msg("%s: private %d, public %d", text, zv_addr_is_private(&addr),
                 zv_addr_is_public(&addr));
}

static void address_classes(void **state)
{
    (void)state;
    check_class("203.0.113.7", false, true);
    check_class("2001:db8::1", false, true);
    check_class("10.1.2.3", true, false);
    check_class("172.31.255.255", true, false);
    check_class("172.32.0.0", false, true);
    check_class("100.64.0.1", true, false);
    check_class("127.0.0.1", true, false);
    check_class("169.254.169.254", true, false);
    check_class("::1", true, false);
    check_class("fd00::2", true, false);
    check_class("::ffff:127.0.0.1", true, false);
    check_class("::ffff:8.8.8.8", false, false);
    check_class("64:ff9b::7f00:1", false, false);
    check_class("2002:7f00:1::", false, false);
    check_class("224.0.0.1", false, false);
    check_class("0.0.0.0", false, false);
    check_class("255.255.255.255", false, false);
}

static void networks_contain_addresses(void **state)
{
    (void)state;
    struct zv_cidr cidr;
    struct zv_addr addr;
    assert_int_equal(zv_cidr_parse(zv_str("10.77.0.0/17"), &cidr), 0);
    assert_int_equal(zv_addr_parse_ip(zv_str("10.77.127.255"), &addr), 0);
    assert_true(zv_cidr_has(&cidr, &addr));
    assert_int_equal(zv_addr_parse_ip(zv_str("10.77.128.0"), &addr), 0);
    assert_false(zv_cidr_has(&cidr, &addr));
    assert_int_equal(zv_cidr_parse(zv_str("10.0.0.0/33"), &cidr), ZV_E_PARSE);
}

static void siphash_vector(void **state)
{
    (void)state;
    /* The test vector of the SipHash paper, appendix A. */
    uint8_t in[15];
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)i;
    const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    assert_true(zv_siphash(key, in, sizeof(in)) == UINT64_C(0xa129ca6149be45e5));
    assert_true(zv_siphash(key, NULL, 0) == zv_siphash(key, in, 0));
}

struct item {
    struct zv_map_node node;
    uint64_t id;
};

static void map_grows_finds_and_is_bounded(void **state)
{
    (void)state;
    struct item items[100];
    struct zv_map map;
    const uint64_t seed[2] = {1, 2};
    zv_map_init(&map, 99, seed);
    for (uint64_t i = 0; i < 99; i++) {
        items[i].id = i;
        assert_int_equal(zv_map_insert(&map, ZV_MAP_KEY_OF(items[i].id), &items[i].node), 0);
    }
    items[99].id = 5;
    assert_int_equal(zv_map_insert(&map, ZV_MAP_KEY_OF(items[99].id), &items[99].node),
                     ZV_E_EXISTS);
    items[99].id = 99;
    assert_int_equal(zv_map_insert(&map, ZV_MAP_KEY_OF(items[99].id), &items[99].node), ZV_E_LIMIT);
    uint64_t wanted = 42;
    struct zv_map_node *node = zv_map_find(&map, ZV_MAP_KEY_OF(wanted));
    assert_ptr_equal(node, &items[42].node);
    zv_map_remove(&map, node);
    assert_null(zv_map_find(&map, ZV_MAP_KEY_OF(wanted)));
    size_t count = 0;
    for (node = zv_map_next(&map, NULL); node; node = zv_map_next(&map, node))
        count++;
    assert_int_equal(count, 98);
    zv_map_fini(&map);
}

static void timers_fire_in_order(void **state)
{
    (void)state;
    struct zv_timers timers;
    struct zv_timer timer[200] = {0};
    struct zv_rand_seeded seeded = {7};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    zv_timers_init(&timers);
    assert_int_equal(zv_timers_reserve(&timers, 200), 0);
    for (size_t i = 0; i < 200; i++)
        zv_timer_arm(&timers, &timer[i], zv_rand_u32(&rand) % 1000);
    for (size_t i = 0; i < 200; i += 3)
        zv_timer_disarm(&timers, &timer[i]);
    for (size_t i = 1; i < 200; i += 3)
        zv_timer_arm(&timers, &timer[i], zv_rand_u32(&rand) % 1000);
    int64_t last = 0;
    size_t count = 0;
    for (struct zv_timer *due; (due = zv_timers_pop_due(&timers, 1000)); count++) {
        assert_true(due->at_us >= last);
        last = due->at_us;
    }
    assert_int_equal(count, 133);
    assert_true(zv_timers_next_us(&timers) == ZV_TIME_NEVER);
    zv_timers_fini(&timers);
}

static void hashes_match_published_vectors(void **state)
{
    (void)state;
    uint8_t digest[ZV_HASH_MAX_BYTES];
    char text[65];
    struct zv_buf hex = zv_buf(text, sizeof(text));
    assert_int_equal(zv_hash(ZV_HASH_MD5, "abc", 3, digest), 0); /* RFC 1321 A.5 */
    zv_buf_put_hex(&hex, digest, zv_hash_size(ZV_HASH_MD5));
    assert_string_equal(zv_buf_cstr(&hex), "900150983cd24fb0d6963f7d28e17f72");
    uint8_t mac[ZV_SHA1_BYTES]; /* RFC 2202 test case 2 */
    zv_hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, mac);
    hex = zv_buf(text, sizeof(text));
    zv_buf_put_hex(&hex, mac, sizeof(mac));
    assert_string_equal(zv_buf_cstr(&hex), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_int_equal(zv_crc32("123456789", 9), 0xcbf43926);
}

static void allocation_fails_on_demand(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    zv_alloc_fail_after(1);
    void *first = zv_zalloc(8);
    assert_non_null(first);
    assert_null(zv_zalloc(8));
    void *third = zv_zalloc(8);
    assert_non_null(third);
    zv_free(first);
    zv_free(third);
    assert_int_equal(zv_alloc_live(), live);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(errors_have_names_and_sentences),
    cmocka_unit_test(strings_split_and_compare),
    cmocka_unit_test(numbers_do_not_wrap),
    cmocka_unit_test(utf8_is_checked),
    cmocka_unit_test(buffer_overflow_is_remembered),
    cmocka_unit_test(numbers_are_written_in_decimal),
    cmocka_unit_test(addresses_are_parsed_strictly),
    cmocka_unit_test(base64_of_the_rfc),
    cmocka_unit_test(address_with_port),
    cmocka_unit_test(address_classes),
    cmocka_unit_test(networks_contain_addresses),
    cmocka_unit_test(siphash_vector),
    cmocka_unit_test(map_grows_finds_and_is_bounded),
    cmocka_unit_test(timers_fire_in_order),
    cmocka_unit_test(hashes_match_published_vectors),
    cmocka_unit_test(allocation_fails_on_demand),
};
ZV_TEST_MAIN(tests)
