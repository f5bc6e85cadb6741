/*
 * A call that comes without an offer (RFC 3261 §13.2.1), as third parties that connect two phones
 * make it: our 200 has the offer, their ACK the answer.
 *
 * The client has to be offered something before anybody knows what the SIP side has. So it is
 * offered what we would take, as if the SIP side had said so, and what it will send is the one
 * codec of our 200: nothing here could translate between another one and the client's. G.711 goes
 * first in what is supposed, since every SIP side has it. Video comes later, by a re-INVITE.
 */
#include "base/buf.h"
#include "call/phases.h"
#include "call/switch_int.h"

/* c= names no place: nothing can be sent before the ACK. */
#define SUPPOSED                                                                                   \
    "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"                        \
    "m=audio 9 RTP/%s 8 0 9 111 101\r\na=rtpmap:111 opus/48000/2\r\n"                              \
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"

static int suppose(struct zv_switch *sw, struct zv_call *call)
{
    bool is_secure = call->sip.srtp == ZV_SRTP_POLICY_REQUIRED;
    struct zv_buf text = zv_buf(sw->body, sizeof(sw->body));
    zv_buf_printf(&text, SUPPOSED, is_secure ? "SAVP" : "AVP");
    return zv_switch_set_text(sw, &call->sip_sdp, zv_buf_str(&text));
}

enum zv_plan_verdict zv_offerless_plan(struct zv_switch *sw, struct zv_call *call,
                                       struct zv_buf *body)
{
    const struct zv_plan_sip_remote nobody = {.audio.direction = ZV_SDP_SENDRECV};
    struct zv_sdp supposed;
    if (suppose(sw, call))
        return ZV_PLAN_TOO_LARGE; /* no memory: an internal error as well */
    if (zv_sdp_parse(zv_text_str(call->sip_sdp), &supposed))
        return ZV_PLAN_UNUSABLE;
    zv_plan_offer_srtp(&sw->cfg.rand, &call->sip);
    *body = zv_buf(sw->body, sizeof(sw->body));
    return zv_plan_web_offer(&supposed, &nobody, &call->web, &call->plan, body);
}

enum zv_plan_verdict zv_offerless_take_answer(struct zv_switch *sw, struct zv_call *call,
                                              struct zv_str sdp)
{
    call->is_ack_answer_due = false;
    return sdp.len ? zv_call_follow_answer(sw, call, sdp) : ZV_PLAN_NO_AUDIO;
}
