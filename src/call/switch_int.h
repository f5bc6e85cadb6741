/*
 * The inside of the switchboard: its tables, sessions and calls. Only for the files of call/.
 *
 * Memory: what commands point to must live until they were taken. So texts, calls and sessions that
 * are done with are put aside and freed at the next poll that finds the queue empty. The queue has
 * a fixed size, because one input causes few commands: what could cause many (a session that ends
 * with its calls, due timers, the shutdown) is done in steps, one per empty queue.
 */
#ifndef ZV_CALL_SWITCH_INT_H
#define ZV_CALL_SWITCH_INT_H

#include "base/list.h"
#include "base/map.h"
#include "base/timers.h"
#include "call/account.h"
#include "call/call.h"
#include "call/dtmf_int.h"
#include "call/hold_int.h"
#include "call/session_int.h"
#include "call/slots.h"
#include "call/text.h"
#include "call/video_int.h"
#include "sdp/plan.h"

#define ZV_SWITCH_QUEUE    32 /* commands of one step; the most that a step needs is about ten */
#define ZV_SWITCH_SCRATCH  2048
#define ZV_CALL_NAME_CAP   (ZV_MAX_CALL_ID_BYTES + 1)
#define ZV_MAX_REASON      128
#define ZV_MAX_SIP_CALL_ID 128

/* Each has a deadline: zv_call_state_deadline. */
#define ZV_CALL_STATE_LIST(X)                                                                      \
    X(OUT_SETUP)     /* waits for MEDIA_READY */                                                   \
    X(OUT_TRYING)    /* INVITE sent */                                                             \
    X(OUT_RINGING)   /* 18x came */                                                                \
    X(IN_SETUP)      /* waits for MEDIA_READY */                                                   \
    X(IN_RINGING)    /* the client was told */                                                     \
    X(IN_ANSWERING)  /* the client answered, 200 waits for DTLS */                                 \
    X(IN_CONFIRMING) /* 200 sent, waits for ACK */                                                 \
    X(REOFFERING)    /* answered with another codec: re-INVITE sent */                             \
    X(ACTIVE)                                                                                      \
    X(CLOSING) /* over; waits for MEDIA_CLOSED */

enum zv_call_state {
#define X(name) ZV_CALL_##name,
    ZV_CALL_STATE_LIST(X)
#undef X
        ZV_CALL_STATE_COUNT,
};

const char *zv_call_state_name(enum zv_call_state state);

enum zv_call_timer {
    ZV_CALL_TIMER_STATE, /* always armed */
    ZV_CALL_TIMER_ICE,
    ZV_CALL_TIMER_WEB_MEDIA, /* no media from the client */
    ZV_CALL_TIMER_SIP_MEDIA, /* no media from the SIP side */
    ZV_CALL_TIMER_VIDEO,     /* the client's answer to our offer */
    ZV_CALL_TIMER_COUNT,
};

