/* Answers of DNS servers, sound and hostile, without a network. */
#define _GNU_SOURCE
#include "dns_server.h"

#include "base/err.h"
#include "base/rand.h"
#include "sipnet/dns_message.h"

#include <stdlib.h>

struct writer {
    uint8_t memory[4096];
    struct zv_buf out;
};

/* Head and question; the sections' counts are set by the caller. */
static void begin(struct writer *writer, const char *name, uint16_t type, uint16_t answers,
                  uint16_t authorities)
{
    writer->out = zv_buf(writer->memory, sizeof(writer->memory));
    zv_buf_put_u16(&writer->out, 77);
    zv_buf_put_u16(&writer->out, 0x8180);
    zv_buf_put_u16(&writer->out, 1);
    zv_buf_put_u16(&writer->out, answers);
    zv_buf_put_u16(&writer->out, authorities);
    zv_buf_put_u16(&writer->out, 0);
    dns_put_name(&writer->out, name);
    zv_buf_put_u16(&writer->out, type);
    zv_buf_put_u16(&writer->out, 1);
}

static void put(struct writer *writer, const char *owner, uint16_t type, uint32_t ttl_s,
                const void *data, size_t len)
{
    dns_put_name(&writer->out, owner);
    zv_buf_put_u16(&writer->out, type);
    zv_buf_put_u16(&writer->out, 1);
    zv_buf_put_u32(&writer->out, ttl_s);
    zv_buf_put_u16(&writer->out, (uint16_t)len);
    zv_buf_put(&writer->out, data, len);
}

static void put_named(struct writer *writer, const char *owner, uint16_t type, uint32_t ttl_s,
                      const char *name)
{
    uint8_t memory[300];
    struct zv_buf data = zv_buf(memory, sizeof(memory));
    if (type == DNS_SRV)
        zv_buf_put(&data, "\0\1\0\2\x13\xc4", 6); /* priority 1, weight 2, port 5060 */
    dns_put_name(&data, name);
    put(writer, owner, type, ttl_s, data.p, data.len);
}

static int read_as(const struct writer *writer, const char *name, enum zv_dns_type type,
                   struct zv_dns_answer *answer)
{
    assert_false(writer->out.overflow);
    return zv_dns_message_read(zv_buf_str(&writer->out), name, type, answer);
}

static void the_shortest_time_of_its_records_is_the_answers(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    char text[ZV_ADDR_TEXT_CAP];
    begin(&writer, "sip.test", DNS_A, 2, 0);
    put(&writer, "sip.test", DNS_A, 300, "\xc0\0\2\1", 4);
    put(&writer, "SIP.test", DNS_A, 60, "\xc0\0\2\2", 4);
    assert_int_equal(read_as(&writer, "sip.test", ZV_DNS_A, &answer), 0);
    assert_int_equal(answer.err, 0);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ttl_s, 60);
    assert_string_equal(zv_addr_write_ip(&answer.of.addrs[1], text), "192.0.2.2");
}

static void aliases_are_followed_whatever_their_order_and_shorten_the_time(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    begin(&writer, "a.test", DNS_A, 3, 0);
    put(&writer, "c.test", DNS_A, 300, "\xc0\0\2\1", 4);
    put_named(&writer, "b.test", DNS_CNAME, 20, "c.test");
    put_named(&writer, "a.test", DNS_CNAME, 600, "b.test");
    assert_int_equal(read_as(&writer, "a.test", ZV_DNS_A, &answer), 0);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ttl_s, 20);
}

static void aliases_in_a_circle_are_no_answer(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    begin(&writer, "a.test", DNS_A, 2, 0);
    put_named(&writer, "a.test", DNS_CNAME, 20, "b.test");
    put_named(&writer, "b.test", DNS_CNAME, 20, "a.test");
    assert_int_equal(read_as(&writer, "a.test", ZV_DNS_A, &answer), ZV_E_PARSE);
}

