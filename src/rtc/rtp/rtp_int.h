/*
 * What the two streams share: the window of sequence numbers seen, and the RTP clock.
 */
#ifndef ZV_RTC_RTP_RTP_INT_H
#define ZV_RTC_RTP_RTP_INT_H

#include "rtc/rtp/stream.h"

/* The highest number becomes `steps` higher, and is marked as seen. */
void zv_rtp_window_advance(struct zv_rtp_window *window, unsigned steps);
/* Marks the number `age` (0..ZV_RTP_WINDOW - 1) below the highest; false: it was marked before. */
bool zv_rtp_window_mark(struct zv_rtp_window *window, unsigned age);
/* Ticks of an RTP clock in a time span. */
uint32_t zv_rtp_ticks(int64_t span_us, uint32_t clock_hz);

#endif
