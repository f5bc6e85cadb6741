/* The answer of a DNS server: see dns_message.h. */
#include "sipnet/dns_message.h"

#include "base/buf.h"
#include "base/err.h"

#include <string.h>

#define HEADER_BYTES    12
#define MAX_LABEL_BYTES 63
#define MAX_NAME_BYTES  253
/* RFC 1035 §3.2.2, §3.2.4, §4.1.1. */
#define TYPE_CNAME     5
#define TYPE_SOA       6
#define CLASS_IN       1
#define FLAG_RESPONSE  0x8000u
#define RCODE_MASK     0x000fu
#define RCODE_NXDOMAIN 3
/* RFC 2181 §8: larger values, which set the top bit, count as 0. */
#define MAX_TTL_S 0x7fffffffu

/* Where reading stands. `is_bad`: it went past the end or met nonsense; nothing more is read. */
struct reader {
    const uint8_t *bytes; /* the whole message */
    size_t len;
    size_t at;
    bool is_bad;
};

static bool has(struct reader *reader, size_t count)
{
    reader->is_bad |= count > reader->len - reader->at;
    return !reader->is_bad;
}

static void skip(struct reader *reader, size_t count)
{
    if (has(reader, count))
        reader->at += count;
}

static uint16_t read_u16(struct reader *reader)
{
    if (!has(reader, 2))
        return 0;
    reader->at += 2;
    return zv_get_u16(reader->bytes + reader->at - 2);
}

static uint32_t read_u32(struct reader *reader)
{
    if (!has(reader, 4))
        return 0;
    reader->at += 4;
    return zv_get_u32(reader->bytes + reader->at - 4);
}

static bool is_name_char(char c)
{
    return zv_is_alnum(c) || c == '-' || c == '_';
}

bool zv_dns_is_name(struct zv_str name)
{
    struct zv_str rest = name, label;
    if (name.len && name.p[name.len - 1] == '.')
        rest.len--;
    if (!rest.len || rest.len > MAX_NAME_BYTES)
        return false;
    while (zv_str_split(&rest, '.', &label)) {
        if (!label.len || label.len > MAX_LABEL_BYTES)
            return false;
        for (size_t i = 0; i < label.len; i++) {
            if (!is_name_char(label.p[i]))
                return false;
        }
    }
    return true;
}

/* One label, in lower case. A byte that no host name has spoils the name, not the message. */
static void put_label(const struct reader *reader, size_t at, size_t len, struct zv_buf *out)
{
    if (out->len)
        zv_buf_put_char(out, '.');
    for (size_t i = 0; i < len; i++) {
        char c = zv_ascii_lower((char)reader->bytes[at + i]);
        if (!is_name_char(c))
            out->overflow = true;
        else
            zv_buf_put_char(out, c);
    }
}

/*
 * A name (§4.1.4) as text without the last dot; "." is the root, "" one that no host has. Pointers
 * lead to places before their own only, so that reading ends.
 */
static void read_name(struct reader *reader, char ret_name[ZV_DNS_NAME_CAP])
{
    struct zv_buf out = zv_buf(ret_name, MAX_NAME_BYTES + 1);
    size_t at = reader->at, end = 0, limit = reader->at;
    ret_name[0] = '\0';
    while (at < reader->len && reader->bytes[at]) {
        uint8_t len = reader->bytes[at];
        if (len <= MAX_LABEL_BYTES && at + 1 + len < reader->len) {
            put_label(reader, at + 1, len, &out);
            at += 1u + len;
            continue;
        }
        size_t to = at + 1 < reader->len ? zv_get_u16(reader->bytes + at) & 0x3fffu : reader->len;
        if ((len & 0xc0) != 0xc0 || to >= limit) {
            reader->is_bad = true;
            return;
        }
        end = end ? end : at + 2;
        at = limit = to;
    }
    if (at >= reader->len) {
        reader->is_bad = true;
        return;
    }
    reader->at = end ? end : at + 1;
    if (out.overflow || !zv_buf_cstr(&out))
        ret_name[0] = '\0';
    else if (!out.len)
        memcpy(ret_name, ".", 2);
}

