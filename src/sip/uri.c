/*
 * SIP URIs (RFC 3261 §19.1, §25.1). One leniency, as RFC 1123 §2.1 and countless container names
 * want it: a host's labels may all start with a digit, unless the last is digits only (then it is
 * an IPv4 address or nothing).
 */
#include "sip/uri.h"

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "sip/header.h"

#include <string.h>

#define UNRESERVED       "-_.!~*'()"
#define USER_UNRESERVED  "&=+$,;?/"
#define PASSWORD_EXTRA   "&=+$,"
#define PARAM_UNRESERVED "[]/:&+$"
#define HNV_UNRESERVED   "[]/?:+$"
#define RESERVED         ";/?:@&=+$,"
/* Parameters, or headers, of one URI: bounds comparison, which is quadratic. */
#define MAX_ELEMENTS 64
/* RFC 1035 §2.3.4. */
#define MAX_LABEL_BYTES 63

static bool is_one_of(char c, const char *set)
{
    return c != 0 && strchr(set, c);
}

/* "%41" at the start of text. */
static bool is_escape(struct zv_str text)
{
    return text.len >= 3 && text.p[0] == '%' && zv_hex_value(text.p[1]) >= 0 &&
           zv_hex_value(text.p[2]) >= 0;
}

/* unreserved, escaped and `extra` only; may be empty. */
static bool is_uri_text(struct zv_str text, const char *extra)
{
    while (text.len) {
        char c = text.p[0];
        size_t step = is_escape(text) ? 3 : 1;
        if (step == 1 && !zv_is_alnum(c) && !is_one_of(c, UNRESERVED) && !is_one_of(c, extra))
            return false;
        text = zv_str_tail(text, step);
    }
    return true;
}

bool zv_sip_is_user(struct zv_str text)
{
    return text.len && is_uri_text(text, USER_UNRESERVED);
}

static bool is_label(struct zv_str label)
{
    if (label.len == 0 || label.len > MAX_LABEL_BYTES || label.p[0] == '-' ||
        label.p[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!zv_is_alnum(label.p[i]) && label.p[i] != '-')
            return false;
    }
    return true;
}

static bool is_number(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!zv_is_digit(text.p[i]))
            return false;
    }
    return text.len > 0;
}

/* A name or an IPv4 address. */
static bool is_plain_host(struct zv_str text)
{
    struct zv_addr addr;
    struct zv_str label = {NULL, 0};
    if (zv_addr_parse_ip(text, &addr) == 0)
        return addr.family == ZV_ADDR_IPV4;
    if (text.len && text.p[text.len - 1] == '.')
        text.len--;
    if (text.len == 0 || text.len > ZV_MAX_SIP_HOST_BYTES)
        return false;
    while (zv_str_split(&text, '.', &label)) {
        if (!is_label(label))
            return false;
    }
    return !is_number(label);
}

static bool is_ipv6(struct zv_str text)
{
    struct zv_addr addr;
    return zv_addr_parse_ip(text, &addr) == 0 && addr.family == ZV_ADDR_IPV6;
}

bool zv_sip_is_host(struct zv_str text)
{
    if (text.len > 2 && text.p[0] == '[' && text.p[text.len - 1] == ']')
        return is_ipv6(zv_str_n(text.p + 1, text.len - 2));
    return is_plain_host(text);
}

int zv_sip_hostport_parse(struct zv_str text, struct zv_sip_hostport *ret_hostport)
{
    struct zv_sip_hostport out = {.is_ipv6 = text.len && text.p[0] == '['};
    ptrdiff_t end = zv_str_find(text, out.is_ipv6 ? ']' : ':');
    if (out.is_ipv6 && end < 0)
        return ZV_E_PARSE;
    size_t host_len = end < 0 ? text.len : (size_t)end;
    struct zv_str rest = zv_str_tail(text, host_len + (out.is_ipv6 ? 1 : 0));
    out.host = zv_sip_trim(zv_str_head(text, host_len));
    if (out.is_ipv6)
        out.host = zv_str_tail(out.host, 1);
    if (out.is_ipv6 ? !is_ipv6(out.host) : !is_plain_host(out.host))
        return ZV_E_PARSE;
    rest = zv_sip_trim(rest);
    if (rest.len) {
        uint32_t port;
        if (rest.p[0] != ':' || zv_str_to_u32(zv_sip_trim(zv_str_tail(rest, 1)), &port) ||
            port == 0 || port > UINT16_MAX)
            return ZV_E_PARSE;
        out.port = (uint16_t)port;
    }
    *ret_hostport = out;
    return 0;
}

/* Takes what stands before the first of `seps` off `*rest`, which then starts with the separator.
 */
static struct zv_str take_until(struct zv_str *rest, const char *seps)
{
    size_t len = 0;
    while (len < rest->len && !is_one_of(rest->p[len], seps))
        len++;
    struct zv_str taken = zv_str_head(*rest, len);
    *rest = zv_str_tail(*rest, len);
    return taken;
}

