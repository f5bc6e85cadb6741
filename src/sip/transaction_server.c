/*
 * Server transactions: repetitions of one request are absorbed, its last response is repeated
 * (RFC 3261 §17.2). Only requests that reach an account or a dialog get one; everything else is
 * answered without state (§8.2.7), so that a flood of strangers fills no table.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/transaction.h"

#include <string.h>

static void server_free(struct zv_sip *sip, struct zv_sip_grave *grave)
{
    struct zv_sip_server *server = ZV_CONTAINER_OF(grave, struct zv_sip_server, grave);
    zv_sip_tx_fini(sip, &server->tx);
    zv_sip_packet_unref(server->request);
    zv_free(server);
}

static void forget_merge_key(struct zv_sip *sip, struct zv_sip_server *server)
{
    if (server->is_merge_key)
        zv_map_remove(&sip->merges, &server->merge);
    server->is_merge_key = false;
}

void zv_sip_server_kill(struct zv_sip *sip, struct zv_sip_server *server)
{
    if (zv_sip_is_buried(&server->grave))
        return;
    server->tx.state = ZV_SIP_TX_TERMINATED;
    server->user = NULL;
    zv_map_remove(&sip->servers, &server->node);
    forget_merge_key(sip, server);
    zv_sip_timer_close(sip, &server->tx.repeat);
    zv_sip_timer_close(sip, &server->tx.end);
    zv_sip_bury(sip, &server->grave, server_free);
}

/*
 * §17.2.3. ACK and CANCEL carry the method of the INVITE that they belong to. Without the cookie
 * (RFC 2543) the branch is not unique, and the request's identity stands in for it; To is left out,
 * since an ACK has a tag there that its INVITE had not.
 */
static void write_key(const struct zv_sip_msg *msg, struct zv_buf *buf)
{
    bool is_invites = msg->method == ZV_SIP_METHOD_ACK || msg->method == ZV_SIP_METHOD_CANCEL;
    zv_buf_put_str(buf, is_invites ? ZV_STR_LIT("INVITE") : msg->method_name);
    zv_buf_printf(buf, " %.*s %.*s:%u", ZV_STR_ARG(msg->via.branch), ZV_STR_ARG(msg->via.host),
                  msg->via.port);
    if (!zv_sip_via_has_cookie(&msg->via))
        zv_buf_printf(buf, " %u %.*s %.*s %.*s", (unsigned)msg->cseq, ZV_STR_ARG(msg->call_id),
                      ZV_STR_ARG(msg->from_tag), ZV_STR_ARG(msg->uri.text));
}

/* §8.2.2.2, for each account by itself: each is a user agent of its own, and who calls two of them
 * at once, or one after the other, has his one INVITE come to both. */
static void write_merge_key(const struct zv_sip_msg *msg, uint64_t account, struct zv_buf *buf)
{
    zv_buf_printf(buf, "%llu %u %.*s %.*s", (unsigned long long)account, (unsigned)msg->cseq,
                  ZV_STR_ARG(msg->from_tag), ZV_STR_ARG(msg->call_id));
}

/* §18.2.2 and RFC 3581 §4: to the source; without rport to the port that sent-by names. */
struct zv_sip_flow zv_sip_response_flow(const struct zv_sip_msg *msg,
                                        const struct zv_sip_flow *source)
{
    struct zv_sip_flow flow = *source;
    if (!zv_sip_flow_is_reliable(source) && !msg->via.has_rport)
        flow.remote.port = msg->via.port ? msg->via.port : 5060;
    return flow;
}

static void on_repeat(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    zv_sip_server_on_event(sip, ZV_CONTAINER_OF(timer, struct zv_sip_server, tx.repeat),
                           ZV_SIP_TX_RETRANSMIT, now_us);
}

static void on_end(struct zv_sip *sip, struct zv_sip_timer *timer, int64_t now_us)
{
    zv_sip_server_on_event(sip, ZV_CONTAINER_OF(timer, struct zv_sip_server, tx.end), ZV_SIP_TX_END,
                           now_us);
}

static int server_open(struct zv_sip *sip, struct zv_sip_server *server,
                       const struct zv_sip_msg *msg, struct zv_str key, struct zv_str merge_key)
{
    server->request = zv_sip_packet_new(msg->text);
    int err = server->request ? 0 : ZV_E_NOMEM;
    if (!err)
        err = zv_sip_timer_open(sip, &server->tx.repeat, on_repeat);
    if (!err)
        err = zv_sip_timer_open(sip, &server->tx.end, on_end);
    if (!err)
        err = zv_map_insert(&sip->servers, key, &server->node);
    if (err || !merge_key.len)
        return err;
    err = zv_map_insert(&sip->merges, merge_key, &server->merge);
    server->is_merge_key = !err;
    if (err)
        zv_map_remove(&sip->servers, &server->node);
    return err;
}

