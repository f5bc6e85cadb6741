/*
 * RTCP of one leg: when to report, what a report says, what the far end's reports tell.
 *
 * Round-trip time: the far end returns the time stamp of our SR (LSR) and how long it kept it
 * (DLSR). The stamp is looked up among those of the last SRs and the trip is measured on our
 * monotonic clock, so that neither a step of the wall clock nor an invented LSR yields a figure.
 */
#include "rtc/rtcp/session.h"

#include "base/alloc.h"
#include "base/err.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define NTP_UNIX_OFFSET_S INT64_C(2208988800) /* 1900 to 1970, RFC 5905 §6 */
#define SENT_STAMPS       4                   /* SRs whose return is waited for */
/* SR with one block, SDES, two BYE: 52 + 76 + 16 */
#define REPORT_CAP 160
#define BYE_BYTES  8

/* An SR of ours. */
struct stamp {
    uint32_t ntp_middle; /* 0: none */
    int64_t sent_us;
};

struct zv_rtcp_session {
    const struct zv_rtp_out *out; /* borrowed */
    struct zv_rtp_in *in;         /* borrowed */
    struct zv_rand rand;
    int64_t wall_offset_us;
    int64_t interval_us;
    int64_t next_us;
    char cname[ZV_RTCP_MAX_CNAME + 1];
    uint32_t ssrc;          /* of our last report, or of the first to come */
    bool has_reported;      /* with that one */
    uint64_t packets_at[2]; /* out->packets at the last report and the one before */
    uint64_t in_packets_at; /* in->packets at the last report */
    struct stamp stamps[SENT_STAMPS];
    size_t stamp_count;
    uint32_t far_ssrc;       /* of the SR that far_ntp_middle is from */
    uint32_t far_ntp_middle; /* 0: none */
    int64_t far_sr_us;       /* its arrival */
    uint32_t left_ssrc;      /* of the BYE */
    struct zv_rtcp_far far;
    bool is_keyframe_due; /* events not polled yet */
    bool is_bye_due;
    bool is_closed;
    uint8_t report[REPORT_CAP];
    size_t report_len; /* 0: nothing is to be sent */
    struct zv_rtcp_session_counters counters;
};

/* RFC 3550 §6.2: 0.5 to 1.5 times the interval; half of that for the first report. */
static int64_t spread_us(struct zv_rtcp_session *session, int64_t interval_us)
{
    uint64_t random = zv_rand_u32(&session->rand);
    return interval_us / 2 + (int64_t)((random * (uint64_t)interval_us) >> 32);
}

int zv_rtcp_session_new(struct zv_rtcp_session **ret_session, const struct zv_rtcp_session_cfg *cfg)
{
    if (cfg->cname.len > ZV_RTCP_MAX_CNAME)
        return ZV_E_INVAL;
    struct zv_rtcp_session *session = zv_zalloc(sizeof(*session));
    if (!session)
        return ZV_E_NOMEM;
    session->out = cfg->out;
    session->in = cfg->in;
    session->rand = cfg->rand;
    session->wall_offset_us = cfg->wall_offset_us;
    session->ssrc = cfg->out->ssrc;
    session->interval_us = cfg->interval_us ? cfg->interval_us : ZV_RTCP_INTERVAL_US;
    if (cfg->cname.len)
        memcpy(session->cname, cfg->cname.p, cfg->cname.len);
    session->far =
        (struct zv_rtcp_far){.heard_us = ZV_TIME_NEVER, .report_us = ZV_TIME_NEVER, .rtt_us = -1};
    session->next_us = cfg->now_us + spread_us(session, session->interval_us / 2);
    *ret_session = session;
    return 0;
}

struct zv_rtcp_session *zv_rtcp_session_free(struct zv_rtcp_session *session)
{
    return zv_free(session);
}

/* Reports of ours. */

static uint64_t ntp_of(int64_t unix_us)
{
    uint64_t us = (uint64_t)(unix_us + NTP_UNIX_OFFSET_S * ZV_US_PER_S);
    uint64_t seconds = us / ZV_US_PER_S, fraction = ((us % ZV_US_PER_S) << 32) / ZV_US_PER_S;
    return (seconds << 32) | fraction;
}

static uint32_t ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

/* RFC 3550 §6.4.1, DLSR: in 1/65536 s; saturates after 18 hours. */
static uint32_t delay_q16(int64_t delay_us)
{
    uint64_t delay = ((uint64_t)delay_us << 16) / ZV_US_PER_S;
    return (uint32_t)ZV_MIN(delay, (uint64_t)UINT32_MAX);
}

