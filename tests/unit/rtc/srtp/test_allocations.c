/*
 * No packet costs an allocation, in any profile: malloc itself is counted, since most of the work
 * is done inside libcrypto, which does not use our allocator.
 */
#include "fixture.h"

#include "rtc/srtp/srtp_int.h"

#define PACKETS 10000

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED
#endif

#ifndef IS_SANITIZED
/* glibc's own names of the allocator, for those who stand in front of it. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

static _Thread_local uint64_t allocations;

#define EXPORTED __attribute__((visibility("default")))

EXPORTED void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

EXPORTED void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

EXPORTED void *realloc(void *ptr, size_t size)
{
    allocations++;
    return __libc_realloc(ptr, size);
}

/* Were the counter deaf to libcrypto, the real test would prove nothing. */
static void the_counter_hears_libcrypto(void **state)
{
    (void)state;
    uint64_t before = allocations;
    EVP_CIPHER_CTX_free(EVP_CIPHER_CTX_new());
    assert_true(allocations > before);
}

static void protecting_and_unprotecting_allocates_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(all_profiles); i++) {
        struct zv_srtp *out = new_context(all_profiles[i]), *in = new_context(all_profiles[i]);
        uint8_t packet[256];
        uint64_t before = allocations, passed = 0;
        for (uint32_t n = 0; n < PACKETS; n++) {
            size_t len = write_rtp(packet, n % 5, (uint16_t)(n / 5), 160);
            passed += zv_srtp_protect_rtp(out, packet, len, sizeof(packet), &len) == ZV_SRTP_PASS;
            passed += zv_srtp_unprotect_rtp(in, packet, len, &len) == ZV_SRTP_PASS;
            len = write_rtcp(packet, n % 5, 1);
            passed += zv_srtp_protect_rtcp(out, packet, len, sizeof(packet), &len) == ZV_SRTP_PASS;
            packet[20] ^= n & 1; /* every other is forged: failing costs nothing either */
            passed += zv_srtp_unprotect_rtcp(in, packet, len, &len) == ZV_SRTP_PASS;
        }
        uint64_t after = allocations;
        assert_int_equal(after - before, 0);
        assert_int_equal(passed, PACKETS * 3 + PACKETS / 2);
        zv_srtp_free(out);
        zv_srtp_free(in);
    }
}
#else
static void protecting_and_unprotecting_allocates_nothing(void **state)
{
    (void)state;
    skip(); /* the sanitizer owns malloc */
}

static void the_counter_hears_libcrypto(void **state)
{
    (void)state;
    skip();
}
#endif

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_counter_hears_libcrypto),
    cmocka_unit_test(protecting_and_unprotecting_allocates_nothing),
};

ZV_TEST_MAIN(tests)
