/*
 * The message as a whole: start line, header table, the fields that every message must have, the
 * extent of the body (RFC 3261 §7, §8.1.1, §8.2, §18.3).
 *
 * The first problem found is the one that is reported; reading goes on behind it as far as it makes
 * sense, since a refused request is answered only if the fields that make up a response were found.
 * What nobody here goes by is not judged: a BYE is a BYE whatever stands in its Contact.
 */
#include "sip/msg.h"

#include "base/err.h"
#include "sip/msg_int.h"

#define MAX_MAX_FORWARDS 255

/* Reading one message. `err`, `status` and msg->problem belong to the first problem. */
struct reader {
    struct zv_sip_msg *msg;
    int err;
    uint16_t status;
};

static void refuse(struct reader *r, uint16_t status, const char *problem)
{
    if (r->err)
        return;
    r->err = ZV_E_PARSE;
    r->status = status;
    r->msg->problem = problem;
}

static void refuse_size(struct reader *r, uint16_t status, const char *problem)
{
    if (r->err)
        return;
    refuse(r, status, problem);
    r->err = ZV_E_LIMIT;
}

/* No control character but TAB and CR LF as a pair. Bytes above 127 are judged where they are read.
 */
static bool is_clean(struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '\r' && i + 1 < text.len && text.p[i + 1] == '\n')
            i++;
        else if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* SIP-Version (§7.1): "SIP/2.0", or another one well-formed, or none. */
enum version { VERSION_2_0, VERSION_OTHER, VERSION_NONE };

static enum version judge_version(struct zv_str text)
{
    struct zv_str rest = zv_str_tail(text, 4), major;
    uint64_t number;
    if (zv_str_is_i(text, "SIP/2.0"))
        return VERSION_2_0;
    if (!zv_str_has_prefix_i(text, "SIP/") || !zv_str_split(&rest, '.', &major) ||
        zv_str_to_u64(major, &number) || zv_str_to_u64(rest, &number))
        return VERSION_NONE;
    return VERSION_OTHER;
}

/* Status-Line = SIP-Version SP Status-Code SP Reason-Phrase */
static void read_status_line(struct reader *r, struct zv_str line)
{
    struct zv_str rest = line, version, code;
    uint32_t status;
    zv_str_split(&rest, ' ', &version);
    if (judge_version(version) != VERSION_2_0) {
        refuse(r, 0, "the SIP version is not 2.0");
        return;
    }
    if (!zv_str_split(&rest, ' ', &code) || !rest.p || code.len != 3 ||
        zv_str_to_u32(code, &status) || status < 100 || status > 699) {
        refuse(r, 0, "the status line is malformed");
        return;
    }
    r->msg->status = (uint16_t)status;
    r->msg->reason = rest;
}

/* Request-Line = Method SP Request-URI SP SIP-Version: single spaces, nothing behind. */
static void read_request_line(struct reader *r, struct zv_str line)
{
    struct zv_sip_msg *msg = r->msg;
    struct zv_str rest = line, uri, version;
    zv_str_split(&rest, ' ', &msg->method_name);
    if (!zv_sip_is_token(msg->method_name)) {
        refuse(r, 0, "the start line is neither a request line nor a status line");
        return;
    }
    msg->is_request = true;
    msg->method = zv_sip_method_find(msg->method_name);
    bool is_whole = zv_str_split(&rest, ' ', &uri) && zv_str_split(&rest, ' ', &version);
    if (!is_whole || rest.p || judge_version(version) == VERSION_NONE)
        refuse(r, 400,
               "the request line is not method, URI and version with single spaces between");
    else if (judge_version(version) == VERSION_OTHER)
        refuse(r, 505, "the SIP version is not 2.0");
    else if (zv_sip_uri_parse(uri, &msg->uri))
        refuse(r, 400, "the request URI is malformed");
    else if (msg->uri.headers.len) /* §19.1.1, table 1 */
        refuse(r, 400, "the request URI carries headers");
}

static void read_fields(struct reader *r, struct zv_str head)
{
    struct zv_sip_msg *msg = r->msg;
    struct zv_sip_field field;
    bool seen[ZV_SIP_HEADER_COUNT] = {false};
    int err;
    while ((err = zv_sip_take_field(&head, &field)) != ZV_E_NOTFOUND) {
        if (err) {
            refuse(r, 400, "a header line is malformed");
            continue;
        }
        if (seen[field.id] && zv_sip_header_is_single(field.id))
            refuse(r, 400, "a header stands twice that may stand once only");
        seen[field.id] = true;
        if (msg->field_count == ZV_MAX_SIP_HEADERS) {
            refuse_size(r, 400, "there are too many headers");
            return;
        }
        msg->fields[msg->field_count++] = field;
    }
}

