/* What each phase of a call does with its inputs. Only for the files of call/. */
#ifndef ZV_CALL_PHASES_H
#define ZV_CALL_PHASES_H

#include "call/switch_int.h"

/* ---- outgoing.c ---- */

void zv_call_on_client_call(struct zv_switch *sw, const struct zv_in_call *in);
void zv_call_on_client_refused(struct zv_switch *sw, const struct zv_in_refused *in);
void zv_outgoing_on_ready(struct zv_switch *sw, struct zv_call *call);
void zv_outgoing_on_progress(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_sip *in);
void zv_outgoing_on_answered(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_sip *in);
void zv_outgoing_on_reoffer_done(struct zv_switch *sw, struct zv_call *call,
                                 const struct zv_in_sip *in);
/* A later answer of the SIP side: followed as far as the committed codec stays. */
enum zv_plan_verdict zv_call_follow_answer(struct zv_switch *sw, struct zv_call *call,
                                           struct zv_str text);

/* ---- incoming.c ---- */

void zv_call_on_sip_incoming(struct zv_switch *sw, const struct zv_in_sip *in);
void zv_incoming_on_ready(struct zv_switch *sw, struct zv_call *call);
void zv_incoming_on_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);
/* DTLS is up, or was waited for long enough. */
void zv_incoming_accept(struct zv_switch *sw, struct zv_call *call);
void zv_incoming_on_confirmed(struct zv_switch *sw, struct zv_call *call);

/* ---- client.c ---- */

void zv_call_on_client(struct zv_switch *sw, const struct zv_call_in *in);

/* ---- update.c: a client's new offer for a call that it has ---- */

void zv_call_on_client_update(struct zv_switch *sw, struct zv_call *call,
                              const struct zv_in_client *in);
/* The worker's web leg has new credentials, or is a new one. */
void zv_update_on_ready(struct zv_switch *sw, struct zv_call *call,
                        const struct zv_in_media_ready *ready);
void zv_update_on_failed(struct zv_switch *sw, struct zv_call *call);

/* ---- media.c: what the worker tells of a call, and offers in mid-call ---- */

void zv_call_on_media(struct zv_switch *sw, const struct zv_call_in *in);
void zv_call_on_sip_offer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);
/* The answer that an ACK brings to the offer of our 200. */
void zv_call_on_sip_answer(struct zv_switch *sw, struct zv_call *call, struct zv_str sdp);

#endif
