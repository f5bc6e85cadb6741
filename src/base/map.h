/*
 * Hash map from byte strings (or numbers) to pointers: intrusive, chained, grown by doubling up to
 * a cap.
 *
 * The element embeds a zv_map_node and keeps its own key alive and unchanged while it is in the
 * map. Hashing is seeded per map (SipHash-2-4), so that a remote party cannot choose keys that
 * collide.
 */
#ifndef ZV_BASE_MAP_H
#define ZV_BASE_MAP_H

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct zv_map_node {
    struct zv_map_node *next; /* in the bucket */
    struct zv_str key;        /* borrowed from the element */
    uint64_t hash;
};

struct zv_map {
    struct zv_map_node **buckets; /* owned; NULL before the first insert */
    size_t bucket_count;          /* power of two */
    size_t count;                 /* elements */
    size_t max_count;             /* insert beyond: ZV_E_LIMIT */
    uint64_t seed[2];
};

void zv_map_init(struct zv_map *map, size_t max_count, const uint64_t seed[2]);
/* Frees the table, not the elements. */
void zv_map_fini(struct zv_map *map);
/* ZV_E_EXISTS, ZV_E_LIMIT, ZV_E_NOMEM. */
int zv_map_insert(struct zv_map *map, struct zv_str key, struct zv_map_node *node) ZV_MUST_CHECK;
struct zv_map_node *zv_map_find(const struct zv_map *map, struct zv_str key);
/* A node that is not in the map: nothing happens. */
void zv_map_remove(struct zv_map *map, struct zv_map_node *node);
/* Walks in no particular order: start with NULL; ends with NULL. Do not insert or remove meanwhile.
 */
struct zv_map_node *zv_map_next(const struct zv_map *map, const struct zv_map_node *node);

/* A number as key: a view of the element's own field. */
#define ZV_MAP_KEY_OF(lvalue) ((struct zv_str){(const char *)&(lvalue), sizeof(lvalue)})

/* SipHash-2-4. */
uint64_t zv_siphash(const uint64_t key[2], const void *data, size_t len);

#endif
