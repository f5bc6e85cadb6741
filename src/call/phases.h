/* What each phase of a call does with its inputs. Only for the files of call/. */
#ifndef ZV_CALL_PHASES_H
#define ZV_CALL_PHASES_H

#include "call/switch_int.h"

/* ---- outgoing.c ---- */

void zv_call_on_client_call(struct zv_switch *sw, const struct zv_in_call *in);
void zv_call_on_client_refused(struct zv_switch *sw, const struct zv_in_refused *in);
void zv_outgoing_on_ready(struct zv_switch *sw, struct zv_call *call);
/* Its INVITE is out, and has no final answer. */
bool zv_outgoing_is_waiting(const struct zv_call *call);
/* Another offer by call->sip.cut, after the first was refused. `again`: of that end. The state and
 * its deadline stay: to the client it is one call. */
void zv_outgoing_invite_again(struct zv_switch *sw, struct zv_call *call, struct zv_str again);
void zv_outgoing_on_progress(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_sip *in);
void zv_outgoing_on_answered(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_sip *in);
void zv_outgoing_on_reoffer_done(struct zv_switch *sw, struct zv_call *call,
                                 const struct zv_in_sip *in);

/* ---- repair.c: an offer of ours that was refused by 415, 488 or 606 ---- */

/* Looks at why, and calls again with another offer, once, where that has a chance: true. */
bool zv_call_repair_offer(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in);
/* Why such a call ends, with a sentence of its own where the part is known. */
enum zv_cause zv_call_refusal_cause(struct zv_switch *sw, struct zv_call *call,
                                    const struct zv_in_sip *in);

/* ---- incoming.c ---- */

void zv_call_on_sip_incoming(struct zv_switch *sw, const struct zv_in_sip *in);
void zv_incoming_on_ready(struct zv_switch *sw, struct zv_call *call);
void zv_incoming_on_answer(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_in_client *in);
/* DTLS is up, or was waited for long enough. */
void zv_incoming_accept(struct zv_switch *sw, struct zv_call *call);
/* `sdp`: of the ACK; or empty. */
void zv_incoming_on_confirmed(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);

/* ---- offerless.c: an INVITE without an offer ---- */

/* The client's offer, from what we suppose; the plan. */
enum zv_plan_verdict zv_offerless_plan(struct zv_switch *sw, struct zv_call *call,
                                       struct zv_buf *body);
/* The answer to the offer of our 200. */
enum zv_plan_verdict zv_offerless_take_answer(struct zv_switch *sw, struct zv_call *call,
                                              struct zv_str sdp);

/* ---- client.c ---- */

void zv_call_on_client(struct zv_switch *sw, const struct zv_call_in *in);

/* ---- update.c: a client's new offer for a call that it has ---- */

void zv_call_on_client_update(struct zv_switch *sw, struct zv_call *call,
                              const struct zv_in_client *in);
/* The worker's web leg has new credentials, or is a new one. */
void zv_update_on_ready(struct zv_switch *sw, struct zv_call *call,
                        const struct zv_in_media_ready *ready);
void zv_update_on_failed(struct zv_switch *sw, struct zv_call *call);

/* ---- media.c: what the worker tells of a call ---- */

void zv_call_on_media(struct zv_switch *sw, const struct zv_call_in *in);

/* ---- sip_offer.c: the SIP side's offers in mid-call ---- */

void zv_call_on_sip_offer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);
/* Does what it says and answers it, with video as far as the client has it. */
void zv_call_follow_sip_offer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);

/* ---- hold.c: the client's hold, and what it is told of either side's ---- */

