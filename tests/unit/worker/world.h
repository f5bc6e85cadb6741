/*
 * A worker with real sockets on loopback, for tests. The test's thread plays signalling, the
 * clients (controlling WEB legs, by UDP or TCP) and the SIP far end (an RTP leg). Waits end with
 * what they wait for; PATIENCE_US only bounds them.
 */
#ifndef ZV_TESTS_UNIT_WORKER_WORLD_H
#define ZV_TESTS_UNIT_WORKER_WORLD_H

#include "support/test.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/poller.h"
#include "io/random.h"
#include "io/sockaddr.h"
#include "io/tcp.h"
#include "io/udp.h"
#include "rtc/dtls/dtls.h"
#include "rtc/rtp/framing.h"
#include "worker/ports.h"
#include "worker/tap.h"
#include "worker/worker.h"

#include <string.h>
#include <sys/socket.h>

#define PATIENCE_US ZV_SECONDS(30)
#define MAX_CALLS   4
#define OPUS_WEB    111
#define OPUS_SIP    96
#define PAYLOAD     100

/* ---- An end: a peer with sockets ---- */

struct end {
    struct zv_peer *peer;
    struct zv_udp_socket rtp; /* WEB: the only one */
    struct zv_udp_socket rtcp;
    struct zv_tcp_socket tcp; /* WEB in a world of TCP: the one that is used */
    struct zv_rtp_framer framer;
    struct zv_tcp_queue queue;
    int seen[ZV_PEER_EVENT_COUNT];
    uint64_t packets;  /* RTP received */
    uint64_t pictures; /* of those, of video */
    struct zv_peer_packet last;
    int keyframe_wishes; /* that the other end told it */
    unsigned lose_every; /* of what comes by UDP, on the way; 0: nothing */
    unsigned arrived;
    uint16_t seq;
    uint16_t video_seq;
    uint8_t pt;
};

/* Looks at every datagram that an end sends by UDP, and at every RTP packet that one hears. */
struct watcher {
    void (*on_sent_fn)(void *arg, const struct end *end, const struct zv_dgram *out);
    void (*on_packet_fn)(void *arg, const struct end *end);
    void *arg;
};

struct world {
    bool is_tcp;      /* clients come by TCP */
    const char *home; /* where clients are, and reach the gateway by TCP; NULL: 127.0.0.1 */
    struct zv_worker *worker;
    struct zv_ports *ports;
    struct zv_dtls_ctx *ctx;
    struct zv_dtls_ctx *client_ctx; /* of the ends; NULL: ctx */
    /* SDES on the SIP leg: what the gateway sends with, and the far end; suite NONE: plain RTP */
    struct zv_crypto_key gateway_key, far_key;
    const struct watcher *watcher; /* NULL: nobody looks */
    struct zv_poller *poller;
    struct zv_udp_pool *pool;
    struct end *ends[4];
    size_t end_count;
    int seen[ZV_WORKER_EVENT_COUNT];
    struct zv_worker_event last[ZV_WORKER_EVENT_COUNT];
    struct zv_worker_event ready; /* of the last READY */
};

static inline struct zv_addr ip(const char *text)
{
    struct zv_addr addr;
    assert_int_equal(zv_addr_parse_ip(zv_str(text), &addr), 0);
    return addr;
}

static inline const char *home_of(const struct world *world)
{
    return world->home ? world->home : "127.0.0.1";
}

static inline void open_socket(struct world *world, struct zv_udp_socket *socket, size_t tag,
                               const char *address)
{
    const struct zv_udp_cfg cfg = {.bind = ip(address)};
    assert_int_equal(zv_udp_open(socket, &cfg), 0);
    assert_int_equal(zv_poller_add(world->poller, socket->fd, tag), 0);
}

