/*
 * One leg of a call as a machine: what stands between a socket and plain RTP.
 *
 * ZV_PEER_WEB is a WebRTC leg: ICE, DTLS, SRTP and RTP/RTCP on one 5-tuple (RFC 8834). A gateway is
 * ICE-lite and is checked; a client (the C test client, the load generator) is controlling and
 * checks. ZV_PEER_RTP is a SIP leg: RTP and RTCP on two ports or muxed (RFC 5761), with latching,
 * since a SIP side behind a NAT does not know its own address. Where signalling gives it keys
 * (SDES, RFC 4568) it is SRTP, and nothing passes that they do not prove.
 *
 * Machine shape for control (on_timeout, deadline, poll until NONE), transform shape for media:
 * zv_peer_receive turns a datagram into a plain RTP packet in the same buffer, zv_peer_send_rtp
 * turns a plain RTP packet into a datagram of this leg in the same buffer. Neither allocates.
 *
 * A WEB leg has two streams over its one transport, audio and video, told apart by payload type
 * (BUNDLE, RFC 8843 section 9.2); an RTP leg has one, of the kind that its configuration names. Of
 * video there is more in video.h.
 *
 * SSRC, sequence numbers and timestamps that leave are this leg's own and continuous for as long as
 * its keys last. RTCP ends here: reports are made and eaten, never forwarded.
 *
 * What the network sends is judged by verdicts, each reason counted; nothing of it ends a leg. Loss
 * of consent (RFC 7675) stops sending and is reported, no more.
 */
#ifndef ZV_RTC_PEER_PEER_H
#define ZV_RTC_PEER_PEER_H

#include "base/attr.h"
#include "base/dgram.h"
#include "base/rand.h"
#include "base/str.h"
#include "rtc/peer/counters.h"
#include "rtc/peer/video.h"
#include "rtc/rtp/rtp.h"
#include "sdp/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_dtls_ctx;
struct zv_dtmf_press;
struct zv_rtcp_clock;

/* Payload types known to one leg; telephone-event counts as one per clock rate. */
#define ZV_PEER_MAX_CODECS 16
/* Without the NUL; random (RFC 7022). */
#define ZV_PEER_CNAME_BYTES 16
/* The longest value of a=fingerprint, of sha-512, with some room. */
#define ZV_PEER_MAX_FINGERPRINT_BYTES 208
/* Bytes that zv_peer_send_rtp may add behind the packet. */
#define ZV_PEER_TRAILER_BYTES 20

enum zv_peer_kind {
    ZV_PEER_WEB, /* ICE, DTLS, SRTP, rtcp-mux */
    ZV_PEER_RTP, /* RTP and RTCP, plain or with keys from signalling, latching */
};

enum zv_peer_medium {
    ZV_PEER_AUDIO,
    ZV_PEER_VIDEO,
    ZV_PEER_MEDIA, /* how many there are */
};

struct zv_peer_cfg {
    enum zv_peer_kind kind;
    const struct zv_rand *rand; /* borrowed while the peer lives */
    /*
     * Where media comes from in what is dumped and what polls send. RTP: the two local sockets.
     * WEB: not used; the local address of each datagram is.
     */
    struct zv_addr local_rtp;
    struct zv_addr local_rtcp;
    int64_t silence_us;       /* nothing received for that long: SILENT; 0: never */
    int64_t wall_offset_us;   /* Unix time minus our clock, for the NTP times of reports */
    int64_t rtcp_interval_us; /* mean time between reports; 0: 5 s (RFC 3550 section 6.2) */
    /*
     * Lip sync (rtc/rtcp/clock.h): what this leg's far end tells of its clocks, and what is known
     * of those that the media sent here comes from. Both NULL: not kept. Borrowed while the peer
     * lives.
     */
    struct zv_rtcp_clock *heard;
    const struct zv_rtcp_clock *source;
    /* WEB only */
    struct zv_dtls_ctx *dtls_ctx; /* a reference is taken */
    bool ice_controlling;         /* false: ICE-lite */
    /* RTP only */
    bool strict;                /* SDP address and port only, no latching */
    enum zv_peer_medium medium; /* of its one stream */
};

