#define _GNU_SOURCE
#include "sipnet/sipnet.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "io/clock.h"
#include "io/sockaddr.h"
#include "io/udp_large.h"
#include "sipnet/sipnet_int.h"

/* Datagrams read in one turn, so that a flood does not keep the loop from its other work. */
#define RX_PER_TURN 64
/* Of one call, where 3xx is followed at all. */
#define MAX_REDIRECTS 3

#define DEFAULT_MESSAGES_PER_S 100
#define DEFAULT_INVITES_PER_S  10

/* Free ports looked at. */
#define PORT_TRIES 16

/* A resolution on its way: the stack's question and the account that it is for. */
struct question {
    struct zv_list_node node;
    struct zv_sipnet *net;
    uint64_t account;
    enum zv_sip_purpose purpose;
    bool is_trusted; /* the name is listed */
};

static void forget_question(struct question *question)
{
    zv_list_remove(&question->node);
    zv_free(question);
}

static void on_targets(void *arg, uint64_t id, int err, const struct zv_target *targets,
                       size_t count)
{
    struct question question = *(struct question *)arg;
    struct zv_sipnet *net = question.net;
    struct zv_sip_flow flows[ZV_SIP_MAX_TARGETS];
    size_t usable = 0;
    forget_question(arg);
    for (size_t i = 0; i < count; i++) {
        if (zv_sipnet_find_flow(net, question.account, &targets[i], &flows[usable]) == 0)
            usable++;
    }
    if (!err && !usable)
        err = ZV_E_NOROUTE;
    if (question.purpose == ZV_SIP_FOR_ACCOUNT)
        zv_sipnet_learn_servers(net, targets, count, question.is_trusted);
    if (question.purpose == ZV_SIP_FOR_ACCOUNT && !err)
        zv_sipnet_account_resolved(net, question.account, &flows[0]);
    zv_sip_on_resolved(net->sip, id, err, flows, usable, zv_clock_now_us());
    zv_sipnet_flush(net);
}

/* Questions on their way as well: each was asked under the list before. */
void zv_sipnet_forget_trust(struct zv_sipnet *net)
{
    zv_sources_forget_trust(net->sources);
    ZV_LIST_EACH (node, &net->questions)
        ZV_CONTAINER_OF(node, struct question, node)->is_trusted = false;
}

static void resolve(struct zv_sipnet *net, const struct zv_sip_out *out)
{
    struct question *question = zv_zalloc(sizeof(*question));
    if (!question) {
        zv_sip_on_resolved(net->sip, out->resolve_id, ZV_E_NOMEM, NULL, 0, zv_clock_now_us());
        return;
    }
    *question = (struct question){.net = net,
                                  .account = out->account,
                                  .purpose = out->purpose,
                                  .is_trusted = zv_policy_has_domain(&net->policy, out->host)};
    zv_list_append(&net->questions, &question->node);
    zv_targets_find(net->targets, &(struct zv_target_query){.id = out->resolve_id,
                                                            .host = out->host,
                                                            .port = out->port,
                                                            .transport = out->transport,
                                                            .purpose = out->purpose,
                                                            .done = on_targets,
                                                            .arg = question});
}

static bool drain_stack(struct zv_sipnet *net)
{
    struct zv_sip_out out;
    bool had_some = false;
    while (zv_sip_poll(net->sip, &out) != ZV_SIP_OUT_NONE) {
        had_some = true;
        if (out.kind == ZV_SIP_OUT_SEND)
            zv_sipnet_send_message(net, &out.flow, out.data);
        else if (out.kind == ZV_SIP_OUT_RESOLVE)
            resolve(net, &out);
        else
            zv_sipnet_deliver(net, &out);
    }
    return had_some;
}

void zv_sipnet_flush(struct zv_sipnet *net)
{
    if (net->is_flushing)
        return;
    net->is_flushing = true;
    do {
        zv_sipnet_deliver_failures(net);
    } while (drain_stack(net) || !zv_list_is_empty(&net->failures));
    net->is_flushing = false;
    zv_loop_timer_arm(net->timer, zv_sip_deadline_us(net->sip));
}

static void on_due(void *arg, int64_t now_us)
{
    struct zv_sipnet *net = arg;
    zv_sip_on_timeout(net->sip, now_us);
    zv_sipnet_flush(net);
}

