/*
 * Verdicts, windows, roll-over and limits of rtc/srtp.
 */
#include "fixture.h"

#include "base/alloc.h"
#include "base/err.h"
#include "rtc/srtp/srtp_int.h"

#define PROFILE ZV_SRTP_AEAD_AES_128_GCM
#define EACH_PROFILE(p)                                                                            \
    for (size_t p##_i = 0; p##_i < ZV_ARRAY_LEN(all_profiles); p##_i++)                            \
        for (enum zv_srtp_profile p = all_profiles[p##_i], *p##_once = &p; p##_once;               \
             p##_once = NULL)

struct packet {
    uint8_t data[256];
    size_t len;
};

static struct packet protected_rtp(struct zv_srtp *out, uint32_t ssrc, uint16_t sequence)
{
    struct packet packet;
    size_t len = write_rtp(packet.data, ssrc, sequence, 160);
    assert_int_equal(zv_srtp_protect_rtp(out, packet.data, len, sizeof(packet.data), &packet.len),
                     ZV_SRTP_PASS);
    return packet;
}

static struct packet protected_rtcp(struct zv_srtp *out, uint32_t ssrc)
{
    struct packet packet;
    size_t len = write_rtcp(packet.data, ssrc, 1);
    assert_int_equal(zv_srtp_protect_rtcp(out, packet.data, len, sizeof(packet.data), &packet.len),
                     ZV_SRTP_PASS);
    return packet;
}

/* The packet stays as it is: what is opened is a copy. */
static enum zv_srtp_verdict open_rtp(struct zv_srtp *in, const struct packet *packet)
{
    struct packet copy = *packet;
    return zv_srtp_unprotect_rtp(in, copy.data, copy.len, &copy.len);
}

static enum zv_srtp_verdict open_rtcp(struct zv_srtp *in, const struct packet *packet)
{
    struct packet copy = *packet;
    return zv_srtp_unprotect_rtcp(in, copy.data, copy.len, &copy.len);
}

static void what_is_protected_comes_back_unchanged(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        for (size_t payload = 0; payload < 200; payload++) {
            uint8_t plain[256], packet[256];
            size_t len = write_rtp(plain, 7, (uint16_t)payload, payload), got = 0;
            memcpy(packet, plain, len);
            assert_int_equal(zv_srtp_protect_rtp(out, packet, len, sizeof(packet), &got),
                             ZV_SRTP_PASS);
            assert_memory_equal(packet, plain, 12);
            assert_true(got > len && got <= len + ZV_SRTP_MAX_RTP_TRAILER_BYTES);
            assert_int_equal(zv_srtp_unprotect_rtp(in, packet, got, &got), ZV_SRTP_PASS);
            assert_int_equal(got, len);
            assert_memory_equal(packet, plain, len);
        }
        for (uint8_t blocks = 0; blocks < 8; blocks++) {
            uint8_t plain[256], packet[256];
            size_t len = write_rtcp(plain, 7, blocks), got = 0;
            memcpy(packet, plain, len);
            assert_int_equal(zv_srtp_protect_rtcp(out, packet, len, sizeof(packet), &got),
                             ZV_SRTP_PASS);
            assert_true(got > len && got <= len + ZV_SRTP_MAX_RTCP_TRAILER_BYTES);
            assert_int_equal(zv_srtp_unprotect_rtcp(in, packet, got, &got), ZV_SRTP_PASS);
            assert_int_equal(got, len);
            assert_memory_equal(packet, plain, len);
        }
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void srtcp_has_an_80_bit_tag_where_srtp_has_32(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(ZV_SRTP_AES_CM_128_HMAC_SHA1_32);
    assert_int_equal(protected_rtp(out, 1, 1).len, 12 + 160 + 4);
    assert_int_equal(protected_rtcp(out, 1).len, 32 + 4 + 10);
    zv_srtp_free(out);
}

static void every_changed_bit_fails_authentication_and_changes_nothing(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        struct packet good = protected_rtp(out, 0x01020304, 100);
        struct packet report = protected_rtcp(out, 0x01020304);
        for (size_t i = 0; i < good.len; i++) {
            struct packet bad = good;
            bad.data[i] ^= 1;
            assert_int_not_equal(open_rtp(in, &bad), ZV_SRTP_PASS);
        }
        for (size_t i = 0; i < report.len; i++) {
            struct packet bad = report;
            bad.data[i] ^= 1;
            assert_int_not_equal(open_rtcp(in, &bad), ZV_SRTP_PASS);
        }
        assert_int_equal(in->stream_count, 0);
        assert_int_equal(open_rtp(in, &good), ZV_SRTP_PASS);
        assert_int_equal(open_rtcp(in, &report), ZV_SRTP_PASS);
        assert_int_equal(in->stream_count, 1);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void a_hundred_thousand_forged_packets_leave_the_stream_whole(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE), *in = new_context(PROFILE);
    struct packet first = protected_rtp(out, 9, 1), forged = first;
    assert_int_equal(open_rtp(in, &first), ZV_SRTP_PASS);
    for (uint32_t i = 0; i < 100000; i++) {
        zv_set_u16(forged.data + 2, (uint16_t)(i * 7 + 2));
        forged.data[20] = (uint8_t)i;
        assert_int_not_equal(open_rtp(in, &forged), ZV_SRTP_PASS);
    }
    for (uint16_t sequence = 2; sequence < 300; sequence++) {
        struct packet packet = protected_rtp(out, 9, sequence);
        assert_int_equal(open_rtp(in, &packet), ZV_SRTP_PASS);
    }
    assert_int_equal(zv_srtp_count_rtp(in, ZV_SRTP_PASS), 299);
    zv_srtp_free(out);
    zv_srtp_free(in);
}

static void a_replayed_packet_is_dropped_and_counted(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        struct packet packet = protected_rtp(out, 5, 10), report = protected_rtcp(out, 5);
        assert_int_equal(open_rtp(in, &packet), ZV_SRTP_PASS);
        assert_int_equal(open_rtcp(in, &report), ZV_SRTP_PASS);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(open_rtp(in, &packet), ZV_SRTP_DROP_REPLAYED);
            assert_int_equal(open_rtcp(in, &report), ZV_SRTP_DROP_REPLAYED);
        }
        assert_int_equal(zv_srtp_count_rtp(in, ZV_SRTP_DROP_REPLAYED), 3);
        assert_int_equal(zv_srtp_count_rtcp(in, ZV_SRTP_DROP_REPLAYED), 3);
        assert_int_equal(zv_srtp_count_rtp(in, ZV_SRTP_PASS), 1);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void the_window_holds_128_packets(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE), *in = new_context(PROFILE);
    struct packet packets[130];
    for (uint16_t i = 0; i < 130; i++)
        packets[i] = protected_rtp(out, 5, (uint16_t)(1000 + i));
    assert_int_equal(open_rtp(in, &packets[128]), ZV_SRTP_PASS);
    assert_int_equal(open_rtp(in, &packets[0]), ZV_SRTP_DROP_TOO_OLD);
    for (size_t i = 127; i >= 1; i--)
        assert_int_equal(open_rtp(in, &packets[i]), ZV_SRTP_PASS);
    for (size_t i = 127; i >= 1; i--)
        assert_int_equal(open_rtp(in, &packets[i]), ZV_SRTP_DROP_REPLAYED);
    assert_int_equal(open_rtp(in, &packets[129]), ZV_SRTP_PASS);
    assert_int_equal(open_rtp(in, &packets[1]), ZV_SRTP_DROP_TOO_OLD);
    zv_srtp_free(out);
    zv_srtp_free(in);
}

/* A plain list of what was seen is the oracle of the window's bits. */
static void the_window_agrees_with_a_list_of_all_indices(void **state)
{
    (void)state;
    static uint8_t seen[70000];
    struct zv_srtp_window window = {0};
    uint64_t random = 1, highest = 0;
    memset(seen, 0, sizeof(seen));
    for (uint64_t at = 0; at < 60000;) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t jump = (random >> 60) == 0 ? (random >> 33) % 300 : (random >> 33) % 4;
        uint64_t back = (random >> 50) % 160, index = at + jump;
        index = index > back ? index - back : index;
        enum zv_srtp_verdict expected = window.is_used && index + 128 <= highest
                                            ? ZV_SRTP_DROP_TOO_OLD
                                        : seen[index] ? ZV_SRTP_DROP_REPLAYED
                                                      : ZV_SRTP_PASS;
        assert_int_equal(zv_srtp_window_check(&window, index), expected);
        if (expected == ZV_SRTP_PASS) {
            zv_srtp_window_add(&window, index);
            seen[index] = 1;
            highest = ZV_MAX(highest, index);
        }
        at += jump;
    }
}

static void the_sequence_rolls_over_in_and_out_of_order(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        for (uint32_t at = 65000; at < 65000 + 200000; at += 2) {
            struct packet a = protected_rtp(out, 5, (uint16_t)at);
            struct packet b = protected_rtp(out, 5, (uint16_t)(at + 1));
            /* The very first decides where the receiver believes to be. */
            assert_int_equal(open_rtp(in, at == 65000 ? &a : &b), ZV_SRTP_PASS);
            assert_int_equal(open_rtp(in, at == 65000 ? &b : &a), ZV_SRTP_PASS);
        }
        assert_int_equal(in->streams[0].rtp.highest >> 16, 4);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void a_pause_of_half_the_sequence_space_keeps_the_roll_over_counter(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE), *in = new_context(PROFILE);
    for (uint32_t at = 1; at < 1000000; at += 32000) {
        struct packet packet = protected_rtp(out, 5, (uint16_t)at);
        assert_int_equal(open_rtp(in, &packet), ZV_SRTP_PASS);
    }
    zv_srtp_free(out);
    zv_srtp_free(in);
}

static void streams_have_their_own_counters(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE), *in = new_context(PROFILE);
    for (uint32_t at = 60000; at < 80000; at++) {
        struct packet rolling = protected_rtp(out, 1, (uint16_t)at);
        struct packet resting = protected_rtp(out, 2, (uint16_t)(at - 60000));
        assert_int_equal(open_rtp(in, &rolling), ZV_SRTP_PASS);
        assert_int_equal(open_rtp(in, &resting), ZV_SRTP_PASS);
    }
    assert_int_equal(in->stream_count, 2);
    assert_int_equal(in->streams[0].rtp.highest >> 16, 1);
    assert_int_equal(in->streams[1].rtp.highest >> 16, 0);
    zv_srtp_free(out);
    zv_srtp_free(in);
}

static void one_more_source_than_the_table_holds_is_dropped(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE), *other = new_context(PROFILE);
    struct zv_srtp *in = new_context(PROFILE);
    for (uint32_t ssrc = 0; ssrc < ZV_SRTP_MAX_STREAMS; ssrc++) {
        struct packet packet = protected_rtp(out, ssrc, 1);
        assert_int_equal(open_rtp(in, &packet), ZV_SRTP_PASS);
    }
    struct packet packet = protected_rtp(other, 99, 1), report = protected_rtcp(other, 99);
    assert_int_equal(open_rtp(in, &packet), ZV_SRTP_DROP_STREAM_LIMIT);
    assert_int_equal(open_rtcp(in, &report), ZV_SRTP_DROP_STREAM_LIMIT);
    uint8_t plain[64];
    size_t len = write_rtp(plain, 99, 1, 4);
    assert_int_equal(zv_srtp_protect_rtp(out, plain, len, sizeof(plain), &len),
                     ZV_SRTP_DROP_STREAM_LIMIT);
    struct packet known = protected_rtp(out, 3, 2);
    assert_int_equal(open_rtp(in, &known), ZV_SRTP_PASS);
    zv_srtp_free(out);
    zv_srtp_free(other);
    zv_srtp_free(in);
}

