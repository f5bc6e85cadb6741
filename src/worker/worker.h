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
#include "base/histogram.h"
#include "base/id.h"
#include "rtc/bridge/bridge.h"
#include "rtc/peer/path.h"
#include "rtc/peer/peer.h"
#include "worker/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_dtls_ctx;
struct zv_ports;

/* Local addresses with a media socket each. */
#define ZV_WORKER_MAX_BINDS 8
/* ICE credentials in commands and events, without the NUL (RFC 8839 section 5.4). */
#define ZV_WORKER_MAX_UFRAG_BYTES 256
#define ZV_WORKER_MAX_PWD_BYTES   256

/* The legs of a call. Most have a web leg 0 and a SIP leg 1; a web-web call has two web legs. */
#define ZV_WORKER_LEG_WEB 0
#define ZV_WORKER_LEG_SIP 1

enum zv_worker_leg_kind {
    ZV_LEG_KIND_NONE,
    ZV_LEG_KIND_WEB, /* ICE-lite, DTLS-SRTP, on the worker's one port, UDP and TCP */
    ZV_LEG_KIND_RTP, /* RTP and RTCP on a port pair of its own */
    ZV_LEG_KIND_COUNT,
};

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
    ZV_WORKER_SET_WEB_REMOTE, /* -> FAILED when refused; the call stays */
    ZV_WORKER_SET_SIP_REMOTE, /* likewise */
    ZV_WORKER_SET_CODECS,     /* likewise */
    ZV_WORKER_SET_FLOW,
    ZV_WORKER_RESTART_ICE, /* web leg: -> READY again, with new credentials of that leg, or FAILED
                            */
    ZV_WORKER_RENEW_WEB,   /* web leg: likewise; it starts anew, with another DTLS association, SSRC
                              and sequence, and without codecs; the other leg notices nothing. After
                              FAILED it is as it was */
    ZV_WORKER_GET_STATS,   /* -> STATS */
    ZV_WORKER_GET_PATH,    /* web leg: -> PATH */
    ZV_WORKER_SET_TAP,     /* copies for a capture: worker/tap.h */
    ZV_WORKER_CLOSE,       /* -> CLOSED */
};

struct zv_worker_leg_cfg {
    uint8_t kind;         /* enum zv_worker_leg_kind */
    bool strict;          /* RTP: no latching */
    struct zv_addr local; /* RTP: address to bind (port ignored) */
    int64_t silence_us;   /* SILENT after nothing came for that long; 0: never */
};

struct zv_worker_cmd {
    uint8_t kind; /* enum zv_worker_cmd_kind */
    uint8_t leg;  /* 0 or 1, where the command names a leg */
    zv_call_id call;
    union {
        struct {
            struct zv_worker_leg_cfg legs[2];
        } create;
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
        struct {
            bool from[2]; /* packets from leg 0 / from leg 1 are forwarded; both true at first */
        } flow;
        uint8_t tap; /* enum zv_worker_tap; off at first */
    };
};

/*
 * Copies. ZV_E_LIMIT: the queue is full, but for CLOSE, which has a place reserved for each call;
 * ZV_E_STATE: not running. One thread only.
 */
int zv_worker_post(struct zv_worker *worker, const struct zv_worker_cmd *cmd) ZV_MUST_CHECK;

/* ---- Events ---- */

#define ZV_WORKER_EVENT_LIST(X)                                                                    \
    X(READY, "ready")                   /* ready */                                                \
    X(FAILED, "failed")                 /* failed; after CREATE the call does not exist */         \
    X(GONE, "gone")                     /* failed.cmd: the command came too late */                \
    X(ICE_CONNECTED, "ice_connected")   /* leg, pair: first nomination; again when it moves */     \
    X(DTLS_CONNECTED, "dtls_connected") /* leg, dtls */                                            \
    X(DTLS_FAILED, "dtls_failed")       /* leg, dtls */                                            \
    X(DTLS_CLOSED, "dtls_closed")       /* leg: the client said good-bye */                        \
    X(CONSENT_LOST, "consent_lost")     /* leg */                                                  \
    X(CONSENT_BACK, "consent_back")     /* leg */                                                  \
    X(FIRST_MEDIA, "first_media")       /* leg, pair */                                            \
    X(LATCHED, "latched")               /* leg, pair */                                            \
    X(SILENT, "silent")                 /* leg, since_us */                                        \
    X(RESUMED, "resumed")               /* leg, since_us */                                        \
    X(STATS, "stats")                   /* stats */                                                \
    X(PATH, "path")                     /* leg, path: as of path.at_us */                          \
    X(CLOSED, "closed")                 /* stats: the final figures; the call is gone */           \
    X(STOPPED, "stopped")               /* the last event of this worker */

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
    struct zv_peer_counters legs[2];
    struct zv_bridge_counters bridge[2]; /* from leg 0, from leg 1 */
    int64_t at_us;
};

