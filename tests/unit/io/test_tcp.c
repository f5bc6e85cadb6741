/* TCP on loopback: waits are bounded by a poller's deadline, never by sleeping. */
#define _GNU_SOURCE
#include "support/test.h"

#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/poller.h"
#include "io/sockaddr.h"
#include "io/tcp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_US ZV_SECONDS(10)

struct line {
    struct zv_tcp_socket listener;
    struct zv_tcp_socket ours;
    int theirs; /* a plain blocking socket */
    struct zv_poller *poller;
};

static struct zv_addr ip(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    return addr;
}

static int dial(const struct zv_addr *to)
{
    struct sockaddr_storage name;
    int fd = socket(zv_sockaddr_family(to), SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = zv_sockaddr_write(to, zv_sockaddr_family(to), &name);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, len), 0);
    return fd;
}

static void wait_for(struct zv_poller *poller)
{
    uint64_t tags[ZV_POLLER_BATCH];
    int64_t now_us = zv_clock_now_us();
    assert_true(zv_poller_wait(poller, now_us, now_us + PATIENCE_US, tags) > 0);
}

static void open_line(struct line *line, const char *address)
{
    const struct zv_addr bind = ip(address);
    assert_int_equal(zv_tcp_listen(&line->listener, &bind), 0);
    assert_int_equal(zv_poller_new(&line->poller), 0);
    assert_int_equal(zv_poller_add(line->poller, line->listener.fd, 1), 0);
    line->theirs = dial(&line->listener.local);
    wait_for(line->poller);
    assert_int_equal(zv_tcp_accept(&line->listener, &line->ours), 0);
    assert_int_equal(zv_poller_add(line->poller, line->ours.fd, 2), 0);
}

static void close_line(struct line *line)
{
    if (line->theirs >= 0)
        close(line->theirs);
    zv_tcp_close(&line->ours);
    zv_tcp_close(&line->ours);
    zv_tcp_close(&line->listener);
    zv_poller_free(line->poller);
}

static void check_exchange(const char *address)
{
    struct line line;
    uint8_t bytes[16];
    size_t len;
    open_line(&line, address);
    assert_int_equal(line.ours.remote.transport, ZV_ADDR_TCP);
    assert_true(zv_addr_eq(&line.ours.local, &line.listener.local));
    assert_int_equal(zv_tcp_read(&line.ours, bytes, sizeof(bytes), &len), ZV_E_AGAIN);
    assert_int_equal(write(line.theirs, "hello", 5), 5);
    wait_for(line.poller);
    assert_int_equal(zv_tcp_read(&line.ours, bytes, sizeof(bytes), &len), 0);
    assert_int_equal(len, 5);
    assert_memory_equal(bytes, "hello", 5);
    close_line(&line);
}

static void bytes_pass_by_either_family(void **state)
{
    (void)state;
    struct zv_tcp_socket probe;
    const struct zv_addr v6 = ip("::1");
    check_exchange("127.0.0.1");
    if (zv_tcp_listen(&probe, &v6)) /* a machine without IPv6 */
        return;
    zv_tcp_close(&probe);
    check_exchange("::1");
}

static void a_port_in_use_is_told_from_other_failures(void **state)
{
    (void)state;
    struct zv_tcp_socket first, second;
    struct zv_addr bind = ip("127.0.0.1");
    assert_int_equal(zv_tcp_listen(&first, &bind), 0);
    assert_int_equal(zv_tcp_listen(&second, &first.local), ZV_E_INUSE);
    bind = ip("203.0.113.1"); /* of a network for documentation: not ours */
    assert_int_equal(zv_tcp_listen(&second, &bind), ZV_E_IO);
    assert_int_equal(zv_tcp_listen(&second, &(struct zv_addr){.family = ZV_ADDR_NONE}), ZV_E_INVAL);
    zv_tcp_close(&first);
}

