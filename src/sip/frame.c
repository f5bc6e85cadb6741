/*
 * Headers as lines, and messages in a byte stream (RFC 3261 §7.3.1, §7.5, §18.3).
 */
#include "base/err.h"
#include "sip/msg_int.h"

#include <string.h>

ptrdiff_t zv_sip_find_text(struct zv_str text, struct zv_str what)
{
    size_t at = 0;
    while (text.len - at >= what.len) {
        const char *hit = memchr(text.p + at, what.p[0], text.len - at - what.len + 1);
        if (!hit)
            return -1;
        if (memcmp(hit, what.p, what.len) == 0)
            return hit - text.p;
        at = (size_t)(hit - text.p) + 1;
    }
    return -1;
}

/* Length of the line at the start of `text` with the lines that continue it, without the last CRLF.
 */
static size_t folded_line_len(struct zv_str text)
{
    size_t len = 0;
    for (;;) {
        ptrdiff_t end = zv_sip_find_text(zv_str_tail(text, len), ZV_STR_LIT("\r\n"));
        if (end < 0)
            return text.len;
        len += (size_t)end;
        if (len + 2 >= text.len || (text.p[len + 2] != ' ' && text.p[len + 2] != '\t'))
            return len;
        len += 2;
    }
}

int zv_sip_take_field(struct zv_str *rest, struct zv_sip_field *ret_field)
{
    if (rest->len == 0)
        return ZV_E_NOTFOUND;
    struct zv_str line = zv_str_head(*rest, folded_line_len(*rest));
    *rest = zv_str_tail(*rest, line.len + 2);
    ptrdiff_t colon = zv_str_find(line, ':');
    struct zv_sip_field field = {0};
    /* HCOLON = *( SP / HTAB ) ":" SWS; a fold before the colon is none of it. */
    field.name = zv_str_head(line, colon < 0 ? 0 : (size_t)colon);
    while (field.name.len &&
           (field.name.p[field.name.len - 1] == ' ' || field.name.p[field.name.len - 1] == '\t'))
        field.name.len--;
    if (!zv_sip_is_token(field.name))
        return ZV_E_PARSE;
    field.value = zv_sip_trim(zv_str_tail(line, (size_t)colon + 1));
    field.id = zv_sip_header_find(field.name);
    *ret_field = field;
    return 0;
}

/* Content-Length of a header section; all of them must agree. */
static int find_content_length(struct zv_str head, uint64_t *ret_length)
{
    struct zv_sip_field field;
    uint64_t length = 0, value;
    bool is_found = false;
    int err;
    while ((err = zv_sip_take_field(&head, &field)) != ZV_E_NOTFOUND) {
        if (err || field.id != ZV_SIP_HEADER_CONTENT_LENGTH)
            continue; /* a broken header is for zv_sip_msg_parse to judge */
        if (zv_str_to_u64(field.value, &value) || (is_found && value != length))
            return ZV_E_PARSE;
        length = value;
        is_found = true;
    }
    if (!is_found)
        return ZV_E_PARSE;
    *ret_length = length;
    return 0;
}

/* The end of the head, and with it the message's length. */
static int find_end(struct zv_sip_framing *framing, struct zv_str text)
{
    struct zv_str head = zv_str_head(text, ZV_MAX_SIP_MESSAGE_BYTES);
    struct zv_str fresh = zv_str_tail(head, framing->searched);
    ptrdiff_t end = zv_sip_find_text(fresh, ZV_STR_LIT("\r\n\r\n"));
    uint64_t length;
    if (end < 0) {
        /* Three bytes of its end may be there. */
        framing->searched = head.len > 3 ? head.len - 3 : 0;
        return text.len >= ZV_MAX_SIP_MESSAGE_BYTES ? ZV_E_LIMIT : ZV_E_AGAIN;
    }
    size_t head_len = framing->searched + (size_t)end + 4;
    if (find_content_length(zv_str_head(text, head_len - 2), &length))
        return ZV_E_PARSE;
    if (length > ZV_MAX_SIP_PASSED_BYTES - head_len)
        return ZV_E_LIMIT;
    framing->len = head_len + (size_t)length;
    return 0;
}

int zv_sip_frame(struct zv_sip_framing *framing, struct zv_str bytes, size_t *ret_skip,
                 size_t *ret_len)
{
    size_t skip = 0, wanted;
    int err = 0;
    while (!framing->searched && zv_str_has_prefix(zv_str_tail(bytes, skip), "\r\n"))
        skip += 2;
    *ret_skip = skip;
    struct zv_str text = zv_str_tail(bytes, skip);
    if (!framing->len)
        err = find_end(framing, text);
    wanted = ZV_MIN(framing->len, (size_t)ZV_MAX_SIP_MESSAGE_BYTES + 1);
    if (!err && text.len < wanted)
        err = ZV_E_AGAIN;
    if (err)
        return err;
    *ret_len = wanted;
    *framing = (struct zv_sip_framing){.surplus = framing->len - wanted};
    return 0;
}

size_t zv_sip_frame_pass(struct zv_sip_framing *framing, size_t len)
{
    size_t passed = ZV_MIN(framing->surplus, len);
    framing->surplus -= passed;
    return passed;
}
