/* STUN messages: the samples of RFC 5769, and what must be refused. */
#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "rtc/stun/stun.h"

#include <string.h>

#define PASSWORD ZV_STR_LIT("VOkJxbRl1RmTxUk/WvJxBt") /* RFC 5769 §2.1 */

/* RFC 5769 §2.1 */
static const uint8_t sample_request[] = {
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
};
/* RFC 5769 §2.2 */
static const uint8_t sample_response_v4[] = {
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
};
/* RFC 5769 §2.3 */
static const uint8_t sample_response_v6[] = {
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
    0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
    0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
};
/* RFC 5769 §2.4: long-term credentials; REALM and NONCE are unknown to us. */
static const uint8_t sample_long_term[] = {
    0x00, 0x01, 0x00, 0x60, 0x21, 0x12, 0xa4, 0x42, 0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72,
    0xc0, 0x29, 0xda, 0x41, 0x2e, 0x00, 0x06, 0x00, 0x12, 0xe3, 0x83, 0x9e, 0xe3, 0x83, 0x88,
    0xe3, 0x83, 0xaa, 0xe3, 0x83, 0x83, 0xe3, 0x82, 0xaf, 0xe3, 0x82, 0xb9, 0x00, 0x00, 0x00,
    0x15, 0x00, 0x1c, 0x66, 0x2f, 0x2f, 0x34, 0x39, 0x39, 0x6b, 0x39, 0x35, 0x34, 0x64, 0x36,
    0x4f, 0x4c, 0x33, 0x34, 0x6f, 0x4c, 0x39, 0x46, 0x53, 0x54, 0x76, 0x79, 0x36, 0x34, 0x73,
    0x41, 0x00, 0x14, 0x00, 0x0b, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6f, 0x72,
    0x67, 0x00, 0x00, 0x08, 0x00, 0x14, 0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e, 0x02,
    0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2, 0x8c, 0xa8, 0x96, 0x66,
};

static const uint8_t tx_id[ZV_STUN_TX_ID_BYTES] = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                                   0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

static void the_sample_request_parses_and_is_authentic(void **state)
{
    (void)state;
    struct zv_stun_msg msg;
    assert_int_equal(zv_stun_parse(sample_request, sizeof(sample_request), &msg), 0);
    assert_int_equal(msg.cls, ZV_STUN_REQUEST);
    assert_int_equal(msg.method, ZV_STUN_BINDING);
    assert_memory_equal(msg.tx_id, tx_id, sizeof(tx_id));
    assert_true(zv_str_is(msg.software, "STUN test client"));
    assert_true(zv_str_is(msg.username, "evtj:h6vY"));
    assert_true(msg.has_priority && msg.priority == 0x6e0001ff);
    assert_true(msg.is_controlled && !msg.is_controlling);
    assert_true(msg.tie_breaker == UINT64_C(0x932ff9b151263b36));
    assert_true(msg.has_fingerprint);
    assert_int_equal(msg.unknown_count, 0);
    assert_true(zv_stun_is_authentic(&msg, PASSWORD));
    assert_false(zv_stun_is_authentic(&msg, ZV_STR_LIT("VOkJxbRl1RmTxUk/WvJxBu")));
    assert_false(zv_stun_is_authentic(&msg, ZV_STR_LIT("")));
}

static void the_sample_responses_give_the_mapped_address(void **state)
{
    (void)state;
    struct zv_stun_msg msg;
    char text[ZV_ADDR_TEXT_CAP];
    assert_int_equal(zv_stun_parse(sample_response_v4, sizeof(sample_response_v4), &msg), 0);
    assert_int_equal(msg.cls, ZV_STUN_SUCCESS);
    assert_string_equal(zv_addr_write(&msg.mapped, text), "192.0.2.1:32853");
    assert_true(zv_stun_is_authentic(&msg, PASSWORD));
    assert_int_equal(zv_stun_parse(sample_response_v6, sizeof(sample_response_v6), &msg), 0);
    assert_string_equal(zv_addr_write(&msg.mapped, text),
                        "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
    assert_true(zv_stun_is_authentic(&msg, PASSWORD));
}

static void attributes_that_must_be_known_are_listed(void **state)
{
    (void)state;
    struct zv_stun_msg msg;
    assert_int_equal(zv_stun_parse(sample_long_term, sizeof(sample_long_term), &msg), 0);
    assert_int_equal(msg.unknown_count, 2);
    assert_int_equal(msg.unknown[0], 0x0015);
    assert_int_equal(msg.unknown[1], 0x0014);
    assert_false(msg.has_fingerprint);
    uint8_t key[ZV_HASH_MAX_BYTES];
    struct zv_str secret = ZV_STR_LIT("マトリックス:example.org:TheMatrIX");
    assert_int_equal(zv_hash(ZV_HASH_MD5, secret.p, secret.len, key), 0);
    assert_true(zv_stun_is_authentic(&msg, zv_str_n((const char *)key, 16)));
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, "a:bcd", 5);
    zv_stun_write_u32(&buf, ZV_STUN_ATTR_PRIORITY, 77);
    zv_stun_write_u64(&buf, ZV_STUN_ATTR_CONTROLLING, UINT64_C(0x1122334455667788));
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USE_CANDIDATE, NULL, 0);
    zv_stun_write_integrity(&buf, PASSWORD);
    zv_stun_write_fingerprint(&buf);
    assert_false(buf.overflow);
    assert_true(zv_stun_is_message(bytes, buf.len));
    struct zv_stun_msg msg;
    assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), 0);
    assert_true(zv_str_is(msg.username, "a:bcd"));
    assert_int_equal(msg.priority, 77);
    assert_true(msg.is_controlling && msg.use_candidate && msg.has_fingerprint);
    assert_true(msg.tie_breaker == UINT64_C(0x1122334455667788));
    assert_true(zv_stun_is_authentic(&msg, PASSWORD));
}

