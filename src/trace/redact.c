#include "trace/redact.h"

#include <string.h>

/* Lines stay lines. */
static void blank(char *from, const char *end)
{
    for (; from < end; from++) {
        if (*from != '\r' && *from != '\n')
            *from = ZV_TRACE_BLANK;
    }
}

static struct zv_str rest_of(const char *from, const char *end)
{
    return zv_str_n(from, (size_t)(end - from));
}

/* ---- SIP: digest credentials ---- */

/* A header may go on in the next line, which begins with a blank (RFC 3261 section 7.3.1). */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_end(char c)
{
    return is_space(c) || c == '=' || c == ',';
}

/* The value of name=value at `from`, quoted or not, is blanked; returns where it ends. */
static char *blank_value(char *from, char *end)
{
    while (from < end && (is_space(*from) || *from == '='))
        from++;
    bool is_quoted = from < end && *from == '"';
    if (is_quoted)
        from++;
    char *to = from;
    while (to < end && (is_quoted ? *to != '"' : *to != ',' && !is_space(*to)))
        to++;
    blank(from, to);
    return to;
}

/* Parameters are looked for anywhere in the line: a broken header must not keep its secret. */
static void redact_parameters(char *from, char *end)
{
    static const char *const secrets[] = {"response", "cnonce", "rspauth"};
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
        is_start = is_space(*from) || *from == ',' || *from == '"';
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

static bool has_credentials(struct zv_str header)
{
    return is_header(header, "Authorization") || is_header(header, "Proxy-Authorization");
}

/*
 * Of other schemes (Basic, Bearer) everything behind their name is the secret; where that is
 * missing a parameter stands in its place. No quotes are looked for behind it, since they are
 * blanked too.
 */
static void redact_credentials(char *from, char *end)
{
    char *value = (char *)memchr(from, ':', (size_t)(end - from)) + 1;
    while (value < end && is_space(*value))
        value++;
    if (zv_str_has_prefix_i(rest_of(value, end), "Digest")) {
        redact_parameters(value, end);
        return;
    }
    char *scheme = value;
    while (value < end && !is_space(*value))
        value++;
    redact_parameters(scheme, value);
    for (; value < end; value++) {
        if (!is_space(*value))
            *value = ZV_TRACE_BLANK;
    }
}

static void redact_header(char *from, char *end)
{
    struct zv_str header = rest_of(from, end);
    char first = header.len ? zv_ascii_lower(*from) : '\0';
    if (first != 'a' && first != 'p')
        return; /* nearly all */
    if (has_credentials(header))
        redact_credentials(from, end);
    else if (is_header(header, "Authentication-Info") ||
             is_header(header, "Proxy-Authentication-Info"))
        redact_parameters(from, end);
}

/* ---- SIP: addresses ---- */

/* Of a password in an address, and of a user but for ";?/" (RFC 3261 section 25.1). */
static bool is_password_char(char c)
{
    return zv_is_alnum(c) || (c && strchr("-_.!~*'()%&=+$,", c));
}

/* Behind "sip:": user, perhaps a password, @. */
static void blank_password(char *from, char *end)
{
    while (from < end && (is_password_char(*from) || *from == ';' || *from == '?' || *from == '/'))
        from++;
    if (from == end || *from != ':')
        return;
    char *to = ++from;
    while (to < end && is_password_char(*to))
        to++;
    if (to < end && *to == '@')
        blank(from, to);
}

static bool is_scheme(struct zv_str before_colon)
{
    char last = before_colon.len ? zv_ascii_lower(before_colon.p[before_colon.len - 1]) : '\0';
    if (last != 'p' && last != 's')
        return false; /* most colons stand behind something else */
    struct zv_str four = zv_str_tail(before_colon, before_colon.len - ZV_MIN(before_colon.len, 4u));
    return zv_str_is_i(four, "sips") || zv_str_is_i(zv_str_tail(four, four.len > 3), "sip");
}

static void redact_addresses(char *from, char *end)
{
    char *colon;
    for (char *at = from; (colon = memchr(at, ':', (size_t)(end - at))); at = colon + 1) {
        if (is_scheme(rest_of(from, colon)))
            blank_password(colon + 1, end);
    }
}

/* ---- SIP: bodies ---- */

/* What tells how a call is set up; all else is what people say, dial (RFC 6086, KPML) or are. */
static bool is_type_kept(struct zv_str header)
{
    struct zv_str value = zv_str_tail(header, (size_t)zv_str_find(header, ':') + 1);
    while (value.len && is_space(value.p[0]))
        value = zv_str_tail(value, 1);
    return zv_str_has_prefix_i(value, "application/sdp") ||
           zv_str_has_prefix_i(value, "message/sipfrag");
}

static bool is_content_type(struct zv_str header)
{
    return is_header(header, "Content-Type") || is_header(header, "c");
}

/* ---- SDP ---- */

/*
 * "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4;inline:…", in any line, since parsers are
 * lenient about what stands before. The padding stays: what is recorded must still be a key when it
 * is played again. Colons are rare, so what is looked for is the one behind "inline".
 */
static void redact_crypto(char *from, char *end)
{
    static const char mark[] = "inline";
    size_t len = sizeof(mark) - 1;
    char *colon;
    while ((colon = memchr(from, ':', (size_t)(end - from)))) {
        bool is_key =
            (size_t)(colon - from) >= len && zv_str_is_i(rest_of(colon - len, colon), mark);
        from = colon + 1;
        if (!is_key)
            continue;
        char *to = from;
        while (to < end && *to != '|' && *to != ';' && *to != ' ')
            to++;
        char *padding = to;
        while (padding > from && padding[-1] == '=')
            padding--;
        blank(from, padding);
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
}

/* ---- lines ---- */

static char *next_line(char *from, char *end)
{
    char *to = memchr(from, '\n', (size_t)(end - from));
    return to ? to + 1 : end;
}

/* Behind the line at `from` and those that go on with it; nothing goes on with an empty one. */
static char *next_header(char *from, char *end)
{
    bool is_empty = *from == '\r' || *from == '\n';
    char *next = next_line(from, end);
    while (!is_empty && next < end && (*next == ' ' || *next == '\t'))
        next = next_line(next, end);
    return next;
}

static char *trim_end(const char *from, char *end)
{
    while (end > from && is_space(end[-1]))
        end--;
    return end;
}

void zv_trace_redact(char *text, size_t len)
{
    char *end = text + len;
    bool is_head = !zv_str_has_prefix(zv_str_n(text, len), "v="); /* not a description alone */
    bool is_begun = false; /* empty lines may come before a message */
    bool is_body_kept = false;
    for (char *from = text, *next; from < end; from = next) {
        next = next_header(from, end);
        char *to = trim_end(from, next);
        struct zv_str header = rest_of(from, to);
        if (header.len > 1 && header.p[1] == '=')
            redact_description_line(from, to);
        else
            redact_header(from, to);
        redact_crypto(from, to);
        if (is_head)
            redact_addresses(from, to);
        if (is_head && is_content_type(header))
            is_body_kept = is_type_kept(header);
        is_begun |= header.len > 0;
        if (!is_head || !is_begun || header.len)
            continue;
        is_head = false;
        if (!is_body_kept)
            blank(next, end);
    }
}
