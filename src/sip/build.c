/*
 * Writing messages header by header (RFC 3261 §7, §8.1.1, §8.2.6, §18.2.1; rport: RFC 3581 §4).
 *
 * Each writer checks its text first, then writes a whole line; what did not fit is taken back, so
 * the buffer never holds half a header.
 */
#include "sip/build.h"

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"

static void fail(struct zv_sip_builder *b, int err)
{
    if (!b->err)
        b->err = err;
}

/* May a header be written now? Remembers that it was. */
static bool open_header(struct zv_sip_builder *b, enum zv_sip_header id)
{
    if (b->err)
        return false;
    if (!b->has_start || (b->seen[id] && zv_sip_header_is_single(id))) {
        fail(b, ZV_E_STATE);
        return false;
    }
    b->seen[id] = true;
    return true;
}

static void begin_line(struct zv_sip_builder *b, const char *name)
{
    zv_buf_put_text(&b->buf, name);
    zv_buf_put_text(&b->buf, ": ");
}

/* Ends the line that began at `mark`, or takes it back when it did not fit. */
static void end_line(struct zv_sip_builder *b, size_t mark)
{
    zv_buf_put_text(&b->buf, "\r\n");
    if (b->buf.overflow) {
        b->buf.len = mark;
        fail(b, ZV_E_TRUNCATED);
    }
}

/* "Name: text" for text that was checked. */
static void write_line(struct zv_sip_builder *b, const char *name, struct zv_str text)
{
    size_t mark = b->buf.len;
    begin_line(b, name);
    zv_buf_put_str(&b->buf, text);
    end_line(b, mark);
}

void zv_sip_build_init(struct zv_sip_builder *builder, void *memory, size_t cap)
{
    *builder = (struct zv_sip_builder){.buf = zv_buf(memory, cap)};
}

static bool open_start(struct zv_sip_builder *b, bool is_sound)
{
    if (b->has_start)
        fail(b, ZV_E_STATE);
    else if (!is_sound)
        fail(b, ZV_E_INVAL);
    b->has_start = true;
    return !b->err;
}

void zv_sip_build_request(struct zv_sip_builder *builder, struct zv_str method, struct zv_str uri)
{
    struct zv_sip_uri target;
    bool is_sound = zv_sip_is_token(method) && zv_sip_uri_parse(uri, &target) == 0 &&
                    target.scheme != ZV_SIP_SCHEME_OTHER && target.headers.len == 0;
    if (!open_start(builder, is_sound))
        return;
    zv_buf_put_str(&builder->buf, method);
    zv_buf_put_char(&builder->buf, ' ');
    zv_buf_put_str(&builder->buf, uri);
    zv_buf_put_text(&builder->buf, " SIP/2.0");
    end_line(builder, 0);
}

void zv_sip_build_response(struct zv_sip_builder *builder, uint16_t status, struct zv_str reason)
{
    if (!open_start(builder, status >= 100 && status <= 699 && zv_sip_is_text(reason)))
        return;
    zv_buf_printf(&builder->buf, "SIP/2.0 %u ", (unsigned)status);
    zv_buf_put_str(&builder->buf, reason.len ? reason : zv_str(zv_sip_reason(status)));
    end_line(builder, 0);
}

void zv_sip_build_via(struct zv_sip_builder *builder, const struct zv_sip_build_via *via)
{
    size_t mark = builder->buf.len;
    if (!open_header(builder, ZV_SIP_HEADER_VIA))
        return;
    if (!zv_sip_is_token(via->transport) || !zv_sip_is_token(via->branch)) {
        fail(builder, ZV_E_INVAL);
        return;
    }
    zv_buf_put_text(&builder->buf, "Via: SIP/2.0/");
    zv_buf_put_str(&builder->buf, via->transport);
    zv_buf_put_char(&builder->buf, ' ');
    if (zv_sip_write_hostport(via->host, via->port, &builder->buf)) {
        builder->buf.len = mark;
        fail(builder, ZV_E_INVAL);
        return;
    }
    zv_buf_put_text(&builder->buf, ";branch=");
    zv_buf_put_str(&builder->buf, via->branch);
    if (via->rport)
        zv_buf_put_text(&builder->buf, ";rport");
    end_line(builder, mark);
}

