/*
 * For tests of TLS: certificates of every kind as PEM files in a folder of the test's own, and the
 * other side of a connection. Include it behind cmocka's headers.
 */
#ifndef ZV_TESTS_UNIT_SIPNET_TLS_PEER_H
#define ZV_TESTS_UNIT_SIPNET_TLS_PEER_H

#include "support/test.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tls_identity {
    X509 *cert;
    EVP_PKEY *key;
    char cert_path[160], key_path[160];
};

struct tls_wish {
    const char *file;                  /* names the two files */
    const char *names;                 /* "DNS:sip.test,IP:127.0.0.1"; NULL: it is a CA */
    const struct tls_identity *issuer; /* NULL: signs itself */
    long from_s, until_s;              /* from now */
};

static inline void tls_extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void tls_write(const char *dir, const char *file, struct tls_identity *identity)
{
    snprintf(identity->cert_path, sizeof(identity->cert_path), "%s/%s.crt", dir, file);
    snprintf(identity->key_path, sizeof(identity->key_path), "%s/%s.key", dir, file);
    FILE *out = fopen(identity->cert_path, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_X509(out, identity->cert), 1);
    fclose(out);
    out = fopen(identity->key_path, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_PrivateKey(out, identity->key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
}

static inline struct tls_identity tls_make(const char *dir, struct tls_wish wish)
{
    static long serial = 1;
    struct tls_identity identity = {.cert = X509_new(), .key = EVP_EC_gen("P-256")};
    X509 *cert = identity.cert;
    X509_NAME *name = X509_get_subject_name(cert);
    assert_non_null(identity.key);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert), wish.from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert), wish.until_s);
    X509_set_pubkey(cert, identity.key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)wish.file, -1, -1,
                               0);
    X509_set_issuer_name(cert, wish.issuer ? X509_get_subject_name(wish.issuer->cert) : name);
    if (wish.names)
        tls_extend(cert, NID_subject_alt_name, wish.names);
    else
        tls_extend(cert, NID_basic_constraints, "critical,CA:TRUE");
    assert_true(X509_sign(cert, wish.issuer ? wish.issuer->key : identity.key, EVP_sha256()) > 0);
    tls_write(dir, wish.file, &identity);
    return identity;
}

static inline void tls_discard(struct tls_identity *identity)
{
    unlink(identity->cert_path);
    unlink(identity->key_path);
    X509_free(identity->cert);
    EVP_PKEY_free(identity->key);
    *identity = (struct tls_identity){0};
}

/* The other side as server, with this certificate; `max_version` 0: none. */
static inline SSL_CTX *tls_server(const struct tls_identity *identity, int max_version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(ctx, identity->cert);
    SSL_CTX_use_PrivateKey(ctx, identity->key);
    if (max_version) {
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_max_proto_version(ctx, max_version);
    }
    return ctx;
}

#endif
