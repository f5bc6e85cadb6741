/*
 * What the switchboard says to clients: one struct for all messages, as command.h carries it to
 * http/. Texts are borrowed as there; an absent text has p == NULL.
 */
#ifndef ZV_CALL_CLIENT_EVENT_H
#define ZV_CALL_CLIENT_EVENT_H

#include "base/id.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Messages to a client; the names of wcs-protocol in zv_client_message_name. */
#define ZV_CLIENT_MESSAGE_LIST(X)                                                                  \
    X(GET_USER_DATA, "getUserData")                                                                \
    X(REGISTERED, "registered")                                                                    \
    X(TRYING, "notifyTryingResponse")                                                              \
    X(RING, "ring")                                                                                \
    X(TALK, "talk")                                                                                \
    X(HOLD, "hold")                                                                                \
    X(BUSY, "busy")                                                                                \
    X(FINISH, "finish")                                                                            \
    X(INCOMING_CALL, "notifyIncomingCall")                                                         \
    X(SET_REMOTE_SDP, "setRemoteSDP")                                                              \
    X(FAIL, "fail")                                                                                \
    X(VERDICT, "zvVerdict")                                                                        \
    X(DIGIT, "zvDtmf")                                                                             \
    X(UPDATE, "zvUpdate")                                                                          \
    X(RESUMED, "zvResumed")                                                                        \
    X(DRAIN, "zvDrain")

enum zv_client_message {
#define X(id, name) ZV_MSG_##id,
    ZV_CLIENT_MESSAGE_LIST(X)
#undef X
        ZV_MSG_COUNT,
};

/* A call as a client that returns finds it. */
struct zv_cmd_resumed_call {
    struct zv_str call_id;
    struct zv_str status; /* as the client was told last; ESTABLISHED: it has answered as well */
    struct zv_str caller;
    struct zv_str callee;
    struct zv_str visible_name;
    bool incoming;
    bool held;
    bool has_audio;
    bool has_video;
    int64_t since_us; /* how long ago it was answered, else began */
};

/* The oldest of a session with more calls are listed. */
#define ZV_MAX_RESUMED_CALLS 32

/* Fields that do not belong to a message are absent: p == NULL, 0, false. */
struct zv_cmd_client {
    zv_conn_id conn;       /* 0: the client is away, and will be told when it returns */
    zv_session_id session; /* 0: it has none */
    enum zv_client_message message;
    /* After RESUMED, told once before: only for a client that does not remember it. REGISTERED:
     * how the registration stands, no news. */
    bool is_again;
    /* RESUMED */
    int64_t last_seq;                        /* what it has seen; -1: it remembers nothing */
    const struct zv_cmd_resumed_call *calls; /* borrowed like texts */
    uint8_t call_count;
    /* call events: TRYING RING TALK HOLD BUSY FINISH INCOMING_CALL; SET_REMOTE_SDP: call_id, sdp */
    struct zv_str call_id;
    struct zv_str status; /* CALL_STATUS; getUserData ESTABLISHED; registered REGISTERED; FAILED */
    struct zv_str caller;
    struct zv_str callee;
    struct zv_str visible_name;
    struct zv_str sdp;
    bool is_offer;     /* UPDATE: an offer of ours that adds or drops video, to be answered by
                          CLIENT_UPDATE_ANSWER; else the answer to one of the client's */
    bool is_reload;    /* UPDATE, an answer: of a new peer connection, else of an ICE restart */
    bool is_initiator; /* third element of setRemoteSDP: the client made the offer */
    bool incoming;
    bool has_audio;
    bool has_video;
    int sip_status; /* 0: absent */
    /* finish, busy, fail */
    struct zv_str info;
    struct zv_str cause;
    struct zv_str text;
    struct zv_str remedy;
    struct zv_str hop;
    /* fail */
    struct zv_str api_method; /* "ConnectionStatusEvent", … */
    struct zv_str id;         /* the callId that it is about, if any */
    struct zv_str field;      /* the field of the request at fault, if any */
    /* zvVerdict, with text and remedy */
    struct zv_str leg; /* "web", "sip" */
    struct zv_str code;
    struct zv_str severity;
    int64_t since_us; /* ago */
    /* zvDtmf */
    struct zv_str digit; /* a secret: never log it */
    struct zv_str via;   /* "rfc4733", "info" */
    uint32_t duration_ms;
    /* zvDrain, with cause, text, remedy and hop */
    bool is_drain_over; /* cancelled: the gateway goes on */
    int64_t left_us;    /* until the client's calls are ended */
    /* getUserData, registered; never the password */
    struct zv_str app_key;
    struct zv_str session_id;
    struct zv_str auth_token; /* getUserData; a secret: never log it */
    struct zv_str sip_login;
    struct zv_str sip_auth_name;
    struct zv_str sip_domain;
    struct zv_str sip_outbound_proxy;
    struct zv_str sip_visible_name;
    uint16_t sip_port;
    bool sip_register_required;
};

/* "getUserData". Static storage. */
const char *zv_client_message_name(enum zv_client_message message);

#endif
