/*
 * The same packets through rtc/srtp and through libsrtp2: bytes and verdicts must agree, in both
 * directions, with losses, reordering, replays, forgeries, several sources and roll-over.
 *
 * ZV_TEST_PACKETS is the number of packets in all (default 20,000; the long tier sets 1,000,000),
 * ZV_TEST_SEED the beginning of the random sequence.
 */
#include "fixture.h"

#include "base/rand.h"

#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCES        4
#define PENDING        24
#define MAX_PLAIN      400
#define PACKET_BYTES   512
#define DEFAULT_COUNT  20000
#define ROLLS_PER_CASE 3

/* libsrtp2 writes into its input and wants aligned memory. */
struct packet {
    _Alignas(8) uint8_t data[PACKET_BYTES];
    int len;
};

struct duel {
    struct zv_rand_seeded seeded;
    struct zv_rand rand;
    struct zv_srtp *our_out;
    struct zv_srtp *our_in;
    srtp_t their_out;
    srtp_t their_in;
    uint32_t sequence[SOURCES]; /* of the next packet, not wrapped */
    struct packet pending[PENDING];
    uint64_t passed, replayed, old, forged;
};

static uint32_t roll(struct duel *duel, uint32_t sides)
{
    return zv_rand_u32(&duel->rand) % sides;
}

