/*
 * The resolver against a DNS server in the same thread and a hosts file of its own: what is asked
 * once, what is asked again, and what is never asked.
 */
#define _GNU_SOURCE
#include "dns_server.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/rand.h"
#include "base/time.h"
#include "sipnet/dns.h"
#include "sipnet/hosts.h"

#include <stdlib.h>
#include <unistd.h>

#define GUARD_MS 20000

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct dns_server server;
    struct zv_rand_seeded seeded;
    struct zv_dns *dns;
    char hosts_path[64];
};

struct told {
    int calls;
    struct zv_dns_answer answer;
};

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static void write_hosts(struct world *world, const char *text)
{
    FILE *file = fopen(world->hosts_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void open_world_with(struct world *world, const struct dns_record *records, size_t count,
                            int64_t timeout_us)
{
    char *servers[] = {world->server.text};
    *world = (struct world){.seeded = {.state = 5}};
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    dns_server_open(&world->server, &world->loop, records, count);
    strcpy(world->hosts_path, "/tmp/zvonok-hosts-XXXXXX");
    int fd = mkstemp(world->hosts_path);
    assert_true(fd >= 0);
    close(fd);
    const struct zv_dns_cfg cfg = {.loop = &world->loop,
                                   .servers = servers,
                                   .server_count = 1,
                                   .timeout_us = timeout_us,
                                   .tries = 1,
                                   .hosts_path = world->hosts_path,
                                   .rand = zv_rand_seeded_source(&world->seeded)};
    assert_int_equal(zv_dns_new(&world->dns, &cfg), 0);
}

/* So long that a lost answer would be noticed. */
static void open_world(struct world *world, const struct dns_record *records, size_t count)
{
    open_world_with(world, records, count, ZV_SECONDS(10));
}

static void close_world(struct world *world)
{
    world->dns = zv_dns_free(world->dns);
    dns_server_close(&world->server);
    uv_close((uv_handle_t *)&world->guard, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    assert_int_equal(unlink(world->hosts_path), 0);
}

static void on_told(void *arg, const struct zv_dns_answer *answer)
{
    struct told *told = arg;
    told->calls++;
    told->answer = *answer;
}

static void wait_for(struct world *world, const struct told *told)
{
    while (!told->calls)
        uv_run(&world->loop, UV_RUN_ONCE);
    assert_int_equal(told->calls, 1);
}

static struct zv_dns_answer ask(struct world *world, enum zv_dns_type type, const char *name)
{
    struct told told = {0};
    zv_dns_ask(world->dns, type, name, on_told, &told);
    wait_for(world, &told);
    assert_int_equal(told.answer.type, type);
    assert_int_equal(told.answer.err == 0, told.answer.count > 0);
    return told.answer;
}

static struct zv_dns_counts counts(const struct world *world)
{
    struct zv_dns_counts value;
    zv_dns_counts(world->dns, &value);
    return value;
}

static void an_answer_is_asked_for_once_as_long_as_it_lasts(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"a.test", DNS_A, "192.0.2.1", .ttl_s = 3600},
        {"_sip._udp.a.test", DNS_SRV, "a.test", 1, 1, 5060, .ttl_s = 3600},
        {"a.test", DNS_NAPTR, "_sip._udp.a.test", 1, 1, .service = "SIP+D2U", .ttl_s = 3600},
        {"now.test", DNS_A, "192.0.2.2"},
    };
    struct world world;
    open_world(&world, records, ZV_ARRAY_LEN(records));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(&world, ZV_DNS_A, i ? "A.Test." : "a.test").of.addrs[0].ip[3], 1);
        assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._udp.a.test").of.srv[0].port, 5060);
        assert_string_equal(ask(&world, ZV_DNS_NAPTR, "a.test").of.naptr[0].service, "SIP+D2U");
    }
    assert_int_equal(world.server.asked_count, 3);
    assert_int_equal(counts(&world).misses, 3);
    assert_int_equal(counts(&world).hits, 6);
    assert_int_equal(counts(&world).cached, 3);
    for (int i = 0; i < 2; i++) /* that lasts for no time */
        assert_int_equal(ask(&world, ZV_DNS_A, "now.test").err, 0);
    assert_int_equal(world.server.asked_count, 5);
    close_world(&world);
}

static void a_denial_is_kept_where_the_zone_says_for_how_long(void **state)
{
    (void)state;
    static const struct dns_record records[] = {
        {"soa.test", DNS_A, "192.0.2.1", .denial_s = 600},
        {"bare.test", DNS_A, "192.0.2.1"},
    };
    struct world world;
    open_world(&world, records, ZV_ARRAY_LEN(records));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(&world, ZV_DNS_AAAA, "soa.test").err, ZV_E_NOTFOUND);
        assert_int_equal(ask(&world, ZV_DNS_AAAA, "bare.test").err, ZV_E_NOTFOUND);
    }
    assert_int_equal(world.server.asked_count, 1 + 3);
    assert_int_equal(counts(&world).denied, 2);
    close_world(&world);
}