/* The topmost. A response carries those below it back as they came, for the proxies that wrote and
 * read them. */
static void read_via(struct reader *r)
{
    struct zv_sip_iter vias = zv_sip_iter(r->msg, ZV_SIP_HEADER_VIA);
    int err = zv_sip_iter_via(&vias, &r->msg->via);
    if (err)
        refuse(r, 400, err == ZV_E_NOTFOUND ? "Via is missing" : "Via is malformed");
}

/* From and To: an address with at most one tag, a token (§20.20, §20.39). */
static void read_party(struct reader *r, enum zv_sip_header id, struct zv_sip_name_addr *addr,
                       struct zv_str *tag)
{
    static const char *const missing[] = {"From is missing", "To is missing"};
    static const char *const malformed[] = {"From is malformed", "To is malformed"};
    int which = id == ZV_SIP_HEADER_TO;
    struct zv_str value = zv_sip_msg_value(r->msg, id), found;
    struct zv_sip_name_addr party;
    if (!value.p) {
        refuse(r, 400, missing[which]);
        return;
    }
    if (zv_sip_name_addr_parse(value, &party) || party.is_star) {
        refuse(r, 400, malformed[which]);
        return;
    }
    bool has_tag = zv_sip_name_addr_param(&party, "tag", &found);
    if (has_tag && !zv_sip_is_token(found)) {
        refuse(r, 400, malformed[which]);
        return;
    }
    *addr = party;
    if (has_tag)
        *tag = found;
    else if (id == ZV_SIP_HEADER_FROM)
        refuse(r, 400, "From has no tag");
}

static void read_call_id(struct reader *r)
{
    r->msg->call_id = zv_sip_msg_value(r->msg, ZV_SIP_HEADER_CALL_ID);
    if (!r->msg->call_id.p)
        refuse(r, 400, "Call-ID is missing");
    else if (!zv_sip_is_call_id(r->msg->call_id))
        refuse(r, 400, "Call-ID is malformed");
}

/* CSeq = 1*DIGIT LWS Method (§20.16) */
static void read_cseq(struct reader *r)
{
    struct zv_sip_msg *msg = r->msg;
    struct zv_str value = zv_sip_msg_value(msg, ZV_SIP_HEADER_CSEQ), rest = value;
    uint32_t number;
    if (!value.p) {
        refuse(r, 400, "CSeq is missing");
        return;
    }
    if (zv_sip_take_u32(&rest, &number) || !zv_sip_is_token(rest) ||
        zv_is_digit(rest.p[-1])) { /* there was no blank between */
        refuse(r, 400, "CSeq is malformed");
        return;
    }
    if (number > ZV_SIP_MAX_CSEQ)
        refuse(r, 400, "the CSeq number is 2^31 or more");
    msg->cseq = number;
    if (!msg->is_request) {
        msg->method_name = rest;
        msg->method = zv_sip_method_find(rest);
    } else if (!zv_str_eq(rest, msg->method_name)) {
        refuse(r, 400, "CSeq names another method than the request line");
    }
}

static void read_max_forwards(struct reader *r)
{
    struct zv_str value = zv_sip_msg_value(r->msg, ZV_SIP_HEADER_MAX_FORWARDS);
    uint32_t hops;
    if (!value.p)
        return; /* §16.3: a request without it passes the check */
    if (zv_str_to_u32(value, &hops) || hops > MAX_MAX_FORWARDS)
        refuse(r, 400, "Max-Forwards is not a number up to 255");
    else
        r->msg->max_forwards = (int)hops;
}

static void read_content_type(struct reader *r)
{
    struct zv_str rest = zv_sip_msg_value(r->msg, ZV_SIP_HEADER_CONTENT_TYPE), type;
    if (!rest.p)
        return;
    zv_sip_split(&rest, ';', &type);
    ptrdiff_t slash = zv_str_find(type, '/');
    if (slash < 0 || !zv_sip_is_token(zv_sip_trim(zv_str_head(type, (size_t)slash))) ||
        !zv_sip_is_token(zv_sip_trim(zv_str_tail(type, (size_t)slash + 1))))
        refuse(r, 400, "Content-Type is malformed");
    else
        r->msg->content_type = type;
}

/* §18.3: what is behind Content-Length is cut off; less than it says is an error. */
static void read_body(struct reader *r, struct zv_str body)
{
    struct zv_str value = zv_sip_msg_value(r->msg, ZV_SIP_HEADER_CONTENT_LENGTH);
    uint64_t length = body.len;
    if (value.p && zv_str_to_u64(value, &length))
        refuse(r, 400, "Content-Length is no number");
    else if (length > body.len)
        refuse(r, 400, "Content-Length is larger than the body");
    else
        r->msg->body = zv_str_head(body, (size_t)length);
}

