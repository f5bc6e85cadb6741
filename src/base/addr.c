#include "base/addr.h"

#include "base/buf.h"
#include "base/err.h"

static int parse_octet(struct zv_str text, uint8_t *ret_octet)
{
    uint32_t value;
    if (text.len > 3 ||
        (text.len > 1 && text.p[0] == '0')) /* 010 is octal to some, decimal to others */
        return ZV_E_PARSE;
    if (zv_str_to_u32(text, &value) || value > 255)
        return ZV_E_PARSE;
    *ret_octet = (uint8_t)value;
    return 0;
}

static int parse_ipv4(struct zv_str text, uint8_t ret_ip[4])
{
    struct zv_str rest = text, token;
    int count = 0;
    while (zv_str_split(&rest, '.', &token)) {
        if (count == 4 || parse_octet(token, &ret_ip[count]))
            return ZV_E_PARSE;
        count++;
    }
    return count == 4 ? 0 : ZV_E_PARSE;
}

static int parse_group(struct zv_str text, uint16_t *ret_group)
{
    uint32_t value = 0;
    if (text.len == 0 || text.len > 4)
        return ZV_E_PARSE;
    for (size_t i = 0; i < text.len; i++) {
        int digit = zv_hex_value(text.p[i]);
        if (digit < 0)
            return ZV_E_PARSE;
        value = value * 16 + (uint32_t)digit;
    }
    *ret_group = (uint16_t)value;
    return 0;
}

/* Groups of one side of "::" into `groups`; returns their number or ZV_E_PARSE. A dotted quad may
 * end them. */
static int parse_groups(struct zv_str text, uint16_t groups[8])
{
    struct zv_str rest = text, token;
    int count = 0;
    if (text.len == 0)
        return 0;
    while (zv_str_split(&rest, ':', &token)) {
        if (!rest.p && zv_str_find(token, '.') >= 0) {
            uint8_t quad[4];
            if (count > 6 || parse_ipv4(token, quad))
                return ZV_E_PARSE;
            groups[count++] = zv_get_u16(quad);
            groups[count++] = zv_get_u16(quad + 2);
            return count;
        }
        if (count == 8 || parse_group(token, &groups[count]))
            return ZV_E_PARSE;
        count++;
    }
    return count;
}

static ptrdiff_t find_double_colon(struct zv_str text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.p[i] == ':' && text.p[i + 1] == ':')
            return (ptrdiff_t)i;
    }
    return -1;
}

static int parse_ipv6(struct zv_str text, uint8_t ret_ip[16])
{
    uint16_t left[8] = {0}, right[8] = {0};
    ptrdiff_t gap = find_double_colon(text);
    int left_count = parse_groups(gap < 0 ? text : zv_str_head(text, (size_t)gap), left);
    int right_count = gap < 0 ? 0 : parse_groups(zv_str_tail(text, (size_t)gap + 2), right);
    if (left_count < 0 || right_count < 0)
        return ZV_E_PARSE;
    if (gap < 0 ? left_count != 8 : left_count + right_count > 7)
        return ZV_E_PARSE;
    memset(ret_ip, 0, 16);
    for (int i = 0; i < left_count; i++)
        zv_set_u16(ret_ip + 2 * i, left[i]);
    for (int i = 0; i < right_count; i++)
        zv_set_u16(ret_ip + 16 - 2 * right_count + 2 * i, right[i]);
    return 0;
}

int zv_addr_parse_ip(struct zv_str text, struct zv_addr *ret_addr)
{
    struct zv_addr addr = {0};
    if (zv_str_find(text, ':') >= 0) {
        addr.family = ZV_ADDR_IPV6;
        if (parse_ipv6(text, addr.ip))
            return ZV_E_PARSE;
    } else {
        addr.family = ZV_ADDR_IPV4;
        if (parse_ipv4(text, addr.ip))
            return ZV_E_PARSE;
    }
    *ret_addr = addr;
    return 0;
}

