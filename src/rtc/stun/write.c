/*
 * Writing STUN messages: attribute by attribute into a bounded buffer whose first byte is the
 * message's first. The length field is right after every call, because MESSAGE-INTEGRITY and
 * FINGERPRINT are made over it.
 */
#include "base/hash.h"
#include "rtc/stun/stun.h"
#include "rtc/stun/stun_int.h"

#include <string.h>

/* `ahead`: bytes of an attribute that is not written yet but counted by the length field. */
static void set_length(struct zv_buf *buf, size_t ahead)
{
    if (!buf->overflow)
        zv_set_u16((uint8_t *)buf->p + 2, (uint16_t)(buf->len + ahead - ZV_STUN_HEADER_BYTES));
}

void zv_stun_write_header(struct zv_buf *buf, enum zv_stun_class cls, uint16_t method,
                          const uint8_t tx_id[ZV_STUN_TX_ID_BYTES])
{
    unsigned type = (method & 0xfU) | ((method & 0x70U) << 1) | ((method & 0xf80U) << 2) |
                    (((unsigned)cls & 1) << 4) | (((unsigned)cls & 2) << 7);
    zv_buf_put_u16(buf, (uint16_t)type);
    zv_buf_put_u16(buf, 0);
    zv_buf_put_u32(buf, ZV_STUN_MAGIC_COOKIE);
    zv_buf_put(buf, tx_id, ZV_STUN_TX_ID_BYTES);
}

void zv_stun_write_attr(struct zv_buf *buf, enum zv_stun_attr type, const void *value, size_t len)
{
    static const uint8_t zeros[3];
    if (len > ZV_STUN_MAX_BYTES) {
        buf->overflow = true;
        return;
    }
    zv_buf_put_u16(buf, (uint16_t)type);
    zv_buf_put_u16(buf, (uint16_t)len);
    zv_buf_put(buf, value, len);
    zv_buf_put(buf, zeros, (4 - len % 4) % 4);
    set_length(buf, 0);
}

void zv_stun_write_u32(struct zv_buf *buf, enum zv_stun_attr type, uint32_t value)
{
    uint8_t bytes[4];
    zv_set_u32(bytes, value);
    zv_stun_write_attr(buf, type, bytes, sizeof(bytes));
}

void zv_stun_write_u64(struct zv_buf *buf, enum zv_stun_attr type, uint64_t value)
{
    uint8_t bytes[8];
    zv_set_u64(bytes, value);
    zv_stun_write_attr(buf, type, bytes, sizeof(bytes));
}

void zv_stun_write_mapped(struct zv_buf *buf, const struct zv_addr *addr)
{
    bool is_v4 = addr->family == ZV_ADDR_IPV4;
    size_t ip_len = is_v4 ? 4 : 16;
    uint8_t value[20] = {0, is_v4 ? 1 : 2};
    if (buf->overflow)
        return; /* the XOR needs the header */
    zv_set_u16(value + 2, addr->port ^ (uint16_t)(ZV_STUN_MAGIC_COOKIE >> 16));
    for (size_t i = 0; i < ip_len; i++)
        value[4 + i] = addr->ip[i] ^ (uint8_t)buf->p[4 + i];
    zv_stun_write_attr(buf, ZV_STUN_ATTR_XOR_MAPPED, value, 4 + ip_len);
}

void zv_stun_write_error(struct zv_buf *buf, uint16_t code, const char *reason)
{
    uint8_t value[128] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)};
    size_t len = strlen(reason);
    if (len > sizeof(value) - 4)
        len = sizeof(value) - 4;
    memcpy(value + 4, reason, len);
    zv_stun_write_attr(buf, ZV_STUN_ATTR_ERROR_CODE, value, 4 + len);
}

void zv_stun_write_unknown(struct zv_buf *buf, const uint16_t *types, size_t count)
{
    uint8_t value[2 * ZV_STUN_MAX_UNKNOWN];
    if (count > ZV_STUN_MAX_UNKNOWN)
        count = ZV_STUN_MAX_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        zv_set_u16(value + 2 * i, types[i]);
    zv_stun_write_attr(buf, ZV_STUN_ATTR_UNKNOWN_ATTRS, value, 2 * count);
}

void zv_stun_write_integrity(struct zv_buf *buf, struct zv_str password)
{
    uint8_t mac[ZV_SHA1_BYTES];
    if (buf->overflow)
        return;
    set_length(buf, ZV_STUN_ATTR_HEADER_BYTES + sizeof(mac));
    zv_hmac_sha1(password.p, password.len, buf->p, buf->len, mac);
    zv_stun_write_attr(buf, ZV_STUN_ATTR_INTEGRITY, mac, sizeof(mac));
}

void zv_stun_write_fingerprint(struct zv_buf *buf)
{
    if (buf->overflow)
        return;
    set_length(buf, ZV_STUN_ATTR_HEADER_BYTES + 4);
    zv_stun_write_u32(buf, ZV_STUN_ATTR_FINGERPRINT,
                      zv_crc32(buf->p, buf->len) ^ ZV_STUN_FINGERPRINT_XOR);
}
