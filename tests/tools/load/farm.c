#include "tools/load/farm_int.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "io/clock.h"
#include "io/udp_large.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define PACKET_US      ZV_MS(20)
#define PACKET_SAMPLES 160
#define PACKETS        512
#define LATE_US        ZV_MS(5)
#define BUFFER_BYTES   (4 << 20)
#define MAX_MESSAGE    65536
#define MAX_ANSWER     8192
#define MAX_SDP        1024
/* Datagrams read at one socket in one turn. */
#define READS 32

/* ---- Out ---- */

static void flush(void *farm_)
{
    struct zv_load_farm *farm = farm_;
    if (farm->out_count)
        zv_udp_send(farm->pool, &farm->rtp, farm->out, farm->out_count);
    farm->out_count = 0;
}

struct zv_udp_packet *zv_load_farm_take_packet(struct zv_load_farm *farm)
{
    if (farm->out_count == ZV_LOAD_FARM_MAX_SEND)
        flush(farm);
    return zv_udp_pool_take(farm->pool);
}

static void speak(struct zv_load_farm_call *call, int64_t now_us)
{
    struct zv_load_farm *farm = call->farm;
    struct zv_udp_packet *out = zv_load_farm_take_packet(farm);
    if (!out)
        return;
    struct zv_peer_packet packet = {
        .data = out->bytes, .len = ZV_RTP_HEADER_BYTES + PACKET_SAMPLES, .cap = sizeof(out->bytes)};
    const struct zv_rtp_rewrite header = {
        .pt = farm->pt, .seq = call->seq++, .ts = call->ts, .ssrc = 1, .marker = !call->ts};
    call->ts += PACKET_SAMPLES;
    zv_rtp_write_header(out->bytes, &header);
    zv_load_voice_speak(&call->voice, out->bytes + ZV_RTP_HEADER_BYTES, PACKET_SAMPLES);
    if (zv_rtp_parse(out->bytes, packet.len, &packet.header) == ZV_RTP_PASS &&
        zv_peer_send_rtp(call->peer, &packet, farm->pt, now_us, &out->dgram) == ZV_PEER_PACKET)
        farm->out[farm->out_count++] = out;
    else
        zv_udp_pool_give(farm->pool, out);
}

static const struct zv_udp_socket *socket_of(const struct zv_load_farm *farm,
                                             const struct zv_addr *local)
{
    const struct zv_udp_socket *sockets[] = {&farm->rtcp, &farm->video, &farm->video_rtcp};
    for (size_t i = 0; i < ZV_ARRAY_LEN(sockets); i++) {
        if (sockets[i]->local.port == local->port)
            return sockets[i];
    }
    return &farm->rtp;
}

/* RTCP, a few datagrams a second. */
static void drain(struct zv_load_farm_call *call, struct zv_peer *peer)
{
    struct zv_dgram out;
    struct zv_peer_event event;
    struct zv_peer_wish wish;
    while (zv_peer_poll_dgram(peer, &out)) {
        int err = zv_udp_send_large(socket_of(call->farm, &out.local), &out);
        (void)err; /* lost, as on any network */
    }
    while (zv_peer_poll_event(peer, &event))
        ;
    while (zv_peer_poll_wish(peer, &wish))
        call->camera.wants_keyframe |= wish.keyframe;
}

static int64_t deadline_of(const struct zv_peer *peer)
{
    return peer ? zv_peer_deadline_us(peer) : ZV_TIME_NEVER;
}

static void arm(struct zv_load_farm_call *call)
{
    int64_t at_us = zv_time_min(call->next_packet_us, call->next_frame_us);
    at_us = zv_time_min(at_us, deadline_of(call->peer));
    zv_load_loop_arm(call->farm->cfg.loop, &call->timer,
                     zv_time_min(at_us, deadline_of(call->video_peer)));
}

static void pass_time(struct zv_load_farm_call *call, struct zv_peer *peer, int64_t now_us)
{
    if (deadline_of(peer) > now_us)
        return;
    zv_peer_on_timeout(peer, now_us);
    drain(call, peer);
}