int zv_addr_parse(struct zv_str text, struct zv_addr *ret_addr)
{
    struct zv_addr addr;
    struct zv_str ip, port_text;
    uint32_t port;
    if (text.len && text.p[0] == '[') {
        ptrdiff_t close = zv_str_find(text, ']');
        if (close < 0 || (size_t)close + 1 >= text.len || text.p[close + 1] != ':')
            return ZV_E_PARSE;
        ip = zv_str_tail(zv_str_head(text, (size_t)close), 1);
        port_text = zv_str_tail(text, (size_t)close + 2);
        if (zv_str_find(ip, ':') < 0)
            return ZV_E_PARSE;
    } else {
        ptrdiff_t colon = zv_str_find(text, ':');
        if (colon < 0)
            return ZV_E_PARSE;
        ip = zv_str_head(text, (size_t)colon);
        port_text = zv_str_tail(text, (size_t)colon + 1);
    }
    if (zv_addr_parse_ip(ip, &addr) || zv_str_to_u32(port_text, &port) || port > 65535)
        return ZV_E_PARSE;
    addr.port = (uint16_t)port;
    *ret_addr = addr;
    return 0;
}

/* Start of the longest run of at least two zero groups (RFC 5952 §4.2), its length in *ret_len; -1:
 * none. */
static int longest_zero_run(const uint16_t groups[8], int *ret_len)
{
    int best = -1, best_len = 1;
    for (int i = 0; i < 8; i++) {
        int len = 0;
        while (i + len < 8 && groups[i + len] == 0)
            len++;
        if (len > best_len) {
            best = i;
            best_len = len;
        }
    }
    *ret_len = best_len;
    return best;
}

static void write_ipv6(struct zv_buf *out, const uint8_t ip[16])
{
    uint16_t groups[8];
    int run_len;
    for (int i = 0; i < 8; i++)
        groups[i] = zv_get_u16(ip + 2 * i);
    int run = longest_zero_run(groups, &run_len);
    for (int i = 0; i < 8; i++) {
        if (i == run) {
            zv_buf_put_text(out, "::");
            i += run_len - 1;
            continue;
        }
        bool after_gap = run >= 0 && i == run + run_len;
        if (i > 0 && !after_gap)
            zv_buf_put_char(out, ':');
        zv_buf_printf(out, "%x", groups[i]);
    }
}

static void write_ipv4(struct zv_buf *out, const uint8_t ip[4])
{
    for (int i = 0; i < 4; i++) {
        zv_buf_put_text(out, i ? "." : "");
        zv_buf_put_uint(out, ip[i]);
    }
}

static void write_ip(struct zv_buf *out, const struct zv_addr *addr)
{
    if (addr->family == ZV_ADDR_IPV4)
        write_ipv4(out, addr->ip);
    else if (addr->family == ZV_ADDR_IPV6)
        write_ipv6(out, addr->ip);
    else
        zv_buf_put_char(out, '-');
}

const char *zv_addr_write_ip(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP])
{
    struct zv_buf out = zv_buf(dst, ZV_ADDR_TEXT_CAP);
    write_ip(&out, addr);
    return zv_buf_cstr(&out);
}

const char *zv_addr_write(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP])
{
    struct zv_buf out = zv_buf(dst, ZV_ADDR_TEXT_CAP);
    bool brackets = addr->family == ZV_ADDR_IPV6;
    if (brackets)
        zv_buf_put_char(&out, '[');
    write_ip(&out, addr);
    zv_buf_put_text(&out, brackets ? "]:" : ":");
    zv_buf_put_uint(&out, addr->port);
    zv_buf_put_text(&out, addr->transport == ZV_ADDR_TCP ? "/tcp" : "");
    return zv_buf_cstr(&out);
}

bool zv_addr_ip_eq(const struct zv_addr *a, const struct zv_addr *b)
{
    size_t len = a->family == ZV_ADDR_IPV4 ? 4 : 16;
    return a->family == b->family && memcmp(a->ip, b->ip, len) == 0;
}

bool zv_addr_eq(const struct zv_addr *a, const struct zv_addr *b)
{
    return a->port == b->port && a->transport == b->transport && zv_addr_ip_eq(a, b);
}

