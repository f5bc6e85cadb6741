/*
 * The writer: a description of what we say on one leg, and its text. One writer for both legs, so
 * that what a description may hold is seen in one place. For the files of sdp/ only.
 */
#ifndef ZV_SDP_WRITE_H
#define ZV_SDP_WRITE_H

#include "base/buf.h"
#include "sdp/plan.h"
#include "sdp/sdp.h"

struct zv_sdp_out_codec {
    uint8_t kind; /* enum zv_codec_kind */
    uint8_t pt;
    uint8_t channels;
    uint32_t clock_hz;
    struct zv_str fmtp; /* may be empty */
};

/* One m= line of ours: the audio, or a rejected copy of theirs. */
struct zv_sdp_out_media {
    const struct zv_sdp_media *rejected; /* not NULL: port 0, this kind, protocol and formats */
    struct zv_sdp_out_codec codecs[ZV_MAX_PLAN_PAIRS];
    uint8_t codec_count;
    struct zv_str mid; /* web */
    uint16_t ptime_ms; /* 0: none */
    enum zv_sdp_direction direction;
};

struct zv_sdp_out {
    const struct zv_plan_web *web; /* exactly one of the two */
    const struct zv_plan_sip *sip;
    const char *setup;       /* web: "passive", "active", "actpass" */
    struct zv_str sip_proto; /* empty: by sip->is_savp; in an answer that of the offer */
    struct zv_sdp_out_media media[ZV_MAX_SDP_MEDIA];
    uint8_t media_count;
};

/* Sets body->overflow when it does not fit. */
void zv_sdp_write(const struct zv_sdp_out *out, struct zv_buf *body);

#endif
