#include "http/origin.h"

#include "base/attr.h"

/* The host of "host", "host:port", "[v6]" or "[v6]:port"; empty when it is none of these. */
static struct zv_str host_part(struct zv_str authority)
{
    struct zv_str none = {0};
    size_t end = 0;
    if (authority.len && authority.p[0] == '[') {
        ptrdiff_t bracket = zv_str_find(authority, ']');
        if (bracket < 0)
            return none;
        end = (size_t)bracket + 1;
    } else {
        ptrdiff_t colon = zv_str_find(authority, ':');
        end = colon < 0 ? authority.len : (size_t)colon;
    }
    struct zv_str port = zv_str_tail(authority, end);
    uint32_t number = 0;
    if (port.len &&
        (port.p[0] != ':' || zv_str_to_u32(zv_str_tail(port, 1), &number) != 0 || number > 65535))
        return none;
    return zv_str_head(authority, end);
}

/* What follows "http://" or "https://"; empty for every other scheme and for "null". */
static struct zv_str authority_part(struct zv_str origin)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < ZV_ARRAY_LEN(schemes); i++)
        if (zv_str_has_prefix_i(origin, schemes[i]))
            return zv_str_tail(origin, strlen(schemes[i]));
    return (struct zv_str){0};
}

bool zv_origin_is_allowed(struct zv_str origin, struct zv_str host, const char *const *allowed,
                          size_t allowed_count)
{
    if (!origin.p)
        return true;
    for (size_t i = 0; i < allowed_count; i++)
        if (zv_str_is_i(origin, allowed[i]))
            return true;
    struct zv_str page = host_part(authority_part(origin));
    return page.len && zv_str_eqi(page, host_part(host));
}