/* A record's head; its data is at `data`. */
struct head {
    char owner[ZV_DNS_NAME_CAP];
    uint16_t type, class;
    uint32_t ttl_s;
    struct reader data; /* up to the end of the message: a name in it may point anywhere before */
    size_t data_len;
};

static bool read_head(struct reader *reader, struct head *head)
{
    read_name(reader, head->owner);
    head->type = read_u16(reader);
    head->class = read_u16(reader);
    head->ttl_s = read_u32(reader);
    head->data_len = read_u16(reader);
    if (head->ttl_s > MAX_TTL_S)
        head->ttl_s = 0;
    head->data = *reader;
    skip(reader, head->data_len);
    return !reader->is_bad;
}

/* <character-string> (§3.3) of a size that we look for; longer ones become "". */
static void read_string(struct reader *reader, char *ret_text, size_t cap)
{
    uint8_t len = 0;
    ret_text[0] = '\0';
    if (!has(reader, 1))
        return;
    len = reader->bytes[reader->at++];
    if (has(reader, len) && len < cap && !memchr(reader->bytes + reader->at, '\0', len)) {
        memcpy(ret_text, reader->bytes + reader->at, len);
        ret_text[len] = '\0';
    }
    skip(reader, len);
}

static bool take_address(struct head *head, struct zv_addr *addr)
{
    bool is_v6 = head->type == ZV_DNS_AAAA;
    size_t len = is_v6 ? 16 : 4;
    if (head->data_len != len)
        return false;
    *addr = (struct zv_addr){.family = is_v6 ? ZV_ADDR_IPV6 : ZV_ADDR_IPV4};
    memcpy(addr->ip, head->data.bytes + head->data.at, len);
    return true;
}

static bool take_srv(struct head *head, struct zv_dns_srv *srv)
{
    srv->priority = read_u16(&head->data);
    srv->weight = read_u16(&head->data);
    srv->port = read_u16(&head->data);
    read_name(&head->data, srv->target);
    return srv->target[0] != '\0';
}

static bool take_naptr(struct head *head, struct zv_dns_naptr *naptr)
{
    char regexp[2];
    naptr->order = read_u16(&head->data);
    naptr->preference = read_u16(&head->data);
    read_string(&head->data, naptr->flags, sizeof(naptr->flags));
    read_string(&head->data, naptr->service, sizeof(naptr->service));
    if (!has(&head->data, 1) || head->data.bytes[head->data.at])
        return false; /* a regular expression: not for SIP */
    read_string(&head->data, regexp, sizeof(regexp));
    read_name(&head->data, naptr->replacement);
    return naptr->replacement[0] != '\0';
}

static bool take_record(struct head *head, struct zv_dns_answer *answer)
{
    size_t end = head->data.at + head->data_len;
    bool is_taken;
    if (answer->type == ZV_DNS_SRV)
        is_taken = take_srv(head, &answer->of.srv[answer->count]);
    else if (answer->type == ZV_DNS_NAPTR)
        is_taken = take_naptr(head, &answer->of.naptr[answer->count]);
    else
        is_taken = take_address(head, &answer->of.addrs[answer->count]);
    return is_taken && !head->data.is_bad && head->data.at <= end;
}

/* The sections of the message. */
struct message {
    struct reader answers; /* at its first record */
    size_t answer_count, authority_count;
    uint16_t rcode;
};

static int read_message(struct zv_str bytes, struct message *ret_message)
{
    struct reader reader = {.bytes = (const uint8_t *)bytes.p, .len = bytes.len};
    char name[ZV_DNS_NAME_CAP];
    skip(&reader, 2);
    uint16_t flags = read_u16(&reader);
    uint16_t questions = read_u16(&reader);
    uint16_t answers = read_u16(&reader);
    ret_message->answer_count = ZV_MIN(answers, ZV_DNS_MAX_SEEN);
    ret_message->authority_count = read_u16(&reader);
    skip(&reader, 2);
    if (reader.is_bad || !(flags & FLAG_RESPONSE) || questions != 1)
        return ZV_E_PARSE;
    read_name(&reader, name);
    skip(&reader, 4);
    ret_message->rcode = flags & RCODE_MASK;
    ret_message->answers = reader;
    return reader.is_bad ? ZV_E_PARSE : 0;
}

