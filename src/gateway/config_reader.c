#include "gateway/config_reader.h"

#include "base/err.h"

#include <stdio.h>

/* Faults of one file that are told. */
#define MAX_FAULTS 50

int zv_reader_fail(struct zv_config_reader *reader, yaml_mark_t mark, const char *sentence)
{
    struct zv_config_faults *faults = reader->config ? reader->config->faults : NULL;
    snprintf(reader->error, ZV_CONFIG_ERROR_CAP, "%s:%zu:%zu: %s", reader->file_name, mark.line + 1,
             mark.column + 1, sentence);
    if (faults) {
        faults->fault_fn(faults->arg, reader->error);
        faults->count++;
    }
    reader->faults++;
    return ZV_E_PARSE;
}

int zv_reader_next(struct zv_config_reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    reader->has_event = false;
    reader->is_at_key = false;
    if (!yaml_parser_parse(&reader->parser, &reader->event)) {
        char sentence[256];
        snprintf(sentence, sizeof(sentence), "not YAML: %s",
                 reader->parser.problem ? reader->parser.problem : "out of memory");
        reader->is_lost = true;
        return zv_reader_fail(reader, reader->parser.problem_mark, sentence);
    }
    reader->has_event = true;
    yaml_event_type_t type = reader->event.type;
    if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT)
        reader->depth++;
    if (type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT)
        reader->depth--;
    return 0;
}

struct zv_str zv_reader_scalar(const struct zv_config_reader *reader)
{
    return zv_str_n((const char *)reader->event.data.scalar.value,
                    reader->event.data.scalar.length);
}

int zv_reader_note_once(struct zv_config_reader *reader, bool *seen)
{
    if (*seen)
        return zv_reader_fail(reader, reader->event.start_mark,
                              "this key stands twice in the file");
    *seen = true;
    return 0;
}

bool zv_reader_next_key(struct zv_config_reader *reader, int *ret_err)
{
    *ret_err = zv_reader_next(reader);
    if (*ret_err || reader->event.type == YAML_MAPPING_END_EVENT)
        return false;
    reader->is_at_key = reader->event.type == YAML_SCALAR_EVENT;
    if (reader->is_at_key)
        return true;
    reader->is_lost = true;
    *ret_err = zv_reader_fail(reader, reader->event.start_mark, "a key is one word");
    return false;
}

int zv_reader_leave_entry(struct zv_config_reader *reader, size_t depth, int err)
{
    if (err != ZV_E_PARSE || reader->is_lost || !reader->config->faults ||
        reader->faults >= MAX_FAULTS)
        return err;
    err = reader->is_at_key ? zv_reader_next(reader) : 0;
    while (!err && reader->depth > depth)
        err = zv_reader_next(reader);
    return err;
}

bool zv_reader_open_mapping(struct zv_config_reader *reader, const char *sentence, int *ret_err)
{
    *ret_err = zv_reader_next(reader);
    if (*ret_err || (reader->event.type == YAML_SCALAR_EVENT && zv_reader_scalar(reader).len == 0))
        return false; /* "sip:" with nothing below it */
    if (reader->event.type == YAML_MAPPING_START_EVENT)
        return true;
    *ret_err = zv_reader_fail(reader, reader->event.start_mark, sentence);
    return false;
}

int zv_reader_open(struct zv_config_reader *reader, const char *text, size_t len)
{
    if (!yaml_parser_initialize(&reader->parser))
        return ZV_E_NOMEM;
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, len);
    return 0;
}

void zv_reader_close(struct zv_config_reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
}

int zv_reader_open_document(struct zv_config_reader *reader, bool *ret_empty)
{
    for (int i = 0; i < 3; i++) {
        int err = zv_reader_next(reader);
        if (err)
            return err;
        if (reader->event.type == YAML_STREAM_END_EVENT) {
            *ret_empty = true;
            return 0;
        }
    }
    *ret_empty = reader->event.type == YAML_SCALAR_EVENT && zv_reader_scalar(reader).len == 0;
    return 0;
}

int zv_reader_close_document(struct zv_config_reader *reader, bool *ret_has_end)
{
    int err = zv_reader_next(reader);
    if (err)
        return err;
    *ret_has_end =
        reader->event.type == YAML_DOCUMENT_END_EVENT && !reader->event.data.document_end.implicit;
    err = zv_reader_next(reader);
    if (!err && reader->event.type != YAML_STREAM_END_EVENT)
        err = zv_reader_fail(reader, reader->event.start_mark,
                             "a second document begins; one is allowed");
    return err;
}