static void records_of_other_names_types_and_classes_are_not_taken(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    begin(&writer, "a.test", DNS_A, 4, 0);
    put(&writer, "evil.test", DNS_A, 300, "\xc0\0\2\1", 4);
    put(&writer, "a.test", DNS_AAAA, 300, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    put(&writer, "a.test", DNS_A, 300, "\xc0\0\2", 3);
    put(&writer, "a.test", DNS_A, 300, "\xc0\0\2\1", 4);
    writer.memory[writer.out.len - 4 - 2 - 4 - 1] = 3; /* class CHAOS */
    assert_int_equal(read_as(&writer, "a.test", ZV_DNS_A, &answer), 0);
    assert_int_equal(answer.err, ZV_E_NOTFOUND);
    assert_int_equal(answer.ttl_s, 0);
}

static void srv_and_naptr_come_with_their_time(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    static const char naptr[] = "\0\x32\0\x0a"
                                "\1s\7SIP+D2U\0"
                                "\4_sip\4_udp\4test";
    begin(&writer, "_sip._udp.test", DNS_SRV, 2, 0);
    put_named(&writer, "_sip._udp.test", DNS_SRV, 90, "A.Host.test");
    put_named(&writer, "_sip._udp.test", DNS_SRV, 0xffffffff, ""); /* the root; no time at all */
    assert_int_equal(read_as(&writer, "_sip._udp.test", ZV_DNS_SRV, &answer), 0);
    assert_int_equal(answer.count, 2);
    assert_string_equal(answer.of.srv[0].target, "a.host.test");
    assert_int_equal(answer.of.srv[0].priority, 1);
    assert_int_equal(answer.of.srv[0].weight, 2);
    assert_int_equal(answer.of.srv[0].port, 5060);
    assert_string_equal(answer.of.srv[1].target, ".");
    assert_int_equal(answer.ttl_s, 0);
    begin(&writer, "test", DNS_NAPTR, 1, 0);
    put(&writer, "test", DNS_NAPTR, 90, naptr, sizeof(naptr));
    assert_int_equal(read_as(&writer, "test", ZV_DNS_NAPTR, &answer), 0);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.of.naptr[0].order, 50);
    assert_int_equal(answer.of.naptr[0].preference, 10);
    assert_string_equal(answer.of.naptr[0].flags, "s");
    assert_string_equal(answer.of.naptr[0].service, "SIP+D2U");
    assert_string_equal(answer.of.naptr[0].replacement, "_sip._udp.test");
}

static void naptr_with_a_regular_expression_is_not_for_sip(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    static const char naptr[] = "\0\x32\0\x0a"
                                "\1u\7E2U+sip\5!.*!!";
    begin(&writer, "test", DNS_NAPTR, 1, 0);
    put(&writer, "test", DNS_NAPTR, 90, naptr, sizeof(naptr));
    assert_int_equal(read_as(&writer, "test", ZV_DNS_NAPTR, &answer), 0);
    assert_int_equal(answer.err, ZV_E_NOTFOUND);
}

static void a_denial_is_kept_as_long_as_its_soa_says(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    begin(&writer, "no.test", DNS_A, 0, 1);
    dns_put_soa(&writer.out, 25);
    assert_int_equal(read_as(&writer, "no.test", ZV_DNS_A, &answer), 0);
    assert_int_equal(answer.err, ZV_E_NOTFOUND);
    assert_int_equal(answer.ttl_s, 25);
    writer.memory[3] = 0x83; /* NXDOMAIN */
    assert_int_equal(read_as(&writer, "no.test", ZV_DNS_A, &answer), 0);
    assert_int_equal(answer.err, ZV_E_NOTFOUND);
    assert_int_equal(answer.ttl_s, 25);
    begin(&writer, "no.test", DNS_A, 0, 0);
    assert_int_equal(read_as(&writer, "no.test", ZV_DNS_A, &answer), 0);
    assert_int_equal(answer.ttl_s, 0); /* RFC 2308 §5: without an SOA it is not kept */
}

static void a_failure_is_no_denial(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    static const uint8_t rcodes[] = {1, 2, 4, 5};
    for (size_t i = 0; i < ZV_ARRAY_LEN(rcodes); i++) {
        begin(&writer, "no.test", DNS_A, 0, 0);
        writer.memory[3] = 0x80 | rcodes[i];
        assert_int_equal(read_as(&writer, "no.test", ZV_DNS_A, &answer), ZV_E_IO);
    }
}

static void names_that_no_host_has_are_left_out(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    static const char *const names[] = {"a b.test", "a\r\nX: y.test", "a;b.test", "\xff.test",
                                        "a/b.test"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(names); i++) {
        begin(&writer, "s.test", DNS_SRV, 2, 0);
        put_named(&writer, "s.test", DNS_SRV, 9, names[i]);
        put_named(&writer, "s.test", DNS_SRV, 9, "good.test");
        assert_int_equal(read_as(&writer, "s.test", ZV_DNS_SRV, &answer), 0);
        assert_int_equal(answer.count, 1);
        assert_string_equal(answer.of.srv[0].target, "good.test");
    }
}

