/*
 * What the switchboard is told: one plain struct per event. All texts are borrowed for the time of
 * the zv_switch_input call; an absent text has p == NULL. Ids that name nobody (any more) are
 * ignored, so that an edge never has to know whether a call still lives.
 */
#ifndef ZV_CALL_INPUT_H
#define ZV_CALL_INPUT_H

#include "base/addr.h"
#include "base/id.h"
#include "base/str.h"
#include "call/cause.h"
#include "call/sip_end.h"

#include <stdbool.h>
#include <stdint.h>

/* Where media comes from: the client sends all of it by one way, the SIP side each by its own. */
enum zv_call_leg {
    ZV_CALL_LEG_WEB,
    ZV_CALL_LEG_SIP,   /* its audio */
    ZV_CALL_LEG_VIDEO, /* its video, if the call has any */
    ZV_CALL_LEG_COUNT,
};

#define ZV_CALL_IN_LIST(X)                                                                         \
    X(NONE)                                                                                        \
    /* from http/: the client's messages, of any conn; `client` or the struct named */             \
    X(CLIENT_CONNECT)  /* connect: the message `connection`, the first of a socket */              \
    X(CLIENT_CALL)     /* call */                                                                  \
    X(CLIENT_REFUSED)  /* refused: a `call` that the door refuses, which ends like any other */    \
    X(CLIENT_ANSWER)   /* client.sdp: the client's answer */                                       \
    X(CLIENT_HANGUP)   /* client */                                                                \
    X(CLIENT_HOLD)     /* client */                                                                \
    X(CLIENT_UNHOLD)   /* client */                                                                \
    X(CLIENT_DTMF)     /* client.text: the digits, a secret; dtmf */                               \
    X(CLIENT_TRANSFER) /* client.text: the target */                                               \
    X(CLIENT_UPDATE)   /* client.sdp: a new offer for a call that it has; is_reload */             \
    X(CLIENT_UPDATE_ANSWER) /* client.sdp: the answer to an offer of ours in mid-call (the message \
                               UPDATE, is_offer); absent: it cannot take it, all is as before */   \
    X(CLIENT_CLOSED)        /* client.conn, close_code: the socket is gone, whoever closed it */   \
    X(CLIENT_ALIVE)         /* client.conn: it said something that concerns nobody here, once */   \
    /* from sipnet/ */                                                                             \
    X(SIP_REGISTERED)      /* sip.session; the first and each refresh */                           \
    X(SIP_REGISTER_FAILED) /* sip.session, end; final, no refresh follows */                       \
    X(SIP_INCOMING)        /* sip: a new INVITE for an account, sdp may be absent */               \
    X(SIP_PROGRESS)        /* sip.leg, status 100-199, sdp of the 18x or absent */                 \
    X(SIP_ANSWERED)        /* sip.leg, status 2xx, sdp; the stack sent ACK */                      \
    X(SIP_CONFIRMED)       /* sip.leg: the ACK to our 2xx came; sdp: its answer, or absent */      \
    X(SIP_OFFER)           /* sip.leg, sdp or absent: to be answered by SIP_REPLY_OFFER */         \
    X(SIP_OFFER_WITHDRAWN) /* sip.leg: the offer that waits for SIP_REPLY_OFFER was taken back */  \
    X(SIP_REOFFER_DONE)    /* sip.leg, status (final), sdp: the end of SIP_REOFFER */              \
    X(SIP_REFRESHED)       /* sip.leg, sdp: what they now answer to what we said last */           \
    X(SIP_KEYFRAME)        /* sip.leg: an INFO asks for a key frame (RFC 5168) */                  \
    X(SIP_DIGIT)           /* sip.leg, press: an INFO tells of a key */                            \
    X(SIP_DIGITS_REFUSED)  /* sip.leg, status or 0: of SIP_SEND_DIGITS; what waits is dropped */   \
    X(SIP_ENDED)           /* sip.leg, end: the leg is no more; nothing follows */                 \
    /* from the workers; media.call */                                                             \
    X(MEDIA_READY)         /* ready: the answer to MEDIA_CREATE, and to MEDIA_WEB_RESTART,         \
                              MEDIA_WEB_RENEW and MEDIA_OPEN_VIDEO, of which none is left out and  \
                              none overtakes another */                                            \
    X(MEDIA_FAILED)        /* failure: the answer to MEDIA_CREATE; nothing follows */              \
    X(MEDIA_ICE_CONNECTED) /* the first validated pair */                                          \
    X(MEDIA_DTLS_CONNECTED)                                                                        \
    X(MEDIA_DTLS_FAILED)  /* failure */                                                            \
    X(MEDIA_CONSENT_LOST) /* no authenticated check for 30 s (RFC 7675) */                         \
    X(MEDIA_CONSENT_BACK)                                                                          \
    X(MEDIA_FIRST)           /* leg: the first packet accepted from it */                          \
    X(MEDIA_SILENT)          /* leg, since_us: neither RTP nor RTCP for 5 s */                     \
    X(MEDIA_RESUMED)         /* leg: after MEDIA_SILENT */                                         \
    X(MEDIA_VERDICT)         /* leg, verdict: another one than before */                           \
    X(MEDIA_UPDATE_FAILED)   /* the answer to MEDIA_WEB_RESTART, MEDIA_WEB_RENEW or                \
                                MEDIA_OPEN_VIDEO: all is as before */                              \
    X(MEDIA_KEYFRAME_WANTED) /* the SIP side is to send a key frame and knows no RTCP for it:      \
                                SIP_ASK_KEYFRAME; at most one in 500 ms */                         \
    X(MEDIA_DIGITS_REFUSED)  /* of MEDIA_SEND_DIGITS: too many wait, or the codecs changed */      \
    X(MEDIA_DIGIT)           /* leg, press: a key, by telephone-events */                          \
    X(MEDIA_PATH)            /* path: the answer to MEDIA_ASK_PATH */                              \
    X(MEDIA_CLOSED)          /* counters: the answer to MEDIA_CLOSE; nothing follows */            \
    /* from gateway/ */                                                                            \
    X(ADMIN_HANGUP) /* media.call */                                                               \
    X(SHUTDOWN)     /* ends every call and session; new ones are refused */                        \
    X(DRAIN)        /* drain: refuses new calls and clients; those with calls stay until these end \
                     */                                                                            \
    X(DRAIN_CANCELLED) /* all is as before, but for the clients that were sent away */

