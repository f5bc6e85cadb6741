#include "pcap/pcapng.h"

#include "base/err.h"

#include <string.h>

/* draft-ietf-opsawg-pcapng sections 4.1 to 4.6. */
enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
};
enum option_code {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_EPB_FLAGS = 2,
    OPTION_IF_NAME = 2,
    OPTION_SHB_USERAPPL = 4,
    OPTION_ISB_IFRECV = 4,
    OPTION_ISB_IFDROP = 5,
    OPTION_IF_TSRESOL = 9,
};

#define BYTE_ORDER_MAGIC  UINT32_C(0x1a2b3c4d)
#define LINKTYPE_RAW      101 /* begins with an IPv4 or IPv6 header */
#define TSRESOL_US        6   /* 10^-6 s */
#define FLAGS_INBOUND     1
#define FLAGS_OUTBOUND    2
#define BLOCK_FRAME_BYTES 12 /* type, length, and the length again at the end */
#define IPV4_BYTES        20
#define IPV6_BYTES        40
#define UDP_BYTES         8
#define PROTOCOL_UDP      17
#define TTL               64

/* ---- Blocks and options ---- */

/* What follows the last byte up to the next multiple of 4. */
static size_t padding_of(size_t len)
{
    return (4 - len % 4) % 4;
}

static struct zv_str cut(struct zv_str text)
{
    return zv_str_head(text, ZV_PCAPNG_MAX_TEXT_BYTES);
}

/* Bytes of an option; one that is empty is not written. */
static size_t option_bytes(size_t len)
{
    return len ? 4 + len + padding_of(len) : 0;
}

static void put_padded(struct zv_buf *out, const void *data, size_t len)
{
    static const uint8_t zeros[4];
    zv_buf_put(out, data, len);
    zv_buf_put(out, zeros, padding_of(len));
}

static void put_option(struct zv_buf *out, enum option_code code, const void *data, size_t len)
{
    if (!len)
        return;
    zv_buf_put_u16(out, (uint16_t)code);
    zv_buf_put_u16(out, (uint16_t)len);
    put_padded(out, data, len);
}

static void put_option_u64(struct zv_buf *out, enum option_code code, uint64_t value)
{
    zv_buf_put_u16(out, (uint16_t)code);
    zv_buf_put_u16(out, sizeof(value));
    zv_buf_put_u64(out, value);
}

static void put_options_end(struct zv_buf *out)
{
    zv_buf_put_u16(out, OPTION_END);
    zv_buf_put_u16(out, 0);
}

/* `body_bytes` of the block go between begin and end; begin looks whether all of it will fit. */
static int begin_block(struct zv_buf *out, enum block_type type, size_t body_bytes)
{
    if (out->overflow || out->cap - out->len < BLOCK_FRAME_BYTES + body_bytes)
        return ZV_E_TRUNCATED;
    zv_buf_put_u32(out, (uint32_t)type);
    zv_buf_put_u32(out, (uint32_t)(BLOCK_FRAME_BYTES + body_bytes));
    return 0;
}

static void end_block(struct zv_buf *out, size_t body_bytes)
{
    zv_buf_put_u32(out, (uint32_t)(BLOCK_FRAME_BYTES + body_bytes));
}

int zv_pcapng_write_section(struct zv_buf *out, struct zv_str application, struct zv_str comment)
{
    application = cut(application);
    comment = cut(comment);
    size_t body = 16 + option_bytes(application.len) + option_bytes(comment.len) + 4;
    int err = begin_block(out, BLOCK_SECTION, body);
    if (err)
        return err;
    zv_buf_put_u32(out, BYTE_ORDER_MAGIC);
    zv_buf_put_u16(out, 1); /* version 1.0 */
    zv_buf_put_u16(out, 0);
    zv_buf_put_u64(out, UINT64_MAX); /* the section's length is not known */
    put_option(out, OPTION_SHB_USERAPPL, application.p, application.len);
    put_option(out, OPTION_COMMENT, comment.p, comment.len);
    put_options_end(out);
    end_block(out, body);
    return 0;
}

