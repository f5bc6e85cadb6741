/*
 * The inside of a peer, for the files of this folder:
 *   peer.c     lifecycle, settings
 *   stream.c   its streams: codecs, RTCP sessions
 *   receive.c  datagram -> plain RTP, or control
 *   send.c     plain RTP -> datagram of this leg
 *   keys.c     SDES keys of SIP legs
 *   control.c  timers and polls of the machines within
 *   report.c   RTCP
 *   video.c    what a video stream has beside: settings, wishes, what came
 *   repair.c   what is sent again, and what comes again
 *   ask.c      what the far end of a video stream is asked and told
 *   digits.c   keys that are sent and heard
 *   events.c   what waits for the owner
 *   query.c    what the owner may ask
 *   latch.c    the source rule of SIP legs
 */
#ifndef ZV_RTC_PEER_PEER_INT_H
#define ZV_RTC_PEER_PEER_INT_H

#include "base/limits.h"
#include "rtc/dtls/dtls.h"
#include "rtc/dtmf/listener.h"
#include "rtc/dtmf/sender.h"
#include "rtc/ice/ice.h"
#include "rtc/peer/latch.h"
#include "rtc/peer/path.h"
#include "rtc/peer/peer.h"
#include "rtc/rtcp/session.h"
#include "rtc/rtp/stream.h"
#include "rtc/srtp/srtp.h"
#include "rtc/video/frames.h"
#include "rtc/video/history.h"
#include "rtc/video/keyframe.h"
#include "rtc/video/limit.h"
#include "rtc/video/missing.h"
#include "rtc/video/rtx.h"
#include "rtc/video/transportcc.h"

#define ZV_PEER_OVERHEAD_BYTES 40    /* of a packet that TMMBR counts in: IPv4, UDP, RTP */
#define ZV_PEER_VIDEO_CLOCK_HZ 90000 /* RFC 6184, RFC 7741 */
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

/* NACKs of the far end that are being answered. */
struct zv_peer_answers {
    struct zv_rtcp_nack nacks[ZV_RTCP_MAX_NACKS];
    size_t count;
    size_t at;    /* the item that is answered now */
    unsigned bit; /* its next number: 0 is `seq`, i is bit i - 1 of `mask` */
};

/* What a video stream has beside; kept when video ends, for its figures. */
struct zv_peer_video {
    struct zv_peer_video_cfg cfg; /* codec NONE: off */
    bool is_wanted;               /* what the far end sends */
    bool has_sent;                /* a packet, since the far end began to get this stream */
    bool has_wish;
    struct zv_peer_wish wish;
    /* Since when its stream is wanted again, and begins with a key frame; ZV_TIME_NEVER: it flows.
     */
    int64_t resumed_us;
    int64_t needed_us; /* the need of a key frame that was made a request of */
    struct zv_video_frames frames;
    struct zv_video_missing missing;
    struct zv_video_keyframe keyframe;
    struct zv_video_limit limit;
    struct zv_video_cc cc;            /* of the transport */
    struct zv_video_history *history; /* owned; NULL: the far end asks for nothing again */
    struct zv_peer_answers answers;
    uint64_t retransmitted;
    uint64_t rtx_in;
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
    struct zv_peer_video *video;      /* owned; NULL: there never was any */
    struct zv_video_rtx rtx;          /* WEB: of repairs of video */
    struct zv_dtmf_sender sender;     /* keys of ours */
    struct zv_dtmf_listener listener; /* RTP: keys of the far end */
    bool has_media;                   /* a packet of RTP was accepted */
    struct zv_rtcp_clock *heard;      /* borrowed; NULL: not kept */
    const struct zv_rtcp_clock *source;
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
/* Statistics and numbers. */
void zv_peer_init_stream(struct zv_peer *peer, enum zv_peer_medium medium);
/* Its RTCP session. ZV_E_NOMEM, ZV_E_INVAL. */
int zv_peer_open_reports(struct zv_peer *peer, enum zv_peer_medium medium,
                         int64_t now_us) ZV_MUST_CHECK;
/* The list of one stream; as zv_peer_set_codecs. */
int zv_peer_list_codecs(struct zv_peer *peer, enum zv_peer_medium medium,
                        const struct zv_peer_codec *codecs, size_t count) ZV_MUST_CHECK;
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
/* RTCP could be sent now. */
bool zv_peer_can_report(const struct zv_peer *peer);

/* send.c */
/* Whether this leg may send media now, and where; else the reason why not, as -1 - drop. */
int zv_peer_find_way(const struct zv_peer *peer, struct zv_dgram *out);

/* The packet that lies in *out leaves: protected where there are keys. */
enum zv_srtp_verdict zv_peer_protect_rtp(struct zv_peer *peer, size_t cap, struct zv_dgram *out);

/* digits.c */
/* Of a packet of audio that the stream accepted. */
void zv_peer_note_key(struct zv_peer *peer, const struct zv_peer_packet *packet,
                      const struct zv_peer_codec *codec, int64_t now_us);
/* The next packet of a key of ours: true; data borrowed until the next call on this peer. */
bool zv_peer_poll_key(struct zv_peer *peer, struct zv_dgram *ret_out);
int64_t zv_peer_keys_deadline_us(const struct zv_peer *peer);

/* video.c */
void zv_peer_free_video(struct zv_peer *peer);
/* The stream goes on under another SSRC or key: nothing of before can be sent again. */
void zv_peer_forget_sent(struct zv_peer *peer);
/* Of a packet of video that the stream accepted. */
void zv_peer_note_picture(struct zv_peer *peer, struct zv_peer_packet *packet, int64_t now_us);
/* False: the stream is wanted again, and the packet stands before the key frame that it begins
 * with. */
bool zv_peer_passes_picture(struct zv_peer *peer, const struct zv_peer_packet *packet,
                            int64_t now_us);
/* May it go there? */
bool zv_peer_takes_packetization(const struct zv_peer *peer, const struct zv_peer_packet *packet);
void zv_peer_wish_keyframe(struct zv_peer *peer);
void zv_peer_wish_limit(struct zv_peer *peer, uint64_t bits_per_s);

/* repair.c */
/* A packet of video is about to leave with this number, and is not encrypted yet. */
void zv_peer_note_plain(struct zv_peer *peer, uint16_t seq, const struct zv_dgram *plain);
/* It left; `packet`: as it came. */
void zv_peer_note_sent(struct zv_peer *peer, uint16_t seq, const struct zv_peer_packet *packet,
                       const struct zv_dgram *sent);
/*
 * What is not the media itself of a plain packet: its number for transport-cc, and that it is a
 * repair, which becomes the original packet. False: there is nothing in it for the other leg.
 */
bool zv_peer_unwrap(struct zv_peer *peer, struct zv_peer_packet *packet, int64_t now_us);
/* So late that it would be taken for a new beginning. */
bool zv_peer_is_too_late(const struct zv_rtp_in *in, const struct zv_rtp_header *header);
void zv_peer_answer_nacks(struct zv_peer *peer, const struct zv_rtcp_nack *nacks, size_t count);
/* The next packet that is sent again: true; data borrowed until the next call on this peer. */
bool zv_peer_poll_repair(struct zv_peer *peer, struct zv_dgram *ret_out);

/* ask.c */
/* A decoder behind us lost what it builds on; asked for once for each time. */
void zv_peer_ask_where_needed(struct zv_peer *peer, int64_t now_us);
/* Puts what is due into the RTCP session: true; then poll that. */
bool zv_peer_add_feedback(struct zv_peer *peer, int64_t now_us);
int64_t zv_peer_feedback_deadline_us(const struct zv_peer *peer);

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
