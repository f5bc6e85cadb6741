/*
 * The time that a session stands (RFC 4028): agreed on with an INVITE or UPDATE and its 2xx, begun
 * anew by each of them.
 */
#ifndef ZV_SIP_SESSION_TIMER_H
#define ZV_SIP_SESSION_TIMER_H

#include "sip/account.h"
#include "sip/dialog.h"
#include "sip/reply.h"

struct zv_sip_leg;

/* How a leg's session lasts; what was agreed on of it is in the dialog. */
struct zv_sip_leg_session {
    uint32_t min_se_s; /* that a 422 asked for; 0: none did */
    uint8_t rounds;    /* of 422, in a row */
    int64_t bye_us;    /* it is over, unless it is refreshed before */
    char *sdp;         /* owned; what we said last and they took; NULL: not known */
    size_t sdp_len;
    struct zv_sip_request *update; /* owned; ours, under way */
    uint8_t refusals;              /* of `update`, in a row; counted to two */
    struct zv_sip_auths auths;     /* not the leg's: a re-INVITE may be under way beside it */
    struct zv_sip_timer timer;     /* the next refresh of ours, or bye_us */
};

/* session_timer.c */
/* Their INVITE or UPDATE asks for less than anybody may: 422. */
bool zv_sip_session_is_too_short(const struct zv_sip_msg *request);
/* What our 2xx to it says, written into *reply. */
void zv_sip_session_answer(const struct zv_sip *sip, const struct zv_sip_dialog *dialog,
                           const struct zv_sip_msg *request, struct zv_sip_reply *reply);
/* That 2xx is sent, within the call's dialog. */
void zv_sip_leg_set_session(struct zv_sip_leg *leg, const struct zv_sip_reply *reply,
                            int64_t now_us);
/* Everything of a request that updates the session, re-INVITE or UPDATE, before its body. */
void zv_sip_leg_build_update(struct zv_sip_leg *leg, struct zv_sip_request *req,
                             struct zv_sip_auths *auths, struct zv_sip_builder *b);
/* Supported, Session-Expires, Min-SE of our INVITE or UPDATE. */
void zv_sip_leg_write_session(const struct zv_sip_leg *leg, struct zv_sip_builder *b);
/* Its 2xx came: the time starts anew. */
void zv_sip_leg_take_session(struct zv_sip_leg *leg, const struct zv_sip_msg *msg, int64_t now_us);
/* Its 422 came. True: it is to be sent again, and asks for more. */
bool zv_sip_leg_raise_session(struct zv_sip_leg *leg, const struct zv_sip_msg *msg);
/* Of a dialog that another process refreshed until now. */
void zv_sip_leg_resume_session(struct zv_sip_leg *leg, int64_t now_us);
void zv_sip_leg_stop_session(struct zv_sip_leg *leg);
/* What we said, and they took: refreshed by re-INVITE. Empty: as before. */
void zv_sip_leg_keep_session(struct zv_sip_leg *leg, struct zv_str sdp);
/* refresh.c */
void zv_sip_leg_on_session_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us);

#endif
