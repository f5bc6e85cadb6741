#include "sdp/video.h"

#include "base/attr.h"
#include "sdp/h264.h"

/* What we speak on the web leg. */
#define WEB_FEEDBACK                                                                               \
    (ZV_VIDEO_NACK | ZV_VIDEO_PLI | ZV_VIDEO_FIR | ZV_VIDEO_REMB | ZV_VIDEO_TRANSPORT_CC)

/* Ids of header extensions in our offers to clients: as Chromium has them. */
#define OFFERED_CC_ID          3
#define OFFERED_ORIENTATION_ID 4

/* More is no limit; kept where bits per second fit 32 of them. */
#define MAX_KBPS 1000000

/* ---- formats ---- */

static bool is_relayable(const struct zv_sdp_codec *codec)
{
    if (codec->kind == ZV_CODEC_H264)
        return codec->packetization_mode <= ZV_H264_MAX_PACKETIZATION;
    return codec->kind == ZV_CODEC_VP8;
}

/* Packets of one are packets of the other: profile and packetization mode are part of the format
 * (RFC 6184 §8.2.2), the level is not. */
static bool is_same_format(const struct zv_video_pair *pair, const struct zv_sdp_codec *codec)
{
    if (pair->kind != codec->kind || !is_relayable(codec))
        return false;
    return pair->kind != ZV_CODEC_H264 ||
           (pair->packetization_mode == codec->packetization_mode &&
            zv_h264_profile(pair->profile_level_id) == zv_h264_profile(codec->profile_level_id));
}

static int find_pair(const struct zv_video_plan *video, const struct zv_sdp_codec *codec)
{
    for (int i = 0; i < video->pair_count; i++) {
        if (is_same_format(&video->pairs[i], codec))
            return i;
    }
    return -1;
}

static bool can_add(const struct zv_video_plan *video, const struct zv_sdp_codec *codec)
{
    return is_relayable(codec) && video->pair_count < ZV_MAX_VIDEO_PAIRS &&
           find_pair(video, codec) < 0;
}

static struct zv_video_pair pair_of(const struct zv_sdp_codec *codec)
{
    return (struct zv_video_pair){
        .kind = codec->kind,
        .packetization_mode = codec->kind == ZV_CODEC_H264 ? codec->packetization_mode : 0,
        .profile_level_id = codec->profile_level_id,
        .web_pt = ZV_PT_NONE,
        .web_rtx_pt = ZV_PT_NONE,
        .sip_tx_pt = ZV_PT_NONE,
        .sip_rx_pt = ZV_PT_NONE,
    };
}

const struct zv_sdp_codec *zv_video_find_codec(const struct zv_sdp *sdp,
                                               const struct zv_video_pair *pair)
{
    const struct zv_sdp_media *media = sdp ? zv_sdp_video(sdp) : NULL;
    for (uint16_t i = 0; media && i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        if (is_same_format(pair, codec))
            return codec;
    }
    return NULL;
}

bool zv_video_can_relay(const struct zv_sdp *sip_offer)
{
    const struct zv_sdp_media *media = zv_sdp_video(sip_offer);
    for (uint16_t i = 0; media && i < media->codec_count; i++) {
        if (is_relayable(zv_sdp_codec_at(sip_offer, media, i)))
            return true;
    }
    return false;
}

static int16_t rtx_of(const struct zv_sdp *sdp, const struct zv_sdp_media *media, int pt)
{
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        if (codec->kind == ZV_CODEC_RTX && codec->apt == pt)
            return codec->pt;
    }
    return ZV_PT_NONE;
}

/* Why not one of their codecs is a pair of ours. */
static enum zv_video_reason mismatch(const struct zv_sdp *sdp, const struct zv_video_plan *video)
{
    const struct zv_sdp_media *media = zv_sdp_video(sdp);
    bool is_ours = false, is_theirs = false;
    for (int i = 0; i < video->pair_count; i++)
        is_ours = is_ours || video->pairs[i].kind == ZV_CODEC_H264;
    for (uint16_t i = 0; i < media->codec_count; i++)
        is_theirs = is_theirs || zv_sdp_codec_at(sdp, media, i)->kind == ZV_CODEC_H264;
    return is_ours && is_theirs ? ZV_VIDEO_REASON_PROFILE_MISMATCH
                                : ZV_VIDEO_REASON_NO_COMMON_CODEC;
}

