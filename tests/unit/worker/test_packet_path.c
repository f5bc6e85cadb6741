/*
 * The packet path allocates nothing, frees nothing and takes no lock, in no SRTP profile and with
 * video neither, and nor does any library below it: the C library's own names are ours in this
 * program, and count what threads other than the test's do. Not under sanitizers, which need these
 * names themselves.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "rtc/dtls/dtls_int.h"
#include "rtc/peer/peer_int.h"
#include "unit/worker/pictures.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

/* Datagrams through the worker, both directions together: from the first to the last that counts.
 */
#define WARM_UP   1000
#define ALL       100000
#define CONTROLS  20 /* checks or reports of each end meanwhile */
#define AT_A_TIME 96 /* each way: what the smallest socket buffer holds */

struct counts {
    atomic_long allocations;
    atomic_long frees;
    atomic_long locks;
};

static struct counts counts;

#ifndef HAS_SANITIZER
static _Thread_local bool is_test_thread;

static void count(atomic_long *what)
{
    if (!is_test_thread)
        atomic_fetch_add_explicit(what, 1, memory_order_relaxed);
}

/* Seen by the libraries too, though this program hides its names (-fvisibility). */
#define INTERPOSED __attribute__((visibility("default")))

/* ---- Memory: glibc's own entry points below ours ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *ptr);

INTERPOSED void *malloc(size_t size)
{
    count(&counts.allocations);
    return __libc_malloc(size);
}

INTERPOSED void *calloc(size_t items, size_t size)
{
    count(&counts.allocations);
    return __libc_calloc(items, size);
}

INTERPOSED void *realloc(void *ptr, size_t size)
{
    count(&counts.allocations);
    return __libc_realloc(ptr, size);
}

INTERPOSED void *aligned_alloc(size_t alignment, size_t size)
{
    count(&counts.allocations);
    return __libc_memalign(alignment, size);
}

INTERPOSED int posix_memalign(void **ret_ptr, size_t alignment, size_t size)
{
    count(&counts.allocations);
    *ret_ptr = __libc_memalign(alignment, size);
    return *ret_ptr ? 0 : ENOMEM;
}

INTERPOSED void free(void *ptr)
{
    if (ptr)
        count(&counts.frees);
    __libc_free(ptr);
}

/* ---- Locks ---- */

/* What the name means to the next library in line: the C library. */
#define NEXT(name, type)                                                                           \
    static _Atomic(void *) found;                                                                  \
    void *next = atomic_load_explicit(&found, memory_order_relaxed);                               \
    if (!next) {                                                                                   \
        next = dlsym(RTLD_NEXT, name);                                                             \
        atomic_store_explicit(&found, next, memory_order_relaxed);                                 \
    }                                                                                              \
    count(&counts.locks);                                                                          \
    return ((int (*)(type *))next)

INTERPOSED int pthread_mutex_lock(pthread_mutex_t *lock)
{
    NEXT("pthread_mutex_lock", pthread_mutex_t)(lock);
}

INTERPOSED int pthread_mutex_trylock(pthread_mutex_t *lock)
{
    NEXT("pthread_mutex_trylock", pthread_mutex_t)(lock);
}

INTERPOSED int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    NEXT("pthread_rwlock_rdlock", pthread_rwlock_t)(lock);
}

INTERPOSED int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    NEXT("pthread_rwlock_wrlock", pthread_rwlock_t)(lock);
}

INTERPOSED int pthread_spin_lock(pthread_spinlock_t *lock)
{
    NEXT("pthread_spin_lock", volatile int)(lock);
}
#endif

static void begin(void)
{
#ifdef HAS_SANITIZER
    skip();
#else
    is_test_thread = true;
#endif
}

/* ---- The call ---- */

struct profile {
    const char *web;          /* OpenSSL's name; the client offers it alone */
    uint16_t web_profile;     /* its number, as the worker tells it */
    enum zv_crypto_suite sip; /* of SDES; NONE: plain RTP */
};

static const struct profile profiles[] = {
    {"SRTP_AES128_CM_SHA1_80", 0x0001, ZV_CRYPTO_NONE},
    {"SRTP_AEAD_AES_128_GCM", 0x0007, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_80},
    {"SRTP_AEAD_AES_128_GCM", 0x0007, ZV_CRYPTO_AES_CM_128_HMAC_SHA1_32},
    {"SRTP_AEAD_AES_256_GCM", 0x0008, ZV_CRYPTO_AEAD_AES_128_GCM},
    {"SRTP_AES128_CM_SHA1_80", 0x0001, ZV_CRYPTO_AEAD_AES_256_GCM},
};

static struct zv_dtls_ctx *client_ctx_of(const struct profile *profile)
{
    const struct zv_dtls_ctx_cfg cfg = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    struct zv_dtls_ctx *ctx;
    assert_int_equal(zv_dtls_ctx_new(&ctx, &cfg), 0);
    assert_int_equal(SSL_CTX_set_tlsext_use_srtp(ctx->ssl, profile->web), 0);
    return ctx;
}

