/*
 * Holds back a log line that repeats: of the lines of one place in the code, so many pass in a
 * window of 10 s; the rest are counted and reported by one line when the window is over. Errors
 * about different calls count as one place: a flood of them says nothing that its first lines do
 * not say.
 *
 * Only what can come without bound is held back: warnings and errors, and lines that a stranger can
 * cause (zv_log_line.may_repeat), below warnings too. The record of what the gateway does for its
 * clients (sessions, states of calls, their ends) is written whole at any rate, so that each call
 * can be followed.
 *
 * A plain value with a clock from outside. The table has more room than the program has such
 * places; a place that finds none passes.
 */
#ifndef ZV_IO_REPEATS_H
#define ZV_IO_REPEATS_H

#include "base/log.h"
#include "base/time.h"

#define ZV_REPEATS_WINDOW_US ZV_SECONDS(10)
#define ZV_REPEATS_PLACES    64

struct zv_repeats_place {
    const char *place; /* NULL: free; with module and level the key */
    enum zv_log_module module;
    enum zv_log_level level;
    int64_t until_us; /* the window's end */
    uint32_t count;   /* lines in the window */
    char example[120];
};

struct zv_repeats {
    uint32_t allowed; /* lines of one place in a window; 0: nothing is held back */
    struct zv_repeats_place places[ZV_REPEATS_PLACES];
};

struct zv_repeats_report {
    enum zv_log_module module;
    enum zv_log_level level;
    uint32_t held;       /* lines */
    const char *example; /* the beginning of the first of them; until the next call */
};

/* Whether the line may pass. Take the reports that are due first. */
bool zv_repeats_admit(struct zv_repeats *repeats, const struct zv_log_line *line, int64_t now_us);
/* Forgets the next place whose window is over; true: it has held something back, and this is the
 * report of it. Call until false. ZV_TIME_NEVER as `now_us` ends every window. */
bool zv_repeats_report(struct zv_repeats *repeats, int64_t now_us,
                       struct zv_repeats_report *ret_report);

#endif
