/*
 * The JSON library would nest as deep as the text asks; requests are flat, so anything nested is
 * refused before the library sees it.
 */
#include "admin/request.h"

#include "base/err.h"

#include <jansson.h>
#include <stdio.h>

const char *zv_admin_verb_name(enum zv_admin_verb verb)
{
    static const char *const names[] = {
#define X(id, name) name,
        ZV_ADMIN_VERB_LIST(X)
#undef X
    };
    return (unsigned)verb < ZV_ADMIN_VERB_COUNT ? names[verb] : "unknown";
}

static int refuse(int err, const char *sentence, char *ret_error)
{
    snprintf(ret_error, ZV_ADMIN_ERROR_CAP, "%s", sentence);
    return err;
}

static bool is_flat(struct zv_str line)
{
    bool in_string = false;
    unsigned opened = 0;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.p[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            opened++;
    }
    return opened <= 1;
}

static bool is_clean(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    }
    return true;
}

/* Absent is fine; what is there must be a text that fits. */
static int read_text(const json_t *tree, const char *key, char *dst, size_t cap, char *ret_error)
{
    const json_t *value = json_object_get(tree, key);
    if (!value)
        return 0;
    struct zv_str text = zv_str_n(json_string_value(value), json_string_length(value));
    if (json_is_string(value) && is_clean(text) && zv_str_copy(text, dst, cap) == 0)
        return 0;
    snprintf(ret_error, ZV_ADMIN_ERROR_CAP,
             "\"%s\" must be a text of one line and at most %zu bytes", key, cap - 1);
    return ZV_E_PARSE;
}

static int read_bool(const json_t *tree, const char *key, bool *ret_value, char *ret_error)
{
    const json_t *value = json_object_get(tree, key);
    if (!value)
        return 0;
    if (json_is_boolean(value)) {
        *ret_value = json_is_true(value);
        return 0;
    }
    snprintf(ret_error, ZV_ADMIN_ERROR_CAP, "\"%s\" must be true or false", key);
    return ZV_E_PARSE;
}

static int read_version(const json_t *tree, char *ret_error)
{
    const json_t *value = json_object_get(tree, "version");
    if (json_is_integer(value) && json_integer_value(value) == ZV_ADMIN_VERSION)
        return 0;
    return refuse(ZV_E_UNSUPPORTED,
                  "this gateway speaks version 1: zvonokctl and zvonokd must be of one release",
                  ret_error);
}

static int read_verb(const json_t *tree, enum zv_admin_verb *ret_verb, char *ret_error)
{
    const char *name = json_string_value(json_object_get(tree, "verb"));
    if (!name)
        return refuse(ZV_E_PARSE, "a request names its \"verb\"", ret_error);
    for (int verb = 0; verb < ZV_ADMIN_VERB_COUNT; verb++) {
        if (strcmp(zv_admin_verb_name((enum zv_admin_verb)verb), name) == 0) {
            *ret_verb = (enum zv_admin_verb)verb;
            return 0;
        }
    }
    return refuse(ZV_E_UNSUPPORTED, "this gateway knows no such verb", ret_error);
}

static int read_request(const json_t *tree, struct zv_admin_request *request, char *ret_error)
{
    if (!json_is_object(tree))
        return refuse(ZV_E_PARSE, "a request is one JSON object", ret_error);
    int err = read_version(tree, ret_error);
    if (!err)
        err = read_verb(tree, &request->verb, ret_error);
    if (!err)
        err = read_text(tree, "id", request->id, sizeof(request->id), ret_error);
    if (!err)
        err = read_text(tree, "levels", request->levels, sizeof(request->levels), ret_error);
    if (!err)
        err = read_bool(tree, "on", &request->on, ret_error);
    if (!err)
        err = read_bool(tree, "ended", &request->ended, ret_error);
    return err;
}

int zv_admin_parse_request(struct zv_str line, struct zv_admin_request *ret_request,
                           char ret_error[ZV_ADMIN_ERROR_CAP])
{
    struct zv_admin_request request = {0};
    json_error_t complaint;
    if (line.len >= ZV_ADMIN_MAX_REQUEST_BYTES)
        return refuse(ZV_E_PARSE, "a request has at most 4096 bytes", ret_error);
    if (!is_flat(line))
        return refuse(ZV_E_PARSE, "a request holds no objects or lists", ret_error);
    json_t *tree = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES, &complaint);
    if (!tree && json_error_code(&complaint) == json_error_out_of_memory)
        return refuse(ZV_E_NOMEM, "the gateway is out of memory", ret_error);
    if (!tree)
        return refuse(ZV_E_PARSE, "a request is one JSON object in one line", ret_error);
    int err = read_request(tree, &request, ret_error);
    json_decref(tree);
    if (!err)
        *ret_request = request;
    return err;
}
