/*
 * YAML into the table's fields. Two levels: section, key; below `trunks` an entry's name between
 * them.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/config_reader.h"

#include <stdio.h>
#include <string.h>

static int fail_value(struct zv_config_reader *reader, const struct zv_config_key *key)
{
    char allowed[320], sentence[ZV_CONFIG_SENTENCE_CAP];
    struct zv_buf out = zv_buf(allowed, sizeof(allowed));
    zv_config_describe(key, &out);
    const char *allowed_text = zv_buf_cstr(&out);
    snprintf(sentence, sizeof(sentence), "%s.%s wants %s", key->section, key->name,
             allowed_text ? allowed_text : "another value");
    return zv_reader_fail(reader, reader->event.start_mark, sentence);
}

static int fail_unknown(struct zv_config_reader *reader, struct zv_str section, struct zv_str name)
{
    char path[128], sentence[320];
    snprintf(path, sizeof(path), "%.*s%s%.*s", ZV_STR_ARG(section), name.len ? "." : "",
             ZV_STR_ARG(name));
    const struct zv_config_key *hint = name.len ? zv_config_nearest(path) : NULL;
    if (hint)
        snprintf(sentence, sizeof(sentence), "there is no key %s; did you mean %s.%s?", path,
                 hint->section, hint->name);
    else
        snprintf(sentence, sizeof(sentence), "there is no %s %s; zvonokd --print-config lists all",
                 name.len ? "key" : "section", path);
    return zv_reader_fail(reader, reader->event.start_mark, sentence);
}

/* A scalar of the key's value, with what its ${NAME} stand for. `buf` is the caller's to wipe. */
static int expand(struct zv_config_reader *reader, const struct zv_config_key *key,
                  char buf[ZV_CONFIG_MAX_TEXT + 1], struct zv_str *ret_value)
{
    char sentence[ZV_CONFIG_SENTENCE_CAP];
    struct zv_buf out = zv_buf(buf, ZV_CONFIG_MAX_TEXT + 1);
    if (zv_str_find(zv_reader_scalar(reader), '$') < 0) {
        *ret_value = zv_reader_scalar(reader);
        return 0;
    }
    int err = zv_config_expand(reader->config, key->type == ZV_CONFIG_SECRET,
                               zv_reader_scalar(reader), &out, sentence);
    if (err)
        return zv_reader_fail(reader, reader->event.start_mark, sentence);
    *ret_value = zv_buf_str(&out);
    return 0;
}

static int append_item(struct zv_config_reader *reader, const struct zv_config_key *key,
                       struct zv_config_list *list)
{
    char text[ZV_CONFIG_MAX_TEXT + 1];
    struct zv_str value;
    int err = expand(reader, key, text, &value);
    if (!err && !value.len)
        return fail_value(reader, key);
    if (!err)
        err = zv_config_list_append(list, value);
    if (err == ZV_E_LIMIT)
        return zv_reader_fail(reader, reader->event.start_mark,
                              "the list or this entry is too long");
    return err;
}

static int read_list(struct zv_config_reader *reader, const struct zv_config_key *key,
                     struct zv_config_list *list)
{
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return fail_value(reader, key);
    zv_config_list_clear(list);
    for (;;) {
        int err = zv_reader_next(reader);
        if (err)
            return err;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            return 0;
        if (reader->event.type != YAML_SCALAR_EVENT)
            return fail_value(reader, key);
        err = append_item(reader, key, list);
        if (err)
            return err;
    }
}

/* `owner`: what the key's field is in. */
static int read_scalar(struct zv_config_reader *reader, const struct zv_config_key *key,
                       void *owner)
{
    char text[ZV_CONFIG_MAX_TEXT + 1];
    struct zv_str value;
    if (reader->event.type != YAML_SCALAR_EVENT)
        return fail_value(reader, key);
    if (key->type == ZV_CONFIG_SECRET && zv_reader_scalar(reader).len &&
        !zv_config_has_name(zv_reader_scalar(reader)))
        reader->config->plain_secret = key;
    int err = expand(reader, key, text, &value);
    if (!err) {
        err = zv_config_set_scalar(owner, key, value);
        if (err == ZV_E_PARSE)
            err = fail_value(reader, key);
    }
    zv_wipe(text, sizeof(text));
    return err;
}

static int read_value(struct zv_config_reader *reader, const struct zv_config_key *key)
{
    int err = zv_reader_note_once(reader, &reader->seen[key - zv_config_keys]);
    if (!err)
        err = zv_reader_next(reader);
    if (err)
        return err;
    if (key->type == ZV_CONFIG_LIST)
        return read_list(reader, key, zv_config_list_of(reader->config, key));
    return read_scalar(reader, key, reader->config);
}

/* ---- trunks ---- */

static int fail_trunk_key(struct zv_config_reader *reader)
{
    char known[160], sentence[320];
    struct zv_buf names = zv_buf(known, sizeof(known));
    for (size_t i = 0; i < ZV_CONFIG_TRUNK_KEY_COUNT; i++)
        zv_buf_printf(&names, "%s%s", i ? ", " : "", zv_config_trunk_keys[i].name);
    snprintf(sentence, sizeof(sentence), "a trunk has no key %.*s; what it may have: %.*s",
             ZV_STR_ARG(zv_str_head(zv_reader_scalar(reader), 64)), ZV_STR_ARG(zv_buf_str(&names)));
    return zv_reader_fail(reader, reader->event.start_mark, sentence);
}

