/*
 * The inside of a peer, for the files of this folder:
 *   peer.c     lifecycle, settings
 *   stream.c   its streams: codecs, RTCP sessions
 *   receive.c  datagram -> plain RTP, or control
 *   send.c     plain RTP -> datagram of this leg
 *   keys.c     SDES keys of SIP legs
 *   control.c  timers and polls of the machines within
 *   report.c   RTCP on its way out
 *   events.c   what waits for the owner
 *   query.c    what the owner may ask
 *   latch.c    the source rule of SIP legs
 */
#ifndef ZV_RTC_PEER_PEER_INT_H
#define ZV_RTC_PEER_PEER_INT_H

#include "base/limits.h"
#include "rtc/dtls/dtls.h"
#include "rtc/ice/ice.h"
#include "rtc/peer/latch.h"
#include "rtc/peer/path.h"
#include "rtc/peer/peer.h"
#include "rtc/rtcp/session.h"
#include "rtc/rtp/stream.h"
#include "rtc/srtp/srtp.h"

/* Clock of the streams before the first codec is known: that of most. */
#define ZV_PEER_DEFAULT_CLOCK_HZ 8000

/* What only a WEB leg has. */
struct zv_peer_web {
    struct zv_ice *ice;      /* owned */
    struct zv_dtls *dtls;    /* owned */
    struct zv_dtls_ctx *ctx; /* reference */
    bool has_remote;
    bool dtls_client;
    bool dtls_released;
    bool is_validated;               /* ICE_VALIDATED was reported */
    bool is_nominated;               /* ICE_NOMINATED was reported */
    struct zv_ice_pair dtls_pair;    /* of the last DTLS datagram; family NONE: none yet */
    struct zv_ice_pair current_pair; /* where media goes */
    struct zv_peer_path path;        /* but what ICE itself knows */
};

/* What only an RTP leg has. */
struct zv_peer_rtp {
    struct zv_latch latch;
    struct zv_peer_rtp_remote remote; /* with secrets */
    struct zv_srtp *srtp_before;      /* owned: inbound, of the key before; NULL: none */
    struct zv_crypto_key before_key;  /* of srtp_before */
    int64_t before_until_us;          /* it serves until then */
    bool has_remote;
    bool wants_media; /* the remote named an address and a port */
};

/* One medium, both ways. */
struct zv_peer_stream {
    struct zv_rtp_in in;
    struct zv_rtp_out out;
    struct zv_rtcp_session *rtcp; /* owned; NULL: there is no such stream now */
    struct zv_peer_codec codecs[ZV_PEER_MAX_CODECS];
    uint8_t codec_index[ZV_RTP_MAX_PT + 1]; /* payload type -> codec + 1; 0: unknown */
    uint64_t rx_packets;                    /* as in zv_peer_counters, as the next */
    uint64_t rx_bytes;
    uint64_t tx_packets;
    uint64_t tx_bytes;
};

struct zv_peer {
    enum zv_peer_kind kind;
    enum zv_peer_medium medium; /* of the one stream of an RTP leg; WEB: AUDIO */
    struct zv_rand rand;
    struct zv_addr local_rtp;
    struct zv_addr local_rtcp;
    bool strict;
    bool is_closed;
    int64_t input_us; /* time of the last input */
    char cname[ZV_PEER_CNAME_BYTES + 1];
    struct zv_peer_web web;
    struct zv_peer_rtp rtp;
    struct zv_srtp *srtp_in;  /* owned; NULL: WEB: before keys; RTP: plain */
    struct zv_srtp *srtp_out; /* likewise */
    struct zv_peer_stream streams[ZV_PEER_MEDIA];
    bool has_media; /* a packet of RTP was accepted */
    int64_t wall_offset_us;
    int64_t rtcp_interval_us;
    int64_t silence_us;
    int64_t expected_us; /* from when on something should come; ZV_TIME_NEVER: not yet */
    bool is_silent;
    struct zv_peer_counters counters;
    enum zv_peer_drop last_drop; /* COUNT: none, or it was taken */
    uint32_t pending;            /* bit per event kind */
    struct zv_peer_event events[ZV_PEER_EVENT_COUNT];
    uint8_t scratch[ZV_MAX_MEDIA_DGRAM_BYTES]; /* control datagrams on their way out */
};

/* events.c. The fields beside `kind` are the caller's to fill. */
struct zv_peer_event *zv_peer_emit(struct zv_peer *peer, enum zv_peer_event_kind kind);
void zv_peer_emit_pair(struct zv_peer *peer, enum zv_peer_event_kind kind,
                       const struct zv_addr *local, const struct zv_addr *remote);

/* peer.c */
enum zv_peer_verdict zv_peer_count_drop(struct zv_peer *peer, enum zv_peer_drop drop);
enum zv_peer_drop zv_peer_drop_of_srtp(enum zv_srtp_verdict verdict);
enum zv_peer_drop zv_peer_drop_of_rtp(enum zv_rtp_verdict verdict);

/* stream.c */
/* Statistics, numbers and the RTCP session of one stream. ZV_E_NOMEM, ZV_E_INVAL. */
int zv_peer_open_stream(struct zv_peer *peer, enum zv_peer_medium medium,
                        int64_t now_us) ZV_MUST_CHECK;
/* The stream that the leg began with: the only one of an RTP leg, audio of a WEB leg. */
static inline struct zv_peer_stream *zv_peer_main(struct zv_peer *peer)
{
    return &peer->streams[peer->medium];
}
const struct zv_peer_codec *zv_peer_find_codec(const struct zv_peer_stream *stream, uint8_t pt);
/* Whose payload type that is; NULL: nobody's. */
struct zv_peer_stream *zv_peer_find_stream(struct zv_peer *peer, uint8_t pt);

/* report.c */
/* A datagram of RTCP, plain. False: of none of the streams' taste. */
bool zv_peer_take_rtcp(struct zv_peer *peer, const uint8_t *data, size_t len, int64_t now_us);
void zv_peer_run_reports(struct zv_peer *peer, int64_t now_us);
void zv_peer_close_reports(struct zv_peer *peer, int64_t now_us);
int64_t zv_peer_reports_deadline_us(const struct zv_peer *peer);
bool zv_peer_poll_report(struct zv_peer *peer, struct zv_dgram *ret_out);

/* keys.c */
/* The keys of *remote instead of those of peer->rtp.remote; as zv_peer_set_rtp_remote. */
int zv_peer_take_rtp_keys(struct zv_peer *peer, const struct zv_peer_rtp_remote *remote,
                          int64_t now_us) ZV_MUST_CHECK;
struct zv_peer_unprotected {
    size_t len;
    bool is_before; /* by the key of before */
};
/* SRTP or SRTCP of either kind of leg, in place; there is an inbound context. */
enum zv_srtp_verdict zv_peer_unprotect(struct zv_peer *peer, const struct zv_dgram *in,
                                       bool is_rtcp, int64_t now_us,
                                       struct zv_peer_unprotected *ret_plain) ZV_MUST_CHECK;

/* control.c */
/* Something authentic came: the silence ends. */
void zv_peer_note_life(struct zv_peer *peer, int64_t now_us);
/* The same, by RTCP: an end that has sent nothing else yet is heard from now on (RESUMED), so that
 * nobody waits for a FIRST_MEDIA that silence suppression may keep for minutes. */
void zv_peer_note_report(struct zv_peer *peer, int64_t now_us);

#endif
