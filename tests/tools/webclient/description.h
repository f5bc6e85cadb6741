/*
 * Session descriptions as a browser writes them, and what matters in those that a gateway sends.
 */
#ifndef ZV_TESTS_WEBCLIENT_DESCRIPTION_H
#define ZV_TESTS_WEBCLIENT_DESCRIPTION_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "rtc/peer/peer.h"
#include "sdp/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_WC_MAX_CANDIDATES 8
#define ZV_WC_MAX_CODECS     2
#define ZV_WC_NO_PT          255

/* G.711 alone: what this client can speak and hear. */
struct zv_wc_codecs {
    enum zv_codec_kind kinds[ZV_WC_MAX_CODECS]; /* in order of preference */
    uint8_t count;
};
/* "PCMU", "PCMA", or both for NULL. ZV_E_UNSUPPORTED. */
int zv_wc_codecs_of(const char *name, struct zv_wc_codecs *ret_codecs) ZV_MUST_CHECK;

/* Our own description: an offer, or with `remote` the answer to that. */
struct zv_wc_remote;
struct zv_wc_local {
    struct zv_peer_local peer;
    uint64_t session_id;
    struct zv_wc_codecs codecs;        /* of an offer */
    bool has_video;                    /* an offer of VP8 as well */
    const struct zv_wc_remote *remote; /* NULL: an offer */
};
/* Audio, and video where it is offered, without candidates. Sets text->overflow when it does not
 * fit. */
void zv_wc_write_description(const struct zv_wc_local *local, struct zv_buf *text);

struct zv_wc_candidate {
    struct zv_addr addr;
    uint32_t priority;
};

/* The gateway's description; views into its text. */
struct zv_wc_remote {
    struct zv_peer_web_remote web;
    struct zv_wc_candidate candidates[ZV_WC_MAX_CANDIDATES]; /* host, UDP, component 1 */
    uint8_t candidate_count;
    enum zv_codec_kind codec; /* the first of theirs that is among ours; NONE: none is */
    uint8_t pt;               /* of the codec */
    uint8_t event_pt;         /* telephone-event/8000, or ZV_WC_NO_PT */
    uint8_t video_pt;         /* VP8, or ZV_WC_NO_PT */
    uint8_t rtx_pt;           /* of that, or ZV_WC_NO_PT */
    uint8_t video_feedback;   /* bits of enum zv_video_feedback, among ours */
    struct zv_str mid;
};
/* ZV_E_PARSE: not a description, no audio, or no transport that can be used; ZV_E_LIMIT. */
int zv_wc_read_description(struct zv_str text, const struct zv_wc_codecs *codecs,
                           struct zv_wc_remote *ret_remote) ZV_MUST_CHECK;

#endif
