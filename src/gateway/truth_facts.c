#include "gateway/truth.h"

/* The SIP side's video has a leg of its own. */
static struct zv_video_figures video_of(const struct zv_worker_stats *stats, int leg)
{
    const struct zv_peer_video_counters *counters = &stats->video[leg];
    return (struct zv_video_figures){
        .packets = counters->rx_packets,
        .bytes = counters->rx_bytes,
        .rtcp = leg == ZV_WORKER_LEG_SIP ? stats->legs[ZV_WORKER_LEG_VIDEO].rx_rtcp : 0,
        .frames = counters->frames,
        .keyframes = counters->keyframes,
        .freezes = counters->freezes,
        .requests = counters->keyframe_requests_out,
        .last_rtp_us = counters->last_rtp_us,
        .keyframe_us = counters->keyframe_us,
        .width = counters->width,
        .height = counters->height,
    };
}

static struct zv_leg_figures figures_of(const struct zv_worker_stats *stats, int leg)
{
    const struct zv_peer_counters *counters = &stats->legs[leg];
    return (struct zv_leg_figures){
        .at_us = stats->at_us,
        .packets = counters->rx_packets,
        .bytes = counters->rx_bytes,
        .lost = counters->lost,
        .comfort_noise = stats->bridge[leg].comfort_noise,
        .rtcp = counters->rx_rtcp,
        .auth_failures = counters->drops[ZV_PEER_DROP_AUTH],
        .rejected = counters->drops[ZV_PEER_DROP_SOURCE],
        .unknown_format = counters->drops[ZV_PEER_DROP_UNKNOWN_PT],
        .checks = counters->checks,
        .jitter_us = counters->jitter_us,
        .rtt_us = counters->rtt_us,
        .last_rtp_us = counters->last_rtp_us,
        .report_us = counters->remote_report_us,
        .report_fraction = counters->remote_fraction,
        .report_jitter_us = counters->remote_jitter_us,
        .video = video_of(stats, leg),
    };
}

/* What the payload type of a packet from that leg says by the plan. */
static enum zv_codec_kind codec_of(const struct zv_media_plan *plan, int leg, int pt)
{
    for (int i = 0; i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        bool is_it = leg == ZV_WORKER_LEG_WEB ? pair->web_pt == pt
                                              : pair->sip_rx_pt == pt || pair->sip_tx_pt == pt;
        if (is_it && zv_codec_is_voice((enum zv_codec_kind)pair->kind))
            return (enum zv_codec_kind)pair->kind;
    }
    return ZV_CODEC_NONE;
}

static enum zv_codec_kind used_codec(const struct zv_truth_sources *sources, int leg)
{
    const struct zv_bridge_counters *from = &sources->stats->bridge[leg];
    bool has_audio = from->forwarded > from->telephone_events + from->comfort_noise;
    return has_audio ? codec_of(sources->view->plan, leg, from->audio_pt) : ZV_CODEC_NONE;
}

static enum zv_verdict_rule rule_of(const struct zv_peer_counters *counters,
                                    const struct zv_addr *described)
{
    if (counters->is_strict)
        return ZV_VERDICT_RULE_STRICT;
    return zv_addr_is_private(described) ? ZV_VERDICT_RULE_LOCKED : ZV_VERDICT_RULE_PUBLIC;
}

static void fill_leg(const struct zv_truth_sources *sources, int leg,
                     struct zv_verdict_leg_facts *facts)
{
    const struct zv_call_view *view = sources->view;
    const struct zv_peer_counters *counters = &sources->stats->legs[leg];
    const struct zv_codec_pair *agreed = zv_media_plan_committed(view->plan);
    facts->figures = figures_of(sources->stats, leg);
    facts->due_us = view->due_us[leg];
    if (leg == ZV_WORKER_LEG_SIP)
        facts->described = view->sip_remote;
    facts->rejected = counters->last_rejected;
    facts->rule = rule_of(counters, &facts->described);
    facts->unknown_pt = counters->unknown_pt;
    facts->agreed = agreed ? (enum zv_codec_kind)agreed->kind : ZV_CODEC_NONE;
    facts->used = used_codec(sources, leg);
    facts->video_due_us = sources->video_due_us[leg];
}

bool zv_truth_wants_video(const struct zv_call_view *view, int leg)
{
    const struct zv_video_plan *video = &view->plan->video;
    uint8_t way = leg == ZV_WORKER_LEG_WEB ? ZV_SDP_SENDONLY : ZV_SDP_RECVONLY;
    bool waits_for_ice = leg == ZV_WORKER_LEG_WEB && view->ice_wanted_us;
    return view->due_us[leg] && !waits_for_ice && zv_video_plan_is_agreed(video) &&
           (video->direction & way);
}

void zv_truth_facts(const struct zv_truth_sources *sources, struct zv_verdict_facts *ret_facts)
{
    const struct zv_call_view *view = sources->view;
    struct zv_verdict_facts facts = {
        .now_us = sources->stats->at_us,
        .ice_wanted_us = view->ice_wanted_us,
        .ice_up_us = sources->ice_up_us,
        .port = sources->web_port,
        .is_client_here = view->conn.v != 0,
    };
    if (view->answered_us && !zv_video_plan_is_agreed(&view->plan->video))
        facts.no_video = (enum zv_video_reason)view->plan->video.reason;
    fill_leg(sources, ZV_WORKER_LEG_WEB, &facts.legs[ZV_VERDICT_CLIENT]);
    fill_leg(sources, ZV_WORKER_LEG_SIP, &facts.legs[ZV_VERDICT_SIP]);
    if (view->ice_wanted_us) /* what cannot come yet is not missed: ICE and DTLS have the word */
        facts.legs[ZV_VERDICT_CLIENT].due_us = 0;
    *ret_facts = facts;
}