/* A connection to the worker's TCP port; nothing is sent yet. */
static inline struct zv_tcp_socket dial(const struct world *world, const char *gateway_ip)
{
    struct zv_tcp_socket opened = {.remote = ip(gateway_ip)};
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);
    opened.remote.port = zv_worker_web_port(world->worker);
    opened.remote.transport = ZV_ADDR_TCP;
    opened.fd = socket(zv_sockaddr_family(&opened.remote), SOCK_STREAM | SOCK_CLOEXEC, 0);
    len = zv_sockaddr_write(&opened.remote, zv_sockaddr_family(&opened.remote), &name);
    assert_int_equal(connect(opened.fd, (struct sockaddr *)&name, len), 0);
    len = sizeof(name);
    assert_int_equal(getsockname(opened.fd, (struct sockaddr *)&name, &len), 0);
    assert_int_equal(zv_sockaddr_read((struct sockaddr *)&name, &opened.local), 0);
    opened.local.transport = ZV_ADDR_TCP;
    return opened;
}

static inline void open_end_of(struct world *world, struct end *end, enum zv_peer_kind kind,
                               enum zv_peer_medium medium, uint8_t pt)
{
    size_t tag = world->end_count * 2;
    const struct zv_peer_codec codecs[] = {{pt, 48000}, {0, 8000}};
    *end = (struct end){.pt = pt, .rtcp.fd = -1, .tcp.fd = -1};
    open_socket(world, &end->rtp, tag, kind == ZV_PEER_WEB ? home_of(world) : "127.0.0.1");
    if (kind == ZV_PEER_RTP) {
        open_socket(world, &end->rtcp, tag + 1, "127.0.0.1");
    } else if (world->is_tcp) {
        end->tcp = dial(world, home_of(world));
        assert_int_equal(zv_poller_add(world->poller, end->tcp.fd, tag + 1), 0);
    }
    const struct zv_peer_cfg cfg = {
        .kind = kind,
        .rand = zv_rand_os(),
        .local_rtp = end->rtp.local,
        .local_rtcp = end->rtcp.local,
        .dtls_ctx = world->client_ctx ? world->client_ctx : world->ctx,
        .ice_controlling = true,
        .rtcp_interval_us = ZV_MS(200),
        .medium = medium,
    };
    assert_int_equal(zv_peer_new(&end->peer, &cfg, zv_clock_now_us()), 0);
    if (medium == ZV_PEER_AUDIO)
        assert_int_equal(zv_peer_set_codecs(end->peer, codecs, ZV_ARRAY_LEN(codecs)), 0);
    world->ends[world->end_count++] = end;
}

static inline void open_end(struct world *world, struct end *end, enum zv_peer_kind kind,
                            uint8_t pt)
{
    open_end_of(world, end, kind, ZV_PEER_AUDIO, pt);
}

static inline void close_ends(struct world *world)
{
    for (size_t i = 0; i < world->end_count; i++) {
        struct end *end = world->ends[i];
        zv_peer_free(end->peer);
        zv_poller_remove(world->poller, end->rtp.fd);
        if (end->rtcp.fd >= 0)
            zv_poller_remove(world->poller, end->rtcp.fd);
        if (end->tcp.fd >= 0)
            zv_poller_remove(world->poller, end->tcp.fd);
        zv_udp_close(&end->rtp);
        zv_udp_close(&end->rtcp);
        zv_tcp_close(&end->tcp);
    }
    world->end_count = 0;
}

static inline void send_framed(struct end *end, const struct zv_dgram *out)
{
    uint8_t head[ZV_RTP_FRAME_HEAD_BYTES];
    zv_rtp_write_frame_head(head, out->len);
    assert_int_equal(zv_tcp_queue_put(&end->queue, head, sizeof(head), out->data, out->len), 0);
    int err = zv_tcp_queue_flush(&end->queue, &end->tcp);
    assert_true(!err || err == ZV_E_IO); /* the worker may have closed it */
    end->queue.count = err ? 0 : end->queue.count;
}

