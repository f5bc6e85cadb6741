#include "trace/input.h"

#include "base/addr.h"
#include "trace/redact.h"

#include <string.h>

#define FIELD(type, member)                                                                        \
    {                                                                                              \
#member, ZV_TRACE_##type, offsetof(struct zv_call_in, u.FROM.member)                       \
    }
#define READY(type, member)                                                                        \
    {                                                                                              \
#member, ZV_TRACE_##type, offsetof(struct zv_call_in, u.media.ready.member)                \
    }

#define FROM connect
static const struct zv_trace_field connect_fields[] = {
    FIELD(STR, app_key),       FIELD(STR, sip_login),
    FIELD(STR, sip_auth_name), FIELD(STR, sip_visible_name),
    FIELD(STR, sip_domain),    FIELD(STR, sip_outbound_proxy),
    FIELD(STR, sip_port),      FIELD(BOOL, sip_register_required),
    FIELD(BOOL, is_proxied),   FIELD(ADDR, ws_local),
    FIELD(BOOL, keep_alive),   FIELD(BOOL, can_resume),
    FIELD(I64, last_seq),      FIELD(BOOL, wants_verdicts),
    FIELD(BOOL, can_reoffer),  FIELD(BOOL, wants_digits),
    FIELD(BOOL, wants_drain),
};
#undef FROM
#define FROM call
static const struct zv_trace_field call_fields[] = {
    FIELD(STR, call_id),           FIELD(STR, callee),
    FIELD(STR, visible_name),      FIELD(BOOL, has_video),
    FIELD(HEADERS, headers),       FIELD(SDP, sdp),
    FIELD(U32, bandwidth.as_kbps), FIELD(U32, bandwidth.tias_bps),
};
#undef FROM
#define FROM refused
static const struct zv_trace_field refused_fields[] = {
    FIELD(STR, call_id), FIELD(STR, callee), FIELD(INT, cause), FIELD(STR, field), FIELD(STR, text),
};
#undef FROM
#define FROM client
static const struct zv_trace_field client_fields[] = {FIELD(STR, call_id), FIELD(SDP, sdp),
                                                      FIELD(U32, bandwidth.as_kbps),
                                                      FIELD(U32, bandwidth.tias_bps)};
static const struct zv_trace_field update_fields[] = {FIELD(STR, call_id), FIELD(SDP, sdp),
                                                      FIELD(BOOL, is_reload)};
static const struct zv_trace_field digits_fields[] = {FIELD(STR, call_id), FIELD(DIGITS, text),
                                                      FIELD(INT, dtmf)};
static const struct zv_trace_field closed_fields[] = {FIELD(U16, close_code)};
#undef FROM
#define FROM sip
static const struct zv_trace_field sip_fields[] = {
    FIELD(INT, status), FIELD(INT, end),         FIELD(STR, reason),
    FIELD(STR, remedy), FIELD(STR, caller),      FIELD(STR, display),
    FIELD(STR, callee), FIELD(STR, sip_call_id), FIELD(SDP, sdp),
};
static const struct zv_trace_field sip_ended_fields[] = {
    FIELD(INT, status),
    FIELD(INT, end),
    FIELD(STR, reason),
    FIELD(STR, remedy),
    FIELD(SDP, sdp),
    FIELD(INT, refusal.warning),
    FIELD(BOOL, refusal.refuses_sdp),
};
static const struct zv_trace_field sip_digit_fields[] = {FIELD(DIGITS, press.digit),
                                                         FIELD(U32, press.duration_ms)};
#undef FROM
#define FROM media
static const struct zv_trace_field ready_fields[] = {
    READY(STR, web_ufrag),      READY(STR, web_fingerprint), READY(STR, web_cname),
    READY(U32, web_ssrc),       READY(U16, web_port_ipv4),   READY(U16, web_port_ipv6),
    READY(BOOL, web_tcp),       READY(ADDR, sip_rtp),        READY(U32, video_ssrc),
    READY(U32, video_rtx_ssrc), READY(ADDR, sip_video),
};
#define PATH(type, member)                                                                         \
    {                                                                                              \
#member, ZV_TRACE_##type, offsetof(struct zv_call_in, u.media.path.member)                 \
    }
static const struct zv_trace_field path_fields[] = {
    PATH(U32, checks),       PATH(U32, refused),        PATH(ADDR, checked_by),
    PATH(ADDR, refused_by),  PATH(I64, checked_age_us), PATH(I64, refused_age_us),
    PATH(ADDR, nominated),   PATH(U32, dtls_in),        PATH(U32, dtls_out),
    PATH(STR, dtls_failure),
};
#define VERDICT(type, member)                                                                      \
    {                                                                                              \
#member, ZV_TRACE_##type, offsetof(struct zv_call_in, u.media.verdict.member)              \
    }
static const struct zv_trace_field verdict_fields[] = {
    FIELD(INT, leg),         VERDICT(STR, code),           VERDICT(STR, severity),
    VERDICT(STR, text),      VERDICT(STR, remedy),         VERDICT(I64, since_us),
    VERDICT(BOOL, is_wrong), VERDICT(BOOL, is_for_client),
};
static const struct zv_trace_field media_digit_fields[] = {
    FIELD(INT, leg), FIELD(DIGITS, press.digit), FIELD(U32, press.duration_ms)};
static const struct zv_trace_field media_fields[] = {
    FIELD(INT, leg),
    FIELD(INT, failure),
    FIELD(I64, since_us),
};
#undef FROM

#define FROM drain
static const struct zv_trace_field drain_fields[] = {FIELD(I64, left_us)};
#undef FROM

#define TABLE(fields) (*ret_count = ZV_ARRAY_LEN(fields), (fields))

