#define _GNU_SOURCE
#include "gateway/config.h"

#include "base/addr.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "gateway/config_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct zv_config_key zv_config_keys[] = {
#define X(section_, name_, type_, min_, max_, form_, dflt_, reload_, help_)                        \
    {.section = #section_,                                                                         \
     .name = #name_,                                                                               \
     .type = ZV_CONFIG_##type_,                                                                    \
     .min = (min_),                                                                                \
     .max = (max_),                                                                                \
     .form = form_,                                                                                \
     .dflt = dflt_,                                                                                \
     .reload = ZV_CONFIG_##reload_,                                                                \
     .help = help_,                                                                                \
     .offset = offsetof(struct zv_config, section_##_##name_)},
#include "gateway/config_keys.h"
#undef X
};
const size_t zv_config_key_count = ZV_ARRAY_LEN(zv_config_keys);

const struct zv_config_key *zv_config_find(struct zv_str section, struct zv_str name)
{
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        if (zv_str_is(section, key->section) && zv_str_is(name, key->name))
            return key;
    }
    return NULL;
}

bool zv_config_has_section(struct zv_str section)
{
    for (size_t i = 0; i < zv_config_key_count; i++) {
        if (zv_str_is(section, zv_config_keys[i].section))
            return true;
    }
    return false;
}

static void *field_of(void *owner, const struct zv_config_key *key)
{
    return (char *)owner + key->offset;
}

void zv_config_list_clear(struct zv_config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        zv_free(list->items[i]);
    list->items = zv_free(list->items);
    list->count = 0;
}

int zv_config_list_append(struct zv_config_list *list, struct zv_str item)
{
    if (list->count >= ZV_CONFIG_MAX_LIST || item.len > ZV_CONFIG_MAX_TEXT)
        return ZV_E_LIMIT;
    char **items = zv_realloc(list->items, (list->count + 1) * sizeof(char *));
    if (!items)
        return ZV_E_NOMEM;
    list->items = items;
    items[list->count] = zv_strndup(item.p, item.len);
    if (!items[list->count])
        return ZV_E_NOMEM;
    list->count++;
    return 0;
}

static int parse_bool(struct zv_str text, bool *ret_value)
{
    if (!zv_str_is(text, "true") && !zv_str_is(text, "false"))
        return ZV_E_PARSE;
    *ret_value = zv_str_is(text, "true");
    return 0;
}

static int parse_srtp(struct zv_str text, enum zv_srtp_policy *ret_policy)
{
    for (int i = ZV_SRTP_POLICY_OFF; i <= ZV_SRTP_POLICY_REQUIRED; i++) {
        if (zv_str_is(text, zv_srtp_policy_name((enum zv_srtp_policy)i))) {
            *ret_policy = (enum zv_srtp_policy)i;
            return 0;
        }
    }
    return ZV_E_PARSE;
}

static int parse_transport(struct zv_str text, enum zv_trunk_transport *ret_transport)
{
    for (int i = ZV_TRUNK_ANY; i <= ZV_TRUNK_TLS; i++) {
        if (zv_str_is(text, zv_trunk_transport_name((enum zv_trunk_transport)i))) {
            *ret_transport = (enum zv_trunk_transport)i;
            return 0;
        }
    }
    return ZV_E_PARSE;
}

/* "1500ms", "32s", "10m", "4h", "2d" in microseconds. A bare number is refused: its unit would be a
 * guess. */
static int parse_duration(struct zv_str text, int64_t *ret_us)
{
    static const struct {
        const char *suffix;
        int64_t us;
    } units[] = {{"ms", ZV_US_PER_MS},
                 {"s", ZV_US_PER_S},
                 {"m", 60 * ZV_US_PER_S},
                 {"h", 3600 * ZV_US_PER_S},
                 {"d", 86400 * ZV_US_PER_S}};
    size_t digits = 0;
    uint32_t count;
    while (digits < text.len && zv_is_digit(text.p[digits]))
        digits++;
    if (zv_str_to_u32(zv_str_head(text, digits), &count))
        return ZV_E_PARSE;
    for (size_t i = 0; i < ZV_ARRAY_LEN(units); i++) {
        if (zv_str_is(zv_str_tail(text, digits), units[i].suffix)) {
            *ret_us = (int64_t)count * units[i].us;
            return 0;
        }
    }
    return ZV_E_PARSE;
}

