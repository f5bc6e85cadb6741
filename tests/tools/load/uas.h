/*
 * A SIP user agent that takes every call at once, without state: a repeated request gets the same
 * answer, so that nothing has to be remembered for it. It never hangs up.
 */
#ifndef ZV_TESTS_LOAD_UAS_H
#define ZV_TESTS_LOAD_UAS_H

#include "base/addr.h"
#include "base/buf.h"
#include "sip/msg.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes the answer to `msg`: 200 to what belongs to a call (INVITE with `sdp`), 405 to all else;
 * false: it is not to be answered (an ACK, an answer of another), or the answer does not fit.
 */
bool zv_load_uas_answer(const struct zv_sip_msg *msg, const struct zv_addr *contact,
                        struct zv_str sdp, struct zv_buf *answer);

/* The offer's video of VP8, as it is answered. */
struct zv_load_uas_video {
    struct zv_str proto; /* of the m-line */
    uint8_t pt;
    uint8_t feedback; /* bits of enum zv_video_feedback */
    struct zv_addr rtp;
    struct zv_addr rtcp;
};
/* To an offer with a second m-line. */
void zv_load_uas_write_video(const struct zv_load_uas_video *video, struct zv_buf *sdp);

/* The offer's G.711 that `pt` (0 or 8) names is agreed to. */
void zv_load_uas_write_sdp(const struct zv_addr *rtp, const struct zv_addr *rtcp, uint8_t pt,
                           struct zv_buf *sdp);

#endif