int zv_sip_server_new(struct zv_sip *sip, const struct zv_sip_msg *msg,
                      const struct zv_sip_flow *flow, uint64_t account,
                      struct zv_sip_server **ret_server)
{
    char memory[2 * ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf key = zv_buf(memory, ZV_SIP_MAX_KEY_BYTES);
    struct zv_buf merge = zv_buf(memory + ZV_SIP_MAX_KEY_BYTES, ZV_SIP_MAX_KEY_BYTES);
    bool is_invite = msg->method == ZV_SIP_METHOD_INVITE;
    write_key(msg, &key);
    if (is_invite && !msg->to_tag.len)
        write_merge_key(msg, account, &merge);
    if (key.overflow || merge.overflow)
        return ZV_E_PARSE;
    struct zv_sip_server *server = zv_zalloc(sizeof(*server) + key.len + merge.len);
    if (!server)
        return ZV_E_NOMEM;
    memcpy(server->keys, key.p, key.len);
    if (merge.len)
        memcpy(server->keys + key.len, merge.p, merge.len);
    server->tx.kind = is_invite ? ZV_SIP_TX_INVITE_SERVER : ZV_SIP_TX_SERVER;
    server->tx.state = is_invite ? ZV_SIP_TX_PROCEEDING : ZV_SIP_TX_TRYING;
    server->tx.flow = zv_sip_response_flow(msg, flow);
    server->source = *flow;
    int err = server_open(sip, server, msg, zv_str_n(server->keys, key.len),
                          zv_str_n(server->keys + key.len, merge.len));
    if (err) {
        server_free(sip, &server->grave);
        return err;
    }
    *ret_server = server;
    return 0;
}

struct zv_sip_server *zv_sip_server_find(struct zv_sip *sip, const struct zv_sip_msg *msg)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf key = zv_buf(memory, sizeof(memory));
    write_key(msg, &key);
    struct zv_map_node *node = key.overflow ? NULL : zv_map_find(&sip->servers, zv_buf_str(&key));
    return node ? ZV_CONTAINER_OF(node, struct zv_sip_server, node) : NULL;
}

bool zv_sip_server_is_merged(struct zv_sip *sip, const struct zv_sip_msg *msg, uint64_t account)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf key = zv_buf(memory, sizeof(memory));
    write_merge_key(msg, account, &key);
    return !key.overflow && zv_map_find(&sip->merges, zv_buf_str(&key)) != NULL;
}

void zv_sip_server_on_event(struct zv_sip *sip, struct zv_sip_server *server,
                            enum zv_sip_tx_event event, int64_t now_us)
{
    struct zv_sip_tx_step step = zv_sip_tx_step(server->tx.kind, server->tx.state, event);
    if (!step.is_defined)
        return;
    server->tx.state = (enum zv_sip_tx_state)step.next;
    zv_sip_tx_set_timers(sip, &server->tx, &step, now_us);
    if (step.actions & ZV_SIP_TX_RESEND)
        zv_sip_tx_resend(sip, &server->tx);
    if (step.next == ZV_SIP_TX_TERMINATED)
        zv_sip_server_kill(sip, server);
}

void zv_sip_server_respond(struct zv_sip *sip, struct zv_sip_server *server, uint16_t status,
                           struct zv_sip_packet *packet, int64_t now_us)
{
    struct zv_sip_tx_step step =
        zv_sip_tx_step(server->tx.kind, server->tx.state, zv_sip_tx_event_of(status));
    if (!step.is_defined)
        return;
    zv_sip_packet_unref(server->tx.packet);
    server->tx.packet = zv_sip_packet_ref(packet);
    if (status >= 200) {
        server->request = zv_sip_packet_unref(server->request);
        server->user = NULL;
    }
    if (status >= 300) /* a proxy may try again, with another offer or by another branch */
        forget_merge_key(sip, server);
    server->tx.state = (enum zv_sip_tx_state)step.next;
    zv_sip_tx_set_timers(sip, &server->tx, &step, now_us);
    if (step.actions & ZV_SIP_TX_SEND)
        zv_sip_send(sip, &server->tx.flow, server->tx.packet);
}
