/*
 * A leg: one INVITE and the dialogs that it brings about (RFC 3261 §13-§15). The files around this
 * header are named after what happens to it: invite.c and cancel.c (we call), incoming.c and
 * accept.c (we are called), prack.c and reliable.c (provisionals that must not be lost, theirs and
 * ours), bye.c, reoffer.c and offer.c (the session changes), session_timer.c and refresh.c (it
 * lasts), info.c (it does not matter), dialog_request.c (everything else within the dialog).
 */
#ifndef ZV_SIP_LEG_H
#define ZV_SIP_LEG_H

#include "sip/account.h"
#include "sip/dialog.h"
#include "sip/redirect.h"
#include "sip/reliable.h"
#include "sip/reply.h"
#include "sip/session_timer.h"

enum zv_sip_leg_state {
    ZV_SIP_LEG_CALLING,    /* out: no response yet; its end: Timer B */
    ZV_SIP_LEG_PROCEEDING, /* out: a provisional came; its end: max_ringing_us, then CANCEL */
    ZV_SIP_LEG_RINGING,    /* in: not answered yet; its end: max_ringing_us, then 480 */
    ZV_SIP_LEG_ACCEPTED,   /* in: 2xx sent; its end: 64*T1 without an ACK */
    ZV_SIP_LEG_CONFIRMED,
    ZV_SIP_LEG_LEAVING, /* BYE sent; its end: Timer F */
    ZV_SIP_LEG_ENDED,   /* told; lingers for late 2xx and its BYEs */
};
const char *zv_sip_leg_state_name(enum zv_sip_leg_state state);

enum zv_sip_offer_state { /* of the session, once it stands (RFC 3264, RFC 3261 §14) */
                          ZV_SIP_OFFER_NONE,
                          ZV_SIP_OFFER_LOCAL,  /* our re-INVITE is on its way */
                          ZV_SIP_OFFER_PAUSED, /* it met theirs (491) and waits to be sent again */
                          ZV_SIP_OFFER_REMOTE, /* theirs waits for zv_sip_reply_offer */
};

/* A dialog of a leg, with what happens in it. */
struct zv_sip_leg_dialog {
    struct zv_sip_grave grave;
    struct zv_list_node node; /* in zv_sip_leg.dialogs */
    struct zv_sip_leg *leg;   /* borrowed */
    struct zv_sip_dialog value;
    bool is_early;
    bool is_over; /* BYE came, or ours is done */
    bool has_hop;
    struct zv_sip_flow hop;         /* where value's next hop was resolved to, and has not failed */
    uint32_t ack_cseq;              /* of the INVITE that `ack` is for; 0: none */
    struct zv_sip_request *ack_req; /* owned; while the ACK's next hop is resolved */
    struct zv_sip_packet *ack;      /* owned; repeated when its 2xx is */
    struct zv_sip_flow ack_flow;
    bool has_ack_flow_failed;     /* since `ack` was sent */
    struct zv_sip_request *bye;   /* owned */
    uint32_t rseq;                /* of their last reliable provisional; 0: none */
    uint32_t rseq_cseq;           /* of the INVITE that it answers */
    struct zv_sip_request *prack; /* owned; for it */
    bool has_answer;              /* it brought the answer to our offer */
    char *sdp; /* owned; early: the last description of theirs; NULL: none came */
    size_t sdp_len;
    char *said; /* owned; early: our answer to their last UPDATE; NULL: our offer stands */
    size_t said_len;
};

/* What an INVITE of ours is written from, until its final answer. */
struct zv_sip_invitation {
    struct zv_str uri;     /* of the request line and To */
    struct zv_str display; /* of From */
    struct zv_str sdp;
    size_t extra_count;
    struct zv_sip_extra_header extra[ZV_SIP_MAX_EXTRA_HEADERS];
    char memory[]; /* what these point into */
};

/* The INFO of ours that is under way, and what is known of the far end from earlier ones. */
struct zv_sip_leg_info {
    struct zv_sip_request *req; /* owned; NULL: none */
    struct zv_sip_auths auths;  /* not the leg's: a re-INVITE may be under way beside it */
    enum zv_sip_info_type type;
    char *body; /* owned */
    size_t body_len;
    uint8_t refused; /* a bit per type */
};

