/*
 * Video that the SIP side adds to a running call or drops from it. A client that can follow
 * (`reoffer`) gets an offer by zvUpdate: for video that is added the SIP side's re-INVITE waits for
 * the client's answer, for a bounded time; dropped video has stopped already. Where the client
 * cannot, or does not in time, added video is refused and the call stays as it was.
 *
 * Offers may cross: where the client's own one (update.c) gets its answer, ours is void, the client
 * rolls it back, and it is made again if there is still a reason. An answer that comes when nobody
 * waits for it any more is true nevertheless, the client shows what it says; zv_video_settle then
 * takes back what the SIP side does not have.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "call/notify.h"
#include "call/phases.h"

#define IS_OFF         "video is off: video.enabled in the configuration"
#define CANNOT_FOLLOW  "the client cannot take up video in a running call"
#define CLIENT_AWAY    "the client was not connected when video was added"
#define NO_PORT        "no port was free for video"
#define NOT_IN_TIME    "the client did not answer the offer of video in time"
#define CLIENT_REFUSED "the client could not take the offer of video"

/* ---- what there is ---- */

void zv_video_want(const struct zv_switch *sw, struct zv_call *call, bool is_offered)
{
    call->video.is_wanted = is_offered && sw->cfg.has_video;
    if (is_offered && !sw->cfg.has_video)
        call->video.note = IS_OFF;
}

bool zv_call_has_video(const struct zv_call *call)
{
    const struct zv_video_plan *video = &call->plan.video;
    if (!call->is_media_ready)
        return call->video.is_wanted;
    return zv_video_plan_committed(video) ? zv_video_plan_is_agreed(video) : video->pair_count > 0;
}

const char *zv_call_no_video(const struct zv_call *call)
{
    static const char *const reasons[] = {
        [ZV_VIDEO_REASON_NONE] = NULL,
        [ZV_VIDEO_REASON_OFF] = NO_PORT,
        [ZV_VIDEO_REASON_REFUSED] = "one side refused video",
        [ZV_VIDEO_REASON_NO_COMMON_CODEC] = "the two sides have no video codec in common",
        [ZV_VIDEO_REASON_PROFILE_MISMATCH] =
            "the two sides have no profile and packetization mode of H.264 in common",
        [ZV_VIDEO_REASON_UNUSABLE] = "a description of video cannot be used",
        [ZV_VIDEO_REASON_SRTP] = "the policy for SRTP and the keys offered for video do not agree",
        [ZV_VIDEO_REASON_INACTIVE] = "video was offered as inactive",
    };
    uint8_t reason = call->plan.video.reason;
    if (zv_video_plan_is_agreed(&call->plan.video))
        return NULL;
    if (call->video.note)
        return call->video.note;
    return reason < ZV_ARRAY_LEN(reasons) ? reasons[reason] : NULL;
}

/* ---- our offer ---- */

static void forget_offer(struct zv_switch *sw, struct zv_call *call)
{
    call->video.is_sip_waiting = false;
    zv_switch_drop_text(sw, &call->video.offer);
    zv_switch_drop_text(sw, &call->video.about);
    zv_call_arm(sw, call, ZV_CALL_TIMER_VIDEO, ZV_TIME_NEVER);
}

/* `about` with video as *remote has it. False: it cannot be made. */
static bool send_offer(struct zv_switch *sw, struct zv_call *call,
                       const struct zv_plan_sip_remote *remote, const struct zv_sdp *sip)
{
    struct zv_sdp before;
    struct zv_media_plan plan = call->plan;
    struct zv_buf body = zv_buf(sw->body, sizeof(sw->body));
    if (zv_sdp_parse(zv_text_str(call->web_local), &before))
        return false;
    call->web.changes++;
    const struct zv_plan_web_video_offer in = {
        .sip_offer = sip, .remote = remote, .before = &before, .local = &call->web};
    if (zv_plan_web_video_offer(&in, &plan, &body) != ZV_PLAN_OK ||
        zv_switch_set_text(sw, &call->video.offer, zv_buf_str(&body)))
        return false;
    call->video.plan = plan.video;
    zv_notify_offer(sw, call);
    return true;
}