/* ---- what a description says beside its codecs ---- */

static uint32_t lower(uint32_t a, uint32_t b)
{
    return !a || (b && b < a) ? b : a; /* 0: no limit */
}

static uint32_t limit_of(const struct zv_sdp_media *media, uint32_t max_kbps)
{
    uint32_t bps = media->bandwidth_bps;
    uint32_t kbps = lower(media->bandwidth_kbps, bps / 1000 + (bps % 1000 != 0));
    return lower(ZV_MIN(kbps, MAX_KBPS), max_kbps);
}

static void take_client(const struct zv_sdp_media *media, const struct zv_sdp_codec *codec,
                        struct zv_video_plan *video)
{
    video->web_feedback = codec->feedback & WEB_FEEDBACK;
    video->web_cc_id = video->web_feedback & ZV_VIDEO_TRANSPORT_CC ? media->cc_id : 0;
    if (!video->web_cc_id)
        video->web_feedback &= (uint8_t)~ZV_VIDEO_TRANSPORT_CC; /* it needs the extension */
    video->web_orientation_id = video->sip_orientation_id ? media->orientation_id : 0;
    if (!video->web_orientation_id)
        video->sip_orientation_id = 0;
    video->web_direction = (uint8_t)media->direction;
    video->direction = video->web_direction & video->sip_direction;
    video->sip_kbps = limit_of(media, video->max_kbps);
}

static void take_sip(const struct zv_sdp_media *media, const struct zv_sdp_codec *codec,
                     struct zv_video_plan *video)
{
    video->sip_direction = (uint8_t)zv_plan_reverse(media->direction);
    if (zv_addr_is_unspecified(&media->addr)) /* hold of old (RFC 2543): nowhere to send to */
        video->sip_direction &= (uint8_t)~ZV_SDP_SENDONLY;
    video->direction = video->web_direction & video->sip_direction;
    video->sip_feedback = codec->feedback & ZV_VIDEO_SIP_FEEDBACK;
    if (!video->web_orientation_id || !media->orientation_id)
        video->sip_orientation_id = video->web_orientation_id = 0;
    else
        video->sip_orientation_id = media->orientation_id;
    video->web_kbps = limit_of(media, video->max_kbps);
}

/* ---- plans from offers ---- */

void zv_video_refuse(struct zv_video_plan *video, enum zv_video_reason reason)
{
    *video = (struct zv_video_plan){.committed = -1, .reason = (uint8_t)reason};
}

static struct zv_pt_set taken_by_audio(const struct zv_media_plan *plan, enum zv_plan_side side)
{
    struct zv_pt_set set = {0};
    for (int i = 0; i < plan->pair_count; i++) {
        int pt = side == ZV_SIDE_WEB ? plan->pairs[i].web_pt : plan->pairs[i].sip_rx_pt;
        if (pt != ZV_PT_NONE)
            set.is_used[pt] = true;
    }
    return set;
}

/* Two media of one transport are told apart by payload type: a client's video that repeats numbers
 * of its audio is left out. */
static void keep_apart(struct zv_media_plan *plan)
{
    struct zv_pt_set audio = taken_by_audio(plan, ZV_SIDE_WEB);
    struct zv_video_plan *video = &plan->video;
    uint8_t kept = 0;
    for (int i = 0; i < video->pair_count; i++) {
        struct zv_video_pair pair = video->pairs[i];
        if (audio.is_used[pair.web_pt])
            continue;
        if (pair.web_rtx_pt != ZV_PT_NONE && audio.is_used[pair.web_rtx_pt])
            pair.web_rtx_pt = ZV_PT_NONE;
        video->pairs[kept++] = pair;
    }
    if (video->pair_count && !kept)
        zv_video_refuse(video, ZV_VIDEO_REASON_UNUSABLE);
    video->pair_count = kept;
}

/* Towards SIP the profiles that every phone has; others would only make the INVITE longer. */
static void add_clients_pairs(const struct zv_sdp *sdp, const struct zv_sdp_media *media,
                              struct zv_pt_set *sip, struct zv_video_plan *video)
{
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        struct zv_video_pair pair = pair_of(codec);
        if (!can_add(video, codec) ||
            (codec->kind == ZV_CODEC_H264 && !zv_h264_is_baseline(codec->profile_level_id)))
            continue;
        pair.web_pt = codec->pt;
        pair.web_rtx_pt = rtx_of(sdp, media, codec->pt);
        pair.sip_rx_pt = zv_pt_assign(sip, (enum zv_codec_kind)codec->kind, codec->pt);
        if (pair.sip_rx_pt != ZV_PT_NONE)
            video->pairs[video->pair_count++] = pair;
    }
}

