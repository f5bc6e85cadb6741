/*
 * A malformed login once hung a call for ever at the other end of the known problem; here it is
 * refused at once, and the sentence says what to type instead.
 *
 * Strict on purpose: RFC 3261 §25.1 `user` for the login, host names of RFC 1123 §2.1, no forms of
 * an IPv4 address that only some parsers know. What is legal but steers SIP elsewhere (`;`, `?`,
 * parameters, headers) is escaped or refused, never passed.
 */
#include "call/account.h"

#include "base/addr.h"
#include "base/buf.h"
#include "call/field.h"

/* ---- hosts and ports ---- */

static bool is_label(struct zv_str label)
{
    if (!label.len || label.len > 63 || label.p[0] == '-' || label.p[label.len - 1] == '-')
        return false;
    return zv_field_first_offence(label, zv_field_is_host_char, false) == label.len;
}

/* "127.1", "0x7f000001", "2130706433": addresses to some resolvers, names to others. */
static bool is_numeric_label(struct zv_str label)
{
    if (zv_str_has_prefix_i(label, "0x"))
        return true;
    for (size_t i = 0; i < label.len; i++) {
        if (!zv_is_digit(label.p[i]))
            return false;
    }
    return true;
}

static bool is_host_name(struct zv_str host)
{
    struct zv_str rest = host, label, last = {0};
    if (!host.len || host.len > ZV_MAX_SIP_HOST_BYTES)
        return false;
    while (zv_str_split(&rest, '.', &label)) {
        if (!is_label(label))
            return false;
        last = label;
    }
    return !is_numeric_label(last);
}

/* An IPv6 literal may stand in brackets. */
static int parse_literal(struct zv_str host, struct zv_addr *ret_addr)
{
    if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
        host = zv_str_n(host.p + 1, host.len - 2);
    return zv_addr_parse_ip(host, ret_addr);
}

static bool is_host(struct zv_str host)
{
    struct zv_addr addr;
    return is_host_name(host) || parse_literal(host, &addr) == 0;
}

/* Canonical: an IPv6 literal in brackets, RFC 5952; a name in lower case. */
static void copy_host(struct zv_str host, char *dst, size_t cap)
{
    struct zv_addr addr;
    char ip[ZV_ADDR_TEXT_CAP];
    struct zv_buf buf = zv_buf(dst, cap);
    if (parse_literal(host, &addr) == 0) {
        zv_addr_write_ip(&addr, ip);
        zv_buf_printf(&buf, addr.family == ZV_ADDR_IPV6 ? "[%s]" : "%s", ip);
    } else {
        for (size_t i = 0; i < host.len; i++)
            zv_buf_put_char(&buf, zv_ascii_lower(host.p[i]));
    }
    if (!zv_buf_cstr(&buf))
        dst[0] = 0;
}

static void refuse_host(struct zv_account_fault *fault, const char *field, struct zv_str host)
{
    size_t at = zv_field_first_offence(host, zv_field_is_host_char, false);
    if (host.len > ZV_MAX_SIP_HOST_BYTES || at == host.len) {
        zv_field_set_fault(fault, field, "%s is not a host name or an IP address", field);
        zv_field_set_remedy(fault, "write it like sip.example.org or 192.0.2.1");
        return;
    }
    zv_field_set_offence(fault, field, host, at);
    ptrdiff_t colon = zv_str_find(host, ':');
    uint32_t port;
    if (zv_str_has_prefix_i(host, "sip:") && is_host(zv_str_tail(host, 4)))
        zv_field_set_remedy(fault, "try %.*s", ZV_STR_ARG(zv_str_tail(host, 4)));
    else if (colon > 0 && is_host(zv_str_head(host, (size_t)colon)) &&
             zv_str_to_u32(zv_str_tail(host, (size_t)colon + 1), &port) == 0)
        zv_field_set_remedy(fault, "try %.*s; the port %u belongs to sipPort", (int)colon, host.p,
                            port);
    else
        zv_field_set_remedy(fault, "write it like sip.example.org or 192.0.2.1");
}

