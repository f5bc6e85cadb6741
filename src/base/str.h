/*
 * String views: a pointer and a length into text that somebody else owns. Nothing here allocates or
 * needs a NUL.
 */
#ifndef ZV_BASE_STR_H
#define ZV_BASE_STR_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct zv_str {
    const char *p; /* borrowed; may be NULL when len is 0 */
    size_t len;    /* bytes */
};

/* For printf: "%.*s" with ZV_STR_ARG(s). */
#define ZV_STR_ARG(s)   (int)(s).len, (s).p ? (s).p : ""
#define ZV_STR_LIT(lit) ((struct zv_str){(lit), sizeof(lit) - 1})

static inline struct zv_str zv_str(const char *text)
{
    return (struct zv_str){text, text ? strlen(text) : 0};
}

static inline struct zv_str zv_str_n(const char *text, size_t len)
{
    return (struct zv_str){text, len};
}

bool zv_str_eq(struct zv_str a, struct zv_str b);
/* ASCII case is folded; bytes above 127 compare as they are. */
bool zv_str_eqi(struct zv_str a, struct zv_str b);
bool zv_str_is(struct zv_str a, const char *text);
bool zv_str_is_i(struct zv_str a, const char *text);
bool zv_str_has_prefix(struct zv_str a, const char *prefix);
bool zv_str_has_prefix_i(struct zv_str a, const char *prefix);
/* Offset of `c`, or -1. */
ptrdiff_t zv_str_find(struct zv_str a, char c);
/* Without blanks and tabs at both ends. */
struct zv_str zv_str_trim(struct zv_str a);
/* The part before offset `at` (at most all). / The part from offset `at` on. */
struct zv_str zv_str_head(struct zv_str a, size_t at);
struct zv_str zv_str_tail(struct zv_str a, size_t at);
/*
 * Takes the next token up to `sep` off `*rest`; false when `*rest` was used up. An empty token
 * between two separators is returned as such. Start with *rest = text; afterwards rest->p is NULL.
 */
bool zv_str_split(struct zv_str *rest, char sep, struct zv_str *ret_token);
/* Takes the next line off `*rest`, ended by CRLF or LF or the end, without it; false when used up.
 */
bool zv_str_line(struct zv_str *rest, struct zv_str *ret_line);
/* Whole text is decimal digits and fits: 0, else ZV_E_PARSE. */
int zv_str_to_u32(struct zv_str a, uint32_t *ret_value) ZV_MUST_CHECK;
int zv_str_to_u64(struct zv_str a, uint64_t *ret_value) ZV_MUST_CHECK;
/* Copies with a NUL; ZV_E_TRUNCATED when it does not fit (dst untouched then). */
int zv_str_copy(struct zv_str a, char *dst, size_t cap) ZV_MUST_CHECK;
/* Every byte sequence is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most
 * U+10FFFF). */
bool zv_str_is_utf8(struct zv_str a);
/* The bytes, 1 to 4, of the well-formed sequence at its start (RFC 3629 section 4); 0: there is
 * none.
 */
size_t zv_str_utf8_len(struct zv_str a);
/* A timing that does not depend on the content. Lengths may differ: false. */
bool zv_str_eq_const_time(struct zv_str a, struct zv_str b);

static inline char zv_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
static inline bool zv_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool zv_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool zv_is_alnum(char c)
{
    return zv_is_digit(c) || zv_is_alpha(c);
}
/* Value of a hexadecimal digit, or -1. */
int zv_hex_value(char c);

#endif
