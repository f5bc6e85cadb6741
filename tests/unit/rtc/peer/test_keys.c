/*
 * A SIP leg with keys from signalling (SDES): what passes, what does not, and how keys follow one
 * another. Two legs, wired to each other.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/time.h"
#include "rtc/peer/peer.h"

#include <string.h>

#define PCMU    0
#define PAYLOAD 160

enum { US, THEM };

static const enum zv_crypto_suite suites[] = {
    ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_32,
    ZV_CRYPTO_AEAD_AES_128_GCM, ZV_CRYPTO_AEAD_AES_256_GCM};

static struct zv_rand_seeded seeded = {.state = 11};
static struct zv_rand rand_source;

struct wire {
    struct zv_peer *peers[2];
    struct zv_addr addrs[2];
    uint32_t version;
    int64_t now_us;
    uint16_t source_seq[2]; /* of what is spoken into the legs */
    uint8_t sent[1600];     /* the last datagram, as it left */
    size_t sent_len;
    struct zv_peer_packet heard;
    uint8_t arrived[1600];
};

static struct zv_addr addr(const char *text)
{
    struct zv_addr parsed;
    assert_int_equal(zv_addr_parse(zv_str(text), &parsed), 0);
    return parsed;
}

static struct zv_crypto_key key_of(enum zv_crypto_suite suite, uint64_t number)
{
    struct zv_rand_seeded seed = {.state = number};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    struct zv_crypto_key key;
    zv_crypto_make_key(suite, &rand, &key);
    return key;
}

/* Who sends with key `tx` and hears with `rx`; 0: plain. */
static int set_keys(struct wire *wire, int i, enum zv_crypto_suite suite, uint64_t tx, uint64_t rx)
{
    struct zv_peer_rtp_remote remote = {.rtp = wire->addrs[!i], .version = wire->version};
    if (tx)
        remote.tx_key = key_of(suite, tx);
    if (rx)
        remote.rx_key = key_of(suite, rx);
    return zv_peer_set_rtp_remote(wire->peers[i], &remote, wire->now_us);
}

static void agree(struct wire *wire, enum zv_crypto_suite suite, uint64_t ours, uint64_t theirs)
{
    wire->version++;
    assert_int_equal(set_keys(wire, US, suite, ours, theirs), 0);
    assert_int_equal(set_keys(wire, THEM, suite, theirs, ours), 0);
}

static void open_wire(struct wire *wire, bool strict)
{
    static const struct zv_peer_codec codec = {PCMU, 8000};
    *wire = (struct wire){.now_us = ZV_SECONDS(1)};
    rand_source = zv_rand_seeded_source(&seeded);
    wire->addrs[US] = addr("203.0.113.1:4000");
    wire->addrs[THEM] = addr("203.0.113.2:5000");
    for (int i = 0; i < 2; i++) {
        struct zv_peer_cfg cfg = {.kind = ZV_PEER_RTP,
                                  .rand = &rand_source,
                                  .strict = strict && i == US,
                                  .local_rtp = wire->addrs[i],
                                  .local_rtcp = wire->addrs[i]};
        cfg.local_rtcp.port++;
        assert_int_equal(zv_peer_new(&wire->peers[i], &cfg, wire->now_us), 0);
        assert_int_equal(zv_peer_set_codecs(wire->peers[i], &codec, 1), 0);
    }
}

static void close_wire(struct wire *wire)
{
    for (int i = 0; i < 2; i++)
        zv_peer_free(wire->peers[i]);
}

/* Leaves `from`; the datagram stays in wire->sent. */
static void send(struct wire *wire, int from)
{
    uint8_t bytes[1600];
    struct zv_peer_packet packet = {
        .data = bytes, .len = ZV_RTP_HEADER_BYTES + PAYLOAD, .cap = sizeof(bytes)};
    const struct zv_rtp_rewrite header = {
        .pt = PCMU, .seq = wire->source_seq[from], .ts = wire->source_seq[from] * 160u, .ssrc = 77};
    struct zv_dgram out;
    wire->source_seq[from]++;
    zv_rtp_write_header(bytes, &header);
    memset(bytes + ZV_RTP_HEADER_BYTES, 0x55, PAYLOAD);
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    assert_int_equal(zv_peer_send_rtp(wire->peers[from], &packet, PCMU, wire->now_us, &out),
                     ZV_PEER_PACKET);
    memcpy(wire->sent, out.data, out.len);
    wire->sent_len = out.len;
    wire->now_us += ZV_MS(20);
}

