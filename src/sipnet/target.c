#define _GNU_SOURCE
#include "sipnet/target.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/time.h"
#include "io/sockaddr.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

/* RFC 3261 §19.1.2 */
#define SIP_PORT  5060
#define SIPS_PORT 5061

/* One look-up. It ends once: then `is_done`, and its memory goes when DNS and timer have let go of
 * it. */
struct lookup {
    struct zv_list_node node;
    struct zv_targets *owner; /* NULL when the owner is gone */
    struct zv_target_query query;
    char host[ZV_MAX_SIP_HOST_BYTES + 1];
    struct zv_dns_srv srv[ZV_DNS_MAX_SRV];
    size_t srv_count, srv_next;
    const char *name; /* whose addresses are asked for now */
    uint16_t port;    /* of those addresses */
    int asked_family; /* of those addresses */
    int name_err;     /* why not all of them are known; 0: they are, or there are none */
    struct zv_addr found[ZV_SIP_MAX_TARGETS];
    size_t found_count;
    bool was_denied;       /* some address was refused by the policy */
    bool has_other_family; /* some address is of a family that the SIP socket cannot reach */
    bool is_done;
    bool is_asking;    /* DNS holds a reference */
    bool timer_closed; /* the loop has let go */
    uv_timer_t timer;
};

struct zv_targets {
    struct zv_targets_cfg cfg;
    struct zv_list lookups;
    size_t count;
};

int zv_targets_new(struct zv_targets **ret_targets, const struct zv_targets_cfg *cfg)
{
    struct zv_targets *targets = zv_zalloc(sizeof(*targets));
    if (!targets)
        return ZV_E_NOMEM;
    targets->cfg = *cfg;
    zv_list_init(&targets->lookups);
    *ret_targets = targets;
    return 0;
}

size_t zv_targets_pending(const struct zv_targets *targets)
{
    return targets->count;
}

static void drop_if_free(struct lookup *lookup)
{
    if (lookup->is_done && !lookup->is_asking && lookup->timer_closed)
        zv_free(lookup);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct lookup *lookup = handle->data;
    lookup->timer_closed = true;
    drop_if_free(lookup);
}

static void retire(struct lookup *lookup)
{
    lookup->is_done = true;
    zv_list_remove(&lookup->node);
    if (lookup->owner)
        lookup->owner->count--;
    uv_timer_stop(&lookup->timer);
    uv_close((uv_handle_t *)&lookup->timer, on_timer_closed);
}

static void finish(struct lookup *lookup, int err)
{
    struct zv_target_query query = lookup->query;
    struct zv_addr found[ZV_SIP_MAX_TARGETS];
    size_t count = lookup->found_count;
    memcpy(found, lookup->found, sizeof(found));
    if (count)
        err = 0;
    else if (lookup->was_denied)
        err = ZV_E_DENIED;
    else if (lookup->has_other_family)
        err = ZV_E_NOROUTE;
    retire(lookup);
    query.done(query.arg, query.id, err, found, count);
}

struct zv_targets *zv_targets_free(struct zv_targets *targets)
{
    if (!targets)
        return NULL;
    ZV_LIST_EACH (node, &targets->lookups) {
        struct lookup *lookup = ZV_CONTAINER_OF(node, struct lookup, node);
        lookup->owner = NULL;
        retire(lookup);
    }
    return zv_free(targets);
}

static bool is_own(const struct zv_addr *addr)
{
    struct zv_local_addr own[ZV_LOCAL_ADDRS_MAX];
    int count = zv_local_addrs(own, ZV_LOCAL_ADDRS_MAX, true);
    for (int i = 0; i < count; i++) {
        if (zv_addr_ip_eq(&own[i].addr, addr))
            return true;
    }
    return false;
}

static bool is_allowed(const struct lookup *lookup, const struct zv_addr *addr)
{
    const struct zv_policy *policy = lookup->owner->cfg.policy;
    if (lookup->query.purpose == ZV_SIP_FOR_DIALOG)
        return is_own(addr) ? zv_policy_lists(policy, addr) : zv_policy_allows_dialog(policy, addr);
    return zv_policy_allows_client(policy, lookup->query.host, addr);
}

static void add_address(struct lookup *lookup, struct zv_addr addr, uint16_t port)
{
    int family = lookup->owner->cfg.family;
    zv_addr_unmap(&addr);
    addr.port = port;
    for (size_t i = 0; i < lookup->found_count; i++) {
        if (zv_addr_eq(&lookup->found[i], &addr))
            return;
    }
    if (!is_allowed(lookup, &addr))
        lookup->was_denied = true;
    else if (family && addr.family != family)
        lookup->has_other_family = true;
    else if (lookup->found_count < ZV_SIP_MAX_TARGETS)
        lookup->found[lookup->found_count++] = addr;
}

static void ask_next(struct lookup *lookup);

/* All addresses of one name are there. */
static void go_on(struct lookup *lookup, int err)
{
    if (lookup->srv_next < lookup->srv_count && lookup->found_count < ZV_SIP_MAX_TARGETS)
        ask_next(lookup);
    else
        finish(lookup, err ? err : ZV_E_NOTFOUND);
}

static void ask_family(struct lookup *lookup, int family);

static void on_addresses(void *arg, int err, const struct zv_addr *addrs, size_t count)
{
    struct lookup *lookup = arg;
    lookup->is_asking = false;
    if (lookup->is_done) {
        drop_if_free(lookup);
        return;
    }
    for (size_t i = 0; i < count; i++)
        add_address(lookup, addrs[i], lookup->port);
    if (err != ZV_E_NOTFOUND)
        lookup->name_err = err;
    bool is_silent = err == ZV_E_TIMEOUT; /* the same servers would be silent again */
    if (!lookup->owner->cfg.family && lookup->asked_family == ZV_ADDR_IPV4 && !is_silent)
        ask_family(lookup, ZV_ADDR_IPV6);
    else
        go_on(lookup, lookup->name_err);
}

