/* doctor: the request is held while the gateway is examined; who goes away calls it off. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/err.h"
#include "gateway/admin.h"
#include "gateway/doctor.h"
#include "gateway/gateway_int.h"

struct visit {
    struct zv_list_node node;   /* in zv_gateway_admin.visits */
    struct zv_gateway *gateway; /* borrowed */
    zv_admin_id id;
};

/* ---- the answer ---- */

struct report {
    const struct zv_finding *findings;
    size_t count;
};

static uint64_t count_of(const struct report *report, enum zv_severity severity)
{
    uint64_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->findings[i].severity == severity;
    return count;
}

static void write_finding(struct zv_json *json, const struct zv_finding *finding)
{
    zv_json_open_object(json, NULL);
    zv_json_text(json, "severity", zv_severity_name(finding->severity));
    zv_json_text(json, "check", finding->check);
    zv_json_text(json, "text", finding->text);
    zv_json_text(json, "remedy", finding->remedy);
    zv_json_close_object(json);
}

static void write_report(const void *arg, struct zv_json *json)
{
    const struct report *report = arg;
    zv_json_open_object(json, "counts");
    for (int severity = ZV_SEVERITY_OK; severity <= ZV_SEVERITY_FAIL; severity++)
        zv_json_uint(json, zv_severity_name((enum zv_severity)severity),
                     count_of(report, (enum zv_severity)severity));
    zv_json_close_object(json);
    zv_json_open_list(json, "findings");
    for (size_t i = 0; i < report->count; i++)
        write_finding(json, &report->findings[i]);
    zv_json_close_list(json);
}

static void on_done(void *arg, const struct zv_finding *findings, size_t count)
{
    struct visit *visit = arg;
    struct zv_gateway *gateway = visit->gateway;
    struct report report = {.findings = findings, .count = count};
    zv_admin_id id = visit->id;
    zv_list_remove(&visit->node);
    zv_free(visit);
    zv_admin_answer(gateway->admin.server, id, write_report, &report);
}

/* ---- the verb ---- */

static void refuse(struct zv_gateway *gateway, zv_admin_id id, int err)
{
    struct zv_admin_refusal refusal = {
        .error = err == ZV_E_LIMIT ? "busy" : "failed",
        .text = err == ZV_E_LIMIT ? "other examinations are under way" : zv_err_text(err),
        .remedy = err == ZV_E_LIMIT ? "ask again in some seconds" : NULL,
    };
    zv_admin_refuse(gateway->admin.server, id, &refusal);
}

void zv_admin_doctor(struct zv_gateway *gateway, const struct zv_admin_query *query)
{
    struct visit *visit = zv_zalloc(sizeof(*visit));
    int err = visit ? zv_admin_hold(gateway->admin.server, query->id) : ZV_E_NOMEM;
    if (!err)
        err = zv_doctor_start(gateway, on_done, visit);
    if (err) {
        zv_free(visit);
        refuse(gateway, query->id, err);
        return;
    }
    visit->gateway = gateway;
    visit->id = query->id;
    zv_list_append(&gateway->admin.visits, &visit->node);
}

static void call_off(struct zv_gateway *gateway, struct visit *visit)
{
    zv_doctor_cancel(gateway, visit);
    zv_list_remove(&visit->node);
    zv_free(visit);
}

void zv_admin_forget_visit(struct zv_gateway *gateway, zv_admin_id id)
{
    ZV_LIST_EACH (node, &gateway->admin.visits) {
        struct visit *visit = ZV_CONTAINER_OF(node, struct visit, node);
        if (visit->id.v == id.v)
            call_off(gateway, visit);
    }
}

void zv_admin_close_visits(struct zv_gateway *gateway)
{
    ZV_LIST_EACH (node, &gateway->admin.visits) {
        call_off(gateway, ZV_CONTAINER_OF(node, struct visit, node));
    }
}
