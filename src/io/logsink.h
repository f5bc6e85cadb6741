/*
 * Where log lines go: standard error, one write per line, so that lines of two threads never mix.
 *
 *     2026-11-23T04:05:06.789Z info call c-7f3a outgoing call to 1002
 *     <6>call c-7f3a outgoing call to 1002          under systemd: it adds the time itself
 */
#ifndef ZV_IO_LOGSINK_H
#define ZV_IO_LOGSINK_H

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

/* Installs the sink; before threads start. `timestamps` false: the form for systemd-journald. */
void zv_logsink_open(bool timestamps);

/* The line with its newline as the sink writes it; returns its length. For tests. */
size_t zv_logsink_write_line(char *dst, size_t cap, bool timestamps, int64_t wall_us,
                             enum zv_log_module module, enum zv_log_level level,
                             const char *correlation, const char *line);

#endif