static bool is_addr_header(enum zv_sip_header id)
{
    switch (id) {
    case ZV_SIP_HEADER_FROM:
    case ZV_SIP_HEADER_TO:
    case ZV_SIP_HEADER_CONTACT:
    case ZV_SIP_HEADER_ROUTE:
    case ZV_SIP_HEADER_RECORD_ROUTE:
    case ZV_SIP_HEADER_PATH:
    case ZV_SIP_HEADER_SERVICE_ROUTE:
    case ZV_SIP_HEADER_REFER_TO:
    case ZV_SIP_HEADER_REFERRED_BY:
    case ZV_SIP_HEADER_P_ASSERTED_IDENTITY:
    case ZV_SIP_HEADER_P_PREFERRED_IDENTITY:
    case ZV_SIP_HEADER_REMOTE_PARTY_ID:
    case ZV_SIP_HEADER_DIVERSION:
    case ZV_SIP_HEADER_HISTORY_INFO:
        return true;
    default:
        return false;
    }
}

/* RFC 3261 §19.1.1, table 1: where a URI may carry headers. */
static bool may_have_uri_headers(enum zv_sip_header id)
{
    return id != ZV_SIP_HEADER_FROM && id != ZV_SIP_HEADER_TO && id != ZV_SIP_HEADER_ROUTE &&
           id != ZV_SIP_HEADER_RECORD_ROUTE;
}

static bool is_addr_sound(enum zv_sip_header id, const struct zv_sip_build_addr *addr)
{
    struct zv_sip_uri uri;
    bool is_tag_sound = addr->tag.len ? zv_sip_is_token(addr->tag) : id != ZV_SIP_HEADER_FROM;
    return is_addr_header(id) && zv_sip_uri_parse(addr->uri, &uri) == 0 &&
           (uri.headers.len == 0 || may_have_uri_headers(id)) && is_tag_sound &&
           zv_sip_is_text(addr->params) && zv_sip_is_params(addr->params) &&
           !zv_sip_param_find(addr->params, "tag", NULL);
}

/* As is_addr_sound, of a whole name-addr. */
static bool is_addr_text_sound(enum zv_sip_header id, struct zv_str name_addr)
{
    struct zv_sip_name_addr addr;
    struct zv_str tag;
    if (!is_addr_header(id) || !zv_sip_is_text(name_addr) ||
        zv_sip_name_addr_parse(name_addr, &addr) || addr.is_star ||
        (addr.uri.headers.len && !may_have_uri_headers(id)))
        return false;
    if (!zv_sip_name_addr_param(&addr, "tag", &tag))
        return id != ZV_SIP_HEADER_FROM;
    return zv_sip_is_token(tag);
}

void zv_sip_build_addr(struct zv_sip_builder *builder, enum zv_sip_header id,
                       const struct zv_sip_build_addr *addr)
{
    struct zv_buf *buf = &builder->buf;
    size_t mark = buf->len;
    if (!open_header(builder, id))
        return;
    if (!is_addr_sound(id, addr)) {
        fail(builder, ZV_E_INVAL);
        return;
    }
    begin_line(builder, zv_sip_header_name(id));
    if (addr->display.len) {
        if (zv_sip_write_quoted(addr->display, buf)) {
            buf->len = mark;
            fail(builder, ZV_E_INVAL);
            return;
        }
        zv_buf_put_char(buf, ' ');
    }
    zv_buf_put_char(buf, '<');
    zv_buf_put_str(buf, addr->uri);
    zv_buf_put_char(buf, '>');
    if (addr->tag.len) {
        zv_buf_put_text(buf, ";tag=");
        zv_buf_put_str(buf, addr->tag);
    }
    if (addr->params.len) {
        zv_buf_put_char(buf, ';');
        zv_buf_put_str(buf, addr->params);
    }
    end_line(builder, mark);
}

