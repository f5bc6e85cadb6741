/* The messages to clients. Only for the files of call/. */
#ifndef ZV_CALL_NOTIFY_H
#define ZV_CALL_NOTIFY_H

#include "call/switch_int.h"

struct zv_fail {
    const char *api_method;
    struct zv_str id; /* callId or absent */
    enum zv_cause cause;
    struct zv_str field;  /* or absent */
    struct zv_str text;   /* absent: the cause's */
    struct zv_str remedy; /* absent: the cause's */
    int sip_status;
};

void zv_notify_fail(struct zv_switch *sw, zv_conn_id conn, const struct zv_fail *fail);
void zv_notify_close(struct zv_switch *sw, zv_conn_id conn, uint16_t code, const char *reason);
/* To a session's client, when there is somebody to be told, now or later. */
void zv_notify_session_fail(struct zv_switch *sw, const struct zv_session *session,
                            const struct zv_fail *fail);
void zv_notify_user_data(struct zv_switch *sw, const struct zv_session *session);
void zv_notify_registered(struct zv_switch *sw, const struct zv_session *session, bool is_again);
/* How its calls stand, to a client that returned; it must be connected. */
void zv_notify_resumed(struct zv_switch *sw, const struct zv_session *session, int64_t last_seq);
/* As the session's. */
void zv_notify_call(struct zv_switch *sw, struct zv_call *call, enum zv_client_message message,
                    const char *status, int sip_status);
void zv_notify_sdp(struct zv_switch *sw, const struct zv_call *call, bool is_initiator);
/* All that a client needs to answer an incoming call, in the order in which it needs it. */
void zv_notify_incoming(struct zv_switch *sw, struct zv_call *call, bool is_again);
/* Our answer to its offer in mid-call. */
void zv_notify_update(struct zv_switch *sw, const struct zv_call *call, bool is_reload);
/* Our offer in mid-call, of video. */
void zv_notify_offer(struct zv_switch *sw, const struct zv_call *call);
/* Nothing, when the client did not ask for digits. */
void zv_notify_digit(struct zv_switch *sw, const struct zv_call *call,
                     const struct zv_in_press *press, const char *via);
/* Nothing, when the client did not ask for verdicts, or this one is not for it. */
void zv_notify_verdict(struct zv_switch *sw, const struct zv_call *call, enum zv_call_leg leg,
                       const struct zv_in_verdict *verdict);
/* That the gateway drains, or goes on after all; nothing, when the client did not ask for it. */
void zv_notify_drain(struct zv_switch *sw, const struct zv_session *session, bool is_again);
/* `busy` where it applies, and `finish`. */
void zv_notify_end(struct zv_switch *sw, const struct zv_call *call);
/* `fail` and `finish` for a call that never came to be. */
void zv_notify_refused(struct zv_switch *sw, zv_conn_id conn, struct zv_str callee,
                       const struct zv_fail *fail);

#endif
