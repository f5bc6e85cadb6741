/*
 * The outbound stream: SSRC, sequence numbers and timestamps of our own, whatever the source does.
 *
 * Within one source the mapping is a constant offset, so gaps and order survive. It is *re-based*,
 * that is, continued at the next number, when the source's SSRC changes or its sequence jumps; a
 * jump must be confirmed by a second packet in sequence (RFC 3550 A.1), so that one stray packet
 * costs nothing. Timestamps are re-based alone when they leave what the time passed allows: some
 * PBXs start a new timestamp at a transfer and keep SSRC and sequence.
 */
#include "base/buf.h"
#include "base/time.h"
#include "rtc/rtp/rtp_int.h"

/* Stragglers of the source before the present one are dropped for so long. */
#define STRAGGLER_US ZV_MS(200)
/* Timestamps may step back (video frames) and run ahead of the time that passed (a sender that
 * bursts), by so much. A telephone-event among audio keeps its first one, for longer. */
#define TS_BACK_S  1
#define TS_AHEAD_S 10
/* A packet that comes later than this behind the others is none of them: the sequence wrapped while
 * nothing was forwarded (hold). */
#define LATE_US ZV_SECONDS(5)
/* The least step of the timestamp at a re-base: one packet of 20 ms. */
#define STEPS_PER_S 50

void zv_rtp_out_init(struct zv_rtp_out *out, uint32_t clock_hz, const struct zv_rand *rand)
{
    *out = (struct zv_rtp_out){.clock_hz = clock_hz};
    out->ssrc = zv_rand_u32(rand);
    out->ts = zv_rand_u32(rand);
    out->seq = (uint16_t)((zv_rand_u32(rand) & 0x7fff) - 1);
}

void zv_rtp_out_set_clock(struct zv_rtp_out *out, uint32_t clock_hz)
{
    out->has_new_clock = clock_hz != out->clock_hz || out->has_new_clock;
    out->clock_hz = clock_hz;
}

uint32_t zv_rtp_out_ts_at(const struct zv_rtp_out *out, int64_t now_us)
{
    if (!out->has_ts)
        return out->ts;
    return out->ts + zv_rtp_ticks(now_us - out->ts_us, out->clock_hz);
}

/* The timestamp of what begins now: later than the last packet by the time since then. */
static uint32_t next_ts(const struct zv_rtp_out *out, int64_t now_us)
{
    uint32_t step = zv_rtp_out_ts_at(out, now_us) - out->ts;
    if (out->has_ts && step < out->clock_hz / STEPS_PER_S)
        step = out->clock_hz / STEPS_PER_S;
    return out->ts + step;
}

static void rebase_ts(struct zv_rtp_out *out, const struct zv_rtp_source *source, int64_t now_us)
{
    out->ts_offset = next_ts(out, now_us) - source->ts;
    out->has_new_clock = out->has_held = false;
}

static bool is_ts_plausible(const struct zv_rtp_out *out, const struct zv_rtp_source *source,
                            int64_t now_us)
{
    int32_t step = (int32_t)(source->ts + out->ts_offset - out->ts);
    if (out->has_held && source->ts == out->held_ts)
        return true;
    int64_t elapsed = (now_us - out->ts_us) * out->clock_hz / ZV_US_PER_S;
    return step >= -(int64_t)out->clock_hz * TS_BACK_S &&
           step <= elapsed + (int64_t)out->clock_hz * TS_AHEAD_S;
}

/* The highest timestamp goes on; one behind it is remembered, since more of the same may follow. */
static void take_ts(struct zv_rtp_out *out, const struct zv_rtp_source *source, int64_t now_us)
{
    uint32_t ts = source->ts + out->ts_offset;
    if (out->has_source && (int32_t)(ts - out->ts) <= 0) {
        out->has_held = true;
        out->held_ts = source->ts;
        return;
    }
    out->ts = ts;
    out->ts_us = now_us;
    out->has_ts = true;
}

/* The packet becomes the one with the highest sequence number. */
static void advance(struct zv_rtp_out *out, const struct zv_rtp_source *source, unsigned steps,
                    int64_t now_us)
{
    zv_rtp_window_advance(&out->window, steps);
    out->seq = (uint16_t)(out->seq + steps);
    out->source_seq = source->seq;
    take_ts(out, source, now_us);
    out->seq_us = now_us;
    out->has_source = true;
    out->has_jump = false;
}

