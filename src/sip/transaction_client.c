/*
 * Client transactions: one request of ours to one flow (RFC 3261 §17.1). The branch is random, so
 * that it identifies the transaction by itself and a stranger cannot guess it (§17.1.3).
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/transaction.h"

#include <string.h>

static void client_free(struct zv_sip *sip, struct zv_sip_grave *grave)
{
    struct zv_sip_client *client = ZV_CONTAINER_OF(grave, struct zv_sip_client, grave);
    zv_sip_tx_fini(sip, &client->tx);
    zv_sip_packet_unref(client->ack);
    zv_free(client);
}

void zv_sip_client_kill(struct zv_sip *sip, struct zv_sip_client *client)
{
    if (zv_sip_is_buried(&client->grave))
        return;
    client->tx.state = ZV_SIP_TX_TERMINATED;
    client->user = NULL;
    zv_map_remove(&sip->clients, &client->node);
    zv_list_remove(&client->failing);
    zv_sip_timer_close(sip, &client->tx.repeat);
    zv_sip_timer_close(sip, &client->tx.end);
    zv_sip_bury(sip, &client->grave, client_free);
}

void zv_sip_client_abandon(struct zv_sip *sip, struct zv_sip_client *client)
{
    client->user = NULL;
    if (client->tx.kind != ZV_SIP_TX_INVITE_CLIENT || client->tx.state != ZV_SIP_TX_COMPLETED)
        zv_sip_client_kill(sip, client);
}

void zv_sip_client_leave(struct zv_sip *sip, struct zv_sip_client *client, int64_t now_us)
{
    struct zv_sip_tx *tx = &client->tx;
    if (tx->kind != ZV_SIP_TX_INVITE_CLIENT ||
        (tx->state != ZV_SIP_TX_TRYING && tx->state != ZV_SIP_TX_PROCEEDING)) {
        zv_sip_client_abandon(sip, client);
        return;
    }
    client->user = NULL;
    tx->state = ZV_SIP_TX_PROCEEDING; /* in which a provisional stops no timer */
    zv_sip_timer_stop(sip, &tx->repeat);
    zv_sip_timer_arm(sip, &tx->end, now_us + 64 * sip->cfg.t1_us);
}

/* §17.1.1.3: the request's own Via, From, Call-ID, CSeq number and Route, the response's To. */
static struct zv_sip_packet *build_ack(struct zv_sip *sip, const struct zv_sip_packet *request,
                                       const struct zv_sip_msg *response)
{
    struct zv_sip_msg invite;
    struct zv_sip_builder b;
    struct zv_sip_packet *ack = NULL;
    if (zv_sip_msg_parse(request->bytes, request->len, &invite))
        return NULL;
    zv_sip_scratch(sip, &b);
    zv_sip_build_request(&b, ZV_STR_LIT("ACK"), invite.uri.text);
    zv_sip_build_copy(&b, &invite, ZV_SIP_HEADER_VIA);
    zv_sip_build_u32(&b, ZV_SIP_HEADER_MAX_FORWARDS, ZV_SIP_MAX_FORWARDS);
    zv_sip_build_copy(&b, &invite, ZV_SIP_HEADER_ROUTE);
    zv_sip_build_copy(&b, &invite, ZV_SIP_HEADER_FROM);
    zv_sip_build_copy(&b, response, ZV_SIP_HEADER_TO);
    zv_sip_build_call_id(&b, invite.call_id);
    zv_sip_build_cseq(&b, invite.cseq, ZV_STR_LIT("ACK"));
    if (zv_sip_scratch_packet(sip, &b, (struct zv_str){0}, (struct zv_str){0}, &ack))
        return NULL;
    return ack;
}

static void send_ack(struct zv_sip *sip, struct zv_sip_client *client,
                     const struct zv_sip_msg *response)
{
    if (!client->ack)
        client->ack = build_ack(sip, client->tx.packet, response);
    if (client->ack)
        zv_sip_send(sip, &client->tx.flow, client->ack);
    else
        sip->counts.no_memory++;
}

static void run(struct zv_sip *sip, struct zv_sip_client *client, enum zv_sip_tx_event event,
                const struct zv_sip_msg *response, int64_t now_us)
{
    struct zv_sip_tx_step step = zv_sip_tx_step(client->tx.kind, client->tx.state, event);
    if (!step.is_defined)
        return;
    void *user = client->user;
    client->tx.state = (enum zv_sip_tx_state)step.next;
    zv_sip_tx_set_timers(sip, &client->tx, &step, now_us);
    if (step.actions & ZV_SIP_TX_RESEND)
        zv_sip_tx_resend(sip, &client->tx);
    if (step.actions & ZV_SIP_TX_SEND_ACK)
        send_ack(sip, client, response);
    if (step.next == ZV_SIP_TX_TERMINATED)
        zv_sip_client_kill(sip, client);
    if (!user || !client->ops)
        return;
    if (step.actions & ZV_SIP_TX_PASS)
        client->ops->on_response(user, response, now_us);
    else if (step.actions & ZV_SIP_TX_FAIL)
        client->ops->on_failed(
            user, event == ZV_SIP_TX_TRANSPORT ? client->flow_cause : ZV_SIP_CAUSE_TIMEOUT, now_us);
    else if (step.next == ZV_SIP_TX_TERMINATED)
        client->ops->on_over(user, now_us);
}