enum zv_call_in_kind {
#define X(name) ZV_CALL_IN_##name,
    ZV_CALL_IN_LIST(X)
#undef X
        ZV_CALL_IN_COUNT,
};

/* The message `connection`. */
struct zv_in_connect {
    zv_conn_id conn;
    struct zv_addr peer;     /* the client's end of the WebSocket */
    struct zv_addr ws_local; /* our end; v4-mapped forms allowed */
    bool is_proxied;         /* the peer is a configured proxy: ws_local is not the client's way */
    bool keep_alive;
    bool can_resume;            /* the feature `resume` was granted: it takes up its calls again */
    bool sip_register_required; /* absent in the message: true */
    bool can_reoffer;           /* the feature `reoffer`: it answers offers in mid-call */
    bool wants_verdicts;        /* the feature `verdict` was granted */
    bool wants_digits;          /* the feature `dtmf` */
    bool wants_drain;           /* the feature `drain` */
    int64_t last_seq;           /* the last numbered message that it saw; -1: it remembers none */
    struct zv_str app_key;
    struct zv_str auth_token;
    struct zv_str client_version;
    struct zv_str sip_login;
    struct zv_str sip_auth_name;
    struct zv_str sip_password;
    struct zv_str sip_visible_name;
    struct zv_str sip_domain;
    struct zv_str sip_outbound_proxy;
    struct zv_str sip_proxy; /* fallback where sip_outbound_proxy is absent */
    struct zv_str sip_contact_params;
    struct zv_str sip_port; /* as text, whether string or number on the wire */
};