void zv_sip_build_addr_text(struct zv_sip_builder *builder, enum zv_sip_header id,
                            struct zv_str name_addr)
{
    if (!open_header(builder, id))
        return;
    if (is_addr_text_sound(id, name_addr))
        write_line(builder, zv_sip_header_name(id), zv_sip_trim(name_addr));
    else
        fail(builder, ZV_E_INVAL);
}

void zv_sip_build_call_id(struct zv_sip_builder *builder, struct zv_str call_id)
{
    if (!open_header(builder, ZV_SIP_HEADER_CALL_ID))
        return;
    if (!zv_sip_is_call_id(call_id))
        fail(builder, ZV_E_INVAL);
    else
        write_line(builder, "Call-ID", call_id);
}

void zv_sip_build_cseq(struct zv_sip_builder *builder, uint32_t number, struct zv_str method)
{
    size_t mark = builder->buf.len;
    if (!open_header(builder, ZV_SIP_HEADER_CSEQ))
        return;
    if (number > ZV_SIP_MAX_CSEQ || !zv_sip_is_token(method)) {
        fail(builder, ZV_E_INVAL);
        return;
    }
    zv_buf_printf(&builder->buf, "CSeq: %lu ", (unsigned long)number);
    zv_buf_put_str(&builder->buf, method);
    end_line(builder, mark);
}

static bool is_number_header(enum zv_sip_header id)
{
    return id == ZV_SIP_HEADER_MAX_FORWARDS || id == ZV_SIP_HEADER_EXPIRES ||
           id == ZV_SIP_HEADER_MIN_EXPIRES || id == ZV_SIP_HEADER_RETRY_AFTER ||
           id == ZV_SIP_HEADER_SESSION_EXPIRES || id == ZV_SIP_HEADER_MIN_SE ||
           id == ZV_SIP_HEADER_RSEQ;
}

void zv_sip_build_u32(struct zv_sip_builder *builder, enum zv_sip_header id, uint32_t value)
{
    size_t mark = builder->buf.len;
    if (!open_header(builder, id))
        return;
    if (!is_number_header(id) || (id == ZV_SIP_HEADER_MAX_FORWARDS && value > UINT8_MAX)) {
        fail(builder, ZV_E_INVAL);
        return;
    }
    begin_line(builder, zv_sip_header_name(id));
    zv_buf_printf(&builder->buf, "%lu", (unsigned long)value);
    end_line(builder, mark);
}

static bool has_own_writer(enum zv_sip_header id)
{
    switch (id) {
    case ZV_SIP_HEADER_OTHER:
    case ZV_SIP_HEADER_VIA:
    case ZV_SIP_HEADER_FROM:
    case ZV_SIP_HEADER_TO:
    case ZV_SIP_HEADER_CALL_ID:
    case ZV_SIP_HEADER_CSEQ:
    case ZV_SIP_HEADER_MAX_FORWARDS:
    case ZV_SIP_HEADER_CONTACT:
    case ZV_SIP_HEADER_ROUTE:
    case ZV_SIP_HEADER_RECORD_ROUTE:
    case ZV_SIP_HEADER_CONTENT_LENGTH:
    case ZV_SIP_HEADER_CONTENT_TYPE:
        return true;
    default:
        return false;
    }
}

void zv_sip_build_text(struct zv_sip_builder *builder, enum zv_sip_header id, struct zv_str value)
{
    if (!open_header(builder, id))
        return;
    if (has_own_writer(id) || !zv_sip_is_text(value))
        fail(builder, ZV_E_INVAL);
    else
        write_line(builder, zv_sip_header_name(id), zv_sip_trim(value));
}

