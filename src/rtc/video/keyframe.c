#include "rtc/video/keyframe.h"

#include "base/attr.h"
#include "base/time.h"

void zv_video_keyframe_init(struct zv_video_keyframe *keyframe, enum zv_video_keyframe_kind kind)
{
    *keyframe = (struct zv_video_keyframe){
        .kind = kind, .sent_us = ZV_TIME_NEVER, .wanted_us = ZV_TIME_NEVER};
}

void zv_video_keyframe_set_kind(struct zv_video_keyframe *keyframe,
                                enum zv_video_keyframe_kind kind)
{
    keyframe->kind = kind;
    if (kind == ZV_VIDEO_ASK_NONE)
        zv_video_keyframe_cancel(keyframe);
}

void zv_video_keyframe_ask(struct zv_video_keyframe *keyframe, int64_t now_us)
{
    keyframe->wishes++;
    if (keyframe->kind == ZV_VIDEO_ASK_NONE)
        return;
    if (!keyframe->is_wanted && !keyframe->is_waiting)
        keyframe->wanted_us = now_us;
    keyframe->is_wanted = true;
}

void zv_video_keyframe_on_keyframe(struct zv_video_keyframe *keyframe)
{
    keyframe->answered += keyframe->is_waiting;
    zv_video_keyframe_cancel(keyframe);
}

void zv_video_keyframe_cancel(struct zv_video_keyframe *keyframe)
{
    keyframe->is_wanted = keyframe->is_waiting = false;
    keyframe->wanted_us = ZV_TIME_NEVER;
}

int64_t zv_video_keyframe_deadline_us(const struct zv_video_keyframe *keyframe)
{
    if (keyframe->is_wanted && keyframe->sent_us == ZV_TIME_NEVER)
        return keyframe->wanted_us;
    if (keyframe->is_wanted)
        return ZV_MAX(keyframe->wanted_us, keyframe->sent_us + ZV_VIDEO_KEYFRAME_MIN_US);
    if (keyframe->is_waiting)
        return keyframe->sent_us + ZV_VIDEO_KEYFRAME_REPEAT_US;
    return ZV_TIME_NEVER;
}

bool zv_video_keyframe_poll(struct zv_video_keyframe *keyframe, int64_t now_us,
                            struct zv_video_keyframe_request *ret_request)
{
    if (now_us < zv_video_keyframe_deadline_us(keyframe))
        return false;
    if (!keyframe->is_wanted && keyframe->repeats == ZV_VIDEO_KEYFRAME_REPEATS) {
        keyframe->unanswered++;
        zv_video_keyframe_cancel(keyframe);
        return false;
    }
    keyframe->repeats = keyframe->is_wanted ? 0 : (uint8_t)(keyframe->repeats + 1);
    keyframe->is_wanted = false;
    keyframe->is_waiting = true;
    keyframe->sent_us = now_us;
    keyframe->sent++;
    *ret_request = (struct zv_video_keyframe_request){.kind = keyframe->kind};
    /* A new command each time: a far end that did the last one did it in vain. */
    if (keyframe->kind == ZV_VIDEO_ASK_FIR)
        ret_request->fir_seq = keyframe->fir_seq++;
    return true;
}
