/* Answers, and what a later answer or offer of the SIP side changes. */
#include "base/attr.h"
#include "sdp/video.h"

/* Takes over the payload types of a SIP answer; the pairs that it names, in its order, at the front
 * of ret_plan, the others behind. */
static void match_answer(const struct zv_sdp *sip_answer, const struct zv_media_plan *plan,
                         struct zv_media_plan *ret_plan)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(sip_answer);
    bool is_taken[ZV_MAX_PLAN_PAIRS] = {false};
    struct zv_media_plan matched = {.committed = -1, .video = plan->video};
    for (uint16_t i = 0; i < theirs->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sip_answer, theirs, i);
        int at = zv_plan_find(plan, codec->kind, codec->clock_hz);
        if (at < 0 || is_taken[at])
            continue;
        is_taken[at] = true;
        matched.pairs[matched.pair_count] = plan->pairs[at];
        matched.pairs[matched.pair_count++].sip_tx_pt = codec->pt;
    }
    for (int i = 0; i < plan->pair_count; i++) {
        if (is_taken[i])
            continue;
        matched.pairs[matched.pair_count] = plan->pairs[i];
        matched.pairs[matched.pair_count++].sip_tx_pt = ZV_PT_NONE;
    }
    zv_plan_sort(&matched);
    *ret_plan = matched;
}

static bool is_agreed_voice(const struct zv_codec_pair *pair)
{
    return zv_codec_is_voice((enum zv_codec_kind)pair->kind) && pair->sip_tx_pt != ZV_PT_NONE;
}

enum zv_plan_verdict zv_plan_web_answer(const struct zv_plan_web_answer *in,
                                        struct zv_media_plan *plan, struct zv_buf *body)
{
    const struct zv_sdp *web_offer = in->web_offer, *sip_answer = in->sip_answer;
    const struct zv_sdp_media *theirs = zv_sdp_audio(web_offer);
    struct zv_media_plan matched;
    struct zv_sdp_out out = {.web = in->local, .setup = "passive"};
    struct zv_sdp_out_media *audio = &out.audio;
    if (!theirs || !zv_sdp_audio(sip_answer))
        return ZV_PLAN_NO_AUDIO;
    match_answer(sip_answer, plan, &matched);
    if (!matched.pair_count || !is_agreed_voice(&matched.pairs[0]))
        return ZV_PLAN_NO_COMMON_CODEC;
    matched.committed = 0;
    if (theirs->setup == ZV_SDP_SETUP_PASSIVE)
        out.setup = "active";
    audio->direction = zv_plan_reverse(theirs->direction);
    audio->ptime_ms = zv_plan_usable_ptime(zv_sdp_audio(sip_answer)->ptime_ms, 0);
    for (int i = 0; i < matched.pair_count; i++)
        zv_plan_write_pair(&matched.pairs[i], ZV_SIDE_WEB, sip_answer, audio);
    zv_video_commit_by_sip(in, &matched.video);
    zv_video_describe(&matched.video, ZV_SIDE_WEB, sip_answer, web_offer, &out.video);
    zv_plan_mirror(web_offer, &out);
    return zv_plan_finish(&out, &matched, plan, body);
}

static enum zv_plan_verdict judge(const struct zv_media_plan *plan)
{
    const struct zv_codec_pair *committed = zv_media_plan_committed(plan);
    if (committed && committed->sip_tx_pt != ZV_PT_NONE)
        return ZV_PLAN_OK;
    for (int i = 0; i < plan->pair_count; i++) {
        if (is_agreed_voice(&plan->pairs[i]))
            return ZV_PLAN_OTHER_CODEC;
    }
    return ZV_PLAN_NO_COMMON_CODEC;
}

enum zv_plan_verdict zv_plan_follow_answer(const struct zv_sdp *sip_answer,
                                           const struct zv_plan_sip_remote *remote,
                                           struct zv_media_plan *plan)
{
    const struct zv_codec_pair *committed = zv_media_plan_committed(plan);
    struct zv_media_plan matched;
    if (!zv_sdp_audio(sip_answer))
        return ZV_PLAN_NO_AUDIO;
    if (!committed)
        return ZV_PLAN_NO_COMMON_CODEC;
    match_answer(sip_answer, plan, &matched);
    zv_plan_keep_commitment(committed, &matched);
    zv_video_follow_sip(sip_answer, remote, NULL, &matched.video);
    enum zv_plan_verdict verdict = judge(&matched);
    if (verdict == ZV_PLAN_OK)
        *plan = matched;
    return verdict;
}

/* Does the SIP answer name this pair beside the committed one? telephone-event at the committed
 * clock; at another one only where there is none at this; comfort noise at its clock. */
static bool is_companion(const struct zv_media_plan *plan, const struct zv_codec_pair *pair,
                         const struct zv_codec_pair *committed)
{
    if (zv_codec_is_voice((enum zv_codec_kind)pair->kind))
        return false;
    if (pair->clock_hz == committed->clock_hz)
        return true;
    return pair->kind == ZV_CODEC_TELEPHONE_EVENT &&
           zv_plan_find(plan, ZV_CODEC_TELEPHONE_EVENT, committed->clock_hz) < 0;
}