struct zv_call {
    struct zv_list_node node; /* in zv_switch.calls; after its end in .graveyard */
    struct zv_list_node session_node;
    struct zv_map_node by_leg; /* incoming legs */
    zv_call_id id;
    uint64_t leg;
    struct zv_session *session; /* borrowed; NULL once it is over */
    zv_session_id session_id;
    enum zv_call_state state;
    bool incoming;
    bool is_announced;  /* the client knows of it and gets a last event */
    bool is_leg_open;   /* the SIP leg wants an end from us */
    bool is_accepted;   /* incoming: 200 sent */
    bool is_media_open; /* MEDIA_CLOSE is due */
    bool is_media_ready;
    bool is_ice_up;
    bool is_dtls_up;
    bool is_ice_due;    /* ICE and DTLS are waited for */
    bool is_web_dead;   /* DTLS failed while the client was away: only a new leg helps */
    bool is_path_asked; /* timers.ice is over: unreached.h */
    bool is_sdp_sent;   /* setRemoteSDP: once */
    bool is_ring_sent;
    bool is_progress_sent;
    bool is_ack_answer_due;  /* their ACK answers the offer that our 200 made */
    bool is_offer_again_due; /* incoming: its client returned while it rings */
    bool is_dtls_client;     /* our role */
    bool is_repaired;        /* outgoing: the offer is another one than that of the first INVITE */
    uint8_t refused_parts;   /* outgoing: of the last offer, as far as known; zv_plan_part */
    uint8_t updates_due;     /* MEDIA_READY to come for offers in mid-call */
    uint8_t renewals_due;    /* the last of them: what comes from the web leg is of the old one */
    const char *status;      /* CALL_STATUS that the client was told last; static; NULL: none */
    bool is_leg_heard[ZV_CALL_LEG_COUNT]; /* MEDIA_FIRST */
    bool is_leg_silent[ZV_CALL_LEG_COUNT];
    int64_t silent_since_us[ZV_CALL_LEG_COUNT];
    int64_t due_us[2]; /* web, SIP: since when that side is to send; 0: it is not (yet, on hold) */
    char name[ZV_CALL_NAME_CAP];              /* the client's callId */
    char sip_call_id[ZV_MAX_SIP_CALL_ID + 1]; /* of the SIP leg, for the log; cut, cleaned */
    char caller[ZV_MAX_CALLEE_BYTES + 1];
    char callee[ZV_MAX_CALLEE_BYTES + 1];
    char display[ZV_MAX_VISIBLE_NAME_BYTES + 1];
    char reason[ZV_MAX_REASON + 1]; /* of the far end's last word; cleaned */
    struct zv_text *callee_user;    /* outgoing, %-escaped; owned, as all texts */
    struct zv_text *headers;        /* names and values that `header` points into */
    struct zv_call_header header[ZV_MAX_CALL_HEADERS];
    uint8_t header_count;
    struct zv_text *web_sdp;         /* the client's */
    struct zv_text *sip_sdp;         /* theirs, the last that was taken over */
    struct zv_str sip_origin;        /* value of its o=: a view into it */
    struct zv_text *web_local;       /* what the client was told */
    struct zv_text *sip_local;       /* what the SIP side was told last */
    struct zv_text *text;            /* particular to this end; NULL: that of the cause */
    struct zv_text *remedy;          /* likewise */
    struct zv_text *verdict_text[2]; /* what is wrong with a leg now; NULL: nothing */
    struct zv_text *verdict_remedy[2];
    struct zv_text *web_ufrag;
    struct zv_text *web_pwd;
    struct zv_text *web_fingerprint;
    struct zv_text *web_cname;
    struct zv_text *web_remote_fingerprint; /* the client's */
    struct zv_plan_web web;
    struct zv_trunk_settings trunk;
    struct zv_plan_sip sip;               /* with secrets, as the next */
    struct zv_plan_sip_remote sip_remote; /* of sip_sdp */
    uint32_t remote_version;              /* counts what zv_call_take_sip_remote finds new */
    struct zv_media_plan plan;
    struct zv_call_video video;
    struct zv_call_hold hold;
    struct zv_call_dtmf dtmf;
    struct zv_call_bandwidth bandwidth; /* that the client wants the SIP side to be told */
    enum zv_cause cause;
    enum zv_cause_hop hop; /* particular to this end; NONE: that of the cause */
    int sip_status;
    int64_t created_us;
    int64_t client_answered_us;
    int64_t answered_us;
    int64_t renewed_us; /* the web leg; 0: never */
    int64_t ended_us;
    int64_t deadlines[ZV_CALL_TIMER_COUNT];
    struct zv_timer timer;
};

