/*
 * Our parser against osipparser2 (GNU oSIP), an oracle that nobody here wrote: what both take must
 * mean the same to both. Compared is what decides where a message goes: method or status, request
 * URI, topmost Via, CSeq, Call-ID, tags.
 *
 * A message is the input as it is (files that start with a letter: the RFCs' torture messages) or
 * is written by it: pieces of the grammar with odd but allowed spellings, folds and orders, and
 * here and there some bytes of the fuzzer's own, since few random changes of a message leave one
 * that is taken. Only what we take is given to oSIP, which is less strict and not made for hostile
 * input. What it refuses then is counted, and what both read otherwise is a finding. Classes and
 * counts are printed at the end. Built where Debian's libosip2-dev is.
 */
#include "fuzz_input.h"

#include "base/buf.h"
#include "sip/msg.h"

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <string.h>
#include <strings.h>

#define MAX_TEXT 4096

enum outcome {
    IS_BOTH,
    IS_REFUSED, /* by oSIP */
    IN_KIND,
    IN_METHOD,
    IN_STATUS,
    IN_URI_SCHEME,
    IN_URI_USER,
    IN_URI_HOST,
    IN_URI_PORT,
    IN_VIA_HOST,
    IN_VIA_PORT,
    IN_VIA_BRANCH,
    IN_CSEQ_NUMBER,
    IN_CSEQ_METHOD,
    IN_CALL_ID,
    IN_FROM_TAG,
    IN_TO_TAG,
    OUTCOME_COUNT,
};

static const char *const names[OUTCOME_COUNT] = {
    "taken by both", "refused by oSIP", "request or response",
    "method",        "status",          "URI scheme",
    "URI user",      "URI host",        "URI port",
    "Via host",      "Via port",        "Via branch",
    "CSeq number",   "CSeq method",     "Call-ID",
    "From tag",      "To tag",
};

static unsigned long counts[OUTCOME_COUNT];
static struct zv_sip_msg msg;

static void report(void)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (counts[i])
            fprintf(stderr, "oSIP: %s: %lu\n", names[i], counts[i]);
    }
}

/* ---- writing a message ---- */

#define PICK(in, ...) pick(in, (const char *const[]){__VA_ARGS__, NULL})

static const char *pick(struct input *in, const char *const *texts)
{
    size_t count = 0;
    while (texts[count])
        count++;
    return texts[take_u8(in) % count];
}

/* Some bytes of the fuzzer's, now and then. */
static void put_raw(struct input *in, struct zv_buf *buf)
{
    if (take_u8(in) % 16)
        return;
    for (unsigned left = take_u8(in) % 8; left; left--)
        zv_buf_put_char(buf, (char)take_u8(in));
}

static void put_uri(struct input *in, struct zv_buf *buf)
{
    zv_buf_put_text(buf, PICK(in, "sip:", "SIP:", "sips:", "sip:"));
    zv_buf_put_text(buf, PICK(in, "", "bob@", "b%6Fb@", "+1-2(3)@", "a;b=c@", "u:pw@", "%00@",
                              "&=+$,;?/@", "~*'!.-_@"));
    put_raw(in, buf);
    zv_buf_put_text(
        buf, PICK(in, "example.com", "EXAMPLE.com.", "192.0.2.1", "[2001:db8::1]", "a-b.c0"));
    zv_buf_put_text(buf, PICK(in, "", ":5060", ":1", ":65535", ":05060"));
    zv_buf_put_text(buf, PICK(in, "", ";lr", ";transport=tcp", ";a=%41;b", ";x=[::1]"));
    put_raw(in, buf);
}

static void put_name(struct input *in, struct zv_buf *buf, const char *name, const char *compact)
{
    zv_buf_put_text(buf, take_u8(in) % 4 ? name : compact);
    zv_buf_put_text(buf, PICK(in, ": ", ":", " :", "\t: \t", ":\r\n ", ": \r\n\t"));
}

static void put_via(struct input *in, struct zv_buf *buf)
{
    zv_buf_put_text(buf, PICK(in, "SIP/2.0/UDP", "SIP / 2.0 / TCP", "sip/2.0/udp", "SIP/2.0/X-1"));
    zv_buf_put_text(buf, PICK(in, " ", "  ", "\t", "\r\n "));
    zv_buf_put_text(buf, PICK(in, "h.example", "192.0.2.7", "[2001:db8::9]", "H:5061", "h : 5062"));
    zv_buf_put_text(buf, PICK(in, "", ";rport", " ; received = 192.0.2.8", ";ttl=1", ";x=\"a;b\"",
                              ";received=[::1]"));
    zv_buf_put_text(buf, PICK(in, ";branch=z9hG4bK1", ";BRANCH=z9hG4bK2", "; branch = old", "",
                              ";branch=z9hG4bK%!*_+`'~"));
    put_raw(in, buf);
    zv_buf_put_text(buf, PICK(in, "", "", ", SIP/2.0/UDP second;branch=z9hG4bK3"));
}