static void the_writer_makes_the_sample_responses(void **state)
{
    (void)state;
    static const char *const ends[] = {"192.0.2.1:32853",
                                       "[2001:db8:1234:5678:11:2233:4455:6677]:32853"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[128];
        struct zv_addr addr;
        assert_int_equal(zv_addr_parse(zv_str(ends[i]), &addr), 0);
        struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
        zv_stun_write_header(&buf, ZV_STUN_SUCCESS, ZV_STUN_BINDING, tx_id);
        zv_stun_write_mapped(&buf, &addr);
        struct zv_stun_msg msg;
        assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), 0);
        assert_true(zv_addr_eq(&msg.mapped, &addr));
        /* RFC 5769 pads with a blank and has SOFTWARE, so only the attribute itself compares. */
        const uint8_t *sample = i ? sample_response_v6 : sample_response_v4;
        assert_memory_equal(bytes + ZV_STUN_HEADER_BYTES, sample + 36, buf.len - 20);
    }
}

static void errors_list_what_was_unknown(void **state)
{
    (void)state;
    uint8_t bytes[128];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    const uint16_t unknown[] = {0x0015, 0x7fff, 0x0003};
    zv_stun_write_header(&buf, ZV_STUN_ERROR, ZV_STUN_BINDING, tx_id);
    zv_stun_write_error(&buf, 420, "Unknown Attribute");
    zv_stun_write_unknown(&buf, unknown, 3);
    struct zv_stun_msg msg;
    assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), 0);
    assert_int_equal(msg.cls, ZV_STUN_ERROR);
    assert_int_equal(msg.error_code, 420);
    assert_true(zv_str_is(msg.reason, "Unknown Attribute"));
    assert_memory_equal(bytes + buf.len - 12, "\x00\x0a\x00\x06\x00\x15\x7f\xff\x00\x03\x00\x00",
                        12);
}

static void a_full_buffer_overflows_without_a_write(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 92; cap++) {
        uint8_t bytes[128];
        memset(bytes, 0xee, sizeof(bytes));
        struct zv_addr addr = {.family = ZV_ADDR_IPV6, .port = 9};
        struct zv_buf buf = zv_buf(bytes, cap);
        zv_stun_write_header(&buf, ZV_STUN_SUCCESS, ZV_STUN_BINDING, tx_id);
        zv_stun_write_mapped(&buf, &addr);
        zv_stun_write_integrity(&buf, PASSWORD);
        zv_stun_write_fingerprint(&buf);
        zv_stun_write_attr(&buf, ZV_STUN_ATTR_SOFTWARE, "zv", 2);
        assert_true(buf.overflow || cap >= 76 + 8);
        assert_int_equal(bytes[cap], 0xee);
    }
}

static void other_protocols_are_not_stun(void **state)
{
    (void)state;
    uint8_t bytes[sizeof(sample_request) + 4];
    memcpy(bytes, sample_request, sizeof(sample_request));
    assert_true(zv_stun_is_message(bytes, sizeof(sample_request)));
    assert_false(zv_stun_is_message(bytes, 19));
    assert_false(zv_stun_is_message(bytes, sizeof(sample_request) - 4));
    assert_false(zv_stun_is_message(bytes, sizeof(sample_request) + 4));
    bytes[0] = 22; /* DTLS */
    assert_false(zv_stun_is_message(bytes, sizeof(sample_request)));
    bytes[0] = 0;
    bytes[4] = 0; /* RFC 3489 */
    assert_false(zv_stun_is_message(bytes, sizeof(sample_request)));
}

