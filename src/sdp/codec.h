/*
 * The codecs that a call can carry, and what both legs of a call agreed on: the plan that the
 * media side relays by. Plain values; they cross threads.
 */
#ifndef ZV_SDP_CODEC_H
#define ZV_SDP_CODEC_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zv_codec_kind {
    ZV_CODEC_NONE = 0,
    ZV_CODEC_OPUS,            /* RFC 7587, 48000/2 */
    ZV_CODEC_PCMU,            /* RFC 3551, static 0 */
    ZV_CODEC_PCMA,            /* RFC 3551, static 8 */
    ZV_CODEC_G722,            /* RFC 3551, static 9; the RTP clock says 8000 */
    ZV_CODEC_TELEPHONE_EVENT, /* RFC 4733, at the clock rate of the audio codecs beside it */
    ZV_CODEC_CN,              /* RFC 3389, static 13 at 8000 */
    ZV_CODEC_KIND_COUNT,
};

/* "opus", "PCMU", … the encoding name of a=rtpmap; "none". Static storage. */
const char *zv_codec_name(enum zv_codec_kind kind);
/* The kind of an encoding name, in any case, at this clock; ZV_CODEC_NONE: not one that we relay.
 */
enum zv_codec_kind zv_codec_find(struct zv_str name, uint32_t clock_hz);
/* Voice, as opposed to telephone-event and comfort noise. */
bool zv_codec_is_voice(enum zv_codec_kind kind);

/* No payload type: the codec is not agreed on in this direction. */
#define ZV_PT_NONE (-1)

/*
 * One codec on both legs. Payload types differ per leg, and on the SIP leg per direction as well:
 * each side sends the numbers that the other one's description gave (RFC 3264 §5.1, §6.1).
 */
struct zv_codec_pair {
    uint8_t kind;      /* enum zv_codec_kind */
    uint8_t channels;  /* as written in a=rtpmap: 2 for opus, else 1 */
    int16_t web_pt;    /* 0-127, both directions */
    int16_t sip_tx_pt; /* towards SIP; ZV_PT_NONE: drop what the client sends in it */
    int16_t sip_rx_pt; /* from SIP; ZV_PT_NONE: drop what the SIP side sends in it */
    uint32_t clock_hz; /* RTP clock, equal on both legs */
};

#define ZV_MAX_PLAN_PAIRS 12

struct zv_media_plan {
    struct zv_codec_pair pairs[ZV_MAX_PLAN_PAIRS]; /* order of preference; no payload type twice */
    uint8_t pair_count;
    int8_t committed; /* index of the voice codec that the client sends; -1: none yet */
};

/* The committed pair, or NULL. */
const struct zv_codec_pair *zv_media_plan_committed(const struct zv_media_plan *plan);

#endif
