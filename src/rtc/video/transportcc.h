/*
 * Transport-wide congestion control, the receiver's half (draft-holmer-rmcat-transport-wide-cc-
 * extensions-01): each packet of a transport has a number in a header extension; every 100 ms while
 * packets come, the sender is told which of them arrived when. The sender (a browser) estimates
 * from that how much the path carries.
 *
 * One per transport: audio and video that share one count together. Open struct, to be embedded.
 */
#ifndef ZV_RTC_VIDEO_TRANSPORTCC_H
#define ZV_RTC_VIDEO_TRANSPORTCC_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_VIDEO_CC_WINDOW      512 /* numbers known at once; a power of two */
#define ZV_VIDEO_CC_INTERVAL_US INT64_C(100000)
/* Packets that are reported on earlier than that, when many come. */
#define ZV_VIDEO_CC_MANY 64
/* The most that one feedback packet takes. */
#define ZV_VIDEO_CC_MAX_BYTES 600

struct zv_video_cc {
    bool has_base;
    uint16_t next;       /* the first number that is to be reported on */
    uint16_t highest;    /* seen */
    uint32_t unreported; /* packets seen since the last report */
    int64_t report_us;   /* ZV_TIME_NEVER: nothing to report */
    uint8_t feedback_count;
    bool seen[ZV_VIDEO_CC_WINDOW];
    int64_t arrival_us[ZV_VIDEO_CC_WINDOW]; /* by number modulo the window */
    /* Totals. */
    uint64_t packets;
    uint64_t reports;
    uint64_t jumps; /* numbers so far away that the window began anew */
};

void zv_video_cc_init(struct zv_video_cc *cc);
/*
 * A packet came with this number (the extension's value: 16 bits, zv_rtp_find_ext), duplicates and
 * repairs too; `now_us`: when it came.
 */
void zv_video_cc_on_packet(struct zv_video_cc *cc, uint16_t number, int64_t now_us);
int64_t zv_video_cc_deadline_us(const struct zv_video_cc *cc);
/*
 * Appends one RTCP packet of feedback (RTPFB, format 15) if one is due: true. Call until false: a
 * wide gap takes more than one. `media_ssrc`: any stream of the transport that was received.
 * Nothing is written, and nothing is used up, where less than ZV_VIDEO_CC_MAX_BYTES are free.
 */
bool zv_video_cc_write(struct zv_video_cc *cc, uint32_t sender_ssrc, uint32_t media_ssrc,
                       int64_t now_us, struct zv_buf *buf);

#endif
