/*
 * Video in the worker's tests: a call's third leg with a far end of its own, and pictures of VP8 of
 * one packet each.
 */
#ifndef ZV_TESTS_UNIT_WORKER_PICTURES_H
#define ZV_TESTS_UNIT_WORKER_PICTURES_H

#include "sdp/codec.h"
#include "unit/worker/world.h"

#define VP8_WEB 96
#define RTX_WEB 97
#define VP8_SIP 111 /* what the client calls Opus */
#define PICTURE 200 /* bytes */

/* The numbers of a call; both sides take all feedback that there is. */
static inline struct zv_worker_cmd video_cmd(zv_call_id call)
{
    const uint8_t all = ZV_VIDEO_NACK | ZV_VIDEO_PLI | ZV_VIDEO_FIR;
    struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_VIDEO, .call = call};
    cmd.video[0] = (struct zv_peer_video_cfg){.codec = ZV_VIDEO_VP8,
                                              .feedback = all | ZV_VIDEO_TRANSPORT_CC,
                                              .cc_id = 3,
                                              .tx_pt = VP8_WEB,
                                              .rx_pt = VP8_WEB,
                                              .rtx_pt = RTX_WEB};
    cmd.video[1] = (struct zv_peer_video_cfg){.codec = ZV_VIDEO_VP8,
                                              .feedback = all,
                                              .tx_pt = VP8_SIP,
                                              .rx_pt = VP8_SIP,
                                              .rtx_pt = ZV_PT_NONE};
    return cmd;
}

/* An end agrees with the gateway about everything. */
static inline void agree(struct end *end, const struct zv_peer_video_cfg *cfg)
{
    assert_int_equal(zv_peer_set_video(end->peer, cfg, zv_clock_now_us()), 0);
}

/* The third leg is open: both ends and the gateway begin with video. */
static inline void begin_video(struct world *world, const struct zv_worker_cmd *cmd,
                               struct end *client, struct end *camera)
{
    open_end_of(world, camera, ZV_PEER_RTP, ZV_PEER_VIDEO, VP8_SIP);
    post(world, cmd);
    join_sip_leg(world, cmd->call, ZV_WORKER_LEG_VIDEO, camera);
    agree(client, &cmd->video[0]);
    agree(camera, &cmd->video[1]);
}

static inline size_t write_picture(struct end *end, uint8_t pt, bool is_key, uint8_t *dst)
{
    static const uint8_t key[] = {0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0};
    static const uint8_t delta[] = {0x10, 0x11, 0, 0};
    const struct zv_rtp_rewrite fields = {
        .marker = true, .pt = pt, .seq = end->video_seq, .ts = end->video_seq * 3000U, .ssrc = 2};
    end->video_seq++;
    memset(dst, 0, ZV_RTP_HEADER_BYTES + PICTURE);
    zv_rtp_write_header(dst, &fields);
    memcpy(dst + ZV_RTP_HEADER_BYTES, is_key ? key : delta, is_key ? sizeof(key) : sizeof(delta));
    return ZV_RTP_HEADER_BYTES + PICTURE;
}

/* The far end of a leg sends a picture; `is_lost`: on the way. */
static inline void show_or_lose(struct world *world, struct end *end, uint8_t pt, bool is_key,
                                bool is_lost)
{
    uint8_t bytes[1000];
    struct zv_peer_packet packet = {.data = bytes, .cap = sizeof(bytes), .medium = ZV_PEER_VIDEO};
    struct zv_dgram out;
    packet.len = write_picture(end, pt, is_key, bytes);
    packet.picture.is_keyframe_start = is_key;
    assert_int_equal(zv_rtp_parse(bytes, packet.len, &packet.header), ZV_RTP_PASS);
    assert_int_equal(zv_peer_send_rtp(end->peer, &packet, pt, zv_clock_now_us(), &out),
                     ZV_PEER_PACKET);
    if (!is_lost)
        send_out(world, end, &out);
}

static inline void show(struct world *world, struct end *end, uint8_t pt, bool is_key)
{
    show_or_lose(world, end, pt, is_key, false);
}

static inline void wait_for_pictures(struct world *world, const struct end *end, uint64_t wanted)
{
    int64_t give_up_us = zv_clock_now_us() + PATIENCE_US;
    while (end->pictures < wanted) {
        if (zv_clock_now_us() >= give_up_us)
            fail_msg("%llu of %llu pictures came", (unsigned long long)end->pictures,
                     (unsigned long long)wanted);
        turn(world, give_up_us);
    }
}

/* A call with sound and picture. */
static inline void connect_video_call(struct world *world, struct end *client, struct end *far,
                                      struct end *camera, const struct zv_worker_cmd *video)
{
    struct zv_worker_cmd cmd = create_cmd(call_1, ZV_LEG_KIND_WEB, ZV_LEG_KIND_RTP);
    cmd.create.legs[ZV_WORKER_LEG_VIDEO] = cmd.create.legs[ZV_WORKER_LEG_SIP];
    open_end(world, client, ZV_PEER_WEB, OPUS_WEB);
    open_end(world, far, ZV_PEER_RTP, OPUS_SIP);
    post(world, &cmd);
    wait_for(world, &world->seen[ZV_WORKER_READY], 1);
    set_codecs(world, call_1, OPUS_WEB, OPUS_SIP);
    begin_video(world, video, client, camera);
    join_web(world, call_1, ZV_WORKER_LEG_WEB, client, "127.0.0.1");
    join_sip(world, call_1, far);
    wait_for(world, &world->seen[ZV_WORKER_DTLS_CONNECTED], 1);
    wait_for(world, &client->seen[ZV_PEER_EVENT_DTLS_CONNECTED], 1);
}

#endif
