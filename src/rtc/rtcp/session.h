/*
 * RTCP of one stream of a leg: one stream out, one stream in, two members (RFC 3550 §6). Sends an
 * SR while we send, else an RR, with the CNAME, at randomised intervals; takes the far end's
 * reports, and from them round-trip time, loss and jitter as the far end sees them.
 *
 * An SSRC of ours that was given up for another is said good-bye to in the next report (section 8).
 * What does not begin with a report is refused: reduced size (RFC 5506) is never agreed on. A video
 * stream takes feedback that comes alone all the same: baresip and others send it so.
 *
 * With two members the interval is the minimum one, so neither timer reconsideration nor bandwidth
 * is computed (RFC 3550 §6.2, §6.3). Packets are plain: SRTCP is the owner's business.
 *
 * A leg with two streams (BUNDLE) has two sessions, and gives each datagram to both. The SSRCs
 * decide whose each packet of it is: a sender report and BYE is the session's whose `in` has that
 * source, a report block and feedback is the session's whose `out` is named. Either session may
 * send for itself; both may carry what is about the whole transport.
 *
 * Feedback of ours is put in by zv_rtcp_session_add and leaves at once (RFC 4585 §3.5.2 with two
 * members: no dithering), behind an empty RR and the CNAME; not more often than once in
 * ZV_RTCP_EARLY_US, and with the next report if that comes first.
 *
 * Drain rule: one input, then poll until ZV_RTCP_OUT_NONE.
 */
#ifndef ZV_RTC_RTCP_SESSION_H
#define ZV_RTC_RTCP_SESSION_H

#include "base/attr.h"
#include "base/rand.h"
#include "base/time.h"
#include "rtc/rtcp/clock.h"
#include "rtc/rtcp/feedback.h"
#include "rtc/rtp/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTCP_INTERVAL_US ZV_SECONDS(5) /* RFC 3550 §6.2; each is 0.5 to 1.5 times that */
#define ZV_RTCP_MAX_CNAME   64
#define ZV_RTCP_EARLY_US    ZV_MS(10) /* between two datagrams that feedback is the cause of */
/* Feedback of ours that waits; of NACKs of the far end, items of one datagram that are taken. */
#define ZV_RTCP_FEEDBACK_BYTES 1200
#define ZV_RTCP_MAX_NACKS      64

struct zv_rtcp_session_cfg {
    const struct zv_rtp_out *out; /* borrowed, outlives the session */
    struct zv_rtp_in *in;         /* borrowed, outlives the session; its report intervals advance */
    struct zv_str cname;          /* copied; at most ZV_RTCP_MAX_CNAME bytes (RFC 7022: random) */
    struct zv_rand rand;
    int64_t now_us;
    int64_t wall_offset_us; /* Unix time is now_us + wall_offset_us */
    int64_t interval_us;    /* 0: ZV_RTCP_INTERVAL_US */
    bool is_video;          /* feedback is taken, alone too */
    /*
     * Lip sync; `stream` is the index in both. NULL: reports extrapolate from the last packet.
     * `heard` learns from what comes here; `source` is the one of whoever the media that we send
     * comes from.
     */
    uint8_t stream;
    struct zv_rtcp_clock *heard;        /* borrowed, outlives the session */
    const struct zv_rtcp_clock *source; /* borrowed, outlives the session */
};

/* What the far end told. Times are of our clock; ZV_TIME_NEVER: not yet. */
struct zv_rtcp_far {
    int64_t heard_us;        /* last valid RTCP: a sign of life */
    int64_t report_us;       /* last report block about our stream */
    uint8_t fraction_lost;   /* of 256 */
    int32_t lost;            /* packets of ours that it misses */
    uint32_t jitter_ts;      /* RTP clock of our stream */
    int64_t rtt_us;          /* -1: unknown */
    uint32_t sender_packets; /* what it says that it sent */
    uint32_t sender_octets;
    bool has_left;             /* BYE, and no other source since */
    uint64_t limit_bits_per_s; /* its TMMBN: the limit that it keeps to; 0: none */
};

