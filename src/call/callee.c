/* Whom a client calls, under which name, with which headers. */
#include "base/buf.h"
#include "call/account.h"
#include "call/field.h"

static bool is_callee_char(char c)
{
    return zv_field_is_user_char(c) || c == '#'; /* dialled often, escaped by us */
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

/* Offset of an escaped colon, or text.len: unescaped, "sip%3A1002%40elsewhere" is a URI of its own.
 */
static size_t escaped_colon(struct zv_str text)
{
    size_t at = 0;
    while (at < text.len && !zv_str_has_prefix_i(zv_str_tail(text, at), "%3a"))
        at++;
    return at;
}

static bool refuse_callee(struct zv_account_fault *fault, struct zv_str callee, size_t at,
                          const char *remedy)
{
    zv_field_set_offence(fault, "callee", callee, at);
    fault->cause = ZV_CAUSE_BAD_CALLEE;
    zv_field_set_remedy(fault, "%s", remedy);
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
    size_t bad = zv_field_first_offence(host, zv_field_is_host_char, false);
    zv_field_set_fault(fault, "callee",
                       "callee: what stands from position %u on is not the account's domain",
                       zv_field_position(callee, at));
    fault->cause = ZV_CAUSE_BAD_CALLEE;
    if (bad < host.len)
        zv_field_set_remedy(fault,
                            "parameters, headers and ports are not allowed; dial the number alone");
    else
        zv_field_set_remedy(fault, "dial the number alone, or a SIP address of %.*s",
                            ZV_STR_ARG(domain));
    return (struct zv_str){0};
}

bool zv_account_read_callee(struct zv_str callee, struct zv_str domain,
                            char ret_user[ZV_ACCOUNT_CALLEE_CAP],
                            struct zv_account_fault *ret_fault)
{
    char memory[ZV_MAX_CALLEE_BYTES];
    struct zv_buf number = zv_buf(memory, sizeof(memory));
    struct zv_buf user = zv_buf(ret_user, ZV_ACCOUNT_CALLEE_CAP);
    if (zv_field_is_missing(ret_fault, "callee", callee) ||
        zv_field_is_too_long(ret_fault, "callee", callee, ZV_MAX_CALLEE_BYTES)) {
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
    size_t at = ZV_MIN(zv_field_first_offence(name, is_callee_char, true), escaped_colon(name));
    if (at < name.len)
        return refuse_callee(ret_fault, callee, (size_t)(name.p - callee.p) + at,
                             "dial digits, or letters, digits and -_.!~*'()&=+$,;?/#");
    zv_field_escape_user(name, &user);
    return zv_buf_cstr(&user) != NULL;
}

/* ---- names and headers ---- */

void zv_account_clean_name(struct zv_str name, char *dst, size_t cap)
{
    size_t len = ZV_MIN(name.len, cap - 1);
    dst[0] = 0;
    if (!name.len || zv_str_is(name, "null") || !zv_str_is_utf8(name))
        return;
    while (len && len < name.len && zv_field_is_continuation(name.p[len]))
        len--;
    for (size_t i = 0; i < len; i++)
        dst[i] = zv_field_is_control(name.p[i]) ? ' ' : name.p[i];
    dst[len] = 0;
}

static bool is_token_char(char c)
{
    return zv_is_alnum(c) || (c && strchr("-.!%*_+`'~", c)); /* RFC 3261 §25.1 token */
}

static bool is_value_char(char c)
{
    return !zv_field_is_control(c);
}

bool zv_account_is_header_allowed(const struct zv_call_header *header)
{
    return zv_str_has_prefix_i(header->name, "X-") && header->name.len > 2 &&
           header->name.len <= 64 && header->value.len <= 256 &&
           zv_field_first_offence(header->name, is_token_char, false) == header->name.len &&
           zv_field_first_offence(header->value, is_value_char, false) == header->value.len &&
           zv_str_is_utf8(header->value);
}
