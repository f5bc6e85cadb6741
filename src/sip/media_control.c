/*
 * A walk over the tags of a document, without a tree: it is asked one question, and the depth is
 * all that has to be remembered for the answer. An XML library would bring entities, encodings and
 * their history of holes for that.
 */
#include "sip/media_control.h"

#include "base/err.h"
#include "sip/msg_int.h"

struct zv_str zv_sip_media_control_fast_update(void)
{
    return ZV_STR_LIT("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
                      "<media_control><vc_primitive><to_encoder><picture_fast_update/>"
                      "</to_encoder></vc_primitive></media_control>\r\n");
}

enum tag_kind {
    TAG_OPEN,
    TAG_CLOSE,
    TAG_EMPTY, /* <name/> */
    TAG_OTHER, /* declaration, instruction, comment, CDATA */
};

struct tag {
    enum tag_kind kind;
    struct zv_str name; /* without prefix */
};

/* Takes everything up to `end` with it off *rest. */
static int skip_past(struct zv_str *rest, struct zv_str end)
{
    ptrdiff_t at = zv_sip_find_text(*rest, end);
    if (at < 0)
        return ZV_E_PARSE;
    *rest = zv_str_tail(*rest, (size_t)at + end.len);
    return 0;
}

/* What is inside of < and >; in quotes a '>' is text. */
static int take_inside(struct zv_str *rest, struct zv_str *ret_inside)
{
    char quote = '\0';
    for (size_t i = 1; i < rest->len; i++) {
        char c = rest->p[i];
        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '<') {
            return ZV_E_PARSE;
        } else if (c == '>') {
            *ret_inside = zv_str_n(rest->p + 1, i - 1);
            *rest = zv_str_tail(*rest, i + 1);
            return 0;
        }
    }
    return ZV_E_PARSE;
}

static bool is_name_char(char c)
{
    return zv_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* "mc:media_control xmlns:mc='…'" gives media_control. */
static struct zv_str local_name(struct zv_str inside)
{
    size_t start = 0, end = 0;
    for (; end < inside.len && (is_name_char(inside.p[end]) || inside.p[end] == ':'); end++) {
        if (inside.p[end] == ':')
            start = end + 1;
    }
    return zv_str_n(inside.p + start, end - start);
}

static int take_element(struct zv_str *rest, struct tag *ret_tag)
{
    struct zv_str inside;
    if (take_inside(rest, &inside))
        return ZV_E_PARSE;
    bool is_close = zv_str_has_prefix(inside, "/");
    bool is_empty = inside.len && inside.p[inside.len - 1] == '/';
    if (is_close)
        inside = zv_str_tail(inside, 1);
    ret_tag->kind = is_close ? TAG_CLOSE : is_empty ? TAG_EMPTY : TAG_OPEN;
    ret_tag->name = local_name(inside);
    return ret_tag->name.len ? 0 : ZV_E_PARSE;
}

/* The next tag; ZV_E_NOTFOUND at the end. Text between tags means nothing here. */
static int take_tag(struct zv_str *rest, struct tag *ret_tag)
{
    ptrdiff_t at = zv_str_find(*rest, '<');
    if (at < 0)
        return ZV_E_NOTFOUND;
    *rest = zv_str_tail(*rest, (size_t)at);
    ret_tag->kind = TAG_OTHER;
    if (zv_str_has_prefix(*rest, "<?"))
        return skip_past(rest, ZV_STR_LIT("?>"));
    if (zv_str_has_prefix(*rest, "<!--"))
        return skip_past(rest, ZV_STR_LIT("-->"));
    if (zv_str_has_prefix(*rest, "<![CDATA["))
        return skip_past(rest, ZV_STR_LIT("]]>"));
    if (zv_str_has_prefix(*rest, "<!"))
        return ZV_E_PARSE;
    return take_element(rest, ret_tag);
}

int zv_sip_media_control_parse(struct zv_str xml, bool *ret_wants_picture)
{
    struct tag tag;
    size_t depth = 0;
    bool has_root = false, wants_picture = false;
    int err;
    while ((err = take_tag(&xml, &tag)) == 0) {
        if (tag.kind == TAG_OTHER)
            continue;
        if (tag.kind == TAG_CLOSE) {
            if (depth-- == 0)
                return ZV_E_PARSE;
            continue;
        }
        if (depth == 0 && (has_root || !zv_str_is(tag.name, "media_control")))
            return ZV_E_PARSE;
        has_root = true;
        wants_picture |= depth > 0 && zv_str_is(tag.name, "picture_fast_update");
        depth += tag.kind == TAG_OPEN;
    }
    if (err != ZV_E_NOTFOUND || depth || !has_root)
        return ZV_E_PARSE;
    *ret_wants_picture = wants_picture;
    return 0;
}
