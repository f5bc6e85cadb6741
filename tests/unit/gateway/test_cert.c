/* --make-cert: a CA and a certificate of it, made once, kept while they fit. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "gateway/cert.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/zv-test-cert-XXXXXX";
static char error[ZV_CERT_ERROR_CAP];

static const char *path(const char *name)
{
    static char text[256];
    snprintf(text, sizeof(text), "%s/%s", dir, name);
    return text;
}

static X509 *read_cert(const char *name)
{
    FILE *file = fopen(path(name), "r");
    assert_non_null(file);
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(cert);
    return cert;
}

static int make(const char *const *names, size_t count)
{
    struct zv_cert_cfg cfg = {.dir = dir, .names = names, .name_count = count};
    error[0] = 0;
    return zv_cert_make(&cfg, error);
}

static int open_dir(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/zv-test-cert-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int close_dir(void **state)
{
    static const char *const files[] = {"ca.crt", "ca.key", "server.crt", "server.key"};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        unlink(path(files[i]));
    return rmdir(dir);
}

static void the_certificate_is_signed_by_the_ca_and_names_this_host(void **state)
{
    (void)state;
    assert_int_equal(make(NULL, 0), 0);
    X509 *ca = read_cert("ca.crt"), *leaf = read_cert("server.crt");
    EVP_PKEY *key = X509_get0_pubkey(ca);
    assert_int_equal(X509_verify(leaf, key), 1);
    assert_int_equal(X509_check_host(leaf, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(leaf, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(leaf, "::1", 0), 1);
    assert_int_equal(X509_check_host(leaf, "elsewhere.example", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ca(leaf), 0);
    assert_true(X509_check_ca(ca) != 0);
    X509_free(ca);
    X509_free(leaf);
}

static void keys_are_readable_by_their_owner_alone(void **state)
{
    struct stat info;
    (void)state;
    assert_int_equal(make(NULL, 0), 0);
    assert_int_equal(stat(path("server.key"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(path("ca.key"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_current_certificate_is_kept(void **state)
{
    (void)state;
    assert_int_equal(make(NULL, 0), 0);
    X509 *before = read_cert("server.crt");
    assert_int_equal(make(NULL, 0), ZV_E_EXISTS);
    X509 *after = read_cert("server.crt");
    assert_int_equal(X509_cmp(before, after), 0);
    X509_free(before);
    X509_free(after);
}

static void a_new_name_makes_a_new_certificate_of_the_same_ca(void **state)
{
    static const char *const names[] = {"phone.example", "203.0.113.7"};
    (void)state;
    assert_int_equal(make(NULL, 0), 0);
    X509 *ca_before = read_cert("ca.crt");
    assert_int_equal(make(names, 2), 0);
    X509 *ca_after = read_cert("ca.crt"), *leaf = read_cert("server.crt");
    assert_int_equal(X509_cmp(ca_before, ca_after), 0);
    assert_int_equal(X509_check_host(leaf, "phone.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(leaf, "203.0.113.7", 0), 1);
    X509_free(ca_before);
    X509_free(ca_after);
    X509_free(leaf);
}

static void a_name_that_would_add_another_is_refused(void **state)
{
    static const char *const names[] = {"a.example,DNS:evil.example"};
    (void)state;
    assert_int_equal(make(names, 1), ZV_E_INVAL);
    assert_true(strlen(error) > 0);
}

static void what_has_no_room_is_left_out_and_counted(void **state)
{
    (void)state;
    enum { MANY = 4000, USED = sizeof("DNS:localhost,IP:127.0.0.1,IP:::1") - 1 };
    static char names[MANY][8];
    static const char *list[MANY + 1];
    size_t count = 0, used = USED;
    char host[256] = "";
    if (gethostname(host, sizeof(host) - 1) || !host[0] || strcmp(host, "localhost") == 0)
        skip();
    for (; used + sizeof(",DNS:n0000") - 1 < ZV_CERT_MAX_NAMES_BYTES; count++) {
        used += sizeof(",DNS:n0000") - 1;
        snprintf(names[count], sizeof(names[count]), "n%04zu", count);
        list[count] = names[count];
    }
    size_t left = ZV_CERT_MAX_NAMES_BYTES - 1 - used;
    if (left > strlen(",DNS:")) /* so that not even a short name of the host has room behind it */
        list[count++] = &"xxxx"[strlen(",DNS:xxxx") - left];
    assert_int_equal(make(list, count), 0);
    assert_non_null(strstr(error, "have no room in it and were left out"));
    X509 *leaf = read_cert("server.crt");
    assert_int_equal(X509_check_host(leaf, list[0], 0, 0, NULL), 1);
    X509_free(leaf);
    assert_int_equal(make(list, count), ZV_E_EXISTS);
    list[count] = "n0000.example";
    assert_int_equal(make(list, count + 1), ZV_E_INVAL);
}