static void rebase(struct zv_rtp_out *out, const struct zv_rtp_source *source, int64_t now_us)
{
    if (out->has_source) {
        out->rebases++;
        if (source->ssrc != out->source_ssrc) {
            out->previous_ssrc = out->source_ssrc;
            out->has_previous = true;
            out->switched_us = now_us;
        }
    }
    rebase_ts(out, source, now_us);
    out->source_ssrc = source->ssrc;
    out->since_base = 0;
    advance(out, source, 1, now_us);
}

static enum zv_rtp_verdict on_jump(struct zv_rtp_out *out, const struct zv_rtp_source *source,
                                   int64_t now_us)
{
    if (out->has_jump && source->seq == out->jump_seq) {
        rebase(out, source, now_us);
        return ZV_RTP_PASS;
    }
    out->has_jump = true;
    out->jump_seq = (uint16_t)(source->seq + 1);
    return ZV_RTP_DROP_JUMP;
}

/* Below the base lie the numbers of the source before: they are not this source's to use. */
static enum zv_rtp_verdict on_late(struct zv_rtp_out *out, unsigned age)
{
    if (age > out->since_base)
        return ZV_RTP_DROP_OLD;
    return zv_rtp_window_mark(&out->window, age) ? ZV_RTP_PASS : ZV_RTP_DROP_DUPLICATE;
}

/* Takes the packet into the state; *ret_age is how far below the highest it is. */
static enum zv_rtp_verdict place(struct zv_rtp_out *out, const struct zv_rtp_source *source,
                                 int64_t now_us, unsigned *ret_age)
{
    *ret_age = 0;
    bool is_other = out->has_source && source->ssrc != out->source_ssrc;
    if (is_other && out->has_previous && source->ssrc == out->previous_ssrc &&
        now_us - out->switched_us < STRAGGLER_US)
        return ZV_RTP_DROP_OLD;
    if (is_other || !out->has_source) {
        rebase(out, source, now_us);
        return ZV_RTP_PASS;
    }
    int step = (int16_t)(uint16_t)(source->seq - out->source_seq);
    bool has_wrapped = step <= 0 && now_us - out->seq_us > LATE_US;
    if (step >= ZV_RTP_MAX_DROPOUT || step <= -ZV_RTP_WINDOW || has_wrapped)
        return on_jump(out, source, now_us);
    if (step <= 0) {
        *ret_age = (unsigned)-step;
        return on_late(out, *ret_age);
    }
    if (out->has_new_clock || !is_ts_plausible(out, source, now_us))
        rebase_ts(out, source, now_us);
    out->since_base = ZV_MIN(out->since_base + (unsigned)step, (uint32_t)ZV_RTP_WINDOW);
    advance(out, source, (unsigned)step, now_us);
    return ZV_RTP_PASS;
}

enum zv_rtp_verdict zv_rtp_out_map(struct zv_rtp_out *out, const struct zv_rtp_source *source,
                                   int64_t now_us, struct zv_rtp_rewrite *ret_rewrite)
{
    unsigned age;
    uint64_t rebases = out->rebases;
    enum zv_rtp_verdict verdict = place(out, source, now_us, &age);
    if (verdict != ZV_RTP_PASS)
        return verdict;
    /* The far end's jitter buffer may adapt here: a talk spurt begins (RFC 3551 §4.1). */
    ret_rewrite->marker = source->marker || out->rebases != rebases;
    ret_rewrite->seq = (uint16_t)(out->seq - age);
    ret_rewrite->ts = source->ts + out->ts_offset;
    ret_rewrite->ssrc = out->ssrc;
    out->packets++;
    out->octets += source->payload_len;
    return ZV_RTP_PASS;
}

void zv_rtp_out_insert(struct zv_rtp_out *out, bool begins, size_t payload_len, int64_t now_us,
                       struct zv_rtp_rewrite *ret_rewrite)
{
    if (begins) {
        out->ts = next_ts(out, now_us);
        out->ts_us = now_us;
        out->has_ts = true;
    }
    zv_rtp_window_advance(&out->window, 1);
    out->seq++;
    out->since_base = 0;
    out->packets++;
    out->octets += payload_len;
    ret_rewrite->marker = begins;
    ret_rewrite->seq = out->seq;
    ret_rewrite->ts = out->ts;
    ret_rewrite->ssrc = out->ssrc;
}

void zv_rtp_out_skip(struct zv_rtp_out *out, const struct zv_rtp_source *source, int64_t now_us)
{
    int step = (int16_t)(uint16_t)(source->seq - out->source_seq);
    bool is_next = out->has_source && source->ssrc == out->source_ssrc && step > 0 &&
                   step < ZV_RTP_MAX_DROPOUT;
    if (!is_next) /* what is another source, or a jump, shows when it leaves */
        return;
    out->source_seq = source->seq;
    out->seq_us = now_us;
    out->since_base = 0;
}
