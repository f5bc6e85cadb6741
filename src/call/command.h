/*
 * What the switchboard wants done: one plain struct per command, to the client (http/), to the SIP
 * side (sipnet/), to the media (worker/), to the log. Texts are borrowed from the switchboard until
 * the next zv_switch_poll or input; an absent text has p == NULL.
 */
#ifndef ZV_CALL_COMMAND_H
#define ZV_CALL_COMMAND_H

#include "base/addr.h"
#include "base/id.h"
#include "base/str.h"
#include "call/cause.h"
#include "call/client_event.h"
#include "call/input.h"
#include "sdp/codec.h"
#include "sdp/plan.h"

#include <stdbool.h>
#include <stdint.h>

#define ZV_CALL_CMD_LIST(X)                                                                        \
    X(NONE)                                                                                        \
    /* http/ */                                                                                    \
    X(CLIENT_EVENT)  /* client: one message to send */                                             \
    X(CLIENT_CLOSE)  /* close: after what was sent before; CLIENT_CLOSED comes back */             \
    X(CLIENT_FORGET) /* forget: the session is over, nothing is kept for its client any more */    \
    /* sipnet/ */                                                                                  \
    X(SIP_ACCOUNT_ADD)    /* account; account.session is its id */                                 \
    X(SIP_REGISTER)       /* sip.session: and refresh until SIP_UNREGISTER */                      \
    X(SIP_UNREGISTER)     /* sip.session: Expires 0; no event comes back */                        \
    X(SIP_ACCOUNT_REMOVE) /* sip.session: forget it once its transactions have ended */            \
    X(SIP_INVITE)         /* invite: leg = call id's value */                                      \
    X(SIP_RING)           /* sip.leg: 180 without a body */                                        \
    X(SIP_ACCEPT)         /* sip.leg, sdp: 200 */                                                  \
    X(SIP_REJECT)         /* sip.leg, status, reason: final answer to an unanswered INVITE; the    \
                             leg is gone, nothing comes back */                                    \
    X(SIP_HANGUP)         /* sip.leg: CANCEL or BYE, as the leg stands; the leg is gone for us,    \
                             nothing comes back (a crossing 2xx is ACKed and ended by BYE) */      \
    X(SIP_REPLY_OFFER)    /* sip.leg, status 200 with sdp, or 488/… without */                   \
    X(SIP_REOFFER)        /* sip.leg, sdp: a re-INVITE; SIP_REOFFER_DONE comes back */             \
    X(SIP_SEND_DIGITS)  /* digits: INFO for each, one after the other; SIP_DIGITS_REFUSED may come \
                           back */                                                                 \
    X(SIP_ASK_KEYFRAME) /* sip.leg: INFO that asks for a key frame (RFC 5168); nothing comes       \
                           back */                                                                 \
    /* the worker zv_call_id_worker(media.call) */                                                 \
    X(MEDIA_CREATE)      /* create: MEDIA_READY or MEDIA_FAILED comes back */                      \
    X(MEDIA_WEB_RESTART) /* web_again: new ICE credentials, the keys stay; MEDIA_READY or          \
                            MEDIA_UPDATE_FAILED comes back */                                      \
    X(MEDIA_WEB_RENEW)   /* web_again: all of the web leg anew; likewise; wants MEDIA_CODECS */    \
    X(MEDIA_OPEN_VIDEO)  /* open_video: the video port of a call that has none; MEDIA_READY or     \
                            MEDIA_UPDATE_FAILED comes back */                                      \
    X(MEDIA_WEB_REMOTE)  /* web: the client's transport */                                         \
    X(MEDIA_SIP_REMOTE)  /* sip_remote: where the SIP side wants its packets, of one medium */     \
    X(MEDIA_CODECS)      /* codecs: the plan of both media */                                      \
    X(MEDIA_FLOW)        /* flow: which way packets may pass */                                    \
    X(MEDIA_SEND_DIGITS) /* digits: as telephone-events to the SIP side, behind those that wait */ \
    X(MEDIA_ASK_PATH)    /* media_ask: MEDIA_PATH comes back */                                    \
    X(MEDIA_ASK_KEYFRAME) /* keyframe: a request by RTCP to whoever sends video at that leg; where \
                             it cannot be made MEDIA_KEYFRAME_WANTED comes back */                 \
    X(MEDIA_CLOSE)        /* MEDIA_CLOSED comes back */                                            \
    /* the log */                                                                                  \
    X(SESSION_LOG) /* session_log */                                                               \
    X(CALL_LOG)    /* call_log: a change of state */                                               \
    X(CALL_ENDED)  /* ended: once per call, its summary */

