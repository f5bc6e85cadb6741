/*
 * One examination: the checks without network at once, a probe for each SIP server, and the answer
 * when the last probe has ended. Probes have bounds of their own (sipnet/probe.h), which add up to
 * 5.5 s; nothing else is waited for.
 */
#define _GNU_SOURCE
#include "gateway/doctor.h"

#include "base/alloc.h"
#include "base/err.h"
#include "gateway/doctor_int.h"
#include "gateway/gateway_int.h"
#include "io/clock.h"

#include <assert.h>
#include <string.h>

/* SIP servers asked in one examination: those of sip.allow first. */
#define MAX_SERVERS 8

static_assert(ZV_PROBE_MAX >= ZV_DOCTOR_MAX_RUNS * MAX_SERVERS, "a run finds no room for a probe");
static_assert(ZV_PROBE_RESOLVE_US + ZV_PROBE_ANSWER_US < ZV_SECONDS(6), "a run takes too long");

struct run {
    struct zv_list_node node; /* in zv_gateway.doctor_runs */
    struct zv_gateway *gateway;
    zv_doctor_done_fn *done_fn;
    void *arg;
    struct zv_loop_timer *timer; /* answers from the loop, never from within the start */
    struct zv_sipnet_server servers[MAX_SERVERS];
    struct zv_probe_result results[MAX_SERVERS];
    size_t server_count, pending;
    size_t left_out; /* domains of sip.allow for which there was no room */
    struct zv_findings findings;
};

static struct run *run_of(struct zv_list_node *node)
{
    return ZV_CONTAINER_OF(node, struct run, node);
}

static void forget(struct run *run)
{
    if (run->gateway->sipnet)
        zv_probe_cancel(run->gateway->sipnet, run);
    run->timer = zv_loop_timer_close(run->timer);
    zv_list_remove(&run->node);
    zv_free(run);
}

/* ---- without network ---- */

int zv_gateway_examine(const struct zv_gateway *gateway, struct zv_findings *findings)
{
    struct zv_machine *machine = zv_zalloc(sizeof(*machine));
    if (!machine)
        return ZV_E_NOMEM;
    zv_machine_read(machine, "");
    struct zv_examination examination = {.config = gateway->config,
                                         .machine = machine,
                                         .offered = gateway->media_addresses,
                                         .offered_count = gateway->media_address_count};
    memcpy(examination.public_addresses, gateway->public_addresses,
           sizeof(examination.public_addresses));
    zv_examine(&examination, findings);
    zv_free(machine);
    return 0;
}

/* ---- SIP servers ---- */

static bool is_domain(struct zv_str entry)
{
    struct zv_cidr cidr;
    return !zv_str_is(entry, "public") && zv_cidr_parse(entry, &cidr) != 0;
}

static void choose_servers(struct run *run)
{
    const struct zv_config_list *allow = &run->gateway->config->sip_allow;
    struct zv_sipnet_server live[MAX_SERVERS];
    size_t live_count = zv_sipnet_servers(run->gateway->sipnet, live, MAX_SERVERS);
    for (size_t i = 0; i < allow->count; i++) {
        struct zv_str entry = zv_str(allow->items[i]);
        struct zv_sipnet_server *server = &run->servers[run->server_count];
        if (!is_domain(entry))
            continue;
        if (run->server_count == MAX_SERVERS ||
            zv_str_copy(entry, server->host, sizeof(server->host))) {
            run->left_out++;
            continue;
        }
        server->transport = zv_sipnet_transport_to(run->gateway->sipnet, entry);
        run->server_count++;
    }
    for (size_t i = 0; i < live_count && run->server_count < MAX_SERVERS; i++) {
        bool is_known = false;
        for (size_t j = 0; j < run->server_count; j++)
            is_known |= live[i].port == run->servers[j].port &&
                        live[i].transport == run->servers[j].transport &&
                        zv_str_eqi(zv_str(live[i].host), zv_str(run->servers[j].host));
        if (!is_known)
            run->servers[run->server_count++] = live[i];
    }
}

static bool has_reported(const struct zv_findings *findings, enum zv_doctor_check check)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->list[i].check == zv_doctor_checks[check])
            return true;
    }
    return false;
}