static void on_timer(void *call_, int64_t now_us)
{
    struct zv_load_farm_call *call = call_;
    struct zv_load_farm *farm = call->farm;
    pass_time(call, call->peer, now_us);
    pass_time(call, call->video_peer, now_us);
    if (call->next_packet_us <= now_us) {
        int64_t late_us = now_us - call->next_packet_us;
        farm->late += late_us > LATE_US;
        farm->latest_us = ZV_MAX(farm->latest_us, late_us);
        speak(call, now_us);
        call->next_packet_us += PACKET_US;
    }
    if (call->next_frame_us <= now_us) {
        zv_load_farm_send_frame(call, now_us);
        call->next_frame_us += ZV_WC_PICTURE_US;
    }
    arm(call);
}

/* ---- In ---- */

static void take_packet_of(struct zv_load_farm_call *call, const struct zv_peer_packet *packet)
{
    const uint8_t *payload = packet->data + packet->header.payload_at;
    if (packet->medium == ZV_PEER_VIDEO)
        zv_wc_picture_see(&call->picture, payload, packet->header.payload_len);
    else
        zv_load_voice_hear(&call->voice, payload, packet->header.payload_len);
}

static void take_datagram(struct zv_load_farm *farm, const struct zv_udp_packet *in, bool is_video,
                          int64_t now_us)
{
    struct zv_load_farm_call *call = farm->by_port[in->dgram.remote.port];
    struct zv_peer *peer = !call ? NULL : is_video ? call->video_peer : call->peer;
    struct zv_peer_packet packet;
    if (!peer) {
        farm->unknown++;
        return;
    }
    switch (zv_peer_receive(peer, &in->dgram, sizeof(in->bytes), now_us, &packet)) {
    case ZV_PEER_PACKET:
        take_packet_of(call, &packet);
        if (is_video) /* a gap may be asked for again */
            drain(call, peer);
        break;
    case ZV_PEER_CONSUMED:
        drain(call, peer);
        break;
    case ZV_PEER_DROP:
        break;
    }
}

static void read_media(struct zv_load_farm *farm, const struct zv_udp_socket *socket,
                       int64_t now_us)
{
    struct zv_udp_packet *packets[ZV_UDP_BATCH];
    bool is_video = socket == &farm->video || socket == &farm->video_rtcp;
    for (int i = 0; i < READS; i++) {
        uint64_t dropped = 0;
        size_t count = zv_udp_receive(farm->pool, socket, packets, ZV_UDP_BATCH, &dropped);
        for (size_t k = 0; k < count; k++) {
            take_datagram(farm, packets[k], is_video, now_us);
            zv_udp_pool_give(farm->pool, packets[k]);
        }
        if (count + dropped < ZV_UDP_BATCH)
            return;
    }
}

static void on_rtp(void *farm_, int64_t now_us)
{
    struct zv_load_farm *farm = farm_;
    read_media(farm, &farm->rtp, now_us);
}

static void on_rtcp(void *farm_, int64_t now_us)
{
    struct zv_load_farm *farm = farm_;
    read_media(farm, &farm->rtcp, now_us);
}

static void on_video(void *farm_, int64_t now_us)
{
    struct zv_load_farm *farm = farm_;
    read_media(farm, &farm->video, now_us);
}

static void on_video_rtcp(void *farm_, int64_t now_us)
{
    struct zv_load_farm *farm = farm_;
    read_media(farm, &farm->video_rtcp, now_us);
}

/* ---- Calls ---- */

static struct zv_load_farm_call *find_call(const struct zv_load_farm *farm, struct zv_str call_id)
{
    for (unsigned i = 0; i < farm->call_count; i++) {
        if (zv_str_is(call_id, farm->calls[i]->call_id))
            return farm->calls[i];
    }
    return NULL;
}

void zv_load_farm_listen_to(struct zv_load_farm *farm, const struct zv_peer_rtp_remote *remote,
                            struct zv_load_farm_call *call)
{
    farm->by_port[remote->rtp.port] = call;
    farm->by_port[remote->rtcp.port] = call;
}

