#define _GNU_SOURCE
#include "http/certificate.h"

#include "base/alloc.h"
#include "base/err.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Certificates behind the first that are read. */
#define MAX_CHAIN 10
#define NOT_WHOLE "holds no certificate in PEM, or not the whole of one"

struct zv_http_certificate {
    X509 *leaf;             /* owned, as the others */
    STACK_OF(X509) * chain; /* those behind it */
    EVP_PKEY *key;
};

/* A key with a passphrase is refused: nobody sits at our terminal to be asked. */
static int know_no_passphrase(char *buf, int cap, int is_writing, void *arg)
{
    (void)buf;
    (void)cap;
    (void)is_writing;
    (void)arg;
    return -1;
}

static int refuse(char *ret_error, const char *path, const char *why)
{
    snprintf(ret_error, ZV_HTTP_CERTIFICATE_ERROR_CAP, "%s: %s", path, why);
    return ZV_E_CRYPTO;
}

static int refuse_unread(char *ret_error, const char *path, int error)
{
    snprintf(ret_error, ZV_HTTP_CERTIFICATE_ERROR_CAP, "%s: cannot be read: %s", path,
             strerrordesc_np(error));
    return ZV_E_CRYPTO;
}

/* Those behind the first, to the end of the file. NULL: all of them; else why not. */
static const char *read_rest(struct zv_http_certificate *certificate, FILE *file)
{
    X509 *next;
    while ((next = PEM_read_X509(file, NULL, know_no_passphrase, NULL))) {
        bool has_room = sk_X509_num(certificate->chain) < MAX_CHAIN;
        if (!has_room || !sk_X509_push(certificate->chain, next)) {
            X509_free(next);
            return has_room ? zv_err_text(ZV_E_NOMEM)
                            : "has too many certificates behind the first";
        }
    }
    /* What is no certificate behind the last one is a file that is being written, or broken. */
    return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? NULL : NOT_WHOLE;
}

static int read_chain(struct zv_http_certificate *certificate, const char *path, char *ret_error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return refuse_unread(ret_error, path, errno);
    certificate->leaf = PEM_read_X509(file, NULL, know_no_passphrase, NULL);
    const char *why = certificate->leaf ? read_rest(certificate, file) : NOT_WHOLE;
    fclose(file);
    return why ? refuse(ret_error, path, why) : 0;
}

static int read_key(struct zv_http_certificate *certificate, const char *path, char *ret_error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return refuse_unread(ret_error, path, errno);
    certificate->key = PEM_read_PrivateKey(file, NULL, know_no_passphrase, NULL);
    fclose(file);
    return certificate->key
               ? 0
               : refuse(ret_error, path, "holds no key in PEM that opens without a passphrase");
}

/* Whether OpenSSL takes them together: the key is the leaf's, and neither is too weak. */
static int try_out(const struct zv_http_certificate *certificate, const char *key_path,
                   char *ret_error)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx)
        return ZV_E_NOMEM;
    bool is_taken = SSL_CTX_use_cert_and_key(ctx, certificate->leaf, certificate->key,
                                             certificate->chain, 1) == 1;
    SSL_CTX_free(ctx);
    return is_taken ? 0
                    : refuse(ret_error, key_path, "is not the key of the certificate, or too weak");
}

int zv_http_certificate_read(struct zv_http_certificate **ret_certificate, const char *cert_path,
                             const char *key_path, char ret_error[ZV_HTTP_CERTIFICATE_ERROR_CAP])
{
    struct zv_http_certificate *certificate = zv_zalloc(sizeof(*certificate));
    snprintf(ret_error, ZV_HTTP_CERTIFICATE_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
    if (!certificate)
        return ZV_E_NOMEM;
    ERR_clear_error();
    certificate->chain = sk_X509_new_null();
    int err = certificate->chain ? read_chain(certificate, cert_path, ret_error) : ZV_E_NOMEM;
    if (!err)
        err = read_key(certificate, key_path, ret_error);
    if (!err)
        err = try_out(certificate, key_path, ret_error);
    ERR_clear_error();
    if (err) {
        zv_http_certificate_free(certificate);
        return err;
    }
    *ret_certificate = certificate;
    return 0;
}

struct zv_http_certificate *zv_http_certificate_free(struct zv_http_certificate *certificate)
{
    if (!certificate)
        return NULL;
    X509_free(certificate->leaf);
    sk_X509_pop_free(certificate->chain, X509_free);
    EVP_PKEY_free(certificate->key);
    return zv_free(certificate);
}

/* Everything that the handshake had from its context goes first: an old RSA certificate would
 * otherwise stand beside a new one of ECDSA. */
static int choose(SSL *ssl, void *arg)
{
    struct zv_http_certificate **place = arg;
    const struct zv_http_certificate *certificate = *place;
    if (!certificate)
        return 1;
    SSL_certs_clear(ssl);
    return SSL_use_cert_and_key(ssl, certificate->leaf, certificate->key, certificate->chain, 1);
}

void zv_http_certificate_follow(void *ssl_ctx, struct zv_http_certificate **place)
{
    SSL_CTX_set_cert_cb(ssl_ctx, choose, place);
}
