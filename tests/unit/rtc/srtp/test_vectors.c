/*
 * The vectors of RFC 3711 appendix B, RFC 6188 section 7 and RFC 7714 sections 16 and 17. The
 * latter give session keys, so they go in below the key derivation.
 */
#include "support/test.h"

#include "base/str.h"
#include "rtc/srtp/srtp_int.h"

#include <string.h>

static size_t unhex(const char *text, uint8_t *dst, size_t cap)
{
    size_t len = 0;
    int high = -1;
    for (; *text; text++) {
        int value = zv_hex_value(*text);
        if (value < 0)
            continue;
        if (high < 0) {
            high = value;
            continue;
        }
        assert_true(len < cap);
        dst[len++] = (uint8_t)(high << 4 | value);
        high = -1;
    }
    return len;
}

static void assert_hex(const uint8_t *data, size_t len, const char *text)
{
    uint8_t expected[512];
    assert_int_equal(unhex(text, expected, sizeof(expected)), len);
    assert_memory_equal(data, expected, len);
}

/* A context whose session keys are given. */
static struct zv_srtp *with_session(enum zv_srtp_profile profile, const char *key, const char *salt)
{
    uint8_t zeros[ZV_SRTP_MAX_KEY_BYTES] = {0}, session[ZV_SRTP_MAX_KEY_BYTES];
    struct zv_srtp *srtp = NULL;
    assert_int_equal(zv_srtp_new(&srtp,
                                 &(struct zv_srtp_cfg){
                                     .profile = profile,
                                     .key = zeros,
                                     .key_len = zv_srtp_key_bytes(profile),
                                     .salt = zeros,
                                     .salt_len = zv_srtp_salt_bytes(profile),
                                 }),
                     0);
    struct zv_srtp_session *sessions[] = {&srtp->rtp, &srtp->rtcp};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(unhex(key, session, sizeof(session)), zv_srtp_key_bytes(profile));
        assert_int_equal(EVP_EncryptInit_ex(sessions[i]->cipher, NULL, NULL, session, NULL), 1);
        unhex(salt, sessions[i]->salt, sizeof(sessions[i]->salt));
    }
    return srtp;
}