static bool read_host(struct zv_str host, const char *field, char *dst, size_t cap,
                      struct zv_account_fault *fault)
{
    if (zv_field_is_missing(fault, field, host))
        return false;
    if (!is_host(host)) {
        refuse_host(fault, field, host);
        return false;
    }
    copy_host(host, dst, cap);
    return true;
}

static bool read_port(struct zv_str text, const char *field, uint16_t *ret_port,
                      struct zv_account_fault *fault)
{
    uint32_t port;
    if (!text.len)
        return true;
    if (text.len > 5 || zv_str_to_u32(text, &port) || port > UINT16_MAX) {
        zv_field_set_fault(fault, field, "%s is not a port number", field);
        zv_field_set_remedy(fault, "use a number from 1 to 65535, or 0 to find the port by DNS");
        return false;
    }
    *ret_port = (uint16_t)port;
    return true;
}

/* Where the host ends and ":port" begins; an IPv6 literal with a port needs its brackets. */
static ptrdiff_t port_colon(struct zv_str text)
{
    ptrdiff_t close = zv_str_find(text, ']');
    if (close >= 0)
        return (size_t)close + 1 < text.len && text.p[close + 1] == ':' ? close + 1 : -1;
    ptrdiff_t colon = zv_str_find(text, ':');
    if (colon < 0 || zv_str_find(zv_str_tail(text, (size_t)colon + 1), ':') >= 0)
        return -1;
    return colon;
}

/* host[:port][;transport=udp] */
static bool read_proxy(struct zv_str text, const char *field, struct zv_account *account,
                       struct zv_account_fault *fault)
{
    ptrdiff_t semicolon = zv_str_find(text, ';');
    if (semicolon >= 0) {
        struct zv_str parameter = zv_str_tail(text, (size_t)semicolon + 1);
        if (!zv_str_is_i(parameter, "transport=udp")) {
            zv_field_set_fault(fault, field, "%s: the parameter at position %u is not supported",
                               field, zv_field_position(text, (size_t)semicolon));
            zv_field_set_remedy(fault,
                                "leave out everything from the semicolon on; SIP goes over UDP");
            return false;
        }
        text = zv_str_head(text, (size_t)semicolon);
    }
    ptrdiff_t colon = port_colon(text);
    if (colon >= 0) {
        if (!read_port(zv_str_tail(text, (size_t)colon + 1), field, &account->proxy_port, fault))
            return false;
        text = zv_str_head(text, (size_t)colon);
    }
    return read_host(text, field, account->proxy_host, sizeof(account->proxy_host), fault);
}

/* ---- fields ---- */

/* "Ralf C12441@host.com": try Ralf_C12441; "@host.com" belongs to sipDomain. */
static void suggest_login(struct zv_account_fault *fault, struct zv_str login)
{
    char memory[96];
    struct zv_buf value = zv_buf(memory, sizeof(memory));
    ptrdiff_t at_sign = zv_str_find(login, '@');
    struct zv_str name = at_sign < 0 ? login : zv_str_head(login, (size_t)at_sign);
    struct zv_str host = at_sign < 0 ? zv_str("") : zv_str_tail(login, (size_t)at_sign + 1);
    if (zv_str_has_prefix_i(name, "sip:"))
        name = zv_str_tail(name, 4);
    zv_field_suggest(name, zv_field_is_user_char, &value);
    if (value.len && host.len && is_host(host))
        zv_field_set_remedy(fault, "try %.*s; \"@%.*s\" belongs to sipDomain",
                            ZV_STR_ARG(zv_buf_str(&value)), ZV_STR_ARG(host));
    else if (value.len)
        zv_field_set_remedy(fault, "try %.*s", ZV_STR_ARG(zv_buf_str(&value)));
    else
        zv_field_set_remedy(fault, "use letters, digits and -_.!~*'()&=+$,");
}

/* Copies what was checked to fit. */
static void copy(struct zv_str text, char *dst, size_t cap)
{
    if (zv_str_copy(text, dst, cap))
        dst[0] = 0;
}