static int open_peer(struct zv_load_farm_call *call, const struct zv_plan_sip_remote *plan,
                     int64_t now_us)
{
    struct zv_load_farm *farm = call->farm;
    const struct zv_peer_cfg cfg = {.kind = ZV_PEER_RTP,
                                    .rand = farm->cfg.rand,
                                    .local_rtp = farm->rtp.local,
                                    .local_rtcp = farm->rtcp.local,
                                    .wall_offset_us = zv_clock_wall_offset_us()};
    const struct zv_peer_codec codec = {farm->pt, 8000};
    const struct zv_peer_rtp_remote remote = {
        .rtp = plan->audio.rtp, .rtcp = plan->audio.rtcp, .version = 1};
    int err = zv_peer_new(&call->peer, &cfg, now_us);
    if (!err)
        err = zv_peer_set_codecs(call->peer, &codec, 1);
    if (!err)
        err = zv_peer_set_rtp_remote(call->peer, &remote, now_us);
    if (!err)
        zv_load_farm_listen_to(farm, &remote, call);
    return err;
}

/* "1007" where the first caller is 1001: call 6. */
static bool read_number(const struct zv_load_farm *farm, const struct zv_sip_msg *msg,
                        unsigned *ret_number)
{
    uint32_t user;
    if (zv_str_to_u32(msg->from.uri.user, &user) || user < farm->cfg.first_caller)
        return false;
    *ret_number = user - farm->cfg.first_caller;
    return true;
}

int64_t zv_load_farm_first_us(const struct zv_load_farm *farm, int64_t interval_us, int64_t now_us)
{
    return farm->cfg.is_in_step ? (now_us / interval_us + 1) * interval_us
                                : now_us + zv_rand_u32(farm->cfg.rand) % interval_us;
}

static void begin(struct zv_load_farm_call *call, int64_t now_us)
{
    struct zv_load_farm *farm = call->farm;
    const struct zv_load_voice_cfg voice = {
        .mode = farm->cfg.mode, .end = ZV_LOAD_FAR_END, .law = farm->law, .delays = farm->delays};
    zv_load_voice_init(&call->voice, &voice, call->number);
    call->timer = (struct zv_load_timer){.fn = on_timer, .arg = call};
    call->next_packet_us = zv_load_farm_first_us(farm, PACKET_US, now_us);
    zv_load_farm_begin_video(call, now_us);
    arm(call);
}

/* No packet is its any more. */
static void forget(struct zv_load_farm_call *call)
{
    struct zv_load_farm *farm = call->farm;
    for (unsigned i = 0; i < ZV_LOAD_FARM_PORTS; i++) {
        if (farm->by_port[i] == call)
            farm->by_port[i] = NULL;
    }
    call->peer = zv_peer_free(call->peer);
    call->video_peer = zv_peer_free(call->video_peer);
}

static struct zv_load_farm_call *open_call(struct zv_load_farm *farm, const struct zv_sip_msg *msg,
                                           int64_t now_us)
{
    static const struct zv_plan_sip plain = {.srtp = ZV_SRTP_POLICY_OFF};
    struct zv_sdp sdp;
    struct zv_plan_sip_remote remote;
    unsigned number;
    if (farm->call_count == farm->cfg.max_calls || !read_number(farm, msg, &number) ||
        zv_sdp_parse(msg->body, &sdp) ||
        zv_plan_read_sip(&sdp, false, &plain, &remote) != ZV_PLAN_OK)
        return NULL;
    struct zv_load_farm_call *call = zv_zalloc(sizeof(*call));
    if (!call)
        return NULL;
    call->farm = farm;
    call->number = number;
    if (zv_str_copy(msg->call_id, call->call_id, sizeof(call->call_id)) ||
        open_peer(call, &remote, now_us) || zv_load_farm_open_video(call, &sdp, &remote, now_us)) {
        forget(call);
        return zv_free(call);
    }
    farm->calls[farm->call_count++] = call;
    begin(call, now_us);
    return call;
}

static void close_call(struct zv_load_farm_call *call)
{
    zv_timer_disarm(&call->farm->cfg.loop->timers, &call->timer.timer);
    forget(call);
    call->is_over = true;
}

