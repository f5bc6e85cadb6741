/*
 * A tone of its own for each end of each call, and an ear that hears whether it is that tone alone:
 * a single packet of another call in half a second is found.
 *
 * All frequencies are multiples of 50 Hz: 20 ms hold whole periods, so a packet that is lost leaves
 * no jump, and half a second holds whole periods of all, so that none leaks into another's place.
 */
#ifndef ZV_TESTS_LOAD_TONES_H
#define ZV_TESTS_LOAD_TONES_H

#include "support/tone.h"

#include <stddef.h>
#include <stdint.h>

/* Calls that have two tones of their own; of more, those with equal remainders share theirs. */
#define ZV_LOAD_TONE_CALLS 30

enum zv_load_end {
    ZV_LOAD_CLIENT,
    ZV_LOAD_FAR_END,
};

/* What the end `end` of a call sounds like. */
double zv_load_tone_hz(unsigned call, enum zv_load_end end);

/* Of the tone; more than that: of noise. */
#define ZV_LOAD_PURE 0.98
/* Share of energy at any other end's frequency that is not crosstalk: -30 dB. */
#define ZV_LOAD_FOREIGN 0.001

#define ZV_LOAD_EAR_WINDOW 4000 /* samples: half a second */

struct zv_load_ear {
    enum zv_g711_law law;
    double hz;      /* what it should hear */
    uint32_t right; /* windows with that tone and no other end's */
    uint32_t wrong;
    double worst_purity;  /* of all windows; 1 before the first */
    double worst_foreign; /* the largest share of any other end's tone */
    size_t skip;          /* samples of the beginning that do not count */
    size_t count;
    int16_t window[ZV_LOAD_EAR_WINDOW];
};

void zv_load_ear_init(struct zv_load_ear *ear, enum zv_g711_law law, double hz);
void zv_load_ear_hear(struct zv_load_ear *ear, const uint8_t *payload, size_t len);

/* A tone as G.711, made once: repeated without a seam. */
struct zv_load_tone {
    size_t at;
    uint8_t samples[ZV_LOAD_EAR_WINDOW];
};

void zv_load_tone_init(struct zv_load_tone *tone, enum zv_g711_law law, double hz);
void zv_load_tone_speak(struct zv_load_tone *tone, uint8_t *payload, size_t len);

#endif