static inline void send_out(struct world *world, struct end *end, const struct zv_dgram *out)
{
    if (out->remote.transport == ZV_ADDR_TCP) {
        send_framed(end, out);
        return;
    }
    bool is_rtcp = end->rtcp.fd >= 0 && out->local.port == end->rtcp.local.port;
    if (world->watcher)
        world->watcher->on_sent_fn(world->watcher->arg, end, out);
    struct zv_udp_packet *packet = zv_udp_pool_take(world->pool);
    assert_non_null(packet);
    memcpy(packet->bytes, out->data, out->len);
    packet->dgram = *out;
    packet->dgram.data = packet->bytes;
    zv_udp_send(world->pool, is_rtcp ? &end->rtcp : &end->rtp, &packet, 1);
}

static inline void drain_end(struct world *world, struct end *end)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    struct zv_peer_wish wish;
    while (zv_peer_poll_dgram(end->peer, &out))
        send_out(world, end, &out);
    while (zv_peer_poll_event(end->peer, &event))
        end->seen[event.kind]++;
    while (zv_peer_poll_wish(end->peer, &wish))
        end->keyframe_wishes += wish.keyframe;
}

static inline void read_end(struct world *world, struct end *end,
                            const struct zv_udp_socket *socket)
{
    struct zv_udp_packet *packets[ZV_UDP_BATCH];
    uint64_t dropped = 0;
    size_t count = zv_udp_receive(world->pool, socket, packets, ZV_UDP_BATCH, &dropped);
    for (size_t i = 0; i < count; i++) {
        if (end->lose_every && ++end->arrived % end->lose_every == 0) {
            zv_udp_pool_give(world->pool, packets[i]);
            continue;
        }
        enum zv_peer_verdict verdict = zv_peer_receive(
            end->peer, &packets[i]->dgram, ZV_UDP_PACKET_BYTES, zv_clock_now_us(), &end->last);
        end->packets += verdict == ZV_PEER_PACKET;
        end->pictures += verdict == ZV_PEER_PACKET && end->last.medium == ZV_PEER_VIDEO;
        if (verdict == ZV_PEER_PACKET && world->watcher)
            world->watcher->on_packet_fn(world->watcher->arg, end);
        drain_end(world, end);
        zv_udp_pool_give(world->pool, packets[i]);
    }
}

static inline void read_framed(struct world *world, struct end *end)
{
    uint8_t bytes[4096], *at = bytes;
    size_t len, used;
    if (zv_tcp_read(&end->tcp, bytes, sizeof(bytes), &len)) { /* closed: the test looks for it */
        zv_poller_remove(world->poller, end->tcp.fd);
        zv_tcp_close(&end->tcp);
        return;
    }
    for (; len; at += used, len -= used) {
        if (zv_rtp_framer_take(&end->framer, at, len, &used) != ZV_RTP_FRAMING_FRAME)
            continue;
        const struct zv_dgram in = {.data = end->framer.bytes,
                                    .len = end->framer.len,
                                    .local = end->tcp.local,
                                    .remote = end->tcp.remote};
        end->packets += zv_peer_receive(end->peer, &in, sizeof(end->framer.bytes),
                                        zv_clock_now_us(), &end->last) == ZV_PEER_PACKET;
        drain_end(world, end);
    }
}

/* ---- The world ---- */

static inline void drain_worker(struct world *world)
{
    struct zv_worker_event event;
    while (zv_worker_drain(world->worker, &event)) {
        world->seen[event.kind]++;
        world->last[event.kind] = event;
        if (event.kind == ZV_WORKER_READY)
            world->ready = event;
    }
}

static inline int64_t next_deadline_us(struct world *world, int64_t give_up_us)
{
    for (size_t i = 0; i < world->end_count; i++)
        give_up_us = zv_time_min(give_up_us, zv_peer_deadline_us(world->ends[i]->peer));
    return give_up_us;
}

static inline void turn(struct world *world, int64_t give_up_us)
{
    uint64_t tags[ZV_POLLER_BATCH];
    size_t count =
        zv_poller_wait(world->poller, zv_clock_now_us(), next_deadline_us(world, give_up_us), tags);
    for (size_t i = 0; i < count; i++) {
        struct end *end = world->ends[tags[i] / 2];
        if (tags[i] % 2 && end->tcp.fd >= 0)
            read_framed(world, end);
        else
            read_end(world, end, tags[i] % 2 ? &end->rtcp : &end->rtp);
    }
    int64_t now_us = zv_clock_now_us();
    for (size_t i = 0; i < world->end_count; i++) {
        if (zv_peer_deadline_us(world->ends[i]->peer) <= now_us) {
            zv_peer_on_timeout(world->ends[i]->peer, now_us);
            drain_end(world, world->ends[i]);
        }
    }
    drain_worker(world);
}