/* ---- Messages ---- */

static void on_message(struct zv_load_farm *farm, const struct zv_dgram *in, int64_t now_us)
{
    char text[MAX_ANSWER], body[MAX_SDP];
    struct zv_buf answer = zv_buf(text, sizeof(text)), sdp = zv_buf(body, sizeof(body));
    struct zv_sip_msg msg;
    if (zv_sip_msg_parse(in->data, in->len, &msg) || !msg.is_request)
        return;
    struct zv_load_farm_call *call = find_call(farm, msg.call_id);
    if (msg.method == ZV_SIP_METHOD_INVITE && !call)
        call = open_call(farm, &msg, now_us);
    if (msg.method == ZV_SIP_METHOD_INVITE && !call) {
        farm->refused++;
        return; /* unheard: the caller's timer tells, and the result too */
    }
    if (msg.method == ZV_SIP_METHOD_BYE && call && !call->is_over)
        close_call(call);
    zv_load_uas_write_sdp(&farm->rtp.local, &farm->rtcp.local, farm->pt, &sdp);
    if (call && call->video_peer)
        zv_load_uas_write_video(&call->video, &sdp);
    if (!zv_load_uas_answer(&msg, &farm->sip.local, zv_buf_str(&sdp), &answer))
        return;
    const struct zv_dgram out = {
        .data = (uint8_t *)text, .len = answer.len, .local = farm->sip.local, .remote = in->remote};
    int err = zv_udp_send_large(&farm->sip, &out);
    (void)err; /* the request comes again */
}

static void on_sip(void *farm_, int64_t now_us)
{
    struct zv_load_farm *farm = farm_;
    static uint8_t message[MAX_MESSAGE];
    for (int i = 0; i < READS; i++) {
        struct zv_dgram in = {.data = message};
        int err = zv_udp_receive_large(&farm->sip, &in, sizeof(message));
        if (err == ZV_E_AGAIN)
            return;
        if (!err)
            on_message(farm, &in, now_us);
    }
}

/* ---- Lifecycle ---- */

static int open_socket(struct zv_load_farm *farm, const struct zv_addr *bind,
                       struct zv_udp_socket *socket, struct zv_load_watch *watch)
{
    const struct zv_udp_cfg cfg = {.bind = *bind, .buffer_bytes = BUFFER_BYTES};
    int err = zv_udp_open(socket, &cfg);
    return err ? err : zv_load_loop_watch(farm->cfg.loop, socket->fd, EPOLLIN, watch);
}

static int open_sockets(struct zv_load_farm *farm)
{
    struct zv_addr any = farm->cfg.sip;
    any.port = 0;
    int err = open_socket(farm, &farm->cfg.sip, &farm->sip, &farm->sip_watch);
    if (!err)
        err = open_socket(farm, &any, &farm->rtp, &farm->rtp_watch);
    if (!err)
        err = open_socket(farm, &any, &farm->rtcp, &farm->rtcp_watch);
    if (!err)
        err = open_socket(farm, &any, &farm->video, &farm->video_watch);
    return err ? err : open_socket(farm, &any, &farm->video_rtcp, &farm->video_rtcp_watch);
}

int zv_load_farm_new(struct zv_load_farm **ret_farm, const struct zv_load_farm_cfg *cfg)
{
    struct zv_load_farm *farm = zv_zalloc(sizeof(*farm));
    if (!farm)
        return ZV_E_NOMEM;
    farm->cfg = *cfg;
    farm->sip.fd = farm->rtp.fd = farm->rtcp.fd = farm->video.fd = farm->video_rtcp.fd = -1;
    farm->sip_watch = (struct zv_load_watch){on_sip, farm};
    farm->rtp_watch = (struct zv_load_watch){on_rtp, farm};
    farm->rtcp_watch = (struct zv_load_watch){on_rtcp, farm};
    farm->video_watch = (struct zv_load_watch){on_video, farm};
    farm->video_rtcp_watch = (struct zv_load_watch){on_video_rtcp, farm};
    farm->delays = zv_zalloc(sizeof(*farm->delays));
    farm->video_delays = zv_zalloc(sizeof(*farm->video_delays));
    farm->calls = zv_calloc(cfg->max_calls, sizeof(struct zv_load_farm_call *));
    int err = farm->delays && farm->video_delays && farm->calls
                  ? zv_load_law_of(cfg->codec, &farm->law)
                  : ZV_E_NOMEM;
    farm->pt = farm->law == ZV_G711_ALAW ? 8 : 0;
    if (!err)
        err = zv_udp_pool_new(&farm->pool, PACKETS);
    if (!err)
        err = open_sockets(farm);
    if (err) {
        zv_load_farm_free(farm);
        return err;
    }
    cfg->loop->after_turn_fn = flush;
    cfg->loop->arg = farm;
    *ret_farm = farm;
    return 0;
}

