/*
 * HMAC-SHA1 (RFC 2104) for SRTP: the two hash states behind the padded key are computed once, so a
 * packet costs its own blocks and two more.
 *
 * SHA1_* is deprecated in OpenSSL 3, but EVP_MAC and HMAC_Init_ex allocate twice a packet and take
 * twice as long; the warning is silenced in this file alone.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "rtc/srtp/srtp_int.h"

#include "base/alloc.h"

#include <string.h>

#define BLOCK_BYTES 64

static void absorb_pad(SHA_CTX *sha, const uint8_t key[ZV_SRTP_HMAC_KEY_BYTES], uint8_t pad)
{
    uint8_t block[BLOCK_BYTES];
    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < ZV_SRTP_HMAC_KEY_BYTES; i++)
        block[i] ^= key[i];
    SHA1_Init(sha);
    SHA1_Update(sha, block, sizeof(block));
    zv_wipe(block, sizeof(block));
}

void zv_srtp_hmac_init(struct zv_srtp_hmac *hmac, const uint8_t key[ZV_SRTP_HMAC_KEY_BYTES])
{
    absorb_pad(&hmac->inner, key, 0x36);
    absorb_pad(&hmac->outer, key, 0x5c);
}

void zv_srtp_hmac_sign(const struct zv_srtp_hmac *hmac, struct zv_str data, struct zv_str suffix,
                       uint8_t ret_mac[SHA_DIGEST_LENGTH])
{
    uint8_t inner[SHA_DIGEST_LENGTH];
    SHA_CTX sha = hmac->inner;
    SHA1_Update(&sha, data.p, data.len);
    SHA1_Update(&sha, suffix.p, suffix.len);
    SHA1_Final(inner, &sha);
    sha = hmac->outer;
    SHA1_Update(&sha, inner, sizeof(inner));
    SHA1_Final(ret_mac, &sha);
}
