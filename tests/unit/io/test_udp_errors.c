/*
 * What an error of ICMP says of who is there (RFC 3261 §18.4), from the kernel's own queue.
 */
#include "support/icmp.h"

#include "base/err.h"
#include "io/udp_large.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>

#define PATIENCE_MS 5000

struct pair {
    struct zv_udp_socket ours, theirs;
};

static void open_one(struct zv_udp_socket *socket_, const char *ip)
{
    struct zv_udp_cfg cfg = {0};
    assert_int_equal(zv_addr_parse_ip(zv_str(ip), &cfg.bind), 0);
    assert_int_equal(zv_udp_open(socket_, &cfg), 0);
}

static void open_pair(struct pair *pair, const char *ip)
{
    open_one(&pair->ours, ip);
    open_one(&pair->theirs, ip);
    assert_int_equal(zv_udp_enable_errors(&pair->ours), 0);
}

static void close_pair(struct pair *pair)
{
    zv_udp_close(&pair->ours);
    zv_udp_close(&pair->theirs);
}

static struct zv_udp_error provoke(const struct pair *pair, const struct icmp_error *icmp)
{
    struct zv_udp_error error;
    struct pollfd waiting = {.fd = pair->ours.fd};
    send_icmp_error(icmp, &pair->ours.local, &pair->theirs.local);
    assert_int_equal(poll(&waiting, 1, PATIENCE_MS), 1);
    assert_true(zv_udp_read_error(&pair->ours, &error));
    assert_true(zv_addr_eq(&error.remote, &pair->theirs.local));
    return error;
}

static void only_what_says_that_nobody_is_there_means_that(void **state)
{
    static const struct {
        const char *ip;
        struct icmp_error icmp;
        bool is_unreachable;
    } cases[] = {
        {"127.0.0.1", {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0}, true},
        {"127.0.0.1", {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0}, true},
        {"127.0.0.1", {ICMP_PARAMETERPROB, 0, 0}, true},
        {"127.0.0.1", {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1400}, false},
        {"127.0.0.1", {ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0}, false},
        {"::1", {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, 0}, true},
        {"::1", {ICMP6_PACKET_TOO_BIG, 0, 1400}, false},
        {"::1", {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, 0}, false},
    };
    (void)state;
    if (!enter_own_network())
        skip();
    for (size_t i = 0; i < ZV_ARRAY_LEN(cases); i++) {
        struct pair pair;
        open_pair(&pair, cases[i].ip);
        assert_int_equal(provoke(&pair, &cases[i].icmp).is_unreachable, cases[i].is_unreachable);
        struct zv_udp_error none;
        assert_false(zv_udp_read_error(&pair.ours, &none));
        close_pair(&pair);
    }
}

/* Then the kernel asks for no word of that kind, and believes none. */
static void who_lets_routers_cut_is_not_told_that_a_datagram_was_too_large(void **state)
{
    static const struct icmp_error too_large = {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1400},
                                   no_port = {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0};
    struct pair pair;
    (void)state;
    if (!enter_own_network())
        skip();
    open_pair(&pair, "127.0.0.1");
    assert_int_equal(zv_udp_allow_fragments(&pair.ours), 0);
    send_icmp_error(&too_large, &pair.ours.local, &pair.theirs.local);
    assert_true(provoke(&pair, &no_port).is_unreachable); /* the first that is told */
    close_pair(&pair);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(only_what_says_that_nobody_is_there_means_that),
    cmocka_unit_test(who_lets_routers_cut_is_not_told_that_a_datagram_was_too_large),
};

ZV_TEST_MAIN(tests)