static void put_party(struct input *in, struct zv_buf *buf)
{
    bool is_bracketed = take_u8(in) % 4;
    if (is_bracketed)
        zv_buf_put_text(buf, PICK(in, "<", "\"B\\\"ob;tag=no\" <", "Bob  <", "\"<x>\"<", "B ob<"));
    put_uri(in, buf);
    if (is_bracketed)
        zv_buf_put_char(buf, '>');
    zv_buf_put_text(buf, PICK(in, "", ";x", " ; y = z", ";q=\";tag=no\""));
    zv_buf_put_text(buf, PICK(in, ";tag=1", ";TAG=a.b", " ; tag = 3", ";tag=%41~", "\r\n ;tag=4"));
    put_raw(in, buf);
}

static void put_header(struct input *in, struct zv_buf *buf, unsigned which, const char *method)
{
    if (which == 0) {
        put_name(in, buf, "Via", "v");
        put_via(in, buf);
    } else if (which == 1) {
        put_name(in, buf, "From", "f");
        put_party(in, buf);
    } else if (which == 2) {
        put_name(in, buf, "To", "t");
        put_party(in, buf);
    } else if (which == 3) {
        put_name(in, buf, "Call-ID", "i");
        zv_buf_put_text(buf, PICK(in, "a", "a@b", "a<>\"[]@{}", "%(x)~@1.2.3.4"));
        put_raw(in, buf);
    } else {
        put_name(in, buf, "CSeq", "cseq");
        zv_buf_put_text(buf, PICK(in, "1", "0", "2147483647", "007"));
        zv_buf_put_text(buf, PICK(in, " ", "  ", "\t", "\r\n "));
        zv_buf_put_text(buf, method);
    }
    zv_buf_put_text(buf, PICK(in, "\r\n", " \r\n", "\t\r\n"));
}

static void write_message(struct input *in, struct zv_buf *buf)
{
    const char *method = PICK(in, "INVITE", "ACK", "OPTIONS", "invite", "F%4f-!o");
    unsigned first = take_u8(in), stride = 1 + take_u8(in) % 4; /* an order of the five */
    if (take_u8(in) % 3 == 0) {
        zv_buf_put_text(buf, PICK(in, "SIP/2.0 200 OK", "SIP/2.0 100 ", "sip/2.0 699 x  y"));
    } else {
        zv_buf_printf(buf, "%s ", method);
        put_uri(in, buf);
        zv_buf_put_text(buf, PICK(in, " SIP/2.0", " sip/2.0"));
    }
    zv_buf_put_text(buf, "\r\n");
    for (unsigned i = 0; i < 5; i++)
        put_header(in, buf, (first + i * stride) % 5, method);
    zv_buf_put_text(buf, PICK(in, "", "Subject:\r\n", "X: a\r\n b\r\n", "l: 0\r\n"));
    zv_buf_put_text(buf, "\r\n");
}

/* ---- comparing ---- */

/* oSIP's texts are NULL where there is nothing. */
static bool is_same(struct zv_str ours, const char *theirs)
{
    return zv_str_eq(ours, zv_str(theirs ? theirs : ""));
}

static bool is_same_host(struct zv_str ours, const char *theirs)
{
    struct zv_str host = zv_str(theirs ? theirs : "");
    if (host.len > 2 && host.p[0] == '[')
        host = zv_str_n(host.p + 1, host.len - 2);
    return zv_str_eqi(ours, host);
}

static bool is_same_port(uint16_t ours, const char *theirs)
{
    return ours == (theirs ? (unsigned long)strtoul(theirs, NULL, 10) : 0);
}

static enum outcome compare_uri(const osip_uri_t *uri)
{
    char text[MAX_TEXT];
    struct zv_buf user = zv_buf(text, sizeof(text));
    if (!zv_str_has_prefix_i(msg.uri.text, uri->scheme ? uri->scheme : "sip"))
        return IN_URI_SCHEME;
    /* We read nothing into another scheme's URI; oSIP reads one that it does not know like SIP's.
     */
    if (uri->string || msg.uri.scheme == ZV_SIP_SCHEME_OTHER)
        return IS_BOTH;
    /* oSIP unescapes; what cannot be shown unescaped stays as it is with us. */
    if (!zv_sip_user_unescape(msg.uri.user, &user) && !user.overflow &&
        !is_same(zv_buf_str(&user), uri->username))
        return IN_URI_USER;
    if (!is_same_host(msg.uri.host, uri->host))
        return IN_URI_HOST;
    return is_same_port(msg.uri.port, uri->port) ? IS_BOTH : IN_URI_PORT;
}

