/*
 * YAML into the table's fields, on libyaml's event parser: each event knows its line and column, so
 * that an error can point at the very text. Two levels: section, key; below `trunks` an entry's
 * name between them.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/config_int.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; valid while `has_event` */
    bool has_event;
    struct zv_config *config;
    const char *file_name;
    char *error;                    /* caller's, ZV_CONFIG_ERROR_CAP bytes */
    bool seen[ZV_CONFIG_KEY_COUNT]; /* by row of the table */
    bool seen_trunks[ZV_CONFIG_MAX_TRUNKS];
    bool has_trunks; /* the section stood there */
};

static int fail_at(struct reader *reader, yaml_mark_t mark, const char *sentence)
{
    snprintf(reader->error, ZV_CONFIG_ERROR_CAP, "%s:%zu:%zu: %s", reader->file_name, mark.line + 1,
             mark.column + 1, sentence);
    return ZV_E_PARSE;
}

static int next_event(struct reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    reader->has_event = false;
    if (!yaml_parser_parse(&reader->parser, &reader->event)) {
        char sentence[256];
        snprintf(sentence, sizeof(sentence), "not YAML: %s",
                 reader->parser.problem ? reader->parser.problem : "out of memory");
        return fail_at(reader, reader->parser.problem_mark, sentence);
    }
    reader->has_event = true;
    return 0;
}

static struct zv_str scalar(const struct reader *reader)
{
    return zv_str_n((const char *)reader->event.data.scalar.value,
                    reader->event.data.scalar.length);
}

static int fail_value(struct reader *reader, const struct zv_config_key *key)
{
    char allowed[320], sentence[ZV_CONFIG_SENTENCE_CAP];
    struct zv_buf out = zv_buf(allowed, sizeof(allowed));
    zv_config_describe(key, &out);
    const char *allowed_text = zv_buf_cstr(&out);
    snprintf(sentence, sizeof(sentence), "%s.%s wants %s", key->section, key->name,
             allowed_text ? allowed_text : "another value");
    return fail_at(reader, reader->event.start_mark, sentence);
}

/* Edit distance of two short names, for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (b_len >= ZV_ARRAY_LEN(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = ZV_MIN(replace, ZV_MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}

static const struct zv_config_key *nearest(const char *path)
{
    const struct zv_config_key *best = NULL;
    size_t best_distance = 5;
    for (size_t i = 0; i < zv_config_key_count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.%s", zv_config_keys[i].section, zv_config_keys[i].name);
        size_t d = distance(path, name);
        if (d < best_distance) {
            best_distance = d;
            best = &zv_config_keys[i];
        }
    }
    return best;
}

static int fail_unknown(struct reader *reader, struct zv_str section, struct zv_str name)
{
    char path[128], sentence[320];
    snprintf(path, sizeof(path), "%.*s%s%.*s", ZV_STR_ARG(section), name.len ? "." : "",
             ZV_STR_ARG(name));
    const struct zv_config_key *hint = name.len ? nearest(path) : NULL;
    if (hint)
        snprintf(sentence, sizeof(sentence), "there is no key %s; did you mean %s.%s?", path,
                 hint->section, hint->name);
    else
        snprintf(sentence, sizeof(sentence), "there is no %s %s; zvonokd --print-config lists all",
                 name.len ? "key" : "section", path);
    return fail_at(reader, reader->event.start_mark, sentence);
}

/* A scalar of the key's value, with what its ${NAME} stand for. `buf` is the caller's to wipe. */
static int expand(struct reader *reader, const struct zv_config_key *key,
                  char buf[ZV_CONFIG_MAX_TEXT + 1], struct zv_str *ret_value)
{
    char sentence[ZV_CONFIG_SENTENCE_CAP];
    struct zv_buf out = zv_buf(buf, ZV_CONFIG_MAX_TEXT + 1);
    if (zv_str_find(scalar(reader), '$') < 0) {
        *ret_value = scalar(reader);
        return 0;
    }
    int err = zv_config_expand(reader->config, key->type == ZV_CONFIG_SECRET, scalar(reader), &out,
                               sentence);
    if (err)
        return fail_at(reader, reader->event.start_mark, sentence);
    *ret_value = zv_buf_str(&out);
    return 0;
}

static int append_item(struct reader *reader, const struct zv_config_key *key,
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
        return fail_at(reader, reader->event.start_mark, "the list or this entry is too long");
    return err;
}

