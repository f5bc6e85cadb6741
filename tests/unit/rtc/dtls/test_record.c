/*
 * What the record filter lets through to OpenSSL.
 */
#include "support/test.h"

#include "base/buf.h"
#include "rtc/dtls/dtls_int.h"

#include <string.h>

/* A record of one handshake fragment. */
static size_t write_fragment(uint8_t *dst, uint8_t message, uint32_t total, uint32_t offset,
                             uint32_t len)
{
    struct zv_buf out = zv_buf(dst, 256);
    zv_buf_put_u8(&out, ZV_DTLS_CONTENT_HANDSHAKE);
    zv_buf_put_u16(&out, 0xfefd);
    zv_buf_put_u64(&out, 0);
    zv_buf_put_u16(&out, (uint16_t)(12 + len));
    zv_buf_put_u32(&out, (uint32_t)message << 24 | total);
    zv_buf_put_u16(&out, 0);
    zv_buf_put_u8(&out, 0);
    zv_buf_put_u16(&out, (uint16_t)offset);
    zv_buf_put_u8(&out, 0);
    zv_buf_put_u16(&out, (uint16_t)len);
    for (uint32_t i = 0; i < len; i++)
        zv_buf_put_u8(&out, (uint8_t)i);
    assert_false(out.overflow);
    return out.len;
}

static bool is_plausible(const uint8_t *data, size_t len, enum zv_dtls_role role)
{
    struct zv_dtls_record record;
    return zv_dtls_next_record(&data, &len, &record) && zv_dtls_is_plausible(&record, role);
}

static void records_of_one_datagram_are_told_apart(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t first = write_fragment(data, ZV_DTLS_CLIENT_KEY_EXCHANGE, 10, 0, 10);
    size_t second = write_fragment(data + first, ZV_DTLS_CERTIFICATE_VERIFY, 5, 0, 5);
    const uint8_t *p = data;
    size_t len = first + second;
    struct zv_dtls_record record;
    assert_true(zv_dtls_next_record(&p, &len, &record));
    assert_int_equal(record.len, first);
    assert_int_equal(record.body_len, 22);
    assert_true(zv_dtls_next_record(&p, &len, &record));
    assert_int_equal(record.body[0], ZV_DTLS_CERTIFICATE_VERIFY);
    assert_false(zv_dtls_next_record(&p, &len, &record));
    assert_int_equal(len, 0);
}

static void a_cut_record_ends_the_datagram(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t whole = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 100, 0, 100);
    struct zv_dtls_record record;
    for (size_t len = 0; len < whole; len++) {
        const uint8_t *p = data;
        size_t left = len;
        assert_false(zv_dtls_next_record(&p, &left, &record));
        assert_int_equal(left, len);
    }
    data[1] = 3; /* TLS */
    const uint8_t *p = data;
    assert_false(zv_dtls_next_record(&p, &whole, &record));
}

static void fragments_must_lie_within_their_message(void **state)
{
    (void)state;
    uint8_t data[256];
    const enum zv_dtls_role server = ZV_DTLS_ROLE_SERVER;
    size_t len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 1400, 1200, 100);
    assert_true(is_plausible(data, len, server));
    len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 1400, 1301, 100);
    assert_false(is_plausible(data, len, server));
    len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, ZV_DTLS_MAX_MESSAGE_BYTES + 1, 0, 100);
    assert_false(is_plausible(data, len, server));
    len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 100, 0, 0);
    assert_false(is_plausible(data, len, server));
    len = write_fragment(data, ZV_DTLS_SERVER_HELLO_DONE, 0, 0, 0);
    assert_true(is_plausible(data, len, ZV_DTLS_ROLE_CLIENT));
    len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 100, 0, 50);
    data[24]++; /* the fragment is longer than the record */
    assert_false(is_plausible(data, len, server));
}

static void messages_of_the_wrong_side_are_refused(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 50, 0, 50);
    assert_false(is_plausible(data, len, ZV_DTLS_ROLE_CLIENT));
    len = write_fragment(data, ZV_DTLS_SERVER_HELLO, 50, 0, 50);
    assert_false(is_plausible(data, len, ZV_DTLS_ROLE_SERVER));
    len = write_fragment(data, 0, 0, 0, 0); /* HelloRequest asks for a renegotiation */
    assert_false(is_plausible(data, len, ZV_DTLS_ROLE_CLIENT));
    len = write_fragment(data, ZV_DTLS_CERTIFICATE, 50, 0, 50);
    assert_true(is_plausible(data, len, ZV_DTLS_ROLE_CLIENT));
    assert_true(is_plausible(data, len, ZV_DTLS_ROLE_SERVER));
}

static void application_data_and_unknown_contents_are_refused(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 50, 0, 50);
    for (unsigned content = 0; content < 256; content++) {
        data[0] = (uint8_t)content;
        assert_int_equal(is_plausible(data, len, ZV_DTLS_ROLE_SERVER),
                         content == ZV_DTLS_CONTENT_HANDSHAKE);
    }
}

static void a_second_change_of_keys_is_refused(void **state)
{
    (void)state;
    uint8_t data[256];
    size_t len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 50, 0, 50);
    data[4] = 1; /* the epoch */
    assert_true(is_plausible(data, len, ZV_DTLS_ROLE_SERVER));
    data[4] = 2;
    assert_false(is_plausible(data, len, ZV_DTLS_ROLE_SERVER));
    uint8_t change[] = {20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    assert_true(is_plausible(change, sizeof(change), ZV_DTLS_ROLE_SERVER));
    change[4] = 1;
    assert_false(is_plausible(change, sizeof(change), ZV_DTLS_ROLE_SERVER));
}

static void only_encrypted_records_can_be_undersized(void **state)
{
    (void)state;
    struct zv_dtls_record record = {.content = ZV_DTLS_CONTENT_ALERT, .epoch = 1, .body_len = 24};
    assert_true(zv_dtls_is_undersized(&record, NULL));
    record.body_len = 25;
    assert_false(zv_dtls_is_undersized(&record, NULL));
    record.epoch = 0;
    record.body_len = 2;
    assert_false(zv_dtls_is_undersized(&record, NULL));
}

static void a_new_number_leaves_the_rest_of_the_record(void **state)
{
    (void)state;
    uint8_t data[256], before[256];
    size_t len = write_fragment(data, ZV_DTLS_CLIENT_HELLO, 50, 0, 50);
    memcpy(before, data, len);
    zv_dtls_set_sequence(data, 0xabcdef012345);
    assert_memory_equal(data + 5, "\xab\xcd\xef\x01\x23\x45", 6);
    memcpy(before + 5, data + 5, 6);
    assert_memory_equal(data, before, len);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(records_of_one_datagram_are_told_apart),
    cmocka_unit_test(a_cut_record_ends_the_datagram),
    cmocka_unit_test(fragments_must_lie_within_their_message),
    cmocka_unit_test(messages_of_the_wrong_side_are_refused),
    cmocka_unit_test(application_data_and_unknown_contents_are_refused),
    cmocka_unit_test(a_second_change_of_keys_is_refused),
    cmocka_unit_test(only_encrypted_records_can_be_undersized),
    cmocka_unit_test(a_new_number_leaves_the_rest_of_the_record),
};

ZV_TEST_MAIN(tests)
