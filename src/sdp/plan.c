/* What the offers and the answers share: payload types, the order of a plan, audio as it is
 * written. */
#include "sdp/plan.h"

#include "base/attr.h"
#include "sdp/fmtp.h"
#include "sdp/plan_int.h"

/* ---- payload types ---- */

static int16_t static_type(enum zv_codec_kind kind)
{
    switch (kind) {
    case ZV_CODEC_PCMU:
        return 0;
    case ZV_CODEC_PCMA:
        return 8;
    case ZV_CODEC_G722:
        return 9;
    case ZV_CODEC_CN:
        return 13;
    default:
        return ZV_PT_NONE;
    }
}

int16_t zv_pt_assign(struct zv_pt_set *set, enum zv_codec_kind kind, int wanted)
{
    int pt = static_type(kind);
    if (pt == ZV_PT_NONE)
        pt = wanted >= ZV_PT_FIRST_DYNAMIC && wanted < 128 ? wanted : ZV_PT_FIRST_DYNAMIC;
    for (int i = 0; i < 128 && set->is_used[pt]; i++)
        pt = pt < 127 ? ZV_MAX(pt + 1, ZV_PT_FIRST_DYNAMIC) : ZV_PT_FIRST_DYNAMIC;
    if (set->is_used[pt])
        return ZV_PT_NONE;
    set->is_used[pt] = true;
    return (int16_t)pt;
}

/* ---- the plan's pairs ---- */

int zv_plan_find(const struct zv_media_plan *plan, uint8_t kind, uint32_t clock_hz)
{
    for (int i = 0; i < plan->pair_count; i++) {
        if (plan->pairs[i].kind == kind && plan->pairs[i].clock_hz == clock_hz)
            return i;
    }
    return -1;
}

static bool is_audio(uint8_t kind)
{
    return kind != ZV_CODEC_NONE && kind != ZV_CODEC_RTX &&
           !zv_codec_is_video((enum zv_codec_kind)kind);
}

bool zv_plan_can_add(const struct zv_media_plan *plan, const struct zv_sdp_codec *codec)
{
    return is_audio(codec->kind) && plan->pair_count < ZV_MAX_PLAN_PAIRS &&
           zv_plan_find(plan, codec->kind, codec->clock_hz) < 0;
}

static int rank(const struct zv_codec_pair *pair)
{
    if (zv_codec_is_voice((enum zv_codec_kind)pair->kind))
        return 0;
    return pair->kind == ZV_CODEC_TELEPHONE_EVENT ? 1 : 2;
}

void zv_plan_sort(struct zv_media_plan *plan)
{
    for (int i = 1; i < plan->pair_count; i++) {
        struct zv_codec_pair pair = plan->pairs[i];
        int at = i;
        for (; at > 0 && rank(&plan->pairs[at - 1]) > rank(&pair); at--)
            plan->pairs[at] = plan->pairs[at - 1];
        plan->pairs[at] = pair;
    }
}

bool zv_plan_has_voice(const struct zv_media_plan *plan)
{
    return plan->pair_count && rank(&plan->pairs[0]) == 0;
}

void zv_plan_keep_commitment(const struct zv_codec_pair *committed, struct zv_media_plan *plan)
{
    plan->committed = (int8_t)zv_plan_find(plan, committed->kind, committed->clock_hz);
}

static bool has_voice_at(const struct zv_media_plan *plan, uint32_t clock_hz)
{
    for (int i = 0; i < plan->pair_count; i++) {
        if (rank(&plan->pairs[i]) == 0 && plan->pairs[i].clock_hz == clock_hz)
            return true;
    }
    return false;
}

void zv_plan_drop_orphans(struct zv_media_plan *plan)
{
    struct zv_media_plan kept = {.committed = plan->committed};
    for (int i = 0; i < plan->pair_count; i++) {
        const struct zv_codec_pair *pair = &plan->pairs[i];
        if (rank(pair) == 0 || has_voice_at(plan, pair->clock_hz))
            kept.pairs[kept.pair_count++] = *pair;
    }
    *plan = kept;
}

