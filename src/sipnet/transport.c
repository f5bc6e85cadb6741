/*
 * Which socket a message goes by, and what the streams report: the joint of the stack's flows with
 * the UDP socket and the table of connections.
 */
#define _GNU_SOURCE
#include "base/err.h"
#include "io/clock.h"
#include "io/sockaddr.h"
#include "io/udp_large.h"
#include "sipnet/sipnet_int.h"

int zv_sipnet_flow_to(const struct zv_sipnet *net, const struct zv_addr *remote,
                      struct zv_sip_flow *ret_flow)
{
    struct zv_addr local = net->udp.local;
    if (net->udp.any && zv_local_addr_towards(remote, &local))
        return ZV_E_IO;
    local.port = net->udp.local.port;
    *ret_flow = (struct zv_sip_flow){.transport = ZV_SIP_UDP, .local = local, .remote = *remote};
    return 0;
}

int zv_sipnet_find_flow(struct zv_sipnet *net, enum zv_sip_transport transport,
                        const struct zv_addr *remote, struct zv_sip_flow *ret_flow)
{
    struct zv_sip_flow flow;
    int err = zv_sipnet_flow_to(net, remote, &flow);
    if (!err && transport != ZV_SIP_UDP) {
        struct zv_stream_target target = {
            .transport = transport, .local = flow.local, .remote = *remote};
        err = zv_streams_find_flow(net->streams, &target, &flow);
    }
    if (!err)
        *ret_flow = flow;
    return err;
}

/* ---- messages ---- */

static void show(struct zv_sipnet *net, bool is_sent, const struct zv_sip_flow *flow,
                 struct zv_str bytes)
{
    if (!net->cfg.on_message_fn)
        return;
    net->cfg.on_message_fn(net->cfg.arg, &(struct zv_sipnet_message){.is_sent = is_sent,
                                                                     .local = flow->local,
                                                                     .remote = flow->remote,
                                                                     .bytes = bytes});
}

static int send_datagram(struct zv_sipnet *net, const struct zv_sip_flow *flow, struct zv_str bytes)
{
    struct zv_dgram dgram = {.data = (uint8_t *)(uintptr_t)bytes.p,
                             .len = bytes.len,
                             .local = flow->local,
                             .remote = flow->remote};
    int err = zv_udp_send_large(&net->udp, &dgram);
    return err == ZV_E_IO ? err : 0; /* a full buffer is a lost datagram */
}

int zv_sipnet_send(struct zv_sipnet *net, const struct zv_sip_flow *flow, struct zv_str bytes)
{
    if (flow->transport == ZV_SIP_UDP)
        return send_datagram(net, flow, bytes);
    return zv_streams_send(net->streams, flow, bytes);
}

void zv_sipnet_send_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                            struct zv_str bytes)
{
    show(net, true, flow, bytes);
    if (zv_sipnet_send(net, flow, bytes))
        zv_sip_on_flow_failed(net->sip, flow, zv_clock_now_us());
}

/* STUN, RTP and keepalives (CRLF) that stray to the SIP port end here. */
static bool looks_like_sip(struct zv_str bytes)
{
    return bytes.len > 8 && zv_is_alpha(bytes.p[0]);
}

void zv_sipnet_on_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                          struct zv_str bytes)
{
    if (!looks_like_sip(bytes) || zv_probe_on_message(net, bytes.p, bytes.len))
        return;
    show(net, false, flow, bytes);
    zv_sip_on_message(net->sip, flow, bytes.p, bytes.len, zv_clock_now_us());
    zv_sipnet_flush(net);
}

/* ---- streams ---- */

static void on_stream_message(void *arg, const struct zv_sip_flow *flow, struct zv_str bytes)
{
    zv_sipnet_on_message(arg, flow, bytes);
}

static void on_stream_failed(void *arg, const struct zv_sip_flow *flow, int err)
{
    struct zv_sipnet *net = arg;
    (void)err;
    zv_probe_on_unreachable(net, flow);
    zv_sip_on_flow_failed(net->sip, flow, zv_clock_now_us());
    zv_sipnet_flush(net);
}

static enum zv_sip_flow_use find_use(void *arg, const struct zv_sip_flow *flow)
{
    const struct zv_sipnet *net = arg;
    return zv_sip_flow_use(net->sip, flow);
}

int zv_sipnet_open_streams(struct zv_sipnet *net)
{
    struct zv_streams_cfg cfg = {
        .loop = net->cfg.loop,
        .rand = net->cfg.rand,
        .max_streams = net->cfg.max_streams,
        .max_per_address = net->cfg.max_streams_per_address,
        .on_message_fn = on_stream_message,
        .on_failed_fn = on_stream_failed,
        .use_fn = find_use,
        .arg = net,
    };
    if (net->cfg.listens_tcp)
        cfg.tcp_listen = net->udp.local;
    return zv_streams_new(&net->streams, &cfg);
}
