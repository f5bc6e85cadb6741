/*
 * The verbs of zvonokctl: how each is called, what it sends, how its answer is shown.
 */
#ifndef ZV_CTL_VERBS_H
#define ZV_CTL_VERBS_H

#include "admin/protocol.h"
#include "base/attr.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses; docs/man/zvonokctl.1 lists them. */
enum zv_ctl_status {
    ZV_CTL_DONE = 0,
    ZV_CTL_REFUSED = 1, /* the gateway says no, or a file of ours cannot be used */
    ZV_CTL_USAGE = 2,
    ZV_CTL_UNREACHED = 3, /* no gateway answers */
    ZV_CTL_UNWELL = 4,    /* doctor found something that fails */
};

struct zv_ctl_args {
    const char *socket_path;
    const char *file; /* --file; NULL: none */
    bool wants_json;
    bool wants_mermaid;
    bool wants_ended;
    const char *const *words; /* behind the verb */
    size_t word_count;
};

struct zv_ctl_verb {
    enum zv_admin_verb verb;
    const char *name;
    const char *synopsis; /* "ID", or "" */
    const char *summary;  /* one line */
    const char *help;     /* paragraphs for `--help` */
    size_t least_words;
    size_t most_words;
    enum zv_ctl_status (*run_fn)(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args);
    void (*show_fn)(const json_t *answer, FILE *out); /* for people; NULL: run_fn does */
};

/* In the order of the help. */
extern const struct zv_ctl_verb zv_ctl_verbs[];
extern const size_t zv_ctl_verb_count;
/* NULL: there is none. */
const struct zv_ctl_verb *zv_ctl_find_verb(const char *name);

/* ---- run.c ---- */

/* What a request holds beside its verb. */
struct zv_ctl_question {
    const char *id; /* NULL: absent, as `levels` */
    const char *levels;
    bool has_on;
    bool on;
    bool ended; /* false: absent */
    int fd;     /* goes along; -1: none */
    int64_t patience_s;
    void (*interrupted_fn)(void *arg);
    void *arg;
};

/* Asks and checks. Other than DONE: the complaint was printed; else *ret_answer (json_decref). */
enum zv_ctl_status zv_ctl_exchange(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args,
                                   const struct zv_ctl_question *question,
                                   json_t **ret_answer) ZV_MUST_CHECK;
/* The answer as JSON or for people, as `args` wants it. */
void zv_ctl_show(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args,
                 const json_t *answer);
/* A sentence on standard error, "zvonokctl: " before it; what a terminal obeys is taken out. */
void zv_ctl_complain(const char *format, ...) ZV_PRINTF(1, 2);
/* A verb whose only argument is a call's id, or that has none. */
enum zv_ctl_status zv_ctl_run_plain(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args);

/* ---- the others that run in their own way ---- */

enum zv_ctl_status zv_ctl_run_calls(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args);
enum zv_ctl_status zv_ctl_run_loglevel(const struct zv_ctl_verb *verb,
                                       const struct zv_ctl_args *args);
enum zv_ctl_status zv_ctl_run_doctor(const struct zv_ctl_verb *verb,
                                     const struct zv_ctl_args *args);
enum zv_ctl_status zv_ctl_run_trace(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args);
enum zv_ctl_status zv_ctl_run_pcap(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args);

/* ---- for people: show_*.c ---- */

void zv_ctl_show_status(const json_t *answer, FILE *out);
void zv_ctl_show_calls(const json_t *answer, FILE *out);
void zv_ctl_show_ended(const json_t *answer, FILE *out);
void zv_ctl_show_sessions(const json_t *answer, FILE *out);
void zv_ctl_show_call(const json_t *answer, FILE *out);
void zv_ctl_show_hangup(const json_t *answer, FILE *out);
void zv_ctl_show_loglevel(const json_t *answer, FILE *out);
void zv_ctl_show_doctor(const json_t *answer, FILE *out);
void zv_ctl_show_reload(const json_t *answer, FILE *out);
void zv_ctl_show_pcap(const json_t *answer, FILE *out);

/* Members of an answer; what is absent, or of another type, is "", 0 and false. */
const char *zv_ctl_text(const json_t *object, const char *key);
double zv_ctl_number(const json_t *object, const char *key);
/* Of milliseconds. */
double zv_ctl_seconds(const json_t *object, const char *key);
uint64_t zv_ctl_count(const json_t *object, const char *key);
bool zv_ctl_is(const json_t *object, const char *key);
bool zv_ctl_has(const json_t *object, const char *key); /* there and not null */

#endif
