/* The doctor on the SIP side: what probes and registrations say, as prose. */
#define _GNU_SOURCE
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "gateway/doctor_int.h"
#include "sip/sip.h"

#include <stdio.h>

#define SLOW_DNS_US ZV_SECONDS(1)
#define NAME_CAP    (ZV_MAX_SIP_HOST_BYTES + 16)

static void write_causes(const struct zv_sipnet_registrations *registrations, struct zv_buf *out)
{
    for (size_t i = 0; i < ZV_SIPNET_CAUSES; i++) {
        if (registrations->failing_by_cause[i])
            zv_buf_printf(out, "%s%zu %s", out->len ? ", " : "", registrations->failing_by_cause[i],
                          zv_sip_cause_name((enum zv_sip_cause)i));
    }
}

void zv_examine_registrations(const struct zv_sipnet_registrations *registrations,
                              struct zv_findings *findings)
{
    char text[256];
    struct zv_buf causes = zv_buf(text, sizeof(text));
    if (!registrations->failing) {
        zv_findings_add(findings, ZV_DOCTOR_REGISTRATIONS, ZV_SEVERITY_OK,
                        "No refresh of a registration fails (clients registered: %zu).",
                        registrations->registered);
        return;
    }
    write_causes(registrations, &causes);
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_REGISTRATIONS, ZV_SEVERITY_WARN,
        "%zu registrations cannot be refreshed and are tried again (%.*s); %zu are well. Clients "
        "whose registration has run out get no calls.",
        registrations->failing, ZV_STR_ARG(zv_buf_str(&causes)), registrations->registered);
    zv_finding_advise(finding, "journalctl -u zvonokd -g 'could not be refreshed'   names the SIP "
                               "status; see sip_server below");
}

/* ---- DNS ---- */

static const char *dns_problem(int err)
{
    switch (err) {
    case ZV_E_NOTFOUND:
        return "has neither an SRV record (_sip._udp) nor an address";
    case ZV_E_TIMEOUT:
        return "could not be resolved: no DNS server answered in time";
    case ZV_E_NOROUTE:
        return "has only addresses of a family that sip.listen cannot send to";
    case ZV_E_DENIED:
        return "resolves to addresses that sip.allow does not list";
    case ZV_E_LIMIT:
        return "was not resolved: as many look-ups as are allowed are under way";
    default:
        return "could not be resolved: the DNS servers answer with an error";
    }
}

static const char *dns_remedy(int err)
{
    switch (err) {
    case ZV_E_NOTFOUND:
        return "mend the name in sip.allow, or its zone: `dig SRV _sip._udp.%s`, `dig A %s`";
    case ZV_E_NOROUTE:
        return "sip: {listen: \"[::]:5066\"} in zvonok.yaml takes both families";
    case ZV_E_DENIED:
        return "add the name or its network to zvonok.yaml: sip: {allow: [%s]}";
    case ZV_E_LIMIT:
        return "ask again; if it stays so, raise limits.clients";
    default:
        return "check the servers of /etc/resolv.conf with `dig %s`, or name others: dns: "
               "{servers: [ADDRESS]}";
    }
}

/* `pattern` has up to two %s for the name. */
static void advise_by_name(struct zv_finding *finding, const char *pattern, const char *name)
{
    struct zv_buf out = zv_buf(finding->remedy, sizeof(finding->remedy) - 1);
    struct zv_str rest = zv_str(pattern);
    for (ptrdiff_t at; (at = zv_str_find(rest, '%')) >= 0;) {
        zv_buf_put_str(&out, zv_str_head(rest, (size_t)at));
        zv_buf_put_text(&out, name);
        rest = zv_str_tail(rest, (size_t)at + 2);
    }
    zv_buf_put_str(&out, rest);
    finding->remedy[out.len] = 0;
}

static void report_dns(const char *name, const struct zv_probe_result *result,
                       struct zv_findings *findings)
{
    long long ms = result->resolve_us / ZV_US_PER_MS;
    char addr[ZV_ADDR_TEXT_CAP];
    if (result->resolve_err) {
        struct zv_finding *finding =
            zv_findings_add(findings, ZV_DOCTOR_DNS, ZV_SEVERITY_FAIL,
                            "%s %s (%s after %lld ms): calls and registrations there fail.", name,
                            dns_problem(result->resolve_err), zv_err_name(result->resolve_err), ms);
        advise_by_name(finding, dns_remedy(result->resolve_err), name);
        return;
    }
    zv_addr_write(&result->addr, addr);
    if (result->resolve_us <= SLOW_DNS_US) {
        zv_findings_add(findings, ZV_DOCTOR_DNS, ZV_SEVERITY_OK,
                        "%s resolves to %zu addresses in %lld ms, the first is %s.", name,
                        result->addr_count, ms, addr);
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_DNS, ZV_SEVERITY_WARN,
        "%s resolves to %s, but only after %lld ms: each call waits for that.", name, addr, ms);
    advise_by_name(finding,
                   "check the servers of /etc/resolv.conf with `dig %s`: the first may be silent; "
                   "or name others: dns: {servers: [ADDRESS]}",
                   name);
}

/* ---- reachability ---- */

static void report_server(const char *name, const struct zv_probe_result *result,
                          struct zv_findings *findings)
{
    char addr[ZV_ADDR_TEXT_CAP];
    zv_addr_write(&result->addr, addr);
    if (!result->err) {
        zv_findings_add(findings, ZV_DOCTOR_SIP_SERVER, ZV_SEVERITY_OK,
                        "The SIP server %s answers OPTIONS at %s with %u after %.1f ms.", name,
                        addr, result->status, (double)result->rtt_us / (double)ZV_US_PER_MS);
        return;
    }
    const char *what = result->err == ZV_E_TIMEOUT   ? "does not answer OPTIONS within 2 s"
                       : result->err == ZV_E_NOROUTE ? "cannot be reached (no route, or ICMP says "
                                                       "that nobody listens)"
                                                     : zv_err_text(result->err);
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_SIP_SERVER, ZV_SEVERITY_FAIL,
        "The SIP server %s %s; asked was %s by UDP. Calls and registrations there fail, unless "
        "clients name another port.",
        name, what, addr);
    zv_finding_advise(finding,
                      "check that it runs, and the firewalls between (UDP, both ways): `ip route "
                      "get` its address, `tcpdump -n udp port %u`",
                      result->addr.port);
}

static bool is_address(const char *name)
{
    struct zv_addr addr;
    return zv_addr_parse_ip(zv_str(name), &addr) == 0;
}

void zv_examine_server(const char *name, uint16_t port, const struct zv_probe_result *result,
                       struct zv_findings *findings)
{
    char full[NAME_CAP];
    bool has_port = port != 0;
    bool is_ipv6 = has_port && zv_str_find(zv_str(name), ':') >= 0;
    snprintf(full, sizeof(full), has_port ? "%s%s%s:%u" : "%s%s%s", is_ipv6 ? "[" : "", name,
             is_ipv6 ? "]" : "", port);
    if (!is_address(name) || result->resolve_err)
        report_dns(name, result, findings);
    if (!result->resolve_err)
        report_server(full, result, findings);
}