static bool offer_added(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_sdp sip;
    struct zv_plan_sip_remote remote;
    if (zv_sdp_parse(zv_text_str(call->video.about), &sip))
        return false;
    bool sent = zv_plan_read_sip(&sip, false, &call->sip, &remote) == ZV_PLAN_OK &&
                send_offer(sw, call, &remote, &sip);
    zv_wipe(&remote, sizeof(remote)); /* with keys */
    return sent;
}

/* Whatever their last description has, it was not taken: there is none for the client. */
static bool offer_dropped(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_sdp sip;
    struct zv_plan_sip_remote remote = call->sip_remote;
    remote.has_video = false;
    remote.video_reason = ZV_VIDEO_REASON_REFUSED;
    zv_call_arm(sw, call, ZV_CALL_TIMER_VIDEO, sw->now_us + sw->cfg.timers.video_answer_us);
    bool sent = !zv_switch_set_text(sw, &call->video.about, zv_text_str(call->sip_sdp)) &&
                !zv_sdp_parse(zv_text_str(call->video.about), &sip) &&
                send_offer(sw, call, &remote, &sip);
    zv_wipe(&remote, sizeof(remote)); /* with keys */
    return sent;
}

void zv_video_settle(struct zv_switch *sw, struct zv_call *call)
{
    const struct zv_video_plan *plan = &call->plan.video;
    bool is_idle = call->state == ZV_CALL_ACTIVE && call->session->can_reoffer &&
                   !call->video.offer && !call->video.is_opening && !call->video.is_sip_waiting &&
                   !call->updates_due;
    if (!is_idle || !zv_video_plan_committed(plan) || zv_video_plan_is_agreed(plan))
        return;
    if (!offer_dropped(sw, call))
        forget_offer(sw, call);
}

/* ---- the SIP side adds video ---- */

/* Their offer gets its answer, with video as far as the client has it now. */
static void end_wait(struct zv_switch *sw, struct zv_call *call, const char *note)
{
    call->video.note = note;
    call->video.is_sip_waiting = false;
    zv_call_follow_sip_offer(sw, call, zv_text_str(call->video.about));
}

static void refuse_addition(struct zv_switch *sw, struct zv_call *call, const char *note)
{
    end_wait(sw, call, note);
    forget_offer(sw, call);
}

static void offer_or_refuse(struct zv_switch *sw, struct zv_call *call)
{
    if (!offer_added(sw, call))
        refuse_addition(sw, call, NULL);
}

/* NULL: the client can follow. */
static const char *obstacle(const struct zv_switch *sw, const struct zv_call *call)
{
    if (!sw->cfg.has_video)
        return IS_OFF;
    if (!call->session->can_reoffer)
        return CANNOT_FOLLOW;
    if (!call->session->conn.v)
        return CLIENT_AWAY;
    bool is_late = call->video.offer && call->deadlines[ZV_CALL_TIMER_VIDEO] == ZV_TIME_NEVER;
    return is_late ? NOT_IN_TIME : NULL;
}

static void open_port(struct zv_switch *sw, struct zv_call *call)
{
    struct zv_cmd_media_open_video *open =
        &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_OPEN_VIDEO)->u.open_video;
    open->call = call->id;
    open->session = call->session_id;
    open->strict = call->trunk.strict;
    call->video.is_opening = true;
}

enum zv_video_addition zv_video_add(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp)
{
    struct zv_call_video *video = &call->video;
    video->note = obstacle(sw, call);
    if (video->note)
        return ZV_VIDEO_REFUSED;
    if (video->offer || video->is_opening || call->updates_due)
        return ZV_VIDEO_BUSY;
    if (zv_switch_set_text(sw, &video->about, sdp))
        return ZV_VIDEO_REFUSED;
    video->is_sip_waiting = true;
    zv_call_arm(sw, call, ZV_CALL_TIMER_VIDEO, sw->now_us + sw->cfg.timers.video_answer_us);
    if (!call->sip.video.rtp.family)
        open_port(sw, call);
    else
        offer_or_refuse(sw, call);
    return ZV_VIDEO_WAITS;
}

