/*
 * What the stack writes that belongs to no single message: Contact, User-Agent, bodies; and what it
 * says about itself: names, counts, the dump.
 */
#include "base/err.h"
#include "sip/leg.h"

void zv_sip_scratch(struct zv_sip *sip, struct zv_sip_builder *builder)
{
    zv_sip_build_init(builder, sip->scratch, sizeof(sip->scratch));
}

int zv_sip_scratch_packet(struct zv_sip *sip, struct zv_sip_builder *builder,
                          struct zv_str content_type, struct zv_str body,
                          struct zv_sip_packet **ret_packet)
{
    struct zv_str message;
    (void)sip;
    int err = zv_sip_build_finish(builder, content_type, body, &message);
    if (err)
        return err;
    struct zv_sip_packet *packet = zv_sip_packet_new(message);
    if (!packet)
        return ZV_E_NOMEM;
    *ret_packet = packet;
    return 0;
}

void zv_sip_build_user_agent(const struct zv_sip *sip, struct zv_sip_builder *builder,
                             enum zv_sip_header id)
{
    if (sip->cfg.user_agent.len)
        zv_sip_build_text(builder, id, sip->cfg.user_agent);
}

void zv_sip_write_contact(struct zv_buf *buf, struct zv_str user, const struct zv_sip_flow *flow,
                          bool is_sips)
{
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_sip_build_uri uri = {
        .sips = is_sips,
        .user = user,
        .host = zv_str(zv_addr_write_ip(&flow->local, ip)),
        .port = flow->local.port,
    };
    if (flow->transport == ZV_SIP_TCP)
        uri.params = ZV_STR_LIT("transport=tcp");
    else if (flow->transport == ZV_SIP_TLS && !is_sips) /* which says it all: RFC 5630 §3.1.4 */
        uri.params = ZV_STR_LIT("transport=tls");
    if (zv_sip_write_uri(&uri, buf))
        buf->overflow = true;
}

int zv_sip_msg_sdp(const struct zv_sip_msg *msg, struct zv_str *ret_sdp)
{
    struct zv_str sdp = {0};
    if (msg->body.len) {
        int err = zv_sip_msg_body(msg, "application/sdp", &sdp);
        if (err)
            return err == ZV_E_NOTFOUND ? ZV_E_UNSUPPORTED : ZV_E_PARSE;
    }
    if (sdp.len > ZV_MAX_SDP_BYTES)
        return ZV_E_LIMIT;
    *ret_sdp = sdp;
    return 0;
}

const char *zv_sip_transport_name(enum zv_sip_transport transport)
{
    static const char *const names[] = {"", "UDP", "TCP", "TLS"};
    return names[transport];
}

const char *zv_sip_out_kind_name(enum zv_sip_out_kind kind)
{
    static const char *const names[] = {
        "none",         "send",         "resolve",
        "target_down",  "registered",   "register_failed",
        "unregistered", "incoming",     "progress",
        "answered",     "confirmed",    "offer",
        "offer_gone",   "offer_result", "refreshed",
        "info",         "info_refused", "digits_refused",
        "ended",
    };
    return names[kind];
}

const char *zv_sip_cause_name(enum zv_sip_cause cause)
{
    static const char *const names[] = {
#define X(name) #name,
        ZV_SIP_CAUSE_LIST(X)
#undef X
    };
    return names[cause];
}

void zv_sip_counts(const struct zv_sip *sip, struct zv_sip_counts *ret_counts)
{
    *ret_counts = sip->counts;
    ret_counts->accounts = sip->accounts.count;
    ret_counts->legs = sip->legs.count;
    ret_counts->client_transactions = sip->clients.count;
    ret_counts->server_transactions = sip->servers.count;
    ret_counts->resolutions = sip->requests.count;
}

static void dump_accounts(const struct zv_sip *sip, struct zv_buf *buf)
{
    static const char *const states[] = {"idle",       "registering", "registered",
                                         "refreshing", "retrying",    "unregistering"};
    char remote[ZV_ADDR_TEXT_CAP];
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->accounts, node));) {
        const struct zv_sip_account *account = ZV_CONTAINER_OF(node, struct zv_sip_account, by_id);
        zv_buf_printf(buf, "account %llu %.*s %s legs %zu%s%s\n", (unsigned long long)account->id,
                      ZV_STR_ARG(account->aor), states[account->state], account->legs,
                      account->has_flow ? " at " : "",
                      account->has_flow ? zv_addr_write(&account->flow.remote, remote) : "");
    }
}

static void dump_legs(const struct zv_sip *sip, struct zv_buf *buf)
{
    for (struct zv_map_node *node = NULL; (node = zv_map_next(&sip->leg_keys, node));) {
        const struct zv_sip_leg *leg = ZV_CONTAINER_OF(node, struct zv_sip_leg, by_key);
        zv_buf_printf(buf, "leg %llx %s dialogs %zu ending %s call-id %.*s\n",
                      (unsigned long long)leg->id, zv_sip_leg_state_name(leg->state),
                      leg->dialog_count, zv_sip_cause_name(leg->end_cause),
                      ZV_STR_ARG(leg->call_id));
    }
}

size_t zv_sip_dump(const struct zv_sip *sip, char *text, size_t cap)
{
    if (!cap)
        return 0;
    struct zv_buf buf = zv_buf(text, cap - 1);
    dump_accounts(sip, &buf);
    dump_legs(sip, &buf);
    text[buf.len] = '\0';
    return buf.len;
}