/* `count` packets each way. */
static void exchange(struct world *world, struct end *a, struct end *b, uint64_t packets)
{
    uint64_t at_a = a->packets, at_b = b->packets;
    for (uint64_t done = 0; done < packets;) {
        uint64_t now = ZV_MIN(packets - done, (uint64_t)AT_A_TIME);
        for (uint64_t i = 0; i < now; i++) {
            speak(world, a);
            speak(world, b);
        }
        done += now;
        wait_for_packets(world, b, at_b + done);
        wait_for_packets(world, a, at_a + done);
    }
}

/* Checks and reports come every few seconds: far more of them among so many packets of a call than
 * in this test's hurry. */
static void control(struct world *world, struct end *end)
{
    zv_peer_on_timeout(end->peer, zv_peer_deadline_us(end->peer));
    drain_end(world, end);
}

static void assert_nothing_is_counted(const struct profile *profile, uint8_t tap)
{
    struct world world;
    struct end client, far;
    const struct zv_worker_cmd set = {.kind = ZV_WORKER_SET_TAP, .call = call_1, .tap = tap};
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    world.client_ctx = client_ctx_of(profile);
    zv_crypto_make_key(profile->sip, zv_rand_os(), &world.gateway_key);
    zv_crypto_make_key(profile->sip, zv_rand_os(), &world.far_key);
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    assert_int_equal(world.last[ZV_WORKER_DTLS_CONNECTED].dtls.profile, profile->web_profile);
    post(&world, &set);
    exchange(&world, &client, &far, WARM_UP / 2);
    long allocations = atomic_load(&counts.allocations), frees = atomic_load(&counts.frees),
         locks = atomic_load(&counts.locks);
    for (int i = 0; i < CONTROLS; i++) {
        control(&world, &client);
        control(&world, &far);
        exchange(&world, &client, &far, (ALL - WARM_UP) / 2 / CONTROLS);
    }
    assert_int_equal(atomic_load(&counts.allocations), allocations);
    assert_int_equal(atomic_load(&counts.frees), frees);
    if (tap == ZV_WORKER_TAP_OFF)
        assert_int_equal(atomic_load(&counts.locks), locks);
    else
        assert_true(atomic_load(&counts.locks) > locks); /* its queue's: worker/tap.h */
    post(&world, &ask);
    wait_for(&world, &world.seen[ZV_WORKER_STATS], 1);
    const struct zv_peer_counters *legs = world.last[ZV_WORKER_STATS].stats.legs;
    assert_true(legs[ZV_WORKER_LEG_WEB].checks + legs[ZV_WORKER_LEG_WEB].rx_rtcp >= CONTROLS);
    assert_true(legs[ZV_WORKER_LEG_WEB].checks > 1 && legs[ZV_WORKER_LEG_WEB].rx_rtcp > 0);
    assert_true(legs[ZV_WORKER_LEG_SIP].rx_rtcp >= CONTROLS / 2);
    close_world(&world);
    zv_dtls_ctx_unref(world.client_ctx);
}

/* ---- Video: losses, repairs, and what is told of what came ---- */

#define LOSE_EVERY 50
#define KEY_EVERY  2500      /* seldom: what is missing before one is not asked for */
#define BREATH     1000      /* pictures, */
#define BREATH_US  ZV_MS(40) /* and then the time that a gap is given, and its repair */

/* With its number for transport-cc, which clients write and our legs do not. */
static void show_counted(struct world *world, struct end *client, uint16_t number)
{
    uint8_t bytes[1000], *payload = bytes + ZV_RTP_HEADER_BYTES + 8;
    size_t len = write_picture(client, VP8_WEB, number % KEY_EVERY == 0, bytes);
    memmove(payload, bytes + ZV_RTP_HEADER_BYTES, PICTURE);
    bytes[0] |= 0x10; /* an extension of one word: id 3, two bytes */
    zv_set_u32(bytes + ZV_RTP_HEADER_BYTES, 0xbede0001);
    zv_set_u32(bytes + ZV_RTP_HEADER_BYTES + 4, 0x31000000 | (uint32_t)number << 8);
    struct zv_dgram out = {.data = bytes,
                           .local = client->peer->web.current_pair.local,
                           .remote = client->peer->web.current_pair.remote};
    assert_int_equal(
        zv_srtp_protect_rtp(client->peer->srtp_out, bytes, len + 8, sizeof(bytes), &out.len),
        ZV_SRTP_PASS);
    if (number % LOSE_EVERY != 1)
        send_out(world, client, &out);
}

static void breathe(struct world *world)
{
    int64_t until_us = zv_clock_now_us() + BREATH_US;
    while (zv_clock_now_us() < until_us)
        turn(world, until_us);
}