static int read_list(struct reader *reader, const struct zv_config_key *key,
                     struct zv_config_list *list)
{
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return fail_value(reader, key);
    zv_config_list_clear(list);
    for (;;) {
        int err = next_event(reader);
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

/* Notes that the key or entry at this event has stood there. */
static int note_once(struct reader *reader, bool *seen)
{
    if (*seen)
        return fail_at(reader, reader->event.start_mark, "this key stands twice in the file");
    *seen = true;
    return 0;
}

/* `owner`: what the key's field is in. */
static int read_scalar(struct reader *reader, const struct zv_config_key *key, void *owner)
{
    char text[ZV_CONFIG_MAX_TEXT + 1];
    struct zv_str value;
    if (reader->event.type != YAML_SCALAR_EVENT)
        return fail_value(reader, key);
    int err = expand(reader, key, text, &value);
    if (err)
        return err;
    err = zv_config_set_scalar(owner, key, value);
    zv_wipe(text, sizeof(text));
    return err == ZV_E_PARSE ? fail_value(reader, key) : err;
}

static int read_value(struct reader *reader, const struct zv_config_key *key)
{
    int err = note_once(reader, &reader->seen[key - zv_config_keys]);
    if (!err)
        err = next_event(reader);
    if (err)
        return err;
    if (key->type == ZV_CONFIG_LIST)
        return read_list(reader, key, zv_config_list_of(reader->config, key));
    return read_scalar(reader, key, reader->config);
}

/*
 * The next key of a mapping that has begun: true with *ret_err 0, and the event is the key; false
 * at its end, or with an error.
 */
static bool next_key(struct reader *reader, int *ret_err)
{
    *ret_err = next_event(reader);
    if (*ret_err || reader->event.type == YAML_MAPPING_END_EVENT)
        return false;
    if (reader->event.type == YAML_SCALAR_EVENT)
        return true;
    *ret_err = fail_at(reader, reader->event.start_mark, "a key is one word");
    return false;
}

/* Goes into a mapping: true; false: there is nothing in it, or an error. */
static bool open_mapping(struct reader *reader, const char *sentence, int *ret_err)
{
    *ret_err = next_event(reader);
    if (*ret_err || (reader->event.type == YAML_SCALAR_EVENT && scalar(reader).len == 0))
        return false; /* "sip:" with nothing below it */
    if (reader->event.type == YAML_MAPPING_START_EVENT)
        return true;
    *ret_err = fail_at(reader, reader->event.start_mark, sentence);
    return false;
}

/* ---- trunks ---- */

static int fail_trunk_key(struct reader *reader)
{
    char known[160], sentence[320];
    struct zv_buf names = zv_buf(known, sizeof(known));
    for (size_t i = 0; i < ZV_CONFIG_TRUNK_KEY_COUNT; i++)
        zv_buf_printf(&names, "%s%s", i ? ", " : "", zv_config_trunk_keys[i].name);
    snprintf(sentence, sizeof(sentence), "a trunk has no key %.*s; what it may have: %.*s",
             ZV_STR_ARG(zv_str_head(scalar(reader), 64)), ZV_STR_ARG(zv_buf_str(&names)));
    return fail_at(reader, reader->event.start_mark, sentence);
}

static int read_trunk(struct reader *reader, size_t index)
{
    bool seen[ZV_CONFIG_TRUNK_KEY_COUNT] = {false};
    int err;
    if (!open_mapping(reader, "a trunk holds keys, such as {strict: true}", &err))
        return err;
    while (next_key(reader, &err)) {
        const struct zv_config_key *key = zv_config_find_trunk_key(scalar(reader));
        if (!key)
            return fail_trunk_key(reader);
        struct zv_config_trunk *trunk = &reader->config->trunks.items[index];
        size_t row = (size_t)(key - zv_config_trunk_keys);
        err = note_once(reader, &seen[row]);
        if (!err)
            err = next_event(reader);
        if (!err)
            err = read_scalar(reader, key, trunk);
        if (err)
            return err;
        trunk->is_set |= UINT32_C(1) << row;
    }
    return err;
}

static int open_trunk(struct reader *reader, size_t *ret_index)
{
    int err = zv_config_open_trunk(&reader->config->trunks, scalar(reader), ret_index);
    if (err == ZV_E_PARSE)
        return fail_at(reader, reader->event.start_mark,
                       "a trunk is a SIP domain, or an account as user@domain");
    if (err == ZV_E_LIMIT)
        return fail_at(reader, reader->event.start_mark, "there are too many trunks");
    return err ? err : note_once(reader, &reader->seen_trunks[*ret_index]);
}

static int read_trunks(struct reader *reader)
{
    size_t index;
    int err = note_once(reader, &reader->has_trunks);
    if (err || !open_mapping(reader,
                             "trunks holds entries, such as sip.example.org: {strict: true}", &err))
        return err;
    while (next_key(reader, &err)) {
        err = open_trunk(reader, &index);
        if (!err)
            err = read_trunk(reader, index);
        if (err)
            return err;
    }
    return err;
}

static int read_section(struct reader *reader, struct zv_str section)
{
    int err;
    if (!open_mapping(reader, "a section holds keys, each indented on a line below it", &err))
        return err;
    while (next_key(reader, &err)) {
        const struct zv_config_key *key = zv_config_find(section, scalar(reader));
        if (!key)
            return fail_unknown(reader, section, scalar(reader));
        err = read_value(reader, key);
        if (err)
            return err;
    }
    return err;
}

static int read_sections(struct reader *reader)
{
    for (;;) {
        char name[64];
        int err = next_event(reader);
        if (err)
            return err;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return 0;
        if (reader->event.type == YAML_SCALAR_EVENT && zv_str_is(scalar(reader), "trunks")) {
            err = read_trunks(reader);
            if (err)
                return err;
            continue;
        }
        if (reader->event.type != YAML_SCALAR_EVENT || !zv_config_has_section(scalar(reader)))
            return reader->event.type == YAML_SCALAR_EVENT
                       ? fail_unknown(reader, scalar(reader), zv_str(""))
                       : fail_at(reader, reader->event.start_mark, "a section is one word");
        err = zv_str_copy(scalar(reader), name, sizeof(name));
        if (!err)
            err = read_section(reader, zv_str(name));
        if (err)
            return err;
    }
}

/* Skips to the first event of the document; *ret_empty when there is none. */
static int open_document(struct reader *reader, bool *ret_empty)
{
    for (int i = 0; i < 3; i++) {
        int err = next_event(reader);
        if (err)
            return err;
        if (reader->event.type == YAML_STREAM_END_EVENT) {
            *ret_empty = true;
            return 0;
        }
    }
    *ret_empty = reader->event.type == YAML_SCALAR_EVENT && scalar(reader).len == 0;
    return 0;
}

static int open_reader(struct reader *reader, const char *text, size_t len)
{
    if (!yaml_parser_initialize(&reader->parser))
        return ZV_E_NOMEM;
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, len);
    return 0;
}

static void close_reader(struct reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
}

/* From the end of the document's content to that of the text. */
static int close_document(struct reader *reader, bool *ret_has_end)
{
    int err = next_event(reader);
    if (err)
        return err;
    *ret_has_end =
        reader->event.type == YAML_DOCUMENT_END_EVENT && !reader->event.data.document_end.implicit;
    err = next_event(reader);
    if (!err && reader->event.type != YAML_STREAM_END_EVENT)
        err = fail_at(reader, reader->event.start_mark, "a second document begins; one is allowed");
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
    struct reader reader = {.config = config, .file_name = file_name, .error = ret_error};
    bool is_empty = false;
    *ret_has_end = false;
    int err = open_reader(&reader, text.p, text.len);
    if (err)
        return err;
    err = open_document(&reader, &is_empty);
    if (!err && !is_empty) {
        if (reader.event.type != YAML_MAPPING_START_EVENT)
            err =
                fail_at(&reader, reader.event.start_mark, "the file holds sections, such as sip:");
        else
            err = read_sections(&reader);
        if (!err)
            err = close_document(&reader, ret_has_end);
    }
    close_reader(&reader);
    return err;
}

int zv_config_parse_list(struct zv_config_list *list, const struct zv_config_key *key,
                         const char *text, char ret_error[ZV_CONFIG_ERROR_CAP])
{
    struct reader reader = {.file_name = "default", .error = ret_error};
    bool is_empty = false;
    int err = open_reader(&reader, text, strlen(text));
    if (err)
        return err;
    err = open_document(&reader, &is_empty);
    if (!err && !is_empty)
        err = read_list(&reader, key, list);
    close_reader(&reader);
    return err;
}
