#define _GNU_SOURCE
#include "io/logsink.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "io/clock.h"
#include "io/repeats.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What ends a JSON line that has lost fields. */
static const char cut_mark[] = ",\"cut\":true}";

static struct zv_logsink_cfg sink;
static struct zv_repeats repeats;

/* ---- writing ---- */

static void put_time(struct zv_buf *out, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / ZV_US_PER_S);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm))
        return;
    zv_buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                  (int)(wall_us % ZV_US_PER_S / ZV_US_PER_MS));
}

/* sd-daemon(3): the priority in angle brackets. */
static void put_priority(struct zv_buf *out, enum zv_log_level level)
{
    static const int priorities[ZV_LOG_LEVEL_COUNT] = {
        [ZV_LOG_ERROR] = 3, [ZV_LOG_WARN] = 4, [ZV_LOG_INFO] = 6, [ZV_LOG_DEBUG] = 7};
    zv_buf_printf(out, "<%d>", priorities[level]);
}

static void put_text(struct zv_buf *out, bool has_time, int64_t wall_us,
                     const struct zv_log_line *line)
{
    if (has_time) {
        put_time(out, wall_us);
        zv_buf_printf(out, " %s ", zv_log_level_name(line->level));
    }
    zv_buf_printf(out, "%s ", zv_log_module_name(line->module));
    if (line->correlation && line->correlation[0])
        zv_buf_printf(out, "%s ", line->correlation);
    struct zv_str text = zv_str(line->text);
    zv_buf_put_str(out, zv_str_head(text, ZV_MIN(text.len, out->cap - out->len)));
}

static void put_field(struct zv_json *json, const struct zv_log_field *field)
{
    switch (field->kind) {
    case ZV_LOG_FIELD_TEXT:
        zv_json_str(json, field->name, field->text);
        break;
    case ZV_LOG_FIELD_INT:
        zv_json_int(json, field->name, field->number);
        break;
    case ZV_LOG_FIELD_SECONDS:
        zv_json_number(json, field->name, (double)field->us / (double)ZV_US_PER_S, 3);
        break;
    case ZV_LOG_FIELD_ABSENT:
        break;
    }
}

/* Takes the member back if it did not fit: what is written stays whole. */
static bool has_fitted(struct zv_buf *out, size_t before)
{
    bool fits = !out->overflow;
    if (!fits)
        *out = (struct zv_buf){.p = out->p, .cap = out->cap, .len = before};
    return fits;
}

static void put_json(struct zv_buf *out, int64_t wall_us, const struct zv_log_line *line)
{
    char time[32];
    struct zv_buf stamp = zv_buf(time, sizeof(time));
    struct zv_json json = zv_json(out);
    out->cap -= sizeof(cut_mark) - 1;
    put_time(&stamp, wall_us);
    zv_json_open_object(&json, NULL);
    zv_json_str(&json, "time", zv_buf_str(&stamp));
    zv_json_text(&json, "level", zv_log_level_name(line->level));
    zv_json_text(&json, "module", zv_log_module_name(line->module));
    if (line->correlation && line->correlation[0])
        zv_json_text(&json, "id", line->correlation);
    size_t before = out->len;
    zv_json_text(&json, "msg", line->text);
    bool is_whole = has_fitted(out, before);
    for (size_t i = 0; i < line->field_count && is_whole; i++) {
        before = out->len;
        put_field(&json, &line->fields[i]);
        is_whole = has_fitted(out, before);
    }
    out->cap += sizeof(cut_mark) - 1;
    if (is_whole)
        zv_json_close_object(&json);
    else
        zv_buf_put_text(out, cut_mark);
}

size_t zv_logsink_write_line(char *dst, size_t cap, const struct zv_logsink_cfg *cfg,
                             int64_t wall_us, const struct zv_log_line *line)
{
    struct zv_buf out = zv_buf(dst, cap - 1);
    if (cfg->is_journal)
        put_priority(&out, line->level);
    if (cfg->is_json)
        put_json(&out, wall_us, line);
    else
        put_text(&out, !cfg->is_journal, wall_us, line);
    dst[out.len] = '\n';
    return out.len + 1;
}

/* ---- a log that cannot be written ---- */

static struct zv_logsink_loss loss;
static uint64_t untold; /* of the lost lines */
static bool is_torn;    /* the last one stands there in part */
static bool is_socket;  /* standard error */
static bool is_pipe;

_Static_assert(ZV_LOGSINK_LINE_CAP <= PIPE_BUF, "a pipe takes a line whole or not at all");

