/*
 * What holds of a leg at one look. Each rule is a function that says so and fills in the words of
 * its sentence; they are asked in the order of the table, the worst first.
 */
#include "base/attr.h"
#include "verdict/quality.h"
#include "verdict/verdict_int.h"

/* Limits to be said, and the lower ones to be taken back. */
#define LOSS_PERCENT      5
#define LOSS_CALM_PERCENT 2
#define JITTER_MS         50
#define JITTER_CALM_MS    30
/* Below so many packets a share of them means little: one second of audio. */
#define LOSS_MIN_PACKETS 50
/* RTCP comes every 7.5 s at most (RFC 3550 section 6.2): an end that reports is alive for so long,
 * with the time between two looks. */
#define RTCP_ALIVE_US (ZV_MS(7500) + ZV_VERDICT_LOOK_US)

/* What a rule looks at. */
struct look {
    const struct zv_verdict_leg *leg;
    const struct zv_verdict_facts *facts;
    const struct zv_verdict_leg_facts *own;
    const struct zv_leg_figures *now;
    const struct zv_leg_figures *last;  /* at the look before */
    const struct zv_leg_figures *first; /* and at the one before that: a window of 5 s */
    int64_t quiet_us;                   /* since when no RTP came that was due */
};

static bool is_said(const struct look *look, enum zv_verdict_code code)
{
    return look->leg->said.code == code;
}

static uint32_t seconds_since(const struct look *look, int64_t since_us)
{
    return (uint32_t)((look->facts->now_us - since_us) / ZV_US_PER_S);
}

/* ---- the client's way in ---- */

static bool waits_for_ice(const struct zv_verdict_facts *facts)
{
    return facts->ice_wanted_us && !facts->ice_up_us &&
           facts->now_us - facts->ice_wanted_us >= ZV_VERDICT_WAIT_US;
}

static bool has_no_checks(const struct look *look, struct zv_verdict *verdict)
{
    verdict->port = look->facts->port;
    verdict->since_us = look->facts->ice_wanted_us;
    return waits_for_ice(look->facts) && !look->now->checks;
}

static bool has_unconfirmed_checks(const struct look *look, struct zv_verdict *verdict)
{
    verdict->port = look->facts->port;
    verdict->checks = look->now->checks;
    verdict->since_us = look->facts->ice_wanted_us;
    return waits_for_ice(look->facts) && look->now->checks;
}

static bool waits_for_dtls(const struct look *look, struct zv_verdict *verdict)
{
    const struct zv_verdict_facts *facts = look->facts;
    verdict->since_us = ZV_MAX(facts->ice_wanted_us, facts->ice_up_us);
    return facts->ice_wanted_us && facts->ice_up_us &&
           facts->now_us - verdict->since_us >= ZV_VERDICT_WAIT_US;
}

/* ---- nothing is accepted ---- */

static bool is_quiet(const struct look *look)
{
    return look->own->due_us && look->now->packets == look->last->packets &&
           look->facts->now_us - look->quiet_us >= ZV_VERDICT_WAIT_US;
}

static bool has_wrong_keys(const struct look *look, struct zv_verdict *verdict)
{
    verdict->since_us = look->quiet_us;
    return is_quiet(look) && look->now->auth_failures > look->last->auth_failures;
}

static bool has_wrong_source(const struct look *look, struct zv_verdict *verdict)
{
    verdict->source = look->own->rejected;
    verdict->described = look->own->described;
    verdict->rule = look->own->rule;
    verdict->since_us = look->quiet_us;
    return is_quiet(look) && look->now->rejected > look->last->rejected;
}

static bool has_unknown_format(const struct look *look, struct zv_verdict *verdict)
{
    verdict->pt = look->own->unknown_pt;
    verdict->since_us = look->quiet_us;
    return is_quiet(look) && look->now->unknown_format > look->last->unknown_format;
}

/* It reports, and has done so since its last packet of sound. */
static bool is_reporting(const struct look *look)
{
    int64_t rtcp_us = look->leg->rtcp_us;
    if (look->now->rtcp > look->last->rtcp)
        rtcp_us = look->facts->now_us;
    return rtcp_us && rtcp_us - ZV_VERDICT_LOOK_US >= look->now->last_rtp_us &&
           look->facts->now_us - rtcp_us < RTCP_ALIVE_US;
}

