/* Which call is meant. */
#define _GNU_SOURCE
#include "gateway/admin.h"
#include "gateway/gateway_int.h"

#include <stdio.h>

static bool is_name(const struct zv_call_view *view, struct zv_str id)
{
    char name[ZV_ID_TEXT_CAP];
    return zv_str_is(id, zv_call_id_write(view->id, name));
}

static bool find(const struct zv_gateway *gateway, struct zv_str id, bool by_name,
                 struct zv_call_view *ret_view)
{
    struct zv_call_view view;
    const void *at = NULL;
    bool is_found = false;
    while (zv_switch_next_call(gateway->sw, &at, &view)) {
        if (!(by_name ? is_name(&view, id) : zv_str_is(id, view.call_id)))
            continue;
        *ret_view = view;
        is_found = true;
    }
    return is_found;
}

const struct zv_trace *zv_admin_find_trace(const struct zv_gateway *gateway, struct zv_str id)
{
    return gateway->recorder ? zv_recorder_find(gateway->recorder, id) : NULL;
}

/*
 * Our own name comes first, be that call over or not: a callId and a Call-ID are chosen by others,
 * who could call theirs by the name of the call that is about to be hung up. Call control knows no
 * SIP: the Call-ID of a leg is the recorder's knowledge.
 */
bool zv_admin_find_live(const struct zv_gateway *gateway, struct zv_str id,
                        struct zv_call_view *ret_view)
{
    if (find(gateway, id, true, ret_view))
        return true;
    const struct zv_trace *trace = zv_admin_find_trace(gateway, id);
    if (trace && zv_str_is(id, trace->name))
        return false;
    if (find(gateway, id, false, ret_view))
        return true;
    return trace && trace->is_live && find(gateway, zv_str(trace->name), true, ret_view);
}

void zv_admin_refuse_unknown(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    char text[ZV_ADMIN_ID_CAP + 32];
    struct zv_admin_refusal refusal = {
        .error = "unknown_call",
        .text = text,
        .remedy = "zvonokctl calls lists the calls that live; trace.keep and trace.calls set how "
                  "long and how many finished ones are known",
    };
    if (query->request->id[0])
        snprintf(text, sizeof(text), "there is no call %s", query->request->id);
    else
        snprintf(text, sizeof(text), "no call was named");
    zv_admin_refuse(gateway->admin.server, query->id, &refusal);
}

void zv_admin_refuse_unrecorded(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    static const struct zv_admin_refusal off = {
        .error = "not_recorded",
        .text = "this gateway records no traces",
        .remedy = "set trace.record to true and start it again",
    };
    zv_admin_refuse(gateway->admin.server, query->id, &off);
}

void zv_admin_refuse_not_live(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    const struct zv_trace *trace = zv_admin_find_trace(gateway, zv_str(query->request->id));
    char text[sizeof(trace->name) + 32];
    struct zv_admin_refusal refusal = {
        .error = "call_ended",
        .text = text,
        .remedy = "zvonokctl call ID says how it ended",
    };
    if (!trace) {
        zv_admin_refuse_unknown(gateway, query);
        return;
    }
    snprintf(text, sizeof(text), "the call %s is over", trace->name);
    zv_admin_refuse(gateway->admin.server, query->id, &refusal);
}
