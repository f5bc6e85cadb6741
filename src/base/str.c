#include "base/str.h"

#include "base/err.h"

bool zv_str_eq(struct zv_str a, struct zv_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool zv_str_eqi(struct zv_str a, struct zv_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (zv_ascii_lower(a.p[i]) != zv_ascii_lower(b.p[i]))
            return false;
    }
    return true;
}

bool zv_str_is(struct zv_str a, const char *text)
{
    return zv_str_eq(a, zv_str(text));
}

bool zv_str_is_i(struct zv_str a, const char *text)
{
    return zv_str_eqi(a, zv_str(text));
}

bool zv_str_has_prefix(struct zv_str a, const char *prefix)
{
    return zv_str_eq(zv_str_head(a, strlen(prefix)), zv_str(prefix));
}

bool zv_str_has_prefix_i(struct zv_str a, const char *prefix)
{
    size_t i = 0;
    while (i < a.len && prefix[i] && zv_ascii_lower(a.p[i]) == zv_ascii_lower(prefix[i]))
        i++;
    return !prefix[i];
}

ptrdiff_t zv_str_find(struct zv_str a, char c)
{
    const char *at = a.len ? memchr(a.p, c, a.len) : NULL;
    return at ? at - a.p : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct zv_str zv_str_trim(struct zv_str a)
{
    while (a.len && is_blank(a.p[0])) {
        a.p++;
        a.len--;
    }
    while (a.len && is_blank(a.p[a.len - 1]))
        a.len--;
    return a;
}

struct zv_str zv_str_head(struct zv_str a, size_t at)
{
    return zv_str_n(a.p, ZV_MIN(at, a.len));
}

struct zv_str zv_str_tail(struct zv_str a, size_t at)
{
    if (at >= a.len)
        return zv_str_n(a.len ? a.p + a.len : a.p, 0);
    return zv_str_n(a.p + at, a.len - at);
}

bool zv_str_split(struct zv_str *rest, char sep, struct zv_str *ret_token)
{
    if (!rest->p)
        return false;
    ptrdiff_t at = zv_str_find(*rest, sep);
    if (at < 0) {
        *ret_token = *rest;
        *rest = zv_str_n(NULL, 0);
        return true;
    }
    *ret_token = zv_str_head(*rest, (size_t)at);
    *rest = zv_str_n(rest->p + at + 1, rest->len - (size_t)at - 1);
    return true;
}

bool zv_str_line(struct zv_str *rest, struct zv_str *ret_line)
{
    if (!rest->p || rest->len == 0)
        return false;
    struct zv_str line;
    (void)zv_str_split(rest, '\n', &line);
    if (line.len && line.p[line.len - 1] == '\r')
        line.len--;
    *ret_line = line;
    return true;
}

int zv_str_to_u64(struct zv_str a, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (a.len == 0 || a.len > 20)
        return ZV_E_PARSE;
    for (size_t i = 0; i < a.len; i++) {
        if (!zv_is_digit(a.p[i]))
            return ZV_E_PARSE;
        uint64_t digit = (uint64_t)(a.p[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return ZV_E_PARSE;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return 0;
}

int zv_str_to_u32(struct zv_str a, uint32_t *ret_value)
{
    uint64_t value;
    int err = zv_str_to_u64(a, &value);
    if (err || value > UINT32_MAX)
        return ZV_E_PARSE;
    *ret_value = (uint32_t)value;
    return 0;
}

int zv_str_copy(struct zv_str a, char *dst, size_t cap)
{
    if (a.len >= cap)
        return ZV_E_TRUNCATED;
    if (a.len)
        memcpy(dst, a.p, a.len);
    dst[a.len] = 0;
    return 0;
}

size_t zv_str_utf8_len(struct zv_str a)
{
    const unsigned char *p = (const unsigned char *)a.p;
    unsigned char c = a.len ? p[0] : 0xff;
    size_t need = c < 0x80                   ? 1
                  : (c >= 0xc2 && c <= 0xdf) ? 2
                  : (c & 0xf0) == 0xe0       ? 3
                  : (c >= 0xf0 && c <= 0xf4) ? 4
                                             : 0;
    if (need == 0 || need > a.len)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f))
        return 0;
    if ((c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return need;
}

bool zv_str_is_utf8(struct zv_str a)
{
    for (size_t i = 0; i < a.len;) {
        size_t step = zv_str_utf8_len(zv_str_tail(a, i));
        if (!step)
            return false;
        i += step;
    }
    return true;
}

bool zv_str_eq_const_time(struct zv_str a, struct zv_str b)
{
    unsigned char diff = 0;
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        diff |= (unsigned char)(a.p[i] ^ b.p[i]);
    return diff == 0;
}

int zv_hex_value(char c)
{
    if (zv_is_digit(c))
        return c - '0';
    c = zv_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
