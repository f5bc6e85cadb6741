/*
 * The fields of an argument object: typed getters with sentences for what is wrong.
 *
 * Absent and null are the same, because JavaScript omits undefined values and other clients write
 * null. Where clients are known to differ in type, both forms are taken: booleans as strings
 * (older pages), the port as a string (pages) or a number (native), one DTMF digit as a number.
 */
#include "wire/wire_int.h"

static json_t *field_of(const struct zv_wire_fields *fields, const char *name)
{
    if (fields->error->err)
        return NULL;
    json_t *value = json_object_get(fields->object, name);
    return json_is_null(value) ? NULL : value;
}

static struct zv_str text_of(const json_t *value)
{
    return (struct zv_str){json_string_value(value), json_string_length(value)};
}

void zv_wire_fields_refuse(struct zv_wire_fields *fields, int err, const char *field,
                           const char *what)
{
    struct zv_wire_error *error = fields->error;
    if (error->err)
        return;
    error->err = err;
    struct zv_buf name = zv_buf(error->field, sizeof error->field);
    zv_buf_put_text(&name, field);
    (void)zv_buf_cstr(&name);
    struct zv_buf sentence = zv_buf(error->sentence, sizeof error->sentence);
    zv_buf_printf(&sentence, "The field \"%s\" of the message \"%s\" %s.", field, error->message,
                  what);
    (void)zv_buf_cstr(&sentence);
}

struct zv_str zv_wire_get_text(struct zv_wire_fields *fields, const char *name)
{
    const json_t *value = field_of(fields, name);
    if (!value)
        return (struct zv_str){0};
    if (!json_is_string(value)) {
        zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "must be text in quotes");
        return (struct zv_str){0};
    }
    return text_of(value);
}

struct zv_str zv_wire_get_required(struct zv_wire_fields *fields, const char *name,
                                   size_t max_bytes)
{
    struct zv_str text = zv_wire_get_text(fields, name);
    if (!text.p)
        zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "is missing");
    else if (!text.len)
        zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "is empty");
    else if (text.len > max_bytes) {
        char what[64];
        struct zv_buf out = zv_buf(what, sizeof what);
        zv_buf_printf(&out, "is longer than %zu bytes", max_bytes);
        zv_wire_fields_refuse(fields, ZV_E_LIMIT, name, zv_buf_cstr(&out));
    }
    return text;
}

bool zv_wire_is_call_id(struct zv_str text)
{
    if (!text.len || text.len > ZV_MAX_CALL_ID_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    return true;
}

struct zv_str zv_wire_get_call_id(struct zv_wire_fields *fields)
{
    struct zv_str id = zv_wire_get_required(fields, "callId", ZV_MAX_CALL_ID_BYTES);
    if (!fields->error->err && !zv_wire_is_call_id(id))
        zv_wire_fields_refuse(fields, ZV_E_PARSE, "callId", "contains a control character");
    return id;
}

enum zv_wire_flag zv_wire_get_flag(struct zv_wire_fields *fields, const char *name)
{
    const json_t *value = field_of(fields, name);
    if (!value)
        return ZV_WIRE_ABSENT;
    if (json_is_boolean(value))
        return json_is_true(value) ? ZV_WIRE_TRUE : ZV_WIRE_FALSE;
    if (json_is_string(value)) {
        struct zv_str text = text_of(value);
        if (zv_str_is(text, "true"))
            return ZV_WIRE_TRUE;
        if (zv_str_is(text, "false"))
            return ZV_WIRE_FALSE;
    }
    zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "must be true or false");
    return ZV_WIRE_ABSENT;
}

int64_t zv_wire_get_number(struct zv_wire_fields *fields, const char *name, int64_t max)
{
    const json_t *value = field_of(fields, name);
    if (!value)
        return -1;
    uint64_t number = UINT64_MAX;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        number = (uint64_t)json_integer_value(value);
    } else if (json_is_string(value)) {
        struct zv_str text = text_of(value);
        if (!text.len)
            return -1;
        if (zv_str_to_u64(text, &number) != 0)
            number = UINT64_MAX;
    }
    if (number <= (uint64_t)max)
        return (int64_t)number;

    char what[80];
    struct zv_buf out = zv_buf(what, sizeof what);
    zv_buf_printf(&out, "must be a whole number from 0 to %lld", (long long)max);
    zv_wire_fields_refuse(fields, ZV_E_PARSE, name, zv_buf_cstr(&out));
    return -1;
}

void zv_wire_get_lines(struct zv_wire_fields *fields, const char *name,
                       struct zv_wire_lines *ret_lines)
{
    const json_t *value = field_of(fields, name);
    *ret_lines = (struct zv_wire_lines){0};
    if (!value)
        return;
    if (!json_is_array(value)) {
        zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "must be a list of texts");
        return;
    }
    if (json_array_size(value) > ZV_WIRE_MAX_LINES) {
        zv_wire_fields_refuse(fields, ZV_E_LIMIT, name, "has more than 16 entries");
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *line = json_array_get(value, i);
        if (!json_is_string(line)) {
            zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "must be a list of texts");
            return;
        }
        ret_lines->line[ret_lines->count++] = text_of(line);
    }
}

void zv_wire_get_params(struct zv_wire_fields *fields, const char *name,
                        struct zv_wire_params *ret_params)
{
    json_t *value = field_of(fields, name);
    *ret_params = (struct zv_wire_params){0};
    if (!value)
        return;
    if (!json_is_object(value)) {
        zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "must be an object of texts");
        return;
    }
    if (json_object_size(value) > ZV_WIRE_MAX_PARAMS) {
        zv_wire_fields_refuse(fields, ZV_E_LIMIT, name, "has more than 16 entries");
        return;
    }
    for (void *it = json_object_iter(value); it; it = json_object_iter_next(value, it)) {
        const json_t *text = json_object_iter_value(it);
        if (json_is_null(text))
            continue;
        if (!json_is_string(text)) {
            zv_wire_fields_refuse(fields, ZV_E_PARSE, name, "must be an object of texts");
            return;
        }
        ret_params->param[ret_params->count++] = (struct zv_wire_param){
            .name = {json_object_iter_key(it), json_object_iter_key_len(it)},
            .value = text_of(text),
        };
    }
}

struct zv_str zv_wire_get_digits(struct zv_wire_fields *fields, const char *name,
                                 char scratch[ZV_WIRE_SCRATCH])
{
    const json_t *value = field_of(fields, name);
    if (!json_is_integer(value))
        return zv_wire_get_text(fields, name);
    struct zv_buf out = zv_buf(scratch, ZV_WIRE_SCRATCH);
    zv_buf_printf(&out, "%lld", (long long)json_integer_value(value));
    return zv_buf_str(&out);
}
