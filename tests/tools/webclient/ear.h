/*
 * What is heard: the purest window of half a second, for how long a tone lasted, and what the
 * latest window was.
 */
#ifndef ZV_TESTS_WEBCLIENT_EAR_H
#define ZV_TESTS_WEBCLIENT_EAR_H

#include <stddef.h>
#include <stdint.h>

#define ZV_WC_EAR_RATE_HZ 8000
#define ZV_WC_EAR_WINDOW  4000 /* samples */
/* A window whose share of the tone is at least that counts as tone. */
#define ZV_WC_EAR_PURITY 0.8

struct zv_wc_heard {
    double hz;      /* of the best window */
    double purity;  /* its share of energy at `hz`, 0 … 1 */
    double seconds; /* of windows that count as tone */
};

struct zv_wc_ear {
    double hz; /* looked for, within a few hertz: far ends have clocks of their own; 0: any tone */
    struct zv_wc_heard heard;
    struct zv_wc_heard latest; /* of the latest window alone; all 0: silence */
    double latest_power;       /* mean square of that window */
    size_t windows;            /* heard whole so far */
    size_t count;
    int16_t window[ZV_WC_EAR_WINDOW];
};

void zv_wc_ear_init(struct zv_wc_ear *ear, double hz);
/* Samples at ZV_WC_EAR_RATE_HZ, in order. */
void zv_wc_ear_take(struct zv_wc_ear *ear, const int16_t *samples, size_t count);

#endif
