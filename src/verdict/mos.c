#include "verdict/mos.h"

#include "base/attr.h"

#define RATING_AT_BEST 93.2 /* G.107 section 7.7: all parameters at their defaults */
/* Before a packet can leave its sender has spoken it whole. */
#define PACKET_MS 20.0
/* What a jitter buffer adds: twice the jitter, and a packet at least. */
#define BUFFER_PER_JITTER 2.0
#define MIN_BUFFER_MS     20.0

/*
 * Impairment at no loss and robustness against loss. G.711: ITU-T G.113 appendix I, with the
 * concealment of G.711 appendix I, as every phone and browser has some (Bpl is 4.3 without). On
 * this scale there is nothing published for the other two: they stand as G.711, of which their
 * concealment does not fall short. Their wider band earns no credit.
 */
static const struct {
    double impairment; /* Ie */
    double robustness; /* Bpl */
} codecs[ZV_CODEC_KIND_COUNT] = {
    [ZV_CODEC_NONE] = {0, 25.1}, [ZV_CODEC_PCMU] = {0, 25.1}, [ZV_CODEC_PCMA] = {0, 25.1},
    [ZV_CODEC_G722] = {0, 25.1}, [ZV_CODEC_OPUS] = {0, 25.1},
};

static double delay_impairment(double one_way_ms)
{
    double late_ms = one_way_ms - 177.3;
    return 0.024 * one_way_ms + (late_ms > 0 ? 0.11 * late_ms : 0);
}

static double equipment_impairment(enum zv_codec_kind codec, double loss_percent)
{
    if ((unsigned)codec >= ZV_CODEC_KIND_COUNT || codecs[codec].robustness <= 0)
        codec = ZV_CODEC_NONE;
    double impairment = codecs[codec].impairment;
    return impairment +
           (95 - impairment) * loss_percent / (loss_percent + codecs[codec].robustness);
}

double zv_mos_rate(const struct zv_mos_in *in)
{
    double buffer_ms = ZV_MAX(BUFFER_PER_JITTER * in->jitter_ms, MIN_BUFFER_MS);
    double delay = delay_impairment(in->rtt_ms / 2 + PACKET_MS + buffer_ms);
    double equipment = equipment_impairment(in->codec, ZV_MAX(in->loss_percent, 0.0));
    return ZV_MAX(RATING_AT_BEST - delay - equipment, 0.0);
}

double zv_mos_of_rating(double rating)
{
    if (rating <= 0)
        return 1;
    if (rating >= 100)
        return 4.5;
    double mos = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
    return ZV_MAX(mos, 1.0); /* the formula dips below 1 for R under 6.5 */
}
