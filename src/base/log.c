#include "base/log.h"

#include "base/buf.h"
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_CAP 1024

static zv_log_sink_fn *log_sink;
static enum zv_log_level log_levels[ZV_LOG_MODULE_COUNT] = {
#define X(name, text) [ZV_LOG_##name] = ZV_LOG_INFO,
    ZV_LOG_MODULES(X)
#undef X
};

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
    static const char *const names[ZV_LOG_LEVEL_COUNT] = {"error", "warn", "info", "debug"};
    return names[level];
}

/* ---- levels ---- */

void zv_log_set_sink(zv_log_sink_fn *sink)
{
    log_sink = sink;
}

void zv_log_set_level(enum zv_log_module module, enum zv_log_level level)
{
    log_levels[module] = level;
}

enum zv_log_level zv_log_level(enum zv_log_module module)
{
    return log_levels[module];
}

bool zv_log_is_on(enum zv_log_module module, enum zv_log_level level)
{
    return log_sink && level <= log_levels[module];
}

int zv_log_parse_level(struct zv_str name, enum zv_log_level *ret_level)
{
    for (int level = 0; level < ZV_LOG_LEVEL_COUNT; level++) {
        if (zv_str_is(name, zv_log_level_name((enum zv_log_level)level))) {
            *ret_level = (enum zv_log_level)level;
            return 0;
        }
    }
    return ZV_E_PARSE;
}

static int parse_modules(struct zv_str name, struct zv_log_setting *setting)
{
    setting->first = 0;
    setting->last = ZV_LOG_MODULE_COUNT - 1;
    if (zv_str_is(name, "all"))
        return 0;
    for (int module = 0; module < ZV_LOG_MODULE_COUNT; module++) {
        if (zv_str_is(name, zv_log_module_name((enum zv_log_module)module))) {
            setting->first = setting->last = (enum zv_log_module)module;
            return 0;
        }
    }
    return ZV_E_NOTFOUND;
}

int zv_log_parse_setting(struct zv_str text, struct zv_log_setting *ret_setting)
{
    struct zv_log_setting setting;
    ptrdiff_t equals = zv_str_find(text, '=');
    if (equals < 0)
        return ZV_E_PARSE;
    int err = parse_modules(zv_str_head(text, (size_t)equals), &setting);
    if (!err)
        err = zv_log_parse_level(zv_str_tail(text, (size_t)equals + 1), &setting.level);
    if (!err)
        *ret_setting = setting;
    return err;
}

int zv_log_set_levels(struct zv_str text)
{
    struct zv_log_setting setting;
    int err = zv_log_parse_setting(text, &setting);
    if (err)
        return err;
    for (int module = (int)setting.first; module <= (int)setting.last; module++)
        log_levels[module] = setting.level;
    return 0;
}

/* ---- lines ---- */

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

static void write_line(const struct zv_log_line *about, const char *format, va_list args)
    ZV_PRINTF(2, 0);
static void write_line(const struct zv_log_line *about, const char *format, va_list args)
{
    char raw[LINE_CAP], text[LINE_CAP];
    if (vsnprintf(raw, sizeof(raw), format, args) < 0)
        return;
    struct zv_log_line line = *about;
    line.text = escape(raw, text);
    line.place = format;
    log_sink(&line);
}

void zv_log(enum zv_log_module module, enum zv_log_level level, const char *correlation,
            const char *format, ...)
{
    struct zv_log_line about = {.module = module, .level = level, .correlation = correlation};
    va_list args;
    if (!zv_log_is_on(module, level))
        return;
    va_start(args, format);
    write_line(&about, format, args);
    va_end(args);
}

void zv_log_line(const struct zv_log_line *about, const char *format, ...)
{
    va_list args;
    if (!zv_log_is_on(about->module, about->level))
        return;
    va_start(args, format);
    write_line(about, format, args);
    va_end(args);
}
