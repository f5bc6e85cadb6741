/*
 * The transports that descriptions name: of the web leg ICE and DTLS, which its audio and video
 * share, of the SIP leg an address for each media.
 */
#include "base/attr.h"
#include "sdp/plan_int.h"

/* ---- the web leg ---- */

/* RFC 8839 §5.4: ice-char, and the lengths of its two tokens. */
static bool is_ice_token(struct zv_str text, size_t min)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!zv_is_alnum(text.p[i]) && text.p[i] != '+' && text.p[i] != '/')
            return false;
    }
    return text.len >= min && text.len <= 256;
}

/* "sha-256 AB:CD:…" of one of the functions that RFC 8122 §5 still allows. */
static bool is_fingerprint(struct zv_str text)
{
    static const struct {
        const char *hash;
        size_t bytes;
    } hashes[] = {{"sha-256 ", 32}, {"sha-384 ", 48}, {"sha-512 ", 64}};
    for (size_t i = 0; i < ZV_ARRAY_LEN(hashes); i++) {
        if (!zv_str_has_prefix_i(text, hashes[i].hash))
            continue;
        struct zv_str hex = zv_str_tail(text, strlen(hashes[i].hash));
        if (hex.len != hashes[i].bytes * 3 - 1)
            return false;
        for (size_t j = 0; j < hex.len; j++) {
            if (j % 3 == 2 ? hex.p[j] != ':' : zv_hex_value(hex.p[j]) < 0)
                return false;
        }
        return true;
    }
    return false;
}

static struct zv_str pick_fingerprint(const struct zv_sdp_media *media)
{
    struct zv_str picked = {0};
    for (uint8_t i = 0; i < media->fingerprint_count; i++) {
        struct zv_str fingerprint = media->fingerprints[i];
        if (!is_fingerprint(fingerprint))
            continue;
        if (!picked.p || zv_str_has_prefix_i(fingerprint, "sha-256 "))
            picked = fingerprint;
    }
    return picked;
}

enum zv_plan_verdict zv_plan_read_web(const struct zv_sdp *sdp,
                                      struct zv_plan_web_remote *ret_remote)
{
    const struct zv_sdp_media *media = zv_sdp_audio(sdp);
    if (!media)
        return ZV_PLAN_NO_AUDIO;
    struct zv_plan_web_remote remote = {
        .ufrag = media->ufrag,
        .pwd = media->pwd,
        .fingerprint = pick_fingerprint(media),
        .is_dtls_client = media->setup == ZV_SDP_SETUP_PASSIVE,
    };
    bool has_role = media->setup != ZV_SDP_SETUP_NONE && media->setup != ZV_SDP_SETUP_HOLDCONN;
    if (!is_ice_token(remote.ufrag, 4) || !is_ice_token(remote.pwd, 22) || !remote.fingerprint.p ||
        !has_role || !media->rtcp_mux)
        return ZV_PLAN_UNUSABLE;
    *ret_remote = remote;
    return ZV_PLAN_OK;
}

static bool is_same_transport(const struct zv_sdp_media *audio, const struct zv_sdp_media *video)
{
    if (video->ufrag.len && !zv_str_eq(video->ufrag, audio->ufrag))
        return false;
    if (video->pwd.len && !zv_str_eq(video->pwd, audio->pwd))
        return false;
    if (video->setup != ZV_SDP_SETUP_NONE && video->setup != audio->setup)
        return false;
    for (uint8_t i = 0; i < video->fingerprint_count; i++) {
        if (i >= audio->fingerprint_count ||
            !zv_str_eqi(video->fingerprints[i], audio->fingerprints[i]))
            return false;
    }
    return true;
}

bool zv_plan_is_bundled(const struct zv_sdp *sdp, bool is_offer)
{
    const struct zv_sdp_media *audio = zv_sdp_audio(sdp), *video = zv_sdp_video(sdp);
    int audio_place = zv_sdp_bundle_place(sdp, audio),
        video_place = zv_sdp_bundle_place(sdp, video);
    if (audio_place < 0 || video_place < 0)
        return false;
    return is_same_transport(audio, video) || (is_offer && audio_place < video_place);
}

