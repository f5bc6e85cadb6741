/* The doctor on media: the ports towards SIP, and the addresses that clients are offered. */
#include "base/buf.h"
#include "base/time.h"
#include "gateway/doctor_int.h"

#include <string.h>

/*
 * How long a call is taken to last where resting ports are counted: at full load as many ports rest
 * as calls end in media.port_rest. Shorter than people talk on average, to be on the safe side.
 */
#define SHORT_CALL_US ZV_SECONDS(60)

#define TEXT_CAP 256

/* ---- ports ---- */

static void check_range(const struct zv_examination *examination, struct zv_findings *findings)
{
    const struct zv_machine *machine = examination->machine;
    long long first = examination->config->media_port_from;
    long long last = examination->config->media_port_to;
    long long local_first = machine->local_port_first, local_last = machine->local_port_last;
    long long shared = 0;
    if (local_first < 0 || local_last < 0) {
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_PORTS, ZV_SEVERITY_NOTE,
                        "net.ipv4.ip_local_port_range cannot be read here, so whether the kernel "
                        "gives UDP ports %lld-%lld to other programs is not known.",
                        first, last);
        return;
    }
    for (long long port = ZV_MAX(first, local_first); port <= ZV_MIN(last, local_last); port++)
        shared += !zv_port_set_has(&machine->reserved_ports, (uint32_t)port);
    if (!shared) {
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_PORTS, ZV_SEVERITY_OK,
                        "The UDP ports for media towards SIP, %lld-%lld, are clear of those that "
                        "the kernel gives to other programs (net.ipv4.ip_local_port_range "
                        "%lld-%lld).",
                        first, last, local_first, local_last);
        return;
    }
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_MEDIA_PORTS, ZV_SEVERITY_WARN,
        "media.port_from to media.port_to (%lld-%lld) overlaps the ports that the kernel gives to "
        "other programs (net.ipv4.ip_local_port_range %lld-%lld) in %lld ports: a program may hold "
        "one that a call is about to take.",
        first, last, local_first, local_last, shared);
    zv_finding_advise(finding,
                      "sysctl -w net.ipv4.ip_local_reserved_ports=%lld-%lld   (and the same line "
                      "in /etc/sysctl.d/zvonok.conf), or choose another range: media: {port_from: "
                      "…, port_to: …}",
                      first, last);
}

/* Pairs of an even port and the next one, as worker/ports.h deals them. */
static long long pairs_of(const struct zv_config *config)
{
    long long first = (config->media_port_from + 1) & ~1LL;
    return ZV_MAX(0, (config->media_port_to - first + 1) / 2);
}

static void check_count(const struct zv_examination *examination, struct zv_findings *findings)
{
    const struct zv_config *config = examination->config;
    long long pairs = pairs_of(config), calls = config->limits_calls;
    long long rest_s = config->media_port_rest / ZV_US_PER_S;
    long long needed = calls + calls * config->media_port_rest / SHORT_CALL_US;
    if (pairs >= needed) {
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_PORT_COUNT, ZV_SEVERITY_OK,
                        "media.port_from to media.port_to hold %lld pairs of ports: enough for "
                        "limits.calls (%lld) and for the ports that rest %lld s after a call.",
                        pairs, calls, rest_s);
        return;
    }
    bool is_short = pairs < calls;
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_MEDIA_PORT_COUNT, is_short ? ZV_SEVERITY_WARN : ZV_SEVERITY_NOTE,
        is_short ? "media.port_from to media.port_to hold %lld pairs of ports, fewer than "
                   "limits.calls (%lld): calls beyond are refused although the limit allows them; "
                   "a port also rests %lld s after a call."
                 : "media.port_from to media.port_to hold %lld pairs of ports for limits.calls "
                   "(%lld); as a port rests %lld s after a call, many short calls could use them "
                   "up.",
        pairs, calls, rest_s);
    zv_finding_advise(finding,
                      "give the range %lld ports or more (media: {port_from: …, port_to: …}), or "
                      "lower the limit: limits: {calls: %lld}",
                      2 * needed,
                      ZV_MAX(1, pairs * SHORT_CALL_US / (SHORT_CALL_US + config->media_port_rest)));
}