/* The pairs that the client's answer names, with its numbers, in its order. */
static void match_client(const struct zv_sdp *web_answer, const struct zv_media_plan *plan,
                         struct zv_media_plan *ret_plan)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(web_answer);
    struct zv_media_plan matched = {.committed = -1, .video = plan->video};
    for (uint16_t i = 0; i < theirs->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(web_answer, theirs, i);
        int at = zv_plan_find(plan, codec->kind, codec->clock_hz);
        if (at < 0 || !zv_plan_can_add(&matched, codec))
            continue;
        matched.pairs[matched.pair_count] = plan->pairs[at];
        matched.pairs[matched.pair_count++].web_pt = codec->pt;
    }
    zv_plan_sort(&matched);
    *ret_plan = matched;
}

/* The committed pair and its companions; the rest of the plan cannot flow. */
static void reduce(const struct zv_media_plan *plan, const struct zv_codec_pair *committed,
                   struct zv_media_plan *ret_plan)
{
    struct zv_media_plan reduced = {.committed = 0, .video = plan->video};
    reduced.pairs[reduced.pair_count++] = *committed;
    for (int i = 0; i < plan->pair_count; i++) {
        if (is_companion(plan, &plan->pairs[i], committed))
            reduced.pairs[reduced.pair_count++] = plan->pairs[i];
    }
    *ret_plan = reduced;
}

static void describe_answer(const struct zv_sdp *sip_offer, const struct zv_media_plan *plan,
                            const struct zv_sdp *web, struct zv_sdp_out *out)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(sip_offer), *video = zv_sdp_video(sip_offer);
    out->audio.direction = zv_plan_withhold(out->sip, zv_plan_reverse(theirs->direction));
    out->audio.ptime_ms = zv_plan_usable_ptime(theirs->ptime_ms, 20);
    out->audio.proto = theirs->proto;
    for (int i = 0; i < plan->pair_count; i++)
        zv_plan_write_pair(&plan->pairs[i], ZV_SIDE_SIP, web, &out->audio);
    if (video && zv_video_plan_is_agreed(&plan->video)) {
        out->video.proto = video->proto;
        zv_video_describe(&plan->video, ZV_SIDE_SIP, web, sip_offer, &out->video);
        out->video.direction = zv_plan_withhold(out->sip, out->video.direction);
    }
    zv_plan_mirror(sip_offer, out);
}

enum zv_plan_verdict zv_plan_sip_answer(const struct zv_sdp *sip_offer,
                                        const struct zv_sdp *web_answer,
                                        const struct zv_plan_sip *local, struct zv_media_plan *plan,
                                        struct zv_buf *body)
{
    struct zv_media_plan matched, reduced;
    struct zv_sdp_out out = {.sip = local};
    if (!zv_sdp_audio(sip_offer) || !zv_sdp_audio(web_answer))
        return ZV_PLAN_NO_AUDIO;
    match_client(web_answer, plan, &matched);
    if (!matched.pair_count || !is_agreed_voice(&matched.pairs[0]))
        return ZV_PLAN_NO_COMMON_CODEC;
    zv_video_commit_by_client(sip_offer, web_answer, &matched);
    reduce(&matched, &matched.pairs[0], &reduced);
    describe_answer(sip_offer, &reduced, web_answer, &out);
    return zv_plan_finish(&out, &reduced, plan, body);
}

/* Their offer's numbers, in both directions; what it does not name cannot flow any more. */
static void renumber(const struct zv_sdp *sip_offer, struct zv_media_plan *plan)
{
    const struct zv_sdp_media *theirs = zv_sdp_audio(sip_offer);
    for (int i = 0; i < plan->pair_count; i++) {
        struct zv_codec_pair *pair = &plan->pairs[i];
        const struct zv_sdp_codec *codec = zv_sdp_find_codec(sip_offer, theirs, pair);
        pair->sip_tx_pt = pair->sip_rx_pt = codec ? codec->pt : ZV_PT_NONE;
    }
}

enum zv_plan_verdict zv_plan_answer_again(const struct zv_sdp *sip_offer,
                                          const struct zv_plan_sip_remote *remote,
                                          const struct zv_plan_sip *local,
                                          struct zv_media_plan *plan, struct zv_buf *body)
{
    struct zv_media_plan renumbered = *plan, reduced;
    struct zv_sdp_out out = {.sip = local};
    if (!zv_sdp_audio(sip_offer))
        return ZV_PLAN_NO_AUDIO;
    renumber(sip_offer, &renumbered);
    enum zv_plan_verdict verdict = judge(&renumbered);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    zv_video_follow_sip(sip_offer, remote, local, &renumbered.video);
    reduce(&renumbered, zv_media_plan_committed(&renumbered), &reduced);
    describe_answer(sip_offer, &reduced, NULL, &out);
    return zv_plan_finish(&out, &renumbered, plan, body);
}
