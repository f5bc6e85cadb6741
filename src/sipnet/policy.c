#include "sipnet/policy.h"

#include "base/alloc.h"
#include "base/err.h"

static int add_entry(struct zv_policy *policy, struct zv_str entry)
{
    if (zv_str_is(entry, "public")) {
        policy->allows_public = true;
        return 0;
    }
    if (policy->net_count == ZV_POLICY_MAX_ENTRIES || policy->domain_count == ZV_POLICY_MAX_ENTRIES)
        return ZV_E_LIMIT;
    if (zv_cidr_parse(entry, &policy->nets[policy->net_count]) == 0) {
        policy->net_count++;
        return 0;
    }
    if (entry.len == 0 || entry.len > 253 || zv_str_find(entry, '/') >= 0)
        return ZV_E_PARSE;
    char *domain = zv_strndup(entry.p, entry.len);
    if (!domain)
        return ZV_E_NOMEM;
    policy->domains[policy->domain_count++] = domain;
    return 0;
}

int zv_policy_init(struct zv_policy *policy, char *const *entries, size_t count)
{
    *policy = (struct zv_policy){0};
    for (size_t i = 0; i < count; i++) {
        int err = add_entry(policy, zv_str(entries[i]));
        if (err) {
            zv_policy_fini(policy);
            return err;
        }
    }
    return 0;
}

void zv_policy_fini(struct zv_policy *policy)
{
    for (size_t i = 0; i < policy->domain_count; i++)
        zv_free(policy->domains[i]);
    *policy = (struct zv_policy){0};
}

static struct zv_str without_dot(struct zv_str name)
{
    if (name.len && name.p[name.len - 1] == '.')
        name.len--;
    return name;
}

bool zv_policy_has_domain(const struct zv_policy *policy, struct zv_str domain)
{
    for (size_t i = 0; i < policy->domain_count; i++) {
        if (zv_str_eqi(without_dot(domain), without_dot(zv_str(policy->domains[i]))))
            return true;
    }
    return false;
}

bool zv_policy_has_network(const struct zv_policy *policy, const struct zv_addr *addr)
{
    struct zv_addr plain = *addr;
    zv_addr_unmap(&plain);
    for (size_t i = 0; i < policy->net_count; i++) {
        if (zv_cidr_has(&policy->nets[i], &plain))
            return true;
    }
    return false;
}

bool zv_policy_lists(const struct zv_policy *policy, const struct zv_addr *addr)
{
    return zv_policy_has_network(policy, addr) ||
           (policy->allows_public && zv_addr_is_public(addr));
}

bool zv_policy_allows_client(const struct zv_policy *policy, struct zv_str host,
                             const struct zv_addr *addr)
{
    return zv_policy_has_domain(policy, host) || zv_policy_lists(policy, addr);
}

bool zv_policy_allows_dialog(const struct zv_policy *policy, const struct zv_addr *addr)
{
    if (zv_policy_lists(policy, addr) || zv_addr_is_public(addr))
        return true;
    return zv_addr_is_private(addr) && !zv_addr_is_loopback(addr) && !zv_addr_is_link_local(addr);
}

bool zv_policy_can_allow_addresses(const struct zv_policy *policy)
{
    return policy->net_count > 0 || policy->allows_public;
}
