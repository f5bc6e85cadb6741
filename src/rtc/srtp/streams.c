/*
 * Streams by SSRC: packet index and replay window of each (RFC 3711 sections 3.2.1, 3.3.1, 3.3.2).
 */
#include "rtc/srtp/srtp_int.h"

#include <string.h>

#define HALF_OF_SEQUENCES 32768

uint64_t zv_srtp_window_guess(const struct zv_srtp_window *window, uint16_t sequence)
{
    if (!window->is_used)
        return sequence;
    uint64_t period = window->highest >> 16;
    uint16_t last = (uint16_t)window->highest;
    if (last < HALF_OF_SEQUENCES) {
        /* Before the first period there is none: the sender skipped ahead. */
        if (sequence - last > HALF_OF_SEQUENCES && period > 0)
            period--;
    } else if (last - HALF_OF_SEQUENCES > sequence) {
        period++;
    }
    return period << 16 | sequence;
}

enum zv_srtp_verdict zv_srtp_window_check(const struct zv_srtp_window *window, uint64_t index)
{
    if (!window->is_used || index > window->highest)
        return ZV_SRTP_PASS;
    uint64_t age = window->highest - index;
    if (age >= ZV_SRTP_WINDOW_BITS)
        return ZV_SRTP_DROP_TOO_OLD;
    return window->bits[age / 64] >> (age % 64) & 1 ? ZV_SRTP_DROP_REPLAYED : ZV_SRTP_PASS;
}

static void advance(struct zv_srtp_window *window, uint64_t by)
{
    if (by >= ZV_SRTP_WINDOW_BITS) {
        window->bits[0] = window->bits[1] = 0;
    } else if (by >= 64) {
        window->bits[1] = window->bits[0] << (by - 64);
        window->bits[0] = 0;
    } else if (by > 0) {
        window->bits[1] = window->bits[1] << by | window->bits[0] >> (64 - by);
        window->bits[0] <<= by;
    }
}

void zv_srtp_window_add(struct zv_srtp_window *window, uint64_t index)
{
    if (!window->is_used || index > window->highest) {
        advance(window, window->is_used ? index - window->highest : 0);
        window->highest = index;
        window->is_used = true;
    }
    uint64_t age = window->highest - index;
    window->bits[age / 64] |= UINT64_C(1) << (age % 64);
}

struct zv_srtp_stream *zv_srtp_find_stream(struct zv_srtp *srtp, uint32_t ssrc,
                                           struct zv_srtp_stream *fresh)
{
    for (size_t i = 0; i < srtp->stream_count; i++) {
        if (srtp->streams[i].ssrc == ssrc)
            return &srtp->streams[i];
    }
    if (srtp->stream_count == ZV_SRTP_MAX_STREAMS)
        return NULL;
    memset(fresh, 0, sizeof(*fresh));
    fresh->ssrc = ssrc;
    return fresh;
}

void zv_srtp_keep_stream(struct zv_srtp *srtp, const struct zv_srtp_stream *stream)
{
    if (stream >= srtp->streams && stream < srtp->streams + srtp->stream_count)
        return;
    srtp->streams[srtp->stream_count++] = *stream;
}
