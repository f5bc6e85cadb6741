/* reload: the configuration is read again; the answer says what came of it. */
#define _GNU_SOURCE
#include "base/err.h"
#include "base/log.h"
#include "gateway/admin.h"
#include "gateway/gateway_int.h"
#include "gateway/reload.h"

static void write_names(struct zv_json *json, const char *key, const bool *marks)
{
    char name[ZV_RELOAD_NAME_CAP];
    zv_json_open_list(json, key);
    for (size_t i = 0; i <= zv_config_key_count; i++) {
        if (marks[i])
            zv_json_text(json, NULL, zv_reload_name(i, name));
    }
    zv_json_close_list(json);
}

static void write_reload(const void *arg, struct zv_json *json)
{
    const struct zv_reload *reload = arg;
    write_names(json, "changed", reload->is_changed);
    write_names(json, "needsRestart", reload->needs_restart);
}

void zv_admin_reload(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    struct zv_reload reload;
    zv_log(ZV_LOG_MAIN, ZV_LOG_INFO, NULL, "reload asked for over the admin socket by user id %u",
           query->uid);
    if (zv_gateway_reload(gateway, &reload)) {
        struct zv_admin_refusal refusal = {
            .error = "bad_configuration",
            .text = reload.error,
            .remedy = "nothing was changed; mend it and reload again, `zvonokd --check-config` "
                      "finds the rest"};
        zv_admin_refuse(gateway->admin.server, query->id, &refusal);
    } else {
        zv_admin_answer(gateway->admin.server, query->id, write_reload, &reload);
    }
    zv_reload_fini(&reload);
}
