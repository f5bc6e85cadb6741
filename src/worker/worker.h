/*
 * A media worker: one thread that owns whole calls, their sockets, timers and keys. The only place
 * where rtc/ meets sockets.
 *
 * Signalling posts commands and drains events; both are plain structs in bounded queues, and calls
 * are named by ids. A command for a call that is gone is answered by GONE. Per packet the worker
 * takes no lock (but for calls that are being captured) and allocates nothing.
 *
 * The signalling thread chooses ids: worker index, a slot below max_calls, a generation. A slot may
 * be used again after CLOSED or FAILED of its last call.
 */
#ifndef ZV_WORKER_WORKER_H
#define ZV_WORKER_WORKER_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/id.h"
#include "rtc/bridge/bridge.h"
#include "rtc/peer/path.h"
#include "rtc/peer/peer.h"
#include "worker/gauges.h"
#include "worker/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_dtls_ctx;
struct zv_ports;

/* Local addresses with a media socket each. */
#define ZV_WORKER_MAX_BINDS 8
/* Keys of one command. */
#define ZV_WORKER_MAX_DIGITS 64
/* ICE credentials in commands and events, without the NUL (RFC 8839 section 5.4). */
#define ZV_WORKER_MAX_UFRAG_BYTES 256
#define ZV_WORKER_MAX_PWD_BYTES   256

/*
 * The legs of a call. Most have a web leg 0, which carries audio and video over one transport, and
 * a SIP leg 1; with video another one beside it, for the SIP side's video comes to a port of its
 * own. A web-web call has two web legs, 0 and 1.
 */
#define ZV_WORKER_LEG_WEB   0
#define ZV_WORKER_LEG_SIP   1
#define ZV_WORKER_LEG_VIDEO 2
#define ZV_WORKER_LEGS      3

/* ---- Lifecycle (signalling thread) ---- */

struct zv_worker;

/* What a web socket asks for; the kernel may give less (net.core.rmem_max, wmem_max). */
#define ZV_WORKER_WEB_BUFFER_BYTES (4 << 20)

struct zv_worker_cfg {
    uint32_t index; /* as in zv_call_id_worker */
    /*
     * Web media sockets: addresses, or 0.0.0.0 and :: (then the address a packet came to answers
     * it). All get the same port: that of the first, where 0 lets the system choose.
     */
    struct zv_addr web_binds[ZV_WORKER_MAX_BINDS];
    size_t web_bind_count;
    struct zv_ports *ports;       /* borrowed; must outlive the worker */
    struct zv_dtls_ctx *dtls_ctx; /* borrowed; must outlive the worker */
    uint32_t max_calls;           /* slots */
    /* SO_RCVBUF and SO_SNDBUF of the web sockets; 0: ZV_WORKER_WEB_BUFFER_BYTES */
    int socket_buffer_bytes;
    struct zv_worker_tcp_cfg tcp;
    /* On the worker's thread, when events wait that were not there before: uv_async_send or so. */
    void (*wake_fn)(void *arg);
    void *wake_arg; /* borrowed */
};

/* Opens the web sockets. ZV_E_NOMEM, ZV_E_INUSE, ZV_E_IO (address not on this host), ZV_E_INVAL. */
int zv_worker_new(struct zv_worker **ret_worker, const struct zv_worker_cfg *cfg) ZV_MUST_CHECK;
/* Starts the thread. ZV_E_IO. */
int zv_worker_start(struct zv_worker *worker) ZV_MUST_CHECK;
/*
 * Closes every call (CLOSED for each, then STOPPED, which can be drained afterwards), ends the
 * thread and waits for it: some milliseconds.
 */
void zv_worker_stop(struct zv_worker *worker);
/* Whether it has made a turn since the last call with these `turns` (0 at first); wakes it, so that
 * one that only waits has by the next. For who watches over the thread. */
bool zv_worker_has_moved(struct zv_worker *worker, uint64_t *turns);
/* After stop, or never started. NULL is allowed; returns NULL. */
struct zv_worker *zv_worker_free(struct zv_worker *worker);
/* The port of the web sockets, UDP and TCP. */
uint16_t zv_worker_web_port(const struct zv_worker *worker);
/* Clients may connect by TCP to where they may send UDP. */
bool zv_worker_has_tcp(const struct zv_worker *worker);
/* Is there a web socket that serves the local address `ip`? For candidates. */
bool zv_worker_serves(const struct zv_worker *worker, const struct zv_addr *ip);

