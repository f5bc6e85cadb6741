/*
 * What a person gets to see: texts of the network made harmless, times and sizes as people write
 * them, tables that fit a terminal.
 */
#ifndef ZV_CTL_SCREEN_H
#define ZV_CTL_SCREEN_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ZV_CTL_COLUMNS       100 /* most, and what files and pipes get */
#define ZV_CTL_COLUMNS_LEAST 80  /* a terminal that is narrower breaks lines itself */

/* How wide what is printed there may be. */
size_t zv_ctl_columns(FILE *file);

/* ---- texts ---- */

/*
 * A copy on one line without anything that a terminal obeys: controls and characters that change
 * the direction of writing become '?'. What is no UTF-8 too. Cut with "…" to `columns` characters.
 * NULL: no memory. Free with zv_free.
 */
char *zv_ctl_clean(struct zv_str text, size_t columns) ZV_MUST_CHECK;
/* Characters of UTF-8. */
size_t zv_ctl_width(const char *text);

#define ZV_CTL_TEXT_CAP 48
/* "20 ms", "4.2 s", "3:07", "1:02:03", "2 d 1:02:03". Returns `dst`, as all below. */
const char *zv_ctl_write_duration(double seconds, char dst[ZV_CTL_TEXT_CAP]);
/* "2026-11-26 21:10:38", local time. */
const char *zv_ctl_write_time(double unix_s, char dst[ZV_CTL_TEXT_CAP]);
/* "812 B", "86.0 kB". */
const char *zv_ctl_write_bytes(uint64_t bytes, char dst[ZV_CTL_TEXT_CAP]);

/* ---- colours ---- */

enum zv_ctl_colour {
    ZV_CTL_PLAIN,
    ZV_CTL_BOLD,
    ZV_CTL_GREEN,
    ZV_CTL_YELLOW,
    ZV_CTL_RED,
};
/* On a terminal, unless NO_COLOR is set (https://no-color.org). */
bool zv_ctl_has_colour(FILE *file);
/* The text alone where there are no colours. */
void zv_ctl_print_in(FILE *file, enum zv_ctl_colour colour, const char *text);

/* ---- tables ---- */

struct zv_ctl_column {
    const char *title;
    bool is_right;    /* aligned to the right: numbers */
    bool is_flexible; /* cut where the table would be too wide */
};

struct zv_ctl_table;

/* `columns` is borrowed. NULL: no memory; the functions below allow that. */
struct zv_ctl_table *zv_ctl_table_new(const struct zv_ctl_column *columns, size_t count);
/* The next cell, row by row; cleaned here. */
void zv_ctl_table_add(struct zv_ctl_table *table, const char *text);
void zv_ctl_table_printf(struct zv_ctl_table *table, const char *format, ...) ZV_PRINTF(2, 3);
/* Prints and frees; whether all had memory. `indent` blanks before each line; titles may be left
 * out. */
bool zv_ctl_table_print(struct zv_ctl_table *table, FILE *file, size_t indent, bool has_titles);

#endif
