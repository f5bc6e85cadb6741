/*
 * Since when a tone is there, or is not: the gaps in what is heard. Times are those at which
 * packets came, so that a gap is one of the network's and not of a recording.
 */
#ifndef ZV_TESTS_WEBCLIENT_PRESENCE_H
#define ZV_TESTS_WEBCLIENT_PRESENCE_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Without a packet of the tone for so long it is lost. */
#define ZV_WC_PRESENCE_US ZV_MS(100)

struct zv_wc_presence {
    double hz;
    bool is_there;
    int64_t at_us; /* is_there: its latest packet; else: its last one before the gap, 0 if none */
};

/* The samples of a packet, at ZV_WC_EAR_RATE_HZ. True: the tone is there (again), since now. */
bool zv_wc_presence_take(struct zv_wc_presence *presence, const int16_t *samples, size_t count,
                         int64_t now_us);
/* True: it is lost, since `at_us`. */
bool zv_wc_presence_is_lost(struct zv_wc_presence *presence, int64_t now_us);

#endif
