/*
 * SDES (RFC 4568): the keys of an SRTP stream in its session description, as the attribute
 *
 *     a=crypto:<tag> <suite> inline:<key and salt, base64>[|lifetime][|MKI:length] [parameters]
 *
 * Each side names the key that it will send with. The key travels in clear wherever the signalling
 * does: SDES protects from those who see the media and not the signalling.
 *
 * What we do not do, on purpose, makes that one line unusable, not the description: MKI, several
 * keys, key derivation rates, unencrypted or unauthenticated streams, FEC orders, and session
 * parameters that we do not know (section 7.1.1) unless they are marked as optional by "-" (section
 * 6.3.7). A lifetime binds who sends under that key: theirs is checked for its form and range, ours
 * is the default, which rtc/srtp enforces (RFC 3711 section 9.2). The window size hint needs
 * nothing: our replay windows are larger than the least.
 */
#ifndef ZV_SDP_CRYPTO_H
#define ZV_SDP_CRYPTO_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/rand.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbered as the DTLS-SRTP protection profiles (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
enum zv_crypto_suite {
    ZV_CRYPTO_NONE = 0, /* no SRTP */
    ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80 = 1,
    ZV_CRYPTO_AES_CM_128_HMAC_SHA1_32 = 2,
    ZV_CRYPTO_AEAD_AES_128_GCM = 7,
    ZV_CRYPTO_AEAD_AES_256_GCM = 8,
};

/* Key and salt of the widest suite. */
#define ZV_CRYPTO_MAX_KEY_BYTES 44
/* Lines that we offer: one for each suite. */
#define ZV_CRYPTO_OFFERED 4

/* A secret: wipe it. */
struct zv_crypto_key {
    uint8_t suite;                          /* enum zv_crypto_suite; NONE: no key */
    uint8_t bytes[ZV_CRYPTO_MAX_KEY_BYTES]; /* master key, then master salt; 0 behind them */
};

/* One line. */
struct zv_crypto {
    uint32_t tag; /* up to 9 digits */
    struct zv_crypto_key key;
};

/* "AEAD_AES_128_GCM"; "none" and "unknown" else. Static storage. */
const char *zv_crypto_suite_name(enum zv_crypto_suite suite);
/* Bytes of master key and of master salt; 0 for NONE. */
size_t zv_crypto_key_bytes(enum zv_crypto_suite suite);
size_t zv_crypto_salt_bytes(enum zv_crypto_suite suite);

/* The value of a=crypto. ZV_E_PARSE: malformed; ZV_E_UNSUPPORTED: a suite or parameter that we do
 * not use. */
int zv_crypto_parse(struct zv_str value, struct zv_crypto *ret_crypto) ZV_MUST_CHECK;
/* The whole line, with its line end. */
void zv_crypto_write(const struct zv_crypto *crypto, struct zv_buf *buf);
/* `rand` must be fit for secrets. */
void zv_crypto_make_key(enum zv_crypto_suite suite, const struct zv_rand *rand,
                        struct zv_crypto_key *ret_key);
/* In time that does not depend on where they differ. */
bool zv_crypto_is_same_key(const struct zv_crypto_key *a, const struct zv_crypto_key *b);
/* What we offer, in order of preference. */
extern const enum zv_crypto_suite zv_crypto_offered[ZV_CRYPTO_OFFERED];

#endif
