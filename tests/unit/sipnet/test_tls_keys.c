/* Our own certificate and key: a password is asked of nobody, and a reload may leave them. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "sipnet/tls.h"

#include "tls_peer.h"

static char password[] = "secret";

static void write_with_password(const struct tls_identity *identity)
{
    FILE *out = fopen(identity->key_path, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_PrivateKey(out, identity->key, EVP_aes_256_cbc(),
                                          (unsigned char *)password, (int)strlen(password), NULL,
                                          NULL),
                     1);
    fclose(out);
}

/* Whoever asks at the terminal, or where there is none at standard input, is told. */
static int answer_at_stdin(void)
{
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dprintf(ends[1], "%s\n", password), (int)strlen(password) + 1);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    close(ends[1]);
    return saved;
}

static void a_key_with_a_password_is_refused_and_nobody_is_asked(void **state)
{
    char dir[] = "/tmp/zvonok-tls-keys-XXXXXX", error[ZV_TLS_ERROR_CAP];
    struct zv_tls *tls;
    (void)state;
    assert_non_null(mkdtemp(dir));
    struct tls_identity identity =
        tls_make(dir, (struct tls_wish){.file = "own", .from_s = -3600, .until_s = 3600});
    write_with_password(&identity);
    const struct zv_tls_cfg cfg = {.certificate = identity.cert_path,
                                   .private_key = identity.key_path};
    int saved = answer_at_stdin();
    int err = zv_tls_new(&tls, &cfg, error);
    char line[16] = "";
    assert_int_equal(read(STDIN_FILENO, line, sizeof(line) - 1), (ssize_t)strlen(password) + 1);
    assert_int_equal(strncmp(line, password, strlen(password)), 0); /* it is still there */
    assert_true(dup2(saved, STDIN_FILENO) >= 0 || saved < 0);
    close(saved);
    assert_int_equal(err, ZV_E_CRYPTO);
    assert_non_null(strstr(error, "sip.tls_private_key"));
    tls_discard(&identity);
    assert_int_equal(rmdir(dir), 0);
}

static void append(const char *path, X509 *cert)
{
    FILE *out = fopen(path, "a");
    assert_non_null(out);
    assert_int_equal(PEM_write_X509(out, cert), 1);
    fclose(out);
}

static void assert_shows(SSL *ssl, const struct tls_identity *own, const struct tls_identity *ca)
{
    STACK_OF(X509) *chain = NULL;
    assert_int_equal(X509_cmp(SSL_get_certificate(ssl), own->cert), 0);
    assert_int_equal(EVP_PKEY_eq(SSL_get_privatekey(ssl), own->key), 1);
    assert_int_equal(SSL_get0_chain_certs(ssl, &chain), 1);
    assert_int_equal(sk_X509_num(chain), 1);
    assert_int_equal(X509_cmp(sk_X509_value(chain, 0), ca->cert), 0);
    SSL_free(ssl);
}

static void what_is_taken_over_is_shown_both_ways_without_its_files(void **state)
{
    char dir[] = "/tmp/zvonok-tls-keys-XXXXXX", error[ZV_TLS_ERROR_CAP];
    struct zv_tls *tls;
    SSL *ssl;
    (void)state;
    assert_non_null(mkdtemp(dir));
    struct tls_identity ca = tls_make(dir, (struct tls_wish){.file = "ca", .until_s = 3600});
    struct tls_identity own = tls_make(
        dir, (struct tls_wish){.file = "own", .names = "DNS:a", .issuer = &ca, .until_s = 3600});
    append(own.cert_path, ca.cert);
    struct zv_tls_cfg cfg = {.certificate = own.cert_path, .private_key = own.key_path};
    assert_int_equal(zv_tls_new(&tls, &cfg, error), 0);
    assert_int_equal(unlink(own.cert_path) || unlink(own.key_path), 0);
    cfg = (struct zv_tls_cfg){.own_of = tls};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(zv_tls_reload(tls, &cfg, error), 0);
        assert_int_equal(zv_tls_answer(tls, 0, &ssl), 0);
        assert_shows(ssl, &own, &ca);
        assert_int_equal(zv_tls_call(tls, zv_str("sip.test"), zv_str(""), 0, &ssl), 0);
        assert_shows(ssl, &own, &ca);
    }
    cfg = (struct zv_tls_cfg){.own_of = NULL};
    assert_int_equal(zv_tls_reload(tls, &cfg, error), 0);
    assert_int_equal(zv_tls_answer(tls, 0, &ssl), ZV_E_STATE);
    zv_tls_free(tls);
    tls_discard(&own);
    tls_discard(&ca);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_over_is_shown_both_ways_without_its_files),
        cmocka_unit_test(a_key_with_a_password_is_refused_and_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