/* Devices trust the authority that is there; a new one in its place would be no use to them. */
static void an_authority_without_its_key_is_not_replaced(void **state)
{
    static const char *const names[] = {"phone.example"};
    (void)state;
    assert_int_equal(make(NULL, 0), 0);
    X509 *before = read_cert("ca.crt");
    assert_int_equal(unlink(path("ca.key")), 0);
    assert_int_equal(make(NULL, 0), ZV_E_EXISTS); /* nothing has to be signed */
    assert_int_equal(make(names, 1), ZV_E_DENIED);
    assert_non_null(strstr(error, "ca.crt is there without its ca.key: put the key back"));
    assert_non_null(strstr(error, dir));
    X509 *after = read_cert("ca.crt");
    assert_int_equal(X509_cmp(before, after), 0);
    assert_int_equal(unlink(path("ca.crt")), 0);
    assert_int_equal(make(names, 1), 0);
    X509_free(before);
    X509_free(after);
}

static int mode_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(path(name), &info), 0);
    return info.st_mode & 0777;
}

static void folders_above_it_are_made_and_only_its_own_is_closed(void **state)
{
    static const char *const made[] = {"a/b/ca.crt", "a/b/ca.key", "a/b/server.crt",
                                       "a/b/server.key"};
    char deep[256];
    (void)state;
    snprintf(deep, sizeof(deep), "%s", path("a/b/"));
    struct zv_cert_cfg cfg = {.dir = deep};
    mode_t before = umask(022);
    assert_int_equal(zv_cert_make(&cfg, error), 0);
    umask(before);
    assert_int_equal(mode_of("a"), 0755);
    assert_int_equal(mode_of("a/b"), 0700);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(unlink(path(made[i])), 0);
    assert_int_equal(rmdir(path("a/b")), 0);
    assert_int_equal(rmdir(path("a")), 0);
}

static void certificates_can_be_read_whatever_the_umask_and_a_mode_that_was_set_stays(void **state)
{
    static const char *const names[] = {"phone.example"};
    (void)state;
    mode_t before = umask(077);
    int err = make(NULL, 0);
    umask(before);
    assert_int_equal(err, 0);
    assert_int_equal(mode_of("server.crt"), 0644);
    assert_int_equal(mode_of("ca.crt"), 0644);
    assert_int_equal(mode_of("server.key"), 0600);
    assert_int_equal(mode_of("ca.key"), 0600);
    assert_int_equal(chmod(path("server.crt"), 0640), 0);
    assert_int_equal(chmod(path("server.key"), 0640), 0);
    assert_int_equal(make(names, 1), 0);
    assert_int_equal(mode_of("server.crt"), 0640);
    assert_int_equal(mode_of("server.key"), 0640);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    struct zv_cert_cfg cfg = {.dir = "/proc/zvonok/cert"};
    assert_int_equal(zv_cert_make(&cfg, error), ZV_E_IO);
    assert_non_null(strstr(error, "/proc/zvonok/cert"));
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, open_dir, close_dir)
static const struct CMUnitTest tests[] = {
    WITH_DIR(the_certificate_is_signed_by_the_ca_and_names_this_host),
    WITH_DIR(keys_are_readable_by_their_owner_alone),
    WITH_DIR(a_current_certificate_is_kept),
    WITH_DIR(a_new_name_makes_a_new_certificate_of_the_same_ca),
    WITH_DIR(a_name_that_would_add_another_is_refused),
    WITH_DIR(what_has_no_room_is_left_out_and_counted),
    WITH_DIR(an_authority_without_its_key_is_not_replaced),
    WITH_DIR(folders_above_it_are_made_and_only_its_own_is_closed),
    WITH_DIR(certificates_can_be_read_whatever_the_umask_and_a_mode_that_was_set_stays),
    cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
};
ZV_TEST_MAIN(tests)
