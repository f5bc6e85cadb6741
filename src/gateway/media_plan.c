#include "gateway/media_plan.h"

static uint8_t bridge_kind(uint8_t codec)
{
    if (codec == ZV_CODEC_TELEPHONE_EVENT)
        return ZV_BRIDGE_TELEPHONE_EVENT;
    return codec == ZV_CODEC_CN ? ZV_BRIDGE_COMFORT_NOISE : ZV_BRIDGE_AUDIO;
}

static void add_pair(struct zv_worker_cmd *cmd, const struct zv_codec_pair *pair, int sip_pt)
{
    if (sip_pt < 0 || pair->web_pt < 0 || cmd->codecs.count == ZV_BRIDGE_MAX_PAIRS)
        return;
    cmd->codecs.pairs[cmd->codecs.count++] = (struct zv_bridge_pair){
        .pt = {(uint8_t)pair->web_pt, (uint8_t)sip_pt},
        .kind = bridge_kind(pair->kind),
        .clock_hz = pair->clock_hz,
    };
}

/*
 * A client sends events at the clock of its audio, whatever else was agreed on: where the SIP side
 * knows them at another one alone, they become those. Behind all others, so that what the SIP side
 * sends keeps its own.
 */
static void join_deaf_events(const struct zv_media_plan *plan, struct zv_worker_cmd *cmd)
{
    const struct zv_codec_pair *known = zv_media_plan_event(plan);
    for (size_t i = 0; known && i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        if (pair->kind != ZV_CODEC_TELEPHONE_EVENT || pair->sip_tx_pt >= 0)
            continue;
        uint8_t before = cmd->codecs.count;
        add_pair(cmd, pair, known->sip_tx_pt);
        if (cmd->codecs.count > before)
            cmd->codecs.pairs[before].far_hz = known->clock_hz;
    }
}

/*
 * Where the SIP side uses two numbers for one codec, the one that it wants to receive comes first:
 * the bridge's first match counts for what the client sends.
 */
void zv_media_join_codecs(const struct zv_media_plan *plan, struct zv_worker_cmd *cmd)
{
    for (size_t i = 0; i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        add_pair(cmd, pair, pair->sip_tx_pt);
        if (pair->sip_rx_pt != pair->sip_tx_pt && pair->sip_tx_pt >= 0)
            add_pair(cmd, pair, pair->sip_rx_pt);
    }
    join_deaf_events(plan, cmd);
}

void zv_media_join_video(const struct zv_video_plan *plan, struct zv_worker_cmd *cmd)
{
    const struct zv_video_pair *pair = zv_video_plan_committed(plan);
    cmd->video[0] = cmd->video[1] =
        (struct zv_peer_video_cfg){.tx_pt = ZV_PT_NONE, .rx_pt = ZV_PT_NONE, .rtx_pt = ZV_PT_NONE};
    if (!pair || !zv_video_plan_is_agreed(plan))
        return;
    struct zv_peer_video_cfg both = {
        .codec = pair->kind == ZV_CODEC_H264 ? ZV_VIDEO_H264 : ZV_VIDEO_VP8,
        .packetization_mode = pair->packetization_mode,
        .rtx_pt = ZV_PT_NONE,
    };
    struct zv_peer_video_cfg *web = &cmd->video[0], *sip = &cmd->video[1];
    *web = *sip = both;
    web->tx_pt = web->rx_pt = pair->web_pt;
    web->rtx_pt = pair->web_rtx_pt;
    web->feedback = plan->web_feedback;
    web->cc_id = plan->web_cc_id;
    web->orientation_id = plan->web_orientation_id;
    web->max_kbps = plan->web_kbps;
    sip->tx_pt = pair->sip_tx_pt;
    sip->rx_pt = pair->sip_rx_pt;
    if (pair->sip_also_pt && sip->rx_pt == sip->tx_pt)
        sip->rx_pt = pair->sip_also_pt;
    sip->feedback = plan->sip_feedback;
    sip->orientation_id = plan->sip_orientation_id;
    sip->max_kbps = plan->sip_kbps;
}