static void the_sender_never_uses_an_index_twice(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE);
    uint8_t packet[256];
    size_t len = 0;
    (void)protected_rtp(out, 1, 500);
    (void)protected_rtp(out, 1, 700);
    assert_int_equal(
        zv_srtp_protect_rtp(out, packet, write_rtp(packet, 1, 700, 50), sizeof(packet), &len),
        ZV_SRTP_DROP_REPLAYED);
    assert_int_equal(
        zv_srtp_protect_rtp(out, packet, write_rtp(packet, 1, 500, 50), sizeof(packet), &len),
        ZV_SRTP_DROP_TOO_OLD);
    assert_int_equal(len, 0);
    zv_srtp_free(out);
}

static void a_key_is_used_up_after_two_to_the_48_and_31_packets(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE);
    struct zv_srtp_stream last = {.ssrc = 1};
    uint8_t packet[256];
    size_t len = 0;
    zv_srtp_window_add(&last.rtp, (UINT64_C(1) << 48) - 2);
    zv_srtp_window_add(&last.rtcp, (UINT64_C(1) << 31) - 2);
    zv_srtp_keep_stream(out, &last);
    (void)protected_rtp(out, 1, 0xffff);
    (void)protected_rtcp(out, 1);
    assert_int_equal(
        zv_srtp_protect_rtp(out, packet, write_rtp(packet, 1, 0, 50), sizeof(packet), &len),
        ZV_SRTP_DROP_EXHAUSTED);
    assert_int_equal(
        zv_srtp_protect_rtcp(out, packet, write_rtcp(packet, 1, 0), sizeof(packet), &len),
        ZV_SRTP_DROP_EXHAUSTED);
    zv_srtp_free(out);
}

