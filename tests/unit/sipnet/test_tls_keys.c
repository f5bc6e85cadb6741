/* A private key with a password: nobody is asked for it. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_with_a_password_is_refused_and_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
