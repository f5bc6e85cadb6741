#include "base/histogram.h"

size_t zv_histogram_place(const struct zv_histogram_scale *scale, int64_t value)
{
    size_t place = 0;
    while (place < scale->count && value > scale->bounds[place])
        place++;
    return place;
}

void zv_histogram_note(struct zv_histogram *histogram, int64_t value)
{
    int64_t noted = value > 0 ? value : 0;
    histogram->counts[zv_histogram_place(histogram->scale, noted)]++;
    histogram->sum += (uint64_t)noted;
}

uint64_t zv_histogram_total(const struct zv_histogram *histogram)
{
    uint64_t total = 0;
    for (size_t i = 0; i <= histogram->scale->count; i++)
        total += histogram->counts[i];
    return total;
}
