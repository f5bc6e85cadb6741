/*
 * What the files of rtc/srtp share: the suites, session keys, streams and replay windows.
 */
#ifndef ZV_RTC_SRTP_SRTP_INT_H
#define ZV_RTC_SRTP_SRTP_INT_H

#include "base/str.h"
#include "rtc/srtp/srtp.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>

#define ZV_SRTP_AEAD_TAG_BYTES   16 /* RFC 7714 section 13.2 */
#define ZV_SRTP_AEAD_SALT_BYTES  12 /* RFC 7714 section 12 */
#define ZV_SRTP_HMAC_KEY_BYTES   20 /* RFC 3711 section 8.2 */
#define ZV_SRTP_MAX_IV_BYTES     16
#define ZV_SRTP_WINDOW_BITS      128                 /* RFC 3711 section 3.3.2: at least 64 */
#define ZV_SRTP_RTP_INDEX_LIMIT  (UINT64_C(1) << 48) /* RFC 3711 section 9.2 */
#define ZV_SRTP_RTCP_INDEX_LIMIT (UINT64_C(1) << 31)

struct zv_srtp_suite {
    enum zv_srtp_profile profile;
    const char *name;
    const EVP_CIPHER *(*cipher_fn)(void); /* for packets */
    const EVP_CIPHER *(*prf_fn)(void);    /* AES in counter mode, for the key derivation */
    uint8_t key_bytes;
    uint8_t salt_bytes;
    uint8_t rtp_tag_bytes;
    uint8_t rtcp_tag_bytes;
    bool is_aead;
};

/* NULL: no such profile. */
const struct zv_srtp_suite *zv_srtp_find_suite(enum zv_srtp_profile profile);

/* HMAC-SHA1 with the padded key hashed once. */
struct zv_srtp_hmac {
    SHA_CTX inner;
    SHA_CTX outer;
};

void zv_srtp_hmac_init(struct zv_srtp_hmac *hmac, const uint8_t key[ZV_SRTP_HMAC_KEY_BYTES]);
/* Over `data` and then `suffix`. */
void zv_srtp_hmac_sign(const struct zv_srtp_hmac *hmac, struct zv_str data, struct zv_str suffix,
                       uint8_t ret_mac[SHA_DIGEST_LENGTH]);

/* Keys derived for RTP or for RTCP (RFC 3711 section 4.3). */
struct zv_srtp_session {
    EVP_CIPHER_CTX *cipher;   /* owned; keyed once, afterwards only its IV changes */
    struct zv_srtp_hmac hmac; /* unused by AEAD */
    uint8_t salt[ZV_SRTP_MAX_SALT_BYTES];
};

enum zv_srtp_label { /* RFC 3711 section 4.3.1 and 4.3.2 */
                     ZV_SRTP_LABEL_RTP_KEY,
                     ZV_SRTP_LABEL_RTP_AUTH,
                     ZV_SRTP_LABEL_RTP_SALT,
                     ZV_SRTP_LABEL_RTCP_KEY,
                     ZV_SRTP_LABEL_RTCP_AUTH,
                     ZV_SRTP_LABEL_RTCP_SALT,
};

/* A generator of session keys: AES-CM under the master key. */
struct zv_srtp_prf {
    EVP_CIPHER_CTX *aes; /* owned */
    uint8_t salt[ZV_SRTP_MAX_SALT_BYTES];
};

/* ZV_E_NOMEM, ZV_E_CRYPTO. zv_srtp_prf_fini is due in every case. */
int zv_srtp_prf_init(struct zv_srtp_prf *prf, const struct zv_srtp_suite *suite,
                     const struct zv_srtp_cfg *cfg) ZV_MUST_CHECK;
void zv_srtp_prf_fini(struct zv_srtp_prf *prf);
/* ZV_E_CRYPTO. */
int zv_srtp_prf_derive(struct zv_srtp_prf *prf, enum zv_srtp_label label, size_t len,
                       uint8_t *ret_key) ZV_MUST_CHECK;

/* `first` is the key label of the protocol; the auth and the salt label follow it. */
int zv_srtp_session_init(struct zv_srtp_session *session, const struct zv_srtp_suite *suite,
                         struct zv_srtp_prf *prf, enum zv_srtp_label first) ZV_MUST_CHECK;
void zv_srtp_session_fini(struct zv_srtp_session *session);

/* What names one packet under one key. */
struct zv_srtp_nonce {
    uint32_t ssrc;
    uint64_t index; /* RTP: roll-over counter << 16 | sequence; RTCP: its index */
};

/* AES-CM over `len` bytes, which is its own inverse. False: the library refused. */
bool zv_srtp_cm_crypt(struct zv_srtp_session *session, struct zv_srtp_nonce nonce, uint8_t *data,
                      size_t len);
/* AEAD with the associated data `aad` and, unless empty, `aad2` after it. */
bool zv_srtp_aead_seal(struct zv_srtp_session *session, struct zv_srtp_nonce nonce,
                       const struct zv_str aad[2], uint8_t *data, size_t len,
                       uint8_t ret_tag[ZV_SRTP_AEAD_TAG_BYTES]);
/* False: the tag is wrong; `data` is spoiled then. */
bool zv_srtp_aead_open(struct zv_srtp_session *session, struct zv_srtp_nonce nonce,
                       const struct zv_str aad[2], uint8_t *data, size_t len,
                       const uint8_t tag[ZV_SRTP_AEAD_TAG_BYTES]);

/* Indices seen: bit n stands for `highest` - n. */
struct zv_srtp_window {
    uint64_t highest;
    uint64_t bits[ZV_SRTP_WINDOW_BITS / 64];
    bool is_used; /* false: nothing seen yet */
};

/* PASS, REPLAYED or TOO_OLD. */
enum zv_srtp_verdict zv_srtp_window_check(const struct zv_srtp_window *window, uint64_t index);
/* The index passed zv_srtp_window_check. */
void zv_srtp_window_add(struct zv_srtp_window *window, uint64_t index);
/* The most likely index of an RTP sequence number (RFC 3711 section 3.3.1 and appendix A). */
uint64_t zv_srtp_window_guess(const struct zv_srtp_window *window, uint16_t sequence);

struct zv_srtp_stream {
    uint32_t ssrc;
    struct zv_srtp_window rtp;
    struct zv_srtp_window rtcp;
};

struct zv_srtp {
    const struct zv_srtp_suite *suite;
    struct zv_srtp_session rtp;
    struct zv_srtp_session rtcp;
    struct zv_srtp_stream streams[ZV_SRTP_MAX_STREAMS];
    size_t stream_count;
    uint64_t rtp_counts[ZV_SRTP_VERDICT_COUNT];
    uint64_t rtcp_counts[ZV_SRTP_VERDICT_COUNT];
};

/*
 * The stream of `ssrc`, or `fresh` prepared for it: it enters the table only by
 * zv_srtp_keep_stream, when its packet proved to be genuine. NULL: the table is full.
 */
struct zv_srtp_stream *zv_srtp_find_stream(struct zv_srtp *srtp, uint32_t ssrc,
                                           struct zv_srtp_stream *fresh);
void zv_srtp_keep_stream(struct zv_srtp *srtp, const struct zv_srtp_stream *stream);

#endif