static void a_pointer_that_does_not_lead_back_is_no_answer(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    static const uint16_t shifts[] = {0, 1, 5, 500};
    for (size_t i = 0; i < ZV_ARRAY_LEN(shifts); i++) {
        begin(&writer, "s.test", DNS_A, 1, 0);
        zv_buf_put_u16(&writer.out, (uint16_t)(0xc000 | (writer.out.len + shifts[i])));
        zv_buf_put(&writer.out, "\0\1\0\1\0\0\0\x09\0\4\xc0\0\2\1", 14);
        assert_int_equal(read_as(&writer, "s.test", ZV_DNS_A, &answer), ZV_E_PARSE);
    }
}

static void data_that_reaches_beyond_its_record_is_not_taken(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_dns_answer answer;
    begin(&writer, "s.test", DNS_SRV, 2, 0);
    put(&writer, "s.test", DNS_SRV, 9, "\0\1\0\2\x13\xc4\4long", 8); /* cut in its target */
    put_named(&writer, "s.test", DNS_SRV, 9, "good.test");
    int err = read_as(&writer, "s.test", ZV_DNS_SRV, &answer);
    assert_true(err == ZV_E_PARSE || answer.count == 1);
    if (!err)
        assert_string_equal(answer.of.srv[0].target, "good.test");
}

/* Whatever is cut off or changed: an answer within its bounds, or none. */
static void hostile_bytes_do_no_harm(void **state)
{
    (void)state;
    struct writer writer;
    struct zv_rand_seeded seeded = {.state = 3};
    struct zv_rand rand = zv_rand_seeded_source(&seeded);
    begin(&writer, "s.test", DNS_SRV, 3, 1);
    put_named(&writer, "s.test", DNS_CNAME, 9, "t.test");
    put_named(&writer, "t.test", DNS_SRV, 9, "good.test");
    put_named(&writer, "t.test", DNS_SRV, 9, "other.test");
    dns_put_soa(&writer.out, 25);
    for (size_t len = 0; len <= writer.out.len; len++) {
        struct zv_dns_answer answer;
        char *exact = malloc(len + 1); /* so that a sanitizer sees a step too far */
        assert_non_null(exact);
        memcpy(exact, writer.memory, len);
        int err = zv_dns_message_read(zv_str_n(exact, len), "s.test", ZV_DNS_SRV, &answer);
        assert_true(err || answer.count <= ZV_DNS_MAX_RECORDS);
        free(exact);
    }
    for (int i = 0; i < 20000; i++) {
        struct zv_dns_answer answer;
        uint8_t bytes[sizeof(writer.memory)];
        memcpy(bytes, writer.memory, writer.out.len);
        for (int k = 0; k < 4; k++)
            bytes[zv_rand_u32(&rand) % writer.out.len] = (uint8_t)zv_rand_u32(&rand);
        int err = zv_dns_message_read(zv_str_n((char *)bytes, writer.out.len), "s.test", ZV_DNS_SRV,
                                      &answer);
        assert_true(err || answer.count <= ZV_DNS_MAX_RECORDS);
    }
}

static void what_is_a_name(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "a.b", "a.b.", "_sip._udp.x-y.test", "127.1"};
    static const char *const bad[] = {"", ".", "a..b", ".a", "a b", "[::1]", "a\n", "a,b", "a:1"};
    char long_label[80];
    memset(long_label, 'a', 64);
    long_label[64] = '\0';
    for (size_t i = 0; i < ZV_ARRAY_LEN(good); i++)
        assert_true(zv_dns_is_name(zv_str(good[i])));
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++)
        assert_false(zv_dns_is_name(zv_str(bad[i])));
    assert_false(zv_dns_is_name(zv_str(long_label)));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_shortest_time_of_its_records_is_the_answers),
    cmocka_unit_test(aliases_are_followed_whatever_their_order_and_shorten_the_time),
    cmocka_unit_test(aliases_in_a_circle_are_no_answer),
    cmocka_unit_test(records_of_other_names_types_and_classes_are_not_taken),
    cmocka_unit_test(srv_and_naptr_come_with_their_time),
    cmocka_unit_test(naptr_with_a_regular_expression_is_not_for_sip),
    cmocka_unit_test(a_denial_is_kept_as_long_as_its_soa_says),
    cmocka_unit_test(a_failure_is_no_denial),
    cmocka_unit_test(names_that_no_host_has_are_left_out),
    cmocka_unit_test(a_pointer_that_does_not_lead_back_is_no_answer),
    cmocka_unit_test(data_that_reaches_beyond_its_record_is_not_taken),
    cmocka_unit_test(hostile_bytes_do_no_harm),
    cmocka_unit_test(what_is_a_name),
};

ZV_TEST_MAIN(tests)
