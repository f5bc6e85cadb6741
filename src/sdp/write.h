/*
 * The writer: a description of what we say on one leg, and its text. One writer for both legs, so
 * that what a description may hold is seen in one place. For the files of sdp/ only.
 */
#ifndef ZV_SDP_WRITE_H
#define ZV_SDP_WRITE_H

#include "base/buf.h"
#include "sdp/plan.h"
#include "sdp/sdp.h"

/* Each video codec of the web leg has its rtx. */
#define ZV_MAX_OUT_CODECS (2 * ZV_MAX_VIDEO_PAIRS)
_Static_assert(ZV_MAX_OUT_CODECS >= ZV_MAX_PLAN_PAIRS, "audio fits as well");

struct zv_sdp_out_codec {
    uint8_t kind; /* enum zv_codec_kind */
    uint8_t pt;
    uint8_t channels;
    uint32_t clock_hz;
    struct zv_str fmtp; /* may be empty */
    /* H.264: its fmtp is written from these. */
    uint32_t profile_level_id;
    uint8_t packetization_mode;
    bool level_asymmetry;
    struct zv_str sprop; /* sprop-parameter-sets; may be empty */
    int16_t apt;         /* rtx: the payload type that it repeats */
};

/* What we say of one media. */
struct zv_sdp_out_media {
    struct zv_sdp_out_codec codecs[ZV_MAX_OUT_CODECS];
    uint8_t codec_count;
    struct zv_str proto; /* SIP: that of the offer that is answered; empty: by our profile */
    struct zv_str mid;   /* web */
    uint16_t ptime_ms;   /* 0: none */
    enum zv_sdp_direction direction;
    /* Video. */
    uint8_t feedback; /* bits of zv_video_feedback */
    uint8_t cc_id;
    uint8_t orientation_id;
    uint32_t kbps; /* b=; 0: none */
};

/* One m= line of ours. */
enum zv_sdp_out_line_kind {
    ZV_SDP_OUT_AUDIO,
    ZV_SDP_OUT_VIDEO,
    ZV_SDP_OUT_REJECTED, /* port 0, with the kind, protocol and formats of `rejected` */
};
struct zv_sdp_out_line {
    enum zv_sdp_out_line_kind kind;
    const struct zv_sdp_media *rejected;
};

struct zv_sdp_out {
    const struct zv_plan_web *web; /* exactly one of the two */
    const struct zv_plan_sip *sip;
    const char *setup;                /* web: "passive", "active", "actpass" */
    const struct zv_sdp *bundle_like; /* web: whose group's order is kept; may be NULL */
    struct zv_sdp_out_media audio;
    struct zv_sdp_out_media video; /* without codecs: none */
    struct zv_sdp_out_line lines[ZV_MAX_SDP_MEDIA];
    uint8_t line_count;
};

/* Sets body->overflow when it does not fit. */
void zv_sdp_write(const struct zv_sdp_out *out, struct zv_buf *body);

#endif
