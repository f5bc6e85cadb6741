/*
 * Writes JSON (RFC 8259) into a bounded buffer, without allocation: messages to clients, log
 * lines, traces, answers of the admin socket. Reading JSON is jansson's work.
 *
 *     struct zv_json json = zv_json(&out);
 *     zv_json_open_object(&json, NULL);
 *     zv_json_text(&json, "state", "ACTIVE");
 *     zv_json_open_list(&json, "legs");
 *     zv_json_int(&json, NULL, 1);
 *     zv_json_close_list(&json);
 *     zv_json_close_object(&json);
 *
 * `key` is NULL at the top and in lists. What does not fit sets the buffer's `overflow`. Bytes that
 * are not UTF-8 become U+FFFD, so that the result is valid whatever the network sent.
 */
#ifndef ZV_BASE_JSON_H
#define ZV_BASE_JSON_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct zv_json {
    struct zv_buf *out;
    bool needs_comma;
};

static inline struct zv_json zv_json(struct zv_buf *out)
{
    return (struct zv_json){.out = out};
}

void zv_json_open_object(struct zv_json *json, const char *key);
void zv_json_close_object(struct zv_json *json);
void zv_json_open_list(struct zv_json *json, const char *key);
void zv_json_close_list(struct zv_json *json);
void zv_json_str(struct zv_json *json, const char *key, struct zv_str value);
void zv_json_text(struct zv_json *json, const char *key, const char *value);
void zv_json_int(struct zv_json *json, const char *key, int64_t value);
void zv_json_uint(struct zv_json *json, const char *key, uint64_t value);
void zv_json_bool(struct zv_json *json, const char *key, bool value);
void zv_json_null(struct zv_json *json, const char *key);
/* With that many decimals; not a number or infinite: null. */
void zv_json_number(struct zv_json *json, const char *key, double value, int decimals);
/* A value that is JSON already. */
void zv_json_raw(struct zv_json *json, const char *key, struct zv_str value);

#endif