/* `count` pictures each way; nearly all arrive. */
static void exchange_pictures(struct world *world, struct end *client, struct end *camera,
                              uint64_t *sent, uint64_t count)
{
    for (uint64_t done = 0; done < count;) {
        uint64_t now = ZV_MIN(count - done, (uint64_t)AT_A_TIME / 2);
        for (uint64_t i = 0; i < now; i++, (*sent)++) {
            show_counted(world, client, (uint16_t)*sent);
            show_or_lose(world, camera, VP8_SIP, *sent % KEY_EVERY == 0, *sent % LOSE_EVERY == 1);
        }
        done += now;
        wait_for_pictures(world, camera, *sent * 8 / 10);
        wait_for_pictures(world, client, *sent * 8 / 10);
        if (*sent % BREATH < now)
            breathe(world);
    }
}

static void assert_video_counts_nothing(const struct profile *profile)
{
    struct world world;
    struct end client, far, camera;
    const struct zv_worker_cmd video = video_cmd(call_1);
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    uint64_t sent = 0;
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    world.client_ctx = client_ctx_of(profile);
    zv_crypto_make_key(profile->sip, zv_rand_os(), &world.gateway_key);
    zv_crypto_make_key(profile->sip, zv_rand_os(), &world.far_key);
    connect_video_call(&world, &client, &far, &camera, &video);
    client.lose_every = camera.lose_every = LOSE_EVERY;
    exchange_pictures(&world, &client, &camera, &sent, WARM_UP / 2);
    control(&world, &far); /* it says nothing: that it lives is the last event to come */
    wait_for(&world, &world.seen[ZV_WORKER_RESUMED], 1);
    long allocations = atomic_load(&counts.allocations), frees = atomic_load(&counts.frees),
         locks = atomic_load(&counts.locks);
    exchange_pictures(&world, &client, &camera, &sent, (ALL - WARM_UP) / 2);
    assert_int_equal(atomic_load(&counts.allocations), allocations);
    assert_int_equal(atomic_load(&counts.frees), frees);
    assert_int_equal(atomic_load(&counts.locks), locks);
    post(&world, &ask);
    wait_for(&world, &world.seen[ZV_WORKER_STATS], 1);
    const struct zv_peer_video_counters *stats = world.last[ZV_WORKER_STATS].stats.video;
    for (int side = 0; side < 2; side++) {
        assert_true(stats[side].nacks_in > 0 && stats[side].retransmitted > 0);
        assert_true(stats[side].nacks_out > 0 && stats[side].keyframes > 0);
    }
    assert_true(stats[0].cc_reports > 0 && stats[1].recovered > 0);
    print_message("%llu pictures each way: sent again %llu and %llu, %llu reports of arrival\n",
                  (unsigned long long)sent, (unsigned long long)stats[0].retransmitted,
                  (unsigned long long)stats[1].retransmitted,
                  (unsigned long long)stats[0].cc_reports);
    close_world(&world);
    zv_dtls_ctx_unref(world.client_ctx);
}

/* ---- Tests ---- */

static void what_libraries_do_is_seen(void **state)
{
    (void)state;
    begin();
#ifndef HAS_SANITIZER
    long allocations = atomic_load(&counts.allocations), frees = atomic_load(&counts.frees),
         locks = atomic_load(&counts.locks);
    is_test_thread = false;
    CRYPTO_RWLOCK *lock = CRYPTO_THREAD_lock_new();
    int is_locked = CRYPTO_THREAD_read_lock(lock);
    CRYPTO_THREAD_unlock(lock);
    CRYPTO_THREAD_lock_free(lock);
    is_test_thread = true;
    assert_int_equal(is_locked, 1);
    assert_true(atomic_load(&counts.allocations) > allocations);
    assert_true(atomic_load(&counts.frees) > frees);
    assert_true(atomic_load(&counts.locks) > locks);
#endif
}

static void no_profile_allocates_or_locks(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < ZV_ARRAY_LEN(profiles); i++) {
        print_message("%s, %s\n", profiles[i].web, zv_crypto_suite_name(profiles[i].sip));
        assert_nothing_is_counted(&profiles[i], ZV_WORKER_TAP_OFF);
    }
}

static void a_captured_call_allocates_nothing_either(void **state)
{
    (void)state;
    begin();
    assert_nothing_is_counted(&profiles[1], ZV_WORKER_TAP_WHOLE);
}

static void video_neither(void **state)
{
    (void)state;
    begin();
    assert_video_counts_nothing(&profiles[0]);
    assert_video_counts_nothing(&profiles[1]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_libraries_do_is_seen),
    cmocka_unit_test(no_profile_allocates_or_locks),
    cmocka_unit_test(video_neither),
    cmocka_unit_test(a_captured_call_allocates_nothing_either),
};

ZV_TEST_MAIN(tests)