int zv_pcapng_write_interface(struct zv_buf *out, struct zv_str name, struct zv_str comment)
{
    const uint8_t resolution = TSRESOL_US;
    name = cut(name);
    comment = cut(comment);
    size_t body = 8 + option_bytes(name.len) + option_bytes(comment.len) +
                  option_bytes(sizeof(resolution)) + 4;
    int err = begin_block(out, BLOCK_INTERFACE, body);
    if (err)
        return err;
    zv_buf_put_u16(out, LINKTYPE_RAW);
    zv_buf_put_u16(out, 0);
    zv_buf_put_u32(out, 0); /* no limit on a packet's length */
    put_option(out, OPTION_IF_NAME, name.p, name.len);
    put_option(out, OPTION_IF_TSRESOL, &resolution, sizeof(resolution));
    put_option(out, OPTION_COMMENT, comment.p, comment.len);
    put_options_end(out);
    end_block(out, body);
    return 0;
}

static void put_timestamp(struct zv_buf *out, int64_t wall_us)
{
    zv_buf_put_u64(out, (uint64_t)wall_us); /* high half, low half */
}

int zv_pcapng_write_statistics(struct zv_buf *out, const struct zv_pcapng_statistics *statistics)
{
    size_t body = 12 + 2 * option_bytes(sizeof(uint64_t)) + 4;
    int err = begin_block(out, BLOCK_STATISTICS, body);
    if (err)
        return err;
    zv_buf_put_u32(out, statistics->interface);
    put_timestamp(out, statistics->wall_us);
    put_option_u64(out, OPTION_ISB_IFRECV, statistics->received);
    put_option_u64(out, OPTION_ISB_IFDROP, statistics->dropped);
    put_options_end(out);
    end_block(out, body);
    return 0;
}

/* ---- IP and UDP ---- */

/* The sum of RFC 1071; an odd last byte counts as if a zero followed. */
static uint32_t add_words(uint32_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += zv_get_u16(data + i);
    if (len % 2)
        sum += (uint32_t)data[len - 1] << 8;
    return (sum & 0xffff) + (sum >> 16);
}

