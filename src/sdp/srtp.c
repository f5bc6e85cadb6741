/*
 * SRTP on the SIP leg: what a policy makes of their description, and what ours says.
 *
 *                          off             optional                  required
 *   we offer               RTP/AVP         RTP/AVP, a=crypto         RTP/SAVP, a=crypto
 *   they answer RTP/AVP    plain           plain                     refused
 *     with a=crypto        plain           SRTP                      refused
 *   they answer RTP/SAVP   refused         SRTP                      SRTP
 *   they offer RTP/AVP     plain           plain                     refused
 *     with a=crypto        plain           SRTP, or plain where      SRTP
 *                                          we can use no line
 *   they offer RTP/SAVP    refused         SRTP                      SRTP
 *
 * An answer to keys of ours with a line that is none of ours is refused: they would send what we
 * cannot read.
 */
#include "base/alloc.h"
#include "sdp/plan_int.h"

const char *zv_srtp_policy_name(enum zv_srtp_policy policy)
{
    static const char *const names[] = {"off", "optional", "required"};
    return (unsigned)policy < ZV_ARRAY_LEN(names) ? names[policy] : "unknown";
}

bool zv_srtp_is_avp(struct zv_str proto)
{
    return zv_str_is_i(proto, "RTP/AVP") || zv_str_is_i(proto, "RTP/AVPF");
}

bool zv_srtp_is_savp(struct zv_str proto)
{
    return zv_str_is_i(proto, "RTP/SAVP") || zv_str_is_i(proto, "RTP/SAVPF");
}

/* ---- reading ---- */

/* Their one line accepts one of ours (RFC 4568 section 5.1.3). */
static enum zv_plan_verdict accept_line(const struct zv_sdp_media *media,
                                        const struct zv_plan_sip_media *local,
                                        struct zv_plan_srtp *ret_srtp)
{
    struct zv_crypto theirs;
    enum zv_plan_verdict verdict = ZV_PLAN_SRTP_UNUSABLE;
    if (media->crypto_count != 1 || zv_crypto_parse(media->crypto[0], &theirs))
        return verdict;
    for (uint8_t i = 0; i < local->crypto_count; i++) {
        const struct zv_crypto *ours = &local->crypto[i];
        if (ours->tag != theirs.tag || ours->key.suite != theirs.key.suite)
            continue;
        *ret_srtp = (struct zv_plan_srtp){.tag = ours->tag, .tx = ours->key, .rx = theirs.key};
        verdict = ZV_PLAN_OK;
    }
    zv_wipe(&theirs, sizeof(theirs));
    return verdict;
}

enum zv_plan_verdict zv_srtp_read_answer(const struct zv_sdp_media *media,
                                         enum zv_srtp_policy policy,
                                         const struct zv_plan_sip_media *local,
                                         struct zv_plan_srtp *ret_srtp)
{
    bool is_savp = zv_srtp_is_savp(media->proto);
    if (!local->crypto_count)
        return is_savp ? ZV_PLAN_SRTP_OFF : ZV_PLAN_OK;
    if (local->is_savp && !is_savp)
        return ZV_PLAN_SRTP_REQUIRED;
    if (media->crypto_count)
        return accept_line(media, local, ret_srtp);
    if (policy == ZV_SRTP_POLICY_REQUIRED)
        return ZV_PLAN_SRTP_REQUIRED;
    return is_savp ? ZV_PLAN_SRTP_UNUSABLE : ZV_PLAN_OK;
}

enum zv_plan_verdict zv_srtp_read_offer(const struct zv_sdp_media *media,
                                        enum zv_srtp_policy policy, struct zv_plan_srtp *ret_srtp)
{
    bool is_savp = zv_srtp_is_savp(media->proto);
    struct zv_crypto line;
    if (policy == ZV_SRTP_POLICY_OFF)
        return is_savp ? ZV_PLAN_SRTP_OFF : ZV_PLAN_OK;
    for (uint8_t i = 0; i < media->crypto_count; i++) {
        if (zv_crypto_parse(media->crypto[i], &line))
            continue;
        *ret_srtp = (struct zv_plan_srtp){.tag = line.tag, .rx = line.key};
        zv_wipe(&line, sizeof(line));
        return ZV_PLAN_OK;
    }
    if (is_savp || (media->crypto_count && policy == ZV_SRTP_POLICY_REQUIRED))
        return ZV_PLAN_SRTP_UNUSABLE;
    return policy == ZV_SRTP_POLICY_REQUIRED ? ZV_PLAN_SRTP_REQUIRED : ZV_PLAN_OK;
}

/* ---- what we say ---- */

static void offer_media(const struct zv_plan_sip *sip, const struct zv_rand *rand,
                        struct zv_plan_sip_media *local)
{
    bool is_required = sip->srtp == ZV_SRTP_POLICY_REQUIRED;
    local->is_savp = is_required || sip->cut.is_savp;
    local->rtcp_mux = false;
    local->crypto_count = 0;
    if (sip->srtp == ZV_SRTP_POLICY_OFF || (!is_required && (sip->cut.parts & ZV_PLAN_PART_SRTP)))
        return;
    for (uint8_t i = 0; i < ZV_CRYPTO_OFFERED; i++) {
        local->crypto[i].tag = i + 1u;
        zv_crypto_make_key(zv_crypto_offered[i], rand, &local->crypto[i].key);
    }
    local->crypto_count = ZV_CRYPTO_OFFERED;
}

void zv_plan_offer_srtp(const struct zv_rand *rand, struct zv_plan_sip *local)
{
    offer_media(local, rand, &local->audio);
    if (local->video.rtp.family)
        offer_media(local, rand, &local->video);
}

static void answer_media(const struct zv_plan_srtp *before, const struct zv_rand *rand,
                         struct zv_plan_sip_media *local, struct zv_plan_sip_remote_media *remote)
{
    struct zv_plan_srtp *srtp = &remote->srtp;
    local->is_savp = remote->is_savp;
    local->rtcp_mux = remote->rtcp_mux;
    local->crypto_count = 0;
    if (!srtp->rx.suite)
        return;
    if (before->tx.suite && zv_crypto_is_same_key(&before->rx, &srtp->rx))
        srtp->tx = before->tx;
    else
        zv_crypto_make_key((enum zv_crypto_suite)srtp->rx.suite, rand, &srtp->tx);
    local->crypto[0] = (struct zv_crypto){.tag = srtp->tag, .key = srtp->tx};
    local->crypto_count = 1;
}

void zv_plan_answer_srtp(const struct zv_plan_sip_remote *before, const struct zv_rand *rand,
                         struct zv_plan_sip *local, struct zv_plan_sip_remote *remote)
{
    answer_media(&before->audio.srtp, rand, &local->audio, &remote->audio);
    if (remote->has_video)
        answer_media(&before->video.srtp, rand, &local->video, &remote->video);
}
