/* a=crypto (RFC 4568): what is a usable line, what is none, and that ours is read as it is written.
 */
#include "support/test.h"

#include "base/err.h"
#include "sdp/crypto.h"

#include <stdio.h>
#include <string.h>

/* 30 bytes: RFC 4568 section 9.2, first example. */
#define KEY30 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
/* 28 and 44 bytes. */
#define KEY28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
#define KEY44 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis="

static int parse(const char *value, struct zv_crypto *ret_crypto)
{
    return zv_crypto_parse(zv_str(value), ret_crypto);
}

static void lines_of_each_suite_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint32_t tag;
        enum zv_crypto_suite suite;
    } lines[] = {
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, 1, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80},
        {"999999999 aes_cm_128_hmac_sha1_32 INLINE:" KEY30, 999999999,
         ZV_CRYPTO_AES_CM_128_HMAC_SHA1_32},
        {"0 AEAD_AES_128_GCM inline:" KEY28, 0, ZV_CRYPTO_AEAD_AES_128_GCM},
        {"7 AEAD_AES_256_GCM inline:" KEY44, 7, ZV_CRYPTO_AEAD_AES_256_GCM},
        /* As rtpengine writes it. */
        {"1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw", 1,
         ZV_CRYPTO_AEAD_AES_128_GCM},
        /* RFC 4568 section 9.2 and 6.1: lifetimes; 6.3: what may be ignored. */
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20", 1, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^48", 1, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80},
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1048576 WSH=128 -any -thing=1", 1,
         ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80},
        {"1  AES_CM_128_HMAC_SHA1_80\tinline:" KEY30 " ", 1, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(lines); i++) {
        struct zv_crypto crypto;
        assert_int_equal(parse(lines[i].value, &crypto), 0);
        assert_int_equal(crypto.tag, lines[i].tag);
        assert_int_equal(crypto.key.suite, lines[i].suite);
    }
}

static void the_key_is_what_the_base64_says(void **state)
{
    (void)state;
    struct zv_crypto crypto;
    assert_int_equal(parse("1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, &crypto), 0);
    assert_int_equal(crypto.key.bytes[0], 0x3d);
    assert_int_equal(crypto.key.bytes[29], 0x51);
    assert_int_equal(parse("1 AEAD_AES_256_GCM inline:" KEY44, &crypto), 0);
    for (uint8_t i = 0; i < 44; i++)
        assert_int_equal(crypto.key.bytes[i], i);
    static const char *const gcm[] = {KEY28, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"};
    for (size_t n = 0; n < ZV_ARRAY_LEN(gcm); n++) {
        char line[128];
        snprintf(line, sizeof(line), "1 AEAD_AES_128_GCM inline:%s", gcm[n]);
        assert_int_equal(parse(line, &crypto), 0);
        for (uint8_t i = 0; i < 28; i++)
            assert_int_equal(crypto.key.bytes[i], i);
    }
}

static void what_we_do_not_use_makes_the_line_unusable(void **state)
{
    (void)state;
    static const char *const values[] = {
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1:4",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|1:4",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|1:4;inline:" KEY30 "|2^20|2:4",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 ";inline:" KEY30,
        "1 F8_128_HMAC_SHA1_80 inline:" KEY30,
        "1 AES_256_CM_HMAC_SHA1_80 inline:" KEY44,
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNENCRYPTED_SRTP",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNENCRYPTED_SRTCP",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNAUTHENTICATED_SRTP",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " KDR=1",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " FEC_ORDER=FEC_SRTP",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " WSH=64 NEW_THING",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(values); i++) {
        struct zv_crypto crypto;
        assert_int_equal(parse(values[i], &crypto), ZV_E_UNSUPPORTED);
    }
}

static void what_is_malformed_is_refused(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",
        "1",
        "1 AES_CM_128_HMAC_SHA1_80",
        "1 AES_CM_128_HMAC_SHA1_80 inline:",
        "1 AES_CM_128_HMAC_SHA1_80 " KEY30,
        "1 AES_CM_128_HMAC_SHA1_80 inline: " KEY30,
        "01 AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
        "1000000000 AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
        "-1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
        "x AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
        /* base64 */
        "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVB",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "A",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "AAAA",
        "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaV-_",
        "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVB=",
        "1 AES_CM_128_HMAC_SHA1_80 inline:PS1u=CVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR",
        "1 AEAD_AES_128_GCM inline:" KEY30,
        "1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=",
        "1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw===",
        "1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=A",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY28,
        /* lifetimes */
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^49",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1234567890123456",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|2^20",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " WSH=",
        "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " WSH=x",
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(values); i++) {
        struct zv_crypto crypto = {.tag = 77};
        assert_int_equal(parse(values[i], &crypto), ZV_E_PARSE);
        assert_int_equal(crypto.tag, 77);
    }
}

static void what_is_written_is_read_as_the_same_key(void **state)
{
    (void)state;
    struct zv_rand_seeded seed = {.state = 3};
    struct zv_rand rand = zv_rand_seeded_source(&seed);
    for (size_t i = 0; i < ZV_CRYPTO_OFFERED; i++) {
        char memory[160];
        struct zv_buf buf = zv_buf(memory, sizeof(memory));
        struct zv_crypto crypto = {.tag = (uint32_t)i + 1}, again;
        zv_crypto_make_key(zv_crypto_offered[i], &rand, &crypto.key);
        zv_crypto_write(&crypto, &buf);
        const char *line = zv_buf_cstr(&buf);
        assert_non_null(line);
        assert_memory_equal(line, "a=crypto:", 9);
        assert_string_equal(line + strlen(line) - 2, "\r\n");
        assert_int_equal(zv_crypto_parse(zv_str_n(line + 9, strlen(line) - 11), &again), 0);
        assert_int_equal(again.tag, crypto.tag);
        assert_true(zv_crypto_is_same_key(&again.key, &crypto.key));
        zv_crypto_make_key(zv_crypto_offered[i], &rand, &again.key);
        assert_false(zv_crypto_is_same_key(&again.key, &crypto.key));
    }
}

/* The flight recorder blanks keys with this letter; what it kept is played again. */
static void a_blanked_key_is_still_a_key(void **state)
{
    (void)state;
    struct zv_crypto crypto;
    assert_int_equal(parse("1 AES_CM_128_HMAC_SHA1_80 "
                           "inline:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                           &crypto),
                     0);
    assert_int_equal(
        parse("1 AEAD_AES_128_GCM inline:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==", &crypto), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lines_of_each_suite_are_read),
    cmocka_unit_test(the_key_is_what_the_base64_says),
    cmocka_unit_test(what_we_do_not_use_makes_the_line_unusable),
    cmocka_unit_test(what_is_malformed_is_refused),
    cmocka_unit_test(what_is_written_is_read_as_the_same_key),
    cmocka_unit_test(a_blanked_key_is_still_a_key),
};
ZV_TEST_MAIN(tests)
