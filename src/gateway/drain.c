/*
 * The drain: how the gateway stops without losing a call. Call control refuses what is new
 * (call/drain.h); here is the time that calls have, and the way back. Decision 019.
 */
#define _GNU_SOURCE
#include "base/log.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"

static void on_drained(void *arg, int64_t now_us)
{
    struct zv_gateway *gateway = arg;
    (void)now_us;
    if (gateway->phase != ZV_GATEWAY_DRAINING)
        return;
    zv_log(ZV_LOG_MAIN, ZV_LOG_WARN, NULL, "drain.timeout is over: %u calls are ended",
           zv_switch_call_count(gateway->sw));
    zv_gateway_stop(gateway);
}

int zv_gateway_open_drain(struct zv_gateway *gateway)
{
    return zv_loop_timer_open(&gateway->draining, gateway->loop, on_drained, gateway);
}

void zv_gateway_close_drain(struct zv_gateway *gateway)
{
    gateway->draining = zv_loop_timer_close(gateway->draining);
}

void zv_gateway_watch_drain(struct zv_gateway *gateway)
{
    if (gateway->phase != ZV_GATEWAY_DRAINING || zv_switch_call_count(gateway->sw))
        return;
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "drained: no call is left, stopping");
    zv_gateway_stop(gateway);
}

bool zv_gateway_drain(struct zv_gateway *gateway)
{
    int64_t left_us = gateway->config->drain_timeout;
    struct zv_call_in in = {.kind = ZV_CALL_IN_DRAIN, .u.drain = {.left_us = left_us}};
    if (gateway->phase != ZV_GATEWAY_RUNNING || left_us == 0)
        return false;
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL,
           "draining: no new calls and clients; %u calls have %lld s to end",
           zv_switch_call_count(gateway->sw), (long long)(left_us / ZV_US_PER_S));
    gateway->phase = ZV_GATEWAY_DRAINING;
    gateway->drained_us = zv_clock_now_us() + left_us;
    zv_loop_timer_arm(gateway->draining, gateway->drained_us);
    zv_gateway_input(gateway, &in);
    return true;
}

/*
 * SIGTERM is for who restarts a gateway, and drains at first. Who drained it over the admin socket
 * sends the first all the same, by way of systemd: only whoever sends another is in a hurry.
 */
void zv_gateway_take_sigterm(struct zv_gateway *gateway)
{
    bool is_first = !gateway->has_to_stop;
    gateway->has_to_stop = true;
    if (is_first && gateway->phase != ZV_GATEWAY_RUNNING)
        zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL,
               "it drains or stops already; the next SIGTERM does not wait");
    else if (!zv_gateway_drain(gateway))
        zv_gateway_stop(gateway);
}

/* After SIGTERM a service manager waits for the end, and kills what does not come to it. */
bool zv_gateway_cancel_drain(struct zv_gateway *gateway)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_DRAIN_CANCELLED};
    if (gateway->phase != ZV_GATEWAY_DRAINING || gateway->has_to_stop)
        return false;
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "the drain is cancelled: calls and clients are taken");
    gateway->phase = ZV_GATEWAY_RUNNING;
    zv_loop_timer_arm(gateway->draining, ZV_TIME_NEVER);
    zv_gateway_input(gateway, &in);
    return true;
}

int64_t zv_gateway_drain_left_us(const struct zv_gateway *gateway)
{
    if (gateway->phase != ZV_GATEWAY_DRAINING)
        return 0;
    return ZV_MAX(gateway->drained_us - zv_clock_now_us(), 0);
}
