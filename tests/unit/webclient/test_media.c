/*
 * The client's media against a gateway's leg, over real sockets on the loopback interface, in one
 * thread. Each side's description is the other one's input, as text.
 */
#include "support/test.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/random.h"
#include "io/udp_large.h"
#include "rtc/dtls/dtls.h"
#include "sdp/plan.h"
#include "support/tone.h"
#include "tools/webclient/media.h"

#include <poll.h>
#include <string.h>

#define CLIENT_HZ  440.0
#define GATEWAY_HZ 650.0
#define LIMIT_US   ZV_SECONDS(20)

/* The gateway's end: an ICE-lite leg with one socket, which answers with a tone of its own. */
struct gateway {
    struct zv_peer *peer;
    struct zv_udp_socket socket;
    enum zv_g711_law law;
    uint8_t pt;
    struct zv_tone tone;
    struct zv_wc_ear ear;
    uint16_t seq;
    int closed; /* DTLS_CLOSED and RTCP_BYE events */
};

struct world {
    struct zv_dtls_ctx *ctx;
    struct gateway gateway;
    struct zv_wc_media *media;
    int seen[ZV_PEER_EVENT_COUNT]; /* the client's events */
};

static void note_event(void *arg, const struct zv_peer_event *event, int64_t now_us)
{
    struct world *world = arg;
    (void)now_us;
    world->seen[event->kind]++;
}

static void gateway_drain(struct gateway *gateway)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    while (zv_peer_poll_dgram(gateway->peer, &out))
        assert_int_equal(zv_udp_send_large(&gateway->socket, &out), 0);
    while (zv_peer_poll_event(gateway->peer, &event))
        gateway->closed +=
            event.kind == ZV_PEER_EVENT_DTLS_CLOSED || event.kind == ZV_PEER_EVENT_RTCP_BYE;
}

static void gateway_hear(struct gateway *gateway, const struct zv_peer_packet *packet)
{
    int16_t samples[1600];
    for (size_t i = 0; i < packet->header.payload_len; i++)
        samples[i] = zv_g711_decode(gateway->law, packet->data[packet->header.payload_at + i]);
    zv_wc_ear_take(&gateway->ear, samples, packet->header.payload_len);
}

/* For each packet that came one goes back: the client's clock is the gateway's as well. */
static void gateway_speak(struct gateway *gateway, uint32_t ts, int64_t now_us)
{
    uint8_t bytes[400];
    struct zv_dgram out;
    struct zv_peer_packet packet = {.data = bytes, .len = 172, .cap = sizeof(bytes)};
    const struct zv_rtp_rewrite header = {
        .pt = gateway->pt, .seq = gateway->seq++, .ts = ts, .ssrc = 5};
    zv_rtp_write_header(bytes, &header);
    for (size_t i = 0; i < 160; i++)
        bytes[12 + i] = zv_g711_encode(gateway->law, zv_tone_next(&gateway->tone));
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    if (zv_peer_send_rtp(gateway->peer, &packet, gateway->pt, now_us, &out) == ZV_PEER_PACKET)
        assert_int_equal(zv_udp_send_large(&gateway->socket, &out), 0);
}

static void gateway_run(struct gateway *gateway, int64_t now_us)
{
    uint8_t bytes[2048];
    struct zv_dgram in = {.data = bytes};
    struct zv_peer_packet packet;
    while (zv_udp_receive_large(&gateway->socket, &in, sizeof(bytes)) == 0) {
        if (zv_peer_receive(gateway->peer, &in, sizeof(bytes), now_us, &packet) == ZV_PEER_PACKET) {
            gateway_hear(gateway, &packet);
            gateway_speak(gateway, packet.header.ts, now_us);
        }
        gateway_drain(gateway);
    }
    if (zv_peer_deadline_us(gateway->peer) <= now_us)
        zv_peer_on_timeout(gateway->peer, now_us);
    gateway_drain(gateway);
}