struct zv_worker_event {
    uint8_t kind; /* enum zv_worker_event_kind */
    uint8_t leg;
    zv_call_id call;
    union {
        struct {
            struct zv_worker_leg_ready legs[2];
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
            struct zv_peer_path is;
            int64_t at_us;
        } path;
        struct zv_worker_stats stats;
    };
};

/* Takes one event: true, or false when none waits. One thread only. */
bool zv_worker_drain(struct zv_worker *worker, struct zv_worker_event *ret_event);

/* ---- Gauges: readable from any thread at any time ---- */

#define ZV_WORKER_GAUGE_LIST(X)                                                                    \
    X(calls)        /* open now */                                                                 \
    X(sockets)      /* of SIP legs, open now */                                                    \
    X(tuples)       /* validated 5-tuples known now */                                             \
    X(streams)      /* TCP connections of clients, open now */                                     \
    X(rx_datagrams) /* all sockets and TCP frames, since start, as all below */                    \
    X(tx_datagrams)                                                                                \
    X(tx_failures)     /* the kernel refused */                                                    \
    X(forwarded)       /* RTP packets from leg to leg */                                           \
    X(dropped_unknown) /* web socket: neither a known 5-tuple nor a known ufrag */                 \
    X(dropped_size)    /* larger than ZV_MAX_MEDIA_DGRAM_BYTES, or empty */                        \
    X(dropped_by_legs) /* sum of the legs' drops when receiving */                                 \
    X(dropped_held)    /* RTP of a direction that does not flow now */                             \
    X(dropped_format)  /* RTP of a payload type that the other leg has no equal of */              \
    X(commands_gone)   /* commands for calls that were gone */                                     \
    X(streams_refused) /* TCP connections closed because there were too many */                    \
    X(streams_expired) /* closed for want of a check, of a frame's end, or of a reader */          \
    X(streams_paused)  /* times that no descriptor was left to accept one */                       \
    X(stream_drops)    /* packets for a TCP connection that has gone or takes too little */        \
    X(tap_lost)        /* packets for captures that found the queue full */                        \
    X(loop_turns)      /* epoll_wait returns */

struct zv_worker_gauges {
#define X(name) uint64_t name;
    ZV_WORKER_GAUGE_LIST(X)
#undef X
};
void zv_worker_gauges(const struct zv_worker *worker, struct zv_worker_gauges *ret_gauges);

/* What passed the legs of one kind since the start, those of calls that are over too. */
struct zv_worker_traffic {
    uint64_t rx_packets; /* RTP accepted */
    uint64_t rx_bytes;   /* of those, as they came */
    uint64_t tx_packets; /* RTP sent */
    uint64_t tx_bytes;
    uint64_t rx_drops[ZV_PEER_DROP_COUNT];
    uint64_t tx_drops[ZV_PEER_DROP_COUNT];
};
void zv_worker_traffic(const struct zv_worker *worker, enum zv_worker_leg_kind kind,
                       struct zv_worker_traffic *ret_traffic);

/* How long the turns of the loop took, waiting not counted, in microseconds: what a packet may have
 * to wait for, and in sum how busy the thread was. */
void zv_worker_turns(const struct zv_worker *worker, struct zv_histogram *ret_turns);

struct zv_worker_queues {
    size_t commands; /* posted, not yet taken by the worker */
    size_t events;   /* emitted, not yet drained */
};
void zv_worker_queues(const struct zv_worker *worker, struct zv_worker_queues *ret_queues);

#endif
