/* hangup: the one verb that touches a call. */
#define _GNU_SOURCE
#include "base/log.h"
#include "gateway/admin.h"
#include "gateway/gateway_int.h"

static void write_hung_up(const void *arg, struct zv_json *json)
{
    zv_json_text(json, "call", arg);
    zv_json_text(json, "cause", zv_cause_name(ZV_CAUSE_ADMIN_HANGUP));
}

void zv_admin_hangup(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    struct zv_call_in in = {.kind = ZV_CALL_IN_ADMIN_HANGUP};
    struct zv_call_view view;
    char name[ZV_ID_TEXT_CAP];
    if (!zv_admin_find_live(gateway, zv_str(query->request->id), &view) || view.is_over) {
        zv_admin_refuse_not_live(gateway, query);
        return;
    }
    zv_call_id_write(view.id, name);
    in.u.media.call = view.id;
    zv_log(ZV_LOG_CALL, ZV_LOG_INFO, name, "hung up over the admin socket by user id %u",
           query->uid);
    zv_gateway_input(gateway, &in);
    zv_admin_answer(gateway->admin.server, query->id, write_hung_up, name);
}
