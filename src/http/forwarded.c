#include "http/forwarded.h"

#include "base/err.h"

bool zv_proxies_has(const struct zv_proxies *proxies, const struct zv_addr *addr)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (zv_cidr_has(&proxies->networks[i], addr))
            return true;
    return false;
}

/* "192.0.2.1", "2001:db8::1", and as some proxies write it "192.0.2.1:4711", "[2001:db8::1]:4711".
 */
static int read_item(struct zv_str item, struct zv_addr *ret_addr)
{
    struct zv_addr addr;
    if (zv_addr_parse_ip(item, &addr) != 0 && zv_addr_parse(item, &addr) != 0)
        return ZV_E_PARSE;
    zv_addr_unmap(&addr);
    addr.port = 0;
    *ret_addr = addr;
    return 0;
}

/* Takes the last item off the list. */
static struct zv_str take_last(struct zv_str *list)
{
    size_t start = list->len;
    while (start && list->p[start - 1] != ',')
        start--;
    struct zv_str item = zv_str_trim(zv_str_tail(*list, start));
    *list = zv_str_head(*list, start ? start - 1 : 0);
    return item;
}

bool zv_forwarded_client(const struct zv_proxies *proxies, struct zv_str header,
                         struct zv_addr *ret_client)
{
    struct zv_addr addr;
    bool is_named = false;
    while (header.len && read_item(take_last(&header), &addr) == 0) {
        *ret_client = addr;
        is_named = true;
        if (!zv_proxies_has(proxies, &addr))
            break;
    }
    return is_named;
}
