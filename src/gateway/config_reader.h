/*
 * A configuration file as the events of libyaml, each of which knows its line and column, and what
 * is wrong with it at such a place. Where all faults are wanted, reading goes on behind the entry
 * that has one.
 */
#ifndef ZV_GATEWAY_CONFIG_READER_H
#define ZV_GATEWAY_CONFIG_READER_H

#include "gateway/config_int.h"

#include <yaml.h>

struct zv_config_reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; valid while `has_event` */
    bool has_event;
    struct zv_config *config;
    const char *file_name;
    char *error;                    /* caller's, ZV_CONFIG_ERROR_CAP bytes */
    bool seen[ZV_CONFIG_KEY_COUNT]; /* by row of the table */
    bool seen_trunks[ZV_CONFIG_MAX_TRUNKS];
    bool has_trunks; /* the section stood there */
    size_t depth;    /* collections that are open */
    size_t faults;   /* told so far */
    bool is_at_key;  /* the event is a key, and its value comes next */
    bool is_lost;    /* what follows cannot be told apart any more */
};

/* Tells what is wrong at this place. ZV_E_PARSE. */
int zv_reader_fail(struct zv_config_reader *reader, yaml_mark_t mark, const char *sentence);
int zv_reader_next(struct zv_config_reader *reader) ZV_MUST_CHECK;
/* The event's text; it is a scalar. */
struct zv_str zv_reader_scalar(const struct zv_config_reader *reader);
/* Notes that the key or entry at this event has stood there. */
int zv_reader_note_once(struct zv_config_reader *reader, bool *seen) ZV_MUST_CHECK;
/* Goes into a mapping: true; false: there is nothing in it, or an error. */
bool zv_reader_open_mapping(struct zv_config_reader *reader, const char *sentence, int *ret_err);
/*
 * The next key of a mapping that has begun: true with *ret_err 0, and the event is the key; false
 * at its end, or with an error.
 */
bool zv_reader_next_key(struct zv_config_reader *reader, int *ret_err);
/*
 * What becomes of an entry of the mapping at `depth` that ended with `err`: 0: the next one may
 * come, behind the rest of this one if that was wrong and all faults are wanted.
 */
int zv_reader_leave_entry(struct zv_config_reader *reader, size_t depth, int err) ZV_MUST_CHECK;

int zv_reader_open(struct zv_config_reader *reader, const char *text, size_t len) ZV_MUST_CHECK;
void zv_reader_close(struct zv_config_reader *reader);
/* Skips to the first event of the document; *ret_empty when there is none. */
int zv_reader_open_document(struct zv_config_reader *reader, bool *ret_empty) ZV_MUST_CHECK;
/* From the end of the document's content to that of the text. */
int zv_reader_close_document(struct zv_config_reader *reader, bool *ret_has_end) ZV_MUST_CHECK;

#endif
