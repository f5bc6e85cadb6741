/* Budgets of sources of SIP: rates, bursts, who shares one, who has none, and bounded memory. */
#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "sipnet/sources.h"

#include <stdio.h>

#define RATE    100
#define INVITES 10
#define START   ZV_SECONDS(1000)

static struct zv_sources *sources;

static int set_up(void **state)
{
    struct zv_sources_cfg cfg = {.messages_per_s = RATE, .invites_per_s = INVITES, .seed = {1, 2}};
    (void)state;
    return zv_sources_new(&sources, &cfg);
}

static int tear_down(void **state)
{
    (void)state;
    sources = zv_sources_free(sources);
    return 0;
}

static struct zv_addr at(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse(zv_str(text), &addr), 0);
    return addr;
}

static enum zv_source_verdict admit(const char *text, bool is_stream, enum zv_source_what what,
                                    int64_t now_us)
{
    struct zv_source_event event = {.addr = at(text), .is_stream = is_stream, .what = what};
    event.kind = zv_sources_kind(sources, &event.addr, now_us);
    return zv_sources_admit(sources, &event, now_us);
}

static enum zv_source_verdict send(const char *text, bool is_invite, int64_t now_us)
{
    return admit(text, false, is_invite ? ZV_SOURCE_INVITE : ZV_SOURCE_MESSAGE, now_us);
}

/* How many of them are taken when they come all at once. */
static int taken(const char *text, bool is_invite, int count, int64_t now_us)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += send(text, is_invite, now_us) == ZV_SOURCE_TAKE;
    return sum;
}

static struct zv_sources_counts counts(void)
{
    struct zv_sources_counts now;
    zv_sources_counts(sources, &now);
    return now;
}

static void a_burst_is_two_seconds_worth_and_comes_back_with_time(void **state)
{
    (void)state;
    assert_int_equal(taken("192.0.2.1:5060", false, 1000, START), 2 * RATE);
    assert_int_equal(taken("192.0.2.1:5060", false, 1000, START), 0);
    assert_int_equal(taken("192.0.2.1:5060", false, 1000, START + ZV_SECONDS(1)), RATE);
    assert_int_equal(taken("192.0.2.1:5060", false, 1000, START + ZV_SECONDS(3600)), 2 * RATE);
    assert_int_equal(counts().over_rate, 4000 - 5 * RATE);
}

static void invites_have_a_smaller_budget_and_leave_the_other_its_room(void **state)
{
    (void)state;
    assert_int_equal(taken("192.0.2.1:5060", true, 1000, START), 2 * INVITES);
    assert_int_equal(counts().over_invites, 1000 - 2 * INVITES);
    assert_int_equal(taken("192.0.2.1:5060", false, 1000, START), 2 * (RATE - INVITES));
}

static void a_steady_sender_within_his_rate_is_never_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 100 * RATE; i++)
        assert_int_equal(send("192.0.2.1:5060", i % RATE < INVITES, START + i * ZV_MS(10)),
                         ZV_SOURCE_TAKE);
}

static void a_flood_leaves_its_source_its_rate(void **state)
{
    int sum = 0;
    (void)state;
    for (int ms = 0; ms < 10000; ms++)
        sum += taken("192.0.2.1:5060", false, 20, START + ZV_MS(ms));
    assert_in_range(sum, 12 * RATE - 1, 12 * RATE + 1);
}

static void ports_and_a_subscribers_addresses_share_a_budget(void **state)
{
    (void)state;
    taken("192.0.2.1:5060", false, 1000, START);
    assert_int_equal(send("192.0.2.1:5061", false, START), ZV_SOURCE_OVER_RATE);
    assert_int_equal(send("[::ffff:192.0.2.1]:5060", false, START), ZV_SOURCE_OVER_RATE);
    assert_int_equal(send("192.0.2.2:5060", false, START), ZV_SOURCE_TAKE);
    taken("[2001:db8:0:1::1]:5060", false, 1000, START);
    assert_int_equal(send("[2001:db8:0:1:ffff::2]:5060", false, START), ZV_SOURCE_OVER_RATE);
    assert_int_equal(send("[2001:db8:0:2::1]:5060", false, START), ZV_SOURCE_TAKE);
}

static void an_accounts_server_may_send_more_for_a_day(void **state)
{
    struct zv_addr server = at("192.0.2.9:5060");
    int64_t later_us = START + ZV_SECONDS(24 * 3600);
    (void)state;
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_STRANGER);
    zv_sources_learn(sources, &server, false, START);
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_SERVER);
    assert_int_equal(taken("192.0.2.9:6000", false, 10000, START),
                     2 * RATE * ZV_SOURCES_SERVER_FACTOR);
    assert_int_equal(zv_sources_kind(sources, &server, later_us - 1), ZV_SOURCE_SERVER);
    assert_int_equal(zv_sources_kind(sources, &server, later_us), ZV_SOURCE_STRANGER);
}

