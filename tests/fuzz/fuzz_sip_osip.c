/*
 * Our parser against osipparser2 (GNU oSIP), an oracle that nobody here wrote: what both take must
 * mean the same to both. Compared is what decides where a message goes: method or status, request
 * URI, topmost Via, CSeq, Call-ID, tags.
 *
 * Only what we take is given to oSIP, which is less strict and not made for hostile input. What it
 * refuses then is counted, and what both read otherwise is a finding. Classes and counts are
 * printed at the end. Built where Debian's libosip2-dev is.
 */
#include "fuzz_input.h"

#include "base/buf.h"
#include "sip/msg.h"

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <string.h>
#include <strings.h>

#define MAX_TEXT 4096

enum class {
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
    CLASS_COUNT,
};

static const char *const names[CLASS_COUNT] = {
    "taken by both", "refused by oSIP", "request or response",
    "method",        "status",          "URI scheme",
    "URI user",      "URI host",        "URI port",
    "Via host",      "Via port",        "Via branch",
    "CSeq number",   "CSeq method",     "Call-ID",
    "From tag",      "To tag",
};

static unsigned long counts[CLASS_COUNT];
static struct zv_sip_msg msg;

static void report(void)
{
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (counts[i])
            fprintf(stderr, "oSIP: %s: %lu\n", names[i], counts[i]);
    }
}

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

static enum class compare_uri(const osip_uri_t *uri) {
    char text[MAX_TEXT]; struct zv_buf user = zv_buf(text, sizeof(text));
    if (!zv_str_has_prefix_i(msg.uri.text, uri->scheme ? uri->scheme : "sip")) return IN_URI_SCHEME;
    if (uri->string) /* another scheme: oSIP keeps it whole, and so do we */
    return IS_BOTH;
    /* oSIP unescapes; what cannot be shown unescaped stays as it is with us. */
    if (!zv_sip_user_unescape(msg.uri.user, &user) && !user.overflow &&
        !is_same(zv_buf_str(&user), uri->username)) return IN_URI_USER;
    if (!is_same_host(msg.uri.host, uri->host)) return IN_URI_HOST;
    return is_same_port(msg.uri.port, uri->port) ? IS_BOTH : IN_URI_PORT;
}

static enum class compare_start(const osip_message_t *theirs) {
    if (msg.is_request != (bool)MSG_IS_REQUEST(theirs)) return IN_KIND;
    if (!msg.is_request) return msg.status == theirs->status_code ? IS_BOTH : IN_STATUS;
    if (!is_same(msg.method_name, theirs->sip_method)) return IN_METHOD;
    return compare_uri(theirs->req_uri);
}

static enum class compare_via(const osip_message_t *theirs) {
    const osip_via_t *via = osip_list_get(&theirs->vias, 0); osip_generic_param_t *branch = NULL;
    if (!via || !is_same_host(msg.via.host, via->host)) return IN_VIA_HOST;
    if (!is_same_port(msg.via.port, via->port)) return IN_VIA_PORT;
    osip_via_param_get_byname((osip_via_t *)(uintptr_t)via, (char *)(uintptr_t) "branch", &branch);
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

static enum class compare_names(const osip_message_t *theirs) {
    if (msg.cseq != strtoul(theirs->cseq->number, NULL, 10)) return IN_CSEQ_NUMBER;
    if (!is_same(msg.method_name, theirs->cseq->method)) return IN_CSEQ_METHOD;
    if (!is_same_call_id(theirs->call_id)) return IN_CALL_ID;
    if (!is_same_tag(msg.from_tag, theirs->from)) return IN_FROM_TAG;
    return is_same_tag(msg.to_tag, (osip_from_t *)theirs->to) ? IS_BOTH : IN_TO_TAG;
}

static enum class compare(const osip_message_t *theirs) {
    if (!theirs->from || !theirs->to || !theirs->call_id ||
        !theirs->cseq) return IS_REFUSED; /* it takes messages without them, which it says only
                                          afterwards */
    enum class found = compare_start(theirs);
    if (found == IS_BOTH) found = compare_via(theirs);
    return found == IS_BOTH ? compare_names(theirs) : found;
}

static enum class judge(const char *text, size_t len) {
    osip_message_t *theirs = NULL; enum class found = IS_REFUSED;
    if (osip_message_init(&theirs)) return IS_REFUSED;
    if (!osip_message_parse(theirs, text, len)) found = compare(theirs);
    osip_message_free(theirs);
    return found;
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
    if (!is_ready) {
        osip_trace_initialize_func(TRACE_LEVEL0, ignore_trace);
        parser_init();
        atexit(report);
        is_ready = true;
    }
    if (size > MAX_TEXT || zv_sip_msg_parse(data, size, &msg))
        return 0;
    char *copy = malloc(size + 1);
    CHECK(copy);
    memcpy(copy, data, size);
    copy[size] = '\0';
    enum class found = judge(copy, size);
    free(copy);
    counts[found]++;
    if (found > IS_REFUSED) {
        fprintf(stderr, "the %s differs:\n%.*s\n", names[found], (int)size, (const char *)data);
        abort();
    }
    return 0;
}