void zv_sip_build_extension(struct zv_sip_builder *builder, struct zv_str name, struct zv_str value)
{
    size_t mark = builder->buf.len;
    if (!open_header(builder, ZV_SIP_HEADER_OTHER))
        return;
    if (name.len < 2 || !zv_sip_is_token(name) || zv_sip_header_find(name) != ZV_SIP_HEADER_OTHER ||
        !zv_sip_is_text(value)) {
        fail(builder, ZV_E_INVAL);
        return;
    }
    zv_buf_put_str(&builder->buf, name);
    zv_buf_put_text(&builder->buf, ": ");
    zv_buf_put_str(&builder->buf, zv_sip_trim(value));
    end_line(builder, mark);
}

/* Text that was received, its folds made spaces; any other control character is refused. */
static void put_received(struct zv_sip_builder *b, struct zv_str text)
{
    size_t start = b->buf.len;
    zv_sip_unfold(text, &b->buf);
    for (size_t i = start; i < b->buf.len; i++) {
        unsigned char c = (unsigned char)b->buf.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            fail(b, ZV_E_INVAL);
    }
    if (b->err)
        b->buf.len = start;
}

/* "Name: value" of a received header, then `suffix`. */
static void copy_field(struct zv_sip_builder *b, const struct zv_sip_field *field,
                       const char *suffix, struct zv_str suffix_value)
{
    size_t mark = b->buf.len;
    if (!open_header(b, field->id))
        return;
    begin_line(b, zv_sip_header_name(field->id));
    put_received(b, field->value);
    if (suffix_value.len) {
        zv_buf_put_text(&b->buf, suffix);
        zv_buf_put_str(&b->buf, suffix_value);
    }
    end_line(b, mark);
    if (b->err)
        b->buf.len = mark;
}

void zv_sip_build_copy(struct zv_sip_builder *builder, const struct zv_sip_msg *from,
                       enum zv_sip_header id)
{
    if (id == ZV_SIP_HEADER_OTHER || id == ZV_SIP_HEADER_CONTENT_LENGTH ||
        id == ZV_SIP_HEADER_CONTENT_TYPE) {
        fail(builder, ZV_E_INVAL);
        return;
    }
    const struct zv_sip_field *field = zv_sip_msg_find(from, id);
    for (; field; field = zv_sip_msg_find_next(from, field))
        copy_field(builder, field, "", zv_str_n(NULL, 0));
}

/* Parameters of a received Via without those that we are about to write ourselves. */
static void put_via_params(struct zv_sip_builder *b, struct zv_str params, bool drop_rport)
{
    struct zv_str param;
    while (params.len && zv_sip_split(&params, ';', &param)) {
        if (zv_sip_param_find(param, "received", NULL) ||
            (drop_rport && zv_sip_param_find(param, "rport", NULL)))
            continue;
        zv_buf_put_char(&b->buf, ';');
        put_received(b, param);
    }
}

/* The first Via header with `received` and `rport` in its topmost element. A value that the sender
 * put there itself is not kept. */
static void write_top_via(struct zv_sip_builder *b, const struct zv_sip_build_reply *reply)
{
    const struct zv_sip_via *via = &reply->request->via;
    struct zv_str rest = zv_sip_msg_value(reply->request, ZV_SIP_HEADER_VIA), element;
    size_t mark = b->buf.len;
    struct zv_addr source;
    if (!open_header(b, ZV_SIP_HEADER_VIA))
        return;
    if (!zv_sip_split(&rest, ',', &element) || zv_addr_parse_ip(reply->received, &source)) {
        fail(b, ZV_E_INVAL);
        return;
    }
    ptrdiff_t params = zv_str_find(element, ';');
    begin_line(b, "Via");
    put_received(b, zv_str_head(element, params < 0 ? element.len : (size_t)params));
    put_via_params(b, via->params, via->has_rport);
    if (via->has_rport || !zv_str_eqi(reply->received, via->host)) {
        zv_buf_put_text(&b->buf, ";received=");
        zv_buf_put_str(&b->buf, reply->received);
    }
    if (via->has_rport)
        zv_buf_printf(&b->buf, ";rport=%u", (unsigned)reply->rport);
    if (rest.p) {
        zv_buf_put_text(&b->buf, ", ");
        put_received(b, rest);
    }
    end_line(b, mark);
    if (b->err)
        b->buf.len = mark;
}