/* "name=value" or, where `bare` allows it, "name". */
static bool is_element(struct zv_str element, const char *extra, bool bare)
{
    struct zv_str name = take_until(&element, "=");
    if (name.len == 0 || !is_uri_text(name, extra))
        return false;
    if (element.len == 0)
        return bare;
    struct zv_str value = zv_str_tail(element, 1);
    return (value.len || !bare) && is_uri_text(value, extra);
}

static struct zv_str element_name(struct zv_str element)
{
    return take_until(&element, "=");
}

/* uri-parameters (each name once, §19.1.1) and headers. */
static bool is_element_list(struct zv_str list, char sep, const char *extra, bool is_params)
{
    struct zv_str seen[MAX_ELEMENTS];
    size_t count = 0;
    while (zv_str_split(&list, sep, &seen[count])) {
        if (!is_element(seen[count], extra, is_params))
            return false;
        for (size_t i = 0; is_params && i < count; i++) {
            if (zv_str_eqi(element_name(seen[i]), element_name(seen[count])))
                return false;
        }
        if (++count == MAX_ELEMENTS)
            return false;
    }
    return true;
}

static int parse_userinfo(struct zv_str userinfo, struct zv_sip_uri *uri)
{
    uri->user = take_until(&userinfo, ":");
    if (!zv_sip_is_user(uri->user))
        return ZV_E_PARSE;
    uri->password = zv_str_tail(userinfo, 1);
    return is_uri_text(uri->password, PASSWORD_EXTRA) ? 0 : ZV_E_PARSE;
}

/* [ userinfo "@" ] hostport *( ";" parameter ) [ "?" headers ] */
static int parse_sip(struct zv_str rest, struct zv_sip_uri *uri)
{
    struct zv_sip_hostport hostport;
    ptrdiff_t at = zv_str_find(rest, '@');
    if (at >= 0) {
        if (parse_userinfo(zv_str_head(rest, (size_t)at), uri))
            return ZV_E_PARSE;
        rest = zv_str_tail(rest, (size_t)at + 1);
    }
    struct zv_str where = take_until(&rest, ";?");
    if (where.len != zv_sip_trim(where).len || zv_sip_hostport_parse(where, &hostport))
        return ZV_E_PARSE;
    uri->host = hostport.host;
    uri->host_is_ipv6 = hostport.is_ipv6;
    uri->port = hostport.port;
    if (rest.len && rest.p[0] == ';') {
        rest = zv_str_tail(rest, 1);
        uri->params = take_until(&rest, "?");
        if (!is_element_list(uri->params, ';', PARAM_UNRESERVED, true))
            return ZV_E_PARSE;
    }
    if (rest.len) {
        uri->headers = zv_str_tail(rest, 1);
        if (!is_element_list(uri->headers, '&', HNV_UNRESERVED, false))
            return ZV_E_PARSE;
    }
    return 0;
}

/* RFC 3966 §3, without judging the number: it is opaque to us. */
static int parse_tel(struct zv_str rest, struct zv_sip_uri *uri)
{
    uri->user = take_until(&rest, ";");
    uri->params = zv_str_tail(rest, 1);
    return uri->user.len && is_uri_text(uri->user, RESERVED) && is_uri_text(uri->params, RESERVED)
               ? 0
               : ZV_E_PARSE;
}

/* RFC 3986 §3.1. */
static bool is_scheme(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!zv_is_alpha(text.p[i]) &&
            (i == 0 || !(zv_is_digit(text.p[i]) || is_one_of(text.p[i], "+-."))))
            return false;
    }
    return text.len > 0;
}

int zv_sip_uri_parse(struct zv_str text, struct zv_sip_uri *ret_uri)
{
    struct zv_sip_uri uri = {.scheme = ZV_SIP_SCHEME_OTHER, .text = text};
    ptrdiff_t colon = zv_str_find(text, ':');
    if (colon < 0)
        return ZV_E_PARSE;
    struct zv_str scheme = zv_str_head(text, (size_t)colon);
    struct zv_str rest = zv_str_tail(text, (size_t)colon + 1);
    int err;
    if (zv_str_is_i(scheme, "sip") || zv_str_is_i(scheme, "sips")) {
        uri.scheme = scheme.len == 3 ? ZV_SIP_SCHEME_SIP : ZV_SIP_SCHEME_SIPS;
        err = parse_sip(rest, &uri);
    } else if (zv_str_is_i(scheme, "tel")) {
        uri.scheme = ZV_SIP_SCHEME_TEL;
        err = parse_tel(rest, &uri);
    } else {
        err = is_scheme(scheme) && rest.len && is_uri_text(rest, RESERVED "[]#") ? 0 : ZV_E_PARSE;
    }
    if (!err)
        *ret_uri = uri;
    return err;
}

static bool find_element(struct zv_str list, char sep, struct zv_str name, struct zv_str *ret_value)
{
    struct zv_str element;
    while (list.len && zv_str_split(&list, sep, &element)) {
        struct zv_str found = take_until(&element, "=");
        if (!zv_str_eqi(found, name))
            continue;
        if (ret_value)
            *ret_value = zv_str_tail(element, 1);
        return true;
    }
    return false;
}

