/*
 * sipContactParams: what a client wants to stand behind its Contact in REGISTER, for push servers
 * and the like (RFC 8599). Parameters alone: nothing in them can end the header or open another
 * address. `expires`, by which clients say how long they want to be registered, becomes the
 * account's own time: left beside the Contact it would keep the registration from being taken off.
 */
#include "call/account.h"
#include "call/field.h"

#include <string.h>

static const char field[] = "sipContactParams";

/* RFC 3261 §25.1 */
static bool is_token_char(char c)
{
    return zv_is_alnum(c) || (c && strchr("-.!%*_+`'~", c));
}

static bool is_quoted_char(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static size_t span(struct zv_str text, zv_field_class_fn *is_allowed)
{
    size_t at = 0;
    while (at < text.len && is_allowed(text.p[at]))
        at++;
    return at;
}

/* The length of `name`, `name=token` or `name="text"` at the start; 0: there is none. */
static size_t param_len(struct zv_str text, struct zv_str *ret_name)
{
    size_t name_len = span(text, is_token_char);
    struct zv_str value = zv_str_tail(text, name_len + 1);
    *ret_name = zv_str_head(text, name_len);
    if (!name_len || name_len == text.len || text.p[name_len] != '=')
        return name_len;
    if (!value.len || value.p[0] != '"') {
        size_t value_len = span(value, is_token_char);
        return value_len ? name_len + 1 + value_len : 0;
    }
    size_t inner = span(zv_str_tail(value, 1), is_quoted_char);
    bool is_closed = inner + 1 < value.len && value.p[inner + 1] == '"';
    return is_closed ? name_len + 1 + inner + 2 : 0;
}

/* RFC 3261 §10.2: at most a day of it, since the SIP side would allow no more. */
#define MAX_EXPIRES_S 86400u

/* False: a time that none can be registered for. */
static bool take_expires(struct zv_str value, uint32_t *expires_s)
{
    uint32_t wanted_s;
    if (zv_str_to_u32(value, &wanted_s) || !wanted_s || wanted_s > MAX_EXPIRES_S)
        return false;
    *expires_s = wanted_s;
    return true;
}

static bool stands_before(struct zv_str params, struct zv_str name)
{
    struct zv_str other;
    while (params.p < name.p) {
        size_t len = param_len(params, &other);
        if (other.p < name.p && zv_str_eqi(other, name))
            return true;
        params = zv_str_tail(params, len + 1);
    }
    return false;
}

static bool refuse(struct zv_account_fault *fault, struct zv_str params, struct zv_str rest)
{
    unsigned at = zv_field_position(params, params.len - rest.len);
    zv_field_set_fault(fault, field, "%s: what begins at position %u is no parameter", field, at);
    zv_field_set_remedy(fault, "write name=value;name=\"value\", each name once, expires from 1 to "
                               "86400");
    return false;
}

/* One parameter, which ends at the end or at a ";". */
static bool take(struct zv_str param, struct zv_str name, struct zv_account *account,
                 struct zv_buf *out)
{
    if (zv_str_is_i(name, "tag"))
        return false;
    if (zv_str_is_i(name, "expires"))
        return take_expires(zv_str_tail(param, name.len + 1), &account->expires_s);
    if (out->len)
        zv_buf_put_char(out, ';');
    zv_buf_put_str(out, param);
    return true;
}

bool zv_account_read_contact_params(struct zv_str params, struct zv_account *account,
                                    struct zv_account_fault *fault)
{
    struct zv_buf out = zv_buf(account->contact_params, sizeof(account->contact_params));
    if (zv_str_is(params, "null"))
        params = zv_str("");
    if (zv_str_has_prefix(params, ";")) /* as it is appended by others */
        params = zv_str_tail(params, 1);
    if (zv_field_is_too_long(fault, field, params, sizeof(account->contact_params) - 1))
        return false;
    for (struct zv_str rest = params; rest.len;) {
        struct zv_str name;
        size_t len = param_len(rest, &name);
        bool is_end = len == rest.len;
        bool is_more = len + 1 < rest.len && rest.p[len] == ';';
        if (!len || (!is_end && !is_more) || stands_before(params, name) ||
            !take(zv_str_head(rest, len), name, account, &out))
            return refuse(fault, params, rest);
        rest = zv_str_tail(rest, len + 1);
    }
    return zv_buf_cstr(&out) != NULL;
}