const struct zv_trace_field *zv_trace_fields_of(enum zv_call_in_kind kind, size_t *ret_count)
{
    *ret_count = 0;
    if (kind == ZV_CALL_IN_CLIENT_CONNECT)
        return TABLE(connect_fields);
    if (kind == ZV_CALL_IN_CLIENT_CALL)
        return TABLE(call_fields);
    if (kind == ZV_CALL_IN_CLIENT_REFUSED)
        return TABLE(refused_fields);
    if (kind == ZV_CALL_IN_CLIENT_UPDATE)
        return TABLE(update_fields);
    if (kind == ZV_CALL_IN_CLIENT_DTMF)
        return TABLE(digits_fields);
    if (kind == ZV_CALL_IN_CLIENT_CLOSED)
        return TABLE(closed_fields);
    if (kind >= ZV_CALL_IN_CLIENT_ANSWER && kind < ZV_CALL_IN_CLIENT_CLOSED)
        return TABLE(client_fields);
    if (kind == ZV_CALL_IN_SIP_DIGIT)
        return TABLE(sip_digit_fields);
    if (kind == ZV_CALL_IN_MEDIA_DIGIT)
        return TABLE(media_digit_fields);
    if (kind == ZV_CALL_IN_SIP_ENDED)
        return TABLE(sip_ended_fields);
    if (kind >= ZV_CALL_IN_SIP_REGISTERED && kind <= ZV_CALL_IN_SIP_ENDED)
        return TABLE(sip_fields);
    if (kind == ZV_CALL_IN_MEDIA_READY)
        return TABLE(ready_fields);
    if (kind == ZV_CALL_IN_MEDIA_VERDICT)
        return TABLE(verdict_fields);
    if (kind == ZV_CALL_IN_MEDIA_PATH)
        return TABLE(path_fields);
    if (kind > ZV_CALL_IN_MEDIA_READY && kind < ZV_CALL_IN_MEDIA_CLOSED)
        return TABLE(media_fields);
    if (kind == ZV_CALL_IN_DRAIN)
        return TABLE(drain_fields);
    return NULL;
}

void zv_trace_write_sdp(struct zv_json *json, const char *key, struct zv_str sdp,
                        struct zv_buf *scratch)
{
    if (!sdp.p || sdp.len > scratch->cap)
        return;
    if (sdp.len)
        memcpy(scratch->p, sdp.p, sdp.len);
    zv_trace_redact(scratch->p, sdp.len);
    zv_json_str(json, key, zv_str_n(scratch->p, sdp.len));
}

static void write_headers(struct zv_json *json, const struct zv_in_call *call)
{
    char name[65];
    zv_json_open_object(json, "headers");
    for (size_t i = 0; i < ZV_MIN(call->header_count, (size_t)ZV_MAX_CALL_HEADERS); i++) {
        if (zv_str_copy(call->headers[i].name, name, sizeof(name)) == 0)
            zv_json_str(json, name, call->headers[i].value);
    }
    zv_json_close_object(json);
}

static void write_text(struct zv_json *json, const char *name, struct zv_str text)
{
    if (text.p)
        zv_json_str(json, name, text);
}

/* A PIN is dialled so too: how many there were is all that is kept. */
static void write_digits(struct zv_json *json, const char *name, struct zv_str digits,
                         struct zv_buf *scratch)
{
    size_t len = ZV_MIN(digits.len, scratch->cap);
    if (!digits.p)
        return;
    memset(scratch->p, '*', len);
    zv_json_str(json, name, zv_str_n(scratch->p, len));
}

static void write_addr(struct zv_json *json, const char *name, const struct zv_addr *addr)
{
    char text[ZV_ADDR_TEXT_CAP];
    if (addr->family != ZV_ADDR_NONE)
        zv_json_text(json, name, zv_addr_write(addr, text));
}

static void write_field(struct zv_json *json, const struct zv_call_in *in,
                        const struct zv_trace_field *field, struct zv_buf *scratch)
{
    const void *value = (const char *)in + field->offset;
    switch (field->type) {
    case ZV_TRACE_STR:
        write_text(json, field->name, *(const struct zv_str *)value);
        break;
    case ZV_TRACE_SDP:
        zv_trace_write_sdp(json, field->name, *(const struct zv_str *)value, scratch);
        break;
    case ZV_TRACE_DIGITS:
        write_digits(json, field->name, *(const struct zv_str *)value, scratch);
        break;
    case ZV_TRACE_BOOL:
        zv_json_bool(json, field->name, *(const bool *)value);
        break;
    case ZV_TRACE_INT:
        zv_json_int(json, field->name, *(const int *)value);
        break;
    case ZV_TRACE_U16:
        zv_json_uint(json, field->name, *(const uint16_t *)value);
        break;
    case ZV_TRACE_U32:
        zv_json_uint(json, field->name, *(const uint32_t *)value);
        break;
    case ZV_TRACE_I64:
        zv_json_int(json, field->name, *(const int64_t *)value);
        break;
    case ZV_TRACE_ADDR:
        write_addr(json, field->name, value);
        break;
    case ZV_TRACE_HEADERS:
        write_headers(json, &in->u.call);
        break;
    }
}

void zv_trace_write_input(struct zv_json *json, const struct zv_call_in *in, struct zv_buf *scratch)
{
    size_t count;
    const struct zv_trace_field *fields = zv_trace_fields_of(in->kind, &count);
    zv_json_open_object(json, NULL);
    zv_json_text(json, "input", zv_call_in_name(in->kind));
    for (size_t i = 0; i < count; i++)
        write_field(json, in, &fields[i], scratch);
    zv_json_close_object(json);
}
