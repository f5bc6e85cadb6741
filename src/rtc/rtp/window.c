/*
 * The last ZV_RTP_WINDOW sequence numbers as bits, and time spans in ticks of an RTP clock.
 */
#include "base/time.h"
#include "rtc/rtp/rtp_int.h"

_Static_assert(ZV_RTP_WINDOW == 128, "two words of bits");

void zv_rtp_window_advance(struct zv_rtp_window *window, unsigned steps)
{
    if (steps >= 128) {
        window->bits[0] = window->bits[1] = 0;
    } else if (steps >= 64) {
        window->bits[1] = window->bits[0] << (steps - 64);
        window->bits[0] = 0;
    } else if (steps) {
        window->bits[1] = (window->bits[1] << steps) | (window->bits[0] >> (64 - steps));
        window->bits[0] <<= steps;
    }
    window->bits[0] |= 1;
}

bool zv_rtp_window_mark(struct zv_rtp_window *window, unsigned age)
{
    uint64_t *word = &window->bits[age / 64], bit = UINT64_C(1) << (age % 64);
    if (*word & bit)
        return false;
    *word |= bit;
    return true;
}

uint32_t zv_rtp_ticks(int64_t span_us, uint32_t clock_hz)
{
    int64_t seconds = span_us / ZV_US_PER_S, rest_us = span_us % ZV_US_PER_S;
    return (uint32_t)(seconds * clock_hz + rest_us * clock_hz / ZV_US_PER_S);
}
