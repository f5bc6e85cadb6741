/*
 * Masking of what names people: by `log.numbers` and `log.addresses` an operator may keep them out
 * of the log. What is left tells one caller or network from another as often as not, and names
 * nobody.
 */
#include "base/buf.h"
#include "base/log.h"

static bool shows_numbers = true, shows_addresses = true;

void zv_log_show(bool numbers, bool addresses)
{
    shows_numbers = numbers;
    shows_addresses = addresses;
}

bool zv_log_shows_addresses(void)
{
    return shows_addresses;
}

/* Of a short number, or a name, two characters would be too much of it. */
static bool has_digits_to_show(struct zv_str number)
{
    return number.len >= 7 && zv_is_digit(number.p[number.len - 1]) &&
           zv_is_digit(number.p[number.len - 2]);
}

struct zv_str zv_log_number(struct zv_str number, char memory[ZV_LOG_MASK_CAP])
{
    if (shows_numbers || !number.len)
        return number;
    struct zv_buf out = zv_buf(memory, ZV_LOG_MASK_CAP);
    zv_buf_put_text(&out, "***");
    if (has_digits_to_show(number))
        zv_buf_put_str(&out, zv_str_tail(number, number.len - 2));
    return zv_buf_str(&out);
}

/* The first two bytes of an IPv4 address, the first four of an IPv6 one: a provider's network. */
static void put_network(const struct zv_addr *addr, struct zv_buf *out)
{
    if (addr->family == ZV_ADDR_IPV4)
        zv_buf_printf(out, "%u.%u.x.x", addr->ip[0], addr->ip[1]);
    else
        zv_buf_printf(out, "%x:%x::x", zv_get_u16(addr->ip), zv_get_u16(addr->ip + 2));
}

const char *zv_log_addr(const struct zv_addr *addr, char dst[ZV_ADDR_TEXT_CAP])
{
    bool has_port = addr->port != 0;
    bool has_brackets = has_port && addr->family == ZV_ADDR_IPV6;
    if (shows_addresses)
        return has_port ? zv_addr_write(addr, dst) : zv_addr_write_ip(addr, dst);
    struct zv_buf out = zv_buf(dst, ZV_ADDR_TEXT_CAP);
    zv_buf_put_text(&out, has_brackets ? "[" : "");
    put_network(addr, &out);
    zv_buf_put_text(&out, has_brackets ? "]" : "");
    if (has_port)
        zv_buf_printf(&out, ":%u%s", addr->port, addr->transport == ZV_ADDR_TCP ? "/tcp" : "");
    return zv_buf_cstr(&out);
}

struct zv_str zv_log_host(struct zv_str host, char memory[ZV_ADDR_TEXT_CAP])
{
    struct zv_addr addr;
    struct zv_str bare = host;
    if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
        bare = zv_str_n(host.p + 1, host.len - 2);
    if (shows_addresses || zv_addr_parse_ip(bare, &addr))
        return host;
    struct zv_buf out = zv_buf(memory, ZV_ADDR_TEXT_CAP);
    put_network(&addr, &out);
    return zv_buf_str(&out);
}

struct zv_str zv_log_sip_call_id(struct zv_str call_id)
{
    ptrdiff_t at_sign = zv_str_find(call_id, '@');
    return shows_addresses || at_sign < 0 ? call_id : zv_str_head(call_id, (size_t)at_sign);
}

struct zv_str zv_log_foreign(struct zv_str text)
{
    return shows_numbers ? text : (struct zv_str){0};
}
