/*
 * Logging as an interface: levels, modules, and a sink that io/ installs. One line per event.
 *
 * Pure machines do not log above debug: they emit events and the edge that drains them logs once.
 * No argument of a log line may be a password, a key, a token or an Authorization header; see
 * tests/e2e.
 */
#ifndef ZV_BASE_LOG_H
#define ZV_BASE_LOG_H

#include "base/attr.h"

#include <stdbool.h>

enum zv_log_level {
    ZV_LOG_ERROR,
    ZV_LOG_WARN,
    ZV_LOG_INFO,
    ZV_LOG_DEBUG,
};

#define ZV_LOG_MODULES(X)                                                                          \
    X(MAIN, "main") X(HTTP, "http") X(CALL, "call") X(SIP, "sip") X(MEDIA, "media") X(DNS, "dns")

enum zv_log_module {
#define X(name, text) ZV_LOG_##name,
    ZV_LOG_MODULES(X)
#undef X
        ZV_LOG_MODULE_COUNT,
};

typedef void zv_log_sink_fn(enum zv_log_module module, enum zv_log_level level,
                            const char *correlation, const char *line);

/* Before threads start. NULL: lines are dropped (the default). */
void zv_log_set_sink(zv_log_sink_fn *sink);
void zv_log_set_level(enum zv_log_module module, enum zv_log_level level);
bool zv_log_is_on(enum zv_log_module module, enum zv_log_level level);
/*
 * `correlation` names the session or call ("c-7f3a"), or NULL. Lines over 1 KiB are cut. Control
 * characters of the formatted text are written as \xNN, so that nothing from the network can forge
 * a line.
 */
void zv_log(enum zv_log_module module, enum zv_log_level level, const char *correlation,
            const char *format, ...) ZV_PRINTF(4, 5);
const char *zv_log_module_name(enum zv_log_module module);
const char *zv_log_level_name(enum zv_log_level level);

#endif
