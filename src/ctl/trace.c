/*
 * trace: the ladder of a call, as text or as a Mermaid diagram; from a gateway, or from a file in
 * which an answer (--json) or a trace was kept.
 */
#define _GNU_SOURCE
#include "ctl/verbs.h"

#include "base/alloc.h"
#include "base/err.h"
#include "ctl/screen.h"
#include "ctl/trace_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_S    10
#define PICTURE_BYTES ((size_t)256 * 1024)
#define MAX_PICTURE   ((size_t)256 * 1024 * 1024)

/* ---- the picture ---- */

typedef void write_fn(const struct zv_trace *trace, const struct zv_trace_style *style,
                      struct zv_buf *out);

static enum zv_ctl_status print_picture(const struct zv_trace *trace, write_fn *write)
{
    const struct zv_trace_style style = {.columns = zv_ctl_columns(stdout)};
    for (size_t cap = PICTURE_BYTES; cap <= MAX_PICTURE; cap *= 4) {
        char *memory = zv_zalloc(cap);
        if (!memory)
            break;
        struct zv_buf out = zv_buf(memory, cap);
        write(trace, &style, &out);
        bool is_whole = !out.overflow;
        if (is_whole)
            fwrite(out.p, 1, out.len, stdout);
        zv_free(memory);
        if (is_whole)
            return ZV_CTL_DONE;
    }
    zv_ctl_complain("%s", zv_err_text(ZV_E_NOMEM));
    return ZV_CTL_REFUSED;
}

static enum zv_ctl_status show_trace(const struct zv_ctl_args *args, const json_t *tree,
                                     const char *place)
{
    struct zv_ctl_trace_error error = {.sentence = "out of memory"};
    struct zv_trace *trace = NULL;
    size_t len = json_dumpb(tree, NULL, 0, JSON_COMPACT);
    char *text = zv_zalloc(len + 1);
    int err = ZV_E_NOMEM;
    if (text && json_dumpb(tree, text, len, JSON_COMPACT) == len)
        err = zv_ctl_read_trace(zv_str_n(text, len), &trace, &error);
    zv_free(text);
    if (err) {
        zv_ctl_complain("%s: %s", place, error.sentence);
        return ZV_CTL_REFUSED;
    }
    enum zv_ctl_status status =
        print_picture(trace, args->wants_mermaid ? zv_trace_write_mermaid : zv_trace_write_ladder);
    zv_ctl_free_trace(trace);
    return status;
}

/* An answer holds the trace as a member, a file may hold it alone. */
static enum zv_ctl_status show_tree(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args,
                                    const json_t *tree, const char *place)
{
    const json_t *inner = json_object_get(tree, "trace");
    if (args->wants_json) {
        zv_ctl_show(verb, args, tree);
        return ZV_CTL_DONE;
    }
    return show_trace(args, inner ? inner : tree, place);
}

/* ---- where it comes from ---- */

static json_t *load_file(const char *path)
{
    json_error_t error;
    FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    if (!file) {
        zv_ctl_complain("%s cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    json_t *tree = json_loadf(file, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (file != stdin)
        fclose(file);
    if (!tree)
        zv_ctl_complain("%s is no trace: not JSON at line %d, column %d", path, error.line,
                        error.column);
    return tree;
}

static enum zv_ctl_status show_file(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    json_t *tree = load_file(args->file);
    if (!tree)
        return ZV_CTL_REFUSED;
    enum zv_ctl_status status = show_tree(verb, args, tree, args->file);
    json_decref(tree);
    return status;
}

static enum zv_ctl_status show_live(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    struct zv_ctl_question question = {.id = args->words[0], .fd = -1, .patience_s = PATIENCE_S};
    json_t *answer = NULL;
    enum zv_ctl_status status = zv_ctl_exchange(verb, args, &question, &answer);
    if (status == ZV_CTL_DONE)
        status = show_tree(verb, args, answer, args->words[0]);
    json_decref(answer);
    return status;
}

enum zv_ctl_status zv_ctl_run_trace(const struct zv_ctl_verb *verb, const struct zv_ctl_args *args)
{
    if ((args->file != NULL) == (args->word_count == 1)) {
        zv_ctl_complain("usage: zvonokctl %s %s", verb->name, verb->synopsis);
        return ZV_CTL_USAGE;
    }
    return args->file ? show_file(verb, args) : show_live(verb, args);
}