static void silence_is_not_waited_for_twice_at_once(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"a.test", DNS_A, .is_silent = true},
                                                {"b.test", DNS_A, .rcode = DNS_SERVFAIL}};
    struct world world;
    open_world_with(&world, records, ZV_ARRAY_LEN(records), ZV_MS(20));
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&world, ZV_DNS_A, "a.test").err, ZV_E_TIMEOUT);
    assert_int_equal(counts(&world).failed, 1);
    assert_int_equal(counts(&world).denied, 2);
    for (int i = 0; i < 3; i++) /* which may be over any time, and is told at once */
        assert_int_equal(ask(&world, ZV_DNS_A, "b.test").err, ZV_E_IO);
    assert_int_equal(counts(&world).failed, 4);
    close_world(&world);
}

static void the_same_question_twice_at_once_is_asked_once(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"a.test", DNS_A, "192.0.2.1"},
                                                {"b.test", DNS_A, "192.0.2.2"}};
    struct world world;
    struct told told[5] = {{0}};
    open_world(&world, records, ZV_ARRAY_LEN(records));
    for (size_t i = 0; i < 4; i++)
        zv_dns_ask(world.dns, ZV_DNS_A, i % 2 ? "a.test" : "A.test.", on_told, &told[i]);
    zv_dns_ask(world.dns, ZV_DNS_A, "b.test", on_told, &told[4]);
    for (size_t i = 0; i < 5; i++) {
        wait_for(&world, &told[i]);
        assert_int_equal(told[i].answer.of.addrs[0].ip[3], i == 4 ? 2 : 1);
    }
    assert_int_equal(world.server.asked_count, 2);
    assert_int_equal(counts(&world).joined, 3);
    assert_int_equal(counts(&world).misses, 2);
    close_world(&world);
}

static void the_hosts_file_comes_first_and_a_change_of_it_counts_at_once(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"pbx.test", DNS_A, "192.0.2.1", .ttl_s = 3600},
                                                {"pbx.test", DNS_AAAA, "2001:db8::1"}};
    struct world world;
    open_world(&world, records, ZV_ARRAY_LEN(records));
    assert_int_equal(ask(&world, ZV_DNS_A, "pbx.test").of.addrs[0].ip[3], 1);
    write_hosts(&world, "# ours\n"
                        "192.0.2.66 pbx.test # not pbx2.test\n"
                        "\t192.0.2.67\tother PBX.test\r\n"
                        "nonsense pbx.test\n"
                        "192.0.2.68\n"
                        "2001:db8::68 six.test");
    struct zv_dns_answer answer = ask(&world, ZV_DNS_A, "pbx.test");
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.of.addrs[0].ip[3], 66);
    assert_int_equal(answer.of.addrs[1].ip[3], 67);
    assert_int_equal(ask(&world, ZV_DNS_AAAA, "six.test").of.addrs[0].ip[15], 0x68);
    assert_int_equal(ask(&world, ZV_DNS_AAAA, "pbx.test").of.addrs[0].ip[15], 1); /* DNS has it */
    assert_int_equal(ask(&world, ZV_DNS_A, "pbx2.test").err, ZV_E_NOTFOUND);
    write_hosts(&world, "");
    assert_int_equal(ask(&world, ZV_DNS_A, "pbx.test").of.addrs[0].ip[3], 1);
    close_world(&world);
}

