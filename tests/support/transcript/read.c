/* A transcript as it is read. */
#include "support/transcript/transcript.h"

#include <string.h>

static bool take_line(struct zv_str *rest, struct zv_str *ret_line)
{
    if (!rest->len)
        return false;
    ptrdiff_t end = zv_str_find(*rest, '\n');
    size_t len = end < 0 ? rest->len : (size_t)end;
    *ret_line = zv_str_head(*rest, len);
    *rest = zv_str_tail(*rest, end < 0 ? len : len + 1);
    return true;
}

bool transcript_next(struct zv_str *rest, struct transcript_record *ret_record)
{
    struct zv_str line, ignored;
    if (!take_line(rest, &line))
        return false;
    struct transcript_record record = {.memory = ret_record->memory};
    record.memory.len = 0;
    record.fields = line;
    if (!zv_str_split(&record.fields, ' ', &record.verb))
        record.verb = line;
    record.texts = zv_str_head(*rest, 0);
    while (zv_str_has_prefix(*rest, " ") && take_line(rest, &ignored))
        record.texts.len = (size_t)(rest->p - record.texts.p);
    *ret_record = record;
    return true;
}

/* The raw value of the next field of that name. */
static bool find(struct zv_str *fields, const char *key, struct zv_str *ret_value)
{
    size_t len = strlen(key);
    for (struct zv_str field; zv_str_split(fields, ' ', &field);) {
        if (field.len > len && field.p[len] == '=' && memcmp(field.p, key, len) == 0) {
            *ret_value = zv_str_tail(field, len + 1);
            return true;
        }
    }
    return false;
}

static bool unescape(struct zv_buf *memory, struct zv_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] != '%') {
            zv_buf_put_char(memory, text.p[i]);
            continue;
        }
        if (i + 2 >= text.len)
            return false;
        int high = zv_hex_value(text.p[i + 1]), low = zv_hex_value(text.p[i + 2]);
        if (high < 0 || low < 0)
            return false;
        zv_buf_put_u8(memory, (uint8_t)(16 * high + low));
        i += 2;
    }
    return !memory->overflow;
}

bool transcript_get_uint(const struct transcript_record *record, const char *key,
                         uint64_t *ret_value)
{
    struct zv_str fields = record->fields, value;
    *ret_value = 0;
    return !find(&fields, key, &value) || zv_str_to_u64(value, ret_value) == 0;
}

bool transcript_get_id(const struct transcript_record *record, const char *key, uint64_t *ret_id)
{
    struct zv_str fields = record->fields, value;
    uint64_t id = 0;
    if (find(&fields, key, &value)) {
        for (size_t i = 0; i < value.len; i++) {
            int digit = zv_hex_value(value.p[i]);
            if (digit < 0 || i >= 16)
                return false;
            id = 16 * id + (uint64_t)digit;
        }
    }
    *ret_id = id;
    return true;
}

bool transcript_get_next(struct transcript_record *record, const char *key, struct zv_str *at,
                         struct zv_str *ret_text)
{
    struct zv_str value;
    size_t from = record->memory.len;
    if (!find(at, key, &value) || !unescape(&record->memory, value))
        return false;
    *ret_text = zv_str_n(record->memory.p + from, record->memory.len - from);
    return true;
}

bool transcript_get_str(struct transcript_record *record, const char *key, struct zv_str *ret_text)
{
    struct zv_str fields = record->fields, value;
    *ret_text = (struct zv_str){0};
    if (!find(&fields, key, &value))
        return true;
    fields = record->fields;
    return transcript_get_next(record, key, &fields, ret_text);
}

bool transcript_get_lines(struct transcript_record *record, const char *key,
                          struct zv_str *ret_lines)
{
    struct zv_str rest = record->texts, line;
    size_t from = record->memory.len;
    bool is_wanted = false;
    while (take_line(&rest, &line)) {
        struct zv_str text = zv_str_tail(line, 1);
        bool is_piece = zv_str_has_prefix(text, "|") || zv_str_has_prefix(text, "+");
        if (!is_piece)
            is_wanted = zv_str_is(text, key);
        else if (is_wanted && !unescape(&record->memory, zv_str_tail(text, 1)))
            return false;
        if (is_piece && is_wanted && text.p[0] == '|')
            zv_buf_put_text(&record->memory, "\r\n");
    }
    *ret_lines = zv_str_n(record->memory.p + from, record->memory.len - from);
    return !record->memory.overflow;
}

static bool read_addr(struct zv_str text, struct zv_addr *ret_addr)
{
    *ret_addr = (struct zv_addr){0};
    return zv_str_is(text, "none") || zv_addr_parse(text, ret_addr) == 0;
}

static bool read_flow(struct zv_str text, struct zv_sip_flow *ret_flow)
{
    struct zv_str parts[4] = {{0}};
    *ret_flow = (struct zv_sip_flow){0};
    for (size_t i = 0; i < 4; i++) {
        if (!zv_str_split(&text, ',', &parts[i]))
            return false;
    }
    for (int transport = ZV_SIP_ANY; transport <= ZV_SIP_TLS; transport++) {
        if (zv_str_is(parts[0], zv_sip_transport_name(transport)))
            ret_flow->transport = transport;
    }
    for (size_t i = 0; i < parts[3].len; i++)
        ret_flow->conn = 16 * ret_flow->conn + (uint64_t)zv_hex_value(parts[3].p[i]);
    return read_addr(parts[1], &ret_flow->local) && read_addr(parts[2], &ret_flow->remote);
}

bool transcript_get_flows(const struct transcript_record *record, const char *key,
                          struct zv_sip_flow *ret_flows, size_t cap, size_t *ret_count)
{
    struct zv_str fields = record->fields, value;
    size_t count = 0;
    while (count < cap && find(&fields, key, &value)) {
        if (!read_flow(value, &ret_flows[count++]))
            return false;
    }
    *ret_count = count;
    return true;
}