static int parse_int(struct zv_str text, int64_t *ret_value)
{
    uint32_t value;
    if (zv_str_to_u32(text, &value))
        return ZV_E_PARSE;
    *ret_value = value;
    return 0;
}

void zv_config_write_duration(struct zv_buf *out, int64_t us)
{
    if (us % (3600 * ZV_US_PER_S) == 0 && us)
        zv_buf_printf(out, "%lldh", (long long)(us / (3600 * ZV_US_PER_S)));
    else if (us % ZV_US_PER_S == 0)
        zv_buf_printf(out, "%llds", (long long)(us / ZV_US_PER_S));
    else
        zv_buf_printf(out, "%lldms", (long long)(us / ZV_US_PER_MS));
}

void zv_config_describe(const struct zv_config_key *key, struct zv_buf *out)
{
    switch (key->type) {
    case ZV_CONFIG_BOOL:
        zv_buf_put_text(out, "true or false");
        break;
    case ZV_CONFIG_INT:
        zv_buf_printf(out, "a whole number from %lld to %lld%s%s", (long long)key->min,
                      (long long)key->max, key->form[0] ? ", in " : "", key->form);
        break;
    case ZV_CONFIG_DURATION:
        zv_buf_put_text(out, "a time such as 1500ms, 32s or 4h, from ");
        zv_config_write_duration(out, key->min);
        zv_buf_put_text(out, " to ");
        zv_config_write_duration(out, key->max);
        break;
    case ZV_CONFIG_TEXT:
        zv_buf_printf(out, "one text%s%s", key->form[0] ? ", such as " : "", key->form);
        break;
    case ZV_CONFIG_SECRET:
        zv_buf_printf(out, "one text, best as %s", key->form);
        break;
    case ZV_CONFIG_SRTP:
        zv_buf_put_text(out, "off, optional or required");
        break;
    case ZV_CONFIG_TRANSPORT:
        zv_buf_put_text(out, "any, udp, tcp or tls");
        break;
    case ZV_CONFIG_LIST:
        zv_buf_printf(out, "a list, such as %s", key->form[0] ? key->form : key->dflt);
        break;
    }
}

static int set_number(const struct zv_config_key *key, int64_t value, int64_t *field)
{
    if (value < key->min || value > key->max)
        return ZV_E_PARSE;
    *field = value;
    return 0;
}

/* Some are secrets; texts of a configuration are few and short. */
static void *free_text(char *text)
{
    return zv_free_secret(text, text ? strlen(text) : 0);
}

static int set_text(char **field, struct zv_str value)
{
    if (value.len > ZV_CONFIG_MAX_TEXT || zv_str_find(value, '\n') >= 0)
        return ZV_E_PARSE;
    char *copy = zv_strndup(value.p, value.len);
    if (!copy)
        return ZV_E_NOMEM;
    free_text(*field);
    *field = copy;
    return 0;
}

int zv_config_set_scalar(void *owner, const struct zv_config_key *key, struct zv_str value)
{
    void *field = field_of(owner, key);
    int64_t number;
    switch (key->type) {
    case ZV_CONFIG_BOOL:
        return parse_bool(value, field);
    case ZV_CONFIG_INT:
        return parse_int(value, &number) ? ZV_E_PARSE : set_number(key, number, field);
    case ZV_CONFIG_DURATION:
        return parse_duration(value, &number) ? ZV_E_PARSE : set_number(key, number, field);
    case ZV_CONFIG_TEXT:
    case ZV_CONFIG_SECRET:
        return set_text(field, value);
    case ZV_CONFIG_SRTP:
        return parse_srtp(value, field);
    case ZV_CONFIG_TRANSPORT:
        return parse_transport(value, field);
    case ZV_CONFIG_LIST:
        return ZV_E_PARSE;
    }
    return ZV_E_INTERNAL;
}