/* ---- Commands ---- */

enum zv_worker_cmd_kind {
    ZV_WORKER_CREATE,         /* -> READY or FAILED */
    ZV_WORKER_OPEN_VIDEO,     /* leg 2 in a running call: -> READY again, or FAILED (ZV_E_EXISTS);
                                 all else is as before */
    ZV_WORKER_SET_WEB_REMOTE, /* -> FAILED when refused; the call stays */
    ZV_WORKER_SET_SIP_REMOTE, /* likewise; leg 1 or 2 */
    ZV_WORKER_SET_CODECS,     /* likewise; of audio */
    ZV_WORKER_SET_VIDEO,      /* likewise; of video, which there is none of at first */
    ZV_WORKER_SET_FLOW,
    ZV_WORKER_SEND_DIGITS,  /* leg 1: keys as telephone-events, behind those that wait; -> FAILED
                               when  refused */
    ZV_WORKER_ASK_KEYFRAME, /* leg 0 or 2: its far end is to send one; within the limits of
                               rtc/video/keyframe.h */
    ZV_WORKER_RESTART_ICE,  /* web leg: -> READY again, with new credentials of that leg, or FAILED
                             */
    ZV_WORKER_RENEW_WEB, /* web leg: likewise; it starts anew, with another DTLS association, SSRC
                            and sequence, and without codecs; the other leg notices nothing. After
                            FAILED it is as it was */
    ZV_WORKER_GET_STATS, /* -> STATS */
    ZV_WORKER_GET_PATH,  /* web leg: -> PATH */
    ZV_WORKER_SET_TAP,   /* copies for a capture: worker/tap.h */
    ZV_WORKER_CLOSE,     /* -> CLOSED */
};

struct zv_worker_leg_cfg {
    uint8_t kind;         /* enum zv_worker_leg_kind */
    bool strict;          /* RTP: no latching */
    struct zv_addr local; /* RTP: address to bind (port ignored) */
    int64_t silence_us;   /* SILENT after nothing came for that long; 0: never */
};

struct zv_worker_cmd {
    uint8_t kind; /* enum zv_worker_cmd_kind */
    uint8_t leg;  /* ZV_WORKER_LEG_*, where the command names a leg */
    zv_call_id call;
    union {
        struct {
            struct zv_worker_leg_cfg legs[ZV_WORKER_LEGS]; /* VIDEO: NONE, or RTP */
        } create;
        struct zv_worker_leg_cfg open_video;
        struct {
            char ufrag[ZV_WORKER_MAX_UFRAG_BYTES + 1]; /* NUL-terminated, all three */
            char pwd[ZV_WORKER_MAX_PWD_BYTES + 1];
            char fingerprint[ZV_PEER_MAX_FINGERPRINT_BYTES + 1]; /* "sha-256 AB:…" */
            bool dtls_client; /* we send the ClientHello: the client is a=setup:passive */
        } web_remote;
        struct zv_peer_rtp_remote sip_remote;
        struct {
            struct zv_bridge_pair pairs[ZV_BRIDGE_MAX_PAIRS];
            uint8_t count;
        } codecs;
        /* Towards the web leg and the SIP side; both of one codec, or NONE */
        struct zv_peer_video_cfg video[2];
        struct {
            /* Packets from the web leg / from the SIP side are forwarded; all true at first. */
            bool from[2];
            bool video_from[2];
        } flow;
        uint8_t tap;                           /* enum zv_worker_tap; off at first */
        char digits[ZV_WORKER_MAX_DIGITS + 1]; /* NUL-terminated; a secret, as a PIN is */
    };
};

/*
 * Copies. ZV_E_LIMIT: the queue is full, but for CLOSE, which has a place reserved for each call;
 * ZV_E_STATE: not running. One thread only.
 */
int zv_worker_post(struct zv_worker *worker, const struct zv_worker_cmd *cmd) ZV_MUST_CHECK;

/* ---- Events ---- */