struct zv_load_farm *zv_load_farm_free(struct zv_load_farm *farm)
{
    if (!farm)
        return NULL;
    for (unsigned i = 0; i < farm->call_count; i++) {
        zv_peer_free(farm->calls[i]->peer);
        zv_peer_free(farm->calls[i]->video_peer);
        zv_free(farm->calls[i]);
    }
    zv_udp_close(&farm->sip);
    zv_udp_close(&farm->rtp);
    zv_udp_close(&farm->rtcp);
    zv_udp_close(&farm->video);
    zv_udp_close(&farm->video_rtcp);
    for (size_t i = 0; i < farm->out_count; i++)
        zv_udp_pool_give(farm->pool, farm->out[i]);
    zv_udp_pool_free(farm->pool);
    zv_free(farm->delays);
    zv_free(farm->video_delays);
    zv_free(farm->calls);
    return zv_free(farm);
}

struct zv_addr zv_load_farm_address(const struct zv_load_farm *farm)
{
    return farm->sip.local;
}

/* ---- What is told ---- */

static void report_wrong(const struct zv_load_farm_call *call)
{
    const struct zv_load_ear *ear = &call->voice.ear;
    zv_load_print("wrong",
                  json_pack("{s:i, s:f, s:i, s:i, s:f, s:f, s:i}", "call", (int)call->number, "hz",
                            ear->hz, "right", (int)ear->right, "wrong", (int)ear->wrong,
                            "worstPurity", ear->worst_purity, "worstForeign", ear->worst_foreign,
                            "foreign", (int)call->voice.probe.foreign));
}

bool zv_load_farm_report(const struct zv_load_farm *farm)
{
    struct zv_load_sum sum = {.worst_purity = 1}, video = {0};
    unsigned over = 0, seen = 0;
    for (unsigned i = 0; i < farm->call_count; i++) {
        const struct zv_load_farm_call *call = farm->calls[i];
        zv_load_sum_add(&sum, &call->voice);
        zv_load_sum_add_probe(&video, &call->video_probe);
        over += call->is_over;
        seen += call->video_probe.rx > 0;
        if (call->voice.ear.wrong || call->voice.probe.foreign || call->video_probe.foreign)
            report_wrong(call);
    }
    bool is_ok = !farm->refused && !sum.wrong && !sum.foreign && over == farm->call_count &&
                 !video.foreign && (!farm->cfg.has_video || seen == farm->call_count) &&
                 (farm->cfg.mode == ZV_LOAD_PROBES || sum.ears == farm->call_count);
    json_t *fields = json_pack("{s:b, s:i, s:i, s:i, s:I, s:I, s:I}", "ok", is_ok, "calls",
                               (int)farm->call_count, "over", (int)over, "refused",
                               (int)farm->refused, "unknown", (json_int_t)farm->unknown, "late",
                               (json_int_t)farm->late, "latestUs", (json_int_t)farm->latest_us);
    json_object_update_new(fields, zv_load_sum_report(&sum, farm->cfg.mode, farm->delays));
    if (farm->cfg.has_video)
        json_object_set_new(fields, "video",
                            zv_load_sum_report(&video, ZV_LOAD_PROBES, farm->video_delays));
    zv_load_print("result", fields);
    return is_ok;
}
