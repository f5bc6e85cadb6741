/*
 * Counts of a whole-number quantity (microseconds, millionths) by ranges that are fixed in a table,
 * for metrics: no allocation, no floating point. A value belongs to the first bound that it does
 * not exceed, as Prometheus wants it ("le"), or to the last count, which has no bound.
 *
 * One thread writes. Where another one reads, the writer keeps its own atomic counts, finds the
 * place with zv_histogram_place, and the reader fills one of these.
 */
#ifndef ZV_BASE_HISTOGRAM_H
#define ZV_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define ZV_HISTOGRAM_MAX_BOUNDS 14

/* Static and the same for the life of the program, so that series never change. */
struct zv_histogram_scale {
    unsigned decimals; /* the unit is 10^-decimals of the base unit: 6 for µs and seconds */
    size_t count;      /* of bounds */
    int64_t bounds[ZV_HISTOGRAM_MAX_BOUNDS]; /* ascending, in the unit */
};

struct zv_histogram {
    const struct zv_histogram_scale *scale;       /* borrowed */
    uint64_t counts[ZV_HISTOGRAM_MAX_BOUNDS + 1]; /* of each range alone, not cumulative */
    uint64_t sum;                                 /* of all values, in the unit */
};

static inline struct zv_histogram zv_histogram(const struct zv_histogram_scale *scale)
{
    return (struct zv_histogram){.scale = scale};
}

/* The index of `value` in `counts`. */
size_t zv_histogram_place(const struct zv_histogram_scale *scale, int64_t value);
/* Negative values count as 0. */
void zv_histogram_note(struct zv_histogram *histogram, int64_t value);
/* How many values were noted. */
uint64_t zv_histogram_total(const struct zv_histogram *histogram);

#endif
