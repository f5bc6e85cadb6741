#define _GNU_SOURCE
#include "sipnet/target.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/time.h"
#include "io/sockaddr.h"

#include <string.h>
#include <uv.h>

/* One look-up. It ends once: then `is_done`, and its memory goes when DNS and timer have let go of
 * it. */
struct lookup {
    struct zv_list_node node;
    struct zv_targets *owner; /* NULL when the owner is gone */
    struct zv_target_query query;
    char host[ZV_MAX_SIP_HOST_BYTES + 1];
    struct zv_sip_locate locate;
    struct zv_target found[ZV_SIP_MAX_TARGETS];
    size_t found_count;
    bool was_denied;       /* some address was refused by the policy */
    bool has_other_family; /* some address is of a family that the SIP socket cannot reach */
    bool is_done;
    bool is_going;     /* below go_on, which then takes an answer that comes at once */
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
    if (!targets->cfg.transports)
        targets->cfg.transports = ZV_SIP_TRANSPORT_BIT(ZV_SIP_UDP);
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
    size_t count = lookup->found_count;
    if (count)
        err = 0;
    else if (lookup->was_denied)
        err = ZV_E_DENIED;
    else if (lookup->has_other_family)
        err = ZV_E_NOROUTE;
    retire(lookup);
    query.done(query.arg, query.id, err, lookup->found, count); /* it lives for another turn */
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

static bool has_target(const struct lookup *lookup, const struct zv_target *target)
{
    for (size_t i = 0; i < lookup->found_count; i++) {
        if (lookup->found[i].transport == target->transport &&
            zv_addr_eq(&lookup->found[i].addr, &target->addr))
            return true;
    }
    return false;
}

static void add_target(struct lookup *lookup, const struct zv_sip_locate_out *out)
{
    int family = lookup->owner->cfg.family;
    struct zv_target target = {.addr = out->addr, .transport = out->transport};
    zv_addr_unmap(&target.addr);
    if (target.transport == ZV_SIP_TLS)
        target.verify_name = zv_str(lookup->host);
    if (!is_allowed(lookup, &target.addr))
        lookup->was_denied = true;
    else if (family && target.addr.family != family)
        lookup->has_other_family = true;
    else if (!has_target(lookup, &target))
        lookup->found[lookup->found_count++] = target;
}

static void go_on(struct lookup *lookup);

static void on_answer(void *arg, const struct zv_dns_answer *answer)
{
    struct lookup *lookup = arg;
    lookup->is_asking = false;
    if (lookup->is_done) {
        drop_if_free(lookup);
        return;
    }
    zv_sip_locate_on_answer(&lookup->locate, answer);
    if (!lookup->is_going)
        go_on(lookup);
}

static void go_on(struct lookup *lookup)
{
    struct zv_sip_locate_out out;
    lookup->is_going = true;
    while (lookup->found_count < ZV_SIP_MAX_TARGETS) {
        enum zv_sip_locate_out_kind kind = zv_sip_locate_poll(&lookup->locate, &out);
        if (kind == ZV_SIP_LOCATE_FOUND) {
            add_target(lookup, &out);
        } else if (kind == ZV_SIP_LOCATE_ASK) {
            lookup->is_asking = true;
            zv_dns_ask(lookup->owner->cfg.dns, out.type, out.name, on_answer, lookup);
        } else {
            break;
        }
    }
    lookup->is_going = false;
    if (!lookup->is_asking)
        finish(lookup, out.err);
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
    return query->purpose != ZV_SIP_FOR_DIALOG && !zv_policy_has_domain(policy, query->host) &&
           !zv_policy_can_allow_addresses(policy);
}

void zv_targets_find(struct zv_targets *targets, const struct zv_target_query *query)
{
    struct zv_sip_locate locate;
    const struct zv_sip_locate_cfg cfg = {.host = query->host,
                                          .port = query->port,
                                          .transport = query->transport,
                                          .transports = targets->cfg.transports,
                                          .family = targets->cfg.family,
                                          .rand = targets->cfg.rand};
    int err = zv_sip_locate_init(&locate, &cfg);
    if (!err && targets->count >= targets->cfg.max_lookups)
        err = ZV_E_LIMIT;
    else if (!err && is_hopeless(targets, query))
        err = ZV_E_DENIED;
    struct lookup *lookup = err ? NULL : new_lookup(targets, query);
    if (!lookup) {
        query->done(query->arg, query->id, err ? err : ZV_E_NOMEM, NULL, 0);
        return;
    }
    lookup->locate = locate;
    go_on(lookup);
}