static void ask_family(struct lookup *lookup, int family)
{
    lookup->asked_family = family;
    lookup->is_asking = true;
    zv_dns_addresses(lookup->owner->cfg.dns, lookup->name, family, on_addresses, lookup);
}

static void ask_addresses(struct lookup *lookup, const char *name, uint16_t port)
{
    struct zv_addr literal;
    lookup->name = name;
    lookup->port = port;
    lookup->name_err = 0;
    if (zv_addr_parse_ip(zv_str(name), &literal) == 0) {
        add_address(lookup, literal, port);
        go_on(lookup, 0);
    } else {
        ask_family(lookup, lookup->owner->cfg.family ? lookup->owner->cfg.family : ZV_ADDR_IPV4);
    }
}

static void ask_next(struct lookup *lookup)
{
    const struct zv_dns_srv *record = &lookup->srv[lookup->srv_next++];
    ask_addresses(lookup, record->target, record->port);
}

/* RFC 2782: the lowest priority first; within it a draw in which each record has its weight (plus
 * one). */
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

static void order_srv(struct lookup *lookup, const struct zv_dns_srv *records, size_t count)
{
    struct zv_dns_srv left[ZV_DNS_MAX_SRV];
    memcpy(left, records, count * sizeof(left[0]));
    while (count) {
        size_t chosen = draw(left, count, &lookup->owner->cfg.rand);
        lookup->srv[lookup->srv_count++] = left[chosen];
        left[chosen] = left[--count];
    }
}

static uint16_t default_port(const struct lookup *lookup)
{
    return lookup->query.transport == ZV_SIP_TLS ? SIPS_PORT : SIP_PORT;
}

static void on_srv(void *arg, int err, const struct zv_dns_srv *records, size_t count)
{
    struct lookup *lookup = arg;
    lookup->is_asking = false;
    if (lookup->is_done) {
        drop_if_free(lookup);
        return;
    }
    if (count == 1 &&
        strcmp(records[0].target, ".") == 0) { /* "decidedly not available", RFC 2782 */
        finish(lookup, ZV_E_NOTFOUND);
    } else if (count) {
        order_srv(lookup, records, count);
        ask_next(lookup);
    } else if (err == ZV_E_NOTFOUND) {
        ask_addresses(lookup, lookup->host, default_port(lookup));
    } else {
        finish(lookup, err);
    }
}

static void ask_srv(struct lookup *lookup)
{
    static const char *const services[] = {[ZV_SIP_ANY] = "_sip._udp",
                                           [ZV_SIP_UDP] = "_sip._udp",
                                           [ZV_SIP_TCP] = "_sip._tcp",
                                           [ZV_SIP_TLS] = "_sips._tcp"};
    char name[ZV_MAX_SIP_HOST_BYTES + 16];
    snprintf(name, sizeof(name), "%s.%s", services[lookup->query.transport], lookup->host);
    lookup->is_asking = true;
    zv_dns_srv(lookup->owner->cfg.dns, name, on_srv, lookup);
}

static void on_total(uv_timer_t *timer)
{
    finish(timer->data, ZV_E_TIMEOUT);
}

static struct lookup *new_lookup(struct zv_targets *targets, const struct zv_target_query *query)
{
    struct lookup *lookup = zv_zalloc(sizeof(*lookup));
    if (!lookup)
        return NULL;
    lookup->owner = targets;
    lookup->query = *query;
    if (zv_str_copy(query->host, lookup->host, sizeof(lookup->host))) {
        zv_free(lookup);
        return NULL;
    }
    lookup->query.host = zv_str(lookup->host);
    uv_timer_init(targets->cfg.loop, &lookup->timer);
    lookup->timer.data = lookup;
    uv_timer_start(&lookup->timer, on_total, (uint64_t)(targets->cfg.total_us / ZV_US_PER_MS), 0);
    zv_list_append(&targets->lookups, &lookup->node);
    targets->count++;
    return lookup;
}

/* A name that no answer of DNS could make acceptable is refused without asking. */
static bool is_hopeless(const struct zv_targets *targets, const struct zv_target_query *query)
{
    const struct zv_policy *policy = targets->cfg.policy;
    return query->purpose == ZV_SIP_FOR_ACCOUNT && !zv_policy_has_domain(policy, query->host) &&
           !zv_policy_can_allow_addresses(policy);
}

void zv_targets_find(struct zv_targets *targets, const struct zv_target_query *query)
{
    struct zv_addr literal;
    int err = 0;
    if (query->host.len > ZV_MAX_SIP_HOST_BYTES)
        err = ZV_E_NOTFOUND; /* longer than a name can be (RFC 1035 §2.3.4) */
    else if (targets->count >= targets->cfg.max_lookups)
        err = ZV_E_LIMIT;
    else if (is_hopeless(targets, query))
        err = ZV_E_DENIED;
    struct lookup *lookup = err ? NULL : new_lookup(targets, query);
    if (!lookup)
        query->done(query->arg, query->id, err ? err : ZV_E_NOMEM, NULL, 0);
    else if (query->port || zv_addr_parse_ip(query->host, &literal) == 0)
        ask_addresses(lookup, lookup->host, query->port ? query->port : default_port(lookup));
    else
        ask_srv(lookup);
}
