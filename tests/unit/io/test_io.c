/*
 * Everything of io/ but UDP: clocks, random bytes, address conversion, the queue
 * between threads, the poller's doorbell, the helpers of the libuv loop.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/loop.h"
#include "io/poller.h"
#include "io/queue.h"
#include "io/random.h"
#include "io/sockaddr.h"
#include "io/thread.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>
#include <uv.h>

static void the_monotonic_clock_never_goes_back(void **state)
{
    (void)state;
    int64_t last_us = zv_clock_now_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now_us = zv_clock_now_us();
        assert_true(now_us >= last_us);
        last_us = now_us;
    }
    assert_true(zv_clock_wall_us() > ZV_SECONDS(1700000000));
    int64_t drift_us = zv_clock_wall_us() - zv_clock_now_us() - zv_clock_wall_offset_us();
    assert_in_range(drift_us + ZV_SECONDS(1), 0, ZV_SECONDS(2));
    int64_t begun_ns = zv_clock_thread_cpu_ns();
    while (zv_clock_thread_cpu_ns() == begun_ns) /* asking is work, too */
        ;
    assert_true(zv_clock_thread_cpu_ns() > begun_ns);
}

static void a_sleep_ends_when_its_time_has_come(void **state)
{
    (void)state;
    int64_t until_us = zv_clock_now_us() + ZV_MS(2);
    zv_clock_sleep_until(until_us);
    assert_true(zv_clock_now_us() >= until_us);
    zv_clock_sleep_until(until_us); /* gone: returns at once, or the test never ends */
    zv_clock_sleep_until(INT64_MIN);
}

static void random_bytes_differ_and_cross_the_buffers_end(void **state)
{
    (void)state;
    uint8_t a[200] = {0}, b[200] = {0}, zero[200] = {0}, big[1000] = {0};
    zv_rand_fill(zv_rand_os(), a, sizeof(a));
    zv_rand_fill(zv_rand_os(), b, sizeof(b)); /* the rest of the first buffer and a new one */
    zv_rand_fill(zv_rand_os(), big, sizeof(big));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, zero, sizeof(a));
    assert_memory_not_equal(b + 100, zero, 100);
    assert_memory_not_equal(big + 900, zero, 100);
}

static void addresses_survive_the_way_to_a_sockaddr_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"192.0.2.1:5060", "[2001:db8::1]:443"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(texts); i++) {
        struct zv_addr addr, back;
        struct sockaddr_storage raw;
        assert_int_equal(zv_addr_parse(zv_str(texts[i]), &addr), 0);
        assert_int_not_equal(zv_sockaddr_write(&addr, zv_sockaddr_family(&addr), &raw), 0);
        assert_int_equal(zv_sockaddr_read((struct sockaddr *)&raw, &back), 0);
        assert_true(zv_addr_eq(&addr, &back));
    }
}

static void ipv4_goes_v4_mapped_through_an_ipv6_socket_and_ipv6_not_through_ipv4(void **state)
{
    (void)state;
    struct zv_addr v4, v6, back;
    struct sockaddr_storage raw;
    assert_int_equal(zv_addr_parse(zv_str("192.0.2.1:5060"), &v4), 0);
    assert_int_equal(zv_addr_parse(zv_str("[2001:db8::1]:443"), &v6), 0);
    assert_int_equal(zv_sockaddr_write(&v4, AF_INET6, &raw), sizeof(struct sockaddr_in6));
    assert_int_equal(raw.ss_family, AF_INET6);
    assert_int_equal(zv_sockaddr_read((struct sockaddr *)&raw, &back), 0);
    assert_true(zv_addr_eq(&v4, &back));
    assert_int_equal(zv_sockaddr_write(&v6, AF_INET, &raw), 0);
    raw.ss_family = AF_UNIX;
    assert_int_equal(zv_sockaddr_read((struct sockaddr *)&raw, &back), ZV_E_UNSUPPORTED);
}