struct zv_switch {
    struct zv_switch_cfg cfg;
    int64_t now_us; /* of the current input */
    int64_t due_us; /* timers up to here are due */
    int input_err;
    zv_call_id subject; /* the call that this input or step is about; 0: none */
    bool is_shutting_down;
    bool is_draining;
    int64_t drained_us; /* draining: when calls that are not over are ended */
    struct zv_list sessions;
    struct zv_list ending;    /* sessions that end, or whose calls do */
    struct zv_list returning; /* sessions whose client is told again what rings */
    struct zv_list telling;   /* sessions whose client is to hear of the drain, or of its end */
    struct zv_list calls;
    struct zv_slots session_slots;
    struct zv_slots call_slots[ZV_MAX_WORKERS];
    uint32_t call_count;
    struct zv_map conns;  /* -> session */
    struct zv_map tokens; /* -> zv_session_token; keyed hash: how long a look-up takes tells nothing
                             of the tokens that there are */
    struct zv_map legs;   /* incoming -> call */
    struct zv_timers session_timers;
    struct zv_timers call_timers;
    struct zv_list dead_texts;
    struct zv_list dead_sessions;
    struct zv_list dead_calls;
    struct zv_call_cmd queue[ZV_SWITCH_QUEUE];
    size_t queue_first;
    size_t queue_count;
    char scratch_memory[ZV_SWITCH_SCRATCH];
    struct zv_buf scratch;                                    /* texts of the current step */
    char body[ZV_MAX_SDP_BYTES];                              /* a description being written */
    struct zv_cmd_resumed_call resumed[ZV_MAX_RESUMED_CALLS]; /* of the client that just returned */
    struct zv_switch_stats stats;
};

/* ---- switchboard.c: queue and texts ---- */

/* A zeroed command at the end of the queue. */
struct zv_call_cmd *zv_switch_push(struct zv_switch *sw, enum zv_call_cmd_kind kind);
/* A text that lives until the step's commands were taken; empty when there is no room. */
struct zv_str zv_switch_print(struct zv_switch *sw, const char *format, ...) ZV_PRINTF(2, 3);
/* Puts the text aside; *text becomes NULL. */
void zv_switch_drop_text(struct zv_switch *sw, struct zv_text **text);
/* As above, then a copy of `value` takes its place: ZV_E_NOMEM. */
int zv_switch_set_text(struct zv_switch *sw, struct zv_text **text,
                       struct zv_str value) ZV_MUST_CHECK;

/* ---- calls.c: the table of calls, and what all their phases share ---- */

struct zv_call_new_cfg {
    struct zv_session *session;
    bool incoming;
    struct zv_str name;
    uint64_t leg; /* incoming */
};
/* ZV_E_NOMEM, ZV_E_LIMIT. In OUT_SETUP or IN_SETUP, its media not yet asked for. */
int zv_call_new(struct zv_switch *sw, const struct zv_call_new_cfg *cfg,
                struct zv_call **ret_call) ZV_MUST_CHECK;
struct zv_call *zv_call_by_id(const struct zv_switch *sw, zv_call_id id);
struct zv_call *zv_call_by_leg(const struct zv_switch *sw, uint64_t leg);
struct zv_call *zv_call_by_name(const struct zv_session *session, struct zv_str name);
/* Logs the change and arms the state's deadline. */
void zv_call_set_state(struct zv_switch *sw, struct zv_call *call, enum zv_call_state state);
struct zv_cmd_sip *zv_call_push_sip(struct zv_switch *sw, enum zv_call_cmd_kind kind,
                                    const struct zv_call *call);
/* The leg told its own end, or was told ours. */
void zv_call_close_leg(struct zv_switch *sw, struct zv_call *call);
/* ACTIVE, its timers, `talk`. */
void zv_call_establish(struct zv_switch *sw, struct zv_call *call);
void zv_call_destroy(struct zv_call *call);

/* ---- paths.c: its media ---- */

void zv_call_open_media(struct zv_switch *sw, struct zv_call *call);
/* Copies what the worker set up; the candidates. ZV_E_NOMEM. */
int zv_call_take_ready(struct zv_switch *sw, struct zv_call *call,
                       const struct zv_in_media_ready *ready) ZV_MUST_CHECK;
