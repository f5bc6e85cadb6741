/*
 * RTCP of one leg: one stream out, one stream in, two members (RFC 3550 §6). Sends an SR while we
 * send, else an RR, with the CNAME, at randomised intervals; takes the far end's reports, and from
 * them round-trip time, loss and jitter as the far end sees them.
 *
 * An SSRC of ours that was given up for another is said good-bye to in the next report (section 8).
 * What does not begin with a report is refused: reduced size (RFC 5506) is never agreed on.
 *
 * With two members the interval is the minimum one, so neither timer reconsideration nor bandwidth
 * is computed (RFC 3550 §6.2, §6.3). Packets are plain: SRTCP is the owner's business.
 *
 * Drain rule: one input, then poll until ZV_RTCP_OUT_NONE.
 */
#ifndef ZV_RTC_RTCP_SESSION_H
#define ZV_RTC_RTCP_SESSION_H

#include "base/attr.h"
#include "base/rand.h"
#include "base/time.h"
#include "rtc/rtcp/rtcp.h"
#include "rtc/rtp/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_RTCP_INTERVAL_US ZV_SECONDS(5) /* RFC 3550 §6.2; each is 0.5 to 1.5 times that */
#define ZV_RTCP_MAX_CNAME   64

struct zv_rtcp_session_cfg {
    const struct zv_rtp_out *out; /* borrowed, outlives the session */
    struct zv_rtp_in *in;         /* borrowed, outlives the session; its report intervals advance */
    struct zv_str cname;          /* copied; at most ZV_RTCP_MAX_CNAME bytes (RFC 7022: random) */
    struct zv_rand rand;
    int64_t now_us;
    int64_t wall_offset_us; /* Unix time is now_us + wall_offset_us */
    int64_t interval_us;    /* 0: ZV_RTCP_INTERVAL_US */
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
    bool has_left; /* BYE, and no other source since */
};

enum zv_rtcp_out_kind {
    ZV_RTCP_OUT_NONE,
    ZV_RTCP_OUT_SEND,     /* `data`, `len` is a compound packet to protect and send */
    ZV_RTCP_OUT_BYE,      /* the far end's stream ended */
    ZV_RTCP_OUT_KEYFRAME, /* the far end asks for a key frame of our stream */
};
struct zv_rtcp_out {
    enum zv_rtcp_out_kind kind;
    const uint8_t *data; /* lives until the next call */
    size_t len;          /* bytes */
};

struct zv_rtcp_session_counters {
    uint64_t packets_in;  /* datagrams taken */
    uint64_t packets_out; /* compounds sent */
    uint64_t dropped;     /* datagrams that are malformed, or of a size not agreed on */
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
