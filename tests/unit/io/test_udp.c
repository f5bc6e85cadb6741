/*
 * Real sockets on loopback. Waits are bounded by a poller's deadline, never by sleeping.
 */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/poller.h"
#include "io/sockaddr.h"
#include "io/udp.h"

#include <string.h>
#include <sys/socket.h>

#define PATIENCE_US ZV_SECONDS(5)

static struct zv_addr ip(const char *text, uint16_t port)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    addr.port = port;
    return addr;
}

static struct zv_udp_socket open_at(const char *text, bool dual_stack)
{
    struct zv_udp_socket socket_;
    const struct zv_udp_cfg cfg = {.bind = ip(text, 0), .dual_stack = dual_stack};
    assert_int_equal(zv_udp_open(&socket_, &cfg), 0);
    assert_int_not_equal(socket_.local.port, 0);
    return socket_;
}

/* False where this machine has no IPv6 loopback. */
static bool has_ipv6(void)
{
    struct zv_udp_socket socket_;
    const struct zv_udp_cfg cfg = {.bind = ip("::1", 0)};
    if (zv_udp_open(&socket_, &cfg))
        return false;
    zv_udp_close(&socket_);
    return true;
}

static void send_text(struct zv_udp_pool *pool, const struct zv_udp_socket *from,
                      const struct zv_addr *local, const struct zv_addr *remote, const char *text)
{
    struct zv_udp_packet *packet = zv_udp_pool_take(pool);
    assert_non_null(packet);
    packet->dgram.len = strlen(text);
    memcpy(packet->dgram.data, text, packet->dgram.len);
    packet->dgram.local = *local;
    packet->dgram.remote = *remote;
    assert_int_equal(zv_udp_send(pool, from, &packet, 1), 1);
}

static struct zv_udp_packet *receive_one(struct zv_udp_pool *pool, const struct zv_udp_socket *at)
{
    struct zv_udp_packet *packet = NULL;
    struct zv_poller *poller;
    uint64_t tags[ZV_POLLER_BATCH], dropped = 0;
    assert_int_equal(zv_poller_new(&poller), 0);
    assert_int_equal(zv_poller_add(poller, at->fd, 7), 0);
    int64_t now_us = zv_clock_now_us();
    assert_int_equal(zv_poller_wait(poller, now_us, now_us + PATIENCE_US, tags), 1);
    assert_int_equal(tags[0], 7);
    assert_int_equal(zv_udp_receive(pool, at, &packet, 1, &dropped), 1);
    assert_int_equal(dropped, 0);
    zv_poller_free(poller);
    return packet;
}

static void expect_text(struct zv_udp_pool *pool, const struct zv_udp_socket *at, const char *text,
                        const struct zv_addr *local, const struct zv_addr *remote)
{
    struct zv_udp_packet *packet = receive_one(pool, at);
    assert_int_equal(packet->dgram.len, strlen(text));
    assert_memory_equal(packet->dgram.data, text, strlen(text));
    assert_true(zv_addr_eq(&packet->dgram.local, local));
    assert_true(zv_addr_eq(&packet->dgram.remote, remote));
    zv_udp_pool_give(pool, packet);
}

/* A question to `question_ip` of a wildcard socket is answered from that very address. */
static void ask_wildcard(const char *any, bool dual_stack, const char *client_ip,
                         const char *question_ip)
{
    struct zv_udp_pool *pool;
    assert_int_equal(zv_udp_pool_new(&pool, ZV_UDP_BATCH), 0);
    struct zv_udp_socket server = open_at(any, dual_stack), client = open_at(client_ip, false);
    struct zv_addr asked = ip(question_ip, server.local.port);
    send_text(pool, &client, &client.local, &asked, "question");
    expect_text(pool, &server, "question", &asked, &client.local);
    send_text(pool, &server, &asked, &client.local, "answer");
    expect_text(pool, &client, "answer", &client.local, &asked);
    assert_int_equal(zv_udp_pool_available(pool), ZV_UDP_BATCH);
    zv_udp_close(&client);
    zv_udp_close(&server);
    zv_udp_pool_free(pool);
}

static void a_wildcard_socket_answers_from_the_address_that_was_asked(void **state)
{
    (void)state;
    ask_wildcard("0.0.0.0", false, "127.0.0.1", "127.0.0.1");
    ask_wildcard("0.0.0.0", false, "127.0.0.1", "127.0.0.2");
}

static void a_wildcard_socket_of_ipv6_does_so_too(void **state)
{
    (void)state;
    if (!has_ipv6())
        skip();
    ask_wildcard("::", false, "::1", "::1");
}

static void a_dual_stack_socket_shows_ipv4_as_ipv4(void **state)
{
    (void)state;
    if (!has_ipv6())
        skip();
    ask_wildcard("::", true, "127.0.0.1", "127.0.0.3");
}

static void an_ipv6_socket_leaves_the_port_to_ipv4(void **state)
{
    (void)state;
    if (!has_ipv6())
        skip();
    struct zv_udp_socket v6 = open_at("::", false), v4;
    const struct zv_udp_cfg cfg = {.bind = ip("0.0.0.0", v6.local.port)};
    assert_int_equal(zv_udp_open(&v4, &cfg), 0);
    zv_udp_close(&v4);
    zv_udp_close(&v6);
}