static void check_keystream(enum zv_srtp_profile profile, const char *key, const char *expected)
{
    struct zv_srtp *srtp = with_session(profile, key, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
    uint8_t stream[48] = {0};
    assert_true(zv_srtp_cm_crypt(&srtp->rtp, (struct zv_srtp_nonce){0}, stream, sizeof(stream)));
    assert_hex(stream, sizeof(stream), expected);
    zv_srtp_free(srtp);
}

static void the_aes_128_keystream_is_that_of_rfc_3711(void **state)
{
    (void)state;
    check_keystream(ZV_SRTP_AES_CM_128_HMAC_SHA1_80, "2B7E151628AED2A6ABF7158809CF4F3C",
                    "E03EAD0935C95E80E166B16DD92B4EB4"
                    "D23513162B02D0F72A43A2FE4A5F97AB"
                    "41E95B3BB0A2E8DD477901E4FCA894C0");
}

static void the_aes_256_keystream_is_that_of_rfc_6188(void **state)
{
    (void)state;
    check_keystream(ZV_SRTP_AES_256_CM_HMAC_SHA1_80,
                    "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
                    "92bdd28a93c3f52511c677d08b5515a4"
                    "9da71b2378a854f67050756ded165bac"
                    "63c4868b7096d88421b563b8c94c9a31");
}

static void check_derivation(enum zv_srtp_profile profile, const char *master[2],
                             const char *derived[3])
{
    uint8_t key[ZV_SRTP_MAX_KEY_BYTES], salt[ZV_SRTP_MAX_SALT_BYTES], out[ZV_SRTP_MAX_KEY_BYTES];
    const struct zv_srtp_suite *suite = zv_srtp_find_suite(profile);
    struct zv_srtp_cfg cfg = {.profile = profile, .key = key, .salt = salt};
    cfg.key_len = unhex(master[0], key, sizeof(key));
    cfg.salt_len = unhex(master[1], salt, sizeof(salt));
    struct zv_srtp_prf prf;
    assert_int_equal(zv_srtp_prf_init(&prf, suite, &cfg), 0);
    assert_int_equal(zv_srtp_prf_derive(&prf, ZV_SRTP_LABEL_RTP_KEY, cfg.key_len, out), 0);
    assert_hex(out, cfg.key_len, derived[0]);
    assert_int_equal(zv_srtp_prf_derive(&prf, ZV_SRTP_LABEL_RTP_SALT, cfg.salt_len, out), 0);
    assert_hex(out, cfg.salt_len, derived[1]);
    assert_int_equal(zv_srtp_prf_derive(&prf, ZV_SRTP_LABEL_RTP_AUTH, ZV_SRTP_HMAC_KEY_BYTES, out),
                     0);
    assert_hex(out, ZV_SRTP_HMAC_KEY_BYTES, derived[2]);
    zv_srtp_prf_fini(&prf);
}

static void session_keys_of_aes_128_are_those_of_rfc_3711(void **state)
{
    (void)state;
    check_derivation(
        ZV_SRTP_AES_CM_128_HMAC_SHA1_80,
        (const char *[]){"E1F97A0D3E018BE0D64FA32C06DE4139", "0EC675AD498AFEEBB6960B3AABE6"},
        (const char *[]){"C61E7A93744F39EE10734AFE3FF7A087", "30CBBC08863D8C85D49DB34A9AE1",
                         "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"});
}

static void session_keys_of_aes_256_are_those_of_rfc_6188(void **state)
{
    (void)state;
    check_derivation(
        ZV_SRTP_AES_256_CM_HMAC_SHA1_80,
        (const char *[]){"f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
                         "3b04803de51ee7c96423ab5b78d2"},
        (const char *[]){"5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
                         "fa31791685ca444a9e07c6c64e93",
                         "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"});
}

/* RFC 7714: "Quid pro quo" is the salt, "Gallia est omnis divisa in partes tres" the text. */
#define GCM_SALT    "517569642070726f2071756f"
#define GCM_KEY_128 "000102030405060708090a0b0c0d0e0f"
#define GCM_KEY_256 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define GCM_RTP                                                                                    \
    "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 "   \
    "61727465 73207472 6573"
#define GCM_RTCP                                                                                   \
    "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef "   \
    "deadbeef deadbeef deadbeef"

struct gcm_vector {
    enum zv_srtp_profile profile;
    const char *key;
    const char *rtp;
    const char *rtcp;
};

static const struct gcm_vector gcm_vectors[] = {
    {ZV_SRTP_AEAD_AES_128_GCM, GCM_KEY_128,
     "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a "
     "51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
     "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda "
     "4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4"},
    {ZV_SRTP_AEAD_AES_256_GCM, GCM_KEY_256,
     "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 "
     "76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
     "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be "
     "8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4"},
};

static void gcm_rtp_is_that_of_rfc_7714(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(gcm_vectors); i++) {
        const struct gcm_vector *vector = &gcm_vectors[i];
        struct zv_srtp *out = with_session(vector->profile, vector->key, GCM_SALT);
        struct zv_srtp *in = with_session(vector->profile, vector->key, GCM_SALT);
        uint8_t packet[128];
        size_t len = unhex(GCM_RTP, packet, sizeof(packet));
        assert_int_equal(zv_srtp_protect_rtp(out, packet, len, sizeof(packet), &len), ZV_SRTP_PASS);
        assert_hex(packet, len, vector->rtp);
        assert_int_equal(zv_srtp_unprotect_rtp(in, packet, len, &len), ZV_SRTP_PASS);
        assert_hex(packet, len, GCM_RTP);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static void gcm_rtcp_is_that_of_rfc_7714(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(gcm_vectors); i++) {
        const struct gcm_vector *vector = &gcm_vectors[i];
        struct zv_srtp *out = with_session(vector->profile, vector->key, GCM_SALT);
        struct zv_srtp *in = with_session(vector->profile, vector->key, GCM_SALT);
        uint8_t packet[128];
        size_t len = unhex(GCM_RTCP, packet, sizeof(packet));
        struct zv_srtp_stream mars = {.ssrc = 0x4d617273};
        zv_srtp_window_add(&mars.rtcp, 0x5d3);
        zv_srtp_keep_stream(out, &mars);
        assert_int_equal(zv_srtp_protect_rtcp(out, packet, len, sizeof(packet), &len),
                         ZV_SRTP_PASS);
        assert_hex(packet, len, vector->rtcp);
        assert_int_equal(zv_srtp_unprotect_rtcp(in, packet, len, &len), ZV_SRTP_PASS);
        assert_hex(packet, len, GCM_RTCP);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_aes_128_keystream_is_that_of_rfc_3711),
    cmocka_unit_test(the_aes_256_keystream_is_that_of_rfc_6188),
    cmocka_unit_test(session_keys_of_aes_128_are_those_of_rfc_3711),
    cmocka_unit_test(session_keys_of_aes_256_are_those_of_rfc_6188),
    cmocka_unit_test(gcm_rtp_is_that_of_rfc_7714),
    cmocka_unit_test(gcm_rtcp_is_that_of_rfc_7714),
};

ZV_TEST_MAIN(tests)