/* What is in wire->sent arrives at `to`, from `source`. */
static enum zv_peer_verdict arrive_from(struct wire *wire, int to, const struct zv_addr *source)
{
    const struct zv_dgram in = {
        .data = wire->arrived, .len = wire->sent_len, .local = wire->addrs[to], .remote = *source};
    memcpy(wire->arrived, wire->sent, wire->sent_len);
    return zv_peer_receive(wire->peers[to], &in, sizeof(wire->arrived), wire->now_us, &wire->heard);
}

static enum zv_peer_verdict arrive(struct wire *wire, int to)
{
    return arrive_from(wire, to, &wire->addrs[!to]);
}

static enum zv_peer_verdict relay(struct wire *wire, int from)
{
    send(wire, from);
    return arrive(wire, !from);
}

static struct zv_peer_counters counters_of(const struct wire *wire, int i)
{
    struct zv_peer_counters counters;
    zv_peer_counters(wire->peers[i], &counters);
    return counters;
}

static uint64_t dropped(const struct wire *wire, int i, enum zv_peer_drop drop)
{
    return counters_of(wire, i).drops[drop];
}

static bool is_said_in_clear(const struct wire *wire)
{
    uint8_t payload[16];
    memset(payload, 0x55, sizeof(payload));
    for (size_t i = 0; i + sizeof(payload) <= wire->sent_len; i++) {
        if (memcmp(wire->sent + i, payload, sizeof(payload)) == 0)
            return true;
    }
    return false;
}

static uint16_t sequence_of(const struct wire *wire)
{
    return (uint16_t)(wire->sent[2] << 8 | wire->sent[3]);
}

/* ---- what passes ---- */

static void media_and_reports_pass_under_each_suite(void **state)
{
    (void)state;
    struct wire wire;
    for (size_t i = 0; i < ZV_ARRAY_LEN(suites); i++) {
        open_wire(&wire, false);
        agree(&wire, suites[i], 1, 2);
        for (int from = 0; from < 2; from++) {
            assert_int_equal(relay(&wire, from), ZV_PEER_PACKET);
            assert_false(is_said_in_clear(&wire));
            assert_int_equal(wire.heard.header.payload_len, PAYLOAD);
            assert_int_equal(wire.heard.data[wire.heard.header.payload_at], 0x55);
            assert_int_equal(counters_of(&wire, from).srtp, suites[i]);
        }
        struct zv_dgram out;
        zv_peer_on_timeout(wire.peers[US], zv_peer_deadline_us(wire.peers[US]));
        assert_true(zv_peer_poll_dgram(wire.peers[US], &out));
        assert_int_equal(out.remote.port, 5001);
        memcpy(wire.sent, out.data, wire.sent_len = out.len);
        const struct zv_addr rtcp = addr("203.0.113.1:4001");
        assert_int_equal(arrive_from(&wire, THEM, &rtcp), ZV_PEER_CONSUMED);
        assert_int_equal(counters_of(&wire, THEM).rx_rtcp, 1);
        assert_int_equal(arrive_from(&wire, THEM, &rtcp), ZV_PEER_DROP); /* a replay */
        close_wire(&wire);
    }
}

static void nothing_passes_without_the_key(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_NONE, 0, 0);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2), 0);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_DROP); /* they are plain still */
    assert_int_equal(set_keys(&wire, THEM, ZV_CRYPTO_AEAD_AES_128_GCM, 9, 1), 0);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(relay(&wire, THEM), ZV_PEER_DROP); /* another key than was agreed */
    assert_int_equal(dropped(&wire, US, ZV_PEER_DROP_AUTH), 10001);
    assert_int_equal(counters_of(&wire, US).rx_packets, 1);
    assert_int_equal(set_keys(&wire, THEM, ZV_CRYPTO_AEAD_AES_128_GCM, 2, 1), 0);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    close_wire(&wire);
}

static void keys_come_in_twos_and_a_failure_leaves_all_as_it_was(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 3, 0), ZV_E_INVAL);
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 0, 3), ZV_E_INVAL);
    for (int i = 0; i < 2; i++) {
        zv_alloc_fail_after(i);
        assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, 5, 6), ZV_E_NOMEM);
        zv_alloc_fail_after(-1);
    }
    assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    close_wire(&wire);
}

/* ---- one key after another ---- */

static void the_same_keys_again_keep_the_stream_and_the_replay_window(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, 1, 2);
    assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
    uint16_t seq = sequence_of(&wire);
    uint32_t ssrc = counters_of(&wire, US).tx_ssrc;
    agree(&wire, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, 1, 2);
    assert_int_equal(arrive(&wire, THEM), ZV_PEER_DROP);
    assert_int_equal(dropped(&wire, THEM, ZV_PEER_DROP_REPLAY), 1);
    assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
    assert_int_equal(sequence_of(&wire), (uint16_t)(seq + 1));
    assert_int_equal(counters_of(&wire, US).tx_ssrc, ssrc);
    close_wire(&wire);
}

