/* Which call is meant. */
#define _GNU_SOURCE
#include "gateway/admin.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static bool is_named(const struct zv_call_view *view, struct zv_str id)
{
    char name[ZV_ID_TEXT_CAP];
    return zv_str_is(id, zv_call_id_write(view->id, name)) || zv_str_is(id, view->call_id);
}

bool zv_admin_find_live(const struct zv_gateway *gateway, struct zv_str id,
                        struct zv_call_view *ret_view)
{
    struct zv_call_view view;
    const void *at = NULL;
    bool is_found = false;
    while (zv_switch_next_call(gateway->sw, &at, &view)) {
        if (!is_named(&view, id))
            continue;
        *ret_view = view;
        is_found = true;
    }
    return is_found;
}

void zv_admin_refuse_unknown(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    char text[ZV_ADMIN_ID_CAP + 32];
    struct zv_admin_refusal refusal = {
        .error = "unknown_call",
        .text = text,
        .remedy = "zvonokctl calls lists the calls that live",
    };
    if (query->request->id[0])
        snprintf(text, sizeof(text), "there is no call %s", query->request->id);
    else
        snprintf(text, sizeof(text), "no call was named");
    zv_admin_refuse(gateway->admin.server, query->id, &refusal);
}
