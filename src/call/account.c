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

#include <stdarg.h>

/* ---- character classes ---- */

/* RFC 3261 §25.1: unreserved and user-unreserved but for `;` `?` `/`. */
static bool is_plain_user_char(char c)
{
    return zv_is_alnum(c) || (c && strchr("-_.!~*'()&=+$,", c));
}

static bool is_user_char(char c)
{
    return is_plain_user_char(c) || c == ';' || c == '?' || c == '/';
}

static bool is_callee_char(char c)
{
    return is_user_char(c) || c == '#'; /* dialled often, escaped by us */
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

static bool is_auth_char(char c)
{
    return !is_control(c) && c != ' ' && !strchr("<>\"\\", c);
}

static bool is_auth_or_space(char c)
{
    return c == ' ' || is_auth_char(c);
}

static bool is_host_char(char c)
{
    return zv_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* "%41": length 3 when an escape of something that is no control stands at `at`; else 0. */
static size_t escape_at(struct zv_str text, size_t at)
{
    if (at + 2 >= text.len || text.p[at] != '%')
        return 0;
    int high = zv_hex_value(text.p[at + 1]), low = zv_hex_value(text.p[at + 2]);
    if (high < 0 || low < 0 || is_control((char)(high * 16 + low)))
        return 0;
    return 3;
}

typedef bool char_class_fn(char c);

/* Offset of the first byte that is not allowed, or text.len. */
static size_t first_offence(struct zv_str text, char_class_fn *is_allowed, bool has_escapes)
{
    size_t at = 0;
    while (at < text.len) {
        size_t escape = has_escapes ? escape_at(text, at) : 0;
        if (!escape && !is_allowed(text.p[at]))
            return at;
        at += escape ? escape : 1;
    }
    return text.len;
}

/* ---- faults ---- */

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* 1-based position of the character at a byte offset. */
static unsigned position_of(struct zv_str text, size_t at)
{
    unsigned position = 1;
    for (size_t i = 0; i < at; i++)
        position += !is_continuation(text.p[i]);
    return position;
}

static void name_char(struct zv_str text, size_t at, struct zv_buf *buf)
{
    char c = text.p[at];
    size_t len = 1;
    while (at + len < text.len && len < 4 && is_continuation(text.p[at + len]))
        len++;
    if (c == ' ')
        zv_buf_put_text(buf, "a blank");
    else if (is_control(c))
        zv_buf_printf(buf, "a control character (0x%02x)", (unsigned char)c);
    else if (c == '%' && at + 2 < text.len)
        zv_buf_put_text(buf, "a \"%\" that begins no valid escape");
    else if (zv_str_is_utf8(zv_str_n(text.p + at, len)))
        zv_buf_printf(buf, "the character \"%.*s\"", (int)len, text.p + at);
    else
        zv_buf_printf(buf, "the byte 0x%02x", (unsigned char)c);
}

static void print(char *dst, size_t cap, const char *format, va_list args) ZV_PRINTF(3, 0);
static void print(char *dst, size_t cap, const char *format, va_list args)
{
    struct zv_buf buf = zv_buf(dst, cap);
    zv_buf_vprintf(&buf, format, args);
    if (!zv_buf_cstr(&buf))
        dst[0] = 0;
}

static struct zv_account_fault *set_fault(struct zv_account_fault *fault, const char *field,
                                          const char *format, ...) ZV_PRINTF(3, 4);
static struct zv_account_fault *set_fault(struct zv_account_fault *fault, const char *field,
                                          const char *format, ...)
{
    va_list args;
    *fault = (struct zv_account_fault){.cause = ZV_CAUSE_BAD_ACCOUNT, .field = field};
    va_start(args, format);
    print(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    return fault;
}

static void set_remedy(struct zv_account_fault *fault, const char *format, ...) ZV_PRINTF(2, 3);
static void set_remedy(struct zv_account_fault *fault, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(fault->remedy, sizeof(fault->remedy), format, args);
    va_end(args);
}

/* "sipLogin: a blank at position 5 is not allowed" */
static struct zv_account_fault *set_offence(struct zv_account_fault *fault, const char *field,
                                            struct zv_str text, size_t at)
{
    char memory[64];
    struct zv_buf name = zv_buf(memory, sizeof(memory));
    name_char(text, at, &name);
    return set_fault(fault, field, "%s: %.*s at position %u is not allowed", field,
                     ZV_STR_ARG(zv_buf_str(&name)), position_of(text, at));
}

static bool is_too_long(struct zv_account_fault *fault, const char *field, struct zv_str text,
                        size_t max)
{
    if (text.len <= max)
        return false;
    set_fault(fault, field, "%s is %zu bytes long, at most %zu are allowed", field, text.len, max);
    return true;
}

static bool is_missing(struct zv_account_fault *fault, const char *field, struct zv_str text)
{
    if (text.len)
        return false;
    set_fault(fault, field, "%s is missing", field);
    set_remedy(fault, "fill in %s", field);
    return true;
}

/* ---- values to try instead ---- */

/* Each run of what is not allowed becomes one "_", none at the ends. */
static void suggest(struct zv_str text, char_class_fn *is_allowed, struct zv_buf *buf)
{
    bool is_gap = false;
    for (size_t i = 0; i < text.len && buf->len < 64; i++) {
        if (!is_allowed(text.p[i])) {
            is_gap = true;
            continue;
        }
        if (is_gap && buf->len)
            zv_buf_put_char(buf, '_');
        is_gap = false;
        zv_buf_put_char(buf, text.p[i]);
    }
}

static bool is_host(struct zv_str host);

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
    suggest(name, is_user_char, &value);
    if (value.len && host.len && is_host(host))
        set_remedy(fault, "try %.*s; \"@%.*s\" belongs to sipDomain",
                   ZV_STR_ARG(zv_buf_str(&value)), ZV_STR_ARG(host));
    else if (value.len)
        set_remedy(fault, "try %.*s", ZV_STR_ARG(zv_buf_str(&value)));
    else
        set_remedy(fault, "use letters, digits and -_.!~*'()&=+$,");
}

/* ---- hosts and ports ---- */

static bool is_label(struct zv_str label)
{
    if (!label.len || label.len > 63 || label.p[0] == '-' || label.p[label.len - 1] == '-')
        return false;
    return first_offence(label, is_host_char, false) == label.len;
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
    size_t at = first_offence(host, is_host_char, false);
    if (host.len > ZV_MAX_SIP_HOST_BYTES || at == host.len) {
        set_fault(fault, field, "%s is not a host name or an IP address", field);
        set_remedy(fault, "write it like sip.example.org or 192.0.2.1");
        return;
    }
    set_offence(fault, field, host, at);
    ptrdiff_t colon = zv_str_find(host, ':');
    uint32_t port;
    if (zv_str_has_prefix_i(host, "sip:") && is_host(zv_str_tail(host, 4)))
        set_remedy(fault, "try %.*s", ZV_STR_ARG(zv_str_tail(host, 4)));
    else if (colon > 0 && is_host(zv_str_head(host, (size_t)colon)) &&
             zv_str_to_u32(zv_str_tail(host, (size_t)colon + 1), &port) == 0)
        set_remedy(fault, "try %.*s; the port %u belongs to sipPort", (int)colon, host.p, port);
    else
        set_remedy(fault, "write it like sip.example.org or 192.0.2.1");
}

static bool read_host(struct zv_str host, const char *field, char *dst, size_t cap,
                      struct zv_account_fault *fault)
{
    if (is_missing(fault, field, host))
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
        set_fault(fault, field, "%s is not a port number", field);
        set_remedy(fault, "use a number from 1 to 65535, or 0 to find the port by DNS");
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
            set_fault(fault, field, "%s: the parameter at position %u is not supported", field,
                      position_of(text, (size_t)semicolon));
            set_remedy(fault, "leave out everything from the semicolon on; SIP goes over UDP");
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

static void escape_user(struct zv_str text, struct zv_buf *buf)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t escape = escape_at(text, i);
        if (escape) {
            zv_buf_put(buf, text.p + i, escape);
            i += escape - 1;
        } else if (is_plain_user_char(text.p[i])) {
            zv_buf_put_char(buf, text.p[i]);
        } else {
            zv_buf_printf(buf, "%%%02X", (unsigned char)text.p[i]);
        }
    }
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
    if (is_missing(fault, "sipLogin", login) ||
        is_too_long(fault, "sipLogin", login, ZV_MAX_SIP_USER_BYTES))
        return false;
    size_t at = first_offence(login, is_user_char, true);
    if (at < login.len) {
        suggest_login(set_offence(fault, "sipLogin", login, at), login);
        return false;
    }
    copy(login, account->login, sizeof(account->login));
    escape_user(login, &user);
    return zv_buf_cstr(&user) != NULL;
}

static bool read_auth_name(struct zv_str name, bool allow_space, struct zv_account *account,
                           struct zv_account_fault *fault)
{
    static const char field[] = "sipAuthenticationName";
    char_class_fn *is_allowed = allow_space ? is_auth_or_space : is_auth_char;
    char memory[96];
    struct zv_buf value = zv_buf(memory, sizeof(memory));
    if (!name.len)
        name = zv_str(account->login);
    if (is_too_long(fault, field, name, ZV_MAX_SIP_AUTH_NAME_BYTES))
        return false;
    size_t at = first_offence(name, is_allowed, false);
    if (at == name.len && zv_str_is_utf8(name)) {
        copy(name, account->auth_name, sizeof(account->auth_name));
        return true;
    }
    if (at == name.len) {
        set_fault(fault, field, "%s is not valid UTF-8", field);
        return false;
    }
    set_offence(fault, field, name, at);
    suggest(name, is_allowed, &value);
    if (value.len && zv_str_is_utf8(zv_buf_str(&value)))
        set_remedy(fault, "try %.*s", ZV_STR_ARG(zv_buf_str(&value)));
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
        is_too_long(ret_fault, "sipPassword", in->sip_password, ZV_MAX_SIP_PASSWORD_BYTES) ||
        !read_host(in->sip_domain, "sipDomain", account->domain, sizeof(account->domain),
                   ret_fault) ||
        !read_port(in->sip_port, "sipPort", &account->proxy_port, ret_fault))
        return false;
    if (!proxy.len)
        copy(zv_str(account->domain), account->proxy_host, sizeof(account->proxy_host));
    else if (!read_proxy(proxy, proxy_field, account, ret_fault))
        return false;
    copy(in->sip_password, account->password, sizeof(account->password));
    zv_account_clean_name(in->sip_visible_name, account->display, sizeof(account->display));
    return true;
}