void zv_hold_on_client(struct zv_switch *sw, struct zv_call *call, bool is_hold);
/* The end of our re-INVITE. */
void zv_hold_on_reoffer_done(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_sip *in);
/* Asks the SIP side for what the client wants, if that may be done now and is not so already. */
void zv_hold_settle(struct zv_switch *sw, struct zv_call *call);
/* An offer of the SIP side is settled: what waited for that goes on. */
void zv_hold_go_on(struct zv_switch *sw, struct zv_call *call);
/* call->sip_local becomes what we want ourselves, as an offer: no mirror of their hold. */
void zv_hold_renew_local(struct zv_switch *sw, struct zv_call *call);
/* The bits of zv_sdp_direction that our answers leave out. */
uint8_t zv_hold_withheld(const struct zv_call *call);
/* A description of theirs was taken over: an offer, or the answer to one of ours. */
void zv_hold_note_offer(struct zv_call *call);
void zv_hold_note_answer(struct zv_call *call);
/* `hold` or `talk`, where the client was told otherwise. */
void zv_hold_tell_change(struct zv_switch *sw, struct zv_call *call);

/* ---- dtmf.c ---- */

void zv_dtmf_on_client(struct zv_switch *sw, struct zv_call *call, const struct zv_in_client *in);
/* The SIP side takes no INFO for them, or too many wait; `sip_status` 0: none. */
void zv_dtmf_on_refused(struct zv_switch *sw, struct zv_call *call, int sip_status);
void zv_dtmf_on_press(struct zv_switch *sw, struct zv_call *call, const struct zv_in_press *press,
                      enum zv_dtmf_way way);

/* ---- sip_answer.c ---- */

/* The first: it makes the client's answer. */
enum zv_plan_verdict zv_call_take_first_answer(struct zv_switch *sw, struct zv_call *call,
                                               struct zv_str text);
/* A later one: followed as far as the committed codec stays. */
enum zv_plan_verdict zv_call_follow_answer(struct zv_switch *sw, struct zv_call *call,
                                           struct zv_str text);
/* The answer that an ACK brings to the offer of our 200. */
void zv_call_on_sip_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);
/* The answer to what was offered before, and now again. */
void zv_call_on_sip_refreshed(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);

/* ---- video.c: video that comes and goes in a call, and our offers to the client ---- */

/* Who calls offers it, or does not; where it is not allowed the call is one of audio. */
void zv_video_want(const struct zv_switch *sw, struct zv_call *call, bool is_offered);
/* Agreed on by both sides; before that: offered. */
bool zv_call_has_video(const struct zv_call *call);
/* A sentence, where one side wanted it; NULL: there is video, or nobody did. Static. */
const char *zv_call_no_video(const struct zv_call *call);

enum zv_video_addition {
    ZV_VIDEO_WAITS,   /* for the client; their offer gets its answer later */
    ZV_VIDEO_BUSY,    /* another offer is not settled yet */
    ZV_VIDEO_REFUSED, /* the client cannot follow */
};
/* The SIP side's offer brings video that the client does not have. */
enum zv_video_addition zv_video_add(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);
/* The SIP side took back the offer that waits. */
void zv_video_on_withdrawn(struct zv_switch *sw, struct zv_call *call);
/* The answer to MEDIA_OPEN_VIDEO; `ready` NULL: it failed. */
void zv_video_on_opened(struct zv_switch *sw, struct zv_call *call,
                        const struct zv_in_media_ready *ready);
void zv_video_on_answer(struct zv_switch *sw, struct zv_call *call, const struct zv_in_client *in);
void zv_video_on_timer(struct zv_switch *sw, struct zv_call *call);
/* An offer of the client's own came to its end; `has_answer`: by an answer, else it was refused. */
void zv_video_on_updated(struct zv_switch *sw, struct zv_call *call, bool has_answer);
/* Tells a client that can follow, where its side has video and the SIP side has it no more. */
void zv_video_settle(struct zv_switch *sw, struct zv_call *call);

/* ---- keyframe.c ---- */

/* Whether video passes that comes from there: WEB, VIDEO. */
bool zv_call_video_flows(const struct zv_call *call, enum zv_call_leg from);
/* Of the sides named, as far as their video flows: who gets it is new, or was away. */
void zv_call_ask_keyframes(struct zv_switch *sw, const struct zv_call *call, bool of_client,
                           bool of_sip);
/* The SIP side wants one. */
void zv_call_on_sip_keyframe(struct zv_switch *sw, struct zv_call *call);
/* The worker wants one of the SIP side, which knows no RTCP for it. */
void zv_call_on_keyframe_wanted(struct zv_switch *sw, struct zv_call *call);

#endif
