/*
 * The inbound stream: sequence, loss and jitter as RFC 3550 A.1, A.3 and A.8 count them, with two
 * differences. There is no probation: the peer is known (ICE, latching), and the first packet of a
 * call is speech. Duplicates are recognised, so that loss for our own eyes is not hidden by them;
 * what a report says stays the RFC's figure, which far ends compare.
 */
#include "base/time.h"
#include "rtc/rtp/rtp_int.h"

/* A step of the transit time that is no jitter: the sender's timestamp began anew. */
#define MAX_TRANSIT_STEP_S 10
#define MAX_LOST           0x7fffff /* RFC 3550 §6.4.1: 24 bits, signed */

void zv_rtp_in_init(struct zv_rtp_in *in, uint32_t clock_hz)
{
    *in = (struct zv_rtp_in){.clock_hz = clock_hz};
}

void zv_rtp_in_set_clock(struct zv_rtp_in *in, uint32_t clock_hz)
{
    if (clock_hz == in->clock_hz)
        return;
    in->clock_hz = clock_hz;
    in->jitter_q4 = 0;
    in->has_transit = false;
}

static uint32_t expected(const struct zv_rtp_in *in)
{
    return in->has_source ? in->cycles + in->max_seq - in->base_seq + 1 : 0;
}

static uint64_t lost_of_source(const struct zv_rtp_in *in)
{
    uint32_t unique = in->received - in->received_twice;
    return expected(in) > unique ? expected(in) - unique : 0;
}

/* A new source, or the same one with a new sequence: its counts begin at this packet. */
static void begin(struct zv_rtp_in *in, const struct zv_rtp_header *header)
{
    in->lost_before += lost_of_source(in);
    in->ssrc = header->ssrc;
    in->base_seq = in->max_seq = header->seq;
    in->cycles = 0;
    in->received = in->received_twice = 0;
    in->expected_prior = in->received_prior = 0;
    in->has_source = true;
    in->has_jump = false;
    in->has_transit = false;
    in->jitter_q4 = 0;
    in->window = (struct zv_rtp_window){{1, 0}};
}

static void advance(struct zv_rtp_in *in, const struct zv_rtp_header *header, unsigned steps)
{
    zv_rtp_window_advance(&in->window, steps);
    if (header->seq < in->max_seq)
        in->cycles += 65536;
    in->max_seq = header->seq;
    in->has_jump = false;
}

static enum zv_rtp_verdict on_late(struct zv_rtp_in *in, unsigned age)
{
    if (!zv_rtp_window_mark(&in->window, age)) {
        in->received++;
        in->received_twice++;
        in->duplicates++;
        return ZV_RTP_DROP_DUPLICATE;
    }
    in->reordered++;
    return ZV_RTP_PASS;
}

static enum zv_rtp_verdict on_jump(struct zv_rtp_in *in, const struct zv_rtp_header *header)
{
    if (in->has_jump && header->seq == in->jump_seq) {
        in->jumps++;
        begin(in, header);
        return ZV_RTP_PASS;
    }
    in->has_jump = true;
    in->jump_seq = (uint16_t)(header->seq + 1);
    return ZV_RTP_DROP_JUMP;
}

static enum zv_rtp_verdict place(struct zv_rtp_in *in, const struct zv_rtp_header *header)
{
    if (!in->has_source || header->ssrc != in->ssrc) {
        in->sources++;
        begin(in, header);
        return ZV_RTP_PASS;
    }
    int step = (int16_t)(uint16_t)(header->seq - in->max_seq);
    if (step >= ZV_RTP_MAX_DROPOUT || step <= -ZV_RTP_WINDOW)
        return on_jump(in, header);
    if (step <= 0)
        return on_late(in, (unsigned)-step);
    advance(in, header, (unsigned)step);
    return ZV_RTP_PASS;
}

/*
 * RFC 3550 A.8, in sixteenths as there. Packets that share a timestamp (the updates of a DTMF
 * event, the parts of a picture) were sampled at one moment and leave at several: the first one
 * counts.
 */
static void update_jitter(struct zv_rtp_in *in, uint32_t ts, int64_t now_us)
{
    if (in->has_transit && ts == in->sampled_ts)
        return;
    uint32_t transit = zv_rtp_ticks(now_us, in->clock_hz) - ts;
    int64_t step = (int32_t)(transit - in->transit_ts);
    if (step < 0)
        step = -step;
    if (in->has_transit && step <= (int64_t)in->clock_hz * MAX_TRANSIT_STEP_S)
        in->jitter_q4 += (uint32_t)step - ((in->jitter_q4 + 8) >> 4);
    in->transit_ts = transit;
    in->sampled_ts = ts;
    in->has_transit = true;
}

enum zv_rtp_verdict zv_rtp_in_update(struct zv_rtp_in *in, const struct zv_rtp_header *header,
                                     int64_t now_us)
{
    enum zv_rtp_verdict verdict = place(in, header);
    if (verdict != ZV_RTP_PASS)
        return verdict;
    in->received++;
    in->packets++;
    in->octets += header->payload_len;
    in->heard_us = now_us;
    update_jitter(in, header->ts, now_us);
    return ZV_RTP_PASS;
}

/* RFC 3550 A.3. */
bool zv_rtp_in_report(struct zv_rtp_in *in, struct zv_rtp_in_report *ret_report)
{
    if (!in->has_source)
        return false;
    int64_t lost = (int64_t)expected(in) - in->received;
    uint32_t expected_now = expected(in) - in->expected_prior;
    int64_t lost_now = (int64_t)expected_now - (in->received - in->received_prior);
    *ret_report = (struct zv_rtp_in_report){
        .ssrc = in->ssrc,
        .lost = (int32_t)ZV_MAX(ZV_MIN(lost, (int64_t)MAX_LOST), -(int64_t)MAX_LOST - 1),
        .highest_seq = in->cycles + in->max_seq,
        .jitter_ts = in->jitter_q4 >> 4,
    };
    if (expected_now && lost_now > 0)
        ret_report->fraction_lost = (uint8_t)ZV_MIN((lost_now << 8) / expected_now, 255);
    in->expected_prior = expected(in);
    in->received_prior = in->received;
    return true;
}

uint64_t zv_rtp_in_lost(const struct zv_rtp_in *in)
{
    return in->lost_before + lost_of_source(in);
}
