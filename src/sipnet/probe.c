#define _GNU_SOURCE
#include "sipnet/probe.h"

#include "base/alloc.h"
#include "base/err.h"
#include "io/clock.h"
#include "sip/build.h"
#include "sip/msg.h"
#include "sipnet/sipnet_int.h"

#include <stdio.h>

#define CALL_ID_PREFIX    "zvonok-probe-"
#define MAX_REQUEST_BYTES 2048

/* One probe. Its memory goes when it is done and the resolver has let go of it. */
struct probe {
    struct zv_list_node node; /* in zv_sipnet.probes until it is freed */
    struct zv_sipnet *net;
    struct zv_probe_query query;
    char host[ZV_MAX_SIP_HOST_BYTES + 1];
    uint64_t token; /* random: in Call-ID, branch and tag */
    struct zv_sip_flow flow;
    struct zv_loop_timer *timer;
    int64_t started_us;
    int64_t sent_us; /* first; 0: still resolving */
    bool was_repeated;
    bool is_resolving; /* the resolver holds a reference */
    bool is_done;
    struct zv_probe_result result;
};

static struct probe *probe_of(struct zv_list_node *node)
{
    return ZV_CONTAINER_OF(node, struct probe, node);
}

static void forget(struct probe *probe)
{
    probe->timer = zv_loop_timer_close(probe->timer);
    zv_list_remove(&probe->node);
    probe->net->probe_count--;
    zv_free(probe);
}

static void retire(struct probe *probe)
{
    probe->is_done = true;
    if (probe->is_resolving)
        probe->timer = zv_loop_timer_close(probe->timer);
    else
        forget(probe);
}

static void finish(struct probe *probe)
{
    struct zv_probe_query query = probe->query;
    struct zv_probe_result result = probe->result;
    retire(probe);
    query.done_fn(query.arg, query.id, &result);
}

static void fail(struct probe *probe, int err)
{
    probe->result.err = err;
    finish(probe);
}

/* ---- the request ---- */

static void write_call_id(const struct probe *probe, struct zv_buf *out)
{
    zv_buf_printf(out, CALL_ID_PREFIX "%016llx", (unsigned long long)probe->token);
}

static void add_headers(struct probe *probe, struct zv_sip_builder *builder, struct zv_str target,
                        const char *local)
{
    char call_id_memory[64], branch[64], tag[32], from[ZV_ADDR_TEXT_CAP + 16];
    struct zv_buf call_id = zv_buf(call_id_memory, sizeof(call_id_memory));
    unsigned long long token = probe->token;
    write_call_id(probe, &call_id);
    snprintf(branch, sizeof(branch), ZV_SIP_BRANCH_COOKIE "%016llx", token);
    snprintf(tag, sizeof(tag), "%016llx", token);
    snprintf(from, sizeof(from), "sip:zvonok@%s", local);
    zv_sip_build_via(builder, &(struct zv_sip_build_via){
                                  .transport = zv_str(zv_sip_transport_name(probe->flow.transport)),
                                  .host = zv_str(local),
                                  .port = probe->flow.local.port,
                                  .branch = zv_str(branch),
                                  .rport = true});
    zv_sip_build_u32(builder, ZV_SIP_HEADER_MAX_FORWARDS, 70);
    zv_sip_build_addr(builder, ZV_SIP_HEADER_FROM,
                      &(struct zv_sip_build_addr){.uri = zv_str(from), .tag = zv_str(tag)});
    zv_sip_build_addr(builder, ZV_SIP_HEADER_TO, &(struct zv_sip_build_addr){.uri = target});
    zv_sip_build_call_id(builder, zv_buf_str(&call_id));
    zv_sip_build_cseq(builder, 1, zv_str("OPTIONS"));
    zv_sip_build_text(builder, ZV_SIP_HEADER_ACCEPT, zv_str("application/sdp"));
    if (probe->net->cfg.user_agent && probe->net->cfg.user_agent[0])
        zv_sip_build_text(builder, ZV_SIP_HEADER_USER_AGENT, zv_str(probe->net->cfg.user_agent));
}

static int write_request(struct probe *probe, void *memory, size_t cap, struct zv_str *ret_message)
{
    char uri_memory[ZV_MAX_SIP_HOST_BYTES + 32], local[ZV_ADDR_TEXT_CAP + 2];
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_buf uri = zv_buf(uri_memory, sizeof(uri_memory));
    struct zv_sip_builder builder;
    bool is_ipv6 = probe->flow.local.family == ZV_ADDR_IPV6;
    zv_addr_write_ip(&probe->flow.local, ip);
    snprintf(local, sizeof(local), "%s%s%s", is_ipv6 ? "[" : "", ip, is_ipv6 ? "]" : "");
    int err = zv_sip_write_uri(
        &(struct zv_sip_build_uri){.host = zv_str(probe->host), .port = probe->query.port}, &uri);
    if (err || uri.overflow)
        return err ? err : ZV_E_TRUNCATED;
    zv_sip_build_init(&builder, memory, cap);
    zv_sip_build_request(&builder, zv_str("OPTIONS"), zv_buf_str(&uri));
    add_headers(probe, &builder, zv_buf_str(&uri), local);
    return zv_sip_build_finish(&builder, zv_str(""), zv_str(""), ret_message);
}

/* What a probe could not be sent over may be the stack's as well. */
static void fail_to_send(struct probe *probe, int err)
{
    struct zv_sipnet *net = probe->net;
    const struct zv_sip_flow flow = probe->flow;
    fail(probe, ZV_E_NOROUTE);
    zv_sipnet_on_flow_failed(net, &flow, err);
}

