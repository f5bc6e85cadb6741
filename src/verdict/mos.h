/*
 * The E-model (ITU-T G.107) for what a gateway knows of one direction of one leg: codec, loss,
 * jitter, round trip. All other parameters have the recommendation's defaults, which leaves
 *
 *     R = 93.2 - Id - Ie,eff
 *
 * Id is the approximation of Cole and Rosenbluth ("Voice over IP performance monitoring", ACM CCR
 * 31, 2001), which takes the echo of the defaults in. Ie,eff is G.107 section 7.5 with BurstR 1
 * (losses at random). The scale is the narrowband one for every codec: R of G.107.1 and G.107.2
 * are on scales of their own, and figures of two scales must not be compared.
 */
#ifndef ZV_VERDICT_MOS_H
#define ZV_VERDICT_MOS_H

#include "sdp/codec.h"

#include <stdint.h>

struct zv_mos_in {
    enum zv_codec_kind codec; /* NONE: as G.711 */
    double loss_percent;
    double jitter_ms;
    double rtt_ms; /* 0: not known, then only what the ends add is counted */
};

/* The rating R, 0 to 93.2. */
double zv_mos_rate(const struct zv_mos_in *in);
/* G.107 annex B: 1 to 4.5. */
double zv_mos_of_rating(double rating);

#endif
