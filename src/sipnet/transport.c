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

/* A server that names itself by address within a call (in Record-Route, as Kamailio does) is still
 * the one that the account's users named, and its certificate is for that name. */
static struct zv_str server_name_of(struct zv_str host, const struct zv_sipnet_account *account)
{
    struct zv_addr addr;
    return account && zv_addr_parse_ip(host, &addr) == 0 ? zv_str(account->host) : host;
}

int zv_sipnet_find_flow(struct zv_sipnet *net, uint64_t session, const struct zv_target *target,
                        struct zv_sip_flow *ret_flow)
{
    struct zv_sip_flow flow;
    int err = zv_sipnet_flow_to(net, &target->addr, &flow);
    if (!err && target->transport != ZV_SIP_UDP) {
        const struct zv_sipnet_account *account = zv_sipnet_find_account(net, session);
        struct zv_stream_target stream = {.transport = target->transport,
                                          .local = flow.local,
                                          .remote = target->addr,
                                          .server_name =
                                              server_name_of(target->verify_name, account),
                                          .ca = zv_sipnet_ca_of(net, account, target->verify_name)};
        err = zv_streams_find_flow(net->streams, &stream, &flow);
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

static void tell_failed(struct zv_sipnet *net, const struct zv_sip_flow *flow, int err)
{
    const struct zv_sip_flow lost = *flow; /* the stack may own what was handed in */
    if (err == ZV_E_AGAIN) /* one message is lost, as a datagram may be: its transaction ends */
        return;
    if (err == ZV_E_DENIED)
        zv_sip_on_flow_untrusted(net->sip, &lost, zv_clock_now_us());
    else
        zv_sip_on_flow_failed(net->sip, &lost, zv_clock_now_us());
}

void zv_sipnet_on_flow_failed(struct zv_sipnet *net, const struct zv_sip_flow *flow, int err)
{
    tell_failed(net, flow, err);
    zv_sipnet_flush(net);
}

void zv_sipnet_send_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                            struct zv_str bytes)
{
    show(net, true, flow, bytes);
    int err = zv_sipnet_send(net, flow, bytes);
    if (err)
        tell_failed(net, flow, err);
}

/* STUN, RTP and keepalives (CRLF) that stray to the SIP port end here. */
static bool looks_like_sip(struct zv_str bytes)
{
    return bytes.len > 8 && zv_is_alpha(bytes.p[0]);
}

bool zv_sipnet_on_message(struct zv_sipnet *net, const struct zv_sip_flow *flow,
                          struct zv_str bytes)
{
    enum zv_source_kind kind;
    if (!looks_like_sip(bytes) || !zv_sipnet_admit(net, flow, bytes, &kind))
        return false;
    if (zv_probe_on_message(net, bytes.p, bytes.len))
        return true;
    show(net, false, flow, bytes);
    bool is_taken = zv_sipnet_take_message(net, flow, bytes, kind);
    zv_sipnet_flush(net);
    return is_taken;
}

/* ---- streams ---- */

static bool on_stream_message(void *arg, const struct zv_sip_flow *flow, struct zv_str bytes)
{
    return zv_sipnet_on_message(arg, flow, bytes);
}

static void on_stream_failed(void *arg, const struct zv_sip_flow *flow, int err)
{
    struct zv_sipnet *net = arg;
    zv_probe_on_unreachable(net, flow);
    zv_sipnet_on_flow_failed(net, flow, err);
}

static bool may_shake_hands(void *arg, const struct zv_addr *remote)
{
    return zv_sipnet_admit_handshake(arg, remote);
}

/* It is one of its source's messages. */
static bool may_ping(void *arg, const struct zv_sip_flow *flow)
{
    enum zv_source_kind kind;
    return zv_sipnet_admit(arg, flow, ZV_STR_LIT("\r\n\r\n"), &kind);
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
        .may_shake_hands_fn = may_shake_hands,
        .may_ping_fn = may_ping,
        .arg = net,
    };
    if (net->cfg.listens_tcp)
        cfg.tcp_listen = net->udp.local;
    cfg.tls_listen = net->cfg.tls_listen;
    cfg.tls = net->tls;
    return zv_streams_new(&net->streams, &cfg);
}

/* ---- certificates ---- */

int zv_sipnet_open_tls(struct zv_sipnet *net)
{
    char ignored[ZV_TLS_ERROR_CAP];
    struct zv_tls_cfg cfg = net->cfg.tls;
    cfg.trunks = &net->trunks;
    return zv_tls_new(&net->tls, &cfg, net->cfg.tls_error ? net->cfg.tls_error : ignored);
}

int zv_sipnet_reload(struct zv_sipnet *net, const struct zv_sipnet_settings *settings,
                     char ret_error[ZV_TLS_ERROR_CAP])
{
    struct zv_policy policy;
    struct zv_tls_cfg cfg = settings->tls;
    cfg.trunks = settings->trunks;
    cfg.own_of = settings->keeps_certificate ? net->tls : NULL;
    int err = zv_policy_init(&policy, settings->allow, settings->allow_count);
    if (err) {
        snprintf(ret_error, ZV_TLS_ERROR_CAP, "sip.allow: %s", zv_err_text(err));
        return err;
    }
    err = zv_tls_reload(net->tls, &cfg, ret_error);
    if (err) {
        zv_policy_fini(&policy);
        return err;
    }
    zv_policy_fini(&net->policy);
    net->policy = policy;
    zv_sipnet_forget_trust(net);
    net->trunks = *settings->trunks;
    zv_sipnet_accounts_revise(net);
    zv_streams_forgive(net->streams);
    return 0;
}
