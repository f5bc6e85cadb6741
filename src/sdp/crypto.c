#include "sdp/crypto.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

#define MAX_TAG_DIGITS 9
/* 2^48 packets (RFC 3711 section 9.2), the most that a lifetime may say. */
#define MAX_LIFETIME_POWER  48
#define MAX_LIFETIME_DIGITS 15 /* of 2^48 written out */

static const struct suite {
    enum zv_crypto_suite suite;
    const char *name;
    uint8_t key_bytes;
    uint8_t salt_bytes;
} suites[] = {
    {ZV_CRYPTO_NONE, "none", 0, 0},
    {ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 16, 14},
    {ZV_CRYPTO_AES_CM_128_HMAC_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 16, 14},
    {ZV_CRYPTO_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 16, 12}, /* RFC 7714 section 14.1 */
    {ZV_CRYPTO_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 32, 12},
};

/* GCM first, since it costs least; the one with the short tag last. */
const enum zv_crypto_suite zv_crypto_offered[ZV_CRYPTO_OFFERED] = {
    ZV_CRYPTO_AEAD_AES_128_GCM,
    ZV_CRYPTO_AEAD_AES_256_GCM,
    ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80,
    ZV_CRYPTO_AES_CM_128_HMAC_SHA1_32,
};

static const struct suite *find_suite(enum zv_crypto_suite suite)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(suites); i++) {
        if (suites[i].suite == suite)
            return &suites[i];
    }
    return NULL;
}

const char *zv_crypto_suite_name(enum zv_crypto_suite suite)
{
    const struct suite *found = find_suite(suite);
    return found ? found->name : "unknown";
}

size_t zv_crypto_key_bytes(enum zv_crypto_suite suite)
{
    const struct suite *found = find_suite(suite);
    return found ? found->key_bytes : 0;
}

size_t zv_crypto_salt_bytes(enum zv_crypto_suite suite)
{
    const struct suite *found = find_suite(suite);
    return found ? found->salt_bytes : 0;
}

static size_t secret_bytes(enum zv_crypto_suite suite)
{
    return zv_crypto_key_bytes(suite) + zv_crypto_salt_bytes(suite);
}

/* ---- base64 (RFC 4648 section 4) ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int sextet_of(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/*
 * Exactly `len` bytes and not a character beside, with the padding that they need or with none:
 * RFC 4568 section 6.1 has it discarded, and some (rtpengine) do so when they write. Bits behind
 * the last byte are not looked at: a recorded description has its keys blanked, and must still be
 * one.
 */
static int decode(struct zv_str text, uint8_t *dst, size_t len)
{
    size_t digits = (len * 4 + 2) / 3;
    uint32_t bits = 0;
    int held = 0; /* of them, not yet written */
    if (text.len != digits && text.len != (len + 2) / 3 * 4)
        return ZV_E_PARSE;
    for (size_t i = digits; i < text.len; i++) {
        if (text.p[i] != '=')
            return ZV_E_PARSE;
    }
    for (size_t i = 0, written = 0; i < digits; i++) {
        int value = sextet_of(text.p[i]);
        if (value < 0)
            return ZV_E_PARSE;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        dst[written++] = (uint8_t)(bits >> held);
    }
    return 0;
}

static void encode(const uint8_t *src, size_t len, struct zv_buf *buf)
{
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)src[i] << 16;
        if (i + 1 < len)
            bits |= (uint32_t)src[i + 1] << 8;
        if (i + 2 < len)
            bits |= src[i + 2];
        for (size_t j = 0; j < 4; j++)
            zv_buf_put_char(buf, i + j > len ? '=' : alphabet[bits >> (18 - 6 * j) & 63]);
    }
}

/* ---- parsing ---- */

static struct zv_str next_word(struct zv_str *rest)
{
    struct zv_str trimmed = zv_str_trim(*rest);
    size_t len = 0;
    while (len < trimmed.len && trimmed.p[len] != ' ' && trimmed.p[len] != '\t')
        len++;
    *rest = zv_str_tail(trimmed, len);
    return zv_str_head(trimmed, len);
}

static bool is_number(struct zv_str text, size_t max_digits)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!zv_is_digit(text.p[i]))
            return false;
    }
    return text.len > 0 && text.len <= max_digits;
}

/* Decimal without leading zeros (section 9.1), so that one tag has one way to be written. */
static int parse_tag(struct zv_str text, uint32_t *ret_tag)
{
    if (!is_number(text, MAX_TAG_DIGITS) || (text.len > 1 && text.p[0] == '0'))
        return ZV_E_PARSE;
    return zv_str_to_u32(text, ret_tag);
}