static void local_addresses_name_loopback_only_when_all_are_asked_for(void **state)
{
    (void)state;
    struct zv_local_addr found[ZV_LOCAL_ADDRS_MAX];
    int count = zv_local_addrs(found, ZV_ARRAY_LEN(found), false);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++)
        assert_false(zv_addr_is_loopback(&found[i].addr) || zv_addr_is_link_local(&found[i].addr));
    bool has_loopback = false;
    count = zv_local_addrs(found, ZV_ARRAY_LEN(found), true);
    for (int i = 0; i < count; i++)
        has_loopback |= zv_addr_is_loopback(&found[i].addr);
    assert_true(has_loopback);
    assert_int_equal(zv_local_addrs(found, 1, true), 1);
}

static void towards_loopback_the_kernel_uses_loopback(void **state)
{
    (void)state;
    struct zv_addr remote, local;
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &remote), 0);
    assert_int_equal(zv_local_addr_towards(&remote, &local), 0);
    assert_true(zv_addr_ip_eq(&local, &remote));
    assert_int_equal(local.port, 0);
}

static void count_call(void *arg)
{
    ++*(int *)arg;
}

static void the_queue_is_bounded_keeps_order_and_wakes_once(void **state)
{
    (void)state;
    int wakes = 0, item;
    struct zv_queue *queue;
    const struct zv_queue_cfg cfg = {
        .item_bytes = sizeof(int), .cap = 3, .wake_fn = count_call, .wake_arg = &wakes};
    assert_int_equal(zv_queue_new(&queue, &cfg), 0);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 3; i++)
            assert_int_equal(zv_queue_push(queue, &i), 0);
        assert_int_equal(zv_queue_push(queue, &item), ZV_E_LIMIT);
        assert_int_equal(zv_queue_room(queue), 0);
        for (int i = 0; i < 3; i++) {
            assert_true(zv_queue_pop(queue, &item));
            assert_int_equal(item, i);
        }
        assert_false(zv_queue_pop(queue, &item));
        assert_int_equal(wakes, round + 1);
    }
    zv_queue_free(queue);
}

static bool is_even(const void *item, void *arg)
{
    (void)arg;
    return *(const int *)item % 2 == 0;
}

static void the_queue_gives_its_head_only_if_it_is_due(void **state)
{
    (void)state;
    struct zv_queue *queue;
    const struct zv_queue_cfg cfg = {.item_bytes = sizeof(int), .cap = 4};
    int items[] = {2, 4, 5, 6}, item;
    assert_int_equal(zv_queue_new(&queue, &cfg), 0);
    for (size_t i = 0; i < ZV_ARRAY_LEN(items); i++)
        assert_int_equal(zv_queue_push(queue, &items[i]), 0);
    assert_int_equal(zv_queue_count_while(queue, is_even, NULL), 2);
    assert_true(zv_queue_pop_if(queue, is_even, NULL, &item));
    assert_true(zv_queue_pop_if(queue, is_even, NULL, &item));
    assert_int_equal(item, 4);
    assert_false(zv_queue_pop_if(queue, is_even, NULL, &item));
    assert_int_equal(zv_queue_count(queue), 2);
    zv_queue_free(queue);
}

#define WRITERS 4
#define WRITES  2000

struct crowd {
    struct zv_queue *queue;
    struct zv_poller *poller;
};

static void write_many(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 1; i <= WRITES; i++) {
        while (zv_queue_push(crowd->queue, &i)) {
        }
    }
}