static bool is_missing(const struct look *look, struct zv_verdict *verdict)
{
    verdict->since_us = look->quiet_us;
    verdict->seconds = seconds_since(look, look->quiet_us);
    return is_quiet(look) && !is_reporting(look);
}

static bool has_nothing_come(const struct look *look, struct zv_verdict *verdict)
{
    return is_missing(look, verdict) && !look->now->packets;
}

static bool has_stopped(const struct look *look, struct zv_verdict *verdict)
{
    return is_missing(look, verdict) && look->now->packets;
}

/* ---- it is heard badly ---- */

static uint32_t rounded(double value)
{
    return (uint32_t)(value + 0.5);
}

static bool is_heard(const struct look *look)
{
    return look->own->due_us && look->now->packets > look->last->packets;
}

static bool has_loss(const struct look *look, struct zv_verdict *verdict)
{
    const struct zv_leg_figures *now = look->now, *first = look->first;
    uint64_t lost = now->lost > first->lost ? now->lost - first->lost : 0;
    double percent = zv_quality_loss(first, now);
    verdict->percent = rounded(percent);
    return is_heard(look) && look->leg->due_looks >= ZV_ARRAY_LEN(look->leg->seen) &&
           now->packets - first->packets + lost >= LOSS_MIN_PACKETS &&
           percent >= (is_said(look, verdict->code) ? LOSS_CALM_PERCENT : LOSS_PERCENT);
}

static bool has_jitter(const struct look *look, struct zv_verdict *verdict)
{
    uint32_t limit_ms = is_said(look, verdict->code) ? JITTER_CALM_MS : JITTER_MS;
    verdict->jitter = look->now->jitter_us / 1000;
    return is_heard(look) && verdict->jitter >= limit_ms;
}

static bool reports_loss(const struct look *look, struct zv_verdict *verdict)
{
    double percent = zv_quality_reported_loss(look->now);
    verdict->percent = rounded(percent);
    return look->own->due_us && zv_quality_has_report(look->now) &&
           percent >= (is_said(look, verdict->code) ? LOSS_CALM_PERCENT : LOSS_PERCENT);
}

/* ---- it is not seen ---- */

static bool lacks_video(const struct look *look, struct zv_verdict *verdict)
{
    verdict->since_us = ZV_MAX(look->now->video.last_rtp_us, look->own->video_due_us);
    verdict->seconds = seconds_since(look, verdict->since_us);
    return look->own->video_due_us && look->now->video.packets == look->last->video.packets &&
           look->facts->now_us - verdict->since_us >= ZV_VERDICT_VIDEO_WAIT_US;
}

/* An end whose reports come by the port of its video reaches us: it sends nothing because it wants
 * to. Of the client nothing such is known. */
static bool has_sent_no_video(const struct look *look, struct zv_verdict *verdict)
{
    return lacks_video(look, verdict) && !look->now->video.packets && !look->now->video.rtcp;
}

static bool has_paused_video(const struct look *look, struct zv_verdict *verdict)
{
    return lacks_video(look, verdict) && (look->now->video.packets || look->now->video.rtcp);
}

/* Asked for before the last look, so that there was time for it. */
static bool lacks_keyframe(const struct look *look, struct zv_verdict *verdict)
{
    const struct zv_video_figures *now = &look->now->video, *first = &look->first->video;
    verdict->since_us = ZV_MAX(now->keyframe_us, look->own->video_due_us);
    verdict->seconds = seconds_since(look, verdict->since_us);
    verdict->requests = (uint32_t)(now->requests - first->requests);
    return look->own->video_due_us && now->packets > look->last->video.packets &&
           now->keyframes == first->keyframes && look->last->video.requests > first->requests;
}

/* It is of the call; the SIP side's description is what an operator can change. */
static bool has_no_video(const struct look *look, struct zv_verdict *verdict)
{
    verdict->why = look->facts->no_video;
    return verdict->leg == ZV_VERDICT_SIP && verdict->why != ZV_VIDEO_REASON_NONE;
}

