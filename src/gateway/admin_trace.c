/* trace: what the flight recorder has of a call; how it looks is zvonokctl's business. */
#define _GNU_SOURCE
#include "gateway/admin.h"
#include "gateway/gateway_int.h"

static void write_trace(const void *arg, struct zv_json *json)
{
    zv_json_raw(json, "trace", (struct zv_str){0});
    zv_trace_write_json(arg, json->out);
}

void zv_admin_trace(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    const struct zv_trace *trace = zv_admin_find_trace(gateway, zv_str(query->request->id));
    if (!gateway->recorder)
        zv_admin_refuse_unrecorded(gateway, query);
    else if (!trace)
        zv_admin_refuse_unknown(gateway, query);
    else
        zv_admin_answer(gateway->admin.server, query->id, write_trace, trace);
}
