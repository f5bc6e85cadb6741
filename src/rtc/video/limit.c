#include "rtc/video/limit.h"

#include "base/attr.h"
#include "base/time.h"

void zv_video_limit_init(struct zv_video_limit *limit)
{
    *limit = (struct zv_video_limit){.next_us = ZV_TIME_NEVER};
}

/* 0: there is none. */
static uint64_t least(const struct zv_video_limit *limit)
{
    uint64_t own = limit->own_bits_per_s, asked = limit->asked_bits_per_s;
    if (!asked)
        return own;
    asked = ZV_MAX(asked, ZV_VIDEO_LIMIT_FLOOR);
    return own ? ZV_MIN(own, asked) : asked;
}

static void schedule(struct zv_video_limit *limit, int64_t now_us)
{
    uint64_t bits_per_s = least(limit);
    if (!bits_per_s)
        limit->next_us = ZV_TIME_NEVER;
    else if (!limit->told_bits_per_s)
        limit->next_us = now_us;
    else if (bits_per_s != limit->told_bits_per_s)
        limit->next_us = ZV_MAX(now_us, limit->told_us + ZV_VIDEO_LIMIT_MIN_US);
    else
        limit->next_us = limit->told_us + ZV_VIDEO_LIMIT_REPEAT_US;
}

void zv_video_limit_set_own(struct zv_video_limit *limit, uint64_t bits_per_s, int64_t now_us)
{
    limit->own_bits_per_s = bits_per_s;
    schedule(limit, now_us);
}

void zv_video_limit_on_asked(struct zv_video_limit *limit, uint64_t bits_per_s, int64_t now_us)
{
    limit->asked_bits_per_s = bits_per_s;
    schedule(limit, now_us);
}

int64_t zv_video_limit_deadline_us(const struct zv_video_limit *limit)
{
    return limit->next_us;
}

bool zv_video_limit_poll(struct zv_video_limit *limit, int64_t now_us, uint64_t *ret_bits_per_s)
{
    if (now_us < limit->next_us)
        return false;
    limit->told_bits_per_s = least(limit);
    limit->told_us = now_us;
    limit->next_us = now_us + ZV_VIDEO_LIMIT_REPEAT_US;
    *ret_bits_per_s = limit->told_bits_per_s;
    return true;
}