enum zv_rtcp_out_kind {
    ZV_RTCP_OUT_NONE,
    ZV_RTCP_OUT_SEND,     /* `data`, `len` is a compound packet to protect and send */
    ZV_RTCP_OUT_BYE,      /* the far end's stream ended */
    ZV_RTCP_OUT_KEYFRAME, /* the far end asks for a key frame of our stream; `is_fir` */
    ZV_RTCP_OUT_NACK,     /* the far end misses packets of our stream: `nacks`, `nack_count` */
    ZV_RTCP_OUT_TMMBR,    /* we are to send `bits_per_s` at most; the answer was put in already */
    ZV_RTCP_OUT_REMB,     /* the far end can take `bits_per_s` in all */
    ZV_RTCP_OUT_COUNT,
};
struct zv_rtcp_out {
    enum zv_rtcp_out_kind kind;
    const uint8_t *data; /* lives until the next call */
    size_t len;          /* bytes */
    bool is_fir;         /* a new command; repetitions of one are left out (RFC 5104 §4.3.1.2) */
    const struct zv_rtcp_nack *nacks; /* lives until the next call */
    size_t nack_count;
    uint64_t bits_per_s;
};

struct zv_rtcp_session_counters {
    uint64_t packets_in;  /* datagrams taken */
    uint64_t packets_out; /* compounds sent */
    uint64_t dropped;     /* datagrams that are malformed, or of a size not agreed on */
    uint64_t plis_in;     /* key frame requests of our stream, repeated FIRs left out */
    uint64_t firs_in;
    uint64_t nacks_in;  /* NACK packets about our stream */
    uint64_t limits_in; /* TMMBR and REMB about it */
    uint64_t refused;   /* feedback of ours for which there was no room */
};

struct zv_rtcp_session;

/* ZV_E_NOMEM; ZV_E_INVAL: cname too long. */
int zv_rtcp_session_new(struct zv_rtcp_session **ret_session,
                        const struct zv_rtcp_session_cfg *cfg) ZV_MUST_CHECK;
struct zv_rtcp_session *zv_rtcp_session_free(struct zv_rtcp_session *session);

/* A datagram of RTCP, decrypted. */
enum zv_rtp_verdict zv_rtcp_session_on_datagram(struct zv_rtcp_session *session,
                                                const uint8_t *data, size_t len, int64_t now_us);
void zv_rtcp_session_on_timeout(struct zv_rtcp_session *session, int64_t now_us);
/*
 * Feedback to send: whole RTCP packets of RTPFB or PSFB, written by feedback.h or rtc/video, about
 * what the session's `in` received or about the transport. ZV_E_LIMIT: no room until it was sent,
 * or never, of audio; ZV_E_STATE: closed. No timeout is needed: poll as after any input.
 */
int zv_rtcp_session_add(struct zv_rtcp_session *session, const uint8_t *packets, size_t len,
                        int64_t now_us) ZV_MUST_CHECK;
/* Bytes that zv_rtcp_session_add takes now. */
size_t zv_rtcp_session_room(const struct zv_rtcp_session *session);
/* The leg ends: a last report with BYE is put out, and the timer stops. */
void zv_rtcp_session_close(struct zv_rtcp_session *session, int64_t now_us);

int64_t zv_rtcp_session_deadline_us(const struct zv_rtcp_session *session);
enum zv_rtcp_out_kind zv_rtcp_session_poll(struct zv_rtcp_session *session,
                                           struct zv_rtcp_out *ret_out);

const struct zv_rtcp_far *zv_rtcp_session_far(const struct zv_rtcp_session *session);
const struct zv_rtcp_session_counters *
zv_rtcp_session_counters(const struct zv_rtcp_session *session);
size_t zv_rtcp_session_dump(const struct zv_rtcp_session *session, char *buf, size_t cap);

#endif
