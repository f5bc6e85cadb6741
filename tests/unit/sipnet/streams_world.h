/*
 * The table of connections against peers on loopback that are scripted byte by byte, for the tests
 * of it. Times are those of the configuration, short; no test says how long anything took.
 */
#ifndef ZV_TEST_SIPNET_STREAMS_WORLD_H
#define ZV_TEST_SIPNET_STREAMS_WORLD_H

#include "support/test.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/sockaddr.h"
#include "sipnet/streams_int.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A test that waits longer has failed. */
#define GUARD_MS     20000
#define MAX_MESSAGES 64
#define MAX_FAILURES 8

static const char options[] = "OPTIONS sip:a@b SIP/2.0\r\n"
                              "Via: SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK1\r\n"
                              "Content-Length: 4\r\n\r\nbody";

struct world {
    uv_loop_t loop;
    uv_timer_t guard;
    struct zv_rand_seeded seeded;
    struct zv_streams *streams;
    struct zv_tcp_socket listener; /* the peer's */
    enum zv_sip_flow_use use;
    size_t messages, failures;
    char texts[MAX_MESSAGES][256];
    struct zv_sip_flow flow;   /* of the latest message */
    struct zv_sip_flow failed; /* the latest that failed */
    bool takes_nothing;        /* what comes means nothing to it */
    bool closes_back;          /* answers a message by sending where nothing can be sent */
};

static inline void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened within %d ms", GUARD_MS);
}

static inline struct zv_stream *only_stream(const struct world *world)
{
    assert_int_equal(world->streams->by_id.count, 1);
    return ZV_CONTAINER_OF(zv_map_next(&world->streams->by_id, NULL), struct zv_stream, by_id);
}

/* Whatever the only stream sends from now on fails. */
static inline void break_writes(const struct world *world)
{
    assert_int_equal(shutdown(only_stream(world)->socket.fd, SHUT_WR), 0);
}

static inline bool on_message(void *arg, const struct zv_sip_flow *flow, struct zv_str data)
{
    struct world *world = arg;
    assert_true(world->messages < MAX_MESSAGES);
    assert_int_equal(zv_str_copy(zv_str_head(data, ZV_MIN(data.len, (size_t)255)),
                                 world->texts[world->messages++], 256),
                     0);
    world->flow = *flow;
    if (world->closes_back) {
        break_writes(world);
        assert_int_equal(zv_streams_send(world->streams, flow, data), ZV_E_IO);
        assert_true(zv_str_eq(data, zv_str(world->texts[0]))); /* which is still there */
    }
    return !world->takes_nothing;
}

static inline void on_failed(void *arg, const struct zv_sip_flow *flow, int err)
{
    struct world *world = arg;
    assert_int_not_equal(err, 0);
    world->failures++;
    world->failed = *flow;
}

static inline enum zv_sip_flow_use find_use(void *arg, const struct zv_sip_flow *flow)
{
    const struct world *world = arg;
    assert_int_not_equal(flow->conn, 0);
    return world->use;
}

static inline struct zv_addr loopback(uint16_t port)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &addr), 0);
    addr.port = port;
    return addr;
}

static inline void open_world(struct world *world, struct zv_streams_cfg cfg)
{
    const struct zv_addr any_port = loopback(0);
    memset(world, 0, sizeof(*world));
    world->seeded.state = 1;
    assert_int_equal(uv_loop_init(&world->loop), 0);
    uv_timer_init(&world->loop, &world->guard);
    uv_timer_start(&world->guard, on_guard, GUARD_MS, 0);
    assert_int_equal(zv_tcp_listen(&world->listener, &any_port), 0);
    cfg.loop = &world->loop;
    cfg.rand = zv_rand_seeded_source(&world->seeded);
    cfg.tcp_listen = any_port;
    cfg.max_streams = cfg.max_streams ? cfg.max_streams : 8;
    cfg.max_per_address = cfg.max_per_address ? cfg.max_per_address : 8;
    cfg.on_message_fn = on_message;
    cfg.on_failed_fn = on_failed;
    cfg.use_fn = find_use;
    cfg.arg = world;
    assert_int_equal(zv_streams_new(&world->streams, &cfg), 0);
}

static inline void close_world(struct world *world)
{
    world->streams = zv_streams_free(world->streams);
    zv_tcp_close(&world->listener);
    uv_close((uv_handle_t *)&world->guard, NULL);
    assert_int_equal(uv_run(&world->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&world->loop), 0);
}

static inline void turn(struct world *world)
{
    uv_run(&world->loop, UV_RUN_ONCE);
}

#define WAIT_UNTIL(world, condition)                                                               \
    while (!(condition))                                                                           \
    turn(world)

static inline struct zv_streams_counts counts_of(const struct world *world)
{
    struct zv_streams_counts counts;
    zv_streams_counts(world->streams, &counts);
    return counts;
}

/* ---- the peer ---- */

static inline struct zv_sip_flow flow_to(struct world *world, uint16_t port)
{
    struct zv_sip_flow flow;
    const struct zv_stream_target target = {
        .transport = ZV_SIP_TCP, .local = loopback(0), .remote = loopback(port)};
    assert_int_equal(zv_streams_find_flow(world->streams, &target, &flow), 0);
    return flow;
}

static inline int send_text(struct world *world, const struct zv_sip_flow *flow, const char *text)
{
    return zv_streams_send(world->streams, flow, zv_str(text));
}

static inline struct zv_tcp_socket accept_one(struct world *world)
{
    struct zv_tcp_socket socket;
    int err;
    while ((err = zv_tcp_accept(&world->listener, &socket)) == ZV_E_AGAIN)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(err, 0);
    return socket;
}

static inline int dial(struct world *world)
{
    const struct zv_addr to = loopback(zv_streams_port(world->streams, ZV_SIP_TCP));
    struct sockaddr_storage name;
    socklen_t len = zv_sockaddr_write(&to, AF_INET, &name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, len), 0);
    return fd;
}

static inline void say(int fd, const char *text, size_t len)
{
    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Reads exactly `len` bytes; the loop goes on meanwhile. */
static inline void hear(struct world *world, int fd, char *ret_text, size_t len)
{
    size_t had = 0;
    while (had < len) {
        ssize_t got = recv(fd, ret_text + had, len - had, MSG_DONTWAIT);
        assert_int_not_equal(got, 0);
        had += got > 0 ? (size_t)got : 0;
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    ret_text[len] = '\0';
}

static inline void wait_closed(struct world *world, int fd)
{
    char byte;
    ssize_t got;
    while ((got = recv(fd, &byte, 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
        uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
}

#endif
