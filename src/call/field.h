/*
 * Text fields of clients: which characters they may hold, where the first offence stands, and the
 * sentence that says so. Only for the files of call/.
 */
#ifndef ZV_CALL_FIELD_H
#define ZV_CALL_FIELD_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "call/account.h"

#include <stdbool.h>
#include <stddef.h>

typedef bool zv_field_class_fn(char c);

/* RFC 3261 §25.1 `user` without escapes. */
bool zv_field_is_user_char(char c);
/* Letters, digits, "-", ".", "_". */
bool zv_field_is_host_char(char c);
bool zv_field_is_control(char c);
/* Not the first byte of a UTF-8 character. */
bool zv_field_is_continuation(char c);

/* Offset of the first byte that is not allowed, or text.len. With escapes, "%41" and "%D0%AF" count
 * as one character that is allowed unless it is a control or no UTF-8. */
size_t zv_field_first_offence(struct zv_str text, zv_field_class_fn *is_allowed, bool has_escapes);
/* 1-based position of the character at a byte offset. */
unsigned zv_field_position(struct zv_str text, size_t at);

/* A fault with cause bad_account and no remedy; returns it. `field` is static. */
struct zv_account_fault *zv_field_set_fault(struct zv_account_fault *fault, const char *field,
                                            const char *format, ...) ZV_PRINTF(3, 4);
void zv_field_set_remedy(struct zv_account_fault *fault, const char *format, ...) ZV_PRINTF(2, 3);
/* "sipLogin: a blank at position 5 is not allowed" */
struct zv_account_fault *zv_field_set_offence(struct zv_account_fault *fault, const char *field,
                                              struct zv_str text, size_t at);
/* True, and the fault set. */
bool zv_field_is_too_long(struct zv_account_fault *fault, const char *field, struct zv_str text,
                          size_t max);
bool zv_field_is_missing(struct zv_account_fault *fault, const char *field, struct zv_str text);

/* A value to try instead: each run of what is not allowed becomes one "_", none at the ends. */
void zv_field_suggest(struct zv_str text, zv_field_class_fn *is_allowed, struct zv_buf *buf);
/* `;` `?` `/` and what is not in `user` become %-escapes; escapes stay. */
void zv_field_escape_user(struct zv_str text, struct zv_buf *buf);

#endif