enum zv_call_cmd_kind {
#define X(name) ZV_CALL_CMD_##name,
    ZV_CALL_CMD_LIST(X)
#undef X
        ZV_CALL_CMD_COUNT,
};

struct zv_cmd_close {
    zv_conn_id conn;
    uint16_t code;        /* WebSocket close code: 1000 */
    struct zv_str reason; /* ≤ 123 bytes */
};

struct zv_cmd_forget {
    zv_session_id session;
};

/* The account fields are validated: nothing in them can change the shape of a SIP message. */
struct zv_cmd_account {
    zv_session_id session;
    struct zv_str user;           /* %-escaped where RFC 3261's `user` needs it */
    struct zv_str auth_name;      /* digest username, UTF-8 without controls and quotes */
    struct zv_str password;       /* a secret */
    struct zv_str display;        /* UTF-8 without controls; may be empty; to be quoted by sip/ */
    struct zv_str contact_params; /* "a=b;c"; may be empty */
    struct zv_str domain;         /* host name or IP literal (IPv6 in brackets) */
    struct zv_str
        proxy_host;      /* where requests go first: likewise; the domain where none was named */
    uint32_t expires_s;  /* of the registration; 0: as configured */
    uint16_t proxy_port; /* 0: resolve by SRV, else 5060 */
    struct zv_addr ws_local; /* the address that this client reached us at */
};

struct zv_cmd_invite {
    uint64_t leg;
    zv_session_id session;     /* the account */
    struct zv_str callee_user; /* %-escaped */
    struct zv_str callee_host; /* the account's domain */
    struct zv_str display;     /* From display name */
    struct zv_str sdp;
    struct zv_str again; /* of the refused INVITE that this one repeats; absent: it is the first */
    const struct zv_call_header *headers; /* validated; borrowed like texts */
    uint8_t header_count;
};

struct zv_cmd_sip {
    uint64_t leg;
    zv_session_id session;
    int status;
    struct zv_str reason; /* phrase; plain ASCII */
    struct zv_str sdp;
};

/* Keys to be sent: never into a log. */
struct zv_cmd_digits {
    zv_call_id call;
    uint64_t leg;
    zv_session_id session;
    enum zv_dtmf_mode mode; /* SIP_SEND_DIGITS; AUTO: whichever of the two INFOs is taken */
    struct zv_str digits;
};

struct zv_cmd_media_create {
    zv_call_id call;
    zv_session_id session; /* whose SIP server the RTP socket has to reach */
    bool is_incoming;      /* the client will answer our offer */
    bool strict;           /* RTP only from the address and port that the SIP side names */
    bool has_video;        /* a port for the SIP side's video, too */
};

struct zv_cmd_media_open_video {
    zv_call_id call;
    zv_session_id session; /* as of MEDIA_CREATE */
    bool strict;           /* likewise */
};

struct zv_cmd_media_web_again {
    zv_call_id call;
};

struct zv_cmd_media_web {
    zv_call_id call;
    struct zv_str ufrag;
    struct zv_str pwd;
    struct zv_str fingerprint; /* "sha-256 AB:CD:…", value of a=fingerprint (RFC 8122) */
    bool is_dtls_client;       /* our role; false: server (setup:passive) */
};

struct zv_cmd_media_sip {
    zv_call_id call;
    bool is_video; /* only where a video port is open */
    struct zv_addr rtp;
    struct zv_addr rtcp;
    bool rtcp_mux;
    uint32_t version; /* counts remote descriptions: latching starts anew at a new one */
    const struct zv_plan_srtp *srtp; /* secrets, borrowed like texts; NULL: plain RTP */
};