/* All streams of a key count together (RFC 3711 section 9.2). */
static void all_streams_use_up_one_key(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE);
    uint8_t packet[256];
    size_t len = 0;
    out->rtp_counts[ZV_SRTP_PASS] = UINT64_C(1) << 48;
    out->rtcp_counts[ZV_SRTP_PASS] = UINT64_C(1) << 31;
    assert_int_equal(
        zv_srtp_protect_rtp(out, packet, write_rtp(packet, 1, 0, 50), sizeof(packet), &len),
        ZV_SRTP_DROP_EXHAUSTED);
    assert_int_equal(
        zv_srtp_protect_rtcp(out, packet, write_rtcp(packet, 1, 0), sizeof(packet), &len),
        ZV_SRTP_DROP_EXHAUSTED);
    zv_srtp_free(out);
}

static void unencrypted_rtcp_is_refused_before_a_byte_is_written(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        struct packet report = protected_rtcp(out, 1);
        bool is_aead = zv_srtp_find_suite(profile)->is_aead;
        report.data[report.len - (is_aead ? 4 : 14)] &= 0x7f;
        struct packet before = report;
        assert_int_equal(zv_srtp_unprotect_rtcp(in, report.data, report.len, &report.len),
                         ZV_SRTP_DROP_NOT_ENCRYPTED);
        assert_memory_equal(report.data, before.data, before.len);
        assert_int_equal(report.len, before.len);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void malformed_packets_are_dropped(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        struct packet good = protected_rtp(out, 1, 1), report = protected_rtcp(out, 1);
        const struct zv_srtp_suite *suite = zv_srtp_find_suite(profile);
        for (size_t len = 0; len < 12u + suite->rtp_tag_bytes; len++) {
            struct packet cut = good;
            cut.len = len;
            assert_int_equal(open_rtp(in, &cut), ZV_SRTP_DROP_MALFORMED);
        }
        for (size_t len = 0; len < 12u + suite->rtcp_tag_bytes; len++) {
            struct packet cut = report;
            cut.len = len;
            assert_int_equal(open_rtcp(in, &cut), ZV_SRTP_DROP_MALFORMED);
        }
        struct packet bad = good;
        bad.data[0] = 0x40; /* version 1 */
        assert_int_equal(open_rtp(in, &bad), ZV_SRTP_DROP_MALFORMED);
        bad = good;
        bad.data[0] = 0x90; /* an extension longer than the packet */
        zv_set_u16(bad.data + 14, 0xffff);
        assert_int_equal(open_rtp(in, &bad), ZV_SRTP_DROP_MALFORMED);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void csrcs_and_extension_stay_readable_and_are_authenticated(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        struct zv_srtp *out = new_context(profile), *in = new_context(profile);
        uint8_t packet[256] = {0};
        size_t len = write_rtp(packet, 1, 1, 100);
        packet[0] = 0x92; /* two CSRCs and an extension of two words */
        zv_set_u16(packet + 22, 2);
        uint8_t plain[256];
        memcpy(plain, packet, sizeof(plain));
        assert_int_equal(zv_srtp_protect_rtp(out, packet, len, sizeof(packet), &len), ZV_SRTP_PASS);
        assert_memory_equal(packet, plain, 32);
        assert_memory_not_equal(packet + 32, plain + 32, 80);
        uint8_t forged[256];
        memcpy(forged, packet, sizeof(forged));
        forged[30] ^= 1;
        size_t forged_len;
        assert_int_equal(zv_srtp_unprotect_rtp(in, forged, len, &forged_len), ZV_SRTP_DROP_AUTH);
        assert_int_equal(zv_srtp_unprotect_rtp(in, packet, len, &len), ZV_SRTP_PASS);
        assert_memory_equal(packet, plain, 112);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void a_full_buffer_is_told_apart(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE);
    uint8_t packet[256];
    size_t len = write_rtp(packet, 1, 1, 100), got = 0;
    assert_int_equal(zv_srtp_protect_rtp(out, packet, len, len + 15, &got), ZV_SRTP_DROP_NO_ROOM);
    assert_int_equal(zv_srtp_protect_rtp(out, packet, len, len + 16, &got), ZV_SRTP_PASS);
    len = write_rtcp(packet, 1, 1);
    assert_int_equal(zv_srtp_protect_rtcp(out, packet, len, len + 19, &got), ZV_SRTP_DROP_NO_ROOM);
    assert_int_equal(zv_srtp_protect_rtcp(out, packet, len, len + 20, &got), ZV_SRTP_PASS);
    assert_int_equal(zv_srtp_count_rtp(out, ZV_SRTP_DROP_NO_ROOM), 1);
    zv_srtp_free(out);
}

static void other_keys_open_nothing(void **state)
{
    (void)state;
    EACH_PROFILE(profile)
    {
        uint8_t key[ZV_SRTP_MAX_KEY_BYTES] = {1, 2, 3};
        struct zv_srtp_cfg cfg = test_cfg(profile);
        cfg.key = key;
        struct zv_srtp *out = new_context(profile), *in = NULL;
        assert_int_equal(zv_srtp_new(&in, &cfg), 0);
        struct packet packet = protected_rtp(out, 1, 1);
        assert_int_equal(open_rtp(in, &packet), ZV_SRTP_DROP_AUTH);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void wrong_key_lengths_and_profiles_are_refused(void **state)
{
    (void)state;
    struct zv_srtp *srtp = NULL;
    struct zv_srtp_cfg cfg = test_cfg(PROFILE);
    cfg.key_len--;
    assert_int_equal(zv_srtp_new(&srtp, &cfg), ZV_E_INVAL);
    cfg = test_cfg(PROFILE);
    cfg.salt_len = 14;
    assert_int_equal(zv_srtp_new(&srtp, &cfg), ZV_E_INVAL);
    cfg.profile = 5; /* NULL_HMAC_SHA1_80 */
    assert_int_equal(zv_srtp_new(&srtp, &cfg), ZV_E_INVAL);
    assert_null(srtp);
    assert_int_equal(zv_srtp_key_bytes(5), 0);
    assert_string_equal(zv_srtp_profile_name(5), "unknown");
    assert_string_equal(zv_srtp_profile_name(PROFILE), "AEAD_AES_128_GCM");
}

static void without_memory_nothing_is_left_behind(void **state)
{
    (void)state;
    int64_t live = zv_alloc_live();
    struct zv_srtp_cfg cfg = test_cfg(PROFILE);
    struct zv_srtp *srtp = NULL;
    zv_alloc_fail_after(0);
    assert_int_equal(zv_srtp_new(&srtp, &cfg), ZV_E_NOMEM);
    zv_alloc_fail_after(-1);
    assert_null(srtp);
    assert_null(zv_srtp_free(NULL));
    assert_int_equal(zv_alloc_live(), live);
}

static void the_dump_names_streams_and_counts_but_no_keys(void **state)
{
    (void)state;
    struct zv_srtp *out = new_context(PROFILE);
    char text[512], tiny[4];
    (void)protected_rtp(out, 0xabcd1234, 7);
    size_t len = zv_srtp_dump(out, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "AEAD_AES_128_GCM"));
    assert_non_null(strstr(text, "ssrc=abcd1234 roc=0 seq=7"));
    assert_non_null(strstr(text, "pass=1/0"));
    assert_true(zv_srtp_dump(out, tiny, sizeof(tiny)) < sizeof(tiny));
    for (int i = 0; i < ZV_SRTP_VERDICT_COUNT; i++)
        assert_string_not_equal(zv_srtp_verdict_name(i), "unknown");
    zv_srtp_free(out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_protected_comes_back_unchanged),
    cmocka_unit_test(srtcp_has_an_80_bit_tag_where_srtp_has_32),
    cmocka_unit_test(every_changed_bit_fails_authentication_and_changes_nothing),
    cmocka_unit_test(a_hundred_thousand_forged_packets_leave_the_stream_whole),
    cmocka_unit_test(a_replayed_packet_is_dropped_and_counted),
    cmocka_unit_test(the_window_holds_128_packets),
    cmocka_unit_test(the_window_agrees_with_a_list_of_all_indices),
    cmocka_unit_test(the_sequence_rolls_over_in_and_out_of_order),
    cmocka_unit_test(a_pause_of_half_the_sequence_space_keeps_the_roll_over_counter),
    cmocka_unit_test(streams_have_their_own_counters),
    cmocka_unit_test(one_more_source_than_the_table_holds_is_dropped),
    cmocka_unit_test(the_sender_never_uses_an_index_twice),
    cmocka_unit_test(a_key_is_used_up_after_two_to_the_48_and_31_packets),
    cmocka_unit_test(all_streams_use_up_one_key),
    cmocka_unit_test(unencrypted_rtcp_is_refused_before_a_byte_is_written),
    cmocka_unit_test(malformed_packets_are_dropped),
    cmocka_unit_test(csrcs_and_extension_stay_readable_and_are_authenticated),
    cmocka_unit_test(a_full_buffer_is_told_apart),
    cmocka_unit_test(other_keys_open_nothing),
    cmocka_unit_test(wrong_key_lengths_and_profiles_are_refused),
    cmocka_unit_test(without_memory_nothing_is_left_behind),
    cmocka_unit_test(the_dump_names_streams_and_counts_but_no_keys),
};

ZV_TEST_MAIN(tests)
