/*
 * Provisionals that must not be lost (RFC 3262): theirs, which a PRACK of ours acknowledges, and
 * ours.
 */
#ifndef ZV_SIP_RELIABLE_H
#define ZV_SIP_RELIABLE_H

#include "sip/reply.h"

struct zv_sip_leg;
struct zv_sip_leg_dialog;

/* Our last 18x to a caller that requires 100rel. */
struct zv_sip_leg_reliable {
    bool is_required;
    bool is_due;                  /* sent, and its PRACK has not come */
    bool has_session;             /* it has a body */
    uint32_t rseq;                /* 0: none was sent */
    uint32_t cseq;                /* of the INVITE */
    struct zv_sip_packet *packet; /* owned; repeated; NULL: not any more */
    struct zv_sip_flow flow;
    int64_t interval_us;
    int64_t give_up_us;
    char *accept; /* owned; SDP of the 200 that waits for the PRACK; NULL: none does */
    size_t accept_len;
    struct zv_sip_timer timer;
};

/* prack.c */
bool zv_sip_is_reliable(const struct zv_sip_msg *msg);
/* Acknowledges a reliable provisional. False: it is to be ignored; it comes again if it matters. */
bool zv_sip_leg_dialog_prack(struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg,
                             int64_t now_us);
/* reliable.c */
/* ZV_E_AGAIN: the PRACK for the one before has not come; else as zv_sip_reply_send. */
int zv_sip_leg_ring_reliably(struct zv_sip_leg *leg, struct zv_sip_reply *reply,
                             int64_t now_us) ZV_MUST_CHECK;
void zv_sip_leg_stop_reliable(struct zv_sip_leg *leg);
void zv_sip_leg_on_reliable_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us);
/* The 200 must wait for a PRACK. */
bool zv_sip_leg_must_hold_accept(const struct zv_sip_leg *leg);
int zv_sip_leg_hold_accept(struct zv_sip_leg *leg, struct zv_str sdp) ZV_MUST_CHECK;
void zv_sip_on_prack(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                     const struct zv_sip_msg *msg, int64_t now_us);

#endif