static void the_end_of_a_connection_is_told(void **state)
{
    (void)state;
    struct line line;
    uint8_t bytes[16];
    size_t len;
    const struct linger reset = {.l_onoff = 1};
    open_line(&line, "127.0.0.1");
    close(line.theirs);
    line.theirs = -1;
    wait_for(line.poller);
    assert_int_equal(zv_tcp_read(&line.ours, bytes, sizeof(bytes), &len), ZV_E_GONE);
    close_line(&line);

    open_line(&line, "127.0.0.1");
    assert_int_equal(setsockopt(line.theirs, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(line.theirs);
    line.theirs = -1;
    wait_for(line.poller);
    assert_int_equal(zv_tcp_read(&line.ours, bytes, sizeof(bytes), &len), ZV_E_IO);
    close_line(&line);
}

static void without_descriptors_whoever_waits_goes_on_waiting(void **state)
{
    (void)state;
    struct zv_tcp_socket listener, ours;
    struct rlimit before, low;
    const struct zv_addr bind = ip("127.0.0.1");
    assert_int_equal(zv_tcp_listen(&listener, &bind), 0);
    int theirs = dial(&listener.local);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int err = zv_tcp_accept(&listener, &ours);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(err, ZV_E_LIMIT);
    assert_int_equal(zv_tcp_accept(&listener, &ours), 0);
    zv_tcp_close(&ours);
    assert_int_equal(zv_tcp_accept(&listener, &ours), ZV_E_AGAIN);
    zv_tcp_close(&listener);
    close(theirs);
}

/* Numbered bytes, so that one lost or doubled at the ring's seam shows. */
static void put_numbered(struct zv_tcp_queue *queue, uint32_t *next, size_t len, int expected)
{
    uint8_t bytes[1000];
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)((*next + i) % 251);
    assert_int_equal(zv_tcp_queue_put(queue, bytes, 2, bytes + 2, len - 2), expected);
    if (!expected)
        *next += (uint32_t)len;
}

static void read_numbered(int fd, uint32_t *next, size_t most)
{
    uint8_t bytes[1000];
    ssize_t got = read(fd, bytes, ZV_MIN(most, sizeof(bytes)));
    assert_true(got > 0);
    for (ssize_t i = 0; i < got; i++)
        assert_int_equal(bytes[i], (uint8_t)((*next + (uint32_t)i) % 251));
    *next += (uint32_t)got;
}

static void a_slow_reader_gets_whole_what_was_taken_for_it(void **state)
{
    (void)state;
    static struct zv_tcp_queue queue;
    struct line line;
    uint32_t put = 0, got = 0;
    open_line(&line, "127.0.0.1");
    memset(&queue, 0, sizeof(queue));
    for (;;) { /* until neither kernel nor queue takes more */
        int err = zv_tcp_queue_flush(&queue, &line.ours);
        assert_true(!err || err == ZV_E_AGAIN);
        if (err && queue.count + 997 > sizeof(queue.bytes))
            break;
        put_numbered(&queue, &put, 997, 0);
    }
    put_numbered(&queue, &put, 997, ZV_E_LIMIT);
    while (got < put) {
        read_numbered(line.theirs, &got, put - got);
        int err = zv_tcp_queue_flush(&queue, &line.ours);
        assert_true(!err || err == ZV_E_AGAIN);
        if (queue.count + 600 <= sizeof(queue.bytes) && put < 4000000)
            put_numbered(&queue, &put, 600, 0);
    }
    assert_int_equal(queue.count, 0);
    close_line(&line);
}

static void writing_to_nobody_is_an_error_and_no_signal(void **state)
{
    (void)state;
    static struct zv_tcp_queue queue;
    struct line line;
    int err = 0;
    const struct linger reset = {.l_onoff = 1};
    open_line(&line, "127.0.0.1");
    memset(&queue, 0, sizeof(queue));
    assert_int_equal(setsockopt(line.theirs, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(line.theirs);
    line.theirs = -1;
    wait_for(line.poller);
    assert_int_equal(zv_tcp_queue_put(&queue, "ab", 2, "cd", 2), 0);
    err = zv_tcp_queue_flush(&queue, &line.ours);
    assert_int_equal(err, ZV_E_IO);
    close_line(&line);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(bytes_pass_by_either_family),
    cmocka_unit_test(a_port_in_use_is_told_from_other_failures),
    cmocka_unit_test(the_end_of_a_connection_is_told),
    cmocka_unit_test(without_descriptors_whoever_waits_goes_on_waiting),
    cmocka_unit_test(a_slow_reader_gets_whole_what_was_taken_for_it),
    cmocka_unit_test(writing_to_nobody_is_an_error_and_no_signal),
};

ZV_TEST_MAIN(tests)
