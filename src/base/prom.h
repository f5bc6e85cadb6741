/*
 * Writes metrics in Prometheus' text format, version 0.0.4, into a bounded buffer, without
 * allocation and without floating point: quantities are whole numbers of a decimal fraction of the
 * base unit (microseconds with 6 decimals are seconds).
 *
 *     struct zv_prom prom = zv_prom(&out);
 *     zv_prom_family(&prom, "zvonok_calls", ZV_PROM_GAUGE, "Calls now.");
 *     zv_prom_uint(&prom, ZV_PROM_LABELS({"state", "active"}), 3);
 *
 * Names of families and labels are ours and are not checked; values of labels are escaped. What
 * does not fit sets the buffer's `overflow`.
 */
#ifndef ZV_BASE_PROM_H
#define ZV_BASE_PROM_H

#include "base/buf.h"
#include "base/histogram.h"

#include <stdint.h>

struct zv_prom {
    struct zv_buf *out;
    const char *family; /* borrowed: of the samples that follow */
};

static inline struct zv_prom zv_prom(struct zv_buf *out)
{
    return (struct zv_prom){.out = out};
}

enum zv_prom_type {
    ZV_PROM_COUNTER, /* the name ends in _total */
    ZV_PROM_GAUGE,
    ZV_PROM_HISTOGRAM,
};

struct zv_prom_label {
    const char *name;
    const char *value;
};

/* A list that ends with an empty label. */
#define ZV_PROM_LABELS(...) ((const struct zv_prom_label[]){__VA_ARGS__, {NULL, NULL}})
#define ZV_PROM_NO_LABELS   ((const struct zv_prom_label *)NULL)

/* Begins a family: all its samples follow before the next one begins. `name` is borrowed until
 * then. */
void zv_prom_family(struct zv_prom *prom, const char *name, enum zv_prom_type type,
                    const char *help);
void zv_prom_uint(struct zv_prom *prom, const struct zv_prom_label *labels, uint64_t value);
/* value * 10^-decimals. */
void zv_prom_decimal(struct zv_prom *prom, const struct zv_prom_label *labels, uint64_t value,
                     unsigned decimals);
/* All of its _bucket samples, _sum and _count; a label `le` is added. */
void zv_prom_histogram(struct zv_prom *prom, const struct zv_prom_label *labels,
                       const struct zv_histogram *histogram);

#endif
