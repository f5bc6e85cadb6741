#include "base/json.h"

#include <math.h>
#include <string.h>

/* U+FFFD, the replacement character. */
#define REPLACEMENT "\xef\xbf\xbd"

static void put_escaped(struct zv_buf *out, char c)
{
    switch (c) {
    case '"':
        zv_buf_put_text(out, "\\\"");
        break;
    case '\\':
        zv_buf_put_text(out, "\\\\");
        break;
    case '\n':
        zv_buf_put_text(out, "\\n");
        break;
    case '\r':
        zv_buf_put_text(out, "\\r");
        break;
    case '\t':
        zv_buf_put_text(out, "\\t");
        break;
    default:
        zv_buf_printf(out, "\\u%04x", (unsigned char)c);
    }
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f && c != '"' && c != '\\';
}

static void put_string(struct zv_buf *out, struct zv_str text)
{
    zv_buf_put_char(out, '"');
    while (text.len && !out->overflow) {
        size_t plain = 0;
        while (plain < text.len && is_plain(text.p[plain]))
            plain++;
        zv_buf_put(out, text.p, plain);
        text = zv_str_tail(text, plain);
        if (!text.len)
            break;
        size_t len = 1;
        if ((unsigned char)text.p[0] < 0x80)
            put_escaped(out, text.p[0]);
        else if ((len = zv_str_utf8_len(text)))
            zv_buf_put(out, text.p, len);
        else
            zv_buf_put_text(out, REPLACEMENT);
        text = zv_str_tail(text, len ? len : 1);
    }
    zv_buf_put_char(out, '"');
}

/* Comma and key; the value follows. */
static void begin(struct zv_json *json, const char *key)
{
    if (json->needs_comma)
        zv_buf_put_char(json->out, ',');
    json->needs_comma = true;
    if (!key)
        return;
    put_string(json->out, zv_str(key));
    zv_buf_put_char(json->out, ':');
}

static void open(struct zv_json *json, const char *key, char bracket)
{
    begin(json, key);
    zv_buf_put_char(json->out, bracket);
    json->needs_comma = false;
}

static void close(struct zv_json *json, char bracket)
{
    zv_buf_put_char(json->out, bracket);
    json->needs_comma = true;
}

void zv_json_open_object(struct zv_json *json, const char *key)
{
    open(json, key, '{');
}

void zv_json_close_object(struct zv_json *json)
{
    close(json, '}');
}

void zv_json_open_list(struct zv_json *json, const char *key)
{
    open(json, key, '[');
}

void zv_json_close_list(struct zv_json *json)
{
    close(json, ']');
}

void zv_json_str(struct zv_json *json, const char *key, struct zv_str value)
{
    begin(json, key);
    put_string(json->out, value);
}

void zv_json_text(struct zv_json *json, const char *key, const char *value)
{
    zv_json_str(json, key, zv_str(value));
}

void zv_json_int(struct zv_json *json, const char *key, int64_t value)
{
    begin(json, key);
    zv_buf_put_int(json->out, value);
}

void zv_json_uint(struct zv_json *json, const char *key, uint64_t value)
{
    begin(json, key);
    zv_buf_put_uint(json->out, value);
}

void zv_json_bool(struct zv_json *json, const char *key, bool value)
{
    begin(json, key);
    zv_buf_put_text(json->out, value ? "true" : "false");
}

void zv_json_null(struct zv_json *json, const char *key)
{
    begin(json, key);
    zv_buf_put_text(json->out, "null");
}

void zv_json_number(struct zv_json *json, const char *key, double value, int decimals)
{
    if (!isfinite(value)) {
        zv_json_null(json, key);
        return;
    }
    begin(json, key);
    zv_buf_printf(json->out, "%.*f", decimals, value);
}

void zv_json_raw(struct zv_json *json, const char *key, struct zv_str value)
{
    begin(json, key);
    zv_buf_put_str(json->out, value);
}
