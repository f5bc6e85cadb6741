/*
 * How a dialog comes about, is refreshed, and writes the requests within it (RFC 3261 §12).
 *
 * The route set is kept as the text of its name-addrs, in the order in which requests use it:
 * Record-Route of a request is taken as it stands, of a response reversed.
 */
#include "sip/dialog.h"

#include "base/err.h"

#include <string.h>

static int copy(struct zv_str text, char *dst, size_t cap)
{
    return zv_str_copy(text, dst, cap) ? ZV_E_LIMIT : 0;
}

/* "<sip:…;lr>" of one element, without display name and header parameters. */
static void put_route(struct zv_buf *buf, struct zv_str uri)
{
    if (buf->len)
        zv_buf_put_char(buf, ',');
    zv_buf_printf(buf, "<%.*s>", ZV_STR_ARG(uri));
}

static int set_routes(struct zv_sip_dialog *dialog, const struct zv_sip_msg *msg, bool reversed)
{
    struct zv_str uris[ZV_MAX_SIP_HEADERS];
    size_t count = 0;
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_RECORD_ROUTE);
    struct zv_sip_name_addr route;
    for (int err; (err = zv_sip_iter_addr(&iter, &route)) != ZV_E_NOTFOUND;) {
        if (err)
            return ZV_E_PARSE;
        if (count == ZV_ARRAY_LEN(uris))
            return ZV_E_LIMIT;
        uris[count++] = route.uri.text;
    }
    struct zv_buf buf = zv_buf(dialog->routes, sizeof(dialog->routes));
    for (size_t i = 0; i < count; i++)
        put_route(&buf, uris[reversed ? count - 1 - i : i]);
    return zv_buf_cstr(&buf) ? 0 : ZV_E_LIMIT;
}

/* A header part must not get into a request line, From or To (§19.1.1, table 1). */
static struct zv_str without_headers(const struct zv_sip_uri *uri)
{
    if (!uri->headers.p)
        return uri->text;
    return zv_str_head(uri->text, (size_t)(uri->headers.p - 1 - uri->text.p));
}

/* The first Contact that is a SIP URI; empty: none. */
static struct zv_str contact_of(const struct zv_sip_msg *msg)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_CONTACT);
    struct zv_sip_name_addr contact;
    if (zv_sip_iter_addr(&iter, &contact) || contact.is_star)
        return (struct zv_str){0};
    if (contact.uri.scheme != ZV_SIP_SCHEME_SIP && contact.uri.scheme != ZV_SIP_SCHEME_SIPS)
        return (struct zv_str){0};
    return without_headers(&contact.uri);
}

static void note_allow(struct zv_sip_dialog *dialog, const struct zv_sip_msg *msg)
{
    if (zv_sip_msg_find(msg, ZV_SIP_HEADER_ALLOW))
        dialog->allows_update = zv_sip_msg_has_token(msg, ZV_SIP_HEADER_ALLOW, "UPDATE");
}

static int set_names(struct zv_sip_dialog *dialog, const struct zv_sip_msg *msg, bool is_outgoing)
{
    struct zv_str local_tag = is_outgoing ? msg->from_tag : (struct zv_str){0};
    struct zv_str remote_tag = is_outgoing ? msg->to_tag : msg->from_tag;
    struct zv_str local_uri = without_headers(is_outgoing ? &msg->from.uri : &msg->to.uri);
    struct zv_str remote_uri = without_headers(is_outgoing ? &msg->to.uri : &msg->from.uri);
    int err = copy(msg->call_id, dialog->call_id, sizeof(dialog->call_id));
    if (!err)
        err = copy(local_tag, dialog->local_tag, sizeof(dialog->local_tag));
    if (!err)
        err = copy(remote_tag, dialog->remote_tag, sizeof(dialog->remote_tag));
    if (!err)
        err = copy(local_uri, dialog->local_uri, sizeof(dialog->local_uri));
    if (!err)
        err = copy(remote_uri, dialog->remote_uri, sizeof(dialog->remote_uri));
    return err;
}