/* More than a wrap, with losses about it, then a re-INVITE that repeats the keys, then on. */
static void the_roll_over_counter_outlives_a_repeated_key(void **state)
{
    (void)state;
    struct wire wire;
    for (size_t i = 0; i < ZV_ARRAY_LEN(suites); i++) {
        uint64_t lost = 0;
        open_wire(&wire, false);
        agree(&wire, suites[i], 1, 2);
        for (int n = 0; n < 140000; n++) {
            send(&wire, US);
            bool is_lost = n % 10 == 3 || sequence_of(&wire) == 0 || sequence_of(&wire) == 65535;
            lost += is_lost;
            if (!is_lost)
                assert_int_equal(arrive(&wire, THEM), ZV_PEER_PACKET);
            if (n == 70000)
                agree(&wire, suites[i], 1, 2);
        }
        assert_int_equal(counters_of(&wire, THEM).rx_packets, 140000 - lost);
        close_wire(&wire);
    }
}

static void new_keys_begin_a_new_stream_in_the_first_half_of_its_sequence(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, 1, 2);
    for (int n = 0; n < 40000; n++) /* into the second half, or beyond the first wrap */
        assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
    uint32_t ssrc = counters_of(&wire, US).tx_ssrc;
    for (uint64_t key = 10; key < 40; key++) {
        agree(&wire, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, key, 2);
        assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
        assert_true(sequence_of(&wire) < 32768);
        assert_int_not_equal(counters_of(&wire, US).tx_ssrc, ssrc);
        ssrc = counters_of(&wire, US).tx_ssrc;
    }
    /* Only ours was new each time: what they send went on. */
    uint32_t theirs = counters_of(&wire, THEM).tx_ssrc;
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    assert_int_equal(counters_of(&wire, THEM).tx_ssrc, theirs);
    close_wire(&wire);
}

static void packets_under_the_key_before_pass_until_one_comes_under_the_new(void **state)
{
    (void)state;
    struct wire wire;
    for (size_t i = 0; i < ZV_ARRAY_LEN(suites); i++) {
        open_wire(&wire, false);
        agree(&wire, suites[i], 1, 2);
        assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
        assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 3, 4), 0);
        assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET); /* our answer is on its way */
        assert_int_equal(wire.heard.data[wire.heard.header.payload_at], 0x55);
        send(&wire, THEM); /* one of theirs is overtaken */
        uint8_t old[1600];
        size_t old_len = wire.sent_len;
        memcpy(old, wire.sent, old_len);
        assert_int_equal(set_keys(&wire, THEM, ZV_CRYPTO_AEAD_AES_128_GCM, 4, 3), 0);
        assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
        memcpy(wire.sent, old, wire.sent_len = old_len);
        assert_int_equal(arrive(&wire, US), ZV_PEER_DROP);
        close_wire(&wire);
    }
}

static void the_key_before_does_not_serve_for_ever(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 3, 4), 0);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    wire.now_us += ZV_PEER_OLD_KEY_US;
    assert_int_equal(relay(&wire, THEM), ZV_PEER_DROP);
    close_wire(&wire);
}

/*
 * Hold and its end: another source with a key of its own, then the first one again, whose stream
 * went on. What was recorded of it is a replay still.
 */
static void the_key_before_that_returns_goes_on_where_it_was(void **state)
{
    (void)state;
    struct wire wire;
    struct zv_addr stranger = addr("192.0.2.66:6");
    for (size_t i = 0; i < ZV_ARRAY_LEN(suites); i++) {
        open_wire(&wire, false);
        agree(&wire, suites[i], 1, 2);
        for (int n = 0; n < 70000; n++) /* beyond the first wrap */
            assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
        assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 3, 4), 0);
        wire.now_us += 2 * ZV_PEER_OLD_KEY_US;
        assert_int_equal(set_keys(&wire, US, suites[i], 5, 2), 0);
        assert_int_equal(arrive_from(&wire, US, &stranger), ZV_PEER_DROP);
        assert_int_equal(counters_of(&wire, US).moves, 0);
        assert_int_equal(dropped(&wire, US, ZV_PEER_DROP_REPLAY), 1);
        assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
        close_wire(&wire);
    }
}

static void a_key_that_could_not_return_is_the_one_before_still(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 3, 4), 0);
    zv_alloc_fail_after(0);
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 5, 2), ZV_E_NOMEM);
    zv_alloc_fail_after(-1);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET); /* within its while */
    assert_int_equal(set_keys(&wire, US, ZV_CRYPTO_AEAD_AES_128_GCM, 5, 2), 0);
    assert_int_equal(arrive(&wire, US), ZV_PEER_DROP);
    assert_int_equal(dropped(&wire, US, ZV_PEER_DROP_REPLAY), 1);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    close_wire(&wire);
}

