#define _GNU_SOURCE
#include "io/logsink.h"

#include "base/buf.h"
#include "base/time.h"
#include "io/clock.h"

#include <time.h>
#include <unistd.h>

/* A log line is cut at 1 KiB (base/log.h); time, level, module and correlation come on top. */
#define OUT_CAP 1280

static bool with_timestamps;

static void put_time(struct zv_buf *out, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / ZV_US_PER_S);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm))
        return;
    zv_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ ", tm.tm_year + 1900, tm.tm_mon + 1,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                  (int)(wall_us % ZV_US_PER_S / ZV_US_PER_MS));
}

/* sd-daemon(3): the priority in angle brackets. */
static int journal_priority(enum zv_log_level level)
{
    static const int priorities[] = {
        [ZV_LOG_ERROR] = 3, [ZV_LOG_WARN] = 4, [ZV_LOG_INFO] = 6, [ZV_LOG_DEBUG] = 7};
    return priorities[level];
}

size_t zv_logsink_write_line(char *dst, size_t cap, bool timestamps, int64_t wall_us,
                             enum zv_log_module module, enum zv_log_level level,
                             const char *correlation, const char *line)
{
    struct zv_buf out = zv_buf(dst, cap - 1);
    if (timestamps) {
        put_time(&out, wall_us);
        zv_buf_printf(&out, "%s %s ", zv_log_level_name(level), zv_log_module_name(module));
    } else {
        zv_buf_printf(&out, "<%d>%s ", journal_priority(level), zv_log_module_name(module));
    }
    if (correlation && correlation[0])
        zv_buf_printf(&out, "%s ", correlation);
    struct zv_str text = zv_str(line);
    zv_buf_put_str(&out, zv_str_head(text, ZV_MIN(text.len, out.cap - out.len)));
    dst[out.len] = '\n';
    return out.len + 1;
}

static void write_line(enum zv_log_module module, enum zv_log_level level, const char *correlation,
                       const char *line)
{
    char out[OUT_CAP];
    size_t len = zv_logsink_write_line(out, sizeof(out), with_timestamps, zv_clock_wall_us(),
                                       module, level, correlation, line);
    /* A log that cannot be written has nobody to tell. */
    ssize_t ignored = write(STDERR_FILENO, out, len);
    (void)ignored;
}

void zv_logsink_open(bool timestamps)
{
    with_timestamps = timestamps;
    zv_log_set_sink(write_line);
}
