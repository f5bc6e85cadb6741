/*
 * name-addr and addr-spec with header parameters (RFC 3261 §20.10, §25.1).
 *
 *     name-addr = [ display-name ] LAQUOT addr-spec RAQUOT     display-name = *(token LWS) / quoted
 *     value     = ( name-addr / addr-spec ) *( SEMI param )
 *
 * Without < > everything after ';' belongs to the header, and the URI may hold no ',' or '?' (§20).
 * One leniency: an unquoted display name may hold bytes above 127, since PBXs write names in their
 * own language so; ASCII outside token stays refused.
 */
#include "base/err.h"
#include "sip/header.h"
#include "sip/uri.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* *(token LWS), where a byte above 127 counts as part of a token. */
static bool is_plain_display(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if ((unsigned char)c < 0x80 && !is_blank(c) && !zv_sip_is_token(zv_str_n(&c, 1)))
            return false;
    }
    return true;
}

/* Offset of the '<' that opens the URI, behind a display name or none; -1: there is none. */
static ptrdiff_t find_bracket(struct zv_str text)
{
    bool in_quotes = false;
    for (size_t i = 0; i < text.len; i++) {
        if (in_quotes && text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            in_quotes = !in_quotes;
        else if (text.p[i] == '<' && !in_quotes)
            return (ptrdiff_t)i;
        else if (text.p[i] == ';' && !in_quotes)
            return -1;
    }
    return -1;
}

static int parse_display(struct zv_str text, struct zv_sip_name_addr *addr)
{
    addr->display = zv_sip_trim(text);
    addr->display_quoted = addr->display.len && addr->display.p[0] == '"';
    if (addr->display_quoted)
        return zv_sip_unquote(addr->display, &addr->display);
    return is_plain_display(addr->display) ? 0 : ZV_E_PARSE;
}

/* What follows the URI: nothing, or ";" and parameters. */
static int parse_params(struct zv_str rest, struct zv_sip_name_addr *addr)
{
    rest = zv_sip_trim(rest);
    if (rest.len == 0)
        return 0;
    addr->params = zv_sip_trim(zv_str_tail(rest, 1));
    return rest.p[0] == ';' && addr->params.len && zv_sip_is_params(addr->params) ? 0 : ZV_E_PARSE;
}

/* [ display-name ] "<" URI ">" with the '<' at `open`. */
static int parse_bracketed(struct zv_str text, size_t open, struct zv_sip_name_addr *addr)
{
    struct zv_str rest = zv_str_tail(text, open + 1);
    ptrdiff_t close = zv_str_find(rest, '>');
    if (close < 0 || parse_display(zv_str_head(text, open), addr) ||
        zv_sip_uri_parse(zv_str_head(rest, (size_t)close), &addr->uri))
        return ZV_E_PARSE;
    return parse_params(zv_str_tail(rest, (size_t)close + 1), addr);
}

static int parse_bare(struct zv_str text, struct zv_sip_name_addr *addr)
{
    ptrdiff_t end = zv_str_find(text, ';');
    size_t len = end < 0 ? text.len : (size_t)end;
    struct zv_str uri = zv_sip_trim(zv_str_head(text, len));
    if (zv_str_find(uri, ',') >= 0 || zv_str_find(uri, '?') >= 0 ||
        zv_sip_uri_parse(uri, &addr->uri))
        return ZV_E_PARSE;
    return parse_params(zv_str_tail(text, len), addr);
}

int zv_sip_name_addr_parse(struct zv_str text, struct zv_sip_name_addr *ret_addr)
{
    struct zv_sip_name_addr addr = {0};
    text = zv_sip_trim(text);
    addr.is_star = zv_str_is(text, "*");
    if (!addr.is_star) {
        ptrdiff_t open = find_bracket(text);
        int err = open < 0 ? parse_bare(text, &addr) : parse_bracketed(text, (size_t)open, &addr);
        if (err)
            return err;
    }
    *ret_addr = addr;
    return 0;
}

int zv_sip_name_addr_next(struct zv_str *rest, struct zv_sip_name_addr *ret_addr)
{
    struct zv_str element;
    if (!zv_sip_split(rest, ',', &element))
        return ZV_E_NOTFOUND;
    return zv_sip_name_addr_parse(element, ret_addr);
}

bool zv_sip_name_addr_param(const struct zv_sip_name_addr *addr, const char *name,
                            struct zv_str *ret_value)
{
    return zv_sip_param_find(addr->params, name, ret_value);
}

int zv_sip_name_addr_display(const struct zv_sip_name_addr *addr, struct zv_buf *buf)
{
    struct zv_buf out = *buf;
    struct zv_str rest = addr->display;
    while (rest.len) {
        ptrdiff_t pair = addr->display_quoted ? zv_str_find(rest, '\\') : -1;
        zv_sip_unfold(zv_str_head(rest, pair < 0 ? rest.len : (size_t)pair), &out);
        rest = zv_str_tail(rest, pair < 0 ? rest.len : (size_t)pair + 1);
        zv_buf_put_str(&out, zv_str_head(rest, 1));
        rest = zv_str_tail(rest, 1);
    }
    if (!out.overflow && !zv_sip_is_text(zv_str_n(out.p + buf->len, out.len - buf->len)))
        return ZV_E_INVAL;
    if (out.overflow)
        buf->overflow = true;
    else
        *buf = out;
    return 0;
}