/* The same of a web leg that was restarted or renewed. ZV_E_NOMEM. */
int zv_call_take_web_again(struct zv_switch *sw, struct zv_call *call,
                           const struct zv_in_media_ready *ready) ZV_MUST_CHECK;
/* ZV_E_NOMEM: and nothing was sent. */
int zv_call_send_web_remote(struct zv_switch *sw, struct zv_call *call,
                            const struct zv_plan_web_remote *remote) ZV_MUST_CHECK;
/* Takes over a description of theirs: `sdp` and `remote` are what was read of `text`, which may be
 * call->sip_sdp itself. ZV_E_NOMEM. */
int zv_call_take_sip_remote(struct zv_switch *sw, struct zv_call *call, struct zv_str text,
                            const struct zv_sdp *sdp,
                            const struct zv_plan_sip_remote *remote) ZV_MUST_CHECK;
/* MEDIA_SIP_REMOTE of each medium, MEDIA_FLOW, MEDIA_CODECS; key frames for who is new. */
void zv_call_send_sip_remote(struct zv_switch *sw, struct zv_call *call);
void zv_call_send_flow(struct zv_switch *sw, struct zv_call *call);
/* The same, if the plan's video passes otherwise than the worker was told. */
void zv_call_mend_flow(struct zv_switch *sw, struct zv_call *call);
void zv_call_send_codecs(struct zv_switch *sw, const struct zv_call *call);

/* ---- end.c ---- */

void zv_call_end(struct zv_switch *sw, struct zv_call *call, enum zv_cause cause);
/* A call that was refused before it had an id. Texts live as long as the step. */
struct zv_call_refusal {
    const struct zv_session *session; /* or NULL */
    bool incoming;
    struct zv_str call_id;
    struct zv_str sip_call_id;
    struct zv_str caller;
    struct zv_str callee;
    enum zv_cause cause;
    struct zv_str text;   /* absent: the cause's */
    struct zv_str remedy; /* likewise */
};
void zv_call_log_refused(struct zv_switch *sw, const struct zv_call_refusal *refusal);
void zv_call_on_sip_ended(struct zv_switch *sw, struct zv_call *call, const struct zv_in_sip *in);
void zv_call_on_media_closed(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_media *in);
void zv_call_on_media_failed(struct zv_switch *sw, struct zv_call *call,
                             const struct zv_in_media *in);
/* Why a call of a client that left on purpose ends. */
enum zv_cause zv_call_goodbye_cause(const struct zv_call *call);
/* The last step of a call that waited for its worker in vain. */
void zv_call_give_up_media(struct zv_switch *sw, struct zv_call *call);
/* Text of the far end as one clean line. */
void zv_call_set_reason(struct zv_call *call, struct zv_str reason);
/* Why a planning step failed, as a cause; `is_client`: it was the client's description. */
enum zv_cause zv_cause_of_plan(enum zv_plan_verdict verdict, bool is_client);

/* ---- timers.c ---- */

void zv_call_arm(struct zv_switch *sw, struct zv_call *call, enum zv_call_timer timer,
                 int64_t at_us);
void zv_call_on_timer(struct zv_switch *sw, struct zv_call *call);
/* When a call in this state must have left it; ZV_TIME_NEVER never. */
int64_t zv_call_state_deadline(const struct zv_switch *sw, const struct zv_call *call,
                               enum zv_call_state state);
/* No-media deadlines of both legs, from what was heard so far; after each change of what is due. */
void zv_call_watch_media(struct zv_switch *sw, struct zv_call *call);
/* ICE and DTLS are to be up in time from now on, while the client is there. */
void zv_call_expect_ice(struct zv_switch *sw, struct zv_call *call);
/* The client's socket went or came: what waits for the client's media starts anew with it. */
void zv_call_watch_client(struct zv_switch *sw, struct zv_call *call);

#endif
