#define _GNU_SOURCE
#include "ctl/screen.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

size_t zv_ctl_columns(FILE *file)
{
    struct winsize size = {0};
    if (ioctl(fileno(file), TIOCGWINSZ, &size) || !size.ws_col || size.ws_col > ZV_CTL_COLUMNS)
        return ZV_CTL_COLUMNS;
    return ZV_MAX(size.ws_col, ZV_CTL_COLUMNS_LEAST);
}

/* ---- texts ---- */

size_t zv_ctl_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static uint32_t code_point(const unsigned char *p, size_t len)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t value = p[0] & masks[len];
    for (size_t i = 1; i < len; i++)
        value = value << 6 | (p[i] & 0x3f);
    return value;
}

/* C0, DEL and C1; line and paragraph separators; marks, embeddings, overrides and isolates of the
 * direction (Unicode TR 9); the byte order mark. */
static bool is_obeyed(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Bytes of the character at the start; 0: it is none. */
static size_t character_len(struct zv_str text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++) {
        if (zv_str_is_utf8(zv_str_head(text, len)))
            return len;
    }
    return 0;
}

char *zv_ctl_clean(struct zv_str text, size_t columns)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    char *copy = zv_zalloc(text.len + sizeof(ellipsis));
    size_t out = 0, width = 0, last = 0; /* `last`: where the last character began */
    if (!copy)
        return NULL;
    while (text.len && width < columns) {
        size_t len = character_len(text);
        bool is_plain = len && !is_obeyed(code_point((const unsigned char *)text.p, len));
        last = out;
        if (is_plain)
            memcpy(copy + out, text.p, len);
        else
            copy[out] = '?';
        out += is_plain ? len : 1;
        text = zv_str_tail(text, len ? len : 1);
        width++;
    }
    if (text.len && width) {
        memcpy(copy + last, ellipsis, sizeof(ellipsis));
        return copy;
    }
    copy[out] = 0;
    return copy;
}

const char *zv_ctl_write_duration(double seconds, char dst[ZV_CTL_TEXT_CAP])
{
    long long whole = (long long)seconds;
    if (seconds < 1)
        snprintf(dst, ZV_CTL_TEXT_CAP, "%.0f ms", seconds < 0 ? 0 : seconds * 1000);
    else if (seconds < 60)
        snprintf(dst, ZV_CTL_TEXT_CAP, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(dst, ZV_CTL_TEXT_CAP, "%lld:%02lld", whole / 60, whole % 60);
    else if (whole < 86400)
        snprintf(dst, ZV_CTL_TEXT_CAP, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                 whole % 60);
    else
        snprintf(dst, ZV_CTL_TEXT_CAP, "%lld d %lld:%02lld:%02lld", whole / 86400,
                 whole / 3600 % 24, whole / 60 % 60, whole % 60);
    return dst;
}

const char *zv_ctl_write_time(double unix_s, char dst[ZV_CTL_TEXT_CAP])
{
    time_t when = (time_t)unix_s;
    struct tm tm;
    if (!localtime_r(&when, &tm) || !strftime(dst, ZV_CTL_TEXT_CAP, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(dst, ZV_CTL_TEXT_CAP, "unknown");
    return dst;
}

const char *zv_ctl_write_bytes(uint64_t bytes, char dst[ZV_CTL_TEXT_CAP])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double value = (double)bytes / 1000;
    size_t unit = 0;
    if (bytes < 1000) {
        snprintf(dst, ZV_CTL_TEXT_CAP, "%llu B", (unsigned long long)bytes);
        return dst;
    }
    while (value >= 1000 && unit + 1 < ZV_ARRAY_LEN(units)) {
        value /= 1000;
        unit++;
    }
    snprintf(dst, ZV_CTL_TEXT_CAP, "%.1f %s", value, units[unit]);
    return dst;
}

/* ---- colours ---- */

bool zv_ctl_has_colour(FILE *file)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fileno(file)) && (!no_colour || !no_colour[0]) &&
           !(term && strcmp(term, "dumb") == 0);
}

void zv_ctl_print_in(FILE *file, enum zv_ctl_colour colour, const char *text)
{
    static const char *const codes[] = {
        [ZV_CTL_PLAIN] = "0",   [ZV_CTL_BOLD] = "1", [ZV_CTL_GREEN] = "32",
        [ZV_CTL_YELLOW] = "33", [ZV_CTL_RED] = "31",
    };
    if (zv_ctl_has_colour(file))
        fprintf(file, "\033[%sm%s\033[0m", codes[colour], text);
    else
        fputs(text, file);
}