/* Runs until `*value` has reached `wanted`; the test fails when it does not. */
static inline void wait_for(struct world *world, const int *value, int wanted)
{
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    while (*value < wanted) {
        if (zv_clock_now_us() >= give_up_us)
            fail_msg("waited for nothing");
        turn(world, give_up_us);
    }
}

static inline void wait_for_packets(struct world *world, struct end *end, uint64_t wanted)
{
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    while (end->packets < wanted) {
        if (zv_clock_now_us() >= give_up_us)
            fail_msg("%llu of %llu packets came", (unsigned long long)end->packets,
                     (unsigned long long)wanted);
        turn(world, give_up_us);
    }
}

static inline bool is_free(uint16_t first, int count)
{
    for (int i = 0; i < count; i++) {
        struct zv_udp_socket probe;
        struct zv_udp_cfg cfg = {.bind = ip("127.0.0.1")};
        cfg.bind.port = (uint16_t)(first + i);
        if (zv_udp_open(&probe, &cfg))
            return false;
        zv_udp_close(&probe);
    }
    return true;
}

/* A free stretch of ports, found by letting the system choose where it begins. */
static inline struct zv_ports *make_ports(int pairs, int64_t rest_us)
{
    struct zv_udp_socket probe;
    struct zv_ports *ports;
    const struct zv_udp_cfg cfg = {.bind = ip("127.0.0.1")};
    uint16_t first;
    do {
        assert_int_equal(zv_udp_open(&probe, &cfg), 0);
        first = (uint16_t)(probe.local.port & ~1);
        zv_udp_close(&probe);
    } while (first + 2 * pairs > UINT16_MAX || !is_free(first, 2 * pairs));
    const struct zv_ports_cfg ports_cfg = {.first = first,
                                           .last = (uint16_t)(first + 2 * pairs - 1),
                                           .rest_us = rest_us,
                                           .rand = zv_rand_os()};
    assert_int_equal(zv_ports_new(&ports, &ports_cfg), 0);
    return ports;
}

static inline void open_world_with_tcp(struct world *world, const char *bind,
                                       struct zv_ports *ports, const struct zv_worker_tcp_cfg *tcp)
{
    *world = (struct world){.ports = ports, .is_tcp = tcp->is_enabled};
    const struct zv_dtls_ctx_cfg ctx_cfg = {.now_unix_s = zv_clock_wall_us() / ZV_US_PER_S};
    assert_int_equal(zv_dtls_ctx_new(&world->ctx, &ctx_cfg), 0);
    assert_int_equal(zv_poller_new(&world->poller), 0);
    assert_int_equal(zv_udp_pool_new(&world->pool, 64), 0);
    const struct zv_worker_cfg cfg = {
        .index = 3,
        .web_binds = {ip(bind)},
        .web_bind_count = 1,
        .ports = world->ports,
        .dtls_ctx = world->ctx,
        .max_calls = MAX_CALLS,
        .tcp = *tcp,
        .wake_fn = zv_poller_ring,
        .wake_arg = world->poller,
    };
    assert_int_equal(zv_worker_new(&world->worker, &cfg), 0);
    assert_int_equal(zv_worker_start(world->worker), 0);
}

static inline void open_world(struct world *world, const char *bind, struct zv_ports *ports)
{
    open_world_with_tcp(world, bind, ports, &(struct zv_worker_tcp_cfg){.is_enabled = false});
}

