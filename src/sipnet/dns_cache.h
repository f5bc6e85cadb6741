/*
 * What DNS answered, for as long as it may be believed (docs/decisions/015-dns-cache.md). Bounded:
 * a full cache forgets what was not asked for longest. Time is handed in.
 */
#ifndef ZV_SIPNET_DNS_CACHE_H
#define ZV_SIPNET_DNS_CACHE_H

#include "base/list.h"
#include "base/map.h"
#include "sip/dns_record.h"

/* Bounds on what the records say of themselves: a zone that moves with a TTL of a week moves. */
#define ZV_DNS_MAX_KEPT_S 3600u
/* "There is none": whoever adds a record waits no longer than that. */
#define ZV_DNS_MAX_DENIED_S 30u
/* Silence: so long that a burst of calls is not held up one by one, no longer. */
#define ZV_DNS_MAX_SILENT_S 2u

struct zv_dns_cache {
    struct zv_map map;     /* struct entry, by type and name */
    struct zv_list by_use; /* the same, the one asked for last at the end */
    uint64_t evicted;      /* thrown out while they could have been believed */
};

void zv_dns_cache_init(struct zv_dns_cache *cache, size_t max_entries, const uint64_t seed[2]);
void zv_dns_cache_fini(struct zv_dns_cache *cache);
void zv_dns_cache_clear(struct zv_dns_cache *cache);

/* `name` in lower case, without a dot at its end. NULL: not known (any more). Good until the cache
 * changes. */
const struct zv_dns_answer *zv_dns_cache_find(struct zv_dns_cache *cache, enum zv_dns_type type,
                                              const char *name, int64_t now_us);
/* Keeps it for its ttl_s and no longer than its kind allows; without memory not at all. */
void zv_dns_cache_put(struct zv_dns_cache *cache, const char *name,
                      const struct zv_dns_answer *answer, int64_t now_us);

#endif
