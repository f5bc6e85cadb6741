/*
 * pcap: the request that starts a capture is held until it ends, and then told why; who goes away
 * ends it. Another request may end it as well.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "base/log.h"
#include "gateway/admin.h"
#include "gateway/capture.h"
#include "gateway/gateway_int.h"

#include <unistd.h>

/* Lives until the capture's end was reported, which may be after its request and the server. */
struct watch {
    struct zv_list_node node;   /* in zv_gateway_admin.watches */
    struct zv_gateway *gateway; /* borrowed */
    zv_admin_id id;
    zv_call_id call;
};

/* ---- its end ---- */

static void write_end(const void *arg, struct zv_json *json)
{
    const struct zv_capture_end *end = arg;
    char name[ZV_ID_TEXT_CAP];
    zv_json_text(json, "call", zv_call_id_write(end->call, name));
    zv_json_text(json, "reason", zv_capture_reason_text(end->reason));
    if (end->error)
        zv_json_text(json, "systemError", end->error);
    zv_json_uint(json, "packets", end->packets);
    zv_json_uint(json, "dropped", end->dropped);
    zv_json_uint(json, "bytes", end->bytes);
}

static void on_ended(void *arg, const struct zv_capture_end *end)
{
    struct watch *watch = arg;
    struct zv_gateway *gateway = watch->gateway;
    zv_admin_id id = watch->id;
    zv_list_remove(&watch->node);
    zv_free(watch);
    zv_admin_answer(gateway->admin.server, id, write_end, end);
}

void zv_admin_forget_watch(struct zv_gateway *gateway, zv_admin_id id)
{
    ZV_LIST_EACH (node, &gateway->admin.watches) {
        struct watch *watch = ZV_CONTAINER_OF(node, struct watch, node);
        if (watch->id.v == id.v) /* it ends by itself at the same time: nothing to do then */
            (void)!zv_capture_stop(gateway->captures, watch->call);
    }
}

/* ---- refusals ---- */

static void refuse(struct zv_gateway *gateway, zv_admin_id id, int err)
{
    static const struct {
        int err;
        struct zv_admin_refusal refusal;
    } rows[] = {
        {ZV_E_LIMIT, {"busy", "as many captures are running as may", "capture.max sets it"}},
        {ZV_E_EXISTS,
         {"capturing", "a capture of this call is running", "end it with: pcap ID off"}},
        {ZV_E_INVAL,
         {"bad_request", "a file that can be written must come with the request", NULL}},
        {ZV_E_STATE, {"stopping", "the gateway is stopping", NULL}},
        {ZV_E_NOTFOUND, {"not_capturing", "no capture of this call is running", NULL}},
    };
    for (size_t i = 0; i < ZV_ARRAY_LEN(rows); i++) {
        if (rows[i].err == err) {
            zv_admin_refuse(gateway->admin.server, id, &rows[i].refusal);
            return;
        }
    }
    zv_admin_refuse(gateway->admin.server, id,
                    &(struct zv_admin_refusal){.error = "failed", .text = zv_err_text(err)});
}

/* ---- the verb ---- */

static int hold(struct zv_gateway *gateway, const struct zv_admin_query *query, zv_call_id call,
                struct watch **ret_watch)
{
    struct watch *watch = zv_zalloc(sizeof(*watch));
    int err = watch ? zv_admin_hold(gateway->admin.server, query->id) : ZV_E_NOMEM;
    if (err) {
        zv_free(watch);
        return err;
    }
    watch->gateway = gateway;
    watch->id = query->id;
    watch->call = call;
    *ret_watch = watch;
    return 0;
}

/* The descriptor is taken in any case. */
static void start(struct zv_gateway *gateway, const struct zv_admin_query *query, zv_call_id call)
{
    struct watch *watch = NULL;
    char name[ZV_ID_TEXT_CAP];
    int err = query->fd < 0 ? ZV_E_INVAL : hold(gateway, query, call, &watch);
    if (err) {
        if (query->fd >= 0)
            close(query->fd);
        refuse(gateway, query->id, err);
        return;
    }
    zv_list_append(&gateway->admin.watches, &watch->node);
    err = zv_capture_start(gateway->captures, call, query->fd, on_ended, watch);
    if (err) {
        zv_list_remove(&watch->node);
        zv_free(watch);
        refuse(gateway, query->id, err);
        return;
    }
    zv_gateway_capture_recorded(gateway, call);
    zv_log(ZV_LOG_CALL, ZV_LOG_INFO, zv_call_id_write(call, name),
           "captured over the admin socket by user id %u", query->uid);
}

static void write_stopped(const void *arg, struct zv_json *json)
{
    zv_json_text(json, "call", arg);
}

static void stop(struct zv_gateway *gateway, const struct zv_admin_query *query, zv_call_id call)
{
    char name[ZV_ID_TEXT_CAP];
    int err = zv_capture_stop(gateway->captures, call);
    if (err)
        refuse(gateway, query->id, err);
    else
        zv_admin_answer(gateway->admin.server, query->id, write_stopped,
                        zv_call_id_write(call, name));
}

void zv_admin_pcap(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    struct zv_call_view view;
    bool is_live = zv_admin_find_live(gateway, zv_str(query->request->id), &view);
    if (is_live && !view.is_over && query->request->on) {
        start(gateway, query, view.id);
        return;
    }
    if (query->fd >= 0)
        close(query->fd);
    if (is_live && !query->request->on)
        stop(gateway, query, view.id);
    else
        zv_admin_refuse_not_live(gateway, query);
}