/* A SIP header that a client asks for (`inviteParameters`). */
struct zv_call_header {
    struct zv_str name;
    struct zv_str value;
};
#define ZV_MAX_CALL_HEADERS 8

/* What `sipSDP` asks for: bandwidth, to be told to the SIP side (RFC 8866 §5.8, RFC 3890). */
struct zv_call_bandwidth {
    uint32_t as_kbps;  /* b=AS; 0: none */
    uint32_t tias_bps; /* b=TIAS */
    uint8_t dropped;   /* lines that are neither */
};

/* The message `call`. */
struct zv_in_call {
    zv_conn_id conn;
    struct zv_str call_id; /* the client's */
    struct zv_str callee;
    struct zv_str visible_name;
    struct zv_str sdp;
    bool has_video; /* what it says; its description decides */
    struct zv_call_bandwidth bandwidth;
    const struct zv_call_header *headers; /* names outside the allow-list (X-…) are left out */
    uint8_t header_count;                 /* what exceeds ZV_MAX_CALL_HEADERS is left out */
};

/*
 * A `call` that was refused before it could become a zv_in_call: malformed, or of a kind that is
 * not offered. It passes here nevertheless, so that a refused call is answered, recorded and
 * counted in one place.
 */
struct zv_in_refused {
    zv_conn_id conn;
    struct zv_str call_id; /* absent: it named none that is well-formed */
    struct zv_str callee;  /* or absent */
    enum zv_cause cause;
    struct zv_str field; /* of the message, that is to blame; or absent */
    struct zv_str text;  /* the sentence */
};

/* How a client wants its digits sent. */
enum zv_dtmf_mode {
    ZV_DTMF_AUTO, /* as telephone-events (RFC 4733) where the SIP side takes them, else by INFO */
    ZV_DTMF_INFO, /* application/dtmf */
    ZV_DTMF_INFO_RELAY, /* application/dtmf-relay */
};

/* A key that the far end pressed. */
struct zv_in_press {
    struct zv_str digit; /* one of 0-9, *, #, A-D; a secret, as a PIN is */
    uint32_t duration_ms;
};

/* The other messages about one call. */
struct zv_in_client {
    zv_conn_id conn;
    struct zv_str call_id;
    struct zv_str sdp;
    struct zv_str text;
    struct zv_call_bandwidth bandwidth; /* CLIENT_ANSWER */
    bool is_reload;                     /* CLIENT_UPDATE: its peer connection is a new one */
    enum zv_dtmf_mode dtmf;             /* CLIENT_DTMF */
    uint16_t close_code; /* CLIENT_CLOSED: of their close frame (RFC 6455 §7.4.1); 0: none came */
};

struct zv_in_sip {
    zv_session_id session;
    uint64_t leg;        /* outgoing: the call id's value; incoming: numbered by sip/, bit 63 set */
    int status;          /* SIP status, 0: none */
    enum zv_sip_end end; /* SIP_ENDED, SIP_REGISTER_FAILED */
    struct zv_str reason; /* phrase of the response or of Reason; may hold anything */
    struct zv_str remedy; /* DENIED; REJECTED with a time to wait */
    struct zv_str sdp;
    struct zv_in_refusal refusal; /* SIP_ENDED by 415, 488 or 606 */
    struct zv_str caller;         /* SIP_INCOMING: user part of From, unescaped */
    struct zv_str display;        /* SIP_INCOMING: display name of From */
    struct zv_str callee;         /* SIP_INCOMING: user part of To */
    struct zv_str sip_call_id;    /* SIP_INCOMING: Call-ID */
    struct zv_in_press press;     /* SIP_DIGIT */
};