/* False: the probe is over. */
static bool send_request(struct probe *probe)
{
    char memory[MAX_REQUEST_BYTES];
    struct zv_str message;
    int err = write_request(probe, memory, sizeof(memory), &message);
    if (err) {
        fail(probe, err);
        return false;
    }
    err = zv_sipnet_send(probe->net, &probe->flow, message);
    if (err)
        fail_to_send(probe, err);
    return !err;
}

/* ---- its steps ---- */

static void ask(struct probe *probe, const struct zv_target *target)
{
    if (zv_sipnet_find_flow(probe->net, 0, target, &probe->flow)) {
        fail(probe, ZV_E_NOROUTE);
        return;
    }
    if (!send_request(probe))
        return;
    probe->sent_us = zv_clock_now_us();
    zv_loop_timer_arm(probe->timer, probe->sent_us + ZV_PROBE_REPEAT_US);
}

static void on_targets(void *arg, uint64_t id, int err, const struct zv_target *targets,
                       size_t count)
{
    struct probe *probe = arg;
    (void)id;
    probe->is_resolving = false;
    if (probe->is_done) {
        forget(probe);
        return;
    }
    probe->result.resolve_us = zv_clock_now_us() - probe->started_us;
    probe->result.resolve_err = err ? err : (count ? 0 : ZV_E_NOTFOUND);
    probe->result.addr_count = count;
    if (probe->result.resolve_err) {
        finish(probe);
        return;
    }
    probe->result.addr = targets[0].addr;
    ask(probe, &targets[0]);
}

static void on_due(void *arg, int64_t now_us)
{
    struct probe *probe = arg;
    if (!probe->sent_us) {
        probe->result.resolve_us = now_us - probe->started_us;
        probe->result.resolve_err = ZV_E_TIMEOUT;
        finish(probe);
        return;
    }
    if (probe->was_repeated) {
        fail(probe, ZV_E_TIMEOUT);
        return;
    }
    probe->was_repeated = true;
    /* What was given to a stream arrives, or the stream fails. */
    if (probe->flow.transport != ZV_SIP_UDP || send_request(probe))
        zv_loop_timer_arm(probe->timer, probe->sent_us + ZV_PROBE_ANSWER_US);
}

int zv_probe_start(struct zv_sipnet *net, const struct zv_probe_query *query)
{
    if (net->probe_count >= ZV_PROBE_MAX)
        return ZV_E_LIMIT;
    struct probe *probe = zv_zalloc(sizeof(*probe));
    if (!probe)
        return ZV_E_NOMEM;
    int err = zv_str_copy(query->host, probe->host, sizeof(probe->host));
    if (!err)
        err = zv_loop_timer_open(&probe->timer, net->cfg.loop, on_due, probe);
    if (err) {
        zv_free(probe);
        return err;
    }
    probe->net = net;
    probe->query = *query;
    probe->token = zv_rand_u64(&net->cfg.rand);
    probe->started_us = zv_clock_now_us();
    probe->is_resolving = true;
    zv_list_append(&net->probes, &probe->node);
    net->probe_count++;
    zv_loop_timer_arm(probe->timer, probe->started_us + ZV_PROBE_RESOLVE_US);
    zv_targets_find(net->targets, &(struct zv_target_query){.host = zv_str(probe->host),
                                                            .port = query->port,
                                                            .transport = query->transport,
                                                            .purpose = ZV_SIP_FOR_ACCOUNT,
                                                            .done = on_targets,
                                                            .arg = probe});
    return 0;
}

void zv_probe_cancel(struct zv_sipnet *net, const void *arg)
{
    ZV_LIST_EACH (node, &net->probes) {
        struct probe *probe = probe_of(node);
        if (probe->query.arg == arg && !probe->is_done)
            retire(probe);
    }
}

void zv_probe_fini(struct zv_sipnet *net)
{
    ZV_LIST_EACH (node, &net->probes)
        forget(probe_of(node));
}

/* ---- what comes back ---- */

static struct probe *find_by_call_id(struct zv_sipnet *net, struct zv_str call_id)
{
    ZV_LIST_EACH (node, &net->probes) {
        char memory[64];
        struct zv_buf own = zv_buf(memory, sizeof(memory));
        write_call_id(probe_of(node), &own);
        if (!probe_of(node)->is_done && zv_str_eq(call_id, zv_buf_str(&own)))
            return probe_of(node);
    }
    return NULL;
}

bool zv_probe_on_message(struct zv_sipnet *net, const void *data, size_t len)
{
    struct zv_sip_msg msg;
    if (zv_list_is_empty(&net->probes) || zv_sip_msg_parse(data, len, &msg) || msg.is_request ||
        !zv_str_has_prefix(msg.call_id, CALL_ID_PREFIX))
        return false;
    struct probe *probe = find_by_call_id(net, msg.call_id);
    if (!probe || !probe->sent_us)
        return false;
    probe->result.status = msg.status;
    probe->result.rtt_us = zv_clock_now_us() - probe->sent_us;
    finish(probe);
    return true;
}

void zv_probe_on_unreachable(struct zv_sipnet *net, const struct zv_sip_flow *flow)
{
    ZV_LIST_EACH (node, &net->probes) {
        struct probe *probe = probe_of(node);
        if (probe->is_done || !probe->sent_us || !zv_sip_flow_is_same_way(&probe->flow, flow))
            continue;
        fail(probe, ZV_E_NOROUTE);
        return; /* the callback may have changed the list; the next error tells the next */
    }
}