void zv_addr_unmap(struct zv_addr *addr)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (addr->family != ZV_ADDR_IPV6 || memcmp(addr->ip, mapped, sizeof(mapped)) != 0)
        return;
    addr->family = ZV_ADDR_IPV4;
    memmove(addr->ip, addr->ip + 12, 4);
    memset(addr->ip + 4, 0, 12);
}

/* Names of networks, RFC 6890 and its registries; see in_table. */
static const char *const loopback_nets[] = {"127.0.0.0/8", "::1"};
static const char *const link_local_nets[] = {"169.254.0.0/16", "fe80::/10"};
static const char *const private_nets[] = {"10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16",
                                           "100.64.0.0/10", "127.0.0.0/8",   "169.254.0.0/16",
                                           "::1",           "fe80::/10",     "fc00::/7"};
static const char *const unreachable_nets[] = {
    "0.0.0.0/8", "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/4",    "240.0.0.0/4",
    "::",        "ff00::/8",     "64:ff9b::/96",  "64:ff9b:1::/48", "::ffff:0:0/96",
    "::/96",     "2002::/16",    "2001::/32",     "fec0::/10",      "100::/64"};

static bool in_table(const struct zv_addr *addr, const char *const *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct zv_cidr cidr;
        if (zv_cidr_parse(zv_str(table[i]), &cidr) == 0 && zv_cidr_has(&cidr, addr))
            return true;
    }
    return false;
}

static struct zv_addr unmapped(const struct zv_addr *addr)
{
    struct zv_addr plain = *addr;
    zv_addr_unmap(&plain);
    return plain;
}

bool zv_addr_is_loopback(const struct zv_addr *addr)
{
    struct zv_addr plain = unmapped(addr);
    return in_table(&plain, loopback_nets, ZV_ARRAY_LEN(loopback_nets));
}

bool zv_addr_is_link_local(const struct zv_addr *addr)
{
    struct zv_addr plain = unmapped(addr);
    return in_table(&plain, link_local_nets, ZV_ARRAY_LEN(link_local_nets));
}

bool zv_addr_is_unspecified(const struct zv_addr *addr)
{
    static const uint8_t zero[16];
    return addr->family == ZV_ADDR_NONE || memcmp(addr->ip, zero, sizeof(zero)) == 0;
}

bool zv_addr_is_private(const struct zv_addr *addr)
{
    struct zv_addr plain = unmapped(addr);
    return in_table(&plain, private_nets, ZV_ARRAY_LEN(private_nets));
}

bool zv_addr_is_public(const struct zv_addr *addr)
{
    if (addr->family != ZV_ADDR_IPV4 && addr->family != ZV_ADDR_IPV6)
        return false;
    return !in_table(addr, private_nets, ZV_ARRAY_LEN(private_nets)) &&
           !in_table(addr, unreachable_nets, ZV_ARRAY_LEN(unreachable_nets));
}

int zv_cidr_parse(struct zv_str text, struct zv_cidr *ret_cidr)
{
    struct zv_cidr cidr;
    ptrdiff_t slash = zv_str_find(text, '/');
    struct zv_str ip = slash < 0 ? text : zv_str_head(text, (size_t)slash);
    if (zv_addr_parse_ip(ip, &cidr.net))
        return ZV_E_PARSE;
    uint32_t most = cidr.net.family == ZV_ADDR_IPV4 ? 32 : 128, bits = most;
    if (slash >= 0 && (zv_str_to_u32(zv_str_tail(text, (size_t)slash + 1), &bits) || bits > most))
        return ZV_E_PARSE;
    cidr.prefix_bits = (uint8_t)bits;
    *ret_cidr = cidr;
    return 0;
}

bool zv_cidr_has(const struct zv_cidr *cidr, const struct zv_addr *addr)
{
    size_t whole = cidr->prefix_bits / 8, rest = cidr->prefix_bits % 8;
    if (cidr->net.family != addr->family || memcmp(cidr->net.ip, addr->ip, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return (cidr->net.ip[whole] & mask) == (addr->ip[whole] & mask);
}
