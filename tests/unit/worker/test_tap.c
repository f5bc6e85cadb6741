/* What a worker copies of a captured call, and that it copies nothing else. */
#define _GNU_SOURCE
#include "support/test.h"

#include "unit/worker/world.h"

#define WEB ZV_WORKER_LEG_WEB
#define SIP ZV_WORKER_LEG_SIP

/* Copies of one leg in one direction. */
struct copies {
    size_t count;
    struct zv_worker_tapped last;
};

struct tapped {
    struct copies copies[2][2]; /* leg, is_outbound */
    size_t count;
};

static void drain(struct world *world, struct tapped *tapped)
{
    struct zv_worker_tapped item;
    *tapped = (struct tapped){0};
    while (zv_worker_drain_tap(world->worker, &item)) {
        struct copies *copies = &tapped->copies[item.leg][item.is_outbound];
        copies->count++;
        copies->last = item;
        tapped->count++;
    }
}

/* Commands are run in order: the answer to the second says that the first was. */
static void set_tap(struct world *world, uint8_t tap)
{
    const struct zv_worker_cmd set = {.kind = ZV_WORKER_SET_TAP, .call = call_1, .tap = tap};
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    int before = world->seen[ZV_WORKER_STATS];
    post(world, &set);
    post(world, &ask);
    wait_for(world, &world->seen[ZV_WORKER_STATS], before + 1);
}

static void open_call(struct world *world, struct end *client, struct end *far)
{
    open_world(world, "127.0.0.1", make_ports(20, 0));
    connect_call(world, call_1, client, far, "127.0.0.1");
}

static void a_call_that_is_not_captured_is_not_copied(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct tapped tapped;
    open_call(&world, &client, &far);
    converse(&world, &client, &far, 10);
    drain(&world, &tapped);
    assert_int_equal(tapped.count, 0);
    set_tap(&world, ZV_WORKER_TAP_WHOLE);
    converse(&world, &client, &far, 10);
    set_tap(&world, ZV_WORKER_TAP_OFF);
    converse(&world, &client, &far, 10);
    drain(&world, &tapped);
    assert_int_equal(tapped.count, 40);
    close_world(&world);
}

static void assert_copy(const struct copies *copies, const struct end *end, uint8_t filling,
                        uint32_t ssrc)
{
    const struct zv_worker_tapped *last = &copies->last;
    struct zv_rtp_header header;
    assert_int_equal(copies->count, 10);
    assert_true(zv_call_id_eq(last->call, call_1));
    assert_true(zv_addr_eq(&last->remote, &end->rtp.local));
    assert_true(zv_addr_is_loopback(&last->local));
    assert_true(last->at_us > 0 && last->at_us <= zv_clock_now_us());
    assert_int_equal(last->lost, 0);
    assert_int_equal(last->original_len, ZV_RTP_HEADER_BYTES + PAYLOAD);
    assert_int_equal(last->captured_len, last->original_len);
    assert_int_equal(zv_rtp_parse(last->rtp, last->captured_len, &header), ZV_RTP_PASS);
    assert_int_equal(header.pt, end->pt);
    assert_int_equal(header.ssrc, ssrc);
    assert_int_equal(header.payload_len, PAYLOAD);
    for (size_t i = 0; i < PAYLOAD; i++)
        assert_int_equal(last->rtp[header.payload_at + i], filling);
}

static void both_legs_are_copied_plain_both_ways(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct tapped tapped;
    struct zv_peer_local client_local, far_local;
    open_call(&world, &client, &far);
    set_tap(&world, ZV_WORKER_TAP_WHOLE);
    converse(&world, &client, &far, 10);
    drain(&world, &tapped);
    zv_peer_local(client.peer, &client_local);
    zv_peer_local(far.peer, &far_local);
    const struct zv_worker_leg_ready *legs = world.ready.ready.legs;
    /* What the client says passes both legs, and so does what the far end says. */
    assert_copy(&tapped.copies[WEB][false], &client, OPUS_WEB, client_local.ssrc);
    assert_copy(&tapped.copies[SIP][true], &far, OPUS_WEB, legs[SIP].ssrc);
    assert_copy(&tapped.copies[SIP][false], &far, OPUS_SIP, far_local.ssrc);
    assert_copy(&tapped.copies[WEB][true], &client, OPUS_SIP, legs[WEB].ssrc);
    assert_int_equal(tapped.copies[SIP][true].last.local.port, legs[SIP].rtp.port);
    assert_int_equal(tapped.copies[WEB][false].last.local.port, zv_worker_web_port(world.worker));
    close_world(&world);
}

/* A packet of the far end with a CSRC, a header extension and padding. */
static void send_adorned(struct world *world, struct end *far)
{
    static const uint8_t adorned[] = {
        0xb1, OPUS_SIP, 0,   200, 0,    0,    0, 9, 0, 0, 0, 7, /* P, X, one CSRC */
        0,    0,        0,   5,                                 /* CSRC */
        0xbe, 0xde,     0,   1,   0x10, 0x55, 0, 0,             /* audio level */
        'S',  'E',      'C', 'R', 'E',  'T',  0, 2};            /* two bytes of padding */
    uint8_t bytes[sizeof(adorned)];
    memcpy(bytes, adorned, sizeof(adorned));
    struct zv_dgram out = {.data = bytes,
                           .len = sizeof(bytes),
                           .local = far->rtp.local,
                           .remote = world->ready.ready.legs[SIP].rtp};
    send_out(world, far, &out);
}

