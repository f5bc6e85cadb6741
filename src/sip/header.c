/*
 * Header names, methods, and the lexical rules that all header fields share (RFC 3261 §25.1).
 *
 * Names are found by a walk over the table: ~75 comparisons that mostly end at the length. A
 * generated perfect hash was not worth its generator.
 */
#include "sip/header.h"

#include "base/err.h"

#include <string.h>

/* Parameters of one list. More than any real header has; bounds the search for doubles. */
#define MAX_PARAMS 64

struct header_info {
    struct zv_str name;
    char compact; /* 0: none */
    bool is_single;
};

static const struct header_info headers[ZV_SIP_HEADER_COUNT] = {
    [ZV_SIP_HEADER_OTHER] = {.name = {"", 0}},
#define X(id, text, letter, single)                                                                \
    [ZV_SIP_HEADER_##id] = {{(text), sizeof(text) - 1}, (letter), (single)},
    ZV_SIP_HEADER_LIST(X)
#undef X
};

static const char *const methods[] = {[ZV_SIP_METHOD_OTHER] = "",
#define X(name) [ZV_SIP_METHOD_##name] = #name,
                                      ZV_SIP_METHOD_LIST(X)
#undef X
};

const char *zv_sip_header_name(enum zv_sip_header id)
{
    return headers[id].name.p;
}

enum zv_sip_header zv_sip_header_find(struct zv_str name)
{
    for (size_t i = 1; i < ZV_ARRAY_LEN(headers); i++) {
        bool found = name.len == 1
                         ? headers[i].compact && headers[i].compact == zv_ascii_lower(name.p[0])
                         : zv_str_eqi(headers[i].name, name);
        if (found)
            return (enum zv_sip_header)i;
    }
    return ZV_SIP_HEADER_OTHER;
}

bool zv_sip_header_is_single(enum zv_sip_header id)
{
    return headers[id].is_single;
}

const char *zv_sip_method_name(enum zv_sip_method method)
{
    return methods[method];
}

enum zv_sip_method zv_sip_method_find(struct zv_str name)
{
    for (size_t i = 1; i < ZV_ARRAY_LEN(methods); i++) {
        if (zv_str_is(name, methods[i]))
            return (enum zv_sip_method)i;
    }
    return ZV_SIP_METHOD_OTHER;
}

/* `extra` lists what is allowed beside letters and digits. */
static bool is_all(struct zv_str text, const char *extra)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (!zv_is_alnum(c) && (c == 0 || !strchr(extra, c)))
            return false;
    }
    return text.len > 0;
}

bool zv_sip_is_token(struct zv_str text)
{
    return is_all(text, "-.!%*_+`'~");
}

bool zv_sip_is_word(struct zv_str text)
{
    return is_all(text, "-.!%*_+`'~()<>:\\\"/[]?{}");
}

bool zv_sip_is_call_id(struct zv_str text)
{
    ptrdiff_t at = zv_str_find(text, '@');
    if (at < 0)
        return zv_sip_is_word(text);
    return zv_sip_is_word(zv_str_head(text, (size_t)at)) &&
           zv_sip_is_word(zv_str_tail(text, (size_t)at + 1));
}

bool zv_sip_is_text(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    }
    return zv_str_is_utf8(text);
}

static bool is_lws(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct zv_str zv_sip_trim(struct zv_str text)
{
    while (text.len && is_lws(text.p[0]))
        text = zv_str_tail(text, 1);
    while (text.len && is_lws(text.p[text.len - 1]))
        text.len--;
    return text;
}

void zv_sip_unfold(struct zv_str value, struct zv_buf *buf)
{
    for (size_t i = 0; i < value.len;) {
        size_t run = 0;
        bool has_fold = false;
        for (; i + run < value.len && is_lws(value.p[i + run]); run++)
            has_fold |= value.p[i + run] == '\r' || value.p[i + run] == '\n';
        if (has_fold)
            zv_buf_put_char(buf, ' ');
        else
            zv_buf_put(buf, value.p + i, run);
        i += run;
        for (run = 0; i + run < value.len && !is_lws(value.p[i + run]);)
            run++;
        zv_buf_put(buf, value.p + i, run);
        i += run;
    }
}

/* Length of the quoted string with which `text` starts, both quotes included; 0 when it does not
 * end. */
static size_t quoted_len(struct zv_str text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.p[i] == '"')
            return i + 1;
        if (text.p[i] == '\\')
            i++;
    }
    return 0;
}

bool zv_sip_split(struct zv_str *rest, char sep, struct zv_str *ret_element)
{
    struct zv_str text = *rest;
    if (!text.p)
        return false;
    size_t i = 0;
    while (i < text.len && text.p[i] != sep) {
        size_t step = 1;
        if (text.p[i] == '"') {
            step = quoted_len(zv_str_tail(text, i));
        } else if (text.p[i] == '<') {
            ptrdiff_t end = zv_str_find(zv_str_tail(text, i), '>');
            step = end > 0 ? (size_t)end + 1 : 0;
        }
        i = step ? i + step : text.len;
    }
    *ret_element = zv_sip_trim(zv_str_head(text, i));
    *rest = i < text.len ? zv_str_n(text.p + i + 1, text.len - i - 1) : zv_str_n(NULL, 0);
    return true;
}

int zv_sip_unquote(struct zv_str text, struct zv_str *ret_inner)
{
    if (text.len < 2 || text.p[0] != '"' || quoted_len(text) != text.len)
        return ZV_E_PARSE;
    *ret_inner = zv_str_n(text.p + 1, text.len - 2);
    return 0;
}

/* "name = value" at its '='; the value of one without '=' has p NULL. */
static void split_param(struct zv_str param, struct zv_str *ret_name, struct zv_str *ret_value)
{
    ptrdiff_t at = zv_str_find(param, '=');
    if (at < 0) {
        *ret_name = param;
        *ret_value = zv_str_n(NULL, 0);
        return;
    }
    *ret_name = zv_sip_trim(zv_str_head(param, (size_t)at));
    *ret_value = zv_sip_trim(zv_str_tail(param, (size_t)at + 1));
}

bool zv_sip_param_find(struct zv_str params, const char *name, struct zv_str *ret_value)
{
    struct zv_str param, key, value, inner;
    while (params.len && zv_sip_split(&params, ';', &param)) {
        split_param(param, &key, &value);
        if (!zv_str_is_i(key, name))
            continue;
        if (ret_value)
            *ret_value = zv_sip_unquote(value, &inner) == 0 ? inner : value;
        return true;
    }
    return false;
}

/* gen-value: token, host (an IPv6 address also without brackets, as `received` has it) or quoted
 * string. */
static bool is_gen_value(struct zv_str value)
{
    struct zv_str inner;
    return is_all(value, "-.!%*_+`'~[]:") || zv_sip_unquote(value, &inner) == 0;
}

static bool has_name(const struct zv_str *names, size_t count, struct zv_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (zv_str_eqi(names[i], name))
            return true;
    }
    return false;
}

bool zv_sip_is_params(struct zv_str params)
{
    struct zv_str names[MAX_PARAMS], param, value;
    size_t count = 0;
    while (params.len && zv_sip_split(&params, ';', &param)) {
        if (count == MAX_PARAMS)
            return false;
        split_param(param, &names[count], &value);
        if (!zv_sip_is_token(names[count]) || (value.p && !is_gen_value(value)) ||
            has_name(names, count, names[count]))
            return false;
        count++;
    }
    return true;
}
