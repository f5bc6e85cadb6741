/*
 * Inputs of call control as JSON: {"input":"CLIENT_CALL","call_id":"…","callee":"1002",…}. One
 * table of fields serves those who write and those who read. Secrets are in none of the fields:
 * neither password, token, our ICE password nor which digits of DTMF there were.
 */
#ifndef ZV_TRACE_INPUT_H
#define ZV_TRACE_INPUT_H

#include "base/json.h"
#include "call/input.h"

#include <stddef.h>

enum zv_trace_field_type {
    ZV_TRACE_STR,    /* struct zv_str; left out when absent */
    ZV_TRACE_SDP,    /* struct zv_str; keys are blanked */
    ZV_TRACE_DIGITS, /* struct zv_str; written as so many '*' */
    ZV_TRACE_BOOL,   /* bool */
    ZV_TRACE_INT,    /* int, or an enum of its size */
    ZV_TRACE_U16,
    ZV_TRACE_U32,
    ZV_TRACE_I64,
    ZV_TRACE_ADDR,    /* struct zv_addr, as text */
    ZV_TRACE_HEADERS, /* of zv_in_call: {"X-Name":"value"} */
};

struct zv_trace_field {
    const char *name;
    enum zv_trace_field_type type;
    size_t offset; /* in struct zv_call_in */
};

/* The fields of this kind of input; none for kinds without any. */
const struct zv_trace_field *zv_trace_fields_of(enum zv_call_in_kind kind, size_t *ret_count);
/* `scratch` holds a description while its keys are blanked; a longer one is left out. */
void zv_trace_write_input(struct zv_json *json, const struct zv_call_in *in,
                          struct zv_buf *scratch);
void zv_trace_write_sdp(struct zv_json *json, const char *key, struct zv_str sdp,
                        struct zv_buf *scratch);

#endif
