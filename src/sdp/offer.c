/* Offers: each made from the other leg's. */
#include "base/attr.h"
#include "sdp/video.h"

/* The usual numbers of telephone-event towards SIP; nothing depends on them. */
static int wanted_sip_type(const struct zv_sdp_codec *codec)
{
    if (codec->kind == ZV_CODEC_TELEPHONE_EVENT)
        return codec->clock_hz == 8000 ? 101 : 102;
    return codec->pt;
}

static bool is_cut(const struct zv_plan_cut *cut, const struct zv_sdp_codec *codec)
{
    return cut->codecs && !(cut->codecs & UINT32_C(1) << codec->kind);
}

static void plan_from_web(const struct zv_sdp *sdp, const struct zv_sdp_media *media,
                          const struct zv_plan_cut *cut, struct zv_media_plan *plan)
{
    struct zv_pt_set sip = {0};
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        if (!zv_plan_can_add(plan, codec) || codec->kind == ZV_CODEC_CN || is_cut(cut, codec))
            continue;
        plan->pairs[plan->pair_count++] = (struct zv_codec_pair){
            .kind = codec->kind,
            .channels = codec->kind == ZV_CODEC_OPUS ? 2 : 1, /* RFC 7587 §7 */
            .web_pt = codec->pt,
            .sip_tx_pt = ZV_PT_NONE,
            .sip_rx_pt =
                zv_pt_assign(&sip, (enum zv_codec_kind)codec->kind, wanted_sip_type(codec)),
            .clock_hz = codec->clock_hz,
        };
    }
    zv_plan_drop_orphans(plan);
    zv_plan_sort(plan);
}

static void add_lines(struct zv_sdp_out *out)
{
    out->lines[out->line_count++].kind = ZV_SDP_OUT_AUDIO;
    if (out->video.codec_count)
        out->lines[out->line_count++].kind = ZV_SDP_OUT_VIDEO;
}

enum zv_plan_verdict zv_plan_sip_offer(const struct zv_sdp *web_offer,
                                       const struct zv_plan_sip *local,
                                       struct zv_media_plan *ret_plan, struct zv_buf *body)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(web_offer);
    struct zv_media_plan plan = {.committed = -1};
    struct zv_sdp_out out = {.sip = local};
    if (!theirs)
        return ZV_PLAN_NO_AUDIO;
    plan_from_web(web_offer, theirs, &local->cut, &plan);
    if (!plan.pair_count)
        return ZV_PLAN_NO_COMMON_CODEC;
    out.audio.direction = ZV_SDP_SENDRECV;
    out.audio.ptime_ms = zv_plan_usable_ptime(theirs->ptime_ms, 20);
    for (int i = 0; i < plan.pair_count; i++)
        zv_plan_write_pair(&plan.pairs[i], ZV_SIDE_SIP, web_offer, &out.audio);
    zv_video_from_client(web_offer, local, &plan);
    zv_video_describe(&plan.video, ZV_SIDE_SIP, web_offer, NULL, &out.video);
    add_lines(&out);
    return zv_plan_finish(&out, &plan, ret_plan, body);
}

static void plan_from_sip(const struct zv_sdp *sdp, const struct zv_sdp_media *media,
                          struct zv_media_plan *plan)
{
    struct zv_pt_set web = {0};
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        if (!zv_plan_can_add(plan, codec))
            continue;
        plan->pairs[plan->pair_count++] = (struct zv_codec_pair){
            .kind = codec->kind,
            .channels = codec->kind == ZV_CODEC_OPUS ? 2 : 1,
            .web_pt = zv_pt_assign(&web, (enum zv_codec_kind)codec->kind, codec->pt),
            .sip_tx_pt = codec->pt,
            .sip_rx_pt = codec->pt, /* RFC 3264 §6.1: an answer keeps the offer's numbers */
            .clock_hz = codec->clock_hz,
        };
    }
    zv_plan_sort(plan);
}

enum zv_plan_verdict zv_plan_web_offer(const struct zv_sdp *sip_offer,
                                       const struct zv_plan_sip_remote *remote,
                                       const struct zv_plan_web *local,
                                       struct zv_media_plan *ret_plan, struct zv_buf *body)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(sip_offer);
    struct zv_media_plan plan = {.committed = -1};
    struct zv_sdp_out out = {.web = local, .setup = "actpass"};
    if (!theirs)
        return ZV_PLAN_NO_AUDIO;
    plan_from_sip(sip_offer, theirs, &plan);
    if (!zv_plan_has_voice(&plan))
        return ZV_PLAN_NO_COMMON_CODEC;
    out.audio.direction = ZV_SDP_SENDRECV;
    out.audio.mid = zv_str("0");
    out.audio.ptime_ms = zv_plan_usable_ptime(theirs->ptime_ms, 0);
    for (int i = 0; i < plan.pair_count; i++)
        zv_plan_write_pair(&plan.pairs[i], ZV_SIDE_WEB, sip_offer, &out.audio);
    zv_video_from_sip(sip_offer, remote, local, &plan);
    zv_video_describe(&plan.video, ZV_SIDE_WEB, sip_offer, NULL, &out.video);
    out.video.mid = zv_str("1");
    add_lines(&out);
    return zv_plan_finish(&out, &plan, ret_plan, body);
}

enum zv_plan_verdict zv_plan_committed_offer(const struct zv_media_plan *plan,
                                             const struct zv_sdp *before,
                                             const struct zv_plan_sip *local, struct zv_buf *body)
{
    const struct zv_codec_pair *committed = zv_media_plan_committed(plan);
    struct zv_sdp_out out = {.sip = local};
    struct zv_sdp_out_media *media = &out.audio;
    if (!zv_sdp_audio(before))
        return ZV_PLAN_NO_AUDIO;
    if (!committed || committed->sip_rx_pt == ZV_PT_NONE)
        return ZV_PLAN_NO_COMMON_CODEC;
    media->direction = zv_plan_withhold(local, ZV_SDP_SENDRECV);
    media->ptime_ms = 20;
    zv_plan_write_pair(committed, ZV_SIDE_SIP, NULL, media);
    const struct zv_codec_pair *event = zv_media_plan_event(plan);
    int own = zv_plan_find(plan, ZV_CODEC_TELEPHONE_EVENT, committed->clock_hz);
    if (!event && own >= 0) /* they take none so far, and may */
        event = &plan->pairs[own];
    if (event)
        zv_plan_write_pair(event, ZV_SIDE_SIP, NULL, media);
    if (zv_video_plan_is_agreed(&plan->video) && local->video.rtp.family)
        zv_video_describe(&plan->video, ZV_SIDE_SIP, NULL, NULL, &out.video);
    out.video.direction = zv_plan_withhold(local, out.video.direction);
    zv_plan_mirror(before, &out);
    zv_sdp_write(&out, body);
    return body->overflow ? ZV_PLAN_TOO_LARGE : ZV_PLAN_OK;
}
