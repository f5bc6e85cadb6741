/*
 * One request over several targets: see request.h. The time that is left is shared equally by the
 * targets that are left, so that the last one still has a chance when the first is silent.
 */
#include "sip/request.h"

#include "base/alloc.h"
#include "base/err.h"

#include <string.h>

/* A target that was waited for less than this had no chance to answer, in T1. */
#define MIN_SILENCE_T1 8

static const struct zv_sip_client_ops client_ops;

static void request_free(struct zv_sip *sip, struct zv_sip_grave *grave)
{
    (void)sip;
    zv_free(ZV_CONTAINER_OF(grave, struct zv_sip_request, grave));
}

static void stop_resolving(struct zv_sip_request *req)
{
    if (!req->is_resolving)
        return;
    req->is_resolving = false;
    zv_map_remove(&req->sip->requests, &req->resolve);
    zv_sip_timer_stop(req->sip, &req->timer);
}

struct zv_sip_request *zv_sip_request_drop(struct zv_sip_request *req)
{
    if (!req || zv_sip_is_buried(&req->grave))
        return NULL;
    stop_resolving(req);
    zv_sip_timer_close(req->sip, &req->timer);
    if (req->client)
        zv_sip_client_abandon(req->sip, req->client);
    req->client = NULL;
    zv_sip_bury(req->sip, &req->grave, request_free);
    return NULL;
}

struct zv_sip_request *zv_sip_request_leave(struct zv_sip_request *req, int64_t now_us)
{
    if (req && req->client)
        zv_sip_client_leave(req->sip, req->client, now_us);
    if (req)
        req->client = NULL;
    return zv_sip_request_drop(req);
}

static void fail(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    stop_resolving(req);
    req->ops->on_failed(req, cause, now_us);
}

void zv_sip_request_head(const struct zv_sip_request *req, struct zv_sip_builder *b,
                         struct zv_str uri)
{
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_sip_build_via via = {
        .transport = zv_str(zv_sip_transport_name(req->flow.transport)),
        .host = zv_str(zv_addr_write_ip(&req->flow.local, ip)),
        .port = req->flow.local.port,
        .branch = zv_str(req->branch),
        .rport = true,
    };
    zv_sip_build_request(b, zv_str(zv_sip_method_name(req->method)), uri);
    zv_sip_build_via(b, &via);
    zv_sip_build_u32(b, ZV_SIP_HEADER_MAX_FORWARDS, ZV_SIP_MAX_FORWARDS);
}

static void make_branch(struct zv_sip_request *req)
{
    size_t cookie = sizeof(ZV_SIP_BRANCH_COOKIE) - 1;
    memcpy(req->branch, ZV_SIP_BRANCH_COOKIE, cookie);
    zv_rand_token(&req->sip->cfg.rand, req->branch + cookie, ZV_SIP_BRANCH_BYTES - cookie);
}

static int build(struct zv_sip_request *req, struct zv_sip_packet **ret_packet)
{
    struct zv_sip_builder b;
    struct zv_str body = {0};
    make_branch(req);
    zv_sip_scratch(req->sip, &b);
    req->ops->build(req, &b, &body);
    return zv_sip_scratch_packet(req->sip, &b, zv_str(req->body_type), body, ret_packet);
}

uint32_t zv_sip_request_next_cseq(struct zv_sip_request *req, uint32_t *cseq)
{
    bool is_its_own = req->is_rewritten && *cseq == req->cseq;
    *cseq += !is_its_own;
    req->cseq = *cseq;
    return *cseq;
}

static bool is_too_large(const struct zv_sip_request *req, const struct zv_sip_packet *packet)
{
    size_t most = req->sip->cfg.udp_max_request_bytes;
    return most && packet->len > most && req->flow.transport == ZV_SIP_UDP && !req->stays_udp &&
           req->method != ZV_SIP_METHOD_ACK; /* which has no failure to come back from */
}

/* §18.1.1: Via and Contact say TCP then. The edge finds the connection. */
static int build_to_fit(struct zv_sip_request *req, struct zv_sip_packet **ret_packet)
{
    int err = build(req, ret_packet);
    if (err || !is_too_large(req, *ret_packet))
        return err;
    *ret_packet = zv_sip_packet_unref(*ret_packet);
    req->flow.transport = ZV_SIP_TCP;
    req->is_moved = true;
    req->is_rewritten = true;
    err = build(req, ret_packet);
    req->is_rewritten = false;
    return err;
}

/* Timers B and F are 64*T1 at most (§17.1.1.2), and this target's share of the time left. */
static int64_t share_us(const struct zv_sip_request *req, int64_t now_us)
{
    int64_t left_us = ZV_MAX(req->give_up_us - now_us, 0);
    int64_t targets = req->no_failover ? 1 : 1 + req->target_count - req->next_target;
    return ZV_MIN(left_us / targets, 64 * req->sip->cfg.t1_us);
}