/* ---- whom to call ---- */

static bool is_separator(char c)
{
    return c && strchr(" ()-.", c);
}

/* "+7 (495) 123-45-67": digits first, and nothing but what people write between digits. */
static bool is_written_number(struct zv_str text)
{
    unsigned digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (zv_is_digit(text.p[i]))
            digits++;
        else if (!is_separator(text.p[i]) && !(text.p[i] == '+' && i == 0))
            return false;
    }
    return digits >= 3 && (zv_is_digit(text.p[0]) || text.p[0] == '+' || text.p[0] == '(');
}

static struct zv_str strip_number(struct zv_str text, struct zv_buf *buf)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_separator(text.p[i]))
            zv_buf_put_char(buf, text.p[i]);
    }
    return zv_buf_str(buf);
}

static bool refuse_callee(struct zv_account_fault *fault, struct zv_str callee, size_t at,
                          const char *remedy)
{
    set_offence(fault, "callee", callee, at);
    fault->cause = ZV_CAUSE_BAD_CALLEE;
    set_remedy(fault, "%s", remedy);
    return false;
}

/* The user part of "user", "user@domain" or "sip:user@domain"; p == NULL: refused. */
static struct zv_str user_of(struct zv_str callee, struct zv_str domain,
                             struct zv_account_fault *fault)
{
    struct zv_str rest = zv_str_has_prefix_i(callee, "sip:") ? zv_str_tail(callee, 4) : callee;
    ptrdiff_t at_sign = zv_str_find(rest, '@');
    if (at_sign < 0)
        return rest;
    struct zv_str host = zv_str_tail(rest, (size_t)at_sign + 1);
    if (zv_str_eqi(host, domain))
        return zv_str_head(rest, (size_t)at_sign);
    size_t at = (size_t)(host.p - callee.p);
    size_t bad = first_offence(host, is_host_char, false);
    set_fault(fault, "callee",
              "callee: what stands from position %u on is not the account's domain",
              position_of(callee, at));
    fault->cause = ZV_CAUSE_BAD_CALLEE;
    if (bad < host.len)
        set_remedy(fault, "parameters, headers and ports are not allowed; dial the number alone");
    else
        set_remedy(fault, "dial the number alone, or a SIP address of %.*s", ZV_STR_ARG(domain));
    return (struct zv_str){0};
}