static enum outcome compare_start(const osip_message_t *theirs)
{
    if (msg.is_request != (bool)MSG_IS_REQUEST(theirs))
        return IN_KIND;
    if (!msg.is_request)
        return msg.status == theirs->status_code ? IS_BOTH : IN_STATUS;
    if (!is_same(msg.method_name, theirs->sip_method))
        return IN_METHOD;
    return compare_uri(theirs->req_uri);
}

static enum outcome compare_via(const osip_message_t *theirs)
{
    osip_via_t *via = osip_list_get(&theirs->vias, 0);
    osip_generic_param_t *branch = NULL;
    if (!via || !is_same_host(msg.via.host, via->host))
        return IN_VIA_HOST;
    if (!is_same_port(msg.via.port, via->port))
        return IN_VIA_PORT;
    osip_via_param_get_byname(via, (char *)(uintptr_t) "branch", &branch);
    return is_same(msg.via.branch, branch ? branch->gvalue : NULL) ? IS_BOTH : IN_VIA_BRANCH;
}

static bool is_same_call_id(const osip_call_id_t *call_id)
{
    struct zv_str rest = msg.call_id, number;
    zv_str_split(&rest, '@', &number);
    return is_same(number, call_id->number) && is_same(rest, call_id->host);
}

static bool is_same_tag(struct zv_str ours, osip_from_t *party)
{
    osip_generic_param_t *tag = NULL;
    osip_generic_param_get_byname(&party->gen_params, (char *)(uintptr_t) "tag", &tag);
    return is_same(ours, tag ? tag->gvalue : NULL);
}

static enum outcome compare_names(const osip_message_t *theirs)
{
    if (msg.cseq != strtoul(theirs->cseq->number, NULL, 10))
        return IN_CSEQ_NUMBER;
    if (!is_same(msg.method_name, theirs->cseq->method))
        return IN_CSEQ_METHOD;
    if (!is_same_call_id(theirs->call_id))
        return IN_CALL_ID;
    if (!is_same_tag(msg.from_tag, theirs->from))
        return IN_FROM_TAG;
    return is_same_tag(msg.to_tag, (osip_from_t *)theirs->to) ? IS_BOTH : IN_TO_TAG;
}

static enum outcome compare(const osip_message_t *theirs)
{
    if (!theirs->from || !theirs->to || !theirs->call_id || !theirs->cseq)
        return IS_REFUSED; /* it takes messages without them, which it says only afterwards */
    enum outcome found = compare_start(theirs);
    if (found == IS_BOTH)
        found = compare_via(theirs);
    return found == IS_BOTH ? compare_names(theirs) : found;
}

/* What oSIP reads otherwise and is wrong about, taken out of its copy: it does not know that a TAB
 * is white space (RFC 3261 §25.1, WSP). */
static void spare_oracle(const char *text, size_t len, char *ret_copy)
{
    for (size_t i = 0; i < len; i++)
        ret_copy[i] = (char)(text[i] == '\t' ? ' ' : text[i]);
    ret_copy[len] = '\0';
}

static void judge(const char *text, size_t len)
{
    static char copy[MAX_TEXT + 1];
    osip_message_t *theirs = NULL;
    enum outcome found = IS_REFUSED;
    spare_oracle(text, len, copy);
    CHECK(!osip_message_init(&theirs));
    if (!osip_message_parse(theirs, copy, len))
        found = compare(theirs);
    osip_message_free(theirs);
    counts[found]++;
    if (found <= IS_REFUSED)
        return;
    fprintf(stderr, "the %s differs:\n%.*s\n", names[found], (int)len, text);
    abort();
}

/* It would print a line for each message that it refuses. */
static void ignore_trace(const char *file, int line, osip_trace_level_t level, const char *format,
                         va_list args)
{
    (void)file, (void)line, (void)level, (void)format, (void)args;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_ready;
    static char text[MAX_TEXT + 1];
    struct zv_buf buf = zv_buf(text, MAX_TEXT);
    struct input in = {data, size};
    if (!is_ready) {
        osip_trace_initialize_func(TRACE_LEVEL0, ignore_trace);
        parser_init();
        atexit(report);
        is_ready = true;
    }
    if (size && zv_is_alpha((char)data[0]))
        zv_buf_put(&buf, data, size);
    else
        write_message(&in, &buf);
    text[buf.len] = '\0';
    if (!buf.overflow && !zv_sip_msg_parse(text, buf.len, &msg))
        judge(text, buf.len);
    return 0;
}
