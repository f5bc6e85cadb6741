/* loglevel: until the gateway stops or reads its configuration anew. */
#define _GNU_SOURCE
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/admin.h"
#include "gateway/gateway_int.h"

static void write_levels(const void *arg, struct zv_json *json)
{
    (void)arg;
    zv_json_open_object(json, "levels");
    for (int module = 0; module < ZV_LOG_MODULE_COUNT; module++)
        zv_json_text(json, zv_log_module_name((enum zv_log_module)module),
                     zv_log_level_name(zv_log_level((enum zv_log_module)module)));
    zv_json_close_object(json);
}

static void refuse(struct zv_gateway *gateway, zv_admin_id id, int err)
{
    static const char modules[] = "modules are all"
#define X(name, text) ", " text
        ZV_LOG_MODULES(X)
#undef X
        ;
    struct zv_admin_refusal refusal = {
        .error = err == ZV_E_NOTFOUND ? "unknown_module" : "unknown_level",
        .text = err == ZV_E_NOTFOUND ? "there is no such module"
                                     : "that is not MODULE=LEVEL with a level that there is",
        .remedy =
            err == ZV_E_NOTFOUND ? modules : "levels are error, warn, info and debug: sip=debug",
    };
    zv_admin_refuse(gateway->admin.server, id, &refusal);
}

void zv_admin_loglevel(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    const char *levels = query->request->levels;
    int err = zv_log_set_levels(zv_str(levels));
    if (err) {
        refuse(gateway, query->id, err);
        return;
    }
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "log level set over the admin socket by user id %u: %s",
           query->uid, levels);
    zv_admin_answer(gateway->admin.server, query->id, write_levels, NULL);
}
