#include "rtc/dtmf/sender.h"

#include "base/err.h"
#include "rtc/dtmf/digit.h"

#define STEP_MS    20
#define TONE_STEPS 6 /* 120 ms */
#define ENDS       3 /* §2.5.1.4 */
#define LAST_STEP  (TONE_STEPS + ENDS - 1)
/* Between the last word of one key and the first of the next, at least. */
#define PAUSE_US ZV_MS(40)

int zv_dtmf_sender_add(struct zv_dtmf_sender *sender, struct zv_str digits, int64_t now_us)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (zv_dtmf_code_of(digits.p[i]) < 0)
            return ZV_E_INVAL;
    }
    if (digits.len > (size_t)(ZV_DTMF_MAX_WAITING - sender->count))
        return ZV_E_LIMIT;
    if (!sender->count)
        sender->next_us = ZV_MAX(now_us, sender->free_us);
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t at = (uint8_t)((sender->first + sender->count++) % ZV_DTMF_MAX_WAITING);
        sender->codes[at] = (uint8_t)zv_dtmf_code_of(digits.p[i]);
    }
    return 0;
}

bool zv_dtmf_sender_sounds(const struct zv_dtmf_sender *sender)
{
    return sender->step > 0;
}

int64_t zv_dtmf_sender_deadline_us(const struct zv_dtmf_sender *sender)
{
    return sender->count ? sender->next_us : ZV_TIME_NEVER;
}

static void end_key(struct zv_dtmf_sender *sender, int64_t now_us)
{
    sender->first = (uint8_t)((sender->first + 1) % ZV_DTMF_MAX_WAITING);
    sender->count--;
    sender->step = 0;
    sender->next_us = sender->free_us = now_us + PAUSE_US;
}

bool zv_dtmf_sender_poll(struct zv_dtmf_sender *sender, int64_t now_us,
                         struct zv_dtmf_packet *ret_packet)
{
    if (now_us < zv_dtmf_sender_deadline_us(sender))
        return false;
    *ret_packet = (struct zv_dtmf_packet){
        .code = sender->codes[sender->first],
        .begins = sender->step == 0,
        .is_end = sender->step >= TONE_STEPS,
        .duration_ms = STEP_MS * (uint32_t)ZV_MIN(sender->step + 1, TONE_STEPS),
    };
    if (sender->step == 0)
        sender->next_us = now_us;
    sender->next_us += ZV_MS(STEP_MS);
    if (sender->step++ == LAST_STEP)
        end_key(sender, now_us);
    return true;
}
