/*
 * Shows a trace that `zvonokctl --json trace` or a test has written: as an aligned text ladder, or
 * as a sequence diagram for https://mermaid.js.org.
 */
#include "ctl/trace_read.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void write_fn(const struct zv_trace *trace, const struct zv_trace_style *style,
                      struct zv_buf *out);

static int usage(void)
{
    fputs("usage: trace2seq [--text | --mermaid] [--without-addresses] FILE\n"
          "FILE: the JSON of a trace; -: the standard input\n",
          stderr);
    return 2;
}

/* The whole file in memory of its own; one byte more than a trace may have shows that it is too
 * large. */
static char *read_whole(const char *path, size_t *ret_len)
{
    FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    char *text = file ? malloc(ZV_CTL_MAX_TRACE_BYTES + 1) : NULL;
    if (text)
        *ret_len = fread(text, 1, ZV_CTL_MAX_TRACE_BYTES + 1, file);
    if (!text || ferror(file))
        perror(path);
    if (file && file != stdin)
        fclose(file);
    return text;
}

static int show(const struct zv_trace *trace, write_fn *write, const struct zv_trace_style *style)
{
    for (size_t cap = 64 * 1024; cap <= 16 * ZV_CTL_MAX_TRACE_BYTES; cap *= 2) {
        char *memory = malloc(cap);
        if (!memory)
            break;
        struct zv_buf out = zv_buf(memory, cap);
        write(trace, style, &out);
        bool is_done = !out.overflow;
        if (is_done)
            fwrite(out.p, 1, out.len, stdout);
        free(memory);
        if (is_done)
            return fflush(stdout) == 0 ? 0 : 1;
    }
    fputs("trace2seq: out of memory\n", stderr);
    return 1;
}

int main(int argc, char **argv)
{
    write_fn *write = zv_trace_write_ladder;
    struct zv_trace_style style = {0};
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--mermaid") == 0)
            write = zv_trace_write_mermaid;
        else if (strcmp(argv[i], "--text") == 0)
            write = zv_trace_write_ladder;
        else if (strcmp(argv[i], "--without-addresses") == 0)
            style.without_addresses = true;
        else
            return usage();
    }
    if (i + 1 != argc)
        return usage();
    size_t len = 0;
    char *text = read_whole(argv[i], &len);
    if (!text)
        return 1;
    struct zv_trace *trace = NULL;
    struct zv_ctl_trace_error error;
    int err = zv_ctl_read_trace(zv_str_n(text, len), &trace, &error);
    free(text);
    if (err) {
        fprintf(stderr, "trace2seq: %s: %s (%s)\n", argv[i], error.sentence, zv_err_text(err));
        return 1;
    }
    int status = show(trace, write, &style);
    zv_ctl_free_trace(trace);
    return status;
}