static void every_changed_bit_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sample_request) * 8; i++) {
        uint8_t bytes[sizeof(sample_request)];
        struct zv_stun_msg msg;
        memcpy(bytes, sample_request, sizeof(bytes));
        bytes[i / 8] ^= (uint8_t)(1 << (i % 8));
        if (zv_stun_parse(bytes, sizeof(bytes), &msg) == 0)
            assert_false(msg.has_fingerprint && zv_stun_is_authentic(&msg, PASSWORD));
    }
}

/* A request with one attribute of this type and length, filled with zeros. */
static int parse_one(uint16_t type, size_t len, struct zv_stun_msg *ret_msg)
{
    static uint8_t bytes[ZV_STUN_MAX_BYTES];
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    memset(bytes, 0, sizeof(bytes));
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_buf_put_u16(&buf, type);
    zv_buf_put_u16(&buf, (uint16_t)len);
    size_t padded = (len + 3) & ~(size_t)3;
    zv_set_u16(bytes + 2, (uint16_t)(4 + padded));
    return zv_stun_parse(bytes, ZV_STUN_HEADER_BYTES + 4 + padded, ret_msg);
}

static void attributes_of_a_wrong_size_are_refused(void **state)
{
    (void)state;
    struct zv_stun_msg msg;
    assert_int_equal(parse_one(ZV_STUN_ATTR_PRIORITY, 3, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_PRIORITY, 8, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_CONTROLLING, 4, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_INTEGRITY, 32, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_FINGERPRINT, 4, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_XOR_MAPPED, 8, &msg), ZV_E_PARSE); /* family 0 */
    assert_int_equal(parse_one(ZV_STUN_ATTR_ERROR_CODE, 4, &msg), ZV_E_PARSE); /* code 0 */
    assert_int_equal(parse_one(ZV_STUN_ATTR_UNKNOWN_ATTRS, 3, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_USERNAME, 514, &msg), ZV_E_PARSE);
    assert_int_equal(parse_one(ZV_STUN_ATTR_USERNAME, 513, &msg), 0);
    assert_int_equal(parse_one(0xc057, 4, &msg), 0); /* Chromium's network cost */
    assert_int_equal(msg.unknown_count, 0);
    assert_int_equal(parse_one(0x7fff, 4, &msg), 0);
    assert_int_equal(msg.unknown_count, 1);
}

static void too_many_attributes_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct zv_stun_msg msg;
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    for (size_t i = 0; i < ZV_STUN_MAX_ATTRS; i++)
        zv_stun_write_attr(&buf, (enum zv_stun_attr)0x7000, NULL, 0);
    assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), 0);
    assert_int_equal(msg.unknown_count, ZV_STUN_MAX_ATTRS);
    zv_stun_write_attr(&buf, (enum zv_stun_attr)0x7000, NULL, 0);
    assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), ZV_E_LIMIT);
}

static void what_stands_behind_the_integrity_does_not_count(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct zv_stun_msg msg;
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, "a:b", 3);
    zv_stun_write_integrity(&buf, PASSWORD);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USE_CANDIDATE, NULL, 0);
    zv_stun_write_attr(&buf, (enum zv_stun_attr)0x001c, bytes, 32);
    zv_stun_write_fingerprint(&buf);
    assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), 0);
    assert_true(zv_stun_is_authentic(&msg, PASSWORD));
    assert_false(msg.use_candidate);
    assert_int_equal(msg.unknown_count, 0);
}

static void only_the_first_of_a_repeated_attribute_counts(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct zv_stun_msg msg;
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, "first", 5);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, "second", 6);
    zv_stun_write_u32(&buf, ZV_STUN_ATTR_PRIORITY, 1);
    zv_stun_write_u32(&buf, ZV_STUN_ATTR_PRIORITY, 2);
    assert_int_equal(zv_stun_parse(bytes, buf.len, &msg), 0);
    assert_true(zv_str_is(msg.username, "first"));
    assert_int_equal(msg.priority, 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_sample_request_parses_and_is_authentic),
    cmocka_unit_test(the_sample_responses_give_the_mapped_address),
    cmocka_unit_test(attributes_that_must_be_known_are_listed),
    cmocka_unit_test(what_is_written_reads_back),
    cmocka_unit_test(the_writer_makes_the_sample_responses),
    cmocka_unit_test(errors_list_what_was_unknown),
    cmocka_unit_test(a_full_buffer_overflows_without_a_write),
    cmocka_unit_test(other_protocols_are_not_stun),
    cmocka_unit_test(every_changed_bit_is_noticed),
    cmocka_unit_test(attributes_of_a_wrong_size_are_refused),
    cmocka_unit_test(too_many_attributes_are_refused),
    cmocka_unit_test(what_stands_behind_the_integrity_does_not_count),
    cmocka_unit_test(only_the_first_of_a_repeated_attribute_counts),
};
ZV_TEST_MAIN(tests)