static void copy_vias(struct zv_sip_builder *b, const struct zv_sip_build_reply *reply)
{
    const struct zv_sip_field *field = zv_sip_msg_find(reply->request, ZV_SIP_HEADER_VIA);
    if (!field) {
        fail(b, ZV_E_INVAL);
        return;
    }
    if (reply->received.len)
        write_top_via(b, reply);
    else
        copy_field(b, field, "", zv_str_n(NULL, 0));
    while ((field = zv_sip_msg_find_next(reply->request, field)))
        copy_field(b, field, "", zv_str_n(NULL, 0));
}

/* The first header of this id: a refused request may hold several. */
static void copy_first(struct zv_sip_builder *b, const struct zv_sip_msg *from,
                       enum zv_sip_header id, struct zv_str tag)
{
    const struct zv_sip_field *field = zv_sip_msg_find(from, id);
    if (!field || (tag.len && !zv_sip_is_token(tag)))
        fail(b, ZV_E_INVAL);
    else
        copy_field(b, field, ";tag=", tag);
}

void zv_sip_build_reply(struct zv_sip_builder *builder, const struct zv_sip_build_reply *reply)
{
    const struct zv_sip_msg *request = reply->request;
    const struct zv_str none = {NULL, 0};
    /* A To that could not be read gets no tag: nobody can say whether it has one. */
    bool add_tag = request->to.uri.text.len && request->to_tag.len == 0;
    zv_sip_build_response(builder, reply->status, reply->reason);
    copy_vias(builder, reply);
    copy_first(builder, request, ZV_SIP_HEADER_FROM, none);
    copy_first(builder, request, ZV_SIP_HEADER_TO, add_tag ? reply->to_tag : none);
    copy_first(builder, request, ZV_SIP_HEADER_CALL_ID, none);
    copy_first(builder, request, ZV_SIP_HEADER_CSEQ, none);
    if (reply->record_route)
        zv_sip_build_copy(builder, request, ZV_SIP_HEADER_RECORD_ROUTE);
    if (reply->status == 100)
        zv_sip_build_copy(builder, request, ZV_SIP_HEADER_TIMESTAMP);
}

static bool is_content_type(struct zv_str text)
{
    struct zv_str rest = text, type;
    if (!zv_sip_is_text(text) || !zv_sip_split(&rest, ';', &type))
        return false;
    ptrdiff_t slash = zv_str_find(type, '/');
    return slash > 0 && zv_sip_is_token(zv_str_head(type, (size_t)slash)) &&
           zv_sip_is_token(zv_str_tail(type, (size_t)slash + 1)) &&
           (!rest.p || (rest.len && zv_sip_is_params(rest)));
}

int zv_sip_build_finish(struct zv_sip_builder *builder, struct zv_str content_type,
                        struct zv_str body, struct zv_str *ret_message)
{
    struct zv_buf *buf = &builder->buf;
    if (open_header(builder, ZV_SIP_HEADER_CONTENT_TYPE) && body.len) {
        if (is_content_type(content_type))
            write_line(builder, "Content-Type", content_type);
        else
            fail(builder, ZV_E_INVAL);
    }
    if (!open_header(builder, ZV_SIP_HEADER_CONTENT_LENGTH))
        return builder->err;
    zv_buf_printf(buf, "Content-Length: %zu\r\n\r\n", body.len);
    zv_buf_put_str(buf, body);
    if (buf->overflow || buf->len > ZV_MAX_SIP_MESSAGE_BYTES) {
        fail(builder, ZV_E_TRUNCATED);
        return builder->err;
    }
    *ret_message = zv_buf_str(buf);
    return 0;
}