/* ---- the SIP leg ---- */

/* Nothing may make us send to many, or to nobody in particular. */
static bool is_group_address(const struct zv_addr *addr)
{
    if (addr->family == ZV_ADDR_IPV6)
        return addr->ip[0] == 0xff;
    return addr->ip[0] >= 224; /* class D and above: RFC 5771, 255.255.255.255 */
}

static struct zv_addr rtcp_address(const struct zv_sdp_media *media)
{
    struct zv_addr rtcp = media->addr;
    if (media->rtcp_addr.family && !is_group_address(&media->rtcp_addr))
        rtcp = media->rtcp_addr;
    rtcp.port = media->rtcp_port;
    if (!rtcp.port)
        rtcp.port = media->port < UINT16_MAX ? (uint16_t)(media->port + 1) : media->port;
    return rtcp;
}

static enum zv_plan_verdict read_sip_media(const struct zv_sdp_media *media, bool is_answer,
                                           enum zv_srtp_policy policy,
                                           const struct zv_plan_sip_media *local,
                                           struct zv_plan_sip_remote_media *ret_remote)
{
    bool is_savp = zv_srtp_is_savp(media->proto);
    if ((!is_savp && !zv_srtp_is_avp(media->proto)) || !media->port || !media->addr.family ||
        is_group_address(&media->addr))
        return ZV_PLAN_UNUSABLE;
    struct zv_plan_sip_remote_media remote = {
        .direction = media->direction,
        .rtcp_mux = media->rtcp_mux && (!is_answer || local->rtcp_mux),
        .is_savp = is_savp,
    };
    enum zv_plan_verdict verdict = is_answer
                                       ? zv_srtp_read_answer(media, policy, local, &remote.srtp)
                                       : zv_srtp_read_offer(media, policy, &remote.srtp);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    if (!zv_addr_is_unspecified(&media->addr)) { /* 0.0.0.0: send nothing (RFC 2543 hold) */
        remote.rtp = media->addr;
        remote.rtp.port = media->port;
        remote.rtcp = rtcp_address(media);
    }
    *ret_remote = remote;
    return ZV_PLAN_OK;
}

static enum zv_video_reason reason_of(enum zv_plan_verdict verdict)
{
    if (verdict == ZV_PLAN_OK)
        return ZV_VIDEO_REASON_NONE;
    return verdict == ZV_PLAN_UNUSABLE ? ZV_VIDEO_REASON_UNUSABLE : ZV_VIDEO_REASON_SRTP;
}

static enum zv_video_reason read_sip_video(const struct zv_sdp *sdp, bool is_answer,
                                           const struct zv_plan_sip *local,
                                           struct zv_plan_sip_remote_media *ret_remote)
{
    const struct zv_sdp_media *media = zv_sdp_video(sdp);
    if (media)
        return reason_of(read_sip_media(media, is_answer, local->srtp, &local->video, ret_remote));
    for (uint8_t i = 0; i < sdp->media_count; i++) {
        if (sdp->media[i].kind == ZV_SDP_VIDEO)
            return ZV_VIDEO_REASON_REFUSED;
    }
    return is_answer && local->video.rtp.family ? ZV_VIDEO_REASON_REFUSED : ZV_VIDEO_REASON_NONE;
}

enum zv_plan_verdict zv_plan_read_sip(const struct zv_sdp *sdp, bool is_answer,
                                      const struct zv_plan_sip *local,
                                      struct zv_plan_sip_remote *ret_remote)
{
    const struct zv_sdp_media *media = zv_sdp_audio(sdp);
    struct zv_plan_sip_remote remote = {0};
    if (!media)
        return ZV_PLAN_NO_AUDIO;
    enum zv_plan_verdict verdict =
        read_sip_media(media, is_answer, local->srtp, &local->audio, &remote.audio);
    if (verdict != ZV_PLAN_OK)
        return verdict;
    remote.video_reason = (uint8_t)read_sip_video(sdp, is_answer, local, &remote.video);
    remote.has_video = zv_sdp_video(sdp) && remote.video_reason == ZV_VIDEO_REASON_NONE;
    *ret_remote = remote;
    return ZV_PLAN_OK;
}
