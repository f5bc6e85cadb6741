#include "sip/reply.h"

#include "base/err.h"

/* The bodies that a request of this method may have; OPTIONS asks for those of all. */
static struct zv_str accept_of(enum zv_sip_method method)
{
#define X(id, media_type) ", " media_type
    static const char info[] = ZV_SIP_INFO_LIST(X), all[] = ZV_SIP_ACCEPT ZV_SIP_INFO_LIST(X);
#undef X
    if (method == ZV_SIP_METHOD_INFO)
        return zv_str_tail(zv_str(info), 2);
    return method == ZV_SIP_METHOD_OPTIONS ? zv_str(all) : ZV_STR_LIT(ZV_SIP_ACCEPT);
}

static void add_extensions(struct zv_sip_builder *b, const struct zv_sip_reply *reply)
{
    char memory[40];
    struct zv_buf session = zv_buf(memory, sizeof(memory));
    if (reply->rseq) {
        zv_sip_build_text(b, ZV_SIP_HEADER_REQUIRE, ZV_STR_LIT("100rel"));
        zv_sip_build_u32(b, ZV_SIP_HEADER_RSEQ, reply->rseq);
    }
    if (reply->session_expires_s) {
        zv_buf_printf(&session, "%u;refresher=%s", (unsigned)reply->session_expires_s,
                      reply->is_refresher_uac ? "uac" : "uas");
        zv_sip_build_text(b, ZV_SIP_HEADER_SESSION_EXPIRES, zv_buf_str(&session));
        if (reply->requires_timer)
            zv_sip_build_text(b, ZV_SIP_HEADER_REQUIRE, ZV_STR_LIT("timer"));
    }
    if (reply->status == 422)
        zv_sip_build_u32(b, ZV_SIP_HEADER_MIN_SE, ZV_SIP_MIN_SE_S);
}

/* What §20 and §21 want beside certain statuses. */
static void add_headers(const struct zv_sip *sip, struct zv_sip_builder *b,
                        const struct zv_sip_msg *msg, const struct zv_sip_reply *reply)
{
    bool is_success = reply->status >= 200 && reply->status < 300;
    bool makes_dialog = is_success && msg->method == ZV_SIP_METHOD_INVITE;
    bool is_options = is_success && msg->method == ZV_SIP_METHOD_OPTIONS;
    if (sip->answer_max) /* a stranger learns no more than that we are no use to him */
        return;
    if (makes_dialog || is_options || reply->status == 405 || reply->status == 501)
        zv_sip_build_text(b, ZV_SIP_HEADER_ALLOW, ZV_STR_LIT(ZV_SIP_ALLOW));
    if (is_options || reply->status == 415)
        zv_sip_build_text(b, ZV_SIP_HEADER_ACCEPT, accept_of(msg->method));
    if (reply->status == 469) /* RFC 6086 §4.2.2: there is no package that we would take */
        zv_sip_build_text(b, ZV_SIP_HEADER_RECV_INFO, (struct zv_str){0});
    if (makes_dialog || is_options)
        zv_sip_build_text(b, ZV_SIP_HEADER_SUPPORTED, ZV_STR_LIT(ZV_SIP_SUPPORTED));
    add_extensions(b, reply);
    if (reply->unsupported.len)
        zv_sip_build_text(b, ZV_SIP_HEADER_UNSUPPORTED, reply->unsupported);
    if (reply->retry_after_s)
        zv_sip_build_u32(b, ZV_SIP_HEADER_RETRY_AFTER, reply->retry_after_s);
    zv_sip_build_user_agent(sip, b, ZV_SIP_HEADER_SERVER);
}

/* §12.1.1: sips where the request says so. */
static void add_contact(struct zv_sip_builder *b, const struct zv_sip_msg *msg, struct zv_str user,
                        const struct zv_sip_flow *flow)
{
    char memory[ZV_SIP_MAX_KEY_BYTES];
    struct zv_buf uri = zv_buf(memory, sizeof(memory));
    zv_sip_write_contact(&uri, user, flow, msg->uri.scheme == ZV_SIP_SCHEME_SIPS);
    struct zv_sip_build_addr contact = {.uri = zv_buf_str(&uri)};
    zv_sip_build_addr(b, ZV_SIP_HEADER_CONTACT, &contact);
}

