/* How long an answer is believed, and what a full cache forgets: under a time of the test's own. */
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "sipnet/dns_cache.h"

#include <stdio.h>

static const uint64_t seed[2] = {1, 2};

static struct zv_dns_answer answer(int err, uint32_t ttl_s)
{
    struct zv_dns_answer value = {.type = ZV_DNS_A, .err = err, .ttl_s = ttl_s, .count = !err};
    value.of.addrs[0] = (struct zv_addr){.family = ZV_ADDR_IPV4, .ip = {192, 0, 2, 1}};
    return value;
}

/* How long it is found, in seconds, at most 5000. */
static int64_t kept_s(struct zv_dns_answer value)
{
    struct zv_dns_cache cache;
    zv_dns_cache_init(&cache, 4, seed);
    zv_dns_cache_put(&cache, "a.test", &value, ZV_SECONDS(7));
    int64_t age_s = 0;
    while (age_s < 5000 && zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", ZV_SECONDS(7 + age_s)))
        age_s++;
    assert_int_equal(cache.map.count, 0);
    zv_dns_cache_fini(&cache);
    return age_s;
}

static void each_kind_of_answer_is_kept_for_its_time(void **state)
{
    (void)state;
    assert_int_equal(kept_s(answer(0, 0)), 0);
    assert_int_equal(kept_s(answer(0, 60)), 60);
    assert_int_equal(kept_s(answer(0, 604800)), ZV_DNS_MAX_KEPT_S);
    assert_int_equal(kept_s(answer(ZV_E_NOTFOUND, 0)), 0);
    assert_int_equal(kept_s(answer(ZV_E_NOTFOUND, 5)), 5);
    assert_int_equal(kept_s(answer(ZV_E_NOTFOUND, 86400)), ZV_DNS_MAX_DENIED_S);
    assert_int_equal(kept_s(answer(ZV_E_IO, 86400)), ZV_DNS_MAX_SILENT_S);
    assert_int_equal(kept_s(answer(ZV_E_TIMEOUT, 1)), 1);
}

static void types_and_names_are_kept_apart_and_the_last_word_counts(void **state)
{
    (void)state;
    struct zv_dns_cache cache;
    struct zv_dns_answer four = answer(0, 60), six = answer(ZV_E_NOTFOUND, 20);
    six.type = ZV_DNS_AAAA;
    zv_dns_cache_init(&cache, 4, seed);
    zv_dns_cache_put(&cache, "a.test", &four, 0);
    zv_dns_cache_put(&cache, "a.test", &six, 0);
    assert_int_equal(zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", 0)->err, 0);
    assert_int_equal(zv_dns_cache_find(&cache, ZV_DNS_AAAA, "a.test", 0)->err, ZV_E_NOTFOUND);
    assert_null(zv_dns_cache_find(&cache, ZV_DNS_SRV, "a.test", 0));
    assert_null(zv_dns_cache_find(&cache, ZV_DNS_A, "a.tes", 0));
    four = answer(ZV_E_NOTFOUND, 20);
    zv_dns_cache_put(&cache, "a.test", &four, 0);
    assert_int_equal(zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", 0)->err, ZV_E_NOTFOUND);
    four = answer(0, 0); /* what may not be kept takes the old word's place all the same */
    zv_dns_cache_put(&cache, "a.test", &four, 0);
    assert_null(zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", 0));
    zv_dns_cache_fini(&cache);
}

static void a_full_cache_forgets_what_was_not_asked_for_longest(void **state)
{
    (void)state;
    struct zv_dns_cache cache;
    struct zv_dns_answer value = answer(0, 60);
    int64_t live = zv_alloc_live();
    zv_dns_cache_init(&cache, 3, seed);
    zv_dns_cache_put(&cache, "a.test", &value, 0);
    zv_dns_cache_put(&cache, "b.test", &value, 0);
    zv_dns_cache_put(&cache, "c.test", &value, 0);
    assert_non_null(zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", 0));
    zv_dns_cache_put(&cache, "d.test", &value, 0);
    assert_non_null(zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", 0));
    assert_null(zv_dns_cache_find(&cache, ZV_DNS_A, "b.test", 0));
    assert_int_equal(cache.evicted, 1);
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "host%d.test", i);
        zv_dns_cache_put(&cache, name, &value, 0);
        assert_int_equal(cache.map.count, 3);
    }
    zv_dns_cache_clear(&cache);
    assert_int_equal(cache.map.count, 0);
    zv_dns_cache_fini(&cache);
    assert_int_equal(zv_alloc_live(), live);
}

static void without_memory_nothing_is_kept(void **state)
{
    (void)state;
    struct zv_dns_cache cache;
    struct zv_dns_answer value = answer(0, 60);
    for (int rung = 0; rung < 2; rung++) {
        zv_dns_cache_init(&cache, 3, seed);
        zv_alloc_fail_after(rung);
        zv_dns_cache_put(&cache, "a.test", &value, 0);
        zv_alloc_fail_after(-1);
        assert_null(zv_dns_cache_find(&cache, ZV_DNS_A, "a.test", 0));
        zv_dns_cache_fini(&cache);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_kind_of_answer_is_kept_for_its_time),
    cmocka_unit_test(types_and_names_are_kept_apart_and_the_last_word_counts),
    cmocka_unit_test(a_full_cache_forgets_what_was_not_asked_for_longest),
    cmocka_unit_test(without_memory_nothing_is_kept),
};

ZV_TEST_MAIN(tests)
