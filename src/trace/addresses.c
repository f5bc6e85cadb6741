/*
 * IP addresses and ports out of a sentence: a client may see why a call failed, not how the network
 * behind the gateway is built. When in doubt it is an address: "1.2.3.4" goes even where it is a
 * version.
 */
#include "trace/picture_int.h"

#include "base/addr.h"

#define LONGEST_ADDRESS 45
#define LONGEST_PORT    5
#define MOST_COLONS     8 /* "1:2:3:4:5:6:7::" */

static char at(struct zv_str text, size_t i)
{
    return i < text.len ? text.p[i] : '\0';
}

static size_t digits_at(struct zv_str text, size_t from)
{
    size_t len = 0;
    while (zv_is_digit(at(text, from + len)))
        len++;
    return len;
}

/* ":5060" at `from`: its length, or 0. In "e19:127.0.0.1" it is an address that begins there. */
static size_t port_len(struct zv_str text, size_t from)
{
    if (at(text, from) != ':')
        return 0;
    size_t digits = digits_at(text, from + 1), end = from + 1 + digits;
    bool goes_on =
        zv_is_alnum(at(text, end)) || (at(text, end) == '.' && zv_is_digit(at(text, end + 1)));
    return digits && digits <= LONGEST_PORT && !goes_on ? 1 + digits : 0;
}

static bool is_ip(struct zv_str text)
{
    struct zv_addr addr;
    return zv_addr_parse_ip(text, &addr) == 0;
}

/* "[2001:db8::1]" at `from`. */
static size_t bracketed_len(struct zv_str text, size_t from)
{
    for (size_t len = 1; len <= LONGEST_ADDRESS + 1; len++) {
        if (at(text, from + len) == ']')
            return is_ip(zv_str_n(text.p + from + 1, len - 1)) ? len + 1 : 0;
    }
    return 0;
}

static bool is_part(char c)
{
    return zv_hex_value(c) >= 0 || c == ':' || c == '.';
}

/* An address without brackets at `from`: as much as can be one, less what ends the sentence. */
static size_t bare_len(struct zv_str text, size_t from)
{
    size_t len = 0, colons = 0;
    while (len <= LONGEST_ADDRESS && is_part(at(text, from + len))) {
        colons += at(text, from + len) == ':';
        if (colons > MOST_COLONS)
            break; /* a stranger's text of colons would take milliseconds */
        len++;
    }
    for (; len >= 2; len--) {
        if (is_ip(zv_str_n(text.p + from, len)) && !zv_is_digit(at(text, from + len)))
            return len;
    }
    return 0;
}

static size_t address_len(struct zv_str text, size_t from)
{
    char before = from ? text.p[from - 1] : ' ';
    size_t len = 0;
    if (text.p[from] == '[')
        len = bracketed_len(text, from);
    else if (zv_is_digit(text.p[from]) ? !zv_is_digit(before) && before != '.'
                                       : !zv_is_alnum(before))
        len = bare_len(text, from);
    return len ? len + port_len(text, from + len) : 0;
}

/* The word before `from` and a space is "port" or "ports". */
static bool is_after_port(struct zv_str text, size_t from)
{
    struct zv_str before = zv_str_head(text, from);
    struct zv_str one = zv_str_tail(before, from < 5 ? 0 : from - 5);
    struct zv_str many = zv_str_tail(before, from < 6 ? 0 : from - 6);
    return zv_str_is_i(one, "port ") || zv_str_is_i(many, "ports ");
}

/* "20000" or "20000-20199" after the word "port". */
static size_t named_port_len(struct zv_str text, size_t from)
{
    size_t len = digits_at(text, from);
    if (!len || !is_after_port(text, from))
        return 0;
    size_t more = at(text, from + len) == '-' ? digits_at(text, from + len + 1) : 0;
    return more ? len + 1 + more : len;
}

/* "sip.example.org:5060": a port follows a name, which has a letter; a time of day has none, and
 * what follows "sip:" is a user. */
static bool is_after_name(struct zv_str text, size_t from)
{
    size_t start = from;
    bool has_letter = false;
    while (start && (zv_is_alnum(text.p[start - 1]) || text.p[start - 1] == '-'))
        has_letter |= zv_is_alpha(text.p[--start]);
    struct zv_str name = zv_str_n(text.p + start, from - start);
    return has_letter && !zv_str_is_i(name, "sip") && !zv_str_is_i(name, "sips") &&
           !zv_str_is_i(name, "tel");
}

void zv_picture_hide_addresses(struct zv_str text, struct zv_buf *out)
{
    for (size_t i = 0; i < text.len;) {
        size_t len = address_len(text, i);
        if (len) {
            zv_buf_put_text(out, "[address]");
            i += len;
        } else if ((len = named_port_len(text, i))) {
            zv_buf_put_char(out, '*');
            i += len;
        } else if ((len = port_len(text, i)) && is_after_name(text, i)) {
            i += len;
        } else {
            zv_buf_put_char(out, text.p[i++]);
        }
    }
}