/* NONE: it can be planned. */
static enum zv_video_reason judge_client(const struct zv_sdp *sdp, bool is_offer)
{
    const struct zv_sdp_media *media = zv_sdp_video(sdp);
    if (!media)
        return ZV_VIDEO_REASON_REFUSED;
    if (!zv_plan_is_bundled(sdp, is_offer))
        return ZV_VIDEO_REASON_UNUSABLE;
    return media->direction == ZV_SDP_INACTIVE ? ZV_VIDEO_REASON_INACTIVE : ZV_VIDEO_REASON_NONE;
}

void zv_video_from_client(const struct zv_sdp *web_offer, const struct zv_plan_sip *local,
                          struct zv_media_plan *plan)
{
    const struct zv_sdp_media *media = zv_sdp_video(web_offer);
    struct zv_pt_set sip = taken_by_audio(plan, ZV_SIDE_SIP);
    struct zv_video_plan video = {.committed = -1, .max_kbps = local->video_kbps};
    zv_video_refuse(&plan->video, ZV_VIDEO_REASON_NONE);
    if (!media)
        return;
    enum zv_video_reason reason = judge_client(web_offer, true);
    if (reason == ZV_VIDEO_REASON_NONE && !local->video.rtp.family)
        reason = ZV_VIDEO_REASON_OFF;
    if (reason == ZV_VIDEO_REASON_NONE && (local->cut.parts & ZV_PLAN_PART_VIDEO))
        reason = ZV_VIDEO_REASON_REFUSED;
    if (reason == ZV_VIDEO_REASON_NONE)
        add_clients_pairs(web_offer, media, &sip, &video);
    if (!video.pair_count) {
        zv_video_refuse(&plan->video, reason ? reason : ZV_VIDEO_REASON_NO_COMMON_CODEC);
        return;
    }
    video.web_orientation_id = video.sip_orientation_id = media->orientation_id;
    video.web_direction = (uint8_t)media->direction;
    video.sip_kbps = limit_of(media, video.max_kbps);
    plan->video = video;
    keep_apart(plan);
}

static void add_sips_pairs(const struct zv_sdp *sdp, const struct zv_sdp_media *media,
                           struct zv_pt_set *web, struct zv_video_plan *video)
{
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        struct zv_video_pair pair = pair_of(codec);
        if (!can_add(video, codec))
            continue;
        pair.sip_tx_pt = pair.sip_rx_pt = codec->pt;
        pair.web_pt = zv_pt_assign(web, (enum zv_codec_kind)codec->kind, codec->pt);
        if (pair.web_pt != ZV_PT_NONE)
            video->pairs[video->pair_count++] = pair;
    }
}

/* Behind the codecs, so that these keep their numbers. */
static void add_rtx(struct zv_pt_set *web, struct zv_video_plan *video)
{
    for (int i = 0; i < video->pair_count; i++)
        video->pairs[i].web_rtx_pt = zv_pt_assign(web, ZV_CODEC_RTX, video->pairs[i].web_pt + 1);
}

void zv_video_from_sip(const struct zv_sdp *sip_offer, const struct zv_plan_sip_remote *remote,
                       const struct zv_plan_web *local, struct zv_media_plan *plan)
{
    const struct zv_sdp_media *media = zv_sdp_video(sip_offer);
    struct zv_pt_set web = taken_by_audio(plan, ZV_SIDE_WEB);
    struct zv_video_plan video = {.committed = -1, .max_kbps = local->video_kbps};
    enum zv_video_reason reason = (enum zv_video_reason)remote->video_reason;
    zv_video_refuse(&plan->video, reason);
    if (!media || !remote->has_video)
        return;
    if (!local->video_ssrc)
        reason = ZV_VIDEO_REASON_OFF;
    else if (media->direction == ZV_SDP_INACTIVE)
        reason = ZV_VIDEO_REASON_INACTIVE;
    if (reason == ZV_VIDEO_REASON_NONE)
        add_sips_pairs(sip_offer, media, &web, &video);
    if (local->video_rtx_ssrc)
        add_rtx(&web, &video);
    if (!video.pair_count) {
        zv_video_refuse(&plan->video, reason ? reason : ZV_VIDEO_REASON_NO_COMMON_CODEC);
        return;
    }
    video.sip_orientation_id = media->orientation_id;
    video.web_orientation_id = media->orientation_id ? OFFERED_ORIENTATION_ID : 0;
    video.web_cc_id = OFFERED_CC_ID;
    video.web_feedback = WEB_FEEDBACK;
    video.web_direction = (uint8_t)zv_plan_reverse(media->direction); /* as far as it is offered */
    video.web_kbps = limit_of(media, video.max_kbps);
    plan->video = video;
}