static bool has_other_profile(const struct look *look, struct zv_verdict *verdict)
{
    return has_no_video(look, verdict) && verdict->why == ZV_VIDEO_REASON_PROFILE_MISMATCH;
}

/* ---- worth knowing ---- */

static bool is_client_away(const struct look *look, struct zv_verdict *verdict)
{
    return verdict->leg == ZV_VERDICT_CLIENT && !look->facts->is_client_here;
}

static bool has_other_codec(const struct look *look, struct zv_verdict *verdict)
{
    const struct zv_verdict_leg_facts *own = look->own;
    verdict->codec = own->used;
    verdict->agreed = own->agreed;
    return is_heard(look) && own->used != ZV_CODEC_NONE && own->agreed != ZV_CODEC_NONE &&
           own->used != own->agreed;
}

static bool is_silent(const struct look *look, struct zv_verdict *verdict)
{
    const struct zv_leg_figures *now = look->now, *last = look->last;
    uint64_t noise = now->comfort_noise - last->comfort_noise;
    verdict->is_comfort_noise = is_heard(look) && noise == now->packets - last->packets;
    return verdict->is_comfort_noise || (is_quiet(look) && is_reporting(look));
}

/* ---- all of them ---- */

typedef bool rule_fn(const struct look *look, struct zv_verdict *verdict);

static rule_fn *const rules[ZV_VERDICT_COUNT] = {
    [ZV_VERDICT_ICE_NO_CHECKS] = has_no_checks,
    [ZV_VERDICT_ICE_UNCONFIRMED] = has_unconfirmed_checks,
    [ZV_VERDICT_DTLS_BLOCKED] = waits_for_dtls,
    [ZV_VERDICT_SRTP_KEY_MISMATCH] = has_wrong_keys,
    [ZV_VERDICT_WRONG_SOURCE] = has_wrong_source,
    [ZV_VERDICT_UNKNOWN_FORMAT] = has_unknown_format,
    [ZV_VERDICT_NOTHING_CAME] = has_nothing_come,
    [ZV_VERDICT_STOPPED] = has_stopped,
    [ZV_VERDICT_LOSS] = has_loss,
    [ZV_VERDICT_JITTER] = has_jitter,
    [ZV_VERDICT_LOSS_REPORTED] = reports_loss,
    [ZV_VERDICT_VIDEO_NOT_SENT] = has_sent_no_video,
    [ZV_VERDICT_NO_KEY_FRAME] = lacks_keyframe,
    [ZV_VERDICT_VIDEO_PROFILE_MISMATCH] = has_other_profile,
    [ZV_VERDICT_CLIENT_AWAY] = is_client_away,
    [ZV_VERDICT_CODEC_CHANGED] = has_other_codec,
    [ZV_VERDICT_SILENT] = is_silent,
    [ZV_VERDICT_VIDEO_PAUSED] = has_paused_video,
    [ZV_VERDICT_NO_VIDEO] = has_no_video,
};

/* The rules of ICE and DTLS are about the client's leg alone. */
static bool concerns(enum zv_verdict_code code, enum zv_verdict_leg_index index)
{
    return rules[code] && (index == ZV_VERDICT_CLIENT || code > ZV_VERDICT_DTLS_BLOCKED);
}

struct zv_verdict zv_verdict_judge(const struct zv_verdict_leg *leg,
                                   const struct zv_verdict_facts *facts,
                                   enum zv_verdict_leg_index index)
{
    struct look look = {
        .leg = leg,
        .facts = facts,
        .own = &facts->legs[index],
        .now = &facts->legs[index].figures,
        .last = &leg->seen[0],
        .first = &leg->seen[1],
    };
    look.quiet_us = ZV_MAX(look.now->last_rtp_us, facts->legs[index].due_us);
    for (int code = ZV_VERDICT_OK + 1; code < ZV_VERDICT_COUNT; code++) {
        struct zv_verdict verdict = {
            .code = (enum zv_verdict_code)code, .leg = index, .since_us = facts->now_us};
        if (concerns(verdict.code, index) && rules[code](&look, &verdict))
            return verdict;
    }
    return (struct zv_verdict){.code = ZV_VERDICT_OK, .leg = index, .since_us = facts->now_us};
}