void zv_video_on_opened(struct zv_switch *sw, struct zv_call *call,
                        const struct zv_in_media_ready *ready)
{
    call->video.is_opening = false;
    if (ready) {
        call->sip.video.rtp = ready->sip_video;
        call->web.video_ssrc = ready->video_ssrc;
        call->web.video_rtx_ssrc = ready->video_rtx_ssrc;
    }
    if (!call->video.is_sip_waiting)
        forget_offer(sw, call); /* it came too late */
    else if (!call->sip.video.rtp.family)
        refuse_addition(sw, call, NO_PORT);
    else if (!call->updates_due) /* else after the client's own offer */
        offer_or_refuse(sw, call);
}

void zv_video_on_withdrawn(struct zv_switch *sw, struct zv_call *call)
{
    sw->stats.stale_inputs += !call->video.is_sip_waiting;
    call->video.is_sip_waiting = false;
    zv_hold_go_on(sw, call);
}

void zv_video_on_timer(struct zv_switch *sw, struct zv_call *call)
{
    zv_call_arm(sw, call, ZV_CALL_TIMER_VIDEO, ZV_TIME_NEVER);
    if (call->video.is_sip_waiting)
        end_wait(sw, call, NOT_IN_TIME);
}

void zv_video_on_updated(struct zv_switch *sw, struct zv_call *call, bool has_answer)
{
    struct zv_call_video *video = &call->video;
    if (has_answer && video->offer) {
        video->voided++;
        zv_switch_drop_text(sw, &video->offer);
    }
    if (video->is_sip_waiting && !video->offer && !video->is_opening)
        offer_or_refuse(sw, call);
    else if (!video->is_sip_waiting && !video->offer)
        forget_offer(sw, call);
    zv_video_settle(sw, call);
}

/* ---- the client's answer ---- */

/* Nobody waits for the answer any more: what it agrees on has no other side. */
static void disown(struct zv_call *call)
{
    struct zv_sdp sip;
    struct zv_plan_sip_remote remote = call->sip_remote;
    remote.has_video = false;
    remote.video_reason = ZV_VIDEO_REASON_REFUSED;
    if (!zv_sdp_parse(zv_text_str(call->sip_sdp), &sip))
        (void)zv_plan_follow_answer(&sip, &remote, &call->plan); /* its audio is what it was */
    zv_wipe(&remote, sizeof(remote));                            /* with keys */
}

static bool take_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str text)
{
    struct zv_sdp sip, answer;
    struct zv_media_plan plan = call->plan;
    plan.video = call->video.plan;
    if (zv_sdp_parse(text, &answer) || zv_sdp_parse(zv_text_str(call->video.about), &sip) ||
        zv_plan_web_video_answer(&sip, &answer, &plan) != ZV_PLAN_OK)
        return false;
    call->plan.video = plan.video;
    zv_switch_drop_text(sw, &call->web_local);
    call->web_local = call->video.offer;
    call->video.offer = NULL;
    return true;
}

static void refuse_answer(struct zv_switch *sw, const struct zv_call *call)
{
    zv_notify_session_fail(sw, call->session,
                           &(struct zv_fail){.api_method = "ErrorStatusEvent",
                                             .id = zv_str(call->name),
                                             .cause = ZV_CAUSE_BAD_CLIENT_SDP});
}

void zv_video_on_answer(struct zv_switch *sw, struct zv_call *call, const struct zv_in_client *in)
{
    if (!in->sdp.len && call->video.voided) {
        call->video.voided--;
        return;
    }
    call->video.voided = 0; /* an answer comes after them */
    if (!call->video.offer) {
        sw->stats.stale_inputs++;
        return;
    }
    bool is_taken = in->sdp.len && take_answer(sw, call, in->sdp);
    if (in->sdp.len && !is_taken)
        refuse_answer(sw, call);
    if (call->video.is_sip_waiting) {
        end_wait(sw, call, is_taken ? NULL : CLIENT_REFUSED);
    } else if (is_taken) {
        disown(call);
        zv_call_mend_flow(sw, call);
        zv_call_send_codecs(sw, call);
    }
    forget_offer(sw, call);
    if (is_taken) /* who does not take that it is gone is not asked again and again */
        zv_video_settle(sw, call);
}