static void set_policy(enum zv_srtp_profile profile, srtp_policy_t *policy)
{
    void (*const setters[][2])(srtp_crypto_policy_t *) = {
        {srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtp_default},
        {srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtp_default},
        {srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
         srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
        {srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
         srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
        {srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth},
        {srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(all_profiles); i++) {
        if (all_profiles[i] == profile) {
            setters[i][0](&policy->rtp);
            setters[i][1](&policy->rtcp);
        }
    }
}

static srtp_t new_libsrtp(enum zv_srtp_profile profile, bool is_sender)
{
    uint8_t master[ZV_SRTP_MAX_KEY_BYTES + ZV_SRTP_MAX_SALT_BYTES];
    srtp_policy_t policy;
    srtp_t session = NULL;
    memcpy(master, test_master(), sizeof(master));
    memset(&policy, 0, sizeof(policy));
    set_policy(profile, &policy);
    policy.ssrc.type = is_sender ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = master;
    policy.window_size = 128;
    assert_int_equal(srtp_create(&session, &policy), srtp_err_status_ok);
    return session;
}

static enum zv_srtp_verdict verdict_of(srtp_err_status_t status)
{
    switch (status) {
    case srtp_err_status_ok:
        return ZV_SRTP_PASS;
    case srtp_err_status_auth_fail:
        return ZV_SRTP_DROP_AUTH;
    case srtp_err_status_replay_fail:
        return ZV_SRTP_DROP_REPLAYED;
    case srtp_err_status_replay_old:
        return ZV_SRTP_DROP_TOO_OLD;
    default:
        return ZV_SRTP_DROP_INTERNAL;
    }
}

/* Header variants: contributing sources and an extension at random. */
static int write_random_rtp(struct duel *duel, uint8_t *data, uint32_t ssrc, uint16_t sequence)
{
    uint8_t body[MAX_PLAIN];
    uint32_t csrcs = roll(duel, 4) ? 0 : roll(duel, 16), words = roll(duel, 5);
    bool has_extension = !roll(duel, 3);
    size_t len = 12;
    (void)write_rtp(data, ssrc, sequence, 0);
    zv_rand_fill(&duel->rand, body, sizeof(body));
    data[0] = (uint8_t)(0x80 | csrcs | (has_extension ? 0x10 : 0));
    data[1] = (uint8_t)roll(duel, 256);
    memcpy(data + len, body, 4 * csrcs);
    len += 4 * csrcs;
    if (has_extension) {
        zv_set_u16(data + len, 0xbede);
        zv_set_u16(data + len + 2, (uint16_t)words);
        memcpy(data + len + 4, body, 4 * words);
        len += 4 + 4 * words;
    }
    size_t payload = roll(duel, 200);
    memcpy(data + len, body, payload);
    return (int)(len + payload);
}

static struct packet protect_by_both(struct duel *duel, uint32_t source, uint16_t sequence)
{
    struct packet ours, theirs;
    ours.len = write_random_rtp(duel, ours.data, 100 + source, sequence);
    theirs = ours;
    size_t len = 0;
    enum zv_srtp_verdict verdict =
        zv_srtp_protect_rtp(duel->our_out, ours.data, (size_t)ours.len, PACKET_BYTES, &len);
    srtp_err_status_t status = srtp_protect(duel->their_out, theirs.data, &theirs.len);
    assert_int_equal(verdict, verdict_of(status));
    assert_int_equal(verdict, ZV_SRTP_PASS);
    ours.len = (int)len;
    assert_int_equal(ours.len, theirs.len);
    assert_memory_equal(ours.data, theirs.data, len);
    return ours;
}

static void unprotect_by_both(struct duel *duel, const struct packet *packet)
{
    struct packet ours = *packet, theirs = *packet;
    size_t len = 0;
    enum zv_srtp_verdict verdict =
        zv_srtp_unprotect_rtp(duel->our_in, ours.data, (size_t)ours.len, &len);
    srtp_err_status_t status = srtp_unprotect(duel->their_in, theirs.data, &theirs.len);
    assert_int_equal(verdict, verdict_of(status));
    duel->passed += verdict == ZV_SRTP_PASS;
    duel->replayed += verdict == ZV_SRTP_DROP_REPLAYED;
    duel->old += verdict == ZV_SRTP_DROP_TOO_OLD;
    duel->forged += verdict == ZV_SRTP_DROP_AUTH;
    if (verdict != ZV_SRTP_PASS)
        return;
    assert_int_equal((int)len, theirs.len);
    assert_memory_equal(ours.data, theirs.data, len);
}

/* Anywhere but in the extension length, where libsrtp2 answers with a parse error of its own. */
static void forge(struct duel *duel, struct packet *packet)
{
    packet->data[packet->len - 1 - (int)roll(duel, 4)] ^= (uint8_t)(1 + roll(duel, 255));
}

static void exchange_rtp(struct duel *duel)
{
    uint32_t source = roll(duel, SOURCES);
    uint32_t skip_ahead = roll(duel, 50) ? 1 : 1 + roll(duel, 300);
    struct packet packet = protect_by_both(duel, source, (uint16_t)duel->sequence[source]);
    duel->sequence[source] += skip_ahead;
    uint32_t slot = roll(duel, PENDING);
    struct packet late = duel->pending[slot];
    duel->pending[slot] = packet;
    if (roll(duel, 3))
        unprotect_by_both(duel, &packet);
    if (!late.len)
        return;
    if (!roll(duel, 8)) {
        struct packet forged = late;
        forge(duel, &forged);
        unprotect_by_both(duel, &forged);
    }
    unprotect_by_both(duel, &late);
}

/* libsrtp2 counts SRTCP from 1, we from 0 (RFC 3711 section 3.4), so the bytes differ: each opens
 * what the other closed. */
static void exchange_rtcp(struct duel *duel)
{
    struct packet plain, ours, theirs;
    plain.len = (int)write_rtcp(plain.data, 100 + roll(duel, SOURCES), (uint8_t)roll(duel, 10));
    ours = theirs = plain;
    size_t len = 0;
    assert_int_equal(
        zv_srtp_protect_rtcp(duel->our_out, ours.data, (size_t)ours.len, PACKET_BYTES, &len),
        ZV_SRTP_PASS);
    ours.len = (int)len;
    assert_int_equal(srtp_protect_rtcp(duel->their_out, theirs.data, &theirs.len),
                     srtp_err_status_ok);
    assert_int_equal(ours.len, theirs.len);
    struct packet again = theirs;
    assert_int_equal(srtp_unprotect_rtcp(duel->their_in, ours.data, &ours.len), srtp_err_status_ok);
    assert_int_equal(zv_srtp_unprotect_rtcp(duel->our_in, theirs.data, (size_t)theirs.len, &len),
                     ZV_SRTP_PASS);
    assert_int_equal((int)len, plain.len);
    assert_int_equal(ours.len, plain.len);
    assert_memory_equal(ours.data, plain.data, (size_t)plain.len);
    assert_memory_equal(theirs.data, plain.data, (size_t)plain.len);
    assert_int_equal(zv_srtp_unprotect_rtcp(duel->our_in, again.data, (size_t)again.len, &len),
                     ZV_SRTP_DROP_REPLAYED);
}

static void begin_duel(struct duel *duel, enum zv_srtp_profile profile)
{
    duel->our_out = new_context(profile);
    duel->our_in = new_context(profile);
    duel->their_out = new_libsrtp(profile, true);
    duel->their_in = new_libsrtp(profile, false);
    for (uint32_t i = 0; i < SOURCES; i++)
        duel->sequence[i] = i ? 65400 + roll(duel, 136) : roll(duel, 65536);
    memset(duel->pending, 0, sizeof(duel->pending));
}

static void end_duel(struct duel *duel)
{
    zv_srtp_free(duel->our_out);
    zv_srtp_free(duel->our_in);
    srtp_dealloc(duel->their_out);
    srtp_dealloc(duel->their_in);
}

static uint64_t env_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t value = 0;
    return text && zv_str_to_u64(zv_str(text), &value) == 0 ? value : otherwise;
}

static void libsrtp2_agrees_on_random_packets(void **state)
{
    (void)state;
    uint64_t seed = env_number("ZV_TEST_SEED", 1);
    uint64_t count = env_number("ZV_TEST_PACKETS", DEFAULT_COUNT) / ZV_ARRAY_LEN(all_profiles);
    assert_int_equal(srtp_init(), srtp_err_status_ok);
    for (size_t i = 0; i < ZV_ARRAY_LEN(all_profiles); i++) {
        struct duel duel = {.seeded = {.state = seed + i}};
        duel.rand = zv_rand_seeded_source(&duel.seeded);
        begin_duel(&duel, all_profiles[i]);
        for (uint64_t n = 0; n < count; n++) {
            if (roll(&duel, 10))
                exchange_rtp(&duel);
            else
                exchange_rtcp(&duel);
        }
        print_message("%s: %llu opened, %llu replayed, %llu old, %llu forged\n",
                      zv_srtp_profile_name(all_profiles[i]), (unsigned long long)duel.passed,
                      (unsigned long long)duel.replayed, (unsigned long long)duel.old,
                      (unsigned long long)duel.forged);
        assert_true(duel.passed && duel.replayed && duel.old && duel.forged);
        assert_true(duel.sequence[1] > 65536);
        end_duel(&duel);
    }
    srtp_shutdown();
}

/* Few packets with long strides: the counter reaches 3 with each of both sides. */
static void libsrtp2_agrees_over_several_roll_overs(void **state)
{
    (void)state;
    assert_int_equal(srtp_init(), srtp_err_status_ok);
    for (size_t i = 0; i < ZV_ARRAY_LEN(all_profiles); i++) {
        struct duel duel = {.seeded = {.state = 7}};
        duel.rand = zv_rand_seeded_source(&duel.seeded);
        begin_duel(&duel, all_profiles[i]);
        for (uint32_t at = 65530; at < ROLLS_PER_CASE * 65536 + 100; at += 1 + roll(&duel, 2000)) {
            struct packet packet = protect_by_both(&duel, 0, (uint16_t)at);
            unprotect_by_both(&duel, &packet);
            unprotect_by_both(&duel, &packet);
        }
        assert_true(duel.passed > 100);
        assert_int_equal(duel.passed, duel.replayed);
        end_duel(&duel);
    }
    srtp_shutdown();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(libsrtp2_agrees_on_random_packets),
    cmocka_unit_test(libsrtp2_agrees_over_several_roll_overs),
};

ZV_TEST_MAIN(tests)
