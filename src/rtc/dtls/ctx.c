/*
 * The process' certificate and OpenSSL's settings. The certificate is made at start and never
 * stored: the fingerprint in the session description is all that gives it a meaning.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#define DAY_S INT64_C(86400)
/* The owner makes a new one within 30 days; the rest is for calls that outlast it. */
#define LIFETIME_DAYS 60
#define SERIAL_BYTES  8

/* Forward secrecy and AEAD only; the first is mandatory for WebRTC (RFC 8827 section 6.5). */
#define CIPHERS                                                                                    \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define GROUPS        "X25519:P-256:P-384"
#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"

static int set_serial(X509 *cert)
{
    uint8_t bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return 0;
    bytes[0] &= 0x7f; /* positive (RFC 5280 section 4.1.2.2) */
    bytes[0] |= 0x40;
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), zv_get_u64(bytes));
}

static int fill_certificate(X509 *cert, EVP_PKEY *key, int64_t now_unix_s)
{
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
           ASN1_TIME_set(X509_getm_notBefore(cert), now_unix_s - DAY_S) &&
           ASN1_TIME_set(X509_getm_notAfter(cert), now_unix_s + LIFETIME_DAYS * DAY_S) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"zvonok", -1,
                                      -1, 0) &&
           X509_set_issuer_name(cert, name) && X509_set_pubkey(cert, key) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

static int write_fingerprint(const X509 *cert, char text[ZV_DTLS_FINGERPRINT_TEXT_CAP])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct zv_buf out = zv_buf(text, ZV_DTLS_FINGERPRINT_TEXT_CAP);
    if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
        return 0;
    zv_buf_put_text(&out, "sha-256 ");
    for (unsigned i = 0; i < len; i++)
        zv_buf_printf(&out, i ? ":%02X" : "%02X", digest[i]);
    return zv_buf_cstr(&out) != NULL;
}

static int add_certificate(struct zv_dtls_ctx *ctx, int64_t now_unix_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    int is_done = key && cert && fill_certificate(cert, key, now_unix_s) &&
                  write_fingerprint(cert, ctx->fingerprint) &&
                  SSL_CTX_use_certificate(ctx->ssl, cert) == 1 &&
                  SSL_CTX_use_PrivateKey(ctx->ssl, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    return is_done ? 0 : ZV_E_CRYPTO;
}

/* Any certificate will do here: the fingerprint decides, and it may not be known yet. */
static int accept_certificate(X509_STORE_CTX *store, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static int configure(SSL_CTX *ssl)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, accept_certificate, NULL);
    /* The odd one out: 0 is success. */
    int is_done = SSL_CTX_set_tlsext_use_srtp(ssl, SRTP_PROFILES) == 0 &&
                  SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_cipher_list(ssl, CIPHERS) == 1 &&
                  SSL_CTX_set1_groups_list(ssl, GROUPS) == 1;
    return is_done ? 0 : ZV_E_CRYPTO;
}

int zv_dtls_ctx_new(struct zv_dtls_ctx **ret_ctx, const struct zv_dtls_ctx_cfg *cfg)
{
    struct zv_dtls_ctx *ctx = zv_zalloc(sizeof(*ctx));
    if (!ctx)
        return ZV_E_NOMEM;
    atomic_init(&ctx->refs, 1);
    ctx->ssl = SSL_CTX_new(DTLS_method());
    ctx->bio_method = zv_dtls_bio_method_new();
    int err = ctx->ssl && ctx->bio_method ? configure(ctx->ssl) : ZV_E_NOMEM;
    if (!err)
        err = add_certificate(ctx, cfg->now_unix_s);
    if (err) {
        ERR_clear_error();
        zv_dtls_ctx_unref(ctx);
        return err;
    }
    *ret_ctx = ctx;
    return 0;
}

struct zv_dtls_ctx *zv_dtls_ctx_ref(struct zv_dtls_ctx *ctx)
{
    atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
    return ctx;
}

struct zv_dtls_ctx *zv_dtls_ctx_unref(struct zv_dtls_ctx *ctx)
{
    if (!ctx || atomic_fetch_sub_explicit(&ctx->refs, 1, memory_order_acq_rel) != 1)
        return NULL;
    SSL_CTX_free(ctx->ssl);
    BIO_meth_free(ctx->bio_method);
    return zv_free(ctx);
}

const char *zv_dtls_ctx_fingerprint(const struct zv_dtls_ctx *ctx)
{
    return ctx->fingerprint;
}
