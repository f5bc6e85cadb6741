/*
 * The switchboard: sessions of clients, their SIP accounts, and the calls between a client's web
 * leg and a SIP leg (a back-to-back user agent). Pure: a function of (state, input, time) to
 * (state, commands). It knows no JSON, no SIP message and no packet.
 *
 * Use, on the signalling thread only: one input (or on_timeout), then poll until NONE, then the
 * next input. An edge that learns of something while it carries out a command keeps it until the
 * drain is over. After each drain ask for the deadline.
 *
 *     zv_switch_input(sw, &in, now_us);
 *     while (zv_switch_poll(sw, &cmd) != ZV_CALL_CMD_NONE)
 *         carry_out(&cmd);
 *     arm(zv_switch_deadline_us(sw));
 *
 * Ids: a call's id names its media context on a worker as well; the SIP leg of an outgoing call has
 * the same number, incoming legs are numbered by sip/ with bit 63 set. A SIP account is named by
 * the id of its session.
 *
 * Limits: clients, calls in all and per client (cfg); every state of a call and a session has a
 * deadline (cfg.timers), so nothing waits for ever on an edge that does not answer.
 */
#ifndef ZV_CALL_CALL_H
#define ZV_CALL_CALL_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/rand.h"
#include "base/time.h"
#include "call/cause.h"
#include "call/command.h"
#include "call/input.h"
#include "call/trunk.h"
#include "sdp/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deadlines; 0 takes the default, others are raised to 1 s. */
struct zv_call_timers {
    int64_t register_us;      /* 32 s: from SIP_REGISTER to its final answer */
    int64_t trying_us;        /* 32 s: outgoing, from `call` to the first 18x or 2xx */
    int64_t ringing_out_us;   /* 180 s: outgoing, from the first 18x to the 2xx */
    int64_t ringing_in_us;    /* 60 s: incoming, from the ring to the client's answer */
    int64_t answering_us;     /* 10 s: from the client's answer to the ACK; from a re-INVITE of ours
                                 to its answer */
    int64_t ice_us;           /* 15 s: from the SDP exchange to ICE and DTLS connected */
    int64_t no_media_us;      /* 30 s without a packet from one side, while the socket is up */
    int64_t video_answer_us;  /* 5 s: for a client to answer our offer of video */
    int64_t max_duration_us;  /* 4 h: from the answer */
    int64_t client_gone_us;   /* 15 s: from the loss of the socket to the end of the calls of a
                                 client that cannot take them up again */
    int64_t resume_window_us; /* 60 s: from the loss of the socket to the end of the session,
                                 and of the calls of a client that can */
    int64_t keep_alive_window_us; /* 1 h: to the end of the session of a client that asked for
                                     keepAlive */
    int64_t dtls_wait_us; /* 1.5 s: what the 200 OK waits for DTLS, so that no first word is cut */
    int64_t media_setup_us; /* 5 s: for a worker to answer MEDIA_CLOSE */
};

#define ZV_MAX_MEDIA_ADDRESSES 8

struct zv_switch_cfg {
    struct zv_rand rand; /* the source must be fit for secrets in production */
    struct zv_call_timers timers;
    uint32_t worker_count;         /* 1-64 */
    uint32_t max_clients;          /* 0: 10000 */
    uint32_t max_calls;            /* 0: 4000 */
    uint32_t max_calls_per_client; /* 0: 8 */
    bool send_busy_when_on_call;   /* 486 to a second incoming call */
    bool allow_space_in_auth_name; /* accounts.allow_space_in_auth_name */
    bool has_video;                /* calls may have video */
    uint32_t video_kbps;           /* of one side at most; 0: no limit */
    struct zv_addr public_addresses[ZV_MAX_PUBLIC_ADDRESSES]; /* family NONE: none */
    struct zv_addr media_addresses[ZV_MAX_MEDIA_ADDRESSES];   /* media.addresses, in order */
    uint8_t media_address_count;
    uint16_t web_port_first; /* of the workers for clients' media; 0: each has one of its own */
    uint16_t web_port_last;
    struct zv_trunks trunks; /* the entries are borrowed */
};

/* What may change while calls live, as in zv_switch_cfg; the entries of the trunks are borrowed
 * until the next time, texts of `ca` to the end. */
struct zv_switch_settings {
    uint32_t max_calls_per_client;
    bool send_busy_when_on_call;
    bool allow_space_in_auth_name;
    struct zv_trunks trunks;
};

struct zv_switch;

/* ZV_E_INVAL, ZV_E_NOMEM. The cfg is copied, cfg.rand.arg borrowed. */
int zv_switch_new(const struct zv_switch_cfg *cfg, struct zv_switch **ret_sw) ZV_MUST_CHECK;
/* Frees at once, without commands; NULL allowed, returns NULL. */
struct zv_switch *zv_switch_free(struct zv_switch *sw);

