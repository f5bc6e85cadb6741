/* A worker's calls, from their ports to their packets, with real sockets (unit/worker/world.h). */
#define _GNU_SOURCE
#include "support/test.h"

#include "rtc/dtmf/listener.h"
#include "rtc/stun/stun.h"
#include "unit/worker/world.h"

#include <string.h>

/* Totals of a kind of leg after one call are what that call's leg has counted. */
static void check_traffic(struct world *world, enum zv_worker_leg_kind kind,
                          const struct zv_peer_counters *leg)
{
    struct zv_worker_traffic traffic;
    zv_worker_traffic(world->worker, kind, &traffic);
    assert_int_equal(traffic.rx_packets, leg->rx_packets);
    assert_int_equal(traffic.rx_bytes, leg->rx_bytes);
    assert_int_equal(traffic.tx_packets, leg->tx_packets);
    assert_int_equal(traffic.tx_bytes, leg->tx_bytes);
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++)
        assert_int_equal(traffic.rx_drops[i] + traffic.tx_drops[i], leg->drops[i]);
}

/* ---- Tests ---- */

static void a_client_and_a_phone_talk_through_the_worker(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 100);
    const struct zv_worker_leg_ready *legs = world.ready.ready.legs;
    assert_int_equal(far.last.header.pt, OPUS_SIP);
    assert_int_equal(far.last.header.ssrc, legs[ZV_WORKER_LEG_SIP].ssrc);
    assert_int_equal(client.last.header.pt, OPUS_WEB);
    assert_int_equal(client.last.header.ssrc, legs[ZV_WORKER_LEG_WEB].ssrc);
    assert_int_equal(legs[ZV_WORKER_LEG_SIP].rtp.port % 2, 0);
    assert_int_equal(legs[ZV_WORKER_LEG_SIP].rtcp.port, legs[ZV_WORKER_LEG_SIP].rtp.port + 1);
    assert_int_equal(legs[ZV_WORKER_LEG_WEB].rtp.port, zv_worker_web_port(world.worker));
    assert_int_equal(world.seen[ZV_WORKER_ICE_CONNECTED], 1);
    assert_true(zv_addr_eq(&world.last[ZV_WORKER_ICE_CONNECTED].pair.remote, &client.rtp.local));
    assert_int_equal(world.seen[ZV_WORKER_FIRST_MEDIA], 2);
    assert_int_equal(world.seen[ZV_WORKER_LATCHED], 1);
    close_call(&world, call_1);
    const struct zv_worker_stats *stats = &world.last[ZV_WORKER_CLOSED].stats;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(stats->legs[i].rx_packets, 100);
        assert_int_equal(stats->legs[i].tx_packets, 100);
        assert_int_equal(stats->bridge[i].forwarded, 100);
    }
    wait_for(&world, &client.seen[ZV_PEER_EVENT_RTCP_BYE], 1);
    wait_for(&world, &far.seen[ZV_PEER_EVENT_RTCP_BYE], 1);
    check_traffic(&world, ZV_LEG_KIND_WEB, &stats->legs[0]);
    check_traffic(&world, ZV_LEG_KIND_RTP, &stats->legs[1]);
    close_world(&world);
}

/* A datagram that is neither RTP nor RTCP. */
static void mumble(struct world *world, struct end *far)
{
    static uint8_t bytes[] = "mumble";
    struct zv_dgram out = {.data = bytes,
                           .len = sizeof(bytes),
                           .local = far->rtp.local,
                           .remote = world->ready.ready.legs[ZV_WORKER_LEG_SIP].rtp};
    send_out(world, far, &out);
}

static void drops_are_counted_by_reason_and_outlive_their_call(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_traffic traffic;
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    for (int i = 0; i < 3; i++)
        mumble(&world, &far);
    do
        zv_worker_traffic(world.worker, ZV_LEG_KIND_RTP, &traffic);
    while (traffic.rx_drops[ZV_PEER_DROP_MALFORMED] < 3);
    close_call(&world, call_1);
    const struct zv_worker_stats *stats = &world.last[ZV_WORKER_CLOSED].stats;
    assert_int_equal(stats->legs[1].drops[ZV_PEER_DROP_MALFORMED], 3);
    check_traffic(&world, ZV_LEG_KIND_WEB, &stats->legs[0]);
    check_traffic(&world, ZV_LEG_KIND_RTP, &stats->legs[1]);
    close_world(&world);
}

