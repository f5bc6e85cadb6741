/*
 * What an administrator may see of the switchboard's sessions and calls: plain values, no secrets.
 * Their texts belong to the switchboard and are valid until its next input.
 *
 *     const void *at = NULL;
 *     while (zv_switch_next_call(sw, &at, &view))
 *         show(&view);
 */
#ifndef ZV_CALL_VIEW_H
#define ZV_CALL_VIEW_H

#include "call/call.h"

struct zv_call_view {
    zv_call_id id;
    zv_session_id session;
    zv_conn_id conn;        /* of its client; 0: the client is away, or the call is over */
    const char *state;      /* "ACTIVE"; static */
    const char *login;      /* of the account whose call it is; "" once the call is over */
    const char *call_id;    /* the client's */
    const char *caller;     /* may hold anything that the far end sent */
    const char *callee;     /* likewise */
    enum zv_cause cause;    /* NONE while it lives */
    int64_t client_away_us; /* since when its client has no socket; 0: it has one, or it is over */
    bool is_incoming;       /* from the SIP side */
    bool is_over;           /* waits for its worker's last figures */
    bool is_ice_up;
    bool is_dtls_up;
    bool is_heard[2];           /* by enum zv_call_leg: media came */
    bool is_silent[2];          /* and stopped coming */
    int64_t silent_since_us[2]; /* with is_silent */
    int64_t due_us[2];          /* since when that side is to send; 0: it is not (yet, on hold) */
    int64_t ice_wanted_us;      /* since when ICE and DTLS are waited for; 0: they are not */
    int sip_status;             /* the SIP side's last; 0: none */
    int64_t created_us;
    int64_t answered_us;              /* 0: not yet */
    int64_t ended_us;                 /* 0: not yet */
    struct zv_addr sip_local;         /* RTP of the SIP leg; family NONE: not yet */
    struct zv_addr sip_remote;        /* as their description says; likewise */
    const struct zv_media_plan *plan; /* never NULL */
};

/* From the oldest to the youngest. `*at` is NULL at first; false: the end. No input in between. */
bool zv_switch_next_call(const struct zv_switch *sw, const void **at,
                         struct zv_call_view *ret_view);
/* False: there is no such call. */
bool zv_switch_view_call(const struct zv_switch *sw, zv_call_id id, struct zv_call_view *ret_view);

#define ZV_SESSION_STANDING_LIST(X)                                                                \
    X(NO_ACCOUNT, "no account")       /* connected without a SIP account */                        \
    X(NOT_REQUIRED, "not registered") /* the client did not ask for it */                          \
    X(REGISTERING, "registering")                                                                  \
    X(REGISTERED, "registered")                                                                    \
    X(FAILED, "failed") /* `cause`; ends with its last call */                                     \
    X(ENDING, "ending") /* `cause` */

enum zv_session_standing {
#define X(id, name) ZV_SESSION_##id,
    ZV_SESSION_STANDING_LIST(X)
#undef X
        ZV_SESSION_STANDING_COUNT,
};
const char *zv_session_standing_name(enum zv_session_standing standing);

struct zv_session_view {
    zv_session_id id;
    zv_conn_id conn;   /* 0: the client's socket is gone */
    int64_t away_us;   /* with conn 0: since when */
    const char *login; /* "" without an account, as the next two */
    const char *domain;
    const char *proxy;
    uint16_t proxy_port; /* 0: resolved by name */
    enum zv_session_standing standing;
    enum zv_cause cause; /* NONE, or why it failed or ends */
    uint32_t calls;
    int64_t created_us;
    int64_t registered_us; /* 0: is not */
};

/* As zv_switch_next_call. */
bool zv_switch_next_session(const struct zv_switch *sw, const void **at,
                            struct zv_session_view *ret_view);

#endif