struct zv_peer;

/* ZV_E_NOMEM, ZV_E_CRYPTO, ZV_E_INVAL. */
int zv_peer_new(struct zv_peer **ret_peer, const struct zv_peer_cfg *cfg,
                int64_t now_us) ZV_MUST_CHECK;
/* Wipes keys. NULL is allowed; returns NULL. */
struct zv_peer *zv_peer_free(struct zv_peer *peer);
/* Queues the last words (RTCP BYE, DTLS close_notify): poll for them, then free. */
void zv_peer_close(struct zv_peer *peer, int64_t now_us);

/* ---- Settings from signalling ---- */

/* What this end tells the other one in its session description. Views live as long as the peer. */
struct zv_peer_local {
    struct zv_str ufrag;       /* WEB */
    struct zv_str old_ufrag;   /* WEB: of before a restart that is not done; empty: none */
    struct zv_str pwd;         /* WEB */
    struct zv_str fingerprint; /* WEB: "sha-256 AB:…" */
    struct zv_str cname;
    uint32_t ssrc;           /* of what we send; WEB: of audio */
    uint32_t video_ssrc;     /* WEB */
    uint32_t video_rtx_ssrc; /* WEB: of what is sent again of that */
};
void zv_peer_local(const struct zv_peer *peer, struct zv_peer_local *ret_local);

struct zv_peer_web_remote {
    struct zv_str ufrag;
    struct zv_str pwd;
    struct zv_str fingerprint; /* "sha-256 AB:…"; the value of a=fingerprint (RFC 8122) */
    bool dtls_client;          /* we send the ClientHello: the peer is a=setup:passive */
};
/*
 * The first call starts DTLS. A later one with other ICE credentials is an ICE restart, which keeps
 * the keys; another fingerprint, once one was verified, needs a new peer: ZV_E_STATE. ZV_E_PARSE,
 * ZV_E_INVAL, ZV_E_UNSUPPORTED (hash function), ZV_E_NOMEM. Before it checks are answered and DTLS
 * waits.
 */
int zv_peer_set_web_remote(struct zv_peer *peer, const struct zv_peer_web_remote *remote,
                           int64_t now_us) ZV_MUST_CHECK;
/*
 * ICE restart (RFC 8445 section 9): zv_peer_local gives new credentials; the old ones stay valid
 * and media goes on until a pair is nominated under the new ones (ICE_RESTARTED). ZV_E_INVAL: not
 * WEB.
 */
int zv_peer_restart_ice(struct zv_peer *peer, int64_t now_us) ZV_MUST_CHECK;
/* Controlling role: an address of ours to check from. ZV_E_LIMIT, ZV_E_INVAL (not WEB). */
int zv_peer_add_local(struct zv_peer *peer, const struct zv_addr *local,
                      int64_t now_us) ZV_MUST_CHECK;
/* Controlling role: that address is gone; another one of ours takes over. */
void zv_peer_remove_local(struct zv_peer *peer, const struct zv_addr *local, int64_t now_us);
/* Controlling role: a candidate of the other end. As zv_peer_add_local. */
int zv_peer_add_candidate(struct zv_peer *peer, const struct zv_addr *remote, uint32_t priority,
                          int64_t now_us) ZV_MUST_CHECK;

struct zv_peer_rtp_remote {
    struct zv_addr rtp;  /* family NONE or port 0: no media wanted */
    struct zv_addr rtcp; /* family NONE: rtp's port + 1; ignored with rtcp_mux */
    bool rtcp_mux;
    uint32_t version; /* of the remote description: another number starts latching anew */
    /*
     * SDES keys; suite NONE in both: plain RTP. A key that is the same, or an rx_key that was so
     * just before, keeps its roll-over counter and replay state; a new one starts them at 0, and
     * what we send begins a new SSRC with it (RFC 3711 section 3.3.1). What comes under the key
     * before passes until something did under the new one, for ZV_PEER_OLD_KEY_US at most. Wipe it.
     */
    struct zv_crypto_key tx_key;
    struct zv_crypto_key rx_key;
};
#define ZV_PEER_OLD_KEY_US INT64_C(2000000)
/* ZV_E_INVAL for a WEB leg and for one key without the other; ZV_E_NOMEM, ZV_E_CRYPTO. On failure
 * all is as before. */