enum zv_media_failure {
    ZV_MEDIA_FAILURE_INTERNAL,
    ZV_MEDIA_FAILURE_NO_PORTS,
    ZV_MEDIA_FAILURE_LIMIT,
    ZV_MEDIA_FAILURE_FINGERPRINT, /* MEDIA_DTLS_FAILED: not the certificate announced */
    ZV_MEDIA_FAILURE_HANDSHAKE,   /* MEDIA_DTLS_FAILED: any other reason */
};

struct zv_leg_counters {
    uint64_t rx_packets;
    uint64_t rx_bytes;
    uint64_t tx_packets;
    uint64_t tx_bytes;
    uint64_t rx_lost;
    uint64_t rx_dropped; /* refused for any reason */
};

/* What the worker set up for a call; texts are copied. */
struct zv_in_media_ready {
    struct zv_str web_ufrag;       /* RFC 8839: 4-256 ice-char */
    struct zv_str web_pwd;         /* 22-256 ice-char */
    struct zv_str web_fingerprint; /* "sha-256 AB:CD:…", value of a=fingerprint */
    struct zv_str web_cname;       /* RTCP CNAME of the stream to the client */
    uint32_t web_ssrc;             /* SSRC of the stream to the client */
    uint32_t video_ssrc;           /* of its video; 0: the call has no video port */
    uint32_t video_rtx_ssrc;       /* and of what is sent again of it (RFC 4588) */
    uint16_t web_port_ipv4;        /* of this worker; 0: family not bound */
    uint16_t web_port_ipv6;
    bool web_tcp;           /* TCP as well as UDP */
    struct zv_addr sip_rtp; /* address and even port that the SIP side is told; RTCP at port + 1 */
    struct zv_addr sip_video; /* likewise for its video; family NONE: no video port is open */
};

/* What is wrong with the media from a leg (docs/verdicts.md). */
struct zv_in_verdict {
    struct zv_str code; /* "ok": nothing */
    struct zv_str severity;
    struct zv_str text;
    struct zv_str remedy; /* empty: nothing to do */
    int64_t since_us;     /* ago */
    bool is_wrong;        /* an error or a warning: that side is not heard, or badly */
    bool is_for_client;   /* its client is told, if it asked for verdicts */
};

/* What has come from the client of a call that is not connected, and what was sent. */
struct zv_in_media_path {
    uint32_t checks;           /* authenticated ICE checks */
    uint32_t refused;          /* checks for this call that were not authentic */
    struct zv_addr checked_by; /* source of the last; family NONE: none */
    struct zv_addr refused_by;
    int64_t checked_age_us; /* how long ago it came */
    int64_t refused_age_us;
    struct zv_addr nominated; /* family NONE: ICE is not up */
    uint32_t dtls_in;         /* datagrams */
    uint32_t dtls_out;
    struct zv_str dtls_failure; /* "alert", …; absent: the handshake goes on */
};

struct zv_in_media {
    zv_call_id call;
    enum zv_call_leg leg;
    enum zv_media_failure failure;
    int64_t since_us; /* MEDIA_SILENT: the last packet, or when packets were first expected */
    struct zv_in_media_ready ready;
    struct zv_in_verdict verdict;
    struct zv_in_media_path path;
    struct zv_in_press press;
    struct zv_leg_counters counters[ZV_CALL_LEG_COUNT]; /* MEDIA_CLOSED; of both media at WEB */
};

/* The gateway is to stop once its calls are over. */
struct zv_in_drain {
    int64_t left_us; /* until calls that are not over are ended */
};

struct zv_call_in {
    enum zv_call_in_kind kind;
    union {
        struct zv_in_connect connect;
        struct zv_in_call call;
        struct zv_in_refused refused;
        struct zv_in_client client;
        struct zv_in_sip sip;
        struct zv_in_media media;
        struct zv_in_drain drain;
    } u;
};

/* "SIP_ANSWERED". Static storage. */
const char *zv_call_in_name(enum zv_call_in_kind kind);

#endif