/* The report on what we received; 0 blocks when nothing came since the last one. */
static size_t make_block(struct zv_rtcp_session *session, int64_t now_us,
                         struct zv_rtcp_block *ret_block)
{
    struct zv_rtp_in_report report;
    bool is_silent = session->in->packets == session->in_packets_at;
    session->in_packets_at = session->in->packets;
    if (is_silent || !zv_rtp_in_report(session->in, &report))
        return 0;
    *ret_block = (struct zv_rtcp_block){
        .ssrc = report.ssrc,
        .fraction_lost = report.fraction_lost,
        .lost = report.lost,
        .highest_seq = report.highest_seq,
        .jitter_ts = report.jitter_ts,
    };
    if (session->far_ntp_middle && session->far_ssrc == report.ssrc) {
        ret_block->last_sr = session->far_ntp_middle;
        ret_block->delay_q16 = delay_q16(now_us - session->far_sr_us);
    }
    return 1;
}

static void write_sr(struct zv_rtcp_session *session, struct zv_buf *buf,
                     const struct zv_rtcp_block *block, size_t count, int64_t now_us)
{
    const struct zv_rtp_out *out = session->out;
    struct zv_rtcp_sender sender = {
        .ssrc = out->ssrc,
        .ntp = ntp_of(now_us + session->wall_offset_us),
        .ts = zv_rtp_out_ts_at(out, now_us),
        .packets = (uint32_t)out->packets,
        .octets = (uint32_t)out->octets,
    };
    zv_rtcp_write_sr(buf, &sender, block, count);
    session->stamps[session->stamp_count++ % SENT_STAMPS] =
        (struct stamp){ntp_middle(sender.ntp), now_us};
}

/*
 * Our stream goes on under another SSRC (new keys): whoever knew the old one is told that it is
 * gone, and what the far end said of it and what was sent with it says nothing of the new one.
 */
static void leave_old_ssrc(struct zv_rtcp_session *session, struct zv_buf *buf)
{
    if (session->has_reported)
        zv_rtcp_write_bye(buf, session->ssrc);
    session->ssrc = session->out->ssrc;
    session->has_reported = false;
    session->packets_at[0] = session->packets_at[1] = 0;
    memset(session->stamps, 0, sizeof(session->stamps));
    session->far.report_us = ZV_TIME_NEVER;
    session->far.fraction_lost = 0;
    session->far.lost = 0;
    session->far.jitter_ts = 0;
}

/* RFC 3550 §6.4: an SR when we sent since the report before the last, else an RR. */
static void make_report(struct zv_rtcp_session *session, bool is_last, int64_t now_us)
{
    struct zv_buf buf = zv_buf(session->report, sizeof(session->report));
    uint8_t bye_bytes[BYE_BYTES];
    struct zv_buf bye = zv_buf(bye_bytes, sizeof(bye_bytes));
    struct zv_rtcp_block block;
    size_t count = make_block(session, now_us, &block);
    uint64_t packets = session->out->packets;
    if (session->out->ssrc != session->ssrc)
        leave_old_ssrc(session, &bye);
    if (packets != session->packets_at[1])
        write_sr(session, &buf, &block, count, now_us);
    else
        zv_rtcp_write_rr(&buf, session->out->ssrc, &block, count);
    zv_rtcp_write_cname(&buf, session->out->ssrc, zv_str(session->cname));
    zv_buf_put_str(&buf, zv_buf_str(&bye));
    if (is_last)
        zv_rtcp_write_bye(&buf, session->out->ssrc);
    session->has_reported = true;
    session->packets_at[1] = session->packets_at[0];
    session->packets_at[0] = packets;
    assert(!buf.overflow);
    session->report_len = buf.len;
    session->counters.packets_out++;
}

/* The drain rule: what the last input caused was polled. */
static void begin(const struct zv_rtcp_session *session)
{
    assert(!session->report_len && !session->is_bye_due && !session->is_keyframe_due);
    (void)session;
}

void zv_rtcp_session_on_timeout(struct zv_rtcp_session *session, int64_t now_us)
{
    begin(session);
    if (session->is_closed || now_us < session->next_us)
        return;
    make_report(session, false, now_us);
    session->next_us = now_us + spread_us(session, session->interval_us);
}

void zv_rtcp_session_close(struct zv_rtcp_session *session, int64_t now_us)
{
    begin(session);
    if (session->is_closed)
        return;
    session->is_closed = true;
    make_report(session, true, now_us);
}

int64_t zv_rtcp_session_deadline_us(const struct zv_rtcp_session *session)
{
    return session->is_closed ? ZV_TIME_NEVER : session->next_us;
}

enum zv_rtcp_out_kind zv_rtcp_session_poll(struct zv_rtcp_session *session,
                                           struct zv_rtcp_out *ret_out)
{
    struct zv_rtcp_out out = {.kind = ZV_RTCP_OUT_NONE};
    if (session->report_len) {
        out = (struct zv_rtcp_out){ZV_RTCP_OUT_SEND, session->report, session->report_len};
        session->report_len = 0;
    } else if (session->is_keyframe_due) {
        out.kind = ZV_RTCP_OUT_KEYFRAME;
        session->is_keyframe_due = false;
    } else if (session->is_bye_due) {
        out.kind = ZV_RTCP_OUT_BYE;
        session->is_bye_due = false;
    }
    *ret_out = out;
    return out.kind;
}

