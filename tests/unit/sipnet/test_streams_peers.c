/* What peers may take of the table of connections: places, memory, time. */
#define _GNU_SOURCE
#include "streams_world.h"

#include <sys/resource.h>

#define FAR_US ZV_SECONDS(3600)

/* The accepted one that came first. */
static struct zv_stream *first_stream(const struct world *world)
{
    struct zv_stream *first = NULL;
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&world->streams->by_id, node));) {
        struct zv_stream *stream = ZV_CONTAINER_OF(node, struct zv_stream, by_id);
        if (stream->is_accepted && (!first || stream->id < first->id))
            first = stream;
    }
    return first;
}

static void dial_many(struct world *world, int *ret_fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ret_fds[i] = dial(world);
        WAIT_UNTIL(world, counts_of(world).accepted == i + 1);
    }
}

static void close_many(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

static void peers_leave_a_quarter_of_the_table_to_us(void **state)
{
    struct world world;
    int fds[6];
    char text[sizeof(options)];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.max_streams = 8});
    world.use = ZV_SIP_FLOW_OF_LEG;
    dial_many(&world, fds, ZV_ARRAY_LEN(fds));
    int seventh = dial(&world);
    wait_closed(&world, seventh);
    assert_int_equal(counts_of(&world).refused, 1);
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    assert_int_equal(send_text(&world, &flow, options), 0);
    struct zv_tcp_socket peer = accept_one(&world);
    hear(&world, peer.fd, text, sizeof(options) - 1);
    zv_tcp_close(&peer);
    close(seventh);
    close_many(fds, ZV_ARRAY_LEN(fds));
    close_world(&world);
}

static void who_is_silent_and_unused_for_longest_makes_room(void **state)
{
    struct world world;
    int fds[6];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.max_streams = 8});
    dial_many(&world, fds, ZV_ARRAY_LEN(fds));
    first_stream(&world)->check_us += FAR_US; /* it has spoken since */
    int seventh = dial(&world);
    wait_closed(&world, fds[1]);
    say(seventh, options, sizeof(options) - 1);
    say(fds[0], options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 2);
    assert_int_equal(counts_of(&world).refused, 0);
    assert_int_equal(world.failures, 0);
    close(seventh);
    close_many(fds, ZV_ARRAY_LEN(fds));
    close_world(&world);
}

static void who_has_enough_pushes_nobody_out(void **state)
{
    struct world world;
    int fds[6];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.max_streams = 8, .max_per_address = 6});
    dial_many(&world, fds, ZV_ARRAY_LEN(fds));
    int seventh = dial(&world);
    wait_closed(&world, seventh);
    assert_int_equal(counts_of(&world).accepted, 6);
    assert_int_equal(counts_of(&world).refused, 1);
    close(seventh);
    close_many(fds, ZV_ARRAY_LEN(fds));
    close_world(&world);
}

static void only_what_means_something_breaks_the_silence(void **state)
{
    struct world world;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    WAIT_UNTIL(&world, counts_of(&world).open == 1);
    struct zv_stream *stream = first_stream(&world);
    int64_t due_us = stream->check_us += FAR_US;
    world.takes_nothing = true;
    say(fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    assert_true(stream->check_us == due_us);
    world.takes_nothing = false;
    say(fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 2);
    assert_true(stream->check_us != due_us);
    close(fd);
    close_world(&world);
}

static void a_way_back_is_its_peers(void **state)
{
    struct world world;
    char response[256];
    (void)state;
    open_world(&world, (struct zv_streams_cfg){.max_per_address = 2});
    int fd = dial(&world);
    say(fd, options, sizeof(options) - 1);
    WAIT_UNTIL(&world, world.messages == 1);
    struct zv_sip_flow flow = world.flow;
    close(fd);
    WAIT_UNTIL(&world, world.failures == 1);
    for (int i = 0; i < 3; i++) {
        snprintf(response, sizeof(response),
                 "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1:%d;branch=z9hG4bK1\r\n"
                 "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\n"
                 "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
                 i + 1);
        int err = send_text(&world, &flow, response);
        assert_int_equal(err == ZV_E_LIMIT, i == 2);
    }
    close_world(&world);
}

static void halves_of_messages_share_a_bounded_memory(void **state)
{
    static char much[2000];
    struct world world;
    int fds[3];
    (void)state;
    memset(much, 'a', sizeof(much));
    open_world(&world, (struct zv_streams_cfg){.max_half_bytes = 8000});
    dial_many(&world, fds, 3);
    for (int i = 0; i < 3; i++)
        say(fds[i], much, sizeof(much));
    WAIT_UNTIL(&world, world.streams->half_bytes == 6000);
    struct zv_sip_flow flow = flow_to(&world, world.listener.local.port);
    assert_int_equal(send_text(&world, &flow, options), 0);
    struct zv_tcp_socket peer = accept_one(&world);
    say(peer.fd, much, sizeof(much));
    WAIT_UNTIL(&world, world.streams->half_bytes == 8000);
    assert_int_equal(world.failures, 0);
    say(fds[0], much, 1); /* one byte beyond what peers may have us keep */
    wait_closed(&world, fds[0]);
    assert_int_equal(counts_of(&world).refused, 1);
    assert_int_equal(world.streams->half_bytes, 6000);
    shutdown(fds[1], SHUT_WR);
    zv_tcp_close(&peer);
    WAIT_UNTIL(&world, world.failures == 3);
    assert_int_equal(world.streams->half_bytes, 2000);
    close_many(fds, 3);
    close_world(&world);
}

/* Nothing but its own pause wakes the listener. */
static void who_came_when_no_descriptor_was_left_is_taken_later(void **state)
{
    struct world world;
    struct rlimit normal, low;
    (void)state;
    open_world(&world, (struct zv_streams_cfg){0});
    int fd = dial(&world);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &normal), 0);
    low = normal;
    low.rlim_cur = 0; /* what is open stays so */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    turn(&world);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &normal), 0);
    assert_true(zv_streams_resume_us(world.streams) != ZV_TIME_NEVER);
    assert_int_equal(counts_of(&world).streams, 0);
    WAIT_UNTIL(&world, counts_of(&world).open == 1);
    assert_true(zv_streams_resume_us(world.streams) == ZV_TIME_NEVER);
    close(fd);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_leave_a_quarter_of_the_table_to_us),
        cmocka_unit_test(who_is_silent_and_unused_for_longest_makes_room),
        cmocka_unit_test(who_has_enough_pushes_nobody_out),
        cmocka_unit_test(only_what_means_something_breaks_the_silence),
        cmocka_unit_test(a_way_back_is_its_peers),
        cmocka_unit_test(halves_of_messages_share_a_bounded_memory),
        cmocka_unit_test(who_came_when_no_descriptor_was_left_is_taken_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