/* ---- commitment ---- */

/* Both baselines of one packetization mode were offered: packets of either are taken. */
static uint8_t other_baseline(const struct zv_video_plan *video, int at)
{
    const struct zv_video_pair *pair = &video->pairs[at];
    for (int i = 0; i < video->pair_count; i++) {
        const struct zv_video_pair *other = &video->pairs[i];
        if (i != at && pair->kind == ZV_CODEC_H264 && other->kind == ZV_CODEC_H264 &&
            other->packetization_mode == pair->packetization_mode &&
            zv_h264_is_baseline(other->profile_level_id) &&
            zv_h264_is_baseline(pair->profile_level_id) && other->sip_rx_pt > 0)
            return (uint8_t)other->sip_rx_pt;
    }
    return 0;
}

static void commit(int at, struct zv_video_plan *video)
{
    uint8_t also_pt = other_baseline(video, at);
    video->pairs[0] = video->pairs[at];
    video->pairs[0].sip_also_pt = also_pt;
    video->pair_count = 1;
    video->committed = 0;
    video->reason = ZV_VIDEO_REASON_NONE;
}

/* Their first codec that is a pair of the plan; NULL: none. */
static const struct zv_sdp_codec *pick(const struct zv_sdp *sdp, const struct zv_video_plan *video,
                                       int *ret_at)
{
    const struct zv_sdp_media *media = zv_sdp_video(sdp);
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        int at = find_pair(video, codec);
        if (at < 0)
            continue;
        *ret_at = at;
        return codec;
    }
    return NULL;
}

static enum zv_video_reason judge_sip(const struct zv_sdp *sdp,
                                      const struct zv_plan_sip_remote *remote)
{
    if (remote->has_video && zv_sdp_video(sdp))
        return ZV_VIDEO_REASON_NONE;
    return remote->video_reason ? (enum zv_video_reason)remote->video_reason
                                : ZV_VIDEO_REASON_REFUSED;
}

void zv_video_commit_by_sip(const struct zv_plan_web_answer *in, struct zv_video_plan *video)
{
    int at = -1;
    if (!video->pair_count)
        return;
    enum zv_video_reason reason = judge_sip(in->sip_answer, in->remote);
    if (reason == ZV_VIDEO_REASON_NONE && !in->local->video_ssrc)
        reason = ZV_VIDEO_REASON_OFF;
    if (reason != ZV_VIDEO_REASON_NONE) {
        zv_video_refuse(video, reason);
        return;
    }
    const struct zv_sdp_codec *codec = pick(in->sip_answer, video, &at);
    const struct zv_sdp_codec *clients =
        codec ? zv_video_find_codec(in->web_offer, &video->pairs[at]) : NULL;
    if (!clients) {
        zv_video_refuse(video, mismatch(in->sip_answer, video));
        return;
    }
    commit(at, video);
    video->pairs[0].sip_tx_pt = codec->pt;
    if (!in->local->video_rtx_ssrc)
        video->pairs[0].web_rtx_pt = ZV_PT_NONE;
    take_client(zv_sdp_video(in->web_offer), clients, video);
    take_sip(zv_sdp_video(in->sip_answer), codec, video);
}

static void number_client(const struct zv_sdp *sdp, const struct zv_sdp_codec *codec,
                          struct zv_video_pair *pair)
{
    pair->web_pt = codec->pt;
    if (pair->web_rtx_pt != ZV_PT_NONE)
        pair->web_rtx_pt = rtx_of(sdp, zv_sdp_video(sdp), codec->pt);
    pair->profile_level_id = codec->profile_level_id;
}