static void a_taken_port_and_a_foreign_address_are_told_apart(void **state)
{
    (void)state;
    struct zv_udp_socket first = open_at("127.0.0.1", false), second;
    struct zv_udp_cfg cfg = {.bind = first.local};
    assert_int_equal(zv_udp_open(&second, &cfg), ZV_E_INUSE);
    cfg.bind = ip("198.51.100.201", 0); /* TEST-NET-2: of no host */
    assert_int_equal(zv_udp_open(&second, &cfg), ZV_E_IO);
    cfg.bind = (struct zv_addr){0};
    assert_int_equal(zv_udp_open(&second, &cfg), ZV_E_INVAL);
    zv_udp_close(&first);
    zv_udp_close(&first);
}

static void empty_and_oversize_datagrams_are_dropped_and_counted(void **state)
{
    (void)state;
    static uint8_t bytes[ZV_UDP_PACKET_BYTES + 100];
    struct zv_udp_pool *pool;
    struct zv_udp_packet *got[4];
    struct sockaddr_storage name;
    uint64_t dropped = 0;
    assert_int_equal(zv_udp_pool_new(&pool, ZV_UDP_BATCH), 0);
    struct zv_udp_socket to = open_at("127.0.0.1", false), from = open_at("127.0.0.1", false);
    socklen_t name_len = zv_sockaddr_write(&to.local, AF_INET, &name);
    const size_t sizes[] = {0, ZV_MAX_MEDIA_DGRAM_BYTES + 1, sizeof(bytes),
                            ZV_MAX_MEDIA_DGRAM_BYTES};
    for (size_t i = 0; i < ZV_ARRAY_LEN(sizes); i++) {
        ssize_t sent = sendto(from.fd, bytes, sizes[i], 0, (struct sockaddr *)&name, name_len);
        assert_int_equal(sent, (ssize_t)sizes[i]);
    }
    assert_int_equal(zv_udp_receive(pool, &to, got, 4, &dropped), 1);
    assert_int_equal(got[0]->dgram.len, ZV_MAX_MEDIA_DGRAM_BYTES);
    assert_int_equal(dropped, 3);
    zv_udp_pool_give(pool, got[0]);
    assert_int_equal(zv_udp_pool_available(pool), ZV_UDP_BATCH);
    zv_udp_close(&to);
    zv_udp_close(&from);
    zv_udp_pool_free(pool);
}

static void a_batch_survives_a_datagram_that_the_kernel_refuses(void **state)
{
    (void)state;
    struct zv_udp_pool *pool;
    struct zv_udp_packet *batch[3];
    assert_int_equal(zv_udp_pool_new(&pool, ZV_UDP_BATCH), 0);
    struct zv_udp_socket to = open_at("127.0.0.1", false), from = open_at("127.0.0.1", false);
    for (size_t i = 0; i < 3; i++) {
        batch[i] = zv_udp_pool_take(pool);
        batch[i]->dgram.len = 1;
        batch[i]->dgram.data[0] = (uint8_t)('a' + i);
        batch[i]->dgram.remote = to.local;
    }
    batch[1]->dgram.remote.port = 0; /* EINVAL */
    assert_int_equal(zv_udp_send(pool, &from, batch, 3), 2);
    expect_text(pool, &to, "a", &to.local, &from.local);
    expect_text(pool, &to, "c", &to.local, &from.local);
    zv_udp_close(&to);
    zv_udp_close(&from);
    zv_udp_pool_free(pool);
}

static void an_empty_pool_reads_nothing(void **state)
{
    (void)state;
    struct zv_udp_pool *pool;
    struct zv_udp_packet *taken[ZV_UDP_BATCH], *got;
    uint64_t dropped = 0;
    assert_int_equal(zv_udp_pool_new(&pool, ZV_UDP_BATCH - 1), ZV_E_INVAL);
    assert_int_equal(zv_udp_pool_new(&pool, ZV_UDP_BATCH), 0);
    struct zv_udp_socket at = open_at("127.0.0.1", false);
    send_text(pool, &at, &at.local, &at.local, "waits");
    for (size_t i = 0; i < ZV_UDP_BATCH; i++)
        taken[i] = zv_udp_pool_take(pool);
    assert_null(zv_udp_pool_take(pool));
    assert_int_equal(zv_udp_receive(pool, &at, &got, 1, &dropped), 0);
    for (size_t i = 0; i < ZV_UDP_BATCH; i++)
        zv_udp_pool_give(pool, taken[i]);
    expect_text(pool, &at, "waits", &at.local, &at.local);
    zv_udp_close(&at);
    zv_udp_pool_free(pool);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_wildcard_socket_answers_from_the_address_that_was_asked),
    cmocka_unit_test(a_wildcard_socket_of_ipv6_does_so_too),
    cmocka_unit_test(a_dual_stack_socket_shows_ipv4_as_ipv4),
    cmocka_unit_test(an_ipv6_socket_leaves_the_port_to_ipv4),
    cmocka_unit_test(a_taken_port_and_a_foreign_address_are_told_apart),
    cmocka_unit_test(empty_and_oversize_datagrams_are_dropped_and_counted),
    cmocka_unit_test(a_batch_survives_a_datagram_that_the_kernel_refuses),
    cmocka_unit_test(an_empty_pool_reads_nothing),
};

ZV_TEST_MAIN(tests)
