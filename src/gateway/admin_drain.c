/* drain: what SIGTERM begins, and the way back, which a signal does not have. */
#define _GNU_SOURCE
#include "base/log.h"
#include "gateway/admin.h"
#include "gateway/gateway_int.h"

static void write_drain(const void *arg, struct zv_json *json)
{
    const struct zv_gateway *gateway = arg;
    zv_json_text(json, "phase", zv_admin_phase_name(gateway));
    zv_json_bool(json, "draining", gateway->phase == ZV_GATEWAY_DRAINING);
    zv_json_uint(json, "calls", zv_switch_call_count(gateway->sw));
    zv_json_int(json, "leftMs", zv_gateway_drain_left_us(gateway) / ZV_US_PER_MS);
}

static void cancel(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    static const struct zv_admin_refusal not_draining = {
        .error = "not_draining",
        .text = "the gateway does not drain",
        .remedy = "zvonokctl status says what it does",
    };
    static const struct zv_admin_refusal stopping = {
        .error = "stopping",
        .text = "the gateway stops: SIGTERM has come, or its calls are being ended already",
        .remedy = "start it again when it has stopped",
    };
    if (zv_gateway_cancel_drain(gateway))
        zv_admin_answer(gateway->admin.server, query->id, write_drain, gateway);
    else
        zv_admin_refuse(gateway->admin.server, query->id,
                        gateway->phase == ZV_GATEWAY_RUNNING ? &not_draining : &stopping);
}

/* A second one changes nothing: unlike a signal it may come from a script that is run again. */
void zv_admin_drain(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "drain%s over the admin socket by user id %u",
           query->request->on ? "" : " --cancel", query->uid);
    if (!query->request->on) {
        cancel(gateway, query);
        return;
    }
    if (gateway->phase == ZV_GATEWAY_RUNNING && !zv_gateway_drain(gateway))
        zv_gateway_stop(gateway); /* drain.timeout is 0s */
    zv_admin_answer(gateway->admin.server, query->id, write_drain, gateway);
}