#define ZV_WORKER_EVENT_LIST(X)                                                                    \
    X(READY, "ready")                     /* ready */                                              \
    X(FAILED, "failed")                   /* failed; after CREATE the call does not exist */       \
    X(GONE, "gone")                       /* failed.cmd: the command came too late */              \
    X(ICE_CONNECTED, "ice_connected")     /* leg, pair: first nomination; again when it moves */   \
    X(DTLS_CONNECTED, "dtls_connected")   /* leg, dtls */                                          \
    X(DTLS_FAILED, "dtls_failed")         /* leg, dtls */                                          \
    X(DTLS_CLOSED, "dtls_closed")         /* leg: the client said good-bye */                      \
    X(CONSENT_LOST, "consent_lost")       /* leg */                                                \
    X(CONSENT_BACK, "consent_back")       /* leg */                                                \
    X(FIRST_MEDIA, "first_media")         /* leg, pair */                                          \
    X(LATCHED, "latched")                 /* leg, pair */                                          \
    X(SILENT, "silent")                   /* leg, since_us */                                      \
    X(RESUMED, "resumed")                 /* leg, since_us */                                      \
    X(KEYFRAME_WANTED, "keyframe_wanted") /* leg: its far end is to send a key frame and is to be  \
                                             asked by signalling; at most one in 500 ms */         \
    X(DIGIT, "digit")                     /* leg, press: a key of its far end, a secret */         \
    X(STATS, "stats")                     /* stats */                                              \
    X(PATH, "path")                       /* leg, path: as of path.at_us */                        \
    X(CLOSED, "closed")                   /* stats: the final figures; the call is gone */         \
    X(STOPPED, "stopped")                 /* the last event of this worker */

enum zv_worker_event_kind {
#define X(name, text) ZV_WORKER_##name,
    ZV_WORKER_EVENT_LIST(X)
#undef X
        ZV_WORKER_EVENT_COUNT,
};
const char *zv_worker_event_name(enum zv_worker_event_kind kind);

/* Of one leg, for session descriptions. */
struct zv_worker_leg_ready {
    char ufrag[33]; /* WEB; NUL-terminated */
    char pwd[65];   /* WEB */
    char cname[ZV_PEER_CNAME_BYTES + 1];
    uint32_t ssrc;
    uint32_t video_ssrc; /* WEB, as the next */
    uint32_t video_rtx_ssrc;
    struct zv_addr rtp;  /* RTP: bound address and port; WEB: port only */
    struct zv_addr rtcp; /* RTP */
};

enum zv_worker_what {
    ZV_WORKER_WHAT_COMMAND, /* the command itself (err says why) */
    ZV_WORKER_WHAT_SLOT,    /* slot taken or out of range */
    ZV_WORKER_WHAT_PORTS,   /* no RTP port left: enlarge the range */
    ZV_WORKER_WHAT_SOCKET,  /* the address cannot be bound */
    ZV_WORKER_WHAT_MEMORY,  /* no memory */
};
const char *zv_worker_what_name(enum zv_worker_what what);

struct zv_worker_stats {
    struct zv_peer_counters legs[ZV_WORKER_LEGS]; /* of a leg that does not exist all is 0 */
    struct zv_bridge_counters bridge[2];          /* from leg 0, from leg 1; of audio */
    struct zv_peer_video_counters video[2];       /* at the web leg, at leg 2 */
    struct zv_bridge_counters video_bridge[2];    /* from the web leg, from leg 2 */
    int64_t at_us;
};

struct zv_worker_event {
    uint8_t kind; /* enum zv_worker_event_kind */
    uint8_t leg;
    zv_call_id call;
    union {
        struct {
            struct zv_worker_leg_ready legs[ZV_WORKER_LEGS];
            uint8_t cmd; /* enum zv_worker_cmd_kind: what it answers */
        } ready;
        struct {
            int err;      /* ZV_E_* */
            uint8_t cmd;  /* enum zv_worker_cmd_kind */
            uint8_t what; /* enum zv_worker_what */
        } failed;
        struct {
            struct zv_addr local;
            struct zv_addr remote;
        } pair;
        struct {
            uint16_t profile;   /* DTLS-SRTP profile: 1, 7, 8 */
            uint8_t alert;      /* last alert of the client; 0: none */
            const char *reason; /* static text; NULL with DTLS_CONNECTED */
        } dtls;
        int64_t since_us;
        struct {
            char digit;
            uint32_t duration_ms;
        } press;
        struct {
            struct zv_peer_path is;
            int64_t at_us;
        } path;
        struct zv_worker_stats stats;
    };
};

/* Takes one event: true, or false when none waits. One thread only. */
bool zv_worker_drain(struct zv_worker *worker, struct zv_worker_event *ret_event);

#endif