static inline void close_world(struct world *world)
{
    struct zv_worker_gauges gauges;
    struct zv_ports_gauges ports;
    close_ends(world);
    zv_worker_stop(world->worker);
    drain_worker(world);
    assert_int_equal(world->seen[ZV_WORKER_STOPPED], 1);
    zv_worker_gauges(world->worker, &gauges);
    zv_ports_gauges(world->ports, INT64_MAX, &ports);
    assert_int_equal(gauges.calls, 0);
    assert_int_equal(gauges.sockets, 0);
    assert_int_equal(gauges.tuples, 0);
    assert_int_equal(gauges.streams, 0);
    assert_int_equal(ports.used, 0);
    zv_worker_free(world->worker);
    zv_ports_free(world->ports);
    zv_udp_pool_free(world->pool);
    zv_poller_free(world->poller);
    zv_dtls_ctx_unref(world->ctx);
}

/* ---- Commands ---- */

static const zv_call_id call_1 = {(UINT64_C(3) << 56) | (UINT64_C(2) << 32) | 1}; /* slot 2 */

static inline void post(struct world *world, const struct zv_worker_cmd *cmd)
{
    assert_int_equal(zv_worker_post(world->worker, cmd), 0);
}

static inline struct zv_worker_cmd create_cmd(zv_call_id call, uint8_t kind_0, uint8_t kind_1)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_CREATE, .call = call};
    uint8_t kinds[] = {kind_0, kind_1};
    for (size_t i = 0; i < 2; i++) {
        cmd.create.legs[i].kind = kinds[i];
        if (kinds[i] == ZV_LEG_KIND_RTP)
            cmd.create.legs[i].local = ip("127.0.0.1");
    }
    return cmd;
}

static inline void create(struct world *world, zv_call_id call, uint8_t kind_0, uint8_t kind_1)
{
    struct zv_worker_cmd cmd = create_cmd(call, kind_0, kind_1);
    int before = world->seen[ZV_WORKER_READY];
    post(world, &cmd);
    wait_for(world, &world->seen[ZV_WORKER_READY], before + 1);
}

static inline void close_call(struct world *world, zv_call_id call)
{
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_CLOSE, .call = call};
    int before = world->seen[ZV_WORKER_CLOSED];
    post(world, &cmd);
    wait_for(world, &world->seen[ZV_WORKER_CLOSED], before + 1);
}

static inline void set_codecs(struct world *world, zv_call_id call, uint8_t pt_0, uint8_t pt_1)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_CODECS, .call = call};
    cmd.codecs.pairs[0] =
        (struct zv_bridge_pair){.pt = {pt_0, pt_1}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 48000};
    cmd.codecs.pairs[1] =
        (struct zv_bridge_pair){.pt = {0, 0}, .kind = ZV_BRIDGE_AUDIO, .clock_hz = 8000};
    cmd.codecs.count = 2;
    post(world, &cmd);
}

/* The client learns what the gateway said, and the other way round. */
static inline void join_web(struct world *world, zv_call_id call, uint8_t leg, struct end *client,
                            const char *gateway_ip)
{
    const struct zv_worker_leg_ready *ready = &world->ready.ready.legs[leg];
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_WEB_REMOTE, .leg = leg, .call = call};
    struct zv_peer_local local;
    int64_t now_us = zv_clock_now_us();
    zv_peer_local(client->peer, &local);
    assert_int_equal(zv_str_copy(local.ufrag, cmd.web_remote.ufrag, sizeof(cmd.web_remote.ufrag)),
                     0);
    assert_int_equal(zv_str_copy(local.pwd, cmd.web_remote.pwd, sizeof(cmd.web_remote.pwd)), 0);
    assert_int_equal(zv_str_copy(local.fingerprint, cmd.web_remote.fingerprint,
                                 sizeof(cmd.web_remote.fingerprint)),
                     0);
    post(world, &cmd);
    const struct zv_peer_web_remote remote = {
        .ufrag = zv_str(ready->ufrag),
        .pwd = zv_str(ready->pwd),
        .fingerprint = zv_str(zv_dtls_ctx_fingerprint(world->ctx)),
        .dtls_client = true,
    };
    struct zv_addr candidate = ip(gateway_ip);
    const struct zv_addr *own = client->tcp.fd >= 0 ? &client->tcp.local : &client->rtp.local;
    candidate.port = ready->rtp.port;
    candidate.transport = own->transport;
    if (!client->seen[ZV_PEER_EVENT_ICE_NOMINATED])
        assert_int_equal(zv_peer_add_local(client->peer, own, now_us), 0);
    drain_end(world, client);
    assert_int_equal(zv_peer_add_candidate(client->peer, &candidate, 1, now_us), 0);
    drain_end(world, client);
    assert_int_equal(zv_peer_set_web_remote(client->peer, &remote, now_us), 0);
    drain_end(world, client);
}

