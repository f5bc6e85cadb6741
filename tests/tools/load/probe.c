#include "tools/load/probe.h"

#include "base/attr.h"
#include "base/buf.h"
#include "io/clock.h"

#include <string.h>

/* magic | call | 1: measured, 0: not | number in the window | time sent */
#define MAGIC     UINT32_C(0x5a764c70)
#define CALL_AT   4
#define FLAG_AT   6
#define NUMBER_AT 8
#define TIME_AT   12
#define FILLING   0xd5

void zv_load_probe_write(struct zv_load_probe *probe, uint8_t *payload, size_t len)
{
    memset(payload, FILLING, len);
    zv_set_u32(payload, MAGIC);
    zv_set_u16(payload + CALL_AT, probe->call);
    zv_set_u16(payload + FLAG_AT, probe->is_measured);
    zv_set_u32(payload + NUMBER_AT, probe->is_measured ? probe->tx : 0);
    probe->tx += probe->is_measured;
    zv_set_u64(payload + TIME_AT, (uint64_t)zv_clock_now_us());
}

void zv_load_probe_read(struct zv_load_probe *probe, const uint8_t *payload, size_t len)
{
    if (len < ZV_LOAD_PROBE_BYTES || zv_get_u32(payload) != MAGIC ||
        zv_get_u16(payload + CALL_AT) != probe->call) {
        probe->foreign++;
        return;
    }
    bool is_measured = zv_get_u16(payload + FLAG_AT);
    if (probe->follows)
        probe->is_measured = is_measured;
    if (!is_measured)
        return;
    probe->rx++;
    probe->rx_expected = ZV_MAX(probe->rx_expected, zv_get_u32(payload + NUMBER_AT) + 1);
    zv_load_delays_note(probe->delays, zv_clock_now_us() - (int64_t)zv_get_u64(payload + TIME_AT));
}

uint32_t zv_load_probe_lost(const struct zv_load_probe *probe)
{
    return probe->rx_expected - ZV_MIN(probe->rx, probe->rx_expected);
}
