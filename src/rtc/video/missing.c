#include "rtc/video/missing.h"

#include "base/attr.h"
#include "base/time.h"
#include "rtc/rtp/stream.h"

#include <string.h>

#define MASK_BITS 16 /* RFC 4585 section 6.2.1 */

void zv_video_missing_init(struct zv_video_missing *missing, bool can_nack)
{
    *missing = (struct zv_video_missing){.can_nack = can_nack, .rtt_us = -1};
}

void zv_video_missing_set_rtt(struct zv_video_missing *missing, int64_t rtt_us)
{
    missing->rtt_us = rtt_us;
}

static int step_of(uint16_t from, uint16_t to)
{
    return (int16_t)(uint16_t)(to - from);
}

static void note_lost(struct zv_video_missing *missing, uint16_t seq)
{
    if (!missing->has_lost || step_of(missing->lost_seq, seq) > 0)
        missing->lost_seq = seq;
    missing->has_lost = true;
}

static void remove_first(struct zv_video_missing *missing, size_t count)
{
    missing->count = (uint16_t)(missing->count - count);
    memmove(missing->gaps, missing->gaps + count, missing->count * sizeof(missing->gaps[0]));
}

static void give_up_all(struct zv_video_missing *missing)
{
    if (!missing->count)
        return;
    note_lost(missing, missing->gaps[missing->count - 1].seq);
    missing->given_up += missing->count;
    missing->count = 0;
}

/* The sequence begins at this packet: another source, or a restart of the same one. */
static void begin(struct zv_video_missing *missing, uint32_t ssrc, uint16_t seq)
{
    missing->has_source = true;
    missing->ssrc = ssrc;
    missing->highest = seq;
    missing->count = 0;
}

/* The numbers between the highest and `seq` did not come. */
static void add_gap(struct zv_video_missing *missing, uint16_t seq, int64_t now_us)
{
    unsigned width = (uint16_t)(seq - missing->highest) - 1U;
    missing->seen += width;
    if (missing->count + width > ZV_VIDEO_MISSING_MAX)
        give_up_all(missing);
    if (width > ZV_VIDEO_MISSING_MAX) {
        missing->given_up += width;
        note_lost(missing, (uint16_t)(seq - 1));
        return;
    }
    int64_t wait_us = missing->can_nack ? ZV_VIDEO_NACK_WAIT_US : ZV_VIDEO_LOST_PATIENCE_US;
    for (unsigned i = 1; i <= width; i++)
        missing->gaps[missing->count++] =
            (struct zv_video_gap){.seq = (uint16_t)(missing->highest + i),
                                  .seen_us = now_us,
                                  .next_us = now_us + wait_us};
}

static void fill_gap(struct zv_video_missing *missing, uint16_t seq)
{
    for (size_t i = 0; i < missing->count; i++) {
        if (missing->gaps[i].seq != seq)
            continue;
        missing->count--;
        memmove(&missing->gaps[i], &missing->gaps[i + 1],
                (missing->count - i) * sizeof(missing->gaps[0]));
        missing->recovered++;
        return;
    }
}

void zv_video_missing_on_packet(struct zv_video_missing *missing, uint32_t ssrc, uint16_t seq,
                                int64_t now_us)
{
    int step = step_of(missing->highest, seq);
    if (!missing->has_source || ssrc != missing->ssrc) {
        begin(missing, ssrc, seq);
    } else if (step >= ZV_RTP_MAX_DROPOUT || step <= -ZV_RTP_WINDOW) {
        begin(missing, ssrc, seq);
        note_lost(missing, (uint16_t)(seq - 1));
    } else if (step > 0) {
        add_gap(missing, seq, now_us);
        missing->highest = seq;
    } else {
        fill_gap(missing, seq);
    }
}

void zv_video_missing_forget_before(struct zv_video_missing *missing, uint16_t seq)
{
    size_t count = 0;
    while (count < missing->count && step_of(missing->gaps[count].seq, seq) > 0)
        count++;
    remove_first(missing, count);
}

int64_t zv_video_missing_deadline_us(const struct zv_video_missing *missing)
{
    int64_t at_us = ZV_TIME_NEVER;
    for (size_t i = 0; i < missing->count; i++)
        at_us = zv_time_min(at_us, missing->gaps[i].next_us);
    return at_us;
}

static bool is_hopeless(const struct zv_video_missing *missing, const struct zv_video_gap *gap,
                        int64_t now_us)
{
    return !missing->can_nack || gap->tries >= ZV_VIDEO_NACK_TRIES ||
           now_us - gap->seen_us >= ZV_VIDEO_NACK_PATIENCE_US;
}

static void note_asked(struct zv_video_missing *missing, struct zv_video_gap *gap, int64_t now_us)
{
    int64_t trip_us = missing->rtt_us < 0 ? ZV_VIDEO_NACK_RTT_US : missing->rtt_us;
    int64_t again_us = now_us + ZV_MAX(trip_us, ZV_VIDEO_NACK_MIN_US);
    gap->next_us = zv_time_min(again_us, gap->seen_us + ZV_VIDEO_NACK_PATIENCE_US);
    gap->tries++;
    missing->asked++;
}

/* Puts the number into the last item or a new one; false: no room. */
static bool put_item(struct zv_rtcp_nack *items, size_t *count, uint16_t seq)
{
    unsigned behind = *count ? (uint16_t)(seq - items[*count - 1].seq) : MASK_BITS + 1;
    if (behind <= MASK_BITS) {
        items[*count - 1].mask |= (uint16_t)(1U << (behind - 1));
        return true;
    }
    if (*count == ZV_VIDEO_NACK_ITEMS)
        return false;
    items[(*count)++] = (struct zv_rtcp_nack){.seq = seq};
    return true;
}

size_t zv_video_missing_poll(struct zv_video_missing *missing, int64_t now_us,
                             struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS])
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < missing->count; i++) {
        struct zv_video_gap *gap = &missing->gaps[i];
        bool is_due = gap->next_us <= now_us;
        if (is_due && is_hopeless(missing, gap, now_us)) {
            note_lost(missing, gap->seq);
            missing->given_up++;
            continue;
        }
        if (is_due && put_item(items, &count, gap->seq))
            note_asked(missing, gap, now_us);
        missing->gaps[kept++] = *gap;
    }
    missing->count = (uint16_t)kept;
    return count;
}

bool zv_video_missing_take_lost(struct zv_video_missing *missing, uint16_t *ret_seq)
{
    if (!missing->has_lost)
        return false;
    missing->has_lost = false;
    *ret_seq = missing->lost_seq;
    return true;
}
