/*
 * Shared by the files of wire/ only: the fields of one argument object, read one after another.
 *
 * The first wrong field latches an error; the getters that follow return "absent". So a message's
 * parser is a plain list of fields and its result is checked once.
 */
#ifndef ZV_WIRE_WIRE_INT_H
#define ZV_WIRE_WIRE_INT_H

#include "base/buf.h"
#include "wire/wire.h"

#include <jansson.h>

struct zv_wire_fields {
    const json_t *object;        /* borrowed; NULL: no argument */
    struct zv_wire_error *error; /* error->err != 0: something was wrong */
};

/* Latches an error unless there is one: `field` and a sentence made from the message and `what`. */
void zv_wire_fields_refuse(struct zv_wire_fields *fields, int err, const char *field,
                           const char *what);

/* Absent or null: a view with p == NULL. */
struct zv_str zv_wire_get_text(struct zv_wire_fields *fields, const char *name);
/* As above, but must be there, not empty, and at most `max_bytes`. */
struct zv_str zv_wire_get_required(struct zv_wire_fields *fields, const char *name,
                                   size_t max_bytes);
struct zv_str zv_wire_get_call_id(struct zv_wire_fields *fields);
enum zv_wire_flag zv_wire_get_flag(struct zv_wire_fields *fields, const char *name);
/* A JSON integer, or its digits as a string; absent, null and "": -1. */
int64_t zv_wire_get_number(struct zv_wire_fields *fields, const char *name, int64_t max);
void zv_wire_get_lines(struct zv_wire_fields *fields, const char *name,
                       struct zv_wire_lines *ret_lines);
void zv_wire_get_params(struct zv_wire_fields *fields, const char *name,
                        struct zv_wire_params *ret_params);

/* Text, or an integer as its digits, which `scratch` holds; absent or null: p == NULL. */
struct zv_str zv_wire_get_digits(struct zv_wire_fields *fields, const char *name,
                                 char scratch[ZV_WIRE_SCRATCH]);

/* Whether the text is a call id: 1…ZV_MAX_CALL_ID_BYTES bytes above the control characters. */
bool zv_wire_is_call_id(struct zv_str text);

typedef void zv_wire_parse_fn(struct zv_wire_fields *fields, struct zv_wire_msg *msg);

struct zv_wire_entry {
    const char *name;
    enum zv_wire_kind kind;
    zv_wire_parse_fn *parse_fn; /* NULL: the argument does not matter */
};

/* The table of messages (messages.c); NULL: unknown. */
const struct zv_wire_entry *zv_wire_find_entry(struct zv_str name);

#endif