static void turns_and_queues_can_be_read_while_it_runs(void **state)
{
    (void)state;
    struct world world;
    struct zv_histogram turns;
    struct zv_worker_queues queues;
    struct zv_worker_gauges gauges;
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    do { /* a turn is counted when the next one begins */
        zv_worker_gauges(world.worker, &gauges);
        zv_worker_turns(world.worker, &turns);
        assert_true(zv_histogram_total(&turns) >= gauges.loop_turns);
    } while (!turns.sum);
    zv_worker_queues(world.worker, &queues);
    assert_int_equal(queues.commands + queues.events, 0); /* READY was drained: nothing is left */
    close_world(&world);
}

static void a_wildcard_socket_serves_a_client_at_any_address(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_addr other = ip("127.0.0.2");
    struct zv_addr v6 = ip("::1");
    open_world(&world, "0.0.0.0", make_ports(20, 0));
    assert_true(zv_worker_serves(world.worker, &other));
    assert_false(zv_worker_serves(world.worker, &v6));
    connect_call(&world, call_1, &client, &far, "127.0.0.2");
    converse(&world, &client, &far, 10);
    assert_true(zv_addr_ip_eq(&world.last[ZV_WORKER_ICE_CONNECTED].pair.local, &other));
    close_world(&world);
}

static void two_clients_talk_to_each_other(void **state)
{
    (void)state;
    struct world world;
    struct end a, b;
    open_world(&world, "127.0.0.1", make_ports(1, 0));
    open_end(&world, &a, ZV_PEER_WEB, OPUS_WEB);
    open_end(&world, &b, ZV_PEER_WEB, 109);
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_WEB);
    set_codecs(&world, call_1, OPUS_WEB, 109);
    join_web(&world, call_1, 0, &a, "127.0.0.1");
    join_web(&world, call_1, 1, &b, "127.0.0.1");
    wait_for(&world, &a.seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    wait_for(&world, &b.seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    wait_for(&world, &world.seen[ZV_WORKER_DTLS_CONNECTED], 2);
    converse(&world, &a, &b, 20);
    assert_int_equal(b.last.header.pt, 109);
    close_world(&world);
}

static void a_held_direction_stops_and_the_other_goes_on(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_cmd flow = {
        .kind = ZV_WORKER_SET_FLOW, .call = call_1, .flow = {.from = {true, false}}};
    const struct zv_worker_cmd stats = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    struct zv_worker_gauges gauges;
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    post(&world, &flow);
    post(&world, &stats);
    wait_for(&world, &world.seen[ZV_WORKER_STATS], 1);
    for (int i = 0; i < 5; i++) {
        speak(&world, &far);
        speak(&world, &client);
    }
    wait_for_packets(&world, &far, 15);
    flow.flow.from[1] = true;
    int asked = 1;
    do { /* the far end's packets may still be on their way */
        post(&world, &stats);
        wait_for(&world, &world.seen[ZV_WORKER_STATS], ++asked);
    } while (world.last[ZV_WORKER_STATS].stats.bridge[1].held < 5);
    assert_int_equal(client.packets, 10);
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.dropped_held, 5);
    post(&world, &flow);
    post(&world, &stats); /* commands are run in order: its answer says that both were */
    wait_for(&world, &world.seen[ZV_WORKER_STATS], ++asked);
    converse(&world, &client, &far, 10);
    close_world(&world);
}

/* ---- keys ---- */

#define EVENT_WEB 126
#define EVENT_SIP 101

/* Both ends know the two numbers of telephone-event, at the clock of their audio. */
static void agree_on_events(struct world *world, struct end *client, struct end *far)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_CODECS, .call = call_1};
    const struct zv_peer_codec web[] = {{OPUS_WEB, 48000}, {EVENT_WEB, 48000, .is_event = true}};
    const struct zv_peer_codec sip[] = {{OPUS_SIP, 48000}, {EVENT_SIP, 48000, .is_event = true}};
    cmd.codecs.pairs[0] = (struct zv_bridge_pair){
        .pt = {OPUS_WEB, OPUS_SIP}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 48000};
    cmd.codecs.pairs[1] = (struct zv_bridge_pair){
        .pt = {EVENT_WEB, EVENT_SIP}, .kind = ZV_BRIDGE_TELEPHONE_EVENT, .clock_hz = 48000};
    cmd.codecs.count = 2;
    post(world, &cmd);
    assert_int_equal(zv_peer_set_codecs(client->peer, web, ZV_ARRAY_LEN(web)), 0);
    assert_int_equal(zv_peer_set_codecs(far->peer, sip, ZV_ARRAY_LEN(sip)), 0);
}