static void a_listed_server_has_no_bound(void **state)
{
    struct zv_addr server = at("192.0.2.9:5060");
    (void)state;
    zv_sources_learn(sources, &server, true, START);
    zv_sources_learn(sources, &server, false, START); /* for another account, under another name */
    assert_int_equal(taken("192.0.2.9:5060", true, 100000, START), 100000);
    assert_int_equal(counts().over_rate + counts().over_invites + counts().over_all, 0);
}

static void a_server_whose_trust_is_forgotten_is_one_like_others_until_it_is_learnt(void **state)
{
    struct zv_addr server = at("192.0.2.9:5060");
    (void)state;
    zv_sources_learn(sources, &server, true, START);
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_TRUSTED);
    zv_sources_forget_trust(sources);
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_SERVER);
    zv_sources_learn(sources, &server, false, START);
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_SERVER);
    zv_sources_learn(sources, &server, true, START);
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_TRUSTED);
}

/* Who rents a machine beside it has an address of the same /64. */
static void a_servers_neighbours_are_strangers(void **state)
{
    struct zv_addr server = at("[2001:db8:0:1::1]:5060"), mapped = at("[::ffff:192.0.2.9]:5060");
    struct zv_addr neighbour = at("[2001:db8:0:1::2]:5060"), plain = at("192.0.2.9:5060");
    (void)state;
    zv_sources_learn(sources, &server, true, START);
    assert_int_equal(zv_sources_kind(sources, &server, START), ZV_SOURCE_TRUSTED);
    assert_int_equal(zv_sources_kind(sources, &neighbour, START), ZV_SOURCE_STRANGER);
    assert_int_equal(taken("[2001:db8:0:1::2]:5060", false, 1000, START), 2 * RATE);
    assert_int_equal(taken("[2001:db8:0:1::3]:5060", false, 1000, START), 0);
    zv_sources_learn(sources, &mapped, false, START);
    assert_int_equal(zv_sources_kind(sources, &plain, START), ZV_SOURCE_SERVER);
}

static const char *numbered(char text[32], int number)
{
    snprintf(text, 32, "10.%d.%d.%d:5060", number >> 16 & 255, number >> 8 & 255, number & 255);
    return text;
}

/* A flood from invented addresses: bounded all together, and without harm to those who are known.
 */
static void invented_addresses_share_one_bound_and_push_out_no_server(void **state)
{
    char text[32];
    int sum = 0;
    struct zv_addr server = at("192.0.2.9:5060");
    (void)state;
    zv_sources_learn(sources, &server, false, START);
    for (int i = 0; i < 200000; i++)
        sum += send(numbered(text, i), false, START) == ZV_SOURCE_TAKE;
    assert_int_equal(sum, 2 * RATE * ZV_SOURCES_SERVER_FACTOR);
    assert_int_equal(counts().over_all, 200000 - sum);
    assert_int_equal(send("192.0.2.9:5060", true, START), ZV_SOURCE_TAKE);
}

/* Whatever is sent in others' names by datagrams: a connection's address is its peer's own. */
static void datagrams_take_nothing_from_connections(void **state)
{
    static const char *const who[] = {"192.0.2.1:5060", "192.0.2.9:5060"};
    struct zv_addr server = at(who[1]);
    char text[32];
    (void)state;
    zv_sources_learn(sources, &server, false, START);
    for (int i = 0; i < 2; i++) {
        taken(who[i], true, 10000, START);
        taken(who[i], false, 10000, START);
        assert_int_not_equal(send(who[i], false, START), ZV_SOURCE_TAKE);
    }
    for (int i = 0; i < 20000; i++)
        (void)send(numbered(text, i), false, START);
    assert_int_equal(send("192.0.2.3:5060", false, START), ZV_SOURCE_OVER_ALL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(admit(who[i], true, ZV_SOURCE_INVITE, START), ZV_SOURCE_TAKE);
    for (int i = 0; i < 10000; i++)
        (void)admit(who[0], true, ZV_SOURCE_MESSAGE, START);
    assert_int_equal(admit(who[0], true, ZV_SOURCE_MESSAGE, START), ZV_SOURCE_OVER_RATE);
}

static int handshakes(const char *text, int count, int64_t now_us)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += admit(text, true, ZV_SOURCE_HANDSHAKE, now_us) == ZV_SOURCE_TAKE;
    return sum;
}

