/* The memory of the resolver: see dns_cache.h. */
#include "sipnet/dns_cache.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"

/* The type, then the name. */
#define KEY_CAP (2 + ZV_DNS_NAME_CAP)

struct entry {
    struct zv_map_node node;
    struct zv_list_node use;
    char key[KEY_CAP];
    int64_t expires_us;
    struct zv_dns_answer answer;
};

void zv_dns_cache_init(struct zv_dns_cache *cache, size_t max_entries, const uint64_t seed[2])
{
    *cache = (struct zv_dns_cache){0};
    zv_map_init(&cache->map, max_entries, seed);
    zv_list_init(&cache->by_use);
}

static struct entry *entry_of(struct zv_list_node *node)
{
    return ZV_CONTAINER_OF(node, struct entry, use);
}

static void forget(struct zv_dns_cache *cache, struct entry *entry)
{
    zv_map_remove(&cache->map, &entry->node);
    zv_list_remove(&entry->use);
    zv_free(entry);
}

void zv_dns_cache_clear(struct zv_dns_cache *cache)
{
    ZV_LIST_EACH (node, &cache->by_use)
        forget(cache, entry_of(node));
}

void zv_dns_cache_fini(struct zv_dns_cache *cache)
{
    zv_dns_cache_clear(cache);
    zv_map_fini(&cache->map);
}

/* Empty: the name is longer than any. */
static struct zv_str write_key(enum zv_dns_type type, const char *name, char key[KEY_CAP])
{
    struct zv_buf buf = zv_buf(key, KEY_CAP);
    zv_buf_put_u16(&buf, (uint16_t)type);
    zv_buf_put_text(&buf, name);
    if (buf.overflow)
        buf.len = 0;
    return zv_buf_str(&buf);
}

static struct entry *find(const struct zv_dns_cache *cache, struct zv_str key)
{
    struct zv_map_node *node = key.len ? zv_map_find(&cache->map, key) : NULL;
    return node ? ZV_CONTAINER_OF(node, struct entry, node) : NULL;
}

const struct zv_dns_answer *zv_dns_cache_find(struct zv_dns_cache *cache, enum zv_dns_type type,
                                              const char *name, int64_t now_us)
{
    char key[KEY_CAP];
    struct entry *entry = find(cache, write_key(type, name, key));
    if (!entry)
        return NULL;
    if (entry->expires_us <= now_us) {
        forget(cache, entry);
        return NULL;
    }
    zv_list_remove(&entry->use);
    zv_list_append(&cache->by_use, &entry->use);
    return &entry->answer;
}

static int64_t kept_us(const struct zv_dns_answer *answer)
{
    uint32_t max_s = ZV_DNS_MAX_SILENT_S;
    if (!answer->err)
        max_s = ZV_DNS_MAX_KEPT_S;
    else if (answer->err == ZV_E_NOTFOUND)
        max_s = ZV_DNS_MAX_DENIED_S;
    return ZV_SECONDS(ZV_MIN(answer->ttl_s, max_s));
}

static void make_room(struct zv_dns_cache *cache, int64_t now_us)
{
    struct entry *oldest = entry_of(zv_list_first(&cache->by_use));
    cache->evicted += oldest->expires_us > now_us;
    forget(cache, oldest);
}

void zv_dns_cache_put(struct zv_dns_cache *cache, const char *name,
                      const struct zv_dns_answer *answer, int64_t now_us)
{
    char memory[KEY_CAP];
    struct zv_str key = write_key(answer->type, name, memory);
    struct entry *old = find(cache, key);
    if (old)
        forget(cache, old);
    struct entry *entry = key.len && answer->ttl_s ? zv_zalloc(sizeof(*entry)) : NULL;
    if (!entry)
        return;
    if (cache->map.count >= cache->map.max_count)
        make_room(cache, now_us);
    memcpy(entry->key, memory, key.len);
    entry->answer = *answer;
    entry->expires_us = now_us + kept_us(answer);
    if (zv_map_insert(&cache->map, zv_str_n(entry->key, key.len), &entry->node)) {
        zv_free(entry);
        return;
    }
    zv_list_append(&cache->by_use, &entry->use);
}
