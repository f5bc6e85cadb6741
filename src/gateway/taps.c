/* Captures' way to the workers: commands down, copied packets up. */
#define _GNU_SOURCE
#include "base/err.h"
#include "gateway/gateway_int.h"

/* Not as media's commands are posted: a capture that cannot begin is no reason to end a call. */
static int set_tap(void *arg, zv_call_id call, enum zv_worker_tap tap)
{
    struct zv_gateway *gateway = arg;
    uint32_t index = zv_call_id_worker(call);
    const struct zv_worker_cmd cmd = {.kind = ZV_WORKER_SET_TAP, .call = call, .tap = (uint8_t)tap};
    return index < gateway->worker_count ? zv_worker_post(gateway->workers[index], &cmd)
                                         : ZV_E_GONE;
}

static bool drain_tap(void *arg, struct zv_worker_tapped *ret_packet)
{
    struct zv_gateway *gateway = arg;
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        if (zv_worker_drain_tap(gateway->workers[i], ret_packet))
            return true;
    }
    return false;
}

int zv_gateway_open_captures(struct zv_gateway *gateway)
{
    const struct zv_config *config = gateway->config;
    const struct zv_captures_cfg cfg = {
        .loop = gateway->loop,
        .has_media = config->capture_media,
        .max = (size_t)config->capture_max,
        .max_bytes = (uint64_t)config->capture_max_bytes,
        .set_tap_fn = set_tap,
        .drain_fn = drain_tap,
        .arg = gateway,
    };
    return zv_captures_new(&gateway->captures, &cfg);
}
