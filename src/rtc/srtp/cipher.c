/*
 * The two ciphers on EVP. A context is keyed once and afterwards only given another IV: that
 * allocates nothing.
 *
 * Both IVs are the session salt XORed with SSRC and a 48-bit index, only placed differently:
 * RFC 3711 section 4.1.1 (16 bytes: SSRC at 4, index at 8, block counter at 14) and RFC 7714
 * sections 8.1 and 9.1 (12 bytes: SSRC at 2, index at 6). The 31-bit SRTCP index, written as 48
 * bits, gives just the layouts of SRTCP.
 */
#include "rtc/srtp/srtp_int.h"

#include "base/buf.h"

#include <string.h>

static void write_iv(uint8_t iv[ZV_SRTP_MAX_IV_BYTES], const struct zv_srtp_session *session,
                     struct zv_srtp_nonce nonce, size_t ssrc_at)
{
    memset(iv, 0, ZV_SRTP_MAX_IV_BYTES);
    zv_set_u32(iv + ssrc_at, nonce.ssrc);
    zv_set_u16(iv + ssrc_at + 4, (uint16_t)(nonce.index >> 32));
    zv_set_u32(iv + ssrc_at + 6, (uint32_t)nonce.index);
    for (size_t i = 0; i < sizeof(session->salt); i++)
        iv[i] ^= session->salt[i];
}

bool zv_srtp_cm_crypt(struct zv_srtp_session *session, struct zv_srtp_nonce nonce, uint8_t *data,
                      size_t len)
{
    uint8_t iv[ZV_SRTP_MAX_IV_BYTES];
    int written = 0;
    write_iv(iv, session, nonce, 4);
    return EVP_EncryptInit_ex(session->cipher, NULL, NULL, NULL, iv) == 1 &&
           (!len || EVP_EncryptUpdate(session->cipher, data, &written, data, (int)len) == 1);
}

static bool begin_aead(struct zv_srtp_session *session, struct zv_srtp_nonce nonce,
                       const struct zv_str aad[2], int is_seal)
{
    uint8_t iv[ZV_SRTP_MAX_IV_BYTES];
    int written = 0;
    write_iv(iv, session, nonce, 2);
    if (EVP_CipherInit_ex(session->cipher, NULL, NULL, NULL, iv, is_seal) != 1)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (aad[i].len && EVP_CipherUpdate(session->cipher, NULL, &written,
                                           (const uint8_t *)aad[i].p, (int)aad[i].len) != 1)
            return false;
    }
    return true;
}

/* The library wants no update with an empty text. */
static bool crypt_text(struct zv_srtp_session *session, uint8_t *data, size_t len)
{
    int written = 0;
    return !len || EVP_CipherUpdate(session->cipher, data, &written, data, (int)len) == 1;
}

bool zv_srtp_aead_seal(struct zv_srtp_session *session, struct zv_srtp_nonce nonce,
                       const struct zv_str aad[2], uint8_t *data, size_t len,
                       uint8_t ret_tag[ZV_SRTP_AEAD_TAG_BYTES])
{
    uint8_t none[ZV_SRTP_AEAD_TAG_BYTES];
    int written = 0;
    return begin_aead(session, nonce, aad, 1) && crypt_text(session, data, len) &&
           EVP_CipherFinal_ex(session->cipher, none, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(session->cipher, EVP_CTRL_AEAD_GET_TAG, ZV_SRTP_AEAD_TAG_BYTES,
                               ret_tag) == 1;
}

bool zv_srtp_aead_open(struct zv_srtp_session *session, struct zv_srtp_nonce nonce,
                       const struct zv_str aad[2], uint8_t *data, size_t len,
                       const uint8_t tag[ZV_SRTP_AEAD_TAG_BYTES])
{
    uint8_t none[ZV_SRTP_AEAD_TAG_BYTES], expected[ZV_SRTP_AEAD_TAG_BYTES];
    int written = 0;
    memcpy(expected, tag, sizeof(expected)); /* the library takes no const pointer */
    return begin_aead(session, nonce, aad, 0) &&
           EVP_CIPHER_CTX_ctrl(session->cipher, EVP_CTRL_AEAD_SET_TAG, ZV_SRTP_AEAD_TAG_BYTES,
                               expected) == 1 &&
           crypt_text(session, data, len) &&
           EVP_CipherFinal_ex(session->cipher, none, &written) == 1;
}
