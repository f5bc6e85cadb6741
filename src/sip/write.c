/*
 * The pieces that messages are written from: quoted strings, URIs, reason phrases.
 */
#include "base/addr.h"
#include "base/err.h"
#include "sip/build.h"

/* RFC 3261 §21 and the later RFCs that define a status which we send. */
static const struct {
    uint16_t status;
    const char *phrase;
} phrases[] = {
    {100, "Trying"},
    {180, "Ringing"},
    {181, "Call Is Being Forwarded"},
    {182, "Queued"},
    {183, "Session Progress"},
    {199, "Early Dialog Terminated"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Notification"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Moved Temporarily"},
    {305, "Use Proxy"},
    {380, "Alternative Service"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {412, "Conditional Request Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Unsupported URI Scheme"},
    {420, "Bad Extension"},
    {421, "Extension Required"},
    {422, "Session Interval Too Small"},
    {423, "Interval Too Brief"},
    {433, "Anonymity Disallowed"},
    {469, "Bad Info Package"},
    {480, "Temporarily Unavailable"},
    {481, "Call/Transaction Does Not Exist"},
    {482, "Loop Detected"},
    {483, "Too Many Hops"},
    {484, "Address Incomplete"},
    {485, "Ambiguous"},
    {486, "Busy Here"},
    {487, "Request Terminated"},
    {488, "Not Acceptable Here"},
    {489, "Bad Event"},
    {491, "Request Pending"},
    {493, "Undecipherable"},
    {494, "Security Agreement Required"},
    {500, "Server Internal Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Server Time-out"},
    {505, "Version Not Supported"},
    {513, "Message Too Large"},
    {580, "Precondition Failure"},
    {600, "Busy Everywhere"},
    {603, "Decline"},
    {604, "Does Not Exist Anywhere"},
    {606, "Not Acceptable"},
    {607, "Unwanted"},
};

const char *zv_sip_reason(uint16_t status)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(phrases); i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "Unknown";
}

int zv_sip_write_quoted(struct zv_str text, struct zv_buf *buf)
{
    if (!zv_sip_is_text(text))
        return ZV_E_INVAL;
    zv_buf_put_char(buf, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            zv_buf_put_char(buf, '\\');
        zv_buf_put_char(buf, text.p[i]);
    }
    zv_buf_put_char(buf, '"');
    return 0;
}

int zv_sip_write_hostport(struct zv_str host, uint16_t port, struct zv_buf *buf)
{
    struct zv_addr addr;
    bool is_ipv6 = zv_addr_parse_ip(host, &addr) == 0 && addr.family == ZV_ADDR_IPV6;
    if (!is_ipv6 && !zv_sip_is_host(host))
        return ZV_E_INVAL;
    if (is_ipv6)
        zv_buf_put_char(buf, '[');
    zv_buf_put_str(buf, host);
    if (is_ipv6)
        zv_buf_put_char(buf, ']');
    if (port)
        zv_buf_printf(buf, ":%u", (unsigned)port);
    return 0;
}

int zv_sip_write_uri(const struct zv_sip_build_uri *uri, struct zv_buf *buf)
{
    struct zv_buf out = *buf;
    struct zv_sip_uri parsed;
    zv_buf_put_text(&out, uri->sips ? "sips:" : "sip:");
    if (uri->user.len) {
        if (zv_sip_user_escape(uri->user, &out))
            return ZV_E_INVAL;
        zv_buf_put_char(&out, '@');
    }
    if (zv_sip_write_hostport(uri->host, uri->port, &out))
        return ZV_E_INVAL;
    if (uri->params.len) {
        zv_buf_put_char(&out, ';');
        zv_buf_put_str(&out, uri->params);
    }
    if (out.overflow) {
        buf->overflow = true;
        return 0;
    }
    /* The parameters are judged by reading the whole: they may neither end the URI nor add to it.
     */
    struct zv_str text = zv_str_n(out.p + buf->len, out.len - buf->len);
    if (zv_sip_uri_parse(text, &parsed) || !zv_str_eq(parsed.params, uri->params))
        return ZV_E_INVAL;
    *buf = out;
    return 0;
}
