/*
 * What operators and their machines ask over HTTP: /metrics for Prometheus, /livez for who restarts
 * a process that hangs, /readyz for who sends clients elsewhere when this gateway is full or about
 * to stop. Answered on the signalling thread, so an answer alone says that its loop runs.
 */
#define _GNU_SOURCE
#include "gateway/gateway_int.h"
#include "http/pages.h"
#include "io/clock.h"

static bool has_free_ports(const struct zv_gateway *gateway)
{
    struct zv_ports_gauges ports;
    zv_ports_gauges(gateway->ports, zv_clock_now_us(), &ports);
    return ports.used + ports.resting < ports.pairs;
}

/* Why no call would be taken now, as a line; NULL: it would. */
static const char *find_hindrance(const struct zv_gateway *gateway)
{
    const struct zv_config *config = gateway->config;
    if (gateway->phase == ZV_GATEWAY_DRAINING)
        return "draining: no new calls and clients; it stops when the calls are over\n";
    if (gateway->phase != ZV_GATEWAY_RUNNING)
        return "stopping: calls are being ended and registrations taken off\n";
    if (zv_switch_session_count(gateway->sw) >= config->limits_clients)
        return "full: there are as many clients as limits.clients allows\n";
    if (zv_switch_call_count(gateway->sw) >= config->limits_calls)
        return "full: there are as many calls as limits.calls allows\n";
    if (!has_free_ports(gateway))
        return "full: no media port is free; media.port_from and media.port_to set the range, "
               "media.port_rest how long a port rests\n";
    return NULL;
}

static void answer_ready(const struct zv_gateway *gateway, struct zv_buf *body,
                         struct zv_http_admin_answer *answer)
{
    const char *hindrance = find_hindrance(gateway);
    answer->status = hindrance ? 503 : 200;
    zv_buf_put_text(body, hindrance ? hindrance : "ok\n");
}

void zv_gateway_answer_operator(void *arg, struct zv_str path, struct zv_buf *body,
                                struct zv_http_admin_answer *ret_answer)
{
    const struct zv_gateway *gateway = arg;
    *ret_answer = (struct zv_http_admin_answer){.status = 200, .content_type = ZV_PAGE_PLAIN_TEXT};
    if (zv_str_is(path, "/metrics")) {
        ret_answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
        zv_gateway_write_metrics(gateway, body);
    } else if (zv_str_is(path, "/livez")) {
        zv_buf_put_text(body, "ok\n");
    } else if (zv_str_is(path, "/readyz")) {
        answer_ready(gateway, body, ret_answer);
    } else {
        ret_answer->status = 404;
        zv_buf_put_text(body, "Here are /metrics, /livez and /readyz.\n");
    }
}