static void hear_keys(struct world *world, struct end *far, const char *digits)
{
    struct zv_dtmf_press press;
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    for (const char *digit = digits; *digit; digit++) {
        while (!zv_peer_poll_press(far->peer, &press)) {
            assert_true(zv_clock_now_us() < give_up_us);
            turn(world, give_up_us);
        }
        assert_int_equal(press.digit, *digit);
        assert_int_equal(press.duration_ms, 120);
    }
    assert_int_equal(far->last.header.pt, EVENT_SIP);
}

static void keys_of_a_client_pass_to_a_far_end_with_another_clock_for_them(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_CODECS, .call = call_1};
    const struct zv_peer_codec web[] = {{OPUS_WEB, 48000}, {EVENT_WEB, 48000, .is_event = true}};
    const struct zv_peer_codec sip[] = {{OPUS_SIP, 48000}, {EVENT_SIP, 8000, .is_event = true}};
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    cmd.codecs.pairs[0] = (struct zv_bridge_pair){
        .pt = {OPUS_WEB, OPUS_SIP}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 48000};
    cmd.codecs.pairs[1] = (struct zv_bridge_pair){.pt = {EVENT_WEB, EVENT_SIP},
                                                  .kind = ZV_BRIDGE_TELEPHONE_EVENT,
                                                  .clock_hz = 48000,
                                                  .far_hz = 8000};
    cmd.codecs.count = 2;
    post(&world, &cmd);
    assert_int_equal(zv_peer_set_codecs(client.peer, web, ZV_ARRAY_LEN(web)), 0);
    assert_int_equal(zv_peer_set_codecs(far.peer, sip, ZV_ARRAY_LEN(sip)), 0);
    converse(&world, &client, &far, 10);
    assert_int_equal(zv_peer_send_digits(client.peer, zv_str("9*"), zv_clock_now_us()), 0);
    drain_end(&world, &client);
    hear_keys(&world, &far, "9*"); /* and as long as they were */
    close_world(&world);
}

static void keys_go_to_the_far_end_and_are_heard_from_it(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    struct zv_worker_cmd cmd = {
        .kind = ZV_WORKER_SEND_DIGITS, .leg = ZV_WORKER_LEG_SIP, .call = call_1, .digits = "1#"};
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1); /* nobody takes them yet */
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_UNSUPPORTED);
    agree_on_events(&world, &client, &far);
    post(&world, &cmd);
    hear_keys(&world, &far, "1#");
    /* A client that makes its own, as browsers can: other number, same keys. */
    assert_int_equal(zv_peer_send_digits(client.peer, zv_str("9*"), zv_clock_now_us()), 0);
    drain_end(&world, &client);
    hear_keys(&world, &far, "9*");
    assert_int_equal(zv_peer_send_digits(far.peer, zv_str("5"), zv_clock_now_us()), 0);
    drain_end(&world, &far);
    wait_for(&world, &world.seen[ZV_WORKER_DIGIT], 1);
    const struct zv_worker_event *event = &world.last[ZV_WORKER_DIGIT];
    assert_int_equal(event->leg, ZV_WORKER_LEG_SIP);
    assert_int_equal(event->press.digit, '5');
    assert_int_equal(event->press.duration_ms, 120);
    close_world(&world);
}

static void silence_of_a_leg_is_told_and_its_end_too(void **state)
{
    (void)state;
    struct world world;
    struct end far;
    struct zv_worker_cmd cmd = create_cmd(call_1, ZV_LEG_KIND_NONE, ZV_LEG_KIND_RTP);
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    open_end(&world, &far, ZV_PEER_RTP, OPUS_SIP);
    cmd.create.legs[1].silence_us = ZV_MS(1);
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_READY], 1);
    set_codecs(&world, call_1, OPUS_WEB, OPUS_SIP);
    join_sip(&world, call_1, &far);
    wait_for(&world, &world.seen[ZV_WORKER_SILENT], 1);
    assert_int_equal(world.last[ZV_WORKER_SILENT].leg, ZV_WORKER_LEG_SIP);
    speak(&world, &far);
    wait_for(&world, &world.seen[ZV_WORKER_RESUMED], 1);
    wait_for(&world, &world.seen[ZV_WORKER_SILENT], 2);
    close_world(&world);
}

