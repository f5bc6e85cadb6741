/* Tables: cells are kept until all widths are known. */
#include "ctl/screen.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <string.h>

#define GAP 2
/* No column is cut below this. */
#define LEAST_WIDTH 6

struct zv_ctl_table {
    const struct zv_ctl_column *columns; /* borrowed */
    size_t column_count;
    char **cells; /* owned, each */
    size_t cell_count;
    size_t cell_cap;
    bool is_broken; /* out of memory */
};

struct zv_ctl_table *zv_ctl_table_new(const struct zv_ctl_column *columns, size_t count)
{
    struct zv_ctl_table *table = zv_zalloc(sizeof(*table));
    if (!table)
        return NULL;
    table->columns = columns;
    table->column_count = count;
    return table;
}

void zv_ctl_table_add(struct zv_ctl_table *table, const char *text)
{
    if (!table || table->is_broken)
        return;
    if (table->cell_count == table->cell_cap) {
        size_t cap = table->cell_cap ? table->cell_cap * 2 : 64;
        char **cells = zv_realloc(table->cells, cap * sizeof(*cells));
        table->is_broken = !cells;
        if (!cells)
            return;
        table->cells = cells;
        table->cell_cap = cap;
    }
    char *cell = zv_ctl_clean(zv_str(text), SIZE_MAX);
    table->is_broken = !cell;
    if (cell)
        table->cells[table->cell_count++] = cell;
}

void zv_ctl_table_printf(struct zv_ctl_table *table, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    zv_ctl_table_add(table, text);
}

/* ---- widths ---- */

static void measure(const struct zv_ctl_table *table, size_t *widths, bool has_titles)
{
    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = has_titles ? zv_ctl_width(table->columns[i].title) : 0;
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t *width = &widths[i % table->column_count];
        *width = ZV_MAX(*width, zv_ctl_width(table->cells[i]));
    }
}

static size_t total(const struct zv_ctl_table *table, const size_t *widths, size_t indent)
{
    size_t sum = indent + GAP * (table->column_count - 1);
    for (size_t i = 0; i < table->column_count; i++)
        sum += widths[i];
    return sum;
}

/* The widest flexible column, one narrower; false: none can be. */
static bool narrow(const struct zv_ctl_table *table, size_t *widths)
{
    size_t *widest = NULL;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].is_flexible && widths[i] > LEAST_WIDTH &&
            (!widest || widths[i] > *widest))
            widest = &widths[i];
    }
    if (widest)
        (*widest)--;
    return widest != NULL;
}

/* ---- printing ---- */

static void print_blanks(FILE *file, size_t count)
{
    fprintf(file, "%*s", (int)count, "");
}

/* `is_last`: no blanks at a line's end. */
static void print_cell(FILE *file, const struct zv_ctl_column *column, const char *text,
                       size_t width, bool is_last)
{
    char *cut = zv_ctl_clean(zv_str(text), width);
    const char *shown = cut ? cut : "";
    size_t pad = width - ZV_MIN(width, zv_ctl_width(shown));
    if (column->is_right)
        print_blanks(file, pad);
    fputs(shown, file);
    if (!is_last)
        print_blanks(file, (column->is_right ? 0 : pad) + GAP);
    zv_free(cut);
}

static void print_line(const struct zv_ctl_table *table, FILE *file, const char *const *cells,
                       const size_t *widths, size_t indent)
{
    size_t last = table->column_count - 1;
    while (last > 0 && !cells[last][0])
        last--;
    print_blanks(file, indent);
    for (size_t i = 0; i <= last; i++)
        print_cell(file, &table->columns[i], cells[i], widths[i], i == last);
    fputc('\n', file);
}

static void print_titles(const struct zv_ctl_table *table, FILE *file, const size_t *widths,
                         size_t indent)
{
    enum { MAX_COLUMNS = 16 };
    const char *titles[MAX_COLUMNS] = {0};
    for (size_t i = 0; i < ZV_MIN(table->column_count, (size_t)MAX_COLUMNS); i++)
        titles[i] = table->columns[i].title;
    if (zv_ctl_has_colour(file))
        fputs("\033[1m", file);
    print_line(table, file, titles, widths, indent);
    if (zv_ctl_has_colour(file))
        fputs("\033[0m", file);
}

bool zv_ctl_table_print(struct zv_ctl_table *table, FILE *file, size_t indent, bool has_titles)
{
    if (!table)
        return false;
    bool is_whole = !table->is_broken;
    size_t *widths = zv_calloc(table->column_count, sizeof(*widths));
    if (widths) {
        measure(table, widths, has_titles);
        while (total(table, widths, indent) > zv_ctl_columns(file) && narrow(table, widths))
            ;
        if (has_titles)
            print_titles(table, file, widths, indent);
        for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
            print_line(table, file, (const char *const *)&table->cells[i], widths, indent);
    }
    for (size_t i = 0; i < table->cell_count; i++)
        zv_free(table->cells[i]);
    zv_free(table->cells);
    is_whole = is_whole && widths;
    zv_free(widths);
    zv_free(table);
    return is_whole;
}
