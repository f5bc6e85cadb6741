/*
 * Keys in a stream of telephone-events (RFC 4733 §2.5.2): one press each, however many packets tell
 * of it, in whatever order they come and whichever of them are lost. Packets of one press share
 * their timestamp; that, and not the marker, which some leave out, tells one from the next.
 *
 * A press is told when it ends: by a packet that says so, by the next one, or, where all that came
 * behind was lost, by silence. One that is longer than the field for its duration goes on in
 * another segment with a later timestamp (§2.5.1.3); some senders move the timestamp with every
 * packet, which is the same press as long as its duration grows.
 *
 * Open struct: a plain value, to be embedded; zeroed it has heard nothing.
 */
#ifndef ZV_RTC_DTMF_LISTENER_H
#define ZV_RTC_DTMF_LISTENER_H

#include "base/time.h"
#include "rtc/rtp/rtp.h"

#include <stdbool.h>
#include <stdint.h>

/* A key of which nothing more comes has been let go. */
#define ZV_DTMF_SILENCE_US ZV_MS(500)
/* Presses that wait to be fetched; more are lost, and counted. */
#define ZV_DTMF_MAX_PRESSES 16

struct zv_dtmf_press {
    char digit;
    uint32_t duration_ms;
};

struct zv_dtmf_listener {
    bool is_on;     /* a press that was not told yet */
    bool has_heard; /* the next ones are of a press, told or not */
    uint8_t code;
    uint32_t ssrc;
    uint32_t ts;
    uint32_t clock_hz;
    uint16_t duration_ts; /* of this segment */
    uint32_t before_ts;   /* of those before it */
    int64_t heard_us;
    struct zv_dtmf_press presses[ZV_DTMF_MAX_PRESSES]; /* a ring */
    uint8_t first;
    uint8_t count;
    uint32_t lost;
};

/* A packet whose payload type is telephone-event at that clock. */
void zv_dtmf_listener_on_packet(struct zv_dtmf_listener *listener,
                                const struct zv_rtp_header *header, const uint8_t *payload,
                                uint32_t clock_hz, int64_t now_us);
void zv_dtmf_listener_on_timeout(struct zv_dtmf_listener *listener, int64_t now_us);
/* ZV_TIME_NEVER: no key is down. */
int64_t zv_dtmf_listener_deadline_us(const struct zv_dtmf_listener *listener);
bool zv_dtmf_listener_poll(struct zv_dtmf_listener *listener, struct zv_dtmf_press *ret_press);

#endif