static inline void join_sip_leg(struct world *world, zv_call_id call, uint8_t leg, struct end *far)
{
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_SIP_REMOTE, .leg = leg, .call = call};
    cmd.sip_remote.rtp = far->rtp.local;
    cmd.sip_remote.rtcp = far->rtcp.local;
    cmd.sip_remote.version = 1;
    cmd.sip_remote.tx_key = world->gateway_key;
    cmd.sip_remote.rx_key = world->far_key;
    post(world, &cmd);
    const struct zv_peer_rtp_remote remote = {
        .rtp = world->ready.ready.legs[leg].rtp,
        .rtcp = world->ready.ready.legs[ZV_WORKER_LEG_SIP].rtcp,
        .version = 1,
        .tx_key = world->far_key,
        .rx_key = world->gateway_key,
    };
    assert_int_equal(zv_peer_set_rtp_remote(far->peer, &remote, zv_clock_now_us()), 0);
    drain_end(world, far);
}

static inline void join_sip(struct world *world, zv_call_id call, struct end *far)
{
    join_sip_leg(world, call, ZV_WORKER_LEG_SIP, far);
}

/* A packet with this payload; `ts_step` is its length in units of the RTP clock. */
static inline void say(struct world *world, struct end *end, const uint8_t *payload, size_t len,
                       uint32_t ts_step)
{
    uint8_t bytes[1000] = {0};
    const struct zv_rtp_rewrite fields = {
        .pt = end->pt, .seq = end->seq, .ts = end->seq * ts_step, .ssrc = 1};
    struct zv_peer_packet packet = {
        .data = bytes, .len = ZV_RTP_HEADER_BYTES + len, .cap = sizeof(bytes)};
    struct zv_dgram out;
    end->seq++;
    zv_rtp_write_header(bytes, &fields);
    memcpy(bytes + ZV_RTP_HEADER_BYTES, payload, len);
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    assert_int_equal(zv_peer_send_rtp(end->peer, &packet, end->pt, zv_clock_now_us(), &out),
                     ZV_PEER_PACKET);
    send_out(world, end, &out);
}

static inline void speak(struct world *world, struct end *end)
{
    uint8_t payload[PAYLOAD];
    memset(payload, end->pt, sizeof(payload));
    say(world, end, payload, sizeof(payload), 960);
}

/* `count` packets each way, a few in flight at a time. */
static inline void converse(struct world *world, struct end *a, struct end *b, uint64_t count)
{
    uint64_t at_a = a->packets, at_b = b->packets;
    for (uint64_t i = 1; i <= count; i++) {
        speak(world, a);
        speak(world, b);
        if (i % 8 && i != count)
            continue;
        wait_for_packets(world, b, at_b + i);
        wait_for_packets(world, a, at_a + i);
    }
}

/* A call from a client to a SIP far end, connected. */
static inline void connect_call(struct world *world, zv_call_id call, struct end *client,
                                struct end *far, const char *gateway_ip)
{
    open_end(world, client, ZV_PEER_WEB, OPUS_WEB);
    open_end(world, far, ZV_PEER_RTP, OPUS_SIP);
    create(world, call, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    set_codecs(world, call, OPUS_WEB, OPUS_SIP);
    join_web(world, call, ZV_WORKER_LEG_WEB, client, gateway_ip);
    join_sip(world, call, far);
    wait_for(world, &world->seen[ZV_WORKER_DTLS_CONNECTED], 1);
    wait_for(world, &client->seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
}

#endif
