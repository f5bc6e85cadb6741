/* The search for a SIP server: see locate.h. The steps of RFC 3263 §4.1 and §4.2, one question at a
 * time. */
#include "sip/locate.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* RFC 3261 §19.1.2 */
#define SIP_PORT  5060
#define SIPS_PORT 5061

/* What the RFC calls each of our transports, in the order in which we prefer them. */
static const struct {
    enum zv_sip_transport transport;
    const char *service; /* of NAPTR, §4.1 */
    const char *srv;     /* prefix of the SRV name */
} ways[] = {
    {ZV_SIP_UDP, "SIP+D2U", "_sip._udp"},
    {ZV_SIP_TCP, "SIP+D2T", "_sip._tcp"},
    {ZV_SIP_TLS, "SIPS+D2T", "_sips._tcp"},
};

static bool has_transport(const struct zv_sip_locate *locate, enum zv_sip_transport transport)
{
    return locate->cfg.transports & ZV_SIP_TRANSPORT_BIT(transport);
}

static uint16_t default_port(enum zv_sip_transport transport)
{
    return transport == ZV_SIP_TLS ? SIPS_PORT : SIP_PORT;
}

/* For a target that nothing says more about: the one that was named, or else UDP (§4.1), or what we
 * have instead. */
static enum zv_sip_transport default_transport(const struct zv_sip_locate *locate)
{
    if (locate->cfg.transport != ZV_SIP_ANY)
        return locate->cfg.transport;
    for (size_t i = 0; i < ZV_ARRAY_LEN(ways); i++) {
        if (has_transport(locate, ways[i].transport))
            return ways[i].transport;
    }
    return ZV_SIP_ANY;
}

static void add_service(struct zv_sip_locate *locate, const char *prefix, const char *name,
                        enum zv_sip_transport transport)
{
    if (locate->service_count == ZV_SIP_MAX_SERVICES)
        return;
    struct zv_sip_service *service = &locate->services[locate->service_count];
    int len =
        snprintf(service->name, sizeof(service->name), "%s%s%s", prefix, *prefix ? "." : "", name);
    service->transport = transport;
    if (len > 0 && (size_t)len < sizeof(service->name))
        locate->service_count++;
}

/* Without NAPTR: an SRV name per transport (§4.1). */
static void add_usual_services(struct zv_sip_locate *locate)
{
    for (size_t i = 0; i < ZV_ARRAY_LEN(ways); i++) {
        bool is_meant =
            locate->cfg.transport == ZV_SIP_ANY || locate->cfg.transport == ways[i].transport;
        if (is_meant && has_transport(locate, ways[i].transport))
            add_service(locate, ways[i].srv, locate->host, ways[i].transport);
    }
}

/* The host's addresses alone. */
static void use_bare_host(struct zv_sip_locate *locate)
{
    struct zv_dns_srv *host = &locate->hosts[0];
    locate->transport = default_transport(locate);
    memcpy(host->target, locate->host, sizeof(locate->host));
    host->port = locate->cfg.port ? locate->cfg.port : default_port(locate->transport);
    locate->host_count = 1;
    locate->host_next = 0;
    locate->is_v6_asked = false;
    locate->step = ZV_SIP_LOCATE_STEP_ADDRESS;
}

int zv_sip_locate_init(struct zv_sip_locate *locate, const struct zv_sip_locate_cfg *cfg)
{
    struct zv_addr literal;
    *locate = (struct zv_sip_locate){.cfg = *cfg};
    if (zv_str_copy(cfg->host, locate->host, sizeof(locate->host)))
        return ZV_E_NOTFOUND;
    enum zv_sip_transport transport = default_transport(locate);
    if (transport == ZV_SIP_ANY || !has_transport(locate, transport))
        return ZV_E_UNSUPPORTED;
    if (cfg->port || zv_addr_parse_ip(cfg->host, &literal) == 0) {
        use_bare_host(locate);
    } else if (cfg->transport != ZV_SIP_ANY) {
        add_usual_services(locate);
        locate->step = ZV_SIP_LOCATE_STEP_SRV;
    }
    return 0;
}

/* ---- answers ---- */