static void headers_alone_leave_the_worker_without_consent(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct tapped tapped;
    open_call(&world, &client, &far);
    set_tap(&world, ZV_WORKER_TAP_HEADERS);
    send_adorned(&world, &far);
    wait_for_packets(&world, &client, 1);
    drain(&world, &tapped);
    const struct zv_worker_tapped *in = &tapped.copies[SIP][false].last;
    const struct zv_worker_tapped *out = &tapped.copies[WEB][true].last;
    assert_int_equal(in->captured_len, 16); /* with the CSRC */
    assert_int_equal(in->original_len, 32);
    assert_int_equal(in->rtp[15], 5);
    assert_int_equal(out->captured_len, ZV_RTP_HEADER_BYTES);
    assert_int_equal(out->original_len, ZV_RTP_HEADER_BYTES + 6);
    assert_int_equal(out->rtp[0], 0x80); /* neither CSRC, extension nor padding goes on */
    assert_int_equal(out->rtp[1] & 0x7f, OPUS_WEB);
    for (size_t i = in->captured_len; i < sizeof(in->rtp); i++)
        assert_int_equal(in->rtp[i] | out->rtp[i], 0);
    close_world(&world);
}

static void the_whole_of_an_adorned_packet_is_what_each_end_sees(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct tapped tapped;
    open_call(&world, &client, &far);
    set_tap(&world, ZV_WORKER_TAP_WHOLE);
    send_adorned(&world, &far);
    wait_for_packets(&world, &client, 1);
    drain(&world, &tapped);
    const struct zv_worker_tapped *in = &tapped.copies[SIP][false].last;
    const struct zv_worker_tapped *out = &tapped.copies[WEB][true].last;
    assert_int_equal(in->captured_len, 32);
    assert_memory_equal(in->rtp + 24, "SECRET", 6);
    assert_int_equal(out->captured_len, ZV_RTP_HEADER_BYTES + 6);
    assert_memory_equal(out->rtp + ZV_RTP_HEADER_BYTES, "SECRET", 6);
    close_world(&world);
}

static void a_held_packet_is_copied_where_it_came_and_nowhere_else(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct tapped tapped;
    const struct zv_worker_cmd hold = {
        .kind = ZV_WORKER_SET_FLOW, .call = call_1, .flow = {.from = {true, false}}};
    open_call(&world, &client, &far);
    converse(&world, &client, &far, 1); /* latched */
    post(&world, &hold);
    set_tap(&world, ZV_WORKER_TAP_HEADERS);
    do { /* the far end's packet may still be on its way */
        speak(&world, &far);
        set_tap(&world, ZV_WORKER_TAP_HEADERS);
        drain(&world, &tapped);
    } while (!tapped.count);
    assert_int_equal(tapped.copies[SIP][false].count, tapped.count);
    close_world(&world);
}

static void when_nobody_drains_packets_are_lost_and_counted(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct tapped tapped;
    struct zv_worker_gauges gauges;
    open_call(&world, &client, &far);
    set_tap(&world, ZV_WORKER_TAP_HEADERS);
    converse(&world, &client, &far, ZV_WORKER_MAX_TAPPED / 4 + 10); /* 40 too many; all arrive */
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.tap_lost, 40);
    drain(&world, &tapped);
    assert_int_equal(tapped.count, ZV_WORKER_MAX_TAPPED);
    converse(&world, &client, &far, 1);
    drain(&world, &tapped);
    uint32_t lost = 0;
    for (size_t i = 0; i < 4; i++)
        lost += tapped.copies[i / 2][i % 2].last.lost;
    assert_int_equal(tapped.count, 4);
    assert_int_equal(lost, 2 * 40); /* each leg's figure came with two packets */
    set_tap(&world, ZV_WORKER_TAP_OFF);
    set_tap(&world, ZV_WORKER_TAP_HEADERS);
    converse(&world, &client, &far, 1);
    drain(&world, &tapped);
    assert_int_equal(tapped.copies[WEB][false].last.lost, 0); /* a new capture counts anew */
    close_world(&world);
}

static void a_tap_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_cmd set = {
        .kind = ZV_WORKER_SET_TAP, .call = call_1, .tap = ZV_WORKER_TAP_WHOLE};
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    post(&world, &set);
    wait_for(&world, &world.seen[ZV_WORKER_GONE], 1);
    create(&world, call_1, ZV_LEG_KIND_NONE, ZV_LEG_KIND_RTP);
    set.tap = ZV_WORKER_TAP_WHOLE + 1;
    post(&world, &set);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_INVAL);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_call_that_is_not_captured_is_not_copied),
    cmocka_unit_test(both_legs_are_copied_plain_both_ways),
    cmocka_unit_test(headers_alone_leave_the_worker_without_consent),
    cmocka_unit_test(the_whole_of_an_adorned_packet_is_what_each_end_sees),
    cmocka_unit_test(a_held_packet_is_copied_where_it_came_and_nowhere_else),
    cmocka_unit_test(when_nobody_drains_packets_are_lost_and_counted),
    cmocka_unit_test(a_tap_that_does_not_exist_is_refused),
};

ZV_TEST_MAIN(tests)
