/* SHA1_* is deprecated in OpenSSL 3, but neither EVP_MAC nor HMAC works without two allocations a
 * packet there. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"

#include "base/err.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#define HMAC_BLOCK_BYTES 64

static const EVP_MD *evp_of(enum zv_hash_kind kind)
{
    switch (kind) {
    case ZV_HASH_MD5:
        return EVP_md5();
    case ZV_HASH_SHA1:
        return EVP_sha1();
    case ZV_HASH_SHA256:
        return EVP_sha256();
    case ZV_HASH_SHA512_256:
        return EVP_sha512_256();
    }
    return NULL;
}

size_t zv_hash_size(enum zv_hash_kind kind)
{
    return kind == ZV_HASH_MD5 ? 16 : kind == ZV_HASH_SHA1 ? ZV_SHA1_BYTES : 32;
}

int zv_hash(enum zv_hash_kind kind, const void *data, size_t len,
            uint8_t ret_digest[ZV_HASH_MAX_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const EVP_MD *md = evp_of(kind);
    if (!md || EVP_Digest(data, len, digest, NULL, md, NULL) != 1)
        return ZV_E_CRYPTO;
    memcpy(ret_digest, digest, zv_hash_size(kind));
    return 0;
}

void zv_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
                  uint8_t ret_mac[ZV_SHA1_BYTES])
{
    uint8_t block[HMAC_BLOCK_BYTES] = {0}, pad[HMAC_BLOCK_BYTES], inner[ZV_SHA1_BYTES];
    SHA_CTX sha;
    if (key_len > sizeof(block))
        SHA1(key, key_len, block);
    else if (key_len)
        memcpy(block, key, key_len);
    for (size_t i = 0; i < sizeof(pad); i++)
        pad[i] = block[i] ^ 0x36;
    SHA1_Init(&sha);
    SHA1_Update(&sha, pad, sizeof(pad));
    SHA1_Update(&sha, data, len);
    SHA1_Final(inner, &sha);
    for (size_t i = 0; i < sizeof(pad); i++)
        pad[i] = block[i] ^ 0x5c;
    SHA1_Init(&sha);
    SHA1_Update(&sha, pad, sizeof(pad));
    SHA1_Update(&sha, inner, sizeof(inner));
    SHA1_Final(ret_mac, &sha);
}

uint32_t zv_crc32(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (UINT32_C(0xedb88320) & (0 - (crc & 1)));
    }
    return ~crc;
}
