/*
 * How much one far end of a call is asked to send: the least of what configuration and descriptions
 * allow (b=) and what the other far end asks for (TMMBR of RFC 5104 section 4.2, REMB). Told again
 * when it changes, and now and then, since RTCP gets lost; in which packet is the owner's to say.
 *
 * Open struct, to be embedded; written by the functions here only.
 */
#ifndef ZV_RTC_VIDEO_LIMIT_H
#define ZV_RTC_VIDEO_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define ZV_VIDEO_LIMIT_REPEAT_US INT64_C(1000000)
#define ZV_VIDEO_LIMIT_MIN_US    INT64_C(200000) /* between two, when it changes all the time */
/* Nobody makes the other far end send less than that: it would be no picture. */
#define ZV_VIDEO_LIMIT_FLOOR UINT64_C(30000)

struct zv_video_limit {
    uint64_t own_bits_per_s;   /* 0: none */
    uint64_t asked_bits_per_s; /* 0: none */
    uint64_t told_bits_per_s;  /* 0: nothing yet */
    int64_t told_us;
    int64_t next_us; /* ZV_TIME_NEVER: there is no limit to tell */
};

void zv_video_limit_init(struct zv_video_limit *limit);
/* Of configuration and descriptions; 0: none. */
void zv_video_limit_set_own(struct zv_video_limit *limit, uint64_t bits_per_s, int64_t now_us);
/* The other far end asked for it; stays in force until it asks for something else. */
void zv_video_limit_on_asked(struct zv_video_limit *limit, uint64_t bits_per_s, int64_t now_us);

int64_t zv_video_limit_deadline_us(const struct zv_video_limit *limit);
/* The limit is to be told now: true. It counts as told. */
bool zv_video_limit_poll(struct zv_video_limit *limit, int64_t now_us, uint64_t *ret_bits_per_s);

#endif