/* To req->flow. */
static void transmit(struct zv_sip_request *req, int64_t now_us)
{
    struct zv_sip_packet *packet = NULL;
    if (req->client)
        zv_sip_client_abandon(req->sip, req->client);
    req->client = NULL;
    int err = build_to_fit(req, &packet);
    if (!err && req->method == ZV_SIP_METHOD_ACK) {
        zv_sip_send(req->sip, &req->flow, packet);
        req->ops->on_sent(req, packet);
    } else if (!err) {
        struct zv_sip_client_cfg cfg = {
            .method = req->method,
            .branch = zv_str(req->branch),
            .flow = req->flow,
            .packet = packet,
            .timeout_us = share_us(req, now_us),
            .ops = &client_ops,
            .user = req,
        };
        err = zv_sip_client_new(req->sip, &cfg, now_us, &req->client);
    }
    zv_sip_packet_unref(packet);
    if (err)
        fail(req, ZV_SIP_CAUSE_INTERNAL, now_us);
}

static bool try_next_target(struct zv_sip_request *req, int64_t now_us)
{
    if (req->no_failover || req->next_target >= req->target_count || now_us >= req->give_up_us)
        return false;
    req->sip->counts.failovers += req->next_target > 0;
    if (req->next_target > 0 && req->ops->on_next_target)
        req->ops->on_next_target(req, now_us);
    if (zv_sip_is_buried(&req->grave))
        return true;
    req->flow = req->targets[req->next_target++];
    req->is_answered = req->is_moved = req->stays_udp = false;
    req->sent_us = now_us;
    transmit(req, now_us);
    return true;
}

/* With no other target there is nothing to learn. */
static void note_outage(struct zv_sip_request *req, enum zv_sip_cause cause,
                        const struct zv_sip_msg *msg, int64_t now_us)
{
    if (req->target_count >= 2)
        zv_sip_note_outage(req->sip, &req->flow, cause, msg, now_us);
}

/* §18.1.1: the target that refused TCP gets it by UDP after all. With the CSeq that it had: should
 * the other one have arrived, they are one to the far end (§8.2.2.2). But never with one that
 * another request had since, which would be refused (§12.2.2). */
static bool return_to_udp(struct zv_sip_request *req, enum zv_sip_cause cause, int64_t now_us)
{
    if (!req->is_moved || cause != ZV_SIP_CAUSE_TRANSPORT || req->no_failover ||
        now_us >= req->give_up_us)
        return false;
    req->flow.transport = ZV_SIP_UDP;
    req->is_moved = false;
    req->stays_udp = true;
    req->is_rewritten = true;
    req->sent_us = now_us;
    transmit(req, now_us);
    req->is_rewritten = false;
    return true;
}

static void on_response(void *user, const struct zv_sip_msg *msg, int64_t now_us)
{
    struct zv_sip_request *req = user;
    req->is_answered = true;
    if (msg->status == 503)
        note_outage(req, ZV_SIP_CAUSE_REJECTED, msg, now_us);
    else
        zv_sip_outage_clear(&req->sip->outages, &req->flow);
    if (msg->status == 503 && try_next_target(req, now_us))
        return;
    req->ops->on_response(req, msg, now_us);
}

static void on_failed(void *user, enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_sip_request *req = user;
    bool was_short = now_us - req->sent_us < MIN_SILENCE_T1 * req->sip->cfg.t1_us;
    req->client = NULL;
    if (return_to_udp(req, cause, now_us))
        return;
    if (!req->is_answered && (cause != ZV_SIP_CAUSE_TIMEOUT || !was_short))
        note_outage(req, cause, NULL, now_us);
    if (!try_next_target(req, now_us))
        fail(req, cause, now_us);
}

static void on_over(void *user, int64_t now_us)
{
    struct zv_sip_request *req = user;
    req->client = NULL;
    if (req->ops->on_over)
        req->ops->on_over(req, now_us);
}

static const struct zv_sip_client_ops client_ops = {
    .on_response = on_response,
    .on_failed = on_failed,
    .on_over = on_over,
};

static void on_timer(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    struct zv_sip_request *req = ZV_CONTAINER_OF(timer, struct zv_sip_request, timer);
    (void)sip;
    fail(req, ZV_SIP_CAUSE_TIMEOUT, now_us);
}

struct zv_sip_request *zv_sip_request_new(struct zv_sip *sip, const struct zv_sip_request_ops *ops,
                                          void *owner, enum zv_sip_method method)
{
    struct zv_sip_request *req = zv_zalloc(sizeof(*req));
    if (!req)
        return NULL;
    req->sip = sip;
    req->ops = ops;
    req->owner = owner;
    req->method = method;
    req->body_type = "application/sdp";
    if (zv_sip_timer_open(sip, &req->timer, on_timer))
        return zv_free(req);
    return req;
}

void zv_sip_request_start_at(struct zv_sip_request *req, const struct zv_sip_flow *flow,
                             int64_t give_up_us, int64_t now_us)
{
    req->give_up_us = give_up_us;
    req->targets[0] = req->flow = *flow;
    req->target_count = req->next_target = 1;
    transmit(req, now_us);
}