static bool is_before(const struct zv_dns_naptr *a, const struct zv_dns_naptr *b)
{
    return a->order != b->order ? a->order < b->order : a->preference < b->preference;
}

/* A record's transport; ANY: none of ours, or it does not lead to SRV. */
static enum zv_sip_transport transport_of(const struct zv_sip_locate *locate,
                                          const struct zv_dns_naptr *record)
{
    struct zv_str name = zv_str(record->replacement);
    if (!zv_str_is_i(zv_str(record->flags), "s") || !name.len || zv_str_is(name, "."))
        return ZV_SIP_ANY;
    for (size_t i = 0; i < ZV_ARRAY_LEN(ways); i++) {
        if (zv_str_is_i(zv_str(record->service), ways[i].service) &&
            has_transport(locate, ways[i].transport))
            return ways[i].transport;
    }
    return ZV_SIP_ANY;
}

static void take_naptr(struct zv_sip_locate *locate, const struct zv_dns_answer *answer)
{
    const struct zv_dns_naptr *sorted[ZV_DNS_MAX_RECORDS];
    size_t count = answer->err ? 0 : answer->count;
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && is_before(&answer->of.naptr[i], sorted[at - 1]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &answer->of.naptr[i];
    }
    for (size_t i = 0; i < count; i++) {
        enum zv_sip_transport transport = transport_of(locate, sorted[i]);
        if (transport != ZV_SIP_ANY)
            add_service(locate, "", sorted[i]->replacement, transport);
    }
    locate->by_naptr = locate->service_count > 0;
    if (!locate->by_naptr)
        add_usual_services(locate);
    locate->step = ZV_SIP_LOCATE_STEP_SRV;
}

static size_t draw(const struct zv_dns_srv *srv, size_t count, const struct zv_rand *rand)
{
    uint32_t best = UINT32_MAX, total = 0;
    for (size_t i = 0; i < count; i++)
        best = ZV_MIN(best, srv[i].priority);
    for (size_t i = 0; i < count; i++)
        total += srv[i].priority == best ? srv[i].weight + 1u : 0;
    uint32_t ticket = zv_rand_u32(rand) % ZV_MAX(total, 1u);
    for (size_t i = 0; i < count; i++) {
        uint32_t share = srv[i].priority == best ? srv[i].weight + 1u : 0;
        if (ticket < share)
            return i;
        ticket -= share;
    }
    return 0;
}

void zv_dns_srv_order(struct zv_dns_srv *records, size_t count, const struct zv_rand *rand)
{
    for (size_t at = 0; at + 1 < count; at++) {
        size_t chosen = at + draw(records + at, count - at, rand);
        struct zv_dns_srv record = records[chosen];
        records[chosen] = records[at];
        records[at] = record;
    }
}

/* "." as the only target: decidedly not available (RFC 2782). */
static bool is_denial(const struct zv_dns_answer *answer)
{
    return answer->count == 1 && strcmp(answer->of.srv[0].target, ".") == 0;
}

static void take_srv(struct zv_sip_locate *locate, const struct zv_dns_answer *answer)
{
    const struct zv_sip_service *service = &locate->services[locate->service_next++];
    locate->has_srv |= answer->err != ZV_E_NOTFOUND;
    if (answer->err || is_denial(answer))
        return;
    memcpy(locate->hosts, answer->of.srv, answer->count * sizeof(locate->hosts[0]));
    zv_dns_srv_order(locate->hosts, answer->count, &locate->cfg.rand);
    locate->host_count = answer->count;
    locate->host_next = 0;
    locate->is_v6_asked = false;
    locate->has_found = false;
    locate->transport = service->transport;
    locate->step = ZV_SIP_LOCATE_STEP_ADDRESS;
}

static void next_host(struct zv_sip_locate *locate)
{
    locate->host_next++;
    locate->is_v6_asked = false;
}

static void take_addresses(struct zv_sip_locate *locate, const struct zv_dns_answer *answer)
{
    bool is_silent = answer->err == ZV_E_TIMEOUT; /* the same servers would be silent again */
    uint16_t port = locate->hosts[locate->host_next].port;
    locate->addr_count = answer->err ? 0 : answer->count;
    locate->addr_next = 0;
    for (size_t i = 0; i < locate->addr_count; i++) {
        locate->addrs[i] = answer->of.addrs[i];
        locate->addrs[i].port = port;
    }
    locate->has_found |= locate->addr_count > 0;
    if (answer->type == ZV_DNS_A && locate->cfg.family == ZV_ADDR_NONE && !is_silent)
        locate->is_v6_asked = true;
    else
        next_host(locate);
}

