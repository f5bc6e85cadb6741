/*
 * A bounded writer over memory of the caller. Writing past the end sets `overflow` and writes
 * nothing more, so that a whole message can be composed and checked once at the end.
 */
#ifndef ZV_BASE_BUF_H
#define ZV_BASE_BUF_H

#include "base/attr.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zv_buf {
    char *p;       /* caller's memory */
    size_t cap;    /* bytes */
    size_t len;    /* bytes written */
    bool overflow; /* something did not fit; `len` stays at the last whole piece */
};

static inline struct zv_buf zv_buf(void *memory, size_t cap)
{
    return (struct zv_buf){.p = memory, .cap = cap};
}

void zv_buf_put(struct zv_buf *buf, const void *data, size_t len);
void zv_buf_put_char(struct zv_buf *buf, char c);
void zv_buf_put_str(struct zv_buf *buf, struct zv_str text);
void zv_buf_put_text(struct zv_buf *buf, const char *text);
void zv_buf_put_u8(struct zv_buf *buf, uint8_t value);
/* Network byte order. */
void zv_buf_put_u16(struct zv_buf *buf, uint16_t value);
void zv_buf_put_u32(struct zv_buf *buf, uint32_t value);
void zv_buf_put_u64(struct zv_buf *buf, uint64_t value);
/* Decimal; beside zv_buf_printf a tenth of the work. */
void zv_buf_put_uint(struct zv_buf *buf, uint64_t value);
void zv_buf_put_int(struct zv_buf *buf, int64_t value);
/* Lower-case hexadecimal of `len` bytes. */
void zv_buf_put_hex(struct zv_buf *buf, const void *data, size_t len);
void zv_buf_printf(struct zv_buf *buf, const char *format, ...) ZV_PRINTF(2, 3);
void zv_buf_vprintf(struct zv_buf *buf, const char *format, va_list args) ZV_PRINTF(2, 0);
/* What was written, as a view. */
struct zv_str zv_buf_str(const struct zv_buf *buf);
/* NUL after the text (not counted in len). NULL when it or anything before did not fit. */
const char *zv_buf_cstr(struct zv_buf *buf);

/* Network byte order, from and to memory of any alignment. */
static inline uint16_t zv_get_u16(const uint8_t *p)
{
    return (uint16_t)((p[0] << 8) | p[1]);
}
static inline uint32_t zv_get_u24(const uint8_t *p)
{
    return ((uint32_t)p[0] << 16) | ((uint32_t)p[1] << 8) | p[2];
}
static inline uint32_t zv_get_u32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}
static inline uint64_t zv_get_u64(const uint8_t *p)
{
    return ((uint64_t)zv_get_u32(p) << 32) | zv_get_u32(p + 4);
}
static inline void zv_set_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void zv_set_u32(uint8_t *p, uint32_t v)
{
    zv_set_u16(p, (uint16_t)(v >> 16));
    zv_set_u16(p + 2, (uint16_t)v);
}
static inline void zv_set_u64(uint8_t *p, uint64_t v)
{
    zv_set_u32(p, (uint32_t)(v >> 32));
    zv_set_u32(p + 4, (uint32_t)v);
}

#endif