static void read_errors(struct zv_sipnet *net)
{
    struct zv_udp_error error;
    for (int i = 0; i < RX_PER_TURN && zv_udp_read_error(&net->udp, &error); i++) {
        if (!error.is_unreachable)
            continue;
        struct zv_sip_flow flow = {.transport = ZV_SIP_UDP, .remote = error.remote};
        zv_probe_on_unreachable(net, &flow);
        zv_sip_on_flow_failed(net->sip, &flow, zv_clock_now_us());
        zv_sipnet_flush(net);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct zv_sipnet *net = poll->data;
    (void)events;
    if (!net)
        return;
    /* Where there are ICMP errors to read libuv says UV_EBADF and stops watching. */
    if (status < 0)
        uv_poll_start(poll, UV_READABLE, on_readable);
    read_errors(net);
    for (int i = 0; i < RX_PER_TURN; i++) {
        struct zv_dgram dgram = {.data = net->rx};
        int err = zv_udp_receive_large(&net->udp, &dgram, sizeof(net->rx));
        if (err == ZV_E_AGAIN)
            break;
        struct zv_sip_flow flow = {
            .transport = ZV_SIP_UDP, .local = dgram.local, .remote = dgram.remote};
        if (!err)
            zv_sipnet_on_message(net, &flow, zv_str_n((const char *)dgram.data, dgram.len));
    }
}

static int open_sources(struct zv_sipnet *net)
{
    const struct zv_sipnet_cfg *cfg = &net->cfg;
    struct zv_sources_cfg sources = {
        .messages_per_s = cfg->messages_per_s ? cfg->messages_per_s : DEFAULT_MESSAGES_PER_S,
        .invites_per_s = cfg->invites_per_s ? cfg->invites_per_s : DEFAULT_INVITES_PER_S,
        .seed = {zv_rand_u64(&cfg->rand), zv_rand_u64(&cfg->rand)},
    };
    return zv_sources_new(&net->sources, &sources);
}

static void on_poll_closed(uv_handle_t *handle)
{
    zv_free(handle);
}

static int open_datagrams(struct zv_sipnet *net)
{
    struct zv_udp_cfg cfg = {.bind = net->cfg.listen, .dual_stack = true, .buffer_bytes = 1 << 20};
    int err = zv_udp_open(&net->udp, &cfg);
    if (!err)
        err = zv_udp_enable_errors(&net->udp);
    if (!err)
        err = zv_udp_allow_fragments(&net->udp);
    if (err)
        return err;
    net->poll = zv_zalloc(sizeof(*net->poll));
    if (!net->poll)
        return ZV_E_NOMEM;
    if (uv_poll_init(net->cfg.loop, net->poll, net->udp.fd) < 0) {
        net->poll = zv_free(net->poll);
        return ZV_E_IO;
    }
    net->poll->data = net;
    return uv_poll_start(net->poll, UV_READABLE, on_readable) < 0 ? ZV_E_IO : 0;
}

static void close_datagrams(struct zv_sipnet *net)
{
    if (net->poll) {
        net->poll->data = NULL;
        uv_poll_stop(net->poll);
        uv_close((uv_handle_t *)net->poll, on_poll_closed);
    }
    net->poll = NULL;
    zv_udp_close(&net->udp);
}

/* Of a free UDP port (`listen` names none) the TCP port of that number may be somebody's. */
static int open_sockets(struct zv_sipnet *net)
{
    int err = 0;
    for (int i = 0; i < PORT_TRIES; i++) {
        err = open_datagrams(net);
        if (!err)
            err = zv_sipnet_open_streams(net);
        if (err != ZV_E_INUSE || net->cfg.listen.port)
            break;
        close_datagrams(net);
    }
    return err;
}

/* "::" takes IPv4 as well. */
static int family_of(const struct zv_udp_socket *socket)
{
    return socket->any && socket->local.family == ZV_ADDR_IPV6 ? ZV_ADDR_NONE
                                                               : socket->local.family;
}

static int open_dns(struct zv_sipnet *net)
{
    struct zv_dns_cfg dns = {.loop = net->cfg.loop,
                             .servers = net->cfg.dns_servers,
                             .server_count = net->cfg.dns_server_count,
                             .timeout_us = net->cfg.dns_timeout_us,
                             .tries = net->cfg.dns_tries,
                             .rand = net->cfg.rand};
    int err = zv_dns_new(&net->dns, &dns);
    if (err)
        return err;
    struct zv_targets_cfg targets = {.loop = net->cfg.loop,
                                     .dns = net->dns,
                                     .policy = &net->policy,
                                     .rand = net->cfg.rand,
                                     .family = family_of(&net->udp),
                                     .transports = ZV_SIP_TRANSPORT_BIT(ZV_SIP_UDP) |
                                                   ZV_SIP_TRANSPORT_BIT(ZV_SIP_TCP) |
                                                   ZV_SIP_TRANSPORT_BIT(ZV_SIP_TLS),
                                     .total_us = net->cfg.dns_total_us,
                                     .max_lookups = net->cfg.max_sessions + net->cfg.max_calls};
    return zv_targets_new(&net->targets, &targets);
}

static int open_stack(struct zv_sipnet *net)
{
    struct zv_sip_cfg sip = {
        .rand = net->cfg.rand,
        .user_agent = zv_str(net->cfg.user_agent),
        .register_timeout_us = net->cfg.register_timeout_us,
        .max_ringing_us = net->cfg.max_ringing_us,
        .max_redirects = net->cfg.follows_redirects ? MAX_REDIRECTS : 0,
        .session_expires_s = (uint32_t)(net->cfg.session_expires_us / ZV_US_PER_S),
        .t1_us = net->cfg.t1_us,
        /* Contact will name our TCP port: there must be one. */
        .udp_max_request_bytes = net->cfg.listens_tcp ? net->cfg.udp_max_request_bytes : 0,
        .max_legs = net->cfg.max_calls * 2,
        .max_accounts = net->cfg.max_sessions * 2};
    return zv_sip_new(&net->sip, &sip);
}

int zv_sipnet_new(struct zv_sipnet **ret_net, const struct zv_sipnet_cfg *cfg)
{
    struct zv_sipnet *net = zv_zalloc(sizeof(*net));
    if (!net)
        return ZV_E_NOMEM;
    net->cfg = *cfg;
    net->udp.fd = -1;
    zv_list_init(&net->failures);
    zv_list_init(&net->questions);
    zv_list_init(&net->probes);
    const uint64_t seed[2] = {zv_rand_u64(&cfg->rand), zv_rand_u64(&cfg->rand)};
    zv_map_init(&net->accounts, cfg->max_sessions * 2, seed);
    if (cfg->trunks)
        net->trunks = *cfg->trunks;
    net->cfg.trunks = NULL; /* as `allow` and `tls`, it may change: zv_sipnet_reload */
    int err = zv_policy_init(&net->policy, cfg->allow, cfg->allow_count);
    if (!err)
        err = open_sources(net);
    if (!err)
        err = zv_sipnet_open_tls(net);
    if (!err)
        err = open_sockets(net);
    if (!err)
        err = open_dns(net);
    if (!err)
        err = open_stack(net);
    if (!err)
        err = zv_loop_timer_open(&net->timer, cfg->loop, on_due, net);
    if (err) {
        zv_sipnet_free(net);
        return err;
    }
    *ret_net = net;
    return 0;
}

struct zv_sipnet *zv_sipnet_free(struct zv_sipnet *net)
{
    if (!net)
        return NULL;
    net->timer = zv_loop_timer_close(net->timer);
    net->targets = zv_targets_free(net->targets); /* which answers no question any more */
    ZV_LIST_EACH (node, &net->questions)
        forget_question(ZV_CONTAINER_OF(node, struct question, node));
    zv_probe_fini(net);
    net->dns = zv_dns_free(net->dns);
    close_datagrams(net);
    net->streams = zv_streams_free(net->streams);
    net->tls = zv_tls_free(net->tls);
    zv_sipnet_accounts_fini(net);
    net->sip = zv_sip_free(net->sip);
    ZV_LIST_EACH (node, &net->failures)
        zv_free(ZV_CONTAINER_OF(node, struct zv_sipnet_failure, node));
    zv_policy_fini(&net->policy);
    net->sources = zv_sources_free(net->sources);
    return zv_free(net);
}

struct zv_addr zv_sipnet_local(const struct zv_sipnet *net)
{
    return net->udp.local;
}

void zv_sipnet_counts(const struct zv_sipnet *net, struct zv_sip_counts *ret_counts,
                      size_t *ret_lookups)
{
    zv_sip_counts(net->sip, ret_counts);
    *ret_lookups = zv_targets_pending(net->targets);
}

void zv_sipnet_dropped(const struct zv_sipnet *net, struct zv_sipnet_dropped *ret_dropped)
{
    struct zv_sources_counts counts;
    zv_sources_counts(net->sources, &counts);
    *ret_dropped = (struct zv_sipnet_dropped){.over_rate = counts.over_rate,
                                              .over_invites = counts.over_invites,
                                              .over_all = counts.over_all};
}

void zv_sipnet_stream_counts(const struct zv_sipnet *net, struct zv_streams_counts *ret_counts)
{
    zv_streams_counts(net->streams, ret_counts);
}

void zv_sipnet_dns_counts(const struct zv_sipnet *net, struct zv_dns_counts *ret_counts)
{
    zv_dns_counts(net->dns, ret_counts);
}
