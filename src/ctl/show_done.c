/* What was done, in a sentence; and the doctor's findings. */
#include "ctl/screen.h"
#include "ctl/verbs.h"

#include "base/alloc.h"

#include <string.h>

static unsigned long long count(const json_t *object, const char *key)
{
    return (unsigned long long)zv_ctl_count(object, key);
}

/* A text of the gateway in a line of ours. */
static void print_clean(FILE *out, const char *text)
{
    char *clean = zv_ctl_clean(zv_str(text), SIZE_MAX);
    fputs(clean ? clean : "", out);
    zv_free(clean);
}

void zv_ctl_show_hangup(const json_t *answer, FILE *out)
{
    fputs("Hung up ", out);
    print_clean(out, zv_ctl_text(answer, "call"));
    fputs(".\n", out);
}

void zv_ctl_show_loglevel(const json_t *answer, FILE *out)
{
    static const struct zv_ctl_column columns[] = {{.title = "MODULE"}, {.title = "LEVEL"}};
    struct zv_ctl_table *table = zv_ctl_table_new(columns, ZV_ARRAY_LEN(columns));
    json_t *levels = json_object_get(answer, "levels"), *level;
    const char *module;
    json_object_foreach(levels, module, level)
    {
        zv_ctl_table_add(table, module);
        zv_ctl_table_add(table, zv_ctl_text(levels, module));
    }
    (void)zv_ctl_table_print(table, out, 0, true);
    fputs("\nUntil the gateway stops or reads its configuration anew.\n", out);
}

void zv_ctl_show_pcap(const json_t *answer, FILE *out)
{
    char bytes[ZV_CTL_TEXT_CAP];
    fputs("The capture of ", out);
    print_clean(out, zv_ctl_text(answer, "call"));
    if (!zv_ctl_has(answer, "reason")) {
        fputs(" ends.\n", out);
        return;
    }
    fputs(" ended: ", out);
    print_clean(out, zv_ctl_text(answer, "reason"));
    if (zv_ctl_has(answer, "systemError")) {
        fputs(" (", out);
        print_clean(out, zv_ctl_text(answer, "systemError"));
        fputs(")", out);
    }
    fprintf(out, ". %llu packets, %s", count(answer, "packets"),
            zv_ctl_write_bytes(zv_ctl_count(answer, "bytes"), bytes));
    if (count(answer, "dropped"))
        fprintf(out, "; %llu packets are missing: the file was too slow", count(answer, "dropped"));
    fputs(".\n", out);
}

void zv_ctl_show_drain(const json_t *answer, FILE *out)
{
    char left[ZV_CTL_TEXT_CAP];
    unsigned long long calls = count(answer, "calls");
    if (zv_ctl_is(answer, "draining"))
        fprintf(out, "Draining: %llu call%s, %s left.\n", calls, calls == 1 ? "" : "s",
                zv_ctl_write_duration(zv_ctl_seconds(answer, "leftMs"), left));
    else if (strcmp(zv_ctl_text(answer, "phase"), "stopping") == 0)
        fputs("Stopping.\n", out);
    else
        fputs("Not draining.\n", out);
}

/* ---- doctor ---- */

#define INDENT 6

/* Words in lines that fit the terminal, indented; `text` is clean. */
static void print_wrapped(FILE *out, const char *text)
{
    size_t columns = zv_ctl_columns(out), column = 0; /* 0: nothing is in the line yet */
    struct zv_str rest = zv_str(text), word;
    while (zv_str_split(&rest, ' ', &word)) {
        if (column && column + 1 + word.len > columns) {
            fputc('\n', out);
            column = 0;
        }
        size_t blanks = column ? 1 : INDENT;
        fprintf(out, "%*s%.*s", (int)blanks, "", ZV_STR_ARG(word));
        column += blanks + word.len;
    }
    fputc('\n', out);
}

static void print_paragraph(FILE *out, const char *text)
{
    char *clean = zv_ctl_clean(zv_str(text), SIZE_MAX);
    if (clean && clean[0])
        print_wrapped(out, clean);
    zv_free(clean);
}

static enum zv_ctl_colour colour_of(const char *severity)
{
    if (strcmp(severity, "fail") == 0)
        return ZV_CTL_RED;
    if (strcmp(severity, "warn") == 0)
        return ZV_CTL_YELLOW;
    return strcmp(severity, "ok") == 0 ? ZV_CTL_GREEN : ZV_CTL_BOLD;
}

static void show_finding(const json_t *finding, FILE *out)
{
    char label[16];
    const char *severity = zv_ctl_text(finding, "severity");
    snprintf(label, sizeof(label), "%-4.4s", severity);
    zv_ctl_print_in(out, colour_of(severity), label);
    fputs("  ", out);
    print_clean(out, zv_ctl_text(finding, "check"));
    fputc('\n', out);
    print_paragraph(out, zv_ctl_text(finding, "text"));
    if (strcmp(severity, "ok") != 0)
        print_paragraph(out, zv_ctl_text(finding, "remedy"));
}

void zv_ctl_show_doctor(const json_t *answer, FILE *out)
{
    const json_t *finding;
    size_t i;
    json_array_foreach(json_object_get(answer, "findings"), i, finding)
    {
        show_finding(finding, out);
    }
    const json_t *counts = json_object_get(answer, "counts");
    fprintf(out, "\n%llu fail, %llu warn, %llu to know, %llu in order.\n", count(counts, "fail"),
            count(counts, "warn"), count(counts, "note"), count(counts, "ok"));
}
