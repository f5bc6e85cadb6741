/*
 * OpenSSL's DTLS timer reads gettimeofday. A program that calls one of these gets a gettimeofday of
 * its own, which libssl finds before the C library's: the wall clock is then what the test says.
 */
#ifndef ZV_TESTS_SUPPORT_FAKE_GETTIMEOFDAY_H
#define ZV_TESTS_SUPPORT_FAKE_GETTIMEOFDAY_H

#include <stdint.h>

/* From now on the wall clock stands at `unix_us` until the next call. */
void zv_fake_wall_clock_set(int64_t unix_us);
/* Back to the real clock. */
void zv_fake_wall_clock_off(void);
/* How often it was read while it was faked: 0 means that nobody listens to it. */
uint64_t zv_fake_wall_clock_reads(void);

#endif
