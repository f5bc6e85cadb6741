/*
 * Via (RFC 3261 §20.42, §25.1; rport: RFC 3581).
 *
 *     via-parm = protocol-name SLASH version SLASH transport LWS sent-by *( SEMI via-params )
 */
#include "base/err.h"
#include "sip/msg.h"

/* Takes a token up to `sep`, a '/', off `*rest`. */
static int take_slashed(struct zv_str *rest, struct zv_str *ret_token)
{
    ptrdiff_t at = zv_str_find(*rest, '/');
    if (at < 0)
        return ZV_E_PARSE;
    *ret_token = zv_sip_trim(zv_str_head(*rest, (size_t)at));
    *rest = zv_sip_trim(zv_str_tail(*rest, (size_t)at + 1));
    return zv_sip_is_token(*ret_token) ? 0 : ZV_E_PARSE;
}

/* "SIP / 2.0 / UDP" and the blanks behind it. Versions are judged in the start line alone. */
static int take_protocol(struct zv_str *rest, struct zv_sip_via *via)
{
    struct zv_str name, version;
    if (take_slashed(rest, &name) || take_slashed(rest, &version) || !zv_str_is_i(name, "SIP"))
        return ZV_E_PARSE;
    size_t len = 0;
    while (len < rest->len && zv_sip_is_token(zv_str_n(rest->p + len, 1)))
        len++;
    via->transport = zv_str_head(*rest, len);
    struct zv_str behind = zv_str_tail(*rest, len);
    *rest = zv_sip_trim(behind);
    return len && rest->len < behind.len ? 0 : ZV_E_PARSE;
}

static int parse_rport(struct zv_sip_via *via)
{
    struct zv_str text;
    uint32_t port = 0;
    via->has_rport = zv_sip_param_find(via->params, "rport", &text);
    if (via->has_rport && text.len && (zv_str_to_u32(text, &port) || port > UINT16_MAX))
        return ZV_E_PARSE;
    via->rport = (uint16_t)port;
    return 0;
}

static int parse_params(struct zv_sip_via *via)
{
    if (!zv_sip_is_params(via->params))
        return ZV_E_PARSE;
    if (zv_sip_param_find(via->params, "branch", &via->branch) && !zv_sip_is_token(via->branch))
        return ZV_E_PARSE;
    if (zv_sip_param_find(via->params, "received", &via->received) && via->received.len > 2 &&
        via->received.p[0] == '[')
        via->received = zv_str_n(via->received.p + 1, via->received.len - 2);
    return parse_rport(via);
}

int zv_sip_via_parse(struct zv_str text, struct zv_sip_via *ret_via)
{
    struct zv_sip_via via = {0};
    struct zv_sip_hostport sent_by;
    struct zv_str rest = zv_sip_trim(text);
    if (take_protocol(&rest, &via))
        return ZV_E_PARSE;
    ptrdiff_t at = zv_str_find(rest, ';');
    if (zv_sip_hostport_parse(zv_str_head(rest, at < 0 ? rest.len : (size_t)at), &sent_by))
        return ZV_E_PARSE;
    via.host = sent_by.host;
    via.host_is_ipv6 = sent_by.is_ipv6;
    via.port = sent_by.port;
    if (at >= 0) {
        via.params = zv_sip_trim(zv_str_tail(rest, (size_t)at + 1));
        if (via.params.len == 0 || parse_params(&via))
            return ZV_E_PARSE;
    }
    *ret_via = via;
    return 0;
}

bool zv_sip_via_has_cookie(const struct zv_sip_via *via)
{
    return via->branch.len > sizeof(ZV_SIP_BRANCH_COOKIE) - 1 &&
           zv_str_has_prefix_i(via->branch, ZV_SIP_BRANCH_COOKIE);
}
