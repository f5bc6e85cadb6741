/*
 * The inside of an RTCP session, for the files of this folder:
 *   session.c  lifecycle, timers, what we report, feedback of ours
 *   heard.c    what the far end reports and asks for
 */
#ifndef ZV_RTC_RTCP_SESSION_INT_H
#define ZV_RTC_RTCP_SESSION_INT_H

#include "rtc/rtcp/session.h"

#include <assert.h>

#define ZV_RTCP_SENT_STAMPS 4 /* SRs whose return is waited for */
/* SR with one block, SDES, two BYE: 52 + 76 + 16; without feedback. */
#define ZV_RTCP_REPORT_BYTES 160

/* Media clocks by reports and by packets differ by delays; by more, the report is of no use. */
#define ZV_RTCP_MAX_CLOCK_STEP_S 5

/* An SR of ours. */
struct zv_rtcp_stamp {
    uint32_t ntp_middle; /* 0: none */
    int64_t sent_us;
};

/* A FIR that was done (RFC 5104 section 4.3.1.2). */
struct zv_rtcp_fir_done {
    bool is_known;
    uint32_t sender_ssrc;
    uint8_t seq;
    int64_t heard_us;
};

/* What the far end asked for, not polled yet. */
struct zv_rtcp_asked {
    bool keyframe;
    bool is_fir;
    bool tmmbr;
    bool remb;
    uint64_t tmmbr_bits_per_s;
    uint64_t remb_bits_per_s;
    size_t nack_count;
    struct zv_rtcp_nack nacks[ZV_RTCP_MAX_NACKS];
};

struct zv_rtcp_session {
    const struct zv_rtp_out *out; /* borrowed */
    struct zv_rtp_in *in;         /* borrowed */
    struct zv_rand rand;
    bool is_video;
    uint8_t stream;
    struct zv_rtcp_clock *heard;        /* borrowed; NULL: none */
    const struct zv_rtcp_clock *source; /* borrowed; NULL: none */
    int64_t wall_offset_us;
    int64_t interval_us;
    int64_t next_us;
    char cname[ZV_RTCP_MAX_CNAME + 1];
    uint32_t ssrc;          /* of our last report, or of the first to come */
    bool has_reported;      /* with that one */
    uint64_t packets_at[2]; /* out->packets at the last report and the one before */
    uint64_t in_packets_at; /* in->packets at the last report */
    struct zv_rtcp_stamp stamps[ZV_RTCP_SENT_STAMPS];
    size_t stamp_count;
    uint32_t far_ssrc;       /* of the SR that far_ntp_middle is from */
    uint32_t far_ntp_middle; /* 0: none */
    int64_t far_sr_us;       /* its arrival */
    uint32_t left_ssrc;      /* of the BYE */
    struct zv_rtcp_far far;
    struct zv_rtcp_fir_done fir;
    struct zv_rtcp_asked asked;
    bool is_bye_due;
    bool is_closed;
    bool is_early_due; /* feedback leaves with the next poll */
    int64_t early_us;  /* from then on feedback may leave by itself */
    int64_t added_us;  /* the last feedback */
    size_t report_len; /* 0: nothing is to be sent */
    size_t feedback_len;
    size_t feedback_cap; /* 0: audio, which has none */
    struct zv_rtcp_session_counters counters;
    uint8_t bytes[]; /* feedback that waits, then room for a report with it */
};

static inline struct zv_buf zv_rtcp_session_report(struct zv_rtcp_session *session)
{
    return zv_buf(session->bytes + session->feedback_cap,
                  ZV_RTCP_REPORT_BYTES + session->feedback_cap);
}

/* The drain rule: what the last input caused was polled. */
static inline void zv_rtcp_session_begin(const struct zv_rtcp_session *session)
{
    assert(!session->report_len && !session->is_bye_due && !session->asked.keyframe &&
           !session->asked.nack_count && !session->asked.tmmbr && !session->asked.remb);
    (void)session;
}

/* The middle 32 bits, as reports return them (RFC 3550 section 6.4.1). */
static inline uint32_t zv_rtcp_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

/* heard.c: the next of session->asked; false: nothing waits. */
bool zv_rtcp_session_take_heard(struct zv_rtcp_session *session, struct zv_rtcp_out *ret_out);

#endif