bool zv_sip_uri_param(const struct zv_sip_uri *uri, const char *name, struct zv_str *ret_value)
{
    return find_element(uri->params, ';', zv_str(name), ret_value);
}

uint16_t zv_sip_uri_port(const struct zv_sip_uri *uri)
{
    if (uri->port)
        return uri->port;
    return uri->scheme == ZV_SIP_SCHEME_SIPS ? 5061 : 5060;
}

/* Takes one character, decoded; an escaped reserved one is another than its bare self (§19.1.4). */
static int take_char(struct zv_str *text)
{
    int c = (unsigned char)text->p[0];
    size_t step = 1;
    if (is_escape(*text)) {
        c = zv_hex_value(text->p[1]) << 4 | zv_hex_value(text->p[2]);
        if (is_one_of((char)c, RESERVED))
            c |= 0x100;
        step = 3;
    }
    *text = zv_str_tail(*text, step);
    return c;
}

static bool is_same_text(struct zv_str a, struct zv_str b, bool fold_case)
{
    while (a.len && b.len) {
        int x = take_char(&a), y = take_char(&b);
        if (fold_case && x < 0x80 && y < 0x80) {
            x = zv_ascii_lower((char)x);
            y = zv_ascii_lower((char)y);
        }
        if (x != y)
            return false;
    }
    return a.len == b.len;
}

/* Each parameter of `a` stands in `b` with the same value, or is one that may be missing there. */
static bool has_params_of(struct zv_str a, struct zv_str b)
{
    static const char *const decisive[] = {"transport", "user", "ttl", "method", "maddr"};
    struct zv_str element, value;
    while (a.len && zv_str_split(&a, ';', &element)) {
        struct zv_str name = take_until(&element, "=");
        if (find_element(b, ';', name, &value)) {
            if (!is_same_text(zv_str_tail(element, 1), value, true))
                return false;
            continue;
        }
        for (size_t i = 0; i < ZV_ARRAY_LEN(decisive); i++) {
            if (zv_str_is_i(name, decisive[i]))
                return false;
        }
    }
    return true;
}

static bool has_headers_of(struct zv_str a, struct zv_str b)
{
    struct zv_str element, value;
    while (a.len && zv_str_split(&a, '&', &element)) {
        struct zv_str name = take_until(&element, "=");
        if (!find_element(b, '&', name, &value) ||
            !is_same_text(zv_str_tail(element, 1), value, false))
            return false;
    }
    return true;
}

bool zv_sip_uri_eq(const struct zv_sip_uri *a, const struct zv_sip_uri *b)
{
    if (a->scheme != b->scheme)
        return false;
    if (a->scheme == ZV_SIP_SCHEME_OTHER)
        return zv_str_eq(a->text, b->text);
    return is_same_text(a->user, b->user, false) && is_same_text(a->password, b->password, false) &&
           zv_str_eqi(a->host, b->host) && a->host_is_ipv6 == b->host_is_ipv6 &&
           a->port == b->port && has_params_of(a->params, b->params) &&
           has_params_of(b->params, a->params) && has_headers_of(a->headers, b->headers) &&
           has_headers_of(b->headers, a->headers);
}

int zv_sip_user_escape(struct zv_str raw, struct zv_buf *buf)
{
    static const char digits[] = "0123456789ABCDEF";
    if (raw.len == 0 || !zv_sip_is_text(raw))
        return ZV_E_INVAL;
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char c = (unsigned char)raw.p[i];
        if (zv_is_alnum((char)c) || is_one_of((char)c, UNRESERVED "&=+$,")) {
            zv_buf_put_char(buf, (char)c);
        } else {
            char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
            zv_buf_put(buf, escape, sizeof(escape));
        }
    }
    return 0;
}

int zv_sip_user_unescape(struct zv_str user, struct zv_buf *buf)
{
    struct zv_buf out = *buf;
    while (user.len) {
        if (user.p[0] == '%' && !is_escape(user))
            return ZV_E_PARSE;
        zv_buf_put_char(&out, (char)take_char(&user));
    }
    if (!out.overflow && !zv_sip_is_text(zv_str_n(out.p + buf->len, out.len - buf->len)))
        return ZV_E_INVAL;
    if (out.overflow)
        buf->overflow = true;
    else
        *buf = out;
    return 0;
}

enum zv_sip_transport zv_sip_uri_transport(const struct zv_sip_uri *uri)
{
    struct zv_str name;
    if (uri->scheme == ZV_SIP_SCHEME_SIPS)
        return ZV_SIP_TLS;
    if (!zv_sip_uri_param(uri, "transport", &name))
        return ZV_SIP_ANY;
    if (zv_str_is_i(name, "tcp"))
        return ZV_SIP_TCP;
    if (zv_str_is_i(name, "tls"))
        return ZV_SIP_TLS;
    return zv_str_is_i(name, "udp") ? ZV_SIP_UDP : ZV_SIP_ANY;
}
