#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void zv_buf_put(struct zv_buf *buf, const void *data, size_t len)
{
    if (buf->overflow || len > buf->cap - buf->len) {
        buf->overflow = true;
        return;
    }
    if (len)
        memcpy(buf->p + buf->len, data, len);
    buf->len += len;
}

void zv_buf_put_char(struct zv_buf *buf, char c)
{
    zv_buf_put(buf, &c, 1);
}

void zv_buf_put_str(struct zv_buf *buf, struct zv_str text)
{
    zv_buf_put(buf, text.p, text.len);
}

void zv_buf_put_text(struct zv_buf *buf, const char *text)
{
    zv_buf_put(buf, text, strlen(text));
}

void zv_buf_put_u8(struct zv_buf *buf, uint8_t value)
{
    zv_buf_put(buf, &value, 1);
}

void zv_buf_put_u16(struct zv_buf *buf, uint16_t value)
{
    uint8_t bytes[2];
    zv_set_u16(bytes, value);
    zv_buf_put(buf, bytes, sizeof(bytes));
}

void zv_buf_put_u32(struct zv_buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    zv_set_u32(bytes, value);
    zv_buf_put(buf, bytes, sizeof(bytes));
}

void zv_buf_put_u64(struct zv_buf *buf, uint64_t value)
{
    uint8_t bytes[8];
    zv_set_u64(bytes, value);
    zv_buf_put(buf, bytes, sizeof(bytes));
}

void zv_buf_put_uint(struct zv_buf *buf, uint64_t value)
{
    char digits[20]; /* of UINT64_MAX */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    zv_buf_put(buf, digits + at, sizeof(digits) - at);
}

void zv_buf_put_int(struct zv_buf *buf, int64_t value)
{
    char text[21]; /* of INT64_MIN */
    struct zv_buf out = zv_buf(text, sizeof(text));
    if (value < 0)
        zv_buf_put_char(&out, '-');
    zv_buf_put_uint(&out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    zv_buf_put_str(buf, zv_buf_str(&out));
}

void zv_buf_put_hex(struct zv_buf *buf, const void *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++) {
        char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        zv_buf_put(buf, pair, sizeof(pair));
    }
}

void zv_buf_printf(struct zv_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    zv_buf_vprintf(buf, format, args);
    va_end(args);
}

void zv_buf_vprintf(struct zv_buf *buf, const char *format, va_list args)
{
    if (buf->overflow)
        return;
    size_t room = buf->cap - buf->len;
    int len = vsnprintf(room ? buf->p + buf->len : NULL, room, format, args);
    if (len < 0 || (size_t)len >= room) {
        buf->overflow = true;
        return;
    }
    buf->len += (size_t)len;
}

struct zv_str zv_buf_str(const struct zv_buf *buf)
{
    return zv_str_n(buf->p, buf->len);
}

const char *zv_buf_cstr(struct zv_buf *buf)
{
    if (buf->overflow || buf->len >= buf->cap)
        return NULL;
    buf->p[buf->len] = 0;
    return buf->p;
}