static void check_taken(const struct zv_examination *examination, struct zv_findings *findings)
{
    const struct zv_config *config = examination->config;
    long long first = config->media_port_from, last = config->media_port_to;
    long long taken = 0, example = 0;
    for (long long port = first; port <= last; port++) {
        if (!zv_port_set_has(&examination->machine->foreign_udp, (uint32_t)port))
            continue;
        example = taken++ ? example : port;
    }
    if (!taken) {
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_PORTS_TAKEN, ZV_SEVERITY_OK,
                        "No other program holds a UDP port of %lld-%lld (/proc/net/udp, udp6).",
                        first, last);
        return;
    }
    struct zv_finding *finding =
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_PORTS_TAKEN, ZV_SEVERITY_WARN,
                        "Other programs hold %lld of the UDP ports %lld-%lld for media towards "
                        "SIP, the first is %lld: calls pass over it, but two programs with one "
                        "range take each other's ports.",
                        taken, first, last, example);
    zv_finding_advise(finding,
                      "ss -ulnp 'sport >= :%lld and sport <= :%lld'   names the programs; give one "
                      "of them another range: media: {port_from: …, port_to: …}",
                      first, last);
}

/* ---- addresses ---- */

static const char *list(const struct zv_addr *addrs, size_t count, char text[TEXT_CAP])
{
    struct zv_buf out = zv_buf(text, TEXT_CAP);
    char ip[ZV_ADDR_TEXT_CAP];
    for (size_t i = 0; i < count && addrs[i].family != ZV_ADDR_NONE; i++)
        zv_buf_printf(&out, "%s%s", i ? ", " : "", zv_addr_write_ip(&addrs[i], ip));
    return out.len && zv_buf_cstr(&out) ? text : "none";
}

static const char *list_addresses(const struct zv_examination *examination, char text[TEXT_CAP])
{
    return list(examination->offered, examination->offered_count, text);
}

static bool has_only(const struct zv_examination *examination,
                     bool (*is_fn)(const struct zv_addr *addr))
{
    for (size_t i = 0; i < examination->offered_count; i++) {
        if (!is_fn(&examination->offered[i]))
            return false;
    }
    return true;
}

static void warn_of_addresses(const struct zv_examination *examination,
                              struct zv_findings *findings)
{
    char text[TEXT_CAP];
    const char *offered = list_addresses(examination, text);
    bool is_alone = has_only(examination, zv_addr_is_loopback);
    struct zv_finding *finding = zv_findings_add(
        findings, ZV_DOCTOR_MEDIA_ADDRESSES, ZV_SEVERITY_WARN,
        is_alone ? "Clients are offered no address but those of this machine itself (found: %s): "
                   "only browsers on this machine will hear anything."
                 : "Clients are offered private addresses alone (%s): clients outside this network "
                   "will not hear anything.",
        offered);
    zv_finding_advise(
        finding, is_alone
                     ? "bring a network interface up and restart zvonokd, or name its address in "
                       "zvonok.yaml: media: {addresses: [THE.ADDRESS]}"
                     : "behind a 1:1 NAT add to zvonok.yaml: media: {public_address: "
                       "THE.PUBLIC.ADDRESS}; where all clients are in this network nothing is "
                       "wrong");
}

/* NULL: all that is named is public. */
static const struct zv_addr *private_among_public(const struct zv_examination *examination)
{
    for (size_t i = 0; i < ZV_MAX_PUBLIC_ADDRESSES; i++) {
        const struct zv_addr *addr = &examination->public_addresses[i];
        if (addr->family != ZV_ADDR_NONE && zv_addr_is_private(addr))
            return addr;
    }
    return NULL;
}

static void check_addresses(const struct zv_examination *examination, struct zv_findings *findings)
{
    char text[TEXT_CAP], public_text[TEXT_CAP], ip[ZV_ADDR_TEXT_CAP];
    bool has_public = examination->public_addresses[0].family != ZV_ADDR_NONE;
    const struct zv_addr *wrong = private_among_public(examination);
    if (!has_public && has_only(examination, zv_addr_is_private)) {
        warn_of_addresses(examination, findings);
        return;
    }
    const char *offered = list_addresses(examination, text);
    if (!has_public) {
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_ADDRESSES, ZV_SEVERITY_OK,
                        "Clients are offered %s, a public address among them.", offered);
    } else if (wrong) {
        struct zv_finding *finding = zv_findings_add(
            findings, ZV_DOCTOR_MEDIA_ADDRESSES, ZV_SEVERITY_WARN,
            "media.public_address is %s, a private address: clients on the Internet cannot reach "
            "it and will not hear anything.",
            zv_addr_write_ip(wrong, ip));
        zv_finding_advise(finding, "media: {public_address: THE.PUBLIC.ADDRESS} in zvonok.yaml: "
                                   "the address that the NAT has on the Internet");
    } else {
        zv_findings_add(findings, ZV_DOCTOR_MEDIA_ADDRESSES, ZV_SEVERITY_OK,
                        "Clients are offered media.public_address %s first, then %s.",
                        list(examination->public_addresses, ZV_MAX_PUBLIC_ADDRESSES, public_text),
                        offered);
    }
}

