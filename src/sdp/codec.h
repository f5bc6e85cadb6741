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
    ZV_CODEC_H264,            /* RFC 6184, 90000 */
    ZV_CODEC_VP8,             /* RFC 7741, 90000 */
    ZV_CODEC_RTX,             /* RFC 4588, 90000; what is sent again, never a pair of its own */
    ZV_CODEC_KIND_COUNT,
};

/* "opus", "PCMU", … the encoding name of a=rtpmap; "none". Static storage. */
const char *zv_codec_name(enum zv_codec_kind kind);
/* The kind of an encoding name, in any case, at this clock; ZV_CODEC_NONE: not one that we relay.
 */
enum zv_codec_kind zv_codec_find(struct zv_str name, uint32_t clock_hz);
/* Voice, as opposed to telephone-event and comfort noise. */
bool zv_codec_is_voice(enum zv_codec_kind kind);
/* A picture that we relay: H.264, VP8. */
bool zv_codec_is_video(enum zv_codec_kind kind);

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

/* ---- video ---- */

/* Chromium offers six kinds of H.264 and VP8. */
#define ZV_MAX_VIDEO_PAIRS 8

/* Bits: the feedback that a=rtcp-fb lines allow (RFC 4585, RFC 5104). */
enum zv_video_feedback {
    ZV_VIDEO_NACK = 1 << 0,
    ZV_VIDEO_PLI = 1 << 1,
    ZV_VIDEO_FIR = 1 << 2,
    ZV_VIDEO_TMMBR = 1 << 3,
    ZV_VIDEO_REMB = 1 << 4,
    ZV_VIDEO_TRANSPORT_CC = 1 << 5,
};

/* Why a call has no video. */
enum zv_video_reason {
    ZV_VIDEO_REASON_NONE,             /* it has, or nobody asked for it */
    ZV_VIDEO_REASON_OFF,              /* we have no port or no source number for it */
    ZV_VIDEO_REASON_REFUSED,          /* by the side that was offered it, or one took it back */
    ZV_VIDEO_REASON_NO_COMMON_CODEC,  /* nothing that both sides know */
    ZV_VIDEO_REASON_PROFILE_MISMATCH, /* H.264 both, but not one profile and packetization mode */
    ZV_VIDEO_REASON_UNUSABLE,         /* address or transport missing, malformed, of its own */
    ZV_VIDEO_REASON_SRTP,             /* policy and keys do not go together */
    ZV_VIDEO_REASON_INACTIVE,         /* offered as a=inactive: nobody's camera is opened for it */
};

/* "profile_mismatch". Static storage. */
const char *zv_video_reason_name(enum zv_video_reason reason);

/* One video codec on both legs; payload types as in zv_codec_pair. What comes from the SIP side as
 * sip_tx_pt is of this codec too: some send by the number of their own answer. */
struct zv_video_pair {
    uint8_t kind;               /* enum zv_codec_kind */
    uint8_t packetization_mode; /* H.264: 0 or 1, the same on both legs */
    uint32_t
        profile_level_id; /* H.264: of the client's description; before it, of the SIP side's */
    int16_t web_pt;
    int16_t web_rtx_pt; /* ZV_PT_NONE: what is sent again is sent as it was */
    int16_t sip_tx_pt;
    int16_t sip_rx_pt;
    /* H.264: our offer's number for the other baseline profile in this mode, 0: none. A phone that
     * knows one baseline (baresip) answers one of the two numbers and sends the other. */
    uint8_t sip_also_pt;
};

struct zv_video_plan {
    struct zv_video_pair pairs[ZV_MAX_VIDEO_PAIRS];
    uint8_t pair_count; /* 0: the web leg has no video, so the call has none */
    int8_t committed;   /* index of the one codec of the web leg; -1: none yet */
    uint8_t reason;     /* enum zv_video_reason */
    /* Bits of zv_video_feedback: both sides of that leg said so. */
    uint8_t web_feedback;
    uint8_t sip_feedback;
    /* Ids of RTP header extensions, 1-14; 0: none. Orientation is there on both legs or on none. */
    uint8_t web_cc_id;
    uint8_t web_orientation_id;
    uint8_t sip_orientation_id;
    /* enum zv_sdp_direction */
    uint8_t web_direction; /* what the client does by its description */
    uint8_t sip_direction; /* what the SIP side's lets us do */
    uint8_t direction;     /* what flows; SENDONLY: from the client to the SIP side */
    uint32_t max_kbps;     /* our own limit, of either way; 0: none. The next two are within it */
    uint32_t web_kbps;     /* what the client may send; 0: no limit */
    uint32_t sip_kbps;     /* what the SIP side may send */
};

/* The codec of the web leg's video, or NULL. */
const struct zv_video_pair *zv_video_plan_committed(const struct zv_video_plan *video);
/* Both legs have it, even where hold lets nothing flow: the call has video. */
bool zv_video_plan_is_agreed(const struct zv_video_plan *video);

/* ---- both ---- */

struct zv_media_plan {
    struct zv_codec_pair pairs[ZV_MAX_PLAN_PAIRS]; /* order of preference; no payload type twice */
    uint8_t pair_count;
    int8_t committed; /* index of the voice codec that the client sends; -1: none yet */
    struct zv_video_plan video;
};

/* The committed pair, or NULL. */
const struct zv_codec_pair *zv_media_plan_committed(const struct zv_media_plan *plan);
/* The telephone-event beside it that the SIP side takes: at its clock, at another one only where
 * there is none at this. NULL: none. */
const struct zv_codec_pair *zv_media_plan_event(const struct zv_media_plan *plan);

#endif