static void report_servers(struct run *run)
{
    struct zv_findings *findings = &run->findings;
    for (size_t i = 0; i < run->server_count; i++)
        zv_examine_server(run->servers[i].host, run->servers[i].port, &run->results[i], findings);
    if (!has_reported(findings, ZV_DOCTOR_DNS))
        zv_findings_add(findings, ZV_DOCTOR_DNS, ZV_SEVERITY_NOTE,
                        "No name was resolved: sip.allow lists networks and no domain, and no "
                        "client names one.");
    if (!has_reported(findings, ZV_DOCTOR_SIP_SERVER))
        zv_findings_add(findings, ZV_DOCTOR_SIP_SERVER, ZV_SEVERITY_NOTE,
                        "No SIP server was asked: sip.allow lists no domain that resolves, and no "
                        "client uses a server now.");
    if (run->left_out)
        zv_findings_add(findings, ZV_DOCTOR_SIP_SERVER, ZV_SEVERITY_NOTE,
                        "%zu further domains of sip.allow were not asked: an examination asks %d.",
                        run->left_out, MAX_SERVERS);
}

/* ---- the run ---- */

static void on_due(void *arg, int64_t now_us)
{
    struct run *run = arg;
    (void)now_us;
    report_servers(run);
    /* Out of the list first: what the callback starts or cancels must not meet this run. */
    zv_list_remove(&run->node);
    run->done_fn(run->arg, run->findings.list, run->findings.count);
    forget(run);
}

static void finish_if_complete(struct run *run)
{
    if (run->pending == 0)
        zv_loop_timer_arm(run->timer, zv_clock_now_us());
}

static void on_probe(void *arg, uint64_t id, const struct zv_probe_result *result)
{
    struct run *run = arg;
    run->results[id] = *result;
    run->pending--;
    finish_if_complete(run);
}

static void start_probes(struct run *run)
{
    run->pending = run->server_count + 1; /* ours, so that answers meanwhile do not complete it */
    for (size_t i = 0; i < run->server_count; i++) {
        int err = zv_probe_start(run->gateway->sipnet,
                                 &(struct zv_probe_query){.id = i,
                                                          .host = zv_str(run->servers[i].host),
                                                          .port = run->servers[i].port,
                                                          .transport = run->servers[i].transport,
                                                          .done_fn = on_probe,
                                                          .arg = run});
        if (err)
            on_probe(run, i, &(struct zv_probe_result){.resolve_err = err});
    }
    run->pending--;
    finish_if_complete(run);
}

static size_t count_runs(const struct zv_gateway *gateway)
{
    size_t count = 0;
    ZV_LIST_EACH (node, &gateway->doctor_runs)
        count++;
    return count;
}

int zv_doctor_start(struct zv_gateway *gateway, zv_doctor_done_fn *done_fn, void *arg)
{
    struct zv_sipnet_registrations registrations;
    if (gateway->phase == ZV_GATEWAY_STOPPED)
        return ZV_E_STATE;
    if (count_runs(gateway) >= ZV_DOCTOR_MAX_RUNS)
        return ZV_E_LIMIT;
    struct run *run = zv_zalloc(sizeof(*run));
    if (!run)
        return ZV_E_NOMEM;
    run->gateway = gateway;
    run->done_fn = done_fn;
    run->arg = arg;
    int err = zv_loop_timer_open(&run->timer, gateway->loop, on_due, run);
    if (!err)
        err = zv_gateway_examine(gateway, &run->findings);
    if (err) {
        run->timer = zv_loop_timer_close(run->timer);
        zv_free(run);
        return err;
    }
    zv_sipnet_registrations(gateway->sipnet, &registrations);
    zv_examine_registrations(&registrations, &run->findings);
    zv_list_append(&gateway->doctor_runs, &run->node);
    choose_servers(run);
    start_probes(run);
    return 0;
}

void zv_doctor_cancel(struct zv_gateway *gateway, const void *arg)
{
    ZV_LIST_EACH (node, &gateway->doctor_runs) {
        if (run_of(node)->arg == arg)
            forget(run_of(node));
    }
}

void zv_gateway_cancel_doctor(struct zv_gateway *gateway)
{
    ZV_LIST_EACH (node, &gateway->doctor_runs)
        forget(run_of(node));
}
