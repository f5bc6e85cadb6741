/*
 * Where log lines go: standard error, one write per line.
 *
 *     2026-11-23T04:05:06.789Z info call c-0.7.3 outgoing call 1001 -> 1002
 *     <6>call c-0.7.3 outgoing call 1001 -> 1002     under systemd: it adds the time itself
 *     {"time":"2026-11-23T04:05:06.789Z","level":"info","module":"call","id":"c-0.7.3",
 *      "msg":"outgoing call 1001 -> 1002","call":"c-0.7.3","caller":"1001",…}
 *
 * JSON is one object a line, at most 4 KiB (what a pipe takes in one piece); fields that do not fit
 * are left out, and "cut":true says so. Under systemd it has the <6> in front as well, which
 * systemd takes off.
 *
 * Repeats are held back as io/repeats.h says.
 *
 * A line that cannot be written, since the disk is full or nobody reads the socket or pipe, is lost
 * and counted, and the program goes on; the first line that is written again comes after one that
 * says how many are missing.
 */
#ifndef ZV_IO_LOGSINK_H
#define ZV_IO_LOGSINK_H

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

struct zv_logsink_cfg {
    bool is_json;
    bool is_journal;  /* standard error goes to systemd-journald */
    uint32_t repeats; /* lines of one place in 10 s; 0: any number */
};

/* Whether standard error is the stream that $JOURNAL_STREAM names: whoever sends it elsewhere, or
 * is started by a process of which it is, inherits the variable all the same. NULL: it is not set.
 */
bool zv_logsink_is_journal(const char *journal_stream);
/* Installs the sink. */
void zv_logsink_open(const struct zv_logsink_cfg *cfg);
/* Reports what was held back and is over; to be called now and then, since a flood may end in
 * silence. */
void zv_logsink_on_timeout(int64_t now_us);
/* Reports all that was held back. */
void zv_logsink_close(void);

/* What could not be written. */
struct zv_logsink_loss {
    uint64_t lines; /* since the start */
    int error;      /* errno of the last */
    bool goes_on;   /* no line could be written since */
};
void zv_logsink_loss(struct zv_logsink_loss *ret_loss);

/* Room for a line in any form. */
#define ZV_LOGSINK_LINE_CAP 4096
/* The line with its newline as the sink writes it; returns its length. */
size_t zv_logsink_write_line(char *dst, size_t cap, const struct zv_logsink_cfg *cfg,
                             int64_t wall_us, const struct zv_log_line *line);

#endif