bool zv_account_read_callee(struct zv_str callee, struct zv_str domain,
                            char ret_user[ZV_ACCOUNT_CALLEE_CAP],
                            struct zv_account_fault *ret_fault)
{
    char memory[ZV_MAX_CALLEE_BYTES];
    struct zv_buf number = zv_buf(memory, sizeof(memory));
    struct zv_buf user = zv_buf(ret_user, ZV_ACCOUNT_CALLEE_CAP);
    if (is_missing(ret_fault, "callee", callee) ||
        is_too_long(ret_fault, "callee", callee, ZV_MAX_CALLEE_BYTES)) {
        ret_fault->cause = ZV_CAUSE_BAD_CALLEE;
        return false;
    }
    struct zv_str name = user_of(callee, domain, ret_fault);
    if (!name.p)
        return false;
    if (!name.len)
        return refuse_callee(ret_fault, callee, 0, "write the number before the \"@\"");
    if (is_written_number(name))
        name = strip_number(name, &number);
    size_t at = first_offence(name, is_callee_char, true);
    if (at < name.len)
        return refuse_callee(ret_fault, callee, (size_t)(name.p - callee.p) + at,
                             "dial digits, or letters, digits and -_.!~*'()&=+$,;?/#");
    escape_user(name, &user);
    return zv_buf_cstr(&user) != NULL;
}

/* ---- names and headers ---- */

void zv_account_clean_name(struct zv_str name, char *dst, size_t cap)
{
    size_t len = ZV_MIN(name.len, cap - 1);
    dst[0] = 0;
    if (!name.len || zv_str_is(name, "null") || !zv_str_is_utf8(name))
        return;
    while (len && len < name.len && is_continuation(name.p[len]))
        len--;
    for (size_t i = 0; i < len; i++)
        dst[i] = is_control(name.p[i]) ? ' ' : name.p[i];
    dst[len] = 0;
}

static bool is_token_char(char c)
{
    return zv_is_alnum(c) || (c && strchr("-.!%*_+`'~", c)); /* RFC 3261 §25.1 token */
}

static bool is_value_char(char c)
{
    return !is_control(c);
}

bool zv_account_is_header_allowed(const struct zv_call_header *header)
{
    return zv_str_has_prefix_i(header->name, "X-") && header->name.len > 2 &&
           header->name.len <= 64 && header->value.len <= 256 &&
           first_offence(header->name, is_token_char, false) == header->name.len &&
           first_offence(header->value, is_value_char, false) == header->value.len &&
           zv_str_is_utf8(header->value);
}
