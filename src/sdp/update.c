/*
 * Later offers on the web leg: the client's own (another network, a reload, video dropped), and
 * ours when the SIP side adds or drops video.
 */
#include "sdp/video.h"

#include <inttypes.h>
#include <stdio.h>

/* The audio pairs that the client names again, by its numbers. */
static enum zv_plan_verdict rejoin_audio(const struct zv_sdp *web, const struct zv_media_plan *plan,
                                         struct zv_media_plan *ret_plan)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(web);
    const struct zv_codec_pair *committed = zv_media_plan_committed(plan);
    struct zv_media_plan joined = {.committed = -1, .video = plan->video};
    if (!theirs)
        return ZV_PLAN_NO_AUDIO;
    for (int i = 0; i < plan->pair_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_find_codec(web, theirs, &plan->pairs[i]);
        if (!codec)
            continue;
        joined.pairs[joined.pair_count] = plan->pairs[i];
        joined.pairs[joined.pair_count++].web_pt = codec->pt;
    }
    if (!zv_plan_has_voice(&joined))
        return ZV_PLAN_NO_COMMON_CODEC;
    if (committed)
        zv_plan_keep_commitment(committed, &joined);
    if (committed && joined.committed < 0)
        return ZV_PLAN_OTHER_CODEC;
    *ret_plan = joined;
    return ZV_PLAN_OK;
}

/* The committed one first: it is what the client will send. */
static void describe_audio(const struct zv_media_plan *plan, const struct zv_sdp *sip,
                           struct zv_sdp_out_media *audio)
{
    if (plan->committed >= 0)
        zv_plan_write_pair(&plan->pairs[plan->committed], ZV_SIDE_WEB, sip, audio);
    for (int i = 0; i < plan->pair_count; i++) {
        if (i != plan->committed)
            zv_plan_write_pair(&plan->pairs[i], ZV_SIDE_WEB, sip, audio);
    }
}

/* ---- the client's ---- */

enum zv_plan_verdict zv_plan_rejoin(const struct zv_sdp *web_offer, struct zv_media_plan *plan)
{
    struct zv_media_plan joined;
    enum zv_plan_verdict verdict = rejoin_audio(web_offer, plan, &joined);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    zv_video_follow_client(web_offer, &joined);
    *plan = joined;
    return ZV_PLAN_OK;
}

enum zv_plan_verdict zv_plan_web_update(const struct zv_plan_web_update *in,
                                        struct zv_media_plan *plan, struct zv_buf *body)
{
    struct zv_media_plan joined = *plan;
    struct zv_sdp_out out = {.web = in->local, .setup = in->is_dtls_client ? "active" : "passive"};
    enum zv_plan_verdict verdict = zv_plan_rejoin(in->web_offer, &joined);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    out.audio.direction = zv_plan_reverse(zv_sdp_audio(in->web_offer)->direction);
    describe_audio(&joined, in->sip, &out.audio);
    if (zv_video_plan_committed(&joined.video))
        zv_video_describe(&joined.video, ZV_SIDE_WEB, in->sip, in->web_offer, &out.video);
    zv_plan_mirror(in->web_offer, &out);
    return zv_plan_finish(&out, &joined, plan, body);
}

/* ---- ours ---- */

enum zv_video_change zv_plan_video_change(const struct zv_sdp *sip_offer,
                                          const struct zv_plan_sip_remote *remote,
                                          const struct zv_media_plan *plan)
{
    if (plan->video.pair_count)
        return remote->has_video ? ZV_VIDEO_CHANGE_NONE : ZV_VIDEO_CHANGE_DROP;
    if (!remote->has_video || remote->video.direction == ZV_SDP_INACTIVE ||
        !zv_video_can_relay(sip_offer))
        return ZV_VIDEO_CHANGE_NONE;
    return ZV_VIDEO_CHANGE_ADD;
}

/* The place for new video: where one was refused (RFC 8829 §5.2.2: with a new mid), or the end. */
static void add_video_line(const struct zv_sdp *before, struct zv_str mid, struct zv_sdp_out *out)
{
    uint8_t at = 0;
    while (at < out->line_count &&
           !(out->lines[at].kind == ZV_SDP_OUT_REJECTED && before->media[at].kind == ZV_SDP_VIDEO))
        at++;
    if (at == ZV_MAX_SDP_MEDIA)
        return;
    out->lines[at] = (struct zv_sdp_out_line){.kind = ZV_SDP_OUT_VIDEO};
    out->video.mid = mid;
    if (at == out->line_count)
        out->line_count++;
}

enum zv_plan_verdict zv_plan_web_video_offer(const struct zv_plan_web_video_offer *in,
                                             struct zv_media_plan *plan, struct zv_buf *body)
{
    char mid[16]; /* one that this session had not yet: `changes` counts its descriptions */
    struct zv_media_plan planned = *plan;
    struct zv_sdp_out out = {.web = in->local, .setup = "actpass"};
    const struct zv_sdp_media *audio = zv_sdp_audio(in->before);
    if (!audio || !zv_sdp_audio(in->sip_offer))
        return ZV_PLAN_NO_AUDIO;
    zv_video_from_sip(in->sip_offer, in->remote, in->local, &planned);
    out.audio.direction = ZV_SDP_SENDRECV;
    describe_audio(&planned, in->sip_offer, &out.audio);
    zv_video_describe(&planned.video, ZV_SIDE_WEB, in->sip_offer, NULL, &out.video);
    zv_plan_mirror(in->before, &out);
    snprintf(mid, sizeof(mid), "v%" PRIu32, in->local->changes);
    if (out.video.codec_count && !zv_sdp_video(in->before))
        add_video_line(in->before, zv_str(mid), &out);
    return zv_plan_finish(&out, &planned, plan, body);
}

enum zv_plan_verdict zv_plan_web_video_answer(const struct zv_sdp *sip_offer,
                                              const struct zv_sdp *web_answer,
                                              struct zv_media_plan *plan)
{
    struct zv_media_plan joined;
    if (!zv_sdp_audio(sip_offer))
        return ZV_PLAN_NO_AUDIO;
    enum zv_plan_verdict verdict = rejoin_audio(web_answer, plan, &joined);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    zv_video_commit_by_client(sip_offer, web_answer, &joined);
    *plan = joined;
    return ZV_PLAN_OK;
}