static void when_ports_are_used_up_a_call_fails_and_says_so(void **state)
{
    (void)state;
    struct world world;
    zv_call_id call_2 = zv_call_id_make(3, 1, 9), call_3 = zv_call_id_make(3, 0, 1);
    struct zv_worker_cmd cmd = create_cmd(call_2, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    struct zv_worker_gauges gauges;
    open_world(&world, "127.0.0.1", make_ports(1, ZV_SECONDS(3600)));
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    const struct zv_worker_event *failed = &world.last[ZV_WORKER_FAILED];
    assert_true(zv_call_id_eq(failed->call, call_2));
    assert_int_equal(failed->failed.err, ZV_E_LIMIT);
    assert_int_equal(failed->failed.what, ZV_WORKER_WHAT_PORTS);
    assert_int_equal(failed->failed.cmd, ZV_WORKER_CREATE);
    close_call(&world, call_1);
    cmd.call = call_3;
    post(&world, &cmd); /* the port rests */
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 2);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.what, ZV_WORKER_WHAT_PORTS);
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.calls, 0);
    close_world(&world);
}

static void a_port_that_somebody_has_is_passed_over(void **state)
{
    (void)state;
    struct world world;
    struct zv_udp_socket squatter;
    uint16_t taken;
    struct zv_ports *ports = make_ports(3, 0);
    assert_int_equal(zv_ports_take(ports, 0, &taken), 0);
    struct zv_udp_cfg cfg = {.bind = ip("127.0.0.1")};
    cfg.bind.port = (uint16_t)(taken + 1); /* the RTCP port is enough */
    assert_int_equal(zv_udp_open(&squatter, &cfg), 0);
    zv_ports_give(ports, taken, 0);
    open_world(&world, "127.0.0.1", ports);
    for (uint32_t i = 0; i < 3; i++) { /* with every rotation of the pool */
        zv_call_id call = zv_call_id_make(3, i, 1);
        create(&world, call, ZV_LEG_KIND_NONE, ZV_LEG_KIND_RTP);
        assert_int_not_equal(world.ready.ready.legs[1].rtp.port, taken);
        close_call(&world, call);
    }
    zv_udp_close(&squatter);
    close_world(&world);
}

static void an_address_of_another_host_fails_with_the_socket_as_reason(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_cmd cmd = create_cmd(call_1, ZV_LEG_KIND_NONE, ZV_LEG_KIND_RTP);
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    cmd.create.legs[1].local = ip("198.51.100.201");
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_IO);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.what, ZV_WORKER_WHAT_SOCKET);
    cmd.create.legs[1].local = ip("0.0.0.0"); /* would end up in an SDP */
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 2);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_INVAL);
    close_world(&world);
}

static void stale_and_wrong_ids_are_answered_and_touch_nobody(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_gauges gauges;
    const zv_call_id stale = {call_1.v + 1}; /* the next generation of the same slot */
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_CLOSE, .call = stale};
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_NONE);
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_GONE], 1);
    assert_int_equal(world.last[ZV_WORKER_GONE].failed.cmd, ZV_WORKER_CLOSE);
    cmd = create_cmd(stale, ZV_LEG_KIND_WEB, ZV_LEG_KIND_NONE); /* same slot */
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_EXISTS);
    const zv_call_id wrong[] = {zv_call_id_make(4, 0, 1), zv_call_id_make(3, MAX_CALLS, 1),
                                zv_call_id_make(3, 0, 0)};
    for (int i = 0; i < 3; i++) {
        cmd.call = wrong[i];
        post(&world, &cmd);
        wait_for(&world, &world.seen[ZV_WORKER_FAILED], i + 2);
        assert_int_equal(world.last[ZV_WORKER_FAILED].failed.err, ZV_E_INVAL);
    }
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.calls, 1);
    assert_int_equal(gauges.commands_gone, 1);
    close_world(&world);
}

static void a_command_that_does_not_fit_fails_and_the_call_stays(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_cmd cmd = {
        .kind = ZV_WORKER_SET_WEB_REMOTE, .leg = ZV_WORKER_LEG_SIP, .call = call_1};
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    post(&world, &cmd); /* no web leg */
    cmd.leg = ZV_WORKER_LEG_WEB;
    post(&world, &cmd); /* empty */
    cmd.leg = 2;
    post(&world, &cmd);
    cmd.kind = ZV_WORKER_SET_SIP_REMOTE;
    cmd.leg = ZV_WORKER_LEG_WEB;
    post(&world, &cmd);
    cmd = (struct zv_worker_cmd){.kind = ZV_WORKER_SET_CODECS, .call = call_1};
    cmd.codecs.count = ZV_BRIDGE_MAX_PAIRS + 1;
    post(&world, &cmd);
    cmd.kind = 200;
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 6);
    close_call(&world, call_1);
    close_world(&world);
}

