/*
 * Where SIP may be sent: sip.allow, and what a far end may name
 * (docs/decisions/004-where-sip-may-be-sent.md).
 *
 * A client names a domain or proxy. A listed domain vouches for the addresses it resolves to; every
 * other address must lie in a listed network, or be public where `public` is listed. The address
 * that was checked is the address used.
 *
 * A far end names addresses too, by Contact and Record-Route. Its server is trusted by the
 * operator, who listed it, but not with this machine: its addresses, link-local, multicast and the
 * like need a listed network; other addresses pass.
 */
#ifndef ZV_SIPNET_POLICY_H
#define ZV_SIPNET_POLICY_H

#include "base/addr.h"
#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define ZV_POLICY_MAX_ENTRIES 64

struct zv_policy {
    char *domains[ZV_POLICY_MAX_ENTRIES]; /* owned */
    size_t domain_count;
    struct zv_cidr nets[ZV_POLICY_MAX_ENTRIES];
    size_t net_count;
    bool allows_public;
};

/* `entries` as in sip.allow. ZV_E_PARSE: an entry is neither; ZV_E_LIMIT; ZV_E_NOMEM. */
int zv_policy_init(struct zv_policy *policy, char *const *entries, size_t count) ZV_MUST_CHECK;
void zv_policy_fini(struct zv_policy *policy);

/* The domain is listed by name (case folded, a trailing dot ignored). */
bool zv_policy_has_domain(const struct zv_policy *policy, struct zv_str domain);
/* A client's target: `host` as it was named, `addr` as it was resolved. */
bool zv_policy_allows_client(const struct zv_policy *policy, struct zv_str host,
                             const struct zv_addr *addr);
/* The address lies in a listed network, or is public where `public` is listed. */
bool zv_policy_lists(const struct zv_policy *policy, const struct zv_addr *addr);
/* A far end's target, that is no address of this host. */
bool zv_policy_allows_dialog(const struct zv_policy *policy, const struct zv_addr *addr);
/* The address lies in a listed network; `public` is none. */
bool zv_policy_has_network(const struct zv_policy *policy, const struct zv_addr *addr);
/* Some name outside the list of domains could still be allowed by its address. */
bool zv_policy_can_allow_addresses(const struct zv_policy *policy);

#endif
