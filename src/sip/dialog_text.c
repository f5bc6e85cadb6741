/*
 * A dialog written down: one field a line, so that a person can read it and a later version can add
 * to it. Reading trusts nothing: the text may come from a store that others write to.
 */
#include "sip/dialog.h"

#include "base/err.h"
#include "sip/sip_int.h"

#include <string.h>

#define HEAD "zvonok-dialog 1"

/* X(field, key): the text fields. */
#define TEXT_FIELDS(X)                                                                             \
    X(call_id, "call-id")                                                                          \
    X(local_tag, "local-tag")                                                                      \
    X(remote_tag, "remote-tag")                                                                    \
    X(local_uri, "local-uri")                                                                      \
    X(remote_uri, "remote-uri")                                                                    \
    X(remote_target, "remote-target")                                                              \
    X(contact_user, "contact-user")                                                                \
    X(routes, "routes")

void zv_sip_dialog_write(const struct zv_sip_dialog *dialog, struct zv_buf *buf)
{
    char local[ZV_ADDR_TEXT_CAP], remote[ZV_ADDR_TEXT_CAP];
    zv_buf_put_text(buf, HEAD "\n");
    zv_buf_printf(buf, "direction %s\n", dialog->is_outgoing ? "out" : "in");
    zv_buf_printf(buf, "local-cseq %u\n", (unsigned)dialog->local_cseq);
    if (dialog->has_remote_cseq)
        zv_buf_printf(buf, "remote-cseq %u\n", (unsigned)dialog->remote_cseq);
    if (dialog->allows_update)
        zv_buf_put_text(buf, "allows UPDATE\n");
    if (dialog->session_expires_s)
        zv_buf_printf(buf, "session-expires %u %s\n", (unsigned)dialog->session_expires_s,
                      dialog->is_refresher ? "ours" : "theirs");
    zv_buf_printf(buf, "flow %s %s %s\n", zv_sip_transport_name(dialog->flow.transport),
                  zv_addr_write(&dialog->flow.local, local),
                  zv_addr_write(&dialog->flow.remote, remote));
#define X(field, key)                                                                              \
    if (dialog->field[0])                                                                          \
        zv_buf_printf(buf, "%s %s\n", key, dialog->field);
    TEXT_FIELDS(X)
#undef X
}

static int read_flow(struct zv_str value, struct zv_sip_flow *flow)
{
    struct zv_str transport, local, remote;
    if (!zv_str_split(&value, ' ', &transport) || !zv_str_split(&value, ' ', &local) ||
        !zv_str_split(&value, ' ', &remote) || value.p)
        return ZV_E_PARSE;
    for (enum zv_sip_transport t = ZV_SIP_UDP; t <= ZV_SIP_TLS; t++) {
        if (zv_str_is(transport, zv_sip_transport_name(t)))
            flow->transport = t;
    }
    if (flow->transport == ZV_SIP_ANY || zv_addr_parse(local, &flow->local) ||
        zv_addr_parse(remote, &flow->remote))
        return ZV_E_PARSE;
    return 0;
}

static int read_cseq(struct zv_str value, uint32_t *ret_cseq)
{
    uint32_t cseq;
    if (zv_str_to_u32(value, &cseq) || cseq > ZV_SIP_MAX_CSEQ)
        return ZV_E_PARSE;
    *ret_cseq = cseq;
    return 0;
}

/* "1800 ours": who refreshes it. */
static int read_session(struct zv_str value, struct zv_sip_dialog *dialog)
{
    struct zv_str seconds, refresher;
    if (!zv_str_split(&value, ' ', &seconds) || !zv_str_split(&value, ' ', &refresher) || value.p ||
        zv_str_to_u32(seconds, &dialog->session_expires_s) ||
        dialog->session_expires_s < ZV_SIP_MIN_SE_S)
        return ZV_E_PARSE;
    dialog->is_refresher = zv_str_is(refresher, "ours");
    return dialog->is_refresher || zv_str_is(refresher, "theirs") ? 0 : ZV_E_PARSE;
}

static int read_line(struct zv_str line, struct zv_sip_dialog *dialog)
{
    ptrdiff_t space = zv_str_find(line, ' ');
    if (space < 0)
        return ZV_E_PARSE;
    struct zv_str key = zv_str_head(line, (size_t)space);
    struct zv_str value = zv_str_tail(line, (size_t)space + 1);
    if (zv_str_is(key, "direction")) {
        dialog->is_outgoing = zv_str_is(value, "out");
        return dialog->is_outgoing || zv_str_is(value, "in") ? 0 : ZV_E_PARSE;
    }
    if (zv_str_is(key, "local-cseq"))
        return read_cseq(value, &dialog->local_cseq);
    if (zv_str_is(key, "remote-cseq")) {
        dialog->has_remote_cseq = true;
        return read_cseq(value, &dialog->remote_cseq);
    }
    if (zv_str_is(key, "allows")) {
        dialog->allows_update = zv_str_is(value, "UPDATE");
        return dialog->allows_update ? 0 : ZV_E_PARSE;
    }
    if (zv_str_is(key, "session-expires"))
        return read_session(value, dialog);
    if (zv_str_is(key, "flow"))
        return read_flow(value, &dialog->flow);
#define X(field, field_key)                                                                        \
    if (zv_str_is(key, field_key))                                                                 \
        return zv_str_copy(value, dialog->field, sizeof(dialog->field)) ? ZV_E_PARSE : 0;
    TEXT_FIELDS(X)
#undef X
    return ZV_E_PARSE;
}

static bool is_sip_uri(const char *text)
{
    struct zv_sip_uri uri;
    return !zv_sip_uri_parse(zv_str(text), &uri) &&
           (uri.scheme == ZV_SIP_SCHEME_SIP || uri.scheme == ZV_SIP_SCHEME_SIPS) &&
           !uri.headers.len;
}

static bool is_uri(const char *text)
{
    struct zv_sip_uri uri;
    return !zv_sip_uri_parse(zv_str(text), &uri);
}

static bool are_routes(struct zv_str rest)
{
    struct zv_sip_name_addr route;
    int err;
    if (!rest.len)
        return true;
    while (!(err = zv_sip_name_addr_next(&rest, &route)))
        ;
    return err == ZV_E_NOTFOUND;
}

static bool is_sound(const struct zv_sip_dialog *dialog)
{
    return dialog->flow.transport != ZV_SIP_ANY && zv_sip_is_call_id(zv_str(dialog->call_id)) &&
           zv_sip_is_token(zv_str(dialog->local_tag)) &&
           (!dialog->remote_tag[0] || zv_sip_is_token(zv_str(dialog->remote_tag))) &&
           is_uri(dialog->local_uri) && is_uri(dialog->remote_uri) &&
           is_sip_uri(dialog->remote_target) && zv_sip_is_token(zv_str(dialog->contact_user)) &&
           are_routes(zv_str(dialog->routes));
}

int zv_sip_dialog_read(struct zv_str text, struct zv_sip_dialog *ret_dialog)
{
    struct zv_sip_dialog dialog = {0};
    struct zv_str line;
    if (!zv_str_line(&text, &line) || !zv_str_is(line, HEAD))
        return ZV_E_PARSE;
    while (zv_str_line(&text, &line)) {
        if (line.len && read_line(line, &dialog))
            return ZV_E_PARSE;
    }
    if (!is_sound(&dialog))
        return ZV_E_PARSE;
    *ret_dialog = dialog;
    return 0;
}
