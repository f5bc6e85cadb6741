/* The inside of a session. Only for the files of call/, by way of switch_int.h. */
#ifndef ZV_CALL_SESSION_INT_H
#define ZV_CALL_SESSION_INT_H

#include "base/list.h"
#include "base/map.h"
#include "base/timers.h"
#include "call/account.h"
#include "call/call.h"

struct zv_fail;
struct zv_switch;

#define ZV_SESSION_TOKEN 22 /* characters of 5.95 bits: 131 bits */

enum zv_session_timer {
    ZV_SESSION_TIMER_REGISTER,
    ZV_SESSION_TIMER_CALLS, /* its client is away: the calls end */
    ZV_SESSION_TIMER_GONE,  /* and the session */
    ZV_SESSION_TIMER_COUNT,
};

/* What a client comes back with. */
struct zv_session_token {
    struct zv_map_node node;         /* in zv_switch.tokens while there is a text */
    struct zv_session *session;      /* its owner */
    char text[ZV_SESSION_TOKEN + 1]; /* a secret; empty: none */
};

struct zv_session {
    struct zv_list_node node; /* in zv_switch.sessions; after its end in .graveyard */
    struct zv_list_node ending_node;
    struct zv_list_node returning_node;
    struct zv_list_node telling_node;
    struct zv_map_node by_conn;
    zv_session_id id;
    uint32_t slot;
    zv_conn_id conn; /* 0: the client is away */
    struct zv_list calls;
    uint32_t call_count;
    bool has_account;
    bool register_required;
    bool is_register_sent;
    bool is_registered;
    bool is_ending;
    bool is_failed; /* registration failed for good: ends with its last call */
    bool is_proxied;
    bool wants_verdicts;
    bool wants_digits;
    bool wants_drain;
    bool keep_alive;
    bool can_resume;
    bool can_reoffer;
    bool is_goodbye; /* is_ending: the client left on purpose */
    enum zv_cause end_cause;
    struct zv_addr ws_local;
    struct zv_account account;
    struct zv_session_token tokens[2];
    uint8_t token_now;         /* which of them was issued last; the other one is good until the
                                  client has shown that it got that */
    char name[ZV_ID_TEXT_CAP]; /* sessionId */
    char app_key[65];
    int64_t created_us;
    int64_t attached_us;   /* when its present socket came */
    int64_t away_us;       /* since when it has none; 0: it has one */
    int64_t registered_us; /* with is_registered: the first answer */
    int64_t deadlines[ZV_SESSION_TIMER_COUNT];
    struct zv_timer timer;
};

/* ---- session.c ---- */

void zv_session_on_connect(struct zv_switch *sw, const struct zv_in_connect *in);
void zv_session_on_closed(struct zv_switch *sw, const struct zv_in_client *in);
void zv_session_on_registered(struct zv_switch *sw, zv_session_id id);
void zv_session_on_register_failed(struct zv_switch *sw, const struct zv_in_sip *in);
void zv_session_on_timer(struct zv_switch *sw, struct zv_session *session);
struct zv_session *zv_session_by_conn(const struct zv_switch *sw, zv_conn_id conn);
struct zv_session *zv_session_by_id(const struct zv_switch *sw, zv_session_id id);
void zv_session_refuse(struct zv_switch *sw, const struct zv_in_connect *in,
                       const struct zv_fail *fail);
void zv_session_arm(struct zv_switch *sw, struct zv_session *session, enum zv_session_timer timer,
                    int64_t at_us);
struct zv_cmd_session_log *zv_session_log(struct zv_switch *sw, const struct zv_session *session,
                                          zv_conn_id conn, const char *what, enum zv_cause cause);
/* Its calls end with this cause, then it; by steps. */
void zv_session_end(struct zv_switch *sw, struct zv_session *session, enum zv_cause cause);
/* Its calls end since its client is gone; the session stays. By steps. */
void zv_session_end_calls(struct zv_switch *sw, struct zv_session *session);
/* The next bit of ending a session or its calls; false: none is ending. */
bool zv_session_step(struct zv_switch *sw);
/* The last bit: it has no calls. */
void zv_session_finish(struct zv_switch *sw, struct zv_session *session);
/* One of its calls is over: a session that only waited for that ends. */
void zv_session_call_gone(struct zv_switch *sw, struct zv_session *session);
/* Frees the memory, wipes the secrets. */
void zv_session_destroy(struct zv_session *session);

#endif
