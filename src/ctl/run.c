/* From arguments to a request, from an answer to an exit status. */
#define _GNU_SOURCE
#include "ctl/verbs.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/json.h"
#include "ctl/link.h"
#include "ctl/screen.h"

#include <stdarg.h>

#define PATIENCE_S 10
/* Digits of a double that mean something. */
#define PRECISION 15

/* ---- members ---- */

const char *zv_ctl_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

double zv_ctl_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

double zv_ctl_seconds(const json_t *object, const char *key)
{
    return zv_ctl_number(object, key) / 1000;
}

uint64_t zv_ctl_count(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

bool zv_ctl_is(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

bool zv_ctl_has(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value && !json_is_null(value);
}

/* ---- complaints ---- */

void zv_ctl_complain(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    char *clean = zv_ctl_clean(zv_str(text), sizeof(text));
    fprintf(stderr, "zvonokctl: %s\n", clean ? clean : "out of memory");
    zv_free(clean);
}

static void print_json(const json_t *answer)
{
    /* ASCII: no text of the network moves a terminal's cursor or turns its lines round. */
    json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(PRECISION));
    fputc('\n', stdout);
}

/* Programs that asked for JSON get it here too, in the form of the gateway's refusals. */
static void complain_of_link(const struct zv_ctl_args *args, const char *sentence)
{
    if (args->wants_json) {
        json_t *answer =
            json_pack("{s:b, s:s, s:s}", "ok", 0, "error", "no_connection", "text", sentence);
        print_json(answer);
        json_decref(answer);
    }
    zv_ctl_complain("%s", sentence);
}

static void complain_of_refusal(const struct zv_ctl_args *args, const json_t *answer)
{
    const char *remedy = zv_ctl_text(answer, "remedy");
    if (args->wants_json)
        print_json(answer);
    zv_ctl_complain("%s%s%s", zv_ctl_text(answer, "text"), remedy[0] ? "; " : "", remedy);
}

/* ---- asking ---- */

static bool write_request(const struct zv_ctl_verb *verb, const struct zv_ctl_question *question,
                          struct zv_buf *out)
{
    struct zv_json json = zv_json(out);
    zv_json_open_object(&json, NULL);
    zv_json_int(&json, "version", ZV_ADMIN_VERSION);
    zv_json_text(&json, "verb", verb->name);
    if (question->id)
        zv_json_text(&json, "id", question->id);
    if (question->levels)
        zv_json_text(&json, "levels", question->levels);
    if (question->has_on)
        zv_json_bool(&json, "on", question->on);
    if (question->ended)
        zv_json_bool(&json, "ended", true);
    zv_json_close_object(&json);
    zv_buf_put_char(out, '\n');
    return !out->overflow;
}

static enum zv_ctl_status judge(const struct zv_ctl_args *args, json_t *answer, json_t **ret_answer)
{
    if (!json_is_object(answer)) {
        json_decref(answer);
        complain_of_link(args, "the answer was cut or is no JSON: the gateway was busy for too "
                               "long, or stopped; try again");
        return ZV_CTL_UNREACHED;
    }
    if (!zv_ctl_is(answer, "ok")) {
        complain_of_refusal(args, answer);
        json_decref(answer);
        return ZV_CTL_REFUSED;
    }
    *ret_answer = answer;
    return ZV_CTL_DONE;
}

enum zv_ctl_status zv_ctl_exchange(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args,
                                   const struct zv_ctl_question *question, json_t **ret_answer)
{
    char line[ZV_ADMIN_MAX_REQUEST_BYTES], error[ZV_CTL_ERROR_CAP] = "";
    struct zv_buf out = zv_buf(line, sizeof(line));
    char *text = NULL;
    size_t len = 0;
    if (!write_request(verb, question, &out)) {
        zv_ctl_complain("an argument is too long");
        return ZV_CTL_USAGE;
    }
    struct zv_ctl_request request = {
        .socket_path = args->socket_path,
        .line = zv_buf_str(&out),
        .fd = question->fd,
        .patience_s = question->patience_s,
        .interrupted_fn = question->interrupted_fn,
        .arg = question->arg,
    };
    if (zv_ctl_ask(&request, &text, &len, error)) {
        complain_of_link(args, error);
        return ZV_CTL_UNREACHED;
    }
    json_t *answer = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
    zv_free(text);
    return judge(args, answer, ret_answer);
}

void zv_ctl_show(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args,
                 const json_t *answer)
{
    if (args->wants_json)
        print_json(answer);
    else
        verb->show_fn(answer, stdout);
}

/* ---- verbs without a way of their own ---- */

static enum zv_ctl_status ask_and_show(const struct zv_ctl_verb *verb,
                                       const struct zv_ctl_args *args,
                                       const struct zv_ctl_question *question)
{
    json_t *answer = NULL;
    enum zv_ctl_status status = zv_ctl_exchange(verb, args, question, &answer);
    if (status != ZV_CTL_DONE)
        return status;
    zv_ctl_show(verb, args, answer);
    json_decref(answer);
    return ZV_CTL_DONE;
}

enum zv_ctl_status zv_ctl_run_plain(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    struct zv_ctl_question question = {
        .id = args->word_count ? args->words[0] : NULL, .fd = -1, .patience_s = PATIENCE_S};
    return ask_and_show(verb, args, &question);
}

enum zv_ctl_status zv_ctl_run_calls(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    struct zv_ctl_verb shown = *verb;
    struct zv_ctl_question question = {
        .ended = args->wants_ended, .fd = -1, .patience_s = PATIENCE_S};
    if (args->wants_ended)
        shown.show_fn = zv_ctl_show_ended;
    return ask_and_show(&shown, args, &question);
}

enum zv_ctl_status zv_ctl_run_loglevel(const struct zv_ctl_verb *verb,
                                       const struct zv_ctl_args *args)
{
    struct zv_ctl_question question = {
        .levels = args->words[0], .fd = -1, .patience_s = PATIENCE_S};
    return ask_and_show(verb, args, &question);
}

enum zv_ctl_status zv_ctl_run_doctor(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    struct zv_ctl_question question = {.fd = -1, .patience_s = PATIENCE_S};
    json_t *answer = NULL;
    enum zv_ctl_status status = zv_ctl_exchange(verb, args, &question, &answer);
    if (status != ZV_CTL_DONE)
        return status;
    zv_ctl_show(verb, args, answer);
    status = zv_ctl_count(json_object_get(answer, "counts"), "fail") ? ZV_CTL_UNWELL : ZV_CTL_DONE;
    json_decref(answer);
    return status;
}