static int parse_suite(struct zv_str text, enum zv_crypto_suite *ret_suite)
{
    for (size_t i = 1; i < ZV_ARRAY_LEN(suites); i++) {
        if (zv_str_is_i(text, suites[i].name)) {
            *ret_suite = suites[i].suite;
            return 0;
        }
    }
    return text.len ? ZV_E_UNSUPPORTED : ZV_E_PARSE;
}

/* "2^20", or a number of packets. */
static bool is_lifetime(struct zv_str text)
{
    uint32_t power;
    if (zv_str_has_prefix(text, "2^"))
        return !zv_str_to_u32(zv_str_tail(text, 2), &power) && power <= MAX_LIFETIME_POWER;
    return is_number(text, MAX_LIFETIME_DIGITS);
}

/* What follows the key: |lifetime, |MKI:length, or both in this order. */
static int check_key_info(struct zv_str rest)
{
    struct zv_str field;
    bool is_first = true;
    while (zv_str_split(&rest, '|', &field)) {
        if (zv_str_find(field, ':') >= 0)
            return ZV_E_UNSUPPORTED; /* MKI */
        if (!is_first || !is_lifetime(field))
            return ZV_E_PARSE;
        is_first = false;
    }
    return 0;
}

static int parse_key(struct zv_str text, enum zv_crypto_suite suite, struct zv_crypto_key *ret_key)
{
    static const char method[] = "inline:";
    struct zv_crypto_key key = {.suite = (uint8_t)suite};
    struct zv_str key_text;
    if (zv_str_find(text, ';') >= 0)
        return ZV_E_UNSUPPORTED; /* several keys need MKIs to tell them apart */
    if (!zv_str_has_prefix_i(text, method))
        return ZV_E_PARSE;
    text = zv_str_tail(text, sizeof(method) - 1);
    if (!zv_str_split(&text, '|', &key_text))
        return ZV_E_PARSE;
    int err = check_key_info(text);
    if (!err)
        err = decode(key_text, key.bytes, secret_bytes(suite));
    if (!err)
        *ret_key = key;
    zv_wipe(&key, sizeof(key));
    return err;
}

/* A window size hint is all that we can oblige; "-…" may be ignored. */
static int check_parameters(struct zv_str rest)
{
    static const char window[] = "WSH=";
    struct zv_str word;
    while ((word = next_word(&rest)).len) {
        if (word.p[0] == '-')
            continue;
        if (!zv_str_has_prefix_i(word, window))
            return ZV_E_UNSUPPORTED;
        if (!is_number(zv_str_tail(word, sizeof(window) - 1), 9))
            return ZV_E_PARSE;
    }
    return 0;
}

int zv_crypto_parse(struct zv_str value, struct zv_crypto *ret_crypto)
{
    struct zv_str rest = value;
    struct zv_crypto crypto = {0};
    enum zv_crypto_suite suite = ZV_CRYPTO_NONE;
    int err = parse_tag(next_word(&rest), &crypto.tag);
    if (!err)
        err = parse_suite(next_word(&rest), &suite);
    if (!err)
        err = parse_key(next_word(&rest), suite, &crypto.key);
    if (!err)
        err = check_parameters(rest);
    if (!err)
        *ret_crypto = crypto;
    zv_wipe(&crypto, sizeof(crypto));
    return err;
}

/* ---- writing, keys ---- */

void zv_crypto_write(const struct zv_crypto *crypto, struct zv_buf *buf)
{
    enum zv_crypto_suite suite = (enum zv_crypto_suite)crypto->key.suite;
    zv_buf_printf(buf, "a=crypto:%u %s inline:", crypto->tag, zv_crypto_suite_name(suite));
    encode(crypto->key.bytes, secret_bytes(suite), buf);
    zv_buf_put_text(buf, "\r\n");
}

void zv_crypto_make_key(enum zv_crypto_suite suite, const struct zv_rand *rand,
                        struct zv_crypto_key *ret_key)
{
    *ret_key = (struct zv_crypto_key){.suite = (uint8_t)suite};
    zv_rand_fill(rand, ret_key->bytes, secret_bytes(suite));
}

bool zv_crypto_is_same_key(const struct zv_crypto_key *a, const struct zv_crypto_key *b)
{
    return a->suite == b->suite &&
           zv_str_eq_const_time(zv_str_n((const char *)a->bytes, sizeof(a->bytes)),
                                zv_str_n((const char *)b->bytes, sizeof(b->bytes)));
}