static bool is_here(const struct zv_machine *machine, const struct zv_addr *addr)
{
    for (size_t i = 0; i < machine->addr_count; i++) {
        if (zv_addr_ip_eq(&machine->addrs[i].addr, addr))
            return true;
    }
    return false;
}

static void check_addresses_here(const struct zv_examination *examination,
                                 struct zv_findings *findings)
{
    for (size_t i = 0; i < examination->offered_count; i++) {
        char ip[ZV_ADDR_TEXT_CAP];
        if (is_here(examination->machine, &examination->offered[i]))
            continue;
        zv_addr_write_ip(&examination->offered[i], ip);
        struct zv_finding *finding =
            zv_findings_add(findings, ZV_DOCTOR_MEDIA_ADDRESSES_HERE, ZV_SEVERITY_WARN,
                            "Clients are offered %s, which no interface of this machine has: it "
                            "was there when zvonokd started, or media.addresses names it.",
                            ip);
        zv_finding_advise(finding,
                          "restart zvonokd if the machine's address has changed; the address of a "
                          "NAT belongs in media: {public_address: %s}, not in media.addresses",
                          ip);
        return;
    }
    zv_findings_add(
        findings, ZV_DOCTOR_MEDIA_ADDRESSES_HERE, ZV_SEVERITY_OK,
        "Each address offered to clients is on an interface that is up (addresses: %zu).",
        examination->offered_count);
}

static bool is_global_ipv6(const struct zv_addr *addr)
{
    return addr->family == ZV_ADDR_IPV6 && zv_addr_is_public(addr);
}

/* The machine's first IPv6 address that the Internet could reach, or NULL. */
static const struct zv_addr *global_ipv6(const struct zv_machine *machine)
{
    for (size_t i = 0; i < machine->addr_count; i++) {
        if (is_global_ipv6(&machine->addrs[i].addr))
            return &machine->addrs[i].addr;
    }
    return NULL;
}

static const struct zv_addr *offered_ipv6(const struct zv_examination *examination)
{
    for (size_t i = 0; i < ZV_MAX_PUBLIC_ADDRESSES; i++) {
        if (examination->public_addresses[i].family == ZV_ADDR_IPV6)
            return &examination->public_addresses[i];
    }
    for (size_t i = 0; i < examination->offered_count; i++) {
        if (examination->offered[i].family == ZV_ADDR_IPV6)
            return &examination->offered[i];
    }
    return NULL;
}

static bool has_ipv6(const struct zv_machine *machine)
{
    for (size_t i = 0; i < machine->addr_count; i++) {
        const struct zv_addr *addr = &machine->addrs[i].addr;
        if (addr->family == ZV_ADDR_IPV6 && !zv_addr_is_loopback(addr))
            return true;
    }
    return false;
}

static void check_ipv6(const struct zv_examination *examination, struct zv_findings *findings)
{
    char ip[ZV_ADDR_TEXT_CAP];
    const struct zv_addr *here = global_ipv6(examination->machine);
    const struct zv_addr *offered = offered_ipv6(examination);
    if (here && !offered) {
        struct zv_finding *finding =
            zv_findings_add(findings, ZV_DOCTOR_IPV6, ZV_SEVERITY_NOTE,
                            "This machine has the IPv6 address %s, but clients are offered IPv4 "
                            "alone: those in IPv6-only mobile networks depend on a translator.",
                            zv_addr_write_ip(here, ip));
        zv_finding_advise(finding, "name it beside the others: media: {addresses: [%s, …]}", ip);
    } else if (offered && !has_ipv6(examination->machine)) {
        struct zv_finding *finding =
            zv_findings_add(findings, ZV_DOCTOR_IPV6, ZV_SEVERITY_WARN,
                            "Clients are offered the IPv6 address %s, but this machine has none: "
                            "their checks to it time out before others are tried.",
                            zv_addr_write_ip(offered, ip));
        zv_finding_advise(finding,
                          "take %s out of media.addresses or media.public_address, or give the "
                          "machine IPv6",
                          ip);
    } else {
        zv_findings_add(findings, ZV_DOCTOR_IPV6, ZV_SEVERITY_OK, "%s",
                        offered ? "Clients are offered IPv6, which this machine has."
                                : "This machine has no public IPv6 address, and clients are "
                                  "offered none.");
    }
}

void zv_examine_media(const struct zv_examination *examination, struct zv_findings *findings)
{
    check_range(examination, findings);
    check_count(examination, findings);
    check_taken(examination, findings);
    check_addresses(examination, findings);
    check_addresses_here(examination, findings);
    check_ipv6(examination, findings);
}
