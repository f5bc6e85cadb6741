/*
 * Blocks against the bytes of draft-ietf-opsawg-pcapng section 4, and whole files against tshark.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "pcap/pcapng.h"
#include "support/tshark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct zv_str none = {NULL, 0};

static struct zv_addr at(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static struct zv_pcapng_packet packet_of(const char *text)
{
    return (struct zv_pcapng_packet){
        .interface = 0,
        .is_outbound = true,
        .wall_us = INT64_C(0x0001020304050607),
        .local = at("192.0.2.1:5060"),
        .remote = at("198.51.100.2:5062"),
        .payload = (const uint8_t *)text,
        .captured_len = strlen(text),
        .original_len = strlen(text),
    };
}

#define ASSERT_BYTES(out, ...)                                                                     \
    do {                                                                                           \
        static const uint8_t expected[] = {__VA_ARGS__};                                           \
        assert_int_equal((out).len, sizeof(expected));                                             \
        assert_memory_equal((out).p, expected, sizeof(expected));                                  \
    } while (0)

static void a_section_header_is_as_the_format_says(void **state)
{
    (void)state;
    char bytes[256];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    assert_int_equal(zv_pcapng_write_section(&out, zv_str("Zvo 1"), zv_str("c-1")), 0);
    ASSERT_BYTES(out, 0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 52,       /* type, length */
                 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,             /* magic, version 1.0 */
                 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* length not known */
                 0, 4, 0, 5, 'Z', 'v', 'o', ' ', '1', 0, 0, 0,   /* shb_userappl */
                 0, 1, 0, 3, 'c', '-', '1', 0,                   /* opt_comment */
                 0, 0, 0, 0, 0, 0, 0, 52);                       /* opt_endofopt, length */
}

static void an_interface_has_a_name_and_counts_microseconds(void **state)
{
    (void)state;
    char bytes[256];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    assert_int_equal(zv_pcapng_write_interface(&out, zv_str("sip"), none), 0);
    ASSERT_BYTES(out, 0, 0, 0, 1, 0, 0, 0, 40, /* type, length */
                 0, 101, 0, 0, 0, 0, 0, 0,     /* LINKTYPE_RAW, no snap length */
                 0, 2, 0, 3, 's', 'i', 'p', 0, /* if_name */
                 0, 9, 0, 1, 6, 0, 0, 0,       /* if_tsresol: 10^-6 */
                 0, 0, 0, 0, 0, 0, 0, 40);
}

static void a_packet_gets_the_headers_of_ipv4_and_udp(void **state)
{
    (void)state;
    char bytes[256];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    struct zv_pcapng_packet packet = packet_of("abc");
    packet.interface = 2;
    packet.comment = zv_str("hi");
    assert_int_equal(zv_pcapng_write_packet(&out, &packet), 0);
    ASSERT_BYTES(out, 0, 0, 0, 6, 0, 0, 0, 84,                      /* type, length */
                 0, 0, 0, 2,                                        /* interface */
                 0, 1, 2, 3, 4, 5, 6, 7,                            /* time: high, low */
                 0, 0, 0, 31, 0, 0, 0, 31,                          /* captured, original */
                 0x45, 0, 0, 31, 0, 0, 0x40, 0, 64, 17, 0x4e, 0x97, /* IPv4: DF, TTL 64, UDP, sum */
                 192, 0, 2, 1, 198, 51, 100, 2,                     /* from, to */
                 0x13, 0xc4, 0x13, 0xc6, 0, 11, 0x27, 0xb4,         /* ports, length, checksum */
                 'a', 'b', 'c', 0,                                  /* padded to 4 */
                 0, 2, 0, 4, 0, 0, 0, 2,                            /* epb_flags: outbound */
                 0, 1, 0, 2, 'h', 'i', 0, 0,                        /* opt_comment */
                 0, 0, 0, 0, 0, 0, 0, 84);
}