static int read_trunk_key(struct zv_config_reader *reader, size_t index, bool *seen)
{
    const struct zv_config_key *key = zv_config_find_trunk_key(zv_reader_scalar(reader));
    if (!key)
        return fail_trunk_key(reader);
    struct zv_config_trunk *trunk = &reader->config->trunks.items[index];
    size_t row = (size_t)(key - zv_config_trunk_keys);
    int err = zv_reader_note_once(reader, &seen[row]);
    if (!err)
        err = zv_reader_next(reader);
    if (!err)
        err = read_scalar(reader, key, trunk);
    if (!err)
        trunk->is_set |= UINT32_C(1) << row;
    return err;
}

static int read_trunk(struct zv_config_reader *reader, size_t index)
{
    bool seen[ZV_CONFIG_TRUNK_KEY_COUNT] = {false};
    int err;
    if (!zv_reader_open_mapping(reader, "a trunk holds keys, such as {strict: true}", &err))
        return err;
    size_t depth = reader->depth;
    while (zv_reader_next_key(reader, &err)) {
        err = zv_reader_leave_entry(reader, depth, read_trunk_key(reader, index, seen));
        if (err)
            return err;
    }
    return err;
}

static int open_trunk(struct zv_config_reader *reader, size_t *ret_index)
{
    int err = zv_config_open_trunk(&reader->config->trunks, zv_reader_scalar(reader), ret_index);
    if (err == ZV_E_PARSE)
        return zv_reader_fail(reader, reader->event.start_mark,
                              "a trunk is a SIP domain, or an account as user@domain");
    if (err == ZV_E_LIMIT)
        return zv_reader_fail(reader, reader->event.start_mark, "there are too many trunks");
    return err ? err : zv_reader_note_once(reader, &reader->seen_trunks[*ret_index]);
}

static int read_trunks(struct zv_config_reader *reader)
{
    size_t index;
    int err = zv_reader_note_once(reader, &reader->has_trunks);
    if (err || !zv_reader_open_mapping(
                   reader, "trunks holds entries, such as sip.example.org: {strict: true}", &err))
        return err;
    size_t depth = reader->depth;
    while (zv_reader_next_key(reader, &err)) {
        err = open_trunk(reader, &index);
        if (!err)
            err = read_trunk(reader, index);
        err = zv_reader_leave_entry(reader, depth, err);
        if (err)
            return err;
    }
    return err;
}

static int read_section(struct zv_config_reader *reader, struct zv_str section)
{
    int err;
    if (!zv_reader_open_mapping(reader, "a section holds keys, each indented on a line below it",
                                &err))
        return err;
    size_t depth = reader->depth;
    while (zv_reader_next_key(reader, &err)) {
        const struct zv_config_key *key = zv_config_find(section, zv_reader_scalar(reader));
        err =
            key ? read_value(reader, key) : fail_unknown(reader, section, zv_reader_scalar(reader));
        err = zv_reader_leave_entry(reader, depth, err);
        if (err)
            return err;
    }
    return err;
}

static int read_section_or_trunks(struct zv_config_reader *reader)
{
    char name[64];
    if (zv_str_is(zv_reader_scalar(reader), "trunks"))
        return read_trunks(reader);
    if (!zv_config_has_section(zv_reader_scalar(reader)))
        return fail_unknown(reader, zv_reader_scalar(reader), zv_str(""));
    int err = zv_str_copy(zv_reader_scalar(reader), name, sizeof(name));
    return err ? err : read_section(reader, zv_str(name));
}

static int read_sections(struct zv_config_reader *reader)
{
    int err;
    size_t depth = reader->depth;
    while (zv_reader_next_key(reader, &err)) {
        err = zv_reader_leave_entry(reader, depth, read_section_or_trunks(reader));
        if (err)
            return err;
    }
    return err;
}

int zv_config_parse(struct zv_config *config, const char *file_name, const char *text, size_t len,
                    char ret_error[ZV_CONFIG_ERROR_CAP])
{
    bool ignored;
    return zv_config_parse_whole(config, file_name, zv_str_n(text, len), &ignored, ret_error);
}

int zv_config_parse_whole(struct zv_config *config, const char *file_name, struct zv_str text,
                          bool *ret_has_end, char ret_error[ZV_CONFIG_ERROR_CAP])
{
    struct zv_config_reader reader = {.config = config, .file_name = file_name, .error = ret_error};
    bool is_empty = false;
    *ret_has_end = false;
    int err = zv_reader_open(&reader, text.p, text.len);
    if (err)
        return err;
    err = zv_reader_open_document(&reader, &is_empty);
    if (!err && !is_empty) {
        if (reader.event.type != YAML_MAPPING_START_EVENT)
            err = zv_reader_fail(&reader, reader.event.start_mark,
                                 "the file holds sections, such as sip:");
        else
            err = read_sections(&reader);
        if (!err)
            err = zv_reader_close_document(&reader, ret_has_end);
    }
    zv_reader_close(&reader);
    if (err && config->faults)
        config->faults->is_partial = true;
    return err || !reader.faults ? err : ZV_E_PARSE;
}

int zv_config_parse_list(struct zv_config_list *list, const struct zv_config_key *key,
                         const char *text, char ret_error[ZV_CONFIG_ERROR_CAP])
{
    struct zv_config_reader reader = {.file_name = "default", .error = ret_error};
    bool is_empty = false;
    int err = zv_reader_open(&reader, text, strlen(text));
    if (err)
        return err;
    err = zv_reader_open_document(&reader, &is_empty);
    if (!err && !is_empty)
        err = read_list(&reader, key, list);
    zv_reader_close(&reader);
    return err;
}
