/*
 * What is missing of one inbound stream, and asking for it: gaps of the sequence become NACKs (RFC
 * 4585 section 6.2.1), each repeated every round trip until it comes, or until it is given up and
 * the picture needs a key frame instead (frames.h).
 *
 * A gap waits a moment before it is asked for, since packets overtake each other. A far end that
 * takes no NACK has its gaps watched as well; they are given up after that moment and a little.
 *
 * Open struct, to be embedded; written by the functions here only. Machine shape: one input, then
 * poll until it gives nothing more.
 */
#ifndef ZV_RTC_VIDEO_MISSING_H
#define ZV_RTC_VIDEO_MISSING_H

#include "rtc/rtcp/feedback.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_VIDEO_MISSING_MAX      256 /* more at once: all are given up */
#define ZV_VIDEO_NACK_TRIES       10
#define ZV_VIDEO_NACK_WAIT_US     INT64_C(10000)  /* for a packet that was overtaken */
#define ZV_VIDEO_NACK_MIN_US      INT64_C(20000)  /* between two requests for one packet */
#define ZV_VIDEO_NACK_RTT_US      INT64_C(100000) /* while the round-trip time is not known */
#define ZV_VIDEO_NACK_PATIENCE_US INT64_C(500000) /* then it is given up */
#define ZV_VIDEO_LOST_PATIENCE_US INT64_C(100000) /* likewise, where NACKs are of no use */
/* Items of one poll: a NACK packet of 16 of them is 76 bytes. */
#define ZV_VIDEO_NACK_ITEMS 16

struct zv_video_gap {
    uint16_t seq;
    uint8_t tries;
    int64_t seen_us;
    int64_t next_us; /* ask again, or give up */
};

struct zv_video_missing {
    bool can_nack; /* the far end announced it; set freely */
    bool has_source;
    uint32_t ssrc;
    uint16_t highest;
    int64_t rtt_us;
    bool has_lost;     /* something was given up and not polled yet */
    uint16_t lost_seq; /* the highest of that */
    uint16_t count;
    struct zv_video_gap gaps[ZV_VIDEO_MISSING_MAX]; /* the first `count`, by ascending seq */
    /* Totals. */
    uint64_t seen;      /* packets that were missing for a while */
    uint64_t recovered; /* of those, came by themselves or as a repair */
    uint64_t asked;     /* numbers in NACKs, repetitions too */
    uint64_t given_up;
};

void zv_video_missing_init(struct zv_video_missing *missing, bool can_nack);
/* -1: unknown. */
void zv_video_missing_set_rtt(struct zv_video_missing *missing, int64_t rtt_us);
/* A packet of the media stream that zv_rtp_in accepted, repairs (unwrapped) too. */
void zv_video_missing_on_packet(struct zv_video_missing *missing, uint32_t ssrc, uint16_t seq,
                                int64_t now_us);
/* A key frame begins here: what is missing before it is of no use any more, and no loss. */
void zv_video_missing_forget_before(struct zv_video_missing *missing, uint16_t seq);

int64_t zv_video_missing_deadline_us(const struct zv_video_missing *missing);
/*
 * What is due now as items of a NACK about `missing->ssrc`: how many were written to `items`; 0:
 * none. Asked for by this call; poll until 0. (No on_timeout: time is an argument.)
 */
size_t zv_video_missing_poll(struct zv_video_missing *missing, int64_t now_us,
                             struct zv_rtcp_nack items[ZV_VIDEO_NACK_ITEMS]);
/* Something was given up since this was asked: true, once, with the highest number of it. */
bool zv_video_missing_take_lost(struct zv_video_missing *missing, uint16_t *ret_seq);

#endif
