#include "trace/redact.h"

#include <string.h>

static void blank(char *from, const char *end)
{
    memset(from, ZV_TRACE_BLANK, (size_t)(end - from));
}

static struct zv_str rest_of(const char *from, const char *end)
{
    return zv_str_n(from, (size_t)(end - from));
}

/* ---- SIP: digest credentials ---- */

static bool is_name_end(char c)
{
    return c == ' ' || c == '\t' || c == '=' || c == ',';
}

/* The value of name=value at `from`, quoted or not, is blanked; returns where it ends. */
static char *blank_value(char *from, char *end)
{
    while (from < end && (*from == ' ' || *from == '\t' || *from == '='))
        from++;
    bool is_quoted = from < end && *from == '"';
    if (is_quoted)
        from++;
    char *to = from;
    while (to < end && (is_quoted ? *to != '"' : *to != ',' && *to != ' ' && *to != '\t'))
        to++;
    blank(from, to);
    return to;
}

/* Parameters are looked for anywhere in the line: a broken header must not keep its secret. */
static void redact_credentials(char *from, char *end)
{
    static const char *const secrets[] = {"response", "cnonce"};
    bool is_start = true; /* of a word */
    while (from < end) {
        for (size_t i = 0; is_start && i < ZV_ARRAY_LEN(secrets); i++) {
            size_t len = strlen(secrets[i]);
            if (zv_str_has_prefix_i(rest_of(from, end), secrets[i]) && from + len < end &&
                is_name_end(from[len]))
                from = blank_value(from + len, end);
        }
        if (from == end)
            break;
        is_start = *from == ' ' || *from == '\t' || *from == ',' || *from == '"';
        from++;
    }
}

/* "Name :" of a header line. */
static bool is_header(struct zv_str line, const char *name)
{
    size_t len = strlen(name);
    if (!zv_str_has_prefix_i(line, name))
        return false;
    struct zv_str rest = zv_str_trim(zv_str_tail(line, len));
    return rest.len && rest.p[0] == ':';
}

static bool has_credentials(struct zv_str line)
{
    return is_header(line, "Authorization") || is_header(line, "Proxy-Authorization");
}

/* ---- SDP ---- */

/* "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4;inline:…" */
static void redact_crypto(char *from, char *end)
{
    static const char mark[] = "inline:";
    size_t len = sizeof(mark) - 1;
    while (from < end) {
        if (!zv_str_has_prefix_i(rest_of(from, end), mark)) {
            from++;
            continue;
        }
        from += len;
        char *to = from;
        while (to < end && *to != '|' && *to != ';' && *to != ' ')
            to++;
        blank(from, to);
        from = to;
    }
}

static void redact_description_line(char *from, char *end)
{
    struct zv_str line = rest_of(from, end);
    if (zv_str_has_prefix_i(line, "a=ice-pwd:"))
        blank(from + strlen("a=ice-pwd:"), end);
    else if (zv_str_has_prefix_i(line, "a=key-mgmt:"))
        blank(from + strlen("a=key-mgmt:"), end);
    else if (zv_str_has_prefix_i(line, "k="))
        blank(from + strlen("k="), end);
    else if (zv_str_has_prefix_i(line, "a=crypto:"))
        redact_crypto(from, end);
}

/* ---- lines ---- */

void zv_trace_redact(char *text, size_t len)
{
    char *end = text + len;
    bool in_credentials = false; /* a header may go on in the next line (RFC 3261 §7.3.1) */
    for (char *from = text; from < end;) {
        char *to = memchr(from, '\n', (size_t)(end - from));
        char *next = to ? to + 1 : end;
        if (!to)
            to = end;
        while (to > from && to[-1] == '\r')
            to--;
        bool is_folded = to > from && (*from == ' ' || *from == '\t');
        in_credentials = is_folded ? in_credentials : has_credentials(rest_of(from, to));
        if (in_credentials)
            redact_credentials(from, to);
        else
            redact_description_line(from, to);
        from = next;
    }
}