static int build(struct zv_sip *sip, const struct zv_sip_msg *msg, const struct zv_sip_flow *flow,
                 const struct zv_sip_reply *reply, struct zv_sip_packet **ret_packet)
{
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_sip_builder b;
    struct zv_sip_build_reply head = {
        .request = msg,
        .status = reply->status,
        .to_tag = reply->to_tag,
        .record_route = reply->contact_user.len != 0,
        .received = zv_str(zv_addr_write_ip(&flow->remote, ip)),
        .rport = flow->remote.port,
    };
    zv_sip_scratch(sip, &b);
    zv_sip_build_reply(&b, &head);
    if (reply->contact_user.len)
        add_contact(&b, msg, reply->contact_user, flow);
    add_headers(sip, &b, msg, reply);
    return zv_sip_scratch_packet(sip, &b, zv_sip_sdp_type(reply->sdp), reply->sdp, ret_packet);
}

int zv_sip_reply_send(struct zv_sip *sip, struct zv_sip_server *server,
                      const struct zv_sip_reply *reply, int64_t now_us,
                      struct zv_sip_packet **ret_packet)
{
    struct zv_sip_msg msg;
    struct zv_sip_packet *packet = NULL;
    int err = ZV_E_STATE;
    if (server->request)
        err = zv_sip_msg_parse(server->request->bytes, server->request->len, &msg);
    if (!err)
        err = build(sip, &msg, &server->source, reply, &packet);
    if (err)
        return err;
    zv_sip_server_respond(sip, server, reply->status, packet, now_us);
    zv_sip_packet_unref(packet);
    if (ret_packet)
        *ret_packet = server->tx.packet;
    return 0;
}

void zv_sip_reply_final(struct zv_sip *sip, struct zv_sip_server *server, uint16_t status,
                        struct zv_str to_tag, int64_t now_us)
{
    struct zv_sip_reply reply = {.status = status, .to_tag = to_tag};
    if (status == 503) /* RFC 3261 §21.5.4: without it, it would count as 500 */
        reply.retry_after_s = ZV_SIP_RETRY_AFTER_S;
    if (zv_sip_reply_send(sip, server, &reply, now_us, NULL)) {
        sip->counts.no_memory++;
        zv_sip_server_kill(sip, server);
    }
}

void zv_sip_reply_stateless(struct zv_sip *sip, const struct zv_sip_msg *msg,
                            const struct zv_sip_flow *flow, const struct zv_sip_reply *reply)
{
    char text[17];
    struct zv_buf tag = zv_buf(text, sizeof(text));
    struct zv_sip_reply tagged = *reply;
    struct zv_sip_packet *packet;
    uint64_t hash[2] = {zv_siphash(sip->tag_seed, msg->call_id.p, msg->call_id.len),
                        zv_siphash(sip->tag_seed, msg->from_tag.p, msg->from_tag.len)};
    zv_buf_printf(&tag, "%016llx",
                  (unsigned long long)zv_siphash(hash, &msg->cseq, sizeof(uint32_t)));
    if (!tagged.to_tag.len)
        tagged.to_tag = zv_buf_str(&tag);
    if (reply->status >= 300)
        sip->counts.refused++;
    if (build(sip, msg, flow, &tagged, &packet)) {
        sip->counts.no_memory++;
        return;
    }
    struct zv_sip_flow to = zv_sip_response_flow(msg, flow);
    if (!sip->answer_max || packet->len <= sip->answer_max)
        zv_sip_send(sip, &to, packet);
    zv_sip_packet_unref(packet);
}

void zv_sip_refuse(struct zv_sip *sip, const struct zv_sip_msg *msg, const struct zv_sip_flow *flow,
                   uint16_t status)
{
    struct zv_sip_reply reply = {.status = status};
    zv_sip_reply_stateless(sip, msg, flow, &reply);
}
