/* What the edge makes of ICMP: which of its errors end the requests that are open to a server. */
#include "world.h"

#include "support/icmp.h"

#include <netinet/ip_icmp.h>

/* A datagram too large for the way is cut from now on, and one that went in a circle may not do so
 * again: the request is sent again after T1. */
static void an_error_that_does_not_say_that_nobody_is_there_ends_no_request(void **state)
{
    static const struct icmp_error errors[] = {
        {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1400},
        {ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0},
    };
    (void)state;
    if (!enter_own_network())
        skip();
    for (size_t i = 0; i < ZV_ARRAY_LEN(errors); i++) {
        struct world world;
        open_world(&world, &(struct options){0});
        begin(&world, 1);
        wait_requests(&world, 1);
        send_icmp_error(&errors[i], &world.net->udp.local, &world.server.socket.local);
        wait_requests(&world, 2);
        assert_int_equal(world.count, 0);
        close_world(&world);
    }
}

static void an_error_that_says_so_ends_them_at_once(void **state)
{
    static const struct icmp_error no_host = {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0};
    struct world world;
    (void)state;
    if (!enter_own_network())
        skip();
    open_world(&world, &(struct options){0});
    begin(&world, 1);
    wait_requests(&world, 1);
    send_icmp_error(&no_host, &world.net->udp.local, &world.server.socket.local);
    assert_int_equal(wait_news(&world, ZV_CALL_IN_SIP_REGISTER_FAILED, 1)->end,
                     ZV_SIP_END_UNREACHABLE);
    assert_int_equal(world.server.requests, 1);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_error_that_does_not_say_that_nobody_is_there_ends_no_request),
    cmocka_unit_test(an_error_that_says_so_ends_them_at_once),
};

ZV_TEST_MAIN(tests)