/* Holds for calls and sessions that begin from now on; those that live keep what they began with.
 */
void zv_switch_set(struct zv_switch *sw, const struct zv_switch_settings *settings);

/*
 * Takes one input; nothing that it says can fail here: refusals are commands. `now_us` never goes
 * back. ZV_E_STATE: the last drain was not finished (asserted in debug builds); ZV_E_NOMEM: the
 * input was dropped for want of memory (the client or the SIP side was refused where possible).
 */
int zv_switch_input(struct zv_switch *sw, const struct zv_call_in *in,
                    int64_t now_us) ZV_MUST_CHECK;
void zv_switch_on_timeout(struct zv_switch *sw, int64_t now_us);
/* The Call-ID under which the SIP leg of an outgoing call was invited, for the log. No input: it
 * may come between polls. */
void zv_switch_name_leg(struct zv_switch *sw, uint64_t leg, struct zv_str sip_call_id);
/* ZV_TIME_NEVER: none. */
int64_t zv_switch_deadline_us(const struct zv_switch *sw);
/* The next command, or ZV_CALL_CMD_NONE. */
enum zv_call_cmd_kind zv_switch_poll(struct zv_switch *sw, struct zv_call_cmd *ret_cmd);

/* Created minus destroyed is what lives: the ledger. */
struct zv_switch_stats {
    uint64_t sessions_created;
    uint64_t sessions_destroyed;
    uint64_t calls_created;
    uint64_t calls_destroyed;
    uint64_t calls_refused;    /* before they had an id */
    uint64_t sessions_refused; /* `connection` refused */
    uint64_t sessions_returned;
    uint64_t tokens_refused;    /* of those refused: no session has such a token (any more) */
    uint64_t sdp_lines_dropped; /* of sipSDP: neither b=AS nor b=TIAS */
    uint64_t headers_dropped;   /* client-named SIP headers outside the allow-list */
    uint64_t stale_inputs;      /* about nobody, not possible in the state, or a flood */
    uint64_t media_lost;        /* workers that did not answer in time */
    uint64_t ended_by[ZV_CAUSE_COUNT];
};

void zv_switch_stats(const struct zv_switch *sw, struct zv_switch_stats *ret_stats);

/* What a call is waiting for, as an operator sees it; several states of ours are one phase. */
#define ZV_CALL_PHASE_LIST(X)                                                                      \
    X(SETUP, "setup")         /* for its media */                                                  \
    X(TRYING, "trying")       /* outgoing: for the SIP server's first word */                      \
    X(RINGING, "ringing")     /* for somebody to answer */                                         \
    X(ANSWERING, "answering") /* for the answer to reach the other side */                         \
    X(ACTIVE, "active")       /* people talk */                                                    \
    X(CLOSING, "closing")     /* over: for the worker's last word */

enum zv_call_phase {
#define X(id, name) ZV_PHASE_##id,
    ZV_CALL_PHASE_LIST(X)
#undef X
        ZV_PHASE_COUNT,
};
const char *zv_call_phase_name(enum zv_call_phase phase);

/* As of now. */
struct zv_switch_gauges {
    uint32_t calls[2][ZV_PHASE_COUNT]; /* outgoing, incoming */
    uint32_t sessions;
    uint32_t sessions_away; /* of those: without a socket */
    /* Sessions that asked for one. */
    uint32_t registrations_registering;
    uint32_t registrations_registered;
    uint32_t registrations_failed; /* and whose calls still live */
};
/* Looks at every session and call. */
void zv_switch_gauges(const struct zv_switch *sw, struct zv_switch_gauges *ret_gauges);
uint32_t zv_switch_session_count(const struct zv_switch *sw);
uint32_t zv_switch_call_count(const struct zv_switch *sw);
/* The call that the last input was about, be it new or over by now; 0: none, or it was refused. */
zv_call_id zv_switch_subject(const struct zv_switch *sw);
/* An input that would make a session like the one that `in`, which begins a call, is refused, or
 * brings a client back, is for, without its password and token. Texts are borrowed until the next
 * input. False: there is none. */
struct zv_switch_connect {
    struct zv_in_connect in;
    zv_session_id session;
    bool is_registered;
    char port[8];
};
bool zv_switch_connect_of(const struct zv_switch *sw, const struct zv_call_in *in,
                          struct zv_switch_connect *ret_connect);
bool zv_switch_is_registered(const struct zv_switch *sw, zv_session_id session);
/* One line per session and call, no secrets, NUL-terminated; lines that do not fit are left out.
 * Returns the bytes written without the NUL. */
size_t zv_switch_dump(const struct zv_switch *sw, char *buf, size_t cap);

#endif