static uint16_t checksum_of(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

struct datagram {
    uint8_t headers[IPV6_BYTES + UDP_BYTES];
    size_t headers_len;
    const uint8_t *payload;
    size_t captured_len;
    size_t original_len;
};

/* As IPv6, an IPv4 address is mapped (RFC 4291 section 2.5.5.2). */
static void write_ipv6_address(const struct zv_addr *addr, uint8_t dst[16])
{
    memset(dst, 0, 16);
    if (addr->family == ZV_ADDR_IPV4) {
        dst[10] = dst[11] = 0xff;
        memcpy(dst + 12, addr->ip, 4);
    } else {
        memcpy(dst, addr->ip, 16);
    }
}

/* Returns the sum of what the UDP checksum takes from this header. */
static uint32_t write_ipv6(uint8_t *ip, const struct zv_addr *source, const struct zv_addr *target,
                           size_t udp_len)
{
    memset(ip, 0, IPV6_BYTES);
    ip[0] = 0x60;
    zv_set_u16(ip + 4, (uint16_t)udp_len);
    ip[6] = PROTOCOL_UDP;
    ip[7] = TTL;
    write_ipv6_address(source, ip + 8);
    write_ipv6_address(target, ip + 24);
    return add_words(0, ip + 8, 32);
}

static uint32_t write_ipv4(uint8_t *ip, const struct zv_addr *source, const struct zv_addr *target,
                           size_t udp_len)
{
    memset(ip, 0, IPV4_BYTES);
    ip[0] = 0x45;
    zv_set_u16(ip + 2, (uint16_t)(IPV4_BYTES + udp_len));
    zv_set_u16(ip + 6, 0x4000); /* don't fragment: then the identification may be 0 (RFC 6864) */
    ip[8] = TTL;
    ip[9] = PROTOCOL_UDP;
    memcpy(ip + 12, source->ip, 4);
    memcpy(ip + 16, target->ip, 4);
    zv_set_u16(ip + 10, checksum_of(add_words(0, ip, IPV4_BYTES)));
    return add_words(0, ip + 12, 8);
}

static void write_udp(uint8_t *udp, const struct zv_addr *source, const struct zv_addr *target,
                      uint32_t sum, const struct datagram *datagram)
{
    size_t len = UDP_BYTES + datagram->original_len;
    zv_set_u16(udp, source->port);
    zv_set_u16(udp + 2, target->port);
    zv_set_u16(udp + 4, (uint16_t)len);
    zv_set_u16(udp + 6, 0);
    sum += (uint32_t)(PROTOCOL_UDP + len);
    sum = add_words(sum, udp, UDP_BYTES);
    sum = add_words(sum, datagram->payload, datagram->captured_len);
    uint16_t checksum = checksum_of(sum);
    zv_set_u16(udp + 6, checksum ? checksum : 0xffff); /* 0 says: none (RFC 768) */
}

static void make_datagram(const struct zv_pcapng_packet *packet, struct datagram *datagram)
{
    const struct zv_addr *source = packet->is_outbound ? &packet->local : &packet->remote;
    const struct zv_addr *target = packet->is_outbound ? &packet->remote : &packet->local;
    bool is_ipv4 = source->family == ZV_ADDR_IPV4 && target->family == ZV_ADDR_IPV4;
    size_t ip_len = is_ipv4 ? IPV4_BYTES : IPV6_BYTES;
    datagram->payload = packet->payload;
    datagram->captured_len = ZV_MIN(packet->captured_len, (size_t)ZV_PCAPNG_MAX_PAYLOAD_BYTES);
    datagram->original_len = ZV_MAX(packet->original_len, datagram->captured_len);
    datagram->original_len = ZV_MIN(datagram->original_len, (size_t)ZV_PCAPNG_MAX_PAYLOAD_BYTES);
    datagram->headers_len = ip_len + UDP_BYTES;
    size_t udp_len = UDP_BYTES + datagram->original_len;
    uint32_t sum = is_ipv4 ? write_ipv4(datagram->headers, source, target, udp_len)
                           : write_ipv6(datagram->headers, source, target, udp_len);
    write_udp(datagram->headers + ip_len, source, target, sum, datagram);
}

int zv_pcapng_write_packet(struct zv_buf *out, const struct zv_pcapng_packet *packet)
{
    static const uint8_t zeros[4];
    struct datagram datagram;
    struct zv_str comment = cut(packet->comment);
    uint8_t flags[4] = {0, 0, 0, packet->is_outbound ? FLAGS_OUTBOUND : FLAGS_INBOUND};
    make_datagram(packet, &datagram);
    size_t captured = datagram.headers_len + datagram.captured_len;
    size_t body = 20 + captured + padding_of(captured) + option_bytes(sizeof(flags)) +
                  option_bytes(comment.len) + 4;
    int err = begin_block(out, BLOCK_PACKET, body);
    if (err)
        return err;
    zv_buf_put_u32(out, packet->interface);
    put_timestamp(out, packet->wall_us);
    zv_buf_put_u32(out, (uint32_t)captured);
    zv_buf_put_u32(out, (uint32_t)(datagram.headers_len + datagram.original_len));
    zv_buf_put(out, datagram.headers, datagram.headers_len);
    zv_buf_put(out, datagram.payload, datagram.captured_len);
    zv_buf_put(out, zeros, padding_of(captured));
    put_option(out, OPTION_EPB_FLAGS, flags, sizeof(flags));
    put_option(out, OPTION_COMMENT, comment.p, comment.len);
    put_options_end(out);
    end_block(out, body);
    return 0;
}