int zv_sip_dialog_from_response(const struct zv_sip_msg *response,
                                const struct zv_sip_dialog_start *start,
                                struct zv_sip_dialog *ret_dialog)
{
    struct zv_sip_dialog dialog = {.is_outgoing = true, .flow = *start->flow};
    struct zv_str target = contact_of(response);
    int err = set_names(&dialog, response, true);
    if (!err)
        err = set_routes(&dialog, response, true);
    if (!err)
        err = copy(target.len ? target : zv_str(dialog.remote_uri), dialog.remote_target,
                   sizeof(dialog.remote_target));
    if (!err)
        err = copy(start->contact_user, dialog.contact_user, sizeof(dialog.contact_user));
    if (err)
        return err;
    dialog.local_cseq = response->cseq;
    note_allow(&dialog, response);
    *ret_dialog = dialog;
    return 0;
}

int zv_sip_dialog_from_request(const struct zv_sip_msg *invite,
                               const struct zv_sip_dialog_start *start,
                               struct zv_sip_dialog *ret_dialog)
{
    struct zv_sip_dialog dialog = {.flow = *start->flow};
    struct zv_str target = contact_of(invite);
    int err = target.len ? set_names(&dialog, invite, false) : ZV_E_PARSE;
    if (!err)
        err = set_routes(&dialog, invite, false);
    if (!err)
        err = copy(target, dialog.remote_target, sizeof(dialog.remote_target));
    if (!err)
        err = copy(start->local_tag, dialog.local_tag, sizeof(dialog.local_tag));
    if (!err)
        err = copy(start->contact_user, dialog.contact_user, sizeof(dialog.contact_user));
    if (err)
        return err;
    dialog.remote_cseq = invite->cseq;
    dialog.has_remote_cseq = true;
    note_allow(&dialog, invite);
    *ret_dialog = dialog;
    return 0;
}

bool zv_sip_dialog_refresh(struct zv_sip_dialog *dialog, const struct zv_sip_msg *msg)
{
    struct zv_str target = contact_of(msg);
    note_allow(dialog, msg);
    if (!target.len || zv_str_is(target, dialog->remote_target))
        return false;
    return copy(target, dialog->remote_target, sizeof(dialog->remote_target)) == 0;
}

static bool is_flow(const struct zv_sip_dialog_hop *hop, const struct zv_sip_uri *uri,
                    const struct zv_sip_flow *flow)
{
    struct zv_addr addr;
    if (zv_addr_parse_ip(hop->host, &addr))
        return false;
    if (hop->transport != ZV_SIP_ANY && hop->transport != flow->transport)
        return false;
    addr.port = zv_sip_uri_port(uri);
    return zv_addr_eq(&addr, &flow->remote);
}

int zv_sip_dialog_next_hop(const struct zv_sip_dialog *dialog, struct zv_sip_dialog_hop *ret_hop)
{
    struct zv_sip_uri uri;
    struct zv_sip_name_addr route;
    struct zv_str rest = zv_str(dialog->routes);
    int err;
    if (rest.len) {
        err = zv_sip_name_addr_next(&rest, &route);
        uri = route.uri;
    } else {
        err = zv_sip_uri_parse(zv_str(dialog->remote_target), &uri);
    }
    if (err)
        return ZV_E_PARSE;
    struct zv_sip_dialog_hop hop = {
        .host = uri.host, .port = uri.port, .transport = zv_sip_uri_transport(&uri)};
    hop.is_flow = is_flow(&hop, &uri, &dialog->flow);
    /* RFC 3263 §4.1 would have UDP; what began in secret goes on so. */
    if (hop.transport == ZV_SIP_ANY && dialog->flow.transport == ZV_SIP_TLS)
        hop.transport = ZV_SIP_TLS;
    *ret_hop = hop;
    return 0;
}

void zv_sip_dialog_build(const struct zv_sip_dialog *dialog, struct zv_sip_builder *b,
                         enum zv_sip_method method, uint32_t cseq)
{
    struct zv_sip_build_addr from = {.uri = zv_str(dialog->local_uri),
                                     .tag = zv_str(dialog->local_tag)};
    struct zv_sip_build_addr to = {.uri = zv_str(dialog->remote_uri),
                                   .tag = zv_str(dialog->remote_tag)};
    struct zv_str rest = zv_str(dialog->routes), route;
    while (rest.len && zv_sip_split(&rest, ',', &route))
        zv_sip_build_addr_text(b, ZV_SIP_HEADER_ROUTE, route);
    zv_sip_build_addr(b, ZV_SIP_HEADER_FROM, &from);
    zv_sip_build_addr(b, ZV_SIP_HEADER_TO, &to);
    zv_sip_build_call_id(b, zv_str(dialog->call_id));
    zv_sip_build_cseq(b, cseq, zv_str(zv_sip_method_name(method)));
}