void zv_sip_locate_on_answer(struct zv_sip_locate *locate, const struct zv_dns_answer *answer)
{
    if (!locate->was_asked)
        return;
    locate->was_asked = false;
    if (answer->err && answer->err != ZV_E_NOTFOUND && locate->step != ZV_SIP_LOCATE_STEP_NAPTR)
        locate->err = answer->err;
    if (locate->step == ZV_SIP_LOCATE_STEP_NAPTR)
        take_naptr(locate, answer);
    else if (locate->step == ZV_SIP_LOCATE_STEP_SRV)
        take_srv(locate, answer);
    else if (locate->step == ZV_SIP_LOCATE_STEP_ADDRESS)
        take_addresses(locate, answer);
}

/* ---- output ---- */

static enum zv_sip_locate_out_kind ask(struct zv_sip_locate *locate, enum zv_dns_type type,
                                       const char *name, struct zv_sip_locate_out *out)
{
    out->type = type;
    out->name = name;
    locate->was_asked = true;
    return ZV_SIP_LOCATE_ASK;
}

/* A host that is an address needs no question. */
static bool take_literal(struct zv_sip_locate *locate)
{
    const struct zv_dns_srv *host = &locate->hosts[locate->host_next];
    if (zv_addr_parse_ip(zv_str(host->target), &locate->addrs[0]))
        return false;
    locate->addrs[0].port = host->port;
    locate->addr_count = 1;
    locate->addr_next = 0;
    locate->has_found = true;
    next_host(locate);
    return true;
}

/* The service's hosts are used up. */
static void leave_service(struct zv_sip_locate *locate)
{
    bool is_last = locate->service_next >= locate->service_count;
    bool is_enough = locate->has_found && !locate->by_naptr;
    locate->step = is_last || is_enough ? ZV_SIP_LOCATE_STEP_END : ZV_SIP_LOCATE_STEP_SRV;
}

static void leave_services(struct zv_sip_locate *locate)
{
    if (locate->has_srv)
        locate->step = ZV_SIP_LOCATE_STEP_END;
    else
        use_bare_host(locate);
}

static enum zv_sip_locate_out_kind step(struct zv_sip_locate *locate, struct zv_sip_locate_out *out)
{
    while (locate->step != ZV_SIP_LOCATE_STEP_END) {
        bool wants_v6 = locate->cfg.family == ZV_ADDR_IPV6 || locate->is_v6_asked;
        if (locate->addr_next < locate->addr_count) {
            out->addr = locate->addrs[locate->addr_next++];
            out->transport = locate->transport;
            return ZV_SIP_LOCATE_FOUND;
        }
        if (locate->step == ZV_SIP_LOCATE_STEP_NAPTR)
            return ask(locate, ZV_DNS_NAPTR, locate->host, out);
        if (locate->step == ZV_SIP_LOCATE_STEP_SRV && locate->service_next < locate->service_count)
            return ask(locate, ZV_DNS_SRV, locate->services[locate->service_next].name, out);
        if (locate->step == ZV_SIP_LOCATE_STEP_SRV)
            leave_services(locate);
        else if (locate->host_next >= locate->host_count)
            leave_service(locate);
        else if (!take_literal(locate))
            return ask(locate, wants_v6 ? ZV_DNS_AAAA : ZV_DNS_A,
                       locate->hosts[locate->host_next].target, out);
    }
    out->err = locate->err ? locate->err : ZV_E_NOTFOUND;
    return ZV_SIP_LOCATE_DONE;
}

enum zv_sip_locate_out_kind zv_sip_locate_poll(struct zv_sip_locate *locate,
                                               struct zv_sip_locate_out *ret_out)
{
    *ret_out = (struct zv_sip_locate_out){0};
    ret_out->kind = locate->was_asked ? ZV_SIP_LOCATE_WAIT : step(locate, ret_out);
    return ret_out->kind;
}
