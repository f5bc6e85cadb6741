/*
 * Profiles and key derivation: RFC 3711 section 4.3 with a derivation rate of 0, so that session
 * keys last as long as the master key; RFC 6188 section 3 (AES-256); RFC 7714 section 11 (AEAD,
 * whose 96-bit salt is followed by zeros in the 112-bit input of the generator).
 */
#include "rtc/srtp/srtp_int.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

static const struct zv_srtp_suite suites[] = {
    {ZV_SRTP_AES_CM_128_HMAC_SHA1_80, "AES_CM_128_HMAC_SHA1_80", EVP_aes_128_ctr, EVP_aes_128_ctr,
     16, 14, 10, 10, false},
    {ZV_SRTP_AES_CM_128_HMAC_SHA1_32, "AES_CM_128_HMAC_SHA1_32", EVP_aes_128_ctr, EVP_aes_128_ctr,
     16, 14, 4, 10, false},
    {ZV_SRTP_AES_256_CM_HMAC_SHA1_80, "AES_256_CM_HMAC_SHA1_80", EVP_aes_256_ctr, EVP_aes_256_ctr,
     32, 14, 10, 10, false},
    {ZV_SRTP_AES_256_CM_HMAC_SHA1_32, "AES_256_CM_HMAC_SHA1_32", EVP_aes_256_ctr, EVP_aes_256_ctr,
     32, 14, 4, 10, false},
    {ZV_SRTP_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", EVP_aes_128_gcm, EVP_aes_128_ctr, 16, 12, 16, 16,
     true},
    {ZV_SRTP_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", EVP_aes_256_gcm, EVP_aes_256_ctr, 32, 12, 16, 16,
     true},
};

const struct zv_srtp_suite *zv_srtp_find_suite(enum zv_srtp_profile profile)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(suites); i++) {
        if (suites[i].profile == profile)
            return &suites[i];
    }
    return NULL;
}

const char *zv_srtp_profile_name(enum zv_srtp_profile profile)
{
    const struct zv_srtp_suite *suite = zv_srtp_find_suite(profile);
    return suite ? suite->name : "unknown";
}

size_t zv_srtp_key_bytes(enum zv_srtp_profile profile)
{
    const struct zv_srtp_suite *suite = zv_srtp_find_suite(profile);
    return suite ? suite->key_bytes : 0;
}

size_t zv_srtp_salt_bytes(enum zv_srtp_profile profile)
{
    const struct zv_srtp_suite *suite = zv_srtp_find_suite(profile);
    return suite ? suite->salt_bytes : 0;
}

int zv_srtp_prf_init(struct zv_srtp_prf *prf, const struct zv_srtp_suite *suite,
                     const struct zv_srtp_cfg *cfg)
{
    memset(prf, 0, sizeof(*prf));
    memcpy(prf->salt, cfg->salt, suite->salt_bytes);
    prf->aes = EVP_CIPHER_CTX_new();
    if (!prf->aes)
        return ZV_E_NOMEM;
    if (EVP_EncryptInit_ex(prf->aes, suite->prf_fn(), NULL, cfg->key, NULL) != 1)
        return ZV_E_CRYPTO;
    return 0;
}

void zv_srtp_prf_fini(struct zv_srtp_prf *prf)
{
    EVP_CIPHER_CTX_free(prf->aes);
    zv_wipe(prf, sizeof(*prf));
}

int zv_srtp_prf_derive(struct zv_srtp_prf *prf, enum zv_srtp_label label, size_t len,
                       uint8_t *ret_key)
{
    uint8_t iv[ZV_SRTP_MAX_IV_BYTES] = {0}, key[ZV_SRTP_MAX_KEY_BYTES] = {0};
    int written = 0;
    memcpy(iv, prf->salt, sizeof(prf->salt));
    /* key_id is label || 48 bits of (index DIV rate), which is 0; it ends where the salt ends. */
    iv[7] ^= (uint8_t)label;
    if (len > sizeof(key) || EVP_EncryptInit_ex(prf->aes, NULL, NULL, NULL, iv) != 1 ||
        EVP_EncryptUpdate(prf->aes, key, &written, key, (int)len) != 1)
        return ZV_E_CRYPTO;
    memcpy(ret_key, key, len);
    zv_wipe(key, sizeof(key));
    return 0;
}

int zv_srtp_session_init(struct zv_srtp_session *session, const struct zv_srtp_suite *suite,
                         struct zv_srtp_prf *prf, enum zv_srtp_label first)
{
    uint8_t key[ZV_SRTP_MAX_KEY_BYTES], auth[ZV_SRTP_HMAC_KEY_BYTES];
    session->cipher = EVP_CIPHER_CTX_new();
    if (!session->cipher)
        return ZV_E_NOMEM;
    int err = zv_srtp_prf_derive(prf, first, suite->key_bytes, key);
    if (!err)
        err = zv_srtp_prf_derive(prf, first + 1, sizeof(auth), auth);
    if (!err)
        err = zv_srtp_prf_derive(prf, first + 2, suite->salt_bytes, session->salt);
    if (!err && EVP_EncryptInit_ex(session->cipher, suite->cipher_fn(), NULL, key, NULL) != 1)
        err = ZV_E_CRYPTO;
    if (!err)
        zv_srtp_hmac_init(&session->hmac, auth);
    zv_wipe(key, sizeof(key));
    zv_wipe(auth, sizeof(auth));
    return err;
}

void zv_srtp_session_fini(struct zv_srtp_session *session)
{
    EVP_CIPHER_CTX_free(session->cipher);
    zv_wipe(session, sizeof(*session));
}
