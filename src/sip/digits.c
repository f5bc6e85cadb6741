/*
 * The digits of a leg that wait to be sent by INFO. One is under way at a time, so that they arrive
 * in their order; it leaves the queue with its 2xx, so that none is lost and none told twice.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/leg.h"

#include <string.h>

/* A refusal of the moment is met so often, with that pause, before it counts. */
#define MAX_TRIES 6
#define RETRY_US  ZV_MS(500)

static bool is_refused(const struct zv_sip_leg *leg, enum zv_sip_info_type type)
{
    return leg->info.refused & (1u << type);
}

/* ZV_SIP_INFO_COUNT: none that the far end takes. */
static enum zv_sip_info_type type_for(const struct zv_sip_leg *leg, uint8_t mode)
{
    bool may_relay = mode != ZV_SIP_DIGIT_DTMF && !is_refused(leg, ZV_SIP_INFO_DTMF_RELAY);
    bool may_dtmf = mode != ZV_SIP_DIGIT_RELAY && !is_refused(leg, ZV_SIP_INFO_DTMF);
    if (may_relay)
        return ZV_SIP_INFO_DTMF_RELAY;
    return may_dtmf ? ZV_SIP_INFO_DTMF : ZV_SIP_INFO_COUNT;
}

void zv_sip_leg_drop_digits(struct zv_sip_leg *leg)
{
    zv_wipe(&leg->digits.digit, sizeof(leg->digits.digit));
    leg->digits.count = leg->digits.tries = 0;
    leg->digits.is_paused = false;
    zv_sip_timer_stop(leg->sip, &leg->digits.timer);
}

/* `status` 0: there was no answer. */
static void give_up(struct zv_sip_leg *leg, uint16_t status)
{
    zv_sip_leg_drop_digits(leg);
    struct zv_sip_out_node *node = zv_sip_out_node_new(ZV_SIP_OUT_DIGITS_REFUSED, 0);
    if (!node) {
        leg->sip->counts.no_memory++; /* the call does not hang on this */
        return;
    }
    node->out.leg = leg->id;
    node->out.account = leg->account ? leg->account->id : 0;
    node->out.status = status;
    zv_sip_out_push(leg->sip, node);
}

static void try_again(struct zv_sip_leg *leg, uint16_t status, int64_t now_us)
{
    if (++leg->digits.tries == MAX_TRIES) {
        give_up(leg, status);
        return;
    }
    leg->digits.is_paused = true;
    zv_sip_timer_arm(leg->sip, &leg->digits.timer, now_us + RETRY_US);
}

static void send_next(struct zv_sip_leg *leg, uint16_t status, int64_t now_us)
{
    char memory[64];
    struct zv_buf body = zv_buf(memory, sizeof(memory));
    struct zv_sip_leg_digits *digits = &leg->digits;
    if (!digits->count || leg->info.req || leg->state != ZV_SIP_LEG_CONFIRMED)
        return;
    enum zv_sip_info_type type = type_for(leg, digits->mode[0]);
    if (type == ZV_SIP_INFO_COUNT) {
        give_up(leg, status);
        return;
    }
    zv_sip_dtmf_write(type, digits->digit[0], &body);
    if (zv_sip_leg_send_info(leg, type, zv_buf_str(&body), now_us))
        try_again(leg, 0, now_us);
    zv_wipe(memory, sizeof(memory));
}

static void take_first(struct zv_sip_leg_digits *digits)
{
    digits->count--;
    digits->tries = 0;
    memmove(digits->digit, digits->digit + 1, digits->count);
    memmove(digits->mode, digits->mode + 1, digits->count);
}

void zv_sip_leg_on_info_over(struct zv_sip_leg *leg, enum zv_sip_info_type type,
                             enum zv_sip_info_fate fate, uint16_t status, int64_t now_us)
{
    bool is_digit = leg->digits.count && type != ZV_SIP_INFO_MEDIA_CONTROL;
    if (is_digit && fate == ZV_SIP_INFO_TAKEN)
        take_first(&leg->digits);
    if (is_digit && fate == ZV_SIP_INFO_NOT_NOW)
        try_again(leg, status, now_us);
    else if (!leg->digits.is_paused)
        send_next(leg, status, now_us);
}

void zv_sip_leg_on_digits_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_leg *leg = ZV_CONTAINER_OF(timer, struct zv_sip_leg, digits.timer);
    (void)sip;
    leg->digits.is_paused = false;
    send_next(leg, 0, now_us);
}

int zv_sip_send_digits(struct zv_sip *sip, uint64_t id, enum zv_sip_digit_mode mode,
                       struct zv_str digits, int64_t now_us)
{
    struct zv_sip_leg *leg = zv_sip_leg_find(sip, id);
    if (!leg)
        return ZV_E_GONE;
    if (leg->state != ZV_SIP_LEG_CONFIRMED)
        return ZV_E_STATE;
    if (type_for(leg, (uint8_t)mode) == ZV_SIP_INFO_COUNT)
        return ZV_E_UNSUPPORTED;
    struct zv_sip_leg_digits *waiting = &leg->digits;
    if (digits.len > (size_t)(ZV_SIP_MAX_DIGITS - waiting->count))
        return ZV_E_LIMIT;
    for (size_t i = 0; i < digits.len; i++) {
        waiting->digit[waiting->count] = digits.p[i];
        waiting->mode[waiting->count++] = (uint8_t)mode;
    }
    if (!waiting->is_paused)
        send_next(leg, 0, now_us);
    zv_sip_sweep(sip);
    return 0;
}
