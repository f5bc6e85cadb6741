/*
 * a=fingerprint as the session description has it (RFC 8122).
 */
#include "support/test.h"

#include "base/err.h"
#include "rtc/dtls/dtls_int.h"

#include <string.h>

#define PAIRS_16 "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B"
#define PAIRS_32 PAIRS_16 ":19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1"

static int parse(const char *text, struct zv_dtls_fingerprint *ret_fingerprint)
{
    return zv_dtls_fingerprint_parse(zv_str(text), ret_fingerprint);
}

static void digests_of_256_384_and_512_bits_are_read(void **state)
{
    (void)state;
    struct zv_dtls_fingerprint fingerprint;
    assert_int_equal(parse("sha-256 " PAIRS_32, &fingerprint), 0);
    assert_int_equal(fingerprint.len, 32);
    assert_int_equal(fingerprint.digest[0], 0x4a);
    assert_int_equal(fingerprint.digest[31], 0xf1);
    assert_int_equal(parse("sha-384 " PAIRS_32 ":" PAIRS_16, &fingerprint), 0);
    assert_int_equal(parse("sha-512 " PAIRS_32 ":" PAIRS_32, &fingerprint), 0);
}

static void case_and_blanks_around_do_not_matter(void **state)
{
    (void)state;
    struct zv_dtls_fingerprint a, b;
    char lower[] = "SHA-256   " PAIRS_32 " ";
    for (char *p = lower + 7; *p; p++)
        *p = zv_ascii_lower(*p);
    assert_int_equal(parse("sha-256 " PAIRS_32, &a), 0);
    assert_int_equal(parse(lower, &b), 0);
    assert_true(zv_dtls_fingerprint_eq(&a, &b));
}

static void weak_hash_functions_are_refused(void **state)
{
    (void)state;
    struct zv_dtls_fingerprint fingerprint;
    assert_int_equal(parse("md5 " PAIRS_16, &fingerprint), ZV_E_UNSUPPORTED);
    assert_int_equal(parse("sha-1 " PAIRS_16 ":00:01:02:03", &fingerprint), ZV_E_UNSUPPORTED);
    assert_int_equal(parse("sha-224 " PAIRS_16 ":00", &fingerprint), ZV_E_UNSUPPORTED);
}

static void malformed_values_are_refused_and_leave_the_result_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "sha-256",
        "sha-256 ",
        " " PAIRS_32,
        "sha-256 " PAIRS_16,
        "sha-256 " PAIRS_32 ":00",
        "sha-256 " PAIRS_32 ":",
        "sha-256 :" PAIRS_32,
        "sha-256 " PAIRS_16 ":" PAIRS_16 "x",
        "sha-256 " PAIRS_16 ":4G:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B",
        "sha-256 " PAIRS_16 ":4:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B",
        "sha-384 " PAIRS_32,
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(bad); i++) {
        struct zv_dtls_fingerprint fingerprint = {.len = 77};
        assert_true(parse(bad[i], &fingerprint) < 0);
        assert_int_equal(fingerprint.len, 77);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(digests_of_256_384_and_512_bits_are_read),
    cmocka_unit_test(case_and_blanks_around_do_not_matter),
    cmocka_unit_test(weak_hash_functions_are_refused),
    cmocka_unit_test(malformed_values_are_refused_and_leave_the_result_alone),
};

ZV_TEST_MAIN(tests)
