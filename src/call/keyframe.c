/*
 * Key frames: who sees a picture anew can begin only with one. RTCP has its own requests, which the
 * worker passes on; here are those that come of what happens in the call, and those that the SIP
 * side makes and takes by INFO (RFC 5168). The worker bounds their rate.
 */
#include "call/phases.h"

bool zv_call_video_flows(const struct zv_call *call, enum zv_call_leg from)
{
    const struct zv_video_plan *video = &call->plan.video;
    if (!zv_video_plan_is_agreed(video))
        return false;
    if (from == ZV_CALL_LEG_WEB)
        return !call->hold.is_ours && (video->direction & ZV_SDP_SENDONLY) &&
               call->sip_remote.video.rtp.family;
    return video->direction & ZV_SDP_RECVONLY;
}

static void ask(struct zv_switch *sw, const struct zv_call *call, enum zv_call_leg leg)
{
    if (call->state != ZV_CALL_ACTIVE || !zv_call_video_flows(call, leg))
        return;
    struct zv_cmd_media_keyframe *keyframe =
        &zv_switch_push(sw, ZV_CALL_CMD_MEDIA_ASK_KEYFRAME)->u.keyframe;
    keyframe->call = call->id;
    keyframe->leg = leg;
}

void zv_call_ask_keyframes(struct zv_switch *sw, const struct zv_call *call, bool of_client,
                           bool of_sip)
{
    if (of_client)
        ask(sw, call, ZV_CALL_LEG_WEB);
    if (of_sip)
        ask(sw, call, ZV_CALL_LEG_VIDEO);
}

void zv_call_on_sip_keyframe(struct zv_switch *sw, struct zv_call *call)
{
    ask(sw, call, ZV_CALL_LEG_WEB);
}

void zv_call_on_keyframe_wanted(struct zv_switch *sw, struct zv_call *call)
{
    if (call->state == ZV_CALL_ACTIVE && zv_call_video_flows(call, ZV_CALL_LEG_VIDEO))
        zv_call_push_sip(sw, ZV_CALL_CMD_SIP_ASK_KEYFRAME, call);
}