struct zv_cmd_media_codecs {
    zv_call_id call;
    struct zv_media_plan plan;
};

struct zv_cmd_media_flow {
    zv_call_id call;
    bool web_to_sip;
    bool sip_to_web;
    bool video_web_to_sip;
    bool video_sip_to_web;
};

struct zv_cmd_media_ask {
    zv_call_id call;
};

struct zv_cmd_media_keyframe {
    zv_call_id call;
    enum zv_call_leg leg; /* who is asked: WEB the client, VIDEO the SIP side */
};

struct zv_cmd_media_close {
    zv_call_id call;
};

struct zv_cmd_session_log {
    zv_session_id session;
    zv_conn_id conn;
    struct zv_str sip_login;
    struct zv_str sip_domain;
    struct zv_str what; /* "established", "registered", "not registered", "client lost",
                           "returned", "refused", "ended" */
    enum zv_cause cause;
    bool is_last;         /* "refused" or "ended": once per session */
    int sip_status;       /* of a registration that failed; 0: none */
    struct zv_str detail; /* the sentence, with what is particular to this case; no secret */
};

struct zv_cmd_call_log {
    zv_call_id call;
    zv_session_id session;
    zv_conn_id conn;           /* the client; 0: gone, or the call is over */
    struct zv_str call_id;     /* the client's */
    struct zv_str sip_call_id; /* Call-ID of the SIP leg; empty: not known yet */
    struct zv_str caller;
    struct zv_str callee;
    bool incoming;
    struct zv_str old_state; /* zv_call_state names; equal to the new one: the call begins */
    struct zv_str new_state;
    enum zv_cause cause; /* ZV_CAUSE_NONE but at the end */
};

/* Times are 0 for what never happened. */
struct zv_cmd_call_ended {
    zv_call_id call; /* {0} when it was refused before it had media */
    zv_session_id session;
    bool is_told; /* the session's client knows the call and is told of this end, now or at its
                     return */
    struct zv_str call_id;
    struct zv_str sip_call_id; /* Call-ID of the SIP leg; empty: it had none */
    struct zv_str caller;
    struct zv_str callee;
    bool incoming;
    enum zv_cause cause;
    enum zv_cause_hop hop; /* particular to this end; NONE: the cause's */
    struct zv_str text;    /* likewise; absent: the cause's */
    struct zv_str remedy;  /* likewise */
    int sip_status;
    enum zv_codec_kind codec;
    enum zv_codec_kind video; /* as it was agreed on last; NONE: not at all */
    const char *no_video;     /* why not, where one side wanted it; static; NULL: it was not wanted,
                                 or it was agreed on */
    int64_t created_us;
    int64_t answered_us;
    int64_t ended_us;
    bool has_counters; /* false: the worker did not report */
    struct zv_leg_counters counters[ZV_CALL_LEG_COUNT];
};

struct zv_call_cmd {
    enum zv_call_cmd_kind kind;
    zv_call_id about; /* the call that brought it about; 0: none */
    union {
        struct zv_cmd_client client;
        struct zv_cmd_close close;
        struct zv_cmd_forget forget;
        struct zv_cmd_account account;
        struct zv_cmd_invite invite;
        struct zv_cmd_sip sip;
        struct zv_cmd_digits digits;
        struct zv_cmd_media_create create;
        struct zv_cmd_media_open_video open_video;
        struct zv_cmd_media_web_again web_again;
        struct zv_cmd_media_web web;
        struct zv_cmd_media_sip sip_remote;
        struct zv_cmd_media_codecs codecs;
        struct zv_cmd_media_flow flow;
        struct zv_cmd_media_ask media_ask;
        struct zv_cmd_media_keyframe keyframe;
        struct zv_cmd_media_close media_close;
        struct zv_cmd_session_log session_log;
        struct zv_cmd_call_log call_log;
        struct zv_cmd_call_ended ended;
    } u;
};

/* "SIP_INVITE". Static storage. */
const char *zv_call_cmd_name(enum zv_call_cmd_kind kind);

#endif
