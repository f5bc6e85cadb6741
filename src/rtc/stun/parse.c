/*
 * Reading STUN messages. One pass over the attributes fills the view; what is wrong about a message
 * as such (lengths, a fixed size that is not kept, a bad FINGERPRINT) refuses it as a whole, since
 * a datagram of another protocol may look like STUN by its first bytes.
 */
#include "base/err.h"
#include "base/hash.h"
#include "rtc/stun/stun.h"
#include "rtc/stun/stun_int.h"

#include <string.h>

#define OPTIONAL_FROM 0x8000 /* RFC 8489 §14: comprehension-optional */

struct attr {
    uint16_t type;
    size_t at; /* offset of the attribute's header */
    const uint8_t *value;
    size_t len;
};

static size_t padded(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

bool zv_stun_is_message(const uint8_t *data, size_t len)
{
    return len >= ZV_STUN_HEADER_BYTES && data[0] <= 3 && len % 4 == 0 &&
           zv_get_u32(data + 4) == ZV_STUN_MAGIC_COOKIE &&
           (size_t)zv_get_u16(data + 2) + ZV_STUN_HEADER_BYTES == len;
}

static int parse_text(const struct attr *attr, size_t max_len, struct zv_str *text)
{
    if (attr->len > max_len)
        return ZV_E_PARSE;
    if (!text->p)
        *text = zv_str_n((const char *)attr->value, attr->len);
    return 0;
}

static int parse_priority(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->len != 4)
        return ZV_E_PARSE;
    if (!msg->has_priority)
        msg->priority = zv_get_u32(attr->value);
    msg->has_priority = true;
    return 0;
}

static int parse_role(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->len != 8)
        return ZV_E_PARSE;
    if (msg->is_controlling || msg->is_controlled)
        return 0;
    msg->is_controlling = attr->type == ZV_STUN_ATTR_CONTROLLING;
    msg->is_controlled = !msg->is_controlling;
    msg->tie_breaker = zv_get_u64(attr->value);
    return 0;
}

/* RFC 8489 §14.2: port and address are XORed with the cookie, an IPv6 one with the tx id too. */
static int parse_mapped(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->len < 4)
        return ZV_E_PARSE;
    bool is_v4 = attr->value[1] == 1 && attr->len == 8;
    bool is_v6 = attr->value[1] == 2 && attr->len == 20;
    if (!is_v4 && !is_v6)
        return ZV_E_PARSE;
    if (msg->mapped.family != ZV_ADDR_NONE)
        return 0;
    struct zv_addr addr = {.family = is_v4 ? ZV_ADDR_IPV4 : ZV_ADDR_IPV6};
    addr.port = zv_get_u16(attr->value + 2) ^ (uint16_t)(ZV_STUN_MAGIC_COOKIE >> 16);
    for (size_t i = 0; i < attr->len - 4; i++)
        addr.ip[i] = attr->value[4 + i] ^ msg->data[4 + i];
    msg->mapped = addr;
    return 0;
}

static int parse_error_code(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->len < 4)
        return ZV_E_PARSE;
    unsigned hundreds = attr->value[2] & 7, number = attr->value[3];
    if (hundreds < 3 || hundreds > 6 || number > 99)
        return ZV_E_PARSE;
    if (msg->error_code)
        return 0;
    msg->error_code = (uint16_t)(hundreds * 100 + number);
    msg->reason = zv_str_n((const char *)attr->value + 4, attr->len - 4);
    return 0;
}

static int parse_integrity(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->len != ZV_SHA1_BYTES)
        return ZV_E_PARSE;
    msg->integrity_at = attr->at;
    return 0;
}

static int parse_fingerprint(const struct attr *attr, struct zv_stun_msg *msg)
{
    bool is_last = attr->at + ZV_STUN_ATTR_HEADER_BYTES + 4 == msg->len;
    if (attr->len != 4 || !is_last)
        return ZV_E_PARSE;
    if ((zv_crc32(msg->data, attr->at) ^ ZV_STUN_FINGERPRINT_XOR) != zv_get_u32(attr->value))
        return ZV_E_PARSE;
    msg->has_fingerprint = true;
    return 0;
}

static int parse_unknown(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->type >= OPTIONAL_FROM)
        return 0;
    if (msg->unknown_count < ZV_STUN_MAX_UNKNOWN)
        msg->unknown[msg->unknown_count] = attr->type;
    msg->unknown_count++;
    return 0;
}