static void handshakes_have_a_budget_of_each_and_of_all_strangers(void **state)
{
    struct zv_addr server = at("192.0.2.9:5061");
    char text[32];
    int sum = 0;
    (void)state;
    assert_int_equal(handshakes("192.0.2.1:5061", 1000, START), 2 * INVITES);
    assert_int_equal(admit("192.0.2.1:5061", true, ZV_SOURCE_HANDSHAKE, START),
                     ZV_SOURCE_OVER_HANDSHAKES);
    assert_int_equal(admit("192.0.2.1:5061", true, ZV_SOURCE_INVITE, START), ZV_SOURCE_TAKE);
    assert_int_equal(handshakes("192.0.2.1:5061", 1000, START + ZV_SECONDS(1)), INVITES);
    for (int i = 0; i < 2000; i++)
        sum += handshakes(numbered(text, i), 1, START + ZV_SECONDS(10));
    assert_int_equal(sum, 2 * INVITES * ZV_SOURCES_SERVER_FACTOR);
    zv_sources_learn(sources, &server, false, START);
    assert_int_equal(handshakes("192.0.2.9:5061", 1000, START + ZV_SECONDS(10)),
                     2 * INVITES * ZV_SOURCES_SERVER_FACTOR);
    zv_sources_learn(sources, &server, true, START);
    assert_int_equal(handshakes("192.0.2.9:5061", 1000, START + ZV_SECONDS(10)), 1000);
    assert_int_equal(counts().over_rate + counts().over_invites + counts().over_all, 0);
}

/* Many at once push out whoever was quiet, never the one that is over its budget just now. */
static void a_flooder_stays_known_among_many(void **state)
{
    char text[32];
    (void)state;
    taken("192.0.2.1:5060", false, 1000, START);
    for (int i = 0; i < 20000; i++)
        send(numbered(text, i), false, START);
    assert_int_equal(send("192.0.2.1:5060", false, START), ZV_SOURCE_OVER_RATE);
}

static void many_servers_are_bounded_too(void **state)
{
    char text[32];
    size_t known = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct zv_addr server = at(numbered(text, i));
        zv_sources_learn(sources, &server, false, START + i);
        assert_int_equal(zv_sources_kind(sources, &server, START + i), ZV_SOURCE_SERVER);
    }
    for (int i = 0; i < 5000; i++) {
        struct zv_addr server = at(numbered(text, i));
        known += zv_sources_kind(sources, &server, START + 5000) == ZV_SOURCE_SERVER;
    }
    assert_in_range(known, 900, 1024);
}

static void configuration_is_checked(void **state)
{
    struct zv_sources *none = NULL;
    (void)state;
    assert_int_equal(zv_sources_new(&none, &(struct zv_sources_cfg){.messages_per_s = 1}),
                     ZV_E_INVAL);
    assert_int_equal(zv_sources_new(&none, &(struct zv_sources_cfg){.invites_per_s = 1}),
                     ZV_E_INVAL);
    zv_alloc_fail_after(0);
    int err =
        zv_sources_new(&none, &(struct zv_sources_cfg){.messages_per_s = 1, .invites_per_s = 1});
    zv_alloc_fail_after(-1);
    assert_int_equal(err, ZV_E_NOMEM);
    assert_null(zv_sources_free(NULL));
}

static void who_shares_a_budget_is_one_source(void **state)
{
    static const struct {
        const char *a, *b;
        bool is_same;
    } cases[] = {
        {"192.0.2.1:5060", "192.0.2.1:7", true},
        {"192.0.2.1:5060", "192.0.2.2:5060", false},
        {"192.0.2.1:5060", "[::ffff:192.0.2.1]:5060", true},
        {"[2001:db8:0:1::1]:5060", "[2001:db8:0:1:ffff::2]:5060", true},
        {"[2001:db8:0:1::1]:5060", "[2001:db8:0:2::1]:5060", false},
    };
    (void)state;
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct zv_addr a = at(cases[i].a), b = at(cases[i].b);
        assert_int_equal(zv_sources_is_same(&a, &b), cases[i].is_same);
    }
}

#define SOURCES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    SOURCES_TEST(a_burst_is_two_seconds_worth_and_comes_back_with_time),
    SOURCES_TEST(invites_have_a_smaller_budget_and_leave_the_other_its_room),
    SOURCES_TEST(a_steady_sender_within_his_rate_is_never_refused),
    SOURCES_TEST(a_flood_leaves_its_source_its_rate),
    SOURCES_TEST(ports_and_a_subscribers_addresses_share_a_budget),
    SOURCES_TEST(an_accounts_server_may_send_more_for_a_day),
    SOURCES_TEST(a_listed_server_has_no_bound),
    SOURCES_TEST(a_server_whose_trust_is_forgotten_is_one_like_others_until_it_is_learnt),
    SOURCES_TEST(a_servers_neighbours_are_strangers),
    SOURCES_TEST(invented_addresses_share_one_bound_and_push_out_no_server),
    SOURCES_TEST(datagrams_take_nothing_from_connections),
    SOURCES_TEST(handshakes_have_a_budget_of_each_and_of_all_strangers),
    SOURCES_TEST(a_flooder_stays_known_among_many),
    SOURCES_TEST(many_servers_are_bounded_too),
    SOURCES_TEST(who_shares_a_budget_is_one_source),
    SOURCES_TEST(configuration_is_checked),
};
ZV_TEST_MAIN(tests)