/* Their Contact says where a dialog's requests go to, or what is bound; elsewhere it means nothing
 * (§20, table 2, and RFC 3311 §5.1). */
static bool has_use_for_contact(enum zv_sip_method method)
{
    return method == ZV_SIP_METHOD_INVITE || method == ZV_SIP_METHOD_UPDATE ||
           method == ZV_SIP_METHOD_REGISTER;
}

/* The address lists that whoever handles a request goes by. */
static void check_addr_lists(struct reader *r)
{
    static const struct {
        enum zv_sip_header id;
        const char *problem;
    } lists[] = {
        {ZV_SIP_HEADER_CONTACT, "Contact is malformed"},
        {ZV_SIP_HEADER_ROUTE, "Route is malformed"},
        {ZV_SIP_HEADER_RECORD_ROUTE, "Record-Route is malformed"},
    };
    struct zv_sip_name_addr addr;
    for (size_t i = !has_use_for_contact(r->msg->method); i < ZV_ARRAY_LEN(lists); i++) {
        struct zv_sip_iter iter = zv_sip_iter(r->msg, lists[i].id);
        int err;
        do {
            err = zv_sip_iter_addr(&iter, &addr);
            if (err == ZV_E_PARSE || (!err && addr.is_star && i != 0))
                refuse(r, 400, lists[i].problem);
        } while (err != ZV_E_NOTFOUND);
    }
}

/* A refused request is answered when a response to it can be made (§8.2.6) and it is no ACK. */
static uint16_t judge_answer(const struct reader *r)
{
    static const enum zv_sip_header needed[] = {ZV_SIP_HEADER_VIA, ZV_SIP_HEADER_FROM,
                                                ZV_SIP_HEADER_TO, ZV_SIP_HEADER_CALL_ID,
                                                ZV_SIP_HEADER_CSEQ};
    const struct zv_sip_msg *msg = r->msg;
    if (!msg->is_request || msg->method == ZV_SIP_METHOD_ACK || msg->via.host.len == 0)
        return 0;
    for (size_t i = 0; i < ZV_ARRAY_LEN(needed); i++) {
        struct zv_str value = zv_sip_msg_value(msg, needed[i]);
        if (value.len == 0 || !is_clean(value))
            return 0;
    }
    return r->status;
}

static void read_message(struct reader *r, struct zv_str text)
{
    ptrdiff_t end = zv_sip_find_text(text, ZV_STR_LIT("\r\n\r\n"));
    size_t head_len = end < 0 ? text.len : (size_t)end + 2;
    struct zv_str head = zv_str_head(text, head_len);
    ptrdiff_t line_len = zv_sip_find_text(head, ZV_STR_LIT("\r\n"));
    struct zv_str line = zv_str_head(head, line_len < 0 ? head.len : (size_t)line_len);
    if (!is_clean(head))
        refuse(r, 400, "there is a control character or a bare CR or LF in the headers");
    if (zv_str_has_prefix_i(line, "SIP/"))
        read_status_line(r, line);
    else
        read_request_line(r, line);
    read_fields(r, zv_str_tail(head, line.len + 2));
    if (end < 0)
        refuse(r, 400, "there is no empty line behind the headers");
    read_via(r);
    read_party(r, ZV_SIP_HEADER_FROM, &r->msg->from, &r->msg->from_tag);
    read_party(r, ZV_SIP_HEADER_TO, &r->msg->to, &r->msg->to_tag);
    read_call_id(r);
    read_cseq(r);
    read_max_forwards(r);
    read_content_type(r);
    read_body(r, zv_str_tail(text, head_len + 2));
    if (r->msg->is_request)
        check_addr_lists(r);
}

int zv_sip_msg_parse(const void *data, size_t len, struct zv_sip_msg *ret_msg)
{
    struct reader r = {.msg = ret_msg};
    struct zv_str text = zv_str_n(data, len);
    while (zv_str_has_prefix(text, "\r\n"))
        text = zv_str_tail(text, 2);
    if (text.len == 0)
        return ZV_E_AGAIN;
    *ret_msg = (struct zv_sip_msg){.text = text, .max_forwards = -1};
    if (text.len > ZV_MAX_SIP_MESSAGE_BYTES)
        refuse_size(&r, 513, "the message is larger than 65535 bytes");
    read_message(&r, zv_str_head(text, ZV_MAX_SIP_MESSAGE_BYTES));
    if (r.err)
        ret_msg->answer = judge_answer(&r);
    return r.err;
}