static int parse_attr(const struct attr *attr, struct zv_stun_msg *msg)
{
    if (attr->type == ZV_STUN_ATTR_FINGERPRINT)
        return parse_fingerprint(attr, msg);
    if (msg->integrity_at)
        return 0; /* RFC 8489 §14.5: not covered by the integrity, so it may come from anybody */
    switch (attr->type) {
    case ZV_STUN_ATTR_USERNAME:
        return parse_text(attr, ZV_STUN_MAX_USERNAME, &msg->username);
    case ZV_STUN_ATTR_SOFTWARE:
        return parse_text(attr, ZV_STUN_MAX_BYTES, &msg->software);
    case ZV_STUN_ATTR_INTEGRITY:
        return parse_integrity(attr, msg);
    case ZV_STUN_ATTR_ERROR_CODE:
        return parse_error_code(attr, msg);
    case ZV_STUN_ATTR_UNKNOWN_ATTRS:
        return attr->len % 2 ? ZV_E_PARSE : 0; /* what the far end did not know is of no use here */
    case ZV_STUN_ATTR_XOR_MAPPED:
        return parse_mapped(attr, msg);
    case ZV_STUN_ATTR_PRIORITY:
        return parse_priority(attr, msg);
    case ZV_STUN_ATTR_USE_CANDIDATE:
        msg->use_candidate = true;
        return 0;
    case ZV_STUN_ATTR_CONTROLLED:
    case ZV_STUN_ATTR_CONTROLLING:
        return parse_role(attr, msg);
    default:
        return parse_unknown(attr, msg);
    }
}

static int parse_attrs(struct zv_stun_msg *msg)
{
    size_t at = ZV_STUN_HEADER_BYTES;
    for (size_t count = 0; at < msg->len; count++) {
        if (count == ZV_STUN_MAX_ATTRS)
            return ZV_E_LIMIT;
        const uint8_t *p = msg->data + at; /* four bytes are there: both ends are multiples of 4 */
        struct attr attr = {zv_get_u16(p), at, p + ZV_STUN_ATTR_HEADER_BYTES, zv_get_u16(p + 2)};
        if (padded(attr.len) > msg->len - at - ZV_STUN_ATTR_HEADER_BYTES)
            return ZV_E_PARSE;
        int err = parse_attr(&attr, msg);
        if (err)
            return err;
        at += ZV_STUN_ATTR_HEADER_BYTES + padded(attr.len);
    }
    return 0;
}

int zv_stun_parse(const uint8_t *data, size_t len, struct zv_stun_msg *ret_msg)
{
    if (len > ZV_STUN_MAX_BYTES)
        return ZV_E_LIMIT;
    if (!zv_stun_is_message(data, len))
        return ZV_E_PARSE;
    unsigned type = zv_get_u16(data);
    struct zv_stun_msg msg = {
        .data = data,
        .len = len,
        .cls = (enum zv_stun_class)(((type >> 7) & 2) | ((type >> 4) & 1)),
        .method = (uint16_t)((type & 0xf) | ((type & 0xe0) >> 1) | ((type & 0x3e00) >> 2)),
        .tx_id = data + 8,
    };
    int err = parse_attrs(&msg);
    if (err)
        return err;
    *ret_msg = msg;
    return 0;
}

bool zv_stun_is_authentic(const struct zv_stun_msg *msg, struct zv_str password)
{
    uint8_t covered[ZV_STUN_MAX_BYTES], mac[ZV_SHA1_BYTES];
    if (!msg->integrity_at)
        return false;
    /* RFC 8489 §14.5: the length field counts up to MESSAGE-INTEGRITY, not what comes behind. */
    memcpy(covered, msg->data, msg->integrity_at);
    size_t end = msg->integrity_at + ZV_STUN_ATTR_HEADER_BYTES + ZV_SHA1_BYTES;
    zv_set_u16(covered + 2, (uint16_t)(end - ZV_STUN_HEADER_BYTES));
    zv_hmac_sha1(password.p, password.len, covered, msg->integrity_at, mac);
    const uint8_t *theirs = msg->data + msg->integrity_at + ZV_STUN_ATTR_HEADER_BYTES;
    return zv_str_eq_const_time(zv_str_n((const char *)mac, sizeof(mac)),
                                zv_str_n((const char *)theirs, ZV_SHA1_BYTES));
}