int zv_peer_set_rtp_remote(struct zv_peer *peer, const struct zv_peer_rtp_remote *remote,
                           int64_t now_us) ZV_MUST_CHECK;

struct zv_peer_codec {
    uint8_t pt;        /* 0..127, as the other end of this leg sends and expects it */
    uint32_t clock_hz; /* RTP clock rate */
    bool is_event;     /* telephone-event (RFC 4733): its timestamps are in the audio's clock */
};
/* Replaces the list, of audio. More than ZV_PEER_MAX_CODECS: ZV_E_LIMIT; duplicate, wrong, or taken
 * by video: ZV_E_INVAL. */
int zv_peer_set_codecs(struct zv_peer *peer, const struct zv_peer_codec *codecs,
                       size_t count) ZV_MUST_CHECK;

/* ---- Packet path ---- */

enum zv_peer_verdict {
    ZV_PEER_CONSUMED, /* control: poll now */
    ZV_PEER_PACKET,   /* plain RTP for the bridge */
    ZV_PEER_DROP,     /* counted; poll is not needed */
};

/* A plain RTP packet (RFC 3550 section 5.1) in somebody's buffer. */
struct zv_peer_packet {
    uint8_t *data; /* borrowed: the header's first byte */
    size_t len;    /* bytes, header included */
    size_t cap;    /* bytes of room from `data` on */
    struct zv_rtp_header header;
    enum zv_peer_medium medium;
    struct zv_video_payload picture; /* VIDEO: what the payload is; all 0: not known */
    bool has_orientation;            /* VIDEO: the header extension of the far end */
    uint8_t orientation;             /* 3GPP TS 26.114 section 7.4.5 */
};

/*
 * One datagram for this leg. `cap` is the room in `in->data` (`ret_packet->cap`). Sets *ret_packet
 * with PACKET only; the packet lies in in->data and is valid as long as that.
 */
enum zv_peer_verdict zv_peer_receive(struct zv_peer *peer, const struct zv_dgram *in, size_t cap,
                                     int64_t now_us, struct zv_peer_packet *ret_packet);
/*
 * Sends `packet` (from another leg, plain) on this one: rewrites payload type, SSRC, sequence and
 * timestamp, strips header extensions but for orientation, protects, in place. `payload_type` is
 * this leg's; it must be in its codec list. Fills *ret_out with where it goes from and to. PACKET:
 * send it; DROP: counted.
 */
enum zv_peer_verdict zv_peer_send_rtp(struct zv_peer *peer, const struct zv_peer_packet *packet,
                                      uint8_t payload_type, int64_t now_us,
                                      struct zv_dgram *ret_out);

/* `packet` is held back: what comes behind it goes on without a gap, which the far end would take
 * for loss. */
void zv_peer_skip_rtp(struct zv_peer *peer, const struct zv_peer_packet *packet, int64_t now_us);

/* ---- Keys (DTMF) ---- */

/*
 * Sends them as telephone-events among the audio, one after the other; audio that comes during a
 * key is left out. Queued behind those that wait: all or none. ZV_E_UNSUPPORTED: no codec of the
 * list is one for that; ZV_E_LIMIT, ZV_E_INVAL (no key).
 */
int zv_peer_send_digits(struct zv_peer *peer, struct zv_str digits, int64_t now_us) ZV_MUST_CHECK;
/* RTP: a key that the far end pressed, once per press: true; false: none waits. */
bool zv_peer_poll_press(struct zv_peer *peer, struct zv_dtmf_press *ret_press);
/* RTP: a key of the far end is down: the deadline has come nearer. */
bool zv_peer_hears_key(const struct zv_peer *peer);

