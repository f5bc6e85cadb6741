/*
 * RTCP of one stream: when to report, what a report says, and feedback of ours on its way out.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "rtc/rtcp/session_int.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define NTP_UNIX_OFFSET_S INT64_C(2208988800) /* 1900 to 1970, RFC 5905 §6 */
#define BYE_BYTES         8

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
    size_t feedback_cap = cfg->is_video ? ZV_RTCP_FEEDBACK_BYTES : 0;
    struct zv_rtcp_session *session =
        zv_zalloc(sizeof(*session) + ZV_RTCP_REPORT_BYTES + 2 * feedback_cap);
    if (!session)
        return ZV_E_NOMEM;
    session->out = cfg->out;
    session->in = cfg->in;
    session->rand = cfg->rand;
    session->wall_offset_us = cfg->wall_offset_us;
    session->ssrc = cfg->out->ssrc;
    session->interval_us = cfg->interval_us ? cfg->interval_us : ZV_RTCP_INTERVAL_US;
    session->is_video = cfg->is_video;
    session->feedback_cap = feedback_cap;
    session->stream = cfg->stream;
    session->heard = cfg->heard;
    session->source = cfg->source;
    session->early_us = cfg->now_us;
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

/*
 * The timestamp of this moment on the clock of what we send. By the reports of whoever it comes
 * from, if there are any that can be: those of its two streams fit each other (clock.h). Else as
 * if the last packet had come without delay.
 */
static uint32_t ts_at(const struct zv_rtcp_session *session, int64_t now_us)
{
    const struct zv_rtp_out *out = session->out;
    uint32_t ts = zv_rtp_out_ts_at(out, now_us), source_ts;
    if (!session->source || !out->has_source || out->has_new_clock ||
        !zv_rtcp_clock_ts_at(session->source, session->stream, out->source_ssrc, now_us,
                             &source_ts))
        return ts;
    uint32_t mapped = source_ts + out->ts_offset;
    int64_t step = (int32_t)(mapped - ts), most = (int64_t)ZV_RTCP_MAX_CLOCK_STEP_S * out->clock_hz;
    return step <= most && step >= -most ? mapped : ts;
}

static void write_sr(struct zv_rtcp_session *session, struct zv_buf *buf,
                     const struct zv_rtcp_block *block, size_t count, int64_t now_us)
{
    const struct zv_rtp_out *out = session->out;
    struct zv_rtcp_sender sender = {
        .ssrc = out->ssrc,
        .ntp = ntp_of(now_us + session->wall_offset_us),
        .ts = ts_at(session, now_us),
        .packets = (uint32_t)out->packets,
        .octets = (uint32_t)out->octets,
    };
    zv_rtcp_write_sr(buf, &sender, block, count);
    session->stamps[session->stamp_count++ % ZV_RTCP_SENT_STAMPS] =
        (struct zv_rtcp_stamp){zv_rtcp_ntp_middle(sender.ntp), now_us};
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

static void put_feedback(struct zv_rtcp_session *session, struct zv_buf *buf, int64_t now_us)
{
    if (!session->feedback_len)
        return;
    zv_buf_put(buf, session->bytes, session->feedback_len);
    session->feedback_len = 0;
    session->is_early_due = false;
    session->early_us = now_us + ZV_RTCP_EARLY_US;
}

/* RFC 4585 §3.1: the smallest compound that feedback may leave in. */
static void make_early(struct zv_rtcp_session *session, int64_t now_us)
{
    struct zv_buf buf = zv_rtcp_session_report(session);
    uint32_t ssrc = session->out->ssrc;
    zv_rtcp_write_rr(&buf, ssrc, NULL, 0);
    zv_rtcp_write_cname(&buf, ssrc, zv_str(session->cname));
    put_feedback(session, &buf, now_us);
    session->has_reported |= ssrc == session->ssrc;
    assert(!buf.overflow);
    session->report_len = buf.len;
    session->counters.packets_out++;
}

/* RFC 3550 §6.4: an SR when we sent since the report before the last, else an RR. */
static void make_report(struct zv_rtcp_session *session, bool is_last, int64_t now_us)
{
    struct zv_buf buf = zv_rtcp_session_report(session);
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
    put_feedback(session, &buf, now_us);
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

void zv_rtcp_session_on_timeout(struct zv_rtcp_session *session, int64_t now_us)
{
    zv_rtcp_session_begin(session);
    if (session->is_closed)
        return;
    if (now_us >= session->next_us) {
        make_report(session, false, now_us);
        session->next_us = now_us + spread_us(session, session->interval_us);
    } else if (session->feedback_len && now_us >= session->early_us) {
        make_early(session, now_us);
    }
}

size_t zv_rtcp_session_room(const struct zv_rtcp_session *session)
{
    return session->is_closed ? 0 : session->feedback_cap - session->feedback_len;
}

int zv_rtcp_session_add(struct zv_rtcp_session *session, const uint8_t *packets, size_t len,
                        int64_t now_us)
{
    if (session->is_closed)
        return ZV_E_STATE;
    if (len > zv_rtcp_session_room(session)) {
        session->counters.refused++;
        return ZV_E_LIMIT;
    }
    if (!len)
        return 0;
    memcpy(session->bytes + session->feedback_len, packets, len);
    session->feedback_len += len;
    session->is_early_due = now_us >= session->early_us;
    session->added_us = now_us;
    return 0;
}

void zv_rtcp_session_close(struct zv_rtcp_session *session, int64_t now_us)
{
    zv_rtcp_session_begin(session);
    if (session->is_closed)
        return;
    session->is_closed = true;
    make_report(session, true, now_us);
}

int64_t zv_rtcp_session_deadline_us(const struct zv_rtcp_session *session)
{
    if (session->is_closed)
        return ZV_TIME_NEVER;
    return session->feedback_len ? zv_time_min(session->next_us, session->early_us)
                                 : session->next_us;
}

static struct zv_rtcp_out take_report(struct zv_rtcp_session *session)
{
    size_t len = session->report_len;
    session->report_len = 0;
    return (struct zv_rtcp_out){
        .kind = ZV_RTCP_OUT_SEND, .data = session->bytes + session->feedback_cap, .len = len};
}

enum zv_rtcp_out_kind zv_rtcp_session_poll(struct zv_rtcp_session *session,
                                           struct zv_rtcp_out *ret_out)
{
    struct zv_rtcp_out out = {.kind = ZV_RTCP_OUT_NONE};
    if (!session->report_len && session->is_early_due)
        make_early(session, session->added_us);
    if (session->report_len) {
        out = take_report(session);
    } else if (!zv_rtcp_session_take_heard(session, &out) && session->is_bye_due) {
        out.kind = ZV_RTCP_OUT_BYE;
        session->is_bye_due = false;
    }
    *ret_out = out;
    return out.kind;
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
