/* "Did you mean": the key whose name is nearest to one that there is not. */
#include "gateway/config_int.h"

#include <stdio.h>
#include <string.h>

/* Edit distance of two short names, for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (b_len >= ZV_ARRAY_LEN(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = ZV_MIN(replace, ZV_MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}

const struct zv_config_key *zv_config_nearest(const char *path)
{
    const struct zv_config_key *best = NULL;
    size_t best_distance = 5;
    for (size_t i = 0; i < zv_config_key_count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.%s", zv_config_keys[i].section, zv_config_keys[i].name);
        size_t d = distance(path, name);
        if (d < best_distance) {
            best_distance = d;
            best = &zv_config_keys[i];
        }
    }
    return best;
}
