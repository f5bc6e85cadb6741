/* A listener's certificate is changed between two handshakes, whatever kinds of key they have. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "http/certificate.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S 86400L

struct files {
    char cert[64];
    char key[64];
};

static char folder[32], error[ZV_HTTP_CERTIFICATE_ERROR_CAP];
static struct files rsa, ec;

static X509 *sign(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), DAY_S);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(cert)), 1);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    return cert;
}

static void write_pair(struct files *files, const char *name, EVP_PKEY *key)
{
    snprintf(files->cert, sizeof(files->cert), "%s/%s.crt", folder, name);
    snprintf(files->key, sizeof(files->key), "%s/%s.key", folder, name);
    assert_non_null(key);
    X509 *cert = sign(key);
    FILE *file = fopen(files->cert, "wb");
    assert_int_equal(PEM_write_X509(file, cert), 1);
    fclose(file);
    file = fopen(files->key, "wb");
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static int make_files(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/zvonok-XXXXXX");
    assert_non_null(mkdtemp(folder));
    write_pair(&rsa, "rsa", EVP_RSA_gen(2048));
    write_pair(&ec, "ec", EVP_EC_gen("P-256"));
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(rsa.cert);
    unlink(rsa.key);
    unlink(ec.cert);
    unlink(ec.key);
    return rmdir(folder);
}

/* What kind of key the server shows in a handshake that goes from memory to memory. */
static int kind_shown(SSL_CTX *server_ctx, int version)
{
    SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(client_ctx, version);
    SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
    BIO *one, *other;
    assert_int_equal(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(client, one, one);
    SSL_set_bio(server, other, other);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int i = 0; i < 10; i++) {
        (void)SSL_do_handshake(client);
        (void)SSL_do_handshake(server);
    }
    assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
    X509 *shown = SSL_get1_peer_certificate(client);
    assert_non_null(shown);
    int kind = EVP_PKEY_get_base_id(X509_get0_pubkey(shown));
    X509_free(shown);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_ctx);
    return kind;
}

static struct zv_http_certificate *read_pair(const struct files *files)
{
    struct zv_http_certificate *certificate = NULL;
    if (zv_http_certificate_read(&certificate, files->cert, files->key, error))
        fail_msg("%s", error);
    return certificate;
}

static void the_next_handshake_shows_the_pair_that_is_in_force(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct zv_http_certificate *place = NULL, *of_rsa = read_pair(&rsa), *of_ec = read_pair(&ec);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, rsa.cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, rsa.key, SSL_FILETYPE_PEM), 1);
    zv_http_certificate_follow(ctx, &place);
    for (size_t i = 0; i < ZV_ARRAY_LEN(versions); i++) {
        place = NULL;
        assert_int_equal(kind_shown(ctx, versions[i]), EVP_PKEY_RSA);
        place = of_ec;
        assert_int_equal(kind_shown(ctx, versions[i]), EVP_PKEY_EC);
        place = of_rsa;
        assert_int_equal(kind_shown(ctx, versions[i]), EVP_PKEY_RSA);
    }
    SSL_CTX_free(ctx);
    zv_http_certificate_free(of_rsa);
    zv_http_certificate_free(of_ec);
}

static void check_refused(const char *cert_path, const char *key_path, const char *sentence)
{
    struct zv_http_certificate *certificate = NULL;
    assert_int_equal(zv_http_certificate_read(&certificate, cert_path, key_path, error),
                     ZV_E_CRYPTO);
    assert_null(certificate);
    if (!strstr(error, sentence))
        fail_msg("%s", error);
}

static void what_is_no_pair_is_refused_by_the_file_that_is_wrong(void **state)
{
    (void)state;
    check_refused("/nonexistent.crt", rsa.key, "/nonexistent.crt: cannot be read: No such file");
    check_refused(rsa.cert, "/nonexistent.key", "/nonexistent.key: cannot be read: No such file");
    check_refused(rsa.cert, ec.key, "ec.key: is not the key of the certificate");
    check_refused(rsa.key, rsa.key, "rsa.key: holds no certificate in PEM");
    check_refused(rsa.cert, rsa.cert, "rsa.crt: holds no key in PEM");
}

static size_t read_file(const char *path, char *text, size_t cap)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, cap, file);
    fclose(file);
    return len;
}

/* A leaf and one behind it, cut anywhere behind the leaf: the chain is not shortened in silence. */
static void a_chain_that_is_cut_is_refused(void **state)
{
    (void)state;
    char text[8192], path[64];
    size_t leaf = read_file(ec.cert, text, sizeof(text));
    size_t len = leaf + read_file(rsa.cert, text + leaf, sizeof(text) - leaf);
    struct files files;
    strcpy(files.key, ec.key);
    snprintf(path, sizeof(path), "%s/chain.crt", folder);
    strcpy(files.cert, path);
    for (size_t cut = 1; cut <= len; cut++) {
        struct zv_http_certificate *certificate = NULL;
        FILE *file = fopen(path, "wb");
        assert_int_equal(fwrite(text, 1, cut, file), cut);
        fclose(file);
        int err = zv_http_certificate_read(&certificate, path, ec.key, error);
        /* A line that has only begun, or lacks its end alone, cannot be told from one that is not.
         */
        bool is_whole = cut >= leaf - 1 && cut < leaf + strlen("-----BEGIN CERTIFICATE-----");
        if (!is_whole && cut < len - 1)
            assert_int_equal(err, ZV_E_CRYPTO);
        if (cut == leaf || cut == len)
            assert_int_equal(err, 0);
        zv_http_certificate_free(certificate);
    }
    unlink(path);
}

static int read_chain_of(size_t count)
{
    char text[4096], path[64];
    size_t len = read_file(ec.cert, text, sizeof(text));
    struct zv_http_certificate *certificate = NULL;
    snprintf(path, sizeof(path), "%s/chain.crt", folder);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
    int err = zv_http_certificate_read(&certificate, path, ec.key, error);
    zv_http_certificate_free(certificate);
    unlink(path);
    return err;
}

static void a_chain_may_have_ten_behind_the_leaf_and_one_more_is_called_that(void **state)
{
    (void)state;
    assert_int_equal(read_chain_of(11), 0);
    assert_int_equal(read_chain_of(12), ZV_E_CRYPTO);
    assert_non_null(strstr(error, "chain.crt: has too many certificates behind the first"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_next_handshake_shows_the_pair_that_is_in_force),
    cmocka_unit_test(what_is_no_pair_is_refused_by_the_file_that_is_wrong),
    cmocka_unit_test(a_chain_that_is_cut_is_refused),
    cmocka_unit_test(a_chain_may_have_ten_behind_the_leaf_and_one_more_is_called_that),
};
int main(void)
{
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
