/*
 * Packets that tell when they were sent, in place of sound: for figures. Both ends read the same
 * clock of one machine, so what a packet took is exact. Each names its call, so that one that comes
 * out of another call is found, and within a measured window each has a number, so that one that
 * does not come is found as well.
 *
 * Which packets are measured is the caller's choice, told in the packets themselves: the other end
 * follows what it hears, and so both measure the same time.
 */
#ifndef ZV_TESTS_LOAD_PROBE_H
#define ZV_TESTS_LOAD_PROBE_H

#include "tools/load/delays.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZV_LOAD_PROBE_BYTES 20

struct zv_load_probe {
    uint16_t call;
    bool is_measured;              /* what is sent now belongs to the window */
    bool follows;                  /* the other end says what is_measured is */
    struct zv_load_delays *delays; /* borrowed; of all calls */
    uint32_t tx;                   /* in the window, as all below */
    uint32_t rx;
    uint32_t rx_expected; /* the highest number heard, plus one */
    uint32_t foreign;     /* of other calls, or no probes at all; in the window or not */
};

/* `len` at least ZV_LOAD_PROBE_BYTES. */
void zv_load_probe_write(struct zv_load_probe *probe, uint8_t *payload, size_t len);
void zv_load_probe_read(struct zv_load_probe *probe, const uint8_t *payload, size_t len);
/* Numbers that did not come. */
uint32_t zv_load_probe_lost(const struct zv_load_probe *probe);

#endif