/* Goes from the name to where its aliases lead (CNAME); RFC 1034 §3.6.2 sets them no order. */
static int follow_aliases(const struct message *message, char name[ZV_DNS_NAME_CAP],
                          uint32_t *ttl_s)
{
    struct head head;
    for (int hops = 0; hops <= ZV_DNS_MAX_ALIASES; hops++) {
        struct reader reader = message->answers;
        bool is_alias = false;
        for (size_t i = 0; i < message->answer_count && !is_alias; i++) {
            if (!read_head(&reader, &head))
                return ZV_E_PARSE;
            is_alias =
                head.type == TYPE_CNAME && head.class == CLASS_IN && strcmp(head.owner, name) == 0;
        }
        if (!is_alias)
            return 0;
        read_name(&head.data, name);
        *ttl_s = ZV_MIN(*ttl_s, head.ttl_s);
        if (head.data.is_bad || !name[0])
            return ZV_E_PARSE;
    }
    return ZV_E_PARSE; /* aliases without end */
}

static int take_records(const struct message *message, const char *name,
                        struct zv_dns_answer *answer)
{
    struct reader reader = message->answers;
    struct head head;
    for (size_t i = 0; i < message->answer_count && answer->count < ZV_DNS_MAX_RECORDS; i++) {
        if (!read_head(&reader, &head))
            return ZV_E_PARSE;
        if (head.type != answer->type || head.class != CLASS_IN || strcmp(head.owner, name) != 0 ||
            !take_record(&head, answer))
            continue;
        answer->ttl_s = ZV_MIN(answer->ttl_s, head.ttl_s);
        answer->count++;
    }
    return 0;
}

/* RFC 2308 §5: the SOA's own time or its MINIMUM, whichever is less. */
static uint32_t denial_ttl_s(const struct message *message)
{
    struct reader reader = message->answers;
    char name[ZV_DNS_NAME_CAP];
    size_t seen = ZV_MIN(message->answer_count + message->authority_count, ZV_DNS_MAX_SEEN);
    for (size_t i = 0; i < seen; i++) {
        struct head head;
        if (!read_head(&reader, &head))
            return 0;
        if (i < message->answer_count || head.type != TYPE_SOA)
            continue;
        read_name(&head.data, name); /* MNAME, RNAME, SERIAL, REFRESH, RETRY, EXPIRE */
        read_name(&head.data, name);
        skip(&head.data, 16);
        uint32_t minimum_s = read_u32(&head.data);
        return head.data.is_bad ? 0 : ZV_MIN(head.ttl_s, minimum_s);
    }
    return 0;
}

int zv_dns_message_read(struct zv_str bytes, const char *name, enum zv_dns_type type,
                        struct zv_dns_answer *ret_answer)
{
    struct zv_dns_answer answer = {.type = type, .ttl_s = MAX_TTL_S};
    char canonical[ZV_DNS_NAME_CAP];
    struct message message;
    int err = zv_str_copy(zv_str(name), canonical, sizeof(canonical));
    if (!err)
        err = read_message(bytes, &message);
    if (!err && message.rcode && message.rcode != RCODE_NXDOMAIN)
        return ZV_E_IO;
    if (!err)
        err = follow_aliases(&message, canonical, &answer.ttl_s);
    if (!err)
        err = take_records(&message, canonical, &answer);
    if (err)
        return ZV_E_PARSE;
    if (!answer.count) {
        answer.err = ZV_E_NOTFOUND;
        answer.ttl_s = ZV_MIN(answer.ttl_s, denial_ttl_s(&message));
    }
    *ret_answer = answer;
    return 0;
}