const struct zv_sdp_codec *zv_sdp_find_codec(const struct zv_sdp *sdp,
                                             const struct zv_sdp_media *media,
                                             const struct zv_codec_pair *pair)
{
    for (uint16_t i = 0; i < media->codec_count; i++) {
        const struct zv_sdp_codec *codec = zv_sdp_codec_at(sdp, media, i);
        if (codec->kind == pair->kind && codec->clock_hz == pair->clock_hz)
            return codec;
    }
    return NULL;
}

/* ---- what is written ---- */

static struct zv_str opus_fmtp(const struct zv_codec_pair *pair, const struct zv_sdp *theirs)
{
    const struct zv_sdp_media *media = theirs ? zv_sdp_audio(theirs) : NULL;
    const struct zv_sdp_codec *codec = media ? zv_sdp_find_codec(theirs, media, pair) : NULL;
    if (codec && zv_fmtp_is_safe(codec->fmtp))
        return codec->fmtp;
    return zv_str("minptime=10;useinbandfec=1");
}

void zv_plan_write_pair(const struct zv_codec_pair *pair, enum zv_plan_side side,
                        const struct zv_sdp *theirs, struct zv_sdp_out_media *media)
{
    int16_t pt = side == ZV_SIDE_WEB ? pair->web_pt : pair->sip_rx_pt;
    if (pt == ZV_PT_NONE || media->codec_count == ZV_MAX_OUT_CODECS)
        return;
    struct zv_sdp_out_codec *codec = &media->codecs[media->codec_count++];
    *codec = (struct zv_sdp_out_codec){
        .kind = pair->kind,
        .pt = (uint8_t)pt,
        .channels = pair->channels,
        .clock_hz = pair->clock_hz,
    };
    if (pair->kind == ZV_CODEC_OPUS)
        codec->fmtp = opus_fmtp(pair, theirs);
    else if (pair->kind == ZV_CODEC_TELEPHONE_EVENT && side == ZV_SIDE_SIP)
        codec->fmtp = zv_str("0-15"); /* RFC 4733 §2.4.1: the DTMF events */
}

static struct zv_sdp_out_line line_for(const struct zv_sdp *like, const struct zv_sdp_media *theirs,
                                       struct zv_sdp_out *out)
{
    if (theirs == zv_sdp_audio(like)) {
        out->audio.mid = theirs->mid;
        return (struct zv_sdp_out_line){.kind = ZV_SDP_OUT_AUDIO};
    }
    if (theirs == zv_sdp_video(like) && out->video.codec_count) {
        out->video.mid = theirs->mid;
        return (struct zv_sdp_out_line){.kind = ZV_SDP_OUT_VIDEO};
    }
    return (struct zv_sdp_out_line){.kind = ZV_SDP_OUT_REJECTED, .rejected = theirs};
}

void zv_plan_mirror(const struct zv_sdp *like, struct zv_sdp_out *out)
{
    out->bundle_like = like;
    for (uint8_t i = 0; i < like->media_count; i++)
        out->lines[out->line_count++] = line_for(like, &like->media[i], out);
}

uint16_t zv_plan_usable_ptime(uint16_t ptime_ms, uint16_t fallback)
{
    return ptime_ms >= 10 && ptime_ms <= 120 ? ptime_ms : fallback;
}

enum zv_sdp_direction zv_plan_reverse(enum zv_sdp_direction direction)
{
    int reversed = 0;
    if (direction & ZV_SDP_SENDONLY)
        reversed |= ZV_SDP_RECVONLY;
    if (direction & ZV_SDP_RECVONLY)
        reversed |= ZV_SDP_SENDONLY;
    return (enum zv_sdp_direction)reversed;
}

enum zv_sdp_direction zv_plan_withhold(const struct zv_plan_sip *local,
                                       enum zv_sdp_direction direction)
{
    return (enum zv_sdp_direction)(direction & ~local->withheld);
}

enum zv_plan_verdict zv_plan_finish(const struct zv_sdp_out *out,
                                    const struct zv_media_plan *planned,
                                    struct zv_media_plan *ret_plan, struct zv_buf *body)
{
    zv_sdp_write(out, body);
    if (body->overflow)
        return ZV_PLAN_TOO_LARGE;
    *ret_plan = *planned;
    return ZV_PLAN_OK;
}
