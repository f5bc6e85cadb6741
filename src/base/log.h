/*
 * Logging as an interface: levels, modules, fields, and a sink that io/ installs. One line per
 * event: a sentence for people, and beside it fields for machines, which the text form leaves out
 * because its sentence says the same.
 *
 * Pure machines do not log above debug: they emit events and the edge that drains them logs once.
 * All of this is for the signalling thread; workers report events, which it logs.
 *
 * No argument of a line may be a password, a key, a token or an Authorization header (held by
 * tests/e2e/trace/secrets.test.mjs). Numbers, names and addresses of people go through
 * zv_log_number, zv_log_addr and their like, so that an operator can have them masked.
 */
#ifndef ZV_BASE_LOG_H
#define ZV_BASE_LOG_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zv_log_level {
    ZV_LOG_ERROR,
    ZV_LOG_WARN,
    ZV_LOG_INFO,
    ZV_LOG_DEBUG,
};
#define ZV_LOG_LEVEL_COUNT (ZV_LOG_DEBUG + 1)

#define ZV_LOG_MODULES(X)                                                                          \
    X(MAIN, "main") X(HTTP, "http") X(CALL, "call") X(SIP, "sip") X(MEDIA, "media") X(DNS, "dns")

enum zv_log_module {
#define X(name, text) ZV_LOG_##name,
    ZV_LOG_MODULES(X)
#undef X
        ZV_LOG_MODULE_COUNT,
};

const char *zv_log_module_name(enum zv_log_module module);
const char *zv_log_level_name(enum zv_log_level level);

/* ---- fields ---- */

enum zv_log_field_kind {
    ZV_LOG_FIELD_ABSENT, /* not written: a value that this line does not have */
    ZV_LOG_FIELD_TEXT,
    ZV_LOG_FIELD_INT,
    ZV_LOG_FIELD_SECONDS,
};

struct zv_log_field {
    const char *name; /* as in the client protocol: "callId"; static storage */
    enum zv_log_field_kind kind;
    union {
        struct zv_str text; /* borrowed for the time of the call; any bytes */
        int64_t number;
        int64_t us;
    };
};

/* Empty texts are absent. */
static inline struct zv_log_field zv_log_str(const char *name, struct zv_str text)
{
    return (struct zv_log_field){
        .name = name, .kind = text.len ? ZV_LOG_FIELD_TEXT : ZV_LOG_FIELD_ABSENT, .text = text};
}
static inline struct zv_log_field zv_log_text(const char *name, const char *text)
{
    return zv_log_str(name, zv_str(text));
}
static inline struct zv_log_field zv_log_int(const char *name, int64_t number)
{
    return (struct zv_log_field){.name = name, .kind = ZV_LOG_FIELD_INT, .number = number};
}
/* A number of which 0 says that there is none, such as a SIP status. */
static inline struct zv_log_field zv_log_int_or_absent(const char *name, int64_t number)
{
    return number ? zv_log_int(name, number) : (struct zv_log_field){.name = name};
}
/* A duration, written in seconds with three decimals. */
static inline struct zv_log_field zv_log_seconds(const char *name, int64_t us)
{
    return (struct zv_log_field){.name = name, .kind = ZV_LOG_FIELD_SECONDS, .us = us};
}

/* ---- the sink ---- */

struct zv_log_line {
    enum zv_log_module module;
    enum zv_log_level level;
    const char *correlation; /* names the call, session or client ("c-0.7.3"), or NULL */
    const char *text;        /* one line: control characters stand as \xNN */
    const char *place;       /* the format: what all lines of one place in the code share */
    bool may_repeat;         /* a stranger can cause it at will */
    const struct zv_log_field *fields;
    size_t field_count;
};

typedef void zv_log_sink_fn(const struct zv_log_line *line);

/* NULL: lines are dropped (the default). */
void zv_log_set_sink(zv_log_sink_fn *sink);

/* ---- levels ---- */

