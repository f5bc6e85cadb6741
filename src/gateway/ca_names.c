/*
 * The names of trunks' CA files outlive the trunks: accounts, connections and calls point at them,
 * and SIP's edge tells connections apart by them. So each name that was ever configured is kept
 * once, to the end.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/gateway_int.h"

#include <string.h>

/* Where every trunk has a file of its own, that many changes of all of them. */
#define MAX_NAMES (4 * (size_t)ZV_CONFIG_MAX_TRUNKS)

static int keep(struct zv_gateway_names *names, struct zv_str name, struct zv_str *ret_kept)
{
    for (size_t i = 0; i < names->count; i++) {
        if (zv_str_is(name, names->items[i])) {
            *ret_kept = zv_str(names->items[i]);
            return 0;
        }
    }
    if (names->count == MAX_NAMES)
        return ZV_E_LIMIT;
    char **items = zv_realloc(names->items, (names->count + 1) * sizeof(*items));
    if (!items)
        return ZV_E_NOMEM;
    names->items = items;
    items[names->count] = zv_strndup(name.p, name.len);
    if (!items[names->count])
        return ZV_E_NOMEM;
    *ret_kept = zv_str(items[names->count++]);
    return 0;
}

int zv_gateway_keep_ca_names(struct zv_gateway *gateway, struct zv_trunk *entries, size_t count)
{
    int err = 0;
    for (size_t i = 0; i < count && !err; i++) {
        if (entries[i].ca.len)
            err = keep(&gateway->ca_names, entries[i].ca, &entries[i].ca);
    }
    return err;
}

void zv_gateway_free_ca_names(struct zv_gateway *gateway)
{
    for (size_t i = 0; i < gateway->ca_names.count; i++)
        zv_free(gateway->ca_names.items[i]);
    gateway->ca_names.items = zv_free(gateway->ca_names.items);
    gateway->ca_names.count = 0;
}
