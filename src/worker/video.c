/*
 * Video of calls: what signalling wants of it, and what one far end wishes of the other. The
 * packets themselves take the same way as those of audio (relay.c).
 */
#include "base/err.h"
#include "sdp/codec.h"
#include "worker/worker_int.h"

/* The legs that carry it, as the two sides of the bridge. */
static struct zv_worker_leg *video_leg(struct zv_worker_call *call, unsigned side)
{
    struct zv_worker_leg *web = &call->legs[ZV_WORKER_LEG_WEB];
    return side ? zv_worker_far_leg(web, ZV_PEER_VIDEO) : web;
}

static void add_pair(struct zv_bridge_pair *pairs, size_t *count, int16_t web_pt, int16_t sip_pt)
{
    if (web_pt == ZV_PT_NONE || sip_pt == ZV_PT_NONE)
        return;
    pairs[(*count)++] = (struct zv_bridge_pair){
        .pt = {(uint8_t)web_pt, (uint8_t)sip_pt}, .kind = ZV_BRIDGE_VIDEO, .clock_hz = 90000};
}

/* The first pair of a payload type counts: what the client sends leaves by the number that the SIP
 * side wants. */
static int join(struct zv_worker_call *call, const struct zv_peer_video_cfg video[2])
{
    struct zv_bridge_pair pairs[2];
    size_t count = 0;
    if (video[0].codec != video[1].codec)
        return ZV_E_INVAL;
    if (video[0].codec != ZV_VIDEO_NONE) {
        add_pair(pairs, &count, video[0].tx_pt, video[1].tx_pt);
        if (video[1].rx_pt != video[1].tx_pt)
            add_pair(pairs, &count, video[0].tx_pt, video[1].rx_pt);
    }
    return zv_bridge_set_pairs(&call->bridges[ZV_PEER_VIDEO], pairs, count);
}

int zv_worker_set_video(struct zv_worker *worker, struct zv_worker_call *call,
                        const struct zv_peer_video_cfg video[2])
{
    int err = join(call, video);
    for (unsigned side = 0; side < 2 && !err; side++) {
        struct zv_worker_leg *leg = video_leg(call, side);
        if (!leg->peer)
            continue;
        err = zv_peer_set_video(leg->peer, &video[side], worker->now_us);
        zv_peer_want_video(leg->peer, call->bridges[ZV_PEER_VIDEO].flows[side], worker->now_us);
        zv_worker_drain_leg(worker, leg);
    }
    return err;
}

void zv_worker_set_video_flow(struct zv_worker *worker, struct zv_worker_call *call,
                              const bool from[2])
{
    for (unsigned side = 0; side < 2; side++) {
        struct zv_worker_leg *leg = video_leg(call, side);
        zv_bridge_set_flow(&call->bridges[ZV_PEER_VIDEO], side, from[side]);
        if (!leg->peer)
            continue;
        zv_peer_want_video(leg->peer, from[side], worker->now_us);
        zv_worker_drain_leg(worker, leg);
    }
}

void zv_worker_ask_keyframe(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    zv_peer_take_wish(leg->peer, &(struct zv_peer_wish){.keyframe = true}, worker->now_us);
}

void zv_worker_pass_wishes(struct zv_worker *worker, struct zv_worker_leg *leg)
{
    struct zv_peer_wish wish;
    if (!zv_peer_poll_wish(leg->peer, &wish))
        return;
    struct zv_worker_leg *far = zv_worker_far_leg(leg, ZV_PEER_VIDEO);
    if (!far->peer)
        return;
    zv_peer_take_wish(far->peer, &wish, worker->now_us);
    zv_worker_drain_leg(worker, far);
}