void zv_log_set_level(enum zv_log_module module, enum zv_log_level level);
enum zv_log_level zv_log_level(enum zv_log_module module);
bool zv_log_is_on(enum zv_log_module module, enum zv_log_level level);
/* "warn". ZV_E_PARSE. */
int zv_log_parse_level(struct zv_str name, enum zv_log_level *ret_level) ZV_MUST_CHECK;

/* What a text such as "sip=debug" or "all=warn" sets. */
struct zv_log_setting {
    enum zv_log_module first;
    enum zv_log_module last; /* included */
    enum zv_log_level level;
};
/* ZV_E_NOTFOUND: there is no such module; ZV_E_PARSE: not MODULE=LEVEL, or there is no such level.
 */
int zv_log_parse_setting(struct zv_str text, struct zv_log_setting *ret_setting) ZV_MUST_CHECK;
/* The same, and sets them. */
int zv_log_set_levels(struct zv_str text) ZV_MUST_CHECK;

/* ---- what is masked ---- */

/* Whether numbers and names of people, and addresses, are written in full (the default) or masked.
 */
void zv_log_show(bool numbers, bool addresses);
bool zv_log_shows_addresses(void);

#define ZV_LOG_MASK_CAP 8
/* A login, caller, callee or display name: itself, or masked ("***02", the last two digits of a
 * number that is long enough) in `memory`. An empty one stays empty. */
struct zv_str zv_log_number(struct zv_str number, char memory[ZV_LOG_MASK_CAP]);
/* Somebody's address, and port where one is known: in full, or its network and port
 * ("192.0.x.x:5060", "[2001:db8::x]:5060"). Returns `dst`. */
const char *zv_log_addr(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP]);
/* A host that may be an address: itself, or masked as above in `memory`. */
struct zv_str zv_log_host(struct zv_str host, char memory[ZV_ADDR_TEXT_CAP]);
/* A Call-ID, which may name a host behind its @: itself, or only what stands before it. */
struct zv_str zv_log_sip_call_id(struct zv_str call_id);
/* Text of the far end's choice, such as a reason phrase: itself, or nothing where numbers are
 * masked, since it may hold one. */
struct zv_str zv_log_foreign(struct zv_str text);

/* ---- lines ---- */

/*
 * Lines over 1 KiB are cut. Control characters of the formatted text are written as \xNN, so that
 * nothing from the network can forge a line.
 */
void zv_log(enum zv_log_module module, enum zv_log_level level, const char *correlation,
            const char *format, ...) ZV_PRINTF(4, 5);
/*
 * A line with fields; of `about` all but `text` and `place` is read. To be written as
 *
 *     const struct zv_log_field fields[] = {zv_log_text("call", call), zv_log_int("status", 486)};
 *     zv_log_line(ZV_LOG_ABOUT(ZV_LOG_SIP, ZV_LOG_INFO, call, fields), "refused with %d", 486);
 */
void zv_log_line(const struct zv_log_line *about, const char *format, ...) ZV_PRINTF(2, 3);
#define ZV_LOG_ABOUT(module_, level_, correlation_, fields_)                                       \
    ZV_LOG_ABOUT_REPEATING(module_, level_, correlation_, fields_, false)
/* Likewise, of a line that a stranger can cause at will. */
#define ZV_LOG_STRANGER(module_, level_, correlation_, fields_)                                    \
    ZV_LOG_ABOUT_REPEATING(module_, level_, correlation_, fields_, true)
#define ZV_LOG_ABOUT_REPEATING(module_, level_, correlation_, fields_, may_repeat_)                \
    (&(const struct zv_log_line){.module = (module_),                                              \
                                 .level = (level_),                                                \
                                 .correlation = (correlation_),                                    \
                                 .may_repeat = (may_repeat_),                                      \
                                 .fields = (fields_),                                              \
                                 .field_count = ZV_ARRAY_LEN(fields_)})

#endif
