/* Texts of a trace, fit to be shown on a terminal and in a diagram. */
#include "trace/picture_int.h"

#define CUT ".."

uint32_t zv_picture_take_code(struct zv_str *rest)
{
    unsigned char first = (unsigned char)rest->p[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (len > rest->len)
        len = rest->len;
    uint32_t code = len == 1 ? first : first & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        code = code << 6 | ((unsigned char)rest->p[i] & 0x3f);
    *rest = zv_str_tail(*rest, len);
    return code;
}

size_t zv_picture_columns(struct zv_str text)
{
    size_t columns = 0;
    for (size_t i = 0; i < text.len; i++)
        columns += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return columns;
}

struct zv_str zv_picture_head(struct zv_str text, size_t columns)
{
    struct zv_str rest = text;
    while (columns-- && rest.len)
        (void)zv_picture_take_code(&rest);
    return zv_str_head(text, text.len - rest.len);
}

/*
 * What a terminal or a browser would obey instead of showing: C0, DEL, C1 (0x9b starts an escape
 * sequence on some terminals), line and paragraph separators, marks of direction, the byte order
 * mark.
 */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff;
}

static void put_clean(struct zv_str text, struct zv_buf *out)
{
    while (text.len) {
        size_t len = zv_str_utf8_len(text);
        struct zv_str rest = text;
        if (!len)
            zv_buf_put_char(out, '?');
        else if (is_control(zv_picture_take_code(&rest)))
            zv_buf_put_char(out, text.p[0] == '\t' || text.p[0] == '\n' ? ' ' : '?');
        else
            zv_buf_put(out, text.p, len);
        if (out->overflow)
            return;
        text = zv_str_tail(text, len ? len : 1);
    }
}

/* Back to the last blank: half an address would not be known as one, nor half a character. */
static void cut_to_word(struct zv_buf *out)
{
    while (out->len && out->p[out->len - 1] != ' ')
        out->len--;
}

struct zv_str zv_picture_clean(struct zv_str text, const struct zv_trace_style *style,
                               struct zv_picture_text *room)
{
    struct zv_picture_text whole;
    struct zv_buf clean = zv_buf(whole.bytes, sizeof whole.bytes - sizeof CUT);
    put_clean(text, &clean);
    if (clean.overflow && style->without_addresses)
        cut_to_word(&clean);
    struct zv_buf out = zv_buf(room->bytes, sizeof room->bytes - sizeof CUT);
    if (style->without_addresses)
        zv_picture_hide_addresses(zv_buf_str(&clean), &out);
    else
        zv_buf_put_str(&out, zv_buf_str(&clean));
    if (out.overflow)
        cut_to_word(&out);
    if (clean.overflow || out.overflow) {
        out.cap = sizeof room->bytes;
        out.overflow = false;
        zv_buf_put_text(&out, CUT);
    }
    return zv_buf_str(&out);
}

struct zv_str zv_picture_take_line(struct zv_str *rest, size_t columns)
{
    struct zv_str line = zv_picture_head(*rest, columns);
    if (line.len < rest->len && rest->p[line.len] != ' ') {
        size_t end = line.len;
        while (end && line.p[end - 1] != ' ')
            end--;
        if (end)
            line.len = end;
    }
    *rest = zv_str_trim(zv_str_tail(*rest, line.len));
    return zv_str_trim(line);
}
