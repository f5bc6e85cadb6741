/*
 * Reading a parsed message's headers: by id or name, as numbers, as lists.
 */
#include "base/err.h"
#include "sip/msg_int.h"

/* The first field from index `from` on; the id OTHER is searched by name only. */
static const struct zv_sip_field *find_from(const struct zv_sip_msg *msg, size_t from,
                                            enum zv_sip_header id)
{
    for (size_t i = from; i < msg->field_count; i++) {
        if (msg->fields[i].id == id)
            return &msg->fields[i];
    }
    return NULL;
}

const struct zv_sip_field *zv_sip_msg_find(const struct zv_sip_msg *msg, enum zv_sip_header id)
{
    return find_from(msg, 0, id);
}

const struct zv_sip_field *zv_sip_msg_find_next(const struct zv_sip_msg *msg,
                                                const struct zv_sip_field *field)
{
    return find_from(msg, (size_t)(field - msg->fields) + 1, field->id);
}

const struct zv_sip_field *zv_sip_msg_find_name(const struct zv_sip_msg *msg, struct zv_str name)
{
    enum zv_sip_header id = zv_sip_header_find(name);
    for (size_t i = 0; i < msg->field_count; i++) {
        const struct zv_sip_field *field = &msg->fields[i];
        if (field->id == id && (id != ZV_SIP_HEADER_OTHER || zv_str_eqi(field->name, name)))
            return field;
    }
    return NULL;
}

struct zv_str zv_sip_msg_value(const struct zv_sip_msg *msg, enum zv_sip_header id)
{
    const struct zv_sip_field *field = zv_sip_msg_find(msg, id);
    return field ? field->value : zv_str_n(NULL, 0);
}

int zv_sip_take_u32(struct zv_str *rest, uint32_t *ret_value)
{
    size_t len = 0;
    uint64_t value = 0;
    while (len < rest->len && zv_is_digit(rest->p[len])) {
        value = ZV_MIN(value * 10 + (uint64_t)(rest->p[len] - '0'), (uint64_t)UINT32_MAX);
        len++;
    }
    if (len == 0)
        return ZV_E_PARSE;
    *rest = zv_sip_trim(zv_str_tail(*rest, len));
    *ret_value = (uint32_t)value;
    return 0;
}

int zv_sip_msg_u32(const struct zv_sip_msg *msg, enum zv_sip_header id, uint32_t *ret_value)
{
    struct zv_str rest = zv_sip_msg_value(msg, id);
    uint32_t value;
    if (!rest.p)
        return ZV_E_NOTFOUND;
    if (zv_sip_take_u32(&rest, &value) ||
        (rest.len && rest.p[0] != ';' && rest.p[0] != '(' && rest.p[0] != ','))
        return ZV_E_PARSE;
    *ret_value = value;
    return 0;
}

uint32_t zv_sip_msg_retry_after_s(const struct zv_sip_msg *msg)
{
    uint32_t value_s;
    return msg && !zv_sip_msg_u32(msg, ZV_SIP_HEADER_RETRY_AFTER, &value_s) ? value_s : 0;
}

int zv_sip_msg_rack(const struct zv_sip_msg *msg, struct zv_sip_rack *ret_rack)
{
    struct zv_str rest = zv_sip_msg_value(msg, ZV_SIP_HEADER_RACK);
    struct zv_sip_rack rack;
    if (!rest.p)
        return ZV_E_NOTFOUND;
    if (zv_sip_take_u32(&rest, &rack.rseq) || zv_sip_take_u32(&rest, &rack.cseq) ||
        !zv_sip_is_token(rest) ||
        zv_is_digit(rest.p[-1])) /* a blank must stand before the method */
        return ZV_E_PARSE;
    rack.method_name = rest;
    *ret_rack = rack;
    return 0;
}

bool zv_sip_msg_has_token(const struct zv_sip_msg *msg, enum zv_sip_header id, const char *token)
{
    struct zv_sip_iter iter = zv_sip_iter(msg, id);
    struct zv_str element;
    while (zv_sip_iter_text(&iter, &element)) {
        if (zv_str_is_i(element, token))
            return true;
    }
    return false;
}

struct zv_sip_iter zv_sip_iter(const struct zv_sip_msg *msg, enum zv_sip_header id)
{
    struct zv_sip_iter iter = {.msg = msg, .field = zv_sip_msg_find(msg, id)};
    if (iter.field)
        iter.rest = iter.field->value;
    return iter;
}

bool zv_sip_iter_text(struct zv_sip_iter *iter, struct zv_str *ret_element)
{
    while (iter->field) {
        if (zv_sip_split(&iter->rest, ',', ret_element))
            return true;
        iter->field = zv_sip_msg_find_next(iter->msg, iter->field);
        if (iter->field)
            iter->rest = iter->field->value;
    }
    return false;
}

int zv_sip_iter_addr(struct zv_sip_iter *iter, struct zv_sip_name_addr *ret_addr)
{
    struct zv_str element;
    if (!zv_sip_iter_text(iter, &element))
        return ZV_E_NOTFOUND;
    return zv_sip_name_addr_parse(element, ret_addr);
}

int zv_sip_iter_via(struct zv_sip_iter *iter, struct zv_sip_via *ret_via)
{
    struct zv_str element;
    if (!zv_sip_iter_text(iter, &element))
        return ZV_E_NOTFOUND;
    return zv_sip_via_parse(element, ret_via);
}