static void statistics_say_what_was_dropped(void **state)
{
    (void)state;
    char bytes[256];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    const struct zv_pcapng_statistics statistics = {
        .interface = 1, .wall_us = 5, .received = 9, .dropped = 2};
    assert_int_equal(zv_pcapng_write_statistics(&out, &statistics), 0);
    ASSERT_BYTES(out, 0, 0, 0, 5, 0, 0, 0, 52, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, /* time */
                 0, 4, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9,                               /* isb_ifrecv */
                 0, 5, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2,                               /* isb_ifdrop */
                 0, 0, 0, 0, 0, 0, 0, 52);
}

/* The second address of an inbound packet is ours: it is the target. */
static void an_inbound_packet_goes_from_the_far_end_to_us(void **state)
{
    (void)state;
    char bytes[256];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    struct zv_pcapng_packet packet = packet_of("abc");
    packet.is_outbound = false;
    assert_int_equal(zv_pcapng_write_packet(&out, &packet), 0);
    const uint8_t *ip = (const uint8_t *)bytes + 28;
    assert_int_equal(zv_get_u32(ip + 12), 0xc6336402);
    assert_int_equal(zv_get_u16(ip + 20), 5062);
    assert_int_equal(bytes[out.len - 9], 1); /* epb_flags: inbound */
}

static void a_block_that_does_not_fit_is_not_begun(void **state)
{
    (void)state;
    char bytes[300];
    struct zv_buf out;
    struct zv_pcapng_packet packet = packet_of("abc");
    const struct zv_pcapng_statistics statistics = {.interface = 0};
    for (size_t cap = 0; cap < 76; cap++) {
        out = zv_buf(bytes, cap);
        assert_int_equal(zv_pcapng_write_packet(&out, &packet), ZV_E_TRUNCATED);
        assert_int_equal(out.len, 0);
        assert_false(out.overflow);
    }
    out = zv_buf(bytes, 76);
    assert_int_equal(zv_pcapng_write_packet(&out, &packet), 0);
    assert_int_equal(out.len, 76);
    assert_int_equal(zv_pcapng_write_statistics(&out, &statistics), ZV_E_TRUNCATED);
    assert_int_equal(zv_pcapng_write_section(&out, none, none), ZV_E_TRUNCATED);
    assert_int_equal(zv_pcapng_write_interface(&out, none, none), ZV_E_TRUNCATED);
    assert_int_equal(out.len, 76);
}

static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    static uint8_t big[70000];
    static char memory[ZV_PCAPNG_MAX_BLOCK_BYTES];
    struct zv_buf out = zv_buf(memory, sizeof(memory));
    struct zv_pcapng_packet packet = packet_of("");
    packet.payload = big;
    packet.captured_len = packet.original_len = sizeof(big);
    packet.local = at("[2001:db8::1]:1");
    packet.comment = zv_str_n((const char *)big, 1000);
    assert_int_equal(zv_pcapng_write_packet(&out, &packet), 0);
    const uint8_t *block = (const uint8_t *)memory;
    assert_int_equal(zv_get_u32(block + 20), 48 + ZV_PCAPNG_MAX_PAYLOAD_BYTES);
    assert_int_equal(zv_get_u32(block + 24), 48 + ZV_PCAPNG_MAX_PAYLOAD_BYTES);
    assert_int_equal(zv_get_u32(block + 4), out.len);
    assert_int_equal(zv_get_u32(block + out.len - 4), out.len);
}

/* ---- tshark ---- */

static void put_head(struct zv_buf *out)
{
    assert_int_equal(zv_pcapng_write_section(out, zv_str("Zvonok"), zv_str("call c-0.1.2")), 0);
    assert_int_equal(zv_pcapng_write_interface(out, zv_str("sip"), zv_str("call c-0.1.2")), 0);
    assert_int_equal(zv_pcapng_write_interface(out, zv_str("rtp-web"), none), 0);
}

static void put(struct zv_buf *out, const struct zv_pcapng_packet *packet)
{
    assert_int_equal(zv_pcapng_write_packet(out, packet), 0);
}

/* What tshark says about the file `out`. */
static void read_back(const struct zv_buf *out, const char *options, char *text, size_t cap)
{
    char path[ZV_TEMP_PATH_CAP];
    int fd = zv_temp_file(path);
    assert_int_equal(write(fd, out->p, out->len), out->len);
    close(fd);
    zv_tshark_read(path, options, text, cap);
    unlink(path);
}