static void turn(struct world *world)
{
    struct pollfd fds[1 + ZV_WC_MEDIA_MAX_SOCKETS];
    size_t count = zv_wc_media_fds(world->media, fds);
    int64_t now_us = zv_clock_now_us();
    int64_t at_us = zv_time_min(zv_wc_media_deadline_us(world->media),
                                zv_peer_deadline_us(world->gateway.peer));
    int64_t wait_us = ZV_MAX(zv_time_min(at_us, now_us + ZV_SECONDS(1)) - now_us, INT64_C(0));
    fds[count++] = (struct pollfd){.fd = world->gateway.socket.fd, .events = POLLIN};
    assert_true(poll(fds, count, (int)((wait_us + 999) / 1000)) >= 0);
    now_us = zv_clock_now_us();
    zv_wc_media_run(world->media, now_us);
    gateway_run(&world->gateway, now_us);
}

/* ---- Descriptions ---- */

static struct zv_peer_web_remote read_client(struct zv_str text, bool is_dtls_client)
{
    static struct zv_sdp sdp;
    struct zv_plan_web_remote web;
    assert_int_equal(zv_sdp_parse(text, &sdp), 0);
    assert_int_equal(zv_plan_read_web(&sdp, &web), ZV_PLAN_OK);
    assert_int_equal(web.is_dtls_client, is_dtls_client);
    return (struct zv_peer_web_remote){.ufrag = web.ufrag,
                                       .pwd = web.pwd,
                                       .fingerprint = web.fingerprint,
                                       .dtls_client = web.is_dtls_client};
}

static void write_gateway(const struct world *world, const char *setup, const char *codecs,
                          struct zv_buf *text)
{
    struct zv_peer_local local;
    zv_peer_local(world->gateway.peer, &local);
    zv_buf_printf(text,
                  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
                  "a=ice-lite\r\nm=audio %u UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 127.0.0.1\r\n"
                  "a=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=ice-ufrag:%.*s\r\na=ice-pwd:%.*s\r\n",
                  world->gateway.socket.local.port, codecs, ZV_STR_ARG(local.ufrag),
                  ZV_STR_ARG(local.pwd));
    zv_buf_printf(text,
                  "a=fingerprint:%.*s\r\na=setup:%s\r\n"
                  "a=candidate:1 1 udp 2130706431 127.0.0.1 %u typ host\r\n"
                  "a=candidate:2 1 tcp 2130706430 127.0.0.1 9 typ host\r\n"
                  "a=rtpmap:101 telephone-event/8000\r\n",
                  ZV_STR_ARG(local.fingerprint), setup, world->gateway.socket.local.port);
}

static void set_gateway_remote(struct world *world, const struct zv_peer_web_remote *remote)
{
    const struct zv_peer_codec codecs[] = {{world->gateway.pt, 8000}};
    assert_int_equal(zv_peer_set_web_remote(world->gateway.peer, remote, zv_clock_now_us()), 0);
    assert_int_equal(zv_peer_set_codecs(world->gateway.peer, codecs, 1), 0);
}

static int set_client_remote(struct world *world, const char *codec, struct zv_str text,
                             struct zv_wc_remote *ret_remote)
{
    struct zv_wc_codecs codecs;
    assert_int_equal(zv_wc_codecs_of(codec, &codecs), 0);
    assert_int_equal(zv_wc_read_description(text, &codecs, ret_remote), 0);
    return zv_wc_media_set_remote(world->media, ret_remote, zv_clock_now_us());
}

/* The client's offer, the gateway's answer. */
static void call_out(struct world *world, const char *codec)
{
    char offer_memory[4096], answer_memory[4096];
    struct zv_buf offer = zv_buf(offer_memory, sizeof(offer_memory));
    struct zv_buf answer = zv_buf(answer_memory, sizeof(answer_memory));
    struct zv_wc_local local = {.session_id = 1};
    struct zv_wc_remote remote;
    assert_int_equal(zv_wc_codecs_of(codec, &local.codecs), 0);
    zv_wc_media_local(world->media, &local.peer);
    zv_wc_write_description(&local, &offer);
    assert_false(offer.overflow);
    struct zv_peer_web_remote client = read_client(zv_buf_str(&offer), false);
    set_gateway_remote(world, &client);
    write_gateway(world, "passive", world->gateway.pt == 8 ? "8 101" : "0 101", &answer);
    assert_int_equal(set_client_remote(world, codec, zv_buf_str(&answer), &remote), 0);
    assert_int_equal(remote.event_pt, 101);
}