static void many_writers_lose_nothing_and_the_doorbell_wakes_the_reader(void **state)
{
    (void)state;
    struct crowd crowd;
    struct zv_thread *threads[WRITERS];
    uint64_t tags[ZV_POLLER_BATCH];
    int64_t sum = 0;
    int item, count = 0;
    assert_int_equal(zv_poller_new(&crowd.poller), 0);
    const struct zv_queue_cfg cfg = {
        .item_bytes = sizeof(int), .cap = 64, .wake_fn = zv_poller_ring, .wake_arg = crowd.poller};
    assert_int_equal(zv_queue_new(&crowd.queue, &cfg), 0);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(zv_thread_start(&threads[i], "writer", write_many, &crowd), 0);
    int64_t give_up_us = zv_clock_now_us() + ZV_SECONDS(60);
    while (count < WRITERS * WRITES && zv_clock_now_us() < give_up_us) {
        zv_poller_wait(crowd.poller, zv_clock_now_us(), give_up_us, tags);
        while (zv_queue_pop(crowd.queue, &item)) {
            sum += item;
            count++;
        }
    }
    assert_int_equal(count, WRITERS * WRITES);
    assert_int_equal(sum, (int64_t)WRITERS * WRITES * (WRITES + 1) / 2);
    for (int i = 0; i < WRITERS; i++)
        zv_thread_join(threads[i]);
    zv_queue_free(crowd.queue);
    zv_poller_free(crowd.poller);
}

struct loop_seen {
    uv_loop_t loop;
    struct zv_loop_timer *timer;
    struct zv_loop_bell *bell;
    int64_t armed_us;
    int due;
    int rung;
};

static void on_due(void *arg, int64_t now_us)
{
    struct loop_seen *seen = arg;
    assert_true(now_us >= seen->armed_us);
    if (++seen->due < 3) {
        seen->armed_us = now_us + 1500 * seen->due;
        zv_loop_timer_arm(seen->timer, seen->armed_us);
        return;
    }
    zv_loop_bell_ring(seen->bell);
}

static void on_rung(void *arg)
{
    struct loop_seen *seen = arg;
    seen->rung++;
    seen->timer = zv_loop_timer_close(seen->timer);
    seen->bell = zv_loop_bell_close(seen->bell);
}

static void a_loop_timer_follows_its_deadline_and_never_comes_early(void **state)
{
    (void)state;
    struct loop_seen seen = {.due = 0};
    assert_int_equal(uv_loop_init(&seen.loop), 0);
    assert_int_equal(zv_loop_timer_open(&seen.timer, &seen.loop, on_due, &seen), 0);
    assert_int_equal(zv_loop_bell_open(&seen.bell, &seen.loop, on_rung, &seen), 0);
    zv_loop_timer_arm(seen.timer, zv_clock_now_us() + ZV_SECONDS(3600));
    zv_loop_timer_arm(seen.timer, ZV_TIME_NEVER);
    seen.armed_us = zv_clock_now_us() - 5;
    zv_loop_timer_arm(seen.timer, seen.armed_us);
    assert_int_equal(uv_run(&seen.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(seen.due, 3);
    assert_int_equal(seen.rung, 1);
    assert_int_equal(uv_loop_close(&seen.loop), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_monotonic_clock_never_goes_back),
    cmocka_unit_test(a_sleep_ends_when_its_time_has_come),
    cmocka_unit_test(random_bytes_differ_and_cross_the_buffers_end),
    cmocka_unit_test(addresses_survive_the_way_to_a_sockaddr_and_back),
    cmocka_unit_test(ipv4_goes_v4_mapped_through_an_ipv6_socket_and_ipv6_not_through_ipv4),
    cmocka_unit_test(local_addresses_name_loopback_only_when_all_are_asked_for),
    cmocka_unit_test(towards_loopback_the_kernel_uses_loopback),
    cmocka_unit_test(the_queue_is_bounded_keeps_order_and_wakes_once),
    cmocka_unit_test(the_queue_gives_its_head_only_if_it_is_due),
    cmocka_unit_test(many_writers_lose_nothing_and_the_doorbell_wakes_the_reader),
    cmocka_unit_test(a_loop_timer_follows_its_deadline_and_never_comes_early),
};

ZV_TEST_MAIN(tests)
