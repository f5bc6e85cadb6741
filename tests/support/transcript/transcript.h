/*
 * A transcript: what went into a stack of src/sip and what came out of it, as text that a person
 * can read and a program can play again. One record a line, a verb and its fields; texts of several
 * lines follow, a line of theirs each:
 *
 *   ring at=1250 leg=8000000000000001 status=183
 *    sdp
 *    |v=0
 *   = ZV_E_STATE
 *   - send flow=UDP,127.0.0.1:5060,127.0.0.1:5070
 *    data
 *    |SIP/2.0 183 Session Progress
 *
 * "=" is what the command returned, unless that is 0 or nothing; "-" is an output, in the order in
 * which they were taken between the inputs. A deadline stands there once, however often it was
 * asked for. A field of 0 and an empty text are left out. Times are microseconds since the first
 * one, ids hexadecimal, odd bytes "%XX". A piece of a text that ends by no CRLF has "+" before it.
 *
 * Passwords stand in it as they are: it is for tests, which have none worth anything.
 */
#ifndef ZV_TESTS_SUPPORT_TRANSCRIPT_H
#define ZV_TESTS_SUPPORT_TRANSCRIPT_H

#include "base/buf.h"
#include "base/rand.h"
#include "base/str.h"
#include "sip/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The clock of a transcript that is played begins here. */
#define TRANSCRIPT_BASE_US ZV_SECONDS(1000)

struct transcript {
    char *text; /* owned */
    size_t len, cap;
    bool has_base;
    int64_t base_us;            /* the first time of all */
    uint64_t written;           /* bytes since the start, whoever took them out of `text` */
    uint64_t deadline_end;      /* of them, at the end of the last deadline */
    int64_t deadline_us;        /* which was that */
    struct zv_rand_seeded seed; /* of the stack's random bytes */
};

void transcript_fini(struct transcript *transcript);

/* ---- writing ---- */

/* Whose text is written; each line is begun, filled and ended. */
void transcript_begin(struct transcript *transcript, const char *verb);
void transcript_put_uint(struct transcript *transcript, const char *key, uint64_t value);
void transcript_put_id(struct transcript *transcript, const char *key, uint64_t id);
/* INT64_MAX: "never". The first one of all is 0. */
void transcript_put_time(struct transcript *transcript, const char *key, int64_t time_us);
/* A record of its own, unless it would repeat the one before. */
void transcript_put_deadline(struct transcript *transcript, int64_t deadline_us);
void transcript_put_str(struct transcript *transcript, const char *key, struct zv_str value);
/* "name:value", the value maybe empty. */
void transcript_put_pair(struct transcript *transcript, const char *key, struct zv_str name,
                         struct zv_str value);
void transcript_put_flow(struct transcript *transcript, const char *key,
                         const struct zv_sip_flow *flow);
void transcript_end(struct transcript *transcript);
/* After the line's end. */
void transcript_put_lines(struct transcript *transcript, const char *key, struct zv_str lines);
/* "= NAME", unless err is 0. */
void transcript_put_result(struct transcript *transcript, int err);

/* ---- reading ---- */

struct transcript_record {
    struct zv_str verb;
    struct zv_str fields; /* the rest of its line */
    struct zv_str texts;  /* the lines that follow */
    struct zv_buf memory; /* for texts that are read: at least as much as `texts` and `fields` */
};

/* The next record of `*rest`; false: that was all. */
bool transcript_next(struct zv_str *rest, struct transcript_record *ret_record);
/* What a record says under that key, 0 or empty where it does not; false: it is not to be read. */
bool transcript_get_uint(const struct transcript_record *record, const char *key,
                         uint64_t *ret_value);
bool transcript_get_id(const struct transcript_record *record, const char *key, uint64_t *ret_id);
bool transcript_get_str(struct transcript_record *record, const char *key, struct zv_str *ret_text);
bool transcript_get_lines(struct transcript_record *record, const char *key,
                          struct zv_str *ret_lines);
/* Of a key that may stand there several times; *ret_count at most `cap`. */
bool transcript_get_flows(const struct transcript_record *record, const char *key,
                          struct zv_sip_flow *ret_flows, size_t cap, size_t *ret_count);
/* The next value of such a key; `*at` begins with record->fields. False: that was all. */
bool transcript_get_next(struct transcript_record *record, const char *key, struct zv_str *at,
                         struct zv_str *ret_text);

#endif