/* Digits that wait for their INFO; the first of them may be under way. */
struct zv_sip_leg_digits {
    char digit[ZV_SIP_MAX_DIGITS];
    uint8_t mode[ZV_SIP_MAX_DIGITS]; /* enum zv_sip_digit_mode */
    uint8_t count;
    uint8_t tries;  /* of the first */
    bool is_paused; /* the first waits for `timer` to be sent again */
    struct zv_sip_timer timer;
};

struct zv_sip_leg {
    struct zv_sip_grave grave;
    struct zv_sip *sip; /* borrowed */
    uint64_t id;
    struct zv_map_node by_id;       /* in zv_sip.legs, until ENDED */
    struct zv_map_node by_key;      /* in zv_sip.leg_keys, until freed */
    char *key;                      /* owned: "call-id local-tag" */
    struct zv_str call_id;          /* in key */
    struct zv_str local_tag;        /* in key */
    struct zv_sip_account *account; /* a leg of it; NULL: restored without */
    enum zv_sip_leg_state state;
    enum zv_sip_offer_state offer;
    enum zv_sip_cause end_cause;   /* not NONE: it is to end as soon as the protocol lets it */
    struct zv_sip_out_node *ended; /* owned; made with the leg so that it can always be told */
    struct zv_list dialogs;        /* owned struct zv_sip_leg_dialog */
    size_t dialog_count;
    struct zv_sip_leg_dialog *dialog; /* the one that the call is about; NULL: not yet */
    struct zv_sip_auths auths;

    struct zv_sip_invitation *invitation; /* owned; outgoing, until the final answer */
    struct zv_sip_redirects *redirects;   /* owned; outgoing; NULL: it was not sent on */
    struct zv_sip_request *invite;        /* owned; outgoing */
    uint32_t cseq;                        /* of our INVITE as sent last */
    uint32_t dropped_cseq;                /* the highest of ours in early dialogs that went */
    uint16_t progress_count;              /* PROGRESS told */
    bool is_cancelled;                    /* CANCEL was sent */

    struct zv_sip_leg_dialog *offerer; /* borrowed; whose offer that is, while it is REMOTE */
    struct zv_sip_leg_dialog *heard;   /* borrowed; out: the fork whose description came last */

    struct zv_sip_server *server;   /* borrowed; of theirs, and we owe it an answer */
    uint32_t server_cseq;           /* of its request */
    bool is_offerless;              /* in: their INVITE made no offer */
    struct zv_sip_packet *accepted; /* owned; our 2xx, repeated until its ACK */
    struct zv_sip_flow accepted_flow;
    uint32_t accepted_cseq;
    int64_t accepted_interval_us;
    int64_t accepted_give_up_us;
    struct zv_sip_leg_reliable reliable;

    struct zv_sip_request *reinvite; /* owned; ours */
    char *reoffer;                   /* owned; its SDP */
    size_t reoffer_len;
    uint8_t glare_rounds;
    bool is_reoffer_cancelled;
    bool is_refresh;    /* it says what was agreed on before: nobody waits for its result */
    char *next_reoffer; /* owned; SDP of one that waits for the end of that; NULL: none does */
    size_t next_reoffer_len;

    struct zv_sip_leg_session session;
    struct zv_sip_leg_info info;
    struct zv_sip_leg_digits digits;

    int64_t asked_since_us; /* their requests within the dialog are counted from here */
    uint32_t asked;

    struct zv_sip_timer guard;       /* ends the state */
    struct zv_sip_timer repeat;      /* repeats `accepted` */
    struct zv_sip_timer offer_timer; /* ends the offer's state */
};

/* ---- leg.c ---- */

struct zv_sip_leg_cfg {
    uint64_t id;
    struct zv_sip_account *account; /* may be NULL */
    struct zv_str call_id;
    struct zv_str local_tag;
    enum zv_sip_leg_state state;
};
int zv_sip_leg_new(struct zv_sip *sip, const struct zv_sip_leg_cfg *cfg,
                   struct zv_sip_leg **ret_leg) ZV_MUST_CHECK;
/* Takes it out of everything, without a word. */
void zv_sip_leg_drop(struct zv_sip_leg *leg);
/* NULL: no such leg, or it has ended. */
struct zv_sip_leg *zv_sip_leg_find(const struct zv_sip *sip, uint64_t id);
/* The leg whose Call-ID and local tag a request within a dialog names; it may have ended. */
struct zv_sip_leg *zv_sip_leg_find_dialog(const struct zv_sip *sip, const struct zv_sip_msg *msg);
/* Tells ENDED, once. `msg` (may be NULL): the status, or the Reason header, that ended it. */
void zv_sip_leg_end(struct zv_sip_leg *leg, enum zv_sip_cause cause, const struct zv_sip_msg *msg,
                    int64_t now_us);
