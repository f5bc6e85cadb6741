/*
 * The lines of `sipSDP`. Web Call Server places them in the description for the SIP side as they
 * are; here only what they are used for is taken, as numbers, so that no client can write into a
 * description.
 */
#include "wire/wire.h"

#define MAX_KBPS 1000000 /* a gigabit: beyond it is no limit for a call */

/* The value of the line "b=TYPE:value" of this type, 1 to `max`; 0: it is none. */
static uint32_t value_of(struct zv_str line, const char *prefix, uint32_t max)
{
    uint64_t value;
    if (!zv_str_has_prefix(line, prefix) ||
        zv_str_to_u64(zv_str_tail(line, strlen(prefix)), &value) != 0 || value > max)
        return 0;
    return (uint32_t)value;
}

struct zv_wire_bandwidth zv_wire_read_bandwidth(const struct zv_wire_lines *lines)
{
    struct zv_wire_bandwidth bandwidth = {0};
    for (size_t i = 0; i < lines->count; i++) {
        struct zv_str line = zv_str_trim(lines->line[i]);
        uint32_t as_kbps = value_of(line, "b=AS:", MAX_KBPS);
        uint32_t tias_bps = value_of(line, "b=TIAS:", MAX_KBPS * 1000);
        if (as_kbps)
            bandwidth.as_kbps = as_kbps;
        else if (tias_bps)
            bandwidth.tias_bps = tias_bps;
        else
            bandwidth.dropped++;
    }
    return bandwidth;
}