struct zv_config_list *zv_config_list_of(struct zv_config *config, const struct zv_config_key *key)
{
    return field_of(config, key);
}

int zv_config_init(struct zv_config *config)
{
    char ignored[ZV_CONFIG_ERROR_CAP];
    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        int err = 0;
        if (key->type != ZV_CONFIG_LIST)
            err = zv_config_set_scalar(config, key, zv_str(key->dflt));
        else if (key->dflt[0])
            err = zv_config_parse_list(zv_config_list_of(config, key), key, key->dflt, ignored);
        if (err)
            return err;
    }
    return 0;
}

void zv_config_fini(struct zv_config *config)
{
    for (size_t i = 0; i < zv_config_key_count; i++) {
        const struct zv_config_key *key = &zv_config_keys[i];
        if (key->type == ZV_CONFIG_TEXT || key->type == ZV_CONFIG_SECRET) {
            char **field = field_of(config, key);
            *field = free_text(*field);
        } else if (key->type == ZV_CONFIG_LIST) {
            zv_config_list_clear(field_of(config, key));
        }
    }
    zv_config_trunks_clear(&config->trunks);
}

static void note_end(struct zv_config *config, struct zv_str text)
{
    config->end_line = config->end_column = 1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '\n') {
            config->end_line++;
            config->end_column = 1;
        } else {
            config->end_column += (text.p[i] & 0xc0) != 0x80; /* characters, as YAML counts */
        }
    }
    config->is_cut = config->end_column > 1;
}

bool zv_config_lacks_end(const struct zv_config *config)
{
    bool is_empty = config->end_line <= 1 && config->end_column <= 1;
    return !config->has_end && !is_empty;
}

static int refuse_file(const char *file_name, const char *what, int error, char *ret_error)
{
    const char *remedy = "";
    if (error == ENOENT)
        remedy = "; name it with --config FILE";
    else if (error == EACCES)
        remedy = "; the user that zvonokd runs as has to be able to read it";
    snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "%s: %s: %s%s", file_name, what,
             strerrordesc_np(error), remedy);
    return ZV_E_IO;
}

int zv_config_load(struct zv_config *config, const char *file_name,
                   char ret_error[ZV_CONFIG_ERROR_CAP])
{
    enum { MAX_FILE_BYTES = 1 << 20 };
    FILE *file = fopen(file_name, "rb");
    if (!file)
        return refuse_file(file_name, "cannot be opened", errno, ret_error);
    char *text = zv_zalloc(MAX_FILE_BYTES);
    snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "%s", zv_err_text(ZV_E_NOMEM));
    int err = text ? 0 : ZV_E_NOMEM;
    if (err)
        goto out;
    setvbuf(file, NULL, _IONBF, 0); /* no second copy, which nobody would wipe */
    size_t len = fread(text, 1, MAX_FILE_BYTES, file);
    if (ferror(file)) {
        err = refuse_file(file_name, "cannot be read", errno, ret_error);
        goto out;
    }
    if (len == MAX_FILE_BYTES) {
        snprintf(ret_error, ZV_CONFIG_ERROR_CAP, "%s: larger than 1 MiB", file_name);
        err = ZV_E_IO;
        goto out;
    }
    note_end(config, zv_str_n(text, len));
    err =
        zv_config_parse_whole(config, file_name, zv_str_n(text, len), &config->has_end, ret_error);
out:
    fclose(file);
    zv_free_secret(text, MAX_FILE_BYTES); /* turn.secret may be written out in it */
    return err;
}