/* Frees an ended leg that owes nothing any more. */
void zv_sip_leg_settle(struct zv_sip_leg *leg);
/* The leg cannot go on for want of memory or because a message cannot be written. */
void zv_sip_leg_fail(struct zv_sip_leg *leg, int64_t now_us);

/* An event about the leg with room for `sdp`; NULL (and the leg failed) when there is no memory. */
struct zv_sip_out_node *zv_sip_leg_event(struct zv_sip_leg *leg, enum zv_sip_out_kind kind,
                                         struct zv_str sdp, int64_t now_us);

/* ---- leg_dialog.c ---- */

/* NULL: no memory. */
struct zv_sip_leg_dialog *zv_sip_leg_dialog_new(struct zv_sip_leg *leg,
                                                const struct zv_sip_dialog *value);
struct zv_sip_leg_dialog *zv_sip_leg_dialog_find(const struct zv_sip_leg *leg,
                                                 struct zv_str remote_tag);
void zv_sip_leg_dialog_drop(struct zv_sip_leg_dialog *dialog);
/* Drops the early one that has been there for longest, to make room for another fork. */
void zv_sip_leg_drop_oldest(struct zv_sip_leg *leg);
/* BYE came or is done: it no longer counts. */
void zv_sip_leg_dialog_over(struct zv_sip_leg_dialog *dialog);
/* A new Contact: requests go there, once it is resolved. */
void zv_sip_leg_dialog_refresh(struct zv_sip_leg_dialog *dialog, const struct zv_sip_msg *msg);
/* Sends a request within the dialog, by the next hop. */
int zv_sip_leg_dialog_start(struct zv_sip_leg_dialog *dialog, struct zv_sip_request *req,
                            int64_t now_us) ZV_MUST_CHECK;
/* It has failed where the ACK had gone: the next hop is resolved once more, as that server may be
 * the only one of several that is down (RFC 3263 §4.3); of TRANSPORT within the time that it has.
 * False: there is nowhere else to go, and the request is as it was. */
bool zv_sip_leg_dialog_go_elsewhere(struct zv_sip_leg_dialog *dialog, struct zv_sip_request *req,
                                    enum zv_sip_cause cause, int64_t now_us);
/* ACKs a 2xx to our INVITE with that CSeq, or repeats the ACK; another way when the first one has
 * failed. The leg has ended when it cannot be sent, at once or later, and the dialog is the call's.
 */
void zv_sip_leg_dialog_ack(struct zv_sip_leg_dialog *dialog, uint32_t cseq, int64_t now_us);
/* Keeps a description of an early dialog, in place of the one before. False: it is the same, or
 * there is no memory. */
bool zv_sip_leg_dialog_keep_sdp(struct zv_sip_leg_dialog *dialog, struct zv_str sdp);
void zv_sip_leg_dialog_build_contact(const struct zv_sip_leg_dialog *dialog,
                                     const struct zv_sip_flow *flow, struct zv_sip_builder *b);

/* ---- what happens ---- */

/* invitation.c: leg->invitation. ZV_E_INVAL: both callees or none, or one that cannot stand in SIP;
 * ZV_E_NOMEM. */
int zv_sip_leg_plan_invitation(struct zv_sip_leg *leg,
                               const struct zv_sip_invite_cfg *cfg) ZV_MUST_CHECK;

/* refusal.c */
/* For ENDED: why an offer of ours was refused, as far as `msg` says it. */
void zv_sip_leg_note_refusal(struct zv_sip_leg *leg, const struct zv_sip_msg *msg);
/* What an INVITE that repeats a refused one has in common with it: views into zv_sip_refusal.again.
 */
struct zv_sip_again {
    struct zv_str call_id;
    struct zv_str tag;
    uint32_t cseq; /* of the refused one */
};
/* ZV_E_PARSE. */
int zv_sip_again_parse(struct zv_str text, struct zv_sip_again *ret_again) ZV_MUST_CHECK;
/* cancel.c */
void zv_sip_leg_cancel(struct zv_sip_leg *leg, int64_t now_us);
/* CANCELs an INVITE of ours. ZV_E_NOMEM, ZV_E_LIMIT. */
int zv_sip_cancel_send(struct zv_sip *sip, const struct zv_sip_client *invite,
                       int64_t now_us) ZV_MUST_CHECK;
