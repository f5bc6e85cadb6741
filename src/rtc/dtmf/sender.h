/*
 * Digits as telephone-events (RFC 4733 §2.5.1), one after the other: when the next packet is due
 * and what it says. Whose stream it goes into, and with which numbers, is the leg's business.
 *
 * A key sounds for 120 ms, told every 20 ms; its end is told three times at the same pace
 * (§2.5.1.4). 80 ms after the tone the next one may begin, which is more than what PBXs and the
 * telephone network take for one press. In between the stream's own packets pass, during a key they
 * do not (§2.5.1.2): who listens would hear two at once.
 *
 * Open struct: a plain value, to be embedded; zeroed it is silent.
 */
#ifndef ZV_RTC_DTMF_SENDER_H
#define ZV_RTC_DTMF_SENDER_H

#include "base/attr.h"
#include "base/str.h"
#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that may wait: at 200 ms each some 25 s. */
#define ZV_DTMF_MAX_WAITING 128

struct zv_dtmf_sender {
    uint8_t codes[ZV_DTMF_MAX_WAITING]; /* a ring */
    uint8_t first;
    uint8_t count; /* the one that sounds included */
    uint8_t step;  /* packets of it that were made */
    int64_t next_us;
    int64_t free_us; /* the next key may begin */
};

/* One packet. */
struct zv_dtmf_packet {
    uint8_t code;
    bool begins; /* a new key: marker, and a timestamp of its own */
    bool is_end;
    uint32_t duration_ms; /* so far */
};

/* All of them or none: ZV_E_LIMIT, ZV_E_INVAL (no key). */
int zv_dtmf_sender_add(struct zv_dtmf_sender *sender, struct zv_str digits,
                       int64_t now_us) ZV_MUST_CHECK;
/* A key sounds: nothing else goes. */
bool zv_dtmf_sender_sounds(const struct zv_dtmf_sender *sender);
/* ZV_TIME_NEVER: silent. */
int64_t zv_dtmf_sender_deadline_us(const struct zv_dtmf_sender *sender);
/* The next packet that is due; false: none is. */
bool zv_dtmf_sender_poll(struct zv_dtmf_sender *sender, int64_t now_us,
                         struct zv_dtmf_packet *ret_packet);

#endif