/* ---- Machine ---- */

void zv_peer_on_timeout(struct zv_peer *peer, int64_t now_us);
/* ZV_TIME_NEVER: none. May change with every call above. */
int64_t zv_peer_deadline_us(const struct zv_peer *peer);
/* A control datagram to send: true; data borrowed until the next call on this peer. */
bool zv_peer_poll_dgram(struct zv_peer *peer, struct zv_dgram *ret_out);

#define ZV_PEER_EVENT_LIST(X)                                                                      \
    X(ICE_VALIDATED, "ice_validated")     /* pair: first authenticated check; once */              \
    X(ICE_NOMINATED, "ice_nominated")     /* pair: media goes there now; again when it moves */    \
    X(DTLS_CONNECTED, "dtls_connected")   /* profile */                                            \
    X(DTLS_FAILED, "dtls_failed")         /* reason */                                             \
    X(DTLS_CLOSED, "dtls_closed")         /* the peer's close_notify */                            \
    X(ICE_RESTARTED, "ice_restarted")     /* the previous ufrag is void */                         \
    X(CONSENT_LOST, "consent_lost")       /* sending stopped */                                    \
    X(CONSENT_BACK, "consent_back")       /* sending goes on */                                    \
    X(FIRST_MEDIA, "first_media")         /* pair: first accepted RTP packet; once */              \
    X(LATCHED, "latched")                 /* pair: RTP source was locked; again when it moves */   \
    X(SILENT, "silent")                   /* since_us: nothing received for silence_us */          \
    X(RESUMED, "resumed")                 /* since_us: when the silence began */                   \
    X(RTCP_BYE, "rtcp_bye")               /* the peer said good-bye: information only */           \
    X(KEYFRAME_WANTED, "keyframe_wanted") /* signalling is to ask the far end for a key frame,     \
                                             which knows no RTCP for it; at most one in 500 ms */

enum zv_peer_event_kind {
    ZV_PEER_EVENT_NONE,
#define X(name, text) ZV_PEER_EVENT_##name,
    ZV_PEER_EVENT_LIST(X)
#undef X
        ZV_PEER_EVENT_COUNT,
};
const char *zv_peer_event_name(enum zv_peer_event_kind kind);

struct zv_peer_event {
    enum zv_peer_event_kind kind;
    struct zv_addr local;
    struct zv_addr remote;
    uint16_t profile;   /* of DTLS-SRTP: 1, 7, 8 */
    const char *reason; /* static text: name of the DTLS failure */
    uint8_t alert;      /* last alert of the peer, 0: none */
    int64_t since_us;
};
/*
 * Any input may cause events, one that ends in PACKET too. One of each kind waits at most, the
 * newest data win, and opposites (LOST and BACK, SILENT and RESUMED) cancel each other: so they may
 * stay here while a queue above is full. False: none.
 */
bool zv_peer_poll_event(struct zv_peer *peer, struct zv_peer_event *ret_event);
/* One, or a press. */
bool zv_peer_has_event(const struct zv_peer *peer);

/* ---- Queries ---- */

void zv_peer_counters(const struct zv_peer *peer, struct zv_peer_counters *ret_counters);
/*
 * Why the last packet was dropped, once: true, or false when none was since this was asked. For an
 * owner that keeps totals of many legs, right after receiving or sending.
 */
bool zv_peer_take_drop(struct zv_peer *peer, enum zv_peer_drop *ret_drop);
/* `remote` reached us by an authenticated check at `local`: WEB. */
bool zv_peer_has_pair(const struct zv_peer *peer, const struct zv_addr *local,
                      const struct zv_addr *remote);
/* The same, and the last check over it is no older than ZV_ICE_SILENT_US: WEB, ICE-lite. */
bool zv_peer_uses_pair(const struct zv_peer *peer, const struct zv_addr *local,
                       const struct zv_addr *remote, int64_t now_us);
/* One line of text, no keys; NUL-terminated; returns its length. */
size_t zv_peer_dump(const struct zv_peer *peer, char *buf, size_t cap);

#endif