/* What a machine without DNS has instead. */
static void a_name_of_the_hosts_file_needs_no_dns(void **state)
{
    (void)state;
    static const struct dns_record silent[] = {
        {"_sip._udp.pbx.test", DNS_SRV, .is_silent = true},
        {"_sip._udp.other.test", DNS_SRV, .is_silent = true},
        {"pbx.test", DNS_NAPTR, .is_silent = true},
    };
    static const struct dns_record fails[] = {
        {"_sip._udp.pbx.test", DNS_SRV, .rcode = DNS_SERVFAIL},
        {"_sip._udp.other.test", DNS_SRV, .rcode = DNS_SERVFAIL},
    };
    static const struct dns_record works[] = {
        {"_sip._udp.pbx.test", DNS_SRV, "pbx.test", 1, 1, 5070},
        {"_sip._tcp.pbx.test", DNS_SRV, "pbx.test", 1, 1, 5071},
    };
    const struct {
        const struct dns_record *records;
        size_t count;
        int other_err;
    } cases[] = {{silent, ZV_ARRAY_LEN(silent), ZV_E_TIMEOUT},
                 {fails, ZV_ARRAY_LEN(fails), ZV_E_IO}};
    struct world world;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        open_world_with(&world, cases[i].records, cases[i].count, ZV_MS(20));
        write_hosts(&world, "192.0.2.66 pbx.test\n");
        assert_int_equal(ask(&world, ZV_DNS_NAPTR, "pbx.test").err, ZV_E_NOTFOUND);
        assert_int_equal(world.server.asked_count, 0);
        assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._udp.pbx.test").err, ZV_E_NOTFOUND);
        assert_int_equal(ask(&world, ZV_DNS_A, "pbx.test").of.addrs[0].ip[3], 66);
        assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._udp.other.test").err, cases[i].other_err);
        close_world(&world);
    }
    open_world_with(&world, silent, ZV_ARRAY_LEN(silent), ZV_MS(20));
    write_hosts(&world, "2001:db8::66 pbx.test\n");
    assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._udp.pbx.test").err, ZV_E_NOTFOUND);
    size_t asked = world.server.asked_count;
    assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._tcp.pbx.test").err, ZV_E_NOTFOUND);
    assert_int_equal(world.server.asked_count, asked); /* silent just now */
    close_world(&world);
    open_world(&world, works, ZV_ARRAY_LEN(works)); /* and where DNS has more to say it is heard */
    write_hosts(&world, "192.0.2.66 pbx.test\n");
    assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._udp.pbx.test").of.srv[0].port, 5070);
    assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._tcp.pbx.test").of.srv[0].port, 5071);
    close_world(&world);
}

static void a_hosts_file_that_is_too_large_or_missing_has_no_names(void **state)
{
    (void)state;
    struct zv_hosts hosts;
    struct zv_addr addr;
    char path[] = "/tmp/zvonok-hosts-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "192.0.2.1 a.test\n", 17), 17);
    zv_hosts_init(&hosts, path);
    assert_true(zv_hosts_refresh(&hosts));
    assert_false(zv_hosts_refresh(&hosts));
    assert_int_equal(zv_hosts_find(&hosts, "a.test", ZV_ADDR_IPV4, &addr, 1), 1);
    assert_int_equal(ftruncate(fd, ZV_HOSTS_MAX_BYTES + 1), 0);
    assert_true(zv_hosts_refresh(&hosts));
    assert_int_equal(zv_hosts_find(&hosts, "a.test", ZV_ADDR_IPV4, &addr, 1), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
    assert_true(zv_hosts_refresh(&hosts));
    assert_int_equal(zv_hosts_find(&hosts, "a.test", ZV_ADDR_IPV4, &addr, 1), 0);
    zv_hosts_fini(&hosts);
}

/* RFC 6761 §6.3 */
static void nobody_is_asked_for_localhost(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"a.localhost", DNS_A, "192.0.2.1"},
                                                {"localhost", DNS_A, "192.0.2.1"}};
    struct world world;
    open_world(&world, records, ZV_ARRAY_LEN(records));
    assert_true(zv_addr_is_loopback(&ask(&world, ZV_DNS_A, "localhost").of.addrs[0]));
    assert_true(zv_addr_is_loopback(&ask(&world, ZV_DNS_AAAA, "a.LOCALHOST.").of.addrs[0]));
    assert_int_equal(ask(&world, ZV_DNS_SRV, "_sip._udp.localhost").err, ZV_E_NOTFOUND);
    assert_int_equal(world.server.asked_count, 0);
    close_world(&world);
}

static void freeing_answers_what_is_under_way(void **state)
{
    (void)state;
    static const struct dns_record records[] = {{"mute.test", DNS_A, .is_silent = true}};
    struct world world;
    struct told told[2] = {{0}};
    int64_t live = zv_alloc_live();
    open_world(&world, records, ZV_ARRAY_LEN(records));
    for (size_t i = 0; i < 2; i++)
        zv_dns_ask(world.dns, ZV_DNS_A, "mute.test", on_told, &told[i]);
    while (!world.server.asked_count)
        uv_run(&world.loop, UV_RUN_ONCE);
    close_world(&world);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].answer.err, ZV_E_GONE);
    }
    assert_int_equal(zv_alloc_live(), live);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_answer_is_asked_for_once_as_long_as_it_lasts),
    cmocka_unit_test(a_denial_is_kept_where_the_zone_says_for_how_long),
    cmocka_unit_test(silence_is_not_waited_for_twice_at_once),
    cmocka_unit_test(the_same_question_twice_at_once_is_asked_once),
    cmocka_unit_test(the_hosts_file_comes_first_and_a_change_of_it_counts_at_once),
    cmocka_unit_test(a_name_of_the_hosts_file_needs_no_dns),
    cmocka_unit_test(a_hosts_file_that_is_too_large_or_missing_has_no_names),
    cmocka_unit_test(nobody_is_asked_for_localhost),
    cmocka_unit_test(freeing_answers_what_is_under_way),
};

ZV_TEST_MAIN(tests)