void zv_video_commit_by_client(const struct zv_sdp *sip_offer, const struct zv_sdp *web_answer,
                               struct zv_media_plan *plan)
{
    struct zv_video_plan *video = &plan->video;
    const struct zv_sdp_codec *codec = NULL;
    int at = -1;
    if (!video->pair_count)
        return;
    enum zv_video_reason reason = judge_client(web_answer, false);
    if (reason == ZV_VIDEO_REASON_INACTIVE) /* nothing to look at, and nobody to show it to */
        reason = ZV_VIDEO_REASON_REFUSED;
    if (reason == ZV_VIDEO_REASON_NONE && !(codec = pick(web_answer, video, &at)))
        reason = mismatch(web_answer, video);
    const struct zv_sdp_codec *sips =
        codec ? zv_video_find_codec(sip_offer, &video->pairs[at]) : NULL;
    if (!sips) {
        zv_video_refuse(video, reason ? reason : ZV_VIDEO_REASON_NO_COMMON_CODEC);
        return;
    }
    commit(at, video);
    number_client(web_answer, codec, &video->pairs[0]);
    take_client(zv_sdp_video(web_answer), codec, video);
    take_sip(zv_sdp_video(sip_offer), sips, video);
    keep_apart(plan);
}

/* ---- later descriptions ---- */

/* What our own offer said of it stays: another answer may come, of another branch. */
static void lose_sip(struct zv_video_plan *video, enum zv_video_reason reason)
{
    video->pairs[video->committed].sip_tx_pt = ZV_PT_NONE;
    video->reason = (uint8_t)reason;
    video->direction = video->sip_direction = ZV_SDP_INACTIVE;
    video->sip_feedback = 0;
}

void zv_video_follow_sip(const struct zv_sdp *sip, const struct zv_plan_sip_remote *remote,
                         const struct zv_plan_sip *local, struct zv_video_plan *video)
{
    if (!zv_video_plan_committed(video)) {
        if (!video->pair_count && zv_sdp_video(sip) && !video->reason)
            video->reason = ZV_VIDEO_REASON_REFUSED;
        return;
    }
    struct zv_video_pair *pair = &video->pairs[video->committed];
    enum zv_video_reason reason = judge_sip(sip, remote);
    const struct zv_sdp_codec *codec = NULL;
    if (reason == ZV_VIDEO_REASON_NONE && local && !local->video.rtp.family)
        reason = ZV_VIDEO_REASON_OFF;
    if (reason == ZV_VIDEO_REASON_NONE && !(codec = zv_video_find_codec(sip, pair)))
        reason = mismatch(sip, video);
    if (reason != ZV_VIDEO_REASON_NONE) {
        lose_sip(video, reason);
        return;
    }
    pair->sip_tx_pt = codec->pt;
    if (local)
        pair->sip_rx_pt = codec->pt; /* RFC 3264 §6.1: an answer keeps the offer's numbers */
    video->reason = ZV_VIDEO_REASON_NONE;
    take_sip(zv_sdp_video(sip), codec, video);
}

/* Of several pairs those that the client names again. */
static void keep_named(const struct zv_sdp *web_offer, struct zv_video_plan *video)
{
    uint8_t kept = 0;
    for (int i = 0; i < video->pair_count; i++) {
        struct zv_video_pair pair = video->pairs[i];
        const struct zv_sdp_codec *codec = zv_video_find_codec(web_offer, &pair);
        if (!codec)
            continue;
        number_client(web_offer, codec, &pair);
        video->pairs[kept++] = pair;
    }
    video->pair_count = kept;
}

void zv_video_follow_client(const struct zv_sdp *web_offer, struct zv_media_plan *plan)
{
    struct zv_video_plan *video = &plan->video;
    const struct zv_video_pair *committed = zv_video_plan_committed(video);
    if (!video->pair_count)
        return;
    enum zv_video_reason reason = judge_client(web_offer, true);
    if (reason != ZV_VIDEO_REASON_NONE && !(reason == ZV_VIDEO_REASON_INACTIVE && committed)) {
        zv_video_refuse(video, reason);
        return;
    }
    reason = mismatch(web_offer, video);
    keep_named(web_offer, video);
    if (!video->pair_count) {
        zv_video_refuse(video, reason);
        return;
    }
    const struct zv_sdp_media *media = zv_sdp_video(web_offer);
    if (committed)
        take_client(media, zv_video_find_codec(web_offer, &video->pairs[0]), video);
    else
        video->web_direction = (uint8_t)media->direction;
    keep_apart(plan);
}
