/*
 * The part of a body that is wanted (RFC 2046 §5.1, RFC 5621): one level of multipart, which is how
 * ISUP, PIDF-LO and other companions of a session description come along.
 */
#include "base/err.h"
#include "sip/msg_int.h"

#define MAX_PARTS 16
/* RFC 2046 §5.1.1. */
#define MAX_BOUNDARY_BYTES 70
#define DELIMITER_PREFIX   "\r\n--"

bool zv_sip_is_media_type(struct zv_str content_type, const char *media_type)
{
    struct zv_str want = zv_str(media_type), type, subtype;
    zv_str_split(&content_type, ';', &type);
    ptrdiff_t slash = zv_str_find(type, '/'), want_slash = zv_str_find(want, '/');
    if (slash < 0 || want_slash < 0)
        return false;
    subtype = zv_sip_trim(zv_str_tail(type, (size_t)slash + 1));
    type = zv_sip_trim(zv_str_head(type, (size_t)slash));
    return zv_str_eqi(type, zv_str_head(want, (size_t)want_slash)) &&
           zv_str_eqi(subtype, zv_str_tail(want, (size_t)want_slash + 1));
}

/* "\r\n--boundary" in `memory`. */
static int write_delimiter(struct zv_str content_type, struct zv_buf *buf)
{
    struct zv_str boundary;
    ptrdiff_t params = zv_str_find(content_type, ';');
    if (params < 0 ||
        !zv_sip_param_find(zv_str_tail(content_type, (size_t)params + 1), "boundary", &boundary))
        return ZV_E_PARSE;
    if (boundary.len == 0 || boundary.len > MAX_BOUNDARY_BYTES)
        return ZV_E_PARSE;
    zv_buf_put_text(buf, DELIMITER_PREFIX);
    zv_buf_put_str(buf, boundary);
    return 0;
}

/* No encoding but those that leave bytes as they are (RFC 2045 §6.2). */
static bool is_plain_encoding(const struct zv_sip_field *field)
{
    if (field->id == ZV_SIP_HEADER_CONTENT_ENCODING)
        return zv_str_is_i(field->value, "identity");
    if (!zv_str_is_i(field->name, "Content-Transfer-Encoding"))
        return true;
    return zv_str_is_i(field->value, "7bit") || zv_str_is_i(field->value, "8bit") ||
           zv_str_is_i(field->value, "binary");
}

/* Headers and content of one part: 0 when it is what we look for. */
static int match_part(struct zv_str part, const char *media_type, struct zv_str *ret_body)
{
    struct zv_sip_field field;
    bool is_type = false, is_plain = true;
    int err;
    /* The part starts with the CRLF of its delimiter line; without headers that line's CRLF and the
     * empty line's follow each other. */
    ptrdiff_t end = zv_sip_find_text(part, ZV_STR_LIT("\r\n\r\n"));
    if (end < 0)
        return ZV_E_PARSE;
    struct zv_str head = zv_str_tail(zv_str_head(part, (size_t)end + 2), 2);
    while ((err = zv_sip_take_field(&head, &field)) != ZV_E_NOTFOUND) {
        if (err)
            return err;
        is_plain &= is_plain_encoding(&field);
        if (field.id == ZV_SIP_HEADER_CONTENT_TYPE)
            is_type = zv_sip_is_media_type(field.value, media_type);
    }
    if (!is_type || !is_plain)
        return ZV_E_NOTFOUND;
    *ret_body = zv_str_tail(part, (size_t)end + 4);
    return 0;
}

/* What stands behind a delimiter: "--" closes, blanks may pad (RFC 2046 §5.1.1). */
static int find_part(struct zv_str rest, struct zv_str delimiter, const char *media_type,
                     struct zv_str *ret_body)
{
    for (int count = 0; count < MAX_PARTS; count++) {
        if (zv_str_has_prefix(rest, "--"))
            return ZV_E_NOTFOUND;
        while (rest.len && (rest.p[0] == ' ' || rest.p[0] == '\t'))
            rest = zv_str_tail(rest, 1);
        ptrdiff_t end = zv_sip_find_text(rest, delimiter);
        if (end < 0 || !zv_str_has_prefix(rest, "\r\n"))
            return ZV_E_PARSE;
        int err = match_part(zv_str_head(rest, (size_t)end), media_type, ret_body);
        if (err != ZV_E_NOTFOUND)
            return err;
        rest = zv_str_tail(rest, (size_t)end + delimiter.len);
    }
    return ZV_E_PARSE;
}

int zv_sip_msg_body(const struct zv_sip_msg *msg, const char *media_type, struct zv_str *ret_body)
{
    char memory[sizeof(DELIMITER_PREFIX) + MAX_BOUNDARY_BYTES];
    struct zv_buf buf = zv_buf(memory, sizeof(memory));
    struct zv_str type = zv_sip_msg_value(msg, ZV_SIP_HEADER_CONTENT_TYPE);
    struct zv_str encoding = zv_sip_msg_value(msg, ZV_SIP_HEADER_CONTENT_ENCODING);
    if (msg->body.len == 0 || !type.p || (encoding.len && !zv_str_is_i(encoding, "identity")))
        return ZV_E_NOTFOUND;
    if (zv_sip_is_media_type(type, media_type)) {
        *ret_body = msg->body;
        return 0;
    }
    if (!zv_str_has_prefix_i(type, "multipart"))
        return ZV_E_NOTFOUND;
    if (write_delimiter(type, &buf))
        return ZV_E_PARSE;
    struct zv_str delimiter = zv_buf_str(&buf), opening = zv_str_tail(delimiter, 2);
    if (zv_str_eq(zv_str_head(msg->body, opening.len), opening))
        return find_part(zv_str_tail(msg->body, opening.len), delimiter, media_type, ret_body);
    ptrdiff_t start = zv_sip_find_text(msg->body, delimiter);
    if (start < 0)
        return ZV_E_PARSE;
    return find_part(zv_str_tail(msg->body, (size_t)start + delimiter.len), delimiter, media_type,
                     ret_body);
}