static int ask(struct zv_sip_request *req, const struct zv_sip_hop *hop)
{
    struct zv_sip *sip = req->sip;
    struct zv_sip_out_node *node = zv_sip_out_node_new(ZV_SIP_OUT_RESOLVE, hop->host.len);
    if (!node)
        return ZV_E_NOMEM;
    req->resolve_id = ++sip->last_resolve_id;
    int err = zv_map_insert(&sip->requests, ZV_MAP_KEY_OF(req->resolve_id), &req->resolve);
    if (err) {
        zv_sip_out_node_free(node);
        return err;
    }
    req->is_resolving = true;
    node->out.resolve_id = req->resolve_id;
    node->out.account = req->account;
    node->out.leg = req->leg;
    node->out.host = zv_sip_out_node_text(node, hop->host);
    node->out.port = hop->port;
    node->out.transport = hop->transport;
    node->out.purpose = hop->purpose;
    zv_sip_out_push(sip, node);
    return 0;
}

int zv_sip_request_start(struct zv_sip_request *req, const struct zv_sip_hop *hop,
                         int64_t give_up_us, int64_t now_us)
{
    (void)now_us;
    int err = ask(req, hop);
    if (err)
        return err;
    if (req->client) /* it goes elsewhere, after its final answer */
        zv_sip_client_abandon(req->sip, req->client);
    req->client = NULL;
    req->give_up_us = give_up_us;
    req->known_only_on_error = hop->purpose == ZV_SIP_FOR_DIALOG;
    req->has_known = hop->known != NULL;
    if (hop->known)
        req->known = *hop->known;
    req->failed_cause = hop->failed ? hop->failed_cause : ZV_SIP_CAUSE_NONE;
    if (hop->failed)
        req->failed = *hop->failed;
    zv_sip_timer_arm(req->sip, &req->timer, give_up_us);
    return 0;
}

void zv_sip_request_again(struct zv_sip_request *req, int64_t now_us)
{
    /* It may have rung for longer than that before it was challenged. */
    if (req->method == ZV_SIP_METHOD_INVITE)
        req->give_up_us = ZV_MAX(req->give_up_us, now_us + 64 * req->sip->cfg.t1_us);
    transmit(req, now_us);
}

bool zv_sip_request_is_accepted(const struct zv_sip_request *req)
{
    return req->client && req->client->tx.state == ZV_SIP_TX_ACCEPTED;
}

/* The one that answered last, which holds the binding of a registration. */
static void put_known_first(struct zv_sip_request *req)
{
    if (!req->has_known || req->known_only_on_error)
        return;
    for (uint8_t i = 1; i < req->target_count; i++) {
        if (!zv_sip_flow_is_same_way(&req->targets[i], &req->known))
            continue;
        struct zv_sip_flow first = req->targets[i];
        memmove(req->targets + 1, req->targets, i * sizeof(first));
        req->targets[0] = first;
        return;
    }
}

static void take_targets(struct zv_sip_request *req, const struct zv_sip_flow *targets,
                         size_t count, int64_t now_us)
{
    req->target_count = req->next_target = 0;
    for (size_t i = 0; i < count && req->target_count < ZV_SIP_MAX_TARGETS; i++) {
        if (req->failed_cause == ZV_SIP_CAUSE_NONE ||
            !zv_sip_flow_is_same_way(&targets[i], &req->failed))
            req->targets[req->target_count++] = targets[i];
    }
    put_known_first(req);
    zv_sip_outage_order(&req->sip->outages, req->targets, req->target_count, now_us);
}

static enum zv_sip_cause cause_of(int err)
{
    if (err == ZV_E_DENIED)
        return ZV_SIP_CAUSE_DENIED;
    if (err == ZV_E_NOROUTE)
        return ZV_SIP_CAUSE_TRANSPORT;
    return err == ZV_E_NOMEM || err == ZV_E_LIMIT ? ZV_SIP_CAUSE_INTERNAL
                                                  : ZV_SIP_CAUSE_RESOLVE_FAILED;
}

void zv_sip_on_resolved(struct zv_sip *sip, uint64_t resolve_id, int err,
                        const struct zv_sip_flow *targets, size_t count, int64_t now_us)
{
    struct zv_map_node *node = zv_map_find(&sip->requests, ZV_MAP_KEY_OF(resolve_id));
    if (!node)
        return;
    struct zv_sip_request *req = ZV_CONTAINER_OF(node, struct zv_sip_request, resolve);
    stop_resolving(req);
    if (!err && !count)
        err = ZV_E_NOTFOUND;
    if (err && req->has_known && (req->known_only_on_error || err != ZV_E_DENIED)) {
        err = 0;
        targets = &req->known;
        count = 1;
    }
    if (err) {
        fail(req, cause_of(err), now_us);
    } else {
        take_targets(req, targets, count, now_us);
        if (!try_next_target(req, now_us))
            fail(req, req->target_count ? ZV_SIP_CAUSE_TIMEOUT : req->failed_cause, now_us);
    }
    zv_sip_sweep(sip);
}
