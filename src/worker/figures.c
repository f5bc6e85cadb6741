/*
 * The figures of a call. A leg's are those of the call, however many peers it had: what those
 * before this one counted is added.
 */
#include "worker/worker_int.h"

static void add_counters(const struct zv_peer_counters *from, struct zv_peer_counters *to)
{
    to->rx_packets += from->rx_packets;
    to->rx_bytes += from->rx_bytes;
    to->tx_packets += from->tx_packets;
    to->tx_bytes += from->tx_bytes;
    to->rx_rtcp += from->rx_rtcp;
    to->tx_rtcp += from->tx_rtcp;
    to->rx_dropped += from->rx_dropped;
    for (size_t i = 0; i < ZV_PEER_DROP_COUNT; i++)
        to->drops[i] += from->drops[i];
    to->lost += from->lost;
    to->reordered += from->reordered;
    to->remote_lost += from->remote_lost;
    to->checks += from->checks;
    to->moves += from->moves;
}

/* Likewise what can be added up of video. */
static void add_video(const struct zv_peer_video_counters *from, struct zv_peer_video_counters *to)
{
    to->rx_packets += from->rx_packets;
    to->rx_bytes += from->rx_bytes;
    to->tx_packets += from->tx_packets;
    to->tx_bytes += from->tx_bytes;
    to->lost += from->lost;
    to->reordered += from->reordered;
    to->remote_lost += from->remote_lost;
    to->frames += from->frames;
    to->keyframes += from->keyframes;
    to->freezes += from->freezes;
    to->frozen_us += from->frozen_us;
    to->malformed += from->malformed;
    to->reference_losses += from->reference_losses;
    to->nacks_in += from->nacks_in;
    to->retransmitted += from->retransmitted;
    to->nacks_out += from->nacks_out;
    to->rtx_in += from->rtx_in;
    to->recovered += from->recovered;
    to->given_up += from->given_up;
    to->keyframe_requests_in += from->keyframe_requests_in;
    to->keyframe_requests_out += from->keyframe_requests_out;
    to->keyframe_unanswered += from->keyframe_unanswered;
    to->cc_reports += from->cc_reports;
}

void zv_worker_keep_figures(struct zv_worker_leg *leg, const struct zv_peer *peer, int64_t now_us)
{
    struct zv_peer_counters counters;
    struct zv_peer_video_counters video;
    zv_peer_counters(peer, &counters);
    add_counters(&counters, &leg->past);
    zv_peer_video_counters(peer, now_us, &video);
    add_video(&video, &leg->call->past_video);
}

static void fill_video(const struct zv_worker *worker, const struct zv_worker_leg *leg,
                       struct zv_peer_video_counters *ret_video)
{
    if (leg->peer)
        zv_peer_video_counters(leg->peer, worker->now_us, ret_video);
    if (leg->index == ZV_WORKER_LEG_WEB)
        add_video(&leg->call->past_video, ret_video);
}

void zv_worker_fill_stats(const struct zv_worker *worker, const struct zv_worker_call *call,
                          struct zv_worker_stats *ret_stats)
{
    *ret_stats = (struct zv_worker_stats){.at_us = worker->now_us};
    for (size_t i = 0; i < ZV_WORKER_LEGS; i++) {
        if (call->legs[i].peer)
            zv_peer_counters(call->legs[i].peer, &ret_stats->legs[i]);
        add_counters(&call->legs[i].past, &ret_stats->legs[i]);
    }
    fill_video(worker, &call->legs[ZV_WORKER_LEG_WEB], &ret_stats->video[0]);
    fill_video(worker, &call->legs[ZV_WORKER_LEG_VIDEO], &ret_stats->video[1]);
    for (size_t i = 0; i < 2; i++) {
        ret_stats->bridge[i] = call->bridges[ZV_PEER_AUDIO].counters[i];
        ret_stats->video_bridge[i] = call->bridges[ZV_PEER_VIDEO].counters[i];
    }
}