static void on_repeat(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    run(sip, ZV_CONTAINER_OF(timer, struct zv_sip_client, tx.repeat), ZV_SIP_TX_RETRANSMIT, NULL,
        now_us);
}

static void on_end(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    run(sip, ZV_CONTAINER_OF(timer, struct zv_sip_client, tx.end), ZV_SIP_TX_END, NULL, now_us);
}

static struct zv_str write_key(struct zv_str method, struct zv_str branch, char *memory, size_t cap)
{
    struct zv_buf buf = zv_buf(memory, cap);
    zv_buf_put_str(&buf, method);
    zv_buf_put_char(&buf, ' ');
    zv_buf_put_str(&buf, branch);
    return buf.overflow ? (struct zv_str){0} : zv_buf_str(&buf);
}

static int client_open(struct zv_sip *sip, struct zv_sip_client *client,
                       const struct zv_sip_client_cfg *cfg)
{
    struct zv_str key = write_key(zv_str(zv_sip_method_name(cfg->method)), cfg->branch, client->key,
                                  sizeof(client->key));
    int err = key.len ? 0 : ZV_E_INVAL;
    if (!err)
        err = zv_sip_timer_open(sip, &client->tx.repeat, on_repeat);
    if (!err)
        err = zv_sip_timer_open(sip, &client->tx.end, on_end);
    if (!err)
        err = zv_map_insert(&sip->clients, key, &client->node);
    return err;
}

int zv_sip_client_new(struct zv_sip *sip, const struct zv_sip_client_cfg *cfg, int64_t now_us,
                      struct zv_sip_client **ret_client)
{
    struct zv_sip_client *client = zv_zalloc(sizeof(*client));
    if (!client)
        return ZV_E_NOMEM;
    client->tx.kind =
        cfg->method == ZV_SIP_METHOD_INVITE ? ZV_SIP_TX_INVITE_CLIENT : ZV_SIP_TX_CLIENT;
    client->tx.state = ZV_SIP_TX_TRYING;
    client->tx.flow = cfg->flow;
    client->tx.packet = zv_sip_packet_ref(cfg->packet);
    client->ops = cfg->ops;
    client->user = cfg->user;
    int err = client_open(sip, client, cfg);
    if (err) {
        client_free(sip, &client->grave);
        return err;
    }
    zv_sip_send(sip, &cfg->flow, cfg->packet);
    zv_sip_timer_arm(sip, &client->tx.end, now_us + cfg->timeout_us);
    if (!zv_sip_flow_is_reliable(&cfg->flow)) {
        client->tx.interval_us = sip->cfg.t1_us;
        zv_sip_timer_arm(sip, &client->tx.repeat, now_us + sip->cfg.t1_us);
    }
    *ret_client = client;
    return 0;
}

struct zv_sip_client *zv_sip_client_find(struct zv_sip *sip, const struct zv_sip_msg *msg)
{
    char memory[64];
    struct zv_str key = write_key(msg->method_name, msg->via.branch, memory, sizeof(memory));
    struct zv_map_node *node = key.len ? zv_map_find(&sip->clients, key) : NULL;
    return node ? ZV_CONTAINER_OF(node, struct zv_sip_client, node) : NULL;
}

void zv_sip_client_on_response(struct zv_sip *sip, struct zv_sip_client *client,
                               const struct zv_sip_msg *msg, int64_t now_us)
{
    run(sip, client, zv_sip_tx_event_of(msg->status), msg, now_us);
}

/* A transaction may end others (those of the same leg), so the list is made before anything runs.
 */
void zv_sip_clients_fail(struct zv_sip *sip, const struct zv_sip_flow *flow,
                         enum zv_sip_cause cause, int64_t now_us)
{
    struct zv_list failing;
    zv_list_init(&failing);
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->clients, node));) {
        struct zv_sip_client *client = ZV_CONTAINER_OF(node, struct zv_sip_client, node);
        if (!zv_sip_flow_is_same_way(&client->tx.flow, flow))
            continue;
        client->flow_cause = cause;
        zv_list_append(&failing, &client->failing);
    }
    for (struct zv_list_node *node; (node = zv_list_pop(&failing));)
        run(sip, ZV_CONTAINER_OF(node, struct zv_sip_client, failing), ZV_SIP_TX_TRANSPORT, NULL,
            now_us);
}