static void plain_again_is_plain_at_once(void **state)
{
    (void)state;
    struct wire wire;
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
    agree(&wire, ZV_CRYPTO_NONE, 0, 0);
    assert_int_equal(relay(&wire, US), ZV_PEER_PACKET);
    assert_true(is_said_in_clear(&wire));
    assert_int_equal(counters_of(&wire, US).srtp, 0);
    close_wire(&wire);
}

/* ---- where it comes from ---- */

static void who_has_the_key_may_move_at_any_time_and_who_replays_may_not(void **state)
{
    (void)state;
    struct wire wire;
    struct zv_addr elsewhere = addr("198.51.100.9:7000"), stranger = addr("192.0.2.66:6");
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    send(&wire, THEM);
    assert_int_equal(arrive_from(&wire, US, &elsewhere), ZV_PEER_PACKET);
    assert_int_equal(arrive_from(&wire, US, &stranger), ZV_PEER_DROP);
    wire.sent[20] ^= 1;
    assert_int_equal(arrive_from(&wire, US, &stranger), ZV_PEER_DROP);
    struct zv_peer_counters counters = counters_of(&wire, US);
    assert_true(zv_addr_eq(&counters.remote, &elsewhere));
    assert_int_equal(counters.moves, 1);
    close_wire(&wire);
}

static void what_comes_late_over_the_old_way_moves_nothing_back(void **state)
{
    (void)state;
    struct wire wire;
    struct zv_addr elsewhere = addr("198.51.100.9:7000");
    uint8_t late[1600];
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    assert_int_equal(relay(&wire, THEM), ZV_PEER_PACKET);
    send(&wire, THEM);
    size_t late_len = wire.sent_len;
    memcpy(late, wire.sent, late_len);
    send(&wire, THEM);
    assert_int_equal(arrive_from(&wire, US, &elsewhere), ZV_PEER_PACKET);
    memcpy(wire.sent, late, wire.sent_len = late_len);
    assert_int_equal(arrive(&wire, US), ZV_PEER_PACKET);
    struct zv_peer_counters counters = counters_of(&wire, US);
    assert_true(zv_addr_eq(&counters.remote, &elsewhere));
    close_wire(&wire);
}

static void a_strict_leg_stays_strict(void **state)
{
    (void)state;
    struct wire wire;
    struct zv_addr elsewhere = addr("203.0.113.2:5002");
    open_wire(&wire, true);
    agree(&wire, ZV_CRYPTO_AEAD_AES_128_GCM, 1, 2);
    send(&wire, THEM);
    assert_int_equal(arrive_from(&wire, US, &elsewhere), ZV_PEER_DROP);
    assert_int_equal(dropped(&wire, US, ZV_PEER_DROP_SOURCE), 1);
    assert_int_equal(arrive(&wire, US), ZV_PEER_PACKET);
    close_wire(&wire);
}

static void the_dump_names_the_suite_and_no_key(void **state)
{
    (void)state;
    struct wire wire;
    char text[512];
    open_wire(&wire, false);
    agree(&wire, ZV_CRYPTO_AEAD_AES_256_GCM, 1, 2);
    zv_peer_dump(wire.peers[US], text, sizeof(text));
    assert_non_null(strstr(text, "srtp=AEAD_AES_256_GCM"));
    close_wire(&wire);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(media_and_reports_pass_under_each_suite),
    cmocka_unit_test(nothing_passes_without_the_key),
    cmocka_unit_test(keys_come_in_twos_and_a_failure_leaves_all_as_it_was),
    cmocka_unit_test(the_same_keys_again_keep_the_stream_and_the_replay_window),
    cmocka_unit_test(the_roll_over_counter_outlives_a_repeated_key),
    cmocka_unit_test(new_keys_begin_a_new_stream_in_the_first_half_of_its_sequence),
    cmocka_unit_test(packets_under_the_key_before_pass_until_one_comes_under_the_new),
    cmocka_unit_test(the_key_before_does_not_serve_for_ever),
    cmocka_unit_test(the_key_before_that_returns_goes_on_where_it_was),
    cmocka_unit_test(a_key_that_could_not_return_is_the_one_before_still),
    cmocka_unit_test(plain_again_is_plain_at_once),
    cmocka_unit_test(who_has_the_key_may_move_at_any_time_and_who_replays_may_not),
    cmocka_unit_test(what_comes_late_over_the_old_way_moves_nothing_back),
    cmocka_unit_test(a_strict_leg_stays_strict),
    cmocka_unit_test(the_dump_names_the_suite_and_no_key),
};
ZV_TEST_MAIN(tests)