/* The gateway's offer, the client's answer. */
static void call_in(struct world *world, const char *codec)
{
    char offer_memory[4096], answer_memory[4096];
    struct zv_buf offer = zv_buf(offer_memory, sizeof(offer_memory));
    struct zv_buf answer = zv_buf(answer_memory, sizeof(answer_memory));
    struct zv_wc_local local = {.session_id = 1};
    struct zv_wc_remote remote;
    write_gateway(world, "actpass", "9 8 0 101", &offer);
    assert_int_equal(set_client_remote(world, codec, zv_buf_str(&offer), &remote), 0);
    zv_wc_media_local(world->media, &local.peer);
    local.remote = &remote;
    zv_wc_write_description(&local, &answer);
    assert_false(answer.overflow);
    struct zv_peer_web_remote client = read_client(zv_buf_str(&answer), false);
    set_gateway_remote(world, &client);
}

/* ---- Stage ---- */

static void open_gateway(struct world *world, const char *codec)
{
    struct gateway *gateway = &world->gateway;
    const struct zv_peer_cfg cfg = {
        .kind = ZV_PEER_WEB, .rand = zv_rand_os(), .dtls_ctx = world->ctx};
    struct zv_udp_cfg udp = {0};
    assert_int_equal(zv_addr_parse_ip(zv_str("127.0.0.1"), &udp.bind), 0);
    assert_int_equal(zv_udp_open(&gateway->socket, &udp), 0);
    assert_int_equal(zv_peer_new(&gateway->peer, &cfg, zv_clock_now_us()), 0);
    gateway->law = strcmp(codec, "PCMA") == 0 ? ZV_G711_ALAW : ZV_G711_ULAW;
    gateway->pt = gateway->law == ZV_G711_ALAW ? 8 : 0;
    gateway->tone = (struct zv_tone){.hz = GATEWAY_HZ, .rate_hz = 8000, .amplitude = 12000};
    zv_wc_ear_init(&gateway->ear, CLIENT_HZ);
}

static void open_world(struct world *world, const char *codec)
{
    const struct zv_dtls_ctx_cfg dtls = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    *world = (struct world){0};
    assert_int_equal(zv_dtls_ctx_new(&world->ctx, &dtls), 0);
    open_gateway(world, codec);
    const struct zv_wc_media_cfg cfg = {.rand = zv_rand_os(),
                                        .dtls_ctx = world->ctx,
                                        .tone_hz = CLIENT_HZ,
                                        .hear_hz = GATEWAY_HZ,
                                        .on_event_fn = note_event,
                                        .arg = world};
    assert_int_equal(zv_wc_media_new(&world->media, &cfg, zv_clock_now_us()), 0);
}

static void close_world(struct world *world)
{
    zv_wc_media_free(world->media);
    zv_peer_free(world->gateway.peer);
    zv_udp_close(&world->gateway.socket);
    zv_dtls_ctx_unref(world->ctx);
}

static bool both_heard(const struct world *world)
{
    struct zv_wc_media_stats stats;
    zv_wc_media_stats(world->media, &stats);
    return stats.heard.purity > 0.95 && world->gateway.ear.heard.purity > 0.95;
}

static void talk(struct world *world)
{
    int64_t end_us = zv_clock_now_us() + LIMIT_US;
    while (!both_heard(world)) {
        assert_true(zv_clock_now_us() < end_us);
        turn(world);
    }
}

/* ---- Tests ---- */