void zv_sip_on_cancel(struct zv_sip *sip, const struct zv_sip_msg *msg,
                      const struct zv_sip_flow *flow, int64_t now_us);
/* incoming.c: an INVITE from outside any dialog. */
void zv_sip_on_invite(struct zv_sip *sip, const struct zv_sip_msg *msg,
                      const struct zv_sip_flow *flow, int64_t now_us);
/* accept.c */
void zv_sip_leg_reject(struct zv_sip_leg *leg, uint16_t status, int64_t now_us);
/* The 200 to their first INVITE. */
int zv_sip_leg_answer(struct zv_sip_leg *leg, struct zv_str sdp, int64_t now_us) ZV_MUST_CHECK;
/* Sends our 2xx to leg->server and repeats it until its ACK. */
int zv_sip_leg_accept(struct zv_sip_leg *leg, struct zv_str sdp, int64_t now_us) ZV_MUST_CHECK;
void zv_sip_leg_forget_accepted(struct zv_sip_leg *leg);
void zv_sip_leg_on_repeat(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us);
void zv_sip_on_ack(struct zv_sip *sip, const struct zv_sip_msg *msg, int64_t now_us);
/* bye.c */
void zv_sip_leg_bye(struct zv_sip_leg *leg, int64_t now_us);
/* Ends a dialog while the leg goes its own way. */
void zv_sip_leg_dialog_bye(struct zv_sip_leg_dialog *dialog, int64_t now_us);
void zv_sip_on_bye(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                   const struct zv_sip_msg *msg, int64_t now_us);
/* The far end has lost the dialog, as `msg` (may be NULL) says or its silence shows: BYE for good
 * measure, and nobody waits for it. */
void zv_sip_leg_dialog_lost(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us);
/* reoffer.c: our offers within the dialog. */
void zv_sip_leg_stop_reoffer(struct zv_sip_leg *leg, int64_t now_us);
void zv_sip_leg_on_reoffer_timer(struct zv_sip_leg *leg, int64_t now_us);
/* The session as it stands, said again. Nothing is under way. */
void zv_sip_leg_refresh_by_invite(struct zv_sip_leg *leg, int64_t now_us);
/* offer.c: theirs, by re-INVITE and UPDATE. */
void zv_sip_on_offer(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                     const struct zv_sip_msg *msg, int64_t now_us);
void zv_sip_leg_refuse_offer(struct zv_sip_leg *leg, uint16_t status, int64_t now_us);
/* The same, and our caller, who has not answered it, is told. */
void zv_sip_leg_lose_offer(struct zv_sip_leg *leg, uint16_t status, int64_t now_us);
void zv_sip_leg_on_offer_timer(struct zv_sip_leg *leg, int64_t now_us);
/* info.c */
void zv_sip_leg_stop_info(struct zv_sip_leg *leg);
/* None is under way. ZV_E_NOMEM, ZV_E_LIMIT. */
int zv_sip_leg_send_info(struct zv_sip_leg *leg, enum zv_sip_info_type type, struct zv_str body,
                         int64_t now_us) ZV_MUST_CHECK;
/* digits.c */
enum zv_sip_info_fate {
    ZV_SIP_INFO_TAKEN,
    ZV_SIP_INFO_NOT_NOW,
    ZV_SIP_INFO_NEVER,
};
/* An INFO of ours is over; `status` 0: by silence. */
void zv_sip_leg_on_info_over(struct zv_sip_leg *leg, enum zv_sip_info_type type,
                             enum zv_sip_info_fate fate, uint16_t status, int64_t now_us);
void zv_sip_leg_drop_digits(struct zv_sip_leg *leg);
void zv_sip_leg_on_digits_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us);
void zv_sip_on_info(struct zv_sip_leg_dialog *dialog, struct zv_sip_server *server,
                    const struct zv_sip_msg *msg, int64_t now_us);
/* dialog_request.c: a request with a To tag. */
void zv_sip_on_dialog_request(struct zv_sip *sip, const struct zv_sip_msg *msg,
                              const struct zv_sip_flow *flow, int64_t now_us);
/* options.c */
void zv_sip_on_options(struct zv_sip *sip, const struct zv_sip_msg *msg,
                       const struct zv_sip_flow *flow);

#endif
