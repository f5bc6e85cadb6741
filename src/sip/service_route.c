/*
 * Service-Route (RFC 3608): the way that the registrar wants later requests of the account to take.
 * It stands with the registration: each 2xx to a REGISTER brings it anew or takes it away.
 *
 * With an outbound proxy requests go on being sent there, and the proxy takes it from there (§6.1).
 * Without one the first route is the next hop (RFC 3261 §8.1.2). It was named by the registrar, not
 * by the client, so that the edge judges it as it judges a far end's Record-Route.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "sip/account.h"
#include "sip/uri.h"

/* More, or longer, than any network needs: such a list counts as none. */
#define MAX_ROUTES       8
#define MAX_ROUTES_BYTES 1536

static bool is_route(const struct zv_sip_name_addr *route)
{
    return !route->is_star && !route->uri.headers.len &&
           (route->uri.scheme == ZV_SIP_SCHEME_SIP || route->uri.scheme == ZV_SIP_SCHEME_SIPS);
}

/* "<sip:p1.example.com;lr>,<…>". ZV_E_PARSE, ZV_E_LIMIT. */
static int write_routes(const struct zv_sip_msg *msg, struct zv_buf *buf)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, ZV_SIP_HEADER_SERVICE_ROUTE);
    struct zv_sip_name_addr route;
    int err, count = 0;
    while ((err = zv_sip_iter_addr(&iter, &route)) != ZV_E_NOTFOUND) {
        if (err || !is_route(&route))
            return ZV_E_PARSE;
        if (count++ == MAX_ROUTES)
            return ZV_E_LIMIT;
        zv_buf_printf(buf, "%s<%.*s>", buf->len ? "," : "", ZV_STR_ARG(route.uri.text));
    }
    return buf->overflow ? ZV_E_LIMIT : 0;
}

void zv_sip_account_forget_routes(struct zv_sip_account *account)
{
    account->service_routes = zv_free(account->service_routes);
}

void zv_sip_account_learn_routes(struct zv_sip_account *account, const struct zv_sip_msg *msg)
{
    char memory[MAX_ROUTES_BYTES];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    zv_sip_account_forget_routes(account);
    if (write_routes(msg, &buf) == 0 && buf.len)
        account->service_routes = zv_strndup(buf.p, buf.len);
}

void zv_sip_account_build_routes(const struct zv_sip_account *account, struct zv_sip_builder *b)
{
    struct zv_str rest = zv_str(account->service_routes), route;
    if (account->route.len)
        zv_sip_build_addr_text(b, ZV_SIP_HEADER_ROUTE, account->route);
    while (rest.len && zv_sip_split(&rest, ',', &route))
        zv_sip_build_addr_text(b, ZV_SIP_HEADER_ROUTE, route);
}

/* Where the URI says nothing the operator's word holds; where that is TLS it holds whatever the URI
 * says: the offer may have keys, and credentials go the same way. */
enum zv_sip_transport zv_sip_account_transport_to(const struct zv_sip_account *account,
                                                  const struct zv_sip_uri *uri)
{
    enum zv_sip_transport transport = zv_sip_uri_transport(uri);
    bool is_operators = transport == ZV_SIP_ANY || account->transport == ZV_SIP_TLS;
    return is_operators ? account->transport : transport;
}

struct zv_sip_hop zv_sip_account_call_hop(const struct zv_sip_account *account)
{
    struct zv_sip_hop hop = zv_sip_account_hop(account);
    struct zv_str rest = zv_str(account->service_routes);
    struct zv_sip_name_addr route;
    if (account->proxy.len || !rest.len || zv_sip_name_addr_next(&rest, &route))
        return hop;
    hop.host = route.uri.host;
    hop.port = route.uri.port;
    hop.transport = zv_sip_account_transport_to(account, &route.uri);
    hop.purpose = ZV_SIP_FOR_DIALOG;
    return hop;
}