static void tones_pass_both_ways_when_the_client_calls(void **state)
{
    (void)state;
    static const char *const codecs[] = {"PCMU", "PCMA"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(codecs); i++) {
        struct world world;
        struct zv_wc_media_stats stats;
        open_world(&world, codecs[i]);
        call_out(&world, codecs[i]);
        talk(&world);
        zv_wc_media_stats(world.media, &stats);
        assert_true(stats.heard.hz > 649 && stats.heard.hz < 651);
        assert_true(stats.peer.rx_packets >= 25);
        assert_true(stats.peer.tx_packets >= stats.peer.rx_packets);
        assert_int_equal(world.seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
        assert_int_equal(world.seen[ZV_PEER_EVENT_ICE_NOMINATED], 1);
        assert_int_equal(world.seen[ZV_PEER_EVENT_FIRST_MEDIA], 1);
        close_world(&world);
    }
}

static void tones_pass_both_ways_when_the_client_is_called(void **state)
{
    (void)state;
    static const char *const codecs[] = {"PCMU", "PCMA"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(codecs); i++) {
        struct world world;
        open_world(&world, codecs[i]);
        call_in(&world, codecs[i]);
        talk(&world);
        close_world(&world);
    }
}

static void of_several_codecs_the_gateways_first_one_is_taken(void **state)
{
    (void)state;
    struct world world;
    open_world(&world, "PCMA");
    call_in(&world, NULL);
    talk(&world);
    close_world(&world);
}

static void a_close_is_told_to_the_gateway_and_ends_sending(void **state)
{
    (void)state;
    struct world world;
    struct zv_wc_media_stats before, after;
    open_world(&world, "PCMU");
    call_out(&world, "PCMU");
    talk(&world);
    zv_wc_media_close(world.media, zv_clock_now_us());
    zv_wc_media_stats(world.media, &before);
    int64_t end_us = zv_clock_now_us() + LIMIT_US;
    while (!world.gateway.closed) {
        assert_true(zv_clock_now_us() < end_us);
        turn(&world);
    }
    zv_wc_media_stats(world.media, &after);
    assert_int_equal(after.peer.tx_packets, before.peer.tx_packets);
    assert_true(zv_wc_media_deadline_us(world.media) == ZV_TIME_NEVER);
    close_world(&world);
}

static void a_description_without_a_candidate_to_reach_is_refused(void **state)
{
    (void)state;
    struct world world;
    char memory[4096];
    struct zv_buf answer = zv_buf(memory, sizeof(memory));
    struct zv_wc_codecs codecs;
    struct zv_wc_remote remote;
    open_world(&world, "PCMU");
    write_gateway(&world, "passive", "0", &answer);
    assert_int_equal(zv_wc_codecs_of("PCMU", &codecs), 0);
    assert_int_equal(zv_wc_read_description(zv_buf_str(&answer), &codecs, &remote), 0);
    remote.candidate_count = 0;
    assert_int_equal(zv_wc_media_set_remote(world.media, &remote, zv_clock_now_us()),
                     ZV_E_NOTFOUND);
    assert_int_equal(zv_wc_media_set_remote(world.media, &remote, zv_clock_now_us()), ZV_E_STATE);
    close_world(&world);
}

static void a_description_without_g711_is_refused(void **state)
{
    (void)state;
    struct world world;
    char memory[4096];
    struct zv_buf answer = zv_buf(memory, sizeof(memory));
    struct zv_wc_remote remote;
    open_world(&world, "PCMU");
    write_gateway(&world, "passive", "9 101", &answer);
    assert_int_equal(set_client_remote(&world, NULL, zv_buf_str(&answer), &remote),
                     ZV_E_UNSUPPORTED);
    assert_int_equal(remote.codec, ZV_CODEC_NONE);
    close_world(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tones_pass_both_ways_when_the_client_calls),
    cmocka_unit_test(tones_pass_both_ways_when_the_client_is_called),
    cmocka_unit_test(of_several_codecs_the_gateways_first_one_is_taken),
    cmocka_unit_test(a_close_is_told_to_the_gateway_and_ends_sending),
    cmocka_unit_test(a_description_without_a_candidate_to_reach_is_refused),
    cmocka_unit_test(a_description_without_g711_is_refused),
};

ZV_TEST_MAIN(tests)
