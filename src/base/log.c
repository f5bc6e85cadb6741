#include "base/log.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_CAP 1024

static zv_log_sink_fn *log_sink;
static enum zv_log_level log_levels[ZV_LOG_MODULE_COUNT] = {
#define X(name, text) [ZV_LOG_##name] = ZV_LOG_INFO,
    ZV_LOG_MODULES(X)
#undef X
};

void zv_log_set_sink(zv_log_sink_fn *sink)
{
    log_sink = sink;
}

void zv_log_set_level(enum zv_log_module module, enum zv_log_level level)
{
    log_levels[module] = level;
}

bool zv_log_is_on(enum zv_log_module module, enum zv_log_level level)
{
    return log_sink && level <= log_levels[module];
}

/* Control characters cannot start a second line or move a terminal's cursor. */
static const char *escape(const char *text, char dst[LINE_CAP])
{
    struct zv_buf out = zv_buf(dst, LINE_CAP - 1);
    for (const char *p = text; *p && !out.overflow; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            zv_buf_printf(&out, "\\x%02x", c);
        else
            zv_buf_put_char(&out, (char)c);
    }
    dst[out.len] = 0;
    return dst;
}

void zv_log(enum zv_log_module module, enum zv_log_level level, const char *correlation,
            const char *format, ...)
{
    char raw[LINE_CAP], line[LINE_CAP];
    if (!zv_log_is_on(module, level))
        return;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    if (len < 0)
        return;
    log_sink(module, level, correlation, escape(raw, line));
}

const char *zv_log_module_name(enum zv_log_module module)
{
    static const char *const names[] = {
#define X(name, text) [ZV_LOG_##name] = text,
        ZV_LOG_MODULES(X)
#undef X
    };
    return module < ZV_LOG_MODULE_COUNT ? names[module] : "?";
}

const char *zv_log_level_name(enum zv_log_level level)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    return names[level];
}