static void strangers_at_the_web_port_are_counted_and_get_no_answer(void **state)
{
    (void)state;
    struct world world;
    struct end stranger;
    struct zv_worker_gauges gauges;
    uint8_t bytes[40] = {0x80, 0};
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    open_end(&world, &stranger, ZV_PEER_WEB, OPUS_WEB);
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_NONE);
    struct zv_dgram out = {.data = bytes, .len = sizeof(bytes), .local = stranger.rtp.local};
    out.remote = ip("127.0.0.1");
    out.remote.port = zv_worker_web_port(world.worker);
    static const uint8_t first[] = {0x80, 0x16, 0x00, 0xff};
    for (size_t i = 0; i < ZV_ARRAY_LEN(first); i++) {
        bytes[0] = first[i];
        send_out(&world, &stranger, &out);
    }
    do {
        create(&world, zv_call_id_make(3, 0, 7), ZV_LEG_KIND_NONE, ZV_LEG_KIND_NONE);
        close_call(&world, zv_call_id_make(3, 0, 7));
        zv_worker_gauges(world.worker, &gauges);
    } while (gauges.dropped_unknown < ZV_ARRAY_LEN(first));
    assert_int_equal(gauges.tx_datagrams, 0);
    close_world(&world);
}

static void an_ice_restart_gives_new_credentials_and_media_goes_on(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    char before[33];
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_RESTART_ICE, .call = call_1};
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    memcpy(before, world.ready.ready.legs[0].ufrag, sizeof(before));
    for (int round = 0; round < 3; round++) {
        post(&world, &cmd);
        wait_for(&world, &world.seen[ZV_WORKER_READY], round + 2);
        assert_string_not_equal(before, world.ready.ready.legs[0].ufrag);
        converse(&world, &client, &far, 5);
        assert_int_equal(zv_peer_restart_ice(client.peer, zv_clock_now_us()), 0);
        drain_end(&world, &client);
        join_web(&world, call_1, ZV_WORKER_LEG_WEB, &client, "127.0.0.1");
        wait_for(&world, &client.seen[ZV_PEER_EVENT_ICE_RESTARTED], round + 1);
        converse(&world, &client, &far, 5);
    }
    assert_int_equal(world.seen[ZV_WORKER_DTLS_CONNECTED], 1);
    close_world(&world);
}

/* What the far end and the client of a renewed leg hear of the gateway's streams. */
struct streams {
    const struct end *far;
    const struct end *again;
    uint32_t far_ssrc;
    uint16_t far_seq;
    uint32_t far_ts;
    uint64_t far_breaks; /* of SSRC, sequence or timestamp */
    uint16_t first_seq;  /* of `again` */
    uint64_t packets;    /* of `again` */
};

static void on_sent(void *arg, const struct end *end, const struct zv_dgram *out)
{
    (void)arg;
    (void)end;
    (void)out;
}

static void on_packet(void *arg, const struct end *end)
{
    struct streams *streams = arg;
    const struct zv_rtp_header *header = &end->last.header;
    if (end == streams->again && !streams->packets++)
        streams->first_seq = header->seq;
    if (end != streams->far)
        return;
    streams->far_breaks += header->ssrc != streams->far_ssrc ||
                           header->seq != (uint16_t)(streams->far_seq + 1) ||
                           (int32_t)(header->ts - streams->far_ts) <= 0;
    streams->far_ssrc = header->ssrc;
    streams->far_seq = header->seq;
    streams->far_ts = header->ts;
}

static void renew(struct world *world, struct end *again)
{
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_RENEW_WEB, .call = call_1};
    int ready = world->seen[ZV_WORKER_READY], up = world->seen[ZV_WORKER_DTLS_CONNECTED];
    post(world, &cmd);
    wait_for(world, &world->seen[ZV_WORKER_READY], ready + 1);
    set_codecs(world, call_1, again->pt, OPUS_SIP);
    join_web(world, call_1, ZV_WORKER_LEG_WEB, again, "127.0.0.1");
    wait_for(world, &world->seen[ZV_WORKER_DTLS_CONNECTED], up + 1);
    wait_for(world, &again->seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
}

