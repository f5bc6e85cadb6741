/*
 * Hashes for digest authentication and STUN integrity: the one file of base/ that calls OpenSSL.
 */
#ifndef ZV_BASE_HASH_H
#define ZV_BASE_HASH_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum zv_hash_kind {
    ZV_HASH_MD5,
    ZV_HASH_SHA1,
    ZV_HASH_SHA256,
    ZV_HASH_SHA512_256,
};

#define ZV_HASH_MAX_BYTES 32
#define ZV_SHA1_BYTES     20

/* Bytes of a digest: 16, 20, 32, 32. */
size_t zv_hash_size(enum zv_hash_kind kind);
/* ZV_E_CRYPTO when the library lacks the algorithm (MD5 under a FIPS provider). */
int zv_hash(enum zv_hash_kind kind, const void *data, size_t len,
            uint8_t ret_digest[ZV_HASH_MAX_BYTES]) ZV_MUST_CHECK;
/* HMAC-SHA1 (RFC 2104) as STUN uses it; allocates nothing. */
void zv_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
                  uint8_t ret_mac[ZV_SHA1_BYTES]);
/* CRC-32 as in ITU-T V.42, reflected, for the STUN FINGERPRINT. */
uint32_t zv_crc32(const void *data, size_t len);

#endif
