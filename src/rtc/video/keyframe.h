/*
 * Requests for a key frame towards one side of a call: at most one in 500 ms, whatever asks for
 * them (the other side's PLIs, a join, a hold that ends, a reference that was lost). What is asked
 * for meanwhile is sent at the end of that time, unless a key frame came. A request that nobody
 * answers is repeated after a second, a few times.
 *
 * How is the side's to announce: PLI (RFC 4585 section 6.3.1), FIR with its command sequence (RFC
 * 5104 section 4.3.1), or SIP INFO (RFC 5168), which signalling sends.
 *
 * Open struct, to be embedded; written by the functions here only.
 */
#ifndef ZV_RTC_VIDEO_KEYFRAME_H
#define ZV_RTC_VIDEO_KEYFRAME_H

#include <stdbool.h>
#include <stdint.h>

#define ZV_VIDEO_KEYFRAME_MIN_US    INT64_C(500000)
#define ZV_VIDEO_KEYFRAME_REPEAT_US INT64_C(1000000)
#define ZV_VIDEO_KEYFRAME_REPEATS   5 /* then only a new wish asks again */

enum zv_video_keyframe_kind {
    ZV_VIDEO_ASK_NONE, /* no way to ask: wishes are counted and forgotten */
    ZV_VIDEO_ASK_PLI,
    ZV_VIDEO_ASK_FIR,
    ZV_VIDEO_ASK_INFO,
};

struct zv_video_keyframe {
    enum zv_video_keyframe_kind kind;
    bool is_wanted;    /* a request is to be sent when it may be */
    bool is_waiting;   /* one was sent, and no key frame came since */
    uint8_t repeats;   /* of that one */
    uint8_t fir_seq;   /* of the next FIR */
    int64_t sent_us;   /* the last one; ZV_TIME_NEVER: none */
    int64_t wanted_us; /* since when one is wanted or waited for; ZV_TIME_NEVER: none is */
    /* Totals. */
    uint64_t wishes;     /* what was asked of us */
    uint64_t sent;       /* what we asked of the side */
    uint64_t answered;   /* key frames that came while one was waited for */
    uint64_t unanswered; /* given up after all repetitions */
};

struct zv_video_keyframe_request {
    enum zv_video_keyframe_kind kind; /* PLI, FIR or INFO */
    uint8_t fir_seq;                  /* FIR: the command sequence number */
};

void zv_video_keyframe_init(struct zv_video_keyframe *keyframe, enum zv_video_keyframe_kind kind);
/* The side announced something else. */
void zv_video_keyframe_set_kind(struct zv_video_keyframe *keyframe,
                                enum zv_video_keyframe_kind kind);
/* Somebody wants a key frame of this side. */
void zv_video_keyframe_ask(struct zv_video_keyframe *keyframe, int64_t now_us);
/* One began to come from it. */
void zv_video_keyframe_on_keyframe(struct zv_video_keyframe *keyframe);
/* Nothing is wanted any more (hold, no video): forget what is open. */
void zv_video_keyframe_cancel(struct zv_video_keyframe *keyframe);

int64_t zv_video_keyframe_deadline_us(const struct zv_video_keyframe *keyframe);
/* A request to send now: true. It counts as sent. */
bool zv_video_keyframe_poll(struct zv_video_keyframe *keyframe, int64_t now_us,
                            struct zv_video_keyframe_request *ret_request);

#endif