static bool read_login(struct zv_str login, struct zv_account *account,
                       struct zv_account_fault *fault)
{
    struct zv_buf user = zv_buf(account->user, sizeof(account->user));
    if (zv_field_is_missing(fault, "sipLogin", login) ||
        zv_field_is_too_long(fault, "sipLogin", login, ZV_MAX_SIP_USER_BYTES))
        return false;
    size_t at = zv_field_first_offence(login, zv_field_is_user_char, true);
    if (at < login.len) {
        suggest_login(zv_field_set_offence(fault, "sipLogin", login, at), login);
        return false;
    }
    copy(login, account->login, sizeof(account->login));
    zv_field_escape_user(login, &user);
    return zv_buf_cstr(&user) != NULL;
}

static bool is_auth_char(char c)
{
    return !zv_field_is_control(c) && c != ' ' && !strchr("<>\"\\", c);
}

static bool is_auth_or_space(char c)
{
    return c == ' ' || is_auth_char(c);
}

static bool read_auth_name(struct zv_str name, bool allow_space, struct zv_account *account,
                           struct zv_account_fault *fault)
{
    static const char field[] = "sipAuthenticationName";
    zv_field_class_fn *is_allowed = allow_space ? is_auth_or_space : is_auth_char;
    char memory[96];
    struct zv_buf value = zv_buf(memory, sizeof(memory));
    if (!name.len)
        name = zv_str(account->login);
    if (zv_field_is_too_long(fault, field, name, ZV_MAX_SIP_AUTH_NAME_BYTES))
        return false;
    size_t at = zv_field_first_offence(name, is_allowed, false);
    if (at == name.len && zv_str_is_utf8(name)) {
        copy(name, account->auth_name, sizeof(account->auth_name));
        return true;
    }
    if (at == name.len) {
        zv_field_set_fault(fault, field, "%s is not valid UTF-8", field);
        return false;
    }
    zv_field_set_offence(fault, field, name, at);
    zv_field_suggest(name, is_allowed, &value);
    if (value.len && zv_str_is_utf8(zv_buf_str(&value)))
        zv_field_set_remedy(fault, "try %.*s", ZV_STR_ARG(zv_buf_str(&value)));
    return false;
}

bool zv_account_is_absent(const struct zv_in_connect *in)
{
    return !in->sip_login.len && !in->sip_domain.len && !in->sip_auth_name.len &&
           !in->sip_password.len;
}

bool zv_account_read(const struct zv_in_connect *in, bool allow_space_in_auth_name,
                     struct zv_account *ret_account, struct zv_account_fault *ret_fault)
{
    struct zv_account *account = ret_account;
    bool has_outbound = in->sip_outbound_proxy.len > 0;
    struct zv_str proxy = has_outbound ? in->sip_outbound_proxy : in->sip_proxy;
    const char *proxy_field = has_outbound ? "sipOutboundProxy" : "sipProxy";
    *account = (struct zv_account){0};
    if (!read_login(in->sip_login, account, ret_fault) ||
        !read_auth_name(in->sip_auth_name, allow_space_in_auth_name, account, ret_fault) ||
        zv_field_is_too_long(ret_fault, "sipPassword", in->sip_password,
                             ZV_MAX_SIP_PASSWORD_BYTES) ||
        !read_host(in->sip_domain, "sipDomain", account->domain, sizeof(account->domain),
                   ret_fault) ||
        !read_port(in->sip_port, "sipPort", &account->proxy_port, ret_fault) ||
        !zv_account_read_contact_params(in->sip_contact_params, account, ret_fault))
        return false;
    if (!proxy.len)
        copy(zv_str(account->domain), account->proxy_host, sizeof(account->proxy_host));
    else if (!read_proxy(proxy, proxy_field, account, ret_fault))
        return false;
    copy(in->sip_password, account->password, sizeof(account->password));
    zv_account_clean_name(in->sip_visible_name, account->display, sizeof(account->display));
    return true;
}