static void tshark_reads_addresses_times_names_and_comments(void **state)
{
    (void)state;
    char bytes[4096], text[4096];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    struct zv_pcapng_packet packet = packet_of("OPTIONS sip:a@192.0.2.1 SIP/2.0\r\n\r\n");
    if (!zv_tshark_is_installed())
        skip();
    put_head(&out);
    packet.wall_us = INT64_C(1700000000123456);
    packet.comment = zv_str("call c-0.1.2");
    put(&out, &packet);
    packet.interface = 1;
    packet.is_outbound = false;
    packet.comment = none;
    packet.local = at("[2001:db8::1]:5060");
    packet.remote = at("[2001:db8::2]:5060");
    put(&out, &packet);
    read_back(&out,
              "-T fields -E separator='|' -e frame.interface_name -e frame.time_epoch "
              "-e frame.comment -e ip.src -e ipv6.src -e udp.srcport -e sip.Method "
              "-e ip.checksum.status -e udp.checksum.status -e frame.packet_flags_direction",
              text, sizeof(text));
    assert_string_equal(
        text, "sip|1700000000.123456000|call c-0.1.2|192.0.2.1||5060|OPTIONS|1|1|0x00000002\n"
              "rtp-web|1700000000.123456000|||2001:db8::2|5060|OPTIONS||1|0x00000001\n");
}

/* 1: good. Payloads of odd and even length, both families, mixed ones. */
static void tshark_finds_every_checksum_right(void **state)
{
    (void)state;
    static const char *const payloads[] = {"", "a", "ab", "abc", "\xff\xff\xff\xff"};
    static const char *const pairs[][2] = {{"192.0.2.1:9", "198.51.100.2:65535"},
                                           {"[2001:db8::1]:7", "[2001:db8::2]:8"},
                                           {"192.0.2.1:9", "[2001:db8::2]:8"}};
    char bytes[8192], text[4096];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    if (!zv_tshark_is_installed())
        skip();
    put_head(&out);
    size_t count = 0;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 3; j++, count++) {
            struct zv_pcapng_packet packet = packet_of(payloads[i]);
            packet.local = at(pairs[j][0]);
            packet.remote = at(pairs[j][1]);
            put(&out, &packet);
        }
    }
    struct zv_pcapng_packet odd = packet_of("");
    odd.local = at("0.0.0.0:1");
    odd.remote = at("0.0.0.0:65501"); /* the sum's complement is 0, which would say: none */
    put(&out, &odd);
    count++;
    read_back(&out,
              "-Y 'udp.checksum.status == 1 && !(ip.checksum.status == 0)' -T fields "
              "-e udp.length",
              text, sizeof(text));
    size_t lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, count);
}

static void tshark_sees_that_a_packet_was_cut(void **state)
{
    (void)state;
    char bytes[1024], text[1024];
    struct zv_buf out = zv_buf(bytes, sizeof(bytes));
    struct zv_pcapng_packet packet = packet_of("0123456789ab");
    if (!zv_tshark_is_installed())
        skip();
    put_head(&out);
    packet.original_len = 172;
    put(&out, &packet);
    read_back(&out,
              "-T fields -e frame.len -e frame.cap_len -e ip.len -e udp.length "
              "-e _ws.expert.severity",
              text, sizeof(text));
    assert_string_equal(text, "200\t40\t200\t180\t\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_section_header_is_as_the_format_says),
    cmocka_unit_test(an_interface_has_a_name_and_counts_microseconds),
    cmocka_unit_test(a_packet_gets_the_headers_of_ipv4_and_udp),
    cmocka_unit_test(statistics_say_what_was_dropped),
    cmocka_unit_test(an_inbound_packet_goes_from_the_far_end_to_us),
    cmocka_unit_test(a_block_that_does_not_fit_is_not_begun),
    cmocka_unit_test(what_is_too_long_is_cut),
    cmocka_unit_test(tshark_reads_addresses_times_names_and_comments),
    cmocka_unit_test(tshark_finds_every_checksum_right),
    cmocka_unit_test(tshark_sees_that_a_packet_was_cut),
};

ZV_TEST_MAIN(tests)
