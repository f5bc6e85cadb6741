/*
 * What was sent lately on one stream, to answer NACKs from (RFC 4585 section 6.2.1).
 *
 * Memory is one block of bytes used round and round, with a table of the newest sequence numbers
 * beside it: video packets are of any size, and slots of the largest one each would hold a third as
 * long for the same memory. 256 KiB are a second at 2 Mbit/s, longer than a repair is of use.
 *
 * A flood of NACKs does nothing: a packet is repeated once within a round trip at most, and repairs
 * have a budget of a quarter of what is sent.
 *
 * What is kept is the owner's to say: the plain packet where repairs leave as RTX (rtx.h), the
 * protected bytes where they leave as they were, since SRTP refuses to protect one number twice.
 */
#ifndef ZV_RTC_VIDEO_HISTORY_H
#define ZV_RTC_VIDEO_HISTORY_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

#define ZV_VIDEO_HISTORY_PACKETS     512 /* a power of two */
#define ZV_VIDEO_HISTORY_BYTES       (256 * 1024)
#define ZV_VIDEO_HISTORY_MAX_PACKETS 4096
#define ZV_VIDEO_HISTORY_MAX_BYTES   (4 * 1024 * 1024)
#define ZV_VIDEO_REPAIR_MIN_US       INT64_C(20000)  /* between two repairs of one packet */
#define ZV_VIDEO_REPAIR_MAX_US       INT64_C(500000) /* whatever the round-trip time */
#define ZV_VIDEO_REPAIR_SHARE        4               /* repairs: at most 1/4 of what is sent, */
#define ZV_VIDEO_REPAIR_BURST_BYTES  65536           /* and this much at once */

struct zv_video_history;

struct zv_video_history_cfg {
    size_t packets; /* a power of two; 0: ZV_VIDEO_HISTORY_PACKETS */
    size_t bytes;   /* at least ZV_MAX_MEDIA_DGRAM_BYTES; 0: ZV_VIDEO_HISTORY_BYTES */
};

enum zv_video_repair {
    ZV_VIDEO_REPAIR_FOUND,
    ZV_VIDEO_REPAIR_GONE,    /* never sent, or so long ago that it was overwritten */
    ZV_VIDEO_REPAIR_SOON,    /* repeated within this round trip */
    ZV_VIDEO_REPAIR_LIMITED, /* the budget is used up */
    ZV_VIDEO_REPAIR_COUNT,
};

/* ZV_E_INVAL, ZV_E_NOMEM. The only allocation. */
int zv_video_history_new(struct zv_video_history **ret_history,
                         const struct zv_video_history_cfg *cfg) ZV_MUST_CHECK;
/* NULL is allowed; returns NULL. */
struct zv_video_history *zv_video_history_free(struct zv_video_history *history);
/* Forgets all packets (another SSRC, other keys); counters and budget stay. */
void zv_video_history_clear(struct zv_video_history *history);

/* A packet left with this sequence number. One larger than a media datagram is not kept. */
void zv_video_history_put(struct zv_video_history *history, uint16_t seq, const uint8_t *packet,
                          size_t len);
/*
 * The packet to repeat, with FOUND alone: the bytes live until the next put. `rtt_us`: the leg's
 * round-trip time, -1: unknown. FOUND takes it from the budget and is counted as a repair.
 */
enum zv_video_repair zv_video_history_get(struct zv_video_history *history, uint16_t seq,
                                          int64_t rtt_us, int64_t now_us,
                                          const uint8_t **ret_packet, size_t *ret_len);
/* How often zv_video_history_get said so. */
uint64_t zv_video_history_count(const struct zv_video_history *history,
                                enum zv_video_repair repair);

#endif
