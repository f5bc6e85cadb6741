/*
 * An offer of ours that a far end refused by 415, 488 or 606: which part of it, and what an offer
 * without that part says. Evidence is the far end's own description (RFC 3261 §21.4.26) before the
 * warn-code of its Warning (§20.43). Many give neither. A far end that was offered keys beside
 * RTP/AVP (RFC 8643) then most likely insists on RTP/SAVP: attributes that it does not know it
 * would have ignored. Else the plainest offer has the best chance: audio alone, codecs with a
 * static payload type (RFC 3551 §6).
 *
 * A far end is believed as far as the policy goes: required SRTP stays, and SRTP that is off is not
 * taken up. Its ports are not looked at, a description of what it can do may have 0 in all of them.
 */
#include "base/attr.h"
#include "sdp/plan_int.h"

#define BIT(kind) (UINT32_C(1) << (kind))
_Static_assert(ZV_CODEC_KIND_COUNT <= 32, "a bit for each kind");

/* What every phone knows. */
#define PLAIN_CODECS                                                                               \
    (BIT(ZV_CODEC_PCMU) | BIT(ZV_CODEC_PCMA) | BIT(ZV_CODEC_G722) | BIT(ZV_CODEC_TELEPHONE_EVENT))
/* No voice, and in no description of codecs for its own sake. */
#define BESIDE_VOICE (BIT(ZV_CODEC_TELEPHONE_EVENT) | BIT(ZV_CODEC_CN))

const char *zv_plan_part_name(enum zv_plan_part part)
{
    switch (part) {
    case ZV_PLAN_PART_VIDEO:
        return "the video";
    case ZV_PLAN_PART_SRTP:
        return "the encryption";
    case ZV_PLAN_PART_CODECS:
        return "the codecs";
    case ZV_PLAN_PART_ATTRIBUTES:
        return "an attribute";
    case ZV_PLAN_PART_BANDWIDTH:
        return "the bandwidth";
    case ZV_PLAN_PART_ADDRESS:
        return "the kind of address";
    }
    return "a part";
}

/* ---- what there is ---- */

/* What a description is about, as far as it matters here. */
struct content {
    bool has_audio;
    bool has_video;
    bool is_savp; /* of its audio, as the next two */
    bool has_keys;
    uint32_t voices; /* bits of zv_codec_kind */
};

static void look_at_audio(const struct zv_sdp *sdp, const struct zv_sdp_media *media,
                          struct content *ret_content)
{
    ret_content->has_audio = true;
    ret_content->is_savp = zv_srtp_is_savp(media->proto);
    ret_content->has_keys = media->crypto_count > 0;
    for (uint16_t i = 0; i < media->codec_count; i++) {
        uint8_t kind = zv_sdp_codec_at(sdp, media, i)->kind;
        if (zv_codec_is_voice((enum zv_codec_kind)kind))
            ret_content->voices |= BIT(kind);
    }
}

static struct content content_of(const struct zv_sdp *sdp)
{
    struct content content = {0};
    for (uint8_t i = 0; i < sdp->media_count; i++) {
        if (sdp->media[i].kind == ZV_SDP_AUDIO && !content.has_audio)
            look_at_audio(sdp, &sdp->media[i], &content);
        content.has_video = content.has_video || sdp->media[i].kind == ZV_SDP_VIDEO;
    }
    return content;
}

static bool has_bandwidth(const struct content *ours, const struct zv_plan_sip *local)
{
    return local->session_kbps || local->session_bps || (ours->has_video && local->video_kbps);
}

/* ---- what was refused ---- */

static uint8_t parts_by_description(const struct content *ours, const struct content *theirs)
{
    uint8_t parts = 0;
    if (!theirs->has_audio)
        return 0;
    if (ours->has_video && !theirs->has_video)
        parts |= ZV_PLAN_PART_VIDEO;
    if (ours->is_savp != theirs->is_savp)
        parts |= ZV_PLAN_PART_SRTP;
    if (ours->voices & ~theirs->voices)
        parts |= ZV_PLAN_PART_CODECS;
    return parts;
}