/* pipe(7): one that has room for anything has room for PIPE_BUF bytes. One without a reader takes
 * nothing either, but says so at once. */
static bool has_room(void)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&room, 1, 0) > 0;
}

/* Who reads, systemd-journald from a socket or a container's runtime from a pipe, may hang as
 * anybody: nobody's call waits for it. O_NONBLOCK would be set for all who share the pipe. */
static ssize_t write_some(const char *bytes, size_t len)
{
    if (is_socket)
        return send(STDERR_FILENO, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (is_pipe && !has_room()) {
        errno = EAGAIN;
        return -1;
    }
    return write(STDERR_FILENO, bytes, len);
}

/* A full disk takes what fits of a line; the next one is to begin a line of its own. */
static bool put(const char *line, size_t len)
{
    if (is_torn && write_some("\n", 1) != 1)
        return false;
    is_torn = false;
    ssize_t written = write_some(line, len);
    if (written == (ssize_t)len)
        return true;
    loss.error = written < 0 ? errno : ENOSPC;
    is_torn = written > 0;
    return false;
}

static bool write_line(const struct zv_log_line *line)
{
    char out[ZV_LOGSINK_LINE_CAP];
    size_t len = zv_logsink_write_line(out, sizeof(out), &sink, zv_clock_wall_us(), line);
    return put(out, len);
}

/* Before the first line that is written again. */
static bool tell_loss(void)
{
    char text[160];
    const struct zv_log_field field = zv_log_int("lost", (int64_t)untold);
    if (!untold)
        return true;
    snprintf(text, sizeof(text), "%llu lines of this log were lost here: %s",
             (unsigned long long)untold, strerror(loss.error));
    if (!write_line(&(struct zv_log_line){.module = ZV_LOG_MAIN,
                                          .level = ZV_LOG_ERROR,
                                          .text = text,
                                          .fields = &field,
                                          .field_count = 1}))
        return false;
    untold = 0;
    return true;
}

void zv_logsink_loss(struct zv_logsink_loss *ret_loss)
{
    *ret_loss = loss;
    ret_loss->goes_on = untold > 0;
}

/* ---- the sink ---- */

static void emit(const struct zv_log_line *line)
{
    if (tell_loss() && write_line(line))
        return;
    loss.lines++;
    untold++;
}

static void report(const struct zv_repeats_report *held)
{
    char text[256];
    const struct zv_log_field field = zv_log_int("heldBack", held->held);
    struct zv_buf out = zv_buf(text, sizeof(text));
    zv_buf_printf(&out, "held back %u lines like this in %d s: %s", held->held,
                  (int)(ZV_REPEATS_WINDOW_US / ZV_US_PER_S), held->example);
    emit(&(struct zv_log_line){.module = held->module,
                               .level = held->level,
                               .text = zv_buf_cstr(&out),
                               .fields = &field,
                               .field_count = 1});
}

void zv_logsink_on_timeout(int64_t now_us)
{
    struct zv_repeats_report held;
    while (zv_repeats_report(&repeats, now_us, &held))
        report(&held);
}

static void take_line(const struct zv_log_line *line)
{
    int64_t now_us = zv_clock_now_us();
    zv_logsink_on_timeout(now_us);
    if (zv_repeats_admit(&repeats, line, now_us))
        emit(line);
}

/* systemd.exec(5): "device:inode". */
bool zv_logsink_is_journal(const char *journal_stream)
{
    struct stat info;
    uint64_t device, inode;
    struct zv_str text = zv_str(journal_stream ? journal_stream : "");
    ptrdiff_t colon = zv_str_find(text, ':');
    if (colon < 0 || fstat(STDERR_FILENO, &info))
        return false;
    return zv_str_to_u64(zv_str_head(text, (size_t)colon), &device) == 0 &&
           zv_str_to_u64(zv_str(text.p + colon + 1), &inode) == 0 && device == info.st_dev &&
           inode == info.st_ino;
}

void zv_logsink_open(const struct zv_logsink_cfg *cfg)
{
    struct stat info;
    bool is_known = fstat(STDERR_FILENO, &info) == 0;
    is_socket = is_known && S_ISSOCK(info.st_mode);
    is_pipe = is_known && S_ISFIFO(info.st_mode);
    sink = *cfg;
    repeats = (struct zv_repeats){.allowed = cfg->repeats};
    zv_log_set_sink(take_line);
}

void zv_logsink_close(void)
{
    zv_logsink_on_timeout(ZV_TIME_NEVER);
}
