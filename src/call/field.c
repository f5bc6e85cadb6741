/* Judging a text field character by character, and saying in a sentence what is wrong with it. */
#include "call/field.h"

#include "base/buf.h"

#include <stdarg.h>

/* ---- character classes ---- */

/* RFC 3261 §25.1: unreserved and user-unreserved but for `;` `?` `/`. */
static bool is_plain_user_char(char c)
{
    return zv_is_alnum(c) || (c && strchr("-_.!~*'()&=+$,", c));
}

bool zv_field_is_user_char(char c)
{
    return is_plain_user_char(c) || c == ';' || c == '?' || c == '/';
}

bool zv_field_is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

bool zv_field_is_host_char(char c)
{
    return zv_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* "%41": length 3 when an escape of something that is no control stands at `at`; else 0. */
static size_t escape_at(struct zv_str text, size_t at)
{
    if (at + 2 >= text.len || text.p[at] != '%')
        return 0;
    int high = zv_hex_value(text.p[at + 1]), low = zv_hex_value(text.p[at + 2]);
    if (high < 0 || low < 0 || zv_field_is_control((char)(high * 16 + low)))
        return 0;
    return 3;
}

/* "%D0%AF": the length of the escapes at `at` that stand for one UTF-8 character; 0: none do. What
 * is no text could be written into no message. */
static size_t escaped_char_at(struct zv_str text, size_t at)
{
    char bytes[4];
    size_t len = 0;
    while (len < sizeof(bytes) && escape_at(text, at + 3 * len)) {
        struct zv_str hex = zv_str_tail(text, at + 3 * len);
        bytes[len++] = (char)(zv_hex_value(hex.p[1]) * 16 + zv_hex_value(hex.p[2]));
        if (zv_str_is_utf8(zv_str_n(bytes, len)))
            return 3 * len;
    }
    return 0;
}

size_t zv_field_first_offence(struct zv_str text, zv_field_class_fn *is_allowed, bool has_escapes)
{
    size_t at = 0;
    while (at < text.len) {
        size_t escape = has_escapes ? escaped_char_at(text, at) : 0;
        if (!escape && !is_allowed(text.p[at]))
            return at;
        at += escape ? escape : 1;
    }
    return text.len;
}

/* ---- faults ---- */

bool zv_field_is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80; /* RFC 3629 §3 */
}

unsigned zv_field_position(struct zv_str text, size_t at)
{
    unsigned position = 1;
    for (size_t i = 0; i < at; i++)
        position += !zv_field_is_continuation(text.p[i]);
    return position;
}

static void name_char(struct zv_str text, size_t at, struct zv_buf *buf)
{
    char c = text.p[at];
    size_t len = 1;
    while (at + len < text.len && len < 4 && zv_field_is_continuation(text.p[at + len]))
        len++;
    if (c == ' ')
        zv_buf_put_text(buf, "a blank");
    else if (zv_field_is_control(c))
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

struct zv_account_fault *zv_field_set_fault(struct zv_account_fault *fault, const char *field,
                                            const char *format, ...)
{
    va_list args;
    *fault = (struct zv_account_fault){.cause = ZV_CAUSE_BAD_ACCOUNT, .field = field};
    va_start(args, format);
    print(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    return fault;
}

void zv_field_set_remedy(struct zv_account_fault *fault, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(fault->remedy, sizeof(fault->remedy), format, args);
    va_end(args);
}

struct zv_account_fault *zv_field_set_offence(struct zv_account_fault *fault, const char *field,
                                              struct zv_str text, size_t at)
{
    char memory[64];
    struct zv_buf name = zv_buf(memory, sizeof(memory));
    name_char(text, at, &name);
    return zv_field_set_fault(fault, field, "%s: %.*s at position %u is not allowed", field,
                              ZV_STR_ARG(zv_buf_str(&name)), zv_field_position(text, at));
}

bool zv_field_is_too_long(struct zv_account_fault *fault, const char *field, struct zv_str text,
                          size_t max)
{
    if (text.len <= max)
        return false;
    zv_field_set_fault(fault, field, "%s is %zu bytes long, at most %zu are allowed", field,
                       text.len, max);
    return true;
}

bool zv_field_is_missing(struct zv_account_fault *fault, const char *field, struct zv_str text)
{
    if (text.len)
        return false;
    zv_field_set_fault(fault, field, "%s is missing", field);
    zv_field_set_remedy(fault, "fill in %s", field);
    return true;
}

/* ---- values to try instead, and escapes ---- */

void zv_field_suggest(struct zv_str text, zv_field_class_fn *is_allowed, struct zv_buf *buf)
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

void zv_field_escape_user(struct zv_str text, struct zv_buf *buf)
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