/* As after the reload of a page: another certificate, other payload types, all else goes on. */
static void a_renewed_web_leg_is_another_client_and_the_far_end_notices_nothing(void **state)
{
    (void)state;
    struct world world;
    struct end client, again, far;
    char ufrag[33];
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 20);
    struct streams streams = {.far = &far,
                              .again = &again,
                              .far_ssrc = far.last.header.ssrc,
                              .far_seq = far.last.header.seq,
                              .far_ts = far.last.header.ts};
    const struct watcher watcher = {
        .on_sent_fn = on_sent, .on_packet_fn = on_packet, .arg = &streams};
    memcpy(ufrag, world.ready.ready.legs[0].ufrag, sizeof(ufrag));
    uint32_t ssrc = world.ready.ready.legs[0].ssrc;
    struct zv_addr sip_rtp = world.ready.ready.legs[1].rtp;
    const struct zv_dtls_ctx_cfg other = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    assert_int_equal(zv_dtls_ctx_new(&world.client_ctx, &other), 0);
    open_end(&world, &again, ZV_PEER_WEB, 96);
    world.watcher = &watcher;
    renew(&world, &again);
    assert_string_not_equal(world.ready.ready.legs[0].ufrag, ufrag);
    assert_int_not_equal(world.ready.ready.legs[0].ssrc, ssrc);
    assert_true(zv_addr_eq(&world.ready.ready.legs[1].rtp, &sip_rtp));
    converse(&world, &again, &far, 50); /* each packet is authenticated: ROC 0 on both sides */
    assert_int_equal(streams.far_breaks, 0);
    assert_int_equal(again.last.header.ssrc, world.ready.ready.legs[0].ssrc);
    assert_true(streams.first_seq < 32768); /* RFC 3711 §3.3.1 */
    uint64_t heard = far.packets;
    speak(&world, &client); /* the old one: its way is nobody's any more */
    converse(&world, &again, &far, 5);
    assert_int_equal(far.packets, heard + 5);
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    post(&world, &ask);
    wait_for(&world, &world.seen[ZV_WORKER_STATS], 1);
    const struct zv_peer_counters *web = &world.last[ZV_WORKER_STATS].stats.legs[0];
    assert_int_equal(web->rx_packets, 75); /* of both */
    assert_int_equal(web->tx_packets, 75);
    zv_dtls_ctx_unref(world.client_ctx);
    close_world(&world);
}

static void only_web_legs_are_renewed(void **state)
{
    (void)state;
    struct world world;
    struct end client, far;
    const struct zv_worker_cmd cmd = {
        .kind = ZV_WORKER_RENEW_WEB, .leg = ZV_WORKER_LEG_SIP, .call = call_1};
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    post(&world, &cmd);
    wait_for(&world, &world.seen[ZV_WORKER_FAILED], 1);
    assert_int_equal(world.last[ZV_WORKER_FAILED].failed.cmd, ZV_WORKER_RENEW_WEB);
    converse(&world, &client, &far, 5);
    close_world(&world);
}

static void ask_path(struct world *world)
{
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_PATH, .call = call_1};
    int before = world->seen[ZV_WORKER_PATH];
    post(world, &cmd);
    wait_for(world, &world->seen[ZV_WORKER_PATH], before + 1);
}

/* A Binding request for our ufrag with a password that is not ours. */
static void forge_check(struct world *world, struct end *client)
{
    static const uint8_t tx_id[12] = "forged-check";
    uint8_t bytes[256];
    char username[64];
    struct zv_buf name = zv_buf(username, sizeof(username));
    struct zv_buf buf = zv_buf(bytes, sizeof(bytes));
    zv_buf_printf(&name, "%s:x", world->ready.ready.legs[0].ufrag);
    zv_stun_write_header(&buf, ZV_STUN_REQUEST, ZV_STUN_BINDING, tx_id);
    zv_stun_write_attr(&buf, ZV_STUN_ATTR_USERNAME, name.p, name.len);
    zv_stun_write_integrity(&buf, zv_str("not the password of anybody here"));
    zv_stun_write_fingerprint(&buf);
    struct zv_dgram out = {
        .data = bytes, .len = buf.len, .local = client->rtp.local, .remote = ip("127.0.0.1")};
    out.remote.port = zv_worker_web_port(world->worker);
    send_out(world, client, &out);
}