/* RFC 3261 §20.43. What is not in the offer cannot be meant. */
static uint8_t parts_by_warning(const struct content *ours, const struct zv_plan_sip *local,
                                uint16_t code)
{
    uint8_t video = ours->has_video ? ZV_PLAN_PART_VIDEO : 0;
    uint8_t bandwidth = has_bandwidth(ours, local) ? ZV_PLAN_PART_BANDWIDTH : 0;
    switch (code) {
    case 300: /* network protocol */
    case 301: /* network address formats */
    case 330: /* multicast */
    case 331: /* unicast */
        return ZV_PLAN_PART_ADDRESS;
    case 302: /* transport protocol */
        return ZV_PLAN_PART_SRTP;
    case 303: /* bandwidth units */
        return bandwidth;
    case 304: /* media type */
        return video;
    case 305: /* media format */
        return ZV_PLAN_PART_CODECS;
    case 306: /* attribute not understood */
        return ZV_PLAN_PART_ATTRIBUTES | (ours->has_keys && !ours->is_savp ? ZV_PLAN_PART_SRTP : 0);
    case 307: /* any other parameter */
        return ZV_PLAN_PART_ATTRIBUTES | bandwidth;
    case 370: /* insufficient bandwidth */
        return video | bandwidth;
    default: /* 399, and what came later */
        return 0;
    }
}

/* ---- what can be done ---- */

/* Only these codecs; false: no voice would be left, or none would go. */
static bool keep_codecs(const struct content *ours, uint32_t kinds, struct zv_plan_cut *cut)
{
    if (!(ours->voices & kinds) || !(ours->voices & ~kinds))
        return false;
    cut->parts |= ZV_PLAN_PART_CODECS;
    cut->codecs = kinds | BESIDE_VOICE;
    return true;
}

/* The other profile; with `theirs` absent they refuse the one that we had. */
static bool change_profile(const struct content *ours, const struct zv_plan_sip *local,
                           struct zv_plan_cut *cut)
{
    if (local->srtp != ZV_SRTP_POLICY_OPTIONAL)
        return false;
    cut->is_savp = !ours->is_savp;
    if (ours->is_savp)
        cut->parts |= ZV_PLAN_PART_SRTP;
    return true;
}

/* Nothing is known. Attributes go only along with something else: alone they are hardly ever the
 * reason. */
static bool guess(const struct content *ours, const struct zv_plan_sip *local,
                  struct zv_plan_cut *cut)
{
    if (ours->has_keys && change_profile(ours, local, cut))
        return true;
    bool is_changed = keep_codecs(ours, PLAIN_CODECS, cut);
    if (ours->has_video)
        cut->parts |= ZV_PLAN_PART_VIDEO;
    if (has_bandwidth(ours, local))
        cut->parts |= ZV_PLAN_PART_BANDWIDTH;
    is_changed = is_changed || cut->parts;
    cut->parts |= ZV_PLAN_PART_ATTRIBUTES;
    return is_changed;
}

/* A format may be one of the video's. */
static bool cut_codecs(const struct content *ours, const struct content *theirs,
                       struct zv_plan_cut *cut)
{
    if (theirs->has_audio)
        return keep_codecs(ours, theirs->voices, cut);
    if (ours->has_video)
        cut->parts |= ZV_PLAN_PART_VIDEO;
    return keep_codecs(ours, PLAIN_CODECS, cut) || ours->has_video;
}

/* All of the known parts, or it would be refused again. */
static bool cut_parts(const struct content *ours, const struct content *theirs, uint8_t parts,
                      const struct zv_plan_sip *local, struct zv_plan_cut *cut)
{
    bool is_keys = (parts & ZV_PLAN_PART_ATTRIBUTES) != 0; /* a=crypto beside RTP/AVP */
    if (parts & ZV_PLAN_PART_ADDRESS)
        return false;
    cut->parts = parts & (ZV_PLAN_PART_VIDEO | ZV_PLAN_PART_ATTRIBUTES | ZV_PLAN_PART_BANDWIDTH);
    if ((parts & ZV_PLAN_PART_CODECS) && !cut_codecs(ours, theirs, cut))
        return false;
    if ((parts & ZV_PLAN_PART_SRTP) && is_keys)
        cut->parts |= ZV_PLAN_PART_SRTP;
    else if ((parts & ZV_PLAN_PART_SRTP) && !change_profile(ours, local, cut))
        return false;
    return true;
}

bool zv_plan_repair(const struct zv_sdp *ours, const struct zv_plan_refusal *refusal,
                    const struct zv_plan_sip *local, uint8_t *ret_parts,
                    struct zv_plan_cut *ret_cut)
{
    struct content mine = content_of(ours), theirs = {0};
    struct zv_plan_cut cut = {0};
    if (refusal->theirs)
        theirs = content_of(refusal->theirs);
    uint8_t parts = parts_by_description(&mine, &theirs);
    if (!parts)
        parts = parts_by_warning(&mine, local, refusal->warning);
    *ret_parts = parts;
    bool has_chance =
        parts ? cut_parts(&mine, &theirs, parts, local, &cut) : guess(&mine, local, &cut);
    if (has_chance)
        *ret_cut = cut;
    return has_chance;
}