/* Reports of the far end. */

static void update_rtt(struct zv_rtcp_session *session, const struct zv_rtcp_block *block,
                       int64_t now_us)
{
    for (size_t i = 0; block->last_sr && i < SENT_STAMPS; i++) {
        const struct stamp *stamp = &session->stamps[i];
        if (stamp->ntp_middle != block->last_sr)
            continue;
        int64_t kept_us = (int64_t)(((uint64_t)block->delay_q16 * ZV_US_PER_S) >> 16);
        int64_t rtt_us = now_us - stamp->sent_us - kept_us;
        session->far.rtt_us = ZV_MAX(rtt_us, 0); /* its clock may run faster by some ppm */
    }
}

static void on_block(struct zv_rtcp_session *session, const struct zv_rtcp_block *block,
                     int64_t now_us)
{
    if (block->ssrc != session->out->ssrc)
        return;
    session->far.report_us = now_us;
    session->far.fraction_lost = block->fraction_lost;
    session->far.lost = block->lost;
    session->far.jitter_ts = block->jitter_ts;
    update_rtt(session, block, now_us);
}

static void on_sender(struct zv_rtcp_session *session, const struct zv_rtcp_sender *sender,
                      int64_t now_us)
{
    session->far_ssrc = sender->ssrc;
    session->far_ntp_middle = ntp_middle(sender->ntp);
    session->far_sr_us = now_us;
    session->far.sender_packets = sender->packets;
    session->far.sender_octets = sender->octets;
}

static void on_bye(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet)
{
    if (session->far.has_left || !session->in->has_source ||
        !zv_rtcp_bye_has(packet, session->in->ssrc))
        return;
    session->far.has_left = true;
    session->left_ssrc = session->in->ssrc;
    session->is_bye_due = true;
}

static void on_packet(struct zv_rtcp_session *session, const struct zv_rtcp_packet *packet,
                      int64_t now_us)
{
    struct zv_rtcp_sender sender;
    struct zv_rtcp_block block;
    if (zv_rtcp_parse_sender(packet, &sender))
        on_sender(session, &sender, now_us);
    for (size_t i = 0; zv_rtcp_parse_block(packet, i, &block); i++)
        on_block(session, &block, now_us);
    on_bye(session, packet);
    if (zv_rtcp_is_keyframe_request(packet, session->out->ssrc))
        session->is_keyframe_due = true;
}

enum zv_rtp_verdict zv_rtcp_session_on_datagram(struct zv_rtcp_session *session,
                                                const uint8_t *data, size_t len, int64_t now_us)
{
    begin(session);
    enum zv_rtp_verdict verdict = zv_rtcp_check(data, len);
    if (verdict == ZV_RTP_PASS && !zv_rtcp_is_compound(data, len))
        verdict = ZV_RTP_DROP_TYPE;
    if (verdict != ZV_RTP_PASS) {
        session->counters.dropped++;
        return verdict;
    }
    struct zv_rtcp_cursor cursor = zv_rtcp_cursor(data, len);
    struct zv_rtcp_packet packet;
    session->counters.packets_in++;
    session->far.heard_us = now_us;
    if (session->in->ssrc != session->left_ssrc)
        session->far.has_left = false; /* another source came after the one that left */
    while (zv_rtcp_next(&cursor, &packet))
        on_packet(session, &packet, now_us);
    return ZV_RTP_PASS;
}

/* Queries. */

const struct zv_rtcp_far *zv_rtcp_session_far(const struct zv_rtcp_session *session)
{
    return &session->far;
}

const struct zv_rtcp_session_counters *
zv_rtcp_session_counters(const struct zv_rtcp_session *session)
{
    return &session->counters;
}

size_t zv_rtcp_session_dump(const struct zv_rtcp_session *session, char *dst, size_t cap)
{
    if (!cap)
        return 0;
    struct zv_buf buf = zv_buf(dst, cap - 1);
    const struct zv_rtcp_far *far = &session->far;
    zv_buf_printf(&buf,
                  "rtcp in %" PRIu64 " out %" PRIu64 " dropped %" PRIu64 " rtt %" PRId64
                  " us, far end misses %" PRId32 " (%u/256), jitter %" PRIu32 "%s\n",
                  session->counters.packets_in, session->counters.packets_out,
                  session->counters.dropped, far->rtt_us, far->lost, far->fraction_lost,
                  far->jitter_ts, far->has_left ? ", left" : "");
    dst[buf.len] = 0;
    return buf.len;
}
