#include "base/map.h"

#include "base/alloc.h"
#include "base/err.h"

#define ZV_MAP_FIRST_BUCKETS 16

void zv_map_init(struct zv_map *map, size_t max_count, const uint64_t seed[2])
{
    *map = (struct zv_map){.max_count = max_count, .seed = {seed[0], seed[1]}};
}

void zv_map_fini(struct zv_map *map)
{
    map->buckets = zv_free(map->buckets);
    map->bucket_count = map->count = 0;
}

static int grow(struct zv_map *map)
{
    size_t wanted = map->bucket_count ? map->bucket_count * 2 : ZV_MAP_FIRST_BUCKETS;
    struct zv_map_node **buckets = zv_calloc(wanted, sizeof(struct zv_map_node *));
    if (!buckets)
        return ZV_E_NOMEM;
    for (size_t i = 0; i < map->bucket_count; i++) {
        struct zv_map_node *node = map->buckets[i];
        while (node) {
            struct zv_map_node *next = node->next;
            struct zv_map_node **slot = &buckets[node->hash & (wanted - 1)];
            node->next = *slot;
            *slot = node;
            node = next;
        }
    }
    zv_free(map->buckets);
    map->buckets = buckets;
    map->bucket_count = wanted;
    return 0;
}

static struct zv_map_node *find_hashed(const struct zv_map *map, struct zv_str key, uint64_t hash)
{
    if (!map->bucket_count)
        return NULL;
    struct zv_map_node *node = map->buckets[hash & (map->bucket_count - 1)];
    while (node && !(node->hash == hash && zv_str_eq(node->key, key)))
        node = node->next;
    return node;
}

int zv_map_insert(struct zv_map *map, struct zv_str key, struct zv_map_node *node)
{
    uint64_t hash = zv_siphash(map->seed, key.p, key.len);
    if (find_hashed(map, key, hash))
        return ZV_E_EXISTS;
    if (map->count >= map->max_count)
        return ZV_E_LIMIT;
    if (map->count >= map->bucket_count) {
        int err = grow(map);
        if (err)
            return err;
    }
    struct zv_map_node **slot = &map->buckets[hash & (map->bucket_count - 1)];
    *node = (struct zv_map_node){.next = *slot, .key = key, .hash = hash};
    *slot = node;
    map->count++;
    return 0;
}

struct zv_map_node *zv_map_find(const struct zv_map *map, struct zv_str key)
{
    if (!map->bucket_count)
        return NULL;
    return find_hashed(map, key, zv_siphash(map->seed, key.p, key.len));
}

void zv_map_remove(struct zv_map *map, struct zv_map_node *node)
{
    if (!map->bucket_count)
        return;
    struct zv_map_node **slot = &map->buckets[node->hash & (map->bucket_count - 1)];
    while (*slot && *slot != node)
        slot = &(*slot)->next;
    if (!*slot)
        return;
    *slot = node->next;
    node->next = NULL;
    map->count--;
}

struct zv_map_node *zv_map_next(const struct zv_map *map, const struct zv_map_node *node)
{
    size_t bucket = 0;
    if (node) {
        if (node->next)
            return node->next;
        bucket = (node->hash & (map->bucket_count - 1)) + 1;
    }
    for (; bucket < map->bucket_count; bucket++) {
        if (map->buckets[bucket])
            return map->buckets[bucket];
    }
    return NULL;
}