static void the_worker_tells_what_came_from_a_client_that_is_not_connected(void **state)
{
    (void)state;
    struct world world;
    struct end client;
    const struct zv_peer_path *path = &world.last[ZV_WORKER_PATH].path.is;
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    open_end(&world, &client, ZV_PEER_WEB, OPUS_WEB);
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    ask_path(&world);
    assert_int_equal(path->checks + path->refused, 0);
    assert_int_equal(path->checked_by.family + path->nominated.family, ZV_ADDR_NONE);
    for (int i = 0; i < 3; i++)
        forge_check(&world, &client);
    do
        ask_path(&world);
    while (path->refused < 3);
    assert_true(zv_addr_eq(&path->refused_by, &client.rtp.local));
    assert_int_equal(path->checks, 0);
    join_web(&world, call_1, ZV_WORKER_LEG_WEB, &client, "127.0.0.1");
    wait_for(&world, &client.seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
    ask_path(&world);
    assert_true(path->checks > 0 && path->dtls_in > 0 && path->dtls_out > 0);
    assert_true(zv_addr_eq(&path->checked_by, &client.rtp.local));
    assert_true(zv_addr_eq(&path->nominated, &client.rtp.local));
    assert_true(path->checked_us > 0 && path->checked_us <= world.last[ZV_WORKER_PATH].path.at_us);
    close_world(&world);
}

/* A thread that hangs is one that makes no turn; here it is one that has ended. */
static void who_watches_sees_whether_an_idle_worker_moves(void **state)
{
    (void)state;
    struct world world;
    uint64_t turns = 0;
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    for (int i = 0; i < 3; i++) { /* it has nothing to do, and is woken by the question */
        int64_t give_up_us = zv_clock_now_us() + ZV_SECONDS(10);
        while (!zv_worker_has_moved(world.worker, &turns) && zv_clock_now_us() < give_up_us)
            zv_clock_sleep_until(zv_clock_now_us() + ZV_MS(1));
        assert_true(zv_clock_now_us() < give_up_us);
    }
    zv_worker_stop(world.worker);
    (void)zv_worker_has_moved(world.worker, &turns);
    assert_false(zv_worker_has_moved(world.worker, &turns));
    close_world(&world);
}

static void stopping_closes_every_call(void **state)
{
    (void)state;
    struct world world;
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    for (uint32_t i = 0; i < MAX_CALLS; i++)
        create(&world, zv_call_id_make(3, i, 1), ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    zv_worker_stop(world.worker);
    assert_int_equal(zv_worker_post(world.worker, &cmd), ZV_E_STATE);
    assert_int_equal(zv_worker_start(world.worker), ZV_E_STATE);
    drain_worker(&world);
    assert_int_equal(world.seen[ZV_WORKER_CLOSED], MAX_CALLS);
    close_world(&world);
}

static void signalling_that_does_not_drain_loses_no_closed(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_event event;
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_1};
    int stats = 0, closed = 0, asked = 0;
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    create(&world, call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_NONE);
    while (!zv_worker_post(world.worker, &ask)) /* until events and commands are full */
        asked++;
    assert_true(asked >= 1024);
    zv_worker_stop(world.worker);
    while (zv_worker_drain(world.worker, &event)) {
        stats += event.kind == ZV_WORKER_STATS;
        closed += event.kind == ZV_WORKER_CLOSED;
        world.seen[event.kind]++;
    }
    assert_true(stats > 0 && stats <= asked);
    assert_int_equal(closed, 1);
    assert_int_equal(world.seen[ZV_WORKER_STOPPED], 1);
    close_world(&world);
}

static void a_call_can_be_closed_when_no_other_command_finds_room(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_GET_STATS};
    open_world(&world, "127.0.0.1", make_ports(MAX_CALLS, 0));
    for (uint32_t i = 0; i < MAX_CALLS; i++)
        create(&world, zv_call_id_make(3, i, 1), ZV_LEG_KIND_NONE, ZV_LEG_KIND_RTP);
    cmd.call = zv_call_id_make(3, 0, 1);
    while (!zv_worker_post(world.worker, &cmd)) { /* nobody drains: events and commands fill up */
    }
    cmd.kind = ZV_WORKER_CLOSE;
    for (uint32_t i = 0; i < MAX_CALLS; i++) {
        cmd.call = zv_call_id_make(3, i, 1);
        post(&world, &cmd);
    }
    wait_for(&world, &world.seen[ZV_WORKER_CLOSED], MAX_CALLS);
    close_world(&world);
}

/* `client` checks at the leg of `call` with the socket of `other`, as if it had that address. */
static void check_from(struct world *world, zv_call_id call, struct end *client, struct end *other)
{
    struct zv_udp_socket own = client->rtp;
    client->rtp = other->rtp;
    join_web(world, call, ZV_WORKER_LEG_WEB, client, "127.0.0.1");
    zv_peer_on_timeout(client->peer, zv_clock_now_us());
    drain_end(world, client);
    client->rtp = own;
}

static void a_client_cannot_take_the_5_tuple_of_another_call(void **state)
{
    (void)state;
    struct world world;
    struct end client, far, thief;
    struct zv_worker_gauges gauges;
    zv_call_id call_2 = zv_call_id_make(3, 1, 9);
    open_world(&world, "127.0.0.1", make_ports(20, 0));
    connect_call(&world, call_1, &client, &far, "127.0.0.1");
    converse(&world, &client, &far, 10);
    open_end(&world, &thief, ZV_PEER_WEB, OPUS_WEB);
    create(&world, call_2, ZV_LEG_KIND_WEB, ZV_LEG_KIND_NONE);
    check_from(&world, call_2, &thief, &client);
    wait_for(&world, &world.seen[ZV_WORKER_ICE_CONNECTED], 1);
    converse(&world, &client, &far, 100);
    zv_worker_gauges(world.worker, &gauges);
    assert_int_equal(gauges.dropped_by_legs, 0);
    const struct zv_worker_cmd ask = {.kind = ZV_WORKER_GET_STATS, .call = call_2};
    post(&world, &ask);
    wait_for(&world, &world.seen[ZV_WORKER_STATS], 1);
    assert_true(world.last[ZV_WORKER_STATS].stats.legs[0].checks > 0); /* the attempt was made */
    close_world(&world);
}

static void a_worker_without_a_usable_address_does_not_start(void **state)
{
    (void)state;
    struct world world;
    struct zv_worker *worker = NULL;
    open_world(&world, "127.0.0.1", make_ports(3, 0));
    struct zv_worker_cfg cfg = {
        .web_bind_count = 1,
        .ports = world.ports,
        .dtls_ctx = world.ctx,
        .max_calls = 1,
    };
    cfg.web_binds[0] = ip("198.51.100.201");
    assert_int_equal(zv_worker_new(&worker, &cfg), ZV_E_IO);
    cfg.web_binds[0] = ip("127.0.0.1");
    cfg.web_binds[0].port = zv_worker_web_port(world.worker);
    assert_int_equal(zv_worker_new(&worker, &cfg), ZV_E_INUSE);
    cfg.web_bind_count = 0;
    assert_int_equal(zv_worker_new(&worker, &cfg), ZV_E_INVAL);
    assert_null(worker);
    cfg.web_bind_count = 2; /* both with the same port, of the system's choice */
    cfg.web_binds[0].port = 0;
    cfg.web_binds[1] = ip("127.0.0.2");
    assert_int_equal(zv_worker_new(&worker, &cfg), 0);
    assert_true(zv_worker_serves(worker, &cfg.web_binds[1]));
    zv_worker_free(worker);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_client_and_a_phone_talk_through_the_worker),
    cmocka_unit_test(drops_are_counted_by_reason_and_outlive_their_call),
    cmocka_unit_test(turns_and_queues_can_be_read_while_it_runs),
    cmocka_unit_test(a_wildcard_socket_serves_a_client_at_any_address),
    cmocka_unit_test(two_clients_talk_to_each_other),
    cmocka_unit_test(a_held_direction_stops_and_the_other_goes_on),
    cmocka_unit_test(keys_go_to_the_far_end_and_are_heard_from_it),
    cmocka_unit_test(keys_of_a_client_pass_to_a_far_end_with_another_clock_for_them),
    cmocka_unit_test(silence_of_a_leg_is_told_and_its_end_too),
    cmocka_unit_test(when_ports_are_used_up_a_call_fails_and_says_so),
    cmocka_unit_test(a_port_that_somebody_has_is_passed_over),
    cmocka_unit_test(an_address_of_another_host_fails_with_the_socket_as_reason),
    cmocka_unit_test(stale_and_wrong_ids_are_answered_and_touch_nobody),
    cmocka_unit_test(a_command_that_does_not_fit_fails_and_the_call_stays),
    cmocka_unit_test(strangers_at_the_web_port_are_counted_and_get_no_answer),
    cmocka_unit_test(an_ice_restart_gives_new_credentials_and_media_goes_on),
    cmocka_unit_test(a_renewed_web_leg_is_another_client_and_the_far_end_notices_nothing),
    cmocka_unit_test(only_web_legs_are_renewed),
    cmocka_unit_test(the_worker_tells_what_came_from_a_client_that_is_not_connected),
    cmocka_unit_test(who_watches_sees_whether_an_idle_worker_moves),
    cmocka_unit_test(stopping_closes_every_call),
    cmocka_unit_test(signalling_that_does_not_drain_loses_no_closed),
    cmocka_unit_test(a_call_can_be_closed_when_no_other_command_finds_room),
    cmocka_unit_test(a_client_cannot_take_the_5_tuple_of_another_call),
    cmocka_unit_test(a_worker_without_a_usable_address_does_not_start),
};

ZV_TEST_MAIN(tests)
